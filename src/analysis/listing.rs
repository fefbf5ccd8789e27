//! The changes behind a number, so that every figure can be followed to its commits.

use chrono::{DateTime, Utc};

use super::queries;
use super::sql::{QueryError, Record, Sql};
use crate::facts::Origin;

/// A change that was counted, and the commit or words that testify.
#[derive(Debug, Clone)]
pub struct Listed {
    pub repo: String,
    pub change_id: String,
    pub origin: Option<Origin>,
    /// The AI tool, where the list is by tool.
    pub agent: Option<String>,
    pub merged_at: Option<DateTime<Utc>>,
    pub subject: String,
    /// Days from landing to the event, and how long the change was watched.
    pub days: Option<i64>,
    pub observed_days: Option<i64>,
    /// The commit or incident that made it count.
    pub by: Option<String>,
    /// Why it is listed, in words.
    pub reason: Option<String>,
}

impl Listed {
    pub(super) fn of(record: &Record) -> Self {
        let text = |column: &str| record.text(column).map(str::to_owned);
        Self {
            repo: text("repo").unwrap_or_default(),
            change_id: text("change_id").unwrap_or_default(),
            origin: record.text("origin").and_then(Origin::parse),
            agent: text("agent"),
            merged_at: record.time("merged_at"),
            subject: text("subject").unwrap_or_default(),
            days: record.int("days"),
            observed_days: record.int("observed_days"),
            by: text("by_commit"),
            reason: text("reason").or_else(|| text("text")),
        }
    }
}

/// The answer to a listing query, in its order.
pub fn listed(sql: &mut Sql, query: &str) -> Result<Vec<Listed>, QueryError> {
    Ok(sql.run(queries::sql(query))?.rows().iter().map(Listed::of).collect())
}
