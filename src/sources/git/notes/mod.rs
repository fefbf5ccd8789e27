//! Records of who wrote which lines: git-ai notes and Agent Trace files.
//!
//! A commit's git-ai note is taken from the first place that has one: `refs/notes/ai`, `refs/notes/ai-remote` and
//! what lies below it, `refs/ai/authorship/*`. An Agent Trace record says what the note leaves open. A session that a
//! note only names is looked up in the notes of other commits, as git-ai does, since a rebase or a cherry-pick
//! leaves it behind.

mod added;
mod agent_trace;
mod git_ai;
mod lenient;
mod stretches;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::{ObjectType, Oid, Repository, Tree};
use rustc_hash::FxHashSet;

use super::loose;
use super::objects::{clean, why};
use super::repository::Tip;
use crate::facts::Skipped;
pub(super) use added::{AddedLines, added_lines};
pub(super) use git_ai::Session;
use git_ai::{Key, Note};
use stretches::settle;
pub(super) use stretches::{Stretch, lines_among};

/// Where a repository keeps Agent Trace records when nothing else is said; the standard leaves it open.
pub(super) const USUAL_TRACES: &str = ".agent-trace";

/// A note or file larger than this is not read.
const LARGEST: usize = 32 << 20;
/// Notes of commits that are not there, and odd records of a file, are told one by one up to so many a place.
const TOLD: usize = 100;
/// Every stretch of lines is a row with its path: what one record would write out of paths beyond this is not kept.
const LARGEST_WRITTEN: usize = 64 << 20;

/// Who wrote a line; the number is that of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    Ai(u32),
    /// An AI and a person.
    Mixed(u32),
    Human,
    /// Somebody with a name, of whom it is not known whether they are a person.
    Named(u32),
    Unknown,
}

/// What is recorded of one commit.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The refs and files it was read from.
    pub(super) sources: Vec<Source>,
    /// What a [`Writer`] points to.
    pub(super) sessions: Vec<Session>,
    /// Who wrote which lines, and the source that says so; every line of a file once, in order.
    pub(super) files: BTreeMap<String, Vec<Stretch<(Writer, u32)>>>,
}

/// A note, or a record of Agent Trace.
#[derive(Debug)]
pub(super) struct Source {
    /// The ref or file.
    pub(super) name: String,
    /// The sessions it lists, without made-up ones.
    pub(super) listed: Vec<Session>,
    /// Sessions it names in any way.
    pub(super) sessions: usize,
    /// Stretches of lines of which it does not say who wrote them.
    pub(super) unknown_stretches: usize,
    /// Everything in it could be read.
    pub(super) is_whole: bool,
}

/// Stretches with their writers and the number of the source that says so, by path.
type Said = BTreeMap<Rc<str>, Vec<Stretch<(Writer, u32)>>>;

/// The records of a history, by commit.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) of: BTreeMap<Oid, Record>,
    pub(super) skipped: Vec<Skipped>,
}

/// Changes whenever records may have changed.
pub(super) fn fingerprint(repo: &Repository, tip: Option<&Tip>, traces: &[PathBuf]) -> String {
    let mut print = String::new();
    let (shared, own) = note_refs(repo);
    for (name, id) in shared.iter().chain(&own) {
        print.push_str(&format!("{name} {id}\n"));
    }
    for (name, file) in trace_files(repo, tip, traces, &mut Vec::new()) {
        let bytes = file.read(repo).unwrap_or_else(String::into_bytes);
        let digest = Oid::hash_object_ext(ObjectType::Blob, &bytes, git2::ObjectFormat::Sha1);
        print.push_str(&format!("{name} {}\n", digest.map(|id| id.to_string()).unwrap_or_default()));
    }
    print
}

