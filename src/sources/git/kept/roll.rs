//! Commits by number, as runs came to know them.

use std::io;

use git2::Oid;
use rustc_hash::FxHashMap;

use super::sections::{Reader, Unusable, Writer};
use crate::sources::git::file_changes::NONE;
use crate::sources::git::objects::{Id, id_of};
use crate::sources::git::walk::Walk;

/// Commits by number, in the order in which runs came to know them: parents before children, as in a walk, but a
/// commit keeps its number when others are found that come before it in the walk.
#[derive(Default)]
pub(in super::super) struct Roll {
    numbers_by_id: FxHashMap<Id, u32>,
    /// By number.
    entries: Vec<Entry>,
    /// By number, the place in the walk; [`NONE`] for commits that are gone.
    pub(in super::super) places: Vec<u32>,
    /// By place in the walk, the number.
    pub(in super::super) numbers: Vec<u32>,
}

/// A commit of the roll.
struct Entry {
    id: Id,
    /// Its tree, its parents by number and its committer's seconds, if it says so itself and all its parents are known.
    plain: Option<(Id, Vec<u32>, i64)>,
}

impl Roll {
    /// Numbers the commits of a walk. From here on it knows what the walk does, of other commits only that they were.
    pub(in super::super) fn call(&mut self, walk: &Walk) {
        self.entries.iter_mut().for_each(|entry| entry.plain = None);
        self.numbers = Vec::with_capacity(walk.commits.len());
        for (at, commit) in walk.commits.iter().enumerate() {
            let id = id_of(commit.id);
            let next = self.entries.len() as u32;
            let number = *self.numbers_by_id.entry(id).or_insert(next);
            if number == next {
                self.entries.push(Entry { id, plain: None });
            }
            self.numbers.push(number);
            let parent = |place: &Option<u32>| Some(self.numbers[(*place)? as usize]);
            if commit.is_plain
                && let Some(parents) = walk.parents(at).iter().map(parent).collect()
            {
                self.entries[number as usize].plain = Some((id_of(commit.tree), parents, commit.committer.seconds));
            }
        }
        self.places = vec![NONE; self.entries.len()];
        for (place, number) in self.numbers.iter().enumerate() {
            self.places[*number as usize] = place as u32;
        }
    }

    /// A commit's tree, its parents, and its committer's seconds.
    pub(in super::super) fn commit(&self, id: Oid) -> Option<(Oid, Vec<Oid>, i64)> {
        let entry = &self.entries[*self.numbers_by_id.get(&id_of(id))? as usize];
        let (tree, parents, seconds) = entry.plain.as_ref()?;
        let oid = |id: &Id| Oid::from_bytes(id.as_slice()).ok();
        let parents =
            parents.iter().map(|parent| oid(&self.entries.get(*parent as usize)?.id)).collect::<Option<_>>()?;
        Some((oid(tree)?, parents, *seconds))
    }

    /// Whether parents stand before children: not where a parent came to light after its child, as in a clone that was
    /// deepened.
    pub(in super::super) fn is_in_order(&self, walk: &Walk) -> bool {
        let is_after = |(at, child): (usize, &u32)| walk.known_parents(at).all(|parent| self.numbers[parent] < *child);
        self.numbers.iter().enumerate().all(is_after)
    }

    /// Whether most of what is known is of commits that the walk did not come to.
    pub(in super::super) fn is_mostly_gone(&self) -> bool {
        self.places.len() > 2 * self.numbers.len()
    }

    /// Commits that are numbered as they stand in the walk.
    pub(in super::super) fn in_order(commits: usize) -> Self {
        let places: Vec<u32> = (0..commits as u32).collect();
        Self { numbers: places.clone(), places, ..Self::default() }
    }

    /// Something for each commit, by number; `None` for those that are gone.
    pub(in super::super) fn by_number<T>(&self, of_place: impl Fn(usize) -> T) -> Vec<Option<T>> {
        let of_place = |&place: &u32| (place != NONE).then(|| of_place(place as usize));
        self.places.iter().map(of_place).collect()
    }

    pub(super) fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.section()?;
        to.put_ids(self.entries.iter().map(|entry| &entry.id))?;
        let plain = || self.entries.iter().map(|entry| entry.plain.as_ref());
        to.put_ids(plain().flatten().map(|(tree, ..)| tree))?;
        // One more than how many parents; 0 for commits that are to be read again.
        to.put_words(plain().map(|plain| [plain.map_or(0, |(_, parents, _)| parents.len() as u32 + 1)]))?;
        to.put(&plain().flatten().flat_map(|(_, parents, _)| parents).collect::<Vec<_>>())?;
        to.put(&plain().flatten().map(|(.., seconds)| seconds).collect::<Vec<_>>())
    }

    pub(super) fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        from.section()?;
        let (ids, trees) = (from.get_ids()?, from.get_ids()?);
        let counts = from.get_words(|[count]| count)?;
        let (parents, seconds): (Vec<u32>, Vec<i64>) = (from.get()?, from.get()?);
        let (mut trees, mut parents, mut seconds) = (trees.into_iter(), parents.into_iter(), seconds.into_iter());
        if counts.len() != ids.len() {
            return Err(Unusable);
        }
        let mut roll = Self { entries: Vec::with_capacity(ids.len()), ..Self::default() };
        roll.numbers_by_id.extend(ids.iter().copied().zip(0..));
        for (id, count) in ids.into_iter().zip(counts) {
            let mut plain = None;
            if let Some(count) = count.checked_sub(1) {
                let parents = parents.by_ref().take(count as usize).collect();
                plain = Some((trees.next().ok_or(Unusable)?, parents, seconds.next().ok_or(Unusable)?));
            }
            roll.entries.push(Entry { id, plain });
        }
        Ok(roll)
    }
}
