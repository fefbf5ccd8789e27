//! Incidents from what the trackers export. One file per source maps the vendor's record to [`Incident`].
//!
//! A file that cannot be opened is an error; whatever is wrong inside it is a [`Skipped`] row and stops
//! nothing else.

mod csv;
mod github_issues;
mod jsonl;
mod record;
mod refs;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::facts::{GITHUB_ISSUES, Incident, Skipped, Text};

/// What a record of a file is called in `skipped`.
pub const RECORD: &str = "incident record";

/// Whether something that was skipped stood in this file.
pub fn is_of(place: &str, file: &Path) -> bool {
    let rest = place.strip_prefix(&*file.display().to_string());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
}

/// Rows about single records that one file may leave in `skipped`; the rest is counted.
const MOST_SKIPPED: usize = 1_000;

/// Where a file of incidents comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IncidentSource {
    /// A table with a header line; the columns are those of [`record`].
    Csv,
    /// One JSON object a line, with the same names.
    Jsonl,
    /// Issues of the GitHub REST API or of `gh issue list --json`.
    GithubIssues,
}

impl IncidentSource {
    pub const ALL: &'static [Self] = &[Self::Csv, Self::Jsonl, Self::GithubIssues];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::GithubIssues => GITHUB_ISSUES,
        }
    }
}

impl fmt::Display for IncidentSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for IncidentSource {
    type Err = IncidentError;

    fn from_str(word: &str) -> Result<Self, IncidentError> {
        let known = Self::ALL.iter().copied().find(|source| source.as_str() == word);
        known.ok_or_else(|| IncidentError::UnknownSource(word.to_owned()))
    }
}

/// Why no incidents could be had at all.
#[derive(Debug, thiserror::Error)]
pub enum IncidentError {
    #[error("cannot read incidents from {path}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("`{0}` is no source of incidents; known are csv, jsonl and github-issues")]
    UnknownSource(String),
}

/// What a file held.
#[derive(Debug, Default, PartialEq)]
pub struct ImportedIncidents {
    /// Each incident with the repository (`OWNER/NAME`) that its record names, ordered by both.
    pub incidents: Vec<(Option<String>, Incident)>,
    pub skipped: Vec<Skipped>,
}

/// Reads a file of incidents.
///
/// `labels` decides which GitHub issues are incidents: those that carry one of them, whatever its case; if
/// it is empty, those with a label that speaks of an incident, an outage, a post-mortem, a severity or P0/P1.
/// Where an id repeats, the last record wins.
pub fn read(source: IncidentSource, path: &Path, labels: &[String]) -> Result<ImportedIncidents, IncidentError> {
    let mut import = Import::new(RECORD, path);
    let read = match source {
        IncidentSource::Csv => csv::read(path, &mut import),
        IncidentSource::Jsonl => jsonl::read(path, &mut import),
        IncidentSource::GithubIssues => github_issues::read(path, labels, &mut import),
    };
    read.map_err(|source| IncidentError::Read { path: path.to_owned(), source })?;
    Ok(import.finish())
}

/// Whether a label makes an issue, as GitHub's interface tells it, an incident.
pub(super) fn is_incident(issue: &serde_json::Value, labels: &[String]) -> bool {
    github_issues::is_one(issue, labels)
}

/// Incidents of issues as GitHub's interface tells them.
pub(super) fn of_issues(repo: &str, issues: Vec<serde_json::Value>, labels: &[String]) -> ImportedIncidents {
    let mut import = Import::new("github incident", Path::new(repo));
    github_issues::take("issues", issues, labels, &mut import);
    import.finish()
}

/// Gathers what one file gives.
struct Import {
    /// What its records are called where they are skipped.
    what: &'static str,
    file: Text,
    incidents: BTreeMap<(Option<String>, Text), Incident>,
    skipped: Vec<Skipped>,
    unnamed: usize,
    repeated: usize,
}

impl Import {
    fn new(what: &'static str, path: &Path) -> Self {
        let file = path.display().to_string().into();
        Self { what, file, incidents: BTreeMap::new(), skipped: Vec::new(), unnamed: 0, repeated: 0 }
    }

    fn keep(&mut self, repo: Option<String>, incident: Incident) {
        let key = (repo, incident.incident_id.clone());
        self.repeated += usize::from(self.incidents.insert(key, incident).is_some());
    }

    /// Notes that something at `place` of the file was left out.
    fn skip(&mut self, place: impl fmt::Display, reason: impl Into<Text>) {
        if self.skipped.len() < MOST_SKIPPED {
            let place = format!("{}: {place}", self.file).into();
            self.skipped.push(Skipped { what: self.what.into(), place, reason: reason.into() });
        } else {
            self.unnamed += 1;
        }
    }

    /// Notes something about the file as a whole.
    fn note(&mut self, reason: String) {
        self.skipped.push(Skipped { what: self.what.into(), place: self.file.clone(), reason: reason.into() });
    }

    fn finish(mut self) -> ImportedIncidents {
        if self.repeated > 0 {
            self.note(format!("{} records repeat an id; the last one of each is kept", self.repeated));
        }
        if self.unnamed > 0 {
            self.note(format!("{} further problems are not listed", self.unnamed));
        }
        let incidents = self.incidents.into_iter().map(|((repo, _), incident)| (repo, incident)).collect();
        ImportedIncidents { incidents, skipped: self.skipped }
    }
}

#[cfg(test)]
mod tests;
