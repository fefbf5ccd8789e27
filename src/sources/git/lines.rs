//! Which lines two versions of a file share: git's own diff, line for line.
//!
//! A port of xdiff's default algorithm (Myers' linear-space search with git's clean-up of lines that
//! cannot match and its cut-offs for costly searches), so that counts equal `git log --numstat` and
//! line origins can equal `git blame`. Ready-made crates were tried first: imara-diff 0.2 finds other,
//! equally valid diffs in repetitive files (its search ignores the parity of the box, and its clean-up
//! looks at another window), which no oracle can be held against.

use rustc_hash::FxHashMap;

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

pub(super) fn count_lines(text: &[u8]) -> u32 {
    let newlines = memchr::memchr_iter(b'\n', text).count();
    (newlines + usize::from(!text.is_empty() && !text.ends_with(b"\n"))) as u32
}

/// The hunks that turn `old` into `new`, in order.
pub(super) fn diff(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    let prefix = common_prefix(old, new);
    let suffix = common_suffix(&old[prefix..], &new[prefix..]);
    let (old_middle, new_middle) = (&old[prefix..old.len() - suffix], &new[prefix..new.len() - suffix]);
    let start = count_lines(&old[..prefix]);
    if old_middle.is_empty() || new_middle.is_empty() {
        let hunk =
            Hunk { old: start, old_lines: count_lines(old_middle), new: start, new_lines: count_lines(new_middle) };
        return if hunk.old_lines + hunk.new_lines == 0 { Vec::new() } else { vec![hunk] };
    }
    let mut classes = Classes::default();
    let mut old_side = Side::new(classes.intern(old_middle));
    let mut new_side = Side::new(classes.intern(new_middle));
    let common = [&old[..prefix], &old[old.len() - suffix..]];
    let (old_counts, new_counts) = classes.counts(&old_side.classes, &new_side.classes, common);
    let outside = start + count_lines(&old[old.len() - suffix..]);
    old_side.keep_matchable(&new_counts, outside);
    new_side.keep_matchable(&old_counts, outside);
    Search::new(&mut old_side, &mut new_side).run();
    hunks(&old_side.changed, &new_side.changed, start)
}

/// Bytes compared at once while looking for where two texts part.
const CHUNK: usize = 256;

/// Bytes of whole common lines at the start.
fn common_prefix(old: &[u8], new: &[u8]) -> usize {
    let chunks = old.chunks(CHUNK).zip(new.chunks(CHUNK)).take_while(|(a, b)| a == b);
    let same: usize = chunks.map(|(a, _)| a.len()).sum();
    let rest = old[same..].iter().zip(&new[same..]);
    let same = same + rest.take_while(|(a, b)| a == b).count();
    if same == old.len() && same == new.len() {
        return same;
    }
    memchr::memrchr(b'\n', &old[..same]).map_or(0, |newline| newline + 1)
}

/// Bytes of whole common lines at the end.
fn common_suffix(old: &[u8], new: &[u8]) -> usize {
    let chunks = old.rchunks(CHUNK).zip(new.rchunks(CHUNK)).take_while(|(a, b)| a == b);
    let same: usize = chunks.map(|(a, _)| a.len()).sum();
    let rest = old[..old.len() - same].iter().rev().zip(new[..new.len() - same].iter().rev());
    let same = same + rest.take_while(|(a, b)| a == b).count();
    let tail = &old[old.len() - same..];
    let whole = |rest: &[u8]| rest.len() == same || rest[rest.len() - same - 1] == b'\n';
    if whole(old) && whole(new) {
        return same;
    }
    memchr::memchr(b'\n', tail).map_or(0, |newline| same - newline - 1)
}

/// Equal lines get equal numbers.
#[derive(Default)]
struct Classes<'a> {
    of_line: FxHashMap<&'a [u8], u32>,
}

impl<'a> Classes<'a> {
    fn intern(&mut self, text: &'a [u8]) -> Vec<u32> {
        lines(text)
            .map(|line| {
                let next = self.of_line.len() as u32;
                *self.of_line.entry(line).or_insert(next)
            })
            .collect()
    }

