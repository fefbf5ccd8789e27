//! The words of a message, without what it says of other commits.
//!
//! Culprits are told from lines here, never from what a fix says of them: a sentence that names a commit, a pull
//! request or a review is not read, nor is a trailer, nor what stands in quotes or in brackets behind a name.

use std::hash::Hasher;
use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::FxHasher;

use crate::facts::Commit;
use crate::outcomes::names::{Name, names};
use crate::outcomes::text::{blocks, body, is_trailer, pattern, split};

/// Shorter words tell nothing.
const SHORTEST: usize = 3;
/// Words of one message.
const MOST_WORDS: usize = 2_000;

/// What a message says of its own commit, as sorted hashes.
pub(super) struct Told {
    /// Words of the subject.
    pub(super) subject: Vec<u64>,
    /// Words of subject and body.
    pub(super) all: Vec<u64>,
    /// Words as they are spelled: they may be identifiers.
    pub(super) spelled: Vec<u64>,
    /// What stands before the colon of the subject.
    pub(super) component: Option<u64>,
}

impl Told {
    pub(super) fn of(commit: &Commit) -> Self {
        let subject = without_names(&commit.subject);
        let body = own_words(body(&commit.subject, &commit.message));
        let component = commit.subject.split_once(':').map(|(component, _)| component.trim().to_lowercase());
        Self {
            subject: words(&subject),
            all: sorted(lower(&subject).chain(lower(&body))),
            spelled: sorted(spelled(&subject).chain(spelled(&body)).map(hash)),
            component: component
                .filter(|component| (1..40).contains(&component.len()))
                .map(|component| hash(&component)),
        }
    }
}

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<u64> {
    sorted(lower(text))
}

fn lower(text: &str) -> impl Iterator<Item = u64> {
    spelled(text).map(|word| hash(&word.to_lowercase()))
}

fn spelled(text: &str) -> impl Iterator<Item = &str> {
    let apart = |c: char| !c.is_alphanumeric() && c != '_';
    text.split(apart)
        .filter(|word| word.len() >= SHORTEST && !word.starts_with(|c: char| c.is_ascii_digit()))
        .take(MOST_WORDS)
}

pub(super) fn hash(word: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(word.as_bytes());
    hasher.finish()
}

pub(super) fn sorted(words: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut words: Vec<u64> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn own_words(body: &str) -> String {
    let mut own = String::new();
    for block in blocks(body).iter().filter(|block| !is_trailer(block)) {
        let unquoted = without_quotes(block);
        for sentence in split(&unquoted).iter().filter(|sentence| names(sentence).next().is_none()) {
            own.push_str(sentence);
            own.push(' ');
        }
    }
    own
}

/// What stands before the first name, since what follows one may be the title of what it names. A number in front of all
/// is that of the fix's own issue.
fn without_names(subject: &str) -> String {
    let unquoted = without_quotes(subject);
    let is_other = |range: &std::ops::Range<usize>, name: Name<'_>| {
        !name.is_pull() || unquoted[..range.start].contains(char::is_alphabetic)
    };
    let end =
        names(&unquoted).find(|(range, name)| is_other(range, *name)).map_or(unquoted.len(), |(range, _)| range.start);
    unquoted[..end].to_owned()
}

fn without_quotes(text: &str) -> String {
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r#""(?u:[^"])*"|“(?u:[^”])*”|(?<name>[0-9a-fA-F]{7,64}|[#!][0-9]+)`?,?\s+\((?u:[^)])*\)?"#)
    });
    QUOTED.replace_all(text, "$name ").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::fixture::commit;

    #[test]
    fn what_a_fix_says_of_its_culprit_is_not_read() {
        let message = "net: fix leak, broken by 0123abcd\n\nThe buffer leaks. It came with 0123abcd (\"net: add secret. Words\").\n\n\
                       Fixes: 0123abcd (\"net: add secret.\n words\")\nAcked-by: nobody";
        let told = Told::of(&commit("a", &[], message));
        let of = |word: &str| told.all.binary_search(&hash(word)).is_ok();
        assert!(of("leak") && of("buffer") && of("leaks"));
        assert!(!of("secret") && !of("words") && !of("came") && !of("acked") && !of("nobody"));
        assert_eq!(told.component, Some(hash("net")));
    }

    #[test]
    fn a_title_in_quotes_behind_a_name_or_in_brackets_is_not_read() {
        for message in [
            "Fix crash after \"net: add secret cache\"\n\nFixes: 0123abcd",
            "Fix crash, broken by 0123abcd net: add secret cache",
            "Fix crash\n\nIt began with 0123abcd (net: add secret cache. Drop secret locks).",
            "Revert \"net: add secret cache\" for the crash",
        ] {
            let told = Told::of(&commit("a", &[], message));
            let of = |word: &str| told.all.binary_search(&hash(word)).is_ok();
            assert!(of("crash") && !of("secret") && !of("cache") && !of("locks"), "{message}");
        }
    }
}
