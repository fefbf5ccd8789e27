//! How findings are printed: for people, or as JSON.

use std::io::{self, Write};

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use crate::analysis::Finding;
use crate::report::words;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
}

pub(super) fn print_json(value: &impl Serialize, out: &mut impl Write) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

/// A share with its interval and what it was made from, or why there is none.
pub(super) fn share(finding: &Finding) -> String {
    match finding {
        Finding::Estimate(e) => {
            let percent = |share: f64| words::decimal(share * 100.0, 1);
            format!("{} % ({} to {}), {} of {}", percent(e.value), percent(e.low), percent(e.high), e.events, e.n)
        }
        Finding::TooLittleData { reason, .. } | Finding::Withheld { reason } => reason.clone(),
    }
}
