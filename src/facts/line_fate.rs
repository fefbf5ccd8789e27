use chrono::{DateTime, Utc};

use super::{CommitId, Text};

table! {
    /// Lines of equal fate: born in one commit, ended by another or still alive.
    ///
    /// For now lines are followed along the mainline: both commits are the ones that landed the
    /// change, so a line of a merged branch counts as born in its merge.
    LineFate in "line_fates" {
        /// Where the line was when it ended, or is now.
        path: Text,
        origin_commit: CommitId,
        /// Null while the line is alive.
        death_commit: Option<CommitId>,
        /// Code, comment or blank; null where it was not looked at.
        line_kind: Option<Text>,
        lines: i64,
        born_at: Option<DateTime<Utc>>,
        died_at: Option<DateTime<Utc>>,
    }
}
