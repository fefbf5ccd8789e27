//! The catalogue of agents, reviewers and bots: `agents.toml`, checked and compiled.
//!
//! Everything known about a particular tool stands in the catalogue; the code beside it knows only
//! kinds of evidence. A user's own file in the same form adds entries and signals, or overrides them
//! by slug and id.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

pub use super::entry::{Agent, AgentKind, Place, Seen, Signal};
use super::names::Names;
use super::pattern;

pub(super) const BUILT_IN: &str = include_str!("agents.toml");

/// The slug whose signals take the agents that the text names; also the agent when none is named.
pub const UNSPECIFIED: &str = "unspecified";

/// The signals of one place may be this large when compiled: more would slow every commit down.
const MAX_SET: usize = 8 << 20;

/// States of a set are kept up to this size, per thread: with less they are built again and again.
pub(super) const DFA_CACHE: usize = 16 << 20;

#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("the catalogue is not valid TOML: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("catalogue entry `{entry}`: {problem}")]
    Entry { entry: String, problem: String },
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    #[serde(default)]
    fragments: BTreeMap<String, String>,
    #[serde(default)]
    agent: Vec<Agent>,
}

/// Every known agent and signal, ready to match.
#[derive(Debug, Clone)]
pub struct Catalogue {
    source: Source,
    signals: Vec<Signal>,
    sets: BTreeMap<(Place, bool), Set>,
    glance: Regex,
    pub(super) names: Names,
}

/// The signals of one place.
#[derive(Debug, Clone)]
struct Set {
    /// All of them in one pass. Sentences are asked one pattern after the other, which takes a sixth of the time: an
    /// automaton of many patterns with gaps, anywhere in a text, makes new states with nearly every sentence.
    together: Option<RegexSet>,
    members: Vec<usize>,
}

impl Set {
    /// Which signals match, by their place in the catalogue.
    fn matching(&self, text: &str, signals: &[Signal]) -> Vec<usize> {
        match &self.together {
            // Most texts match nothing, and to tell that is cheaper than to tell what matches.
            Some(regexes) if !regexes.is_match(text) => Vec::new(),
            Some(regexes) => regexes.matches(text).into_iter().map(|i| self.members[i]).collect(),
            None => self.members.iter().copied().filter(|&i| signals[i].is_in(text)).collect(),
        }
    }
}

impl Catalogue {
    /// The catalogue that comes with the program.
    pub fn built_in() -> Result<Self, CatalogueError> {
        Self::compile(toml::from_str(BUILT_IN)?)
    }

    /// This catalogue with the entries of a user's own file: an entry of a known slug replaces the
    /// word lists it gives, a signal of a known id replaces that signal, everything else is added.
    pub fn extended_by(&self, own: &str) -> Result<Self, CatalogueError> {
        let own: Source = toml::from_str(own)?;
        let mut source = self.source.clone();
        source.fragments.extend(own.fragments);
        for agent in own.agent {
            merge(&mut source.agent, agent);
        }
        Self::compile(source)
    }

    pub fn agents(&self) -> &[Agent] {
        &self.source.agent
    }

    pub fn agent(&self, slug: &str) -> Option<&Agent> {
        self.source.agent.iter().find(|agent| &*agent.slug == slug)
    }

    /// All signals, in the order of the catalogue.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// The signals of a place that match `text`, in the order of the catalogue. Patterns that speak
    /// of `<AI>` are matched against masked text only, the others against plain text only.
    pub(super) fn matching(&self, place: Place, masked: bool, text: &str) -> impl Iterator<Item = &Signal> {
        let set = self.sets.get(&(place, masked));
        let hits = set.map(|set| set.matching(text, &self.signals)).unwrap_or_default();
        hits.into_iter().map(|index| &self.signals[index])
    }

    /// A quick look at a message that names no AI: may one of the tools' own marks be in it?
    pub(super) fn may_testify(&self, message: &str) -> bool {
        self.glance.is_match(message)
    }

    fn compile(source: Source) -> Result<Self, CatalogueError> {
        check_words(&source)?;
        let names = Names::new(&source.agent)?;
        let signals = signals(&source);
        check_unique(&signals)?;
        let sets = compile_sets(&signals)?;
        let glance = compile_glance(&signals)?;
        Ok(Self { source, signals, sets, glance, names })
    }
}

fn merge(agents: &mut Vec<Agent>, own: Agent) {
    for agent in &mut *agents {
        agent.signals.retain(|signal| own.signals.iter().all(|new| new.id != signal.id));
    }
    let Some(known) = agents.iter_mut().find(|agent| agent.slug == own.slug) else { return agents.push(own) };
    known.family = own.family;
    known.kind = own.kind;
    let lists = [
        (&mut known.names, own.names),
        (&mut known.ambiguous, own.ambiguous),
        (&mut known.vendors, own.vendors),
        (&mut known.models, own.models),
        (&mut known.domains, own.domains),
    ];
    for (list, new) in lists {
        if !new.is_empty() {
            *list = new;
        }
    }
    known.signals.extend(own.signals);
}

fn check_words(source: &Source) -> Result<(), CatalogueError> {
    let mut slugs: Vec<&str> = source.agent.iter().map(|agent| &*agent.slug).collect();
    slugs.sort_unstable();
    if let Some(pair) = slugs.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(problem(pair[0], "stands twice"));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    match slugs.iter().find(|slug| slug.is_empty() || !slug.chars().all(plain)) {
        Some(slug) => Err(problem(slug, "a slug is lower-case letters, digits and `-_.`")),
        None => Ok(()),
    }
}

fn check_unique(signals: &[Signal]) -> Result<(), CatalogueError> {
    let mut ids: Vec<&str> = signals.iter().map(|signal| &*signal.id).collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(problem(pair[0], "two signals have this id")),
        None => Ok(()),
    }
}

