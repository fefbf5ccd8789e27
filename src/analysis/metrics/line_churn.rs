//! *What it measures*: how many of the lines that landed were soon rewritten or deleted, and by whom.
//! *Why*: fresh lines that are rewritten at once were not right, not needed or not finished; a bug fix, a revert and the author
//! going on with the work mean different things and are told apart.
//! *Definition*: of the lines that could be watched for a whole window, those that ended within it. The author is that of the
//! commits, as a keyed pseudonym; a commit that says it reverts is a revert, else one that fixes a bug a fix, else a merge
//! that kept neither side a merge. *Caveats*: an agent's account is one author whoever steers it; a squash merge
//! names one author for several.
//! *References*: code churn as in Nagappan and Ball 2005; the windows are those of the published reports on AI and churn.

use std::collections::BTreeMap;

use super::Minimum;
use super::lines::{self, Groups};
use crate::analysis::estimate::Finding;
use crate::analysis::queries;
use crate::analysis::sql::{QueryError, Record, Sql};
use crate::analysis::stats::clusters::Sums;

/// Days after landing within which ends count.
pub const WINDOWS: [i64; 3] = [14, 30, 90];

/// Who or what ended lines, as the query words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    Any,
    SameAuthor,
    OtherAuthor,
    Revert,
    Fix,
    Merge,
    Other,
}

impl Whom {
    pub const ALL: [Self; 7] =
        [Self::Any, Self::SameAuthor, Self::OtherAuthor, Self::Revert, Self::Fix, Self::Merge, Self::Other];

    fn parse(word: &str) -> Option<Self> {
        match word {
            "any" => Some(Self::Any),
            "same_author" => Some(Self::SameAuthor),
            "other_author" => Some(Self::OtherAuthor),
            "revert" => Some(Self::Revert),
            "fix" => Some(Self::Fix),
            "merge" => Some(Self::Merge),
            "other" => Some(Self::Other),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
pub struct LineChurn {
    /// Shortest first.
    pub windows: Vec<ChurnWindow>,
}

#[derive(Debug)]
pub struct ChurnWindow {
    pub days: i64,
    /// Lines watched for the whole window, and those ended within it.
    pub by_whom: BTreeMap<Whom, Groups<Sums>>,
}

impl LineChurn {
    pub(super) fn answer(sql: &mut Sql) -> Result<Self, QueryError> {
        let records = sql.run(queries::sql("line_churn"))?.rows();
        Ok(Self { windows: WINDOWS.iter().map(|&days| ChurnWindow::of(days, &records)).collect() })
    }
}

impl ChurnWindow {
    fn of(days: i64, records: &[Record]) -> Self {
        let mut by_whom: BTreeMap<Whom, Groups<Sums>> = BTreeMap::new();
        for record in records {
            let Some(whom) = record.text("by_whom").and_then(Whom::parse) else { continue };
            let count = |what: &str| record.count(&format!("{what}_{days}"));
            let sums = Sums {
                clusters: count("commits"),
                units: count("lines"),
                events: count("ended"),
                units_squared: count("lines_squared") as f64,
                events_squared: count("ended_squared") as f64,
                events_units: count("ended_lines") as f64,
            };
            by_whom.entry(whom).or_default().add(record, |known| *known = known.plus(sums));
        }
        Self { days, by_whom }
    }

    pub fn of_any(&self) -> Option<&Groups<Sums>> {
        self.by_whom.get(&Whom::Any)
    }

    /// The share ended within the window on both sides, and AI less the rest.
    pub fn compare(&self, whom: Whom, minimum: Minimum) -> [Finding; 3] {
        let none = Groups::default();
        let groups = self.by_whom.get(&whom).unwrap_or(&none);
        let (ai, rest) = (lines::share(&groups.ai, minimum), lines::share(&groups.rest, minimum));
        let difference = lines::difference(&ai, &rest);
        [ai, rest, difference]
    }
}
