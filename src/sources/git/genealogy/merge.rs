//! What a merge made of its parents' lines: each from the parent that has it; its own are only the new ones.

use std::io;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::draft::{Draft, Piece, Within, kept_and_added, within};
use super::fold::{Fold, Step, old_path, tie_lines};
use super::ledger::{Kill, Ledger};
use super::state::{Lined, Run, Sorted, State, Version, append, differing, minus, unmatched, without};
use crate::facts::LineRelation;
use crate::sources::git::diffs::{Followed, Substance};
use crate::sources::git::file_changes::{FileChange, NONE, Touched};

impl Fold<'_> {
    /// What a merge made of the files that differ from its first parent's: each line from the parent that has it.
    pub(super) fn draft_merge(
        &mut self,
        step: &mut Step<'_>,
        touched: &Touched,
        others: &[(u16, State)],
    ) -> io::Result<()> {
        for file in &touched.files {
            self.leave_old_name(step, file);
        }
        let in_other = |number: u16, path: u32| {
            let (_, state) = others.iter().find(|(known, _)| *known == number)?;
            state.version(path).cloned()
        };
        for (at, file) in touched.files.iter().enumerate() {
            let mut sources: Vec<(Rc<Version>, u32)> = Vec::new();
            if file.old != NONE {
                sources.extend(step.first.version(old_path(file)).map(|version| (Rc::clone(version), file.old)));
            }
            for there in touched.elsewhere_of(at) {
                self.past.homes.enter(there.path, file.path);
                sources.extend(in_other(there.parent, there.path).map(|version| (version, there.content)));
            }
            if file.new == NONE {
                sources.iter().for_each(|(version, _)| self.lose(step, version, &[], file.path));
                continue;
            }
            if let Some((same, _)) = sources.iter().find(|(_, content)| *content == file.new) {
                let mut same = Rc::clone(same);
                for (version, _) in &sources {
                    if !self.past.versions.leads_to(version.stamp, same.stamp) {
                        self.lose(step, version, &same.runs, file.path);
                        same = self.absorb(&same, version)?;
                    }
                }
                step.leave(file.path, Some(same));
                continue;
            }
            self.draft_merged(step, file, sources)?;
        }
        self.drop_unmerged(step, touched, others)
    }

    /// A file that is as in no parent.
    fn draft_merged(
        &mut self,
        step: &mut Step<'_>,
        file: &FileChange,
        sources: Vec<(Rc<Version>, u32)>,
    ) -> io::Result<()> {
        let mut draft: Option<Draft> = None;
        for (base, content) in &sources {
            let followed = step.diffs.followed_elsewhere(*file, *content, step.wanted, &mut self.buffer)?;
            let Some(followed) = followed.filter(|followed| followed.old_lines == base.lines) else { continue };
            let lined = Lined::of(base);
            match &mut draft {
                None if !followed.is_whole() => {}
                None => {
                    let pieces = kept_and_added(&lined, &followed);
                    draft = Some(Draft::of(file.path, Rc::clone(base), pieces, followed));
                }
                Some(draft) => {
                    fill(draft, &lined, &followed);
                    draft.bases.push(Rc::clone(base));
                }
            }
        }
        match draft {
            Some(draft) => {
                let kept: Vec<Run> = draft.kept().collect();
                for base in &draft.bases {
                    self.lose(step, base, &kept, file.path);
                }
                step.drafts.push(draft);
                Ok(())
            }
            None => {
                let has_lines = matches!(
                    step.diffs.substance(file.new),
                    Substance::Lines(1..) | Substance::Unreadable | Substance::Unknown
                );
                for (version, _) in &sources {
                    // Which of them it has nobody can say.
                    if has_lines {
                        self.end_all(step, Some(version), file.path, true);
                    } else {
                        self.lose(step, version, &[], file.path);
                    }
                }
                self.draft(step, file, None)
            }
        }
    }

    /// What a parent's version has and the merge has not, unless it was deleted on the way to the merge.
    fn lose(&self, step: &mut Step<'_>, version: &Version, kept: &[Run], path: u32) {
        let ledger = &self.past.ledger;
        let [gone, _] = unmatched(&version.runs, kept);
        let mut lost = Vec::new();
        for part in gone.into_iter().flat_map(|run| ledger.killed_together(run)) {
            match ledger.killers(part.first).0 {
                None => append(&mut lost, part),
                Some(last) if step.reach.holds(last) => {}
                Some(_) => {
                    let is_left = |line: &u32| !ledger.killers(*line).1.iter().any(|killer| step.reach.holds(*killer));
                    let left = (part.first..part.end()).filter(is_left);
                    left.for_each(|first| append(&mut lost, Run { first, len: 1 }));
                }
            }
        }
        // Few are left to be looked for elsewhere in the file.
        step.removed.add(without(&lost, kept), path);
    }

    /// The same file, which now has another version in its past.
    fn absorb(&mut self, kept: &Version, other: &Version) -> io::Result<Rc<Version>> {
        self.past.versions.enter(kept.runs.clone(), &[kept, other], Some(&[]))
    }

    /// Files that the merge has as its first parent does, though another parent had changed them: what that one
    /// had of its own is dropped.
    fn drop_unmerged(&mut self, step: &mut Step<'_>, touched: &Touched, others: &[(u16, State)]) -> io::Result<()> {
        let paths = touched.files.iter().flat_map(|file| [file.path, file.old_path]);
        let touched: FxHashSet<u32> = paths.collect();
        for (_, other) in others {
            let mut dropped: Vec<u32> = Vec::new();
            for (path, stamp) in other.beyond(&step.first).filter(|(path, _)| !touched.contains(path)) {
                let is_older = match step.state.stamp(path) {
                    Some(kept) => self.past.versions.leads_to(stamp, kept),
                    None => self.past.versions.leads_to_retired(stamp, path, &mut step.reach),
                };
                dropped.extend((!is_older).then_some(path));
            }
            dropped.sort_unstable_by_key(|path| &self.changes.paths[*path as usize]);
            let versions = dropped.into_iter().filter_map(|path| Some((path, other.version(path)?)));
            for (path, version) in versions {
                let kept = step.state.version(path).cloned();
                self.lose(step, version, kept.as_ref().map_or(&[], |kept| &kept.runs), path);
                match kept {
                    Some(kept) => step.leave(path, Some(self.absorb(&kept, version)?)),
                    None => self.past.versions.retire(path, version, step.commit),
                }
            }
        }
        Ok(())
    }

    /// What a merge is without, though nobody deleted it on the way there: written alike on both sides, or dropped by
    /// the merge itself.
    pub(super) fn bury_at_merge(&mut self, step: &mut Step<'_>, others: &[(u16, State)]) {
        if step.removed.is_empty() {
            return;
        }
        let dropped = step.removed.runs();
        let mut twins = Twins::default();
        for (run, path) in self.not_at_home(step, dropped) {
            twins.enter(&self.past.ledger, step, others, path);
            for line in run.first..run.end() {
                let run = Run { first: line, len: 1 };
                if twins.take(path, self.past.ledger.prints(run)[0]) {
                    self.past.ledger.twins.push((line, step.commit));
                } else {
                    tie_lines(&self.past.ledger, &mut step.ties, path, LineRelation::Deleted, run, NONE);
                    self.past.ledger.kill(Kill { run, commit: step.commit, path, is_lost: false });
                }
            }
        }
    }

    /// Without lines that the merge has in another file: one that took lines from where they were born, directly or
    /// from another that did.
    fn not_at_home<'s>(&self, step: &'s Step<'_>, dropped: Vec<(Run, u32)>) -> Vec<(Run, u32)> {
        let runs: Vec<Run> = dropped.iter().map(|(run, _)| *run).collect();
        let wanted = Sorted::of(&runs);
        let meeting = |version: &'s Rc<Version>| version.meeting(&wanted);
        let births = runs.iter().flat_map(|run| self.past.ledger.births_of(*run));
        let found: Vec<Run> = match self.past.homes.of(births.map(|birth| birth.path)) {
            Some(homes) => homes.into_iter().filter_map(|path| step.state.version(path)).flat_map(meeting).collect(),
            None => step.state.files().flat_map(|(_, version)| meeting(version)).collect(),
        };
        let at_home = Sorted::of(&found);
        let gone = |(run, path)| minus(&[run], &at_home).into_iter().map(move |run| (run, path));
        dropped.into_iter().flat_map(gone).collect()
    }
}

