use super::{Origin, SubjectKind, Text};

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
        ai_lines: Option<i64>,
        human_lines: Option<i64>,
        unknown_lines: Option<i64>,
    }
}
