//! From the commits of a change to its origin.

use std::collections::{BTreeMap, BTreeSet};

use super::people::{People, Responsible};
use super::pulls::Pulls;
use super::weigh::{named, overridden};
use crate::facts::{Attribution, Autonomy, Commit, CommitId, Origin, Override, PullLines, SubjectKind, Text};

/// A commit with its own attribution.
pub(super) type Member<'a> = (&'a Commit, &'a Attribution);

/// One attribution per change, sorted by id. `members` are the commits of the history and those that only GitHub has.
pub(super) fn attribute(
    members: &[Member<'_>],
    pull_lines: &[PullLines],
    people: &People<'_>,
    pulls: &Pulls<'_>,
    decided: &BTreeMap<&CommitId, Override>,
) -> Vec<Attribution> {
    let mut landed: Vec<Member<'_>> = members.iter().copied().filter(|member| change_of(member).is_some()).collect();
    landed.sort_by(|a, b| change_of(a).cmp(&change_of(b)));
    let heads = PullHeads::of(members, pull_lines, pulls);
    let one = |members: &[Member<'_>]| {
        let id = change_of(members.first()?)?;
        let change = judge(id, members, &heads, people, decided.get(id));
        Some(match members.iter().find(|(commit, _)| commit.commit_id == *id) {
            Some((landing, _)) => pulls.speak(landing, change),
            None => change,
        })
    };
    landed.chunk_by(|a, b| change_of(a) == change_of(b)).filter_map(one).collect()
}

fn change_of<'a>((commit, _): &Member<'a>) -> Option<&'a CommitId> {
    commit.change_id.as_ref()
}

/// A decision about the commit that landed it decides the change, unless that is only the last of a rebase.
fn judge(
    id: &CommitId,
    members: &[Member<'_>],
    heads: &PullHeads<'_>,
    people: &People<'_>,
    decision: Option<&Override>,
) -> Attribution {
    match members {
        [(landing, only)] => {
            let own = Attribution { subject_kind: SubjectKind::Change, subject_id: id.text(), ..(*only).clone() };
            let change = heads.behind(landing, own);
            // What a person landed who did not write it.
            if change.origin.is_ai() && change.responsible.is_none() {
                answered_for(change, people.merger(landing))
            } else {
                change
            }
        }
        _ => {
            let change = united(id, members);
            let landing = members.iter().find(|(commit, _)| commit.commit_id == *id && commit.is_merge);
            let change = match decision.filter(|_| landing.is_some()) {
                Some(decision) => overridden(change, decision),
                None => change,
            };
            // Who merged an agent's work answers for it; who wrote with help answers for their own.
            let merger =
                landing.filter(|_| change.origin == Origin::Agent).and_then(|(commit, _)| people.merger(commit));
            if merger.is_some() { answered_for(change, merger) } else { change }
        }
    }
}

pub(super) fn answered_for(change: Attribution, by: Option<Responsible>) -> Attribution {
    let (responsible, role) = by.unzip();
    Attribution { responsible, responsible_as: role.map(Text::from), ..change }
}

/// The commits of pull requests that only their heads reach: what squash merges put into one.
struct PullHeads<'a> {
    pulls: &'a Pulls<'a>,
    by_pull: BTreeMap<i64, Vec<Member<'a>>>,
    /// By squash merge, the commits behind it with the lines of it that each wrote.
    by_landing: BTreeMap<&'a CommitId, Vec<(Member<'a>, i64)>>,
}

/// A head may hold work that the squash merge left out, where it is not known which lines landed.
pub(super) const BEHIND_A_SQUASH: f64 = 0.9;

