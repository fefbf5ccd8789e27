//! From a pull request to its origin, and on to the change it landed as.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::Accounts;
use super::catalogue::Catalogue;
use super::changes::{BEHIND_A_SQUASH, Member, answered_for, united};
use super::people::{People, Responsible};
use super::signals::{self, Account, Authors, Surroundings};
use super::weigh;
use crate::facts::{
    Attribution, Autonomy, Commit, CommitId, Evidence, Github, Origin, PersonKind, Pull, PullCommit, PullLanding,
    SubjectKind, Text,
};

/// A pull request as it was judged.
struct Judged {
    evidence: Vec<Evidence>,
    attribution: Attribution,
    merger: Option<Responsible>,
}

/// The pull requests of a repository, judged.
#[derive(Default)]
pub(super) struct Pulls<'a> {
    judged: BTreeMap<i64, Judged>,
    landed: BTreeMap<&'a CommitId, BTreeSet<i64>>,
}

impl<'a> Pulls<'a> {
    /// `commits` with their attributions are those of the history and, behind them, those that only GitHub has.
    pub(super) fn of(
        github: &'a Github,
        landings: &'a [PullLanding],
        commits: &[Member<'_>],
        people: &People<'_>,
        catalogue: &Catalogue,
    ) -> Self {
        let change_of: BTreeMap<i64, &CommitId> = landings.iter().map(|l| (l.pull, &l.change_id)).collect();
        let mut landed: BTreeMap<&CommitId, BTreeSet<i64>> = BTreeMap::new();
        for landing in landings {
            landed.entry(&landing.change_id).or_default().insert(landing.pull);
        }
        let authors = Authors::of_accounts(github.pulls.iter().map(author), catalogue);
        let reviewers = reviewers(github);
        let members = members(github, commits);
        let one = |pull: &Pull| {
            let change = change_of.get(&pull.pull).copied();
            let around = Surroundings {
                branch: &pull.head_ref,
                labels: &pull.labels,
                reviewers: reviewers.get(&pull.pull).into_iter().flatten().copied().collect(),
            };
            let as_commit = as_commit(pull, change);
            let mut evidence = signals::read_pull(&as_commit, &around, &authors, catalogue);
            super::sort(&mut evidence);
            evidence.iter_mut().for_each(|e| e.commit_id = None);
            let of_commits = members.get(&pull.pull).map(|members| united(&as_commit.commit_id, members));
            let own = weigh::weigh(&as_commit, &evidence, None);
            let merger = pull.merged_by.as_deref().and_then(|login| people.account(login)).map(|p| (p, "merger"));
            let attribution = together(own, of_commits, &evidence);
            let attribution = Attribution { subject_kind: SubjectKind::Pull, ..attribution };
            let by = author_person(pull, people, catalogue).or_else(|| merger.clone());
            let attribution = if attribution.origin.is_ai() {
                answered_for(attribution, by)
            } else {
                answered_for(attribution, None)
            };
            (pull.pull, Judged { evidence, attribution, merger })
        };
        Self { judged: github.pulls.par_iter().map(one).collect::<Vec<_>>().into_iter().collect(), landed }
    }

    /// Rows of what pull requests themselves say, and of their origins, by number.
    pub(super) fn rows(self) -> (Vec<Evidence>, Vec<Attribution>) {
        let (evidence, attributions): (Vec<_>, Vec<_>) =
            self.judged.into_values().map(|judged| (judged.evidence, judged.attribution)).unzip();
        (evidence.into_iter().flatten().collect(), attributions)
    }

    /// The pull request that a landing commit landed: as GitHub says, else as the commit does.
    pub(super) fn landed_by(&self, landing: &Commit) -> Option<i64> {
        self.all_landed_by(landing).first().copied().or_else(|| landing.landed_pull())
    }

    /// That which the commit names first.
    fn all_landed_by(&self, landing: &Commit) -> Vec<i64> {
        let mut all: Vec<i64> = self.landed.get(&landing.commit_id).into_iter().flatten().copied().collect();
        if all.len() > 1 {
            let said = landing.landed_pull();
            all.sort_by_key(|pull| (Some(*pull) != said, *pull));
        }
        all
    }

    /// A change together with what its pull requests say: where its commits are silent they decide, elsewhere what speaks
    /// against the change's origin is told. Who merged an AI's work answers for it where nobody else does.
    pub(super) fn speak(&self, landing: &Commit, change: Attribution) -> Attribution {
        let pulls = self.all_landed_by(landing);
        let told = pulls.iter().filter_map(|number| Some((number, self.judged.get(number)?)));
        let told: Vec<(&i64, &Judged)> = told.collect();
        let mut change = change;
        if change.origin == Origin::Unknown && !change.is_overridden {
            let verdicts: Vec<(i64, &Attribution)> =
                told.iter().map(|(number, j)| (**number, &j.attribution)).collect();
            change = of_pulls(change, &verdicts);
        } else {
            for (number, judged) in &told {
                let against = weigh::against(change.origin, &judged.evidence).map(weigh::quote);
                change.conflicts.extend(against.map(|said| Text::from(format!("pull request #{number}: {said}"))));
            }
            change.conflicts.sort();
            change.conflicts.dedup();
        }
        let merger = told.iter().find_map(|(_, judged)| judged.merger.clone());
        if change.origin.is_ai() && change.responsible.is_none() { answered_for(change, merger) } else { change }
    }
}

/// What the pull requests say of the change that they landed as: one for itself; of several that landed with one merge AI had a part
/// in the change where it had in one, and nothing else is said unless all say it.
fn of_pulls(change: Attribution, pulls: &[(i64, &Attribution)]) -> Attribution {
    let ai: Vec<(i64, &Attribution)> = pulls.iter().copied().filter(|(_, pull)| pull.origin.is_ai()).collect();
    let surest =
        ai.iter().copied().max_by(|a, b| a.1.confidence.partial_cmp(&b.1.confidence).unwrap_or(Ordering::Equal));
    match (pulls, surest) {
        ([], _) => change,
        ([(number, only)], _) => of_pull(change, *number, only),
        (_, Some((number, surest))) => {
            let all_agents = pulls.iter().all(|(_, pull)| pull.origin == Origin::Agent);
            let union = |of: fn(&Attribution) -> &Vec<Text>| {
                merged(&[], &ai.iter().flat_map(|(_, a)| of(a).clone()).collect::<Vec<_>>())
            };
            let with =
                format!("{} of {} pull requests that landed with it carry evidence of AI", ai.len(), pulls.len());
            Attribution {
                origin: if all_agents { Origin::Agent } else { Origin::Assisted },
                autonomy: Some(if all_agents { Autonomy::AgentAlone } else { Autonomy::Assisted }),
                agents: weigh::named(union(|a| &a.agents)),
                models: union(|a| &a.models),
                reason: format!("{with}; #{number}: {}", surest.reason).into(),
                ..of_pull(change, number, surest)
            }
        }
        ([(number, first), rest @ ..], None) => {
            let agree = rest.iter().all(|(_, pull)| pull.origin == first.origin);
            if agree { of_pull(change, *number, first) } else { change }
        }
    }
}

/// The origin of a pull request for the change it landed as.
fn of_pull(change: Attribution, number: i64, pull: &Attribution) -> Attribution {
    Attribution {
        subject_kind: change.subject_kind,
        subject_id: change.subject_id,
        reason: format!("pull request #{number}: {}", pull.reason).into(),
        ai_lines: change.ai_lines,
        human_lines: change.human_lines,
        unknown_lines: change.unknown_lines,
        ..pull.clone()
    }
}

/// An agent that opened a pull request wrote it; else its commits tell, then its own words.
fn together(own: Attribution, of_commits: Option<Attribution>, evidence: &[Evidence]) -> Attribution {
    let Some(of_commits) = of_commits else { return own };
    let subject_id = own.subject_id.clone();
    let has_human_edits = of_commits.autonomy == Some(Autonomy::AgentWithHumanEdits);
    let is_decided = |a: &Attribution| a.origin != Origin::Unknown;
    if own.origin == Origin::Agent {
        let autonomy = if has_human_edits { of_commits.autonomy } else { own.autonomy };
        Attribution { autonomy, conflicts: merged(&own.conflicts, &of_commits.conflicts), ..own }
    } else if of_commits.origin.is_ai() {
        let against: Vec<Text> = weigh::against(of_commits.origin, evidence).map(|e| weigh::quote(e).into()).collect();
        Attribution {
            subject_id,
            agents: weigh::named(merged(&own.agents, &of_commits.agents)),
            models: merged(&own.models, &of_commits.models),
            conflicts: merged(&against, &of_commits.conflicts),
            ..without_lines(of_commits)
        }
    } else if is_decided(&own) || !is_decided(&of_commits) {
        own
    } else {
        Attribution {
            subject_id,
            confidence: of_commits.confidence.map(|confidence| confidence * BEHIND_A_SQUASH),
            ..without_lines(of_commits)
        }
    }
}

/// How many lines of a pull request landed is not known of its commits.
fn without_lines(of_commits: Attribution) -> Attribution {
    Attribution { ai_lines: None, human_lines: None, unknown_lines: None, ..of_commits }
}

fn merged(one: &[Text], other: &[Text]) -> Vec<Text> {
    one.iter().chain(other).cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

fn author(pull: &Pull) -> Account<'_> {
    Account { login: pull.author.as_deref().unwrap_or_default(), id: pull.author_id, kind: pull.author_type.as_deref() }
}

fn author_person(pull: &Pull, people: &People<'_>, catalogue: &Catalogue) -> Option<Responsible> {
    let login = pull.author.as_deref()?;
    let is_person = author(pull).is(catalogue).0 == PersonKind::Human;
    people.account(login).filter(|_| is_person).map(|person| (person, "author"))
}

/// A pull request as the commit that it would be.
fn as_commit(pull: &Pull, change: Option<&CommitId>) -> Commit {
    let (name, email) = author(pull).author();
    Commit {
        commit_id: CommitId::new(pull.pull.to_string()),
        change_id: change.cloned(),
        pull: Some(pull.pull),
        author_name: name,
        author_email: email,
        authored_at: pull.created_at,
        // It was written until it was closed.
        committed_at: pull.merged_at.or(pull.closed_at).or(pull.updated_at),
        subject: pull.title.clone(),
        message: signals::as_message(&pull.title, &pull.body).into(),
        ..nothing()
    }
}

/// The commits of pull requests that the history lacks, by id.
pub(super) fn commits_elsewhere(github: &Github, known: &[&Commit], people: &People<'_>) -> Vec<Commit> {
    let known: BTreeSet<&str> = known.iter().map(|commit| commit.commit_id.as_str()).collect();
    let mut found: BTreeMap<&str, &PullCommit> = BTreeMap::new();
    for commit in github.pull_commits.iter().filter(|commit| !known.contains(&*commit.commit_id)) {
        let first = found.entry(&commit.commit_id).or_insert(commit);
        if commit.pull < first.pull {
            *first = commit;
        }
    }
    let as_commit = |commit: &PullCommit| Commit {
        commit_id: CommitId::new(commit.commit_id.clone()),
        parents: commit.parents.iter().map(|parent| CommitId::new(parent.clone())).collect(),
        is_merge: commit.parents.len() > 1,
        pull: Some(commit.pull),
        author: people.address(&commit.author_email).unwrap_or_default(),
        author_name: commit.author_name.clone(),
        author_email: commit.author_email.clone(),
        committer: people.address(&commit.committer_email).unwrap_or_default(),
        committer_name: commit.committer_name.clone(),
        committer_email: commit.committer_email.clone(),
        authored_at: commit.authored_at,
        committed_at: commit.committed_at,
        subject: commit.message.lines().next().unwrap_or_default().into(),
        message: commit.message.clone(),
        ..nothing()
    };
    found.into_values().map(as_commit).collect()
}

fn nothing() -> Commit {
    let empty = Text::default;
    Commit {
        commit_id: CommitId::new(""),
        parents: Vec::new(),
        is_merge: false,
        on_mainline: false,
        on_default_branch: false,
        change_id: None,
        pull: None,
        author: empty(),
        author_name: empty(),
        author_email: empty(),
        committer: empty(),
        committer_name: empty(),
        committer_email: empty(),
        authored_at: None,
        authored_offset: 0,
        committed_at: None,
        committed_offset: 0,
        subject: empty(),
        message: empty(),
        added: 0,
        deleted: 0,
        files: 0,
        week: None,
        month: None,
    }
}

/// The commits of each pull request, as GitHub lists them, else as its head in the clone has them.
fn members<'m>(github: &Github, commits: &[Member<'m>]) -> BTreeMap<i64, Vec<Member<'m>>> {
    let by_id: BTreeMap<&str, Member<'m>> =
        commits.iter().map(|member| (member.0.commit_id.as_str(), *member)).collect();
    let mut listed: BTreeMap<i64, BTreeMap<&str, Member<'m>>> = BTreeMap::new();
    for commit in &github.pull_commits {
        if let Some(member) = by_id.get(&*commit.commit_id) {
            listed.entry(commit.pull).or_default().insert(&commit.commit_id, *member);
        }
    }
    let mut all: BTreeMap<i64, Vec<Member<'m>>> =
        listed.into_iter().map(|(pull, members)| (pull, members.into_values().collect())).collect();
    let mut of_heads: BTreeMap<i64, Vec<Member<'m>>> = BTreeMap::new();
    for member in by_id.values() {
        member.0.pull.into_iter().for_each(|pull| of_heads.entry(pull).or_default().push(*member));
    }
    for (pull, members) in of_heads {
        all.entry(pull).or_insert(members);
    }
    all
}

