//! The ways in which a text names a commit.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::text::pattern;

/// A name that stands for a commit, as read; whether it resolves is another question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name<'t> {
    /// Hex digits of an object id, 7 or more.
    Id(&'t str),
    /// Number of a pull or merge request, or of an issue: the text does not tell them apart.
    Pull(u64),
    /// The same, of a repository that the text calls `OWNER/NAME`: perhaps another one.
    PullOf(&'t str, u64),
    /// Number of a Gerrit review, which Go calls CL.
    Review(u64),
    /// Gerrit's `I…`.
    ChangeId(&'t str),
    /// Number of a Subversion revision, in a history that came from there.
    Revision(u64),
}

impl Name<'_> {
    pub(super) fn is_pull(self) -> bool {
        matches!(self, Self::Pull(_) | Self::PullOf(..))
    }

    /// The method of a link that rests on it.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Id(_) => "explicit",
            Self::Pull(_) | Self::PullOf(..) => "pull",
            Self::Review(_) => "cl",
            Self::ChangeId(_) => "change_id",
            Self::Revision(_) => "revision",
        }
    }
}

/// The forms of names, but for revisions.
const FORMS: &str = r#"(?x)
      https?://(?u:[^\s()<>\]"'])*?/commits?/(?<url_id>[0-9a-fA-F]{7,64})\b
    | https?://[\w.:-]+/(?<url_repo>(?u:[^\s()<>\]"'])*?)(?:/-)?/(?:pulls?|merge_requests|pull-requests)/(?<url_pull>[0-9]{1,9})\b
    | (?:https?://)?(?:golang\.org|go\.dev)/cl/(?<go_review>[0-9]{1,9})\b
    | https?://(?u:[^\s()<>\]"'])*?/c/(?u:[^\s()<>\]"'])*?\+/(?<url_review>[0-9]{1,9})\b
    | https?://(?u:[^\s()<>\]"'])*
    | \bCL[\s\#:]*(?<review>[0-9]{1,9})\b
    | \b(?<change_id>I[0-9a-f]{8,40})\b
    | (?<repo>\b[\w.-]+/[\w.-]+)?[\#!](?<pull>[0-9]{1,9})\b
    | \b(?<id>[0-9a-fA-F]{7,64})\b(?<suffix>\.\.[0-9a-fA-F]|[\^~])?"#;

/// Every name in the text with where it stands, in order; revisions only where the history came from Subversion, lest
/// `r8169` be taken for one. A range such as `a..b` and an expression such
/// as `a^` name something else than the commit `a`.
pub(super) fn names(text: &str, revisions: bool) -> impl Iterator<Item = (Range<usize>, Name<'_>)> {
    static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(FORMS));
    static NAME_OR_REVISION: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(r"{FORMS}| \b(?:r|(?i:rev\.?\ ?|revision\ \#?|commit\ ))(?<revision>[0-9]{{3,6}})\b"))
    });
    let forms = if revisions { &*NAME_OR_REVISION } else { &*NAME };
    let text = if may_name(text, revisions) { text } else { "" };
    forms.captures_iter(text).filter_map(move |found| {
        let (range, name) = (found.get(0)?.range(), name_of(&found)?);
        let is_meant = || revisions && is_own_revision(&text[..range.start]) && !text[range.end..].starts_with(':');
        (!matches!(name, Name::Revision(_)) || is_meant()).then_some((range, name))
    })
}

/// Words that lead to a revision of this project: not the one in "FFmpeg r22522".
const LEADS: &str = "after also and as back backs before broke by change changes changeset commit commits fix fixes from in \
    introduced is of or out patch plus previous rev revert reverted reverting reverts revision revisions since svn than that \
    the to undo undoes was with";

/// No such word is longer, nor another revision.
const LONGEST_LEAD: usize = 12;

fn is_own_revision(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t']);
    let before = &before[before.ceil_char_boundary(before.len().saturating_sub(LONGEST_LEAD))..];
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
    let is_number = || word.strip_prefix('r').is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
    word.is_empty() || LEADS.split_whitespace().any(|lead| lead == word) || is_number()
}

