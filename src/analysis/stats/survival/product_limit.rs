//! The product-limit estimate itself: who is at risk when, and what ends.

use super::super::numeric::sum;
use super::super::proportions::{Interval, Z};
use super::super::refusal::{Refusal, finite, not_negative, same_length};

/// Units of one cluster that were watched over the same time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watched {
    /// At risk only after this time; minus infinity where watching began with the unit.
    pub entry: f64,
    pub time: f64,
    pub cluster: u32,
    pub ended: u64,
    pub alive: u64,
}

impl Watched {
    fn units(&self) -> u64 {
        self.ended + self.alive
    }
}

/// The estimates just after one time at which a unit ended or left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub time: f64,
    /// Units, and clusters that have any, with entry < time ≤ their own time.
    pub at_risk: u64,
    pub clusters: u64,
    pub ended: u64,
    /// Π (1 − d/n).
    pub survival: f64,
    /// Greenwood's Σ d/(n (n − d)), the variance of log S as if units were independent; infinite once S is 0.
    pub greenwood: f64,
    /// The same, robust to dependence within clusters.
    pub variance: f64,
    /// Nelson's Σ d/n, and its variance Σ d/n²; Aalen 1978.
    pub hazard: f64,
    pub hazard_variance: f64,
}

/// How an interval of S is laid: on which scale it is symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// S ± z se, cut to 0 and 1.
    Plain,
    /// S exp(± z √V), cut to 1.
    Log,
    /// S^exp(± z √V / log S); Kalbfleisch and Prentice 1980.
    LogLog,
}

impl Point {
    /// The interval of S from Greenwood's variance; `None` where S is 0 and so has none.
    pub fn interval(&self, scale: Scale) -> Option<Interval> {
        interval(self.survival, scale, self.greenwood)
    }
}

/// The interval of S from a variance of log S; `None` where S is 0.
pub(super) fn interval(value: f64, scale: Scale, variance: f64) -> Option<Interval> {
    let spread = Z * variance.sqrt();
    if value <= 0.0 {
        return None;
    }
    let (low, high) = match scale {
        _ if value >= 1.0 => (1.0, 1.0),
        Scale::Plain => (value - value * spread, value + value * spread),
        Scale::Log => (value * (-spread).exp(), value * spread.exp()),
        Scale::LogLog => {
            let limit = |by: f64| value.powf(by.exp());
            (limit(spread / value.ln().abs()), limit(-spread / value.ln().abs()))
        }
    };
    Some(Interval { value, low: low.clamp(0.0, value), high: high.clamp(value, 1.0) })
}

/// A curve over every time at which a unit ended or left.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductLimit {
    points: Vec<Point>,
    units: u64,
    clusters: u64,
    effective_clusters: f64,
}

/// The start: nothing has ended.
const START: Point = Point {
    time: f64::NEG_INFINITY,
    at_risk: 0,
    clusters: 0,
    ended: 0,
    survival: 1.0,
    greenwood: 0.0,
    variance: 0.0,
    hazard: 0.0,
    hazard_variance: 0.0,
};

impl ProductLimit {
    /// One unit per row, each a cluster of its own. Rows that enter at or after their own time are never at risk and are
    /// left out. Refuses times that are not finite or below zero, and when nobody was ever at risk.
    pub fn of_units(time: &[f64], ended: &[bool], entry: Option<&[f64]>) -> Result<Self, Refusal> {
        same_length(&[time.len(), ended.len(), entry.map_or(time.len(), <[f64]>::len)])?;
        not_negative("a time", time)?;
        if let Some(entry) = entry {
            finite("an entry", entry)?;
        }
        let row = |at: usize| Watched {
            entry: entry.map_or(f64::NEG_INFINITY, |entry| entry[at]),
            time: time[at],
            cluster: at as u32,
            ended: u64::from(ended[at]),
            alive: u64::from(!ended[at]),
        };
        Self::of((0..time.len()).map(row).collect()).ok_or(Refusal::Empty { what: "units at risk" })
    }

