//! Identifiers. Mixing two kinds up does not compile.

use std::fmt;
use std::sync::Arc;

/// Shared immutable text: a path, name or word that many rows repeat.
pub type Text = Arc<str>;

/// Full hexadecimal object id of a commit, SHA-1 or SHA-256. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(Arc<str>);

impl CommitId {
    pub fn new(hex: impl Into<Arc<str>>) -> Self {
        Self(hex.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first ten digits, for people to read.
    pub fn short(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }

    pub fn text(&self) -> Text {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}
