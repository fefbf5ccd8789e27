//! Where a group of changed lines may stand in several places, git's choice of place.
//!
//! A port of `xdl_change_compact` with the indent heuristic, which `git diff` and `git blame` use unless told
//! otherwise. Counts do not depend on it; which of two lines that are alike is the new one does.

use super::Whitespace;
use super::side::{Side, is_space};

/// A run of changed lines, perhaps empty: between two lines that stay.
#[derive(Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

impl Group {
    fn first(changed: &[bool]) -> Self {
        Self { start: 0, end: run_end(changed, 0) }
    }

    fn next(self, changed: &[bool]) -> Option<Self> {
        (self.end < changed.len()).then(|| Self { start: self.end + 1, end: run_end(changed, self.end + 1) })
    }

    fn previous(self, changed: &[bool]) -> Option<Self> {
        let end = self.start.checked_sub(1)?;
        Some(Self { start: run_start(changed, end), end })
    }

    fn is_empty(self) -> bool {
        self.start == self.end
    }
}

fn run_end(changed: &[bool], from: usize) -> usize {
    from + changed[from..].iter().take_while(|changed| **changed).count()
}

fn run_start(changed: &[bool], to: usize) -> usize {
    to - changed[..to].iter().rev().take_while(|changed| **changed).count()
}

fn slide_up(side: &mut Side, group: &mut Group, text: &[u8], whitespace: Whitespace) -> bool {
    let can = group.start > 0 && side.are_alike(text, group.start - 1, group.end - 1, whitespace);
    if can {
        group.start -= 1;
        group.end -= 1;
        side.changed[group.start] = true;
        side.changed[group.end] = false;
        group.start = run_start(&side.changed, group.start);
    }
    can
}

fn slide_down(side: &mut Side, group: &mut Group, text: &[u8], whitespace: Whitespace) -> bool {
    let can = group.end < side.classes.len() && side.are_alike(text, group.start, group.end, whitespace);
    if can {
        side.changed[group.start] = false;
        side.changed[group.end] = true;
        group.start += 1;
        group.end = run_end(&side.changed, group.end + 1);
    }
    can
}

/// Moves the groups of `side`; `other` is the other version, whose groups stay in step.
pub(super) fn compact(side: &mut Side, other: &[bool], text: &[u8], whitespace: Whitespace) {
    if !side.changed.contains(&true) {
        return;
    }
    side.refill();
    let (mut group, mut beside) = (Group::first(&side.changed), Group::first(other));
    loop {
        if !group.is_empty() {
            place(side, &mut group, other, &mut beside, text, whitespace);
        }
        let (Some(next), Some(next_beside)) = (group.next(&side.changed), beside.next(other)) else { return };
        (group, beside) = (next, next_beside);
    }
}

/// Slides one group as far up and down as it goes, then to the best place in between.
fn place(side: &mut Side, group: &mut Group, other: &[bool], beside: &mut Group, text: &[u8], whitespace: Whitespace) {
    const LONGEST_SLIDE: usize = 100;
    let (mut earliest_end, mut size);
    let mut aligned_end;
    loop {
        size = group.end - group.start;
        aligned_end = None;
        while slide_up(side, group, text, whitespace) {
            *beside = beside.previous(other).unwrap_or(*beside);
        }
        earliest_end = group.end;
        if !beside.is_empty() {
            aligned_end = Some(group.end);
        }
        while slide_down(side, group, text, whitespace) {
            *beside = beside.next(other).unwrap_or(*beside);
            if !beside.is_empty() {
                aligned_end = Some(group.end);
            }
        }
        if size == group.end - group.start {
            break;
        }
    }
    if group.end == earliest_end {
        return;
    }
    let best = if aligned_end.is_some() {
        aligned_end
    } else {
        let from = earliest_end.max((group.end - size).saturating_sub(1)).max(group.end.saturating_sub(LONGEST_SLIDE));
        let split = |at: usize| Split::measure(side, text, at);
        let mut best: Option<(usize, Score)> = None;
        for end in from..=group.end {
            let score = Score::default().plus(split(end)).plus(split(end - size));
            if best.is_none_or(|(_, known)| score.compared_with(known) <= 0) {
                best = Some((end, score));
            }
        }
        best.map(|(end, _)| end)
    };
    while best.is_some_and(|best| group.end > best) && slide_up(side, group, text, whitespace) {
        *beside = beside.previous(other).unwrap_or(*beside);
    }
}

