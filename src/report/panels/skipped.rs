//! What could not be read, and what does that do to the numbers?

use super::{row, table, text};
use crate::analysis::Analysis;
use crate::report::panel::{Cell, Panel};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let things: u64 = analysis.skipped.iter().map(|skipped| skipped.things).sum();
    let rows = analysis.skipped.iter().map(|skipped| {
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
            _ => format!("{}. They are left out of every count.", words::counted(things, "thing")),
        },
        chart: None,
        tables: if things == 0 { Vec::new() } else { vec![table("Left out", &columns, rows.collect())] },
        how: "Commits, trees, files, dates and incident records that could not be read or resolved are counted here and stop nothing else."
            .to_owned(),
        caveats: Vec::new(),
        query: Some("skipped"),
    }]
}
