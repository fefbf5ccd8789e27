//! From a table of named columns to what can be judged, decided by which columns there are.

use std::sync::Arc;

use super::study::{Adopting, Arm, Changes, Counts, Outcome, Spells, Stratum, Study};
use crate::analysis::stats::adoption;
use crate::analysis::stats::refusal::Refusal;
use crate::analysis::stats::table::{Column, Table};

/// Days of a quarter.
const QUARTER: f64 = 91.0;
/// Names of columns that like is compared with like by, besides size and quarter.
const STRATA: [&str; 6] = ["task", "risk", "file_risk", "lang", "language", "quarter"];
/// What is found only if somebody looks for it has one of these in its name.
const SEARCHED: [&str; 6] = ["szz", "flag", "fix", "bug", "incident", "defect"];

/// Reads a table. One with a period of adoption is an adoption design; one whose rows have a start and a stop are spells;
/// one with an exposure are counts; all others are changes. Refuses a table that has neither an arm nor an outcome.
pub fn study(table: &Table) -> Result<Study, Refusal> {
    let first = |names: &[&'static str]| names.iter().find(|name| table.has(name)).copied();
    if let (Some(adopted), Some(unit), Some(period)) =
        (first(&["adopted_month", "first_treated"]), first(&["repo", "team", "unit"]), first(&["month", "period"]))
    {
        let y = last_numbers(table, &[adopted, unit, period])?;
        let (unit, _) = table.levels(unit)?;
        let (period, adopted) = (table.numbers(period)?, table.numbers(adopted)?);
        return Ok(Study::Adoption(adoption::units(&unit, period, table.numbers(y)?, adopted)?));
    }
    if ["ai_event", "ai_n", "human_event", "human_n"].iter().all(|name| table.has(name)) {
        return Ok(Study::Changes(Box::new(counted(table)?)));
    }
    let Some(arm) = first(&["ai", "ai_label", "high_ai", "origin", "tier"]) else {
        return Err(Refusal::Unknown { what: "column that tells AI from human".to_owned() });
    };
    if let (Some(start), Some(stop), Some(subject)) =
        (first(&["start"]), first(&["stop"]), first(&["file", "subject", "id"]))
    {
        return Ok(Study::Spells(Spells {
            ai: table.numbers(arm)?.to_vec(),
            subject: table.levels(subject)?.0,
            entry: table.numbers(start)?.to_vec(),
            time: table.numbers(stop)?.to_vec(),
            event: table.flags("event")?,
        }));
    }
    if let Some(exposure) = first(&["changes", "exposure"]) {
        let events = last_numbers(table, &[arm, exposure])?;
        return Ok(Study::Counts(Counts {
            ai: table.numbers(arm)?.to_vec(),
            events: table.numbers(events)?.to_vec(),
            exposure: table.numbers(exposure)?.to_vec(),
            cluster: first(&["repo", "author"]).map(|name| table.levels(name)).transpose()?.map(|levels| levels.0),
        }));
    }
    Ok(Study::Changes(Box::new(changes(table, arm)?)))
}

fn last_numbers<'t>(table: &'t Table, taken: &[&str]) -> Result<&'t str, Refusal> {
    let names = table.names().iter().rev().map(String::as_str);
    let mut free = names.filter(|name| !taken.contains(name) && table.numbers(name).is_ok());
    free.next().ok_or(Refusal::Unknown { what: "column of the outcome".to_owned() })
}

/// Changes of a table that counts them by stratum. Strata with more events than changes are left out.
fn counted(table: &Table) -> Result<Changes, Refusal> {
    let counts = |name: &str| -> Result<Vec<u64>, Refusal> {
        let numbers = table.numbers(name)?;
        let is_count = |count: &f64| (0.0..=1e9).contains(count) && count.fract() == 0.0;
        if !numbers.iter().all(is_count) {
            return Err(Refusal::Impossible { what: format!("a count in column `{name}`") });
        }
        Ok(numbers.iter().map(|count| *count as u64).collect())
    };
    let arms = [(Arm::Ai, "ai_event", "ai_n"), (Arm::Human, "human_event", "human_n")];
    let (mut arm, mut failed, mut stratum) = (Vec::new(), Vec::new(), Vec::new());
    for (own, events, n) in arms {
        for (at, (events, n)) in counts(events)?.into_iter().zip(counts(n)?).enumerate().filter(|(_, (e, n))| e <= n) {
            arm.extend((0..n).map(|_| own));
            failed.extend((0..n).map(|row| row < events));
            stratum.extend((0..n).map(|_| at as u32));
        }
    }
    Ok(Changes { strata: vec![Stratum::of("stratum", &stratum)], ..Changes::new(arm, Outcome::Share(failed)) })
}

