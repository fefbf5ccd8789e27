//! *What it measures*: how often a change is linked to a bug that was fixed later.
//! *Why*: of all that becomes of a change this comes nearest to "it was wrong", and it can be told for every fix.
//! *Definition*: a later change of the mainline holds a fix with a `bug_inducing` link to a commit of this one. The link is
//! stated (`Fixes: <commit>`) or inferred from lines with confidence [`COUNTS`](crate::analysis::validation::COUNTS) or more.
//! *Caveats*: inferred links are right as often as [`super::trust`] measures, and no figure is made where that is not known
//! or too seldom; stated links alone are no substitute, since it is no chance who states and for which bugs.
//! *References*: Śliwerski, Zimmermann and Zeller 2005, "When do changes induce fixes?".

use super::{Needs, Outcome};

pub(super) const OUTCOME: Outcome = Outcome {
    id: "bug_inducing",
    title: "Linked to a bug that was fixed",
    short: "Linked to a bug",
    question: "How often is a change linked to a bug that was fixed later?",
    happened: "are linked to a bug that was fixed",
    definition: "A later change of the mainline holds a bug fix that leads to a commit of this change as what brought the bug: the \
                 fix names it, or its lines make it the likely one, with probability 0.5 or more. The landing of the first such \
                 fix counts; a fix within the same change does not. In a window the whole chain counts: the bug came, was noticed, \
                 was mended.",
    caveats: &[
        "Most links are inferred: some are wrong, and some bugs are linked to nothing. How often is measured here, against \
         fixes that name what they mend; where nobody named anything the links may be right more or less often.",
        "Wrong links blur the difference between AI and the rest, if they are wrong as often on both sides. That is not known.",
        "A bug nobody fixed within the window is not seen; where fixes come faster, more are.",
    ],
    query: "bug_inducing",
    listing: "bug_changes",
    needs: Needs::Inferred,
    is_headline: false,
    is_rare: false,
};