fn signals(source: &Source) -> Vec<Signal> {
    let entries = source.agent.iter().flat_map(|agent| agent.signals.iter().map(move |entry| (agent, entry)));
    entries.map(|(agent, entry)| Signal::new(agent, entry, &source.fragments)).collect()
}

fn compile_sets(signals: &[Signal]) -> Result<BTreeMap<(Place, bool), Set>, CatalogueError> {
    let mut members: BTreeMap<(Place, bool), Vec<usize>> = BTreeMap::new();
    for (index, signal) in signals.iter().enumerate() {
        members.entry((signal.place, signal.masked)).or_default().push(index);
    }
    let set = |((place, masked), members): ((Place, bool), Vec<usize>)| {
        let together = if place == Place::Disclosure {
            culprit(signals, &members).map_or(Ok(None), Err)?
        } else {
            Some(compile_together(signals, &members)?)
        };
        Ok(((place, masked), Set { together, members }))
    };
    members.into_iter().map(set).collect()
}

/// Compiles the signals of a place together; when that fails, one by one to name the culprit.
fn compile_together(signals: &[Signal], members: &[usize]) -> Result<RegexSet, CatalogueError> {
    let patterns = members.iter().map(|&i| &signals[i].pattern);
    let set =
        RegexSetBuilder::new(patterns).case_insensitive(true).size_limit(MAX_SET).dfa_size_limit(DFA_CACHE).build();
    match set {
        Ok(regexes) => Ok(regexes),
        Err(together) => {
            Err(culprit(signals, members).unwrap_or_else(|| problem("all signals of one place", &together.to_string())))
        }
    }
}

/// The first signal whose pattern does not compile, or comes to too much.
fn culprit(signals: &[Signal], members: &[usize]) -> Option<CatalogueError> {
    members.iter().find_map(|&index| {
        let signal = &signals[index];
        let error = pattern::compile(&signal.pattern).err()?;
        Some(problem(&format!("{}, signal {}", signal.agent, signal.id), &error.to_string()))
    })
}

/// Any mark of a trailer or line, wherever in a line it stands.
fn compile_glance(signals: &[Signal]) -> Result<Regex, CatalogueError> {
    let marks = signals.iter().filter(|s| !s.masked && matches!(s.place, Place::Trailer | Place::MessageBody));
    let anywhere: Vec<&str> = marks.map(|s| s.pattern.strip_prefix('^').unwrap_or(&s.pattern)).collect();
    RegexBuilder::new(&format!("(?:{})", anywhere.join(")|(?:")))
        .case_insensitive(true)
        .multi_line(true)
        .crlf(true)
        .size_limit(MAX_SET)
        .dfa_size_limit(DFA_CACHE)
        .build()
        .map_err(|e| problem("all marks", &e.to_string()))
}

pub(super) fn problem(entry: &str, problem: &str) -> CatalogueError {
    CatalogueError::Entry { entry: entry.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Strength;

    fn built_in() -> Catalogue {
        Catalogue::built_in().unwrap()
    }

    #[test]
    fn every_published_signal_is_there() {
        let catalogue = built_in();
        for n in 1..=206 {
            let id = format!("S{n:03}");
            assert!(catalogue.signals().iter().any(|s| *s.id == *id), "{id} is missing");
        }
    }

    #[test]
    fn an_own_entry_adds_an_agent() {
        let own = r#"
            [[agent]]
            slug = "deckhand"
            family = "acme"
            kind = "agent"
            names = ["deckhand"]
            signals = [{ id = "X1", where = "author_email", pattern = "^deckhand@acme", proves = "authored", strength = "strong" }]
        "#;
        let catalogue = built_in().extended_by(own).unwrap();
        let found: Vec<_> = catalogue.matching(Place::AuthorEmail, false, "deckhand@acme.example").collect();
        assert_eq!(&*found[0].agent, "deckhand");
    }

    #[test]
    fn an_own_signal_overrides_by_id() {
        let own = r#"
            [[agent]]
            slug = "cursor"
            family = "cursor"
            kind = "agent"
            signals = [{ id = "S068", where = "trailer", pattern = "^built-with: cursor", proves = "assisted", strength = "weak" }]
        "#;
        let catalogue = built_in().extended_by(own).unwrap();
        let s068: Vec<_> = catalogue.signals().iter().filter(|s| &*s.id == "S068").collect();
        assert_eq!((s068.len(), s068[0].strength), (1, Strength::Weak));
        assert!(!catalogue.agent("cursor").unwrap().ambiguous.is_empty(), "word lists not given stay");
    }

    #[test]
    fn errors_name_the_entry() {
        let entry = |signal: &str| {
            let own = format!("[[agent]]\nslug = \"x\"\nfamily = \"x\"\nkind = \"agent\"\nsignals = [{signal}]");
            built_in().extended_by(&own).err().map(|e| e.to_string()).unwrap_or_default()
        };
        let rest = r#"where = "trailer", proves = "assisted", strength = "weak""#;
        assert!(entry(&format!(r#"{{ id = "X1", pattern = "(", {rest} }}"#)).contains("x, signal X1"));
        assert!(
            entry(&format!(r#"{{ id = "X2", pattern = "(?:\\w{{900}}){{900}}", {rest} }}"#)).contains("x, signal X2")
        );
        let twice = format!(r#"{{ id = "X3", pattern = "a", {rest} }}, {{ id = "X3", pattern = "b", {rest} }}"#);
        assert!(entry(&twice).contains("`X3`: two signals"));
        let word = r#"{ id = "X4", pattern = "a", where = "trailer", proves = "magic", strength = "weak" }"#;
        assert!(entry(word).contains("magic"));
    }
}
