//! GitHub's answers as they came: a log that only grows, from which everything else is made anew at will.
//!
//! A record is the length of its head and of its body, their checksum, the head as JSON and the body compressed. Each
//! record is whole or not there: what a killed run left half-written at the end is cut off when the log is opened. Since
//! a page of a list and the place to go on from are one record, a run goes on where the last one ended, and nothing is
//! lost or read twice.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the records' meaning; a log of another one is begun anew.
const MAGIC: &[u8; 8] = b"shipgh02";
/// Longest head or compressed body that is believed.
const LONGEST: u32 = 256 << 20;
/// Records that later ones replace are dropped when they are most of the log, and this much.
const DEAD: u64 = 32 << 20;

/// What a record is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Head {
    /// One page of a list, or one thing.
    Page {
        stream: String,
        path: String,
        etag: Option<String>,
        next: Option<String>,
        /// When it was asked for.
        at: DateTime<Utc>,
        /// Of lists in order of change: where the reading of the list stands after this page.
        listing: Option<Listing>,
    },
    /// Everything about a subject was read as of this version of it.
    Read { subject: String, version: String },
    /// Something could not be read.
    Problem { stream: String, path: String, reason: String },
    /// It was read another way.
    Solved { stream: String, path: String },
    /// GitHub's number of the repository, which stays when it is renamed.
    Identity { id: i64 },
}

/// Where the reading of a list stands that is in order of change, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listing {
    /// The page to go on with; none when the list was read down to what was known.
    pub(super) next: Option<String>,
    /// Changes up to here were known before this reading began.
    pub(super) floor: Option<DateTime<Utc>>,
    /// The newest change that this reading saw: known up to here once it is done.
    pub(super) newest: Option<DateTime<Utc>>,
}

/// A page that is known: its tag, what comes after it, and where it is.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) etag: Option<String>,
    pub(super) next: Option<String>,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    offset: u64,
    length: u32,
}

pub(super) struct Answers {
    path: PathBuf,
    file: File,
    end: u64,
    state: State,
}

/// What the records amount to.
#[derive(Debug, Default)]
struct State {
    /// The latest page of each path.
    pages: HashMap<String, Known>,
    /// Pages of lists in order of change, oldest record first.
    listed: BTreeMap<String, Vec<Place>>,
    listings: BTreeMap<String, Listing>,
    read: HashMap<String, String>,
    problems: BTreeMap<(String, String), String>,
    identity: Option<i64>,
    dead: u64,
}

impl Answers {
    /// Opens the log, and makes it where there is none. Waits while another run writes it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        let mut answers = Self { path: path.to_owned(), file, end: 0, state: State::default() };
        answers.scan()?;
        if answers.state.dead > DEAD && answers.state.dead * 2 > answers.end {
            answers.compact()?;
        }
        Ok(answers)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(MAGIC)?;
        (self.end, self.state) = (MAGIC.len() as u64, State::default());
        Ok(())
    }

    /// Reads the log from its beginning and cuts off what is not whole.
    fn scan(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::with_capacity(1 << 20, &self.file);
        let mut magic = [0; MAGIC.len()];
        if reader.read_exact(&mut magic).is_err() || magic != *MAGIC {
            return self.clear();
        }
        let mut end = MAGIC.len() as u64;
        let mut state = State::default();
        while let Some(record) = read_record(&mut reader) {
            let place = Place { offset: end + record.body_at, length: record.body.len() as u32 };
            end += record.length;
            state.take(record.head, place);
        }
        self.file.set_len(end)?;
        self.file.seek(SeekFrom::Start(end))?;
        (self.end, self.state) = (end, state);
        Ok(())
    }

    fn compact(&mut self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut kept = tempfile::NamedTempFile::new_in(folder)?;
        kept.write_all(MAGIC)?;
        self.file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
        let mut reader = BufReader::with_capacity(1 << 20, &self.file);
        let mut at = MAGIC.len() as u64;
        while let Some(record) = read_record(&mut reader) {
            let body = at + record.body_at;
            at += record.length;
            if self.state.counts(&record.head, body) {
                write_record(kept.as_file_mut(), &record.head, &record.body)?;
            }
        }
        kept.as_file().sync_all()?;
        let file = kept.persist(&self.path)?;
        file.lock()?;
        self.file = file;
        self.scan()
    }

    pub(super) fn put(&mut self, head: Head, body: &[u8]) -> io::Result<()> {
        let body = if body.is_empty() { Vec::new() } else { zstd::bulk::compress(body, 1)? };
        let (body_at, length) = write_record(&mut self.file, &head, &body)?;
        self.state.take(head, Place { offset: self.end + body_at, length: body.len() as u32 });
        self.end += length;
        Ok(())
    }

    /// Makes sure that what was put is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    pub(super) fn page(&self, path: &str) -> Option<&Known> {
        self.state.pages.get(path)
    }

    pub(super) fn listing(&self, stream: &str) -> Option<&Listing> {
        self.state.listings.get(stream)
    }

    /// The version as of which everything about a subject was read.
    pub(super) fn version(&self, subject: &str) -> Option<&str> {
        self.state.read.get(subject).map(String::as_str)
    }

    pub(super) fn problems(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.state.problems.iter().map(|((stream, path), reason)| (stream.as_str(), path.as_str(), reason.as_str()))
    }

    pub(super) fn identity(&self) -> Option<i64> {
        self.state.identity
    }

    /// The pages of a list that begins at `path`, as far as they are known.
    pub(super) fn chain(&self, path: &str) -> Vec<&Known> {
        let mut pages = Vec::new();
        let mut next = Some(path);
        while let Some(page) = next.and_then(|path| self.page(path)).filter(|_| pages.len() < MOST_PAGES) {
            pages.push(page);
            next = page.next.as_deref();
        }
        pages
    }

    pub(super) fn body(&self, page: &Known) -> io::Result<Value> {
        self.read(page.place)
    }

    /// The bodies of a list in order of change, in the order in which they came: a later one has the last word.
    pub(super) fn listed(&self, stream: &str) -> impl Iterator<Item = io::Result<Value>> {
        self.state.listed.get(stream).into_iter().flatten().map(|place| self.read(*place))
    }

    fn read(&self, place: Place) -> io::Result<Value> {
        let mut packed = vec![0; place.length as usize];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(place.offset))?;
        let read = file.read_exact(&mut packed);
        file.seek(SeekFrom::Start(self.end))?;
        read?;
        let body = zstd::stream::decode_all(packed.as_slice())?;
        Ok(serde_json::from_slice(&body)?)
    }
}

