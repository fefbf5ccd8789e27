use chrono::{DateTime, Utc};

use super::{CommitId, Origin, Text};

table! {
    /// A pull request: who wrote it, how it was reviewed, and whether it was taken. The analysis table of reviews.
    ///
    /// People's reviews are those of accounts that are no bots and not the author; a comment counts as a review of its time.
    PullOutcome in "pull_outcomes" {
        pull: i64,
        /// The change it landed as; null while it is not merged, and where its commits are not in the history.
        change_id: Option<CommitId>,
        origin: Origin,
        agents: Vec<Text>,
        /// Which rule gave it its origin, in words.
        origin_reason: Text,
        /// `merged`, `rejected` (closed by somebody else or after reviews), `abandoned` (closed by its author, or left), `open`.
        outcome: Text,
        is_draft: bool,
        created_at: Option<DateTime<Utc>>,
        /// When it was first open to review: creation, or the end of its time as a draft.
        ready_at: Option<DateTime<Utc>>,
        ended_at: Option<DateTime<Utc>>,
        /// Lines added and deleted.
        size: Option<i64>,
        /// False where its reviews could not be read: then what follows is null.
        has_reviews: bool,
        /// Persons other than the author who reviewed it.
        reviewers: Option<i64>,
        first_review_at: Option<DateTime<Utc>>,
        /// Hours from `ready_at` to the first review by a person.
        first_review_hours: Option<f64>,
        approved_at: Option<DateTime<Utc>>,
        /// Rounds of review by persons: each review, or group of reviews, that followed new commits or was the first.
        rounds: Option<i64>,
        human_comments: Option<i64>,
        ai_comments: Option<i64>,
        /// Of `ai_comments`, those that state a severity of major, high, critical or blocker.
        ai_severe_comments: Option<i64>,
        /// Tools that reviewed it.
        ai_reviewers: Vec<Text>,
        /// Merged without any review by a person.
        is_unreviewed: Option<bool>,
        /// Merged with approvals, all of them by bots.
        is_bot_approved: Option<bool>,
        /// Merged with an approval by a person who wrote nothing, within minutes too few for its size.
        is_rubber_stamp: Option<bool>,
        /// Merged with approvals of persons, none of them of the head that was merged.
        is_approval_stale: Option<bool>,
        force_pushes: Option<i64>,
    }
}
