//! GitHub: asked through octocrab, kept as it answers, made into rows.
//!
//! ```text
//! client (octocrab, verdict, limits) → fetch (streams) → answers (a log in the lake) → extract → rows
//! ```
//!
//! - `client` asks one question until it is answered; `verdict` says what an answer means, `limits` when to ask and how much.
//! - `streams` lists what there is to ask, `fetch` asks for what is not known yet.
//! - `answers` keeps each answer as it came; `extract` makes the rows, anew from all of them each time.
//!
//! Async stays in here: every function offered is synchronous and owns its runtime.

mod answers;
mod client;
mod credentials;
mod extract;
mod fetch;
mod graphql;
mod limits;
mod severity;
mod streams;
mod verdict;
mod wire;

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::runtime::Runtime;

pub use client::GithubError;
pub use credentials::Credentials;
pub use fetch::Options;
pub use graphql::example_question;
pub use limits::{Halt, Patience};
pub use streams::NAMES;

use crate::facts::{Github, Incident, Skipped};
use crate::sources::incidents;
use answers::Answers;
use client::{Answer, Client, Trouble};
use fetch::Fetch;
use limits::Limits;
use wire::items;

/// GitHub's own interface; GitHub Enterprise has others.
pub const GITHUB: &str = "https://api.github.com";

/// A run: one budget for everything that is asked, whatever repositories it is about.
pub struct Session {
    runtime: Runtime,
    api: String,
    credentials: Credentials,
    limits: Rc<Limits>,
    now: DateTime<Utc>,
    /// By owner, since an app has another token for each.
    clients: BTreeMap<String, Client>,
}

/// A repository of an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub repo: String,
    pub is_fork: bool,
    pub is_archived: bool,
}

/// What GitHub says of a repository.
pub struct Synced {
    pub github: Github,
    /// Issues that a label makes incidents.
    pub incidents: Vec<Incident>,
    pub skipped: Vec<Skipped>,
    /// Why there is more to read; the next run goes on from there.
    pub halt: Option<Halt>,
    pub requests: u64,
}

impl Session {
    pub fn new(
        api: &str,
        credentials: Credentials,
        patience: Patience,
        now: DateTime<Utc>,
    ) -> Result<Self, GithubError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(GithubError::Runtime)?;
        Ok(Self {
            runtime,
            api: api.to_owned(),
            credentials,
            limits: Rc::new(Limits::new(patience)),
            now,
            clients: BTreeMap::new(),
        })
    }

    /// Brings the answers kept at `path` up to date and makes rows of all of them. `labels` are those that make an issue
    /// an incident; `is_fresh` forgets what is kept.
    pub fn sync(
        &mut self,
        repo: &str,
        path: &Path,
        options: &Options,
        labels: &[String],
        is_fresh: bool,
    ) -> Result<Synced, GithubError> {
        let kept = |source| GithubError::Keep { path: path.to_owned(), source };
        let before = self.limits.spent();
        let mut answers = Answers::open(path).map_err(kept)?;
        if is_fresh {
            answers.clear().map_err(kept)?;
        }
        self.connect(owner_of(repo)?)?;
        let client = &self.clients[owner_of(repo)?];
        let asked = self.runtime.block_on(async {
            let fetch = Fetch::open(client, repo, options, &mut answers).await?;
            let done = fetch.everything().await;
            Ok((fetch.unread()?, fetch.repo.clone(), done))
        });
        let (unread, name, halt) = match asked {
            Ok((unread, name, Ok(()))) => (unread, name, None),
            Ok((unread, name, Err(Trouble::Halt(halt)))) => (unread, name, Some(halt)),
            // Nothing could be asked: what is known stays.
            Err(Trouble::Halt(halt)) => (0, repo.to_owned(), Some(halt)),
            Ok((_, _, Err(trouble))) | Err(trouble) => return Err(fatal(trouble)),
        };
        let is_incident = |issue: &Value| incidents::is_incident(issue, labels);
        let extracted = extract::extract(&answers, &name, unread, &is_incident).map_err(kept)?;
        let read = incidents::of_issues(&name, extracted.incidents, labels);
        Ok(Synced {
            github: extracted.github,
            incidents: read.incidents.into_iter().map(|(_, incident)| incident).collect(),
            skipped: extracted.skipped.into_iter().chain(read.skipped).collect(),
            halt,
            requests: self.limits.spent() - before,
        })
    }

    /// The repositories of an organisation or person; of an app, those it is installed for.
    pub fn repositories(&mut self, owner: &str) -> Result<Vec<Listed>, GithubError> {
        self.connect(owner)?;
        let lists = match self.credentials {
            Credentials::App(_) => vec!["/installation/repositories?per_page=100".to_owned()],
            _ => vec![
                format!("/orgs/{owner}/repos?type=all&per_page=100"),
                format!("/users/{owner}/repos?type=owner&per_page=100"),
            ],
        };
        let client = &self.clients[owner];
        self.runtime.block_on(async {
            let mut reason = String::new();
            for list in lists {
                match every_page(client, list).await.map_err(fatal)? {
                    Ok(pages) => return Ok(listed(&pages, owner)),
                    Err(why) => reason = why,
                }
            }
            Err(GithubError::NoSuchOwner { owner: owner.to_owned(), reason })
        })
    }

    /// How many pull requests a repository has; none where it cannot be told with one request.
    pub fn count_pulls(&mut self, repo: &str) -> Result<Option<u64>, GithubError> {
        self.connect(owner_of(repo)?)?;
        let client = &self.clients[owner_of(repo)?];
        let asked = self.runtime.block_on(client.get(&format!("/repos/{repo}/pulls?state=all&per_page=1"), None));
        match asked.map_err(fatal)? {
            Answer::Page(page) => {
                let number = |pair: &str| pair.strip_prefix("page=")?.parse().ok();
                let last = page.last.as_deref().and_then(|last| last.split(['?', '&']).find_map(number));
                let told: Value = serde_json::from_slice(&page.body).unwrap_or_default();
                Ok(last.or_else(|| page.next.is_none().then(|| items(&told, "").count() as u64)))
            }
            Answer::Missing(_) | Answer::Unchanged => Ok(None),
        }
    }

    /// What the token may still ask for; this costs nothing of it.
    pub fn allowance(&mut self) -> Result<Option<Allowance>, GithubError> {
        self.connect("")?;
        let client = &self.clients[""];
        match self.runtime.block_on(client.get("/rate_limit", None)).map_err(fatal)? {
            Answer::Page(page) => {
                let told: Value = serde_json::from_slice(&page.body).unwrap_or_default();
                let core =
                    if told["resources"]["core"].is_object() { &told["resources"]["core"] } else { &told["rate"] };
                let number = |name: &str| core[name].as_i64();
                Ok(number("limit").filter(|limit| *limit > 0).map(|limit| Allowance {
                    limit,
                    remaining: number("remaining").unwrap_or_default(),
                    reset: number("reset").and_then(|at| DateTime::from_timestamp(at, 0)),
                }))
            }
            // GitHub Enterprise has no such page while it sets no limits.
            Answer::Missing(_) | Answer::Unchanged => Ok(None),
        }
    }

    fn connect(&mut self, owner: &str) -> Result<(), GithubError> {
        if !self.clients.contains_key(owner) {
            let limits = Rc::clone(&self.limits);
            let connected = Client::new(&self.api, &self.credentials, limits, owner, self.now);
            let client = self.runtime.block_on(connected).map_err(fatal)?;
            self.clients.insert(owner.to_owned(), client);
        }
        Ok(())
    }
}

