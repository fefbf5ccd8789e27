//! Logistic regression within strata, what differs between them conditioned away.

use super::linear::{Cholesky, Matrix, separated};
use super::numeric::{Sum, canonical_order};
use super::proportions::{Interval, Z};
use super::refusal::{Refusal, finite, same_length};

#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    pub coefficients: Vec<f64>,
    pub variance: Matrix,
    pub log_likelihood: f64,
    /// Strata with and without an event; only these tell anything.
    pub informative: usize,
}

impl Fit {
    pub fn odds_ratio(&self, column: usize) -> Interval {
        let error = self.variance.roots()[column];
        let at = |by: f64| (self.coefficients[column] + by * error).exp();
        Interval { value: at(0.0), low: at(-Z), high: at(Z) }
    }
}

/// A stratum: rows of covariates, those with the event first.
struct Stratum {
    rows: Vec<Vec<f64>>,
    events: usize,
}

/// The exact conditional likelihood, Π over strata of exp(Σ_events xᵀβ) / Σ over all sets of as many rows exp(Σ_set xᵀβ)
/// (Breslow and Day 1980, 7.2), by Newton's method. The sum over sets and its derivatives come from the recursion over rows
/// of Gail, Lubin and Rubinstein 1981, kept as logarithms, means and second moments so that no number overflows.
///
/// Refuses numbers that are not finite, [`Refusal::NoEvents`] when no stratum has both, collinear covariates (constant
/// within every stratum) and separated ones.
pub fn fit(event: &[bool], covariates: &[&[f64]], strata: &[u32]) -> Result<Fit, Refusal> {
    let mut lengths = vec![event.len(), strata.len()];
    lengths.extend(covariates.iter().map(|column| column.len()));
    same_length(&lengths)?;
    for column in covariates {
        finite("a covariate", column)?;
    }
    let strata = informative(event, covariates, strata);
    if strata.is_empty() {
        return Err(Refusal::NoEvents);
    }
    let size = covariates.len();
    let ranges: Vec<f64> = covariates.iter().map(|column| range(column)).collect();
    let mut beta = vec![0.0; size];
    let mut here = evaluate(&strata, &beta);
    for _ in 0..60 {
        let factor = Cholesky::of(&here.2).map_err(|refusal| match refusal {
            Refusal::Collinear { column } if beta[column].abs() * ranges[column] > 10.0 => {
                Refusal::Separated { column, direction: beta[column].signum() }
            }
            other => other,
        })?;
        let step = factor.solve(&here.1);
        let (mut part, before) = (1.0, here.0);
        loop {
            let next: Vec<f64> = beta.iter().zip(&step).map(|(beta, step)| beta + part * step).collect();
            let at = evaluate(&strata, &next);
            if at.0 >= before - 1e-12 * before.abs() || part < 1e-6 {
                (beta, here) = (next, at);
                break;
            }
            part /= 2.0;
        }
        if (here.0 - before).abs() <= 1e-12 * (here.0.abs() + 1e-3) {
            let variance = Cholesky::of(&here.2)?.inverse();
            if let Some(refusal) = separated(&beta, &variance.roots(), &ranges) {
                return Err(refusal);
            }
            return Ok(Fit { coefficients: beta, variance, log_likelihood: here.0, informative: strata.len() });
        }
    }
    Err(Refusal::NotConverged { what: "conditional logistic regression", iterations: 60 })
}

