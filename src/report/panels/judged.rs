//! Do changes with AI fare worse than others like them? One panel an outcome, and what became of all of them.

use super::{row, table, text};
use crate::analysis::judge::ladder::{Rung, Step};
use crate::analysis::judge::warning::Warning;
use crate::analysis::judge::{Judgement, verdict::Verdict};
use crate::analysis::judged::{AGES, Judged, JudgedOutcome};
use crate::analysis::stats::proportions::Interval;
use crate::analysis::stats::survival::Curve;
use crate::analysis::{Analysis, Estimate, Finding, Unit};
use crate::report::panel::{Cell, Chart, IntervalRow, Panel, RATIO, SurvivalCurve, Table};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let judged = &analysis.judged;
    if judged.ai == 0 {
        return Vec::new();
    }
    let mut panels: Vec<Panel> = became(judged).into_iter().collect();
    panels.extend(judged.outcomes.iter().map(|outcome| panel(judged, outcome)));
    panels.extend(waiting(judged));
    panels.extend(cohorts(judged));
    panels.extend(places(judged));
    panels
}

const SIDES: &str = "AI is agent and assisted, the rest is human and unknown, both since their repository's first change with evidence of AI; \
                     automation is on neither side.";
const NOT_CAUSED: &str =
    "Associated with, never caused by: changes were not given to AI by lot. Not for judging people.";

fn panel(judged: &Judged, outcome: &JudgedOutcome) -> Panel {
    let judgement = &outcome.judgement;
    let mut caveats: Vec<String> = judgement.warnings.iter().map(warning).collect();
    if let Some(control) = judged.control.as_ref().filter(|control| is_clear(control)) {
        caveats.push(format!(
            "The control, whether files had been fixed before the change came, differs: {}.",
            control.sentence
        ));
    }
    caveats.push(NOT_CAUSED.to_owned());
    Panel {
        id: outcome.asked.id,
        question: format!("{}: does it go with AI, like compared with like?", outcome.asked.title),
        answer: format!("{}.", capital(&judgement.sentence)),
        chart: chart(judgement),
        tables: [ladder(judgement), overturned(judgement), balance(judgement), assumed(outcome)]
            .into_iter()
            .flatten()
            .collect(),
        how: how(judgement),
        caveats,
        query: Some("judged_changes"),
    }
}

fn is_clear(judgement: &Judgement) -> bool {
    matches!(judgement.verdict, Verdict::AiWorse | Verdict::AiBetter)
}

fn how(judgement: &Judgement) -> String {
    let rules = &judgement.rules;
    format!(
        "{SIDES} Each step heeds what the one before left out: all changes as they are; how long they were watched (hazards); task, \
         language, quarter and recent fixes of the files (Mantel–Haenszel within strata); the same by overlap weights; one author's own \
         changes with AI against the same author's without. Each is told per change and at equal size, since big tasks go to AI and AI \
         makes changes bigger. The verdict is that of one step, chosen before the run ({}), with intervals that take an author's \
         changes together. It needs {} changes and {} events on either side, {} events in all and {} authors with AI; {} to {} is as \
         good as equal; a sign that turns from step to step is no answer. Several outcomes are asked: their p are corrected by Holm. \
         The numbers are in `[report.judge]`.",
        rules.headline.words(),
        rules.changes_per_arm,
        rules.events_per_arm,
        rules.events,
        rules.ai_authors,
        rules.equal_from,
        rules.equal_to,
    )
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn warning(warning: &Warning) -> String {
    format!("{}: {}.", capital(&warning.kind.name().replace('_', " ")), warning.because)
}

/// All steps that could be made, and those that could not.
fn chart(judgement: &Judgement) -> Option<Chart> {
    let drawn = |rung: &Rung| IntervalRow {
        group: size(rung.at_equal_size).to_owned(),
        label: rung.step.words().to_owned(),
        key: "assisted".to_owned(),
        point: Some([rung.value, rung.low, rung.high]),
        note: format!("{} % of changes", words::decimal(100.0 * rung.used, 0)),
    };
    let mut rows: Vec<IntervalRow> = judgement.ladder.rungs.iter().map(drawn).collect();
    rows.sort_by_key(|row| row.group != size(false));
    (!rows.is_empty()).then(|| Chart::Intervals {
        title: "AI over the rest, step by step".to_owned(),
        unit: RATIO.to_owned(),
        rows,
    })
}

fn size(at_equal_size: bool) -> &'static str {
    if at_equal_size { "At equal size" } else { "Per change" }
}

fn ratio(judgement: &Judgement, interval: Interval, method: &'static str) -> Finding {
    let (n, events) = judgement.tally.map_or((0, 0), |t| (t.ai + t.human, t.ai_events + t.human_events));
    Finding::Estimate(Estimate::new(interval, n, events, Unit::Ratio, method))
}

