//! Which commits may have brought the bug that a fix mends, and what ties each to the fix.

use rustc_hash::{FxHashMap, FxHashSet};

use super::ground::{Did, FUNCTIONS, GAINED, Ground};
use crate::facts::{CommitId, LineKind, LineRelation};
use crate::outcomes::ancestry::Place;
use crate::outcomes::index::CommitIndex;
use crate::outcomes::remembering;

/// A fix that touches more files is looked at for its lines only.
const MANY_FILES: usize = 30;
/// Latest commits of a file.
const LATEST: usize = 6;
/// Latest commits of a file that stood in a function of the fix, and how far back they are looked for.
const LATEST_IN_FUNCTION: usize = 3;
const LOOKED_BACK: usize = 60;
/// Commits that share the rarest identifiers of a fix: identifiers asked about, commits an identifier may be held by,
/// the latest of them that are looked at, and the commits taken.
const RARE_IDENTIFIERS: usize = 24;
const RARE: usize = 80;
const HOLDERS: usize = 20;
const SHARERS: usize = 6;
/// Candidates of one fix; of more the closest are weighed.
const MOST_CANDIDATES: usize = 96;

/// Lines and places that tie a candidate to a fix. Lines are counted in files whose content runs, unless it is said.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Ties {
    /// Lines it wrote which the fix deleted or rewrote.
    pub(super) deleted_code: i64,
    pub(super) deleted_comment: i64,
    pub(super) deleted_blank: i64,
    /// The same in tests, docs and other files.
    pub(super) deleted_elsewhere: i64,
    /// Lines it wrote which stand right before or after a hunk of the fix.
    pub(super) before: i64,
    pub(super) after: i64,
    /// Lines it wrote in the functions around the hunks.
    pub(super) enclosing: i64,
    pub(super) beside_elsewhere: i64,
    /// Lines it wrote which the fix moved or copied.
    pub(super) moved: i64,
    /// Lines it deleted which the fix brought back.
    pub(super) restored: i64,
    /// 1 for the last commit of one of the files before the fix, 1/2 for the one before it, …
    pub(super) latest: f64,
    /// The same among commits that stood in a function of the fix.
    pub(super) latest_in_function: f64,
    /// Sum of the rarities of shared rare identifiers.
    pub(super) shared: f64,
    /// Files in which lines of it were deleted, or stand around what was changed.
    pub(super) files: i64,
}

impl Ties {
    pub(super) fn deleted(&self) -> i64 {
        self.deleted_code + self.deleted_comment + self.deleted_blank + self.deleted_elsewhere
    }

    pub(super) fn beside(&self) -> i64 {
        self.before + self.after
    }

    /// Orders candidates when there are too many.
    fn closeness(&self) -> f64 {
        self.deleted_code as f64 * 4.0
            + self.beside() as f64
            + self.latest
            + self.latest_in_function
            + self.shared / 8.0
    }
}

/// Candidates as they are found.
#[derive(Default)]
struct Tied {
    all: Vec<(Place, Ties)>,
    /// Where each stands among all.
    places: FxHashMap<Place, usize>,
}

impl Tied {
    fn of(&mut self, at: Place) -> &mut Ties {
        let place = *self.places.entry(at).or_insert_with(|| {
            self.all.push((at, Ties::default()));
            self.all.len() - 1
        });
        &mut self.all[place].1
    }

    fn known(&mut self, at: Place) -> Option<&mut Ties> {
        self.places.get(&at).map(|&place| &mut self.all[place].1)
    }
}

/// The files of a commit by which it is judged: those whose content runs, or all where there is none.
pub(super) fn counted_files(did: &Did<'_>) -> Vec<u32> {
    let of = |counts: bool| did.files.iter().filter(move |file| file.counts || !counts).map(|file| file.path);
    let counted: Vec<u32> = of(true).collect();
    if counted.is_empty() { of(false).collect() } else { counted }
}

/// Every candidate with its ties. Each is an ancestor of the fix, and no merge.
pub(super) fn candidates(ground: &Ground<'_>, index: &CommitIndex<'_>, fix: Place) -> Vec<(Place, Ties)> {
    let did = ground.did(fix);
    let mut ties = Tied::default();
    tie_lines(ground, index, did, &mut ties);
    let files = counted_files(did);
    if files.len() <= MANY_FILES {
        tie_latest(ground, fix, &files, &mut ties);
        tie_functions(ground, fix, &files, &mut ties);
    }
    tie_identifiers(ground, fix, &mut ties);
    let mut all = ties.all;
    // Ancestry counts its steps: who is asked about first matters.
    all.sort_unstable_by_key(|(at, _)| *at);
    all.retain(|&(at, _)| at < fix && !ground.did(at).commit.is_merge && index.ancestry().is_ancestor(at, fix));
    if all.len() > MOST_CANDIDATES {
        all.sort_by(|a, b| b.1.closeness().total_cmp(&a.1.closeness()).then(b.0.cmp(&a.0)));
        all.truncate(MOST_CANDIDATES);
        all.sort_by_key(|(at, _)| *at);
    }
    all
}

