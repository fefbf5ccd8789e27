//! The edge cases of `shared/github/DESIGN.md`, section 5, by number.
//!
//! Not tested here, and why:
//!
//! - 9: the cap of 3,000 files is of a list that is not asked for.
//! - 13: which issues a pull request closes is judged from its words (`outcomes::fixes`), where a test is.
//! - 18: that GraphQL takes too long is played in `sync`; what real questions cost cannot be known without GitHub.
//! - 30: reverts are judged from words and lines (`outcomes::reverts`), where the tests are.

use serde_json::{Value, json};

use super::peer::{Asked, Odd, Peer, at, id, user};
use super::sync::lively;
use super::{column, desk, everything, sync};
use crate::repo::Repo;

#[test]
fn edge_01_who_is_gone_is_nobody() {
    let (desk, peer) = (desk(), Peer::new());
    for (number, gone) in [(1, json!(null)), (2, json!({})), (3, user("ghost", 10137))] {
        peer.pull(number, json!({ "user": gone }));
        peer.add(&format!("/pulls/{number}/reviews"), json!({ "id": number, "user": gone, "state": "APPROVED" }));
    }
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "COUNT(*)", "pulls WHERE author IS NULL AND author_id IS NULL"), ["3"]);
    assert_eq!(column(&desk, "COUNT(*)", "reviews WHERE author IS NULL"), ["3"]);
}

#[test]
fn edge_02_a_commits_author_may_have_no_account() {
    let (desk, peer) = (desk(), Peer::new());
    peer.pull(1, json!({}));
    for (number, nobody) in [(1, json!(null)), (2, json!({}))] {
        peer.add(
            "/pulls/1/commits",
            json!({ "sha": id(number), "author": nobody, "commit": { "author": { "name": "A" } } }),
        );
    }
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "author_name", "pull_commits WHERE author IS NULL"), ["A", "A"]);
}

#[test]
fn edge_03_an_app_has_one_name() {
    let (desk, peer) = (desk(), Peer::new());
    peer.pull(1, json!({ "user": { "login": "Copilot", "id": 198_982_749, "type": "Bot" } }));
    peer.pull(2, json!({ "user": { "login": "copilot-swe-agent[bot]", "id": 198_982_749, "type": "Bot" } }));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "author", "pulls"), ["copilot-swe-agent[bot]"; 2]);
}

#[test]
fn edge_04_a_fork_may_be_deleted() {
    let (desk, peer) = (desk(), Peer::new());
    peer.pull(1, json!({ "head": { "ref": "topic", "sha": id(1), "repo": null } }));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "head_ref", "pulls WHERE head_repo IS NULL"), ["topic"]);
}

/// A pull request that was turned down names a commit all the same, be it one of the main branch.
#[test]
fn edge_05_a_test_merge_is_no_landing() {
    let (desk, peer, repo) = (desk(), Peer::new(), Repo::new());
    let other = repo.change("a.rs", "1\n", "Something else");
    peer.pull(1, json!({ "merged_at": null, "merge_commit_sha": other }));
    sync(&desk, &peer, &[]);
    desk.mine(&repo.path);
    assert_eq!(column(&desk, "merge_commit", "pulls"), [other.as_str()], "kept as it is told");
    assert_eq!(column(&desk, "pull", "changes"), [""]);
    assert_eq!(column(&desk, "COUNT(*)", "pull_landings"), ["0"]);
}

#[test]
fn edge_06_a_merge_commit_may_be_gone_from_the_history() {
    let (desk, peer, repo) = (desk(), Peer::new(), Repo::new());
    repo.change("a.rs", "1\n", "Written anew");
    peer.pull(1, json!({ "merge_commit_sha": id(404) }));
    sync(&desk, &peer, &[]);
    desk.mine(&repo.path);
    assert_eq!(column(&desk, "pull", "pulls WHERE merged_at IS NOT NULL"), ["1"], "it was merged");
    assert_eq!(column(&desk, "pull", "changes"), [""]);
    assert_eq!(column(&desk, "COUNT(*)", "pull_landings"), ["0"]);
}

