use chrono::{DateTime, Utc};

use super::{CommitId, FileClass, LineKind, Text};

table! {
    /// Lines of equal fate: the same birth, kind, place and end.
    ///
    /// Lines are followed through renames, through moves within a commit, through edits that change
    /// nothing but whitespace and through merges; `births = deaths + alive` holds exactly.
    LineFate in "line_fates" {
        /// Where the lines were when they ended, or are now.
        path: Text,
        class: FileClass,
        language: Option<Text>,
        line_kind: LineKind,
        /// The commit that wrote the text, as `git blame -w -M` would name it.
        origin_commit: CommitId,
        /// The commit that copied the text to here from elsewhere in the same file; null where
        /// `origin_commit` wrote it in place. A copy is a birth of its own.
        copied_by: Option<CommitId>,
        /// The commit that moved the lines last, deleting them in one place and adding them in another.
        moved_by: Option<CommitId>,
        /// The path at birth: in `copied_by` where that is known, else in `origin_commit`.
        birth_path: Text,
        /// Line numbers at birth, from 1: `3-7,9`.
        birth_lines: Text,
        /// Null while the lines are alive.
        death_commit: Option<CommitId>,
        lines: i64,
        /// When the birth was committed: by `copied_by` where that is known, else by `origin_commit`.
        born_at: Option<DateTime<Utc>>,
        died_at: Option<DateTime<Utc>>,
    }
}
