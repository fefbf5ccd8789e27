//! Words by their hashes.

use std::hash::Hasher;

use rustc_hash::FxHasher;

pub(super) fn hash(word: &str) -> u64 {
    hash_bytes(word.as_bytes())
}

pub(super) fn hash_bytes(word: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(word);
    hasher.finish()
}

/// Sorted hashes, found by their first bits. Most that are asked for are not there, and mostly their slot is empty.
pub(super) struct Hashes {
    hashes: Vec<u64>,
    /// By slot a bit, whether any falls into it: few enough to stay in the nearest cache.
    taken: Vec<u64>,
    /// Where those begin that fall into a slot, and behind the last one their number.
    slots: Vec<u32>,
    shift: u32,
}

/// Slots for a hash, and the bits of the fewest slots.
const SPARE: usize = 16;
const FEWEST_BITS: u32 = 6;

impl Hashes {
    /// They are sorted.
    pub(super) fn new(hashes: Vec<u64>) -> Self {
        let bits = (SPARE * hashes.len() + 1).ilog2().max(FEWEST_BITS);
        let shift = u64::BITS - bits;
        let mut slots = vec![0; (1 << bits) + 1];
        let mut taken = vec![0; 1 << (bits - 6)];
        for slot in hashes.iter().map(|hash| (hash >> shift) as usize) {
            slots[slot + 1] += 1;
            taken[slot / 64] |= 1 << (slot % 64);
        }
        let mut sum = 0;
        slots.iter_mut().for_each(|slot| {
            sum += *slot;
            *slot = sum;
        });
        Self { hashes, taken, slots, shift }
    }

    /// Where a hash stands among them.
    #[inline(always)]
    pub(super) fn place(&self, hash: u64) -> Option<usize> {
        let slot = (hash >> self.shift) as usize;
        let is_taken = self.taken[slot / 64] >> (slot % 64) & 1 != 0;
        if is_taken { self.search(slot, hash) } else { None }
    }

    fn search(&self, slot: usize, hash: u64) -> Option<usize> {
        let (from, to) = (self.slots[slot] as usize, self.slots[slot + 1] as usize);
        (from..to).find(|&at| self.hashes[at] == hash)
    }
}

impl Default for Hashes {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}
