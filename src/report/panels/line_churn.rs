//! How many fresh lines are soon rewritten, and by whom?

use super::lines::{self, CLUSTERED, LANDED, LINES, SAME_TIME};
use super::{row, table, text};
use crate::analysis::metrics::Minimum;
use crate::analysis::metrics::line_churn::{ChurnWindow, LineChurn, Whom};
use crate::analysis::metrics::lines::share;
use crate::analysis::{Analysis, Finding};
use crate::facts::Origin;
use crate::report::panel::{Cell, Chart, IntervalRow, Panel, Table};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let churn = &analysis.lines.churn;
    let watched: Vec<&ChurnWindow> = churn.windows.iter().filter(|window| !origins(window).is_empty()).collect();
    let mut tables: Vec<Table> = watched.iter().map(|window| by_whom(window, analysis.minimum)).collect();
    if !watched.is_empty() {
        tables.push(comparison(churn, analysis.minimum));
    }
    vec![Panel {
        id: "line_churn",
        question: "How many fresh lines are soon rewritten, and by whom?".to_owned(),
        answer: lines::answer(analysis, "No such line could be watched for a whole window.", (!watched.is_empty()).then(|| answer(churn, analysis.minimum))),
        chart: chart(&watched, analysis.minimum),
        tables,
        how: format!(
            "{LINES} {LANDED} Only lines that could be watched for the whole window are counted; the curves of survival take younger ones \
             as well, and say something else where those fare otherwise. The author is that of the commits. A \
             commit that says it reverts counts as a revert, else one that fixes a bug as a fix, else a merge as a merge: it kept \
             neither side's lines. {CLUSTERED} {SAME_TIME}"
        ),
        caveats: vec![
            "An author who goes on with the work rewrites lines too: only fixes and reverts say that something was wrong.".to_owned(),
            "An agent's account is one author, whoever steers it; a squash merge names one author for several.".to_owned(),
            lines::ASSOCIATED.to_owned(),
        ],
        query: Some("line_churn"),
    }]
}

/// Origins of which lines were watched for the whole window.
fn origins(window: &ChurnWindow) -> Vec<Origin> {
    let any = window.of_any().into_iter().flat_map(|groups| &groups.by_origin);
    any.filter(|(_, sums)| sums.units > 0).map(|(origin, _)| *origin).collect()
}

fn answer(churn: &LineChurn, minimum: Minimum) -> String {
    let most = churn.windows.last().and_then(|window| {
        let (origin, sums) = window.of_any()?.by_origin.iter().max_by_key(|(_, sums)| sums.units)?;
        Some((window.days, *origin, share(sums, minimum)))
    });
    let most = most.map(|(days, origin, share)| {
        let said = words::say(&share);
        format!("Of the lines of origin {origin}, rewritten or deleted within {days} days: {said}.")
    });
    let compared = churn.windows.iter().rev().find_map(|window| match window.compare(Whom::Any, minimum) {
        [Finding::Estimate(ai), Finding::Estimate(rest), Finding::Estimate(difference)] => {
            let when = format!("Within {} days", window.days);
            Some(lines::compared(&when, "rewritten or deleted", &ai, &rest, difference))
        }
        _ => None,
    });
    let compared = compared.unwrap_or_else(|| lines::NOT_COMPARED.to_owned());
    most.into_iter().chain([compared]).collect::<Vec<_>>().join(" ")
}

fn said(whom: Whom) -> &'static str {
    match whom {
        Whom::Any => "by anyone",
        Whom::SameAuthor => "by the author of the lines",
        Whom::OtherAuthor => "by another author",
        Whom::Revert => "by a revert",
        Whom::Fix => "by a bug fix",
        Whom::Merge => "by a merge",
        Whom::Other => "by any other commit",
    }
}

fn by_whom(window: &ChurnWindow, minimum: Minimum) -> Table {
    let origins = origins(window);
    let of = |whom: Whom, origin: &Origin| {
        window.by_whom.get(&whom).and_then(|groups| groups.by_origin.get(origin)).copied()
    };
    let commits =
        origins.iter().map(|origin| text(words::counted(of(Whom::Any, origin).unwrap_or_default().clusters, "commit")));
    let commits = row(std::iter::once(text("written by")).chain(commits).collect());
    let rows = Whom::ALL.iter().map(|&whom| {
        let shares = origins.iter().map(|origin| Cell::Finding(share(&of(whom, origin).unwrap_or_default(), minimum)));
        row(std::iter::once(text(said(whom))).chain(shares).collect())
    });
    let mut columns = vec![("", "")];
    columns.extend(origins.iter().map(|origin| (origin.as_str(), "")));
    let title = format!("Of the lines of each origin, ended within {} days", window.days);
    table(&title, &columns, std::iter::once(commits).chain(rows).collect())
}

fn comparison(churn: &LineChurn, minimum: Minimum) -> Table {
    let rows = churn.windows.iter().flat_map(|window| {
        [Whom::Any, Whom::Fix, Whom::Revert].map(|whom| {
            let findings = window.compare(whom, minimum).map(Cell::Finding);
            let label = format!("{} days, {}", window.days, said(whom));
            row(std::iter::once(text(label)).chain(findings).collect())
        })
    });
    table("Lines ended soon, AI against the rest", &lines::comparison_columns("Window"), rows.collect())
}

fn chart(windows: &[&ChurnWindow], minimum: Minimum) -> Option<Chart> {
    let rows: Vec<IntervalRow> = windows
        .iter()
        .flat_map(|window| {
            let group = format!("Within {} days", window.days);
            window
                .of_any()
                .into_iter()
                .flat_map(|groups| lines::interval_rows(&group, groups, minimum))
                .collect::<Vec<_>>()
        })
        .collect();
    rows.iter().any(|row| row.point.is_some()).then(|| Chart::Intervals {
        title: "Lines rewritten or deleted soon after they landed, by origin".to_owned(),
        unit: "% of the lines that landed".to_owned(),
        rows,
    })
}
