//! Asks for everything about one repository that is not known yet, and keeps each answer before the next question.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{join, join_all};
use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::answers::{Answers, Head, Listing, MOST_PAGES};
use super::client::{Answer, Client, GithubError, Page, Trouble};
use super::graphql;
use super::streams::{DEPLOYMENT_STATUSES, FEEDS, Feed, OF_HEAD, OF_PULL, PULLS, WHOLE, path};
use super::wire::{is_open, items, key, time};
use crate::progress;

/// Changes of the last minutes before what is known are read again: GitHub's clocks are several.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);

/// What is read, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Requests at a time.
    pub concurrency: usize,
    /// Pull requests merged this many days ago or less are looked at again: checks and some edits leave no trace in
    /// the time of their last change.
    pub recheck_days: i64,
    /// Kinds of facts that are left out.
    pub without: BTreeSet<String>,
    /// Ask about many pull requests at once, where GitHub can be asked so.
    pub graphql: bool,
}

/// One repository on its way in.
pub(super) struct Fetch<'a> {
    client: &'a Client,
    /// `OWNER/NAME` as GitHub has it now.
    pub(super) repo: String,
    options: &'a Options,
    answers: RefCell<&'a mut Answers>,
    /// Lists that were told at once by this run, and need not be asked for.
    told: RefCell<BTreeSet<String>>,
    /// The pull requests, once their list was read.
    briefs: OnceCell<Vec<Brief>>,
}

/// What became of reading a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Whole,
    /// It is not there, or not for us.
    Missing,
    /// It may be had another time.
    Failed,
}

/// A pull request as the list tells it: enough to know whether there is something new about it.
struct Brief {
    number: i64,
    updated_at: String,
    is_recent: bool,
    head: Option<String>,
}

impl<'a> Fetch<'a> {
    /// Finds out what the repository is called and whether it is the one that is known.
    pub(super) async fn open(
        client: &'a Client,
        repo: &str,
        options: &'a Options,
        answers: &'a mut Answers,
    ) -> Result<Self, Trouble> {
        let page = match client.get(&format!("/repos/{repo}"), None).await? {
            Answer::Page(page) => page,
            Answer::Missing(reason) => {
                return Err(GithubError::NoSuchRepository { repo: repo.to_owned(), reason }.into());
            }
            Answer::Unchanged => return Err(GithubError::Answer("nothing new about nothing known".to_owned()).into()),
        };
        let told: Value = serde_json::from_slice(&page.body).unwrap_or_default();
        let id = told["id"].as_i64();
        if let (Some(known), Some(id)) = (answers.identity(), id)
            && known != id
        {
            progress::warn(&format!("{repo} is another repository than before: it is read anew"));
            answers.clear().map_err(|source| kept_in(repo, source))?;
        }
        let name =
            told["full_name"].as_str().filter(|name| !name.eq_ignore_ascii_case(repo)).unwrap_or(repo).to_owned();
        let (answers, told, briefs) = (RefCell::new(answers), RefCell::default(), OnceCell::new());
        let fetch = Self { client, repo: name, options, answers, told, briefs };
        if let Some(id) = id.filter(|id| fetch.answers.borrow().identity() != Some(*id)) {
            fetch.put(Head::Identity { id }, b"")?;
        }
        Ok(fetch)
    }

    /// Everything, most of it at once. What a limit or budget leaves out is for the next run.
    pub(super) async fn everything(&self) -> Result<(), Trouble> {
        let feeds = join_all(self.wanted(&FEEDS, |feed| feed.stream).map(|feed| self.feed(feed)));
        let whole = join_all(
            self.wanted(&WHOLE, |(stream, _)| stream)
                .map(|(stream, list)| self.chain(stream, path(&self.repo, list, ""))),
        );
        let (feeds, whole) = join(feeds, whole).await;
        feeds.into_iter().chain(whole.into_iter().map(|read| read.map(|_| ()))).collect::<Result<Vec<()>, _>>()?;
        self.deployments().await?;
        self.pulls().await?;
        self.answers.borrow().sync().map_err(|source| self.kept(source))
    }

    fn wanted<'t, T>(&self, all: &'t [T], stream: impl Fn(&T) -> &'static str) -> impl Iterator<Item = &'t T> {
        all.iter().filter(move |one| !self.options.without.contains(stream(one)))
    }

    fn put(&self, head: Head, body: &[u8]) -> Result<(), Trouble> {
        self.answers.borrow_mut().put(head, body).map_err(|source| self.kept(source))
    }

