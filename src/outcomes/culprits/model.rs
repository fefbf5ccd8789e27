//! Boosted trees, read from a text that `scripts/train-culprits` writes.
//!
//! One tree a line, its nodes from the root downwards: `name<=threshold` is followed by the tree of those that are not
//! above the threshold, then by the tree of the others; `=value` is a leaf. What the leaves of a candidate add up to is
//! its log-odds beside the others and [`NONE`].

use std::sync::LazyLock;

use super::features::{Columns, NAMES};

pub(in crate::outcomes) const TREES: &str = include_str!("trees.txt");

/// What it weighs that none of the candidates is the culprit, beside one of whom nothing is known; the training has it too.
const NONE: f64 = 2.0;

pub(super) struct Model {
    trees: Vec<Tree>,
}

/// A tree as QuickScorer has it (Lucchese et al. 2015): nobody walks it. Each split is asked of all candidates and rules
/// leaves out, and the first leaf that is left is where a walk would have ended. No step waits for the one before it.
struct Tree {
    splits: Vec<Split>,
    /// From left to right; behind the last one nothing.
    leaves: [f64; MOST_LEAVES],
}

/// Leaves of a tree.
const MOST_LEAVES: usize = 8;

/// A split rules out the leaves to its left, which are bits, where the feature is above the threshold.
struct Split {
    feature: usize,
    threshold: f64,
    left: u64,
}

impl Split {
    /// Whether it rules anything out for any candidate.
    fn rules_out(&self, highest: &[f64]) -> bool {
        highest[self.feature] > self.threshold
    }
}

/// The model that comes with the program.
pub(super) fn trained() -> &'static Model {
    #[expect(clippy::expect_used, reason = "the text is a constant, and a test reads it")]
    static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(TREES).expect("the trained trees are well formed"));
    &MODEL
}

impl Model {
    /// The probability that each of the candidates of a fix is the culprit, by their features: together no more than one.
    pub(super) fn probabilities(&self, candidates: &Columns) -> Vec<f64> {
        let mut sums = vec![0.0; candidates.rows()];
        let mut ruled_out = vec![0_u64; candidates.height()];
        let highest: Vec<f64> = (0..NAMES.len()).map(|feature| candidates.highest(feature)).collect();
        for tree in &self.trees {
            ruled_out.fill(0);
            for &Split { feature, threshold, left } in tree.splits.iter().filter(|split| split.rules_out(&highest)) {
                for (out, &value) in ruled_out.iter_mut().zip(candidates.column(feature)) {
                    *out |= if value > threshold { left } else { 0 };
                }
            }
            for (sum, out) in sums.iter_mut().zip(&ruled_out) {
                *sum += tree.leaves[out.trailing_ones() as usize % MOST_LEAVES];
            }
        }
        let mut weights: Vec<f64> = sums.into_iter().map(f64::exp).collect();
        let all = weights.iter().sum::<f64>() + NONE.exp();
        weights.iter_mut().for_each(|weight| *weight /= all);
        weights
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        Some(Self { trees: lines.map(tree).collect::<Option<_>>()? })
    }
}

fn tree(line: &str) -> Option<Tree> {
    let mut tree = Tree { splits: Vec::new(), leaves: [0.0; MOST_LEAVES] };
    let mut leaves = tree.leaves.iter_mut();
    // Splits whose right branch has not begun, each with the leaves before it.
    let mut open: Vec<(usize, u64)> = Vec::new();
    // The leaves so far, as bits.
    let mut before = 0_u64;
    let mut tokens = line.split_ascii_whitespace();
    loop {
        let token = tokens.next()?;
        if let Some(value) = token.strip_prefix('=') {
            *leaves.next()? = value.parse().ok()?;
            before = before << 1 | 1;
            let Some((split, outside)) = open.pop() else { break };
            tree.splits[split].left = before & !outside;
        } else {
            let (name, threshold) = token.split_once("<=")?;
            let feature = NAMES.iter().position(|feature| feature == name)?;
            open.push((tree.splits.len(), before));
            tree.splits.push(Split { feature, threshold: threshold.parse().ok()?, left: 0 });
        }
    }
    tokens.next().is_none().then_some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trained_trees_are_well_formed() {
        assert!(trained().trees.len() > 50);
        let training = include_str!("../../../scripts/train-culprits");
        assert!(training.contains(&format!("\nNONE = {NONE:?}\n")), "both weigh no culprit alike");
    }

    /// All other features are 0.
    fn columns(rows: usize, first: &[f64]) -> Columns {
        let mut columns = Columns::new(rows);
        first.chunks(rows).for_each(|column| columns.push(column.iter().copied()));
        (2..NAMES.len()).for_each(|_| columns.push(std::iter::repeat_n(0.0, rows)));
        columns
    }

    #[test]
    fn a_tree_is_read_from_its_root_downwards_and_never_walked() {
        let [first, second] = [&NAMES[0], &NAMES[1]];
        let model = Model::parse(&format!("# comment\n{first}<=1 {second}<=2 =-5 =5 =0.5")).unwrap();
        let of = |a: f64, b: f64| model.probabilities(&columns(1, &[a, b]))[0];
        let leaf = |value: f64| value.exp() / (NONE.exp() + value.exp());
        assert_eq!([of(1.0, 2.0), of(1.0, 3.0), of(2.0, 0.0)], [-5.0, 5.0, 0.5].map(leaf));
        assert_eq!(of(2.0, 3.0), leaf(0.5), "what a branch not taken would say does not matter");
        let model = Model::parse(&format!("{first}<=1 =1 {second}<=2 =2 =3")).unwrap();
        let found = model.probabilities(&columns(3, &[1.0, 2.0, 2.0, 3.0, 2.0, 3.0]));
        let all = [1.0, 2.0, 3.0, NONE].map(f64::exp).iter().sum::<f64>();
        assert_eq!(found, [1.0, 2.0, 3.0].map(|value: f64| value.exp() / all), "one of them, or none");
        for damaged in ["", "=1 =2", "x<=1 =1 =2", &format!("{first}<=1 =2"), &format!("{first}<=z =1 =2")] {
            assert!(damaged.is_empty() || Model::parse(damaged).is_none(), "{damaged}");
        }
    }
}
