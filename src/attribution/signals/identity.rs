//! Author and committer: an agent's account, app or persona, or other automation.

use rustc_hash::FxHashMap;

use super::Reading;
use crate::attribution::catalogue::{Agent, Catalogue, Place, Signal, UNSPECIFIED};
use crate::attribution::names::Masked;
use crate::facts::{Commit, Evidence, PersonKind, Proves, Strength, Text};

pub(in crate::attribution) const AUTHOR: &str = "author";
const COMMITTER: &str = "committer";

/// The authors of a history, each looked at once, with the signals that they show.
pub(in crate::attribution) struct Authors<'c>(FxHashMap<(Text, Text), Vec<&'c Signal>>);

impl<'c> Authors<'c> {
    pub(in crate::attribution) fn of(commits: &[&Commit], catalogue: &'c Catalogue) -> Self {
        let mut authors = FxHashMap::default();
        for commit in commits {
            let (name, email) = (&commit.author_name, &commit.author_email);
            let signals = || author_signals(name, email, &catalogue.names.mask(name), catalogue);
            authors.entry((name.clone(), email.clone())).or_insert_with(signals);
        }
        Self(authors)
    }

    /// Of accounts that opened pull requests, who commit as [`Account::author`] says.
    pub(in crate::attribution) fn of_accounts<'a>(
        accounts: impl Iterator<Item = Account<'a>>,
        catalogue: &'c Catalogue,
    ) -> Self {
        let mut authors = FxHashMap::default();
        for account in accounts {
            let (name, email) = account.author();
            authors.entry((name, email)).or_insert_with(|| account.signals(catalogue));
        }
        Self(authors)
    }
}

/// An account of GitHub.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::attribution) struct Account<'a> {
    pub(in crate::attribution) login: &'a str,
    pub(in crate::attribution) id: Option<i64>,
    /// `User`, `Bot`, …
    pub(in crate::attribution) kind: Option<&'a str>,
}

impl Account<'_> {
    /// Name and address of what is committed on GitHub's pages in its name.
    pub(in crate::attribution) fn author(&self) -> (Text, Text) {
        let number = self.id.map(|id| format!("{id}+")).unwrap_or_default();
        (self.login.into(), format!("{number}{}@users.noreply.github.com", self.login).into())
    }

    /// Its number goes before its login: one product has several accounts by role, some of one login. What a person's account
    /// is called says nothing, unless the login is known.
    fn signals<'c>(&self, catalogue: &'c Catalogue) -> Vec<&'c Signal> {
        let (name, email) = self.author();
        let mut found: Vec<&Signal> = catalogue.matching(Place::AuthorEmail, false, &email).collect();
        if found.is_empty() {
            found.extend(catalogue.matching(Place::PrAuthorLogin, false, self.login).take(1));
        }
        if found.is_empty() {
            found = author_signals(&name, &email, &catalogue.names.mask(&name), catalogue);
            found.retain(|signal| self.kind != Some("User") || signal.place != Place::AuthorName || !signal.masked);
        }
        found
    }

    /// What it is, and of an AI which one.
    pub(in crate::attribution) fn is(&self, catalogue: &Catalogue) -> (PersonKind, Option<Text>) {
        let signals = self.signals(catalogue);
        let by_review = catalogue.matching(Place::ReviewerLogin, false, self.login).next();
        let found = by_review.or_else(|| signals.iter().copied().find(|signal| signal.proves != Proves::Automation));
        let has_suffix = self.login.ends_with("[bot]") || self.kind == Some("Bot");
        match found {
            Some(signal) if signal.names_agent() => {
                let masked = catalogue.names.mask(self.login);
                (PersonKind::Agent, masked.credit(0..masked.text.len()).agents.first().cloned())
            }
            Some(signal) => (PersonKind::Agent, Some(signal.agent.clone())),
            None if has_suffix || !signals.is_empty() => (PersonKind::Bot, None),
            None => (PersonKind::Human, None),
        }
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
        Some(Proves::ConfiguredOnly) => PersonKind::Human,
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
    let fitting = ["agent", "assistant", "bot", "ai", "code", "cli", "and", "with", "via", "using", "the", UNSPECIFIED];
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
