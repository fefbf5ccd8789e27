//! Whose lines stand in which file at one commit.
//!
//! States of neighbouring commits share what is equal, so that keeping one at every fork costs little.

use std::rc::Rc;

use crate::sources::git::file_changes::NONE;

/// Neighbouring lines with consecutive numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// Whether any of these lines is among them.
    #[inline]
    pub(super) fn meets(&self, run: Run) -> bool {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else { return false };
        // Most runs are out of the question at once.
        run.end() > first.first
            && run.first < last.end()
            && self.0[self.0.partition_point(|own| own.end() <= run.first)..]
                .first()
                .is_some_and(|own| own.first < run.end())
    }
}

/// The lines of one version that another has not, in the order of the first, and the other way round.
pub(super) fn differing(ours: &[Run], theirs: &[Run]) -> [Vec<Run>; 2] {
    let [left, right] = unmatched(ours, theirs);
    [without(&left, theirs), without(&right, ours)]
}

/// The same as [`minus`] for few lines.
pub(super) fn without(runs: &[Run], others: &[Run]) -> Vec<Run> {
    if runs.is_empty() {
        return Vec::new();
    }
    let few = Sorted::of(runs);
    let meeting: Vec<Run> = others.iter().filter(|run| few.meets(**run)).copied().collect();
    minus(runs, &Sorted::of(&meeting))
}

/// The lines of either version that do not stand in both in the same order: few of them, since most do. A line that a
/// version has twice may be among them though the other has it too.
pub(super) fn unmatched(ours: &[Run], theirs: &[Run]) -> [Vec<Run>; 2] {
    /// Runs looked ahead before two of them count as unlike.
    const AHEAD: usize = 8;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let same = |ours: &[Run], theirs: &[Run]| ours.iter().zip(theirs).take_while(|(our, their)| our == their).count();
    let start = same(ours, theirs);
    let (mut ours, mut theirs) = (Cursor::of(&ours[start..]), Cursor::of(&theirs[start..]));
    while let (Some(our), Some(their)) = (ours.run, theirs.run) {
        if our == their {
            let more = same(ours.rest, theirs.rest);
            (ours, theirs) = (Cursor::of(&ours.rest[more..]), Cursor::of(&theirs.rest[more..]));
        } else if our.first == their.first {
            let len = our.len.min(their.len);
            ours.pass(len);
            theirs.pass(len);
        } else if let Some(runs) = theirs.ahead(our.first, AHEAD) {
            theirs.pass_to(our.first, runs, &mut right);
        } else if let Some(runs) = ours.ahead(their.first, AHEAD) {
            ours.pass_to(their.first, runs, &mut left);
        } else {
            left.push(our);
            right.push(their);
            ours.pass(our.len);
            theirs.pass(their.len);
        }
    }
    ours.pass_all(&mut left);
    theirs.pass_all(&mut right);
    [left, right]
}

/// A place in a version.
struct Cursor<'a> {
    run: Option<Run>,
    rest: &'a [Run],
}

impl<'a> Cursor<'a> {
    fn of(runs: &'a [Run]) -> Self {
        let (run, rest) = runs.split_first().map_or((None, runs), |(run, rest)| (Some(*run), rest));
        Self { run, rest }
    }

    fn pass(&mut self, lines: u32) {
        match self.run {
            Some(run) if run.len > lines => self.run = Some(run.part(lines, run.len - lines)),
            _ => *self = Self::of(self.rest),
        }
    }

    /// How many runs ahead a line stands, the one at hand included.
    fn ahead(&self, line: u32, most: usize) -> Option<usize> {
        let mut runs = self.run.iter().chain(self.rest).take(most);
        runs.position(|run| run.first <= line && line < run.end())
    }

    fn pass_to(&mut self, line: u32, runs: usize, passed: &mut Vec<Run>) {
        for _ in 0..runs {
            passed.extend(self.run);
            *self = Self::of(self.rest);
        }
        if let Some(run) = self.run.filter(|run| run.first < line) {
            passed.push(Run { first: run.first, len: line - run.first });
            self.pass(line - run.first);
        }
    }

    fn pass_all(&mut self, passed: &mut Vec<Run>) {
        passed.extend(self.run);
        passed.extend_from_slice(self.rest);
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
    /// One more than the greatest number of a line.
    end: u32,
    /// Counts versions in the order they were made.
    pub(super) stamp: u32,
}

impl Version {
    pub(super) fn new(runs: Vec<Run>, stamp: u32) -> Self {
        let lines = runs.iter().map(|run| run.len).sum();
        let end = runs.iter().map(|run| run.end()).max().unwrap_or_default();
        Self { runs, lines, end, stamp }
    }

    /// The runs with any of these lines.
    pub(super) fn meeting(&self, lines: &Sorted) -> impl Iterator<Item = Run> {
        // Lines that are looked for are mostly younger than all of most files.
        let may_meet = lines.0.first().is_some_and(|run| run.first < self.end);
        let runs = if may_meet { self.runs.as_slice() } else { &[] };
        runs.iter().copied().filter(|run| lines.meets(*run))
    }
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

