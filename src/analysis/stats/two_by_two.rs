//! A fourfold table: who had the event, by arm.

use super::distributions::ln_choose;
use super::numeric::{root, root_within};
use super::proportions::{self, Interval, Z};
use super::refusal::{Refusal, impossible};

/// Events of units in the AI arm (1) and in the human one (0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TwoByTwo {
    pub ai_event: u64,
    pub ai_n: u64,
    pub human_event: u64,
    pub human_n: u64,
}

impl TwoByTwo {
    /// Refuses an arm without a unit and more events than units.
    pub fn new(ai_event: u64, ai_n: u64, human_event: u64, human_n: u64) -> Result<Self, Refusal> {
        if ai_n == 0 || human_n == 0 {
            return Err(Refusal::Empty { what: if ai_n == 0 { "AI units" } else { "human units" } });
        }
        if ai_event > ai_n || human_event > human_n {
            return impossible("more events than units");
        }
        Ok(Self { ai_event, ai_n, human_event, human_n })
    }

    pub fn swapped(self) -> Self {
        Self { ai_event: self.human_event, ai_n: self.human_n, human_event: self.ai_event, human_n: self.ai_n }
    }

    /// a, n₁, b, n₀.
    pub(super) fn counts(&self) -> [f64; 4] {
        [self.ai_event, self.ai_n, self.human_event, self.human_n].map(|count| count as f64)
    }

    pub fn shares(&self) -> (f64, f64) {
        let [a, n1, b, n0] = self.counts();
        (a / n1, b / n0)
    }

    /// p₁ − p₀ by Newcombe's method 10.
    pub fn newcombe(&self) -> Option<Interval> {
        proportions::newcombe(self.ai_event, self.ai_n, self.human_event, self.human_n)
    }

    /// p₁ / p₀ with Katz's interval; `None` unless both arms have events.
    pub fn risk_ratio(&self) -> Option<Interval> {
        proportions::katz_ratio(self.ai_event, self.ai_n, self.human_event, self.human_n)
    }

    /// The odds ratio with Woolf's interval, log OR ± z √Σ 1/cell (Woolf 1955); `None` with an empty cell.
    pub fn odds_ratio(&self) -> Option<Interval> {
        let [a, n1, b, n0] = self.counts();
        let cells = [a, n1 - a, b, n0 - b];
        if cells.iter().any(|cell| *cell <= 0.0) {
            return None;
        }
        let value = a * (n0 - b) / (b * (n1 - a));
        let spread = Z * cells.iter().map(|cell| 1.0 / cell).sum::<f64>().sqrt();
        Some(Interval { value, low: value * (-spread).exp(), high: value * spread.exp() })
    }

    /// Cohen's h = 2 asin √p₁ − 2 asin √p₀ (1988): a difference on a scale of even spread.
    pub fn cohen_h(&self) -> f64 {
        let (p1, p0) = self.shares();
        2.0 * p1.sqrt().asin() - 2.0 * p0.sqrt().asin()
    }

    /// p₁ − p₀ with the score interval of Miettinen and Nurminen (1985): the differences d for which
    /// (p̂₁ − p̂₀ − d)² / Ṽ(d) ≤ z², where Ṽ is the variance at the likeliest p₁, p₀ that differ by d, times N/(N − 1).
    pub fn miettinen_nurminen(&self) -> Interval {
        let [a, n1, b, n0] = self.counts();
        let value = a / n1 - b / n0;
        let beyond = |d: f64| {
            let (p1, p0) = self.restricted(d);
            let total = n1 + n0;
            let variance = (p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0) * total / (total - 1.0);
            (value - d).powi(2) / variance.max(1e-300) - Z * Z
        };
        // At the difference that was seen it is −z².
        let limit = |end: f64| if beyond(end) < 0.0 { end } else { root(beyond, end, value).unwrap_or(end) };
        let edge = 1.0 - 1e-9;
        let low = if value <= -edge { -1.0 } else { limit(-edge) };
        let high = if value >= edge { 1.0 } else { limit(edge) };
        Interval { value, low, high }
    }

    /// The likeliest (p₁, p₀) with p₁ − p₀ = d: the middle root of a cubic, in closed form.
    fn restricted(&self, d: f64) -> (f64, f64) {
        let [a, n1, b, n0] = self.counts();
        let total = n1 + n0;
        let l3 = total;
        let l2 = (n1 + 2.0 * n0) * d - total - (a + b);
        let l1 = (n0 * d - total - 2.0 * b) * d + a + b;
        let l0 = b * d * (1.0 - d);
        let third = l2 / (3.0 * l3);
        let q = third.powi(3) - l1 * l2 / (6.0 * l3 * l3) + l0 / (2.0 * l3);
        let p = (third * third - l1 / (3.0 * l3)).max(0.0).sqrt().copysign(if q == 0.0 { 1.0 } else { q });
        let angle = if p == 0.0 { 0.0 } else { (q / p.powi(3)).clamp(-1.0, 1.0) };
        let at = (std::f64::consts::PI + angle.acos()) / 3.0;
        let p0 = (2.0 * p * at.cos() - third).clamp((-d).max(0.0), (1.0 - d).min(1.0));
        (p0 + d, p0)
    }

