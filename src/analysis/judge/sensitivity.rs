//! What else would have to be so for the answer to be another.

use std::collections::BTreeMap;

use serde::Serialize;

use super::frequencies::table;
use super::ladder::{Missing, Rung, Step, same_window};
use super::rules::Rules;
use super::study::{Arm, Changes, Outcome};
use crate::analysis::stats::bias::{Accuracy, WeighedTable, e_value, e_value_of_limit, risk_ratio_of_hazard_ratio};
use crate::analysis::stats::chance::Chance;
use crate::analysis::stats::labels::{CheckedLabel, LabelAudit, LabelQuality};
use crate::analysis::stats::numeric::quantile;
use crate::analysis::stats::power::detectable_hazard_ratio;
use crate::analysis::stats::proportions::Z;
use crate::analysis::stats::two_by_two::TwoByTwo;

/// Draws of a probabilistic bias analysis.
const DRAWS: u32 = 20_000;
/// Share of draws that must be possible for the others to stand for all.
const POSSIBLE: f64 = 0.9;
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
    /// The ratio would be 1 if this share of failing AI changes bore one, and `recall` of the others; `None` where no share does it.
    pub equal_if_failures: Option<f64>,
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

/// What an audit says of either label, AI's first. A sheet is drawn origin by origin, so each origin stands for itself.
fn checked(changes: &Changes) -> Option<[CheckedLabel; 2]> {
    let audit = changes.audit.as_ref()?;
    let of_label = |arm: Arm| {
        let mut groups: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
        for row in (0..changes.len()).filter(|row| changes.arm[*row] == arm) {
            let group = groups.entry(changes.tier.as_ref().map_or("", |tier| &tier[row])).or_default();
            group[0] += 1.0;
            if let Some(is_ai) = audit[row] {
                group[1] += 1.0;
                group[2] += f64::from(u8::from(is_ai));
            }
        }
        CheckedLabel::of(&groups.into_values().collect::<Vec<_>>())
    };
    Some([of_label(Arm::Ai)?, of_label(Arm::Human)?])
}

pub(super) fn audited(changes: &Changes) -> Option<LabelQuality> {
    LabelAudit::of(&checked(changes)?).quality().ok()
}

pub(super) fn of(all: &Changes, known: &Changes, headline: &Rung, rules: &Rules) -> Sensitivity {
    let quality = audited(known);
    let specificity = quality.map_or(rules.label_specificity, |quality| quality.specificity);
    let observed = table(known, rules).filter(|table| table.ai_event > 0 && table.human_event > 0);
    let at_recall = |recall: &f64| {
        let accuracy = Accuracy { sensitivity: *recall, specificity };
        let observed = observed.as_ref();
        AtRecall {
            recall: *recall,
            ratio: observed.and_then(|observed| by_labels(headline, observed, accuracy).ok()),
            equal_if_failures: observed.and_then(|observed| turning_recall(headline.value, observed, accuracy)),
        }
    };
    let allowing_for_labels =
        checked(known).zip(observed).and_then(|(checked, observed)| drawn(headline, &observed, &checked, rules));
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

/// The table that would have this ratio: as many changes of either arm, and as many failures of human ones. A correction of it
/// moves the ratio itself, whatever the crude one was, which may be on the other side of 1.
fn adjusted(observed: &TwoByTwo, ratio: f64) -> WeighedTable {
    let table = WeighedTable::of(observed);
    WeighedTable { ai_event: ratio * table.human_event / table.human_n * table.ai_n, ..table }
}

/// The ratio behind labels of such accuracy among failures and among others (matrix method); `None` where that cannot be so.
fn behind(ratio: f64, observed: &TwoByTwo, failures: Accuracy, others: Accuracy) -> Option<f64> {
    let table = adjusted(observed, ratio).behind_labels(failures, others).ok()?;
    table.is_possible().then(|| table.risk_ratio())
}

/// Value, low and high of the headline behind labels of such accuracy: what holds of a ratio holds of its limits. No limit where
/// it cannot be so.
fn by_labels(headline: &Rung, observed: &TwoByTwo, accuracy: Accuracy) -> Result<[f64; 3], String> {
    let at = |ratio: f64| behind(ratio, observed, accuracy, accuracy);
    let value = at(headline.value).ok_or("labels as good as the audit says would leave a negative count")?;
    let low = at(headline.low).unwrap_or(0.0);
    Ok([value, low, at(headline.high).unwrap_or(f64::INFINITY)])
}

/// How often failing AI changes would have to bear a label, where others do so often, for the ratio to be 1.
fn turning_recall(headline: f64, observed: &TwoByTwo, others: Accuracy) -> Option<f64> {
    // The more often failures bear a label, the fewer of AI's failures are hidden, and the lower the ratio.
    let is_above = |recall: f64| {
        let failures = Accuracy { sensitivity: recall, ..others };
        behind(headline, observed, failures, others).is_none_or(|ratio| ratio > 1.0)
    };
    let (mut low, mut high) = (1.0 - others.specificity + 1e-6, 1.0);
    if is_above(high) || !is_above(low) {
        return None;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if is_above(middle) { low = middle } else { high = middle }
    }
    Some(high)
}

/// The headline by draws of what an audit leaves open about either label, with the headline's own error: median and limits.
/// `None` where more than a tenth of the draws cannot be so. Lash, Fox and Fink 2009.
fn drawn(headline: &Rung, observed: &TwoByTwo, checked: &[CheckedLabel; 2], rules: &Rules) -> Option<[f64; 3]> {
    let ratios = (0..DRAWS).filter_map(|draw| {
        let mut chance = Chance::new(rules.bootstrap_seed, u64::from(draw));
        // Jeffreys' prior.
        let [labelled, others] = checked
            .map(|label| {
                (label.changes, chance.beta(label.ai * label.worth + 0.5, (1.0 - label.ai) * label.worth + 0.5))
            })
            .map(|(changes, ai)| [changes * ai, changes * (1.0 - ai)]);
        let accuracy = Accuracy {
            sensitivity: labelled[0] / (labelled[0] + others[0]),
            specificity: others[1] / (others[1] + labelled[1]),
        };
        let ratio = (headline.value.ln() + headline.log_error * chance.normal()).exp();
        behind(ratio, observed, accuracy, accuracy)
    });
    let mut ratios: Vec<f64> = ratios.collect();
    if (ratios.len() as f64) < POSSIBLE * f64::from(DRAWS) {
        return None;
    }
    ratios.sort_unstable_by(f64::total_cmp);
    Some([0.5, 0.025, 0.975].map(|at| quantile(&ratios, at)))
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
    let quality = audited(changes)?;
    let accuracy = Accuracy { sensitivity: quality.recall, specificity: quality.specificity };
    let observed = table(changes, rules)?;
    let (step, at_equal_size) = (Step::Corrected, headline.at_equal_size);
    let rung = |[value, low, high]: [f64; 3]| Rung {
        step,
        method: "matrix correction",
        low,
        value,
        high,
        // Of the side that has a limit in any case.
        log_error: if high.is_finite() { (high / low).ln() / (2.0 * Z) } else { (value / low).ln() / Z },
        ..headline.clone()
    };
    let missing = |reason: String| Missing { step, at_equal_size, reason };
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
