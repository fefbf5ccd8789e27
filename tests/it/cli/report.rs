//! The main job, from the outside.

use serde_json::Value;

use super::{masked, story};
use crate::binary::Shipwake;
use crate::generated::{Taste, repository};
use crate::repo::Repo;

fn document(run: &Shipwake) -> Value {
    serde_json::from_str(&run.read("out/report.json")).unwrap()
}

#[test]
fn the_summary_fits_a_screen_and_says_what_matters() {
    let run = Shipwake::new();
    insta::assert_snapshot!(masked(&run.report(&story().path)), @r###"
The wake of o/r
o/r · 4 changes · the whole history

Who wrote it
  agent         0 %  (0–49)        0 of 4
  assisted     25 %  (5–70)        1 of 4             ████████
  human         0 %  (0–49)        0 of 4
  bot           0 %  (0–49)        0 of 4
  unknown      75 %  (30–95)       3 of 4             ███████████████████████

What became of it
  Changes with evidence of AI       25 % (5–70), 1 of 4; a lower bound
  Reverted in 90 days, AI           too little data, n=0, 0 events: fewer than 30 changes were
                                    watched for the whole window
  Changes bug-fixed in 90 days, AI  too little data, n=0, 0 events: fewer than 30 changes were
                                    watched for the whole window
  Incident-linked in 90 days, AI    withheld: no incidents are in the lake: `shipwake import
                                    incidents --from csv FILE` brings them in

Report: out/index.html
"###);
    assert_eq!(document(&run)["repos"][0]["ai_changes"], 1);
}

#[test]
fn a_report_needs_no_argument() {
    let (repo, run) = (story(), Shipwake::new());
    let output = run.command().arg("report").env_remove("SHIPWAKE_LAKE").current_dir(&repo.path).output().unwrap();
    assert!(output.status.success(), "{}", crate::repo::text(&output.stderr));
    assert_eq!(output.stderr, b"", "nothing but results where nobody watches");
    for file in [
        "shipwake-report/index.html",
        "shipwake-report/report.md",
        "shipwake-report/report.json",
        ".shipwake/.gitignore",
    ] {
        assert!(repo.path.join(file).is_file(), "{file}");
    }
}

#[test]
fn a_report_written_again_is_the_same_but_for_its_date() {
    let (repo, run) = (repository(Taste { seed: 31, commits: 50, binaries: true }), Shipwake::new());
    let undated = |run: &Shipwake| {
        let at = document(run)["generated_at"].as_str().unwrap().to_owned();
        let minute = at[..16].replace('T', " ");
        ["out/index.html", "out/report.md", "out/report.json"]
            .map(|file| run.read(file).replace(&at, "[at]").replace(&minute, "[minute]"))
    };
    run.report(&repo.path);
    let first = undated(&run);
    run.report(&repo.path);
    assert_eq!(undated(&run), first);
    run.ok(&["report", repo.path.to_str().unwrap(), "--name", "o/r", "--out", "out", "--fresh"]);
    assert_eq!(undated(&run), first, "mining again changes nothing");
}

#[test]
fn the_document_is_as_its_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../../../reports/report.schema.json")).unwrap();
    for repo in [story(), Repo::new(), repository(Taste { seed: 32, commits: 80, binaries: true })] {
        let run = Shipwake::new();
        run.report(&repo.path);
        let mut wrong = Vec::new();
        check(&schema, &schema, &document(&run), "", &mut wrong);
        assert_eq!(wrong, Vec::<String>::new());
    }
}

/// The part of JSON Schema that ours uses; an unknown keyword is an error.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().unwrap() {
        let ok = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "format" => true,
            "$ref" => {
                check(root, root.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap(), value, at, wrong);
                true
            }
            "type" => rule.as_array().map_or_else(|| is(rule, value), |types| types.iter().any(|name| is(name, value))),
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
            "required" => rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some()),
            "oneOf" => {
                let fits = |one: &&Value| {
                    let mut wrong = Vec::new();
                    check(root, one, value, at, &mut wrong);
                    wrong.is_empty()
                };
                rule.as_array().unwrap().iter().filter(fits).count() == 1
            }
            "properties" => {
                for (key, rule) in rule.as_object().unwrap() {
                    value.get(key).inspect(|value| check(root, rule, value, &format!("{at}/{key}"), wrong));
                }
                true
            }
            "additionalProperties" => {
                let known = schema["properties"].as_object().unwrap();
                value.as_object().is_none_or(|fields| fields.keys().all(|key| known.contains_key(key)))
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items.for_each(|(index, item)| check(root, rule, item, &format!("{at}/{index}"), wrong));
                true
            }
            unknown => panic!("the test does not know {unknown}"),
        };
        if !ok {
            wrong.push(format!("{at}: {keyword} {rule}"));
        }
    }
}

fn is(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        other => panic!("the test does not know {other}"),
    }
}

#[test]
fn a_window_counts_what_was_merged_within_it() {
    let (repo, run) = (story(), Shipwake::new());
    let changes = |window: &[&str]| {
        let words = [&["report", repo.path.to_str().unwrap(), "--name", "o/r", "--out", "out"], window].concat();
        run.ok(&words);
        document(&run)["repos"][0]["changes"].as_u64().unwrap()
    };
    // Landed on 2024-01-02, -03, -07 and -02-17.
    assert_eq!(changes(&[]), 4);
    assert_eq!(changes(&["--since", "2024-01-03"]), 3);
    assert_eq!(changes(&["--until", "2024-01-03"]), 1);
    assert_eq!(changes(&["--since", "2024-01-03", "--until", "2024-02-17"]), 2);
    assert_eq!(document(&run)["since"], "2024-01-03");
    assert_eq!(changes(&["--since", "2030-01-01"]), 0);
}

#[test]
fn a_report_speaks_of_the_repositories_it_was_asked_for() {
    let (one, two, run) = (story(), Repo::new(), Shipwake::new());
    two.change("x.rs", "x\n", "Elsewhere");
    run.ok(&["mine", two.path.to_str().unwrap(), "--name", "o/two"]);
    run.report(&one.path);
    let names = |document: Value| {
        document["repos"]
            .as_array()
            .unwrap()
            .iter()
            .map(|repo| repo["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(document(&run)), ["o/r"]);
    assert!(!run.read("out/report.md").contains("Elsewhere"));
}

#[test]
fn two_repositories_whose_folders_have_one_name_do_not_swallow_each_other() {
    let (one, two, run) = (story(), Repo::new(), Shipwake::new());
    two.change("x.rs", "x\n", "Elsewhere");
    let ran = run.run(&["report", one.path.to_str().unwrap(), two.path.to_str().unwrap(), "--out", "out"]);
    match ran.code {
        Some(0) => assert_eq!(document(&run)["repos"].as_array().unwrap().len(), 2, "both are in the report"),
        code => {
            assert!(code == Some(1) && ran.stderr.contains("story"), "or the clash is an error that names it: {ran:?}")
        }
    }
}

#[test]
fn what_could_not_be_read_is_in_the_report() {
    let (repo, run) = (story(), Shipwake::new());
    std::fs::remove_file(repo.loose_object(&repo.git(&["rev-parse", "HEAD:src/a.rs"]))).unwrap();
    run.report(&repo.path);
    let panels = document(&run)["panels"].as_array().unwrap().clone();
    let skipped = panels.iter().find(|panel| panel["id"] == "skipped").unwrap();
    assert!(skipped["answer"].as_str().unwrap().starts_with("1 thing"), "{}", skipped["answer"]);
    assert!(skipped["tables"].to_string().contains("src/a.rs"));
}
