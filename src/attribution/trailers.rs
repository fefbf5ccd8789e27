//! Trailers: `Key: value` lines at the end of a commit message.
//!
//! [`trailers`] follows git's own rule (`git interpret-trailers`, without the `---` divider, as in
//! `%(trailers)`). [`credit`] is the lenient reading of one line, for what people really write.

use std::borrow::Cow;
use std::sync::LazyLock;

/// A trailer as written; continuation lines are folded into the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer<'m> {
    pub key: &'m str,
    pub value: Cow<'m, str>,
}

/// The trailers of a message: its last paragraph, unless that is the title, if all of its lines are
/// trailers, or if one was written by git (`Signed-off-by`, `(cherry picked from commit …)`) and at
/// least a quarter of the lines are trailers.
pub fn trailers(message: &str) -> Vec<Trailer<'_>> {
    let mut found: Vec<Option<Trailer<'_>>> = Vec::new();
    for line in trailer_block(message) {
        match found.last_mut() {
            Some(last) if is_continuation(line) => {
                if let Some(last) = last {
                    last.value = Cow::Owned(format!("{} {}", last.value, line.trim()).trim().to_owned());
                }
            }
            _ if line.starts_with('#') => {}
            _ => found.push(split(line).map(|(key, value)| Trailer { key, value: Cow::Borrowed(value) })),
        }
    }
    found.into_iter().flatten().collect()
}

/// The lines of the trailer block; empty when the message has none.
pub fn trailer_block(message: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = message.lines().collect();
    lines.truncate(leftovers_start(&lines));
    let title_ends = lines.iter().position(|line| is_blank(line)).unwrap_or(lines.len());
    let starts = lines.iter().rposition(|line| is_blank(line)).map_or(0, |blank| blank + 1);
    if starts <= title_ends || !is_trailer_block(&lines[starts..]) { Vec::new() } else { lines[starts..].to_vec() }
}

/// Where the comments, blank lines and the list of conflicts begin that a merge leaves at the end.
fn leftovers_start(lines: &[&str]) -> usize {
    let (mut start, mut in_conflicts) = (lines.len(), false);
    for (at, line) in lines.iter().enumerate() {
        in_conflicts = line.starts_with("Conflicts:") || (in_conflicts && line.starts_with('\t'));
        let is_left = in_conflicts || line.is_empty() || line.starts_with('#');
        start = if is_left { start.min(at) } else { lines.len() };
    }
    start
}

fn is_trailer_block(lines: &[&str]) -> bool {
    let (mut trailers, mut others, mut continued, mut by_git) = (0, 0, 0, false);
    for line in lines.iter().rev() {
        if line.starts_with('#') {
            others += std::mem::take(&mut continued);
        } else if is_written_by_git(line) {
            (trailers, continued, by_git) = (trailers + 1, 0, true);
        } else if is_continuation(line) {
            continued += 1;
        } else if split(line).is_some() {
            (trailers, continued) = (trailers + 1, 0);
        } else {
            others += 1 + std::mem::take(&mut continued);
        }
    }
    others += continued;
    trailers > 0 && (others == 0 || by_git && trailers * 3 >= others)
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn is_continuation(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

fn is_written_by_git(line: &str) -> bool {
    line.starts_with("Signed-off-by: ") || line.starts_with("(cherry picked from commit ")
}

/// `Key: value` by git's rule: letters, digits and hyphens, then perhaps blanks, then a colon.
fn split(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let key = key.trim_end_matches([' ', '\t']);
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_key.then(|| (key, value.trim()))
}

/// Keys that give credit, as they are spelled.
const CREDITS: [&str; 14] = [
    "co-authored-by",
    "assisted-by",
    "generated-by",
    "co-developed-by",
    "reviewed-by",
    "signed-off-by",
    "ai-assisted",
    "ai-assisted-by",
    "authored-by",
    "written-by",
    "generated-with",
    "made-with",
    "executed-by",
    "created-by",
];

/// Whether a key, mended, gives credit to somebody.
pub(super) fn gives_credit(key: &str) -> bool {
    CREDITS.contains(&key)
}

/// A credit key may be misspelt by one letter (`Assited-By`, `Assiste-by`, `Co-Authored-Bye`).
const MISSPELT: usize = 1;

/// One line read leniently as a credit: behind a bullet, an emoji or markdown emphasis, misspelt,
/// with blanks for hyphens, and for a credit of two words even without its colon. The key comes in
/// lower case and mended; a key that is no credit comes as it is, if it stands by git's rule.
pub fn credit(line: &str) -> Option<(Cow<'_, str>, &str)> {
    let line = line.trim().trim_start_matches(|c: char| !c.is_alphanumeric());
    let (key, value) = match line.split_once(':') {
        Some((key, value)) if key.len() <= MAX_KEY => (key, value),
        _ => without_colon(line)?,
    };
    let key = key.trim_end_matches(|c: char| !c.is_alphanumeric());
    let value = value.trim_matches(|c: char| c.is_whitespace() || c == '*' || c == '_');
    match mend(key) {
        Some(known) => Some((Cow::Borrowed(known), value)),
        None => {
            let (key, _) = split(&line[..=line.find(':')?])?;
            Some((Cow::Owned(key.to_ascii_lowercase()), value))
        }
    }
}

const MAX_KEY: usize = 30;

/// `Co Authored By Claude <…>`, `Assisted by GPT-5`: the first words are a credit key.
fn without_colon(line: &str) -> Option<(&str, &str)> {
    let by = line.char_indices().filter(|&(at, c)| c == ' ' && at <= MAX_KEY).map(|(at, _)| at);
    let at = by.into_iter().find(|&at| ends_in_by(&line[..at]))?;
    let known = mend(&line[..at])?;
    ["co-authored-by", "assisted-by", "co-developed-by"].contains(&known).then(|| (&line[..at], &line[at..]))
}

fn ends_in_by(words: &str) -> bool {
    words.get(words.len().saturating_sub(2)..).is_some_and(|end| end.eq_ignore_ascii_case("by"))
}

/// The credit key that was meant, whatever its hyphens and case.
fn mend(key: &str) -> Option<&'static str> {
    if key.len() > MAX_KEY || !key.is_ascii() {
        return None;
    }
    let (mut written, mut len) = ([0; MAX_KEY], 0);
    for letter in letters(key) {
        written[len] = letter;
        len += 1;
    }
    let written = &written[..len];
    let meant =
        |right: &dyn Fn(&[u8]) -> bool| CREDIT_LETTERS.iter().position(|credit| right(credit)).map(|i| CREDITS[i]);
    meant(&|credit| credit == written)
        .or_else(|| meant(&|credit| credit.len() >= LONG_ENOUGH && distance_within(credit, written)))
}

/// A short key one letter off may well be another word.
const LONG_ENOUGH: usize = 8;

static CREDIT_LETTERS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| CREDITS.iter().map(|key| letters(key).collect()).collect());

