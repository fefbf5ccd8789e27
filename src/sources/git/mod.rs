//! A git repository, read into facts: commits, the files and lines they touched, and the changes
//! that landed on the mainline.
//!
//! Opening and refs come from libgit2; commits, trees and contents are read by [`objects`] and compared here.
//! The data goes one way: [`walk`] → [`file_changes`] (which files differ) → [`diffs`] (which lines) →
//! [`genealogy`] (whose lines). Nothing in a history stops a run: what cannot be read goes to `skipped`.

mod clone;
mod common;
mod diffs;
mod file_changes;
mod file_class;
mod genealogy;
mod here;
mod identifiers;
mod kept;
mod line_kind;
mod lines;
mod loose;
mod lots;
mod mailmap;
mod names;
mod notes;
mod objects;
mod renames;
mod repository;
mod rows;
mod similar;
mod spool;
mod squashes;
mod trees;
mod vocabulary;
mod walk;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use git2::{ObjectType, Oid, Repository};
use rustc_hash::FxHashSet;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::facts::{CommitId, History, PeopleKey, Repo, Text};
use crate::progress;
pub use clone::{as_path, local_path};
use diffs::{DiffError, Diffs, Order, Wanted};
use file_changes::{FileChanges, Job, NONE};
pub use genealogy::Books;
use genealogy::{Follower, Genealogy, Graph, Standing};
pub use here::{NoLine, WrittenLine, line_here, resolve_here};
use kept::{Kept, Roll};
use notes::Records;
use objects::{Packs, id_of};
use repository::Tip;
use squashes::{Squash, Squashed};
use vocabulary::Vocabulary;
use walk::Walk;

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
    #[error("cannot keep what is being compared on disk")]
    Spool { source: std::io::Error },
    #[error("cannot clone `{address}`: {reason}")]
    Clone { address: String, reason: String },
    #[error("`{address}` was never cloned, and the network is not to be used")]
    Offline { address: String },
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

    /// Whether the head that is read has a file there.
    pub fn has_file(&self, path: &str) -> bool {
        let tree = self.tip.as_ref().and_then(|tip| loose::tree_of(&self.repo, tip.commit).ok());
        let entry = tree.and_then(|tree| loose::entry_at(&self.repo, &tree, Path::new(path)));
        entry.is_some_and(|entry| entry.kind() == Some(ObjectType::Blob))
    }

    /// Where the repository came from: its address, else its place on this machine.
    pub fn provenance(&self) -> String {
        self.url.clone().unwrap_or_else(|| self.repo.commondir().display().to_string())
    }

    /// Changes whenever mining again could give other facts: refs, mailmap, what the clone lacks, or how lines are read.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(kept::header());
        let tip = self.tip.as_ref().map(|tip| (tip.branch.as_deref(), tip.commit));
        hash.update(format!("{tip:?} {} {} {:?}", self.is_shallow(), self.is_partial(), self.url));
        for (number, head) in &self.pulls {
            hash.update(format!("{number} {head}"));
        }
        hash.update(repository::mailmap_text(&self.repo));
        // Deepening a shallow clone moves no ref that is read here, nor do grafts and replacements.
        for file in ["shallow", "info/grafts"] {
            hash.update(std::fs::read(self.repo.commondir().join(file)).unwrap_or_default());
        }
        for (id, by) in objects::replacements(&self.repo) {
            hash.update(format!("{id} {by}"));
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether an object is there now that was lacking when this was `kept`; the fingerprint does not tell.
    pub fn has_regained(&self, kept: &Path) -> bool {
        let lacking = Kept::lacking(kept);
        // Mostly nothing is, and no pack needs to be opened.
        !lacking.is_empty() && kept::is_any_there(&lacking, &Packs::of(&self.repo)).unwrap_or(false)
    }

    /// Changes whenever records of who wrote which lines may have: notes, and Agent Trace files at these places.
    pub fn records_fingerprint(&self, agent_trace: &[PathBuf]) -> String {
        notes::fingerprint(&self.repo, self.tip.as_ref(), &trace_places(agent_trace))
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
    pub fn mine(&self, people: &PeopleKey, options: &Options) -> Result<History, GitError> {
        self.read(options, Purpose::Facts)?.into_history(people)
    }

    /// Follows the lines of the default branch and says what became of them, without facts or lake.
    pub fn follow_lines(&self, options: &Options) -> Result<Lines, GitError> {
        Ok(Lines(self.read(options, Purpose::Lines)?))
    }

    fn read(&self, options: &Options, purpose: Purpose) -> Result<Read, GitError> {
        let packs = Packs::of(&self.repo);
        let open = |source| GitError::Objects { path: self.repo.path().to_owned(), source };
        let threads = options.threads.unwrap_or_else(lots::usual_threads);
        let path = options.kept.as_deref().filter(|_| !options.is_fresh);
        let mut kept = path.and_then(|path| Kept::read(path, &packs, purpose)).unwrap_or_default();
        let (walk, squashes, wanted, jobs) = loop {
            let walk = self.walk(&packs, purpose, &kept.roll).map_err(open)?;
            kept.roll.call(&walk);
            let squashes = if purpose == Purpose::Facts { squashes::find(&walk, &self.pulls) } else { Vec::new() };
            let wanted = self.wanted(&walk, options, &squashes);
            let jobs = kept.roll.by_number(|place| job(&walk, place, wanted[place]));
            let is_outdated = kept.is_outdated(&jobs);
            let is_of_use = match purpose {
                Purpose::Facts => !kept.roll.is_mostly_gone(),
                // What known commits did to which files was not read.
                Purpose::Lines => !is_outdated,
            };
            if is_of_use && kept.roll.is_in_order(&walk) {
                if is_outdated {
                    kept.forget_lines();
                }
                break (walk, squashes, wanted, jobs);
            }
            kept = Kept::default();
        };
        let records = if purpose == Purpose::Facts {
            let is_read = |commit: Oid| walk.index.contains_key(&commit);
            notes::read(&self.repo, self.tip.as_ref(), &trace_places(&options.agent_trace), &is_read)
        } else {
            Records::default()
        };
        let Kept { roll, changes, diffs, past, squashed, vocabulary } = &mut kept;
        squashed.forget_changed(&squashes, roll, |number| {
            jobs[number as usize].as_ref().is_some_and(|job| changes.is_known(number as usize, job))
        });
        let spool = |source| GitError::Spool { source };
        {
            let step = progress::step("Comparing files", Some(changes.unknown(&jobs)));
            changes.extend(&packs, &jobs, threads, &|done| step.advance(done)).map_err(open)?;
        }
        drop(jobs);
        // Of merges only those on the mainline have rows of their own.
        let on_mainline = walk.on_mainline();
        let needed = squashed.needed(&squashes, roll);
        let order = |place: usize| {
            let (number, is_merge) = (roll.numbers[place], walk.commits[place].parents.len() > 1);
            let is_followed = walk.on_default_branch[place];
            let order = Order {
                wanted: wanted[place],
                is_counted: purpose == Purpose::Facts && (on_mainline[place] || !is_merge),
                needs_lines: needed[place] || is_followed && !past.knows(number),
                needs_names: purpose == Purpose::Facts && is_followed && !is_merge && !vocabulary.knows(number),
            };
            (order.is_counted || order.needs_lines || order.needs_names).then_some(order)
        };
        let orders: Vec<Option<Order>> = roll.by_number(order).into_iter().map(Option::flatten).collect();
        if purpose == Purpose::Lines {
            diffs.forgo_kinds();
            past.forgo_ties_and_recipes();
        }
        {
            let graph = graph(&walk, roll);
            let mut follower = Follower::new(&graph, changes, &orders, past);
            {
                let plan = diffs.plan(changes, &orders, threads);
                let step = progress::step("Comparing lines", Some(plan.len()));
                let known = |diffs: &Diffs, commit| follower.follow(diffs, commit);
                let made = diffs.make(&packs, changes, &plan, threads, &|done| step.advance(done), known);
                made.map_err(|error| match error {
                    DiffError::Open(source) => open(source),
                    DiffError::Spool(source) => spool(source),
                })?;
            }
            vocabulary.learn(changes, diffs, &orders).map_err(spool)?;
            diffs.forget_names();
            let step = progress::step("Following lines", Some(follower.left()));
            follower.finish(diffs, &|commits| step.advance(commits)).map_err(spool)?;
        }
        for squash in &squashes {
            squashed.learn(squash, roll, changes, diffs, &wanted).map_err(spool)?;
        }
        let added = notes::added_lines(&packs, &walk, roll, changes, &records).map_err(open)?;
        if let (Some(path), Purpose::Facts) = (&options.kept, purpose) {
            // Without it the next run only takes longer.
            if let Err(error) = kept.write(path, &packs) {
                progress::warn(&format!("cannot keep what was found out at `{}`: {error}", path.display()));
            }
        }
        let Kept { roll, changes, diffs, past, squashed, vocabulary } = kept;
        let followed =
            |&place: &u32| if place != NONE && walk.on_default_branch[place as usize] { place } else { NONE };
        let places = roll.places.iter().map(followed).collect();
        let in_order = graph(&walk, &Roll::in_order(walk.commits.len()));
        let genealogy = Genealogy::of(past, in_order, places, changes.path_ranks());
        Ok(Read { walk, roll, changes, diffs, wanted, genealogy, records, added, squashes, squashed, vocabulary })
    }

    /// All commits of interest. Where only lines are, those that are known need not be read again.
    fn walk(&self, packs: &Packs, purpose: Purpose, known: &Roll) -> Result<Walk, git2::Error> {
        let step = progress::step("Reading commits", None);
        let mailmap = repository::mailmap(&self.repo);
        let (pulls, known) = match purpose {
            Purpose::Facts => (&self.pulls[..], None),
            Purpose::Lines => (&[][..], Some(known)),
        };
        let mut source = walk::Source::of(&self.repo, packs, &mailmap, known)?;
        let mut walk = walk::walk(&mut source, self.tip.as_ref(), pulls, &|commits| step.advance(commits));
        if purpose == Purpose::Lines {
            walk.forget_texts();
        }
        Ok(walk)
    }

    /// The lines of the default branch are followed; commits that only pull requests reach are counted, unless it is
    /// asked which lines they wrote.
    fn wanted(&self, walk: &Walk, options: &Options, squashes: &[Squash]) -> Vec<Wanted> {
        let looked_through = self.looked_through(options);
        let behind: FxHashSet<usize> = squashes.iter().flat_map(|squash| squash.commits.iter().copied()).collect();
        let wanted = |at: usize| match walk.on_default_branch[at] {
            true if looked_through.contains(&walk.commits[at].id) => Wanted::LinesLookedThrough,
            true => Wanted::Lines,
            false if behind.contains(&at) => Wanted::Lines,
            false => Wanted::Counts,
        };
        (0..walk.commits.len()).map(wanted).collect()
    }

    /// Commits that only reformat, as the repository's `.git-blame-ignore-revs` and the user name them.
    fn looked_through(&self, options: &Options) -> FxHashSet<Oid> {
        let file = self.tip.as_ref().and_then(|tip| repository::ignored_revisions(&self.repo, tip.commit));
        let listed = file.iter().flat_map(|text| text.lines()).chain(options.look_through.iter().map(String::as_str));
        let ids = listed.filter_map(|line| {
            let name = line.split('#').next().unwrap_or_default().trim();
            Oid::from_str_ext(name, self.repo.object_format()).ok().filter(|_| name.len() >= 40)
        });
        ids.map(objects::clean).collect()
    }
}

/// How a history is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Threads to use; all cores when it is not said.
    pub threads: Option<usize>,
    /// Commits that only reformat: their lines keep the origins they had. Full ids.
    pub look_through: Vec<String>,
    /// The file in which one run leaves to the next what it found out. Only mining writes it.
    pub kept: Option<PathBuf>,
    /// Does without what an earlier run left.
    pub is_fresh: bool,
    /// Files and folders with Agent Trace records, within the repository unless absolute; empty for the usual place.
    pub agent_trace: Vec<PathBuf>,
}

