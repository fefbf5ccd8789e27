//! The outside world, read into rows. All input lives here.

pub mod audit_sheet;
pub mod git;
pub mod github;
pub mod incidents;
pub mod overrides;

mod times;
