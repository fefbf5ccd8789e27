//! *What it measures*: how long lines last after they landed, by who wrote them.
//! *Why*: code that is soon rewritten was paid for twice; code that is never touched is not for that reason good.
//! *Definition*: the Kaplan–Meier curve of the age at which lines are rewritten or deleted; lines that are still there count
//! up to the newest commit of the mainline. The half-life is the age by which half of them have ended. *Caveats*: why a
//! line ended is not asked here; lines of different years and files are not like each other; one deletion that ends lines of
//! many commits makes those commits less independent than the interval takes them to be.
//! *References*: Kaplan and Meier 1958; Ying and Wei 1994; Brookmeyer and Crowley 1982.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Minimum;
use super::lines::{self, EFFECTIVE, Groups};
use crate::analysis::estimate::{Estimate, Finding, Unit};
use crate::analysis::listing::Listed;
use crate::analysis::queries;
use crate::analysis::sql::{QueryError, Record, Sql};
use crate::analysis::stats::survival::{Curve, Row};
use crate::facts::Origin;

/// Days after landing at which shares are told.
pub const AGES: [u32; 5] = [30, 90, 365, 730, 1825];

const METHOD: &str = "Kaplan–Meier by commit";

/// Commits listed for each origin; the query lists them all.
const LISTED: usize = 20;

#[derive(Debug, Default)]
pub struct LineSurvival {
    /// No curve where there are no lines.
    pub curves: Groups<Option<Curve>>,
    pub ended: BTreeMap<Origin, Ended>,
}

/// Commits some of whose lines have ended: how many there are, and the newest of them.
#[derive(Debug, Default)]
pub struct Ended {
    pub commits: u64,
    pub newest: Vec<Listed>,
}

impl LineSurvival {
    pub(super) fn answer(sql: &mut Sql) -> Result<Self, QueryError> {
        let answer = sql.run(queries::sql("line_survival"))?;
        let mut rows: Groups<Vec<Row>> = Groups::default();
        let mut commits = Commits::default();
        for record in answer.records() {
            commits.see(&record);
            if let Some(row) = row(commits.number(), &record) {
                rows.add(&record, |rows| rows.push(row));
            }
        }
        Ok(Self { curves: rows.map(Curve::of), ended: commits.ended() })
    }

    /// Half of the curve's lines have ended by that age, or why that cannot be said.
    pub fn half_life(curve: &Curve, minimum: Minimum) -> Finding {
        let thin = |reason, events| Finding::TooLittleData { n: curve.units(), events, reason };
        let last = curve.reach(EFFECTIVE).unwrap_or_default();
        if let Some(reason) = lines::too_few(curve.clusters(), curve.effective_clusters(), minimum) {
            return thin(reason, curve.ended_by(u32::MAX));
        }
        match curve.half_life().filter(|half| half.value <= f64::from(last)) {
            Some(half) => {
                let ended = curve.ended_by(half.value as u32);
                // Beyond that age nearly nobody was watched: a limit there is no limit.
                let high = if half.high <= f64::from(last) { half.high } else { f64::INFINITY };
                let half = crate::analysis::stats::proportions::Interval { high, ..half };
                Finding::Estimate(Estimate::new(half, curve.units(), ended, Unit::Days, METHOD))
            }
            None => {
                let watched =
                    if last < 730 { format!("{last} days") } else { format!("{:.1} years", f64::from(last) / 365.25) };
                thin(format!("more than half are still there after {watched} of watching"), curve.ended_by(last))
            }
        }
    }

    /// The share of the curve's lines that outlive an age, or why that cannot be said.
    pub fn alive(curve: &Curve, age: u32, minimum: Minimum) -> Finding {
        let (n, events) = (curve.units(), curve.ended_by(age));
        let thin = |reason| Finding::TooLittleData { n, events, reason };
        if let Some(reason) = lines::too_few(curve.clusters(), curve.effective_clusters(), minimum) {
            return thin(reason);
        }
        match curve.at(age).filter(|_| curve.reach(EFFECTIVE).is_some_and(|last| age <= last)) {
            Some(alive) => Finding::Estimate(Estimate::new(alive, n, events, Unit::Alive, METHOD)),
            None => thin(format!("fewer than {EFFECTIVE} commits have lines that could be watched for {age} days")),
        }
    }

