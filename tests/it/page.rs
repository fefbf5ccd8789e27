//! The report in a real browser: everything is drawn, nothing is fetched, nothing hostile runs.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;

use crate::binary::Shipwake;
use crate::generated::{Taste, repository};
use crate::repo::{Repo, lines, text, with_line};

/// A browser's view of a page: the document as it stands after loading, and what the console said.
struct Page {
    dom: String,
    console: String,
}

fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!is_ci, "chromium is missing; CI must have it");
        eprintln!("chromium is missing: the page was not opened");
    }
    found
}

/// Opens a page; `None` without a browser.
fn open(html: &str) -> Option<Page> {
    let mut chromium = Command::new(browser()?);
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("index.html"), html).unwrap();
    chromium.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--enable-logging=stderr",
        "--v=0",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--dump-dom",
    ]);
    chromium.arg(format!("--user-data-dir={}", home.path().join("profile").display())).env("HOME", home.path());
    chromium.arg(format!("file://{}", home.path().join("index.html").display()));
    let output = chromium.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let console = text(&output.stderr).lines().filter(|line| line.contains("CONSOLE")).collect::<Vec<_>>().join("\n");
    Some(Page { dom: text(&output.stdout), console })
}

/// Enough changes of people and agents for every chart to be drawn.
fn lively() -> Repo {
    let repo = Repo::new();
    let base = lines("base", 40);
    repo.change("a.rs", &base, "Start");
    for number in 0..80 {
        let trailer = if number % 2 == 0 { "\n\nCo-Authored-By: Claude <noreply@anthropic.com>" } else { "" };
        let content = with_line(&base, 1 + number % 40, &format!("let value = {number};"));
        let id = repo.days(3).change("a.rs", &content, &format!("Add value {number} (#{number}){trailer}"));
        if number % 7 == 0 {
            repo.revert(&id);
        }
        if number % 5 == 0 {
            repo.change(
                "a.rs",
                &with_line(&content, 1 + number % 40, "let value = 0;"),
                &format!("Fix a crash in value {number}"),
            );
        }
    }
    repo
}

/// The report of the lively history, as a page and as a document.
static LIVELY: LazyLock<(String, serde_json::Value)> = LazyLock::new(|| {
    let run = Shipwake::new();
    run.report(&lively().path);
    (run.read("out/index.html"), serde_json::from_str(&run.read("out/report.json")).unwrap())
});

#[test]
fn every_panel_chart_and_list_of_commits_is_on_the_page() {
    let (html, report) = &*LIVELY;
    let Some(page) = open(html) else { return };

    let panels = report["panels"].as_array().unwrap();
    assert!(panels.len() >= 8);
    for panel in panels {
        let id = panel["id"].as_str().unwrap();
        let start =
            page.dom.find(&format!("<section class=\"panel\" id=\"{id}\"")).unwrap_or_else(|| panic!("no panel {id}"));
        let section = &page.dom[start..start + page.dom[start..].find("</section>").unwrap()];
        let question = panel["question"].as_str().unwrap().replace('&', "&amp;");
        assert!(section.contains(&format!("<h2 id=\"{id}-title\"><a href=\"#{id}\">{question}</a></h2>")), "{id}");
        assert_eq!(section.contains("<svg"), !panel["chart"].is_null(), "{id} has the chart it should have");
        let listed = panel["tables"].as_array().unwrap().iter().flat_map(|table| table["rows"].as_array().unwrap());
        let commits: usize = listed.map(|row| row["commits"].as_array().unwrap().len()).sum();
        assert_eq!(
            section.matches("<span class=\"id\">").count(),
            commits,
            "{id} lists the commits behind its numbers"
        );
    }
    let charts = panels.iter().filter(|panel| !panel["chart"].is_null()).count();
    assert!(charts >= 3, "the scene is lively enough for charts: {charts}");
    assert_eq!(page.console, "", "the console is silent");
}

