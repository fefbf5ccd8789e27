//! GitHub, by octocrab. For now only who we are to it; the facts come with `sync`.
//!
//! Async stays in here: every function offered is synchronous and owns its runtime.

use std::time::Duration;

use octocrab::Octocrab;
use serde::Deserialize;
use thiserror::Error;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Error)]
pub enum GithubError {
    #[error("`{api}` is no address of a GitHub API")]
    Address { api: String },
    #[error("cannot start the network runtime")]
    Runtime(#[source] std::io::Error),
    #[error("GitHub does not accept the token")]
    Unauthorized,
    #[error("GitHub did not answer as expected")]
    Answer(#[source] Box<octocrab::Error>),
    #[error("GitHub did not answer within {} seconds", PATIENCE.as_secs())]
    Timeout,
}

/// What a token may still ask for this hour.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub struct Budget {
    pub limit: u64,
    pub remaining: u64,
    /// Seconds since 1970.
    pub reset: i64,
}

#[derive(Deserialize)]
struct RateLimit {
    rate: Budget,
}

/// Asks what the token may still do; this costs nothing of it.
pub fn budget(api: &str, token: Option<&str>) -> Result<Budget, GithubError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(GithubError::Runtime)?;
    runtime.block_on(async {
        let client = client(api, token)?;
        let asked = tokio::time::timeout(PATIENCE, client.get::<RateLimit, _, ()>("/rate_limit", None)).await;
        match asked.map_err(|_| GithubError::Timeout)? {
            Ok(answer) => Ok(answer.rate),
            Err(octocrab::Error::GitHub { source, .. }) if source.status_code.as_u16() == 401 => {
                Err(GithubError::Unauthorized)
            }
            Err(error) => Err(GithubError::Answer(Box::new(error))),
        }
    })
}

fn client(api: &str, token: Option<&str>) -> Result<Octocrab, GithubError> {
    let address = || GithubError::Address { api: api.to_owned() };
    let builder = Octocrab::builder().base_uri(api).map_err(|_| address())?;
    let builder = match token {
        Some(token) => builder.personal_token(token.to_owned()),
        None => builder,
    };
    builder.build().map_err(|_| address())
}
