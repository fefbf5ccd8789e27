//! Which files each commit changed, against its first parent; for merges also what the other parents have there.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::io;

use git2::Oid;
use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

use super::diffs::Wanted;
use super::kept::{Reader, Unusable, Writer};
use super::lots;
use super::objects::{Id, Objects, Packs};
use super::renames::{self, Rename};
use super::spool;
use super::trees::{self, Delta, Entry};
use crate::facts::FileStatus;

/// Stands for "none" where a number points to a path or a content.
pub(super) const NONE: u32 = u32::MAX;

/// A commit whose trees are to be compared.
#[derive(Debug)]
pub(super) struct Job {
    tree: Id,
    parent: Option<Id>,
    others: Vec<(u16, Id)>,
    pub(super) wanted: Wanted,
    /// What is known of the commit is true while this stays the same.
    print: u64,
}

impl Job {
    /// `parent` is the first parent's tree; none for a root, and for a commit whose first parent was not read.
    /// `others` are the trees of the other parents that were read, with their number among the parents. What becomes of
    /// the commit's lines depends on `parents` too, those that were read, and on how it is to be read.
    pub(super) fn new(tree: Id, parent: Option<Id>, others: Vec<(u16, Id)>, parents: &[Oid], wanted: Wanted) -> Self {
        let mut hasher = FxHasher::default();
        (tree, parent, &others, parents, wanted).hash(&mut hasher);
        Self { tree, parent, others, wanted, print: hasher.finish() }
    }
}

/// One file of one commit, against the commit's first parent. Paths and contents are numbers of [`FileChanges`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct FileChange {
    pub(super) path: u32,
    /// Its former path, if it was renamed.
    pub(super) old_path: u32,
    pub(super) status: FileStatus,
    pub(super) old: u32,
    pub(super) new: u32,
}

/// A file of the commit as it is elsewhere.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Elsewhere {
    /// Which of the commit's files.
    pub(super) file: u32,
    /// Which parent has it: 0 for a vanished file of the first parent whose name went to another file.
    pub(super) parent: u16,
    pub(super) path: u32,
    pub(super) content: u32,
}

/// What a commit did to which files.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Touched {
    /// In the order of their paths.
    pub(super) files: Vec<FileChange>,
    /// In the order of `files`, then of parents.
    pub(super) elsewhere: Vec<Elsewhere>,
    /// What could not be read: (kind, path or id, reason).
    pub(super) unreadable: Vec<(Cow<'static, str>, String, String)>,
    /// The trees that were lacking, in hexadecimal.
    lacking: Vec<String>,
}

impl Touched {
    /// What others have of one of the files.
    pub(super) fn elsewhere_of(&self, file: usize) -> &[Elsewhere] {
        let from = self.elsewhere.partition_point(|there| (there.file as usize) < file);
        let to = self.elsewhere.partition_point(|there| there.file as usize <= file);
        &self.elsewhere[from..to]
    }
}

/// A content: the blob, or the submodule's commit that stands for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Blob {
    pub(super) id: Id,
    pub(super) is_submodule: bool,
}

/// Every path and content that any commit changed, and what each commit did.
#[derive(Default)]
pub(super) struct FileChanges {
    pub(super) commits: Vec<Touched>,
    /// By commit, the print of the job it was compared for.
    prints: Vec<u64>,
    pub(super) paths: Vec<Vec<u8>>,
    pub(super) blobs: Vec<Blob>,
    path_numbers: FxHashMap<Vec<u8>, u32>,
    /// Only while trees are compared.
    blob_numbers: FxHashMap<Blob, u32>,
}

/// Commits compared by one worker before it takes the next lot: enough to profit from what it remembers, few
/// enough that nobody waits long for the last one.
const LOT: usize = 64;

impl FileChanges {
    /// Compares the trees of every job that is not known yet, on `threads` threads; `None` are commits of no
    /// interest any more.
    pub(super) fn extend(
        &mut self,
        packs: &Packs,
        jobs: &[Option<Job>],
        threads: usize,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<(), git2::Error> {
        self.blob_numbers.extend(self.blobs.iter().copied().zip(0..));
        self.commits.resize_with(jobs.len(), Touched::default);
        self.prints.resize(jobs.len(), 0);
        let jobs = jobs.iter().enumerate().filter_map(|(at, job)| Some((at, job.as_ref()?)));
        // Newer ones first, since git puts older trees together from newer ones.
        let new: Vec<(usize, &Job)> = jobs.filter(|(at, job)| !self.is_known(*at, job)).rev().collect();
        let lots: Vec<&[(usize, &Job)]> = new.chunks(LOT).collect();
        let work = |worker: &mut Worker<'_>, lot: usize| -> Vec<Found> {
            let found = lots[lot].iter().map(|(_, job)| worker.compare(job)).collect();
            done(lots[lot].len() as u64);
            found
        };
        let mut places = new.iter();
        let take = |found: Vec<Found>| {
            for (found, &(at, job)) in found.into_iter().zip(&mut places) {
                self.commits[at] = self.numbered(found);
                self.prints[at] = job.print;
            }
            Ok(())
        };
        let compared = lots::in_order(threads, lots.len(), || Worker::of(packs), work, take);
        self.blob_numbers = FxHashMap::default();
        compared
    }

