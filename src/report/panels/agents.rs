//! Which AI tools left their mark?

use super::{SHOWN, commit_ref, row_with_commits, table, text};
use crate::analysis::Analysis;
use crate::report::panel::{Cell, Panel};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let rows = analysis.agents.iter().map(|agent| {
        let newest =
            analysis.newest_by_agent.iter().filter(|listed| listed.agent.as_ref() == Some(&agent.agent)).take(SHOWN);
        let commits = newest.map(|listed| commit_ref(analysis, listed, listed.reason.clone().unwrap_or_default()));
        let cells = vec![
            text(agent.agent.as_str()),
            Cell::Count(agent.changes),
            Cell::Time(agent.first),
            Cell::Time(agent.last),
        ];
        row_with_commits(cells, commits.collect(), agent.changes)
    });
    vec![Panel {
        id: "agents",
        question: "Which AI tools left their mark?".to_owned(),
        answer: answer(analysis),
        chart: None,
        tables: vec![table(
            "Changes by AI tool",
            &[("Tool", "Canonical name from the catalogue."), ("Changes", ""), ("First landed", ""), ("Last landed", "")],
            rows.collect(),
        )],
        how: "A tool is named by the account, trailer or words that testified. A change that names two tools counts for both. \
              Reviews by AI and configuration files prove no authorship and are not counted; suggestions of a review that were \
              applied are."
            .to_owned(),
        caveats: vec!["Counts say which tools leave traces here, not which is used most or works best.".to_owned()],
        query: Some("agent_changes"),
    }]
}

fn answer(analysis: &Analysis) -> String {
    let changes = |n| words::counted(n, "change");
    match analysis.agents.as_slice() {
        [] => "None: no change carries evidence of an AI tool.".to_owned(),
        [only] => format!("One: {}, on {}.", only.agent, changes(only.changes)),
        [first, second, ..] if first.changes == second.changes => format!(
            "{} tools; most often {} and {}, each on {}.",
            analysis.agents.len(),
            first.agent,
            second.agent,
            changes(first.changes)
        ),
        [first, second, ..] => format!(
            "{} tools; most often {}, on {}, then {}, on {}.",
            analysis.agents.len(),
            first.agent,
            changes(first.changes),
            second.agent,
            changes(second.changes)
        ),
    }
}
