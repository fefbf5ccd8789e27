//! Joins who wrote a change with what became of it, and turns the counts into estimates.

mod estimate;

pub use estimate::{Estimate, Finding, Unit};
