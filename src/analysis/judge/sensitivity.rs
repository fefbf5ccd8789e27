//! What else would have to be so for the answer to be another.

use serde::Serialize;

use super::frequencies::table;
use super::ladder::{Missing, Point, Rung, Step, same_window};
use super::rules::Rules;
use super::study::{Arm, Changes, Outcome};
use crate::analysis::stats::bias::{
    Accuracy, WeighedTable, e_value, e_value_of_limit, probabilistic_bias, risk_ratio_of_hazard_ratio,
};
use crate::analysis::stats::labels::{LabelAudit, LabelQuality};
use crate::analysis::stats::power::detectable_hazard_ratio;
use crate::analysis::stats::proportions::{Interval, Z};
use crate::analysis::stats::two_by_two::TwoByTwo;

/// Draws of a probabilistic bias analysis.
const DRAWS: u32 = 20_000;
/// Share of failures from which a hazard ratio is far from a risk ratio.
const COMMON: f64 = 0.15;

/// Bounds that are always given.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Sensitivity {
    /// How strongly a hidden cause would have to be tied to both AI and failure to explain the ratio, and its limit, away.
    pub e_value: Option<(f64, f64)>,
    /// The headline if only this share of AI changes bears a label.
    pub by_label_recall: Vec<AtRecall>,
    /// Recall and precision of labels as an audit found them.
    pub audit: Option<(f64, f64)>,
    /// The headline allowing for what the audit knows and does not know of labels: median and limits.
    pub allowing_for_labels: Option<[f64; 3]>,
    /// The ratio if all changes of unknown origin were AI's, and if all were human.
    pub by_unknown_origin: Option<(f64, f64)>,
    /// The headline if as many of the failures were laid to the wrong change as was measured.
    pub by_false_links: Option<FalseLinks>,
    /// How much more often failures of AI changes would have to be found, that the arms are equal.
    pub equal_if_found_more_often: Option<f64>,
    /// The smallest ratio above 1 that this many events could have shown.
    pub smallest_visible: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtRecall {
    pub recall: f64,
    /// Value, low and high; `None` where labels cannot be so.
    pub ratio: Option<[f64; 3]>,
}

/// Ratios by where wrong links fall; `None` where there are not as many failures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FalseLinks {
    /// Of the links that could be checked, right.
    pub precision: f64,
    /// On any change alike.
    pub by_chance: Option<f64>,
    pub all_on_ai: Option<f64>,
    pub all_on_human: Option<f64>,
}

/// The audit as if it had been drawn without heed of labels, and what it says of them.
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
        *cell += 1.0;
    }
    let labelled = |arm: Arm| changes.arm.iter().filter(|own| **own == arm).count() as u64;
    let audit = audit.standing_for(labelled(Arm::Ai), labelled(Arm::Human))?;
    Some((audit, audit.quality().ok()?))
}

pub(super) fn of(all: &Changes, known: &Changes, headline: &Rung, rules: &Rules) -> Sensitivity {
    let quality = audited(known).map(|(_, quality)| quality);
    let specificity = quality.map_or(rules.label_specificity, |quality| quality.specificity);
    let observed = table(known, rules).filter(|table| table.ai_event > 0 && table.human_event > 0);
    let at_recall = |recall: &f64| {
        let accuracy = Accuracy { sensitivity: *recall, specificity };
        let point = observed.and_then(|observed| by_labels(headline, &observed, accuracy).ok());
        let ratio = point.map(|point| limits(&point)).map(|got| [got.value, got.low, got.high]);
        AtRecall { recall: *recall, ratio }
    };
    let allowing_for_labels = audited(known).zip(observed).and_then(|((audit, _), observed)| {
        let [recall, specificity] = audit.posteriors();
        let table = TwoByTwo { ai_event: adjusted(&observed, headline.value).ai_event.round() as u64, ..observed };
        let got = probabilistic_bias(&table, recall, specificity, DRAWS, rules.bootstrap_seed).ok()?;
        Some([got.total[1], got.total[0], got.total[2]])
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
        by_label_recall: rules.label_recall.iter().map(at_recall).collect(),
        audit: quality.map(|quality| (quality.recall, quality.precision)),
        allowing_for_labels,
        by_unknown_origin: unknown,
        by_false_links: known
            .outcome_precision
            .zip(observed)
            .map(|(precision, observed)| false_links(headline.value, &observed, precision)),
        equal_if_found_more_often: known.is_outcome_searched.then_some(headline.value),
        smallest_visible: None,
    }
}

/// The table that would have the headline for its ratio: as many changes of either arm, and as many failures of human ones. A
/// correction of it moves the headline, whatever the crude ratio was, which may be on the other side of 1.
fn adjusted(observed: &TwoByTwo, headline: f64) -> WeighedTable {
    let table = WeighedTable::of(observed);
    WeighedTable { ai_event: headline * table.human_event / table.human_n * table.ai_n, ..table }
}

/// The headline behind labels of such accuracy (matrix method).
fn by_labels(headline: &Rung, observed: &TwoByTwo, accuracy: Accuracy) -> Result<Point, String> {
    let corrected =
        adjusted(observed, headline.value).behind_labels(accuracy, accuracy).map_err(|refusal| refusal.to_string())?;
    if !corrected.is_possible() {
        return Err("labels as good as the audit says would leave a negative count".to_owned());
    }
    let log = corrected.risk_ratio().ln();
    // Errors of a logarithm grow as the logarithm does.
    let grown = (log / headline.value.ln()).clamp(1.0, 10.0);
    Ok(Point {
        log,
        log_error: headline.log_error * if grown.is_nan() { 1.0 } else { grown },
        model_error: None,
        used: headline.used,
        method: "matrix correction",
    })
}

fn limits(point: &Point) -> Interval {
    let at = |sign: f64| (point.log + sign * Z * point.log_error).exp();
    Interval { value: at(0.0), low: at(-1.0), high: at(1.0) }
}

/// Failures that were laid to the wrong change are taken away, as many as precision says.
fn false_links(headline: f64, observed: &TwoByTwo, precision: f64) -> FalseLinks {
    let (ai_n, human_n) = (observed.ai_n as f64, observed.human_n as f64);
    let (ai, human) = (observed.ai_event as f64, observed.human_event as f64);
    let wrong = (1.0 - precision) * (ai + human);
    let without = |of_ai: f64, of_human: f64| {
        let (left_ai, left_human) = (ai - of_ai, human - of_human);
        (left_ai > 0.0 && left_human > 0.0).then(|| headline * (left_ai / ai) / (left_human / human))
    };
    FalseLinks {
        precision,
        by_chance: without(wrong * ai_n / (ai_n + human_n), wrong * human_n / (ai_n + human_n)),
        all_on_ai: without(wrong, 0.0),
        all_on_human: without(0.0, wrong),
    }
}

/// The headline corrected by what an audit found of the labels.
pub(super) fn corrected(changes: &Changes, headline: &Rung, rules: &Rules) -> Option<Result<Rung, Missing>> {
    let (_, quality) = audited(changes)?;
    let missing = |reason: String| Missing { step: Step::Corrected, at_equal_size: headline.at_equal_size, reason };
    let accuracy = Accuracy { sensitivity: quality.recall, specificity: quality.specificity };
    let observed = table(changes, rules)?;
    let rung = |point: Point| Rung::new(Step::Corrected, headline.at_equal_size, &point, limits(&point));
    Some(by_labels(headline, &observed, accuracy).map(rung).map_err(missing))
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
