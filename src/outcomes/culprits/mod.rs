//! Which commit brought the bug that a fix mends, told from lines (SZZ), not from what the fix says.
//!
//! [`ground`] is the history ready to be asked, [`candidates`] who may have done it and by what ties, [`features`] what
//! is known of each, [`model`] how likely that makes it.

mod candidates;
mod features;
mod ground;
mod model;
mod words;

pub(super) use model::TREES;

use rayon::prelude::*;

use self::candidates::{Ties, candidates};
use self::features::{Columns, features};
use self::ground::{GAINED, Ground};
use super::ancestry::Place;
use super::hashes::hash;
use super::index::CommitIndex;
use super::rework::MASS;
use super::text::{counted, evidence};
use crate::facts::{CommitId, Fix, Link, LinkKind, SubjectKind, Text};

/// The likeliest candidate is named from this probability on, where F1 on repositories held back is about as high as anywhere; a
/// further one from [`ANOTHER`] on.
const NAMED: f64 = 0.3;
const ANOTHER: f64 = 0.4;

/// Fixes whose candidates are held at once.
const LOT: usize = 1024;

/// `bug_inducing` links by the method `genealogy`: from a fix to the commit that most likely brought what it mends.
///
/// A candidate wrote lines that the fix deleted, rewrote, moved, or stands beside; or deleted what the fix brings back; or
/// was among the last to change the fix's files or functions; or shares its rarest identifiers. Lines are those of the
/// genealogy: renames, moves within a commit, edits of whitespace and commits that are looked through do not hide who wrote
/// them. Boosted trees over the features of all candidates share out the certainty that one of them is the culprit, or
/// none; its share is the link's `confidence`: how likely the commit is the culprit, given that the fix is one. `lines`
/// are the lines of code it wrote which the fix deleted or rewrote.
///
/// Not read: what a fix says of other commits, and who wrote anything. Not linked: merges, fixes of more than
/// a hundred files, fixes off the default branch, and fixes whose likeliest candidate stays below 0.3.
///
/// That a commit is named says that it is associated with the fix, not that it was careless.
pub fn find_culprits(index: &CommitIndex<'_>, fixes: &[Fix]) -> Vec<Link> {
    let fixes: Vec<Place> = fixes.iter().filter_map(|fix| index.place(&fix.commit_id)).collect();
    let ground = Ground::new(index);
    let mut links: Vec<Link> = weigh(&ground, index, fixes, |fix, _, weighed| {
        let least = std::iter::once(NAMED).chain(std::iter::repeat(ANOTHER));
        let named = weighed.iter().zip(least).take_while(|(one, least)| one.probability >= *least);
        named.map(|(one, _)| link(&ground, fix, one)).collect()
    });
    links.sort_by(|a, b| (&a.from_id, &a.to_id).cmp(&(&b.from_id, &b.to_id)));
    links
}

/// A candidate as the ranker sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    pub fix: Text,
    pub commit: Text,
    pub probability: f64,
    /// In the order of [`suspect_features`].
    pub features: Vec<f64>,
}

/// The names of a suspect's features.
pub fn suspect_features() -> &'static [String] {
    &features::NAMES
}

/// Every candidate of the given commits, the likeliest first: what the ranker is trained on.
pub fn suspects(index: &CommitIndex<'_>, fixes: &[CommitId]) -> Vec<Suspect> {
    let fixes = fixes.iter().filter_map(|fix| index.place(fix)).collect();
    let ground = Ground::new(index);
    weigh(&ground, index, fixes, |fix, columns, weighed| {
        let id = |at: Place| ground.did(at).commit.commit_id.text();
        let suspect = |one: &Weighed| Suspect {
            fix: id(fix),
            commit: id(one.at),
            probability: one.probability,
            features: columns.row(one.row),
        };
        weighed.iter().map(suspect).collect()
    })
}

/// A candidate with the probability that it is the culprit.
struct Weighed {
    at: Place,
    ties: Ties,
    /// Of its features.
    row: usize,
    probability: f64,
}

