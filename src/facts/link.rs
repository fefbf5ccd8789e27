use super::{LinkKind, SubjectKind, Text};

table! {
    /// A typed edge between commits, changes and incidents.
    ///
    /// `reverts` goes from the reverting commit to the reverted one, `bug_inducing` from the fix to the
    /// culprit, `caused_incident` from the commit to the incident. Rows of every method stay side by
    /// side, so that one method can be judged without another.
    Link in "links" {
        kind: LinkKind,
        from_kind: SubjectKind,
        from_id: Text,
        to_kind: SubjectKind,
        to_id: Text,
        /// How it was found: `explicit` (named in text), `subject`, `same_lines`, …
        method: Text,
        confidence: f64,
        /// Share of the blame where several causes share one effect.
        weight: Option<f64>,
        /// Of `reverts` and `supersedes`: the share of the target's lines that were undone or rewritten. Null where
        /// it cannot be told.
        share: Option<f64>,
        /// Lines the link rests on.
        lines: Option<i64>,
        /// The words or the figure that testified.
        evidence: Text,
    }
}

impl Link {
    /// The share of its target's lines from which on a revert undid it in full.
    pub const FULL: f64 = 0.9;
    /// Confidence from which on a revert that is told by lines alone is one.
    pub const SURE: f64 = 0.7;
}
