//! `index.html`: one page that opens without a network, runs no script, and prints.
//!
//! The layout lives in `reports/templates/`; here every value is turned into the words it shows.

use std::collections::BTreeSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, HtmlEscape, UndefinedBehavior};
use serde::Serialize;

use super::chart;
use super::panel::{Cell, Chart, ColumnHead, CommitRef, Headline, Panel, RepoNote, Report, Row, Table};
use super::words::{self, Said};
use crate::analysis::Finding;

const TEMPLATE: &str = include_str!("../../reports/templates/report.html.j2");
const STYLE: &str = include_str!("../../reports/templates/report.css");

/// Expects a report that went through [`super::clean::report`]; escapes everything it places.
pub(super) fn page(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("prose", prose);
    environment.add_template("report.html", TEMPLATE)?;
    environment.get_template("report.html")?.render(Serde(Page::of(report)))
}

/// Keeps the two ends of an interval, and a number and its percent sign, on one line; what stands between backticks is code.
fn prose(text: String) -> Value {
    let said = words::with_code(&text).map(|(part, is_code)| match is_code {
        true => format!("<code>{}</code>", HtmlEscape(part)),
        false => HtmlEscape(&part.replace('–', "–\u{2060}").replace(" %", "\u{a0}%")).to_string(),
    });
    Value::from_safe_string(said.collect())
}

#[derive(Serialize)]
struct Page<'a> {
    style: &'static str,
    title: &'a str,
    version: &'a str,
    generated: String,
    window: String,
    /// The days of the first change and the last.
    spans: String,
    summary: &'a [String],
    headlines: Vec<HeadlineView<'a>>,
    panels: Vec<PanelView<'a>>,
    repos: Vec<RepoView<'a>>,
    caveats: &'a [String],
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            style: STYLE,
            title: &report.title,
            version: report.tool_version,
            generated: words::minute(report.generated_at),
            window: words::window(report.since, report.until),
            spans: spans(report),
            summary: &report.summary,
            headlines: report.headlines.iter().map(HeadlineView::of).collect(),
            panels: report.panels.iter().map(PanelView::of).collect(),
            repos: report.repos.iter().map(RepoView::of).collect(),
            caveats: &report.caveats,
        }
    }
}

fn spans(report: &Report) -> String {
    let first = report.repos.iter().filter_map(|repo| repo.first_change).min();
    let last = report.repos.iter().filter_map(|repo| repo.last_change).max();
    first.zip(last).map_or_else(String::new, |(first, last)| format!("{} to {}", words::day(first), words::day(last)))
}

#[derive(Serialize)]
struct HeadlineView<'a> {
    label: &'a str,
    said: Said,
    note: &'a str,
}

impl<'a> HeadlineView<'a> {
    fn of(headline: &'a Headline) -> Self {
        Self { label: &headline.label, said: words::say(&headline.finding), note: &headline.note }
    }
}

#[derive(Serialize)]
struct RepoView<'a> {
    name: &'a str,
    url: Option<&'a str>,
    branch: &'a str,
    head: String,
    commits: String,
    changes: String,
    ai_changes: String,
    first: String,
    last: String,
    limits: &'a [String],
}

impl<'a> RepoView<'a> {
    fn of(repo: &'a RepoNote) -> Self {
        Self {
            name: &repo.name,
            url: repo.url.as_deref(),
            branch: repo.default_branch.as_deref().unwrap_or_default(),
            head: repo.head_commit.as_deref().map(words::short_id).unwrap_or_default(),
            commits: words::count(repo.commits),
            changes: words::count(repo.changes),
            ai_changes: words::count(repo.ai_changes),
            first: repo.first_change.map(words::day).unwrap_or_default(),
            last: repo.last_change.map(words::day).unwrap_or_default(),
            limits: &repo.limits,
        }
    }
}

#[derive(Serialize)]
struct PanelView<'a> {
    id: &'a str,
    question: &'a str,
    answer: &'a str,
    chart: Option<ChartView<'a>>,
    tables: Vec<TableView<'a>>,
    how: &'a str,
    methods: String,
    caveats: &'a [String],
    query: Option<&'a str>,
}

impl<'a> PanelView<'a> {
    fn of(panel: &'a Panel) -> Self {
        Self {
            id: panel.id,
            question: &panel.question,
            answer: &panel.answer,
            chart: panel.chart.as_ref().and_then(ChartView::of),
            tables: panel.tables.iter().map(TableView::of).collect(),
            how: &panel.how,
            methods: methods(panel),
            caveats: &panel.caveats,
            query: panel.query,
        }
    }
}

