//! The commit graph: one order of history, and who descends from whom.
//!
//! Ancestry is read from the parents, never from dates, which authors and rebases bend at will.

use std::cell::Cell;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::Commit;

/// A commit's place in history: parents come before their children.
pub(super) type Place = u32;

/// No mainline commit reaches it.
const NEVER: u32 = u32::MAX;

/// Steps that all walks for one kind of outcome may take together, per commit of the history. Real histories need
/// less than one; the bound keeps a hostile one (a long unmerged branch of reverts) from going quadratic.
const STEPS_PER_COMMIT: u64 = 256;

/// Answers "is A an ancestor of B" in constant time where one of them or A's landing is on the mainline, and mostly where
/// they are two side commits, of which labels tell; a walk over that part of the branch of which they do not tells the rest.
pub(super) struct Ancestry {
    parents: Vec<Vec<Place>>,
    /// The mainline commit (counted from the oldest) that first reaches this commit.
    landed: Vec<u32>,
    /// How many mainline commits this commit reaches.
    reaches: Vec<u32>,
    /// Two, in which siblings come in either order.
    labels: [Labels; 2],
    steps_left: Cell<u64>,
}

impl Ancestry {
    /// The graph, and the rows of `commits` in history order: by landing on the mainline, then by
    /// generation, then by id. A repeated id counts once; a parent that is not a row does not count.
    pub(super) fn new(commits: &[Commit]) -> (Self, Vec<usize>) {
        let graph = Graph::new(commits);
        let landed = graph.landings();
        let mut order: Vec<usize> = (0..graph.rows.len()).collect();
        order.sort_by_key(|&node| (landed[node], graph.generation[node], graph.id(node)));
        let mut place = vec![0; order.len()];
        (0..).zip(&order).for_each(|(at, &node)| place[node] = at);
        let parents = order.iter().map(|&node| graph.parents[node].iter().map(|&p| place[p]).collect()).collect();
        let landed = order.iter().map(|&node| landed[node]).collect();
        let rows = order.iter().map(|&node| graph.rows[node]).collect();
        (Self::over(parents, landed), rows)
    }

    fn over(parents: Vec<Vec<Place>>, landed: Vec<u32>) -> Self {
        let mut reaches = vec![0; parents.len()];
        for at in 0..parents.len() {
            let inherited = parents[at].iter().map(|&p| reaches[p as usize]).max().unwrap_or(0);
            reaches[at] = if is_landing(&landed, at) { landed[at] + 1 } else { inherited };
        }
        let labels = [false, true].map(|is_reversed| Labels::of(&parents, &landed, is_reversed));
        let ancestry = Self { parents, landed, reaches, labels, steps_left: Cell::default() };
        ancestry.refill();
        ancestry
    }

    /// Gives it all its steps again: what one kind of outcome took is not missing from the next.
    pub(super) fn refill(&self) {
        self.steps_left.set(STEPS_PER_COMMIT * (self.parents.len() as u64 + 1_000));
    }

    /// Whether a commit is of the mainline, which is one line of first parents.
    pub(super) fn is_mainline(&self, at: Place) -> bool {
        is_landing(&self.landed, at as usize)
    }

    /// Whether its answers can be trusted to the last.
    pub(super) fn has_steps(&self) -> bool {
        self.steps_left.get() > 0
    }

    /// Whether `older` is a strict ancestor of `newer`. False when the steps are used up.
    pub(super) fn is_ancestor(&self, older: Place, newer: Place) -> bool {
        older < newer && self.told(older, newer).unwrap_or_else(|| self.walk(older, newer))
    }

    /// What can be told without a walk.
    fn told(&self, older: Place, newer: Place) -> Option<bool> {
        if self.landed[older as usize] < self.reaches[newer as usize] {
            return Some(true);
        }
        self.labels.iter().find_map(|labels| labels.told(older, newer))
    }

    /// Whether `merge` brought `commit` to the side of its first parent.
    pub(super) fn brought(&self, merge: Place, commit: Place) -> bool {
        let first = self.parents[merge as usize].first();
        self.is_ancestor(commit, merge)
            && first.is_none_or(|&first| first != commit && !self.is_ancestor(commit, first))
    }

