//! What every commit did, by its place in history: files, lines, identifiers, words.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::words::{self, Told};
use crate::facts::{Commit, CommitId, CommitIdentifiers, CommitLines, FileStatus};
use crate::outcomes::ancestry::Place;
use crate::outcomes::hashes::Hashes;
use crate::outcomes::index::CommitIndex;
use crate::outcomes::remembering;

/// Renames followed back from a path.
const MOST_RENAMES: usize = 4;

/// A file that a commit touched.
pub(super) struct Touched {
    pub(super) path: u32,
    pub(super) counts: bool,
    pub(super) is_added: bool,
}

// Sets of identifiers, as bits; see [`CommitIdentifiers`].
pub(super) const GAINED: u8 = 1;
pub(super) const LOST: u8 = 2;
pub(super) const REWRITTEN: u8 = 4;
pub(super) const FUNCTIONS: u8 = 8;
/// Those of the commit's own lines.
const OWN: u8 = GAINED | LOST | REWRITTEN;

/// Identifiers of a commit's lines as sorted hashes, each with the sets it is in.
#[derive(Default)]
pub(super) struct Named {
    pub(super) names: Vec<u64>,
    pub(super) sets: Vec<u8>,
    /// Those around its lines, which only a fix is asked for.
    pub(super) around: Vec<u64>,
}

impl Named {
    fn new(row: &CommitIdentifiers) -> Self {
        let mut all: Vec<(u64, u8)> = Vec::new();
        let sets = [(&row.gained, GAINED), (&row.lost, LOST), (&row.rewritten, REWRITTEN), (&row.functions, FUNCTIONS)];
        for (names, bit) in sets {
            all.extend(words::hashes(names).map(|name| (name, bit)));
        }
        join(&mut all);
        let (names, sets) = all.into_iter().unzip();
        Self { names, sets, around: words::sorted(words::hashes(&row.around)) }
    }

    /// Every identifier with its sets.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, u8)> + '_ {
        self.names.iter().copied().zip(self.sets.iter().copied())
    }

    /// Those of its own lines, once for each set.
    pub(super) fn own(&self) -> impl Iterator<Item = u64> + '_ {
        self.all().flat_map(|(name, sets)| std::iter::repeat_n(name, (sets & OWN).count_ones() as usize))
    }

    /// Whether an identifier is in one of the sets.
    pub(super) fn holds(&self, name: u64, sets: u8) -> bool {
        self.names.binary_search(&name).is_ok_and(|at| self.sets[at] & sets != 0)
    }
}

/// Sorts, and joins the sets that one thing is in.
pub(super) fn join(sets: &mut Vec<(u64, u8)>) {
    sets.sort_unstable_by_key(|(name, _)| *name);
    sets.dedup_by(|again, first| {
        let is_same = again.0 == first.0;
        if is_same {
            first.1 |= again.1;
        }
        is_same
    });
}

/// What a commit did.
pub(super) struct Did<'a> {
    pub(super) commit: &'a Commit,
    pub(super) files: Vec<Touched>,
    pub(super) lines: Vec<&'a CommitLines>,
    pub(super) identifiers: Option<&'a CommitIdentifiers>,
    pub(super) named: Named,
    told: OnceLock<Told>,
}

impl Did<'_> {
    /// What its message says, apart from what it says of other commits.
    pub(super) fn told(&self) -> &Told {
        self.told.get_or_init(|| Told::of(self.commit))
    }

    pub(super) fn touched(&self, path: u32) -> Option<&Touched> {
        let found = self.files.binary_search_by_key(&path, |file| file.path);
        found.ok().and_then(|at| self.files.get(at))
    }
}

