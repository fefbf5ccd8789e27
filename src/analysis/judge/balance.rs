//! How alike the arms are, before weighting and after.

use serde::Serialize;

use super::ladder::overlap_weights;
use super::study::{Arm, Changes, Outcome};
use crate::analysis::stats::weights::{area_under_curve, compare, standardised_difference};

/// Standardised difference of a covariate between the arms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Balance {
    pub covariate: String,
    pub before: f64,
    pub after: f64,
}

/// Whether AI changes have human ones like them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overlap {
    pub balance: Vec<Balance>,
    /// Chance that an AI change looks more like AI's than a human one: 0.5 is perfect overlap, 1 none.
    pub area_under_curve: f64,
    /// Share of AI changes whose score some human change reaches, within the human range.
    pub ai_with_a_twin: f64,
    pub effective_ai: f64,
    pub effective_human: f64,
}

/// By overlap weights, size among the covariates; `None` where there is nothing to balance.
pub(super) fn of(changes: &Changes) -> Option<Overlap> {
    let ai = changes.ai();
    let weights = overlap_weights(changes, true).ok()?;
    let balance = weights.columns.iter().map(|(name, column)| Balance {
        covariate: name.clone(),
        before: standardised_difference(column, &ai, None),
        after: standardised_difference(column, &ai, Some(&weights.weight)),
    });
    let ends = |arm: Arm| {
        let own = weights.scores.iter().zip(&changes.arm).filter(move |(_, own)| **own == arm);
        own.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (score, _)| (low.min(*score), high.max(*score)))
    };
    let human = ends(Arm::Human);
    let own: Vec<f64> = weights.scores.iter().zip(&ai).filter(|(_, ai)| **ai > 0.0).map(|(score, _)| *score).collect();
    let twins = own.iter().filter(|score| (human.0..=human.1).contains(*score)).count();
    let got = compare(&ai, &ai, &weights.weight, None).ok()?;
    Some(Overlap {
        balance: balance.collect(),
        area_under_curve: area_under_curve(&weights.scores, &ai),
        ai_with_a_twin: twins as f64 / own.len().max(1) as f64,
        effective_ai: got.effective_ai,
        effective_human: got.effective_human,
    })
}

/// Standardised difference of the logarithm of size.
pub(super) fn of_size(changes: &Changes) -> Option<f64> {
    Some(standardised_difference(&changes.log_size()?, &changes.ai(), None))
}

/// Standardised difference of the time under watch, and its median in the AI and in the human arm.
pub(super) fn of_follow_up(changes: &Changes) -> Option<(f64, f64, f64)> {
    let Outcome::Times { follow_up, .. } = &changes.outcome else { return None };
    let median = |arm: Arm| {
        let mut own: Vec<f64> =
            follow_up.iter().zip(&changes.arm).filter(|(_, own)| **own == arm).map(|(days, _)| *days).collect();
        own.sort_unstable_by(f64::total_cmp);
        crate::analysis::stats::numeric::quantile(&own, 0.5)
    };
    Some((standardised_difference(follow_up, &changes.ai(), None), median(Arm::Ai), median(Arm::Human)))
}
