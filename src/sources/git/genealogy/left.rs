//! What each commit left: the versions that differ from its first parent's. From these the state at any commit that
//! was looked at can be had again.

use std::io;

use super::graph::Graph;
use super::state::State;
use super::versions::Versions;
use crate::sources::git::file_changes::NONE;
use crate::sources::git::kept::{Reader, Unusable, Writer};
use rustc_hash::{FxHashMap, FxHashSet};

#[derive(Default)]
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

    /// The state at a commit, from that of one of its first parents that is still at hand, or from a state `near` it
    /// with which it shares some of them.
    pub(super) fn state(
        &self,
        graph: &Graph,
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
                other = graph.first_parent(younger);
            }
            if let Some((_, known)) = near.filter(|_| other == next) {
                state = known.clone();
                apart.retain(|path| !stamps.contains_key(path));
                self.look_back(graph, at, apart, &mut stamps);
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

    /// The stamps of some paths at a commit.
    fn look_back(&self, graph: &Graph, commit: u32, mut paths: FxHashSet<u32>, stamps: &mut FxHashMap<u32, u32>) {
        let mut next = Some(commit);
        while let Some(at) = next.filter(|_| !paths.is_empty()) {
            let entries = self.of(at).iter().rev();
            stamps.extend(entries.copied().filter(|(path, _)| paths.remove(path)));
            next = graph.first_parent(at);
        }
        stamps.extend(paths.into_iter().map(|path| (path, NONE)));
    }

    pub(super) fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.section()?;
        to.put_words(self.entries.iter().map(|&(path, stamp)| [path, stamp]))?;
        to.put_words(self.of.iter().map(|part| part.map_or([NONE; 2], |(start, end)| [start, end])))
    }

    pub(super) fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        from.section()?;
        let entries = from.get_words(|[path, stamp]| (path, stamp))?;
        let of = from.get_words(|[start, end]| (start != NONE).then_some((start, end)))?;
        let is_sound = |&(start, end): &(u32, u32)| start <= end && end as usize <= entries.len();
        if of.iter().flatten().all(is_sound) { Ok(Self { entries, of }) } else { Err(Unusable) }
    }
}
