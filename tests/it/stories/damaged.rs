//! Histories that are broken: what can be read is read, the rest is counted.

use crate::facts::{Desk, mine};
use crate::repo::{Repo, lines, with_line};

/// A commit in which `b.rs` comes, between two healthy ones.
fn with_b() -> (Repo, String) {
    let repo = Repo::new();
    repo.change("a.rs", &lines("a", 3), "Start");
    let id = repo.write("a.rs", lines("a", 4)).write("b.rs", lines("b", 5)).commit("Add b");
    repo.change("a.rs", &lines("a", 6), "Go on");
    (repo, id)
}

#[test]
fn a_missing_blob_costs_its_own_lines_only() {
    let (repo, id) = with_b();
    std::fs::remove_file(repo.loose_object(&repo.git(&["rev-parse", "HEAD:b.rs"]))).unwrap();
    let facts = mine(&repo);
    assert_eq!(facts.landed(), ["Start", "Add b", "Go on"]);
    assert_eq!((facts.file(&id, "b.rs").added, facts.file(&id, "a.rs").added), (None, Some(1)));
    assert_eq!(facts.skipped_kinds(), ["blob"]);
    assert!(facts.skipped[0].place.ends_with("b.rs") && !facts.skipped[0].reason.is_empty());
}

#[test]
fn a_merge_keeps_the_lines_of_its_other_parent_where_the_first_cannot_be_read() {
    for is_known in [false, true] {
        let (repo, desk) = (Repo::new(), Desk::new());
        let start = repo.change("a.rs", &lines("a", 6), "Start");
        repo.branch("side");
        let side = repo.change("a.rs", &with_line(&lines("a", 6), 2, "of the side"), "Side");
        repo.switch("main");
        repo.change("a.rs", &with_line(&lines("a", 6), 5, "of the main line"), "Main");
        let blob = repo.git(&["rev-parse", "HEAD:a.rs"]);
        if is_known {
            desk.mine(&repo.path);
        }
        repo.merge("side", "Merge");
        std::fs::remove_file(repo.loose_object(&blob)).unwrap();
        desk.mine(&repo.path);
        let facts = desk.facts();
        assert_eq!(facts.alive(&side), [("a.rs".to_owned(), 1)], "read before: {is_known}");
        assert_eq!(facts.alive(&start), [("a.rs".to_owned(), 4)], "read before: {is_known}");
    }
}

#[test]
fn a_corrupt_blob_costs_its_own_lines_only() {
    let (repo, id) = with_b();
    let object = repo.loose_object(&repo.git(&["rev-parse", "HEAD:b.rs"]));
    std::fs::remove_file(&object).unwrap();
    std::fs::write(&object, "not deflated at all").unwrap();
    let facts = mine(&repo);
    assert_eq!((facts.file(&id, "b.rs").added, facts.file(&id, "a.rs").added), (None, Some(1)));
    assert_eq!(facts.skipped_kinds(), ["blob"]);
}

#[test]
fn a_missing_tree_costs_its_commits_only() {
    let (repo, id) = with_b();
    let tree = repo.git(&["rev-parse", &format!("{id}^{{tree}}")]);
    std::fs::remove_file(repo.loose_object(&tree)).unwrap();
    let facts = mine(&repo);
    assert_eq!(facts.landed(), ["Start", "Add b", "Go on"]);
    assert!(facts.files_of(&id).is_empty());
    assert!(!facts.files_of(facts.commits[0].commit_id.as_str()).is_empty());
    assert_eq!(
        facts.skipped_kinds(),
        ["tree", "tree"],
        "the commit's own and the next one's comparison: {:?}",
        facts.skipped
    );
}

#[test]
fn a_missing_commit_cuts_the_history_there() {
    let (repo, id) = with_b();
    std::fs::remove_file(repo.loose_object(&id)).unwrap();
    let facts = mine(&repo);
    assert_eq!(facts.landed(), ["Go on"]);
    assert_eq!(facts.skipped_kinds(), ["commit"]);
    assert_eq!(&*facts.skipped[0].place, id.as_str());
}

