//! Which paths differ between two trees, skipping whatever is equal on both sides.

use std::cmp::Ordering;
use std::rc::Rc;

use super::common;
use super::objects::{Id, Objects};

/// The kind of a tree entry, as far as a diff cares; permissions are in `mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) mode: u32,
    pub(super) id: Id,
}

impl Entry {
    pub(super) fn is_regular(self) -> bool {
        self.mode & 0o170000 == 0o100000
    }

    pub(super) fn is_submodule(self) -> bool {
        self.mode & 0o170000 == 0o160000
    }

    fn is_tree(self) -> bool {
        self.mode & 0o170000 == 0o040000
    }

    /// Regular file, link or submodule: a change from one to another is a change of type.
    pub(super) fn kind(self) -> u32 {
        self.mode & 0o170000
    }
}

/// A path that differs. Both sides are present when it was modified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delta {
    pub(super) path: Vec<u8>,
    pub(super) old: Option<Entry>,
    pub(super) new: Option<Entry>,
}

/// What could not be read, in the words of the object database.
#[derive(Debug)]
pub(super) struct UnreadableTree {
    /// The tree itself; `None` where there is only too much of it.
    pub(super) id: Option<Id>,
    pub(super) reason: String,
}

impl UnreadableTree {
    fn refused(reason: &str) -> Self {
        Self { id: None, reason: reason.to_owned() }
    }
}

/// Deeper folders than this are refused: only a hostile repository has them.
const DEEPEST: usize = 512;

/// More differing paths, or folders, than this in one commit are refused, and longer ones taken together, for the same
/// reason: a few trees that hold each other many times make any number of either.
const MOST_DELTAS: usize = 1 << 20;
const MOST_FOLDERS: usize = 1 << 20;
const MOST_BYTES: usize = 256 << 20;

/// The paths that differ between two trees, in path order. `None` is the empty tree.
pub(super) fn diff(objects: &mut Objects<'_>, old: Option<Id>, new: Option<Id>) -> Result<Vec<Delta>, UnreadableTree> {
    let mut found = Found::default();
    if old != new {
        compare(objects, old, new, &mut Vec::new(), 0, &mut found)?;
    }
    Ok(found.deltas)
}

/// What a tree has at each of these paths, which are in order; `None` where there is nothing, or a folder. What was found
/// before something could not be read stays. Entries are taken to be in git's order.
pub(super) fn find(
    objects: &mut Objects<'_>,
    tree: Id,
    paths: &[&[u8]],
    found: &mut Vec<Option<Entry>>,
) -> Result<(), UnreadableTree> {
    find_below(objects, tree, 0, 0, paths, found)
}

/// As [`find`], of paths whose first `start` bytes lead to the tree.
fn find_below(
    objects: &mut Objects<'_>,
    tree: Id,
    start: usize,
    depth: usize,
    mut paths: &[&[u8]],
    found: &mut Vec<Option<Entry>>,
) -> Result<(), UnreadableTree> {
    if depth > DEEPEST {
        return Err(UnreadableTree::refused("folders nested too deeply"));
    }
    let bytes = read(objects, Some(tree))?;
    let mut entries = Entries::new(&bytes, tree.as_slice().len()).peekable();
    while let Some(path) = paths.first() {
        let below = &path[start..];
        let slash = memchr::memchr(b'/', below);
        let wanted = Entry { mode: if slash.is_some() { 0o040000 } else { 0o100644 }, id: tree };
        let wanted = (&below[..slash.unwrap_or(below.len())], wanted);
        while entries.next_if(|entry| name_order(entry, &wanted) == Ordering::Less).is_some() {}
        let entry =
            entries.peek().filter(|entry| name_order(entry, &wanted) == Ordering::Equal).map(|(_, entry)| *entry);
        let Some(slash) = slash else {
            found.push(entry);
            paths = &paths[1..];
            continue;
        };
        let in_folder = paths.iter().take_while(|path| path[start..].starts_with(&below[..=slash])).count();
        match entry {
            Some(folder) => find_below(objects, folder.id, start + slash + 1, depth + 1, &paths[..in_folder], found)?,
            None => found.resize(found.len() + in_folder, None),
        }
        paths = &paths[in_folder..];
    }
    Ok(())
}

fn read(objects: &mut Objects<'_>, id: Option<Id>) -> Result<Rc<Vec<u8>>, UnreadableTree> {
    let unreadable = |id, reason| UnreadableTree { id: Some(id), reason };
    id.map_or_else(|| Ok(Rc::default()), |id| objects.tree(&id).map_err(|reason| unreadable(id, reason)))
}

/// What differs, and how much was looked at for it.
#[derive(Default)]
struct Found {
    deltas: Vec<Delta>,
    folders: usize,
    /// Of all paths.
    bytes: usize,
}

impl Found {
    fn enter_folder(&mut self) -> Result<(), UnreadableTree> {
        self.folders += 1;
        if self.folders > MOST_FOLDERS {
            return Err(UnreadableTree::refused("more than a million folders differ"));
        }
        Ok(())
    }

