use chrono::{DateTime, Utc};

use super::Text;

table! {
    /// A pull request as GitHub tells it, one row a number. Logins are as the REST interface spells them, apps with `[bot]`.
    Pull in "pulls" {
        pull: i64,
        title: Text,
        body: Text,
        /// `open` or `closed`; whether a closed one was merged is in `merged_at`.
        state: Text,
        is_draft: bool,
        /// Null for an account that is gone.
        author: Option<Text>,
        author_id: Option<i64>,
        /// `User`, `Bot`, `Mannequin`, `Organization`.
        author_type: Option<Text>,
        /// `MEMBER`, `CONTRIBUTOR`, `FIRST_TIME_CONTRIBUTOR`, …
        author_association: Option<Text>,
        labels: Vec<Text>,
        created_at: Option<DateTime<Utc>>,
        updated_at: Option<DateTime<Utc>>,
        closed_at: Option<DateTime<Utc>>,
        merged_at: Option<DateTime<Utc>>,
        merged_by: Option<Text>,
        head_ref: Text,
        head_commit: Text,
        /// `OWNER/NAME`; null when the fork is gone.
        head_repo: Option<Text>,
        base_ref: Text,
        base_commit: Text,
        /// As GitHub says: of a pull request that was not merged a test merge, and after a rewrite a commit that is gone.
        merge_commit: Option<Text>,
        /// `merge`, `squash` or `rebase` as auto-merge was told; null where it was not used.
        auto_merge: Option<Text>,
        requested_reviewers: Vec<Text>,
        requested_teams: Vec<Text>,
        /// Null where only the list of pull requests could be read.
        additions: Option<i64>,
        deletions: Option<i64>,
        changed_files: Option<i64>,
        commits: Option<i64>,
    }
}

table! {
    /// A commit of a pull request, whether or not it landed as it is.
    PullCommit in "pull_commits" {
        pull: i64,
        commit_id: Text,
        /// From 1, as GitHub lists them.
        position: i64,
        author_name: Text,
        author_email: Text,
        /// The account GitHub links to the author's address; null where there is none.
        author: Option<Text>,
        author_id: Option<i64>,
        author_type: Option<Text>,
        committer_name: Text,
        committer_email: Text,
        authored_at: Option<DateTime<Utc>>,
        committed_at: Option<DateTime<Utc>>,
        message: Text,
        parents: Vec<Text>,
    }
}

table! {
    /// What happened to a pull request, in order: force pushes, requests for review, labels, references, …
    PullEvent in "pull_events" {
        pull: i64,
        /// GitHub's id; null for events that have none, such as cross references.
        event_id: Option<i64>,
        /// As the REST interface names it: `head_ref_force_pushed`, `ready_for_review`, `review_requested`, `cross-referenced`, …
        event: Text,
        at: Option<DateTime<Utc>>,
        actor: Option<Text>,
        actor_id: Option<i64>,
        /// The commit it names: of a merge, a reference, a force push where it is told.
        commit_id: Option<Text>,
        /// What it is about: a label, a login, a team, a branch, `OWNER/NAME#N`, a dismissed review's former state.
        subject: Option<Text>,
        /// The review it is about.
        review_id: Option<i64>,
    }
}
