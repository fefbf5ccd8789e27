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

pub(super) fn lines(ledger: &Ledger, moved_by: &FxHashMap<u32, u32>, version: &Version) -> Vec<Standing> {
    let standing = |line: u32| Standing {
        origin: ledger.origin(line),
        placed_by: moved_by.get(&line).copied().unwrap_or_else(|| ledger.birth(line).writer()),
    };
    version.runs.iter().flat_map(|run| run.first..run.end()).map(standing).collect()
}
