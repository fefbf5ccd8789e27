use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use regex::Regex;

use super::{CommitId, Text};

table! {
    /// A commit reachable from the mined refs.
    Commit in "commits" {
        commit_id: CommitId,
        parents: Vec<CommitId>,
        is_merge: bool,
        /// Part of the first-parent history of the default branch.
        on_mainline: bool,
        /// Reachable from the default branch; false for commits known only from a pull request's head.
        on_default_branch: bool,
        /// The change that brought it: the commit that landed it on the mainline. Null off the default branch.
        change_id: Option<CommitId>,
        /// Pull request whose head reaches this commit while the default branch does not.
        pull: Option<i64>,
        /// Keyed pseudonym of the author after `.mailmap`; the key never leaves the lake.
        author: Text,
        author_name: Text,
        author_email: Text,
        committer: Text,
        committer_name: Text,
        committer_email: Text,
        /// As the author's clock said, in UTC; null when the date cannot be read or represented.
        authored_at: Option<DateTime<Utc>>,
        /// Minutes east of UTC of the author's clock.
        authored_offset: i64,
        committed_at: Option<DateTime<Utc>>,
        committed_offset: i64,
        subject: Text,
        message: Text,
        /// Lines added against the first parent, as `git log --numstat -M`; 0 for merges, whose lines
        /// are counted in the commits they bring. Binary and oversized files count no lines.
        added: i64,
        deleted: i64,
        files: i64,
        /// Monday of the committer's week in UTC.
        week: Option<NaiveDate>,
        /// First day of the committer's month in UTC.
        month: Option<NaiveDate>,
    }
}

/// What the forges and merge bots write: `Merge pull request #N`, `(pull request #N)`, and `(#N)`, `(!N)` or
/// `(GH-N)` at the end, as a squash merge leaves it.
static BY_SUBJECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x-u)^(?:Auto\ )?[Mm]erged?\ (?:PR\ \#?|(?:pull\ request\ |of\ )?\#)(?<merge>[0-9]{1,9})\b
        | \(pull\ request\ \#(?<bitbucket>[0-9]{1,9})\)
        | \((?:\#|!|GH-)(?<squash>[0-9]{1,9})\)\s*$",
    )
    .ok()
});
/// GitLab's merges say it in the body.
static BY_BODY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m-u)^See merge request (?:[\w./-]*)!(?<gitlab>[0-9]{1,9})\s*$").ok());

impl Commit {
    /// The pull or merge request that this commit says it landed.
    pub fn landed_pull(&self) -> Option<i64> {
        let in_body = || if self.is_merge { number(&BY_BODY, &self.message) } else { None };
        pull_in_subject(&self.subject).or_else(in_body)
    }
}

/// The first paragraph of a message on one line, as `git log --format=%s` has it.
pub fn subject_of(message: &str) -> String {
    let lines = message.lines().map(str::trim_end).skip_while(|line| line.is_empty());
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The pull request that a subject says was landed.
pub fn pull_in_subject(subject: &str) -> Option<i64> {
    // Most subjects have no number.
    if subject.contains(|c: char| c.is_ascii_digit()) { number(&BY_SUBJECT, subject) } else { None }
}

fn number(regex: &Option<Regex>, text: &str) -> Option<i64> {
    let found = regex.as_ref()?.captures(text)?;
    found.iter().skip(1).flatten().next()?.as_str().parse().ok()
}
