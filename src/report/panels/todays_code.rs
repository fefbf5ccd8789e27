//! What is today's code made of?

use super::lines::{self, LINES};
use super::{row, share_in_words, table, text};
use crate::analysis::Analysis;
use crate::analysis::metrics::todays_code::{Counts, TodaysCode};
use crate::facts::Origin;
use crate::report::panel::{Cell, Chart, Panel, Series, Table};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let today = &analysis.lines.today;
    let shown = today.all().lines > 0;
    vec![Panel {
        id: "todays_code",
        question: "What is today's code made of?".to_owned(),
        answer: lines::answer(analysis, "There is no such line.", shown.then(|| answer(today))),
        chart: chart(today),
        tables: if shown { vec![by_origin(analysis, today), by_class(today)] } else { Vec::new() },
        how: format!(
            "Every line of the default branch's newest commit, by the origin of the commit that wrote it and the year in which it \
             landed; moves and renames keep both. {LINES} They stand in the second table. The window of the report does not apply. \
             Shares are of lines; lines of one commit come together, so intervals take commits, not lines, as independent."
        ),
        caveats: vec![
            "What was written before there was AI is in here: a share of today's code says little about how code is written today."
                .to_owned(),
            "Unknown means no evidence either way. It is never folded into human.".to_owned(),
        ],
        query: Some("todays_code"),
    }]
}

fn answer(today: &TodaysCode) -> String {
    let (all, by_origin) = (today.all().lines, today.by_origin());
    let lines = |origin: Origin| by_origin.get(&origin).map_or(0, |counts| counts.lines);
    let ai = lines(Origin::Agent) + lines(Origin::Assisted);
    format!(
        "{} of code; there is evidence of AI in the commits that wrote {}, and no evidence either way for {}.",
        words::counted(all, "line"),
        share_in_words(ai, all),
        share_in_words(lines(Origin::Unknown), all),
    )
}

fn by_origin(analysis: &Analysis, today: &TodaysCode) -> Table {
    let rows = today.by_origin().into_iter().filter(|(_, counts)| counts.lines > 0).map(|(origin, counts)| {
        row(vec![
            text(origin.as_str()),
            Cell::Count(counts.commits),
            Cell::Count(counts.lines),
            Cell::Finding(today.share(&[origin], analysis.minimum)),
        ])
    });
    let columns = [
        ("Origin", ""),
        ("Commits", "Commits that wrote lines which are still there."),
        ("Lines of code", ""),
        ("Share of all", "Of all lines of code that are there today."),
    ];
    table("Today's lines, by origin", &columns, rows.collect())
}

type Count = fn(&Counts) -> u64;

fn by_class(today: &TodaysCode) -> Table {
    let kinds: [(&str, &str, Count); 7] = [
        ("Source", "Lines of code in source files.", |counts| counts.source_code),
        ("Comments", "In source files.", |counts| counts.source_comments),
        ("Tests", "Code and comments of test files.", |counts| counts.tests),
        ("Blank", "Blank lines of source and test files; not among the lines of code.", |counts| counts.blank),
        (
            "Configuration",
            "With infrastructure, migrations and data that tests read; not among the lines of code.",
            |counts| counts.config,
        ),
        ("Docs", "Not among the lines of code.", |counts| counts.docs),
        ("Made", "Lockfiles, generated and vendored files; not among the lines of code.", |counts| counts.made),
    ];
    let rows = today.by_origin().into_iter().map(|(origin, counts)| {
        row(std::iter::once(text(origin.as_str()))
            .chain(kinds.iter().map(|(_, _, of)| Cell::Count(of(&counts))))
            .collect())
    });
    let mut columns = vec![("Origin", "")];
    columns.extend(kinds.iter().map(|(label, help, _)| (*label, *help)));
    table("Today's lines, by what they are", &columns, rows.collect())
}

fn chart(today: &TodaysCode) -> Option<Chart> {
    let years = today.years();
    let series = Origin::ALL.iter().map(|&origin| Series {
        key: origin.to_string(),
        label: origin.to_string(),
        values: years.iter().map(|year| today.lines(origin, *year) as f64).collect(),
    });
    let series: Vec<Series> = series.collect();
    (!years.is_empty()).then(|| Chart::StackedYears {
        title: "Today's lines of code, by the year they landed and their origin".to_owned(),
        unit: "lines of code".to_owned(),
        series,
        years,
    })
}
