//! The summary after a run: what a reader needs before opening the page, within one screen.

use std::path::Path;

use super::panel::{Cell, Panel, Report};
use super::{clean, words};
use crate::analysis::{Estimate, Finding, Unit};

const COLUMNS: usize = 100;
const LINES: usize = 25;
/// Lines that say where the files are, with the empty one before.
const FILES: usize = 2;
/// Width of a bar that stands for 100 %.
const BAR: f64 = 30.0;
/// The panel whose first table has one row per origin.
const ORIGINS: &str = "origins";

/// At most 25 lines of at most 100 columns, readable without colour. `dir` is where the files are;
/// its path is never cut.
pub fn summary(report: &Report, dir: &Path) -> String {
    let report = clean::report(report);
    let head = [vec![report.title.clone(), provenance(&report)], origins(&report), outcomes(&report)];
    let mut lines: Vec<String> = head.into_iter().flatten().collect();
    lines.extend(missing(&report, (LINES - FILES).saturating_sub(lines.len())));
    lines.truncate(LINES - FILES);
    let body: String = lines.iter().map(|line| words::cut(line, COLUMNS).trim_end().to_owned() + "\n").collect();
    format!("{body}\nReport: {}\n", dir.join("index.html").display())
}

fn provenance(report: &Report) -> String {
    let changes = words::counted(report.repos.iter().map(|repo| repo.changes).sum(), "change");
    let repos = match report.repos.as_slice() {
        [repo] => words::cut(&repo.name, 40),
        repos => format!("{} repositories", repos.len()),
    };
    format!("{repos} · {changes} · {}", words::window(report.since, report.until))
}

/// One line per origin: share, interval, counts and a bar.
fn origins(report: &Report) -> Vec<String> {
    let panel = report.panels.iter().find(|panel| panel.id == ORIGINS);
    let rows: Vec<_> = panel.map(shares).unwrap_or_default();
    if rows.is_empty() {
        return vec![];
    }
    let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let line = |(label, share): &(String, &Estimate)| {
        let bar = "█".repeat((share.value * BAR).round().clamp(0.0, BAR) as usize);
        let said = words::say(&Finding::Estimate((*share).clone()));
        format!("  {label:width$}  {:>7}  {:<13} {:<18} {bar}", said.value, format!("({})", said.interval), said.basis)
    };
    [String::new(), "Who wrote it".to_owned()].into_iter().chain(rows.iter().take(6).map(line)).collect()
}

fn shares(panel: &Panel) -> Vec<(String, &Estimate)> {
    let rows = panel.tables.first().map_or(&[][..], |table| &table.rows);
    let share = |cell| match cell {
        &Cell::Finding(Finding::Estimate(ref share)) if share.unit == Unit::Share => Some(share),
        _ => None,
    };
    let label = |cell: &Cell| match cell {
        Cell::Text(label) => Some(words::cut(label, 16)),
        _ => None,
    };
    rows.iter().filter_map(|row| Some((label(row.cells.first()?)?, row.cells.iter().find_map(share)?))).collect()
}

/// The headline figures, or the summary where there are none.
fn outcomes(report: &Report) -> Vec<String> {
    let label = |text: &str| words::cut(text, 36);
    let width = report.headlines.iter().map(|headline| label(&headline.label).chars().count()).max().unwrap_or(0);
    let figure = |headline: &super::panel::Headline| {
        let said = words::say(&headline.finding).to_string();
        let both = format!("{said}; {}", headline.note);
        let line = |label: &str, said: &str| wrapped(said, &format!("  {label:width$}  "), 2);
        let name = label(&headline.label);
        match () {
            () if headline.note.is_empty() => line(&name, &said),
            () if both.chars().count() <= COLUMNS - width - 4 => line(&name, &both),
            () => [line(&name, &said), line("", &headline.note)].concat(),
        }
    };
    let figures: Vec<String> = report.headlines.iter().take(6).flat_map(figure).collect();
    let told = || report.summary.iter().flat_map(|sentence| wrapped(sentence, "  ", 3)).take(8).collect();
    let body = if figures.is_empty() { told() } else { figures };
    if body.is_empty() {
        body
    } else {
        [String::new(), "What became of it".to_owned()].into_iter().chain(body).collect()
    }
}

/// What is missing or otherwise to be known of the repositories, in as many lines as there is room for.
fn missing(report: &Report, room: usize) -> Vec<String> {
    let limits = report.repos.iter().flat_map(|repo| &repo.limits);
    let lines: Vec<String> = limits.flat_map(|limit| wrapped(limit, "  - ", 2)).collect();
    if lines.is_empty() || room < 3 {
        return vec![];
    }
    [String::new(), "To bear in mind".to_owned()].into_iter().chain(lines.into_iter().take(room - 2)).collect()
}

/// Breaks a text into lines, the first one after `lead`, the last cut if there is more.
fn wrapped(text: &str, lead: &str, lines: usize) -> Vec<String> {
    let room = COLUMNS - lead.chars().count();
    let mut broken = vec![String::new()];
    for word in text.split_whitespace() {
        let is_last = broken.len() == lines;
        match broken.last_mut() {
            Some(line) if line.is_empty() => *line = word.to_owned(),
            Some(line) if is_last || line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => broken.push(word.to_owned()),
        }
    }
    let indent = " ".repeat(lead.chars().count());
    let lead = |at: usize| if at == 0 { lead } else { &indent };
    broken.iter().enumerate().map(|(at, line)| format!("{}{}", lead(at), words::cut(line, room))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn it_fits_the_screen_whatever_the_report() {
        let without_headlines = Report { headlines: vec![], ..sample::hostile() };
        for report in [sample::report(), sample::hostile(), sample::empty(), without_headlines] {
            let summary = summary(&report, Path::new("shipwake-report"));
            assert!(summary.lines().count() <= LINES, "{summary}");
            assert!(summary.lines().all(|line| line.chars().count() <= COLUMNS), "{summary}");
            assert!(summary.ends_with("Report: shipwake-report/index.html\n"));
        }
    }

    #[test]
    fn it_says_what_matters() {
        let summary = summary(&sample::report(), Path::new("out"));
        for expected in [
            "agent      18.6 %  (17.2–20.0)   559 of 3,012       ██████\n",
            "Reverted within 30 days, AI  38 per 1,000 (24–55), n=812, 31 events; the rest: 23 (16–33), n=1,427\n",
            "Linked to an incident, AI    too little data, n=812, 2 events: fewer than 5 events to learn from\n",
            "  - No incidents were imported",
        ] {
            assert!(summary.contains(expected), "{expected}\nin\n{summary}");
        }
    }
}
