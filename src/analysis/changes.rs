//! The analysis table: every change with who wrote it, how long it was watched, and what became of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::facts::{
    Attribution, Change, ChangeKind, Commit, CommitId, FileClass, History, Incident, Link, LinkKind, Origin, SubjectKind, Text,
};

/// What the changes of one repository are made from.
pub struct Ingredients<'a> {
    pub history: &'a History,
    pub attributions: &'a [Attribution],
    pub links: &'a [Link],
    /// Changes that fix a bug.
    pub fixing: &'a BTreeMap<CommitId, f64>,
    pub incidents: &'a [Incident],
    /// Nothing is seen after this moment; commits dated later do not stretch the watch.
    pub now: DateTime<Utc>,
}

/// One row per mainline commit, oldest first.
///
/// A change counts as reverted when its landing commit is, or when every commit it brought is, by
/// another change of the mainline. Times of outcomes are those of the landing that brought them; one
/// that the clocks put before the change itself is taken as the same moment.
pub fn changes(from: &Ingredients<'_>) -> Vec<Change> {
    let ledger = Ledger::of(from);
    let landings = from.history.commits.iter().filter(|commit| commit.on_mainline);
    landings.map(|landing| ledger.change(landing)).collect()
}

type Time = Option<DateTime<Utc>>;

/// Everything needed for one row, looked up by change.
struct Ledger<'a> {
    observed_until: Time,
    brought: HashMap<&'a CommitId, Vec<&'a Commit>>,
    origins: HashMap<&'a str, &'a Attribution>,
    sizes: HashMap<&'a CommitId, Size<'a>>,
    fixing: &'a BTreeMap<CommitId, f64>,
    reverting: BTreeSet<&'a CommitId>,
    reverted: HashMap<CommitId, Time>,
    reapplied: HashMap<CommitId, Time>,
    same_lines: HashMap<CommitId, Time>,
    same_files: HashMap<CommitId, Time>,
    incident: HashMap<CommitId, Time>,
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
        let by_change = |kind: LinkKind, method: Option<&str>| {
            let links = from.links.iter().filter(|link| link.kind == kind && method.is_none_or(|method| *link.method == *method));
            landed.first_after(links)
        };
        let of_change = from.attributions.iter().filter(|a| a.subject_kind == SubjectKind::Change);
        Self {
            observed_until: landed.latest().map(|latest| latest.min(from.now)),
            origins: of_change.map(|attribution| (attribution.subject_id.as_ref(), attribution)).collect(),
            sizes: sizes(history),
            fixing: from.fixing,
            reverting: landed.changes_from(from.links.iter().filter(|link| link.kind == LinkKind::Reverts)),
            reverted: landed.whole_changes_undone(from.links, &brought),
            reapplied: by_change(LinkKind::Reapplies, None),
            same_lines: by_change(LinkKind::FollowUpFix, Some("same_lines")),
            same_files: by_change(LinkKind::FollowUpFix, Some("same_files")),
            incident: landed.first_incident(from.links, from.incidents),
            brought,
        }
    }

    fn change(&self, landing: &Commit) -> Change {
        let id = &landing.commit_id;
        let brought = self.brought.get(id).map_or(&[][..], Vec::as_slice);
        let attribution = self.origins.get(id.as_str());
        let none = Size::default();
        let size = self.sizes.get(id).unwrap_or(&none);
        let merged_at = landing.committed_at;
        let outcome = |of: &HashMap<CommitId, Time>| of.get(id).copied().flatten().map(|time| merged_at.map_or(time, |merged| time.max(merged)));
        let days = |time: Time| Some((time? - merged_at?).num_days().max(0));
        let pull = landing.landed_pull();
        let (reverted_at, first_fix_at) = (outcome(&self.reverted), outcome(&self.same_lines));
        let (first_file_fix_at, incident_at) = (outcome(&self.same_files), outcome(&self.incident));
        Change {
            change_id: id.clone(),
            kind: match pull {
                _ if landing.is_merge => ChangeKind::Merge,
                Some(_) => ChangeKind::Squash,
                None => ChangeKind::Direct,
            },
            pull,
            merged_at,
            week: landing.week,
            month: landing.month,
            subject: landing.subject.clone(),
            origin: attribution.map_or(Origin::Unknown, |attribution| attribution.origin),
            agents: attribution.map(|attribution| attribution.agents.clone()).unwrap_or_default(),
            author: main_author(brought).unwrap_or(&landing.author).clone(),
            commits: brought.len() as i64,
            size: size.added + size.deleted,
            added: size.added,
            deleted: size.deleted,
            files: size.files,
            source_files: size.source_files,
            languages: size.languages.iter().map(|language| (*language).clone()).collect(),
            is_fix: self.fixing.contains_key(id),
            is_revert: self.reverting.contains(id),
            reverted_at,
            reapplied_at: outcome(&self.reapplied),
            first_fix_at,
            first_file_fix_at,
            incident_at,
            superseded_at: None,
            observed_until: self.observed_until,
            observed_days: days(self.observed_until),
            reverted_days: days(reverted_at),
            first_fix_days: days(first_fix_at),
            first_file_fix_days: days(first_file_fix_at),
            incident_days: days(incident_at),
        }
    }
}

