//! Who wrote what was merged?

use chrono::{Datelike, NaiveDate};

use super::{SHOWN, commit_ref, meaning, row_with_commits, share_in_words, table, text};
use crate::analysis::Analysis;
use crate::facts::Origin;
use crate::report::panel::{Cell, Chart, Panel, Series};

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let rows = Origin::ALL.iter().map(|&origin| {
        let changes = analysis.origins.get(&origin).copied().unwrap_or_default();
        let newest = analysis.newest_by_origin.iter().filter(|listed| listed.origin == Some(origin)).take(SHOWN);
        let commits = newest.map(|listed| commit_ref(analysis, listed, listed.reason.clone().unwrap_or_default()));
        let cells = vec![
            text(origin.as_str()),
            Cell::Count(changes),
            Cell::Finding(analysis.share(changes)),
            text(meaning(origin)),
        ];
        row_with_commits(cells, commits.collect(), changes)
    });
    vec![Panel {
        id: "origins",
        question: "Who wrote the changes that landed?".to_owned(),
        answer: answer(analysis),
        chart: chart(analysis),
        tables: vec![table(
            "Changes by origin",
            &[
                ("Origin", ""),
                ("Changes", ""),
                ("Share of all", "Changes of this origin among all changes in the window."),
                ("What it means", ""),
            ],
            rows.collect(),
        )],
        how: "A change is what landed on the mainline as one unit: a merged branch, a squash merge or a direct push. Its \
              origin is weighed from the evidence of the commits it brought: identities, trailers, and what the message says."
            .to_owned(),
        caveats: vec![
            "No marker is not human: where tools leave no trace or traces are stripped, AI work is among the unknown.".to_owned(),
            "The share with evidence of AI is therefore a lower bound.".to_owned(),
        ],
        query: Some("origin_changes"),
    }]
}

fn answer(analysis: &Analysis) -> String {
    let count = |origin| analysis.origins.get(&origin).copied().unwrap_or_default();
    let all = analysis.changes();
    if all == 0 {
        return "No changes landed in this window.".to_owned();
    }
    let ai = count(Origin::Agent) + count(Origin::Assisted);
    format!(
        "There is evidence of AI in {} changes. For {} there is no evidence either way: they stay unknown and are not counted as human.",
        share_in_words(ai, all),
        share_in_words(count(Origin::Unknown), all),
    )
}

/// Months without changes are drawn as empty, so that time runs evenly.
fn chart(analysis: &Analysis) -> Option<Chart> {
    let (first, last) = (*analysis.months.keys().next()?, *analysis.months.keys().next_back()?);
    let months: Vec<NaiveDate> =
        std::iter::successors(Some(first), |month| next_month(*month)).take_while(|month| *month <= last).collect();
    let changes = |month: &NaiveDate, origin| {
        analysis.months.get(month).and_then(|by| by.get(&origin)).copied().unwrap_or_default()
    };
    let series = Origin::ALL.iter().map(|&origin| Series {
        key: origin.to_string(),
        label: origin.to_string(),
        values: months.iter().map(|month| changes(month, origin) as f64).collect(),
    });
    // A month that is not over looks like a fall.
    let newest = analysis.repos.iter().filter_map(|repo| repo.last_change).max().map(|at| at.date_naive());
    let is_cut = |day: &NaiveDate| {
        day.with_day(1) == Some(last) && day.succ_opt().is_some_and(|next| next.month() == day.month())
    };
    let until = newest.filter(is_cut).map_or_else(String::new, |day| format!("; the last one up to {day}"));
    Some(Chart::StackedColumns {
        title: format!("Changes that landed each month, by origin{until}"),
        unit: "changes per month".to_owned(),
        series: series.collect(),
        months,
    })
}

fn next_month(month: NaiveDate) -> Option<NaiveDate> {
    let (year, number) = if month.month() == 12 { (month.year() + 1, 1) } else { (month.year(), month.month() + 1) };
    NaiveDate::from_ymd_opt(year, number, 1)
}
