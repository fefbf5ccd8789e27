//! How good labels are, from a sample that was checked by hand.

use super::refusal::{Refusal, impossible};

/// Counts of a hand-checked sample: what it is by what the label says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LabelAudit {
    pub both_ai: u64,
    pub truth_ai_label_human: u64,
    pub truth_human_label_ai: u64,
    pub both_human: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelQuality {
    pub agreement: f64,
    /// (p₀ − pₑ) / (1 − pₑ); Cohen 1960. NaN where chance alone would agree.
    pub kappa: f64,
    /// Of those labelled AI, AI; NaN without any.
    pub precision: f64,
    /// Of AI, labelled AI: the label's sensitivity; NaN without any.
    pub recall: f64,
    /// Of human, labelled human; NaN without any.
    pub specificity: f64,
}

impl LabelAudit {
    /// Refuses an empty sample.
    pub fn quality(&self) -> Result<LabelQuality, Refusal> {
        let [a, b, c, d] = [self.both_ai, self.truth_ai_label_human, self.truth_human_label_ai, self.both_human]
            .map(|count| count as f64);
        let n = a + b + c + d;
        if n == 0.0 {
            return impossible("no change was checked by hand");
        }
        let agreement = (a + d) / n;
        let by_chance = ((a + b) * (a + c) + (c + d) * (b + d)) / (n * n);
        Ok(LabelQuality {
            agreement,
            kappa: (agreement - by_chance) / (1.0 - by_chance),
            precision: a / (a + c),
            recall: a / (a + b),
            specificity: d / (c + d),
        })
    }

    /// Posterior Beta(hits + 1, misses + 1) of sensitivity and of specificity under an even prior.
    pub fn posteriors(&self) -> [(f64, f64); 2] {
        let beta = |hits: u64, misses: u64| (hits as f64 + 1.0, misses as f64 + 1.0);
        [beta(self.both_ai, self.truth_ai_label_human), beta(self.both_human, self.truth_human_label_ai)]
    }
}
