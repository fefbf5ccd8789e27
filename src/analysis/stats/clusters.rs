//! Units that come in clusters: shares of lines of commits, and how alike changes of one author are.
//!
//! Units of one cluster are not independent, clusters are taken to be. All intervals are 95 %.

use super::numeric::{mean, sum};
use super::proportions::{self, Interval};
use super::refusal::{Refusal, finite};

/// Sums over clusters of m units each, x of them with the event; enough for a share and its interval.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    pub clusters: u64,
    /// Σ m and Σ x.
    pub units: u64,
    pub events: u64,
    /// Σ m², Σ x² and Σ x m.
    pub units_squared: f64,
    pub events_squared: f64,
    pub events_units: f64,
}

impl Sums {
    /// The sums over the clusters of both; no cluster may be in both.
    pub fn plus(self, other: Self) -> Self {
        Self {
            clusters: self.clusters + other.clusters,
            units: self.units + other.units,
            events: self.events + other.events,
            units_squared: self.units_squared + other.units_squared,
            events_squared: self.events_squared + other.events_squared,
            events_units: self.events_units + other.events_units,
        }
    }

    /// How many clusters of equal size would tell as much: (Σm)² / Σm²; Kish 1965. 0 without units.
    pub fn effective_clusters(&self) -> f64 {
        if self.units == 0 { 0.0 } else { (self.units as f64).powi(2) / self.units_squared }
    }

    /// The share p = Σx / Σm. Its variance is that of a ratio of sums over independent clusters by linearisation,
    /// Σ (x − p m)² / (Σm)² (Cochran 1977, 6.3), without small-sample factor. The interval is Wilson's for as many
    /// independent units as would have that variance, p (1 − p) / variance (Korn and Graubard 1998); where no spread
    /// is seen, as when nothing or everything has the event, for the effective number of clusters.
    ///
    /// `None` without units and for more events than units.
    pub fn share(&self) -> Option<Interval> {
        if self.units == 0 || self.events > self.units {
            return None;
        }
        let (units, events) = (self.units as f64, self.events as f64);
        let p = events / units;
        let spread = self.events_squared - 2.0 * p * self.events_units + p * p * self.units_squared;
        let variance = spread / (units * units);
        let alike = self.effective_clusters();
        // What rounding leaves of no spread is no spread.
        let n = if spread > 1e-9 * p * p * self.units_squared { (p * (1.0 - p) / variance).min(units) } else { alike };
        Some(proportions::wilson_of(p, n))
    }
}

/// One-way analysis of variance of a number by cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DesignEffect {
    /// (MSB − MSW) / (MSB + (n₀ − 1) MSW), n₀ = (N − Σn²/N)/(k − 1); Donner 1986.
    pub icc: f64,
    pub mean_cluster_size: f64,
    /// 1 + (n̄ − 1) ρ: how much wider variances are than those of independent units, for clusters of one size.
    pub equal: f64,
    /// 1 + (Σn²/N − 1) ρ, for clusters of any size; Kish 1965.
    pub kish: f64,
    /// N over that.
    pub effective_n: f64,
}

/// How alike units of one cluster are. Clusters of rows count from 0. Refuses fewer than two clusters, and fewer rows than
/// there must be for a spread within them.
pub fn design_effect(values: &[f64], clusters: &[u32]) -> Result<DesignEffect, Refusal> {
    finite("a value", values)?;
    let count = clusters.iter().max().map_or(0, |most| *most as usize + 1);
    let mut groups: Vec<Vec<f64>> = vec![Vec::new(); count];
    for (value, cluster) in values.iter().zip(clusters) {
        groups[*cluster as usize].push(*value);
    }
    groups.retain(|group| !group.is_empty());
    for group in &mut groups {
        group.sort_unstable_by(f64::total_cmp);
    }
    groups.sort_unstable_by(|one, other| one.len().cmp(&other.len()).then_with(|| mean(one).total_cmp(&mean(other))));
    let (k, total) = (groups.len() as f64, values.len() as f64);
    if groups.len() < 2 || values.len() <= groups.len() {
        return Err(Refusal::TooFew { what: "clusters", got: groups.len(), needed: 2 });
    }
    let squares = sum(groups.iter().map(|group| (group.len() as f64).powi(2)));
    let centre = sum(groups.iter().map(|group| sum(group.iter().copied()))) / total;
    let between = sum(groups.iter().map(|group| group.len() as f64 * (mean(group) - centre).powi(2))) / (k - 1.0);
    let within = sum(groups.iter().map(|group| {
        let own = mean(group);
        sum(group.iter().map(|value| (value - own).powi(2)))
    })) / (total - k);
    let n0 = (total - squares / total) / (k - 1.0);
    let icc = (between - within) / (between + (n0 - 1.0) * within);
    let kish = 1.0 + (squares / total - 1.0) * icc;
    Ok(DesignEffect {
        icc,
        mean_cluster_size: total / k,
        equal: 1.0 + (total / k - 1.0) * icc,
        kish,
        effective_n: total / kish,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sums(clusters: &[(u64, u64)]) -> Sums {
        clusters.iter().fold(Sums::default(), |sums, &(events, units)| {
            let (x, m) = (events as f64, units as f64);
            sums.plus(Sums {
                clusters: 1,
                units,
                events,
                units_squared: m * m,
                events_squared: x * x,
                events_units: x * m,
            })
        })
    }

    #[test]
    fn independent_units_have_wilsons_interval() {
        // 81 of 263 units, each a cluster: the variance is p (1 − p) / n.
        let each: Vec<(u64, u64)> = (0..263).map(|at| (u64::from(at < 81), 1)).collect();
        let (got, want) = (sums(&each).share().unwrap(), proportions::wilson(81, 263).unwrap());
        assert!((got.low - want.low).abs() < 1e-12 && (got.high - want.high).abs() < 1e-12);
    }

    #[test]
    fn clusters_that_fall_together_count_once() {
        // 10 clusters of 100 units, 3 of them whole: as 3 of 10.
        let all_or_none: Vec<(u64, u64)> = (0..10).map(|at| (if at < 3 { 100 } else { 0 }, 100)).collect();
        let (got, want) = (sums(&all_or_none).share().unwrap(), proportions::wilson(3, 10).unwrap());
        assert!((got.low - want.low).abs() < 1e-12 && (got.high - want.high).abs() < 1e-12);
    }

    #[test]
    fn units_that_are_all_alike_are_worth_their_clusters() {
        let values: Vec<f64> = (0..40).map(|at| f64::from(u8::from(at < 20))).collect();
        let clusters: Vec<u32> = (0..40).map(|at| at / 10).collect();
        let got = design_effect(&values, &clusters).unwrap();
        assert!((got.icc - 1.0).abs() < 1e-12 && (got.effective_n - 4.0).abs() < 1e-12);
    }

    #[test]
    fn that_nothing_happened_is_as_sure_as_there_are_clusters() {
        let none: Vec<(u64, u64)> = vec![(0, 1000); 20];
        assert_eq!(sums(&none).share(), proportions::wilson(0, 20));
        assert_eq!(sums(&[(0, 0)]).share(), None);
    }

    proptest! {
        #[test]
        fn the_share_lies_within_its_limits(clusters in prop::collection::vec((0u64..50, 0u64..50), 1..40)) {
            let clusters: Vec<(u64, u64)> = clusters.into_iter().map(|(x, rest)| (x, x + rest)).collect();
            let Some(share) = sums(&clusters).share() else { return Ok(()) };
            prop_assert!(0.0 <= share.low && share.low <= share.value && share.value <= share.high && share.high <= 1.0);
        }
    }
}
