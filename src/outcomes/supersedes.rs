//! Changes of which a later one left little: it wrote something else in their place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use super::index::CommitIndex;
use super::names::{Name, names};
use super::text::{body, evidence, pattern, sentences};
use crate::facts::{CommitId, History, LineFate, LineKind, Link, LinkKind, SubjectKind};

/// Share of a change's lines that its successor ends at least.
const MOSTLY: f64 = 0.8;
/// Lines a change has to have brought.
const FEWEST_LINES: i64 = 5;
/// Days within which the successor lands.
const SOON: i64 = 90;
/// Confidence from which a revert, too, told by its lines alone is one.
const SURE: f64 = 0.7;
/// Of the lines it ended a successor writes at least one in so many anew, in the same files: else it removes.
const WRITTEN_ANEW: i64 = 2;

/// `supersedes` links.
///
/// | how it is known | ends | method | confidence |
/// | --- | --- | --- | --- |
/// | one later change ended 80 % or more of the lines a change brought, within 90 days, and wrote half as many or more in the same files; none of its commits reverts or reapplies one of the change, and the one that landed it reverts nothing | change to change | `same_lines` | 0.7 |
/// | "Supersedes #N", "replaces commit X", of one that landed before | commit to commit | `pull`, `explicit`, … | 0.9 |
///
/// Lines are code and comments of files whose content runs (no docs, tests, lock, generated or vendored files), 5
/// at least, counted as they landed. `share` and `lines` say how many of them were rewritten.
pub fn find_superseded(history: &History, index: &CommitIndex<'_>, reverts: &[Link]) -> Vec<Link> {
    let mut links = rewritten(history, reverts);
    links.extend(stated(index));
    links
}

/// Lines of a change that another one ended.
struct Rewrite<'a> {
    old: &'a CommitId,
    new: &'a CommitId,
    ended: i64,
    landed: i64,
    days: i64,
}

