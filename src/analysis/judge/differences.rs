//! Whether one number stands for all: tiers, and strata.

use serde::Serialize;

use super::ladder::{Point, same_window, stratified_by};
use super::rules::{FEWEST_PEOPLE, Rules};
use super::study::{Arm, Changes, Outcome, Stratum};
use crate::analysis::stats::distributions::{chi_squared_sf, normal_p};
use crate::analysis::stats::mantel_haenszel;
use crate::analysis::stats::multiplicity::holm;
use crate::analysis::stats::proportions::Z;

/// The ratio of one tier or stratum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    pub name: String,
    pub low: f64,
    pub value: f64,
    pub high: f64,
}

impl Level {
    fn of(name: String, point: &Point) -> Self {
        let at = |by: f64| (point.log + by * Z * point.log_error).exp();
        Self { name, low: at(-1.0), value: at(0.0), high: at(1.0) }
    }
}

/// How ratios differ between the levels of a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    pub column: String,
    pub is_tier: bool,
    pub levels: Vec<Level>,
    /// p of no difference, adjusted by Holm.
    pub p: f64,
}

impl Difference {
    fn has_opposite_sides(&self) -> bool {
        self.levels.iter().any(|level| level.low > 1.0) && self.levels.iter().any(|level| level.high < 1.0)
    }

    pub(super) fn is_seen(&self, rules: &Rules) -> bool {
        let limit = if self.is_tier { rules.tiers_p } else { rules.strata_p };
        self.p < limit || (self.is_tier && self.has_opposite_sides())
    }

    /// Whether no single number may be given.
    pub(super) fn is_decisive(&self, rules: &Rules) -> bool {
        let is_enough = self.is_tier || !rules.strata_need_opposite_sides || self.has_opposite_sides();
        self.is_seen(rules) && is_enough
    }

    pub fn words(&self) -> String {
        let levels: Vec<String> =
            self.levels.iter().map(|level| format!("{} {:.2}", level.name, level.value)).collect();
        format!("ratios differ by {}: {}", self.column, levels.join(", "))
    }

    /// Each level's ratio with its interval, and whether they differ by more than chance.
    pub fn told(&self, rules: &Rules) -> String {
        let level =
            |level: &Level| format!("{} {:.2} ({:.2} to {:.2})", level.name, level.value, level.low, level.high);
        let levels: Vec<String> = self.levels.iter().map(level).collect();
        let seen = if self.is_seen(rules) { "ratios differ" } else { "no difference is seen" };
        format!("{seen} (p {:.2}; nothing else held equal): {}", self.p, levels.join(", "))
    }
}

/// Differences between tiers, then between strata of each column.
pub(super) fn of(changes: &Changes, rules: &Rules) -> Vec<Difference> {
    let mut all: Vec<Difference> = tiers(changes, rules).into_iter().collect();
    let mut strata: Vec<Difference> = Vec::new();
    let size = changes.size_class(&rules.size_limits);
    for column in changes.strata.iter().chain(&size) {
        strata.extend(by_column(changes, rules, column));
    }
    let adjusted = holm(&strata.iter().map(|difference| difference.p).collect::<Vec<_>>());
    all.extend(strata.into_iter().zip(adjusted).map(|(difference, p)| Difference { p, ..difference }));
    all
}

/// The tier of changes by an agent's own account, of which there are few.
const AGENT: &str = "agent";

