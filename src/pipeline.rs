//! The steps in order: mine, judge, keep; then analyse and render.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::analysis::sql::Selection;
use crate::analysis::{self, Asking, Ingredients, audit};
use crate::attribution::{self, Attributed, Catalogue};
use crate::config::Config;
use crate::facts::store::{Lake, Write};
use crate::facts::{
    AttestedFate, Attribution, Change, Commit, CommitId, Evidence, Fix, Github, History, Incident, LineAttribution,
    Link, Override, Person, PullLanding, PullOutcome, Repo, Skipped, Text,
};
use crate::outcomes::{self, CommitIndex, Suspect};
use crate::progress;
use crate::report::{self, Rendered, panel::Report};
use crate::sources::audit_sheet;
use crate::sources::git::{self, OpenRepository};
use crate::sources::github;
use crate::sources::incidents::{self, IncidentSource};
use crate::sources::overrides;

/// A run: where the lake is, what is configured, and what time it is.
pub struct Run {
    pub lake: Lake,
    pub config: Config,
    /// The text of the user's own catalogue, part of what the facts are made from.
    own_catalogue: String,
    /// The text of the file with origins set by hand.
    own_overrides: String,
    pub now: DateTime<Utc>,
}

/// Which repository, and what it is to be called.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub path: PathBuf,
    pub name: Option<String>,
    pub branch: Option<String>,
    /// Mine even if nothing changed.
    pub fresh: bool,
    /// Threads to read with; all cores when it is not said.
    pub threads: Option<usize>,
}

/// What mining came to.
#[derive(Debug)]
pub struct Mined {
    pub repo: String,
    /// False when the lake already held exactly this.
    pub wrote: bool,
    pub commits: u64,
    pub changes: u64,
    pub skipped: u64,
}

/// Opens a repository by the name it is given, else the only one under which this branch of it was mined, else its own.
pub fn open(lake: &Lake, path: &Path, name: Option<&str>, branch: Option<&str>) -> Result<OpenRepository> {
    let mut repository = OpenRepository::at(path, name, branch)?;
    let known = if name.is_none() { lake.mined_as(&repository.provenance())? } else { Vec::new() };
    if let [only] = &*known {
        let rows: Vec<Repo> = lake.read(only)?;
        if rows.iter().any(|row| row.default_branch.as_deref() == repository.default_branch()) {
            repository.name.clone_from(only);
        }
    }
    Ok(repository)
}

impl Run {
    pub fn new(lake: Lake, config: Config, now: DateTime<Utc>) -> Result<Self> {
        let text = |what: &str, path: &Option<PathBuf>| match path {
            Some(path) => {
                std::fs::read_to_string(path).with_context(|| format!("cannot read the {what} `{}`", path.display()))
            }
            None => Ok(String::new()),
        };
        let own_catalogue = text("catalogue", &config.attribution.catalogue)?;
        let own_overrides = text("overrides", &config.attribution.overrides)?;
        Ok(Self { lake, config, own_catalogue, own_overrides, now })
    }

    /// Made only when there is something to judge: compiling its patterns takes a moment.
    fn catalogue(&self) -> Result<Catalogue> {
        Catalogue::built_in()?.extended_by(&self.own_catalogue).context("the catalogue of your own is not understood")
    }

