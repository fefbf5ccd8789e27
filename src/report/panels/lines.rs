//! What the panels about lines have in common.

use crate::analysis::metrics::Minimum;
use crate::analysis::metrics::lines::{Groups, share};
use crate::analysis::stats::clusters::Sums;
use crate::analysis::{Analysis, Estimate, Finding};
use crate::report::panel::IntervalRow;
use crate::report::words;

pub(super) const LINES: &str = "Lines are code and comments of source and test files in a programming language; blank lines, documentation, configuration, \
                                data that tests read, lockfiles, generated and vendored files are left out.";
pub(super) const LANDED: &str = "A line lands, and ends, with the change that brings the commit which wrote it, or rewrote or deleted it; what \
                                 was gone before its change landed is not counted. Moving lines within a commit, renaming files and changing \
                                 nothing but white space ends no line.";
pub(super) const CLUSTERED: &str =
    "Lines of one commit stand and fall together, so 95 % intervals take commits, not lines, as independent.";
pub(super) const SAME_TIME: &str = "AI is agent and assisted, the rest is human and unknown, both only since the first change with evidence of \
                                    AI; automation is on neither side.";
pub(super) const ASSOCIATED: &str = "AI and the rest differ in files, size, task and author, which is not held equal here: associated with, not \
                                     an effect of AI.";
pub(super) const NOT_COMPARED: &str = "There is too little data to compare AI with the rest.";

/// What a panel says: why nothing may be said, that there is nothing to say, or its answer where there is one.
pub(super) fn answer(analysis: &Analysis, nothing: &str, answer: Option<String>) -> String {
    match (&analysis.lines.withheld, answer) {
        (Some(reason), _) => format!("Withheld: {reason}."),
        (None, Some(answer)) => answer,
        (None, None) => nothing.to_owned(),
    }
}

/// `30 days`, `1 year`.
pub(super) fn age(days: u32) -> String {
    if days >= 365 && days.is_multiple_of(365) {
        words::counted(u64::from(days / 365), "year")
    } else {
        words::counted(days.into(), "day")
    }
}

pub(super) fn comparison_columns(first: &str) -> [(&str, &str); 4] {
    [
        (first, ""),
        ("AI", "Lines of agent and assisted commits since the first change with evidence of AI."),
        ("The rest", "Lines of human and unknown commits since then."),
        ("Difference", "AI less the rest, per 1,000 lines."),
    ]
}

/// Both sides and the verdict in one sentence.
pub(super) fn compared(when: &str, what: &str, ai: &Estimate, rest: &Estimate, difference: Estimate) -> String {
    let side = |estimate: &Estimate| {
        let said = words::say(&Finding::Estimate(estimate.clone()));
        format!("{} ({})", said.value, said.interval)
    };
    let verdict = match () {
        () if difference.low > 0.0 => "more with AI, by",
        () if difference.high < 0.0 => "less with AI, by",
        () => "cannot tell, the difference is",
    };
    let difference = words::say(&Finding::Estimate(difference));
    format!(
        "{when}, {} of AI lines and {} of the rest were {what}: {verdict} {} ({}) lines.",
        side(ai),
        side(rest),
        difference.value,
        difference.interval
    )
}

/// One row per origin, in percent.
pub(super) fn interval_rows(group: &str, groups: &Groups<Sums>, minimum: Minimum) -> Vec<IntervalRow> {
    let counted = groups.by_origin.iter().filter(|(_, sums)| sums.units > 0);
    let rows = counted.map(|(origin, sums)| {
        let (point, note) = match share(sums, minimum) {
            Finding::Estimate(share) => {
                let basis = format!("{} of {}", words::count(share.events), words::count(share.n));
                (Some([share.value, share.low, share.high].map(|share| share * 100.0)), basis)
            }
            Finding::TooLittleData { n, .. } => {
                (None, format!("{} of {}", words::counted(n, "line"), words::counted(sums.clusters, "commit")))
            }
            Finding::Withheld { reason } => (None, reason),
        };
        IntervalRow { group: group.to_owned(), label: origin.to_string(), key: origin.to_string(), point, note }
    });
    rows.collect()
}
