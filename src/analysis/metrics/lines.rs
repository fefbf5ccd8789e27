//! What holds of every question about lines.
//!
//! *Which lines*: code and comments of source and test files in a programming language; blank lines, documentation,
//! configuration, data that tests read (recorded answers, expected output: of crush three quarters of what stands in test
//! files), lockfiles, generated and vendored files are left out. *Whose*: the origin of the commit that wrote them, or copied them to where they
//! are; how long lines last is asked line by line where a record says who wrote which. *When*: a line lands with the change that brings that commit, and ends with the change that brings the commit which
//! rewrote or deleted it. What was gone before its change landed never landed, so that branches merged whole and branches
//! squashed count alike. *How sure*: lines of one commit stand and fall together, so intervals take commits as independent, and
//! a figure needs commits enough, counted as if they were of equal size.

use std::collections::BTreeMap;

use super::line_churn::LineChurn;
use super::line_moves::LineMoves;
use super::line_survival::LineSurvival;
use super::todays_code::TodaysCode;
use super::{Minimum, Side};
use crate::analysis::estimate::{Estimate, Finding, Unit};
use crate::analysis::sql::{QueryError, Record, Sql};
use crate::analysis::stats::clusters::Sums;
use crate::analysis::stats::proportions;
use crate::facts::Origin;

/// From how many commits on an interval is trusted, counted as if they were of equal size: with fewer the variance
/// between clusters is found too small (Carter, Schnepel and Steigerwald 2017).
pub const EFFECTIVE: u64 = 10;

/// Every answer about lines.
#[derive(Debug, Default)]
pub struct Lines {
    pub survival: LineSurvival,
    pub churn: LineChurn,
    pub moves: LineMoves,
    pub today: TodaysCode,
    /// Why nothing may be said: the reason and its remedy. Then nothing was counted.
    pub withheld: Option<String>,
}

impl Lines {
    pub fn answer(sql: &mut Sql, withheld: Option<String>) -> Result<Self, QueryError> {
        if withheld.is_some() {
            return Ok(Self { withheld, ..Self::default() });
        }
        Ok(Self {
            survival: LineSurvival::answer(sql)?,
            churn: LineChurn::answer(sql)?,
            moves: LineMoves::answer(sql)?,
            today: TodaysCode::answer(sql)?,
            withheld,
        })
    }
}

/// Something by origin, and on the two sides of the comparison: agent and assisted against human and unknown, both only since
/// the repository's first change with evidence of AI.
#[derive(Debug, Default)]
pub struct Groups<T> {
    pub by_origin: BTreeMap<Origin, T>,
    pub ai: T,
    pub rest: T,
}

impl<T: Default> Groups<T> {
    /// Adds to every group a counted row belongs to; one without an origin belongs to none.
    pub(super) fn add(&mut self, record: &Record, mut to: impl FnMut(&mut T)) {
        let Some(origin) = record.text("origin").and_then(Origin::parse) else { return };
        to(self.by_origin.entry(origin).or_default());
        match Side::of(origin).filter(|_| record.is_true("since_first_ai")) {
            Some(Side::Ai) => to(&mut self.ai),
            Some(Side::Rest) => to(&mut self.rest),
            None => {}
        }
    }

    pub(super) fn map<U>(self, mut with: impl FnMut(T) -> U) -> Groups<U> {
        Groups {
            by_origin: self.by_origin.into_iter().map(|(origin, of)| (origin, with(of))).collect(),
            ai: with(self.ai),
            rest: with(self.rest),
        }
    }
}

/// Why commits are too few for a figure about their lines.
pub(super) fn too_few(commits: u64, effective: f64, minimum: Minimum) -> Option<String> {
    if commits < minimum.changes {
        Some(format!("fewer than {} commits wrote these lines", minimum.changes))
    } else if effective < EFFECTIVE as f64 {
        Some(format!(
            "a few large commits wrote most of these lines: together they say as much as {effective:.1} commits of equal size would, and {EFFECTIVE} are needed"
        ))
    } else {
        None
    }
}

/// The share of lines to which it happened, or why there is none.
pub fn share(sums: &Sums, minimum: Minimum) -> Finding {
    let thin = |reason| Finding::TooLittleData { n: sums.units, events: sums.events, reason };
    match (too_few(sums.clusters, sums.effective_clusters(), minimum), sums.share()) {
        (Some(reason), _) => thin(reason),
        (None, Some(share)) => {
            Finding::Estimate(Estimate::new(share, sums.units, sums.events, Unit::Share, "Wilson by commit"))
        }
        (None, None) => thin("nothing to count".to_owned()),
    }
}

/// AI less the rest, from two findings of one kind.
pub fn difference(ai: &Finding, rest: &Finding) -> Finding {
    let missing = |side: &str, finding: &Finding| match finding {
        Finding::Estimate(_) => None,
        Finding::TooLittleData { reason, .. } | Finding::Withheld { reason } => Some(format!("{side}: {reason}")),
    };
    let basis = |finding: &Finding| match finding {
        Finding::Estimate(estimate) => (estimate.n, estimate.events),
        Finding::TooLittleData { n, events, .. } => (*n, *events),
        Finding::Withheld { .. } => (0, 0),
    };
    let ((ai_n, ai_events), (rest_n, rest_events)) = (basis(ai), basis(rest));
    let (n, events) = (ai_n + rest_n, ai_events + rest_events);
    match (ai, rest) {
        (Finding::Estimate(ai), Finding::Estimate(rest)) => {
            let interval = proportions::difference(ai.interval(), rest.interval());
            Finding::Estimate(Estimate::new(interval, n, events, Unit::DifferencePerThousand, "Newcombe by commit"))
        }
        _ => {
            let reasons = [missing("AI", ai), missing("the rest", rest)];
            let reason = reasons.into_iter().flatten().collect::<Vec<_>>().join("; ");
            Finding::TooLittleData { n, events, reason }
        }
    }
}
