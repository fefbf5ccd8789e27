//! Shares from a sample drawn stratum by stratum.

use super::proportions::{self, Interval};

/// A unit of the sample: whether it is among those asked about, and whether it has what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    pub counts: bool,
    pub has: bool,
}

/// A stratum: how many units there are, and those that were drawn and looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stratum {
    pub size: u64,
    pub seen: Vec<Unit>,
}

/// The share of units that have it among those that count: the ratio of the two totals, each unit standing for as many
/// as were not drawn beside it. The variance is that of a ratio under stratified sampling by linearisation with the
/// finite correction (Cochran 1977, 5.13 and 6.10); the interval is Wilson's for as many independent units as would have
/// that variance, and where no spread is seen for the effective number of units that count (Kish 1965).
///
/// `None` when no unit counts. A stratum of which nothing was seen tells nothing and is left out.
pub fn ratio(strata: &[Stratum]) -> Option<Interval> {
    let seen = || strata.iter().filter(|stratum| !stratum.seen.is_empty());
    let weight = |stratum: &Stratum| stratum.size as f64 / stratum.seen.len() as f64;
    let total = |of: &dyn Fn(&Unit) -> bool| -> f64 {
        seen().map(|stratum| weight(stratum) * stratum.seen.iter().filter(|unit| of(unit)).count() as f64).sum()
    };
    let (counts, has) = (total(&|unit| unit.counts), total(&|unit| unit.counts && unit.has));
    if counts <= 0.0 {
        return None;
    }
    let p = has / counts;
    let variance: f64 = seen().map(|stratum| spread(stratum, p)).sum::<f64>() / (counts * counts);
    let squares: f64 = seen()
        .map(|stratum| weight(stratum).powi(2) * stratum.seen.iter().filter(|unit| unit.counts).count() as f64)
        .sum();
    let alike = counts * counts / squares;
    let n = if variance > 1e-12 && p > 0.0 && p < 1.0 { p * (1.0 - p) / variance } else { alike };
    Some(proportions::wilson_of(p, n))
}

/// N² (1 − n/N) s² / n of what each unit deviates by.
fn spread(stratum: &Stratum, p: f64) -> f64 {
    let (n, size) = (stratum.seen.len() as f64, stratum.size as f64);
    if n < 2.0 {
        return 0.0;
    }
    let deviation = |unit: &Unit| f64::from(u8::from(unit.counts)) * (f64::from(u8::from(unit.has)) - p);
    let mean = stratum.seen.iter().map(deviation).sum::<f64>() / n;
    let squared = stratum.seen.iter().map(|unit| (deviation(unit) - mean).powi(2)).sum::<f64>() / (n - 1.0);
    size * size * (1.0 - n / size).max(0.0) * squared / n
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stratum(size: u64, counts: &[(bool, bool)]) -> Stratum {
        Stratum { size, seen: counts.iter().map(|&(counts, has)| Unit { counts, has }).collect() }
    }

    #[test]
    fn a_large_plain_sample_has_about_wilsons_interval() {
        let drawn: Vec<(bool, bool)> = (0..200).map(|at| (true, at % 4 == 0)).collect();
        let (got, want) = (ratio(&[stratum(1_000_000, &drawn)]).unwrap(), proportions::wilson(50, 200).unwrap());
        assert!((got.low - want.low).abs() < 1e-3 && (got.high - want.high).abs() < 1e-3, "{got:?} {want:?}");
    }

    #[test]
    fn strata_weigh_by_their_size() {
        // 9 of 10 in a stratum of 100, 1 of 10 in one of 900: (90 + 90) / 1000.
        let few: Vec<(bool, bool)> = (0..10).map(|at| (true, at > 0)).collect();
        let many: Vec<(bool, bool)> = (0..10).map(|at| (true, at == 0)).collect();
        let got = ratio(&[stratum(100, &few), stratum(900, &many)]).unwrap();
        assert!((got.value - 0.18).abs() < 1e-12 && got.low < 0.1 && got.high > 0.3, "{got:?}");
    }

    #[test]
    fn nothing_that_counts_has_no_share() {
        assert_eq!(ratio(&[stratum(5, &[(false, true)]), stratum(5, &[])]), None);
    }

    proptest! {
        #[test]
        fn the_share_lies_within_its_limits(drawn in prop::collection::vec(prop::collection::vec((any::<bool>(), any::<bool>()), 0..9), 1..4)) {
            let strata: Vec<Stratum> = drawn.iter().map(|units| stratum(units.len() as u64 * 3, units)).collect();
            let Some(share) = ratio(&strata) else { return Ok(()) };
            prop_assert!(0.0 <= share.low && share.low <= share.value && share.value <= share.high && share.high <= 1.0);
        }
    }
}