/// Reads the records of the commits that `is_read`.
pub(super) fn read(repo: &Repository, tip: Option<&Tip>, traces: &[PathBuf], is_read: &dyn Fn(Oid) -> bool) -> Records {
    let mut reader = Reader { repo, is_read, notes: Vec::new(), others: Vec::new(), skipped: Vec::new() };
    reader.find_notes();
    let mut records = Records::default();
    reader.read_notes(&mut records);
    reader.read_traces(&mut records, tip, traces);
    records.skipped = reader.skipped;
    records.of.values_mut().for_each(Record::settle);
    records
}

/// Refs by name, with what they point to.
type Refs = Vec<(String, Oid)>;

/// The refs that hold notes of many commits, in the order of precedence, and those that are one commit's each.
fn note_refs(repo: &Repository) -> (Refs, Refs) {
    let matching = |pattern: &str| -> Refs {
        let Ok(references) = repo.references_glob(pattern) else { return Vec::new() };
        let mut found: Refs = references
            .flatten()
            .filter_map(|reference| {
                let name = reference.name().ok()?.to_owned();
                Some((name, reference.resolve().ok()?.target()?))
            })
            .collect();
        found.sort();
        found
    };
    let shared = ["refs/notes/ai", "refs/notes/ai-remote", "refs/notes/ai-remote/*"].map(matching);
    (shared.into_iter().flatten().collect(), matching("refs/ai/authorship/*"))
}

/// Folders of notes that are read: git makes 65,792 of a million notes, and a few trees that hold each other any number.
const MOST_FOLDERS: usize = 1 << 18;

struct Reader<'a> {
    repo: &'a Repository,
    is_read: &'a dyn Fn(Oid) -> bool,
    /// Commit, ref and blob of every note that counts.
    notes: Vec<(Oid, String, Oid)>,
    /// Blobs of notes of other commits.
    others: Vec<Oid>,
    skipped: Vec<Skipped>,
}

