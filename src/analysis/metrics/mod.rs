//! What became of changes, and of their lines: one question per file, counted by the query it names.
//!
//! An outcome of changes is data: its definition, its query and its caveats. Help, report and JSON derive from it.
//! Questions about lines share the rules of [`lines`] and are otherwise as different as their answers.

mod bug_inducing;
pub mod deployments;
mod fix_chains;
mod fix_delay;
mod fixed_files;
mod fixed_lines;
pub mod follow_ups;
mod incident_linked;
pub mod line_churn;
pub mod line_moves;
pub mod line_survival;
pub mod lines;
pub mod pulls;
mod reverted;
mod superseded;
pub mod todays_code;
pub mod trust;

use std::collections::BTreeMap;

use super::estimate::{Estimate, Finding, Unit};
use super::sql::{QueryError, Record, Sql};
use super::stats::proportions;
use super::{listing, queries};
use crate::facts::Origin;

/// Every outcome, in the order a report shows them.
pub const OUTCOMES: &[Outcome] = &[
    reverted::OUTCOME,
    superseded::OUTCOME,
    fixed_lines::OUTCOME,
    fixed_files::OUTCOME,
    bug_inducing::OUTCOME,
    incident_linked::OUTCOME,
];

/// Days after landing within which events count.
const WINDOWS: [i64; 2] = [30, 90];

/// Something that may become of a change.
#[derive(Debug)]
pub struct Outcome {
    pub id: &'static str,
    pub title: &'static str,
    /// For a line of a terminal.
    pub short: &'static str,
    pub question: &'static str,
    /// What was counted, after "Of N changes, n …": `were reverted`.
    pub happened: &'static str,
    pub definition: &'static str,
    pub caveats: &'static [&'static str],
    /// The query that counts, with columns origin, since_first_ai, and watched_W and events_W for each of [`WINDOWS`].
    pub query: &'static str,
    /// The query that lists what was counted.
    pub listing: &'static str,
    pub needs: Needs,
    /// Whether it stands among the few figures on top; a mere bound does not, nor what rests on inferred links.
    pub is_headline: bool,
    /// Whether it is left out where it happened to no change at all.
    pub is_rare: bool,
}

/// What must be in the clone or the lake for the figure to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The whole history.
    History,
    /// The whole history and the contents of files.
    Contents,
    /// Imported incidents.
    Incidents,
    /// The whole history, the contents of files, and inferred links that are right often enough: [`trust`].
    Inferred,
}

/// From how many changes and events on a figure is shown.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Minimum {
    /// Changes watched, in each group; where lines are counted, commits that wrote them.
    pub changes: u64,
    /// Events in each of two groups that are compared.
    pub events: u64,
    /// Events in both together.
    pub events_in_all: u64,
}

impl Default for Minimum {
    fn default() -> Self {
        Self { changes: 30, events: 5, events_in_all: 10 }
    }
}

/// The sides of a comparison; automation is on neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Ai,
    /// Human and unknown: no marker is not human.
    Rest,
}

impl Side {
    fn of(origin: Origin) -> Option<Self> {
        match origin {
            Origin::Agent | Origin::Assisted => Some(Self::Ai),
            Origin::Human | Origin::Unknown => Some(Self::Rest),
            Origin::Bot => None,
        }
    }
}

/// Changes watched for a whole window, and to how many of them it happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub watched: u64,
    pub events: u64,
}

impl Tally {
    pub fn plus(self, other: Self) -> Self {
        Self { watched: self.watched + other.watched, events: self.events + other.events }
    }

    /// The rate with Wilson's interval, or why there is none.
    pub fn rate(self, minimum: Minimum) -> Finding {
        if self.watched < minimum.changes {
            let reason = format!("fewer than {} changes were watched for the whole window", minimum.changes);
            return Finding::TooLittleData { n: self.watched, events: self.events, reason };
        }
        let rate = proportions::wilson(self.events, self.watched);
        let estimate = rate.map(|rate| Estimate::new(rate, self.watched, self.events, Unit::PerThousand, "Wilson"));
        estimate.map_or(
            Finding::TooLittleData { n: self.watched, events: self.events, reason: "nothing to count".to_owned() },
            Finding::Estimate,
        )
    }
}