    /// Git → facts → judgements → lake. Writes nothing when nothing changed.
    pub fn mine(&self, request: &Request) -> Result<Mined> {
        let repository = open(&self.lake, &request.path, request.name.as_deref(), request.branch.as_deref())?;
        let fingerprint = self.fingerprint(&repository);
        let known = self.lake.manifest(&repository.name)?.filter(|_| !request.fresh);
        if let Some(known) = known {
            if !known.provenance.is_empty() && known.provenance != repository.provenance() {
                return Err(NameTaken { name: known.repo, by: known.provenance }.into());
            }
            let is_same = known.fingerprint == fingerprint && self.lake.is_whole(&known);
            if is_same && !repository.has_regained(&self.lake.known_lines(&repository.name)) {
                return Ok(Mined::of(&known.repo, false, &known.tables));
            }
        }
        let options = git::Options {
            threads: request.threads,
            look_through: self.config.lines.look_through.clone(),
            kept: Some(self.lake.known_lines(&repository.name)),
            is_fresh: request.fresh,
            agent_trace: self.config.attribution.agent_trace.clone(),
        };
        let mut history = repository.mine(&self.lake.people_key()?, &options)?;
        // From here on nobody else writes this repository: incidents that come in meanwhile are not lost.
        let mut write = self.lake.write(&repository.name)?;
        let incidents: Vec<Incident> = self.lake.read(&repository.name)?;
        let former: Vec<Override> = self.lake.read(&repository.name)?;
        let (overrides, unread) = overrides::read(&self.own_overrides, &history.commits, &former);
        history.overrides = overrides;
        history.skipped.extend(unread);
        let former: Vec<Skipped> = self.lake.read(&repository.name)?;
        history.skipped.extend(former.into_iter().filter(|skipped| is_of_github(skipped) || is_of_incidents(skipped)));
        let step = progress::step("Judging and keeping", None);
        let github = Github::read(&self.lake, &repository.name)?;
        let judged = self.judge(&repository.name, &mut history, &github, &incidents)?;
        step.advance(1);
        write.put(&[repository.row(&history, self.now)])?;
        write.put(&history.commits)?;
        write.put(&history.commit_files)?;
        write.put(&history.merge_files)?;
        write.put(&history.line_fates)?;
        write.put(&history.commit_lines)?;
        write.put(&history.commit_identifiers)?;
        write.put(&history.authorship_notes)?;
        write.put(&history.pull_lines)?;
        write.put(&history.overrides)?;
        write.put(&incidents)?;
        judged.put(&mut write)?;
        write.set_source(&repository.provenance(), &fingerprint);
        let manifest = write.commit()?;
        Ok(Mined::of(&manifest.repo, true, &manifest.tables))
    }

