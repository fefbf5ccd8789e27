//! Which commit a fix blames by name.

use std::sync::LazyLock;

use regex::Regex;

use crate::outcomes::names::{Name, names};
use crate::outcomes::text::pattern;

/// How plainly a sentence blames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Blame {
    /// "introduced in X": a bug or a feature, the rest of the message must tell.
    Added,
    /// "broken by X", "regression from X", "X broke".
    Stated,
    /// `Fixes: X`.
    Trailer,
}

/// The names a sentence blames, of a history with revisions of Subversion or not.
pub(super) fn culprits(sentence: &str, revisions: bool) -> Vec<(Name<'_>, Blame)> {
    let mut before = 0;
    let mut listed = None;
    let mut all = Vec::new();
    for (range, name) in names(sentence, revisions) {
        let lead = &sentence[before..range.start];
        let blame = match listed.filter(|_| SEPARATOR.is_match(lead)) {
            Some(blame) => Some(blame),
            None => blame(lead, before == 0, name, &sentence[range.end..]),
        };
        all.extend(blame.map(|blame| (name, blame)));
        (before, listed) = (range.end, blame);
    }
    all
}

/// Whether a sentence speaks of something wrong.
pub(super) fn tells_of_bug(sentence: &str) -> bool {
    static BUG: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?xi)\b(?:bugs?|regress\w*|breakage|broken?|breaks?|crash\w*|leak\w*|deadlock\w*|mistake\w*|wrong\w*|incorrect\w*|accidental\w*
            |inadvertent\w*|unintended|unintentional\w*|no\ longer\ works?|stopped\ working|missed|forgot\w*|overlooked)\b",
        )
    });
    BUG.is_match(sentence)
}

static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"^(?:[\s,&/()\[\]`:]|(?i:and|commits?|in|from|by)\b|"(?u:[^"])*"|“(?u:[^”])*”|\('(?u:[^'])*'\)|'(?u:[^'])*')*$"#,
    )
});

fn blame(lead: &str, opens: bool, name: Name<'_>, after: &str) -> Option<Blame> {
    let is_commit = !name.is_pull();
    if opens && is_commit && TRAILER.is_match(lead) {
        return Some(Blame::Trailer);
    }
    let blame = stated(lead, is_commit, after)?;
    let is_acquitted = ACQUITTED.is_match(lead) || (is_commit && PICKED_FROM.is_match(lead));
    (!is_acquitted).then_some(blame)
}

/// The blame in what stands right before a name, or behind it. Most names have none.
fn stated(lead: &str, is_commit: bool, after: &str) -> Option<Blame> {
    if BROKEN_BY.is_match(lead) || (is_commit && BROKE.is_match(after)) {
        return Some(Blame::Stated);
    }
    let is_wrong = REGRESSION_IN.is_match(lead) || (is_commit && HEAD.is_match(lead) && WRONG.is_match(after));
    if is_wrong && !NEGATED.is_match(lead) {
        return Some(Blame::Stated);
    }
    let is_added = ADDED_BY.is_match(lead) || (is_commit && ADDED.is_match(after));
    (is_added && !keeps(lead)).then_some(Blame::Added)
}

/// `Fixes: #N` names an issue; only a commit is a culprit.
static TRAILER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?xi)^(?:this\ |commit\ |also\ |a\ )*(?:
            (?:fixes|fix|fixup|introduced[ -]by|introduced[ -]in|bug[ -]introduced[ -]by|broken[ -]by|caused[ -]by|regression[ -]from|culprit)\s*:
          | introduced\ (?:by|in)
          | (?:fixes|fixed|fixup(?:\ for|\ of)?|fix(?:\ for|\ of|\ to)?|follow[- ]?up\ fix(?:es)?(?:\ to|\ for|\ of)?)
          )\s*(?:commits?:?\s*)?[(`<"']*$"#,
    )
});

static BROKEN_BY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)(?:
            \b(?:broken|regressed|missed|forgotten|overlooked|(?:mistakenly|accidentally|inadvertently|unintentionally|incorrectly|wrongly|erroneously)\ \w+
              |\w+\ (?:mistakenly|accidentally|inadvertently|unintentionally|erroneously|by\ mistake|by\ accident))
              \s+(?:in|by|with|since|after|from|as\ (?:part|a\ (?:result|side[- ]effect))\ of|due\ to)
          | \b(?:regression|bug|breakage|mistake|typos?|fallout)s?\s+(?:(?:was|were|is|that|which|got|has|been|first|originally|i|we|unintentionally|apparently|appears?\ to\ have|seems?\ to\ have)\s+)*
              (?:in|from|of|by|since|caused\ by|(?:re-?)?introduce[ds]\ (?:in|by|with|since)|added\ (?:in|by)|due\ to)
          | \b(?:guilty|offending)\s+(?:commit|change|patch|one)\s+(?:is|was)
          | \b(?:crash|crashes|leaks?|errors?|problems?|issues?|failures?|warnings?)\s+(?:(?:was|were|is|that|which|got|has|been|first|originally|apparently|appears?\ to\ have|seems?\ to\ have)\s+)*
              (?:caused\ by|introduced\ (?:in|by|with|since)|added\ (?:in|by)|due\ to)
          | \bfix(?:es)?\ (?:a\ |the\ )?(?:regression|bug|breakage|crash|mistake|fallout|problem|issue)\s+(?:in|from|of)
          | \b(?:regressed|broke|stopped\ working|broken|no\ longer\ works?|fails|failing)\s+(?:\w+\s+){0,3}(?:since|after|in|with|by)
          | ^(?:[\w/.-]+:\ )?(?:fix(?:es|ed)?|correct(?:s|ed)?)\ (?:a\ |an\ |the\ )?(?:[\w-]+\ ){1,4}(?:in|from|of)(?:\ commit)?
          )\s+(?:probably\ |at\ least\ )?(?:the\ )?(?:my\ |our\ )?(?:previous\ |recent\ )?(?:commits?|changes?|change\ in|patch|pr|pull\ request|cl|merge\ of)?:?\s*[(`<\[]*$",
    )
});

