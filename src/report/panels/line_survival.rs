//! How long do lines last?

use super::lines::{self, CLUSTERED, LANDED, LINES, SAME_TIME};
use super::{commit_ref, row, row_with_commits, table, text};
use crate::analysis::listing::Listed;
use crate::analysis::metrics::Minimum;
use crate::analysis::metrics::line_survival::{AGES, LineSurvival};
use crate::analysis::metrics::lines::EFFECTIVE;
use crate::analysis::stats::survival::Curve;
use crate::analysis::{Analysis, Estimate, Finding};
use crate::facts::Origin;
use crate::report::panel::{Cell, Chart, Panel, SurvivalCurve, Table};
use crate::report::words;

/// A curve is drawn from at most about so many points.
const POINTS: u32 = 200;
/// Marks on the time axis at most.
const MARKS: u32 = 9;
/// Days between marks that read well; beyond them whole years.
const STEPS: [u32; 8] = [1, 2, 5, 10, 30, 60, 90, 180];
const YEAR: u32 = 365;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let survival = &analysis.lines.survival;
    let shown = !curves(survival).is_empty();
    vec![Panel {
        id: "line_survival",
        question: "How long do lines last?".to_owned(),
        answer: lines::answer(analysis, "No such line landed in this window.", shown.then(|| answer(survival, analysis.minimum))),
        chart: chart(survival, analysis.minimum),
        tables: if shown { vec![half_lives(analysis), by_origin(analysis), comparison(analysis)] } else { Vec::new() },
        how: format!(
            "{LINES} {LANDED} A line that is still there counts for as long as it could be watched, up to the newest commit of the \
             mainline. Curves are Kaplan–Meier's; they end where fewer than {EFFECTIVE} commits still have lines under watch. The \
             half-life is the age by which half of the lines have ended. {CLUSTERED} {SAME_TIME}"
        ),
        caveats: vec![
            "Curves by origin stand side by side for lines of different years and files; only the comparison keeps to one period."
                .to_owned(),
            "That a line lasts does not make it good: nobody may dare to touch it.".to_owned(),
            "One deletion that ends lines of many commits makes the truth less sure than the intervals.".to_owned(),
            lines::ASSOCIATED.to_owned(),
        ],
        query: Some("line_survival"),
    }]
}

fn curves(survival: &LineSurvival) -> Vec<(Origin, &Curve)> {
    survival.curves.by_origin.iter().filter_map(|(origin, curve)| Some((*origin, curve.as_ref()?))).collect()
}

/// The age at which the sides are put side by side in words, where they can be; else the oldest at which they can.
const TOLD_AT: u32 = 90;

/// The half-life of the most lines, and the comparison at one age, with the oldest that says the opposite.
fn answer(survival: &LineSurvival, minimum: Minimum) -> String {
    let most = curves(survival).into_iter().max_by_key(|(_, curve)| curve.units());
    let half = most.map(|(origin, curve)| match LineSurvival::half_life(curve, minimum) {
        half @ Finding::Estimate(_) => {
            format!("Half of the lines of origin {origin} had been rewritten or deleted after {}.", words::say(&half))
        }
        Finding::TooLittleData { reason, .. } | Finding::Withheld { reason } => {
            format!("The half-life of lines of origin {origin} cannot be told: {reason}.")
        }
    });
    let told = AGES.iter().rev().filter_map(|&age| match survival.compare(age, minimum) {
        [Finding::Estimate(ai), Finding::Estimate(rest), Finding::Estimate(difference)] => {
            Some((age, [ai, rest, difference]))
        }
        _ => None,
    });
    let told: Vec<(u32, [Estimate; 3])> = told.collect();
    let compared = match told.iter().find(|(age, _)| *age == TOLD_AT).or(told.first()) {
        None => vec![lines::NOT_COMPARED.to_owned()],
        Some((age, [ai, rest, difference])) => {
            let when = format!("{} after they landed", lines::age(*age));
            let is_opposite =
                |other: &Estimate| difference.low > 0.0 && other.high < 0.0 || difference.high < 0.0 && other.low > 0.0;
            let turned = told.iter().find(|(_, [.., other])| is_opposite(other)).map(|(age, [.., other])| {
                let said = words::say(&Finding::Estimate(other.clone()));
                format!("{} after they landed it is the other way round, {said}: the curves cross.", lines::age(*age))
            });
            let compared = lines::compared(&when, "still there", ai, rest, difference.clone());
            std::iter::once(compared).chain(turned.map(|said| super::capital(&said))).collect()
        }
    };
    half.into_iter().chain(compared).collect::<Vec<_>>().join(" ")
}

