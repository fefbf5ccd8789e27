use super::Text;

table! {
    /// Something that could not be read.
    Skipped in "skipped" {
        /// The kind of thing: `commit`, `tree`, `blob`, `date`, `mailmap`, `incident` (names what nobody finds), `incident record`, …
        what: Text,
        /// Which one.
        place as "where": Text,
        reason: Text,
    }
}
