//! Against Vercel's emulator of GitHub, which keeps state and knows apps; it has no timeline, statuses or deployments.

use serde_json::{Value, json};

use super::servers::{Server, app_key, emulator, tell};
use super::{column, desk, everything};
use crate::binary::{Ran, Shipwake};
use crate::repo::text;

/// A private repository with a branch for each pull request.
fn private_repository(server: &Server, name: &str, pulls: u64) {
    let repo = format!("/repos/acme/{name}");
    tell(server, "POST", "/orgs/acme/repos", &json!({ "name": name, "private": true, "auto_init": true }));
    let branches = tell(server, "GET", &format!("{repo}/branches"), &Value::Null);
    let start = &branches[0]["commit"]["sha"];
    for number in 1..=pulls {
        let branch = format!("topic-{number}");
        let made = json!({ "ref": format!("refs/heads/{branch}"), "sha": start });
        tell(server, "POST", &format!("{repo}/git/refs"), &made);
        // base64 of `x`
        let file = json!({ "message": format!("Change {number}"), "content": "eA==", "branch": branch });
        tell(server, "PUT", &format!("{repo}/contents/{branch}.txt"), &file);
        let pull = json!({ "title": format!("Change {number}"), "head": branch, "base": "main", "body": "Why." });
        tell(server, "POST", &format!("{repo}/pulls"), &pull);
    }
}

fn sync_as_app(desk: &Shipwake, server: &Server, repo: &str, id: &str) -> Ran {
    let mut command = desk.command();
    command.env("SHIPWAKE_APP_ID", id).env("SHIPWAKE_APP_KEY", app_key().unwrap());
    let output = command.args(["sync", "github", repo, "--api-url", &server.url()]).output().unwrap();
    Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr), bytes: Vec::new() }
}

#[test]
fn an_app_reads_a_private_repository_page_by_page_and_again_what_changed() {
    let Some(server) = emulator() else { return };
    private_repository(server, "paged", 105);
    let desk = desk();
    let ran = sync_as_app(&desk, server, "acme/paged", "7");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(column(&desk, "COUNT(DISTINCT pull)", "pulls"), ["105"]);
    assert_eq!(column(&desk, "DISTINCT author", "pulls"), ["ada"]);

    let pull = "/repos/acme/paged/pulls/50";
    tell(server, "POST", &format!("{pull}/reviews"), &json!({ "event": "APPROVE", "body": "Fine." }));
    tell(server, "PUT", &format!("{pull}/merge"), &json!({}));
    assert_eq!(sync_as_app(&desk, server, "acme/paged", "7").code, Some(0));
    assert_eq!(column(&desk, "pull", "pulls WHERE merged_at IS NOT NULL"), ["50"]);
    assert_eq!(column(&desk, "state", "reviews WHERE pull = 50"), ["APPROVED"]);

    let anew = super::desk();
    sync_as_app(&anew, server, "acme/paged", "7");
    assert_eq!(everything(&anew), everything(&desk), "in two steps or in one");
}

#[test]
fn whoever_is_not_let_in_is_told_so() {
    let Some(server) = emulator() else { return };
    private_repository(server, "closed", 1);
    let (desk, url) = (desk(), server.url());
    let stranger = desk.run(&["sync", "github", "acme/closed", "--api-url", &url]);
    assert_eq!(stranger.code, Some(1), "{stranger:?}");
    let other_app = sync_as_app(&desk, server, "acme/closed", "8");
    assert_eq!(other_app.code, Some(1), "{other_app:?}");
    assert!(other_app.stderr.contains("hint: "), "{}", other_app.stderr);
    let key = std::fs::read_to_string(app_key().unwrap()).unwrap();
    let line = key.lines().nth(1).unwrap();
    assert!(!other_app.stderr.contains(line) && !other_app.stdout.contains(line));
}
