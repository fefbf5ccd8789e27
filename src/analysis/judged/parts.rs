//! What became of changes, of months and of repositories, nothing held equal.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::super::judge::rules::FEWEST_PEOPLE;
use super::super::judge::study::{Arm, Outcome};
use super::super::stats::competing::AalenJohansen;
use super::super::stats::numeric::codes;
use super::super::stats::proportions::{Interval, wilson};
use super::rows::Rows;

/// What a change can end in, in the order in which one goes before another on the same day.
pub(super) const ENDS: [(&str, &str); 4] = [
    ("incident_days", "linked to an incident"),
    ("reverted_days", "reverted"),
    ("first_fix_days", "rewritten by a bug fix"),
    ("superseded_days", "superseded"),
];

/// Days by which it is told what became of changes.
pub const AGES: [f64; 3] = [30.0, 90.0, 180.0];

/// What became of 100 changes of either arm by an age: each end with its interval, AI first.
#[derive(Debug, Clone, PartialEq)]
pub struct Became {
    pub end: &'static str,
    pub days: f64,
    /// Shares of all, from 0 to 1, and how many it had happened to.
    pub arms: [Interval; 2],
    pub events: [u64; 2],
}

/// Days by which months are told apart.
pub const COHORT_AGES: [f64; 7] = [7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0];

/// Changes that landed in one month, and the share of them that was reverted or rewritten by a fix by each age (Kaplan–Meier); null
/// where fewer than half of them could be watched for as long, or too few people are behind these.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    pub month: NaiveDate,
    pub changes: u64,
    pub by_age: [Option<Counted>; 7],
}

/// Of changes, those it had happened to by an age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    pub share: Interval,
    pub changes: u64,
    pub events: u64,
}

/// A repository's share of changes that were reverted or rewritten by a fix within the middle age.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub repo: String,
    pub counted: Counted,
}

/// Repositories that can be told by themselves, and their share together.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    pub told: Vec<Place>,
    pub share: f64,
}

impl Places {
    /// Between which shares a place with so many changes would lie by chance, `z` standard errors around the common share.
    pub fn limits(&self, changes: f64, z: f64) -> [f64; 2] {
        let spread = z * (self.share * (1.0 - self.share) / changes).sqrt();
        [(self.share - spread).max(0.0), (self.share + spread).min(1.0)]
    }
}

/// Fewest events in a part that is told by itself.
const EVENTS: u64 = 10;

impl Rows {
    /// The end that came first, by its place in [`ENDS`] from 1.
    fn end(&self, row: usize) -> Option<(u32, i64)> {
        let ends = (1..).zip(ENDS).filter_map(|(cause, (column, _))| Some((self.days(column)[row]?, cause)));
        ends.min().map(|(days, cause)| (cause, days))
    }

    pub(super) fn became(&self) -> Vec<Became> {
        let Outcome::Times { time, cause: causes, follow_up, .. } = self.times(|row| self.end(row)) else {
            return Vec::new();
        };
        let of_arm = |arm: Arm| {
            let rows: Vec<usize> = (0..time.len()).filter(|row| self.arm[*row] == arm).collect();
            if self.authors(&rows) < FEWEST_PEOPLE {
                return None;
            }
            let (time, cause): (Vec<f64>, Vec<u32>) = rows.iter().map(|row| (time[*row], causes[*row])).unzip();
            let longest = rows.iter().map(|row| follow_up[*row]).fold(0.0, f64::max);
            Some((AalenJohansen::of(&time, &cause, None).ok()?, longest))
        };
        let (Some((ai, ai_end)), Some((rest, rest_end))) = (of_arm(Arm::Ai), of_arm(Arm::Human)) else {
            return Vec::new();
        };
        let mut told = Vec::new();
        for days in AGES.into_iter().filter(|days| *days <= ai_end.min(rest_end)) {
            for (cause, (_, end)) in (1..).zip(ENDS) {
                let of_arm = |arm: Arm, incidence: &AalenJohansen| {
                    let rows = || (0..time.len()).filter(|row| self.arm[*row] == arm);
                    let events = rows().filter(|row| causes[*row] == cause && time[*row] <= days).count() as u64;
                    let watched = rows().filter(|row| follow_up[*row] >= days).count() as u64;
                    (incidence.at(cause, days).interval(watched), events)
                };
                let (ai, rest) = (of_arm(Arm::Ai, &ai), of_arm(Arm::Human, &rest));
                if let (true, (Some(ai_share), Some(rest_share))) = (ai.1 + rest.1 > 0, (ai.0, rest.0)) {
                    told.push(Became { end, days, arms: [ai_share, rest_share], events: [ai.1, rest.1] });
                }
            }
        }
        told
    }