/// Pages of one list that are followed; GitHub ends its lists long before.
pub(super) const MOST_PAGES: usize = 100_000;

impl State {
    fn take(&mut self, head: Head, place: Place) {
        match head {
            Head::Page { stream, path, etag, next, listing, .. } => {
                self.problems.remove(&(stream.clone(), path.clone()));
                if let Some(listing) = listing {
                    self.listed.entry(stream.clone()).or_default().push(place);
                    self.listings.insert(stream, listing);
                    self.pages.insert(path, Known { etag, next, place });
                } else if let Some(former) = self.pages.insert(path, Known { etag, next, place }) {
                    self.dead += u64::from(former.place.length);
                }
            }
            Head::Read { subject, version } => {
                self.read.insert(subject, version);
            }
            Head::Problem { stream, path, reason } => {
                self.problems.insert((stream, path), reason);
            }
            Head::Solved { stream, path } => {
                self.problems.remove(&(stream, path));
            }
            Head::Identity { id } => self.identity = Some(id),
        }
    }

    /// Whether a record still says something that no later one replaced.
    fn counts(&self, head: &Head, body: u64) -> bool {
        match head {
            Head::Page { path, listing: None, .. } => {
                self.pages.get(path).is_some_and(|known| known.place.offset == body)
            }
            Head::Read { subject, version } => self.read.get(subject) == Some(version),
            Head::Problem { stream, path, .. } => self.problems.contains_key(&(stream.clone(), path.clone())),
            Head::Solved { .. } => false,
            _ => true,
        }
    }
}

struct Record {
    head: Head,
    body: Vec<u8>,
    /// Where the body begins, from the record's beginning.
    body_at: u64,
    length: u64,
}

/// The next record; none at the end, and none where one is not whole.
fn read_record(reader: &mut impl Read) -> Option<Record> {
    let mut number = || {
        let mut bytes = [0; 4];
        reader.read_exact(&mut bytes).ok().map(|()| u32::from_le_bytes(bytes))
    };
    let (head_length, body_length, crc) = (number()?, number()?, number()?);
    if head_length > LONGEST || body_length > LONGEST {
        return None;
    }
    let mut bytes = Vec::new();
    let wanted = u64::from(head_length) + u64::from(body_length);
    (reader.take(wanted).read_to_end(&mut bytes).ok()? as u64 == wanted).then_some(())?;
    (libdeflater::crc32(&bytes) == crc).then_some(())?;
    let body = bytes.split_off(head_length as usize);
    let head = serde_json::from_slice(&bytes).ok()?;
    Some(Record { head, body, body_at: 12 + u64::from(head_length), length: 12 + wanted })
}

