//! Pull requests, their commits, and what happened to them.

use std::collections::{BTreeMap, HashSet};
use std::io;

use serde_json::Value;

use super::Reader;
use crate::facts::{Pull, PullCommit, PullEvent, Text};
use crate::sources::github::streams::{DETAIL, EVENTS, OF_PULL, OfPull, PULLS, path};
use crate::sources::github::wire::{account, is_open, items, key, labels, some_text, text, time};

/// Where a list of a pull request begins.
pub(super) fn first(stream: &str, repo: &str, pull: i64) -> String {
    OF_PULL.iter().find(|list| list.stream == stream).map(|list| list.first(repo, pull)).unwrap_or_default()
}

/// One row a number. What was asked about a single one has more fields than the list; the newer of the two counts.
pub(super) fn pulls(reader: &mut Reader<'_>) -> io::Result<Vec<Pull>> {
    let mut rows: BTreeMap<i64, Pull> = BTreeMap::new();
    let answers = reader.answers;
    for page in answers.listed(PULLS) {
        for pull in items(&page?, "") {
            match row(pull) {
                Some(row) => drop(rows.insert(row.pull, row)),
                None => reader.leave_out(PULLS, pull, "a pull request has no number"),
            }
        }
    }
    for listed in rows.values_mut() {
        let detail = reader.chain(&first(DETAIL, reader.repo, listed.pull))?;
        if let Some(detailed) = detail.first().and_then(row).filter(|detailed| detailed.pull == listed.pull) {
            if detailed.updated_at >= listed.updated_at {
                *listed = detailed;
            } else {
                let Pull { additions, deletions, changed_files, commits, merged_by, .. } = detailed;
                (listed.additions, listed.deletions, listed.changed_files) = (additions, deletions, changed_files);
                (listed.commits, listed.merged_by) = (commits, merged_by);
            }
        }
    }
    Ok(rows.into_values().collect())
}

fn row(pull: &Value) -> Option<Pull> {
    let author = account(&pull["user"]);
    let (head, base) = (&pull["head"], &pull["base"]);
    Some(Pull {
        pull: pull["number"].as_i64().filter(|number| *number > 0)?,
        title: text(&pull["title"]),
        body: text(&pull["body"]),
        state: if is_open(pull) { "open" } else { "closed" }.into(),
        is_draft: pull["draft"].as_bool().unwrap_or_default(),
        author: author.login,
        author_id: author.id,
        author_type: author.kind,
        author_association: some_text(&pull["author_association"]),
        labels: labels(&pull["labels"]),
        created_at: time(&pull["created_at"]),
        updated_at: time(&pull["updated_at"]),
        closed_at: time(&pull["closed_at"]),
        merged_at: time(&pull["merged_at"]),
        merged_by: account(&pull["merged_by"]).login,
        head_ref: text(&head["ref"]),
        head_commit: text(&head["sha"]),
        head_repo: some_text(&head["repo"]["full_name"]),
        base_ref: text(&base["ref"]),
        base_commit: text(&base["sha"]),
        merge_commit: some_text(&pull["merge_commit_sha"]),
        auto_merge: some_text(&pull["auto_merge"]["merge_method"]),
        requested_reviewers: items(&pull["requested_reviewers"], "").filter_map(|one| account(one).login).collect(),
        requested_teams: items(&pull["requested_teams"], "").filter_map(|team| some_text(&team["slug"])).collect(),
        additions: pull["additions"].as_i64(),
        deletions: pull["deletions"].as_i64(),
        changed_files: pull["changed_files"].as_i64(),
        commits: pull["commits"].as_i64(),
    })
}

pub(super) fn commits(reader: &mut Reader<'_>, pulls: &[i64]) -> io::Result<Vec<PullCommit>> {
    let mut rows = Vec::new();
    for &pull in pulls {
        let mut position = 0;
        let mut known = HashSet::new();
        for page in reader.chain(&first("pull_commits", reader.repo, pull))? {
            for commit in items(&page, "") {
                let Some(commit_id) = some_text(&commit["sha"]) else {
                    reader.leave_out("pull_commits", commit, "a commit has no id");
                    continue;
                };
                if known.insert(commit_id.clone()) {
                    position += 1;
                    rows.push(commit_row(pull, commit_id, position, commit));
                }
            }
        }
    }
    Ok(rows)
}

fn commit_row(pull: i64, commit_id: Text, position: i64, commit: &Value) -> PullCommit {
    let author = account(&commit["author"]);
    let said = &commit["commit"];
    PullCommit {
        pull,
        commit_id,
        position,
        author_name: text(&said["author"]["name"]),
        author_email: text(&said["author"]["email"]),
        author: author.login,
        author_id: author.id,
        author_type: author.kind,
        committer_name: text(&said["committer"]["name"]),
        committer_email: text(&said["committer"]["email"]),
        authored_at: time(&said["author"]["date"]),
        committed_at: time(&said["committer"]["date"]),
        message: text(&said["message"]),
        parents: items(&commit["parents"], "").filter_map(|parent| some_text(&parent["sha"])).collect(),
    }
}

/// What is told elsewhere, with more about it.
const ELSEWHERE: [&str; 5] = ["committed", "reviewed", "commented", "line-commented", "commit-commented"];

/// In the order in which GitHub tells them.
pub(super) fn events(reader: &mut Reader<'_>, pulls: &[i64]) -> io::Result<Vec<PullEvent>> {
    let mut rows = Vec::new();
    for &pull in pulls {
        let mut pages = reader.chain(&first(EVENTS, reader.repo, pull))?;
        if let (true, Some(other)) = (pages.is_empty(), OF_PULL.iter().find_map(OfPull::other_events)) {
            pages = reader.chain(&path(reader.repo, other, pull))?;
        }
        let mut known = HashSet::new();
        for page in &pages {
            for event in items(page, "") {
                match some_text(&event["event"]) {
                    Some(name) if ELSEWHERE.contains(&&*name) => {}
                    Some(_) if key(event).is_some_and(|id| !known.insert(id)) => {}
                    Some(name) => rows.push(event_row(pull, name, event)),
                    None => reader.leave_out(EVENTS, event, "an event has no name"),
                }
            }
        }
    }
    Ok(rows)
}

fn event_row(pull: i64, name: Text, event: &Value) -> PullEvent {
    let actor = account(&event["actor"]);
    PullEvent {
        pull,
        event_id: key(event),
        at: time(&event["created_at"]),
        actor: actor.login,
        actor_id: actor.id,
        commit_id: some_text(&event["commit_id"]),
        subject: subject(event),
        review_id: event["dismissed_review"]["review_id"].as_i64(),
        event: name,
    }
}

/// What an event is about, in its own words.
fn subject(event: &Value) -> Option<Text> {
    let source = &event["source"]["issue"];
    let referred = || {
        let repo = some_text(&source["repository"]["full_name"])?;
        Some(format!("{repo}#{}", source["number"].as_i64()?).into())
    };
    some_text(&event["label"]["name"])
        .or_else(|| account(&event["requested_reviewer"]).login)
        .or_else(|| some_text(&event["requested_team"]["slug"]))
        .or_else(|| some_text(&event["dismissed_review"]["state"]).map(|state| state.to_uppercase().into()))
        .or_else(|| some_text(&event["rename"]["to"]))
        .or_else(|| some_text(&event["milestone"]["title"]))
        .or_else(referred)
}
