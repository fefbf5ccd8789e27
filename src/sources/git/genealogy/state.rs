//! Whose lines stand in which file at one commit.
//!
//! States of neighbouring commits share what is equal, so that keeping one at every fork costs little.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

/// Neighbouring lines with consecutive numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) first: u32,
    pub(super) len: u32,
}

impl Run {
    pub(super) fn end(self) -> u32 {
        self.first + self.len
    }

    pub(super) fn part(self, from: u32, len: u32) -> Self {
        Self { first: self.first + from, len }
    }
}

/// Puts a run behind others, joined with the last where their numbers continue.
pub(super) fn append(runs: &mut Vec<Run>, run: Run) {
    match runs.last_mut() {
        Some(last) if last.end() == run.first => last.len += run.len,
        _ if run.len > 0 => runs.push(run),
        _ => {}
    }
}

/// One more line behind runs that have a place each.
pub(super) fn append_placed(runs: &mut Vec<(Run, u32)>, line: u32, place: u32) {
    match runs.last_mut() {
        Some((last, at)) if last.end() == line && *at == place => last.len += 1,
        _ => runs.push((Run { first: line, len: 1 }, place)),
    }
}

/// A set of lines: runs in the order of their numbers, none of which meet.
#[derive(Debug, Default)]
pub(super) struct Sorted(Vec<Run>);

impl Sorted {
    pub(super) fn of(runs: &[Run]) -> Self {
        let mut runs = runs.to_vec();
        runs.sort_unstable_by_key(|run| run.first);
        runs.dedup_by(|next, last| {
            let meet = next.first <= last.end();
            last.len = if meet { last.len.max(next.end() - last.first) } else { last.len };
            meet
        });
        Self(runs)
    }
}

/// The lines of `runs` that are not among `others`, in the order of `runs`.
pub(super) fn minus(runs: &[Run], others: &Sorted) -> Vec<Run> {
    let others = &others.0;
    let mut left = Vec::new();
    for run in runs {
        let mut at = run.first;
        let from = others.partition_point(|other| other.end() <= run.first);
        for other in others[from..].iter().take_while(|other| other.first < run.end()) {
            if other.first > at {
                append(&mut left, Run { first: at, len: other.first - at });
            }
            at = at.max(other.end());
        }
        if at < run.end() {
            append(&mut left, Run { first: at, len: run.end() - at });
        }
    }
    left
}

/// A file as one commit left it: its lines by number, from top to bottom.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) runs: Vec<Run>,
    pub(super) lines: u32,
    /// Counts versions in the order they were made.
    pub(super) stamp: u32,
}

/// A version with its lines at hand.
pub(super) struct Lined<'a> {
    version: &'a Version,
    /// By run, the line it starts at.
    starts: Vec<u32>,
}

impl<'a> Lined<'a> {
    pub(super) fn of(version: &'a Version) -> Self {
        let mut starts = Vec::with_capacity(version.runs.len());
        version.runs.iter().fold(0, |line, run| {
            starts.push(line);
            line + run.len
        });
        Self { version, starts }
    }

    pub(super) fn lines(&self) -> u32 {
        self.version.lines
    }

    /// The number of one line of the file.
    pub(super) fn line(&self, line: u32) -> Option<u32> {
        self.slice(line, 1).next().map(|run| run.first)
    }

    /// The runs of lines `from..from + len`.
    pub(super) fn slice(&self, from: u32, len: u32) -> impl Iterator<Item = Run> + use<'_, 'a> {
        let first = self.starts.partition_point(|start| *start <= from).saturating_sub(1);
        let to = from.saturating_add(len);
        let runs = self.version.runs[first.min(self.version.runs.len())..]
            .iter()
            .zip(&self.starts[first.min(self.starts.len())..]);
        runs.take_while(move |(_, start)| **start < to).filter_map(move |(run, start)| {
            let (begin, end) = (from.max(*start), to.min(start + run.len));
            (begin < end).then(|| run.part(begin - start, end - begin))
        })
    }
}

