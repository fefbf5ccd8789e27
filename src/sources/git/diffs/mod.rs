//! The line diffs of a history, each pair of contents once, file after file.
//!
//! A content is put together from other versions of its file: reading in that order finds them at hand, where the order
//! of commits, and that of the disk, would put them together anew. Diffs are kept packed, since most are not looked at
//! before all are made.

mod followed;
mod worker;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

pub(super) use followed::{Followed, Mark, Traits};
use worker::{Made, Worker};

use super::file_changes::{FileChange, FileChanges, NONE, Touched};
use super::file_class;
use super::kept::{Reader, Unusable, Writer};
use super::line_kind::Syntax;
use super::lots;
use super::objects::{Id, Packs};
use super::spool::{Slice, Spool};
use crate::facts::FileClass;

/// Two contents, and how their lines are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Pair {
    old: u32,
    new: u32,
    reading: Reading,
}

/// What is wanted of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Reading {
    /// Only how many lines were added and deleted.
    Count,
    /// Where they stand and what they are, by the syntax with this number.
    Follow(u8),
    /// That, and which old line each new one is made from: for commits that are looked through.
    LookThrough(u8),
    /// Only where the lines stand that a merge adds to its first parent's content, which is this: nothing else is asked
    /// of its other parents.
    Fill { first: u32, syntax: u8 },
    /// Only what stood in a text that is gone, for the names in it.
    Vanished(u8),
}

/// A pair that is to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planned {
    pair: Pair,
    /// Whether the names around its differences are wanted.
    is_named: bool,
}

/// A pair, and what it is ordered by: file after file, and of a file newer versions first, since git puts older ones
/// together from newer ones, so that most of what a version is made of was read just before. Of a merge's parents the
/// first stays in front.
struct Ordered {
    path: u32,
    commit: Reverse<u32>,
    pair: Pair,
}

/// What is to be compared, and in which order.
pub(super) struct Plan {
    /// Stage after stage, in each file after file.
    pairs: Vec<Planned>,
    /// For each stage, where it ends among the pairs, and the first commit that it leaves something to compare of.
    stages: Vec<(usize, u32)>,
}

impl Plan {
    pub(super) fn len(&self) -> u64 {
        self.pairs.len() as u64
    }

    /// The pairs in lots for several threads, each with the commit before which the lines of all may be followed then:
    /// bit by bit those of the stage before.
    fn lots(&self, threads: usize) -> Vec<(&[Planned], u32)> {
        // Some for each thread in every stage.
        let size = (self.pairs.len() / (threads * self.stages.len() * 4).max(1)).clamp(256, LOT);
        let (mut lots, mut start) = (Vec::new(), 0);
        let mut compared = 0..0;
        for &(end, commit) in &self.stages {
            let of_stage = self.pairs[start..end].chunks(size);
            let count = of_stage.len() as u64;
            for (lot, at) in of_stage.zip(1..) {
                let part = u64::from(compared.end - compared.start) * at / count;
                lots.push((lot, compared.start + part as u32));
            }
            (start, compared) = (end, compared.end..commit);
        }
        lots
    }
}

/// What a diff came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    Text { added: u32, deleted: u32 },
    Binary,
    Unreadable,
}

/// What stands in a content, once it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Substance {
    /// Text of so many lines.
    Lines(u32),
    Binary,
    /// So many lines that only say where the content is kept: a submodule, or a pointer to large storage.
    Pointer(u32),
    Unreadable,
    Unknown,
}

/// Every diff of a history.
#[derive(Default)]
pub(super) struct Diffs {
    index: FxHashMap<Pair, u32>,
    outcomes: Vec<Outcome>,
    /// None for diffs of an earlier run: where they differ is not needed any more.
    slices: Vec<Option<Slice>>,
    substances: Vec<Substance>,
    /// By content that could not be read.
    reasons: BTreeMap<u32, String>,
    spool: Spool,
    named: Named,
    syntaxes: Vec<u8>,
    /// Whether no path has a syntax, so that every line is code or blank.
    is_without_kinds: bool,
    /// By path, whether its file runs: the names in others mean nothing.
    runs: Vec<bool>,
}

