//! Squash merges, and what the commits behind them wrote of them.
//!
//! A squash merge puts the work of a pull request into one commit. Where the clone has the pull request's head, the
//! commits that only it reaches are still there. A line of the squash merge is taken for that of the last of them
//! that added a line like it, but for whitespace, to the same file; a line with more than a few letters and digits
//! also to another one, since files are renamed on the way.

use std::collections::BTreeMap;

use git2::Oid;
use rustc_hash::FxHashMap;

use super::diffs::{Diffs, Mark, Wanted};
use super::file_changes::FileChanges;
use super::walk::Walk;
use crate::facts::pull_in_subject;

/// A squash merge of the mainline, and the commits behind it, parents first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Squash {
    pub(super) landing: usize,
    pub(super) pull: i64,
    pub(super) commits: Vec<usize>,
}

/// What a commit wrote: lines it added, and how many of them landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrote {
    pub(super) commit: usize,
    pub(super) added: u32,
    pub(super) landed: u32,
}

/// A pull request of more commits was not written as one piece of work.
const MOST_COMMITS: usize = 5_000;

/// Letters and digits that make a line more than a brace or a blank; git asks for as many of a copy.
const TELLING: u32 = 20;

pub(super) fn find(walk: &Walk, pulls: &[(i64, Oid)]) -> Vec<Squash> {
    let heads: BTreeMap<i64, usize> =
        pulls.iter().filter_map(|(number, head)| Some((*number, *walk.index.get(head)?))).collect();
    if heads.is_empty() {
        return Vec::new();
    }
    let landings = walk.mainline.iter().filter(|&&at| walk.commits[at].parents.len() < 2);
    let squash = |&landing: &usize| {
        let pull = pull_in_subject(&super::subject(&walk.commits[landing].message))?;
        let commits = commits_behind(walk, *heads.get(&pull)?);
        (!commits.is_empty()).then_some(Squash { landing, pull, commits })
    };
    landings.filter_map(squash).collect()
}

/// The commits that a head reaches and the default branch does not, merges left out.
fn commits_behind(walk: &Walk, head: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    let mut open = vec![head];
    while let Some(at) = open.pop() {
        if walk.on_default_branch[at] || !seen.insert(at) {
            continue;
        }
        if seen.len() > MOST_COMMITS {
            return Vec::new();
        }
        found.push(at);
        open.extend(walk.known_parents(at));
    }
    found.retain(|&at| walk.commits[at].parents.len() < 2);
    found.sort_unstable();
    found
}

/// What each commit behind a squash merge wrote of it, in their order.
pub(super) fn written(squash: &Squash, changes: &FileChanges, diffs: &Diffs, wanted: &[Wanted]) -> Vec<Wrote> {
    let mut added = Added::default();
    let mut buffer = Vec::new();
    for (number, &commit) in squash.commits.iter().enumerate() {
        each_added(commit, changes, diffs, wanted, &mut buffer, |path, mark| added.add(number as u32, path, mark));
    }
    let mut wrote: Vec<Wrote> = squash.commits.iter().map(|&commit| Wrote { commit, added: 0, landed: 0 }).collect();
    added.by.iter().for_each(|&number| wrote[number as usize].added += 1);
    each_added(squash.landing, changes, diffs, wanted, &mut buffer, |path, mark| {
        if let Some(number) = added.take(path, mark) {
            wrote[number as usize].landed += 1;
        }
    });
    wrote
}

fn each_added(
    commit: usize,
    changes: &FileChanges,
    diffs: &Diffs,
    wanted: &[Wanted],
    buffer: &mut Vec<u8>,
    mut each: impl FnMut(u32, Mark),
) {
    for file in &changes.commits[commit].files {
        let Some(followed) = diffs.followed(file.old, file.new, wanted[commit], file.path, buffer) else { continue };
        followed.marks.into_iter().for_each(|mark| each(file.path, mark));
    }
}

/// Added lines, each of which can land once.
#[derive(Default)]
struct Added {
    /// Which commit added it.
    by: Vec<u32>,
    has_landed: Vec<bool>,
    in_file: FxHashMap<(u32, u32), Vec<u32>>,
    anywhere: FxHashMap<u32, Vec<u32>>,
}

impl Added {
    fn add(&mut self, by: u32, path: u32, mark: Mark) {
        let line = self.by.len() as u32;
        self.by.push(by);
        self.has_landed.push(false);
        self.in_file.entry((path, mark.print)).or_default().push(line);
        if mark.traits.alphanumeric() > TELLING {
            self.anywhere.entry(mark.print).or_default().push(line);
        }
    }

    fn take(&mut self, path: u32, mark: Mark) -> Option<u32> {
        let has_landed = &mut self.has_landed;
        let mut last_of = |lines: Option<&mut Vec<u32>>| {
            let lines = lines?;
            while let Some(line) = lines.pop() {
                if !std::mem::replace(&mut has_landed[line as usize], true) {
                    return Some(line);
                }
            }
            None
        };
        let line = last_of(self.in_file.get_mut(&(path, mark.print)));
        let line = line.or_else(|| last_of(self.anywhere.get_mut(&mark.print)))?;
        Some(self.by[line as usize])
    }
}
