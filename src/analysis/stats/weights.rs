//! Comparing as if AI and human changes had the same covariates: by weighting, by predicting, by both.

use super::glm::{self, Family};
use super::linear;
use super::numeric::{codes, sorted_sum};
use super::refusal::{Refusal, finite, impossible};

/// The chance e(x) of being an AI change given covariates, by logistic regression (Rosenbaum and Rubin 1983).
///
/// Refuses as [`glm::fit`]; a separated covariate says that no change could have gone either way.
pub fn propensity(ai: &[f64], covariates: &[&[f64]]) -> Result<(glm::Fit, Vec<f64>), Refusal> {
    if ai.iter().any(|ai| *ai != 0.0 && *ai != 1.0) {
        return impossible("an arm other than 0 and 1");
    }
    let fit = glm::fit(&glm::Data { y: ai, covariates, exposure: None, weights: None }, Family::Logistic)?;
    let scores = fit.fitted(Family::Logistic);
    Ok((fit, scores))
}

/// Whom the answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Population {
    /// All changes: 1/e and 1/(1 − e).
    All,
    /// Changes like the AI ones: 1 and e/(1 − e).
    Treated,
    /// Changes that could have gone either way: 1 − e and e; Li, Morgan and Zaslavsky 2018. No weight is large, and means of
    /// covariates agree exactly.
    Overlap,
}

impl Population {
    pub fn weights(self, ai: &[f64], scores: &[f64]) -> Vec<f64> {
        let weight = |(ai, e): (&f64, &f64)| match (self, *ai > 0.0) {
            (Self::All, true) => 1.0 / e,
            (Self::All, false) => 1.0 / (1.0 - e),
            (Self::Treated, true) => 1.0,
            (Self::Treated, false) => e / (1.0 - e),
            (Self::Overlap, true) => 1.0 - e,
            (Self::Overlap, false) => *e,
        };
        ai.iter().zip(scores).map(weight).collect()
    }
}

/// Σ over rows, in an order of the terms' own.
fn total(terms: impl Iterator<Item = f64>) -> f64 {
    sorted_sum(terms.collect())
}

/// A weighted comparison of two shares or means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    pub ai: f64,
    pub human: f64,
    /// (Σw)² / Σw² of each arm: as many rows of weight 1; Kish 1965.
    pub effective_ai: f64,
    pub effective_human: f64,
    /// Standard errors of difference and log ratio, weights taken as known: the sandwich over rows (HC0), or over clusters
    /// (CR0) where they are given.
    pub difference_error: f64,
    pub log_ratio_error: f64,
}

impl Weighted {
    pub fn difference(&self) -> f64 {
        self.ai - self.human
    }

    pub fn ratio(&self) -> f64 {
        self.ai / self.human
    }
}

/// Compares weighted means of y. Clusters count from 0. Refuses bad numbers, an arm without weight
/// and a single cluster.
pub fn compare(y: &[f64], ai: &[f64], weights: &[f64], clusters: Option<&[u32]>) -> Result<Weighted, Refusal> {
    super::refusal::same_length(&[y.len(), ai.len(), weights.len(), clusters.map_or(y.len(), <[u32]>::len)])?;
    finite("y", y)?;
    super::refusal::not_negative("a weight", weights)?;
    let arm = |is_ai: bool| (0..y.len()).filter(move |&at| (ai[at] > 0.0) == is_ai);
    let sums = [true, false].map(|is_ai| {
        let whole = total(arm(is_ai).map(|at| weights[at]));
        let squares = total(arm(is_ai).map(|at| weights[at].powi(2)));
        (whole, total(arm(is_ai).map(|at| weights[at] * y[at])) / whole, whole * whole / squares)
    });
    let [(ai_weight, p1, effective_ai), (human_weight, p0, effective_human)] = sums;
    if ai_weight <= 0.0 || human_weight <= 0.0 {
        return Err(Refusal::Empty { what: "weighted rows in an arm" });
    }
    // Influence of a row on its arm's mean; an arm of its own sign in the difference, of its own share in the log ratio.
    let influence = |at: usize| {
        let (mean, whole, sign) = if ai[at] > 0.0 { (p1, ai_weight, 1.0) } else { (p0, human_weight, -1.0) };
        let own = sign * weights[at] * (y[at] - mean) / whole;
        (own, own / mean)
    };
    let clusters = clusters.map(|of_rows| Ok((of_rows, linear::clusters(of_rows)?))).transpose()?;
    let spread = |of: &dyn Fn(usize) -> f64| match clusters {
        None => total((0..y.len()).map(|at| of(at).powi(2))),
        Some((of_rows, count)) => {
            let mut members: Vec<Vec<f64>> = vec![Vec::new(); count];
            for at in 0..y.len() {
                members[of_rows[at] as usize].push(of(at));
            }
            sorted_sum(members.into_iter().map(|terms| sorted_sum(terms).powi(2)).collect())
        }
    };
    Ok(Weighted {
        ai: p1,
        human: p0,
        effective_ai,
        effective_human,
        difference_error: spread(&|at| influence(at).0).sqrt(),
        log_ratio_error: spread(&|at| influence(at).1).sqrt(),
    })
}

