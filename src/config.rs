//! The configuration, read once into plain values. Every key has a default; an unknown key is an error.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::analysis::judge::rules::Rules;
use crate::analysis::metrics::Minimum;
use crate::analysis::metrics::trust::Gate;

/// Read when it is there and no other file is named.
pub const DEFAULT_FILE: &str = "shipwake.toml";

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub attribution: AttributionConfig,
    pub github: GithubConfig,
    pub incidents: IncidentConfig,
    pub lines: LinesConfig,
    pub report: ReportConfig,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributionConfig {
    /// A catalogue of one's own, beside the built-in one; relative to the configuration file.
    pub catalogue: Option<PathBuf>,
    /// Files and folders with Agent Trace records: within each repository, unless the path is absolute. Empty for
    /// `.agent-trace`.
    pub agent_trace: Vec<PathBuf>,
    /// Origins set by hand, `commit,origin,agents,who,why`; relative to the configuration file.
    pub overrides: Option<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GithubConfig {
    /// Requests at a time; GitHub allows a hundred and asks for far fewer.
    pub concurrency: usize,
    /// First pause after trouble on the server's side, in seconds; each further one is twice as long.
    pub retry_seconds: f64,
    /// Wait at a secondary limit that does not say how long, in seconds; each further one in a row is twice as long.
    pub secondary_wait_seconds: f64,
    /// Share of the hourly limit that is left to others who use the same token.
    pub reserve: f64,
    /// Most requests a second; 0 for as many as come, which suits a server that sets no limit.
    pub requests_per_second: Option<f64>,
    /// Pull requests merged this many days ago or less are looked at again by each run.
    pub recheck_days: i64,
}

impl Default for GithubConfig {
    fn default() -> Self {
        Self {
            concurrency: 8,
            retry_seconds: 1.0,
            secondary_wait_seconds: 60.0,
            reserve: 0.1,
            requests_per_second: None,
            recheck_days: 14,
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinesConfig {
    /// Commits that only reformat, by their full ids: lines keep the origins they had before them. Those of
    /// `.git-blame-ignore-revs` are known without being named here.
    pub look_through: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IncidentConfig {
    /// Labels that make a GitHub issue an incident; empty for the usual ones.
    pub labels: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportConfig {
    /// From how many changes and events on a figure is shown.
    pub minimum: Minimum,
    /// How well inferred links must agree with stated ones for figures that use them to be shown.
    pub inferred: Gate,
    /// A sheet that `audit draw` wrote and people filled in, by which comparisons are corrected for wrong labels; relative to
    /// the configuration file.
    pub audit: Option<PathBuf>,
    /// By which numbers AI and the rest are judged.
    pub judge: Rules,
}

#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("cannot read the configuration `{}`", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the configuration `{}` is not understood", path.display())]
    Parse { path: PathBuf, source: Box<toml::de::Error> },
}

impl Config {
    /// The named file, which must be there, or the default one, which need not.
    pub fn read(named: Option<&Path>) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(ConfigError::Read { path: path.to_owned(), source }),
        };
        let mut config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) })?;
        let beside = path.parent().unwrap_or(Path::new("."));
        config.attribution.catalogue = config.attribution.catalogue.map(|catalogue| beside.join(catalogue));
        config.attribution.overrides = config.attribution.overrides.map(|overrides| beside.join(overrides));
        config.report.audit = config.report.audit.map(|audit| beside.join(audit));
        Ok(config)
    }
}
