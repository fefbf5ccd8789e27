//! One file per question. A panel turns what the analysis found into words, a chart and tables.

mod agents;
mod became;
mod cohorts;
mod deployments;
mod evidence;
mod follow_ups;
mod github;
mod incidents;
mod judged;
mod line_churn;
mod line_moves;
mod line_survival;
mod lines;
mod link_trust;
mod origins;
mod outcomes;
mod places;
mod pulls;
mod skipped;
mod tipping;
mod todays_code;
mod waiting;

use super::panel::{Cell, ColumnHead, CommitRef, Panel, Row, Table};
use super::words;
use crate::analysis::listing::Listed;
use crate::analysis::{Analysis, Finding};
use crate::facts::Origin;

/// Every panel, in reading order; all renderers draw what these return.
pub(super) const PANELS: &[fn(&Analysis) -> Vec<Panel>] = &[
    origins::panels,
    judged::panels,
    outcomes::panels,
    became::panels,
    waiting::panels,
    cohorts::panels,
    places::panels,
    tipping::panels,
    link_trust::panels,
    follow_ups::panels,
    line_survival::panels,
    line_churn::panels,
    line_moves::panels,
    agents::panels,
    todays_code::panels,
    pulls::panels,
    deployments::panels,
    incidents::panels,
    evidence::panels,
    github::panels,
    skipped::panels,
];

/// Commits shown for one number; the query lists them all.
const SHOWN: usize = 20;

/// What each origin means, for readers who meet the words here first.
pub(super) fn meaning(origin: Origin) -> &'static str {
    match origin {
        Origin::Agent => "An AI agent's own account is the author.",
        Origin::Assisted => "A person is the author, with evidence that AI wrote part of it.",
        Origin::Human => "Positive evidence that no AI was used, for instance written before June 2021.",
        Origin::Bot => "Other automation: dependency updates, releases, formatting.",
        Origin::Unknown => "No evidence either way. Not counted as human.",
    }
}

fn table(title: &str, columns: &[(&str, &str)], rows: Vec<Row>) -> Table {
    let head = |(label, help): &(&str, &str)| ColumnHead { label: (*label).to_owned(), help: (*help).to_owned() };
    Table { title: title.to_owned(), columns: columns.iter().map(head).collect(), rows }
}

fn row(cells: Vec<Cell>) -> Row {
    Row { cells, commits: Vec::new(), more: 0 }
}

/// A row with the commits behind it, `all` of them in number.
fn row_with_commits(cells: Vec<Cell>, commits: Vec<CommitRef>, all: u64) -> Row {
    let more = all.saturating_sub(commits.len() as u64);
    Row { cells, commits, more }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Value, low and high of a share in percent, as charts take it; `None` where there is no estimate.
fn percent(share: &Finding) -> Option<[f64; 3]> {
    match share {
        Finding::Estimate(share) => Some([share.value, share.low, share.high].map(|share| share * 100.0)),
        _ => None,
    }
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// A listed change as a reader sees it; `note` says why it is there.
fn commit_ref(analysis: &Analysis, listed: &Listed, note: String) -> CommitRef {
    let remote = analysis.repos.iter().find(|repo| repo.name == listed.repo).and_then(|repo| repo.url.as_deref());
    CommitRef {
        repo: listed.repo.clone(),
        commit: listed.change_id.clone(),
        url: remote.and_then(|remote| commit_url(remote, &listed.change_id)),
        subject: listed.subject.clone(),
        at: listed.merged_at,
        note,
    }
}

/// The forge's page of a commit, from the remote's address. Only for forges whose pages are known.
fn commit_url(remote: &str, commit: &str) -> Option<String> {
    let address = match remote.split_once("://") {
        Some((_, rest)) => rest.rsplit_once('@').map_or(rest, |(_, rest)| rest).to_owned(),
        None => remote.rsplit_once('@').map_or(remote, |(_, rest)| rest).replacen(':', "/", 1),
    };
    let address = address.trim_end_matches('/').trim_end_matches(".git");
    let (host, path) = address.split_once('/')?;
    let page = if host.contains("gitlab") {
        "-/commit"
    } else if host.contains("bitbucket") {
        "commits"
    } else if host.contains("github") || host.contains("codeberg") || host.contains("gitea") {
        "commit"
    } else {
        return None;
    };
    Some(format!("https://{host}/{path}/{page}/{commit}"))
}

/// `the rest` in sentences about both arms.
fn share_in_words(part: u64, all: u64) -> String {
    match (part, all) {
        (_, 0) => "none".to_owned(),
        (0, _) => "0 of 100".to_owned(),
        _ => {
            let of_hundred = part as f64 * 100.0 / all as f64;
            if of_hundred < 1.0 {
                "fewer than 1 of 100".to_owned()
            } else {
                format!("{} of 100", words::decimal(of_hundred, 0))
            }
        }
    }
}
