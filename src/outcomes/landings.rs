//! Which change each merged pull request landed as.
//!
//! GitHub names a merge commit, but no method, and the commit may be gone since; for pull requests that were never merged
//! it names a test merge. So what it says counts only where history has it.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{merged_title, subject_key};
use crate::facts::{Commit, CommitId, Github, History, Pull, PullCommit, PullLanding, PullMethod, subject_of};

/// A subject with the number of a pull request that says nothing else of it may carry that of another tracker: it counts when
/// it was committed as near as this to the merge.
const NEAR: TimeDelta = TimeDelta::days(2);

/// One row for each merged pull request whose change is known, by number. The first that holds:
///
/// | what is known | `known_by` |
/// | --- | --- |
/// | the merge commit is reachable from the default branch | `merge_commit` |
/// | the head is: the merge commit went with a rewritten history, or never was | `head` |
/// | a mainline subject has its number, and its title, its branch or the time of its merge | `subject` |
/// | at least half of its commits are on the default branch, by author's date and subject | `commits` |
///
/// The change is the mainline commit that brought it. With two parents the method is `merge`. With one it is `rebase` where
/// mainline commits up to it are those of the pull request one by one, by author's date and subject; commits that were dropped
/// since they came to nothing do not matter, and authors are not compared, since `.mailmap` renames one side only. Else it is
/// `squash`. Of a pull request of one commit `rebase` means that its subject was kept.
///
/// Where a pull request was merged into a branch that is no mainline, its change is the merge that brought that branch; but if
/// another pull request did, that one landed, and it has no row. Neither has one that was not merged, whatever became of its
/// commits.
pub fn find_landings(commits: &[Commit], github: &Github) -> Vec<PullLanding> {
    let mut pulls: Vec<&Pull> = github.pulls.iter().filter(|pull| pull.merged_at.is_some()).collect();
    pulls.sort_by_key(|pull| pull.pull);
    if pulls.is_empty() {
        return Vec::new();
    }
    let known = Known::of(commits, github, &pulls);
    let by_patch = LazyCell::new(|| by_patch(commits));
    pulls.into_iter().filter_map(|pull| known.landing(pull, &by_patch)).collect()
}

/// Makes each rebased pull request one change: its commits belong to the last of them.
pub fn landed(history: &mut History, landings: &[PullLanding]) {
    let mainline: FxHashMap<&CommitId, Option<&CommitId>> =
        history.commits.iter().filter(|c| c.on_mainline).map(|c| (&c.commit_id, c.parents.first())).collect();
    let last_ones: FxHashSet<&CommitId> = landings.iter().map(|landing| &landing.change_id).collect();
    let mut moved: FxHashMap<CommitId, CommitId> = FxHashMap::default();
    for landing in landings.iter().filter(|landing| landing.method == PullMethod::Rebase) {
        let before = |id: &CommitId| mainline.get(id).copied().flatten();
        let earlier = std::iter::successors(before(&landing.change_id), |id| before(id));
        for id in earlier.take((landing.commits - 1).max(0) as usize) {
            if !mainline.contains_key(id) || last_ones.contains(id) || moved.contains_key(id) {
                break;
            }
            moved.insert(id.clone(), landing.change_id.clone());
        }
    }
    for commit in &mut history.commits {
        if commit.on_mainline {
            // Whatever an earlier reading of GitHub made of it.
            commit.change_id = Some(commit.commit_id.clone());
        }
        if let Some(last) = commit.change_id.as_ref().and_then(|change| moved.get(change)) {
            commit.change_id = Some(last.clone());
        }
    }
}

/// Commits of the default branch by their author's date.
type ByPatch<'a> = FxHashMap<DateTime<Utc>, Vec<&'a Commit>>;

fn by_patch(commits: &[Commit]) -> ByPatch<'_> {
    let mut dated: ByPatch<'_> = FxHashMap::default();
    for commit in commits.iter().filter(|commit| commit.on_default_branch && !commit.is_merge) {
        commit.authored_at.into_iter().for_each(|at| dated.entry(at).or_default().push(commit));
    }
    dated
}

