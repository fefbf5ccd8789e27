//! Proportions of independent trials and the comparison of two of them.
//!
//! All intervals are 95 %. Events of one change are taken as independent of those of another; where
//! many changes come from few people the true interval is wider.

use super::distributions::beta_quantile;

/// The standard normal's 97.5 % point.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// A value with the limits of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Wilson's score interval for `events` of `n`, without continuity correction. `None` for `n = 0` and
/// for more events than trials.
///
/// (p + z²/2n ± z √(pq/n + z²/4n²)) / (1 + z²/n); Wilson 1927.
pub fn wilson(events: u64, n: u64) -> Option<Interval> {
    if n == 0 || events > n {
        return None;
    }
    Some(wilson_of(events as f64 / n as f64, n as f64))
}

/// Wilson's interval of a share `p` of `n` trials that need not be whole: an effective number. `n` is above 0.
pub(super) fn wilson_of(p: f64, n: f64) -> Interval {
    let scale = 1.0 + Z * Z / n;
    let centre = (p + Z * Z / (2.0 * n)) / scale;
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    Interval { value: p, low: (centre - half).clamp(0.0, p), high: (centre + half).clamp(p, 1.0) }
}

/// Clopper and Pearson's exact interval (1934): quantiles of Beta(k, n − k + 1) and Beta(k + 1, n − k). It covers at
/// least 95 %, hence wide. `None` as for [`wilson`].
pub fn clopper_pearson(events: u64, n: u64) -> Option<Interval> {
    if n == 0 || events > n {
        return None;
    }
    let (k, rest) = (events as f64, (n - events) as f64);
    let low = if events == 0 { 0.0 } else { beta_quantile(0.025, k, rest + 1.0) };
    let high = if events == n { 1.0 } else { beta_quantile(0.975, k + 1.0, rest) };
    Some(Interval { value: k / n as f64, low, high })
}

/// Jeffreys' interval: quantiles of Beta(k + ½, n − k + ½), with 0 and 1 as limits where nothing or everything has the
/// event; Brown, Cai and DasGupta 2001. `None` as for [`wilson`].
pub fn jeffreys(events: u64, n: u64) -> Option<Interval> {
    if n == 0 || events > n {
        return None;
    }
    let (k, rest) = (events as f64, (n - events) as f64);
    let low = if events == 0 { 0.0 } else { beta_quantile(0.025, k + 0.5, rest + 0.5) };
    let high = if events == n { 1.0 } else { beta_quantile(0.975, k + 0.5, rest + 0.5) };
    Some(Interval { value: k / n as f64, low, high })
}

/// What can still be true after no event in n trials: 3/n, an upper 95 % limit; Hanley and Lippman-Hand 1983.
pub fn rule_of_three(n: u64) -> f64 {
    3.0 / n as f64
}

/// The difference p₁ − p₂ by Newcombe's method 10, which joins the two Wilson intervals; Newcombe 1998.
pub fn newcombe(events_1: u64, n_1: u64, events_2: u64, n_2: u64) -> Option<Interval> {
    Some(difference(wilson(events_1, n_1)?, wilson(events_2, n_2)?))
}

/// The difference of two independent estimates from their own intervals, which need not be symmetric: Newcombe's way for
/// any two; Zou and Donner 2008.
pub fn difference(one: Interval, two: Interval) -> Interval {
    let value = one.value - two.value;
    let below = ((one.value - one.low).powi(2) + (two.high - two.value).powi(2)).sqrt();
    let above = ((one.high - one.value).powi(2) + (two.value - two.low).powi(2)).sqrt();
    Interval { value, low: value - below, high: value + above }
}

/// The ratio p₁ / p₂ with Katz's logarithmic interval; `None` unless both have events. Katz 1978.
pub fn katz_ratio(events_1: u64, n_1: u64, events_2: u64, n_2: u64) -> Option<Interval> {
    if events_1 == 0 || events_2 == 0 || events_1 > n_1 || events_2 > n_2 {
        return None;
    }
    let [a, n1, b, n2] = [events_1, n_1, events_2, n_2].map(|count| count as f64);
    let value = (a / n1) / (b / n2);
    let spread = Z * (1.0 / a - 1.0 / n1 + 1.0 / b - 1.0 / n2).max(0.0).sqrt();
    Some(Interval { value, low: value * (-spread).exp(), high: value * spread.exp() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(got: Interval, value: f64, low: f64, high: f64) {
        for (got, want) in [(got.value, value), (got.low, low), (got.high, high)] {
            assert!((got - want).abs() < 5e-5, "{got} is not {want}");
        }
    }

    #[test]
    fn wilson_as_published() {
        // Newcombe 1998, table I: 81/263, 15/148, 0/20, 1/29.
        close(wilson(81, 263).unwrap(), 0.3080, 0.2553, 0.3662);
        close(wilson(15, 148).unwrap(), 0.1014, 0.0624, 0.1605);
        close(wilson(0, 20).unwrap(), 0.0, 0.0, 0.1611);
        close(wilson(1, 29).unwrap(), 0.0345, 0.0061, 0.1718);
    }

    #[test]
    fn newcombe_as_published() {
        // Newcombe 1998, table II, method 10: 56/70 − 48/80 and 9/10 − 3/10.
        close(newcombe(56, 70, 48, 80).unwrap(), 0.2, 0.0524, 0.3339);
        close(newcombe(9, 10, 3, 10).unwrap(), 0.6, 0.1705, 0.8090);
    }

    #[test]
    fn nothing_is_claimed_of_nothing() {
        assert_eq!(wilson(0, 0), None);
        assert_eq!(newcombe(0, 0, 1, 2), None);
        assert_eq!(katz_ratio(0, 10, 1, 10), None);
    }

    proptest! {
        #[test]
        fn the_value_lies_within_its_limits(n in 1u64..100_000, share in 0.0f64..=1.0, m in 1u64..1000, b in 0.0f64..=1.0) {
            let (events, others) = ((n as f64 * share) as u64, (m as f64 * b) as u64);
            let all = [wilson(events, n), newcombe(events, n, others, m), katz_ratio(events, n, others, m)];
            for interval in all.into_iter().flatten() {
                prop_assert!(interval.low <= interval.value && interval.value <= interval.high);
            }
        }

        #[test]
        fn swapping_the_arms_turns_the_comparison_around(a in 1u64..50, n in 50u64..500, b in 1u64..50, m in 50u64..500) {
            let (there, back) = (newcombe(a, n, b, m).unwrap(), newcombe(b, m, a, n).unwrap());
            prop_assert!((there.low + back.high).abs() < 1e-12);
            let (there, back) = (katz_ratio(a, n, b, m).unwrap(), katz_ratio(b, m, a, n).unwrap());
            prop_assert!((there.low * back.high - 1.0).abs() < 1e-9);
        }
    }
}
