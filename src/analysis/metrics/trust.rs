//! *What it measures*: how often an inferred `bug_inducing` link leads where the developers of the same repositories say it
//! should, how much of what they say is found, and whether a few commits take most of the blame.
//! *Why*: a figure that rests on inferred links is worth what the links are worth, and that differs from repository to
//! repository.
//! *Definition*: [`validation`] of the links that count, over all repositories looked at together. Figures that use them are
//! shown where enough of them could be checked and enough of those are right: [`Gate`]. *Caveats*: who names a culprit, and
//! of which bugs, is no chance; the whole history is compared, whatever window a report has.
//! *References*: Rosa et al. 2021, "Evaluating SZZ implementations through a developer-informed oracle".

use std::cmp::Ordering;

use crate::analysis::estimate::Finding;
use crate::analysis::validation::{self, Level, Validation};

/// How well inferred links must agree with stated ones.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gate {
    /// Inferred links of fixes that name their culprit, needed to say how often links are right.
    pub stated: u64,
    /// Precision that is needed, 0 to 1.
    pub precision: f64,
}

impl Default for Gate {
    fn default() -> Self {
        Self { stated: 30, precision: 0.6 }
    }
}

/// From which share of all links on five commits have too much of the blame, and of how many links that is asked.
const CONCENTRATED: f64 = 0.2;
const ENOUGH_LINKS: u64 = 50;

/// Inferred links held against stated ones.
#[derive(Debug)]
pub struct Trust {
    pub repos: Vec<(String, Validation)>,
    /// All repositories together.
    pub pooled: Validation,
    pub gate: Gate,
    /// Why links cannot be inferred at all: the reason and its remedy.
    pub withheld: Option<String>,
}

impl Trust {
    pub fn of(repos: Vec<(String, Validation)>, gate: Gate, withheld: Option<String>) -> Self {
        let all: Vec<Validation> = repos.iter().map(|(_, validation)| validation.clone()).collect();
        Self { repos, pooled: validation::pooled(&all), gate, withheld }
    }

    /// Why figures that use inferred links are not to be shown: the numbers and the remedy.
    pub fn too_little(&self) -> Option<String> {
        self.gate.why_not(self.pooled.counted()?)
    }

    /// Of the inferred links that count and could be checked, right.
    pub fn precision(&self) -> Option<f64> {
        match &self.pooled.counted()?.precision {
            Finding::Estimate(precision) => Some(precision.value),
            _ => None,
        }
    }

    /// Repositories where links, taken alone, do not pass.
    pub fn doubtful(&self) -> u64 {
        let fails =
            |validation: &Validation| validation.counted().is_some_and(|level| self.gate.why_not(level).is_some());
        self.repos.iter().filter(|(_, validation)| fails(validation)).count() as u64
    }
}

impl Gate {
    fn why_not(self, level: &Level) -> Option<String> {
        const NO_SUBSTITUTE: &str = "stated links alone are no substitute: developers do not name culprits at random";
        let checked = match level.inferred {
            0 => "none of the inferred links could be".to_owned(),
            1 => "1 inferred link could be".to_owned(),
            links => format!("{links} inferred links could be"),
        };
        let (Finding::Estimate(precision), true) = (&level.precision, level.inferred >= self.stated) else {
            return Some(format!("{checked} checked, {} are needed ({MORE}); {NO_SUBSTITUTE}", self.stated));
        };
        // What cannot be compared is not enough.
        let is_low = precision.value.partial_cmp(&self.precision).is_none_or(Ordering::is_lt);
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        is_low.then(|| {
            format!(
                "{} % ({}–{}) of the inferred links that could be checked are right, {} of {}, {} % are needed (`[report.inferred] \
                 precision` lowers that); {NO_SUBSTITUTE}",
                percent(precision.value),
                percent(precision.low),
                percent(precision.high),
                level.right,
                level.inferred,
                percent(self.precision)
            )
        })
    }
}

/// What helps where too few links could be checked.
const MORE: &str =
    "more fixes that name what they mend, `Fixes: <commit>`, would tell; `[report.inferred] stated` lowers the bar";

/// Of the inferred links that count, those that lead to the five commits named most often.
pub fn concentration(validation: &Validation) -> Finding {
    Finding::share(validation.on_the_biggest, validation.links, "no link that counts was inferred")
}

/// Whether five commits take too much of the blame.
pub fn is_concentrated(validation: &Validation) -> bool {
    validation.links >= ENOUGH_LINKS && validation.on_the_biggest as f64 > CONCENTRATED * validation.links as f64
}
