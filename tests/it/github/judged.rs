//! What GitHub's facts do to the judgements about a mined repository.

use serde_json::{Value, json};

use super::peer::{Peer, at, user};
use super::{desk, sync};
use crate::binary::Shipwake;
use crate::repo::{Repo, lines};

/// A squash that names nobody, two commits rebased onto the mainline, and a commit of its own.
struct World {
    repo: Repo,
    peer: Peer,
    squash: String,
    rebased: [String; 2],
    direct: String,
}

fn world() -> World {
    let repo = Repo::new();
    repo.change("a.rs", &lines("a", 5), "Begin");
    let squash = repo.change("b.rs", &lines("b", 5), "Mend the sail (#1)");
    let rebased =
        [repo.change("c.rs", &lines("c", 5), "Add a mast"), repo.change("d.rs", &lines("d", 5), "Add a boom")];
    let direct = repo.change("e.rs", &lines("e", 5), "Paint");
    let peer = Peer::new();
    let copilot = user("copilot-swe-agent[bot]", 198_982_749);
    peer.pull(1, json!({ "merge_commit_sha": squash, "user": copilot, "body": "Fixes #9" }));
    peer.pull(2, json!({ "merge_commit_sha": rebased[1], "title": "Mast and boom" }));
    peer.pull(3, json!({ "merged_at": null, "title": "Sink it" }));
    for (id, subject) in rebased.iter().zip(["Add a mast", "Add a boom"]) {
        let date = repo.git(&["show", "-s", "--format=%aI", id]);
        let who = json!({ "name": "Ada", "email": "ada@example.org", "date": date });
        // As the branch had it: another id, the same patch.
        let own = format!("{}{}", &id[20..], &id[..20]);
        peer.add(
            "/pulls/2/commits",
            json!({ "sha": own, "author": user("ada", 1), "parents": [{ "sha": id }],
            "commit": { "author": who, "committer": who, "message": subject } }),
        );
    }
    peer.add(
        "/pulls/1/reviews",
        json!({ "id": 11, "user": user("bob", 2), "state": "APPROVED", "submitted_at": at(11), "body": "Fine, but the boom is low",
        "commit_id": super::peer::id(1), "author_association": "MEMBER" }),
    );
    peer.add(
        "/pulls/2/reviews",
        json!({ "id": 12, "user": user("coderabbitai[bot]", 5), "state": "COMMENTED", "submitted_at": at(21), "body": "",
        "commit_id": super::peer::id(2), "author_association": "NONE" }),
    );
    peer.add(
        "/issues/3/timeline",
        json!({ "id": 41, "event": "closed", "actor": user("bob", 2), "created_at": at(35) }),
    );
    peer.add(
        "/issues",
        json!({ "id": 51, "number": 9, "title": "The sail tears", "state": "closed", "user": user("bob", 2),
        "labels": [{ "name": "kind/bug" }], "created_at": at(1), "updated_at": at(15), "closed_at": at(15), "comments": 0,
        "body": "", "html_url": "https://github.com/o/r/issues/9" }),
    );
    World { repo, peer, squash, rebased, direct }
}

const CHANGES: &str = "SELECT change_id, kind, pull, origin, commits, is_fix FROM changes ORDER BY merged_at";
const PULLS: &str =
    "SELECT pull, change_id, origin, outcome, is_unreviewed, ai_reviewers FROM pull_outcomes ORDER BY pull";

/// Everything that the facts of git and GitHub together amount to.
fn told(desk: &Shipwake) -> Vec<String> {
    ["changes", "pull_landings", "pull_outcomes", "attributions", "evidence", "fixes", "commits"]
        .iter()
        .flat_map(|table| desk.csv(&format!("SELECT * FROM {table}")))
        .map(|row| format!("{row:?}"))
        .collect()
}

#[test]
fn a_pull_request_speaks_for_the_change_it_landed_as() {
    let World { repo, peer, squash, rebased, direct } = world();
    let desk = desk();
    desk.mine(&repo.path);
    assert_eq!(desk.csv(CHANGES).len(), 5, "before, each commit is a change");
    sync(&desk, &peer, &[]);
    let row = |row: &std::collections::BTreeMap<String, String>| {
        ["change_id", "kind", "pull", "origin", "commits", "is_fix"].map(|column| row[column].clone()).join(" ")
    };
    let changes: Vec<String> = desk.csv(CHANGES).iter().map(row).skip(1).collect();
    assert_eq!(
        changes,
        [
            format!("{squash} squash 1 agent 1 true"),
            format!("{} rebase 2 unknown 2 false", rebased[1]),
            format!("{direct} direct  unknown 1 false"),
        ]
    );
    let row = |row: &std::collections::BTreeMap<String, String>| {
        ["pull", "change_id", "origin", "outcome", "is_unreviewed", "ai_reviewers"]
            .map(|column| row[column].clone())
            .join(" ")
    };
    let pulls: Vec<String> = desk.csv(PULLS).iter().map(row).collect();
    assert_eq!(
        pulls,
        [
            format!("1 {squash} agent merged false "),
            format!("2 {} unknown merged true coderabbitai", rebased[1]),
            "3  unknown rejected  ".to_owned(),
        ]
    );
    // In whatever order the two came, and however often.
    let first = told(&desk);
    desk.ok(&["mine", repo.path.to_str().unwrap(), "--name", "o/r", "--fresh"]);
    assert_eq!(told(&desk), first, "mined again");
    let other = super::desk();
    sync(&other, &peer, &[]);
    other.mine(&repo.path);
    // People go by keyed pseudonyms, which differ from lake to lake.
    let kinds = |desk: &Shipwake| desk.csv(CHANGES);
    assert_eq!((kinds(&other), other.csv(PULLS)), (kinds(&desk), desk.csv(PULLS)), "the other way round");
}

