//! What holds of every question about the fix that followed a change.
//!
//! A fix is linked to a change in two ways, told apart throughout: it rewrote lines of the change (`same_lines`, a bound: it may
//! have done so for other reasons), or it leads to the change as what brought its bug (`bug_inducing`, stated or inferred; shown
//! where inferred links are right often enough, see [`super::trust`]).

use super::{Needs, WindowAnswer, fix_chains, fix_delay};
use crate::analysis::listing::{self, Listed};
use crate::analysis::queries;
use crate::analysis::sql::{QueryError, Record, Sql};

/// Every question, in the order a report shows them.
pub const QUESTIONS: &[FollowUp] = &[fix_chains::QUESTION, fix_delay::QUESTION];

/// A question about the first fix that followed.
#[derive(Debug)]
pub struct FollowUp {
    pub id: &'static str,
    pub title: &'static str,
    pub question: &'static str,
    /// What is counted: `changes`, `fixes`.
    pub of: &'static str,
    pub definition: &'static str,
    pub caveats: &'static [&'static str],
    /// The query that counts, with columns way, origin, since_first_ai, and watched_W and events_W for each of `windows`.
    pub query: &'static str,
    /// The query that lists what was counted; its `reason` is the way.
    pub listing: &'static str,
    pub windows: &'static [i64],
    /// Days that a change must have been watched even in a shorter window.
    pub watched: i64,
}

/// How a fix is linked to what it mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Lines,
    Bug,
}

impl Way {
    pub const ALL: [Self; 2] = [Self::Lines, Self::Bug];

    /// As the queries word it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lines => "same_lines",
            Self::Bug => "bug_inducing",
        }
    }

    fn needs(self) -> Needs {
        match self {
            Self::Lines => Needs::Contents,
            Self::Bug => Needs::Inferred,
        }
    }
}

impl FollowUp {
    /// Whether a listed change was counted in some window.
    pub fn counted(&self, listed: &Listed) -> bool {
        let (Some(days), Some(observed)) = (listed.days, listed.observed_days) else { return false };
        self.windows.iter().any(|&window| days < window && observed >= window.max(self.watched))
    }
}

#[derive(Debug)]
pub struct FollowUpAnswer {
    pub question: &'static FollowUp,
    pub ways: Vec<WayAnswer>,
}

#[derive(Debug)]
pub struct WayAnswer {
    pub way: Way,
    /// Shortest first.
    pub windows: Vec<WindowAnswer>,
    pub listed: Vec<Listed>,
    /// Why nothing may be said: the reason and its remedy.
    pub withheld: Option<String>,
}

impl FollowUp {
    pub fn answer(
        &'static self,
        sql: &mut Sql,
        withheld: impl Fn(Needs) -> Option<String>,
    ) -> Result<FollowUpAnswer, QueryError> {
        let records = sql.run(queries::sql(self.query))?.rows();
        let listed = listing::listed(sql, self.listing)?;
        let of_way = |way: Way| {
            let records: Vec<Record> =
                records.iter().filter(|record| record.text("way") == Some(way.as_str())).cloned().collect();
            WayAnswer {
                way,
                windows: self.windows.iter().map(|&days| WindowAnswer::of(days, &records)).collect(),
                listed: listed.iter().filter(|one| one.reason.as_deref() == Some(way.as_str())).cloned().collect(),
                withheld: withheld(way.needs()),
            }
        };
        Ok(FollowUpAnswer { question: self, ways: Way::ALL.map(of_way).into() })
    }
}
