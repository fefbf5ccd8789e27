//! Which incidents were imported, and what do they name?

use std::collections::BTreeMap;

use super::{commit_ref, row_with_commits, table, text};
use crate::analysis::{Analysis, IncidentNote};
use crate::report::panel::{Cell, Panel, Row};
use crate::report::words;

/// Incidents shown; the query lists them all.
const SHOWN: usize = 50;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    if analysis.incidents.is_empty() {
        return Vec::new();
    }
    let mut by_incident: BTreeMap<(&str, &str), Vec<&IncidentNote>> = BTreeMap::new();
    for note in &analysis.incidents {
        by_incident.entry((&note.repo, &note.incident_id)).or_default().push(note);
    }
    let mut incidents: Vec<Vec<&IncidentNote>> = by_incident.into_values().collect();
    incidents.sort_by_key(|notes| std::cmp::Reverse(notes.first().and_then(|note| note.started_at)));
    let linked = incidents.iter().filter(|notes| role(notes, "caused_incident").next().is_some()).count() as u64;
    let all = incidents.len() as u64;
    vec![Panel {
        id: "incidents",
        question: "Which incidents are known, and which changes do they name?".to_owned(),
        answer: format!(
            "{}; {} a change as the cause.",
            words::counted(all, "incident"),
            if linked == 1 { "1 names".to_owned() } else { format!("{} name", words::count(linked)) }
        ),
        chart: None,
        tables: vec![table(
            if incidents.len() > SHOWN { "The newest incidents" } else { "Incidents" },
            &[
                ("Incident", ""),
                ("Severity", ""),
                ("Started", ""),
                ("Named as cause", "Origin of the changes the incident names as its cause."),
                ("Named as remedy", "Origin of the changes it names as the fix."),
                ("Named without a role", ""),
            ],
            incidents.iter().take(SHOWN).map(|notes| incident_row(analysis, notes)).collect(),
        )],
        how: "Incidents are linked to changes by the commit ids and pull-request numbers they name, with the role their own words \
              give, never by time alone."
            .to_owned(),
        caveats: vec!["An incident that names a commit without saying in which role is not counted as caused by it.".to_owned()],
        query: Some("incidents"),
    }]
}

fn role<'a>(notes: &'a [&IncidentNote], link: &'a str) -> impl Iterator<Item = &'a IncidentNote> {
    notes.iter().copied().filter(move |note| note.link.as_deref() == Some(link))
}

fn incident_row(analysis: &Analysis, notes: &[&IncidentNote]) -> Row {
    let origins = |link: &str| {
        let mut named: BTreeMap<&str, u64> = BTreeMap::new();
        role(notes, link).for_each(|note| {
            let origin = note.change.as_ref().and_then(|change| change.origin);
            *named.entry(origin.map_or("not on the mainline", |origin| origin.as_str())).or_default() += 1;
        });
        let said: Vec<String> = named
            .into_iter()
            .map(|(origin, n)| if n == 1 { origin.to_owned() } else { format!("{n} {origin}") })
            .collect();
        if said.is_empty() { Cell::Empty } else { text(said.join(", ")) }
    };
    let first = notes.first();
    let cells = vec![
        first.map_or(Cell::Empty, |note| text(format!("{} {}", note.incident_id, note.title))),
        first.and_then(|note| note.severity.clone()).map_or(Cell::Empty, text),
        Cell::Time(first.and_then(|note| note.started_at)),
        origins("caused_incident"),
        origins("resolved_incident"),
        origins("named_by_incident"),
    ];
    let named = notes.iter().filter_map(|note| Some((note.change.as_ref()?, note.link.as_deref()?)));
    let commits: Vec<_> = named.map(|(change, link)| commit_ref(analysis, change, link.replace('_', " "))).collect();
    let all = commits.len() as u64;
    row_with_commits(cells, commits, all)
}
