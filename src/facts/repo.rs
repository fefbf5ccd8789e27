use chrono::{DateTime, Utc};

use super::{CommitId, Text};

table! {
    /// A repository as it was when mined.
    Repo in "repos" {
        url: Option<Text>,
        /// Null when HEAD is detached and no default branch is named.
        default_branch: Option<Text>,
        /// Null for a repository without commits.
        head_commit: Option<CommitId>,
        mined_at: DateTime<Utc>,
        /// History is cut off: what happened before, and some of what came after, is not seen.
        is_shallow: bool,
        /// File contents are missing: lines cannot be counted.
        is_partial: bool,
        /// Commits could not be read: what came before them is not seen.
        is_truncated: bool,
        pull_heads: i64,
    }
}
