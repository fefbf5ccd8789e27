//! What became of it, judged blind to who wrote it.
//!
//! An outcome is something that happened to a commit after it was made: it was reverted or brought back
//! ([`find_reverts`]), rewritten ([`find_superseded`]), or made again elsewhere ([`find_cherry_picks`]), a fix names it as the one that brought the bug ([`find_fixes`]), an incident names
//! it as cause or remedy ([`link_incidents`]). Each is a [`Link`](crate::facts::Link) with its method,
//! its confidence and the words that testified; absence of a link is absence of evidence, not health.
//!
//! Everything here is a pure function of rows: no repository, no clock, and nothing about authorship. What most
//! are found in, the commits under all their names and whose lines ended when, is made once ([`CommitIndex`]). The
//! order of the rows does not matter. The text is hostile: whatever a message says, a link leads from one
//! commit to another one that is its ancestor in the graph, and the work stays near-linear in the history.

mod ancestry;
mod cherry_picks;
mod culprits;
mod fixes;
#[cfg(test)]
mod fixture;
mod hashes;
mod incidents;
mod index;
mod landings;
mod names;
mod reverts;
mod rework;
mod supersedes;
mod text;
mod undone;

pub use cherry_picks::find_cherry_picks;
pub use culprits::{Suspect, find_culprits, suspect_features, suspects};
pub use fixes::find_fixes;
pub use incidents::{UNRESOLVED, link_incidents};
pub use index::CommitIndex;
pub use landings::{find_landings, landed};
pub use reverts::find_reverts;
pub use rework::{fixing_changes, follow_up_fixes};
pub use supersedes::find_superseded;

/// A function that remembers its last answer: of the rows of lines and files those of a commit follow each other.
fn remembering<Q: Copy + PartialEq, A: Copy>(mut of: impl FnMut(Q) -> A) -> impl FnMut(Q) -> A {
    let mut last: Option<(Q, A)> = None;
    move |asked| match last {
        Some((before, answer)) if before == asked => answer,
        _ => last.insert((asked, of(asked))).1,
    }
}

/// What was learnt from other repositories: part of what judgements are made from.
pub const LEARNT: [&str; 2] = [culprits::TREES, fixes::NET];
