//! Repositories given by address: a bare clone beside the lake, kept up to date by the `git` command,
//! which knows the user's proxies, certificates and credentials.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::GitError;
use crate::facts::store::folder_name;

/// Refs that history alone does not bring: pull requests' heads and notes, where the server has them.
const REFS: &[&str] =
    &["+refs/heads/*:refs/heads/*", "+refs/pull/*/head:refs/pull/*/head", "+refs/notes/*:refs/notes/*"];

/// Where the repository is on this machine. A path is taken as it is; an address is cloned into
/// `lake/_clones`, or brought up to date there. Offline, only what was cloned before is used.
pub fn local_path(repo: &str, lake: &Path, offline: bool) -> Result<PathBuf, GitError> {
    if let Some(path) = as_path(repo) {
        return Ok(path);
    }
    let clone = lake.join("_clones").join(folder(repo));
    match (clone.exists(), offline) {
        (true, true) => {}
        (false, true) => return Err(GitError::Offline { address: shown(repo) }),
        (true, false) => fetch(repo, &clone)?,
        (false, false) => make(repo, &clone)?,
    }
    Ok(clone)
}

/// The path, when it is one and no address elsewhere.
pub fn as_path(repo: &str) -> Option<PathBuf> {
    let path = repo.strip_prefix("file://").map(PathBuf::from);
    path.or_else(|| (!is_address(repo)).then(|| PathBuf::from(repo)))
}

fn is_address(repo: &str) -> bool {
    ["https://", "http://", "ssh://", "git://"].iter().any(|scheme| repo.starts_with(scheme))
        || repo.split_once(':').is_some_and(|(host, _)| host.contains('@') && !host.contains('/'))
}

/// Without user and password.
fn shown(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let host_and_path =
                rest.split_once('@').filter(|(user, _)| !user.contains('/')).map_or(rest, |(_, rest)| rest);
            format!("{scheme}://{host_and_path}")
        }
        None => address.to_owned(),
    }
}

fn folder(address: &str) -> String {
    let address = shown(address);
    folder_name(address.trim_end_matches('/').trim_end_matches(".git"))
}

/// Clones beside the final place and moves the whole clone there, so that half a clone is never used.
fn make(address: &str, clone: &Path) -> Result<(), GitError> {
    // No clone's own folder has a space.
    let half = clone.with_file_name(format!("{} partial", folder(address)));
    let _ = std::fs::remove_dir_all(&half);
    git(address, &["clone", "--quiet", "--bare", "--", address, &half.to_string_lossy()])?;
    fetch(address, &half)?;
    std::fs::rename(&half, clone)
        .map_err(|error| GitError::Clone { address: shown(address), reason: error.to_string() })
}

fn fetch(address: &str, clone: &Path) -> Result<(), GitError> {
    let clone = clone.to_string_lossy();
    let mut words = vec!["-C", &clone, "fetch", "--quiet", "--prune", "--", address];
    words.extend(REFS);
    git(address, &words)
}

fn git(address: &str, words: &[&str]) -> Result<(), GitError> {
    let failed =
        |reason: String| GitError::Clone { address: shown(address), reason: reason.replace(address, &shown(address)) };
    let ran = Command::new("git").args(words).env("GIT_TERMINAL_PROMPT", "0").output();
    let output = ran.map_err(|error| failed(format!("cannot run git: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}
