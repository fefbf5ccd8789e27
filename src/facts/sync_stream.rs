use super::Text;

table! {
    /// How much of one kind of GitHub facts is known.
    SyncStream in "sync_streams" {
        /// `pulls`, `reviews`, `pull_events`, …: the table it fills.
        stream: Text,
        known: i64,
        /// Lists still to be read, or that could not be: none when it is complete.
        missing: i64,
        /// Why something is missing, the most frequent reason first.
        reason: Option<Text>,
    }
}
