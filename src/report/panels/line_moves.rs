//! How much of what commits add is moved or copied?

use super::lines::{self, SAME_TIME};
use super::{row, table, text};
use crate::analysis::metrics::Minimum;
use crate::analysis::metrics::line_moves::LineMoves;
use crate::analysis::metrics::lines::{Groups, share};
use crate::analysis::stats::clusters::Sums;
use crate::analysis::{Analysis, Finding};
use crate::report::panel::{Cell, Chart, IntervalRow, Panel, Table};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let moves = &analysis.lines.moves;
    let shown = !moves.moved.by_origin.is_empty();
    vec![Panel {
        id: "line_moves",
        question: "How much of what commits add is moved or copied?".to_owned(),
        answer: lines::answer(analysis, "Not known: no commit of this window was compared line by line.", shown.then(|| answer(moves, analysis.minimum))),
        chart: chart(moves, analysis.minimum),
        tables: if shown { vec![by_origin(moves, analysis.minimum), comparison(moves, analysis.minimum)] } else { Vec::new() },
        how: format!(
            "Of the lines that commits add to source and test files in a programming language, blank ones included: moved are those that the same commit deletes \
             elsewhere, copied those written again like lines that are still in the file. Renaming a file adds and moves nothing; merges \
             are left out. Lines of one commit are alike, so intervals take commits, not lines, as independent. {SAME_TIME}"
        ),
        caveats: vec![
            "Copies from one file to another are not looked for.".to_owned(),
            "Moving may be tidying up or noise, copying may be a table or a test: the share says which happens, not whether it should."
                .to_owned(),
            lines::ASSOCIATED.to_owned(),
        ],
        query: Some("line_moves"),
    }]
}

fn kinds(moves: &LineMoves) -> [(&'static str, &Groups<Sums>); 2] {
    [("moved", &moves.moved), ("copied", &moves.copied)]
}

fn answer(moves: &LineMoves, minimum: Minimum) -> String {
    let all = |groups: &Groups<Sums>| groups.by_origin.values().fold(Sums::default(), |all, sums| all.plus(*sums));
    let shares = kinds(moves).map(|(kind, groups)| format!("{kind} {}", words::say(&share(&all(groups), minimum))));
    let compared = kinds(moves).map(|(kind, groups)| match LineMoves::compare(groups, minimum) {
        [Finding::Estimate(ai), Finding::Estimate(rest), Finding::Estimate(difference)] => {
            Some(lines::compared("Since the first change with evidence of AI", kind, &ai, &rest, difference))
        }
        _ => None,
    });
    let compared: Vec<String> = compared.into_iter().flatten().collect();
    let compared = if compared.is_empty() { lines::NOT_COMPARED.to_owned() } else { compared.join(" ") };
    format!("Of all lines that commits added: {}. {compared}", shares.join("; "))
}

fn by_origin(moves: &LineMoves, minimum: Minimum) -> Table {
    let rows = moves.moved.by_origin.iter().map(|(origin, moved)| {
        let copied = moves.copied.by_origin.get(origin).copied().unwrap_or_default();
        let shares = [share(moved, minimum), share(&copied, minimum)].map(Cell::Finding);
        row([text(origin.as_str()), Cell::Count(moved.clusters)].into_iter().chain(shares).collect())
    });
    let columns = [
        ("Origin", ""),
        ("Commits", "Commits that added lines to source or test files."),
        ("Moved", "Of the lines they added."),
        ("Copied", ""),
    ];
    table("Moved and copied lines, by origin", &columns, rows.collect())
}

fn comparison(moves: &LineMoves, minimum: Minimum) -> Table {
    let rows = kinds(moves).map(|(kind, groups)| {
        let findings = LineMoves::compare(groups, minimum).map(Cell::Finding);
        row(std::iter::once(text(kind)).chain(findings).collect())
    });
    table("Moved and copied lines, AI against the rest", &lines::comparison_columns("Lines"), rows.into())
}

fn chart(moves: &LineMoves, minimum: Minimum) -> Option<Chart> {
    let groups = [("Moved", &moves.moved), ("Copied", &moves.copied)];
    let rows: Vec<IntervalRow> =
        groups.into_iter().flat_map(|(kind, groups)| lines::interval_rows(kind, groups, minimum)).collect();
    rows.iter().any(|row| row.point.is_some()).then(|| Chart::Intervals {
        title: "Moved and copied lines, by origin".to_owned(),
        unit: "% of the lines that commits added".to_owned(),
        rows,
    })
}
