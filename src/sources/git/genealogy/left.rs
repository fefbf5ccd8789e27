//! What each commit left: the versions that differ from its first parent's. From these the state at any commit that
//! was looked at can be had again.

use std::io;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::graph::Graph;
use super::state::State;
use super::versions::Versions;
use crate::sources::git::file_changes::NONE;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Left {
    /// Path, and the stamp of its version; [`NONE`] where the file went.
    entries: Vec<(u32, u32)>,
    /// By commit, its part of the entries; none for commits that were not looked at.
    of: Vec<Option<(u32, u32)>>,
}

impl Left {
    /// Of several entries for one path the last counts.
    pub(super) fn enter(&mut self, commit: u32, entries: Vec<(u32, u32)>) {
        let start = self.entries.len() as u32;
        self.entries.extend(entries);
        if self.of.len() <= commit as usize {
            self.of.resize(commit as usize + 1, None);
        }
        self.of[commit as usize] = Some((start, self.entries.len() as u32));
    }

    /// Whether a commit was looked at.
    pub(super) fn knows(&self, commit: u32) -> bool {
        self.of.get(commit as usize).is_some_and(Option::is_some)
    }

    fn of(&self, commit: u32) -> &[(u32, u32)] {
        let range = self.of.get(commit as usize).copied().flatten();
        range.map_or(&[], |(start, end)| &self.entries[start as usize..end as usize])
    }

    /// The state at a commit, from those of its first parents that are still at hand.
    pub(super) fn state(
        &self,
        graph: &Graph,
        commit: u32,
        at_hand: &[Option<State>],
        versions: &mut Versions,
    ) -> io::Result<State> {
        let mut stamps: FxHashMap<u32, u32> = FxHashMap::default();
        let mut next = Some(commit);
        let mut state = State::default();
        while let Some(at) = next {
            if let Some(known) = &at_hand[at as usize] {
                state = known.clone();
                break;
            }
            for &(path, stamp) in self.of(at).iter().rev() {
                stamps.entry(path).or_insert(stamp);
            }
            next = graph.first_parent(at);
        }
        let mut stamps: Vec<(u32, u32)> = stamps.into_iter().collect();
        stamps.sort_unstable();
        for (path, stamp) in stamps {
            state.set(path, if stamp == NONE { None } else { Some(versions.load(stamp)?) });
        }
        Ok(state)
    }
}
