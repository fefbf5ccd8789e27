//! How work lands: what is one change, what it brought, and what is known but never landed.

use shipwake::facts::ChangeKind;

use crate::facts::{Desk, Facts, mine};
use crate::repo::{Repo, lines};

/// The ids of the commits that landed with a change, without the change's own.
fn brought(facts: &Facts, change: &str) -> Vec<String> {
    let with = facts.commits.iter().filter(|commit| commit.change_id.as_ref().is_some_and(|id| id.as_str() == change));
    with.map(|commit| commit.commit_id.to_string()).filter(|id| id != change).collect()
}

#[test]
fn a_merge_is_one_change_with_the_commits_it_brought() {
    let repo = Repo::new();
    repo.change("a.rs", &lines("a", 5), "start");
    repo.branch("feature");
    let one = repo.change("b.rs", &lines("b", 3), "one");
    let two = repo.change("c.rs", &lines("c", 4), "two");
    repo.switch("main");
    let direct = repo.change("d.rs", "d\n", "direct");
    let merge = repo.merge("feature", "Merge pull request #7 from ada/feature\n\nFeature");
    let facts = mine(&repo);

    let change = facts.change(&merge);
    assert_eq!((change.kind, change.pull, change.commits), (ChangeKind::Merge, Some(7), 2));
    assert_eq!((change.added, change.deleted, change.size, change.files), (7, 0, 7, 2));
    assert_eq!(brought(&facts, &merge), [one.clone(), two]);
    assert_eq!(facts.landed(), ["start", "direct", "Merge pull request #7 from ada/feature"]);
    assert!(facts.commit(&merge).is_merge && facts.commit(&merge).on_mainline);
    assert!(!facts.commit(&one).on_mainline && facts.commit(&one).on_default_branch);
    assert!(facts.commit(&direct).on_mainline);
}

#[test]
fn lines_of_a_merge_count_in_the_commits_it_brought_and_not_twice() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "start");
    repo.branch("feature");
    let one = repo.change("b.rs", &lines("b", 3), "one");
    repo.switch("main");
    repo.change("d.rs", "d\n", "direct");
    let merge = repo.merge("feature", "Merge branch 'feature'");
    let facts = mine(&repo);

    assert_eq!(facts.commit(&one).added, 3);
    assert_eq!((facts.commit(&merge).added, facts.commit(&merge).files), (0, 0));
    assert!(facts.files_of(&merge).is_empty(), "commit_files leaves merges out, as `git log --numstat` does");
    let merged: Vec<_> =
        facts.merge_files.iter().map(|file| (file.commit_id.as_str(), &*file.path, file.added)).collect();
    assert_eq!(merged, [(merge.as_str(), "b.rs", Some(3))]);
}

#[test]
fn a_squash_names_its_pull_request_and_a_push_names_none() {
    let repo = Repo::new();
    let push = repo.change("a.rs", "a\n", "Start");
    repo.branch("feature");
    repo.change("b.rs", "b\n", "wip");
    repo.change("b.rs", "b\nc\n", "more");
    let squash = repo.squash("feature", "Add b (#12)\n\n* wip\n* more");
    let issue = repo.change("a.rs", "b\n", "Handle #12 better");
    let facts = mine(&repo);

    let kinds =
        |id: &str| (facts.change(id).kind, facts.change(id).pull, facts.change(id).commits, facts.change(id).size);
    assert_eq!(kinds(&push), (ChangeKind::Direct, None, 1, 1));
    assert_eq!(kinds(&squash), (ChangeKind::Squash, Some(12), 1, 2));
    assert_eq!(kinds(&issue), (ChangeKind::Direct, None, 1, 2));
    assert_eq!(facts.commits.len(), 3, "the squashed commits are nowhere to be seen");
}

#[test]
fn merges_of_other_forges_name_their_requests() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let land = |branch: &str, message: &str| {
        repo.branch(branch).change(&format!("{branch}.rs"), "x\n", "work");
        repo.merge(branch, message)
    };
    let gitlab = land("one", "Merge branch 'one' into 'main'\n\nOne\n\nSee merge request group/project!31");
    let bitbucket = land("two", "Merged in two (pull request #32)\n\nTwo");
    let plain = land("three", "Merge branch 'three'");
    let facts = mine(&repo);

    let pulls = [&gitlab, &bitbucket, &plain].map(|id| facts.change(id).pull);
    assert_eq!(pulls, [Some(31), Some(32), None]);
}

