//! What is asked, and when.

use serde_json::json;

use super::peer::{Asked, Odd, Peer, at, id, user};
use super::{TOKEN, column, desk, everything, sync, try_sync};

/// Three pull requests, one of them open, with something in every list.
pub(super) fn lively() -> Peer {
    let peer = Peer::new();
    peer.pull(1, json!({}));
    peer.pull(2, json!({ "labels": [{ "name": "bug" }], "user": user("renovate[bot]", 9) }));
    peer.pull(3, json!({ "state": "open", "closed_at": null, "merged_at": null, "merge_commit_sha": id(77) }));
    let said = json!({ "name": "Ada", "email": "ada@example.org", "date": at(1) });
    peer.add(
        "/pulls/1/commits",
        json!({ "sha": id(1), "author": user("ada", 1), "parents": [{ "sha": id(901) }],
        "commit": { "author": said, "committer": said, "message": "Change 1" } }),
    );
    peer.add(
        "/pulls/1/reviews",
        json!({ "id": 11, "user": user("bob", 2), "state": "APPROVED", "submitted_at": at(12),
        "body": "fine", "commit_id": id(1), "author_association": "MEMBER" }),
    );
    peer.add(
        "/pulls/comments",
        json!({ "id": 21, "pull_request_review_id": 11, "user": user("coderabbitai[bot]", 5),
        "pull_request_url": "https://api.github.com/repos/o/r/pulls/1", "path": "a.rs", "line": 3, "original_line": 3,
        "commit_id": id(1), "original_commit_id": id(1), "created_at": at(12), "updated_at": at(12),
        "body": "_⚠️ Potential issue_ | _🟠 Major_\n\nOne off." }),
    );
    peer.add(
        "/issues/comments",
        json!({ "id": 31, "issue_url": "https://api.github.com/repos/o/r/issues/1",
        "user": user("bob", 2), "created_at": at(13), "updated_at": at(13), "body": "four" }),
    );
    peer.add(
        "/issues/1/timeline",
        json!({ "id": 41, "event": "labeled", "actor": user("bob", 2), "created_at": at(11),
        "label": { "name": "bug" } }),
    );
    peer.add(
        "/issues/1/timeline",
        json!({ "event": "cross-referenced", "actor": user("bob", 2), "created_at": at(11),
        "source": { "issue": { "number": 8, "repository": { "full_name": "o/other" } } } }),
    );
    peer.add(
        "/issues",
        json!({ "id": 51, "number": 7, "title": "Down", "state": "closed", "state_reason": "completed",
        "user": user("bob", 2), "labels": [{ "name": "incident" }], "created_at": at(20), "updated_at": at(21),
        "closed_at": at(21), "comments": 0, "body": "Caused by #1", "html_url": "https://github.com/o/r/issues/7" }),
    );
    peer.add("/issues", json!({ "id": 52, "number": 1, "pull_request": {}, "updated_at": at(15), "state": "closed" }));
    peer.add(
        "/releases",
        json!({ "id": 61, "tag_name": "v1", "name": "One", "draft": false, "prerelease": false,
        "published_at": at(30), "author": null }),
    );
    peer.add(
        "/deployments",
        json!({ "id": 71, "sha": id(501), "ref": "main", "task": "deploy", "environment": "production",
        "created_at": at(31), "updated_at": at(31), "creator": user("ada", 1) }),
    );
    peer.tell(
        "/deployments/71/statuses",
        json!([
        { "id": 3, "state": "inactive", "created_at": at(34) },
        { "id": 2, "state": "failure", "created_at": at(33) },
        { "id": 1, "state": "in_progress", "created_at": at(32) }]),
    );
    peer.tell(&format!("/commits/{}/check-runs", id(1)), json!({ "total_count": 1, "check_runs": [{ "id": 81, "name": "test",
        "status": "completed", "conclusion": "success", "started_at": at(10), "completed_at": at(11), "app": { "slug": "ci" } }] }));
    peer.tell(
        &format!("/commits/{}/status", id(1)),
        json!({ "state": "pending", "statuses": [
        { "id": 91, "context": "legacy", "state": "pending", "created_at": at(10), "updated_at": at(10) }] }),
    );
    peer
}