    /// Walks that part of `newer`'s past of which cannot be told whether it leads to `older`.
    fn walk(&self, older: Place, newer: Place) -> bool {
        // What the mainline below `newer` reaches does not, or it would have told.
        let may_lead_there =
            |parent: Place| parent >= older && self.landed[parent as usize] >= self.reaches[newer as usize];
        let mut seen = FxHashSet::default();
        let mut open = vec![newer];
        while let Some(at) = open.pop() {
            let Some(left) = self.steps_left.get().checked_sub(1) else { return false };
            self.steps_left.set(left);
            for &parent in self.parents[at as usize].iter().filter(|&&parent| may_lead_there(parent)) {
                match if parent == older { Some(true) } else { self.told(older, parent) } {
                    Some(true) => return true,
                    None if seen.insert(parent) => open.push(parent),
                    _ => {}
                }
            }
        }
        false
    }
}

/// Intervals of the commits off the mainline: that of an ancestor lies within (Yildirim et al. 2010, GRAIL). Of a path
/// between two that no mainline commit is on all are such, and where there is another path the mainline has told already.
struct Labels {
    /// In the order in which a search depth first leaves them; mainline commits have none.
    rank: Vec<u32>,
    /// The lowest rank among a commit and its ancestors.
    lowest: Vec<u32>,
    /// The lowest rank among a commit and those that the search came to from it.
    found: Vec<u32>,
}

impl Labels {
    fn of(parents: &[Vec<Place>], landed: &[u32], is_reversed: bool) -> Self {
        let count = parents.len();
        let (mut rank, mut found, mut next) = (vec![NEVER; count], vec![NEVER; count], 0);
        let mut seen: Vec<bool> = (0..count).map(|at| is_landing(landed, at)).collect();
        // Each with how many of its parents were looked at.
        let mut open: Vec<(usize, usize)> = Vec::new();
        for root in (0..count).rev() {
            if !std::mem::replace(&mut seen[root], true) {
                open.push((root, 0));
            }
            while let Some((at, looked_at)) = open.last_mut() {
                let (at, turn) = (*at, *looked_at);
                *looked_at += 1;
                found[at] = found[at].min(next);
                let turn = if is_reversed { parents[at].len().checked_sub(turn + 1) } else { Some(turn) };
                match turn.and_then(|turn| parents[at].get(turn)) {
                    Some(&parent) if std::mem::replace(&mut seen[parent as usize], true) => {}
                    Some(&parent) => open.push((parent as usize, 0)),
                    None => {
                        rank[at] = next;
                        next += 1;
                        open.pop();
                    }
                }
            }
        }
        let mut lowest = rank.clone();
        for (at, parents) in parents.iter().enumerate().filter(|(at, _)| !is_landing(landed, *at)) {
            let of_parents = parents.iter().map(|&parent| lowest[parent as usize]).min();
            lowest[at] = lowest[at].min(of_parents.unwrap_or(NEVER));
        }
        Self { rank, lowest, found }
    }

    /// Whether the older commit is an ancestor of the newer one, where its interval tells.
    fn told(&self, older: Place, newer: Place) -> Option<bool> {
        let (older, newer) = (older as usize, newer as usize);
        if self.rank[older] >= self.rank[newer] || self.lowest[older] < self.lowest[newer] {
            Some(false)
        } else {
            (self.found[newer] <= self.rank[older]).then_some(true)
        }
    }
}

/// In history order a mainline commit comes last of those that it is the first to reach.
fn is_landing(landed: &[u32], at: usize) -> bool {
    landed[at] != NEVER && landed.get(at + 1) != Some(&landed[at])
}

/// The rows as nodes, numbered as they came.
struct Graph<'a> {
    commits: &'a [Commit],
    rows: Vec<usize>,
    parents: Vec<Vec<usize>>,
    /// Longest way down to a root. Nodes of a cycle, which only forged rows have, lose the edges into it.
    generation: Vec<u32>,
}

impl<'a> Graph<'a> {
    fn new(commits: &'a [Commit]) -> Self {
        let mut node_of: FxHashMap<&str, usize> = FxHashMap::default();
        let mut rows = Vec::with_capacity(commits.len());
        for (row, commit) in commits.iter().enumerate() {
            node_of.entry(commit.commit_id.as_str()).or_insert_with(|| {
                rows.push(row);
                rows.len() - 1
            });
        }
        let known =
            |row: &usize| commits[*row].parents.iter().filter_map(|p| node_of.get(p.as_str()).copied()).collect();
        let parents = rows.iter().map(known).collect();
        let mut graph = Self { commits, rows, parents, generation: Vec::new() };
        graph.level();
        graph
    }

