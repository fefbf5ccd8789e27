//! Myers' linear-space search as xdiff runs it, with its cut-offs for costly comparisons.

use super::side::{Side, rough_square_root};

/// Myers' middle-snake search over the kept lines of both sides (`xdl_recs_cmp`, `xdl_split`).
pub(super) struct Search<'a> {
    old: &'a mut Side,
    new: &'a mut Side,
    diagonals: &'a mut Diagonals,
    origin: isize,
    cost_limit: isize,
}

/// Furthest old line reached on each diagonal, forwards and backwards; indexed from an origin.
#[derive(Default)]
pub(super) struct Diagonals {
    forward: Vec<isize>,
    backward: Vec<isize>,
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
/// So many lines without a counterpart are less than any search is cut off for.
pub(super) const SEEN_THROUGH: u32 = ENOUGH as u32;
/// How much better than its cost a snake must be.
const GOOD: isize = 4;
/// Beyond every line, and far from overflow.
const FAR: isize = isize::MAX / 4;

impl<'a> Search<'a> {
    pub(super) fn over(old: &'a mut Side, new: &'a mut Side, diagonals: &'a mut Diagonals) -> Self {
        let wanted = old.kept.len() + new.kept.len() + 3;
        // Every entry is written before it is read, so what the last search left does not matter.
        for line in [&mut diagonals.forward, &mut diagonals.backward] {
            line.resize(line.len().max(wanted + 2), 0);
        }
        Self {
            origin: new.kept.len() as isize + 1,
            cost_limit: (rough_square_root(wanted) as isize).max(ENOUGH),
            diagonals,
            old,
            new,
        }
    }

    pub(super) fn run(&mut self) {
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
        &mut self.diagonals.forward[(diagonal + self.origin) as usize]
    }

    fn bwd(&mut self, diagonal: isize) -> &mut isize {
        &mut self.diagonals.backward[(diagonal + self.origin) as usize]
    }

    /// Where to cut the region in two. One function, since it is one search with one state.
    fn split(&mut self, r: Region, exact: bool) -> Split {
        let ((off1, lim1), (off2, lim2)) = (r.old, r.new);
        let (dmin, dmax) = (off1 - lim2, lim1 - off2);
        let (fmid, bmid) = (off1 - off2, lim1 - lim2);
        let (odd, origin) = ((fmid - bmid) & 1 != 0, self.origin);
        let (mut fmin, mut fmax, mut bmin, mut bmax) = (fmid, fmid, bmid, bmid);
        *self.fwd(fmid) = off1;
        *self.bwd(bmid) = lim1;
        let mut cost = 0;
        loop {
            cost += 1;
            let (old, new) = (&self.old.kept[..lim1 as usize], &self.new.kept[..lim2 as usize]);
            let at = |d: isize| (d + origin) as usize;
            let (forward, backward) = (&mut self.diagonals.forward, &mut self.diagonals.backward);

            if fmin > dmin {
                fmin -= 1;
                forward[at(fmin - 1)] = -1;
            } else {
                fmin += 1;
            }
            if fmax < dmax {
                fmax += 1;
                forward[at(fmax + 1)] = -1;
            } else {
                fmax -= 1;
            }
            let met = if odd { &backward[at(bmin)..=at(bmax)] } else { &[] };
            let snaked = match forwards([old, new], &mut forward[at(fmin - 1)..=at(fmax + 1)], fmin, met, bmin) {
                Ok(snaked) => snaked,
                Err((old, new)) => return Split { old, new, exact: (true, true) },
            };

            if bmin > dmin {
                bmin -= 1;
                backward[at(bmin - 1)] = FAR;
            } else {
                bmin += 1;
            }
            if bmax < dmax {
                bmax += 1;
                backward[at(bmax + 1)] = FAR;
            } else {
                bmax -= 1;
            }
            let (old, new) = (&old[off1 as usize..], &new[off2 as usize..]);
            let met = if odd { &[] } else { &forward[at(fmin)..=at(fmax)] };
            let window = &mut backward[at(bmin - 1)..=at(bmax + 1)];
            let snake = match backwards([old, new], (off1, off2), window, bmin, met, fmin) {
                Ok(snake) => snake || snaked,
                Err((old, new)) => return Split { old, new, exact: (true, true) },
            };

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

/// Goes on along every other diagonal from the last to the first, as far as the versions are the same from the better
/// of its neighbours on: `furthest` has the old line reached on each, from the one before the first to the one behind
/// the last. Says whether there was a snake; `Err` where it meets what was reached backwards on the diagonals from
/// `met_first` on.
// Within the search's loop there are too few registers for it.
#[inline(never)]
fn forwards(
    [old, new]: [&[u32]; 2],
    furthest: &mut [isize],
    first: isize,
    met: &[isize],
    met_first: isize,
) -> Result<bool, (isize, isize)> {
    let mut snake = false;
    // An index below zero wraps to one that `get` refuses.
    let mut at = furthest.len().wrapping_sub(2);
    let mut above = furthest.last().copied().unwrap_or(-1);
    while let Some([below, here, _]) = furthest.get_mut(at.wrapping_sub(1)..).and_then(<[isize]>::first_chunk_mut) {
        let d = first.wrapping_add(at as isize).wrapping_sub(1);
        let start = below.wrapping_add(1).max(above);
        let (mut i1, mut i2) = (start, start.wrapping_sub(d));
        while let (Some(ours), Some(theirs)) = (old.get(i1 as usize), new.get(i2 as usize))
            && ours == theirs
        {
            (i1, i2) = (i1.wrapping_add(1), i2.wrapping_add(1));
        }
        snake |= i1.wrapping_sub(start) > SNAKE;
        (*here, above) = (i1, *below);
        if met.get(d.wrapping_sub(met_first) as usize).is_some_and(|met| *met <= i1) {
            return Err((i1, i2));
        }
        at = at.wrapping_sub(2);
    }
    Ok(snake)
}

/// As [`forwards`], the other way. The versions start behind the lines in `before`.
#[inline(never)]
fn backwards(
    [old, new]: [&[u32]; 2],
    before: (isize, isize),
    furthest: &mut [isize],
    first: isize,
    met: &[isize],
    met_first: isize,
) -> Result<bool, (isize, isize)> {
    let mut snake = false;
    let mut at = furthest.len().wrapping_sub(2);
    let mut above = furthest.last().copied().unwrap_or(FAR);
    while let Some([below, here, _]) = furthest.get_mut(at.wrapping_sub(1)..).and_then(<[isize]>::first_chunk_mut) {
        let d = first.wrapping_add(at as isize).wrapping_sub(1);
        let start = (*below).min(above.wrapping_sub(1));
        let (mut i1, mut i2) = (start.wrapping_sub(before.0), start.wrapping_sub(d).wrapping_sub(before.1));
        while let (Some(ours), Some(theirs)) =
            (old.get(i1.wrapping_sub(1) as usize), new.get(i2.wrapping_sub(1) as usize))
            && ours == theirs
        {
            (i1, i2) = (i1.wrapping_sub(1), i2.wrapping_sub(1));
        }
        (i1, i2) = (i1.wrapping_add(before.0), i2.wrapping_add(before.1));
        snake |= start.wrapping_sub(i1) > SNAKE;
        (*here, above) = (i1, *below);
        if met.get(d.wrapping_sub(met_first) as usize).is_some_and(|met| i1 <= *met) {
            return Err((i1, i2));
        }
        at = at.wrapping_sub(2);
    }
    Ok(snake)
}