    fn kept(&self, source: std::io::Error) -> Trouble {
        kept_in(&self.repo, source)
    }

    fn problem(&self, stream: &str, path: &str, reason: String) -> Result<(), Trouble> {
        self.put(Head::Problem { stream: stream.to_owned(), path: path.to_owned(), reason }, b"")
    }

    /// A question about one page, on condition that it changed if `etag` is of a known one; its failure is a problem of
    /// that page, and no answer.
    async fn page(&self, stream: &str, path: &str, etag: Option<String>) -> Result<Option<Answer>, Trouble> {
        match self.client.get(path, etag.as_deref()).await {
            Ok(Answer::Page(page)) if serde_json::from_slice::<serde::de::IgnoredAny>(&page.body).is_err() => {
                self.problem(stream, path, "the answer is no JSON".to_owned())?;
                Ok(None)
            }
            Ok(Answer::Missing(reason)) => {
                self.problem(stream, path, reason.clone())?;
                Ok(Some(Answer::Missing(reason)))
            }
            Ok(answer) => Ok(Some(answer)),
            Err(Trouble::Failed(reason)) => {
                self.problem(stream, path, reason)?;
                Ok(None)
            }
            Err(trouble) => Err(trouble),
        }
    }

    fn keep(&self, stream: &str, path: &str, page: Page, listing: Option<Listing>) -> Result<(), Trouble> {
        let (etag, next) = (page.etag, page.next);
        let head =
            Head::Page { stream: stream.to_owned(), path: path.to_owned(), etag, next, at: self.client.now(), listing };
        self.put(head, &page.body)
    }

    fn tag(&self, path: &str) -> Option<String> {
        self.answers.borrow().page(path).and_then(|known| known.etag.clone())
    }

    /// A list from its beginning, page by page.
    async fn chain(&self, stream: &str, first: String) -> Result<Reading, Trouble> {
        let mut next = Some(first);
        let mut seen = BTreeSet::new();
        while let Some(path) = next.filter(|path| seen.len() < MOST_PAGES && seen.insert(path.clone())) {
            next = match self.page(stream, &path, self.tag(&path)).await? {
                Some(Answer::Page(page)) => {
                    let next = page.next.clone();
                    self.keep(stream, &path, page, None)?;
                    next
                }
                Some(Answer::Unchanged) => self.answers.borrow().page(&path).and_then(|known| known.next.clone()),
                Some(Answer::Missing(_)) => return Ok(Reading::Missing),
                None => return Ok(Reading::Failed),
            };
        }
        Ok(Reading::Whole)
    }

    /// A list in order of change, down to what is known. A reading that was cut short goes on where it was, and then once
    /// more from the top, since things moved up meanwhile.
    async fn feed(&self, feed: &Feed) -> Result<(), Trouble> {
        let mut known = self.answers.borrow().listing(feed.stream).cloned();
        if let Some(cut) = known.take_if(|known| known.next.is_some()) {
            let newest = cut.newest;
            let floor = cut.floor;
            known = match self.read_down(feed, cut, None).await? {
                Reading::Whole => Some(Listing { next: None, floor, newest }),
                // The place to go on from is no more: from the top, down to what was known before.
                Reading::Missing => {
                    floor.map(|floor| Listing { next: None, floor: None, newest: Some(floor + OVERLAP) })
                }
                Reading::Failed => return Ok(()),
            };
        }
        let newest = known.and_then(|known| known.newest);
        let floor = newest.map(|newest| newest - OVERLAP);
        let first = feed.first(&self.repo, floor);
        let etag = floor.and_then(|_| self.tag(&first));
        self.read_down(feed, Listing { next: Some(first), floor, newest }, etag).await.map(|_| ())
    }

    /// Reads on from where a list stands; `etag` is that of its first page, where the list was once read to its end.
    async fn read_down(&self, feed: &Feed, mut stands: Listing, mut etag: Option<String>) -> Result<Reading, Trouble> {
        let mut seen = BTreeSet::new();
        while let Some(path) = stands.next.take().filter(|path| seen.len() < MOST_PAGES && seen.insert(path.clone())) {
            let page = match self.page(feed.stream, &path, etag.take()).await? {
                Some(Answer::Page(page)) => page,
                Some(Answer::Unchanged) => return Ok(Reading::Whole),
                Some(Answer::Missing(_)) => return Ok(Reading::Missing),
                None => return Ok(Reading::Failed),
            };
            let told: Value = serde_json::from_slice(&page.body).unwrap_or_default();
            let changes: Vec<DateTime<Utc>> = items(&told, "").filter_map(|item| time(&item["updated_at"])).collect();
            stands.newest = stands.newest.max(changes.iter().max().copied());
            let is_known = stands.floor.is_some_and(|floor| changes.iter().any(|change| *change < floor));
            stands.next = page.next.clone().filter(|_| !is_known);
            self.keep(feed.stream, &path, page, Some(stands.clone()))?;
        }
        Ok(Reading::Whole)
    }

