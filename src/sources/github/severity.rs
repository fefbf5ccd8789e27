//! How severe a reviewing tool says its remark is, where it states that.
//!
//! CodeRabbit puts it into its first line (`_⚠️ Potential issue_ | _🟠 Major_`), Bugbot into a bold one (`**High
//! Severity**`), Gemini, Codex and Greptile into a badge (`![security-high](…)`, `![P1 Badge](…)`); others open with it
//! (`P2: …`, `[nitpick] …`) or say `Severity: high`.

use std::sync::LazyLock;

use regex::Regex;

/// Only the beginning is looked at: further on the words are those of the remark.
const BEGINNING: usize = 600;

/// `WORD` stands for any of the words.
const FORMS: [&str; 7] = [
    r"^[^\n]{0,80}\|\s*_(?::[a-z_]+:|[^a-z\n]){0,8}WORD\s*_",
    r"\*\*\s*WORD\s+(?:severity|priority)\s*\*\*",
    r"!\[\s*(?:<[^>]*>)?(?:security-)?WORD(?:[\s-]*(?:badge|priority))?\s*\]",
    r#"alt="WORD(?:[\s-]*badge)?""#,
    r"^[^\w\[]{0,8}\[WORD\]",
    r"^(?:<[a-z]+>|\W){0,8}(?<word>p[0-4])(?::|\*\*|</)",
    r"^[^\n]{0,80}\bseverity[*\s]*:[*\s]*WORD\b",
];
const WORD: &str = "(?<word>critical|blocker|high|major|medium|moderate|minor|low|trivial|nitpick|p[0-4])";

static STATED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    FORMS.iter().filter_map(|form| Regex::new(&format!("(?i){}", form.replace("WORD", WORD))).ok()).collect()
});

/// `critical`, `major`, `minor` or `trivial`, in the words of the tools together.
pub(super) fn severity(body: &str) -> Option<&'static str> {
    let end = body.char_indices().nth(BEGINNING).map_or(body.len(), |(at, _)| at);
    let word = STATED.iter().find_map(|form| form.captures(&body[..end]))?["word"].to_lowercase();
    Some(match word.as_str() {
        "critical" | "blocker" | "p0" => "critical",
        "high" | "major" | "p1" => "major",
        "medium" | "moderate" | "minor" | "p2" => "minor",
        _ => "trivial",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood() {
        assert_eq!(STATED.len(), FORMS.len());
    }

    #[test]
    fn each_tool_states_it_in_its_own_way() {
        for (body, stated) in [
            ("_⚠️ Potential issue_ | _🔴 Critical_\n\n**Do not do this.**", Some("critical")),
            ("_⚠️ Potential issue_ | _🟠 Major_\n\nText", Some("major")),
            ("_🧹 Nitpick_ | _🔵 Trivial_\n\nText", Some("trivial")),
            ("_🛠️ Refactor suggestion_ | _🟡 Minor_ | _⚡ Quick win_", Some("minor")),
            ("### Null check is missing\n\n**High Severity**\n\n<!-- DESCRIPTION START -->", Some("major")),
            ("![critical](https://www.gstatic.com/codereviewagent/critical.svg)\n\nThis leaks.", Some("critical")),
            ("![medium](https://www.gstatic.com/codereviewagent/medium-priority.svg)\n\nName it.", Some("minor")),
            (
                "**<sub><sub>![P1 Badge](https://img.shields.io/badge/P1-orange?style=flat)</sub></sub>  Keep it**",
                Some("major"),
            ),
            ("<a href=\"#\"><img alt=\"P2\" src=\"https://greptile-static/p2.svg\"></a> **Unused**", Some("minor")),
            ("![security-high](https://www.gstatic.com/codereviewagent/security-high-priority.svg)", Some("major")),
            ("![high-priority](x.svg) Text", Some("major")),
            ("_:warning: Potential issue_ | _:red_circle: Critical_", Some("critical")),
            ("**P1: Two writers race**", Some("major")),
            ("P2: name it", Some("minor")),
            ("<sub>**P0**</sub> Leaks", Some("critical")),
            ("[nitpick] Name it better.", Some("trivial")),
            ("**[Critical]** Leaks", Some("critical")),
            ("**Severity:** High. Leaks", Some("major")),
            ("P2P transfers are not closed", None),
            ("[critical path](x) is slow", None),
            ("I think this is critical, and a major problem.", None),
            ("**Critical** thinking is needed here", None),
            ("", None),
        ] {
            assert_eq!(severity(body), stated, "{body}");
        }
    }
}
