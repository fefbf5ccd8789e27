//! What one run leaves to the next: everything it found out about commits, so that only new ones cost anything.
//!
//! ```text
//! shipwake lines 1 0.1.0\n     what it is, and which version's
//! CRC-32 of the rest           4 bytes, little-endian
//! Zstandard frame of sections  each its length in 8 bytes, then Postcard, or the bytes of a spool
//! ```
//!
//! It is knowledge of commits by id, not of branches: whatever happened to the refs, what is known of a commit stays
//! true while its parents and contents are the same ([`Job::print`](super::file_changes::Job)). A file that is not
//! there, is of another version or is damaged is no error: then everything is found out anew.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use git2::Oid;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::diffs::Diffs;
use super::file_changes::{FileChanges, NONE};
use super::genealogy::Past;
use super::objects::{Content, Id, Objects, Packs, id_of};
use super::spool::Spool;
use super::squashes::Squashed;
use super::vocabulary::Vocabulary;
use super::walk::Walk;
use crate::files;

/// To be raised whenever the same history would give other results.
const VERSION: u32 = 4;
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
    /// What an earlier run left, unless objects it lacked are there now.
    pub(super) fn read(path: &Path, packs: &Packs) -> Option<Self> {
        let bytes = fs::read(path).ok()?;
        let (head, rest) = bytes.split_at_checked(header().len())?;
        let (sum, frame) = rest.split_first_chunk::<4>()?;
        if head != header().as_bytes() || u32::from_le_bytes(*sum) != libdeflater::crc32(frame) {
            return None;
        }
        let mut frame = zstd::Decoder::new(frame).ok()?;
        let from = &mut Reader { from: &mut frame };
        let (lacking, replaced) = (from.get_ids().ok()?, from.get_ids().ok()?);
        let mut objects = Objects::of(packs).ok()?;
        if lacking.iter().any(|id| is_there(&mut objects, id)) || replaced != replacements(packs) {
            return None;
        }
        let kept = (|| {
            let roll = Roll { ids: from.get_ids()?, ..Roll::default() };
            Ok::<_, Unusable>(Self {
                roll,
                changes: FileChanges::kept(from)?,
                diffs: Diffs::kept(from)?,
                past: Past::kept(from)?,
                squashed: from.get()?,
                vocabulary: Vocabulary::kept(from)?,
            })
        })();
        kept.ok()
    }

    /// Leaves it to the next run, in one step.
    pub(super) fn write(&self, path: &Path, packs: &Packs) -> io::Result<()> {
        let mut objects = Objects::of(packs).map_err(io::Error::other)?;
        let mut lacking: Vec<Id> = self.changes.lacking().chain(self.diffs.lacking(&self.changes)).collect();
        lacking.sort_unstable();
        lacking.dedup();
        // What cannot be read at one moment and can at the next is nothing to rely on.
        if lacking.len() > MOST_LACKING || lacking.iter().any(|id| is_there(&mut objects, id)) {
            return Ok(());
        }
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        files::replace(path, |file| self.write_to(file, &lacking, packs))
    }

    fn write_to(&self, file: &mut File, lacking: &[Id], packs: &Packs) -> io::Result<()> {
        file.write_all(header().as_bytes())?;
        file.write_all(&[0; 4])?;
        let mut summed = Summed { to: BufWriter::new(&*file), crc: libdeflater::Crc::new() };
        let mut frame = zstd::Encoder::new(&mut summed, 1)?;
        let to = &mut Writer { to: &mut frame };
        to.put_ids(lacking.iter())?;
        to.put_ids(replacements(packs).iter())?;
        to.put_ids(self.roll.ids.iter())?;
        self.changes.keep(to)?;
        self.diffs.keep(to)?;
        self.past.keep(to)?;
        to.put(&self.squashed)?;
        self.vocabulary.keep(to)?;
        frame.finish()?;
        summed.to.flush()?;
        let sum = summed.crc.sum();
        drop(summed);
        file.seek(SeekFrom::Start(header().len() as u64))?;
        file.write_all(&sum.to_le_bytes())
    }
}

fn is_there(objects: &mut Objects<'_>, id: &Id) -> bool {
    objects.tree(id).is_ok() || !matches!(objects.blob(id), Content::Unreadable(_))
}

/// What is read in place of what, one after the other.
fn replacements(packs: &Packs) -> Vec<Id> {
    packs.replacements().iter().flat_map(|(id, by)| [*id, *by]).collect()
}

fn header() -> String {
    format!("shipwake lines {VERSION} {}\n", env!("CARGO_PKG_VERSION"))
}

