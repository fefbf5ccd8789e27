//! What became of it: reverts, landings again, follow-up fixes.

use shipwake::facts::LinkKind;

use crate::binary::Shipwake;
use crate::facts::mine;
use crate::repo::{Repo, lines, with_line};

#[test]
fn a_reverted_change_knows_when_and_by_whom() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let bad = repo.change("a.rs", "a\nb\n", "Add b");
    let undo = repo.days(9).revert(&bad);
    let facts = mine(&repo);

    let change = facts.change(&bad);
    assert_eq!(change.reverted_days, Some(10));
    assert_eq!(change.reverted_at, facts.commit(&undo).committed_at);
    assert!(facts.change(&undo).is_revert && !change.is_revert);
    assert_eq!(facts.links(LinkKind::Reverts), [(undo, bad)]);
    assert!(facts.changes.iter().filter(|change| change.reverted_at.is_some()).count() == 1);
}

#[test]
fn a_reverted_merge_is_a_reverted_change() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("feature").change("b.rs", "b\n", "Work");
    let merge = repo.merge("feature", "Merge pull request #4 from x/feature");
    let undo = repo.days(4).revert_merge(&merge);
    let facts = mine(&repo);
    assert_eq!(facts.change(&merge).reverted_days, Some(5));
    assert!(facts.links(LinkKind::Reverts).contains(&(undo, merge)));
}

#[test]
fn a_merge_is_reverted_when_every_commit_it_brought_is() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("feature");
    let one = repo.change("b.rs", "b\n", "One");
    let two = repo.change("c.rs", "c\n", "Two");
    let merge = repo.merge("feature", "Merge branch 'feature'");
    repo.revert(&two);
    let half = mine(&repo).change(&merge).reverted_at;
    repo.revert(&one);
    assert_eq!(half, None, "half of it still stands");
    assert_eq!(mine(&repo).change(&merge).reverted_days, Some(2));
}

#[test]
fn a_commit_undone_inside_its_own_branch_is_no_reverted_change() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.branch("feature");
    let slip = repo.change("b.rs", "b\n", "Slip");
    repo.revert(&slip);
    repo.change("c.rs", "c\n", "Proper");
    let merge = repo.merge("feature", "Merge branch 'feature'");
    assert_eq!(mine(&repo).change(&merge).reverted_at, None);
}

#[test]
fn a_revert_of_a_pull_request_by_number_finds_the_commit_that_landed_it() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let bad = repo.change("a.rs", "b\n", "Change a (#5)");
    repo.days(2).change("a.rs", "a\n", "Revert \"Change a\" (#6)\n\nReverts o/r#5");
    assert_eq!(mine(&repo).change(&bad).reverted_days, Some(3));
}

#[test]
fn a_change_that_landed_again_says_so() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let bad = repo.change("a.rs", "a\nb\n", "Add b");
    let undo = repo.revert(&bad);
    let again = repo.days(6).revert(&undo);
    let facts = mine(&repo);

    assert_eq!(facts.commit(&again).subject.as_ref(), "Reapply \"Add b\"");
    assert_eq!(facts.change(&bad).reapplied_at, facts.commit(&again).committed_at);
    assert!(facts.links(LinkKind::Reapplies).iter().any(|(from, to)| *from == again && *to == bad));
    assert_eq!(facts.change(&bad).reverted_days, Some(1), "that it was reverted stays true");
}

#[test]
fn a_message_cannot_revert_what_comes_later() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    repo.change("a.rs", "b\n", "Revert \"Later\"");
    let later = repo.change("a.rs", "c\n", "Later");
    assert_eq!(mine(&repo).change(&later).reverted_at, None);
}

#[test]
fn a_fix_of_the_same_lines_is_told_apart_from_one_in_the_same_file() {
    let repo = Repo::new();
    let base = lines("base", 30);
    let start = repo.change("a.rs", &base, "Start");
    let edited = with_line(&base, 25, "let answer = 41;");
    let feature = repo.change("a.rs", &edited, "Add the answer");
    let fix = repo.days(19).change("a.rs", &with_line(&edited, 25, "let answer = 42;"), "Fix the wrong answer");
    let facts = mine(&repo);

    assert!(facts.change(&fix).is_fix && !facts.change(&feature).is_fix);
    assert_eq!(facts.follow_ups("same_lines"), [(fix.clone(), feature.clone())]);
    let mut same_files = facts.follow_ups("same_files");
    same_files.sort();
    let mut expected = vec![(fix.clone(), start.clone()), (fix, feature.clone())];
    expected.sort();
    assert_eq!(same_files, expected);
    assert_eq!(
        (facts.change(&feature).first_fix_days, facts.change(&feature).first_file_fix_days),
        (Some(20), Some(20))
    );
    assert_eq!((facts.change(&start).first_fix_days, facts.change(&start).first_file_fix_days), (None, Some(21)));
}

