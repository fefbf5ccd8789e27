//! Where stretches of one text stand in another, without comparing all of both.

use std::ops::Range;

use super::side::Filter;
use super::slide::{lines_down, lines_up};
use super::{Hunk, each_line};

/// Neighbouring lines of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Stretch {
    pub(in super::super) line: u32,
    pub(in super::super) lines: u32,
    pub(in super::super) bytes: Range<usize>,
}

/// Lines around a stretch by which its places are told apart, on either side.
const NEIGHBOURS: usize = 8;
/// Bytes that may be looked at for each byte of the other text, before it is cheaper to compare both.
const MOST_TRIES: usize = 16;

/// Finds stretches of a text, from top to bottom, in an older one: the hunks that leave nothing but them alike, and how many
/// lines the older text has. `None` unless each of them stands there between lines, or the ends of the texts, that are its
/// neighbours here too, in one place more clearly than in any other, and all in the same order.
pub(in super::super) fn find(
    stretches: &[Stretch],
    (text, lines): (&[u8], u32),
    other: &[u8],
) -> Option<(Vec<Hunk>, u32)> {
    let first_line = |stretch: &Stretch| lines_down(text, stretch.bytes.start).next().unwrap_or_default();
    let mut by_line: Vec<(&[u8], usize)> = stretches.iter().map(first_line).zip(0..).collect();
    by_line.sort_unstable();
    let filter = Filter::of(by_line.iter().map(|(first, _)| *first));
    let mut best = vec![Place::default(); stretches.len()];
    let (mut number, mut left) = (0, (MOST_TRIES * other.len()).max(1));
    each_line(other, |start, end| {
        number += 1;
        let line = &other[start..end];
        if left == 0 || !filter.may_hold(line) {
            return;
        }
        let begun = &by_line[by_line.partition_point(|(first, _)| *first < line)..];
        for &(_, at) in begun.iter().take_while(|(first, _)| *first == line) {
            let bytes = &stretches[at].bytes;
            left = left.saturating_sub(bytes.len() + line.len());
            if left == 0 {
                return;
            }
            if stands_at(&text[bytes.clone()], other, start) {
                let (same, read) = neighbours(text, bytes.clone(), other, start..start + bytes.len());
                left = left.saturating_sub(read);
                best[at].take(number - 1, same);
            }
        }
    });
    // What lies between the stretches, and behind the last.
    let mut hunks = Vec::with_capacity(stretches.len() + 1);
    let (mut old, mut new) = (0, 0);
    let behind = Stretch { line: lines, lines: 0, bytes: text.len()..text.len() };
    let places = best.iter().map(|place| place.line).chain([Some(number)]);
    for (place, stretch) in places.zip(stretches.iter().chain([&behind])) {
        let place = place.filter(|place| left > 0 && *place >= old)?;
        let hunk = Hunk { old, old_lines: place - old, new, new_lines: stretch.line - new };
        hunks.extend((hunk.old_lines + hunk.new_lines > 0).then_some(hunk));
        (old, new) = (place + stretch.lines, stretch.line + stretch.lines);
    }
    Some((hunks, number))
}

/// Where a stretch stands, as far as was seen.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    neighbours: usize,
    /// None where it stands nowhere, or in two places that are alike.
    line: Option<u32>,
}

impl Place {
    fn take(&mut self, line: u32, neighbours: usize) {
        if neighbours > self.neighbours {
            *self = Self { neighbours, line: Some(line) };
        } else if neighbours == self.neighbours {
            self.line = None;
        }
    }
}

/// Whether whole lines stand in another text as whole lines.
fn stands_at(lines: &[u8], other: &[u8], start: usize) -> bool {
    let rest = &other[start..];
    rest.starts_with(lines) && (lines.ends_with(b"\n") || rest.len() == lines.len())
}