    /// Pull requests with something new about them: newer than when they were last read, or open or merged lately.
    async fn pulls(&self) -> Result<(), Trouble> {
        let instead: Vec<&Feed> =
            FEEDS.iter().filter(|feed| feed.instead.is_some() && self.is_lacking(feed.stream)).collect();
        let briefs = self.briefs()?;
        let wanted: Vec<&Brief> = briefs.iter().filter(|brief| self.is_wanted(brief)).collect();
        let step = progress::step(&format!("{}: pull requests", self.repo), Some(wanted.len() as u64));
        let mut rest = wanted.as_slice();
        let mut at_once = if self.options.graphql { graphql::MOST } else { rest.len() };
        while !rest.is_empty() {
            let (lot, later) = rest.split_at(at_once.min(rest.len()));
            if self.options.graphql {
                match self.at_once(lot).await? {
                    Reading::Whole => at_once = (at_once + 1).min(graphql::MOST),
                    Reading::Failed if lot.len() > 1 => {
                        at_once = lot.len() / 2;
                        continue;
                    }
                    // One by one, by REST.
                    Reading::Failed | Reading::Missing => {}
                }
            }
            let tasks = stream::iter(lot.iter().map(|brief| self.pull(brief, &instead)));
            let mut tasks = tasks.buffer_unordered(self.options.concurrency.max(1));
            while let Some(read) = tasks.next().await {
                read?;
                step.advance(1);
            }
            rest = later;
        }
        // What is left of a list over the whole repository was read pull request by pull request.
        instead.iter().try_for_each(|feed| self.solved(feed.stream, feed.first(&self.repo, None)))
    }

    /// Asks about several pull requests with one question, and keeps what is told as if each list had been asked for.
    async fn at_once(&self, lot: &[&Brief]) -> Result<Reading, Trouble> {
        let numbers: Vec<i64> = lot.iter().map(|brief| brief.number).collect();
        let answer = match self.client.graphql(&graphql::question(&self.repo, &numbers)).await {
            Ok(Some(answer)) => answer,
            Ok(None) => return Ok(Reading::Missing),
            Err(Trouble::Failed(_)) => return Ok(Reading::Failed),
            Err(trouble) => return Err(trouble),
        };
        for number in numbers {
            let Some(told) = graphql::told(&answer, number) else { continue };
            let lists = [Some(told.detail), told.commits, told.reviews, told.events];
            for (list, body) in
                OF_PULL.iter().zip(lists).filter(|(list, _)| !self.options.without.contains(list.stream))
            {
                let Some(body) = body.map(|body| body.to_string().into_bytes()) else { continue };
                let path = list.first(&self.repo, number);
                self.keep(list.stream, &path, Page { body, etag: None, next: None, last: None }, None)?;
                self.told.borrow_mut().insert(path);
            }
        }
        Ok(Reading::Whole)
    }

    fn solved(&self, stream: &str, path: String) -> Result<(), Trouble> {
        self.put(Head::Solved { stream: stream.to_owned(), path }, b"")
    }

    /// Pull requests that changed since everything about them was asked for.
    pub(super) fn unread(&self) -> Result<usize, Trouble> {
        let answers = self.answers.borrow();
        let is_unread = |brief: &&Brief| {
            answers.version(&subject(brief.number)).is_none_or(|known| known != brief.updated_at && known != TRIED)
        };
        Ok(self.briefs()?.iter().filter(is_unread).count())
    }

    /// Whether a list over the whole repository is not to be had.
    fn is_lacking(&self, stream: &str) -> bool {
        let answers = self.answers.borrow();
        answers.listing(stream).is_none() && answers.problems().any(|(of, _, _)| of == stream)
    }

    /// Read from the answers when it is first asked for, which is after the list was read, or cut short.
    fn briefs(&self) -> Result<&[Brief], Trouble> {
        if self.briefs.get().is_none() {
            let _ = self.briefs.set(self.read_briefs()?);
        }
        Ok(self.briefs.get().map_or(&[], Vec::as_slice))
    }

