//! Distribution functions by their usual names, from `statrs`.

use statrs::distribution::{ChiSquared, ContinuousCDF, Normal, StudentsT};
use statrs::function::beta::{beta_reg, inv_beta_reg, ln_beta};
use statrs::function::erf::erfc;
use statrs::function::gamma::{gamma_ur, ln_gamma};

/// Φ(x).
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x / std::f64::consts::SQRT_2)
}

/// Φ⁻¹(p); infinite at 0 and 1, NaN outside.
pub fn normal_quantile(p: f64) -> f64 {
    match Normal::new(0.0, 1.0) {
        Ok(normal) if (0.0..=1.0).contains(&p) => normal.inverse_cdf(p),
        _ => f64::NAN,
    }
}

/// Two-sided p of a standard normal z.
pub fn normal_p(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// P(χ² > x); 1 for x ≤ 0.
pub fn chi_squared_sf(x: f64, df: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_ur(df / 2.0, x / 2.0) }
}

pub fn chi_squared_quantile(p: f64, df: f64) -> f64 {
    ChiSquared::new(df).map_or(f64::NAN, |distribution| distribution.inverse_cdf(p))
}

/// Student's t; the normal's for an infinite number of degrees of freedom.
pub fn t_quantile(p: f64, df: f64) -> f64 {
    if df.is_infinite() {
        return normal_quantile(p);
    }
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |distribution| distribution.inverse_cdf(p))
}

/// The quantile of Beta(a, b), polished by Newton's steps on what `statrs` finds.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let mut x = inv_beta_reg(a, b, p);
    for _ in 0..3 {
        let density = ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta(a, b)).exp();
        let next = x - (beta_reg(a, b, x) - p) / density;
        if !next.is_finite() || next <= 0.0 || next >= 1.0 {
            break;
        }
        x = next;
    }
    x
}

/// P(X = k) of n trials with probability p.
pub fn binomial_pmf(k: f64, n: f64, p: f64) -> f64 {
    if k < 0.0 || k > n {
        return 0.0;
    }
    let term = |count: f64, log: f64| if count == 0.0 { 0.0 } else { count * log };
    (ln_choose(n, k) + term(k, p.ln()) + term(n - k, (-p).ln_1p())).exp()
}

/// P(X ≤ k).
pub fn binomial_cdf(k: f64, n: f64, p: f64) -> f64 {
    if k < 0.0 {
        0.0
    } else if k >= n || p <= 0.0 {
        1.0
    } else if p >= 1.0 {
        0.0
    } else {
        beta_reg(n - k, k + 1.0, 1.0 - p)
    }
}

/// P(X > k), exact where it is tiny.
pub fn binomial_sf(k: f64, n: f64, p: f64) -> f64 {
    if k < 0.0 {
        1.0
    } else if k >= n || p <= 0.0 {
        0.0
    } else if p >= 1.0 {
        1.0
    } else {
        beta_reg(k + 1.0, n - k, p)
    }
}

pub fn ln_choose(n: f64, k: f64) -> f64 {
    if k <= 0.0 || k >= n { 0.0 } else { ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) }
}

/// ψ′(x) for x > 0: recurrence up to 12, then the asymptotic series (Abramowitz and Stegun 6.4.12).
pub fn trigamma(mut x: f64) -> f64 {
    let mut below = 0.0;
    while x < 12.0 {
        below += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = 1.0 / 6.0 + y * (-1.0 / 30.0 + y * (1.0 / 42.0 + y * (-1.0 / 30.0 + y * (5.0 / 66.0))));
    below + 1.0 / x + y / 2.0 + y / x * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_in_tables() {
        assert!((normal_quantile(0.975) - crate::analysis::stats::proportions::Z).abs() < 1e-12);
        assert!((normal_cdf(1.0) - 0.841_344_746_068_542_9).abs() < 1e-10);
        assert!((chi_squared_sf(3.841_458_820_694_124, 1.0) - 0.05).abs() < 1e-12);
        assert!((t_quantile(0.975, 15.0) - 2.131_449_545_559_775).abs() < 1e-8);
        assert!((trigamma(1.0) - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-13);
        assert!((binomial_cdf(3.0, 10.0, 0.3) - 0.649_610_717_9).abs() < 1e-9);
        // Clopper and Pearson for 1 of 10: 1 − 0.975^(1/10).
        assert!((beta_quantile(0.025, 1.0, 10.0) - (1.0 - 0.975_f64.powf(0.1))).abs() < 1e-14);
    }
}
