//! The command line: one file per subcommand, whose doc comment is its help.
//!
//! Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 failed, 2 usage.

mod audit;
mod doctor;
mod estimate;
mod explain;
mod format;
mod hints;
mod import;
mod lines;
mod mine;
mod query;
mod report;
mod sync;
mod validate;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::facts::store::Lake;
use crate::pipeline::Run;

/// What became of every change after it was merged, by who wrote it
///
/// shipwake mines git history, attributes every change to AI agents, people, bots or nobody known,
/// with the evidence, joins it with reverts, bug fixes and incidents, and reports what followed.
/// Nothing leaves this machine; only `sync` uses the network.
#[derive(Debug, Parser)]
#[command(name = "shipwake", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Report(report::Args),
    Mine(mine::Args),
    Sync(sync::Args),
    Import(import::Args),
    Query(query::Args),
    Explain(explain::Args),
    Audit(audit::Args),
    Validate(validate::Args),
    Estimate(estimate::Args),
    Lines(lines::Args),
    Doctor(doctor::Args),
}

/// Where the lake and the configuration are.
#[derive(Debug, Args)]
struct Place {
    /// Folder of the lake
    #[arg(long, value_name = "DIR", default_value = ".shipwake", env = "SHIPWAKE_LAKE")]
    lake: PathBuf,
    /// Configuration file; without it `shipwake.toml` is read when it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    /// For commands that write: the lake is made when there is none.
    fn create(&self, now: DateTime<Utc>) -> Result<Run> {
        let config = Config::read(self.config.as_deref())?;
        Run::new(Lake::create(&self.lake)?, config, now)
    }

    fn open(&self) -> Result<Lake> {
        Ok(Lake::open(&self.lake)?)
    }
}

/// Parses the command line and runs it. `now` is the only clock in the program.
pub fn main(now: DateTime<Utc>) -> ExitCode {
    let done = match Cli::parse().command {
        Command::Report(args) => report::run(&args, now),
        Command::Mine(args) => mine::run(&args, now),
        Command::Sync(args) => sync::run(&args, now),
        Command::Import(args) => import::run(&args, now),
        Command::Query(args) => query::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Validate(args) => validate::run(&args, now),
        Command::Estimate(args) => estimate::run(&args),
        Command::Lines(args) => lines::run(&args),
        Command::Doctor(args) => doctor::run(&args, now),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report_error(&error);
            let is_usage = error.downcast_ref::<hints::Hinted>().is_some_and(|hinted| hinted.is_usage);
            ExitCode::from(if is_usage { 2 } else { 1 })
        }
    }
}

/// Whoever read our output had enough; that is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(broken)
}

/// `error:`, then why, then what to do about it.
#[expect(clippy::print_stderr, reason = "this is where errors are told")]
fn report_error(error: &anyhow::Error) {
    eprintln!("error: {error}");
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !last.contains(&cause) {
            eprintln!("caused by: {cause}");
        }
        last = cause;
    }
    if let Some(hint) = hints::hint(error) {
        eprintln!("hint: {hint}");
    }
}
