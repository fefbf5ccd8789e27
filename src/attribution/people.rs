//! Who answers for what an AI wrote: the person who wrote with it, asked for it, or took it in.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::catalogue::Catalogue;
use super::records::Recorded;
use super::signals::identity_kind;
use super::trailers::credit;
use crate::facts::{Commit, Github, PersonKind, Text};

/// The identity under which GitHub commits what is done on its pages.
const GITHUB: &str = "noreply@github.com";

/// The persons of a history: by address, under their pseudonyms.
pub(super) struct People<'a> {
    catalogue: &'a Catalogue,
    /// Whether a name with an address is a person's: each that stands in the history is judged once.
    persons: FxHashMap<(&'a str, &'a str), bool>,
    by_mail: BTreeMap<String, &'a Text>,
    /// By account of GitHub, in lower case.
    by_login: BTreeMap<String, &'a Text>,
}

/// A person, and in which role they answer.
pub(super) type Responsible = (Text, &'static str);

impl<'a> People<'a> {
    pub(super) fn of(commits: &[&'a Commit], catalogue: &'a Catalogue) -> Self {
        let (mut persons, mut by_mail) = (FxHashMap::default(), BTreeMap::new());
        for (name, email, person) in commits.iter().copied().flat_map(identities) {
            persons.entry((name, email)).or_insert_with(|| {
                if !email.is_empty() {
                    by_mail.insert(email.to_lowercase(), person);
                }
                is_person(name, email, catalogue)
            });
        }
        Self { catalogue, persons, by_mail, by_login: BTreeMap::new() }
    }

    /// Tells persons by their accounts too: GitHub says whose a commit is, and its own addresses say it themselves.
    pub(super) fn with_accounts(self, commits: &[&'a Commit], github: &Github) -> Self {
        let by_id: FxHashMap<&str, &'a Commit> = commits.iter().map(|c| (c.commit_id.as_str(), *c)).collect();
        let mut said: BTreeMap<String, BTreeMap<&'a Text, usize>> = BTreeMap::new();
        let mut enter = |login: &str, person: &'a Text| {
            *said.entry(login.to_lowercase()).or_default().entry(person).or_default() += 1;
        };
        for commit in &github.pull_commits {
            let known = by_id.get(&*commit.commit_id).map(|commit| &commit.author);
            let person = known.or_else(|| self.by_mail.get(&commit.author_email.to_lowercase()).copied());
            let is_person = self.is_person(&commit.author_name, &commit.author_email);
            commit
                .author
                .as_deref()
                .zip(person)
                .filter(|_| is_person)
                .into_iter()
                .for_each(|(login, p)| enter(login, p));
        }
        for (name, email, person) in commits.iter().copied().flat_map(identities) {
            login_in(email).filter(|_| self.is_person(name, email)).into_iter().for_each(|login| enter(login, person));
        }
        let most = |persons: BTreeMap<&'a Text, usize>| {
            persons
                .into_iter()
                .max_by_key(|&(person, times)| (times, std::cmp::Reverse(person)))
                .map(|(person, _)| person)
        };
        let by_login = said.into_iter().filter_map(|(login, persons)| Some((login, most(persons)?))).collect();
        Self { by_login, ..self }
    }

    /// The person behind an account.
    pub(super) fn account(&self, login: &str) -> Option<Text> {
        self.by_login.get(&login.to_lowercase()).map(|person| (*person).clone())
    }

    /// Whose an address is.
    pub(super) fn address(&self, email: &str) -> Option<Text> {
        self.by_mail.get(&email.to_lowercase()).map(|person| (*person).clone())
    }

    fn is_person(&self, name: &str, email: &str) -> bool {
        self.persons.get(&(name, email)).copied().unwrap_or_else(|| is_person(name, email, self.catalogue))
    }

    /// Of a commit in which AI had a part: its author, else who committed it, else a person named as co-author, which is
    /// how agents name who asked them, else who its record of lines says asked.
    pub(super) fn responsible(&self, commit: &Commit, recorded: Option<&Recorded<'_>>) -> Option<Responsible> {
        if self.is_person(&commit.author_name, &commit.author_email) {
            return Some((commit.author.clone(), "author"));
        }
        if self.is_person(&commit.committer_name, &commit.committer_email) {
            return Some((commit.committer.clone(), "committer"));
        }
        let asked = || recorded?.notes.iter().find_map(|note| note.requested_by.first());
        let co_author = self.co_author(commit).map(|person| (person, "co-author"));
        co_author.or_else(|| asked().map(|person| (person.clone(), "requester")))
    }

    /// Of a merge: who made it.
    pub(super) fn merger(&self, landing: &Commit) -> Option<Responsible> {
        let is_author = self.is_person(&landing.author_name, &landing.author_email);
        let is_committer = || self.is_person(&landing.committer_name, &landing.committer_email);
        let person = if is_author { Some(&landing.author) } else { is_committer().then_some(&landing.committer) };
        person.map(|person| (person.clone(), "merger"))
    }

    fn co_author(&self, commit: &Commit) -> Option<Text> {
        let credits = commit.message.lines().rev().filter_map(credit);
        let mut co_authors = credits.filter(|(key, _)| key == "co-authored-by").filter_map(|(_, value)| {
            let (name, rest) = value.split_once('<')?;
            Some((name.trim(), rest.split('>').next()?.trim()))
        });
        co_authors.find_map(|(name, email)| {
            let known = *self.by_mail.get(&email.to_lowercase())?;
            self.is_person(name, email).then(|| known.clone())
        })
    }
}

/// Author and committer: name, address, pseudonym.
fn identities(commit: &Commit) -> [(&str, &str, &Text); 2] {
    [
        (&commit.author_name, &commit.author_email, &commit.author),
        (&commit.committer_name, &commit.committer_email, &commit.committer),
    ]
}

fn is_person(name: &str, email: &str, catalogue: &Catalogue) -> bool {
    !email.eq_ignore_ascii_case(GITHUB) && identity_kind(name, email, catalogue) == PersonKind::Human
}

/// The account in an address that GitHub gives: `NUMBER+LOGIN@users.noreply.github.com`, in older ones without the number.
fn login_in(email: &str) -> Option<&str> {
    let local = email.strip_suffix("@users.noreply.github.com")?;
    Some(local.split_once('+').map_or(local, |(_, login)| login)).filter(|login| !login.is_empty())
}
