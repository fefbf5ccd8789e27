//! The lake: a folder of Parquet files, one folder per table, partitioned by repository.
//!
//! ```text
//! DIR/commits/repo=OWNER%2FNAME/part-0.parquet     what any Parquet engine reads
//! DIR/_manifest/OWNER%2FNAME.json                  what this repository's complete state is
//! DIR/_staging/OWNER%2FNAME@GENERATION/…           a state on its way in
//! DIR/_github/OWNER%2FNAME                         GitHub's answers as they came, from which its tables are made
//! DIR/_lines/OWNER%2FNAME                          what is known of its commits: a cache, true whatever the state
//! DIR/_people.key                                  the secret behind the pseudonyms
//! ```
//!
//! A write is atomic per repository. All tables are first written and synced under `_staging`; the
//! rename of the manifest is the moment the new state counts; only then does each staged file take the
//! place of the former one, by rename. A run killed before that moment leaves the former state, one
//! killed after it leaves a state that is read where it is and that the next run that may write finishes moving. File names are constant, so
//! an engine that globs for `*.parquet` never counts a row twice.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use polars::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::frame::{self, FrameError, Row, Source};
use super::{
    AttestedFate, Attribution, AuthorshipNote, Change, Check, Commit, CommitFile, CommitIdentifiers, CommitLines,
    Deployment, Evidence, Fix, Github, Incident, Issue, IssueComment, LineAttribution, LineFate, Link, MergeFile,
    Override, PeopleKey, Person, Pull, PullCommit, PullEvent, PullLanding, PullLines, PullOutcome, Release, Repo,
    Review, ReviewComment, Skipped, SyncStream,
};
use crate::files;

/// Version of the tables' meaning. A lake of a newer one is refused.
pub const LAKE_VERSION: u32 = 1;

#[derive(Debug, Error)]
pub enum LakeError {
    #[error("cannot create the lake `{}`", path.display())]
    Create { path: PathBuf, source: io::Error },
    #[error("there is no lake at `{}`", path.display())]
    Missing { path: PathBuf },
    #[error("cannot write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot read the table `{}`", path.display())]
    Table { path: PathBuf, source: PolarsError },
    #[error("cannot write the table `{}`", path.display())]
    WriteTable { path: PathBuf, source: PolarsError },
    #[error("the table `{}` is not as this version wrote it", path.display())]
    Rows { path: PathBuf, source: FrameError },
    #[error("the key of people's pseudonyms `{}` is damaged", path.display())]
    Key { path: PathBuf },
    #[error("the lake was written by a newer shipwake (lake version {found}; this one knows {LAKE_VERSION})")]
    Newer { found: u32 },
    #[error("the manifest `{}` is damaged", path.display())]
    Manifest { path: PathBuf, source: serde_json::Error },
}

/// What a repository's complete state is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub lake_version: u32,
    pub repo: String,
    pub generation: u64,
    /// What the facts were made from; mining is skipped while it stays the same. Empty before the first mining.
    pub fingerprint: String,
    /// Where the repository came from: its address, else its place. Empty before the first mining.
    #[serde(default)]
    pub provenance: String,
    /// Rows per table.
    pub tables: BTreeMap<String, u64>,
}

/// The key in a file, if there is one.
fn key_in(path: &Path) -> Result<Option<PeopleKey>, LakeError> {
    match fs::read(path) {
        Ok(bytes) => match bytes.try_into() {
            Ok(key) => Ok(Some(PeopleKey(key))),
            Err(_) => Err(LakeError::Key { path: path.to_owned() }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LakeError::Read { path: path.to_owned(), source }),
    }
}

/// Every table: its name and its empty frame, whose columns are the table's definition.
pub fn tables() -> Vec<(&'static str, DataFrame)> {
    fn empty<R: Row>() -> (&'static str, DataFrame) {
        (R::TABLE, frame::to_frame::<R>("", &[]).unwrap_or_default())
    }
    vec![
        empty::<Repo>(),
        empty::<Commit>(),
        empty::<CommitFile>(),
        empty::<MergeFile>(),
        empty::<LineFate>(),
        empty::<CommitLines>(),
        empty::<CommitIdentifiers>(),
        empty::<AuthorshipNote>(),
        empty::<LineAttribution>(),
        empty::<PullLines>(),
        empty::<AttestedFate>(),
        empty::<Override>(),
        empty::<Person>(),
        empty::<Evidence>(),
        empty::<Attribution>(),
        empty::<Fix>(),
        empty::<Link>(),
        empty::<Incident>(),
        empty::<Pull>(),
        empty::<PullCommit>(),
        empty::<PullEvent>(),
        empty::<Review>(),
        empty::<ReviewComment>(),
        empty::<IssueComment>(),
        empty::<Issue>(),
        empty::<Deployment>(),
        empty::<Check>(),
        empty::<Release>(),
        empty::<SyncStream>(),
        empty::<PullLanding>(),
        empty::<PullOutcome>(),
        empty::<Change>(),
        empty::<Skipped>(),
    ]
}

/// The columns of every table with their types, for people.
pub fn columns() -> Vec<(&'static str, Vec<(String, String)>)> {
    let described =
        |frame: &DataFrame| frame.schema().iter().map(|(name, kind)| (name.to_string(), kind.to_string())).collect();
    tables().into_iter().map(|(table, frame)| (table, described(&frame))).collect()
}

#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
}