fn rewritten(history: &History, reverts: &[Link]) -> Vec<Link> {
    let mainline = history.mainline();
    let place: FxHashMap<&CommitId, usize> = mainline.iter().enumerate().map(|(at, c)| (&c.commit_id, at)).collect();
    let change_of: FxHashMap<&str, &CommitId> = (history.commits.iter())
        .filter_map(|commit| Some((commit.commit_id.as_str(), commit.change_id.as_ref()?)))
        .collect();
    let change = |commit: &CommitId| change_of.get(commit.as_str()).copied();
    let fates: Vec<(&LineFate, usize, Option<usize>)> = (history.line_fates.iter())
        .filter(|fate| fate.line_kind != LineKind::Blank && fate.class.runs())
        .filter_map(|fate| {
            let born = change(fate.copied_by.as_ref().unwrap_or(&fate.origin_commit))?;
            let died = fate.death_commit.as_ref().and_then(change).and_then(|died| place.get(died)).copied();
            Some((fate, *place.get(born)?, died))
        })
        .filter(|(_, born, died)| died.is_none_or(|died| died > *born))
        .collect();
    let mut landed: FxHashMap<usize, i64> = FxHashMap::default();
    let mut ended: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for &(fate, born, died) in &fates {
        *landed.entry(born).or_default() += fate.lines;
        if let Some(died) = died {
            *ended.entry((born, died)).or_default() += fate.lines;
        }
    }
    // What lands as a revert takes back, whatever else it ends.
    let takes_back: FxHashSet<&str> = (reverts.iter())
        .filter(|link| link.kind == LinkKind::Reverts && link.confidence >= SURE)
        .map(|link| &*link.from_id)
        .collect();
    let reverting: FxHashSet<(usize, usize)> = (reverts.iter())
        .filter_map(|link| {
            let of = |id: &str| place.get(change_of.get(id)?).copied();
            Some((of(&link.from_id)?, of(&link.to_id)?))
        })
        .collect();
    let mut mostly: Vec<(usize, usize, Rewrite<'_>)> = Vec::new();
    for (&(born, died), &lines) in &ended {
        let (old, new) = (mainline[born], mainline[died]);
        let all = landed.get(&born).copied().unwrap_or_default();
        let days = || Some((new.committed_at? - old.committed_at?).num_days());
        if all < FEWEST_LINES
            || (lines as f64) < MOSTLY * all as f64
            || reverting.contains(&(died, born))
            || takes_back.contains(new.commit_id.as_str())
        {
            continue;
        }
        if let Some(days) = days().filter(|days| (0..=SOON).contains(days)) {
            let rewrite = Rewrite { old: &old.commit_id, new: &new.commit_id, ended: lines, landed: all, days };
            mostly.push((born, died, rewrite));
        }
    }
    let anew = written_anew(&fates, &mostly);
    let writes = |&(born, died, ref rewrite): &(usize, usize, Rewrite<'_>)| {
        WRITTEN_ANEW * anew.get(&(born, died)).copied().unwrap_or_default() >= rewrite.ended
    };
    mostly.iter().filter(|mostly| writes(mostly)).map(|(.., rewrite)| rewrite.link()).collect()
}

/// What each successor wrote in the files in which it ended lines of the change before it.
fn written_anew(
    fates: &[(&LineFate, usize, Option<usize>)],
    mostly: &[(usize, usize, Rewrite<'_>)],
) -> FxHashMap<(usize, usize), i64> {
    let pairs: FxHashSet<(usize, usize)> = mostly.iter().map(|&(born, died, _)| (born, died)).collect();
    let successors: FxHashSet<usize> = pairs.iter().map(|&(_, died)| died).collect();
    let mut written: FxHashMap<(usize, &str), i64> = FxHashMap::default();
    let mut files: BTreeSet<(usize, usize, &str)> = BTreeSet::new();
    for &(fate, born, died) in fates {
        if successors.contains(&born) {
            *written.entry((born, &*fate.birth_path)).or_default() += fate.lines;
        }
        if let Some(died) = died.filter(|&died| pairs.contains(&(born, died))) {
            files.insert((born, died, &*fate.path));
        }
    }
    let mut anew: FxHashMap<(usize, usize), i64> = FxHashMap::default();
    for (born, died, path) in files {
        *anew.entry((born, died)).or_default() += written.get(&(died, path)).copied().unwrap_or_default();
    }
    anew
}

impl Rewrite<'_> {
    fn link(&self) -> Link {
        let Self { old, new, ended, landed, days } = self;
        Link {
            kind: LinkKind::Supersedes,
            from_kind: SubjectKind::Change,
            from_id: new.text(),
            to_kind: SubjectKind::Change,
            to_id: old.text(),
            method: "same_lines".into(),
            confidence: 0.7,
            weight: None,
            share: Some(*ended as f64 / (*landed).max(1) as f64),
            lines: Some(*ended),
            evidence: format!("rewrites {ended} of {landed} lines after {days} days").into(),
        }
    }
}

fn stated(index: &CommitIndex<'_>) -> Vec<Link> {
    static STATES: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?xi)^(?:(?:this|it|and|also|the|pr|pull\ request|patch|change|commit)\s+){0,4}(?:supersedes?|supersed(?:es|ing)|replaces|obsoletes)
            :?\s+(?:(?:the|my|prs?|pull\ requests?|commits?|changes?|from|in|old)[\s:]+){0,3}$",
        )
    });
    let mut links = Vec::new();
    for (at, commit) in index.afresh().in_order().filter(|(_, commit)| speaks(&commit.message)) {
        for sentence in sentences(body(&commit.subject, &commit.message)) {
            let Some((range, name)) = names(&sentence, index.has_revisions()).next() else { continue };
            let Some(to) = index.named(name, at).filter(|_| STATES.is_match(&sentence[..range.start])) else {
                continue;
            };
            links.push(Link {
                kind: LinkKind::Supersedes,
                from_kind: SubjectKind::Commit,
                from_id: commit.commit_id.text(),
                to_kind: SubjectKind::Commit,
                to_id: index.commit(to).commit_id.text(),
                method: if matches!(name, Name::Id(_)) { "explicit" } else { "pull" }.into(),
                confidence: 0.9,
                weight: None,
                share: None,
                lines: None,
                evidence: evidence(&sentence),
            });
        }
    }
    links
}

fn speaks(message: &str) -> bool {
    static SPEAKS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)supersed|replaces|obsoletes"));
    SPEAKS.is_match(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::fixture::{line, shown};

    #[test]
    fn a_commit_may_say_what_it_supersedes() {
        let told = |said: &str| {
            let commits = line(&["a (#12)", &format!("b\n\n{said}")]);
            let history = History { commits, ..History::default() };
            shown(&find_superseded(&history, &CommitIndex::new(&history.commits, &[], "o/r"), &[]))
        };
        assert_eq!(told("Supersedes #12."), ["supersedes pull c1 c0"]);
        assert_eq!(told("This replaces commit {c0}"), ["supersedes explicit c1 c0"]);
        assert!(told("It replaces the loop that #12 added").is_empty());
        assert!(told("Supersedes other/place#12").is_empty());
    }
}
