use proptest::prelude::*;

use super::*;
use crate::facts::{History, PullLanding};
use crate::outcomes::fixture::{commit, line, shown};

/// By words alone, in the repository `o/r`.
fn find_reverts(commits: &[Commit]) -> Vec<Link> {
    found_in(commits, &[], &[])
}

fn found_in(commits: &[Commit], landings: &[PullLanding], pulls: &[Pull]) -> Vec<Link> {
    let history = History { commits: commits.to_vec(), ..History::default() };
    super::find_reverts(&CommitIndex::new(&history, landings, "o/r"), pulls)
}

/// Checks what a line of commits gives; see [`line`] and [`shown`].
#[track_caller]
fn check(messages: &[&str], expect: &[&str]) {
    assert_eq!(shown(&find_reverts(&line(messages))), expect, "{messages:#?}");
}

#[test]
fn the_body_git_writes_names_the_target() {
    check(&["a", "Revert \"a\"\n\nThis reverts commit {c0}."], &["reverts explicit c1 c0"]);
    check(&["a", "own words\n\nThis reverts commit {c0}."], &["reverts explicit c1 c0"]);
    check(&["a", "own\n\n* Revert \"a\"\n\nThis reverts\ncommit {c0}."], &["reverts explicit c1 c0"]);
}

#[test]
fn several_ids_are_several_targets() {
    let two = ["reverts explicit c2 c0", "reverts explicit c2 c1"];
    check(&["a", "b", "x\n\nThis reverts commit {c0}.\nThis reverts commit {c1}."], &two);
    check(&["a", "b", "Revert commits {c0} and {c1}"], &two);
    check(&["a", "b", "x\n\nThis reverts commits {c0} (\"a\"),\n{c1} (\"b\") and more"], &two);
}

#[test]
fn a_revert_of_a_merge_reverts_the_merge_alone() {
    check(&["a", "b", "x\n\nThis reverts commit {c1}, reversing\nchanges made to {c0}."], &["reverts explicit c2 c1"]);
}

#[test]
fn short_ids_and_other_wordings_are_read() {
    for said in [
        "This reverts commit 6330fff.",
        "This mostly reverts commit 6330fff (CL 7) which broke.",
        "Back out 6330fff",
        "This backs out the change 6330fff \"a\"",
        "cli: roll back 6330fff",
        "Partial revert of 6330fff",
        "Rollback of commit 6330fff",
        "It reverts the workaround added by 6330fff",
        "This commit is logically a revert of commit 6330fff (a.) but details changed",
        "- Revert most of the changes to the output from 6330fff",
        "Reverts: 6330fff",
        "Undoes https://x.org/o/r/commit/6330fff",
        "Basically reverses one of the effects of 6330fff.",
    ] {
        check(&["a", &format!("x\n\n{said}")], &["reverts explicit c1 c0"]);
    }
}

#[test]
fn what_is_reversed_partly_or_hereby_is_reverted() {
    for said in [
        "Partly revert 6330fff",
        "Effective revert of 6330fff",
        "Reversed 6330fff, it crashes",
        "Fix the crash by reverting 6330fff",
        "Commit 6330fff, which is hereby reverted.",
        "Commit 6330fff is reverted.",
        "Also reverting 6330fff, since the problem was elsewhere",
    ] {
        check(&["a", &format!("x\n\n{said}")], &["reverts explicit c1 c0"]);
    }
    for said in [
        "Reversed the order of the list that was sorted by 6330fff",
        "Commit 6330fff is reverted in the next release",
        "The crash was fixed by reverting 6330fff",
        "Users work around this by reverting 6330fff.",
        "The problem goes away by reverting 6330fff.",
        "The build passes if 6330fff is reverted",
        "Reverting 6330fff makes it work",
    ] {
        check(&["a", &format!("x\n\n{said}")], &[]);
    }
}

