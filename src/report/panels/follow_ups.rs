//! The fix that followed: how often a fix is fixed again, and how soon changes are. One panel per question.

use super::outcomes::{NOT_EQUAL, SIDES, against, compared, drawn, intervals, rates, shown, within};
use super::{link_trust, row_with_commits, table};
use crate::analysis::Analysis;
use crate::analysis::listing::Listed;
use crate::analysis::metrics::follow_ups::{FollowUpAnswer, Way, WayAnswer};
use crate::analysis::metrics::{Minimum, WindowAnswer};
use crate::facts::Origin;
use crate::report::panel::{Chart, IntervalRow, Panel, Row, Table};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    analysis.follow_ups.iter().map(|answer| panel(analysis, answer)).collect()
}

fn panel(analysis: &Analysis, answer: &FollowUpAnswer) -> Panel {
    let question = answer.question;
    let told: Vec<&WayAnswer> = answer.ways.iter().filter(|way| way.withheld.is_none()).collect();
    let uses_inferred = told.iter().any(|way| way.way == Way::Bug);
    let mut tables: Vec<Table> = told.iter().map(|way| by_origin(analysis, answer, way)).collect();
    let mut caveats: Vec<String> = question.caveats.iter().map(|caveat| (*caveat).to_owned()).collect();
    if !told.is_empty() {
        tables.push(comparison(&told, analysis.minimum));
        caveats.push(NOT_EQUAL.to_owned());
    }
    if uses_inferred {
        tables.push(link_trust::beside(analysis));
        caveats.extend(link_trust::caveats(analysis));
    }
    Panel {
        id: question.id,
        question: question.question.to_owned(),
        answer: reading(analysis, answer, &told),
        chart: chart(answer, &told, analysis.minimum),
        tables,
        how: format!(
            "{} A fix is linked in two ways, told apart: it rewrote or deleted lines of what it followed, which is a bound, since it \
             may have done so for other reasons; or it leads there as what brought its bug, stated or inferred with \
             confidence 0.5 or more. {SIDES}",
            question.definition
        ),
        caveats,
        query: Some(question.listing),
    }
}

/// The longest window of each way; a way that may not be told says why.
fn reading(analysis: &Analysis, answer: &FollowUpAnswer, told: &[&WayAnswer]) -> String {
    let reason = answer.ways.iter().find_map(|way| way.withheld.as_deref());
    if let (true, Some(reason)) = (told.is_empty(), reason) {
        return format!("Withheld: {reason}.");
    }
    let sentence = |way: &WayAnswer| match (&way.withheld, way.windows.last()) {
        (Some(reason), _) => format!("By the bug they are linked to it is withheld: {reason}."),
        (None, Some(window)) => compared(window, answer.question.of, happened(way.way), analysis.minimum),
        (None, None) => String::new(),
    };
    let mut said: Vec<String> = answer.ways.iter().map(sentence).filter(|said| !said.is_empty()).collect();
    // Where nothing was watched both ways have the same to say.
    said.dedup();
    if told.iter().any(|way| way.way == Way::Bug) {
        said.push(link_trust::sentence(analysis));
    }
    said.join(" ")
}

fn happened(way: Way) -> &'static str {
    match way {
        Way::Lines => "had lines rewritten by a later fix",
        Way::Bug => "are linked to a bug that was fixed",
    }
}

fn in_words(way: Way) -> &'static str {
    match way {
        Way::Lines => "lines rewritten",
        Way::Bug => "linked to a bug",
    }
}

/// For the narrow places of a chart and a table.
fn short(way: Way) -> &'static str {
    match way {
        Way::Lines => "by lines",
        Way::Bug => "by bug",
    }
}

fn by_origin(analysis: &Analysis, answer: &FollowUpAnswer, way: &WayAnswer) -> Table {
    let labels: Vec<String> = way.windows.iter().map(|window| within(window.days)).collect();
    let columns: Vec<(&str, &str)> =
        std::iter::once(("Origin", "")).chain(labels.iter().map(|label| (label.as_str(), ""))).collect();
    let rows = Origin::ALL.iter().map(|&origin| origin_row(analysis, answer, way, origin)).collect();
    table(&format!("{}, {}, by origin", answer.question.title, in_words(way.way)), &columns, rows)
}

fn origin_row(analysis: &Analysis, answer: &FollowUpAnswer, way: &WayAnswer, origin: Origin) -> Row {
    let is_counted = |listed: &&Listed| listed.origin == Some(origin) && answer.question.counted(listed);
    let (commits, all) = shown(analysis, way.listed.iter().filter(is_counted));
    row_with_commits(rates(&way.windows, origin, analysis.minimum), commits, all)
}

fn comparison(told: &[&WayAnswer], minimum: Minimum) -> Table {
    let line = |way: &WayAnswer, window: &WindowAnswer| against(label(way, window), window, minimum);
    let rows = told.iter().flat_map(|way| way.windows.iter().map(move |window| line(way, window))).collect();
    let columns = [
        ("Window", "And how the fix is linked: by the lines it rewrote, or by the bug that it mends."),
        ("AI", "Agent and assisted since the first change with evidence of AI."),
        ("The rest", "Human and unknown since then."),
        ("Difference", "AI less the rest."),
        ("Ratio", "AI over the rest; 1 means no difference."),
    ];
    table("AI against the rest", &columns, rows)
}

fn chart(answer: &FollowUpAnswer, told: &[&WayAnswer], minimum: Minimum) -> Option<Chart> {
    let of_way = |way: &WayAnswer| -> Vec<IntervalRow> {
        way.windows.iter().flat_map(|window| intervals(&label(way, window), window, minimum)).collect()
    };
    drawn(answer.question.title, answer.question.of, told.iter().flat_map(|way| of_way(way)).collect())
}

/// `7 days, by lines`
fn label(way: &WayAnswer, window: &WindowAnswer) -> String {
    format!("{}, {}", words::counted(window.days.unsigned_abs(), "day"), short(way.way))
}