impl Lake {
    /// Opens the lake, and makes it when there is none.
    pub fn create(root: &Path) -> Result<Self, LakeError> {
        let create = |source| LakeError::Create { path: root.to_owned(), source };
        fs::create_dir_all(root.join("_manifest")).map_err(create)?;
        let ignore = root.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(create)?;
        }
        let lake = Self::open(root)?;
        lake.finish_moves()?;
        Ok(lake)
    }

    /// Moves in what a killed run had committed and not yet moved.
    fn finish_moves(&self) -> Result<(), LakeError> {
        for manifest in self.manifests()? {
            if self.staging(&manifest.repo, manifest.generation).exists() {
                let _lock = self.lock(&manifest.repo)?;
                self.settle(&manifest.repo, self.manifest(&manifest.repo)?.as_ref())?;
            }
        }
        Ok(())
    }

    /// Opens a lake that is there.
    pub fn open(root: &Path) -> Result<Self, LakeError> {
        if !root.join("_manifest").is_dir() {
            return Err(LakeError::Missing { path: root.to_owned() });
        }
        let lake = Self { root: root.to_owned() };
        lake.manifests()?;
        Ok(lake)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The state of every repository in the lake, by name.
    pub fn manifests(&self) -> Result<Vec<Manifest>, LakeError> {
        let folder = self.root.join("_manifest");
        let read = |source| LakeError::Read { path: folder.clone(), source };
        let mut manifests = Vec::new();
        for entry in fs::read_dir(&folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                manifests.extend(read_manifest(&path)?);
            }
        }
        manifests.sort_by(|a, b| a.repo.cmp(&b.repo));
        Ok(manifests)
    }

    pub fn manifest(&self, repo: &str) -> Result<Option<Manifest>, LakeError> {
        read_manifest(&self.manifest_path(repo))
    }

    /// The names under which a repository that came from there was mined.
    pub fn mined_as(&self, provenance: &str) -> Result<Vec<String>, LakeError> {
        let names = self.manifests()?.into_iter().filter(|known| known.provenance == provenance);
        Ok(names.map(|known| known.repo).collect())
    }

    /// The rows of one table of one repository; none when it was never written.
    pub fn read<R: Row>(&self, repo: &str) -> Result<Vec<R>, LakeError> {
        let Some(path) = self.table_path(R::TABLE, repo)? else { return Ok(Vec::new()) };
        let file = File::open(&path).map_err(|source| LakeError::Read { path: path.clone(), source })?;
        let frame =
            ParquetReader::new(file).finish().map_err(|source| LakeError::Table { path: path.clone(), source })?;
        R::from_columns(&Source(&frame)).map_err(|source| LakeError::Rows { path, source })
    }

    /// One table over all repositories, read when it is asked for.
    pub fn scan(&self, table: &str, empty: DataFrame) -> Result<LazyFrame, LakeError> {
        let mut paths = Vec::new();
        for manifest in self.manifests()? {
            if manifest.tables.get(table).is_some_and(|&rows| rows > 0) {
                paths.extend(self.table_path(table, &manifest.repo)?);
            }
        }
        if paths.is_empty() {
            return Ok(empty.lazy());
        }
        let sources = paths.iter().map(|path| PlRefPath::new(path.to_string_lossy().as_ref())).collect();
        let options = ScanArgsParquet { glob: false, hive_options: HiveOptions::new_disabled(), ..Default::default() };
        LazyFrame::scan_parquet_files(sources, options)
            .map_err(|source| LakeError::Table { path: self.root.join(table), source })
    }

    /// The secret behind the pseudonyms; made on first use, readable by its owner only.
    pub fn people_key(&self) -> Result<PeopleKey, LakeError> {
        let path = self.root.join("_people.key");
        let write = |source| LakeError::Write { path: path.clone(), source };
        if let Some(key) = key_in(&path)? {
            return Ok(key);
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| write(io::Error::other(error)))?;
        let mut file = tempfile::NamedTempFile::new_in(&self.root).map_err(write)?;
        file.write_all(&key).and_then(|()| file.as_file().sync_all()).map_err(write)?;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(PeopleKey(key)),
            // Another run was first: its key counts.
            Err(error) => key_in(&path)?.ok_or(write(error.error)),
        }
    }

    /// Starts a new state of `repo`; tables that are not put stay as they are. Waits while another run writes it.
    pub fn write(&self, repo: &str) -> Result<Write<'_>, LakeError> {
        let lock = self.lock(repo)?;
        let former = self.manifest(repo)?;
        self.settle(repo, former.as_ref())?;
        let generation = former.as_ref().map_or(0, |manifest| manifest.generation) + 1;
        let staging = self.staging(repo, generation);
        fs::create_dir_all(&staging).map_err(|source| LakeError::Write { path: staging.clone(), source })?;
        let tables = former.as_ref().map(|manifest| manifest.tables.clone()).unwrap_or_default();
        let (fingerprint, provenance) =
            former.map(|manifest| (manifest.fingerprint, manifest.provenance)).unwrap_or_default();
        let manifest =
            Manifest { lake_version: LAKE_VERSION, repo: repo.to_owned(), generation, fingerprint, provenance, tables };
        Ok(Write { lake: self, manifest, staging, committed: false, _lock: lock })
    }

    /// Where the git source keeps what it knows of a repository's commits, so that only new ones cost anything.
    pub fn known_lines(&self, repo: &str) -> PathBuf {
        self.root.join("_lines").join(folder_name(repo))
    }

    /// Where the GitHub source keeps the answers it had.
    pub fn github_answers(&self, repo: &str) -> PathBuf {
        self.root.join("_github").join(folder_name(repo))
    }

    fn lock(&self, repo: &str) -> Result<File, LakeError> {
        let path = self.root.join("_manifest").join(format!("{}.lock", folder_name(repo)));
        let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
        locked.map_err(|source| LakeError::Write { path, source })
    }

    fn manifest_path(&self, repo: &str) -> PathBuf {
        self.root.join("_manifest").join(format!("{}.json", folder_name(repo)))
    }

    fn staging(&self, repo: &str, generation: u64) -> PathBuf {
        self.root.join("_staging").join(format!("{}@{generation}", folder_name(repo)))
    }

    fn settled_path(&self, table: &str, repo: &str) -> PathBuf {
        self.root.join(table).join(format!("repo={}", folder_name(repo))).join("part-0.parquet")
    }

    /// Where the current rows of a table are: still staged when a run was killed while moving them.
    fn table_path(&self, table: &str, repo: &str) -> Result<Option<PathBuf>, LakeError> {
        let Some(manifest) = self.manifest(repo)?.filter(|manifest| manifest.tables.contains_key(table)) else {
            return Ok(None);
        };
        Ok(Some(self.current_path(table, &manifest)))
    }

    fn current_path(&self, table: &str, manifest: &Manifest) -> PathBuf {
        let staged = self.staging(&manifest.repo, manifest.generation).join(format!("{table}.parquet"));
        if staged.exists() { staged } else { self.settled_path(table, &manifest.repo) }
    }

    /// Whether every table of a state is there: nobody took one away.
    pub fn is_whole(&self, manifest: &Manifest) -> bool {
        let mut filled = manifest.tables.iter().filter(|(_, rows)| **rows > 0);
        filled.all(|(table, _)| self.current_path(table, manifest).is_file())
    }

    /// Finishes a move that was cut short, and clears away states that never counted.
    fn settle(&self, repo: &str, manifest: Option<&Manifest>) -> Result<(), LakeError> {
        if let Some(manifest) = manifest {
            self.move_in(repo, manifest.generation)?;
        }
        let Ok(entries) = fs::read_dir(self.root.join("_staging")) else { return Ok(()) };
        let prefix = format!("{}@", folder_name(repo));
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix)) {
                fs::remove_dir_all(&path).map_err(|source| LakeError::Write { path, source })?;
            }
        }
        Ok(())
    }

    fn move_in(&self, repo: &str, generation: u64) -> Result<(), LakeError> {
        let staging = self.staging(repo, generation);
        let Ok(entries) = fs::read_dir(&staging) else { return Ok(()) };
        for staged in entries.flatten().map(|entry| entry.path()) {
            let Some(table) = staged.file_stem() else { continue };
            let place = self.settled_path(&table.to_string_lossy(), repo);
            let moved = place.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::rename(&staged, &place));
            moved.map_err(|source| LakeError::Write { path: place, source })?;
        }
        fs::remove_dir(&staging).map_err(|source| LakeError::Write { path: staging, source })
    }
}