fn ladder(judgement: &Judgement) -> Option<Table> {
    const STEPS: [Step; 7] = [
        Step::Crude,
        Step::SameWindow,
        Step::Stratified,
        Step::Weighted,
        Step::WithinAuthor,
        Step::Adoption,
        Step::Corrected,
    ];
    let cell = |step: Step, at_equal_size: bool| {
        let missing = || {
            let ladder = &judgement.ladder;
            let missing = ladder.missing.iter().find(|one| one.step == step && one.at_equal_size == at_equal_size)?;
            Some(Cell::Finding(Finding::TooLittleData { n: 0, events: 0, reason: missing.reason.clone() }))
        };
        let made = judgement.ladder.rung(step, at_equal_size).map(|rung| {
            let interval = Interval { value: rung.value, low: rung.low, high: rung.high };
            Cell::Finding(ratio(judgement, interval, rung.method))
        });
        made.or_else(missing).unwrap_or(Cell::Empty)
    };
    let rows: Vec<_> = STEPS
        .into_iter()
        .map(|step| (step, [cell(step, false), cell(step, true)]))
        .filter(|(_, cells)| !cells.iter().all(|cell| matches!(cell, Cell::Empty)))
        .map(|(step, [per_change, at_equal_size])| row(vec![text(step.words()), per_change, at_equal_size]))
        .collect();
    let columns = [
        ("Step", ""),
        ("Per change", "Above 1: changes with AI more often or sooner."),
        ("At equal size", "Changes of like numbers of lines compared."),
    ];
    (!rows.is_empty()).then(|| table("The same comparison, step by step", &columns, rows))
}

/// What would have to be so for another answer.
fn overturned(judgement: &Judgement) -> Option<Table> {
    judgement.headline.as_ref()?;
    let sensitivity = &judgement.sensitivity;
    let two = |number: f64| words::decimal(number, 2);
    let mut rows: Vec<(String, String)> = Vec::new();
    let recalls: Vec<String> = (sensitivity.by_label_recall.iter())
        .map(|(recall, ratio)| {
            let told = ratio.map_or("impossible here".to_owned(), two);
            format!("{} %: {told}", words::decimal(100.0 * recall, 0))
        })
        .collect();
    rows.push(("If only this share of AI changes bore a label, the ratio would be".to_owned(), recalls.join("; ")));
    if let Some((value, limit)) = sensitivity.e_value {
        rows.push((
            "A hidden cause would have to be tied to both AI and the outcome (E-value)".to_owned(),
            format!("{} times for the ratio, {} times for its limit", two(value), two(limit)),
        ));
    }
    if let Some(visible) = sensitivity.smallest_visible {
        rows.push(("The smallest ratio that this many events could have shown".to_owned(), two(visible)));
    }
    if let Some(times) = sensitivity.equal_if_found_more_often {
        let said = format!("{} times as often in changes with AI", two(times));
        rows.push(("Both would be equal if it were found".to_owned(), said));
    }
    for difference in &judgement.differences {
        rows.push((format!("By {}", difference.column), difference.words()));
    }
    for period in &judgement.periods {
        let to = period.to.map_or("on".to_owned(), |to| format!("to {}", words::decimal(to, 0)));
        let said = format!("{} ({} to {})", two(period.value), two(period.low), two(period.high));
        rows.push((format!("From day {} {to}", words::decimal(period.from, 0)), said));
    }
    let rows = rows.into_iter().map(|(what, said)| row(vec![text(what), text(said)])).collect();
    Some(table("What would overturn it", &[("What", ""), ("Here", "")], rows))
}

/// Covariates shown, those first in which the arms differ most.
const COVARIATES: usize = 12;

fn balance(judgement: &Judgement) -> Option<Table> {
    let overlap = judgement.overlap.as_ref()?;
    let mut worst: Vec<_> = overlap.balance.iter().collect();
    worst.sort_by(|one, other| other.before.abs().total_cmp(&one.before.abs()));
    let rows = worst.into_iter().take(COVARIATES).map(|one| {
        row(vec![text(one.covariate.clone()), text(words::decimal(one.before, 2)), text(words::decimal(one.after, 2))])
    });
    let columns = [
        ("Covariate", ""),
        ("Before", "Standardised difference between AI and the rest; beyond 0.1 they are not alike."),
        ("After weighting", ""),
    ];
    Some(table("How alike AI changes and the rest are", &columns, rows.collect()))
}

fn assumed(outcome: &JudgedOutcome) -> Option<Table> {
    outcome.judgement.headline.as_ref()?;
    let rows = outcome
        .assumptions
        .iter()
        .map(|one| row(vec![text(one.what), text(one.evidence.clone().unwrap_or_else(|| "untestable".to_owned()))]));
    Some(table("What this rests on", &[("It is assumed that", ""), ("Evidence", "")], rows.collect()))
}

