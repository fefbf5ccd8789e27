//! Generalised linear models by their canonical links (McCullagh and Nelder 1989), with errors that survive a wrong variance.

use super::distributions::ln_choose;
use super::linear::{Cholesky, Matrix, clusters, dot, meat, separated};
use super::numeric::{Sum, canonical_order, sum};
use super::refusal::{Refusal, finite, impossible, not_negative, same_length};
use statrs::function::gamma::ln_gamma;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// y is 0 or 1; logit link.
    Logistic,
    /// y is a count; logarithmic link.
    Poisson,
    /// The same with variance φ μ, φ = Pearson's χ² over residual degrees of freedom.
    QuasiPoisson,
    Gaussian,
}

/// Rows of equal length; an intercept is added before the covariates.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    pub y: &'a [f64],
    pub covariates: &'a [&'a [f64]],
    /// Exposure: enters as its logarithm with coefficient 1.
    pub exposure: Option<&'a [f64]>,
    pub weights: Option<&'a [f64]>,
}

/// A fitted model. Coefficients begin with the intercept.
#[derive(Debug, Clone)]
pub struct Fit {
    pub coefficients: Vec<f64>,
    /// φ (Xᵀ W X)⁻¹.
    pub variance: Matrix,
    pub deviance: f64,
    /// That of the intercept alone, with the same exposure.
    pub null_deviance: f64,
    /// `None` for a quasi-likelihood.
    pub log_likelihood: Option<f64>,
    /// Pearson's χ² over residual degrees of freedom; above 1.5 a Poisson model's own errors are too small.
    pub pearson_dispersion: f64,
    pub(super) bread: Matrix,
    pub(super) design: Design,
    /// w (y − μ) dμ/dη / V: what a row's covariates are multiplied by in the score.
    pub(super) residual: Vec<f64>,
}

/// Rows in canonical order.
#[derive(Debug, Clone)]
pub(super) struct Design {
    pub(super) y: Vec<f64>,
    pub(super) size: usize,
    /// Row by row, 1 first.
    x: Vec<f64>,
    pub(super) offset: Vec<f64>,
    pub(super) weight: Vec<f64>,
    origin: Vec<u32>,
}

