use super::{CommitId, Proves, Strength, Text};

table! {
    /// One observed signal about who wrote a commit or pull request, with the text that testified.
    Evidence in "evidence" {
        /// Null for what the pull request itself says.
        commit_id: Option<CommitId>,
        /// The change the commit or pull request landed with; null off the default branch.
        change_id: Option<CommitId>,
        pull: Option<i64>,
        /// Id of the catalogue's signal.
        signal_id: Text,
        agent: Option<Text>,
        model: Option<Text>,
        proves: Proves,
        strength: Strength,
        /// Where it was read: `author`, `committer`, `trailer`, `body`, `subject`, `date`, `branch`, `label`, `reviewer`, …
        found_in: Text,
        /// The words that testified, cut to a line.
        text: Text,
    }
}
