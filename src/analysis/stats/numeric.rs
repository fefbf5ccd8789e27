//! Sums that lose nothing, an order of rows that is theirs alone, quantiles and roots.

use std::cmp::Ordering;

use super::refusal::Refusal;

/// A sum that carries what rounding would lose; Neumaier 1974.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    pub fn add(&mut self, value: f64) {
        let total = self.total + value;
        self.lost +=
            if self.total.abs() >= value.abs() { (self.total - total) + value } else { (value - total) + self.total };
        self.total = total;
    }

    pub fn value(self) -> f64 {
        // An infinite total has lost NaN.
        if self.total.is_finite() { self.total + self.lost } else { self.total }
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        values.into_iter().fold(Self::default(), |mut sum, value| {
            sum.add(value);
            sum
        })
    }
}

/// The compensated sum in the order given.
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().collect::<Sum>().value()
}

/// The same whatever the order: sorted before it is added up.
pub fn sorted_sum(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    sum(values)
}

/// Σx / n; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    sum(values.iter().copied()) / values.len() as f64
}

/// Σ(x − x̄)² / (n − 1); NaN of fewer than two.
pub fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    sum(values.iter().map(|value| (value - centre).powi(2))) / (values.len() as f64 - 1.0)
}

/// The linearly interpolated quantile of sorted values (Hyndman and Fan 1996, type 7); NaN of nothing.
pub fn quantile(sorted: &[f64], at: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = at.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

/// The places of rows in lexicographic order of these columns, which is the same however the rows came: rows that are
/// alike in all of them cannot be told apart, nor need they.
pub fn canonical_order(columns: &[&[f64]]) -> Vec<u32> {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.sort_unstable_by(|&one, &other| compare(columns, one as usize, columns, other as usize));
    order
}

pub(super) fn compare(these: &[&[f64]], one: usize, those: &[&[f64]], other: usize) -> Ordering {
    let pairs = these.iter().zip(those);
    pairs.map(|(this, that)| this[one].total_cmp(&that[other])).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Labels as numbers from 0, in the order of the labels.
pub fn codes<T: Ord + Clone>(labels: &[T]) -> (Vec<u32>, Vec<T>) {
    let mut levels: Vec<T> = labels.to_vec();
    levels.sort_unstable();
    levels.dedup();
    let code = |label: &T| levels.partition_point(|level| level < label) as u32;
    (labels.iter().map(code).collect(), levels)
}

/// The point between `low` and `high` where a continuous function changes sign, to the last digit.
///
/// Refuses when both ends have the same sign.
pub fn root(function: impl Fn(f64) -> f64, low: f64, high: f64) -> Result<f64, Refusal> {
    root_within(function, low, high, 0.0)
}

/// The same to a tolerance: the zeroin of Brent (1973, chapter 4), step for step as R's `uniroot` takes them, so that
/// numbers that R has solved coarsely can be had.
pub fn root_within(function: impl Fn(f64) -> f64, low: f64, high: f64, tolerance: f64) -> Result<f64, Refusal> {
    let (mut a, mut b) = ((low, function(low)), (high, function(high)));
    let mut c = a;
    for end in [a, b] {
        if end.1 == 0.0 {
            return Ok(end.0);
        }
    }
    if a.1.is_nan() || b.1.is_nan() || a.1.signum() == b.1.signum() {
        return super::refusal::impossible(format!("no change of sign between {low} and {high}"));
    }
    for _ in 0..1000 {
        let before = b.0 - a.0;
        if c.1.abs() < b.1.abs() {
            (b, c) = (c, b);
            a = c;
        }
        let least = 2.0 * f64::EPSILON * b.0.abs() + tolerance / 2.0;
        let mut step = (c.0 - b.0) / 2.0;
        if step.abs() <= least || b.1 == 0.0 {
            return Ok(b.0);
        }
        if before.abs() >= least && a.1.abs() > b.1.abs() {
            let (p, q) = interpolate(a, b, c);
            if p < 0.75 * (c.0 - b.0) * q - (least * q).abs() / 2.0 && p < (before * q / 2.0).abs() {
                step = p / q;
            }
        }
        if step.abs() < least {
            step = if step > 0.0 { least } else { -least };
        }
        a = b;
        b = (b.0 + step, function(b.0 + step));
        if (b.1 > 0.0) == (c.1 > 0.0) {
            c = a;
        }
    }
    Err(Refusal::NotConverged { what: "root finding", iterations: 1000 })
}

/// The step of inverse quadratic interpolation, or of the secant where only two points differ, as a fraction with a
/// numerator that is not negative.
fn interpolate(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> (f64, f64) {
    let (ba, across) = (b.1 / a.1, c.0 - b.0);
    let (p, q) = if a.0 == c.0 {
        (across * ba, 1.0 - ba)
    } else {
        let (ac, bc) = (a.1 / c.1, b.1 / c.1);
        (ba * (across * ac * (ac - bc) - (b.0 - a.0) * (bc - 1.0)), (ac - 1.0) * (bc - 1.0) * (ba - 1.0))
    };
    if p > 0.0 { (p, -q) } else { (-p, q) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounding_loses_is_carried() {
        assert_eq!(sum([1.0, 1e100, 1.0, -1e100]), 2.0);
    }

    #[test]
    fn roots_are_found_to_the_last_digit() {
        assert!((root(|x| x * x - 2.0, 0.0, 2.0).unwrap() - 2.0_f64.sqrt()).abs() < 1e-15);
        assert!((root(|x| x.exp() - 5.0, -50.0, 50.0).unwrap() - 5.0_f64.ln()).abs() < 1e-14);
        assert!((root(|x| (x - 0.3).powi(3), -7.0, 11.0).unwrap() - 0.3).abs() < 1e-5);
        assert!(root(|x| x * x + 1.0, 0.0, 2.0).is_err());
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
