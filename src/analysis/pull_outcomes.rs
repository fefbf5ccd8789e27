//! What became of each pull request: how it was reviewed, and whether it was taken.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::facts::{
    Attribution, CommitId, Github, IssueComment, PersonKind, Pull, PullCommit, PullEvent, PullLanding, PullOutcome,
    Review, ReviewComment, SubjectKind, Text,
};

/// Lines a minute that nobody reads: ten times the pace at which reviews were found to stop finding anything (some
/// 300 to 500 lines an hour). An approval that came faster, without a word, is a rubber stamp.
const UNREAD_LINES_A_MINUTE: i64 = 50;
/// Minutes too few for the smallest pull request, and enough for the largest.
const FEWEST_MINUTES: i64 = 2;
const ENOUGH_MINUTES: i64 = 60;
/// Characters of a comment that are a courtesy: `LGTM :+1:`.
const COURTESY: i64 = 10;
/// Merges of the base branch into the head that are looked through for the commit that was approved.
const MOST_MERGES: usize = 100;

/// What each account is, and of an AI which one.
pub type Accounts = BTreeMap<Text, (PersonKind, Option<Text>)>;

/// One row per pull request, by number.
///
/// Reviews of people are those of accounts that are neither bots nor the author; an account that is gone counts as a person unless
/// the author's is gone too. Comments on lines are reviews of their time, comments on the whole are not. Only what came before
/// the end of the pull request counts.
///
/// - **Approved** at its merge: the last word of somebody was an approval that was not dismissed by then.
/// - **Rubber stamp**: people approved, none of them or of anybody else wrote more than a courtesy, and each approval came within
///   a minute for every 50 lines (2 at least, 60 at most) of when the pull request was ready, or of the last push before it. A push
///   is dated by its commits, which are older than it: so the time is never thought shorter than it was.
/// - **Stale**: every approval is of a commit that is not what was merged. Merging the base branch into the head does not count.
/// - **Rejected**: closed by a person other than the author, or by the author after somebody asked for changes and did not take
///   that back. **Abandoned**: otherwise closed, by the author or by automation.
pub fn pull_outcomes(
    github: &Github,
    attributions: &[Attribution],
    landings: &[PullLanding],
    accounts: &Accounts,
) -> Vec<PullOutcome> {
    let desk = Desk::of(github, attributions, landings, accounts);
    let mut pulls: Vec<&Pull> = github.pulls.iter().collect();
    pulls.sort_by_key(|pull| pull.pull);
    pulls.into_iter().map(|pull| desk.outcome(pull)).collect()
}

type Time = Option<DateTime<Utc>>;

struct Desk<'a> {
    accounts: &'a Accounts,
    /// The lists that are known whole.
    whole: BTreeSet<&'a str>,
    origins: BTreeMap<&'a str, &'a Attribution>,
    changes: BTreeMap<i64, &'a CommitId>,
    reviews: BTreeMap<i64, Vec<&'a Review>>,
    on_lines: BTreeMap<i64, Vec<&'a ReviewComment>>,
    comments: BTreeMap<i64, Vec<&'a IssueComment>>,
    events: BTreeMap<i64, Vec<&'a PullEvent>>,
    commits: BTreeMap<i64, Vec<&'a PullCommit>>,
}

/// Rows by pull request, oldest first.
fn by_pull<'a, T, K: Ord>(rows: &'a [T], pull: fn(&T) -> i64, order: fn(&'a T) -> K) -> BTreeMap<i64, Vec<&'a T>> {
    let mut all: BTreeMap<i64, Vec<&T>> = BTreeMap::new();
    rows.iter().for_each(|row| all.entry(pull(row)).or_default().push(row));
    for rows in all.values_mut() {
        rows.sort_by_cached_key(|row| order(row));
        rows.dedup_by(|a, b| order(a) == order(b));
    }
    all
}

/// The rows of one pull request.
fn of<'m, 'a, T>(rows: &'m BTreeMap<i64, Vec<&'a T>>, pull: &Pull) -> &'m [&'a T] {
    rows.get(&pull.pull).map_or(&[], Vec::as_slice)
}