/// Whether anything in the text can be a name; most sentences end here. A name has a digit, and is marked or long.
fn may_name(text: &str, revisions: bool) -> bool {
    let (mut digits, mut led) = (0, false);
    let mut is_mark = |byte: u8| {
        digits = if byte.is_ascii_hexdigit() { digits + 1 } else { 0 };
        // `r123`, `commit 123`, `rev. 123`
        led = matches!(byte, b'r' | b't' | b'n' | b'v')
            || (led && (byte.is_ascii_digit() || matches!(byte, b' ' | b'.' | b'#')));
        let is_revision = revisions && led && digits == SHORTEST_REVISION && byte.is_ascii_digit();
        digits == SHORTEST_ID || is_revision || matches!(byte, b'#' | b'!' | b'/' | b'L')
    };
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(&mut is_mark)
}

const SHORTEST_ID: usize = 7;
const SHORTEST_REVISION: usize = 3;

fn name_of<'t>(found: &Captures<'t>) -> Option<Name<'t>> {
    let any = |groups: &[&str]| groups.iter().find_map(|group| found.name(group)).map(|m| m.as_str());
    let number = |groups: &[&str]| any(groups).and_then(|digits| digits.parse().ok());
    if found.name("suffix").is_some() {
        return None;
    }
    any(&["url_id", "id"])
        .map(Name::Id)
        .or_else(|| {
            let pull = number(&["url_pull", "pull"])?;
            Some(any(&["url_repo", "repo"]).map_or(Name::Pull(pull), |repo| Name::PullOf(repo, pull)))
        })
        .or_else(|| number(&["go_review", "url_review", "review"]).map(Name::Review))
        .or_else(|| any(&["change_id"]).map(Name::ChangeId))
        .or_else(|| number(&["revision"]).map(Name::Revision))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read() {
        let read = |text| names(text, true).map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(read("commit 0123abcd, or (abcdef0)."), [Name::Id("0123abcd"), Name::Id("abcdef0")]);
        assert_eq!(read("https://x.org/o/r/commit/0123abcd"), [Name::Id("0123abcd")]);
        assert_eq!(read("#1 !3"), [1, 3].map(Name::Pull));
        let of = |number| Name::PullOf("o/r", number);
        assert_eq!(read("o/r#2 https://x/o/r/pull/4 https://x.y/o/r/-/merge_requests/5"), [2, 4, 5].map(of));
        assert_eq!(read("CL 1, golang.org/cl/2, https://g/c/tools/+/3"), [1, 2, 3].map(Name::Review));
        assert_eq!(read("change I0123456789abcdef"), [Name::ChangeId("I0123456789abcdef")]);
        let of_svn = "revert r24446 and r24447; commit 24966, revision 30 and rev. 123, FFmpeg r22522";
        assert_eq!(read(of_svn), [24446, 24447, 24966, 123].map(Name::Revision));
        assert_eq!(read("r8169: fix r300é, Revision 123"), [Name::Revision(300), Name::Revision(123)]);
        assert_eq!(
            names("Go back to r128, reverting #7", false).map(|(_, name)| name).collect::<Vec<_>>(),
            [Name::Pull(7)]
        );
    }

    #[test]
    fn what_has_no_mark_is_not_looked_through() {
        let marked = ["#1", "!1", "CL 1", "abcdef0", "r123", "commit 123", "https://x.org/o/r/pull/4"];
        assert!(marked.into_iter().all(|text| may_name(text, true)));
        assert!(!["", "a 1", "abcdef 0", "a 123", "r12", "abcdefa", "I2"].into_iter().any(|text| may_name(text, true)));
        assert!(!may_name("commit 123", false));
    }

    #[test]
    fn ranges_expressions_and_other_addresses_are_no_names() {
        for text in ["0123abcd..4567abcd^", "0123abcd~2", "https://x.org/0123abcd", "x0123abcd"] {
            let left = names(text, true).count();
            assert_eq!(left, 0, "{text}");
        }
    }
}
