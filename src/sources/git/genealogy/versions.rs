//! Every version of every file, by stamp: which came from which, and how to have it again.
//!
//! A version is kept as what it adds to the first of those it was made from, now and then whole, so that a run that
//! goes on from here reads few bytes for any commit it needs.

use std::collections::BTreeMap;
use std::io;
use std::rc::{Rc, Weak};

use rustc_hash::FxHashMap;

use super::graph::Reach;
use super::state::{Lined, Run, Version, append};
use crate::sources::git::kept::{Reader, Unusable, Writer};
use crate::sources::git::lines::Hunk;
use crate::sources::git::spool::{self, Slice, Spool};

/// Versions that build on each other before one is kept whole.
const LONGEST_CHAIN: u8 = 16;

#[derive(Default)]
pub(super) struct Versions {
    /// By stamp.
    origins: Vec<Origin>,
    /// By stamp: how many versions are read before this one can be.
    depths: Vec<u8>,
    recipes: Vec<Slice>,
    /// Whether new versions are only had while somebody holds them.
    pub(super) is_without_recipes: bool,
    spool: Spool,
    /// By path, the last versions that were there before a commit deleted or renamed it: stamp and commit.
    retired: BTreeMap<u32, Vec<(u32, u32)>>,
    known: FxHashMap<(u32, u32), bool>,
    /// Those read again: whoever asks for one of them gets the same.
    loaded: FxHashMap<u32, Weak<Version>>,
}

/// What a version was made from.
#[derive(Clone, Copy)]
struct Origin {
    parents: [u32; 2],
    /// One more than the greatest of its parents'.
    generation: u32,
}

const NOBODY: u32 = u32::MAX;
/// Answers kept before all are forgotten.
const MOST_KNOWN: usize = 1 << 18;

impl Versions {
    /// Enters a new version. `edits` say how it differs from the first of those it was made from, if it is to be
    /// kept as that. More than two parents, as only octopus merges have, are not remembered.
    pub(super) fn enter(
        &mut self,
        runs: Vec<Run>,
        made_from: &[&Version],
        edits: Option<&[Hunk]>,
    ) -> io::Result<Rc<Version>> {
        let stamp = self.origins.len() as u32;
        let parent = |at: usize| made_from.get(at).map_or(NOBODY, |version| version.stamp);
        let parents = [parent(0), parent(1)];
        self.enter_origin(parents);
        let version = Version::new(runs, stamp);
        if !self.is_without_recipes {
            self.write_recipe(&version, parents[0], edits)?;
        }
        Ok(Rc::new(version))
    }

    fn enter_origin(&mut self, parents: [u32; 2]) {
        let generation = |parent: u32| self.origins.get(parent as usize).map_or(0, |origin| origin.generation + 1);
        let generation = generation(parents[0]).max(generation(parents[1]));
        self.origins.push(Origin { parents, generation });
    }

    fn write_recipe(&mut self, version: &Version, base: u32, edits: Option<&[Hunk]>) -> io::Result<()> {
        let depth = self.depths.get(base as usize).map_or(0, |depth| depth + 1);
        let edits = edits.filter(|_| base != NOBODY && depth < LONGEST_CHAIN);
        let mut recipe = Vec::new();
        match edits {
            Some(edits) => put_edits(&mut recipe, base, edits, &Lined::of(version)),
            None => put_whole(&mut recipe, &version.runs),
        }
        self.depths.push(if edits.is_some() { depth } else { 0 });
        self.recipes.push(self.spool.push(&recipe)?);
        Ok(())
    }

    /// A version of an earlier run. Empty when there is none of that stamp.
    pub(super) fn load(&mut self, stamp: u32) -> io::Result<Rc<Version>> {
        if let Some(version) = self.loaded.get(&stamp).and_then(Weak::upgrade) {
            return Ok(version);
        }
        let mut buffer = Vec::new();
        // From the one that is kept whole to this one.
        let mut chain = vec![stamp];
        while let Some(base) = base(self.recipe(chain[chain.len() - 1], &mut buffer)?)
            && base < chain[chain.len() - 1]
        {
            chain.push(base);
        }
        let mut version = Version::new(Vec::new(), stamp);
        for stamp in chain.into_iter().rev() {
            version = Version::new(read(self.recipe(stamp, &mut buffer)?, &version), stamp);
        }
        let version = Rc::new(version);
        self.loaded.insert(stamp, Rc::downgrade(&version));
        Ok(version)
    }

