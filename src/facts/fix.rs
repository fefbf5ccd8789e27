use super::{CommitId, Text};

table! {
    /// A commit that fixes a bug.
    Fix in "fixes" {
        commit_id: CommitId,
        /// `declared` (its own type says so), `explicit` (it names a culprit or an issue), `words` (a trained
        /// classifier says so).
        method: Text,
        /// Of `words`: a probability, where a third of all commits are fixes.
        confidence: f64,
        evidence: Text,
    }
}
