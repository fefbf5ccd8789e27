use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::Place;
use crate::pipeline::{Mined, Request, Run};
use crate::sources::git;

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
    /// Name in the lake; default: from the `origin` remote, else the folder
    #[arg(long, value_name = "OWNER/NAME")]
    name: Option<String>,
    /// Default branch, where the repository does not say
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Read everything again even if nothing changed
    #[arg(long)]
    fresh: bool,
    /// Use no network: a repository given by its address must have been read before
    #[arg(long)]
    offline: bool,
}

pub(super) fn run(args: &Args, now: DateTime<Utc>) -> Result<()> {
    let run = args.place.create(now)?;
    for mined in mine_all(&run, &args.repos, &args.reading)? {
        let state = if mined.wrote { "mined" } else { "unchanged" };
        println!("{}: {state}; {} commits, {} changes, {} skipped", mined.repo, mined.commits, mined.changes, mined.skipped);
    }
    Ok(())
}

/// Mines every repository, in the order given.
pub(super) fn mine_all(run: &Run, repos: &[String], reading: &Reading) -> Result<Vec<Mined>> {
    if repos.len() > 1 && reading.name.is_some() {
        anyhow::bail!("--name names one repository, but {} were given", repos.len());
    }
    let mine = |repo: &String| {
        let path: PathBuf = git::local_path(repo, run.lake.root(), reading.offline)?;
        run.mine(&Request { path, name: reading.name.clone(), branch: reading.branch.clone(), fresh: reading.fresh })
    };
    repos.iter().map(mine).collect()
}
