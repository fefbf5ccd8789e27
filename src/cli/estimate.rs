use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chrono::NaiveDate;
use serde_json::Value;

use super::{Place, query};
use crate::analysis::judge::rules::Rules;
use crate::analysis::judge::{judge, reading};
use crate::analysis::sql::{self, Answer, Selection, Sql};
use crate::analysis::stats::cases::{self, Case, Miss};
use crate::analysis::stats::table::Table;
use crate::config::Config;

/// Run one estimator on one table, or hold all of them against known answers
///
/// SPEC.json says which estimator, on which table, and how: `{"estimator": "cox", "input": "changes.csv", "spec": {"time":
/// "time_days", "event": "event", "covariates": ["ai"], "cluster": "author"}}`. The table, CSV or Parquet, is read from beside
/// it; `"query": "judged_changes"` instead of `input` takes one from the lake, by the name of a query or in SQL, with times as
/// days since 1970. Named numbers are printed as JSON. With `--cases` every case of DIR/expected/*.json is run on the tables of DIR and held
/// against the numbers it wants; a miss makes the exit code 1. With `--scenarios` the tables of DIR/expected/scenarios.json
/// are judged, and verdicts and warnings held against what an honest report must conclude. With `--judge` one table is, and
/// everything that the verdict rests on is printed as JSON, by the rules of `[report.judge]`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to estimate
    #[arg(value_name = "SPEC.json", required_unless_present_any = ["cases", "scenarios", "judge"])]
    spec: Option<PathBuf>,
    /// Folder of cases: `expected/*.json` and the tables they name
    #[arg(long, value_name = "DIR", conflicts_with = "spec")]
    cases: Option<PathBuf>,
    /// Folder of scenarios: `expected/scenarios.json` and the tables it names in `data`
    #[arg(long, value_name = "DIR", conflicts_with_all = ["spec", "cases"])]
    scenarios: Option<PathBuf>,
    /// Table of changes, counts, spells or adoptions: a file, or a query of the lake
    #[arg(long, value_name = "FILE|NAME|SQL", conflicts_with_all = ["spec", "cases", "scenarios"])]
    judge: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut out = io::stdout().lock();
    match args {
        Args { spec: Some(spec), .. } => one(spec, &args.place, &mut out),
        Args { cases: Some(folder), .. } => all(folder, &mut out),
        Args { scenarios: Some(folder), .. } => scenarios(folder, &mut out),
        Args { judge: Some(table), .. } => {
            let path = Path::new(table);
            let table = if path.is_file() { read_table(path) } else { ask(table, &args.place) };
            let rules = Config::read(args.place.config.as_deref())?.report.judge;
            let judgement = judge(&reading::study(&table?)?, &rules);
            serde_json::to_writer_pretty(&mut out, &judgement).map_err(io::Error::from)?;
            Ok(writeln!(out)?)
        }
        Args { .. } => bail!("nothing to estimate"),
    }
}