    pub(super) fn runs(&self) -> usize {
        self.version.runs.len()
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
/// Neighbouring paths. The stamps are beside the versions since most of what states are asked is answered by them.
#[derive(Clone)]
struct Chunk {
    versions: [Option<Rc<Version>>; CHUNK],
    stamps: [u32; CHUNK],
}

/// All files at one commit, by the number of their path.
#[derive(Clone, Default)]
pub(super) struct State {
    chunks: Vec<Option<Rc<Chunk>>>,
}

impl State {
    fn chunk(&self, chunk: usize) -> Option<&Rc<Chunk>> {
        self.chunks.get(chunk)?.as_ref()
    }

    pub(super) fn version(&self, path: u32) -> Option<&Rc<Version>> {
        self.chunk(path as usize / CHUNK)?.versions[path as usize % CHUNK].as_ref()
    }

    pub(super) fn stamp(&self, path: u32) -> Option<u32> {
        let stamp = self.chunk(path as usize / CHUNK)?.stamps[path as usize % CHUNK];
        (stamp != NONE).then_some(stamp)
    }

    pub(super) fn set(&mut self, path: u32, version: Option<Rc<Version>>) {
        let (chunk, at) = (path as usize / CHUNK, path as usize % CHUNK);
        if self.chunks.len() <= chunk {
            if version.is_none() {
                return;
            }
            self.chunks.resize(chunk + 1, None);
        }
        let empty = || Rc::new(Chunk { versions: [const { None }; CHUNK], stamps: [NONE; CHUNK] });
        let chunk = Rc::make_mut(self.chunks[chunk].get_or_insert_with(empty));
        chunk.stamps[at] = version.as_ref().map_or(NONE, |version| version.stamp);
        chunk.versions[at] = version;
    }

    /// Every file, by path number.
    pub(super) fn files(&self) -> impl Iterator<Item = (u32, &Rc<Version>)> {
        let chunks = self.chunks.iter().enumerate().filter_map(|(at, chunk)| Some((at * CHUNK, chunk.as_ref()?)));
        chunks.flat_map(|(start, chunk)| {
            (start as u32..).zip(&chunk.versions).filter_map(|(path, version)| Some((path, version.as_ref()?)))
        })
    }

    /// The files of which `self` has a version that `other` has not, in the order of path numbers, with its stamp.
    pub(super) fn beyond(&self, other: &Self) -> impl Iterator<Item = (u32, u32)> {
        let chunks = self.chunks.iter().enumerate().filter_map(move |(at, ours)| {
            let (ours, theirs) = (ours.as_ref()?, other.chunk(at));
            let is_shared = theirs.is_some_and(|theirs| Rc::ptr_eq(ours, theirs));
            (!is_shared).then_some(((at * CHUNK) as u32, &ours.stamps, theirs.map(|theirs| &theirs.stamps)))
        });
        chunks.flat_map(|(start, ours, theirs)| {
            let theirs = theirs.unwrap_or(&[NONE; CHUNK]);
            let both = (start..).zip(ours.iter().zip(theirs));
            both.filter(|(_, (our, their))| our != their && **our != NONE).map(|(path, (our, _))| (path, *our))
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
    fn versions_differ_in_what_only_one_has() {
        let [ours, theirs] = differing(&runs(&[(0, 10), (50, 2), (20, 5)]), &runs(&[(2, 3), (90, 1), (5, 5), (20, 9)]));
        assert_eq!(ours, runs(&[(0, 2), (50, 2)]));
        assert_eq!(theirs, runs(&[(90, 1), (25, 4)]));
        assert_eq!(differing(&runs(&[(3, 3), (0, 3)]), &runs(&[(0, 3), (3, 3)])), [vec![], vec![]]);
        assert_eq!(differing(&runs(&[(3, 3)]), &[]), [runs(&[(3, 3)]), vec![]]);
    }

    proptest::proptest! {
        #[test]
        fn versions_differ_as_sets_do(ours in shuffled(), theirs in shuffled()) {
            let [left, right] = differing(&ours, &theirs);
            proptest::prop_assert_eq!(lines(&left), lines(&minus(&ours, &Sorted::of(&theirs))));
            proptest::prop_assert_eq!(lines(&right), lines(&minus(&theirs, &Sorted::of(&ours))));
        }
    }

    fn lines(runs: &[Run]) -> Vec<u32> {
        runs.iter().flat_map(|run| run.first..run.end()).collect()
    }

    /// Some of the first hundred lines, mostly in order.
    fn shuffled() -> impl proptest::strategy::Strategy<Value = Vec<Run>> {
        use proptest::prelude::*;
        let blocks = proptest::collection::vec((0..12u32, proptest::bool::weighted(0.8)), 0..24);
        blocks.prop_map(|blocks| {
            let mut lines: Vec<u32> = Vec::new();
            for (at, (skip, in_order)) in blocks.into_iter().enumerate() {
                let start = at as u32 * 4;
                let block = (start..start + 4).filter(|line| line % 12 != skip);
                let place = if in_order { lines.len() } else { lines.len() / 2 };
                lines.splice(place..place, block);
            }
            let mut runs = Vec::new();
            lines.into_iter().for_each(|line| append(&mut runs, Run { first: line, len: 1 }));
            runs
        })
    }

    #[test]
    fn states_share_what_is_equal() {
        let version = |stamp| Some(Rc::new(Version::new(Vec::new(), stamp)));
        let mut one = State::default();
        one.set(3, version(0));
        one.set(300, version(1));
        let mut two = one.clone();
        two.set(300, version(2));
        two.set(3, None);
        two.set(70, version(3));
        let beyond = |one: &State, two| one.beyond(two).collect::<Vec<_>>();
        assert_eq!(beyond(&one, &two), [(3, 0), (300, 1)]);
        assert_eq!(beyond(&two, &one), [(70, 3), (300, 2)]);
        assert_eq!(one.files().map(|(path, _)| path).collect::<Vec<_>>(), [3, 300]);
    }
}
