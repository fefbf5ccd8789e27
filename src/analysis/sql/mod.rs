//! SQL over the lake. Answers are plain values: whoever asks need not know the table library.

mod checks;
mod dialect;
mod parts;
mod plain;

use std::io::{Cursor, Write};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use polars::prelude::*;
use polars::sql::SQLContext;
use thiserror::Error;

use dialect::Misread;

use crate::facts::store::{self, Lake, LakeError};

#[derive(Debug, Error)]
pub enum QueryError {
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error("the query cannot be answered")]
    Sql(#[source] Refused),
    #[error("a query reads the lake; `{0}` is nothing it does")]
    NoQuestion(String),
    #[error(transparent)]
    Misread(#[from] Misread),
    #[error("this is no table in Parquet")]
    Parquet(#[source] PolarsError),
    #[error("the answer cannot be written")]
    Write(#[source] PolarsError),
}

/// What the table library says against a query, without the plan it had made until then.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Refused(String);

impl From<PolarsError> for Refused {
    fn from(error: PolarsError) -> Self {
        let said = error.to_string();
        Self(said.split("\n\nResolved plan until failure").next().unwrap_or_default().trim_end().to_owned())
    }
}

/// Which part of the lake is looked at.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Empty for all repositories.
    pub repos: Vec<String>,
    /// Changes merged, and pull requests opened, on this day or later.
    pub since: Option<NaiveDate>,
    /// Before this day.
    pub until: Option<NaiveDate>,
}

pub struct Sql {
    context: SQLContext,
    tables: Vec<&'static str>,
}

/// Bytes of stack that a query may use.
const STACK: usize = 64 << 20;

impl Sql {
    /// Every table of the lake by name; `changes`, `pull_outcomes` and `deployments` only as far as selected.
    pub fn over(lake: &Lake, selection: &Selection) -> Result<Self, QueryError> {
        let (context, mut tables) = (SQLContext::new(), Vec::new());
        for (table, empty) in store::tables() {
            let mut frame = lake.scan(table, empty)?;
            if !selection.repos.is_empty() {
                let repos = Series::new("repos".into(), selection.repos.as_slice());
                frame = frame.filter(col("repo").is_in(lit(repos).implode(true), false));
            }
            match table {
                "changes" => frame = within(frame, "merged_at", selection),
                "pull_outcomes" | "deployments" => frame = within(frame, "created_at", selection),
                _ => {}
            }
            context.register(table, frame);
            tables.push(table);
        }
        Ok(Self { context, tables })
    }

    pub fn run(&mut self, sql: &str) -> Result<Answer, QueryError> {
        if let Some(verb) = does(sql) {
            return Err(QueryError::NoQuestion(verb));
        }
        let mut answer = || {
            let sql = dialect::understood(sql, &self.tables)?;
            let answer = self.context.execute(&sql).and_then(LazyFrame::collect);
            answer.map(Answer).map_err(|error| QueryError::Sql(error.into()))
        };
        // Queries and plans are walked by recursion, with large frames where the libraries are not optimised: the stack of an
        // ordinary thread is too small for a query of a few joins, or of a hundred conditions.
        std::thread::scope(|scope| {
            let roomy = std::thread::Builder::new().stack_size(STACK);
            match roomy.spawn_scoped(scope, &mut answer) {
                Ok(asked) => asked.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(refused) => Err(QueryError::Sql(PolarsError::from(refused).into())),
            }
        })
    }
}

/// The first word of a statement that would change a table, which the library runs on a copy without a word.
fn does(sql: &str) -> Option<String> {
    let mut rest = sql;
    let start = loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';' || c == '(');
        rest = match (rest.strip_prefix("--"), rest.strip_prefix("/*")) {
            (Some(comment), _) => comment.split_once('\n').map_or("", |(_, after)| after),
            (_, Some(comment)) => comment.split_once("*/").map_or("", |(_, after)| after),
            _ => break rest,
        };
    };
    let word = start.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_uppercase();
    ["DELETE", "DROP", "TRUNCATE", "CREATE", "INSERT", "UPDATE", "ALTER"].contains(&word.as_str()).then_some(word)
}

fn within(mut frame: LazyFrame, at: &str, selection: &Selection) -> LazyFrame {
    let start_of =
        |day: NaiveDate| lit(day.and_time(NaiveTime::MIN)).cast(DataType::Datetime(TimeUnit::Microseconds, None));
    if let Some(since) = selection.since {
        frame = frame.filter(col(at).gt_eq(start_of(since)));
    }
    if let Some(until) = selection.until {
        frame = frame.filter(col(at).lt(start_of(until)));
    }
    frame
}

/// A table of plain values.
pub struct Answer(DataFrame);

