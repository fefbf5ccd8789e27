//! *What it measures*: how often a change was taken back.
//! *Why*: a revert is the plainest sign that a change should not have landed as it was.
//! *Definition*: the landing commit, or every commit the change brought, is the target of a later
//! change that says it reverts it, or whose lines are its inverse. *Caveats*: a change undone piece by piece is not seen.
//! *References*: shared forms of reverts in CONTRIBUTING.md.

use super::{Needs, Outcome};

pub(super) const OUTCOME: Outcome = Outcome {
    id: "reverted",
    title: "Reverted",
    short: "Reverted",
    question: "How often were changes reverted?",
    happened: "were reverted",
    definition: "A change counts as reverted when a later change of the mainline says that it reverts its landing \
                 commit, or every commit it brought, or undoes all their lines without saying so. Landing it again later does not undo the event.",
    caveats: &["A change undone piece by piece, or together with much else, is missed unless the message names it."],
    query: "reverted",
    listing: "reverted_changes",
    needs: Needs::History,
    is_headline: true,
    is_rare: false,
};
