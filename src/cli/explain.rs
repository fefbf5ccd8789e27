mod pulls;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::Place;
use super::hints::Hinted;
use crate::facts::store::Lake;
use crate::facts::{
    Attribution, AuthorshipNote, Change, Commit, CommitFile, CommitId, CommitLines, Evidence, Fix, Incident,
    LineAttribution, LineRelation, Link, LinkKind, MergeFile, Origin, Override, PullLines, Repo, SubjectKind,
};
use crate::report::{publishable, words};
use crate::sources::git::{self, NoLine, WrittenLine};

/// Tell the whole story of one commit, pull request, incident or line
///
/// Shows its evidence, its origin and the rule that decided, who wrote which lines where a record says
/// so, what became of it, and every link with the words that testified. A line is told by the commit that
/// wrote it, as blame finds it from HEAD.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Commit id or its start, a revision of the repository here, #N for a pull request, FILE:LINE, or an incident's id
    #[arg(value_name = "REV|#N|FILE:LINE|INCIDENT")]
    subject: String,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let lake = args.place.open()?;
    let mut told = String::new();
    let (line, mut heads) = (line_named(&args.subject), Vec::new());
    for manifest in lake.manifests()? {
        let story = Story::read(&lake, &manifest.repo)?;
        heads.extend(lake.read::<Repo>(&manifest.repo)?.into_iter().filter_map(|repo| repo.head_commit));
        let of_line = line.as_ref().and_then(|line| line.as_ref().ok());
        let of_line = of_line.and_then(|line| Some((line, story.commit(&line.commit)?)));
        if let Some((line, commit)) = of_line {
            story.tell_line(&args.subject, line, &mut told)?;
            story.tell_commit(commit, &mut told)?;
        }
        if let Some(number) = pull_named(&args.subject) {
            story.tell_pull(&lake, number, &mut told)?;
        }
        for commit in story.commits_named(&args.subject) {
            story.tell_commit(commit, &mut told)?;
        }
        if let Some(incident) = story.incidents.iter().find(|incident| *incident.incident_id == *args.subject) {
            story.tell_incident(incident, &mut told)?;
        }
    }
    if told.is_empty() {
        if let Some(line) = line {
            return Err(no_line(&args.subject, line, &heads).into());
        }
        let message = format!("nothing in the lake is called `{}`", args.subject);
        let hint = "give a commit id, #N of a pull request, FILE:LINE, or an incident's id; `shipwake mine` brings in \
                    what is new, `shipwake sync github` pull requests that did not land"
            .to_owned();
        return Err(Hinted { message, hint, is_usage: false }.into());
    }
    Ok(io::stdout().lock().write_all(told.as_bytes())?)
}

/// The number in `#N`.
fn pull_named(subject: &str) -> Option<i64> {
    subject.strip_prefix('#')?.parse().ok()
}

/// `FILE:LINE` of the repository here.
fn line_named(subject: &str) -> Option<Result<WrittenLine, NoLine>> {
    let (file, line) = subject.rsplit_once(':')?;
    Some(git::line_here(Path::new(file), line.parse().ok()?))
}

/// Why a line cannot be told; `heads` are the head commits that were mined.
fn no_line(subject: &str, line: Result<WrittenLine, NoLine>, heads: &[CommitId]) -> Hinted {
    let (why, hint) = match line {
        Err(why @ NoLine::Repository) => {
            (why.to_string(), "FILE:LINE is understood from the folder of a clone: go there, or give a commit id")
        }
        Err(why) => {
            (why.to_string(), "lines are counted from 1, as HEAD has the file; the path is understood from here")
        }
        Ok(written) => {
            let wrote = words::short_id(&written.commit);
            if heads.iter().any(|head| git::resolve_here(head.as_str()).is_some()) {
                let why = format!("HEAD is newer than the lake, which has no commit {wrote}, the line's");
                (why, "`shipwake mine` brings in what is new")
            } else {
                let why = format!("commit {wrote}, the line's, is of no repository in the lake");
                (why, "`shipwake mine` brings in this repository; --lake DIR names another lake")
            }
        }
    };
    let message = format!("nothing can be told of `{subject}`: {why}");
    Hinted { message, hint: hint.to_owned(), is_usage: false }
}