/// Commits by number, in the order in which runs came to know them: parents before children, as in a walk, but a
/// commit keeps its number when others are found that come before it in the walk.
#[derive(Default)]
pub(super) struct Roll {
    ids: Vec<Id>,
    /// By number, the place in the walk; [`NONE`] for commits that are gone.
    pub(super) places: Vec<u32>,
    /// By place in the walk, the number.
    pub(super) numbers: Vec<u32>,
}

impl Roll {
    /// Numbers the commits of a walk.
    pub(super) fn call(&mut self, walk: &Walk) {
        let mut known: FxHashMap<Id, u32> = FxHashMap::default();
        known.extend(self.ids.iter().enumerate().map(|(number, id)| (*id, number as u32)));
        self.numbers = Vec::with_capacity(walk.commits.len());
        for commit in &walk.commits {
            let id = id_of(commit.id);
            self.numbers.push(*known.get(&id).unwrap_or(&(self.ids.len() as u32)));
            if !known.contains_key(&id) {
                self.ids.push(id);
            }
        }
        self.places = vec![NONE; self.ids.len()];
        for (place, number) in self.numbers.iter().enumerate() {
            self.places[*number as usize] = place as u32;
        }
    }

    /// Whether what is known is of use: not when most is of commits that are gone, nor when a parent came to light
    /// after its child, as in a clone that was deepened.
    pub(super) fn is_of_use(&self, walk: &Walk) -> bool {
        let number = |id: &Oid| walk.index.get(id).map(|&place| self.numbers[place]);
        let is_after = |parents: &[Oid], child: u32| parents.iter().filter_map(number).all(|parent| parent < child);
        self.places.len() <= 2 * self.numbers.len()
            && walk.commits.iter().zip(&self.numbers).all(|(commit, child)| is_after(&commit.parents, *child))
    }

    /// Commits that are numbered as they stand in the walk.
    pub(super) fn in_order(commits: usize) -> Self {
        let places: Vec<u32> = (0..commits as u32).collect();
        Self { ids: Vec::new(), numbers: places.clone(), places }
    }

    /// Something for each commit, by number; `None` for those that are gone.
    pub(super) fn by_number<T>(&self, of_place: impl Fn(usize) -> T) -> Vec<Option<T>> {
        let of_place = |&place: &u32| (place != NONE).then(|| of_place(place as usize));
        self.places.iter().map(of_place).collect()
    }
}

/// Writes what is kept, section by section.
pub(super) struct Writer<'a> {
    to: &'a mut dyn Write,
}

impl Writer<'_> {
    pub(super) fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> io::Result<()> {
        self.put_bytes(&postcard::to_stdvec(value).map_err(io::Error::other)?)
    }

    pub(super) fn put_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(&(bytes.len() as u64).to_le_bytes())?;
        self.to.write_all(bytes)
    }

    pub(super) fn put_spool(&mut self, spool: &Spool) -> io::Result<()> {
        self.to.write_all(&spool.len().to_le_bytes())?;
        spool.copy_to(self.to)
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

/// Reads it in the same order.
pub(super) struct Reader<'a> {
    from: &'a mut dyn Read,
}

impl Reader<'_> {
    pub(super) fn get<T: DeserializeOwned>(&mut self) -> Result<T, Unusable> {
        postcard::from_bytes(&self.get_bytes()?).map_err(|_| Unusable)
    }

    fn section(&mut self) -> Result<(u64, io::Take<&mut (dyn Read + '_)>), Unusable> {
        let mut length = [0; 8];
        self.from.read_exact(&mut length).map_err(|_| Unusable)?;
        let length = u64::from_le_bytes(length);
        Ok((length, Read::take(&mut *self.from, length)))
    }

    pub(super) fn get_bytes(&mut self) -> Result<Vec<u8>, Unusable> {
        let mut bytes = Vec::new();
        let (length, mut section) = self.section()?;
        section.read_to_end(&mut bytes).map_err(|_| Unusable)?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(Unusable) }
    }

    pub(super) fn get_spool(&mut self) -> Result<Spool, Unusable> {
        let (length, mut section) = self.section()?;
        let spool = Spool::copied(&mut section).map_err(|_| Unusable)?;
        if spool.len() == length { Ok(spool) } else { Err(Unusable) }
    }

    pub(super) fn get_ids(&mut self) -> Result<Vec<Id>, Unusable> {
        let bytes = self.get_bytes()?;
        let (mut ids, mut rest) = (Vec::new(), bytes.as_slice());
        while let Some((&length, after)) = rest.split_first() {
            let (id, after) = after.split_at_checked(length.into()).ok_or(Unusable)?;
            ids.push(Id::try_from(id).map_err(|_| Unusable)?);
            rest = after;
        }
        Ok(ids)
    }
}

/// Sums up what is written.
struct Summed<W> {
    to: W,
    crc: libdeflater::Crc,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.crc.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
