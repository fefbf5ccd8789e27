//! One version in a comparison: the lines between the common ends, as numbers that are equal where lines are.

use std::hash::Hasher as _;

use rustc_hash::{FxHashMap, FxHasher};

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
    chances: Vec<Chance>,
}

impl Side {
    /// Takes the lines of `text[start..end]`.
    pub(super) fn take(&mut self, text: &[u8], start: usize, end: usize) {
        self.spans.clear();
        let mut from = start;
        for newline in memchr::memchr_iter(b'\n', &text[start..end]) {
            let next = start + newline + 1;
            self.spans.push((from as u32, next as u32));
            from = next;
        }
        if from < end {
            self.spans.push((from as u32, end as u32));
        }
    }

    pub(super) fn line<'t>(&self, text: &'t [u8], at: usize) -> &'t [u8] {
        self.spans.get(at).map_or(&[], |&(start, end)| &text[start as usize..end as usize])
    }

    /// Numbers the lines and forgets what was known of them.
    pub(super) fn number(&mut self, mut class_of: impl FnMut((u32, u32)) -> u32) {
        self.classes.clear();
        self.classes.extend(self.spans.iter().map(|&span| class_of(span)));
        self.changed.clear();
        self.changed.resize(self.spans.len(), false);
    }

    pub(super) fn count_changed(&self) -> u32 {
        self.changed.iter().map(|changed| u32::from(*changed)).sum()
    }

    /// Marks lines without a counterpart as changed and keeps the rest for the search.
    pub(super) fn keep_matchable(&mut self, other_counts: &[u32], lines_outside: u32) {
        const MOST_EQUAL: u32 = 1024;
        let limit = rough_square_root(self.classes.len() + lines_outside as usize).min(MOST_EQUAL);
        self.chances.clear();
        self.chances.extend(self.classes.iter().map(|&class| match other_counts[class as usize] {
            0 => Chance::None,
            n if n >= limit => Chance::TooMany,
            _ => Chance::Some,
        }));
        self.kept.clear();
        self.kept_at.clear();
        for (at, &chance) in self.chances.iter().enumerate() {
            if chance == Chance::Some || (chance == Chance::TooMany && !among_unmatched(&self.chances, at)) {
                self.kept.push(self.classes[at]);
                self.kept_at.push(at as u32);
            } else {
                self.changed[at] = true;
            }
        }
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

/// What is known of a line before the search.
#[derive(Clone, Copy, PartialEq)]
enum Chance {
    /// The other version does not have it.
    None,
    Some,
    /// The other version has it so often that a match says little.
    TooMany,
}

/// A frequent line between lines without a counterpart is better given up too (`xdl_clean_mmatch`).
fn among_unmatched(chances: &[Chance], at: usize) -> bool {
    const WINDOW: usize = 100;
    const MOST_FREQUENT_SHARE: u32 = 4;
    let run = |side: &mut dyn Iterator<Item = &Chance>| {
        let (mut unmatched, mut frequent) = (0u32, 1u32);
        for chance in side {
            match chance {
                Chance::None => unmatched += 1,
                Chance::TooMany => frequent += 1,
                Chance::Some => break,
            }
        }
        (unmatched, frequent)
    };
    let (before, frequent_before) = run(&mut chances[at.saturating_sub(WINDOW)..at].iter().rev());
    if before == 0 {
        return false;
    }
    let (after, frequent_after) = run(&mut chances[at + 1..(at + WINDOW + 1).min(chances.len())].iter());
    let frequent = frequent_before + frequent_after;
    after > 0 && frequent * MOST_FREQUENT_SHARE < frequent + before + after
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
    hashes: Vec<u64>,
    /// Where a class was first seen: in which version, and its span there.
    first: Vec<(usize, u32, u32)>,
    /// How often each class occurs in either version.
    pub(super) counts: [Vec<u32>; 2],
    blind: FxHashMap<u64, u32>,
    /// A bit for every line that has a class: most other lines need not be looked up.
    filter: Vec<u64>,
}

const FILTER_BITS: u32 = 13;

/// A few bits of a line, from its length and ends.
fn filter_bit(line: &[u8]) -> usize {
    let ends = match (line.first_chunk::<8>(), line.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(31),
        _ => line.iter().fold(0, |ends, byte| ends << 8 | u64::from(*byte)),
    };
    let mixed = (ends ^ (line.len() as u64) << 48).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> (64 - FILTER_BITS)) as usize
}