fn changes(table: &Table, arm_column: &str) -> Result<Changes, Refusal> {
    let numbers = |names: &[&str]| -> Option<Vec<f64>> {
        names.iter().find_map(|name| table.numbers(name).ok()).map(<[f64]>::to_vec)
    };
    let labels = |name: &str| table.has(name).then(|| table.levels(name)).transpose();
    let audit =
        numbers(&["ai_audit"]).map(|audit| audit.iter().map(|seen| (*seen >= 0.0).then_some(*seen > 0.0)).collect());
    let (outcome, name) = outcome(table, arm_column)?;
    let merged = numbers(&["merged_day"]);
    let mut strata = Vec::new();
    for name in STRATA.iter().filter(|name| table.has(name)) {
        let (levels, names) = table.levels(name)?;
        strata.push(Stratum { name: (*name).to_owned(), levels, names });
    }
    if let Some(merged) = merged.as_ref().filter(|_| !table.has("quarter")) {
        let quarter = |day: &f64| (day / QUARTER).floor().max(0.0) as u32;
        strata.push(Stratum::of("quarter", &merged.iter().map(quarter).collect::<Vec<_>>()));
    }
    let repo = labels("repo")?.map(|levels| levels.0);
    let adopting =
        (repo.as_ref().zip(merged.as_ref()).zip(numbers(&["adopted_day"]))).map(|((repo, merged), adopted)| {
            Arc::new(Adopting { repo: repo.clone(), merged: merged.clone(), adopted, outcome: outcome.clone() })
        });
    Ok(Changes {
        arm: arms(table.column(arm_column)?),
        tier: tiers(table, arm_column)?,
        is_outcome_searched: SEARCHED.iter().any(|word| name.contains(word)),
        outcome,
        author: labels("author")?.map(|levels| levels.0),
        repo,
        size: numbers(&["size_lines", "size", "lines"])
            .or_else(|| Some(numbers(&["log_size"])?.iter().map(|log| log.exp()).collect())),
        strata,
        covariates: Vec::new(),
        audit,
        merged,
        outcome_precision: None,
        adopting,
    })
}

fn arms(column: &Column) -> Vec<Arm> {
    match column {
        Column::Numbers(values) => values
            .iter()
            .map(|value| match value {
                value if *value > 0.0 => Arm::Ai,
                value if *value == 0.0 => Arm::Human,
                _ => Arm::Unknown,
            })
            .collect(),
        Column::Words(words) => words
            .iter()
            .map(|word| match word.as_str() {
                "human" => Arm::Human,
                "unknown" | "bot" | "" => Arm::Unknown,
                _ => Arm::Ai,
            })
            .collect(),
    }
}

/// Tiers stand in words, or in one column of 0 and 1 for each.
fn tiers(table: &Table, arm_column: &str) -> Result<Option<Vec<String>>, Refusal> {
    for name in ["tier", arm_column] {
        if let Some(Column::Words(words)) = table.has(name).then(|| table.column(name)).transpose()? {
            return Ok(Some(words.clone()));
        }
    }
    if !(table.has("assisted") && table.has("agent")) {
        return Ok(None);
    }
    let (assisted, agent) = (table.flags("assisted")?, table.flags("agent")?);
    let tier = |(assisted, agent): (&bool, &bool)| match (assisted, agent) {
        (_, true) => "agent",
        (true, false) => "assisted",
        (false, false) => "human",
    };
    Ok(Some(assisted.iter().zip(&agent).map(tier).map(str::to_owned).collect()))
}

/// Times where there are any, else the last column of only 0 and 1 that is not about the label; with its name.
fn outcome(table: &Table, arm_column: &str) -> Result<(Outcome, String), Refusal> {
    if table.has("time_days") && table.has("event") {
        let time = table.numbers("time_days")?.to_vec();
        let event = table.numbers("event")?;
        if event.iter().any(|event| *event < 0.0 || event.fract() != 0.0) {
            return Err(Refusal::Impossible { what: "a cause that is no whole number".to_owned() });
        }
        let entry = table.numbers("entry_days").map_or_else(|_| vec![0.0; time.len()], <[f64]>::to_vec);
        let follow_up = table.numbers("followup_days").map_or_else(|_| time.clone(), <[f64]>::to_vec);
        let cause = event.iter().map(|event| *event as u32).collect();
        return Ok((Outcome::Times { entry, time, cause, follow_up }, "event".to_owned()));
    }
    let is_flag = |name: &&String| {
        let taken = [arm_column, "assisted", "agent", "ai_audit"];
        let flags = table.numbers(name).unwrap_or_default();
        !taken.contains(&name.as_str()) && !flags.is_empty() && flags.iter().all(|flag| *flag == 0.0 || *flag == 1.0)
    };
    let name = table
        .names()
        .iter()
        .rev()
        .find(is_flag)
        .ok_or(Refusal::Unknown { what: "column of the outcome".to_owned() })?;
    Ok((Outcome::Share(table.flags(name)?), name.clone()))
}