/// Writes a record in one go; says where its body begins and how long it is.
fn write_record(file: &mut File, head: &Head, body: &[u8]) -> io::Result<(u64, u64)> {
    let head = serde_json::to_vec(head)?;
    let mut bytes = Vec::with_capacity(12 + head.len() + body.len());
    bytes.extend((head.len() as u32).to_le_bytes());
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(&head);
    bytes.extend(body);
    let crc = libdeflater::crc32(&bytes[12..]);
    bytes[8..12].copy_from_slice(&crc.to_le_bytes());
    file.write_all(&bytes)?;
    Ok((12 + head.len() as u64, bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, next: Option<&str>) -> Head {
        Head::Page {
            stream: "reviews".to_owned(),
            path: path.to_owned(),
            etag: Some("\"tag\"".to_owned()),
            next: next.map(str::to_owned),
            at: DateTime::default(),
            listing: None,
        }
    }

    fn bodies(answers: &Answers, path: &str) -> Vec<Value> {
        answers.chain(path).into_iter().map(|page| answers.body(page).unwrap()).collect()
    }

    #[test]
    fn a_list_is_its_pages_one_after_the_other_and_a_page_read_again_counts_as_it_is_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut answers = Answers::open(&path).unwrap();
        answers.put(page("/a", Some("/a?page=2")), b"[1]").unwrap();
        answers.put(page("/a?page=2", None), b"[2]").unwrap();
        assert_eq!(bodies(&answers, "/a"), [serde_json::json!([1]), serde_json::json!([2])]);
        answers.put(page("/a", None), b"[3]").unwrap();
        drop(answers);
        let answers = Answers::open(&path).unwrap();
        assert_eq!(bodies(&answers, "/a"), [serde_json::json!([3])]);
    }

    /// Whatever a killed run left at the end: the records before it are read, and the next run goes on.
    #[test]
    fn a_log_cut_anywhere_is_read_up_to_the_last_whole_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut answers = Answers::open(&path).unwrap();
        let mut ends = vec![answers.end];
        for at in 0..4 {
            answers.put(page(&format!("/{at}"), None), b"[]").unwrap();
            ends.push(answers.end);
        }
        drop(answers);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut answers = Answers::open(&path).unwrap();
            let left = ends.iter().filter(|end| **end <= cut as u64).count().saturating_sub(1);
            assert_eq!(answers.state.pages.len(), left, "cut at {cut}");
            answers.put(page("/new", None), b"[7]").unwrap();
            drop(answers);
            assert_eq!(bodies(&Answers::open(&path).unwrap(), "/new"), [serde_json::json!([7])]);
        }
    }

    #[test]
    fn a_damaged_record_ends_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut answers = Answers::open(&path).unwrap();
        answers.put(page("/a", None), b"[1]").unwrap();
        let first = answers.end;
        answers.put(page("/b", None), b"[2]").unwrap();
        drop(answers);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[first as usize + 20] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let answers = Answers::open(&path).unwrap();
        assert_eq!((answers.state.pages.len(), answers.end), (1, first));
    }

    #[test]
    fn what_was_replaced_is_dropped_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut answers = Answers::open(&path).unwrap();
        let listing = Listing { next: None, floor: None, newest: Some(DateTime::default()) };
        answers.put(page("/a", None), b"[1]").unwrap();
        answers.put(page("/a", None), b"[2]").unwrap();
        let problem = |reason: &str| Head::Problem {
            stream: "checks".to_owned(),
            path: "/c".to_owned(),
            reason: reason.to_owned(),
        };
        answers.put(problem("gone"), b"").unwrap();
        let Head::Page { path: first, etag, next, at, .. } = page("/p", None) else { unreachable!() };
        let listed = Some(listing.clone());
        answers
            .put(Head::Page { stream: "pulls".to_owned(), path: first, etag, next, at, listing: listed }, b"[]")
            .unwrap();
        answers.put(Head::Identity { id: 7 }, b"").unwrap();
        let before = answers.end;
        answers.compact().unwrap();
        assert!(answers.end < before);
        assert_eq!(bodies(&answers, "/a"), [serde_json::json!([2])]);
        assert_eq!(answers.listing("pulls"), Some(&listing));
        assert_eq!(answers.listed("pulls").count(), 1);
        assert_eq!((answers.identity(), answers.problems().count()), (Some(7), 1));
    }
}
