//! What a commit message says in its author's own words.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use crate::facts::Text;

/// Bytes of a message that are read; what stands further down is a pasted log, not a statement.
pub(super) const MOST_READ: usize = 32 * 1024;

/// Longest evidence kept.
const MOST_EVIDENCE: usize = 200;

/// Compiles a pattern written in this program; each is compiled by a test.
///
/// Classes and case are those of ASCII, which makes compiling three times cheaper; what must match other
/// characters says `(?u:…)`.
#[expect(clippy::expect_used, reason = "the patterns are constants, and every one is exercised by a test")]
pub(super) fn pattern(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).build().expect("a constant pattern compiles")
}

/// The message without its subject.
pub(super) fn body<'m>(subject: &str, message: &'m str) -> &'m str {
    let message = cut(message, MOST_READ);
    let (first, rest) = message.split_at(message.find("\n\n").unwrap_or(message.len()));
    if is_wrapped(first, subject) {
        return rest;
    }
    message.strip_prefix(subject).unwrap_or(message)
}

/// What stands before the body: the subject as it was wrapped, which keeps the list items some put there.
pub(super) fn heading<'m>(subject: &'m str, message: &'m str) -> &'m str {
    let first = &message[..message.find("\n\n").unwrap_or(message.len())];
    if is_wrapped(first, subject) { first } else { subject }
}

fn is_wrapped(first: &str, subject: &str) -> bool {
    first == subject || first.split_whitespace().eq(subject.split_whitespace())
}

/// The sentences of a body, each on one line. Paragraphs, list items and trailers end a sentence, line
/// breaks do not. Quotations (`>`, or indented by four as in a pasted `git log`) are left out.
pub(super) fn sentences(body: &str) -> Vec<String> {
    sentences_of(&blocks(body)).into_iter().map(str::to_owned).collect()
}

/// The sentences of blocks.
pub(super) fn sentences_of<'b>(blocks: &'b [Cow<'_, str>]) -> Vec<&'b str> {
    blocks.iter().flat_map(|block| split(block)).collect()
}

/// The paragraphs, list items and trailers of a body, each on one line, without quotations.
pub(super) fn blocks(body: &str) -> Vec<Cow<'_, str>> {
    let all_indented = body.lines().all(|line| line.trim().is_empty() || is_indented(line) || is_trailer(line));
    let mut blocks = vec![Cow::Borrowed("")];
    let mut in_item = false;
    for line in body.lines() {
        // What an item goes on with is indented too.
        let quoted = line.starts_with('>') || (is_indented(line) && !all_indented && !in_item);
        let said = if quoted { "" } else { line.trim() };
        let opens = starts_block(said);
        in_item = !said.is_empty() && (in_item || (opens && !is_trailer(said)));
        match blocks.last_mut() {
            Some(open) if !said.is_empty() && !opens => {
                let open = open.to_mut();
                open.push(' ');
                open.push_str(said);
            }
            _ => blocks.push(said.trim_start_matches(['-', '*', '•', ' ']).into()),
        }
    }
    blocks
}

/// Whether a line or a block is a trailer: `Token: value`.
pub(super) fn is_trailer(block: &str) -> bool {
    let token = block.bytes().take_while(|byte| byte.is_ascii_alphabetic() || *byte == b'-').take(32).count();
    (2..=31).contains(&token) && !block.starts_with('-') && block[token..].starts_with(": ")
}

/// The text on one line, cut to what a reader needs to judge it.
pub(super) fn evidence(text: &str) -> Text {
    let words: Vec<&str> = cut(text, 4 * MOST_EVIDENCE).split_whitespace().collect();
    cut(&words.join(" "), MOST_EVIDENCE).into()
}

/// `1 day`, `2 days`.
pub(super) fn counted(number: i64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The body of a pull request without hidden comments, in which templates keep their examples.
pub(super) fn without_comments(body: &str) -> String {
    static COMMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"<!--(?su:.)*?(?:-->|\z)"));
    COMMENT.replace_all(body, " ").into_owned()
}

/// At most `most` bytes, cut between characters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

fn is_indented(line: &str) -> bool {
    line.starts_with('\t') || line.starts_with("    ")
}

