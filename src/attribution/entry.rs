//! An entry of the catalogue, as it is written and as it is matched.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

use super::catalogue::UNSPECIFIED;
use super::pattern;
use crate::facts::{Proves, Strength, Text};

/// What an entry of the catalogue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentKind {
    /// It writes code.
    Agent,
    /// It comments on code; what it suggests may be applied.
    Reviewer,
    /// It is no AI.
    Automation,
}

/// Where a signal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    AuthorEmail,
    AuthorName,
    CommitterName,
    BotIdentity,
    Trailer,
    MessageBody,
    /// A sentence, with the names of AI masked.
    Disclosure,
    Branch,
    PrAuthorLogin,
    PrLabel,
    ReviewerLogin,
    NotesRef,
    File,
}

/// How often a signal was met in real commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Seen {
    Times(u64),
    /// `false`: known from other catalogues only.
    Ever(bool),
}

/// An agent, reviewer or bot, with the words that name it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub slug: Text,
    pub family: Text,
    pub kind: AgentKind,
    #[serde(default)]
    pub names: Vec<String>,
    /// Names that are also a word or a person's name: believed only where nothing else fits.
    #[serde(default)]
    pub ambiguous: Vec<String>,
    #[serde(default)]
    pub vendors: Vec<String>,
    #[serde(default)]
    pub models: Vec<String>,
    /// Mail domains of the tool itself.
    #[serde(default)]
    pub domains: Vec<String>,
    #[serde(default)]
    pub(super) signals: Vec<Entry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) id: Text,
    #[serde(rename = "where")]
    place: Place,
    pattern: String,
    proves: Proves,
    strength: Strength,
    seen: Option<Seen>,
    note: Option<String>,
}

/// One way in which an agent shows.
#[derive(Debug, Clone)]
pub struct Signal {
    pub id: Text,
    pub agent: Text,
    pub kind: AgentKind,
    pub place: Place,
    /// As compiled: fragments in place.
    pub(super) pattern: String,
    regex: OnceLock<Option<Regex>>,
    pub proves: Proves,
    pub strength: Strength,
    pub seen: Option<Seen>,
    pub note: Option<String>,
    /// The pattern speaks of `<AI>`: it is matched against masked text.
    pub masked: bool,
}

impl Signal {
    pub(super) fn new(agent: &Agent, entry: &Entry, fragments: &BTreeMap<String, String>) -> Self {
        let pattern = pattern::expand(&entry.pattern, entry.place == Place::Disclosure, fragments);
        Self {
            id: entry.id.clone(),
            agent: agent.slug.clone(),
            kind: agent.kind,
            place: entry.place,
            pattern,
            regex: OnceLock::new(),
            proves: entry.proves,
            strength: entry.strength,
            seen: entry.seen,
            note: entry.note.clone(),
            masked: entry.pattern.contains("<AI") || entry.place == Place::Disclosure,
        }
    }

    /// Where in the text the signal stands.
    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        self.regex()?.find(text).map(|found| found.range())
    }

    /// Whether it stands there, which is told for less than where.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| pattern::compile(&self.pattern).ok()).as_ref()
    }

    /// The agent is whichever the text names.
    pub fn names_agent(&self) -> bool {
        &*self.agent == UNSPECIFIED
    }
}