/// The old and the new text.
pub(super) type Texts<'t> = [&'t [u8]; 2];

impl Classes {
    /// Forgets all classes and makes room for `lines`.
    pub(super) fn begin(&mut self, lines: usize) {
        self.slots.clear();
        self.slots.resize((lines * 2).next_power_of_two().max(16), 0);
        self.hashes.clear();
        self.first.clear();
        self.blind.clear();
        self.filter.clear();
        self.filter.resize(1 << (FILTER_BITS - 6), 0);
        self.counts.iter_mut().for_each(Vec::clear);
    }

    /// The class of a line of one version, which is counted there.
    pub(super) fn number(&mut self, texts: Texts<'_>, version: usize, (start, end): (u32, u32)) -> u32 {
        let line = &texts[version][start as usize..end as usize];
        let hash = line_hash(line);
        let class = match self.find(texts, line, hash) {
            Ok(class) => class,
            Err(slot) => {
                let class = self.add();
                self.slots[slot] = class + 1;
                self.hashes.push(hash);
                self.first.push((version, start, end));
                let bit = filter_bit(line);
                self.filter[bit / 64] |= 1 << (bit % 64);
                class
            }
        };
        self.counts[version][class as usize] += 1;
        class
    }

    /// The class of a line whose whitespace does not count.
    pub(super) fn number_blind(&mut self, texts: Texts<'_>, version: usize, (start, end): (u32, u32)) -> u32 {
        let (hash, _) = blind_hash(&texts[version][start as usize..end as usize]);
        let class = match self.blind.get(&hash) {
            Some(&class) => class,
            None => {
                let class = self.add();
                self.blind.insert(hash, class);
                class
            }
        };
        self.counts[version][class as usize] += 1;
        class
    }

    fn add(&mut self) -> u32 {
        let class = self.counts[0].len() as u32;
        self.counts.iter_mut().for_each(|counts| counts.push(0));
        class
    }

    fn find(&self, texts: Texts<'_>, line: &[u8], hash: u64) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                0 => return Err(slot),
                class => {
                    let class = class - 1;
                    let (version, start, end) = self.first[class as usize];
                    if self.hashes[class as usize] == hash && texts[version][start as usize..end as usize] == *line {
                        return Ok(class);
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    /// No line of one version occurs in the other.
    pub(super) fn are_apart(&self) -> bool {
        self.counts[0].iter().zip(&self.counts[1]).all(|(&old, &new)| old == 0 || new == 0)
    }

    /// Counts the lines of a text that both versions share.
    pub(super) fn count_shared(&mut self, texts: Texts<'_>, shared: &[u8]) {
        let mut from = 0;
        let ends = memchr::memchr_iter(b'\n', shared).map(|newline| newline + 1);
        let last = (!shared.is_empty() && !shared.ends_with(b"\n")).then_some(shared.len());
        for end in ends.chain(last) {
            let line = &shared[from..end];
            from = end;
            let bit = filter_bit(line);
            if self.filter[bit / 64] >> (bit % 64) & 1 == 0 {
                continue;
            }
            if let Ok(class) = self.find(texts, line, line_hash(line)) {
                self.counts.iter_mut().for_each(|counts| counts[class as usize] += 1);
            }
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
    let mut buffer = [0u8; BLOCK + WORD];
    for part in line.chunks(BLOCK) {
        // No branches: what is written for a space is written over by the next byte.
        for &byte in part {
            let traits = TRAITS[usize::from(byte)];
            buffer[filled] = byte;
            filled += usize::from(traits & 1);
            alphanumeric += u32::from(traits >> 1);
        }
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

/// By byte: 1 for what is no whitespace, 2 more for letters and digits.
const TRAITS: [u8; 256] = {
    let mut traits = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let is_word = (byte as u8).is_ascii_alphanumeric();
        traits[byte] = !is_space(byte as u8) as u8 | (is_word as u8) << 1;
        byte += 1;
    }
    traits
};

/// What C calls white space.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
