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