    /// How often each class occurs in either whole file; `common` is the text that both share.
    fn counts(&self, old: &[u32], new: &[u32], common: [&[u8]; 2]) -> (Vec<u32>, Vec<u32>) {
        let mut shared = vec![0; self.of_line.len()];
        for class in common.into_iter().flat_map(lines).filter_map(|line| self.of_line.get(line)) {
            shared[*class as usize] += 1;
        }
        let count = |side: &[u32]| {
            let mut counts = shared.clone();
            side.iter().for_each(|&class| counts[class as usize] += 1);
            counts
        };
        (count(old), count(new))
    }
}

/// One version: its lines as classes, which of them changed, and the lines worth searching.
struct Side {
    classes: Vec<u32>,
    changed: Vec<bool>,
    /// Classes of the lines that may match, and where they stand.
    kept: Vec<u32>,
    kept_at: Vec<u32>,
}

/// What is known of a line before the search.
#[derive(Clone, Copy, PartialEq)]
enum Chance {
    /// The other version does not have it.
    None,
    Some,
    /// The other version has it so often that a match says little.
    TooMany,
}

impl Side {
    fn new(classes: Vec<u32>) -> Self {
        Self { changed: vec![false; classes.len()], kept: Vec::new(), kept_at: Vec::new(), classes }
    }

    /// Marks lines without a counterpart as changed and keeps the rest for the search.
    fn keep_matchable(&mut self, other_counts: &[u32], lines_outside: u32) {
        const MOST_EQUAL: u32 = 1024;
        let limit = rough_square_root(self.classes.len() + lines_outside as usize).min(MOST_EQUAL);
        let chances: Vec<Chance> = (self.classes.iter())
            .map(|&class| match other_counts[class as usize] {
                0 => Chance::None,
                n if n >= limit => Chance::TooMany,
                _ => Chance::Some,
            })
            .collect();
        for (at, &chance) in chances.iter().enumerate() {
            if chance == Chance::Some || (chance == Chance::TooMany && !among_unmatched(&chances, at)) {
                self.kept.push(self.classes[at]);
                self.kept_at.push(at as u32);
            } else {
                self.changed[at] = true;
            }
        }
    }

    fn mark(&mut self, kept: std::ops::Range<isize>) {
        for at in kept {
            self.changed[self.kept_at[at as usize] as usize] = true;
        }
    }
}

/// A frequent line between lines without a counterpart is better given up too (`xdl_clean_mmatch`).
fn among_unmatched(chances: &[Chance], at: usize) -> bool {
    const WINDOW: usize = 100;
    const MOST_FREQUENT_SHARE: u32 = 4;
    let run = |side: &mut dyn Iterator<Item = &Chance>| {
        let (mut unmatched, mut frequent) = (0u32, 1u32);
        for chance in side {
            match chance {
                Chance::None => unmatched += 1,
                Chance::TooMany => frequent += 1,
                Chance::Some => break,
            }
        }
        (unmatched, frequent)
    };
    let (before, frequent_before) = run(&mut chances[at.saturating_sub(WINDOW)..at].iter().rev());
    if before == 0 {
        return false;
    }
    let (after, frequent_after) = run(&mut chances[at + 1..(at + WINDOW + 1).min(chances.len())].iter());
    let frequent = frequent_before + frequent_after;
    after > 0 && frequent * MOST_FREQUENT_SHARE < frequent + before + after
}

/// A power of two near the square root (`xdl_bogosqrt`).
fn rough_square_root(n: usize) -> u32 {
    let (mut n, mut root) = (n, 1);
    while n > 0 {
        root <<= 1;
        n >>= 2;
    }
    root
}

/// Myers' middle-snake search over the kept lines of both sides (`xdl_recs_cmp`, `xdl_split`).
struct Search<'a> {
    old: &'a mut Side,
    new: &'a mut Side,
    /// Furthest old line reached on each diagonal, forwards and backwards; indexed from `origin`.
    forward: Vec<isize>,
    backward: Vec<isize>,
    origin: isize,
    cost_limit: isize,
}

#[derive(Clone, Copy)]
struct Region {
    old: (isize, isize),
    new: (isize, isize),
}

struct Split {
    old: isize,
    new: isize,
    /// Whether the part before and the part after must be searched to the end.
    exact: (bool, bool),
}

