//! The fold over history: from what each commit did to which lines, to whose lines stand where.
//!
//! Contents are no longer needed here. A commit's new lines get numbers; its files are lists of such numbers. What
//! a commit took away died, unless it turns up again among what the commit added.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::blocks::{self, Block, Lines};
use super::graph::{Graph, Reach};
use super::ledger::{Birth, Kill, Ledger, Move, Tie};
use super::removed::Removed;
use super::state::{Lineage, Lined, Run, Sorted, State, Version, append, minus};
use crate::facts::{FileStatus, LineKind, LineRelation};
use crate::sources::git::diffs::{Diffs, Followed, Mark, Substance, Wanted};
use crate::sources::git::file_changes::{FileChange, FileChanges, NONE, Touched};

/// Letters and digits that lines need to have been moved or copied within a file, and from file to file: git's
/// numbers for `blame -M` and `blame -C`.
const MOVED_WITHIN: u32 = 20;
const MOVED_ACROSS: u32 = 40;

pub(super) struct Fold<'a> {
    graph: &'a Graph,
    changes: &'a FileChanges,
    diffs: &'a Diffs,
    states: Vec<Option<State>>,
    children_left: Vec<u32>,
    lineage: Lineage,
    /// Where lines of a file went by renames and moves; files take each other's lines rarely.
    homes: FxHashMap<u32, BTreeSet<u32>>,
    pub(super) ledger: Ledger,
    buffer: Vec<u8>,
}

/// What a file is made of while the commit is being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// Lines that were there before.
    Kept(Run),
    /// New lines whose text was there before: the lines it was copied from.
    Copied { source: Run, mark: u32 },
    /// New lines; their marks start at `mark`.
    Added { mark: u32, len: u32 },
    /// Lines that were there before, though nobody saw them come.
    Unseen { len: u32 },
}

impl Piece {
    fn len(self) -> u32 {
        match self {
            Self::Kept(run) | Self::Copied { source: run, .. } => run.len,
            Self::Added { len, .. } | Self::Unseen { len } => len,
        }
    }
}

/// A file of the commit, line by line.
struct Draft {
    path: u32,
    pieces: Vec<Piece>,
    marks: Vec<Mark>,
    /// The versions it was made from.
    bases: Vec<Rc<Version>>,
}

impl Draft {
    fn new(path: u32) -> Self {
        Self { path, pieces: Vec::new(), marks: Vec::new(), bases: Vec::new() }
    }
}

/// One commit's work, while it is being looked at.
struct Step<'a> {
    commit: u32,
    reach: Reach<'a>,
    wanted: Wanted,
    state: State,
    /// The first parent's state; empty unless it is looked at again.
    first: State,
    removed: Removed,
    drafts: Vec<Draft>,
    ties: Vec<Tie>,
}

impl<'a> Fold<'a> {
    pub(super) fn new(graph: &'a Graph, changes: &'a FileChanges, diffs: &'a Diffs) -> Self {
        Self {
            states: (0..graph.len()).map(|_| None).collect(),
            children_left: graph.children(),
            graph,
            changes,
            diffs,
            lineage: Lineage::default(),
            homes: FxHashMap::default(),
            ledger: Ledger::default(),
            buffer: Vec::new(),
        }
    }

    /// The state that a commit left; gone once its last child was looked at.
    pub(super) fn take_state(&mut self, commit: u32) -> State {
        self.states[commit as usize].take().unwrap_or_default()
    }

