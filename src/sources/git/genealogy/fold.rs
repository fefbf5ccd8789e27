//! The fold over history: from what each commit did to which lines, to whose lines stand where.
//!
//! Contents are no longer needed here. A commit's new lines get numbers; its files are lists of such numbers. What
//! a commit took away died, unless it turns up again among what the commit added.

use std::io;
use std::rc::Rc;

use super::blocks::{self, Block, Texts};
use super::draft::{Draft, Piece, kept_and_added, marks, unseen_and_added};
use super::graph::{Graph, Reach};
use super::homes::Homes;
use super::ledger::{Birth, Kill, Ledger, Move, Tie, UNSEEN, WRITTEN};
use super::left::Left;
use super::removed::Removed;
use super::state::{Lined, Run, State, Version, append};
use super::versions::Versions;
use crate::facts::{LineKind, LineRelation};
use crate::sources::git::diffs::{Diffs, Followed, Mark, Substance, Wanted};
use crate::sources::git::file_changes::{FileChange, FileChanges, NONE, Touched};
use crate::sources::git::kept::{Reader, Unusable, Writer};

/// Letters and digits that lines need to have been moved or copied within a file, and from file to file: git's
/// numbers for `blame -M` and `blame -C`.
const MOVED_WITHIN: u32 = 20;
const MOVED_ACROSS: u32 = 40;

/// What is known of all commits that were looked at: enough to go on from any of them. It holds what came of each
/// commit whatever became of its branch, and none of it depends on the order in which branches were looked at.
#[derive(Default)]
pub(in super::super) struct Past {
    pub(super) ledger: Ledger,
    pub(super) versions: Versions,
    pub(super) left: Left,
    pub(super) homes: Homes,
    /// The commit that was the head when its lines were followed last, and its files.
    pub(super) head: Option<(u32, State)>,
}

impl Past {
    pub(in super::super) fn knows(&self, commit: u32) -> bool {
        self.left.knows(commit)
    }

    /// Ties are of use to rows only, recipes to the next run, and both take their time. States of new commits are at
    /// hand as long as one to come needs them.
    pub(in super::super) fn forgo_ties_and_recipes(&mut self) {
        self.ledger.is_without_ties = true;
        self.versions.is_without_recipes = true;
    }

    pub(in super::super) fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        self.ledger.keep(to)?;
        self.versions.keep(to)?;
        self.left.keep(to)?;
        to.put(&self.homes)?;
        to.put_words(self.head.iter().map(|(commit, _)| [*commit]))?;
        let files = || self.head.iter().flat_map(|(_, head)| head.files());
        let files_with_runs = files().map(|(path, version)| [path, version.stamp, version.runs.len() as u32]);
        to.put_words(files_with_runs.collect::<Vec<_>>().into_iter())?;
        let runs = files().flat_map(|(_, version)| &version.runs);
        to.put_words(runs.map(|run| [run.first, run.len]).collect::<Vec<_>>().into_iter())
    }

    pub(in super::super) fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        let (ledger, mut versions, left) = (Ledger::kept(from)?, Versions::kept(from)?, Left::kept(from)?);
        let (homes, heads) = (from.get()?, from.get_words(|[commit]| commit)?);
        let files = from.get_words(|[path, stamp, runs]| (path, stamp, runs))?;
        let mut runs = from.get_words(|[first, len]| Run { first, len })?.into_iter();
        from.end_section()?;
        let mut state = State::default();
        for (path, stamp, count) in files {
            state.set(path, Some(versions.hold(runs.by_ref().take(count as usize).collect(), stamp)));
        }
        let head = heads.first().map(|commit| (*commit, state));
        Ok(Self { ledger, versions, left, homes, head })
    }
}

pub(super) struct Fold<'a> {
    graph: &'a Graph,
    pub(super) changes: &'a FileChanges,
    pub(super) past: &'a mut Past,
    states: Vec<Option<State>>,
    children_left: Vec<u32>,
    pub(super) buffer: Vec<u8>,
    /// Those of the file that is being written down.
    runs: Vec<Run>,
}

