use super::*;
use crate::facts::fixture::{at, merged, pull_commit};
use crate::outcomes::fixture::{commit, id};

/// A mainline commit of minute `minutes`.
fn main(name: &str, parents: &[&str], minutes: i64, message: &str) -> Commit {
    Commit {
        on_mainline: true,
        change_id: Some(CommitId::new(id(name))),
        ..side(name, parents, minutes, name, message)
    }
}

/// A commit that the mainline commit `change` brought.
fn side(name: &str, parents: &[&str], minutes: i64, change: &str, message: &str) -> Commit {
    Commit {
        change_id: Some(CommitId::new(id(change))),
        authored_at: at(minutes),
        committed_at: at(minutes),
        ..commit(name, parents, message)
    }
}

fn github(pulls: Vec<Pull>, pull_commits: Vec<PullCommit>) -> Github {
    Github { pulls, pull_commits, ..Github::default() }
}

/// `#N change method commits known_by`, the change by its name.
fn told(commits: &[Commit], github: &Github) -> Vec<String> {
    let name = |wanted: &CommitId| {
        let found = commits.iter().find(|commit| commit.commit_id == *wanted).map(|commit| &commit.subject);
        found.map_or("?", |subject| subject.split(' ').next().unwrap_or_default()).to_owned()
    };
    let row = |l: &PullLanding| format!("#{} {} {} {} {}", l.pull, name(&l.change_id), l.method, l.commits, l.known_by);
    let found = find_landings(commits, github);
    let (mut turned, mut turned_github) = (commits.to_vec(), github.clone());
    turned.reverse();
    turned_github.pulls.reverse();
    turned_github.pull_commits.reverse();
    assert_eq!(find_landings(&turned, &turned_github), found, "the order of rows does not matter");
    found.iter().map(row).collect()
}

#[test]
fn two_parents_are_a_merge_and_one_a_squash() {
    let commits = [
        main("a", &[], 0, "a"),
        side("f", &["a"], 1, "m", "f"),
        main("m", &["a", "f"], 2, "m"),
        main("s", &["m"], 3, "s (#2)"),
    ];
    let pulls = vec![merged(1, "f", 2, &id("m")), merged(2, "s", 3, &id("s"))];
    let own = vec![pull_commit(1, 1, &id("f"), 1, "f"), pull_commit(2, 1, "x", 1, "x"), pull_commit(2, 2, "y", 2, "y")];
    let rows = ["#1 m merge 1 merge_commit", "#2 s squash 1 merge_commit"];
    assert_eq!(told(&commits, &github(pulls, own)), rows);
}

#[test]
fn a_rebase_is_a_run_of_the_pull_requests_own_commits() {
    let mainline = |names: [&str; 3]| {
        let [one, two, three] = names;
        [main("a", &[], 0, "a"), main("b", &["a"], 1, one), main("c", &["b"], 2, two), main("d", &["c"], 3, three)]
    };
    let own = || {
        let own = [(1, "b", 1), (2, "empty", 9), (3, "c", 2), (4, "d", 3)];
        own.map(|(position, name, at)| pull_commit(1, position, name, at, name)).to_vec()
    };
    let pulls = || vec![merged(1, "t", 9, &id("d"))];
    let commits = mainline(["b", "c", "d"]);
    assert_eq!(told(&commits, &github(pulls(), own())), ["#1 d rebase 3 merge_commit"], "an empty one was dropped");
    // The one before the last is another commit: the run ends there.
    let other = mainline(["b", "x", "d"]);
    assert_eq!(told(&other, &github(pulls(), own())), ["#1 d squash 1 merge_commit"]);
    // Where nothing is known of the commits nothing is guessed.
    assert_eq!(told(&commits, &github(pulls(), vec![])), ["#1 d squash 1 merge_commit"]);

    let mut history = History { commits: commits.to_vec(), ..History::default() };
    let landings = find_landings(&history.commits, &github(pulls(), own()));
    for _ in 0..2 {
        landed(&mut history, &landings);
        let changes: Vec<_> = history.commits.iter().map(|c| c.change_id.clone().unwrap().text()).collect();
        assert_eq!(changes, [id("a"), id("d"), id("d"), id("d")].map(|id| id.into()));
    }
    landed(&mut history, &[]);
    assert!(history.commits.iter().all(|commit| commit.change_id.as_ref() == Some(&commit.commit_id)));
}

#[test]
fn one_commit_is_rebased_when_its_subject_was_kept() {
    let commits = [main("a", &[], 0, "a"), main("b", &["a"], 1, "b"), main("c", &["b"], 2, "c (#2)")];
    let pulls = vec![merged(1, "b", 1, &id("b")), merged(2, "c", 2, &id("c"))];
    let own = vec![pull_commit(1, 1, "x", 1, "b\n\nWhy."), pull_commit(2, 1, "y", 2, "c")];
    assert_eq!(told(&commits, &github(pulls, own)), ["#1 b rebase 1 merge_commit", "#2 c squash 1 merge_commit"]);
}

