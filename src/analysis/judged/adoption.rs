//! Repositories before and after they began to use AI, beside those that never did.

use super::super::judge::study::Adopting;
use super::super::sql::Record;
use super::super::stats::numeric::codes;
use super::rows::{OUTCOMES, days_since_epoch, times};

/// Every change of every repository, in columns.
#[derive(Default)]
pub(super) struct History {
    repo: Vec<String>,
    merged: Vec<f64>,
    /// Infinity where the repository has no change with evidence of AI.
    adopted: Vec<f64>,
    observed: Vec<i64>,
    days: Vec<(&'static str, Vec<Option<i64>>)>,
}

impl History {
    pub(super) fn of(records: impl Iterator<Item = Record>) -> Self {
        let mut history = Self { days: OUTCOMES.map(|column| (column, Vec::new())).into(), ..Self::default() };
        for record in records {
            let Some(merged) = record.time("merged_at") else { continue };
            history.repo.push(record.text("repo").unwrap_or_default().to_owned());
            history.merged.push(days_since_epoch(merged));
            history.adopted.push(record.time("adopted_at").map_or(f64::INFINITY, days_since_epoch));
            history.observed.push(record.int("observed_days").unwrap_or_default().max(0));
            for (column, days) in &mut history.days {
                days.push(record.int(column));
            }
        }
        history
    }

    /// `None` where all is about one repository: then there is nothing to compare with.
    pub(super) fn before_and_after(&self, column: &str) -> Option<Adopting> {
        let (repo, names) = codes(&self.repo);
        let (_, days) = self.days.iter().find(|(name, _)| *name == column).filter(|_| names.len() > 1)?;
        Some(Adopting {
            repo,
            merged: self.merged.clone(),
            adopted: self.adopted.clone(),
            outcome: times(&self.observed, |row| Some((1, days[row]?))),
        })
    }
}
