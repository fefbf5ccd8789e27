//! The kinds of signal: one file each, one line each in [`SIGNALS`].
//!
//! A reader looks at one commit and returns the evidence it finds. It judges each piece by itself;
//! what all of it amounts to is for [`super::weigh`].

mod dates;
mod disclosures;
mod footers;
mod identity;
mod pulls;
mod trailers;

use super::catalogue::{Catalogue, Place, Signal};
use super::message::{Message, capped, cut};
use super::names::Credit;
use crate::facts::{Commit, Evidence, Proves, Text};

pub(super) use identity::{AUTHOR, Account, Authors, kind as identity_kind};
pub(super) use pulls::{BRANCH, LABEL, Surroundings, as_message, read as read_pull};

/// Every kind of signal, in the order they are read.
const SIGNALS: [fn(&Reading<'_>, &Catalogue) -> Vec<Evidence>; 5] =
    [identity::read, trailers::read, footers::read, disclosures::read, dates::read];

/// Longest text that an evidence keeps.
const LONGEST_TEXT: usize = 200;

/// A commit as the signals read it.
pub(super) struct Reading<'c> {
    commit: &'c Commit,
    authors: &'c Authors<'c>,
    message: Message,
    /// Some name of an AI stands in the message; if not, masked patterns need no look.
    names_ai: bool,
}

/// All evidence about one commit. Most messages say nothing about AI: a quick look spares them the
/// careful reading.
pub(super) fn read(commit: &Commit, authors: &Authors<'_>, catalogue: &Catalogue) -> Vec<Evidence> {
    let reading = Reading::of(commit, authors, catalogue);
    SIGNALS.iter().flat_map(|read| read(&reading, catalogue)).collect()
}

/// A line that only a tool writes: a credit with an address of its own, or its footer and nothing else.
fn is_mark(line: &str, catalogue: &Catalogue) -> bool {
    let is_credit = || {
        let (key, value) = trailers::credit_with_address(line)?;
        catalogue.matching(Place::Trailer, false, &format!("{key}: {value}")).next()
    };
    let is_whole = |signal: &Signal| {
        let rest = signal.find(line).map(|found| (&line[..found.start], &line[found.end..]));
        rest.is_some_and(|(before, after)| [before, after].iter().all(|rest| !rest.contains(char::is_alphanumeric)))
    };
    is_credit().is_some() || catalogue.matching(Place::MessageBody, false, line).any(is_whole)
}

impl<'c> Reading<'c> {
    fn of(commit: &'c Commit, authors: &'c Authors<'c>, catalogue: &Catalogue) -> Self {
        let text = capped(&commit.message);
        let names_ai = catalogue.names.any_in(&text);
        let message = if names_ai || catalogue.may_testify(&text) {
            Message::new(&text, &|line| is_mark(line, catalogue))
        } else {
            Message::default()
        };
        Self { commit, authors, message, names_ai }
    }

    /// What a signal of a known agent says; `credit` tells the model, and the agents where the
    /// signal leaves them open: then one evidence each.
    fn evidence(&self, signal: &Signal, found_in: &str, text: &str, credit: &Credit) -> Vec<Evidence> {
        let one = |agent: Option<Text>, text: Text| Evidence {
            commit_id: Some(self.commit.commit_id.clone()),
            change_id: self.commit.change_id.clone(),
            pull: self.commit.pull,
            signal_id: signal.id.clone(),
            model: agent.as_ref().and_then(|agent| credit.model_of(agent)).cloned(),
            agent,
            proves: signal.proves,
            strength: signal.strength,
            found_in: found_in.into(),
            text,
        };
        let told = cut(text.trim(), LONGEST_TEXT);
        if signal.proves == Proves::NoAi {
            vec![one(None, told.into())]
        } else if signal.names_agent() {
            let text = testimony(told, credit);
            credit.agents.iter().map(|agent| one(Some(agent.clone()), text.clone())).collect()
        } else {
            vec![one(Some(signal.agent.clone()), told.into())]
        }
    }
}

/// The words that testified, and that the tool is a guess where they name only a model or vendor.
fn testimony(told: &str, credit: &Credit) -> Text {
    const CONVENTION: &str = " [tool by convention]";
    if credit.by_convention {
        format!("{}{CONVENTION}", cut(told, LONGEST_TEXT - CONVENTION.len())).into()
    } else {
        told.into()
    }
}
