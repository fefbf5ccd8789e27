//! The record that CSV and JSON lines share, and how it becomes an [`Incident`].
//!
//! | column | also | meaning |
//! | --- | --- | --- |
//! | `id` | `incident_id` | required, else `url` |
//! | `title` | `name`, `summary` | |
//! | `severity` | `priority` | as written |
//! | `service`, `env` | `environment` | |
//! | `started_at`, `detected_at`, `acknowledged_at`, `mitigated_at`, `resolved_at` | | see [`times`](super::times) |
//! | `url`, `source` | | |
//! | `repo` | `repository` | `OWNER/NAME` |
//! | `commit`, `pr` | `commits`, `prs`, `pull`, `caused_by` | the commits and pull requests blamed |
//! | `cause` | | free text; the references in it are blamed too |
//! | `resolved_by` | `fixed_by`, `fix` | the remedies |
//! | `deployment` | `mentions` | references without a role |
//!
//! Names of columns are read without regard to case, spaces and dashes; unknown ones are left out.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::refs::scan;
use super::{Import, IncidentSource};
use crate::facts::{Incident, Text};
use crate::sources::times::time;

/// Longest text kept of one field.
const MOST_TEXT: usize = 2_000;

/// References kept of one record and role.
const MOST_REFS: usize = 1_000;

/// The canonical name of a column, if it is one.
pub(super) fn column(header: &str) -> Option<&'static str> {
    let name = header.trim_start_matches('\u{feff}').trim().to_lowercase().replace([' ', '-', '.'], "_");
    Some(match name.as_str() {
        "id" | "incident_id" => "id",
        "title" | "name" | "summary" => "title",
        "severity" | "priority" => "severity",
        "service" => "service",
        "env" | "environment" => "environment",
        "started_at" => "started_at",
        "detected_at" => "detected_at",
        "acknowledged_at" => "acknowledged_at",
        "mitigated_at" => "mitigated_at",
        "resolved_at" => "resolved_at",
        "url" => "url",
        "source" => "source",
        "repo" | "repository" => "repo",
        "commit" | "commits" => "commit",
        "pr" | "prs" | "pull" | "pulls" => "pr",
        "caused_by" => "caused_by",
        "cause" => "cause",
        "resolved_by" | "fixed_by" | "fix" => "resolved_by",
        "deployment" | "mentions" => "mentions",
        _ => return None,
    })
}

/// The filled fields of one record, by canonical column.
#[derive(Debug, Default)]
pub(super) struct Record(BTreeMap<&'static str, String>);

impl Record {
    pub(super) fn set(&mut self, column: &'static str, value: &str) {
        let value = value.trim();
        if !value.is_empty() {
            self.0.entry(column).or_insert_with(|| value.to_owned());
        }
    }

    /// Hands the incident to the import, or the reason why there is none.
    pub(super) fn keep(&self, source: IncidentSource, place: &str, import: &mut Import) {
        if self.0.is_empty() {
            return;
        }
        let Some(incident_id) = self.text("id").or_else(|| self.text("url")) else {
            return import.skip(place, "the record has neither an id nor a url");
        };
        let incident = Incident {
            source: self.text("source").unwrap_or_else(|| source.as_str().into()),
            title: self.text("title").unwrap_or_else(|| incident_id.clone()),
            severity: self.text("severity"),
            service: self.text("service"),
            environment: self.text("environment"),
            started_at: self.time("started_at", place, import),
            detected_at: self.time("detected_at", place, import),
            acknowledged_at: self.time("acknowledged_at", place, import),
            mitigated_at: self.time("mitigated_at", place, import),
            resolved_at: self.time("resolved_at", place, import),
            url: self.text("url"),
            caused_by: self.causes(),
            resolved_by: texts(self.listed("resolved_by")),
            mentions: texts(self.listed("mentions")),
            incident_id,
        };
        import.keep(self.get("repo").and_then(repository), incident);
    }

    fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    fn text(&self, column: &str) -> Option<Text> {
        self.get(column).map(|value| value[..value.floor_char_boundary(MOST_TEXT)].into())
    }

    fn time(&self, column: &str, place: &str, import: &mut Import) -> Option<DateTime<Utc>> {
        let said = self.get(column)?;
        let read = time(said);
        if read.is_none() {
            let shown = &said[..said.floor_char_boundary(40)];
            import.skip(place, format!("`{shown}` in `{column}` is not a time"));
        }
        read
    }

    fn causes(&self) -> Vec<Text> {
        let pulls = self.listed("pr").map(numbered);
        let told = self.get("cause").map(scan).unwrap_or_default();
        let told = told.caused_by.into_iter().chain(told.mentions);
        texts(self.listed("commit").chain(self.listed("caused_by")).chain(pulls).chain(told))
    }

    /// The entries of a list column.
    fn listed(&self, column: &str) -> impl Iterator<Item = String> + '_ {
        let entries = self.get(column).unwrap_or_default().split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
        entries.filter(|entry| !entry.is_empty()).take(MOST_REFS).map(str::to_owned)
    }
}

/// A pull request may be given by its bare number.
fn numbered(pull: String) -> String {
    if pull.bytes().all(|b| b.is_ascii_digit()) { format!("#{pull}") } else { pull }
}

/// `OWNER/NAME`, from that or from an address.
pub(super) fn repository(said: &str) -> Option<String> {
    let path = said.split_once("://").map_or(said, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let path = path.trim_matches('/').trim_end_matches(".git");
    (!path.is_empty()).then(|| path.to_owned())
}

/// Each entry once, in order.
fn texts(entries: impl Iterator<Item = String>) -> Vec<Text> {
    let mut all: Vec<Text> = Vec::new();
    for entry in entries {
        if !all.iter().any(|known| **known == *entry) {
            all.push(entry.into());
        }
    }
    all
}
