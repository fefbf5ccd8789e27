use super::{CommitId, PullMethod, Text};

table! {
    /// A merged pull request and the change it landed as.
    PullLanding in "pull_landings" {
        pull: i64,
        /// The mainline commit that landed it; of a rebase the last one.
        change_id: CommitId,
        method: PullMethod,
        /// Mainline commits that belong to it.
        commits: i64,
        /// How that is known: `merge_commit`, `head`, `subject`, `commits`.
        known_by: Text,
    }
}
