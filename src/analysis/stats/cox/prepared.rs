//! Rows in the order in which risk sets are built: last time first.

use std::cmp::Ordering;
use std::ops::Range;

use super::super::numeric::{Sum, compare};
use super::super::refusal::{Refusal, finite, not_negative, same_length};
use super::{Data, Ties};

/// Rows stratum by stratum, in each from the last time to the first, and an order that is theirs alone where times agree.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) ties: Ties,
    pub(super) size: usize,
    /// Row by row, less the mean of each column.
    pub(super) x: Vec<f64>,
    pub(super) time: Vec<f64>,
    pub(super) event: Vec<bool>,
    pub(super) weight: Vec<f64>,
    /// Empty where nobody enters late.
    pub(super) entry: Vec<f64>,
    pub(super) strata: Vec<Range<usize>>,
    /// Places of rows of a stratum, latest entry first; empty where nobody enters late.
    pub(super) by_entry: Vec<u32>,
    /// Where each row came from.
    pub(super) origin: Vec<u32>,
}

impl Prepared {
    pub(super) fn of(data: &Data<'_>) -> Result<Self, Refusal> {
        let mut lengths = vec![data.time.len(), data.event.len()];
        lengths.extend(data.covariates.iter().map(|column| column.len()));
        lengths.extend(data.entry.iter().chain(&data.weights).map(|column| column.len()));
        lengths.extend(data.strata.map(<[u32]>::len));
        same_length(&lengths)?;
        not_negative("a time", data.time)?;
        for column in data.covariates {
            finite("a covariate", column)?;
        }
        if let Some(entry) = data.entry {
            finite("an entry", entry)?;
        }
        if let Some(weights) = data.weights {
            not_negative("a weight", weights)?;
        }
        let origin = order(data);
        if origin.is_empty() {
            return Err(Refusal::Empty { what: "rows at risk" });
        }
        let take = |from: &[f64]| -> Vec<f64> { origin.iter().map(|row| from[*row as usize]).collect() };
        let size = data.covariates.len();
        let mut x = vec![0.0; origin.len() * size];
        for (at, column) in data.covariates.iter().enumerate() {
            let total: Sum = origin.iter().map(|row| column[*row as usize]).collect();
            let mean = total.value() / origin.len() as f64;
            for (place, row) in origin.iter().enumerate() {
                x[place * size + at] = column[*row as usize] - mean;
            }
        }
        let entry = data.entry.map(take).unwrap_or_default();
        let strata = strata(data, &origin);
        let mut by_entry: Vec<u32> = if entry.is_empty() { Vec::new() } else { (0..origin.len() as u32).collect() };
        for stratum in strata.iter().filter(|_| !entry.is_empty()) {
            let later =
                |one: &u32, other: &u32| entry[*other as usize].total_cmp(&entry[*one as usize]).then(one.cmp(other));
            by_entry[stratum.clone()].sort_unstable_by(later);
        }
        Ok(Self {
            ties: data.ties,
            size,
            x,
            time: take(data.time),
            event: origin.iter().map(|row| data.event[*row as usize]).collect(),
            weight: data.weights.map_or_else(|| vec![1.0; origin.len()], take),
            entry,
            strata,
            by_entry,
            origin,
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.time.len()
    }

    pub(super) fn events(&self) -> usize {
        self.event.iter().filter(|event| **event).count()
    }

    pub(super) fn row(&self, place: usize) -> &[f64] {
        &self.x[place * self.size..(place + 1) * self.size]
    }

    pub(super) fn linear(&self, beta: &[f64]) -> Vec<f64> {
        (0..self.rows()).map(|place| super::dot(self.row(place), beta)).collect()
    }

    /// Highest less lowest value of every covariate.
    pub(super) fn ranges(&self) -> Vec<f64> {
        let range = |at: usize| {
            let values = (0..self.rows()).map(|place| self.x[place * self.size + at]);
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
            high - low
        };
        (0..self.size).map(range).collect()
    }
}

/// Rows that are ever at risk, in the order of their content; strata, too, go by content, not by name.
fn order(data: &Data<'_>) -> Vec<u32> {
    let mut columns = vec![data.time];
    columns.extend(data.entry);
    columns.extend(data.covariates);
    columns.extend(data.weights);
    let by_content = |one: &u32, other: &u32| {
        let time = data.time[*other as usize].total_cmp(&data.time[*one as usize]);
        let event = || data.event[*other as usize].cmp(&data.event[*one as usize]);
        time.then_with(event).then_with(|| compare(&columns, *one as usize, &columns, *other as usize))
    };
    let is_ever_at_risk = |row: &u32| data.entry.is_none_or(|entry| entry[*row as usize] < data.time[*row as usize]);
    let mut rows: Vec<u32> = (0..data.time.len() as u32).filter(is_ever_at_risk).collect();
    rows.sort_unstable_by(by_content);
    let Some(strata) = data.strata else { return rows };
    rows.sort_by_key(|row| strata[*row as usize]);
    let mut groups: Vec<&[u32]> =
        rows.chunk_by(|one, other| strata[*one as usize] == strata[*other as usize]).collect();
    groups.sort_by(|one, other| {
        let pairs = one.iter().zip(other.iter());
        let differs = pairs.map(|(left, right)| by_content(left, right)).find(|order| order.is_ne());
        differs.unwrap_or(Ordering::Equal).then(one.len().cmp(&other.len()))
    });
    groups.concat()
}

fn strata(data: &Data<'_>, origin: &[u32]) -> Vec<Range<usize>> {
    let Some(strata) = data.strata else { return std::iter::once(0..origin.len()).collect() };
    let mut from = 0;
    let same = |one: &u32, other: &u32| strata[*one as usize] == strata[*other as usize];
    let range = |rows: &[u32]| {
        from += rows.len();
        from - rows.len()..from
    };
    origin.chunk_by(same).map(range).collect()
}
