//! What a message says about undoing or redoing another commit, before anyone has looked for that commit.
//!
//! A statement is an act: a sentence that opens with the verb ("This mostly reverts commit X", "Back out
//! X", `Revert "subject"`), or closes with a clause that does ("Enable the test again, reverting #12"). History told in passing ("was reverted in X", "the revert of X broke this",
//! "instead of reverting X") and the verb as a feature ("add a revert button") do not open so.

use std::sync::LazyLock;

use regex::Regex;

use crate::outcomes::names::{Name, names};
use crate::outcomes::text::pattern;

/// Names read from one statement; a longer list is no statement.
const MOST_NAMES: usize = 64;

/// Words between the verb and the name: "reverts *most of the changes made to the test output by* X".
const MOST_FILLER: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Revert,
    Reapply,
}

/// An act on something named.
#[derive(Debug, PartialEq)]
pub(super) struct Statement<'t> {
    pub(super) act: Act,
    pub(super) name: Name<'t>,
    /// Only part of the named commit is undone.
    pub(super) is_partial: bool,
    /// Words stand between the verb and the name, so that the name may be another's.
    pub(super) is_loose: bool,
}

/// An act on a commit called by its subject.
#[derive(Debug, PartialEq)]
pub(super) struct SubjectStatement<'t> {
    pub(super) act: Act,
    /// What stood before the verb: the author may have moved it out of the quotation.
    pub(super) scope: &'t str,
    pub(super) subject: &'t str,
    pub(super) is_quoted: bool,
    /// The subject was too long for a line.
    pub(super) is_cut: bool,
}

/// Whether a message is worth reading at all. Its words begin small, capital or in capitals: so few beginnings are found
/// all at once.
pub(super) fn may_state(message: &str) -> bool {
    static HINT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?x)(?:[Rr]e|RE)-?(?i:vert|appl|land|vers|instat|introduc|submit)|(?:[Bb]ack|BACK)(?i:s|ed|ing)?[\ -]?(?i:out)
            |(?:[Rr]oll|ROLL)(?i:s|ed|ing)?[\ -]?(?i:back|forward)|(?:[Uu]n|UN)(?i:do)|[Aa]ttempt|ATTEMPT",
        )
    });
    HINT.is_match(message)
}

/// The statements of one sentence, of a history with revisions of Subversion or not.
pub(super) fn statements(sentence: &str, revisions: bool) -> Vec<Statement<'_>> {
    let Some(opening) = opening(sentence) else {
        return aside(sentence, revisions).or_else(|| passive(sentence, revisions)).into_iter().collect();
    };
    let rest = &sentence[opening.end..];
    let Some((first, name)) = names(rest, revisions).next() else { return Vec::new() };
    let between = &rest[..first.start];
    let filler = unquoted(between);
    // After a quoted subject, `(#N)` is the number of the request that landed the quoted commit's revert.
    let has_code_only = !between.contains(['"', '“', '\'']) && leads_from(&filler);
    let is_title = filler.contains(['"', '“']) || (name.is_pull() && filler != between && !has_code_only);
    if is_title || !bridges(&filler, name, &opening) || (opening.is_participle && is_told(&rest[first.end..])) {
        return Vec::new();
    }
    let is_partial = opening.is_partial || PART.is_match(&filler);
    let is_loose = filler.split_whitespace().count() > 3;
    if is_loose && opening.is_reversal {
        return Vec::new();
    }
    let listed = std::iter::once(name).chain(list(&rest[first.end..], revisions));
    listed.map(|name| Statement { act: opening.act, name, is_partial, is_loose }).collect()
}