#[test]
fn a_revision_of_subversion_is_the_commit_made_of_it() {
    let svn = |message: &str, number: u32| format!("{message}\n\ngit-svn-id: svn://svn.org/o/trunk@{number} b3059339");
    let told = |said: &str| shown(&find_reverts(&line(&[&svn("a", 24446), &svn("b", 24447), &svn(said, 24450)])));
    assert_eq!(told("Revert r24446"), ["reverts revision c2 c0"]);
    assert_eq!(told("revert commit 24446, it crashes"), ["reverts revision c2 c0"]);
    assert_eq!(told("reverted r24446 and r24447"), ["reverts revision c2 c0", "reverts revision c2 c1"]);
    assert!(told("Revert r24444").is_empty(), "no commit is of that revision");
    assert!(told("Revert to FFmpeg r24446").is_empty(), "another project's");
    check(&["a", "Go back to r24446, reverting 6330fff"], &["reverts explicit c1 c0"]);
    check(&["a", "This reverts the r8169 loader in commit 6330fff"], &["reverts explicit c1 c0"]);
}

#[test]
fn the_id_of_a_commit_elsewhere_means_its_twin() {
    let at = |second: i64, name: &str, parents: &[&str], message: &str| Commit {
        authored_at: chrono::DateTime::from_timestamp(second, 0),
        ..commit(name, parents, message)
    };
    let revert = |second: i64| {
        let said = format!("own words\n\nThis reverts commit {}.", crate::outcomes::fixture::id("b"));
        let start = at(1, "a", &[], "start");
        let (there, here) = (at(5, "b", &["a"], "mend (#1)"), at(second, "c", &["a"], "mend (#2)"));
        shown(&find_reverts(&[start, there, here, at(9, "d", &["c"], &said)]))
    };
    assert_eq!(revert(5), ["reverts explicit d c"]);
    assert!(revert(6).is_empty(), "written at another time");
}

#[test]
fn a_clause_at_the_end_of_a_sentence_is_read() {
    for said in [
        "Enable the test again, reverting #7",
        "It brings the test back (partially reverting #7).",
        "- **Reverts #7**",
        "(Reverted #7 because it broke.)",
    ] {
        check(&["a (#7)", &format!("x\n\n{said}")], &["reverts pull c1 c0"]);
    }
    for said in [
        "#8 renamed the flag, reverting #7.",
        "The previous commit renamed the flag, reverting #7.",
        "I tried clearing the cache, reverting #7.",
        "It still crashes (clean build, reverting #7).",
        "Enable it, reverting #7 in a branch",
        "It hangs when reverting #7",
        "(I reverted #7, to see the fix)",
    ] {
        check(&["a (#7)", &format!("x\n\n{said}")], &[]);
    }
    check(&["a (#7)", "Revert `copy` changes from #7 (#8)"], &["reverts pull c1 c0"]);
    for subject in [
        "Revert to the cache of changes since #7 (#8)",
        "Revert timeout to match changes in #7",
        "Revert the rename, keeping the changes from #7",
        "Revert the docs to include changes from #7",
        "Revert the parser to the code in #7",
        "Revert \"Add foo bar baz\" (part of #7)",
    ] {
        check(&["a (#7)", subject], &[]);
    }
}

#[test]
fn an_item_of_the_body_is_a_revert_unless_the_squash_lists_both() {
    let two = ["reverts subject c2 c0", "reverts subject c2 c1"];
    check(
        &[
            "Skip the first thing (#1)",
            "Skip a second\nthing (#2)",
            "Bring it back\n\n- **Revert \"Skip the first thing (#1)\"**\n- **Revert \"Skip a second\nthing (#2)\"** (#3)",
        ],
        &two,
    );
    check(&["Skip the first thing", "Work\n\n* Skip the first thing\n* Revert \"Skip the first thing\""], &[]);
    let again = "Work\n\n* Revert \"Skip the first thing\"\n* Revert \"Revert \"Skip the first thing\"\"";
    check(&["Skip the first thing", again], &[]);
    check(&["fix tests", "Work\n\n* Revert \"fix tests\""], &[]);
    check(
        &["fix the tests (#1)", "fix the tests (#2)", "x\n\n* Revert \"fix the tests (#1)\""],
        &["reverts subject c2 c0"],
    );
    let notes = [
        "Skip the first thing (#3)",
        "Revert \"Skip the first thing (#3)\" (#4)",
        "Release 2\n\n- Revert \"Skip the first thing (#3)\" (#4)",
    ];
    check(&notes, &["reverts subject c1 c0"]);
    check(&["Skip the first thing", "Work\n\nSay Revert \"Skip the first thing\" in a test."], &[]);
}

