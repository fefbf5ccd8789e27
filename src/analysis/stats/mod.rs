//! Statistics, pure: numbers in, numbers out.

pub mod proportions;
