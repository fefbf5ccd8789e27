//! The history as outcomes are looked for in it: commits by their place, and by what a text calls them.
//!
//! What a text calls a commit is seen from the commit that speaks: only its ancestors can be meant, and only an
//! answer that is one commit is an answer.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use regex::Regex;
use rustc_hash::FxHashMap;

use super::ancestry::{Ancestry, Place};
use super::names::Name;
use super::remembering;
use super::text::{body, pattern};
use crate::facts::{Commit, CommitId, History, LineFate, PullLanding};

/// Candidates looked at for one name. A subject such as `wip` may have thousands; the nearest few decide.
const MOST_CANDIDATES: usize = 64;

/// Shortest part of a subject that may stand for the whole.
const SHORTEST_CUT: usize = 20;

/// Messages that have to call the repository so.
const LEAST_CALLED: usize = 8;

/// How lines at the end of a message begin that give a commit a further name.
const REVIEWED_ON: &str = "Reviewed-on: ";
const CHANGE_ID: &str = "Change-Id: ";
const PICKED_FROM: &str = "(cherry picked from commit ";
const GIT_SVN_ID: &str = "git-svn-id: ";

/// The history of one repository, its commits in order and under all their names.
pub struct CommitIndex<'a> {
    /// Its rows are in no order: a place is none of theirs.
    pub(super) history: &'a History,
    commits: Vec<&'a Commit>,
    ancestry: Ancestry,
    places: FxHashMap<&'a str, Place>,
    /// The same in the order of ids, for those that are cut short.
    ids: Vec<(&'a str, Place)>,
    /// What landed each commit.
    changes: Vec<Option<Place>>,
    /// Of each row of fates who wrote the lines and who ended them, once somebody asks.
    ends: OnceCell<Vec<[Place; 2]>>,
    /// Once somebody asks for one.
    subjects: OnceCell<Subjects>,
    /// Merge commits under the title of the pull request they landed.
    titles: FxHashMap<String, Vec<Place>>,
    pulls: FxHashMap<u64, Vec<Place>>,
    reviews: FxHashMap<u64, Vec<Place>>,
    change_ids: BTreeMap<&'a str, Vec<Place>>,
    /// Under the number that `git svn` left in the message.
    revisions: FxHashMap<u64, Vec<Place>>,
    /// Under a landing's id, the one commit that it brought, merges not counted; none where it brought several.
    brought: FxHashMap<&'a str, Option<Place>>,
    /// Commits that say whose patch they repeat, under the full id of that one.
    picks: FxHashMap<&'a str, Vec<Place>>,
    /// By the second they were written in, once somebody asks.
    authored: OnceCell<Vec<(DateTime<Utc>, Place)>>,
    /// What each pull request landed as.
    pub(super) landings: &'a [PullLanding],
    /// The repository's own name.
    pub(super) repo: &'a str,
    /// What the messages call it, where its name is not `OWNER/NAME`; once somebody asks.
    called: OnceCell<Option<String>>,
}

/// Lines of equal fate with who wrote them, or copied them to where they are, and who ended them; none where nobody did, or
/// who did is not known.
pub(super) struct Fated<'a> {
    pub(super) fate: &'a LineFate,
    pub(super) born: Option<Place>,
    pub(super) died: Option<Place>,
}

/// Stands for no commit.
const NOWHERE: Place = Place::MAX;

/// [`subject_key`]s in their order, and the place that each is of; of one key the oldest first.
struct Subjects {
    keys: Vec<String>,
    of: Vec<Place>,
}

impl Subjects {
    fn new(commits: &[&Commit]) -> Self {
        let subject = |(at, commit): (Place, &&Commit)| (subject_key(&commit.subject), at);
        let mut subjects: Vec<(String, Place)> = (0..).zip(commits).map(subject).collect();
        subjects.sort_unstable();
        let (keys, of) = subjects.into_iter().unzip();
        Self { keys, of }
    }

    /// The keys from `key` on for which it is true, and their places.
    fn from(&self, key: &str, is_meant: impl Fn(&String) -> bool) -> (&[String], &[Place]) {
        let start = self.keys.partition_point(|own| own.as_str() < key);
        let end = start + self.keys[start..].partition_point(is_meant);
        (&self.keys[start..end], &self.of[start..end])
    }
}