    /// A version of an earlier run that was kept whole elsewhere.
    pub(super) fn hold(&mut self, runs: Vec<Run>, stamp: u32) -> Rc<Version> {
        let version = Rc::new(Version::new(runs, stamp));
        self.loaded.insert(stamp, Rc::downgrade(&version));
        version
    }

    fn recipe<'a>(&'a self, stamp: u32, buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        self.spool.read(self.recipes.get(stamp as usize).copied().unwrap_or_default(), buffer)
    }

    pub(super) fn retire(&mut self, path: u32, version: &Version, commit: u32) {
        self.retired.entry(path).or_default().push((version.stamp, commit));
    }

    /// Whether a version of a path was on the way to one that a commit within reach deleted or renamed.
    pub(super) fn leads_to_retired(&mut self, older: u32, path: u32, reach: &mut Reach<'_>) -> bool {
        let retired = self.retired.get(&path).cloned().unwrap_or_default();
        retired.into_iter().rev().any(|(newer, commit)| self.leads_to(older, newer) && reach.holds(commit))
    }

    /// Whether `older` is `newer` or was on the way to it. False when that takes too long to find out.
    pub(super) fn leads_to(&mut self, older: u32, newer: u32) -> bool {
        if older >= newer {
            return older == newer;
        }
        let Some(least) = self.origins.get(older as usize).map(|origin| origin.generation) else { return false };
        // Most ways are short and straight.
        const SHORT: usize = 32;
        let mut at = newer;
        for _ in 0..SHORT {
            match self.origins.get(at as usize) {
                Some(origin) if origin.generation <= least => return false,
                Some(Origin { parents: [parent, NOBODY], .. }) if *parent != older => at = *parent,
                Some(Origin { parents: [_, NOBODY], .. }) => return true,
                _ => break,
            }
        }
        if let Some(known) = self.known.get(&(older, newer)) {
            return *known;
        }
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        let leads = self.search(older, newer);
        self.known.insert((older, newer), leads);
        leads
    }

    /// How far it looks depends on generations, not on the order in which branches were looked at.
    fn search(&self, older: u32, newer: u32) -> bool {
        const LONGEST: usize = 4096;
        let generation = |stamp: u32| self.origins.get(stamp as usize).map_or(0, |origin| origin.generation);
        let least = generation(older);
        let mut open = vec![newer];
        for _ in 0..LONGEST {
            let Some(stamp) = open.pop() else { return false };
            if stamp == older {
                return true;
            }
            let parents = self.origins.get(stamp as usize).map_or([NOBODY; 2], |origin| origin.parents);
            open.extend(parents.into_iter().filter(|&parent| parent != NOBODY && generation(parent) >= least));
        }
        false
    }

    pub(super) fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.section()?;
        to.put_words(self.origins.iter().map(|origin| origin.parents))?;
        to.put_bytes(&self.depths)?;
        to.put_words(self.recipes.iter().map(|recipe| recipe.to_words()))?;
        to.put(&self.retired)?;
        to.put_spool(&self.spool)
    }

    pub(super) fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        from.section()?;
        let parents = from.get_words(|parents| parents)?;
        let mut versions = Self {
            depths: from.get_bytes()?,
            recipes: from.get_words(Slice::of_words)?,
            retired: from.get()?,
            spool: from.get_spool()?,
            ..Self::default()
        };
        parents.into_iter().for_each(|parents| versions.enter_origin(parents));
        Ok(versions)
    }
}

/// A recipe: 0 and runs, or one more than the base's stamp and edits.
fn put_whole(recipe: &mut Vec<u8>, runs: &[Run]) {
    spool::put(recipe, 0);
    put_runs(recipe, runs);
}

