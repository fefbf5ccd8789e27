//! What does the attribution rest on?

use super::{row, table, text};
use crate::analysis::Analysis;
use crate::facts::Origin;
use crate::report::panel::{Cell, Panel};
use crate::report::words;

/// Signals shown; the query lists them all.
const SHOWN: usize = 25;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let unknown = analysis.origins.get(&Origin::Unknown).copied().unwrap_or_default();
    let all = analysis.changes();
    let covered = all.saturating_sub(unknown);
    let rows = analysis.signals.iter().take(SHOWN).map(|signal| {
        row(vec![
            text(signal.signal_id.as_str()),
            signal.agent.as_deref().map_or(Cell::Empty, text),
            text(signal.proves.as_str()),
            text(signal.strength.as_str()),
            Cell::Count(signal.commits),
        ])
    });
    vec![Panel {
        id: "evidence",
        question: "What does the attribution rest on?".to_owned(),
        answer: format!("{} of {} carry evidence of who wrote them.", words::count(covered), words::counted(all, "change")),
        chart: None,
        tables: vec![
            table("Coverage", &[("", ""), ("Share of changes", "")], vec![row(vec![text("with evidence"), Cell::Finding(analysis.share(covered))])]),
            table(
                "Signals that testified most",
                &[("Signal", "Its id in the catalogue."), ("Tool", ""), ("Proves", ""), ("Strength", ""), ("Commits", "Of the default branch.")],
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
