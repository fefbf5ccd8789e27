//! What the ranker knows of a candidate.
//!
//! Nothing here tells who wrote a commit: outcomes are judged blind to authorship.

use std::sync::LazyLock;

use regex::Regex;

use super::candidates::{Ties, counted_files};
use super::ground::{Ground, Named};
use crate::facts::Commit;
use crate::outcomes::ancestry::Place;
use crate::outcomes::text::pattern;

/// A number about a candidate.
pub(super) struct Feature {
    pub(super) name: &'static str,
    pub(super) of: fn(&View<'_>) -> f64,
}

/// A candidate as it stands beside the fix and the other candidates.
pub(super) struct View<'a> {
    ties: Ties,
    fix: &'a FixView,
    pair: Pair,
    ranks: Ranks,
    commit: &'a Commit,
}

/// What is the same for all candidates of a fix.
#[derive(Default)]
struct FixView {
    candidates: usize,
    deleting: usize,
    beside: usize,
    files: usize,
    added: i64,
    deleted: i64,
    total: Ties,
    best_shared: f64,
}

/// What fix and candidate share.
#[derive(Default)]
struct Pair {
    days: f64,
    files: usize,
    files_of_candidate: usize,
    created: usize,
    /// Commits of the shared files in between; none where no file is shared.
    between: Option<usize>,
    same_component: bool,
    subject: Shared,
    message: Shared,
    lost_in_changed: Shared,
    lost_in_gained: Shared,
    gained_in_gained: Shared,
    gained_in_deleted: Shared,
    gained_in_lost: Shared,
    rewritten_in_gained: Shared,
    around_in_gained: Shared,
    told_in_gained: Shared,
    functions: Shared,
    functions_gained: Shared,
    kind: Kind,
}

/// Where a candidate stands among the others, the latest being 0; none where it is not among them.
#[derive(Default, Clone, Copy)]
struct Ranks {
    deleted_code: Option<usize>,
    deleted: Option<usize>,
    beside: Option<usize>,
    all: usize,
}

/// What the subject of a candidate says it does.
#[derive(Default, Clone, Copy)]
struct Kind {
    fixes: bool,
    reshapes: bool,
    adds: bool,
    tidies: bool,
    documents: bool,
}

/// What two sets share, weighted by rarity.
#[derive(Default, Clone, Copy)]
struct Shared {
    sum: f64,
    share: f64,
    rarest: f64,
    count: usize,
    of: usize,
}

/// Stands for a rank or a distance that does not exist.
const NONE: f64 = 99.0;

fn rank(rank: Option<usize>) -> f64 {
    rank.map_or(NONE, |rank| rank as f64)
}

