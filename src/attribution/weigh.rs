//! Evidence about a commit, weighed into its origin.
//!
//! The first rule that holds decides:
//!
//! | | evidence | origin |
//! | --- | --- | --- |
//! | 1 | the author is an agent's account, app or persona, doing work that is not fixed | `agent` |
//! | 2 | a credit: AI co-authored, assisted, or a suggestion of it was applied, whoever the author | `assisted` |
//! | 3 | the author is other automation | `bot` |
//! | 4 | written before AI wrote code, or a statement that none was used | `human` |
//! | 5 | AI only reviewed, or was only configured; or nothing at all | `unknown` |
//!
//! Against rules 1 and 2 stands only the date: words of medium or weak strength do not outweigh it.
//! A statement that no AI was used beside a credit is a conflict: the credit stands, less sure.

use super::catalogue::UNSPECIFIED;
use super::records::{self, Recorded};
use super::signals::{AUTHOR, BRANCH, LABEL};
use crate::facts::{Attribution, Autonomy, Commit, Evidence, Origin, Override, Proves, Strength, SubjectKind, Text};

/// How much of the confidence a conflict leaves.
const IN_CONFLICT: f64 = 0.8;

pub(super) fn weigh(commit: &Commit, evidence: &[Evidence], recorded: Option<&Recorded<'_>>) -> Attribution {
    let verdict = judge(evidence);
    let lines = lines(commit, recorded);
    let credits: Vec<&Evidence> =
        if verdict.origin.is_ai() { evidence.iter().filter(|e| speaks_for_ai(e)).collect() } else { Vec::new() };
    Attribution {
        subject_kind: SubjectKind::Commit,
        subject_id: commit.commit_id.text(),
        origin: verdict.origin,
        agents: named(distinct(credits.iter().filter_map(|e| e.agent.clone()))),
        models: distinct(credits.iter().filter_map(|e| e.model.clone())),
        confidence: verdict.confidence,
        reason: verdict.reason.into(),
        conflicts: against(verdict.origin, evidence).map(|e| quote(e).into()).collect(),
        autonomy: autonomy(verdict.origin, &credits, lines),
        responsible: None,
        responsible_as: None,
        is_overridden: false,
        ai_lines: lines.map(|[ai, _]| ai),
        human_lines: lines.map(|[_, human]| human),
        unknown_lines: lines.map(|[ai, human]| (commit.added - ai - human).max(0)),
    }
}

/// Lines that the commit added, by an AI and by a person; `None` where no record says so, and of merges.
fn lines(commit: &Commit, recorded: Option<&Recorded<'_>>) -> Option<[i64; 2]> {
    let recorded = recorded.filter(|_| !commit.is_merge)?;
    Some([recorded.added(Origin::is_ai)?, recorded.added(|origin| origin == Origin::Human)?])
}

/// Evidence that speaks against an origin.
pub(super) fn against(origin: Origin, evidence: &[Evidence]) -> impl Iterator<Item = &Evidence> {
    let says_no = |e: &Evidence| e.proves == Proves::NoAi;
    evidence.iter().filter(move |e| match origin {
        Origin::Agent | Origin::Assisted => says_no(e),
        Origin::Human => speaks_for_ai(e),
        Origin::Bot => (speaks_for_ai(e) && &*e.found_in != AUTHOR) || says_no(e),
        Origin::Unknown => false,
    })
}

/// How far AI went by itself: a record of lines may say that a person added to what an agent wrote.
fn autonomy(origin: Origin, credits: &[&Evidence], lines: Option<[i64; 2]>) -> Option<Autonomy> {
    let has_human_lines = lines.is_some_and(|[_, human]| human > 0);
    match origin {
        Origin::Agent if has_human_lines => Some(Autonomy::AgentWithHumanEdits),
        Origin::Agent => Some(Autonomy::AgentAlone),
        Origin::Assisted if !credits.is_empty() && credits.iter().all(|e| e.proves == Proves::Autocompleted) => {
            Some(Autonomy::AutocompleteOnly)
        }
        Origin::Assisted => Some(Autonomy::Assisted),
        Origin::Human | Origin::Bot | Origin::Unknown => None,
    }
}

