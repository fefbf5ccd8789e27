//! Which lines two versions of a file share: git's own diff, line for line.
//!
//! A port of xdiff's default algorithm (Myers' linear-space search with git's clean-up of lines that
//! cannot match and its cut-offs for costly searches), so that counts equal `git log --numstat` and
//! line origins can equal `git blame`. Ready-made crates were tried first: imara-diff 0.2 finds other,
//! equally valid diffs in repetitive files (its search ignores the parity of the box, and its clean-up
//! looks at another window), which no oracle can be held against.
//!
//! Texts are trimmed to what differs before anything is numbered: that alone saves a third of a run.

mod found;
mod search;
mod side;
mod slide;

pub(super) use found::{Stretch, find};
use search::{Diagonals, Search};
pub(super) use side::blind_hash;
use side::{Classes, Side, Texts, is_space};
pub(super) use slide::{indent, lines_down, lines_up};
use wide::u8x16;

use super::common;

/// Lines `old..old + old_lines` of the old version were replaced by `new..new + new_lines`. From zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) old: u32,
    pub(super) old_lines: u32,
    pub(super) new: u32,
    pub(super) new_lines: u32,
}

/// The lines of a file, each with its newline; the last may lack it.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
}

/// Bytes that are searched for newlines in one go: most lines are too short for a search of their own.
const BLOCK: usize = 64;

/// Calls with start and end of each line, its newline included.
pub(super) fn each_line(text: &[u8], mut each: impl FnMut(usize, usize)) {
    let whole = text.len().saturating_sub(1) / BLOCK;
    let (blocks, rest) = text.split_at(whole * BLOCK);
    // Where the text ends, a line does.
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    if let Some(end) = rest.len().checked_sub(1) {
        last[end] = b'\n';
    }
    let mut start = 0;
    for (at, block) in blocks.as_chunks().0.iter().chain([&last]).enumerate() {
        let mut newlines = newlines(block);
        while newlines != 0 {
            let end = at * BLOCK + newlines.trailing_zeros() as usize + 1;
            newlines &= newlines - 1;
            each(start, end);
            start = end;
        }
    }
}

/// A bit for every byte that is a newline, the first the lowest.
fn newlines(block: &[u8; BLOCK]) -> u64 {
    let is_newline = |part: &[u8; 16]| u8x16::new(*part).simd_eq(u8x16::splat(b'\n')).to_bitmask();
    block.as_chunks().0.iter().rev().fold(0, |bits, part| bits << 16 | u64::from(is_newline(part)))
}

pub(super) fn count_lines(text: &[u8]) -> u32 {
    let newlines = memchr::memchr_iter(b'\n', text).count();
    (newlines + usize::from(!text.is_empty() && !text.ends_with(b"\n"))) as u32
}

/// The least indent of a text, as far as it is looked at; none of a blank one.
pub(super) fn depth(text: &[u8]) -> Option<i32> {
    const FURTHEST: usize = 40;
    lines(text).take(FURTHEST).filter_map(indent).min()
}

/// What differs between two versions of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Lines added and deleted, as `git diff --numstat` counts them.
    pub(super) added: u32,
    pub(super) deleted: u32,
    /// Where lines changed, as `git blame -w` has it: blind to whitespace.
    pub(super) hunks: Vec<Hunk>,
    /// Lines of both versions.
    pub(super) lines: [u32; 2],
}

/// Common lines on either side of what differs, into which groups of changes may slide.
const MARGIN: usize = 100;

/// What lines that differ in nothing but whitespace are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whitespace {
    IsText,
    IsNothing,
}

impl Whitespace {
    fn are_alike(self, one: &[u8], other: &[u8]) -> bool {
        let text = |line| <[u8]>::iter(line).filter(|byte| !is_space(**byte));
        one == other || self == Self::IsNothing && text(one).eq(text(other))
    }
}

/// Compares versions of texts; keeps its tables from one comparison to the next.
#[derive(Default)]
pub(super) struct Differ {
    classes: Classes,
    old: Side,
    new: Side,
    diagonals: Diagonals,
    /// By class blind to whitespace, the class of removed lines.
    removed: Vec<u32>,
    /// The changed lines of either version, before groups of them slide.
    found: [Vec<bool>; 2],
    /// What was compared last.
    compared: Middle,
}

/// Where the compared lines stand: bytes before them, where they end in either text, lines before them.
#[derive(Clone, Copy, Default)]
struct Middle {
    start: usize,
    ends: [usize; 2],
    lines_before: u32,
    /// Where blame takes the texts to end: it cuts their common tail off in blocks before it compares them, and where
    /// groups of changes slide to depends on where a text ends.
    cut: [usize; 2],
}

