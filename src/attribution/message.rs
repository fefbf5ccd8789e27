//! What in a commit message its author says, and what is only quoted there.
//!
//! Testimony about a commit is what its author wrote about it. A squash body also holds reviewers'
//! summaries, a revert quotes what it reverts, a reply quotes with `>`: none of these testify.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use regex::Regex;

/// Only the first and last part of a message is read: a squash of thousands of commits fits in, trailers
/// stand at the end, and a hostile message must not cost more than this.
const READ_FIRST: usize = 1 << 20;
const READ_LAST: usize = 64 << 10;
/// A line or sentence longer than this is data, not words.
const LONGEST: usize = 4 << 10;

/// The own words of a message.
#[derive(Debug, Clone, Default)]
pub(super) struct Message {
    text: String,
    /// Line by line, the subject first; quoted lines are empty.
    lines: Vec<Range<usize>>,
}

impl Message {
    /// From a message that [`capped`] has cut. A line that `is_mark`, a tool's own, counts although it is indented.
    pub(super) fn new(message: &str, is_mark: &dyn Fn(&str) -> bool) -> Self {
        let text = without_reviews(message);
        let mut quotes = Quotes::of(&text, is_mark);
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split('\n') {
            let own = if quotes.holds(line) { 0 } else { cut(line.trim_end(), LONGEST).len() };
            let lead = match () {
                () if quotes.is_quoted_by_indent(line) => line.len() - line.trim_start().len(),
                () if line.trim_start().starts_with('>') => {
                    line.len() - line.trim_start_matches(['>', ' ', '\t']).len()
                }
                () => 0,
            };
            let indent = own.min(lead);
            lines.push(start + indent..start + own);
            start += line.len() + 1;
        }
        Self { text, lines }
    }

    fn own_lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| &self.text[line.clone()])
    }

    /// The lines that say something, without blanks at their end, each with where it stands.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let lines = self.own_lines().enumerate().filter(|(_, line)| !line.is_empty());
        lines.map(|(i, line)| (if i == 0 { "subject" } else { "body" }, line))
    }

    /// The sentences behind the subject, unwrapped: a disclosure often breaks in the middle of a
    /// name. What stands under the heading "AI disclosure" is given that heading as a label.
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let (mut unit, mut headed) = (String::new(), false);
        for line in self.own_lines().skip(1) {
            let words = line.trim().trim_start_matches(['*', '-', '#', '_', ' ']);
            if words.is_empty() || starts_unit(line) || unit.len() > LONGEST {
                headed &= unit.is_empty();
                split_sentences(&std::mem::take(&mut unit), &mut sentences);
            }
            if is_disclosure_heading(words) {
                headed = true;
            } else if !words.is_empty() {
                unit.push_str(if !unit.is_empty() {
                    " "
                } else if headed {
                    HEADING
                } else {
                    ""
                });
                unit.push_str(words);
            }
        }
        split_sentences(&unit, &mut sentences);
        sentences
    }
}

const HEADING: &str = "AI disclosure: ";

/// A line of its own such as `## AI disclosure`, `**LLM usage**` or `AI disclaimer:`.
fn is_disclosure_heading(words: &str) -> bool {
    let words = words.trim_matches(|c: char| !c.is_alphanumeric());
    let mut each = words.split([' ', '-', '/']).filter(|word| !word.is_empty());
    let is_one_of = |known: &[&str], word: &str| known.iter().any(|known| known.eq_ignore_ascii_case(word));
    let of_ai = each.next().is_some_and(|word| is_one_of(&["ai", "llm", "llms", "genai", "use"], word));
    let about = [
        "ai",
        "llm",
        "use",
        "usage",
        "disclosure",
        "disclaimer",
        "assistance",
        "statement",
        "policy",
        "tool",
        "tools",
        "of",
    ];
    of_ai && words.contains(' ') && each.all(|word| is_one_of(&about, word))
}

/// A bullet, a heading, or a line of `Key: value`.
fn starts_unit(line: &str) -> bool {
    let line = line.trim_start();
    let labelled = || line.split_once(": ").is_some_and(|(key, _)| key.len() < 24 && !key.contains(['.', ',']));
    line.starts_with(['*', '-', '#', '|', '(']) || labelled()
}

fn split_sentences(unit: &str, out: &mut Vec<String>) {
    let mut rest = unit;
    let mut keep = |sentence: &str| {
        let sentence = sentence.trim();
        if !sentence.is_empty() {
            out.push(sentence.to_owned());
        }
    };
    while let Some(end) = sentence_end(rest) {
        keep(&rest[..end]);
        rest = &rest[end..];
    }
    keep(rest);
}

/// After `.`, `!`, `?` or `;` and a blank; an abbreviation such as "e.g." ends nothing.
fn sentence_end(text: &str) -> Option<usize> {
    let mut ends = text.match_indices(['.', '!', '?', ';']).map(|(at, _)| at + 1);
    ends.find(|&end| {
        text[end..].starts_with(' ') && !["e.g.", "i.e.", "etc.", "vs."].iter().any(|a| text[..end].ends_with(a))
    })
}

