//! What does the attribution rest on?

use std::collections::BTreeMap;

use chrono::Datelike;

use super::{row, table, text};
use crate::analysis::{Analysis, Finding};
use crate::facts::Origin;
use crate::report::panel::{Cell, Panel, Row};
use crate::report::words;

/// Signals shown; the query lists them all.
const SHOWN: usize = 25;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let unknown = analysis.origins.get(&Origin::Unknown).copied().unwrap_or_default();
    let all = analysis.changes();
    let covered = all.saturating_sub(unknown);
    let has_pulls = analysis.signals.iter().any(|signal| signal.pulls > 0);
    let mut columns = vec![
        ("Signal", "Its id in the catalogue."),
        ("Tool", ""),
        ("Proves", ""),
        ("Strength", ""),
        ("Commits", "Of the default branch."),
    ];
    columns.extend(has_pulls.then_some(("Pull requests", "That landed there and say so themselves.")));
    let rows = analysis.signals.iter().take(SHOWN).map(|signal| {
        let mut cells = vec![
            text(signal.signal_id.as_str()),
            signal.agent.as_deref().map_or(Cell::Empty, text),
            text(signal.proves.as_str()),
            text(signal.strength.as_str()),
            Cell::Count(signal.commits),
        ];
        cells.extend(has_pulls.then_some(Cell::Count(signal.pulls)));
        row(cells)
    });
    vec![Panel {
        id: "evidence",
        question: "What does the attribution rest on?".to_owned(),
        answer: format!("{} of {} carry evidence of who wrote them.", words::count(covered), words::counted(all, "change")),
        chart: None,
        tables: vec![
            table("Coverage", &[("", ""), ("Share of changes", "")], vec![row(vec![text("with evidence"), Cell::Finding(analysis.share(covered))])]),
            table(
                "Coverage by year",
                &[("Year", "Of landing."), ("Changes", ""), ("Unknown", "Without evidence either way."), ("With evidence", "Share of the year's changes.")],
                by_year(analysis),
            ),
            table(
                "Signals that testified most",
                &columns,
                rows.collect(),
            ),
        ],
        how: "Every signal is an entry of the catalogue: where it stands, what it looks like, what it proves. `shipwake explain COMMIT` \
              shows the words that testified."
            .to_owned(),
        caveats: vec!["How many AI changes leave no trace cannot be seen from the traces.".to_owned()],
        query: Some("signals"),
    }]
}

/// The newest year first: the trend of what cannot be seen.
fn by_year(analysis: &Analysis) -> Vec<Row> {
    let mut years: BTreeMap<i32, (u64, u64)> = BTreeMap::new();
    for (month, origins) in &analysis.months {
        let (all, unknown) = years.entry(month.year()).or_default();
        *all += origins.values().sum::<u64>();
        *unknown += origins.get(&Origin::Unknown).copied().unwrap_or_default();
    }
    let year = |(year, (all, unknown)): (i32, (u64, u64))| {
        let share = Finding::share(all - unknown, all, "no changes");
        row(vec![text(year.to_string()), Cell::Count(all), Cell::Count(unknown), Cell::Finding(share)])
    };
    years.into_iter().rev().map(year).collect()
}
