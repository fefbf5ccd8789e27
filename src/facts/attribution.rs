use super::{Autonomy, Origin, SubjectKind, Text};

table! {
    /// The origin of a commit or change, weighed from its evidence.
    Attribution in "attributions" {
        subject_kind: SubjectKind,
        subject_id: Text,
        origin: Origin,
        /// Canonical slugs, sorted.
        agents: Vec<Text>,
        models: Vec<Text>,
        /// 0 to 1: how sure the origin is; null for `unknown`, about which nothing is claimed.
        confidence: Option<f64>,
        /// Which rule decided, in words.
        reason: Text,
        /// Evidence that speaks against the origin.
        conflicts: Vec<Text>,
        /// Null where no AI had a part.
        autonomy: Option<Autonomy>,
        /// Keyed pseudonym of the person who answers for what an AI wrote; null where none is known.
        responsible: Option<Text>,
        /// In which role: `author`, `committer`, `co-author`, `requester`, `merger`.
        responsible_as: Option<Text>,
        /// The origin was set by hand.
        is_overridden: bool,
        /// Lines added, by who wrote them; null where no record of lines says so.
        ai_lines: Option<i64>,
        human_lines: Option<i64>,
        unknown_lines: Option<i64>,
    }
}
