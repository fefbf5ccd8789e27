//! Login as an app, as GitHub describes it: a signed statement buys a token of an hour for one installation.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::peer::{Asked, Odd, Peer, user};
use super::servers::app_key;
use super::sync::lively;
use super::{column, desk, everything, sync};
use crate::binary::{Ran, Shipwake};
use crate::repo::text;

/// Lets in whoever shows a token that was given out, and gives tokens to whoever can sign. A token ends after so many
/// requests.
fn doorkeeper(key: &Path, requests: usize) -> impl FnMut(&Asked) -> Option<Odd> + Send + 'static {
    let (key, mut left) = (key.to_owned(), BTreeMap::new());
    move |asked: &Asked| {
        let shown = asked.headers.get("authorization").map_or("", |shown| shown.trim_start_matches("Bearer "));
        let is_app = asked.path() == "/orgs/o/installation" || asked.path().starts_with("/app/");
        if is_app {
            return Some(match signed(shown, &key) {
                Err(why) => Odd::status(401).saying(&json!({ "message": why }).to_string()),
                Ok(()) if asked.path() == "/orgs/o/installation" => told(&installation()),
                Ok(()) => {
                    assert_eq!((asked.method.as_str(), asked.path()), ("POST", "/app/installations/70/access_tokens"));
                    let token = format!("{SECRET}{}", left.len());
                    left.insert(token.clone(), requests);
                    let expires = chrono::Utc::now() + chrono::TimeDelta::hours(1);
                    let token = json!({ "token": token, "expires_at": expires.to_rfc3339(),
                        "permissions": { "pull_requests": "read" }, "repository_selection": "all" });
                    Odd { status: 201, ..told(&token) }
                }
            });
        }
        let is_known = left.get_mut(shown).is_some_and(|left| {
            *left = left.saturating_sub(1);
            *left > 0
        });
        (!is_known).then(|| Odd::status(401).saying(r#"{"message":"Bad credentials"}"#))
    }
}

/// How tokens of installations begin.
const SECRET: &str = "ghs_SecretOfTheInstallation";

fn told(value: &Value) -> Odd {
    Odd::status(200).with("Content-Type", "application/json").saying(&value.to_string())
}

/// As GitHub's description of the interface has it.
fn installation() -> Value {
    json!({ "id": 70, "app_id": 7, "app_slug": "shipwake", "target_id": 5, "target_type": "Organization",
        "account": { "login": "o", "id": 5, "node_id": "x", "type": "Organization", "site_admin": false,
            "avatar_url": "https://avatars.example/5" },
        "access_tokens_url": "https://api.github.com/app/installations/70/access_tokens",
        "repositories_url": "https://api.github.com/installation/repositories",
        "html_url": "https://github.com/organizations/o/settings/installations/70", "events": [], "permissions": {},
        "repository_selection": "all", "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:00Z",
        "single_file_name": null, "suspended_by": null, "suspended_at": null })
}

/// Whether a statement is app 7's, signed with the key, and short-lived.
fn signed(statement: &str, key: &Path) -> Result<(), String> {
    let (said, signature) = statement.rsplit_once('.').ok_or("no statement")?;
    let part = |nth: usize| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said.split('.').nth(nth)?).ok()?).ok()
    };
    let (head, claims) = (part(0).ok_or("no head")?, part(1).ok_or("no claims")?);
    let (now, time) = (chrono::Utc::now().timestamp(), |name: &str| claims[name].as_i64().unwrap_or_default());
    let is_ours = claims["iss"] == json!("7") || claims["iss"] == json!(7);
    if head["alg"] != "RS256" || !is_ours || time("iat") > now || time("exp") < now || time("exp") > now + 600 {
        return Err(format!("not acceptable: {head} {claims}"));
    }
    let folder = tempfile::tempdir().unwrap();
    let (of_key, of_signature) = (folder.path().join("public"), folder.path().join("signature"));
    std::fs::write(&of_signature, URL_SAFE_NO_PAD.decode(signature).map_err(|error| error.to_string())?).unwrap();
    let public = Command::new("openssl").args(["rsa", "-pubout", "-in"]).arg(key).output().unwrap();
    std::fs::write(&of_key, public.stdout).unwrap();
    let mut openssl = Command::new("openssl");
    openssl.args(["dgst", "-sha256", "-verify"]).arg(of_key).arg("-signature").arg(of_signature);
    openssl.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut check = openssl.spawn().unwrap();
    check.stdin.take().unwrap().write_all(said.as_bytes()).unwrap();
    if check.wait().unwrap().success() { Ok(()) } else { Err("not signed with the app's key".to_owned()) }
}

