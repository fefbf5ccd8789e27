use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::Place;
use crate::report::words;
use crate::sources::incidents::IncidentSource;

/// Bring in what git does not know
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Incidents(IncidentArgs),
}

/// Import incidents, and link them to the changes they name
///
/// Importing the same file again changes nothing. Incidents are linked by the commit ids and pull
/// requests they name, never by time alone.
#[derive(Debug, clap::Args)]
struct IncidentArgs {
    /// What the files are: csv, jsonl, or github-issues as exported by `gh issue list --json …` or the REST API
    #[arg(long, value_name = "SOURCE")]
    from: IncidentSource,
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Repository of incidents that name none; default: the only one in the lake
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args, now: DateTime<Utc>) -> Result<()> {
    let What::Incidents(args) = &args.what;
    let run = args.place.create(now)?;
    for file in &args.files {
        for imported in run.import_incidents(args.from, file, args.repo.as_deref())? {
            let why = imported.reason.map_or(String::new(), |reason| format!(" (the first: {reason})"));
            writeln!(
                io::stdout(),
                "{}: {} imported, {} in all, {} skipped{why}{}",
                imported.repo,
                words::counted(imported.incidents, "incident"),
                words::counted(imported.links, "link"),
                words::counted(imported.skipped, "record"),
                if imported.is_mined { "" } else { "; nothing to link to until this repository is mined" }
            )?;
        }
    }
    Ok(())
}