/// Whether a line opens a list item, is a trailer (`Token: value`), or is what git writes of a revert.
fn starts_block(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).take(3).count();
    let is_numbered = matches!(digits, 1 | 2) && [". ", ") "].iter().any(|stop| line[digits..].starts_with(stop));
    let opens = ["- ", "* ", "• ", "This reverts commit "];
    is_numbered || opens.iter().any(|opening| line.starts_with(opening)) || is_trailer(line)
}

/// Splits at final stops; one inside a closing bracket or quote ends a sentence only if another opens.
pub(super) fn split(block: &str) -> impl Iterator<Item = &str> {
    let stops = block.bytes().enumerate().filter(|(_, byte)| b".!?;".contains(byte));
    let ends = stops.filter_map(|(at, stop)| Some(at + 1 + behind_stop(stop, &block.as_bytes()[at + 1..])?));
    let mut from = 0;
    let sentences = ends.chain([block.len()]).map(move |end| block[std::mem::replace(&mut from, end)..end].trim());
    sentences.filter(|sentence| !sentence.is_empty())
}

/// Bytes up to the next sentence, if the one before a stop ends.
fn behind_stop(stop: u8, rest: &[u8]) -> Option<usize> {
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    let count = |rest: &[u8], is_one: &dyn Fn(&u8) -> bool| rest.iter().take_while(|byte| is_one(byte)).count();
    if rest.first().is_some_and(is_space) {
        return Some(1);
    }
    let closed = count(rest, &|byte| b"\"')]".contains(byte));
    let open = closed + count(&rest[closed..], &is_space);
    let opens = stop != b';' && 0 < closed && closed < open && rest.get(open).is_some_and(u8::is_ascii_uppercase);
    opens.then_some(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_reaches_over_line_breaks_but_not_over_items_trailers_or_quotes() {
        let body =
            "\n\nThis reverts\ncommit abc. It broke.\n\n* one\n* two\n> quoted\n    indented\nFixes: x\nAcked-by: y";
        let said = ["This reverts commit abc.", "It broke.", "one", "two", "Fixes: x", "Acked-by: y"];
        assert_eq!(sentences(body), said);
    }

    #[test]
    fn what_opens_a_block() {
        for line in ["- a", "* a", "• a", "1. a", "12) a", "Acked-by: a", "To: a", "This reverts commit a"] {
            assert!(starts_block(line), "{line}");
        }
        for line in
            ["-a", "1.a", "123. a", "1 a", ". a", "A: a", "-by: a", "Acked-by:a", &format!("{}: a", "x".repeat(32)), ""]
        {
            assert!(!starts_block(line), "{line}");
        }
        assert!(starts_block(&format!("{}: a", "x".repeat(31))));
    }

    #[test]
    fn a_stop_within_brackets_ends_a_sentence_only_where_another_opens() {
        assert_eq!(sentences("Commit X (a: b.) broke it. Yes."), ["Commit X (a: b.) broke it.", "Yes."]);
        assert_eq!(sentences("(See this.) It broke"), ["(See this.)", "It broke"]);
        assert_eq!(sentences("A;b; c.) d.\") E;) F!?G"), ["A;b;", "c.) d.\")", "E;) F!?G"]);
    }

    #[test]
    fn what_an_item_goes_on_with_is_no_quotation() {
        assert_eq!(sentences("\n  * one: it\n    broke\n\n    pasted\n"), ["one: it broke"]);
        assert_eq!(sentences("\n    It broke.\n\nAcked-by: y\n"), ["It broke.", "Acked-by: y"]);
        assert_eq!(sentences("\nAs follows:\n    * pasted\n      more\n"), ["As follows:"]);
    }

    #[test]
    fn a_body_that_is_indented_throughout_is_no_quotation() {
        assert_eq!(sentences("\n    This reverts\n    commit abc\n"), ["This reverts commit abc"]);
    }

    #[test]
    fn the_body_is_what_follows_the_subject_however_it_is_wrapped() {
        assert_eq!(body("one two", "one\ntwo\n\nthree"), "\n\nthree");
        assert_eq!(body("one", "one\nthree"), "\nthree");
        assert_eq!(body("one", "three"), "three");
    }

    #[test]
    fn evidence_is_one_short_line() {
        assert_eq!(&*evidence("a\n  b"), "a b");
        assert!(evidence(&"é".repeat(1_000)).len() <= MOST_EVIDENCE);
    }
}