impl Design {
    pub(super) fn of(data: &Data<'_>) -> Result<Self, Refusal> {
        let mut lengths = vec![data.y.len()];
        lengths.extend(data.covariates.iter().chain(&data.exposure).chain(&data.weights).map(|column| column.len()));
        same_length(&lengths)?;
        finite("y", data.y)?;
        for column in data.covariates {
            finite("a covariate", column)?;
        }
        if let Some(exposure) = data.exposure {
            not_negative("an exposure", exposure)?;
            if exposure.contains(&0.0) {
                return impossible("an exposure of 0");
            }
        }
        if let Some(weights) = data.weights {
            not_negative("a weight", weights)?;
        }
        let mut columns = vec![data.y];
        columns.extend(data.covariates);
        columns.extend(data.exposure);
        columns.extend(data.weights);
        let origin = canonical_order(&columns);
        let size = data.covariates.len() + 1;
        if origin.len() <= size {
            return Err(Refusal::TooFew { what: "rows", got: origin.len(), needed: size + 1 });
        }
        let take = |from: &[f64]| -> Vec<f64> { origin.iter().map(|row| from[*row as usize]).collect() };
        let row = |row: &u32| {
            let row = *row as usize;
            std::iter::once(1.0).chain(data.covariates.iter().map(move |column| column[row]))
        };
        Ok(Self {
            y: take(data.y),
            size,
            x: origin.iter().flat_map(row).collect(),
            offset: data.exposure.map_or_else(
                || vec![0.0; origin.len()],
                |exposure| origin.iter().map(|row| exposure[*row as usize].ln()).collect(),
            ),
            weight: data.weights.map_or_else(|| vec![1.0; origin.len()], take),
            origin,
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.y.len()
    }

    pub(super) fn row(&self, place: usize) -> &[f64] {
        &self.x[place * self.size..(place + 1) * self.size]
    }

    pub(super) fn linear(&self, beta: &[f64]) -> Vec<f64> {
        (0..self.rows()).map(|place| dot(self.row(place), beta) + self.offset[place]).collect()
    }

    /// Solves the weighted least squares of a working response.
    pub(super) fn least_squares(&self, weight: &[f64], response: &[f64]) -> Result<(Vec<f64>, Matrix), Refusal> {
        let mut cross = Matrix::zeros(self.size);
        let mut right = vec![Sum::default(); self.size];
        for place in 0..self.rows() {
            let x = self.row(place);
            cross.add_outer(weight[place], x);
            for (right, x) in right.iter_mut().zip(x) {
                right.add(weight[place] * response[place] * x);
            }
        }
        let right: Vec<f64> = right.into_iter().map(Sum::value).collect();
        let factor = Cholesky::of(&cross).map_err(named)?;
        Ok((factor.solve(&right), factor.inverse()))
    }

    fn ranges(&self) -> Vec<f64> {
        let range = |at: usize| {
            let values = (0..self.rows()).map(|place| self.x[place * self.size + at]);
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
            high - low
        };
        (0..self.size).map(range).collect()
    }
}

/// Columns are counted without the intercept.
fn named(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Collinear { column } => Refusal::Collinear { column: column.saturating_sub(1) },
        Refusal::Separated { column, direction } => Refusal::Separated { column: column.saturating_sub(1), direction },
        other => other,
    }
}

impl Family {
    fn mean(self, linear: f64) -> f64 {
        match self {
            Self::Logistic => 1.0 / (1.0 + (-linear).exp()),
            Self::Poisson | Self::QuasiPoisson => linear.exp(),
            Self::Gaussian => linear,
        }
    }

    /// V(μ), for a canonical link also dμ/dη.
    fn variance(self, mean: f64) -> f64 {
        match self {
            Self::Logistic => mean * (1.0 - mean),
            Self::Poisson | Self::QuasiPoisson => mean,
            Self::Gaussian => 1.0,
        }
    }

    /// A mean to start from, near y and within bounds, as a linear predictor.
    fn start(self, y: f64) -> f64 {
        match self {
            Self::Logistic => ((y + 0.5) / (1.5 - y)).ln(),
            Self::Poisson | Self::QuasiPoisson => (y + 0.1).ln(),
            Self::Gaussian => y,
        }
    }

    fn deviance(self, y: f64, mean: f64) -> f64 {
        let log = |y: f64, of: f64| if y > 0.0 { y * (y / of).ln() } else { 0.0 };
        match self {
            Self::Logistic => 2.0 * (log(y, mean) + log(1.0 - y, 1.0 - mean)),
            Self::Poisson | Self::QuasiPoisson => 2.0 * (log(y, mean) - (y - mean)),
            Self::Gaussian => (y - mean).powi(2),
        }
    }