    /// Looks at one commit; its parents come before it.
    pub(super) fn commit(&mut self, commit: u32, wanted: Wanted) -> io::Result<()> {
        let parents = self.graph.parents(commit);
        let touched = &self.changes.commits[commit as usize];
        let others: Vec<(u16, State)> =
            parents.iter().filter(|(number, _)| *number > 0).map(|&(number, at)| (number, self.state_of(at))).collect();
        let first = parents.iter().find(|(number, _)| *number == 0).map(|&(_, at)| at);
        let state = first.map(|at| self.inherit(at)).unwrap_or_default();
        let mut step = Step {
            commit,
            reach: Reach::from(self.graph, commit),
            wanted,
            first: if touched.elsewhere.is_empty() && others.is_empty() { State::default() } else { state.clone() },
            state,
            removed: Removed::default(),
            drafts: Vec::new(),
            ties: Vec::new(),
        };
        for &(_, at) in parents {
            self.children_left[at as usize] -= 1;
            if self.children_left[at as usize] == 0 {
                self.states[at as usize] = None;
            }
        }
        if others.is_empty() {
            self.draft_plain(&mut step, touched);
            self.move_within(&mut step);
            self.draft_shared(&mut step, touched);
            self.move_across(&mut step);
        } else {
            self.draft_merge(&mut step, touched, &others);
            self.move_within(&mut step);
        }
        self.write_down(&mut step);
        if others.is_empty() {
            self.bury(&mut step);
        } else {
            self.bury_at_merge(&mut step, &others);
        }
        self.ledger.tie(commit, &merged(&mut step.ties))?;
        if self.children_left[commit as usize] > 0 || self.graph.head() == Some(commit) {
            self.states[commit as usize] = Some(step.state);
        }
        Ok(())
    }

    fn state_of(&self, at: u32) -> State {
        self.states[at as usize].clone().unwrap_or_default()
    }

    /// A parent's state, for its child to change: its own where nobody else needs it.
    fn inherit(&mut self, at: u32) -> State {
        if self.children_left[at as usize] == 1 && self.graph.head() != Some(at) {
            self.states[at as usize].take().unwrap_or_default()
        } else {
            self.state_of(at)
        }
    }

    /// Takes a file out of the state under the name it had; it comes back under its new one.
    fn leave_old_name(&mut self, state: &mut State, file: &FileChange) {
        if file.old_path != NONE || file.new == NONE {
            let path = old_path(file);
            if let Some(version) = state.version(path) {
                self.lineage.retire(path, version);
            }
            state.set(path, None);
        }
        if file.old_path != NONE {
            self.homes.entry(file.old_path).or_default().insert(file.path);
        }
    }

    /// What a commit with one parent made of each file.
    fn draft_plain(&mut self, step: &mut Step<'a>, touched: &Touched) {
        let before: Vec<Option<Rc<Version>>> =
            touched.files.iter().map(|file| step.state.version(old_path(file)).cloned()).collect();
        for file in &touched.files {
            self.leave_old_name(&mut step.state, file);
        }
        for (at, (file, base)) in touched.files.iter().zip(before).enumerate() {
            if file.new == NONE {
                let runs = base.iter().flat_map(|base| &base.runs);
                runs.for_each(|run| step.removed.add(*run, file.path));
            } else if touched.elsewhere_of(at).is_empty() {
                self.draft(step, file, base.filter(|_| file.old != NONE));
            }
        }
    }

    /// A file's lines out of its former version.
    fn draft(&mut self, step: &mut Step<'a>, file: &FileChange, base: Option<Rc<Version>>) {
        if file.old == file.new {
            if let Some(base) = base {
                step.state.set(file.path, Some(base));
            }
            return;
        }
        let followed = self.diffs.followed(file.old, file.new, step.wanted, file.path, &mut self.buffer);
        let Some(followed) = followed else {
            // Binary, a pointer, or not to be read: nothing is left to follow.
            let is_lost = self.diffs.substance(file.new) == Substance::Unreadable;
            self.end_all(step, base.as_deref(), file.path, is_lost);
            return;
        };
        let mut draft = Draft::new(file.path);
        let was_unreadable = file.old != NONE && self.diffs.substance(file.old) == Substance::Unreadable;
        match base {
            None if was_unreadable => draft.pieces.push(Piece::Unseen { len: followed.new_lines }),
            None if followed.old_lines == 0 => {
                draft.pieces.push(Piece::Added { mark: 0, len: followed.new_lines });
                draft.marks = followed.marks;
            }
            Some(base) if base.lines == followed.old_lines => {
                let lined = Lined::of(&base);
                self.follow(step, &mut draft, &lined, &followed);
                self.tie_neighbours(step, file.path, &lined, &followed);
                draft.bases.push(base);
                draft.marks = followed.marks;
            }
            base => {
                // What was there is not what the diff speaks of: an earlier change to this file was not seen.
                self.end_all(step, base.as_deref(), file.path, true);
                draft.pieces = unseen_and_added(&followed);
                draft.marks = followed.marks;
            }
        }
        step.drafts.push(draft);
    }

