//! Footers: a line that is only a tool's mark, such as "🤖 Generated with [Claude Code](…)".

use super::Reading;
use crate::attribution::catalogue::{Catalogue, Place};
use crate::facts::Evidence;

pub(super) fn read(reading: &Reading<'_>, catalogue: &Catalogue) -> Vec<Evidence> {
    reading.message.lines().flat_map(|(place, line)| read_line(reading, catalogue, place, line)).collect()
}

fn read_line(reading: &Reading<'_>, catalogue: &Catalogue, place: &str, line: &str) -> Vec<Evidence> {
    let mut plain = catalogue.matching(Place::MessageBody, false, line).peekable();
    if plain.peek().is_none() && !reading.names_ai {
        return Vec::new();
    }
    let masked = catalogue.names.mask(line);
    let said = plain.find(|signal| signal.find(line).is_some_and(|found| !is_quoted(line, found.start)));
    let shown = || if masked.mentions.is_empty() { None } else { Some(&*masked.text) };
    let signal = said.or_else(|| catalogue.matching(Place::MessageBody, true, shown()?).next());
    let whole = || masked.credit(0..masked.text.len());
    signal.map(|signal| reading.evidence(signal, place, line, &whole())).unwrap_or_default()
}

/// Speaks of a footer instead of being one: `Remove "Generated with Claude Code"`.
fn is_quoted(line: &str, at: usize) -> bool {
    line[..at].ends_with(['"', '\'', '`', '“', '‘'])
}
