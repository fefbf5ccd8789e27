//! What one run leaves to the next: everything it found out about commits, so that only new ones cost anything.
//!
//! ```text
//! shipwake lines VERSION 0.2.0\n     what it is, and which version's
//! sections                     each its length in 8 bytes, little-endian, then a Zstandard frame with its checksum
//! ```
//!
//! A section is read as a whole or passed over: who only follows lines needs less than half of them. In it values stand
//! one behind the other, each list with its length before it: many of a kind as words of four bytes, the rest as Postcard.
//!
//! It is knowledge of commits by id, not of branches: whatever happened to the refs, what is known of a commit stays
//! true while its parents and contents are the same ([`Job::print`](super::file_changes::Job)). A file that is not
//! there, is of another version or is damaged is no error: then everything is found out anew.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Take, Write};
use std::path::Path;

use git2::Oid;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Purpose;
use super::diffs::{Diffs, Wanted};
use super::file_changes::{FileChanges, Job, NONE};
use super::genealogy::Past;
use super::objects::{Content, Id, Objects, Packs, id_of};
use super::spool::Spool;
use super::squashes::Squashed;
use super::vocabulary::Vocabulary;
use super::walk::Walk;
use crate::files;

/// To be raised whenever the same history would give other results.
const VERSION: u32 = 11;
/// Objects that were not there, beyond which nothing is kept: looking for each again would take too long.
const MOST_LACKING: usize = 1000;

/// What is known of commits, and their numbers.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) roll: Roll,
    pub(super) changes: FileChanges,
    pub(super) diffs: Diffs,
    pub(super) past: Past,
    pub(super) squashed: Squashed,
    pub(super) vocabulary: Vocabulary,
}

impl Kept {
    /// What an earlier run left, as far as it is of use for this one, unless objects it lacked are there now.
    pub(super) fn read(path: &Path, packs: &Packs, purpose: Purpose) -> Option<Self> {
        let file = opened(path)?;
        let kept = (|| {
            let mut from = Reader::of(&file, purpose)?;
            from.section()?;
            let (lacking, replaced) = (from.get_ids()?, from.get_ids()?);
            if is_any_there(&lacking, packs)? || replaced != replacements(packs) {
                return Err(Unusable);
            }
            let mut kept = Self {
                roll: Roll::kept(&mut from)?,
                changes: FileChanges::kept(&mut from)?,
                diffs: Diffs::kept(&mut from)?,
                past: Past::kept(&mut from)?,
                squashed: if from.section_of_facts()? { from.get()? } else { Squashed::default() },
                vocabulary: if from.section_of_facts()? { Vocabulary::kept(&mut from)? } else { Vocabulary::default() },
            };
            from.end_section()?;
            if purpose == Purpose::Lines {
                let Self { changes, past, .. } = &mut kept;
                changes.forget_unless(|commit| past.knows(commit));
            }
            Ok(kept)
        })();
        kept.ok()
    }

    /// What was lacking when this was left.
    pub(super) fn lacking(path: &Path) -> Vec<Id> {
        let read = |file: &File| {
            let mut from = Reader::of(file, Purpose::Lines)?;
            from.section()?;
            from.get_ids()
        };
        opened(path).and_then(|file| read(&file).ok()).unwrap_or_default()
    }

    /// Whether lines were followed through a commit that is to be read otherwise now.
    pub(super) fn is_outdated(&self, jobs: &[Option<Job>]) -> bool {
        let followed = (0..).zip(jobs).filter_map(|(number, job)| Some((number, job.as_ref()?)));
        let mut followed = followed.filter(|(number, job)| job.wanted != Wanted::Counts && self.past.knows(*number));
        followed.any(|(number, job)| !self.changes.is_known(number as usize, job))
    }

    /// Has all lines followed anew.
    pub(super) fn forget_lines(&mut self) {
        (self.past, self.vocabulary) = (Past::default(), Vocabulary::default());
    }

    /// Leaves it to the next run, in one step.
    pub(super) fn write(&self, path: &Path, packs: &Packs) -> io::Result<()> {
        let mut objects = Objects::of(packs).map_err(io::Error::other)?;
        let mut lacking: Vec<Id> = self.changes.lacking().chain(self.diffs.lacking(&self.changes)).collect();
        lacking.sort_unstable();
        lacking.dedup();
        // What cannot be read at one moment and can at the next is nothing to rely on.
        if lacking.len() > MOST_LACKING || lacking.iter().any(|id| is_there(&mut objects, id)) {
            // What is of no use any more would have every run read all.
            let is_regained = is_any_there(&Self::lacking(path), packs).unwrap_or(false);
            return if is_regained { fs::remove_file(path) } else { Ok(()) };
        }
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        files::replace(path, |file| self.write_to(file, &lacking, packs))
    }

