//! *What it measures*: how many of the lines that commits added were moved from elsewhere, or copied.
//! *Why*: moving is what tidying up looks like; copying makes a second place to mend.
//! *Definition*: of the lines a commit's diff adds to source and test files, blank ones included: those deleted elsewhere by
//! the same commit, and those written again like lines that are still in the file. Merges add no lines of their own.
//! *Caveats*: renamed files add no lines and move none; copies between files are not looked for; short lines that many
//! files share may look moved. *References*: the published reports on moved and copied lines since AI.

use super::Minimum;
use super::lines::{self, Groups};
use crate::analysis::estimate::Finding;
use crate::analysis::queries;
use crate::analysis::sql::{QueryError, Sql};
use crate::analysis::stats::clusters::Sums;

/// Lines that commits added, and how many of them were moved or copied. Empty where commits were not compared line by line.
#[derive(Debug, Default)]
pub struct LineMoves {
    pub moved: Groups<Sums>,
    pub copied: Groups<Sums>,
}

impl LineMoves {
    pub(super) fn answer(sql: &mut Sql) -> Result<Self, QueryError> {
        let mut moves = Self::default();
        for record in sql.run(queries::sql("line_moves"))?.rows() {
            let sums = |what: &str| Sums {
                clusters: record.count("commits"),
                units: record.count("lines"),
                events: record.count(what),
                units_squared: record.count("lines_squared") as f64,
                events_squared: record.count(&format!("{what}_squared")) as f64,
                events_units: record.count(&format!("{what}_lines")) as f64,
            };
            moves.moved.add(&record, |known| *known = known.plus(sums("moved")));
            moves.copied.add(&record, |known| *known = known.plus(sums("copied")));
        }
        Ok(moves)
    }

    /// The share on both sides, and AI less the rest.
    pub fn compare(of: &Groups<Sums>, minimum: Minimum) -> [Finding; 3] {
        let (ai, rest) = (lines::share(&of.ai, minimum), lines::share(&of.rest, minimum));
        let difference = lines::difference(&ai, &rest);
        [ai, rest, difference]
    }
}
