//! Chance that is the same on every run: the n-th number of a stream is computed from its seed and n alone, so that any
//! number of threads may draw them in any order.

/// A place in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    seed: u64,
    next: u64,
}

impl Chance {
    /// Stream `stream` of a seed. Streams do not overlap for any number of draws that can be made.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self { seed: mixed(seed ^ mixed(stream.wrapping_mul(GOLDEN) ^ 0x5851_f42d_4c95_7f2d)), next: 0 }
    }

    fn bits(&mut self) -> u64 {
        self.next += 1;
        mixed(self.seed.wrapping_add(self.next.wrapping_mul(GOLDEN)))
    }

    /// Evenly over (0, 1), never an end.
    pub fn part(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Evenly over 0 to `below` − 1; Lemire 2019 without the rejection, whose bias is below `below` / 2⁶⁴.
    pub fn below(&mut self, below: usize) -> usize {
        ((u128::from(self.bits()) * below as u128) >> 64) as usize
    }

    /// Standard normal; Box and Muller 1958.
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.part().ln()).sqrt() * (std::f64::consts::TAU * self.part()).cos()
    }

    /// Gamma with this shape and scale 1; Marsaglia and Tsang 2000.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.part().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.part().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of splitmix64; Steele, Lea and Flood 2014.
fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::stats::numeric::{mean, variance};

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut chance = Chance::new(7, 0);
        let normal: Vec<f64> = (0..100_000).map(|_| chance.normal()).collect();
        assert!(mean(&normal).abs() < 0.01 && (variance(&normal) - 1.0).abs() < 0.02);
        let beta: Vec<f64> = (0..100_000).map(|_| chance.beta(60.0, 40.0)).collect();
        assert!((mean(&beta) - 0.6).abs() < 1e-3 && (variance(&beta) - 0.24 / 101.0).abs() < 1e-4);
        let small: Vec<f64> = (0..100_000).map(|_| chance.gamma(0.3)).collect();
        assert!((mean(&small) - 0.3).abs() < 0.01);
    }

    #[test]
    fn streams_differ_and_repeat() {
        let (mut one, mut same, mut other) = (Chance::new(1, 2), Chance::new(1, 2), Chance::new(1, 3));
        let first = one.part();
        assert_eq!(first, same.part());
        assert_ne!(first, other.part());
        assert!((0..1000).all(|_| one.below(7) < 7));
    }
}