/// Everything known of one repository.
struct Story {
    repo: String,
    commits: Vec<Commit>,
    files: Vec<CommitFile>,
    merge_files: Vec<MergeFile>,
    commit_lines: Vec<CommitLines>,
    evidence: Vec<Evidence>,
    attributions: Vec<Attribution>,
    notes: Vec<AuthorshipNote>,
    lines: Vec<LineAttribution>,
    behind: Vec<PullLines>,
    overrides: Vec<Override>,
    fixes: Vec<Fix>,
    links: Vec<Link>,
    changes: Vec<Change>,
    incidents: Vec<Incident>,
}

impl Story {
    fn read(lake: &Lake, repo: &str) -> Result<Self> {
        Ok(Self {
            repo: repo.to_owned(),
            commits: lake.read(repo)?,
            files: lake.read(repo)?,
            merge_files: lake.read(repo)?,
            commit_lines: lake.read(repo)?,
            evidence: lake.read(repo)?,
            attributions: lake.read(repo)?,
            notes: lake.read(repo)?,
            lines: lake.read(repo)?,
            behind: lake.read(repo)?,
            overrides: lake.read(repo)?,
            fixes: lake.read(repo)?,
            links: lake.read(repo)?,
            changes: lake.read(repo)?,
            incidents: lake.read(repo)?,
        })
    }

    /// By id or its start, by pull request, or as git in this folder understands it.
    fn commits_named(&self, subject: &str) -> Vec<&Commit> {
        if let Some(pull) = pull_named(subject) {
            let of_head = self.commits.iter().filter(|commit| commit.pull == Some(pull));
            return self.landed_as(pull).into_iter().chain(of_head).collect();
        }
        let is_id = subject.len() >= 4 && subject.bytes().all(|byte| byte.is_ascii_hexdigit());
        let prefix = subject.to_lowercase();
        let by_id: Vec<&Commit> =
            self.commits.iter().filter(|commit| is_id && commit.commit_id.as_str().starts_with(&prefix)).collect();
        if !by_id.is_empty() {
            return by_id;
        }
        git::resolve_here(subject).and_then(|id| self.commit(&id)).into_iter().collect()
    }

    /// What a pull request landed as: a change, else a commit inside of one.
    fn landed_as(&self, pull: i64) -> Vec<&Commit> {
        let changes = self.changes.iter().filter(|change| change.pull == Some(pull));
        let landed: Vec<&Commit> = changes.filter_map(|change| self.commit(change.change_id.as_str())).collect();
        if !landed.is_empty() {
            return landed;
        }
        let number = format!("#{pull}");
        let is_it = |commit: &&Commit| {
            let is_inside = commit.change_id.as_ref().is_some_and(|change| *change != commit.commit_id);
            is_inside && commit.subject.contains(&number) && commit.landed_pull() == Some(pull)
        };
        self.commits.iter().filter(is_it).collect()
    }

    fn change(&self, id: &CommitId) -> Option<&Change> {
        self.changes.iter().find(|change| change.change_id == *id)
    }

    fn commit(&self, id: &str) -> Option<&Commit> {
        self.commits.iter().find(|commit| commit.commit_id.as_str() == id)
    }

    fn tell_commit(&self, commit: &Commit, out: &mut String) -> Result<()> {
        let id = commit.commit_id.as_str();
        writeln!(out, "commit {id}  ({})", self.repo)?;
        writeln!(out, "  {}", publishable(&commit.subject))?;
        writeln!(out, "  by {} on {}", commit.author, day(commit.committed_at))?;
        self.tell_size(commit, out)?;
        writeln!(out, "\nWho wrote it")?;
        self.tell_origin(SubjectKind::Commit, id, out)?;
        for evidence in self.evidence.iter().filter(|evidence| evidence.commit_id.as_ref() == Some(&commit.commit_id)) {
            tell_evidence(evidence, out)?;
        }
        self.tell_records(commit, out)?;
        self.tell_change(commit, out)?;
        writeln!(out, "\nWhat is linked to it")?;
        let fix = self.fixes.iter().find(|fix| fix.commit_id == commit.commit_id);
        if let Some(fix) = fix {
            writeln!(
                out,
                "  fixes a bug ({}, confidence {:.2}): {}",
                fix.method,
                fix.confidence,
                publishable(&fix.evidence)
            )?;
        }
        let blames = |link: &Link| link.kind == LinkKind::BugInducing && *link.from_id == *id;
        let linked = self.links.iter().filter(|link| (*link.from_id == *id && !blames(link)) || *link.to_id == *id);
        let linked: Vec<&Link> = linked.collect();
        for link in &linked {
            self.tell_link(link, id, out)?;
        }
        if linked.is_empty() && fix.is_none() {
            writeln!(out, "  nothing")?;
        }
        self.tell_culprits(commit, out)?;
        Ok(writeln!(out)?)
    }