/// What `each` makes of every fix and its candidates, the likeliest first, in the order of history.
fn weigh<T: Send>(
    ground: &Ground<'_>,
    index: &CommitIndex<'_>,
    mut fixes: Vec<Place>,
    each: impl Fn(Place, &Columns, &[Weighed]) -> Vec<T> + Sync,
) -> Vec<T> {
    let index = index.afresh();
    fixes.retain(|&at| is_weighed(ground, at));
    fixes.sort_unstable();
    fixes.dedup();
    let of_fix = |(fix, candidates): (Place, Vec<(Place, Ties)>)| {
        let columns = features(ground, fix, &candidates);
        each(fix, &columns, &weighed(candidates, &columns))
    };
    let mut all = Vec::new();
    for lot in fixes.chunks(LOT) {
        // Ancestry counts its steps, so it is asked in one order only.
        let found: Vec<_> = lot.iter().map(|&fix| (fix, candidates(ground, index, fix))).collect();
        all.extend(found.into_par_iter().map(&of_fix).collect::<Vec<_>>().into_iter().flatten());
    }
    all
}

fn is_weighed(ground: &Ground<'_>, at: Place) -> bool {
    let did = ground.did(at);
    !did.commit.is_merge && did.commit.on_default_branch && did.files.len() <= MASS
}

fn weighed(candidates: Vec<(Place, Ties)>, columns: &Columns) -> Vec<Weighed> {
    let probabilities = model::trained().probabilities(columns);
    let weigh = |(row, ((at, ties), probability))| Weighed { at, ties, row, probability };
    let mut weighed: Vec<Weighed> = candidates.into_iter().zip(probabilities).enumerate().map(weigh).collect();
    weighed.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(b.at.cmp(&a.at)));
    weighed
}

fn link(ground: &Ground<'_>, fix: Place, one: &Weighed) -> Link {
    Link {
        kind: LinkKind::BugInducing,
        from_kind: SubjectKind::Commit,
        from_id: ground.did(fix).commit.commit_id.text(),
        to_kind: SubjectKind::Commit,
        to_id: ground.did(one.at).commit.commit_id.text(),
        method: "genealogy".into(),
        // Three decimals are more than it is good for.
        confidence: (one.probability * 1000.0).round() / 1000.0,
        weight: None,
        share: None,
        lines: Some(one.ties.deleted_code),
        evidence: reason(ground, fix, one),
    }
}

/// The strongest tie in words.
fn reason(ground: &Ground<'_>, fix: Place, one: &Weighed) -> Text {
    let ties = &one.ties;
    let wrote = |count: i64, which: &str| (count > 0).then(|| format!("it wrote {} {which}", counted(count, "line")));
    let place = || {
        let name = shared_identifier(ground, fix, one.at)?;
        Some(format!("both changed `{name}`"))
    };
    let parts = [
        wrote(ties.deleted_code, "of code that the fix deleted or rewrote"),
        wrote(ties.deleted() - ties.deleted_code, "of comments, blanks, tests or docs that the fix deleted or rewrote"),
        (ties.restored > 0).then(|| "the fix brings back what it deleted".to_owned()),
        wrote(ties.beside(), "right beside the fix"),
        wrote(ties.enclosing, "of the same function"),
        (ties.latest >= 1.0).then(|| "it was the last to change a file of the fix".to_owned()),
        place(),
    ];
    let told: Vec<String> = parts.into_iter().flatten().take(3).collect();
    evidence(&if told.is_empty() { "it changed the same files before".to_owned() } else { told.join("; ") })
}

/// The rarest identifier that the fix changed and the other commit gained.
fn shared_identifier<'a>(ground: &Ground<'a>, fix: Place, at: Place) -> Option<&'a str> {
    let row = ground.did(fix).identifiers?;
    let names = [&row.lost, &row.rewritten, &row.gained].into_iter().flat_map(|names| names.split(' '));
    let held = |name: &&str| ground.did(at).named.holds(hash(name), GAINED);
    names.filter(held).min_by_key(|name| (ground.holders(hash(name)).len(), *name))
}