fn share(part: i64, whole: i64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn log(count: f64) -> f64 {
    count.max(0.0).ln_1p()
}

macro_rules! features {
    ($($name:ident: |$view:ident| $of:expr;)+) => {
        /// Every feature of one candidate by itself, in the order of values.
        const OWN: &[Feature] = &[$(Feature { name: stringify!($name), of: |$view| $of }),+];
    };
}

features! {
    deleted_code: |v| v.ties.deleted_code as f64;
    deleted_comment: |v| v.ties.deleted_comment as f64;
    deleted_blank: |v| v.ties.deleted_blank as f64;
    deleted_elsewhere: |v| v.ties.deleted_elsewhere as f64;
    deleted_code_share: |v| share(v.ties.deleted_code, v.fix.total.deleted_code);
    before: |v| v.ties.before as f64;
    after: |v| v.ties.after as f64;
    beside_share: |v| share(v.ties.beside(), v.fix.total.beside());
    enclosing: |v| v.ties.enclosing as f64;
    enclosing_share: |v| share(v.ties.enclosing, v.fix.total.enclosing);
    beside_elsewhere: |v| v.ties.beside_elsewhere as f64;
    moved: |v| v.ties.moved as f64;
    restored: |v| v.ties.restored as f64;
    rank_deleted_code: |v| rank(v.ranks.deleted_code);
    rank_deleted: |v| rank(v.ranks.deleted);
    rank_beside: |v| rank(v.ranks.beside);
    rank: |v| v.ranks.all as f64;
    latest: |v| v.ties.latest;
    latest_in_function: |v| v.ties.latest_in_function;
    days: |v| log(v.pair.days);
    size: |v| log((v.commit.added + v.commit.deleted) as f64);
    added: |v| log(v.commit.added as f64);
    files: |v| log(v.pair.files_of_candidate as f64);
    shared_files: |v| v.pair.files as f64;
    shared_files_of_fix: |v| share(v.pair.files as i64, v.fix.files as i64);
    shared_files_of_candidate: |v| share(v.pair.files as i64, v.pair.files_of_candidate as i64);
    created_files: |v| v.pair.created as f64;
    between: |v| v.pair.between.map_or(NONE, |between| log(between as f64));
    same_component: |v| f64::from(u8::from(v.pair.same_component));
    subject_words: |v| v.pair.subject.sum;
    subject_words_share: |v| v.pair.subject.share;
    message_words_share: |v| v.pair.message.share;
    candidates: |v| v.fix.candidates as f64;
    deleting_candidates: |v| v.fix.deleting as f64;
    beside_candidates: |v| v.fix.beside as f64;
    fix_files: |v| v.fix.files as f64;
    fix_added: |v| log(v.fix.added as f64);
    fix_deleted: |v| log(v.fix.deleted as f64);
    lost_in_changed: |v| v.pair.lost_in_changed.share;
    lost_in_gained: |v| v.pair.lost_in_gained.share;
    lost_in_gained_rarest: |v| v.pair.lost_in_gained.rarest;
    gained_in_gained: |v| v.pair.gained_in_gained.share;
    gained_in_deleted: |v| v.pair.gained_in_deleted.share;
    gained_in_lost_rarest: |v| v.pair.gained_in_lost.rarest;
    rewritten_in_gained: |v| v.pair.rewritten_in_gained.share;
    around_in_gained: |v| v.pair.around_in_gained.share;
    told_in_gained: |v| v.pair.told_in_gained.share;
    rarest_in_gained: |v| v.pair.lost_in_gained.rarest.max(v.pair.gained_in_gained.rarest).max(v.pair.rewritten_in_gained.rarest);
    identifiers: |v| v.ties.shared;
    identifiers_share: |v| if v.fix.best_shared > 0.0 { v.ties.shared / v.fix.best_shared } else { 0.0 };
    functions: |v| v.pair.functions.count as f64;
    functions_share: |v| share(v.pair.functions.count as i64, v.pair.functions.of as i64);
    functions_gained: |v| share(v.pair.functions_gained.count as i64, v.pair.functions_gained.of as i64);
    says_fix: |v| f64::from(u8::from(v.pair.kind.fixes));
    says_reshape: |v| f64::from(u8::from(v.pair.kind.reshapes));
    says_add: |v| f64::from(u8::from(v.pair.kind.adds));
    says_tidy: |v| f64::from(u8::from(v.pair.kind.tidies));
    says_document: |v| f64::from(u8::from(v.pair.kind.documents));
}

/// Features that are also told against the best of the other candidates: as a share of the best, and how far above.
const COMPARED: &[&str] = &[
    "message_words_share",
    "subject_words",
    "around_in_gained",
    "gained_in_gained",
    "lost_in_gained",
    "rewritten_in_gained",
    "told_in_gained",
    "rarest_in_gained",
    "functions_share",
    "beside_share",
    "enclosing_share",
    "deleted_code_share",
    "size",
    "lost_in_changed",
    "shared_files_of_candidate",
    "shared_files_of_fix",
    "identifiers",
    "latest_in_function",
    "gained_in_deleted",
    "days",
];

/// The names of all features, in the order of values: `x` is a number of the candidate, `x/best` its share of the highest
/// one among all candidates, `x-other` how far it is above the highest one of the others.
pub(super) static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let own = OWN.iter().map(|feature| feature.name.to_owned());
    own.chain(COMPARED.iter().flat_map(|name| [format!("{name}/best"), format!("{name}-other")])).collect()
});

/// The values of every candidate, in the order of candidates.
pub(super) fn features(ground: &Ground<'_>, fix: Place, candidates: &[(Place, Ties)]) -> Vec<Vec<f64>> {
    let of_fix = FixSets::new(ground, fix);
    let view = fix_view(ground, fix, &of_fix, candidates);
    let ranks = ranks(candidates);
    let own = candidates.iter().zip(ranks).map(|(&(at, ties), ranks)| {
        let commit = ground.did(at).commit;
        let view = View { ties, fix: &view, pair: pair(ground, fix, &of_fix, at), ranks, commit };
        OWN.iter().map(|feature| (feature.of)(&view)).collect()
    });
    let mut rows: Vec<Vec<f64>> = own.collect();
    compare(&mut rows);
    rows
}

fn compare(rows: &mut [Vec<f64>]) {
    for name in COMPARED {
        let Some(column) = OWN.iter().position(|feature| feature.name == *name) else { continue };
        let mut values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        for row in rows.iter_mut() {
            let (own, best) = (row[column], values[0]);
            let other = if own == best { values.get(1).copied().unwrap_or(0.0) } else { best };
            row.extend([if best > 0.0 { own / best } else { 0.0 }, own - other]);
        }
    }
}

