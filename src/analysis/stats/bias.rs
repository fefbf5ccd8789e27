//! What would have to be wrong, or is known to be wrong, for the answer to be another.

use super::chance::Chance;
use super::numeric::quantile;
use super::proportions::{Interval, Z};
use super::refusal::{Refusal, impossible};
use super::two_by_two::TwoByTwo;

/// How strongly a hidden cause would have to be tied to both AI and failure to explain a risk ratio away:
/// RR + √(RR (RR − 1)), of 1/RR below 1; VanderWeele and Ding 2017. NaN unless the ratio is above 0.
pub fn e_value(ratio: f64) -> f64 {
    if ratio.is_nan() || ratio <= 0.0 {
        return f64::NAN;
    }
    let ratio = if ratio < 1.0 { 1.0 / ratio } else { ratio };
    ratio + (ratio * (ratio - 1.0)).sqrt()
}

/// The same for the limit nearer to 1; 1 where the interval holds 1.
pub fn e_value_of_limit(ratio: f64, low: f64, high: f64) -> f64 {
    if low <= 1.0 && high >= 1.0 { 1.0 } else { e_value(if ratio > 1.0 { low } else { high }) }
}

/// A hazard ratio as about a risk ratio where the event is common (above 15 %):
/// (1 − ½^√HR) / (1 − ½^√(1/HR)); VanderWeele 2017.
pub fn risk_ratio_of_hazard_ratio(hazard_ratio: f64) -> f64 {
    (1.0 - 0.5_f64.powf(hazard_ratio.sqrt())) / (1.0 - 0.5_f64.powf((1.0 / hazard_ratio).sqrt()))
}

/// An odds ratio as about a risk ratio where the event is common: √OR; VanderWeele 2017.
pub fn risk_ratio_of_odds_ratio(odds_ratio: f64) -> f64 {
    odds_ratio.sqrt()
}

/// How often a label or test is right: of those that have it (sensitivity), of those that have not (specificity).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    pub sensitivity: f64,
    pub specificity: f64,
}

impl Accuracy {
    pub const PERFECT: Self = Self { sensitivity: 1.0, specificity: 1.0 };

    /// Se + Sp − 1. Refuses a test no better than chance, and shares outside 0 to 1.
    pub fn youden(self) -> Result<f64, Refusal> {
        let Self { sensitivity, specificity } = self;
        if ![sensitivity, specificity].iter().all(|share| (0.0..=1.0).contains(share)) {
            return impossible("sensitivity and specificity lie within 0 and 1");
        }
        let youden = sensitivity + specificity - 1.0;
        if youden > 0.0 { Ok(youden) } else { impossible("sensitivity and specificity of a label that tells nothing") }
    }
}

/// A share of what is so, from a share of what was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoganGladen {
    pub apparent: f64,
    /// (p + Sp − 1) / (Se + Sp − 1), with its interval; it may leave 0 to 1, which says that Se or Sp is not right.
    pub adjusted: Interval,
    /// √(p q / n) / (Se + Sp − 1).
    pub error: f64,
}

/// Rogan and Gladen 1978. Se and Sp are taken as known. Refuses no units and a test no better than chance.
pub fn rogan_gladen(found: u64, n: u64, accuracy: Accuracy) -> Result<RoganGladen, Refusal> {
    if n == 0 || found > n {
        return impossible("more found than looked at");
    }
    let (youden, apparent) = (accuracy.youden()?, found as f64 / n as f64);
    let value = (apparent + accuracy.specificity - 1.0) / youden;
    let error = (apparent * (1.0 - apparent) / n as f64).sqrt() / youden;
    Ok(RoganGladen { apparent, adjusted: Interval { value, low: value - Z * error, high: value + Z * error }, error })
}

/// A fourfold table whose cells need not be whole: what is behind one whose AI label is wrong at times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeighedTable {
    pub ai_event: f64,
    pub human_event: f64,
    pub ai_n: f64,
    pub human_n: f64,
}

impl WeighedTable {
    pub fn of(observed: &TwoByTwo) -> Self {
        let [ai_event, ai_n, human_event, human_n] = observed.counts();
        Self { ai_event, human_event, ai_n, human_n }
    }

    /// As [`exposure_corrected`].
    pub fn behind_labels(&self, events: Accuracy, others: Accuracy) -> Result<Self, Refusal> {
        let behind = |labelled: f64, total: f64, accuracy: Accuracy| -> Result<f64, Refusal> {
            Ok((labelled - (1.0 - accuracy.specificity) * total) / accuracy.youden()?)
        };
        let without = self.ai_n - self.ai_event + (self.human_n - self.human_event);
        let with_event = self.ai_event + self.human_event;
        let ai_event = behind(self.ai_event, with_event, events)?;
        let ai_rest = behind(self.ai_n - self.ai_event, without, others)?;
        let (human_event, human_rest) = (with_event - ai_event, without - ai_rest);
        Ok(Self { ai_event, human_event, ai_n: ai_event + ai_rest, human_n: human_event + human_rest })
    }

    /// No cell is empty or negative: what was assumed of the label can be so.
    pub fn is_possible(&self) -> bool {
        let cells = [self.ai_event, self.human_event, self.ai_n - self.ai_event, self.human_n - self.human_event];
        cells.iter().all(|cell| *cell > 0.0)
    }

