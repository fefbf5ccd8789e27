//! GitHub's answers → rows. Made anew from all answers each time: no row depends on the order in which they came, but
//! for the last word about a thing that was told twice.

mod delivery;
mod issues;
mod pulls;
mod reviews;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::Value;

use super::answers::Answers;
use super::streams::{FEEDS, OF_PULL, path};
use super::wire::items;
use crate::facts::{Github, Pull, Skipped, SyncStream, Text};

/// Rows about single things that may be left in `skipped` for one kind; the rest is counted.
const MOST_SKIPPED: usize = 200;

/// What the answers amount to.
#[derive(Default)]
pub(super) struct Extracted {
    pub(super) github: Github,
    /// Issues that a label makes incidents, as GitHub tells them.
    pub(super) incidents: Vec<Value>,
    pub(super) skipped: Vec<Skipped>,
}

/// Reads what is known of `repo` (as GitHub calls it). `is_incident` says which issues are kept as they are.
pub(super) fn extract(
    answers: &Answers,
    repo: &str,
    unread: usize,
    is_incident: &dyn Fn(&Value) -> bool,
) -> io::Result<Extracted> {
    let mut reader = Reader { answers, repo, skipped: Vec::new(), left_out: BTreeMap::new() };
    let mut github = Github { pulls: pulls::pulls(&mut reader)?, ..Github::default() };
    let numbers: Vec<i64> = github.pulls.iter().map(|pull| pull.pull).collect();
    github.pull_commits = pulls::commits(&mut reader, &numbers)?;
    github.pull_events = pulls::events(&mut reader, &numbers)?;
    github.reviews = reviews::reviews(&mut reader, &numbers)?;
    reviews::remember_former_states(&mut github.reviews, &github.pull_events);
    github.review_comments = reviews::comments(&mut reader, &numbers)?;
    let (issues, incidents) = issues::issues(&mut reader, is_incident)?;
    github.issues = issues;
    github.issue_comments = issues::comments(&mut reader, &numbers)?;
    github.releases = delivery::releases(&mut reader)?;
    github.deployments = delivery::deployments(&mut reader)?;
    let heads: BTreeSet<Text> = github.pulls.iter().map(|pull| pull.head_commit.clone()).collect();
    github.checks = delivery::checks(&mut reader, &heads)?;
    github.streams = streams(answers, &github, unread);
    Ok(Extracted { github, incidents, skipped: reader.finish() })
}

/// Reads pages, and counts what is in them and cannot be understood.
struct Reader<'a> {
    answers: &'a Answers,
    repo: &'a str,
    skipped: Vec<Skipped>,
    left_out: BTreeMap<&'static str, usize>,
}

impl Reader<'_> {
    /// The pages of a list that begins at `first`.
    fn chain(&self, first: &str) -> io::Result<Vec<Value>> {
        self.answers.chain(first).into_iter().map(|page| self.answers.body(page)).collect()
    }

    /// Each thing of a list over the whole repository; before them those of the lists of single pull requests, with the
    /// number of each, which were read where the other was not to be had. Of a thing told twice the last word is last.
    fn everywhere(
        &mut self,
        stream: &'static str,
        pulls: &[i64],
        mut each: impl FnMut(&mut Self, Option<i64>, &Value),
    ) -> io::Result<()> {
        let answers = self.answers;
        let instead = FEEDS.iter().find(|feed| feed.stream == stream).and_then(|feed| feed.instead);
        for (pull, list) in pulls.iter().filter_map(|pull| Some((*pull, instead?))) {
            for page in self.chain(&path(self.repo, list, pull))? {
                items(&page, "").for_each(|thing| each(self, Some(pull), thing));
            }
        }
        for page in answers.listed(stream) {
            items(&page?, "").for_each(|thing| each(self, None, thing));
        }
        Ok(())
    }

    /// A thing that lacks what makes it one.
    fn leave_out(&mut self, stream: &'static str, thing: &Value, reason: &str) {
        let count = self.left_out.entry(stream).or_default();
        *count += 1;
        if *count <= MOST_SKIPPED {
            let said: String = thing.to_string().chars().take(60).collect();
            let what = format!("github {stream}").into();
            self.skipped.push(Skipped { what, place: format!("{}: {said}", self.repo).into(), reason: reason.into() });
        }
    }

    fn finish(mut self) -> Vec<Skipped> {
        for (stream, count) in std::mem::take(&mut self.left_out) {
            if let Some(more) = count.checked_sub(MOST_SKIPPED).filter(|more| *more > 0) {
                let what = format!("github {stream}").into();
                let reason = format!("{more} further ones are not understood").into();
                self.skipped.push(Skipped { what, place: self.repo.into(), reason });
            }
        }
        let mut by_reason: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
        for (stream, path, reason) in self.answers.problems() {
            by_reason.entry((stream.to_owned(), reason.to_owned())).or_default().push(path);
        }
        for ((stream, reason), paths) in by_reason {
            let others = if paths.len() > 1 { format!(" and {} others", paths.len() - 1) } else { String::new() };
            let place = format!("{}{others}", paths[0]).into();
            self.skipped.push(Skipped { what: format!("github {stream}").into(), place, reason: reason.into() });
        }
        self.skipped
    }
}

