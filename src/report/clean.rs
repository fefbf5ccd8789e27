//! Free text made fit to publish. Subjects, names and notes come from strangers: they may hold
//! addresses, terminal escapes and characters that reorder what is read.
//!
//! Escaping for HTML or Markdown is not done here: that is the renderer's, for the text it places.

use std::sync::LazyLock;

use regex::Regex;

use super::panel::{Cell, Chart, CommitRef, Panel, RepoNote, Report, Row, Table};
use super::words::cut;
use crate::analysis::Finding;

/// Longest prose (an answer, a caveat), table cell, and label (a subject, a name, a note).
const PROSE: usize = 1500;
const CELL: usize = 400;
const LABEL: usize = 200;

/// What stands in for an e-mail address.
const REDACTED: &str = "[e-mail]";

/// Spellings of the at sign that a reader, or a browser, takes for one.
const AT: &str = r"(?:@|＠|﹫|%40|&#0*64;|&#[xX]0*40;|&commat;|\s*[\[({]\s*(?i:at)\s*[\])}]\s*)";

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let local = r#"(?:"[^"\n]{1,64}"|[\p{L}\p{M}\p{N}\x{200c}\x{200d}.!#$%&'*+/=?^_`{|}~-]+)"#;
    let dot = r"(?:\.|\s*[\[({]\s*(?i:dot)\s*[\])}]\s*)";
    let domain = format!(
        r"(?:[\p{{L}}\p{{N}}][\p{{L}}\p{{M}}\p{{N}}\x{{200c}}\x{{200d}}_-]*{dot})+[\p{{L}}\p{{N}}][\p{{L}}\p{{M}}\p{{N}}-]*"
    );
    let bracketed = format!(r"<[^<>\s]+{AT}[^<>\s]+>");
    Regex::new(&format!(
        r"{bracketed}|(?P<local>{local}){AT}(?P<domain>{domain}|\[[0-9a-fA-F.:]+\])(?P<path>:[^\s/:]+/)?"
    ))
    .ok()
});

static CREDENTIALS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"://[^/\s@]+@").ok());

/// A version after a package name (`lodash@4.17.21`), not a host.
static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^v?\d+(\.\d+)+([-+][0-9A-Za-z.-]*)?$").ok());

