//! What became of lines: numbers counted by hand.

use std::collections::BTreeMap;

use serde_json::Value;
use shipwake::analysis::queries;
use shipwake::analysis::sql::{Record, Selection, Sql};
use shipwake::facts::{CommitId, CommitLines, LineRelation};

use crate::binary::Shipwake;
use crate::facts::Desk;
use crate::repo::{Repo, START, lines, with_line};

const CLAUDE: &str = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>";

type Row = BTreeMap<String, String>;

fn numbers(row: &Row, columns: &[&str]) -> Vec<u64> {
    columns.iter().map(|column| row[*column].parse().unwrap()).collect()
}

/// Ten lines of Ada on day 1, four with Claude on day 2, two of those mended by Bo on day 12, three of the first deleted by Ada
/// on day 42, five more on day 135, and words about it all on day 142.
fn wake() -> Repo {
    let repo = Repo::new();
    let base = lines("base", 10);
    repo.change("a.rs", &base, "Start");
    let grown = base.clone() + &lines("grown", 4);
    repo.change("a.rs", &grown, &format!("Grow{CLAUDE}"));
    let mended = with_line(&with_line(&grown, 12, "let mended = 1;"), 13, "let mended = 2;");
    repo.by("Bo", "bo@example.org").days(9).change("a.rs", &mended, "Fix the crash");
    let tidy: String = mended.split_inclusive('\n').skip(3).collect();
    repo.by("Ada", "ada@example.org").days(29).change("a.rs", &tidy, "Tidy");
    repo.days(92).change("b.rs", &lines("late", 5), "Late");
    repo.days(6).change("README.md", &lines("words", 20), "Words");
    repo
}

#[test]
fn lines_land_and_end() {
    let run = Shipwake::new();
    run.mine(&wake().path);
    let mut lived: Vec<String> = (run.csv("line_survival").iter())
        .map(|row| {
            let [origin, since, landed, ended, lines] =
                ["origin", "since_first_ai", "landed_at", "ended_at", "lines"].map(|column| row[column].as_str());
            let ended = if ended.is_empty() { "today" } else { ended };
            format!("{landed:.10} to {ended:.10}: {lines} {origin} {since}")
        })
        .collect();
    lived.sort();
    assert_eq!(
        lived,
        [
            "2024-01-02 to 2024-02-12: 3 unknown 0",
            "2024-01-02 to today: 7 unknown 0",
            "2024-01-03 to 2024-01-13: 2 assisted 1",
            "2024-01-03 to today: 2 assisted 1",
            "2024-01-13 to today: 2 unknown 1",
            "2024-05-15 to today: 5 unknown 1",
        ]
    );
}

#[test]
fn churn_is_of_lines_that_were_watched_for_the_whole_window() {
    let run = Shipwake::new();
    run.mine(&wake().path);
    let rows = run.csv("line_churn");
    let of = |origin: &str, since: &str, whom: &str, columns: &[&str]| {
        let is_it = |row: &&Row| row["origin"] == origin && row["since_first_ai"] == since && row["by_whom"] == whom;
        numbers(rows.iter().find(is_it).unwrap(), columns)
    };
    let all_14 = ["commits_14", "lines_14", "ended_14", "lines_squared_14", "ended_squared_14", "ended_lines_14"];
    assert_eq!(of("assisted", "1", "any", &all_14), [1, 4, 2, 16, 4, 8]);
    assert_eq!(of("unknown", "0", "any", &all_14), [1, 10, 0, 100, 0, 0]);
    assert_eq!(of("unknown", "1", "any", &all_14), [1, 2, 0, 4, 0, 0], "five lines were watched for a week only");
    let all_90 = ["commits_90", "lines_90", "ended_90", "lines_squared_90", "ended_squared_90", "ended_lines_90"];
    assert_eq!(of("unknown", "0", "any", &all_90), [1, 10, 3, 100, 9, 30]);
    let ended = |origin: &str, since: &str| {
        let whom = ["same_author", "other_author", "revert", "fix", "merge", "other"];
        whom.map(|whom| of(origin, since, whom, &["ended_14", "ended_30", "ended_90"]))
    };
    let (none, two, three) = (vec![0, 0, 0], vec![2, 2, 2], vec![0, 0, 3]);
    assert_eq!(ended("assisted", "1"), [&none, &two, &none, &two, &none, &none].map(Clone::clone));
    assert_eq!(ended("unknown", "0"), [&three, &none, &none, &none, &none, &three].map(Clone::clone));
}

