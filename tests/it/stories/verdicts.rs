//! What a verdict tells beside the origin: autonomy, who answers for it, what speaks against it, and decisions by hand.

use std::path::Path;

use shipwake::config::Config;
use shipwake::facts::store::Lake;
use shipwake::facts::{Attribution, Autonomy, Origin, SubjectKind};
use shipwake::pipeline::{Request, Run};

use crate::facts::{Desk, Facts, mine, now};
use crate::repo::{Repo, lines};

const COPILOT: (&str, &str) = ("copilot-swe-agent[bot]", "198982749+Copilot@users.noreply.github.com");
const CLAUDE: &str = "Co-Authored-By: Claude <noreply@anthropic.com>";

/// `autonomy, role of whom`.
fn verdict(facts: &Facts, kind: SubjectKind, id: &str) -> String {
    let Attribution { autonomy, responsible, responsible_as, .. } = facts.attribution(kind, id);
    assert_eq!(responsible.is_some(), responsible_as.is_some());
    let autonomy = autonomy.map_or("none", Autonomy::as_str);
    let known = |commit: &&shipwake::facts::Commit| responsible.as_ref() == Some(&commit.author);
    let who = facts.commits.iter().find(known).map_or("nobody", |commit| &commit.author_name);
    format!("{autonomy}, {} {who}", responsible_as.as_deref().unwrap_or("answered for by"))
}

#[test]
fn how_far_ai_went_and_who_answers_for_it() {
    let repo = Repo::new();
    let start = repo.change("a.rs", "a\n", "Start");
    let assisted = repo.change("a.rs", "b\n", &format!("Mend\n\n{CLAUDE}"));
    let completed = repo.change("a.rs", "c\n", "Mend\n\nThis was written by a human using only \"Autocomplete\" AI.");
    let asked = repo.by(COPILOT.0, COPILOT.1).change("b.rs", "b\n", "Add b\n\nCo-authored-by: Ada <ada@example.org>");
    let alone = repo.change("c.rs", "c\n", "Add c");
    let facts = mine(&repo);
    let verdicts = [&start, &assisted, &completed, &asked, &alone].map(|id| verdict(&facts, SubjectKind::Commit, id));
    assert_eq!(
        verdicts,
        [
            "none, answered for by nobody",
            "assisted, author Ada",
            "autocomplete-only, author Ada",
            "agent-alone, co-author Ada",
            "agent-alone, answered for by nobody"
        ]
    );
}

#[test]
fn who_merges_an_agents_work_answers_for_it() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("one").by(COPILOT.0, COPILOT.1).change("b.rs", "b\n", "Add b");
    let whole = repo.by("Ada", "ada@example.org").merge("one", "Merge branch 'one'");
    repo.branch("two").by(COPILOT.0, COPILOT.1).change("c.rs", "c\n", "Add c");
    repo.by("Ada", "ada@example.org").change("c.rs", "c\nmore\n", "Finish c");
    let edited = repo.merge("two", "Merge branch 'two'");
    let facts = mine(&repo);
    assert_eq!(verdict(&facts, SubjectKind::Change, &whole), "agent-alone, merger Ada");
    assert_eq!(facts.attribution(SubjectKind::Change, &edited).autonomy, Some(Autonomy::AgentWithHumanEdits));
}

#[test]
fn what_speaks_against_an_origin_is_kept() {
    let repo = Repo::new();
    let id = repo.change("a.rs", &lines("a", 2), &format!("Mend\n\nNo AI was used.\n\n{CLAUDE}"));
    let clear = repo.change("b.rs", "b\n", &format!("Mend\n\n{CLAUDE}"));
    let facts = mine(&repo);
    let conflicts = |id: &str| facts.attribution(SubjectKind::Commit, id).conflicts.join("|");
    assert!(conflicts(&id).contains("No AI was used"), "{}", conflicts(&id));
    assert_eq!(conflicts(&clear), "");
}

/// A desk whose configuration names a file of overrides.
fn desk_with(overrides: &Path) -> Desk {
    let desk = Desk::new();
    let mut config = Config::default();
    config.attribution.overrides = Some(overrides.to_owned());
    let run = Run::new(Lake::create(desk.run.lake.root()).unwrap(), config, now()).unwrap();
    Desk { run, ..desk }
}

