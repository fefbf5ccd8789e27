//! How good labels are, from a sample that was checked by hand.

use super::refusal::{Refusal, impossible};

/// A hand-checked sample: what it is by what the label says, in counts, or in what they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LabelAudit {
    pub both_ai: f64,
    pub truth_ai_label_human: f64,
    pub truth_human_label_ai: f64,
    pub both_human: f64,
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
    /// The sample as if it had been drawn without heed of labels, of changes of which `ai` bear the label and `human` do not:
    /// what was checked of either label stands for its share, and never for more than was checked. `None` unless some of
    /// either label were checked.
    pub fn standing_for(&self, ai: u64, human: u64) -> Option<Self> {
        let checked = [self.both_ai + self.truth_human_label_ai, self.both_human + self.truth_ai_label_human];
        let all = (ai + human) as f64;
        let shares = [ai as f64 / all, human as f64 / all];
        if checked.iter().chain(&shares).any(|of_label| of_label.is_nan() || *of_label <= 0.0) {
            return None;
        }
        let n = (checked[0] / shares[0]).min(checked[1] / shares[1]);
        let [of_ai, of_human] = [n * shares[0] / checked[0], n * shares[1] / checked[1]];
        Some(Self {
            both_ai: self.both_ai * of_ai,
            truth_human_label_ai: self.truth_human_label_ai * of_ai,
            truth_ai_label_human: self.truth_ai_label_human * of_human,
            both_human: self.both_human * of_human,
        })
    }

    /// Refuses an empty sample.
    pub fn quality(&self) -> Result<LabelQuality, Refusal> {
        let [a, b, c, d] = [self.both_ai, self.truth_ai_label_human, self.truth_human_label_ai, self.both_human];
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
        let beta = |hits: f64, misses: f64| (hits + 1.0, misses + 1.0);
        [beta(self.both_ai, self.truth_ai_label_human), beta(self.both_human, self.truth_human_label_ai)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_drawn_label_by_label_stands_for_all() {
        // 45 of 50 labelled AI are; 5 of 50 others are too, and stand for nine times as many changes.
        let audit =
            LabelAudit { both_ai: 45.0, truth_human_label_ai: 5.0, truth_ai_label_human: 5.0, both_human: 45.0 };
        let got = audit.standing_for(100, 900).unwrap();
        let quality = got.quality().unwrap();
        assert!((quality.precision - 0.9).abs() < 1e-12 && (quality.recall - 0.5).abs() < 1e-12, "90 of 90 + 90");
        assert!((got.both_human + got.truth_ai_label_human - 50.0).abs() < 1e-12, "no more than were checked");
        let even = audit.standing_for(500, 500).unwrap();
        assert!((even.both_ai - 45.0).abs() < 1e-12 && (even.both_human - 45.0).abs() < 1e-12);
    }

    #[test]
    fn labels_nobody_checked_say_nothing() {
        let one_sided = LabelAudit { both_ai: 45.0, truth_human_label_ai: 5.0, ..LabelAudit::default() };
        assert_eq!(one_sided.standing_for(100, 900), None);
        assert_eq!(LabelAudit::default().standing_for(0, 0), None);
    }
}