#[test]
fn a_revert_that_is_applied_again_reverts_again() {
    let messages = [
        "Add a thing (#1)",
        "Revert \"Add a thing (#1)\" (#2)",
        "Revert \"Add a thing (#1)\" (#2) (#4)\n\nThis is just a re-apply of #2, which we lost in #3.",
    ];
    check(&messages, &["reverts subject c1 c0", "reverts pull c2 c0"]);
    let relanded = [messages[0], messages[1], "Revert \"Revert \"Add a thing (#1)\" (#2)\" (#4)\n\nRelands #2."];
    check(&relanded, &["reverts subject c1 c0", "reverts pull c2 c1", "reapplies pull c2 c0"]);
}

#[test]
fn history_told_is_no_revert() {
    for said in [
        "X was reverted in 6330fff.",
        "It was reverted by commit 6330fff",
        "The revert of 6330fff broke it.",
        "Instead of reverting 6330fff, mend it",
        "One way is to revert 6330fff.",
        "This does not revert 6330fff.",
        "Reverting 6330fff would fix it",
        "Revert to the state of before, see 6330fff",
        "Since 6330fff the revert button fails",
        "Reverted in 6330fff",
        "Reverted the prompt closer to 6330fff",
        "This reverts the fix for the bug introduced in 6330fff",
        "> This reverts commit 6330fff.",
        "Upstream said:\n\n    This reverts commit 6330fff.",
        "To revert 6330fff run git",
        "Commit 6330fff reverted it",
        "Fixes: 6330fff (\"a\")",
        "This reverts commits 6330fff..abcdef1",
        "Revert \"mend what 6330fff broke\"",
    ] {
        check(&["a", &format!("x\n\n{said}")], &[]);
    }
    check(&["a", "Add a revert button\n\n6330fff made room for it."], &[]);
    check(&["a", "revert: read the config\n\n6330fff (revert: add) did not."], &[]);
}

#[test]
fn a_target_is_another_commit_and_an_ancestor() {
    check(&["x\n\nThis reverts commit {c1}.", "b"], &[]);
    check(&["x\n\nThis reverts commit {c0}."], &[]);
    let apart = [commit("a", &[], "a"), commit("b", &[], "x\n\nThis reverts commit 61fffff.")];
    assert!(find_reverts(&apart).is_empty());
}

#[test]
fn a_quoted_subject_means_the_nearest_ancestor_with_it() {
    check(&["A thing (#1)", "a thing.", "Revert \"A thing (#1)\" (#3)"], &["reverts subject c2 c1"]);
    check(&["pkg: mend a thing", "pkg: revert \"mend a thing\""], &["reverts subject c1 c0"]);
    check(&["mend a thing", "revert: mend a thing"], &["reverts subject c1 c0"]);
    check(&["a", "b \"c\" d", "Revert: “b \"c\" d”"], &["reverts subject c2 c1"]);
    check(&["other", "Revert \"a thing\"", "a thing"], &[]);
}

#[test]
fn a_cut_subject_is_the_start_of_the_whole() {
    let long = "chore(deps): bump the library from 1 to 2 (#12)";
    check(&[long, "Revert \"chore(deps): bump the library fr…\" (#3)"], &["reverts subject c1 c0"]);
    check(&[long, "Revert \"chore(deps): bump the library from 1 to 2 (#1… (#3)"], &["reverts subject c1 c0"]);
    check(&[long, "Revert \"chore…\""], &[]);
}

#[test]
fn an_id_that_leads_nowhere_gives_way_to_the_subject() {
    check(
        &["a b", "Revert \"a b\"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567."],
        &["reverts subject c1 c0"],
    );
}

#[test]
fn a_pull_request_is_the_commit_that_landed_it() {
    for said in ["Reverts o/r#12", "Revert #12", "This reverts PR #12.", "Undoes https://github.com/o/r/pull/12"] {
        for landing in
            ["a (#12)", "Merged PR 12: a", "Merge pull request #12 from o/b\n\na", "Auto merge of #12 - o:b, r=c"]
        {
            check(&[landing, &format!("x\n\n{said}")], &["reverts pull c1 c0"]);
        }
    }
    check(&["a (#12)", "b (#12)", "Revert #12"], &[]);
    check(&["a (#12)", "Some words\n\n* Revert \"another\" (#12)"], &[]);
    check(&["a (#12)", "Revert #12 (#13)"], &["reverts pull c1 c0"]);
}

