//! Boosted trees, read from a text that `scripts/train-culprits` writes.
//!
//! One tree a line, its nodes from the root downwards: `name<=threshold` is followed by the tree of those that are not
//! above the threshold, then by the tree of the others; `=value` is a leaf. Sums of leaves are log-odds.

use std::sync::LazyLock;

use super::features::NAMES;

pub(in crate::outcomes) const TREES: &str = include_str!("trees.txt");

pub(super) struct Model {
    trees: Vec<Vec<Node>>,
}

/// A split sends what is not above its number to the node behind it, the rest to `right`. A leaf has nothing to its
/// right; its number is its value.
struct Node {
    number: f64,
    feature: u16,
    right: u16,
}

/// The model that comes with the program.
pub(super) fn trained() -> &'static Model {
    #[expect(clippy::expect_used, reason = "the text is a constant, and a test reads it")]
    static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(TREES).expect("the trained trees are well formed"));
    &MODEL
}

impl Model {
    /// The probability that each candidate is the culprit, by its features. All are led through a tree before the next
    /// tree is taken up, so that a tree stays in the cache while it is used.
    pub(super) fn probabilities(&self, candidates: &[Vec<f64>]) -> Vec<f64> {
        let mut log_odds = vec![0.0; candidates.len()];
        for tree in &self.trees {
            log_odds.iter_mut().zip(candidates).for_each(|(sum, features)| *sum += leaf(tree, features));
        }
        log_odds.into_iter().map(|sum: f64| 1.0 / (1.0 + (-sum).exp())).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        Some(Self { trees: lines.map(tree).collect::<Option<_>>()? })
    }
}

fn leaf(tree: &[Node], features: &[f64]) -> f64 {
    let mut at = 0;
    loop {
        let node = &tree[at];
        if node.right == 0 {
            return node.number;
        }
        let is_above = features[usize::from(node.feature)] > node.number;
        at = if is_above { usize::from(node.right) } else { at + 1 };
    }
}

fn tree(line: &str) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    // Splits whose right branch has not begun.
    let mut open: Vec<usize> = Vec::new();
    let mut tokens = line.split_ascii_whitespace();
    loop {
        let token = tokens.next()?;
        if let Some(value) = token.strip_prefix('=') {
            nodes.push(Node { number: value.parse().ok()?, feature: 0, right: 0 });
            let Some(split) = open.pop() else { break };
            nodes[split].right = u16::try_from(nodes.len()).ok()?;
        } else {
            let (name, threshold) = token.split_once("<=")?;
            let feature = NAMES.iter().position(|feature| feature == name)?;
            open.push(nodes.len());
            let feature = u16::try_from(feature).ok()?;
            nodes.push(Node { number: threshold.parse().ok()?, feature, right: 0 });
        }
    }
    tokens.next().is_none().then_some(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trained_trees_are_well_formed() {
        assert!(trained().trees.len() > 50);
    }

    #[test]
    fn a_tree_is_read_from_its_root_downwards() {
        let [first, second] = [&NAMES[0], &NAMES[1]];
        let model = Model::parse(&format!("# comment\n{first}<=1 {second}<=2 =-5 =5 =0.5")).unwrap();
        let mut features = vec![0.0; NAMES.len()];
        let mut of = |a, b| {
            (features[0], features[1]) = (a, b);
            leaf(&model.trees[0], &features)
        };
        assert_eq!([of(1.0, 2.0), of(1.0, 3.0), of(2.0, 0.0)], [-5.0, 5.0, 0.5]);
        for damaged in ["", "=1 =2", "x<=1 =1 =2", &format!("{first}<=1 =2"), &format!("{first}<=z =1 =2")] {
            assert!(damaged.is_empty() || Model::parse(damaged).is_none(), "{damaged}");
        }
    }
}