#[test]
fn a_rebase_is_one_change_and_reverted_when_all_of_it_is() {
    let World { repo, peer, rebased, .. } = world();
    let desk = desk();
    sync(&desk, &peer, &[]);
    let row = |columns: &str| {
        desk.mine(&repo.path);
        let rows = desk.csv(&format!("SELECT {columns} FROM changes WHERE pull = 2"));
        rows[0].values().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("size, files, commits"), "2 2 10");
    repo.revert(&rebased[1]);
    assert_eq!(row("reverted_by"), "", "half of it is still there");
    let last = repo.revert(&rebased[0]);
    assert_eq!(row("reverted_by"), last);
}

#[test]
fn the_report_tells_of_pull_requests_and_of_what_is_missing() {
    let World { repo, peer, .. } = world();
    let panel = |desk: &Shipwake, id: &str| {
        let report: Value = serde_json::from_str(&desk.read("out/report.json")).unwrap();
        report["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == id).cloned()
    };
    let answer = |panel: Option<Value>| panel.unwrap()["answer"].as_str().unwrap().to_owned();
    let desk = desk();
    desk.report(&repo.path);
    assert!(panel(&desk, "pull_outcomes").is_none() && panel(&desk, "reviews").is_none());
    assert!(answer(panel(&desk, "github")).contains("`shipwake sync github OWNER/NAME`"));
    sync(&desk, &peer, &[]);
    desk.report(&repo.path);
    assert!(
        answer(panel(&desk, "github"))
            .starts_with("3 pull requests, 2 reviews and 1 issue. The newest pull request known changed on 20")
    );
    assert!(answer(panel(&desk, "pull_outcomes")).contains("too few are known"), "three are too few for a figure");
    assert!(panel(&desk, "reviews").is_some());
    assert!(answer(panel(&desk, "ai_reviews")).starts_with("1 AI tool reviewed pull requests and left 0 remarks"));
    for query in ["pull_outcomes", "reviews", "review_times", "ai_reviews", "sync_coverage"] {
        assert!(!desk.csv(query).is_empty(), "{query}");
    }
    assert!(!desk.read("out/index.html").contains("bob"), "no login enters a report");
}

#[test]
fn a_pull_request_is_explained_whatever_became_of_it() {
    let World { repo, peer, squash, .. } = world();
    let desk = desk();
    sync(&desk, &peer, &[]);
    desk.mine(&repo.path);
    let told = desk.ok(&["explain", "#1"]);
    let landed = format!("  landed as {} by squash, known by its merge commit", &squash[..10]);
    for line in [
        "pull request #1  (o/r)",
        &landed,
        "  pull request: agent [copilot-coding-agent]: ",
        "  1 person reviewed it, the first after ",
        &format!("commit {squash}  (o/r)"),
    ] {
        assert!(told.contains(line), "{line}\nin\n{told}");
    }
    let refused = desk.ok(&["explain", "#3"]);
    assert!(refused.contains("Sink it") && refused.contains(", rejected on "), "{refused}");
    assert!(refused.contains("  0 persons reviewed it") && !refused.contains("\ncommit "), "{refused}");
    assert!(!told.contains("bob") && !refused.contains("bob"), "no login is shown");
    let none = desk.run(&["explain", "#99"]);
    assert_eq!(none.code, Some(1));
}

#[test]
fn deployments_are_counted_by_their_end() {
    let World { repo, peer, .. } = world();
    let desk = desk();
    for id in 1..=40 {
        peer.add(
            "/deployments",
            json!({ "id": id, "sha": super::peer::id(id), "ref": "main", "task": "deploy", "environment": if id <= 36 { "production" } else { "qa" },
            "production_environment": id <= 36, "created_at": at(id), "updated_at": at(id), "creator": user("bob", 2) }),
        );
        let state = if id % 6 == 0 { "failure" } else { "success" };
        peer.tell(&format!("/deployments/{id}/statuses"), json!([{ "id": id, "state": state, "created_at": at(id) }]));
    }
    sync(&desk, &peer, &[]);
    desk.report(&repo.path);
    let report: Value = serde_json::from_str(&desk.read("out/report.json")).unwrap();
    let panel = report["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == "deployments").unwrap();
    let answer = panel["answer"].as_str().unwrap();
    assert!(
        answer.starts_with("40 deployments to 2 environments; of those whose end is known 15 % (7–29)"),
        "{answer}"
    );
    let rows = panel["tables"][0]["rows"].as_array().unwrap();
    let failed = &rows[0]["cells"][3]["value"];
    assert_eq!(
        (&rows[0]["cells"][0]["value"], &failed["events"], &failed["n"]),
        (&json!("production"), &json!(6), &json!(36))
    );
    assert_eq!(rows[1]["cells"][3]["value"]["kind"], "too_little_data", "four are too few");
    assert_eq!(rows[1]["cells"][0]["value"], "other environments", "one person alone deploys there");
}