/// The identifiers and words of a fix with their rarities.
struct FixSets {
    files: Vec<u32>,
    identifiers: Vec<Identifier>,
    /// Whether an identifier that falls into this slot is among them: most of a candidate's are not.
    glance: Box<[bool; SLOTS]>,
    /// Sum of rarities, and how many, of each of its sets, in the order of their bits.
    whole: [(f64, usize); 6],
    subject: Vec<(u64, f64)>,
    message: Vec<(u64, f64)>,
}

/// An identifier of a fix, and the sets it is in.
struct Identifier {
    name: u64,
    rarity: f64,
    sets: u8,
}

const SLOTS: usize = 4096;

fn slot(name: u64) -> usize {
    (name >> 52) as usize
}

// Sets of identifiers, as bits.
const GAINED: u8 = 1;
const LOST: u8 = 2;
const REWRITTEN: u8 = 4;
const AROUND: u8 = 8;
const TOLD: u8 = 16;
const FUNCTIONS: u8 = 32;

impl FixSets {
    fn new(ground: &Ground<'_>, fix: Place) -> Self {
        let did = ground.did(fix);
        let words = |set: &[u64]| set.iter().map(|&word| (word, ground.word_rarity(word))).collect();
        let mut identifiers: Vec<Identifier> = Vec::new();
        let mut enter = |set: &[u64], bit: u8| {
            identifiers.extend(set.iter().map(|&name| Identifier { name, rarity: 0.0, sets: bit }));
        };
        let (named, told) = (&did.named, did.told());
        enter(&named.gained, GAINED);
        enter(&named.lost, LOST);
        enter(&named.rewritten, REWRITTEN);
        enter(&named.around, AROUND);
        enter(&named.functions, FUNCTIONS);
        enter(&told.spelled, TOLD);
        identifiers.sort_unstable_by_key(|identifier| identifier.name);
        identifiers.dedup_by(|again, first| {
            let is_same = again.name == first.name;
            if is_same {
                first.sets |= again.sets;
            }
            is_same
        });
        for identifier in &mut identifiers {
            let holders = ground.holders(identifier.name).len();
            identifier.rarity = ground.rarity(holders);
            // A word of the message is an identifier where code has it.
            identifier.sets &= if holders == 0 { !TOLD } else { u8::MAX };
        }
        let mut glance = Box::new([false; SLOTS]);
        identifiers.iter().for_each(|identifier| glance[slot(identifier.name)] = true);
        let whole = std::array::from_fn(|bit| {
            let of = identifiers.iter().filter(|identifier| identifier.sets & (1 << bit) != 0);
            of.fold((0.0, 0), |(sum, count), identifier| (sum + identifier.rarity, count + 1))
        });
        Self {
            files: counted_files(did),
            identifiers,
            glance,
            whole,
            subject: words(&told.subject),
            message: words(&told.all),
        }
    }

    /// Which of its identifiers a candidate holds.
    fn held_by(&self, named: &Named) -> Held<'_> {
        let mut sets = vec![0; self.identifiers.len()];
        for (bit, set) in
            [(GAINED, &named.gained), (LOST, &named.lost), (REWRITTEN, &named.rewritten), (FUNCTIONS, &named.functions)]
        {
            for &name in set.iter().filter(|&&name| self.glance[slot(name)]) {
                if let Ok(at) = self.identifiers.binary_search_by_key(&name, |identifier| identifier.name) {
                    sets[at] |= bit;
                }
            }
        }
        let held = self.identifiers.iter().zip(sets).filter(|(_, sets)| *sets != 0).collect();
        Held { of_fix: self, held }
    }
}

/// The identifiers of a fix that a candidate holds, with the candidate's sets they are in.
struct Held<'a> {
    of_fix: &'a FixSets,
    held: Vec<(&'a Identifier, u8)>,
}

impl Held<'_> {
    /// What of one set of the fix is in any of these of the candidate.
    fn shared(&self, set: u8, in_any: u8) -> Shared {
        let (whole, of) = self.of_fix.whole[set.trailing_zeros() as usize];
        let mut shared = Shared { of, ..Shared::default() };
        for (identifier, sets) in &self.held {
            if identifier.sets & set != 0 && sets & in_any != 0 {
                shared.sum += identifier.rarity;
                shared.count += 1;
                shared.rarest = shared.rarest.max(identifier.rarity);
            }
        }
        shared.share = if whole > 0.0 { shared.sum / whole } else { 0.0 };
        shared
    }
}