fn letters(key: &str) -> impl Iterator<Item = u8> {
    key.bytes().filter(u8::is_ascii_alphabetic).map(|b| b.to_ascii_lowercase())
}

/// At most [`MISSPELT`] letters added, dropped or changed.
fn distance_within(a: &[u8], b: &[u8]) -> bool {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > MISSPELT || short.is_empty() {
        return false;
    }
    let same = long.iter().zip(short).take_while(|(x, y)| x == y).count();
    let rest = if long.len() == short.len() { short.get(same + 1..) } else { short.get(same..) };
    long.get(same + 1..).unwrap_or_default() == rest.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(message: &str) -> Vec<&str> {
        trailers(message).into_iter().map(|trailer| trailer.key).collect()
    }

    #[test]
    fn the_last_paragraph_of_trailers_is_the_block() {
        assert_eq!(
            keys("Fix it\n\nWhy.\n\nReviewed-by: A\nCo-authored-by: B <b@example.com>\n"),
            ["Reviewed-by", "Co-authored-by"]
        );
        assert!(keys("Reviewed-by: A").is_empty(), "the title holds no trailers");
        assert!(keys("Fix\n\nReviewed-by: A\n\nMore text").is_empty());
        assert!(keys("Fix\n\nReviewed-by: A\nprose").is_empty(), "a line that is none, and none of git's");
    }

    #[test]
    fn one_trailer_of_gits_forgives_three_other_lines_each() {
        let block = |prose: usize| format!("Fix\n\n{}Signed-off-by: A <a@example.com>", "prose\n".repeat(prose));
        assert_eq!(keys(&block(3)), ["Signed-off-by"]);
        assert!(keys(&block(4)).is_empty());
    }

    #[test]
    fn continuation_lines_belong_to_the_value() {
        let found = trailers("Fix\n\nNote: one\n  two\nAcked-by: A");
        assert_eq!((found.len(), &*found[0].value), (2, "one two"));
    }

    #[test]
    fn what_a_merge_leaves_at_the_end_is_no_trailer() {
        assert_eq!(keys("Merge\n\nAcked-by: A\n\nConflicts:\n\ta.rs\n# b.rs\n"), ["Acked-by"]);
        assert!(keys("Merge\n\nConflicts:\n\ta.rs").is_empty());
    }

    #[test]
    fn credits_as_people_write_them() {
        for (line, key, value) in [
            ("Assited-By: Claude", "assisted-by", "Claude"),
            ("Assiste-by: Claude", "assisted-by", "Claude"),
            ("Assisted--by: GPT", "assisted-by", "GPT"),
            ("Assisted by: Claude Opus 4.6", "assisted-by", "Claude Opus 4.6"),
            ("Co Authored By Claude Opus 4.6 (1M context)", "co-authored-by", "Claude Opus 4.6 (1M context)"),
            (
                "* Co-authored-by: openhands openhands@all-hands.dev",
                "co-authored-by",
                "openhands openhands@all-hands.dev",
            ),
            ("🤖 Co-Authored-By: Claude <noreply@anthropic.com>", "co-authored-by", "Claude <noreply@anthropic.com>"),
            ("**Assisted-by:** Codex", "assisted-by", "Codex"),
            ("AI-assisted-by: OpenAI Codex", "ai-assisted-by", "OpenAI Codex"),
            ("Amp-Thread-ID: https://x", "amp-thread-id", "https://x"),
        ] {
            assert_eq!(credit(line), Some((Cow::Borrowed(key), value)), "{line}");
        }
        for line in ["Assisted living", "generated by hand", "see also: this", "Co-op by the sea"] {
            assert_eq!(credit(line).filter(|(key, _)| CREDITS.contains(&&**key)), None, "{line}");
        }
    }
}