#[test]
fn a_decision_by_hand_counts_before_the_evidence_and_is_shown_as_one() {
    let repo = Repo::new();
    let one = repo.change("a.rs", "a\n", &format!("One\n\n{CLAUDE}"));
    let two = repo.change("b.rs", "b\n", "Two");
    let file = repo.beside("overrides.csv");
    let decided = |lines: &str| {
        std::fs::write(&file, format!("commit,origin,agents,who,why\n{lines}")).unwrap();
        desk_with(&file)
    };
    let again = |desk: &Desk| Run::new(desk.run.lake.clone(), desk.run.config.clone(), now()).unwrap();
    let mine = |run: &Run| {
        run.mine(&Request { path: repo.path.clone(), name: Some("o/r".to_owned()), ..Request::default() }).unwrap()
    };

    let first = format!("{one},human,,Ada,\"the trailer was pasted, by mistake\"\n");
    let desk = decided(&format!("{first}{},agent,codex,Bo,I saw it\nzz,human,,Bo,x\n{two},human,,,\n", &two[..8]));
    mine(&desk.run);
    let facts = desk.facts();
    let human = facts.attribution(SubjectKind::Commit, &one);
    assert_eq!((human.origin, human.is_overridden, human.agents.len()), (Origin::Human, true, 0));
    assert!(
        human.reason.starts_with("set by hand: the trailer was pasted, by mistake; the evidence says assisted"),
        "{}",
        human.reason
    );
    assert!(facts.signals(&one).iter().any(|e| &*e.found_in == "override"));
    let agent = facts.attribution(SubjectKind::Change, &two);
    assert_eq!((agent.origin, agent.agents.join(";").as_str(), agent.is_overridden), (Origin::Agent, "codex", true));
    assert_eq!(facts.skipped_kinds(), ["override", "override"]);

    // Taken out of the file, the first decision still counts, and that is told; a later line changes the second.
    std::fs::write(
        &file,
        format!("commit,origin,agents,who,why\n{two},agent,codex,Bo,I saw it\n{two},unknown,,Bo,I was wrong\n"),
    )
    .unwrap();
    assert!(mine(&again(&desk)).wrote);
    let facts = desk.facts();
    assert_eq!((facts.origin(&one), facts.origin(&two)), (Origin::Human, Origin::Unknown));
    assert_eq!(facts.overrides.len(), 3);
    assert!(facts.skipped.iter().any(|skipped| *skipped.place == *one && skipped.reason.contains("only appended")));
    assert!(!mine(&again(&desk)).wrote);
}

/// Mined with these lines of overrides, without a header of ours.
fn decided_by(repo: &Repo, file: &str) -> Facts {
    let path = repo.beside("overrides.csv");
    std::fs::write(&path, file).unwrap();
    let desk = desk_with(&path);
    desk.mine(&repo.path);
    desk.facts()
}

#[test]
fn a_decision_about_a_merge_decides_its_change() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("one").change("b.rs", "b\n", &format!("Add b\n\n{CLAUDE}"));
    repo.change("b.rs", "b\nc\n", "Add c");
    let merge = repo.merge("one", "Merge branch 'one'");
    let decided = |origin: &str| {
        let facts = decided_by(&repo, &format!("commit,origin,agents,who,why\n{merge},{origin},,Ada,I was there\n"));
        facts.attribution(SubjectKind::Change, &merge).clone()
    };
    let human = decided("human");
    assert_eq!((human.origin, human.is_overridden, human.agents.len()), (Origin::Human, true, 0));
    assert_eq!(
        &*human.reason,
        "set by hand: I was there; the evidence says assisted: 1 of 2 commits carry AI evidence"
    );
    let agent = decided("Agent");
    assert_eq!((agent.origin, agent.agents.join(";").as_str()), (Origin::Agent, "claude-code"));
    assert_eq!(decided("unknown").confidence, None);
}

#[test]
fn a_file_of_decisions_is_read_as_people_write_it() {
    let repo = Repo::new();
    let one = repo.change("a.rs", "a\n", "One");
    let two = repo.change("b.rs", "b\n", "Two");
    let facts = decided_by(
        &repo,
        &format!(
            "{one},Human,,Ada,ask ada@example.org\n{two},agent,Claude Code;nobodys-tool,Ada,I saw it\n{},human,,Bo,x\n{},human,,Bo,x\n",
            "f".repeat(40),
            "e".repeat(40)
        ),
    );
    let (human, agent) = (facts.attribution(SubjectKind::Commit, &one), facts.attribution(SubjectKind::Commit, &two));
    assert_eq!((human.origin, agent.origin), (Origin::Human, Origin::Agent));
    assert!(human.reason.starts_with("set by hand: ask [e-mail];"), "{}", human.reason);
    assert_eq!(agent.agents.join(";"), "claude-code");
    assert!(agent.reason.contains("(the catalogue knows no agent `nobodys-tool`)"), "{}", agent.reason);
    let told: Vec<String> =
        facts.skipped.iter().map(|skipped| format!("{}: {}", skipped.place, skipped.reason)).collect();
    assert_eq!(
        told,
        [
            "line 1: the header `commit,origin,agents,who,why` is missing; the columns are taken in that order",
            "line 3: its commit is not in the history that was read; so with 1 more lines"
        ]
    );
}
