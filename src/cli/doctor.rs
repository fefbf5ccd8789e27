use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::Place;
use crate::config::Config;
use crate::facts::store::Lake;
use crate::report::words;
use crate::sources::git::OpenRepository;
use crate::sources::github::{Credentials, GITHUB, Patience, Session};

/// Say what is missing and how to mend it
///
/// Looks at git, the repository, the lake and the configuration. The network is used only with --online.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_name = "REPO", default_value = ".")]
    repo: PathBuf,
    /// Also ask GitHub whether it accepts the token
    #[arg(long)]
    online: bool,
    /// Address of the GitHub API, for GitHub Enterprise
    #[arg(long, value_name = "URL", default_value = GITHUB, env = "GITHUB_API_URL")]
    api_url: String,
    #[command(flatten)]
    place: Place,
}

/// One thing looked at: fine, or with what it costs and how to mend it.
enum Finding {
    Fine(String),
    Missing { what: String, mend: String },
}

use Finding::{Fine, Missing};

pub(super) fn run(args: &Args, now: DateTime<Utc>) -> Result<()> {
    let mut findings = vec![git_command()];
    findings.extend(repository(&args.repo));
    findings.push(lake(&args.place.lake));
    findings.push(configuration(args.place.config.as_deref()));
    findings.push(token(args, now));
    let mut out = io::stdout().lock();
    for finding in &findings {
        match finding {
            Fine(what) => writeln!(out, "ok       {what}")?,
            Missing { what, mend } => writeln!(out, "missing  {what}\n         mend it: {mend}")?,
        }
    }
    Ok(())
}

fn missing(what: impl Into<String>, mend: impl Into<String>) -> Finding {
    Missing { what: what.into(), mend: mend.into() }
}

fn git_command() -> Finding {
    let version = Command::new("git").arg("--version").output().ok().filter(|output| output.status.success());
    match version {
        Some(output) => {
            Fine(format!("{}, for repositories given by address", String::from_utf8_lossy(&output.stdout).trim()))
        }
        None => missing(
            "the git command, which clones repositories given by address",
            "install git; local repositories work without it",
        ),
    }
}

fn repository(path: &Path) -> Vec<Finding> {
    let repository = match OpenRepository::at(path, None, None) {
        Ok(repository) => repository,
        Err(error) => return vec![missing(format!("{error}"), "give the path of a git repository")],
    };
    let mut findings = vec![Fine(format!("repository {}", repository.name))];
    findings.push(match repository.default_branch() {
        Some(branch) => Fine(format!("default branch {branch}")),
        None => missing("a default branch", "name one with --branch, or check out the branch that changes land on"),
    });
    if repository.is_shallow() {
        findings.push(missing("older history: the clone is shallow, outcomes are withheld", "git fetch --unshallow"));
    }
    if repository.is_partial() {
        findings.push(missing(
            "contents of files: the clone is partial",
            "git fetch --refetch --no-filter; git config --unset-all remote.origin.partialclonefilter; git config --unset-all remote.origin.promisor",
        ));
    }
    findings.push(match repository.pull_heads() {
        0 => missing(
            "pull requests' own commits, which can show AI behind squash merges",
            "git fetch origin '+refs/pull/*/head:refs/pull/*/head'",
        ),
        heads => Fine(format!("{heads} heads of pull requests")),
    });
    findings
}

fn lake(path: &Path) -> Finding {
    match Lake::open(path).and_then(|lake| lake.manifests()) {
        Ok(manifests) => {
            let repositories = words::counted_as(manifests.len() as u64, "repository", "repositories");
            Fine(format!("lake `{}` with {repositories}", path.display()))
        }
        Err(error) => missing(format!("{error}"), "shipwake report"),
    }
}

fn configuration(path: Option<&Path>) -> Finding {
    match Config::read(path) {
        Ok(_) => Fine("configuration".to_owned()),
        Err(error) => missing(format!("{error}"), "mend the file; README.md lists the keys"),
    }
}

/// A token is only looked for; it is used with --online and never shown.
fn token(args: &Args, now: DateTime<Utc>) -> Finding {
    let credentials = Credentials::from_environment(&args.api_url);
    if credentials.is_none() {
        return missing(
            "a GitHub token: without one `sync github` may ask 60 times an hour",
            "export GITHUB_TOKEN=…, or log in with `gh auth login`",
        );
    }
    if !args.online {
        return Fine("a GitHub token is set; --online asks GitHub whether it is accepted".to_owned());
    }
    let quickly = Patience { max_wait: Some(Duration::ZERO), ..Patience::default() };
    match Session::new(&args.api_url, credentials, quickly, now).and_then(|mut session| session.allowance()) {
        Ok(Some(allowance)) => {
            let reset = allowance.reset.map(|time| time.format(" until %H:%M UTC").to_string()).unwrap_or_default();
            Fine(format!(
                "GitHub accepts the token: {} of {} requests left{reset}",
                allowance.remaining, allowance.limit
            ))
        }
        Ok(None) => Fine("GitHub accepts the token and sets no limits".to_owned()),
        Err(error) => missing(format!("{error}"), "make a new token, or check --api-url and the network"),
    }
}
