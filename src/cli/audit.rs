use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Subcommand;

use super::Place;
use super::format::{Format, print_json, share};
use super::hints::Hinted;
use crate::analysis::audit::{self, Judged, Scores};
use crate::facts::store::Lake;
use crate::facts::{Change, Origin};
use crate::report::{publishable, words};
use crate::sources::audit_sheet::{self, Line};

/// Let people judge a random sample, and tell how far our labels agree
///
/// `draw` writes a sheet of changes; whoever judges looks at each in git and fills in its origin. `score` turns
/// the filled sheet into precision and recall of every label, with intervals.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Draw(DrawArgs),
    Score(ScoreArgs),
}

/// Draw changes at random and write the sheet to fill in
///
/// Of each origin equally many are drawn, so that rare ones are judged too; what we said of them is not in
/// the sheet. The columns to fill are `origin` (agent, assisted, human or bot; empty when it cannot be told)
/// and `note`.
#[derive(Debug, clap::Args)]
struct DrawArgs {
    /// The sheet, as CSV; a file that is there is not overwritten
    #[arg(long, value_name = "FILE", default_value = "audit.csv")]
    out: PathBuf,
    /// How many changes
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    changes: u32,
    /// The same number draws the same changes of the same lake
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Only of this repository (can be repeated)
    #[arg(long = "repo", value_name = "OWNER/NAME")]
    repos: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// Compare a filled sheet with what the lake says
#[derive(Debug, clap::Args)]
struct ScoreArgs {
    /// The filled sheet
    #[arg(value_name = "FILE")]
    sheet: PathBuf,
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::Draw(args) => draw(args),
        What::Score(args) => score(args),
    }
}

fn draw(args: &DrawArgs) -> Result<()> {
    let lake = args.place.open()?;
    let by_repo = changes(&lake)?;
    if let Some(unknown) = args.repos.iter().find(|repo| !by_repo.contains_key(*repo)) {
        let known: Vec<&str> = by_repo.keys().map(String::as_str).collect();
        return Err(Hinted {
            message: format!("the lake holds no repository `{unknown}`"),
            hint: format!("it holds {}", known.join(", ")),
            is_usage: true,
        }
        .into());
    }
    let wanted = by_repo.iter().filter(|(repo, _)| args.repos.is_empty() || args.repos.contains(repo));
    let changes: Vec<(&str, &Change)> =
        wanted.flat_map(|(repo, changes)| changes.iter().map(|change| (repo.as_str(), change))).collect();
    let drawn = audit::draw(&changes, args.changes as usize, args.seed);
    let file = OpenOptions::new().write(true).create_new(true).open(&args.out);
    let file = file.with_context(|| format!("cannot write the sheet `{}`", args.out.display()))?;
    let mut sheet = csv::Writer::from_writer(file);
    for drawn in &drawn {
        sheet.serialize(Line {
            repo: drawn.repo.to_owned(),
            change_id: drawn.change.change_id.to_string(),
            pull: drawn.change.pull,
            merged_at: drawn.change.merged_at.map(words::day).unwrap_or_default(),
            subject: publishable(&drawn.change.subject),
            stands_among: drawn.stands_among,
            origin: String::new(),
            note: String::new(),
        })?;
    }
    sheet.flush()?;
    let (count, out) = (words::counted(drawn.len() as u64, "change"), args.out.display());
    Ok(writeln!(io::stdout(), "{count} drawn; fill in `origin` in {out}, then `shipwake audit score {out}`")?)
}

fn changes(lake: &Lake) -> Result<BTreeMap<String, Vec<Change>>> {
    let manifests = lake.manifests()?;
    manifests.into_iter().map(|manifest| Ok((manifest.repo.clone(), lake.read(&manifest.repo)?))).collect()
}

fn score(args: &ScoreArgs) -> Result<()> {
    let lake = args.place.open()?;
    let sheet = audit_sheet::read(&args.sheet)?;
    let by_repo = changes(&lake)?;
    let said: BTreeMap<(&str, &str), Origin> = (by_repo.iter())
        .flat_map(|(repo, changes)| changes.iter().map(|c| ((repo.as_str(), c.change_id.as_str()), c.origin)))
        .collect();
    let (mut judged, mut open, mut gone) = (Vec::new(), 0, 0);
    for line in &sheet {
        match (line.is, said.get(&(line.repo.as_str(), line.change_id.as_str()))) {
            (None, _) => open += 1,
            (_, None) => gone += 1,
            (Some(is), Some(&said)) => judged.push(Judged { said, is, stands_among: line.stands_among }),
        }
    }
    let scores = audit::score(&judged);
    let mut out = io::stdout().lock();
    match args.format {
        Format::Json => print_json(&json(&scores, open, gone), &mut out),
        Format::Table => print(&scores, open, gone, &mut out),
    }
}

fn json(scores: &Scores, open: u64, gone: u64) -> serde_json::Value {
    let label = |score: &audit::Score| serde_json::json!({ "label": score.label, "precision": score.precision, "recall": score.recall });
    serde_json::json!({
        "judged": scores.judged,
        "not_told": open,
        "not_in_the_lake": gone,
        "labels": scores.scores.iter().map(label).collect::<Vec<_>>(),
        "ai_among_unknown": scores.ai_among_unknown,
    })
}

fn print(scores: &Scores, open: u64, gone: u64, out: &mut impl Write) -> Result<()> {
    writeln!(
        out,
        "{} judged, {open} could not be told, {gone} no longer in the lake\n",
        words::counted(scores.judged as u64, "change")
    )?;
    writeln!(
        out,
        "{:<10} {:<42} recall: of those that are so, called so",
        "", "precision: of those called so, are so"
    )?;
    for score in &scores.scores {
        writeln!(out, "{:<10} {:<42} {}", score.label, share(&score.precision), share(&score.recall))?;
    }
    writeln!(out, "\nAI among the changes called unknown: {}", share(&scores.ai_among_unknown))?;
    writeln!(out, "Intervals are 95 %; a judge may err too, and what leaves no trace is often not to be told.")?;
    Ok(writeln!(out, "`[report] audit = \"FILE\"` in shipwake.toml corrects comparisons in reports by it.")?)
}
