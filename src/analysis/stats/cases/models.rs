//! Estimators with covariates, and those of adoption.

use super::super::adoption;
use super::super::clogit as conditional;
use super::super::cox::{self as hazards, Ties};
use super::super::glm::{self as linear, Family};
use super::super::negative_binomial;
use super::super::numeric::{mean, variance};
use super::super::proportions::Interval;
use super::super::refusal::{Refusal, impossible};
use super::super::table::Table;
use super::super::weights::{self, Population};
use super::{Answer, Spec};

fn put_each(numbers: &mut Answer, word: &str, names: &[&str], values: impl IntoIterator<Item = f64>) {
    numbers.extend(names.iter().zip(values).map(|(name, value)| (format!("{word}.{name}"), value)));
}

fn put_intervals(numbers: &mut Answer, word: &str, end: &str, name: &str, interval: Interval) {
    numbers.insert(format!("{word}_lo{end}.{name}"), interval.low);
    numbers.insert(format!("{word}_hi{end}.{name}"), interval.high);
}

fn columns<'t>(table: &'t Table, names: &[&str]) -> Result<Vec<&'t [f64]>, Refusal> {
    names.iter().map(|name| table.numbers(name)).collect()
}

pub(super) fn cox(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (time, event, covariates) = (spec.time()?, spec.event()?, spec.covariates()?);
    let mut used = vec![time, event];
    used.extend(&covariates);
    used.extend(["entry", "cluster", "weights"].iter().filter_map(|key| spec.word(key)));
    used.extend(spec.words("strata"));
    let table = spec.table()?.complete(&used);
    let Some(by) = spec.word("by") else { return one_cox(spec, &table, &covariates) };
    let (codes, levels) = table.levels(by)?;
    let fit = |at: usize| {
        let rows: Vec<usize> = (0..table.rows()).filter(|row| codes[*row] as usize == at).collect();
        one_cox(spec, &table.pick(&rows), &covariates)
    };
    let fits = (0..levels.len()).map(fit).collect::<Result<Vec<_>, _>>()?;
    over_fits(spec, &fits, covariates[0])
}

/// How fits of many tables spread, and how often their intervals hold the truth.
fn over_fits(spec: &Spec<'_>, fits: &[Answer], name: &str) -> Result<Answer, Refusal> {
    let all = |word: &str| -> Vec<f64> {
        fits.iter().filter_map(|fit| fit.get(&format!("{word}.{name}")).copied()).collect()
    };
    let truth = spec.number("true_hr").unwrap_or(1.0);
    let covered = |low: &str, high: &str| {
        let (low, high) = (all(low), all(high));
        let held = low.iter().zip(&high).filter(|(low, high)| **low <= truth && truth <= **high).count();
        held as f64 / low.len() as f64
    };
    let numbers = [
        ("reps", fits.len() as f64),
        ("naive_coverage", covered("hr_lo", "hr_hi")),
        ("cluster_coverage", covered("hr_lo_cluster", "hr_hi_cluster")),
        ("mean_coef", mean(&all("coef"))),
        ("mean_se", mean(&all("se"))),
        ("mean_cluster_se", mean(&all("cluster_se"))),
        ("sd_of_coef", variance(&all("coef")).sqrt()),
    ];
    Ok(numbers.into_iter().filter(|(_, value)| !value.is_nan()).map(|(name, value)| (name.to_owned(), value)).collect())
}

fn one_cox(spec: &Spec<'_>, table: &Table, covariates: &[&str]) -> Result<Answer, Refusal> {
    let event = table.numbers(spec.event()?)?;
    let cause = spec.number("cause");
    let event: Vec<bool> = event.iter().map(|event| cause.map_or(*event > 0.0, |cause| *event == cause)).collect();
    let strata = spec.words("strata");
    let strata = (!strata.is_empty()).then(|| table.combined(&strata)).transpose()?;
    let columns = columns(table, covariates)?;
    let ties = match spec.word("ties") {
        None | Some("efron") => Ties::Efron,
        Some("breslow") => Ties::Breslow,
        Some(other) => return impossible(format!("ties `{other}`")),
    };
    let fit = hazards::fit(&hazards::Data {
        entry: spec.word("entry").map(|name| table.numbers(name)).transpose()?,
        strata: strata.as_deref(),
        weights: spec.word("weights").map(|name| table.numbers(name)).transpose()?,
        ties,
        ..hazards::Data::new(table.numbers(spec.time()?)?, &event, &columns)
    })?;
    let mut numbers = Answer::new();
    let errors = fit.variance.roots();
    put_each(&mut numbers, "coef", covariates, fit.coefficients.iter().copied());
    put_each(&mut numbers, "se", covariates, errors.iter().copied());
    for (at, name) in covariates.iter().enumerate() {
        let ratio = fit.hazard_ratio(at, errors[at]);
        numbers.insert(format!("hr.{name}"), ratio.value);
        put_intervals(&mut numbers, "hr", "", name, ratio);
    }
    let whole = [
        ("loglik_null", fit.null_log_likelihood),
        ("loglik", fit.log_likelihood),
        ("lrt", fit.likelihood_ratio()),
        ("wald", fit.wald()),
        ("score", fit.score),
        ("n", fit.n as f64),
        ("events", fit.events as f64),
    ];
    numbers.extend(whole.map(|(name, value)| (name.to_owned(), value)));
    if strata.is_none() {
        numbers.insert("concordance".to_owned(), fit.concordance());
    }
    robust_cox(spec, table, covariates, &fit, &mut numbers)?;
    Ok(numbers)
}

