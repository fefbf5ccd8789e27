//! Intervals that heed clusters, few of them above all.

use super::super::rules::Rules;
use super::super::study::Changes;
use super::Point;
use crate::analysis::stats::bootstrap;
use crate::analysis::stats::distributions::t_quantile;
use crate::analysis::stats::numeric::codes;
use crate::analysis::stats::proportions::{Interval, Z};
use crate::analysis::stats::refusal::Refusal;

/// Rows of each author; authors in the order of what they did, not of their names.
fn authors(changes: &Changes) -> Vec<Vec<usize>> {
    let Some(author) = &changes.author else { return Vec::new() };
    let ranks = changes.ranks();
    let (codes, levels) = codes(author);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); levels.len()];
    for (row, code) in codes.iter().enumerate() {
        rows[*code as usize].push(row);
    }
    for own in &mut rows {
        own.sort_by_key(|row| ranks[*row]);
    }
    rows.sort_by_cached_key(|own| own.iter().map(|row| ranks[*row]).collect::<Vec<_>>());
    rows
}

/// Whether there are fewer authors than intervals can be sure of.
fn are_few(changes: &Changes, rules: &Rules) -> bool {
    let Some(mut names) = changes.author.clone() else { return false };
    names.sort_unstable();
    names.dedup();
    (2..rules.few_clusters).contains(&names.len())
}

/// exp(log ± q se): q is the normal's, or Student's t with G − 1 degrees of freedom where there are few clusters. Then the
/// interval also takes in that of the percentile bootstrap over clusters.
pub(in super::super) fn interval(
    changes: &Changes,
    rules: &Rules,
    point: &Point,
    again: impl Fn(&Changes) -> Result<Point, Refusal>,
) -> Interval {
    let is_few = are_few(changes, rules);
    let groups = if is_few { authors(changes) } else { Vec::new() };
    let quantile = if is_few { t_quantile(0.975, groups.len() as f64 - 1.0) } else { Z };
    let at = |by: f64| (point.log + by * quantile * point.log_error).exp();
    let plain = Interval { value: at(0.0), low: at(-1.0), high: at(1.0) };
    if !is_few {
        return plain;
    }
    let number = |drawn: &[usize]| {
        let rows: Vec<usize> = drawn.iter().flat_map(|place| groups[*place].iter().copied()).collect();
        let names = drawn.iter().zip(0u32..).flat_map(|(place, name)| groups[*place].iter().map(move |_| name));
        let resampled = Changes { author: Some(names.collect()), ..changes.pick(&rows) };
        Some(again(&resampled).ok()?.log.exp())
    };
    match bootstrap::over_clusters(groups.len(), rules.bootstrap_replicates, rules.bootstrap_seed, number) {
        Ok(spread) => Interval { low: plain.low.min(spread.low), high: plain.high.max(spread.high), ..plain },
        Err(_) => plain,
    }
}
