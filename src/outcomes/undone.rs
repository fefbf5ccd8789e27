//! Whose lines each commit undid, counted from the line genealogy.
//!
//! A commit undoes another one's lines in two ways: it *ends* lines the other wrote, and it *restores* lines the
//! other had removed. Blank lines do not count, nor comments where nobody says what is undone; lines that only moved or changed their white space were neither
//! written nor removed. Lines too short to be told from others (a brace) and lines of which the file has a copy
//! are never recognised as restored by themselves: they go along with those that are, short ones one for three.
//!
//! Where a message names what is undone ([`Books::of_named`]), who takes out all that a commit brought back to a file
//! undoes who wrote it first. Only the lines of those commits are counted then.
//!
//! A merge of the mainline stands for what it brought in all: lines that came and went within its branch do not
//! count. Commits off the default branch have no lines here.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::ancestry::Place;
use super::index::{CommitIndex, Fated};
use super::remembering;
use crate::facts::{CommitId, LineFate, LineKind, LineRelation};

/// Longer lines that let one short line pass for restored.
const LONG_PER_SHORT: i64 = 3;

/// With less than one in so many of the lines that the diff counts there is too little to tell a share.
const LEAST_KNOWN: i64 = 4;

/// Lines a commit, or the branch of a merge, wrote and removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) born: i64,
    pub(super) removed: i64,
    /// Of those born, the ones that somebody had removed before.
    restored: i64,
    /// Of those born, the ones the file had already elsewhere.
    copied: i64,
}

impl Size {
    pub(super) fn lines(self) -> i64 {
        self.born + self.removed
    }

    fn add(&mut self, other: Self) {
        self.born += other.born;
        self.removed += other.removed;
        self.restored += other.restored;
        self.copied += other.copied;
    }
}

/// What one commit did to the lines of another one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Undone {
    /// Lines the other had written.
    pub(super) ended: i64,
    /// Lines the other had removed, written again.
    pub(super) restored: i64,
}

impl Undone {
    pub(super) fn lines(self) -> i64 {
        self.ended + self.restored
    }
}

/// Who undid whose lines.
pub(super) struct Books {
    sizes: Vec<Size>,
    /// By whom, then whose; ordered.
    pairs: Vec<(Place, Place, Undone)>,
    /// The mainline merge that brought a commit; a merge brought itself.
    merges: Vec<Option<Place>>,
    /// Whether a commit is one of those whose lines are counted.
    counted: Vec<bool>,
}

impl Books {
    /// Counts the code of files that `counts` takes, by their path.
    pub(super) fn new(index: &CommitIndex<'_>, counts: &dyn Fn(&str) -> bool) -> Self {
        let mut books = Self::empty(index);
        books.counted.fill(true);
        let deeds = books.read(index, &|kind| kind == LineKind::Code, counts, None);
        books.close(deeds)
    }

    /// The same of all files, for `named`: commits that say whom they undo, and whom they say. Others have no lines.
    pub(super) fn of_named(index: &CommitIndex<'_>, named: impl Iterator<Item = Place>) -> Self {
        let mut books = Self::empty(index);
        named.for_each(|at| books.counted[at as usize] = true);
        // Of a merge the commits that it brought count.
        let is_brought = |merge: &Option<Place>| merge.is_some_and(|merge| books.counted[merge as usize]);
        let brought: Vec<bool> = books.merges.iter().map(is_brought).collect();
        books.counted.iter_mut().zip(brought).for_each(|(counted, brought)| *counted |= brought);
        let mut again = Again::of(index, &books.counted);
        let mut deeds = books.read(index, &|kind| kind != LineKind::Blank, &|_| true, Some(&mut again));
        // What came, went and came again within a branch the merge did not bring.
        let is_within = |deed: &Deed| {
            let merge = books.merges[deed.by as usize];
            merge.is_some() && merge == books.merges[deed.of as usize]
        };
        deeds.extend(again.deeds().into_iter().filter(|deed| !is_within(deed)));
        books.close(deeds)
    }

    fn empty(index: &CommitIndex<'_>) -> Self {
        let sizes = vec![Size::default(); index.len()];
        let merge = |(at, _)| index.change(at).filter(|&landing| index.commit(landing).is_merge);
        let merges = index.in_order().map(merge).collect();
        Self { sizes, pairs: Vec::new(), merges, counted: vec![false; index.len()] }
    }

    fn is_counted(&self, at: Place) -> bool {
        self.counted[at as usize]
    }

    fn close(mut self, mut deeds: Vec<Deed>) -> Self {
        deeds.retain(|deed| self.is_counted(deed.by) && self.is_counted(deed.of));
        self.pairs = pairs(deeds);
        self.add_branches();
        self.measure_short();
        self
    }