fn fix_view(ground: &Ground<'_>, fix: Place, of_fix: &FixSets, candidates: &[(Place, Ties)]) -> FixView {
    let commit = ground.did(fix).commit;
    let mut view = FixView {
        candidates: candidates.len(),
        files: of_fix.files.len(),
        added: commit.added,
        deleted: commit.deleted,
        ..FixView::default()
    };
    for (_, ties) in candidates {
        view.total.deleted_code += ties.deleted_code;
        view.total.before += ties.before;
        view.total.after += ties.after;
        view.total.enclosing += ties.enclosing;
        view.deleting += usize::from(ties.deleted_code > 0);
        view.beside += usize::from(ties.beside() > 0);
        view.best_shared = view.best_shared.max(ties.shared);
    }
    view
}

fn ranks(candidates: &[(Place, Ties)]) -> Vec<Ranks> {
    let mut ranks = vec![Ranks::default(); candidates.len()];
    let (mut code, mut any, mut beside) = (0, 0, 0);
    let next = |counter: &mut usize, is_among: bool| {
        is_among.then(|| {
            *counter += 1;
            *counter - 1
        })
    };
    // Candidates come oldest first.
    for (all, (rank, (_, ties))) in ranks.iter_mut().zip(candidates).rev().enumerate() {
        *rank = Ranks {
            deleted_code: next(&mut code, ties.deleted_code > 0),
            deleted: next(&mut any, ties.deleted() > 0),
            beside: next(&mut beside, ties.beside() > 0),
            all,
        };
    }
    ranks
}

fn pair(ground: &Ground<'_>, fix: Place, of_fix: &FixSets, at: Place) -> Pair {
    let (fix_did, did) = (ground.did(fix), ground.did(at));
    let days = match (fix_did.commit.committed_at, did.commit.committed_at) {
        (Some(fixed), Some(made)) => (fixed - made).num_seconds() as f64 / 86_400.0,
        _ => 0.0,
    };
    let shared_files: Vec<u32> = of_fix.files.iter().copied().filter(|&path| did.touches(path)).collect();
    let created = did.files.iter().filter(|file| file.is_added && of_fix.files.binary_search(&file.path).is_ok());
    let told = did.told();
    let held = of_fix.held_by(&did.named);
    Pair {
        days,
        files: shared_files.len(),
        files_of_candidate: did.files.len(),
        created: created.count(),
        between: shared_files.iter().map(|&path| ground.touched_between(path, at, fix)).min(),
        same_component: told.component.is_some() && told.component == fix_did.told().component,
        subject: shared(&of_fix.subject, &told.subject),
        message: shared(&of_fix.message, &told.all),
        lost_in_changed: held.shared(LOST, GAINED | REWRITTEN),
        lost_in_gained: held.shared(LOST, GAINED),
        gained_in_gained: held.shared(GAINED, GAINED),
        gained_in_deleted: held.shared(GAINED, LOST | REWRITTEN),
        gained_in_lost: held.shared(GAINED, LOST),
        rewritten_in_gained: held.shared(REWRITTEN, GAINED),
        around_in_gained: held.shared(AROUND, GAINED),
        told_in_gained: held.shared(TOLD, GAINED),
        functions: held.shared(FUNCTIONS, FUNCTIONS),
        functions_gained: held.shared(FUNCTIONS, GAINED),
        kind: kind(&did.commit.subject),
    }
}

/// What is in `set` and in `other`, both sorted.
fn shared(set: &[(u64, f64)], other: &[u64]) -> Shared {
    let mut shared = Shared { of: set.len(), ..Shared::default() };
    let mut whole = 0.0;
    for &(name, rarity) in set {
        whole += rarity;
        if other.binary_search(&name).is_ok() {
            shared.sum += rarity;
            shared.count += 1;
            shared.rarest = shared.rarest.max(rarity);
        }
    }
    shared.share = if whole > 0.0 { shared.sum / whole } else { 0.0 };
    shared
}

fn kind(subject: &str) -> Kind {
    static KINDS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
        [
            r"(?i)\b(?:fix\w*|bugs?|repair\w*|correct\w*|avoid\w*|prevent\w*|handl\w*)\b",
            r"(?i)\b(?:refactor\w*|clean\w*|renam\w*|mov\w*|reorgani\w*|simplif\w*|split\w*|convert\w*|replac\w*|use)\b",
            r"(?i)\b(?:add\w*|implement\w*|support\w*|introduc\w*|enabl\w*|new|allow\w*|feat)\b",
            r"(?i)\b(?:style|format\w*|typos?|indent\w*|whitespace|comments?|spell\w*|lint\w*|license|copyright|spdx)\b",
            r"(?i)\b(?:docs?|documentation|readme|changelog|release)\b",
        ]
        .map(pattern)
    });
    let [fixes, reshapes, adds, tidies, documents] = std::array::from_fn(|at| KINDS[at].is_match(subject));
    Kind { fixes, reshapes, adds, tidies, documents }
}
