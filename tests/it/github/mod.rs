//! `shipwake sync github`, against servers on this machine.

mod ants;
mod described;
mod edges;
mod emulated;
mod garbled;
mod history;
mod judged;
mod kills;
mod limits;
mod login;
mod peer;
mod recordings;
mod schema;
mod servers;
mod sync;
mod trouble;

use peer::Peer;
use shipwake::analysis::sql::{Selection, Sql};
use shipwake::facts::store::Lake;

use crate::binary::{Ran, Shipwake};

/// A secret that must appear nowhere.
const TOKEN: &str = "ghp_SecretThatMustAppearNowhere";

/// Quick about trouble, so that tests are.
const CONFIG: &str = "[github]\nretry_seconds = 0.01\nsecondary_wait_seconds = 0.05\n";

fn desk() -> Shipwake {
    let desk = Shipwake::new();
    std::fs::write(desk.dir.path().join("shipwake.toml"), CONFIG).unwrap();
    desk
}

fn try_sync(desk: &Shipwake, peer: &Peer, more: &[&str]) -> Ran {
    let url = peer.url();
    let words = ["sync", "github", "o/r", "--api-url", &url];
    let output = desk.command().env("GITHUB_TOKEN", TOKEN).args(words).args(more).output().unwrap();
    let ran = Ran {
        code: output.status.code(),
        stdout: crate::repo::text(&output.stdout),
        stderr: crate::repo::text(&output.stderr),
        bytes: output.stdout,
    };
    assert!(!ran.stdout.contains(TOKEN) && !ran.stderr.contains(TOKEN), "{ran:?}");
    ran
}

/// Syncs `o/r`, which must succeed, and gives what was said.
#[track_caller]
fn sync(desk: &Shipwake, peer: &Peer, more: &[&str]) -> String {
    let ran = try_sync(desk, peer, more);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.stdout
}

/// All tables that GitHub fills, as text: rows sorted, so that two lakes may be compared.
fn everything(desk: &Shipwake) -> Vec<(&'static str, Vec<String>)> {
    let lake = Lake::open(&desk.lake()).unwrap();
    let mut sql = Sql::over(&lake, &Selection::default()).unwrap();
    let mut rows = |table: &&'static str| {
        let answer = sql.run(&format!("SELECT * FROM {table}")).unwrap();
        let mut rows: Vec<String> =
            answer.rows().iter().map(|row| format!("{:?}", row.values().collect::<Vec<_>>())).collect();
        rows.sort();
        (*table, rows)
    };
    TABLES.iter().map(&mut rows).collect()
}

const TABLES: [&str; 12] = [
    "pulls",
    "pull_commits",
    "pull_events",
    "reviews",
    "review_comments",
    "issue_comments",
    "issues",
    "deployments",
    "checks",
    "releases",
    "sync_streams",
    "skipped",
];

/// One column of a query, by row.
fn column(desk: &Shipwake, column: &str, from: &str) -> Vec<String> {
    desk.csv(&format!("SELECT {column} AS it FROM {from}"))
        .into_iter()
        .map(|mut row| row.remove("it").unwrap())
        .collect()
}

/// None of these words is in anything that was said or written.
#[track_caller]
fn nowhere(desk: &Shipwake, ran: &Ran, secrets: &[&str]) {
    let (mut folders, mut texts) = (vec![desk.dir.path().to_owned()], vec![ran.stdout.clone(), ran.stderr.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_folder = path.is_dir();
            texts.push(path.display().to_string());
            if is_folder { folders.push(path) } else { texts.push(crate::repo::text(&std::fs::read(path).unwrap())) }
        }
    }
    assert!(texts.len() > 10, "there is something to look at");
    for secret in secrets {
        assert!(!texts.iter().any(|text| text.contains(secret)), "a secret was told");
    }
}
