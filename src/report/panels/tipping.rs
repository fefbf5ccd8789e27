//! What would the ratios be if part of AI's work bore no label?

use super::judged::SIDES;
use super::{capital, row, table, text};
use crate::analysis::judged::{Judged, JudgedOutcome};
use crate::analysis::stats::proportions::Interval;
use crate::analysis::{Analysis, Estimate, Finding, Unit};
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

/// From which share on the interval of the ratio holds no difference any more, or holds it again, going down from all.
fn tips(points: &[[f64; 4]]) -> Option<f64> {
    let side = |point: &[f64; 4]| i8::from(point[2] > 1.0) - i8::from(point[3] < 1.0);
    let stands = side(points.last()?);
    points.iter().rev().find(|point| side(point) != stands).map(|point| point[0])
}

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
    let said = told.iter().map(|(outcome, points)| match tips(points) {
        Some(recall) => format!(
            "{} would read otherwise if {} or less of AI's work bore a label",
            outcome.asked.title.to_lowercase(),
            percent(recall)
        ),
        None => format!("{} reads alike down to {}", outcome.asked.title.to_lowercase(), percent(points[0][0])),
    });
    let answer = said.collect::<Vec<_>>().join("; ");
    let mut recalls: Vec<f64> = judged.rules.label_recall.iter().copied().filter(|recall| *recall < 1.0).collect();
    recalls.push(1.0);
    recalls.sort_by(|one, other| other.total_cmp(one));
    let rows = recalls.iter().map(|recall| {
        let cells = told.iter().map(|(outcome, points)| {
            let (n, events) =
                outcome.judgement.tally.map_or((0, 0), |t| (t.ai + t.human, t.ai_events + t.human_events));
            match points.iter().find(|point| point[0] == *recall) {
                Some(&[_, value, low, high]) => {
                    let interval = Interval { value, low, high };
                    Cell::Finding(Finding::Estimate(Estimate::new(
                        interval,
                        n,
                        events,
                        Unit::Ratio,
                        "matrix correction",
                    )))
                }
                None => Cell::Finding(Finding::TooLittleData {
                    n,
                    events,
                    reason: "as many missed labels would leave fewer than no changes without AI".to_owned(),
                }),
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
    let known = match audit {
        Some((recall, precision)) => format!(
            "An audit found a label on {} of AI's changes, and {} of labels right.",
            percent(recall),
            percent(precision)
        ),
        None => "How much of AI's work bears a label here nobody has checked: `shipwake audit draw` makes the sheet, `[report] audit` takes it.".to_owned(),
    };
    Some(Panel {
        id: "tipping",
        question: "What if only part of AI's work bears a label?".to_owned(),
        answer: format!("{}.", capital(&answer)),
        chart: Some(Chart::Plane {
            title: "AI over the rest, by how much of AI's work is known as such".to_owned(),
            unit: RATIO.to_owned(),
            across: Across { label: "% of AI's work that bears a label".to_owned(), is_log: false },
            lines: told.iter().enumerate().map(line).collect(),
            points: Vec::new(),
        }),
        tables: vec![table(
            "The ratio of the verdict, by the share of AI's work that bears a label",
            &columns,
            rows.collect(),
        )],
        how: format!(
            "AI's work without a label counts with the rest and makes both sides more alike than they are. The ratio of the verdict is \
             multiplied by what the matrix method makes of the ratio of shares; its error grows as its logarithm does. Labels are \
             taken to be missing from changes that fare well as often as from those that fare badly. {SIDES}"
        ),
        caveats: vec![known],
        query: Some("judged_changes"),
    })
}
