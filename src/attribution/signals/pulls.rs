//! Pull requests: who opened it from which branch, how it is labelled, who reviewed it, and what its title and body say.

use std::borrow::Cow;

use super::{Authors, Reading, SIGNALS};
use crate::attribution::catalogue::{Catalogue, Place, Signal, UNSPECIFIED};
use crate::attribution::message::{capped, review_blocks};
use crate::facts::{Commit, Evidence, Proves, Strength, Text};

pub(in crate::attribution) const BRANCH: &str = "branch";
pub(in crate::attribution) const LABEL: &str = "label";
const REVIEWER: &str = "reviewer";

/// What stands around the text of a pull request.
#[derive(Debug)]
pub(in crate::attribution) struct Surroundings<'a> {
    pub(in crate::attribution) branch: &'a str,
    pub(in crate::attribution) labels: &'a [Text],
    /// Logins of who reviewed or commented.
    pub(in crate::attribution) reviewers: Vec<&'a str>,
}

/// All evidence about a pull request, given as the commit that it would be: see [`as_message`].
pub(in crate::attribution) fn read(
    pull: &Commit,
    around: &Surroundings<'_>,
    authors: &Authors<'_>,
    catalogue: &Catalogue,
) -> Vec<Evidence> {
    let reading = Reading::of(pull, authors, catalogue);
    let mut evidence: Vec<Evidence> = SIGNALS.iter().flat_map(|read| read(&reading, catalogue)).collect();
    let by_agent = evidence.iter().any(|e| *e.found_in == *super::AUTHOR);
    if by_agent || !is_under_own_name(around.branch, &pull.author_name) {
        evidence.extend(named(&reading, Place::Branch, BRANCH, around.branch, catalogue));
    }
    for label in around.labels {
        evidence.extend(named(&reading, Place::PrLabel, LABEL, label, catalogue));
    }
    let others = around.reviewers.iter().filter(|login| ***login != *pull.author_name);
    evidence.extend(others.flat_map(|login| reviewer(&reading, login, catalogue)));
    evidence.extend(reviews(&reading, catalogue));
    evidence
}

/// A tool that reviewed; an agent that also writes may do so too.
fn reviewer(reading: &Reading<'_>, login: &str, catalogue: &Catalogue) -> Vec<Evidence> {
    let found = named(reading, Place::ReviewerLogin, REVIEWER, login, catalogue);
    if !found.is_empty() {
        return found;
    }
    let writes = named(reading, Place::PrAuthorLogin, REVIEWER, login, catalogue);
    let only = |e| Evidence { proves: Proves::ReviewedOnly, strength: Strength::None, ..e };
    writes.into_iter().map(only).collect()
}

/// The first signal that a name shows.
fn named(reading: &Reading<'_>, place: Place, found_in: &str, name: &str, catalogue: &Catalogue) -> Vec<Evidence> {
    let signal = catalogue.matching(place, false, name).next();
    signal.map(|signal| of(reading, signal, found_in, name, catalogue)).unwrap_or_default()
}

/// Evidence of a signal; of an agent that nobody knows where the text names none.
fn of(reading: &Reading<'_>, signal: &Signal, found_in: &str, text: &str, catalogue: &Catalogue) -> Vec<Evidence> {
    // `CURSOR_SUMMARY` names a tool.
    let spaced = text.replace('_', " ");
    let masked = catalogue.names.mask(&spaced);
    let mut credit = masked.credit(0..masked.text.len());
    if signal.names_agent() && credit.agents.is_empty() {
        credit.agents.push(UNSPECIFIED.into());
    }
    reading.evidence(signal, found_in, text, &credit)
}

/// Blocks that reviewing tools put into the body: they reviewed or described it, no more.
fn reviews(reading: &Reading<'_>, catalogue: &Catalogue) -> Vec<Evidence> {
    let text = capped(&reading.commit.message);
    let mut found = Vec::new();
    for block in review_blocks(&text) {
        let signals = catalogue.matching(Place::MessageBody, false, block);
        let signal = signals.into_iter().find(|signal| signal.proves == Proves::ReviewedOnly);
        let Some((signal, at)) = signal.and_then(|signal| Some((signal, signal.find(block)?))) else { continue };
        found.extend(of(reading, signal, "body", &block[at], catalogue));
    }
    found
}

/// A branch under its author's own name: people called as an agent is have such prefixes too.
fn is_under_own_name(branch: &str, login: &str) -> bool {
    let prefix = branch.split(['/', '-']).next().unwrap_or_default().to_lowercase();
    !prefix.is_empty() && login.to_lowercase().contains(&prefix)
}

/// Title and body as a commit's message would have them: without what a template offered and nobody chose.
pub(in crate::attribution) fn as_message(title: &str, body: &str) -> String {
    let body = if body.contains('\r') { Cow::Owned(body.replace("\r\n", "\n")) } else { Cow::Borrowed(body) };
    let mut message = format!("{}\n\n", title.lines().next().unwrap_or_default());
    for line in without_open_comment(&body).lines() {
        match ticked(line) {
            Some((true, said)) => message.push_str(&format!("- {said}\n")),
            Some((false, _)) => {}
            None => message.extend([line, "\n"]),
        }
    }
    message
}

/// A comment that never ends hides all that follows.
fn without_open_comment(body: &str) -> &str {
    match body.rfind("<!--") {
        Some(at) if !body[at..].contains("-->") => &body[..at],
        _ => body,
    }
}

/// The text of a line with a checkbox, and whether it is ticked.
fn ticked(line: &str) -> Option<(bool, &str)> {
    let item = line.trim_start().strip_prefix(['-', '*', '+'])?.trim_start().strip_prefix('[')?;
    let (mark, said) = item.split_once(']')?;
    match mark.trim() {
        "" => Some((false, said.trim())),
        "x" | "X" => Some((true, said.trim())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_chosen_is_not_said() {
        let body = "Why.\r\n\r\n- [ ] Written by AI\r\n* [x] Tested\r\n- [link](x)\r\n<!-- Say so if AI helped";
        assert_eq!(as_message("Mend", body), "Mend\n\nWhy.\n\n- Tested\n- [link](x)\n");
    }

    #[test]
    fn a_branch_may_stand_under_its_authors_name() {
        assert!(is_under_own_name("charlie/sails", "charlierope"));
        assert!(!is_under_own_name("charlie/sails", "ada"));
        assert!(!is_under_own_name("", "ada"));
    }
}
