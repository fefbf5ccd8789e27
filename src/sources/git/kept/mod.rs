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

mod roll;
mod sections;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

pub(super) use roll::Roll;
pub(super) use sections::{Reader, Unusable, Writer};

use super::Purpose;
use super::diffs::{Diffs, Wanted};
use super::file_changes::{FileChanges, Job};
use super::genealogy::Past;
use super::objects::{Content, Id, Objects, Packs};
use super::squashes::Squashed;
use super::vocabulary::Vocabulary;
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
        let to = &mut Writer::of(file);
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
