use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::Place;
use super::hints::Hinted;
use crate::pipeline::{Mined, Request, Run};
use crate::report::words;
use crate::sources::git::{self, OpenRepository};

/// Read repositories into the lake
///
/// Reads commits, files and lines, attributes them and links what became of them. A repository in
/// which nothing changed is left alone.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Path, bare repository, `file://` or https address (can be repeated)
    #[arg(value_name = "REPO", required = true)]
    repos: Vec<String>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    place: Place,
}

/// How a repository is read.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Reading {
    /// Name in the lake; default: the one it has, else from the `origin` remote, else the folder
    #[arg(long, value_name = "OWNER/NAME")]
    name: Option<String>,
    /// Default branch, where the repository does not say
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Read everything again even if nothing changed
    #[arg(long)]
    fresh: bool,
    /// Threads to read with; default: all cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Use no network: a repository given by its address must have been read before
    #[arg(long)]
    offline: bool,
}

pub(super) fn run(args: &Args, now: DateTime<Utc>) -> Result<()> {
    check(&args.repos, &args.reading)?;
    let run = args.place.create(now)?;
    for mined in mine_all(&run, &args.repos, &args.reading)? {
        let state = if mined.wrote { "mined" } else { "unchanged" };
        writeln!(
            io::stdout(),
            "{}: {state}; {}, {}, {} skipped",
            mined.repo,
            words::counted(mined.commits, "commit"),
            words::counted(mined.changes, "change"),
            words::count(mined.skipped)
        )?;
    }
    Ok(())
}

/// What can be wrong with the request, before anything is written.
pub(super) fn check(repos: &[String], reading: &Reading) -> Result<()> {
    let usage = |message: String, hint: &str| Hinted { message, hint: hint.to_owned(), is_usage: true };
    if repos.len() > 1 && reading.name.is_some() {
        let message = format!("--name names one repository, but {} were given", repos.len());
        return Err(usage(message, "mine them one by one").into());
    }
    if reading.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
        return Err(usage("--name is empty".to_owned(), "leave it out, or give OWNER/NAME").into());
    }
    for path in repos.iter().filter_map(|repo| git::as_path(repo)) {
        OpenRepository::at(&path, None, reading.branch.as_deref())?;
    }
    Ok(())
}

/// Mines every repository, in the order given.
pub(super) fn mine_all(run: &Run, repos: &[String], reading: &Reading) -> Result<Vec<Mined>> {
    let mine = |repo: &String| {
        let path: PathBuf = git::local_path(repo, run.lake.root(), reading.offline)?;
        run.mine(&Request {
            path,
            name: reading.name.clone(),
            branch: reading.branch.clone(),
            fresh: reading.fresh,
            threads: reading.threads.map(usize::from),
        })
    };
    repos.iter().map(mine).collect()
}
