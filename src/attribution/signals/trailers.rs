//! Trailers: `Co-authored-by`, `Assisted-by`, session links and their like.
//!
//! Every paragraph is read, not only git's trailer block: a squashed message keeps the trailers of
//! its commits behind their subjects, and people put blank lines between them.

use std::borrow::Cow;

use super::{Reading, identity};
use crate::attribution::catalogue::{Catalogue, Place, Signal};
use crate::attribution::names::{Credit, Masked};
use crate::attribution::trailers::credit;
use crate::facts::{Evidence, Proves};

pub(super) fn read(reading: &Reading<'_>, catalogue: &Catalogue) -> Vec<Evidence> {
    let body = reading.message.lines().filter(|(place, _)| *place == "body");
    body.flat_map(|(_, line)| read_line(reading, catalogue, line)).collect()
}

fn read_line(reading: &Reading<'_>, catalogue: &Catalogue, line: &str) -> Vec<Evidence> {
    let Some((key, value)) = credit(line) else { return Vec::new() };
    let masked = catalogue.names.mask(value);
    let of = |signal: &Signal, credit: &Credit| reading.evidence(signal, "trailer", line, credit);
    let plain = format!("{key}: {value}");
    if let Some(signal) = catalogue.matching(Place::Trailer, false, &plain).next() {
        return as_author(reading, value, of(signal, &masked.credit(0..masked.text.len())));
    }
    if masked.mentions.is_empty() || identity::is_person(&masked, email(value), catalogue) {
        return Vec::new();
    }
    let shown = format!("{key}: {}", masked.text);
    let signal = catalogue.matching(Place::Trailer, true, &shown).next();
    signal.map(|signal| of(signal, &credited(signal, &shown, &masked))).unwrap_or_default()
}

/// Whom the part of the line that matched credits: not those in an address behind it.
fn credited(signal: &Signal, shown: &str, masked: &Masked<'_>) -> Credit {
    let key = shown.len() - masked.text.len();
    let end = signal.find(shown).map_or(shown.len(), |found| found.end).max(key);
    masked.credit(0..end - key)
}

/// A credit whose value ends in an address.
pub(super) fn credit_with_address(line: &str) -> Option<(Cow<'_, str>, &str)> {
    // Hardly any line has an address, which is told for less than whether it credits somebody.
    let credit = line.contains('@').then(|| credit(line)).flatten();
    credit.filter(|(_, value)| value.ends_with('>') && email(value).is_some_and(|email| email.contains('@')))
}

fn email(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once('<')?;
    Some(rest.split('>').next().unwrap_or(rest))
}

/// A trailer that signs with a path such as `town/crew/jasper` makes the persona `jasper` an
/// author, when the commit is by the author of that name.
fn as_author(reading: &Reading<'_>, value: &str, mut evidence: Vec<Evidence>) -> Vec<Evidence> {
    let persona = value.rsplit_once('/').map(|(_, persona)| persona.trim());
    if persona.is_some_and(|persona| !persona.is_empty() && *persona == *reading.commit.author_name) {
        for found in &mut evidence {
            found.proves = Proves::Authored;
        }
    }
    evidence
}
