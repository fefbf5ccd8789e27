//! Everything that is true of shipwake as a whole, in one binary: each further one would link polars again.
//!
//! `repo` scripts repositories, `facts` mines them in this process, `binary` runs the program; the
//! rest says what must hold.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on panics, and says why it was skipped"
)]

mod binary;
mod dice;
mod facts;
mod generated;
mod repo;
mod rows;

mod cli;
mod house;
mod kept;
mod lake;
mod laws;
mod naive;
mod oracle;
mod page;
mod scenarios;
mod statistics;
mod stats_laws;
mod stories;
