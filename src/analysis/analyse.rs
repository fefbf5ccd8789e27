//! Everything a report says, as values: counts, findings and the changes behind them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::audit;
use super::estimate::Finding;
use super::judge::rules::Rules;
use super::judged::Judged;
use super::listing::{self, Listed};
use super::metrics::deployments::Deployments;
use super::metrics::follow_ups::{self, FollowUpAnswer};
use super::metrics::lines::Lines;
use super::metrics::pulls::Pulls;
use super::metrics::trust::{Gate, Trust};
use super::metrics::{Minimum, Needs, OUTCOMES, OutcomeAnswer};
use super::queries;
use super::sql::{QueryError, Record, Selection, Sql};
use super::validation;
use crate::facts::Origin;
use crate::facts::store::Lake;

pub struct Analysis {
    pub selection: Selection,
    pub minimum: Minimum,
    pub repos: Vec<RepoCounts>,
    /// Changes by origin, of all there are.
    pub origins: BTreeMap<Origin, u64>,
    pub newest_by_origin: Vec<Listed>,
    /// Changes by month and origin; months without changes are missing.
    pub months: BTreeMap<NaiveDate, BTreeMap<Origin, u64>>,
    pub agents: Vec<AgentCounts>,
    pub newest_by_agent: Vec<Listed>,
    pub signals: Vec<SignalCounts>,
    pub outcomes: Vec<OutcomeAnswer>,
    pub trust: Trust,
    pub follow_ups: Vec<FollowUpAnswer>,
    pub lines: Lines,
    pub judged: Judged,
    pub pulls: Pulls,
    pub deployments: Deployments,
    pub incidents: Vec<IncidentNote>,
    pub skipped: Vec<SkippedCounts>,
}

pub struct RepoCounts {
    pub name: String,
    pub url: Option<String>,
    pub default_branch: Option<String>,
    pub head_commit: Option<String>,
    pub is_shallow: bool,
    pub is_partial: bool,
    pub is_truncated: bool,
    pub pull_heads: u64,
    pub commits: u64,
    pub changes: u64,
    /// Those with evidence of AI.
    pub ai_changes: u64,
    /// Commits that changes brought.
    pub landed_commits: u64,
    /// Changes of more than 20 commits, and what these brought.
    pub large_changes: u64,
    pub large_commits: u64,
    /// Changes that brought two squashed pull requests or more, and how many they brought.
    pub bundles: u64,
    pub bundled_pulls: u64,
    pub first_change: Option<DateTime<Utc>>,
    pub last_change: Option<DateTime<Utc>>,
}

pub struct AgentCounts {
    pub agent: String,
    pub changes: u64,
    pub first: Option<DateTime<Utc>>,
    pub last: Option<DateTime<Utc>>,
}

pub struct SignalCounts {
    pub signal_id: String,
    pub agent: Option<String>,
    pub proves: String,
    pub strength: String,
    pub commits: u64,
    pub pulls: u64,
}

/// An incident and one change it names; several rows for one that names several.
pub struct IncidentNote {
    pub repo: String,
    pub incident_id: String,
    pub title: String,
    pub severity: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    /// `caused_incident`, `resolved_incident`, `named_by_incident`; null when nothing was linked.
    pub link: Option<String>,
    pub change: Option<Listed>,
}

pub struct SkippedCounts {
    pub repo: String,
    pub what: String,
    pub reason: String,
    pub things: u64,
    pub example: String,
}

impl Analysis {
    pub fn changes(&self) -> u64 {
        self.origins.values().sum()
    }

    /// A count of changes as a share of all, with Wilson's interval.
    pub fn share(&self, changes: u64) -> Finding {
        Finding::share(changes, self.changes(), "no changes")
    }
}

/// By what questions are asked.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub minimum: Minimum,
    pub gate: Gate,
    pub rules: &'a Rules,
    pub audited: &'a audit::Truths,
}