#[test]
fn every_link_of_the_page_leads_somewhere() {
    let (html, _) = &*LIVELY;
    let ids: Vec<String> =
        Regex::new(r#"\bid="([^"]+)""#).unwrap().captures_iter(html).map(|found| found[1].to_owned()).collect();
    for found in Regex::new(r##"href="#([^"]+)""##).unwrap().captures_iter(html) {
        assert!(ids.contains(&found[1].to_owned()), "#{}", &found[1]);
    }
    let mut once = ids.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "ids are unique");
}

#[test]
fn the_page_asks_the_network_for_nothing() {
    let (html, _) = &*LIVELY;
    assert!(html.contains("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"));
    for loads in [
        r#"\bsrc\s*="#,
        r"@import",
        r#"url\(\s*['"]?(?:https?:)?//"#,
        r#"<link\b[^>]*stylesheet"#,
        r"<script\b",
        r"<iframe\b",
    ] {
        let found = Regex::new(loads).unwrap().find(html).map(|found| found.as_str().to_owned());
        assert_eq!(found, None, "{loads}");
    }
}

#[test]
fn a_hostile_history_is_shown_and_does_nothing() {
    let repo = Repo::new();
    repo.write("<img src=x onerror=alert(1)>.rs", "x\n");
    repo.by("<script>alert(2)</script>", "mallory@evil.example");
    repo.commit("<script>document.title='owned'</script> by mallory@evil.example");
    repo.change("b.rs", "b\n", "\"><svg onload=alert(3)> \u{202e}reversed\u{202c} \u{1b}[31mred [x](javascript:alert(4)) {{ 7*7 }}\n\nAssisted-by: Claude <script>alert(5)</script>");
    repo.change("b.rs", "c\n", "</bdi></td></table><h1 id=\"content\">Injected</h1>");
    let run = Shipwake::new();
    let summary = run.report(&repo.path);
    for document in [run.read("out/index.html"), run.read("out/report.md"), run.read("out/report.json"), summary] {
        for leak in ["mallory", "evil.example", "\u{202e}", "\u{1b}", "noreply@anthropic"] {
            assert!(!document.contains(leak), "{leak:?}");
        }
    }
    let html = run.read("out/index.html");
    for markup in ["<script", "<img", "<svg onload", "<h1 id=\"content\">", "href=\"javascript:"] {
        assert!(!html.contains(markup), "{markup}");
    }
    assert!(html.contains("&lt;script&gt;"), "what is hostile is shown as text");
    let Some(page) = open(&run.read("out/index.html")) else { return };
    assert!(!page.dom.contains("<title>owned"), "no script ran");
    assert!(!page.dom.contains("<script") && !page.dom.contains("<img"));
    assert_eq!(page.dom.matches("<h1").count(), 1);
    assert_eq!(page.console, "");
}

#[test]
fn a_repository_without_commits_makes_a_page_without_numbers() {
    let run = Shipwake::new();
    run.report(&Repo::new().path);
    let Some(page) = open(&run.read("out/index.html")) else { return };
    assert!(page.dom.contains("</main>") && page.console.is_empty(), "{}", page.console);
    let nonsense = Regex::new(r"\b(?:NaN|inf|-inf|Infinity)\b").unwrap();
    assert_eq!(nonsense.find(&page.dom).map(|found| found.as_str()), None, "nothing is divided by nothing");
}

#[test]
fn reports_hold_no_message_body_and_no_address_of_anyone() {
    let repo = repository(Taste { seed: 9, commits: 40, binaries: false });
    repo.change("z.rs", "z\n", "Last words\n\nThe secret body of the message.");
    let run = Shipwake::new();
    let summary = run.report(&repo.path);
    let address = Regex::new(r"[\w.+-]+@[\w-]+\.[a-z]{2,}").unwrap();
    for document in [run.read("out/index.html"), run.read("out/report.md"), run.read("out/report.json"), summary] {
        assert!(!document.contains("secret body"));
        assert_eq!(address.find(&document).map(|found| found.as_str().to_owned()), None);
    }
}
