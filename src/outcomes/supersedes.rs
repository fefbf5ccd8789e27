//! Changes of which a later one left little: it wrote something else in their place.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ancestry::Place;
use super::index::{CommitIndex, Fated, merged_title};
use super::names::names;
use super::reverts::is_revert_subject;
use super::rework::MASS;
use super::text::{body, counted, evidence, pattern, sentences};
use crate::facts::{CommitId, FileClass, LineFate, LineKind, Link, LinkKind, SubjectKind};

/// Share of a change's lines that its successor ends at least.
const MOSTLY: f64 = 0.8;
/// Lines a change has to have brought.
const FEWEST_LINES: i64 = 5;
/// Days within which the successor lands.
const SOON: i64 = 90;
/// Of the lines it ended a successor writes at least one in so many anew, in the same files: else it removes.
const WRITTEN_ANEW: i64 = 2;
/// A change of more commits, or with one of more files, reformats, moves or releases: it is not about the one that it ended.
const MOST_FILES: i64 = MASS as i64;
const MOST_COMMITS: u32 = 20;
/// Of all lines that somebody wrote for a change at least one in so many is code: else the rest is what it was about.
const LEAST_CODE: i64 = 4;

/// `supersedes` links.
///
/// | how it is known | ends | method | confidence |
/// | --- | --- | --- | --- |
/// | one later change ended 80 % or more of the code a change brought, within 90 days, and wrote half as many lines or more in the same files; it is of 20 commits at most, of 100 files each; neither speaks of reverting, none of its commits reverts or reapplies one of the change, and the one that landed it reverts nothing | change to change | `same_lines` | 0.7 |
/// | "Supersedes #N", "replaces commit X", of one that landed before | commit to commit | `pull`, `explicit`, … | 0.9 |
///
/// Lines are code of source files and migrations (configuration and pipelines hold versions, which every release rewrites), 5 at least
/// and a quarter of what was written by hand, counted as they landed. `share` and `lines` say how many of them were rewritten.
pub fn find_superseded(index: &CommitIndex<'_>, reverts: &[Link]) -> Vec<Link> {
    let mut links = rewritten(index, reverts);
    links.extend(stated(index));
    links
}

/// Lines of a change that another one ended.
struct Rewrite<'a> {
    old: &'a CommitId,
    new: &'a CommitId,
    ended: i64,
    brought: Brought,
    days: i64,
}

/// Lines that a change brought.
#[derive(Default, Clone, Copy)]
struct Brought {
    code: i64,
    /// Code and everything else that somebody wrote.
    by_hand: i64,
}

/// Two changes by the places of what landed them: the order of the mainline.
type Pair = (Place, Place);

