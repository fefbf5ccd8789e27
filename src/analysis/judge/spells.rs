//! Judging what happens again and again to the same file.

use super::Judgement;
use super::ladder::{Point, Rung, Step};
use super::rules::Rules;
use super::study::Spells;
use super::verdict::{Tally, shortfall};
use super::warning::Kind;
use crate::analysis::stats::cox::{self, Data};
use crate::analysis::stats::linear::Matrix;
use crate::analysis::stats::power::detectable_hazard_ratio;
use crate::analysis::stats::refusal::Refusal;

/// The intensity ratio of Andersen and Gill: with errors of independent spells (crude), and by subject (headline).
pub(super) fn judge(spells: &Spells, rules: &Rules) -> Judgement {
    let mut judgement = Judgement::new(rules);
    let (tally, repeated) = tally(spells);
    judgement.tally = Some(tally);
    if repeated > 0 {
        judgement
            .warn(Kind::RepeatEvents, format!("{repeated} files have more than one event; these are not independent"));
    }
    judgement.reasons = shortfall(&tally, None, rules);
    if !judgement.reasons.is_empty() {
        let few = judgement.reasons.join("; ");
        judgement.warn(Kind::TooFewEvents, few);
        judgement.conclude(false, "");
        return judgement;
    }
    match points(spells) {
        Ok(points) => {
            for (step, point) in [Step::Crude, Step::SameWindow].into_iter().zip(points) {
                let at = |by: f64| (point.log + by * crate::analysis::stats::proportions::Z * point.log_error).exp();
                let interval =
                    crate::analysis::stats::proportions::Interval { value: at(0.0), low: at(-1.0), high: at(1.0) };
                judgement.ladder.rungs.push(Rung::new(step, false, &point, interval));
            }
            let effect = (points[1].log_error / points[0].log_error).powi(2).max(1.0);
            let share = tally.ai as f64 / (tally.ai + tally.human) as f64;
            let events = (tally.ai_events + tally.human_events) as f64;
            judgement.sensitivity.smallest_visible = detectable_hazard_ratio(events / effect, share, rules.power).ok();
        }
        Err(refusal) => judgement.reasons.push(refusal.to_string()),
    }
    judgement.headline = judgement.ladder.rung(Step::SameWindow, false).cloned();
    judgement.conclude(false, "the pace of events");
    judgement
}

/// Files and events by arm, and files with more than one event.
fn tally(spells: &Spells) -> (Tally, usize) {
    let count = spells.subject.iter().max().map_or(0, |most| *most as usize + 1);
    let mut files = vec![(false, 0u64); count];
    for row in 0..spells.time.len() {
        let own = &mut files[spells.subject[row] as usize];
        *own = (own.0 || spells.ai[row] > 0.0, own.1 + u64::from(spells.event[row]));
    }
    let arm = |is_ai: bool| files.iter().filter(move |(ai, _)| *ai == is_ai);
    let tally = Tally {
        ai: arm(true).count() as u64,
        ai_events: arm(true).map(|(_, events)| events).sum(),
        ai_authors: None,
        human: arm(false).count() as u64,
        human_events: arm(false).map(|(_, events)| events).sum(),
    };
    (tally, files.iter().filter(|(_, events)| *events > 1).count())
}

fn points(spells: &Spells) -> Result<[Point; 2], Refusal> {
    let columns: [&[f64]; 1] = [&spells.ai];
    let entry: Vec<f64> = spells.entry.iter().map(|entry| if *entry > 0.0 { *entry } else { -1.0 }).collect();
    let fit = cox::fit(&Data { entry: Some(&entry), ..Data::new(&spells.time, &spells.event, &columns) })?;
    let model = fit.variance.roots()[0];
    let point = |variance: &Matrix, method: &'static str| Point {
        log: fit.coefficients[0],
        log_error: variance.roots()[0].max(model),
        model_error: Some(model),
        used: 1.0,
        compared: None,
        method,
    };
    let clustered = fit.cluster_variance(&spells.subject)?;
    Ok([point(&fit.variance, "intensity ratio"), point(&clustered, "intensity ratio, errors by file")])
}
