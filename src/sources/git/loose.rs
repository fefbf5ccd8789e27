//! Objects that have a file of their own. libgit2 goes on for ever with one that was cut off: such are read here, and where
//! libgit2 is to read an object it is asked first whether that one is whole.

use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid, Repository, Tree};
use libdeflater::{DecompressionError, Decompressor};

/// Bytes of an object with its header; more are not read.
const MOST: usize = 257 << 20;

/// Where a repository's own objects lie, and those it borrows.
pub(super) struct Folders(Vec<PathBuf>);

impl Folders {
    pub(super) fn of(repo: &Repository) -> Self {
        const MOST: usize = 64;
        let mut folders = vec![repo.commondir().join("objects")];
        let mut at = 0;
        while at < folders.len() && folders.len() < MOST {
            let alternates = std::fs::read_to_string(folders[at].join("info/alternates")).unwrap_or_default();
            let named = alternates.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            let found: Vec<PathBuf> = named.map(|line| folders[at].join(line)).collect();
            found.into_iter().for_each(|folder| {
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            });
            at += 1;
        }
        Self(folders)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &PathBuf> {
        self.0.iter()
    }

    /// The file of an object, if it has one.
    pub(super) fn file_of(&self, id: &str) -> Option<PathBuf> {
        let (folder, name) = id.split_at_checked(2)?;
        self.iter().map(|objects| objects.join(folder).join(name)).find(|path| path.is_file())
    }

    /// The object, if libgit2 may read it: it has no file of its own, or a whole one.
    pub(super) fn sound(&self, id: Oid) -> Result<Oid, git2::Error> {
        match self.file_of(&id.to_string()).map(|path| read(&mut Decompressor::new(), &path)) {
            Some(Err(reason)) => Err(git2::Error::from_str(&reason)),
            _ => Ok(id),
        }
    }
}

/// What an object's file holds.
pub(super) fn read(inflate: &mut Decompressor, path: &Path) -> Result<(ObjectType, Vec<u8>), String> {
    let damaged = || "the object's file is damaged".to_owned();
    let len = path.metadata().map_err(|error| error.to_string())?.len();
    if len > MOST as u64 {
        return Err(too_large());
    }
    let packed = std::fs::read(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut room = 4 * packed.len() + 1024;
    let len = loop {
        bytes.resize(room.min(MOST), 0);
        match inflate.zlib_decompress(&packed, &mut bytes) {
            Ok(len) => break len,
            Err(DecompressionError::InsufficientSpace) if room < MOST => room *= 4,
            Err(DecompressionError::InsufficientSpace) => return Err(too_large()),
            Err(DecompressionError::BadData) => return Err(damaged()),
        }
    };
    bytes.truncate(len);
    let end = memchr::memchr(0, &bytes).ok_or_else(damaged)?;
    let header = std::str::from_utf8(&bytes[..end]).ok().and_then(|header| header.split_once(' '));
    let (kind, size) = header.ok_or_else(damaged)?;
    let kind = ObjectType::from_str(kind).ok_or_else(damaged)?;
    if size.parse() != Ok(bytes.len() - end - 1) {
        return Err(damaged());
    }
    bytes.drain(..=end);
    Ok((kind, bytes))
}

fn too_large() -> String {
    format!("larger than {} MB", MOST >> 20)
}

/// One object, if libgit2 may read it.
pub(super) fn sound(repo: &Repository, id: Oid) -> Result<Oid, git2::Error> {
    Folders::of(repo).sound(id)
}

/// The files of a commit, whatever else it says.
pub(super) fn tree_of(repo: &Repository, commit: Oid) -> Result<Tree<'_>, git2::Error> {
    let odb = repo.odb()?;
    let object = odb.read(sound(repo, commit)?)?;
    let text = String::from_utf8_lossy(object.data());
    let tree = text.lines().next().and_then(|line| line.strip_prefix("tree "));
    let tree = tree.ok_or_else(|| git2::Error::from_str("a commit without a tree"))?;
    find_tree(repo, Oid::from_str_ext(tree, commit.object_format())?)
}

pub(super) fn find_tree(repo: &Repository, id: Oid) -> Result<Tree<'_>, git2::Error> {
    repo.find_tree(sound(repo, id)?)
}

/// What stands at a path below a folder.
pub(super) fn entry_at(repo: &Repository, tree: &Tree<'_>, path: &Path) -> Option<git2::TreeEntry<'static>> {
    let (mut names, mut folder) = (path.iter().peekable(), None::<Tree<'_>>);
    loop {
        let name = names.next()?;
        let entry = folder.as_ref().unwrap_or(tree).get_name_bytes(name.as_encoded_bytes())?.to_owned();
        if names.peek().is_none() {
            return Some(entry);
        }
        folder = Some(find_tree(repo, entry.id()).ok()?);
    }
}

/// What a file holds.
pub(super) fn blob(repo: &Repository, id: Oid) -> Result<Vec<u8>, git2::Error> {
    repo.find_blob(sound(repo, id)?).map(|blob| blob.content().to_vec())
}
