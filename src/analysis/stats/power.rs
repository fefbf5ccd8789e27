//! What could have been seen. For planning: power after the fact says nothing that the interval does not.

use super::distributions::{normal_cdf, normal_quantile};
use super::numeric::root;
use super::proportions::Z;
use super::refusal::{Refusal, impossible};

/// Power of a two-sided 5 % test of p₁ against p₂ with `n` units in each arm:
/// Φ((√n |p₁ − p₂| − z √(2 p̄ q̄)) / √(p₁q₁ + p₂q₂)); Fleiss 1981, as R's `power.prop.test`.
pub fn of_proportions(n: f64, p1: f64, p2: f64) -> f64 {
    let (alike, apart) = spreads(p1, p2);
    normal_cdf((n.sqrt() * (p1 - p2).abs() - Z * alike) / apart)
}

/// Units per arm for that power. Refuses equal or impossible proportions and powers.
pub fn units_per_arm(p1: f64, p2: f64, power: f64) -> Result<f64, Refusal> {
    if p1 == p2 || ![p1, p2, power].iter().all(|p| (0.0..=1.0).contains(p)) || power >= 1.0 {
        return impossible("proportions must differ and lie, as the power, within 0 and 1");
    }
    let (alike, apart) = spreads(p1, p2);
    Ok(((Z * alike + normal_quantile(power) * apart) / (p1 - p2)).powi(2))
}

/// The nearest p₂ above p₁ that `n` units per arm could tell from it. Refuses when not even 1 could be told.
pub fn detectable_proportion(n: f64, p1: f64, power: f64) -> Result<f64, Refusal> {
    if of_proportions(n, p1, 1.0) < power {
        return impossible("no proportion could be told from it with so few units");
    }
    root(|p2| of_proportions(n, p1, p2) - power, p1 + 1e-12, 1.0)
}

fn spreads(p1: f64, p2: f64) -> (f64, f64) {
    let both = p1 + p2;
    ((both * (1.0 - both / 2.0)).sqrt(), (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt())
}

/// Events needed to tell a hazard ratio from 1: (z₀.₉₇₅ + z_power)² / (π (1 − π) log² HR), π the AI share; Schoenfeld 1983.
pub fn events_needed(hazard_ratio: f64, ai_share: f64, power: f64) -> Result<f64, Refusal> {
    if hazard_ratio <= 0.0 || hazard_ratio == 1.0 || ai_share <= 0.0 || ai_share >= 1.0 {
        return impossible("a hazard ratio of 1 or below 0, or an arm without share");
    }
    Ok((Z + normal_quantile(power)).powi(2) / (ai_share * (1.0 - ai_share) * hazard_ratio.ln().powi(2)))
}

/// The smallest hazard ratio above 1 that so many events could have shown. Refuses without events or with one arm.
pub fn detectable_hazard_ratio(events: f64, ai_share: f64, power: f64) -> Result<f64, Refusal> {
    if events <= 0.0 || ai_share <= 0.0 || ai_share >= 1.0 {
        return impossible("no events, or an arm without share");
    }
    Ok(((Z + normal_quantile(power)) / (events * ai_share * (1.0 - ai_share)).sqrt()).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let n = units_per_arm(0.02, 0.03, 0.8).unwrap();
        assert!((of_proportions(n, 0.02, 0.03) - 0.8).abs() < 1e-9);
        assert!((detectable_proportion(n, 0.02, 0.8).unwrap() - 0.03).abs() < 1e-8);
        let events = events_needed(1.3, 0.3, 0.8).unwrap();
        assert!((542.0..544.0).contains(&events));
        assert!((detectable_hazard_ratio(events, 0.3, 0.8).unwrap() - 1.3).abs() < 1e-12);
        assert!(units_per_arm(0.1, 0.1, 0.8).is_err());
    }
}
