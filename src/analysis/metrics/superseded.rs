//! *What it measures*: how often one later change soon replaced nearly all of a change.
//! *Why*: work that is done over at once was not what was wanted, though nobody called it wrong.
//! *Definition*: `superseded_at` of `changes`. *Caveats*: see below.
//! *References*: none; the windows are those of the other outcomes.

use super::{Needs, Outcome};

pub(super) const OUTCOME: Outcome = Outcome {
    id: "superseded",
    title: "Superseded by one later change",
    short: "Superseded",
    question: "How often did one later change replace nearly all of a change?",
    happened: "were superseded by one later change",
    definition: "One later change that is no revert rewrote at least 80 % of the lines this change brought, within 90 days, or says \
                 that it supersedes it.",
    caveats: &[
        "Going on with one's own work supersedes too: it is no sign that anything was wrong.",
        "A small change is replaced whole more easily than a large one.",
    ],
    query: "superseded",
    listing: "superseded_changes",
    needs: Needs::Contents,
    is_headline: false,
    is_rare: true,
};