impl<'a> CommitIndex<'a> {
    /// `repo` is the repository's name: numbers of repositories that are known to be others lead nowhere. What pull requests landed as (`landings`) goes before what subjects say.
    pub fn new(history: &'a History, landings: &'a [PullLanding], repo: &'a str) -> Self {
        let (ancestry, rows) = Ancestry::new(&history.commits);
        let commits: Vec<&Commit> = rows.iter().map(|&row| &history.commits[row]).collect();
        let mut ids: Vec<_> = (0..).zip(&commits).map(|(at, c)| (c.commit_id.as_str(), at)).collect();
        ids.sort_unstable();
        let mut index = Self {
            history,
            commits: Vec::new(),
            ancestry,
            places: ids.iter().copied().collect(),
            ids,
            changes: Vec::new(),
            ends: OnceCell::new(),
            subjects: OnceCell::new(),
            titles: FxHashMap::default(),
            pulls: FxHashMap::default(),
            reviews: FxHashMap::default(),
            change_ids: BTreeMap::new(),
            revisions: FxHashMap::default(),
            brought: FxHashMap::default(),
            picks: FxHashMap::default(),
            authored: OnceCell::new(),
            landings,
            repo,
            called: OnceCell::new(),
        };
        (0..).zip(&commits).for_each(|(at, commit)| index.enter(at, commit));
        index.changes = commits.iter().map(|commit| index.place(commit.change_id.as_ref()?)).collect();
        index.commits = commits;
        index.join();
        index
    }

    /// The commit that each pull request landed as. One of several commits, or one that landed together with others, is
    /// no one commit.
    fn join(&mut self) {
        let mut together: FxHashMap<&str, i64> = FxHashMap::default();
        self.landings.iter().for_each(|l| *together.entry(l.change_id.as_str()).or_default() += l.commits.max(1));
        for landing in self.landings.iter().filter(|landing| together.get(landing.change_id.as_str()) == Some(&1)) {
            if let (Some(at), Ok(number)) = (self.place(&landing.change_id), u64::try_from(landing.pull)) {
                self.pulls.insert(number, vec![at]);
            }
        }
    }

    /// Whether what a text calls `OWNER/NAME` may be this repository: where its name says so, or what its messages call it;
    /// where neither is known, anything may be. Forges that nest deeper are told by the last name.
    fn is_own(&self, named: &str) -> bool {
        let own = if self.repo.contains('/') { Some(self.repo) } else { self.called() };
        let Some(own) = own else { return true };
        let is_nested = named.matches('/').count() > 1;
        let last = |name: &'_ str| name.rsplit('/').next().map(str::to_ascii_lowercase);
        own.eq_ignore_ascii_case(named) || (is_nested && last(own) == last(named))
    }

    /// The `OWNER/NAME` that most messages mean whose first address of a pull request has the number of one that landed
    /// here: those of others hardly coincide.
    fn called(&self) -> Option<&str> {
        let most_named = || {
            let mut named: BTreeMap<String, usize> = BTreeMap::new();
            for commit in &self.commits {
                let is_here = |number: &str| number.parse().is_ok_and(|number| self.pulls.contains_key(&number));
                if let Some((name, _)) = addressed(&commit.message).filter(|(_, number)| is_here(number)) {
                    *named.entry(name).or_default() += 1;
                }
            }
            let all: usize = named.values().sum();
            let (name, times) = named.into_iter().max_by_key(|(_, times)| *times)?;
            (times >= LEAST_CALLED && 2 * times > all).then_some(name)
        };
        self.called.get_or_init(most_named).as_deref()
    }