    /// The share alive on both sides, and AI less the rest.
    pub fn compare(&self, age: u32, minimum: Minimum) -> [Finding; 3] {
        let side = |curve: &Option<Curve>| match curve {
            Some(curve) => Self::alive(curve, age, minimum),
            None => Finding::TooLittleData { n: 0, events: 0, reason: "no lines".to_owned() },
        };
        let (ai, rest) = (side(&self.curves.ai), side(&self.curves.rest));
        let difference = lines::difference(&ai, &rest);
        [ai, rest, difference]
    }
}

/// The commits of an answer that is ordered by them, then by origin.
#[derive(Default)]
struct Commits {
    seen: u32,
    last: Option<Lines>,
    with_ends: BTreeMap<Origin, Vec<Lines>>,
}

/// How many lines of a commit landed, and how many of them have ended.
struct Lines {
    commit: Listed,
    landed: u64,
    ended: u64,
}

impl Commits {
    fn see(&mut self, record: &Record) {
        let last = self.last.as_ref().map(|last| &last.commit);
        let is_commit = last.is_some_and(|last| {
            (Some(last.repo.as_str()), Some(last.change_id.as_str())) == (record.text("repo"), record.text("commit_id"))
        });
        // One commit may hold lines of several writers.
        let is_writer = last.and_then(|last| last.origin) == record.text("origin").and_then(Origin::parse);
        self.seen += u32::from(!is_commit);
        if !is_commit || !is_writer {
            self.leave();
            let commit = Listed {
                change_id: record.text("commit_id").unwrap_or_default().to_owned(),
                merged_at: record.time("landed_at"),
                ..Listed::of(record)
            };
            self.last = Some(Lines { commit, landed: 0, ended: 0 });
        }
        if let Some(last) = &mut self.last {
            let lines = record.count("lines");
            last.landed += lines;
            last.ended += if record.time("ended_at").is_some() { lines } else { 0 };
        }
    }

    /// Which of the commits the last one seen is.
    fn number(&self) -> u32 {
        self.seen.saturating_sub(1)
    }

    fn leave(&mut self) {
        if let Some(lines) = self.last.take().filter(|lines| lines.ended > 0)
            && let Some(origin) = lines.commit.origin
        {
            self.with_ends.entry(origin).or_default().push(lines);
        }
    }

    fn ended(mut self) -> BTreeMap<Origin, Ended> {
        self.leave();
        let ended = |mut lines: Vec<Lines>| {
            lines.sort_by_key(|lines| std::cmp::Reverse(lines.commit.merged_at));
            let commits = lines.len() as u64;
            let listed = |lines: Lines| {
                let reason = Some(format!("{} of {} lines have ended", lines.ended, lines.landed));
                Listed { reason, ..lines.commit }
            };
            Ended { commits, newest: lines.into_iter().take(LISTED).map(listed).collect() }
        };
        self.with_ends.into_iter().map(|(origin, lines)| (origin, ended(lines))).collect()
    }
}

/// `None` where dates are missing: such lines cannot be aged.
fn row(cluster: u32, record: &Record) -> Option<Row> {
    let (landed, lines) = (record.time("landed_at")?, record.count("lines"));
    // An end that clocks put before the landing is taken as the same moment, as in the outcomes of changes.
    let days = |at: DateTime<Utc>| (at - landed).num_days().max(0);
    let watched = record.time("observed_until").map(days);
    // Days are full ones: a line that ended on its first day was gone after one, as windows of days have it. Of the last day
    // that was seen in part, lines that ended in it count as no more than those that did not.
    let ended = record.time("ended_at").map(days).filter(|days| watched.is_none_or(|watched| *days < watched));
    let age = ended.map(|days| days.saturating_add(1)).or(watched)?.min(u32::MAX.into()) as u32;
    let (ended, alive) = if ended.is_some() { (lines, 0) } else { (0, lines) };
    Some(Row { cluster, age, ended, alive })
}
