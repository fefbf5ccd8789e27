//! One pass over the risk sets, from the last event to the first.

use std::ops::Range;

use super::super::linear::Matrix;
use super::Ties;
use super::prepared::Prepared;

/// ℓ, its slope and its curvature.
#[derive(Debug, Clone)]
pub(super) struct Evaluation {
    pub(super) log_likelihood: f64,
    pub(super) score: Vec<f64>,
    pub(super) information: Matrix,
}

/// Sums over rows of w exp(η), times 1, x and x xᵀ (upper triangle).
#[derive(Debug, Clone)]
pub(super) struct Moments {
    pub(super) total: f64,
    pub(super) first: Vec<f64>,
    pub(super) second: Vec<f64>,
}

impl Moments {
    fn new(size: usize) -> Self {
        Self { total: 0.0, first: vec![0.0; size], second: vec![0.0; size * (size + 1) / 2] }
    }

    fn clear(&mut self) {
        self.total = 0.0;
        self.first.fill(0.0);
        self.second.fill(0.0);
    }

    fn add(&mut self, risk: f64, x: &[f64]) {
        self.total += risk;
        let mut at = 0;
        for (row, &left) in x.iter().enumerate() {
            let scaled = risk * left;
            self.first[row] += scaled;
            for (second, &right) in self.second[at..].iter_mut().zip(&x[row..]) {
                *second += scaled * right;
            }
            at += x.len() - row;
        }
    }
}

/// An event time: who is at risk, and who of them ends.
pub(super) struct RiskSet<'a> {
    pub(super) stratum: usize,
    pub(super) time: f64,
    pub(super) at_risk: &'a Moments,
    pub(super) dying: &'a Moments,
    /// Rows that end with an event here.
    pub(super) deaths: Range<usize>,
    pub(super) death_weight: f64,
}

impl RiskSet<'_> {
    /// Each step of the tie: how much of the dying is already gone, and the weight of the step.
    pub(super) fn steps(&self, ties: Ties) -> impl Iterator<Item = (f64, f64)> + use<> {
        let count = match ties {
            Ties::Efron => self.deaths.len(),
            Ties::Breslow => 1,
        };
        let weight = self.death_weight / count as f64;
        (0..count).map(move |step| (step as f64 / count as f64, weight))
    }

    pub(super) fn total(&self, gone: f64) -> f64 {
        self.at_risk.total - gone * self.dying.total
    }

    /// Weighted mean of x of those left.
    pub(super) fn mean(&self, gone: f64, column: usize) -> f64 {
        (self.at_risk.first[column] - gone * self.dying.first[column]) / self.total(gone)
    }
}

impl Prepared {
    /// Calls for every event time, latest first within a stratum.
    pub(super) fn sweep(&self, linear: &[f64], mut visit: impl FnMut(&RiskSet<'_>)) {
        let risk: Vec<f64> = linear.iter().zip(&self.weight).map(|(linear, weight)| weight * linear.exp()).collect();
        let (mut at_risk, mut dying) = (Moments::new(self.size), Moments::new(self.size));
        for (stratum, rows) in self.strata.iter().enumerate() {
            at_risk.clear();
            let (mut place, mut leaving, mut inside) = (rows.start, rows.start, 0usize);
            while place < rows.end {
                let time = self.time[place];
                let here = place..place + self.time[place..rows.end].partition_point(|other| *other == time);
                let deaths = here.start..here.start + self.event[here.clone()].partition_point(|event| *event);
                for row in here.clone() {
                    at_risk.add(risk[row], self.row(row));
                }
                inside += here.len();
                place = here.end;
                if deaths.is_empty() {
                    continue;
                }
                while let Some(&row) = self.by_entry.get(leaving).filter(|_| leaving < rows.end) {
                    let row = row as usize;
                    if self.entry[row] < time {
                        break;
                    }
                    at_risk.add(-risk[row], self.row(row));
                    leaving += 1;
                    inside -= 1;
                }
                dying.clear();
                for row in deaths.clone() {
                    dying.add(risk[row], self.row(row));
                }
                if inside == deaths.len() {
                    // Nobody else: what rounding left of those who have not entered is gone.
                    at_risk.clone_from(&dying);
                }
                let death_weight = deaths.clone().map(|row| self.weight[row]).sum();
                visit(&RiskSet { stratum, time, at_risk: &at_risk, dying: &dying, deaths, death_weight });
            }
        }
    }

    pub(super) fn evaluate(&self, beta: &[f64]) -> Evaluation {
        let linear = self.linear(beta);
        let mut whole =
            Evaluation { log_likelihood: 0.0, score: vec![0.0; self.size], information: Matrix::zeros(self.size) };
        if linear.iter().any(|linear| !linear.is_finite() || linear.abs() > 600.0) {
            whole.log_likelihood = f64::NEG_INFINITY;
            return whole;
        }
        let mut spread = vec![0.0; self.size * (self.size + 1) / 2];
        let mut total = super::super::numeric::Sum::default();
        self.sweep(&linear, |set| {
            for row in set.deaths.clone() {
                total.add(self.weight[row] * linear[row]);
                for (score, x) in whole.score.iter_mut().zip(self.row(row)) {
                    *score += self.weight[row] * x;
                }
            }
            for (gone, weight) in set.steps(self.ties) {
                total.add(-weight * set.total(gone).ln());
                self.add_step(set, gone, weight, &mut whole.score, &mut spread);
            }
        });
        whole.log_likelihood = total.value();
        self.unpack(&spread, &mut whole.information);
        whole
    }

    /// Takes the mean from the score and adds the variance of x within the risk set.
    fn add_step(&self, set: &RiskSet<'_>, gone: f64, weight: f64, score: &mut [f64], spread: &mut [f64]) {
        let total = set.total(gone);
        let mut at = 0;
        for (row, score) in score.iter_mut().enumerate() {
            let mean = set.mean(gone, row);
            *score -= weight * mean;
            for column in row..self.size {
                let second = (set.at_risk.second[at] - gone * set.dying.second[at]) / total;
                spread[at] += weight * (second - mean * set.mean(gone, column));
                at += 1;
            }
        }
    }

    /// Σ over one event time, for what is weighted by time.
    pub(super) fn at_one_time(&self, set: &RiskSet<'_>) -> (Vec<f64>, Matrix) {
        let mut score = vec![0.0; self.size];
        let mut spread = vec![0.0; self.size * (self.size + 1) / 2];
        for row in set.deaths.clone() {
            for (score, x) in score.iter_mut().zip(self.row(row)) {
                *score += self.weight[row] * x;
            }
        }
        for (gone, weight) in set.steps(self.ties) {
            self.add_step(set, gone, weight, &mut score, &mut spread);
        }
        let mut information = Matrix::zeros(self.size);
        self.unpack(&spread, &mut information);
        (score, information)
    }

    fn unpack(&self, upper: &[f64], into: &mut Matrix) {
        let mut at = 0;
        for row in 0..self.size {
            for column in row..self.size {
                into.set(row, column, upper[at]);
                into.set(column, row, upper[at]);
                at += 1;
            }
        }
    }
}
