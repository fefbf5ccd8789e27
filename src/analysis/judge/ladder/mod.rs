//! The same comparison, rung by rung: each heeds what the one before left out.
//!
//! Every rung is a ratio of AI to human changes, above 1 where AI changes fail more. It is made per change, and at equal
//! size where sizes are known: big tasks go to AI, and AI makes changes bigger, so that either number alone is a choice that
//! the reader did not make.

mod adopted;
mod errors;
mod points;

use serde::{Deserialize, Serialize};

use super::rules::Rules;
use super::study::Changes;
use crate::analysis::stats::proportions::Interval;
use crate::analysis::stats::refusal::Refusal;
pub(super) use errors::interval;
pub(super) use points::{Point, cox, overlap_weights, same_window, stratified_by, tables};

/// What a rung heeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Nothing: of all changes, those that ever failed.
    Crude,
    /// How long changes were watched, and from when on.
    SameWindow,
    /// Task, file risk, language, quarter, and size, by comparing within strata.
    Stratified,
    /// The same by weighting to changes that could have gone either way.
    Weighted,
    /// Who wrote it, by comparing within authors.
    WithinAuthor,
    /// When repositories adopted, against those that had not.
    Adoption,
    /// Labels that are wrong at times.
    Corrected,
}

impl Step {
    pub fn words(self) -> &'static str {
        match self {
            Self::Crude => "crude",
            Self::SameWindow => "same window",
            Self::Stratified => "like with like",
            Self::Weighted => "weighted",
            Self::WithinAuthor => "within author",
            Self::Adoption => "after adoption",
            Self::Corrected => "corrected for label errors",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rung {
    pub step: Step,
    pub at_equal_size: bool,
    pub method: &'static str,
    pub low: f64,
    pub value: f64,
    pub high: f64,
    /// Standard error of the logarithm, robust to clusters where there are any.
    pub log_error: f64,
    /// Share of changes that the rung has something to compare with.
    pub used: f64,
    /// These changes, and how many of them failed, where they are not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<[u64; 2]>,
}

impl Rung {
    pub(super) fn new(step: Step, at_equal_size: bool, point: &Point, interval: Interval) -> Self {
        Self {
            step,
            at_equal_size,
            method: point.method,
            low: interval.low,
            value: interval.value,
            high: interval.high,
            log_error: point.log_error,
            used: point.used,
            compared: point.compared,
        }
    }

    /// 1 or −1 where the interval excludes 1, else 0.
    pub fn side(&self) -> i8 {
        i8::from(self.low > 1.0) - i8::from(self.high < 1.0)
    }
}

/// A rung that could not be made, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Missing {
    pub step: Step,
    pub at_equal_size: bool,
    pub reason: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Ladder {
    pub rungs: Vec<Rung>,
    pub missing: Vec<Missing>,
    /// How far the shares of failures of repositories that were to adopt lay from the others', as of just before they did, in
    /// earlier periods; where chance does not explain it.
    pub apart_before_adoption: Option<f64>,
    /// Repositories that the step of adoption compares.
    pub repositories: Option<usize>,
}

impl Ladder {
    pub fn rung(&self, step: Step, at_equal_size: bool) -> Option<&Rung> {
        self.rungs.iter().find(|rung| rung.step == step && rung.at_equal_size == at_equal_size)
    }

    /// The rung that the verdict rests on: the one that was chosen, at equal size where there is one, else the best below.
    pub fn headline(&self, chosen: Step) -> Option<&Rung> {
        [chosen, Step::Stratified, Step::Weighted, Step::SameWindow, Step::Adoption]
            .into_iter()
            .find_map(|step| self.rung(step, true).or_else(|| self.rung(step, false)))
    }

    /// The same rung without heed of size.
    pub fn per_change(&self, headline: &Rung) -> Option<&Rung> {
        self.rung(headline.step, false).or_else(|| self.rung(Step::SameWindow, false))
    }
}

type Estimator = fn(&Changes, &Rules, bool) -> Result<Point, Refusal>;

/// All rungs that can be made of changes of known arms.
pub(super) fn of(changes: &Changes, rules: &Rules) -> Ladder {
    let mut ladder = Ladder::default();
    let steps: [(Step, Estimator); 5] = [
        (Step::Crude, points::crude),
        (Step::SameWindow, points::same_window),
        (Step::Stratified, points::stratified),
        (Step::Weighted, points::weighted),
        (Step::WithinAuthor, points::within_author),
    ];
    for (step, estimator) in steps {
        for at_equal_size in [false, true] {
            let is_plain = matches!(step, Step::Crude | Step::SameWindow);
            if at_equal_size && (is_plain || changes.size.is_none()) {
                continue;
            }
            if step == Step::Stratified && !at_equal_size && changes.strata.is_empty() {
                continue;
            }
            if step == Step::WithinAuthor && changes.author.is_none() {
                continue;
            }
            match estimator(changes, rules, at_equal_size) {
                Ok(point) => {
                    let again = |drawn: &Changes| estimator(drawn, rules, at_equal_size);
                    // What the verdict rests on; resampling every rung would cost too much.
                    let is_resampled = step == rules.headline || step == Step::SameWindow;
                    let interval = interval(changes, rules, &point, is_resampled.then_some(again));
                    ladder.rungs.push(Rung::new(step, at_equal_size, &point, interval));
                }
                Err(refusal) => ladder.missing.push(Missing { step, at_equal_size, reason: refusal.to_string() }),
            }
        }
    }
    match changes.adopting.as_ref().map(|adopting| adopted::of(adopting, rules)) {
        Some(Ok(adopted)) => {
            ladder.rungs.push(adopted.rung);
            ladder.apart_before_adoption = adopted.apart_before;
            ladder.repositories = Some(adopted.repositories);
        }
        Some(Err(refusal)) => {
            ladder.missing.push(Missing { step: Step::Adoption, at_equal_size: false, reason: refusal.to_string() });
        }
        None => {}
    }
    ladder
}
