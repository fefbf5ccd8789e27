//! What was read of a history, as the rows of the lake.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rustc_hash::FxHashMap;

use super::diffs::{Diffs, Outcome, Wanted};
use super::file_changes::Touched;
use super::genealogy::{CommitLinesRow, FateRow};
use super::notes::{self, AddedLines, Record, Session, Writer};
use super::squashes::{self, Squash};
use super::vocabulary::Sets;
use super::walk::{RawCommit, Signed, Walk};
use super::{GitError, Read, commit_id, file_class, readable};
use crate::facts::{
    AuthorshipNote, Commit, CommitFile, CommitId, CommitIdentifiers, CommitLines, FileClass, History, LineAttribution,
    LineFate, MergeFile, Origin, PeopleKey, PullLines, Skipped, Text, subject_of,
};

impl Read {
    /// Takes what was read apart as it goes: a large history is not held twice.
    pub(super) fn into_history(self, people: &PeopleKey) -> Result<History, GitError> {
        let Self { walk, roll, changes, diffs, wanted, genealogy, records, added, squashes, squashed, vocabulary } =
            self;
        let ids: Vec<CommitId> = walk.commits.iter().map(|commit| commit_id(commit.id)).collect();
        let (landings, on_mainline) = (walk.landings(), walk.on_mainline());
        let paths: Vec<NamedPath> = changes.paths.iter().map(|path| NamedPath::of(path)).collect();
        let mut rows = Rows { ids: &ids, paths: &paths, people: FxHashMap::default(), history: History::default() };
        let Walk { commits, index, on_default_branch, pull, skipped, .. } = walk;
        let mut buffer = Vec::new();
        for (at, raw) in commits.into_iter().enumerate() {
            let place = Place {
                on_mainline: on_mainline[at],
                on_default_branch: on_default_branch[at],
                change: landings[at].map(|landing| ids[landing].clone()),
                pull: pull[at],
            };
            // What a merge of a side branch did is in the commits it brought.
            let nothing = Touched::default();
            let found = &changes.commits[roll.numbers[at] as usize];
            let touched = if raw.parents.len() > 1 && !on_mainline[at] { &nothing } else { found };
            rows.add_unreadable(at, &found.unreadable);
            rows.add_commit(at, &raw, place, touched, (&diffs, wanted[at]), people);
            if on_default_branch[at] && raw.parents.len() < 2 {
                let sets = vocabulary.of(roll.numbers[at], &mut buffer);
                rows.add_identifiers(at, sets.map_err(|source| GitError::Spool { source })?);
            }
        }
        for (commit, record) in records.of {
            if let Some(&at) = index.get(&commit) {
                rows.add_record(at, &record, &added, people);
            }
        }
        for squash in &squashes {
            rows.add_pull_lines(squash, squashed.of(squash, &roll));
        }
        drop((changes, diffs, vocabulary));
        genealogy.fates(|row| rows.add_fate(row));
        genealogy.commit_lines(|row| rows.add_commit_lines(row)).map_err(|source| GitError::Spool { source })?;
        let mut history = rows.history;
        history.skipped.extend(skipped);
        history.skipped.extend(records.skipped);
        Ok(history)
    }
}

/// Where a commit stands in the history.
struct Place {
    on_mainline: bool,
    on_default_branch: bool,
    change: Option<CommitId>,
    pull: Option<i64>,
}

/// A path as rows have it.
struct NamedPath {
    text: Text,
    class: FileClass,
    language: Option<Text>,
}

impl NamedPath {
    fn of(path: &[u8]) -> Self {
        let text = Text::from(readable(path));
        let (class, language) = file_class::classify(&text);
        Self { class, language: language.map(Text::from), text }
    }
}

struct Rows<'a> {
    ids: &'a [CommitId],
    paths: &'a [NamedPath],
    people: FxHashMap<(String, String), Text>,
    history: History,
}

