//! One estimate of each kind, with its error.

use super::super::rules::Rules;
use super::super::study::{Arm, Changes, Outcome};
use crate::analysis::stats::cox::{self as hazards, Data};
use crate::analysis::stats::mantel_haenszel;
use crate::analysis::stats::numeric::sorted_sum;
use crate::analysis::stats::refusal::Refusal;
use crate::analysis::stats::two_by_two::TwoByTwo;
use crate::analysis::stats::weights::{self, Population};

/// The logarithm of a ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Point {
    pub(in super::super) log: f64,
    pub(in super::super) log_error: f64,
    /// That of independent changes, where the method has one.
    pub(in super::super) model_error: Option<f64>,
    pub(in super::super) used: f64,
    /// Changes that have others to be compared with, and how many of them failed, where these are not all.
    pub(in super::super) compared: Option<[u64; 2]>,
    pub(in super::super) method: &'static str,
}

/// The share that ever failed, however long it was watched.
pub(super) fn crude(changes: &Changes, rules: &Rules, _: bool) -> Result<Point, Refusal> {
    let ones = vec![1.0; changes.len()];
    share(changes, rules, &ones, "risk ratio")
}

fn share(changes: &Changes, rules: &Rules, weight: &[f64], method: &'static str) -> Result<Point, Refusal> {
    let y: Vec<f64> = changes.failed(rules.cause).iter().map(|failed| f64::from(u8::from(*failed))).collect();
    let got = weights::compare(&y, &changes.ai(), weight, clusters(changes))?;
    let log = got.ratio().ln();
    if !log.is_finite() || !got.log_ratio_error.is_finite() {
        return Err(Refusal::NoEvents);
    }
    Ok(Point { log, log_error: got.log_ratio_error, model_error: None, used: 1.0, compared: None, method })
}

/// Clusters to be robust to: authors, unless there is but one.
fn clusters(changes: &Changes) -> Option<&[u32]> {
    let authors = changes.author.as_deref()?;
    authors.iter().any(|author| *author != authors[0]).then_some(authors)
}

/// With the time under watch heeded: hazards for times; shares have one window already.
pub(in super::super) fn same_window(changes: &Changes, rules: &Rules, at_equal_size: bool) -> Result<Point, Refusal> {
    match &changes.outcome {
        Outcome::Share(_) => crude(changes, rules, at_equal_size),
        Outcome::Times { .. } => cox(changes, rules, None, &[&changes.ai()], None),
    }
}

/// The first column's coefficient in a proportional hazards model of the cause that is judged.
pub(in super::super) fn cox(
    changes: &Changes,
    rules: &Rules,
    strata: Option<&[u32]>,
    columns: &[&[f64]],
    weights: Option<&[f64]>,
) -> Result<Point, Refusal> {
    let Outcome::Times { entry, time, .. } = &changes.outcome else { return Err(Refusal::Empty { what: "times" }) };
    let failed = changes.failed(rules.cause);
    // An entry of 0 is none: a change that fails on the day of its merge was at risk.
    let entry: Vec<f64> = entry.iter().map(|entry| if *entry > 0.0 { *entry } else { -1.0 }).collect();
    let is_late = entry.iter().any(|entry| *entry > 0.0);
    let data = Data { entry: is_late.then_some(&entry), strata, weights, ..Data::new(time, &failed, columns) };
    let fit = hazards::fit(&data)?;
    let model = fit.variance.roots()[0];
    let error = match clusters(changes) {
        Some(authors) => fit.cluster_variance(authors)?.roots()[0],
        None if weights.is_some() => fit.robust_variance().roots()[0],
        None => model,
    };
    // Few events in few clusters can add up to next to nothing.
    let log_error = if strata.is_some() && error < model { model } else { error };
    let method = if strata.is_some() { "stratified proportional hazards" } else { "proportional hazards" };
    Ok(Point { log: fit.coefficients[0], log_error, model_error: Some(model), used: 1.0, compared: None, method })
}