/// What a clause at the end of a sentence says: "Enable the test again, reverting #12". A sentence about something else,
/// another commit or an attempt, says nothing.
fn aside(sentence: &str, revisions: bool) -> Option<Statement<'_>> {
    static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:[,(]\s*(?<part>part(?:ial)?ly\s+)?(?:reverts|reverting)|\bby\s+reverting)\s+(?:(?:commit|pr)\s+)?`?$",
        )
    });
    static TOLD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:tr(?:y|ies|ied|ying)|attempt(?:s|ed|ing)?|instead|without|previous|earlier|last|still|when|if|unless|would|could|should|may|might|can|after|before|since|until|not|work(?:s|ed|ing)?\s+around|workarounds?|was|were|is|are|been|got|be|pass(?:es|ed)?|goes|went|works?|verif\w+|bisect\w*|confirm\w*|reproduc\w+|users?)\b",
        )
    });
    let mut all = names(sentence, revisions);
    let (range, name) = all.next()?;
    let ends = sentence[range.end..].chars().all(|c| matches!(c, ')' | '.' | '!' | '`' | ' '));
    let lead = &sentence[..range.start];
    let said = ASIDE.captures(lead).filter(|_| ends && !TOLD.is_match(lead))?;
    Some(Statement { act: Act::Revert, name, is_partial: said.name("part").is_some(), is_loose: true })
}

/// "Commit X, which is hereby reverted": said of what this commit does, not of what was done elsewhere.
fn passive(sentence: &str, revisions: bool) -> Option<Statement<'_>> {
    static PASSIVE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^[)`\]]*,?\s+(?:which\s+|that\s+)?(?:is|are)\s+(?:(?:hereby|now|thus|therefore)\s+)?reverted(?:\s+(?:here|now|for\s+now|by\s+this(?:\s+\w+)?|in\s+this(?:\s+\w+)?))?[\s.,)!]*$",
        )
    });
    static HEAD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)^(?:also,?\s+)?(?:the\s+|this\s+)?(?:commit|change|changeset|patch)?\s*[(\[`]*$")
    });
    let (range, name) = names(sentence, revisions).next()?;
    let is_one = !name.is_pull() && HEAD.is_match(&sentence[..range.start]) && PASSIVE.is_match(&sentence[range.end..]);
    is_one.then_some(Statement { act: Act::Revert, name, is_partial: false, is_loose: true })
}

/// The statement of a list item or paragraph of a body that is nothing but `Revert "subject"`, in whatever dress.
pub(super) fn item_statement(block: &str) -> Option<SubjectStatement<'_>> {
    static ITEM: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r#"^[*_\s]*Revert\s+(?u:["“])(?<subject>(?u:.)+)(?u:["”])[*_.\s]*(?:\([#!][0-9]+\)[*_.\s]*)*$"#)
    });
    let subject = ITEM.captures(block)?.name("subject")?.as_str();
    Some(SubjectStatement { act: Act::Revert, scope: "", subject, is_quoted: true, is_cut: false })
}

/// The statement of a subject line that calls its target by subject.
pub(super) fn subject_statement(subject: &str) -> Option<SubjectStatement<'_>> {
    static SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"(?xi)^(?<scope>(?:(?u:[^\x00-\x7F])*[\x20!\x23-~]{0,80}?(?::\ |\]\ ?))?)
            (?:part(?:ial(?:ly)?|ly)\ |temporarily\ |manual(?:ly)?\ )?
            (?:(?<revert>revert(?:s|ed|ing)?|revers(?:es|ed)|back(?:s|ed|ing)?[\ -]?out|roll(?:s|ed|ing)?[\ -]?back|undo)
              |(?<reapply>re-?appl(?:y|ies|ied|ying)|re-?land(?:s|ed|ing)?|roll[\ -]?forward|un-?revert|re-?revert))
            (?:\((?u:[^)])*\))?(?:\ of|\ for)?:?\s+(?:the\ )?(?:commit:?\ |change:?\ |pr:?\ |merge:?\ )?
            (?:(?<open>(?u:["'“‘`]))(?<quoted>(?u:.)+)|(?<bare>(?u:\S)(?u:.)*))$"#,
        )
    });
    let found = SUBJECT.captures(subject)?;
    let act = if found.name("reapply").is_some() { Act::Reapply } else { Act::Revert };
    let scope = found.name("scope").map_or("", |m| m.as_str());
    let (text, is_quoted) = match (found.name("quoted"), found.name("bare")) {
        (Some(quoted), _) => (quoted.as_str(), true),
        (None, bare) => (bare?.as_str(), false),
    };
    let closed = if is_quoted { text.rfind(closing(found.name("open")?.as_str())) } else { Some(text.len()) };
    let inner = closed.map_or(text, |end| &text[..end]).trim();
    let is_cut = closed.is_none() || inner.ends_with('…') || inner.ends_with("...");
    Some(SubjectStatement { act, scope, subject: inner, is_quoted, is_cut })
}

