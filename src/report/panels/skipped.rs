//! What could not be read, and what does that do to the numbers?

use super::{row, table, text};
use crate::analysis::Analysis;
use crate::report::panel::{Cell, Panel};
use crate::report::words;

/// Kinds of trouble told one by one: reasons may name what they are about.
const SHOWN: usize = 50;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let things: u64 = analysis.skipped.iter().map(|skipped| skipped.things).sum();
    let rows = analysis.skipped.iter().take(SHOWN).map(|skipped| {
        row(vec![
            text(skipped.what.as_str()),
            Cell::Count(skipped.things),
            text(skipped.reason.as_str()),
            text(skipped.example.as_str()),
            text(skipped.repo.as_str()),
        ])
    });
    let columns = [("What", ""), ("How many", ""), ("Why", ""), ("For example", ""), ("Repository", "")];
    vec![Panel {
        id: "skipped",
        question: "What could not be read?".to_owned(),
        answer: match things {
            0 => "Nothing: every object that was asked for could be read.".to_owned(),
            _ => format!(
                "{}: left out of every count, or read as far as the reason says.",
                words::counted(things, "thing")
            ),
        },
        chart: None,
        tables: if things == 0 { Vec::new() } else { vec![table("Left out", &columns, rows.collect())] },
        how: "What could not be read or resolved is counted here and stops nothing else.".to_owned(),
        caveats: (analysis.skipped.len() > SHOWN)
            .then(|| format!("{} further kinds are not listed.", words::count((analysis.skipped.len() - SHOWN) as u64)))
            .into_iter()
            .collect(),
        query: Some("skipped"),
    }]
}