    fn enter(&mut self, at: Place, commit: &'a Commit) {
        if let Some(pull) = commit.landed_pull().and_then(|pull| pull.try_into().ok()) {
            self.pulls.entry(pull).or_default().push(at);
            if let Some(title) = merged_title(commit) {
                self.titles.entry(subject_key(title)).or_default().push(at);
            }
        }
        if let Some(landing) =
            commit.change_id.as_ref().filter(|change| **change != commit.commit_id && !commit.is_merge)
        {
            self.brought.entry(landing.as_str()).and_modify(|sole| *sole = None).or_insert(Some(at));
        }
        for line in last_lines(&commit.message, &[REVIEWED_ON, CHANGE_ID, PICKED_FROM, GIT_SVN_ID]) {
            if let Some(number) = line.strip_prefix(REVIEWED_ON).and_then(last_number) {
                self.reviews.entry(number).or_default().push(at);
            } else if let Some(id) = line.strip_prefix(CHANGE_ID) {
                self.change_ids.entry(id.trim()).or_default().push(at);
            } else if let Some(at_url) = line.strip_prefix(GIT_SVN_ID) {
                let number = at_url.split(' ').next().and_then(|url| url.rsplit_once('@')?.1.parse().ok());
                number.into_iter().for_each(|number| self.revisions.entry(number).or_default().push(at));
            } else if let Some(id) = picked_from(line) {
                self.picks.entry(id).or_default().push(at);
            }
        }
    }

    /// The index for one kind of outcome: each has steps of its own, whatever was looked for before.
    pub(super) fn afresh(&self) -> &Self {
        self.ancestry.refill();
        self
    }

