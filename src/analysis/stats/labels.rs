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

/// The changes that bear one label, and what those of them that were checked say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckedLabel {
    /// All that bear it.
    pub changes: f64,
    /// As how many drawn alike the checked ones count: (Σw)² / Σw²; Kish 1965.
    pub worth: f64,
    /// The share of AI among them.
    pub ai: f64,
}

impl CheckedLabel {
    /// From groups that were drawn apart: how many changes each has, how many of them were checked, and how many of these are
    /// AI's. Groups of which none was checked are taken to be like the others. `None` where none was checked at all.
    pub fn of(groups: &[[f64; 3]]) -> Option<Self> {
        let seen = || groups.iter().filter(|[_, checked, _]| *checked > 0.0);
        let stands_for: f64 = seen().map(|[changes, ..]| changes).sum();
        if stands_for <= 0.0 {
            return None;
        }
        let spread: f64 = seen().map(|[changes, checked, _]| changes * changes / checked).sum();
        let ai: f64 = seen().map(|[changes, checked, ai]| changes * ai / checked).sum();
        let changes = groups.iter().map(|[changes, ..]| changes).sum();
        Some(Self { changes, worth: stands_for * stands_for / spread, ai: ai / stands_for })
    }
}

impl LabelAudit {
    /// In what the checked ones stand for.
    pub fn of([labelled, others]: &[CheckedLabel; 2]) -> Self {
        Self {
            both_ai: labelled.changes * labelled.ai,
            truth_human_label_ai: labelled.changes * (1.0 - labelled.ai),
            truth_ai_label_human: others.changes * others.ai,
            both_human: others.changes * (1.0 - others.ai),
        }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_by_origin_stands_for_its_origin() {
        // 300 labelled, all of 40 right. 100 human and 5,000 unknown, 40 of each checked, 4 of the unknown AI's.
        let labelled = CheckedLabel::of(&[[300.0, 40.0, 40.0]]).unwrap();
        let others = CheckedLabel::of(&[[100.0, 40.0, 0.0], [5000.0, 40.0, 4.0]]).unwrap();
        let quality = LabelAudit::of(&[labelled, others]).quality().unwrap();
        assert!(
            (quality.recall - 300.0 / 800.0).abs() < 1e-12 && (quality.precision - 1.0).abs() < 1e-12,
            "{quality:?}"
        );
        assert!(others.worth > 41.0 && others.worth < 42.0, "the human ones hardly tell: {others:?}");
    }

    #[test]
    fn labels_nobody_checked_say_nothing() {
        assert_eq!(CheckedLabel::of(&[[100.0, 0.0, 0.0]]), None);
        assert_eq!(CheckedLabel::of(&[]), None);
        let half = CheckedLabel::of(&[[100.0, 0.0, 0.0], [100.0, 10.0, 5.0]]).unwrap();
        assert_eq!(
            (half.changes, half.ai),
            (200.0, 0.5),
            "a group that nobody looked at is taken to be like the others"
        );
    }
}