    fn write_to(&self, file: &mut File, lacking: &[Id], packs: &Packs) -> io::Result<()> {
        file.write_all(header().as_bytes())?;
        let to = &mut Writer { file, frame: None };
        to.section()?;
        to.put_ids(lacking.iter())?;
        to.put_ids(replacements(packs).iter())?;
        self.roll.keep(to)?;
        self.changes.keep(to)?;
        self.diffs.keep(to)?;
        self.past.keep(to)?;
        to.section()?;
        to.put(&self.squashed)?;
        to.section()?;
        self.vocabulary.keep(to)?;
        to.close_section()
    }
}

/// What was left there, past the words by which this version knows its own.
fn opened(path: &Path) -> Option<File> {
    let mut file = File::open(path).ok()?;
    let mut head = vec![0; header().len()];
    file.read_exact(&mut head).ok()?;
    (head == header().as_bytes()).then_some(file)
}

pub(super) fn is_any_there(lacking: &[Id], packs: &Packs) -> Result<bool, Unusable> {
    let mut objects = Objects::of(packs).map_err(|_| Unusable)?;
    Ok(lacking.iter().any(|id| is_there(&mut objects, id)))
}

fn is_there(objects: &mut Objects<'_>, id: &Id) -> bool {
    objects.tree(id).is_ok() || !matches!(objects.blob(id), Content::Unreadable(_))
}

/// What is read in place of what, one after the other.
fn replacements(packs: &Packs) -> Vec<Id> {
    packs.replacements().iter().flat_map(|(id, by)| [*id, *by]).collect()
}

pub(super) fn header() -> String {
    format!("shipwake lines {VERSION} {}\n", env!("CARGO_PKG_VERSION"))
}

/// Commits by number, in the order in which runs came to know them: parents before children, as in a walk, but a
/// commit keeps its number when others are found that come before it in the walk.
#[derive(Default)]
pub(super) struct Roll {
    numbers_by_id: FxHashMap<Id, u32>,
    /// By number.
    entries: Vec<Entry>,
    /// By number, the place in the walk; [`NONE`] for commits that are gone.
    pub(super) places: Vec<u32>,
    /// By place in the walk, the number.
    pub(super) numbers: Vec<u32>,
}

/// A commit of the roll.
struct Entry {
    id: Id,
    /// Its tree, its parents by number and its committer's seconds, if it says so itself and all its parents are known.
    plain: Option<(Id, Vec<u32>, i64)>,
}

impl Roll {
    /// Numbers the commits of a walk. From here on it knows what the walk does, of other commits only that they were.
    pub(super) fn call(&mut self, walk: &Walk) {
        self.entries.iter_mut().for_each(|entry| entry.plain = None);
        self.numbers = Vec::with_capacity(walk.commits.len());
        for (at, commit) in walk.commits.iter().enumerate() {
            let id = id_of(commit.id);
            let next = self.entries.len() as u32;
            let number = *self.numbers_by_id.entry(id).or_insert(next);
            if number == next {
                self.entries.push(Entry { id, plain: None });
            }
            self.numbers.push(number);
            let parent = |place: &Option<u32>| Some(self.numbers[(*place)? as usize]);
            if commit.is_plain
                && let Some(parents) = walk.parents(at).iter().map(parent).collect()
            {
                self.entries[number as usize].plain = Some((id_of(commit.tree), parents, commit.committer.seconds));
            }
        }
        self.places = vec![NONE; self.entries.len()];
        for (place, number) in self.numbers.iter().enumerate() {
            self.places[*number as usize] = place as u32;
        }
    }

    /// A commit's tree, its parents, and its committer's seconds.
    pub(super) fn commit(&self, id: Oid) -> Option<(Oid, Vec<Oid>, i64)> {
        let entry = &self.entries[*self.numbers_by_id.get(&id_of(id))? as usize];
        let (tree, parents, seconds) = entry.plain.as_ref()?;
        let oid = |id: &Id| Oid::from_bytes(id.as_slice()).ok();
        let parents =
            parents.iter().map(|parent| oid(&self.entries.get(*parent as usize)?.id)).collect::<Option<_>>()?;
        Some((oid(tree)?, parents, *seconds))
    }

    /// Whether parents stand before children: not where a parent came to light after its child, as in a clone that was
    /// deepened.
    pub(super) fn is_in_order(&self, walk: &Walk) -> bool {
        let is_after = |(at, child): (usize, &u32)| walk.known_parents(at).all(|parent| self.numbers[parent] < *child);
        self.numbers.iter().enumerate().all(is_after)
    }

