//! Reverts by their lines: which share of a change was undone, by whom, and what that leaves.

use std::collections::BTreeSet;

use shipwake::facts::{Link, LinkKind};

use crate::facts::{Facts, Id, mine};
use crate::repo::{Repo, lines, with_line};

/// The one link of a kind and method between two commits.
#[track_caller]
fn link<'f>(facts: &'f Facts, kind: LinkKind, method: &str, from: &str, to: &str) -> &'f Link {
    let is_it =
        |link: &&Link| link.kind == kind && *link.method == *method && *link.from_id == *from && *link.to_id == *to;
    let found: Vec<&Link> = facts.links.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{:#?}", facts.links);
    found[0]
}

/// Both ends of the links that rest on lines alone.
fn by_content(facts: &Facts, kind: LinkKind) -> Vec<(Id, Id)> {
    let links = facts.links.iter().filter(|link| link.kind == kind && &*link.method == "content");
    links.map(|link| (link.from_id.to_string(), link.to_id.to_string())).collect()
}

fn start(repo: &Repo) -> String {
    let base = lines("base", 20);
    repo.change("a.rs", &base, "Start");
    base
}

/// The lines with several of them replaced, from the given one on.
fn with_lines(content: &str, first: usize, count: usize, word: &str) -> String {
    (first..first + count).fold(content.to_owned(), |content, number| {
        with_line(&content, number, &format!("let {word}_{number} = another_function({number});"))
    })
}

#[test]
fn a_revert_knows_its_share_and_lines() {
    let repo = Repo::new();
    let base = start(&repo);
    let bad = repo.change("a.rs", &with_lines(&base, 3, 6, "x"), "Change six");
    let undo = repo.revert(&bad);
    let facts = mine(&repo);
    let said = link(&facts, LinkKind::Reverts, "explicit", &undo, &bad);
    assert_eq!((said.share, said.lines), (Some(1.0), Some(12)));
    let seen = link(&facts, LinkKind::Reverts, "content", &undo, &bad);
    assert_eq!(seen.share, Some(1.0));
}

#[test]
fn a_revert_of_half_a_change_is_partial() {
    let repo = Repo::new();
    let base = start(&repo);
    let bad = repo.change("a.rs", &with_lines(&base, 3, 8, "x"), "Change eight");
    let half = repo.change(
        "a.rs",
        &with_lines(&base, 3, 4, "x"),
        &format!("Take half of it back\n\nPartially reverts {bad}."),
    );
    let facts = mine(&repo);
    assert_eq!(link(&facts, LinkKind::Reverts, "explicit", &half, &bad).share, Some(0.5));
}

#[test]
fn a_reverted_merge_is_undone_by_the_lines_of_its_whole_branch() {
    let repo = Repo::new();
    let base = start(&repo);
    repo.branch("feature").change("a.rs", &with_lines(&base, 3, 6, "slip"), "Work");
    repo.change("a.rs", &with_lines(&base, 3, 6, "proper"), "Better");
    let merge = repo.merge("feature", "Merge branch 'feature'");
    let undo = repo.revert_merge(&merge);
    let facts = mine(&repo);
    let said = link(&facts, LinkKind::Reverts, "explicit", &undo, &merge);
    assert_eq!((said.share, said.lines), (Some(1.0), Some(12)), "what came and went in the branch does not count");
}

#[test]
fn an_inverse_that_says_nothing_is_found() {
    let repo = Repo::new();
    let base = start(&repo);
    let bad = repo.change("a.rs", &with_lines(&base, 3, 6, "x"), "Change six");
    repo.change("b.rs", &lines("other", 9), "Something else");
    let undo = repo.change("a.rs", &base, "Make it faster");
    let facts = mine(&repo);
    assert_eq!(by_content(&facts, LinkKind::Reverts), [(undo.clone(), bad.clone())]);
    let found = link(&facts, LinkKind::Reverts, "content", &undo, &bad);
    assert!(found.confidence >= 0.9 && found.evidence.contains("12 of 12 lines"), "{found:?}");
    assert_eq!(facts.change(&bad).reverted_by.as_deref(), Some(&*undo));
    assert!(facts.change(&bad).is_undone && facts.change(&undo).is_revert);
}

#[test]
fn the_next_edit_of_the_same_lines_is_no_revert() {
    let repo = Repo::new();
    let base = start(&repo);
    repo.change("a.rs", &with_lines(&base, 3, 6, "x"), "Change six");
    repo.change("a.rs", &with_lines(&base, 3, 6, "y"), "Revert to a better name");
    assert_eq!(by_content(&mine(&repo), LinkKind::Reverts), []);
}

