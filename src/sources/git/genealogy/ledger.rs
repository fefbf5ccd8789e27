//! The books: every line that was ever born, by number, and every event that befell it.

use std::io;

use super::state::Run;
use crate::facts::{LineKind, LineRelation};
use crate::sources::git::diffs::{Mark, Traits};
use crate::sources::git::file_changes::NONE;
use crate::sources::git::kept::{Reader, Unusable, Writer};
use crate::sources::git::spool::{self, Slice, Spool};
use rustc_hash::FxHashMap;

/// Lines that came together in one commit and file, one below the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Birth {
    pub(super) first: u32,
    pub(super) len: u32,
    /// [`NONE`], once the books are closed, for lines of commits that are not of interest any more.
    pub(super) commit: u32,
    pub(super) path: u32,
    /// From zero.
    pub(super) line: u32,
    /// The lines these were copied from: the first of them. Else [`WRITTEN`] or [`UNSEEN`].
    pub(super) source: u32,
}

/// The commit wrote these lines.
pub(super) const WRITTEN: u32 = NONE;
/// The commit was the first in which these lines were seen, though they had been there before.
pub(super) const UNSEEN: u32 = NONE - 1;

impl Birth {
    /// The commit that wrote or copied these lines; [`NONE`] where that was not seen.
    pub(super) fn writer(&self) -> u32 {
        if self.source == UNSEEN { NONE } else { self.commit }
    }

    fn is_copy(&self) -> bool {
        self.source < UNSEEN
    }

    /// Whether lines that are numbered next are the next lines of the file too, from the same source.
    fn is_continued_by(&self, next: &Self) -> bool {
        let source = if self.is_copy() { self.source + self.len } else { self.source };
        (self.commit, self.path, self.line + self.len, source) == (next.commit, next.path, next.line, next.source)
    }
}

/// Lines that a commit deleted from a file. A merge may have kept them all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kill {
    pub(super) run: Run,
    pub(super) commit: u32,
    pub(super) path: u32,
    /// The lines were only lost from sight.
    pub(super) is_lost: bool,
}

impl Kill {
    fn is_continued_by(&self, next: &Self) -> bool {
        (self.run.end(), self.commit, self.path, self.is_lost) == (next.run.first, next.commit, next.path, next.is_lost)
    }
}

/// Lines that a commit deleted in one place and added in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) run: Run,
    pub(super) commit: u32,
}

/// How lines of one owner stand to a commit's work on one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Tie {
    pub(in super::super) path: u32,
    pub(in super::super) relation: LineRelation,
    pub(in super::super) origin: u32,
    pub(in super::super) kind: Option<LineKind>,
    pub(in super::super) from_path: u32,
    pub(in super::super) lines: u32,
}

/// Lines between two that are looked up directly.
const STRIDE: u32 = 64;

#[derive(Default)]
pub(super) struct Ledger {
    /// In the order of their numbers.
    pub(super) births: Vec<Birth>,
    pub(super) kills: Vec<Kill>,
    pub(super) moves: Vec<Move>,
    /// Lines that two branches wrote alike: the one whose text a merge kept under the other's number, and that merge.
    pub(super) twins: Vec<(u32, u32)>,
    prints: Vec<u32>,
    seen: Seen,
    traits: Vec<Traits>,
    /// By line, the commit that deleted it last; [`NONE`] where none did.
    killed_by: Vec<u32>,
    killed_before: FxHashMap<u32, Vec<u32>>,
    /// By every 64th line, the birth it came with.
    birth_of: Vec<u32>,
    /// Whether ties are not entered.
    pub(super) is_without_ties: bool,
    ties: Spool,
    ties_of: Vec<(u32, Slice)>,
    /// Once the books are closed, by commit as numbered before, its place in the walk.
    places: Vec<u32>,
}

impl Ledger {
    /// Lines there ever were.
    pub(super) fn len(&self) -> u32 {
        self.prints.len() as u32
    }

