//! What a report is made of. Every renderer draws these same values and computes nothing.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::analysis::Finding;

/// Version of `report.json`; its meaning is written down in `reports/report.schema.json`.
pub const SCHEMA: &str = "shipwake.report/1";

/// A whole report: panels in reading order, and where they come from.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub schema: &'static str,
    pub title: String,
    pub tool_version: &'static str,
    pub generated_at: DateTime<Utc>,
    /// Changes merged from here on are counted; null for the whole history.
    pub since: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    pub repos: Vec<RepoNote>,
    /// Two or three sentences for someone who reads nothing else.
    pub summary: Vec<String>,
    /// The three to five figures a leader would quote, in reading order; may be empty.
    pub headlines: Vec<Headline>,
    pub panels: Vec<Panel>,
    /// What every number in here is subject to.
    pub caveats: Vec<String>,
}

/// One figure at the top of the page: `Reverted within 30 days, AI` and what was found.
#[derive(Debug, Clone, Serialize)]
pub struct Headline {
    pub label: String,
    pub finding: Finding,
    /// What to compare it with, in a few words; may be empty.
    pub note: String,
}

/// One repository, as far as a reader needs it to judge the numbers.
#[derive(Debug, Clone, Serialize)]
pub struct RepoNote {
    pub name: String,
    pub url: Option<String>,
    pub default_branch: Option<String>,
    pub head_commit: Option<String>,
    pub commits: u64,
    pub changes: u64,
    /// Those with evidence of AI.
    pub ai_changes: u64,
    pub first_change: Option<DateTime<Utc>>,
    pub last_change: Option<DateTime<Utc>>,
    /// What is missing or cut off, each with the command that mends it, and what makes its changes unlike others'.
    pub limits: Vec<String>,
}

/// One question and its answer.
#[derive(Debug, Clone, Serialize)]
pub struct Panel {
    /// Stable name, used as anchor and in JSON: `origins`, `reverts`, …
    pub id: &'static str,
    pub question: String,
    /// The answer in plain words.
    pub answer: String,
    pub chart: Option<Chart>,
    pub tables: Vec<Table>,
    /// How it was counted: definition, denominator, method.
    pub how: String,
    pub caveats: Vec<String>,
    /// Name of the file in `queries/` that lists what was counted: `shipwake query NAME`.
    pub query: Option<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Table {
    pub title: String,
    pub columns: Vec<ColumnHead>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ColumnHead {
    pub label: String,
    /// One sentence shown on demand; empty when the label says it all.
    pub help: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// First cell, one per column.
    pub cells: Vec<Cell>,
    /// The commits behind the row's events, newest first, cut to a readable number.
    pub commits: Vec<CommitRef>,
    /// How many more there are than `commits` shows.
    pub more: u64,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Cell {
    Text(String),
    Count(u64),
    Finding(Finding),
    Time(Option<DateTime<Utc>>),
    /// Nothing to say here; shown as a dash.
    Empty,
}

#[derive(Debug, Clone, Serialize)]
pub struct CommitRef {
    pub repo: String,
    pub commit: String,
    /// Address of the commit in the forge's web pages, when the repository's remote tells it.
    pub url: Option<String>,
    /// First line of the message, with e-mail addresses taken out.
    pub subject: String,
    pub at: Option<DateTime<Utc>>,
    /// Why it is listed: `reverted by 1234abcd`, `Co-authored-by: …`.
    pub note: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Chart {
    /// Stacked columns over time, one colour per series, first series at the bottom. Months are
    /// consecutive. Values are in `unit`, ready to print; a unit that starts with `%` has an
    /// axis from 0 to at least 100.
    StackedColumns { title: String, unit: String, months: Vec<NaiveDate>, series: Vec<Series> },
    /// The same over consecutive years.
    StackedYears { title: String, unit: String, years: Vec<i32>, series: Vec<Series> },
    /// Step curves of what is left, each with its interval as a band, over days; `ages` are the marks of the time axis. Values
    /// are in percent; `counted` says what is counted below the axis.
    Survival { title: String, unit: String, counted: String, ages: Vec<u32>, curves: Vec<SurvivalCurve> },
    /// One row per item: a point with its interval on a common axis, grouped by heading. Values are in
    /// `unit`, ready to print (38, not 0.038); the unit [`RATIO`] draws a log axis with a line at 1.
    Intervals { title: String, unit: String, rows: Vec<IntervalRow> },
    /// A cell for every row and column, fuller for more; `None` is not told: too young, or by too few. Values are in `unit`, ready to print.
    Heat { title: String, unit: String, columns: Vec<String>, rows: Vec<HeatRow> },
    /// Lines and points over two measures. The unit is that of the upright one, and [`RATIO`] as above.
    Plane { title: String, unit: String, across: Across, lines: Vec<Line>, points: Vec<Point> },
}

/// The unit of an interval chart that compares: 1 means no difference.
pub const RATIO: &str = "×";

#[derive(Debug, Clone, Serialize)]
pub struct HeatRow {
    pub label: String,
    /// One a column.
    pub values: Vec<Option<f64>>,
}

/// The measure from left to right.
#[derive(Debug, Clone, Serialize)]
pub struct Across {
    pub label: String,
    /// Each tenfold takes the same room.
    pub is_log: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Word the colour is chosen by.
    pub key: String,
    /// Empty for a limit, which is drawn thin.
    pub label: String,
    /// Across, value, low and high, from left to right; low and high make a band.
    pub points: Vec<[f64; 4]>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Point {
    pub label: String,
    /// Across and value.
    pub at: [f64; 2],
}

#[derive(Debug, Clone, Serialize)]
pub struct Series {
    /// Word the colour is chosen by: an origin, or `other`.
    pub key: String,
    pub label: String,
    pub values: Vec<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct SurvivalCurve {
    /// Word the colour is chosen by.
    pub key: String,
    pub label: String,
    /// Age in days, value, low and high, by age; each holds up to the next one, and the last is where the curve ends.
    pub points: Vec<[f64; 4]>,
    /// How many are still there and watched at each of the chart's `ages`.
    pub at_risk: Vec<u64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct IntervalRow {
    pub group: String,
    pub label: String,
    pub key: String,
    /// Value, low, high. `None` is drawn as "too little data".
    pub point: Option<[f64; 3]>,
    /// What it was made from: `n=812, 31 events`; without a point, what is missing.
    pub note: String,
}
