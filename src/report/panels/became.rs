//! What became of 100 changes of either side?

use super::judged::SIDES;
use super::{capital, row, table, text};
use crate::analysis::judged::Judged;
use crate::analysis::stats::proportions::Interval;
use crate::analysis::{Analysis, Estimate, Finding, Unit};
use crate::report::panel::{Cell, Chart, IntervalRow, Panel};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    panel(&analysis.judged).filter(|_| analysis.judged.ai > 0).into_iter().collect()
}

fn panel(judged: &Judged) -> Option<Panel> {
    let longest = judged.became.last()?.days;
    let share = |of: &Interval, n: u64, events: u64| {
        Finding::Estimate(Estimate::new(*of, n, events, Unit::Share, "Aalen–Johansen"))
    };
    let rows = judged.became.iter().map(|one| {
        let [ai, rest] = &one.arms;
        row(vec![
            text(format!("within {} days", words::decimal(one.days, 0))),
            text(one.end),
            Cell::Finding(share(ai, judged.ai, one.events[0])),
            Cell::Finding(share(rest, judged.rest, one.events[1])),
        ])
    });
    let drawn = judged.became.iter().filter(|one| one.days == longest).flat_map(|one| {
        [("AI", "assisted", 0), ("the rest", "unknown", 1)].map(|(label, key, arm)| IntervalRow {
            group: capital(one.end),
            label: label.to_owned(),
            key: key.to_owned(),
            point: Some([one.arms[arm].value, one.arms[arm].low, one.arms[arm].high].map(|share| 100.0 * share)),
            note: format!("{} changes", words::count(one.events[arm])),
        })
    });
    let told: Vec<String> = (judged.became.iter())
        .filter(|one| one.days == longest && one.events.iter().any(|events| *events > 0))
        .map(|one| {
            let of_hundred = |arm: usize| {
                let Interval { value, low, high } = one.arms[arm];
                let [value, low, high] = [value, low, high].map(|share| words::decimal(100.0 * share, 1));
                format!("{value} ({low}–{high})")
            };
            format!("{} and {} {}", of_hundred(0), of_hundred(1), one.end)
        })
        .collect();
    Some(Panel {
        id: "became",
        question: "What became of 100 changes?".to_owned(),
        answer: format!(
            "After {} days, of 100 changes with AI and of 100 of the rest: {}.",
            words::decimal(longest, 0),
            if told.is_empty() { "all are as they landed".to_owned() } else { told.join("; ") }
        ),
        chart: Some(Chart::Intervals {
            title: format!("Of 100 changes, after {} days", words::decimal(longest, 0)),
            unit: "of 100".to_owned(),
            rows: drawn.collect(),
        }),
        tables: vec![table(
            "What came first",
            &[("Age", ""), ("What came first", ""), ("AI", "Agent and assisted."), ("The rest", "Human and unknown.")],
            rows.collect(),
        )],
        how: format!(
            "A change ends in what came first; what is left is as it landed. Cumulative incidence (Aalen–Johansen), which counts what \
             ended another way as gone: changes that could not be watched as long count for as long as they were. {SIDES}"
        ),
        caveats: vec![
            "Superseded is no failure; a line rewritten by a fix need not have been wrong.".to_owned(),
            "Nothing is held equal here: see the comparisons of like with like.".to_owned(),
            "Intervals take changes as independent.".to_owned(),
        ],
        query: Some("judged_changes"),
    })
}