#[test]
fn edge_07_a_merged_pull_request_is_told_by_its_time() {
    let (desk, peer) = (desk(), Peer::new());
    peer.pull(1, json!({ "merged": null }));
    peer.pull(2, json!({ "merged_at": null }));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "pull", "pulls WHERE merged_at IS NOT NULL"), ["1"]);
}

/// Two parents are a merge; of one parent the pull request's own commits tell: each of them there anew is a rebase, all
/// of them in one is a squash, whatever its message became.
#[test]
fn edge_08_the_history_tells_how_a_pull_request_was_merged() {
    let (desk, peer, repo) = (desk(), Peer::new(), Repo::new());
    repo.change("a.rs", "1\n", "Begin");
    let own = repo.branch("topic").change("b.rs", "1\n", "A mast");
    let merge = repo.merge("topic", "Merge pull request #1 from o/topic");
    let squash = repo.change("c.rs", "1\n", "Words that the one who merged it wrote");
    let rebased = [repo.change("d.rs", "1\n", "A sail"), repo.change("e.rs", "1\n", "A boom")];
    let told = |landed: &str, sha: &str| {
        let date = repo.git(&["show", "-s", "--format=%aI", landed]);
        let who = json!({ "name": "Ada", "email": "ada@example.org", "date": date });
        let message = repo.git(&["show", "-s", "--format=%B", landed]);
        json!({ "sha": sha, "commit": { "author": who, "committer": who, "message": message.trim() } })
    };
    for (number, landed, commits) in [
        (1, &merge, vec![told(&own, &own)]),
        (2, &squash, vec![told(&rebased[0], &id(21)), told(&rebased[1], &id(22))]),
        (3, &rebased[1], vec![told(&rebased[0], &id(31)), told(&rebased[1], &id(32))]),
    ] {
        let mut pull = peer.pull(number, json!({ "merge_commit_sha": landed, "title": format!("Change {number}") }));
        pull["commits"] = json!(commits.len());
        peer.tell(&format!("/pulls/{number}"), pull);
        commits.into_iter().enumerate().for_each(|(nth, mut commit)| {
            if number == 2 {
                commit["commit"]["message"] = json!(format!("On the way {nth}"));
            }
            peer.add(&format!("/pulls/{number}/commits"), commit);
        });
    }
    sync(&desk, &peer, &[]);
    desk.mine(&repo.path);
    assert_eq!(column(&desk, "method", "pull_landings ORDER BY pull"), ["merge", "squash", "rebase"]);
    assert_eq!(column(&desk, "change_id", "pull_landings ORDER BY pull"), [merge, squash, rebased[1].clone()]);
}

/// GitHub lists 250 commits of a pull request, however many there are: what is missing is told.
#[test]
fn edge_09_commits_beyond_the_cap_are_known_to_be_missing() {
    let (desk, peer) = (desk(), Peer::new());
    let pull = peer.pull(1, json!({}));
    let mut detail = pull;
    detail["commits"] = json!(300);
    peer.tell("/pulls/1", detail);
    (1..=250).for_each(|nth| peer.add("/pulls/1/commits", json!({ "sha": id(nth), "commit": { "message": "x" } })));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "COUNT(*)", "pull_commits"), ["250"]);
    assert_eq!(column(&desk, "commits", "pulls"), ["300"]);
    assert_eq!(column(&desk, "missing", "sync_streams WHERE stream = 'pull_commits'"), ["1"]);
}

#[test]
fn edge_10_a_force_push_needs_no_commits_to_be_seen() {
    let (desk, peer) = (desk(), Peer::new());
    peer.pull(1, json!({}));
    peer.add(
        "/issues/1/timeline",
        json!({ "id": 5, "event": "head_ref_force_pushed", "commit_id": null, "created_at": at(3) }),
    );
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "event", "pull_events WHERE commit_id IS NULL"), ["head_ref_force_pushed"]);
}