#[test]
fn the_landing_of_another_pull_request_ends_a_rebase() {
    // #2 builds on #1 and has its commit too.
    let commits =
        [main("a", &[], 0, "a"), main("b", &["a"], 1, "b"), main("c", &["b"], 2, "c"), main("d", &["c"], 3, "d")];
    let pulls = vec![merged(1, "b", 4, &id("b")), merged(2, "d", 5, &id("d"))];
    let of = |pull, names: &[(&str, i64)]| {
        (1..).zip(names).map(|(n, (name, at))| pull_commit(pull, n, name, *at, name)).collect::<Vec<_>>()
    };
    let own = [of(1, &[("b", 1)]), of(2, &[("b", 1), ("c", 2), ("d", 3)])].concat();
    assert_eq!(told(&commits, &github(pulls, own)), ["#1 b rebase 1 merge_commit", "#2 d rebase 2 merge_commit"]);
}

#[test]
fn a_test_merge_is_no_landing() {
    let commits = [main("a", &[], 0, "a"), side("t", &["a"], 1, "a", "t")];
    let mut open = merged(1, "t", 1, &id("a"));
    open.merged_at = None;
    assert!(told(&commits, &github(vec![open], vec![pull_commit(1, 1, &id("a"), 0, "a")])).is_empty());
}

#[test]
fn where_the_merge_commit_is_gone_head_subject_and_commits_tell() {
    let commits = [
        main("a", &[], 0, "a"),
        side("f", &["a"], 1, "m", "f"),
        main("m", &["a", "f"], 2, "m bring f"),
        main("s", &["m"], 30_000, "s (#2)"),
        main("o", &["s"], 40_000, "other (#3)"),
        main("r", &["o"], 5, "r"),
    ];
    let gone = "gone";
    let mut by_head = merged(1, "f", 2, gone);
    by_head.head_commit = id("f").into();
    let pulls = vec![by_head, merged(2, "S.", 3, gone), merged(3, "not that one", 3, gone), merged(4, "t", 9, gone)];
    let own = vec![pull_commit(4, 1, "x", 5, "r"), pull_commit(4, 2, "y", 6, "lost")];
    let rows = ["#1 m merge 1 head", "#2 s squash 1 subject", "#4 r squash 1 commits"];
    assert_eq!(told(&commits, &github(pulls, own)), rows);
}

#[test]
fn what_was_merged_into_another_branch_landed_with_that_branch() {
    let commits = [main("a", &[], 0, "a"), side("f", &["a"], 1, "m", "f"), main("m", &["a", "f"], 2, "m")];
    let mut stacked = merged(1, "f", 1, &id("f"));
    stacked.base_ref = "feature".into();
    let pulls = vec![stacked, merged(2, "feature", 2, &id("m"))];
    assert_eq!(told(&commits, &github(pulls, vec![])), ["#2 m merge 1 merge_commit"]);
}

#[test]
fn what_was_merged_into_a_branch_that_somebody_merged_landed_with_that_merge() {
    let commits = [
        main("a", &[], 0, "a"),
        main("b", &["a"], 1, "b (#1)"),
        side("d", &["a", "x"], 2, "m", "d"),
        main("m", &["b", "d"], 3, "m"),
    ];
    let mut into_develop = merged(2, "d", 2, &id("d"));
    into_develop.base_ref = "develop".into();
    // Its merge is gone, and its head is on the mainline for other reasons.
    let mut into_release = merged(3, "r", 4, "gone");
    (into_release.base_ref, into_release.head_commit) = ("release".into(), id("b").into());
    let pulls = vec![merged(1, "b", 1, &id("b")), into_develop, into_release];
    assert_eq!(told(&commits, &github(pulls, vec![])), ["#1 b squash 1 merge_commit", "#2 m merge 1 merge_commit"]);
}

#[test]
fn a_merge_beside_the_mainline_landed_with_what_brought_it() {
    // Somebody pulled, and their own line became the first parent.
    let commits = [
        main("a", &[], 0, "a"),
        side("s", &["a"], 1, "m", "s (#1)"),
        main("l", &["a"], 2, "l"),
        main("m", &["l", "s"], 3, "m"),
        main("z", &["m"], 4, "z (#2)"),
    ];
    let pulls = vec![merged(1, "s", 1, &id("s")), merged(2, "z", 4, &id("z"))];
    assert_eq!(told(&commits, &github(pulls, vec![])), ["#1 m merge 1 merge_commit", "#2 z squash 1 merge_commit"]);
}
