//! Squash merges, and what the commits behind them wrote of them.
//!
//! A squash merge puts the work of a pull request into one commit. Where the clone has the pull request's head, the
//! commits that only it reaches are still there. A line of the squash merge is taken for that of the last of them
//! that added a line like it, but for whitespace, to the same file; a line with more than a few letters and digits
//! also to another one, since files are renamed on the way.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;

use git2::Oid;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::diffs::{Diffs, Mark, Wanted};
use super::file_changes::FileChanges;
use super::kept::Roll;
use super::walk::Walk;
use crate::facts::{pull_in_subject, subject_of};

/// A squash merge of the mainline, and the commits behind it, parents first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Squash {
    pub(super) landing: usize,
    pub(super) pull: i64,
    pub(super) commits: Vec<usize>,
}

/// What a commit wrote: lines it added, and how many of them landed. Commits by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wrote {
    pub(super) commit: u32,
    pub(super) added: u32,
    pub(super) landed: u32,
}

/// What is known of squash merges: by the merge's number, what each commit behind it wrote, in their order.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Squashed(BTreeMap<u32, Vec<Wrote>>);

impl Squashed {
    /// Keeps what is known of these squash merges while the commits behind them are the same, and nothing that each
    /// `is_known` by changed.
    pub(super) fn forget_changed(&mut self, squashes: &[Squash], roll: &Roll, is_known: impl Fn(u32) -> bool) {
        let mut known = std::mem::take(&mut self.0);
        for squash in squashes {
            let landing = roll.numbers[squash.landing];
            let Some(wrote) = known.remove(&landing) else { continue };
            let commits = squash.commits.iter().map(|&place| roll.numbers[place]);
            if commits.eq(wrote.iter().map(|wrote| wrote.commit))
                && is_known(landing)
                && wrote.iter().all(|wrote| is_known(wrote.commit))
            {
                self.0.insert(landing, wrote);
            }
        }
    }

    /// By place in the walk, whether a commit's lines are needed to learn of a squash merge that is not known.
    pub(super) fn needed(&self, squashes: &[Squash], roll: &Roll) -> Vec<bool> {
        let mut needed = vec![false; roll.numbers.len()];
        for squash in squashes.iter().filter(|squash| !self.0.contains_key(&roll.numbers[squash.landing])) {
            squash.commits.iter().chain([&squash.landing]).for_each(|&place| needed[place] = true);
        }
        needed
    }

    pub(super) fn learn(
        &mut self,
        squash: &Squash,
        roll: &Roll,
        changes: &FileChanges,
        diffs: &Diffs,
        wanted: &[Wanted],
    ) -> io::Result<()> {
        let lines = |place: usize, buffer: &mut Vec<u8>| added_by(place, roll, changes, diffs, wanted, buffer);
        if let Entry::Vacant(unknown) = self.0.entry(roll.numbers[squash.landing]) {
            unknown.insert(written(squash, roll, lines)?);
        }
        Ok(())
    }

    pub(super) fn of(&self, squash: &Squash, roll: &Roll) -> &[Wrote] {
        self.0.get(&roll.numbers[squash.landing]).map_or(&[], Vec::as_slice)
    }
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
        let pull = pull_in_subject(&subject_of(&walk.commits[landing].message))?;
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
fn written(
    squash: &Squash,
    roll: &Roll,
    lines: impl Fn(usize, &mut Vec<u8>) -> io::Result<Vec<(u32, Mark)>>,
) -> io::Result<Vec<Wrote>> {
    let (mut added, mut buffer) = (Added::default(), Vec::new());
    for (number, &place) in squash.commits.iter().enumerate() {
        lines(place, &mut buffer)?.into_iter().for_each(|(path, mark)| added.add(number as u32, path, mark));
    }
    let nothing = |&place: &usize| Wrote { commit: roll.numbers[place], added: 0, landed: 0 };
    let mut wrote: Vec<Wrote> = squash.commits.iter().map(nothing).collect();
    added.by.iter().for_each(|&number| wrote[number as usize].added += 1);
    for (path, mark) in lines(squash.landing, &mut buffer)? {
        if let Some(number) = added.take(path, mark) {
            wrote[number as usize].landed += 1;
        }
    }
    Ok(wrote)
}

/// The lines a commit added, with their files.
fn added_by(
    place: usize,
    roll: &Roll,
    changes: &FileChanges,
    diffs: &Diffs,
    wanted: &[Wanted],
    buffer: &mut Vec<u8>,
) -> io::Result<Vec<(u32, Mark)>> {
    let mut lines = Vec::new();
    for file in &changes.commits[roll.numbers[place] as usize].files {
        let followed = diffs.followed(file.old, file.new, wanted[place], file.path, buffer)?;
        lines.extend(followed.into_iter().flat_map(|followed| followed.marks).map(|mark| (file.path, mark)));
    }
    Ok(lines)
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
