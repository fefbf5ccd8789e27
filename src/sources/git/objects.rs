//! Reading objects in bulk: the plain object database with a small memory of what was just read.
//!
//! The high-level diff of libgit2 costs four times as much as reading trees and blobs ourselves
//! (docs/measurements.md), so everything that compares contents comes through here.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use git2::{Odb, Oid, Repository};

/// The same id with zeroes behind it. libgit2 leaves whatever was in memory behind a SHA-1 id, and git2
/// hashes those bytes too: two equal ids would be two keys of a map.
pub(super) fn clean(id: Oid) -> Oid {
    Oid::from_bytes(id.as_bytes()).unwrap_or(id)
}

/// Larger contents are not compared: their lines stay unknown and they are listed in `skipped`.
pub(super) const LARGEST_TEXT: usize = 32 << 20;

/// Contents kept in memory: the old version of a file is usually the new one of a commit just seen.
const REMEMBERED_BYTES: usize = 16 << 20;

/// The database's words, without the id when the object is simply not there, so that reasons can be counted.
pub(super) fn why(error: &git2::Error) -> String {
    match error.code() {
        git2::ErrorCode::NotFound => "the object is not in the repository".to_owned(),
        _ => error.message().to_owned(),
    }
}

/// What stands behind a blob's id, as far as lines are concerned.
#[derive(Clone)]
pub(super) enum Content {
    Text(Rc<[u8]>),
    /// NUL within the first 8,000 bytes, as git decides it.
    Binary(Rc<[u8]>),
    /// Not read, and why.
    Unreadable(String),
}

impl Content {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) => bytes,
            Self::Unreadable(_) => &[],
        }
    }
}

pub(super) struct Objects<'repo> {
    odb: Odb<'repo>,
    remembered: HashMap<Oid, Content>,
    order: VecDeque<Oid>,
    bytes: usize,
}

impl<'repo> Objects<'repo> {
    pub(super) fn of(repo: &'repo Repository) -> Result<Self, git2::Error> {
        Ok(Self { odb: repo.odb()?, remembered: HashMap::new(), order: VecDeque::new(), bytes: 0 })
    }

    /// The raw entries of a tree.
    pub(super) fn tree(&self, id: Oid) -> Result<Vec<u8>, git2::Error> {
        let object = self.odb.read(id)?;
        match object.kind() {
            git2::ObjectType::Tree => Ok(object.data().to_vec()),
            other => Err(git2::Error::from_str(&format!("{id} is a {other}, not a tree"))),
        }
    }

    pub(super) fn blob(&mut self, id: Oid) -> Content {
        if let Some(content) = self.remembered.get(&id) {
            return content.clone();
        }
        let content = self.read_blob(id).unwrap_or_else(|error| Content::Unreadable(why(&error)));
        self.remember(id, content.clone());
        content
    }

    fn read_blob(&self, id: Oid) -> Result<Content, git2::Error> {
        let (size, kind) = self.odb.read_header(id)?;
        if kind != git2::ObjectType::Blob {
            return Err(git2::Error::from_str(&format!("is a {kind}, not a blob")));
        }
        if size > LARGEST_TEXT {
            return Ok(Content::Unreadable(format!(
                "{} MB: larger than the {} MB compared",
                size >> 20,
                LARGEST_TEXT >> 20
            )));
        }
        let bytes: Rc<[u8]> = Rc::from(self.odb.read(id)?.data());
        let looks_binary = memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some();
        Ok(if looks_binary { Content::Binary(bytes) } else { Content::Text(bytes) })
    }

    fn remember(&mut self, id: Oid, content: Content) {
        self.bytes += content.bytes().len();
        self.remembered.insert(id, content);
        self.order.push_back(id);
        while self.bytes > REMEMBERED_BYTES && self.order.len() > 1 {
            let oldest = self.order.pop_front().and_then(|id| self.remembered.remove(&id));
            self.bytes -= oldest.map_or(0, |content| content.bytes().len());
        }
    }
}