    fn read_briefs(&self) -> Result<Vec<Brief>, Trouble> {
        let since = self.client.now() - TimeDelta::days(self.options.recheck_days);
        let mut briefs = BTreeMap::new();
        for page in self.answers.borrow().listed(PULLS) {
            let page = page.map_err(|source| self.kept(source))?;
            for pull in items(&page, "") {
                let Some(number) = pull["number"].as_i64() else { continue };
                let brief = Brief {
                    number,
                    updated_at: pull["updated_at"].as_str().unwrap_or_default().to_owned(),
                    is_recent: is_open(pull) || time(&pull["merged_at"]).is_some_and(|merged| merged > since),
                    head: (is_open(pull) || pull["merged_at"].is_string())
                        .then(|| pull["head"]["sha"].as_str().map(str::to_owned))
                        .flatten()
                        .filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()) && !id.is_empty()),
                };
                briefs.insert(number, brief);
            }
        }
        // The newest first: a run that is cut short knows most about what people ask for.
        Ok(briefs.into_values().rev().collect())
    }

    fn is_wanted(&self, brief: &Brief) -> bool {
        brief.is_recent || self.answers.borrow().version(&subject(brief.number)) != Some(&brief.updated_at)
    }

    async fn pull(&self, brief: &Brief, instead: &[&Feed]) -> Result<(), Trouble> {
        let mut readings = Vec::new();
        for list in self.wanted(&OF_PULL, |list| list.stream) {
            let first = list.first(&self.repo, brief.number);
            if self.told.borrow_mut().remove(&first) {
                continue;
            }
            let read = self.chain(list.stream, first.clone()).await?;
            readings.push(match list.instead {
                Some(other) if read == Reading::Missing => {
                    let read = self.chain(list.stream, path(&self.repo, other, brief.number)).await?;
                    if read == Reading::Whole {
                        self.solved(list.stream, first)?;
                    }
                    read
                }
                _ => read,
            });
        }
        for feed in instead.iter().filter(|feed| !self.options.without.contains(feed.stream)) {
            let other = feed.instead.unwrap_or_default();
            readings.push(self.chain(feed.stream, path(&self.repo, other, brief.number)).await?);
        }
        if let Some(head) = brief.head.as_ref().filter(|_| !self.options.without.contains("checks")) {
            for (stream, list) in OF_HEAD {
                readings.push(self.chain(stream, path(&self.repo, list, head)).await?);
            }
        }
        // What failed is tried again by the next run; what is missing stays so until the pull request changes.
        let has_failed = readings.contains(&Reading::Failed);
        let version = if has_failed { TRIED.to_owned() } else { brief.updated_at.clone() };
        self.put(Head::Read { subject: subject(brief.number), version }, b"")
    }

    /// The statuses of deployments that are not known to have come to an end.
    async fn deployments(&self) -> Result<(), Trouble> {
        if self.options.without.contains("deployments") {
            return Ok(());
        }
        let (stream, list) = DEPLOYMENT_STATUSES;
        let mut wanted = Vec::new();
        for (id, updated) in self.known_deployments()? {
            if self.answers.borrow().version(&format!("deployment {id}")) != Some(&updated) {
                wanted.push((id, updated));
            }
        }
        let read = async |(id, updated): (i64, String)| -> Result<(), Trouble> {
            if self.chain(stream, path(&self.repo, list, id)).await? != Reading::Failed {
                self.put(Head::Read { subject: format!("deployment {id}"), version: updated }, b"")?;
            }
            Ok(())
        };
        let mut tasks = stream::iter(wanted.into_iter().map(read)).buffer_unordered(self.options.concurrency.max(1));
        while let Some(read) = tasks.next().await {
            read?;
        }
        Ok(())
    }

    fn known_deployments(&self) -> Result<Vec<(i64, String)>, Trouble> {
        let answers = self.answers.borrow();
        let mut known = Vec::new();
        for page in answers.chain(&path(&self.repo, WHOLE[1].1, "")) {
            let page = answers.body(page).map_err(|source| self.kept(source))?;
            known.extend(items(&page, "").filter_map(|one| Some((key(one)?, one["updated_at"].to_string()))));
        }
        Ok(known)
    }
}

/// The version of a pull request of which some list failed: the problem says which.
const TRIED: &str = "tried";

fn subject(pull: i64) -> String {
    format!("pull {pull}")
}

fn kept_in(repo: &str, source: std::io::Error) -> Trouble {
    Trouble::Fatal(GithubError::Keep { path: repo.into(), source })
}