/// Within strata of everything that is known before the change, and of size where it is to be equal.
pub(super) fn stratified(changes: &Changes, rules: &Rules, at_equal_size: bool) -> Result<Point, Refusal> {
    let class = changes.size_class(&rules.size_limits).filter(|_| at_equal_size);
    let columns: Vec<&[u32]> = changes.strata.iter().chain(&class).map(|column| column.levels.as_slice()).collect();
    stratified_by(changes, rules, &columns, at_equal_size)
}

/// Within strata of these columns. What strata leave of size is adjusted for by its logarithm where times allow it.
pub(in super::super) fn stratified_by(
    changes: &Changes,
    rules: &Rules,
    columns: &[&[u32]],
    at_equal_size: bool,
) -> Result<Point, Refusal> {
    let strata = Changes::combined(columns).ok_or(Refusal::Empty { what: "columns to stratify by" })?;
    let [n, events] = compared(changes, rules, &strata);
    let (used, compared) = (n as f64 / changes.len().max(1) as f64, Some([n, events]));
    match &changes.outcome {
        Outcome::Share(_) => Ok(Point { used, compared, ..mantel_haenszel(changes, rules, &strata)? }),
        Outcome::Times { .. } => {
            let (ai, size) = (changes.ai(), changes.log_size().filter(|_| at_equal_size));
            let columns: Vec<&[f64]> = std::iter::once(ai.as_slice()).chain(size.as_deref()).collect();
            Ok(Point { used, compared, ..cox(changes, rules, Some(&strata), &columns, None)? })
        }
    }
}

/// Changes of strata that both arms are in, and how many of them failed.
fn compared(changes: &Changes, rules: &Rules, strata: &[u32]) -> [u64; 2] {
    let both = tables(changes, rules, strata).into_iter().filter(|of| of.ai_n > 0 && of.human_n > 0);
    both.fold([0; 2], |[n, events], of| [n + of.ai_n + of.human_n, events + of.ai_event + of.human_event])
}

/// Fourfold tables of strata that count from 0.
pub(in super::super) fn tables(changes: &Changes, rules: &Rules, strata: &[u32]) -> Vec<TwoByTwo> {
    let mut tables = vec![TwoByTwo::default(); strata.iter().max().map_or(0, |most| *most as usize + 1)];
    for (row, failed) in changes.failed(rules.cause).into_iter().enumerate() {
        let own = &mut tables[strata[row] as usize];
        let (event, n) = match changes.arm[row] {
            Arm::Ai => (&mut own.ai_event, &mut own.ai_n),
            Arm::Human | Arm::Unknown => (&mut own.human_event, &mut own.human_n),
        };
        *event += u64::from(failed);
        *n += 1;
    }
    tables
}

/// Mantel and Haenszel's risk ratio. With authors its error is the sandwich over them, sizes of strata taken as given: an
/// AI change adds (y − p₁) n₀/N over Σ a n₀/N to the logarithm, a human one takes (y − p₀) n₁/N over Σ b n₁/N.
fn mantel_haenszel(changes: &Changes, rules: &Rules, strata: &[u32]) -> Result<Point, Refusal> {
    let tables = tables(changes, rules, strata);
    let pooled = mantel_haenszel::pooled(&tables)?;
    let ratio = pooled.risk_ratio.ok_or(Refusal::NoEvents)?;
    let plain = Point {
        log: ratio.interval.value.ln(),
        log_error: ratio.log_error,
        model_error: Some(ratio.log_error),
        used: 1.0,
        compared: None,
        method: "Mantel–Haenszel risk ratio",
    };
    let Some(authors) = clusters(changes) else { return Ok(plain) };
    let of =
        |table: &TwoByTwo| [table.ai_event, table.ai_n, table.human_event, table.human_n].map(|count| count as f64);
    let used = || tables.iter().map(of).filter(|[_, n1, _, n0]| *n1 > 0.0 && *n0 > 0.0);
    let top = sorted_sum(used().map(|[a, n1, _, n0]| a * n0 / (n1 + n0)).collect());
    let bottom = sorted_sum(used().map(|[_, n1, b, n0]| b * n1 / (n1 + n0)).collect());
    let mut members: Vec<Vec<f64>> = vec![Vec::new(); authors.iter().max().map_or(0, |most| *most as usize + 1)];
    for (row, failed) in changes.failed(rules.cause).into_iter().enumerate() {
        let ([a, n1, b, n0], y) = (of(&tables[strata[row] as usize]), f64::from(u8::from(failed)));
        if n1 == 0.0 || n0 == 0.0 {
            continue;
        }
        let is_ai = changes.arm[row] == Arm::Ai;
        let own = if is_ai { (y - a / n1) * n0 / (n1 + n0) / top } else { -(y - b / n0) * n1 / (n1 + n0) / bottom };
        members[authors[row] as usize].push(own);
    }
    let spread = sorted_sum(members.into_iter().map(|own| sorted_sum(own).powi(2)).collect()).sqrt();
    Ok(Point { log_error: spread.max(plain.log_error), ..plain })
}

