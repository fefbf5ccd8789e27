//! Which added file is which deleted one under a new name: git's own rules and numbers.
//!
//! A port of git's rename detection as `git log -M` runs it: equal contents first, then files that
//! keep a unique base name and three quarters of their content, then the best pairs above one half.
//! Copies are not looked for.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::objects::{Content, Id, Objects};
use super::trees::{Delta, Entry};

/// A file that was deleted in one place and added in another.
#[derive(Debug, Clone)]
pub(super) struct Rename {
    pub(super) old_path: Vec<u8>,
    pub(super) old: Entry,
    pub(super) path: Vec<u8>,
    pub(super) new: Entry,
}

/// Scores run from 0 to this.
const FULL: u64 = 60_000;
const HALF: u64 = FULL / 2;
const THREE_QUARTERS: u64 = FULL / 4 * 3;
/// More pairs than this are not scored one by one (git's `diff.renameLimit` squared).
const MOST_PAIRS: usize = 1000 * 1000;
/// Candidates kept for each added file.
const CANDIDATES: usize = 4;
/// Equal contents looked at for each added file.
const MOST_IDENTICAL: usize = 100;

/// What became of the files that vanished.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// One source for one target, as `git log -M` pairs them.
    pub(super) renames: Vec<Rename>,
    /// Added files that were left without a source of their own, with the vanished file they are most like,
    /// though another has its name: one source may feed several files, as for `git blame`.
    pub(super) shared: Vec<Rename>,
    /// There were too many candidates to look at all of them.
    pub(super) is_cut: bool,
}

/// Takes the renamed files out of `deltas`; what remains is added, deleted or modified.
pub(super) fn detect(objects: &mut Objects<'_>, known: &mut Known, deltas: &mut Vec<Delta>) -> Found {
    known.limit();
    let mut search = Search::over(deltas, known, |_| true);
    if search.sources.is_empty() || search.targets.is_empty() {
        return Found::default();
    }
    search.pair_identical();
    search.pair_by_base_name(objects);
    let within_limits = search.pair_by_content(objects);
    let renames: Vec<Rename> = search.targets.iter().filter_map(|target| search.rename_of(target)).collect();
    let mut paired = search.paired(deltas.len()).into_iter();
    deltas.retain(|_| !paired.next().unwrap_or(false));
    Found { renames, shared: search.share_sources(objects), is_cut: !within_limits }
}

/// The vanished files that a few of the added ones are most like.
pub(super) fn sources_of(
    objects: &mut Objects<'_>,
    known: &mut Known,
    deltas: &[Delta],
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Vec<Rename> {
    known.limit();
    let mut search = Search::over(deltas, known, is_wanted);
    search.share_sources(objects)
}

struct File {
    delta: usize,
    path: Vec<u8>,
    entry: Entry,
    /// For a target: the source it came from. For a source: set once it was used.
    partner: Option<usize>,
    /// Once it was asked for; none of what cannot be read.
    size: Option<Option<u64>>,
}

impl File {
    fn base_name(&self) -> &[u8] {
        memchr::memrchr(b'/', &self.path).map_or(&self.path, |slash| &self.path[slash + 1..])
    }
}

struct Search<'a> {
    sources: Vec<File>,
    targets: Vec<File>,
    known: &'a mut Known,
}

/// What is known of contents that were looked at; merges look at the same ones time and again.
#[derive(Default)]
pub(super) struct Known {
    /// None of what cannot be read.
    sizes: FxHashMap<Id, Option<u64>>,
    prints: FxHashMap<Id, Option<Print>>,
    /// Pieces of all prints.
    pieces: usize,
    /// Bytes that two contents share.
    shared: FxHashMap<[Id; 2], u64>,
}

impl Known {
    /// Of more sizes all is forgotten before the next commit; more pairs are not kept at all.
    const MOST: usize = 1 << 16;
    /// Of more pieces of prints, too, all is forgotten before the next commit, and of many more all prints at once.
    const MOST_PIECES: usize = 1 << 20;
    const MOST_PIECES_AT_ONCE: usize = 8 << 20;

    /// Forgets everything once it is much.
    fn limit(&mut self) {
        if self.sizes.len().max(self.shared.len()) >= Self::MOST || self.pieces > Self::MOST_PIECES {
            *self = Self::default();
        }
    }

    fn size(&mut self, objects: &mut Objects<'_>, id: Id) -> Option<u64> {
        *self.sizes.entry(id).or_insert_with(|| size(&objects.blob(&id)))
    }

    /// Bytes that two contents share; none where one cannot be read.
    fn shared(&mut self, objects: &mut Objects<'_>, [old, new]: [Id; 2]) -> u64 {
        if let Some(known) = self.shared.get(&[old, new]) {
            return *known;
        }
        if self.pieces > Self::MOST_PIECES_AT_ONCE {
            (self.prints, self.pieces) = (FxHashMap::default(), 0);
        }
        for id in [old, new] {
            let pieces = &mut self.pieces;
            self.prints.entry(id).or_insert_with(|| {
                let print = Print::of(&objects.blob(&id));
                *pieces += print.as_ref().map_or(0, |print| print.pieces.len());
                print
            });
        }
        let shared = match [old, new].map(|id| self.prints.get(&id)) {
            [Some(Some(old)), Some(Some(new))] => old.shared_with(new),
            _ => 0,
        };
        if self.shared.len() < Self::MOST {
            self.shared.insert([old, new], shared);
        }
        shared
    }
}

