//! The identifiers of what commits did, by commit.

use std::io;

use super::diffs::{Diffs, Order};
use super::file_changes::{FileChanges, Touched};
use super::identifiers::{place, unpack};
use super::kept::{Reader, Unusable, Writer};
use super::names::Names;
use super::spool::{self, Slice, Spool};

/// Names of one commit that are told apart; later ones do not count.
const MOST_NAMES: usize = 1 << 16;
/// Of one commit the first names are kept, in the order in which they stand in its files, those by their paths.
const MOST_KEPT: [usize; SETS] = [512, 256, 128, 64];
const SETS: usize = 4;

/// What is known of commits by their numbers.
#[derive(Default)]
pub(super) struct Vocabulary {
    names: Names,
    /// Nothing for commits of which nothing is known; an empty slice for one without names.
    slices: Vec<Option<Slice>>,
    /// The sets of each commit: how many names each has, then the names' numbers in the order of the names.
    sets: Spool,
}

/// The names of one commit: gained, touched, around it, and its functions. Each in order.
pub(super) type Sets<'a> = [Vec<&'a [u8]>; SETS];

impl Vocabulary {
    pub(super) fn knows(&self, commit: u32) -> bool {
        self.slices.get(commit as usize).is_some_and(Option::is_some)
    }

    /// Brings the names of each file of the commits that are asked for together.
    pub(super) fn learn(&mut self, changes: &FileChanges, diffs: &Diffs, orders: &[Option<Order>]) -> io::Result<()> {
        self.slices.resize(orders.len().max(self.slices.len()), None);
        let mut found = Found::default();
        for (commit, order) in orders.iter().enumerate() {
            let Some(order) = order.filter(|order| order.needs_names) else { continue };
            found.look_through(&changes.commits[commit], diffs, order)?;
            let slice = self.enter(&found.sets())?;
            self.slices[commit] = Some(slice);
        }
        Ok(())
    }

    fn enter(&mut self, sets: &Sets<'_>) -> io::Result<Slice> {
        if sets.iter().all(Vec::is_empty) {
            return Ok(Slice::default());
        }
        let mut bytes = Vec::new();
        for set in sets {
            let numbers: Vec<u32> = set.iter().filter_map(|name| self.names.number(name, usize::MAX)).collect();
            spool::put(&mut bytes, numbers.len() as u64);
            numbers.iter().for_each(|number| spool::put(&mut bytes, (*number).into()));
        }
        self.sets.push(&bytes)
    }

    /// The names of a commit; nothing if it has none, or is not known.
    pub(super) fn of(&self, commit: u32, buffer: &mut Vec<u8>) -> io::Result<Option<Sets<'_>>> {
        let Some(slice) = self.slices.get(commit as usize).copied().flatten() else { return Ok(None) };
        let mut bytes = self.sets.read(slice, buffer)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let mut set = || {
            let count = spool::get(&mut bytes).min(self.names.len() as u64);
            (0..count).map(|_| self.names.name(spool::get(&mut bytes) as u32)).collect()
        };
        Ok(Some([set(), set(), set(), set()]))
    }

    pub(super) fn keep(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.put_bytes(self.names.bytes())?;
        to.put(self.names.ends())?;
        to.put(&self.slices)?;
        to.put_spool(&self.sets)
    }

    pub(super) fn kept(from: &mut Reader<'_>) -> Result<Self, Unusable> {
        let names = Names::of(from.get_bytes()?, from.get()?).ok_or(Unusable)?;
        Ok(Self { names, slices: from.get()?, sets: from.get_spool()? })
    }
}

/// The names of one commit after the other.
#[derive(Default)]
struct Found {
    names: Names,
    /// By the number of a name, where it was found.
    places: Vec<u8>,
    buffer: Vec<u8>,
}

impl Found {
    fn look_through(&mut self, touched: &Touched, diffs: &Diffs, order: Order) -> io::Result<()> {
        self.names.clear();
        self.places.clear();
        for file in &touched.files {
            for (name, places) in unpack(diffs.names(*file, order.wanted, &mut self.buffer)?) {
                let Some(number) = self.names.number(name, MOST_NAMES) else { continue };
                match self.places.get_mut(number as usize) {
                    Some(known) => *known |= places,
                    None => self.places.push(places),
                }
            }
        }
        Ok(())
    }

    fn sets(&self) -> Sets<'_> {
        const CHANGED: u8 = place::ADDED | place::DELETED;
        let is_in: [fn(u8) -> bool; SETS] = [
            |places| places & CHANGED == place::ADDED,
            |places| places & place::DELETED != 0,
            |places| places & (place::AROUND | CHANGED) == place::AROUND,
            |places| places & place::FUNCTION != 0,
        ];
        let mut sets: Sets<'_> = Default::default();
        for ((set, is_in), most) in sets.iter_mut().zip(is_in).zip(MOST_KEPT) {
            let numbers = (0u32..).zip(&self.places).filter(|(_, places)| is_in(**places)).take(most);
            set.extend(numbers.map(|(number, _)| self.names.name(number)));
            set.sort_unstable();
        }
        sets
    }
}