/// A change on day 0, a fix of its line after `days`, and a last commit on day 120.
fn fixed_after(days: i64) -> Vec<[String; 3]> {
    let repo = Repo::new();
    let base = lines("base", 10);
    repo.change("a.rs", &base, "Start");
    repo.change("b.rs", "one\n", "Add one");
    repo.days(days - 1).change("b.rs", "two\n", "Fix the crash in one");
    repo.days(120).change("a.rs", &with_line(&base, 3, "other"), "Last");
    let run = crate::binary::Shipwake::new();
    run.mine(&repo.path);
    let rows = run.csv("fixed_lines");
    let mut windows = Vec::new();
    for days in ["30", "90"] {
        let of = |row: &std::collections::BTreeMap<String, String>, what: &str| row[&format!("{what}_{days}")].clone();
        windows.extend(rows.iter().map(|row| [days.to_owned(), of(row, "watched"), of(row, "events")]));
    }
    windows
}

#[test]
fn a_fix_counts_in_the_windows_it_falls_into() {
    let counted = |windows: [[&str; 3]; 2]| windows.map(|row| row.map(str::to_owned)).to_vec();
    assert_eq!(fixed_after(29), counted([["30", "3", "1"], ["90", "3", "1"]]));
    assert_eq!(fixed_after(31), counted([["30", "3", "0"], ["90", "3", "1"]]));
    assert_eq!(fixed_after(91), counted([["30", "3", "0"], ["90", "3", "0"]]));
}

#[test]
fn a_fix_of_words_in_the_documentation_does_not_count() {
    let repo = Repo::new();
    let start = repo.change("README.md", &lines("readme", 5), "Start");
    let docs = repo.change("README.md", &with_line(&lines("readme", 5), 2, "wrong"), "Say more");
    repo.change("README.md", &with_line(&lines("readme", 5), 2, "right"), "Fix the crash described");
    repo.change("tests/a.rs", "x\n", "Add a test");
    repo.change("tests/a.rs", "y\n", "Fix a crash");
    let facts = mine(&repo);
    assert_eq!(facts.links(LinkKind::FollowUpFix), []);
    assert_eq!((facts.change(&start).first_file_fix_at, facts.change(&docs).first_fix_at), (None, None));
}

#[test]
fn a_fix_that_takes_out_a_comment_does_not_follow_who_wrote_it() {
    let repo = Repo::new();
    let base = format!("{}let last = 1;\n", lines("base", 20));
    repo.change("a.rs", &base, "Start");
    let said = format!("{base}\n// Answers everything.\n");
    let comment = repo.change("a.rs", &said, "Say what it does");
    repo.change("a.rs", &base.replace("last = 1", "last = 2"), "Fix the crash on the last one");
    let facts = mine(&repo);
    assert_eq!((facts.change(&comment).first_fix_at, facts.change(&comment).first_file_fix_days), (None, Some(1)));
}

#[test]
fn a_fix_of_a_hundred_files_and_more_follows_nobody() {
    let followed = |files: usize| {
        let repo = Repo::new();
        let write = |text: &str| {
            for file in 0..files {
                repo.write(&format!("{file}.rs"), text);
            }
        };
        write("let a = 1;\n");
        repo.commit("Start");
        write("let a = 2;\n");
        repo.commit("fix: the crash of all");
        mine(&repo).follow_ups("same_lines").len()
    };
    assert_eq!((followed(100), followed(101)), (1, 0));
}

#[test]
fn fixing_a_typo_is_no_fix_of_a_bug() {
    let repo = Repo::new();
    repo.change("a.rs", "let x = 1; // onne\n", "Start");
    let typo = repo.change("a.rs", "let x = 1; // one\n", "Fix typo");
    let facts = mine(&repo);
    assert!(!facts.change(&typo).is_fix);
    assert_eq!(facts.links(LinkKind::FollowUpFix), []);
}

#[test]
fn what_follows_is_no_fix_unless_it_says_so() {
    let repo = Repo::new();
    repo.change("a.rs", "one\n", "Add one");
    repo.change("a.rs", "two\n", "Improve one");
    assert_eq!(mine(&repo).links(LinkKind::FollowUpFix), []);
}

#[test]
fn only_the_first_fix_of_a_change_is_its_follow_up() {
    let repo = Repo::new();
    let change = repo.change("a.rs", "one\ntwo\n", "Add two");
    let first = repo.change("a.rs", "ONE\ntwo\n", "Fix the crash in one");
    repo.change("a.rs", "ONE\nTWO\n", "Fix the crash in two");
    let facts = mine(&repo);
    let of_change: Vec<_> = facts.follow_ups("same_lines").into_iter().filter(|(_, to)| *to == change).collect();
    assert_eq!(of_change, [(first, change)]);
}

