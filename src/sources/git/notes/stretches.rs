//! Stretches of lines that overlap, made into stretches that do not.

use std::collections::BinaryHeap;

/// Lines of a file, from 1, both ends included, and whatever is said of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Stretch<T> {
    pub(in super::super) first: u32,
    pub(in super::super) last: u32,
    pub(in super::super) what: T,
}

/// Every line once, in order: of what is said of a line the last counts, as git-ai reads its own notes.
/// Neighbours of which the same is said are one stretch.
pub(super) fn settle<T: Copy + PartialEq>(said: &[Stretch<T>]) -> Vec<Stretch<T>> {
    let mut starts: Vec<usize> = (0..said.len()).collect();
    starts.sort_by_key(|&at| said[at].first);
    let mut bounds: Vec<u64> =
        said.iter().flat_map(|stretch| [stretch.first.into(), u64::from(stretch.last) + 1]).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut starts = starts.into_iter().peekable();
    // The last said is on top; what ended is taken off when it comes up.
    let mut open: BinaryHeap<usize> = BinaryHeap::new();
    let mut settled: Vec<Stretch<T>> = Vec::new();
    for pair in bounds.windows(2) {
        let (from, to) = (pair[0], pair[1] - 1);
        while let Some(at) = starts.next_if(|&at| u64::from(said[at].first) <= from) {
            open.push(at);
        }
        while open.peek().is_some_and(|&at| u64::from(said[at].last) < from) {
            open.pop();
        }
        let Some(&at) = open.peek() else { continue };
        let what = said[at].what;
        match settled.last_mut() {
            Some(last) if u64::from(last.last) + 1 == from && last.what == what => last.last = to as u32,
            _ => settled.push(Stretch { first: from as u32, last: to as u32, what }),
        }
    }
    settled
}

/// How many lines of a stretch are among `added`, sorted and disjoint: first and last line each.
pub(in super::super) fn lines_among(first: u32, last: u32, added: &[(u32, u32)]) -> u32 {
    let from = added.partition_point(|&(_, end)| end < first);
    let inside = added[from..].iter().take_while(|&&(start, _)| start <= last);
    inside.map(|&(start, end)| end.min(last) - start.max(first) + 1).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stretches(said: &[(u32, u32, char)]) -> Vec<Stretch<char>> {
        said.iter().map(|&(first, last, what)| Stretch { first, last, what }).collect()
    }

    #[test]
    fn the_last_word_on_a_line_counts() {
        let settled = settle(&stretches(&[(1, 10, 'a'), (4, 5, 'b'), (11, 12, 'a'), (20, u32::MAX, 'c')]));
        assert_eq!(settled, stretches(&[(1, 3, 'a'), (4, 5, 'b'), (6, 12, 'a'), (20, u32::MAX, 'c')]));
    }

    #[test]
    fn lines_are_counted_where_two_lists_meet() {
        assert_eq!(lines_among(3, 9, &[(1, 3), (5, 6), (9, 20)]), 4);
        assert_eq!(lines_among(7, 8, &[(1, 3), (5, 6), (9, 20)]), 0);
    }

    proptest! {
        #[test]
        fn every_line_is_settled_as_line_by_line(said in prop::collection::vec((1u32..40, 0u32..12, 0u8..4), 0..20)) {
            let said: Vec<Stretch<u8>> =
                said.into_iter().map(|(first, more, what)| Stretch { first, last: first + more, what }).collect();
            let settled = settle(&said);
            for line in 0..60 {
                let last = said.iter().rev().find(|s| (s.first..=s.last).contains(&line)).map(|s| s.what);
                let found: Vec<u8> =
                    settled.iter().filter(|s| (s.first..=s.last).contains(&line)).map(|s| s.what).collect();
                prop_assert_eq!(found, last.into_iter().collect::<Vec<_>>());
            }
            prop_assert!(settled.windows(2).all(|pair| pair[0].last < pair[1].first));
        }
    }
}