impl<'a> Desk<'a> {
    fn of(
        github: &'a Github,
        attributions: &'a [Attribution],
        landings: &'a [PullLanding],
        accounts: &'a Accounts,
    ) -> Self {
        let of_pulls = attributions.iter().filter(|a| a.subject_kind == SubjectKind::Pull);
        let whole = github.streams.iter().filter(|stream| stream.missing == 0);
        Self {
            accounts,
            whole: whole.map(|stream| &*stream.stream).collect(),
            origins: of_pulls.map(|a| (&*a.subject_id, a)).collect(),
            changes: landings.iter().map(|landing| (landing.pull, &landing.change_id)).collect(),
            reviews: by_pull(&github.reviews, |row| row.pull, |row| (row.submitted_at, row.review_id)),
            on_lines: by_pull(&github.review_comments, |row| row.pull, |row| (row.created_at, row.comment_id)),
            comments: by_pull(&github.issue_comments, |row| row.issue, |row| (row.created_at, row.comment_id)),
            events: by_pull(
                &github.pull_events,
                |row| row.pull,
                |row| (row.at, row.event_id, &row.event, &row.actor, &row.subject, &row.commit_id),
            ),
            commits: by_pull(&github.pull_commits, |row| row.pull, |row| (row.position, &row.commit_id)),
        }
    }

    fn kind(&self, login: &str) -> PersonKind {
        let by_suffix = || if login.ends_with("[bot]") { PersonKind::Bot } else { PersonKind::Human };
        self.accounts.get(login).map_or_else(by_suffix, |(kind, _)| *kind)
    }

    fn is_other(author: &Option<Text>, pull: &Pull) -> bool {
        match (author, &pull.author) {
            (Some(one), Some(other)) => !one.eq_ignore_ascii_case(other),
            (None, None) => false,
            _ => true,
        }
    }

    /// A person other than the author.
    fn is_reader(&self, author: &Option<Text>, pull: &Pull) -> bool {
        Self::is_other(author, pull) && author.as_deref().is_none_or(|login| self.kind(login) == PersonKind::Human)
    }

