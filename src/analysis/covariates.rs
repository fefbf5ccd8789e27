//! What is known of a change before anything became of it: the risk of its files, the kind of its work, its author's time
//! in the project, the hour. Nothing in here looks at what came after.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use crate::facts::{Commit, CommitId, History, Text};

/// How long a fix of a file counts as a sign of trouble there.
const RISKY: TimeDelta = TimeDelta::days(180);

/// Types of the conventional subjects, `feat(parser)!: …`.
const TYPES: [&str; 9] = ["build", "chore", "ci", "docs", "feat", "perf", "refactor", "style", "test"];

pub(super) struct Covariates<'a> {
    file_risk: HashMap<&'a CommitId, i64>,
    /// When the first commit of each author landed.
    first: HashMap<&'a Text, DateTime<Utc>>,
}

impl<'a> Covariates<'a> {
    pub(super) fn of(history: &'a History, fixing: &BTreeMap<CommitId, f64>) -> Self {
        let mainline = history.mainline();
        let landed: HashMap<&CommitId, DateTime<Utc>> =
            mainline.iter().filter_map(|landing| Some((&landing.commit_id, landing.committed_at?))).collect();
        let mut first: HashMap<&Text, DateTime<Utc>> = HashMap::new();
        for commit in &history.commits {
            if let Some(&at) = commit.change_id.as_ref().and_then(|change| landed.get(change)) {
                first.entry(&commit.author).and_modify(|known| *known = at.min(*known)).or_insert(at);
            }
        }
        Self { file_risk: file_risk(history, &mainline, fixing), first }
    }

    pub(super) fn file_risk(&self, change: &CommitId) -> i64 {
        self.file_risk.get(change).copied().unwrap_or_default()
    }

    pub(super) fn author_days(&self, author: &Text, merged_at: Option<DateTime<Utc>>) -> Option<i64> {
        Some((merged_at? - *self.first.get(author)?).num_days().max(0))
    }

    pub(super) fn author_hour(&self, commit: &Commit) -> Option<i64> {
        let there = commit.authored_at?.checked_add_signed(TimeDelta::try_minutes(commit.authored_offset)?)?;
        Some(there.hour().into())
    }
}

/// Goes along the mainline with the fixes of every file at hand; by their dates, since one wrong clock must not make all others old.
fn file_risk<'a>(
    history: &'a History,
    mainline: &[&'a Commit],
    fixing: &BTreeMap<CommitId, f64>,
) -> HashMap<&'a CommitId, i64> {
    let change_of: HashMap<&CommitId, &CommitId> =
        mainline.iter().filter_map(|commit| Some((&commit.commit_id, commit.change_id.as_ref()?))).collect();
    let own = history.commit_files.iter().map(|file| (&file.commit_id, &file.path, file.class));
    let merged = history.merge_files.iter().map(|file| (&file.commit_id, &file.path, file.class));
    let mut files: HashMap<&CommitId, Vec<&Text>> = HashMap::new();
    for (commit, path, _) in own.chain(merged).filter(|(_, _, class)| class.runs()) {
        if let Some(change) = change_of.get(commit) {
            files.entry(change).or_default().push(path);
        }
    }
    let mut fixes: HashMap<&Text, BTreeSet<(DateTime<Utc>, usize)>> = HashMap::new();
    let mut risk = HashMap::new();
    for (at, landing) in mainline.iter().enumerate() {
        let (Some(now), Some(paths)) = (landing.committed_at, files.get(&landing.commit_id)) else { continue };
        let mut recent: HashSet<usize> = HashSet::new();
        for path in paths {
            let known = fixes.get(path).into_iter();
            recent.extend(known.flat_map(|known| known.range((now - RISKY, 0)..=(now, at))).map(|(_, fix)| fix));
        }
        risk.insert(&landing.commit_id, recent.len() as i64);
        if fixing.contains_key(&landing.commit_id) {
            for path in paths {
                fixes.entry(path).or_default().insert((now, at));
            }
        }
    }
    risk
}

/// The kind of work, in one word.
pub(super) fn task(subject: &str, is_fix: bool, is_revert: bool) -> &'static str {
    let declared = || {
        let word: String =
            subject.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
        let rest = subject.get(word.len()..)?;
        let rest = if rest.starts_with('(') { rest.split_once(')')?.1 } else { rest };
        let is_declared = rest.strip_prefix('!').unwrap_or(rest).starts_with(':');
        TYPES.iter().find(|kind| is_declared && **kind == word).copied()
    };
    match () {
        () if is_revert => "revert",
        () if is_fix => "fix",
        () => declared().unwrap_or("other"),
    }
}

#[cfg(test)]
mod tests {
    use super::task;

    #[test]
    fn the_kind_of_work_is_what_it_became_or_what_its_subject_declares() {
        assert_eq!(task("feat: add", false, false), "feat");
        assert_eq!(task("Docs(guide)!: say it", false, false), "docs");
        assert_eq!(task("refactor the parser", false, false), "other");
        assert_eq!(task("feat(a: b", false, false), "other");
        assert_eq!(task("test: mend the clock", true, false), "fix");
        assert_eq!(task("Revert \"feat: add\"", true, true), "revert");
        assert_eq!(task("", false, false), "other");
    }
}