    fn read<'h>(
        &mut self,
        index: &CommitIndex<'h>,
        is_told: &dyn Fn(LineKind) -> bool,
        counts: &dyn Fn(&str) -> bool,
        mut again: Option<&mut Again<'h>>,
    ) -> Vec<Deed> {
        let mut counts = remembering(counts);
        let mut deeds = Vec::new();
        for Fated { fate, born, died } in index.fates() {
            let Some(born) = born.filter(|_| is_told(fate.line_kind) && counts(&fate.path)) else { continue };
            if !self.is_counted(born) && again.as_ref().is_none_or(|again| !again.brings(born)) {
                continue;
            }
            self.sizes[born as usize].born += fate.lines;
            let died = died.filter(|&died| died != born);
            if let Some(again) = &mut again {
                again.see(born, fate, died);
            }
            deeds.extend(died.map(|by| Deed { by, of: born, what: What::Ended, lines: fate.lines }));
        }
        let place = |id: &CommitId| index.place(id);
        let mut writer = remembering(place);
        for row in index.history.commit_lines.iter().filter(|row| row.line_kind.is_some_and(is_told)) {
            if !counts(&row.path) {
                continue;
            }
            let Some(by) = writer(&row.commit_id).filter(|&by| self.is_counted(by)) else { continue };
            let size = &mut self.sizes[by as usize];
            let (what, of) = match (row.relation, &row.deleted_by) {
                (LineRelation::Deleted, _) => {
                    size.removed += row.lines;
                    (What::Deleted, place(&row.origin_commit))
                }
                (LineRelation::Restored, Some(deleted_by)) => {
                    size.restored += row.lines;
                    (What::Restored, place(deleted_by))
                }
                (LineRelation::Copied, _) => {
                    size.copied += row.lines;
                    continue;
                }
                _ => continue,
            };
            deeds.extend(of.filter(|&of| of != by).map(|of| Deed { by, of, what, lines: row.lines }));
        }
        deeds
    }

    /// Pairs of which an end is the branch a merge brought, and the sizes of such branches.
    fn add_branches(&mut self) {
        let mut of_branches: BTreeMap<Place, Size> = BTreeMap::new();
        for (at, merge) in self.merges.iter().enumerate() {
            if let Some(merge) = merge {
                of_branches.entry(*merge).or_default().add(self.sizes[at]);
            }
        }
        let mut wider = Vec::new();
        for &(by, of, undone) in &self.pairs {
            let (by_merge, of_merge) = (self.merges[by as usize], self.merges[of as usize]);
            if let (Some(merge), true) = (by_merge, by_merge == of_merge) {
                let size = of_branches.entry(merge).or_default();
                size.born -= undone.lines();
                size.removed -= undone.lines();
                continue;
            }
            let whole = [(by_merge, Some(of)), (Some(by), of_merge), (by_merge, of_merge)];
            let mut whole: Vec<_> = whole.into_iter().filter_map(|(by, of)| Some((by?, of?))).collect();
            whole.retain(|&pair| pair != (by, of));
            whole.dedup();
            wider.extend(whole.into_iter().map(|(by, of)| (by, of, undone)));
        }
        // A merge's own rows are in what its branch did.
        let merges = &self.merges;
        let is_landing = |at: Place| merges[at as usize] == Some(at);
        let stands_alone = |&(by, of, _): &(Place, Place, Undone)| {
            let (by_merge, of_merge) = (merges[by as usize], merges[of as usize]);
            by_merge.is_none() || by_merge != of_merge || !(is_landing(by) || is_landing(of))
        };
        self.pairs.retain(stands_alone);
        self.pairs.append(&mut wider);
        self.pairs.sort_unstable_by_key(|&(by, of, _)| (by, of));
        self.pairs.dedup_by(|next, kept| {
            let is_same = (next.0, next.1) == (kept.0, kept.1);
            if is_same {
                kept.2.ended += next.2.ended;
                kept.2.restored += next.2.restored;
            }
            is_same
        });
        for (merge, size) in of_branches {
            let size = Size { born: size.born.max(0), removed: size.removed.max(0), ..size };
            self.sizes[merge as usize] = size;
        }
    }

    /// Adds to what was restored the short lines and the copies that went along.
    fn measure_short(&mut self) {
        for (by, of, undone) in &mut self.pairs {
            let (by, of) = (self.sizes[*by as usize], self.sizes[*of as usize]);
            let missing = (of.removed - undone.restored).min(by.born - by.restored);
            let alike = if undone.restored > 0 { by.copied } else { 0 };
            let short = (undone.restored + LONG_PER_SHORT - 1) / LONG_PER_SHORT;
            undone.restored += missing.min(short + alike).max(0);
            undone.ended = undone.ended.min(of.born);
            undone.restored = undone.restored.min(of.removed);
        }
    }

    /// Whether enough of the lines that the diff of a commit counts are here to speak of it as a whole.
    pub(super) fn has_enough(&self, index: &CommitIndex<'_>, at: Place) -> bool {
        let commit = index.commit(at);
        LEAST_KNOWN * self.size(at).lines() >= commit.added + commit.deleted
    }

    pub(super) fn size(&self, at: Place) -> Size {
        self.sizes[at as usize]
    }

    /// Whose lines a commit undid, in history order of the others.
    pub(super) fn undone_by(&self, by: Place) -> &[(Place, Place, Undone)] {
        let from = self.pairs.partition_point(|pair| pair.0 < by);
        let to = self.pairs.partition_point(|pair| pair.0 <= by);
        &self.pairs[from..to]
    }

    pub(super) fn undone(&self, by: Place, of: Place) -> Undone {
        let found = self.pairs.binary_search_by_key(&(by, of), |&(by, of, _)| (by, of));
        found.map_or_else(|_| Undone::default(), |at| self.pairs[at].2)
    }

    /// Which share of the lines of `of` the commit `by` undid, and how many these are. `None` where it cannot be
    /// told: the lines of one of them were not followed, or it has none.
    pub(super) fn share(&self, index: &CommitIndex<'_>, by: Place, of: Place) -> Option<(f64, i64)> {
        let is_known =
            |at: Place| self.size(at).lines() > 0 && index.commit(at).on_default_branch && self.has_enough(index, at);
        if !is_known(by) || !is_known(of) {
            return None;
        }
        let undone = self.undone(by, of).lines();
        Some(((undone as f64 / self.size(of).lines() as f64).clamp(0.0, 1.0), undone))
    }
}

