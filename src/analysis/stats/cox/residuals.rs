//! What single rows and clusters did to a fit, and whether hazards are proportional.

use super::super::distributions::chi_squared_sf;
use super::super::linear::{Matrix, clusters, meat, quadratic};
use super::super::refusal::Refusal;
use super::super::survival::product_limit::ProductLimit;
use super::Fit;

/// Grambsch and Therneau's test (1994): χ² and p for every covariate alone, and for all together.
#[derive(Debug, Clone, PartialEq)]
pub struct Proportionality {
    pub each: Vec<(f64, f64)>,
    pub all: (f64, f64),
}

/// Hazard that has been spent, and the mean of x it was spent at, by event time of a stratum, earliest first.
struct Spent {
    time: Vec<f64>,
    hazard: Vec<f64>,
    moment: Vec<Vec<f64>>,
    /// Of those who end at that very time: the hazard they are spared, its moment, and the mean of x they meet.
    own: Vec<(f64, Vec<f64>, Vec<f64>)>,
}

impl Spent {
    /// Up to and including, or before, a time.
    fn until(&self, time: f64, is_included: bool) -> Option<usize> {
        let place = self.time.partition_point(|known| if is_included { *known <= time } else { *known < time });
        place.checked_sub(1)
    }
}

impl Fit {
    /// Score residuals of rows, ∫ (x − x̄(t)) dM(t) times the weight, summed by group; a group is 0 to `groups` − 1.
    fn scores(&self, group: impl Fn(usize) -> usize, groups: usize) -> Vec<Vec<f64>> {
        let data = &self.data;
        let linear = data.linear(&self.coefficients);
        let spent = self.spent(&linear);
        let mut sums = vec![vec![0.0; data.size]; groups];
        for (stratum, rows) in data.strata.iter().enumerate() {
            let spent = &spent[stratum];
            for row in rows.clone() {
                let (x, risk) = (data.row(row), linear[row].exp());
                let upto = spent.until(data.time[row], true);
                let from = data.entry.get(row).and_then(|entry| spent.until(*entry, true));
                let sum = &mut sums[group(data.origin[row] as usize)];
                let hazard = |at: Option<usize>| at.map_or(0.0, |at| spent.hazard[at]);
                let own = upto.filter(|_| data.event[row]).map(|at| &spent.own[at]);
                let met = hazard(upto) - hazard(from) - own.map_or(0.0, |own| own.0);
                for (column, sum) in sum.iter_mut().enumerate() {
                    let moment = |at: Option<usize>| at.map_or(0.0, |at| spent.moment[at][column]);
                    let met_moment = moment(upto) - moment(from) - own.map_or(0.0, |own| own.1[column]);
                    let ended = own.map_or(0.0, |own| x[column] - own.2[column]);
                    *sum += data.weight[row] * (ended - risk * (x[column] * met - met_moment));
                }
            }
        }
        sums
    }

    fn spent(&self, linear: &[f64]) -> Vec<Spent> {
        let data = &self.data;
        let blank = || Spent { time: Vec::new(), hazard: Vec::new(), moment: Vec::new(), own: Vec::new() };
        let mut all: Vec<Spent> = data.strata.iter().map(|_| blank()).collect();
        data.sweep(linear, |set| {
            let count = set.steps(data.ties).count() as f64;
            let (mut hazard, mut moment) = (0.0, vec![0.0; data.size]);
            let mut own = (0.0, vec![0.0; data.size], vec![0.0; data.size]);
            for (gone, weight) in set.steps(data.ties) {
                let step = weight / set.total(gone);
                hazard += step;
                own.0 += gone * step;
                for (column, moment) in moment.iter_mut().enumerate() {
                    let mean = set.mean(gone, column);
                    *moment += step * mean;
                    own.1[column] += gone * step * mean;
                    own.2[column] += mean / count;
                }
            }
            let spent = &mut all[set.stratum];
            spent.time.push(set.time);
            spent.hazard.push(hazard);
            spent.moment.push(moment);
            spent.own.push(own);
        });
        for spent in &mut all {
            spent.time.reverse();
            spent.hazard.reverse();
            spent.moment.reverse();
            spent.own.reverse();
            for at in 1..spent.time.len() {
                spent.hazard[at] += spent.hazard[at - 1];
                let (before, here) = spent.moment.split_at_mut(at);
                for (here, before) in here[0].iter_mut().zip(&before[at - 1]) {
                    *here += before;
                }
            }
        }
        all
    }

    /// The sandwich over clusters, I⁻¹ (Σ_c u_c u_cᵀ) I⁻¹ with u_c the cluster's score residuals: the grouped infinitesimal
    /// jackknife without small-sample factor (Lin and Wei 1989), as R's `coxph(…, cluster=)`. Clusters are those of the rows
    /// that were given, from 0. Refuses a single one.
    pub fn cluster_variance(&self, of_rows: &[u32]) -> Result<Matrix, Refusal> {
        let scores = self.scores(|row| of_rows[row] as usize, clusters(of_rows)?);
        Ok(self.variance.around(&meat(scores, self.data.size)))
    }

