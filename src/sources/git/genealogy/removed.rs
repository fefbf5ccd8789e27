//! The lines a commit took away, while it is not yet decided whether they died or only moved.

use std::collections::BTreeMap;

use super::state::Run;

#[derive(Default)]
pub(super) struct Removed {
    /// By the first line's number: how many, and from which file.
    runs: BTreeMap<u32, (u32, u32)>,
}

impl Removed {
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Lines that are in there already stay as they are.
    pub(super) fn add(&mut self, run: Run, path: u32) {
        let mut open = run;
        for (known, _) in self.overlaps(run) {
            if known.first > open.first {
                self.runs.insert(open.first, (known.first - open.first, path));
            }
            let end = open.end();
            let next = known.end().clamp(open.first, end);
            open = Run { first: next, len: end - next };
        }
        if open.len > 0 {
            self.runs.insert(open.first, (open.len, path));
        }
    }

    pub(super) fn holds(&self, line: u32) -> bool {
        self.runs.range(..=line).next_back().is_some_and(|(first, (len, _))| line < first + len)
    }

    fn overlaps(&self, run: Run) -> Vec<(Run, u32)> {
        let before = self.runs.range(..=run.first).next_back().map(|(first, _)| *first).unwrap_or(run.first);
        let found = self.runs.range(before..run.end()).map(|(&first, &(len, path))| (Run { first, len }, path));
        found.filter(|(known, _)| known.first < run.end() && known.end() > run.first).collect()
    }

    /// Takes lines out again: calls with each part in order, and the file it was taken from, or `None` where the
    /// part is not in there.
    pub(super) fn claim(&mut self, run: Run, mut each: impl FnMut(Run, Option<u32>)) {
        let mut at = run.first;
        for (known, path) in self.overlaps(run) {
            let (start, end) = (known.first.max(run.first), known.end().min(run.end()));
            if start > at {
                each(Run { first: at, len: start - at }, None);
            }
            self.runs.remove(&known.first);
            if known.first < start {
                self.runs.insert(known.first, (start - known.first, path));
            }
            if known.end() > end {
                self.runs.insert(end, (known.end() - end, path));
            }
            each(Run { first: start, len: end - start }, Some(path));
            at = end;
        }
        if at < run.end() {
            each(Run { first: at, len: run.end() - at }, None);
        }
    }

    pub(super) fn runs(&self) -> impl Iterator<Item = (Run, u32)> {
        self.runs.iter().map(|(&first, &(len, path))| (Run { first, len }, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(removed: &Removed) -> Vec<(u32, u32, u32)> {
        removed.runs().map(|(run, path)| (run.first, run.len, path)).collect()
    }

    #[test]
    fn what_is_claimed_is_gone_and_the_rest_stays() {
        let mut removed = Removed::default();
        removed.add(Run { first: 10, len: 10 }, 1);
        removed.add(Run { first: 5, len: 20 }, 2);
        assert_eq!(all(&removed), [(5, 5, 2), (10, 10, 1), (20, 5, 2)]);
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