impl Reader<'_> {
    fn skip(&mut self, what: &str, place: String, reason: impl Into<String>) {
        self.skipped.push(Skipped { what: what.into(), place: place.into(), reason: reason.into().into() });
    }

    fn find_notes(&mut self) {
        let (shared, own) = note_refs(self.repo);
        let mut seen: FxHashSet<Oid> = FxHashSet::default();
        for (name, target) in shared {
            match self.notes_of_ref(&name, target) {
                Ok(found) => self.take(&name, found, &mut seen),
                Err(error) => self.skip("note", name, why(&error)),
            }
        }
        let mut legacy = Vec::new();
        for (name, blob) in own {
            match name.rsplit('/').next().and_then(|hex| commit_id(self.repo, hex)) {
                Some(commit) => legacy.push((commit, blob)),
                None => self.skip("note", name, "its name is no commit's id"),
            }
        }
        self.take("refs/ai/authorship", legacy, &mut seen);
    }

    /// Of notes that two places have of one commit the first counts.
    fn take(&mut self, name: &str, found: Vec<(Oid, Oid)>, seen: &mut FxHashSet<Oid>) {
        let mut strangers = Vec::new();
        for (commit, blob) in found {
            if !(self.is_read)(commit) {
                strangers.push(commit);
                self.others.push(blob);
            } else if seen.insert(commit) {
                self.notes.push((commit, name.to_owned(), blob));
            }
        }
        let more = strangers.len().saturating_sub(TOLD);
        for commit in strangers.iter().take(TOLD) {
            self.skip("note", format!("{name}:{}", short(*commit)), "its commit is not in the history that was read");
        }
        if more > 0 {
            let reason = format!("the commits of {more} more notes are not in the history that was read");
            self.skip("note", name.to_owned(), reason);
        }
    }

    fn notes_of_ref(&mut self, name: &str, target: Oid) -> Result<Vec<(Oid, Oid)>, git2::Error> {
        let tree = match self.repo.find_object(loose::sound(self.repo, target)?, None)?.kind() {
            Some(ObjectType::Commit) => loose::tree_of(self.repo, target)?,
            _ => self.repo.find_tree(target)?,
        };
        let (mut found, mut folders) = (Vec::new(), 0);
        self.walk_notes(name, &tree, "", &mut found, &mut folders)?;
        Ok(found)
    }

    /// Git spreads many notes over folders of two digits each.
    fn walk_notes(
        &mut self,
        name: &str,
        tree: &Tree<'_>,
        so_far: &str,
        found: &mut Vec<(Oid, Oid)>,
        folders: &mut usize,
    ) -> Result<(), git2::Error> {
        *folders += 1;
        for entry in tree {
            let hex = format!("{so_far}{}", String::from_utf8_lossy(entry.name_bytes()));
            let is_digits = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            match (entry.kind(), is_digits) {
                (Some(ObjectType::Tree), true) if *folders >= MOST_FOLDERS => {
                    self.skip("note", format!("{name}:{hex}"), "there are too many folders of notes");
                    return Ok(());
                }
                (Some(ObjectType::Tree), true) if hex.len() <= 64 => match loose::find_tree(self.repo, entry.id()) {
                    Ok(tree) => self.walk_notes(name, &tree, &hex, found, folders)?,
                    Err(error) => self.skip("note", format!("{name}:{hex}"), why(&error)),
                },
                (Some(ObjectType::Blob), true) if commit_id(self.repo, &hex).is_some() => {
                    found.extend(commit_id(self.repo, &hex).map(|commit| (commit, entry.id())));
                }
                _ => self.skip("note", format!("{name}:{}", cut(&hex)), "its name is no commit's id"),
            }
        }
        Ok(())
    }

    fn text(&self, blob: Oid) -> Result<String, String> {
        blob_bytes(self.repo, blob).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn read_notes(&mut self, records: &mut Records) {
        let mut parsed: Vec<(Oid, String, Note)> = Vec::new();
        for (commit, name, blob) in std::mem::take(&mut self.notes) {
            match self.text(blob) {
                Ok(text) => parsed.push((commit, name, git_ai::parse(&text))),
                Err(reason) => self.skip("note", format!("{name}:{}", short(commit)), reason),
            }
        }
        let borrowed = self.sessions_elsewhere(&parsed);
        for (commit, name, note) in parsed {
            let problems: Vec<&str> = note.problems.iter().copied().collect();
            if !problems.is_empty() {
                self.skip("note", format!("{name}:{}", short(commit)), problems.join("; "));
            }
            for reason in records.of.entry(commit).or_default().add_note(&name, note, &borrowed) {
                self.skip("note", format!("{name}:{}", short(commit)), reason);
            }
        }
    }

    /// Sessions that notes name without listing them, from wherever they are listed.
    fn sessions_elsewhere(&mut self, parsed: &[(Oid, String, Note)]) -> BTreeMap<String, Session> {
        let mut wanted: BTreeSet<&str> = BTreeSet::new();
        for (.., note) in parsed {
            let keys = note.entries.iter().map(|entry| git_ai::session_of(&entry.key));
            wanted.extend(keys.filter(|key| git_ai::kind_of(key) == Key::Ai && !note.sessions.contains_key(*key)));
        }
        let mut found: BTreeMap<String, Session> = BTreeMap::new();
        let mut look_in = |note: &Note| {
            for (key, session) in note.sessions.iter().filter(|(key, _)| wanted.contains(key.as_str())) {
                found.entry(key.clone()).or_insert_with(|| session.clone());
            }
        };
        if wanted.is_empty() {
            return BTreeMap::new();
        }
        parsed.iter().for_each(|(.., note)| look_in(note));
        for blob in std::mem::take(&mut self.others) {
            if let Ok(text) = self.text(blob) {
                look_in(&git_ai::parse(&text));
            }
        }
        found
    }

    fn read_traces(&mut self, records: &mut Records, tip: Option<&Tip>, traces: &[PathBuf]) {
        for (name, file) in trace_files(self.repo, tip, traces, &mut self.skipped) {
            let bytes = match file.read(self.repo) {
                Ok(bytes) => bytes,
                Err(reason) => {
                    self.skip("agent-trace", name, reason);
                    continue;
                }
            };
            let text =
                String::from_utf8(bytes).unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into_owned());
            let (repo, is_read) = (self.repo, self.is_read);
            // However many records a file has, what is wrong with them takes few rows.
            let mut told = 0;
            agent_trace::parse(&text, |number, trace| {
                let mut tell = |place: String, reason: &str| {
                    told += 1;
                    if told <= TOLD {
                        self.skip("agent-trace", place, reason);
                    }
                };
                let trace = match trace {
                    Ok(trace) => trace,
                    Err(problem) => return tell(format!("{name}:{number}"), problem),
                };
                let place = format!("{name}:{}", cut(&trace.revision));
                match commit_id(repo, &trace.revision).filter(|&commit| is_read(commit)) {
                    Some(commit) => {
                        for reason in records.of.entry(commit).or_default().add_trace(&name, trace) {
                            tell(place.clone(), &reason);
                        }
                    }
                    None => tell(place, "its revision is not in the history that was read"),
                }
            });
            if told > TOLD {
                self.skip("agent-trace", name, format!("{} more such", told - TOLD));
            }
        }
    }
}

