//! Reading objects in bulk: packs by way of memory maps, everything else through libgit2.
//!
//! A history's cost is the reading of its trees and contents, so this is where time is won
//! (docs/measurements.md): entries are decoded by gix-pack, inflated whole by libdeflate, and every object
//! that was put together from deltas is remembered once, shared between whoever asked for it and the
//! next delta that builds on it.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use git2::{Odb, Oid, Repository};
use gix_pack::data::entry::Header;
use rustc_hash::FxHashMap;

use super::loose::{self, Folders};

/// An object's id, SHA-1 or SHA-256.
pub(super) type Id = gix_hash::ObjectId;

/// The same id with zeroes behind it. libgit2 leaves whatever was in memory behind a SHA-1 id, and git2
/// hashes those bytes too: two equal ids would be two keys of a map.
pub(super) fn clean(id: Oid) -> Oid {
    Oid::from_bytes(id.as_bytes()).unwrap_or(id)
}

/// libgit2's id as ours.
pub(super) fn id_of(id: Oid) -> Id {
    Id::try_from(id.as_bytes()).unwrap_or_else(|_| Id::null(gix_hash::Kind::Sha1))
}

/// Larger contents are not compared: their lines stay unknown and they are listed in `skipped`.
pub(super) const LARGEST_TEXT: usize = 32 << 20;
/// Nor is anything put together from parts larger than this.
const LARGEST_PART: u64 = 256 << 20;
/// Objects kept by each reader: the other version of a file, the base of the next delta.
const REMEMBERED_BYTES: usize = 32 << 20;
/// Longer chains of deltas are refused: git's own limit is 4,095.
const LONGEST_CHAIN: usize = 4_096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blob,
    Tree,
    Other,
}

impl Kind {
    fn of(kind: git2::ObjectType) -> Self {
        match kind {
            git2::ObjectType::Blob => Self::Blob,
            git2::ObjectType::Tree => Self::Tree,
            _ => Self::Other,
        }
    }
}

/// An object's bytes, shared.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) bytes: Rc<Vec<u8>>,
}

/// What stands behind a blob's id, as far as lines are concerned.
#[derive(Clone)]
pub(super) enum Content {
    Text(Rc<Vec<u8>>),
    /// NUL within the first 8,000 bytes, as git decides it.
    Binary(Rc<Vec<u8>>),
    /// Not read, and why.
    Unreadable(String),
}

impl Content {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) => bytes,
            Self::Unreadable(_) => &[],
        }
    }
}

/// Where an object stands: pack in the high bits, offset in the low ones.
type Place = u64;
const OFFSET_BITS: u32 = 48;

/// The packs of a repository, for all threads.
pub(super) struct Packs {
    repository: PathBuf,
    packs: Vec<(gix_pack::index::File, gix_pack::data::File)>,
    folders: Folders,
    /// `refs/replace/*`: what is read in place of what.
    replaced: BTreeMap<Id, Id>,
}

impl Packs {
    /// Packs that cannot be opened are left to libgit2, which says what is wrong with them.
    pub(super) fn of(repo: &Repository) -> Self {
        let hash = match repo.object_format() {
            git2::ObjectFormat::Sha256 => gix_hash::Kind::Sha256,
            git2::ObjectFormat::Sha1 => gix_hash::Kind::Sha1,
        };
        let mut packs = Vec::new();
        let folders = Folders::of(repo);
        for folder in folders.iter() {
            let Ok(entries) = std::fs::read_dir(folder.join("pack")) else { continue };
            let mut indexes: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            indexes.retain(|path| path.extension().is_some_and(|extension| extension == "idx"));
            indexes.sort();
            for path in indexes {
                let index = gix_pack::index::File::at(&path, hash);
                let data = gix_pack::data::File::at(path.with_extension("pack"), hash);
                if let (Ok(index), Ok(data)) = (index, data) {
                    packs.push((index, data));
                }
            }
        }
        Self { repository: repo.path().to_owned(), packs, folders, replaced: replacements(repo) }
    }

