//! What became of the changes: one panel per outcome, AI beside the rest.

use super::{SHOWN, commit_ref, link_trust, row_with_commits, table, text};
use crate::analysis::listing::Listed;
use crate::analysis::metrics::{Minimum, Needs, OutcomeAnswer, Tally, WindowAnswer};
use crate::analysis::{Analysis, Finding};
use crate::facts::Origin;
use crate::report::panel::{Cell, Chart, CommitRef, IntervalRow, Panel, Row, Table};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    analysis.outcomes.iter().filter(|answer| answer.is_told()).map(|answer| panel(analysis, answer)).collect()
}

fn panel(analysis: &Analysis, answer: &OutcomeAnswer) -> Panel {
    let outcome = answer.outcome;
    let mut caveats: Vec<String> = outcome.caveats.iter().map(|caveat| (*caveat).to_owned()).collect();
    let shown = answer.withheld.is_none();
    if shown {
        caveats.push(NOT_EQUAL.to_owned());
    }
    let is_inferred = shown && outcome.needs == Needs::Inferred;
    let mut tables = if shown { vec![by_origin(analysis, answer), comparison(analysis, answer)] } else { Vec::new() };
    if is_inferred {
        tables.push(link_trust::beside(analysis));
        caveats.extend(link_trust::caveats(analysis));
    }
    Panel {
        id: outcome.id,
        question: outcome.question.to_owned(),
        answer: match &answer.withheld {
            Some(reason) => format!("Withheld: {reason}."),
            None if is_inferred => {
                format!("{} {}", reading(answer, analysis.minimum), link_trust::sentence(analysis))
            }
            None => reading(answer, analysis.minimum),
        },
        chart: shown.then(|| chart(analysis, answer)).flatten(),
        tables,
        how: format!(
            "{} Only changes that could be watched for the whole window are counted, so that young changes do not look good. {SIDES}",
            outcome.definition
        ),
        caveats,
        query: Some(outcome.listing),
    }
}

pub(super) const NOT_EQUAL: &str = "AI and the rest differ in size, task and author, which is not held equal here: associated with, not an effect of AI.";
pub(super) const SIDES: &str = "AI is agent and assisted, the rest is human and unknown, both only since the first change with evidence of \
                                AI; automation is on neither side. Rates with Wilson's 95 % interval, differences with Newcombe's, ratios \
                                with Katz's.";

/// The longest window's comparison in one sentence; the tables have them all.
fn reading(answer: &OutcomeAnswer, minimum: Minimum) -> String {
    let Some(window) = answer.windows.last() else {
        return "No change has been watched for a whole window yet.".to_owned();
    };
    compared(window, "changes", answer.outcome.happened, minimum)
}

/// AI and the rest of one window in a sentence: of how many changes, or fixes, something happened.
pub(super) fn compared(window: &WindowAnswer, what: &str, happened: &str, minimum: Minimum) -> String {
    let side = |tally: Tally, whose: &str| {
        let said = match tally.rate(minimum) {
            rate @ Finding::Estimate(_) => {
                let said = words::say(&rate);
                format!(" ({}, {})", said.value, said.interval)
            }
            _ => String::new(),
        };
        format!("{} of {} {whose}{said}", words::count(tally.events), words::count(tally.watched))
    };
    let watched = words::counted(window.days.unsigned_abs(), "day");
    let known = |origin: Origin| window.by_origin.get(&origin).copied().unwrap_or_default();
    let without = known(Origin::Human).plus(known(Origin::Unknown));
    if window.ai.watched + window.rest.watched == 0 && without.watched > 0 {
        return format!(
            "{} {happened} within {watched}; no {what} with evidence of AI could be watched for as long.",
            side(without, &format!("{what} without evidence of AI"))
        );
    }
    if window.ai.watched + window.rest.watched == 0 {
        return format!(
            "Nothing to compare: no {what} with evidence of AI, or since the first such, could be watched for {watched}."
        );
    }
    let both = format!(
        "{} and {} {} within {}",
        side(window.ai, &format!("AI {what}")),
        side(window.rest, "of the rest"),
        happened,
        watched
    );
    match window.difference(minimum) {
        Finding::Estimate(difference) => {
            let verdict = match () {
                () if difference.low > 0.0 => "more often with AI, by",
                () if difference.high < 0.0 => "less often with AI, by",
                () => "cannot tell, the difference is",
            };
            format!("{both}: {verdict} {}.", words::say(&Finding::Estimate(difference)))
        }
        Finding::TooLittleData { reason, .. } => format!("{both}: too little data to compare ({reason})."),
        Finding::Withheld { reason } => format!("Withheld: {reason}."),
    }
}

fn by_origin(analysis: &Analysis, answer: &OutcomeAnswer) -> Table {
    let help = |at: usize| if at == 0 { WATCHED } else { "" };
    let windows: Vec<(String, &str)> =
        answer.windows.iter().enumerate().map(|(at, window)| (within(window.days), help(at))).collect();
    let mut columns = vec![("Origin", "")];
    columns.extend(windows.iter().map(|(label, help)| (label.as_str(), *help)));
    let rows = Origin::ALL.iter().map(|&origin| origin_row(analysis, answer, origin)).collect();
    table(&format!("{}, by origin", answer.outcome.title), &columns, rows)
}