/// Deeper indents are all alike.
const DEEPEST: i32 = 200;
/// Nor do more blank lines than this count.
const MOST_BLANKS: i32 = 20;

/// Columns before the first character; `None` for a blank line.
pub(in super::super) fn indent(line: &[u8]) -> Option<i32> {
    let mut columns = 0;
    for &byte in line {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 8 - columns % 8,
            byte if is_space(byte) => {}
            _ => return Some(columns),
        }
        if columns >= DEEPEST {
            return Some(DEEPEST);
        }
    }
    None
}

/// What the surroundings of a boundary between two lines look like.
struct Split {
    is_end_of_file: bool,
    indent: Option<i32>,
    blanks_before: i32,
    indent_before: Option<i32>,
    blanks_after: i32,
    indent_after: Option<i32>,
}

impl Split {
    fn measure(side: &Side, text: &[u8], at: usize) -> Self {
        let start = match side.spans.get(at) {
            Some(&(start, _)) => start as usize,
            None => side.spans.last().map_or(text.len(), |&(_, end)| end as usize),
        };
        let here = &text[start..line_end(text, start)];
        let (blanks_before, indent_before) = first_indent(lines_up(text, start));
        let (blanks_after, indent_after) = first_indent(lines_down(text, start + here.len()));
        Self {
            is_end_of_file: start >= text.len(),
            indent: indent(here),
            blanks_before,
            indent_before,
            blanks_after,
            indent_after,
        }
    }
}

fn line_end(text: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |newline| start + newline + 1)
}

pub(in super::super) fn lines_down(text: &[u8], start: usize) -> impl Iterator<Item = &[u8]> {
    text[start..].split_inclusive(|byte| *byte == b'\n')
}

pub(in super::super) fn lines_up(text: &[u8], end: usize) -> impl Iterator<Item = &[u8]> {
    let mut end = end;
    std::iter::from_fn(move || {
        let last = end.checked_sub(1)?;
        let start = memchr::memrchr(b'\n', &text[..last]).map_or(0, |newline| newline + 1);
        let line = &text[start..end];
        end = start;
        Some(line)
    })
}

/// Blank lines passed, and the indent of the first that is not.
fn first_indent<'t>(lines: impl Iterator<Item = &'t [u8]>) -> (i32, Option<i32>) {
    let mut blanks = 0;
    for line in lines {
        match indent(line) {
            Some(columns) => return (blanks, Some(columns)),
            None => blanks += 1,
        }
        if blanks == MOST_BLANKS {
            return (blanks, Some(0));
        }
    }
    (blanks, None)
}

/// How bad it is to split there; less is better. The weights are git's.
#[derive(Clone, Copy, Default)]
struct Score {
    indent: i32,
    penalty: i32,
}

impl Score {
    fn plus(self, split: Split) -> Self {
        let mut penalty = self.penalty;
        if split.indent_before.is_none() && split.blanks_before == 0 {
            penalty += 1;
        }
        if split.is_end_of_file {
            penalty += 21;
        }
        let blanks_after = if split.indent.is_none() { 1 + split.blanks_after } else { 0 };
        let blanks = split.blanks_before + blanks_after;
        penalty += -30 * blanks + 6 * blanks_after;
        let indent = split.indent.or(split.indent_after);
        let beside_blank = |with: i32, without: i32| if blanks != 0 { with } else { without };
        penalty += match (indent, split.indent_before) {
            (None, _) | (_, None) => 0,
            (Some(indent), Some(before)) if indent > before => beside_blank(10, -4),
            (Some(indent), Some(before)) if indent == before => 0,
            (Some(indent), _) if split.indent_after.is_some_and(|after| after > indent) => beside_blank(17, 24),
            _ => beside_blank(17, 23),
        };
        Self { indent: self.indent + indent.unwrap_or(-1), penalty }
    }

    fn compared_with(self, other: Self) -> i32 {
        60 * (self.indent > other.indent) as i32 - 60 * (self.indent < other.indent) as i32
            + (self.penalty - other.penalty)
    }
}