/// Weighted to changes that could have gone either way.
pub(super) fn weighted(changes: &Changes, rules: &Rules, at_equal_size: bool) -> Result<Point, Refusal> {
    let (ai, weight) = (changes.ai(), overlap_weights(changes, at_equal_size)?.weight);
    match &changes.outcome {
        Outcome::Share(_) => share(changes, rules, &weight, "overlap-weighted risk ratio"),
        Outcome::Times { .. } => {
            let point = cox(changes, rules, None, &[&ai], Some(&weight))?;
            Ok(Point { method: "overlap-weighted proportional hazards", ..point })
        }
    }
}

/// Scores, the weights that follow from them, and the columns that they were made from.
pub(in super::super) struct Overlap {
    pub(in super::super) scores: Vec<f64>,
    pub(in super::super) weight: Vec<f64>,
    pub(in super::super) columns: Vec<(String, Vec<f64>)>,
}

pub(in super::super) fn overlap_weights(changes: &Changes, at_equal_size: bool) -> Result<Overlap, Refusal> {
    let mut columns = covariates(changes, at_equal_size);
    loop {
        if columns.is_empty() {
            return Err(Refusal::Empty { what: "covariates to weight by" });
        }
        let slices: Vec<&[f64]> = columns.iter().map(|(_, column)| column.as_slice()).collect();
        match weights::propensity(&changes.ai(), &slices) {
            Ok((_, scores)) => {
                let weight = Population::Overlap.weights(&changes.ai(), &scores);
                return Ok(Overlap { scores, weight, columns });
            }
            // A level with one arm only, or one that follows from others, balances nothing.
            Err(Refusal::Collinear { column } | Refusal::Separated { column, .. }) => drop(columns.remove(column)),
            Err(other) => return Err(other),
        }
    }
}

/// Numbers to balance: levels of strata but their first, further covariates, and the logarithm of size.
fn covariates(changes: &Changes, at_equal_size: bool) -> Vec<(String, Vec<f64>)> {
    let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
    for column in &changes.strata {
        for level in 1..=column.levels.iter().copied().max().unwrap_or_default() {
            let flags = column.levels.iter().map(|own| f64::from(u8::from(*own == level))).collect();
            columns.push((format!("{}: {}", column.name, column.called(level)), flags));
        }
    }
    columns.extend(changes.covariates.iter().cloned());
    columns.extend(changes.log_size().filter(|_| at_equal_size).map(|size| ("log size".to_owned(), size)));
    columns
}

/// An author's AI changes against the same author's others.
pub(super) fn within_author(changes: &Changes, rules: &Rules, at_equal_size: bool) -> Result<Point, Refusal> {
    let author = changes.author.as_deref().ok_or(Refusal::Empty { what: "authors" })?;
    match &changes.outcome {
        Outcome::Times { .. } => stratified_by(changes, rules, &[author], at_equal_size),
        Outcome::Share(_) => {
            let class = changes.size_class(&rules.size_limits).filter(|_| at_equal_size);
            let columns: Vec<&[u32]> =
                std::iter::once(author).chain(class.iter().map(|column| column.levels.as_slice())).collect();
            stratified_by(changes, rules, &columns, at_equal_size)
        }
    }
}