    /// From the fix to the lines it deleted, to who wrote them and when.
    fn tell_culprits(&self, fix: &Commit, out: &mut String) -> Result<()> {
        let id = fix.commit_id.as_str();
        let mut by_culprit: BTreeMap<&str, Vec<&Link>> = BTreeMap::new();
        for link in self.links.iter().filter(|link| link.kind == LinkKind::BugInducing && *link.from_id == *id) {
            by_culprit.entry(&link.to_id).or_default().push(link);
        }
        let surest = |links: &[&Link]| links.iter().map(|link| link.confidence).fold(0.0, f64::max);
        let mut culprits: Vec<(&str, Vec<&Link>)> = by_culprit.into_iter().collect();
        culprits.sort_by(|(_, a), (_, b)| surest(b).total_cmp(&surest(a)));
        if !culprits.is_empty() {
            writeln!(out, "\nWhere the bug that {} mends is likely to come from", fix.commit_id.short())?;
        }
        for (culprit, links) in culprits {
            let Some(commit) = self.commit(culprit) else { continue };
            let days = fix.committed_at.zip(commit.committed_at).map(|(fixed, made)| (fixed - made).num_days());
            let before = days.filter(|days| *days >= 0).map(|days| format!(", {} before", counted(days, "day")));
            let before = before.unwrap_or_default();
            let born = day(commit.committed_at);
            writeln!(out, "  {} on {born}{before}: {}", commit.commit_id.short(), publishable(&commit.subject))?;
            self.tell_origin(SubjectKind::Commit, culprit, out)?;
            for (path, lines) in self.deleted_lines(fix, culprit) {
                let lines = words::counted(lines as u64, "line");
                writeln!(out, "    {lines} born there deleted or rewritten by the fix in {}", publishable(path))?;
            }
            for link in links {
                let (method, evidence) = (&link.method, publishable(&link.evidence));
                writeln!(out, "    {method}, confidence {:.2}: {evidence}", link.confidence)?;
            }
        }
        Ok(())
    }

    /// Lines that the other commit wrote and the fix deleted or rewrote, by file.
    fn deleted_lines(&self, fix: &Commit, culprit: &str) -> Vec<(&str, i64)> {
        let mut by_path: BTreeMap<&str, i64> = BTreeMap::new();
        let deleted = (self.commit_lines.iter())
            .filter(|row| row.commit_id == fix.commit_id && row.relation == LineRelation::Deleted);
        for row in deleted.filter(|row| row.origin_commit.as_str() == culprit) {
            *by_path.entry(&row.path).or_default() += row.lines;
        }
        by_path.into_iter().take(MOST_LINES).collect()
    }

    fn tell_size(&self, commit: &Commit, out: &mut String) -> Result<()> {
        let own = self
            .files
            .iter()
            .filter(|file| file.commit_id == commit.commit_id)
            .map(|file| (&file.path, file.class, file.added, file.deleted));
        let merged = self.merge_files.iter().filter(|file| file.commit_id == commit.commit_id);
        let files: Vec<_> = own.chain(merged.map(|file| (&file.path, file.class, file.added, file.deleted))).collect();
        for (path, class, added, deleted) in files.iter().take(10) {
            let lines =
                added.zip(*deleted).map_or("binary".to_owned(), |(added, deleted)| format!("+{added} −{deleted}"));
            writeln!(out, "    {lines:<12} {} ({class})", publishable(path))?;
        }
        if files.len() > 10 {
            writeln!(out, "    … and {} more files", files.len() - 10)?;
        }
        Ok(())
    }

