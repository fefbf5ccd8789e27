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

/// Sorted hashes, found by their first bits. Most that are asked for are not there, which mostly a bit tells.
pub(super) struct Hashes {
    hashes: Vec<u64>,
    /// A bit for each of so many first bits, whether any hash begins so: few enough to stay in the nearest cache.
    taken: Vec<u64>,
    taken_shift: u32,
    /// Where those begin that fall into a slot, and behind the last one their number.
    slots: Vec<u32>,
    slot_shift: u32,
}

/// Bits and slots for a hash; there are no fewer than a word of them.
const BITS: usize = 16;
const SLOTS: usize = 2;

impl Hashes {
    /// They are sorted.
    pub(super) fn new(hashes: Vec<u64>) -> Self {
        let shift = |count: usize| u64::BITS - (count + 1).ilog2().max(u64::BITS.ilog2());
        let (taken_shift, slot_shift) = (shift(BITS * hashes.len()), shift(SLOTS * hashes.len()));
        let mut taken = vec![0; 1 << (u64::BITS - taken_shift - u64::BITS.ilog2())];
        let mut slots = vec![0; (1 << (u64::BITS - slot_shift)) + 1];
        for hash in &hashes {
            let bit = (hash >> taken_shift) as usize;
            taken[bit / 64] |= 1 << (bit % 64);
            slots[(hash >> slot_shift) as usize + 1] += 1;
        }
        let mut sum = 0;
        slots.iter_mut().for_each(|slot| {
            sum += *slot;
            *slot = sum;
        });
        Self { hashes, taken, taken_shift, slots, slot_shift }
    }

    /// Where a hash stands among them.
    #[inline(always)]
    pub(super) fn place(&self, hash: u64) -> Option<usize> {
        let bit = (hash >> self.taken_shift) as usize;
        let may_be = self.taken[bit / 64] >> (bit % 64) & 1 != 0;
        if may_be { self.search(hash) } else { None }
    }

    fn search(&self, hash: u64) -> Option<usize> {
        let slot = (hash >> self.slot_shift) as usize;
        let (from, to) = (self.slots[slot] as usize, self.slots[slot + 1] as usize);
        (from..to).find(|&at| self.hashes[at] == hash)
    }
}

impl Default for Hashes {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}