    /// The same with every row a cluster of its own.
    pub fn robust_variance(&self) -> Matrix {
        let count = self.data.origin.iter().max().map_or(0, |most| *most as usize + 1);
        self.variance.around(&meat(self.scores(|row| row, count), self.data.size))
    }

    /// The score test that a covariate's coefficient does not change with time, the latter on the scale of 1 − S(t−) of all
    /// rows together; as R's `cox.zph(transform = "km")`.
    pub fn proportionality(&self) -> Result<Proportionality, Refusal> {
        let data = &self.data;
        let entry = Some(data.entry.as_slice()).filter(|entry| !entry.is_empty());
        let curve = ProductLimit::of_units(&data.time, &data.event, entry)?;
        let scale = |time: f64| {
            let place = curve.points().partition_point(|point| point.time < time);
            place.checked_sub(1).map_or(0.0, |before| 1.0 - curve.points()[before].survival)
        };
        let size = data.size;
        let mut score = vec![0.0; 2 * size];
        let mut information = Matrix::zeros(2 * size);
        data.sweep(&data.linear(&self.coefficients), |set| {
            let at = scale(set.time);
            let (own, spread) = data.at_one_time(set);
            for row in 0..size {
                score[size + row] += at * own[row];
                for column in 0..size {
                    let value = spread.get(row, column);
                    information.add(row, column, value);
                    information.add(row, size + column, at * value);
                    information.add(size + row, column, at * value);
                    information.add(size + row, size + column, at * at * value);
                }
            }
        });
        let of = |columns: &[usize]| -> Result<(f64, f64), Refusal> {
            let kept: Vec<usize> = (0..size).chain(columns.iter().map(|column| size + column)).collect();
            let mut part = Matrix::zeros(kept.len());
            for (row, from) in kept.iter().enumerate() {
                for (column, to) in kept.iter().enumerate() {
                    part.set(row, column, information.get(*from, *to));
                }
            }
            let slope: Vec<f64> = kept.iter().map(|at| score[*at]).collect();
            let statistic = quadratic(&part, &slope)?;
            Ok((statistic, chi_squared_sf(statistic, columns.len() as f64)))
        };
        let each = (0..size).map(|column| of(&[column])).collect::<Result<_, _>>()?;
        Ok(Proportionality { each, all: of(&(0..size).collect::<Vec<_>>())? })
    }

    /// Of pairs of which one is seen to end first, the share in which the model says so, ties half (Harrell 1982). Late
    /// entry is heeded; strata are not, so ask it of models without.
    pub fn concordance(&self) -> f64 {
        let data = &self.data;
        let linear = data.linear(&self.coefficients);
        let mut levels = linear.clone();
        levels.sort_unstable_by(f64::total_cmp);
        levels.dedup();
        let level = |row: usize| levels.partition_point(|level| *level < linear[row]);
        let mut inside = Tree::new(levels.len());
        let (mut agree, mut tied, mut all) = (0.0, 0.0, 0.0);
        for rows in &data.strata {
            inside.clear();
            let (mut place, mut leaving) = (rows.start, rows.start);
            while place < rows.end {
                let time = data.time[place];
                let end = place + data.time[place..rows.end].partition_point(|other| *other == time);
                let deaths = place + data.event[place..end].partition_point(|event| *event);
                for row in deaths..end {
                    inside.add(level(row), data.weight[row]);
                }
                while let Some(&row) = data.by_entry.get(leaving).filter(|_| leaving < rows.end) {
                    let row = row as usize;
                    if data.entry[row] < time {
                        break;
                    }
                    inside.add(level(row), -data.weight[row]);
                    leaving += 1;
                }
                for row in place..deaths {
                    let (below, same) = (inside.below(level(row)), inside.below(level(row) + 1));
                    let weight = data.weight[row];
                    agree += weight * below;
                    tied += weight * (same - below);
                    all += weight * inside.below(levels.len());
                }
                for row in place..deaths {
                    inside.add(level(row), data.weight[row]);
                }
                place = end;
            }
        }
        (agree + tied / 2.0) / all
    }
}

/// Running sums that can be changed anywhere; Fenwick 1994.
struct Tree(Vec<f64>);

impl Tree {
    fn new(size: usize) -> Self {
        Self(vec![0.0; size + 1])
    }

    fn clear(&mut self) {
        self.0.fill(0.0);
    }

    fn add(&mut self, place: usize, value: f64) {
        let mut at = place + 1;
        while at < self.0.len() {
            self.0[at] += value;
            at += at & at.wrapping_neg();
        }
    }

    /// Sum of places before this one.
    fn below(&self, place: usize) -> f64 {
        let (mut at, mut sum) = (place, 0.0);
        while at > 0 {
            sum += self.0[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }
}
