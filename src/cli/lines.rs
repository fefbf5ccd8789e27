use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::hints::Hinted;
use crate::config::Config;
use crate::facts::store::{Lake, LakeError};
use crate::pipeline;
use crate::progress;
use crate::sources::git::{BlamedLine, OpenRepository, Options};

/// Follow every line of a history: who wrote it, and whether it still stands
///
/// Prints the books of the default branch: lines born, dead and alive. With files, prints for each of their lines
/// the commit that put it there, as `git blame -w` would, the commit that first wrote it, before moves and copies,
/// file and line number, all in one pass; names with control characters are quoted. Writes nothing; with the lake the repository was mined into, only commits
/// since then are read.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Path of a repository, with a work tree or bare
    #[arg(value_name = "REPO")]
    repo: PathBuf,
    /// Files of the head commit: one line of output for each of theirs
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// Take the files from this list instead, one path a line
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    files_from: Option<PathBuf>,
    /// Default branch, where the repository does not say
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Threads to read with; default: all cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Lake whose knowledge of the repository's commits is used
    #[arg(long, value_name = "DIR", env = "SHIPWAKE_LAKE")]
    lake: Option<PathBuf>,
    /// Configuration file; without it `shipwake.toml` is read when it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let config = Config::read(args.config.as_deref())?;
    let lake = match args.lake.as_deref().map(Lake::open).transpose() {
        // The lake is only a shortcut, and may be named for other commands.
        Err(error @ LakeError::Missing { .. }) => {
            progress::warn(&format!("{error}: the whole history is read"));
            None
        }
        lake => lake?,
    };
    let repository = match &lake {
        Some(lake) => pipeline::open(lake, &args.repo, None, args.branch.as_deref())?,
        None => OpenRepository::at(&args.repo, None, args.branch.as_deref())?,
    };
    let options = Options {
        threads: args.threads.map(usize::from),
        look_through: config.lines.look_through,
        kept: lake.map(|lake| lake.known_lines(&repository.name)),
        ..Options::default()
    };
    let files = match &args.files_from {
        Some(list) => {
            let list = std::fs::read_to_string(list).with_context(|| format!("cannot read `{}`", list.display()))?;
            list.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
        None => args.files.clone(),
    };
    if let Some(missing) = files.iter().find(|file| !repository.has_file(file)) {
        let message = format!("the head has no file `{missing}`");
        let hint = "give paths as the repository has them, from its root".to_owned();
        return Err(Hinted { message, hint, is_usage: false }.into());
    }
    let lines = repository.follow_lines(&options)?;
    let mut out = io::BufWriter::new(io::stdout());
    if files.is_empty() {
        let books = lines.books();
        writeln!(out, "commits  {}", lines.commits())?;
        writeln!(out, "births   {}", books.births)?;
        writeln!(out, "deaths   {}", books.deaths)?;
        writeln!(out, "alive    {}", books.alive)?;
        for (label, count) in [("lost", books.lost), ("twins", books.twins), ("unseen", books.unseen)] {
            if count > 0 {
                writeln!(out, "{label:<8} {count}")?;
            }
        }
    }
    for file in &files {
        // One line of output for each of theirs, whatever they are called.
        let shown = if file.contains(char::is_control) { format!("{file:?}") } else { file.clone() };
        for (at, BlamedLine { origin, placed_by }) in lines.blame(file).into_iter().enumerate() {
            let [placed_by, origin] =
                [&placed_by, &origin].map(|commit| commit.as_ref().map_or("-", |commit| commit.as_str()));
            writeln!(out, "{placed_by} {origin} {shown}:{}", at + 1)?;
        }
    }
    Ok(out.flush()?)
}
