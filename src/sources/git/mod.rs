//! A git repository, read into facts: commits, the files and lines they touched, and the changes
//! that landed on the mainline.
//!
//! Opening, refs and commits come from libgit2; contents are read from the object database and
//! compared here. Nothing in a history stops a run: what cannot be read goes to `skipped`.

mod clone;
mod fates;
mod file_changes;
mod file_class;
mod lines;
mod mailmap;
mod objects;
mod renames;
mod repository;
mod trees;
mod walk;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use git2::{Oid, Repository};
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::facts::{Commit, CommitFile, CommitId, History, LineFate, MergeFile, PeopleKey, Repo, Skipped, Text};
use crate::progress;
pub use clone::{as_path, local_path};
use file_changes::{FileChange, Pair, Touched};
use repository::Tip;
use walk::{RawCommit, Signed, Walk};

#[derive(Debug, Error)]
pub enum GitError {
    #[error("cannot open a git repository at `{}`", path.display())]
    Open { path: PathBuf, source: git2::Error },
    #[error("the repository has no branch `{branch}`")]
    NoSuchBranch { branch: String },
    #[error("cannot read objects of `{}`", path.display())]
    Objects { path: PathBuf, source: git2::Error },
    #[error("cannot read what `{reference}` points to")]
    Tip { reference: String, source: git2::Error },
    #[error("cannot clone `{address}`: {reason}")]
    Clone { address: String, reason: String },
    #[error("`{address}` was never cloned, and the network is not to be used")]
    Offline { address: String },
}

/// The commit that git, in the folder the program runs in, understands by a revision.
pub fn resolve_here(revision: &str) -> Option<String> {
    let repo = repository::open(Path::new(".")).ok()?;
    let commit = repo.revparse_single(revision).ok()?.peel_to_commit().ok()?;
    Some(commit.id().to_string())
}

/// A repository that is open and known by name, not yet mined.
pub struct OpenRepository {
    repo: Repository,
    tip: Option<Tip>,
    pulls: Vec<(i64, Oid)>,
    pub name: String,
    pub url: Option<String>,
}

impl OpenRepository {
    /// Opens the repository at `path` or above it. `name` and `branch` override what it says itself.
    pub fn at(path: &Path, name: Option<&str>, branch: Option<&str>) -> Result<Self, GitError> {
        let repo = repository::open(path)?;
        let tip = repository::default_tip(&repo, branch)?;
        let pulls = repository::pull_heads(&repo);
        let url = repository::origin_url(&repo);
        let name = name.map_or_else(|| repository::name(&repo, url.as_deref()), str::to_owned);
        Ok(Self { repo, tip, pulls, name, url })
    }

    pub fn is_shallow(&self) -> bool {
        self.repo.is_shallow()
    }

    pub fn is_partial(&self) -> bool {
        repository::is_partial(&self.repo)
    }

    pub fn default_branch(&self) -> Option<&str> {
        self.tip.as_ref()?.branch.as_deref()
    }

    pub fn pull_heads(&self) -> usize {
        self.pulls.len()
    }

    /// Where the repository came from: its address, else its place on this machine.
    pub fn provenance(&self) -> String {
        self.url.clone().unwrap_or_else(|| self.repo.commondir().display().to_string())
    }

    /// Changes whenever mining again could give other facts: refs, mailmap, or what the clone lacks.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let tip = self.tip.as_ref().map(|tip| (tip.branch.as_deref(), tip.commit));
        hash.update(format!("{tip:?} {} {} {:?}", self.is_shallow(), self.is_partial(), self.url));
        for (number, head) in &self.pulls {
            hash.update(format!("{number} {head}"));
        }
        hash.update(repository::mailmap_text(&self.repo));
        // Deepening a shallow clone moves no ref.
        hash.update(std::fs::read(self.repo.commondir().join("shallow")).unwrap_or_default());
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The repository's own row, given what was mined from it.
    pub fn row(&self, history: &History, mined_at: DateTime<Utc>) -> Repo {
        Repo {
            url: self.url.as_deref().map(Text::from),
            default_branch: self.tip.as_ref().and_then(|tip| tip.branch.as_deref()).map(Text::from),
            head_commit: self.tip.as_ref().map(|tip| commit_id(tip.commit)),
            mined_at,
            is_shallow: self.is_shallow(),
            is_partial: self.is_partial(),
            is_truncated: !self.is_shallow() && lacks_parents(history),
            pull_heads: self.pulls.len() as i64,
        }
    }

