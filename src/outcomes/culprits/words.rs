//! The words of a message, without what it says of other commits.
//!
//! Culprits are told from lines here, never from what a fix says of them: a sentence that names a commit, a pull
//! request or a review is not read, nor is a trailer, nor what stands in quotes or in brackets behind a name.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::facts::Commit;
use crate::outcomes::hashes::{hash, hash_bytes};
use crate::outcomes::names::{Name, names};
use crate::outcomes::text::{blocks, body, is_trailer, pattern, split};

/// Shorter words tell nothing.
const SHORTEST: usize = 3;
/// Words of one message.
const MOST_WORDS: usize = 2_000;

/// What a message says of its own commit, as hashes, which are sorted.
pub(super) struct Told {
    /// Words of the subject.
    pub(super) subject: Vec<u64>,
    /// Words of subject and body.
    pub(super) all: Vec<u64>,
    /// Words as they are spelled: they may be identifiers. In no order.
    pub(super) spelled: Vec<u64>,
    /// What stands before the colon of the subject.
    pub(super) component: Option<u64>,
    pub(super) kind: Kind,
}

/// What a subject says its commit does.
#[derive(Default, Clone, Copy)]
pub(super) struct Kind {
    pub(super) fixes: bool,
    pub(super) reshapes: bool,
    pub(super) adds: bool,
    pub(super) tidies: bool,
    pub(super) documents: bool,
}

/// Words that say so, and beginnings of words.
const FIXES: (&[&str], &[&str]) = (&["bug", "bugs"], &["fix", "repair", "correct", "avoid", "prevent", "handl"]);
const RESHAPES: (&[&str], &[&str]) =
    (&["use"], &["refactor", "clean", "renam", "mov", "reorgani", "simplif", "split", "convert", "replac"]);
const ADDS: (&[&str], &[&str]) = (&["new", "feat"], &["add", "implement", "support", "introduc", "enabl", "allow"]);
const TIDIES: (&[&str], &[&str]) = (
    &["style", "typo", "typos", "whitespace", "comment", "comments", "license", "copyright", "spdx"],
    &["format", "indent", "spell", "lint"],
);
const DOCUMENTS: (&[&str], &[&str]) = (&["doc", "docs", "documentation", "readme", "changelog", "release"], &[]);

impl Kind {
    fn of(subject: &str) -> Self {
        let mut kind = Self::default();
        let lower = subject.to_ascii_lowercase();
        for word in lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let says = |(words, beginnings): (&[&str], &[&str])| {
                words.contains(&word) || beginnings.iter().any(|beginning| word.starts_with(beginning))
            };
            kind.fixes |= says(FIXES);
            kind.reshapes |= says(RESHAPES);
            kind.adds |= says(ADDS);
            kind.tidies |= says(TIDIES);
            kind.documents |= says(DOCUMENTS);
        }
        kind
    }
}

impl Told {
    pub(super) fn of(commit: &Commit) -> Self {
        let subject = without_names(&commit.subject);
        let body = own_words(body(&commit.subject, &commit.message));
        let component = commit.subject.split_once(':').map(|(component, _)| component.trim().to_lowercase());
        let of_subject: Vec<Word> = each_word(&subject).collect();
        let of_body: Vec<Word> = each_word(&body).collect();
        let both = || of_subject.iter().chain(&of_body);
        Self {
            subject: sorted(of_subject.iter().map(|word| word.lower)),
            all: sorted(both().map(|word| word.lower)),
            spelled: both().map(|word| word.spelled).collect(),
            component: component
                .filter(|component| (1..40).contains(&component.len()))
                .map(|component| hash(&component)),
            kind: Kind::of(&commit.subject),
        }
    }
}

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<u64> {
    sorted(each_word(text).map(|word| word.lower))
}

/// A word as hashes, as it is spelled and in small letters.
struct Word {
    spelled: u64,
    lower: u64,
}

fn each_word(text: &str) -> impl Iterator<Item = Word> {
    let apart = |c: char| !c.is_alphanumeric() && c != '_';
    let words = text
        .split(apart)
        .filter(|word| word.len() >= SHORTEST && !word.starts_with(|c: char| c.is_ascii_digit()))
        .take(MOST_WORDS);
    words.map(|word| {
        let spelled = hash(word);
        let is_lower = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        Word { spelled, lower: if is_lower { spelled } else { hash(&word.to_lowercase()) } }
    })
}

/// Those of words that a blank divides.
pub(super) fn hashes(words: &str) -> impl Iterator<Item = u64> {
    words.as_bytes().split(|byte| *byte == b' ').filter(|word| !word.is_empty()).map(hash_bytes)
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
        for sentence in split(&unquoted).filter(|sentence| names(sentence, true).next().is_none()) {
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
    let end = names(&unquoted, true)
        .find(|(range, name)| is_other(range, *name))
        .map_or(unquoted.len(), |(range, _)| range.start);
    unquoted[..end].to_owned()
}

fn without_quotes(text: &str) -> Cow<'_, str> {
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r#""(?u:[^"])*"|“(?u:[^”])*”|(?<name>[0-9a-fA-F]{7,64}|[#!][0-9]+)`?,?\s+\((?u:[^)])*\)?"#)
    });
    if !text.contains(['"', '“', '(']) {
        return Cow::Borrowed(text);
    }
    QUOTED.replace_all(text, "$name ")
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
    fn a_subject_says_what_its_commit_does() {
        let said = |subject| {
            let Kind { fixes, reshapes, adds, tidies, documents } = Kind::of(subject);
            [fixes, reshapes, adds, tidies, documents].map(u8::from)
        };
        assert_eq!(said("net: Fixes a BUG; use new_lock"), [1, 1, 0, 0, 0]);
        assert_eq!(said("doc/release: typo, newly added"), [0, 0, 1, 1, 1]);
        assert_eq!(said("prefix unused docstrings, bugsé"), [1, 0, 0, 0, 0]);
        assert_eq!(said(""), [0; 5]);
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
