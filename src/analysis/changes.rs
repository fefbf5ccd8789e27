//! The analysis table: every change with who wrote it, how long it was watched, and what became of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::covariates::{Covariates, task};
use super::validation;
use crate::facts::{
    Attribution, Change, ChangeKind, Commit, CommitId, FileClass, Fix, History, Incident, Link, LinkKind, Origin,
    PullLanding, PullMethod, SubjectKind, Text,
};

/// What the changes of one repository are made from.
pub struct Ingredients<'a> {
    pub history: &'a History,
    /// What became of merged pull requests; of rebased ones `history` has the commits as one change.
    pub landings: &'a [PullLanding],
    pub attributions: &'a [Attribution],
    pub links: &'a [Link],
    pub fixes: &'a [Fix],
    /// Changes that fix a bug.
    pub fixing: &'a BTreeMap<CommitId, f64>,
    pub incidents: &'a [Incident],
    /// Nothing is seen after this moment; commits dated later do not stretch the watch.
    pub now: DateTime<Utc>,
}

/// One row per change, oldest first: each mainline commit, but for a rebased pull request the last of its commits.
///
/// A change counts as reverted when its landing commit is, or when every commit it brought is, by
/// another change of the mainline. A link counts when it names its target, unless its lines say that less than half
/// of that was undone, and when its lines alone say that the whole was, with confidence of 0.7 or more. Whether the
/// change is out at the end (`is_undone`) is a matter of parity: it is while some revert of it is not undone itself.
/// A change is superseded when one later change rewrote most of its lines within 90 days, or says so. Times of outcomes are those of the landing that brought them; one
/// that the clocks put before the change itself is taken as the same moment.
pub fn changes(from: &Ingredients<'_>) -> Vec<Change> {
    let ledger = Ledger::of(from);
    from.history
        .mainline()
        .into_iter()
        .filter(|commit| is_change(commit))
        .map(|landing| ledger.change(landing))
        .collect()
}

/// Whether a mainline commit stands for a change: the earlier ones of a rebase do not.
fn is_change(commit: &Commit) -> bool {
    commit.change_id.as_ref().is_none_or(|change| *change == commit.commit_id)
}

/// The method of links that rest on lines alone.
const CONTENT: &str = "content";
/// Confidence above which a commit is more likely a bug fix than not.
const LIKELY: f64 = 0.5;
/// Share of lines from which on a target is undone where the message names it; where lines alone say so it is all of them.
const HALF: f64 = 0.5;

/// Whether a link that rests on lines alone is sure enough; others are.
fn is_sure(link: &Link) -> bool {
    *link.method != *CONTENT || link.confidence >= Link::SURE
}

/// Whether a link says that its whole target was reverted.
fn is_whole_revert(link: &Link) -> bool {
    let needed = if *link.method == *CONTENT { Link::FULL } else { HALF };
    link.kind == LinkKind::Reverts && is_sure(link) && link.share.is_none_or(|share| share >= needed)
}

/// Whether a link says that its target brought a bug. An inferred one says who wrote what was mended, so it takes a commit
/// that more likely than not mends a bug.
fn brought_a_bug(link: &Link, likely: &HashSet<&str>) -> bool {
    validation::counts(link) && (*link.method == *"explicit" || likely.contains(&*link.from_id))
}

type Time = Option<DateTime<Utc>>;

/// When something became of a change, and by which commit, change or incident.
#[derive(Debug, Clone, Default)]
struct Event {
    at: Time,
    by: Option<Text>,
}

/// Events of a kind, by the change they happened to.
type Events = HashMap<CommitId, Event>;

/// Everything needed for one row, looked up by change.
struct Ledger<'a> {
    observed_until: Time,
    brought: HashMap<&'a CommitId, Vec<&'a Commit>>,
    pulls: HashMap<&'a CommitId, Vec<&'a PullLanding>>,
    origins: HashMap<&'a str, &'a Attribution>,
    sizes: HashMap<&'a CommitId, Size<'a>>,
    covariates: Covariates<'a>,
    fixing: &'a BTreeMap<CommitId, f64>,
    reverting: BTreeSet<&'a CommitId>,
    reverted: Events,
    reapplied: Events,
    undone: HashSet<&'a str>,
    superseded: Events,
    same_lines: Events,
    same_files: Events,
    incident: Events,
    bug: Events,
}

