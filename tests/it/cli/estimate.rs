//! One estimator on one table: from a file in CSV or Parquet, or from the lake.

use serde_json::Value;

use crate::binary::Shipwake;
use crate::repo::{Repo, lines};

const SPEC: &str = r#""estimator": "km", "spec": {"time": "observed_days", "event": "is_ai", "times": [1, 3]}"#;

fn lake() -> Shipwake {
    let (repo, run) = (Repo::new(), Shipwake::new());
    for number in 0..6 {
        repo.days(2).change(
            "a.rs",
            &lines(&number.to_string(), 5),
            &format!("Change {number}\n\nCo-Authored-By: Claude <noreply@anthropic.com>"),
        );
    }
    run.mine(&repo.path);
    run
}

#[test]
fn a_table_is_read_from_a_file_of_either_kind_and_from_the_lake() {
    let run = lake();
    let sql = "SELECT observed_days, origin = 'assisted' AS is_ai, merged_at, agents FROM changes ORDER BY merged_at";
    std::fs::write(run.dir.path().join("t.parquet"), run.run(&["query", "--format", "parquet", sql]).bytes).unwrap();
    std::fs::write(run.dir.path().join("t.csv"), run.ok(&["query", "--format", "csv", sql])).unwrap();
    let estimated = |input: &str| {
        std::fs::write(run.dir.path().join("s.json"), format!("{{{input}, {SPEC}}}")).unwrap();
        run.ok(&["estimate", "s.json"])
    };
    let told = estimated(r#""input": "t.parquet""#);
    assert!(told.contains("\"all.t1.surv\": 0.83333"), "of six one was watched for less than a day: {told}");
    assert_eq!(estimated(&format!(r#""query": "{sql}""#)), told);
    assert_eq!(estimated(r#""input": "t.csv""#), told);
    let judged = run.run(&["estimate", "--judge", "judged_changes"]);
    assert_eq!(judged.code, Some(0), "{}", judged.stderr);
    let judgement: Value = serde_json::from_str(&judged.stdout).unwrap();
    assert_eq!(judgement["verdict"], "insufficient_data");
}

#[test]
fn what_is_no_table_is_an_error_with_a_way_on() {
    let run = lake();
    std::fs::write(run.dir.path().join("t.parquet"), "no").unwrap();
    let spec = |input: &str| {
        std::fs::write(run.dir.path().join("s.json"), format!("{{{input}, {SPEC}}}")).unwrap();
        run.run(&["estimate", "s.json"])
    };
    for (input, says) in [
        (r#""input": "t.parquet""#, "t.parquet"),
        (r#""query": "no_such""#, "there is no query `no_such`"),
        (r#""query": "SELECT nothing FROM changes""#, "nothing"),
        (r#""query": "agents", "input": "t.csv""#, "leave one out"),
    ] {
        let ran = spec(input);
        assert!(ran.code == Some(1) && ran.stderr.contains(says), "{input}: {}", ran.stderr);
    }
    let judged = run.run(&["estimate", "--judge", "no_such"]);
    assert!(judged.code == Some(1) && judged.stderr.contains("hint: there are "), "{}", judged.stderr);
}