const CHUNK: usize = 64;
type Chunk = [Option<Rc<Version>>; CHUNK];

/// All files at one commit, by the number of their path.
#[derive(Clone, Default)]
pub(super) struct State {
    chunks: Vec<Option<Rc<Chunk>>>,
}

impl State {
    pub(super) fn version(&self, path: u32) -> Option<&Rc<Version>> {
        self.chunks.get(path as usize / CHUNK)?.as_ref()?[path as usize % CHUNK].as_ref()
    }

    pub(super) fn set(&mut self, path: u32, version: Option<Rc<Version>>) {
        let (chunk, at) = (path as usize / CHUNK, path as usize % CHUNK);
        if self.chunks.len() <= chunk {
            if version.is_none() {
                return;
            }
            self.chunks.resize(chunk + 1, None);
        }
        let chunk = self.chunks[chunk].get_or_insert_with(|| Rc::new([const { None }; CHUNK]));
        Rc::make_mut(chunk)[at] = version;
    }

    /// Every file, by path number.
    pub(super) fn files(&self) -> impl Iterator<Item = (u32, &Rc<Version>)> {
        self.chunks.iter().enumerate().flat_map(|(chunk, versions)| {
            let versions = versions.iter().flat_map(|versions| versions.iter().enumerate());
            versions.filter_map(move |(at, version)| Some(((chunk * CHUNK + at) as u32, version.as_ref()?)))
        })
    }

    /// Files of which `self` has another version than `other`, perhaps none, in the order of path numbers.
    pub(super) fn differing<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u32> + 'a {
        let same = |a: Option<&Rc<Chunk>>, b: Option<&Rc<Chunk>>| match (a, b) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let chunk = |state: &'a Self, at: usize| state.chunks.get(at).and_then(Option::as_ref);
        let chunks = self.chunks.len().max(other.chunks.len());
        (0..chunks).filter(move |&at| !same(chunk(self, at), chunk(other, at))).flat_map(move |at| {
            let paths = (at * CHUNK) as u32..((at + 1) * CHUNK) as u32;
            paths.filter(move |&path| match (self.version(path), other.version(path)) {
                (Some(a), Some(b)) => !Rc::ptr_eq(a, b),
                (None, None) => false,
                _ => true,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(runs: &[(u32, u32)]) -> Vec<Run> {
        runs.iter().map(|&(first, len)| Run { first, len }).collect()
    }

    fn sorted(all: &[(u32, u32)]) -> Sorted {
        Sorted::of(&runs(all))
    }

    #[test]
    fn minus_leaves_what_the_others_lack() {
        let left = minus(&runs(&[(20, 5), (0, 10)]), &sorted(&[(8, 4), (2, 3), (21, 1), (23, 90)]));
        assert_eq!(left, runs(&[(20, 1), (22, 1), (0, 2), (5, 3)]));
        assert_eq!(minus(&runs(&[(0, 10), (10, 5)]), &sorted(&[])), runs(&[(0, 15)]));
        assert_eq!(minus(&runs(&[(0, 10), (12, 5)]), &sorted(&[(0, 90)])), []);
        assert_eq!(minus(&runs(&[(0, 10), (12, 5)]), &sorted(&[(5, 9)])), runs(&[(0, 5), (14, 3)]));
        assert_eq!(minus(&runs(&[(6, 3)]), &sorted(&[(2, 3), (0, 10)])), []);
    }

    #[test]
    fn states_share_and_differ() {
        let version = |stamp| Some(Rc::new(Version { runs: Vec::new(), lines: 0, stamp }));
        let mut one = State::default();
        one.set(3, version(0));
        one.set(300, version(1));
        let mut two = one.clone();
        two.set(300, version(2));
        two.set(3, None);
        two.set(70, version(3));
        assert_eq!(one.differing(&two).collect::<Vec<_>>(), [3, 70, 300]);
        assert_eq!(one.files().map(|(path, _)| path).collect::<Vec<_>>(), [3, 300]);
    }
}
