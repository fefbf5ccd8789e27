use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use chrono::SecondsFormat;
use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};

use super::Place;
use super::format;
use super::hints::Hinted;
use crate::analysis::queries::{self, QUERIES};
use crate::analysis::sql::{Answer, Selection, Sql, Value};
use crate::facts::store;

/// Ask the lake a question: a query by name, or SQL
///
/// The named queries are the files of `queries/`; --list shows them. SQL reads every table of the
/// lake by its name; --tables shows them. Lists are joined by `;` in tables and CSV.
///
/// The SQL is that of polars, whose names are case-sensitive. What it would answer otherwise than SQL says is refused with another way
/// to ask. UNNEST of an empty list gives one row without a value, RANK none where the value is missing, and STRPOS counts bytes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of a query, or SQL
    #[arg(value_name = "NAME|SQL", allow_hyphen_values = true, required_unless_present_any = ["list", "tables"])]
    query: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// List the named queries
    #[arg(long)]
    list: bool,
    /// List the tables and their columns
    #[arg(long)]
    tables: bool,
    /// Print the SQL of a named query instead of running it
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
    Parquet,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut out = io::stdout().lock();
    if args.list {
        return list(&mut out);
    }
    if args.tables {
        return tables(&mut out);
    }
    let sql = text_of(args.query.as_deref().unwrap_or_default())?;
    if args.show {
        return Ok(write!(out, "{sql}")?);
    }
    let answer = Sql::over(&args.place.open()?, &Selection::default())?.run(sql)?;
    match args.format {
        Format::Table => print_table(&answer, &mut out),
        Format::Csv => print_csv(&answer, &mut out),
        Format::Json => print_json(&answer, &mut out),
        Format::Parquet => print_parquet(answer, &mut out),
    }
}

fn list(out: &mut impl Write) -> Result<()> {
    for query in QUERIES {
        writeln!(out, "{:<22} {}", query.name, query.title())?;
    }
    Ok(())
}

fn tables(out: &mut impl Write) -> Result<()> {
    for (table, columns) in store::columns() {
        writeln!(out, "{table}")?;
        for (column, kind) in columns {
            writeln!(out, "  {column:<22} {kind}")?;
        }
    }
    Ok(())
}

/// A word alone is a query's name; anything longer is SQL.
pub(super) fn text_of(query: &str) -> Result<&str> {
    if query.contains(char::is_whitespace) {
        return Ok(query);
    }
    let names = || QUERIES.iter().map(|query| query.name).collect::<Vec<_>>().join(", ");
    let unknown = || Hinted {
        message: format!("there is no query `{query}`"),
        hint: format!("there are {}", names()),
        is_usage: false,
    };
    Ok(queries::find(query).map(|query| query.sql).ok_or_else(unknown)?)
}

fn print_table(answer: &Answer, out: &mut impl Write) -> Result<()> {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(answer.columns());
    if io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for record in answer.rows() {
        table.add_row(record.values().map(|value| one_line(&plain(value))));
    }
    writeln!(out, "{table}")?;
    let rows = answer.height();
    Ok(writeln!(out, "{rows} {}", if rows == 1 { "row" } else { "rows" })?)
}

/// A cell of a table on a terminal: one line, no control characters, not endless.
fn one_line(text: &str) -> String {
    const WIDEST: usize = 200;
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WIDEST + 1).collect();
    if line.chars().count() > WIDEST {
        line.pop();
        line.push('…');
    }
    line
}

fn print_csv(answer: &Answer, out: &mut impl Write) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(answer.columns()).map_err(io_error)?;
    for record in answer.rows() {
        csv.write_record(record.values().map(plain)).map_err(io_error)?;
    }
    Ok(csv.flush()?)
}

/// The plain error inside, so that a broken pipe is known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn print_json(answer: &Answer, out: &mut impl Write) -> Result<()> {
    let columns = answer.columns();
    let rows = answer.rows().into_iter().map(|record| {
        let fields = columns.iter().cloned().zip(record.values().map(json));
        serde_json::Value::Object(fields.collect())
    });
    format::print_json(&rows.collect::<Vec<_>>(), out)
}

fn print_parquet(answer: Answer, out: &mut impl Write) -> Result<()> {
    if io::stdout().is_terminal() {
        anyhow::bail!("Parquet is no text: send it to a file with `> FILE`");
    }
    let mut bytes = Vec::new();
    answer.write_parquet(&mut bytes)?;
    Ok(out.write_all(&bytes)?)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) => float.to_string(),
        Value::Text(text) => text.clone(),
        Value::Time(time) => time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        Value::Date(date) => date.to_string(),
        Value::List(values) => values.iter().map(plain).collect::<Vec<_>>().join(";"),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Int(int) => (*int).into(),
        Value::Float(float) => (*float).into(),
        Value::List(values) => values.iter().map(json).collect(),
        Value::Text(_) | Value::Time(_) | Value::Date(_) => plain(value).into(),
    }
}