/// The whole history, ready to be asked about one fix.
pub(super) struct Ground<'a> {
    did: Vec<Did<'a>>,
    paths: FxHashMap<&'a str, u32>,
    /// Commits that touched a path, oldest first.
    touched_by: Vec<Vec<Place>>,
    /// The commits that gave a file this path, oldest first, and its former one.
    renamed: FxHashMap<u32, Vec<(Place, u32)>>,
    /// Commits that added or deleted an identifier, oldest first, one identifier after the other.
    holders: Vec<Place>,
    held: Hashes,
    /// Where those of each identifier that is held begin in `holders`, and behind the last one their number.
    starts: Vec<u32>,
    /// Commits whose subject has a word.
    word_spread: FxHashMap<u64, u32>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(index: &CommitIndex<'a>) -> Self {
        let did = index.in_order().map(|(_, commit)| Did {
            commit,
            files: Vec::new(),
            lines: Vec::new(),
            identifiers: None,
            named: Named::default(),
            told: OnceLock::new(),
        });
        let mut ground = Self {
            did: did.collect(),
            paths: FxHashMap::default(),
            touched_by: Vec::new(),
            renamed: FxHashMap::default(),
            holders: Vec::new(),
            held: Hashes::default(),
            starts: Vec::new(),
            word_spread: FxHashMap::default(),
        };
        ground.enter_files(index);
        ground.enter_lines(index);
        ground.enter_identifiers(index);
        ground.enter_words();
        ground
    }

    fn enter_files(&mut self, index: &CommitIndex<'a>) {
        let mut renames: Vec<(Place, u32, u32)> = Vec::new();
        let mut place = remembering(|id: &CommitId| index.place(id));
        let mut number = |path: &'a str| {
            let next = self.paths.len() as u32;
            *self.paths.entry(path).or_insert(next)
        };
        for file in &index.history.commit_files {
            let Some(at) = place(&file.commit_id) else { continue };
            let path = number(&file.path);
            let is_added = file.status == FileStatus::Added;
            self.did[at as usize].files.push(Touched { path, counts: file.class.runs(), is_added });
            if let Some(old) = &file.old_path {
                renames.push((at, path, number(old)));
            }
        }
        self.touched_by.resize(self.paths.len(), Vec::new());
        for (at, did) in (0..).zip(&mut self.did) {
            did.files.sort_by_key(|file| file.path);
            if did.commit.on_default_branch {
                did.files.iter().for_each(|file| self.touched_by[file.path as usize].push(at));
            }
        }
        renames.sort_unstable();
        renames.into_iter().for_each(|(at, path, old)| self.renamed.entry(path).or_default().push((at, old)));
    }

    fn enter_lines(&mut self, index: &CommitIndex<'a>) {
        let mut place = remembering(|id: &CommitId| index.place(id));
        for row in &index.history.commit_lines {
            if let Some(at) = place(&row.commit_id) {
                self.did[at as usize].lines.push(row);
            }
        }
    }

    fn enter_identifiers(&mut self, index: &CommitIndex<'a>) {
        for row in &index.history.commit_identifiers {
            let Some(at) = index.place(&row.commit_id) else { continue };
            let did = &mut self.did[at as usize];
            did.identifiers = Some(row);
            did.named = Named::new(row);
        }
        let mut held: Vec<(u64, Place)> = Vec::new();
        for (at, did) in (0..).zip(&self.did) {
            held.extend(did.named.own().map(|name| (name, at)));
        }
        held.sort_unstable();
        let mut names = Vec::new();
        for of_one in held.chunk_by(|a, b| a.0 == b.0) {
            names.push(of_one[0].0);
            self.starts.push(self.holders.len() as u32);
            self.holders.extend(of_one.iter().map(|&(_, at)| at));
        }
        self.starts.push(self.holders.len() as u32);
        self.held = Hashes::new(names);
    }

    fn enter_words(&mut self) {
        for did in self.did.iter().filter(|did| did.commit.on_default_branch) {
            for word in words::words(&did.commit.subject) {
                *self.word_spread.entry(word).or_insert(0) += 1;
            }
        }
    }

    pub(super) fn path(&self, path: &str) -> Option<u32> {
        self.paths.get(path).copied()
    }

    pub(super) fn did(&self, at: Place) -> &Did<'a> {
        &self.did[at as usize]
    }

    /// Commits before `at` that touched the file, newest first, under its former names too.
    pub(super) fn history_of(&self, path: u32, at: Place) -> impl Iterator<Item = Place> + '_ {
        let names = std::iter::successors(Some((at, path)), |&(before, path)| self.renamed_before(path, before));
        names.take(MOST_RENAMES + 1).flat_map(|(before, path)| {
            // Before its rename another file may have had this path.
            let since = self.renamed_before(path, before).map_or(0, |(renamed_at, _)| renamed_at);
            let all = &self.touched_by[path as usize];
            let until = all.partition_point(|&touched| touched < before);
            all[all.partition_point(|&touched| touched < since)..until].iter().rev().copied()
        })
    }

    fn renamed_before(&self, path: u32, before: Place) -> Option<(Place, u32)> {
        let renames = self.renamed.get(&path)?;
        renames[..renames.partition_point(|&(at, _)| at < before)].last().copied()
    }

    /// How many commits touched the file between two.
    pub(super) fn touched_between(&self, path: u32, older: Place, newer: Place) -> usize {
        let all = &self.touched_by[path as usize];
        all.partition_point(|&at| at < newer).saturating_sub(all.partition_point(|&at| at <= older))
    }

    /// Commits that added or deleted the identifier, oldest first.
    pub(super) fn holders(&self, name: u64) -> &[Place] {
        self.held.place(name).map_or(&[], |at| &self.holders[self.starts[at] as usize..self.starts[at + 1] as usize])
    }

    /// How telling an identifier is that so many commits hold: its inverse frequency.
    pub(super) fn rarity(&self, holders: usize) -> f64 {
        ((self.did.len() + 1) as f64 / (holders + 1) as f64).ln().max(0.0)
    }

    /// How telling a word of a message is.
    pub(super) fn word_rarity(&self, word: u64) -> f64 {
        self.rarity(self.word_spread.get(&word).map_or(0, |&spread| spread as usize))
    }
}
