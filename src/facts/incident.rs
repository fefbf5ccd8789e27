use chrono::{DateTime, Utc};

use super::Text;

/// The source of incidents that are issues of GitHub.
pub const GITHUB_ISSUES: &str = "github-issues";

table! {
    /// One canonical incident, whatever its source.
    Incident in "incidents" {
        incident_id: Text,
        source: Text,
        title: Text,
        severity: Option<Text>,
        service: Option<Text>,
        environment: Option<Text>,
        started_at: Option<DateTime<Utc>>,
        detected_at: Option<DateTime<Utc>>,
        acknowledged_at: Option<DateTime<Utc>>,
        mitigated_at: Option<DateTime<Utc>>,
        resolved_at: Option<DateTime<Utc>>,
        url: Option<Text>,
        /// Commit ids and `#N` pull requests that the source names as the cause.
        caused_by: Vec<Text>,
        /// Those named as the remedy.
        resolved_by: Vec<Text>,
        /// Those named without a role.
        mentions: Vec<Text>,
    }
}

impl Incident {
    /// The issue that it is, where it is one.
    pub fn issue(&self) -> Option<i64> {
        let (_, number) = self.incident_id.rsplit_once('#').filter(|_| *self.source == *GITHUB_ISSUES)?;
        number.parse().ok()
    }
}
