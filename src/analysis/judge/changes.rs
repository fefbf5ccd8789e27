//! Judging a table of changes.

use super::ladder::{self, Ladder, Rung, Step, cox};
use super::rules::Rules;
use super::study::{Arm, Changes, Outcome};
use super::verdict::{Flip, Tally, shortfall};
use super::warning::Kind;
use super::{Judgement, balance, differences, frequencies, periods, sensitivity};
use crate::analysis::stats::cox::{Data, fit};
use crate::analysis::stats::glm;

pub(super) fn judge(all: &Changes, rules: &Rules) -> Judgement {
    let mut judgement = Judgement::new(rules);
    let all = &all.dense();
    let changes = all.known();
    let tally = tally(&changes, rules);
    judgement.tally = Some(tally);
    judgement.frequencies = frequencies::of(&changes, rules);
    warn_of_columns(all, &changes, rules, &mut judgement);
    judgement.reasons = shortfall(&tally, span(&changes), rules);
    if !judgement.reasons.is_empty() {
        let few = judgement.reasons.join("; ");
        judgement.warn(Kind::TooFewEvents, few);
        judgement.conclude(false, "");
        return judgement;
    }
    let mut ladder = ladder::of(&changes, rules);
    let Some(headline) = ladder.headline(rules.headline).cloned() else {
        judgement.reasons = ladder.missing.iter().map(|missing| missing.reason.clone()).collect();
        judgement.conclude(false, "");
        return judgement;
    };
    match sensitivity::corrected(&changes, &headline, rules) {
        Some(Ok(rung)) => ladder.rungs.push(rung),
        Some(Err(missing)) => ladder.missing.push(missing),
        None => {}
    }
    judgement.overlap = balance::of(&changes);
    judgement.differences = differences::of(&changes, rules);
    judgement.periods = periods::of(&changes, rules);
    judgement.sensitivity = sensitivity::of(all, &changes, &headline, rules);
    judgement.sensitivity.smallest_visible = sensitivity::smallest_visible(&changes, headline.log_error, rules);
    let is_size_at_work = warn_of_size(&changes, rules, &mut judgement);
    warn_of_hazards(&changes, rules, &mut judgement);
    judgement.flip = flip(&changes, &ladder, rules);
    warn_of_rungs(&ladder, &headline, rules, &mut judgement);
    if let Some(few) = ladder.repositories.filter(|repositories| *repositories < rules.few_clusters) {
        judgement.warn(Kind::FewClusters, format!("{few} repositories: the interval of adoption is not sure"));
    }
    if let Some(apart) = ladder.apart_before_adoption {
        judgement
            .warn(Kind::PreTrends, format!("already before adoption shares of failures moved apart, by {apart:.3}"));
    }
    judgement.ladder = ladder;
    judgement.headline = Some(headline);
    let what =
        if matches!(changes.outcome, Outcome::Share(_)) { "the share of failures" } else { "the pace of failure" };
    judgement.conclude(is_size_at_work, what);
    judgement
}

fn tally(changes: &Changes, rules: &Rules) -> Tally {
    let (ai, ai_events, ai_authors) = changes.tally(Arm::Ai, rules.cause);
    let (human, human_events, _) = changes.tally(Arm::Human, rules.cause);
    Tally { ai, ai_events, ai_authors, human, human_events }
}

/// Days from the first merge to the last.
fn span(changes: &Changes) -> Option<f64> {
    let merged = changes.merged.as_ref()?.iter().copied();
    let (first, last) =
        merged.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), day| (low.min(day), high.max(day)));
    (last > first).then_some(last - first)
}

/// Whether the ratio of hazards changes as time passes.
fn warn_of_hazards(changes: &Changes, rules: &Rules, judgement: &mut Judgement) {
    let Outcome::Times { entry, time, .. } = &changes.outcome else { return };
    let (failed, ai) = (changes.failed(rules.cause), changes.ai());
    let columns: [&[f64]; 1] = [&ai];
    let entry: Vec<f64> = entry.iter().map(|entry| if *entry > 0.0 { *entry } else { -1.0 }).collect();
    let data = Data { entry: Some(&entry), ..Data::new(time, &failed, &columns) };
    let test = fit(&data).and_then(|fit| fit.proportionality()).map(|test| test.all.1);
    if let Ok(p) = test
        && p < rules.proportional_p
    {
        judgement
            .warn(Kind::HazardsNotProportional, format!("the ratio changes with time since the merge (p = {p:.3})"));
    }
}

/// What the table itself gives away.
fn warn_of_columns(all: &Changes, changes: &Changes, rules: &Rules, judgement: &mut Judgement) {
    let unknown = all.len() - changes.len();
    if unknown > 0 {
        judgement.warn(Kind::UnknownOrigin, format!("{unknown} of {} changes are of unknown origin", all.len()));
    }
    if let Some(quality) = sensitivity::audited(changes)
        && (quality.recall < rules.good_labels || quality.precision < rules.good_labels)
    {
        let because = format!(
            "the audit finds a label on {:.0} % of AI changes, and {:.0} % of labels right",
            100.0 * quality.recall,
            100.0 * quality.precision
        );
        judgement.warn(Kind::LabelNoise, because);
    }
    if changes.is_outcome_searched {
        let because = "failures are counted where somebody found them; looking harder at one arm makes it look worse";
        judgement.warn(Kind::DifferentialDetectionPossible, because);
    }
    match &changes.author {
        None => judgement.warn(Kind::ClustersUnknown, "without authors, intervals take changes as independent"),
        Some(author) => {
            let mut names = author.clone();
            names.sort_unstable();
            names.dedup();
            if names.len() < rules.few_clusters {
                let because = format!("{} authors: intervals are wider, and still not sure", names.len());
                judgement.warn(Kind::FewClusters, because);
            }
        }
    }
    if let Outcome::Times { entry, cause, .. } = &changes.outcome {
        let late = entry.iter().filter(|entry| **entry > 0.0).count();
        if late > 0 {
            let because =
                format!("{late} changes are seen only because they had not ended before; they count from then on");
            judgement.warn(Kind::DelayedEntry, because);
        }
        let other = cause.iter().filter(|cause| **cause != 0 && **cause != rules.cause).count();
        if other > 0 {
            judgement
                .warn(Kind::CompetingEvents, format!("{other} changes ended another way and could no longer fail"));
        }
    }
    if let Some((apart, ai, human)) = balance::of_follow_up(changes)
        && (apart.abs() > 2.0 * rules.unbalanced || (ai / human).ln().abs() > rules.apart.ln())
    {
        let because =
            format!("half of AI changes were watched for {ai:.0} days or more, half of the others for {human:.0}");
        judgement.warn(Kind::UnequalFollowUp, because);
    }
}