    fn check(self, y: &[f64]) -> Result<(), Refusal> {
        match self {
            Self::Logistic if y.iter().any(|y| !(0.0..=1.0).contains(y)) => impossible("y outside 0 to 1"),
            Self::Poisson | Self::QuasiPoisson => not_negative("y", y),
            _ => Ok(()),
        }
    }
}

/// Iteratively reweighted least squares until the deviance stays.
///
/// Refuses: numbers that are not finite; y outside the family's range; exposures not above 0; too few rows; collinear
/// covariates; [`Refusal::NoEvents`] where all y are 0; [`Refusal::Separated`] covariates.
pub fn fit(data: &Data<'_>, family: Family) -> Result<Fit, Refusal> {
    family.check(data.y)?;
    let design = Design::of(data)?;
    if family != Family::Gaussian && data.y.iter().all(|y| *y == 0.0) {
        return Err(Refusal::NoEvents);
    }
    let (coefficients, bread) = iterate(&design, family)?;
    let linear = design.linear(&coefficients);
    let mean: Vec<f64> = linear.iter().map(|linear| family.mean(*linear)).collect();
    let residual: Vec<f64> = (0..design.rows()).map(|at| design.weight[at] * (design.y[at] - mean[at])).collect();
    let pearson =
        sum((0..design.rows()).map(|at| residual[at] * (design.y[at] - mean[at]) / family.variance(mean[at])));
    let used = design.weight.iter().filter(|weight| **weight > 0.0).count();
    let pearson_dispersion = pearson / (used as f64 - design.size as f64);
    let mut variance = bread.clone();
    if matches!(family, Family::QuasiPoisson | Family::Gaussian) {
        for row in 0..design.size {
            for column in 0..design.size {
                variance.set(row, column, pearson_dispersion * bread.get(row, column));
            }
        }
    }
    if family != Family::Gaussian
        && let Some(refusal) = separated(&coefficients, &bread.roots(), &design.ranges())
    {
        return Err(named(refusal));
    }
    let deviance = deviance(&design, family, &mean);
    Ok(Fit {
        deviance,
        null_deviance: null_deviance(&design, family)?,
        log_likelihood: log_likelihood(&design, family, &mean, deviance),
        coefficients,
        variance,
        pearson_dispersion,
        bread,
        residual,
        design,
    })
}

fn iterate(design: &Design, family: Family) -> Result<(Vec<f64>, Matrix), Refusal> {
    let mut linear: Vec<f64> = design.y.iter().map(|y| family.start(*y)).collect();
    let (mut before, mut is_there) = (f64::INFINITY, false);
    for _ in 0..100 {
        let mean: Vec<f64> = linear.iter().map(|linear| family.mean(*linear)).collect();
        let variance: Vec<f64> = mean.iter().map(|mean| family.variance(*mean).max(1e-300)).collect();
        let weight: Vec<f64> =
            variance.iter().zip(&design.weight).map(|(variance, weight)| variance * weight).collect();
        let response: Vec<f64> = (0..design.rows())
            .map(|at| linear[at] - design.offset[at] + (design.y[at] - mean[at]) / variance[at])
            .collect();
        let (beta, bread) = design.least_squares(&weight, &response)?;
        if is_there {
            return Ok((beta, bread));
        }
        linear = design.linear(&beta);
        let now = deviance(design, family, &linear.iter().map(|linear| family.mean(*linear)).collect::<Vec<_>>());
        if !now.is_finite() {
            break;
        }
        // Once more, so that the errors, too, are those of the last coefficients.
        is_there = (now - before).abs() <= 1e-12 * (now.abs() + 0.1);
        before = now;
    }
    Err(Refusal::NotConverged { what: "the generalised linear model", iterations: 100 })
}

fn deviance(design: &Design, family: Family, mean: &[f64]) -> f64 {
    sum((0..design.rows()).map(|at| design.weight[at] * family.deviance(design.y[at], mean[at])))
}

fn null_deviance(design: &Design, family: Family) -> Result<f64, Refusal> {
    let alone = Design { size: 1, x: vec![1.0; design.rows()], ..design.clone() };
    let (beta, _) = iterate(&alone, family)?;
    let mean: Vec<f64> = alone.linear(&beta).into_iter().map(|linear| family.mean(linear)).collect();
    Ok(deviance(&alone, family, &mean))
}

/// As R's `logLik`: for weighted 0 or 1 the weight counts trials, in whole numbers.
fn log_likelihood(design: &Design, family: Family, mean: &[f64], deviance: f64) -> Option<f64> {
    let rows = 0..design.rows();
    let n = design.weight.iter().filter(|weight| **weight > 0.0).count() as f64;
    let log = |y: f64, of: f64| if y > 0.0 { y * of.ln() } else { 0.0 };
    match family {
        Family::QuasiPoisson => None,
        Family::Logistic => Some(sum(rows.filter(|at| design.weight[*at] > 0.0).map(|at| {
            let (trials, y, p) = (design.weight[at].round_ties_even(), design.y[at], mean[at]);
            let hits = (design.weight[at] * y).round_ties_even();
            ln_choose(trials, hits) + log(hits, p) + log(trials - hits, 1.0 - p)
        }))),
        Family::Poisson => Some(sum(rows.map(|at| {
            let (y, mean) = (design.y[at], mean[at]);
            design.weight[at] * (log(y, mean) - mean - ln_gamma(y + 1.0))
        }))),
        Family::Gaussian => {
            let weights = sum(rows.filter(|at| design.weight[*at] > 0.0).map(|at| design.weight[at].ln()));
            Some(0.5 * (weights - n * ((std::f64::consts::TAU * deviance / n).ln() + 1.0)))
        }
    }
}

impl Fit {
    /// Huber and White's sandwich over rows, without small-sample factor (HC0).
    pub fn robust_variance(&self) -> Matrix {
        let score = |at: usize| self.design.row(at).iter().map(|x| x * self.residual[at]).collect();
        self.bread.around(&meat((0..self.design.rows()).map(score).collect(), self.design.size))
    }