/// Asks every question of the lake.
pub fn analyse(lake: &Lake, selection: &Selection, by: Asking<'_>) -> Result<Analysis, QueryError> {
    let Asking { minimum, gate, rules, audited } = by;
    let mut sql = Sql::over(lake, selection)?;
    let mut ask = |query: &str| sql.run(queries::sql(query)).map(|answer| answer.rows());
    let repos: Vec<RepoCounts> = ask("repositories")?.iter().map(RepoCounts::of).collect();
    let mut origins = BTreeMap::new();
    for record in ask("origins")? {
        if let Some(origin) = origin(&record) {
            *origins.entry(origin).or_insert(0) += record.count("changes");
        }
    }
    let mut months: BTreeMap<NaiveDate, BTreeMap<Origin, u64>> = BTreeMap::new();
    for record in ask("origins_by_month")? {
        if let (Some(month), Some(origin)) = (record.date("month"), origin(&record)) {
            months.entry(month).or_default().insert(origin, record.count("changes"));
        }
    }
    let agents = ask("agents")?.iter().map(AgentCounts::of).collect();
    let signals = ask("signals")?.iter().map(SignalCounts::of).collect();
    let skipped = ask("skipped")?.iter().map(SkippedCounts::of).collect();
    let incidents: Vec<IncidentNote> = ask("incidents")?.iter().map(IncidentNote::of).collect();
    let mut validated = Vec::new();
    for repo in &repos {
        validated.push((repo.name.clone(), validation::of(lake, &repo.name)?));
    }
    let contents = why_withheld(Needs::Contents, &repos, incidents.is_empty(), None);
    let trust = Trust::of(validated, gate, contents.clone());
    let withheld = |needs| why_withheld(needs, &repos, incidents.is_empty(), trust.too_little());
    let outcomes =
        OUTCOMES.iter().map(|outcome| outcome.answer(&mut sql, withheld(outcome.needs))).collect::<Result<_, _>>()?;
    let follow_ups =
        follow_ups::QUESTIONS.iter().map(|question| question.answer(&mut sql, withheld)).collect::<Result<_, _>>()?;
    let asks_adoption = repos.len() > 1 && selection.since.is_none();
    let judged = Judged::answer(&mut sql, rules, withheld, asks_adoption, trust.precision(), audited)?;
    let lines = Lines::answer(&mut sql, contents)?;
    let pulls = Pulls::answer(&mut sql)?;
    let deployments = Deployments::answer(&mut sql)?;
    Ok(Analysis {
        newest_by_origin: listing::listed(&mut sql, "newest_by_origin")?,
        newest_by_agent: listing::listed(&mut sql, "newest_by_agent")?,
        selection: selection.clone(),
        minimum,
        repos,
        origins,
        months,
        agents,
        signals,
        outcomes,
        trust,
        follow_ups,
        lines,
        judged,
        pulls,
        deployments,
        incidents,
        skipped,
    })
}

/// The reason for which a figure would be wrong, with the command that mends it.
fn why_withheld(needs: Needs, repos: &[RepoCounts], no_incidents: bool, no_trust: Option<String>) -> Option<String> {
    let shallow = repos.iter().find(|repo| repo.is_shallow);
    let partial = repos.iter().find(|repo| repo.is_partial);
    if let Some(repo) = shallow {
        return Some(format!(
            "{} is a shallow clone, its history is cut off: run `git fetch --unshallow` in it, then this again",
            repo.name
        ));
    }
    if let Some(repo) = repos.iter().find(|repo| repo.is_truncated) {
        return Some(format!(
            "commits of {} could not be read, its history is cut off: `git fsck` in it says what is damaged",
            repo.name
        ));
    }
    match (needs, partial) {
        (Needs::Contents | Needs::Inferred, Some(repo)) => Some(format!(
            "{} is a partial clone, contents of files are missing: run `git fetch --refetch --no-filter`, \
             `git config --unset-all remote.origin.partialclonefilter` and `git config --unset-all remote.origin.promisor` in it, then this again",
            repo.name
        )),
        (Needs::Incidents, _) if no_incidents => {
            Some("no incidents are in the lake: `shipwake import incidents --from csv FILE` brings them in".to_owned())
        }
        (Needs::Inferred, _) => no_trust,
        _ => None,
    }
}

fn origin(record: &Record) -> Option<Origin> {
    record.text("origin").and_then(Origin::parse)
}

fn text(record: &Record, column: &str) -> String {
    record.text(column).unwrap_or_default().to_owned()
}

fn some_text(record: &Record, column: &str) -> Option<String> {
    record.text(column).map(str::to_owned)
}

impl RepoCounts {
    fn of(record: &Record) -> Self {
        Self {
            name: text(record, "repo"),
            url: some_text(record, "url"),
            default_branch: some_text(record, "default_branch"),
            head_commit: some_text(record, "head_commit"),
            is_shallow: record.is_true("is_shallow"),
            is_partial: record.is_true("is_partial"),
            is_truncated: record.is_true("is_truncated"),
            pull_heads: record.count("pull_heads"),
            commits: record.count("commits"),
            changes: record.count("changes"),
            ai_changes: record.count("ai_changes"),
            landed_commits: record.count("landed_commits"),
            large_changes: record.count("large_changes"),
            large_commits: record.count("large_commits"),
            bundles: record.count("bundles"),
            bundled_pulls: record.count("bundled_pulls"),
            first_change: record.time("first_merged_at"),
            last_change: record.time("last_merged_at"),
        }
    }
}

impl AgentCounts {
    fn of(record: &Record) -> Self {
        Self {
            agent: text(record, "agent"),
            changes: record.count("changes"),
            first: record.time("first_merged_at"),
            last: record.time("last_merged_at"),
        }
    }
}

impl SignalCounts {
    fn of(record: &Record) -> Self {
        Self {
            signal_id: text(record, "signal_id"),
            agent: some_text(record, "agent"),
            proves: text(record, "proves"),
            strength: text(record, "strength"),
            commits: record.count("commits"),
            pulls: record.count("pulls"),
        }
    }
}

impl SkippedCounts {
    fn of(record: &Record) -> Self {
        Self {
            repo: text(record, "repo"),
            what: text(record, "what"),
            reason: text(record, "reason"),
            things: record.count("things"),
            example: text(record, "example"),
        }
    }
}

impl IncidentNote {
    fn of(record: &Record) -> Self {
        Self {
            repo: text(record, "repo"),
            incident_id: text(record, "incident_id"),
            title: text(record, "title"),
            severity: some_text(record, "severity"),
            started_at: record.time("started_at"),
            link: some_text(record, "link"),
            change: record.text("change_id").is_some().then(|| Listed::of(record)),
        }
    }
}
