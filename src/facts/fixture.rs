//! Rows of GitHub's facts for tests of every folder, with as little in them as may be.

use chrono::{DateTime, Utc};

use super::{Issue, IssueComment, Pull, PullCommit, PullEvent, Review, ReviewComment, SyncStream, Text};

/// Minutes after 2025-06-15T12:00:00Z.
pub(crate) fn at(minutes: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(1_749_988_800 + 60 * minutes, 0)
}

/// Open, by `ada`, of the branch `topic`, made at minute 0.
pub(crate) fn pull(pull: i64, title: &str) -> Pull {
    Pull {
        pull,
        title: title.into(),
        body: "".into(),
        state: "open".into(),
        is_draft: false,
        author: Some("ada".into()),
        author_id: Some(1),
        author_type: Some("User".into()),
        author_association: None,
        labels: Vec::new(),
        created_at: at(0),
        updated_at: at(0),
        closed_at: None,
        merged_at: None,
        merged_by: None,
        head_ref: "topic".into(),
        head_commit: "head".into(),
        head_repo: None,
        base_ref: "main".into(),
        base_commit: "base".into(),
        merge_commit: None,
        auto_merge: None,
        requested_reviewers: Vec::new(),
        requested_teams: Vec::new(),
        additions: Some(100),
        deletions: Some(0),
        changed_files: Some(1),
        commits: Some(1),
    }
}

/// Merged at a minute as a commit.
pub(crate) fn merged(number: i64, title: &str, minutes: i64, merge_commit: &str) -> Pull {
    Pull {
        state: "closed".into(),
        closed_at: at(minutes),
        merged_at: at(minutes),
        merge_commit: Some(merge_commit.into()),
        merged_by: Some("bo".into()),
        ..pull(number, title)
    }
}

/// Written by `ada` at a minute.
pub(crate) fn pull_commit(pull: i64, position: i64, commit_id: &str, minutes: i64, message: &str) -> PullCommit {
    PullCommit {
        pull,
        commit_id: commit_id.into(),
        position,
        author_name: "Ada Byron".into(),
        author_email: "ada@example.org".into(),
        author: Some("ada".into()),
        author_id: Some(1),
        author_type: Some("User".into()),
        committer_name: "Ada Byron".into(),
        committer_email: "ada@example.org".into(),
        authored_at: at(minutes),
        committed_at: at(minutes),
        message: message.into(),
        parents: vec!["base".into()],
    }
}

pub(crate) fn event(pull: i64, event: &str, minutes: i64, actor: &str) -> PullEvent {
    PullEvent {
        pull,
        event_id: None,
        event: event.into(),
        at: at(minutes),
        actor: Some(actor.into()),
        actor_id: None,
        commit_id: None,
        subject: None,
        review_id: None,
    }
}

/// Of the commit `head`.
pub(crate) fn review(pull: i64, review_id: i64, author: &str, state: &str, minutes: i64) -> Review {
    Review {
        pull,
        review_id,
        author: Some(author.into()),
        author_id: None,
        author_type: Some(kind(author)),
        author_association: None,
        state: state.into(),
        former_state: None,
        submitted_at: at(minutes),
        commit_id: Some("head".into()),
        body: "".into(),
    }
}

pub(crate) fn review_comment(pull: i64, comment_id: i64, author: &str, minutes: i64, body: &str) -> ReviewComment {
    ReviewComment {
        pull,
        comment_id,
        review_id: None,
        in_reply_to: None,
        author: Some(author.into()),
        author_id: None,
        author_type: Some(kind(author)),
        author_association: None,
        path: "a.rs".into(),
        line: None,
        original_line: None,
        commit_id: None,
        original_commit_id: None,
        created_at: at(minutes),
        updated_at: at(minutes),
        severity: None,
        body: body.into(),
    }
}

pub(crate) fn issue_comment(issue: i64, comment_id: i64, author: &str, minutes: i64, length: i64) -> IssueComment {
    IssueComment {
        issue,
        comment_id,
        author: Some(author.into()),
        author_id: None,
        author_type: Some(kind(author)),
        author_association: None,
        created_at: at(minutes),
        updated_at: at(minutes),
        length,
    }
}

pub(crate) fn issue(issue: i64, labels: &[&str]) -> Issue {
    Issue {
        issue,
        title: "An issue".into(),
        body: "".into(),
        state: "closed".into(),
        state_reason: None,
        author: Some("ada".into()),
        author_id: Some(1),
        author_type: Some("User".into()),
        author_association: None,
        labels: labels.iter().map(|label| (*label).into()).collect(),
        issue_type: None,
        created_at: at(0),
        updated_at: at(0),
        closed_at: at(1),
        comments: 0,
    }
}

/// A list that was read to its end.
pub(crate) fn stream(name: &str) -> SyncStream {
    SyncStream { stream: name.into(), known: 0, missing: 0, reason: None }
}

fn kind(login: &str) -> Text {
    if login.ends_with("[bot]") { "Bot" } else { "User" }.into()
}
