use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::Place;
use super::format::{Format, print_json, share};
use super::hints::Hinted;
use super::mine::{Reading, check, mine_all};
use crate::analysis::validation::{self, Validation};
use crate::outcomes;
use crate::pipeline::Run;
use crate::report::words;

/// Hold inferred bug-inducing links against what developers stated
///
/// Some fixes name the commit they mend (`Fixes: <id>`, "broken by …"). Links inferred from lines do not read that: how
/// often they agree is their precision and recall in this very repository. Without REPO all repositories of
/// the lake are compared as they were last mined.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Path, bare repository, `file://` or https address, mined first (can be repeated)
    #[arg(value_name = "REPO")]
    repos: Vec<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// Write every candidate of these fixes with its features to FILE as CSV: what the ranker is trained on
    #[arg(long, value_name = "FILE")]
    candidates: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args, now: DateTime<Utc>) -> Result<()> {
    // Only what is mined here may bring a lake about.
    if args.repos.is_empty() {
        args.place.open()?;
    } else {
        check(&args.repos, &args.reading)?;
    }
    let run = args.place.create(now)?;
    let mut repos: Vec<String> = match args.repos.as_slice() {
        [] => run.lake.manifests()?.into_iter().map(|manifest| manifest.repo).collect(),
        repos => mine_all(&run, repos, &args.reading)?.into_iter().map(|mined| mined.repo).collect(),
    };
    repos.sort();
    repos.dedup();
    if repos.is_empty() {
        let message = "the lake holds no repository".to_owned();
        return Err(Hinted { message, hint: "give the path of one".to_owned(), is_usage: false }.into());
    }
    let compared = repos.into_iter().map(|repo| Ok((repo.clone(), validation::of(&run.lake, &repo)?)));
    let all: Vec<(String, Validation)> = compared.collect::<Result<_>>()?;
    if let Some(file) = &args.candidates {
        write_candidates(&run, all.iter().map(|(repo, _)| repo.as_str()), file)?;
    }
    let mut out = io::stdout().lock();
    match args.format {
        Format::Json => {
            let rows: Vec<_> = all.iter().map(|(repo, validation)| json(repo, validation)).collect();
            print_json(&rows, &mut out)
        }
        Format::Table => print(all, &mut out),
    }
}

fn write_candidates<'r>(run: &Run, repos: impl Iterator<Item = &'r str>, file: &Path) -> Result<()> {
    let mut sheet = csv::Writer::from_path(file).with_context(|| format!("cannot write `{}`", file.display()))?;
    let columns = ["repo", "fix", "candidate", "probability"].into_iter();
    sheet.write_record(columns.chain(outcomes::suspect_features().iter().map(String::as_str)))?;
    for repo in repos {
        for suspect in run.suspects(repo)? {
            let own = [repo.to_owned(), suspect.fix.to_string(), suspect.commit.to_string()];
            let values = std::iter::once(&suspect.probability).chain(&suspect.features).map(|value| format!("{value}"));
            sheet.write_record(own.into_iter().chain(values))?;
        }
    }
    Ok(sheet.flush()?)
}

fn print(mut all: Vec<(String, Validation)>, out: &mut impl Write) -> Result<()> {
    if all.len() > 1 {
        let pooled = validation::pooled(&all.iter().map(|(_, validation)| validation.clone()).collect::<Vec<_>>());
        all.push((format!("all {} repositories", all.len()), pooled));
    }
    for (repo, validation) in &all {
        let (fixes, stated) = (words::count(validation.stated_fixes), words::counted(validation.stated, "culprit"));
        writeln!(out, "{repo}: {stated} named by fixes ({fixes} of all fixes name one)")?;
        if validation.stated > 0 {
            writeln!(
                out,
                "  {:<12} {:<40} recall: of those named, inferred",
                "confidence", "precision: of those inferred, named"
            )?;
        }
        for level in validation.levels.iter().filter(|_| validation.stated > 0) {
            let from = match level.confidence {
                0.0 => "all".to_owned(),
                validation::COUNTS => format!("≥ {} (*)", level.confidence),
                confidence => format!("≥ {confidence}"),
            };
            writeln!(out, "  {from:<12} {:<40} {}", share(&level.precision), share(&level.recall))?;
        }
        let (links, biggest) = (validation.links, validation.on_the_biggest);
        writeln!(
            out,
            "  {} inferred with {} or more; {biggest} of them lead to the five commits named most often\n",
            words::counted(links, "link"),
            validation::COUNTS
        )?;
    }
    Ok(writeln!(
        out,
        "(*) counts in figures. Intervals are 95 %. Compared are fixes that name a culprit; of the others nobody can tell. \
         The eleven repositories that the ranker learnt from look better than others will."
    )?)
}

fn json(repo: &str, validation: &Validation) -> serde_json::Value {
    let level = |level: &validation::Level| {
        serde_json::json!({
            "confidence": level.confidence, "inferred": level.inferred, "right": level.right, "found": level.found,
            "precision": level.precision, "recall": level.recall,
        })
    };
    serde_json::json!({
        "repo": repo,
        "stated_fixes": validation.stated_fixes,
        "stated": validation.stated,
        "levels": validation.levels.iter().map(level).collect::<Vec<_>>(),
        "links": validation.links,
        "on_the_five_biggest": validation.on_the_biggest,
    })
}