    /// S(t) = Π (1 − dₐ/nₐ) over times a ≤ t, with dₐ units ended at a of nₐ at risk; Kaplan and Meier 1958. `None` without
    /// a unit.
    ///
    /// The variance robust to clusters is the infinitesimal jackknife Σ_c U_c(t)² with
    /// U_c(t) = Σ_{a ≤ t} (Y_c(a) dₐ/nₐ − d_c(a)) / (nₐ − dₐ), where Y_c are the cluster's units at risk and d_c those that
    /// ended: Ying and Wei 1994 for the estimate of dependent times, the form of Lin and Wei 1989, as R's
    /// `survfit(…, cluster=)`. It has no small-sample factor. With one unit per cluster it is Greenwood's, exactly. It is
    /// found in one pass over the rows, at every time: U_c is A_c + W_c H(t) with W_c the units at risk,
    /// H(t) = Σ dₐ / (nₐ (nₐ − dₐ)), and A_c what those that left or entered have gathered, so that three sums over
    /// clusters suffice and change only where a row comes or goes.
    ///
    /// The order of rows, and splitting one in two, changes no bit of the result.
    pub fn of(mut rows: Vec<Watched>) -> Option<Self> {
        rows.retain(|row| row.units() > 0 && row.entry < row.time);
        rows.sort_unstable_by(|one, other| {
            let by_time = one.time.total_cmp(&other.time).then(one.cluster.cmp(&other.cluster));
            by_time.then(one.entry.total_cmp(&other.entry))
        });
        rows.dedup_by(|next, row| {
            let is_same = (next.time, next.cluster, next.entry) == (row.time, row.cluster, row.entry);
            if is_same {
                row.ended += next.ended;
                row.alive += next.alive;
            }
            is_same
        });
        if rows.is_empty() {
            return None;
        }
        let mut late: Vec<Watched> = rows.iter().filter(|row| row.entry > f64::NEG_INFINITY).copied().collect();
        late.sort_unstable_by(|one, other| one.entry.total_cmp(&other.entry).then(one.cluster.cmp(&other.cluster)));
        let mut sums = Sums::of(&rows);
        let (units, clusters, effective_clusters) = sums.all();
        sums.start(&rows);
        Some(Self { points: points(&rows, &late, &mut sums), units, clusters, effective_clusters })
    }

    /// At every time that occurs, earliest first.
    pub fn points(&self) -> &[Point] {
        &self.points
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

    /// The estimates at a time; beyond the last one they stay as they were.
    pub fn at(&self, time: f64) -> Point {
        let place = self.points.partition_point(|point| point.time <= time);
        place.checked_sub(1).map_or(START, |place| self.points[place])
    }

    /// Units at risk when next one ended or left, at this time or after it; 0 after the last. Where nobody enters late that is
    /// all that were still watched.
    pub fn at_risk(&self, time: f64) -> u64 {
        let place = self.points.partition_point(|point| point.time < time);
        self.points.get(place).map_or(0, |point| point.at_risk)
    }

    /// The first time at which S ≤ ½, or where S is ½ for a while the middle of that while; `None` when it never is.
    pub fn median(&self) -> Option<f64> {
        super::first_at_most_half(self.points.iter().map(|point| (point.time, Some(point.survival))))
    }

    /// Its limits by Brookmeyer and Crowley 1982 on a scale: the times at which the limits of S pass ½; `None` where they
    /// never do.
    pub fn median_limits(&self, scale: Scale) -> (Option<f64>, Option<f64>) {
        let limits = |of: fn(&Interval) -> f64| {
            let limit = move |point: &Point| {
                // Before the first end there is no limit on a scale of logarithms.
                let limit = point.interval(scale).filter(|_| point.survival < 1.0);
                (point.time, limit.as_ref().map(of))
            };
            super::first_at_most_half(self.points.iter().map(limit))
        };
        (limits(|interval| interval.low), limits(|interval| interval.high))
    }

    /// The mean time up to `tau`, ∫₀^τ S, with its standard error √Σ (∫_a^τ S)² dₐ/(nₐ (nₐ − dₐ)); Irwin 1949. Beyond the
    /// last time S is taken to stay.
    pub fn restricted_mean(&self, tau: f64) -> (f64, f64) {
        let before: Vec<&Point> = self.points.iter().filter(|point| point.time < tau && point.ended > 0).collect();
        let ends = before.iter().skip(1).map(|point| point.time).chain([tau]);
        let areas: Vec<f64> = before.iter().zip(ends).map(|(point, end)| point.survival * (end - point.time)).collect();
        let whole = before.first().map_or(tau, |first| first.time) + sum(areas.iter().copied());
        let mut beyond = 0.0;
        let mut terms = Vec::new();
        for (point, area) in before.iter().zip(&areas).rev() {
            beyond += area;
            let (n, d) = (point.at_risk as f64, point.ended as f64);
            if n > d {
                terms.push(beyond * beyond * d / (n * (n - d)));
            }
        }
        (whole, sum(terms).sqrt())
    }
}

/// Units and clusters while time passes.
struct Sums {
    /// Units of each cluster at risk.
    watched: Vec<u64>,
    /// What units that left or entered have gathered of U.
    gathered: Vec<f64>,
    at_risk: u64,
    under_watch: u64,
    /// Σ A², Σ A W and Σ W² over clusters.
    squares: [f64; 3],
}

impl Sums {
    fn of(rows: &[Watched]) -> Self {
        let count = rows.iter().map(|row| row.cluster as usize + 1).max().unwrap_or_default();
        let mut watched = vec![0; count];
        for row in rows {
            watched[row.cluster as usize] += row.units();
        }
        Self { watched, gathered: vec![0.0; count], at_risk: 0, under_watch: 0, squares: [0.0; 3] }
    }

