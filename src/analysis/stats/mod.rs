//! Statistics, pure: numbers in, numbers out.
//!
//! Nothing here knows where a table came from, reads a file or a clock, or lets the order of rows, the names of clusters
//! or the number of threads change a bit of an answer: rows are put in a canonical order before they are added up, sums
//! carry what rounding would lose, and chance is drawn by counting from a seed. What cannot be estimated is refused by
//! name ([`refusal::Refusal`]). The AI arm is 1, the human one 0; all intervals are 95 %.
//!
//! `cases` runs any of it from an estimator's name and a specification.

pub mod refusal;

pub mod chance;
pub mod distributions;
pub mod linear;
pub mod numeric;

pub mod proportions;
pub mod ranks;
pub mod rates;
pub mod two_by_two;

pub mod mantel_haenszel;
pub mod strata;

pub mod competing;
pub mod cox;
pub mod log_rank;
pub mod recurrent;
pub mod survival;

pub mod clogit;
pub mod glm;
pub mod negative_binomial;
pub mod weights;

pub mod adoption;

pub mod bias;
pub mod bootstrap;
pub mod clusters;
pub mod labels;
pub mod multiplicity;
pub mod power;

pub mod cases;
pub mod table;
