//! What was checked, deployed and released.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Reader;
use crate::facts::{Check, Deployment, Release, Text};
use crate::sources::github::streams::{DEPLOYMENT_STATUSES, OF_HEAD, WHOLE, path};
use crate::sources::github::wire::{account, items, key, some_text, text, time};

pub(super) fn releases(reader: &mut Reader<'_>) -> io::Result<Vec<Release>> {
    let mut rows = BTreeMap::new();
    for page in reader.chain(&path(reader.repo, WHOLE[0].1, ""))? {
        for release in items(&page, "") {
            match release_row(release) {
                Some(row) => drop(rows.insert(row.release_id, row)),
                None => reader.leave_out("releases", release, "a release has no id"),
            }
        }
    }
    Ok(rows.into_values().collect())
}

fn release_row(release: &Value) -> Option<Release> {
    Some(Release {
        release_id: key(release)?,
        tag: text(&release["tag_name"]),
        name: text(&release["name"]),
        target: some_text(&release["target_commitish"]),
        is_draft: release["draft"].as_bool().unwrap_or_default(),
        is_prerelease: release["prerelease"].as_bool().unwrap_or_default(),
        created_at: time(&release["created_at"]),
        published_at: time(&release["published_at"]),
        author: account(&release["author"]).login,
    })
}

pub(super) fn deployments(reader: &mut Reader<'_>) -> io::Result<Vec<Deployment>> {
    let mut rows = BTreeMap::new();
    for page in reader.chain(&path(reader.repo, WHOLE[1].1, ""))? {
        for deployment in items(&page, "") {
            let Some(deployment_id) = key(deployment) else {
                reader.leave_out("deployments", deployment, "a deployment has no id");
                continue;
            };
            let statuses = reader.chain(&path(reader.repo, DEPLOYMENT_STATUSES.1, deployment_id))?;
            let (state, state_at) = became(&statuses).unzip();
            let row = Deployment {
                deployment_id,
                commit_id: text(&deployment["sha"]),
                reference: text(&deployment["ref"]),
                task: text(&deployment["task"]),
                environment: text(&deployment["environment"]),
                is_production: deployment["production_environment"].as_bool(),
                created_at: time(&deployment["created_at"]),
                creator: account(&deployment["creator"]).login,
                state,
                state_at: state_at.flatten(),
            };
            rows.insert(deployment_id, row);
        }
    }
    Ok(rows.into_values().collect())
}

/// How a deployment ended: the newest status that is an end. A later deployment makes it `inactive`, which is no end.
fn became(statuses: &[Value]) -> Option<(Text, Option<DateTime<Utc>>)> {
    let told = statuses.iter().flat_map(|page| items(page, "")).filter_map(|status| {
        let state = status["state"].as_str()?.to_lowercase();
        let is_end = matches!(state.as_str(), "success" | "failure" | "error");
        Some((is_end, time(&status["created_at"]), key(status), state))
    });
    told.max().map(|(_, at, _, state)| (state.into(), at))
}

/// A check of a head, as one of the two lists tells it.
type ReadCheck = fn(&Text, &Value) -> Option<Check>;

pub(super) fn checks(reader: &mut Reader<'_>, heads: &BTreeSet<Text>) -> io::Result<Vec<Check>> {
    let mut rows = BTreeMap::new();
    for head in heads {
        for (stream, list) in OF_HEAD {
            let (kind, list_name, row): (&str, &str, ReadCheck) = match stream {
                "check_runs" => ("check_run", "check_runs", check_run),
                _ => ("status", "statuses", status),
            };
            for page in reader.chain(&path(reader.repo, list, head))? {
                for check in items(&page, list_name) {
                    match row(head, check) {
                        Some(row) => drop(rows.insert((head.clone(), kind, row.check_id), row)),
                        None => reader.leave_out("checks", check, "a check has no id"),
                    }
                }
            }
        }
    }
    Ok(rows.into_values().collect())
}

fn check_run(head: &Text, check: &Value) -> Option<Check> {
    Some(Check {
        commit_id: head.clone(),
        kind: "check_run".into(),
        check_id: key(check)?,
        name: text(&check["name"]),
        app: some_text(&check["app"]["slug"]),
        status: text(&check["status"]),
        conclusion: some_text(&check["conclusion"]),
        started_at: time(&check["started_at"]),
        completed_at: time(&check["completed_at"]),
    })
}

/// A commit status has no beginning of its own; one that is pending has no end.
fn status(head: &Text, status: &Value) -> Option<Check> {
    let state = text(&status["state"]);
    let is_pending = *state == *"pending";
    Some(Check {
        commit_id: head.clone(),
        kind: "status".into(),
        check_id: key(status)?,
        name: text(&status["context"]),
        app: None,
        status: if is_pending { "in_progress" } else { "completed" }.into(),
        conclusion: (!is_pending).then_some(state),
        started_at: time(&status["created_at"]),
        completed_at: time(&status["updated_at"]).filter(|_| !is_pending),
    })
}
