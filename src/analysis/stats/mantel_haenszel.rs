//! Comparing like with like: one ratio from many fourfold tables.

use super::distributions::chi_squared_sf;
use super::numeric::sorted_sum;
use super::proportions::{Interval, Z};
use super::refusal::Refusal;
use super::two_by_two::TwoByTwo;

/// What strata say together. Strata with an empty arm compare nothing and are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    pub strata_used: usize,
    /// AI and human units in strata that were left out.
    pub dropped: (u64, u64),
    /// Σ aᵢ eᵢ/Nᵢ ÷ Σ cᵢ bᵢ/Nᵢ (Mantel and Haenszel 1959), variance of its log by Robins, Breslow and Greenland 1986.
    pub odds_ratio: Option<Ratio>,
    /// Σ aᵢ n₀ᵢ/Nᵢ ÷ Σ bᵢ n₁ᵢ/Nᵢ, variance of its log by Greenland and Robins 1985.
    pub risk_ratio: Option<Ratio>,
    /// Weighted by n₁n₀/N, variance by Sato 1989.
    pub risk_difference: Interval,
    pub risk_difference_error: f64,
    /// Breslow and Day's test that the odds ratios are alike (1980) with Tarone's correction (1985), and its p.
    pub breslow_day: Option<(f64, f64)>,
    pub crude_risk_ratio: f64,
    pub crude_odds_ratio: f64,
    /// Strata on either side of 1, of those whose human arm has events.
    pub above_1: usize,
    pub below_1: usize,
    /// Standardised to the AI arm: Σ wᵢ p₁ᵢ over and less Σ wᵢ p₀ᵢ, wᵢ = n₁ᵢ/n₁ (Miettinen 1972).
    pub standardised: (f64, f64),
    /// Mantel and Haenszel's χ² of no association, without and with continuity correction; 1 degree of freedom.
    pub chi_squared: Option<(f64, f64)>,
}

/// A ratio, its interval, and the standard error of its logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    pub interval: Interval,
    pub log_error: f64,
}

impl Ratio {
    pub(super) fn new(value: f64, log_variance: f64) -> Option<Self> {
        if !(value.is_finite() && value > 0.0 && log_variance.is_finite() && log_variance >= 0.0) {
            return None;
        }
        let log_error = log_variance.sqrt();
        let spread = (Z * log_error).exp();
        Some(Self { interval: Interval { value, low: value / spread, high: value * spread }, log_error })
    }
}

/// Pools strata. The order of strata changes nothing. Refuses when none has units in both arms. A ratio is `None` where
/// an arm has no event in any stratum.
pub fn pooled(strata: &[TwoByTwo]) -> Result<Pooled, Refusal> {
    let usable = |stratum: &&TwoByTwo| stratum.ai_n > 0 && stratum.human_n > 0;
    let mut used: Vec<TwoByTwo> = strata.iter().filter(usable).copied().collect();
    used.sort_unstable_by_key(|stratum| (stratum.ai_n, stratum.human_n, stratum.ai_event, stratum.human_event));
    if used.is_empty() {
        return Err(Refusal::Empty { what: "strata with units in both arms" });
    }
    if used.iter().any(|stratum| stratum.ai_event > stratum.ai_n || stratum.human_event > stratum.human_n) {
        return super::refusal::impossible("more events than units");
    }
    let over = |of: &dyn Fn(f64, f64, f64, f64) -> f64| {
        sorted_sum(
            used.iter()
                .map(|stratum| {
                    let [a, n1, b, n0] = stratum.counts();
                    of(a, n1, b, n0)
                })
                .collect(),
        )
    };
    let all = used.iter().fold(TwoByTwo::default(), |sum, stratum| plus(sum, *stratum));
    let [a, n1, b, n0] = all.counts();
    let dropped = strata.iter().filter(|stratum| !usable(stratum));
    let dropped = dropped.fold((0, 0), |(ai, human), stratum| (ai + stratum.ai_n, human + stratum.human_n));
    let odds_ratio = odds_ratio(&over);
    let (risk_difference, risk_difference_error) = risk_difference(&over);
    let standard_ai = over(&|a, _, _, _| a) / n1;
    let standard_human = over(&|_, n1, b, n0| n1 * b / n0) / n1;
    let ratio_of = |stratum: &&TwoByTwo| stratum.human_event > 0;
    let ratios: Vec<f64> =
        used.iter().filter(ratio_of).map(|stratum| stratum.shares().0 / stratum.shares().1).collect();
    Ok(Pooled {
        strata_used: used.len(),
        dropped,
        odds_ratio,
        risk_ratio: risk_ratio(&over),
        risk_difference,
        risk_difference_error,
        breslow_day: odds_ratio.and_then(|ratio| breslow_day(&used, ratio.interval.value)),
        crude_risk_ratio: (a / n1) / (b / n0),
        crude_odds_ratio: a * (n0 - b) / (b * (n1 - a)),
        above_1: ratios.iter().filter(|ratio| **ratio > 1.0).count(),
        below_1: ratios.iter().filter(|ratio| **ratio < 1.0).count(),
        standardised: (standard_ai / standard_human, standard_ai - standard_human),
        chi_squared: chi_squared(&over),
    })
}

