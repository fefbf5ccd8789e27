//! One question to GitHub, asked until it is answered: octocrab carries it, limits and trouble are ours to judge.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use http::header::{ACCEPT, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use http_body_util::{BodyExt, Limited};
use octocrab::Octocrab;
use octocrab::models::InstallationId;
use octocrab::service::middleware::retry::RetryConfig;
use serde_json::Value;
use tokio::time::Instant;

use super::credentials::{App, Credentials};
use super::graphql::{Complaint, complaint};
use super::limits::{Halt, Limits};
use super::verdict::{Verdict, http_date, linked, number, text, verdict};

use crate::sources::times;

/// How long the server may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// Times that a question is asked before it is given up, limits not counted.
const TRIES: u32 = 5;
/// Refusals for a limit of one question before it is given up.
const REFUSALS: u32 = 50;
/// Largest answer that is read.
const LARGEST: usize = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub enum GithubError {
    #[error("`{api}` is no address of a GitHub API")]
    Address { api: String },
    #[error("cannot start the network runtime")]
    Runtime(#[source] std::io::Error),
    #[error("GitHub does not accept the token")]
    Unauthorized,
    #[error("GitHub knows no repository `{repo}`, or the token may not see it")]
    NoSuchRepository { repo: String, reason: String },
    #[error("cannot list the repositories of `{owner}`")]
    NoSuchOwner { owner: String, reason: String },
    #[error("cannot use the app's key `{}`", path.display())]
    Key { path: PathBuf, reason: String },
    #[error("the app is not installed for `{owner}`")]
    NotInstalled { owner: String, reason: String },
    #[error("GitHub did not answer as expected: {0}")]
    Answer(String),
    #[error("cannot keep GitHub's answers in `{}`", path.display())]
    Keep { path: PathBuf, source: std::io::Error },
    #[error("`{0}` is not OWNER/NAME")]
    Name(String),
    #[error(transparent)]
    Halted(Halt),
}

/// Why a question has no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The run stops, in order.
    Halt(Halt),
    /// The run fails.
    Fatal(GithubError),
    /// This one could not be read; others may.
    Failed(String),
}

impl From<GithubError> for Trouble {
    fn from(error: GithubError) -> Self {
        Self::Fatal(error)
    }
}

impl From<Halt> for Trouble {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

/// An answer.
#[derive(Debug)]
pub(super) enum Answer {
    Page(Page),
    /// As it was when it was last asked for.
    Unchanged,
    /// Not there, or not for us, and why.
    Missing(String),
}

#[derive(Debug)]
pub(super) struct Page {
    pub(super) body: Vec<u8>,
    pub(super) etag: Option<String>,
    pub(super) next: Option<String>,
    /// The last page, where it is said.
    pub(super) last: Option<String>,
}

pub(super) struct Client {
    rest: Octocrab,
    /// The same with the address of the GraphQL interface, which GitHub Enterprise has elsewhere.
    graphql: Octocrab,
    limits: Rc<Limits>,
    /// The path of the interface's address: `/api/v3` of GitHub Enterprise.
    base_path: String,
    started: (DateTime<Utc>, Instant),
}

impl Client {
    /// `owner` is asked about, which decides the installation of an app.
    pub(super) async fn new(
        api: &str,
        credentials: &Credentials,
        limits: Rc<Limits>,
        owner: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Trouble> {
        let connect = |api: &str| -> Result<Octocrab, GithubError> {
            let address = || GithubError::Address { api: api.to_owned() };
            let builder = Octocrab::builder()
                .base_uri(api.trim_end_matches('/'))
                .map_err(|_| address())?
                .add_retry_config(RetryConfig::None)
                .set_read_timeout(Some(PATIENCE))
                .set_connect_timeout(Some(PATIENCE));
            let builder = match credentials {
                Credentials::None => builder,
                Credentials::Token(token) => builder.personal_token(token.clone()),
                Credentials::App(app) => builder.app(app.id, app.signing_key()?),
            };
            builder.build().map_err(|_| address())
        };
        let base_path = path_of(api);
        let graphql = match base_path.strip_suffix("/v3") {
            Some(_) => connect(api.trim_end_matches('/').trim_end_matches("/v3"))?,
            None => connect(api)?,
        };
        let mut client = Self { rest: connect(api)?, graphql, limits, base_path, started: (now, Instant::now()) };
        if let Credentials::App(app) = credentials {
            let installation = client.installation(app, owner).await?;
            let installed = |github: &Octocrab| github.installation(installation).map_err(|error| told(&error));
            client.rest = installed(&client.rest).map_err(GithubError::Answer)?;
            client.graphql = installed(&client.graphql).map_err(GithubError::Answer)?;
        }
        Ok(client)
    }

    /// The installation of the app for an owner, whether that is an organisation or a person.
    async fn installation(&self, app: &App, owner: &str) -> Result<InstallationId, Trouble> {
        if let Some(installation) = app.installation {
            return Ok(installation);
        }
        let mut reason = String::new();
        for kind in ["orgs", "users"] {
            match self.get(&format!("/{kind}/{owner}/installation"), None).await? {
                Answer::Page(page) => {
                    let told: Value = serde_json::from_slice(&page.body).unwrap_or_default();
                    if let Some(id) = told["id"].as_u64() {
                        return Ok(InstallationId(id));
                    }
                }
                Answer::Missing(why) => reason = why,
                Answer::Unchanged => {}
            }
        }
        Err(GithubError::NotInstalled { owner: owner.to_owned(), reason }.into())
    }

    /// The time by the clock that `main` read.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let (now, started) = self.started;
        now + started.elapsed()
    }