#[test]
fn edge_11_a_dismissed_review_remembers_what_it_was() {
    let (desk, peer) = (desk(), Peer::new());
    peer.pull(1, json!({}));
    peer.add(
        "/pulls/1/reviews",
        json!({ "id": 7, "user": user("bob", 2), "state": "DISMISSED", "submitted_at": at(2) }),
    );
    peer.add("/pulls/1/reviews", json!({ "id": 8, "user": user("bob", 2), "state": "PENDING" }));
    peer.add(
        "/issues/1/timeline",
        json!({ "id": 9, "event": "review_dismissed", "created_at": at(3),
        "dismissed_review": { "state": "changes_requested", "review_id": 7 } }),
    );
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "former_state", "reviews ORDER BY review_id"), ["CHANGES_REQUESTED", ""]);
    assert_eq!(column(&desk, "state", "reviews WHERE submitted_at IS NULL"), ["PENDING"]);
}

#[test]
fn edge_12_a_comment_on_lines_that_are_gone_has_no_line() {
    let (desk, peer) = (desk(), Peer::new());
    peer.pull(1, json!({}));
    peer.add(
        "/pulls/comments",
        json!({ "id": 1, "pull_request_url": "x/pulls/1", "line": null, "position": null, "original_line": 4 }),
    );
    peer.add("/pulls/1/reviews", json!({ "id": 7, "user": user("bob", 2), "state": "COMMENTED", "body": "" }));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "original_line", "review_comments WHERE line IS NULL"), ["4"]);
    assert_eq!(column(&desk, "body", "reviews"), [""]);
}

#[test]
fn edge_14_pull_requests_among_the_issues_are_none() {
    let (desk, peer) = (desk(), lively());
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "issue", "issues"), ["7"]);
}

#[test]
fn edge_15_what_is_moved_away_or_switched_off_is_told() {
    let (desk, peer) = (desk(), lively());
    peer.oddly(|asked: &Asked| match asked.path() {
        "/repos/o/r/pulls/2" => Some(Odd::status(404)),
        "/repos/o/r/issues" => Some(Odd::status(410).saying(r#"{"message":"Issues are disabled for this repo"}"#)),
        _ => None,
    });
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "pull", "pulls ORDER BY pull"), ["1", "2", "3"]);
    let reasons = column(&desk, "reason", "skipped WHERE what LIKE 'github%' ORDER BY reason");
    assert_eq!(reasons, ["404 Not Found: said by the test", "410 Gone: Issues are disabled for this repo"]);
    assert_eq!(column(&desk, "missing", "sync_streams WHERE stream = 'issues'"), ["1"]);
}

/// A `Retry-After` that is a date, without and with the server's own clock, which is a minute late.
#[test]
fn edge_16_limits_are_told_in_many_ways() {
    let whole = super::desk();
    sync(&whole, &lively(), &[]);
    let http = |time: chrono::DateTime<chrono::Utc>| time.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for late in [0, 60] {
        let (desk, peer) = (super::desk(), lively());
        peer.oddly(move |asked: &Asked| {
            let server = chrono::Utc::now() - chrono::TimeDelta::seconds(late);
            let limit = Odd::status(429).with("Retry-After", http(server + chrono::TimeDelta::seconds(1)));
            (asked.nth == 5).then(|| if late > 0 { limit.with("Date", http(server)) } else { limit })
        });
        let begin = std::time::Instant::now();
        sync(&desk, &peer, &[]);
        assert!(begin.elapsed().as_secs() < 50);
        assert_eq!(everything(&desk), everything(&whole));
    }
}

