use super::{CommitId, LineKind, LineRelation, Text};

table! {
    /// What a commit did to lines, or beside whose lines it worked: one row per file, relation and owner.
    ///
    /// `deleted` rows say what this commit's diff removed, whether or not a merge later kept the line;
    /// `line_fates` says which commit ended it for good. Lines written by the commit itself have no row.
    CommitLines in "commit_lines" {
        commit_id: CommitId,
        path: Text,
        relation: LineRelation,
        /// Who wrote those lines.
        origin_commit: CommitId,
        /// Null for `before`, `after` and `enclosing`.
        line_kind: Option<LineKind>,
        lines: i64,
        /// Where moved lines came from; null within one file.
        from_path: Option<Text>,
        /// Of restored lines: the commit that had deleted them.
        deleted_by: Option<CommitId>,
    }
}
