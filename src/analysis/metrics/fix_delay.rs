//! *What it measures*: how soon after landing a change is followed by a fix that is linked to it.
//! *Why*: a fix on the first day is a hot fix: somebody was hurt at once.
//! *Definition*: of all changes watched for 30 days, those with a linked fix within 1, 7 and 30 days (cumulative incidence). Not
//! the median time to the fix among changes that had one: those are chosen by what came after, of young changes only
//! quick fixes can be known, and AI's changes are the younger ones, so that the median would make AI look fast.
//! *Caveats*: see below.
//! *References*: hot fixes as in the DORA reports' change fail rate; the windows are ours.

use super::follow_ups::FollowUp;

pub(super) const QUESTION: FollowUp = FollowUp {
    id: "fix_delay",
    title: "Fixed soon after landing",
    question: "How soon after landing does the first fix come?",
    of: "changes",
    definition: "Of the changes watched for at least 30 days, those to which a bug fix is linked that landed within 1, 7 and 30 days of \
                 them. All windows are of the same changes. No median time to the fix is given: of young changes only quick fixes can \
                 be known yet, so that it would flatter, or damn, whoever wrote the younger ones.",
    caveats: &[
        "Time counts from landing to landing, not from release: where releases are rare, bugs are noticed late.",
    ],
    query: "fix_delay",
    listing: "soon_fixed_changes",
    windows: &[1, 7, 30],
    watched: 30,
};
