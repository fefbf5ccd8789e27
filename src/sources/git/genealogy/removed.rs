//! The lines a commit took away, while it is not yet decided whether they died or only moved.

use std::collections::BTreeMap;

use super::state::Run;

#[derive(Default)]
pub(super) struct Removed {
    /// By the first line's number.
    parts: BTreeMap<u32, Part>,
    places: u32,
}

/// Lines with consecutive numbers.
#[derive(Clone, Copy)]
struct Part {
    len: u32,
    path: u32,
    /// Where they stood among all lines taken away. Lines that were not one below the other have a gap between them.
    place: u32,
}

impl Removed {
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Adds lines that stood one below the other. Those that are in there already stay as they are.
    pub(super) fn add(&mut self, runs: impl IntoIterator<Item = Run>, path: u32) {
        for run in runs {
            let mut at = run.first;
            for (known, _) in self.overlaps(run) {
                self.enter(run, at, known.first, path);
                at = known.end();
            }
            self.enter(run, at, run.end(), path);
            self.places += run.len;
        }
        self.places += 1;
    }

    fn enter(&mut self, run: Run, from: u32, to: u32, path: u32) {
        if from < to {
            self.parts.insert(from, Part { len: to - from, path, place: self.places + (from - run.first) });
        }
    }

    pub(super) fn holds(&self, line: u32) -> bool {
        self.parts.range(..=line).next_back().is_some_and(|(first, part)| line < first + part.len)
    }

    fn overlaps(&self, run: Run) -> Vec<(Run, Part)> {
        let before = self.parts.range(..=run.first).next_back().map(|(first, _)| *first).unwrap_or(run.first);
        let found = self.parts.range(before..run.end()).map(|(&first, &part)| (Run { first, len: part.len }, part));
        found.filter(|(known, _)| known.first < run.end() && known.end() > run.first).collect()
    }

    /// Takes lines out again: calls with each part in order, and the file it was taken from, or `None` where the
    /// part is not in there.
    pub(super) fn claim(&mut self, run: Run, mut each: impl FnMut(Run, Option<u32>)) {
        let mut at = run.first;
        for (known, part) in self.overlaps(run) {
            let (start, end) = (known.first.max(run.first), known.end().min(run.end()));
            if start > at {
                each(Run { first: at, len: start - at }, None);
            }
            self.parts.remove(&known.first);
            if known.first < start {
                self.parts.insert(known.first, Part { len: start - known.first, ..part });
            }
            if known.end() > end {
                let place = part.place + (end - known.first);
                self.parts.insert(end, Part { len: known.end() - end, place, ..part });
            }
            each(Run { first: start, len: end - start }, Some(part.path));
            at = end;
        }
        if at < run.end() {
            each(Run { first: at, len: run.end() - at }, None);
        }
    }

    fn in_place(&self) -> Vec<(Run, Part)> {
        let runs = self.parts.iter().map(|(&first, &part)| (Run { first, len: part.len }, part));
        let mut runs: Vec<(Run, Part)> = runs.collect();
        runs.sort_unstable_by_key(|(_, part)| part.place);
        runs
    }

    /// What is in there, in the order in which it was added, and which files it was taken from.
    pub(super) fn runs(&self) -> Vec<(Run, u32)> {
        self.in_place().into_iter().map(|(run, part)| (run, part.path)).collect()
    }

    /// The same; lines that stood one below the other are together.
    pub(super) fn texts(&self) -> Vec<Vec<Run>> {
        let in_place = self.in_place();
        let texts = in_place.chunk_by(|(_, above), (_, below)| above.place + above.len == below.place);
        texts.map(|text| text.iter().map(|(run, _)| *run).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(removed: &Removed) -> Vec<(u32, u32, u32)> {
        removed.runs().into_iter().map(|(run, path)| (run.first, run.len, path)).collect()
    }

    #[test]
    fn what_is_claimed_is_gone_and_the_rest_stays() {
        let mut removed = Removed::default();
        removed.add([Run { first: 10, len: 10 }], 1);
        removed.add([Run { first: 5, len: 20 }], 2);
        assert_eq!(all(&removed), [(10, 10, 1), (5, 5, 2), (20, 5, 2)]);
        let mut parts = Vec::new();
        removed.claim(Run { first: 0, len: 12 }, |run, path| parts.push((run.first, run.len, path)));
        assert_eq!(parts, [(0, 5, None), (5, 5, Some(2)), (10, 2, Some(1))]);
        assert_eq!(all(&removed), [(12, 8, 1), (20, 5, 2)]);
        removed.claim(Run { first: 14, len: 1 }, |_, _| {});
        assert_eq!(all(&removed), [(12, 2, 1), (15, 5, 1), (20, 5, 2)]);
        removed.claim(Run { first: 0, len: 100 }, |_, _| {});
        assert!(removed.is_empty());
    }
}
