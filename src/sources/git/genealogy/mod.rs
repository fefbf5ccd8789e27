//! The genealogy of lines: the birth and death of every line of the default branch's whole history.
//!
//! Terms. A line is *born* in the commit that wrote it and keeps its number through renames, moves within a commit
//! and edits of whitespace. It is *killed* by the commit whose diff takes it away. What is not in the head commit's
//! files is *dead*; of several commits that took a line away on parallel branches, the first counts, unless a
//! merge had brought the line back. The books balance: births = deaths + alive, and lines lost from sight.
//!
//! [`fold`] goes over the commits, [`ledger`] keeps what it found, [`ends`] reads the fates off it.

mod blame;
mod blocks;
mod ends;
mod fold;
mod graph;
mod ledger;
mod removed;
mod restored;
mod rows;
mod state;

use std::io;

use super::diffs::{Diffs, Wanted};
use super::file_changes::FileChanges;
pub(super) use blame::Standing;
pub(super) use graph::Graph;
use ledger::Ledger;
pub(super) use rows::{CommitLinesRow, FateRow};
use state::State;

/// Every line's story, and the files of the head.
pub(super) struct Genealogy {
    graph: Graph,
    ledger: Ledger,
    head: State,
}

/// How many lines there were, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Books {
    pub births: u64,
    pub deaths: u64,
    pub alive: u64,
    /// Lines of files that could not be read any more.
    pub lost: u64,
    /// Lines that two branches wrote alike and a merge made one; they count once, among the births of the other.
    pub twins: u64,
    /// Lines that were there before anybody saw them come; not among the births.
    pub unseen: u64,
}

/// Goes over all followed commits; `wanted[i]` says how the i-th is to be read.
pub(super) fn follow(
    graph: Graph,
    changes: &FileChanges,
    diffs: &Diffs,
    wanted: &[Wanted],
    done: &dyn Fn(u64),
) -> io::Result<Genealogy> {
    let (ledger, head) = {
        let mut fold = fold::Fold::new(&graph, changes, diffs);
        for commit in (0..graph.len()).filter(|&commit| graph.is_followed(commit)) {
            fold.commit(commit, wanted[commit as usize])?;
            done(1);
        }
        let head = graph.head().map(|head| fold.take_state(head)).unwrap_or_default();
        (fold.ledger, head)
    };
    Ok(Genealogy { graph, ledger, head })
}

impl Genealogy {
    pub(super) fn books(&self) -> Books {
        let ends = ends::Ends::resolve(&self.graph, &self.ledger, &self.head);
        ends.books(&self.ledger)
    }

    /// The lines of a file at the head.
    pub(super) fn blame(&self, path: u32) -> Vec<Standing> {
        self.head.version(path).map_or_else(Vec::new, |version| blame::lines(&self.ledger, version))
    }

    /// The rows of `line_fates`, in the order of births; `ranks` orders paths.
    pub(super) fn fates(&self, ranks: &[u32], each: impl FnMut(FateRow)) {
        let ends = ends::Ends::resolve(&self.graph, &self.ledger, &self.head);
        rows::fates(&self.ledger, &ends, ranks, each);
    }

    /// The rows of `commit_lines`, in the order of commits.
    pub(super) fn commit_lines(&self, ranks: &[u32], each: impl FnMut(CommitLinesRow)) -> io::Result<()> {
        let restored = restored::find(&self.ledger, ranks.len());
        rows::commit_lines(&self.ledger, restored, ranks, each)
    }
}