#[test]
fn every_kind_of_fact_becomes_a_row() {
    let (desk, peer) = (desk(), lively());
    let said = sync(&desk, &peer, &[]);
    assert_eq!(said, "o/r: 3 pull requests, 1 review, 1 issue; 26 requests (8.7 a pull request), 0 skipped\n");
    assert_eq!(column(&desk, "author", "pulls ORDER BY pull"), ["ada", "renovate[bot]", "ada"]);
    assert_eq!(column(&desk, "merged_by", "pulls ORDER BY pull"), ["bob", "bob", "bob"]);
    assert_eq!(column(&desk, "additions", "pulls ORDER BY pull"), ["3", "3", "3"]);
    assert_eq!(column(&desk, "author_email", "pull_commits"), ["ada@example.org"]);
    assert_eq!(column(&desk, "state", "reviews"), ["APPROVED"]);
    assert_eq!(column(&desk, "severity", "review_comments"), ["major"]);
    assert_eq!(column(&desk, "length", "issue_comments"), ["4"]);
    assert_eq!(column(&desk, "subject", "pull_events ORDER BY event"), ["o/other#8", "bug"]);
    assert_eq!(column(&desk, "issue", "issues"), ["7"]);
    assert_eq!(column(&desk, "incident_id", "incidents"), ["o/r#7"]);
    assert_eq!(column(&desk, "tag", "releases"), ["v1"]);
    assert_eq!(column(&desk, "state", "deployments"), ["failure"]);
    assert_eq!(column(&desk, "conclusion", "checks ORDER BY kind"), ["success", ""]);
    assert_eq!(column(&desk, "SUM(missing)", "sync_streams"), ["0"]);
}

#[test]
fn an_issue_that_loses_its_label_is_no_incident_any_more() {
    let (desk, peer) = (desk(), lively());
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "incident_id", "incidents"), ["o/r#7"]);
    peer.add(
        "/issues",
        json!({ "id": 51, "number": 7, "title": "Down", "state": "closed", "user": user("bob", 2), "labels": [],
        "created_at": at(20), "updated_at": at(200), "closed_at": at(21), "comments": 0, "body": "Caused by #1" }),
    );
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "issue", "issues"), ["7"]);
    assert_eq!(column(&desk, "incident_id", "incidents"), [""; 0]);
}

#[test]
fn what_is_sent_says_who_we_are_and_which_interface_we_speak() {
    let (desk, peer) = (desk(), lively());
    sync(&desk, &peer, &[]);
    for asked in peer.asked() {
        assert_eq!(asked.method, "GET", "nothing is ever changed");
        assert_eq!(asked.headers["authorization"], format!("Bearer {TOKEN}"), "{}", asked.target);
        assert_eq!(asked.headers["x-github-api-version"], "2022-11-28");
        assert_eq!(asked.headers["accept"], "application/vnd.github+json");
    }
}

#[test]
fn a_second_run_asks_for_what_changed_and_pays_for_nothing_else() {
    let (desk, peer) = (desk(), lively());
    sync(&desk, &peer, &[]);
    peer.targets();
    // The lists that take a time are asked from another one on: once more each.
    sync(&desk, &peer, &[]);
    peer.targets();
    let before = everything(&desk);
    let said = sync(&desk, &peer, &[]);
    assert!(said.contains("; 1 request ("), "{said}");
    let targets = peer.targets();
    assert!(!targets.iter().any(|target| target.contains("/pulls/1") || target.contains("/pulls/2")), "{targets:#?}");
    assert!(targets.iter().any(|target| target.contains("/pulls/3/reviews")), "one that is open is looked at again");
    assert_eq!(everything(&desk), before);

    peer.pull(2, json!({ "title": "Another title", "updated_at": at(100) }));
    peer.add(
        "/pulls/2/reviews",
        json!({ "id": 12, "user": user("bob", 2), "state": "commented", "submitted_at": at(99) }),
    );
    sync(&desk, &peer, &[]);
    let targets = peer.targets();
    assert!(!targets.iter().any(|target| target.contains("/pulls/1")), "{targets:#?}");
    assert_eq!(column(&desk, "title", "pulls WHERE pull = 2"), ["Another title"]);
    assert_eq!(column(&desk, "state", "reviews WHERE pull = 2"), ["COMMENTED"]);
}

#[test]
fn what_is_taken_out_of_a_pull_requests_lists_is_gone() {
    let (desk, peer) = (desk(), lively());
    sync(&desk, &peer, &[]);
    peer.tell("/pulls/1/reviews", json!([]));
    peer.pull(1, json!({ "updated_at": at(200) }));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "COUNT(*)", "reviews"), ["0"]);
}