#[test]
fn a_feature_given_up_a_year_later_is_no_revert() {
    let added_and_removed = |days: i64| {
        let repo = Repo::new();
        start(&repo);
        repo.change("b.rs", &lines("feature", 12), "Add a feature");
        repo.days(days).remove("b.rs").commit("Leave the feature out");
        by_content(&mine(&repo), LinkKind::Reverts).len()
    };
    assert_eq!([2, 100, 400].map(added_and_removed), [1, 1, 0]);
}

#[test]
fn documents_and_lock_files_are_not_looked_at() {
    let repo = Repo::new();
    start(&repo);
    for path in ["CHANGELOG.md", "Cargo.lock", "docs/guide.md"] {
        let base = lines(path, 20);
        repo.change(path, &base, "Write it");
        repo.change(path, &with_lines(&base, 3, 6, "x"), "Change it");
        repo.change(path, &base, "Change it again");
    }
    assert_eq!(by_content(&mine(&repo), LinkKind::Reverts), []);
}

#[test]
fn what_goes_back_and_forth_is_a_toggle() {
    let repo = Repo::new();
    let base = start(&repo);
    let other = with_lines(&base, 3, 6, "x");
    for turn in 0..6 {
        repo.change("a.rs", if turn % 2 == 0 { &other } else { &base }, &format!("Turn {turn}"));
    }
    assert_eq!(by_content(&mine(&repo), LinkKind::Reverts), []);
}

#[test]
fn a_squash_of_a_stale_branch_wipes_others_work() {
    let repo = Repo::new();
    let (one, two) = (lines("one", 20), lines("two", 20));
    repo.write("one.rs", &one).write("two.rs", &two).commit("Start");
    let first = repo.change("one.rs", &with_lines(&one, 3, 6, "x"), "Mend one (#1)");
    let second = repo.change("two.rs", &with_lines(&two, 3, 6, "y"), "Mend two (#2)");
    // The branch was made before, and the squash carries its old versions of both files.
    repo.write("one.rs", &one).write("two.rs", &two);
    let stale = repo.change("three.rs", &lines("three", 90), "Add three (#3)");
    let facts = mine(&repo);
    let mut expected = vec![(stale.clone(), first.clone()), (stale.clone(), second)];
    expected.sort();
    assert_eq!(by_content(&facts, LinkKind::Reverts), expected);
    let confidence = link(&facts, LinkKind::Reverts, "content", &stale, &first).confidence;
    assert!(confidence < 0.7, "{confidence}");
    assert_eq!(facts.change(&first).reverted_at, None, "a suspicion is no outcome");
}

#[test]
fn parity_decides_whether_a_change_is_in() {
    let repo = Repo::new();
    let base = start(&repo);
    let bad = repo.change("a.rs", &with_lines(&base, 3, 6, "x"), "Change six");
    let mut undoing = bad.clone();
    let mut states = Vec::new();
    for _ in 0..3 {
        undoing = repo.revert(&undoing);
        let change = mine(&repo).change(&bad).clone();
        states.push((change.reverted_at.is_some(), change.reapplied_at.is_some(), change.is_undone));
    }
    assert_eq!(states, [(true, false, true), (true, true, false), (true, true, true)]);
}

#[test]
fn undoing_the_merge_of_a_revert_brings_the_change_back() {
    let repo = Repo::new();
    let base = start(&repo);
    let bad = repo.change("a.rs", &with_lines(&base, 3, 6, "x"), "Change six");
    repo.branch("undo").revert(&bad);
    let merge = repo.merge("undo", "Merge branch 'undo'");
    let again = repo.revert_merge(&merge);
    let facts = mine(&repo);
    assert!(facts.links(LinkKind::Reapplies).contains(&(again.clone(), bad.clone())));
    let change = facts.change(&bad);
    assert_eq!(change.reapplied_at, facts.commit(&again).committed_at);
    assert!(!change.is_undone);
}

#[test]
fn a_change_may_come_back_without_a_word() {
    let repo = Repo::new();
    let base = start(&repo);
    let edited = with_lines(&base, 3, 6, "x");
    let bad = repo.change("a.rs", &edited, "Change six");
    repo.revert(&bad);
    let again = repo.change("a.rs", &edited, "Use the other function after all");
    let facts = mine(&repo);
    assert_eq!(by_content(&facts, LinkKind::Reapplies), [(again, bad.clone())]);
    assert!(facts.change(&bad).reapplied_at.is_some() && !facts.change(&bad).is_undone);
}

