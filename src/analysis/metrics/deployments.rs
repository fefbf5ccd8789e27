//! *What it measures*: how many deployments there were, by environment, and how many failed.
//! *Why*: what became of changes on their way to users.
//! *Definition*: the rows of `deployments`; of those whose end is known the share that ended as `failure` or `error`. *Caveats*: a
//! failed deployment is laid to no change: it may be the network's. Which deployments are recorded at all is each project's choice.
//! *References*: Forsgren, Humble and Kim 2018, *Accelerate* (change failure rate, which asks more than this: a remedy in production).

use std::collections::BTreeMap;

use super::Tally;
use crate::analysis::queries;
use crate::analysis::sql::{QueryError, Sql};

/// An environment that fewer people than this deploy to may bear a person's name: it is told by its own name only if it is
/// production, or automation alone deploys there.
const PEOPLE: u64 = 5;
const OTHERS: &str = "other environments";

/// Deployments to one environment of a name, over all repositories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    pub deployments: u64,
    /// Those whose end is known, and the failed ones.
    pub ended: Tally,
    /// The first and the last month that has one, as year and month.
    pub months: Option<[(i64, i64); 2]>,
}

/// By name of the environment.
#[derive(Debug, Default)]
pub struct Deployments(pub BTreeMap<String, Environment>);

impl Deployments {
    pub fn answer(sql: &mut Sql) -> Result<Self, QueryError> {
        let mut all: BTreeMap<String, Environment> = BTreeMap::new();
        for record in sql.run(queries::sql("deployments"))?.records() {
            let people = record.count("people");
            let is_told = record.count("to_production") > 0 || people == 0 || people >= PEOPLE;
            let name = record.text("environment").filter(|_| is_told).unwrap_or(OTHERS);
            let own = all.entry(name.to_owned()).or_default();
            let failed = record.count("failed");
            own.deployments += record.count("deployments");
            own.ended.watched += record.count("succeeded") + failed;
            own.ended.events += failed;
            if let Some(month) = record.int("year_no").zip(record.int("month_no")) {
                own.months = Some(own.months.map_or([month; 2], |[first, last]| [first.min(month), last.max(month)]));
            }
        }
        Ok(Self(all))
    }
}