#[derive(Default)]
struct Size<'a> {
    added: i64,
    deleted: i64,
    files: i64,
    source_files: i64,
    languages: BTreeSet<&'a Text>,
}

impl<'a> Ledger<'a> {
    fn of(from: &Ingredients<'a>) -> Self {
        let history = from.history;
        let landed = Landed::of(history);
        let mut brought: HashMap<&CommitId, Vec<&Commit>> = HashMap::new();
        for commit in history.commits.iter().filter(|commit| !commit.is_merge) {
            if let Some(change) = &commit.change_id {
                brought.entry(change).or_default().push(commit);
            }
        }
        let mut pulls: HashMap<&CommitId, Vec<&PullLanding>> = HashMap::new();
        from.landings.iter().for_each(|landing| pulls.entry(&landing.change_id).or_default().push(landing));
        let by_change = |kind: LinkKind, method: Option<&str>| {
            let links = from
                .links
                .iter()
                .filter(|link| link.kind == kind && method.is_none_or(|method| *link.method == *method));
            landed.first_after(links)
        };
        let likely: HashSet<&str> =
            from.fixes.iter().filter(|fix| fix.confidence > LIKELY).map(|fix| fix.commit_id.as_str()).collect();
        let of_change = from.attributions.iter().filter(|a| a.subject_kind == SubjectKind::Change);
        Self {
            observed_until: landed.latest_until(from.now),
            origins: of_change.map(|attribution| (attribution.subject_id.as_ref(), attribution)).collect(),
            sizes: sizes(history),
            covariates: Covariates::of(history, from.fixing),
            fixing: from.fixing,
            reverting: landed.changes_from(from.links.iter().filter(|link| is_whole_revert(link))),
            undone: landed.undone_at_the_end(from.links, &brought),
            reverted: landed.whole_changes_undone(from.links, &brought),
            reapplied: landed
                .first_after(from.links.iter().filter(|link| link.kind == LinkKind::Reapplies && is_sure(link))),
            superseded: by_change(LinkKind::Supersedes, None),
            same_lines: by_change(LinkKind::FollowUpFix, Some("same_lines")),
            same_files: by_change(LinkKind::FollowUpFix, Some("same_files")),
            incident: landed.first_incident(from.links, from.incidents),
            bug: landed.first_after(from.links.iter().filter(|link| brought_a_bug(link, &likely))),
            brought,
            pulls,
        }
    }