fn became(judged: &Judged) -> Option<Panel> {
    let longest = judged.became.last()?.days;
    let share = |of: &Interval, n: u64, events: u64| {
        Finding::Estimate(Estimate::new(*of, n, events, Unit::Share, "Aalen–Johansen"))
    };
    let rows = judged.became.iter().map(|one| {
        let [ai, rest] = &one.arms;
        row(vec![
            text(format!("within {} days", words::decimal(one.days, 0))),
            text(one.end),
            Cell::Finding(share(ai, judged.ai, one.events[0])),
            Cell::Finding(share(rest, judged.rest, one.events[1])),
        ])
    });
    let drawn = judged.became.iter().filter(|one| one.days == longest).flat_map(|one| {
        [("AI", "assisted", 0), ("the rest", "unknown", 1)].map(|(label, key, arm)| IntervalRow {
            group: capital(one.end),
            label: label.to_owned(),
            key: key.to_owned(),
            point: Some([one.arms[arm].value, one.arms[arm].low, one.arms[arm].high].map(|share| 100.0 * share)),
            note: format!("{} changes", words::count(one.events[arm])),
        })
    });
    let told: Vec<String> = (judged.became.iter())
        .filter(|one| one.days == longest && one.events.iter().any(|events| *events > 0))
        .map(|one| {
            let of_hundred = |arm: usize| words::decimal(100.0 * one.arms[arm].value, 1);
            format!("{} and {} {}", of_hundred(0), of_hundred(1), one.end)
        })
        .collect();
    Some(Panel {
        id: "became",
        question: "What became of 100 changes?".to_owned(),
        answer: format!(
            "After {} days, of 100 changes with AI and of 100 of the rest: {}.",
            words::decimal(longest, 0),
            if told.is_empty() { "all are as they landed".to_owned() } else { told.join("; ") }
        ),
        chart: Some(Chart::Intervals {
            title: format!("Of 100 changes, after {} days", words::decimal(longest, 0)),
            unit: "of 100".to_owned(),
            rows: drawn.collect(),
        }),
        tables: vec![table(
            "What came first",
            &[("Age", ""), ("What came first", ""), ("AI", "Agent and assisted."), ("The rest", "Human and unknown.")],
            rows.collect(),
        )],
        how: format!(
            "A change ends in what came first; what is left is as it landed. Cumulative incidence (Aalen–Johansen), which counts what \
             ended another way as gone: changes that could not be watched as long count for as long as they were. {SIDES}"
        ),
        caveats: vec![
            "Superseded is no failure; a line rewritten by a fix need not have been wrong.".to_owned(),
            "Nothing is held equal here: see the comparisons of like with like.".to_owned(),
            "Intervals take changes as independent.".to_owned(),
        ],
        query: Some("judged_changes"),
    })
}