fn put_edits(recipe: &mut Vec<u8>, base: u32, edits: &[Hunk], new: &Lined<'_>) {
    spool::put(recipe, u64::from(base) + 1);
    spool::put(recipe, edits.len() as u64);
    let mut at = 0;
    for edit in edits {
        spool::put(recipe, u64::from(edit.old - at));
        spool::put(recipe, edit.old_lines.into());
        put_runs(recipe, &new.slice(edit.new, edit.new_lines).collect::<Vec<Run>>());
        at = edit.old + edit.old_lines;
    }
}

/// How many, then for each how far it starts from the end of the one before, and its length.
fn put_runs(recipe: &mut Vec<u8>, runs: &[Run]) {
    spool::put(recipe, runs.len() as u64);
    let mut end = 0;
    for run in runs {
        let away = i64::from(run.first) - end;
        spool::put(recipe, (away << 1 ^ away >> 63) as u64);
        spool::put(recipe, run.len.into());
        end = run.end().into();
    }
}

fn base(mut recipe: &[u8]) -> Option<u32> {
    (spool::get(&mut recipe) as u32).checked_sub(1)
}

fn read(mut recipe: &[u8], base: &Version) -> Vec<Run> {
    let rest = &mut recipe;
    let mut runs = Vec::new();
    if spool::get(rest) == 0 {
        read_runs(rest, &mut runs);
        return runs;
    }
    let base = Lined::of(base);
    let mut at = 0;
    for _ in 0..spool::get(rest) {
        let (gap, removed) = (spool::get(rest) as u32, spool::get(rest) as u32);
        base.slice(at, gap).for_each(|run| append(&mut runs, run));
        read_runs(rest, &mut runs);
        at += gap + removed;
    }
    base.slice(at, base.lines().saturating_sub(at)).for_each(|run| append(&mut runs, run));
    runs
}

fn read_runs(rest: &mut &[u8], runs: &mut Vec<Run>) {
    let mut end = 0;
    for _ in 0..spool::get(rest) {
        let away = spool::get(rest);
        let first = end + ((away >> 1) as i64 ^ -((away & 1) as i64));
        let run = Run { first: first as u32, len: spool::get(rest) as u32 };
        append(runs, run);
        end = first + i64::from(run.len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_can_be_had_again() {
        let mut versions = Versions::default();
        let runs = vec![Run { first: 7, len: 3 }, Run { first: 2, len: 2 }, Run { first: 50, len: 40 }];
        let mut all = vec![versions.enter(runs, &[], None).unwrap()];
        for at in 0..40u32 {
            let last = Rc::clone(&all[all.len() - 1]);
            let lined = Lined::of(&last);
            let edits = [
                Hunk { old: 1, old_lines: 1, new: 1, new_lines: 2 },
                Hunk { old: 30, old_lines: 4, new: 31, new_lines: 0 },
            ];
            let mut runs = Vec::new();
            lined.slice(0, 1).for_each(|run| append(&mut runs, run));
            append(&mut runs, Run { first: 1000 + 9 * (40 - at), len: 2 });
            lined.slice(2, 28).for_each(|run| append(&mut runs, run));
            lined.slice(34, 1000).for_each(|run| append(&mut runs, run));
            all.push(versions.enter(runs, &[&last], Some(&edits)).unwrap());
        }
        assert!(versions.spool.len() < 41 * 20, "{} bytes", versions.spool.len());
        for version in all.iter().rev() {
            assert_eq!(&versions.load(version.stamp).unwrap(), version);
        }
        let one = versions.load(7).unwrap();
        assert!(Rc::ptr_eq(&one, &versions.load(7).unwrap()));
    }

    #[test]
    fn lineage_goes_through_merges() {
        let mut versions = Versions::default();
        let root = versions.enter(Vec::new(), &[], None).unwrap();
        let left = versions.enter(Vec::new(), &[&root], None).unwrap();
        let right = versions.enter(Vec::new(), &[&root], None).unwrap();
        let merged = versions.enter(Vec::new(), &[&right, &left], None).unwrap();
        assert!(versions.leads_to(root.stamp, merged.stamp) && versions.leads_to(left.stamp, merged.stamp));
        assert!(!versions.leads_to(left.stamp, right.stamp) && !versions.leads_to(merged.stamp, left.stamp));
    }
}
