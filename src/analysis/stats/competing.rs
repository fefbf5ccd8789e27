//! Several ways to end, of which only the first is seen.
//!
//! A change that is deleted can no longer be reverted: 1 − S of one cause alone counts it as if it could, and overstates.

use super::cox;
use super::numeric::{codes, sum};
use super::proportions::{Interval, Z, wilson};
use super::refusal::{Refusal, finite, not_negative};
use super::survival::product_limit::ProductLimit;

/// Cumulative incidence of one cause at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Incidence {
    pub value: f64,
    pub error: f64,
}

impl Incidence {
    /// With 95 % limits on the log(−log) scale of what is left, 1 − (1 − F)^exp(±z σ / ((1 − F) |log(1 − F)|)); Marubini and
    /// Valsecchi 1995, 10.3. That scale says nothing where nothing, or everything, ended so: then Wilson's for that of `watched`
    /// units, those still seen at the time. `None` where these are none.
    pub fn interval(self, watched: u64) -> Option<Interval> {
        let Self { value, error } = self;
        let left = 1.0 - value;
        if value <= 0.0 || left <= 0.0 {
            return wilson(if value <= 0.0 { 0 } else { watched }, watched);
        }
        let spread = Z * error / (left * left.ln().abs());
        let limit = |by: f64| 1.0 - left.powf((by * spread).exp());
        Some(Interval { value, low: limit(-1.0).min(value), high: limit(1.0).max(value) })
    }
}

/// Deaths of every cause at one time.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    time: f64,
    at_risk: f64,
    /// S just before.
    before: f64,
    all: f64,
    of_cause: Vec<f64>,
}

/// Cumulative incidences by cause. Together with S they make 1.
#[derive(Debug, Clone, PartialEq)]
pub struct AalenJohansen {
    causes: Vec<u32>,
    steps: Vec<Step>,
}

impl AalenJohansen {
    /// F_k(t) = Σ S(a−) d_k/n over times a ≤ t, S being that of ending in any way; Aalen and Johansen 1978. `cause` is 0
    /// where the unit was still there when last seen. Late entry as in [`super::survival::product_limit`].
    ///
    /// Refuses bad times and tables without a unit.
    pub fn of(time: &[f64], cause: &[u32], entry: Option<&[f64]>) -> Result<Self, Refusal> {
        let ended: Vec<bool> = cause.iter().map(|cause| *cause > 0).collect();
        let curve = ProductLimit::of_units(time, &ended, entry)?;
        let (_, mut causes) = codes(cause);
        causes.retain(|cause| *cause > 0);
        let mut ends: Vec<(f64, u32)> = (0..time.len())
            .filter(|&at| ended[at] && entry.is_none_or(|entry| entry[at] < time[at]))
            .map(|at| (time[at], cause[at]))
            .collect();
        ends.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let mut ends = ends.chunk_by(|one, other| one.0 == other.0);
        let (mut before, mut steps) = (1.0, Vec::new());
        for point in curve.points().iter().filter(|point| point.ended > 0) {
            let here = ends.next().unwrap_or_default();
            let of_cause = causes.iter().map(|cause| here.iter().filter(|end| end.1 == *cause).count() as f64);
            steps.push(Step {
                time: point.time,
                at_risk: point.at_risk as f64,
                before,
                all: point.ended as f64,
                of_cause: of_cause.collect(),
            });
            before = point.survival;
        }
        Ok(Self { causes, steps })
    }

    pub fn causes(&self) -> &[u32] {
        &self.causes
    }