    /// Reads the whole history.
    pub fn mine(&self, people: &PeopleKey) -> Result<History, GitError> {
        let walk = {
            let step = progress::step("Reading commits", None);
            let mailmap = repository::mailmap(&self.repo);
            walk::walk(&self.repo, self.tip.as_ref(), &self.pulls, &mailmap, &|| step.advance(1))
        };
        let touched = self.compare(&walk)?;
        Ok(History::from_walk(walk, touched, people))
    }

    /// What every commit did to its first parent's tree, in the order of the walk. Merges off the
    /// mainline bring nothing of their own and are left empty.
    fn compare(&self, walk: &Walk) -> Result<Vec<Touched>, GitError> {
        let on_mainline = walk.on_mainline();
        let wanted: Vec<usize> =
            (0..walk.commits.len()).filter(|&at| walk.commits[at].parents.len() < 2 || on_mainline[at]).collect();
        let pairs: Vec<Pair> = wanted.iter().map(|&at| tree_pair(walk, at, on_mainline[at])).collect();
        let step = progress::step("Comparing files", Some(pairs.len() as u64));
        let compared = file_changes::compare_all(&self.repo, &pairs, &|done| step.advance(done))
            .map_err(|source| GitError::Objects { path: self.repo.path().to_owned(), source })?;
        let mut touched: Vec<Touched> = (0..walk.commits.len()).map(|_| Touched::default()).collect();
        for (at, of_commit) in wanted.into_iter().zip(compared) {
            touched[at] = of_commit;
        }
        Ok(touched)
    }
}

/// The first parent's tree and the commit's own. A parent that is not there (shallow, corrupt) is a
/// commit without parents for this purpose, as git shows it.
fn tree_pair(walk: &Walk, at: usize, keep_hunks: bool) -> Pair {
    let commit = &walk.commits[at];
    let parent = commit.parents.first().and_then(|parent| walk.index.get(parent));
    Pair { parent: parent.map(|&parent| walk.commits[parent].tree), tree: commit.tree, keep_hunks }
}

fn commit_id(id: Oid) -> CommitId {
    CommitId::new(id.to_string())
}

/// Paths and other bytes as text: what is no UTF-8 keeps its bytes as `\xNN`.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}

impl History {
    /// Takes what was read apart as it goes: a large history is not held twice.
    fn from_walk(walk: Walk, touched: Vec<Touched>, people: &PeopleKey) -> Self {
        let ids: Vec<CommitId> = walk.commits.iter().map(|commit| commit_id(commit.id)).collect();
        let (landings, on_mainline) = (walk.landings(), walk.on_mainline());
        let fates = fates::follow(walk.mainline.iter().map(|&at| &touched[at]));
        let mut rows = Rows { ids: &ids, names: Names::default(), history: Self::default() };
        for (at, (raw, touched)) in walk.commits.into_iter().zip(touched).enumerate() {
            let place = Place {
                on_mainline: on_mainline[at],
                on_default_branch: walk.on_default_branch[at],
                change: landings[at].map(|landing| ids[landing].clone()),
                pull: walk.pull[at],
            };
            rows.add_commit(at, &raw, place, &touched, people);
        }
        rows.add_fates(&walk.mainline, fates);
        let mut history = rows.history;
        history.skipped.extend(walk.skipped);
        history
    }
}

/// A commit of the default branch has a parent that was not read.
fn lacks_parents(history: &History) -> bool {
    let read: FxHashSet<&CommitId> = history.commits.iter().map(|commit| &commit.commit_id).collect();
    let on_branch = history.commits.iter().filter(|commit| commit.on_default_branch);
    on_branch.flat_map(|commit| &commit.parents).any(|parent| !read.contains(parent))
}

/// The first paragraph on one line, as `git log --format=%s` has it.
fn subject(message: &str) -> String {
    let lines =
        message.lines().map(str::trim_end).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// Where a commit stands in the history.
struct Place {
    on_mainline: bool,
    on_default_branch: bool,
    change: Option<CommitId>,
    pull: Option<i64>,
}

/// Texts that many rows share.
#[derive(Default)]
struct Names {
    paths: FxHashMap<Vec<u8>, Text>,
    people: FxHashMap<(String, String), Text>,
}

impl Names {
    fn path(&mut self, path: &[u8]) -> Text {
        if let Some(known) = self.paths.get(path) {
            return known.clone();
        }
        let text = Text::from(readable(path));
        self.paths.insert(path.to_owned(), text.clone());
        text
    }

    fn person(&mut self, signed: &Signed, people: &PeopleKey) -> Text {
        let key = (signed.who.name.clone(), signed.who.email.clone());
        self.people.entry(key).or_insert_with(|| people.pseudonym(&signed.who.name, &signed.who.email)).clone()
    }
}

struct Rows<'a> {
    ids: &'a [CommitId],
    names: Names,
    history: History,
}