    /// Fisher's exact test (1935), given all four margins: the two-sided p adds up the tables that are no likelier than
    /// this one; the odds ratio is the conditional maximum-likelihood one, its limits invert the one-sided tests.
    pub fn fisher(&self) -> Fisher {
        self.fisher_within(0.0)
    }

    /// The same as R's `fisher.test` gives it, whose odds ratios are solved on the scale of θ up to 1 and of 1/θ beyond to
    /// [`R_COARSE`] only: up to 1 % off where they are large.
    pub fn fisher_as_r(&self) -> Fisher {
        self.fisher_within(R_COARSE)
    }

    fn fisher_within(&self, tolerance: f64) -> Fisher {
        let tables = Hypergeometric::of(self);
        let (at, last) = (tables.seen, tables.logs.len() - 1);
        let central = tables.at(1.0);
        let here = central[at] * (1.0 + 1e-7);
        let p = central.iter().filter(|other| **other <= here).sum::<f64>().min(1.0);
        let solve = |excess: &dyn Fn(f64) -> f64| {
            let at_one = excess(1.0);
            if at_one == 0.0 {
                return 1.0;
            }
            // Beyond 1 the other way round, so that the scale stays within bounds.
            let below = root_within(excess, 0.0, 1.0, tolerance);
            let above = || root_within(|turned| excess(1.0 / turned), f64::EPSILON, 1.0, tolerance).map(f64::recip);
            below.or_else(|_| above()).unwrap_or(f64::NAN)
        };
        let tail = |ratio: f64, from: usize, to: usize| tables.at(ratio)[from..=to].iter().sum::<f64>();
        Fisher {
            p,
            odds_ratio: match at {
                0 => 0.0,
                at if at == last => f64::INFINITY,
                _ => solve(&|ratio| tables.mean(ratio) - at as f64),
            },
            low: if at == 0 { 0.0 } else { solve(&|ratio| tail(ratio, at, last) - 0.025) },
            high: if at == last { f64::INFINITY } else { solve(&|ratio| tail(ratio, 0, at) - 0.025) },
        }
    }
}

/// The default tolerance of R's `uniroot`: the fourth root of the machine's.
const R_COARSE: f64 = 1.220_703_125e-4;

/// An answer of Fisher's test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fisher {
    pub p: f64,
    pub odds_ratio: f64,
    pub low: f64,
    pub high: f64,
}

/// All tables with the margins of one, by the events of the AI arm.
struct Hypergeometric {
    logs: Vec<f64>,
    seen: usize,
}

impl Hypergeometric {
    fn of(table: &TwoByTwo) -> Self {
        let [_, n1, _, n0] = table.counts();
        let events = table.ai_event + table.human_event;
        let low = events.saturating_sub(table.human_n);
        let high = events.min(table.ai_n);
        let log = |a: u64| ln_choose(n1, a as f64) + ln_choose(n0, (events - a) as f64);
        Self { logs: (low..=high).map(log).collect(), seen: (table.ai_event - low) as usize }
    }

    /// Probabilities under an odds ratio.
    fn at(&self, ratio: f64) -> Vec<f64> {
        let log_ratio = ratio.ln();
        let shifted = |(log, at): (&f64, u32)| if at == 0 { *log } else { log + f64::from(at) * log_ratio };
        let logs: Vec<f64> = self.logs.iter().zip(0u32..).map(shifted).collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = logs.iter().map(|log| (log - top).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / total).collect()
    }

    /// Expected events above the fewest.
    fn mean(&self, ratio: f64) -> f64 {
        self.at(ratio).iter().zip(0u32..).map(|(p, at)| p * f64::from(at)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_intervals_as_published() {
        // Newcombe 1998, table II, Miettinen–Nurminen.
        for (table, low, high) in
            [((56, 70, 48, 80), 0.0528, 0.3382), ((9, 10, 3, 10), 0.1700, 0.8406), ((5, 56, 0, 29), -0.0326, 0.1933)]
        {
            let (a, n1, b, n0) = table;
            let got = TwoByTwo::new(a, n1, b, n0).unwrap().miettinen_nurminen();
            assert!((got.low - low).abs() < 6e-5 && (got.high - high).abs() < 6e-5, "{got:?}");
        }
    }

    #[test]
    fn the_lady_tasting_tea() {
        // Fisher 1935: 3 of 4 right; R: p 0.4857, odds ratio 6.408309 (0.2117329 to 621.9337505).
        let table = TwoByTwo::new(3, 4, 1, 4).unwrap();
        let (got, as_r) = (table.fisher(), table.fisher_as_r());
        assert!((got.p - 0.485_714_285_714).abs() < 1e-9 && (got.odds_ratio - 6.408_3).abs() < 1e-4, "{got:?}");
        assert!((as_r.low - 0.211_732_9).abs() < 1e-7 && (as_r.high - 621.933_750_5).abs() < 1e-6, "{as_r:?}");
        assert!((got.low / as_r.low - 1.0).abs() < 1e-3 && (got.high / as_r.high - 1.0).abs() < 1e-2);
    }

    #[test]
    fn an_empty_arm_is_refused() {
        assert!(TwoByTwo::new(0, 0, 1, 2).is_err() && TwoByTwo::new(3, 2, 1, 2).is_err());
    }
}
