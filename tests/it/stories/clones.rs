//! Clones that lack something: figures that would be wrong are withheld, and the remedy is named.

use std::path::Path;

use serde_json::Value;

use crate::binary::Shipwake;
use crate::facts::mine_at;
use crate::repo::{Repo, lines, with_line};

fn history() -> Repo {
    let repo = Repo::new();
    let base = lines("base", 20);
    for number in 1..=12 {
        repo.days(20).change("a.rs", &with_line(&base, number, "changed"), &format!("Change {number}"));
    }
    repo
}

fn report(path: &Path) -> (Value, String) {
    let run = Shipwake::new();
    let summary = run.report(path);
    (serde_json::from_str(&run.read("out/report.json")).unwrap(), summary)
}

/// Panels whose answer is withheld.
fn withheld(report: &Value) -> Vec<&str> {
    let panels = report["panels"].as_array().unwrap().iter();
    panels
        .filter(|panel| panel["answer"].as_str().unwrap().contains("Withheld"))
        .map(|panel| panel["id"].as_str().unwrap())
        .collect()
}

#[test]
fn a_shallow_clone_withholds_outcomes_and_names_the_remedy() {
    let repo = history();
    let clone = repo.clone_as("shallow", &["--depth", "5"]);
    let facts = mine_at(&clone);
    assert_eq!(facts.changes.len(), 5);
    assert!(facts.repos[0].is_shallow);

    let (report, summary) = report(&clone);
    let outcomes = ["reverted", "fixed_lines", "fixed_files", "bug_inducing", "incident_linked"];
    let follow_ups = ["fix_chains", "fix_delay"];
    let lines = ["line_survival", "line_churn", "line_moves"];
    assert_eq!(withheld(&report), [&outcomes[..], &follow_ups, &lines, &["todays_code"]].concat());
    for panel in report["panels"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|panel| panel["answer"].as_str().unwrap().contains("Withheld"))
    {
        assert!(panel["answer"].as_str().unwrap().contains("git fetch --unshallow"), "{panel}");
        assert!(
            panel["chart"].is_null() && panel["tables"].as_array().unwrap().is_empty(),
            "no number is shown: {panel}"
        );
    }
    assert!(summary.contains("git fetch --unshallow"), "{summary}");
    assert!(report["repos"][0]["limits"].to_string().contains("git fetch --unshallow"));
}

#[test]
fn a_clone_made_whole_again_shows_what_was_withheld() {
    let repo = history();
    let clone = repo.clone_as("shallow", &["--depth", "5"]);
    let run = Shipwake::new();
    run.report(&clone);
    repo.git(&["-C", clone.to_str().unwrap(), "fetch", "--quiet", "--unshallow"]);
    run.report(&clone);
    let whole: Value = serde_json::from_str(&run.read("out/report.json")).unwrap();
    assert_eq!(withheld(&whole), ["bug_inducing", "incident_linked"], "only for want of stated culprits and incidents");
    assert_eq!(whole["repos"][0]["changes"], 12);
}

#[test]
fn a_partial_clone_withholds_what_counts_lines() {
    let repo = history();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = repo.clone_as("partial", &["--bare", "--filter=blob:none"]);
    let facts = mine_at(&clone);
    assert!(facts.repos[0].is_partial);
    assert_eq!(facts.changes.len(), 12);
    assert!(facts.files.iter().all(|file| file.added.is_none()), "nothing is fetched behind the user's back");
    assert!(!facts.skipped.is_empty());

    let (report, summary) = report(&clone);
    for lines in [
        "fixed_lines",
        "bug_inducing",
        "fix_chains",
        "fix_delay",
        "line_survival",
        "line_churn",
        "line_moves",
        "todays_code",
    ] {
        assert!(withheld(&report).contains(&lines), "{lines} in {:?}", withheld(&report));
    }
    assert!(!withheld(&report).contains(&"reverted"), "reverts are told by messages");
    let unbroken = summary.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unbroken.contains("git fetch --refetch --no-filter"), "{summary}");
}