/// A new state of one repository on its way in. Dropped without `commit`, it leaves no trace.
pub struct Write<'a> {
    lake: &'a Lake,
    manifest: Manifest,
    staging: PathBuf,
    committed: bool,
    _lock: File,
}

impl Write<'_> {
    pub fn put<R: Row>(&mut self, rows: &[R]) -> Result<(), LakeError> {
        let path = self.staging.join(format!("{}.parquet", R::TABLE));
        let write = |source| LakeError::WriteTable { path: path.clone(), source };
        let mut frame = frame::to_frame(&self.manifest.repo, rows).map_err(write)?;
        let file = File::create(&path).map_err(|source| LakeError::Write { path: path.clone(), source })?;
        let writer = ParquetWriter::new(&file).with_compression(ParquetCompression::Zstd(None));
        writer.finish(&mut frame).map_err(write)?;
        file.sync_all().map_err(|source| LakeError::Write { path: path.clone(), source })?;
        self.manifest.tables.insert(R::TABLE.to_owned(), rows.len() as u64);
        Ok(())
    }

    /// What the facts were mined from.
    pub fn set_source(&mut self, provenance: &str, fingerprint: &str) {
        provenance.clone_into(&mut self.manifest.provenance);
        fingerprint.clone_into(&mut self.manifest.fingerprint);
    }

    /// Makes the new state count.
    pub fn commit(mut self) -> Result<Manifest, LakeError> {
        let path = self.lake.manifest_path(&self.manifest.repo);
        let write = |source| LakeError::Write { path: path.clone(), source };
        sync_folder(&self.staging).map_err(write)?;
        let text = serde_json::to_vec_pretty(&self.manifest).map_err(|error| write(error.into()))?;
        files::replace(&path, |file| file.write_all(&text)).map_err(write)?;
        sync_folder(&self.lake.root.join("_manifest")).map_err(write)?;
        self.committed = true;
        self.lake.move_in(&self.manifest.repo, self.manifest.generation)?;
        Ok(self.manifest.clone())
    }
}