/// Pull requests of which GitHub does not list all commits.
fn cut_short(github: &Github) -> usize {
    const MOST: i64 = 250;
    let mut listed: BTreeMap<i64, i64> = BTreeMap::new();
    github.pull_commits.iter().for_each(|commit| *listed.entry(commit.pull).or_default() += 1);
    let is_cut = |pull: &&Pull| {
        let known = listed.get(&pull.pull).copied().unwrap_or_default();
        known >= MOST && pull.commits.is_some_and(|all| all > known)
    };
    github.pulls.iter().filter(is_cut).count()
}

/// How much of each kind is known. `unread` pull requests are newer than what is known about them.
fn streams(answers: &Answers, github: &Github, unread: usize) -> Vec<SyncStream> {
    let tables: [(&str, &[&str], usize); 10] = [
        ("pulls", &["pulls", "pull"], github.pulls.len()),
        ("pull_commits", &["pull_commits"], github.pull_commits.len()),
        ("pull_events", &["pull_events"], github.pull_events.len()),
        ("reviews", &["reviews"], github.reviews.len()),
        ("review_comments", &["review_comments"], github.review_comments.len()),
        ("issue_comments", &["issue_comments"], github.issue_comments.len()),
        ("issues", &["issues"], github.issues.len()),
        ("checks", &["check_runs", "statuses"], github.checks.len()),
        ("deployments", &["deployments", "deployment_statuses"], github.deployments.len()),
        ("releases", &["releases"], github.releases.len()),
    ];
    let row = |(table, streams, rows): (&str, &[&str], usize)| {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        answers
            .problems()
            .filter(|(stream, _, _)| streams.contains(stream))
            .for_each(|(_, _, reason)| *reasons.entry(reason).or_default() += 1);
        // A list in order of change that nobody began to read, or was cut short.
        let is_cut = FEEDS.iter().filter(|feed| streams.contains(&feed.stream) && reasons.is_empty()).any(|feed| {
            // One that was read pull request by pull request has nowhere to stand.
            let unbegun = feed.instead.is_none() || unread > 0;
            answers.listing(feed.stream).map_or(unbegun, |listing| listing.next.is_some())
        });
        let of_pulls = OF_PULL.iter().any(|list| streams.contains(&list.stream)) || table == "checks";
        let later = usize::from(is_cut) + if of_pulls { unread } else { 0 };
        if later > 0 {
            *reasons.entry("not read yet").or_default() += later;
        }
        if table == "pull_commits" {
            let cut = cut_short(github);
            if cut > 0 {
                *reasons.entry("GitHub lists no more than 250 commits; refs/pull/*/head has them all").or_default() +=
                    cut;
            }
        }
        let first = reasons.iter().max_by_key(|(reason, count)| (**count, std::cmp::Reverse(**reason)));
        SyncStream {
            stream: table.into(),
            known: rows as i64,
            missing: reasons.values().sum::<usize>() as i64,
            reason: first.map(|(reason, _)| (*reason).into()),
        }
    };
    tables.into_iter().map(row).collect()
}
