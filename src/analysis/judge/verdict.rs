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

/// Failures from which it is told when there will be enough.
const FORETOLD: u64 = 3;

fn time(days: f64) -> String {
    if days < 730.0 { format!("{days:.0} days") } else { format!("{:.0} years", days / 365.25) }
}

/// What is missing, in words, and about when it would be enough; empty when there is enough. `days` is how long it took to
/// gather what there is, where that is known.
pub(super) fn shortfall(tally: &Tally, days: Option<f64>, rules: &Rules) -> Vec<String> {
    let mut missing = Vec::new();
    for (arm, changes, events) in [("AI", tally.ai, tally.ai_events), ("other", tally.human, tally.human_events)] {
        if changes < rules.changes_per_arm {
            missing.push(format!("{changes} {arm} changes of the {} needed", rules.changes_per_arm));
        }
        if events < rules.events_per_arm {
            // Fewer make no pace.
            let pace = (events >= FORETOLD).then(|| events as f64 / changes.max(1) as f64);
            let forecast = pace.map_or_else(String::new, |pace| {
                let more = ((rules.events_per_arm - events) as f64 / pace).ceil();
                let wait = days.map(|days| days * more / changes.max(1) as f64);
                let when = wait.map_or_else(String::new, |days| format!(", or {}", time(days)));
                format!(": roughly {more} more {arm} changes{when} at this pace")
            });
            let failed = if events == 1 { "change" } else { "changes" };
            missing.push(format!("{events} failed {arm} {failed} of the {} needed{forecast}", rules.events_per_arm));
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
        let of_size = if other.at_equal_size { ", at equal size" } else { "" };
        let reason = format!(
            "another step ({}{of_size}) says otherwise, {:.2} ({:.2} to {:.2})",
            other.step.words(),
            other.value,
            other.low,
            other.high
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

/// A rung from the same window on that turns the sign of the headline: beyond 1 by the margin if the headline is clear. One
/// that is not clear but beyond 1 by the margin is contradicted only by what it refines, a clear rung below it; else one
/// false alarm on any rung would do. Rungs too wide to tell do not count.
fn turned<'l>(ladder: &'l Ladder, headline: &Rung, rules: &Rules) -> Option<&'l Rung> {
    let is_up = |rung: &Rung| rung.value > rules.turned_sign;
    let is_down = |rung: &Rung| rung.value < 1.0 / rules.turned_sign;
    let is_turned = |rung: &&Rung| match headline.side() {
        0 if rung.step >= headline.step => false,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rung(step: Step, at_equal_size: bool, low: f64, value: f64, high: f64) -> Rung {
        Rung { step, at_equal_size, method: "test", low, value, high, log_error: 0.1, used: 1.0, compared: None }
    }

    fn decided(rungs: &[Rung], is_size_at_work: bool) -> Verdict {
        let ladder = Ladder { rungs: rungs.to_vec(), ..Ladder::default() };
        let headline = ladder.headline(Step::Stratified).unwrap().clone();
        decide(&ladder, &headline, &[], is_size_at_work, &Rules::default()).0
    }

    #[test]
    fn the_rule() {
        let plain = |low, value, high| decided(&[rung(Step::Stratified, false, low, value, high)], false);
        assert_eq!(plain(1.1, 1.4, 1.8), Verdict::AiWorse);
        assert_eq!(plain(0.5, 0.7, 0.9), Verdict::AiBetter);
        assert_eq!(plain(0.81, 1.0, 1.24), Verdict::PracticallyEqual);
        assert_eq!(plain(0.79, 1.0, 1.24), Verdict::NoClearDifference);
        assert_eq!(plain(0.4, 1.2, 3.7), Verdict::InsufficientData);
        // A clear difference within the margins is still a difference.
        assert_eq!(plain(1.01, 1.1, 1.2), Verdict::AiWorse);
    }

    #[test]
    fn the_crude_rung_turns_nothing_and_later_ones_do() {
        let headline = rung(Step::Stratified, false, 1.1, 1.4, 1.8);
        let crude = rung(Step::Crude, false, 0.6, 0.7, 0.8);
        assert_eq!(decided(&[crude.clone(), headline.clone()], false), Verdict::AiWorse);
        let within = rung(Step::WithinAuthor, false, 0.6, 0.9, 1.3);
        assert_eq!(decided(&[crude, headline.clone(), within], false), Verdict::DependsOnComparison);
        let nearly = rung(Step::WithinAuthor, false, 0.8, 0.99, 1.2);
        assert_eq!(decided(&[headline, nearly], false), Verdict::AiWorse);
    }

    #[test]
    fn a_headline_that_is_not_clear_is_contradicted_by_what_it_refines_only() {
        let headline = rung(Step::Stratified, false, 0.68, 0.83, 1.01);
        let below = rung(Step::SameWindow, false, 1.8, 2.1, 2.5);
        assert_eq!(decided(&[below, headline.clone()], false), Verdict::DependsOnComparison);
        let above = rung(Step::WithinAuthor, false, 1.01, 1.2, 1.4);
        assert_eq!(decided(&[headline, above], false), Verdict::NoClearDifference);
    }

    #[test]
    fn what_goes_with_size_depends_on_the_comparison() {
        let per_change = rung(Step::Stratified, false, 1.5, 1.9, 2.4);
        let unclear = rung(Step::Stratified, true, 0.9, 1.1, 1.4);
        assert_eq!(decided(&[per_change.clone(), unclear.clone()], true), Verdict::DependsOnComparison);
        assert_eq!(decided(&[per_change.clone(), unclear], false), Verdict::NoClearDifference);
        let halved = rung(Step::Stratified, true, 1.05, 1.25, 1.5);
        assert_eq!(decided(&[per_change.clone(), halved], true), Verdict::DependsOnComparison);
        let little_less = rung(Step::Stratified, true, 1.4, 1.7, 2.1);
        assert_eq!(decided(&[per_change, little_less], true), Verdict::AiWorse);
    }

    #[test]
    fn what_is_missing_is_said_with_when_it_would_be_enough() {
        let tally = |ai_events| Tally { ai: 40, ai_events, ai_authors: Some(3), human: 500, human_events: 30 };
        let missing = |ai_events| shortfall(&tally(ai_events), Some(100.0), &Rules::default());
        let authors = "3 authors of AI changes of the 5 needed";
        let foretold = "4 failed AI changes of the 5 needed: roughly 10 more AI changes, or 25 days at this pace";
        assert_eq!(missing(4), [foretold, authors]);
        assert_eq!(missing(1), ["1 failed AI change of the 5 needed", authors], "one failure makes no pace");
        let enough = Tally { ai: 30, ai_events: 5, ai_authors: Some(5), human: 30, human_events: 5 };
        assert!(shortfall(&enough, None, &Rules::default()).is_empty());
    }

    #[test]
    fn rules_can_be_set_in_part_and_misspelt_ones_are_refused() {
        let rules: Rules = serde_json::from_str(r#"{"events": 20, "headline": "weighted"}"#).unwrap();
        assert_eq!(rules, Rules { events: 20, headline: Step::Weighted, ..Rules::default() });
        assert!(serde_json::from_str::<Rules>(r#"{"evnets": 20}"#).is_err());
    }
}
