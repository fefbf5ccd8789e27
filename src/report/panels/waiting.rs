//! How long do changes of either side go without it?

use std::collections::BTreeSet;

use super::judged::{SIDES, counts};
use super::{row, table, text};
use crate::analysis::judged::{Judged, JudgedOutcome};
use crate::analysis::stats::proportions::Interval;
use crate::analysis::stats::survival::Curve;
use crate::analysis::{Analysis, Estimate, Finding, Unit};
use crate::report::panel::{Cell, Chart, Panel, SurvivalCurve};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    panel(&analysis.judged).filter(|_| analysis.judged.ai > 0).into_iter().collect()
}

/// Curves of the outcome that is told most about.
fn panel(judged: &Judged) -> Option<Panel> {
    let events = |outcome: &&JudgedOutcome| counts(&outcome.judgement).1;
    let outcome = judged.outcomes.iter().filter(|outcome| events(outcome) > 0).max_by_key(|outcome| events(outcome))?;
    let arms = [("assisted", "AI"), ("unknown", "the rest")];
    let curves: Vec<(&str, &str, &Curve)> = (arms.into_iter().zip(&outcome.curves))
        .filter_map(|((key, label), curve)| Some((key, label, curve.as_ref()?)))
        .filter(|(_, _, curve)| end(curve) > 0)
        .collect();
    let [(_, _, ai), (_, _, rest)] = curves[..] else { return None };
    let longest = curves.iter().map(|(_, _, curve)| end(curve)).max()?;
    let ages: Vec<u32> = [0, 7, 30, 90, 180, 365, 730, 1095].into_iter().filter(|age| *age <= longest).collect();
    let drawn = curves.iter().map(|(key, label, curve)| SurvivalCurve {
        key: (*key).to_owned(),
        label: (*label).to_owned(),
        points: points(curve, &ages),
        // Beyond its end too few people are behind a curve.
        at_risk: ages.iter().map(|age| if *age <= end(curve) { curve.at_risk(*age).0 } else { 0 }).collect(),
    });
    let at = ages.iter().copied().filter(|age| *age > 0);
    let rows = at.map(|age| {
        let cells = curves.iter().map(|(_, _, curve)| match curve.at(age).filter(|_| age <= end(curve)) {
            Some(left) => {
                let ended = curve.ended_by(age);
                Cell::Finding(alive(left, curve.units(), ended))
            }
            None => Cell::Empty,
        });
        row(std::iter::once(text(words::counted(age.into(), "day"))).chain(cells).collect())
    });
    let mut columns = vec![("After", "")];
    columns.extend(curves.iter().map(|(_, label, _)| (*label, "")));
    Some(Panel {
        id: "waiting",
        question: format!("How long do changes go without being {}?", outcome.asked.title.to_lowercase()),
        answer: answer([ai, rest], &ages),
        tables: vec![table("Changes it has not happened to", &columns, rows.collect())],
        chart: Some(Chart::Survival {
            title: format!("Changes that were not yet {}", outcome.asked.title.to_lowercase()),
            unit: "% of changes".to_owned(),
            counted: "changes still watched".to_owned(),
            ages: ages.clone(),
            curves: drawn.collect(),
        }),
        how: format!(
            "Kaplan–Meier, with intervals that take an author's changes together; curves end where fewer than {AT_RISK} authors still \
             have changes under watch. {SIDES}"
        ),
        caveats: vec!["Nothing is held equal here: see the comparisons of like with like.".to_owned()],
        query: Some("judged_changes"),
    })
}

fn alive(left: Interval, units: u64, ended: u64) -> Finding {
    Finding::Estimate(Estimate::new(left, units, ended, Unit::Alive, "Kaplan–Meier"))
}

/// What is left of either side at 90 days, or the last age before that both have.
fn answer(sides: [&Curve; 2], ages: &[u32]) -> String {
    let overlap = "Where the bands of the curves overlap they do not tell the sides apart.";
    let both = |age: &&u32| (1..=90).contains(*age) && sides.iter().all(|curve| **age <= end(curve));
    let Some(&age) = ages.iter().rev().find(both) else { return overlap.to_owned() };
    let said = sides.map(|curve| match curve.at(age) {
        Some(left) => {
            let said = words::say(&alive(left, curve.units(), curve.ended_by(age)));
            format!("{} ({})", said.value, said.interval)
        }
        None => "nothing known".to_owned(),
    });
    let [ai, rest] = said;
    format!(
        "After {} {ai} of the changes with AI and {rest} of the rest are left. {overlap}",
        words::counted(age.into(), "day")
    )
}

/// Authors whose changes are still watched, below which a curve ends.
const AT_RISK: u64 = 5;
const POINTS: usize = 200;

fn end(curve: &Curve) -> u32 {
    curve.reach(AT_RISK).unwrap_or_default()
}

/// Of the curve, at these ages too, which the table tells.
fn points(curve: &Curve, at: &[u32]) -> Vec<[f64; 4]> {
    let end = end(curve);
    let ages: Vec<u32> = curve.steps().iter().map(|step| step.age).filter(|age| *age <= end).collect();
    let step = ages.len().div_ceil(POINTS).max(1);
    let told = ages.iter().copied().step_by(step).chain(at.iter().copied().filter(|age| *age <= end)).chain([end]);
    let told = BTreeSet::from_iter(told).into_iter();
    let point = |age: u32| {
        let left = curve.at(age)?;
        Some([f64::from(age), 100.0 * left.value, 100.0 * left.low, 100.0 * left.high])
    };
    std::iter::once([0.0, 100.0, 100.0, 100.0]).chain(told.filter(|age| *age > 0).filter_map(point)).collect()
}