    /// Whether most of what is known is of commits that the walk did not come to.
    pub(super) fn is_mostly_gone(&self) -> bool {
        self.places.len() > 2 * self.numbers.len()
    }

    /// Commits that are numbered as they stand in the walk.
    pub(super) fn in_order(commits: usize) -> Self {
        let places: Vec<u32> = (0..commits as u32).collect();
        Self { numbers: places.clone(), places, ..Self::default() }
    }

    /// Something for each commit, by number; `None` for those that are gone.
    pub(super) fn by_number<T>(&self, of_place: impl Fn(usize) -> T) -> Vec<Option<T>> {
        let of_place = |&place: &u32| (place != NONE).then(|| of_place(place as usize));
        self.places.iter().map(of_place).collect()
    }

    fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.section()?;
        to.put_ids(self.entries.iter().map(|entry| &entry.id))?;
        let plain = || self.entries.iter().map(|entry| entry.plain.as_ref());
        to.put_ids(plain().flatten().map(|(tree, ..)| tree))?;
        // One more than how many parents; 0 for commits that are to be read again.
        to.put_words(plain().map(|plain| [plain.map_or(0, |(_, parents, _)| parents.len() as u32 + 1)]))?;
        to.put(&plain().flatten().flat_map(|(_, parents, _)| parents).collect::<Vec<_>>())?;
        to.put(&plain().flatten().map(|(.., seconds)| seconds).collect::<Vec<_>>())
    }

    fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        from.section()?;
        let (ids, trees) = (from.get_ids()?, from.get_ids()?);
        let counts = from.get_words(|[count]| count)?;
        let (parents, seconds): (Vec<u32>, Vec<i64>) = (from.get()?, from.get()?);
        let (mut trees, mut parents, mut seconds) = (trees.into_iter(), parents.into_iter(), seconds.into_iter());
        if counts.len() != ids.len() {
            return Err(Unusable);
        }
        let mut roll = Self { entries: Vec::with_capacity(ids.len()), ..Self::default() };
        roll.numbers_by_id.extend(ids.iter().copied().zip(0..));
        for (id, count) in ids.into_iter().zip(counts) {
            let mut plain = None;
            if let Some(count) = count.checked_sub(1) {
                let parents = parents.by_ref().take(count as usize).collect();
                plain = Some((trees.next().ok_or(Unusable)?, parents, seconds.next().ok_or(Unusable)?));
            }
            roll.entries.push(Entry { id, plain });
        }
        Ok(roll)
    }
}

/// Many of a kind at once.
const ROWS: usize = 1 << 13;

/// Writes what is kept, section by section.
pub(super) struct Writer<'a> {
    file: &'a File,
    /// Where the section's length stands, and what is being written.
    frame: Option<(u64, zstd::Encoder<'static, &'a File>)>,
}

impl<'a> Writer<'a> {
    /// What comes next is of another section.
    pub(super) fn section(&mut self) -> io::Result<()> {
        self.close_section()?;
        let mut file = self.file;
        let start = file.stream_position()?;
        file.write_all(&[0; 8])?;
        let mut frame = zstd::Encoder::new(file, 1)?;
        frame.include_checksum(true)?;
        self.frame = Some((start, frame));
        Ok(())
    }

    fn close_section(&mut self) -> io::Result<()> {
        let Some((start, frame)) = self.frame.take() else { return Ok(()) };
        let mut file = frame.finish()?;
        let end = file.stream_position()?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(&(end - start - 8).to_le_bytes())?;
        file.seek(SeekFrom::Start(end))?;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (_, frame) = self.frame.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        frame.write_all(bytes)
    }

    pub(super) fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> io::Result<()> {
        self.put_bytes(&postcard::to_stdvec(value).map_err(io::Error::other)?)
    }

    pub(super) fn put_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(&(bytes.len() as u64).to_le_bytes())?;
        self.write(bytes)
    }

    /// As many words for each.
    pub(super) fn put_words<const N: usize>(
        &mut self,
        rows: impl ExactSizeIterator<Item = [u32; N]>,
    ) -> io::Result<()> {
        self.write(&(rows.len() as u64).to_le_bytes())?;
        let mut bytes = Vec::with_capacity(ROWS * N * 4);
        for row in rows {
            row.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
            if bytes.len() == bytes.capacity() {
                self.write(&bytes)?;
                bytes.clear();
            }
        }
        self.write(&bytes)
    }

    pub(super) fn put_spool(&mut self, spool: &Spool) -> io::Result<()> {
        self.write(&spool.len().to_le_bytes())?;
        let (_, frame) = self.frame.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        spool.copy_to(frame)
    }

    /// How long each is, then all of them.
    pub(super) fn put_ids<'i>(&mut self, ids: impl Iterator<Item = &'i Id>) -> io::Result<()> {
        let mut bytes = Vec::new();
        for id in ids {
            bytes.push(id.as_slice().len() as u8);
            bytes.extend_from_slice(id.as_slice());
        }
        self.put_bytes(&bytes)
    }
}