    /// Whether a commit was compared for this job.
    pub(super) fn is_known(&self, commit: usize, job: &Job) -> bool {
        self.prints.get(commit) == Some(&job.print)
    }

    /// Has all but some commits compared again.
    pub(super) fn forget_unless(&mut self, is_known: impl Fn(u32) -> bool) {
        let commits = (0..).zip(&mut self.prints);
        commits.filter(|(commit, _)| !is_known(*commit)).for_each(|(_, print)| *print = 0);
    }

    pub(super) fn unknown(&self, jobs: &[Option<Job>]) -> u64 {
        let jobs = jobs.iter().enumerate().filter_map(|(at, job)| Some((at, job.as_ref()?)));
        jobs.filter(|(at, job)| !self.is_known(*at, job)).count() as u64
    }

    /// Trees that could not be read.
    pub(super) fn lacking(&self) -> impl Iterator<Item = Id> {
        let lacking = self.commits.iter().flat_map(|touched| &touched.lacking);
        lacking.filter_map(|id| Id::from_hex(id.as_bytes()).ok())
    }

    pub(super) fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.section()?;
        to.put_words(self.prints.iter().map(|print| spool::halves(*print)))?;
        to.put(&self.paths)?;
        to.put_ids(self.blobs.iter().map(|blob| &blob.id))?;
        to.put_bytes(&self.blobs.iter().map(|blob| blob.is_submodule.into()).collect::<Vec<u8>>())?;
        to.section()?;
        to.put(&self.commits)
    }

    pub(super) fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        from.section()?;
        let prints = from.get_words(spool::whole)?;
        let mut changes = Self { prints, paths: from.get()?, ..Self::default() };
        let (ids, are_submodules) = (from.get_ids()?, from.get_bytes()?);
        let blob = |(id, is_submodule)| Blob { id, is_submodule: is_submodule != 0 };
        changes.blobs = ids.into_iter().zip(are_submodules).map(blob).collect();
        changes.path_numbers.extend(changes.paths.iter().cloned().zip(0..));
        if from.section_of_facts()? {
            changes.commits = from.get()?;
        }
        Ok(changes)
    }

    pub(super) fn path_number(&self, path: &[u8]) -> Option<u32> {
        self.path_numbers.get(path).copied()
    }

    /// By path number, its place among all paths in the order of their bytes.
    pub(super) fn path_ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.paths.len() as u32).collect();
        order.sort_unstable_by_key(|&path| &self.paths[path as usize]);
        let mut ranks = vec![0; order.len()];
        order.iter().enumerate().for_each(|(rank, &path)| ranks[path as usize] = rank as u32);
        ranks
    }

    fn numbered(&mut self, found: Found) -> Touched {
        let mut touched = Touched { unreadable: found.unreadable, lacking: found.lacking, ..Touched::default() };
        for (file, found) in found.files.into_iter().enumerate() {
            let FoundFile { path, old_path, status, old, new, elsewhere } = found;
            touched.files.push(FileChange {
                path: self.path(path),
                old_path: old_path.map_or(NONE, |path| self.path(path)),
                status,
                old: old.map_or(NONE, |entry| self.blob(entry)),
                new: new.map_or(NONE, |entry| self.blob(entry)),
            });
            for (parent, path, entry) in elsewhere {
                let (path, content) = (self.path(path), self.blob(entry));
                touched.elsewhere.push(Elsewhere { file: file as u32, parent, path, content });
            }
        }
        touched.files.shrink_to_fit();
        touched.elsewhere.shrink_to_fit();
        touched
    }

    fn path(&mut self, path: Vec<u8>) -> u32 {
        if let Some(&known) = self.path_numbers.get(&path) {
            return known;
        }
        let number = self.paths.len() as u32;
        self.paths.push(path.clone());
        self.path_numbers.insert(path, number);
        number
    }

    fn blob(&mut self, entry: Entry) -> u32 {
        let blob = Blob { id: entry.id, is_submodule: entry.is_submodule() };
        let number = self.blobs.len() as u32;
        let known = *self.blob_numbers.entry(blob).or_insert(number);
        if known == number {
            self.blobs.push(blob);
        }
        known
    }
}