/// Lines that no parent so far has, from one that has them; a line that is in the file already is a copy.
fn fill(draft: &mut Draft, base: &Lined<'_>, followed: &Followed) {
    // Of all added pieces, one behind the other, and where each of them ends.
    let (mut in_base, mut ends, mut line) = (Vec::new(), Vec::new(), 0);
    for piece in &draft.pieces {
        let start = line;
        line += piece.len();
        if let Piece::Added { .. } = piece {
            within(base, followed, start, line, &mut in_base);
            ends.push(in_base.len());
        }
    }
    let kept = |within: &Within| match within {
        Within::Kept(run) => Some(*run),
        Within::Added(_) => None,
    };
    let gained: Vec<Run> = in_base.iter().filter_map(kept).collect();
    if gained.is_empty() {
        return;
    }
    let gained = Sorted::of(&gained);
    let known: Vec<Run> = draft.kept().filter(|run| gained.meets(*run)).collect();
    let known = Sorted::of(&known);
    let mut pieces = Vec::with_capacity(draft.pieces.len());
    let (mut ends, mut at) = (ends.into_iter(), 0);
    for piece in std::mem::take(&mut draft.pieces) {
        let Piece::Added { mut mark, .. } = piece else {
            pieces.push(piece);
            continue;
        };
        let end = ends.next().unwrap_or(at);
        for within in &in_base[std::mem::replace(&mut at, end)..end] {
            match *within {
                Within::Kept(run) => {
                    let mut at = run.first;
                    for free in minus(&[run], &known).into_iter().chain([Run { first: run.end(), len: 0 }]) {
                        if free.first > at {
                            let source = Run { first: at, len: free.first - at };
                            pieces.push(Piece::Copied { source, mark: mark + (at - run.first) });
                        }
                        pieces.extend((free.len > 0).then_some(Piece::Kept(free)));
                        at = free.end();
                    }
                    mark += run.len;
                }
                Within::Added(len) => {
                    pieces.push(Piece::Added { mark, len });
                    mark += len;
                }
            }
        }
    }
    draft.pieces = pieces;
}