/// Standardised mean difference of a covariate: weighted means apart, over the unweighted pooled standard deviation
/// √((s₁² + s₀²)/2), which weighting leaves alone; Austin 2009. Below 0.1 is balance. NaN for a constant covariate.
pub fn standardised_difference(x: &[f64], ai: &[f64], weights: Option<&[f64]>) -> f64 {
    let arm = |is_ai: bool| (0..x.len()).filter(move |&at| (ai[at] > 0.0) == is_ai);
    let weight = |at: usize| weights.map_or(1.0, |weights| weights[at]);
    let [one, other] = [true, false].map(|is_ai| {
        let n = arm(is_ai).count() as f64;
        let plain = total(arm(is_ai).map(|at| x[at])) / n;
        let variance = total(arm(is_ai).map(|at| (x[at] - plain).powi(2))) / (n - 1.0);
        (total(arm(is_ai).map(|at| weight(at) * x[at])) / total(arm(is_ai).map(weight)), variance)
    });
    (one.0 - other.0) / ((one.1 + other.1) / 2.0).sqrt()
}

/// The chance that an AI change has a higher score than a human one, ties half: 0.5 is perfect overlap, 1 none.
pub fn area_under_curve(scores: &[f64], ai: &[f64]) -> f64 {
    let (ranks, levels) = codes(&scores.iter().map(|score| Ordered(*score)).collect::<Vec<_>>());
    let mut counts = vec![[0.0_f64; 2]; levels.len()];
    for (rank, ai) in ranks.iter().zip(ai) {
        counts[*rank as usize][usize::from(*ai > 0.0)] += 1.0;
    }
    let (mut below, mut won, mut arms) = (0.0, 0.0, [0.0; 2]);
    for [human, ai] in counts {
        won += ai * (below + human / 2.0);
        below += human;
        arms = [arms[0] + human, arms[1] + ai];
    }
    won / (arms[0] * arms[1])
}

/// A finite number that can be sorted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ordered(pub(super) f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// What all changes would have shown, had all been AI's and had none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardised {
    /// By the outcome model alone: g-computation; Robins 1986.
    pub predicted: (f64, f64),
    /// Doubly robust (augmented inverse probability weighting): right if either model is; Robins, Rotnitzky and Zhao 1994.
    pub robust: (f64, f64),
    /// Standard error of the robust difference, from its influence function.
    pub robust_error: f64,
}

/// Both, from a logistic outcome model of AI and covariates without interactions, and from propensity scores.
pub fn standardised(y: &[f64], ai: &[f64], covariates: &[&[f64]], scores: &[f64]) -> Result<Standardised, Refusal> {
    let mut columns = vec![ai];
    columns.extend(covariates);
    let model = glm::fit(&glm::Data { y, covariates: &columns, exposure: None, weights: None }, Family::Logistic)?;
    let predict = |at: usize, as_ai: f64| {
        let beta = &model.coefficients;
        let others = covariates.iter().zip(&beta[2..]).map(|(column, beta)| column[at] * beta);
        1.0 / (1.0 + (-(beta[0] + beta[1] * as_ai + others.sum::<f64>())).exp())
    };
    let n = y.len() as f64;
    let rows = 0..y.len();
    let predicted = [1.0, 0.0].map(|as_ai| total(rows.clone().map(|at| predict(at, as_ai))) / n);
    let augmented = |at: usize| {
        let (m1, m0, e, t) = (predict(at, 1.0), predict(at, 0.0), scores[at], ai[at]);
        (m1 + t * (y[at] - m1) / e, m0 + (1.0 - t) * (y[at] - m0) / (1.0 - e))
    };
    let robust = (total(rows.clone().map(|at| augmented(at).0)) / n, total(rows.clone().map(|at| augmented(at).1)) / n);
    let off = |at: usize| augmented(at).0 - augmented(at).1 - (robust.0 - robust.1);
    let variance = total(rows.map(|at| off(at).powi(2))) / (n - 1.0);
    Ok(Standardised { predicted: (predicted[0], predicted[1]), robust, robust_error: (variance / n).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_weights_balance_exactly() {
        let x: Vec<f64> = (0..300).map(|at| f64::from(at % 17)).collect();
        let ai: Vec<f64> = (0..300).map(|at| f64::from(u8::from((at * 7) % 23 < 5 + at % 17))).collect();
        let (_, scores) = propensity(&ai, &[&x]).unwrap();
        let weights = Population::Overlap.weights(&ai, &scores);
        assert!(standardised_difference(&x, &ai, None).abs() > 0.1);
        assert!(standardised_difference(&x, &ai, Some(&weights)).abs() < 1e-8);
        assert!(compare(&x, &[1.0; 300], &weights, None).is_err());
    }
}