fn half_lives(analysis: &Analysis) -> Table {
    let rows = curves(&analysis.lines.survival).into_iter().map(|(origin, curve)| {
        let cells = vec![
            text(origin.as_str()),
            Cell::Count(curve.clusters()),
            Cell::Count(curve.units()),
            Cell::Finding(LineSurvival::half_life(curve, analysis.minimum)),
        ];
        let (newest, all) = match analysis.lines.survival.ended.get(&origin) {
            Some(ended) => (ended.newest.as_slice(), ended.commits),
            None => (&[][..], 0),
        };
        let note = |listed: &Listed| listed.reason.clone().unwrap_or_default();
        let commits = newest.iter().map(|listed| commit_ref(analysis, listed, note(listed)));
        row_with_commits(cells, commits.collect(), all)
    });
    let columns = [
        ("Origin", ""),
        ("Commits", "Commits that wrote lines which landed."),
        ("Lines", "Lines that landed."),
        ("Half-life", "The age by which half of the lines have ended."),
    ];
    table("Half-life of lines, by origin", &columns, rows.collect())
}

fn by_origin(analysis: &Analysis) -> Table {
    let minimum = analysis.minimum;
    let rows = curves(&analysis.lines.survival).into_iter().map(|(origin, curve)| {
        let alive = AGES.iter().map(|&age| Cell::Finding(LineSurvival::alive(curve, age, minimum)));
        row(std::iter::once(text(origin.as_str())).chain(alive).collect())
    });
    let after = AGES.map(|age| format!("After {}", lines::age(age)));
    let mut columns = vec![("Origin", "")];
    columns.extend(after.iter().map(|label| (label.as_str(), "")));
    table("Lines still there, by origin", &columns, rows.collect())
}

/// Ages at which neither side can be told are left out, but for the first.
fn comparison(analysis: &Analysis) -> Table {
    let findings = AGES.map(|age| (age, analysis.lines.survival.compare(age, analysis.minimum)));
    let is_told = |findings: &[Finding]| findings.iter().any(|finding| matches!(finding, Finding::Estimate(_)));
    let told = findings.into_iter().filter(|(age, findings)| *age == AGES[0] || is_told(findings));
    let rows = told.map(|(age, findings)| {
        row(std::iter::once(text(lines::age(age))).chain(findings.map(Cell::Finding)).collect())
    });
    table("Lines still there, AI against the rest", &lines::comparison_columns("Age"), rows.collect())
}

fn chart(survival: &LineSurvival, minimum: Minimum) -> Option<Chart> {
    let drawn: Vec<(Origin, &Curve, u32)> = curves(survival)
        .into_iter()
        .filter(|(_, curve)| matches!(LineSurvival::alive(curve, 0, minimum), Finding::Estimate(_)))
        .filter_map(|(origin, curve)| Some((origin, curve, curve.reach(EFFECTIVE)?)))
        .collect();
    let last = drawn.iter().map(|(_, _, reach)| *reach).max().filter(|last| *last > 0)?;
    let ages = marks(last);
    let curves = drawn.into_iter().map(|(origin, curve, reach)| SurvivalCurve {
        key: origin.to_string(),
        label: origin.to_string(),
        points: points(curve, reach, &ages),
        at_risk: ages.iter().map(|age| curve.at_risk(*age).0).collect(),
    });
    Some(Chart::Survival {
        title: "Lines still there, by age and origin".to_owned(),
        unit: "% of the lines that landed".to_owned(),
        curves: curves.collect(),
        counted: "lines still there and watched".into(),
        ages,
    })
}

/// Round ages from 0 up to the last.
fn marks(last: u32) -> Vec<u32> {
    let years = |last: u32| YEAR * (last / YEAR / MARKS + 1);
    let step = STEPS.into_iter().find(|step| last / step < MARKS).filter(|_| last < 3 * YEAR).unwrap_or(years(last));
    (0..=last / step).map(|at| at * step).collect()
}

/// The curve at its steps, or where they are many at evenly spaced ages, and at the marks.
fn points(curve: &Curve, reach: u32, marks: &[u32]) -> Vec<[f64; 4]> {
    let steps = || curve.steps().iter().filter(|step| step.ended > 0 && step.age < reach).map(|step| step.age);
    let mut ages: Vec<u32> = if steps().count() as u32 <= POINTS {
        steps().collect()
    } else {
        (0..POINTS).map(|at| (u64::from(reach) * u64::from(at) / u64::from(POINTS)) as u32).collect()
    };
    ages.extend(marks.iter().copied().filter(|mark| *mark <= reach));
    ages.extend([0, reach]);
    ages.sort_unstable();
    ages.dedup();
    let point = |age: u32| {
        let at = curve.at(age)?;
        Some([f64::from(age), at.value * 100.0, at.low * 100.0, at.high * 100.0])
    };
    ages.into_iter().filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_few_and_round() {
        assert_eq!(marks(6), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(marks(100), [0, 30, 60, 90]);
        assert_eq!(marks(1000), [0, 180, 360, 540, 720, 900]);
        assert_eq!(marks(1500), [0, 365, 730, 1095, 1460]);
        assert_eq!(marks(5000).len(), 7);
        assert!((1..20_000).all(|last| marks(last).len() <= 10 && marks(last).len() >= 2));
    }
}
