use super::{CommitId, Origin, Text};

table! {
    /// Who wrote given lines of a commit, as a git-ai note or an Agent Trace record says. Each line stands in
    /// one row at most; a line that stands in none is unknown, not human.
    LineAttribution in "line_attributions" {
        commit_id: CommitId,
        /// As the commit has it.
        path: Text,
        /// First and last line, from 1.
        start_line: i64,
        end_line: i64,
        /// `agent`: an AI wrote them; `assisted`: an AI and a person did; `human`: a person did; `unknown`: the
        /// record names somebody of whom it is not known what they are.
        origin: Origin,
        /// Canonical slug; null for a person's lines, and where the record does not know the tool.
        agent: Option<Text>,
        model: Option<Text>,
        /// The tool as the record calls it.
        tool: Option<Text>,
        /// The ref or file that says so.
        source: Text,
        /// How many of these lines the commit added; null where its lines were not compared, as in merges.
        added: Option<i64>,
    }
}