#[test]
fn lists_are_read_page_by_page_whatever_host_the_pages_name() {
    let (desk, peer) = (desk(), Peer::new());
    for number in 1..=250 {
        peer.pull(number, json!({}));
    }
    for review in 1..=150 {
        peer.add("/pulls/250/reviews", json!({ "id": review, "user": user("bob", 2), "state": "COMMENTED" }));
    }
    let said = sync(&desk, &peer, &["--without", "checks"]);
    assert_eq!(column(&desk, "COUNT(*)", "pulls"), ["250"]);
    assert_eq!(column(&desk, "COUNT(*)", "reviews"), ["150"]);
    // One for the repository, three pages of pull requests, five further lists, four a pull request, one more page.
    assert!(said.contains("1,010 requests (4.0 a pull request)"), "{said}");
}

#[test]
fn a_budget_stops_the_run_and_the_next_one_goes_on() {
    let (undisturbed, cut, peer) = (desk(), desk(), lively());
    sync(&undisturbed, &peer, &[]);
    let said = sync(&cut, &peer, &["--budget", "9"]);
    assert!(said.contains("stopped early: the budget of 9 requests is used up"), "{said}");
    assert_ne!(everything(&cut), everything(&undisturbed));
    let reason = column(&cut, "reason", "sync_streams WHERE stream = 'reviews'");
    assert_eq!(reason, ["not read yet"]);
    let mut runs = 1;
    while sync(&cut, &peer, &["--budget", "9"]).contains("stopped early") {
        runs += 1;
        assert!(runs < 20, "it gets nowhere");
    }
    assert_eq!(everything(&cut), everything(&undisturbed));
}

#[test]
fn a_limit_that_lasts_too_long_stops_the_run() {
    let (desk, peer) = (desk(), lively());
    peer.oddly(|asked| (asked.nth == 12).then(|| Odd::status(429).with("Retry-After", 4000)));
    let said = sync(&desk, &peer, &["--max-wait", "1"]);
    assert!(said.contains("longer than --max-wait allows"), "{said}");
    peer.behave();
    let whole = super::desk();
    sync(&whole, &peer, &[]);
    sync(&desk, &peer, &[]);
    assert_eq!(everything(&desk), everything(&whole));
}

/// Both forms of a limit that passes: the question is asked again, and nothing is missing.
#[test]
fn limits_are_waited_out() {
    let whole = super::desk();
    sync(&whole, &lively(), &[]);
    let soon = (chrono::Utc::now() + chrono::TimeDelta::seconds(1)).timestamp();
    let limits: [fn(i64) -> Odd; 4] = [
        |_| Odd::status(403).with("Retry-After", 1),
        |_| {
            Odd::status(403)
                .with("X-RateLimit-Remaining", 4000)
                .saying(r#"{"message":"You have exceeded a secondary rate limit"}"#)
        },
        |soon| Odd::status(403).with("X-RateLimit-Remaining", 0).with("X-RateLimit-Reset", soon),
        |soon| Odd::status(429).with("X-RateLimit-Remaining", 0).with("X-RateLimit-Reset", soon),
    ];
    for limit in limits {
        let (desk, peer) = (super::desk(), lively());
        let mut left = 2;
        peer.oddly(move |asked| {
            let is_now = asked.target.contains("/reviews") && left > 0;
            left -= i32::from(is_now);
            is_now.then(|| limit(soon))
        });
        sync(&desk, &peer, &[]);
        assert_eq!(everything(&desk), everything(&whole));
    }
}

#[test]
fn trouble_of_the_server_is_tried_again_and_then_left_to_the_next_run() {
    let (whole, desk, peer) = (super::desk(), super::desk(), lively());
    sync(&whole, &peer, &[]);
    let mut failures = 0;
    peer.oddly(move |asked| {
        let fails = asked.target.contains("/pulls/1/reviews") && failures < 3;
        failures += i32::from(fails);
        fails.then(|| Odd::status(502).with("Content-Type", "text/html").saying("<html>Unicorn!</html>"))
    });
    sync(&desk, &peer, &[]);
    assert_eq!(everything(&desk), everything(&whole));

    let desk = super::desk();
    peer.oddly(|asked: &Asked| asked.target.contains("/pulls/1/reviews").then(|| Odd::status(500)));
    let said = sync(&desk, &peer, &[]);
    assert!(said.contains("1 skipped; "), "{said}");
    assert_eq!(column(&desk, "what", "skipped WHERE what LIKE 'github%'"), ["github reviews"]);
    peer.behave();
    sync(&desk, &peer, &[]);
    assert_eq!(everything(&desk), everything(&whole));
}

#[test]
fn a_refusal_is_told_and_the_rest_goes_on() {
    let (desk, peer) = (desk(), lively());
    peer.oddly(|asked: &Asked| {
        let denied = asked.path().ends_with("/check-runs");
        denied.then(|| {
            Odd::status(403).with("X-RateLimit-Remaining", 4000).saying(r#"{"message":"Resource not accessible"}"#)
        })
    });
    sync(&desk, &peer, &[]);
    assert_eq!(
        column(&desk, "reason", "skipped WHERE what LIKE 'github%'"),
        ["403 Forbidden: Resource not accessible"]
    );
    assert_eq!(column(&desk, "COUNT(*)", "reviews"), ["1"]);
}

#[test]
fn a_token_that_is_not_accepted_ends_the_run() {
    let (desk, peer) = (desk(), lively());
    peer.oddly(|_| Some(Odd::status(401)));
    let ran = try_sync(&desk, &peer, &[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("does not accept the token") && ran.stderr.contains("hint: "), "{}", ran.stderr);
}

#[test]
fn a_repository_that_nobody_knows_is_an_error_with_a_way_on() {
    let (desk, peer) = (desk(), Peer::new());
    peer.forget("");
    let ran = try_sync(&desk, &peer, &[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("knows no repository `o/r`") && ran.stderr.contains("hint: "), "{}", ran.stderr);
}

#[test]
fn the_token_is_in_no_file() {
    let (desk, peer) = (desk(), lively());
    sync(&desk, &peer, &[]);
    let mut files = Vec::new();
    let mut folders = vec![desk.dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(files.len() > 20);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()), "{}", file.display());
    }
}

#[test]
fn everything_is_read_anew_when_asked_or_when_another_repository_has_the_name() {
    let (desk, peer) = (desk(), lively());
    sync(&desk, &peer, &[]);
    // Deleted comments are not noticed by a list of what changed.
    peer.tell("/issues/comments", json!([]));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "COUNT(*)", "issue_comments"), ["1"]);
    sync(&desk, &peer, &["--full"]);
    assert_eq!(column(&desk, "COUNT(*)", "issue_comments"), ["0"]);
    peer.tell("", json!({ "id": 78, "full_name": "o/r" }));
    peer.tell("/pulls", json!([]));
    let ran = try_sync(&desk, &peer, &[]);
    assert!(ran.stderr.contains("another repository than before"), "{}", ran.stderr);
    assert_eq!(column(&desk, "COUNT(*)", "pulls"), ["0"]);
}

