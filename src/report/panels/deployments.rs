//! How many deployments were there, and how many failed?

use super::{percent, row, table, text};
use crate::analysis::metrics::deployments::{Deployments, Environment};
use crate::analysis::metrics::pulls;
use crate::analysis::metrics::{Minimum, Tally};
use crate::analysis::{Analysis, Finding};
use crate::report::panel::{Cell, Chart, IntervalRow, Panel};
use crate::report::words;

/// Environments shown, those with the most deployments; previews of pull requests may have hundreds.
const SHOWN: usize = 12;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let Deployments(all) = &analysis.deployments;
    let mut told: Vec<(&str, &Environment)> = all.iter().map(|(name, own)| (name.as_str(), own)).collect();
    told.sort_by_key(|(name, own)| (std::cmp::Reverse(own.deployments), *name));
    if told.is_empty() {
        return Vec::new();
    }
    let sum = |of: fn(&Environment) -> u64| told.iter().map(|(_, own)| of(own)).sum::<u64>();
    let ended = Tally { watched: sum(|own| own.ended.watched), events: sum(|own| own.ended.events) };
    let more = told.len().saturating_sub(SHOWN) as u64;
    let mut caveats = vec![
        "A failed deployment is laid to no change, and to nobody: it may be the network's.".to_owned(),
        "Which deployments are recorded, and what failure means, differs from project to project.".to_owned(),
    ];
    if more > 0 {
        caveats.push(format!(
            "{} with fewer deployments are not shown.",
            words::counted_as(more, "environment", "environments")
        ));
    }
    let share = |tally: Tally| deployments_that_failed(tally, analysis.minimum);
    let rows = told.iter().take(SHOWN).map(|(name, own)| {
        let month = |(year, month): (i64, i64)| format!("{year}-{month:02}");
        let when = own.months.map_or(Cell::Empty, |[first, last]| text(format!("{} to {}", month(first), month(last))));
        row(vec![
            text(*name),
            Cell::Count(own.deployments),
            Cell::Count(own.ended.watched),
            Cell::Finding(share(own.ended)),
            when,
        ])
    });
    let columns = [
        ("Environment", ""),
        ("Deployments", ""),
        ("End known", "Succeeded or failed; of the others the state is not known, or they are under way."),
        ("Failed", "Of those whose end is known."),
        ("When", "First and last month."),
    ];
    let drawn: Vec<IntervalRow> =
        told.iter().take(SHOWN).map(|(name, own)| drawn(name, own, &share(own.ended))).collect();
    vec![Panel {
        id: "deployments",
        question: "How many deployments were there, and how many failed?".to_owned(),
        answer: format!(
            "{} to {}; of those whose end is known {} failed.",
            words::counted(sum(|own| own.deployments), "deployment"),
            words::counted(told.len() as u64, "environment"),
            words::say(&share(ended))
        ),
        chart: drawn.iter().any(|row| row.point.is_some()).then(|| Chart::Intervals {
            title: "Deployments that failed, by environment".to_owned(),
            unit: "% of those whose end is known".to_owned(),
            rows: drawn,
        }),
        tables: vec![table("By environment", &columns, rows.collect())],
        how: "Deployments that GitHub was told of and that were created in the window, each by the end it reached first: `success`, or \
              `failure` and `error`. Wilson's 95 % interval, deployments taken as independent. Environments that fewer than 5 people deploy to are told together, lest they tell of a person."
            .to_owned(),
        caveats,
        query: Some("deployments"),
    }]
}

fn deployments_that_failed(tally: Tally, minimum: Minimum) -> Finding {
    match pulls::share(tally, minimum) {
        Finding::TooLittleData { n, events, .. } => {
            Finding::TooLittleData { n, events, reason: format!("fewer than {} deployments", minimum.changes) }
        }
        finding => finding,
    }
}

fn drawn(name: &str, own: &Environment, share: &Finding) -> IntervalRow {
    IntervalRow {
        group: "Environments".to_owned(),
        label: name.to_owned(),
        key: "unknown".to_owned(),
        point: percent(share),
        note: format!("{} of {}", words::count(own.ended.events), words::count(own.ended.watched)),
    }
}
