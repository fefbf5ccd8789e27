//! Reverts that do not say so: commits whose lines are the inverse of an earlier commit's.
//!
//! The genealogy of lines tells for every pair of commits how many lines of the one the other ended, and how many
//! of those it had removed the other wrote again as they were. A pair is a revert when these are nearly all of
//! the target's lines, or nearly all that the commit did, and the more surely the more of both.
//!
//! What looks alike and is none: an addition that is removed much later was given up rather than reverted; the
//! next edit of the same lines ends them and restores nothing; version numbers, documents, comments, lock files and generated
//! text go back and forth by themselves, and so does what was undone more than three times in a row. So code alone counts, and
//! where it is less than a quarter of what either commit changed it says nothing of the whole.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{FileClass, History};
use crate::outcomes::ancestry::Place;
use crate::outcomes::index::CommitIndex;
use crate::outcomes::text::{counted, pattern};
use crate::outcomes::undone::{Books, Undone};

/// A share from which on something is whole.
const WHOLE: f64 = 0.9;
/// Share of the target's lines that an incomplete revert undoes at least, and one that does not say so.
const PART: f64 = 0.2;
const PART_UNSAID: f64 = 0.3;
/// Lines that say something by themselves: where the subject speaks of undoing, and where it does not.
const FEWEST_SPOKEN: i64 = 3;
const FEWEST_LINES: i64 = 4;
/// With fewer than one line put back of so many undone, a commit only takes out.
const MOSTLY_REMOVED: i64 = 10;
/// Where the target is neither whole nor all there is, lines must have been ended and restored, so many of each.
const FEWEST_EACH: i64 = 3;
/// The same for a commit that does other things as well.
const FEWEST_EACH_ASIDE: i64 = 4;
/// Where the subject speaks of undoing, this share of both sides is enough. The next edit of the same lines has half.
const SPOKEN: f64 = 0.6;
/// A commit that does other things as well and undoes less than this share with its lines is one that landed from a
/// stale branch only if it undoes more than one commit so.
const ASIDE: f64 = 0.1;
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
pub(super) fn inverses(index: &CommitIndex<'_>) -> Vec<Inverse> {
    let dull = dull_paths(index.history);
    let books = Books::new(index, &|path| !dull.contains(path) && !is_list_of_changes(path));
    let search = Search { index, books: &books };
    let mut found: Vec<Inverse> =
        index.in_order().filter(|(_, commit)| !commit.is_merge).flat_map(|(at, _)| search.undone_by(at)).collect();
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

    /// Whether hardly anything is put back: it takes out, as giving something up does.
    fn only_removes(&self) -> bool {
        MOSTLY_REMOVED * self.undone.restored < self.undone.lines()
    }

    fn has_each(&self, fewest: i64) -> bool {
        self.undone.ended >= fewest && self.undone.restored >= fewest
    }
}

impl Search<'_, '_> {
    fn undone_by(&self, by: Place) -> Vec<Inverse> {
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
        let aside = all.iter().filter(|c| !is_merge(c) && c.is_whole() && c.has_each(FEWEST_EACH_ASIDE)).count();
        let best = all.iter().map(|candidate| candidate.undone.lines()).max().unwrap_or_default();
        let subject = &self.index.commit(by).subject;
        let (speech, removes) = (speech(subject), speaks_of_removing(subject));
        let judged = all.iter().filter_map(|candidate| {
            let alone = candidate.undone.lines() as f64 / own;
            // A merge stands for its commits: what it explains is not added to what they do.
            let wholly = if is_merge(candidate) { alone } else { wholly };
            let is_stale = aside > 1 || alone >= ASIDE;
            let is_best = candidate.undone.lines() == best;
            let spoken = speech.filter(|_| is_best).and_then(|speech| spoken(speech, candidate, alone));
            let silent = || {
                let is_all = [by, candidate.of].into_iter().all(|at| self.books.has_enough(self.index, at));
                silent(candidate, wholly, alone, is_stale, removes).filter(|_| is_all)
            };
            let confidence = spoken.or_else(silent)?;
            Some(self.inverse(by, candidate, confidence))
        });
        judged.collect()
    }

    fn candidates(&self, by: Place) -> Vec<Candidate> {
        let pairs = self.books.undone_by(by);
        if pairs.is_empty() {
            return Vec::new();
        }
        let previous = self.previous(by);
        let candidates = pairs.iter().filter_map(|&(_, of, undone)| {
            let share = undone.lines() as f64 / self.books.size(of).lines().max(1) as f64;
            let fewest = if Some(of) == previous { 1 } else { FEWEST_SPOKEN };
            let is_one = undone.lines() >= fewest && share >= PART && !self.is_release(by, of);
            let days = self.days(by, of).filter(|_| is_one && self.index.ancestry().is_ancestor(of, by))?;
            Some(Candidate { of, undone, share, days })
        });
        candidates.collect()
    }

    /// The parent, where the subject says that the commit before is undone.
    fn previous(&self, by: Place) -> Option<Place> {
        static PREVIOUS: LazyLock<Regex> = LazyLock::new(|| {
            pattern(r"(?i)\b(?:previous|last|prior|preceding)\s+(?:commit|change|patch|check-?in|revision|push)\b")
        });
        let commit = self.index.commit(by);
        let is_said = speech(&commit.subject) == Some(Speech::Plain) && PREVIOUS.is_match(&commit.subject);
        self.index.place(commit.parents.first().filter(|_| is_said)?)
    }

    /// Whole days from one commit to the other; `None` where a date is missing.
    fn days(&self, by: Place, of: Place) -> Option<i64> {
        let when = |at: Place| self.index.commit(at).committed_at;
        Some((when(by)? - when(of)?).num_days().max(0))
    }