    /// Keeps what the diff keeps; the rest is removed or added.
    fn follow(&mut self, step: &mut Step<'a>, draft: &mut Draft, base: &Lined<'_>, followed: &Followed) {
        let (mut at, mut mark) = (0, 0);
        for place in &followed.hunks {
            let hunk = place.hunk;
            draft.pieces.extend(base.slice(at, hunk.old - at).map(Piece::Kept));
            base.slice(hunk.old, hunk.old_lines).for_each(|run| step.removed.add(run, draft.path));
            if followed.made_from.is_empty() {
                draft.pieces.extend((hunk.new_lines > 0).then_some(Piece::Added { mark, len: hunk.new_lines }));
            } else {
                for line in mark..mark + hunk.new_lines {
                    draft.pieces.push(self.look_through(step, base, hunk.old, followed.made_from[line as usize], line));
                }
            }
            at = hunk.old + hunk.old_lines;
            mark += hunk.new_lines;
        }
        draft.pieces.extend(base.slice(at, base.lines().saturating_sub(at)).map(Piece::Kept));
    }

    /// A line of a commit that is looked through: the line it was made from, or a copy where that was used already.
    fn look_through(&mut self, step: &mut Step<'a>, base: &Lined<'_>, start: u32, made_from: u32, mark: u32) -> Piece {
        let source = made_from.checked_sub(1).and_then(|line| base.line(start + line));
        let Some(source) = source.map(|first| Run { first, len: 1 }) else { return Piece::Added { mark, len: 1 } };
        let mut is_free = false;
        step.removed.claim(source, |_, path| is_free = path.is_some());
        if is_free { Piece::Kept(source) } else { Piece::Copied { source, mark } }
    }

    /// Added lines that stand in the file's former version: moved if they were removed there, else copied.
    fn move_within(&mut self, step: &mut Step<'a>) {
        let Step { drafts, removed, ties, commit, .. } = step;
        for draft in drafts.iter_mut() {
            for base in std::mem::take(&mut draft.bases) {
                let lines = Lines { runs: &base.runs, are_apart: false };
                self.take_blocks(draft, &lines, removed, ties, *commit, MOVED_WITHIN);
                draft.bases.push(base);
            }
        }
    }

    /// Added lines that were removed from other files.
    fn move_across(&mut self, step: &mut Step<'a>) {
        for at in 0..step.drafts.len() {
            if step.removed.is_empty() {
                return;
            }
            let Step { drafts, removed, ties, commit, .. } = step;
            if drafts[at].added().next().is_none() {
                continue;
            }
            let runs: Vec<Run> = removed.runs().map(|(run, _)| run).collect();
            let lines = Lines { runs: &runs, are_apart: true };
            self.take_blocks(&mut drafts[at], &lines, removed, ties, *commit, MOVED_ACROSS);
        }
    }