    /// Commits in history order, parents before children, each with its place.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (Place, &'a Commit)> + '_ {
        (0..).zip(self.commits.iter().copied())
    }

    pub(super) fn len(&self) -> usize {
        self.commits.len()
    }

    pub(super) fn place(&self, id: &CommitId) -> Option<Place> {
        self.place_of(id.as_str())
    }

    pub(super) fn place_of(&self, id: &str) -> Option<Place> {
        self.places.get(id).copied()
    }

    /// What landed the commit: itself, a merge, or the last commit of a rebase; none where that is not known.
    pub(super) fn change(&self, at: Place) -> Option<Place> {
        self.changes[at as usize]
    }

    /// All rows of fates, as they come.
    pub(super) fn fates(&self) -> impl Iterator<Item = Fated<'a>> + '_ {
        let ends = self.ends.get_or_init(|| self.ends());
        self.history.line_fates.iter().zip(ends).map(|(fate, ends)| {
            let [born, died] = ends.map(|at| Some(at).filter(|at| *at != NOWHERE));
            Fated { fate, born, died }
        })
    }

    fn ends(&self) -> Vec<[Place; 2]> {
        let place = |id: &CommitId| self.place(id).unwrap_or(NOWHERE);
        let mut writer = remembering(place);
        let fates = self.history.line_fates.iter();
        let ends = fates.map(|fate| {
            let born = writer(fate.copied_by.as_ref().unwrap_or(&fate.origin_commit));
            [born, fate.death_commit.as_ref().map_or(NOWHERE, place)]
        });
        ends.collect()
    }

    pub(super) fn commit(&self, at: Place) -> &'a Commit {
        self.commits[at as usize]
    }

    pub(super) fn ancestry(&self) -> &Ancestry {
        &self.ancestry
    }

    /// The ancestor of `from` that the name means. The id of a commit elsewhere means the ancestor that says it was
    /// picked from there, or that is the same patch.
    pub(super) fn named(&self, name: Name<'_>, from: Place) -> Option<Place> {
        match name {
            Name::Id(digits) => {
                let known = self.with_prefix(digits);
                let picked = || self.nearest(self.picks.get(digits)?, from);
                self.only(&known, from).or_else(picked).or_else(|| self.twin(sole(known.iter().copied())?, from))
            }
            Name::Pull(number) => self.landing(self.pulls.get(&number)?, from),
            Name::PullOf(repo, number) => self.landing(self.pulls.get(&number).filter(|_| self.is_own(repo))?, from),
            Name::Review(number) => self.nearest(self.reviews.get(&number)?, from),
            Name::ChangeId(id) => self.nearest(self.change_id(id)?, from),
            // Who picks a commit takes the line along: the first one has it from Subversion.
            Name::Revision(number) => self.ancestors(self.revisions.get(&number)?, from).last(),
        }
    }

    /// The commit that wrote what landed there: the only one that a merge brought, else the landing itself.
    pub(super) fn wrote(&self, landing: Place) -> Place {
        let brought = self.brought.get(self.commit(landing).commit_id.as_str()).copied().flatten();
        brought.filter(|_| self.commit(landing).is_merge).unwrap_or(landing)
    }

    /// The one commit that the name means in the whole repository: for those who speak from outside history.
    pub(super) fn anywhere(&self, name: Name<'_>) -> Option<Place> {
        let candidates = match name {
            Name::Id(digits) => &self.with_prefix(digits),
            Name::Pull(number) => self.pulls.get(&number)?,
            Name::PullOf(repo, number) => self.pulls.get(&number).filter(|_| self.is_own(repo))?,
            Name::Review(number) => self.reviews.get(&number)?,
            Name::ChangeId(id) => self.change_id(id)?,
            Name::Revision(number) => self.revisions.get(&number)?,
        };
        sole(candidates.iter().copied()).or_else(|| sole(self.on_mainline(candidates)))
    }

    /// The commits of a change id, or of the only one that begins so.
    fn change_id<'s>(&'s self, start: &str) -> Option<&'s Vec<Place>> {
        let mut longer = self
            .change_ids
            .range::<str, _>((Bound::Included(start), Bound::Unbounded))
            .take_while(|(id, _)| id.starts_with(start));
        let (first, commits) = longer.next()?;
        (*first == start || longer.next().is_none()).then_some(commits)
    }

    fn on_mainline<'s>(&'s self, candidates: &'s [Place]) -> impl Iterator<Item = Place> + 's {
        candidates.iter().copied().filter(|&at| self.commit(at).on_mainline)
    }

    fn subjects(&self) -> &Subjects {
        self.subjects.get_or_init(|| Subjects::new(&self.commits))
    }

    /// The newest ancestor of `from` with that subject, else the merge of the pull request with that title.
    pub(super) fn subject(&self, subject: &str, from: Place) -> Option<Place> {
        let key = subject_key(subject);
        let (_, same) = self.subjects().from(&key, |subject| *subject == key);
        let of_commit = self.nearest(same, from);
        of_commit.or_else(|| self.nearest(self.titles.get(&key)?, from))
    }

    /// The one ancestor of `from` that repeats a patch: of the same second of the same author, under the same subject, as large.
    fn twin(&self, of: Place, from: Place) -> Option<Place> {
        let original = self.commit(of);
        let key = subject_key(&original.subject);
        let repeats = |&at: &Place| {
            let commit = self.commit(at);
            let told = |commit: &Commit| (commit.author.clone(), commit.added, commit.deleted);
            at != of && told(commit) == told(original) && subject_key(&commit.subject) == key
        };
        let (all, second) = (self.by_second(), original.authored_at?);
        let since = &all[all.partition_point(|(when, _)| *when < second)..];
        let same = &since[..since.partition_point(|(when, _)| *when == second)];
        let newest = &same[same.len().saturating_sub(MOST_CANDIDATES)..];
        let same: Vec<Place> = newest.iter().map(|(_, at)| *at).filter(repeats).collect();
        self.only(&same, from).filter(|_| !key.is_empty())
    }

    /// The commits by the second they were written in, which what is picked or rebased keeps.
    pub(super) fn by_second(&self) -> &[(DateTime<Utc>, Place)] {
        let sorted = || {
            let dated = self.in_order().filter_map(|(at, commit)| Some((commit.authored_at?, at)));
            let mut all: Vec<(DateTime<Utc>, Place)> = dated.collect();
            all.sort_unstable();
            all
        };
        self.authored.get_or_init(sorted)
    }

    /// Whether the history came from Subversion, so that `r123` is a name.
    pub(super) fn has_revisions(&self) -> bool {
        !self.revisions.is_empty()
    }

    /// The newest ancestor of `from` whose subject begins so.
    pub(super) fn subject_start(&self, start: &str, from: Place) -> Option<Place> {
        static CUT_NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s*\((?:#[0-9]*)?$"));
        let key = CUT_NUMBER.replace(&subject_key(start), "").into_owned();
        if key.len() < SHORTEST_CUT {
            return None;
        }
        let (longer, mut rest) = self.subjects().from(&key, |subject| subject.starts_with(&key));
        let longer = longer.chunk_by(|a, b| a == b).map(|same| {
            let (candidates, behind) = rest.split_at(same.len());
            rest = behind;
            candidates
        });
        longer.take(MOST_CANDIDATES).filter_map(|candidates| self.nearest(candidates, from)).max()
    }

    /// Commits whose id begins with these digits, `MOST_CANDIDATES` at most.
    fn with_prefix(&self, digits: &str) -> Vec<Place> {
        let digits = digits.to_ascii_lowercase();
        let start = self.ids.partition_point(|(id, _)| *id < digits.as_str());
        let same = self.ids[start..].iter().take_while(|(id, _)| id.starts_with(&digits));
        same.map(|(_, at)| *at).take(MOST_CANDIDATES).collect()
    }

    /// The landing of a pull request: where several subjects carry its number, the merge is meant.
    fn landing(&self, candidates: &[Place], from: Place) -> Option<Place> {
        let merges = self.ancestors(candidates, from).filter(|&at| self.commit(at).is_merge);
        self.only(candidates, from).or_else(|| sole(merges))
    }

    fn nearest(&self, candidates: &[Place], from: Place) -> Option<Place> {
        self.ancestors(candidates, from).next()
    }

    fn only(&self, candidates: &[Place], from: Place) -> Option<Place> {
        sole(self.ancestors(candidates, from))
    }

    /// Those of the nearest candidates that are ancestors of `from`, newest first.
    fn ancestors<'s>(&'s self, candidates: &'s [Place], from: Place) -> impl Iterator<Item = Place> + 's {
        let newest = candidates.iter().rev().copied().filter(move |&at| at < from).take(MOST_CANDIDATES);
        newest.filter(move |&at| self.ancestry.is_ancestor(at, from))
    }
}

/// The first address of a pull request in a message: `OWNER/NAME` and the number's digits.
fn addressed(message: &str) -> Option<(String, &str)> {
    let (before, after) = message.split_once("/pull/")?;
    let mut parts = before.rsplitn(4, '/');
    let (name, owner, host, scheme) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_one =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let is_address = scheme.ends_with(":/") && [host, owner, name].into_iter().all(is_one);
    is_address.then(|| (format!("{owner}/{name}").to_ascii_lowercase(), &after[..digits]))
}

fn sole(mut places: impl Iterator<Item = Place>) -> Option<Place> {
    let first = places.next();
    first.filter(|_| places.next().is_none())
}

/// What two spellings of one subject share: no `(#N)` at the end, no case, single spaces, no final stop.
pub(super) fn subject_key(subject: &str) -> String {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\s*\((?:[\w./-]*#|!)[0-9]+\))+$"));
    let mut key = String::with_capacity(subject.len());
    for word in subject.split_whitespace() {
        key.push_str(if key.is_empty() { "" } else { " " });
        if word.is_ascii() {
            key.extend(word.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        } else {
            key.push_str(&word.to_lowercase());
        }
    }
    let number = if key.ends_with(')') { NUMBER.find(&key) } else { None };
    let kept = number.map_or(key.as_str(), |number| &key[..number.start()]);
    key.truncate(kept.trim_end_matches(['.', '…', ' ']).len());
    key
}

/// The title of the pull request that a merge commit landed: the first line of its body.
pub(super) fn merged_title(commit: &Commit) -> Option<&str> {
    let title = body(&commit.subject, &commit.message).lines().map(str::trim).find(|line| !line.is_empty());
    title.filter(|_| commit.is_merge)
}

/// The lines at the end of a message, the last first, if any of these is in it: most messages have none.
fn last_lines<'m>(message: &'m str, marks: &[&str]) -> impl Iterator<Item = &'m str> {
    let is_marked = marks.iter().any(|mark| message.contains(mark));
    message.lines().rev().take(if is_marked { 40 } else { 0 })
}

/// The last line of a message that `git cherry-pick -x` added.
pub(super) fn picking_line(message: &str) -> Option<&str> {
    last_lines(message, &[PICKED_FROM]).find(|line| picked_from(line).is_some())
}

/// The full id in the line that `git cherry-pick -x` adds.
pub(super) fn picked_from(line: &str) -> Option<&str> {
    let id = line.trim().strip_prefix(PICKED_FROM)?.strip_suffix(')')?;
    Some(id).filter(|id| id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn last_number(address: &str) -> Option<u64> {
    address.trim().trim_end_matches('/').rsplit('/').next()?.parse().ok()
}
