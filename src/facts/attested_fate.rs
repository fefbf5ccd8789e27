use chrono::{DateTime, Utc};

use super::{CommitId, FileClass, LineKind, Origin, Text};

table! {
    /// Lines born in a commit that has a record of who wrote its lines, by writer and fate: `line_fates` split
    /// by `line_attributions`. Lines that the record leaves out are `unknown`.
    AttestedFate in "attested_fates" {
        /// The commit that they were born in.
        commit_id: CommitId,
        /// The path at birth.
        path: Text,
        class: FileClass,
        language: Option<Text>,
        line_kind: LineKind,
        /// As in `line_attributions`: `agent`, `assisted`, `human` or `unknown`.
        origin: Origin,
        agent: Option<Text>,
        model: Option<Text>,
        /// Null while the lines are alive.
        death_commit: Option<CommitId>,
        lines: i64,
        born_at: Option<DateTime<Utc>>,
        died_at: Option<DateTime<Utc>>,
    }
}