fn one(path: &Path, place: &Place, out: &mut impl Write) -> Result<()> {
    let said = json(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let input = match (said["input"].as_str(), said["query"].as_str()) {
        (Some(input), None) => Some(read_table(&folder.join(input))?),
        (None, Some(query)) => Some(ask(query, place)?),
        (None, None) => None,
        (Some(_), Some(_)) => bail!("the specification names an `input` and a `query`: leave one out"),
    };
    let estimator = said["estimator"].as_str().context("the specification names no `estimator`")?;
    let answer = cases::run(estimator, &said["spec"], input.as_ref());
    let answer = answer.with_context(|| format!("`{estimator}` gives no answer"))?;
    serde_json::to_writer_pretty(&mut *out, &answer).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

fn all(folder: &Path, out: &mut impl Write) -> Result<()> {
    let results = run_cases(folder)?;
    let (mut checks, mut missed) = (0, 0);
    for file in &results {
        let (own, misses) = (file.checks(), file.misses().count());
        writeln!(out, "{}: {} cases, {} of {own} numbers", file.name, file.cases.len(), own - misses)?;
        for Miss { case, check, got, want, allowed, reason } in file.misses() {
            let reason = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            writeln!(out, "  {case} {check}: got {got}, want {want}, allowed {allowed}{reason}")?;
        }
        checks += own;
        missed += misses;
    }
    writeln!(out, "{} of {checks} numbers as wanted", checks - missed)?;
    if missed > 0 { bail!("{missed} of {checks} numbers are not as wanted") } else { Ok(()) }
}

/// A table with a planted truth: its first part is the table itself.
#[derive(Debug, serde::Deserialize)]
struct Scenario {
    id: String,
    parts: Vec<String>,
    verdict_ok: Vec<String>,
    #[serde(default)]
    must_warn: Vec<String>,
}

fn scenarios(folder: &Path, out: &mut impl Write) -> Result<()> {
    let mut said = json(&folder.join("expected/scenarios.json"))?;
    let all: Vec<Scenario> = serde_json::from_value(said["scenarios"].take()).context("in scenarios.json")?;
    let mut wrong = 0;
    for scenario in &all {
        let part = scenario.parts.first().context("a scenario without a table")?;
        let table = read_table(&folder.join("data").join(format!("{part}.csv")))?;
        let judgement = judge(&reading::study(&table)?, &Rules::default());
        let verdict = judgement.verdict.name();
        let silent: Vec<&str> =
            scenario.must_warn.iter().map(String::as_str).filter(|name| !judgement.warns_of(name)).collect();
        let is_right = scenario.verdict_ok.iter().any(|ok| ok == verdict) && silent.is_empty();
        wrong += usize::from(!is_right);
        writeln!(
            out,
            "{:<5} {:<12} {verdict}: {}",
            if is_right { "ok" } else { "WRONG" },
            scenario.id,
            judgement.sentence
        )?;
        for rung in &judgement.ladder.rungs {
            let size = if rung.at_equal_size { ", at equal size" } else { "" };
            let (low, value, high) = (rung.low, rung.value, rung.high);
            writeln!(
                out,
                "        {:<26} {value:.2} ({low:.2} to {high:.2}) {}{size}",
                rung.step.words(),
                rung.method
            )?;
        }
        for missing in &judgement.ladder.missing {
            writeln!(out, "        {:<26} none: {}", missing.step.words(), missing.reason)?;
        }
        for warning in &judgement.warnings {
            writeln!(out, "        {}: {}", warning.kind.name(), warning.because)?;
        }
        if !silent.is_empty() {
            writeln!(out, "        does not warn of {}", silent.join(", "))?;
        }
    }
    writeln!(out, "{} of {} scenarios judged as they must be", all.len() - wrong, all.len())?;
    if wrong > 0 { bail!("{wrong} of {} scenarios are misjudged", all.len()) } else { Ok(()) }
}

/// The cases of one file.
#[derive(Debug)]
struct CaseFile {
    name: String,
    /// Each with what it missed.
    cases: Vec<(Case, Vec<Miss>)>,
}

impl CaseFile {
    fn checks(&self) -> usize {
        self.cases.iter().map(|(case, _)| case.len()).sum()
    }

    fn misses(&self) -> impl Iterator<Item = &Miss> {
        self.cases.iter().flat_map(|(_, misses)| misses)
    }
}

/// Runs every case of a folder, file by file in order of names.
fn run_cases(folder: &Path) -> Result<Vec<CaseFile>> {
    let expected = folder.join("expected");
    let entries = std::fs::read_dir(&expected).with_context(|| format!("cannot read `{}`", expected.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    let mut tables = BTreeMap::new();
    let mut files = Vec::new();
    for path in paths {
        let all: Vec<Case> = match json(&path)?.get_mut("cases") {
            Some(all) => serde_json::from_value(all.take()).with_context(|| format!("in `{}`", path.display()))?,
            None => continue,
        };
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        files.push(CaseFile { name, cases: run_all(folder, all, &mut tables)? });
    }
    Ok(files)
}

fn run_all(folder: &Path, all: Vec<Case>, tables: &mut BTreeMap<String, Table>) -> Result<Vec<(Case, Vec<Miss>)>> {
    let mut done = Vec::new();
    for case in all {
        if let Some(input) = case.input.as_ref().filter(|input| !tables.contains_key(*input)) {
            tables.insert(input.clone(), read_table(&folder.join(input))?);
        }
        let table = case.input.as_ref().and_then(|input| tables.get(input));
        let misses = case.misses(table);
        done.push((case, misses));
    }
    Ok(done)
}

fn json(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("`{}` is no JSON", path.display()))
}

/// The table of a file: Parquet by its ending, else CSV.
fn read_table(path: &Path) -> Result<Table> {
    if path.extension().is_some_and(|ending| ending == "parquet") {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        return of_answer(&sql::of_parquet(bytes).with_context(|| format!("in `{}`", path.display()))?);
    }
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let mut columns = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, cell) in columns.iter_mut().zip(&record?) {
            column.push(cell.to_owned());
        }
    }
    Ok(Table::of_text(names, columns)?)
}

/// The table that a query of the lake answers with.
fn ask(query: &str, place: &Place) -> Result<Table> {
    let sql = query::text_of(query)?;
    of_answer(&Sql::over(&place.open()?, &Selection::default())?.run(sql)?)
}

/// Days since 1970 for times; lists are joined by `;`.
fn of_answer(answer: &Answer) -> Result<Table> {
    fn text(value: &sql::Value) -> String {
        match value {
            sql::Value::Null => String::new(),
            sql::Value::Bool(is_so) => is_so.to_string(),
            sql::Value::Int(number) => number.to_string(),
            sql::Value::Float(number) => number.to_string(),
            sql::Value::Text(text) => text.clone(),
            sql::Value::Time(at) => (at.timestamp() as f64 / 86_400.0).to_string(),
            sql::Value::Date(day) => (*day - NaiveDate::default()).num_days().to_string(),
            sql::Value::List(values) => values.iter().map(text).collect::<Vec<_>>().join(";"),
        }
    }
    let names = answer.columns();
    let mut columns = vec![Vec::new(); names.len()];
    for record in answer.records() {
        for (column, value) in columns.iter_mut().zip(record.values()) {
            column.push(text(value));
        }
    }
    Ok(Table::of_text(names, columns)?)
}
