//! What every commit did, by its place in history: files, lines, identifiers, words.

use std::ops::Range;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::words::{self, Told};
use crate::facts::{Commit, CommitIdentifiers, CommitLines, FileStatus, History};
use crate::outcomes::ancestry::{Ancestry, Place};

/// Renames followed back from a path.
const MOST_RENAMES: usize = 4;

/// A file that a commit touched.
pub(super) struct Touched {
    pub(super) path: u32,
    pub(super) counts: bool,
    pub(super) is_added: bool,
}

/// Identifiers of a commit's lines as sorted hashes; see [`CommitIdentifiers`].
#[derive(Default)]
pub(super) struct Named {
    pub(super) gained: Vec<u64>,
    pub(super) lost: Vec<u64>,
    pub(super) rewritten: Vec<u64>,
    pub(super) around: Vec<u64>,
    pub(super) functions: Vec<u64>,
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

    pub(super) fn touches(&self, path: u32) -> bool {
        self.files.binary_search_by_key(&path, |file| file.path).is_ok()
    }
}

/// The whole history, ready to be asked about one fix.
pub(super) struct Ground<'a> {
    did: Vec<Did<'a>>,
    places: FxHashMap<&'a str, Place>,
    paths: FxHashMap<&'a str, u32>,
    /// Commits that touched a path, oldest first.
    touched_by: Vec<Vec<Place>>,
    /// The commits that gave a file this path, oldest first, and its former one.
    renamed: FxHashMap<u32, Vec<(Place, u32)>>,
    /// Commits that added or deleted an identifier, oldest first, one identifier after the other.
    holders: Vec<Place>,
    /// Where those of an identifier stand in `holders`.
    held: FxHashMap<u64, Range<u32>>,
    /// Commits whose subject has a word.
    word_spread: FxHashMap<u64, u32>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(history: &'a History) -> (Self, Ancestry) {
        let (ancestry, rows) = Ancestry::new(&history.commits);
        let did = rows.iter().map(|&row| Did {
            commit: &history.commits[row],
            files: Vec::new(),
            lines: Vec::new(),
            identifiers: None,
            named: Named::default(),
            told: OnceLock::new(),
        });
        let did: Vec<Did<'a>> = did.collect();
        let places = (0..).zip(&did).map(|(at, did)| (did.commit.commit_id.as_str(), at)).collect();
        let mut ground = Self {
            did,
            places,
            paths: FxHashMap::default(),
            touched_by: Vec::new(),
            renamed: FxHashMap::default(),
            holders: Vec::new(),
            held: FxHashMap::default(),
            word_spread: FxHashMap::default(),
        };
        ground.enter_files(history);
        ground.enter_lines(history);
        ground.enter_identifiers(history);
        ground.enter_words();
        (ground, ancestry)
    }

    fn enter_files(&mut self, history: &'a History) {
        let mut renames: Vec<(Place, u32, u32)> = Vec::new();
        for file in &history.commit_files {
            let Some(at) = self.place(file.commit_id.as_str()) else { continue };
            let path = self.path_number(&file.path);
            let is_added = file.status == FileStatus::Added;
            self.did[at as usize].files.push(Touched { path, counts: file.class.runs(), is_added });
            if let Some(old) = &file.old_path {
                renames.push((at, path, self.path_number(old)));
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

    fn path_number(&mut self, path: &'a str) -> u32 {
        let next = self.paths.len() as u32;
        *self.paths.entry(path).or_insert(next)
    }

    fn enter_lines(&mut self, history: &'a History) {
        for row in &history.commit_lines {
            if let Some(at) = self.place(row.commit_id.as_str()) {
                self.did[at as usize].lines.push(row);
            }
        }
    }

    fn enter_identifiers(&mut self, history: &'a History) {
        for row in &history.commit_identifiers {
            let Some(at) = self.place(row.commit_id.as_str()) else { continue };
            let set = |names: &str| words::sorted(names.split(' ').filter(|name| !name.is_empty()).map(words::hash));
            let did = &mut self.did[at as usize];
            did.identifiers = Some(row);
            did.named = Named {
                gained: set(&row.gained),
                lost: set(&row.lost),
                rewritten: set(&row.rewritten),
                around: set(&row.around),
                functions: set(&row.functions),
            };
        }
        let mut held: Vec<(u64, Place)> = Vec::new();
        for (at, did) in (0..).zip(&self.did) {
            let Named { gained, lost, rewritten, .. } = &did.named;
            held.extend([gained, lost, rewritten].into_iter().flatten().map(|&name| (name, at)));
        }
        held.sort_unstable();
        for of_one in held.chunk_by(|a, b| a.0 == b.0) {
            let start = self.holders.len() as u32;
            self.holders.extend(of_one.iter().map(|&(_, at)| at));
            self.held.insert(of_one[0].0, start..self.holders.len() as u32);
        }
    }

    fn enter_words(&mut self) {
        for did in self.did.iter().filter(|did| did.commit.on_default_branch) {
            for word in words::words(&did.commit.subject) {
                *self.word_spread.entry(word).or_insert(0) += 1;
            }
        }
    }

    pub(super) fn place(&self, commit_id: &str) -> Option<Place> {
        self.places.get(commit_id).copied()
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
        self.held.get(&name).map_or(&[], |held| &self.holders[held.start as usize..held.end as usize])
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
