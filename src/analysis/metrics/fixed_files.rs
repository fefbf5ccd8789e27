//! *What it measures*: how often a bug fix soon touched the files of a change.
//! *Why*: it also sees fixes that only add lines, which leave no trace on the lines of the change.
//! *Definition*: a later change that fixes a bug touched a source, configuration, infrastructure or
//! migration file that the change touched. *Caveats*: busy files are fixed often, whoever wrote them.
//! *References*: ghost commits, TSE 2021.

use super::{Needs, Outcome};

pub(super) const OUTCOME: Outcome = Outcome {
    id: "fixed_files",
    title: "Files touched by a bug fix",
    short: "Files bug-fixed",
    question: "How often did a bug fix touch files a change had touched?",
    happened: "had a file touched by a later bug fix",
    definition: "The first later change that fixes a bug and touches a source, configuration, infrastructure or migration \
                 file this change touched. Fixing changes of more than 100 files are left out.",
    caveats: &["Busy files are fixed often whoever wrote them: read this as a bound, not as blame."],
    query: "fixed_files",
    listing: "file_fixed_changes",
    needs: Needs::History,
    is_headline: false,
    is_rare: false,
};
