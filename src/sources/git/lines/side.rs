//! One version in a comparison: the lines between the common ends, as numbers that are equal where lines are.

use std::cell::Cell;
use std::hash::Hasher as _;

use rustc_hash::FxHasher;

use super::{Whitespace, each_line};

/// The lines of one version that are compared.
#[derive(Default)]
pub(super) struct Side {
    /// Start and end of each line in its text.
    pub(super) spans: Vec<(u32, u32)>,
    pub(super) classes: Vec<u32>,
    pub(super) changed: Vec<bool>,
    /// Classes of the lines that may match, and where they stand.
    pub(super) kept: Vec<u32>,
    pub(super) kept_at: Vec<u32>,
    chances: Chances,
    /// Bytes of lines of different classes that may still be compared: enough for every honest text, where groups that
    /// climb past each other's lines would take forever.
    bytes_left: Cell<usize>,
}

/// Of the bytes of all lines, how often they may be compared.
const MOST_COMPARED: usize = 16;

impl Side {
    /// Lines of different classes may be compared again.
    pub(super) fn refill(&self) {
        let bytes = self.spans.first().zip(self.spans.last()).map_or(0, |(first, last)| last.1 - first.0);
        self.bytes_left.set(MOST_COMPARED * bytes as usize);
    }

    /// Takes the lines of `text[start..end]`.
    pub(super) fn take(&mut self, text: &[u8], start: usize, end: usize) {
        self.spans.clear();
        each_line(&text[start..end], |from, to| self.spans.push(((start + from) as u32, (start + to) as u32)));
    }

    pub(super) fn line<'t>(&self, text: &'t [u8], at: usize) -> &'t [u8] {
        self.spans.get(at).map_or(&[], |&(start, end)| &text[start as usize..end as usize])
    }

    /// Whether two lines may take each other's place. Those of one class may; whitespace may make two of them.
    pub(super) fn are_alike(&self, text: &[u8], one: usize, other: usize, whitespace: Whitespace) -> bool {
        if self.classes[one] == self.classes[other] {
            return true;
        }
        if whitespace == Whitespace::IsText || self.bytes_left.get() == 0 {
            return false;
        }
        let (one, other) = (self.line(text, one), self.line(text, other));
        self.bytes_left.set(self.bytes_left.get().saturating_sub(one.len() + other.len()));
        whitespace.are_alike(one, other)
    }

    /// Numbers the lines and forgets what was known of them.
    pub(super) fn number(&mut self, mut class_of: impl FnMut((u32, u32)) -> u32) {
        self.classes.clear();
        self.classes.extend(self.spans.iter().map(|&span| class_of(span)));
        self.changed.clear();
        self.changed.resize(self.spans.len(), false);
    }

    /// Numbers the lines of the new version. Most follow each other as in the old one, so the line behind the last
    /// one's counterpart is looked at before any other.
    pub(super) fn number_beside(&mut self, old: &Self, texts: Texts<'_>, classes: &mut Classes) {
        let mut next = 0;
        self.number(|(start, end)| {
            if let Some(&class) = old.classes.get(next)
                && old.line(texts[0], next) == &texts[1][start as usize..end as usize]
            {
                next += 1;
                return class;
            }
            let class = classes.number(texts, 1, (start, end));
            next = classes.first_among(&old.spans, class).map_or(next, |first| first + 1);
            class
        });
    }

    /// Gives the lines other numbers and forgets what changed.
    pub(super) fn renumber(&mut self, mut other: impl FnMut(u32) -> u32) {
        self.classes.iter_mut().for_each(|class| *class = other(*class));
        self.changed.fill(false);
    }

    pub(super) fn count_changed(&self) -> u32 {
        self.changed.iter().map(|changed| u32::from(*changed)).sum()
    }

    /// The class of each changed line.
    pub(super) fn changed_classes(&self) -> impl Iterator<Item = u32> {
        self.classes.iter().zip(&self.changed).filter(|(_, changed)| **changed).map(|(class, _)| *class)
    }

    pub(super) fn mark_all(&mut self, is_changed: impl Fn(u32) -> bool) {
        self.changed.iter_mut().zip(&self.classes).for_each(|(changed, &class)| *changed = is_changed(class));
    }

    /// Whether [`Self::keep_matchable`] may give up a line that has a counterpart. It does so only amid lines without one
    /// of which there are more than three for each that has one, and for one more.
    pub(super) fn may_give_up(&self, other_counts: &[u32]) -> bool {
        // Lines without a counterpart less three times those with one, over the lines up to here for which that is
        // most: of those between lines with a counterpart, and of those that hold one.
        let (mut unmatched, mut mixed) = (0i64, i64::MIN / 2);
        self.classes.iter().any(|&class| {
            if other_counts[class as usize] > 0 {
                mixed = if unmatched > 0 { mixed.max(unmatched) } else { mixed } - MOST_FREQUENT_SHARE + 1;
                unmatched = 0;
                return false;
            }
            unmatched += 1;
            mixed += 1;
            mixed >= MOST_FREQUENT_SHARE
        })
    }

    /// Marks lines without a counterpart as changed and keeps the rest for the search.
    pub(super) fn keep_matchable(&mut self, other_counts: &[u32], lines_outside: u32) {
        const MOST_EQUAL: u32 = 1024;
        let limit = rough_square_root(self.classes.len() + lines_outside as usize).min(MOST_EQUAL);
        self.chances.take(self.classes.iter().map(|&class| match other_counts[class as usize] {
            0 => Chance::None,
            n if n >= limit => Chance::TooMany,
            _ => Chance::Some,
        }));
        // Every line is put down, and written over by the next one unless it is kept.
        self.kept.resize(self.classes.len(), 0);
        self.kept_at.resize(self.classes.len(), 0);
        let mut count = 0;
        for (at, (&class, changed)) in self.classes.iter().zip(&mut self.changed).enumerate() {
            *changed = self.chances.is_given_up(at);
            (self.kept[count], self.kept_at[count]) = (class, at as u32);
            count += usize::from(!*changed);
        }
        self.kept.truncate(count);
        self.kept_at.truncate(count);
    }

    pub(super) fn mark(&mut self, kept: std::ops::Range<isize>) {
        for at in kept {
            self.changed[self.kept_at[at as usize] as usize] = true;
        }
    }

    /// Puts lines that both versions share before and behind the compared ones.
    pub(super) fn widen(
        &mut self,
        before: &[(u32, u32)],
        after: &[(u32, u32)],
        mut class_of: impl FnMut((u32, u32)) -> u32,
    ) {
        self.spans.splice(0..0, before.iter().copied());
        self.spans.extend(after);
        self.classes.splice(0..0, before.iter().map(|&span| class_of(span)).collect::<Vec<_>>());
        self.classes.extend(after.iter().map(|&span| class_of(span)));
        self.changed.splice(0..0, before.iter().map(|_| false));
        self.changed.extend(after.iter().map(|_| false));
    }
}