impl Github {
    pub fn put(&self, write: &mut Write<'_>) -> Result<(), LakeError> {
        write.put(&self.pulls)?;
        write.put(&self.pull_commits)?;
        write.put(&self.pull_events)?;
        write.put(&self.reviews)?;
        write.put(&self.review_comments)?;
        write.put(&self.issue_comments)?;
        write.put(&self.issues)?;
        write.put(&self.deployments)?;
        write.put(&self.checks)?;
        write.put(&self.releases)?;
        write.put(&self.streams)
    }

    pub fn read(lake: &Lake, repo: &str) -> Result<Self, LakeError> {
        Ok(Self {
            pulls: lake.read(repo)?,
            pull_commits: lake.read(repo)?,
            pull_events: lake.read(repo)?,
            reviews: lake.read(repo)?,
            review_comments: lake.read(repo)?,
            issue_comments: lake.read(repo)?,
            issues: lake.read(repo)?,
            deployments: lake.read(repo)?,
            checks: lake.read(repo)?,
            releases: lake.read(repo)?,
            streams: lake.read(repo)?,
        })
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        if !self.committed {
            // Best effort: what stays behind is cleared by the next write.
            let _ = fs::remove_dir_all(&self.staging);
        }
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn read_manifest(path: &Path) -> Result<Option<Manifest>, LakeError> {
    /// Read first, since a newer manifest may have other fields.
    #[derive(Deserialize)]
    struct Version {
        lake_version: u32,
    }
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(LakeError::Read { path: path.to_owned(), source }),
    };
    let damaged = |source| LakeError::Manifest { path: path.to_owned(), source };
    let Version { lake_version: found } = serde_json::from_slice(&text).map_err(damaged)?;
    if found > LAKE_VERSION {
        return Err(LakeError::Newer { found });
    }
    serde_json::from_slice(&text).map(Some).map_err(damaged)
}

/// A repository's name as a folder, as Hive-style readers decode it: everything unusual in percent.
pub(crate) fn folder_name(repo: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let encoded: String = repo
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    encoded.strip_prefix('.').map_or(encoded.clone(), |rest| format!("%2E{rest}"))
}