#[test]
fn a_revert_ends_lines_as_a_revert() {
    let repo = Repo::new();
    repo.change("a.rs", &lines("base", 3), "Start");
    let bad = repo.change("b.rs", &lines("bad", 6), "Fix it all");
    repo.days(20).revert(&bad);
    repo.days(100).change("a.rs", &lines("other", 3), "Rewrite");
    let run = Shipwake::new();
    run.mine(&repo.path);
    let ended: Vec<Vec<u64>> = (run.csv("line_churn").iter())
        .filter(|row| ["any", "revert", "fix"].contains(&row["by_whom"].as_str()))
        .map(|row| numbers(row, &["ended_14", "ended_30", "ended_90"]))
        .collect();
    assert_eq!(ended, [[0, 6, 6], [0, 0, 0], [0, 6, 6]], "any, fix, revert");
}

#[test]
fn what_was_gone_before_its_change_landed_never_landed() {
    let repo = Repo::new();
    repo.change("a.rs", &lines("base", 3), "Start");
    let drafted = lines("draft", 5);
    repo.branch("feature").change("b.rs", &drafted, "Draft");
    repo.change("b.rs", &drafted.split_inclusive('\n').skip(2).collect::<String>(), "Shorten");
    repo.merge("feature", "Merge branch 'feature'");
    repo.days(50).change("a.rs", &lines("base", 2), "Less");
    let run = Shipwake::new();
    run.mine(&repo.path);
    let lived = run.csv("line_survival");
    let sum = |is_wanted: fn(&&Row) -> bool| {
        lived.iter().filter(is_wanted).map(|row| row["lines"].parse::<u64>().unwrap()).sum::<u64>()
    };
    assert_eq!((sum(|_| true), sum(|row| !row["ended_at"].is_empty())), (6, 1));
}

#[test]
fn a_window_keeps_what_landed_in_it_and_sees_its_end() {
    let desk = Desk::new();
    desk.mine(&wake().path);
    let day = |day: &str| Some(day.parse().unwrap());
    let lines = |since, until| {
        let mut sql = Sql::over(&desk.run.lake, &Selection { repos: vec![], since, until }).unwrap();
        let rows = sql.run(queries::find("line_survival").unwrap().sql).unwrap().rows();
        let of = |is_wanted: fn(&Record) -> bool| {
            rows.iter().filter(|row| is_wanted(row)).map(|row| row.count("lines")).sum::<u64>()
        };
        (of(|row| row.time("ended_at").is_some()), of(|row| row.time("ended_at").is_none()))
    };
    assert_eq!(lines(None, None), (5, 16));
    assert_eq!(lines(None, day("2024-01-03")), (3, 7), "the end came after the window");
    assert_eq!(lines(day("2024-01-13"), None), (0, 7));
}

#[test]
fn today_is_made_of_what_is_left_of_every_year() {
    let repo = Repo::new();
    let year = 365 * 86_400;
    repo.at(START - 4 * year);
    repo.write("a.rs", lines("old", 6)).write("Cargo.lock", lines("lock", 7)).write("README.md", lines("words", 3));
    repo.commit("Start");
    repo.at(START).change("a.rs", &(lines("old", 4) + &lines("new", 5)), &format!("Grow{CLAUDE}"));
    repo.at(START + year).write("tests/a.rs", lines("test", 8)).write("settings.toml", lines("set", 2));
    repo.commit("Test and set");
    let run = Shipwake::new();
    run.mine(&repo.path);
    let rows = run.csv("todays_code");
    let columns = ["commits", "lines", "lines_squared", "source_code", "tests", "config", "docs", "made"];
    let told: Vec<String> = (rows.iter())
        .map(|row| format!("{} {} {:?}", row["landed_year"], row["origin"], numbers(row, &columns)))
        .collect();
    assert_eq!(
        told,
        [
            "2020 human [1, 4, 16, 4, 0, 0, 3, 7]",
            "2024 assisted [1, 5, 25, 5, 0, 0, 0, 0]",
            "2024 unknown [1, 8, 64, 0, 8, 2, 0, 0]",
        ]
    );
}

