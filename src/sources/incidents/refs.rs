//! Commits and pull requests named in an incident's text, and in which role.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

/// Bytes before a reference among which its role is read.
const REACH: usize = 90;

/// References read from one text; what has more is a log.
const MOST_REFS: usize = 200;

/// References by role, each as written, without repetition.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Refs {
    pub(super) caused_by: Vec<String>,
    pub(super) resolved_by: Vec<String>,
    pub(super) mentions: Vec<String>,
}

/// Reads the references of free text; the words before each, in its own line, give the role.
pub(super) fn scan(text: &str) -> Refs {
    let mut refs = Refs::default();
    let found = text.lines().flat_map(|line| references(line).map(move |m| (line, m)));
    for (line, (start, reference)) in found.take(MOST_REFS) {
        let before = &line[line.floor_char_boundary(start.saturating_sub(REACH))..start];
        let role = match role(before) {
            Role::Cause => &mut refs.caused_by,
            Role::Remedy => &mut refs.resolved_by,
            Role::None => &mut refs.mentions,
        };
        if !role.iter().any(|known| known == reference) {
            role.push(reference.to_owned());
        }
    }
    refs
}

/// Object ids, `#N`, `owner/repo#N` and addresses of commits and pull requests, with where they start.
fn references(line: &str) -> impl Iterator<Item = (usize, &str)> {
    static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"(?x)(?<take>https?://(?u:[^\s()<>\]"'])*?/(?:commits?/[0-9a-fA-F]{7,64}|(?:pull|merge_requests|pull-requests)/[0-9]{1,9})\b)
            | https?://(?u:[^\s()<>\]"'])*
            | (?<number>(?:\b[\w.-]+/[\w.-]+)?\#[0-9]{1,9}\b)
            | \b(?<id>[0-9a-f]{7,64})\b"#,
        )
    });
    REFERENCE.captures_iter(line).filter_map(|found| {
        let id = found.name("id").filter(|id| is_telling(id.as_str()));
        found.name("take").or(found.name("number")).or(id).map(|m| (m.start(), m.as_str()))
    })
}

/// Digits alone are a count or a time, letters alone a word.
fn is_telling(id: &str) -> bool {
    id.len() >= 40 || (id.contains(|c: char| c.is_ascii_digit()) && id.contains(|c: char| c.is_ascii_alphabetic()))
}

enum Role {
    Cause,
    Remedy,
    None,
}

/// The role that the last telling words give, within the sentence.
fn role(before: &str) -> Role {
    static CAUSE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?xi)\b(?:caused\ by|causes?:|introduced\ (?:in|by|with)|regression\ (?:from|in|since)|regressed\ (?:in|by|with)|culprit|root[\ -]cause
            |broken?\ (?:by|in|since|with|after)|triggered\ by|offending|bad\ (?:commit|change|deploy)|due\ to|since)\b",
        )
    });
    static REMEDY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?xi)\b(?:(?:hot-?)?fixed\ (?:by|in|with|via)|resolved\ (?:by|in|with|via)|reverted\ (?:by|in|with|via)|mitigated\ (?:by|in|with|via)
            |rolled\ back\ (?:by|in|with|via)|remediated\ (?:by|in|with)|(?:hot-?)?fix(?:es)?:|fix\ (?:is|was)|resolution:?|remedy:?|revert\ (?:pr|commit|in|is|was|:)|reverting)",
        )
    });
    let sentence = before.rfind(". ").map_or(before, |stop| &before[stop + 2..]);
    static ASIDE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:see(?: also)?|cf|related to|similar to|unlike)\b"));
    let last = |words: &Regex| words.find_iter(sentence).last().map(|m| m.end());
    let aside = last(&ASIDE);
    match (last(&CAUSE).filter(|&end| Some(end) > aside), last(&REMEDY).filter(|&end| Some(end) > aside)) {
        (None, None) => Role::None,
        (cause, remedy) if cause > remedy => Role::Cause,
        _ => Role::Remedy,
    }
}

/// Compiles a pattern written in this program; classes and case are those of ASCII but for `(?u:…)`.
#[expect(clippy::expect_used, reason = "the patterns are constants, and every one is exercised by a test")]
pub(super) fn pattern(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).build().expect("a constant pattern compiles")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_before_a_reference_give_its_role() {
        let refs = scan(
            "Root cause: 0123abc and o/r#7. See #8.\nFixed by https://x/o/r/pull/9, reverted in 4567def\nWas caused by #1, fixed in #2; 1234567 deadbeef cafe123",
        );
        assert_eq!(refs.caused_by, ["0123abc", "o/r#7", "#1"]);
        assert_eq!(refs.resolved_by, ["https://x/o/r/pull/9", "4567def", "#2", "cafe123"]);
        assert_eq!(refs.mentions, ["#8"]);
    }

    #[test]
    fn addresses_of_other_things_are_no_references() {
        assert_eq!(scan("https://x/o/r/issues/12 https://x/0123abcd"), Refs::default());
    }
}