    fn change(&self, landing: &Commit) -> Change {
        let id = &landing.commit_id;
        let brought = self.brought.get(id).map_or(&[][..], Vec::as_slice);
        let attribution = self.origins.get(id.as_str());
        let none = Size::default();
        let size = self.sizes.get(id).unwrap_or(&none);
        let merged_at = landing.committed_at;
        let outcome = |of: &Events| {
            let Event { at, by } = of.get(id).cloned().unwrap_or_default();
            Event { at: at.map(|at| merged_at.map_or(at, |merged| at.max(merged))), by }
        };
        let days = |time: Time| Some((time? - merged_at?).num_days().max(0));
        let (pull, method) = self.pull(landing);
        let (reverted, first_fix) = (outcome(&self.reverted), outcome(&self.same_lines));
        let (first_file_fix, bug) = (outcome(&self.same_files), outcome(&self.bug));
        let superseded = outcome(&self.superseded);
        let author = main_author(brought).unwrap_or(&landing.author);
        // An incident that began before the change landed cannot have come of it.
        let incident = self.incident.get(id).filter(|incident| incident.at >= merged_at).cloned().unwrap_or_default();
        Change {
            change_id: id.clone(),
            kind: match (pull, method) {
                (_, Some(PullMethod::Rebase)) => ChangeKind::Rebase,
                _ if landing.is_merge => ChangeKind::Merge,
                (Some(_), _) => ChangeKind::Squash,
                (None, _) => ChangeKind::Direct,
            },
            pull,
            merged_at,
            week: landing.week,
            month: landing.month,
            subject: landing.subject.clone(),
            origin: attribution.map_or(Origin::Unknown, |attribution| attribution.origin),
            origin_reason: attribution.map(|attribution| attribution.reason.clone()).unwrap_or_default(),
            agents: attribution.map(|attribution| attribution.agents.clone()).unwrap_or_default(),
            author: author.clone(),
            commits: brought.len() as i64,
            size: size.added + size.deleted,
            added: size.added,
            deleted: size.deleted,
            files: size.files,
            source_files: size.source_files,
            languages: size.languages.iter().map(|language| (*language).clone()).collect(),
            is_fix: self.fixing.contains_key(id),
            is_revert: self.reverting.contains(id),
            task: task(&landing.subject, self.fixing.contains_key(id), self.reverting.contains(id)).into(),
            file_risk: self.covariates.file_risk(id),
            author_days: self.covariates.author_days(author, merged_at),
            author_hour: self.covariates.author_hour(newest(brought).unwrap_or(landing)),
            reverted_at: reverted.at,
            reverted_by: reverted.by,
            reapplied_at: outcome(&self.reapplied).at,
            is_undone: self.undone.contains(id.as_str()),
            first_fix_at: first_fix.at,
            first_fix_by: first_fix.by,
            first_file_fix_at: first_file_fix.at,
            first_file_fix_by: first_file_fix.by,
            incident_at: incident.at,
            incident_by: incident.by,
            superseded_at: superseded.at,
            superseded_by: superseded.by,
            bug_at: bug.at,
            bug_by: bug.by,
            observed_until: self.observed_until,
            observed_days: days(self.observed_until),
            reverted_days: days(reverted.at),
            first_fix_days: days(first_fix.at),
            first_file_fix_days: days(first_file_fix.at),
            incident_days: days(incident.at),
            superseded_days: days(superseded.at),
            bug_days: days(bug.at),
        }
    }
}

impl Ledger<'_> {
    /// The pull request that landed as this change, as GitHub says, else as the commit does. Of several that landed with it
    /// the one that the commit names.
    fn pull(&self, landing: &Commit) -> (Option<i64>, Option<PullMethod>) {
        let said = landing.landed_pull();
        let known = self.pulls.get(&landing.commit_id).map_or(&[][..], Vec::as_slice);
        let named = known.iter().find(|known| Some(known.pull) == said);
        let rebased = || known.iter().find(|known| known.method == PullMethod::Rebase);
        let only = || known.first().filter(|_| known.len() == 1);
        named.or_else(rebased).or_else(only).map_or((said, None), |known| (Some(known.pull), Some(known.method)))
    }
}

fn newest<'a>(commits: &[&'a Commit]) -> Option<&'a Commit> {
    commits.iter().copied().max_by_key(|commit| (commit.authored_at, &commit.commit_id))
}

/// Who authored most of the commits; the pseudonym that sorts first among equals.
fn main_author<'a>(commits: &[&'a Commit]) -> Option<&'a Text> {
    let mut authored: BTreeMap<&Text, usize> = BTreeMap::new();
    commits.iter().for_each(|commit| *authored.entry(&commit.author).or_default() += 1);
    authored.into_iter().max_by_key(|&(author, commits)| (commits, std::cmp::Reverse(author))).map(|(author, _)| author)
}

