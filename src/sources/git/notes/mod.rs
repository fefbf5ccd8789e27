//! Records of who wrote which lines: git-ai notes and Agent Trace files.
//!
//! A commit's git-ai note is taken from the first place that has one: `refs/notes/ai`, `refs/notes/ai-remote` and
//! what lies below it, `refs/ai/authorship/*`. An Agent Trace record says what the note leaves open. A session that a
//! note only names is looked up in the notes of other commits, as git-ai does, since a rebase or a cherry-pick
//! leaves it behind.

mod agent_trace;
mod git_ai;
mod stretches;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid, Repository, Tree};
use rustc_hash::FxHashSet;

use super::objects::{clean, why};
use super::repository::Tip;
use crate::facts::Skipped;
pub(super) use git_ai::Session;
use git_ai::{Key, Note};
use stretches::settle;
pub(super) use stretches::{Stretch, lines_among};

/// Where a repository keeps Agent Trace records when nothing else is said; the standard leaves it open.
pub(super) const USUAL_TRACES: &str = ".agent-trace";

/// A note or file larger than this is not read.
const LARGEST: usize = 32 << 20;
/// Notes of commits that are not there are told one by one up to so many a place.
const TOLD: usize = 100;

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
    /// The refs and files it was read from, with the sessions that each lists.
    pub(super) sources: Vec<(String, Vec<Session>)>,
    /// What a [`Writer`] points to.
    pub(super) sessions: Vec<Session>,
    /// Who wrote which lines, and the source that says so; every line of a file once, in order.
    pub(super) files: BTreeMap<String, Vec<Stretch<(Writer, u32)>>>,
}

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
    let files = trace_files(repo, tip, traces, &mut Vec::new());
    for (name, bytes) in files {
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
            match name.rsplit('/').next().and_then(|hex| self.commit_id(hex)) {
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
        let tree = self.repo.find_object(target, None)?.peel_to_tree()?;
        let mut found = Vec::new();
        self.walk_notes(name, &tree, "", &mut found)?;
        Ok(found)
    }

    /// Git spreads many notes over folders of two digits each.
    fn walk_notes(
        &mut self,
        name: &str,
        tree: &Tree<'_>,
        so_far: &str,
        found: &mut Vec<(Oid, Oid)>,
    ) -> Result<(), git2::Error> {
        for entry in tree {
            let hex = format!("{so_far}{}", String::from_utf8_lossy(entry.name_bytes()));
            let is_digits = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            match (entry.kind(), is_digits) {
                (Some(ObjectType::Tree), true) if hex.len() <= 64 => match self.repo.find_tree(entry.id()) {
                    Ok(tree) => self.walk_notes(name, &tree, &hex, found)?,
                    Err(error) => self.skip("note", format!("{name}:{hex}"), why(&error)),
                },
                (Some(ObjectType::Blob), true) if self.commit_id(&hex).is_some() => {
                    found.extend(self.commit_id(&hex).map(|commit| (commit, entry.id())));
                }
                _ => self.skip("note", format!("{name}:{}", cut(&hex)), "its name is no commit's id"),
            }
        }
        Ok(())
    }

    fn commit_id(&self, hex: &str) -> Option<Oid> {
        let format = self.repo.object_format();
        let digits = if matches!(format, git2::ObjectFormat::Sha1) { 40 } else { 64 };
        Oid::from_str_ext(hex, format).ok().filter(|_| hex.len() == digits).map(clean)
    }

    fn text(&self, blob: Oid) -> Result<String, String> {
        let size = self.repo.odb().and_then(|odb| odb.read_header(blob)).map_err(|error| why(&error))?;
        match size {
            (size, ObjectType::Blob) if size <= LARGEST => {
                let blob = self.repo.find_blob(blob).map_err(|error| why(&error))?;
                Ok(String::from_utf8_lossy(blob.content()).into_owned())
            }
            (size, ObjectType::Blob) => Err(format!("{size} bytes are more than the {LARGEST} read")),
            _ => Err("it is no text".to_owned()),
        }
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
            let unresolved = records.of.entry(commit).or_default().add_note(&name, note, &borrowed);
            if unresolved > 0 {
                let reason = format!("{unresolved} of its keys stand for nobody it knows");
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
        for (name, bytes) in trace_files(self.repo, tip, traces, &mut self.skipped) {
            let (traces, unread) = agent_trace::parse(&String::from_utf8_lossy(&bytes));
            for (number, problem) in unread {
                self.skip("agent-trace", format!("{name}:{number}"), problem);
            }
            for trace in traces {
                match self.commit_id(&trace.revision).filter(|&commit| (self.is_read)(commit)) {
                    Some(commit) => records.of.entry(commit).or_default().add_trace(&name, trace),
                    None => {
                        let place = format!("{name}:{}", cut(&trace.revision));
                        self.skip("agent-trace", place, "its revision is not in the history that was read");
                    }
                }
            }
        }
    }
}

impl Record {
    /// Gives the number of keys that stand for nobody.
    fn add_note(&mut self, name: &str, note: Note, borrowed: &BTreeMap<String, Session>) -> u32 {
        let mut numbers: BTreeMap<String, Option<u32>> = BTreeMap::new();
        let mut unresolved = 0;
        let mut said: BTreeMap<String, Vec<Stretch<(Writer, u32)>>> = BTreeMap::new();
        for entry in note.entries {
            let key = git_ai::session_of(&entry.key);
            let listed = note.sessions.get(key);
            let writer = match git_ai::kind_of(key) {
                _ if entry.lines.is_empty() => continue,
                Key::Unknown if listed.is_none() => {
                    unresolved += 1;
                    Writer::Unknown
                }
                Key::Human if listed.is_none() => Writer::Human,
                _ => {
                    let known = listed.or_else(|| borrowed.get(key));
                    unresolved += u32::from(known.is_none());
                    let session = known.cloned().unwrap_or_default();
                    let number = numbers.entry(key.to_owned()).or_insert_with(|| {
                        (!session.is_made_up()).then(|| {
                            self.sessions.push(session);
                            self.sessions.len() as u32 - 1
                        })
                    });
                    let writer = if note.names_authors { Writer::Named } else { Writer::Ai };
                    number.map_or(Writer::Unknown, writer)
                }
            };
            let lines = entry.lines.iter();
            said.entry(entry.path).or_default().extend(lines.map(|l| Stretch {
                first: l.first,
                last: l.last,
                what: (writer, self.sources.len() as u32),
            }));
        }
        let listed = note.sessions.into_values().filter(|session| !session.is_made_up() && !note.names_authors);
        let sessions = listed.collect();
        self.sources.push((name.to_owned(), sessions));
        self.settle(said);
        unresolved
    }

    fn add_trace(&mut self, name: &str, trace: agent_trace::Trace) {
        let (before, source) = (self.sessions.len() as u32, self.sources.len() as u32);
        let mut said: BTreeMap<String, Vec<Stretch<(Writer, u32)>>> = BTreeMap::new();
        for (path, stretches) in trace.files {
            let numbered = |stretch: Stretch<Writer>| {
                let writer = match stretch.what {
                    Writer::Ai(session) => Writer::Ai(session + before),
                    Writer::Mixed(session) => Writer::Mixed(session + before),
                    other => other,
                };
                Stretch { first: stretch.first, last: stretch.last, what: (writer, source) }
            };
            said.entry(path).or_default().extend(stretches.into_iter().map(numbered));
        }
        self.sessions.extend(trace.sessions.iter().cloned());
        self.sources.push((name.to_owned(), trace.sessions));
        self.settle(said);
    }

    /// What was known before counts before what is said now.
    fn settle(&mut self, said: BTreeMap<String, Vec<Stretch<(Writer, u32)>>>) {
        for (path, mut stretches) in said {
            let known = self.files.entry(path).or_default();
            stretches.append(known);
            *known = settle(&stretches);
        }
    }
}

/// The files with Agent Trace records, by name, and their bytes: those of the folders and files given, in the work
/// tree where there is one, else as the head commit has them.
fn trace_files(
    repo: &Repository,
    tip: Option<&Tip>,
    places: &[PathBuf],
    skipped: &mut Vec<Skipped>,
) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let head = tip.and_then(|tip| repo.find_commit(tip.commit).ok()?.tree().ok());
    for place in places {
        let on_disk = match repo.workdir() {
            Some(dir) => dir.join(place),
            None => place.clone(),
        };
        if on_disk.exists() && (place.is_absolute() || repo.workdir().is_some()) {
            read_from_disk(&on_disk, place, &mut files, skipped);
        } else if let Some(entry) = head.as_ref().and_then(|tree| tree.get_path(place).ok()) {
            let name = place.display().to_string();
            match entry.to_object(repo).map(|object| (object.as_blob().map(|b| b.content().to_vec()), object)) {
                Ok((Some(bytes), _)) => files.push((name, bytes)),
                Ok((None, object)) => read_from_tree(repo, object.as_tree(), &name, &mut files),
                Err(error) => {
                    skipped.push(Skipped { what: "agent-trace".into(), place: name.into(), reason: why(&error).into() })
                }
            }
        }
    }
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    files
}

