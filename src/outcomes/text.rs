//! What a commit message says in its author's own words.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use crate::facts::Text;

/// Bytes of a message that are read; what stands further down is a pasted log, not a statement.
const MOST_READ: usize = 32 * 1024;

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
    if first.split_whitespace().eq(subject.split_whitespace()) {
        return rest;
    }
    message.strip_prefix(subject).unwrap_or(message)
}

/// What stands before the body: the subject as it was wrapped, which keeps the list items some put there.
pub(super) fn heading<'m>(subject: &'m str, message: &'m str) -> &'m str {
    let first = &message[..message.find("\n\n").unwrap_or(message.len())];
    if first.split_whitespace().eq(subject.split_whitespace()) { first } else { subject }
}

/// The sentences of a body, each on one line. Paragraphs, list items and trailers end a sentence, line
/// breaks do not. Quotations (`>`, or indented by four as in a pasted `git log`) are left out.
pub(super) fn sentences(body: &str) -> Vec<String> {
    blocks(body).iter().flat_map(|block| split(block)).collect()
}

/// The paragraphs, list items and trailers of a body, each on one line, without quotations.
pub(super) fn blocks(body: &str) -> Vec<String> {
    let all_indented = body.lines().all(|line| line.trim().is_empty() || is_indented(line));
    let mut blocks = vec![String::new()];
    for line in body.lines() {
        let quoted = line.starts_with('>') || (is_indented(line) && !all_indented);
        let said = if quoted { "" } else { line.trim() };
        match blocks.last_mut() {
            Some(open) if !said.is_empty() && !starts_block(said) => {
                open.push(' ');
                open.push_str(said);
            }
            _ => blocks.push(said.trim_start_matches(['-', '*', '•', ' ']).to_owned()),
        }
    }
    blocks
}

/// Whether a line or a block is a trailer: `Token: value`.
pub(super) fn is_trailer(block: &str) -> bool {
    static TRAILER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Za-z][A-Za-z-]{1,30}: "));
    TRAILER.is_match(block)
}

/// The text on one line, cut to what a reader needs to judge it.
pub(super) fn evidence(text: &str) -> Text {
    let words: Vec<&str> = cut(text, 4 * MOST_EVIDENCE).split_whitespace().collect();
    cut(&words.join(" "), MOST_EVIDENCE).into()
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

/// Whether a line opens a list item or is a trailer (`Token: value`).
fn starts_block(line: &str) -> bool {
    static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:(?u:[-*•]) |\d{1,2}[.)] )"));
    ITEM.is_match(line) || is_trailer(line)
}

/// Splits at final stops; one inside a closing bracket or quote ends a sentence only if another opens.
pub(super) fn split(block: &str) -> Vec<String> {
    static END: LazyLock<Regex> = LazyLock::new(|| pattern(r#"[.!?;]\s|[.!?]["')\]]+\s+(?<next>[A-Z])"#));
    let mut from = 0;
    let mut all = Vec::new();
    let ends =
        END.captures_iter(block).filter_map(|end| end.name("next").map(|m| m.start()).or(Some(end.get(0)?.end())));
    for end in ends.chain([block.len()]) {
        all.push(block[from..end].trim().to_owned());
        from = end;
    }
    all.retain(|sentence| !sentence.is_empty());
    all
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
    fn a_stop_within_brackets_ends_a_sentence_only_where_another_opens() {
        assert_eq!(sentences("Commit X (a: b.) broke it. Yes."), ["Commit X (a: b.) broke it.", "Yes."]);
        assert_eq!(sentences("(See this.) It broke"), ["(See this.)", "It broke"]);
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
