//! Events over time watched.

use super::distributions::{beta_quantile, binomial_cdf, binomial_pmf, binomial_sf, chi_squared_quantile};
use super::numeric::root;
use super::proportions::Interval;
use super::refusal::{Refusal, impossible};

/// Events per unit of exposure with Garwood's exact Poisson limits, χ²(2x)/2 and χ²(2x + 2)/2 over the exposure;
/// Garwood 1936. Refuses an exposure that is not above 0.
pub fn poisson_rate(events: u64, exposure: f64) -> Result<Interval, Refusal> {
    positive(exposure)?;
    let x = events as f64;
    let low = if events == 0 { 0.0 } else { chi_squared_quantile(0.025, 2.0 * x) / 2.0 };
    let high = chi_squared_quantile(0.975, 2.0 * x + 2.0) / 2.0;
    Ok(Interval { value: x / exposure, low: low / exposure, high: high / exposure })
}

/// Events and exposure of both arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoRates {
    pub ai_events: u64,
    pub ai_exposure: f64,
    pub human_events: u64,
    pub human_exposure: f64,
}

/// The ratio of two Poisson rates. Given their sum n the AI events are binomial with
/// p = ρ t₁ / (ρ t₁ + t₀) (Przyborowski and Wilenski 1940).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRatio {
    /// x₁/t₁ ÷ x₀/t₀; infinite without human events.
    pub value: f64,
    /// Clopper and Pearson's limits of p, turned to ρ; covers at least 95 %.
    pub exact: (f64, f64),
    /// The same with half the probability of what was seen (Lancaster 1961): covers about 95 %.
    pub mid_p: (f64, f64),
    /// Two-sided mid-P of ρ = 1: twice the smaller tail.
    pub mid_p_value: f64,
    /// Two-sided exact p of ρ = 1: the outcomes no likelier than this one, as R's `poisson.test`.
    pub exact_p: f64,
}

impl TwoRates {
    /// Refuses exposures that are not above 0 and two arms without an event.
    pub fn ratio(&self) -> Result<RateRatio, Refusal> {
        positive(self.ai_exposure)?;
        positive(self.human_exposure)?;
        let (x1, x0) = (self.ai_events as f64, self.human_events as f64);
        let n = x1 + x0;
        if n == 0.0 {
            return Err(Refusal::NoEvents);
        }
        let turned = |p: f64| p / (1.0 - p) * self.human_exposure / self.ai_exposure;
        let low = if x1 > 0.0 { beta_quantile(0.025, x1, x0 + 1.0) } else { 0.0 };
        let high = if x0 > 0.0 { beta_quantile(0.975, x1 + 1.0, x0) } else { 1.0 };
        let half = |p: f64| 0.5 * binomial_pmf(x1, n, p);
        let above = |p: f64| binomial_sf(x1, n, p) + half(p);
        let below = |p: f64| binomial_cdf(x1 - 1.0, n, p) + half(p);
        let (least, most) = (1e-15, 1.0 - 1e-15);
        let mid_low = if x1 > 0.0 { root(|p| above(p) - 0.025, least, most)? } else { 0.0 };
        let mid_high = if x0 > 0.0 { root(|p| below(p) - 0.025, least, most)? } else { 1.0 };
        let equal = self.ai_exposure / (self.ai_exposure + self.human_exposure);
        let lower = below(equal);
        Ok(RateRatio {
            value: (x1 / self.ai_exposure) / (x0 / self.human_exposure),
            exact: (turned(low), turned(high)),
            mid_p: (turned(mid_low), turned(mid_high)),
            mid_p_value: (2.0 * lower.min(1.0 - lower)).min(1.0),
            exact_p: no_likelier(self.ai_events, self.ai_events + self.human_events, equal),
        })
    }
}

/// Σ of the binomial probabilities that are no larger than that of `k`.
fn no_likelier(k: u64, n: u64, p: f64) -> f64 {
    let (n, here) = (n as f64, binomial_pmf(k as f64, n as f64, p) * (1.0 + 1e-7));
    let mode = ((n + 1.0) * p).floor().min(n);
    let tail_below = |limit: f64| binomial_cdf(limit, n, p);
    // Probabilities fall away from the mode on both sides: bisect for where they pass what was seen.
    let edge = |from: f64, step: f64, steps: f64| {
        let (mut low, mut high) = (0.0, steps);
        while low < high {
            let middle = ((low + high) / 2.0_f64).floor();
            if binomial_pmf(from + step * middle, n, p) <= here { high = middle } else { low = middle + 1.0 }
        }
        low
    };
    let down = edge(mode, -1.0, mode + 1.0);
    let up = edge(mode, 1.0, n - mode + 1.0);
    if down == 0.0 || up == 0.0 {
        return 1.0;
    }
    (tail_below(mode - down) + binomial_sf(mode + up - 1.0, n, p)).min(1.0)
}

fn positive(exposure: f64) -> Result<(), Refusal> {
    if exposure.is_finite() && exposure > 0.0 { Ok(()) } else { impossible("an exposure that is not above 0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_no_event() {
        let got = poisson_rate(0, 10.0).unwrap();
        assert!(got.low == 0.0 && (got.high - 0.368_887_945).abs() < 1e-9);
        assert!(poisson_rate(1, 0.0).is_err());
    }

    #[test]
    fn as_published() {
        // Rothman and Greenland 2008: 41 in 28,010 against 15 in 19,017 person-years.
        let rates = TwoRates { ai_events: 41, ai_exposure: 28_010.0, human_events: 15, human_exposure: 19_017.0 };
        let got = rates.ratio().unwrap();
        assert!((got.value - 1.8558).abs() < 1e-4 && got.exact.0 < got.mid_p.0 && got.mid_p.1 < got.exact.1, "{got:?}");
        assert!(got.exact_p > 0.0 && got.exact_p < 0.06, "{got:?}");
    }
}
