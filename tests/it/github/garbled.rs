//! One thing is not as it should be: a field is null, missing, of another kind, or there are more. Whatever is not part
//! of that thing is there as if nothing had happened.

use serde_json::{Value, json};
use shipwake::analysis::sql::{Selection, Sql};
use shipwake::facts::store::Lake;

use super::desk;
use super::peer::{Peer, at, id, user};
use crate::binary::Shipwake;
use crate::dice::Dice;

const ROUNDS: u64 = 60;

/// Two pull requests and two issues alike, each with all that there is.
fn twins() -> Peer {
    let peer = Peer::new();
    for number in [1, 2] {
        peer.pull(number, json!({ "state": "open", "labels": [{ "name": "bug" }] }));
        let (pull, issue) =
            (format!("https://x/repos/o/r/pulls/{number}"), format!("https://x/repos/o/r/issues/{number}"));
        let by = json!({ "name": "Ada", "email": "ada@example.org", "date": at(1) });
        for (path, more) in [
            (
                format!("/pulls/{number}/commits"),
                json!({ "sha": id(10 + number), "author": user("ada", 1), "parents": [{ "sha": id(9) }],
                    "commit": { "author": by, "committer": by, "message": "Why" } }),
            ),
            (
                format!("/pulls/{number}/reviews"),
                json!({ "state": "APPROVED", "submitted_at": at(2), "body": "fine", "commit_id": id(number), "user": user("bob", 2) }),
            ),
            (
                "/pulls/comments".to_owned(),
                json!({ "pull_request_url": pull, "path": "a.rs", "line": 3, "body": "why?", "user": user("bob", 2),
                    "created_at": at(3), "updated_at": at(3), "pull_request_review_id": number }),
            ),
            (
                "/issues/comments".to_owned(),
                json!({ "issue_url": issue, "body": "hm", "user": user("bob", 2), "created_at": at(3), "updated_at": at(3) }),
            ),
            (
                format!("/issues/{number}/timeline"),
                json!({ "event": "labeled", "label": { "name": "bug" }, "actor": user("bob", 2), "created_at": at(3) }),
            ),
            (
                "/issues".to_owned(),
                json!({ "number": 100 + number, "title": "Down", "state": "open", "labels": [{ "name": "bug" }],
                    "user": user("bob", 2), "created_at": at(3), "updated_at": at(3), "comments": 0 }),
            ),
            (
                "/deployments".to_owned(),
                json!({ "sha": id(number), "ref": "main", "environment": "production", "created_at": at(4), "updated_at": at(4) }),
            ),
            (format!("/deployments/{number}/statuses"), json!({ "state": "success", "created_at": at(5) })),
            (
                "/releases".to_owned(),
                json!({ "tag_name": format!("v{number}"), "published_at": at(6), "draft": false }),
            ),
        ] {
            let mut thing = more;
            thing["id"] = json!(number);
            peer.add(&path, thing);
        }
        let run = json!({ "id": number, "name": "test", "status": "completed", "conclusion": "success", "started_at": at(2) });
        peer.tell(&format!("/commits/{}/check-runs", id(number)), json!({ "total_count": 1, "check_runs": [run] }));
        let status = json!({ "id": 10 + number, "context": "ci", "state": "success", "created_at": at(2) });
        peer.tell(&format!("/commits/{}/status", id(number)), json!({ "state": "success", "statuses": [status] }));
    }
    peer
}

/// All that is known about the second twin.
fn of_the_second(desk: &Shipwake) -> Vec<String> {
    let lake = Lake::open(&desk.lake()).unwrap();
    let mut sql = Sql::over(&lake, &Selection::default()).unwrap();
    let head = format!("commit_id = '{}'", id(2));
    let tables = [
        ("pulls", "pull = 2"),
        ("pull_commits", "pull = 2"),
        ("pull_events", "pull = 2"),
        ("reviews", "pull = 2"),
        ("review_comments", "pull = 2"),
        ("issue_comments", "issue = 2"),
        ("issues", "issue = 102"),
        ("deployments", "deployment_id = 2"),
        ("releases", "release_id = 2"),
        ("checks", head.as_str()),
    ];
    let rows = tables.iter().flat_map(|(table, which)| {
        let answer = sql.run(&format!("SELECT * FROM {table} WHERE {which}")).unwrap();
        let mut rows: Vec<String> =
            answer.rows().iter().map(|row| format!("{table} {:?}", row.values().collect::<Vec<_>>())).collect();
        rows.sort();
        rows
    });
    rows.collect()
}

/// The first twin's things: those at places of its own, and the first of the lists that both are in.
fn spoil(peer: &Peer, dice: &mut Dice) -> String {
    let own = [format!("/pulls/{}", 1), "/issues/1/".to_owned(), "/deployments/1/".to_owned(), id(1)];
    let all: Vec<(String, Value)> = peer.all().into_iter().filter(|(path, _)| path != "/repos/o/r").collect();
    let (path, mut told) = loop {
        let (path, told) = dice.pick(&all).clone();
        let is_own = own.iter().any(|own| path.contains(own.as_str()));
        if is_own || told.as_array().is_some_and(|list| list.len() == 2) {
            break (path, told);
        }
    };
    let is_of_both = told.as_array().is_some_and(|list| list.len() == 2);
    let thing = if is_of_both { &mut told[0] } else { &mut told };
    let place = deface(thing, dice, is_of_both);
    peer.tell(&format!("/{path}"), told);
    format!("{path}: {place}")
}

/// Changes something somewhere in a value; says where and how. What tells twins apart stays.
fn deface(value: &mut Value, dice: &mut Dice, is_top: bool) -> String {
    let wrong = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}\u{1b}[31m"),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "login": [] }),
        json!("9999-99-99T99:99:99Z"),
    ];
    let keys = ["id", "number", "pull_request_url", "issue_url"];
    match value {
        Value::Object(fields) if !fields.is_empty() && (is_top || !dice.one_in(4)) => {
            let names: Vec<String> =
                fields.keys().filter(|name| !is_top || !keys.contains(&name.as_str())).cloned().collect();
            let name = dice.pick(&names).clone();
            if dice.one_in(6) {
                fields.remove(&name);
                return format!("{name} removed");
            }
            format!("{name}.{}", deface(&mut fields[&name], dice, false))
        }
        Value::Array(list) if !list.is_empty() && !dice.one_in(3) => {
            let at = dice.below(list.len());
            format!("[{at}].{}", deface(&mut list[at], dice, false))
        }
        value => {
            *value = dice.pick(&wrong).clone();
            format!("= {value}")
        }
    }
}

#[test]
fn one_thing_that_is_wrong_costs_itself_only() {
    let peer = twins();
    let whole = desk();
    super::sync(&whole, &peer, &[]);
    let expected = of_the_second(&whole);
    assert_eq!(expected.len(), 11, "{expected:#?}");
    for seed in 0..ROUNDS {
        let (desk, peer, dice) = (desk(), twins(), &mut Dice::new(seed));
        let changes: Vec<String> = (0..1 + dice.below(3)).map(|_| spoil(&peer, dice)).collect();
        let ran = super::try_sync(&desk, &peer, &[]);
        assert!(ran.code == Some(0) && !ran.stderr.contains("panicked"), "{changes:#?}\n{ran:?}");
        assert_eq!(of_the_second(&desk), expected, "{changes:#?}");
        // Once more, from what was kept.
        let ran = super::try_sync(&desk, &peer, &[]);
        assert!(ran.code == Some(0) && !ran.stderr.contains("panicked"), "{changes:#?}\n{ran:?}");
    }
}