/// A match of more lines than this is a snake worth following.
const SNAKE: isize = 20;
/// Search cost from which a good snake is taken instead of the best.
const ENOUGH: isize = 256;
/// How much better than its cost a snake must be.
const GOOD: isize = 4;
/// Beyond every line, and far from overflow.
const FAR: isize = isize::MAX / 4;

impl<'a> Search<'a> {
    fn new(old: &'a mut Side, new: &'a mut Side) -> Self {
        let diagonals = old.kept.len() + new.kept.len() + 3;
        Self {
            forward: vec![0; diagonals + 2],
            backward: vec![0; diagonals + 2],
            origin: new.kept.len() as isize + 1,
            cost_limit: (rough_square_root(diagonals) as isize).max(ENOUGH),
            old,
            new,
        }
    }

    fn run(&mut self) {
        let whole = Region { old: (0, self.old.kept.len() as isize), new: (0, self.new.kept.len() as isize) };
        let mut open = vec![(whole, false)];
        while let Some((region, exact)) = open.pop() {
            let region = self.without_common_ends(region);
            if region.old.0 == region.old.1 {
                self.new.mark(region.new.0..region.new.1);
            } else if region.new.0 == region.new.1 {
                self.old.mark(region.old.0..region.old.1);
            } else {
                let split = self.split(region, exact);
                let (before, after) = split.exact;
                open.push((Region { old: (split.old, region.old.1), new: (split.new, region.new.1) }, after));
                open.push((Region { old: (region.old.0, split.old), new: (region.new.0, split.new) }, before));
            }
        }
    }

    fn same(&self, old: isize, new: isize) -> bool {
        self.old.kept[old as usize] == self.new.kept[new as usize]
    }

    fn without_common_ends(&self, mut r: Region) -> Region {
        while r.old.0 < r.old.1 && r.new.0 < r.new.1 && self.same(r.old.0, r.new.0) {
            r.old.0 += 1;
            r.new.0 += 1;
        }
        while r.old.0 < r.old.1 && r.new.0 < r.new.1 && self.same(r.old.1 - 1, r.new.1 - 1) {
            r.old.1 -= 1;
            r.new.1 -= 1;
        }
        r
    }

    fn fwd(&mut self, diagonal: isize) -> &mut isize {
        &mut self.forward[(diagonal + self.origin) as usize]
    }

    fn bwd(&mut self, diagonal: isize) -> &mut isize {
        &mut self.backward[(diagonal + self.origin) as usize]
    }

    /// Where to cut the region in two. One function, since it is one search with one state.
    fn split(&mut self, r: Region, exact: bool) -> Split {
        let ((off1, lim1), (off2, lim2)) = (r.old, r.new);
        let (dmin, dmax) = (off1 - lim2, lim1 - off2);
        let (fmid, bmid) = (off1 - off2, lim1 - lim2);
        let odd = (fmid - bmid) & 1 != 0;
        let (mut fmin, mut fmax, mut bmin, mut bmax) = (fmid, fmid, bmid, bmid);
        *self.fwd(fmid) = off1;
        *self.bwd(bmid) = lim1;
        let mut cost = 0;
        loop {
            cost += 1;
            let mut snake = false;

            if fmin > dmin {
                fmin -= 1;
                *self.fwd(fmin - 1) = -1;
            } else {
                fmin += 1;
            }
            if fmax < dmax {
                fmax += 1;
                *self.fwd(fmax + 1) = -1;
            } else {
                fmax -= 1;
            }
            let mut d = fmax;
            while d >= fmin {
                let start = (*self.fwd(d - 1) + 1).max(*self.fwd(d + 1));
                let (mut i1, mut i2) = (start, start - d);
                while i1 < lim1 && i2 < lim2 && self.same(i1, i2) {
                    i1 += 1;
                    i2 += 1;
                }
                snake |= i1 - start > SNAKE;
                *self.fwd(d) = i1;
                if odd && bmin <= d && d <= bmax && *self.bwd(d) <= i1 {
                    return Split { old: i1, new: i2, exact: (true, true) };
                }
                d -= 2;
            }

            if bmin > dmin {
                bmin -= 1;
                *self.bwd(bmin - 1) = FAR;
            } else {
                bmin += 1;
            }
            if bmax < dmax {
                bmax += 1;
                *self.bwd(bmax + 1) = FAR;
            } else {
                bmax -= 1;
            }
            let mut d = bmax;
            while d >= bmin {
                let start = (*self.bwd(d - 1)).min(*self.bwd(d + 1) - 1);
                let (mut i1, mut i2) = (start, start - d);
                while i1 > off1 && i2 > off2 && self.same(i1 - 1, i2 - 1) {
                    i1 -= 1;
                    i2 -= 1;
                }
                snake |= start - i1 > SNAKE;
                *self.bwd(d) = i1;
                if !odd && fmin <= d && d <= fmax && i1 <= *self.fwd(d) {
                    return Split { old: i1, new: i2, exact: (true, true) };
                }
                d -= 2;
            }

            if exact {
                continue;
            }
            if snake && cost > ENOUGH {
                if let Some((old, new)) = self.good_forward_snake(r, (fmin, fmax, fmid), cost) {
                    return Split { old, new, exact: (true, false) };
                }
                if let Some((old, new)) = self.good_backward_snake(r, (bmin, bmax, bmid), cost) {
                    return Split { old, new, exact: (false, true) };
                }
            }
            if cost >= self.cost_limit {
                return self.furthest(r, (fmin, fmax), (bmin, bmax));
            }
        }
    }