/// Texts that a merge has from another parent, for lines of one parent that it has not: written alike on both
/// sides, they are one line.
#[derive(Default)]
struct Twins {
    /// By path and print, how many there are.
    gained: FxHashMap<(u32, u32), u32>,
    entered: FxHashSet<u32>,
}

impl Twins {
    fn enter(&mut self, ledger: &Ledger, step: &Step<'_>, others: &[(u16, State)], path: u32) {
        if !self.entered.insert(path) {
            return;
        }
        let Some(merged) = step.state.version(path) else { return };
        let parents = std::iter::once(&step.first).chain(others.iter().map(|(_, state)| state));
        for version in parents.filter_map(|state| state.version(path)) {
            let [lost, gained] = differing(&version.runs, &merged.runs);
            for run in gained.iter().filter(|_| !lost.is_empty()) {
                for line in (run.first..run.end()).filter(|line| ledger.birth(*line).writer() != step.commit) {
                    *self.gained.entry((path, ledger.mark(line).print)).or_insert(0) += 1;
                }
            }
        }
    }

    fn take(&mut self, path: u32, print: u32) -> bool {
        let left = self.gained.get_mut(&(path, print)).filter(|left| **left > 0);
        left.is_some_and(|left| {
            *left -= 1;
            true
        })
    }
}