/// An outcome as counted.
#[derive(Debug)]
pub struct OutcomeAnswer {
    pub outcome: &'static Outcome,
    pub windows: Vec<WindowAnswer>,
    pub listed: Vec<listing::Listed>,
    /// Why nothing may be said: the reason and its remedy.
    pub withheld: Option<String>,
}

impl OutcomeAnswer {
    /// Whether there is anything to tell of it.
    pub fn is_told(&self) -> bool {
        !self.outcome.is_rare || !self.listed.is_empty()
    }
}

#[derive(Debug)]
pub struct WindowAnswer {
    pub days: i64,
    pub by_origin: BTreeMap<Origin, Tally>,
    /// Agent and assisted changes since the first with evidence of AI.
    pub ai: Tally,
    /// Human and unknown changes since then; automation is on neither side.
    pub rest: Tally,
}

impl WindowAnswer {
    fn of(days: i64, records: &[Record]) -> Self {
        let mut answer = Self { days, by_origin: BTreeMap::new(), ai: Tally::default(), rest: Tally::default() };
        for record in records {
            let Some(origin) = record.text("origin").and_then(Origin::parse) else { continue };
            let tally = Tally {
                watched: record.count(&format!("watched_{days}")),
                events: record.count(&format!("events_{days}")),
            };
            let known = answer.by_origin.entry(origin).or_default();
            *known = known.plus(tally);
            let side = match Side::of(origin) {
                Some(Side::Ai) => Some(&mut answer.ai),
                Some(Side::Rest) => Some(&mut answer.rest),
                None => None,
            };
            if let Some(side) = side.filter(|_| record.is_true("since_first_ai")) {
                *side = side.plus(tally);
            }
        }
        answer
    }

    /// AI less the rest, by Newcombe's interval.
    pub fn difference(&self, minimum: Minimum) -> Finding {
        self.compare(minimum, Unit::DifferencePerThousand, "Newcombe", proportions::newcombe)
    }

    /// AI over the rest, by Katz's interval.
    pub fn ratio(&self, minimum: Minimum) -> Finding {
        self.compare(minimum, Unit::Ratio, "Katz", proportions::katz_ratio)
    }

    fn compare(
        &self,
        minimum: Minimum,
        unit: Unit,
        method: &'static str,
        estimator: fn(u64, u64, u64, u64) -> Option<proportions::Interval>,
    ) -> Finding {
        let (ai, rest) = (self.ai, self.rest);
        let (n, events) = (ai.watched + rest.watched, ai.events + rest.events);
        match self.missing(minimum) {
            Some(reason) => Finding::TooLittleData { n, events, reason },
            None => match estimator(ai.events, ai.watched, rest.events, rest.watched) {
                Some(interval) => Finding::Estimate(Estimate::new(interval, n, events, unit, method)),
                None => Finding::TooLittleData { n, events, reason: "one side has no events".to_owned() },
            },
        }
    }

    /// What a comparison would need more of.
    fn missing(&self, minimum: Minimum) -> Option<String> {
        let sides = [("AI", self.ai), ("the rest", self.rest)];
        let few = |what: &str, least: u64, of: fn(&Tally) -> u64| {
            let of_one = |count: u64| if count == 1 { "" } else { "s" };
            let short: Vec<String> = (sides.iter().filter(|(_, tally)| of(tally) < least))
                .map(|(side, tally)| {
                    format!("{side} has {} {what}{}, {least} are needed", of(tally), of_one(of(tally)))
                })
                .collect();
            (!short.is_empty()).then(|| short.join("; "))
        };
        few("watched change", minimum.changes, |tally| tally.watched)
            .or_else(|| few("event", minimum.events, |tally| tally.events))
            .or_else(|| {
                let all = self.ai.events + self.rest.events;
                (all < minimum.events_in_all)
                    .then(|| format!("{all} events in all, {} are needed", minimum.events_in_all))
            })
    }
}

impl Outcome {
    pub fn answer(&'static self, sql: &mut Sql, withheld: Option<String>) -> Result<OutcomeAnswer, QueryError> {
        let records = sql.run(queries::sql(self.query))?.rows();
        let windows = WINDOWS.iter().map(|&days| WindowAnswer::of(days, &records)).collect();
        let listed = listing::listed(sql, self.listing)?;
        Ok(OutcomeAnswer { outcome: self, windows, listed, withheld })
    }
}