/// Size of every change against the mainline before it. Of a rebase it is what its commits add up to, each file counted once.
fn sizes(history: &History) -> HashMap<&CommitId, Size<'_>> {
    let landing = history.commits.iter().filter(|commit| commit.on_mainline);
    let change_of: BTreeMap<&CommitId, &CommitId> =
        landing.map(|commit| (&commit.commit_id, commit.change_id.as_ref().unwrap_or(&commit.commit_id))).collect();
    let rebased: BTreeSet<&CommitId> =
        change_of.iter().filter(|(id, change)| *id != *change).map(|(_, &change)| change).collect();
    let mut counted: BTreeSet<(&CommitId, &Text)> = BTreeSet::new();
    let mut sizes: HashMap<&CommitId, Size<'_>> = HashMap::new();
    let own = history.commit_files.iter().map(|f| (&f.commit_id, &f.path, f.added, f.deleted, f.class, &f.language));
    let merged = history.merge_files.iter().map(|f| (&f.commit_id, &f.path, f.added, f.deleted, f.class, &f.language));
    for (commit, path, added, deleted, class, language) in own.chain(merged) {
        let Some(&change) = change_of.get(commit) else { continue };
        let size = sizes.entry(change).or_default();
        size.added += added.unwrap_or_default();
        size.deleted += deleted.unwrap_or_default();
        size.languages.extend(language);
        if !rebased.contains(change) || counted.insert((change, path)) {
            size.files += 1;
            size.source_files += i64::from(class == FileClass::Source);
        }
    }
    sizes
}

/// Which change each commit landed with, and where on the mainline that was.
struct Landed<'a> {
    change_of: HashMap<&'a str, &'a CommitId>,
    /// Position along the mainline and the committer's time of each landing.
    landing: BTreeMap<&'a str, (usize, Time)>,
}

impl<'a> Landed<'a> {
    fn of(history: &'a History) -> Self {
        let mainline = history.mainline().into_iter().enumerate().filter(|(_, commit)| is_change(commit));
        Self {
            change_of: history
                .commits
                .iter()
                .filter_map(|c| Some((c.commit_id.as_str(), c.change_id.as_ref()?)))
                .collect(),
            landing: mainline.map(|(at, c)| (c.commit_id.as_str(), (at, c.committed_at))).collect(),
        }
    }

    /// The newest landing; one dated after `now` has a wrong clock and says nothing.
    fn latest_until(&self, now: DateTime<Utc>) -> Time {
        self.landing.values().filter_map(|(_, time)| *time).filter(|time| *time <= now).max()
    }