/// Frequent lines are given up where they are fewer than one in so many.
const MOST_FREQUENT_SHARE: i64 = 4;

/// What is known of a line before the search.
#[derive(Clone, Copy, PartialEq)]
enum Chance {
    /// The other version does not have it.
    None,
    Some,
    /// The other version has it so often that a match says little.
    TooMany,
}

/// The chances of all lines of a version.
#[derive(Default)]
struct Chances {
    of: Vec<Chance>,
    /// The lines without [`Chance::Some`] around the one that was asked for last.
    run: std::ops::Range<usize>,
}

impl Chances {
    fn take(&mut self, chances: impl Iterator<Item = Chance>) {
        self.of.clear();
        self.of.extend(chances);
        self.run = 0..0;
    }

    /// Lines are asked for from first to last.
    fn is_given_up(&mut self, at: usize) -> bool {
        match self.of[at] {
            Chance::None => true,
            Chance::Some => {
                self.run = at + 1..at + 1;
                false
            }
            Chance::TooMany => self.is_among_unmatched(at),
        }
    }

    /// A frequent line between lines without a counterpart is better given up too (`xdl_clean_mmatch`).
    fn is_among_unmatched(&mut self, at: usize) -> bool {
        const WINDOW: usize = 100;
        if self.run.end <= at {
            let rest = self.of[at..].iter().take_while(|chance| **chance != Chance::Some);
            self.run.end = at + rest.count();
        }
        let unmatched = |lines: &[Chance]| lines.iter().filter(|chance| **chance == Chance::None).count();
        let before = &self.of[self.run.start.max(at.saturating_sub(WINDOW))..at];
        let after = &self.of[at + 1..self.run.end.min(at + 1 + WINDOW)];
        let (unmatched_before, unmatched_after) = (unmatched(before), unmatched(after));
        // Neither kind is any other, and the line itself counts on either side.
        let all = before.len() + after.len() + 2;
        let frequent = all - unmatched_before - unmatched_after;
        unmatched_before > 0 && unmatched_after > 0 && frequent * (MOST_FREQUENT_SHARE as usize) < all
    }
}

