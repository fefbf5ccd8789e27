//! Changes of which a later one left little: it wrote something else in their place.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ancestry::Place;
use super::index::{CommitIndex, Fated};
use super::names::{Name, names};
use super::text::{body, evidence, pattern, sentences};
use crate::facts::{CommitId, LineFate, LineKind, Link, LinkKind, SubjectKind};

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
    landed: i64,
    days: i64,
}

/// Two changes by the places of what landed them: the order of the mainline.
type Pair = (Place, Place);

fn rewritten(index: &CommitIndex<'_>, reverts: &[Link]) -> Vec<Link> {
    let is_landing = |landing: &Place| index.commit(*landing).on_mainline;
    let changes: Vec<Option<Place>> = index.in_order().map(|(at, _)| index.change(at).filter(is_landing)).collect();
    let change = |at: Place| changes[at as usize];
    let fates = || {
        let counted = index.fates().filter(|of| of.fate.line_kind != LineKind::Blank && of.fate.class.runs());
        let of_changes =
            counted.filter_map(|Fated { fate, born, died }| Some((fate, change(born?)?, died.and_then(change))));
        of_changes.filter(|(_, born, died)| died.is_none_or(|died| died > *born))
    };
    let mut landed = vec![0_i64; index.len()];
    let mut ended: FxHashMap<Pair, i64> = FxHashMap::default();
    for (fate, born, died) in fates() {
        landed[born as usize] += fate.lines;
        died.into_iter().for_each(|died| *ended.entry((born, died)).or_default() += fate.lines);
    }
    let of_link = |link: &Link| Some((index.place_of(&link.from_id)?, index.place_of(&link.to_id)?));
    // What lands as a revert takes back, whatever else it ends.
    let sure = reverts.iter().filter(|link| link.kind == LinkKind::Reverts && link.confidence >= SURE);
    let takes_back: FxHashSet<Place> = sure.filter_map(of_link).map(|(by, _)| by).collect();
    let reverting: FxHashSet<Pair> =
        reverts.iter().filter_map(of_link).filter_map(|(by, of)| Some((change(of)?, change(by)?))).collect();
    let rewrite = |(pair, ended): (Pair, i64)| {
        let (old, new) = (index.commit(pair.0), index.commit(pair.1));
        let landed = landed[pair.0 as usize];
        let is_most = landed >= FEWEST_LINES && ended as f64 >= MOSTLY * landed as f64;
        let takes_back = reverting.contains(&pair) || takes_back.contains(&pair.1);
        let days = (new.committed_at? - old.committed_at?).num_days();
        let is_one = is_most && !takes_back && (0..=SOON).contains(&days);
        is_one.then_some((pair, Rewrite { old: &old.commit_id, new: &new.commit_id, ended, landed, days }))
    };
    let mut mostly: Vec<(Pair, Rewrite<'_>)> = ended.into_iter().filter_map(rewrite).collect();
    mostly.sort_unstable_by_key(|(pair, _)| *pair);
    let anew = written_anew(fates, mostly.iter().map(|(pair, _)| *pair).collect());
    let writes = |(pair, rewrite): &&(Pair, Rewrite<'_>)| {
        WRITTEN_ANEW * anew.get(pair).copied().unwrap_or_default() >= rewrite.ended
    };
    mostly.iter().filter(writes).map(|(_, rewrite)| rewrite.link()).collect()
}

/// What each successor wrote in the files in which it ended lines of the change before it.
fn written_anew<'a, F: Iterator<Item = (&'a LineFate, Place, Option<Place>)>>(
    fates: impl Fn() -> F,
    pairs: FxHashSet<Pair>,
) -> FxHashMap<Pair, i64> {
    let successors: FxHashSet<Place> = pairs.iter().map(|&(_, died)| died).collect();
    let mut written: FxHashMap<(Place, &str), i64> = FxHashMap::default();
    let mut files: BTreeSet<(Pair, &str)> = BTreeSet::new();
    for (fate, born, died) in fates() {
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
