use super::{CommitId, Text};

table! {
    /// A record of who wrote the lines of a commit: a git-ai note or an Agent Trace record. What was said to a
    /// tool, and what it answered, is never kept.
    AuthorshipNote in "authorship_notes" {
        commit_id: CommitId,
        /// The ref or file it was read from.
        source: Text,
        /// The tools whose sessions it lists, as it calls them; a session of a tool without a name is `unspecified`.
        tools: Vec<Text>,
        models: Vec<Text>,
        /// Keyed pseudonyms of those who asked the tools.
        requested_by: Vec<Text>,
        /// Sessions that it names in any way, made-up and unlisted ones included.
        sessions: i64,
        /// Stretches of lines of which it does not say who wrote them.
        unknown_stretches: i64,
        /// Everything in it could be read.
        is_whole: bool,
    }
}