const WATCHED: &str = "Of the changes that were watched for at least as long as the window.";

fn origin_row(analysis: &Analysis, answer: &OutcomeAnswer, origin: Origin) -> Row {
    let (commits, all) = commits(analysis, answer, |listed| listed.origin == Some(origin));
    row_with_commits(rates(&answer.windows, origin, analysis.minimum), commits, all)
}

/// An origin and its rate in each window.
pub(super) fn rates(windows: &[WindowAnswer], origin: Origin, minimum: Minimum) -> Vec<Cell> {
    let rate = |window: &WindowAnswer| match window.by_origin.get(&origin) {
        None | Some(Tally { watched: 0, .. }) => Cell::Empty,
        Some(tally) => Cell::Finding(tally.rate(minimum)),
    };
    std::iter::once(text(origin.as_str())).chain(windows.iter().map(rate)).collect()
}

/// The listed changes that were counted in the longest window.
fn commits(analysis: &Analysis, answer: &OutcomeAnswer, wanted: impl Fn(&Listed) -> bool) -> (Vec<CommitRef>, u64) {
    let counted_in = |listed: &Listed, window: &WindowAnswer| {
        listed.days.is_some_and(|days| days < window.days)
            && listed.observed_days.is_some_and(|days| days >= window.days)
    };
    let counted = answer
        .listed
        .iter()
        .filter(|listed| wanted(listed) && answer.windows.iter().any(|window| counted_in(listed, window)));
    shown(analysis, counted)
}

/// The first of some listed changes with what followed them, and how many there are.
pub(super) fn shown<'a>(
    analysis: &Analysis,
    counted: impl Iterator<Item = &'a Listed> + Clone,
) -> (Vec<CommitRef>, u64) {
    let note = |listed: &Listed| {
        let by = listed.by.as_deref().map(words::short_id).unwrap_or_default();
        format!("{} later: {by}", words::counted(listed.days.unwrap_or_default().unsigned_abs(), "day"))
    };
    let all = counted.clone().count() as u64;
    (counted.take(SHOWN).map(|listed| commit_ref(analysis, listed, note(listed))).collect(), all)
}

fn comparison(analysis: &Analysis, answer: &OutcomeAnswer) -> Table {
    let rows = answer.windows.iter().map(|window| against(format!("{} days", window.days), window, analysis.minimum));
    let columns = [
        ("Window", ""),
        ("AI", "Agent and assisted changes since the first with evidence of AI."),
        ("The rest", "Human and unknown changes since then."),
        ("Difference", "AI less the rest."),
        ("Ratio", "AI over the rest; 1 means no difference."),
    ];
    table("AI against the rest", &columns, rows.collect())
}

/// AI against the rest in one window.
pub(super) fn against(label: String, window: &WindowAnswer, minimum: Minimum) -> Row {
    let findings =
        [window.ai.rate(minimum), window.rest.rate(minimum), window.difference(minimum), window.ratio(minimum)];
    super::row(std::iter::once(text(label)).chain(findings.map(Cell::Finding)).collect())
}

fn chart(analysis: &Analysis, answer: &OutcomeAnswer) -> Option<Chart> {
    let rows = answer.windows.iter().flat_map(|window| intervals(&within(window.days), window, analysis.minimum));
    drawn(answer.outcome.title, "changes", rows.collect())
}

/// Rates of so many of something, if any can be drawn.
pub(super) fn drawn(title: &str, of: &str, rows: Vec<IntervalRow>) -> Option<Chart> {
    let unit = format!("per 1,000 {of}");
    rows.iter().any(|row| row.point.is_some()).then(|| Chart::Intervals {
        title: format!("{title}, {unit}"),
        unit,
        rows,
    })
}

/// `Within 30 days`.
pub(super) fn within(days: i64) -> String {
    format!("Within {}", words::counted(days.unsigned_abs(), "day"))
}

/// One row of a chart for each origin there is.
pub(super) fn intervals(group: &str, window: &WindowAnswer, minimum: Minimum) -> Vec<IntervalRow> {
    let origins = Origin::ALL.iter().filter_map(|origin| Some((*origin, window.by_origin.get(origin)?)));
    let rows = origins.map(|(origin, tally)| {
        let (point, note) = match tally.rate(minimum) {
            Finding::Estimate(rate) => (
                Some([rate.value, rate.low, rate.high].map(|share| share * 1000.0)),
                format!("n={}, {}", words::count(rate.n), words::counted(rate.events, "event")),
            ),
            Finding::TooLittleData { n, .. } => (None, format!("n={}", words::count(n))),
            Finding::Withheld { reason } => (None, reason),
        };
        IntervalRow { group: group.to_owned(), label: origin.to_string(), key: origin.to_string(), point, note }
    });
    rows.collect()
}
