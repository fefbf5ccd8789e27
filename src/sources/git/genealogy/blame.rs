//! The lines of a file at the head, with their owners.

use rustc_hash::FxHashMap;

use super::ledger::Ledger;
use super::state::Version;

/// A line at the head. [`NONE`](crate::sources::git::file_changes::NONE) stands for what was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Standing {
    /// The commit that wrote its text.
    pub(in super::super) origin: u32,
    /// The commit that put it where it is: that moved or copied it last, else its origin.
    pub(in super::super) placed_by: u32,
}

pub(super) fn lines(ledger: &Ledger, version: &Version) -> Vec<Standing> {
    let mut moved_by: FxHashMap<u32, u32> = FxHashMap::default();
    let is_here = |line: u32| version.runs.iter().any(|run| run.first <= line && line < run.end());
    for moved in &ledger.moves {
        for line in (moved.run.first..moved.run.end()).filter(|line| is_here(*line)) {
            let last = moved_by.entry(line).or_insert(moved.commit);
            *last = moved.commit.max(*last);
        }
    }
    let standing = |line: u32| Standing {
        origin: ledger.origin(line),
        placed_by: moved_by.get(&line).copied().unwrap_or_else(|| ledger.birth(line).commit),
    };
    version.runs.iter().flat_map(|run| run.first..run.end()).map(standing).collect()
}
