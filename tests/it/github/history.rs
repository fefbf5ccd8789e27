//! The recorded pull requests of panjf2000/ants beside the history of that repository, made anew from its log.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::{ants, desk, sync};
use crate::binary::Shipwake;
use crate::repo::Repo;

/// Commit ids as they were recorded, each with the one it has here: content is not recorded, so that no id is the same.
type NewIds = BTreeMap<String, String>;

/// A repository with the messages, people, dates and parents of the log, the oldest commit first.
fn made_anew(log: &Path) -> (Repo, NewIds) {
    let repo = Repo::new();
    let text = std::fs::read_to_string(log).unwrap();
    let commits: Vec<Value> = text.lines().rev().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mark: BTreeMap<&str, usize> =
        commits.iter().enumerate().map(|(at, commit)| (commit["oid"].as_str().unwrap(), at + 1)).collect();
    let mut stream = String::from("feature done\n");
    for commit in &commits {
        let oid = commit["oid"].as_str().unwrap();
        let message = commit["message"].as_str().unwrap();
        let parents = commit["parents"].as_array().unwrap().iter().map(|parent| mark[parent.as_str().unwrap()]);
        writeln!(stream, "commit refs/heads/main\nmark :{}", mark[oid]).unwrap();
        writeln!(stream, "author {}\ncommitter {}", signed(&commit["author"]), signed(&commit["committer"])).unwrap();
        writeln!(stream, "data {}\n{message}", message.len()).unwrap();
        for (nth, parent) in parents.enumerate() {
            writeln!(stream, "{} :{parent}", if nth == 0 { "from" } else { "merge" }).unwrap();
        }
        for file in commit["numstat"].as_array().unwrap() {
            let path = file[2].as_str().unwrap().replace(['{', '}', '"'], "").replace(" => ", "-");
            writeln!(stream, "M 100644 inline {path}\ndata {}\n{oid}", oid.len()).unwrap();
        }
    }
    stream.push_str("done\n");
    let marks = repo.beside("marks");
    let words = ["fast-import", "--quiet", &format!("--export-marks={}", marks.display())];
    let made = repo.git_with_input(&words, stream.as_bytes());
    assert!(made.status.success(), "{}", crate::repo::text(&made.stderr));
    let marks = std::fs::read_to_string(marks).unwrap();
    let new: BTreeMap<usize, &str> = marks
        .lines()
        .map(|line| line[1..].split_once(' ').unwrap())
        .map(|(mark, id)| (mark.parse().unwrap(), id))
        .collect();
    let ids = mark.iter().map(|(old, mark)| ((*old).to_owned(), new[mark].to_owned())).collect();
    (repo, ids)
}

fn signed(who: &Value) -> String {
    let said = |what: &str| who[what].as_str().unwrap();
    let date = chrono::DateTime::parse_from_rfc3339(said("date")).unwrap();
    format!("{} <{}> {} {}", said("name"), said("email"), date.timestamp(), date.format("%z"))
}

/// What was recorded, in the words of the history made anew.
fn renamed(value: &Value, ids: &NewIds) -> Value {
    match value {
        Value::String(text) => Value::String(ids.get(text).unwrap_or(text).clone()),
        Value::Array(list) => list.iter().map(|one| renamed(one, ids)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), renamed(field, ids))).collect(),
        other => other.clone(),
    }
}

/// The repository mined and its pull requests synced, in either order.
fn joined(is_mined_first: bool) -> Option<(Shipwake, NewIds)> {
    let folder = crate::shared("github/devlake_ants")?;
    let (repo, ids) = made_anew(&folder.join("ants_git_log.jsonl"));
    let peer = ants::ants(&folder);
    for (path, told) in peer.all() {
        let renamed_path = ids.iter().fold(path, |path, (old, new)| path.replace(old, new));
        peer.tell(&format!("/{renamed_path}"), renamed(&told, &ids));
    }
    let desk = desk();
    if is_mined_first {
        desk.mine(&repo.path);
    }
    sync(&desk, &peer, &[]);
    if !is_mined_first {
        desk.mine(&repo.path);
    }
    Some((desk, ids))
}

fn numbers(desk: &Shipwake, query: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> = desk.csv(query).iter().map(|row| row["pull"].parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// Seen in the history itself: two parents, or one and none of the pull request's commits before it.
const MERGED: [u64; 6] = [4, 13, 14, 15, 19, 48];
const AS_ONE_COMMIT: [u64; 19] =
    [23, 30, 39, 40, 51, 53, 79, 89, 100, 107, 114, 172, 174, 184, 185, 186, 189, 206, 210];

#[test]
fn merge_commits_that_were_recorded_are_found_in_the_history() {
    let Some((desk, _)) = joined(false) else { return };
    let landed = "pulls p JOIN commits c ON p.merge_commit = c.commit_id";
    let of = |kind: &str| numbers(&desk, &format!("SELECT p.pull FROM {landed} WHERE {kind} c.is_merge"));
    assert_eq!(of(""), MERGED);
    assert_eq!(of("NOT"), AS_ONE_COMMIT);
    let of_merged = numbers(&desk, "SELECT pull FROM pulls WHERE merged_at IS NOT NULL");
    let lost: Vec<u64> =
        of_merged.into_iter().filter(|pull| !MERGED.contains(pull) && !AS_ONE_COMMIT.contains(pull)).collect();
    assert_eq!(lost, [41], "its commit is in no history");
}

/// #41 among them: its own commit is gone, and was written anew with the same author, time and message.
#[test]
fn each_merged_pull_request_lands_as_the_commits_it_became() {
    for is_mined_first in [true, false] {
        let Some((desk, ids)) = joined(is_mined_first) else { return };
        assert_eq!(numbers(&desk, "SELECT pull FROM pull_landings WHERE method = 'merge'"), MERGED);
        let as_one = numbers(&desk, "SELECT pull FROM pull_landings WHERE method <> 'merge'");
        let lost: Vec<u64> = as_one.iter().copied().filter(|pull| !AS_ONE_COMMIT.contains(pull)).collect();
        assert_eq!((as_one.len(), lost), (AS_ONE_COMMIT.len() + 1, vec![41]));
        let landed: BTreeMap<String, String> = desk
            .csv("SELECT pull, change_id FROM pull_landings")
            .into_iter()
            .map(|mut row| (row.remove("pull").unwrap(), row.remove("change_id").unwrap()))
            .collect();
        for (pull, commit) in [
            ("4", "3ddd58c390b0f928a5782c235f90ad0c9c21312c"),
            ("41", "444711e79fe20f040231b0900faf284a0d6532d1"),
            ("53", "f0e23928f4388661a8e0f6f5ff93f8f9514a1762"),
        ] {
            assert_eq!(landed[pull], ids[commit], "#{pull}");
        }
        let of_changes = numbers(&desk, "SELECT pull FROM changes WHERE pull IS NOT NULL");
        let missing: Vec<u64> =
            landed.keys().map(|pull| pull.parse().unwrap()).filter(|pull| !of_changes.contains(pull)).collect();
        assert_eq!(missing, [0; 0], "a change knows its pull request");
    }
}
