//! `report.md`: the report in GitHub's Markdown, for pull requests, wikis and plain reading.

use super::chart;
use super::panel::{Cell, Chart, CommitRef, Panel, RepoNote, Report, Row, Table};
use super::words;

/// Commits shown for one row; the query lists them all.
const COMMITS: usize = 10;

/// Expects a report that went through [`super::clean::report`]; escapes everything it places.
pub(super) fn document(report: &Report) -> String {
    let mut parts = vec![format!("# {}", escape(&report.title)), provenance(report)];
    parts.extend(report.summary.iter().map(|sentence| prose(sentence)));
    parts.push(headlines(report));
    parts.extend(report.panels.iter().map(panel));
    parts.push(what_was_read(&report.repos));
    parts.push(section("## All numbers here", &bullets(&report.caveats)));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn provenance(report: &Report) -> String {
    let repos = match report.repos.as_slice() {
        [] => None,
        [repo] => Some(one_repo(repo)),
        repos => Some(format!("{} repositories", repos.len())),
    };
    let version = format!("shipwake {}", report.tool_version);
    let generated = format!("generated {}", words::minute(report.generated_at));
    let rest = [words::window(report.since, report.until), generated, version];
    format!("_{}_", repos.into_iter().chain(rest).collect::<Vec<_>>().join(" · "))
}

fn one_repo(repo: &RepoNote) -> String {
    let head = repo.head_commit.as_deref().map(|head| format!(" at {}", escape(&words::short_id(head))));
    format!("{}{}", linked(&repo.name, repo.url.as_deref()), head.unwrap_or_default())
}

fn headlines(report: &Report) -> String {
    let row = |headline: &super::panel::Headline| {
        vec![escape(&headline.label), escape(&words::say(&headline.finding).to_string()), escape(&headline.note)]
    };
    let rows: Vec<_> = report.headlines.iter().map(row).collect();
    if rows.is_empty() { String::new() } else { grid(&["Figure", "Value", "Note"].map(str::to_owned), &rows) }
}

fn panel(panel: &Panel) -> String {
    let mut parts = vec![format!("## {}", escape(&panel.question)), prose(&panel.answer)];
    parts.extend(panel.chart.as_ref().map(chart_values));
    for facts in &panel.tables {
        parts.push(table(facts));
        parts.extend(facts.rows.iter().map(|row| behind(row, panel.query)));
    }
    parts.push(section("**How this was counted.**", &prose(&panel.how)));
    parts.push(bullets(&panel.caveats));
    parts.extend(panel.query.map(|query| format!("The rows behind this: `shipwake query {query}`")));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// A chart in numbers, folded away; nothing when there would be nothing to draw.
fn chart_values(of: &Chart) -> String {
    let mut rows = chart::values(of).into_iter().map(|row| row.iter().map(|value| escape(value)).collect::<Vec<_>>());
    let Some(heading) = rows.next().filter(|_| !chart::svg(of).is_empty()) else { return String::new() };
    let title = chart::caption(of);
    folded(&title, &grid(&heading, &rows.collect::<Vec<_>>()))
}

fn table(table: &Table) -> String {
    let heading: Vec<String> = table.columns.iter().map(|column| escape(&column.label)).collect();
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.cells.iter().map(cell).collect()).collect();
    section(&format!("**{}**", escape(&table.title)), &grid(&heading, &rows))
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => escape(text),
        Cell::Count(number) => words::count(*number),
        Cell::Finding(finding) => escape(&words::say(finding).to_string()),
        Cell::Time(Some(time)) => words::day(*time),
        Cell::Time(None) | Cell::Empty => "–".to_owned(),
    }
}

fn behind(row: &Row, query: Option<&str>) -> String {
    let all = row.commits.len() as u64 + row.more;
    if all == 0 {
        return String::new();
    }
    let label = match row.cells.first() {
        Some(Cell::Text(text)) => format!("{}: ", words::cut(text, 60)),
        _ => String::new(),
    };
    let shown = row.commits.len().min(COMMITS);
    let mut lines: Vec<String> = row.commits.iter().take(shown).map(commit).collect();
    let more = all - shown as u64;
    if more > 0 {
        let command = query.map(|query| format!(": `shipwake query {query}`")).unwrap_or_default();
        lines.push(format!("- and {} more{command}", words::count(more)));
    }
    folded(&format!("{label}{} behind this", words::counted(all, "commit")), &lines.join("\n"))
}

fn commit(commit: &CommitRef) -> String {
    let id = linked(&words::short_id(&commit.commit), commit.url.as_deref());
    let day = commit.at.map(|at| format!(" · {}", words::day(at))).unwrap_or_default();
    let note = if commit.note.is_empty() { String::new() } else { format!(" · {}", escape(&commit.note)) };
    format!("- {id} {}{day}{note}", escape(&commit.subject))
}