/// Whether size is tied to both AI and failure, and so either mixes arms up or stands between them.
fn warn_of_size(changes: &Changes, rules: &Rules, judgement: &mut Judgement) -> bool {
    let (Some(apart), Some(size)) = (balance::of_size(changes), changes.log_size()) else { return false };
    if apart.is_nan() || apart.abs() <= rules.unbalanced || !fails_by_size(changes, &size, rules) {
        return false;
    }
    let bigger = if apart > 0.0 { "bigger" } else { "smaller" };
    let because =
        format!("AI changes are {bigger} (by {:.2} standard deviations), and size goes with failure", apart.abs());
    judgement.warn(Kind::ConfoundedBySize, because.clone());
    judgement.warn(Kind::SizeMayBeAMediator, format!("{because}; AI may be what makes them so"));
    true
}

/// Whether size is associated with failure among changes of the same arm.
fn fails_by_size(changes: &Changes, size: &[f64], rules: &Rules) -> bool {
    let ai = changes.ai();
    let z = match &changes.outcome {
        Outcome::Times { .. } => cox(changes, rules, None, &[size, &ai], None).map(|point| point.log / point.log_error),
        Outcome::Share(failed) => {
            let y: Vec<f64> = failed.iter().map(|failed| f64::from(u8::from(*failed))).collect();
            let columns: [&[f64]; 2] = [size, &ai];
            let data = glm::Data { y: &y, covariates: &columns, exposure: None, weights: None };
            glm::fit(&data, glm::Family::Logistic).map(|fit| fit.coefficients[1] / fit.variance.roots()[1])
        }
    };
    z.is_ok_and(|z| z.abs() > crate::analysis::stats::proportions::Z)
}

/// Whether heeding more brings a clear ratio to the other side, and by which column.
fn flip(changes: &Changes, ladder: &Ladder, rules: &Rules) -> Option<Flip> {
    let from = ladder.rung(Step::SameWindow, false)?;
    let heeding = |rung: &&Rung| matches!(rung.step, Step::Stratified | Step::Weighted | Step::WithinAuthor);
    let is_turned = |rung: &&Rung| match from.side() {
        1 => rung.value < 1.0 / rules.turned_sign,
        -1 => rung.value > rules.turned_sign,
        _ => false,
    };
    let turned = |at_equal_size: bool| {
        ladder.rungs.iter().filter(heeding).filter(is_turned).find(|rung| rung.at_equal_size == at_equal_size)
    };
    let to = turned(false).or_else(|| turned(true))?;
    let because_of = match to.step {
        Step::WithinAuthor if to.at_equal_size => Some("author and size".to_owned()),
        Step::WithinAuthor => Some("author".to_owned()),
        _ => differences::turning_column(changes, rules, from.value).map(|(name, _)| name),
    };
    Some(Flip { from: from.step, to: to.step, values: (from.value, to.value), because_of })
}

fn warn_of_rungs(ladder: &Ladder, headline: &Rung, rules: &Rules, judgement: &mut Judgement) {
    if let Some(flip) = judgement.flip.clone() {
        let column = flip.because_of.as_deref().unwrap_or("several columns together");
        let because =
            format!("{:.2} becomes {:.2} when like is compared with like by {column}", flip.values.0, flip.values.1);
        judgement.warn(Kind::SimpsonReversal, because);
    }
    let within = ladder.rung(Step::WithinAuthor, false);
    if let (Some(within), Some(across)) = (within, ladder.rung(Step::SameWindow, false))
        && (within.value / across.value).ln().abs() > rules.apart.ln()
    {
        let because = format!("across authors the ratio is {:.2}, within authors {:.2}", across.value, within.value);
        judgement.warn(Kind::AuthorMixDiffers, because);
    }
    for difference in judgement.differences.clone().iter().filter(|difference| difference.is_seen(rules)) {
        judgement.warn(if difference.is_tier { Kind::TiersDiffer } else { Kind::StrataDiffer }, difference.words());
    }
    let thin = judgement
        .overlap
        .as_ref()
        .filter(|overlap| overlap.effective_ai.min(overlap.effective_human) < rules.effective);
    if let Some(overlap) = thin.cloned() {
        let because = format!(
            "{:.0} and {:.0} effective changes could have gone either way",
            overlap.effective_ai, overlap.effective_human
        );
        judgement.warn(Kind::LittleOverlap, because);
    } else if headline.used < 0.5 {
        let because = format!("{:.0} % of changes have one of the other arm to compare with", 100.0 * headline.used);
        judgement.warn(Kind::LittleOverlap, because);
    }
}