/// Tiers against human changes, and against each other: the latter tells whether they differ.
fn tiers(changes: &Changes, rules: &Rules) -> Option<Difference> {
    let tier = changes.tier.as_ref()?;
    let mut names: Vec<&String> =
        (0..changes.len()).filter(|row| changes.arm[*row] == Arm::Ai).map(|row| &tier[row]).collect();
    names.sort_unstable();
    names.dedup();
    let rows_of = |name: &str| -> Vec<usize> {
        (0..changes.len()).filter(|row| changes.arm[*row] == Arm::Ai && tier[*row] == name).collect()
    };
    let human: Vec<usize> = (0..changes.len()).filter(|row| changes.arm[*row] == Arm::Human).collect();
    let mut levels = Vec::new();
    for name in &names {
        let rows: Vec<usize> = [human.clone(), rows_of(name)].concat();
        levels.extend(
            point(&changes.pick(&rows), rules, (*name == AGENT).then_some(Arm::Ai))
                .map(|point| Level::of((*name).clone(), &point)),
        );
    }
    let mut p = Vec::new();
    for (at, one) in names.iter().enumerate() {
        for other in &names[at + 1..] {
            let (first, second) = (rows_of(one), rows_of(other));
            let mut pair = changes.pick(&[first.clone(), second].concat());
            for (row, arm) in pair.arm.iter_mut().enumerate() {
                *arm = if row < first.len() { Arm::Human } else { Arm::Ai };
            }
            let nobodys = [(one, Arm::Human), (other, Arm::Ai)].into_iter().find(|(name, _)| **name == AGENT);
            let point = point(&pair, rules, nobodys.map(|(_, arm)| arm));
            p.extend(point.map(|point| normal_p(point.log / point.log_error)));
        }
    }
    let p = holm(&p).into_iter().fold(f64::NAN, f64::min);
    (!p.is_nan()).then(|| Difference { column: "tier".to_owned(), is_tier: true, levels, p })
}

/// The ratio of one subset; `None` where either arm has too few events to tell, or too few authors to be told apart. Whose
/// authors are accounts of agents (`nobodys`) tells of no person.
fn point(changes: &Changes, rules: &Rules, nobodys: Option<Arm>) -> Option<Point> {
    let enough = |arm: Arm| {
        let (_, events, authors) = changes.tally(arm, rules.cause);
        let is_hidden =
            authors.is_some_and(|authors| authors < rules.ai_authors.max(FEWEST_PEOPLE)) && nobodys != Some(arm);
        events >= rules.events_per_arm && !is_hidden
    };
    let point = same_window(changes, rules, false).ok().filter(|_| enough(Arm::Ai) && enough(Arm::Human))?;
    (point.log_error.is_finite() && point.log_error > 0.0).then_some(point)
}

/// Breslow and Day's test for shares, Cochran's for times: Σ (log HR − mean)²/V over levels.
fn by_column(changes: &Changes, rules: &Rules, column: &Stratum) -> Option<Difference> {
    let mut levels = Vec::new();
    let mut points = Vec::new();
    for level in 0..=column.levels.iter().copied().max()? {
        let rows: Vec<usize> = (0..changes.len()).filter(|row| column.levels[*row] == level).collect();
        if let Some(point) = point(&changes.pick(&rows), rules, None) {
            levels.push(Level::of(column.called(level).to_owned(), &point));
            points.push(point);
        }
    }
    if points.len() < 2 {
        return None;
    }
    let p = match &changes.outcome {
        Outcome::Share(_) => {
            mantel_haenszel::pooled(&super::ladder::tables(changes, rules, &column.levels)).ok()?.breslow_day?.1
        }
        Outcome::Times { .. } => cochran(&points),
    };
    Some(Difference { column: column.name.clone(), is_tier: false, levels, p })
}

fn cochran(points: &[Point]) -> f64 {
    let weight = |point: &Point| point.log_error.powi(-2);
    let total: f64 = points.iter().map(weight).sum();
    let mean = points.iter().map(|point| weight(point) * point.log).sum::<f64>() / total;
    let statistic: f64 = points.iter().map(|point| weight(point) * (point.log - mean).powi(2)).sum();
    chi_squared_sf(statistic, points.len() as f64 - 1.0)
}

/// The column that alone brings a ratio to the other side of 1, and the ratio it brings it to.
pub(super) fn turning_column(changes: &Changes, rules: &Rules, from: f64) -> Option<(String, f64)> {
    let size = changes.size_class(&rules.size_limits);
    let columns = changes.strata.iter().map(|column| (column, false)).chain(size.iter().map(|column| (column, true)));
    let alone = columns.filter_map(|(column, is_size)| {
        let point = stratified_by(changes, rules, &[&column.levels], is_size).ok()?;
        Some((column.name.clone(), point.log.exp()))
    });
    let turned = alone.filter(|(_, to)| (to - 1.0) * (from - 1.0) < 0.0);
    turned.max_by(|one, other| (one.1 / from).ln().abs().total_cmp(&(other.1 / from).ln().abs()))
}
