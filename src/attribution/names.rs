//! Who a free text names: "Claude Opus 4.7, Cursor" is Cursor with a Claude model.
//!
//! A text names *tools* ("Claude Code"), *vendors* ("Claude"), *models* ("Opus 4.7") or just "an
//! LLM". A model or vendor alone stands for the vendor's usual tool: a convention, not evidence of
//! the tool, and reported as such.

use std::borrow::Cow;
use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::catalogue::{Agent, CatalogueError, DFA_CACHE, UNSPECIFIED, problem};
use super::pattern::{self, AMBIGUOUS, CERTAIN};
use crate::facts::Text;

/// All names together may be this large when compiled.
const MAX_NAMES: usize = 16 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Model,
    Tool,
    /// Just "AI".
    Generic,
    Vendor,
    Ambiguous,
}

/// A name met in a text.
#[derive(Debug, Clone)]
pub(super) struct Mention<'t> {
    text: &'t str,
    agent: Text,
    tier: Tier,
}

/// A text whose AI names are replaced by one character each.
#[derive(Debug, Clone)]
pub(super) struct Masked<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) mentions: Vec<Mention<'t>>,
}

/// Whom a text credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Credit {
    pub(super) agents: Vec<Text>,
    /// Each model with the tool it usually belongs to.
    models: Vec<(Text, Text)>,
    /// No tool is named: the agent is the usual one of the vendor.
    pub(super) by_convention: bool,
}

impl Credit {
    /// The model an agent used: one of its own, else one whose usual tool is not credited itself.
    pub(super) fn model_of(&self, agent: &Text) -> Option<&Text> {
        let own = self.models.iter().find(|(usual, _)| usual == agent);
        let other = || self.models.iter().find(|(usual, _)| !self.agents.contains(usual));
        own.or_else(other).map(|(_, model)| model)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Names {
    any: Regex,
    /// Each word by itself; the first that fits a name is the most telling.
    words_alone: RegexSet,
    /// What each of these words names.
    named: Vec<(Tier, Text)>,
}

impl Names {
    pub(super) fn new(agents: &[Agent]) -> Result<Self, CatalogueError> {
        let mut words: Vec<(Tier, &str, Text)> = agents.iter().flat_map(words).collect();
        // The longest pattern of a tier first: "copilot cli" before "copilot".
        words.sort_by_key(|(tier, word, slug)| (*tier, std::cmp::Reverse(word.len()), slug.clone()));
        let patterns: Vec<String> = words.iter().map(|(_, word, _)| pattern::name(word)).collect();
        let whole = patterns.iter().map(|pattern| format!("^(?:{pattern})$"));
        let build = |set: &mut RegexSetBuilder| {
            set.case_insensitive(true).size_limit(MAX_NAMES).dfa_size_limit(DFA_CACHE).build()
        };
        let words_alone = build(&mut RegexSetBuilder::new(whole)).map_err(|e| problem("names", &e.to_string()))?;
        let any = format!(r"(?-u:\b{{start-half}})(?:{})(?-u:\b{{end-half}})", patterns.join("|"));
        let any =
            RegexBuilder::new(&any).case_insensitive(true).size_limit(MAX_NAMES).dfa_size_limit(DFA_CACHE).build();
        let any = any.map_err(|e| problem("names", &e.to_string()))?;
        Ok(Self { any, words_alone, named: words.into_iter().map(|(tier, _, slug)| (tier, slug)).collect() })
    }

    /// Does the text hold anything like a name? A quick answer for the many that do not.
    pub(super) fn any_in(&self, text: &str) -> bool {
        self.any.is_match(text)
    }

    pub(super) fn mask<'t>(&self, text: &'t str) -> Masked<'t> {
        let (mut shown, mut mentions, mut copied) = (String::new(), Vec::new(), 0);
        for found in self.any.find_iter(text) {
            let Some((tier, agent)) = self.names(found.as_str()) else { continue };
            if stands_alone(text, found.start(), found.end(), *tier) {
                push_written(&mut shown, &text[copied..found.start()]);
                shown.push(if *tier == Tier::Ambiguous { AMBIGUOUS } else { CERTAIN });
                mentions.push(Mention { text: found.as_str(), agent: agent.clone(), tier: *tier });
                copied = found.end();
            }
        }
        if copied == 0 && is_as_written(text) {
            return Masked { text: Cow::Borrowed(text), mentions };
        }
        push_written(&mut shown, &text[copied..]);
        Masked { text: Cow::Owned(shown), mentions }
    }