impl Record {
    /// Gives what could not be taken up.
    fn add_note(&mut self, name: &str, note: Note, borrowed: &BTreeMap<String, Session>) -> Vec<String> {
        let mut numbers: BTreeMap<&str, Option<u32>> = BTreeMap::new();
        let mut named: BTreeSet<&str> = note.sessions.keys().map(String::as_str).collect();
        let (mut unresolved, mut unknown_stretches) = (0, 0);
        let mut said = Said::new();
        for entry in &note.entries {
            let key = git_ai::session_of(&entry.key);
            let listed = note.sessions.get(key);
            if git_ai::kind_of(key) == Key::Ai {
                named.insert(key);
            }
            let writer = match git_ai::kind_of(key) {
                _ if entry.lines.is_empty() => {
                    unknown_stretches += 1;
                    continue;
                }
                Key::Unknown if listed.is_none() => {
                    unresolved += 1;
                    Writer::Unknown
                }
                Key::Human if listed.is_none() => Writer::Human,
                _ => {
                    let known = listed.or_else(|| borrowed.get(key));
                    unresolved += u32::from(known.is_none());
                    let number = numbers.entry(key).or_insert_with(|| {
                        let session = known.cloned().unwrap_or_default();
                        (!session.is_made_up()).then(|| {
                            self.sessions.push(session);
                            self.sessions.len() as u32 - 1
                        })
                    });
                    let writer = if note.names_authors { Writer::Named } else { Writer::Ai };
                    number.map_or(Writer::Unknown, writer)
                }
            };
            if writer == Writer::Unknown {
                unknown_stretches += entry.lines.len();
            }
            let what = (writer, self.sources.len() as u32);
            let stretches = entry.lines.iter().map(|l| Stretch { first: l.first, last: l.last, what });
            said.entry(Rc::clone(&entry.path)).or_default().extend(stretches);
        }
        let mut told = Vec::new();
        if unresolved > 0 {
            told.push(format!("{unresolved} of its keys stand for nobody it knows"));
        }
        let is_whole = self.keep(said, &mut told) && note.problems.is_empty();
        let sessions = if note.names_authors { 0 } else { named.len() };
        let listed = note.sessions.into_values().filter(|session| !session.is_made_up() && !note.names_authors);
        let listed = listed.collect();
        self.sources.push(Source { name: name.to_owned(), listed, sessions, unknown_stretches, is_whole });
        told
    }

