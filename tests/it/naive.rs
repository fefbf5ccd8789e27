//! The genealogy of lines against its definition, written down as plainly as it goes: on histories made by chance in
//! which no line is ever written twice, so that who wrote and who ended it is beyond dispute.

use std::collections::{BTreeMap, BTreeSet};

use crate::dice::Dice;
use crate::facts::mine_at;

type Lines = Vec<String>;

struct Node {
    id: git2::Oid,
    parents: Vec<usize>,
    files: BTreeMap<&'static str, Lines>,
}

/// A history of branches, merges of every kind, and a head that has merged them all.
struct Made {
    dir: tempfile::TempDir,
    nodes: Vec<Node>,
    head: usize,
    /// Of each line ever written, where it belongs: in every version lines stand in this order, so that no two
    /// versions can be compared in two ways.
    order: Vec<u64>,
}

impl Made {
    fn by(dice: &mut Dice, commits: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        git2::Repository::init_opts(dir.path(), options.bare(true).initial_head("main")).unwrap();
        let mut made = Self { dir, nodes: Vec::new(), head: 0, order: Vec::new() };
        made.commit(vec![], BTreeMap::new(), dice);
        let mut tips = vec![0];
        for _ in 0..commits {
            let at = dice.below(tips.len());
            if tips.len() > 1 && dice.one_in(3) {
                let other = (at + 1 + dice.below(tips.len() - 1)) % tips.len();
                let merged = made.merge(tips[at], tips[other], dice);
                if dice.one_in(2) {
                    tips.remove(other.max(at));
                    tips[other.min(at)] = merged;
                } else {
                    tips[at] = merged;
                }
            } else {
                let files = made.nodes[tips[at]].files.clone();
                let child = made.commit(vec![tips[at]], files, dice);
                if tips.len() < 4 && dice.one_in(3) {
                    tips.push(child);
                } else {
                    tips[at] = child;
                }
            }
        }
        while tips.len() > 1 {
            let (one, other) = (tips[0], tips.pop().unwrap());
            tips[0] = made.merge(one, other, dice);
        }
        made.head = tips[0];
        let repo = git2::Repository::open(made.dir.path()).unwrap();
        repo.reference("refs/heads/main", made.nodes[tips[0]].id, true, "made").unwrap();
        made
    }

    /// Takes some lines away and writes some new ones.
    fn commit(&mut self, parents: Vec<usize>, mut files: BTreeMap<&'static str, Lines>, dice: &mut Dice) -> usize {
        for name in ["a.c", "b.c"] {
            let lines = files.entry(name).or_default();
            lines.retain(|_| !dice.one_in(8));
            for _ in 0..dice.below(5) {
                lines.push(format!("w{}", self.order.len()));
                self.order.push(dice.next());
            }
        }
        self.keep(parents, files)
    }

    /// One side, the other, or lines of both, now and then without some.
    fn merge(&mut self, one: usize, other: usize, dice: &mut Dice) -> usize {
        let mut files = BTreeMap::new();
        for name in ["a.c", "b.c"] {
            let (ours, theirs) = (&self.nodes[one].files[name], &self.nodes[other].files[name]);
            let mut lines = match dice.below(4) {
                0 => ours.clone(),
                1 => theirs.clone(),
                _ => {
                    let known: BTreeSet<&String> = ours.iter().collect();
                    ours.iter().chain(theirs.iter().filter(|line| !known.contains(line))).cloned().collect()
                }
            };
            if dice.one_in(3) {
                lines.retain(|_| !dice.one_in(6));
            }
            files.insert(name, lines);
        }
        self.keep(vec![one, other], files)
    }

    fn keep(&mut self, parents: Vec<usize>, mut files: BTreeMap<&'static str, Lines>) -> usize {
        let place = |line: &String| self.order[line[1..].parse::<usize>().unwrap()];
        files.values_mut().for_each(|lines| lines.sort_by_key(place));
        let repo = git2::Repository::open(self.dir.path()).unwrap();
        let mut tree = repo.treebuilder(None).unwrap();
        for (name, lines) in &files {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            tree.insert(name, repo.blob(text.as_bytes()).unwrap(), 0o100644).unwrap();
        }
        let tree = repo.find_tree(tree.write().unwrap()).unwrap();
        let time = git2::Time::new(1_600_000_000 + 86_400 * self.nodes.len() as i64, 0);
        let who = git2::Signature::new("Ada", "ada@example.org", &time).unwrap();
        let commits: Vec<git2::Commit<'_>> =
            parents.iter().map(|&parent| repo.find_commit(self.nodes[parent].id).unwrap()).collect();
        let commits: Vec<&git2::Commit<'_>> = commits.iter().collect();
        let id = repo.commit(None, &who, &who, &format!("commit {}", self.nodes.len()), &tree, &commits).unwrap();
        self.nodes.push(Node { id, parents, files });
        self.nodes.len() - 1
    }

    fn has(&self, at: usize, line: &str) -> bool {
        self.nodes[at].files.values().flatten().any(|known| known == line)
    }

    fn ancestors(&self, of: usize) -> BTreeSet<usize> {
        let (mut seen, mut open) = (BTreeSet::new(), self.nodes[of].parents.clone());
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(&self.nodes[at].parents);
            }
        }
        seen
    }

    /// Who wrote each line and who ended it, by the words of the definition.
    fn fates(&self) -> BTreeMap<(usize, Option<usize>), i64> {
        let ancestors: Vec<BTreeSet<usize>> = (0..self.nodes.len()).map(|at| self.ancestors(at)).collect();
        let mut fates = BTreeMap::new();
        for line in (0..self.order.len()).map(|number| format!("w{number}")) {
            let born = (0..self.nodes.len()).find(|&at| self.has(at, &line)).unwrap();
            let mut ends: Vec<usize> = Vec::new();
            for (at, node) in self.nodes.iter().enumerate() {
                let is_gone = !self.has(at, &line) && node.parents.iter().any(|&parent| self.has(parent, &line));
                // A merge that is without a line somebody deleted on the way to it is not what ended it.
                if is_gone && (node.parents.len() == 1 || !ends.iter().any(|end| ancestors[at].contains(end))) {
                    ends.push(at);
                }
            }
            let undone = |end: usize| ends.iter().any(|&later| ancestors[later].contains(&end));
            let end = ends.iter().copied().filter(|&end| !undone(end)).min();
            let death = if self.has(self.head, &line) { None } else { end };
            *fates.entry((born, death)).or_insert(0) += 1;
        }
        fates
    }
}

#[test]
fn the_fold_finds_what_the_definition_says() {
    for seed in 0..30 {
        let made = Made::by(&mut Dice::new(seed), 40);
        let place: BTreeMap<String, usize> =
            made.nodes.iter().enumerate().map(|(at, node)| (node.id.to_string(), at)).collect();
        let mut found: BTreeMap<(usize, Option<usize>), i64> = BTreeMap::new();
        for fate in mine_at(made.dir.path()).fates {
            let death = fate.death_commit.map(|death| place[death.as_str()]);
            *found.entry((place[fate.origin_commit.as_str()], death)).or_insert(0) += fate.lines;
        }
        let expected = made.fates();
        let differing: Vec<_> = expected
            .iter()
            .filter(|(fate, lines)| found.get(fate) != Some(lines))
            .chain(found.iter().filter(|(fate, _)| !expected.contains_key(fate)))
            .collect();
        assert!(differing.is_empty(), "seed {seed}: {differing:?} of {} fates", expected.len());
    }
}
