//! What the issues that a commit closes say of it: by their labels and types they are bugs or something else.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::facts::{CommitId, Github, Issue, PullLanding, Text};
use crate::outcomes::text::{MOST_READ, cut, pattern, sentences, without_comments};

/// How a sentence closes an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// `Fixes #12`
    Fixes,
    /// `Closes #12`, `Resolves #12`: as often a wish fulfilled or a pull request merged as a bug.
    Closes,
}

/// An issue that a sentence closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed<'t> {
    pub(super) how: Closing,
    number: i64,
    /// As the text calls it: `OWNER/NAME`, or an address with that in it.
    repo: Option<&'t str>,
}

static CLOSES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)\b(?:(?<fix>fix(?:e[sd])?|closes-bug)|clos(?:e[sd]?|ing)|resolv(?:e[sd]?|ing))(?::\s*|\s+)(?:(?:issue|bug)\s+)?
        (?:(?<repo>[\w.-]+/[\w.-]+)?(?:\#|gh-)|https?://[\w.:-]+/(?<url_repo>(?u:\S)+?)(?:/-)?/issues/|https?://(?u:\S)+/issues/)
        (?<number>[0-9]{1,9})\b",
    )
});

/// The issues that a sentence closes, in order.
pub(super) fn closed_issues(sentence: &str) -> impl Iterator<Item = Closed<'_>> {
    // Most sentences end here.
    let may_close = sentence.contains(['#', '-', '/']) && sentence.contains(|c: char| c.is_ascii_digit());
    let sentence = if may_close { sentence } else { "" };
    CLOSES.captures_iter(sentence).filter_map(|found| closed(&found))
}

fn closed<'t>(found: &Captures<'t>) -> Option<Closed<'t>> {
    let how = if found.name("fix").is_some() { Closing::Fixes } else { Closing::Closes };
    let repo = found.name("repo").or(found.name("url_repo")).map(|repo| repo.as_str());
    Some(Closed { how, number: found.name("number")?.as_str().parse().ok()?, repo })
}

/// What an issue says of the commit that closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Bug,
    /// A feature, a question, a document.
    Other,
    /// It is not known, or bears no label that tells.
    Nothing,
}

/// The issues of a repository, and those that pull requests close.
pub(super) struct Issues<'a> {
    repo: &'a str,
    known: BTreeMap<i64, Says>,
    /// The words by which a landed pull request closes a bug, by the commit that stands for it.
    bugs: BTreeMap<&'a CommitId, String>,
}

impl<'a> Issues<'a> {
    pub(super) fn of(github: &'a Github, landings: &'a [PullLanding], repo: &'a str) -> Self {
        let mut known: BTreeMap<i64, Says> = BTreeMap::new();
        for issue in &github.issues {
            let said = known.entry(issue.issue).or_insert(Says::Nothing);
            *said = surest(*said, kind(issue));
        }
        let mut issues = Self { repo, known, bugs: BTreeMap::new() };
        let landed: BTreeMap<i64, &CommitId> = landings.iter().map(|l| (l.pull, &l.change_id)).collect();
        let mut bugs: BTreeMap<&CommitId, BTreeSet<(i64, String)>> = BTreeMap::new();
        for pull in &github.pulls {
            let Some(&change) = landed.get(&pull.pull) else { continue };
            let bug = issues.closed_bug(&pull.title).or_else(|| issues.closed_bug(&without_comments(&pull.body)));
            let told = bug.map(|said| (pull.pull, format!("pull request #{}: {said}", pull.pull)));
            bugs.entry(change).or_default().extend(told);
        }
        issues.bugs =
            bugs.into_iter().filter_map(|(change, told)| Some((change, told.into_iter().next()?.1))).collect();
        issues
    }

    /// What an issue says that is closed by name. Of another repository's issues nothing is known.
    pub(super) fn says(&self, closed: &Closed<'_>) -> Says {
        let is_own = |named: &str| named.eq_ignore_ascii_case(self.repo);
        let is_own = closed.repo.is_none_or(is_own);
        self.known.get(&closed.number).copied().filter(|_| is_own).unwrap_or(Says::Nothing)
    }

