//! The lake: written only when something changed, as a whole or not at all, and readable by anyone.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use polars::prelude::{ParquetReader, SerReader as _};
use serde_json::Value;

use crate::binary::{Ran, Shipwake};
use crate::repo::{Repo, exists, lines};

fn story() -> Repo {
    let repo = Repo::new();
    repo.change("a.rs", &lines("a", 5), "Start");
    repo.change("a.rs", &lines("a", 7), "Go on\n\nCo-Authored-By: Claude <noreply@anthropic.com>");
    repo
}

/// Every file below a folder with when it was written and what it holds.
fn contents(dir: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            all.extend(contents(&entry.path()));
        } else {
            let written = entry.metadata().unwrap().modified().unwrap();
            all.insert(entry.path(), (written, std::fs::read(entry.path()).unwrap()));
        }
    }
    all
}

/// The tables as any reader sees them: (table, folder of the repository) → bytes.
fn tables(lake: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let is_table = |path: &PathBuf| path.extension().is_some_and(|end| end == "parquet");
    contents(lake)
        .into_iter()
        .filter(|(path, _)| is_table(path))
        .map(|(path, (_, bytes))| (path.strip_prefix(lake).unwrap().to_owned(), bytes))
        .collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            let _ = std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn subjects(run: &Shipwake) -> Vec<String> {
    run.csv("SELECT subject FROM changes ORDER BY merged_at")
        .into_iter()
        .map(|mut row| row.remove("subject").unwrap())
        .collect()
}

fn manifest(run: &Shipwake) -> Value {
    serde_json::from_str(&run.read("lake/_manifest/o%2Fr.json")).unwrap()
}

#[track_caller]
fn refused(ran: &Ran, said: &[&str]) {
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains("\nhint: "), "{}", ran.stderr);
    said.iter().for_each(|words| assert!(ran.stderr.contains(words), "{words}\nin\n{}", ran.stderr));
}

#[test]
fn mining_an_unchanged_repository_writes_nothing() {
    let (repo, run) = (story(), Shipwake::new());
    assert!(run.mine(&repo.path).contains("o/r: mined; 2 commits, 2 changes"));
    let before = contents(&run.lake());
    assert!(run.mine(&repo.path).contains("o/r: unchanged; 2 commits, 2 changes"));
    assert_eq!(contents(&run.lake()), before);
}

#[test]
fn mining_again_sees_what_came_since() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    repo.change("a.rs", "x\n", "New");
    assert!(run.mine(&repo.path).contains("mined; 3 commits"));
    assert_eq!(subjects(&run), ["Start", "Go on", "New"]);
    repo.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    run.mine(&repo.path);
    assert_eq!(subjects(&run), ["Start"], "what history dropped is gone");
}

#[test]
fn a_mailmap_and_a_pull_requests_head_are_changes_too() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    repo.write(".mailmap", "Lovelace <ada@example.org>\n");
    assert!(run.mine(&repo.path).contains("mined"));
    assert_eq!(run.csv("SELECT DISTINCT author_name FROM commits")[0]["author_name"], "Lovelace");
    repo.git(&["update-ref", "refs/pull/4/head", "HEAD"]);
    assert!(run.mine(&repo.path).contains("mined"));
}

#[test]
fn two_lakes_of_one_history_differ_in_pseudonyms_only() {
    let repo = story();
    let [one, two] = [Shipwake::new(), Shipwake::new()];
    for run in [&one, &two] {
        run.mine(&repo.path);
    }
    assert_ne!(one.csv("SELECT person FROM people"), two.csv("SELECT person FROM people"), "each lake has its own key");
    std::fs::copy(one.lake().join("_people.key"), two.lake().join("_people.key")).unwrap();
    two.ok(&["mine", repo.path.to_str().unwrap(), "--name", "o/r", "--fresh"]);
    let (mut ours, mut theirs) = (tables(&one.lake()), tables(&two.lake()));
    // `repos` says when it was mined.
    for tables in [&mut ours, &mut theirs] {
        tables.retain(|path, _| !path.starts_with("repos"));
    }
    assert_eq!(ours, theirs);
}

#[test]
fn two_repositories_share_a_lake_and_not_a_row() {
    let [one, two] = [story(), story()];
    two.change("b.rs", "b\n", "Only here");
    let run = Shipwake::new();
    run.ok(&["mine", one.path.to_str().unwrap(), "--name", "o/one"]);
    let before = tables(&run.lake());
    run.ok(&["mine", two.path.to_str().unwrap(), "--name", "o/two"]);
    let after = tables(&run.lake());
    assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)));
    let counted = run.csv("SELECT repo, COUNT(*) AS n FROM changes GROUP BY repo ORDER BY repo");
    assert_eq!(
        counted.iter().map(|row| (row["repo"].as_str(), row["n"].as_str())).collect::<Vec<_>>(),
        [("o/one", "2"), ("o/two", "3")]
    );
}