    /// Asks for a path below the interface, in the version that octocrab names; with the tag of a known answer, only for what changed since.
    pub(super) async fn get(&self, path: &str, etag: Option<&str>) -> Result<Answer, Trouble> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            headers.insert(IF_NONE_MATCH, etag);
        }
        // What was there a moment ago is said to be gone while GitHub moves it.
        let was_there = etag.is_some();
        self.ask("core", TRIES, was_there, || self.rest._get_with_headers(path, Some(headers.clone()))).await
    }

    /// Asks a question of the GraphQL interface, once: what takes too long takes as long again. An answer that complains of a limit is waited out.
    pub(super) async fn graphql(&self, question: &Value) -> Result<Option<Value>, Trouble> {
        for _ in 0..REFUSALS {
            let asked = self.ask("graphql", 1, false, || self.graphql._post("/graphql", Some(question))).await?;
            let Answer::Page(page) = asked else { return Ok(None) };
            let answer: Value = serde_json::from_slice(&page.body).unwrap_or_default();
            match complaint(&answer) {
                Some(Complaint::Limit) => {
                    let reset = answer["data"]["rateLimit"]["resetAt"].as_str().and_then(times::time);
                    self.limits.wait(reset.and_then(|at| (at - self.now()).to_std().ok()))?;
                }
                Some(Complaint::TooMuch(reason)) => return Err(Trouble::Failed(reason)),
                Some(Complaint::Partly) | None => return Ok(Some(answer)),
            }
        }
        Err(Trouble::Failed(format!("refused {REFUSALS} times for a limit")))
    }

    async fn ask<F, B>(
        &self,
        resource: &str,
        most: u32,
        was_there: bool,
        send: impl Fn() -> F,
    ) -> Result<Answer, Trouble>
    where
        F: Future<Output = Result<http::Response<B>, octocrab::Error>>,
        B: BodyExt,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (mut tries, mut refusals, mut doubts) = (0, 0, u32::from(!was_there));
        loop {
            let admission = self.limits.admit(resource).await?;
            let silence = |_| Err(format!("no answer within {} seconds", PATIENCE.as_secs()));
            let answered = tokio::time::timeout(PATIENCE, received(send())).await.unwrap_or_else(silence);
            let (status, headers, body) = match answered {
                Ok(answer) => answer,
                Err(reason) => {
                    self.pause(&mut tries, most, reason).await?;
                    continue;
                }
            };
            let verdict = verdict(status, &headers, &body, self.now());
            if !matches!(verdict, Verdict::Wait(_)) {
                self.note(&headers);
            }
            match verdict {
                Verdict::Fine => {
                    let etag = text(&headers, ETAG.as_str()).map(str::to_owned);
                    let link = |relation| linked(&headers, relation, &self.base_path);
                    return Ok(Answer::Page(Page { next: link("next"), last: link("last"), etag, body }));
                }
                Verdict::Unchanged => {
                    admission.free();
                    return Ok(Answer::Unchanged);
                }
                Verdict::Wait(_) if refusals == REFUSALS => {
                    return Err(Trouble::Failed(format!("{status}: refused {REFUSALS} times for a limit")));
                }
                Verdict::Wait(said) => {
                    refusals += 1;
                    admission.free();
                    self.limits.wait(said)?;
                }
                Verdict::Again(reason) => self.pause(&mut tries, most, reason).await?,
                Verdict::Missing(reason) if status == StatusCode::NOT_FOUND && doubts == 0 => {
                    doubts += 1;
                    self.pause(&mut tries, most, reason).await?;
                }
                Verdict::Missing(reason) | Verdict::Denied(reason) => return Ok(Answer::Missing(reason)),
                // Of several questions on their way when a token ends each may end the next one's.
                Verdict::Unauthorized if tries > 2 => return Err(GithubError::Unauthorized.into()),
                Verdict::Unauthorized => self.pause(&mut tries, most, status.to_string()).await?,
            }
        }
    }

    /// Waits before the next try, twice as long each time, until there were enough.
    async fn pause(&self, tries: &mut u32, most: u32, reason: String) -> Result<(), Trouble> {
        *tries += 1;
        if *tries >= most {
            return Err(Trouble::Failed(reason));
        }
        tokio::time::sleep(self.limits.patience().retry * 2u32.pow(*tries - 1)).await;
        Ok(())
    }

    fn note(&self, headers: &HeaderMap) {
        let server = text(headers, "date").and_then(http_date).unwrap_or_else(|| self.now());
        let reset = number(headers, "x-ratelimit-reset").and_then(|at| DateTime::from_timestamp(at, 0));
        self.limits.note(headers, reset.and_then(|at| (at - server).to_std().ok()));
    }
}

async fn received<B>(
    sent: impl Future<Output = Result<http::Response<B>, octocrab::Error>>,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), String>
where
    B: BodyExt,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = sent.await.map_err(|error| told(&error))?.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map_err(|error| error.to_string())?;
    Ok((parts.status, parts.headers, body.to_bytes().into()))
}

fn path_of(api: &str) -> String {
    let path = api.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    path.map_or(String::new(), |path| format!("/{}", path.trim_end_matches('/'))).trim_end_matches('/').to_owned()
}

/// An error with its causes in one line.
fn told(error: &octocrab::Error) -> String {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        let text = deeper.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = deeper.source();
    }
    said.lines().next().unwrap_or_default().chars().take(200).collect()
}