fn sync_as_app(desk: &Shipwake, peer: &Peer, key: &Path, words: &[&str]) -> Ran {
    let mut command = desk.command();
    command.env("SHIPWAKE_APP_ID", "7").env("SHIPWAKE_APP_KEY", key);
    let output = command.args(["sync", "github", "--api-url", &peer.url()]).args(words).output().unwrap();
    Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr), bytes: Vec::new() }
}

#[test]
fn an_app_signs_for_a_token_and_gets_another_when_it_ends() {
    let Some(key) = app_key() else { return };
    let (whole, desk, peer) = (super::desk(), desk(), lively());
    sync(&whole, &peer, &[]);
    peer.targets();
    // The token is no good any more in the midst of it.
    peer.oddly(doorkeeper(key, 15));
    let ran = sync_as_app(&desk, &peer, key, &["o/r"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(everything(&desk), everything(&whole));
    let bought = peer.targets().iter().filter(|target| target.ends_with("/access_tokens")).count();
    assert!((2..12).contains(&bought), "{bought} tokens");
    let pem = std::fs::read_to_string(key).unwrap();
    super::nowhere(&desk, &ran, &[SECRET, pem.lines().nth(1).unwrap()]);
}

#[test]
fn a_key_that_is_not_the_apps_is_refused() {
    let Some(key) = app_key() else { return };
    let (desk, peer) = (desk(), lively());
    peer.oddly(doorkeeper(key, 15));
    let other = desk.dir.path().join("other.pem");
    let made = Command::new("openssl").args(["genrsa", "-out"]).arg(&other).arg("2048").output().unwrap();
    assert!(made.status.success());
    let ran = sync_as_app(&desk, &peer, &other, &["o/r"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("hint: "), "{ran:?}");
    std::fs::write(&other, "no key").unwrap();
    let ran = sync_as_app(&desk, &peer, &other, &["o/r"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("other.pem"), "{ran:?}");
}

/// An app is asked for what it is installed for, page by page; what belongs to somebody else is not ours to read.
#[test]
fn an_app_knows_the_repositories_of_an_owner() {
    let Some(key) = app_key() else { return };
    let (desk, peer) = (desk(), lively());
    let repo = |id: usize, name: &str, is_fork: bool| json!({ "id": id, "full_name": name, "fork": is_fork, "archived": false, "owner": user("o", 5) });
    let mut door = doorkeeper(key, usize::MAX);
    let pages = AtomicUsize::new(0);
    peer.oddly(move |asked: &Asked| {
        let refused = door(asked);
        if refused.is_some() || asked.path() != "/installation/repositories" {
            return refused;
        }
        let page = pages.fetch_add(1, Ordering::SeqCst);
        let next = "<https://api.github.com/installation/repositories?per_page=100&page=2>; rel=\"next\"";
        let repositories = [
            [repo(77, "o/r", false), repo(1, "other/one", false)],
            [repo(2, "o/fork", true), repo(3, "o/gone", false)],
        ];
        let answer = told(&json!({ "total_count": 4, "repositories": repositories[page % 2] }));
        Some(if page == 0 { answer.with("Link", next) } else { answer })
    });
    let ran = sync_as_app(&desk, &peer, key, &["--org", "o", "--skip-forks"]);
    assert!(ran.stdout.contains("o/r: 3 pull requests"), "{ran:?}");
    assert!(ran.stderr.contains("o/gone") && !ran.stderr.contains("o/fork"), "one fails, one is left out: {ran:?}");
    assert!(!ran.stderr.contains("other/one"), "{ran:?}");
    assert_eq!(column(&desk, "COUNT(*)", "pulls"), ["3"]);
}