#[test]
fn a_write_killed_before_its_manifest_leaves_the_former_state() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    let staging = run.lake().join("_staging/o%2Fr@2");
    std::fs::create_dir_all(&staging).unwrap();
    std::fs::write(staging.join("changes.parquet"), "half of a table").unwrap();
    std::fs::write(staging.join("commits.parquet"), "").unwrap();
    assert_eq!(subjects(&run), ["Start", "Go on"]);

    repo.change("a.rs", "x\n", "New");
    run.mine(&repo.path);
    assert_eq!(subjects(&run), ["Start", "Go on", "New"]);
    assert!(!exists(&staging), "what never counted is cleared away");
}

/// A lake in which the state with `New` counts already and only some of its tables are in place.
fn killed_while_moving(moved: &[&str]) -> (Repo, Shipwake) {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    let former = run.dir.path().join("former");
    copy(&run.lake(), &former);
    repo.change("a.rs", "x\n", "New");
    run.mine(&repo.path);
    let generation = manifest(&run)["generation"].as_u64().unwrap();
    let staging = run.lake().join(format!("_staging/o%2Fr@{generation}"));
    std::fs::create_dir_all(&staging).unwrap();
    for table in manifest(&run)["tables"].as_object().unwrap().keys().filter(|table| !moved.contains(&table.as_str())) {
        let place = run.lake().join(table).join("repo=o%2Fr/part-0.parquet");
        std::fs::rename(&place, staging.join(format!("{table}.parquet"))).unwrap();
        std::fs::copy(former.join(table).join("repo=o%2Fr/part-0.parquet"), &place).unwrap();
    }
    (repo, run)
}

#[test]
fn a_write_killed_after_its_manifest_counts_and_is_completed() {
    for moved in [&[][..], &["commits", "evidence"][..]] {
        let (repo, run) = killed_while_moving(moved);
        assert_eq!(subjects(&run), ["Start", "Go on", "New"]);
        assert_eq!(run.csv("SELECT COUNT(*) AS n FROM commits")[0]["n"], "3");
        run.ok(&["mine", repo.path.to_str().unwrap(), "--name", "o/r", "--fresh"]);
        assert_eq!(subjects(&run), ["Start", "Go on", "New"]);
        assert_eq!(std::fs::read_dir(run.lake().join("_staging")).unwrap().count(), 0);
        every_reader_agrees(&run);
    }
}

#[test]
fn the_next_run_finishes_the_move_even_if_nothing_changed() {
    let (repo, run) = killed_while_moving(&["commits"]);
    assert!(run.mine(&repo.path).contains("3 changes"));
    every_reader_agrees(&run);
}

/// Every table that is globbed has the rows that the manifest says.
#[track_caller]
fn every_reader_agrees(run: &Shipwake) {
    for (table, rows) in manifest(run)["tables"].as_object().unwrap() {
        let files: Vec<PathBuf> = tables(&run.lake()).into_keys().filter(|path| path.starts_with(table)).collect();
        assert_eq!(files, [PathBuf::from(format!("{table}/repo=o%2Fr/part-0.parquet"))]);
        let frame = ParquetReader::new(File::open(run.lake().join(&files[0])).unwrap()).finish().unwrap();
        assert_eq!(frame.height() as u64, rows.as_u64().unwrap(), "{table}");
        assert!(
            frame.get_column_names().iter().any(|name| name.as_str() == "repo"),
            "{table} names its repository without help from its folder"
        );
    }
}

#[test]
fn any_engine_may_glob_the_tables() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    every_reader_agrees(&run);
    repo.change("a.rs", "x\n", "New");
    run.mine(&repo.path);
    every_reader_agrees(&run);
    let bytes = tables(&run.lake());
    assert!(bytes.values().all(|bytes| bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1")));
    assert_eq!(run.read("lake/.gitignore"), "*\n");
}

#[test]
fn a_newer_lake_is_refused_and_left_alone() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    let path = run.lake().join("_manifest/o%2Fr.json");
    let newer = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\"lake_version\": 1", "\"lake_version\": 99, \"unheard_of\": true");
    std::fs::write(&path, newer).unwrap();
    let before = contents(&run.lake());
    for words in
        [&["query", "origins"][..], &["mine", repo.path.to_str().unwrap(), "--name", "o/r"], &["explain", "HEAD"]]
    {
        refused(&run.run(words), &["newer shipwake", "lake version 99", "--lake DIR"]);
    }
    assert_eq!(contents(&run.lake()), before);
}

