//! The commits whose lines are followed, by number in the fold and by place in the walk for its results: parents come
//! before children either way.

use std::collections::BinaryHeap;

use rustc_hash::FxHashSet;

#[derive(Debug, Default)]
pub(in super::super) struct Graph {
    /// For each commit its parents that were read: which of the parents they are, and which commit.
    parents: Vec<Vec<(u16, u32)>>,
    /// Whether its lines are followed; all its parents' are then too.
    followed: Vec<bool>,
    /// The commit whose files are what is alive.
    head: Option<u32>,
    /// By commit, how many commits of the mainline, oldest first, do not reach it: all do that come after.
    before_landing: Vec<u32>,
    /// By commit, how many commits of the mainline, oldest first, it reaches.
    mainline_reached: Vec<u32>,
}

impl Graph {
    pub(in super::super) fn new(parents: Vec<Vec<(u16, u32)>>, followed: Vec<bool>, head: Option<u32>) -> Self {
        debug_assert!((0..).zip(&parents).all(|(at, parents)| parents.iter().all(|(_, parent)| *parent < at)));
        let mut mainline: Vec<u32> = Vec::new();
        let mut next = head;
        while let Some(at) = next {
            mainline.push(at);
            next = first_of(&parents[at as usize]);
        }
        mainline.reverse();
        let (mut before_landing, mut mainline_reached) = (vec![u32::MAX; parents.len()], vec![0; parents.len()]);
        for (before, &landed) in mainline.iter().enumerate() {
            let mut open = vec![landed];
            while let Some(at) = open.pop() {
                if before_landing[at as usize] == u32::MAX {
                    before_landing[at as usize] = before as u32;
                    open.extend(parents[at as usize].iter().map(|(_, parent)| *parent));
                }
            }
            mainline_reached[landed as usize] = before as u32 + 1;
        }
        for (at, parents) in parents.iter().enumerate().filter(|(at, _)| followed[*at]) {
            let reached = parents.iter().map(|(_, parent)| mainline_reached[*parent as usize]);
            mainline_reached[at] = reached.max().unwrap_or_default().max(mainline_reached[at]);
        }
        Self { parents, followed, head, before_landing, mainline_reached }
    }

    pub(super) fn len(&self) -> u32 {
        self.parents.len() as u32
    }

    pub(super) fn parents(&self, at: u32) -> &[(u16, u32)] {
        &self.parents[at as usize]
    }

    /// The first parent, if that was read.
    pub(super) fn first_parent(&self, at: u32) -> Option<u32> {
        first_of(self.parents(at))
    }

    pub(super) fn is_followed(&self, at: u32) -> bool {
        self.followed[at as usize]
    }

    pub(super) fn head(&self) -> Option<u32> {
        self.head
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

fn first_of(parents: &[(u16, u32)]) -> Option<u32> {
    parents.iter().find(|(number, _)| *number == 0).map(|&(_, parent)| parent)
}

/// The ancestors of one commit or several: what landed before the mainline commits that it reaches, and others that are found as
/// far back as they are asked for.
pub(super) struct Reach<'a> {
    graph: &'a Graph,
    /// How many commits of the mainline, oldest first, are among them.
    mainline_reached: u32,
    open: BinaryHeap<u32>,
    seen: FxHashSet<u32>,
}

impl<'a> Reach<'a> {
    pub(super) fn from(graph: &'a Graph, commit: u32) -> Self {
        let mut reach = Self { graph, mainline_reached: 0, open: BinaryHeap::new(), seen: FxHashSet::default() };
        reach.add(commit);
        reach
    }

    /// Whose ancestors are looked for as well; older than all that was asked about.
    pub(super) fn add(&mut self, commit: u32) {
        self.mainline_reached = self.mainline_reached.max(self.graph.mainline_reached[commit as usize]);
        self.seen.insert(commit);
        self.open.push(commit);
    }

    pub(super) fn holds(&mut self, commit: u32) -> bool {
        if self.has_landed(commit) {
            return true;
        }
        while let Some(&at) = self.open.peek()
            && at > commit
        {
            self.open.pop();
            for &(_, parent) in self.graph.parents(at) {
                if !self.has_landed(parent) && self.seen.insert(parent) {
                    self.open.push(parent);
                }
            }
        }
        self.seen.contains(&commit)
    }

    fn has_landed(&self, commit: u32) -> bool {
        self.graph.before_landing[commit as usize] < self.mainline_reached
    }
}