    /// Replaces added lines by the blocks they equal.
    fn take_blocks(
        &mut self,
        draft: &mut Draft,
        lines: &Lines<'_>,
        removed: &mut Removed,
        ties: &mut Vec<Tie>,
        commit: u32,
        least: u32,
    ) {
        let added: Vec<&[Mark]> = draft.added().map(|(mark, len)| marks(&draft.marks, mark, len)).collect();
        let is_removed = |line: u32| removed.holds(line);
        let mut found =
            blocks::find(&added, lines, |run| self.ledger.prints(run), is_removed, least).into_iter().peekable();
        if found.peek().is_none() {
            return;
        }
        let mut pieces = Vec::with_capacity(draft.pieces.len());
        let mut piece_of_added = 0..;
        for piece in std::mem::take(&mut draft.pieces) {
            let Piece::Added { mark, len } = piece else {
                pieces.push(piece);
                continue;
            };
            let piece = piece_of_added.next().unwrap_or_default();
            let mut at = 0;
            while let Some(Block { at: start, len: taken, source, .. }) = found.next_if(|block| block.piece == piece) {
                pieces.extend((start > at).then_some(Piece::Added { mark: mark + at, len: start - at }));
                let mut from = mark + start;
                for run in source {
                    self.move_or_copy(draft.path, run, from, removed, &mut pieces, ties, commit);
                    from += run.len;
                }
                at = start + taken;
            }
            pieces.extend((at < len).then_some(Piece::Added { mark: mark + at, len: len - at }));
        }
        draft.pieces = pieces;
    }

    #[expect(clippy::too_many_arguments, reason = "one place where lines change hands")]
    fn move_or_copy(
        &mut self,
        path: u32,
        source: Run,
        mark: u32,
        removed: &mut Removed,
        pieces: &mut Vec<Piece>,
        ties: &mut Vec<Tie>,
        commit: u32,
    ) {
        let mut at = mark;
        removed.claim(source, |run, from| {
            match from {
                Some(from) => {
                    let from_path = if from == path { NONE } else { from };
                    if from_path != NONE {
                        self.homes.entry(from).or_default().insert(path);
                    }
                    tie_lines(&self.ledger, ties, path, LineRelation::Moved, run, from_path);
                    self.ledger.moves.push(Move { run, commit });
                    pieces.push(Piece::Kept(run));
                }
                None => {
                    tie_lines(&self.ledger, ties, path, LineRelation::Copied, run, NONE);
                    pieces.push(Piece::Copied { source: run, mark: at });
                }
            }
            at += run.len;
        });
    }

    /// Files that are most like one whose name went to another: they share its lines with that one.
    fn draft_shared(&mut self, step: &mut Step<'a>, touched: &Touched) {
        for elsewhere in &touched.elsewhere {
            let file = touched.files[elsewhere.file as usize];
            let base = step.first.version(elsewhere.path).cloned();
            let followed = self.diffs.followed(elsewhere.content, file.new, step.wanted, file.path, &mut self.buffer);
            let base = base.filter(|base| followed.as_ref().is_none_or(|followed| followed.old_lines == base.lines));
            let (Some(base), true) = (base, elsewhere.content == file.new || followed.is_some()) else {
                self.draft(step, &file, None);
                continue;
            };
            let mut draft = Draft::new(file.path);
            let followed = followed.unwrap_or_default();
            draft.pieces = kept_and_added(&base, &followed);
            draft.marks = followed.marks;
            self.share(step, &mut draft);
            step.drafts.push(draft);
        }
    }

    /// Lines that are still elsewhere are copies here; the others came over.
    fn share(&mut self, step: &mut Step<'a>, draft: &mut Draft) {
        let mut pieces = Vec::with_capacity(draft.pieces.len());
        for piece in std::mem::take(&mut draft.pieces) {
            let Piece::Kept(run) = piece else {
                pieces.push(piece);
                continue;
            };
            // A copy needs marks of its own: those its lines have.
            let mark = draft.marks.len() as u32;
            draft.marks.extend((run.first..run.end()).map(|line| self.ledger.mark(line)));
            let Step { removed, ties, commit, .. } = step;
            self.move_or_copy(draft.path, run, mark, removed, &mut pieces, ties, *commit);
        }
        draft.pieces = pieces;
    }