    fn tell_origin(&self, kind: SubjectKind, id: &str, out: &mut String) -> Result<()> {
        for attribution in self.attributions.iter().filter(|a| a.subject_kind == kind && *a.subject_id == *id) {
            let sure =
                attribution.confidence.map_or(String::new(), |confidence| format!(", confidence {confidence:.2}"));
            let tools = if attribution.agents.is_empty() {
                String::new()
            } else {
                format!(" [{}]", attribution.agents.join(", "))
            };
            writeln!(out, "  {kind}: {}{tools}{sure}: {}", attribution.origin, publishable(&attribution.reason))?;
            tell_verdict(attribution, out)?;
        }
        Ok(())
    }

    fn tell_line(&self, subject: &str, line: &WrittenLine, out: &mut String) -> Result<()> {
        writeln!(out, "line {}  ({})", publishable(subject), self.repo)?;
        let place = format!("line {} of {}", line.line, publishable(&line.path));
        writeln!(out, "  written as {place} by commit {}", words::short_id(&line.commit))?;
        let number = line.line as i64;
        let is_it = |row: &&LineAttribution| {
            row.commit_id.as_str() == line.commit
                && *row.path == *line.path
                && (row.start_line..=row.end_line).contains(&number)
        };
        match self.lines.iter().find(is_it) {
            Some(row) => writeln!(out, "  {}, says {}", writer(row), publishable(&row.source))?,
            None if self.notes.iter().any(|note| note.commit_id.as_str() == line.commit) => {
                writeln!(out, "  the record of that commit leaves this line out: unknown")?;
            }
            None => writeln!(
                out,
                "  no record says who wrote which lines of that commit: its own origin is all that is known"
            )?,
        }
        Ok(writeln!(out)?)
    }

    /// Decisions by hand, lines by their writers, and the commits behind a squash merge.
    fn tell_records(&self, commit: &Commit, out: &mut String) -> Result<()> {
        for decision in self.overrides.iter().filter(|decision| decision.commit_id == commit.commit_id) {
            // Who decided so stands in the table: here people have no names.
            writeln!(out, "  set by hand to {}: {}", decision.origin, publishable(&decision.why))?;
        }
        for note in self.notes.iter().filter(|note| note.commit_id == commit.commit_id) {
            writeln!(out, "  a record of its lines: {}", publishable(&note.source))?;
        }
        let lines: Vec<&LineAttribution> = self.lines.iter().filter(|l| l.commit_id == commit.commit_id).collect();
        for line in lines.iter().take(MOST_LINES) {
            writeln!(out, "    {}:{}-{} {}", publishable(&line.path), line.start_line, line.end_line, writer(line))?;
        }
        if lines.len() > MOST_LINES {
            writeln!(out, "    … and {} more stretches", lines.len() - MOST_LINES)?;
        }
        for wrote in self.behind.iter().filter(|wrote| wrote.change_id == commit.commit_id) {
            let origin = self.attributions.iter().find(|a| *a.subject_id == *wrote.commit_id.as_str());
            writeln!(
                out,
                "  behind it: {} ({}) wrote {} of its {} lines, and {} that did not land",
                wrote.commit_id.short(),
                origin.map_or("unknown", |a| a.origin.as_str()),
                wrote.landed,
                commit.added,
                wrote.added - wrote.landed
            )?;
        }
        Ok(())
    }

