//! A repository mined in this process, and its rows.

use std::path::Path;

use chrono::{DateTime, Utc};
use shipwake::config::Config;
use shipwake::facts::store::Lake;
use shipwake::facts::{
    AttestedFate, Attribution, AuthorshipNote, Change, Commit, CommitFile, CommitIdentifiers, CommitLines, Evidence,
    Fix, Incident, LineAttribution, LineFate, Link, LinkKind, MergeFile, Origin, Override, Person, PullLines,
    Repo as RepoRow, Skipped, SubjectKind,
};
use shipwake::pipeline::{Mined, Request, Run};
use shipwake::sources::incidents::IncidentSource;
use tempfile::TempDir;

use crate::repo::Repo;

/// What time the tests think it is.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// A lake of its own for one test.
pub(crate) struct Desk {
    pub(crate) dir: TempDir,
    pub(crate) run: Run,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let run = Run::new(Lake::create(&dir.path().join("lake")).unwrap(), Config::default(), now()).unwrap();
        Self { dir, run }
    }

    pub(crate) fn mine(&self, path: &Path) -> Mined {
        self.run.mine(&Request { path: path.to_owned(), name: Some("o/r".to_owned()), ..Request::default() }).unwrap()
    }

    /// Imports incidents for `o/r`; gives how many links lead to incidents afterwards.
    pub(crate) fn import(&self, source: IncidentSource, content: &str) -> u64 {
        let file = self.dir.path().join("incidents");
        std::fs::write(&file, content).unwrap();
        let imported = self.run.import_incidents(source, &file, Some("o/r")).unwrap();
        imported.iter().map(|imported| imported.links).sum()
    }

    pub(crate) fn facts(&self) -> Facts {
        let lake = &self.run.lake;
        let repo = "o/r";
        Facts {
            repos: lake.read(repo).unwrap(),
            commits: lake.read(repo).unwrap(),
            files: lake.read(repo).unwrap(),
            merge_files: lake.read(repo).unwrap(),
            fates: lake.read(repo).unwrap(),
            commit_lines: lake.read(repo).unwrap(),
            commit_identifiers: lake.read(repo).unwrap(),
            authorship_notes: lake.read(repo).unwrap(),
            line_attributions: lake.read(repo).unwrap(),
            attested_fates: lake.read(repo).unwrap(),
            pull_lines: lake.read(repo).unwrap(),
            overrides: lake.read(repo).unwrap(),
            people: lake.read(repo).unwrap(),
            evidence: lake.read(repo).unwrap(),
            attributions: lake.read(repo).unwrap(),
            fixes: lake.read(repo).unwrap(),
            links: lake.read(repo).unwrap(),
            incidents: lake.read(repo).unwrap(),
            changes: lake.read(repo).unwrap(),
            skipped: lake.read(repo).unwrap(),
        }
    }
}

/// Every table of one mined repository, read back from the lake.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Facts {
    pub(crate) repos: Vec<RepoRow>,
    pub(crate) commits: Vec<Commit>,
    pub(crate) files: Vec<CommitFile>,
    pub(crate) merge_files: Vec<MergeFile>,
    pub(crate) fates: Vec<LineFate>,
    pub(crate) commit_lines: Vec<CommitLines>,
    pub(crate) commit_identifiers: Vec<CommitIdentifiers>,
    pub(crate) authorship_notes: Vec<AuthorshipNote>,
    pub(crate) line_attributions: Vec<LineAttribution>,
    pub(crate) attested_fates: Vec<AttestedFate>,
    pub(crate) pull_lines: Vec<PullLines>,
    pub(crate) overrides: Vec<Override>,
    pub(crate) people: Vec<Person>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) attributions: Vec<Attribution>,
    pub(crate) fixes: Vec<Fix>,
    pub(crate) links: Vec<Link>,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) changes: Vec<Change>,
    pub(crate) skipped: Vec<Skipped>,
}

pub(crate) fn mine(repo: &Repo) -> Facts {
    mine_at(&repo.path)
}

pub(crate) fn mine_at(path: &Path) -> Facts {
    let desk = Desk::new();
    desk.mine(path);
    desk.facts()
}

/// A commit's id in a test, as the lake writes it.
pub(crate) type Id = String;

impl Facts {
    #[track_caller]
    pub(crate) fn commit(&self, id: &str) -> &Commit {
        self.commits.iter().find(|commit| commit.commit_id.as_str() == id).unwrap_or_else(|| panic!("no commit {id}"))
    }

    #[track_caller]
    pub(crate) fn change(&self, id: &str) -> &Change {
        self.changes.iter().find(|change| change.change_id.as_str() == id).unwrap_or_else(|| panic!("no change {id}"))
    }

    /// Subjects of the changes, oldest first.
    pub(crate) fn landed(&self) -> Vec<&str> {
        self.changes.iter().map(|change| change.subject.as_ref()).collect()
    }

    pub(crate) fn files_of(&self, id: &str) -> Vec<&CommitFile> {
        self.files.iter().filter(|file| file.commit_id.as_str() == id).collect()
    }

    #[track_caller]
    pub(crate) fn file(&self, id: &str, path: &str) -> &CommitFile {
        self.files_of(id)
            .into_iter()
            .find(|file| *file.path == *path)
            .unwrap_or_else(|| panic!("{id} did not touch {path}"))
    }

    /// Both ends of every link of a kind.
    pub(crate) fn links(&self, kind: LinkKind) -> Vec<(Id, Id)> {
        self.links
            .iter()
            .filter(|link| link.kind == kind)
            .map(|link| (link.from_id.to_string(), link.to_id.to_string()))
            .collect()
    }

    /// The follow-up fixes of a method: (fix, fixed).
    pub(crate) fn follow_ups(&self, method: &str) -> Vec<(Id, Id)> {
        let links = self.links.iter().filter(|link| link.kind == LinkKind::FollowUpFix && *link.method == *method);
        links.map(|link| (link.from_id.to_string(), link.to_id.to_string())).collect()
    }

    #[track_caller]
    pub(crate) fn origin(&self, id: &str) -> Origin {
        self.attribution(SubjectKind::Commit, id).origin
    }

    #[track_caller]
    pub(crate) fn attribution(&self, kind: SubjectKind, id: &str) -> &Attribution {
        let found = self.attributions.iter().find(|a| a.subject_kind == kind && *a.subject_id == *id);
        found.unwrap_or_else(|| panic!("{kind} {id} has no origin"))
    }

    pub(crate) fn signals(&self, id: &str) -> Vec<&Evidence> {
        self.evidence
            .iter()
            .filter(|evidence| evidence.commit_id.as_ref().is_some_and(|commit| commit.as_str() == id))
            .collect()
    }

    /// (path, lines) that a change brought and that are still there.
    pub(crate) fn alive(&self, id: &str) -> Vec<(String, i64)> {
        let alive = self.fates.iter().filter(|fate| fate.origin_commit.as_str() == id && fate.death_commit.is_none());
        alive.map(|fate| (fate.path.to_string(), fate.lines)).collect()
    }

    pub(crate) fn skipped_kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = self.skipped.iter().map(|skipped| skipped.what.as_ref()).collect();
        kinds.sort_unstable();
        kinds
    }
}
