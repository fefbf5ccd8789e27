use super::{CommitId, Origin, Text};

table! {
    /// An origin set by hand, beside the evidence and above it. Nothing is taken back: a later row of a commit counts
    /// before an earlier one, and both stay.
    Override in "overrides" {
        commit_id: CommitId,
        origin: Origin,
        /// Canonical slugs; none to leave those that the evidence names.
        agents: Vec<Text>,
        /// Who decided so, and why, in their words.
        who: Text,
        why: Text,
    }
}
