//! Who wrote it, and which words testify.

use shipwake::facts::{Origin, PersonKind, Proves, SubjectKind};

use crate::facts::{Facts, mine};
use crate::repo::Repo;

const CLAUDE: &str = "Co-Authored-By: Claude <noreply@anthropic.com>";
const COPILOT: (&str, &str) = ("copilot-swe-agent[bot]", "198982749+Copilot@users.noreply.github.com");
const DEPENDABOT: (&str, &str) = ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com");
/// 2021-05-31 and 2021-06-02.
const BEFORE: i64 = 1_622_419_200;
const AFTER: i64 = 1_622_592_000;

/// One commit by a person with this message.
fn said(message: &str) -> (Facts, String) {
    let repo = Repo::new();
    let id = repo.change("a.rs", "a\n", message);
    (mine(&repo), id)
}

#[test]
fn an_agents_account_makes_an_agents_commit() {
    let repo = Repo::new();
    repo.by(COPILOT.0, COPILOT.1);
    let id = repo.change("a.rs", "a\n", "Add a");
    let facts = mine(&repo);

    assert_eq!(facts.origin(&id), Origin::Agent);
    let [evidence] = facts.signals(&id)[..] else { panic!("one signal: {:?}", facts.evidence) };
    assert_eq!((evidence.agent.as_deref(), evidence.proves), (Some("copilot-coding-agent"), Proves::Authored));
    assert_eq!(&*evidence.found_in, "author");
    assert_eq!(facts.change(&id).agents.len(), 1);
    assert_eq!(facts.people[0].kind, PersonKind::Agent);
}

#[test]
fn a_person_with_an_ai_co_author_was_assisted() {
    let (facts, id) = said(&format!("Add a\n\nWhy.\n\n{CLAUDE}"));
    assert_eq!(facts.origin(&id), Origin::Assisted);
    let evidence = facts.signals(&id);
    assert!(evidence.iter().any(|e| e.agent.as_deref() == Some("claude-code") && e.proves == Proves::CoAuthored));
    assert!(
        evidence.iter().all(|e| !e.text.is_empty() && !e.text.contains('\n')),
        "the words that testified, on a line"
    );
    assert_eq!(facts.change(&id).origin, Origin::Assisted);
    assert_eq!(facts.people[0].kind, PersonKind::Human);
}

#[test]
fn a_commit_from_before_the_tools_is_human_and_one_after_is_unknown() {
    let repo = Repo::new();
    let before = repo.at(BEFORE).change("a.rs", "a\n", "Before");
    let after = repo.at(AFTER).change("a.rs", "b\n", "After");
    let facts = mine(&repo);
    assert_eq!((facts.origin(&before), facts.origin(&after)), (Origin::Human, Origin::Unknown));
    let [evidence] = facts.signals(&before)[..] else { panic!("one signal: {:?}", facts.evidence) };
    assert_eq!((evidence.proves, &*evidence.found_in), (Proves::NoAi, "date"));
    assert!(facts.signals(&after).is_empty());
    assert_eq!(facts.attribution(SubjectKind::Commit, &after).confidence, None, "nothing is claimed");
}

#[test]
fn an_old_author_date_in_a_new_commit_proves_nothing() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.write("a.rs", "b\n");
    repo.git(&["commit", "--quiet", "--all", "--date", "@1600000000 +0000", "-m", "Rebased"]);
    let facts = mine(&repo);
    assert_eq!(facts.origin(&repo.head()), Origin::Unknown);
}

#[test]
fn automation_is_a_bot() {
    let repo = Repo::new();
    repo.by(DEPENDABOT.0, DEPENDABOT.1);
    let id = repo.change("Cargo.lock", "a\n", "Bump a from 1 to 2");
    let facts = mine(&repo);
    assert_eq!(facts.origin(&id), Origin::Bot);
    assert_eq!(facts.people[0].kind, PersonKind::Bot);
}

#[test]
fn no_marker_is_not_human() {
    let (facts, id) = said("Add a\n\nWith care.");
    assert_eq!(facts.origin(&id), Origin::Unknown);
    assert_eq!(facts.evidence, []);
    assert_eq!(facts.change(&id).origin, Origin::Unknown);
}

#[test]
fn a_review_by_ai_is_seen_and_is_no_authorship() {
    let (facts, id) = said("Add a\n\nReviewed-by: Claude <noreply@anthropic.com>");
    assert_eq!(facts.origin(&id), Origin::Unknown);
    assert!(facts.signals(&id).iter().all(|e| e.proves == Proves::ReviewedOnly), "{:?}", facts.evidence);
}

