//! Reverts that do not say so: commits whose lines are the inverse of an earlier commit's.
//!
//! The genealogy of lines tells for every pair of commits how many lines of the one the other ended, and how many
//! of those it had removed the other wrote again as they were. A pair is a revert when these are nearly all of
//! the target's lines, or nearly all that the commit did, and the more surely the more of both.
//!
//! What looks alike and is none: an addition that is removed much later was given up rather than reverted; the
//! next edit of the same lines ends them and restores nothing; version numbers, lists of changes, lock files and
//! generated text go back and forth by themselves, and so does what was undone more than three times in a row.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{FileClass, History};
use crate::outcomes::ancestry::Place;
use crate::outcomes::index::CommitIndex;
use crate::outcomes::text::pattern;
use crate::outcomes::undone::{Books, Undone};

/// A share from which on something is whole.
const WHOLE: f64 = 0.9;
/// Share of the target's lines that an incomplete revert undoes at least.
const PART: f64 = 0.2;
/// Lines that say something by themselves.
const FEWEST_LINES: i64 = 3;
/// Where the target is neither whole nor all there is, lines must have been ended and restored, so many of each.
const FEWEST_EACH: i64 = 3;
/// The same for a commit that does other things as well.
const FEWEST_EACH_ASIDE: i64 = 4;
/// Where the subject speaks of undoing, this share of either side is enough.
const SPOKEN: f64 = 0.5;
/// Turns of undoing one another after which it is a toggle.
const MOST_TURNS: u32 = 3;
/// Commits whose lines one commit may undo; more are a sweep.
const MOST_TARGETS: usize = 200;

/// A commit that undoes an earlier one's lines.
pub(super) struct Inverse {
    pub(super) by: Place,
    pub(super) of: Place,
    pub(super) confidence: f64,
    pub(super) evidence: String,
}

/// Every inverse, in history order of the undoing commits and then of the undone.
pub(super) fn inverses(history: &History, index: &CommitIndex<'_>) -> Vec<Inverse> {
    let dull = dull_paths(history);
    let books = Books::new(history, index, &|path| !dull.contains(path) && !is_list_of_changes(path));
    let search = Search { index, books: &books };
    let mut found: Vec<Inverse> = index
        .in_order()
        .filter(|(_, commit)| !commit.is_merge)
        .flat_map(|(at, commit)| search.undone_by(at, speaks_of_undoing(&commit.subject)))
        .collect();
    drop_toggles(&mut found, index);
    found
}

struct Search<'a, 'c> {
    index: &'a CommitIndex<'c>,
    books: &'a Books,
}

/// An earlier commit of which something was undone.
struct Candidate {
    of: Place,
    undone: Undone,
    /// Share of its lines that were undone.
    share: f64,
    days: i64,
}

impl Candidate {
    fn is_whole(&self) -> bool {
        self.share >= WHOLE
    }

    fn has_each(&self, fewest: i64) -> bool {
        self.undone.ended >= fewest && self.undone.restored >= fewest
    }
}

impl Search<'_, '_> {
    fn undone_by(&self, by: Place, is_spoken: bool) -> Vec<Inverse> {
        let all = self.candidates(by);
        if all.is_empty() || all.len() > MOST_TARGETS {
            return Vec::new();
        }
        let own = self.books.size(by).lines().max(1) as f64;
        let is_merge = |candidate: &Candidate| self.index.commit(candidate.of).is_merge;
        let explained = |is_one: &dyn Fn(&Candidate) -> bool| {
            let lines: i64 = all.iter().filter(|&c| !is_merge(c) && is_one(c)).map(|c| c.undone.lines()).sum();
            lines as f64 / own
        };
        let wholly = explained(&Candidate::is_whole);
        let at_all = explained(&|candidate| candidate.share >= PART);
        let best = all.iter().map(|candidate| candidate.undone.lines()).max().unwrap_or_default();
        let judged = all.iter().filter_map(|candidate| {
            let alone = candidate.undone.lines() as f64 / own;
            // A merge stands for its commits: what it explains is not added to what they do.
            let (wholly, at_all) = if is_merge(candidate) { (alone, alone) } else { (wholly, at_all) };
            let spoken = (is_spoken && candidate.undone.lines() == best).then(|| spoken(candidate, alone)).flatten();
            let confidence = spoken.or_else(|| silent(candidate, wholly, at_all))?;
            Some(self.inverse(by, candidate, confidence))
        });
        judged.collect()
    }

    fn candidates(&self, by: Place) -> Vec<Candidate> {
        let pairs = self.books.undone_by(by).iter();
        let candidates = pairs.filter_map(|&(_, of, undone)| {
            let share = undone.lines() as f64 / self.books.size(of).lines().max(1) as f64;
            let is_one = undone.lines() >= FEWEST_LINES && share >= PART && !self.is_release(by, of);
            let days = self.days(by, of).filter(|_| is_one && self.index.ancestry().is_ancestor(of, by))?;
            Some(Candidate { of, undone, share, days })
        });
        candidates.collect()
    }

    /// Whole days from one commit to the other; `None` where a date is missing.
    fn days(&self, by: Place, of: Place) -> Option<i64> {
        let when = |at: Place| self.index.commit(at).committed_at;
        Some((when(by)? - when(of)?).num_days().max(0))
    }

