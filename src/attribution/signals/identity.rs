//! Author and committer: an agent's account, app or persona, or other automation.

use std::collections::BTreeMap;

use super::Reading;
use crate::attribution::catalogue::{Agent, Catalogue, Place, Signal, UNSPECIFIED};
use crate::attribution::names::Masked;
use crate::facts::{Commit, Evidence, PersonKind, Proves, Strength, Text};

pub(in crate::attribution) const AUTHOR: &str = "author";
const COMMITTER: &str = "committer";

/// The authors of a history, each looked at once, with the signals that they show.
pub(in crate::attribution) struct Authors<'c>(BTreeMap<(Text, Text), Vec<&'c Signal>>);

impl<'c> Authors<'c> {
    pub(in crate::attribution) fn of(commits: &[&Commit], catalogue: &'c Catalogue) -> Self {
        let mut authors = BTreeMap::new();
        for commit in commits {
            let (name, email) = (&commit.author_name, &commit.author_email);
            let signals = || author_signals(name, email, &catalogue.names.mask(name), catalogue);
            authors.entry((name.clone(), email.clone())).or_insert_with(signals);
        }
        Self(authors)
    }
}

pub(super) fn read(reading: &Reading<'_>, catalogue: &Catalogue) -> Vec<Evidence> {
    let commit = reading.commit;
    let author = (commit.author_name.clone(), commit.author_email.clone());
    let found = reading.authors.0.get(&author).map_or(&[][..], Vec::as_slice);
    let suffixed = catalogue.matching(Place::CommitterName, false, &commit.committer_name);
    let mut suffixed = suffixed.peekable();
    if found.is_empty() && suffixed.peek().is_none() {
        return Vec::new();
    }
    let identity = format!("{} <{}>", commit.author_name, commit.author_email);
    let masked = catalogue.names.mask(&commit.author_name);
    let credit = masked.credit(0..masked.text.len());
    let mut evidence: Vec<Evidence> =
        found.iter().flat_map(|signal| reading.evidence(signal, AUTHOR, &identity, &credit)).collect();
    for signal in suffixed {
        if evidence.iter().all(|e| e.agent.as_ref() != Some(&signal.agent)) {
            evidence.extend(reading.evidence(signal, COMMITTER, &commit.committer_name, &credit));
        }
    }
    evidence
}

/// Whether an identity is a person, an agent's, or other automation's.
pub(in crate::attribution) fn kind(name: &str, email: &str, catalogue: &Catalogue) -> PersonKind {
    let found = author_signals(name, email, &catalogue.names.mask(name), catalogue);
    // A person who uses aider stays a person: the suffix tells of a commit, not of who bears the name.
    let suffixed = |signal: &Signal| signal.place == Place::AuthorName && !signal.masked && name.contains('(');
    match found.iter().find(|signal| !suffixed(signal)).map(|signal| signal.proves) {
        Some(Proves::Automation) => PersonKind::Bot,
        Some(_) => PersonKind::Agent,
        None => PersonKind::Human,
    }
}

/// The signals of an author. An account's address goes before its name, a known bot before what a
/// name may mean, and an agent before the mere look of a bot: `41898282+claude[bot]` bears the number of github-actions, but Claude's slug.
fn author_signals<'c>(name: &str, email: &str, masked: &Masked<'_>, catalogue: &'c Catalogue) -> Vec<&'c Signal> {
    let mut found: Vec<&Signal> = catalogue.matching(Place::AuthorEmail, false, email).collect();
    if found.is_empty() {
        found.extend(catalogue.matching(Place::AuthorName, false, name).take(1));
    }
    let identity = format!("{name} <{email}>");
    let bot = catalogue.matching(Place::BotIdentity, false, &identity).next();
    if found.is_empty() {
        found.extend(bot.filter(|signal| signal.strength == Strength::Strong));
    }
    if found.is_empty() && !is_person(masked, Some(email), catalogue) {
        found.extend(catalogue.matching(Place::AuthorName, true, &masked.text).take(1));
    }
    if found.is_empty() {
        found.extend(bot);
    }
    found
}

/// A name that people bear too ("Devin", "Claude") is believed to be an agent's only with a mailbox
/// that is nobody's, and only if no other word makes it a full name.
pub(super) fn is_person(masked: &Masked<'_>, email: Option<&str>, catalogue: &Catalogue) -> bool {
    if masked.mentions.is_empty() || !masked.mentions.iter().all(|mention| mention.may_be_a_person()) {
        return false;
    }
    let own = |mail: &str| {
        let agents = masked.mentions.iter().filter_map(|mention| catalogue.agent(mention.agent()));
        is_nobodys(mail) || agents.into_iter().any(|agent| is_own_mail(agent, mail))
    };
    has_other_words(&masked.text) || email.is_some_and(|mail| !own(mail))
}

fn has_other_words(masked: &str) -> bool {
    let name = masked.split(['<', '(', '[', ':']).next().unwrap_or_default();
    let fitting = ["agent", "bot", "ai", "code", "cli", "and", "with", "via", "using", "the", UNSPECIFIED];
    let words = name.split(|c: char| !c.is_alphanumeric() && c != '.').filter(|word| !word.is_empty());
    words.into_iter().any(|word| {
        !word.starts_with(|c: char| c.is_ascii_digit()) && !fitting.contains(&word.to_ascii_lowercase().as_str())
    })
}

fn is_own_mail(agent: &Agent, mail: &str) -> bool {
    let host = mail.rsplit('@').next().unwrap_or_default();
    agent.domains.iter().any(|domain| host == domain || host.ends_with(&format!(".{domain}")))
}

/// An invented or unattended address.
fn is_nobodys(mail: &str) -> bool {
    let Some((local, host)) = mail.rsplit_once('@') else { return true };
    let unattended = ["noreply", "no-reply", "ai", "agent", "bot", "assistant", "ai-agent", "ai-assistant"];
    let reserved = [".invalid", ".local", ".localhost", ".test", ".example"];
    let named_so = ["localhost", "local", "example.com", "example.org", "example.net"];
    unattended.contains(&local) || named_so.contains(&host) || reserved.iter().any(|end| host.ends_with(end))
}
