//! How far can inferred links be trusted here? Told in a panel, and beside every figure that uses them.

use super::{row, table, text};
use crate::analysis::metrics::trust::{Trust, concentration, is_concentrated};
use crate::analysis::validation::{COUNTS, Validation};
use crate::analysis::{Analysis, Finding};
use crate::report::panel::{Cell, Panel, Row, Table};
use crate::report::words;

/// Repositories shown; `shipwake validate` tells them all.
const SHOWN: usize = 25;

const PRECISION: &str = "Of the inferred links that could be checked, those that lead where the fix itself says.";
const LEARNT: &str = "The ranker learnt from fixes of some public repositories, named in the first line of `src/outcomes/culprits/trees.txt`: \
                      measured on one of those, links look better than they are.";
const RECALL: &str = "Of the culprits that fixes name, those that were inferred too.";

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let trust = &analysis.trust;
    if trust.pooled.links + trust.pooled.stated == 0 {
        return Vec::new();
    }
    let shown = trust.withheld.is_none();
    vec![Panel {
        id: "link_trust",
        question: "How far can inferred links be trusted here?".to_owned(),
        answer: match &trust.withheld {
            Some(reason) => format!("Withheld: {reason}."),
            None => answer(analysis),
        },
        chart: None,
        tables: if shown { vec![by_repository(trust), by_confidence(trust)] } else { Vec::new() },
        how: format!(
            "Some fixes name the commit that brought the bug they mend. Inference does not read that, so it can be checked against it: \
             precision is the share of inferred links, of fixes that name a culprit, that lead to one they name; recall the share of \
             named culprits that were inferred. Links count from confidence {COUNTS} on. Culprits that the fix reverts are left out: \
             they are known without inference. The whole history is compared, whatever the window of the report; repositories are \
             pooled link by link. Shares with Wilson's 95 % interval. Figures that use inferred links are shown from {} links that could \
             be checked and a precision of {} % on (`[report.inferred]`). `shipwake validate` says the same.",
            words::count(trust.gate.stated),
            words::decimal(trust.gate.precision * 100.0, 0)
        ),
        caveats: [
            "Where no fix names a culprit nothing can be checked: there the links may be right more or less often.",
            "A link that differs from what was named may be right too: a bug can have several origins, of which a fix names one.",
        ]
        .map(str::to_owned)
        .into_iter()
        .chain(if shown { caveats(analysis) } else { Vec::new() })
        .collect(),
        query: None,
    }]
}

fn answer(analysis: &Analysis) -> String {
    let (trust, pooled) = (&analysis.trust, &analysis.trust.pooled);
    let named = format!(
        "{} what brought the bug",
        if pooled.stated_fixes == 1 {
            "1 fix names".to_owned()
        } else {
            format!("{} fixes name", words::count(pooled.stated_fixes))
        }
    );
    match trust.too_little() {
        Some(reason) => format!("{named}. Not far enough for a figure: {reason}."),
        None => format!("{named}. {}", sentence(analysis)),
    }
}

/// Precision and recall in a sentence.
pub(super) fn sentence(analysis: &Analysis) -> String {
    match analysis.trust.pooled.counted() {
        Some(level) => format!(
            "Of the inferred links that could be checked {} lead where the fix says; of the culprits that fixes name {} were inferred.",
            words::say(&level.precision),
            words::say(&level.recall)
        ),
        None => String::new(),
    }
}

/// What stands beside every figure that uses inferred links.
pub(super) fn beside(analysis: &Analysis) -> Table {
    let columns = [("", ""), ("Precision", PRECISION), ("Recall", RECALL)];
    let cells = |level: &crate::analysis::validation::Level| {
        row(vec![
            text(format!("inferred with confidence {COUNTS} or more")),
            Cell::Finding(level.precision.clone()),
            Cell::Finding(level.recall.clone()),
        ])
    };
    table("How often the links are right", &columns, analysis.trust.pooled.counted().map(cells).into_iter().collect())
}

/// What speaks against the links of this selection.
pub(super) fn caveats(analysis: &Analysis) -> Vec<String> {
    let trust = &analysis.trust;
    let (doubtful, all) = (trust.doubtful(), trust.repos.len() as u64);
    let of_some = (doubtful > 0 && all > 1).then(|| {
        format!(
            "{} of {}, taken alone, could not show that their links are right often enough: the measure is mostly of the others.",
            words::count(doubtful),
            words::counted_as(all, "repository", "repositories")
        )
    });
    let concentrated: Vec<&str> = trust
        .repos
        .iter()
        .filter(|(_, validation)| is_concentrated(validation))
        .map(|(name, _)| name.as_str())
        .collect();
    let of_few = (!concentrated.is_empty()).then(|| {
        let share = match (concentrated.as_slice(), concentration(&trust.pooled)) {
            ([_], share @ Finding::Estimate(_)) if all == 1 => format!(" ({})", words::say(&share)),
            _ => format!(" ({})", concentrated.join(", ")),
        };
        format!(
            "Five commits take more than a fifth of the inferred links that count{share}: imports and mass changes draw links that \
             say little."
        )
    });
    std::iter::once(LEARNT.to_owned()).chain(of_some).chain(of_few).collect()
}

fn by_repository(trust: &Trust) -> Table {
    let mut repos: Vec<&(String, Validation)> = trust.repos.iter().collect();
    repos.sort_by(|(a, first), (b, second)| second.stated_fixes.cmp(&first.stated_fixes).then(a.cmp(b)));
    let mut rows: Vec<Row> = repos.iter().take(SHOWN).map(|(name, validation)| repository(name, validation)).collect();
    if repos.len() > 1 {
        rows.push(repository(&format!("all {} repositories", repos.len()), &trust.pooled));
    }
    table(
        &format!("Links inferred with confidence {COUNTS} or more, against those stated"),
        &[
            ("Repository", ""),
            ("Stated", "Fixes that name what brought the bug."),
            ("Precision", PRECISION),
            ("Recall", RECALL),
            ("Top five", "Of the inferred links that count, those that lead to the five commits named most often."),
        ],
        rows,
    )
}

fn repository(name: &str, validation: &Validation) -> Row {
    let finding = |of: Option<&Finding>| of.cloned().map_or(Cell::Empty, Cell::Finding);
    let level = validation.counted();
    row(vec![
        text(name),
        Cell::Count(validation.stated_fixes),
        finding(level.map(|level| &level.precision)),
        finding(level.map(|level| &level.recall)),
        Cell::Finding(concentration(validation)),
    ])
}

/// What another threshold would give.
fn by_confidence(trust: &Trust) -> Table {
    let rows = trust.pooled.levels.iter().map(|level| {
        row(vec![
            text(format!("{} or more", level.confidence)),
            Cell::Finding(level.precision.clone()),
            Cell::Finding(level.recall.clone()),
        ])
    });
    let columns = [("Confidence", "What the ranker gives a link."), ("Precision", PRECISION), ("Recall", RECALL)];
    table("By confidence", &columns, rows.collect())
}