/// A power of two near the square root (`xdl_bogosqrt`).
pub(super) fn rough_square_root(n: usize) -> u32 {
    let (mut n, mut root) = (n, 1);
    while n > 0 {
        root <<= 1;
        n >>= 2;
    }
    root
}

/// Equal lines get equal numbers, over both versions.
#[derive(Default)]
pub(super) struct Classes {
    /// Open addressing: a class plus one, or zero.
    slots: Vec<u32>,
    /// By class, where it was first seen.
    first: Vec<First>,
    /// How often each class occurs in either version.
    pub(super) counts: [Vec<u32>; 2],
    /// By class, the one that stands for all that differ from it in nothing but whitespace, or [`UNKNOWN`] as long as
    /// nobody asked.
    blind: Vec<u32>,
    /// By class that stands for others, their hash blind to whitespace.
    blind_hashes: Vec<u64>,
    /// As `slots`, of the classes that stand for others.
    blind_slots: Vec<u32>,
}

const UNKNOWN: u32 = u32::MAX;

/// The first line of a class: in which version it stands, and where.
#[derive(Clone, Copy)]
struct First {
    hash: u64,
    version: u8,
    start: u32,
    end: u32,
}

impl First {
    fn line<'t>(&self, texts: Texts<'t>) -> &'t [u8] {
        &texts[usize::from(self.version)][self.start as usize..self.end as usize]
    }
}

/// A bit for every line that is looked for: most others need not be looked up.
pub(super) struct Filter([u64; 1 << (Self::BITS - 6)]);

impl Filter {
    const BITS: u32 = 13;

    pub(super) fn of<'t>(lines: impl Iterator<Item = &'t [u8]>) -> Self {
        let mut filter = Self([0; 1 << (Self::BITS - 6)]);
        for bit in lines.map(Self::bit) {
            filter.0[bit / 64] |= 1 << (bit % 64);
        }
        filter
    }

    pub(super) fn may_hold(&self, line: &[u8]) -> bool {
        let bit = Self::bit(line);
        self.0[bit / 64] >> (bit % 64) & 1 != 0
    }

    /// A few bits of a line, from its length and ends.
    fn bit(line: &[u8]) -> usize {
        let ends = match (line.first_chunk::<8>(), line.last_chunk::<8>()) {
            (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(31),
            _ => line.iter().fold(0, |ends, byte| ends << 8 | u64::from(*byte)),
        };
        let mixed = (ends ^ (line.len() as u64) << 48).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> (u64::BITS - Self::BITS)) as usize
    }
}

/// The old and the new text.
pub(super) type Texts<'t> = [&'t [u8]; 2];

impl Classes {
    /// Forgets all classes and makes room for `lines`.
    pub(super) fn begin(&mut self, lines: usize) {
        self.slots.clear();
        self.slots.resize((lines * 2).next_power_of_two().max(16), 0);
        self.first.clear();
        self.blind.clear();
        self.blind_hashes.clear();
        self.blind_slots.clear();
    }

    /// The class of a line of one version.
    pub(super) fn number(&mut self, texts: Texts<'_>, version: usize, (start, end): (u32, u32)) -> u32 {
        let line = &texts[version][start as usize..end as usize];
        let hash = line_hash(line);
        match self.find(texts, line, hash) {
            Ok(class) => class,
            Err(slot) => {
                let class = self.first.len() as u32;
                self.slots[slot] = class + 1;
                self.first.push(First { hash, version: version as u8, start, end });
                class
            }
        }
    }

    /// Where the first line of a class stands among those of the old version, if it is of that one.
    fn first_among(&self, old: &[(u32, u32)], class: u32) -> Option<usize> {
        let first = self.first[class as usize];
        old.binary_search_by_key(&first.start, |(start, _)| *start).ok().filter(|_| first.version == 0)
    }