fn robust_cox(
    spec: &Spec<'_>,
    table: &Table,
    covariates: &[&str],
    fit: &hazards::Fit,
    numbers: &mut Answer,
) -> Result<(), Refusal> {
    if let Some(cluster) = spec.word("cluster") {
        let (clusters, _) = table.levels(cluster)?;
        let errors = fit.cluster_variance(&clusters)?.roots();
        put_each(numbers, "cluster_se", covariates, errors.iter().copied());
        for (at, name) in covariates.iter().enumerate() {
            put_intervals(numbers, "hr", "_cluster", name, fit.hazard_ratio(at, errors[at]));
        }
    }
    if spec.is_on("robust") {
        put_each(numbers, "robust_se", covariates, fit.robust_variance().roots());
    }
    if spec.is_on("zph") {
        let test = fit.proportionality()?;
        let names = [covariates, &["GLOBAL"]].concat();
        let all: Vec<(f64, f64)> = test.each.iter().copied().chain([test.all]).collect();
        put_each(numbers, "zph_chisq", &names, all.iter().map(|test| test.0));
        put_each(numbers, "zph_p", &names, all.iter().map(|test| test.1));
    }
    Ok(())
}

pub(super) fn clogit(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (event, covariates) = (spec.outcome()?, spec.covariates()?);
    let strata = match spec.words("strata") {
        named if !named.is_empty() => named,
        _ => vec![spec.column(&["stratum"], &["author", "stratum"])?],
    };
    let table = spec.table()?.complete(&[&[event], covariates.as_slice(), &strata].concat());
    let fit = conditional::fit(&table.flags(event)?, &columns(&table, &covariates)?, &table.combined(&strata)?)?;
    let mut numbers = Answer::from([("loglik".to_owned(), fit.log_likelihood)]);
    put_each(&mut numbers, "coef", &covariates, fit.coefficients.iter().copied());
    put_each(&mut numbers, "se", &covariates, fit.variance.roots());
    put_each(&mut numbers, "or", &covariates, fit.coefficients.iter().map(|coefficient| coefficient.exp()));
    Ok(numbers)
}

pub(super) fn glm(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (y, covariates) = (spec.outcome()?, spec.covariates()?);
    let mut used = vec![y];
    used.extend(&covariates);
    used.extend(["offset", "cluster", "weights"].iter().filter_map(|key| spec.word(key)));
    let table = spec.table()?.complete(&used);
    let columns = columns(&table, &covariates)?;
    let data = linear::Data {
        y: table.numbers(y)?,
        covariates: &columns,
        exposure: spec.word("offset").map(|name| table.numbers(name)).transpose()?,
        weights: spec.word("weights").map(|name| table.numbers(name)).transpose()?,
    };
    let mut numbers = Answer::new();
    let fit = match spec.word("family").unwrap_or("logistic") {
        "negbin" => {
            let fit = negative_binomial::fit(&data)?;
            let whole = [("theta", fit.theta), ("theta_se", fit.theta_error_as_r), ("alpha", fit.alpha())];
            numbers.extend(whole.map(|(name, value)| (name.to_owned(), value)));
            let likelihood = fit.model.log_likelihood.map(|value| ("twologlik".to_owned(), 2.0 * value));
            numbers.extend(likelihood);
            fit.model
        }
        family => {
            let family = match family {
                "logistic" => Family::Logistic,
                "poisson" => Family::Poisson,
                "quasipoisson" => Family::QuasiPoisson,
                "gaussian" => Family::Gaussian,
                other => return Err(Refusal::Unknown { what: format!("family `{other}`") }),
            };
            let fit = linear::fit(&data, family)?;
            whole_glm(&fit, family, &mut numbers);
            fit
        }
    };
    let names = [&["intercept"], covariates.as_slice()].concat();
    put_each(&mut numbers, "coef", &names, fit.coefficients.iter().copied());
    put_each(&mut numbers, "se", &names, fit.variance.roots());
    put_each(&mut numbers, "hc0_se", &names, fit.robust_variance().roots());
    if let Some(cluster) = spec.word("cluster") {
        let (clusters, levels) = table.levels(cluster)?;
        let (errors, count) = (fit.cluster_variance(&clusters)?.roots(), levels.len() as f64);
        put_each(&mut numbers, "cr0_se", &names, errors.iter().copied());
        put_each(
            &mut numbers,
            "cr0_gadj_se",
            &names,
            errors.iter().map(|error| error * (count / (count - 1.0)).sqrt()),
        );
        numbers.insert("n_clusters".to_owned(), count);
    }
    Ok(numbers)
}

