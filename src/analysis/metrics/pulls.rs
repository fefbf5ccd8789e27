//! *What it measures*: what became of pull requests, how those that were merged were reviewed, how long they waited for it, and
//! what AI reviewers said.
//! *Why*: work that was refused never reaches the mainline, and who looked at what did is part of what became of it.
//! *Definition*: the rows of `pull_outcomes`; its columns say when a review counts. Shares are of pull requests of which the thing can
//! be told, and of those that ended for what became of them. *Caveats*: people ask agents for other work than they do themselves, and
//! what is asked of an agent is often looked at before it is opened, or instead.
//! *References*: Li et al. 2025, "The Rise of AI Teammates in Software Engineering 3.0" (acceptance of agents' pull requests).

use chrono::{DateTime, Utc};

use super::lines::Groups;
use super::{Minimum, Tally};
use crate::analysis::estimate::{Estimate, Finding, Unit};
use crate::analysis::queries;
use crate::analysis::sql::{QueryError, Record, Sql, Value};
use crate::analysis::stats::{proportions, ranks};

/// Something that holds of some pull requests.
#[derive(Debug)]
pub struct Trait {
    pub id: &'static str,
    pub title: &'static str,
    /// What holds, after "x % …": `were merged`.
    pub holds: &'static str,
    pub help: &'static str,
}

/// What may become of a pull request that ended, by the column that counts it.
pub const ENDS: [Trait; 3] = [
    Trait { id: "merged", title: "Merged", holds: "were merged", help: "" },
    Trait {
        id: "rejected",
        title: "Rejected",
        holds: "were rejected",
        help: "Closed by a person other than the author, or by the author after somebody asked for changes and did not take that back.",
    },
    Trait {
        id: "abandoned",
        title: "Abandoned",
        holds: "were abandoned",
        help: "Closed by the author, or by automation.",
    },
];

/// What may be said of the review of a merged one.
pub const REVIEWS: [Trait; 6] = [
    Trait {
        id: "unreviewed",
        title: "Unreviewed",
        holds: "were merged without a person's review",
        help: "No person but the author reviewed it or commented on its lines before the merge.",
    },
    Trait {
        id: "bot_approved",
        title: "Approved by bots only",
        holds: "were approved by bots only",
        help: "Somebody approved, but no person did.",
    },
    Trait {
        id: "rubber_stamped",
        title: "Rubber stamps",
        holds: "were approved without a word in too little time to read them",
        help: "People approved, nobody wrote more than a courtesy, and each approval came within a minute for every 50 lines (2 at least, \
               60 at most) of when there was something to read.",
    },
    Trait {
        id: "stale",
        title: "Another head approved",
        holds: "were approved at another head than was merged",
        help: "Every approval by a person is of an earlier commit; merging the base branch in does not count.",
    },
    Trait {
        id: "several_reviewers",
        title: "Two reviewers or more",
        holds: "had two reviewers or more",
        help: "Persons but the author.",
    },
    Trait {
        id: "several_rounds",
        title: "Two rounds or more",
        holds: "went through two rounds of review or more",
        help: "A person's review that followed new commits begins another round.",
    },
];

/// Everything about pull requests. Empty where no GitHub facts are in the lake.
#[derive(Debug, Default)]
pub struct Pulls {
    /// Those there are, and those still open.
    pub pulls: Groups<u64>,
    pub still_open: Groups<u64>,
    /// For each of [`ENDS`]: of those that ended.
    pub ends: Vec<Groups<Tally>>,
    /// For each of [`REVIEWS`]: of those that were merged.
    pub reviews: Vec<Groups<Tally>>,
    /// Hours until a person's first review, and how many waited so long.
    pub waits: Groups<Vec<(f64, u64)>>,
    pub tools: Vec<ToolCounts>,
    pub streams: Vec<StreamCounts>,
}

/// An AI tool that reviewed pull requests.
#[derive(Debug)]
pub struct ToolCounts {
    pub tool: String,
    pub pulls: u64,
    /// On lines.
    pub comments: u64,
    /// Of these, those whose severity the tool states, and those it calls critical or major.
    pub stated: u64,
    pub severe: u64,
    /// Pull requests with a severe one.
    pub with_severe: u64,
}

/// How much of a kind of GitHub facts is known of a repository.
#[derive(Debug)]
pub struct StreamCounts {
    pub repo: String,
    pub stream: String,
    pub known: u64,
    pub missing: u64,
    pub reason: Option<String>,
    /// When the repository's newest known pull request last changed.
    pub newest_at: Option<DateTime<Utc>>,
}