#[test]
fn heads_of_pull_requests_are_mined_and_marked_off_the_mainline() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("feature");
    let inner = repo.change("b.rs", "b\n", "Write b");
    let head = repo.change("b.rs", "b\nc\n", "Extend b");
    repo.git(&["update-ref", "refs/pull/9/head", "HEAD"]);
    let squash = repo.squash("feature", "Add b (#9)");
    repo.git(&["branch", "--quiet", "-D", "feature"]);
    let facts = mine(&repo);

    for id in [&inner, &head] {
        let commit = facts.commit(id);
        assert_eq!(
            (commit.on_mainline, commit.on_default_branch, commit.pull),
            (false, false, Some(9)),
            "{}",
            commit.subject
        );
        assert_eq!(commit.change_id, None);
    }
    assert_eq!(facts.commit(&squash).pull, None, "the landed commit is reachable from the default branch");
    assert_eq!(facts.landed(), ["Start", "Add b (#9)"]);
    assert_eq!(facts.repos[0].pull_heads, 1);
}

#[test]
fn a_pull_request_head_that_was_merged_is_no_commit_off_the_branch() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("feature");
    let work = repo.change("b.rs", "b\n", "Work");
    repo.git(&["update-ref", "refs/pull/3/head", "HEAD"]);
    repo.merge("feature", "Merge pull request #3 from x/feature");
    let facts = mine(&repo);
    assert_eq!((facts.commit(&work).on_default_branch, facts.commit(&work).pull), (true, None));
}

#[test]
fn branches_that_never_landed_are_not_mined() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("idea").change("b.rs", "b\n", "Idea");
    repo.switch("main");
    assert_eq!(mine(&repo).landed(), ["Start"]);
    assert_eq!(mine(&repo).commits.len(), 1);
}

#[test]
fn the_remotes_choice_is_the_default_branch() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("develop").change("b.rs", "b\n", "Later");
    let clone = repo.clone_as("clone", &["--branch", "main"]);
    let desk = Desk::new();
    desk.mine(&clone);
    let facts = desk.facts();
    assert_eq!(facts.repos[0].default_branch.as_deref(), Some("develop"));
    assert_eq!(facts.landed(), ["Start", "Later"]);
}

#[test]
fn a_change_is_as_big_as_git_says_and_knows_its_languages() {
    let repo = Repo::new();
    repo.change("a.rs", &lines("a", 10), "Start");
    repo.write("a.rs", lines("a", 8)).write("b.py", "x\ny\n").write("README.md", "z\n");
    let change = repo.commit("Several files");
    let facts = mine(&repo);

    let change = facts.change(&change);
    assert_eq!((change.added, change.deleted, change.size), (3, 2, 5));
    assert_eq!((change.files, change.source_files), (3, 2));
    assert_eq!(change.languages.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["Python", "Rust"]);
}

#[test]
fn a_change_is_watched_from_its_landing_to_the_newest_commit() {
    let repo = Repo::new();
    let first = repo.change("a.rs", "a\n", "First");
    let last = repo.days(41).change("a.rs", "b\n", "Last");
    let facts = mine(&repo);
    assert_eq!(facts.change(&first).observed_days, Some(42));
    assert_eq!(facts.change(&last).observed_days, Some(0));
    assert_eq!(facts.change(&first).observed_until, facts.commit(&last).committed_at);
}

#[test]
fn a_commit_that_a_pull_head_and_the_default_branch_both_reach_is_one_row() {
    let repo = Repo::new();
    for number in 1..=20 {
        repo.change("a.rs", &lines("a", number), "on main");
        repo.branch(&format!("topic-{number}"));
        repo.change(&format!("b{number}.rs"), "b\n", "on topic");
        let head = repo.head();
        repo.git(&["update-ref", &format!("refs/pull/{number}/head"), &head]);
        repo.switch("main");
        repo.change(&format!("c{number}.rs"), "c\n", "meanwhile");
        repo.merge(&format!("topic-{number}"), &format!("Merge pull request #{number} from x/topic"));
    }
    let facts = mine(&repo);
    let mut ids: Vec<String> = facts.commits.iter().map(|commit| commit.commit_id.to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), facts.commits.len(), "no commit twice");
    assert!(facts.commits.iter().all(|commit| commit.on_default_branch && commit.pull.is_none()));
}
