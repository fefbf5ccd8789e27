//! What the ranker knows of a candidate.
//!
//! Nothing here tells who wrote a commit: outcomes are judged blind to authorship.

use std::sync::LazyLock;

use super::candidates::{Ties, counted_files};
use super::ground::{FUNCTIONS, GAINED, Ground, LOST, Named, REWRITTEN, Touched, join};
use super::words::Kind;
use crate::facts::Commit;
use crate::outcomes::ancestry::Place;
use crate::outcomes::hashes::Hashes;

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
    /// Of the candidate.
    names: usize,
    words: usize,
}

/// Where a candidate stands among the others, the latest being 0; none where it is not among them.
#[derive(Default, Clone, Copy)]
struct Ranks {
    deleted_code: Option<usize>,
    deleted: Option<usize>,
    beside: Option<usize>,
    all: usize,
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

/// What is shared beside how much there is to share it with.
fn dense(shared: f64, of: usize) -> f64 {
    shared / (of as f64 + 1.0).sqrt()
}

fn log(count: f64) -> f64 {
    count.max(0.0).ln_1p()
}

macro_rules! features {
    ($($name:ident: |$view:ident| $of:expr;)+) => {
        /// Every feature of one candidate by itself, in the order of values.
        const OWN: &[&str] = &[$(stringify!($name)),+];

        impl Columns {
            /// Enters them.
            fn push_own(&mut self, views: &[View<'_>]) {
                $(self.push(views.iter().map(|$view| $of));)+
            }
        }
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
    tied_files: |v| share(v.ties.files, v.fix.files as i64);
    message_dense: |v| dense(v.pair.message.sum, v.pair.words);
    gained_dense: |v| dense(v.pair.gained_in_gained.sum, v.pair.names);
    names: |v| log(v.pair.names as f64);
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
    "tied_files",
    "message_dense",
    "gained_dense",
];

/// The names of all features, in the order of values: `x` is a number of the candidate, `x/best` its share of the highest
/// one among all candidates, `x-other` how far it is above the highest one of the others.
pub(super) static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let own = OWN.iter().map(|name| (*name).to_owned());
    own.chain(COMPARED.iter().flat_map(|name| [format!("{name}/best"), format!("{name}-other")])).collect()
});

/// The places of the compared features among their own.
static COMPARED_AT: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let place = |name: &&str| OWN.iter().position(|own| own == name);
    COMPARED.iter().filter_map(place).collect()
});

/// The values of every candidate, a feature after the other.
pub(super) struct Columns {
    rows: usize,
    values: Vec<f64>,
}

/// Columns are filled up with zeros to multiples of this, so that loops over them have no remainder.
const LANES: usize = 4;

impl Columns {
    pub(super) fn new(rows: usize) -> Self {
        let columns = Self { rows, values: Vec::new() };
        Self { values: Vec::with_capacity(NAMES.len() * columns.height()), ..columns }
    }