impl Rows<'_> {
    fn person(&mut self, signed: &Signed, people: &PeopleKey) -> Text {
        let key = (signed.who.name.clone(), signed.who.email.clone());
        self.people.entry(key).or_insert_with(|| people.pseudonym(&signed.who.name, &signed.who.email)).clone()
    }

    fn skip(&mut self, what: &str, place: String, reason: &str) {
        self.history.skipped.push(Skipped { what: what.into(), place: place.into(), reason: reason.into() });
    }

    fn add_unreadable(&mut self, at: usize, unreadable: &[(Cow<'static, str>, String, String)]) {
        for (what, which, reason) in unreadable {
            self.skip(what, format!("{}:{which}", self.ids[at].short()), reason);
        }
    }

    fn add_commit(
        &mut self,
        at: usize,
        raw: &RawCommit,
        place: Place,
        touched: &Touched,
        (diffs, wanted): (&Diffs, Wanted),
        people: &PeopleKey,
    ) {
        let id = self.ids[at].clone();
        let is_merge = raw.parents.len() > 1;
        let (mut added, mut deleted) = (0, 0);
        for file in 0..touched.files.len() {
            let lines = self.add_file(&id, is_merge, (touched, file), (diffs, wanted));
            if let (Some((more, less)), false) = (lines, is_merge) {
                (added, deleted) = (added + more, deleted + less);
            }
        }
        let authored_at = self.time(&id, &raw.author);
        let committed_at = self.time(&id, &raw.committer);
        let day = committed_at.map(|time| time.date_naive());
        let (author, committer) = (self.person(&raw.author, people), self.person(&raw.committer, people));
        self.history.commits.push(Commit {
            parents: raw.parents.iter().map(|&parent| commit_id(parent)).collect(),
            is_merge,
            on_mainline: place.on_mainline,
            on_default_branch: place.on_default_branch,
            change_id: place.change,
            pull: place.pull,
            author,
            author_name: raw.author.who.name.as_str().into(),
            author_email: raw.author.who.email.as_str().into(),
            committer,
            committer_name: raw.committer.who.name.as_str().into(),
            committer_email: raw.committer.who.email.as_str().into(),
            authored_at,
            authored_offset: raw.author.offset,
            committed_at,
            committed_offset: raw.committer.offset,
            subject: subject_of(&raw.message).into(),
            message: raw.message.as_str().into(),
            added,
            deleted,
            files: if is_merge { 0 } else { touched.files.len() as i64 },
            week: day
                .and_then(|day| day.checked_sub_signed(TimeDelta::days(day.weekday().num_days_from_monday().into()))),
            month: day.and_then(|day| day.with_day(1)),
            commit_id: id,
        });
    }

    fn add_identifiers(&mut self, at: usize, sets: Option<Sets<'_>>) {
        let Some(sets) = sets else { return };
        let [gained, lost, rewritten, around, functions] =
            sets.map(|names| Text::from(String::from_utf8_lossy(&names.join(&b' '))));
        let commit_id = self.ids[at].clone();
        self.history.commit_identifiers.push(CommitIdentifiers {
            commit_id,
            gained,
            lost,
            rewritten,
            around,
            functions,
        });
    }

    fn time(&mut self, id: &CommitId, signed: &Signed) -> Option<DateTime<Utc>> {
        let time = DateTime::from_timestamp(signed.seconds, 0).filter(|time| (0..=9999).contains(&time.year()));
        if time.is_none() && !signed.is_nobody() {
            self.skip("date", format!("{id}: {} seconds since 1970", signed.seconds), "no date that can be kept");
        }
        time
    }

    /// A file of a commit; gives its lines added and deleted, if they are known.
    fn add_file(
        &mut self,
        id: &CommitId,
        is_merge: bool,
        (touched, at): (&Touched, usize),
        (diffs, wanted): (&Diffs, Wanted),
    ) -> Option<(i64, i64)> {
        let file = touched.files[at];
        let path = &self.paths[file.path as usize];
        let (outcome, reason) = diffs.counts(touched, at, wanted);
        let lines = match outcome {
            Outcome::Text { added, deleted } => Some((i64::from(added), i64::from(deleted))),
            Outcome::Binary | Outcome::Unreadable => None,
        };
        let row = CommitFile {
            commit_id: id.clone(),
            path: path.text.clone(),
            old_path: self.paths.get(file.old_path as usize).map(|old| old.text.clone()),
            status: file.status,
            class: path.class,
            language: path.language.clone(),
            added: lines.map(|(added, _)| added),
            deleted: lines.map(|(_, deleted)| deleted),
        };
        if let (Outcome::Unreadable, reason) = (outcome, reason.unwrap_or("its content was not read")) {
            let place = format!("{}:{}", id.short(), path.text);
            self.skip("blob", place, reason);
        }
        if is_merge {
            self.history.merge_files.push(MergeFile::from(row));
        } else {
            self.history.commit_files.push(row);
        }
        lines
    }

    /// What is recorded of a commit: the notes, and lines with their writers.
    fn add_record(&mut self, at: usize, record: &Record, added: &AddedLines, people: &PeopleKey) {
        let id = self.ids[at].clone();
        let notes = record.sources.iter().map(|source| authorship_note(&id, source, people));
        self.history.authorship_notes.extend(notes);
        let sources: Vec<Text> = record.sources.iter().map(|source| source.name.as_str().into()).collect();
        let is_merge = self.history.commits[at].is_merge;
        for (path, stretches) in &record.files {
            let path = Text::from(path.as_str());
            // Of a file that the commit did not touch it added no line.
            let added = added.get(&(at, path.clone())).map_or(Some(&[][..]), |lines| lines.as_deref());
            let added = added.filter(|_| !is_merge);
            for stretch in stretches {
                let (writer, source) = stretch.what;
                let (origin, session) = match writer {
                    Writer::Ai(session) => (Origin::Agent, Some(session)),
                    Writer::Mixed(session) => (Origin::Assisted, Some(session)),
                    Writer::Human => (Origin::Human, None),
                    Writer::Named(session) => (Origin::Unknown, Some(session)),
                    Writer::Unknown => continue,
                };
                let session = session.and_then(|session| record.sessions.get(session as usize));
                let text = |of: fn(&Session) -> &Option<String>| of(session?).as_deref().map(Text::from);
                self.history.line_attributions.push(LineAttribution {
                    commit_id: id.clone(),
                    path: path.clone(),
                    start_line: stretch.first.into(),
                    end_line: stretch.last.into(),
                    origin,
                    agent: None,
                    model: text(|session| &session.model),
                    tool: text(|session| &session.tool),
                    source: sources[source as usize].clone(),
                    added: added.map(|added| notes::lines_among(stretch.first, stretch.last, added).into()),
                });
            }
        }
    }

    fn add_pull_lines(&mut self, squash: &Squash, wrote: &[squashes::Wrote]) {
        let commits = squash.commits.iter().zip(wrote);
        self.history.pull_lines.extend(commits.map(|(&commit, wrote)| PullLines {
            change_id: self.ids[squash.landing].clone(),
            pull: squash.pull,
            commit_id: self.ids[commit].clone(),
            added: wrote.added.into(),
            landed: wrote.landed.into(),
        }));
    }

    fn add_fate(&mut self, row: FateRow) {
        let (path, born_by) = (&self.paths[row.path as usize], row.copied_by.unwrap_or(row.origin));
        let id = |at: u32| self.ids[at as usize].clone();
        let time = |at: u32| self.history.commits[at as usize].committed_at;
        let ranges = row
            .birth_lines
            .iter()
            .map(|&(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") });
        let fate = LineFate {
            path: path.text.clone(),
            class: path.class,
            language: path.language.clone(),
            line_kind: row.kind,
            origin_commit: id(row.origin),
            copied_by: row.copied_by.map(id),
            moved_by: row.moved_by.map(id),
            birth_path: self.paths[row.birth_path as usize].text.clone(),
            birth_lines: ranges.collect::<Vec<_>>().join(",").into(),
            death_commit: row.death.map(id),
            lines: row.lines.into(),
            born_at: time(born_by),
            died_at: row.death.and_then(time),
        };
        self.history.line_fates.push(fate);
    }

    fn add_commit_lines(&mut self, row: CommitLinesRow) {
        let id = |at: u32| self.ids[at as usize].clone();
        self.history.commit_lines.push(CommitLines {
            commit_id: id(row.commit),
            path: self.paths[row.tie.path as usize].text.clone(),
            relation: row.tie.relation,
            origin_commit: id(row.tie.origin),
            line_kind: row.tie.kind,
            lines: row.tie.lines.into(),
            from_path: self.paths.get(row.tie.from_path as usize).map(|path| path.text.clone()),
            deleted_by: row.deleted_by.map(id),
        });
    }
}

fn authorship_note(id: &CommitId, source: &notes::Source, people: &PeopleKey) -> AuthorshipNote {
    let distinct = |of: &dyn Fn(&Session) -> Option<Text>| -> Vec<Text> {
        source.listed.iter().filter_map(of).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    };
    AuthorshipNote {
        commit_id: id.clone(),
        source: source.name.as_str().into(),
        sessions: source.sessions as i64,
        unknown_stretches: source.unknown_stretches as i64,
        is_whole: source.is_whole,
        tools: distinct(&|session| Some(session.tool.as_deref().unwrap_or("unspecified").into())),
        models: distinct(&|session| session.model.as_deref().map(Text::from)),
        requested_by: distinct(&|session| {
            let (name, rest) =
                session.asked_by.as_deref()?.split_once('<').unwrap_or((session.asked_by.as_deref()?, ""));
            Some(people.pseudonym(name.trim(), rest.trim_end_matches('>').trim()))
        }),
    }
}