impl Rows<'_> {
    fn add_commit(&mut self, at: usize, raw: &RawCommit, place: Place, touched: &Touched, people: &PeopleKey) {
        let id = self.ids[at].clone();
        let is_merge = raw.parents.len() > 1;
        for file in &touched.files {
            self.add_file(&id, is_merge, file);
        }
        for (what, which, reason) in &touched.unreadable {
            let place = format!("{}:{which}", id.short());
            self.history.skipped.push(Skipped {
                what: (*what).into(),
                place: place.into(),
                reason: reason.as_str().into(),
            });
        }
        let counted = touched.files.iter().filter(|_| !is_merge).filter_map(|file| file.lines);
        let (added, deleted) = counted.fold((0, 0), |(added, deleted), (more, less)| (added + more, deleted + less));
        let authored_at = self.time(&id, &raw.author);
        let committed_at = self.time(&id, &raw.committer);
        let day = committed_at.map(|time| time.date_naive());
        self.history.commits.push(Commit {
            parents: raw.parents.iter().map(|&parent| commit_id(parent)).collect(),
            is_merge,
            on_mainline: place.on_mainline,
            on_default_branch: place.on_default_branch,
            change_id: place.change,
            pull: place.pull,
            author: self.names.person(&raw.author, people),
            author_name: raw.author.who.name.as_str().into(),
            author_email: raw.author.who.email.as_str().into(),
            committer: self.names.person(&raw.committer, people),
            committer_name: raw.committer.who.name.as_str().into(),
            committer_email: raw.committer.who.email.as_str().into(),
            authored_at,
            authored_offset: raw.author.offset,
            committed_at,
            committed_offset: raw.committer.offset,
            subject: subject(&raw.message).into(),
            message: raw.message.as_str().into(),
            added,
            deleted,
            files: if is_merge { 0 } else { touched.files.len() as i64 },
            week: day
                .and_then(|day| day.checked_sub_signed(TimeDelta::days(day.weekday().num_days_from_monday().into()))),
            month: day.and_then(|day| day.with_day(1)),
            commit_id: id,
        });
    }

    fn time(&mut self, id: &CommitId, signed: &Signed) -> Option<DateTime<Utc>> {
        let time = DateTime::from_timestamp(signed.seconds, 0).filter(|time| (0..=9999).contains(&time.year()));
        if time.is_none() {
            let reason = format!("{} seconds since 1970 is no date that can be kept", signed.seconds);
            self.history.skipped.push(Skipped { what: "date".into(), place: id.text(), reason: reason.into() });
        }
        time
    }

    fn add_file(&mut self, id: &CommitId, is_merge: bool, file: &FileChange) {
        let path = self.names.path(&file.path);
        let (class, language) = file_class::classify(&path);
        let row = CommitFile {
            commit_id: id.clone(),
            old_path: file.old_path.as_deref().map(|old| self.names.path(old)),
            status: file.status,
            class,
            language: language.map(Text::from),
            added: file.lines.map(|(added, _)| added),
            deleted: file.lines.map(|(_, deleted)| deleted),
            path,
        };
        if is_merge {
            self.history.merge_files.push(MergeFile::from(row));
        } else {
            self.history.commit_files.push(row);
        }
    }

    fn add_fates(&mut self, mainline: &[usize], fates: Vec<fates::Fate>) {
        let commit = |change: u32| mainline[change as usize];
        for fate in fates {
            let (born, died) = (commit(fate.origin), fate.death.map(commit));
            let path = self.names.path(&fate.path);
            let (class, language) = file_class::classify(&path);
            let row = LineFate {
                class,
                language: language.map(Text::from),
                line_kind: crate::facts::LineKind::Code,
                origin_commit: self.ids[born].clone(),
                copied_by: None,
                moved_by: None,
                birth_path: path.clone(),
                birth_lines: Text::from(""),
                path,
                death_commit: died.map(|at| self.ids[at].clone()),
                lines: fate.lines.into(),
                born_at: self.history.commits[born].committed_at,
                died_at: died.and_then(|at| self.history.commits[at].committed_at),
            };
            self.history.line_fates.push(row);
        }
    }
}
