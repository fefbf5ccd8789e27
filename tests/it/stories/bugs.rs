//! Bugs that changes are linked to, and when figures may rest on inferred links.

use serde_json::Value;
use shipwake::analysis::audit::Truths;
use shipwake::analysis::judge::rules::Rules;
use shipwake::analysis::metrics::Minimum;
use shipwake::analysis::metrics::trust::Gate;
use shipwake::analysis::sql::Selection;
use shipwake::analysis::{self, Asking};
use shipwake::config::Config;
use shipwake::facts::store::Lake;
use shipwake::facts::{Link, LinkKind, Repo as RepoRow, SubjectKind};
use shipwake::report::{self, Rendered};

use crate::binary::Shipwake;
use crate::facts::{mine, now};
use crate::repo::{Repo, lines, with_line};

#[test]
fn a_change_is_linked_to_the_first_later_fix_that_names_one_of_its_commits() {
    let repo = Repo::new();
    repo.change("a.rs", &lines("a", 9), "Start");
    repo.branch("feature");
    let bad = repo.change("b.rs", &lines("b", 9), "Count everything");
    repo.change("c.rs", "c\n", &format!("Fix a crash in the counter\n\nFixes: {bad}"));
    let merge = repo.merge("feature", "Merge branch 'feature'");
    assert_eq!(mine(&repo).change(&merge).bug_at, None, "what its own branch mended never landed");

    let first = repo.days(3).change("d.rs", "d\n", &format!("Fix a crash when nothing is counted\n\nFixes: {bad}"));
    repo.days(3).change("e.rs", "e\n", &format!("Fix another crash\n\nFixes: {bad}"));
    let facts = mine(&repo);
    let change = facts.change(&merge);
    assert_eq!((change.bug_days, change.bug_by.as_deref()), (Some(4), Some(first.as_str())));
    assert_eq!(change.bug_at, facts.commit(&first).committed_at);
}

#[test]
fn how_soon_a_fix_comes_and_whether_it_holds_is_counted_by_how_it_is_linked() {
    let (repo, run) = (Repo::new(), Shipwake::new());
    let base = lines("a", 9);
    let bad = repo.change("a.rs", &base, "Start");
    let fix = repo.change("a.rs", &with_line(&base, 3, "mended"), &format!("Fix a crash\n\nFixes: {bad}"));
    // Ten days after the fix: the fix of the fix.
    repo.days(9).change("a.rs", &with_line(&base, 3, "mended again"), "Fix the crash for good");
    repo.days(60).change("z.md", "z\n", "Say so");
    run.mine(&repo.path);
    let counts = |query: &str, way: &str, column: &str| {
        let rows = run.csv(query).into_iter().filter(|row| row["way"] == way);
        rows.map(|row| row[column].parse::<u64>().unwrap()).sum::<u64>()
    };
    let soon =
        |way: &str| ["watched_1", "events_1", "events_7", "events_30"].map(|column| counts("fix_delay", way, column));
    assert_eq!(soon("same_lines"), [3, 0, 1, 2], "the last change was watched for no day");
    assert_eq!(soon("bug_inducing")[..3], [3, 0, 1]);
    let chains = ["watched_30", "events_30", "watched_90"].map(|column| counts("fix_chains", "same_lines", column));
    assert_eq!(chains, [2, 1, 0], "two fixes, of which one was mended");
    let listed = run.csv("fix_chain_changes");
    assert!(listed.iter().any(|row| row["change_id"] == fix && row["days"] == "10" && row["reason"] == "same_lines"));
}

fn link(method: &str, fix: usize, culprit: usize, confidence: f64) -> Link {
    Link {
        kind: LinkKind::BugInducing,
        from_kind: SubjectKind::Commit,
        from_id: format!("{fix:040x}").as_str().into(),
        to_kind: SubjectKind::Commit,
        to_id: format!("{culprit:040x}").as_str().into(),
        method: method.into(),
        confidence,
        weight: None,
        share: None,
        lines: None,
        evidence: "told".into(),
    }
}

/// Fixes that each name a culprit, with one inferred link each, of which some agree.
fn compared(fixes: usize, agree: usize, confidence: f64) -> Vec<Link> {
    let of_fix = |fix: usize| {
        let inferred = if fix < agree { 1000 + fix } else { 2000 + fix };
        [link("explicit", fix, 1000 + fix, 1.0), link("genealogy", fix, inferred, confidence)]
    };
    (0..fixes).flat_map(of_fix).collect()
}

/// The report of a lake with nothing but links.
fn reported(repos: &[(&str, Vec<Link>)], gate: Gate) -> (Value, Rendered) {
    let dir = tempfile::tempdir().unwrap();
    let lake = Lake::create(dir.path()).unwrap();
    for (name, links) in repos {
        let repo = RepoRow {
            url: None,
            default_branch: None,
            head_commit: None,
            mined_at: now(),
            is_shallow: false,
            is_partial: false,
            is_truncated: false,
            pull_heads: 0,
        };
        let mut write = lake.write(name).unwrap();
        write.put(&[repo]).unwrap();
        write.put(links).unwrap();
        write.commit().unwrap();
    }
    let (rules, audited) = (Rules::default(), Truths::new());
    let by = Asking { minimum: Minimum::default(), gate, rules: &rules, audited: &audited };
    let found = analysis::analyse(&lake, &Selection::default(), by).unwrap();
    let rendered = report::render(&report::assemble(&found, now())).unwrap();
    (serde_json::from_str(&rendered.json).unwrap(), rendered)
}

fn panel<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == id).unwrap()
}