/// Who reviewed or commented, by pull request.
fn reviewers(github: &Github) -> BTreeMap<i64, BTreeSet<&str>> {
    let reviews = github.reviews.iter().map(|row| (row.pull, &row.author));
    let on_lines = github.review_comments.iter().map(|row| (row.pull, &row.author));
    let comments = github.issue_comments.iter().map(|row| (row.issue, &row.author));
    let mut reviewers: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    for (pull, login) in reviews.chain(on_lines).chain(comments) {
        if let Some(login) = login {
            reviewers.entry(pull).or_default().insert(login);
        }
    }
    reviewers
}

/// What every account is that has to do with a pull request.
pub(super) fn accounts(github: &Github, catalogue: &Catalogue) -> Accounts {
    let mut known: BTreeMap<&Text, (Option<i64>, Option<&str>)> = BTreeMap::new();
    let pulls = github.pulls.iter().map(|row| (&row.author, row.author_id, row.author_type.as_deref()));
    let mergers = github.pulls.iter().map(|row| (&row.merged_by, None, None));
    let reviews = github.reviews.iter().map(|row| (&row.author, row.author_id, row.author_type.as_deref()));
    let on_lines = github.review_comments.iter().map(|row| (&row.author, row.author_id, row.author_type.as_deref()));
    let comments = github.issue_comments.iter().map(|row| (&row.author, row.author_id, row.author_type.as_deref()));
    let actors = github.pull_events.iter().map(|row| (&row.actor, row.actor_id, None));
    for (login, id, kind) in pulls.chain(mergers).chain(reviews).chain(on_lines).chain(comments).chain(actors) {
        if let Some(login) = login {
            let entry = known.entry(login).or_default();
            *entry = (entry.0.max(id), entry.1.max(kind));
        }
    }
    let is = |(login, (id, kind)): (&Text, _)| (login.clone(), Account { login, id, kind }.is(catalogue));
    known.into_iter().map(is).collect()
}