fn read_from_disk(path: &Path, name: &Path, files: &mut Vec<(String, Vec<u8>)>, skipped: &mut Vec<Skipped>) {
    let folder = std::fs::read_dir(path).ok();
    let inside = folder.into_iter().flatten().flatten().map(|entry| (entry.path(), name.join(entry.file_name())));
    let inside: Vec<(PathBuf, PathBuf)> = if path.is_dir() {
        inside.filter(|(path, _)| is_trace(path)).collect()
    } else {
        vec![(path.to_owned(), name.to_owned())]
    };
    for (path, name) in inside {
        let size = path.metadata().map_or(0, |meta| meta.len());
        let read = if size > LARGEST as u64 {
            Err(format!("{size} bytes are more than the {LARGEST} read"))
        } else {
            std::fs::read(&path).map_err(|error| error.to_string())
        };
        match read {
            Ok(bytes) => files.push((name.display().to_string(), bytes)),
            Err(reason) => skipped.push(Skipped {
                what: "agent-trace".into(),
                place: name.display().to_string().into(),
                reason: reason.into(),
            }),
        }
    }
}

fn read_from_tree(repo: &Repository, tree: Option<&Tree<'_>>, folder: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in tree.into_iter().flat_map(Tree::iter) {
        let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
        if let (true, Ok(blob)) = (is_trace(Path::new(&name)), repo.find_blob(entry.id())) {
            files.push((format!("{folder}/{name}"), blob.content().to_vec()));
        }
    }
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