type Over<'a> = dyn Fn(&dyn Fn(f64, f64, f64, f64) -> f64) -> f64 + 'a;

fn plus(one: TwoByTwo, other: TwoByTwo) -> TwoByTwo {
    TwoByTwo {
        ai_event: one.ai_event + other.ai_event,
        ai_n: one.ai_n + other.ai_n,
        human_event: one.human_event + other.human_event,
        human_n: one.human_n + other.human_n,
    }
}

fn odds_ratio(over: &Over<'_>) -> Option<Ratio> {
    let r = |a: f64, n1: f64, b: f64, n0: f64| a * (n0 - b) / (n1 + n0);
    let s = |a: f64, n1: f64, b: f64, n0: f64| (n1 - a) * b / (n1 + n0);
    let p = |a: f64, n1: f64, b: f64, n0: f64| (a + n0 - b) / (n1 + n0);
    let q = |a: f64, n1: f64, b: f64, n0: f64| (n1 - a + b) / (n1 + n0);
    let (top, bottom) = (over(&r), over(&s));
    let variance = over(&|a, n1, b, n0| p(a, n1, b, n0) * r(a, n1, b, n0)) / (2.0 * top * top)
        + over(&|a, n1, b, n0| p(a, n1, b, n0) * s(a, n1, b, n0) + q(a, n1, b, n0) * r(a, n1, b, n0))
            / (2.0 * top * bottom)
        + over(&|a, n1, b, n0| q(a, n1, b, n0) * s(a, n1, b, n0)) / (2.0 * bottom * bottom);
    Ratio::new(top / bottom, variance)
}

fn risk_ratio(over: &Over<'_>) -> Option<Ratio> {
    let top = over(&|a, n1, _, n0| a * n0 / (n1 + n0));
    let bottom = over(&|_, n1, b, n0| b * n1 / (n1 + n0));
    let spread = over(&|a, n1, b, n0| ((a + b) * n1 * n0 - a * b * (n1 + n0)) / (n1 + n0).powi(2));
    Ratio::new(top / bottom, spread / (top * bottom))
}

fn risk_difference(over: &Over<'_>) -> (Interval, f64) {
    let weight = over(&|_, n1, _, n0| n1 * n0 / (n1 + n0));
    let value = over(&|a, n1, b, n0| (a * n0 - b * n1) / (n1 + n0)) / weight;
    let p = over(&|a, n1, b, n0| (n1 * n1 * b - n0 * n0 * a + n1 * n0 * (n0 - n1) / 2.0) / (n1 + n0).powi(2));
    let q = over(&|a, n1, b, n0| (a * (n0 - b) + b * (n1 - a)) / (2.0 * (n1 + n0)));
    let error = ((value * p + q) / (weight * weight)).max(0.0).sqrt();
    (Interval { value, low: value - Z * error, high: value + Z * error }, error)
}

/// χ² = (|Σ a − E a| − c)² / Σ V a, c = ½ where the difference is at least that.
fn chi_squared(over: &Over<'_>) -> Option<(f64, f64)> {
    let difference = over(&|a, n1, b, n0| a - (a + b) * n1 / (n1 + n0)).abs();
    let variance = over(&|a, n1, b, n0| {
        let (total, events) = (n1 + n0, a + b);
        n1 * n0 * events * (total - events) / (total * total * (total - 1.0))
    });
    let correction = if difference >= 0.5 { 0.5 } else { 0.0 };
    let of = |difference: f64| difference * difference / variance;
    (variance > 0.0).then(|| (of(difference), of(difference - correction)))
}

