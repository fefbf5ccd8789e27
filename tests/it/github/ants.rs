//! What GitHub really sent about a repository, as Apache DevLake recorded it: panjf2000/ants, 2018 to 2022.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::peer::Peer;
use super::{column, desk, sync};
use crate::binary::Shipwake;

/// The recorded rows of one kind, each with the pull request it was asked for.
fn recorded(folder: &Path, kind: &str) -> Vec<(Option<i64>, Value)> {
    let mut reader = csv::Reader::from_path(folder.join(format!("_raw_github_api_{kind}.csv"))).unwrap();
    let rows = reader.deserialize().map(Result::unwrap).map(|row: BTreeMap<String, String>| {
        let input: Value = serde_json::from_str(&row["input"]).unwrap_or_default();
        (input["Number"].as_i64(), serde_json::from_str(&row["data"]).unwrap())
    });
    rows.collect()
}

/// Everything that was recorded, told again, doubles included.
pub(super) fn ants(folder: &Path) -> Peer {
    let peer = Peer::new();
    let mut lists: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut tell = |path: String, value: Value| lists.entry(path).or_default().push(value);
    for (_, pull) in recorded(folder, "pull_requests") {
        let (number, head) = (pull["number"].as_i64().unwrap(), pull["head"]["sha"].as_str().unwrap().to_owned());
        peer.tell(&format!("/commits/{head}/check-runs"), serde_json::json!({ "check_runs": [] }));
        peer.tell(&format!("/commits/{head}/status"), serde_json::json!({ "statuses": [] }));
        for list in ["pulls/{}/commits", "pulls/{}/reviews", "issues/{}/events"] {
            peer.tell(&format!("/{}", list.replace("{}", &number.to_string())), Value::Array(Vec::new()));
        }
        tell("/pulls".to_owned(), pull);
    }
    for (kind, path) in [("pull_request_commits", "commits"), ("pull_request_reviews", "reviews")] {
        for (pull, row) in recorded(folder, kind) {
            tell(format!("/pulls/{}/{path}", pull.unwrap()), row);
        }
    }
    for (kind, path) in
        [("comments", "/issues/comments"), ("pull_request_review_comments", "/pulls/comments"), ("issues", "/issues")]
    {
        recorded(folder, kind).into_iter().for_each(|(_, row)| tell(path.to_owned(), row));
    }
    for (_, event) in recorded(folder, "events") {
        tell(format!("/issues/{}/events", event["issue"]["number"]), event);
    }
    for (path, list) in lists {
        peer.tell(&path, Value::Array(list));
    }
    peer
}

fn synced() -> Option<Shipwake> {
    let peer = ants(&crate::shared("github/devlake_ants")?);
    let desk = desk();
    sync(&desk, &peer, &[]);
    Some(desk)
}

/// The counts that `shared/github/DESIGN.md` states; of things recorded twice, one.
#[test]
fn what_was_recorded_is_counted_as_it_is() {
    let Some(desk) = synced() else { return };
    let count = |from: &str| column(&desk, "COUNT(*)", from)[0].parse::<u64>().unwrap();
    assert_eq!(count("pulls"), 49, "50 rows, #4 twice");
    assert_eq!(count("pulls WHERE merged_at IS NOT NULL"), 26);
    assert_eq!(count("pulls WHERE merged_at IS NULL AND merge_commit IS NOT NULL"), 23, "test merges");
    assert_eq!(count("pulls WHERE head_repo IS NULL"), 15, "deleted forks");
    assert_eq!(count("pull_commits"), 90, "91 rows, one twice");
    assert_eq!(count("pull_commits WHERE author IS NULL"), 11);
    assert_eq!(count("reviews"), 30, "31 rows, one twice");
    assert_eq!(count("review_comments"), 16);
    assert_eq!(count("review_comments WHERE line IS NULL"), 9);
    assert_eq!(count("issue_comments"), 94, "95 rows, one twice");
    assert_eq!(count("issues"), 26, "42 rows, 16 of them pull requests");
    assert_eq!(count("pull_events WHERE event = 'head_ref_force_pushed'"), 6);
    assert_eq!(count("skipped WHERE what <> 'github pull'"), 0);
}

/// Joined with the repository's own history, as DESIGN.md counts it: 6 merges, 19 commits of one parent, one that is gone.
#[test]
fn every_merged_pull_request_finds_its_change() {
    let (Some(folder), Some(desk)) = (crate::shared("github/devlake_ants"), synced()) else { return };
    let log = std::fs::read_to_string(folder.join("ants_git_log.jsonl")).unwrap();
    let commits = history(&log);
    let lake = shipwake::facts::store::Lake::open(&desk.lake()).unwrap();
    let github = shipwake::facts::Github::read(&lake, "o/r").unwrap();
    let mut found: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for landing in shipwake::outcomes::find_landings(&commits, &github) {
        let method = if landing.method == shipwake::facts::PullMethod::Merge { "merge" } else { "one parent" };
        *found.entry((method, landing.known_by.to_string())).or_default() += 1;
    }
    let counts: Vec<String> = found.iter().map(|((method, by), n)| format!("{method} by {by}: {n}")).collect();
    assert_eq!(counts, ["merge by merge_commit: 6", "one parent by commits: 1", "one parent by merge_commit: 19"]);
}

/// A log, newest first, as commits of a lake.
fn history(log: &str) -> Vec<shipwake::facts::Commit> {
    use shipwake::facts::{Commit, CommitId};
    let read = |line: &str| {
        let told: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let date =
            |who: &str| text(&told[who]["date"]).parse::<chrono::DateTime<chrono::FixedOffset>>().unwrap().to_utc();
        let message = text(&told["message"]);
        let parents: Vec<CommitId> =
            told["parents"].as_array().unwrap().iter().map(|parent| CommitId::new(text(parent))).collect();
        Commit {
            commit_id: CommitId::new(text(&told["oid"])),
            is_merge: parents.len() > 1,
            parents,
            on_mainline: false,
            on_default_branch: true,
            change_id: None,
            pull: None,
            author: text(&told["author"]["email"]).into(),
            author_name: text(&told["author"]["name"]).into(),
            author_email: text(&told["author"]["email"]).into(),
            committer: text(&told["committer"]["email"]).into(),
            committer_name: text(&told["committer"]["name"]).into(),
            committer_email: text(&told["committer"]["email"]).into(),
            authored_at: Some(date("author")),
            authored_offset: 0,
            committed_at: Some(date("committer")),
            committed_offset: 0,
            subject: message.lines().next().unwrap_or_default().into(),
            message: message.into(),
            added: 1,
            deleted: 0,
            files: 1,
            week: None,
            month: None,
        }
    };
    let mut commits: Vec<Commit> = log.lines().map(read).collect();
    let places: BTreeMap<CommitId, usize> =
        commits.iter().enumerate().map(|(at, c)| (c.commit_id.clone(), at)).collect();
    let before =
        |commits: &[Commit], at: usize| commits[at].parents.first().and_then(|parent| places.get(parent)).copied();
    let mut mainline: Vec<usize> = std::iter::successors(Some(0), |&at| before(&commits, at)).collect();
    mainline.reverse();
    for landing in mainline {
        commits[landing].on_mainline = true;
        let (change, mut open) = (commits[landing].commit_id.clone(), vec![landing]);
        while let Some(at) = open.pop() {
            if commits[at].change_id.is_none() {
                commits[at].change_id = Some(change.clone());
                open.extend(commits[at].parents.iter().filter_map(|parent| places.get(parent)));
            }
        }
    }
    commits
}