#[test]
fn a_commit_without_author_is_skipped_or_read_and_stops_nothing() {
    let (repo, _) = with_b();
    let head = repo.head();
    let object =
        format!("tree {}\nparent {head}\ncommitter A <a@b.c> 1705300000 +0000\n\nNobody wrote this\n", repo.tree());
    let broken = repo.raw_commit(object.as_bytes());
    repo.raw_commit(
        format!("tree {}\nparent {broken}\nparent {head}\nauthor A <a@b.c> 1705400000 +0000\ncommitter A <a@b.c> 1705400000 +0000\n\nAfter it\n", repo.tree())
            .as_bytes(),
    );
    let facts = mine(&repo);
    assert!(facts.landed().contains(&"After it"), "{:?}", facts.landed());
    let read = facts.commits.iter().any(|commit| commit.commit_id.as_str() == broken);
    assert!(
        read || facts.skipped.iter().any(|skipped| *skipped.place == *broken),
        "neither read nor counted: {:?}",
        facts.skipped
    );
    assert!(facts.commits.iter().any(|commit| &*commit.subject == "Go on"), "what the other parent brought is read");
}

#[test]
fn a_tip_that_cannot_be_read_is_an_error_or_a_row_never_an_empty_history() {
    let (repo, _) = with_b();
    let broken = repo.raw_commit(b"this is no commit at all\n");
    let run = crate::binary::Shipwake::new();
    let ran = run.run(&["mine", repo.path.to_str().unwrap(), "--name", "o/r"]);
    match ran.code {
        Some(0) => assert!(run.csv("skipped").iter().any(|row| row["example"] == broken), "silently nothing: {ran:?}"),
        code => assert!(code == Some(1) && ran.stderr.starts_with("error: "), "{ran:?}"),
    }
}

#[test]
fn a_tip_that_git_reads_is_read() {
    let (repo, _) = with_b();
    let (head, tree) = (repo.head(), repo.tree());
    let broken =
        repo.raw_commit(format!("tree {tree}\nparent {head}\nauthor A a@b.c 100 +0000\n\nNo committer\n").as_bytes());
    let facts = mine(&repo);
    assert_eq!(
        (facts.commits.len(), facts.repos[0].head_commit.as_ref().map(|head| head.as_str())),
        (4, Some(&*broken))
    );
}

/// libgit2 reads what was cut off without ever coming to an end.
#[test]
fn objects_that_were_cut_off_are_counted_and_stop_nothing() {
    let cut = |repo: &Repo, spec: &str| {
        let object = repo.loose_object(&repo.git(&["rev-parse", spec]));
        let bytes = std::fs::read(&object).unwrap();
        std::fs::remove_file(&object).unwrap();
        std::fs::write(&object, &bytes[..bytes.len() - 8]).unwrap();
    };
    for (spec, kind) in [("HEAD:b.rs", "blob"), ("HEAD~1^{tree}", "tree"), ("HEAD~1", "commit")] {
        let (repo, _) = with_b();
        cut(&repo, spec);
        let facts = mine(&repo);
        assert!(
            facts.landed().contains(&"Go on") && facts.skipped_kinds().contains(&kind),
            "{spec}: {:?}",
            facts.skipped
        );
    }
    let (repo, _) = with_b();
    cut(&repo, "HEAD");
    let ran = crate::binary::Shipwake::new().run(&["mine", repo.path.to_str().unwrap()]);
    assert!(ran.code == Some(1) && ran.stderr.contains("damaged"), "{ran:?}");
}

