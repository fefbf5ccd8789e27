use super::{CommitId, Text};

table! {
    /// A commit that fixes a bug.
    Fix in "fixes" {
        commit_id: CommitId,
        /// `declared` (its own type says so), `explicit` (it names a culprit or an issue), `words`.
        method: Text,
        confidence: f64,
        evidence: Text,
    }
}
