//! Disclosures: a sentence in which the author says that AI helped, or that none did.
//!
//! Prose is weak evidence and easily misread, so a sentence must speak of this change. It does not
//! count when it is negated, when it speaks only of the description, of benchmarks, of a review or
//! of how a bug was found, or when the tool is the subject of the work ("the Gemini provider").

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::Reading;
use super::trailers::credit_with_address;
use crate::attribution::catalogue::{Catalogue, Place, Signal};
use crate::attribution::names::Masked;
use crate::attribution::pattern::{AMBIGUOUS, CERTAIN};
use crate::attribution::trailers::gives_credit;
use crate::facts::{Evidence, Proves};

pub(super) fn read(reading: &Reading<'_>, catalogue: &Catalogue) -> Vec<Evidence> {
    if !reading.names_ai {
        return Vec::new();
    }
    // A subject says what was done, not how it came about; whom a line credits is read among the trailers.
    let is_credit = |sentence: &String| credit_with_address(sentence).is_some_and(|(key, _)| gives_credit(&key));
    let prose = reading.message.sentences().into_iter().filter(|sentence| !is_credit(sentence));
    prose.flat_map(|sentence| read_sentence(reading, catalogue, &sentence)).collect()
}

fn read_sentence(reading: &Reading<'_>, catalogue: &Catalogue, sentence: &str) -> Vec<Evidence> {
    let masked = catalogue.names.mask(sentence);
    if masked.mentions.is_empty() || is_unticked(sentence) {
        return Vec::new();
    }
    let found: Vec<&Signal> = catalogue.matching(Place::Disclosure, true, &masked.text).collect();
    if found.is_empty() || is_aside(&masked.text) || is_own_work(&masked) {
        return Vec::new();
    }
    let denied = found.iter().find(|signal| signal.proves == Proves::NoAi);
    let said = || found.iter().find(|signal| is_said(signal, &masked));
    let Some(signal) = denied.or_else(said) else { return Vec::new() };
    let from = signal.find(&masked.text).map_or(0, |found| found.start);
    reading.evidence(signal, "body", sentence, &masked.credit(from..masked.text.len()))
}

/// The words claim it, rather than deny it or go on to something else.
fn is_said(signal: &Signal, masked: &Masked<'_>) -> bool {
    let Some(found) = signal.find(&masked.text) else { return false };
    let (before, after) = masked.text.split_at(found.end);
    let before = IDIOM.as_ref().map_or(Cow::Borrowed(before), |idiom| idiom.replace_all(before, ""));
    !matches(&NEGATION, &before) && !matches(&PRODUCT, after)
}

/// An offered answer of a template that was not taken.
fn is_unticked(sentence: &str) -> bool {
    sentence.starts_with("[ ]")
}

/// The sentence speaks of something beside the code, and not of writing the code too. What comes
/// behind "but" tells what the person did.
fn is_aside(sentence: &str) -> bool {
    let said = sentence.split(" but ").next().unwrap_or(sentence);
    matches(&WORDING, said) || matches(&BESIDE, said) && !(matches(&WRITING, said) && matches(&CODE, said))
}

/// Under the heading "AI disclosure" a sentence without a name of its own may speak of the person.
fn is_own_work(masked: &Masked<'_>) -> bool {
    let said = masked.text.split(" but ").next().unwrap_or_default();
    matches(&HEADED, said) && said.matches([CERTAIN, AMBIGUOUS]).count() == 1 && matches(&MYSELF, said)
}

/// A list of words as a pattern.
macro_rules! words {
    ($($name:ident = $pattern:literal;)+) => {$(
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(concat!("(?i)", $pattern)).ok());
    )+};
}

words! {
    // Words of denial that deny nothing.
    IDIOM = r"\b(?:believe it or not|whether or not|not only|not just|no doubt|without (?:a )?doubt)\b";
    NEGATION = r"\b(?:no|not|never|none|without|nor|neither|isn't|wasn't|weren't|didn't|cannot|avoid|unlike|when|if|whether|should|must)\b";
    // What follows when a tool is the subject of the work.
    PRODUCT = r"^[ -](?:apis?|sdks?|providers?|integrations?|plugins?|extensions?|clients?|support|config\w*|settings?|hooks?|endpoints?|backends?|formats?|respon\w+|outputs?|tool calls?|messages?|requests?|compatib\w+|streaming|users?)\b";
    BESIDE = r"\b(?:descriptions?|summar(?:y|ies)|pr (?:text|body)|titles?|benchmark\w*|examples?|repro\w*|bisect\w*|minimi[sz]\w+|review(?:s|ing)?|explor\w+|investigat\w+|research\w*|lists?|found|find|spotted|identified|discover\w*|noticed|analy[sz]\w+|report\w*|debug\w*|understand\w*|explain\w*|guide|screenshots?|diagrams?|verif\w+|validat\w+|navigat\w+|consult\w+|figur\w+ out)\b";
    WRITING = r"\b(?:implement\w*|writ(?:e|ing|ten)|wrote|coded|coding|draft\w*|generat\w+|prototyp\w+|refactor\w*|appl(?:y|ied)|creat\w+|produc\w+|made|making the|did|done|prepared|developed|built|fixing|patched|(?:and|then|to) (?:fix|make|add|refactor))\b";
    CODE = r"\b(?:code|coded|coding|implement\w*|patch|fix(?:es|ed|ing)?|refactor\w*|tests?|feature|changes?|commit|work|(?:and|to) fix (?:it|this|them)|this (?:pr|contribution))\b";
    WORDING = r"\b(?:grammar|spelling|wording|typos?|proofread\w*)\b";
    HEADED = "^[^:\u{1}\u{2}]{0,8}\u{1}[^:]*:";
    MYSELF = r"\b(?:hand-?written|by hand|myself|manual(?:ly)?|by me|on my own|i (?:wrote|made|did))\b";
}

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|regex| regex.is_match(text))
}