impl Pulls {
    pub fn answer(sql: &mut Sql) -> Result<Self, QueryError> {
        let mut ask = |query: &str| sql.run(queries::sql(query)).map(|answer| answer.rows());
        let mut pulls = Self {
            ends: ENDS.iter().map(|_| Groups::default()).collect(),
            reviews: REVIEWS.iter().map(|_| Groups::default()).collect(),
            ..Self::default()
        };
        for record in ask("pull_outcomes")? {
            let (all, open) = (record.count("pulls"), record.count("still_open"));
            pulls.pulls.add(&record, |known| *known += all);
            pulls.still_open.add(&record, |known| *known += open);
            for (end, groups) in ENDS.iter().zip(&mut pulls.ends) {
                let tally = Tally { watched: all.saturating_sub(open), events: record.count(end.id) };
                groups.add(&record, |known| *known = known.plus(tally));
            }
        }
        for record in ask("reviews")? {
            for (review, groups) in REVIEWS.iter().zip(&mut pulls.reviews) {
                let watched = record.count(&format!("known_{}", review.id));
                let tally = Tally { watched, events: record.count(review.id) };
                groups.add(&record, |known| *known = known.plus(tally));
            }
        }
        for record in ask("review_times")? {
            let Value::Float(hours) = *record.value("hours") else { continue };
            pulls.waits.add(&record, |known| known.push((hours, record.count("pulls"))));
        }
        pulls.tools = ask("ai_reviews")?.iter().map(ToolCounts::of).collect();
        pulls.streams = ask("sync_coverage")?.iter().map(StreamCounts::of).collect();
        Ok(pulls)
    }

    /// How many there are.
    pub fn all(&self) -> u64 {
        self.pulls.by_origin.values().sum()
    }
}

/// Of how many it holds, or why that is not told.
pub fn share(tally: Tally, minimum: Minimum) -> Finding {
    if tally.watched < minimum.changes {
        let reason = format!("fewer than {} pull requests", minimum.changes);
        return Finding::TooLittleData { n: tally.watched, events: tally.events, reason };
    }
    Finding::share(tally.events, tally.watched, "no pull requests")
}

/// The share on both sides, and AI less the rest.
pub fn compare(groups: &Groups<Tally>, minimum: Minimum) -> [Finding; 3] {
    let (ai, rest) = (groups.ai, groups.rest);
    let (n, events) = (ai.watched + rest.watched, ai.events + rest.events);
    let thin = |reason: String| Finding::TooLittleData { n, events, reason };
    let few: Vec<String> = [("AI", ai), ("the rest", rest)]
        .iter()
        .filter(|(_, tally)| tally.watched < minimum.changes)
        .map(|(side, tally)| format!("{side} has {} pull requests, {} are needed", tally.watched, minimum.changes))
        .collect();
    let difference = match proportions::newcombe(ai.events, ai.watched, rest.events, rest.watched) {
        _ if !few.is_empty() => thin(few.join("; ")),
        _ if events < minimum.events_in_all => {
            thin(format!("{events} events in all, {} are needed", minimum.events_in_all))
        }
        Some(interval) => {
            Finding::Estimate(Estimate::new(interval, n, events, Unit::DifferencePerThousand, "Newcombe"))
        }
        None => thin("nothing to count".to_owned()),
    };
    [share(ai, minimum), share(rest, minimum), difference]
}

/// The median wait in hours.
pub fn median(waits: &[(f64, u64)], minimum: Minimum) -> Finding {
    let n: u64 = waits.iter().map(|(_, times)| times).sum();
    let thin = |reason: String| Finding::TooLittleData { n, events: n, reason };
    match ranks::median(waits) {
        _ if n < minimum.changes => thin(format!("fewer than {} were reviewed by a person", minimum.changes)),
        Some(median) => Finding::Estimate(Estimate::new(median, n, n, Unit::Hours, "order statistics")),
        None => thin("fewer than 6 were reviewed by a person".to_owned()),
    }
}

impl ToolCounts {
    fn of(record: &Record) -> Self {
        Self {
            tool: record.text("agent").unwrap_or_default().to_owned(),
            pulls: record.count("pulls"),
            comments: record.count("comments"),
            stated: record.count("stated"),
            severe: record.count("severe"),
            with_severe: record.count("with_severe"),
        }
    }
}

impl StreamCounts {
    fn of(record: &Record) -> Self {
        Self {
            repo: record.text("repo").unwrap_or_default().to_owned(),
            stream: record.text("stream").unwrap_or_default().to_owned(),
            known: record.count("known"),
            missing: record.count("missing"),
            reason: record.text("reason").map(str::to_owned),
            newest_at: record.time("newest_at"),
        }
    }
}