/// Curves of the outcome that is told most about.
fn waiting(judged: &Judged) -> Option<Panel> {
    let events =
        |outcome: &&JudgedOutcome| outcome.judgement.tally.map_or(0, |tally| tally.ai_events + tally.human_events);
    let outcome = judged.outcomes.iter().filter(|outcome| events(outcome) > 0).max_by_key(|outcome| events(outcome))?;
    let arms = [("assisted", "AI"), ("unknown", "the rest")];
    let curves: Vec<(&str, &str, &Curve)> = (arms.into_iter().zip(&outcome.curves))
        .filter_map(|((key, label), curve)| Some((key, label, curve.as_ref()?)))
        .filter(|(_, _, curve)| end(curve) > 0)
        .collect();
    let longest = curves.iter().map(|(_, _, curve)| end(curve)).max()?;
    let ages: Vec<u32> = [0, 7, 30, 90, 180, 365, 730, 1095].into_iter().filter(|age| *age <= longest).collect();
    let drawn = curves.iter().map(|(key, label, curve)| SurvivalCurve {
        key: (*key).to_owned(),
        label: (*label).to_owned(),
        points: points(curve),
        at_risk: ages.iter().map(|age| curve.at_risk(*age).0).collect(),
    });
    let at = ages.iter().copied().filter(|age| *age > 0);
    let rows = at.map(|age| {
        let cells = curves.iter().map(|(_, _, curve)| match curve.at(age).filter(|_| age <= end(curve)) {
            Some(left) => {
                let ended = curve.ended_by(age);
                Cell::Finding(Finding::Estimate(Estimate::new(left, curve.units(), ended, Unit::Alive, "Kaplan–Meier")))
            }
            None => Cell::Empty,
        });
        row(std::iter::once(text(words::counted(age.into(), "day"))).chain(cells).collect())
    });
    let mut columns = vec![("After", "")];
    columns.extend(curves.iter().map(|(_, label, _)| (*label, "")));
    Some(Panel {
        id: "waiting",
        question: format!("How long do changes go without it: {}?", outcome.asked.title.to_lowercase()),
        answer: "The curves show what is left of either side; where their bands overlap nothing is said.".to_owned(),
        tables: vec![table("Changes it has not happened to", &columns, rows.collect())],
        chart: Some(Chart::Survival {
            title: format!("Changes that were not yet {}", outcome.asked.title.to_lowercase()),
            unit: "% of changes".to_owned(),
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

/// Authors whose changes are still watched, below which a curve ends.
const AT_RISK: u64 = 5;
const POINTS: usize = 200;

fn end(curve: &Curve) -> u32 {
    curve.reach(AT_RISK).unwrap_or_default()
}

fn points(curve: &Curve) -> Vec<[f64; 4]> {
    let end = end(curve);
    let ages: Vec<u32> = curve.steps().iter().map(|step| step.age).filter(|age| *age <= end).collect();
    let step = ages.len().div_ceil(POINTS).max(1);
    let told = ages.iter().copied().step_by(step).chain([end]);
    let point = |age: u32| {
        let left = curve.at(age)?;
        Some([f64::from(age), 100.0 * left.value, 100.0 * left.low, 100.0 * left.high])
    };
    std::iter::once([0.0, 100.0, 100.0, 100.0]).chain(told.filter(|age| *age > 0).filter_map(point)).collect()
}

/// Months shown, the newest.
const MONTHS: usize = 24;

fn cohorts(judged: &Judged) -> Option<Panel> {
    let told: Vec<_> = judged.cohorts.iter().rev().take(MONTHS).collect();
    told.iter().find(|cohort| cohort.by_age.iter().any(Option::is_some))?;
    let rows = told.iter().rev().map(|cohort| {
        let cells = cohort.by_age.iter().zip(cohort.events).map(|(share, events)| match share {
            Some(share) => {
                Cell::Finding(Finding::Estimate(Estimate::new(*share, cohort.changes, events, Unit::Share, "Wilson")))
            }
            None => Cell::Empty,
        });
        row([text(words::month(cohort.month)), Cell::Count(cohort.changes)].into_iter().chain(cells).collect())
    });
    let ages = AGES.map(|age| format!("Within {} days", words::decimal(age, 0)));
    let mut columns = vec![("Landed in", ""), ("Changes", "AI and the rest together.")];
    columns.extend(
        ages.iter().map(|age| (age.as_str(), "Empty where not all of the month could be watched for as long.")),
    );
    Some(Panel {
        id: "cohorts",
        question: "How did the changes of each month fare?".to_owned(),
        answer: "Months side by side at the same age; a month that is too young for an age has none.".to_owned(),
        chart: None,
        tables: vec![table("Reverted or rewritten by a bug fix, by month of landing", &columns, rows.collect())],
        how: format!(
            "Changes that landed in a month, and the share that was reverted or had lines rewritten by a bug fix by an age. Months with fewer than 5 authors are left out. {SIDES}"
        ),
        caveats: vec!["Months differ in what was worked on, and in how much of AI's work bears a label.".to_owned()],
        query: Some("judged_changes"),
    })
}

fn places(judged: &Judged) -> Option<Panel> {
    if judged.places.len() < 2 {
        return None;
    }
    let drawn = judged.places.iter().map(|place| IntervalRow {
        group: "Repositories".to_owned(),
        label: place.repo.clone(),
        key: "unknown".to_owned(),
        point: Some([place.share.value, place.share.low, place.share.high].map(|share| 100.0 * share)),
        note: format!("n = {}", words::count(place.changes)),
    });
    let rows = judged.places.iter().map(|place| {
        let estimate = Estimate::new(place.share, place.changes, place.events, Unit::Share, "Wilson");
        row(vec![text(place.repo.clone()), Cell::Finding(Finding::Estimate(estimate))])
    });
    Some(Panel {
        id: "places",
        question: "How far apart are repositories?".to_owned(),
        answer: format!(
            "{} repositories have enough changes, events and people to be told by themselves.",
            judged.places.len()
        ),
        chart: Some(Chart::Intervals {
            title: "Reverted or rewritten by a bug fix within 90 days".to_owned(),
            unit: "%".to_owned(),
            rows: drawn.collect(),
        }),
        tables: vec![table("By repository, within 90 days", &[("Repository", ""), ("Share", "")], rows.collect())],
        how: format!(
            "Changes that could be watched for 90 days. Repositories with fewer than 5 authors or 10 events are left out, and one more if only one would be. {SIDES}"
        ),
        caveats: vec![
            "Not a ranking: repositories differ in what they are, and small ones scatter by chance.".to_owned(),
        ],
        query: Some("judged_changes"),
    })
}