    fn good_forward_snake(
        &mut self,
        r: Region,
        (min, max, mid): (isize, isize, isize),
        cost: isize,
    ) -> Option<(isize, isize)> {
        let (mut best, mut found) = (0, None);
        for d in (min..=max).rev().step_by(2) {
            let i1 = *self.fwd(d);
            let i2 = i1 - d;
            let value = (i1 - r.old.0) + (i2 - r.new.0) - (d - mid).abs();
            if value > GOOD * cost
                && value > best
                && r.old.0 + SNAKE <= i1
                && i1 < r.old.1
                && r.new.0 + SNAKE <= i2
                && i2 < r.new.1
                && (1..=SNAKE).all(|k| self.same(i1 - k, i2 - k))
            {
                (best, found) = (value, Some((i1, i2)));
            }
        }
        found
    }

    fn good_backward_snake(
        &mut self,
        r: Region,
        (min, max, mid): (isize, isize, isize),
        cost: isize,
    ) -> Option<(isize, isize)> {
        let (mut best, mut found) = (0, None);
        for d in (min..=max).rev().step_by(2) {
            let i1 = *self.bwd(d);
            let i2 = i1 - d;
            let value = (r.old.1 - i1) + (r.new.1 - i2) - (d - mid).abs();
            if value > GOOD * cost
                && value > best
                && r.old.0 < i1
                && i1 <= r.old.1 - SNAKE
                && r.new.0 < i2
                && i2 <= r.new.1 - SNAKE
                && (0..SNAKE).all(|k| self.same(i1 + k, i2 + k))
            {
                (best, found) = (value, Some((i1, i2)));
            }
        }
        found
    }

    /// The search has cost too much: cut where either side got furthest.
    fn furthest(&mut self, r: Region, (fmin, fmax): (isize, isize), (bmin, bmax): (isize, isize)) -> Split {
        let (mut reached, mut forward) = (-1, -1);
        for d in (fmin..=fmax).rev().step_by(2) {
            let i1 = (*self.fwd(d)).min(r.old.1);
            let (i1, i2) = if r.new.1 < i1 - d { (r.new.1 + d, r.new.1) } else { (i1, i1 - d) };
            if reached < i1 + i2 {
                (reached, forward) = (i1 + i2, i1);
            }
        }
        let (mut left, mut backward) = (FAR, FAR);
        for d in (bmin..=bmax).rev().step_by(2) {
            let i1 = (*self.bwd(d)).max(r.old.0);
            let (i1, i2) = if i1 - d < r.new.0 { (r.new.0 + d, r.new.0) } else { (i1, i1 - d) };
            if i1 + i2 < left {
                (left, backward) = (i1 + i2, i1);
            }
        }
        if (r.old.1 + r.new.1) - left < reached - (r.old.0 + r.new.0) {
            Split { old: forward, new: reached - forward, exact: (true, false) }
        } else {
            Split { old: backward, new: left - backward, exact: (false, true) }
        }
    }
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