#[test]
fn a_damaged_manifest_is_an_error_with_a_way_out() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    std::fs::write(run.lake().join("_manifest/o%2Fr.json"), "{\"lake_version\": 1,").unwrap();
    refused(&run.run(&["query", "origins"]), &["manifest", "damaged"]);
}

#[test]
fn a_damaged_table_is_an_error_that_names_it() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    let table = run.lake().join("changes/repo=o%2Fr/part-0.parquet");
    let bytes = std::fs::read(&table).unwrap();
    std::fs::write(&table, &bytes[..bytes.len() / 2]).unwrap();
    refused(&run.run(&["query", "origins"]), &["error: "]);
    refused(&run.run(&["explain", &repo.head()]), &["changes"]);
}

#[test]
fn a_lake_that_cannot_be_made_says_where_and_what_to_do() {
    let (repo, run) = (story(), Shipwake::new());
    std::fs::write(run.dir.path().join("file"), "in the way").unwrap();
    for place in ["file/lake", "/proc/lake"] {
        let ran = run.run(&["mine", repo.path.to_str().unwrap(), "--lake", place]);
        refused(&ran, &["cannot create the lake", place, "--lake DIR"]);
    }
}

#[test]
fn there_is_no_query_without_a_lake() {
    let run = Shipwake::new();
    refused(&run.run(&["query", "origins"]), &["no lake", "shipwake mine REPO"]);
    assert!(!exists(&run.lake()), "asking makes no lake");
}

#[test]
fn a_write_that_fails_half_way_leaves_the_former_state() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    let before = tables(&run.lake());
    repo.change("b.rs", &lines("b", 3000), &format!("New\n\n{}", lines("body", 2000)));
    // No file may grow beyond four blocks, and the signal that says so is ignored: every write beyond fails.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 4; exec '{}' mine '{}' --name o/r --lake '{}'",
        env!("CARGO_BIN_EXE_shipwake"),
        repo.path.display(),
        run.lake().display()
    );
    let output = Command::new("sh").args(["-c", &limited]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", crate::repo::text(&output.stderr));
    assert!(crate::repo::text(&output.stderr).contains("hint: "));
    assert_eq!(tables(&run.lake()), before, "the former state, and nothing staged");
    assert_eq!(subjects(&run), ["Start", "Go on"]);
    run.mine(&repo.path);
    assert_eq!(subjects(&run).len(), 3);
}

#[test]
fn a_full_disk_is_told_as_such() {
    let (repo, run) = (story(), Shipwake::new());
    let disk = run.dir.path().join("disk");
    std::fs::create_dir_all(&disk).unwrap();
    // A size at which the disk fills with rows: where the end of a file does not fit the table library hides why.
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=48k", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user may not mount a tiny disk");
        return;
    }
    let ran = run.run(&["mine", repo.path.to_str().unwrap(), "--name", "o/r", "--lake", "disk/lake"]);
    let staged = std::fs::read_dir(disk.join("lake/_staging")).map(Iterator::count).unwrap_or_default();
    assert!(Command::new("umount").arg(&disk).output().unwrap().status.success());
    refused(&ran, &["No space left on device", "former state is untouched", "space left on the disk"]);
    assert_eq!(staged, 0, "half a state is cleared away");
}

#[test]
fn two_runs_at_once_leave_one_whole_state() {
    let (repo, run) = (story(), Shipwake::new());
    let start =
        || run.command().args(["mine", repo.path.to_str().unwrap(), "--name", "o/r", "--fresh"]).spawn().unwrap();
    let runs: Vec<_> = (0..3).map(|_| start()).collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    every_reader_agrees(&run);
    assert_eq!(subjects(&run), ["Start", "Go on"]);
}

#[test]
fn a_damaged_key_is_called_so_and_stays() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    let key = run.lake().join("_people.key");
    std::fs::write(&key, "short").unwrap();
    repo.change("a.rs", &lines("a", 9), "More");
    let ran = run.run(&["mine", repo.path.to_str().unwrap()]);
    assert!(ran.code == Some(1) && ran.stderr.contains("is damaged"), "{ran:?}");
    assert_eq!(std::fs::read(&key).unwrap(), b"short");
}

#[test]
fn a_table_that_was_taken_away_is_written_anew() {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    let before = tables(&run.lake());
    let fates = before.keys().find(|path| path.starts_with("line_fates")).unwrap();
    std::fs::remove_file(run.lake().join(fates)).unwrap();
    assert!(run.ok(&["mine", repo.path.to_str().unwrap()]).contains("mined;"));
    assert!(tables(&run.lake())[fates] == before[fates]);
}
