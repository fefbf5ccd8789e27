//! Why an estimate is not given.

use std::fmt;

/// What is wrong with the question or the data. Columns count from 0 in the order they were given.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// NaN or infinite.
    NotFinite {
        what: &'static str,
        row: usize,
    },
    /// Below zero where that cannot be: a time, a count, a weight.
    Negative {
        what: &'static str,
        row: usize,
    },
    /// No rows, an arm without a unit, a stratum of none.
    Empty {
        what: &'static str,
    },
    /// Numbers that contradict each other: more events than units, Se + Sp ≤ 1, a negative cell.
    Impossible {
        what: String,
    },
    /// Nothing ended, so nothing can be compared.
    NoEvents,
    /// The likelihood has no maximum: it rises for ever as the coefficient leaves for `direction` times infinity.
    Separated {
        column: usize,
        direction: f64,
    },
    /// The column is constant or a combination of those before it.
    Collinear {
        column: usize,
    },
    NotConverged {
        what: &'static str,
        iterations: usize,
    },
    /// Fewer clusters, strata or units than the method needs.
    TooFew {
        what: &'static str,
        got: usize,
        needed: usize,
    },
    /// A specification that names what is not there.
    Unknown {
        what: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite { what, row } => write!(out, "{what} in row {row} is no finite number"),
            Self::Negative { what, row } => write!(out, "{what} in row {row} is negative"),
            Self::Empty { what } => write!(out, "there are no {what}"),
            Self::Impossible { what } => write!(out, "impossible: {what}"),
            Self::NoEvents => write!(out, "nothing has happened to any unit"),
            Self::Separated { column, direction } => {
                let end = if *direction > 0.0 { "infinite" } else { "zero" };
                write!(out, "column {column} separates those with an event from those without: its ratio is {end}")
            }
            Self::Collinear { column } => write!(out, "column {column} is constant or follows from those before it"),
            Self::NotConverged { what, iterations } => {
                write!(out, "{what} did not converge in {iterations} iterations")
            }
            Self::TooFew { what, got, needed } => write!(out, "{got} {what} are too few: {needed} are needed"),
            Self::Unknown { what } => write!(out, "unknown: {what}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// All finite, or where not.
pub(super) fn finite(what: &'static str, values: &[f64]) -> Result<(), Refusal> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(Refusal::NotFinite { what, row }),
        None => Ok(()),
    }
}

/// All finite and none below zero, or where not.
pub(super) fn not_negative(what: &'static str, values: &[f64]) -> Result<(), Refusal> {
    finite(what, values)?;
    match values.iter().position(|value| *value < 0.0) {
        Some(row) => Err(Refusal::Negative { what, row }),
        None => Ok(()),
    }
}

/// All as long as the first.
pub(super) fn same_length(lengths: &[usize]) -> Result<(), Refusal> {
    if lengths.windows(2).all(|pair| pair[0] == pair[1]) { Ok(()) } else { impossible("columns of different length") }
}

pub(super) fn impossible<T>(what: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Impossible { what: what.into() })
}
