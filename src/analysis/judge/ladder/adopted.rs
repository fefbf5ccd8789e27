//! The adoption design: repositories that began to use AI at a known day, against those that never did.

use std::collections::BTreeMap;

use super::super::rules::Rules;
use super::super::study::{Adopting, Outcome};
use super::{Point, Rung, Step};
use crate::analysis::stats::adoption::{GroupTime, Unit, group_time};
use crate::analysis::stats::bootstrap::over_clusters;
use crate::analysis::stats::proportions::Interval;
use crate::analysis::stats::refusal::Refusal;

/// Days of a period.
const PERIOD: f64 = 30.0;

/// The step, and how far apart adopters and the others were before, where chance does not explain it.
pub(super) struct Adopted {
    pub(super) rung: Rung,
    pub(super) repositories: usize,
    pub(super) apart_before: Option<f64>,
}

/// The share of failures after adoption over what it would have been by the change of those that never adopted:
/// y / (y − ATT), y being the mean of treated periods. The interval is the bootstrap's over repositories. Refuses fewer
/// repositories of either sort than the rules ask for authors of AI changes: one number of clusters for all.
pub(super) fn of(adopting: &Adopting, rules: &Rules) -> Result<Adopted, Refusal> {
    let units = units(adopting, rules);
    let adopters = units.iter().filter(|unit| unit.adopted.is_some()).count() as u64;
    let others = units.len() as u64 - adopters;
    if adopters.min(others) < rules.ai_authors {
        return Err(Refusal::TooFew {
            what: if adopters < others {
                "repositories that began to use AI"
            } else {
                "repositories that never used AI"
            },
            got: adopters.min(others) as usize,
            needed: rules.ai_authors as usize,
        });
    }
    let all: Vec<&Unit> = units.iter().collect();
    let value = ratio(&all)
        .filter(|ratio| ratio.is_normal())
        .ok_or(Refusal::Empty { what: "failures of adopters, before or after" })?;
    let spread = |of: &dyn Fn(&[&Unit]) -> Option<f64>| {
        over_clusters(units.len(), rules.bootstrap_replicates, rules.bootstrap_seed, |drawn| {
            of(&drawn.iter().map(|place| &units[*place]).collect::<Vec<_>>())
        })
    };
    let got = spread(&ratio)?;
    if !got.log_error.is_finite() {
        return Err(Refusal::TooFew { what: "failures of adopters", got: 0, needed: 1 });
    }
    let point = Point {
        log: value.ln(),
        log_error: got.log_error,
        model_error: None,
        used: 1.0,
        compared: None,
        method: "group-time effects against repositories that never adopted",
    };
    // Between replicates without end there is no number, and no limit.
    let high = if got.high.is_nan() { f64::INFINITY } else { got.high.max(value) };
    let interval = Interval { value, low: got.low.min(value), high };
    // A difference, resampled as a positive number.
    let before = |units: &[&Unit]| group_time(units).ok().as_ref().and_then(GroupTime::before).map(f64::exp);
    let is_apart = spread(&before).is_ok_and(|got| got.low > 1.0 || got.high < 1.0);
    Ok(Adopted {
        rung: Rung::new(Step::Adoption, false, &point, interval),
        repositories: units.len(),
        apart_before: before(&all).filter(|_| is_apart).map(f64::ln),
    })
}

/// Infinite where nothing would have failed otherwise, 0 where nothing does; `None` where neither would.
fn ratio(units: &[&Unit]) -> Option<f64> {
    let effects = group_time(units).ok()?;
    let (is, otherwise) = (effects.treated.max(0.0), (effects.treated - effects.overall).max(0.0));
    (is > 0.0 || otherwise > 0.0).then(|| is / otherwise)
}

/// Shares of failures by repository and period, of changes that were watched for the longest window.
fn units(adopting: &Adopting, rules: &Rules) -> Vec<Unit> {
    let Adopting { repo, merged, adopted, outcome } = adopting;
    let window = rules.windows.iter().copied().fold(0.0, f64::max);
    let failed = outcome.failed(rules.cause);
    let mut cells: BTreeMap<(u32, i64), (f64, f64)> = BTreeMap::new();
    let mut first: BTreeMap<u32, Option<i64>> = BTreeMap::new();
    for row in 0..repo.len() {
        let (is_watched, has_failed) = match outcome {
            Outcome::Share(_) => (true, failed[row]),
            Outcome::Times { entry, time, follow_up, .. } => {
                (entry[row] <= 0.0 && follow_up[row] >= window, failed[row] && time[row] <= window)
            }
        };
        if adopted[row] == f64::NEG_INFINITY || adopted[row].is_nan() || merged[row].is_nan() {
            continue;
        }
        let from = adopted[row].is_finite().then(|| (adopted[row] / PERIOD).floor() as i64);
        first.insert(repo[row], from);
        if is_watched {
            let cell = cells.entry((repo[row], (merged[row] / PERIOD).floor() as i64)).or_default();
            *cell = (cell.0 + f64::from(u8::from(has_failed)), cell.1 + 1.0);
        }
    }
    let mut units: BTreeMap<u32, Unit> = BTreeMap::new();
    for ((repo, period), (events, n)) in cells {
        let adopted = first.get(&repo).copied().flatten();
        let unit = units.entry(repo).or_insert_with(|| Unit { adopted, cells: BTreeMap::new() });
        unit.cells.insert(period, events / n);
    }
    // Who was not seen just before adopting can be compared with nothing.
    let has_base = |unit: &Unit| unit.adopted.is_none_or(|from| unit.cells.contains_key(&(from - 1)));
    let mut units: Vec<Unit> = units.into_values().filter(has_base).collect();
    units.sort_by(|one, other| {
        let content =
            |unit: &Unit| unit.cells.iter().map(|(period, share)| (*period, share.to_bits())).collect::<Vec<_>>();
        one.adopted.cmp(&other.adopted).then_with(|| content(one).cmp(&content(other)))
    });
    units
}
