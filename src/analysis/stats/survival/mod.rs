//! How long things last: the Kaplan–Meier curve of weighted, clustered, right-censored data.
//!
//! A row is a number of units (lines) of one cluster (the commit that wrote them) that ended, or were
//! last seen alive, at one age. Ages are whole days. A unit censored at an age counts as at risk at
//! that age. Clusters are taken as independent, units within one as anything but: a commit of a
//! thousand lines that are deleted together is one observation, not a thousand. What links clusters
//! is not seen: one deletion that ends lines of many commits, or one author who wrote many. Censoring
//! must not depend on how long a unit would have lasted; it does not where all are watched up to the
//! same moment. All intervals are 95 %.

pub mod product_limit;

use super::proportions::{self, Interval};
use product_limit::{Point, ProductLimit, Scale, Watched};

/// Units of one cluster with the same age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub cluster: u32,
    /// Whole days from birth to the end, or to when it was last seen.
    pub age: u32,
    pub ended: u64,
    pub alive: u64,
}

/// The curve at one age that occurs in the data; it stays the same up to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub age: u32,
    /// Units, and clusters that have any, whose age reaches this one: not yet ended before it, and still watched.
    pub at_risk: u64,
    pub clusters: u64,
    /// Units that ended at this age.
    pub ended: u64,
    /// Share of units that outlive this age.
    pub survival: f64,
    /// Greenwood's variance of the logarithm of `survival`, as if units were independent.
    pub greenwood: f64,
    /// The same, robust to dependence within clusters.
    pub variance: f64,
}

impl Step {
    fn of(point: &Point) -> Self {
        Self {
            age: point.time as u32,
            at_risk: point.at_risk,
            clusters: point.clusters,
            ended: point.ended,
            survival: point.survival,
            greenwood: point.greenwood,
            variance: point.variance,
        }
    }
}

/// A survival curve. It has at least one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    steps: Vec<Step>,
    units: u64,
    clusters: u64,
    effective_clusters: f64,
}

impl Curve {
    /// The product-limit estimate with Greenwood's variance of log S and the one robust to clusters, as
    /// [`ProductLimit::of`] has them; Kaplan and Meier 1958. `None` without a unit.
    ///
    /// Where the last units all end, S is 0 and both variances are infinite. The order of rows, and splitting one in
    /// two, changes no bit of the result.
    pub fn of(rows: Vec<Row>) -> Option<Self> {
        let watched = |row: Row| Watched {
            entry: f64::NEG_INFINITY,
            time: f64::from(row.age),
            cluster: row.cluster,
            ended: row.ended,
            alive: row.alive,
        };
        let curve = ProductLimit::of(rows.into_iter().map(watched).collect())?;
        Some(Self {
            steps: curve.points().iter().map(Step::of).collect(),
            units: curve.units(),
            clusters: curve.clusters(),
            effective_clusters: curve.effective_clusters(),
        })
    }

    /// At every age that occurs, youngest first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub fn units(&self) -> u64 {
        self.units
    }

    pub fn clusters(&self) -> u64 {
        self.clusters
    }

    /// How many clusters of equal size would tell as much: (Σw)² / Σw² over the sizes w; Kish 1965.
    pub fn effective_clusters(&self) -> f64 {
        self.effective_clusters
    }

    /// Units that had ended by an age, that age included.
    pub fn ended_by(&self, age: u32) -> u64 {
        self.steps.iter().take_while(|step| step.age <= age).map(|step| step.ended).sum()
    }

    /// Units at risk at an age, and clusters that have any.
    pub fn at_risk(&self, age: u32) -> (u64, u64) {
        self.steps.iter().find(|step| step.age >= age).map_or((0, 0), |step| (step.at_risk, step.clusters))
    }

    /// The last age at which at least so many clusters still have units under watch.
    pub fn reach(&self, clusters: u64) -> Option<u32> {
        self.steps.iter().rev().find(|step| step.clusters >= clusters).map(|step| step.age)
    }

    /// The share that outlives an age, with the interval on the log(−log) scale from the robust variance V, or Greenwood's where that is more:
    /// S^exp(±z √V / |log S|); Kalbfleisch and Prentice 1980. `None` beyond the last age that was watched, unless
    /// nothing was left to watch.
    ///
    /// That scale says nothing where nothing has ended or nothing is left. Where nothing has ended the lower limit is
    /// Wilson's for no event among the clusters under watch; where nothing is left the upper one is that of the step before.
    pub fn at(&self, age: u32) -> Option<Interval> {
        let last = self.steps.last()?;
        if age > last.age && last.survival > 0.0 {
            return None;
        }
        let place = self.steps.partition_point(|step| step.age <= age);
        match place.checked_sub(1) {
            Some(place) => Some(self.interval(place)),
            None => Some(unharmed(self.steps.first()?.clusters)),
        }
    }

    fn interval(&self, place: usize) -> Interval {
        let step = &self.steps[place];
        match log_log(step) {
            Some(interval) => interval,
            None if step.survival > 0.0 => unharmed(step.clusters),
            None => {
                let before = self.steps[..place].iter().rev().find_map(log_log);
                Interval { value: 0.0, low: 0.0, high: before.map_or(1.0, |before| before.high) }
            }
        }
    }

    /// The age by which half of the units have ended: the first at which S ≤ ½, or where S is ½ for a while the middle of
    /// that while. `None` when more than half outlive the last age.
    ///
    /// The interval is that of Brookmeyer and Crowley 1982 on the log(−log) scale: the ages at which the limits of S pass
    /// ½. Its upper end is infinite where the upper limit of S never falls to ½.
    pub fn half_life(&self) -> Option<Interval> {
        let falls_to = |limit: fn(&Interval) -> f64| {
            let height = move |step: &Step| (f64::from(step.age), log_log(step).as_ref().map(limit));
            first_at_most_half(self.steps.iter().map(height))
        };
        let survival = |step: &Step| (f64::from(step.age), Some(step.survival));
        let value = first_at_most_half(self.steps.iter().map(survival))?;
        let low = falls_to(|interval| interval.low).unwrap_or(value).min(value);
        let high = falls_to(|interval| interval.high).unwrap_or(f64::INFINITY).max(value);
        Some(Interval { value, low, high })
    }
}

