//! Names by number: each once, in the order in which they came.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

/// Slots of a table that knows few names: to empty it costs nothing.
const FEWEST_SLOTS: usize = 512;

#[derive(Default)]
pub(super) struct Names {
    /// One name behind the other.
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
    /// One more than the number of a name, at the first free place from where its hash points; 0 for none. At most half
    /// of them are taken.
    slots: Vec<u32>,
}

impl Names {
    /// Names that stand one behind the other; nothing if the ends are no places in these bytes.
    pub(super) fn of(bytes: Vec<u8>, ends: Vec<u32>) -> Option<Self> {
        let is_sound = ends.is_sorted() && ends.last().copied().unwrap_or_default() as usize == bytes.len();
        let mut names = Self { bytes, ends, slots: Vec::new() };
        is_sound.then(|| {
            names.spread();
            names
        })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn ends(&self) -> &[u32] {
        &self.ends
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.slots.truncate(FEWEST_SLOTS);
        self.slots.fill(0);
    }

    pub(super) fn name(&self, number: u32) -> &[u8] {
        let end_of = |number: u32| self.ends.get(number as usize).map_or(0, |&end| end as usize);
        self.bytes.get(number.checked_sub(1).map_or(0, end_of)..end_of(number)).unwrap_or_default()
    }

    /// The number of a name. A new one gets the next number, or none if `most` are known.
    pub(super) fn number(&mut self, name: &[u8], most: usize) -> Option<u32> {
        if 2 * self.ends.len() >= self.slots.len() {
            self.spread();
        }
        let slot = self.slot(name);
        if let Some(known) = self.slots[slot].checked_sub(1) {
            return Some(known);
        }
        let end = u32::try_from(self.bytes.len() + name.len()).ok().filter(|_| self.ends.len() < most)?;
        self.bytes.extend_from_slice(name);
        self.ends.push(end);
        self.slots[slot] = self.ends.len() as u32;
        Some(self.ends.len() as u32 - 1)
    }

    /// Where a name stands, or would.
    fn slot(&self, name: &[u8]) -> usize {
        let mut hasher = FxHasher::default();
        hasher.write(name);
        let (mut slot, last) = (hasher.finish() as usize, self.slots.len() - 1);
        loop {
            slot &= last;
            match self.slots[slot].checked_sub(1) {
                Some(number) if self.name(number) != name => slot += 1,
                _ => return slot,
            }
        }
    }

    /// Makes room for as many names again.
    fn spread(&mut self) {
        self.slots = vec![0; (4 * self.ends.len()).next_power_of_two().max(FEWEST_SLOTS)];
        for number in 0..self.ends.len() as u32 {
            let slot = self.slot(self.name(number));
            self.slots[slot] = number + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_number_however_many_there_are() {
        let mut names = Names::default();
        let name = |number: u32| format!("name_{number}").into_bytes();
        for round in 0..3 {
            for number in 0..5000 {
                assert_eq!(names.number(&name(number), 5000), Some(number), "{round}");
            }
            assert_eq!(names.number(b"another", 5000), None);
        }
        assert!((0..5000).all(|number| names.name(number) == name(number)));
        let mut again = Names::of(names.bytes().to_vec(), names.ends().to_vec()).unwrap();
        assert_eq!((again.number(b"name_77", 5000), again.number(b"another", 5001)), (Some(77), Some(5000)));
        names.clear();
        assert_eq!((names.len(), names.number(b"another", 1)), (0, Some(0)));
    }

    #[test]
    fn ends_beyond_the_bytes_are_refused() {
        assert!(Names::of(b"ab".to_vec(), vec![1, 3]).is_none());
        assert!(Names::of(b"ab".to_vec(), vec![2, 1]).is_none());
        assert!(Names::of(b"ab".to_vec(), vec![]).is_none());
        assert_eq!(Names::of(b"ab".to_vec(), vec![1, 2]).unwrap().name(1), b"b");
    }
}
