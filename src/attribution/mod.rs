//! Who wrote it: evidence from identities, trailers and text, weighed into an origin.
//!
//! ```text
//! commit → signals/* (with the catalogue) → evidence → weigh → origin → changes
//! ```
//!
//! - [`catalogue`] knows the tools: `agents.toml`, one entry an agent, reviewer or bot.
//! - `signals` reads a commit, one file per kind of evidence; `message` says what in its message is
//!   the author's own word, `names` whom a free text names, [`trailers`] what a trailer is.
//! - `pulls` reads pull requests as it does commits; where the commits of a change are silent, they speak for it.
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
#[cfg(test)]
mod pull_stories;
mod pulls;
mod records;
mod signals;
#[cfg(test)]
mod stories;
mod weigh;

use std::collections::BTreeMap;

use rayon::prelude::*;

pub use catalogue::{Catalogue, CatalogueError};

use crate::facts::{
    AttestedFate, Attribution, Commit, CommitId, Evidence, Github, History, LineAttribution, Override, PersonKind,
    PullLanding, Text,
};
use changes::Member;
use people::People;
use pulls::Pulls;
use records::Recorded;
use signals::Authors;

/// The text of the built-in catalogue: judgements change with it.
pub const BUILT_IN: &str = catalogue::BUILT_IN;

/// What each account of GitHub is, and of an AI which one.
pub type Accounts = BTreeMap<Text, (PersonKind, Option<Text>)>;

/// What is known about who wrote each commit, change and pull request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributed {
    /// Sorted by commit, signal and agent; then that of commits only GitHub has, then what pull requests say, by number.
    pub evidence: Vec<Evidence>,
    /// One row per commit of the history, change and pull request, sorted by kind and id.
    pub attributions: Vec<Attribution>,
    /// The history's, with the tools under their canonical names.
    pub line_attributions: Vec<LineAttribution>,
    pub attested_fates: Vec<AttestedFate>,
    pub accounts: Accounts,
}

/// Reads and weighs every commit, then every pull request and every change. The order of the input does not matter.
pub fn attribute(history: &History, github: &Github, landings: &[PullLanding], catalogue: &Catalogue) -> Attributed {
    let commits: BTreeMap<&CommitId, &Commit> = history.commits.iter().map(|c| (&c.commit_id, c)).collect();
    let commits: Vec<&Commit> = commits.into_values().collect();
    let line_attributions = records::named(&history.line_attributions, catalogue);
    let recorded = records::by_commit(&history.authorship_notes, &line_attributions);
    let people = People::of(&commits, catalogue).with_accounts(&commits, github);
    let elsewhere = pulls::commits_elsewhere(github, &commits, &people);
    let all: Vec<&Commit> = commits.iter().copied().chain(&elsewhere).collect();
    let authors = Authors::of(&all, catalogue);
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
    let judged: Vec<(Vec<Evidence>, Attribution)> = all.par_iter().map(judge).collect();
    let (evidence, mut attributions): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let members: Vec<Member<'_>> = all.iter().copied().zip(&attributions).collect();
    let pulls = Pulls::of(github, landings, &members, &people, catalogue);
    let changes = changes::attribute(&members, &history.pull_lines, &people, &pulls, &decided);
    let (of_pulls, pulls) = pulls.rows();
    attributions.truncate(commits.len());
    attributions.extend(changes.into_iter().chain(pulls));
    Attributed {
        evidence: evidence.into_iter().flatten().chain(of_pulls).collect(),
        attributions,
        accounts: pulls::accounts(github, catalogue),
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
    sort(&mut evidence);
    let mut attribution = weigh::weigh(commit, &evidence, recorded);
    if attribution.origin.is_ai() {
        // Who is known from GitHub only has no pseudonym.
        let known = people.responsible(commit, recorded).filter(|(person, _)| !person.is_empty());
        let (person, role) = known.unzip();
        (attribution.responsible, attribution.responsible_as) = (person, role.map(Text::from));
    }
    (evidence, attribution)
}

fn sort(evidence: &mut Vec<Evidence>) {
    evidence.sort_by(|a, b| order(a).cmp(&order(b)));
    evidence.dedup_by(|a, b| order(a) == order(b));
}

/// The same signal of the same agent in the same place counts once, however often it is repeated.
fn order(e: &Evidence) -> (&str, Option<&str>, Option<&str>, &str) {
    (&e.signal_id, e.agent.as_deref(), e.model.as_deref(), &e.found_in)
}

/// Whether an identity is a person, an agent's, or other automation's.
pub fn identity_kind(name: &str, email: &str, catalogue: &Catalogue) -> PersonKind {
    signals::identity_kind(name, email, catalogue)
}