fn trace_places(configured: &[PathBuf]) -> Vec<PathBuf> {
    if configured.is_empty() { vec![PathBuf::from(notes::USUAL_TRACES)] } else { configured.to_vec() }
}

/// What a history is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The rows of the lake.
    Facts,
    /// The lines of the default branch alone.
    Lines,
}

/// Everything read from a history, in numbers.
struct Read {
    walk: Walk,
    roll: Roll,
    changes: FileChanges,
    diffs: Diffs,
    wanted: Vec<Wanted>,
    genealogy: Genealogy,
    records: Records,
    /// Lines that recorded commits added to files of which something is recorded.
    added: notes::AddedLines,
    squashes: Vec<Squash>,
    squashed: Squashed,
    vocabulary: Vocabulary,
}

/// The lines of a default branch.
pub struct Lines(Read);

/// A line at the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlamedLine {
    /// The commit that wrote its text; `None` where that was not seen.
    pub origin: Option<CommitId>,
    /// The commit that put it where it is: that moved or copied it last, else the one that wrote it.
    pub placed_by: Option<CommitId>,
}

impl Lines {
    pub fn books(&self) -> Books {
        self.0.genealogy.books()
    }

    pub fn commits(&self) -> u64 {
        self.0.walk.on_default_branch.iter().filter(|on_branch| **on_branch).count() as u64
    }