    /// Whether both are steps of releasing, which set numbers and take them back.
    fn is_release(&self, by: Place, of: Place) -> bool {
        static RELEASE: LazyLock<Regex> = LazyLock::new(|| {
            pattern(r"(?i)\b(?:versions?|release[sd]?|releasing|bump(?:s|ed|ing)?|snapshot|prepare[sd]?|pre-?release|rc[0-9]*)\b|^v?[0-9]+\.[0-9]+|\bdev(?:elopment)? (?:version|cycle)")
        });
        [by, of].into_iter().all(|at| RELEASE.is_match(&self.index.commit(at).subject))
    }

    fn inverse(&self, by: Place, candidate: &Candidate, confidence: f64) -> Inverse {
        let Undone { ended, restored } = candidate.undone;
        let of = self.books.size(candidate.of);
        let evidence = format!(
            "undoes {} of {} lines of \u{201c}{}\u{201d} after {} days: takes out {ended}, puts back {restored}; it changes {} in all",
            candidate.undone.lines(),
            of.lines(),
            self.index.commit(candidate.of).subject,
            candidate.days,
            self.books.size(by).lines(),
        );
        Inverse { by, of: candidate.of, confidence, evidence }
    }
}

/// Belief in an undoing that the subject speaks of without saying of what.
fn spoken(candidate: &Candidate, own: f64) -> Option<f64> {
    let both = candidate.share.min(own);
    match candidate.share.max(own) {
        _ if both >= WHOLE => Some(0.95),
        _ if both >= SPOKEN => Some(0.9),
        more if more >= WHOLE && candidate.undone.restored > 0 => Some(0.8),
        _ => None,
    }
}

/// Belief in an undoing of which the subject does not speak. `wholly` is the share of the commit that undoes
/// whole commits, `at_all` the share that undoes whole commits or good parts of them.
fn silent(candidate: &Candidate, wholly: f64, at_all: f64) -> Option<f64> {
    let days = candidate.days;
    let does_both = candidate.undone.ended > 0 && candidate.undone.restored > 0;
    if candidate.is_whole() && wholly >= WHOLE {
        let only_removes = candidate.undone.restored == 0;
        return match days {
            0..=90 if does_both => Some(0.9),
            0..=730 if does_both => Some(0.8),
            0..=30 if only_removes => Some(0.75),
            31..=180 if only_removes => Some(0.6),
            0..=365 if !only_removes => Some(0.8),
            _ => None,
        };
    }
    if candidate.is_whole() && candidate.has_each(FEWEST_EACH_ASIDE) && days <= 365 {
        return Some(0.6);
    }
    (at_all >= WHOLE && candidate.has_each(FEWEST_EACH) && days <= 180).then_some(0.65)
}

/// Whether a subject speaks of undoing something, without saying what.
fn speaks_of_undoing(subject: &str) -> bool {
    static SPEAKS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?xi)\b(?:(?:un-?)?revert(?:s|ed|ing)?|undo(?:es|ing)?|undid|back(?:s|ed|ing)?[\ -]?out|roll(?:s|ed|ing)?[\ -]?back
            |restor(?:es?|ed|ing)|(?:bring|put|go|went|switch(?:es|ed)?)s?\ (?:(?u:\S+)\ ){0,3}back|re-?instat(?:es?|ed|ing))\b",
        )
    });
    SPEAKS.is_match(subject)
}

/// Paths of files whose lines nobody writes by hand.
fn dull_paths(history: &History) -> FxHashSet<&str> {
    let own = history.commit_files.iter().map(|file| (&*file.path, file.class));
    let merged = history.merge_files.iter().map(|file| (&*file.path, file.class));
    let is_dull = |class| matches!(class, FileClass::Lockfile | FileClass::Generated | FileClass::Vendored);
    own.chain(merged).filter(|&(_, class)| is_dull(class)).map(|(path, _)| path).collect()
}

/// Lists of changes, and files that hold a version and little else.
fn is_list_of_changes(path: &str) -> bool {
    static LIST: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)(?:^|/)(?:change(?:s|log)|news|history|release-?notes|authors|contributors|version)(?u:[^/])*$")
    });
    LIST.is_match(path)
}

/// Drops chains in which more than [`MOST_TURNS`] commits undid one another in turn.
fn drop_toggles(found: &mut Vec<Inverse>, index: &CommitIndex<'_>) {
    let mut turn: FxHashMap<Place, (u32, Place)> = FxHashMap::default();
    let mut longest: FxHashMap<Place, u32> = FxHashMap::default();
    let mut start: Vec<Place> = Vec::with_capacity(found.len());
    for Inverse { by, of, .. } in found.iter() {
        let (before, first) = turn.get(of).copied().unwrap_or((0, *of));
        let known = turn.entry(*by).or_insert((before + 1, first));
        if before + 1 > known.0 {
            *known = (before + 1, first);
        }
        let most = longest.entry(first).or_default();
        *most = (*most).max(before + 1);
        start.push(first);
    }
    let mut starts = start.into_iter();
    found.retain(|inverse| {
        let is_toggle = starts.next().and_then(|first| longest.get(&first)).is_some_and(|&turns| turns > MOST_TURNS);
        !is_toggle || speaks_of_undoing(&index.commit(inverse.by).subject)
    });
}