impl<'a> Search<'a> {
    fn over(deltas: &[Delta], known: &'a mut Known, is_wanted: impl Fn(&[u8]) -> bool) -> Self {
        let files = |pick: &dyn Fn(&Delta) -> Option<Entry>| {
            (deltas.iter().enumerate())
                .filter_map(|(delta, d)| {
                    Some(File { delta, path: d.path.clone(), entry: pick(d)?, partner: None, size: None })
                })
                .collect()
        };
        Self {
            sources: files(&|d| d.old.filter(|_| d.new.is_none())),
            targets: files(&|d| d.new.filter(|_| d.old.is_none() && is_wanted(&d.path))),
            known,
        }
    }

    fn pair(&mut self, target: usize, source: usize) {
        self.targets[target].partner = Some(source);
        self.sources[source].partner = Some(target);
    }

    fn rename_of(&self, target: &File) -> Option<Rename> {
        let source = &self.sources[target.partner?];
        Some(Rename { old_path: source.path.clone(), old: source.entry, path: target.path.clone(), new: target.entry })
    }

    /// Which deltas became part of a rename.
    fn paired(&self, deltas: usize) -> Vec<bool> {
        let mut paired = vec![false; deltas];
        for file in self.sources.iter().chain(&self.targets).filter(|file| file.partner.is_some()) {
            paired[file.delta] = true;
        }
        paired
    }

    fn open_sources(&self) -> Vec<usize> {
        (0..self.sources.len()).filter(|&s| self.sources[s].partner.is_none()).collect()
    }

    fn open_targets(&self) -> Vec<usize> {
        (0..self.targets.len()).filter(|&t| self.targets[t].partner.is_none()).collect()
    }

    /// Same content: the first unused source, preferring one of the same base name.
    fn pair_identical(&mut self) {
        let mut by_id: FxHashMap<Id, Vec<usize>> = FxHashMap::default();
        for (index, source) in self.sources.iter().enumerate() {
            by_id.entry(source.entry.id).or_default().push(index);
        }
        for target in 0..self.targets.len() {
            let wanted = &self.targets[target];
            let same_kind =
                |s: &File| s.entry.is_regular() && wanted.entry.is_regular() || s.entry.mode == wanted.entry.mode;
            let candidates = by_id.get(&wanted.entry.id).into_iter().flatten().copied();
            let open = candidates
                .filter(|&s| self.sources[s].partner.is_none() && same_kind(&self.sources[s]))
                .take(MOST_IDENTICAL);
            let best = open.min_by_key(|&s| (self.sources[s].base_name() != wanted.base_name(), s));
            if let Some(source) = best {
                self.pair(target, source);
            }
        }
    }

    /// A base name that is left once on either side, and most of the content.
    fn pair_by_base_name(&mut self, objects: &mut Objects<'_>) {
        let once = |files: &[File], open: Vec<usize>| {
            let mut names: BTreeMap<Vec<u8>, Option<usize>> = BTreeMap::new();
            for index in open {
                names.entry(files[index].base_name().to_vec()).and_modify(|seen| *seen = None).or_insert(Some(index));
            }
            names
        };
        let targets = once(&self.targets, self.open_targets());
        for (name, source) in once(&self.sources, self.open_sources()) {
            let (Some(source), Some(Some(target))) = (source, targets.get(&name)) else { continue };
            if self.similarity(objects, source, *target) >= THREE_QUARTERS {
                self.pair(*target, source);
            }
        }
    }

    /// The best pairs by content. False when there are too many to look at.
    fn pair_by_content(&mut self, objects: &mut Objects<'_>) -> bool {
        let (sources, targets) = (self.open_sources(), self.open_targets());
        if sources.len().saturating_mul(targets.len()) > MOST_PAIRS {
            return false;
        }
        let mut candidates = Vec::new();
        for &target in &targets {
            let mut best: Vec<(u64, bool, usize, usize)> = Vec::with_capacity(CANDIDATES + 1);
            for &source in &sources {
                let score = self.similarity(objects, source, target);
                let same_name = self.sources[source].base_name() == self.targets[target].base_name();
                keep_best(&mut best, (score, same_name, target, source));
            }
            candidates.extend(best);
        }
        candidates.sort_by_key(|&(score, same_name, ..)| Reverse((score, same_name)));
        for (score, _, target, source) in candidates {
            if score >= HALF && self.targets[target].partner.is_none() && self.sources[source].partner.is_none() {
                self.pair(target, source);
            }
        }
        true
    }

    /// For each target still alone the source it is most like, taken or not.
    fn share_sources(&mut self, objects: &mut Objects<'_>) -> Vec<Rename> {
        let targets = self.open_targets();
        if self.sources.len().saturating_mul(targets.len()) > MOST_PAIRS {
            return Vec::new();
        }
        targets.into_iter().filter_map(|target| self.best_source(objects, target)).collect()
    }