/// The names around the differences of those pairs of which they are wanted; of use until those of commits are made
/// of them.
#[derive(Default)]
struct Named {
    slices: FxHashMap<Pair, Slice>,
    spool: Spool,
}

/// How a commit's files are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Wanted {
    Counts,
    Lines,
    LinesLookedThrough,
}

/// Whether a merge has a file as another parent has it: then nothing needs to be compared for the lines' sake.
fn is_taken_over(touched: &Touched, file: usize) -> bool {
    let new = touched.files[file].new;
    touched.elsewhere_of(file).iter().any(|there| there.parent > 0 && there.content == new)
}

impl Wanted {
    fn reading(self, syntax: u8) -> Reading {
        match self {
            Self::Counts => Reading::Count,
            Self::Lines => Reading::Follow(syntax),
            Self::LinesLookedThrough => Reading::LookThrough(syntax),
        }
    }
}

/// Pairs diffed by one worker before it takes the next lot: many, since the versions of a file are put together once.
const LOT: usize = 1024;
/// Stages in which histories are compared by several threads: more of them let more of the following overlap with the
/// comparing, but each puts contents together anew that an earlier one had at hand.
const STAGES: usize = 8;
/// Every stage but the last takes one in so many of the pairs that are left: while the last is folded there is nothing to
/// compare, so that it has to be small.
const STAGE_SHARE: usize = 3;
/// Texts of more lines are not compared.
const MOST_LINES: u32 = 2_000_000;

/// How a commit's files are to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) wanted: Wanted,
    /// Whether the lines it added and deleted are to be counted even where none needs to be followed.
    pub(super) is_counted: bool,
    /// Whether it must be known where its lines changed; else how many is enough.
    pub(super) needs_lines: bool,
    /// Whether the names around what it did are wanted.
    pub(super) needs_names: bool,
}

/// Why a history could not be compared at all.
#[derive(Debug)]
pub(super) enum DiffError {
    Open(git2::Error),
    Spool(io::Error),
}

impl Diffs {
    /// What is still to be compared: every pair once, in the order in which contents are best read. `orders[i]` says how
    /// the files of the i-th commit are to be compared, `None` for one of no interest. Where there are several threads,
    /// what older commits did comes first, so that their lines can be followed while the rest is compared.
    pub(super) fn plan(&mut self, changes: &FileChanges, orders: &[Option<Order>], threads: usize) -> Plan {
        self.substances.resize(changes.blobs.len(), Substance::Unknown);
        (self.syntaxes, self.runs) = if self.is_without_kinds {
            (vec![Syntax::NONE.id(); changes.paths.len()], vec![false; changes.paths.len()])
        } else {
            changes.paths.iter().map(|path| nature_of(path)).unzip()
        };
        let mut arrives: Vec<bool> = self.substances.iter().map(|known| *known != Substance::Unknown).collect();
        let commits = || changes.commits.iter().zip(orders);
        let is_looked_at =
            |touched: &Touched, at: usize, order: &Order| order.is_counted || !is_taken_over(touched, at);
        for (touched, order) in commits() {
            let Some(order) = order else { continue };
            for (at, file) in touched.files.iter().enumerate() {
                if file.new != NONE && file.new != file.old && is_looked_at(touched, at, order) {
                    arrives[file.new as usize] = true;
                }
            }
        }
        let mut planned = Vec::new();
        // By commit, how many pairs must be compared for all before it.
        let mut before = Vec::with_capacity(changes.commits.len());
        for (commit, (touched, order)) in (0..).zip(commits()) {
            before.push(planned.len());
            let Some(order) = *order else { continue };
            let of = |file: &FileChange, pair| Ordered { path: file.path, commit: Reverse(commit), pair };
            let Order { wanted, needs_lines, needs_names, .. } = order;
            for (at, file) in touched.files.iter().enumerate() {
                // What arrived with another commit was looked at there.
                let is_known = (file.new == NONE || file.new == file.old) && arrives[file.old as usize];
                if !is_known && is_looked_at(touched, at, &order) {
                    let wanted = if is_taken_over(touched, at) { Wanted::Counts } else { wanted };
                    let pair = self.pair(file.old, file.new, wanted, file.path);
                    self.want(of(file, pair), needs_lines, &mut planned);
                }
                if let Some(pair) = self.named_pair(*file, wanted).filter(|_| needs_names) {
                    self.named.slices.insert(pair, Slice::default());
                    self.want(of(file, pair), true, &mut planned);
                }
            }
            for there in touched.elsewhere.iter().filter(|_| wanted != Wanted::Counts && needs_lines) {
                let file = touched.files[there.file as usize];
                if !is_taken_over(touched, there.file as usize) && there.content != file.new {
                    self.want(of(&file, self.pair_elsewhere(file, there.content, wanted)), true, &mut planned);
                }
            }
        }
        let stages = if threads > 1 { STAGES } else { 1 };
        let mut left = planned.len();
        let ends = (1..=stages).map(|stage| {
            left -= if stage == stages { left } else { left / STAGE_SHARE };
            planned.len() - left
        });
        let stages: Vec<(usize, u32)> =
            ends.map(|end| (end, before.partition_point(|needed| *needed <= end).saturating_sub(1) as u32)).collect();
        Plan { pairs: self.in_reading_order(planned, &stages), stages }
    }

