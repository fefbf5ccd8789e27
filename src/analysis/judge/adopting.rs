//! Judging repositories before and after adoption, against those that had not adopted.

use super::Judgement;
use super::ladder::{Missing, Point, Rung, Step};
use super::rules::Rules;
use super::warning::Kind;
use crate::analysis::stats::adoption::{self, GroupTime, Unit};
use crate::analysis::stats::bootstrap::over_clusters;
use crate::analysis::stats::proportions::{Interval, Z};

/// Effects are shown as exp(effect): a ratio where the outcome is a logarithm.
pub(super) fn judge(units: &[Unit], rules: &Rules) -> Judgement {
    let mut judgement = Judgement::new(rules);
    let adopted = units.iter().filter(|unit| unit.adopted.is_some()).count();
    let never = units.len() - adopted;
    if (adopted.min(never) as u64) < rules.ai_authors {
        let few = format!("{adopted} units adopted and {never} never did, of {} each needed", rules.ai_authors);
        judgement.reasons.push(few.clone());
        judgement.warn(Kind::TooFewEvents, few);
        judgement.conclude(false, "");
        return judgement;
    }
    let all: Vec<&Unit> = units.iter().collect();
    let effects = match adoption::group_time(&all) {
        Ok(effects) => effects,
        Err(refusal) => {
            judgement.reasons.push(refusal.to_string());
            judgement.conclude(false, "");
            return judgement;
        }
    };
    let spread = |of: &dyn Fn(&GroupTime) -> Option<f64>| {
        over_clusters(units.len(), rules.bootstrap_replicates, rules.bootstrap_seed, |drawn| {
            let drawn: Vec<&Unit> = drawn.iter().map(|place| &units[*place]).collect();
            adoption::group_time(&drawn).ok().as_ref().and_then(of).map(f64::exp)
        })
    };
    match spread(&|effects| Some(effects.overall)) {
        Ok(got) => {
            let point = point(effects.overall, got.log_error, "group-time effects against never-adopters");
            let at = |by: f64| (effects.overall + by * Z * got.log_error).exp();
            let interval = Interval { value: at(0.0), low: got.low.min(at(-1.0)), high: got.high.max(at(1.0)) };
            judgement.ladder.rungs.push(Rung::new(Step::Adoption, false, &point, interval));
        }
        Err(refusal) => {
            judgement.ladder.missing.push(Missing {
                step: Step::Adoption,
                at_equal_size: false,
                reason: refusal.to_string(),
            });
        }
    }
    warn_of_two_way(units, &effects, &mut judgement);
    let slope = |effects: &GroupTime| trend(effects, |age| age >= 0);
    if let (Some(grows), Ok(got)) = (slope(&effects), spread(&slope))
        && (got.low > 1.0 || got.high < 1.0)
        && !judgement.warns_of(Kind::DynamicEffects.name())
    {
        judgement
            .warn(Kind::DynamicEffects, format!("the effect changes by {grows:.3} with every period since adoption"));
    }
    if let (Some(value), Ok(got)) = (effects.before(), spread(&GroupTime::before))
        && (got.low > 1.0 || got.high < 1.0)
    {
        judgement.warn(Kind::PreTrends, format!("already before adoption the difference is {value:.3}"));
    }
    if units.len() < rules.few_clusters {
        judgement.warn(Kind::FewClusters, format!("{} units: intervals are not sure", units.len()));
    }
    judgement.headline = judgement.ladder.rung(Step::Adoption, false).cloned();
    judgement.conclude(false, "the outcome, relative to similar units");
    judgement
}

fn point(effect: f64, log_error: f64, method: &'static str) -> Point {
    Point { log: effect, log_error, model_error: None, used: 1.0, compared: None, method }
}

/// Two-way fixed effects are shown below the design, as what not to read where effects grow.
fn warn_of_two_way(units: &[Unit], effects: &GroupTime, judgement: &mut Judgement) {
    let Ok(fixed) = adoption::two_way(units) else { return };
    let at = |by: f64| (fixed.effect + by * Z * fixed.error).exp();
    let interval = Interval { value: at(0.0), low: at(-1.0), high: at(1.0) };
    let point = point(fixed.effect, fixed.error, "two-way fixed effects");
    judgement.ladder.rungs.push(Rung::new(Step::Crude, false, &point, interval));
    if (fixed.effect - effects.overall).abs() > 2.0 * fixed.error {
        let because = format!(
            "two-way fixed effects say {:.3}, group-time effects {:.3}: early adopters are no controls for late ones",
            fixed.effect, effects.overall
        );
        judgement.warn(Kind::DynamicEffects, because);
    }
}

/// The slope of effects by periods since adoption, by least squares.
fn trend(effects: &GroupTime, keep: impl Fn(i64) -> bool) -> Option<f64> {
    let points: Vec<(f64, f64)> =
        effects.by_age.iter().filter(|(age, _)| keep(**age)).map(|(age, effect)| (*age as f64, *effect)).collect();
    let n = points.len() as f64;
    let (x, y) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let spread: f64 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    (spread > 0.0).then(|| points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / spread)
}