    fn id(&self, node: usize) -> &'a str {
        self.commits[self.rows[node]].commit_id.as_str()
    }

    /// Sets generations by Kahn's algorithm and cuts what it cannot order.
    fn level(&mut self) {
        let n = self.parents.len();
        let mut children = vec![Vec::new(); n];
        let mut waits: Vec<usize> = self.parents.iter().map(Vec::len).collect();
        self.parents.iter().enumerate().for_each(|(node, ps)| ps.iter().for_each(|&p| children[p].push(node)));
        let mut ready: Vec<usize> = (0..n).filter(|&node| waits[node] == 0).collect();
        self.generation = vec![0; n];
        while let Some(node) = ready.pop() {
            for &child in &children[node] {
                self.generation[child] = self.generation[child].max(self.generation[node] + 1);
                waits[child] -= 1;
                if waits[child] == 0 {
                    ready.push(child);
                }
            }
        }
        for node in (0..n).filter(|&node| waits[node] > 0) {
            self.parents[node].retain(|&p| waits[p] == 0);
        }
    }

    /// First-parent history of the newest commit said to be on the mainline, oldest first.
    fn mainline(&self) -> Vec<usize> {
        let said = |node: usize| self.commits[self.rows[node]].on_mainline;
        let head = (0..self.rows.len())
            .max_by(|&a, &b| (said(a), self.generation[a], self.id(b)).cmp(&(said(b), self.generation[b], self.id(a))));
        let mut line: Vec<usize> = std::iter::successors(head, |&node| self.parents[node].first().copied()).collect();
        line.reverse();
        line
    }

    /// For every node, the first mainline commit that reaches it.
    fn landings(&self) -> Vec<u32> {
        let mut landed = vec![NEVER; self.rows.len()];
        for (at, head) in (0..).zip(self.mainline()) {
            let mut open = vec![head];
            while let Some(node) = open.pop() {
                if landed[node] == NEVER {
                    landed[node] = at;
                    open.extend(&self.parents[node]);
                }
            }
        }
        landed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::outcomes::fixture::commit;

    /// A random graph: the parents of commit `n` are older ones.
    fn graph() -> impl Strategy<Value = Vec<Commit>> {
        let seeds = prop::collection::vec((any::<u16>(), any::<u16>(), 0..4u8, any::<bool>()), 1..40);
        seeds.prop_map(|seeds| {
            let built = seeds.iter().enumerate().map(|(n, &(first, second, kind, on_mainline))| {
                let older = |seed: u16| format!("c{}", usize::from(seed) % n.max(1));
                let parents = match kind {
                    _ if n == 0 => vec![],
                    0 => vec![],
                    1 | 2 => vec![older(first)],
                    _ => vec![older(first), older(second)],
                };
                let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
                Commit { on_mainline, ..commit(&format!("c{n}"), &parents, "") }
            });
            built.collect()
        })
    }

    fn reaches(commits: &[Commit], older: &Commit, newer: &Commit) -> bool {
        let parent = |id| commits.iter().find(|c| c.commit_id == id);
        newer.parents.iter().cloned().filter_map(parent).any(|p| p == older || reaches(commits, older, p))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn ancestry_is_reachability(commits in graph()) {
            let (ancestry, rows) = Ancestry::new(&commits);
            for (a, &older) in (0..).zip(&rows) {
                for (b, &newer) in (0..).zip(&rows) {
                    prop_assert_eq!(ancestry.is_ancestor(a, b), reaches(&commits, &commits[older], &commits[newer]));
                }
            }
        }

        #[test]
        fn the_order_of_rows_is_irrelevant(commits in graph(), seed in any::<u64>()) {
            let mut other = commits.clone();
            let len = other.len();
            other.rotate_left(seed as usize % len);
            other.reverse();
            let ids = |commits: &[Commit]| Ancestry::new(commits).1.iter().map(|&r| commits[r].commit_id.clone()).collect::<Vec<_>>();
            prop_assert_eq!(ids(&commits), ids(&other));
        }
    }

    #[test]
    fn forged_cycles_and_repeated_rows_are_survived() {
        let commits =
            [commit("a", &["b"], ""), commit("b", &["a"], ""), commit("a", &[], ""), commit("c", &["c", "b"], "")];
        let (ancestry, rows) = Ancestry::new(&commits);
        assert_eq!(rows.len(), 3);
        assert!((0..3).all(|at| !ancestry.is_ancestor(at, at)));
    }

    #[test]
    fn a_merge_brought_what_its_first_parent_lacks() {
        let commits = [commit("a", &[], ""), commit("b", &["a"], ""), commit("m", &["a", "b"], "")];
        let (ancestry, rows) = Ancestry::new(&commits);
        assert_eq!(rows, [0, 1, 2]);
        assert!(ancestry.brought(2, 1) && !ancestry.brought(2, 0));
    }
}