fn whole_glm(fit: &linear::Fit, family: Family, numbers: &mut Answer) {
    numbers.insert("deviance".to_owned(), fit.deviance);
    numbers.insert("null_deviance".to_owned(), fit.null_deviance);
    numbers.extend(fit.log_likelihood.map(|value| ("loglik".to_owned(), value)));
    let dispersion = match family {
        Family::QuasiPoisson => "dispersion",
        Family::Poisson => "pearson_dispersion",
        Family::Logistic | Family::Gaussian => return,
    };
    numbers.insert(dispersion.to_owned(), fit.pearson_dispersion);
}

pub(super) fn weighting(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (outcome, treatment) = (spec.outcome()?, spec.treatment()?);
    let covariates = spec.words("covariates");
    let table = spec.table()?.complete(&[&[outcome, treatment], covariates.as_slice()].concat());
    let (y, ai, columns) = (table.numbers(outcome)?, table.numbers(treatment)?, columns(&table, &covariates)?);
    let (model, scores) = weights::propensity(ai, &columns)?;
    let names = [&["intercept"], covariates.as_slice()].concat();
    let mut numbers = Answer::new();
    put_each(&mut numbers, "ps_coef", &names, model.coefficients.iter().copied());
    let ends = scores.iter().fold((1.0_f64, 0.0_f64), |(low, high), score| (low.min(*score), high.max(*score)));
    let whole = [("ps_auc", weights::area_under_curve(&scores, ai)), ("ps_min", ends.0), ("ps_max", ends.1)];
    numbers.extend(whole.map(|(name, value)| (name.to_owned(), value)));
    let unweighted = columns.iter().map(|column| weights::standardised_difference(column, ai, None));
    put_each(&mut numbers, "smd_unweighted", &covariates, unweighted);
    for (word, population) in [("ate", Population::All), ("att", Population::Treated), ("overlap", Population::Overlap)]
    {
        let weight = population.weights(ai, &scores);
        let got = weights::compare(y, ai, &weight, None)?;
        let own = [
            ("p_ai", got.ai),
            ("p_human", got.human),
            ("rd", got.difference()),
            ("rr", got.ratio()),
            ("ess_ai", got.effective_ai),
            ("ess_human", got.effective_human),
            ("rd_hc0_se", got.difference_error),
        ];
        numbers.extend(own.map(|(name, value)| (format!("{word}.{name}"), value)));
        let balance = columns.iter().map(|column| weights::standardised_difference(column, ai, Some(&weight)));
        put_each(&mut numbers, &format!("{word}.smd"), &covariates, balance);
    }
    let both = weights::standardised(y, ai, &columns, &scores)?;
    for (word, (p1, p0)) in [("gcomp", both.predicted), ("aipw", both.robust)] {
        let own = [("p_ai", p1), ("p_human", p0), ("rd", p1 - p0), ("rr", p1 / p0)];
        numbers.extend(own.map(|(name, value)| (format!("{word}.{name}"), value)));
    }
    numbers.insert("aipw.rd_se".to_owned(), both.robust_error);
    Ok(numbers)
}

pub(super) fn did(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let table = spec.table()?;
    let column = |key: &'static str| spec.column(&[key], &[key]);
    let (units, _) = table.levels(column("unit")?)?;
    let numbers = [column("treated")?, column("post")?, column("y")?].map(|name| table.numbers(name));
    let [treated, post, y] = numbers;
    let got = adoption::two_by_two(&units, treated?, post?, y?)?;
    Ok(Answer::from([("did".to_owned(), got.effect), ("cr1_se".to_owned(), got.error)]))
}

pub(super) fn staggered(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let unit = spec.column(&["unit"], &["repo", "unit", "team"])?;
    let time = spec.column(&["time"], &["month", "period", "time"])?;
    let adopted = spec.column(&["first_treated"], &["adopted_month", "first_treated", "adopted"])?;
    let y = spec.column(&["y"], &["y"])?;
    let table = spec.table()?.complete(&[time, y]);
    let (codes, _) = table.levels(unit)?;
    let adopted: Vec<f64> = table.numbers(adopted)?.iter().map(|at| if at.is_nan() { 0.0 } else { *at }).collect();
    let units = adoption::units(&codes, table.numbers(time)?, table.numbers(y)?, &adopted)?;
    let mut numbers = Answer::new();
    let effects = adoption::group_time(&units.iter().collect::<Vec<_>>())?;
    numbers.insert("cs_simple_att".to_owned(), effects.overall);
    numbers.extend(effects.by_age.iter().map(|(age, effect)| (format!("cs_event.{age}"), *effect)));
    let fixed = adoption::two_way(&units)?;
    numbers.insert("twfe".to_owned(), fixed.effect);
    numbers.insert("twfe_cr1_se".to_owned(), fixed.error);
    numbers.insert("imputation_att".to_owned(), adoption::imputation(&units)?);
    Ok(numbers)
}