#[test]
fn a_title_stands_for_the_merge_that_landed_it() {
    let mut commits = line(&["a", "b", "Merge pull request #1 from o/b\n\nA title", "Revert \"A title\""]);
    commits[2].is_merge = true;
    assert_eq!(shown(&find_reverts(&commits)), ["reverts subject c3 c2"]);
}

#[test]
fn reviews_and_change_ids_are_mapped() {
    let landed = "a\n\nChange-Id: I0123456789abcdef0123456789abcdef01234567\nReviewed-on: https://go-review.googlesource.com/c/tools/+/77";
    check(&[landed, "x\n\nThis reverts CL 77."], &["reverts cl c1 c0"]);
    check(&[landed, "x\n\nRevert golang.org/cl/77, which broke"], &["reverts cl c1 c0"]);
    check(
        &[landed, "x\n\nThis reverts change I0123456789abcdef0123456789abcdef01234567."],
        &["reverts change_id c1 c0"],
    );
}

#[test]
fn a_revert_of_a_revert_brings_the_original_back() {
    let both = ["reverts explicit c1 c0", "reverts explicit c2 c1", "reapplies explicit c2 c0"];
    check(
        &["a b", "Revert \"a b\"\n\nThis reverts commit {c0}.", "Reapply \"a b\"\n\nThis reverts commit {c1}."],
        &both,
    );
    let by_subject = ["reverts subject c1 c0", "reverts subject c2 c1", "reapplies subject c2 c0"];
    for again in ["Revert \"Revert \"a b\"\"", "Reapply \"a b\"", "Reland \"a b\" (#9)", "[reland] Reland: \"a b\""] {
        check(&["a b", "Revert \"a b\"", again], &by_subject);
    }
}

#[test]
fn a_commit_reapplied_by_id_undoes_its_revert() {
    let expect = ["reverts explicit c1 c0", "reverts explicit c2 c1", "reapplies explicit c2 c0"];
    check(&["a", "x\n\nThis reverts commit {c0}.", "x\n\nReland of commit {c0}."], &expect);
    check(&["a", "x\n\nThis reverts commit {c0}.", "x\n\nThis reapplies the change reverted in {c1}."], &expect);
    check(&["a", "x\n\nReland of commit {c0}."], &[]);
}

#[test]
fn a_third_turn_reverts_the_second() {
    let messages = ["a b", "Revert \"a b\"", "Revert \"Revert \"a b\"\"", "Revert \"Revert \"Revert \"a b\"\"\""];
    let links = shown(&find_reverts(&line(&messages)));
    assert!(links.contains(&"reverts subject c3 c2".to_owned()), "{links:?}");
    assert!(!links.contains(&"reapplies subject c3 c0".to_owned()), "{links:?}");
}

#[test]
fn a_subject_that_reverts_and_a_body_about_one_commit_are_a_weak_link() {
    let links = find_reverts(&line(&["a", "git: revert change to the agent\n\n{c0} switched to both."]));
    assert_eq!(shown(&links), ["reverts explicit c1 c0"]);
    assert!(links[0].confidence < 0.7);
}

#[test]
fn a_merge_speaks_only_where_its_commits_are_silent() {
    let said = format!("x\n\nThis reverts commit {}.", crate::outcomes::fixture::id("a"));
    let told = [commit("a", &[], "a"), commit("b", &["a"], &said), commit("m", &["a", "b"], &said)];
    assert_eq!(shown(&find_reverts(&told)), ["reverts explicit b a"]);
    let silent = [commit("a", &[], "a"), commit("b", &["a"], "b"), commit("m", &["a", "b"], &said)];
    assert_eq!(shown(&find_reverts(&silent)), ["reverts explicit m a"]);
}

#[test]
fn hostile_histories_cost_no_more_than_their_size() {
    let mut messages = vec!["wip"; 20];
    let many = format!("Revert \"wip\"\n\n{}", "This reverts commit 6330fff. ".repeat(2_000));
    messages.extend([many.as_str(); 20]);
    let quotes = format!("Revert {}\n\nreverts {}", "\"".repeat(5_000), "(".repeat(50_000));
    messages.push(&quotes);
    assert_eq!(find_reverts(&line(&messages)).len(), 20);
}