/// A whole line between underscores.
static EMPHASIS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?m)^([ \t]*)_([^_\s].*)_([ \t]*\r?)$").ok());

static DOUBLE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("__"));

/// The part of a message that is read, with one of markdown's two spellings of bold and of whole lines in italics:
/// between underscores a name would look like part of an identifier.
pub(super) fn capped(message: &str) -> Cow<'_, str> {
    let capped = if message.len() <= READ_FIRST + READ_LAST {
        Cow::Borrowed(message)
    } else {
        let tail = (message.len() - READ_LAST..).find_map(|at| message.get(at..)).unwrap_or_default();
        Cow::Owned(format!("{}\n\n{tail}", cut(message, READ_FIRST)))
    };
    let capped = if DOUBLE.find(capped.as_bytes()).is_some() { Cow::Owned(capped.replace("__", "**")) } else { capped };
    match EMPHASIS.as_ref().filter(|emphasis| emphasis.is_match(&capped)) {
        Some(emphasis) => Cow::Owned(emphasis.replace_all(&capped, "${1}*${2}*${3}").into_owned()),
        None => capped,
    }
}

/// At most `bytes` of a text, whole characters only.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

/// Blocks that reviewers' apps keep in a pull request's body, and with it in the squashed message.
static REVIEWS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let blocks = [
        r"<!--\s*CURSOR_SUMMARY\s*-->.*?<!--\s*/CURSOR_SUMMARY\s*-->",
        r"<!--\s*BUGBOT_STATUS\s*-->.*?<!--\s*/BUGBOT_STATUS\s*-->",
        r"<!--\s*devin-review-badge-begin\s*-->.*?<!--\s*devin-review-badge-end\s*-->",
        r"<!--\s*This is an auto-generated (?:description|comment)[^>]*-->.*?<!--\s*End of auto-generated[^>]*-->",
        r"<!--\s*greptile_comment\s*-->.*?<!--\s*/greptile_comment\s*-->",
        r"<!--\s*ELLIPSIS_HIDDEN\s*-->.*?<!--\s*ELLIPSIS_HIDDEN\s*-->",
        r"\n#+ Summary by (?:CodeRabbit|cubic|Sourcery|Ellipsis|Qodo)\b.*?(?:\n#+ |\n---|\z)",
        r"\n#+ <samp>[^\n]{0,8}Generated by Copilot at [0-9a-f]{7,40}</samp>.*?(?:<!--.*?-->|\n#+ |\z)",
        r"<!--.*?-->",
        r"<details>.*?</details>",
    ];
    Regex::new(&format!("(?is){}", blocks.join("|"))).ok()
});

/// The blocks of reviewers' apps in a message, with other hidden parts.
pub(super) fn review_blocks(message: &str) -> impl Iterator<Item = &str> {
    REVIEWS.iter().flat_map(|reviews| reviews.find_iter(message)).map(|block| block.as_str())
}

fn without_reviews(message: &str) -> String {
    let Some(reviews) = REVIEWS.as_ref().filter(|_| message.contains('<') || message.contains("# ")) else {
        return message.to_owned();
    };
    reviews.replace_all(message, "\n").into_owned()
}

/// Which lines of a message are quotations, asked line by line from the top.
struct Quotes<'m> {
    is_mark: &'m dyn Fn(&str) -> bool,
    /// The last line that is not indented ends in a colon: what follows is an example.
    introduced: bool,
    first: bool,
    /// An indented line is part of the message in a squash log, quoted code elsewhere.
    indented_is_own: bool,
    /// Fences left: of an odd number the last one closes nothing.
    fences: usize,
    fenced: bool,
    is_revert: bool,
    /// Behind "Original change's description:" of a revert, or in a quoted subject that goes on.
    reverted: bool,
}

impl<'m> Quotes<'m> {
    fn of(text: &str, is_mark: &'m dyn Fn(&str) -> bool) -> Self {
        let is_revert = text.starts_with("Revert ") || text.contains("This reverts commit");
        let fences = text.lines().filter(|line| is_fence(line)).count();
        let indented_is_own = text.contains("Squashed commit of the following");
        Self {
            is_mark,
            introduced: false,
            first: true,
            indented_is_own,
            fences,
            fenced: false,
            is_revert,
            reverted: false,
        }
    }

    fn holds(&mut self, line: &str) -> bool {
        let first = std::mem::take(&mut self.first);
        if is_fence(line) {
            self.fences -= 1;
            self.fenced = !self.fenced && self.fences > 0;
            return true;
        }
        if first && line.starts_with("Revert \"") {
            self.reverted = line.matches('"').count() == 1;
            return true;
        }
        if self.reverted {
            self.reverted = !line.trim_end().ends_with('"');
            return true;
        }
        let said = line.trim();
        let is_original = || said.get(..8).is_some_and(|word| word.eq_ignore_ascii_case("original"));
        self.reverted = self.is_revert && said.ends_with(':') && is_original();
        let by_indent = self.is_quoted_by_indent(line);
        if !by_indent && !said.is_empty() {
            self.introduced = said.ends_with(':');
        }
        let is_own = || !self.is_revert && !self.introduced && (self.is_mark)(line.trim());
        let is_quoted = line.trim_start().starts_with(['>', '|']) && (self.is_revert || !discloses(line));
        self.fenced || is_quoted || (by_indent && !is_own())
    }