    /// What a merge made of the files that differ from its first parent's: each line from the parent that has it.
    fn draft_merge(&mut self, step: &mut Step<'a>, touched: &Touched, others: &[(u16, State)]) {
        for file in &touched.files {
            self.leave_old_name(&mut step.state, file);
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
                sources.extend(in_other(there.parent, there.path).map(|version| (version, there.content)));
            }
            if file.new == NONE {
                sources.iter().for_each(|(version, _)| self.lose(step, version, &Sorted::default(), file.path));
                continue;
            }
            if let Some((same, _)) = sources.iter().find(|(_, content)| *content == file.new) {
                let mut same = Rc::clone(same);
                for (version, _) in &sources {
                    if !self.lineage.leads_to(version.stamp, same.stamp) {
                        self.lose(step, version, &Sorted::of(&same.runs), file.path);
                        same = self.absorb(&same, version);
                    }
                }
                step.state.set(file.path, Some(same));
                continue;
            }
            self.draft_merged(step, file, sources);
        }
        self.drop_unmerged(step, touched, others);
    }

    /// A file that is as in no parent.
    fn draft_merged(&mut self, step: &mut Step<'a>, file: &FileChange, sources: Vec<(Rc<Version>, u32)>) {
        let mut draft: Option<Draft> = None;
        for (base, content) in &sources {
            let followed = self.diffs.followed(*content, file.new, step.wanted, file.path, &mut self.buffer);
            let Some(followed) = followed.filter(|followed| followed.old_lines == base.lines) else { continue };
            let pieces = kept_and_added(base, &followed);
            match &mut draft {
                None => {
                    let bases = vec![Rc::clone(base)];
                    draft = Some(Draft { pieces, marks: followed.marks, bases, ..Draft::new(file.path) });
                }
                Some(draft) => {
                    self.fill(draft, &pieces);
                    draft.bases.push(Rc::clone(base));
                }
            }
        }
        match draft {
            Some(draft) => {
                let kept = Sorted::of(&draft.kept());
                draft.bases.iter().for_each(|base| self.lose(step, base, &kept, file.path));
                step.drafts.push(draft);
            }
            None => {
                sources.iter().for_each(|(version, _)| self.lose(step, version, &Sorted::default(), file.path));
                self.draft(step, &FileChange { old: NONE, old_path: NONE, status: FileStatus::Added, ..*file }, None);
            }
        }
    }

    /// Lines that no parent so far has, from one that has them; a line that is in the file already is a copy.
    fn fill(&mut self, draft: &mut Draft, others: &[Piece]) {
        let known = Sorted::of(&draft.kept());
        let mut pieces = Vec::with_capacity(draft.pieces.len());
        let mut line = 0;
        for piece in std::mem::take(&mut draft.pieces) {
            let start = line;
            line += piece.len();
            let Piece::Added { mark, .. } = piece else {
                pieces.push(piece);
                continue;
            };
            let mut mark = mark;
            for other in cut(others, start, line) {
                match other {
                    Piece::Kept(run) => {
                        let mut at = run.first;
                        for free in minus(&[run], &known).into_iter().chain([Run { first: run.end(), len: 0 }]) {
                            if free.first > at {
                                let source = Run { first: at, len: free.first - at };
                                pieces.push(Piece::Copied { source, mark: mark + (at - run.first) });
                            }
                            pieces.extend((free.len > 0).then_some(Piece::Kept(free)));
                            at = free.end();
                        }
                    }
                    other => pieces.push(Piece::Added { mark, len: other.len() }),
                }
                mark += other.len();
            }
        }
        draft.pieces = pieces;
    }

    /// What a version has and the merge has not, unless it was deleted on the way to the merge.
    fn lose(&self, step: &mut Step<'a>, version: &Version, kept: &Sorted, path: u32) {
        for run in minus(&version.runs, kept) {
            let mut at = run.first;
            while at < run.end() {
                let killers = |line: u32| (self.ledger.killed_by(line), self.ledger.killed_before(line));
                let of_first = killers(at);
                let end = (at + 1..run.end()).find(|line| killers(*line) != of_first).unwrap_or(run.end());
                let mut all = of_first.0.iter().chain(of_first.1);
                if !all.any(|killer| step.reach.holds(*killer)) {
                    step.removed.add(Run { first: at, len: end - at }, path);
                }
                at = end;
            }
        }
    }

    /// The same file, which now has another version in its past.
    fn absorb(&mut self, kept: &Version, other: &Version) -> Rc<Version> {
        let stamp = self.lineage.stamp([kept.stamp, other.stamp].into_iter());
        Rc::new(Version { runs: kept.runs.clone(), lines: kept.lines, stamp })
    }

    /// Files that the merge has as its first parent does, though another parent had changed them: what that one
    /// had of its own is dropped.
    fn drop_unmerged(&mut self, step: &mut Step<'a>, touched: &Touched, others: &[(u16, State)]) {
        let paths = touched.files.iter().flat_map(|file| [file.path, file.old_path]);
        let touched: FxHashSet<u32> = paths.collect();
        for (_, other) in others {
            let differing: Vec<u32> = other.differing(&step.first).collect();
            for path in differing {
                let Some(version) = other.version(path).filter(|_| !touched.contains(&path)) else { continue };
                let kept = step.state.version(path).cloned();
                let is_older = match &kept {
                    Some(kept) => self.lineage.leads_to(version.stamp, kept.stamp),
                    None => self.lineage.leads_to_retired(version.stamp, path),
                };
                if is_older {
                    continue;
                }
                let lines = kept.as_ref().map_or_else(Sorted::default, |kept| Sorted::of(&kept.runs));
                self.lose(step, version, &lines, path);
                match kept.map(|kept| self.absorb(&kept, version)) {
                    Some(kept) => step.state.set(path, Some(kept)),
                    None => self.lineage.retire(path, version),
                }
            }
        }
    }

    /// Ends a file whose lines cannot be followed any further: they died, or were lost from sight.
    fn end_all(&mut self, step: &mut Step<'a>, version: Option<&Version>, path: u32, is_lost: bool) {
        step.state.set(path, None);
        for run in version.map_or(&[][..], |version| &version.runs) {
            if is_lost {
                self.ledger.kill(Kill { run: *run, commit: NONE, path });
            } else {
                step.removed.add(*run, path);
            }
        }
    }

    /// Numbers what is new and enters the files into the state.
    fn write_down(&mut self, step: &mut Step<'a>) {
        for draft in std::mem::take(&mut step.drafts) {
            let (mut runs, mut line) = (Vec::new(), 0);
            for piece in &draft.pieces {
                let birth = Birth { first: 0, len: 0, commit: step.commit, path: draft.path, line, source: NONE };
                let run = match *piece {
                    Piece::Kept(run) => Some(run),
                    Piece::Added { mark, len } => self.ledger.bear(birth, marks(&draft.marks, mark, len)),
                    Piece::Copied { source, mark } => {
                        let birth = Birth { source: source.first, ..birth };
                        self.ledger.bear(birth, marks(&draft.marks, mark, source.len))
                    }
                    Piece::Unseen { len } => {
                        let unknown = vec![Mark::UNKNOWN; len as usize];
                        self.ledger.bear(Birth { commit: NONE, ..birth }, &unknown)
                    }
                };
                if let Some(run) = run {
                    append(&mut runs, run);
                }
                line += piece.len();
            }
            runs.shrink_to_fit();
            let stamp = self.lineage.stamp(draft.bases.iter().map(|base| base.stamp));
            let version = (line > 0).then(|| Rc::new(Version { runs, lines: line, stamp }));
            step.state.set(draft.path, version);
        }
    }

    /// What was removed and not found again is dead.
    fn bury(&mut self, step: &mut Step<'a>) {
        let (commit, ledger) = (step.commit, &mut self.ledger);
        for (run, path) in step.removed.runs() {
            tie_lines(ledger, &mut step.ties, path, LineRelation::Deleted, run, NONE);
            ledger.kill(Kill { run, commit, path });
        }
    }

    /// What a merge is without, though nobody deleted it on the way there: written alike on both sides, or dropped by
    /// the merge itself.
    fn bury_at_merge(&mut self, step: &mut Step<'a>, others: &[(u16, State)]) {
        if step.removed.is_empty() {
            return;
        }
        let dropped: Vec<(Run, u32)> = step.removed.runs().collect();
        let mut twins = Twins::default();
        for (run, path) in self.not_at_home(step, dropped) {
            twins.enter(&self.ledger, step, others, path);
            for line in run.first..run.end() {
                let run = Run { first: line, len: 1 };
                if twins.take(path, self.ledger.prints(run)[0]) {
                    append(&mut self.ledger.twins, run);
                } else {
                    tie_lines(&self.ledger, &mut step.ties, path, LineRelation::Deleted, run, NONE);
                    self.ledger.kill(Kill { run, commit: step.commit, path });
                }
            }
        }
    }

    /// Without lines that the merge has in a file that took lines from theirs.
    fn not_at_home(&self, step: &Step<'_>, dropped: Vec<(Run, u32)>) -> Vec<(Run, u32)> {
        let mut by_path: BTreeMap<u32, Vec<Run>> = BTreeMap::new();
        dropped.into_iter().for_each(|(run, path)| by_path.entry(path).or_default().push(run));
        let mut left = Vec::new();
        for (path, runs) in by_path {
            let gone = minus(&runs, &Sorted::of(&self.lines_at_home(&step.state, path)));
            left.extend(gone.into_iter().map(|run| (run, path)));
        }
        left
    }

    /// The lines of all files that took lines from a file, directly or from one that did.
    fn lines_at_home(&self, state: &State, path: u32) -> Vec<Run> {
        const MOST: usize = 256;
        let (mut seen, mut open, mut lines) = (BTreeSet::from([path]), vec![path], Vec::new());
        while let Some(path) = open.pop() {
            lines.extend(state.version(path).into_iter().flat_map(|version| &version.runs).copied());
            for home in self.homes.get(&path).into_iter().flatten() {
                if seen.len() < MOST && seen.insert(*home) {
                    open.push(*home);
                }
            }
        }
        lines
    }

    /// Owners of the lines next to each hunk and of the rest of the block around it.
    fn tie_neighbours(&mut self, step: &mut Step<'a>, path: u32, base: &Lined<'_>, followed: &Followed) {
        let ledger = &self.ledger;
        let blank = |line: u32| base.line(line).is_some_and(|line| ledger.traits(line).kind() == LineKind::Blank);
        let ties = &mut step.ties;
        let mut tie = |relation, from: u32, to: u32| {
            for run in base.slice(from, to.saturating_sub(from)) {
                ledger.owners(run, |origin, run| {
                    let lines = run.len;
                    ties.push(Tie { path, relation, origin, kind: None, from_path: NONE, lines });
                });
            }
        };
        const FURTHEST: usize = 10;
        for place in &followed.hunks {
            let (start, end) = (place.hunk.old, place.hunk.old + place.hunk.old_lines);
            if let Some(line) = (0..start).rev().take(FURTHEST).find(|line| !blank(*line)) {
                tie(LineRelation::Before, line, line + 1);
            }
            if let Some(line) = (end..base.lines()).take(FURTHEST).find(|line| !blank(*line)) {
                tie(LineRelation::After, line, line + 1);
            }
            let (heading, behind) = (u32::from(place.block.0), u32::from(place.block.1));
            tie(LineRelation::Enclosing, start.saturating_sub(heading), start);
            tie(LineRelation::Enclosing, end, end.saturating_add(behind).min(base.lines()));
        }
    }
}