const PIECES: &[&str] = &[
    "Revert \"",
    "\"",
    "a b",
    "This reverts commit ",
    "{c0}",
    "{c1}",
    "{c2}",
    "6330fff",
    ".",
    "\n\n",
    " (#1)",
    "Reapply \"",
    "#1",
    "é…",
    "\u{0}",
    "> ",
    " and ",
    "CL 7",
    "Merge pull request #1 from x",
];

#[test]
fn github_knows_what_a_pull_request_landed_as() {
    let commits = line(&["mend it", "paint (#12)", "b\n\nReverts o/r#12"]);
    let landing = |change: usize, pull, commits_of| PullLanding {
        pull,
        change_id: commits[change].commit_id.clone(),
        method: crate::facts::PullMethod::Squash,
        commits: commits_of,
        known_by: "merge_commit".into(),
    };
    let found = |landings: &[PullLanding]| shown(&found_in(&commits, landings, &[]));
    assert_eq!(found(&[]), ["reverts pull c2 c1"], "as the subject says");
    assert_eq!(found(&[landing(0, 12, 1)]), ["reverts pull c2 c0"]);
    // One of several commits, or of several pull requests in one merge, is no one commit.
    assert_eq!(found(&[landing(0, 12, 2)]), ["reverts pull c2 c1"]);
    assert_eq!(found(&[landing(0, 12, 1), landing(0, 13, 1)]), ["reverts pull c2 c1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn links_join_commits_of_the_history_whatever_it_says(
        picks in prop::collection::vec(prop::collection::vec(prop::sample::select(PIECES), 0..8), 1..12), turn in 0..12usize,
    ) {
        let messages: Vec<String> = picks.iter().map(|pieces| pieces.concat()).collect();
        let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
        let mut commits = line(&messages);
        let links = find_reverts(&commits);
        for link in &links {
            let place = |id: &str| commits.iter().position(|c| c.commit_id.as_str() == id);
            prop_assert!(place(&link.to_id) < place(&link.from_id) && place(&link.to_id).is_some());
            prop_assert!(link.evidence.len() <= 200);
        }
        let len = commits.len();
        commits.rotate_left(turn % len);
        commits.reverse();
        prop_assert_eq!(find_reverts(&commits), links);
    }
}

#[test]
fn a_pull_request_says_what_its_commit_leaves_out() {
    use crate::facts::fixture::merged;
    let commits = line(&["mend it (#12)", "paint (#13)", "Stop the paint (#14)"]);
    let landing = |change: usize, pull| PullLanding {
        pull,
        change_id: commits[change].commit_id.clone(),
        method: crate::facts::PullMethod::Squash,
        commits: 1,
        known_by: "merge_commit".into(),
    };
    let landings = [landing(0, 12), landing(1, 13), landing(2, 14)];
    let found = |body: &str, branch: &str| {
        let asked = crate::facts::Pull { body: body.into(), head_ref: branch.into(), ..merged(14, "c2", 9, "") };
        shown(&found_in(&commits, &landings, &[asked]))
    };
    assert_eq!(found("Reverts o/r#13", "x"), ["reverts pull c2 c1"]);
    assert_eq!(found("", "revert-12-mend"), ["reverts branch c2 c0"]);
    assert_eq!(found("Reverts #13\n\nIt looked odd.", "revert-12-mend"), ["reverts pull c2 c1"], "words before names");
    assert!(found("Reverts other/repo#13", "reverting").is_empty());
    assert!(found("Revert [#13](https://github.com/other/repo/pull/13)", "x").is_empty(), "another's release notes");
    assert_eq!(found("Reverts [#13](https://github.com/o/r/pull/13)", "x"), ["reverts pull c2 c1"]);
    assert!(found("<details>\n\nReverts #13\n\n</details>\n```\nReverts #13\n```", "x").is_empty());
    assert!(found("<!-- Reverts #13 -->", "revert-me-please").is_empty(), "a template's example");
    assert!(found("", "revert-14-itself").is_empty() && found("", "revert-99-unknown").is_empty());
}