    /// Does without the kinds of lines and the names around them.
    pub(super) fn forgo_kinds(&mut self) {
        self.is_without_kinds = true;
    }

    /// Compares what was planned, on `threads` threads. Meanwhile it calls `known` with a commit before which all has
    /// been compared.
    pub(super) fn make(
        &mut self,
        packs: &Packs,
        changes: &FileChanges,
        plan: &Plan,
        threads: usize,
        done: &(dyn Fn(u64) + Sync),
        mut known: impl FnMut(&Self, u32) -> io::Result<()>,
    ) -> Result<(), DiffError> {
        let lots = plan.lots(threads);
        let work = |worker: &mut Worker<'_>, lot: usize| {
            let made: Vec<Made> = lots[lot].0.iter().map(|planned| worker.diff(*planned)).collect();
            done(made.len() as u64);
            (lot, made)
        };
        let take = |(lot, made): (usize, Vec<Made>)| {
            let (lot, commit) = lots[lot];
            let mut made = lot.iter().zip(made);
            let entered = made.try_for_each(|(planned, made)| self.enter(planned.pair, made));
            entered.and_then(|()| known(self, commit)).map_err(DiffError::Spool)
        };
        let worker = || Worker::of(packs, &changes.blobs).map_err(DiffError::Open);
        lots::in_order(threads, lots.len(), worker, work, take)
    }

    fn pair(&self, old: u32, new: u32, wanted: Wanted, path: u32) -> Pair {
        // Of what vanished or stayed the same only the size matters.
        let reading =
            if new == NONE || new == old { Reading::Count } else { wanted.reading(self.syntaxes[path as usize]) };
        Pair { old, new, reading }
    }

    /// The pair of a file with what another parent has, or the first under another name.
    fn pair_elsewhere(&self, file: FileChange, content: u32, wanted: Wanted) -> Pair {
        let mut pair = self.pair(content, file.new, wanted, file.path);
        if let Reading::Follow(syntax) = pair.reading
            && ![NONE, content].contains(&file.old)
        {
            pair.reading = Reading::Fill { first: file.old, syntax };
        }
        pair
    }

    /// The pair that tells the names around what was done to a file; none if they are of no interest.
    fn named_pair(&self, file: FileChange, wanted: Wanted) -> Option<Pair> {
        let FileChange { old, new, path, .. } = file;
        let pair = match new {
            NONE => Pair { old, new, reading: Reading::Vanished(self.syntaxes[path as usize]) },
            _ => self.pair(old, new, wanted, path),
        };
        (self.runs[path as usize] && pair.reading != Reading::Count).then_some(pair)
    }

    /// Plans a pair that is not compared yet, or was in an earlier run and its lines are needed now.
    fn want(&mut self, ordered: Ordered, needs_lines: bool, planned: &mut Vec<Ordered>) {
        let pair = ordered.pair;
        let next = self.outcomes.len() as u32;
        let number = *self.index.entry(pair).or_insert(next);
        if number == next {
            self.outcomes.push(Outcome::Unreadable);
            self.slices.push(None);
        }
        let slice = &mut self.slices[number as usize];
        let is_new = number == next || slice.is_none() && needs_lines && pair.reading != Reading::Count;
        if is_new {
            // Found already by whoever asks next.
            *slice = Some(Slice::default());
            planned.push(ordered);
        }
    }

    fn in_reading_order(&self, mut planned: Vec<Ordered>, stages: &[(usize, u32)]) -> Vec<Planned> {
        let mut start = 0;
        for &(end, _) in stages {
            planned[start..end].sort_by_key(|ordered| (ordered.path, ordered.commit));
            start = end;
        }
        let is_named = |pair: &Pair| self.named.slices.contains_key(pair);
        planned.into_iter().map(|Ordered { pair, .. }| Planned { pair, is_named: is_named(&pair) }).collect()
    }

    fn enter(&mut self, pair: Pair, made: Made) -> io::Result<()> {
        let Some(&number) = self.index.get(&pair) else { return Ok(()) };
        // What was read once stays known, though the object may have been lost since.
        if made.outcome != Outcome::Unreadable {
            self.outcomes[number as usize] = made.outcome;
        }
        for (blob, substance) in [(pair.old, made.old), (pair.new, made.new)] {
            if let Some(known) = self.substances.get_mut(blob as usize) {
                *known =
                    if substance == Substance::Unreadable && *known != Substance::Unknown { *known } else { substance };
            }
        }
        self.reasons.extend(made.reasons);
        if !made.bytes.is_empty() {
            self.slices[number as usize] = Some(self.spool.push(&made.bytes)?);
        }
        if !made.names.is_empty() {
            self.named.slices.insert(pair, self.named.spool.push(&made.names)?);
        }
        Ok(())
    }

    /// Contents that could not be read, other than by our own rule.
    pub(super) fn lacking(&self, changes: &FileChanges) -> impl Iterator<Item = Id> {
        let too_long = too_many_lines();
        let lacking = self.reasons.iter().filter(move |(_, reason)| **reason != too_long);
        lacking.filter_map(|(blob, _)| Some(changes.blobs.get(*blob as usize)?.id))
    }

    pub(super) fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.section()?;
        to.put(&self.substances)?;
        to.section()?;
        let mut pairs: Vec<(u32, Pair)> = self.index.iter().map(|(pair, number)| (*number, *pair)).collect();
        pairs.sort_unstable_by_key(|(number, _)| *number);
        to.put(&pairs.into_iter().map(|(_, pair)| pair).collect::<Vec<Pair>>())?;
        to.put(&self.outcomes)?;
        to.put(&self.reasons)
    }

    pub(super) fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        from.section()?;
        let mut diffs = Self { substances: from.get()?, ..Self::default() };
        if from.section_of_facts()? {
            let pairs: Vec<Pair> = from.get()?;
            (diffs.outcomes, diffs.reasons) = (from.get()?, from.get()?);
            if pairs.len() != diffs.outcomes.len() {
                return Err(Unusable);
            }
            diffs.slices = vec![None; pairs.len()];
            diffs.index = pairs.into_iter().zip(0..).collect();
        }
        Ok(diffs)
    }

    pub(super) fn substance(&self, blob: u32) -> Substance {
        self.substances.get(blob as usize).copied().unwrap_or(Substance::Unknown)
    }

    /// How many lines a file change added and deleted, and why that is not known.
    pub(super) fn counts(&self, touched: &Touched, file: usize, wanted: Wanted) -> (Outcome, Option<&str>) {
        let FileChange { old, new, path, .. } = touched.files[file];
        if old == new {
            let outcome = match self.substance(new) {
                Substance::Binary => Outcome::Binary,
                Substance::Unreadable | Substance::Unknown => Outcome::Unreadable,
                Substance::Lines(_) | Substance::Pointer(_) => Outcome::Text { added: 0, deleted: 0 },
            };
            return (outcome, None);
        }
        let wanted = if is_taken_over(touched, file) { Wanted::Counts } else { wanted };
        let outcome = match self.index.get(&self.pair(old, new, wanted, path)) {
            Some(&number) => self.outcomes[number as usize],
            None => match self.substance(old) {
                Substance::Lines(deleted) | Substance::Pointer(deleted) => Outcome::Text { added: 0, deleted },
                Substance::Binary => Outcome::Binary,
                Substance::Unreadable | Substance::Unknown => Outcome::Unreadable,
            },
        };
        let reason = [old, new].iter().find_map(|blob| self.reasons.get(blob));
        (outcome, reason.map(String::as_str))
    }

    /// Where two contents differ; `None` when that is not known. The same content differs nowhere.
    pub(super) fn followed(
        &self,
        old: u32,
        new: u32,
        wanted: Wanted,
        path: u32,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Option<Followed>> {
        self.followed_pair(self.pair(old, new, wanted, path), buffer)
    }

    /// Where a merge's file differs from another parent's: of all lines, or only of those that its first parent lacks.
    pub(super) fn followed_elsewhere(
        &self,
        file: FileChange,
        content: u32,
        wanted: Wanted,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Option<Followed>> {
        self.followed_pair(self.pair_elsewhere(file, content, wanted), buffer)
    }

    fn followed_pair(&self, pair: Pair, buffer: &mut Vec<u8>) -> io::Result<Option<Followed>> {
        let slice = self.index.get(&pair).and_then(|number| self.slices[*number as usize]);
        let bytes = slice.map_or(Ok(&[][..]), |slice| self.spool.read(slice, buffer))?;
        let with_sources = matches!(pair.reading, Reading::LookThrough(_));
        Ok((!bytes.is_empty()).then(|| Followed::unpack(bytes, with_sources)))
    }

    /// The names around what was done to a file, packed: of commits whose order asked for them.
    pub(super) fn names<'a>(
        &'a self,
        file: FileChange,
        wanted: Wanted,
        buffer: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]> {
        let slice = self.named_pair(file, wanted).and_then(|pair| self.named.slices.get(&pair));
        slice.map_or(Ok(&[]), |slice| self.named.spool.read(*slice, buffer))
    }

    pub(super) fn forget_names(&mut self) {
        self.named = Named::default();
    }
}

fn too_many_lines() -> String {
    format!("more than the {MOST_LINES} lines compared")
}

/// How a file's lines are read, and whether it runs.
fn nature_of(path: &[u8]) -> (u8, bool) {
    let (class, language) = file_class::classify(&String::from_utf8_lossy(path));
    (Syntax::of(language).id(), class.runs() || class == FileClass::Test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_followed_bit_by_bit_and_never_ahead_of_what_was_compared() {
        let pair = Pair { old: NONE, new: 0, reading: Reading::Count };
        let pairs = vec![Planned { pair, is_named: false }; 3000];
        let plan = Plan { pairs, stages: vec![(1000, 70), (2000, 70), (3000, 200)] };
        let lots = plan.lots(2);
        assert_eq!(lots.iter().map(|(lot, _)| lot.len()).collect::<Vec<_>>(), [256, 256, 256, 232].repeat(3));
        let known: Vec<u32> = lots.iter().map(|(_, commit)| *commit).collect();
        assert_eq!(known, [0, 0, 0, 0, 17, 35, 52, 70, 70, 70, 70, 70]);
        assert!(Plan { pairs: Vec::new(), stages: vec![(0, 0); 3] }.lots(2).is_empty());
    }
}
