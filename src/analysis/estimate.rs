//! A number that knows how sure it is. Value, interval, n and events travel together or not at all.

use serde::Serialize;

use super::stats::proportions::{self, Interval};

/// What the value counts in; decides how it is written, never what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A proportion, 0 to 1; shown in percent.
    Share,
    /// A proportion, 0 to 1; shown per 1,000 changes.
    PerThousand,
    /// A ratio of two proportions; 1 means no difference.
    Ratio,
    /// A difference of two proportions; shown per 1,000 changes, or lines.
    DifferencePerThousand,
    /// A proportion, 0 to 1, of what has not ended yet, where the events are ends; shown in percent.
    Alive,
    /// Whole or half days, where the events are ends.
    Days,
    /// Hours of waiting.
    Hours,
}

/// An estimate with its 95 % interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    /// Changes (or other units) it was made from.
    pub n: u64,
    pub events: u64,
    pub unit: Unit,
    /// The estimator's name: `Wilson`, `Newcombe`, `Katz`, `Kaplan–Meier`, …
    pub method: &'static str,
}

/// Either an estimate or the plain reason why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    Estimate(Estimate),
    /// Too few changes or events; the reason says what is missing.
    TooLittleData {
        n: u64,
        events: u64,
        reason: String,
    },
    /// The figure would be wrong, for instance in a shallow clone; the reason names the remedy.
    Withheld {
        reason: String,
    },
}

impl Finding {
    /// Some of all as a share of them, with Wilson's interval; `nothing` is the reason where there are none.
    pub fn share(some: u64, all: u64, nothing: &str) -> Self {
        let share = proportions::wilson(some, all).map(|share| Estimate::new(share, all, some, Unit::Share, "Wilson"));
        share.map_or_else(|| Self::TooLittleData { n: all, events: some, reason: nothing.to_owned() }, Self::Estimate)
    }
}

impl Estimate {
    pub(super) fn interval(&self) -> Interval {
        Interval { value: self.value, low: self.low, high: self.high }
    }

    pub fn new(interval: Interval, n: u64, events: u64, unit: Unit, method: &'static str) -> Self {
        Self { value: interval.value, low: interval.low, high: interval.high, n, events, unit, method }
    }
}
