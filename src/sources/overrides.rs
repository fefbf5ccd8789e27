//! Origins set by hand: a CSV file `commit,origin,agents,who,why` that is only ever appended to.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::facts::{Commit, CommitId, Origin, Override, Skipped, Text};

/// Digits from which on the start of a commit's id is taken for it.
const SHORTEST_ID: usize = 7;

const HEADER: [&str; 5] = ["commit", "origin", "agents", "who", "why"];

#[derive(Deserialize)]
struct Line {
    commit: String,
    origin: String,
    #[serde(default)]
    agents: String,
    who: String,
    why: String,
}

/// The overrides of these commits, in the order of the file. `former` are those that counted before: what the file does
/// not say any more still counts, and is told, since a decision is changed by a later line and not by taking it back.
/// That lines are about commits of other repositories, or of none, is told once.
pub fn read(file: &str, commits: &[Commit], former: &[Override]) -> (Vec<Override>, Vec<Skipped>) {
    let ids: BTreeSet<&str> = commits.iter().map(|commit| commit.commit_id.as_str()).collect();
    let (mut overrides, mut skipped) = (Vec::new(), Vec::new());
    let mut skip = |place: String, reason: &str| {
        skipped.push(Skipped { what: "override".into(), place: place.into(), reason: reason.into() });
    };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(file.as_bytes());
    let (mut header, mut elsewhere) = (csv::StringRecord::from(HEADER.to_vec()), Vec::new());
    for (at, record) in reader.records().enumerate() {
        let place = format!("line {}", record.as_ref().ok().and_then(|r| r.position()).map_or(0, csv::Position::line));
        if let (0, Ok(first)) = (at, &record) {
            if ["commit", "origin"].iter().all(|name| first.iter().any(|field| field == *name)) {
                header = first.clone();
                continue;
            }
            skip(
                place.clone(),
                "the header `commit,origin,agents,who,why` is missing; the columns are taken in that order",
            );
        }
        let line = record.and_then(|record| record.deserialize(Some(&header)));
        match line.map_err(|_| "it is not `commit,origin,agents,who,why`").and_then(|line| of_line(line, &ids)) {
            Ok(Some(found)) => overrides.push(found),
            Ok(None) => elsewhere.push(place),
            Err(reason) => skip(place, reason),
        }
    }
    if let Some(first) = elsewhere.first() {
        let more = elsewhere.len() - 1;
        skip(first.clone(), &format!("its commit is not in the history that was read; so with {more} more lines"));
    }
    let known: Vec<&Override> = former.iter().filter(|row| ids.contains(row.commit_id.as_str())).collect();
    if known.len() > overrides.len() || known.iter().zip(&overrides).any(|(known, said)| *known != said) {
        let lost: Vec<&Override> = known.into_iter().filter(|row| !overrides.contains(row)).collect();
        for row in &lost {
            skip(
                row.commit_id.to_string(),
                "the file says it no longer; it is only appended to, so the former word counts until a later line",
            );
        }
        overrides = lost.into_iter().cloned().chain(overrides).collect();
    }
    (overrides, skipped)
}

/// `None` for a commit of another repository.
fn of_line(line: Line, ids: &BTreeSet<&str>) -> Result<Option<Override>, &'static str> {
    let prefix = line.commit.to_lowercase();
    if prefix.len() < SHORTEST_ID || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("its commit is no id, or too short a start of one");
    }
    let origin = Origin::parse(&line.origin.to_lowercase())
        .ok_or("its origin is none of agent, assisted, human, bot, unknown")?;
    if line.who.is_empty() || line.why.is_empty() {
        return Err("it does not say who decided so and why");
    }
    let mut found = ids.range(prefix.as_str()..).take_while(|id| id.starts_with(&prefix));
    let commit_id = match (found.next(), found.next()) {
        (None, _) => return Ok(None),
        (Some(_), Some(_)) => return Err("several commits' ids start so"),
        (Some(id), None) => CommitId::new(*id),
    };
    let agents = line.agents.split(';').map(str::trim).filter(|agent| !agent.is_empty()).map(Text::from).collect();
    Ok(Some(Override { commit_id, origin, agents, who: line.who.into(), why: without_addresses(&line.why).into() }))
}

/// A reason is shown where people have no names.
fn without_addresses(why: &str) -> String {
    let is_address = |word: &str| word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.len() > 1);
    let words = why.split_whitespace().map(|word| if is_address(word) { "[e-mail]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_leave_a_reason() {
        assert_eq!(without_addresses("Bob <bob@example.org> said  so, @team"), "Bob [e-mail] said so, @team");
    }
}
