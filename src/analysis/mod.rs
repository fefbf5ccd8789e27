//! Joins who wrote a change with what became of it, and turns the counts into estimates.
//!
//! SQL counts, Rust judges: the files of `queries/` produce numerators and denominators, [`metrics`]
//! make estimates of them with [`stats`].

mod analyse;
pub mod audit;
mod changes;
mod covariates;
mod estimate;
pub mod judge;
pub mod judged;
pub mod listing;
pub mod metrics;
mod pull_outcomes;
pub mod queries;
pub mod sql;
pub mod stats;
pub mod validation;

pub use analyse::{AgentCounts, Analysis, Asking, IncidentNote, RepoCounts, SignalCounts, SkippedCounts, analyse};
pub use changes::{Ingredients, changes};
pub use estimate::{Estimate, Finding, Unit};
pub use pull_outcomes::{Accounts, pull_outcomes};