impl Middle {
    fn start_of(&self, side: &Side, line: u32, version: usize) -> usize {
        let span = line.checked_sub(self.lines_before).and_then(|at| side.spans.get(at as usize));
        span.map_or(self.ends[version], |&(start, _)| start as usize)
    }
}

impl Differ {
    pub(super) fn compare(&mut self, old: &[u8], new: &[u8]) -> Difference {
        let mut middle = Middle::default();
        let difference = self.compare_within(old, new, &mut middle, Whitespace::IsNothing);
        self.compared = middle;
        difference
    }

    /// Where lines changed, as `git diff` has it.
    pub(super) fn compare_exactly(&mut self, old: &[u8], new: &[u8]) -> Vec<Hunk> {
        self.compare_within(old, new, &mut Middle::default(), Whitespace::IsText).hunks
    }

    /// Where a changed line of the old text that was compared last starts; one past the last stands for its end.
    pub(super) fn old_start(&self, line: u32) -> usize {
        self.compared.start_of(&self.old, line, 0)
    }

    /// As [`Self::old_start`], of the new text.
    pub(super) fn new_start(&self, line: u32) -> usize {
        self.compared.start_of(&self.new, line, 1)
    }

    fn compare_within(&mut self, old: &[u8], new: &[u8], middle: &mut Middle, whitespace: Whitespace) -> Difference {
        let start = common_prefix(old, new);
        let (suffix, same) = common_suffix(&old[start..], &new[start..]);
        let ends = [old.len() - suffix, new.len() - suffix];
        let cut = if whitespace == Whitespace::IsText { 0 } else { cut_tail(old, same) };
        *middle =
            Middle { start, ends, lines_before: count_lines(&old[..start]), cut: [old.len() - cut, new.len() - cut] };
        self.old.take(old, start, ends[0]);
        self.new.take(new, start, ends[1]);
        let outside = middle.lines_before + count_lines(&old[ends[0]..]);
        let lines = [&self.old, &self.new].map(|side| outside + side.spans.len() as u32);
        if let Some(hunks) = self.one_sided(old, new, *middle, whitespace) {
            let [deleted, added] = [&self.old, &self.new].map(|side| side.spans.len() as u32);
            return Difference { added, deleted, hunks, lines };
        }
        let texts = [old, new];
        let Self { classes, old: old_side, new: new_side, .. } = self;
        classes.begin(old_side.spans.len() + new_side.spans.len() + 4 * MARGIN);
        old_side.number(|span| classes.number(texts, 0, span));
        new_side.number_beside(old_side, texts, classes);
        classes.count([&old_side.classes, &new_side.classes]);
        if !self.settle_at_once(search::SEEN_THROUGH) {
            self.classes.count_shared(texts, [&old[..start], &old[ends[0]..]]);
            self.search(outside);
        }
        let [deleted, added] = [&self.old, &self.new].map(Side::count_changed);
        let hunks = if whitespace == Whitespace::IsNothing && self.whitespace_matters(texts) {
            let Self { classes, old: old_side, new: new_side, .. } = self;
            old_side.renumber(|class| classes.blind(texts, class));
            new_side.renumber(|class| classes.blind(texts, class));
            classes.count([&old_side.classes, &new_side.classes]);
            // Of lines without a counterpart none is kept for the search.
            if !self.settle_at_once(u32::MAX) {
                self.search(outside);
            }
            self.settle(texts, middle, Classes::number_blind, whitespace)
        } else {
            self.settle(texts, middle, Classes::number, whitespace)
        };
        Difference { added, deleted, hunks, lines }
    }

    /// Lines that were only added or only removed, if they can stand in one place only; nothing for equal texts.
    fn one_sided(&self, old: &[u8], new: &[u8], middle: Middle, whitespace: Whitespace) -> Option<Vec<Hunk>> {
        let (first, last) = match (self.old.spans.len(), self.new.spans.len()) {
            (0, 0) => return Some(Vec::new()),
            (0, lines) => (self.new.line(new, 0), self.new.line(new, lines - 1)),
            (lines, 0) => (self.old.line(old, 0), self.old.line(old, lines - 1)),
            _ => return None,
        };
        // Down only where whitespace is nothing, since the common start was taken as long as it is.
        let can_slide = last_line(&old[..middle.start]).is_some_and(|before| whitespace.are_alike(before, last))
            || lines(&old[middle.ends[0]..]).next().is_some_and(|after| whitespace.are_alike(first, after));
        (!can_slide).then(|| {
            vec![Hunk {
                old: middle.lines_before,
                old_lines: self.old.spans.len() as u32,
                new: middle.lines_before,
                new_lines: self.new.spans.len() as u32,
            }]
        })
    }

