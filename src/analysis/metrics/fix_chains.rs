//! *What it measures*: how often a bug fix was mended by another one.
//! *Why*: a fix of a fix says that the bug was not understood the first time.
//! *Definition*: of the changes that fix a bug, those to which a later fix is linked. *Caveats*: see below.
//! *References*: Yin et al. 2011, "How do fixes become bugs?".

use super::follow_ups::FollowUp;

pub(super) const QUESTION: FollowUp = FollowUp {
    id: "fix_chains",
    title: "Fixes that were fixed again",
    question: "How often did a bug fix need another fix?",
    of: "fixes",
    definition: "Of the changes that fix a bug, those that a later change followed which fixes one too and is linked to them.",
    caveats: &[
        "A later fix in the same lines may mend another bug: code that is often mended is mended often, whoever does it.",
        "AI and the rest are not given the same bugs to fix.",
    ],
    query: "fix_chains",
    listing: "fix_chain_changes",
    windows: &[30, 90],
    watched: 0,
};
