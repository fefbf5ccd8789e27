//! How did the changes of each month fare, at the same age?

use super::judged::SIDES;
use super::{row, table, text};
use crate::analysis::judged::{COHORT_AGES, Cohort, Counted, Judged};
use crate::analysis::{Analysis, Estimate, Finding, Unit};
use crate::report::panel::{Cell, Chart, HeatRow, Panel};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    panel(&analysis.judged).filter(|_| analysis.judged.ai > 0).into_iter().collect()
}

/// The age at which the oldest month told and the newest are put into words: 30 days.
const MONTH: usize = 2;

fn finding(counted: &Counted) -> Finding {
    let Counted { share, changes, events } = *counted;
    Finding::Estimate(Estimate::new(share, changes, events, Unit::Share, "Kaplan–Meier"))
}

/// Months shown, the newest.
const MONTHS: usize = 24;

fn panel(judged: &Judged) -> Option<Panel> {
    let told: Vec<_> = judged.cohorts.iter().rev().take(MONTHS).collect();
    told.iter().find(|cohort| cohort.by_age.iter().any(Option::is_some))?;
    let share = |cohort: &Cohort| {
        let said = words::say(&finding(&cohort.by_age[MONTH]?));
        Some(format!("{} ({}) of those of {}", said.value, said.interval, words::month(cohort.month)))
    };
    let shares: Vec<String> = told.iter().rev().filter_map(|cohort| share(cohort)).collect();
    let ends = match shares.as_slice() {
        [oldest, .., newest] => format!("{oldest}, and to {newest}"),
        all => all.concat(),
    };
    let within = match ends.is_empty() {
        true => String::new(),
        false => format!("Within {} days of landing it happened to {ends}. ", COHORT_AGES[MONTH]),
    };
    let rows = told.iter().rev().map(|cohort| {
        let cells = cohort.by_age.iter().map(|counted| match counted {
            Some(counted) => Cell::Finding(finding(counted)),
            None => Cell::Empty,
        });
        row([text(words::month(cohort.month)), Cell::Count(cohort.changes)].into_iter().chain(cells).collect())
    });
    let ages = COHORT_AGES.map(|age| words::counted(age as u64, "day"));
    let mut columns = vec![("Landed in", ""), ("Changes", "AI and the rest together.")];
    let help = |at: usize| {
        if at == 0 {
            "At every age empty where fewer than half of the changes could be watched for as long."
        } else {
            ""
        }
    };
    columns.extend(ages.iter().enumerate().map(|(at, age)| (age.as_str(), help(at))));
    let cells = |by_age: &[Option<Counted>]| {
        by_age.iter().map(|counted| counted.map(|counted| 100.0 * counted.share.value)).collect()
    };
    let drawn =
        told.iter().rev().map(|cohort| HeatRow { label: words::month(cohort.month), values: cells(&cohort.by_age) });
    let chart = Chart::Heat {
        title: "Reverted or rewritten by a bug fix, by month of landing and age".to_owned(),
        unit: "% of the month's changes, by age".to_owned(),
        columns: ages.to_vec(),
        rows: drawn.collect(),
    };
    Some(Panel {
        id: "cohorts",
        question: "How many changes of each month were reverted or rewritten by a bug fix?".to_owned(),
        answer: format!(
            "{within}Months stand side by side at the same age; crossed out is what is too young for an age, or by too few people."
        ),
        chart: Some(chart),
        tables: vec![table("By month of landing", &columns, rows.collect())],
        how: format!(
            "Changes that landed in a month, and the share that was reverted or had lines rewritten by a bug fix by an age (Kaplan–Meier, an author's changes taken together). Crossed out is where fewer than half could be watched for as long, or fewer than 5 authors' could. {SIDES}"
        ),
        caveats: vec!["Months differ in what was worked on, and in how much of AI's work bears a label.".to_owned()],
        query: Some("judged_changes"),
    })
}
