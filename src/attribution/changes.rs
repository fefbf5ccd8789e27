//! From the commits of a change to its origin.

use std::collections::{BTreeMap, BTreeSet};

use super::weigh::{is_ai, named};
use crate::facts::{Attribution, Commit, CommitId, Origin, SubjectKind, Text};

/// A commit with its own attribution.
type Member<'a> = (&'a Commit, &'a Attribution);

/// One attribution per change, sorted by id; `attributions` are those of `commits`, in that order.
pub(super) fn attribute(commits: &[&Commit], attributions: &[Attribution]) -> Vec<Attribution> {
    let mut changes: BTreeMap<&CommitId, Vec<Member<'_>>> = BTreeMap::new();
    for (commit, attribution) in commits.iter().zip(attributions) {
        if let Some(change) = &commit.change_id {
            changes.entry(change).or_default().push((commit, attribution));
        }
    }
    let heads = PullHeads::of(commits, attributions);
    changes.into_iter().map(|(id, members)| judge(id, &members, &heads)).collect()
}

fn judge(id: &CommitId, members: &[Member<'_>], heads: &PullHeads<'_>) -> Attribution {
    match members {
        [(landing, only)] => heads.behind(landing, only).unwrap_or_else(|| Attribution {
            subject_kind: SubjectKind::Change,
            subject_id: id.text(),
            ..(*only).clone()
        }),
        _ => united(id, members),
    }
}

/// Commits that only the head of a pull request reaches, by its number: what a squash merge put into one.
struct PullHeads<'a>(BTreeMap<i64, Vec<Member<'a>>>);

/// A head may hold work that the squash merge left out.
const BEHIND_A_SQUASH: f64 = 0.9;

impl<'a> PullHeads<'a> {
    fn of(commits: &[&'a Commit], attributions: &'a [Attribution]) -> Self {
        let mut heads: BTreeMap<i64, Vec<Member<'a>>> = BTreeMap::new();
        for (commit, attribution) in commits.iter().zip(attributions) {
            if let (Some(pull), None, false) = (commit.pull, &commit.change_id, commit.is_merge) {
                heads.entry(pull).or_default().push((commit, attribution));
            }
        }
        Self(heads)
    }

    /// What the pull request's own commits testify for the squash merge that says nothing itself.
    fn behind(&self, landing: &Commit, own: &Attribution) -> Option<Attribution> {
        let pull = landing.landed_pull().filter(|_| own.origin == Origin::Unknown && !landing.is_merge)?;
        let head = united(&landing.commit_id, self.0.get(&pull)?);
        is_ai(head.origin).then(|| Attribution {
            confidence: head.confidence.map(|confidence| confidence * BEHIND_A_SQUASH),
            reason: format!("squashed; in the head of pull request #{pull} {}", head.reason).into(),
            ..head
        })
    }
}

/// The origin of several commits together: `agent` if every commit that is no bot's is an agent's,
/// `assisted` if AI had a part in some, `bot` if all are bots', `human` only if all are human, else
/// `unknown`. A merge that says nothing carries no lines of its own and spoils none of these "all".
fn united(id: &CommitId, members: &[Member<'_>]) -> Attribution {
    let judged: Vec<&Attribution> = members.iter().map(|(_, attribution)| *attribution).collect();
    let work: Vec<&Attribution> = members
        .iter()
        .filter(|(commit, a)| !commit.is_merge || (is_ai(a.origin) && &commit.commit_id != id))
        .map(|(_, a)| *a)
        .collect();
    let work = if work.is_empty() { judged.clone() } else { work };
    let ai: Vec<&Attribution> = judged.iter().filter(|a| is_ai(a.origin)).copied().collect();
    let origin = origin(&work, !ai.is_empty());
    Attribution {
        subject_kind: SubjectKind::Change,
        subject_id: id.text(),
        origin,
        agents: named(union(&ai, |a| &a.agents)),
        models: union(&ai, |a| &a.models),
        confidence: confidence(origin, &work, &ai),
        reason: reason(origin, &work, &ai).into(),
        ai_lines: None,
        human_lines: None,
        unknown_lines: None,
    }
}

fn origin(work: &[&Attribution], some_ai: bool) -> Origin {
    let all = |origin: Origin| work.iter().all(|a| a.origin == origin);
    let no_bots = || work.iter().filter(|a| a.origin != Origin::Bot);
    if no_bots().count() > 0 && no_bots().all(|a| a.origin == Origin::Agent) {
        Origin::Agent
    } else if some_ai {
        Origin::Assisted
    } else if all(Origin::Bot) {
        Origin::Bot
    } else if all(Origin::Human) {
        Origin::Human
    } else {
        Origin::Unknown
    }
}

/// By the weakest link that is needed: one sure credit is enough for `assisted`, "all" needs each.
fn confidence(origin: Origin, work: &[&Attribution], ai: &[&Attribution]) -> Option<f64> {
    let needed = |a: &&&Attribution| origin != Origin::Agent || a.origin == Origin::Agent;
    match origin {
        Origin::Unknown => None,
        Origin::Assisted => ai.iter().filter_map(|a| a.confidence).max_by(f64::total_cmp),
        _ => work.iter().filter(needed).filter_map(|a| a.confidence).min_by(f64::total_cmp),
    }
}

fn reason(origin: Origin, work: &[&Attribution], ai: &[&Attribution]) -> String {
    let of = |origin: Origin| work.iter().filter(|a| a.origin == origin).count();
    let all = work.len();
    match origin {
        Origin::Agent => format!("{} of {all} commits are by agents, the others by bots", of(Origin::Agent)),
        Origin::Assisted => {
            let credited = of(Origin::Agent) + of(Origin::Assisted);
            match (credited, ai.first()) {
                (0, Some(landing)) => format!("the landing commit carries AI evidence: {}", landing.reason),
                _ => format!("{credited} of {all} commits carry AI evidence"),
            }
        }
        Origin::Bot => format!("all {all} commits are by bots"),
        Origin::Human => format!("all {all} commits carry evidence that no AI was used"),
        Origin::Unknown => format!("{} of {all} commits carry no evidence either way", of(Origin::Unknown)),
    }
}

fn union(members: &[&Attribution], of: impl Fn(&Attribution) -> &Vec<Text>) -> Vec<Text> {
    members.iter().flat_map(|a| of(a).iter().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
}