#[test]
fn who_says_that_no_ai_was_used_is_believed() {
    let (facts, id) = said("Add a\n\nAI-assisted: no");
    assert_eq!(facts.origin(&id), Origin::Human);
}

#[test]
fn a_merge_is_as_its_commits_are() {
    let repo = Repo::new();
    repo.change("start.rs", "a\n", "Start");
    let mut number = 0;
    let mut land = |commits: &[(&str, &str, &str)]| {
        number += 1;
        let branch = format!("branch-{number}");
        repo.branch(&branch);
        for (at, (name, email, message)) in commits.iter().enumerate() {
            repo.by(name, email).change(&format!("{branch}-{at}.rs"), "x\n", message);
        }
        repo.by("Ada", "ada@example.org");
        repo.merge(&branch, &format!("Merge branch '{branch}'"))
    };
    let ada = |message: &'static str| ("Ada", "ada@example.org", message);
    let copilot = (COPILOT.0, COPILOT.1, "Work");
    let credited = "Work\n\nCo-Authored-By: Claude <noreply@anthropic.com>";
    let all_agent = land(&[copilot, copilot]);
    let some_agent = land(&[copilot, ada("Work")]);
    let some_assisted = land(&[ada(credited), ada("Work")]);
    let none = land(&[ada("Work"), ada("More")]);
    let bots = land(&[(DEPENDABOT.0, DEPENDABOT.1, "Bump a"), (DEPENDABOT.0, DEPENDABOT.1, "Bump b")]);
    let facts = mine(&repo);

    let origins = [&all_agent, &some_agent, &some_assisted, &none, &bots].map(|id| facts.change(id).origin);
    assert_eq!(origins, [Origin::Agent, Origin::Assisted, Origin::Assisted, Origin::Unknown, Origin::Bot]);
}

#[test]
fn the_mailmap_joins_one_person_under_one_name() {
    let repo = Repo::new();
    repo.write(
        ".mailmap",
        "Ada Lovelace <ada@example.org> <ADA@old.example>\nAda Lovelace <ada@example.org> Countess <x@y.example>\n",
    );
    let one = repo.by("ada", "ada@OLD.example").change("a.rs", "a\n", "One");
    let two = repo.by("Countess", "x@y.example").change("a.rs", "b\n", "Two");
    let other = repo.by("Someone", "x@y.example").change("a.rs", "c\n", "Three");
    let facts = mine(&repo);

    for id in [&one, &two] {
        assert_eq!(
            (&*facts.commit(id).author_name, &*facts.commit(id).author_email),
            ("Ada Lovelace", "ada@example.org")
        );
    }
    assert_eq!(&*facts.commit(&other).author_name, "Someone");
    assert_eq!(facts.commit(&one).author, facts.commit(&two).author);
    assert_eq!(facts.people.len(), 2);
    assert!(facts.people.iter().all(|person| person.person.starts_with("p_") && !person.person.contains('@')));
}

#[test]
fn evidence_behind_a_squash_is_known_from_the_pull_requests_head() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("feature");
    let inner = repo.change("b.rs", "b\n", &format!("Write b\n\n{CLAUDE}"));
    repo.git(&["update-ref", "refs/pull/9/head", "HEAD"]);
    repo.squash("feature", "Add b (#9)");
    let facts = mine(&repo);
    assert_eq!(facts.origin(&inner), Origin::Assisted);
    assert_eq!(facts.signals(&inner)[0].pull, Some(9));
}

#[test]
fn a_pull_requests_own_commits_testify_for_its_squash_merge() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("feature");
    repo.change("b.rs", "b\n", "Add b\n\nCo-Authored-By: Claude <noreply@anthropic.com>");
    let head = repo.head();
    repo.git(&["update-ref", "refs/pull/7/head", &head]);
    repo.switch("main");
    let squash = repo.squash("feature", "Add b (#7)");
    let other = repo.change("c.rs", "c\n", "Add c (#8)");
    repo.git(&["branch", "-D", "feature"]);
    let facts = mine(&repo);
    assert_eq!(facts.change(&squash).origin, Origin::Assisted);
    assert!(facts.change(&squash).origin_reason.contains("pull request #7"), "{}", facts.change(&squash).origin_reason);
    assert_eq!(facts.change(&other).origin, Origin::Unknown, "no head, no evidence");
}