    /// The AI behind an account, unless it opened the pull request.
    fn tool(&self, author: &Option<Text>, pull: &Pull) -> Option<&'a Text> {
        let (kind, tool) = self.accounts.get(author.as_ref()?)?;
        tool.as_ref().filter(|_| *kind == PersonKind::Agent && Self::is_other(author, pull))
    }

    fn outcome(&self, pull: &Pull) -> PullOutcome {
        let attribution = self.origins.get(pull.pull.to_string().as_str());
        let ended_at = pull.merged_at.or(pull.closed_at);
        let ready_at = self.ready_at(pull);
        let size = pull.additions.zip(pull.deletions).map(|(added, deleted)| added + deleted);
        let reviews = self.submitted(pull, ended_at);
        let has_reviews = self.whole.contains("reviews") || !of(&self.reviews, pull).is_empty();
        let has_comments = self.whole.contains("review_comments") || !of(&self.on_lines, pull).is_empty();
        let of_people: Vec<&Given<'_>> = reviews.iter().filter(|given| given.by_person).collect();
        let on_lines: Vec<&ReviewComment> =
            of(&self.on_lines, pull).iter().copied().filter(|row| is_before(row.created_at, ended_at)).collect();
        let lines_of_people = || on_lines.iter().filter(|row| self.is_reader(&row.author, pull));
        let lines_of_ai = || on_lines.iter().filter(|row| self.tool(&row.author, pull).is_some());
        let times = of_people.iter().map(|given| given.at);
        let first_review_at = times.chain(lines_of_people().filter_map(|row| row.created_at)).min();
        let readers: BTreeSet<&Option<Text>> = (of_people.iter().map(|given| &given.review.author))
            .chain(lines_of_people().map(|row| &row.author))
            .collect();
        let merged = Merged { desk: self, pull, reviews: &reviews, ready_at, size };
        let is_merged = pull.merged_at.is_some() && has_reviews;
        PullOutcome {
            pull: pull.pull,
            change_id: self.changes.get(&pull.pull).map(|change| (*change).clone()),
            origin: attribution.map_or(crate::facts::Origin::Unknown, |a| a.origin),
            agents: attribution.map(|a| a.agents.clone()).unwrap_or_default(),
            origin_reason: attribution.map(|a| a.reason.clone()).unwrap_or_default(),
            outcome: self.became(pull, &reviews).into(),
            is_draft: pull.is_draft,
            created_at: pull.created_at,
            ready_at,
            ended_at,
            size,
            has_reviews,
            reviewers: has_reviews.then_some(readers.len() as i64),
            first_review_at: first_review_at.filter(|_| has_reviews),
            first_review_hours: (ready_at.zip(first_review_at).filter(|_| has_reviews))
                .map(|(ready, first)| (first - ready).num_seconds().max(0) as f64 / 3_600.0),
            approved_at: of_people.iter().find(|given| given.first_said == APPROVED).map(|given| given.at),
            rounds: has_reviews.then(|| self.rounds(pull, &of_people)),
            human_comments: has_comments.then(|| lines_of_people().count() as i64),
            ai_comments: has_comments.then(|| lines_of_ai().count() as i64),
            ai_severe_comments: has_comments.then(|| lines_of_ai().filter(|row| is_severe(row)).count() as i64),
            ai_reviewers: self.ai_reviewers(pull, &reviews, &on_lines, ended_at),
            is_unreviewed: is_merged.then_some(readers.is_empty()),
            is_bot_approved: is_merged.then(|| merged.is_bot_approved()),
            is_rubber_stamp: if is_merged && has_comments { merged.is_rubber_stamp(&on_lines) } else { None },
            is_approval_stale: if is_merged { merged.is_approval_stale() } else { None },
            force_pushes: self.has_events(pull).then(|| self.force_pushes(pull).count() as i64),
        }
    }

    fn has_events(&self, pull: &Pull) -> bool {
        self.whole.contains("pull_events") || !of(&self.events, pull).is_empty()
    }

    /// When it was first open to review. Null while it is a draft, and where nobody knows whether it was one.
    fn ready_at(&self, pull: &Pull) -> Time {
        let mut turns = of(&self.events, pull).iter().filter(|e| matches!(&*e.event, READY | TO_DRAFT));
        match turns.next() {
            Some(first) if *first.event == *READY => first.at,
            Some(_) => pull.created_at,
            None if pull.is_draft || !self.has_events(pull) => None,
            None => pull.created_at,
        }
    }

    /// Reviews by others that were given before the end, with what they said at that time.
    fn submitted(&self, pull: &Pull, ended_at: Time) -> Vec<Given<'a>> {
        let dismissed: BTreeMap<i64, DateTime<Utc>> = (of(&self.events, pull).iter())
            .filter(|event| *event.event == *"review_dismissed")
            .filter_map(|event| Some((event.review_id?, event.at?)))
            .collect();
        let given = |review: &&'a Review| {
            let at = review.submitted_at.filter(|at| is_before(Some(*at), ended_at))?;
            let was = review.former_state.as_deref().unwrap_or(&review.state);
            let is_dismissed_later =
                || dismissed.get(&review.review_id).is_some_and(|at| !is_before(Some(*at), ended_at));
            let said = if is_dismissed_later() { was } else { &*review.state };
            let by_person = self.is_reader(&review.author, pull);
            let is_given = *review.state != *"PENDING" && Self::is_other(&review.author, pull);
            is_given.then_some(Given { review, at, said, first_said: was, by_person })
        };
        of(&self.reviews, pull).iter().filter_map(given).collect()
    }

    fn force_pushes(&self, pull: &Pull) -> impl Iterator<Item = &'a PullEvent> {
        of(&self.events, pull).iter().copied().filter(|event| *event.event == *"head_ref_force_pushed")
    }

    /// When commits came: as they were committed, or pushed by force.
    fn pushes(&self, pull: &Pull) -> Vec<DateTime<Utc>> {
        let forced = self.force_pushes(pull).filter_map(|event| event.at);
        let mut pushes: Vec<DateTime<Utc>> =
            of(&self.commits, pull).iter().filter_map(|commit| commit.committed_at).chain(forced).collect();
        pushes.sort_unstable();
        pushes
    }

    fn rounds(&self, pull: &Pull, of_people: &[&Given<'_>]) -> i64 {
        let pushes = self.pushes(pull);
        let is_new = |(before, after): (&&Given<'_>, &&Given<'_>)| {
            let heads = before.review.commit_id.as_ref().zip(after.review.commit_id.as_ref());
            heads.is_some_and(|(one, other)| one != other)
                || pushes.iter().any(|push| before.at < *push && *push <= after.at)
        };
        let following = of_people.iter().zip(of_people.iter().skip(1)).filter(|pair| is_new(*pair)).count();
        (following + of_people.len().min(1)) as i64
    }

    fn ai_reviewers(
        &self,
        pull: &Pull,
        reviews: &[Given<'_>],
        on_lines: &[&ReviewComment],
        ended_at: Time,
    ) -> Vec<Text> {
        let own = self.origins.get(pull.pull.to_string().as_str()).map_or(&[][..], |a| a.agents.as_slice());
        let by_review = reviews.iter().filter_map(|given| self.tool(&given.review.author, pull));
        let on_lines = on_lines.iter().filter_map(|row| self.tool(&row.author, pull));
        // Some tools write their review below the pull request; so do agents that work on it.
        let comments = of(&self.comments, pull).iter().filter(|row| is_before(row.created_at, ended_at));
        let below = comments.filter_map(|row| self.tool(&row.author, pull)).filter(|tool| !own.contains(tool));
        by_review.chain(on_lines).chain(below).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn became(&self, pull: &Pull, reviews: &[Given<'_>]) -> &'static str {
        if pull.merged_at.is_some() {
            return "merged";
        }
        if *pull.state == *"open" {
            return "open";
        }
        let closing = of(&self.events, pull).iter().rfind(|event| *event.event == *"closed");
        let by_other_person = closing.is_some_and(|event| event.actor.is_some() && self.is_reader(&event.actor, pull));
        let by_other = closing.is_some_and(|event| event.actor.is_some() && Self::is_other(&event.actor, pull));
        let wants_changes = last_words(reviews).any(|given| given.by_person && given.said == CHANGES_REQUESTED);
        if by_other_person || (wants_changes && !by_other) { "rejected" } else { "abandoned" }
    }
}

const APPROVED: &str = "APPROVED";
const CHANGES_REQUESTED: &str = "CHANGES_REQUESTED";
const READY: &str = "ready_for_review";
const TO_DRAFT: &str = "convert_to_draft";

/// A review by somebody other than the author.
struct Given<'a> {
    review: &'a Review,
    at: DateTime<Utc>,
    /// Its state at the end of the pull request.
    said: &'a str,
    /// Before it was dismissed, if it was.
    first_said: &'a str,
    by_person: bool,
}

/// The last review of each account that approved, asked for changes, or was dismissed.
fn last_words<'g, 'a>(reviews: &'g [Given<'a>]) -> impl Iterator<Item = &'g Given<'a>> {
    let mut last: BTreeMap<&Option<Text>, &Given<'a>> = BTreeMap::new();
    let decisive = reviews.iter().filter(|given| matches!(given.said, APPROVED | CHANGES_REQUESTED | "DISMISSED"));
    decisive.for_each(|given| {
        last.insert(&given.review.author, given);
    });
    last.into_values()
}

/// A merged pull request and the reviews before its merge.
struct Merged<'m, 'a> {
    desk: &'m Desk<'a>,
    pull: &'m Pull,
    reviews: &'m [Given<'a>],
    ready_at: Time,
    size: Option<i64>,
}

impl<'m, 'a> Merged<'m, 'a> {
    fn approvals(&self) -> impl Iterator<Item = &'m Given<'a>> {
        last_words(self.reviews).filter(|given| given.said == APPROVED)
    }

    fn is_bot_approved(&self) -> bool {
        self.approvals().next().is_some() && self.approvals().all(|given| !given.by_person)
    }

    /// Null where the size or the time to read is not known.
    fn is_rubber_stamp(&self, on_lines: &[&ReviewComment]) -> Option<bool> {
        let approvals: Vec<&Given<'_>> = self.approvals().filter(|given| given.by_person).collect();
        if approvals.is_empty() || self.is_discussed(on_lines) {
            return Some(false);
        }
        let enough = (self.size? / UNREAD_LINES_A_MINUTE).clamp(FEWEST_MINUTES, ENOUGH_MINUTES);
        let pushes = self.desk.pushes(self.pull);
        let mut is_quick = true;
        for approval in approvals {
            let opened = self.ready_at.filter(|ready| *ready <= approval.at).or(self.pull.created_at)?;
            let pushed = pushes.iter().rfind(|push| **push <= approval.at).copied();
            let taken = approval.at - opened.max(pushed.unwrap_or(opened));
            is_quick &= taken <= TimeDelta::minutes(enough);
        }
        Some(is_quick)
    }

    /// Some person other than the author wrote something about it.
    fn is_discussed(&self, on_lines: &[&ReviewComment]) -> bool {
        let (desk, pull) = (self.desk, self.pull);
        let in_reviews = self.reviews.iter().any(|given| given.by_person && !is_courtesy(&given.review.body));
        let below = of(&desk.comments, pull).iter().filter(|row| is_before(row.created_at, pull.merged_at));
        in_reviews
            || on_lines.iter().any(|row| desk.is_reader(&row.author, pull))
            || below.into_iter().any(|row| row.length > COURTESY && desk.is_reader(&row.author, pull))
    }

    /// False without approvals by people; null where it is not known what they approved.
    fn is_approval_stale(&self) -> Option<bool> {
        let merged = self.heads();
        let approved: Vec<Option<&str>> =
            (self.approvals().filter(|given| given.by_person)).map(|given| given.review.commit_id.as_deref()).collect();
        let is_fresh = approved.iter().flatten().any(|commit| merged.contains(commit));
        match approved.as_slice() {
            [] => Some(false),
            _ if is_fresh => Some(false),
            _ if merged.is_empty() || approved.contains(&None) => None,
            _ => Some(true),
        }
    }

    /// The head that was merged, and where it only merges something else in, what it was before.
    fn heads(&self) -> Vec<&'m str> {
        let commits: BTreeMap<&str, &PullCommit> =
            of(&self.desk.commits, self.pull).iter().map(|commit| (&*commit.commit_id, *commit)).collect();
        let before = |id: &&'m str| -> Option<&'m str> {
            let merge = commits.get(id).filter(|commit| commit.parents.len() > 1)?;
            let before: &PullCommit = commits.get(&**merge.parents.first()?)?;
            of(&self.desk.commits, self.pull).iter().find(|c| c.commit_id == before.commit_id).map(|c| &*c.commit_id)
        };
        let head = Some(&*self.pull.head_commit).filter(|head| !head.is_empty());
        std::iter::successors(head, before).take(MOST_MERGES).collect()
    }
}

fn is_before(at: Time, end: Time) -> bool {
    end.is_none_or(|end| at.is_some_and(|at| at <= end))
}

fn is_severe(comment: &ReviewComment) -> bool {
    matches!(comment.severity.as_deref(), Some("critical" | "major" | "high" | "blocker"))
}

/// Nothing but a word of approval or thanks.
fn is_courtesy(body: &str) -> bool {
    let lower = body.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let known = "lgtm sgtm r looks look good great nice fine to me thanks thank you ty ship it shipit approve approved 1 tada \
        rocket heart thumbsup ok okay perfect awesome cool done work";
    words.into_iter().all(|word| known.split(' ').any(|courtesy| courtesy == word))
}

#[cfg(test)]
mod tests;
