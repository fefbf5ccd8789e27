//! Who wrote it: evidence from identities, trailers and text, weighed into an origin.
//!
//! ```text
//! commit → signals/* (with the catalogue) → evidence → weigh → origin → changes
//! ```
//!
//! - [`catalogue`] knows the tools: `agents.toml`, one entry an agent, reviewer or bot.
//! - `signals` reads a commit, one file per kind of evidence; `message` says what in its message is
//!   the author's own word, `names` whom a free text names, [`trailers`] what a trailer is.
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
mod signals;
#[cfg(test)]
mod stories;
mod weigh;

use std::collections::BTreeMap;

use rayon::prelude::*;

pub use catalogue::{Catalogue, CatalogueError};

use crate::facts::{Attribution, Commit, CommitId, Evidence, PersonKind};

/// The text of the built-in catalogue: judgements change with it.
pub const BUILT_IN: &str = catalogue::BUILT_IN;

/// What is known about who wrote each commit and change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributed {
    /// Sorted by commit, signal and agent.
    pub evidence: Vec<Evidence>,
    /// One row per commit and one per change, sorted by kind and id.
    pub attributions: Vec<Attribution>,
}

/// Reads and weighs every commit, then every change. The order of the input does not matter.
pub fn attribute(commits: &[Commit], catalogue: &Catalogue) -> Attributed {
    let commits: BTreeMap<&CommitId, &Commit> = commits.iter().map(|commit| (&commit.commit_id, commit)).collect();
    let commits: Vec<&Commit> = commits.into_values().collect();
    let judged: Vec<(Vec<Evidence>, Attribution)> = commits.par_iter().map(|commit| judge(commit, catalogue)).collect();
    let (evidence, mut attributions): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let changes = changes::attribute(&commits, &attributions);
    attributions.extend(changes);
    Attributed { evidence: evidence.into_iter().flatten().collect(), attributions }
}

fn judge(commit: &Commit, catalogue: &Catalogue) -> (Vec<Evidence>, Attribution) {
    let mut evidence = signals::read(commit, catalogue);
    evidence.sort_by(|a, b| order(a).cmp(&order(b)));
    evidence.dedup_by(|a, b| order(a) == order(b));
    let attribution = weigh::weigh(commit, &evidence);
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