    /// A text without the closing of issues that are no bugs: the word "fixes" says nothing there.
    pub(super) fn without_others<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let is_other = |closed: Closed<'_>| self.says(&closed) == Says::Other;
        if self.known.is_empty() || !closed_issues(text).any(is_other) {
            return Cow::Borrowed(text);
        }
        CLOSES.replace_all(text, |found: &Captures<'_>| {
            let said = found.get(0).map_or("", |said| said.as_str());
            if closed(found).is_some_and(is_other) { String::new() } else { said.to_owned() }
        })
    }

    /// The words by which the pull request that landed as this commit closes a bug.
    pub(super) fn bug_of_pull(&self, change: &CommitId) -> Option<&String> {
        self.bugs.get(change)
    }

    fn closed_bug(&self, text: &str) -> Option<String> {
        let says_bug = |sentence: &String| closed_issues(sentence).any(|closed| self.says(&closed) == Says::Bug);
        sentences(cut(text, MOST_READ)).into_iter().find(says_bug)
    }
}

fn surest(one: Says, other: Says) -> Says {
    match (one, other) {
        (Says::Bug, _) | (_, Says::Bug) => Says::Bug,
        (Says::Other, _) | (_, Says::Other) => Says::Other,
        _ => Says::Nothing,
    }
}

fn kind(issue: &Issue) -> Says {
    let labels = issue.labels.iter().map(said_by).fold(Says::Nothing, surest);
    match issue.issue_type.as_ref().map(said_by) {
        // An organisation's types are chosen one of a few; labels come on top.
        Some(said @ (Says::Bug | Says::Other)) => said,
        _ => labels,
    }
}

/// What one label says: `bug`, `kind/bug`, `type: defect`, `C-bug`, `🐛 Bug`.
fn said_by(label: &Text) -> Says {
    let lower = label.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let any = |list: &str| words.iter().any(|word| list.split(' ').any(|known| known == *word));
    if any(BUG) && !any(DOUBTED) {
        Says::Bug
    } else if any(OTHER) || (any(BUG) && any("not non no")) {
        Says::Other
    } else {
        Says::Nothing
    }
}

const BUG: &str = "bug bugs defect defects regression regressions crash crashes crasher panic";
/// Beside such a word a bug is denied, doubted, or somebody else's: `not a bug`, `possible bug`, `bug bash`.
const DOUBTED: &str = "not non no possible potential maybe suspected unconfirmed bounty bash course";
const OTHER: &str = "feature features feat enhancement enhancements improvement improvements proposal proposals request requests rfc \
    question questions support discussion discussions doc docs documentation task chore refactor refactoring cleanup epic idea ideas \
    wish wishlist story";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_as_projects_write_them() {
        for label in
            ["bug", "Bug", "kind/bug", "type: bug", "T-defect", "C-bug", "🐛 Bug", "regression", "crash", "type:Bug-P2"]
        {
            assert_eq!(said_by(&label.into()), Says::Bug, "{label}");
        }
        for label in
            ["feature", "enhancement", "kind/feature", "type: docs", "question", "feature-request", "not a bug"]
        {
            assert_eq!(said_by(&label.into()), Says::Other, "{label}");
        }
        for label in ["debug", "help wanted", "P1", "", "possible bug", "bug bash", "area/debugger", "ladybug"] {
            assert_eq!(said_by(&label.into()), Says::Nothing, "{label}");
        }
    }

    #[test]
    fn closed_issues_are_read_with_their_repositories() {
        let read = |text| closed_issues(text).map(|c| (c.how, c.number, c.repo)).collect::<Vec<_>>();
        assert_eq!(read("Fixes #1, closes o/r#2."), [(Closing::Fixes, 1, None), (Closing::Closes, 2, Some("o/r"))]);
        assert_eq!(read("Resolves https://github.com/o/r/issues/3"), [(Closing::Closes, 3, Some("o/r"))]);
        assert_eq!(read("fixed: gh-4"), [(Closing::Fixes, 4, None)]);
        assert_eq!(read("See #5, prefixes #6"), []);
    }
}
