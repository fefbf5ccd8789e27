//! What is known from GitHub, what is missing, and what that would add?

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{row, table, text};
use crate::analysis::Analysis;
use crate::analysis::metrics::pulls::StreamCounts;
use crate::report::panel::{Cell, Panel, Row, Table};
use crate::report::words;

/// The kinds of facts by their streams, and what each adds.
const KINDS: [(&str, &str, &str); 10] = [
    (
        "pulls",
        "Pull requests",
        "Agents and people behind squash merges, rejected and abandoned work, who answers for what an agent wrote.",
    ),
    (
        "pull_commits",
        "Commits of pull requests",
        "Who wrote what a squash merge put into one; which changes are one rebased pull request.",
    ),
    ("pull_events", "Events", "Time as a draft, force pushes, who closed it."),
    ("reviews", "Reviews", "Unreviewed merges, approvals by bots only, rubber stamps, time to first review."),
    ("review_comments", "Comments on lines", "What AI reviewers and people remarked, by severity."),
    ("issue_comments", "Comments", "Tools that review below a pull request."),
    ("issues", "Issues", "Which fixes close a bug, by its labels, and which close a wish."),
    ("checks", "Checks", "Whether the head was green."),
    ("deployments", "Deployments", "When changes reached users, and which deployments failed."),
    ("releases", "Releases", "When changes were released."),
];

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let streams = &analysis.pulls.streams;
    let synced: BTreeSet<&str> = streams.iter().map(|stream| stream.repo.as_str()).collect();
    let left: Vec<&str> =
        analysis.repos.iter().map(|repo| repo.name.as_str()).filter(|name| !synced.contains(name)).collect();
    if analysis.repos.is_empty() && streams.is_empty() {
        return Vec::new();
    }
    let nothing = streams.is_empty();
    vec![Panel {
        id: "github",
        question: "What is known from GitHub?".to_owned(),
        answer: if nothing { NOTHING.to_owned() } else { answer(streams, &left) },
        chart: None,
        tables: vec![if nothing { what_it_adds() } else { coverage(streams) }],
        how: "Git keeps what landed. GitHub keeps who asked for it, who looked at it and what was refused; `shipwake sync github` reads \
              that into the lake, and again only what changed."
            .to_owned(),
        caveats: if nothing { Vec::new() } else { not_synced(&left).into_iter().collect() },
        query: Some("sync_coverage"),
    }]
}

const NOTHING: &str = "Nothing: no pull requests, reviews, issues, checks, deployments or releases are in the lake. Everything else in this report \
                       rests on git alone. `shipwake sync github OWNER/NAME` brings them in.";

fn answer(streams: &[StreamCounts], left: &[&str]) -> String {
    let known = |kind: &str| streams.iter().filter(|s| s.stream == kind).map(|s| s.known).sum::<u64>();
    let missing: u64 = streams.iter().map(|stream| stream.missing).sum();
    let told = format!(
        "{}, {} and {}.",
        words::counted(known("pulls"), "pull request"),
        words::counted(known("reviews"), "review"),
        words::counted(known("issues"), "issue")
    );
    let gaps = match missing {
        0 => "Every list was read to its end.".to_owned(),
        _ => format!(
            "{} could not be read, or not yet: what rests on them is left out, not guessed.",
            words::counted(missing, "list")
        ),
    };
    // Where several repositories were asked at different times the oldest of their newest says from when on something lacks.
    let mut newest: BTreeMap<&str, DateTime<Utc>> = BTreeMap::new();
    newest.extend(streams.iter().filter_map(|stream| Some((stream.repo.as_str(), stream.newest_at?))));
    let until =
        newest.into_values().min().map(|at| format!(" The newest pull request known changed on {}.", words::day(at)));
    let told = format!("{told}{} {gaps}", until.unwrap_or_default());
    not_synced(left).map_or(told.clone(), |left| format!("{told} {left}"))
}

/// Repositories without such facts, with the command that mends it.
fn not_synced(left: &[&str]) -> Option<String> {
    let (first, more) = (left.first()?, left.len() - 1);
    let others = if more > 0 { format!(" and {}", words::counted(more as u64, "other")) } else { String::new() };
    Some(format!("Nothing is known of {first}{others}: `shipwake sync github OWNER/NAME` brings it in."))
}

fn what_it_adds() -> Table {
    let rows = KINDS.iter().map(|(_, kind, adds)| row(vec![text(*kind), text(*adds)]));
    table("What is missing", &[("Facts", ""), ("What they would add", "")], rows.collect())
}

fn coverage(streams: &[StreamCounts]) -> Table {
    let mut by_kind: BTreeMap<&str, Vec<&StreamCounts>> = BTreeMap::new();
    streams.iter().for_each(|stream| by_kind.entry(&stream.stream).or_default().push(stream));
    let rows = KINDS.iter().filter_map(|(kind, label, adds)| Some(coverage_row(label, adds, by_kind.get(kind)?)));
    let columns = [
        ("Facts", ""),
        ("Known", ""),
        ("Lists missing", "Still to be read, or refused."),
        ("Why", ""),
        ("What they add", ""),
    ];
    table("What is known", &columns, rows.collect())
}

fn coverage_row(label: &str, adds: &str, streams: &[&StreamCounts]) -> Row {
    let reasons: BTreeSet<&str> = streams.iter().filter_map(|stream| stream.reason.as_deref()).collect();
    let why = reasons.into_iter().collect::<Vec<_>>().join("; ");
    row(vec![
        text(label),
        Cell::Count(streams.iter().map(|stream| stream.known).sum()),
        Cell::Count(streams.iter().map(|stream| stream.missing).sum()),
        if why.is_empty() { Cell::Empty } else { text(why) },
        text(adds),
    ])
}