    fn names(&self, name: &str) -> Option<&(Tier, Text)> {
        self.words_alone.matches(name).into_iter().next().and_then(|word| self.named.get(word))
    }
}

fn words(agent: &Agent) -> impl Iterator<Item = (Tier, &str, Text)> {
    let named = if &*agent.slug == UNSPECIFIED { Tier::Generic } else { Tier::Tool };
    let lists = [
        (named, &agent.names),
        (Tier::Ambiguous, &agent.ambiguous),
        (Tier::Vendor, &agent.vendors),
        (Tier::Model, &agent.models),
    ];
    lists
        .into_iter()
        .flat_map(move |(tier, list)| list.iter().map(move |word| (tier, word.as_str(), agent.slug.clone())))
}

/// Copies text as it was written, without the characters that stand for names.
fn push_written(out: &mut String, text: &str) {
    if is_as_written(text) {
        return out.push_str(text);
    }
    out.extend(text.chars().map(|c| if c == CERTAIN || c == AMBIGUOUS { ' ' } else { c }));
}

/// Holds none of the characters that stand for names.
fn is_as_written(text: &str) -> bool {
    text.bytes().all(|b| b > AMBIGUOUS as u8)
}

/// A name of an account that others may end with.
const SHORT: usize = 3;

/// A whole word, and not part of a path, address, identifier or quoted code.
fn stands_alone(text: &str, start: usize, end: usize, tier: Tier) -> bool {
    let before = text[..start].chars().next_back();
    let mut rest = text[end..].chars();
    let (after, next) = (rest.next(), rest.next());
    let joined_before = match before {
        Some('/') => tier != Tier::Model,
        // `roomote-v0[bot]` is an account of its own, not `v0[bot]`; a longer name tells of its owner's agent.
        Some('-') => text[start..end].strip_suffix("[bot]").is_some_and(|name| name.len() <= SHORT),
        Some(c) => "_.@#$`\\".contains(c) || c.is_alphanumeric(),
        None => false,
    };
    let joined_after = match after {
        Some('.' | ':' | '-') if tier == Tier::Model => false,
        Some('.') => next.is_some_and(char::is_alphanumeric),
        Some(':') => next == Some(':'),
        Some(c) => "/_@`\\".contains(c) || c.is_alphanumeric(),
        None => false,
    };
    !joined_before && !joined_after
}

impl Masked<'_> {
    /// Whom the names in a byte range of the masked text credit.
    pub(super) fn credit(&self, range: std::ops::Range<usize>) -> Credit {
        let is_name = |c: &char| *c == CERTAIN || *c == AMBIGUOUS;
        let skipped = self.text[..range.start].chars().filter(is_name).count();
        let taken = self.text[range.clone()].chars().filter(is_name).count();
        credit(&self.mentions[skipped..skipped + taken], &self.text[range])
    }
}

impl Mention<'_> {
    /// A name that people bear too.
    pub(super) fn may_be_a_person(&self) -> bool {
        matches!(self.tier, Tier::Ambiguous | Tier::Vendor) && !self.text.contains(' ')
    }

    pub(super) fn agent(&self) -> &Text {
        &self.agent
    }
}

