use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use chrono::DateTime;

use super::Place;
use crate::config::Config;
use crate::facts::store::Lake;
use crate::sources::git::OpenRepository;
use crate::sources::github;

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
    #[arg(long, value_name = "URL", default_value = "https://api.github.com", env = "GITHUB_API_URL")]
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

pub(super) fn run(args: &Args) -> Result<()> {
    let mut findings = vec![git_command()];
    findings.extend(repository(&args.repo));
    findings.push(lake(&args.place.lake));
    findings.push(configuration(args.place.config.as_deref()));
    findings.push(token(args));
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
        Ok(manifests) => Fine(format!("lake `{}` with {} repositories", path.display(), manifests.len())),
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
fn token(args: &Args) -> Finding {
    let token =
        ["GITHUB_TOKEN", "GH_TOKEN"].iter().find_map(|name| std::env::var(name).ok().filter(|token| !token.is_empty()));
    let Some(token) = token else {
        return missing("a GitHub token; nothing here needs one yet", "export GITHUB_TOKEN=…");
    };
    if !args.online {
        return Fine("a GitHub token is set; --online asks GitHub whether it is accepted".to_owned());
    }
    match github::budget(&args.api_url, Some(&token)) {
        Ok(budget) => {
            let reset = DateTime::from_timestamp(budget.reset, 0)
                .map(|time| time.format("%H:%M UTC").to_string())
                .unwrap_or_default();
            Fine(format!(
                "GitHub accepts the token: {} of {} requests left until {reset}",
                budget.remaining, budget.limit
            ))
        }
        Err(error) => missing(format!("{error}"), "make a new token, or check --api-url and the network"),
    }
}
