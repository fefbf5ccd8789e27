use super::{CommitId, Text};

table! {
    /// The identifiers of what a commit did to files that run: source, config, infra, migrations and tests.
    ///
    /// Each column is a set of names, sorted and set apart by single spaces. Comments do not count. Merges, commits off the
    /// default branch and commits that changed nothing readable have no row.
    CommitIdentifiers in "commit_identifiers" {
        commit_id: CommitId,
        /// On lines it added and on none that it deleted.
        gained: Text,
        /// On lines it deleted and on none that it added.
        lost: Text,
        /// On lines it deleted and on lines that it added.
        rewritten: Text,
        /// On the three lines before and after each hunk, and on none that it changed.
        around: Text,
        /// Names of the functions, or of what else opens a block, in which its hunks stand.
        functions: Text,
    }
}