fn credit(mentions: &[Mention<'_>], between: &str) -> Credit {
    let of = |tiers: &[Tier]| -> BTreeSet<Text> {
        mentions.iter().filter(|m| tiers.contains(&m.tier)).map(|m| m.agent.clone()).collect()
    };
    let named = of(&[Tier::Tool, Tier::Ambiguous]);
    let vendors = of(&[Tier::Vendor]);
    let models = mentions.iter().filter(|m| m.tier == Tier::Model);
    let models = models.map(|m| (m.agent.clone(), model_slug(m.text))).collect();
    let mut by_convention = false;
    let agents = if named.is_empty() {
        let usual = if vendors.is_empty() { of(&[Tier::Model]) } else { &vendors | &of(&[Tier::Model]) };
        by_convention = usual.iter().any(|slug| &**slug != UNSPECIFIED);
        usual
    } else if joins_tool_and_model(between) {
        named
    } else {
        &named | &vendors
    };
    let specific: BTreeSet<Text> = agents.iter().filter(|slug| &***slug != UNSPECIFIED).cloned().collect();
    let agents = if specific.is_empty() { BTreeSet::from([Text::from(UNSPECIFIED)]) } else { specific };
    Credit { agents: agents.into_iter().collect(), models, by_convention }
}

/// "Cursor with Claude", "Crush:glm", "Copilot (Claude)": the second name is the first one's model.
fn joins_tool_and_model(between: &str) -> bool {
    let words = ["with", "via", "using", "in", "through", "running", "from"];
    between.contains(['(', ':', '/', '[']) || between.split_whitespace().any(|word| words.contains(&word))
}

/// A model's name as a slug: "Claude Opus 4.6" and `claude-opus-4-6@20260101` are `claude-opus-4-6`.
pub(super) fn model_slug(written: &str) -> Text {
    let lower = written.trim().to_lowercase().replace([' ', '_'], "-");
    let name = lower.rsplit('/').next().unwrap_or_default();
    let name = without_date(name).trim_end_matches(['.', '-', '@']);
    let claude = ["opus", "sonnet", "haiku", "fable"].iter().any(|family| name.starts_with(family));
    let name = if claude { format!("claude-{name}") } else { name.to_owned() };
    if name.starts_with("claude") { name.replace('.', "-").into() } else { name.into() }
}

fn without_date(name: &str) -> &str {
    match name.rfind("20").filter(|&at| at > 0 && name.len() - at == 8) {
        Some(at) if name[at..].bytes().all(|b| b.is_ascii_digit()) => &name[..at - 1],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;

    fn credited(catalogue: &Catalogue, text: &str) -> (String, String) {
        let masked = catalogue.names.mask(text);
        let credit = masked.credit(0..masked.text.len());
        let model = credit.agents.iter().find_map(|agent| credit.model_of(agent)).map(|model| model.to_string());
        (credit.agents.join(";"), model.unwrap_or_default())
    }

    #[test]
    fn a_bare_model_takes_the_vendors_usual_tool() {
        let catalogue = Catalogue::built_in().unwrap();
        for (text, agent, model) in [
            ("Claude Opus 4.6", "claude-code", "claude-opus-4-6"),
            ("Opus 4.6 via Claude Code", "claude-code", "claude-opus-4-6"),
            ("Claude Opus 4.7, Cursor", "cursor", "claude-opus-4-7"),
            ("Cursor with Claude Opus 4.5", "cursor", "claude-opus-4-5"),
            ("Pi gpt-5.5", "pi", "gpt-5.5"),
            ("GPT 5.6", "codex", "gpt-5.6"),
            ("GPT-5.3-Codex", "codex", "gpt-5.3-codex"),
            ("claude-sonnet-4.5, GitHub Copilot CLI", "copilot-cli", "claude-sonnet-4-5"),
            ("Crush:glm-5.2", "crush", "glm-5.2"),
            ("GLM-4.7 via Crush <x@example.com>", "crush", "glm-4.7"),
            ("Google Antigravity with Gemini", "antigravity", ""),
            ("Gemini 3.1 Pro via Google Antigravity", "antigravity", "gemini-3.1-pro"),
            ("Claude Code v2.1.148 claude-sonnet-4-6@20260522", "claude-code", "claude-sonnet-4-6"),
            ("claude-sonnet-4-6[1m]", "claude-code", "claude-sonnet-4-6"),
            ("Codex and GPT-5.5", "codex", "gpt-5.5"),
            ("Codex and Claude", "claude-code;codex", ""),
            ("GitHub Copilot (GPT-5.3-Codex)", "copilot", "gpt-5.3-codex"),
            ("an LLM", "unspecified", ""),
        ] {
            assert_eq!(credited(&catalogue, text), (agent.to_owned(), model.to_owned()), "{text}");
        }
    }

    #[test]
    fn paths_and_identifiers_name_nobody() {
        let catalogue = Catalogue::built_in().unwrap();
        for text in ["mux/claude/etc", ".claude/settings", "claude.yml", "`codex`", "claudex", "aider.go"] {
            assert!(catalogue.names.mask(text).mentions.is_empty(), "{text}");
        }
    }
}
