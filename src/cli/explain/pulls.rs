//! The story of a pull request, as GitHub's facts have it.

use std::fmt::Write as _;

use anyhow::Result;

use super::{Story, day, tell_evidence};
use crate::facts::store::Lake;
use crate::facts::{Evidence, Pull, PullLanding, PullOutcome};
use crate::report::{publishable, words};

impl Story {
    /// What GitHub knows of a pull request, whatever became of it; nothing where it is not known.
    pub(super) fn tell_pull(&self, lake: &Lake, number: i64, out: &mut String) -> Result<()> {
        let pulls: Vec<Pull> = lake.read(&self.repo)?;
        let Some(pull) = pulls.iter().find(|pull| pull.pull == number) else { return Ok(()) };
        let outcomes: Vec<PullOutcome> = lake.read(&self.repo)?;
        let landings: Vec<PullLanding> = lake.read(&self.repo)?;
        writeln!(out, "pull request #{number}  ({})", self.repo)?;
        writeln!(out, "  {}", publishable(&pull.title))?;
        let Some(outcome) = outcomes.iter().find(|outcome| outcome.pull == number) else {
            return Ok(writeln!(out)?);
        };
        let ended = outcome.ended_at.map_or(String::new(), |at| format!(" on {}", words::day(at)));
        let draft = if outcome.is_draft { ", a draft" } else { "" };
        writeln!(out, "  opened on {}{draft}, {}{ended}", day(outcome.created_at), outcome.outcome)?;
        if let Some(size) = outcome.size {
            writeln!(out, "  {} added and deleted", words::counted(size.unsigned_abs(), "line"))?;
        }
        if let Some(landing) = landings.iter().find(|landing| landing.pull == number) {
            let (change, method, by) = (landing.change_id.short(), landing.method, landing.known_by.replace('_', " "));
            writeln!(out, "  landed as {change} by {method}, known by its {by}")?;
        }
        writeln!(out, "\nWho wrote it")?;
        let tools = if outcome.agents.is_empty() { String::new() } else { format!(" [{}]", outcome.agents.join(", ")) };
        writeln!(out, "  pull request: {}{tools}: {}", outcome.origin, publishable(&outcome.origin_reason))?;
        let own = |evidence: &&Evidence| evidence.pull == Some(number) && evidence.commit_id.is_none();
        for evidence in self.evidence.iter().filter(own) {
            tell_evidence(evidence, out)?;
        }
        writeln!(out, "\nHow it was reviewed")?;
        tell_reviews(outcome, out)?;
        Ok(writeln!(out)?)
    }
}

fn tell_reviews(outcome: &PullOutcome, out: &mut String) -> Result<()> {
    if !outcome.has_reviews {
        return Ok(writeln!(out, "  its reviews could not be read")?);
    }
    let count = |number: Option<i64>| number.unwrap_or_default().unsigned_abs();
    let waited =
        outcome.first_review_hours.map_or(String::new(), |hours| format!(", the first after {hours:.1} hours"));
    writeln!(out, "  {} reviewed it{waited}", words::counted(count(outcome.reviewers), "person"))?;
    let (rounds, remarks) = (count(outcome.rounds), count(outcome.human_comments));
    writeln!(
        out,
        "  {} of review, {} on lines by persons",
        words::counted(rounds, "round"),
        words::counted(remarks, "comment")
    )?;
    if !outcome.ai_reviewers.is_empty() {
        let remarks = words::counted(count(outcome.ai_comments), "comment");
        let severe = count(outcome.ai_severe_comments);
        writeln!(out, "  {} left {remarks} on lines, {severe} of them severe", outcome.ai_reviewers.join(", "))?;
    }
    let signs = [
        (outcome.is_unreviewed, "merged without a person's review"),
        (outcome.is_bot_approved, "approved by bots only"),
        (outcome.is_rubber_stamp, "approved without a word in too little time to read it"),
        (outcome.is_approval_stale, "approved at another head than was merged"),
    ];
    for (_, sign) in signs.iter().filter(|(holds, _)| *holds == Some(true)) {
        writeln!(out, "  {sign}")?;
    }
    match count(outcome.force_pushes) {
        0 => Ok(()),
        pushes => Ok(writeln!(out, "  pushed anew by force {}", words::counted(pushes, "time"))?),
    }
}
