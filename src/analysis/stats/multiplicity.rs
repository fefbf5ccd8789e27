//! More than one question asked of the same data. Every function keeps the order of the p values it is given.

/// n p, at most 1.
pub fn bonferroni(p: &[f64]) -> Vec<f64> {
    p.iter().map(|value| (value * p.len() as f64).min(1.0)).collect()
}

/// The largest (n − i + 1) p₍ᵢ₎ so far, from the smallest p up: bounds the chance of any false claim; Holm 1979.
pub fn holm(p: &[f64]) -> Vec<f64> {
    stepped(p, false, |rank, n| n - rank + 1.0)
}

/// The smallest (n − i + 1) p₍ᵢ₎ so far, from the largest p down; for independent tests; Hochberg 1988.
pub fn hochberg(p: &[f64]) -> Vec<f64> {
    stepped(p, true, |rank, n| n - rank + 1.0)
}

/// The smallest n/i p₍ᵢ₎ so far, from the largest p down: bounds the share of claims that are false; Benjamini and
/// Hochberg 1995.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    stepped(p, true, |rank, n| n / rank)
}

/// The same under any dependence: times Σ 1/i; Benjamini and Yekutieli 2001.
pub fn benjamini_yekutieli(p: &[f64]) -> Vec<f64> {
    let harmonic: f64 = (1..=p.len()).map(|rank| 1.0 / rank as f64).sum();
    stepped(p, true, |rank, n| harmonic * n / rank)
}

fn stepped(p: &[f64], is_from_the_top: bool, factor: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut ranked: Vec<usize> = (0..p.len()).collect();
    ranked.sort_by(|one, other| p[*one].total_cmp(&p[*other]));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut worst = if is_from_the_top { 1.0 } else { 0.0 };
    let mut step = |place: usize| {
        let value = factor(place as f64 + 1.0, p.len() as f64) * p[ranked[place]];
        worst = if is_from_the_top { value.min(worst) } else { value.max(worst).min(1.0) };
        adjusted[ranked[place]] = worst;
    };
    if is_from_the_top {
        (0..p.len()).rev().for_each(&mut step)
    } else {
        (0..p.len()).for_each(&mut step)
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_needs_no_correction() {
        for adjust in [bonferroni, holm, hochberg, benjamini_hochberg, benjamini_yekutieli] {
            assert_eq!(adjust(&[0.03]), [0.03]);
            assert!(adjust(&[]).is_empty());
        }
    }
}