    /// Marks what changed without a search, where none would find anything else: what has a counterpart stands in the
    /// same order in both versions, git gives none of it up, and no more than `most` other lines may lie between. Else
    /// the marks mean nothing.
    fn settle_at_once(&mut self, most: u32) -> bool {
        let [old_counts, new_counts] = &self.classes.counts;
        let is_matched = |counts: &[u32], class: u32| counts[class as usize] > 0;
        let old_matched = self.old.classes.iter().filter(|class| is_matched(new_counts, **class));
        let new_matched = self.new.classes.iter().filter(|class| is_matched(old_counts, **class));
        let may_give_up = || self.old.may_give_up(new_counts) || self.new.may_give_up(old_counts);
        if !old_matched.eq(new_matched) || may_give_up() {
            return false;
        }
        self.old.mark_all(|class| !is_matched(new_counts, class));
        self.new.mark_all(|class| !is_matched(old_counts, class));
        let changed = self.old.count_changed() + self.new.count_changed();
        changed <= most || changed as usize == self.old.classes.len() + self.new.classes.len()
    }

    /// Marks what changed.
    fn search(&mut self, outside: u32) {
        let [old_counts, new_counts] = &self.classes.counts;
        self.old.keep_matchable(new_counts, outside);
        self.new.keep_matchable(old_counts, outside);
        Search::over(&mut self.old, &mut self.new, &mut self.diagonals).run();
    }

    /// Slides groups of changes to where git puts them and reads the hunks off.
    fn settle(
        &mut self,
        texts: Texts<'_>,
        middle: &mut Middle,
        number: Numbering,
        whitespace: Whitespace,
    ) -> Vec<Hunk> {
        let texts = [&texts[0][..middle.cut[0]], &texts[1][..middle.cut[1]]];
        self.found[0].clone_from(&self.old.changed);
        self.found[1].clone_from(&self.new.changed);
        self.compact(texts, whitespace);
        if self.may_slide_out(texts, *middle, whitespace) {
            self.old.changed.clone_from(&self.found[0]);
            self.new.changed.clone_from(&self.found[1]);
            self.widen(texts, middle, number);
            self.compact(texts, whitespace);
        }
        hunks(&self.old.changed, &self.new.changed, middle.lines_before)
    }

    fn compact(&mut self, [old, new]: Texts<'_>, whitespace: Whitespace) {
        slide::compact(&mut self.old, &self.new.changed, old, whitespace);
        slide::compact(&mut self.new, &self.old.changed, new, whitespace);
    }

    /// A group at either end could slide on into lines that both versions share.
    fn may_slide_out(&self, texts: Texts<'_>, middle: Middle, whitespace: Whitespace) -> bool {
        let (before, after) = (&texts[0][..middle.start], &texts[0][middle.ends[0]..]);
        [&self.old, &self.new].iter().zip(texts).any(|(side, text)| {
            let from_start = side.changed.iter().take_while(|changed| **changed).count();
            let from_end = side.changed.iter().rev().take_while(|changed| **changed).count();
            let is_like = |shared: Option<&[u8]>, at: usize| {
                shared.is_some_and(|shared| whitespace.are_alike(shared, side.line(text, at)))
            };
            from_start > 0 && is_like(last_line(before), from_start - 1)
                || from_end > 0 && is_like(lines(after).next(), side.spans.len() - from_end)
        })
    }

    /// Takes up to [`MARGIN`] common lines on either side into the comparison.
    fn widen(&mut self, texts: Texts<'_>, middle: &mut Middle, number: Numbering) {
        let mut before = Vec::new();
        let mut start = middle.start;
        while before.len() < MARGIN
            && let Some(line) = last_line(&texts[0][..start])
        {
            before.push((start - line.len(), start));
            start -= line.len();
        }
        before.reverse();
        let mut after = Vec::new();
        let mut end = 0;
        for line in lines(&texts[0][middle.ends[0]..]).take(MARGIN) {
            after.push((end, end + line.len()));
            end += line.len();
        }
        let Self { classes, old, new, .. } = self;
        for (version, side) in [old, new].into_iter().enumerate() {
            let shift = |by: usize, spans: &[(usize, usize)]| -> Vec<(u32, u32)> {
                spans.iter().map(|&(start, end)| ((by + start) as u32, (by + end) as u32)).collect()
            };
            let (before, after) = (shift(0, &before), shift(middle.ends[version], &after));
            side.widen(&before, &after, |span| number(classes, texts, version, span));
        }
        middle.lines_before -= before.len() as u32;
        middle.start = start;
        middle.ends = middle.ends.map(|at| at + end);
    }

