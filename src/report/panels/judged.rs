//! Do changes with AI fare worse than others like them? One panel an outcome.

use super::{capital, row, table, text};
use crate::analysis::judge::ladder::{Rung, Step};
use crate::analysis::judge::warning::Warning;
use crate::analysis::judge::{Judgement, verdict::Verdict};
use crate::analysis::judged::{Judged, JudgedOutcome};
use crate::analysis::stats::proportions::Interval;
use crate::analysis::{Analysis, Estimate, Finding, Unit};
use crate::report::panel::{Cell, Chart, IntervalRow, Panel, RATIO, Table};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let judged = &analysis.judged;
    // What can be said comes before what cannot.
    let is_thin = |outcome: &&JudgedOutcome| outcome.judgement.verdict == Verdict::InsufficientData;
    let (thin, told): (Vec<_>, Vec<_>) = judged.outcomes.iter().filter(|_| judged.ai > 0).partition(is_thin);
    told.into_iter().chain(thin).map(|outcome| panel(judged, outcome)).collect()
}

/// Who is compared.
pub(super) const SIDES: &str = "AI is agent and assisted, the rest is human and unknown, both since their repository's first change with evidence of AI; \
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
         language, quarter and recent fixes of the files (hazards within strata, at equal size adjusted for lines too); the same by overlap weights; one author's own \
         changes with AI against the same author's without; after \
         adoption, all changes of repositories that began to use AI, with AI or without, against what they would have been by the change \
         of those that never did (its n are repositories); corrected by an audit, where there is one. Each is told per change and at equal size, since big tasks go to AI and AI \
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
        note: match (rung.step, judgement.ladder.repositories) {
            (Step::Adoption, Some(repositories)) => format!("{repositories} repositories"),
            _ => format!("{} % of changes", words::decimal(100.0 * rung.used, 0)),
        },
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

/// Changes of both sides, and how many of them it happened to.
pub(super) fn counts(judgement: &Judgement) -> (u64, u64) {
    judgement.tally.map_or((0, 0), |t| (t.ai + t.human, t.ai_events + t.human_events))
}

pub(super) fn ratio(judgement: &Judgement, interval: Interval, method: &'static str) -> Finding {
    let compared = judgement.headline.as_ref().and_then(|rung| rung.compared);
    let [n, events] = compared.unwrap_or_else(|| counts(judgement).into());
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
            let [n, events] = match (rung.step, judgement.ladder.repositories) {
                // Its units are repositories, and every one is an event.
                (Step::Adoption, Some(repositories)) => [repositories as u64; 2],
                _ => rung.compared.unwrap_or_else(|| counts(judgement).into()),
            };
            Cell::Finding(Finding::Estimate(Estimate::new(interval, n, events, Unit::Ratio, rung.method)))
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
        let said = format!("{} times as often as in others", two(times));
        rows.push(("Both sides would be equal if failures of AI changes were found".to_owned(), said));
    }
    if let Some(links) = sensitivity.by_false_links {
        let told = |ratio: Option<f64>| ratio.map_or("impossible".to_owned(), two);
        let said = format!(
            "{} if they fell on all changes alike, {} if all on changes with AI, {} if all on the rest",
            told(links.by_chance),
            told(links.all_on_ai),
            told(links.all_on_human)
        );
        let wrong = words::decimal(100.0 * (1.0 - links.precision), 0);
        rows.push((
            format!("{wrong} % of the inferred links that could be checked are wrong; without as many the ratio is"),
            said,
        ));
    }
    if let Some([value, low, high]) = sensitivity.allowing_for_labels {
        let said = format!("{} ({} to {})", two(value), two(low), two(high));
        rows.push(("Allowing for what the audit knows and does not know of labels".to_owned(), said));
    }
    for difference in &judgement.differences {
        rows.push((format!("By {}", difference.column), difference.told(&judgement.rules)));
    }
    for period in &judgement.periods {
        let to = period.to.map_or("on".to_owned(), |to| format!("to {}", words::decimal(to, 0)));
        let said = format!("{} ({} to {})", two(period.value), two(period.low), two(period.high));
        rows.push((format!("From day {} {to}, nothing held equal", words::decimal(period.from, 0)), said));
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
