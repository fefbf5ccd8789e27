//! What would the ratios be if part of AI's work bore no label?

use super::judged::{SIDES, counts, ratio};
use super::{row, table, text};
use crate::analysis::judged::{Judged, JudgedOutcome};
use crate::analysis::stats::proportions::Interval;
use crate::analysis::{Analysis, Finding};
use crate::report::panel::{Across, Cell, Chart, Line, Panel, RATIO};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    panel(&analysis.judged).filter(|_| analysis.judged.ai > 0).into_iter().collect()
}

/// A ratio by the share of AI's work that bears a label: recall, value, low, high, by recall; the last is the ratio as it stands.
fn by_recall(outcome: &JudgedOutcome) -> Vec<[f64; 4]> {
    let judgement = &outcome.judgement;
    let corrected = judgement.sensitivity.by_label_recall.iter().filter_map(|at| {
        let [value, low, high] = at.ratio?;
        Some([at.recall, value, low, high])
    });
    let headline = judgement.headline.iter().map(|rung| [1.0, rung.value, rung.low, rung.high]);
    let mut points: Vec<[f64; 4]> = corrected.filter(|point| point[0] < 1.0).chain(headline).collect();
    points.sort_by(|one, other| one[0].total_cmp(&other[0]));
    points
}

/// Where so many of the others bear a label, how many of the failing AI changes would have to for the ratio to be 1.
fn turned_by(outcome: &JudgedOutcome) -> Vec<(f64, Option<f64>)> {
    let all = &outcome.judgement.sensitivity.by_label_recall;
    all.iter().filter(|at| at.recall < 1.0).map(|at| (at.recall, at.equal_if_failures)).collect()
}

/// The share of others' labels at which it is told in words what would turn a ratio.
const TOLD_AT: f64 = 0.8;

fn panel(judged: &Judged) -> Option<Panel> {
    let told: Vec<(&JudgedOutcome, Vec<[f64; 4]>)> = judged
        .outcomes
        .iter()
        .map(|outcome| (outcome, by_recall(outcome)))
        .filter(|(_, points)| points.len() > 1)
        .collect();
    if told.is_empty() {
        return None;
    }
    let percent = |part: f64| format!("{} %", words::decimal(100.0 * part, 0));
    let said = told.iter().filter_map(|(outcome, _)| {
        let title = outcome.asked.title.to_lowercase();
        let apart = |at: &(f64, Option<f64>)| (at.0 - TOLD_AT).abs();
        let all = turned_by(outcome).into_iter();
        let (others, failures) = all.min_by(|one, other| apart(one).total_cmp(&apart(other)))?;
        let others = percent(others);
        Some(match failures.map(percent) {
            Some(failures) => format!(
                "where {others} of the others bear one, both sides would be alike ({title}) if {failures} of the failing changes with AI did"
            ),
            None => format!("where {others} of the others bear one, no share of the failing changes makes both sides alike ({title})"),
        })
    });
    let answer = format!(
        "Labels that are missing from failing changes as often as from others hide part of a difference and make none: a ratio that is \
         not 1 lies further from it than it looks. Missing unevenly they may turn it: {}",
        said.collect::<Vec<_>>().join("; ")
    );
    let mut recalls: Vec<f64> = judged.rules.label_recall.iter().copied().filter(|recall| *recall < 1.0).collect();
    recalls.push(1.0);
    recalls.sort_by(|one, other| other.total_cmp(one));
    let rows = recalls.iter().map(|recall| {
        let cells = told.iter().map(|(outcome, points)| match points.iter().find(|point| point[0] == *recall) {
            Some(&[_, value, low, high]) => {
                let interval = Interval { value, low, high };
                Cell::Finding(ratio(&outcome.judgement, interval, "matrix correction"))
            }
            None => {
                let (n, events) = counts(&outcome.judgement);
                let reason = "labels cannot be so: a count would fall below none".to_owned();
                Cell::Finding(Finding::TooLittleData { n, events, reason })
            }
        });
        row(std::iter::once(text(percent(*recall))).chain(cells).collect())
    });
    let mut columns = vec![("Share of AI's work that bears a label", "At 100 % the ratio is the one of the verdict.")];
    columns.extend(told.iter().map(|(outcome, _)| (outcome.asked.title, "")));
    let line = |(at, (outcome, points)): (usize, &(&JudgedOutcome, Vec<[f64; 4]>))| Line {
        key: format!("fill-{}", at + 1),
        label: outcome.asked.title.to_owned(),
        points: points.iter().map(|[recall, value, low, high]| [100.0 * recall, *value, *low, *high]).collect(),
    };
    let audit = told.iter().find_map(|(outcome, _)| outcome.judgement.sensitivity.audit);
    let known = match (audit, judged.audited) {
        (Some((recall, precision)), [_, matched]) => format!(
            "An audit of {} found a label on {} of AI's changes, and {} of labels right.",
            words::counted(matched, "change"),
            percent(recall),
            percent(precision)
        ),
        (None, [0, _]) => {
            "How much of AI's work bears a label here nobody has checked: `shipwake audit draw` makes the sheet, \
                           `[report] audit` takes it."
                .to_owned()
        }
        (None, [drawn, matched]) => format!(
            "The audit sheet has an answer for {}, of which {} are among those compared: too few to say anything; some with a label \
             and some without are needed.",
            words::counted(drawn, "change"),
            words::count(matched)
        ),
    };
    let turned = recalls.iter().filter(|recall| **recall < 1.0).map(|recall| {
        let cells = told.iter().map(|(outcome, _)| {
            let failures =
                turned_by(outcome).into_iter().find(|(others, _)| others == recall).and_then(|(_, found)| found);
            text(failures.map_or("no share does it".to_owned(), percent))
        });
        row(std::iter::once(text(percent(*recall))).chain(cells).collect())
    });
    let mut turning = vec![("Of the others bear a label", "")];
    turning.extend(
        told.iter()
            .map(|(outcome, _)| (outcome.asked.title, "The share of failing changes with AI that would have to.")),
    );
    Some(Panel {
        id: "tipping",
        question: "What if only part of AI's work bears a label?".to_owned(),
        answer: format!("{answer}."),
        chart: Some(Chart::Plane {
            title: "AI over the rest, by how much of AI's work is known as such".to_owned(),
            unit: RATIO.to_owned(),
            across: Across { label: "% of AI's work that bears a label".to_owned(), is_log: false },
            lines: told.iter().enumerate().map(line).collect(),
            points: Vec::new(),
        }),
        tables: vec![
            table("The ratio of the verdict, by the share of AI's work that bears a label", &columns, rows.collect()),
            table("What would make both sides equal", &turning, turned.collect()),
        ],
        how: format!(
            "AI's work without a label counts with the rest and makes both sides more alike than they are. The ratio of the verdict, and \
             its limits, are corrected by the matrix method, with as many failures of the rest as there are. That something would be \
             found unevenly is thinkable: who looks into a failure looks at who wrote it. {SIDES}"
        ),
        caveats: vec![known],
        query: Some("judged_changes"),
    })
}