    /// Who wrote each line of a file at the head; empty for a file that is not there or not followed.
    pub fn blame(&self, path: &str) -> Vec<BlamedLine> {
        let Some(path) = self.0.changes.path_number(path.as_bytes()) else { return Vec::new() };
        let id = |at: u32| self.0.walk.commits.get(at as usize).map(|commit| commit_id(commit.id));
        let blamed = |line: Standing| BlamedLine { origin: id(line.origin), placed_by: id(line.placed_by) };
        self.0.genealogy.blame(path).into_iter().map(blamed).collect()
    }
}

/// What is to be compared for a commit. Merges that are not followed bring nothing of their own.
fn job(walk: &Walk, at: usize, wanted: Wanted) -> Job {
    let commit = &walk.commits[at];
    let places = walk.parents(at);
    let parents = commit.parents.iter().zip(places).filter(|(_, place)| place.is_some());
    let parents: Vec<Oid> = parents.map(|(id, _)| *id).collect();
    let tree = |at: usize| id_of(walk.commits[at].tree);
    let is_merge = commit.parents.len() > 1;
    if is_merge && !walk.on_default_branch[at] {
        return Job::new(tree(at), Some(tree(at)), Vec::new(), &parents, wanted);
    }
    // A parent that is not there (shallow, corrupt) is no parent for this purpose, as git shows it.
    let read = |number: usize| places.get(number).copied().flatten().map(|parent| tree(parent as usize));
    let others = (1..commit.parents.len()).filter_map(|number| Some((number as u16, read(number)?)));
    Job::new(tree(at), read(0), others.collect(), &parents, wanted)
}

/// The commits by their numbers.
fn graph(walk: &Walk, roll: &Roll) -> Graph {
    let number = |place: usize| roll.numbers[place];
    let parents_of = |place: usize| {
        let parents = walk.parents(place).iter().enumerate();
        parents.filter_map(|(parent, place)| Some((parent as u16, number((*place)? as usize)))).collect()
    };
    let parents = roll.by_number(parents_of).into_iter().map(Option::unwrap_or_default).collect();
    let followed = roll.by_number(|place| walk.on_default_branch[place]).into_iter().map(Option::unwrap_or_default);
    Graph::new(parents, followed.collect(), walk.mainline.last().map(|&head| number(head)))
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

/// A commit of the default branch has a parent that was not read.
fn lacks_parents(history: &History) -> bool {
    let read: FxHashSet<&CommitId> = history.commits.iter().map(|commit| &commit.commit_id).collect();
    let on_branch = history.commits.iter().filter(|commit| commit.on_default_branch);
    on_branch.flat_map(|commit| &commit.parents).any(|parent| !read.contains(parent))
}