    /// What the facts and judgements are made from, in one word.
    fn fingerprint(&self, repository: &OpenRepository) -> String {
        let mut hash = Sha256::new();
        hash.update(repository.fingerprint());
        hash.update(repository.records_fingerprint(&self.config.attribution.agent_trace));
        hash.update(env!("CARGO_PKG_VERSION"));
        hash.update(attribution::BUILT_IN);
        outcomes::LEARNT.iter().for_each(|learnt| hash.update(learnt));
        hash.update(&self.own_catalogue);
        hash.update(&self.own_overrides);
        self.config.lines.look_through.iter().for_each(|commit| hash.update(commit));
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Which change each pull request became, who wrote it, what became of it, and the tables that join them. Of the
    /// history it tells anew which commits are one change.
    fn judge(&self, repo: &str, history: &mut History, github: &Github, incidents: &[Incident]) -> Result<Judged> {
        let catalogue = self.catalogue()?;
        let landings = outcomes::find_landings(&history.commits, github);
        outcomes::landed(history, &landings);
        let history = &*history;
        let Attributed { evidence, attributions, line_attributions, attested_fates, accounts } =
            attribution::attribute(history, github, &landings, &catalogue);
        let index = CommitIndex::new(history, &landings, repo);
        let (fixes, mut links) = outcomes::find_fixes(&index, github);
        links.extend(outcomes::find_culprits(&index, &fixes));
        let reverts = outcomes::find_reverts(&index, &github.pulls);
        links.extend(outcomes::find_superseded(&index, &reverts));
        links.extend(outcomes::find_cherry_picks(&index));
        links.extend(reverts);
        let fixing = outcomes::fixing_changes(&history.commits, &fixes);
        links.extend(outcomes::follow_up_fixes(&index, &fixing));
        let (of_incidents, unresolved) = outcomes::link_incidents(&index, incidents);
        links.extend(of_incidents);
        drop(index);
        let from = Ingredients {
            history,
            landings: &landings,
            attributions: &attributions,
            links: &links,
            fixes: &fixes,
            fixing: &fixing,
            incidents,
            now: self.now,
        };
        let changes = analysis::changes(&from);
        let pull_outcomes = analysis::pull_outcomes(github, &attributions, &landings, &accounts);
        let skipped = history.skipped.iter().cloned().chain(unresolved).collect();
        Ok(Judged {
            people: people(&history.commits, &catalogue),
            evidence,
            attributions,
            line_attributions,
            attested_fates,
            fixes,
            links,
            changes,
            landings,
            pull_outcomes,
            skipped,
        })
    }

    /// Incidents → lake, per repository; links and changes of mined repositories follow at once.
    pub fn import_incidents(&self, source: IncidentSource, file: &Path, repo: Option<&str>) -> Result<Vec<Imported>> {
        let read = incidents::read(source, file, &self.config.incidents.labels)?;
        let fallback = repo.map(str::to_owned).or_else(|| self.only_repository());
        let mut by_repo: BTreeMap<String, Vec<Incident>> = BTreeMap::new();
        for (named, incident) in read.incidents {
            let repo = named.or_else(|| fallback.clone());
            let repo = repo.context("an incident names no repository, and the lake does not hold exactly one")?;
            by_repo.entry(repo).or_default().push(incident);
        }
        if let (true, Some(repo)) = (by_repo.is_empty(), fallback) {
            by_repo.insert(repo, Vec::new());
        }
        // What could not be read is of no repository that is known: it is told once.
        let mut unread = read.skipped;
        let kept = |(repo, incidents)| self.keep_incidents(repo, incidents, file, std::mem::take(&mut unread));
        by_repo.into_iter().map(kept).collect()
    }

    fn only_repository(&self) -> Option<String> {
        match self.lake.manifests().ok()?.as_slice() {
            [only] => Some(only.repo.clone()),
            _ => None,
        }
    }

    /// Records of one source and id replace the former ones, and what could not be read of a file what could not be before.
    fn keep_incidents(&self, repo: String, new: Vec<Incident>, file: &Path, unread: Vec<Skipped>) -> Result<Imported> {
        let count = new.len() as u64;
        let mut write = self.lake.write(&repo)?;
        let known: Vec<Incident> = self.lake.read(&repo)?;
        let incidents = merged(known.clone(), new);
        let mut history = self.history(&repo)?;
        let is_of_file = |skipped: &Skipped| is_of_incidents(skipped) && incidents::is_of(&skipped.place, file);
        let former: Vec<Skipped> = history.skipped.extract_if(.., |skipped| is_of_file(skipped)).collect();
        history.skipped.extend(unread.iter().cloned());
        let github = Github::read(&self.lake, &repo)?;
        let judged = self.judge(&repo, &mut history, &github, &incidents)?;
        let linked =
            judged.links.iter().filter(|link| link.to_kind == crate::facts::SubjectKind::Incident).count() as u64;
        if incidents != known || unread != former {
            write.put(&incidents)?;
            judged.put(&mut write)?;
            write.commit()?;
        }
        Ok(Imported {
            repo,
            incidents: count,
            links: linked,
            skipped: unread.len() as u64,
            reason: unread.first().map(|first| first.reason.clone()),
            is_mined: !history.commits.is_empty(),
        })
    }

    /// GitHub → lake; links and changes of a mined repository follow at once.
    pub fn sync_github(
        &self,
        session: &mut github::Session,
        repo: &str,
        options: &github::Options,
        is_fresh: bool,
    ) -> Result<SyncedRepo> {
        let labels = &self.config.incidents.labels;
        let synced = session.sync(repo, &self.lake.github_answers(repo), options, labels, is_fresh)?;
        let mut write = self.lake.write(repo)?;
        let mut known: Vec<Incident> = self.lake.read(repo)?;
        // An issue that lost its label is no incident any more.
        let issues: BTreeSet<i64> = synced.github.issues.iter().map(|issue| issue.issue).collect();
        let own = format!("{repo}#").to_lowercase();
        known.retain(|incident| {
            let is_own = incident.incident_id.to_lowercase().contains(&own);
            !is_own || incident.issue().is_none_or(|issue| !issues.contains(&issue))
        });
        let incidents = merged(known, synced.incidents);
        let mut history = self.history(repo)?;
        history.skipped.retain(|skipped| !is_of_github(skipped));
        history.skipped.extend(synced.skipped.iter().cloned());
        let judged = self.judge(repo, &mut history, &synced.github, &incidents)?;
        let of_github = &synced.github;
        write.put(&incidents)?;
        of_github.put(&mut write)?;
        if !history.commits.is_empty() {
            write.put(&history.commits)?;
        }
        judged.put(&mut write)?;
        write.commit()?;
        Ok(SyncedRepo {
            repo: repo.to_owned(),
            pulls: of_github.pulls.len() as u64,
            reviews: of_github.reviews.len() as u64,
            issues: of_github.issues.len() as u64,
            requests: synced.requests,
            skipped: synced.skipped.len() as u64,
            missing: of_github.streams.iter().map(|stream| stream.missing as u64).sum(),
            halt: synced.halt,
        })
    }

    /// The facts as the lake has them. What incidents name and nobody finds is judged anew.
    fn history(&self, repo: &str) -> Result<History> {
        let skipped: Vec<Skipped> = self.lake.read(repo)?;
        Ok(History {
            commits: self.lake.read(repo)?,
            commit_files: self.lake.read(repo)?,
            merge_files: self.lake.read(repo)?,
            line_fates: self.lake.read(repo)?,
            commit_lines: self.lake.read(repo)?,
            commit_identifiers: self.lake.read(repo)?,
            authorship_notes: self.lake.read(repo)?,
            line_attributions: self.lake.read(repo)?,
            pull_lines: self.lake.read(repo)?,
            overrides: self.lake.read(repo)?,
            skipped: skipped.into_iter().filter(|skipped| *skipped.what != *outcomes::UNRESOLVED).collect(),
        })
    }

    /// Every candidate of the fixes that name their culprit, as the ranker sees it.
    pub fn suspects(&self, repo: &str) -> Result<Vec<Suspect>> {
        let history = self.history(repo)?;
        let github = Github::read(&self.lake, repo)?;
        let landings: Vec<PullLanding> = self.lake.read(repo)?;
        let index = CommitIndex::new(&history, &landings, repo);
        let (_, stated) = outcomes::find_fixes(&index, &github);
        let fixes: Vec<CommitId> = stated.iter().map(|link| CommitId::new(link.from_id.to_string())).collect();
        Ok(outcomes::suspects(&index, &fixes))
    }

    /// What people found changes to be, where a sheet is configured.
    fn audited(&self) -> Result<audit::Truths> {
        let Some(sheet) = &self.config.report.audit else { return Ok(audit::Truths::new()) };
        let drawn = audit_sheet::read(sheet)?;
        Ok(drawn.into_iter().filter_map(|line| Some(((line.repo, line.change_id), line.is?))).collect())
    }

    /// Lake → report, in every format.
    pub fn report(&self, selection: &Selection) -> Result<(Report, Rendered)> {
        let _step = progress::step("Analysing", None);
        let config = &self.config.report;
        let audited = self.audited()?;
        let (minimum, gate, rules) = (config.minimum, config.inferred, &config.judge);
        let found = analysis::analyse(&self.lake, selection, Asking { minimum, gate, rules, audited: &audited })?;
        let report = report::assemble(&found, self.now);
        let rendered = report::render(&report)?;
        Ok((report, rendered))
    }
}

// What could not be read stays told until its own source is read again.

fn is_of_github(skipped: &Skipped) -> bool {
    skipped.what.starts_with("github ")
}

fn is_of_incidents(skipped: &Skipped) -> bool {
    *skipped.what == *incidents::RECORD
}

fn people(commits: &[Commit], catalogue: &Catalogue) -> Vec<Person> {
    let mut people: BTreeMap<&str, Person> = BTreeMap::new();
    for commit in commits {
        let person = people.entry(&commit.author).or_insert_with(|| Person {
            person: commit.author.clone(),
            kind: attribution::identity_kind(&commit.author_name, &commit.author_email, catalogue),
            first_seen: commit.authored_at,
            commits: 0,
        });
        person.commits += 1;
        person.first_seen = [person.first_seen, commit.authored_at].into_iter().flatten().min();
    }
    people.into_values().collect()
}

/// Incidents by id; a record of the same source and id replaces the former one. An id that another source
/// already uses is told apart by its source, since links name incidents by id alone.
fn merged(known: Vec<Incident>, new: Vec<Incident>) -> Vec<Incident> {
    let mut by_id: BTreeMap<Text, Incident> = BTreeMap::new();
    for mut incident in known.into_iter().chain(new) {
        if by_id.get(&incident.incident_id).is_some_and(|other| other.source != incident.source) {
            incident.incident_id = format!("{}:{}", incident.source, incident.incident_id).into();
        }
        by_id.insert(incident.incident_id.clone(), incident);
    }
    by_id.into_values().collect()
}

/// Two repositories cannot share a name in one lake.
#[derive(Debug, thiserror::Error)]
#[error("the lake already holds another repository called `{name}`, from {by}")]
pub struct NameTaken {
    name: String,
    by: String,
}

/// What a sync came to, for one repository.
#[derive(Debug)]
pub struct SyncedRepo {
    pub repo: String,
    pub pulls: u64,
    pub reviews: u64,
    pub issues: u64,
    /// Those that counted.
    pub requests: u64,
    pub skipped: u64,
    /// Lists that are still to be read, or could not be.
    pub missing: u64,
    pub halt: Option<github::Halt>,
}

/// What an import came to, for one repository.
#[derive(Debug)]
pub struct Imported {
    pub repo: String,
    pub incidents: u64,
    pub links: u64,
    pub skipped: u64,
    /// Why the first of those was.
    pub reason: Option<Text>,
    pub is_mined: bool,
}

impl Mined {
    fn of(repo: &str, wrote: bool, tables: &BTreeMap<String, u64>) -> Self {
        let rows = |table: &str| tables.get(table).copied().unwrap_or_default();
        Self {
            repo: repo.to_owned(),
            wrote,
            commits: rows("commits"),
            changes: rows("changes"),
            skipped: rows("skipped"),
        }
    }
}

/// The derived tables of one repository.
struct Judged {
    people: Vec<Person>,
    evidence: Vec<Evidence>,
    attributions: Vec<Attribution>,
    line_attributions: Vec<LineAttribution>,
    attested_fates: Vec<AttestedFate>,
    fixes: Vec<Fix>,
    links: Vec<Link>,
    changes: Vec<Change>,
    landings: Vec<PullLanding>,
    pull_outcomes: Vec<PullOutcome>,
    skipped: Vec<Skipped>,
}

impl Judged {
    fn put(mut self, write: &mut Write<'_>) -> Result<()> {
        let key = |link: &Link| (link.kind, link.from_id.clone(), link.to_id.clone(), link.method.clone());
        self.links.sort_by_cached_key(key);
        self.links.dedup_by_key(|link| key(link));
        write.put(&self.people)?;
        write.put(&self.evidence)?;
        write.put(&self.attributions)?;
        write.put(&self.line_attributions)?;
        write.put(&self.attested_fates)?;
        write.put(&self.fixes)?;
        write.put(&self.links)?;
        write.put(&self.changes)?;
        write.put(&self.landings)?;
        write.put(&self.pull_outcomes)?;
        write.put(&self.skipped)?;
        Ok(())
    }
}