    /// A removed line is an added one but for its whitespace.
    fn whitespace_matters(&mut self, texts: Texts<'_>) -> bool {
        const NONE: u32 = u32::MAX;
        const SEVERAL: u32 = u32::MAX - 1;
        let Self { classes, old, new, removed, .. } = self;
        removed.clear();
        removed.resize(classes.len(), NONE);
        for class in old.changed_classes() {
            let known = &mut removed[classes.blind(texts, class) as usize];
            *known = if *known == NONE || *known == class { class } else { SEVERAL };
        }
        old.changed.contains(&true)
            && new.changed_classes().any(|class| {
                let known = removed[classes.blind(texts, class) as usize];
                known != NONE && known != class
            })
    }
}

/// How lines get their classes: by their bytes, or blind to whitespace.
type Numbering = fn(&mut Classes, Texts<'_>, usize, (u32, u32)) -> u32;

fn last_line(text: &[u8]) -> Option<&[u8]> {
    let before = text.split_last()?.1;
    Some(&text[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..])
}

/// Bytes of whole common lines at the start.
fn common_prefix(old: &[u8], new: &[u8]) -> usize {
    let same = common::head(old, new);
    if same == old.len() && same == new.len() {
        return same;
    }
    memchr::memrchr(b'\n', &old[..same]).map_or(0, |newline| newline + 1)
}

/// Bytes of whole common lines at the end, and bytes that are the same there at all.
fn common_suffix(old: &[u8], new: &[u8]) -> (usize, usize) {
    let same = common::tail(old, new);
    let tail = &old[old.len() - same..];
    let whole = |rest: &[u8]| rest.len() == same || rest[rest.len() - same - 1] == b'\n';
    if whole(old) && whole(new) {
        return (same, same);
    }
    (memchr::memchr(b'\n', tail).map_or(0, |newline| same - newline - 1), same)
}

/// Bytes of the common tail that blame does not look at: whole blocks, less what completes the first line.
fn cut_tail(text: &[u8], same: usize) -> usize {
    const BLOCK: usize = 1024;
    let blocks = same / BLOCK * BLOCK;
    let tail = &text[text.len() - blocks..];
    memchr::memchr(b'\n', tail).map_or(0, |newline| blocks - newline - 1)
}

/// Runs of changed lines, paired up; `start` lines stand before both.
fn hunks(old: &[bool], new: &[bool], start: u32) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        let (from_i, from_j) = (i, j);
        while i < old.len() && old[i] {
            i += 1;
        }
        while j < new.len() && new[j] {
            j += 1;
        }
        if i > from_i || j > from_j {
            hunks.push(Hunk {
                old: start + from_i as u32,
                old_lines: (i - from_i) as u32,
                new: start + from_j as u32,
                new_lines: (j - from_j) as u32,
            });
        }
        i += 1;
        j += 1;
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_wherever_it_ends() {
        for length in 0..200 {
            for step in 1..90 {
                let text: Vec<u8> = (1..=length).map(|at| if at % step == 0 { b'\n' } else { 0x8a }).collect();
                let mut found = Vec::new();
                each_line(&text, |start, end| found.push(&text[start..end]));
                assert_eq!(found, lines(&text).collect::<Vec<_>>(), "{length} {step}");
            }
        }
    }

    #[test]
    fn how_often_a_line_stands_in_what_both_share_decides_with_others_what_is_kept() {
        let text = |rest: &str| ("X M ".repeat(8) + rest + " ").replace(' ', "\n").into_bytes();
        let (old, new) = (text("A M B M C M o1 o2 o3 X o4 o5 o6 o7"), text("C M A A M M A"));
        let hunk = |old, old_lines, new, new_lines| Hunk { old, old_lines, new, new_lines };
        // As `git diff -U0` has it.
        let as_git = [hunk(16, 0, 16, 3), hunk(18, 1, 21, 0), hunk(20, 10, 22, 1)];
        assert_eq!(Differ::default().compare_exactly(&old, &new), as_git);
    }
}
