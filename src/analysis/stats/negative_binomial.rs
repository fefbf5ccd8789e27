//! Counts that vary more than Poisson's: incidents per repository and week.

use statrs::function::gamma::{digamma, ln_gamma};

use super::distributions::trigamma;
use super::glm::{Data, Design, Fit as Glm};
use super::numeric::sum;
use super::refusal::{Refusal, not_negative};

/// A negative binomial model with variance μ + μ²/θ (NB2).
#[derive(Debug, Clone)]
pub struct Fit {
    /// Its deviances are not computed (NaN) and its log likelihood is the whole one.
    pub model: Glm,
    pub theta: f64,
    /// From the observed information.
    pub theta_error: f64,
    /// The same as R's `glm.nb` gives it: the information where its Newton's method was one step before it stopped.
    pub theta_error_as_r: f64,
}

impl Fit {
    /// 1/θ: 0 is Poisson.
    pub fn alpha(&self) -> f64 {
        1.0 / self.theta
    }
}

/// Maximum likelihood by turns over β (Fisher scoring) and θ (Newton), logarithmic link; Venables and Ripley 2002, 7.4, as
/// R's `glm.nb`. Errors of β take θ as known.
///
/// Refuses as [`super::glm::fit`], and when counts vary no more than Poisson's, so that θ has no maximum: then that is the
/// model.
pub fn fit(data: &Data<'_>) -> Result<Fit, Refusal> {
    not_negative("y", data.y)?;
    if data.y.iter().all(|y| *y == 0.0) {
        return Err(Refusal::NoEvents);
    }
    let design = Design::of(data)?;
    let mut linear: Vec<f64> = design.y.iter().map(|y| (y + 0.1).ln()).collect();
    let (mut theta, mut before) = (f64::INFINITY, f64::NEG_INFINITY);
    for _ in 0..200 {
        let (beta, bread) = coefficients(&design, &mut linear, theta)?;
        let mean: Vec<f64> = linear.iter().map(|linear| linear.exp()).collect();
        theta = dispersion(&design, &mean, theta)?;
        let now = log_likelihood(&design, &mean, theta);
        if (now - before).abs() <= 1e-13 * (now.abs() + 0.1) {
            let residual = (0..design.rows())
                .map(|at| design.weight[at] * (design.y[at] - mean[at]) / (1.0 + mean[at] / theta))
                .collect();
            let (_, curvature) = slopes(&design, &mean, theta);
            let theta_error_as_r = error_as_r(&design, &mean);
            let model = Glm {
                coefficients: beta,
                variance: bread.clone(),
                deviance: f64::NAN,
                null_deviance: f64::NAN,
                log_likelihood: Some(now),
                pearson_dispersion: f64::NAN,
                bread,
                design,
                residual,
            };
            return Ok(Fit { model, theta, theta_error: (1.0 / curvature).sqrt(), theta_error_as_r });
        }
        before = now;
    }
    Err(Refusal::NotConverged { what: "the negative binomial model", iterations: 200 })
}

/// β given θ, from the linear predictor of the turn before, which it replaces.
fn coefficients(
    design: &Design,
    linear: &mut Vec<f64>,
    theta: f64,
) -> Result<(Vec<f64>, super::linear::Matrix), Refusal> {
    let mut before = vec![f64::INFINITY; design.size];
    for _ in 0..100 {
        let mean: Vec<f64> = linear.iter().map(|linear| linear.exp()).collect();
        let weight: Vec<f64> =
            mean.iter().zip(&design.weight).map(|(mean, weight)| weight * mean / (1.0 + mean / theta)).collect();
        let response: Vec<f64> = (0..design.rows())
            .map(|at| linear[at] - design.offset[at] + (design.y[at] - mean[at]) / mean[at])
            .collect();
        let (beta, bread) = design.least_squares(&weight, &response)?;
        *linear = design.linear(&beta);
        if linear.iter().any(|linear| linear.abs() > 600.0) {
            break;
        }
        if beta.iter().zip(&before).all(|(now, before)| (now - before).abs() <= 1e-12 * (1.0 + now.abs())) {
            return Ok((beta, bread));
        }
        before = beta;
    }
    Err(Refusal::NotConverged { what: "the negative binomial model", iterations: 100 })
}

/// The likeliest θ given the means.
fn dispersion(design: &Design, mean: &[f64], from: f64) -> Result<f64, Refusal> {
    let mut theta = if from.is_finite() { from } else { by_moments(design, mean) };
    for _ in 0..200 {
        let (slope, curvature) = slopes(design, mean, theta);
        let step = slope / curvature.abs();
        let next = if theta + step > 0.0 { (theta + step).min(theta * 4.0) } else { theta / 2.0 };
        let is_there = (next - theta).abs() <= 1e-12 * theta;
        theta = next;
        if is_there {
            return Ok(theta);
        }
        if theta > 1e7 {
            return super::refusal::impossible("counts vary no more than Poisson's: use that model");
        }
    }
    Err(Refusal::NotConverged { what: "the dispersion", iterations: 200 })
}

/// Σw / Σ w (y/μ − 1)².
fn by_moments(design: &Design, mean: &[f64]) -> f64 {
    let off = |at: usize| design.weight[at] * (design.y[at] / mean[at] - 1.0).powi(2);
    sum(design.weight.iter().copied()) / sum((0..design.rows()).map(off))
}

/// Newton's method as MASS's `theta.ml` goes, which stops at a step below the fourth root of the machine's precision.
fn error_as_r(design: &Design, mean: &[f64]) -> f64 {
    let mut theta = by_moments(design, mean);
    let mut information = f64::NAN;
    for _ in 0..100 {
        let (slope, curvature) = slopes(design, mean, theta.abs());
        information = curvature;
        let step = slope / curvature;
        theta = theta.abs() + step;
        if step.abs() <= f64::EPSILON.powf(0.25) {
            break;
        }
    }
    (1.0 / information).sqrt()
}

/// The first derivative of the log likelihood by θ, and less the second.
fn slopes(design: &Design, mean: &[f64], theta: f64) -> (f64, f64) {
    let rows = || (0..design.rows()).map(|at| (design.weight[at], design.y[at], mean[at]));
    let slope = sum(rows().map(|(weight, y, mean)| {
        let both = mean + theta;
        weight * (digamma(theta + y) - digamma(theta) + theta.ln() + 1.0 - both.ln() - (y + theta) / both)
    }));
    let curvature = sum(rows().map(|(weight, y, mean)| {
        let both = mean + theta;
        weight * (trigamma(theta) - trigamma(theta + y) - 1.0 / theta + 2.0 / both - (y + theta) / (both * both))
    }));
    (slope, curvature)
}

fn log_likelihood(design: &Design, mean: &[f64], theta: f64) -> f64 {
    sum((0..design.rows()).map(|at| {
        let (y, mean) = (design.y[at], mean[at]);
        let known = ln_gamma(theta + y) - ln_gamma(theta) - ln_gamma(y + 1.0);
        let log = if y > 0.0 { y * mean.ln() } else { 0.0 };
        design.weight[at] * (known + theta * theta.ln() + log - (theta + y) * (theta + mean).ln())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_even_as_poissons_are_refused() {
        let y: Vec<f64> = (0..100).map(|at| f64::from(3 + at % 2)).collect();
        let x: Vec<f64> = (0..100).map(|at| f64::from(at % 4)).collect();
        let data = Data { y: &y, covariates: &[&x], exposure: None, weights: None };
        assert!(matches!(fit(&data), Err(Refusal::Impossible { .. })), "{:?}", fit(&data).err());
    }
}
