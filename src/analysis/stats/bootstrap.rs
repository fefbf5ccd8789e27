//! Resampling whole clusters: what other authors would have shown.

use super::chance::Chance;
use super::numeric::{quantile, variance};
use super::refusal::Refusal;

/// How a number spreads over resamples.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// The 2.5 % and 97.5 % points.
    pub low: f64,
    pub high: f64,
    /// Standard deviation of the number's logarithm, divided by n, over replicates where that is finite.
    pub log_error: f64,
    pub clusters: usize,
    /// Replicates in which the number exists.
    pub replicates: usize,
    pub seed: u64,
}

/// Percentile bootstrap over clusters (Efron 1979; Davison and Hinkley 1997, 3.8): draws as many clusters as there are,
/// with replacement, and asks `number` of the places drawn. Replicate i draws from stream i of the seed, so neither threads
/// nor order matter; that clusters come in an order of their content, not of their name, is the caller's duty.
///
/// Refuses fewer than two clusters and numbers that exist in no replicate. Below 15 clusters do not trust it.
pub fn over_clusters(
    clusters: usize,
    replicates: u32,
    seed: u64,
    number: impl Fn(&[usize]) -> Option<f64>,
) -> Result<Bootstrap, Refusal> {
    if clusters < 2 {
        return Err(Refusal::TooFew { what: "clusters", got: clusters, needed: 2 });
    }
    let mut drawn = vec![0; clusters];
    let mut numbers: Vec<f64> = (0..replicates)
        .filter_map(|replicate| {
            let mut chance = Chance::new(seed, u64::from(replicate));
            drawn.fill_with(|| chance.below(clusters));
            number(&drawn)
        })
        .filter(|number| !number.is_nan())
        .collect();
    if numbers.is_empty() {
        return Err(Refusal::NoEvents);
    }
    numbers.sort_unstable_by(f64::total_cmp);
    let logs: Vec<f64> = numbers.iter().map(|number| number.ln()).filter(|log| log.is_finite()).collect();
    let n = logs.len() as f64;
    Ok(Bootstrap {
        low: quantile(&numbers, 0.025),
        high: quantile(&numbers, 0.975),
        log_error: (variance(&logs) * (n - 1.0) / n).sqrt(),
        clusters,
        replicates: numbers.len(),
        seed,
    })
}

/// Events and units of both arms in one cluster: ai_event, ai_n, human_event, human_n.
pub type Tally = [f64; 4];

/// Tallies by cluster, in an order of their content. Rows are events, arms (1 is AI) and clusters.
pub fn tallies(events: &[f64], ai: &[f64], clusters: &[u32]) -> Vec<Tally> {
    let count = clusters.iter().max().map_or(0, |most| *most as usize + 1);
    let mut tallies = vec![Tally::default(); count];
    for ((event, ai), cluster) in events.iter().zip(ai).zip(clusters) {
        let arm = if *ai > 0.0 { 0 } else { 2 };
        tallies[*cluster as usize][arm] += event;
        tallies[*cluster as usize][arm + 1] += 1.0;
    }
    tallies.retain(|tally| tally[1] + tally[3] > 0.0);
    tallies.sort_unstable_by(|one, other| {
        one.iter()
            .zip(other)
            .map(|(left, right)| left.total_cmp(right))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    tallies
}

/// The risk ratio of summed tallies; `None` where it does not exist.
pub fn risk_ratio(tallies: impl Iterator<Item = Tally>) -> Option<f64> {
    let total = tallies.fold(Tally::default(), |total, tally| std::array::from_fn(|at| total[at] + tally[at]));
    let [a, n1, b, n0] = total;
    (n1 > 0.0 && n0 > 0.0 && b > 0.0).then(|| a / n1 / (b / n0))
}

/// The risk ratio with its clustered percentile interval.
pub fn clustered_risk_ratio(tallies: &[Tally], replicates: u32, seed: u64) -> Result<(f64, Bootstrap), Refusal> {
    let ratio = risk_ratio(tallies.iter().copied()).ok_or(Refusal::NoEvents)?;
    let resampled = |drawn: &[usize]| risk_ratio(drawn.iter().map(|place| tallies[*place]));
    Ok((ratio, over_clusters(tallies.len(), replicates, seed, resampled)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_clusters_do_not_matter() {
        let (events, ai) = ([1.0, 0.0, 1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        let one = clustered_risk_ratio(&tallies(&events, &ai, &[0, 0, 1, 1, 2, 2]), 500, 1);
        let other = clustered_risk_ratio(&tallies(&events, &ai, &[2, 2, 0, 0, 1, 1]), 500, 1);
        assert_eq!(one, other);
        assert!(clustered_risk_ratio(&tallies(&events, &ai, &[0; 6]), 500, 1).is_err());
    }
}
