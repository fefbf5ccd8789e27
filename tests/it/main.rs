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
#[allow(
    clippy::disallowed_methods,
    clippy::type_complexity,
    reason = "a server says what time it is, as GitHub does; its troubles stand in tables"
)]
mod github;
mod house;
mod judged;
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

/// A file or folder of the data that is not part of this repository; none, and a word about it, where it is absent.
fn shared(path: &str) -> Option<std::path::PathBuf> {
    let shared = std::env::var_os("SHIPWAKE_SHARED").map_or_else(|| "../shared".into(), std::path::PathBuf::from);
    let found = Some(shared.join(path)).filter(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: there is no {path} in {}; SHIPWAKE_SHARED says where it is", shared.display());
    }
    found
}
