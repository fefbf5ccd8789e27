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

    /// A file and all that took lines from it, directly or from one that did; `None` when they are many.
    pub(super) fn of(&self, path: u32) -> Option<BTreeSet<u32>> {
        const MOST: usize = 256;
        let (mut seen, mut open) = (BTreeSet::from([path]), vec![path]);
        while let Some(path) = open.pop() {
            open.extend(self.0.get(&path).into_iter().flatten().filter(|home| seen.insert(**home)));
            if seen.len() > MOST {
                return None;
            }
        }
        Some(seen)
    }
}