    /// Enters new lines, with their marks; gives their numbers. `None` when there are too many to number.
    pub(super) fn bear(&mut self, birth: Birth, marks: &[Mark]) -> Option<Run> {
        let first = self.len();
        first.checked_add(marks.len() as u32).filter(|end| *end < UNSEEN)?;
        let len = marks.len() as u32;
        if len == 0 {
            return Some(Run { first, len });
        }
        let birth = Birth { first, len, ..birth };
        match self.births.last_mut() {
            Some(last) if last.is_continued_by(&birth) => {
                last.len += len;
                let last = *last;
                self.index(last, self.births.len() - 1);
            }
            _ => {
                self.index(birth, self.births.len());
                self.births.push(birth);
            }
        }
        self.prints.extend(marks.iter().map(|mark| mark.print));
        marks.iter().for_each(|mark| self.seen.enter(mark.print));
        self.traits.extend(marks.iter().map(|mark| mark.traits));
        self.killed_by.resize(self.prints.len(), NONE);
        Some(Run { first, len })
    }

    fn index(&mut self, birth: Birth, at: usize) {
        while (self.birth_of.len() as u32 * STRIDE) < birth.first + birth.len {
            self.birth_of.push(at as u32);
        }
    }

    pub(super) fn kill(&mut self, kill: Kill) {
        self.enter_killer(kill);
        match self.kills.last_mut() {
            Some(last) if last.is_continued_by(&kill) => last.run.len += kill.run.len,
            _ => self.kills.push(kill),
        }
    }

    fn enter_killer(&mut self, kill: Kill) {
        if kill.is_lost {
            return;
        }
        for line in kill.run.first..kill.run.end() {
            let last = std::mem::replace(&mut self.killed_by[line as usize], kill.commit);
            if last != NONE {
                self.killed_before.entry(line).or_default().push(last);
            }
        }
    }

    /// The commit that deleted a line last, if any, and those that did before, on other branches or before a merge
    /// brought it back.
    pub(super) fn killers(&self, line: u32) -> (Option<u32>, &[u32]) {
        match self.killed_by[line as usize] {
            NONE => (None, &[]),
            last => (Some(last), self.killed_before.get(&line).map_or(&[], Vec::as_slice)),
        }
    }

    /// A run in parts that the same commit deleted last, or none did.
    pub(super) fn killed_together(&self, run: Run) -> impl Iterator<Item = Run> {
        let killed_by = &self.killed_by[run.first as usize..run.end() as usize];
        let mut at = 0;
        killed_by.chunk_by(|one, next| one == next).map(move |part| {
            at += part.len() as u32;
            run.part(at - part.len() as u32, part.len() as u32)
        })
    }

    pub(super) fn prints(&self, run: Run) -> &[u32] {
        &self.prints[run.first as usize..run.end() as usize]
    }

    /// Whether a line of this print may have been there before; most new lines are like none.
    pub(super) fn may_have(&self, print: u32) -> bool {
        self.seen.may_hold(print)
    }

    pub(super) fn traits(&self, line: u32) -> Traits {
        self.traits[line as usize]
    }

    pub(super) fn mark(&self, line: u32) -> Mark {
        Mark { print: self.prints[line as usize], traits: self.traits[line as usize] }
    }

    /// The birth that a line came with.
    pub(super) fn birth(&self, line: u32) -> Birth {
        self.births[self.birth_at(line)]
    }

    fn birth_at(&self, line: u32) -> usize {
        let at = (line / STRIDE) as usize;
        let from = self.birth_of[at] as usize;
        let to = self.birth_of.get(at + 1).map_or(self.births.len(), |birth| *birth as usize + 1);
        let after = from + self.births[from..to].partition_point(|birth| birth.first <= line);
        after.saturating_sub(1)
    }

    /// The births that some lines came with.
    pub(super) fn births_of(&self, run: Run) -> impl Iterator<Item = &Birth> {
        self.births[self.birth_at(run.first)..].iter().take_while(move |birth| birth.first < run.end())
    }

    /// The line as it was first written: itself, unless it is a copy.
    pub(super) fn written(&self, mut line: u32) -> u32 {
        // A source was numbered before its copy, so this ends.
        loop {
            let birth = self.birth(line);
            if !birth.is_copy() {
                return line;
            }
            line = birth.source + (line - birth.first);
        }
    }