    fn change(&self, commit: &str) -> Option<&'a CommitId> {
        self.change_of.get(commit).copied()
    }

    fn changes_from(&self, links: impl Iterator<Item = &'a Link>) -> BTreeSet<&'a CommitId> {
        links.filter(|link| self.later(link).is_some()).filter_map(|link| self.change(&link.from_id)).collect()
    }

    /// What a link did to a change that landed before it: which, where on the mainline, and when.
    fn later<'b>(&self, link: &'b Link) -> Option<(&'a CommitId, Landing<'b>)> {
        let (from, to) = (self.change(&link.from_id)?, self.change(&link.to_id)?);
        let (&(at, time), &(before, _)) = (self.landing.get(from.as_str())?, self.landing.get(to.as_str())?);
        (at > before).then_some((to, Landing { at, time, by: &link.from_id }))
    }

    /// For each change that links point to, the first change they come from.
    fn first_after<'b>(&self, links: impl Iterator<Item = &'b Link>) -> Events {
        let mut first: HashMap<&CommitId, Landing<'_>> = HashMap::new();
        for (to, landing) in links.filter_map(|link| self.later(link)) {
            first.entry(to).and_modify(|known| known.keep_earlier(landing)).or_insert(landing);
        }
        first.into_iter().map(|(change, landing)| (change.clone(), landing.event())).collect()
    }

    /// Changes whose landing, or every commit of which, was reverted; with the revert that completed it.
    fn whole_changes_undone(&self, links: &[Link], brought: &HashMap<&CommitId, Vec<&Commit>>) -> Events {
        let mut undone: HashMap<&str, Landing<'_>> = HashMap::new();
        for link in links.iter().filter(|link| is_whole_revert(link)) {
            let Some((_, landing)) = self.later(link) else { continue };
            undone.entry(&link.to_id).and_modify(|known| known.keep_earlier(landing)).or_insert(landing);
        }
        let mut changes = HashMap::new();
        for &landing in self.landing.keys() {
            let Some(change) = self.change(landing) else { continue };
            let commits = brought.get(change).map_or(&[][..], Vec::as_slice);
            let each =
                || commits.iter().map(|commit| undone.get(commit.commit_id.as_str())).collect::<Option<Vec<_>>>();
            let last = || each()?.into_iter().max_by_key(|landing| landing.at);
            // To undo the last commit of a rebase is not to undo the rest.
            let whole = undone.get(landing).filter(|_| !is_rebase(landing, commits));
            if let Some(revert) = whole.or_else(last) {
                changes.insert(change.clone(), revert.event());
            }
        }
        changes
    }

    /// Changes that are out at the end: some revert of them is not undone itself, by its own reverts or with its change.
    ///
    /// Reverts are gone through from the newest landing to the oldest, so that what became of each is known first.
    fn undone_at_the_end(&self, links: &[Link], brought: &HashMap<&CommitId, Vec<&Commit>>) -> HashSet<&'a str> {
        let mut by_landing: BTreeMap<usize, Vec<&Link>> = BTreeMap::new();
        for link in links.iter().filter(|link| is_whole_revert(link)) {
            if let Some((_, landing)) = self.later(link) {
                by_landing.entry(landing.at).or_default().push(link);
            }
        }
        let mut undone: HashSet<&str> = HashSet::new();
        let is_out = |change: &CommitId, undone: &HashSet<&str>| {
            let commits = brought.get(change).map_or(&[][..], Vec::as_slice);
            let is_undone = |commit: &&Commit| undone.contains(commit.commit_id.as_str());
            let is_whole = !is_rebase(change.as_str(), commits) && undone.contains(change.as_str());
            is_whole || (!commits.is_empty() && commits.iter().all(is_undone))
        };
        for links in by_landing.into_values().rev() {
            let stands = |link: &&Link| {
                let landed_with = self.change(&link.from_id);
                !undone.contains(&*link.from_id) && landed_with.is_none_or(|change| !is_out(change, &undone))
            };
            let standing: Vec<&str> = links.into_iter().filter(stands).map(|link| &*link.to_id).collect();
            undone.extend(standing);
        }
        let changes = self.landing.keys().filter_map(|landing| self.change(landing));
        changes.filter(|change| is_out(change, &undone)).map(CommitId::as_str).collect()
    }

    /// The first incident linked to a change as its cause, by when it was noticed.
    fn first_incident(&self, links: &[Link], incidents: &[Incident]) -> Events {
        let noticed: HashMap<&str, Time> = incidents
            .iter()
            .map(|incident| (incident.incident_id.as_ref(), incident.started_at.or(incident.detected_at)))
            .collect();
        let mut first: Events = HashMap::new();
        for link in links.iter().filter(|link| link.kind == LinkKind::CausedIncident) {
            let (Some(change), Some(&at)) = (self.change(&link.from_id), noticed.get(link.to_id.as_ref())) else {
                continue;
            };
            let known = first.entry(change.clone()).or_default();
            if known.by.is_none() || (at.is_some() && known.at.is_none_or(|known| at < Some(known))) {
                *known = Event { at, by: Some(link.to_id.clone()) };
            }
        }
        first
    }
}

/// Whether a change is several commits of the mainline: the one that stands for it is among those it brought.
fn is_rebase(change: &str, brought: &[&Commit]) -> bool {
    brought.len() > 1 && brought.iter().any(|commit| commit.commit_id.as_str() == change)
}

/// A commit that did something to an earlier change, and where and when it landed.
#[derive(Clone, Copy)]
struct Landing<'a> {
    at: usize,
    time: Time,
    by: &'a Text,
}

impl<'a> Landing<'a> {
    /// Of two that landed together, the one whose id sorts first.
    fn keep_earlier(&mut self, other: Landing<'a>) {
        if (other.at, other.by) < (self.at, self.by) {
            *self = other;
        }
    }

    fn event(&self) -> Event {
        Event { at: self.time, by: Some(self.by.clone()) }
    }
}
