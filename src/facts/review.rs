use chrono::{DateTime, Utc};

use super::Text;

table! {
    /// A review of a pull request. One that was never submitted is not listed.
    Review in "reviews" {
        pull: i64,
        review_id: i64,
        author: Option<Text>,
        author_id: Option<i64>,
        author_type: Option<Text>,
        author_association: Option<Text>,
        /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`, `PENDING`.
        state: Text,
        /// Of a dismissed review what it was before, where an event says so.
        former_state: Option<Text>,
        submitted_at: Option<DateTime<Utc>>,
        /// The head that was reviewed; it may be gone since.
        commit_id: Option<Text>,
        body: Text,
    }
}

table! {
    /// A comment on lines of a pull request.
    ReviewComment in "review_comments" {
        pull: i64,
        comment_id: i64,
        review_id: Option<i64>,
        in_reply_to: Option<i64>,
        author: Option<Text>,
        author_id: Option<i64>,
        author_type: Option<Text>,
        author_association: Option<Text>,
        path: Text,
        /// Null once the lines are gone from the head.
        line: Option<i64>,
        original_line: Option<i64>,
        commit_id: Option<Text>,
        original_commit_id: Option<Text>,
        created_at: Option<DateTime<Utc>>,
        updated_at: Option<DateTime<Utc>>,
        /// As a reviewing tool states it, in its own word; null where it states none.
        severity: Option<Text>,
        body: Text,
    }
}

table! {
    /// A comment on an issue or pull request as a whole; what it says is not kept.
    IssueComment in "issue_comments" {
        /// Number of the issue or pull request.
        issue: i64,
        comment_id: i64,
        author: Option<Text>,
        author_id: Option<i64>,
        author_type: Option<Text>,
        author_association: Option<Text>,
        created_at: Option<DateTime<Utc>>,
        updated_at: Option<DateTime<Utc>>,
        /// Characters.
        length: i64,
    }
}