fn answer<'a>(report: &'a Value, id: &str) -> &'a str {
    panel(report, id)["answer"].as_str().unwrap()
}

/// Why the figure is withheld, if it is.
fn withheld(links: Vec<Link>, gate: Gate) -> Option<String> {
    let (report, _) = reported(&[("o/r", links)], gate);
    let said = answer(&report, "bug_inducing").to_owned();
    let is_withheld = said.starts_with("Withheld");
    let tables = panel(&report, "bug_inducing")["tables"].as_array().unwrap().len();
    assert_eq!(is_withheld, tables == 0, "{said}");
    for id in ["fix_chains", "fix_delay"] {
        assert_eq!(answer(&report, id).contains("it is withheld"), is_withheld, "{id} by the same links");
        assert_eq!(panel(&report, id)["chart"], Value::Null);
    }
    is_withheld.then_some(said)
}

#[test]
fn a_figure_on_inferred_links_is_withheld_where_too_few_of_them_can_be_checked() {
    let few = withheld(compared(29, 29, 0.8), Gate::default()).unwrap();
    for said in ["29 inferred links could be checked", "30 are needed", "`[report.inferred] stated`", "no substitute"] {
        assert!(few.contains(said), "{said} in {few}");
    }
    assert_eq!(withheld(compared(30, 30, 0.8), Gate::default()), None);
    assert_eq!(withheld(compared(29, 29, 0.8), Gate { stated: 29, ..Gate::default() }), None);
    assert!(withheld(compared(30, 30, 0.49), Gate::default()).is_some(), "links that do not count are no measure");
    assert!(withheld(Vec::new(), Gate::default()).is_some());
    assert!(withheld(Vec::new(), Gate { stated: 0, precision: 0.0 }).is_some(), "nothing is not enough");
}

#[test]
fn a_figure_on_inferred_links_is_withheld_where_too_few_of_them_are_right() {
    let wrong = withheld(compared(40, 23, 0.8), Gate::default()).unwrap();
    for said in ["57.5 % (", "23 of 40", "60.0 % are needed", "`[report.inferred] precision`", "no substitute"] {
        assert!(wrong.contains(said), "{said} in {wrong}");
    }
    assert_eq!(withheld(compared(40, 24, 0.8), Gate::default()), None);
    assert_eq!(withheld(compared(40, 23, 0.8), Gate { precision: 0.575, ..Gate::default() }), None);
    assert!(withheld(compared(40, 40, 0.8), Gate { precision: f64::NAN, ..Gate::default() }).is_some());
}

#[test]
fn precision_and_recall_stand_beside_every_figure_that_uses_inferred_links() {
    let (report, rendered) = reported(&[("o/r", compared(40, 30, 0.8))], Gate::default());
    for id in ["bug_inducing", "fix_chains", "fix_delay", "link_trust"] {
        assert!(answer(&report, id).contains("75 % (60–86), 30 of 40"), "{id}: {}", answer(&report, id));
    }
    for id in ["bug_inducing", "fix_chains", "fix_delay"] {
        let cells = &panel(&report, id)["tables"].as_array().unwrap().last().unwrap()["rows"][0]["cells"];
        for cell in [1, 2] {
            let share = &cells[cell]["value"];
            assert_eq!(
                (&share["kind"], &share["events"], &share["n"]),
                (&"estimate".into(), &30.into(), &40.into()),
                "{id}"
            );
        }
    }
    for document in [&rendered.html, &rendered.markdown] {
        assert!(document.matches("60–86").count() >= 8, "said in words and in the table of each");
    }
}

#[test]
fn repositories_are_measured_together_and_those_that_fail_alone_are_named_by_number() {
    let (report, _) = reported(&[("o/one", compared(60, 55, 0.8)), ("o/two", compared(10, 1, 0.8))], Gate::default());
    let caveats = panel(&report, "bug_inducing")["caveats"].to_string();
    assert!(caveats.contains("1 of 2 repositories, taken alone"), "{caveats}");
    let rows = panel(&report, "link_trust")["tables"][0]["rows"].as_array().unwrap();
    let named: Vec<&str> = rows.iter().map(|row| row["cells"][0]["value"].as_str().unwrap()).collect();
    assert_eq!(named, ["o/one", "o/two", "all 2 repositories"]);
    assert_eq!(rows[2]["cells"][3]["value"]["events"], 56);
}

#[test]
fn blame_on_five_commits_is_a_caveat() {
    let blame = |culprits: usize| -> Vec<Link> {
        (0..100).map(|fix| link("genealogy", fix, 1000 + fix % culprits, 0.8)).collect()
    };
    let caveat = |links: Vec<Link>| {
        let (report, _) = reported(&[("o/r", links)], Gate::default());
        panel(&report, "link_trust")["caveats"].to_string().contains("more than a fifth")
    };
    assert!(caveat(blame(10)));
    assert!(!caveat(blame(25)), "twenty of a hundred is a fifth");
}

#[test]
fn the_gate_is_configured_key_by_key() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("shipwake.toml");
    let read = |text: &str| {
        std::fs::write(&file, text).unwrap();
        Config::read(Some(&file)).map(|config| (config.report.inferred.stated, config.report.inferred.precision))
    };
    assert_eq!(read("").unwrap(), (30, 0.6));
    assert_eq!(read("[report.inferred]\nstated = 5\n").unwrap(), (5, 0.6));
    assert_eq!(read("[report.inferred]\nprecision = 0.9\n").unwrap(), (30, 0.9));
    assert!(read("[report.inferred]\nconfidence = 0.3\n").is_err(), "which links count is not configured");
}
