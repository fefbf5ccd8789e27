//! Whether the ratio of hazards stays: the first week, the rest of the first month, and later.

use serde::Serialize;

use super::ladder::same_window;
use super::rules::Rules;
use super::study::{Changes, Outcome};
use crate::analysis::stats::proportions::Z;

/// The ratio of hazards in a stretch of days after the merge, (`from`, `to`]; without an end where `to` is `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Period {
    pub from: f64,
    pub to: Option<f64>,
    pub low: f64,
    pub value: f64,
    pub high: f64,
}

/// By stretch; those without enough events in an arm to compare are left out.
pub(super) fn of(changes: &Changes, rules: &Rules) -> Vec<Period> {
    let starts = std::iter::once(0.0).chain(rules.period_ends.iter().copied());
    let ends = rules.period_ends.iter().copied().map(Some).chain([None]);
    starts.zip(ends).filter_map(|(from, to)| period(changes, rules, from, to)).collect()
}

fn period(changes: &Changes, rules: &Rules, from: f64, to: Option<f64>) -> Option<Period> {
    let Outcome::Times { entry, time, cause, follow_up } = &changes.outcome else { return None };
    let end = to.unwrap_or(f64::INFINITY);
    let rows: Vec<usize> =
        (0..changes.len()).filter(|row| time[*row] > from || (from == 0.0 && time[*row] == 0.0)).collect();
    let cut = Changes {
        outcome: Outcome::Times {
            entry: entry.iter().map(|entry| entry.max(from)).collect(),
            time: time.iter().map(|time| time.min(end)).collect(),
            cause: time.iter().zip(cause).map(|(time, cause)| if *time <= end { *cause } else { 0 }).collect(),
            follow_up: follow_up.clone(),
        },
        ..changes.clone()
    };
    let cut = cut.pick(&rows);
    let enough = |arm| cut.tally(arm, rules.cause).1 >= rules.events_per_arm;
    if !enough(super::study::Arm::Ai) || !enough(super::study::Arm::Human) {
        return None;
    }
    let point = same_window(&cut, rules, false).ok()?;
    let at = |by: f64| (point.log + by * Z * point.log_error).exp();
    Some(Period { from, to, low: at(-1.0), value: at(0.0), high: at(1.0) })
}
