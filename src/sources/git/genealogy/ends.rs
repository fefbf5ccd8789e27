//! How every line ended: what is in the head's files is alive, for the rest the ledger's events decide.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Books;
use super::graph::{Graph, Reach};
use super::ledger::{Kill, Ledger};
use super::state::{Run, State, Version};
use crate::sources::git::file_changes::NONE;

/// A line's end; `Dead` holds the commit that killed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Alive,
    Dead(u32),
    Lost,
    Twin,
}

/// The ends of all lines.
pub(super) struct Ends {
    /// By line: the commit that killed it, or one of the words below.
    ends: Vec<u32>,
    /// By line: the file it ended in, or is in.
    places: Vec<u32>,
    /// Lines that stand in the head more than once, and where else. A merge that took one file from one parent
    /// and another from the other can bring a moved line in twice.
    pub(super) again: Vec<(Run, u32)>,
    /// By line that was ever moved, the last commit that did.
    moved_by: FxHashMap<u32, u32>,
}

const OPEN: u32 = NONE;
const ALIVE: u32 = NONE - 1;
const LOST: u32 = NONE - 2;
const TWIN: u32 = NONE - 3;

impl Ends {
    /// `ranks` orders paths.
    pub(super) fn resolve(graph: &Graph, ledger: &Ledger, head: &State, ranks: &[u32]) -> Self {
        let lines = ledger.len() as usize;
        let mut ends =
            Self { ends: vec![OPEN; lines], places: vec![NONE; lines], again: Vec::new(), moved_by: ledger.movers() };
        let rank = |path: u32| ranks.get(path as usize).copied().unwrap_or(NONE);
        let mut files: Vec<(u32, &Rc<Version>)> = head.files().collect();
        files.sort_unstable_by_key(|(path, _)| rank(*path));
        for (path, version) in files {
            version.runs.iter().for_each(|run| ends.live(*run, path));
        }
        ends.die(graph, ledger, &rank);
        for (line, _) in &ledger.twins {
            let end = &mut ends.ends[*line as usize];
            *end = if *end == OPEN { TWIN } else { *end };
        }
        ends
    }

    fn live(&mut self, run: Run, path: u32) {
        for line in run.first..run.end() {
            if self.ends[line as usize] == ALIVE {
                super::state::append_placed(&mut self.again, line, path);
            } else {
                self.ends[line as usize] = ALIVE;
                self.places[line as usize] = path;
            }
        }
    }

    fn die(&mut self, graph: &Graph, ledger: &Ledger, rank: &dyn Fn(u32) -> u32) {
        let mut contested: FxHashMap<u32, Vec<(u32, u32)>> = FxHashMap::default();
        for kill in &ledger.kills {
            for line in kill.run.first..kill.run.end() {
                self.enter(line, kill, &mut contested);
            }
        }
        let mut contested: Vec<(u32, Vec<(u32, u32)>)> = contested.into_iter().collect();
        for (line, kills) in &mut contested {
            kills.push((self.ends[*line as usize], self.places[*line as usize]));
        }
        // Whole blocks were mostly ended by the same commits.
        contested.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
        for alike in contested.chunk_by(|(_, one), (_, other)| one == other) {
            let Some((commit, path)) = counting(graph, &alike[0].1, rank) else { continue };
            for (line, _) in alike {
                self.ends[*line as usize] = commit;
                self.places[*line as usize] = path;
            }
        }
    }

    /// The first event stays unless there are more; what was lost from sight gives way to every other.
    fn enter(&mut self, line: u32, kill: &Kill, contested: &mut FxHashMap<u32, Vec<(u32, u32)>>) {
        let (end, place) = (&mut self.ends[line as usize], &mut self.places[line as usize]);
        match (*end, kill.is_lost) {
            (ALIVE, _) => {}
            (OPEN, true) => (*end, *place) = (LOST, kill.path),
            (OPEN | LOST, false) => (*end, *place) = (kill.commit, kill.path),
            (_, true) => {}
            (_, false) => contested.entry(line).or_default().push((kill.commit, kill.path)),
        }
    }

    pub(super) fn of(&self, line: u32) -> End {
        match self.ends[line as usize] {
            ALIVE => End::Alive,
            TWIN => End::Twin,
            // Nothing is open in a history that was read whole.
            LOST | OPEN => End::Lost,
            commit => End::Dead(commit),
        }
    }

    pub(super) fn place(&self, line: u32) -> u32 {
        self.places[line as usize]
    }

    pub(super) fn moved_by(&self, line: u32) -> Option<u32> {
        self.moved_by.get(&line).copied()
    }

    pub(super) fn books(&self, ledger: &Ledger) -> Books {
        let mut books = Books::default();
        for birth in &ledger.births {
            if birth.commit == NONE {
                continue;
            }
            if birth.writer() == NONE {
                books.unseen += u64::from(birth.len);
                continue;
            }
            for line in birth.first..birth.first + birth.len {
                match self.of(line) {
                    End::Alive => books.alive += 1,
                    End::Dead(_) => books.deaths += 1,
                    End::Lost => books.lost += 1,
                    End::Twin => books.twins += 1,
                }
            }
            books.births += u64::from(birth.len);
        }
        let again: u64 = self.again.iter().map(|(run, _)| u64::from(run.len)).sum();
        books.births = books.births - books.twins + again;
        books.alive += again;
        books
    }
}

/// Which of several events of one line counts. One with another among its descendants was undone by a merge before that
/// one came; of those left it is the first.
fn counting(graph: &Graph, kills: &[(u32, u32)], rank: &dyn Fn(u32) -> u32) -> Option<(u32, u32)> {
    let mut commits: Vec<u32> = kills.iter().map(|(commit, _)| *commit).collect();
    commits.sort_unstable();
    commits.dedup();
    // Backwards, so that all who may descend from a commit are known when it is asked about.
    let mut newer: Option<Reach<'_>> = None;
    let mut first = None;
    for commit in commits.into_iter().rev() {
        if newer.as_mut().is_some_and(|newer| newer.holds(commit)) {
            continue;
        }
        match &mut newer {
            Some(newer) => newer.add(commit),
            None => newer = Some(Reach::from(graph, commit)),
        }
        first = Some(commit);
    }
    let of_first = kills.iter().copied().filter(|(commit, _)| Some(*commit) == first);
    of_first.min_by_key(|&(_, path)| rank(path))
}