fn range(column: &[f64]) -> f64 {
    column.iter().copied().fold(f64::NEG_INFINITY, f64::max) - column.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Strata with both, in an order of their content.
fn informative(event: &[bool], covariates: &[&[f64]], strata: &[u32]) -> Vec<Stratum> {
    let not_event: Vec<f64> = event.iter().map(|event| f64::from(u8::from(!event))).collect();
    let mut columns: Vec<&[f64]> = vec![&not_event];
    columns.extend(covariates);
    let mut order = canonical_order(&columns);
    order.sort_by_key(|row| strata[*row as usize]);
    let row = |row: &u32| -> Vec<f64> { covariates.iter().map(|column| column[*row as usize]).collect() };
    let stratum = |rows: &[u32]| Stratum {
        rows: rows.iter().map(row).collect(),
        events: rows.iter().filter(|row| event[**row as usize]).count(),
    };
    let groups = order.chunk_by(|one, other| strata[*one as usize] == strata[*other as usize]);
    let mut all: Vec<Stratum> =
        groups.map(stratum).filter(|stratum| stratum.events > 0 && stratum.events < stratum.rows.len()).collect();
    all.sort_by(|one, other| {
        let flat = |stratum: &Stratum| stratum.rows.concat();
        let sizes = (one.events, one.rows.len()).cmp(&(other.events, other.rows.len()));
        sizes.then_with(|| {
            let (one, other) = (flat(one), flat(other));
            let pairs = one.iter().zip(&other);
            pairs
                .map(|(left, right)| left.total_cmp(right))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        })
    });
    all
}

fn evaluate(strata: &[Stratum], beta: &[f64]) -> (f64, Vec<f64>, Matrix) {
    let size = beta.len();
    let (mut log_likelihood, mut score, mut information) = (Sum::default(), vec![0.0; size], Matrix::zeros(size));
    for stratum in strata {
        for row in &stratum.rows[..stratum.events] {
            log_likelihood.add(super::linear::dot(row, beta));
            for (score, x) in score.iter_mut().zip(row) {
                *score += x;
            }
        }
        let sets = Sets::of(stratum, beta);
        log_likelihood.add(-sets.log);
        for (row, score) in score.iter_mut().enumerate() {
            *score -= sets.mean[row];
            for column in 0..size {
                let covariance = sets.second.get(row, column) - sets.mean[row] * sets.mean[column];
                information.add(row, column, covariance);
            }
        }
    }
    (log_likelihood.value(), score, information)
}

/// Sets of k of the rows seen so far: the logarithm of the sum of their exp(Σ xᵀβ), and under these weights the mean of
/// Σ x and of its square.
#[derive(Clone)]
struct Sets {
    log: f64,
    mean: Vec<f64>,
    second: Matrix,
}

impl Sets {
    fn of(stratum: &Stratum, beta: &[f64]) -> Self {
        let size = beta.len();
        let none = Self { log: f64::NEG_INFINITY, mean: vec![0.0; size], second: Matrix::zeros(size) };
        let mut sets = vec![none; stratum.events + 1];
        sets[0].log = 0.0;
        for (seen, row) in stratum.rows.iter().enumerate() {
            let linear = super::linear::dot(row, beta);
            let left = stratum.rows.len() - seen - 1;
            let least = stratum.events.saturating_sub(left).max(1);
            for k in (least..=stratum.events.min(seen + 1)).rev() {
                let (fewer, same) = sets.split_at_mut(k);
                same[0].mix(&fewer[k - 1], row, linear);
            }
        }
        sets.swap_remove(stratum.events)
    }

    /// Either the row is not in the set, or it joins one of k − 1.
    fn mix(&mut self, fewer: &Self, x: &[f64], linear: f64) {
        let joined = fewer.log + linear;
        let top = self.log.max(joined);
        if top == f64::NEG_INFINITY {
            return;
        }
        let log = top + ((self.log - top).exp() + (joined - top).exp()).ln();
        let (stays, joins) = ((self.log - log).exp(), (joined - log).exp());
        for row in 0..x.len() {
            for column in 0..x.len() {
                let with = fewer.second.get(row, column)
                    + fewer.mean[row] * x[column]
                    + x[row] * fewer.mean[column]
                    + x[row] * x[column];
                self.second.set(row, column, stays * self.second.get(row, column) + joins * with);
            }
        }
        for (at, mean) in self.mean.iter_mut().enumerate() {
            *mean = stays * *mean + joins * (fewer.mean[at] + x[at]);
        }
        self.log = log;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matched_pairs_are_mcnemars() {
        // 12 pairs where only the case is exposed, 4 where only the control is: odds ratio 3.
        let mut rows = (Vec::new(), Vec::new(), Vec::new());
        for pair in 0..16 {
            let is_case_exposed = pair < 12;
            for is_case in [true, false] {
                rows.0.push(is_case);
                rows.1.push(f64::from(u8::from(is_case == is_case_exposed)));
                rows.2.push(pair);
            }
        }
        let got = fit(&rows.0, &[&rows.1], &rows.2).unwrap();
        assert!((got.coefficients[0] - 3.0_f64.ln()).abs() < 1e-10);
        assert!((got.variance.get(0, 0) - (1.0 / 12.0 + 1.0 / 4.0)).abs() < 1e-10);
        let separated = fit(&rows.0[..24], &[&rows.1[..24]], &rows.2[..24]);
        assert_eq!(separated.unwrap_err(), Refusal::Separated { column: 0, direction: 1.0 });
    }
}