#[test]
fn an_owners_repositories_are_synced_each_for_itself() {
    let (desk, peer) = (desk(), lively());
    let repo = |name: &str, fork: bool| json!({ "full_name": name, "fork": fork, "archived": false });
    peer.tell("//orgs/o/repos", json!([repo("o/gone", false), repo("o/fork", true), repo("o/r", false)]));
    let url = peer.url();
    let words = ["sync", "github", "--org", "o", "--skip-forks", "--api-url", &url];
    let ran = desk.command().env("GITHUB_TOKEN", TOKEN).args(words).output().unwrap();
    let (stdout, stderr) = (crate::repo::text(&ran.stdout), crate::repo::text(&ran.stderr));
    assert_eq!(ran.status.code(), Some(1), "one of them failed");
    assert!(stdout.starts_with("o/r: 3 pull requests"), "{stdout}");
    assert!(stderr.contains("1 of 2 repositories could not be synced: o/gone"), "{stderr}");
    assert!(stderr.contains("2 repositories with 3 pull requests: at most 32 requests"), "{stderr}");
    assert!(!stderr.contains("fork"), "{stderr}");
}

/// The accelerator: one question for all, the same rows.
#[test]
fn graphql_gives_the_same_rows_with_fewer_requests() {
    let (whole, desk, peer) = (super::desk(), super::desk(), lively());
    sync(&whole, &peer, &[]);
    peer.oddly(super::schema::graphql_over(&peer));
    peer.targets();
    let said = sync(&desk, &peer, &["--graphql"]);
    assert_eq!(everything(&desk), everything(&whole));
    let targets = peer.targets();
    assert!(!targets.iter().any(|target| target.contains("/reviews") || target.contains("/timeline")), "{targets:#?}");
    assert!(said.contains("15 requests"), "{said}");
}

#[test]
fn a_question_that_asks_too_much_is_halved_and_at_last_asked_by_rest() {
    let (whole, desk, peer) = (super::desk(), super::desk(), lively());
    sync(&whole, &peer, &[]);
    peer.targets();
    peer.oddly(|asked: &Asked| (asked.path() == "/graphql").then(|| Odd::status(502)));
    sync(&desk, &peer, &["--graphql"]);
    assert_eq!(everything(&desk), everything(&whole));
    let questions = peer.targets().iter().filter(|target| target.contains("graphql")).count();
    assert_eq!(questions, 4, "three at once, then one, one and one");
}
