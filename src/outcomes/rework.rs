//! Bug fixes that came after a change and touched what it brought.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::ancestry::Place;
use super::index::{CommitIndex, Fated};
use super::remembering;
use super::text::counted;
use crate::facts::{
    Commit, CommitFile, CommitId, FileClass, Fix, History, LineKind, Link, LinkKind, SubjectKind, Text,
};

/// A fix of more files than this is mechanical: what it touches says nothing about bugs.
pub(super) const MASS: usize = 100;

/// For every change the first later fix that rewrote or deleted its lines of code (`same_lines`) and the first
/// that touched one of its files (`same_files`), in the order of the mainline. Only files whose content
/// runs count: no docs, tests, lock, generated or vendored files. Fixes of more than [`MASS`] files follow nobody.
///
/// Both ends are changes. That a fix touched the lines of a change is no proof that they were wrong.
pub fn follow_up_fixes(index: &CommitIndex<'_>, fixing: &BTreeMap<CommitId, f64>) -> Vec<Link> {
    let mainline = Mainline::of(index.history, fixing);
    let mut links = mainline.fixes_of_same_lines(index);
    links.extend(mainline.fixes_of_same_files());
    links
}

/// Changes that fix a bug: the commit that landed them is a fix, unless it is only the last of a rebase, or at least half of
/// the commits they brought are.
pub fn fixing_changes(commits: &[Commit], fixes: &[Fix]) -> BTreeMap<CommitId, f64> {
    let confidence: FxHashMap<&CommitId, f64> = fixes.iter().map(|fix| (&fix.commit_id, fix.confidence)).collect();
    let mut brought: FxHashMap<&CommitId, Vec<Option<f64>>> = FxHashMap::default();
    // What its pull request closed is said of all that a rebase brought; what else its last commit says is not.
    let by_issue: BTreeSet<&CommitId> =
        fixes.iter().filter(|fix| *fix.method == *"issue_label").map(|fix| &fix.commit_id).collect();
    let mut landings = Vec::new();
    let mut fixing = BTreeMap::new();
    for commit in commits {
        let Some(change) = &commit.change_id else { continue };
        let own = confidence.get(&commit.commit_id).copied();
        if *change == commit.commit_id
            && let Some(own) = own
        {
            landings.push((change, own, commit.is_merge || by_issue.contains(change)));
        }
        if !commit.is_merge {
            brought.entry(change).or_default().push(own);
        }
    }
    for (change, own, speaks_for_all) in landings {
        if speaks_for_all || brought.get(change).is_none_or(|commits| commits.len() == 1) {
            fixing.insert(change.clone(), own);
        }
    }
    brought.into_iter().for_each(|(change, commits)| {
        let mut sure: Vec<f64> = commits.iter().flatten().copied().collect();
        if 2 * sure.len() >= commits.len() {
            // A sum of floats depends on its order.
            sure.sort_by(f64::total_cmp);
            let mean = sure.iter().sum::<f64>() / sure.len() as f64;
            fixing.entry(change.clone()).or_insert(mean);
        }
    });
    fixing
}

struct Mainline<'a> {
    /// Changes from oldest to newest, and where each stands.
    changes: Vec<&'a CommitId>,
    place: FxHashMap<&'a CommitId, usize>,
    fixing: &'a BTreeMap<CommitId, f64>,
    /// Files of the change, as its landing commit shows them against the mainline.
    files: FxHashMap<&'a CommitId, Vec<File<'a>>>,
}

struct File<'a> {
    path: &'a Text,
    old_path: Option<&'a Text>,
    counts: bool,
}

