//! The patterns of the catalogue, made ready to compile.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

/// A pattern larger than this when compiled is refused: it would slow every commit down.
const MAX_COMPILED: usize = 4 << 20;

/// Fragments may use fragments, this deep.
const NESTING: usize = 3;

/// Stand-ins for a name in masked text: control characters that no written text needs. The second
/// is for a name that is also a word or a person's name.
pub(super) const CERTAIN: char = '\u{1}';
pub(super) const AMBIGUOUS: char = '\u{2}';

/// Puts fragments and the stand-ins for `<AI>` in place, and makes the classes ASCII. In prose an
/// ambiguous name is no name, unless the pattern says `<AI?>`.
pub(super) fn expand(pattern: &str, is_prose: bool, fragments: &BTreeMap<String, String>) -> String {
    let mut expanded = pattern.to_owned();
    for _ in 0..NESTING {
        for (name, fragment) in fragments {
            expanded = expanded.replace(&format!("<{name}>"), fragment);
        }
    }
    let any = format!("[{CERTAIN}{AMBIGUOUS}]");
    let certain = if is_prose { CERTAIN.to_string() } else { any.clone() };
    ascii(&expanded.replace("<AI?>", &any).replace("<AI>", &certain))
}

/// Reads `\w`, `\d`, `\s`, `\W` and `\b` as ASCII. Marks of tools are ASCII; with Unicode's classes
/// a pattern is ten times as large, and a single emoji costs the fast path.
pub(super) fn ascii(pattern: &str) -> String {
    rewrite(pattern, " ")
}

/// A name: between its words a blank, hyphen or underscore may stand.
pub(super) fn name(pattern: &str) -> String {
    rewrite(pattern, "[ _-]")
}

fn rewrite(pattern: &str, blank: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let (mut chars, mut in_class) = (pattern.chars(), false);
    while let Some(c) = chars.next() {
        match (c, in_class) {
            ('\\', _) => push_escape(&mut out, chars.next(), in_class),
            ('[', false) | (']', true) => {
                in_class = !in_class;
                out.push(c);
            }
            ('[', true) => out.push_str(r"\["),
            (' ', false) => out.push_str(blank),
            _ => out.push(c),
        }
    }
    out
}

fn push_escape(out: &mut String, escaped: Option<char>, in_class: bool) {
    let class = match escaped {
        Some('w') => "[:word:]",
        Some('d') => "0-9",
        Some('s') => "[:space:]",
        Some('W') if !in_class => return out.push_str("[^[:word:]]"),
        Some('b') if !in_class => return out.push_str(r"(?-u:\b)"),
        other => return out.extend(['\\'].into_iter().chain(other)),
    };
    match in_class {
        true => out.push_str(class),
        false => out.extend(["[", class, "]"]),
    }
}

pub(super) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).case_insensitive(true).size_limit(MAX_COMPILED).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_become_ascii() {
        assert_eq!(ascii(r"\b\w+[\w.-]\d\W\[x"), r"(?-u:\b)[[:word:]]+[[:word:].-][0-9][^[:word:]]\[x");
        assert!(!compile(&ascii(r"^\w$")).unwrap().is_match("é"));
    }

    #[test]
    fn a_blank_in_a_name_is_any_joint() {
        assert_eq!(name(r"claude code[ .]x"), "claude[ _-]code[ .]x");
    }

    #[test]
    fn fragments_nest() {
        let fragments = BTreeMap::from([("a".to_owned(), "x<b>".to_owned()), ("b".to_owned(), "y<AI>".to_owned())]);
        assert_eq!(expand("<a>!", true, &fragments), "xy\u{1}!");
        assert_eq!(expand("<a>!", false, &fragments), "xy[\u{1}\u{2}]!");
    }
}
