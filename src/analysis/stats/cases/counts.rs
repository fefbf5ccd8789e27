//! Estimators on counts.

use super::super::bias::{self, Accuracy};
use super::super::labels::LabelAudit;
use super::super::mantel_haenszel::{self, Pooled, Ratio};
use super::super::multiplicity;
use super::super::proportions::{self, Interval};
use super::super::rates::{self, TwoRates};
use super::super::refusal::{Refusal, impossible};
use super::super::two_by_two::TwoByTwo;
use super::super::{bootstrap, clusters, power as planning};
use super::{Answer, Spec};

/// Numbers that exist, by name.
fn answer<const N: usize>(numbers: [(&str, f64); N]) -> Answer {
    numbers.into_iter().filter(|(_, value)| !value.is_nan()).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn limits(answer: &mut Answer, name: &str, interval: Interval) {
    answer.insert(format!("{name}_lo"), interval.low);
    answer.insert(format!("{name}_hi"), interval.high);
}

pub(super) fn proportion(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (k, n) = (spec.count("k")?, spec.count("n")?);
    let Some(wilson) = proportions::wilson(k, n) else { return impossible("more events than units, or no units") };
    let mut numbers = answer([("p", wilson.value)]);
    limits(&mut numbers, "wilson", wilson);
    for (name, interval) in [("clopper", proportions::clopper_pearson(k, n)), ("jeffreys", proportions::jeffreys(k, n))]
    {
        interval.into_iter().for_each(|interval| limits(&mut numbers, name, interval));
    }
    if k == 0 {
        numbers.insert("rule_of_three_hi".to_owned(), proportions::rule_of_three(n));
    }
    Ok(numbers)
}

pub(super) fn two_proportions(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let table = spec.two_by_two()?;
    let mut numbers = answer([("cohen_h", table.cohen_h())]);
    let score = table.miettinen_nurminen();
    numbers.insert("rd".to_owned(), score.value);
    limits(&mut numbers, "miettinen_nurminen_rd", score);
    table.newcombe().into_iter().for_each(|interval| limits(&mut numbers, "newcombe", interval));
    let ratios = [("rr", "rr_katz", table.risk_ratio()), ("odds_ratio", "or_woolf", table.odds_ratio())];
    for (name, named, interval) in ratios {
        if let Some(interval) = interval {
            numbers.insert(name.to_owned(), interval.value);
            limits(&mut numbers, named, interval);
        }
    }
    Ok(numbers)
}

pub(super) fn fisher(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let table = if spec.says("a") {
        let [a, b, c, d] = [spec.count("a")?, spec.count("b")?, spec.count("c")?, spec.count("d")?];
        TwoByTwo::new(a, a + b, c, c + d)?
    } else {
        spec.two_by_two()?
    };
    let fisher = table.fisher_as_r();
    let mut numbers =
        answer([("p", fisher.p), ("or_cmle", fisher.odds_ratio), ("or_lo", fisher.low), ("or_hi", fisher.high)]);
    numbers.retain(|_, value| value.is_finite());
    Ok(numbers)
}

pub(super) fn poisson_rate(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let rate = rates::poisson_rate(spec.count("events")?, spec.needed("exposure")?)?;
    Ok(answer([("rate", rate.value), ("garwood_lo", rate.low), ("garwood_hi", rate.high)]))
}

/// Events and exposure from the specification, else from the table's rows: time is exposure.
fn two_rates(spec: &Spec<'_>) -> Result<TwoRates, Refusal> {
    if spec.says("ai_exposure") || !spec.has_table() {
        return Ok(TwoRates {
            ai_events: spec.count("ai_events")?,
            ai_exposure: spec.needed("ai_exposure")?,
            human_events: spec.count("human_events")?,
            human_exposure: spec.needed("human_exposure")?,
        });
    }
    let (treatment, event, time) =
        (spec.treatment()?, spec.outcome()?, spec.column(&["exposure", "time"], &["time_days", "time"])?);
    let table = spec.table()?.complete(&[treatment, event, time]);
    let (ai, events, exposure) = (table.flags(treatment)?, table.flags(event)?, table.numbers(time)?);
    let arm = |is_ai: bool| {
        let rows: Vec<usize> = (0..ai.len()).filter(|row| ai[*row] == is_ai).collect();
        let exposure = super::super::numeric::sorted_sum(rows.iter().map(|row| exposure[*row]).collect());
        (rows.iter().filter(|row| events[**row]).count() as u64, exposure)
    };
    let ((ai_events, ai_exposure), (human_events, human_exposure)) = (arm(true), arm(false));
    Ok(TwoRates { ai_events, ai_exposure, human_events, human_exposure })
}

pub(super) fn rate_ratio(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let ratio = two_rates(spec)?.ratio()?;
    let mut numbers = answer([
        ("rate_ratio", ratio.value),
        ("exact_lo", ratio.exact.0),
        ("exact_hi", ratio.exact.1),
        ("midp_lo", ratio.mid_p.0),
        ("midp_hi", ratio.mid_p.1),
        ("midp_two_sided_p", ratio.mid_p_value),
    ]);
    numbers.retain(|_, value| value.is_finite());
    Ok(numbers)
}

pub(super) fn poisson_exact(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let rates = TwoRates {
        ai_events: spec.count("x1")?,
        ai_exposure: spec.needed("t1")?,
        human_events: spec.count("x0")?,
        human_exposure: spec.needed("t0")?,
    };
    let ratio = rates.ratio()?;
    let mut numbers = answer([
        ("rate_ratio", ratio.value),
        ("lo", ratio.exact.0),
        ("hi", ratio.exact.1),
        ("p_minlike", ratio.exact_p),
    ]);
    numbers.retain(|_, value| value.is_finite());
    Ok(numbers)
}

/// Strata of counts by their columns, else single changes with an outcome, a treatment and `strata`.
fn strata(spec: &Spec<'_>) -> Result<Vec<TwoByTwo>, Refusal> {
    let table = spec.table()?;
    if !table.has("ai_n") {
        let names = spec.words("strata");
        let code = table.combined(&names)?;
        let (ai, events) = (table.flags(spec.treatment()?)?, table.flags(spec.outcome()?)?);
        let mut all = vec![TwoByTwo::default(); code.iter().max().map_or(0, |most| *most as usize + 1)];
        for row in 0..table.rows() {
            let own = &mut all[code[row] as usize];
            let (event, n) =
                if ai[row] { (&mut own.ai_event, &mut own.ai_n) } else { (&mut own.human_event, &mut own.human_n) };
            *event += u64::from(events[row]);
            *n += 1;
        }
        return Ok(all);
    }
    let columns = ["ai_event", "ai_n", "human_event", "human_n"].map(|name| table.numbers(name));
    let [a, n1, b, n0] = columns;
    let (a, n1, b, n0) = (a?, n1?, b?, n0?);
    for column in [a, n1, b, n0] {
        super::super::refusal::not_negative("a count", column)?;
    }
    let stratum = |row: usize| TwoByTwo {
        ai_event: a[row] as u64,
        ai_n: n1[row] as u64,
        human_event: b[row] as u64,
        human_n: n0[row] as u64,
    };
    Ok((0..table.rows()).map(stratum).collect())
}

fn ratio(numbers: &mut Answer, name: &str, ratio: Option<Ratio>) {
    if let Some(ratio) = ratio {
        numbers.insert(name.to_owned(), ratio.interval.value);
        limits(numbers, name, ratio.interval);
        numbers.insert(format!("{name}_logse"), ratio.log_error);
    }
}

pub(super) fn mantel_haenszel(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let pooled = mantel_haenszel::pooled(&strata(spec)?)?;
    let mut numbers = answer([
        ("strata_used", pooled.strata_used as f64),
        ("rd_mh", pooled.risk_difference.value),
        ("rd_mh_sato_se", pooled.risk_difference_error),
        ("crude_rr", pooled.crude_risk_ratio),
        ("crude_or", pooled.crude_odds_ratio),
        ("strata_rr_above_1", pooled.above_1 as f64),
        ("strata_rr_below_1", pooled.below_1 as f64),
        ("std_to_ai_rr", pooled.standardised.0),
        ("std_to_ai_rd", pooled.standardised.1),
        ("breslow_day_tarone_chisq", pooled.breslow_day.map_or(f64::NAN, |test| test.0)),
        ("breslow_day_tarone_p", pooled.breslow_day.map_or(f64::NAN, |test| test.1)),
        ("dropped_ai", pooled.dropped.0 as f64),
        ("dropped_human", pooled.dropped.1 as f64),
    ]);
    limits(&mut numbers, "rd_mh", pooled.risk_difference);
    ratio(&mut numbers, "or_mh", pooled.odds_ratio);
    ratio(&mut numbers, "rr_mh", pooled.risk_ratio);
    Ok(numbers)
}

pub(super) fn mantel_haenszel_test(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let Pooled { odds_ratio, chi_squared, .. } = mantel_haenszel::pooled(&strata(spec)?)?;
    let mut numbers = Answer::new();
    ratio(&mut numbers, "or_mh", odds_ratio);
    if let Some((plain, corrected)) = chi_squared {
        for (name, value) in [("", plain), ("_cc", corrected)] {
            numbers.insert(format!("cmh_chisq{name}"), value);
            numbers.insert(format!("cmh_p{name}"), super::super::distributions::chi_squared_sf(value, 1.0));
        }
    }
    Ok(numbers)
}

pub(super) fn mantel_haenszel_rates(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let table = spec.table()?;
    let [a, t1, b, t0] = ["ai_event", "ai_time", "human_event", "human_time"].map(|name| table.numbers(name));
    let (a, t1, b, t0) = (a?, t1?, b?, t0?);
    let strata: Vec<[f64; 4]> = (0..table.rows()).map(|row| [a[row], t1[row], b[row], t0[row]]).collect();
    let mut numbers = Answer::new();
    ratio(&mut numbers, "rate_ratio_mh", Some(mantel_haenszel::rate_ratio(&strata)?));
    Ok(numbers)
}

pub(super) fn e_value(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let ratio = spec.needed("rr")?;
    let limit = match (spec.number("lo"), spec.number("hi")) {
        (Some(low), Some(high)) => bias::e_value_of_limit(ratio, low, high),
        _ => f64::NAN,
    };
    Ok(answer([("evalue", bias::e_value(ratio)), ("evalue_ci", limit)]))
}

pub(super) fn e_value_of_hazard_ratio(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let ratio = bias::risk_ratio_of_hazard_ratio(spec.needed("hr")?);
    Ok(answer([("rr_from_hr", ratio), ("evalue", bias::e_value(ratio))]))
}

pub(super) fn e_value_of_odds_ratio(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let ratio = bias::risk_ratio_of_odds_ratio(spec.needed("odds_ratio")?);
    Ok(answer([("rr_from_or", ratio), ("evalue", bias::e_value(ratio))]))
}

fn accuracy(spec: &Spec<'_>, sensitivity: &str, specificity: &str) -> Result<Accuracy, Refusal> {
    Ok(Accuracy { sensitivity: spec.needed(sensitivity)?, specificity: spec.needed(specificity)? })
}

pub(super) fn rogan_gladen(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let got = bias::rogan_gladen(spec.count("k")?, spec.count("n")?, accuracy(spec, "se", "sp")?)?;
    Ok(answer([
        ("apparent", got.apparent),
        ("adjusted", got.adjusted.value),
        ("adjusted_clamped", got.adjusted.value.clamp(0.0, 1.0)),
        ("se", got.error),
        ("lo", got.adjusted.low),
        ("hi", got.adjusted.high),
    ]))
}

pub(super) fn exposure_misclassification(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let observed = spec.two_by_two()?;
    let events = accuracy(spec, "se", "sp")?;
    let others = Accuracy {
        sensitivity: spec.number("se_nonevents").unwrap_or(events.sensitivity),
        specificity: spec.number("sp_nonevents").unwrap_or(events.specificity),
    };
    let table = bias::exposure_corrected(&observed, events, others)?;
    let (ai, human) = observed.shares();
    let mut numbers = answer([
        ("true_ai_events", table.ai_event),
        ("true_human_events", table.human_event),
        ("true_ai_n", table.ai_n),
        ("true_human_n", table.human_n),
        ("valid", f64::from(u8::from(table.is_possible()))),
        ("observed_rr", ai / human),
    ]);
    if table.is_possible() {
        let (ai, human) = table.shares();
        numbers.extend(answer([
            ("corrected_rr", table.risk_ratio()),
            ("corrected_or", table.odds_ratio()),
            ("corrected_rd", ai - human),
        ]));
    }
    Ok(numbers)
}

pub(super) fn outcome_misclassification(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let observed = spec.two_by_two()?;
    let (shown_ai, shown_human) = observed.shares();
    let of_human = accuracy(spec, "se_human", "sp_human")?;
    let (ai, human) = bias::outcome_corrected(&observed, accuracy(spec, "se_ai", "sp_ai")?, of_human)?;
    Ok(answer([
        ("observed_rr", shown_ai / shown_human),
        ("corrected_p_ai", ai),
        ("corrected_p_human", human),
        ("corrected_rr", ai / human),
        ("corrected_rd", ai - human),
    ]))
}

/// Draws where the specification does not ask for more.
const DRAWS: f64 = 400_000.0;

pub(super) fn probabilistic_bias(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let pair = |key: &str| match spec.numbers(key)[..] {
        [one, other] => Ok((one, other)),
        _ => Err(Refusal::Unknown { what: format!("`{key}`: two numbers of a Beta distribution") }),
    };
    let draws = spec.number("min_draws").unwrap_or_default().max(DRAWS) as u32;
    let seed = spec.number("seed").unwrap_or(1.0) as u64;
    let got = bias::probabilistic_bias(&spec.two_by_two()?, pair("se_beta")?, pair("sp_beta")?, draws, seed)?;
    Ok(answer([
        ("valid_share", got.valid_share),
        ("sys_median", got.systematic[0]),
        ("sys_p2_5", got.systematic[1]),
        ("sys_p97_5", got.systematic[2]),
        ("total_median", got.total[0]),
        ("total_p2_5", got.total[1]),
        ("total_p97_5", got.total[2]),
        ("draws", f64::from(got.draws)),
        ("seed", got.seed as f64),
    ]))
}

pub(super) fn label_audit(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let audit = if spec.says("both_ai") || !spec.has_table() {
        LabelAudit {
            both_ai: spec.count("both_ai")? as f64,
            truth_ai_label_human: spec.count("truth_ai_label_human")? as f64,
            truth_human_label_ai: spec.count("truth_human_label_ai")? as f64,
            both_human: spec.count("both_human")? as f64,
        }
    } else {
        let label = spec.column(&["label"], &["ai_label", "ai"])?;
        audited(
            spec.table()?.numbers(label)?,
            spec.table()?.numbers(spec.column(&["truth"], &["ai_audit", "ai_truth"])?)?,
        )
    };
    let quality = audit.quality()?;
    Ok(answer([
        ("agreement", quality.agreement),
        ("kappa", quality.kappa),
        ("precision", quality.precision),
        ("recall", quality.recall),
    ]))
}

/// Rows whose truth is 0 or 1 were checked by hand; below 0 they were not.
fn audited(label: &[f64], truth: &[f64]) -> LabelAudit {
    let mut audit = LabelAudit::default();
    for (label, truth) in label.iter().zip(truth).filter(|(_, truth)| **truth >= 0.0) {
        let cell = match (*truth > 0.0, *label > 0.0) {
            (true, true) => &mut audit.both_ai,
            (true, false) => &mut audit.truth_ai_label_human,
            (false, true) => &mut audit.truth_human_label_ai,
            (false, false) => &mut audit.both_human,
        };
        *cell += 1.0;
    }
    audit
}

pub(super) fn adjusted(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let p = spec.numbers("p");
    type Adjust = fn(&[f64]) -> Vec<f64>;
    let ways: [(&str, Adjust); 5] = [
        ("bonferroni", multiplicity::bonferroni),
        ("holm", multiplicity::holm),
        ("hochberg", multiplicity::hochberg),
        ("BH", multiplicity::benjamini_hochberg),
        ("BY", multiplicity::benjamini_yekutieli),
    ];
    let all = ways.iter().flat_map(|(name, adjust)| {
        adjust(&p).into_iter().enumerate().map(move |(at, value)| (format!("{name}.{at}"), value))
    });
    Ok(all.collect())
}

pub(super) fn power(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let p1 = spec.needed("p1")?;
    let power = spec.number("power").unwrap_or(0.8);
    Ok(match (spec.number("n"), spec.number("p2")) {
        (None, _) => answer([("n_per_group", planning::units_per_arm(p1, spec.needed("p2")?, power)?)]),
        (Some(n), Some(p2)) => answer([("power", planning::of_proportions(n, p1, p2))]),
        (Some(n), None) => answer([("p2_detectable", planning::detectable_proportion(n, p1, power)?)]),
    })
}

pub(super) fn events_needed(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let power = spec.number("power").unwrap_or(0.8);
    Ok(answer([("events_needed", planning::events_needed(spec.needed("hr")?, spec.needed("ai_share")?, power)?)]))
}

pub(super) fn detectable_hazard_ratio(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let power = spec.number("power").unwrap_or(0.8);
    let ratio = planning::detectable_hazard_ratio(spec.needed("events")?, spec.needed("ai_share")?, power)?;
    Ok(answer([("hr_detectable", ratio)]))
}

/// Replicates where the specification does not ask for more.
const REPLICATES: f64 = 20_000.0;

pub(super) fn cluster_bootstrap(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (outcome, treatment) = (spec.outcome()?, spec.treatment()?);
    let cluster = spec.column(&["cluster"], &["author"])?;
    let table = spec.table()?.complete(&[outcome, treatment]);
    let (clusters, _) = table.levels(cluster)?;
    let tallies = bootstrap::tallies(table.numbers(outcome)?, table.numbers(treatment)?, &clusters);
    let replicates = spec.number("min_replicates").unwrap_or_default().max(REPLICATES) as u32;
    let seed = spec.number("seed").unwrap_or(1.0) as u64;
    let (ratio, got) = bootstrap::clustered_risk_ratio(&tallies, replicates, seed)?;
    Ok(answer([
        ("rr", ratio),
        ("boot_lo", got.low),
        ("boot_hi", got.high),
        ("boot_log_se", got.log_error),
        ("n_clusters", got.clusters as f64),
        ("replicates", got.replicates as f64),
        ("seed", got.seed as f64),
    ]))
}

pub(super) fn design_effect(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (outcome, cluster) = (spec.outcome()?, spec.column(&["cluster"], &["author"])?);
    let table = spec.table()?.complete(&[outcome]);
    let got = clusters::design_effect(table.numbers(outcome)?, &table.levels(cluster)?.0)?;
    Ok(answer([
        ("icc_anova", got.icc),
        ("mean_cluster_size", got.mean_cluster_size),
        ("design_effect_equal", got.equal),
        ("design_effect_kish", got.kish),
        ("effective_n", got.effective_n),
    ]))
}
