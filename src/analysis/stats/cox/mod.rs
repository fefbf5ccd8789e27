//! Proportional hazards: how many times the pace of failure.
//!
//! λ(t | x) = λ₀(t) exp(xᵀβ), with its own λ₀ in each stratum (Cox 1972). A row is at risk when entry < t ≤ time; ties by
//! Efron 1977, or by Breslow 1974. Rows may be weighted, enter late, and come in clusters; one unit may have several rows
//! (Andersen and Gill 1982), if errors are then taken from clusters.

mod prepared;
mod residuals;
mod sweep;

use super::linear::{Cholesky, Matrix, dot, separated};
use super::proportions::{Interval, Z};
use super::refusal::Refusal;
use prepared::Prepared;
pub use residuals::Proportionality;

/// Rows of equal length; what is `None` is taken as: at risk from the start, one stratum, weight 1.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    pub time: &'a [f64],
    pub event: &'a [bool],
    pub covariates: &'a [&'a [f64]],
    pub entry: Option<&'a [f64]>,
    pub strata: Option<&'a [u32]>,
    pub weights: Option<&'a [f64]>,
    pub ties: Ties,
}

impl<'a> Data<'a> {
    pub fn new(time: &'a [f64], event: &'a [bool], covariates: &'a [&'a [f64]]) -> Self {
        Self { time, event, covariates, entry: None, strata: None, weights: None, ties: Ties::Efron }
    }
}

/// How events of one time are taken: as if they had come one after the other, the average over all orders (Efron), or as
/// if each had met all of them (Breslow), which pulls towards 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    #[default]
    Efron,
    Breslow,
}

/// Where the partial likelihood is highest.
#[derive(Debug, Clone)]
pub struct Fit {
    pub coefficients: Vec<f64>,
    /// The inverse of the observed information: errors of independent rows.
    pub variance: Matrix,
    pub log_likelihood: f64,
    /// At β = 0.
    pub null_log_likelihood: f64,
    /// The score test of β = 0.
    pub score: f64,
    /// Rows that were ever at risk, and those that ended with an event.
    pub n: usize,
    pub events: usize,
    data: Prepared,
}

/// More steps than any likelihood with a maximum needs.
const MOST: usize = 60;

/// Newton's method from 0, halving steps that lead down.
///
/// Refuses: numbers that are not finite, negative times and weights; no row with entry < time; [`Refusal::NoEvents`];
/// [`Refusal::Collinear`] covariates; [`Refusal::Separated`] ones, for which the likelihood has no maximum (all events on
/// one side): then [`one_sided_limit`] is what can be said.
pub fn fit(data: &Data<'_>) -> Result<Fit, Refusal> {
    let prepared = Prepared::of(data)?;
    if prepared.events() == 0 {
        return Err(Refusal::NoEvents);
    }
    let size = data.covariates.len();
    let mut beta = vec![0.0; size];
    let mut here = prepared.evaluate(&beta);
    let null = here.log_likelihood;
    let mut factor = Cholesky::of(&here.information)?;
    let score = dot(&here.score, &factor.solve(&here.score));
    let mut taken = 0;
    loop {
        let step = factor.solve(&here.score);
        let (next, at) = uphill(&prepared, &beta, &step, here.log_likelihood);
        let gain = (at.log_likelihood - here.log_likelihood).abs();
        let is_there = gain <= 1e-12 * (at.log_likelihood.abs() + 1e-3) || small(&step, &beta);
        if at.log_likelihood >= here.log_likelihood || taken == 0 {
            (beta, here) = (next, at);
        }
        taken += 1;
        factor = match Cholesky::of(&here.information) {
            Ok(factor) => factor,
            // What was no combination of others at 0 is lost in rounding only far away from it.
            Err(Refusal::Collinear { column }) => {
                return Err(Refusal::Separated { column, direction: beta[column].signum() });
            }
            Err(other) => return Err(other),
        };
        if is_there {
            break;
        }
        if taken == MOST {
            return Err(Refusal::NotConverged { what: "the proportional hazards model", iterations: MOST });
        }
    }
    let variance = factor.inverse();
    if let Some(refusal) = separated(&beta, &variance.roots(), &prepared.ranges()) {
        return Err(refusal);
    }
    Ok(Fit {
        coefficients: beta,
        variance,
        log_likelihood: here.log_likelihood,
        null_log_likelihood: null,
        score,
        n: prepared.rows(),
        events: prepared.events(),
        data: prepared,
    })
}

fn small(step: &[f64], beta: &[f64]) -> bool {
    step.iter().zip(beta).all(|(step, beta)| step.abs() <= 1e-11 * (1.0 + beta.abs()))
}

fn uphill(data: &Prepared, from: &[f64], step: &[f64], floor: f64) -> (Vec<f64>, sweep::Evaluation) {
    let mut part = 1.0;
    loop {
        let next: Vec<f64> = from.iter().zip(step).map(|(from, step)| from + part * step).collect();
        let at = data.evaluate(&next);
        let is_up = at.log_likelihood.is_finite() && at.log_likelihood >= floor - 1e-12 * floor.abs();
        if is_up || part < 1e-6 {
            return (next, at);
        }
        part /= 2.0;
    }
}

/// What can still be said of a single covariate that separates: the coefficient at which twice the log likelihood is
/// 3.84 below its highest, which is reached at infinity; the limit of a profile-likelihood interval that has no other
/// end (Heinze and Schemper 2001). The other covariates must not be there. `direction` is that of the refusal.
pub fn one_sided_limit(data: &Data<'_>, direction: f64) -> Result<f64, Refusal> {
    let prepared = Prepared::of(data)?;
    let far = direction.signum() * 40.0 / prepared.ranges().first().copied().unwrap_or(1.0);
    let highest = prepared.evaluate(&[far]).log_likelihood;
    let below = |beta: f64| 2.0 * (highest - prepared.evaluate(&[beta]).log_likelihood) - Z * Z;
    super::numeric::root(below, -far, far)
}

impl Fit {
    /// 2 (ℓ(β̂) − ℓ(0)).
    pub fn likelihood_ratio(&self) -> f64 {
        2.0 * (self.log_likelihood - self.null_log_likelihood)
    }

    /// β̂ᵀ I β̂.
    pub fn wald(&self) -> f64 {
        dot(&self.coefficients, &self.data.evaluate(&self.coefficients).information.times(&self.coefficients))
    }

    /// exp(β ± z se) of one covariate under a variance: this fit's, or one robust to clusters.
    pub fn hazard_ratio(&self, column: usize, error: f64) -> Interval {
        ratio(self.coefficients[column], error)
    }
}

fn ratio(coefficient: f64, error: f64) -> Interval {
    let at = |by: f64| (coefficient + by * error).exp();
    Interval { value: at(0.0), low: at(-Z), high: at(Z) }
}