/// One commit's work, while it is being looked at.
pub(super) struct Step<'a> {
    pub(super) commit: u32,
    pub(super) reach: Reach<'a>,
    pub(super) diffs: &'a Diffs,
    pub(super) wanted: Wanted,
    pub(super) state: State,
    /// The first parent's state; empty unless it is looked at again.
    pub(super) first: State,
    pub(super) removed: Removed,
    pub(super) drafts: Vec<Draft>,
    pub(super) ties: Vec<Tie>,
    left: Vec<(u32, u32)>,
}

impl Step<'_> {
    /// The commit has this version of a file, or none.
    pub(super) fn leave(&mut self, path: u32, version: Option<Rc<Version>>) {
        self.left.push((path, version.as_ref().map_or(NONE, |version| version.stamp)));
        self.state.set(path, version);
    }
}

impl<'a> Fold<'a> {
    pub(super) fn new(graph: &'a Graph, changes: &'a FileChanges, past: &'a mut Past) -> Self {
        Self {
            states: (0..graph.len()).map(|_| None).collect(),
            children_left: graph.children(|commit| !past.knows(commit)),
            graph,
            changes,
            past,
            buffer: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Looks at one commit; its parents come before it.
    pub(super) fn commit(&mut self, commit: u32, diffs: &Diffs, wanted: Wanted) -> io::Result<()> {
        let parents = self.graph.parents(commit);
        let touched = &self.changes.commits[commit as usize];
        let mut others: Vec<(u16, State)> = Vec::new();
        let mut state = State::default();
        for &(number, at) in parents.iter().rev() {
            match number {
                0 => state = self.inherit(at)?,
                _ => others.insert(0, (number, self.state_of(at)?)),
            }
        }
        let mut step = Step {
            commit,
            reach: Reach::from(self.graph, commit),
            diffs,
            wanted,
            first: if touched.elsewhere.is_empty() && others.is_empty() { State::default() } else { state.clone() },
            state,
            removed: Removed::default(),
            drafts: Vec::new(),
            ties: Vec::new(),
            left: Vec::new(),
        };
        for &(_, at) in parents {
            self.children_left[at as usize] -= 1;
            if self.children_left[at as usize] == 0 {
                self.states[at as usize] = None;
            }
        }
        if others.is_empty() {
            self.draft_plain(&mut step, touched)?;
            self.move_within(&mut step);
            self.draft_shared(&mut step, touched)?;
            self.move_across(&mut step);
        } else {
            self.draft_merge(&mut step, touched, &others)?;
            self.move_within(&mut step);
        }
        self.write_down(&mut step)?;
        if others.is_empty() {
            self.bury(&mut step);
        } else {
            self.bury_at_merge(&mut step, &others);
        }
        self.past.ledger.tie(commit, &merged(&mut step.ties))?;
        self.past.left.enter(commit, self.graph.first_parent(commit), step.left);
        if self.children_left[commit as usize] > 0 || self.graph.head() == Some(commit) {
            self.states[commit as usize] = Some(step.state);
        }
        Ok(())
    }

    /// The head's files are known from here on.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.past.head = match self.graph.head() {
            Some(head) => Some((head, self.state_of(head)?)),
            None => None,
        };
        Ok(())
    }

    /// The state that a commit left.
    pub(super) fn state_of(&mut self, at: u32) -> io::Result<State> {
        if self.states[at as usize].is_none() {
            let state = {
                let Past { left, versions, head, .. } = &mut *self.past;
                left.state(at, &self.states, head.as_ref(), versions)?
            };
            self.states[at as usize] = Some(state);
        }
        Ok(self.states[at as usize].clone().unwrap_or_default())
    }

    /// A parent's state, for its child to change: its own where nobody else needs it.
    fn inherit(&mut self, at: u32) -> io::Result<State> {
        let state = self.state_of(at)?;
        if self.children_left[at as usize] == 1 && self.graph.head() != Some(at) {
            self.states[at as usize] = None;
        }
        Ok(state)
    }