    /// Gives what could not be taken up.
    fn add_trace(&mut self, name: &str, trace: agent_trace::Trace) -> Vec<String> {
        let (before, source) = (self.sessions.len() as u32, self.sources.len() as u32);
        let mut unknown_stretches = 0;
        let mut said = Said::new();
        for (path, stretches) in trace.files {
            let of_path = said.entry(path.into()).or_default();
            for Stretch { first, last, what } in stretches {
                let writer = match what {
                    Writer::Ai(session) => Writer::Ai(session + before),
                    Writer::Mixed(session) => Writer::Mixed(session + before),
                    other => other,
                };
                unknown_stretches += usize::from(writer == Writer::Unknown);
                of_path.push(Stretch { first, last, what: (writer, source) });
            }
        }
        let mut told: Vec<String> = trace.problems.iter().map(|problem| (*problem).to_owned()).collect();
        let is_whole = self.keep(said, &mut told) && trace.problems.is_empty();
        self.sessions.extend(trace.sessions.iter().cloned());
        let (sessions, listed) = (trace.sessions.len(), trace.sessions);
        self.sources.push(Source { name: name.to_owned(), listed, sessions, unknown_stretches, is_whole });
        told
    }

    /// Keeps what a source says. False if some of it was too much.
    fn keep(&mut self, said: Said, told: &mut Vec<String>) -> bool {
        let (mut left, mut dropped) = (LARGEST_WRITTEN, 0);
        for (path, mut stretches) in said {
            let written = path.len().saturating_mul(stretches.len());
            if written > left {
                dropped += 1;
                continue;
            }
            left -= written;
            self.files.entry(path.to_string()).or_default().append(&mut stretches);
        }
        if dropped > 0 {
            told.push(format!("{dropped} of its files have too many stretches of lines for paths so long"));
        }
        dropped == 0
    }

    /// Every line once, when all sources have spoken: what an earlier one says counts before what a later one says.
    fn settle(&mut self) {
        for said in self.files.values_mut() {
            said.sort_by_key(|stretch| Reverse(stretch.what.1));
            *said = settle(said);
        }
    }
}

fn commit_id(repo: &Repository, hex: &str) -> Option<Oid> {
    let format = repo.object_format();
    let digits = if matches!(format, git2::ObjectFormat::Sha1) { 40 } else { 64 };
    Oid::from_str_ext(hex, format).ok().filter(|_| hex.len() == digits).map(clean)
}

/// Where an Agent Trace file is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum TraceFile {
    OnDisk(PathBuf),
    Blob(Oid),
}

impl TraceFile {
    fn read(&self, repo: &Repository) -> Result<Vec<u8>, String> {
        match self {
            Self::OnDisk(path) => {
                // A device or pipe has no end, and a link leads out of the repository.
                let meta = path.symlink_metadata().map_err(|error| error.to_string())?;
                if !meta.is_file() {
                    return Err("it is no regular file".to_owned());
                }
                let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
                let mut bytes = Vec::new();
                let most = LARGEST as u64 + 1;
                file.take(most).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
                if bytes.len() > LARGEST { Err(too_large(meta.len())) } else { Ok(bytes) }
            }
            Self::Blob(id) => blob_bytes(repo, *id),
        }
    }
}

fn too_large(size: u64) -> String {
    format!("{size} bytes are more than the {LARGEST} read")
}

/// The bytes of a blob that is not too large.
fn blob_bytes(repo: &Repository, blob: Oid) -> Result<Vec<u8>, String> {
    let header = || repo.odb()?.read_header(loose::sound(repo, blob)?);
    match header().map_err(|error| why(&error))? {
        (size, ObjectType::Blob) if size <= LARGEST => loose::blob(repo, blob).map_err(|error| why(&error)),
        (size, ObjectType::Blob) => Err(too_large(size as u64)),
        _ => Err("it is no text".to_owned()),
    }
}

