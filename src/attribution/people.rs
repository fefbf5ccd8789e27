//! Who answers for what an AI wrote: the person who wrote with it, asked for it, or took it in.

use std::collections::BTreeMap;

use super::catalogue::Catalogue;
use super::records::Recorded;
use super::signals::identity_kind;
use super::trailers::credit;
use crate::facts::{Commit, PersonKind, Text};

/// The identity under which GitHub commits what is done on its pages.
const GITHUB: &str = "noreply@github.com";

/// The persons of a history: by address, under their pseudonyms.
pub(super) struct People<'a> {
    catalogue: &'a Catalogue,
    by_mail: BTreeMap<String, &'a Text>,
}

/// A person, and in which role they answer.
pub(super) type Responsible = (Text, &'static str);

impl<'a> People<'a> {
    pub(super) fn of(commits: &[&'a Commit], catalogue: &'a Catalogue) -> Self {
        let mut by_mail = BTreeMap::new();
        for commit in commits {
            by_mail.insert(commit.committer_email.to_lowercase(), &commit.committer);
            by_mail.insert(commit.author_email.to_lowercase(), &commit.author);
        }
        Self { catalogue, by_mail }
    }

    fn is_person(&self, name: &str, email: &str) -> bool {
        !email.eq_ignore_ascii_case(GITHUB) && identity_kind(name, email, self.catalogue) == PersonKind::Human
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