    /// Takes a file out of the state under the name it had; it comes back under its new one.
    pub(super) fn leave_old_name(&mut self, step: &mut Step<'_>, file: &FileChange) {
        if file.old_path != NONE || file.new == NONE {
            let path = old_path(file);
            if let Some(version) = step.state.version(path) {
                self.past.versions.retire(path, version, step.commit);
            }
            step.leave(path, None);
        }
        if file.old_path != NONE {
            self.past.homes.enter(file.old_path, file.path);
        }
    }

    /// What a commit with one parent made of each file.
    fn draft_plain(&mut self, step: &mut Step<'_>, touched: &Touched) -> io::Result<()> {
        let before: Vec<Option<Rc<Version>>> =
            touched.files.iter().map(|file| step.state.version(old_path(file)).cloned()).collect();
        for file in &touched.files {
            self.leave_old_name(step, file);
        }
        for (at, (file, base)) in touched.files.iter().zip(before).enumerate() {
            if file.new == NONE {
                step.removed.add(base.iter().flat_map(|base| base.runs.iter().copied()), file.path);
            } else if touched.elsewhere_of(at).is_empty() {
                self.draft(step, file, base.filter(|_| file.old != NONE))?;
            }
        }
        Ok(())
    }

    /// A file's lines out of its former version.
    pub(super) fn draft(
        &mut self,
        step: &mut Step<'_>,
        file: &FileChange,
        base: Option<Rc<Version>>,
    ) -> io::Result<()> {
        if file.old == file.new {
            if let Some(base) = base {
                step.leave(file.path, Some(base));
            }
            return Ok(());
        }
        let followed = step.diffs.followed(file.old, file.new, step.wanted, file.path, &mut self.buffer)?;
        let Some(followed) = followed else {
            // Binary, a pointer, or not to be read: nothing is left to follow.
            let is_lost = step.diffs.substance(file.new) == Substance::Unreadable;
            self.end_all(step, base.as_deref(), file.path, is_lost);
            return Ok(());
        };
        let was_unreadable = file.old != NONE && step.diffs.substance(file.old) == Substance::Unreadable;
        let draft = match base {
            None if was_unreadable => {
                Draft::new(file.path, vec![Piece::Unseen { len: followed.new_lines }], Vec::new())
            }
            None if followed.old_lines == 0 => {
                Draft::new(file.path, vec![Piece::Added { mark: 0, len: followed.new_lines }], followed.marks)
            }
            Some(base) if base.lines == followed.old_lines => {
                let lined = Lined::of(&base);
                let pieces = self.follow(step, file.path, &lined, &followed);
                self.tie_neighbours(step, file.path, &lined, &followed);
                Draft::of(file.path, base, pieces, followed)
            }
            base => {
                // What was there is not what the diff speaks of: an earlier change to this file was not seen.
                self.end_all(step, base.as_deref(), file.path, true);
                Draft::new(file.path, unseen_and_added(&followed), followed.marks)
            }
        };
        step.drafts.push(draft);
        Ok(())
    }

