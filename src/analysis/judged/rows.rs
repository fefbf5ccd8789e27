//! The changes before the judge, in columns.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::super::audit;
use super::super::judge::outcomes::Question;
use super::super::judge::study::{Adopting, Arm, Changes, Outcome, Stratum, Study};
use super::super::sql::{Record, Value};
use super::super::stats::numeric::codes;
use super::super::stats::survival::{Curve, Row};
use super::Asked;

/// The columns of what is judged.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) arm: Vec<Arm>,
    tier: Vec<String>,
    /// Whether it is AI's, of changes that people looked at.
    audit: Vec<Option<bool>>,
    pub(super) repo: Vec<String>,
    pub(super) author: Vec<String>,
    merged: Vec<Option<DateTime<Utc>>>,
    pub(super) month: Vec<Option<NaiveDate>>,
    pub(super) observed: Vec<i64>,
    size: Vec<f64>,
    task: Vec<String>,
    risk: Vec<i64>,
    language: Vec<String>,
    /// Days to each outcome, by column.
    days: Vec<(&'static str, Vec<Option<i64>>)>,
}

const FILE_RISK: &str = "file risk";
pub(super) const OUTCOMES: [&str; 5] =
    ["reverted_days", "first_fix_days", "bug_days", "incident_days", "superseded_days"];

impl Rows {
    pub(super) fn of(records: impl Iterator<Item = Record>, audited: &audit::Truths) -> Self {
        let mut rows = Self { days: OUTCOMES.map(|column| (column, Vec::new())).into(), ..Self::default() };
        for record in records {
            let text = |column: &str| record.text(column).unwrap_or_default().to_owned();
            let origin = text("origin");
            rows.arm.push(if matches!(origin.as_str(), "agent" | "assisted") { Arm::Ai } else { Arm::Human });
            rows.tier.push(origin);
            let subject = (text("repo"), text("change_id"));
            rows.audit.push(audited.get(&subject).copied().and_then(audit::is_by_ai));
            rows.repo.push(subject.0);
            rows.author.push(text("author"));
            rows.merged.push(record.time("merged_at"));
            rows.month.push(record.date("month"));
            rows.observed.push(record.int("observed_days").unwrap_or_default().max(0));
            rows.size.push(record.int("size").unwrap_or_default().max(1) as f64);
            rows.task.push(text("task"));
            rows.risk.push(record.int("file_risk").unwrap_or_default());
            rows.language.push(match record.value("languages") {
                Value::List(languages) => match languages.as_slice() {
                    [Value::Text(only)] => only.clone(),
                    [] => "none".to_owned(),
                    _ => "several".to_owned(),
                },
                _ => "none".to_owned(),
            });
            for (column, days) in &mut rows.days {
                days.push(record.int(column));
            }
        }
        rows
    }

    pub(super) fn days(&self, column: &str) -> &[Option<i64>] {
        self.days.iter().find(|(name, _)| *name == column).map_or(&[], |(_, days)| days)
    }

    pub(super) fn audited(&self) -> u64 {
        self.audit.iter().flatten().count() as u64
    }

    pub(super) fn times(&self, cause: impl Fn(usize) -> Option<(u32, i64)>) -> Outcome {
        times(&self.observed, cause)
    }

    pub(super) fn strata(&self) -> Vec<Stratum> {
        let quarter = |at: &Option<DateTime<Utc>>| {
            at.map_or("unknown".to_owned(), |at| format!("{}-Q{}", at.year(), at.month0() / 3 + 1))
        };
        let risk = |fixes: &i64| match fixes {
            0 => "0 fixes",
            1..=2 => "1 to 2 fixes",
            3..=9 => "3 to 9 fixes",
            _ => "more fixes",
        };
        let quarters: Vec<String> = self.merged.iter().map(quarter).collect();
        let risks: Vec<&str> = self.risk.iter().map(risk).collect();
        vec![
            Stratum::of("task", &self.task),
            Stratum::of("language", &self.language),
            Stratum::of("quarter", &quarters),
            Stratum::of(FILE_RISK, &risks),
            Stratum::of("repository", &self.repo),
        ]
    }

