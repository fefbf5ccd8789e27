use proptest::prelude::*;

use super::*;
use crate::facts::History;
use crate::facts::fixture::{issue, merged, pull};
use crate::facts::{Issue, Pull, PullLanding, PullMethod};
use crate::outcomes::fixture::{commit, id, line, shown};

/// In the repository `o/r`.
fn find_fixes(history: &History) -> (Vec<Fix>, Vec<Link>) {
    super::find_fixes(&CommitIndex::new(history, &[], "o/r"), &Github::default())
}

fn history(commits: &[Commit]) -> History {
    History { commits: commits.to_vec(), ..History::default() }
}

/// The method by which the last commit of a line is a fix.
fn method(messages: &[&str]) -> Option<String> {
    let commits = line(messages);
    let (fixes, _) = find_fixes(&history(&commits));
    let last = commits.last().map(|c| c.commit_id.clone());
    fixes.iter().find(|fix| Some(&fix.commit_id) == last.as_ref()).map(|fix| fix.method.to_string())
}

#[track_caller]
fn check_links(messages: &[&str], expect: &[&str]) {
    assert_eq!(shown(&find_fixes(&history(&line(messages))).1), expect, "{messages:#?}");
}

#[test]
fn the_strongest_layer_gives_the_row() {
    assert_eq!(method(&["a", "fix: b\n\nFixes: 6330fff"]).as_deref(), Some("declared"));
    assert_eq!(method(&["a", "b\n\nFixes: 6330fff (\"a\")"]).as_deref(), Some("explicit"));
    assert_eq!(method(&["Crash on start\n\nFixes #12"]).as_deref(), Some("explicit"));
    assert_eq!(method(&["net: fix a deadlock"]).as_deref(), Some("words"));
}

#[test]
fn another_type_a_merge_and_a_revert_are_no_fix_by_words() {
    for message in [
        "feat: fix a crash\n\nFixes #12",
        "docs: fix a crash",
        "Revert \"fix a crash\"",
        "Add a thing",
        "Add a thing\n\nCloses #12",
    ] {
        assert_eq!(method(&[message]), None, "{message}");
    }
    let merge = [commit("a", &[], ""), commit("b", &[], ""), commit("m", &["a", "b"], "fix a crash")];
    assert!(find_fixes(&history(&merge)).0.is_empty());
}

#[test]
fn a_pull_request_of_one_commit_is_that_commit() {
    let told = |more: &[&str], said: &str| {
        let brought = ["b"].iter().chain(more);
        let mut all = vec![commit("a", &[], "a")];
        let mut last = "a";
        for &name in brought {
            all.push(Commit { change_id: Some(CommitId::new(id("m"))), ..commit(name, &[last], name) });
            last = name;
        }
        all.push(commit("m", &["a", last], "Merge pull request #7 from o/sail"));
        all.push(commit("f", &["m"], &format!("Mend the sail\n\n{said}")));
        all.iter_mut().filter(|c| c.message.contains(' ')).for_each(|c| c.on_mainline = true);
        find_fixes(&history(&all)).1.first().map(|link| (link.to_id.to_string(), link.confidence))
    };
    let landed = |more: &[&str]| told(more, "This was broken in #7.").map(|(culprit, _)| culprit);
    assert_eq!(landed(&[]), Some(id("b")));
    assert_eq!(landed(&["c"]), Some(id("m")), "of several nobody knows which");
    let twice = told(&[], &format!("This was added in #7.\n\nFixes: {}", id("b")));
    assert_eq!(twice, Some((id("b"), 0.97)), "named twice, the plainer words count");
}

#[test]
fn an_issue_closed_counts_more_beside_words_of_repair() {
    assert_eq!(method(&["fix a deadlock\n\nCloses #12"]).as_deref(), Some("explicit"));
    let confidence = |message: &str| find_fixes(&history(&line(&[message]))).0[0].confidence;
    assert!(confidence("fix a crash on empty input\n\nFixes #12") > confidence("a\n\nFixes #12"));
}

