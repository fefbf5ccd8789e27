//! Statistics, pure: numbers in, numbers out.

pub mod clusters;
pub mod proportions;
pub mod ranks;
pub mod strata;
pub mod survival;