    /// The class of a line whose whitespace does not count.
    pub(super) fn number_blind(&mut self, texts: Texts<'_>, version: usize, span: (u32, u32)) -> u32 {
        let class = self.number(texts, version, span);
        self.blind(texts, class)
    }

    /// The class that stands for all that differ from this one in nothing but whitespace.
    pub(super) fn blind(&mut self, texts: Texts<'_>, class: u32) -> u32 {
        if self.blind.len() < self.first.len() {
            self.blind.resize(self.first.len(), UNKNOWN);
            self.blind_hashes.resize(self.first.len(), 0);
            self.blind_slots.resize(self.slots.len(), 0);
        }
        let known = self.blind[class as usize];
        if known != UNKNOWN {
            return known;
        }
        let hash = blind_hash(self.first[class as usize].line(texts)).0;
        let mask = self.blind_slots.len() - 1;
        let mut slot = hash as usize & mask;
        let blind = loop {
            match self.blind_slots[slot].checked_sub(1) {
                Some(stands) if self.blind_hashes[stands as usize] == hash => break stands,
                Some(_) => slot = (slot + 1) & mask,
                None => {
                    self.blind_slots[slot] = class + 1;
                    self.blind_hashes[class as usize] = hash;
                    break class;
                }
            }
        };
        self.blind[class as usize] = blind;
        blind
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    /// Counts the lines of both versions by class.
    pub(super) fn count(&mut self, versions: [&[u32]; 2]) {
        for (counts, classes) in self.counts.iter_mut().zip(versions) {
            counts.clear();
            counts.resize(self.first.len(), 0);
            classes.iter().for_each(|class| counts[*class as usize] += 1);
        }
    }

    fn find(&self, texts: Texts<'_>, line: &[u8], hash: u64) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let Some(class) = self.slots[slot].checked_sub(1) else { return Err(slot) };
            let first = &self.first[class as usize];
            if first.hash == hash && first.line(texts) == line {
                return Ok(class);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Counts the lines of texts that both versions share.
    pub(super) fn count_shared(&mut self, texts: Texts<'_>, shared: [&[u8]; 2]) {
        let filter = Filter::of(self.first.iter().map(|first| first.line(texts)));
        for text in shared {
            each_line(text, |start, end| {
                let line = &text[start..end];
                if filter.may_hold(line)
                    && let Ok(class) = self.find(texts, line, line_hash(line))
                {
                    self.counts.iter_mut().for_each(|counts| counts[class as usize] += 1);
                }
            });
        }
    }
}

fn line_hash(line: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(line);
    hasher.finish()
}

/// A hash of all bytes but whitespace, and how many of them are letters or digits.
pub(in super::super) fn blind_hash(line: &[u8]) -> (u64, u32) {
    const WORD: usize = 8;
    const BLOCK: usize = 128;
    let (mut hash, mut alphanumeric, mut filled) = (0x243F_6A88_85A3_08D3u64, 0u32, 0usize);
    // Larger than it needs to be, so that a byte is always an index.
    let mut buffer = [0u8; 256];
    for part in line.chunks(BLOCK) {
        // No branches: what is written for a space is written over by the next byte.
        let mut counted = filled as u32;
        for &byte in part {
            buffer[usize::from(counted as u8)] = byte;
            // Both counts in one, neither of which outgrows its half within a block.
            counted = counted.wrapping_add(TRAITS[usize::from(byte)]);
        }
        filled = usize::from(counted as u8);
        alphanumeric += counted >> 16;
        let whole = filled / WORD * WORD;
        for word in buffer[..whole].chunks_exact(WORD) {
            hash = mix(hash, word);
        }
        buffer.copy_within(whole..whole + WORD, 0);
        filled -= whole;
    }
    buffer[filled..WORD].fill(0);
    let hash = mix(hash, &buffer[..WORD]).wrapping_add(filled as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (hash ^ hash >> 32, alphanumeric)
}

fn mix(hash: u64, word: &[u8]) -> u64 {
    let word = word.try_into().map_or(0, u64::from_le_bytes);
    (hash.rotate_left(26) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// By byte: 1 for what is no whitespace, and 1 in the upper half for letters and digits.
const TRAITS: [u32; 256] = {
    let mut traits = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let is_word = (byte as u8).is_ascii_alphanumeric();
        traits[byte] = !is_space(byte as u8) as u32 | (is_word as u32) << 16;
        byte += 1;
    }
    traits
};

/// What C calls white space.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