/// What is kept is not as this version wrote it.
#[derive(Debug)]
pub(super) struct Unusable;

impl From<io::Error> for Unusable {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// Reads it in the same order.
pub(super) struct Reader<'a> {
    file: &'a File,
    purpose: Purpose,
    /// Where the next section starts.
    next: u64,
    frame: Option<zstd::Decoder<'static, BufReader<Take<&'a File>>>>,
}

impl<'a> Reader<'a> {
    fn of(mut file: &'a File, purpose: Purpose) -> io::Result<Self> {
        Ok(Self { file, purpose, next: file.stream_position()?, frame: None })
    }

    /// Goes on with the next section. The one before must have been read to its end, or been passed over.
    pub(super) fn section(&mut self) -> Result<(), Unusable> {
        self.end_section()?;
        let mut file = self.file;
        file.seek(SeekFrom::Start(self.next))?;
        let mut length = [0; 8];
        file.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        self.next = self.next.checked_add(8).and_then(|start| start.checked_add(length)).ok_or(Unusable)?;
        self.frame = Some(zstd::Decoder::new(file.take(length))?);
        Ok(())
    }

    /// The same for a section that only facts are made of; says whether it is to be read.
    pub(super) fn section_of_facts(&mut self) -> Result<bool, Unusable> {
        self.section()?;
        let is_wanted = self.purpose == Purpose::Facts;
        self.frame = self.frame.take().filter(|_| is_wanted);
        Ok(is_wanted)
    }

    /// Only now it is known that nothing is damaged: the checksum stands behind the last byte.
    pub(super) fn end_section(&mut self) -> Result<(), Unusable> {
        let Some(mut frame) = self.frame.take() else { return Ok(()) };
        if frame.read(&mut [0])? == 0 { Ok(()) } else { Err(Unusable) }
    }

    fn frame(&mut self) -> Result<&mut impl Read, Unusable> {
        self.frame.as_mut().ok_or(Unusable)
    }

    fn length(&mut self) -> Result<u64, Unusable> {
        let mut length = [0; 8];
        self.frame()?.read_exact(&mut length)?;
        Ok(u64::from_le_bytes(length))
    }

    pub(super) fn get<T: DeserializeOwned>(&mut self) -> Result<T, Unusable> {
        postcard::from_bytes(&self.get_bytes()?).map_err(|_| Unusable)
    }

    pub(super) fn get_bytes(&mut self) -> Result<Vec<u8>, Unusable> {
        let (length, mut bytes) = (self.length()?, Vec::new());
        self.frame()?.take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(Unusable) }
    }

    pub(super) fn get_words<const N: usize, T>(
        &mut self,
        mut of: impl FnMut([u32; N]) -> T,
    ) -> Result<Vec<T>, Unusable> {
        let (mut left, mut rows) = (self.length()?, Vec::new());
        // No room is made for what does not prove to be there.
        let mut bytes = vec![0; ROWS * N * 4];
        while left > 0 {
            let count = left.min(ROWS as u64);
            let bytes = &mut bytes[..count as usize * N * 4];
            self.frame()?.read_exact(bytes)?;
            let word = |row: &[u8], at: usize| row[4 * at..].first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
            rows.extend(bytes.chunks_exact(4 * N).map(|row| of(std::array::from_fn(|at| word(row, at)))));
            left -= count;
        }
        Ok(rows)
    }

    pub(super) fn get_spool(&mut self) -> Result<Spool, Unusable> {
        let length = self.length()?;
        let spool = Spool::copied(&mut self.frame()?.take(length))?;
        if spool.len() == length { Ok(spool) } else { Err(Unusable) }
    }

    pub(super) fn get_ids(&mut self) -> Result<Vec<Id>, Unusable> {
        let bytes = self.get_bytes()?;
        let (mut ids, mut rest) = (Vec::with_capacity(bytes.len() / 21), bytes.as_slice());
        while let Some((&length, after)) = rest.split_first() {
            let (id, after) = after.split_at_checked(length.into()).ok_or(Unusable)?;
            ids.push(Id::try_from(id).map_err(|_| Unusable)?);
            rest = after;
        }
        Ok(ids)
    }
}