    pub(super) fn push(&mut self, column: impl Iterator<Item = f64>) {
        let end = self.values.len() + self.height();
        self.values.extend(column);
        self.values.resize(end, 0.0);
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Of a column, filled up.
    pub(super) fn height(&self) -> usize {
        self.rows.next_multiple_of(LANES)
    }

    /// A feature of all candidates, in their order, filled up.
    pub(super) fn column(&self, feature: usize) -> &[f64] {
        &self.values[feature * self.height()..][..self.height()]
    }

    pub(super) fn highest(&self, feature: usize) -> f64 {
        self.column(feature)[..self.rows].iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// All features of a candidate.
    pub(super) fn row(&self, candidate: usize) -> Vec<f64> {
        self.values.iter().copied().skip(candidate).step_by(self.height().max(1)).collect()
    }

    /// Tells a feature against the best of the other candidates.
    fn compare(&mut self, feature: usize) {
        let own = self.column(feature)[..self.rows].to_vec();
        let (mut best, mut second) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for &value in &own {
            second = second.max(best.min(value));
            best = best.max(value);
        }
        let second = if self.rows > 1 { second } else { 0.0 };
        self.push(own.iter().map(|own| if best > 0.0 { own / best } else { 0.0 }));
        self.push(own.iter().map(|&own| own - if own == best { second } else { best }));
    }
}

pub(super) fn features(ground: &Ground<'_>, fix: Place, candidates: &[(Place, Ties)]) -> Columns {
    let of_fix = FixSets::new(ground, fix);
    let fix_view = fix_view(ground, fix, &of_fix, candidates);
    let views = candidates.iter().zip(ranks(candidates)).map(|(&(at, ties), ranks)| {
        let commit = ground.did(at).commit;
        View { ties, fix: &fix_view, pair: pair(ground, fix, &of_fix, at), ranks, commit }
    });
    let views: Vec<View<'_>> = views.collect();
    let mut columns = Columns::new(views.len());
    columns.push_own(&views);
    COMPARED_AT.iter().for_each(|&feature| columns.compare(feature));
    columns
}

/// The identifiers and words of a fix with their rarities.
struct FixSets {
    files: Vec<u32>,
    names: Hashes,
    /// In the order of the names.
    identifiers: Vec<Identifier>,
    /// Sum of rarities, and how many, of each of its sets, in the order of their bits.
    whole: [(f64, usize); 6],
    subject: Words,
    message: Words,
}

/// What is known of an identifier of a fix.
struct Identifier {
    rarity: f64,
    /// The sets it is in.
    sets: u8,
}

/// Words with their rarities.
struct Words {
    words: Hashes,
    rarities: Vec<f64>,
    whole: f64,
}

impl Words {
    fn new(ground: &Ground<'_>, words: &[u64]) -> Self {
        let rarities: Vec<f64> = words.iter().map(|&word| ground.word_rarity(word)).collect();
        Self {
            words: Hashes::new(words.to_vec()),
            whole: rarities.iter().fold(0.0, |sum, rarity| sum + rarity),
            rarities,
        }
    }

    /// What they share with others, which are sorted as well.
    fn shared(&self, others: &[u64]) -> Shared {
        let mut shared = Shared { of: self.rarities.len(), ..Shared::default() };
        others.iter().filter_map(|&word| self.words.place(word)).for_each(|at| shared.add(self.rarities[at]));
        shared.within(self.whole)
    }
}

impl Shared {
    fn add(&mut self, rarity: f64) {
        self.sum += rarity;
        self.count += 1;
        self.rarest = self.rarest.max(rarity);
    }

    fn within(self, whole: f64) -> Self {
        Self { share: if whole > 0.0 { self.sum / whole } else { 0.0 }, ..self }
    }
}

// Further sets of a fix's identifiers.
const AROUND: u8 = 16;
const TOLD: u8 = 32;

impl FixSets {
    fn new(ground: &Ground<'_>, fix: Place) -> Self {
        let did = ground.did(fix);
        let (named, told) = (&did.named, did.told());
        let mut sets: Vec<(u64, u8)> = named.all().collect();
        sets.extend(named.around.iter().map(|&name| (name, AROUND)));
        sets.extend(told.spelled.iter().map(|&name| (name, TOLD)));
        join(&mut sets);
        let identifier = |&(name, sets): &(u64, u8)| {
            let holders = ground.holders(name).len();
            // A word of the message is an identifier where code has it.
            Identifier { rarity: ground.rarity(holders), sets: sets & if holders == 0 { !TOLD } else { u8::MAX } }
        };
        let identifiers: Vec<Identifier> = sets.iter().map(identifier).collect();
        let whole = std::array::from_fn(|bit| {
            let of = identifiers.iter().filter(|identifier| identifier.sets & (1 << bit) != 0);
            of.fold((0.0, 0), |(sum, count), identifier| (sum + identifier.rarity, count + 1))
        });
        Self {
            files: counted_files(did),
            names: Hashes::new(sets.into_iter().map(|(name, _)| name).collect()),
            identifiers,
            whole,
            subject: Words::new(ground, &told.subject),
            message: Words::new(ground, &told.all),
        }
    }

    /// For each pair of sets, what of the one of the fix is in any of the other of a candidate.
    fn shared_with<const N: usize>(&self, named: &Named, pairs: [(u8, u8); N]) -> [Shared; N] {
        let whole = |set: u8| self.whole[set.trailing_zeros() as usize];
        let mut all = pairs.map(|(set, _)| Shared { of: whole(set).1, ..Shared::default() });
        for (name, sets) in named.all() {
            let Some(at) = self.names.place(name) else { continue };
            let identifier = &self.identifiers[at];
            for (shared, (set, in_any)) in all.iter_mut().zip(pairs) {
                if identifier.sets & set != 0 && sets & in_any != 0 {
                    shared.add(identifier.rarity);
                }
            }
        }
        std::array::from_fn(|at| all[at].within(whole(pairs[at].0).0))
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
    let shared_files: Vec<&Touched> = of_fix.files.iter().filter_map(|&path| did.touched(path)).collect();
    let told = did.told();
    let mut pair = Pair {
        days,
        files: shared_files.len(),
        files_of_candidate: did.files.len(),
        created: shared_files.iter().filter(|file| file.is_added).count(),
        between: shared_files.iter().map(|file| ground.touched_between(file.path, at, fix)).min(),
        same_component: told.component.is_some() && told.component == fix_did.told().component,
        subject: of_fix.subject.shared(&told.subject),
        message: of_fix.message.shared(&told.all),
        kind: told.kind,
        names: did.named.names.len(),
        words: told.all.len(),
        ..Pair::default()
    };
    [
        pair.lost_in_changed,
        pair.lost_in_gained,
        pair.gained_in_gained,
        pair.gained_in_deleted,
        pair.gained_in_lost,
        pair.rewritten_in_gained,
        pair.around_in_gained,
        pair.told_in_gained,
        pair.functions,
        pair.functions_gained,
    ] = of_fix.shared_with(
        &did.named,
        [
            (LOST, GAINED | REWRITTEN),
            (LOST, GAINED),
            (GAINED, GAINED),
            (GAINED, LOST | REWRITTEN),
            (GAINED, LOST),
            (REWRITTEN, GAINED),
            (AROUND, GAINED),
            (TOLD, GAINED),
            (FUNCTIONS, FUNCTIONS),
            (FUNCTIONS, GAINED),
        ],
    );
    pair
}