#[test]
fn what_is_kept_was_no_mistake() {
    for said in
        ["This preserves the check introduced in 6330fff.", "Sort them, keeping the order introduced in 6330fff"]
    {
        check_links(&["a", &format!("Fix a crash\n\n{said}")], &[]);
    }
    for said in [
        "We should not keep the lock introduced in 6330fff.",
        "The option to keep connections was dropped in 6330fff.",
        "It keeps crashing since 6330fff.",
    ] {
        check_links(&["a", &format!("Fix a crash\n\n{said}")], &["bug_inducing explicit c1 c0"]);
    }
}

#[test]
fn a_culprit_named_by_id_is_linked() {
    for said in [
        "Fixes: 6330fff (\"a\")",
        "Fixes: {c0}",
        "This was broken by commit 6330fff.",
        "A regression introduced in 6330fff (a.) last year",
        "Was erroneously copied in 6330fff.",
        "It was deleted accidentally in commit: 6330fff",
        "These warnings were introduced by commit 6330fff.",
        "This problem appears to have been introduced by 6330fff.",
        "Commit 6330fff (#12) introduced this typo.",
        "changelog: fix conflict resolution error in 6330fff",
        "This fixes a bug I introduced in commit 6330fff.",
        "Commit 6330fff (\"a.\") broke it",
        "Regression from 6330fff",
        "6330fff accidentally dropped it",
        "It was missed in 6330fff",
        "Introduced by commit 6330fff",
        "This fixes the crash caused by 6330fff",
        "Fixes: deadbeef and 6330fff",
        "The guilty commit is 6330fff",
        "Fixes: (\"6330fff a: do it\")",
        "commit '6330fff' causes a crash",
        "Regression since probably 6330fff",
        "It mends a regression in detecting the platform introduced by 6330fff",
        "6330fff did migrate the tests, but missed the last one",
        "Commit 6330fff updated the pool, but this broke it",
        "Commit 6330fff got this wrong",
    ] {
        check_links(&["a", &format!("b\n\n{said}")], &["bug_inducing explicit c1 c0"]);
    }
}

#[test]
fn other_mentions_are_no_culprits() {
    for said in [
        "Fixes: #12",
        "Use the function introduced in 6330fff",
        "See 6330fff",
        "Follow-up to 6330fff",
        "(cherry picked from commit 6330fff)",
        "Cherry-picked from 6330fff which failed to update the book",
        "Since 6330fff we can",
        "Newlines are no issue after commit 6330fff either",
        "Fixes: abcdef0 (\"elsewhere\")",
        "This reverts commit 6330fff",
        "6330fff added the check, but it is not enough",
        "6330fff added lists, but did not cover maps.",
        "6330fff moved the code, but did not change behaviour.",
        "6330fff was wrong about the date",
        "The assumption in 6330fff is wrong.",
        "The bug in foo was not introduced by 6330fff",
    ] {
        check_links(&["a", &format!("b\n\n{said}")], &[]);
    }
    check_links(&["b\n\nFixes: {c1}", "a"], &[]);
}

#[test]
fn what_was_added_is_a_culprit_only_to_a_fix() {
    check_links(&["a", "Fix b\n\nThe check was added in 6330fff."], &["bug_inducing explicit c1 c0"]);
    check_links(&["a", "Drop b\n\nThe check was added in 6330fff."], &[]);
}

#[test]
fn several_culprits_are_all_linked() {
    let both = ["bug_inducing explicit c2 c0", "bug_inducing explicit c2 c1"];
    check_links(&["a", "b", "c\n\nFixes: {c0} (\"a\")\nFixes: {c1} (\"b\")"], &both);
    check_links(&["a", "b", "c\n\nFixes: {c0} (\"a\"), {c1} (\"b\")"], &both);
}