    /// The very same content, else what is most like it.
    fn best_source(&mut self, objects: &mut Objects<'_>, target: usize) -> Option<Rename> {
        let same_name = |search: &Self, source: usize| {
            (search.sources[source].base_name() == search.targets[target].base_name(), Reverse(source))
        };
        let wanted = self.targets[target].entry;
        let is_same = |file: &File| file.entry.is_regular() && wanted.is_regular() && file.entry.id == wanted.id;
        let same = (0..self.sources.len()).filter(|&source| is_same(&self.sources[source]));
        let best = same.max_by_key(|&source| same_name(self, source)).or_else(|| {
            let sources = self.sources.len();
            let scored = |source| (self.similarity(objects, source, target), source);
            let scores: Vec<(u64, usize)> = (0..sources).map(scored).collect();
            let enough = scores.into_iter().filter(|(score, _)| *score >= HALF);
            enough.max_by_key(|&(score, source)| (score, same_name(self, source))).map(|(_, source)| source)
        })?;
        let (old, new) = (&self.sources[best], &self.targets[target]);
        Some(Rename { old_path: old.path.clone(), old: old.entry, path: new.path.clone(), new: new.entry })
    }

    /// The share of the larger file that both have, 0 to `FULL`; 0 when sizes rule out half.
    fn similarity(&mut self, objects: &mut Objects<'_>, source: usize, target: usize) -> u64 {
        let (old, new) = (self.sources[source].entry, self.targets[target].entry);
        if !old.is_regular() || !new.is_regular() {
            return 0;
        }
        let mut size_of = |file: &mut File| *file.size.get_or_insert_with(|| self.known.size(objects, file.entry.id));
        let (old_size, new_size) = (size_of(&mut self.sources[source]), size_of(&mut self.targets[target]));
        let (Some(old_size), Some(new_size)) = (old_size, new_size) else { return 0 };
        let (larger, smaller) = (old_size.max(new_size), old_size.min(new_size));
        if new_size == 0 || larger * (FULL - HALF) < (larger - smaller) * FULL {
            return 0;
        }
        self.known.shared(objects, [old.id, new.id]) * FULL / larger
    }
}

fn size(content: &Content) -> Option<u64> {
    (!matches!(content, Content::Unreadable(_))).then(|| content.bytes().len() as u64)
}

/// Keeps the few best, earlier ones winning ties, in git's order of replacement.
fn keep_best(best: &mut Vec<(u64, bool, usize, usize)>, candidate: (u64, bool, usize, usize)) {
    if best.len() < CANDIDATES {
        best.push(candidate);
        return;
    }
    let key = |c: &(u64, bool, usize, usize)| (c.0, c.1);
    let worst = (0..best.len()).fold(0, |worst, at| if key(&best[at]) < key(&best[worst]) { at } else { worst });
    if key(&best[worst]) < key(&candidate) {
        best[worst] = candidate;
    }
}

/// A file's content as counted bytes per hashed line or 64-byte piece.
struct Print {
    /// (hash, bytes), sorted by hash.
    pieces: Vec<(u32, u32)>,
}

impl Print {
    fn of(content: &Content) -> Option<Self> {
        let (bytes, is_text) = match content {
            Content::Text(bytes) => (bytes, true),
            Content::Binary(bytes) => (bytes, false),
            Content::Unreadable(_) => return None,
        };
        let mut pieces = hash_pieces(bytes, is_text);
        pieces.sort_unstable();
        pieces.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        Some(Self { pieces })
    }

    /// Bytes of this file that the other has too.
    fn shared_with(&self, other: &Self) -> u64 {
        let (mut shared, mut theirs) = (0, other.pieces.iter().peekable());
        for &(hash, bytes) in &self.pieces {
            while theirs.next_if(|piece| piece.0 < hash).is_some() {}
            if let Some(piece) = theirs.next_if(|piece| piece.0 == hash) {
                shared += u64::from(bytes.min(piece.1));
            }
        }
        shared
    }
}

/// Git's rolling hash (`hash_chars`): a piece ends at a newline or after 64 bytes; in text a CR before
/// a newline does not count.
fn hash_pieces(bytes: &[u8], is_text: bool) -> Vec<(u32, u32)> {
    const BASE: u32 = 107_927;
    let mut pieces = Vec::with_capacity(bytes.len() / 32);
    let (mut a, mut b, mut length) = (0u32, 0u32, 0u32);
    let hash = |a: u32, b: u32| a.wrapping_add(b.wrapping_mul(0x61)) % BASE;
    for (at, &byte) in bytes.iter().enumerate() {
        if is_text && byte == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
            continue;
        }
        let before = a;
        a = (a << 7) ^ (b >> 25);
        b = (b << 7) ^ (before >> 25);
        a = a.wrapping_add(byte.into());
        length += 1;
        if length >= 64 || byte == b'\n' {
            pieces.push((hash(a, b), length));
            (a, b, length) = (0, 0, 0);
        }
    }
    if length > 0 {
        pieces.push((hash(a, b), length));
    }
    pieces
}
