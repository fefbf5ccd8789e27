use chrono::{DateTime, Utc};

use super::{PersonKind, Text};

table! {
    /// An identity after `.mailmap`, under a keyed pseudonym.
    Person in "people" {
        person: Text,
        kind: PersonKind,
        first_seen: Option<DateTime<Utc>>,
        /// Commits authored.
        commits: i64,
    }
}