    /// Whether both are steps of releasing, which set numbers and take them back.
    fn is_release(&self, by: Place, of: Place) -> bool {
        static RELEASE: LazyLock<Regex> = LazyLock::new(|| {
            pattern(
                r"(?i)\b(?:versions?|release[sd]?|releasing|bump(?:s|ed|ing)?|snapshot|prepare[sd]?|pre-?release|rc[0-9]*|deps?|dependabot)\b|\bupdat(?:e[sd]?|ing) (?u:.)* to v?[0-9]|^v?[0-9]+\.[0-9]+|\bdev(?:elopment)? (?:version|cycle)",
            )
        });
        [by, of].into_iter().all(|at| RELEASE.is_match(&self.index.commit(at).subject))
    }

    fn inverse(&self, by: Place, candidate: &Candidate, confidence: f64) -> Inverse {
        let Undone { ended, restored } = candidate.undone;
        let of = self.books.size(candidate.of);
        let evidence = format!(
            "undoes {} of {} lines of code of \u{201c}{}\u{201d} after {}: takes out {ended}, puts back {restored}; it changes {} in all",
            candidate.undone.lines(),
            of.lines(),
            self.index.commit(candidate.of).subject,
            counted(candidate.days, "day"),
            self.books.size(by).lines(),
        );
        Inverse { by, of: candidate.of, confidence, evidence }
    }
}

/// How a subject speaks of undoing something, without saying what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speech {
    /// "Revert the cache", "undo my last change"
    Plain,
    /// "restore", "go back to": also said of what a program does.
    Vague,
}

/// Belief in an undoing that the subject speaks of without saying of what.
fn spoken(speech: Speech, candidate: &Candidate, own: f64) -> Option<f64> {
    let both = candidate.share.min(own);
    match candidate.share.max(own) {
        _ if both >= WHOLE => Some(0.95),
        _ if both >= SPOKEN => Some(0.9),
        more if more >= WHOLE && candidate.undone.restored > 1 && speech == Speech::Plain => Some(0.8),
        _ => None,
    }
}

/// Belief in an undoing of which the subject does not speak. `wholly` is the share of the commit that undoes
/// whole commits, `alone` the share that undoes this one.
fn silent(candidate: &Candidate, wholly: f64, alone: f64, is_stale: bool, removes: bool) -> Option<f64> {
    let days = candidate.days;
    if candidate.undone.lines() < FEWEST_LINES {
        return None;
    }
    if candidate.is_whole() && wholly >= WHOLE {
        if candidate.only_removes() {
            return match days {
                _ if alone < WHOLE => None,
                0..=30 => Some(0.7),
                31..=180 if !removes => Some(0.5),
                _ => None,
            };
        }
        return match days {
            0..=90 if candidate.undone.ended > 0 => Some(0.9),
            0..=730 if candidate.undone.ended > 0 => Some(0.8),
            0..=365 => Some(0.8),
            _ => None,
        };
    }
    if candidate.only_removes() {
        return None;
    }
    if candidate.is_whole() && candidate.has_each(FEWEST_EACH_ASIDE) && is_stale && days <= 365 {
        return Some(0.6);
    }
    let is_part = alone >= WHOLE && candidate.share >= PART_UNSAID;
    (is_part && candidate.has_each(FEWEST_EACH) && days <= 180).then_some(0.65)
}

fn speech(subject: &str) -> Option<Speech> {
    static SPEAKS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?xi)\b(?:(?<plain>(?:un-?)?revert(?:s|ed|ing)?|undo(?:es|ing)?|undid|back(?:s|ed|ing)?[\ -]?out|roll(?:s|ed|ing)?[\ -]?back
            |re-?instat(?:es?|ed|ing))|restor(?:es?|ed|ing)|revers(?:e[sd]?|ing)|(?:bring|put|go|went|switch(?:es|ed)?)s?\ (?:(?u:\S+)\ ){0,3}back)\b",
        )
    });
    let said = SPEAKS.captures(subject)?;
    Some(if said.name("plain").is_some() { Speech::Plain } else { Speech::Vague })
}

/// Whether a subject says that something is given up.
fn speaks_of_removing(subject: &str) -> bool {
    static REMOVES: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:remov(?:e[sd]?|ing|al)|drop(?:s|ped|ping)?|delet(?:e[sd]?|ing|ion)|clean(?:s|ed|ing)?|cleanup|obsolete|unused|deprecat(?:e[sd]?|ed|ing|ion)|kill(?:s|ed)?|get rid)\b",
        )
    });
    REMOVES.is_match(subject)
}

/// Paths of files whose lines nobody writes by hand, or that say nothing about what runs.
fn dull_paths(history: &History) -> FxHashSet<&str> {
    let own = history.commit_files.iter().map(|file| (&*file.path, file.class));
    let merged = history.merge_files.iter().map(|file| (&*file.path, file.class));
    let is_dull = |class: FileClass| class.is_made() || class == FileClass::Docs;
    own.chain(merged).filter(|&(_, class)| is_dull(class)).map(|(path, _)| path).collect()
}

/// Lists of changes, files that hold a version and little else, and what tools print for tests and translators.
fn is_list_of_changes(path: &str) -> bool {
    static LIST: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:^|/)(?:change(?:s|log)|news|history|release-?notes|authors|contributors|version)(?u:[^/])*$|\.(?:snap|golden|svg|map|csv|pot?)$",
        )
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
        !is_toggle || speech(&index.commit(inverse.by).subject).is_some()
    });
}