/// The files with Agent Trace records, by name: those of the folders and files given, in the work tree where there is
/// one, else as the head commit has them. Links are not followed.
fn trace_files(
    repo: &Repository,
    tip: Option<&Tip>,
    places: &[PathBuf],
    skipped: &mut Vec<Skipped>,
) -> Vec<(String, TraceFile)> {
    let mut files = Vec::new();
    let head = tip.and_then(|tip| loose::tree_of(repo, tip.commit).ok());
    for place in places {
        let on_disk = match repo.workdir() {
            Some(dir) => dir.join(place),
            None => place.clone(),
        };
        let meta = on_disk.symlink_metadata().ok();
        let meta = meta.filter(|_| place.is_absolute() || repo.workdir().is_some());
        let name = place.display().to_string();
        if let Some(meta) = meta {
            if meta.is_dir() {
                let inside = std::fs::read_dir(&on_disk).into_iter().flatten().flatten();
                let inside = inside.filter(|entry| is_trace(&entry.path()));
                files.extend(inside.map(|entry| {
                    (place.join(entry.file_name()).display().to_string(), TraceFile::OnDisk(entry.path()))
                }));
            } else {
                files.push((name, TraceFile::OnDisk(on_disk)));
            }
        } else if let Some(entry) = head.as_ref().and_then(|tree| loose::entry_at(repo, tree, place)) {
            match (entry.kind(), loose::find_tree(repo, entry.id())) {
                (Some(ObjectType::Tree), Ok(tree)) => {
                    for entry in tree.iter().filter(is_file) {
                        let inside = String::from_utf8_lossy(entry.name_bytes()).into_owned();
                        if is_trace(Path::new(&inside)) {
                            files.push((format!("{name}/{inside}"), TraceFile::Blob(entry.id())));
                        }
                    }
                }
                (Some(ObjectType::Tree), Err(error)) => {
                    skipped.push(Skipped { what: "agent-trace".into(), place: name.into(), reason: why(&error).into() })
                }
                _ if is_file(&entry) => files.push((name, TraceFile::Blob(entry.id()))),
                _ => {}
            }
        }
    }
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    files
}

fn is_file(entry: &git2::TreeEntry<'_>) -> bool {
    const LINK: i32 = 0o120_000;
    entry.kind() == Some(ObjectType::Blob) && entry.filemode() != LINK
}

fn is_trace(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json" || extension == "jsonl")
}

fn short(commit: Oid) -> String {
    commit.to_string().chars().take(10).collect()
}

/// Names from outside may be of any length.
fn cut(name: &str) -> String {
    name.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Brought in order one record at a time, these would take minutes.
    #[test]
    fn of_many_records_the_first_to_speak_of_a_line_counts() {
        let record = |first: u32, last: u32, by: &str| {
            format!(
                r#"{{"vcs": {{"revision": "a"}}, "files": [{{"path": "a.rs", "conversations": [{{
                   "contributor": {{"type": "{by}"}}, "ranges": [{{"start_line": {first}, "end_line": {last}}}]}}]}}]}}"#
            )
        };
        let mut records = vec![record(2, 3, "human"), record(1, 4, "ai"), record(1, 9, "unknown")];
        records.extend((10..100_000).map(|n| record(2 * n, 2 * n, "human")));
        let mut read = Record::default();
        agent_trace::parse(&format!("[{}]", records.join(",")), |_, trace| {
            assert!(read.add_trace("t", trace.expect("a record")).is_empty());
        });
        read.settle();
        let said = &read.files["a.rs"];
        let first: Vec<_> = said.iter().take(4).map(|s| (s.first, s.last, s.what.0)).collect();
        let (ai, human, unknown) = (Writer::Ai(0), Writer::Human, Writer::Unknown);
        assert_eq!(first, [(1, 1, ai), (2, 3, human), (4, 4, ai), (5, 9, unknown)]);
        assert_eq!(said.len(), 4 + 99_990);
    }
}