/// Lines that are the same around two places of either text, the end of both counts as one; none unless there are some
/// on both sides, since a lone bracket says nothing. And how many bytes were read to know.
fn neighbours(text: &[u8], here: Range<usize>, other: &[u8], there: Range<usize>) -> (usize, usize) {
    let mut read = 0;
    let mut same = |(a, b): &(&[u8], &[u8])| {
        read += a.len() + b.len();
        a == b
    };
    let before = lines_up(text, here.start).zip(lines_up(other, there.start)).take(NEIGHBOURS);
    let behind = lines_down(text, here.end).zip(lines_down(other, there.end)).take(NEIGHBOURS);
    let before = before.take_while(&mut same).count() + usize::from(here.start == 0 && there.start == 0);
    let ends = here.end == text.len() && there.end == other.len();
    let behind = behind.take_while(&mut same).count() + usize::from(ends);
    (if before > 0 && behind > 0 { before + behind } else { 0 }, read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(text: &str, line: usize, lines: usize) -> Stretch {
        let start = |line| text.split_inclusive('\n').take(line).map(str::len).sum();
        Stretch { line: line as u32, lines: lines as u32, bytes: start(line)..start(line + lines) }
    }

    /// Of each hunk, the old line it starts at, old lines, and the same of the new ones.
    fn found(text: &str, lines: &[(usize, usize)], other: &str) -> Option<Vec<[u32; 4]>> {
        let stretches: Vec<Stretch> = lines.iter().map(|&(line, lines)| stretch(text, line, lines)).collect();
        let count = text.lines().count() as u32;
        let (hunks, others) = find(&stretches, (text.as_bytes(), count), other.as_bytes())?;
        assert_eq!(others as usize, other.lines().count());
        Some(hunks.iter().map(|hunk| [hunk.old, hunk.old_lines, hunk.new, hunk.new_lines]).collect())
    }

    #[test]
    fn a_stretch_is_found_where_its_neighbours_are() {
        let text = "a\n{\nx\n}\nb\n{\ny\n}\nc\n";
        let hunks = vec![[0, 1, 0, 1], [2, 2, 2, 2], [6, 1, 6, 1], [8, 1, 8, 1]];
        assert_eq!(found(text, &[(1, 1), (4, 2), (7, 1)], text), Some(hunks));
        assert_eq!(found(text, &[(5, 2)], "new\nb\n{\ny\n}\nz\n"), Some(vec![[0, 2, 0, 5], [4, 2, 7, 2]]));
        assert_eq!(found("a\nb", &[(1, 1)], "0\na\nb"), Some(vec![[0, 2, 0, 1]]));
    }

    #[test]
    fn what_is_not_clear_is_not_found() {
        assert_eq!(found("a\nb\nc\n", &[(1, 1)], "x\nb\ny\n"), None, "no neighbour");
        let merged = "x\nf {\na\nreturn\n}\ng {\nb\nreturn\n}\n";
        let other = "f {\na\n}\ng {\nb\nreturn\n}\n";
        assert_eq!(found(merged, &[(3, 1)], other), None, "on one side only a bracket is the same");
        assert_eq!(found("a\nb\nc\n", &[(1, 1)], "a\nb\nc\na\nb\nc\n"), None, "two places alike");
        assert_eq!(found("a\nb\nc\nd\n", &[(0, 2), (2, 2)], "c\nd\na\nb\n"), None, "another order");
        assert_eq!(found("a\nb\n", &[(0, 2)], "a\nb"), None, "no newline there");
        assert_eq!(found("a\nb", &[(1, 1)], "a\nb\n"), None, "no newline here");
        assert_eq!(found("a\nb\n", &[(1, 1)], ""), None);
    }

    #[test]
    fn it_gives_up_before_it_takes_long() {
        let many = "}\n".repeat(500_000);
        let all: Vec<Stretch> = (0..500_000).map(|line| Stretch { line, lines: 1, bytes: 0..2 }).collect();
        assert_eq!(find(&all, (many.as_bytes(), 500_000), many.as_bytes()), None);
    }
}
