//! Judging counts of events over an exposure: incidents per repository and week.

use super::Judgement;
use super::ladder::{Missing, Point, Rung, Step};
use super::rules::Rules;
use super::study::Counts;
use super::verdict::{Tally, shortfall};
use super::warning::Kind;
use crate::analysis::stats::glm::{self, Family};
use crate::analysis::stats::negative_binomial;
use crate::analysis::stats::numeric::sorted_sum;
use crate::analysis::stats::power::detectable_hazard_ratio;
use crate::analysis::stats::proportions::{Interval, Z};
use crate::analysis::stats::refusal::Refusal;

/// Crude: Poisson's own errors, which cry wolf where counts vary more. The headline is the negative binomial's ratio, with
/// the widest of its own error, the one robust to units or clusters, and quasi-Poisson's.
pub(super) fn judge(counts: &Counts, rules: &Rules) -> Judgement {
    let mut judgement = Judgement::new(rules);
    let tally = tally(counts);
    judgement.tally = Some(tally);
    judgement.reasons = shortfall(&tally, None, rules);
    if !judgement.reasons.is_empty() {
        let few = judgement.reasons.join("; ");
        judgement.warn(Kind::TooFewEvents, few);
        judgement.conclude(false, "");
        return judgement;
    }
    let steps = [(Step::Crude, poisson(counts)), (Step::SameWindow, dispersed(counts))];
    for (step, point) in steps {
        match point {
            Ok((point, dispersion)) => {
                if step == Step::Crude && dispersion > rules.overdispersed {
                    let because = format!("counts vary {dispersion:.1} times as much as Poisson's");
                    judgement.warn(Kind::Overdispersion, because);
                }
                judgement.ladder.rungs.push(Rung::new(step, false, &point, interval(&point)));
            }
            Err(refusal) => {
                judgement.ladder.missing.push(Missing { step, at_equal_size: false, reason: refusal.to_string() });
            }
        }
    }
    if counts.cluster.is_none() {
        judgement.warn(Kind::ClustersUnknown, "intervals take units as independent");
    }
    judgement.headline = judgement.ladder.rung(Step::SameWindow, false).cloned();
    let share = tally.ai as f64 / (tally.ai + tally.human) as f64;
    if let Some(headline) = &judgement.headline {
        let events = (tally.ai_events + tally.human_events) as f64;
        let effect = (headline.log_error.powi(2) * events * share * (1.0 - share)).max(1.0);
        judgement.sensitivity.smallest_visible = detectable_hazard_ratio(events / effect, share, rules.power).ok();
    }
    judgement.conclude(false, "the rate of events");
    judgement
}

fn tally(counts: &Counts) -> Tally {
    let events = |is_ai: bool| {
        let own = counts.events.iter().zip(&counts.ai).filter(|(_, ai)| (**ai > 0.0) == is_ai);
        sorted_sum(own.map(|(events, _)| *events).collect()) as u64
    };
    let units = |is_ai: bool| counts.ai.iter().filter(|ai| (**ai > 0.0) == is_ai).count() as u64;
    Tally {
        ai: units(true),
        ai_events: events(true),
        ai_authors: None,
        human: units(false),
        human_events: events(false),
    }
}

fn interval(point: &Point) -> Interval {
    let at = |by: f64| (point.log + by * Z * point.log_error).exp();
    Interval { value: at(0.0), low: at(-1.0), high: at(1.0) }
}

fn data<'a>(counts: &'a Counts, columns: &'a [&'a [f64]]) -> glm::Data<'a> {
    glm::Data { y: &counts.events, covariates: columns, exposure: Some(&counts.exposure), weights: None }
}

/// A point and the dispersion.
fn poisson(counts: &Counts) -> Result<(Point, f64), Refusal> {
    let columns: [&[f64]; 1] = [&counts.ai];
    let fit = glm::fit(&data(counts, &columns), Family::Poisson)?;
    let (log, log_error) = (fit.coefficients[1], fit.variance.roots()[1]);
    let point =
        Point { log, log_error, model_error: Some(log_error), used: 1.0, compared: None, method: "Poisson rate ratio" };
    Ok((point, fit.pearson_dispersion))
}

fn dispersed(counts: &Counts) -> Result<(Point, f64), Refusal> {
    let columns: [&[f64]; 1] = [&counts.ai];
    let data = data(counts, &columns);
    let quasi = glm::fit(&data, Family::QuasiPoisson)?;
    let model = match negative_binomial::fit(&data) {
        Ok(fit) => fit.model,
        // No more varied than Poisson's.
        Err(Refusal::Impossible { .. }) => quasi.clone(),
        Err(other) => return Err(other),
    };
    let robust = match &counts.cluster {
        Some(clusters) => model.cluster_variance(clusters).unwrap_or_else(|_| model.robust_variance()),
        None => model.robust_variance(),
    };
    let errors = [&model.variance, &robust, &quasi.variance].map(|variance| variance.roots()[1]);
    let log_error = errors.into_iter().fold(0.0, f64::max);
    let log = model.coefficients[1];
    Ok((
        Point {
            log,
            log_error,
            model_error: Some(errors[0]),
            used: 1.0,
            compared: None,
            method: "negative binomial rate ratio",
        },
        1.0,
    ))
}