/// Who authored most of the commits; the pseudonym that sorts first among equals.
fn main_author<'a>(commits: &[&'a Commit]) -> Option<&'a Text> {
    let mut authored: BTreeMap<&Text, usize> = BTreeMap::new();
    commits.iter().for_each(|commit| *authored.entry(&commit.author).or_default() += 1);
    authored.into_iter().max_by_key(|&(author, commits)| (commits, std::cmp::Reverse(author))).map(|(author, _)| author)
}

/// Size of every landing against the mainline before it.
fn sizes(history: &History) -> HashMap<&CommitId, Size<'_>> {
    let landing: BTreeSet<&CommitId> = history.commits.iter().filter(|c| c.on_mainline).map(|c| &c.commit_id).collect();
    let mut sizes: HashMap<&CommitId, Size<'_>> = HashMap::new();
    let own = history.commit_files.iter().map(|f| (&f.commit_id, f.added, f.deleted, f.class, &f.language));
    let merged = history.merge_files.iter().map(|f| (&f.commit_id, f.added, f.deleted, f.class, &f.language));
    for (id, added, deleted, class, language) in own.chain(merged).filter(|file| landing.contains(file.0)) {
        let size = sizes.entry(id).or_default();
        size.added += added.unwrap_or_default();
        size.deleted += deleted.unwrap_or_default();
        size.files += 1;
        size.source_files += i64::from(class == FileClass::Source);
        size.languages.extend(language);
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
        let mainline = history.commits.iter().filter(|commit| commit.on_mainline).enumerate();
        Self {
            change_of: history.commits.iter().filter_map(|c| Some((c.commit_id.as_str(), c.change_id.as_ref()?))).collect(),
            landing: mainline.map(|(at, c)| (c.commit_id.as_str(), (at, c.committed_at))).collect(),
        }
    }

    fn latest(&self) -> Time {
        self.landing.values().filter_map(|(_, time)| *time).max()
    }

    fn change(&self, commit: &str) -> Option<&'a CommitId> {
        self.change_of.get(commit).copied()
    }

    fn changes_from(&self, links: impl Iterator<Item = &'a Link>) -> BTreeSet<&'a CommitId> {
        links.filter_map(|link| self.change(&link.from_id)).collect()
    }

    /// Both ends of a link between commits or changes, as changes, if the second landed after the first.
    fn later(&self, link: &Link) -> Option<(&'a CommitId, usize, Time)> {
        let (from, to) = (self.change(&link.from_id)?, self.change(&link.to_id)?);
        let (&(from_at, time), &(to_at, _)) = (self.landing.get(from.as_str())?, self.landing.get(to.as_str())?);
        (from_at > to_at).then_some((to, from_at, time))
    }

    /// For each change that links point to, the time of the first change they come from.
    fn first_after<'b>(&self, links: impl Iterator<Item = &'b Link>) -> HashMap<CommitId, Time> {
        let mut first: HashMap<&CommitId, (usize, Time)> = HashMap::new();
        for (to, at, time) in links.filter_map(|link| self.later(link)) {
            let known = first.entry(to).or_insert((at, time));
            if at < known.0 {
                *known = (at, time);
            }
        }
        first.into_iter().map(|(change, (_, time))| (change.clone(), time)).collect()
    }

    /// Changes whose landing, or every commit of which, was reverted; with the time it was complete.
    fn whole_changes_undone(&self, links: &[Link], brought: &HashMap<&CommitId, Vec<&Commit>>) -> HashMap<CommitId, Time> {
        let mut undone: HashMap<&str, (usize, Time)> = HashMap::new();
        for link in links.iter().filter(|link| link.kind == LinkKind::Reverts) {
            let Some((_, at, time)) = self.later(link) else { continue };
            let known = undone.entry(&link.to_id).or_insert((at, time));
            if at < known.0 {
                *known = (at, time);
            }
        }
        let mut changes = HashMap::new();
        for &landing in self.landing.keys() {
            let Some(change) = self.change(landing) else { continue };
            let commits = brought.get(change).map_or(&[][..], Vec::as_slice);
            let each = || commits.iter().map(|commit| undone.get(commit.commit_id.as_str())).collect::<Option<Vec<_>>>();
            let last = || each()?.into_iter().max_by_key(|(at, _)| *at);
            if let Some((_, time)) = undone.get(landing).or_else(last) {
                changes.insert(change.clone(), *time);
            }
        }
        changes
    }

    /// When the first incident linked to a change as its cause was noticed.
    fn first_incident(&self, links: &[Link], incidents: &[Incident]) -> HashMap<CommitId, Time> {
        let noticed: HashMap<&str, Time> =
            incidents.iter().map(|incident| (incident.incident_id.as_ref(), incident.started_at.or(incident.detected_at))).collect();
        let mut first: HashMap<CommitId, Time> = HashMap::new();
        for link in links.iter().filter(|link| link.kind == LinkKind::CausedIncident) {
            let (Some(change), Some(&time)) = (self.change(&link.from_id), noticed.get(link.to_id.as_ref())) else { continue };
            let known = first.entry(change.clone()).or_insert(time);
            *known = [*known, time].into_iter().flatten().min();
        }
        first
    }
}