#[test]
fn a_branch_that_is_no_commit_is_an_error() {
    let (repo, _) = with_b();
    let blob = repo.git(&["rev-parse", "HEAD:a.rs"]);
    std::fs::write(repo.path.join(".git/refs/heads/main"), blob).unwrap();
    let run = crate::binary::Shipwake::new();
    let ran = run.run(&["mine", repo.path.to_str().unwrap(), "--name", "o/r"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("refs/heads/main"), "{ran:?}");
}

#[test]
fn a_commit_that_is_its_own_ancestor_is_read_and_counted() {
    let repo = Repo::new();
    let ids: Vec<String> = (1..=6).map(|count| repo.change("a.rs", &lines("a", count), &format!("c{count}"))).collect();
    repo.git(&["config", "advice.graftFileDeprecated", "false"]);
    std::fs::create_dir_all(repo.path.join(".git/info")).unwrap();
    std::fs::write(repo.path.join(".git/info/grafts"), format!("{} {}\n", ids[1], ids[4])).unwrap();
    // A clock that was wrong does not make the newest commit the one that is cut.
    let wrong = format!(
        "tree {}\nparent {}\nauthor A <a@b.c> 900000000 +0000\ncommitter A <a@b.c> 900000000 +0000\n\nc7\n",
        repo.tree(),
        ids[5]
    );
    repo.raw_commit(wrong.as_bytes());
    let facts = mine(&repo);
    assert_eq!(
        (facts.skipped_kinds(), &*facts.skipped[0].place),
        (vec!["commit"], &*ids[1]),
        "the oldest of the circle"
    );
    assert_eq!(facts.landed(), ["c2", "c3", "c4", "c5", "c6", "c7"], "the first is not reached any more");
    assert!(facts.commits.iter().all(|commit| commit.parents.is_empty() == (commit.commit_id.as_str() == ids[1])));
}

#[test]
fn strange_dates_and_names_are_read_or_counted_one_by_one() {
    let (repo, _) = with_b();
    let (head, tree) = (repo.head(), repo.tree());
    let strange = [
        "<> 1705300000 +0000",
        "A <a@b.c> 99999999999999 +0000",
        "A <a@b.c> -5 +0000",
        "A <<a@b.c>> 1705300000 +9999",
        "A a@b.c 1705300000 +0000",
        "A <a@b.c>",
        "A <a@b.c> soon",
        "",
    ];
    let commit = |who: &str, parents: &str| format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nStrange\n");
    let ids = strange.map(|who| repo.raw_commit(commit(who, &format!("parent {head}\n")).as_bytes()));
    let parents: String = std::iter::once(&head).chain(&ids).map(|id| format!("parent {id}\n")).collect();
    repo.raw_commit(commit("A <a@b.c> 1705400000 +0000", &parents).as_bytes());
    let facts = mine(&repo);
    for (id, who) in ids.iter().zip(strange) {
        let read = facts.commits.iter().find(|commit| commit.commit_id.as_str() == id);
        let counted = |what: &str| {
            facts.skipped.iter().any(|skipped| &*skipped.what == what && skipped.place.starts_with(id.as_str()))
        };
        assert!(read.is_some() || counted("commit"), "{who:?} is neither read nor counted");
        assert!(
            read.is_none_or(|commit| commit.committed_at.is_some() || counted("date") || counted("commit header")),
            "{who:?}: a date is lost without a word"
        );
    }
    assert_eq!(facts.landed(), ["Start", "Add b", "Go on", "Strange"]);
}

#[test]
fn a_repository_that_was_cut_off_mid_pack_is_an_error_or_a_row_never_a_panic() {
    let (repo, _) = with_b();
    repo.git(&["repack", "-a", "-d", "-q"]);
    let packs = std::fs::read_dir(repo.path.join(".git/objects/pack")).unwrap();
    let pack = packs
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "pack"))
        .unwrap();
    let bytes = std::fs::read(&pack).unwrap();
    std::fs::remove_file(&pack).unwrap();
    std::fs::write(&pack, &bytes[..bytes.len() / 2]).unwrap();
    let run = crate::binary::Shipwake::new();
    let ran = run.run(&["mine", repo.path.to_str().unwrap(), "--name", "o/r"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
}

#[test]
fn a_damaged_tip_is_an_error_and_costs_nothing() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let tip = repo.change("a.rs", "b\n", "Second");
    let run = crate::binary::Shipwake::new();
    run.mine(&repo.path);
    std::fs::remove_file(repo.loose_object(&tip)).unwrap();
    let ran = run.run(&["mine", repo.path.to_str().unwrap(), "--name", "o/r", "--fresh"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: `git fsck`"), "{}", ran.stderr);
    assert_eq!(run.csv("SELECT commit_id FROM commits").len(), 2, "the former state stays");
}