/// Σ (a − A)² / V less (Σ a − A)² / Σ V, where A are the AI events that the common odds ratio leads one to expect.
fn breslow_day(strata: &[TwoByTwo], common: f64) -> Option<(f64, f64)> {
    let mut terms = Vec::new();
    for stratum in strata {
        let [a, n1, b, n0] = stratum.counts();
        let events = a + b;
        let expected = expected(n1, n0, events, common);
        let cells = [expected, n1 - expected, events - expected, n0 - events + expected];
        let variance = 1.0 / cells.iter().map(|cell| 1.0 / cell).sum::<f64>();
        // A stratum where everything or nothing has the event tells nothing about its odds ratio.
        let variance = if cells.iter().all(|cell| *cell > 1e-12) { variance } else { 0.0 };
        terms.push((a - expected, variance));
    }
    let spread = sorted_sum(terms.iter().map(|(_, variance)| *variance).collect());
    let telling = || terms.iter().filter(|(_, variance)| *variance > 0.0);
    let plain = sorted_sum(telling().map(|(off, variance)| off * off / variance).collect());
    let shift = sorted_sum(telling().map(|(off, _)| *off).collect());
    let statistic = plain - shift * shift / spread;
    let df = strata.len() as f64 - 1.0;
    (df > 0.0 && statistic.is_finite()).then(|| (statistic, chi_squared_sf(statistic, df)))
}

/// The root of a quadratic: A (n₀ − m + A) = ψ (m − A)(n₁ − A).
fn expected(n1: f64, n0: f64, events: f64, ratio: f64) -> f64 {
    if (ratio - 1.0).abs() < 1e-12 {
        return events * n1 / (n1 + n0);
    }
    let (a, b, c) = (1.0 - ratio, n0 - events + ratio * (events + n1), -ratio * events * n1);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    // The stable form of (−b + √…) / 2a; b is never negative where that root is the one within bounds.
    let within = |x: &f64| *x >= (events - n0).max(0.0) - 1e-9 && *x <= events.min(n1) + 1e-9;
    let both = [-2.0 * c / (b + root), (-b - root) / (2.0 * a)];
    both.into_iter().find(within).unwrap_or(both[0])
}

/// Events and time watched of both arms in one stratum: ai_events, ai_time, human_events, human_time.
pub type RateStratum = [f64; 4];

/// Σ aᵢ t₀ᵢ/Tᵢ ÷ Σ bᵢ t₁ᵢ/Tᵢ for rates; variance of its log Σ (a + b) t₁ t₀/T² over their product (Greenland and Robins
/// 1985). Strata without time in an arm are left out. Refuses negative numbers, and when an arm has no events.
pub fn rate_ratio(strata: &[RateStratum]) -> Result<Ratio, Refusal> {
    for (row, stratum) in strata.iter().enumerate() {
        if let Some(refusal) = super::refusal::not_negative("a count or time", stratum).err() {
            return Err(match refusal {
                Refusal::Negative { what, .. } => Refusal::Negative { what, row },
                _ => Refusal::NotFinite { what: "a count or time", row },
            });
        }
    }
    let over = |of: &dyn Fn(f64, f64, f64, f64) -> f64| {
        let used = strata.iter().filter(|[_, t1, _, t0]| *t1 > 0.0 && *t0 > 0.0);
        sorted_sum(used.map(|&[a, t1, b, t0]| of(a, t1, b, t0)).collect())
    };
    let top = over(&|a, t1, _, t0| a * t0 / (t1 + t0));
    let bottom = over(&|_, t1, b, t0| b * t1 / (t1 + t0));
    let spread = over(&|a, t1, b, t0| (a + b) * t1 * t0 / (t1 + t0).powi(2));
    Ratio::new(top / bottom, spread / (top * bottom)).ok_or(Refusal::NoEvents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(ai_event: u64, ai_n: u64, human_event: u64, human_n: u64) -> TwoByTwo {
        TwoByTwo { ai_event, ai_n, human_event, human_n }
    }

    #[test]
    fn a_stratum_with_one_arm_changes_nothing_but_the_drop_count() {
        let strata = vec![table(5, 100, 50, 1000), table(50, 200, 15, 20)];
        let with = [strata.clone(), vec![table(3, 0, 1, 9), table(1, 7, 0, 0)]].concat();
        let (plain, with) = (pooled(&strata).unwrap(), pooled(&with).unwrap());
        assert_eq!(with.dropped, (7, 9));
        assert_eq!(plain, Pooled { dropped: (0, 0), ..with });
        assert!(plain.breslow_day.unwrap().1 < 0.05);
    }

    #[test]
    fn arms_without_events_have_no_ratio() {
        let got = pooled(&[table(0, 10, 3, 10)]).unwrap();
        assert!(got.risk_ratio.is_none() && got.odds_ratio.is_none() && got.risk_difference.high < 0.0);
        assert!(pooled(&[table(0, 0, 3, 10)]).is_err());
    }
}