#[test]
fn edge_17_a_limit_of_graphql_is_told_in_an_answer_that_is_fine() {
    let (whole, desk, peer) = (super::desk(), super::desk(), lively());
    sync(&whole, &peer, &[]);
    let mut answered = super::schema::graphql_over(&peer);
    let mut left = 1;
    peer.oddly(move |asked: &Asked| {
        if asked.path() == "/graphql" && left > 0 {
            left -= 1;
            return Some(
                Odd::status(200).saying(r#"{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#),
            );
        }
        answered(asked)
    });
    sync(&desk, &peer, &["--graphql"]);
    assert_eq!(everything(&desk), everything(&whole));
}

#[test]
fn edge_19_a_list_that_is_cut_is_read_to_its_end_by_rest() {
    let (whole, desk, peer) = (super::desk(), super::desk(), lively());
    sync(&whole, &peer, &[]);
    let mut answered = super::schema::graphql_over(&peer);
    peer.targets();
    peer.oddly(move |asked: &Asked| {
        let odd = answered(asked)?;
        let mut answer: Value = serde_json::from_str(&odd.body).unwrap();
        answer["data"]["repository"]["p1"]["reviews"] =
            json!({ "totalCount": 1, "pageInfo": { "hasNextPage": true }, "nodes": [] });
        Some(Odd::status(200).saying(&answer.to_string()))
    });
    sync(&desk, &peer, &["--graphql"]);
    assert_eq!(everything(&desk), everything(&whole));
    let reviews: Vec<String> = peer.targets().into_iter().filter(|target| target.contains("/reviews")).collect();
    assert_eq!(reviews, ["/repos/o/r/pulls/1/reviews?per_page=100"]);
}

#[test]
fn edge_20_a_server_without_limits_says_nought_of_nought() {
    let (desk, peer) = (desk(), lively());
    let told = peer.all();
    peer.oddly(move |asked: &Asked| {
        let body = told.get(asked.path())?.to_string();
        let reset = chrono::Utc::now().timestamp() + 3000;
        let odd = Odd::status(200).with("X-RateLimit-Limit", 0).with("X-RateLimit-Remaining", 0);
        Some(odd.with("X-RateLimit-Reset", reset).saying(&body))
    });
    sync(&desk, &peer, &["--max-wait", "0"]);
    assert_eq!(column(&desk, "COUNT(*)", "pulls"), ["3"]);
}

/// No last page, the id route of a repository, an empty page at the end, and links that mean something else.
#[test]
fn edge_21_links_are_followed_as_they_come() {
    let (desk, peer) = (desk(), lively());
    let review = |id: i64| json!([{ "id": id, "user": user("bob", 2), "state": "COMMENTED" }]).to_string();
    peer.oddly(move |asked: &Asked| {
        let next = |link: &str| format!("<https://api.github.com/x>; rel=\"deprecation\", <{link}>; rel=\"next\"");
        match asked.target.as_str() {
            "/repos/o/r/pulls/1/reviews?per_page=100" => Some(
                Odd::status(200)
                    .with("Link", next("https://api.github.com/repositories/77/pulls/1/reviews?page=2"))
                    .saying(&review(1)),
            ),
            "/repositories/77/pulls/1/reviews?page=2" => Some(
                Odd::status(200)
                    .with("Link", next("https://api.github.com/repositories/77/pulls/1/reviews?page=3"))
                    .saying(&review(2)),
            ),
            "/repositories/77/pulls/1/reviews?page=3" => Some(Odd::status(200).saying("[]")),
            _ => None,
        }
    });
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "review_id", "reviews ORDER BY review_id"), ["1", "2"]);
}