    fn changes(&self, outcome: Outcome, is_searched: bool, strata: &[Stratum], is_risk_heeded: bool) -> Changes {
        let is_heeded = |one: &&Stratum| one.names.len() > 1 && (is_risk_heeded || one.name != FILE_RISK);
        let merged = |at: &Option<DateTime<Utc>>| at.map_or(0.0, days_since_epoch);
        Changes {
            tier: Some(self.tier.clone()),
            audit: self.audit.iter().any(Option::is_some).then(|| self.audit.clone()),
            is_outcome_searched: is_searched,
            author: Some(codes(&self.author).0),
            repo: Some(codes(&self.repo).0),
            size: Some(self.size.clone()),
            strata: strata.iter().filter(is_heeded).cloned().collect(),
            merged: Some(self.merged.iter().map(merged).collect()),
            ..Changes::new(self.arm.clone(), outcome)
        }
    }

    pub(super) fn question(
        &self,
        asked: &'static Asked,
        strata: &[Stratum],
        adopting: Option<Adopting>,
        outcome_precision: Option<f64>,
    ) -> Question {
        let days = self.days(asked.column);
        let outcome = self.times(|row| Some((1, days[row]?)));
        let changes = self.changes(outcome, asked.is_searched, strata, true);
        let changes = Changes { adopting: adopting.map(Arc::new), outcome_precision, ..changes };
        Question { name: asked.title.to_owned(), study: Study::Changes(Box::new(changes)), is_negative_control: false }
    }

    /// Whether its files had been fixed before it came, which nothing about it can have influenced.
    pub(super) fn control(&self, strata: &[Stratum]) -> Question {
        let outcome = Outcome::Share(self.risk.iter().map(|fixes| *fixes > 0).collect());
        let study = Study::Changes(Box::new(self.changes(outcome, false, strata, false)));
        Question { name: "fixes of their files before they landed".to_owned(), study, is_negative_control: true }
    }

    pub(super) fn curve(&self, column: &str, arm: Arm) -> Option<Curve> {
        let days = self.days(column);
        let of_arm = (0..self.arm.len()).filter(|row| self.arm[*row] == arm);
        self.curve_of(of_arm, &codes(&self.author).0, |row| days[row])
    }

    /// What is left of these rows by age, by when each ended; `author` is that of every row.
    pub(super) fn curve_of(
        &self,
        rows: impl Iterator<Item = usize>,
        author: &[u32],
        ended: impl Fn(usize) -> Option<i64>,
    ) -> Option<Curve> {
        let row = |row: usize| {
            // Days are full ones: what ended on the first was over after one, as a rate within 7 days has those below 7. Of the
            // last day that was seen in part, those that ended in it count as no more than those that did not.
            let ended = ended(row).filter(|days| *days < self.observed[row]);
            let age = ended.map_or(self.observed[row], |days| days + 1).clamp(0, i64::from(u32::MAX)) as u32;
            let has_ended = u64::from(ended.is_some());
            Row { cluster: author[row], age, ended: has_ended, alive: 1 - has_ended }
        };
        Curve::of(rows.map(row).collect())
    }
}

/// Times to an end by its cause. A day counts half, so that what ended on the day it landed was watched at all.
pub(super) fn times(observed: &[i64], cause: impl Fn(usize) -> Option<(u32, i64)>) -> Outcome {
    let (mut time, mut causes) = (Vec::new(), Vec::new());
    for (row, observed) in observed.iter().enumerate() {
        let ended = cause(row).filter(|(_, days)| days <= observed);
        let (cause, days) = ended.unwrap_or((0, *observed));
        time.push(days as f64 + 0.5);
        causes.push(cause);
    }
    let follow_up = observed.iter().map(|days| *days as f64 + 0.5).collect();
    Outcome::Times { entry: vec![0.0; time.len()], time, cause: causes, follow_up }
}

pub(super) fn days_since_epoch(at: DateTime<Utc>) -> f64 {
    at.timestamp() as f64 / 86_400.0
}