impl Draft {
    /// The runs of added lines: where their marks start, and how many.
    fn added(&self) -> impl Iterator<Item = (u32, u32)> {
        self.pieces.iter().filter_map(|piece| match *piece {
            Piece::Added { mark, len } => Some((mark, len)),
            _ => None,
        })
    }

    fn kept(&self) -> Vec<Run> {
        let kept = |piece: &Piece| match piece {
            Piece::Kept(run) => Some(*run),
            _ => None,
        };
        self.pieces.iter().filter_map(kept).collect()
    }
}

fn old_path(file: &FileChange) -> u32 {
    if file.old_path == NONE { file.path } else { file.old_path }
}

/// The new version in the terms of the old one.
fn kept_and_added(base: &Version, followed: &Followed) -> Vec<Piece> {
    let base = Lined::of(base);
    let (mut pieces, mut at, mut mark) = (Vec::new(), 0, 0);
    for place in &followed.hunks {
        pieces.extend(base.slice(at, place.hunk.old - at).map(Piece::Kept));
        let len = place.hunk.new_lines;
        pieces.extend((len > 0).then_some(Piece::Added { mark, len }));
        (at, mark) = (place.hunk.old + place.hunk.old_lines, mark + len);
    }
    pieces.extend(base.slice(at, base.lines().saturating_sub(at)).map(Piece::Kept));
    pieces
}

