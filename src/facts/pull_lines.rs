use super::CommitId;

table! {
    /// What a commit of a pull request wrote of the squash merge that landed it: lines of the squash merge that
    /// are as this commit, of several the last, had added them.
    PullLines in "pull_lines" {
        /// The squash merge.
        change_id: CommitId,
        pull: i64,
        /// The commit behind it, known from the pull request's head.
        commit_id: CommitId,
        /// Lines it added.
        added: i64,
        /// Lines of the squash merge that it wrote.
        landed: i64,
    }
}
