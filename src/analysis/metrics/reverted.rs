//! *What it measures*: how often a change was taken back.
//! *Why*: a revert is the plainest sign that a change should not have landed as it was.
//! *Definition*: the landing commit, or every commit the change brought, is the target of a later
//! change that says it reverts it. *Caveats*: reverts that do not say so are not seen.
//! *References*: shared forms of reverts in CONTRIBUTING.md.

use super::{Needs, Outcome};

pub(super) const OUTCOME: Outcome = Outcome {
    id: "reverted",
    title: "Reverted",
    short: "Reverted",
    question: "How often were changes reverted?",
    happened: "were reverted",
    definition: "A change counts as reverted when a later change of the mainline says that it reverts its landing \
                 commit, or every commit it brought. Landing it again later does not undo the event.",
    caveats: &["Only reverts that name their target are seen; a change undone by hand without saying so is missed."],
    query: "reverted",
    listing: "reverted_changes",
    needs: Needs::History,
    is_headline: true,
    is_rare: false,
};