/// The new version where the old one was not seen as it was.
fn unseen_and_added(followed: &Followed) -> Vec<Piece> {
    let (mut pieces, mut line, mut mark) = (Vec::new(), 0, 0);
    for place in &followed.hunks {
        let len = place.hunk.new_lines;
        pieces.push(Piece::Unseen { len: place.hunk.new - line });
        pieces.push(Piece::Added { mark, len });
        (line, mark) = (place.hunk.new + len, mark + len);
    }
    pieces.push(Piece::Unseen { len: followed.new_lines.saturating_sub(line) });
    pieces.retain(|piece| piece.len() > 0);
    pieces
}

/// The pieces of lines `from..to`.
fn cut(pieces: &[Piece], from: u32, to: u32) -> Vec<Piece> {
    let (mut cut, mut line) = (Vec::new(), 0);
    for piece in pieces {
        let (start, end) = (line.max(from), (line + piece.len()).min(to));
        if start < end {
            let (skip, len) = (start - line, end - start);
            cut.push(match *piece {
                Piece::Kept(run) => Piece::Kept(run.part(skip, len)),
                Piece::Copied { source, mark } => Piece::Copied { source: source.part(skip, len), mark: mark + skip },
                Piece::Added { mark, .. } => Piece::Added { mark: mark + skip, len },
                Piece::Unseen { .. } => Piece::Unseen { len },
            });
        }
        line += piece.len();
    }
    cut
}