#[test]
fn a_renamed_file_keeps_its_lines() {
    let repo = Repo::new();
    let base = lines("base", 20);
    let start = repo.change("old.rs", &base, "Start");
    repo.rename("old.rs", "src/new.rs");
    let moved = repo.commit("Move it");
    let fix = repo.change("src/new.rs", &with_line(&base, 7, "mended"), "Fix a crash");
    let facts = mine(&repo);

    let file = facts.file(&moved, "src/new.rs");
    assert_eq!(
        (file.status.as_str(), file.old_path.as_deref(), file.added, file.deleted),
        ("renamed", Some("old.rs"), Some(0), Some(0))
    );
    assert_eq!(facts.alive(&start), [("src/new.rs".to_owned(), 19)]);
    assert_eq!(facts.follow_ups("same_lines"), [(fix.clone(), start.clone())]);
    assert!(facts.follow_ups("same_files").contains(&(fix, start)), "the file is the same one under another name");
}

#[test]
fn a_fix_that_names_the_culprit_is_linked_to_it() {
    let repo = Repo::new();
    let culprit = repo.change("a.rs", "one\n", "Add one");
    repo.change("b.rs", "x\n", "Something else");
    let fix = repo.change("a.rs", "two\n", &format!("Handle two\n\nFixes: {} (\"Add one\")", &culprit[..12]));
    let facts = mine(&repo);
    let blames = facts.links.iter().filter(|link| link.kind == LinkKind::BugInducing && *link.method == *"explicit");
    let blames: Vec<_> = blames.map(|link| (link.from_id.to_string(), link.to_id.to_string())).collect();
    assert_eq!(blames, [(fix, culprit)]);
}

#[test]
fn what_changes_only_comments_is_no_fix_by_words_and_hardly_one_of_an_issue_or_by_its_type() {
    let confidence = |before: &str, after: &str, message: &str| {
        let repo = Repo::new();
        repo.change("a.rs", before, "Start");
        let id = repo.change("a.rs", after, message);
        mine(&repo).fixes.iter().find(|fix| fix.commit_id.as_str() == id).map(|fix| fix.confidence)
    };
    let code = "// It waits\nfn wait() {\n    first();\n}\n";
    let comment = code.replace("It waits", "It never waits\n");
    let both = comment.replace("first", "second");
    let [by_words, of_issue] = ["Fix a deadlock in the pool", "Crash on start\n\nFixes #12"];
    assert_eq!(confidence(code, &comment, by_words), None);
    assert_eq!(confidence(code, &comment, of_issue), Some(0.5));
    assert!(confidence(code, &both, by_words).is_some());
    assert!(confidence(code, &both, of_issue) >= Some(0.75));
    let declared = "fix: say that it never waits";
    assert_eq!(confidence(code, &comment, declared), Some(0.5));
    assert_eq!(confidence(code, &both, declared), Some(0.95));
}

#[test]
fn what_touches_only_tests_is_no_fix_by_words_nor_by_what_it_closes() {
    let confidence = |path: &str, message: &str| {
        let repo = Repo::new();
        repo.change(path, "fn wait() {\n    first();\n}\n", "Start");
        let id = repo.change(path, "fn wait() {\n    second();\n}\n", message);
        mine(&repo).fixes.iter().find(|fix| fix.commit_id.as_str() == id).map(|fix| fix.confidence)
    };
    let [by_words, closes, fixes] =
        ["Fix a deadlock in the pool", "Fix a deadlock\n\nCloses #12", "Fix a deadlock\n\nFixes #12"];
    let said = [by_words, closes, fixes];
    assert_eq!(said.map(|said| confidence("tests/pool.rs", said)), [None, None, Some(0.5)]);
    assert!(said.iter().all(|said| confidence("pool.rs", said) > Some(0.5)));
}

#[test]
fn numbers_of_another_repository_lead_nowhere_under_any_name() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    for number in 11..21 {
        repo.change(
            "a.rs",
            &lines("a", number),
            &format!("Step (#{number})\n\nSee https://github.com/o/r/pull/{number}"),
        );
    }
    for number in 1..9 {
        let bump = format!("Bump it\n\nSee https://github.com/some/action/pull/{number}");
        repo.change("c.yml", &number.to_string(), &bump);
    }
    let culprit = repo.change("b.rs", "b\n", "Add b (#5)");
    let foreign = repo.change("b.rs", "c\n", "Fix b\n\nBroken by https://github.com/else/where/pull/5");
    let own = repo.change("b.rs", "d\n", "Fix b again\n\nBroken by https://github.com/o/r/pull/5");
    let run = Shipwake::new();
    run.ok(&["mine", repo.path.to_str().unwrap(), "--name", "story"]);
    let stated = run.csv("select from_id, to_id from links where kind = 'bug_inducing' and method = 'explicit'");
    let is = |from: &str, to: &str| stated.iter().any(|link| link["from_id"] == from && link["to_id"] == to);
    assert!(is(&own, &culprit) && stated.iter().all(|link| link["from_id"] != foreign), "{stated:?}");
}
