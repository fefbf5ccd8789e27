//! Whether a subject line tells of a bug fixed, where it declares no type.
//!
//! The list is made for precision: a missed fix makes every origin's rate a little lower, a false one
//! blames code that was right.

use std::sync::LazyLock;

use regex::Regex;

use crate::outcomes::text::pattern;

/// How sure the words are, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wording {
    /// It opens with a form of "fix".
    Fixes,
    /// It opens with a verb that repairs: prevent, handle, correct, restore, …
    Repairs,
    /// It names a symptom: crash, leak, deadlock, incorrect, …
    Symptom,
}

pub(super) fn wording(subject: &str) -> Option<Wording> {
    let said = without_scope(subject);
    if ELSEWHERE.is_match(said) || NO_CHANGE.is_match(said) {
        return None;
    }
    let builds = || BUILDS.is_match(said);
    None.or_else(|| FIXES.is_match(said).then_some(Wording::Fixes))
        .or_else(|| REPAIRS.is_match(said).then_some(Wording::Repairs))
        .or_else(|| (SYMPTOM.is_match(said) && !builds()).then_some(Wording::Symptom))
}

/// The subject without `module: ` or `[tag] ` in front.
fn without_scope(subject: &str) -> &str {
    static SCOPE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^(?:\s*\[(?u:[^\]])+\]|\s*(?u:[^\s:])+(?:, (?u:[^\s:])+)*:\s)*\s*"));
    SCOPE.find(subject).map_or(subject, |scope| &subject[scope.end()..])
}

/// What is mended is not what ships: texts, tests, formatting, the build.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)\b(?:typos?|spelling|misspell\w*|grammar|wording|comments?|docs?|docstrings?|jsdoc|javadoc|doxygen|documentation|readme|man\ ?page
        |changelog|release\ notes?|lint(?:er|ers|ing|s)?|clippy|eslint|flake8|pylint|rubocop|golangci(?:-lint)?|checkpatch
        |gofmt|rustfmt|fmt|formatting|prettier|whitespaces?|indentation|code\ style|coding\ style|unit\ ?tests?|tests?|testing|testsuite
        |flak(?:e|es|y)|e2e|snapshots?|ci|workflows?|github\ actions?|travis|appveyor|coverage|bump|examples?|demo|compiler\ warnings?
        |mypy|type\ (?:hints?|annotations?)|typing|builds?|compilation|copyright|licen[sc]es?|imports?|fixtures?|fixup|naming|nits?)\b",
    )
});

/// Commits that record an event instead of an edit, those that undo, and what tidies rather than repairs.
static NO_CHANGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:(?:stop|don(?u:[’'])?t|do not|never|avoid) (?:us(?:e|ing)|pars(?:e|ing)|mark(?:ing)?|rely|requir\w+)|merged?|revert|reapply|reland|back ?out|roll ?back|release|version|v?\d+\.\d+|fixup!|squash!|amend!)\b",
    )
});

static FIXES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)^(?:a\ |another\ |quick\ |proper\ |small\ |temporary\ |partial(?:ly)?\ |attempt(?:ed)?\ (?:to\ )?|try\ to\ |really\ |also\ |properly\ )*
        (?:bug-?\s?fix(?:es)?|hot-?fix|fix(?:es|ed|ing)?)\b",
    )
});

static REPAIRS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)^(?:properly\ |correctly\ |also\ |really\ |gracefully\ |always\ )*
        (?:prevents?|resolves?|resolved|corrects?|corrected|don(?u:[’'])?t|do\ not|never|handles?|restores?|preserves?|avoids?|stops?|rejects?
        |respects?|honou?rs?|escapes?|guards?|address(?:es)?|assures?|unbreak|repairs?|work\ ?around|harden|tolerate|sanitize|clamp|recover)\b",
    )
});

static SYMPTOM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)\b(?:crash(?:es|ed|ing)?|panic(?:s|ked|king)?|deadlocks?|seg-?faults?|race\ conditions?|data\ races?|leak(?:s|ed|ing|age)?
        |regressions?|incorrect(?:ly)?|wrong(?:ly)?|improper(?:ly)?|broken|breaks|hangs?|infinite\ (?:loop|recursion)|null\ pointer|npe
        |use[\ -]after[\ -]free|double\ free|(?:over|under)flows?|out[\ -]of[\ -]bounds|off[\ -]by[\ -]one|corrupt(?:s|ed|ion)?
        |not\ (?:working|being|found|showing|rendering|updating|firing|applied|closing|set|emitting|respected|handled)
        |doesn(?u:[’'])?t|isn(?u:[’'])?t|aren(?u:[’'])?t|wasn(?u:[’'])?t|won(?u:[’'])?t|can(?u:[’'])?t|fails?|unexpected(?:ly)?|erroneous(?:ly)?|accidental(?:ly)?
        |mistaken(?:ly)?|spurious(?:ly)?|cve-\d+|vulnerabilit(?:y|ies)|xss|stuck|unhandled|uncaught|losing|freez(?:e|es|ing)|mismatch)\b",
    )
});

/// A symptom word in a subject that opens so mostly tells of a feature.
static BUILDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)^(?:add|implement|introduc|creat|support|allow|enabl|improv|refactor|mov|renam|extract|simplif|updat|upgrad|bump|releas|document|new\b
        |initial|optimi[sz]|enhanc|clean|remov|migrat|convert|replac|switch|prepar|us(?:e|ing)\b|mak|chang|expos|provid|report|detect|show|print|log|warn|set)",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_repair_and_symptoms_are_told_apart() {
        assert_eq!(wording("Fix a crash on start"), Some(Wording::Fixes));
        assert_eq!(wording("net/core: fixes the lookup"), Some(Wording::Fixes));
        assert_eq!(wording("[core] Handle an empty list"), Some(Wording::Repairs));
        assert_eq!(wording("Parser panics on an empty list"), Some(Wording::Symptom));
    }

    #[test]
    fn what_does_not_ship_or_does_not_repair_is_no_fix() {
        for subject in [
            "Fix typo",
            "Fix flaky test",
            "Fix docs",
            "Fix the CI",
            "Fix formatting",
            "Fix lint",
            "Add crash reporter",
            "Merge branch 'fix'",
            "Revert \"Fix a crash\"",
            "Add a prefix",
            "Fixture for x",
            "Improve panic message",
            "fixup! Fix a",
            "",
        ] {
            assert_eq!(wording(subject), None, "{subject}");
        }
    }
}
