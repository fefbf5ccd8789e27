//! Measures the wake of a change: what became of it after it was merged, by who wrote it.
//!
//! Data travels one way, and the modules below are listed in the order it travels:
//!
//! ```text
//! world → sources → facts → attribution | outcomes → analysis → report → reader
//! ```
//!
//! - [`sources`] reads the outside world (git, incident exports, GitHub) into rows.
//! - [`facts`] is what is known: one file per table, and the lake that keeps them as Parquet.
//! - [`attribution`] says who wrote a commit; [`outcomes`] says what became of it. Neither sees
//!   the other: what became of a commit is judged blind to who wrote it.
//! - [`analysis`] joins the two and turns counts into estimates.
//! - [`report`] shows them; it computes nothing.
//! - [`files`] replaces files in one step; [`progress`] tells a waiting user how far a long step is.
//! - [`pipeline`] is the order of the steps; [`cli`] is one file per subcommand.

pub mod sources;

pub mod facts;

pub mod attribution;
pub mod outcomes;

pub mod analysis;
pub mod report;

pub mod cli;
pub mod config;
pub mod files;
pub mod pipeline;
pub mod progress;

/// Contents of all sizes come and go by the thousand; see ARCHITECTURE.md for what others cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