impl<'a> PullHeads<'a> {
    fn of(all: &[Member<'a>], pull_lines: &'a [PullLines], pulls: &'a Pulls<'a>) -> Self {
        let mut by_pull: BTreeMap<i64, Vec<Member<'a>>> = BTreeMap::new();
        let mut members: BTreeMap<&CommitId, Member<'a>> = BTreeMap::new();
        for &(commit, attribution) in all {
            if commit.change_id.is_none() && !commit.is_merge {
                members.insert(&commit.commit_id, (commit, attribution));
                commit.pull.into_iter().for_each(|pull| by_pull.entry(pull).or_default().push((commit, attribution)));
            }
        }
        let mut by_landing: BTreeMap<&CommitId, Vec<(Member<'a>, i64)>> = BTreeMap::new();
        for wrote in pull_lines {
            if let Some(member) = members.get(&wrote.commit_id) {
                by_landing.entry(&wrote.change_id).or_default().push((*member, wrote.landed));
            }
        }
        Self { pulls, by_pull, by_landing }
    }

    /// The change of a squash merge: its own word, and where it has none what the pull request's own commits testify;
    /// those count of which lines landed.
    fn behind(&self, landing: &Commit, own: Attribution) -> Attribution {
        let wrote = self.by_landing.get(&landing.commit_id).map_or(&[][..], Vec::as_slice);
        if landing.is_merge || wrote.is_empty() && (own.origin != Origin::Unknown || self.by_pull.is_empty()) {
            return own;
        }
        let Some(pull) = self.pulls.landed_by(landing) else { return own };
        let landed: Vec<Member<'a>> = wrote.iter().filter(|(_, lines)| *lines > 0).map(|(member, _)| *member).collect();
        let own = with_lines_of_agents(landing, own, wrote);
        if own.origin != Origin::Unknown || own.is_overridden {
            return own;
        }
        let (members, certainty) = match self.by_pull.get(&pull) {
            _ if !landed.is_empty() => (landed, 1.0),
            Some(members) if landing.added == 0 || wrote.is_empty() => (members.clone(), BEHIND_A_SQUASH),
            _ => return own,
        };
        let head = united(&landing.commit_id, &members);
        if !head.origin.is_ai() && head.origin != Origin::Bot {
            return own;
        }
        let with_ai: i64 =
            wrote.iter().filter(|((_, a), _)| a.origin.is_ai()).map(|(_, lines)| lines).sum::<i64>().min(landing.added);
        let lines = if with_ai > 0 {
            format!("; commits with evidence of AI wrote {with_ai} of the {} lines that landed", landing.added)
        } else {
            String::new()
        };
        Attribution {
            confidence: head.confidence.map(|confidence| confidence * certainty),
            reason: format!("squashed; in the head of pull request #{pull} {}{lines}", head.reason).into(),
            ai_lines: own.ai_lines,
            human_lines: own.human_lines,
            unknown_lines: own.unknown_lines,
            ..head
        }
    }
}

/// Where no record says who wrote a squash merge's lines, those that an agent's own commits wrote are an AI's.
fn with_lines_of_agents(landing: &Commit, own: Attribution, wrote: &[(Member<'_>, i64)]) -> Attribution {
    let by_agents = wrote.iter().filter(|((_, attribution), _)| attribution.origin == Origin::Agent);
    let ai = by_agents.map(|(_, lines)| lines).sum::<i64>().min(landing.added);
    if own.ai_lines.is_some() || ai == 0 {
        return own;
    }
    Attribution { ai_lines: Some(ai), human_lines: Some(0), unknown_lines: Some(landing.added - ai), ..own }
}

/// The origin of several commits together: `agent` if every commit that is no bot's is an agent's,
/// `assisted` if AI had a part in some, `bot` if all are bots', `human` only if all are human, else
/// `unknown`. A merge that says nothing carries no lines of its own and spoils none of these "all".
pub(super) fn united(id: &CommitId, members: &[Member<'_>]) -> Attribution {
    let judged: Vec<&Attribution> = members.iter().map(|(_, attribution)| *attribution).collect();
    let work: Vec<&Attribution> = members
        .iter()
        .filter(|(commit, a)| !commit.is_merge || (a.origin.is_ai() && &commit.commit_id != id))
        .map(|(_, a)| *a)
        .collect();
    let work = if work.is_empty() { judged.clone() } else { work };
    let ai: Vec<&Attribution> = judged.iter().filter(|a| a.origin.is_ai()).copied().collect();
    let origin = origin(&work, !ai.is_empty());
    let first = ai.iter().find(|a| a.responsible.is_some());
    let [ai_lines, human_lines, unknown_lines] = lines(members).map_or([None; 3], |lines| lines.map(Some));
    Attribution {
        subject_kind: SubjectKind::Change,
        subject_id: id.text(),
        origin,
        agents: named(union(&ai, |a| &a.agents)),
        models: union(&ai, |a| &a.models),
        confidence: confidence(origin, &work, &ai),
        reason: reason(origin, &work, &ai).into(),
        conflicts: union(&judged, |a| &a.conflicts),
        autonomy: autonomy(origin, &work, &ai),
        responsible: first.and_then(|a| a.responsible.clone()),
        responsible_as: first.and_then(|a| a.responsible_as.clone()),
        is_overridden: work.iter().chain(&ai).any(|a| a.is_overridden),
        ai_lines,
        human_lines,
        unknown_lines,
    }
}

/// An agent's commits beside those of people are an agent's work with human edits.
fn autonomy(origin: Origin, work: &[&Attribution], ai: &[&Attribution]) -> Option<Autonomy> {
    let each = |autonomy: Autonomy| ai.iter().all(|a| a.autonomy == Some(autonomy));
    match origin {
        Origin::Agent if work.iter().any(|a| a.autonomy == Some(Autonomy::AgentWithHumanEdits)) => {
            Some(Autonomy::AgentWithHumanEdits)
        }
        Origin::Agent => Some(Autonomy::AgentAlone),
        Origin::Assisted if work.iter().any(|a| a.origin == Origin::Agent) => Some(Autonomy::AgentWithHumanEdits),
        Origin::Assisted if each(Autonomy::AutocompleteOnly) => Some(Autonomy::AutocompleteOnly),
        Origin::Assisted => Some(Autonomy::Assisted),
        Origin::Human | Origin::Bot | Origin::Unknown => None,
    }
}

/// Lines that the commits added, by an AI, by a person and by nobody known; `None` where no record says so of any.
fn lines(members: &[Member<'_>]) -> Option<[i64; 3]> {
    members.iter().any(|(_, a)| a.ai_lines.is_some()).then(|| {
        members.iter().filter(|(commit, _)| !commit.is_merge).fold([0; 3], |[ai, human, unknown], (commit, a)| {
            let of = |lines: Option<i64>| lines.unwrap_or_default();
            let more = a.unknown_lines.unwrap_or(commit.added);
            [ai + of(a.ai_lines), human + of(a.human_lines), unknown + more]
        })
    })
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
        Origin::Agent if of(Origin::Agent) == all => format!("{} by agents", all_of(all, "is", "are")),
        Origin::Agent => format!("{} of {all} commits are by agents, the others by bots", of(Origin::Agent)),
        Origin::Assisted => {
            let credited = of(Origin::Agent) + of(Origin::Assisted);
            match (credited, ai.first()) {
                (0, Some(landing)) => format!("the landing commit carries AI evidence: {}", landing.reason),
                _ => format!("{credited} of {all} commits carry AI evidence"),
            }
        }
        Origin::Bot => format!("{} by bots", all_of(all, "is", "are")),
        Origin::Human => format!("{} evidence that no AI was used", all_of(all, "carries", "carry")),
        Origin::Unknown => format!("{} of {all} commits carry no evidence either way", of(Origin::Unknown)),
    }
}

fn all_of(commits: usize, one: &str, many: &str) -> String {
    if commits == 1 { format!("its one commit {one}") } else { format!("all {commits} commits {many}") }
}

fn union(members: &[&Attribution], of: impl Fn(&Attribution) -> &Vec<Text>) -> Vec<Text> {
    members.iter().flat_map(|a| of(a).iter().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
}