    /// Units, clusters, and effective clusters.
    fn all(&self) -> (u64, u64, f64) {
        let units: u64 = self.watched.iter().sum();
        let clusters = self.watched.iter().filter(|units| **units > 0).count() as u64;
        (units, clusters, (units as f64).powi(2) / self.watched_squares())
    }

    fn watched_squares(&self) -> f64 {
        self.watched.iter().map(|units| (*units as f64).powi(2)).sum()
    }

    /// Only those that were watched from the start.
    fn start(&mut self, rows: &[Watched]) {
        for row in rows.iter().filter(|row| row.entry > f64::NEG_INFINITY) {
            self.watched[row.cluster as usize] -= row.units();
        }
        self.at_risk = self.watched.iter().sum();
        self.under_watch = self.watched.iter().filter(|units| **units > 0).count() as u64;
        self.squares = [0.0, 0.0, self.watched_squares()];
    }

    /// A cluster's units come or go, and gather.
    fn change(&mut self, cluster: u32, come: u64, go: u64, gather: f64) {
        let at = cluster as usize;
        let (a, w) = (self.gathered[at], self.watched[at] as f64);
        let was_watched = self.watched[at] > 0;
        self.watched[at] = self.watched[at] + come - go;
        self.gathered[at] += gather;
        let (a_now, w_now) = (self.gathered[at], self.watched[at] as f64);
        let changes = [a_now * a_now - a * a, a_now * w_now - a * w, w_now * w_now - w * w];
        for (square, change) in self.squares.iter_mut().zip(changes) {
            *square += change;
        }
        self.under_watch = self.under_watch + u64::from(!was_watched && self.watched[at] > 0)
            - u64::from(was_watched && self.watched[at] == 0);
        self.at_risk = self.at_risk + come - go;
    }
}

fn points(rows: &[Watched], late: &[Watched], sums: &mut Sums) -> Vec<Point> {
    let (mut survival, mut spread, mut hazard, mut hazard_variance) = (1.0, 0.0, 0.0, 0.0);
    let mut coming = late.iter().peekable();
    let mut points = Vec::new();
    for same_time in rows.chunk_by(|one, other| one.time == other.time) {
        let time = same_time[0].time;
        while let Some(row) = coming.next_if(|row| row.entry < time) {
            sums.change(row.cluster, row.units(), 0, -(row.units() as f64) * spread);
        }
        let (at_risk, clusters) = (sums.at_risk, sums.under_watch);
        let ended: u64 = same_time.iter().map(|row| row.ended).sum();
        let outlive = at_risk - ended;
        hazard += ended as f64 / at_risk as f64;
        hazard_variance += ended as f64 / (at_risk as f64).powi(2);
        if outlive > 0 && survival > 0.0 {
            survival *= outlive as f64 / at_risk as f64;
            spread += ended as f64 / (at_risk as f64 * outlive as f64);
        } else if outlive == 0 && ended > 0 {
            survival = 0.0;
        }
        let gone = survival == 0.0;
        for row in same_time {
            let own = if gone { 0.0 } else { row.ended as f64 / outlive.max(1) as f64 };
            sums.change(row.cluster, 0, row.units(), row.units() as f64 * spread - own);
        }
        let [gathered, mixed, watched] = sums.squares;
        let robust = (gathered + 2.0 * spread * mixed + spread * spread * watched).max(0.0);
        let (greenwood, variance) = if gone { (f64::INFINITY, f64::INFINITY) } else { (spread, robust) };
        points.push(Point { time, at_risk, clusters, ended, survival, greenwood, variance, hazard, hazard_variance });
    }
    points
}
