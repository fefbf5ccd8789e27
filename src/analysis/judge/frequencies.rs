//! What became of 1,000 changes of either arm.

use serde::Serialize;

use super::rules::Rules;
use super::study::{Arm, Changes, Outcome};
use crate::analysis::stats::competing::AalenJohansen;
use crate::analysis::stats::proportions::{Interval, wilson};
use crate::analysis::stats::two_by_two::TwoByTwo;

/// Failures per 1,000 changes, with their intervals, by a day; of shares, in their window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frequency {
    /// `None` where the table does not say how long its window is.
    pub days: Option<f64>,
    pub cause: u32,
    pub ai: [f64; 3],
    pub human: [f64; 3],
}

/// Cumulative incidence by window and cause, which counts what ended another way as gone, never 1 − S of one cause.
pub(super) fn of(changes: &Changes, rules: &Rules) -> Vec<Frequency> {
    let arms = [Arm::Ai, Arm::Human]
        .map(|arm| changes.pick(&(0..changes.len()).filter(|row| changes.arm[*row] == arm).collect::<Vec<_>>()));
    match &changes.outcome {
        Outcome::Share(_) => {
            let [ai, human] = arms.map(|arm| {
                let failed = arm.failed(rules.cause);
                wilson(failed.iter().filter(|failed| **failed).count() as u64, failed.len() as u64)
            });
            let row = ai.zip(human).map(|(ai, human)| (per_thousand(ai), per_thousand(human)));
            row.into_iter().map(|(ai, human)| Frequency { days: None, cause: rules.cause, ai, human }).collect()
        }
        Outcome::Times { .. } => {
            let [Some(ai), Some(human)] = arms.each_ref().map(Incidences::of) else { return Vec::new() };
            let mut causes: Vec<u32> = ai.curve.causes().iter().chain(human.curve.causes()).copied().collect();
            causes.sort_unstable();
            causes.dedup();
            let row = |days: f64, cause: u32| {
                let (ai, human) = ai.at(cause, days).zip(human.at(cause, days))?;
                Some(Frequency { days: Some(days), cause, ai, human })
            };
            let asked = rules.windows.iter().flat_map(|days| causes.iter().map(|cause| (*days, *cause)));
            asked.filter_map(|(days, cause)| row(days, cause)).collect()
        }
    }
}

fn per_thousand(share: Interval) -> [f64; 3] {
    [share.low, share.value, share.high].map(|share| 1000.0 * share)
}

/// What became of an arm by age, and for how long its changes could be watched.
struct Incidences<'a> {
    curve: AalenJohansen,
    follow_up: &'a [f64],
    /// The last day on which any was.
    end: f64,
}

impl<'a> Incidences<'a> {
    fn of(changes: &'a Changes) -> Option<Self> {
        let Outcome::Times { entry, time, cause, follow_up } = &changes.outcome else { return None };
        let entry: Vec<f64> = entry.iter().map(|entry| if *entry > 0.0 { *entry } else { -1.0 }).collect();
        let end = time.iter().copied().fold(0.0, f64::max);
        Some(Self { curve: AalenJohansen::of(time, cause, Some(&entry)).ok()?, follow_up, end })
    }

    fn at(&self, cause: u32, days: f64) -> Option<[f64; 3]> {
        let watched = self.follow_up.iter().filter(|follow_up| **follow_up >= days).count() as u64;
        let share = self.curve.at(cause, days).interval(watched).filter(|_| days <= self.end)?;
        Some(per_thousand(share))
    }
}

/// Failures within the longest window that enough changes of either arm were watched for, from the merge on.
pub(super) fn table(changes: &Changes, rules: &Rules) -> Option<TwoByTwo> {
    let count = |keep: &dyn Fn(usize) -> Option<bool>| {
        let mut table = TwoByTwo::default();
        for row in 0..changes.len() {
            let Some(failed) = keep(row) else { continue };
            let (event, n) = match changes.arm[row] {
                Arm::Ai => (&mut table.ai_event, &mut table.ai_n),
                Arm::Human => (&mut table.human_event, &mut table.human_n),
                Arm::Unknown => continue,
            };
            *event += u64::from(failed);
            *n += 1;
        }
        table
    };
    match &changes.outcome {
        Outcome::Share(failed) => Some(count(&|row| Some(failed[row]))),
        Outcome::Times { entry, time, cause, follow_up } => rules.windows.iter().rev().find_map(|days| {
            let table = count(&|row| {
                let is_watched = entry[row] <= 0.0 && follow_up[row] >= *days;
                is_watched.then_some(cause[row] == rules.cause && time[row] <= *days)
            });
            (table.ai_n >= rules.changes_per_arm && table.human_n >= rules.changes_per_arm).then_some(table)
        }),
    }
}