    /// The commit that wrote a line's text; [`NONE`] where that was not seen.
    pub(super) fn origin(&self, line: u32) -> u32 {
        self.birth(self.written(line)).writer()
    }

    /// The same, for a line of a birth; the birth's own commit where the text's first writing was not seen.
    pub(super) fn origin_if_seen(&self, line: u32, birth: Birth) -> u32 {
        let origin = if birth.is_copy() { self.origin(line) } else { NONE };
        if origin == NONE { birth.commit } else { origin }
    }

    /// By line that was ever moved, the last commit that did.
    pub(super) fn movers(&self) -> FxHashMap<u32, u32> {
        let mut movers = FxHashMap::default();
        for moved in &self.moves {
            for line in moved.run.first..moved.run.end() {
                let last = movers.entry(line).or_insert(moved.commit);
                *last = moved.commit.max(*last);
            }
        }
        movers
    }

    /// Lines with their owners: neighbouring lines of one commit together. An owner is the commit that wrote the
    /// text, [`NONE`] where that was not seen.
    pub(super) fn owners(&self, run: Run, mut each: impl FnMut(u32, Run)) {
        let mut at = run.first;
        while at < run.end() {
            let birth = self.birth(at);
            let mut end = (birth.first + birth.len).min(run.end());
            let origin = self.origin(at);
            if birth.is_copy() {
                end = (at + 1..end).find(|line| self.origin(*line) != origin).unwrap_or(end);
            }
            each(origin, Run { first: at, len: end - at });
            at = end;
        }
    }

    pub(super) fn tie(&mut self, commit: u32, ties: &[Tie]) -> io::Result<()> {
        if ties.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(ties.len() * 8);
        for tie in ties {
            spool::put(&mut bytes, tie.path.into());
            bytes.push(tie.relation as u8);
            spool::put(&mut bytes, u64::from(tie.origin.wrapping_add(1)));
            bytes.push(tie.kind.map_or(0, |kind| kind as u8 + 1));
            spool::put(&mut bytes, u64::from(tie.from_path.wrapping_add(1)));
            spool::put(&mut bytes, tie.lines.into());
        }
        let slice = self.ties.push(&bytes)?;
        self.ties_of.push((commit, slice));
        Ok(())
    }

    /// The ties of every commit that has some, in the order they were entered.
    pub(super) fn ties(&self) -> &[(u32, Slice)] {
        &self.ties_of
    }

    pub(super) fn read_ties(&self, slice: Slice, buffer: &mut Vec<u8>) -> io::Result<Vec<Tie>> {
        let mut bytes = self.ties.read(slice, buffer)?;
        let mut ties = Vec::new();
        while !bytes.is_empty() {
            let rest = &mut bytes;
            let number = |rest: &mut &[u8]| spool::get(rest) as u32;
            let path = number(rest);
            let relation = byte(rest);
            let origin = self.place(number(rest).wrapping_sub(1));
            let kind = byte(rest);
            let (from_path, lines) = (number(rest).wrapping_sub(1), number(rest));
            let Some(&relation) = LineRelation::ALL.get(usize::from(relation)) else { break };
            let kind = usize::from(kind).checked_sub(1).and_then(|kind| LineKind::ALL.get(kind)).copied();
            ties.push(Tie { path, relation, origin, kind, from_path, lines });
        }
        Ok(ties)
    }

    /// Closes the books: commits are known by their place in the walk from here on, and what is of commits without one
    /// is left out.
    pub(super) fn close(&mut self, places: Vec<u32>) {
        self.places = places;
        let place = |commit: u32| self.places.get(commit as usize).copied().unwrap_or(NONE);
        self.births.iter_mut().for_each(|birth| birth.commit = place(birth.commit));
        self.kills.iter_mut().for_each(|kill| kill.commit = place(kill.commit));
        self.kills.retain(|kill| kill.commit != NONE);
        self.moves.iter_mut().for_each(|moved| moved.commit = place(moved.commit));
        self.moves.retain(|moved| moved.commit != NONE);
        self.twins.retain(|(_, merge)| place(*merge) != NONE);
        self.ties_of.iter_mut().for_each(|(commit, _)| *commit = place(*commit));
        self.ties_of.retain(|(commit, _)| *commit != NONE);
        self.ties_of.sort_unstable_by_key(|(commit, _)| *commit);
        (self.killed_by, self.killed_before) = (Vec::new(), FxHashMap::default());
        self.seen = Seen(Vec::new());
    }