/// What there is to find landings in.
struct Known<'a> {
    /// Commits of the default branch.
    by_id: FxHashMap<&'a str, &'a Commit>,
    /// Mainline commits by the pull request that they say they landed.
    by_number: FxHashMap<i64, Vec<&'a Commit>>,
    /// The commits of each pull request in order.
    own: BTreeMap<i64, Vec<&'a PullCommit>>,
    /// Merge commits of merged pull requests.
    merges: FxHashSet<&'a str>,
    /// Branches whose merges are the mainline's; empty when history has none of the merges.
    bases: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(commits: &'a [Commit], github: &'a Github, pulls: &[&'a Pull]) -> Self {
        let on_default_branch = || commits.iter().filter(|commit| commit.on_default_branch);
        let by_id: FxHashMap<&str, &Commit> = on_default_branch().map(|c| (c.commit_id.as_str(), c)).collect();
        let numbers: FxHashSet<i64> = pulls.iter().map(|pull| pull.pull).collect();
        let mut by_number: FxHashMap<i64, Vec<&Commit>> = FxHashMap::default();
        for commit in on_default_branch().filter(|commit| commit.on_mainline) {
            let number = commit.landed_pull().filter(|number| numbers.contains(number));
            number.into_iter().for_each(|number| by_number.entry(number).or_default().push(commit));
        }
        let mut own: BTreeMap<i64, Vec<&PullCommit>> = BTreeMap::new();
        github.pull_commits.iter().for_each(|commit| own.entry(commit.pull).or_default().push(commit));
        for commits in own.values_mut() {
            commits.sort_by_key(|commit| (commit.position, &commit.commit_id));
            commits.dedup_by_key(|commit| &commit.commit_id);
        }
        let is_mainline = |id: &str| by_id.get(id).is_some_and(|commit| commit.on_mainline);
        let on_mainline = pulls.iter().filter(|pull| pull.merge_commit.as_deref().is_some_and(is_mainline));
        let bases = on_mainline.map(|pull| &*pull.base_ref).collect();
        let merges = pulls.iter().filter_map(|pull| pull.merge_commit.as_deref()).collect();
        Self { by_id, by_number, own, merges, bases }
    }

    fn is_of_mainline(&self, pull: &Pull) -> bool {
        self.bases.is_empty() || self.bases.contains(&*pull.base_ref)
    }

    fn landing(&self, pull: &Pull, by_patch: &ByPatch<'a>) -> Option<PullLanding> {
        let reached = |id: Option<&str>| self.by_id.get(id?).copied();
        if let Some(merge) = reached(pull.merge_commit.as_deref()) {
            return self.row(pull, merge, "merge_commit");
        }
        if !self.is_of_mainline(pull) {
            return None;
        }
        if let Some(head) = reached(Some(&pull.head_commit)) {
            return self.row(pull, head, "head");
        }
        let by_commits = || self.row(pull, self.same_patches(pull, by_patch)?, "commits");
        self.named_by_subject(pull).and_then(|commit| self.row(pull, commit, "subject")).or_else(by_commits)
    }

    /// `commit` is the last that the pull request brought, or the merge that brought it.
    fn row(&self, pull: &Pull, commit: &Commit, known_by: &str) -> Option<PullLanding> {
        let change = if commit.on_mainline { commit } else { *self.by_id.get(commit.change_id.as_ref()?.as_str())? };
        if !self.is_of_mainline(pull) && self.merges.contains(change.commit_id.as_str()) {
            return None;
        }
        let own = self.own.get(&pull.pull).map_or(&[][..], Vec::as_slice);
        let is_fast_forward = *change.commit_id.as_str() == *pull.head_commit;
        let (method, commits) = match own {
            _ if change.is_merge && !is_fast_forward => (PullMethod::Merge, 1),
            [only] if is_same(only, change) && has_subject(only, &change.subject) => (PullMethod::Rebase, 1),
            [_, _, ..] => match self.one_by_one(own, change) {
                0 | 1 => (PullMethod::Squash, 1),
                several => (PullMethod::Rebase, several),
            },
            _ => (PullMethod::Squash, 1),
        };
        let change_id = change.commit_id.clone();
        Some(PullLanding { pull: pull.pull, change_id, method, commits, known_by: known_by.into() })
    }

    /// How many mainline commits up to `last` are those of the pull request. The landing of another one ends them, since a
    /// pull request that builds on another has its commits too.
    fn one_by_one(&self, own: &[&PullCommit], last: &Commit) -> i64 {
        let mut left = own.iter().rev();
        let before = |commit: &&'a Commit| self.by_id.get(commit.parents.first()?.as_str()).copied();
        let mainline = std::iter::successors(self.by_id.get(last.commit_id.as_str()).copied(), before);
        let is_ours =
            |commit: &Commit| commit.commit_id == last.commit_id || !self.merges.contains(commit.commit_id.as_str());
        mainline.take_while(|commit| is_ours(commit) && left.any(|own| is_same(own, commit))).count() as i64
    }

    fn named_by_subject(&self, pull: &Pull) -> Option<&'a Commit> {
        let title = subject_key(&pull.title);
        let distance = |commit: &Commit| Some((commit.committed_at? - pull.merged_at?).abs());
        let is_told = |commit: &Commit| {
            let names_branch = !pull.head_ref.is_empty() && commit.subject.ends_with(&*pull.head_ref);
            let is_titled = || merged_title(commit).is_some_and(|found| subject_key(found) == title);
            names_branch || subject_key(&commit.subject) == title || is_titled()
        };
        let candidates = self.by_number.get(&pull.pull)?.iter().copied();
        let believed =
            candidates.filter(|commit| is_told(commit) || distance(commit).is_some_and(|distance| distance <= NEAR));
        believed.min_by_key(|commit| (!commit.is_merge, distance(commit), &commit.commit_id))
    }

    /// The last of the pull request's commits that is on the default branch, where half of them are.
    fn same_patches(&self, pull: &Pull, by_patch: &ByPatch<'a>) -> Option<&'a Commit> {
        let work: Vec<&PullCommit> =
            self.own.get(&pull.pull)?.iter().copied().filter(|commit| commit.parents.len() < 2).collect();
        let same = |own: &&PullCommit| {
            let alike = by_patch.get(&own.authored_at?)?.iter().copied().filter(|commit| is_same(own, commit));
            alike.min_by_key(|commit| (commit.committed_at, &commit.commit_id))
        };
        let found: Vec<&Commit> = work.iter().filter_map(same).collect();
        found.last().copied().filter(|_| 2 * found.len() >= work.len())
    }
}

fn is_same(own: &PullCommit, commit: &Commit) -> bool {
    let is_patch = |own: &PullCommit| own.parents.len() < 2 && !commit.is_merge;
    *own.commit_id == *commit.commit_id.as_str()
        || own.authored_at.is_some()
            && own.authored_at == commit.authored_at
            && is_patch(own)
            && subject_key(&subject_of(&own.message)) == subject_key(&commit.subject)
}

fn has_subject(own: &PullCommit, said: &str) -> bool {
    subject_of(&own.message).split_whitespace().eq(said.split_whitespace())
}

#[cfg(test)]
mod tests;