    /// The same over clusters of the rows that were given (Liang and Zeger 1986), without small-sample factor: CR0. Times
    /// G/(G − 1) it is what R's `vcovCL(type = "HC0", cadjust = TRUE)` gives. Refuses a single cluster.
    pub fn cluster_variance(&self, of_rows: &[u32]) -> Result<Matrix, Refusal> {
        let mut scores = vec![vec![0.0; self.design.size]; clusters(of_rows)?];
        for at in 0..self.design.rows() {
            let score = &mut scores[of_rows[self.design.origin[at] as usize] as usize];
            for (score, x) in score.iter_mut().zip(self.design.row(at)) {
                *score += x * self.residual[at];
            }
        }
        Ok(self.bread.around(&meat(scores, self.design.size)))
    }

    /// Fitted probabilities, counts or values, by the rows that were given.
    pub fn fitted(&self, family: Family) -> Vec<f64> {
        let mut fitted = vec![0.0; self.design.rows()];
        for (linear, origin) in self.design.linear(&self.coefficients).into_iter().zip(&self.design.origin) {
            fitted[*origin as usize] = family.mean(linear);
        }
        fitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saturated_logit_is_the_log_odds_ratio() {
        let x: Vec<f64> = (0..200).map(|at| f64::from(u8::from(at < 100))).collect();
        let y: Vec<f64> = (0..200).map(|at| f64::from(u8::from(at < 30 || (100..110).contains(&at)))).collect();
        let data = Data { y: &y, covariates: &[&x], exposure: None, weights: None };
        let got = fit(&data, Family::Logistic).unwrap();
        assert!((got.coefficients[1] - (30.0 * 90.0 / (70.0 * 10.0_f64)).ln()).abs() < 1e-10);
        let woolf = 1.0 / 30.0 + 1.0 / 70.0 + 1.0 / 10.0 + 1.0 / 90.0;
        assert!((got.variance.get(1, 1) - woolf).abs() < 1e-10);
    }

    #[test]
    fn separation_and_collinearity_are_named() {
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let twice: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
        let y: Vec<f64> = x.iter().map(|x| f64::from(u8::from(*x >= 20.0))).collect();
        let data = Data { y: &y, covariates: &[&x], exposure: None, weights: None };
        let refusal = fit(&data, Family::Logistic).unwrap_err();
        assert!(matches!(refusal, Refusal::Separated { column: 0, .. }), "{refusal}");
        let data = Data { y: &x, covariates: &[&x, &twice], exposure: None, weights: None };
        assert_eq!(fit(&data, Family::Poisson).unwrap_err(), Refusal::Collinear { column: 1 });
    }
}