/// Takes out e-mail addresses, URL passwords, control characters and invisible or reordering ones.
///
/// Package versions (`lodash@4.17.21`) and clone addresses (`git@host:owner/name`) stay.
pub fn text(raw: &str) -> String {
    let visible = visible(raw);
    if !visible.contains(['@', '＠', '﹫', '%', '&', '[', '(', '{']) {
        return visible;
    }
    let Some((credentials, address)) = CREDENTIALS.as_ref().zip(ADDRESS.as_ref()) else {
        return REDACTED.to_owned();
    };
    let visible = credentials.replace_all(&visible, "://");
    address.replace_all(&visible, |found: &regex::Captures<'_>| redact(found)).into_owned()
}

fn redact(found: &regex::Captures<'_>) -> String {
    let part = |name| found.name(name).map_or("", |part| part.as_str());
    let is_clone = part("local") == "git" && !part("path").is_empty();
    let is_version = VERSION.as_ref().is_some_and(|version| version.is_match(part("domain")));
    if is_clone || is_version { found[0].to_owned() } else { format!("{REDACTED}{}", part("path")) }
}

/// White space becomes a space; control, zero-width and bidirectional characters disappear, so that
/// an address cannot hide behind them.
fn visible(raw: &str) -> String {
    raw.chars()
        .filter_map(|c| match c {
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
            c if c.is_control() || is_invisible(c) => None,
            c => Some(c),
        })
        .collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The report as it may be shown: every free text cleaned, every address checked.
pub(super) fn report(report: &Report) -> Report {
    let mut report = report.clone();
    label(&mut report.title);
    report.repos.iter_mut().for_each(repo);
    report.summary.iter_mut().chain(&mut report.caveats).for_each(prose);
    for headline in &mut report.headlines {
        label(&mut headline.label);
        label(&mut headline.note);
        finding(&mut headline.finding);
    }
    report.panels.iter_mut().for_each(panel);
    report
}

fn prose(prose: &mut String) {
    *prose = cut(&text(prose), PROSE);
}

fn label(label: &mut String) {
    *label = cut(text(label).trim(), LABEL);
}

/// Keeps a web address only if it is one and hides nothing: `javascript:` and passwords vanish.
fn link(url: &mut Option<String>) {
    let is_safe = |url: &str| {
        (url.starts_with("https://") || url.starts_with("http://"))
            && !url.contains(char::is_whitespace)
            && text(url) == url
    };
    *url = url.take().filter(|url| is_safe(url));
}

fn repo(repo: &mut RepoNote) {
    label(&mut repo.name);
    link(&mut repo.url);
    repo.default_branch.iter_mut().chain(&mut repo.head_commit).for_each(label);
    repo.limits.iter_mut().for_each(prose);
}

fn panel(panel: &mut Panel) {
    label(&mut panel.question);
    [&mut panel.answer, &mut panel.how].into_iter().chain(&mut panel.caveats).for_each(prose);
    panel.chart.iter_mut().for_each(chart);
    panel.tables.iter_mut().for_each(table);
}

fn chart(chart: &mut Chart) {
    match chart {
        Chart::StackedColumns { title, unit, series, .. } | Chart::StackedYears { title, unit, series, .. } => {
            [title, unit].into_iter().for_each(label);
            series.iter_mut().flat_map(|series| [&mut series.key, &mut series.label]).for_each(label);
        }
        Chart::Survival { title, unit, counted, curves, .. } => {
            [title, unit, counted].into_iter().for_each(label);
            curves.iter_mut().flat_map(|curve| [&mut curve.key, &mut curve.label]).for_each(label);
        }
        Chart::Intervals { title, unit, rows } => {
            [title, unit].into_iter().for_each(label);
            rows.iter_mut()
                .flat_map(|row| [&mut row.group, &mut row.label, &mut row.key, &mut row.note])
                .for_each(label);
        }
        Chart::Heat { title, unit, columns, rows } => {
            let own = [title, unit].into_iter().chain(columns);
            own.chain(rows.iter_mut().map(|row| &mut row.label)).for_each(label);
        }
        Chart::Plane { title, unit, across, lines, points } => {
            let own = [title, unit, &mut across.label].into_iter();
            let of_lines = lines.iter_mut().flat_map(|line| [&mut line.key, &mut line.label]);
            own.chain(of_lines).chain(points.iter_mut().map(|point| &mut point.label)).for_each(label);
        }
    }
}

fn table(table: &mut Table) {
    label(&mut table.title);
    for column in &mut table.columns {
        label(&mut column.label);
        prose(&mut column.help);
    }
    table.rows.iter_mut().for_each(row);
}

fn row(row: &mut Row) {
    for cell in &mut row.cells {
        match cell {
            Cell::Text(said) => *said = cut(text(said).trim(), CELL),
            Cell::Finding(found) => finding(found),
            Cell::Count(_) | Cell::Time(_) | Cell::Empty => {}
        }
    }
    row.commits.iter_mut().for_each(commit);
}

fn finding(finding: &mut Finding) {
    match finding {
        Finding::TooLittleData { reason, .. } | Finding::Withheld { reason } => prose(reason),
        Finding::Estimate(_) => {}
    }
}

fn commit(commit: &mut CommitRef) {
    [&mut commit.repo, &mut commit.commit, &mut commit.subject, &mut commit.note].into_iter().for_each(label);
    link(&mut commit.url);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_disappear() {
        let cases = [
            ("Fix by alice@example.com, again", "Fix by [e-mail], again"),
            ("Signed-off-by: A <alice@laptop>", "Signed-off-by: A [e-mail]"),
            ("12+bob@users.noreply.github.com.", "[e-mail]."),
            ("b\u{f6}b@b\u{fc}cher.example", "[e-mail]"),
            ("ali\u{200b}ce@exa\u{202e}mple.com", "[e-mail]"),
            ("alice＠example.com", "[e-mail]"),
            ("alice%40example.com", "[e-mail]"),
            ("alice&#64;example.com", "[e-mail]"),
            ("alice [at] example [dot] com", "[e-mail]"),
            ("alice (AT) example.com", "[e-mail]"),
            ("\"a b\"@example.com", "[e-mail]"),
            ("x@[10.0.0.1]", "[e-mail]"),
            ("mailto:alice@example.com?x=1", "mailto:[e-mail]?x=1"),
            ("https://user:secret@host.example/p", "https://host.example/p"),
            ("alice@163.com", "[e-mail]"),
        ];
        for (raw, expected) in cases {
            assert_eq!(text(raw), expected);
        }
    }

    #[test]
    fn what_is_clearly_no_address_stays() {
        for kept in [
            "bump lodash@4.17.21 and actions/checkout@v4",
            "@types/node@18.0.0-rc.1",
            "clone git@github.com:owner/name.git",
            "@octocat: revert HEAD@{1}, 20 % (of 100)",
            "f(x) [y] {z} & more",
            "family 👩\u{200d}👩\u{200d}👧",
        ] {
            assert_eq!(text(kept), kept);
        }
    }

    #[test]
    fn reordering_and_control_characters_disappear() {
        assert_eq!(text("a\u{1b}[31mb\u{202e}c\u{2066}d\0e\nf"), "a[31mbcde f");
    }

    #[test]
    fn only_plain_web_addresses_are_linked() {
        for (url, kept) in [
            ("https://example.org/c/1", true),
            ("javascript:alert(1)", false),
            ("https://u:p@example.org/", false),
            ("https://example.org/ x", false),
        ] {
            let mut shown = Some(url.to_owned());
            link(&mut shown);
            assert_eq!(shown.is_some(), kept, "{url}");
        }
    }
}