    fn is_quoted_by_indent(&self, line: &str) -> bool {
        !self.indented_is_own && is_indented(line)
    }
}

/// `> **AI disclosure:** by Claude`: set off, and yet the author's. What asks is a form that nobody filled in.
fn discloses(line: &str) -> bool {
    let said = line.trim_start().strip_prefix('>').unwrap_or_default();
    let told = said.split_once(':').filter(|(label, _)| !label.contains('>') && is_disclosure_heading(label));
    told.is_some_and(|(_, told)| told.contains(char::is_alphanumeric) && !told.contains('?'))
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

/// By four blanks or a tab, as quoted text is; bullets nest so too.
fn is_indented(line: &str) -> bool {
    (line.starts_with("    ") || line.starts_with('\t')) && !line.trim_start().starts_with(['*', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> Message {
        Message::new(message, &|line| line.ends_with("<a@tool.example>"))
    }

    fn own(message: &str) -> String {
        read(message).lines().map(|(_, line)| line.to_owned()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn quoted_text_is_not_the_authors() {
        assert_eq!(own("Fix\n\n> Generated by AI\nmine"), "Fix|mine");
        assert_eq!(own("Fix\n\n```\nAssisted-by: X\n```\nmine"), "Fix|mine");
        assert_eq!(own("Docs\n\nUse:\n\n    Assisted-by: X\n"), "Docs|Use:");
        assert_eq!(own("Revert \"a: b\"\n\nThis reverts commit 1234567.\n\nWhy."), "This reverts commit 1234567.|Why.");
        assert_eq!(own("Revert \"a\n\nAssisted-by: X\"\n\nWhy."), "Why.");
    }

    #[test]
    fn a_tools_own_mark_counts_although_it_is_indented() {
        const MARK: &str = "    Co-authored-by: T <a@tool.example>";
        const OWN: &str = "Co-authored-by: T <a@tool.example>";
        assert_eq!(own(&format!("Fix\n\nWhy.\n\n{MARK}")), format!("Fix|Why.|{OWN}"));
        assert_eq!(own(&format!("Fix\n\n{MARK}\n    code")), format!("Fix|{OWN}"));
        assert_eq!(own(&format!("Docs\n\nAdd such a line:\n\n{MARK}")), "Docs|Add such a line:");
        assert_eq!(own(&format!("Docs\n\n```\n{MARK}\n```")), "Docs");
        assert_eq!(
            own(&format!("Undo\n\nThis reverts commit 1234567.\n\n{MARK}")),
            "Undo|This reverts commit 1234567."
        );
    }

    #[test]
    fn an_unclosed_fence_hides_nothing() {
        assert_eq!(own("Fix\n\n```\nAssisted-by: X"), "Fix|Assisted-by: X");
    }

    #[test]
    fn a_disclosure_that_is_set_off_is_not_quoted() {
        assert_eq!(own("Fix\n\n> **AI Disclosure:** by Claude\n> yours"), "Fix|**AI Disclosure:** by Claude");
        for quoted in [
            "> AI disclosure: by Claude or Copilot?",
            "> AI disclosure:",
            "> > AI disclosure: by Claude",
            "> Note: by Claude",
        ] {
            assert_eq!(own(&format!("Fix\n\n{quoted}")), "Fix", "{quoted}");
        }
        assert_eq!(own("Revert \"a\"\n\n> AI disclosure: by Claude"), "");
    }

    #[test]
    fn reviewers_blocks_are_cut_out() {
        let body = "Fix\n\n<!-- CURSOR_SUMMARY -->\n---\n> Written by [Cursor Bugbot]\n<!-- /CURSOR_SUMMARY -->\nmine\n<!-- hidden -->";
        assert_eq!(own(body), "Fix|mine");
    }

    #[test]
    fn sentences_go_on_over_line_ends() {
        let message = read("Fix\n\nWritten with Claude\nOpus 4.6. And more, e.g. this.\n* a bullet");
        assert_eq!(message.sentences(), ["Written with Claude Opus 4.6.", "And more, e.g. this.", "a bullet"]);
    }

    #[test]
    fn a_heading_labels_what_stands_under_it() {
        let message = read("Fix\n\n### AI Disclosure\n\nAll by Codex\nhere.\n\nMore.");
        assert_eq!(message.sentences(), ["AI disclosure: All by Codex here.", "More."]);
    }

    #[test]
    fn a_megabyte_is_cut_to_both_ends() {
        let body = format!("Fix {} Signed-off-by: é", "é".repeat(600_000));
        let message = read(&capped(&body));
        assert!(message.lines().map(|(_, line)| line.len()).sum::<usize>() <= 2 * LONGEST);
    }
}