fn marks(marks: &[Mark], from: u32, len: u32) -> &[Mark] {
    marks.get(from as usize..(from + len) as usize).unwrap_or_default()
}

/// Lines of a run by owner and kind.
fn tie_lines(ledger: &Ledger, ties: &mut Vec<Tie>, path: u32, relation: LineRelation, run: Run, from_path: u32) {
    ledger.owners(run, |origin, run| {
        for line in run.first..run.end() {
            let kind = Some(ledger.traits(line).kind());
            ties.push(Tie { path, relation, origin, kind, from_path, lines: 1 });
        }
    });
}

/// Ties that differ in nothing but their number of lines as one.
fn merged(ties: &mut Vec<Tie>) -> Vec<Tie> {
    ties.sort_unstable();
    let mut merged: Vec<Tie> = Vec::with_capacity(ties.len());
    for tie in ties.drain(..) {
        match merged.last_mut() {
            Some(last) if (Tie { lines: 0, ..*last }) == (Tie { lines: 0, ..tie }) => last.lines += tie.lines,
            _ => merged.push(tie),
        }
    }
    merged
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
        let in_merge = Sorted::of(&merged.runs);
        let parents = std::iter::once(&step.first).chain(others.iter().map(|(_, state)| state));
        for version in parents.filter_map(|state| state.version(path)) {
            if minus(&version.runs, &in_merge).is_empty() {
                continue;
            }
            for run in minus(&merged.runs, &Sorted::of(&version.runs)) {
                for line in (run.first..run.end()).filter(|line| ledger.birth(*line).commit != step.commit) {
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
