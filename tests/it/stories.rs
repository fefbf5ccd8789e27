//! Scripted repositories, and what must be true of them.

mod bugs;
mod clones;
mod culprits;
mod damaged;
mod genealogy;
mod identifiers;
mod incidents;
mod landing;
mod lines;
mod odd;
mod origins;
mod outcomes;
mod records;
mod reverts;
mod verdicts;