/// The fix that one commit is beside these issues, as `method confidence`.
fn beside(message: &str, issues: &[Issue], pulls: &[Pull]) -> Option<String> {
    let github = Github { issues: issues.to_vec(), pulls: pulls.to_vec(), ..Github::default() };
    let landing = |pull: &Pull| PullLanding {
        pull: pull.pull,
        change_id: CommitId::new(id("c0")),
        method: PullMethod::Squash,
        commits: 1,
        known_by: "merge_commit".into(),
    };
    let landings: Vec<PullLanding> = pulls.iter().filter(|p| p.merged_at.is_some()).map(landing).collect();
    let history = history(&line(&[message]));
    let (fixes, _) = super::find_fixes(&CommitIndex::new(&history, &landings, "o/r"), &github);
    fixes.first().map(|fix| format!("{} {:.2}", fix.method, fix.confidence))
}

#[test]
fn a_bug_that_is_closed_makes_a_fix_and_a_feature_does_not() {
    let (bug, feature, bare) = ([issue(12, &["kind/bug"])], [issue(12, &["enhancement"])], [issue(12, &["P1"])]);
    let said = Some("issue_label 0.90".to_owned());
    for message in ["Sail on\n\nFixes #12", "Sail on\n\nCloses #12", "Sail on\n\nResolves o/r#12", "Sail on, fixes #12"]
    {
        assert_eq!(beside(message, &bug, &[]), said, "{message}");
        assert_eq!(beside(message, &feature, &[]), None, "{message}");
    }
    let elsewhere = "Sail on\n\nCloses x/y#12";
    assert_eq!(beside(elsewhere, &bug, &[]), beside(elsewhere, &[], &[]), "another repository's");
    assert_eq!(beside("feat: sail on\n\nCloses #12", &bug, &[]).as_deref(), Some("issue_label 0.80"));
    assert_eq!(beside("Revert \"sail on\"\n\nCloses #12", &bug, &[]), None);
    assert_eq!(beside("fix: sail on\n\nCloses #12", &feature, &[]).as_deref(), Some("declared 0.95"));
    // What nobody labelled weighs as it did.
    assert_eq!(beside("Sail on\n\nFixes #12", &bare, &[]), beside("Sail on\n\nFixes #12", &[], &[]));
    assert_eq!(
        beside("Sail on\n\nFixes #12 and fixes #13", &[&feature[..], &[issue(13, &["bug"])]].concat(), &[]),
        said
    );
}

#[test]
fn a_pull_request_closes_bugs_in_its_body() {
    let bug = [issue(12, &["bug"])];
    let of = |body: &str| Pull { body: body.into(), ..merged(7, "Sail on", 9, "c0") };
    assert_eq!(beside("Sail on (#7)", &bug, &[of("Why.\n\nFixes #12")]).as_deref(), Some("issue_label 0.90"));
    for body in ["<!-- Fixes #12 -->", "> Fixes #12", "Fixes #13", "See #12"] {
        assert_eq!(beside("Sail on (#7)", &bug, &[of(body)]), None, "{body}");
    }
    let open = Pull { body: "Fixes #12".into(), ..pull(7, "Sail on") };
    assert_eq!(beside("Sail on (#7)", &bug, &[open]), None, "it has not landed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_message_gives_rows_of_this_history(messages in prop::collection::vec("(fix: |Fixes: |c|\\PC{0,20}|6330fff| broke |\n\n|#1 ){0,8}", 1..8), turn in 0..8usize) {
        let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
        let mut commits = line(&messages);
        let found = find_fixes(&history(&commits));
        for link in &found.1 {
            let place = |id: &str| commits.iter().position(|c| c.commit_id.as_str() == id);
            prop_assert!(place(&link.to_id) < place(&link.from_id) && place(&link.to_id).is_some());
        }
        let len = commits.len();
        commits.rotate_left(turn % len);
        prop_assert_eq!(find_fixes(&history(&commits)), found);
    }
}
