//! The commits whose lines are followed, as positions in the walk: parents come before children.

use std::collections::BinaryHeap;

use rustc_hash::FxHashSet;

use super::fold::Past;

#[derive(Debug, Default)]
pub(in super::super) struct Graph {
    /// For each commit its parents that were read: their number among the parents, and their position.
    parents: Vec<Vec<(u16, u32)>>,
    /// Whether its lines are followed; all its parents' are then too.
    followed: Vec<bool>,
    /// The commit whose files are what is alive.
    head: Option<u32>,
}

impl Graph {
    pub(in super::super) fn new(parents: Vec<Vec<(u16, u32)>>, followed: Vec<bool>, head: Option<u32>) -> Self {
        Self { parents, followed, head }
    }

    pub(super) fn len(&self) -> u32 {
        self.parents.len() as u32
    }

    pub(super) fn parents(&self, at: u32) -> &[(u16, u32)] {
        &self.parents[at as usize]
    }

    pub(super) fn is_followed(&self, at: u32) -> bool {
        self.followed[at as usize]
    }

    pub(super) fn head(&self) -> Option<u32> {
        self.head
    }

    /// How many followed commits the past does not know.
    pub(in super::super) fn unknown(&self, past: &Past) -> u64 {
        (0..self.len()).filter(|&commit| self.is_followed(commit) && !past.knows(commit)).count() as u64
    }

    /// How many followed children each commit has, of those that are wanted.
    pub(super) fn children(&self, is_wanted: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut children = vec![0; self.parents.len()];
        for commit in (0..self.len()).filter(|&commit| self.is_followed(commit) && is_wanted(commit)) {
            self.parents(commit).iter().for_each(|&(_, at)| children[at as usize] += 1);
        }
        children
    }
}

/// The ancestors of a commit, found as far back as they are asked for.
pub(super) struct Reach<'a> {
    graph: &'a Graph,
    open: BinaryHeap<u32>,
    seen: FxHashSet<u32>,
}

impl<'a> Reach<'a> {
    pub(super) fn from(graph: &'a Graph, commit: u32) -> Self {
        Self { graph, open: BinaryHeap::from([commit]), seen: FxHashSet::from_iter([commit]) }
    }

    pub(super) fn holds(&mut self, commit: u32) -> bool {
        while let Some(&at) = self.open.peek()
            && at > commit
        {
            self.open.pop();
            for &(_, parent) in self.graph.parents(at) {
                if self.seen.insert(parent) {
                    self.open.push(parent);
                }
            }
        }
        self.seen.contains(&commit)
    }
}