#[test]
fn numbers_of_another_repository_lead_nowhere() {
    let repo = Repo::new();
    start(&repo);
    repo.change("b.rs", "b\n", "Add b (#5)");
    repo.change("c.rs", "c\n", "Follow upstream\n\nReverts other/place#5");
    assert_eq!(mine(&repo).links(LinkKind::Reverts), []);
    let own = repo.change("d.rs", "d\n", "Follow\n\nReverts O/R#5");
    assert_eq!(mine(&repo).links(LinkKind::Reverts)[0].0, own);
}

#[test]
fn who_tells_of_a_revert_that_was_made_reverts_nothing() {
    let repo = Repo::new();
    start(&repo);
    let bad = repo.change("b.rs", &lines("b", 8), "Add b");
    let revert = repo.revert(&bad);
    repo.change("c.rs", "c\n", &format!("Release 1.0\n\n- Undo it\n\n  This reverts commit {bad}."));
    let reverts = |repo: &Repo| BTreeSet::from_iter(mine(repo).links(LinkKind::Reverts));
    assert_eq!(reverts(&repo), BTreeSet::from([(revert.clone(), bad.clone())]));
    let back = repo.revert(&revert);
    let again = repo.remove("b.rs").commit(&format!("Take it out\n\nThis reverts commit {bad}."));
    assert_eq!(reverts(&repo), BTreeSet::from([(revert.clone(), bad.clone()), (back, revert), (again, bad)]));
}

#[test]
fn a_change_of_many_files_supersedes_nothing() {
    let repo = Repo::new();
    start(&repo);
    let old = repo.change("b.rs", &lines("first", 10), "Add b");
    for number in 0..110 {
        repo.write(&format!("m/f{number}.rs"), "x\n");
    }
    repo.change("b.rs", &lines("second", 12), "Format all");
    assert_eq!((mine(&repo).links(LinkKind::Supersedes), mine(&repo).change(&old).superseded_at), (vec![], None));
}

#[test]
fn a_change_mostly_rewritten_soon_is_superseded() {
    let rewritten_after = |days: i64, count: usize| {
        let repo = Repo::new();
        start(&repo);
        let old = repo.change("b.rs", &lines("first", 10), "Add b");
        let kept: String = lines("first", 10).lines().skip(count).map(|line| format!("{line}\n")).collect();
        repo.days(days).change("b.rs", &(lines("second", 12) + &kept), "Write b anew");
        let facts = mine(&repo);
        assert!(!facts.change(&old).is_undone);
        (facts.change(&old).superseded_at.is_some(), facts.links(LinkKind::Supersedes).len())
    };
    assert_eq!(rewritten_after(10, 9), (true, 1));
    assert_eq!(rewritten_after(10, 5), (false, 0));
    assert_eq!(rewritten_after(200, 9), (false, 0));
}

#[test]
fn a_removed_or_reverted_change_is_not_superseded() {
    let repo = Repo::new();
    start(&repo);
    let added = repo.change("b.rs", &lines("first", 10), "Add b");
    repo.revert(&added);
    let other = repo.change("c.rs", &lines("other", 10), "Add c");
    repo.remove("c.rs").commit("Remove c");
    let third = repo.change("d.rs", &lines("third", 10), "Add d");
    let slip = repo.change("e.rs", &lines("slip", 3), "Add e");
    repo.write("d.rs", lines("before", 12)).remove("e.rs");
    repo.commit(&format!("Take e out\n\nThis reverts commit {slip}."));
    repo.change("go.mod", &lines("one", 10), "Bump all");
    repo.change("go.mod", &lines("two", 10), "Bump them again");
    repo.change("f.rs", &lines("old", 6), "Add f");
    repo.write("tests/f.rs", lines("test", 30)).change("g.rs", &lines("g", 6), "Test f, and add g");
    repo.change("g.rs", &lines("h", 6), "Write g anew");
    repo.change("f.rs", &lines("before", 6), "Revert to what f was");
    let facts = mine(&repo);
    assert_eq!(facts.links(LinkKind::Supersedes), []);
    assert_eq!([added, other, third].map(|id| facts.change(&id).superseded_at), [None; 3]);
}

#[test]
fn a_pick_is_linked_to_its_original() {
    let repo = Repo::new();
    start(&repo);
    repo.branch("side");
    let original = repo.change("b.rs", &lines("b", 5), "Add b");
    repo.switch("main").change("c.rs", "c\n", "Add c");
    repo.days(1).git(&["cherry-pick", "-x", &original]);
    let pick = repo.head();
    repo.merge("side", "Merge branch 'side'");
    let facts = mine(&repo);
    let (from, to) = (pick.as_str(), original.as_str());
    assert_eq!(link(&facts, LinkKind::CherryPick, "explicit", from, to).confidence, 0.99);
    link(&facts, LinkKind::CherryPick, "same_patch", from, to);
}
