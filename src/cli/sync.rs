use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use clap::Subcommand;
use clap::builder::PossibleValuesParser;

use super::Place;
use super::hints::Hinted;
use crate::config::GithubConfig;
use crate::pipeline::{Run, SyncedRepo};
use crate::progress;
use crate::report::words;
use crate::sources::github::{self, Credentials, GITHUB, Options, Patience, Session};

/// Bring in what a forge knows: pull requests, reviews, checks, deployments, issues
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Github(GithubArgs),
}

/// Sync pull requests and all about them from GitHub
///
/// Only what changed since the last run is asked for; a run that is cut short goes on where it was. The token
/// is GITHUB_TOKEN, GH_TOKEN or that of `gh`; of a GitHub App, SHIPWAKE_APP_ID and SHIPWAKE_APP_KEY (a file).
/// A pull request takes six requests at first, and none while it stays the same.
#[derive(Debug, clap::Args)]
struct GithubArgs {
    #[arg(value_name = "OWNER/NAME", required_unless_present = "org")]
    repos: Vec<String>,
    /// All repositories of an organisation or person; of an app, those it is installed for (can be repeated)
    #[arg(long, value_name = "OWNER")]
    org: Vec<String>,
    /// Leave out forks
    #[arg(long, requires = "org")]
    skip_forks: bool,
    /// Leave out archived repositories
    #[arg(long, requires = "org")]
    skip_archived: bool,
    /// Address of the GitHub API; of GitHub Enterprise, https://HOST/api/v3
    #[arg(long, value_name = "URL", default_value = GITHUB, env = "GITHUB_API_URL")]
    api_url: String,
    /// Most requests that this run makes; the next one goes on from there
    #[arg(long, value_name = "REQUESTS")]
    budget: Option<u64>,
    /// Longest wait for a limit of GitHub; the next run goes on from there
    #[arg(long, value_name = "SECONDS")]
    max_wait: Option<u64>,
    /// Leave out a kind of facts (can be repeated, or several with commas)
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = PossibleValuesParser::new(github::NAMES))]
    without: Vec<String>,
    /// Ask about many pull requests at once by GraphQL: a third of the requests, the same facts
    #[arg(long)]
    graphql: bool,
    /// Forget what is known and read all of it again
    #[arg(long)]
    full: bool,
    /// Only say what it would take
    #[arg(long)]
    estimate: bool,
    #[command(flatten)]
    place: Place,
}

/// Requests for a pull request that is read for the first time.
const PER_PULL: u64 = 6;

pub(super) fn run(args: &Args, now: DateTime<Utc>) -> Result<()> {
    let What::Github(args) = &args.what;
    let run = args.place.create(now)?;
    let credentials = Credentials::from_environment(&args.api_url);
    if credentials.is_none() {
        progress::warn("there is no token: GitHub answers 60 requests an hour, about public repositories only");
    }
    let patience = patience(args, &run.config.github);
    let mut session = Session::new(&args.api_url, credentials, patience, now)?;
    let mut repos = args.repos.clone();
    for owner in &args.org {
        let listed = session.repositories(owner)?;
        let wanted = |one: &&github::Listed| !(args.skip_forks && one.is_fork || args.skip_archived && one.is_archived);
        repos.extend(listed.iter().filter(wanted).map(|one| one.repo.clone()));
    }
    if args.estimate || !args.org.is_empty() {
        estimate(&mut session, &repos)?;
    }
    if args.estimate {
        return Ok(());
    }
    let options = Options {
        concurrency: run.config.github.concurrency,
        recheck_days: run.config.github.recheck_days,
        graphql: args.graphql,
        without: args.without.iter().cloned().collect::<BTreeSet<String>>(),
    };
    sync_all(&run, &mut session, &repos, &options, args.full)
}

fn patience(args: &GithubArgs, config: &GithubConfig) -> Patience {
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let is_github = args.api_url.trim_end_matches('/') == GITHUB || args.api_url.contains(".ghe.com");
    let pace = config.requests_per_second.or(is_github.then_some(Patience::GITHUB_PACE));
    Patience {
        budget: args.budget,
        max_wait: args.max_wait.map(Duration::from_secs),
        retry: seconds(config.retry_seconds),
        secondary: seconds(config.secondary_wait_seconds),
        reserve: config.reserve.clamp(0.0, 1.0),
        pace: pace.filter(|pace| *pace > 0.0),
    }
}

/// One repository's failure stops no other.
fn sync_all(run: &Run, session: &mut Session, repos: &[String], options: &Options, is_fresh: bool) -> Result<()> {
    let mut failed = Vec::new();
    for repo in repos {
        match run.sync_github(session, repo, options, is_fresh) {
            Ok(synced) => tell(&synced)?,
            Err(error) if repos.len() == 1 => return Err(error),
            Err(error) => {
                progress::warn(&format!("{repo}: {error:#}"));
                failed.push(repo.as_str());
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Hinted {
        message: format!("{} of {} repositories could not be synced: {}", failed.len(), repos.len(), failed.join(", ")),
        hint: "the others are up to date; run it again for those".to_owned(),
        is_usage: false,
    }
    .into())
}

fn tell(synced: &SyncedRepo) -> Result<()> {
    let SyncedRepo { repo, pulls, reviews, issues, requests, skipped, missing, .. } = synced;
    let per_pull =
        if *pulls > 0 { format!(" ({:.1} a pull request)", *requests as f64 / *pulls as f64) } else { String::new() };
    let halt =
        synced.halt.as_ref().map_or(String::new(), |halt| format!("; stopped early: {halt}, run it again to go on"));
    let unread = if *missing > 0 { format!("; {} not read", words::counted(*missing, "list")) } else { String::new() };
    let (pulls, reviews) = (words::counted(*pulls, "pull request"), words::counted(*reviews, "review"));
    let (issues, requests) = (words::counted(*issues, "issue"), words::counted(*requests, "request"));
    writeln!(
        io::stdout(),
        "{repo}: {pulls}, {reviews}, {issues}; {requests}{per_pull}, {skipped} skipped{unread}{halt}"
    )
    .context("cannot write to the terminal")
}

/// What a first run over these repositories would take.
fn estimate(session: &mut Session, repos: &[String]) -> Result<()> {
    let (mut total, mut failed) = (0, 0);
    for repo in repos {
        match session.count_pulls(repo) {
            Ok(Some(pulls)) => {
                total += pulls;
                writeln!(io::stderr(), "{repo}: {}", words::counted(pulls, "pull request"))?;
            }
            Ok(None) => writeln!(io::stderr(), "{repo}: it cannot be told how many pull requests it has")?,
            Err(error) => {
                failed += 1;
                progress::warn(&format!("{repo}: {error}"));
            }
        }
    }
    anyhow::ensure!(failed == 0 || failed < repos.len(), "GitHub could not be asked about any repository");
    let requests = total * PER_PULL + total / 25 + repos.len() as u64 * 7;
    let hours = match session.allowance() {
        Ok(Some(allowance)) => format!(
            ", about {:.1} hours at {} requests an hour, of which {} are left",
            requests as f64 / (allowance.limit as f64 * 0.9),
            allowance.limit,
            allowance.remaining
        ),
        _ => String::new(),
    };
    writeln!(
        io::stderr(),
        "{} with {}: at most {requests} requests for a first run{hours}",
        words::counted_as(repos.len() as u64, "repository", "repositories"),
        words::counted(total, "pull request")
    )?;
    Ok(())
}