    /// F of a cause at a time, with the standard error by the delta method,
    /// Σ [(F(t) − F(a))² d/(n (n − d)) + S(a−)² d_k (n − d_k)/n³ − 2 (F(t) − F(a)) S(a−) d_k/n²]; Marubini and Valsecchi
    /// 1995, 10.3. 0 of a cause that is not there.
    pub fn at(&self, cause: u32, time: f64) -> Incidence {
        let Some(place) = self.causes.iter().position(|known| *known == cause) else {
            return Incidence { value: 0.0, error: 0.0 };
        };
        let passed = &self.steps[..self.steps.partition_point(|step| step.time <= time)];
        let mut value = 0.0;
        let reached: Vec<f64> = passed
            .iter()
            .map(|step| {
                value += step.before * step.of_cause[place] / step.at_risk;
                value
            })
            .collect();
        let term = |(step, reached): (&Step, &f64)| {
            let (n, d, own, left) = (step.at_risk, step.all, step.of_cause[place], value - reached);
            let others = if n > d { left * left * d / (n * (n - d)) } else { 0.0 };
            others + step.before.powi(2) * own * (n - own) / n.powi(3) - 2.0 * left * step.before * own / (n * n)
        };
        Incidence { value, error: sum(passed.iter().zip(&reached).map(term)).max(0.0).sqrt() }
    }
}

/// What memory holds.
const MOST_SPELLS: usize = 50_000_000;

/// The subdistribution hazard model of one cause: units that ended another way stay at risk, weighted by the chance
/// G(t−)/G(T−) that they would still be watched, G being the Kaplan–Meier curve of censoring; Fine and Gray 1999. For
/// prediction only: deleting less alone raises it.
///
/// Coefficients by Efron's ties over the weighted spells, as R's `finegray` and `coxph`. Units that ended another way take a
/// spell for every later time of censoring. Refuses as [`cox::fit`] does, and more than [`MOST_SPELLS`] of these.
pub fn fine_gray(time: &[f64], cause: &[u32], of_interest: u32, covariates: &[&[f64]]) -> Result<cox::Fit, Refusal> {
    not_negative("a time", time)?;
    for column in covariates {
        finite("a covariate", column)?;
    }
    let censoring = Censoring::of(time, cause)?;
    let others = cause.iter().filter(|cause| **cause != 0 && **cause != of_interest).count();
    if others.saturating_mul(censoring.falls.len()) > MOST_SPELLS {
        return super::refusal::impossible("so many changes and days of censoring take too much memory: round times");
    }
    let mut spells = Spells { columns: vec![Vec::new(); covariates.len()], ..Spells::default() };
    for row in 0..time.len() {
        let own: Vec<f64> = covariates.iter().map(|column| column[row]).collect();
        if cause[row] == 0 || cause[row] == of_interest {
            spells.push(-1.0, time[row], cause[row] == of_interest, 1.0, &own);
            continue;
        }
        let ended = time[row];
        spells.push(-1.0, censoring.next_change(ended), false, 1.0, &own);
        for (from, to, share) in censoring.after(ended) {
            spells.push(from, to, false, share, &own);
        }
    }
    let columns: Vec<&[f64]> = spells.columns.iter().map(Vec::as_slice).collect();
    cox::fit(&cox::Data {
        entry: Some(&spells.entry),
        weights: Some(&spells.weights),
        ..cox::Data::new(&spells.time, &spells.event, &columns)
    })
}

#[derive(Default)]
struct Spells {
    entry: Vec<f64>,
    time: Vec<f64>,
    event: Vec<bool>,
    weights: Vec<f64>,
    columns: Vec<Vec<f64>>,
}

impl Spells {
    fn push(&mut self, entry: f64, time: f64, is_event: bool, weight: f64, covariates: &[f64]) {
        self.entry.push(entry);
        self.time.push(time);
        self.event.push(is_event);
        self.weights.push(weight);
        for (column, value) in self.columns.iter_mut().zip(covariates) {
            column.push(*value);
        }
    }
}

/// The curve of censoring. Where a unit ends at the time another is censored, it ended first.
struct Censoring {
    /// Times at which it falls, and where to.
    falls: Vec<(f64, f64)>,
    last: f64,
}