impl<'a> Mainline<'a> {
    fn of(history: &'a History, fixing: &'a BTreeMap<CommitId, f64>) -> Self {
        // What is rebased lands with the last of its commits.
        let landed = |commit: &'a Commit| (&commit.commit_id, commit.change_id.as_ref().unwrap_or(&commit.commit_id));
        let mainline: Vec<(&CommitId, &CommitId)> = history.mainline().into_iter().map(landed).collect();
        let changes: Vec<&CommitId> = mainline.iter().filter(|(id, change)| id == change).map(|(id, _)| *id).collect();
        let change_of: FxHashMap<&CommitId, &CommitId> = mainline.into_iter().collect();
        let place: FxHashMap<&CommitId, usize> = changes.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let mut files: FxHashMap<&CommitId, Vec<File<'_>>> = FxHashMap::default();
        let mut add = |id: &'a CommitId, path: &'a Text, old_path: &'a Option<Text>, class: FileClass| {
            if let Some(change) = change_of.get(id) {
                files.entry(change).or_default().push(File { path, old_path: old_path.as_ref(), counts: class.runs() });
            }
        };
        history
            .commit_files
            .iter()
            .for_each(|CommitFile { commit_id, path, old_path, class, .. }| add(commit_id, path, old_path, *class));
        history.merge_files.iter().for_each(|file| add(&file.commit_id, &file.path, &file.old_path, file.class));
        for change in &changes {
            files.entry(change).or_default().sort_by_key(|file| file.path);
        }
        Self { fixing, changes, place, files }
    }

    fn files_of(&self, change: &CommitId) -> &[File<'a>] {
        self.files.get(change).map_or(&[], Vec::as_slice)
    }

    fn is_fix(&self, change: &CommitId) -> bool {
        self.fixing.contains_key(change) && self.files_of(change).len() <= MASS
    }

    fn fixes_of_same_lines(&self, index: &CommitIndex<'_>) -> Vec<Link> {
        let running: FxHashSet<&str> =
            self.files.values().flatten().filter(|file| file.counts).map(|file| &**file.path).collect();
        let mut counts = remembering(|path: &str| running.contains(path));
        let change = |landing: Place| self.place.get(&index.commit(landing).commit_id).copied();
        let changes: Vec<Option<usize>> = index.in_order().map(|(at, _)| index.change(at).and_then(change)).collect();
        let is_fixing: Vec<bool> = self.changes.iter().map(|change| self.is_fix(change)).collect();
        let mut rewritten: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        for Fated { fate, born, died } in index.fates() {
            let [born, died] = [born, died].map(|at| at.and_then(|at| changes[at as usize]));
            if let (Some(born), Some(died)) = (born, died)
                && born < died
                && is_fixing[died]
                && fate.line_kind == LineKind::Code
                && counts(&fate.path)
            {
                *rewritten.entry((born, died)).or_insert(0) += fate.lines;
            }
        }
        let mut links = Vec::new();
        let mut last = None;
        for ((born, died), lines) in rewritten {
            if last.replace(born) != Some(born) {
                links.push(self.link(
                    born,
                    died,
                    "same_lines",
                    Some(lines),
                    format!("{} of code rewritten or deleted", counted(lines, "line")),
                ));
            }
        }
        links
    }

    fn fixes_of_same_files(&self) -> Vec<Link> {
        // Per path, the changes that touched it and have seen no fix since.
        let mut waiting: FxHashMap<&Text, Vec<usize>> = FxHashMap::default();
        let mut fixed = vec![false; self.changes.len()];
        let mut links = Vec::new();
        for (at, change) in self.changes.iter().enumerate() {
            let (files, is_fix) = (self.files_of(change), self.is_fix(change));
            for file in files {
                if let Some(moved) = file.old_path.and_then(|old| waiting.remove(old)) {
                    waiting.entry(file.path).or_default().extend(moved);
                }
                if is_fix && file.counts {
                    for earlier in waiting.remove(file.path).unwrap_or_default() {
                        if !std::mem::replace(&mut fixed[earlier], true) {
                            links.push(self.link(
                                earlier,
                                at,
                                "same_files",
                                None,
                                format!("both touched {}", file.path),
                            ));
                        }
                    }
                }
            }
            for file in files.iter().filter(|file| file.counts) {
                waiting.entry(file.path).or_default().push(at);
            }
        }
        links
    }

    fn link(&self, earlier: usize, fix: usize, method: &str, lines: Option<i64>, evidence: String) -> Link {
        Link {
            kind: LinkKind::FollowUpFix,
            from_kind: SubjectKind::Change,
            from_id: self.changes[fix].text(),
            to_kind: SubjectKind::Change,
            to_id: self.changes[earlier].text(),
            method: method.into(),
            confidence: self.fixing.get(self.changes[fix]).copied().unwrap_or_default(),
            weight: None,
            share: None,
            lines,
            evidence: evidence.into(),
        }
    }
}
