//! What the judge goes by: every number of the rule, so that it can be printed beside the verdict and set in configuration.

use serde::{Deserialize, Serialize};

use super::ladder::Step;

/// People below whom nothing is told of a part by itself, whatever is configured: it would tell of them.
pub const FEWEST_PEOPLE: u64 = 5;

/// Thresholds and choices made before the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// The rung that the verdict rests on.
    pub headline: Step,
    /// Changes and events that either arm must have.
    pub changes_per_arm: u64,
    pub events_per_arm: u64,
    /// Events of both arms together.
    pub events: u64,
    /// Authors of AI changes.
    pub ai_authors: u64,
    /// An interval whose upper limit is more than so many times the lower says nothing.
    pub widest_interval: f64,
    /// Within these limits two arms are as good as equal.
    pub equal_from: f64,
    pub equal_to: f64,
    /// Below so many clusters intervals are Student's t(G − 1) or the bootstrap's, whichever is wider, and a warning is due.
    pub few_clusters: usize,
    pub bootstrap_replicates: u32,
    pub bootstrap_seed: u64,
    /// p of the test that tiers differ, and of the test that strata do (Holm's over stratifying columns).
    pub tiers_p: f64,
    pub strata_p: f64,
    /// Strata that differ make the verdict `heterogeneous` only if some are clearly on either side of 1; else they are
    /// shown and warned of.
    pub strata_need_opposite_sides: bool,
    /// A rung that is at least so far on the other side of 1 has turned the sign.
    pub turned_sign: f64,
    /// Days after the merge at which a stretch ends for which the ratio is told apart.
    pub period_ends: Vec<f64>,
    /// p below which hazards are not proportional.
    pub proportional_p: f64,
    /// Standardised difference above which arms are out of balance.
    pub unbalanced: f64,
    /// Two rungs whose ratios are so many times apart tell different stories.
    pub apart: f64,
    /// Where size goes with both AI and failure, and heeding it takes away more than this share of the log ratio per change,
    /// what is left may be what is left of size: the answer is that of the comparison.
    pub size_takes: f64,
    /// Dispersion of counts above which Poisson's errors are too small.
    pub overdispersed: f64,
    /// Labels that the audit finds less often right are noisy.
    pub good_labels: f64,
    /// Recall of AI labels that is thought possible.
    pub label_recall: Vec<f64>,
    /// Of human changes, labelled human, where no audit says so.
    pub label_specificity: f64,
    /// Days within which failures are counted for changes that were watched as long.
    pub windows: Vec<f64>,
    /// Lines up to which a change is of the first, second, … size.
    pub size_limits: Vec<f64>,
    /// The cause that the verdict is about, where changes can end in several ways.
    pub cause: u32,
    /// Power with which the smallest visible effect is told.
    pub power: f64,
    /// Effective changes below which a weighted arm is too thin.
    pub effective: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            headline: Step::Stratified,
            changes_per_arm: 30,
            events_per_arm: 5,
            events: 10,
            ai_authors: 5,
            widest_interval: 9.0,
            equal_from: 0.80,
            equal_to: 1.25,
            few_clusters: 30,
            bootstrap_replicates: 400,
            bootstrap_seed: 1,
            tiers_p: 0.05,
            strata_p: 0.05,
            strata_need_opposite_sides: true,
            turned_sign: 1.05,
            period_ends: vec![7.0, 30.0],
            proportional_p: 0.05,
            unbalanced: 0.1,
            apart: 1.25,
            size_takes: 0.5,
            overdispersed: 1.5,
            good_labels: 0.9,
            label_recall: vec![0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95],
            label_specificity: 1.0,
            windows: vec![7.0, 30.0, 90.0],
            size_limits: vec![10.0, 30.0, 100.0, 300.0],
            cause: 1,
            power: 0.8,
            effective: 30.0,
        }
    }
}