    pub fn shares(&self) -> (f64, f64) {
        (self.ai_event / self.ai_n, self.human_event / self.human_n)
    }

    pub fn risk_ratio(&self) -> f64 {
        let (ai, human) = self.shares();
        ai / human
    }

    pub fn odds_ratio(&self) -> f64 {
        self.ai_event * (self.human_n - self.human_event) / (self.human_event * (self.ai_n - self.ai_event))
    }
}

/// The matrix correction of exposure labels, among units with the event and among those without apart:
/// A = (a − (1 − Sp) M) / (Se + Sp − 1); Greenland 1988. With a perfect label it changes nothing. Ask
/// [`WeighedTable::is_possible`] before a ratio is shown. Refuses a label no better than chance.
pub fn exposure_corrected(observed: &TwoByTwo, events: Accuracy, others: Accuracy) -> Result<WeighedTable, Refusal> {
    WeighedTable::of(observed).behind_labels(events, others)
}

/// Shares of both arms behind an outcome that is found with other accuracy in each: Rogan and Gladen per arm. Refuses a
/// test no better than chance. A share outside 0 to 1 says that the accuracies are not right.
pub fn outcome_corrected(observed: &TwoByTwo, ai: Accuracy, human: Accuracy) -> Result<(f64, f64), Refusal> {
    let (p1, p0) = observed.shares();
    Ok(((p1 + ai.specificity - 1.0) / ai.youden()?, (p0 + human.specificity - 1.0) / human.youden()?))
}

/// Answers of a probabilistic bias analysis, as median, 2.5 % and 97.5 % points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbabilisticBias {
    /// Share of draws whose table is possible; the others are left out.
    pub valid_share: f64,
    /// From not knowing the label's accuracy alone.
    pub systematic: [f64; 3],
    /// From that and from chance.
    pub total: [f64; 3],
    pub draws: u32,
    pub seed: u64,
}

/// Draws Se and Sp of the AI label from Beta distributions, corrects the table by each, and adds the random error of the
/// observed log risk ratio (Katz); Lash, Fox and Fink 2009. Draws are counted from the seed, so that they are the same
/// on every run. Refuses tables without events in an arm and accuracies under which no table is possible.
pub fn probabilistic_bias(
    observed: &TwoByTwo,
    sensitivity: (f64, f64),
    specificity: (f64, f64),
    draws: u32,
    seed: u64,
) -> Result<ProbabilisticBias, Refusal> {
    if [sensitivity.0, sensitivity.1, specificity.0, specificity.1].iter().any(|count| count.is_nan() || *count <= 0.0)
    {
        return impossible("a Beta distribution has two numbers above 0");
    }
    let [a, n1, b, n0] = observed.counts();
    if a == 0.0 || b == 0.0 {
        return Err(Refusal::NoEvents);
    }
    let error = (1.0 / a - 1.0 / n1 + 1.0 / b - 1.0 / n0).sqrt();
    let (mut systematic, mut total) = (Vec::new(), Vec::new());
    for draw in 0..draws {
        let mut chance = Chance::new(seed, u64::from(draw));
        let accuracy = Accuracy {
            sensitivity: chance.beta(sensitivity.0, sensitivity.1),
            specificity: chance.beta(specificity.0, specificity.1),
        };
        let noise = chance.normal();
        let possible = exposure_corrected(observed, accuracy, accuracy).ok().filter(WeighedTable::is_possible);
        if let Some(table) = possible {
            systematic.push(table.risk_ratio());
            total.push(table.risk_ratio() * (error * noise).exp());
        }
    }
    if systematic.is_empty() {
        return impossible("no draw of sensitivity and specificity fits the counts");
    }
    let points = |mut values: Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        [0.5, 0.025, 0.975].map(|at| quantile(&values, at))
    };
    let valid_share = systematic.len() as f64 / f64::from(draws);
    Ok(ProbabilisticBias { valid_share, systematic: points(systematic), total: points(total), draws, seed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_label_needs_no_correction() {
        let observed = TwoByTwo::new(90, 1000, 160, 3000).unwrap();
        let same = exposure_corrected(&observed, Accuracy::PERFECT, Accuracy::PERFECT).unwrap();
        assert_eq!((same.ai_event, same.ai_n, same.human_event, same.human_n), (90.0, 1000.0, 160.0, 3000.0));
        let useless = Accuracy { sensitivity: 0.3, specificity: 0.6 };
        assert!(exposure_corrected(&observed, useless, useless).is_err());
    }

    #[test]
    fn e_values_as_published() {
        // VanderWeele and Ding 2017: 3.9 (1.8 to 8.7) has 7.26 and 3.0.
        assert!((e_value(3.9) - 7.26).abs() < 0.01 && (e_value_of_limit(3.9, 1.8, 8.7) - 3.0).abs() < 0.01);
        assert_eq!((e_value(0.5), e_value_of_limit(1.1, 0.9, 1.3)), (e_value(2.0), 1.0));
        assert!(e_value(-1.0).is_nan());
    }

    #[test]
    fn the_same_seed_gives_the_same_answer() {
        let observed = TwoByTwo::new(90, 1000, 160, 3000).unwrap();
        let of = |seed| probabilistic_bias(&observed, (60.0, 40.0), (196.0, 4.0), 2000, seed).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }
}
