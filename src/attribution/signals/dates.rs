//! Dates: what was written before AI wrote code was written by people.

use chrono::{DateTime, Utc};

use super::Reading;
use crate::attribution::catalogue::Catalogue;
use crate::facts::{Evidence, Proves, Strength};

/// The id of this signal; no pattern of the catalogue finds it.
const WRITTEN_BEFORE: &str = "D001";

/// 2021-06-01: GitHub's technical preview of Copilot, the first such tool in wide use, came at the
/// end of that month.
const FIRST_TOOL: i64 = 1_622_505_600;

/// Both dates must be early: a rebase keeps the author's date, and a wrong clock seldom hits twice.
pub(super) fn read(reading: &Reading<'_>, _: &Catalogue) -> Vec<Evidence> {
    let commit = reading.commit;
    let (Some(authored), Some(committed)) = (commit.authored_at, commit.committed_at) else { return Vec::new() };
    if authored.max(committed).timestamp() >= FIRST_TOOL {
        return Vec::new();
    }
    vec![Evidence {
        commit_id: Some(commit.commit_id.clone()),
        change_id: commit.change_id.clone(),
        pull: commit.pull,
        signal_id: WRITTEN_BEFORE.into(),
        agent: None,
        model: None,
        proves: Proves::NoAi,
        strength: Strength::Strong,
        found_in: "date".into(),
        text: format!("authored {}, committed {}", day(authored), day(committed)).into(),
    }]
}

fn day(time: DateTime<Utc>) -> impl std::fmt::Display {
    time.format("%Y-%m-%d")
}