impl Censoring {
    fn of(time: &[f64], cause: &[u32]) -> Result<Self, Refusal> {
        let mut rows: Vec<(f64, bool)> = time.iter().zip(cause).map(|(time, cause)| (*time, *cause == 0)).collect();
        rows.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let last = rows.last().ok_or(Refusal::Empty { what: "units" })?.0;
        let (mut at_risk, mut curve, mut falls) = (rows.len() as f64, 1.0, Vec::new());
        for same_time in rows.chunk_by(|one, other| one.0 == other.0) {
            let censored = same_time.iter().filter(|(_, is_censored)| *is_censored).count() as f64;
            let others = same_time.len() as f64 - censored;
            if censored > 0.0 {
                curve *= 1.0 - censored / (at_risk - others);
                falls.push((same_time[0].0, curve));
            }
            at_risk -= same_time.len() as f64;
        }
        Ok(Self { falls, last })
    }

    /// The first time at or after this one at which the curve falls, or the end of all.
    fn next_change(&self, time: f64) -> f64 {
        let place = self.falls.partition_point(|(at, _)| *at < time);
        self.falls.get(place).map_or(self.last.max(time), |(at, _)| *at)
    }

    /// Spells after that, each with the share of units still watched.
    fn after(&self, time: f64) -> Vec<(f64, f64, f64)> {
        let place = self.falls.partition_point(|(at, _)| *at < time);
        let whole = place.checked_sub(1).map_or(1.0, |before| self.falls[before].1);
        let from = &self.falls[place..];
        let ends = from.iter().skip(1).map(|(at, _)| *at).chain([self.last]);
        let spell = |(&(from, curve), to): (&(f64, f64), f64)| (from, to, curve / whole);
        from.iter().zip(ends).map(spell).filter(|(from, to, share)| from < to && *share > 0.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::stats::survival::{Curve, Row};

    #[test]
    fn causes_and_survivors_make_one() {
        let (time, cause) = ([1.0, 2.0, 2.0, 3.0, 4.0, 5.0], [1, 2, 0, 1, 0, 2]);
        let incidence = AalenJohansen::of(&time, &cause, None).unwrap();
        let ended: Vec<bool> = cause.iter().map(|cause| *cause > 0).collect();
        let curve = ProductLimit::of_units(&time, &ended, None).unwrap();
        for day in [0.5, 1.0, 2.5, 4.0] {
            let all = incidence.at(1, day).value + incidence.at(2, day).value + curve.at(day).survival;
            assert!((all - 1.0).abs() < 1e-14);
        }
        assert_eq!(incidence.at(9, 5.0).value, 0.0);
    }

    #[test]
    fn with_one_cause_it_is_one_less_survival() {
        let (time, cause) = ([1.0, 2.0, 2.0, 3.0, 4.0], [1, 1, 0, 1, 0]);
        let incidence = AalenJohansen::of(&time, &cause, None).unwrap().at(1, 3.0);
        let curve = ProductLimit::of_units(&time, &[true, true, false, true, false], None).unwrap().at(3.0);
        assert!((incidence.value - (1.0 - curve.survival)).abs() < 1e-15);
        assert!((incidence.error - curve.survival * curve.greenwood.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn limits_are_those_of_the_curve_of_what_is_left() {
        let rows = [(1, true), (2, true), (2, false), (3, true), (9, false)];
        let row = |(at, (age, ended)): (usize, &(u32, bool))| Row {
            cluster: at as u32,
            age: *age,
            ended: u64::from(*ended),
            alive: u64::from(!ended),
        };
        let left = Curve::of(rows.iter().enumerate().map(row).collect()).unwrap().at(3).unwrap();
        let time = rows.map(|(age, _)| f64::from(age));
        let incidence = AalenJohansen::of(&time, &rows.map(|(_, ended)| u32::from(ended)), None).unwrap();
        let ended = incidence.at(1, 3.0).interval(1).unwrap();
        for (one, other) in [(ended.value, left.value), (ended.low, left.high), (ended.high, left.low)] {
            assert!((one + other - 1.0).abs() < 1e-12, "{ended:?} {left:?}");
        }
    }

    #[test]
    fn what_never_happened_may_still_have_happened_to_somebody() {
        let incidence = AalenJohansen::of(&[1.0, 2.0, 5.0], &[1, 1, 0], None).unwrap();
        assert_eq!(incidence.at(1, 0.5).interval(3), wilson(0, 3));
        assert_eq!(incidence.at(1, 0.5).interval(0), None);
    }
}