#[test]
fn moved_and_copied_are_shares_of_what_commits_add_to_code() {
    let repo = Repo::new();
    repo.write("a.rs", lines("a", 20)).write("README.md", lines("words", 9));
    let one = repo.commit("One");
    let two = repo.change("b.rs", &lines("b", 5), &format!("Two{CLAUDE}"));
    repo.change("README.md", "none\n", "Words");
    let desk = Desk::new();
    desk.mine(&repo.path);
    let row = |commit: &str, path: &str, relation, lines| CommitLines {
        commit_id: CommitId::new(commit.to_owned()),
        path: path.into(),
        relation,
        origin_commit: CommitId::new(one.clone()),
        line_kind: None,
        lines,
        from_path: None,
        deleted_by: None,
    };
    let mut write = desk.run.lake.write("o/r").unwrap();
    let rows = [
        row(&one, "a.rs", LineRelation::Moved, 4),
        row(&one, "a.rs", LineRelation::Moved, 2),
        row(&one, "a.rs", LineRelation::Copied, 3),
        row(&one, "a.rs", LineRelation::Before, 11),
        row(&one, "README.md", LineRelation::Moved, 9),
        row(&two, "b.rs", LineRelation::Copied, 1),
    ];
    write.put(&rows).unwrap();
    write.commit().unwrap();
    let mut sql = Sql::over(&desk.run.lake, &Selection::default()).unwrap();
    let told: Vec<(String, Vec<u64>)> = (sql.run(queries::find("line_moves").unwrap().sql).unwrap().rows().iter())
        .map(|row| {
            let columns = [
                "since_first_ai",
                "commits",
                "lines",
                "moved",
                "copied",
                "lines_squared",
                "moved_squared",
                "moved_lines",
                "copied_squared",
                "copied_lines",
            ];
            (row.text("origin").unwrap().to_owned(), columns.map(|column| row.count(column)).to_vec())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("assisted".to_owned(), vec![1, 1, 5, 0, 1, 25, 0, 0, 1, 5]),
            ("unknown".to_owned(), vec![0, 1, 20, 6, 3, 400, 36, 120, 9, 60]),
        ]
    );
}

/// Forty commits of five lines each; the lines of every fourth are deleted ten days later.
fn forty() -> Repo {
    let repo = Repo::new();
    for day in 0..50 {
        repo.at(START + day * 86_400);
        if day < 40 {
            repo.write(&format!("src/part{day}.rs"), lines(&format!("part{day}"), 5));
        }
        if day >= 10 && (day - 10) % 4 == 3 {
            repo.remove(&format!("src/part{}.rs", day - 10));
        }
        repo.commit(&format!("Day {day}"));
    }
    repo.days(150).change("README.md", "words\n", "Words");
    repo
}

fn finding(report: &Value, panel: &str, table: usize, row: usize, cell: usize) -> Value {
    let panels = report["panels"].as_array().unwrap();
    let panel = panels.iter().find(|it| it["id"] == panel).unwrap();
    panel["tables"][table]["rows"][row]["cells"][cell]["value"].clone()
}

#[test]
fn intervals_are_as_wide_as_there_are_commits() {
    let run = Shipwake::new();
    run.report(&forty().path);
    let report: Value = serde_json::from_str(&run.read("out/report.json")).unwrap();
    let near = |finding: &Value, what: &str, want: f64| {
        let got = finding[what].as_f64().unwrap();
        assert!((got - want).abs() < 5e-5, "{what}: {got} is not {want} in {finding}");
    };
    // S = 30/40. Lines fall together, so that V(log S) = 10 / (40 · 30), as of 40 units and not of 200.
    let alive = finding(&report, "line_survival", 1, 0, 1);
    assert_eq!((&alive["unit"], &alive["n"], &alive["events"]), (&"alive".into(), &200.into(), &50.into()));
    near(&alive, "value", 0.75);
    near(&alive, "low", 0.585_19);
    near(&alive, "high", 0.856_88);
    let half = finding(&report, "line_survival", 0, 0, 3);
    assert_eq!(half["kind"], "too_little_data", "three of four lines are still there: {half}");
    let panels = report["panels"].as_array().unwrap();
    let behind = &panels.iter().find(|panel| panel["id"] == "line_survival").unwrap()["tables"][0]["rows"][0];
    let noted: Vec<[&str; 2]> = (behind["commits"].as_array().unwrap().iter())
        .map(|commit| ["subject", "note"].map(|what| commit[what].as_str().unwrap()))
        .collect();
    assert_eq!((noted.len(), noted[0], &behind["more"]), (10, ["Day 39", "5 of 5 lines have ended"], &0.into()));
    // Wilson of 10 of 40.
    let churn = finding(&report, "line_churn", 0, 1, 1);
    assert_eq!((&churn["unit"], &churn["n"], &churn["events"]), (&"share".into(), &200.into(), &50.into()));
    near(&churn, "value", 0.25);
    near(&churn, "low", 0.141_87);
    near(&churn, "high", 0.401_94);
    assert_eq!(finding(&report, "line_survival", 2, 0, 1)["kind"], "too_little_data", "nothing to compare with");
}

#[test]
fn lines_of_a_shallow_clone_are_not_judged() {
    let repo = wake();
    let clone = repo.clone_as("shallow", &["--depth", "2"]);
    let run = Shipwake::new();
    run.report(&clone);
    let report: Value = serde_json::from_str(&run.read("out/report.json")).unwrap();
    for id in ["line_survival", "line_churn", "line_moves", "todays_code"] {
        let panel = report["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == id).unwrap();
        assert!(panel["answer"].as_str().unwrap().starts_with("Withheld: "), "{id}: {}", panel["answer"]);
        assert_eq!((&panel["chart"], panel["tables"].as_array().unwrap().len()), (&Value::Null, 0), "{id}");
    }
}
