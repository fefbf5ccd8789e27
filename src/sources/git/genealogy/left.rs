//! What each commit left: the versions that differ from its first parent's. From these the state at any commit that
//! was looked at can be had again.

use std::io;

use super::state::State;
use super::versions::Versions;
use crate::sources::git::file_changes::NONE;
use crate::sources::git::kept::{Reader, Unusable, Writer};
use rustc_hash::{FxHashMap, FxHashSet};

#[derive(Default)]
pub(super) struct Left {
    /// Path, and the stamp of its version; [`NONE`] where the file went.
    entries: Vec<(u32, u32)>,
    /// By commit; none for commits that were not looked at.
    of: Vec<Option<Part>>,
}

/// A commit's part of the entries, and the first parent it had when it was looked at: the commit may be gone since.
#[derive(Clone, Copy)]
struct Part {
    start: u32,
    end: u32,
    first_parent: Option<u32>,
}

impl Left {
    /// Of several entries for one path the last counts.
    pub(super) fn enter(&mut self, commit: u32, first_parent: Option<u32>, entries: Vec<(u32, u32)>) {
        let start = self.entries.len() as u32;
        self.entries.extend(entries);
        if self.of.len() <= commit as usize {
            self.of.resize(commit as usize + 1, None);
        }
        self.of[commit as usize] = Some(Part { start, end: self.entries.len() as u32, first_parent });
    }

    /// Whether a commit was looked at.
    pub(super) fn knows(&self, commit: u32) -> bool {
        self.part(commit).is_some()
    }

    fn part(&self, commit: u32) -> Option<Part> {
        self.of.get(commit as usize).copied().flatten()
    }

    fn first_parent(&self, commit: u32) -> Option<u32> {
        self.part(commit)?.first_parent
    }

    fn of(&self, commit: u32) -> &[(u32, u32)] {
        self.part(commit).map_or(&[], |part| &self.entries[part.start as usize..part.end as usize])
    }

    /// The state at a commit, from that of one of its first parents that is still at hand, or from a state `near` it
    /// with which it shares some of them.
    pub(super) fn state(
        &self,
        commit: u32,
        at_hand: &[Option<State>],
        near: Option<&(u32, State)>,
        versions: &mut Versions,
    ) -> io::Result<State> {
        let mut state = State::default();
        let mut stamps: FxHashMap<u32, u32> = FxHashMap::default();
        // Where the other commit and its first parents have left another version since.
        let mut apart: FxHashSet<u32> = FxHashSet::default();
        let (mut next, mut other) = (Some(commit), near.map(|(commit, _)| *commit));
        while let Some(at) = next {
            if let Some(known) = &at_hand[at as usize] {
                state = known.clone();
                break;
            }
            while let Some(younger) = other.filter(|other| *other > at) {
                apart.extend(self.of(younger).iter().map(|(path, _)| *path));
                other = self.first_parent(younger);
            }
            if let Some((_, known)) = near.filter(|_| other == next) {
                state = known.clone();
                apart.retain(|path| !stamps.contains_key(path));
                self.look_back(at, apart, &mut stamps);
                break;
            }
            for &(path, stamp) in self.of(at).iter().rev() {
                stamps.entry(path).or_insert(stamp);
            }
            next = self.first_parent(at);
        }
        let mut stamps: Vec<(u32, u32)> = stamps.into_iter().collect();
        stamps.sort_unstable();
        for (path, stamp) in stamps {
            state.set(path, if stamp == NONE { None } else { Some(versions.load(stamp)?) });
        }
        Ok(state)
    }

    /// The stamps of some paths at a commit.
    fn look_back(&self, commit: u32, mut paths: FxHashSet<u32>, stamps: &mut FxHashMap<u32, u32>) {
        let mut next = Some(commit);
        while let Some(at) = next.filter(|_| !paths.is_empty()) {
            let entries = self.of(at).iter().rev();
            stamps.extend(entries.copied().filter(|(path, _)| paths.remove(path)));
            next = self.first_parent(at);
        }
        stamps.extend(paths.into_iter().map(|path| (path, NONE)));
    }

    pub(super) fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.section()?;
        to.put_words(self.entries.iter().map(|&(path, stamp)| [path, stamp]))?;
        let words = |Part { start, end, first_parent }: Part| [start, end, first_parent.unwrap_or(NONE)];
        to.put_words(self.of.iter().map(|part| part.map_or([NONE; 3], words)))
    }

    pub(super) fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        from.section()?;
        let entries = from.get_words(|[path, stamp]| (path, stamp))?;
        let of = from.get_words(|[start, end, first_parent]| {
            let first_parent = Some(first_parent).filter(|parent| *parent != NONE);
            (start != NONE).then_some(Part { start, end, first_parent })
        })?;
        let is_sound = |part: &Part| part.start <= part.end && part.end as usize <= entries.len();
        if of.iter().flatten().all(is_sound) { Ok(Self { entries, of }) } else { Err(Unusable) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATHS: u32 = 6;

    proptest! {
        /// Every commit is made from an older one or from nothing, and leaves other versions of some files, or none.
        #[test]
        fn a_state_is_the_same_from_wherever_it_is_put_together(
            history in prop::collection::vec((any::<prop::sample::Index>(), 0..5u8, prop::collection::vec((0..PATHS, 0..4u8), 0..4)), 1..24),
        ) {
            let (mut left, mut versions) = (Left::default(), Versions::default());
            let mut states: Vec<State> = Vec::new();
            for (at, (parent, kind, changes)) in history.iter().enumerate() {
                let parent = (at > 0 && *kind > 0).then(|| parent.index(at));
                let mut state = parent.map_or_else(State::default, |parent| states[parent].clone());
                let mut entries = Vec::new();
                for (path, kind) in changes {
                    let version = (*kind > 0).then(|| versions.enter(Vec::new(), &[], None).unwrap());
                    entries.push((*path, version.as_ref().map_or(NONE, |version| version.stamp)));
                    state.set(*path, version);
                }
                left.enter(at as u32, parent.map(|parent| parent as u32), entries);
                states.push(state);
            }
            let stamps = |state: &State| (0..PATHS).map(|path| state.stamp(path)).collect::<Vec<_>>();
            let nowhere: Vec<Option<State>> = vec![None; states.len()];
            for (commit, state) in states.iter().enumerate() {
                for (near, known) in states.iter().enumerate() {
                    let near = (near as u32, known.clone());
                    let found = left.state(commit as u32, &nowhere, Some(&near), &mut versions).unwrap();
                    prop_assert_eq!(stamps(&found), stamps(state));
                }
                let found = left.state(commit as u32, &nowhere, None, &mut versions).unwrap();
                prop_assert_eq!(stamps(&found), stamps(state));
            }
        }
    }
}
