//! The judge: from a table of what became of changes to a verdict in plain words.
//!
//! [`reading`] takes a table of named columns for what it is; [`judge`] climbs the [`ladder`], asks whether one number may
//! stand for all ([`differences`]), what else could explain it ([`sensitivity`]), what a reader must be warned of, and
//! decides by the [`rules`], which were set before the run and are part of the answer. Everything is decided from columns and
//! figures, and the same rows give the same judgement, whatever their order and whatever authors are called.
//!
//! Nothing here says that AI caused anything.

mod adopting;
pub mod assumptions;
mod balance;
mod changes;
mod counting;
pub mod differences;
mod frequencies;
pub mod ladder;
pub mod outcomes;
mod periods;
pub mod reading;
pub mod rules;
pub mod sensitivity;
mod spells;
pub mod study;
pub mod verdict;
pub mod warning;

use serde::Serialize;

pub use balance::{Balance, Overlap};
use differences::Difference;
pub use frequencies::Frequency;
use ladder::{Ladder, Rung};
pub use periods::Period;
use rules::Rules;
use sensitivity::Sensitivity;
use study::Study;
use verdict::{Flip, Tally, Verdict, Word};
use warning::{Kind, Warning};

/// The verdict with everything it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    pub verdict: Verdict,
    pub word: Word,
    /// Natural frequencies first, then the ratio, then the word.
    pub sentence: String,
    /// Why it is no more than that; of insufficient data, what is missing.
    pub reasons: Vec<String>,
    pub tally: Option<Tally>,
    pub headline: Option<Rung>,
    pub ladder: Ladder,
    pub flip: Option<Flip>,
    pub frequencies: Vec<Frequency>,
    pub periods: Vec<Period>,
    pub overlap: Option<Overlap>,
    pub differences: Vec<Difference>,
    pub sensitivity: Sensitivity,
    pub warnings: Vec<Warning>,
    pub rules: Rules,
    /// What the headline's ratio is of.
    #[serde(skip)]
    what: &'static str,
}

impl Judgement {
    fn new(rules: &Rules) -> Self {
        Self {
            verdict: Verdict::InsufficientData,
            word: Word::TooLittleData,
            sentence: String::new(),
            reasons: Vec::new(),
            tally: None,
            headline: None,
            ladder: Ladder::default(),
            flip: None,
            frequencies: Vec::new(),
            periods: Vec::new(),
            overlap: None,
            differences: Vec::new(),
            sensitivity: Sensitivity::default(),
            warnings: Vec::new(),
            rules: rules.clone(),
            what: "",
        }
    }

    fn warn(&mut self, kind: Kind, because: impl Into<String>) {
        self.warnings.push(Warning::new(kind, because));
    }

    pub fn warns_of(&self, name: &str) -> bool {
        self.warnings.iter().any(|warning| warning.kind.name() == name)
    }

    /// Sets verdict and word by the rule, and the sentence.
    fn conclude(&mut self, is_size_at_work: bool, what: &'static str) {
        self.what = what;
        let Some(headline) = self.headline.clone() else { return self.tell() };
        let (verdict, reasons) =
            verdict::decide(&self.ladder, &headline, &self.differences, is_size_at_work, &self.rules);
        self.verdict = verdict;
        self.word = verdict::word(verdict, &self.ladder, &headline);
        self.reasons.extend(reasons);
        if verdict == Verdict::AiWorse && self.warns_of(Kind::DifferentialDetectionPossible.name()) {
            self.reasons.push("could be detection, not defects".to_owned());
        }
        self.tell();
    }

    /// Makes the sentence of what is known by now.
    fn tell(&mut self) {
        self.sentence = match &self.headline {
            Some(headline) => self.say(headline),
            None => format!("{}: {}", self.word.words(), self.reasons.join("; ")),
        };
    }

    fn say(&self, headline: &Rung) -> String {
        let what = self.what;
        let counted = self.frequencies.iter().rev().find(|row| row.cause == self.rules.cause).map(|row| {
            let within = row.days.map_or_else(String::new, |days| format!(" within {days} days"));
            format!("crudely {:.0} against {:.0} per 1,000 changes{within}; ", row.ai[1], row.human[1])
        });
        let mut sentence = format!(
            "{}AI is associated with {:.2} times {what}, {:.2} to {:.2} ({}{}): {}",
            counted.unwrap_or_default(),
            headline.value,
            headline.low,
            headline.high,
            headline.step.words(),
            if headline.at_equal_size { ", at equal size" } else { "" },
            self.word.words()
        );
        if self.verdict == Verdict::NoClearDifference
            && let Some(visible) = self.sensitivity.smallest_visible
        {
            sentence.push_str(&format!("; only a ratio of {visible:.2} or more would have been told from 1"));
        }
        for reason in &self.reasons {
            sentence.push_str(&format!("; {reason}"));
        }
        sentence
    }
}

/// Judges a table by rules that were set before.
pub fn judge(study: &Study, rules: &Rules) -> Judgement {
    match study {
        Study::Changes(changes) => changes::judge(changes, rules),
        Study::Counts(counts) => counting::judge(counts, rules),
        Study::Spells(spells) => spells::judge(spells, rules),
        Study::Adoption(units) => adopting::judge(units, rules),
    }
}