/// How lines were undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// The end of the lines, as the whole history says.
    Ended,
    /// The same, as the commit's own diff says: under the name of who wrote the text first.
    Deleted,
    Restored,
}

struct Deed {
    by: Place,
    of: Place,
    what: What,
    lines: i64,
}

/// Lines that commits brought back, and what became of all that these commits had in the same files.
struct Again<'h> {
    /// Whose they were, by who brought them back and the path.
    first: FxHashMap<(Place, &'h str), Vec<(Place, i64)>>,
    brings: Vec<bool>,
    ends: BTreeMap<(Place, &'h str), Ends>,
}

/// The lines that a commit had in a file, and how many of them each other one ended.
#[derive(Default)]
struct Ends {
    lines: i64,
    by: BTreeMap<Place, i64>,
}

impl<'h> Again<'h> {
    /// Of lines whose first writer is counted.
    fn of(index: &CommitIndex<'h>, counted: &[bool]) -> Self {
        let mut again = Self { first: FxHashMap::default(), brings: vec![false; index.len()], ends: BTreeMap::new() };
        let rows = index.history.commit_lines.iter().filter(|row| row.relation == LineRelation::Restored);
        for row in rows.filter(|row| row.line_kind.is_some_and(|kind| kind != LineKind::Blank)) {
            let of = index.place(&row.origin_commit).filter(|&of| counted[of as usize]);
            if let (Some(by), Some(of)) = (index.place(&row.commit_id), of) {
                again.first.entry((by, &row.path)).or_default().push((of, row.lines));
                again.brings[by as usize] = true;
            }
        }
        again
    }

    fn brings(&self, at: Place) -> bool {
        self.brings[at as usize]
    }

    fn see(&mut self, born: Place, fate: &'h LineFate, died: Option<Place>) {
        if self.brings(born) && self.first.contains_key(&(born, &*fate.path)) {
            let of_file = self.ends.entry((born, &fate.path)).or_default();
            of_file.lines += fate.lines;
            died.into_iter().for_each(|died| *of_file.by.entry(died).or_default() += fate.lines);
        }
    }

    /// Who took out all of them ended the first writers' lines too.
    fn deeds(self) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for (at, Ends { lines, by }) in self.ends {
            let Some((by, _)) = by.into_iter().find(|(_, ended)| *ended == lines) else { continue };
            let written = self.first[&at].iter().filter(|(of, _)| *of != by);
            deeds.extend(written.map(|&(of, lines)| Deed { by, of, what: What::Ended, lines }));
        }
        deeds
    }
}

fn pairs(mut deeds: Vec<Deed>) -> Vec<(Place, Place, Undone)> {
    deeds.sort_unstable_by_key(|deed| (deed.by, deed.of));
    let of_pair = deeds.chunk_by(|a, b| (a.by, a.of) == (b.by, b.of));
    let summed = of_pair.map(|deeds| {
        let sum = |what| deeds.iter().filter(|deed| deed.what == what).map(|deed| deed.lines).sum::<i64>();
        let undone = Undone { ended: sum(What::Ended).max(sum(What::Deleted)), restored: sum(What::Restored) };
        (deeds[0].by, deeds[0].of, undone)
    });
    summed.collect()
}
