use super::{CommitId, FileClass, FileStatus, Text};

table! {
    /// A file touched by a commit that is no merge, against its first parent.
    CommitFile in "commit_files" {
        commit_id: CommitId,
        path: Text,
        old_path: Option<Text>,
        status: FileStatus,
        class: FileClass,
        language: Option<Text>,
        /// Null for binary files and files over the size cap.
        added: Option<i64>,
        deleted: Option<i64>,
    }
}

table! {
    /// A file a mainline merge changed against its first parent: what the merged branch brought in all.
    MergeFile in "merge_files" {
        commit_id: CommitId,
        path: Text,
        old_path: Option<Text>,
        status: FileStatus,
        class: FileClass,
        language: Option<Text>,
        added: Option<i64>,
        deleted: Option<i64>,
    }
}

impl From<CommitFile> for MergeFile {
    fn from(row: CommitFile) -> Self {
        let CommitFile { commit_id, path, old_path, status, class, language, added, deleted } = row;
        Self { commit_id, path, old_path, status, class, language, added, deleted }
    }
}