    fn push(&mut self, delta: Delta) -> Result<(), UnreadableTree> {
        self.bytes += delta.path.len();
        if self.deltas.len() == MOST_DELTAS {
            return Err(UnreadableTree::refused("more than a million paths differ"));
        }
        if self.bytes > MOST_BYTES {
            return Err(UnreadableTree::refused("paths that differ are too long"));
        }
        self.deltas.push(delta);
        Ok(())
    }
}

fn compare(
    objects: &mut Objects<'_>,
    old: Option<Id>,
    new: Option<Id>,
    prefix: &mut Vec<u8>,
    depth: usize,
    found: &mut Found,
) -> Result<(), UnreadableTree> {
    if depth > DEEPEST {
        return Err(UnreadableTree::refused("folders nested too deeply"));
    }
    found.enter_folder()?;
    let hash_len = old.or(new).map_or(20, |id| id.as_slice().len());
    let (old_bytes, new_bytes) = (read(objects, old)?, read(objects, new)?);
    let (mut olds, mut news) = (Entries::new(&old_bytes, hash_len), Entries::new(&new_bytes, hash_len));
    loop {
        skip_equal(&mut olds, &mut news);
        let (mut ahead_old, mut ahead_new) = (olds, news);
        let (left, right) = (ahead_old.next(), ahead_new.next());
        let order = match (&left, &right) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => name_order(a, b),
        };
        let old = left.filter(|_| order != Ordering::Greater).inspect(|_| olds = ahead_old);
        let new = right.filter(|_| order != Ordering::Less).inspect(|_| news = ahead_new);
        let Some(name) = old.or(new).map(|(name, _)| name) else { continue };
        let (old, new) = (old.map(|(_, entry)| entry), new.map(|(_, entry)| entry));
        if old == new {
            continue;
        }
        let length = prefix.len();
        prefix.extend_from_slice(name);
        if old.or(new).is_some_and(Entry::is_tree) {
            prefix.push(b'/');
            compare(objects, old.map(|e| e.id), new.map(|e| e.id), prefix, depth + 1, found)?;
        } else {
            found.push(Delta { path: prefix.clone(), old, new })?;
        }
        prefix.truncate(length);
    }
}

/// Passes over entries that are the same bytes on both sides: most of a wide tree.
fn skip_equal(olds: &mut Entries<'_>, news: &mut Entries<'_>) {
    let same = common::head(olds.rest, news.rest);
    let end = olds.rest.len() - same;
    while let Some(length) = olds.length_of_first()
        && olds.rest.len() - length >= end
    {
        olds.rest = &olds.rest[length..];
        news.rest = &news.rest[length..];
    }
}

type Named<'a> = (&'a [u8], Entry);

/// Git's order of entries: a folder sorts as if its name ended in a slash. A file and a folder of
/// one name are never equal.
fn name_order((a, a_entry): &Named<'_>, (b, b_entry): &Named<'_>) -> Ordering {
    let shared = a.len().min(b.len());
    let next = |name: &[u8], entry: &Entry| name.get(shared).copied().or(entry.is_tree().then_some(b'/')).unwrap_or(0);
    a[..shared].cmp(&b[..shared]).then_with(|| next(a, a_entry).cmp(&next(b, b_entry))).then(a.len().cmp(&b.len()))
}

/// Old repositories hold other permissions; git knows only these.
fn canonical(mode: u32) -> u32 {
    match mode & 0o170000 {
        0o100000 if mode & 0o100 != 0 => 0o100755,
        0o100000 => 0o100644,
        0o120000 => 0o120000,
        0o040000 => 0o040000,
        _ => 0o160000,
    }
}

/// The entries of a raw tree object; ends at the first that is malformed.
#[derive(Clone, Copy)]
struct Entries<'a> {
    rest: &'a [u8],
    hash_len: usize,
}

impl<'a> Entries<'a> {
    fn new(bytes: &'a [u8], hash_len: usize) -> Self {
        Self { rest: bytes, hash_len }
    }

    fn length_of_first(&self) -> Option<usize> {
        let length = memchr::memchr(0, self.rest)? + 1 + self.hash_len;
        (length <= self.rest.len()).then_some(length)
    }

    /// Mode, name and id of the next entry as they stand there.
    fn next_raw(&mut self) -> Option<(u32, &'a [u8], &'a [u8])> {
        let (mut mode, mut space) = (0u32, 0);
        while let digit = *self.rest.get(space)?
            && digit != b' '
        {
            if !matches!(digit, b'0'..=b'7') {
                return None;
            }
            mode = mode.wrapping_mul(8) | u32::from(digit - b'0');
            space += 1;
        }
        let after = &self.rest[space + 1..];
        let nul = memchr::memchr(0, after)?;
        let id = after.get(nul + 1..nul + 1 + self.hash_len)?;
        self.rest = &after[nul + 1 + self.hash_len..];
        Some((mode, &after[..nul], id))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Named<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (mode, name, id) = self.next_raw()?;
        Some((name, Entry { mode: canonical(mode), id: Id::try_from(id).ok()? }))
    }
}
