//! What each commit did to which files, and to which of their lines.

use git2::{Oid, Repository};
use rayon::prelude::*;

use super::lines::{self, Hunk};
use super::objects::{Content, Objects};
use super::renames;
use super::trees::{self, Delta, Entry};
use crate::facts::FileStatus;

/// One file of one commit, against the commit's first parent.
#[derive(Debug)]
pub(super) struct FileChange {
    pub(super) path: Vec<u8>,
    pub(super) old_path: Option<Vec<u8>>,
    pub(super) status: FileStatus,
    /// Lines added and deleted; `None` when contents are binary or were not read.
    pub(super) lines: Option<(i64, i64)>,
    /// Where they stand, if that was asked for.
    pub(super) hunks: Vec<Hunk>,
}

/// A commit's tree beside its first parent's, and whether to keep where lines changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) parent: Option<Oid>,
    pub(super) tree: Oid,
    pub(super) keep_hunks: bool,
}

/// The files of one commit, and what could not be read of them: (kind, path or id, reason).
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) files: Vec<FileChange>,
    pub(super) unreadable: Vec<(&'static str, String, String)>,
}

/// Commits compared by one worker before it takes the next lot: enough to profit from what it remembers.
const LOT: usize = 512;

/// Compares pairs of trees on all cores; the answers come in the order of the pairs.
pub(super) fn compare_all(
    repo: &Repository,
    pairs: &[Pair],
    done: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Touched>, git2::Error> {
    let path = repo.path().to_owned();
    let lots: Result<Vec<Vec<Touched>>, git2::Error> = (pairs.par_chunks(LOT))
        .map(|lot| {
            let repo = Repository::open(&path)?;
            let mut objects = Objects::of(&repo)?;
            let touched = lot.iter().map(|&pair| compare(&mut objects, pair)).collect();
            done(lot.len() as u64);
            Ok(touched)
        })
        .collect();
    Ok(lots?.into_iter().flatten().collect())
}

fn compare(objects: &mut Objects<'_>, Pair { parent, tree, keep_hunks }: Pair) -> Touched {
    let mut touched = Touched::default();
    let mut deltas = match trees::diff(objects, parent, Some(tree)) {
        Ok(deltas) => deltas,
        Err(trees::UnreadableTree(reason)) => {
            touched.unreadable.push(("tree", tree.to_string(), reason));
            return touched;
        }
    };
    let (renames, too_many) = renames::detect(objects, &mut deltas);
    if too_many {
        touched.unreadable.push((
            "renames",
            tree.to_string(),
            "too many files added and deleted to look for renames".to_owned(),
        ));
    }
    for Delta { path, old, new } in deltas {
        let status = match (old, new) {
            (None, _) => FileStatus::Added,
            (_, None) => FileStatus::Deleted,
            (Some(old), Some(new)) if old.kind() != new.kind() => FileStatus::TypeChanged,
            _ => FileStatus::Modified,
        };
        let hunks = touched.hunks_between(objects, &path, old, new);
        touched.add(path, None, status, hunks, keep_hunks);
    }
    for renames::Rename { old_path, old, path, new } in renames {
        let hunks = touched.hunks_between(objects, &path, Some(old), Some(new));
        touched.add(path, Some(old_path), FileStatus::Renamed, hunks, keep_hunks);
    }
    touched.files.sort_by(|a, b| a.path.cmp(&b.path));
    touched
}

impl Touched {
    fn add(
        &mut self,
        path: Vec<u8>,
        old_path: Option<Vec<u8>>,
        status: FileStatus,
        hunks: Option<Vec<Hunk>>,
        keep: bool,
    ) {
        let count = |of: fn(&Hunk) -> u32, hunks: &[Hunk]| hunks.iter().map(|hunk| i64::from(of(hunk))).sum::<i64>();
        let lines =
            hunks.as_deref().map(|hunks| (count(|hunk| hunk.new_lines, hunks), count(|hunk| hunk.old_lines, hunks)));
        let hunks = hunks.filter(|_| keep).unwrap_or_default();
        self.files.push(FileChange { path, old_path, status, lines, hunks });
    }

    fn hunks_between(
        &mut self,
        objects: &mut Objects<'_>,
        path: &[u8],
        old: Option<Entry>,
        new: Option<Entry>,
    ) -> Option<Vec<Hunk>> {
        let same = old.map(|entry| entry.id) == new.map(|entry| entry.id);
        match (content(objects, old), content(objects, new)) {
            (Content::Text(_), Content::Text(_)) if same => Some(Vec::new()),
            (Content::Text(old), Content::Text(new)) => Some(lines::diff(&old, &new)),
            (Content::Unreadable(reason), _) | (_, Content::Unreadable(reason)) => {
                self.unreadable.push(("blob", String::from_utf8_lossy(path).into_owned(), reason));
                None
            }
            _ => None,
        }
    }
}

/// A side's content: nothing for a missing side, and for a submodule the line git shows for it.
fn content(objects: &mut Objects<'_>, entry: Option<Entry>) -> Content {
    match entry {
        None => Content::Text([].into()),
        Some(entry) if entry.is_submodule() => {
            Content::Text(format!("Subproject commit {}\n", entry.id).into_bytes().into())
        }
        Some(entry) => objects.blob(entry.id),
    }
}