fn what_was_read(repos: &[RepoNote]) -> String {
    if repos.is_empty() {
        return "No repository was read.".to_owned();
    }
    let heading = ["Repository", "Branch", "Commits", "Changes", "With evidence of AI", "First", "Last", "To know"]
        .map(str::to_owned);
    let row = |repo: &RepoNote| {
        let limits = repo.limits.iter().map(|limit| escape(limit)).collect::<Vec<_>>().join("<br>");
        let branch = escape(repo.default_branch.as_deref().unwrap_or_default());
        let counts = [repo.commits, repo.changes, repo.ai_changes].map(words::count);
        let days = [repo.first_change, repo.last_change].map(|at| at.map(words::day).unwrap_or_default());
        [vec![one_repo(repo), branch], counts.to_vec(), days.to_vec(), vec![limits]].concat()
    };
    section("## What was read", &grid(&heading, &repos.iter().map(row).collect::<Vec<_>>()))
}

fn grid(heading: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let rule = format!("|{}", " --- |".repeat(heading.len()));
    [line(heading), rule].into_iter().chain(rows.iter().map(|row| line(row))).collect::<Vec<_>>().join("\n")
}

fn section(heading: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("{heading}\n\n{body}") }
}

fn bullets(lines: &[String]) -> String {
    lines.iter().map(|line| format!("- {}", prose(line))).collect::<Vec<_>>().join("\n")
}

fn folded(summary: &str, body: &str) -> String {
    let summary = entities(summary).replace('@', NOBODY);
    format!("<details><summary>{summary}</summary>\n\n{body}\n\n</details>")
}

fn linked(text: &str, url: Option<&str>) -> String {
    match url {
        Some(url) => {
            format!("[{}](<{}>)", escape(text), url.replace('<', "%3C").replace('>', "%3E").replace('\\', "%5C"))
        }
        None => escape(text),
    }
}

/// Text with the code in it.
fn prose(text: &str) -> String {
    let said = words::with_code(text).map(|(part, is_code)| if is_code { format!("`{part}`") } else { escape(part) });
    said.collect()
}

/// An `@` that notifies no one.
const NOBODY: &str = "@<!-- -->";

/// Text inside HTML.
fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text that stays text: no markup, no table cell, no link, no one notified by an `@name`.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '@' => safe.push_str(NOBODY),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => safe.extend(['\\', c]),
            ':' if text[at..].starts_with("://") => safe.push_str("\\:"),
            '.' if text[..at].ends_with("www") => safe.push_str("\\."),
            '#' | '-' | '+' | '=' if safe.is_empty() => safe.extend(['\\', c]),
            '.' | ')' if starts_list(text, at) => safe.extend(['\\', c]),
            c => safe.push(c),
        }
    }
    safe
}

/// Whether the mark at `at` would make the text an item of a numbered list.
fn starts_list(text: &str, at: usize) -> bool {
    let (number, rest) = (&text[..at], &text[at + 1..]);
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && (rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::super::{clean, sample};
    use super::*;

    #[test]
    fn text_stays_text() {
        let cases = [
            ("a|b", "a\\|b"),
            ("<b>&", "&lt;b&gt;&amp;"),
            ("ask @octocat", "ask @<!-- -->octocat"),
            ("see https://x.example www.x.example", "see https\\://x.example www\\.x.example"),
            ("# no heading", "\\# no heading"),
            ("1. no list, 1.5 is none", "1\\. no list, 1.5 is none"),
            ("38.2 % (1) x", "38.2 % (1) x"),
            ("`x` *y* _z_ [l](u)", "\\`x\\` \\*y\\* \\_z\\_ \\[l\\](u)"),
        ];
        for (raw, expected) in cases {
            assert_eq!(escape(raw), expected);
        }
    }

    #[test]
    fn every_table_row_has_the_cells_of_its_heading() {
        for report in [sample::report(), clean::report(&sample::hostile())] {
            let document = document(&report);
            let bars = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
            let mut heading = None;
            for line in document.lines() {
                heading = line.starts_with("| ").then(|| heading.unwrap_or(bars(line)));
                assert!(heading.is_none_or(|heading| bars(line) == heading), "{line}");
            }
        }
    }

    #[test]
    fn commits_are_folded_away_and_capped() {
        let document = document(&sample::report());
        assert!(document.contains("<details><summary>agent: 31 commits behind this</summary>"));
        assert!(document.contains("- and 27 more: `shipwake query reverts`"));
    }
}