    /// Where an object lies, if it is packed.
    fn place(&self, id: &Id) -> Option<Place> {
        let id = self.replaced.get(id).unwrap_or(id);
        self.packs.iter().enumerate().find_map(|(pack, (index, _))| {
            let entry = lookup(index, id.as_ref())?;
            Some((pack as u64) << OFFSET_BITS | index.pack_offset_at_index(entry))
        })
    }

    /// An object, if libgit2 may read it.
    pub(super) fn sound(&self, id: Oid) -> Result<Oid, git2::Error> {
        self.folders.sound(id)
    }

    /// What is read in place of what.
    pub(super) fn replacements(&self) -> &BTreeMap<Id, Id> {
        &self.replaced
    }

    pub(super) fn replacement(&self, id: &Id) -> Option<Id> {
        self.replaced.get(id).copied()
    }
}

/// Where an id stands in an index. Ids are spread evenly, so that where one stands can be guessed better and better: in
/// four steps among half a million, where halving takes eleven.
fn lookup(index: &gix_pack::index::File, id: &gix_hash::oid) -> Option<gix_pack::index::EntryIndex> {
    /// Of an index whose ids are not spread evenly; then the library searches by halves.
    const MOST_STEPS: u32 = 8;
    let key = |id: &gix_hash::oid| id.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let wanted = key(id);
    let (mut from, mut to) = (0, index.num_objects());
    let (mut low, mut high) = (0, u64::MAX);
    for _ in 0..MOST_STEPS {
        if from >= to || wanted < low || wanted > high {
            return None;
        }
        let share = (wanted - low) as f64 / (high - low) as f64;
        let at = (from + (share * f64::from(to - from)) as u32).min(to - 1);
        let there = index.oid_at_index(at);
        match key(there).cmp(&wanted) {
            _ if there == id => return Some(at),
            Ordering::Less => (from, low) = (at + 1, key(there)),
            Ordering::Greater => (to, high) = (at, key(there)),
            Ordering::Equal => break,
        }
    }
    index.lookup(id)
}

pub(super) fn replacements(repo: &Repository) -> BTreeMap<Id, Id> {
    let mut replaced = BTreeMap::new();
    let Ok(references) = repo.references_glob("refs/replace/*") else { return replaced };
    for reference in references.flatten() {
        let name = reference.name().ok().and_then(|name| name.rsplit('/').next());
        let replaces = name.and_then(|hex| Id::from_hex(hex.as_bytes()).ok());
        if let (Some(id), Some(target)) = (replaces, reference.target()) {
            replaced.insert(id, id_of(target));
        }
    }
    replaced
}

/// One thread's reader.
pub(super) struct Objects<'a> {
    packs: &'a Packs,
    repo: Repository,
    inflate: libdeflater::Decompressor,
    /// Delta instructions of the entry being read.
    delta: Vec<u8>,
    packed: Memory<Place>,
    loose: Memory<Id>,
}

impl<'a> Objects<'a> {
    pub(super) fn of(packs: &'a Packs) -> Result<Self, git2::Error> {
        Ok(Self {
            packs,
            repo: Repository::open(&packs.repository)?,
            inflate: libdeflater::Decompressor::new(),
            delta: Vec::new(),
            packed: Memory::new(REMEMBERED_BYTES),
            loose: Memory::new(REMEMBERED_BYTES / 4),
        })
    }

    /// The raw entries of a tree.
    pub(super) fn tree(&mut self, id: &Id) -> Result<Rc<Vec<u8>>, String> {
        let object = self.object(id)?;
        match object.kind {
            Kind::Tree => Ok(object.bytes),
            _ => Err("is not a tree".to_owned()),
        }
    }

