//! Whether groups end at the same pace: a test, never the size of a difference.

use super::distributions::chi_squared_sf;
use super::linear::{Matrix, quadratic};
use super::refusal::{Refusal, not_negative, same_length};

/// What was observed and what would be if groups were alike, both weighted, by group.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRank {
    pub chi_squared: f64,
    pub df: usize,
    pub p: f64,
    pub observed: Vec<f64>,
    pub expected: Vec<f64>,
}

/// (O − E)ᵀ V⁻¹ (O − E) with the hypergeometric variance (Mantel 1966), each time weighted by S(t−)^ρ of all units of the
/// stratum: ρ = 0 is the log-rank test, ρ = 1 Peto and Prentice's (Harrington and Fleming 1982). O, E and V are summed over
/// strata. Groups and strata count from 0.
///
/// Refuses fewer than two groups, bad times, and when nothing has ended while two groups were at risk.
pub fn test(
    time: &[f64],
    ended: &[bool],
    group: &[u32],
    stratum: Option<&[u32]>,
    rho: f64,
) -> Result<LogRank, Refusal> {
    same_length(&[time.len(), ended.len(), group.len(), stratum.map_or(time.len(), <[u32]>::len)])?;
    not_negative("a time", time)?;
    let groups = group.iter().max().map_or(0, |most| *most as usize + 1);
    if groups < 2 {
        return Err(Refusal::TooFew { what: "groups", got: groups, needed: 2 });
    }
    let stratum_of = |row: u32| stratum.map_or(0, |stratum| stratum[row as usize]);
    let mut order: Vec<u32> = (0..time.len() as u32).collect();
    order.sort_unstable_by(|&one, &other| {
        stratum_of(one).cmp(&stratum_of(other)).then(time[one as usize].total_cmp(&time[other as usize]))
    });
    let mut sums = Sums::new(groups);
    for rows in order.chunk_by(|one, other| stratum_of(*one) == stratum_of(*other)) {
        sums.add_stratum(rows, time, ended, group, rho);
    }
    let last = groups - 1;
    let difference: Vec<f64> = (0..last).map(|at| sums.observed[at] - sums.expected[at]).collect();
    let mut variance = Matrix::zeros(last);
    for row in 0..last {
        for column in 0..last {
            variance.set(row, column, sums.variance.get(row, column));
        }
    }
    let chi_squared = quadratic(&variance, &difference).map_err(|_| Refusal::NoEvents)?;
    let p = chi_squared_sf(chi_squared, last as f64);
    Ok(LogRank { chi_squared, df: last, p, observed: sums.observed, expected: sums.expected })
}

struct Sums {
    observed: Vec<f64>,
    expected: Vec<f64>,
    variance: Matrix,
}

impl Sums {
    fn new(groups: usize) -> Self {
        Self { observed: vec![0.0; groups], expected: vec![0.0; groups], variance: Matrix::zeros(groups) }
    }

    fn add_stratum(&mut self, rows: &[u32], time: &[f64], ended: &[bool], group: &[u32], rho: f64) {
        let groups = self.observed.len();
        let mut at_risk = vec![0.0; groups];
        for row in rows {
            at_risk[group[*row as usize] as usize] += 1.0;
        }
        let mut survival = 1.0_f64;
        for same_time in rows.chunk_by(|one, other| time[*one as usize] == time[*other as usize]) {
            let mut deaths = vec![0.0; groups];
            for row in same_time.iter().filter(|row| ended[**row as usize]) {
                deaths[group[*row as usize] as usize] += 1.0;
            }
            let (n, d): (f64, f64) = (at_risk.iter().sum(), deaths.iter().sum());
            if d > 0.0 {
                self.add_time(&at_risk, &deaths, n, d, survival.powf(rho));
                survival *= 1.0 - d / n;
            }
            for row in same_time {
                at_risk[group[*row as usize] as usize] -= 1.0;
            }
        }
    }

    fn add_time(&mut self, at_risk: &[f64], deaths: &[f64], n: f64, d: f64, weight: f64) {
        let scale = if n > 1.0 { weight * weight * d * (n - d) / (n - 1.0) } else { 0.0 };
        for (one, share) in at_risk.iter().map(|count| count / n).enumerate() {
            self.observed[one] += weight * deaths[one];
            self.expected[one] += weight * d * share;
            self.variance.add(one, one, scale * share);
            for (other, count) in at_risk.iter().enumerate() {
                self.variance.add(one, other, -scale * share * count / n);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_are_alike_do_not_differ() {
        let time = [1.0, 2.0, 3.0, 1.0, 2.0, 3.0];
        let got = test(&time, &[true; 6], &[0, 0, 0, 1, 1, 1], None, 0.0).unwrap();
        assert!(got.chi_squared < 1e-12 && got.p > 0.999);
        assert_eq!(test(&time, &[false; 6], &[0, 0, 0, 1, 1, 1], None, 0.0), Err(Refusal::NoEvents));
        assert!(test(&[-1.0], &[true], &[1], None, 0.0).is_err());
    }
}
