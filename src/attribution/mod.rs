//! Who wrote it: evidence from identities, trailers and text, weighed into an origin.
//!
//! ```text
//! commit → signals/* (with the catalogue) → evidence → weigh → origin → changes
//! ```
//!
//! - [`catalogue`] knows the tools: `agents.toml`, one entry an agent, reviewer or bot.
//! - `signals` reads a commit, one file per kind of evidence; `message` says what in its message is
//!   the author's own word, `names` whom a free text names, [`trailers`] what a trailer is.
//! - `people` says who answers for what an AI wrote.
//! - `records` reads notes and traces that say who wrote which lines.
//! - `weigh` decides a commit's origin by a stated order of rules, `changes` a change's.
//!
//! No marker is not human: a commit without evidence is `unknown`. Only the first 1 MiB and the
//! last 64 KiB of a message are read.

pub mod catalogue;
pub mod trailers;

mod changes;
mod entry;
mod message;
mod names;
mod pattern;
mod people;
mod records;
mod signals;
#[cfg(test)]
mod stories;
mod weigh;

use std::collections::BTreeMap;

use rayon::prelude::*;

pub use catalogue::{Catalogue, CatalogueError};

use crate::facts::{
    AttestedFate, Attribution, Commit, CommitId, Evidence, History, LineAttribution, Override, PersonKind, Text,
};
use people::People;
use records::Recorded;
use signals::Authors;

/// The text of the built-in catalogue: judgements change with it.
pub const BUILT_IN: &str = catalogue::BUILT_IN;

/// What is known about who wrote each commit and change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributed {
    /// Sorted by commit, signal and agent.
    pub evidence: Vec<Evidence>,
    /// One row per commit and one per change, sorted by kind and id.
    pub attributions: Vec<Attribution>,
    /// The history's, with the tools under their canonical names.
    pub line_attributions: Vec<LineAttribution>,
    pub attested_fates: Vec<AttestedFate>,
}

/// Reads and weighs every commit, then every change. The order of the input does not matter.
pub fn attribute(history: &History, catalogue: &Catalogue) -> Attributed {
    let commits: BTreeMap<&CommitId, &Commit> = history.commits.iter().map(|c| (&c.commit_id, c)).collect();
    let commits: Vec<&Commit> = commits.into_values().collect();
    let line_attributions = records::named(&history.line_attributions, catalogue);
    let recorded = records::by_commit(&history.authorship_notes, &line_attributions);
    let people = People::of(&commits, catalogue);
    let authors = Authors::of(&commits, catalogue);
    // Of several decisions about a commit the last counts.
    let decided: BTreeMap<&CommitId, Override> =
        history.overrides.iter().map(|row| (&row.commit_id, of_known_agents(row, catalogue))).collect();
    let judge = |commit: &&Commit| {
        let (mut evidence, mut attribution) =
            judge(commit, recorded.get(&commit.commit_id), &people, &authors, catalogue);
        if let Some(decision) = decided.get(&commit.commit_id) {
            evidence.push(weigh::testimony_of(decision, commit));
            attribution = weigh::overridden(attribution, decision);
        }
        (evidence, attribution)
    };
    let judged: Vec<(Vec<Evidence>, Attribution)> = commits.par_iter().map(judge).collect();
    let (evidence, mut attributions): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let changes = changes::attribute(&commits, &attributions, &history.pull_lines, &people, &decided);
    attributions.extend(changes);
    Attributed {
        evidence: evidence.into_iter().flatten().collect(),
        attributions,
        attested_fates: records::fates(history, &line_attributions),
        line_attributions,
    }
}

/// A decision with the canonical names of its agents; those that nobody knows are told in it.
fn of_known_agents(decision: &Override, catalogue: &Catalogue) -> Override {
    let (mut agents, mut why) = (Vec::new(), decision.why.to_string());
    for agent in &decision.agents {
        match records::slug(agent, catalogue) {
            Some(slug) => agents.push(slug),
            None => why.push_str(&format!(" (the catalogue knows no agent `{agent}`)")),
        }
    }
    Override { agents, why: why.into(), ..decision.clone() }
}

fn judge(
    commit: &Commit,
    recorded: Option<&Recorded<'_>>,
    people: &People<'_>,
    authors: &Authors<'_>,
    catalogue: &Catalogue,
) -> (Vec<Evidence>, Attribution) {
    let mut evidence = signals::read(commit, authors, catalogue);
    evidence.extend(recorded.map(|recorded| recorded.evidence(commit, catalogue)).unwrap_or_default());
    evidence.sort_by(|a, b| order(a).cmp(&order(b)));
    evidence.dedup_by(|a, b| order(a) == order(b));
    let mut attribution = weigh::weigh(commit, &evidence, recorded);
    if weigh::is_ai(attribution.origin) {
        let (person, role) = people.responsible(commit, recorded).unzip();
        (attribution.responsible, attribution.responsible_as) = (person, role.map(Text::from));
    }
    (evidence, attribution)
}

/// The same signal of the same agent in the same place counts once, however often it is repeated.
fn order(e: &Evidence) -> (&str, Option<&str>, Option<&str>, &str) {
    (&e.signal_id, e.agent.as_deref(), e.model.as_deref(), &e.found_in)
}

/// Whether an identity is a person, an agent's, or other automation's.
pub fn identity_kind(name: &str, email: &str, catalogue: &Catalogue) -> PersonKind {
    signals::identity_kind(name, email, catalogue)
}