/// One 401 and one 404 of something that is there pass; a repository without commits and one that moved are no errors.
#[test]
fn edge_22_what_passes_is_waited_out_and_what_is_empty_or_moved_is_found() {
    let (whole, desk, peer) = (super::desk(), super::desk(), lively());
    sync(&whole, &peer, &[]);
    let seen = peer.asked().len();
    peer.oddly(move |asked: &Asked| (asked.nth == seen + 4).then(|| Odd::status(401)));
    sync(&desk, &peer, &[]);
    assert_eq!(everything(&desk), everything(&whole));
    let again = peer.asked().len();
    peer.oddly(move |asked: &Asked| {
        (asked.headers.contains_key("if-none-match") && asked.nth < again + 9).then(|| Odd::status(404))
    });
    sync(&desk, &peer, &[]);

    let (desk, peer) = (super::desk(), lively());
    peer.oddly(|asked: &Asked| {
        asked.path().ends_with("/commits").then(|| Odd::status(409).saying(r#"{"message":"Git Repository is empty."}"#))
    });
    sync(&desk, &peer, &[]);
    assert_eq!(
        column(&desk, "DISTINCT reason", "skipped WHERE what LIKE 'github%'"),
        ["409 Conflict: Git Repository is empty."]
    );

    let (desk, peer) = (super::desk(), lively());
    let all = peer.all();
    peer.oddly(move |asked: &Asked| {
        let new = asked.path().replace("/repos/new/name", "/repos/o/r");
        match asked.path() {
            "/repos/o/r" => Some(Odd::status(200).saying(r#"{"id":77,"full_name":"new/name"}"#)),
            path if path.starts_with("/repos/o/r") => Some(Odd::status(404)),
            _ => all.get(&new).map(|told| Odd::status(200).saying(&told.to_string())),
        }
    });
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "COUNT(*)", "pulls WHERE repo = 'o/r'"), ["3"]);
}

#[test]
fn edge_23_nobody_is_asked_about_who_may_be_gone() {
    let (desk, peer) = (desk(), lively());
    sync(&desk, &peer, &[]);
    let asked_about: Vec<String> = peer.targets().into_iter().filter(|target| target.contains("/users")).collect();
    assert_eq!(asked_about, [""; 0]);
}

#[test]
fn edge_24_odd_bytes_and_very_long_texts_are_kept() {
    let (desk, peer) = (desk(), Peer::new());
    let body = format!("a\u{0}b\r\nc{}", "long ".repeat(100_000));
    peer.pull(1, json!({ "body": body }));
    sync(&desk, &peer, &[]);
    let desk_rows = everything(&desk);
    assert!(desk_rows[0].1[0].contains("a\\0b\\r\\nc"), "kept as it is");
    assert_eq!(column(&desk, "LENGTH(body)", "pulls"), [body.chars().count().to_string()]);
}

#[test]
fn edge_25_the_zero_of_a_clock_is_no_time() {
    let (desk, peer) = (desk(), Peer::new());
    peer.pull(1, json!({}));
    let check =
        json!({ "id": 1, "name": "x", "status": "queued", "conclusion": null, "started_at": "0001-01-01T00:00:00Z" });
    peer.tell(&format!("/commits/{}/check-runs", id(1)), json!({ "check_runs": [check] }));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "name", "checks WHERE started_at IS NULL AND completed_at IS NULL"), ["x"]);
}

#[test]
fn edge_26_a_deployment_ended_as_it_did_whatever_came_after() {
    let (desk, peer) = (desk(), Peer::new());
    let deployment =
        |id: i64| json!({ "id": id, "sha": super::peer::id(id), "created_at": at(1), "updated_at": at(id) });
    let states: [(i64, &[&str], &str); 3] =
        [(1, &["queued", "success", "inactive"], "success"), (2, &["in_progress"], "in_progress"), (3, &[], "")];
    for (id, told, _) in states {
        peer.add("/deployments", deployment(id));
        let status = |(n, state): (usize, &&str)| json!({ "id": n, "state": state, "created_at": at(n as i64) });
        peer.tell(&format!("/deployments/{id}/statuses"), told.iter().enumerate().map(status).collect());
    }
    peer.add("/releases", json!({ "id": 9, "tag_name": "v2", "draft": true, "author": null }));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "state", "deployments ORDER BY deployment_id"), ["success", "in_progress", ""]);
    assert_eq!(column(&desk, "is_draft", "releases"), ["true"]);
}

#[test]
fn edge_27_bots_are_what_it_is_about() {
    let (desk, peer) = (desk(), Peer::new());
    let bots = ["devin-ai-integration[bot]", "coderabbitai[bot]", "claude[bot]"];
    peer.pull(1, json!({ "user": user(bots[0], 1) }));
    peer.add("/pulls/1/reviews", json!({ "id": 1, "user": user(bots[1], 2), "state": "COMMENTED" }));
    let (of_pull, of_issue) = ("https://x/repos/o/r/pulls/1", "https://x/repos/o/r/issues/1");
    peer.add("/pulls/comments", json!({ "id": 2, "user": user(bots[1], 2), "pull_request_url": of_pull }));
    peer.add("/issues/comments", json!({ "id": 3, "user": user(bots[2], 3), "issue_url": of_issue, "body": "Done." }));
    sync(&desk, &peer, &[]);
    for (table, bot) in
        [("pulls", bots[0]), ("reviews", bots[1]), ("review_comments", bots[1]), ("issue_comments", bots[2])]
    {
        assert_eq!(column(&desk, "author", &format!("{table} WHERE author_type = 'Bot'")), [bot], "{table}");
    }
}

