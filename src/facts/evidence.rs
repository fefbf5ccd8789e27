use super::{CommitId, Proves, Strength, Text};

table! {
    /// One observed signal about who wrote a commit, with the text that testified.
    Evidence in "evidence" {
        commit_id: CommitId,
        /// The change the commit landed with; null off the default branch.
        change_id: Option<CommitId>,
        pull: Option<i64>,
        /// Id of the catalogue's signal.
        signal_id: Text,
        agent: Option<Text>,
        model: Option<Text>,
        proves: Proves,
        strength: Strength,
        /// Where it was read: `author`, `committer`, `trailer`, `body`, `subject`, `date`, …
        found_in: Text,
        /// The words that testified, cut to a line.
        text: Text,
    }
}
