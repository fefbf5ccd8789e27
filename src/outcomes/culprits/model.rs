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

enum Node {
    /// The left branch follows, the right one starts at `right`.
    Split {
        feature: usize,
        threshold: f64,
        right: usize,
    },
    Leaf(f64),
}

/// The model that comes with the program.
pub(super) fn trained() -> &'static Model {
    #[expect(clippy::expect_used, reason = "the text is a constant, and a test reads it")]
    static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(TREES).expect("the trained trees are well formed"));
    &MODEL
}

impl Model {
    /// The probability that a candidate with these features is the culprit.
    pub(super) fn probability(&self, features: &[f64]) -> f64 {
        let log_odds: f64 = self.trees.iter().map(|tree| leaf(tree, features)).sum();
        1.0 / (1.0 + (-log_odds).exp())
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        Some(Self { trees: lines.map(tree).collect::<Option<_>>()? })
    }
}

fn leaf(tree: &[Node], features: &[f64]) -> f64 {
    let mut at = 0;
    loop {
        match tree[at] {
            Node::Leaf(value) => return value,
            Node::Split { feature, threshold, right } => {
                at = if features[feature] <= threshold { at + 1 } else { right };
            }
        }
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
            nodes.push(Node::Leaf(value.parse().ok()?));
            let Some(split) = open.pop() else { break };
            let next = nodes.len();
            if let Node::Split { right, .. } = &mut nodes[split] {
                *right = next;
            }
        } else {
            let (name, threshold) = token.split_once("<=")?;
            let feature = NAMES.iter().position(|feature| feature == name)?;
            open.push(nodes.len());
            nodes.push(Node::Split { feature, threshold: threshold.parse().ok()?, right: 0 });
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
