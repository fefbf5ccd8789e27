//! The audit: changes drawn at random for people to judge, and what their judgement says of ours.
//!
//! Changes are drawn origin by origin, equally many of each, so that rare origins are judged too; every drawn change then
//! stands for as many as its origin has. Whoever judges is not shown our verdict.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::estimate::{Estimate, Finding, Unit};
use super::stats::strata::{self, Stratum};
use crate::facts::{Change, Origin};

/// What people found changes to be, by repository and change.
pub type Truths = BTreeMap<(String, String), Origin>;

/// Whether a change that people found to be so is AI's; `None` for automation and what is not known.
pub fn is_by_ai(found: Origin) -> Option<bool> {
    match found {
        Origin::Human => Some(false),
        Origin::Bot | Origin::Unknown => None,
        ai => Some(ai.is_ai()),
    }
}

/// A change to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn<'a> {
    pub repo: &'a str,
    pub change: &'a Change,
    /// How many changes have its origin.
    pub stands_among: u64,
}

/// A change of a repository, and the lot that it drew.
type Lot<'a> = (Vec<u8>, (&'a str, &'a Change));

/// Up to `wanted` changes: of each origin equally many, what one lacks shared out among the others. The same seed draws
/// the same changes of the same lake; in the sheet they stand in no order that tells.
pub fn draw<'a>(changes: &[(&'a str, &'a Change)], wanted: usize, seed: u64) -> Vec<Drawn<'a>> {
    let lot = |(repo, change): &(&str, &Change)| {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(repo);
        hash.update(change.change_id.as_str());
        hash.finalize().to_vec()
    };
    let mut by_origin: BTreeMap<Origin, Vec<Lot<'_>>> = BTreeMap::new();
    for change in changes {
        by_origin.entry(change.1.origin).or_default().push((lot(change), *change));
    }
    let mut strata: Vec<Vec<Lot<'_>>> = by_origin.into_values().collect();
    strata.sort_by_key(Vec::len);
    let (mut left, mut drawn) = (wanted, Vec::new());
    let groups = strata.len();
    for (at, mut stratum) in strata.into_iter().enumerate() {
        let size = stratum.len();
        let take = (left / (groups - at)).min(size);
        left -= take;
        stratum.sort_by(|a, b| a.0.cmp(&b.0));
        drawn.extend(stratum.into_iter().take(take).map(|(lot, change)| (lot, change, size as u64)));
    }
    drawn.sort_by(|a, b| a.0.cmp(&b.0));
    drawn.into_iter().map(|(_, (repo, change), stands_among)| Drawn { repo, change, stands_among }).collect()
}

/// A change that was judged: what we said, what the judge said, and how many changes we said the same of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub said: Origin,
    pub is: Origin,
    pub stands_among: u64,
}

/// How one of our words compares with the judges'.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    pub label: &'static str,
    /// Of the changes that we call so, the share that are.
    pub precision: Finding,
    /// Of the changes that are so, the share that we call so.
    pub recall: Finding,
}

/// The scores, and the share of AI among the changes that we call unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    pub judged: usize,
    pub scores: Vec<Score>,
    pub ai_among_unknown: Finding,
}

/// A label: its name, and which origins bear it.
type Label = (&'static str, fn(Origin) -> bool);

const LABELS: [Label; 5] = [
    ("AI", Origin::is_ai),
    ("agent", |origin| origin == Origin::Agent),
    ("assisted", |origin| origin == Origin::Assisted),
    ("bot", |origin| origin == Origin::Bot),
    ("human", |origin| origin == Origin::Human),
];

pub fn score(judged: &[Judged]) -> Scores {
    let scores = LABELS.iter().map(|&(label, of)| Score {
        label,
        precision: share(judged, |change| of(change.said), |change| of(change.is)),
        recall: share(judged, |change| of(change.is), |change| of(change.said)),
    });
    Scores {
        judged: judged.len(),
        scores: scores.collect(),
        ai_among_unknown: share(judged, |change| change.said == Origin::Unknown, |change| change.is.is_ai()),
    }
}

fn share(judged: &[Judged], counts: impl Fn(&Judged) -> bool, has: impl Fn(&Judged) -> bool) -> Finding {
    let mut strata: BTreeMap<Origin, Stratum> = BTreeMap::new();
    for change in judged {
        let stratum = strata.entry(change.said).or_default();
        stratum.size = stratum.size.max(change.stands_among);
        stratum.seen.push(strata::Unit { counts: counts(change), has: has(change) });
    }
    let counted = judged.iter().filter(|change| counts(change)).count() as u64;
    let events = judged.iter().filter(|change| counts(change) && has(change)).count() as u64;
    let strata: Vec<Stratum> = strata.into_values().collect();
    match strata::ratio(&strata) {
        Some(share) => Finding::Estimate(Estimate::new(share, counted, events, Unit::Share, "stratified ratio")),
        None => Finding::TooLittleData { n: 0, events: 0, reason: "none were judged".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(said: Origin, is: Origin, times: usize, stands_among: u64) -> Vec<Judged> {
        vec![Judged { said, is, stands_among }; times]
    }

    #[test]
    fn what_is_missed_weighs_as_much_as_the_unknown_are_many() {
        // 50 of 100 AI changes judged, 45 of them AI; 50 of 900 unknown judged, 5 of them AI.
        let all = [
            judged(Origin::Assisted, Origin::Assisted, 45, 100),
            judged(Origin::Assisted, Origin::Human, 5, 100),
            judged(Origin::Unknown, Origin::Assisted, 5, 900),
            judged(Origin::Unknown, Origin::Human, 45, 900),
        ]
        .concat();
        let scores = score(&all);
        let value = |finding: &Finding| match finding {
            Finding::Estimate(estimate) => (estimate.value * 1000.0).round(),
            other => panic!("{other:?}"),
        };
        let ai = &scores.scores[0];
        assert_eq!((value(&ai.precision), value(&ai.recall)), (900.0, 500.0), "90 of 90 + 90");
        assert_eq!(value(&scores.ai_among_unknown), 100.0);
        assert!(matches!(scores.scores[3].precision, Finding::TooLittleData { .. }), "no bots");
    }
}
