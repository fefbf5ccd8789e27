//! Inferred links held against what the developers of the repository stated.

use crate::binary::Shipwake;
use crate::repo::{Repo, lines, with_line};

/// Three bugs whose fixes name their culprits; of the last one the name is wrong.
fn mined() -> Shipwake {
    let (repo, run) = (Repo::new(), Shipwake::new());
    for number in 0..3 {
        let (path, name) = (format!("{number}.c"), format!("part{number}"));
        repo.change(&path, &lines(&name, 9), &format!("Add part {number}"));
        let broken = with_line(&lines(&name, 9), 5, &format!("broken_call{number}(1, 2)"));
        let culprit = repo.change(&path, &broken, &format!("Change part {number}"));
        let other = repo.change("other.c", &lines(&format!("other{number}"), 9), "Something else");
        let named = if number < 2 { culprit } else { other };
        let mended = with_line(&lines(&name, 9), 5, &format!("broken_call{number}(1, 3)"));
        repo.change(&path, &mended, &format!("fix: part {number}\n\nFixes: {named}"));
    }
    run.mine(&repo.path);
    run
}

#[test]
fn precision_and_recall_are_of_what_fixes_state() {
    let run = mined();
    let told: serde_json::Value = serde_json::from_str(&run.ok(&["validate", "--format", "json"])).unwrap();
    let all = &told[0]["levels"][0];
    assert_eq!((&told[0]["stated_fixes"], &told[0]["stated"]), (&3.into(), &3.into()));
    assert_eq!(all["right"], 2);
    assert!(all["inferred"].as_u64() >= Some(3), "{all}");
    assert_eq!(all["recall"]["n"], 3);
    assert_eq!(all["recall"]["events"], 2);
    let table = run.ok(&["validate"]);
    assert!(
        table.contains("3 culprits named by fixes (3 of all fixes name one)") && table.contains("2 of 3"),
        "{table}"
    );
}

#[test]
fn every_candidate_is_written_with_its_features() {
    let run = mined();
    run.ok(&["validate", "--candidates", "candidates.csv"]);
    let mut sheet = csv::Reader::from_path(run.dir.path().join("candidates.csv")).unwrap();
    let columns = sheet.headers().unwrap().clone();
    assert_eq!(columns.iter().take(4).collect::<Vec<_>>(), ["repo", "fix", "candidate", "probability"]);
    let rows: Vec<csv::StringRecord> = sheet.records().map(Result::unwrap).collect();
    let of = |name: &str| columns.iter().position(|column| column == name).unwrap();
    assert!(rows.iter().any(|row| &row[of("deleted_code")] == "1" && &row[of("rank_deleted_code")] == "0"));
    let fixes: std::collections::BTreeSet<&str> = rows.iter().map(|row| &row[1]).collect();
    assert_eq!(fixes.len(), 3);
    for fix in fixes {
        let sum: f64 = rows.iter().filter(|row| &row[1] == fix).map(|row| row[3].parse::<f64>().unwrap()).sum();
        assert!(sum <= 1.0 + 1e-9, "one commit brought it: {sum}");
    }
}

#[test]
fn a_lake_without_repositories_is_told() {
    let run = Shipwake::new();
    let said = run.run(&["validate"]);
    assert!(said.code == Some(1) && said.stderr.contains("there is no lake"), "{}", said.stderr);
}
