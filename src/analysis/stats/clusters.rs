//! Shares of units that come in clusters: lines of commits.
//!
//! Units of one cluster are not independent, clusters are taken to be. All intervals are 95 %.

use super::proportions::{self, Interval};

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