    fn place(&self, commit: u32) -> u32 {
        if self.places.is_empty() { commit } else { self.places.get(commit as usize).copied().unwrap_or(NONE) }
    }

    pub(super) fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.section()?;
        to.put_words(self.births.iter().map(|&Birth { first: _, len, commit, path, line, source }| {
            // They stand in the order of their numbers.
            [len, commit, path, line, source]
        }))?;
        let kill = |&Kill { run, commit, path, is_lost }: &Kill| [run.first, run.len, commit, path, is_lost.into()];
        to.put_words(self.kills.iter().map(kill))?;
        to.put_words(self.moves.iter().map(|&Move { run, commit }| [run.first, run.len, commit]))?;
        to.put_words(self.twins.iter().map(|&(line, merge)| [line, merge]))?;
        to.put_words(self.prints.iter().map(|print| [*print]))?;
        to.put_bytes(&self.traits.iter().map(|traits| traits.0).collect::<Vec<u8>>())?;
        to.section()?;
        to.put(&self.ties_of)?;
        to.put_spool(&self.ties)
    }

    pub(super) fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        from.section()?;
        let mut first = 0u32;
        let births = from.get_words(|[len, commit, path, line, source]| {
            let birth = Birth { first, len, commit, path, line, source };
            first = first.saturating_add(len);
            birth
        })?;
        let kills = from.get_words(|[first, len, commit, path, is_lost]| {
            let run = Run { first, len };
            Kill { run, commit, path, is_lost: is_lost != 0 }
        })?;
        let moves = from.get_words(|[first, len, commit]| Move { run: Run { first, len }, commit })?;
        let twins = from.get_words(|[line, merge]| (line, merge))?;
        let prints = from.get_words(|[print]| print)?;
        let traits = from.get_bytes()?.into_iter().map(Traits).collect();
        let mut ledger = Self { births, kills, moves, twins, prints, traits, ..Self::default() };
        if from.section_of_facts()? {
            (ledger.ties_of, ledger.ties) = (from.get()?, from.get_spool()?);
        }
        let lines = ledger.len();
        let ends = ledger.kills.iter().map(|kill| kill.run.first.checked_add(kill.run.len));
        if first != lines
            || ledger.traits.len() as u32 != lines
            || ends.into_iter().any(|end| end.is_none_or(|end| end > lines))
        {
            return Err(Unusable);
        }
        ledger.killed_by.resize(ledger.prints.len(), NONE);
        ledger.prints.iter().for_each(|print| ledger.seen.enter(*print));
        for at in 0..ledger.births.len() {
            let birth = ledger.births[at];
            ledger.index(birth, at);
        }
        for at in 0..ledger.kills.len() {
            ledger.enter_killer(ledger.kills[at]);
        }
        Ok(ledger)
    }
}

/// Prints that were entered, and some that were not: a bit by a print's first ones.
struct Seen(Vec<u64>);

impl Seen {
    const BITS: u32 = 25;

    fn enter(&mut self, print: u32) {
        let bit = print >> (u32::BITS - Self::BITS);
        self.0[bit as usize / 64] |= 1 << (bit % 64);
    }

    fn may_hold(&self, print: u32) -> bool {
        let bit = print >> (u32::BITS - Self::BITS);
        self.0[bit as usize / 64] >> (bit % 64) & 1 != 0
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self(vec![0; 1 << (Self::BITS - 6)])
    }
}

fn byte(bytes: &mut &[u8]) -> u8 {
    bytes.split_off_first().copied().unwrap_or_default()
}