/// A decision by hand; no pattern of the catalogue finds it.
const DECISION: &str = "O001";

/// A decision as evidence, beside what else there is.
pub(super) fn testimony_of(decision: &Override, commit: &Commit) -> Evidence {
    let proves = match decision.origin {
        Origin::Agent => Proves::Authored,
        Origin::Assisted => Proves::Assisted,
        Origin::Human => Proves::NoAi,
        Origin::Bot => Proves::Automation,
        Origin::Unknown => Proves::ConfiguredOnly,
    };
    Evidence {
        commit_id: Some(commit.commit_id.clone()),
        change_id: commit.change_id.clone(),
        pull: commit.pull,
        signal_id: DECISION.into(),
        agent: decision.agents.first().cloned(),
        model: None,
        proves,
        strength: Strength::Strong,
        found_in: "override".into(),
        text: one_line(&decision.why).into(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The decision counts; what the evidence says stays to be seen.
pub(super) fn overridden(found: Attribution, decision: &Override) -> Attribution {
    let origin = decision.origin;
    let (agents, models) = match (origin.is_ai(), decision.agents.is_empty()) {
        (false, _) => (Vec::new(), Vec::new()),
        (true, true) => (found.agents, found.models),
        (true, false) => (decision.agents.clone(), found.models),
    };
    // Who decided so stays in the table: a reason enters reports, where people have no names.
    let why = one_line(&decision.why);
    Attribution {
        origin,
        agents,
        models,
        confidence: (origin != Origin::Unknown).then_some(BY_HAND),
        reason: format!("set by hand: {why}; the evidence says {}: {}", found.origin, found.reason).into(),
        autonomy: autonomy(origin, &[], None)
            .map(|by_origin| found.autonomy.filter(|_| found.origin == origin).unwrap_or(by_origin)),
        is_overridden: true,
        responsible: found.responsible.filter(|_| origin.is_ai()),
        responsible_as: found.responsible_as.filter(|_| origin.is_ai()),
        ..found
    }
}

/// People err too.
const BY_HAND: f64 = 0.99;

struct Verdict {
    origin: Origin,
    confidence: Option<f64>,
    reason: String,
}

fn judge(evidence: &[Evidence]) -> Verdict {
    let best = |holds: &dyn Fn(&Evidence) -> bool| evidence.iter().filter(|e| holds(e)).max_by_key(|e| rank(e));
    let fixed_work = best(&|e| e.proves == Proves::Automation && &*e.found_in != AUTHOR);
    let dated = best(&|e| e.proves == Proves::NoAi && &*e.found_in == "date");
    let outweighed = |e: &Evidence| dated.is_some() && e.strength != Strength::Strong;
    let author = best(&|e| e.proves == Proves::Authored && &*e.found_in != "body" && is_author(e) && !outweighed(e));
    let credit = best(&|e| speaks_for_ai(e) && !outweighed(e));
    let bot = best(&|e| e.proves == Proves::Automation);
    let no_ai = best(&|e| e.proves == Proves::NoAi);
    let against = |e: Option<&Evidence>| e.map(|e| format!("; against it: {}", quote(e)));

    if let (Some(fixed), Some(_)) = (fixed_work, author) {
        return decided(Origin::Bot, fixed, "an agent's account doing fixed work", None);
    }
    match (author, credit, bot, no_ai) {
        (Some(e), ..) => decided(Origin::Agent, e, "the author is an agent's account", against(no_ai)),
        (_, Some(e), Some(_), _) => decided(Origin::Assisted, e, "carried by a bot, with credit to AI", against(no_ai)),
        (_, Some(e), ..) => decided(Origin::Assisted, e, credit_in_words(e), against(no_ai)),
        (_, _, Some(e), _) => decided(Origin::Bot, e, "the author is automation", None),
        (.., Some(e)) => {
            let overruled = best(&speaks_for_ai).or(best(&|e| e.proves == Proves::Authored));
            decided(Origin::Human, e, no_ai_in_words(e), against(overruled))
        }
        _ => Verdict { origin: Origin::Unknown, confidence: None, reason: nothing_in_words(evidence) },
    }
}

fn decided(origin: Origin, by: &Evidence, why: &str, against: Option<String>) -> Verdict {
    let confidence = confidence(by) * if against.is_some() { IN_CONFLICT } else { 1.0 };
    let reason = format!("{why}: {}{}", quote(by), against.unwrap_or_default());
    Verdict { origin, confidence: Some(round(confidence)), reason }
}

/// A trailer may name the author's own persona; an agent's mark on a person's commit is a credit.
fn is_author(e: &Evidence) -> bool {
    &*e.found_in == AUTHOR || (&*e.found_in == "trailer" && e.text.contains('/') && !e.text.contains("://"))
}

fn speaks_for_ai(e: &Evidence) -> bool {
    matches!(
        e.proves,
        Proves::Authored | Proves::CoAuthored | Proves::Assisted | Proves::Autocompleted | Proves::SuggestionApplied
    )
}

/// How sure an origin is that rests on this evidence.
fn confidence(e: &Evidence) -> f64 {
    match (e.proves, e.strength) {
        (Proves::Authored | Proves::Automation | Proves::NoAi, Strength::Strong) => 0.99,
        // A known account of no AI: that it proves nothing about AI does not make it less known.
        (Proves::Automation, Strength::None) => 0.99,
        (_, Strength::Strong) => 0.97,
        // People name branches so too.
        (_, Strength::Medium) if *e.found_in == *BRANCH => 0.75,
        (_, Strength::Medium) => 0.85,
        (Proves::SuggestionApplied, _) => 0.7,
        (_, Strength::Weak | Strength::None) => 0.6,
    }
}

/// The strongest evidence decides; among equals the order of the rows, which is fixed.
fn rank(e: &Evidence) -> (std::cmp::Reverse<Strength>, std::cmp::Reverse<Proves>, std::cmp::Reverse<&str>) {
    use std::cmp::Reverse;
    (Reverse(e.strength), Reverse(e.proves), Reverse(&e.signal_id))
}

fn credit_in_words(e: &Evidence) -> &'static str {
    match e.proves {
        _ if &*e.found_in == records::FOUND_IN => "a record of its lines gives some to AI",
        _ if *e.found_in == *BRANCH => "its branch is named as an agent names its own",
        _ if *e.found_in == *LABEL => "a label names AI",
        Proves::CoAuthored => "AI is named as a co-author",
        Proves::SuggestionApplied => "a suggestion of an AI reviewer was applied",
        _ if e.strength == Strength::Weak => "the text says that AI helped",
        _ => "the text credits AI",
    }
}

fn no_ai_in_words(e: &Evidence) -> &'static str {
    match &*e.found_in {
        "date" => "written before AI wrote code",
        "committer" => "the tool only committed what a person had changed",
        records::FOUND_IN => "a record of its lines names no AI",
        _ => "the text says that no AI was used",
    }
}

fn nothing_in_words(evidence: &[Evidence]) -> String {
    match evidence.iter().find(|e| e.proves == Proves::ReviewedOnly) {
        Some(e) => format!("AI only reviewed or described: {}", quote(e)),
        None => "no evidence either way".to_owned(),
    }
}

pub(super) fn quote(e: &Evidence) -> String {
    // No address leaves a reason: it may be shown where evidence is not.
    let words = e.text.split('<').next().unwrap_or_default().trim();
    if &*e.found_in == "date" { words.to_owned() } else { format!("{} \"{words}\" ({})", e.found_in, e.signal_id) }
}

/// Where one tool is named, "some AI" is no other one.
pub(super) fn named(mut agents: Vec<Text>) -> Vec<Text> {
    if agents.len() > 1 {
        agents.retain(|agent| **agent != *UNSPECIFIED);
    }
    agents
}

fn distinct(slugs: impl Iterator<Item = Text>) -> Vec<Text> {
    slugs.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

fn round(confidence: f64) -> f64 {
    (confidence * 1000.0).round() / 1000.0
}