    pub(super) fn blob(&mut self, id: &Id) -> Content {
        let bytes = match self.object(id) {
            Ok(Object { kind: Kind::Blob, bytes }) => bytes,
            Ok(_) => return Content::Unreadable("is not a blob".to_owned()),
            Err(reason) => return Content::Unreadable(reason),
        };
        if bytes.len() > LARGEST_TEXT {
            return Content::Unreadable(too_large(bytes.len() as u64));
        }
        let looks_binary = memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some();
        if looks_binary { Content::Binary(bytes) } else { Content::Text(bytes) }
    }

    pub(super) fn object(&mut self, id: &Id) -> Result<Object, String> {
        if let Some(place) = self.packs.place(id)
            && let Some(object) = self.packed_object(place)
        {
            return Ok(object);
        }
        let id = self.packs.replacement(id).unwrap_or(*id);
        if let Some(object) = self.loose.recall(&id) {
            return Ok(object);
        }
        let object = self.loose_object(&id)?;
        self.loose.keep(id, &object);
        Ok(object)
    }

    /// From its own file; else through libgit2, whose words say what is wrong.
    fn loose_object(&mut self, id: &Id) -> Result<Object, String> {
        if let Some(path) = self.packs.folders.file_of(&id.to_string()) {
            let (kind, bytes) = loose::read(&mut self.inflate, &path)?;
            return match kind {
                git2::ObjectType::Blob if bytes.len() > LARGEST_TEXT => Err(too_large(bytes.len() as u64)),
                kind => Ok(Object { kind: Kind::of(kind), bytes: Rc::new(bytes) }),
            };
        }
        let read = || -> Result<Object, git2::Error> {
            let (id, odb): (Oid, Odb<'_>) = (Oid::from_bytes(id.as_slice())?, self.repo.odb()?);
            let (size, kind) = odb.read_header(id)?;
            if size as u64 > LARGEST_PART {
                return Err(git2::Error::from_str(&too_large(size as u64)));
            }
            if kind == git2::ObjectType::Blob && size > LARGEST_TEXT {
                return Err(git2::Error::from_str(&too_large(size as u64)));
            }
            Ok(Object { kind: Kind::of(kind), bytes: Rc::new(odb.read(id)?.data().to_vec()) })
        };
        read().map_err(|error| why(&error))
    }

    /// `None` when the pack holds something damaged or unusual, so that libgit2 has the last word.
    fn packed_object(&mut self, place: Place) -> Option<Object> {
        let (pack, data) = (place >> OFFSET_BITS, &self.packs.packs[(place >> OFFSET_BITS) as usize].1);
        let mut chain: Vec<(Place, u64, u64)> = Vec::new();
        let mut at = place;
        let mut object = loop {
            if let Some(known) = self.packed.recall(&at) {
                break known;
            }
            let entry = data.entry(at & ((1 << OFFSET_BITS) - 1)).ok()?;
            if entry.decompressed_size > LARGEST_PART || chain.len() > LONGEST_CHAIN {
                return None;
            }
            let kind = match entry.header {
                Header::OfsDelta { base_distance } => {
                    chain.push((at, entry.data_offset, entry.decompressed_size));
                    at = pack << OFFSET_BITS | entry.checked_base_pack_offset(base_distance)?;
                    continue;
                }
                Header::RefDelta { base_id } => {
                    chain.push((at, entry.data_offset, entry.decompressed_size));
                    let base = lookup(&self.packs.packs[pack as usize].0, base_id.as_ref())?;
                    at = pack << OFFSET_BITS | self.packs.packs[pack as usize].0.pack_offset_at_index(base);
                    continue;
                }
                Header::Blob => Kind::Blob,
                Header::Tree => Kind::Tree,
                Header::Commit | Header::Tag => Kind::Other,
            };
            let size = entry.decompressed_size as usize;
            // What is said to be large is not written to before it proves to be.
            let mut bytes = vec![0; size];
            inflate(&mut self.inflate, data, entry.data_offset, &mut bytes)?;
            let object = Object { kind, bytes: Rc::new(bytes) };
            self.packed.keep(at, &object);
            break object;
        };
        while let Some((at, offset, size)) = chain.pop() {
            self.delta.clear();
            self.delta.resize(size as usize, 0);
            inflate(&mut self.inflate, data, offset, &mut self.delta)?;
            object = Object { kind: object.kind, bytes: Rc::new(apply_delta(&object.bytes, &self.delta)?) };
            self.packed.keep(at, &object);
        }
        Some(object)
    }
}

fn too_large(size: u64) -> String {
    format!("{} MB: larger than the {} MB compared", size >> 20, LARGEST_TEXT >> 20)
}

/// The database's words, without the id when the object is simply not there, so that reasons can be counted.
pub(super) fn why(error: &git2::Error) -> String {
    match error.code() {
        git2::ErrorCode::NotFound => "the object is not in the repository".to_owned(),
        _ => error.message().to_owned(),
    }
}

fn inflate(
    inflate: &mut libdeflater::Decompressor,
    data: &gix_pack::data::File,
    offset: u64,
    out: &mut [u8],
) -> Option<()> {
    let compressed = data.entry_slice(offset..data.pack_end() as u64)?;
    let written = inflate.zlib_decompress(compressed, out).ok()?;
    (written == out.len()).then_some(())
}

/// Git's deltas: copies of parts of the base, and new bytes. `None` for what no git wrote.
fn apply_delta(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    let base_size = delta_size(delta, &mut at)?;
    let size = delta_size(delta, &mut at)?;
    if base_size != base.len() as u64 || size > LARGEST_PART {
        return None;
    }
    let mut out = Vec::with_capacity(size as usize);
    while let Some(&command) = delta.get(at) {
        at += 1;
        if command & 0x80 == 0 {
            let new = delta.get(at..at + usize::from(command))?;
            if new.is_empty() {
                return None;
            }
            out.extend_from_slice(new);
            at += new.len();
            continue;
        }
        let mut number = |bits: std::ops::Range<u8>| -> Option<usize> {
            let mut value = 0;
            for (shift, bit) in bits.enumerate() {
                if command >> bit & 1 != 0 {
                    value |= usize::from(*delta.get(at)?) << (8 * shift);
                    at += 1;
                }
            }
            Some(value)
        };
        let (start, length) = (number(0..4)?, number(4..7)?);
        let length = if length == 0 { 0x10000 } else { length };
        out.extend_from_slice(base.get(start..start.checked_add(length)?)?);
        if out.len() as u64 > size {
            return None;
        }
    }
    (out.len() as u64 == size).then_some(out)
}

fn delta_size(delta: &[u8], at: &mut usize) -> Option<u64> {
    let mut size = 0u64;
    for shift in (0..63).step_by(7) {
        let byte = *delta.get(*at)?;
        *at += 1;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

/// What was read lately, in two generations: when the younger is full, the older is forgotten. Close to
/// forgetting what was not used longest, without keeping an order.
struct Memory<K> {
    young: FxHashMap<K, Object>,
    old: FxHashMap<K, Object>,
    young_bytes: usize,
    limit: usize,
}

impl<K: std::hash::Hash + Eq + Copy> Memory<K> {
    fn new(bytes: usize) -> Self {
        Self { young: FxHashMap::default(), old: FxHashMap::default(), young_bytes: 0, limit: bytes / 2 }
    }

    fn recall(&mut self, key: &K) -> Option<Object> {
        if let Some(object) = self.young.get(key) {
            return Some(object.clone());
        }
        let object = self.old.remove(key)?;
        self.keep(*key, &object);
        Some(object)
    }

    fn keep(&mut self, key: K, object: &Object) {
        // An entry costs its table slot and its allocation too.
        let cost = object.bytes.capacity() + 128;
        if self.young_bytes + cost > self.limit {
            // The tables change places, so that neither has to grow again.
            std::mem::swap(&mut self.old, &mut self.young);
            self.young.clear();
            self.young_bytes = 0;
        }
        if cost <= self.limit {
            self.young_bytes += cost;
            self.young.insert(key, object.clone());
        }
    }
}