/// Whether a subject line says that this commit reverts something, named or not. `revert: ` in front is a
/// type or a module, and lets anything follow.
pub(super) fn opens_with_revert(subject: &str) -> bool {
    static REVERT: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)^(?:(?u:[^\s:])+:\s+)?(?:part(?:ial(?:ly)?|ly)\s+)?revert(?:s|ed)?\s"));
    REVERT.is_match(subject)
}

/// Whether a sentence is about one commit that it names at its head: "1234abcd made this …".
pub(super) fn topic(sentence: &str) -> Option<Name<'_>> {
    static HEAD: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)^(?:(?:in|since|after|with|the|this|commit|change)\s+){0,3}[(\[`]*$"));
    let mut all = names(sentence, false);
    let (first, name) = all.next()?;
    (matches!(name, Name::Id(_)) && HEAD.is_match(&sentence[..first.start])).then_some(name)
}

struct Opening {
    act: Act,
    end: usize,
    is_partial: bool,
    is_participle: bool,
    /// "revert of", "attempt at": what follows is the target itself.
    is_noun: bool,
    /// "reversed", "reversing": of an order, a list, a sign too.
    is_reversal: bool,
}

static PART: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:partial|partially|partly|mainly|approximately|parts?|portions?|most|mostly|some|pieces?|bits?)\b",
    )
});

/// The verb a sentence opens with, after a scope ("cli: ") and words that only lead up to it.
fn opening(sentence: &str) -> Option<Opening> {
    static OPENING: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"(?xi)^["'(\[*_]*(?:(?u:[^\x00-\x7F“])*[\x20!\x23-~]{0,60}?(?::|\])\s+)?
            (?<frame>(?:(?:this|the|it|we|i|is|a|an|also|and|so|of|to|just|simply|commit|patch|change|changeset|cl|pr|mr
              |pull|request|diff|basically|mostly|mainly|largely|partial|partially|partly|full|fully|logically|effective|effectively|approximately
              |essentially|temporarily|manual|manually|kinda|kind|sort|trying|tries|try|please|now|clean|behaviou?r
              |functionally|i'm|we're|am|are|series|set|branch|merge),?\s+){0,8})
            (?:(?<noun>(?:revert|reversion|reversal|back-?out|roll-?back)\s+(?:of|for))
              |(?<verb>reverts?|backs?[\ -]?out|rolls?[\ -]?back|undo(?:es)?|reverses?)
              |(?<past>reverted|reversed|backed[\ -]out|rolled[\ -]back|undid)
              |(?<participle>reverting|reversing|backing[\ -]out|rolling[\ -]back|undoing)
              |(?<renoun>(?:second|third|another|new)\ (?:attempt|try)\ (?:at|of|to\ land)|(?:re-?land|re-?application)\s+of)
              |(?<reverb>re-?appl(?:y|ies|ied|ying)|re-?land(?:s|ed|ing)?|roll(?:s|ed|ing)?[\ -]?forward|un-?reverts?
                |re-?instat(?:es?|ed|ing)|re-?introduc(?:es?|ed|ing)|re-?submit(?:s|ted|ting)?))
            (?:\((?u:[^)])*\))?(?::|\b)"#,
        )
    });
    let found = OPENING.captures(sentence)?;
    let frame = found["frame"].trim().to_ascii_lowercase();
    let lead = frame.rsplit(' ').next().unwrap_or_default();
    let is_noun = found.name("noun").is_some() || found.name("renoun").is_some();
    let is_told = lead == "the"
        || (found.name("past").is_some() && matches!(lead, "is" | "are" | "am"))
        // "(I reverted #12, to see it fail.)"
        || (found.name("past").is_some() && matches!(lead, "i" | "we") && sentence.starts_with('('))
        || frame.starts_with("to ")
        || frame == "to";
    let redoes = found.name("renoun").is_some() || found.name("reverb").is_some();
    (!is_told).then(|| Opening {
        act: if redoes { Act::Reapply } else { Act::Revert },
        end: found.get(0).map_or(0, |m| m.end()),
        is_partial: PART.is_match(&frame),
        is_participle: found.name("participle").is_some(),
        is_noun,
        is_reversal: ["past", "participle"]
            .iter()
            .filter_map(|group| found.name(group))
            .any(|verb| verb.as_str().to_ascii_lowercase().starts_with("revers")),
    })
}

/// Whether the words between verb and name lead from the one to the other. What is reverted *to* an id is
/// something else.
fn bridges(filler: &str, name: Name<'_>, opening: &Opening) -> bool {
    static AWAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)^:?\s*(?:in|by|with|at|to|on|as|via|through|after|since|because|from|if|when|upstream)\b")
    });
    static STOP: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?xi)\b(?:because|since|after|before|until|till|when|whenever|while|which|but|so|due|thanks|instead|not
            |if|although|though|fix(?:es|ed|ing)?|regressions?|bugs?|issues?|problems?|see|once|where|reversing|breaks|broke)\b",
        )
    });
    static TO_PULL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?xi)^[\s:(\[]*(?:(?:parts?|most|some|of|to|the|all|changes?|from|in|made|pr|prs|mr|pull|pulls|request|requests
            |merge|commit|github|gh)[\s:(\[]+)*$",
        )
    });
    if name.is_pull() && !leads_from(filler) {
        return TO_PULL.is_match(filler) && !AWAY.is_match(filler);
    }
    static BACK_TO: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\bto(?: the)?(?: commit| version| state (?:of|at))?[\s:(]*$"));
    if BACK_TO.is_match(filler) {
        return false;
    }
    let is_near = filler.split_whitespace().count() <= MOST_FILLER;
    let redoes = opening.act == Act::Reapply;
    is_near && (redoes || !STOP.is_match(filler)) && (redoes || opening.is_noun || !AWAY.is_match(filler))
}

/// "Revert the cache *changes from* #12", and not "Revert the cache to keep the changes from #12".
fn leads_from(filler: &str) -> bool {
    static FROM: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)^(?u:[^,;:])*\bchanges?\s+(?:(?:made|done|introduced|added)\s+)?(?:from|in|of|by)\s*[(\[]?$")
    });
    static ELSE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:to|keep(?:s|ing)?|except|match(?:es|ing)?|includ(?:es?|ing)|with|without|but|not|instead|since|for|after|before)\b",
        )
    });
    FROM.is_match(filler) && !ELSE.is_match(filler)
}

/// "Reverting X *would fix it*" tells of an experiment, not of this commit.
fn is_told(after: &str) -> bool {
    static TOLD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:would|will|should|could|might|may|can|can't|fix(?:es|ed)|solve[sd]?|resolve[sd]?|help(?:s|ed)|makes?|made|seems|does|doesn't|did|is|was|isn't|locally)\b",
        )
    });
    // "reverting X, since it was wrong" tells why.
    static WHY: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i),\s+(?:since|because|as)\b"));
    TOLD.is_match(WHY.find(after).map_or(after, |why| &after[..why.start()]))
}

/// The further names of an enumeration: "X, Y and commit Z", each perhaps with its subject in quotes.
fn list(text: &str, revisions: bool) -> Vec<Name<'_>> {
    static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"^(?:[\s,&+/()\[\]`:]|(?i:and|as well as|commits?)\b|"(?u:[^"])*"|“(?u:[^”])*”|\('(?u:[^'])*'\)|'(?u:[^'])*')*$"#,
        )
    });
    let mut all = Vec::new();
    let mut from = 0;
    for (range, name) in names(text, revisions).take(MOST_NAMES) {
        if !SEPARATOR.is_match(&text[from..range.start]) {
            break;
        }
        from = range.end;
        all.push(name);
    }
    all
}

fn unquoted(filler: &str) -> String {
    static QUOTED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r#""(?u:[^"])*"|“(?u:[^”])*”|`(?u:[^`])*`|'(?u:[^'])+'"#));
    QUOTED.replace_all(filler, " ").into_owned()
}

fn closing(open: &str) -> char {
    match open {
        "“" => '”',
        "‘" => '’',
        other => other.chars().next().unwrap_or('"'),
    }
}