/// The estimators behind a panel's intervals, named once each.
fn methods(panel: &Panel) -> String {
    let cells = panel.tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells);
    let names: BTreeSet<&str> = cells
        .filter_map(|cell| match cell {
            Cell::Finding(Finding::Estimate(estimate)) => Some(estimate.method),
            _ => None,
        })
        .collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

#[derive(Serialize)]
struct ChartView<'a> {
    svg: String,
    title: &'a str,
    caption: String,
    values: Vec<Vec<String>>,
}

impl<'a> ChartView<'a> {
    /// Nothing when there is nothing to draw.
    fn of(chart: &'a Chart) -> Option<Self> {
        let svg = chart::svg(chart);
        let values = || chart::values(chart);
        (!svg.is_empty()).then(|| Self {
            svg,
            title: chart::title(chart),
            caption: chart::caption(chart),
            values: values(),
        })
    }
}

#[derive(Serialize)]
struct TableView<'a> {
    title: &'a str,
    columns: Vec<ColumnView<'a>>,
    has_help: bool,
    rows: Vec<RowView<'a>>,
}

#[derive(Serialize)]
struct ColumnView<'a> {
    label: &'a str,
    help: &'a str,
    /// What its cells are, for alignment: that of the first cell that says something.
    kind: &'static str,
}

impl<'a> TableView<'a> {
    fn of(table: &'a Table) -> Self {
        let kind = |at: usize| {
            let cells = table.rows.iter().filter_map(|row| row.cells.get(at));
            cells.map(kind).find(|kind| *kind != "empty").unwrap_or("text")
        };
        let column =
            |(at, head): (usize, &'a ColumnHead)| ColumnView { label: &head.label, help: &head.help, kind: kind(at) };
        Self {
            title: &table.title,
            columns: table.columns.iter().enumerate().map(column).collect(),
            has_help: table.columns.iter().any(|head| !head.help.is_empty()),
            rows: table.rows.iter().map(RowView::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct RowView<'a> {
    cells: Vec<CellView>,
    /// `32 commits`; empty when none are listed.
    behind: String,
    commits: Vec<CommitView<'a>>,
    /// How many are not listed; empty when all are.
    more: String,
}

impl<'a> RowView<'a> {
    fn of(row: &'a Row) -> Self {
        let all = row.commits.len() as u64 + row.more;
        Self {
            cells: row.cells.iter().map(CellView::of).collect(),
            behind: if all == 0 { String::new() } else { words::counted(all, "commit") },
            commits: row.commits.iter().map(CommitView::of).collect(),
            more: if row.more == 0 { String::new() } else { words::count(row.more) },
        }
    }
}

#[derive(Serialize)]
struct CellView {
    kind: &'static str,
    text: String,
    said: Option<Said>,
}

impl CellView {
    fn of(cell: &Cell) -> Self {
        let (text, said) = match cell {
            Cell::Text(text) => (text.clone(), None),
            Cell::Count(number) => (words::count(*number), None),
            Cell::Finding(finding) => (String::new(), Some(words::say(finding))),
            Cell::Time(time) => (time.map_or("–".to_owned(), words::day), None),
            Cell::Empty => ("–".to_owned(), None),
        };
        Self { kind: kind(cell), text, said }
    }
}

fn kind(cell: &Cell) -> &'static str {
    match cell {
        Cell::Text(_) => "text",
        Cell::Count(_) => "count",
        Cell::Finding(_) => "finding",
        Cell::Time(_) => "time",
        Cell::Empty => "empty",
    }
}

#[derive(Serialize)]
struct CommitView<'a> {
    id: String,
    url: Option<&'a str>,
    subject: &'a str,
    day: String,
    note: &'a str,
}

impl<'a> CommitView<'a> {
    fn of(commit: &'a CommitRef) -> Self {
        Self {
            id: words::short_id(&commit.commit),
            url: commit.url.as_deref(),
            subject: &commit.subject,
            day: commit.at.map(words::day).unwrap_or_default(),
            note: &commit.note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{clean, sample};
    use super::*;

    #[test]
    fn the_page_needs_nothing_from_outside() {
        let page = page(&sample::report()).unwrap();
        assert!(page.contains("default-src 'none'"));
        for outside in ["<script", "<link", "@import", "url(", "src="] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn questions_answers_and_evidence_are_there() {
        let page = page(&sample::report()).unwrap();
        for expected in [
            "How often were changes reverted?",
            "31 commits behind this",
            "shipwake query reverts",
            "38 per 1,000",
            "(24–55)",
            "n=812, 31 events",
            "too little data",
            "How this was counted",
            "<caption>",
            "scope=\"row\"",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
    }

    #[test]
    fn hostile_text_is_text() {
        let page = page(&clean::report(&sample::hostile())).unwrap();
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;") && page.contains("{{ 7*7 }}"));
        assert!(!page.contains("<img") && !page.contains("href=\"java"));
    }
}