#[test]
fn edge_28_what_is_told_twice_is_one_and_the_last_word_counts() {
    let (desk, peer) = (desk(), Peer::new());
    let pull = peer.pull(4, json!({}));
    let mut again = pull.clone();
    again["title"] = json!("Told again");
    peer.tell("/pulls", json!([pull, again]));
    peer.forget("/pulls/4");
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "title", "pulls"), ["Told again"]);
}

#[test]
fn edge_29_reviewers_may_be_teams_nobody_or_without_a_number() {
    let (desk, peer) = (desk(), Peer::new());
    peer.pull(1, json!({ "user": { "login": "old", "id": 3, "type": "Mannequin" } }));
    peer.pull(2, json!({ "state": "open", "merged_at": null, "requested_reviewers": [{ "login": "bob" }, null], "requested_teams": [{ "slug": "core" }, {}] }));
    peer.tell("/pulls/2", json!({}));
    peer.add("/issues/2/timeline", json!({ "id": 1, "event": "review_requested", "requested_reviewer": null, "requested_team": { "slug": "core" } }));
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "author_type", "pulls WHERE pull = 1"), ["Mannequin"]);
    assert_eq!(column(&desk, "requested_reviewers", "pulls WHERE pull = 2"), ["bob"]);
    assert_eq!(column(&desk, "requested_teams", "pulls WHERE pull = 2"), ["core"]);
    assert_eq!(column(&desk, "subject", "pull_events"), ["core"]);
}

/// Whatever one thing looks like, the others are there, and nothing falls over.
#[test]
fn edge_31_hostile_things_cost_only_themselves() {
    let odd = [
        json!(null),
        json!(7),
        json!("text"),
        json!([]),
        json!({}),
        json!([[]]),
        json!({ "id": "x", "number": -1 }),
        json!(1e300),
    ];
    let (desk, peer) = (desk(), lively());
    for (path, list) in peer.all().into_iter().filter(|(_, told)| told.is_array()) {
        let mut list = list.as_array().unwrap().clone();
        list.extend(odd.iter().cloned());
        peer.tell(&format!("/{path}"), Value::Array(list));
    }
    sync(&desk, &peer, &[]);
    for (table, rows) in [
        ("pulls", "3"),
        ("reviews", "1"),
        ("review_comments", "1"),
        ("issues", "1"),
        ("releases", "1"),
        ("deployments", "1"),
        ("checks", "2"),
    ] {
        assert_eq!(column(&desk, "COUNT(*)", table), [rows], "{table}");
    }
    assert!(column(&desk, "COUNT(*)", "skipped")[0].parse::<u64>().unwrap() > 20);
    // Every field of every thing, of another kind.
    for wrong in [json!(null), json!([1]), json!({ "login": 3 }), json!(-1), json!("\u{1b}[31m")] {
        let (desk, peer) = (super::desk(), lively());
        for (path, told) in peer.all() {
            let spoil = |thing: &Value| {
                let keys =
                    ["id", "number", "sha", "event", "state", "updated_at", "full_name", "check_runs", "statuses"];
                let fields = thing.as_object()?.iter();
                Some(
                    fields
                        .map(|(key, field)| {
                            (key.clone(), if keys.contains(&key.as_str()) { field.clone() } else { wrong.clone() })
                        })
                        .collect::<Value>(),
                )
            };
            let spoilt = match &told {
                Value::Array(list) => list.iter().map(|thing| spoil(thing).unwrap_or_default()).collect(),
                thing => spoil(thing).unwrap_or_default(),
            };
            peer.tell(&format!("/{path}"), spoilt);
        }
        sync(&desk, &peer, &[]);
        assert_eq!(column(&desk, "COUNT(*)", "pulls"), ["3"], "{wrong}");
    }
}
