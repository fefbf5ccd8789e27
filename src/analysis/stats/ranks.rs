//! Medians, with intervals that suppose nothing of the distribution.

use super::proportions::Interval;

/// The median of values with how often each stands, in any order, and the order statistics between which it lies with 95 %
/// confidence: the number of values below the true median is binomial, whatever they are (Conover 1999, 3.2).
/// `None` for fewer than six values, which have no such interval, and for what is no number.
pub fn median(values: &[(f64, u64)]) -> Option<Interval> {
    let mut sorted: Vec<(f64, u64)> = values.iter().copied().filter(|(_, times)| *times > 0).collect();
    if sorted.iter().any(|(value, _)| value.is_nan()) {
        return None;
    }
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n: u64 = sorted.iter().map(|(_, times)| times).sum();
    let below = rank(n)?;
    let nth = |rank: u64| {
        let mut passed = 0;
        let found = sorted.iter().find(|(_, times)| {
            passed += times;
            passed >= rank
        });
        found.map(|(value, _)| *value)
    };
    let value = nth(n.div_ceil(2))?.midpoint(nth(n / 2 + 1)?);
    Some(Interval { value, low: nth(below)?, high: nth(n + 1 - below)? })
}

/// Beyond so many the binomial is as good as normal.
const LARGE: u64 = 2_000;

/// The largest rank that lies above the median with a chance of 2.5 % at most.
fn rank(n: u64) -> Option<u64> {
    if n > LARGE {
        let half = n as f64 / 2.0;
        return Some((half - super::proportions::Z * half.sqrt() / std::f64::consts::SQRT_2) as u64);
    }
    let (mut log, mut sum, mut rank) = (-(n as f64) * std::f64::consts::LN_2, 0.0, 0);
    while rank < n {
        sum += f64::exp(log);
        if sum > 0.025 {
            break;
        }
        log += ((n - rank) as f64 / (rank + 1) as f64).ln();
        rank += 1;
    }
    (rank > 0).then_some(rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: impl IntoIterator<Item = f64>) -> Option<[f64; 3]> {
        let values: Vec<(f64, u64)> = values.into_iter().map(|value| (value, 1)).collect();
        median(&values).map(|m| [m.value, m.low, m.high])
    }

    #[test]
    fn ranks_as_tables_have_them() {
        // Conover's table and the usual ones: n = 6 → 1, 10 → 2, 20 → 6, 50 → 18, 100 → 40.
        for (n, below) in [(6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (50, 18), (100, 40)] {
            assert_eq!(rank(n), Some(below), "{n}");
        }
        assert_eq!((rank(0), rank(5)), (None, None));
        assert!(rank(LARGE).unwrap().abs_diff(rank(LARGE + 1).unwrap()) <= 1, "both ways meet");
    }

    #[test]
    fn medians_of_few() {
        assert_eq!(of((1..=10).map(f64::from)), Some([5.5, 2.0, 9.0]));
        assert_eq!(of([7.0; 9]), Some([7.0; 3]));
        assert_eq!(of((1..=5).map(f64::from)), None);
        assert_eq!(of([1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN]), None);
    }

    proptest! {
        #[test]
        fn the_median_lies_within(values in prop::collection::vec((0.0..100.0f64, 0..30u64), 0..60)) {
            if let Some(found) = median(&values) {
                prop_assert!(found.low <= found.value && found.value <= found.high);
            }
        }
    }
}
