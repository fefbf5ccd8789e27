//! Where lines of a file went by renames and moves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Files take each other's lines rarely, so all are kept, of whichever branch.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Homes(BTreeMap<u32, BTreeSet<u32>>);

impl Homes {
    pub(super) fn enter(&mut self, from: u32, to: u32) {
        if from != to {
            self.0.entry(from).or_default().insert(to);
        }
    }

    /// Some files and all that took lines from them, directly or from one that did; `None` when they are many.
    pub(super) fn of(&self, paths: impl Iterator<Item = u32>) -> Option<BTreeSet<u32>> {
        const MOST: usize = 1024;
        let mut seen: BTreeSet<u32> = paths.collect();
        let mut open: Vec<u32> = seen.iter().copied().collect();
        while let Some(path) = open.pop() {
            if seen.len() > MOST {
                return None;
            }
            open.extend(self.0.get(&path).into_iter().flatten().filter(|home| seen.insert(**home)));
        }
        Some(seen)
    }
}