/// "A regression in detecting the platform introduced by X"
static REGRESSION_IN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:regression|bug|breakage)s?\s+(?:in|with|when|of)\s+(?:[\w/.()-]+\s+){1,6}(?:caused\s+by|introduced\s+(?:in|by|with|since))\s+(?:commit\s+)?[(`]*$",
    )
});

static ACQUITTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\b(?:not|never)|n't)\s+(?:been\s+)?(?:introduced|caused|triggered|added|broken)\s+(?:in|by|with|from|since)\b",
    )
});

static NEGATED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:not|never|no|without|tests?\s+for|testing)\b|n't\b"));

/// "Commit X is wrong."
static WRONG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^[)`\]>']*\s+(?:is|was)\s+(?:incorrect|wrong|bogus)\s*(?:[.,;:]|$)"));
static HEAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^(?:the\s+)?(?:commit|change|changeset|patch)?\s*[(\[`']*$"));

static ADDED_BY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)\b(?:introduced|caused|triggered|exposed|uncovered|created|added|changed|removed|dropped|resulting|started|lost|refactored)\s+(?:\w+\s+){0,2}?
        (?:in|by|with|from|since|after|as\ (?:part|a\ (?:result|consequence|side[- ]effect))\ of|due\ to)
        \s+(?:the\ )?(?:commits?|changes?|patch|pr|pull\ request|cl|merge\ of)?:?\s*[(`<\[]*$
        |\b(?:since|after)\s+(?:the\ )?(?:commits?|changes?|patch|pr|pull\ request|cl)?:?\s*[(`<\[]*$",
    )
});

/// What was picked is what this commit repeats, whatever is said of it then.
static PICKED_FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:cherry[- ]?)?(?:picked|back-?ported|taken)\s+from\s+(?:the\s+)?(?:upstream\s+)?(?:commits?)?:?\s*[(`<\[]*$",
    )
});

/// "This preserves the check introduced in X": what is kept was no mistake.
fn keeps(lead: &str) -> bool {
    static KEEPS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:preserv(?:es?|ing)|retain(?:s|ing)?|keep(?:s|ing)?)\s+(?:the|all|our|its|this|that|these|those)\s(?u:[^.;])*$",
        )
    });
    let denied = |before: &str| ["not", "n't", "never", "cannot"].iter().any(|word| before.trim_end().ends_with(word));
    KEEPS.find(lead).is_some_and(|found| !denied(&lead[..found.start()]))
}

static BROKE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?xi)^[)`\]>']*\s*(?:\(?\[?(?u:["'“‘])(?u:[^"”])*(?u:["'”’])\]?\)?|\((?u:[^)])*\))?,?\s*
        (?:(?:has|have|had|which|that|it|also|then|unintentionally)\s+)*
        (?:broke|breaks|regressed|accidentally|inadvertently|mistakenly|incorrectly|wrongly|erroneously|unintentionally
          |introduced\s+(?:a\s+|an\s+|the\s+|some\s+|another\s+)?(?:\w+\s+){0,3}(?:bug|regression|crash|leak|race|issue|problem|error|deadlock|breakage|mistake|failure|typo|warning)s?
          |introduced\s+this
          |cause[sd]\s+(?:a\s+|an\s+|the\s+)?(?:\w+\s+){0,3}(?:bug|regression|crash|leak|race|issue|problem|error|deadlock|breakage|failures?)
          |(?:added|changed|introduced|updated|migrated|moved|replaced|did\s+\w+)\s[\x20-\x2d\x2f-\x3a\x3c-\x7e]{0,160}?\bbut\s+(?:(?:this|it|that|also|then)\s+)*
            (?:broke|did\s+break|forgot|failed\s+to|introduced\s+(?:a|an)\s+(?:bug|regression))
          |got\s+(?:this|it|that)\s+wrong
          |forgot|missed|failed\s+to|neglected|overlooked|left\s+out|did\s+not|didn't)\b"#,
    )
});

static ADDED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?xi)^[)`\]>]*\s*(?:\(?\[?(?u:["'“‘])(?u:[^"”])*(?u:["'”’])\]?\)?|\((?u:[^)])*\))?,?\s*(?:(?:has|have|had|which|that|it|also)\s+)*
        (?:introduced|caused|changed|removed|added|made|moved|refactored|switched|started|replaced|converted|updated|migrated|did\s+\w+)\b"#,
    )
});