/// As [`Touched`], before paths and contents are numbered.
#[derive(Default)]
struct Found {
    files: Vec<FoundFile>,
    unreadable: Vec<(Cow<'static, str>, String, String)>,
    lacking: Vec<String>,
}

impl Found {
    /// The tree of a commit could not be read, or a folder in it.
    fn miss(&mut self, tree: Id, unreadable: trees::UnreadableTree) {
        self.unreadable.push(("tree".into(), tree.to_string(), unreadable.reason));
        self.lacking.extend(unreadable.id.map(|id| id.to_string()));
    }
}

struct FoundFile {
    path: Vec<u8>,
    old_path: Option<Vec<u8>>,
    status: FileStatus,
    old: Option<Entry>,
    new: Option<Entry>,
    /// The parent's number, the path there, and what it has.
    elsewhere: Vec<(u16, Vec<u8>, Entry)>,
}

struct Worker<'a> {
    objects: Objects<'a>,
    known: renames::Known,
}

impl<'a> Worker<'a> {
    fn of(packs: &'a Packs) -> Result<Self, git2::Error> {
        Ok(Self { objects: Objects::of(packs)?, known: renames::Known::default() })
    }

    fn compare(&mut self, job: &Job) -> Found {
        let mut found = Found::default();
        let against_first = match self.against(job.parent, job.tree) {
            Ok(against) => against,
            Err(unreadable) => {
                found.miss(job.tree, unreadable);
                return found;
            }
        };
        if against_first.is_cut {
            let reason = "too many files added and deleted to look for renames".to_owned();
            found.unreadable.push(("renames".into(), job.tree.to_string(), reason));
        }
        found.files = against_first.files();
        for &(parent, tree) in &job.others {
            if let Err(unreadable) = self.look_elsewhere(&mut found.files, job.tree, parent, tree) {
                found.miss(tree, unreadable);
            }
        }
        found
    }

    fn against(&mut self, old: Option<Id>, new: Id) -> Result<Against, trees::UnreadableTree> {
        let mut deltas = trees::diff(&mut self.objects, old, Some(new))?;
        let renames::Found { renames, shared, is_cut } =
            renames::detect(&mut self.objects, &mut self.known, &mut deltas);
        Ok(Against { deltas, renames, shared, is_cut })
    }

    /// Finds what another parent has of the files that differ from the first parent's. Where it has nothing of that
    /// name, and nobody has the very same content, it may have it under another name.
    fn look_elsewhere(
        &mut self,
        files: &mut [FoundFile],
        merge: Id,
        parent: u16,
        tree: Id,
    ) -> Result<(), trees::UnreadableTree> {
        let Self { objects, known } = self;
        let there: Vec<&[u8]> =
            files.iter().filter(|file| file.new.is_some()).map(|file| file.path.as_slice()).collect();
        let mut found = Vec::with_capacity(there.len());
        let looked = trees::find(objects, tree, &there, &mut found);
        let mut nameless: Vec<Vec<u8>> = Vec::new();
        let there = files.iter_mut().filter_map(|file| Some((file.new?, file)));
        for ((new, file), entry) in there.zip(found) {
            match entry {
                Some(entry) => file.elsewhere.push((parent, file.path.clone(), entry)),
                None if file.elsewhere.iter().all(|(_, _, entry)| entry.id != new.id) => {
                    nameless.push(file.path.clone());
                }
                None => {}
            }
        }
        looked?;
        if nameless.is_empty() {
            return Ok(());
        }
        let deltas = trees::diff(objects, Some(tree), Some(merge))?;
        let is_wanted = |path: &[u8]| nameless.binary_search_by(|known| known.as_slice().cmp(path)).is_ok();
        for Rename { old_path, old, path, .. } in renames::sources_of(objects, known, &deltas, is_wanted) {
            if let Ok(at) = files.binary_search_by(|file| file.path.cmp(&path)) {
                files[at].elsewhere.push((parent, old_path, old));
            }
        }
        Ok(())
    }
}

/// The difference of two trees with its renames.
struct Against {
    deltas: Vec<Delta>,
    renames: Vec<Rename>,
    shared: Vec<Rename>,
    is_cut: bool,
}

impl Against {
    fn files(self) -> Vec<FoundFile> {
        let file =
            |path, old_path, status, old, new| FoundFile { path, old_path, status, old, new, elsewhere: Vec::new() };
        let mut files = Vec::with_capacity(self.deltas.len() + self.renames.len());
        for Delta { path, old, new } in self.deltas {
            let status = match (old, new) {
                (None, _) => FileStatus::Added,
                (_, None) => FileStatus::Deleted,
                (Some(old), Some(new)) if old.kind() != new.kind() => FileStatus::TypeChanged,
                _ => FileStatus::Modified,
            };
            files.push(file(path, None, status, old, new));
        }
        for Rename { old_path, old, path, new } in self.renames {
            files.push(file(path, Some(old_path), FileStatus::Renamed, Some(old), Some(new)));
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        for Rename { old_path, old, path, .. } in self.shared {
            if let Ok(at) = files.binary_search_by(|file| file.path.cmp(&path)) {
                files[at].elsewhere.push((0, old_path, old));
            }
        }
        files
    }
}