    /// Keeps what the diff keeps; the rest is removed or added.
    fn follow(&mut self, step: &mut Step<'_>, path: u32, base: &Lined<'_>, followed: &Followed) -> Vec<Piece> {
        for place in &followed.hunks {
            step.removed.add(base.slice(place.hunk.old, place.hunk.old_lines), path);
        }
        let pieces = kept_and_added(base, followed);
        if followed.made_from.is_empty() {
            return pieces;
        }
        let mut hunks = followed.hunks.iter().map(|place| place.hunk).filter(|hunk| hunk.new_lines > 0);
        let mut looked_through = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let Piece::Added { mark, len } = piece else {
                looked_through.push(piece);
                continue;
            };
            let start = hunks.next().map_or(0, |hunk| hunk.old);
            for line in mark..mark + len {
                let made_from = followed.made_from[line as usize];
                looked_through.push(self.look_through(step, base, start, made_from, line));
            }
        }
        looked_through
    }

    /// A line of a commit that is looked through: the line it was made from, or a copy where that was used already.
    fn look_through(&mut self, step: &mut Step<'_>, base: &Lined<'_>, start: u32, made_from: u32, mark: u32) -> Piece {
        let source = made_from.checked_sub(1).and_then(|line| base.line(start + line));
        let Some(source) = source.map(|first| Run { first, len: 1 }) else { return Piece::Added { mark, len: 1 } };
        let mut is_free = false;
        step.removed.claim(source, |_, path| is_free = path.is_some());
        if is_free { Piece::Kept(source) } else { Piece::Copied { source, mark } }
    }

    /// Added lines that stand in the file's former version: moved if they were removed there, else copied.
    fn move_within(&mut self, step: &mut Step<'_>) {
        let Step { drafts, removed, ties, commit, .. } = step;
        for draft in drafts.iter_mut() {
            for base in std::mem::take(&mut draft.bases) {
                let found = self.found_within(draft, &base.runs, removed);
                self.take_blocks(draft, found, removed, ties, *commit);
                draft.bases.push(base);
            }
        }
    }

    fn found_within(&self, draft: &Draft, text: &[Run], removed: &Removed) -> Vec<Block> {
        let added = draft.added_marks();
        if !self.may_be_there(&added, MOVED_WITHIN) {
            return Vec::new();
        }
        blocks::find(&added, text, |run| self.past.ledger.prints(run), |line| removed.holds(line), MOVED_WITHIN)
    }

    fn may_be_there(&self, added: &[&[Mark]], least: u32) -> bool {
        blocks::may_be(added, |print| self.past.ledger.may_have(print), least)
    }

    /// Added lines that were removed from other files.
    fn move_across(&mut self, step: &mut Step<'_>) {
        let Step { drafts, removed, ties, commit, .. } = step;
        if removed.is_empty() {
            return;
        }
        let open = |draft: &&mut Draft| self.may_be_there(&draft.added_marks(), MOVED_ACROSS);
        let mut open: Vec<&mut Draft> = drafts.iter_mut().filter(open).collect();
        let added: Vec<&[Mark]> = open.iter().flat_map(|draft| draft.added_marks()).collect();
        let texts = if added.is_empty() { Vec::new() } else { removed.texts() };
        let Some(mut texts) = Texts::of(&added, &texts, |run| self.past.ledger.prints(run)) else { return };
        for draft in &mut open {
            let found = texts.take(&draft.added_marks(), MOVED_ACROSS);
            self.take_blocks(draft, found, removed, ties, *commit);
        }
    }

    /// Replaces added lines by the blocks they equal.
    fn take_blocks(
        &mut self,
        draft: &mut Draft,
        found: Vec<Block>,
        removed: &mut Removed,
        ties: &mut Vec<Tie>,
        commit: u32,
    ) {
        if found.is_empty() {
            return;
        }
        let mut found = found.into_iter().peekable();
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
                    self.past.homes.enter(from, path);
                    tie_lines(&self.past.ledger, ties, path, LineRelation::Moved, run, from_path);
                    self.past.ledger.moves.push(Move { run, commit });
                    pieces.push(Piece::Kept(run));
                }
                None => {
                    tie_lines(&self.past.ledger, ties, path, LineRelation::Copied, run, NONE);
                    pieces.push(Piece::Copied { source: run, mark: at });
                }
            }
            at += run.len;
        });
    }

    /// Files that are most like one whose name went to another: they share its lines with that one.
    fn draft_shared(&mut self, step: &mut Step<'_>, touched: &Touched) -> io::Result<()> {
        for elsewhere in &touched.elsewhere {
            let file = touched.files[elsewhere.file as usize];
            let base = step.first.version(elsewhere.path).cloned();
            let followed =
                step.diffs.followed(elsewhere.content, file.new, step.wanted, file.path, &mut self.buffer)?;
            let base = base.filter(|base| followed.as_ref().is_none_or(|followed| followed.old_lines == base.lines));
            let (Some(base), true) = (base, elsewhere.content == file.new || followed.is_some()) else {
                self.draft(step, &file, None)?;
                continue;
            };
            let followed = followed.unwrap_or_default();
            let pieces = kept_and_added(&Lined::of(&base), &followed);
            let mut draft = Draft::new(file.path, pieces, followed.marks);
            self.past.homes.enter(elsewhere.path, file.path);
            self.share(step, &mut draft);
            step.drafts.push(draft);
        }
        Ok(())
    }

    /// Lines that are still elsewhere are copies here; the others came over.
    fn share(&mut self, step: &mut Step<'_>, draft: &mut Draft) {
        let mut pieces = Vec::with_capacity(draft.pieces.len());
        for piece in std::mem::take(&mut draft.pieces) {
            let Piece::Kept(run) = piece else {
                pieces.push(piece);
                continue;
            };
            // A copy needs marks of its own: those its lines have.
            let mark = draft.marks.len() as u32;
            draft.marks.extend((run.first..run.end()).map(|line| self.past.ledger.mark(line)));
            let Step { removed, ties, commit, .. } = step;
            self.move_or_copy(draft.path, run, mark, removed, &mut pieces, ties, *commit);
        }
        draft.pieces = pieces;
    }

    /// Ends a file whose lines cannot be followed any further: they died, or were lost from sight.
    pub(super) fn end_all(&mut self, step: &mut Step<'_>, version: Option<&Version>, path: u32, is_lost: bool) {
        step.leave(path, None);
        let runs = version.map_or(&[][..], |version| &version.runs).iter().copied();
        if is_lost {
            runs.for_each(|run| self.past.ledger.kill(Kill { run, commit: step.commit, path, is_lost }));
        } else {
            step.removed.add(runs, path);
        }
    }

    /// Numbers what is new and enters the files into the state.
    fn write_down(&mut self, step: &mut Step<'_>) -> io::Result<()> {
        for draft in std::mem::take(&mut step.drafts) {
            let (mut line, mut is_whole) = (0, true);
            self.runs.clear();
            for piece in &draft.pieces {
                let birth = Birth { first: 0, len: 0, commit: step.commit, path: draft.path, line, source: WRITTEN };
                let run = match *piece {
                    Piece::Kept(run) => Some(run),
                    Piece::Added { mark, len } => self.past.ledger.bear(birth, marks(&draft.marks, mark, len)),
                    Piece::Copied { source, mark } => {
                        let birth = Birth { source: source.first, ..birth };
                        self.past.ledger.bear(birth, marks(&draft.marks, mark, source.len))
                    }
                    Piece::Unseen { len } => {
                        let unknown = vec![Mark::UNKNOWN; len as usize];
                        self.past.ledger.bear(Birth { source: UNSEEN, ..birth }, &unknown)
                    }
                };
                match run {
                    Some(run) => append(&mut self.runs, run),
                    None => is_whole = false,
                }
                line += piece.len();
            }
            let mut runs = Vec::with_capacity(self.runs.len());
            runs.extend_from_slice(&self.runs);
            let bases: Vec<&Version> = draft.bases.iter().map(Rc::as_ref).collect();
            let edits = Some(draft.edits.as_slice()).filter(|_| is_whole);
            let version = if line > 0 { Some(self.past.versions.enter(runs, &bases, edits)?) } else { None };
            step.leave(draft.path, version);
        }
        Ok(())
    }

    /// What was removed and not found again is dead.
    fn bury(&mut self, step: &mut Step<'_>) {
        let (commit, ledger) = (step.commit, &mut self.past.ledger);
        for (run, path) in step.removed.runs() {
            tie_lines(ledger, &mut step.ties, path, LineRelation::Deleted, run, NONE);
            ledger.kill(Kill { run, commit, path, is_lost: false });
        }
    }

    /// Owners of the lines next to each hunk and of the rest of the block around it.
    fn tie_neighbours(&mut self, step: &mut Step<'_>, path: u32, base: &Lined<'_>, followed: &Followed) {
        let ledger = &self.past.ledger;
        if ledger.is_without_ties {
            return;
        }
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

/// Lines of a run by owner and kind.
pub(super) fn tie_lines(
    ledger: &Ledger,
    ties: &mut Vec<Tie>,
    path: u32,
    relation: LineRelation,
    run: Run,
    from_path: u32,
) {
    if ledger.is_without_ties {
        return;
    }
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

pub(super) fn old_path(file: &FileChange) -> u32 {
    if file.old_path == NONE { file.path } else { file.old_path }
}