    fn tell_change(&self, commit: &Commit, out: &mut String) -> Result<()> {
        let Some(id) = &commit.change_id else {
            let head =
                commit.pull.map_or(String::new(), |pull| format!(", known from the head of pull request #{pull}"));
            let landed = commit.pull.and_then(|pull| self.landed_as(pull).first().copied());
            let landed =
                landed.map_or(String::new(), |landed| format!(", which landed as {}", landed.commit_id.short()));
            return Ok(writeln!(out, "\nIt did not land on the default branch{head}{landed}.")?);
        };
        let Some(change) = self.change(id) else { return Ok(()) };
        writeln!(out, "\nThe change it landed with")?;
        let pull = change.pull.map_or(String::new(), |pull| format!(", pull request #{pull}"));
        writeln!(out, "  {} {}{pull}: {}", change.kind, change.change_id.short(), publishable(&change.subject))?;
        self.tell_origin(SubjectKind::Change, id.as_str(), out)?;
        if commit.is_merge && *id == commit.commit_id {
            self.tell_brought(commit, out)?;
        }
        writeln!(
            out,
            "  landed {}, {} in {}, watched for {}",
            day(change.merged_at),
            counted(change.size, "line"),
            counted(change.files, "file"),
            change.observed_days.map_or("an unknown number of days".to_owned(), |days| counted(days, "day"))
        )?;
        let outcomes = [
            ("reverted", change.reverted_at, change.reverted_days, &change.reverted_by),
            ("landed again", change.reapplied_at, None, &None),
            (
                "superseded: most of its lines rewritten by one later change",
                change.superseded_at,
                change.superseded_days,
                &change.superseded_by,
            ),
            ("lines rewritten by a bug fix", change.first_fix_at, change.first_fix_days, &change.first_fix_by),
            (
                "file touched by a bug fix",
                change.first_file_fix_at,
                change.first_file_fix_days,
                &change.first_file_fix_by,
            ),
            ("linked to a bug that was fixed", change.bug_at, change.bug_days, &change.bug_by),
            ("named as the cause of an incident", change.incident_at, change.incident_days, &change.incident_by),
        ];
        let mut fine = true;
        for (what, at, days, by) in outcomes.iter().filter(|(_, at, ..)| at.is_some()) {
            fine = false;
            let after = days.map_or(String::new(), |days| format!(", {} after landing", counted(days, "day")));
            let by = by.as_ref().map_or(String::new(), |by| format!(", {}", self.named(by)));
            writeln!(out, "  {what} on {}{after}{by}", day(*at))?;
        }
        if change.reapplied_at.is_some() {
            writeln!(out, "  it is {} now", if change.is_undone { "out again" } else { "in" })?;
        }
        if fine {
            writeln!(out, "  nothing is known to have become of it so far")?;
        }
        Ok(())
    }

    /// A commit by its short id, anything else as it is called.
    fn named(&self, id: &str) -> String {
        self.commit(id).map_or_else(|| publishable(id), |commit| format!("by {}", commit.commit_id.short()))
    }

    /// The commits that a merge brought, what testifies to who wrote them, and who reverted them.
    fn tell_brought(&self, merge: &Commit, out: &mut String) -> Result<()> {
        let is_brought = |commit: &&Commit| commit.change_id.as_ref() == Some(&merge.commit_id) && !commit.is_merge;
        let brought: Vec<&Commit> = self.commits.iter().filter(is_brought).collect();
        for commit in brought.iter().take(MOST_LINES) {
            let id = commit.commit_id.as_str();
            let origin =
                self.attributions.iter().find(|a| a.subject_kind == SubjectKind::Commit && *a.subject_id == *id);
            let origin = origin.map_or("unknown", |a| a.origin.as_str());
            writeln!(out, "  brought {} ({origin}): {}", commit.commit_id.short(), publishable(&commit.subject))?;
            for evidence in
                self.evidence.iter().filter(|evidence| evidence.commit_id.as_ref() == Some(&commit.commit_id))
            {
                tell_evidence(evidence, out)?;
            }
            for link in self.links.iter().filter(|link| link.kind == LinkKind::Reverts && *link.to_id == *id) {
                self.tell_link(link, id, out)?;
            }
        }
        if brought.len() > MOST_LINES {
            writeln!(out, "  … and {} more commits", brought.len() - MOST_LINES)?;
        }
        Ok(())
    }

