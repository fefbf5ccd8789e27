//! From what was found to what is told: the panels, and the few sentences and figures on top.

use chrono::{DateTime, Utc};

use super::panel::{Headline, RepoNote, Report, SCHEMA};
use super::panels::PANELS;
use super::words;
use crate::analysis::judge::verdict::Verdict;
use crate::analysis::{Analysis, Finding, RepoCounts};
use crate::facts::Origin;

pub fn assemble(analysis: &Analysis, generated_at: DateTime<Utc>) -> Report {
    Report {
        schema: SCHEMA,
        title: title(&analysis.repos),
        tool_version: env!("CARGO_PKG_VERSION"),
        generated_at,
        since: analysis.selection.since,
        until: analysis.selection.until,
        repos: analysis.repos.iter().map(repo_note).collect(),
        summary: summary(analysis),
        headlines: headlines(analysis),
        panels: PANELS.iter().flat_map(|panels| panels(analysis)).collect(),
        caveats: [
            "Everything here is associated with who wrote a change; nothing here shows what an AI tool brought about.",
            "Unknown means no evidence either way. It is never folded into human.",
            "Changes are the unit, not people: nothing in this report measures a person, and it must not be used to.",
            "Intervals are 95 % and take changes, or where lines are counted commits, as independent, but for comparisons of like with \
             like and curves of changes, which take an author's together; where few people wrote many of them the truth is wider.",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

/// One in so many commits that came with large changes, or pull requests that came inside others' changes, is worth a word.
const MANY: u64 = 4;

/// Whether many pull requests are no changes of their own: they landed on another branch, and that one here.
fn is_bundled(repo: &RepoCounts) -> bool {
    MANY * repo.bundled_pulls > repo.changes
}

fn title(repos: &[RepoCounts]) -> String {
    match repos {
        [] => "The wake of no repository".to_owned(),
        [repo] => format!("The wake of {}", repo.name),
        repos => format!("The wake of {} repositories", repos.len()),
    }
}

fn repo_note(repo: &RepoCounts) -> RepoNote {
    let mut limits = Vec::new();
    if repo.is_shallow {
        limits.push(
            "Shallow clone: older history is missing, outcomes are withheld. Mend it: git fetch --unshallow".to_owned(),
        );
    }
    if repo.is_partial {
        limits.push("Partial clone: contents are missing, line counts are withheld. Mend it: git fetch --refetch --no-filter; \
                     git config --unset-all remote.origin.partialclonefilter; git config --unset-all remote.origin.promisor".to_owned());
    }
    if repo.is_truncated {
        limits.push("Damaged history: commits could not be read, outcomes are withheld. See: git fsck".to_owned());
    }
    if repo.pull_heads == 0 && repo.url.as_deref().is_some_and(|url| url.contains("github")) {
        let mend = "git fetch origin '+refs/pull/*/head:refs/pull/*/head'";
        limits.push(format!(
            "Pull requests' own commits are not in the clone; they can show AI behind squash merges. Get them: {mend}"
        ));
    }
    let is_one = "each of those is one change of the day it landed, whatever its commits did";
    if is_bundled(repo) {
        limits.push(format!(
            "{} landed inside {} that brought several at once, as releases do: {is_one}",
            words::counted(repo.bundled_pulls, "pull request"),
            words::counted(repo.bundles, "change"),
        ));
    } else if MANY * repo.large_commits > repo.landed_commits {
        limits.push(format!(
            "{} of {} came with {} of more than 20 commits each, as merges of long-lived branches bring them: {is_one}",
            words::count(repo.large_commits),
            words::counted(repo.landed_commits, "commit"),
            words::counted(repo.large_changes, "change"),
        ));
    }
    RepoNote {
        name: repo.name.clone(),
        url: repo.url.clone(),
        default_branch: repo.default_branch.clone(),
        head_commit: repo.head_commit.clone(),
        commits: repo.commits,
        changes: repo.changes,
        ai_changes: repo.ai_changes,
        first_change: repo.first_change,
        last_change: repo.last_change,
        limits,
    }
}

fn summary(analysis: &Analysis) -> Vec<String> {
    let all = analysis.changes();
    let ai = ai_changes(analysis);
    let carrying = |count| format!("{} {}", words::count(count), if count == 1 { "carries" } else { "carry" });
    let mut sentences = vec![format!(
        "{} landed; of them {} evidence of AI, {} no evidence either way.",
        words::counted(all, "change"),
        carrying(ai),
        carrying(analysis.origins.get(&Origin::Unknown).copied().unwrap_or_default()),
    )];
    if analysis.repos.iter().any(is_bundled) {
        sentences.push(
            "Many pull requests landed inside larger changes, as releases bring them: such a change carries evidence of AI as soon as \
             one of its commits does, and comparisons are of these."
                .to_owned(),
        );
    }
    sentences.extend(comparisons(analysis));
    sentences
}

/// What AI changes and the rest differ in: the judge's answers, then plain differences that are clear.
fn comparisons(analysis: &Analysis) -> Vec<String> {
    let (mut judged, mut plain, mut alike) = (Vec::new(), Vec::new(), Vec::new());
    for answer in analysis.outcomes.iter().filter(|answer| answer.withheld.is_none() && answer.outcome.is_headline) {
        let verdict = analysis.judged.outcomes.iter().find(|judged| judged.asked.outcome == answer.outcome.id);
        let difference = answer.windows.last().map(|window| (window.days, window.difference(analysis.minimum)));
        let difference = match difference {
            Some((days, Finding::Estimate(difference))) => Some((days, difference)),
            _ => None,
        };
        let is_clear = difference.as_ref().is_some_and(|(_, difference)| difference.low > 0.0 || difference.high < 0.0);
        let told = verdict.filter(|one| is_clear || one.judgement.verdict != Verdict::InsufficientData);
        judged.extend(told.map(|one| format!("{}: {}.", one.asked.title, one.judgement.sentence)));
        let happened = answer.outcome.happened;
        match difference {
            Some((days, difference)) if is_clear => {
                let direction = if difference.value > 0.0 { "more" } else { "less" };
                let said = words::say(&Finding::Estimate(difference));
                plain.push(format!("within {days} days AI changes {happened} {direction} often than the rest: {said}"));
            }
            Some((days, _)) if told.is_none() => alike.push(format!("{happened} within {days} days")),
            _ => {}
        }
    }
    let mut sentences = judged;
    if !plain.is_empty() {
        sentences.push(format!("Size, task and author not held equal, {}.", plain.join("; ")));
    }
    if !alike.is_empty() {
        sentences.push(format!("AI changes and the rest cannot be told apart by how many {}.", alike.join(", or ")));
    }
    if sentences.is_empty() {
        sentences.push("There is too little data to compare AI with the rest on any outcome.".to_owned());
    }
    sentences
}

fn ai_changes(analysis: &Analysis) -> u64 {
    [Origin::Agent, Origin::Assisted].iter().filter_map(|origin| analysis.origins.get(origin)).sum()
}

/// The share of AI, and each outcome's longest window, AI beside the rest.
fn headlines(analysis: &Analysis) -> Vec<Headline> {
    let share = Headline {
        label: "Changes with evidence of AI".to_owned(),
        finding: analysis.share(ai_changes(analysis)),
        note: "a lower bound".to_owned(),
    };
    let outcomes = analysis.outcomes.iter().filter(|answer| answer.outcome.is_headline).filter_map(|answer| {
        let window = answer.windows.last()?;
        let rate = |tally: crate::analysis::metrics::Tally| tally.rate(analysis.minimum);
        Some(Headline {
            label: format!("{} in {} days, AI", answer.outcome.short, window.days),
            finding: answer.withheld.clone().map_or_else(|| rate(window.ai), |reason| Finding::Withheld { reason }),
            note: match rate(window.rest) {
                rest @ Finding::Estimate(_) if answer.withheld.is_none() => format!("the rest: {}", words::say(&rest)),
                _ => String::new(),
            },
        })
    });
    std::iter::once(share).chain(outcomes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_of_large_merges_is_told_so() {
        let note = |large_commits, bundled_pulls| {
            let repo = RepoCounts {
                name: "o/r".into(),
                url: None,
                default_branch: None,
                head_commit: None,
                is_shallow: false,
                is_partial: false,
                is_truncated: false,
                pull_heads: 0,
                commits: 1_100,
                changes: 700,
                ai_changes: 0,
                landed_commits: 1_000,
                large_changes: 3,
                large_commits,
                bundles: 40,
                bundled_pulls,
                first_change: None,
                last_change: None,
            };
            repo_note(&repo).limits
        };
        assert!(note(250, 175).is_empty());
        let told = note(300, 0);
        assert!(
            told[0].starts_with("300 of 1,000 commits came with 3 changes of more than 20 commits each"),
            "{told:?}"
        );
        let told = note(300, 600);
        assert!(told.len() == 1 && told[0].starts_with("600 pull requests landed inside 40 changes"), "{told:?}");
    }
}