    /// Days to the first revert or fix.
    fn failed(&self, row: usize) -> Option<i64> {
        [self.days("reverted_days")[row], self.days("first_fix_days")[row]].into_iter().flatten().min()
    }

    /// Of these changes those that could be watched for an age.
    fn watched(&self, rows: &[usize], age: f64) -> Vec<usize> {
        rows.iter().copied().filter(|row| self.observed[*row] as f64 >= age).collect()
    }

    /// To how many of the changes it had happened by an age; all were watched for as long.
    fn counted(&self, watched: &[usize], age: f64) -> Option<Counted> {
        let failed = |row: &&usize| self.failed(**row).is_some_and(|days| (days as f64) < age);
        let (changes, events) = (watched.len() as u64, watched.iter().filter(failed).count() as u64);
        Some(Counted { share: wilson(events, changes)?, changes, events })
    }

    fn authors(&self, rows: &[usize]) -> u64 {
        rows.iter().map(|row| &self.author[*row]).collect::<BTreeSet<_>>().len() as u64
    }

    pub(super) fn cohorts(&self) -> Vec<Cohort> {
        let mut months: BTreeMap<NaiveDate, Vec<usize>> = BTreeMap::new();
        for (row, month) in self.month.iter().enumerate() {
            month.iter().for_each(|month| months.entry(*month).or_default().push(row));
        }
        let author = codes(&self.author).0;
        let of_month = |(month, rows): (NaiveDate, Vec<usize>)| {
            let curve = self.curve_of(rows.iter().copied(), &author, |row| self.failed(row));
            let at = |age: f64| {
                let watched = self.watched(&rows, age);
                let is_told = 2 * watched.len() >= rows.len() && self.authors(&watched) >= FEWEST_PEOPLE;
                let curve = curve.as_ref().filter(|_| is_told)?;
                let (events, changes) = (curve.ended_by(age as u32), rows.len() as u64);
                let left = curve.at(age as u32)?;
                let share = Interval { value: 1.0 - left.value, low: 1.0 - left.high, high: 1.0 - left.low };
                Some(Counted { share, changes, events })
            };
            Cohort { month, changes: rows.len() as u64, by_age: COHORT_AGES.map(at) }
        };
        months.into_iter().map(of_month).collect()
    }

    /// Repositories with enough people and events behind them. Where those that are left out are not enough together, the
    /// smallest of the others goes with them, lest they be told by subtraction.
    pub(super) fn places(&self) -> Option<Places> {
        let mut repos: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, repo) in self.repo.iter().enumerate() {
            repos.entry(repo).or_default().push(row);
        }
        let is_enough = |watched: &[usize]| {
            let events = self.counted(watched, AGES[1]).map_or(0, |counted| counted.events);
            self.authors(watched) >= FEWEST_PEOPLE && events >= EVENTS
        };
        let watched = |(repo, rows): (&str, Vec<usize>)| (repo.to_owned(), self.watched(&rows, AGES[1]));
        let (mut told, hidden): (Vec<_>, Vec<_>) =
            repos.into_iter().map(watched).partition(|(_, watched)| is_enough(watched));
        let mut hidden: Vec<usize> = hidden.into_iter().flat_map(|(_, watched)| watched).collect();
        while !hidden.is_empty()
            && !is_enough(&hidden)
            && let Some(smallest) = (0..told.len()).min_by_key(|at| told[*at].1.len())
        {
            hidden.extend(told.remove(smallest).1);
        }
        let place =
            |(repo, watched): (String, Vec<usize>)| Some(Place { repo, counted: self.counted(&watched, AGES[1])? });
        let places: Vec<Place> = told.into_iter().filter_map(place).collect();
        let sum = |of: fn(&Place) -> u64| places.iter().map(of).sum::<u64>() as f64;
        let share = sum(|place| place.counted.events) / sum(|place| place.counted.changes);
        (places.len() > 1).then_some(Places { told: places, share })
    }
}
