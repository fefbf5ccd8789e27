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
mod draft;
mod ends;
mod fold;
mod graph;
mod homes;
mod ledger;
mod left;
mod merge;
mod removed;
mod restored;
mod rows;
mod state;
mod versions;

use std::cell::OnceCell;
use std::io;

use rustc_hash::FxHashMap;

use super::diffs::{Diffs, Order};
use super::file_changes::FileChanges;
pub(super) use blame::Standing;
use ends::Ends;
pub(super) use fold::Past;
pub(super) use graph::Graph;
use ledger::Ledger;
pub(super) use rows::{CommitLinesRow, FateRow};
use state::State;

/// Every line's story, and the files of the head. Commits are known by their place in the walk.
pub(super) struct Genealogy {
    graph: Graph,
    ledger: Ledger,
    head: State,
    /// Orders paths.
    ranks: Vec<u32>,
    /// By line, the commit that moved it last; once somebody asks.
    movers: OnceCell<FxHashMap<u32, u32>>,
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

/// Goes over all followed commits that the past does not know yet, as far as it is told.
pub(super) struct Follower<'a> {
    fold: fold::Fold<'a>,
    graph: &'a Graph,
    orders: &'a [Option<Order>],
    /// The commits to come, parents first.
    new: std::iter::Peekable<std::vec::IntoIter<u32>>,
}

impl<'a> Follower<'a> {
    /// `orders[i]` says how the i-th commit is to be read.
    pub(super) fn new(
        graph: &'a Graph,
        changes: &'a FileChanges,
        orders: &'a [Option<Order>],
        past: &'a mut Past,
    ) -> Self {
        let new: Vec<u32> = (0..graph.len()).filter(|&at| graph.is_followed(at) && !past.knows(at)).collect();
        Self { fold: fold::Fold::new(graph, changes, past), graph, orders, new: new.into_iter().peekable() }
    }

    /// Follows the lines of the commits before this one; what they did must have been compared.
    pub(super) fn follow(&mut self, diffs: &Diffs, until: u32) -> io::Result<()> {
        while self.step(diffs, until)? {}
        Ok(())
    }

    /// Follows those of the next commit, if it comes before this one.
    fn step(&mut self, diffs: &Diffs, until: u32) -> io::Result<bool> {
        let Some(commit) = self.new.next_if(|commit| *commit < until) else { return Ok(false) };
        if let Some(order) = self.orders[commit as usize] {
            self.fold.commit(commit, diffs, order.wanted)?;
        }
        Ok(true)
    }

    /// Follows those of all commits that are left.
    pub(super) fn finish(mut self, diffs: &Diffs, done: &dyn Fn(u64)) -> io::Result<()> {
        while self.step(diffs, self.graph.len())? {
            done(1);
        }
        self.fold.end()
    }

    pub(super) fn left(&self) -> u64 {
        self.new.len() as u64
    }
}

impl Genealogy {
    /// What the past says of the commits of a walk: `graph` and `places` are in its order, `places` by the commits'
    /// numbers; `ranks` orders paths.
    pub(super) fn of(past: Past, graph: Graph, places: Vec<u32>, ranks: Vec<u32>) -> Self {
        let Past { mut ledger, head, .. } = past;
        ledger.close(places);
        Self { graph, ledger, head: head.map(|(_, head)| head).unwrap_or_default(), ranks, movers: OnceCell::new() }
    }

    fn ends(&self) -> Ends {
        Ends::resolve(&self.graph, &self.ledger, &self.head, &self.ranks)
    }

    pub(super) fn books(&self) -> Books {
        self.ends().books(&self.ledger)
    }

    /// The lines of a file at the head.
    pub(super) fn blame(&self, path: u32) -> Vec<Standing> {
        let moved_by = self.movers.get_or_init(|| self.ledger.movers());
        self.head.version(path).map_or_else(Vec::new, |version| blame::lines(&self.ledger, moved_by, version))
    }

    /// The rows of `line_fates`, in the order of births.
    pub(super) fn fates(&self, each: impl FnMut(FateRow)) {
        rows::fates(&self.ledger, &self.ends(), &self.ranks, each);
    }

    /// The rows of `commit_lines`, in the order of commits.
    pub(super) fn commit_lines(&self, each: impl FnMut(CommitLinesRow)) -> io::Result<()> {
        let restored = restored::find(&self.ledger, self.ranks.len());
        rows::commit_lines(&self.ledger, restored, &self.ranks, each)
    }
}
