//! *What it measures*: how often a bug fix soon rewrote what a change brought.
//! *Why*: rework of fresh lines by a fix is where defects show first.
//! *Definition*: a later change that fixes a bug, of 100 files at most, deleted or rewrote at least one line of code the change
//! brought, in source, configuration, infrastructure or migration files. *Caveats*: see below.
//! *References*: Kim et al., "Which bugs were induced by which changes", on lines as a proxy.

use super::{Needs, Outcome};

pub(super) const OUTCOME: Outcome = Outcome {
    id: "fixed_lines",
    title: "Lines rewritten by a bug fix",
    short: "Changes bug-fixed",
    question: "How often did a bug fix rewrite lines a change had brought?",
    happened: "had lines rewritten by a later bug fix",
    definition: "The first later change that fixes a bug and deletes or rewrites at least one line of code this change brought, in \
                 source, configuration, infrastructure or migration files. Lines are followed along the mainline; a fix of more \
                 than 100 files is mechanical and counts as none.",
    caveats: &[
        "A fix may touch a line for reasons that have nothing to do with the change that brought it.",
        "Larger changes have more lines to touch: this rate is per change, not per line.",
    ],
    query: "fixed_lines",
    listing: "fixed_changes",
    needs: Needs::Contents,
    is_headline: true,
    is_rare: false,
};