    fn tell_link(&self, link: &Link, id: &str, out: &mut String) -> Result<()> {
        let (arrow, other) = if *link.from_id == *id { ("→", &link.to_id) } else { ("←", &link.from_id) };
        let subject = self.commit(other).map_or(String::new(), |commit| format!(" {}", publishable(&commit.subject)));
        let kind = link.kind.as_str().replace('_', " ");
        let share = link.share.map_or(String::new(), |share| told_share(link.kind, share));
        writeln!(out, "  {kind} {arrow} {}{subject}{share}", publishable(&words::short_id(other)))?;
        Ok(writeln!(out, "      {}, confidence {:.2}: {}", link.method, link.confidence, publishable(&link.evidence))?)
    }

    fn tell_incident(&self, incident: &Incident, out: &mut String) -> Result<()> {
        let (id, source) = (publishable(&incident.incident_id), publishable(&incident.source));
        writeln!(out, "incident {id}  ({}, from {source})", self.repo)?;
        writeln!(out, "  {}", publishable(&incident.title))?;
        let times = [
            ("started", incident.started_at),
            ("detected", incident.detected_at),
            ("mitigated", incident.mitigated_at),
            ("resolved", incident.resolved_at),
        ];
        for (what, at) in times.iter().filter(|(_, at)| at.is_some()) {
            writeln!(out, "  {what} {}", at.map(words::minute).unwrap_or_default())?;
        }
        writeln!(out, "\nWhat is linked to it")?;
        for link in self.links.iter().filter(|link| link.to_id == incident.incident_id) {
            self.tell_link(link, &incident.incident_id, out)?;
            self.tell_origin(SubjectKind::Commit, &link.from_id, out)?;
            if let (LinkKind::ResolvedIncident, Some(fix)) = (link.kind, self.commit(&link.from_id)) {
                self.tell_culprits(fix, out)?;
            }
        }
        Ok(writeln!(out)?)
    }
}

fn tell_evidence(evidence: &Evidence, out: &mut String) -> Result<()> {
    let Evidence { signal_id, agent, model, proves, strength, found_in, text, .. } = evidence;
    let tool = [agent.as_deref(), model.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Ok(writeln!(out, "    {signal_id} {tool} ({proves}, {strength}) in {found_in}: {}", publishable(text))?)
}

/// Stretches of lines shown; the table `line_attributions` has them all.
const MOST_LINES: usize = 10;

fn writer(line: &LineAttribution) -> String {
    let tool = [line.agent.as_deref(), line.model.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let by = match line.origin {
        Origin::Agent => format!("by an AI: {tool}"),
        Origin::Assisted => format!("by an AI and a person: {tool}"),
        Origin::Human => "by a person".to_owned(),
        Origin::Bot | Origin::Unknown => "by somebody of whom it is not known whether they are a person".to_owned(),
    };
    publishable(by.trim_end_matches([':', ' ']))
}

/// "(in full: 97 % of its lines)"
fn told_share(kind: LinkKind, share: f64) -> String {
    let extent = match kind {
        LinkKind::Reverts if share >= Link::FULL => "in full: ",
        LinkKind::Reverts => "in part: ",
        _ => "",
    };
    format!(" ({extent}{:.0} % of its lines)", 100.0 * share)
}

/// What a verdict says beside the origin.
fn tell_verdict(attribution: &Attribution, out: &mut String) -> Result<()> {
    let Attribution { autonomy, responsible, responsible_as, conflicts, .. } = attribution;
    if let Some(autonomy) = autonomy {
        let who = responsible.as_deref().zip(responsible_as.as_deref());
        let who = who
            .map_or("nobody known answers for it".to_owned(), |(who, role)| format!("{who} answers for it as {role}"));
        writeln!(out, "    {}; {who}", autonomy.as_str().replace('-', " "))?;
    }
    for conflict in conflicts {
        writeln!(out, "    against it: {}", publishable(conflict))?;
    }
    if let Attribution { ai_lines: Some(ai), human_lines: Some(human), unknown_lines: Some(unknown), .. } = attribution
    {
        writeln!(out, "    lines: {ai} by AI, {human} by a person, {unknown} unknown")?;
    }
    Ok(())
}

fn day(time: Option<DateTime<Utc>>) -> String {
    time.map_or("an unknown day".to_owned(), words::day)
}

fn counted(number: i64, noun: &str) -> String {
    words::counted(number.try_into().unwrap_or_default(), noun)
}
