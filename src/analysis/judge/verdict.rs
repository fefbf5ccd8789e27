//! The rule from rungs to a word.

use serde::Serialize;

use super::differences::Difference;
use super::ladder::{Ladder, Rung, Step};
use super::rules::Rules;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// AI changes fail more.
    AiWorse,
    AiBetter,
    NoClearDifference,
    PracticallyEqual,
    /// Tiers or strata tell different stories.
    Heterogeneous,
    /// The sign, or whether there is a difference at all, is that of the comparison.
    DependsOnComparison,
    InsufficientData,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::AiWorse => "ai_worse",
            Self::AiBetter => "ai_better",
            Self::NoClearDifference => "no_clear_difference",
            Self::PracticallyEqual => "practically_equal",
            Self::Heterogeneous => "heterogeneous",
            Self::DependsOnComparison => "depends_on_comparison",
            Self::InsufficientData => "insufficient_data",
        }
    }
}

/// Words of a fixed vocabulary for how sure one may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The interval excludes 1, and so does that of every rung.
    Clear,
    /// It excludes 1, but rungs differ in size.
    Leans,
    /// It includes 1, or comparisons contradict each other.
    CannotTell,
    TooLittleData,
    /// It lies within the margins.
    AboutTheSame,
}

impl Word {
    pub fn words(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Leans => "leans",
            Self::CannotTell => "cannot tell",
            Self::TooLittleData => "too little data",
            Self::AboutTheSame => "about the same",
        }
    }
}

/// Changes, events and authors of both arms; no authors where nobody knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub ai: u64,
    pub ai_events: u64,
    pub ai_authors: Option<u64>,
    pub human: u64,
    pub human_events: u64,
}

/// What is missing, in words, and about when it would be enough; empty when there is enough. `days` is how long it took to
/// gather what there is, where that is known.
pub(super) fn shortfall(tally: &Tally, days: Option<f64>, rules: &Rules) -> Vec<String> {
    let mut missing = Vec::new();
    for (arm, changes, events) in [("AI", tally.ai, tally.ai_events), ("human", tally.human, tally.human_events)] {
        if changes < rules.changes_per_arm {
            missing.push(format!("{changes} {arm} changes of the {} needed", rules.changes_per_arm));
        }
        if events < rules.events_per_arm {
            // At the pace so far.
            let pace = (events.max(1) as f64) / (changes.max(1) as f64);
            let more = ((rules.events_per_arm - events) as f64 / pace).ceil();
            let wait = days.map(|days| days * more / changes.max(1) as f64);
            let when = wait.map_or_else(String::new, |days| format!(", or {days:.0} days"));
            missing.push(format!(
                "{events} failed {arm} changes of the {} needed: about {more} more {arm} changes{when} at this pace",
                rules.events_per_arm
            ));
        }
    }
    let events = tally.ai_events + tally.human_events;
    if events < rules.events {
        missing.push(format!("{events} failed changes of the {} needed", rules.events));
    }
    if let Some(authors) = tally.ai_authors.filter(|authors| *authors < rules.ai_authors) {
        missing.push(format!("{authors} authors of AI changes of the {} needed", rules.ai_authors));
    }
    missing
}

/// A rung that is on the other side of 1 than another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flip {
    pub from: Step,
    pub to: Step,
    pub values: (f64, f64),
    /// The column of strata that alone turns the sign, where one does.
    pub because_of: Option<String>,
}

/// The decision, with its reasons in words.
pub(super) fn decide(
    ladder: &Ladder,
    headline: &Rung,
    differences: &[Difference],
    is_size_at_work: bool,
    rules: &Rules,
) -> (Verdict, Vec<String>) {
    if headline.high / headline.low > rules.widest_interval || headline.high.is_nan() {
        let reason = format!("the interval, {:.2} to {:.2}, is too wide to say anything", headline.low, headline.high);
        return (Verdict::InsufficientData, vec![reason]);
    }
    if let Some(difference) = differences.iter().find(|difference| difference.is_decisive(rules)) {
        return (Verdict::Heterogeneous, vec![difference.words()]);
    }
    let per_change = ladder.per_change(headline).filter(|_| headline.at_equal_size && is_size_at_work);
    if let Some(other) = per_change.filter(|other| is_tale_of_size(other, headline, rules)) {
        let reason = format!("per change the ratio is {:.2}, at equal size {:.2}", other.value, headline.value);
        return (Verdict::DependsOnComparison, vec![reason]);
    }
    if let Some(other) = turned(ladder, headline, rules) {
        let reason = format!(
            "{} the ratio is {:.2}, {} {:.2}",
            headline.step.words(),
            headline.value,
            other.step.words(),
            other.value
        );
        return (Verdict::DependsOnComparison, vec![reason]);
    }
    let verdict = match headline.side() {
        1 => Verdict::AiWorse,
        -1 => Verdict::AiBetter,
        _ if headline.low >= rules.equal_from && headline.high <= rules.equal_to => Verdict::PracticallyEqual,
        _ => Verdict::NoClearDifference,
    };
    (verdict, Vec::new())
}

/// Either one is clear and the other not, or says the opposite, and they are apart; or both are clear, but most of what is
/// seen per change goes with size.
fn is_tale_of_size(per_change: &Rung, at_equal_size: &Rung, rules: &Rules) -> bool {
    let (whole, left) = (per_change.value.ln(), at_equal_size.value.ln());
    let contradict = per_change.side() != at_equal_size.side() && (whole - left).abs() > 0.1;
    contradict || (per_change.side() != 0 && left / whole < 1.0 - rules.size_takes)
}

/// A rung from the same window on that turns the sign of the headline: beyond 1 by the margin if the headline is clear;
/// itself clear, if the headline is not but beyond 1 the other way by the margin. Rungs too wide to tell do not count.
fn turned<'l>(ladder: &'l Ladder, headline: &Rung, rules: &Rules) -> Option<&'l Rung> {
    let is_up = |rung: &Rung| rung.value > rules.turned_sign;
    let is_down = |rung: &Rung| rung.value < 1.0 / rules.turned_sign;
    let is_turned = |rung: &&Rung| match headline.side() {
        0 => (is_up(headline) && rung.side() < 0) || (is_down(headline) && rung.side() > 0),
        1 => is_down(rung),
        _ => is_up(rung),
    };
    let is_telling = |rung: &&Rung| rung.step >= Step::SameWindow && rung.high / rung.low <= rules.widest_interval;
    ladder.rungs.iter().filter(is_telling).find(is_turned)
}

pub(super) fn word(verdict: Verdict, ladder: &Ladder, headline: &Rung) -> Word {
    match verdict {
        Verdict::InsufficientData => Word::TooLittleData,
        Verdict::PracticallyEqual => Word::AboutTheSame,
        Verdict::AiWorse | Verdict::AiBetter => {
            let agree = ladder.rungs.iter().filter(|rung| rung.step >= Step::SameWindow);
            let all = agree.into_iter().all(|rung| rung.side() == headline.side());
            if all { Word::Clear } else { Word::Leans }
        }
        Verdict::NoClearDifference | Verdict::Heterogeneous | Verdict::DependsOnComparison => Word::CannotTell,
    }
}