/// What a token may still ask for this hour.
#[derive(Debug, PartialEq, Eq)]
pub struct Allowance {
    pub limit: i64,
    pub remaining: i64,
    pub reset: Option<DateTime<Utc>>,
}

/// The pages of a list; or why there is none.
async fn every_page(client: &Client, list: String) -> Result<Result<Vec<Value>, String>, Trouble> {
    let (mut pages, mut next) = (Vec::new(), Some(list));
    while let Some(path) = next.take().filter(|_| pages.len() < answers::MOST_PAGES) {
        match client.get(&path, None).await? {
            Answer::Page(page) => {
                pages.push(serde_json::from_slice(&page.body).unwrap_or_default());
                next = page.next;
            }
            Answer::Missing(reason) => return Ok(Err(reason)),
            Answer::Unchanged => {}
        }
    }
    Ok(Ok(pages))
}

fn listed(pages: &[Value], owner: &str) -> Vec<Listed> {
    let mut found: BTreeMap<String, Listed> = BTreeMap::new();
    for repo in pages.iter().flat_map(|page| items(page, "repositories")) {
        let Some(name) = repo["full_name"].as_str() else { continue };
        if owner_of(name).is_ok_and(|of| of.eq_ignore_ascii_case(owner)) {
            let is = |field: &str| repo[field].as_bool().unwrap_or_default();
            let one = Listed { repo: name.to_owned(), is_fork: is("fork"), is_archived: is("archived") };
            found.insert(name.to_owned(), one);
        }
    }
    found.into_values().collect()
}

fn owner_of(repo: &str) -> Result<&str, GithubError> {
    let is_plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            && !part.bytes().all(|byte| byte == b'.')
    };
    match repo.split_once('/') {
        Some((owner, name)) if is_plain(owner) && is_plain(name) => Ok(owner),
        _ => Err(GithubError::Name(repo.to_owned())),
    }
}

fn fatal(trouble: Trouble) -> GithubError {
    match trouble {
        Trouble::Fatal(error) => error,
        Trouble::Halt(halt) => GithubError::Halted(halt),
        Trouble::Failed(reason) => GithubError::Answer(reason),
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            budget: None,
            max_wait: None,
            retry: Duration::from_secs(1),
            secondary: Duration::from_secs(60),
            reserve: 0.1,
            pace: None,
        }
    }
}
