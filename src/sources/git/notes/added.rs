//! Which lines recorded commits added, for records to be held against.

use rustc_hash::FxHashMap;

use super::Records;
use crate::facts::Text;
use crate::sources::git::file_changes::FileChanges;
use crate::sources::git::kept::Roll;
use crate::sources::git::lines::Differ;
use crate::sources::git::objects::{Content, Objects, Packs};
use crate::sources::git::readable;
use crate::sources::git::walk::Walk;

/// By commit and path, the lines a commit added, first and last from 1; `None` where they cannot be compared.
pub(in super::super) type AddedLines = FxHashMap<(usize, Text), Option<Vec<(u32, u32)>>>;

/// The lines that recorded commits added to the files of which something is recorded, as `git diff` has them: tools
/// that keep records count so, where lines are followed blind to whitespace. Merges add none of their own.
pub(in super::super) fn added_lines(
    packs: &Packs,
    walk: &Walk,
    roll: &Roll,
    changes: &FileChanges,
    records: &Records,
) -> Result<AddedLines, git2::Error> {
    let (mut objects, mut differ) = (Objects::of(packs)?, Differ::default());
    let mut added = AddedLines::default();
    let mut read = |blob: u32| match changes.blobs.get(blob as usize) {
        None => Content::Text(Default::default()),
        Some(blob) if blob.is_submodule => Content::Binary(Default::default()),
        Some(blob) => objects.blob(&blob.id),
    };
    for (commit, record) in &records.of {
        let Some(&at) = walk.index.get(commit).filter(|&&at| walk.commits[at].parents.len() < 2) else { continue };
        for file in &changes.commits[roll.numbers[at] as usize].files {
            let path = readable(&changes.paths[file.path as usize]);
            if record.files.contains_key(&path) {
                let lines = match (read(file.old), read(file.new)) {
                    (Content::Text(old), Content::Text(new)) => {
                        let hunks = differ.compare_exactly(&old, &new).into_iter().filter(|hunk| hunk.new_lines > 0);
                        Some(hunks.map(|hunk| (hunk.new + 1, hunk.new + hunk.new_lines)).collect())
                    }
                    _ => None,
                };
                added.insert((at, path.into()), lines);
            }
        }
    }
    Ok(added)
}