/// The table of a Parquet file, be it of this lake or not.
pub fn of_parquet(bytes: Vec<u8>) -> Result<Answer, QueryError> {
    ParquetReader::new(Cursor::new(bytes)).finish().map(Answer).map_err(QueryError::Parquet)
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Time(DateTime<Utc>),
    Date(NaiveDate),
    List(Vec<Value>),
}

impl Answer {
    pub fn columns(&self) -> Vec<String> {
        self.0.get_column_names().iter().map(|name| name.to_string()).collect()
    }

    pub fn height(&self) -> usize {
        self.0.height()
    }

    pub fn rows(&self) -> Vec<Record> {
        self.records().collect()
    }

    /// The rows one by one, for answers that are long.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let columns: Arc<[String]> = self.columns().into();
        let mut cells: Vec<_> =
            self.0.columns().iter().map(|column| column.as_materialized_series().iter().map(value)).collect();
        (0..self.height()).map(move |_| Record {
            columns: Arc::clone(&columns),
            values: cells.iter_mut().filter_map(Iterator::next).collect(),
        })
    }

    pub fn write_parquet(mut self, to: impl Write) -> Result<(), QueryError> {
        ParquetWriter::new(to).finish(&mut self.0).map(|_| ()).map_err(QueryError::Write)
    }
}

/// One row of an answer, read by column name; what is not there reads as null.
#[derive(Debug, Clone)]
pub struct Record {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Record {
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter()
    }

    pub fn value(&self, column: &str) -> &Value {
        let place = self.columns.iter().position(|name| name == column);
        place.and_then(|place| self.values.get(place)).unwrap_or(&Value::Null)
    }

    pub fn text(&self, column: &str) -> Option<&str> {
        match self.value(column) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn int(&self, column: &str) -> Option<i64> {
        match self.value(column) {
            Value::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// A count: null and negative numbers are none.
    pub fn count(&self, column: &str) -> u64 {
        self.int(column).and_then(|int| int.try_into().ok()).unwrap_or_default()
    }

    pub fn is_true(&self, column: &str) -> bool {
        matches!(self.value(column), Value::Bool(true)) || self.int(column).is_some_and(|int| int != 0)
    }

    pub fn time(&self, column: &str) -> Option<DateTime<Utc>> {
        match self.value(column) {
            Value::Time(time) => Some(*time),
            _ => None,
        }
    }

    pub fn date(&self, column: &str) -> Option<NaiveDate> {
        match self.value(column) {
            Value::Date(date) => Some(*date),
            _ => None,
        }
    }
}

fn value(cell: AnyValue<'_>) -> Value {
    match cell {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(flag) => Value::Bool(flag),
        AnyValue::String(text) => Value::Text(text.to_owned()),
        AnyValue::StringOwned(text) => Value::Text(text.to_string()),
        AnyValue::Float64(number) => Value::Float(number),
        AnyValue::Float32(number) => Value::Float(number.into()),
        AnyValue::Date(day) => {
            NaiveDate::default().checked_add_signed(TimeDelta::days(day.into())).map_or(Value::Null, Value::Date)
        }
        AnyValue::Datetime(ticks, unit, _) => moment(ticks, unit).map_or(Value::Null, Value::Time),
        AnyValue::DatetimeOwned(ticks, unit, _) => moment(ticks, unit).map_or(Value::Null, Value::Time),
        AnyValue::List(list) => Value::List(list.iter().map(value).collect()),
        AnyValue::Duration(ticks, unit) => Value::Text(span(micros(ticks, unit))),
        AnyValue::Time(nanos) => {
            let time = NaiveTime::from_hms_opt(0, 0, 0).map(|start| start + TimeDelta::nanoseconds(nanos));
            time.map_or(Value::Null, |time| Value::Text(time.to_string()))
        }
        other => match other.extract::<i64>() {
            Some(int) => Value::Int(int),
            None => Value::Text(other.to_string()),
        },
    }
}

fn moment(ticks: i64, unit: TimeUnit) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros(ticks, unit))
}

fn micros(ticks: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => ticks.div_euclid(1000),
        TimeUnit::Microseconds => ticks,
        TimeUnit::Milliseconds => ticks.saturating_mul(1000),
    }
}

/// `3 days 02:30:00`, as other engines have it.
fn span(micros: i64) -> String {
    let (sign, seconds) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs() / 1_000_000);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!("{sign}{days} days {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_a_table_is_no_question() {
        for sql in ["DELETE FROM links", "-- all\n/* of\nit */ ;(drop TABLE links", "DROP/**/TABLE links"] {
            assert!(does(sql).is_some(), "{sql}");
        }
        for sql in ["SELECT 1", "-- DELETE\nWITH a AS (SELECT 1) SELECT * FROM a", "/* DROP", ""] {
            assert_eq!(does(sql), None, "{sql}");
        }
    }
}