fn rewritten(index: &CommitIndex<'_>, reverts: &[Link]) -> Vec<Link> {
    let is_landing = |&at: &Place| index.commit(at).on_mainline && index.ancestry().is_mainline(at);
    let changes: Vec<Option<Place>> = index.in_order().map(|(at, _)| index.change(at).filter(is_landing)).collect();
    let change = |at: Place| changes[at as usize];
    // What comes and goes within a change did not land.
    let landed = || {
        let of_changes = |Fated { fate, born, died }| Some((fate, change(born?)?, died.and_then(change)));
        index.fates().filter_map(of_changes).filter(|(_, born, died)| died.is_none_or(|died| died > *born))
    };
    let mut brought = vec![Brought::default(); index.len()];
    let mut ended: FxHashMap<Pair, i64> = FxHashMap::default();
    for (fate, born, died) in landed() {
        let brought = &mut brought[born as usize];
        brought.by_hand += if is_by_hand(fate) { fate.lines } else { 0 };
        if is_code(fate) {
            brought.code += fate.lines;
            died.into_iter().for_each(|died| *ended.entry((born, died)).or_default() += fate.lines);
        }
    }
    let takes_back = takes_back(index, reverts);
    let is_mass = masses(index, &changes);
    let rewrite = |(pair, ended): (Pair, i64)| {
        let (old, new) = (index.commit(pair.0), index.commit(pair.1));
        let brought = brought[pair.0 as usize];
        let is_most = brought.code >= FEWEST_LINES && ended as f64 >= MOSTLY * brought.code as f64;
        if !is_most || LEAST_CODE * brought.code < brought.by_hand || is_mass[pair.1 as usize] || takes_back(pair) {
            return None;
        }
        let days = (new.committed_at? - old.committed_at?).num_days();
        let rewrite = Rewrite { old: &old.commit_id, new: &new.commit_id, ended, brought, days };
        (0..=SOON).contains(&days).then_some((pair, rewrite))
    };
    let mut mostly: Vec<(Pair, Rewrite<'_>)> = ended.into_iter().filter_map(rewrite).collect();
    mostly.sort_unstable_by_key(|(pair, _)| *pair);
    let anew = written_anew(landed(), mostly.iter().map(|(pair, _)| *pair).collect());
    let writes = |(pair, rewrite): &&(Pair, Rewrite<'_>)| {
        WRITTEN_ANEW * anew.get(pair).copied().unwrap_or_default() >= rewrite.ended
    };
    mostly.iter().filter(writes).map(|(_, rewrite)| rewrite.link()).collect()
}

fn is_code(fate: &LineFate) -> bool {
    fate.line_kind == LineKind::Code && matches!(fate.class, FileClass::Source | FileClass::Migration)
}

fn is_by_hand(fate: &LineFate) -> bool {
    fate.line_kind != LineKind::Blank && !fate.class.is_made()
}

/// By what landed it, whether a change is of so many commits, or one of them of so many files, that it ends others in passing.
fn masses(index: &CommitIndex<'_>, changes: &[Option<Place>]) -> Vec<bool> {
    let (mut commits, mut is_mass) = (vec![0; index.len()], vec![false; index.len()]);
    for (at, commit) in index.in_order().filter(|(_, commit)| !commit.is_merge) {
        if let Some(change) = changes[at as usize].map(|change| change as usize) {
            commits[change] += 1;
            is_mass[change] |= commit.files > MOST_FILES || commits[change] > MOST_COMMITS;
        }
    }
    is_mass
}

/// Whether the later of two changes takes the other one back, or either is about taking back.
fn takes_back<'i>(index: &'i CommitIndex<'_>, reverts: &[Link]) -> impl Fn(Pair) -> bool + 'i {
    let of_link = |link: &Link| Some((index.place_of(&link.from_id)?, index.place_of(&link.to_id)?));
    // What lands as a revert takes back, whatever else it ends.
    let sure = reverts.iter().filter(|link| link.kind == LinkKind::Reverts && link.confidence >= Link::SURE);
    let landed: FxHashSet<Place> = sure.filter_map(of_link).map(|(by, _)| by).collect();
    let of_changes = |(by, of)| Some((index.change(of)?, index.change(by)?));
    let pairs: FxHashSet<Pair> = reverts.iter().filter_map(of_link).filter_map(of_changes).collect();
    let speaks = |at: Place| {
        let commit = index.commit(at);
        is_revert_subject(&commit.subject) || merged_title(commit).is_some_and(is_revert_subject)
    };
    move |pair| landed.contains(&pair.1) || pairs.contains(&pair) || speaks(pair.0) || speaks(pair.1)
}

/// What each successor wrote in the files in which it ended lines of the change before it.
fn written_anew<'a>(
    landed: impl Iterator<Item = (&'a LineFate, Place, Option<Place>)>,
    pairs: FxHashSet<Pair>,
) -> FxHashMap<Pair, i64> {
    let successors: FxHashSet<Place> = pairs.iter().map(|&(_, died)| died).collect();
    let mut written: FxHashMap<(Place, &str), i64> = FxHashMap::default();
    let mut files: BTreeSet<(Pair, &str)> = BTreeSet::new();
    for (fate, born, died) in landed.filter(|(fate, ..)| is_code(fate)) {
        if successors.contains(&born) {
            *written.entry((born, &*fate.birth_path)).or_default() += fate.lines;
        }
        let pair = died.map(|died| (born, died)).filter(|pair| pairs.contains(pair));
        files.extend(pair.map(|pair| (pair, &*fate.path)));
    }
    let mut anew: FxHashMap<Pair, i64> = FxHashMap::default();
    for (pair, path) in files {
        *anew.entry(pair).or_default() += written.get(&(pair.1, path)).copied().unwrap_or_default();
    }
    anew
}

impl Rewrite<'_> {
    fn link(&self) -> Link {
        let Self { old, new, ended, brought: Brought { code, by_hand }, days } = self;
        Link {
            kind: LinkKind::Supersedes,
            from_kind: SubjectKind::Change,
            from_id: new.text(),
            to_kind: SubjectKind::Change,
            to_id: old.text(),
            method: "same_lines".into(),
            confidence: 0.7,
            weight: None,
            share: Some(*ended as f64 / (*code).max(1) as f64),
            lines: Some(*ended),
            evidence: format!(
                "rewrites {ended} of {code} lines of code ({by_hand} in all) after {}",
                counted(*days, "day")
            )
            .into(),
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
                method: name.method().into(),
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
    use crate::facts::History;
    use crate::outcomes::fixture::{line, shown};

    #[test]
    fn a_commit_may_say_what_it_supersedes() {
        let told = |said: &str| {
            let commits = line(&["a (#12)", &format!("b\n\n{said}")]);
            let history = History { commits, ..History::default() };
            shown(&find_superseded(&CommitIndex::new(&history, &[], "o/r"), &[]))
        };
        assert_eq!(told("Supersedes #12."), ["supersedes pull c1 c0"]);
        assert_eq!(told("This replaces commit {c0}"), ["supersedes explicit c1 c0"]);
        assert!(told("It replaces the loop that #12 added").is_empty());
        assert!(told("Supersedes other/place#12").is_empty());
    }
}
