//! What else would have to be so for the answer to be another.

use serde::Serialize;

use super::frequencies::table;
use super::ladder::{Missing, Point, Rung, Step, same_window};
use super::rules::Rules;
use super::study::{Arm, Changes, Outcome};
use crate::analysis::stats::bias::{
    Accuracy, e_value, e_value_of_limit, exposure_corrected, probabilistic_bias, risk_ratio_of_hazard_ratio,
};
use crate::analysis::stats::labels::{LabelAudit, LabelQuality};
use crate::analysis::stats::power::detectable_hazard_ratio;
use crate::analysis::stats::proportions::Interval;

/// Draws of a probabilistic bias analysis.
const DRAWS: u32 = 20_000;
/// Share of failures from which a hazard ratio is far from a risk ratio.
const COMMON: f64 = 0.15;

/// Bounds that are always given.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Sensitivity {
    /// How strongly a hidden cause would have to be tied to both AI and failure to explain the ratio, and its limit, away.
    pub e_value: Option<(f64, f64)>,
    /// The headline if only this share of AI changes bears a label; `None` where that cannot be so.
    pub by_label_recall: Vec<(f64, Option<f64>)>,
    /// Recall and precision of labels as an audit found them.
    pub audit: Option<(f64, f64)>,
    /// The headline allowing for what the audit knows and does not know of labels: median and limits.
    pub allowing_for_labels: Option<[f64; 3]>,
    /// The ratio if all changes of unknown origin were AI's, and if all were human.
    pub by_unknown_origin: Option<(f64, f64)>,
    /// How much more often failures of AI changes would have to be found, that the arms are equal.
    pub equal_if_found_more_often: Option<f64>,
    /// The smallest ratio above 1 that this many events could have shown.
    pub smallest_visible: Option<f64>,
}

pub(super) fn audited(changes: &Changes) -> Option<(LabelAudit, LabelQuality)> {
    let mut audit = LabelAudit::default();
    for (truth, arm) in changes.audit.as_ref()?.iter().zip(&changes.arm) {
        let cell = match (truth, *arm == Arm::Ai) {
            (Some(true), true) => &mut audit.both_ai,
            (Some(true), false) => &mut audit.truth_ai_label_human,
            (Some(false), true) => &mut audit.truth_human_label_ai,
            (Some(false), false) => &mut audit.both_human,
            (None, _) => continue,
        };
        *cell += 1;
    }
    Some((audit, audit.quality().ok()?))
}

pub(super) fn of(all: &Changes, known: &Changes, headline: &Rung, rules: &Rules) -> Sensitivity {
    let quality = audited(known).map(|(_, quality)| quality);
    let specificity = quality.map_or(rules.label_specificity, |quality| quality.specificity);
    let observed = table(known, rules).filter(|table| table.ai_event > 0 && table.human_event > 0);
    let factor = |sensitivity: f64| {
        let observed = observed?;
        let accuracy = Accuracy { sensitivity, specificity };
        let corrected = exposure_corrected(&observed, accuracy, accuracy).ok().filter(|table| table.is_possible())?;
        let (ai, human) = observed.shares();
        Some(corrected.risk_ratio() / (ai / human))
    };
    let by_label_recall =
        rules.label_recall.iter().map(|recall| (*recall, factor(*recall).map(|by| headline.value * by)));
    let allowing_for_labels = audited(known).zip(observed).and_then(|((audit, _), observed)| {
        let [recall, specificity] = audit.posteriors();
        let got = probabilistic_bias(&observed, recall, specificity, DRAWS, rules.bootstrap_seed).ok()?;
        let (ai, human) = observed.shares();
        Some([got.total[1], got.total[0], got.total[2]].map(|ratio| ratio / (ai / human) * headline.value))
    });
    // A hazard ratio is no risk ratio where failing is common.
    let common =
        (known.failed(rules.cause).iter().filter(|failed| **failed).count() as f64) > COMMON * known.len() as f64;
    let is_hazard = common && matches!(known.outcome, Outcome::Times { .. });
    let risk = |ratio: f64| if is_hazard { risk_ratio_of_hazard_ratio(ratio) } else { ratio };
    let (value, low, high) = (risk(headline.value), risk(headline.low), risk(headline.high));
    let unknown = all.arm.contains(&Arm::Unknown).then(|| {
        let ratio =
            |arm: Arm| same_window(&all.unknown_as(arm), rules, false).map_or(f64::NAN, |point| point.log.exp());
        (ratio(Arm::Ai), ratio(Arm::Human))
    });
    Sensitivity {
        e_value: Some((e_value(value), e_value_of_limit(value, low, high))),
        by_label_recall: by_label_recall.collect(),
        audit: quality.map(|quality| (quality.recall, quality.precision)),
        allowing_for_labels,
        by_unknown_origin: unknown,
        equal_if_found_more_often: known.is_outcome_searched.then_some(headline.value),
        smallest_visible: None,
    }
}

/// The headline corrected by what an audit found of the labels: by the factor that the matrix method brings to the ratio of
/// shares.
pub(super) fn corrected(changes: &Changes, headline: &Rung, rules: &Rules) -> Option<Result<Rung, Missing>> {
    let (_, quality) = audited(changes)?;
    let missing = |reason: String| Missing { step: Step::Corrected, at_equal_size: headline.at_equal_size, reason };
    let accuracy = Accuracy { sensitivity: quality.recall, specificity: quality.specificity };
    let observed = table(changes, rules)?;
    let corrected = match exposure_corrected(&observed, accuracy, accuracy) {
        Ok(corrected) if corrected.is_possible() => corrected,
        Ok(_) => return Some(Err(missing("labels as good as the audit says would leave a negative count".to_owned()))),
        Err(refusal) => return Some(Err(missing(refusal.to_string()))),
    };
    let (ai, human) = observed.shares();
    let by = corrected.risk_ratio() / (ai / human);
    // Errors of a logarithm grow as the logarithm does.
    let grown = (corrected.risk_ratio().ln() / (ai / human).ln()).clamp(1.0, 10.0);
    let point = Point {
        log: (headline.value * by).ln(),
        log_error: headline.log_error * if grown.is_nan() { 1.0 } else { grown },
        model_error: None,
        used: headline.used,
        method: "matrix correction",
    };
    let at = |sign: f64| (point.log + sign * crate::analysis::stats::proportions::Z * point.log_error).exp();
    let interval = Interval { value: at(0.0), low: at(-1.0), high: at(1.0) };
    Some(Ok(Rung::new(Step::Corrected, headline.at_equal_size, &point, interval)))
}

/// Schoenfeld's smallest visible ratio for the events that there were, over the design effect: how much larger the variance
/// is than that of independent changes.
pub(super) fn smallest_visible(changes: &Changes, point_error: f64, rules: &Rules) -> Option<f64> {
    let (ai, ai_events, _) = changes.tally(Arm::Ai, rules.cause);
    let (human, human_events, _) = changes.tally(Arm::Human, rules.cause);
    let share = ai as f64 / (ai + human) as f64;
    let events = (ai_events + human_events) as f64;
    let model = (1.0 / (events * share * (1.0 - share))).sqrt();
    let effect = (point_error / model).powi(2).max(1.0);
    detectable_hazard_ratio(events / effect, share, rules.power).ok()
}