fn tie_lines(ground: &Ground<'_>, index: &CommitIndex<'_>, did: &Did<'_>, ties: &mut Tied) {
    let counts: FxHashSet<u32> = did.files.iter().filter(|file| file.counts).map(|file| file.path).collect();
    let mut owner = remembering(|id: &CommitId| index.place(id));
    let mut path = remembering(|path: &str| ground.path(path).filter(|path| counts.contains(path)));
    let mut met: FxHashSet<(Place, u32)> = FxHashSet::default();
    for row in &did.lines {
        let Some(owner) = owner(&row.origin_commit) else { continue };
        let path = path(&row.path);
        if row.relation == LineRelation::Restored {
            let deleter = row.deleted_by.as_ref().and_then(|commit| index.place(commit));
            deleter.into_iter().for_each(|at| ties.of(at).restored += row.lines);
            continue;
        }
        let tie = ties.of(owner);
        tie.files += i64::from(path.is_some_and(|path| met.insert((owner, path))));
        let count = match (row.relation, row.line_kind, path.is_some()) {
            (LineRelation::Deleted, _, false) => &mut tie.deleted_elsewhere,
            (LineRelation::Deleted, Some(LineKind::Comment), true) => &mut tie.deleted_comment,
            (LineRelation::Deleted, Some(LineKind::Blank), true) => &mut tie.deleted_blank,
            (LineRelation::Deleted, _, true) => &mut tie.deleted_code,
            (LineRelation::Before | LineRelation::After | LineRelation::Enclosing, _, false) => {
                &mut tie.beside_elsewhere
            }
            (LineRelation::Before, _, true) => &mut tie.before,
            (LineRelation::After, _, true) => &mut tie.after,
            (LineRelation::Enclosing, _, true) => &mut tie.enclosing,
            (LineRelation::Moved | LineRelation::Copied | LineRelation::Restored, _, _) => &mut tie.moved,
        };
        *count += row.lines;
    }
}

fn tie_latest(ground: &Ground<'_>, fix: Place, files: &[u32], ties: &mut Tied) {
    for &path in files {
        for (rank, at) in (1..).zip(ground.history_of(path, fix).take(LATEST)) {
            let tie = ties.of(at);
            tie.latest = tie.latest.max(1.0 / f64::from(rank));
        }
    }
}

fn tie_functions(ground: &Ground<'_>, fix: Place, files: &[u32], ties: &mut Tied) {
    let functions: Vec<u64> =
        ground.did(fix).named.all().filter(|(_, sets)| sets & FUNCTIONS != 0).map(|(name, _)| name).collect();
    let stood_there = |at: &Place| {
        let named = &ground.did(*at).named;
        functions.iter().any(|&name| named.holds(name, FUNCTIONS | GAINED))
    };
    for &path in files.iter().filter(|_| !functions.is_empty()) {
        let there = ground.history_of(path, fix).take(LOOKED_BACK).filter(stood_there);
        for (rank, at) in (1..).zip(there.take(LATEST_IN_FUNCTION)) {
            let tie = ties.of(at);
            tie.latest_in_function = tie.latest_in_function.max(1.0 / f64::from(rank));
        }
    }
}

fn tie_identifiers(ground: &Ground<'_>, fix: Place, ties: &mut Tied) {
    let own = ground.did(fix).named.own();
    let mut rare: Vec<(usize, u64)> = own.map(|name| (ground.holders(name).len(), name)).collect();
    rare.retain(|(holders, _)| (2..=RARE).contains(holders));
    rare.sort_unstable();
    let mut shared: Vec<(Place, f64)> = Vec::new();
    for (spread, name) in rare.into_iter().take(RARE_IDENTIFIERS) {
        let holders = ground.holders(name);
        let before = holders.partition_point(|&at| at < fix);
        shared.extend(holders[..before].iter().rev().take(HOLDERS).map(|&at| (at, ground.rarity(spread))));
    }
    // A sum of floats depends on its order.
    shared.sort_by_key(|(at, _)| *at);
    let sum = |of_one: &[(Place, f64)]| (of_one[0].0, of_one.iter().map(|(_, rarity)| rarity).sum());
    let mut sharers: Vec<(Place, f64)> = shared.chunk_by(|a, b| a.0 == b.0).map(sum).collect();
    if sharers.len() > SHARERS {
        sharers.select_nth_unstable_by(SHARERS, |a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    }
    for (rank, (at, sum)) in sharers.into_iter().enumerate() {
        if rank < SHARERS {
            ties.of(at).shared = sum;
        } else if let Some(tie) = ties.known(at) {
            tie.shared = sum;
        }
    }
}