/// What leaves no room for ½: products of floating numbers that should be ½ are taken for it.
const NEARLY: f64 = 1.5e-8;

/// The first time at which something that never rises is at most ½; the middle of the times at which it is ½.
fn first_at_most_half(heights: impl Iterator<Item = (f64, Option<f64>)>) -> Option<f64> {
    let mut at_half = None;
    for (time, height) in heights {
        match height {
            Some(height) if height < 0.5 - NEARLY => {
                return Some(at_half.map_or(time, |from: f64| (from + time) / 2.0));
            }
            Some(height) if height <= 0.5 + NEARLY => at_half = at_half.or(Some(time)),
            // A limit may rise again; what it did before does not count then.
            _ => at_half = None,
        }
    }
    at_half
}

/// The interval on the log(−log) scale; `None` where S is 0 or 1. Where one cluster holds nearly all the robust variance is next to
/// nothing, which says nothing: no interval is narrower than if units were independent.
fn log_log(step: &Step) -> Option<Interval> {
    let variance = step.variance.max(step.greenwood);
    product_limit::interval(step.survival, Scale::LogLog, variance).filter(|interval| interval.value < 1.0)
}

/// Nothing has ended among so many independent clusters.
fn unharmed(clusters: u64) -> Interval {
    let low = proportions::wilson(0, clusters).map_or(0.0, |ended| 1.0 - ended.high);
    Interval { value: 1.0, low, high: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(cluster: u32, age: u32, ended: u64, alive: u64) -> Row {
        Row { cluster, age, ended, alive }
    }

    fn curve(rows: &[Row]) -> Curve {
        Curve::of(rows.to_vec()).unwrap()
    }

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() <= 1e-9 + 1e-6 * want.abs(), "{got} is not {want}");
    }

    /// Each unit a cluster of its own.
    fn singles(ages: &[(u32, bool)]) -> Curve {
        let rows = ages.iter().zip(0..).map(|(&(age, ended), at)| row(at, age, u64::from(ended), u64::from(!ended)));
        Curve::of(rows.collect()).unwrap()
    }

    /// Remission of leukemia, not maintained and maintained (Embury 1977, in Miller 1981); true: relapsed.
    const MAINTAINED: [(u32, bool); 11] = [
        (9, true),
        (13, true),
        (13, false),
        (18, true),
        (23, true),
        (28, false),
        (31, true),
        (34, true),
        (45, false),
        (48, true),
        (161, false),
    ];
    const NOT_MAINTAINED: [(u32, bool); 12] = [
        (5, true),
        (5, true),
        (8, true),
        (8, true),
        (12, true),
        (16, false),
        (23, true),
        (27, true),
        (30, true),
        (33, true),
        (43, true),
        (45, true),
    ];

    #[test]
    fn independent_units_are_as_in_r() {
        // survival 3.5-3: survfit(conf.type = "log-log"), quantile().
        let kept = singles(&MAINTAINED);
        for (age, at_risk, survival, se, low, high) in [
            (9, 11, 0.909090909090909, 0.0866784172041448, 0.50808020576993, 0.986673822667823),
            (13, 10, 0.818181818181818, 0.116291299830333, 0.447428614682181, 0.951162228582492),
            (23, 7, 0.613636363636364, 0.152632331027312, 0.265752040001286, 0.835299243250221),
        ] {
            let at = kept.at(age).unwrap();
            let step = kept.steps().iter().find(|step| step.age == age).unwrap();
            assert_eq!(kept.at_risk(age), (at_risk, at_risk));
            near(at.value, survival);
            near(at.low, low);
            near(at.high, high);
            near(survival * step.greenwood.sqrt(), se);
            near(survival * step.variance.sqrt(), se);
        }
        let half = kept.half_life().unwrap();
        assert_eq!((half.value, half.low, half.high), (31.0, 13.0, f64::INFINITY));
        let half = singles(&NOT_MAINTAINED).half_life().unwrap();
        assert_eq!((half.value, half.low, half.high), (23.0, 5.0, 33.0));
    }

    #[test]
    fn clusters_by_hand() {
        // Two clusters of 4 and 2 lines. Day 1: 2 of the first end, so S = 4/6; day 3: 1 of 4 ends, of the second, so S = 1/2.
        let curve = curve(&[row(0, 1, 2, 0), row(0, 5, 0, 2), row(1, 3, 1, 0), row(1, 5, 0, 1)]);
        let [one, three, five] = curve.steps() else { panic!("{:?}", curve.steps()) };
        assert_eq!((one.at_risk, three.at_risk, five.at_risk), (6, 4, 3));
        assert_eq!((one.clusters, five.clusters), (2, 2));
        near(one.survival, 4.0 / 6.0);
        near(three.survival, 0.5);
        near(one.greenwood, 2.0 / (6.0 * 4.0));
        near(three.greenwood, 2.0 / 24.0 + 1.0 / 12.0);
        // Day 1: U = (Y d/n − d_c)/(n − d): first (4·2/6 − 2)/4 = −1/6, second (2·2/6 − 0)/4 = 1/6.
        near(one.variance, 2.0 / 36.0);
        // Day 3 adds first (2·1/4 − 0)/3 = 1/6 and second (2·1/4 − 1)/3 = −1/6: what was gained is lost.
        near(three.variance, 0.0);
        near(curve.effective_clusters(), 36.0 / 20.0);
        assert_eq!((curve.units(), curve.clusters(), curve.ended_by(2), curve.ended_by(3)), (6, 2, 2, 3));
        // S is ½ from day 3 on, and nothing says until when.
        assert_eq!(curve.half_life().map(|half| half.value), Some(3.0));
    }

    #[test]
    fn half_of_the_units_for_a_while_is_the_middle_of_that_while() {
        let curve = singles(&[(2, true), (6, true)]);
        assert_eq!(curve.half_life().map(|half| half.value), Some(4.0));
    }

    #[test]
    fn nothing_is_said_beyond_the_last_watch() {
        let curve = curve(&[row(0, 10, 1, 5), row(1, 4, 0, 3)]);
        assert!(curve.at(10).is_some() && curve.at(11).is_none());
        assert_eq!(curve.half_life(), None);
        assert_eq!((curve.at_risk(4), curve.at_risk(5), curve.at_risk(11)), ((9, 2), (6, 1), (0, 0)));
        assert_eq!((curve.reach(2), curve.reach(1), curve.reach(3)), (Some(4), Some(10), None));
        let gone = Curve::of(vec![row(0, 3, 4, 0)]).unwrap();
        assert_eq!(gone.at(99).map(|at| at.value), Some(0.0));
        assert_eq!(Curve::of(vec![row(0, 3, 0, 0)]), None);
    }

    #[test]
    fn that_nothing_ended_is_no_certainty() {
        let rows: Vec<Row> = (0..20).map(|cluster| row(cluster, 100, 0, 50)).collect();
        let at = curve(&rows).at(30).unwrap();
        near(at.low, 1.0 - 0.161_125_2);
        assert_eq!((at.value, at.high), (1.0, 1.0));
    }

    /// Chance that is the same on every run: splitmix64.
    struct Chance(u64);

    impl Chance {
        /// Evenly from 0 up to 1.
        fn part(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// Eighty commits of 1 to 60 lines, watched for 100 to 600 days. Every line lasts 300 days on average, in half of the
    /// commits all equally long.
    fn commits_by_chance(chance: &mut Chance) -> Vec<Row> {
        let mut rows = Vec::new();
        for cluster in 0..80 {
            let watched = 100.0 + 500.0 * chance.part();
            let (lines, are_one) = (1 + (60.0 * chance.part().powi(2)) as u32, chance.part() < 0.5);
            let shared = -300.0 * chance.part().ln();
            for _ in 0..lines {
                let lasts = if are_one { shared } else { -300.0 * chance.part().ln() };
                let ended = lasts.floor() < watched.floor();
                rows.push(row(cluster, lasts.min(watched) as u32, u64::from(ended), u64::from(!ended)));
            }
        }
        rows
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let (mut chance, mut held, mut held_as_if_independent) = (Chance(7), 0, 0);
        // Lines of age 90 are those that last less than 91 days.
        let truth = (-91.0f64 / 300.0).exp();
        for _ in 0..1000 {
            let curve = Curve::of(commits_by_chance(&mut chance)).unwrap();
            let place = curve.steps().partition_point(|step| step.age <= 90) - 1;
            let step = curve.steps()[place];
            let holds = |interval: Interval| u32::from(interval.low <= truth && truth <= interval.high);
            held += holds(curve.at(90).unwrap());
            held_as_if_independent += holds(log_log(&Step { variance: step.greenwood, ..step }).unwrap());
        }
        assert!((910..=970).contains(&held), "{held} of 1000");
        assert!(held_as_if_independent < 700, "{held_as_if_independent} of 1000 with Greenwood's variance");
    }

    fn some_rows() -> impl Strategy<Value = Vec<Row>> {
        let one = (0u32..6, 0u32..40, 0u64..5, 0u64..5);
        prop::collection::vec(one.prop_map(|(cluster, age, ended, alive)| row(cluster, age, ended, alive)), 1..40)
    }

    proptest! {
        #[test]
        fn it_never_rises_and_lies_within_its_limits(rows in some_rows()) {
            let Some(curve) = Curve::of(rows) else { return Ok(()) };
            let mut before = 1.0;
            for age in 0..50 {
                let Some(at) = curve.at(age) else { continue };
                prop_assert!((0.0..=1.0).contains(&at.value) && at.value <= before);
                prop_assert!(0.0 <= at.low && at.low <= at.value && at.value <= at.high && at.high <= 1.0, "{at:?}");
                before = at.value;
            }
            if let Some(half) = curve.half_life() {
                prop_assert!(0.0 <= half.low && half.low <= half.value && half.value <= half.high);
            }
        }

        #[test]
        fn neither_order_nor_splitting_changes_a_bit(rows in some_rows(), seed in any::<u64>()) {
            let mut other: Vec<Row> = rows.iter().flat_map(|&whole| {
                let part = row(whole.cluster, whole.age, whole.ended / 2, whole.alive / 3);
                [part, Row { ended: whole.ended - part.ended, alive: whole.alive - part.alive, ..whole }]
            }).collect();
            let turns = seed as usize % other.len();
            other.rotate_left(turns);
            prop_assert_eq!(Curve::of(rows), Curve::of(other));
        }

        #[test]
        fn the_variance_is_that_of_its_definition(rows in some_rows()) {
            let Some(curve) = Curve::of(rows.clone()) else { return Ok(()) };
            for step in curve.steps().iter().filter(|step| step.survival > 0.0) {
                let influence = |cluster: u32| -> f64 {
                    let own = |is_wanted: &dyn Fn(&Row) -> bool, of: fn(&Row) -> u64| -> f64 {
                        rows.iter().filter(|row| row.cluster == cluster && is_wanted(row)).map(of).sum::<u64>() as f64
                    };
                    curve.steps().iter().take_while(|passed| passed.age <= step.age).map(|passed| {
                        let (n, d) = (passed.at_risk as f64, passed.ended as f64);
                        let at_risk = own(&|row| row.age >= passed.age, |row| row.ended + row.alive);
                        (at_risk * d / n - own(&|row| row.age == passed.age, |row| row.ended)) / (n - d)
                    }).sum()
                };
                let variance: f64 = (0..6).map(|cluster| influence(cluster).powi(2)).sum();
                prop_assert!((step.variance - variance).abs() < 1e-9 * (1.0 + variance), "{} {variance}", step.variance);
            }
        }

        #[test]
        fn more_lines_of_the_same_commits_teach_nothing(rows in some_rows()) {
            let many = rows.iter().map(|row| Row { ended: row.ended * 7, alive: row.alive * 7, ..*row }).collect();
            let (Some(few), Some(many)) = (Curve::of(rows), Curve::of(many)) else { return Ok(()) };
            for (few, many) in few.steps().iter().zip(many.steps()).filter(|(few, _)| few.survival > 0.0) {
                prop_assert!((few.survival - many.survival).abs() < 1e-12);
                prop_assert!((few.variance - many.variance).abs() < 1e-9 * (1.0 + few.variance));
                prop_assert!((few.greenwood - 7.0 * many.greenwood).abs() < 1e-9 * (1.0 + few.greenwood));
            }
        }
    }
}
