//! Who we are to GitHub. Secrets stay in types that do not print.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use octocrab::EncodingKey;
use octocrab::models::{AppId, InstallationId};
use octocrab::secrecy::SecretString;

use super::client::GithubError;

/// Where a token or an app's key comes from.
pub enum Credentials {
    /// Public facts only, and few of them an hour.
    None,
    Token(SecretString),
    App(App),
}

/// A GitHub App: it signs with its key and gets tokens of an hour for each installation.
pub struct App {
    pub id: AppId,
    pub key_file: PathBuf,
    /// Where it is not said, the installation of the repository's owner is asked for.
    pub installation: Option<InstallationId>,
}

impl App {
    pub(super) fn signing_key(&self) -> Result<EncodingKey, GithubError> {
        let unreadable = |reason: String| GithubError::Key { path: self.key_file.clone(), reason };
        let pem = std::fs::read(&self.key_file).map_err(|error| unreadable(error.to_string()))?;
        EncodingKey::from_rsa_pem(&pem).map_err(|error| unreadable(error.to_string()))
    }
}

impl Credentials {
    /// `SHIPWAKE_APP_ID` and `SHIPWAKE_APP_KEY` (a file), else `GITHUB_TOKEN` or `GH_TOKEN`, else what `gh` is logged in with
    /// at the interface's host.
    pub fn from_environment(api: &str) -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let number = |name: &str| set(name)?.trim().parse::<u64>().ok();
        if let (Some(id), Some(key)) = (number("SHIPWAKE_APP_ID"), set("SHIPWAKE_APP_KEY")) {
            let installation = number("SHIPWAKE_APP_INSTALLATION").map(InstallationId);
            return Self::App(App { id: AppId(id), key_file: key.into(), installation });
        }
        let token = ["GITHUB_TOKEN", "GH_TOKEN"].into_iter().find_map(set);
        match token.or_else(|| token_of_gh(api)) {
            Some(token) => Self::Token(token.trim().to_owned().into()),
            None => Self::None,
        }
    }

    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

fn token_of_gh(api: &str) -> Option<String> {
    let host = api.split_once("://").map_or(api, |(_, rest)| rest).split(['/', ':']).next()?;
    let host = if host == "api.github.com" { "github.com" } else { host };
    // On the machine itself there is no account of `gh`.
    if host == "localhost" || host.starts_with("127.") {
        return None;
    }
    let mut gh = Command::new("gh");
    let told = gh.args(["auth", "token", "--hostname", host]).stdin(Stdio::null()).output().ok()?;
    told.status
        .success()
        .then(|| String::from_utf8(told.stdout).ok())
        .flatten()
        .filter(|token| !token.trim().is_empty())
}
