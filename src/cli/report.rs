use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};

use super::Place;
use super::hints::Hinted;
use super::mine::{Reading, check, mine_all};
use crate::analysis::sql::Selection;
use crate::report;

/// Mine, attribute, link and report: the main job
///
/// Writes index.html (opens offline), report.md and report.json, and prints a short summary. Needs
/// no configuration.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Path, bare repository, `file://` or https address (can be repeated)
    #[arg(value_name = "REPO", default_value = ".")]
    repos: Vec<String>,
    /// Folder the report is written to
    #[arg(long, value_name = "DIR", default_value = "shipwake-report")]
    out: PathBuf,
    /// Only changes merged on this day or later
    #[arg(long, value_name = "YYYY-MM-DD")]
    since: Option<NaiveDate>,
    /// Only changes merged before this day
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<NaiveDate>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args, now: DateTime<Utc>) -> Result<()> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since >= until
    {
        let message = format!("--since {since} is not before --until {until}: no change can be between them");
        return Err(Hinted { message, hint: "swap them, or leave one out".to_owned(), is_usage: true }.into());
    }
    check(&args.repos, &args.reading)?;
    let run = args.place.create(now)?;
    let mined = mine_all(&run, &args.repos, &args.reading)?;
    let selection =
        Selection { repos: mined.into_iter().map(|mined| mined.repo).collect(), since: args.since, until: args.until };
    let (report, rendered) = run.report(&selection)?;
    report::write_to(&rendered, &args.out)?;
    Ok(io::stdout().write_all(report::summary(&report, &args.out).as_bytes())?)
}
