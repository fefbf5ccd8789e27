//! Repositories that are unusual and entirely legal.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use shipwake::facts::{ChangeKind, FileStatus};

use crate::facts::{Desk, mine, mine_at, now};
use crate::repo::{Repo, lines};

/// Year 2100.
const FUTURE: i64 = 4_102_444_800;

fn small() -> (Repo, String) {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let last = repo.change("a.rs", "b\n", "Change a");
    (repo, last)
}

#[test]
fn a_bare_repository_is_mined_like_its_work_tree() {
    let (repo, _) = small();
    repo.change(".mailmap", "Lovelace <ada@example.org>\n", "Add a mailmap");
    let bare = repo.clone_as("bare.git", &["--bare"]);
    let (with_tree, without) = (mine(&repo), mine_at(&bare));
    assert_eq!(with_tree.files, without.files);
    assert_eq!(with_tree.fates, without.fates);
    assert_eq!(&*without.commits[0].author_name, "Lovelace");
}

#[test]
fn a_linked_work_tree_is_the_same_repository() {
    let (repo, _) = small();
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap()]);
    let facts = mine_at(&linked);
    assert_eq!(facts.landed(), ["Start", "Change a"]);
    assert_eq!(facts.files, mine(&repo).files);
}

#[test]
fn a_folder_inside_a_repository_leads_to_it() {
    let (repo, _) = small();
    repo.write("deep/down/x.rs", "x\n");
    assert_eq!(mine_at(&repo.path.join("deep/down")).landed(), ["Start", "Change a"]);
}

#[test]
fn ids_of_64_digits_are_ids() {
    let repo = Repo::sha256();
    repo.change("a.rs", &lines("a", 4), "Start");
    let bad = repo.change("a.rs", &lines("a", 6), "Longer");
    repo.revert(&bad);
    let facts = mine(&repo);
    assert_eq!(bad.len(), 64);
    assert_eq!(facts.change(&bad).reverted_days, Some(1));
    assert_eq!(facts.file(&bad, "a.rs").added, Some(2));
    assert!(facts.skipped.is_empty(), "{:?}", facts.skipped);
}

#[test]
fn a_message_that_is_no_utf8_is_read_as_latin_1() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let object = [
        format!("tree {}\nparent {}\n", repo.tree(), repo.head()).as_bytes(),
        b"author Andr\xe9 <andre@example.org> 1704300000 +0100\ncommitter Andr\xe9 <andre@example.org> 1704300000 +0100\n\nCaf\xe9 ferm\xe9\n",
    ]
    .concat();
    let id = repo.raw_commit(&object);
    let facts = mine(&repo);
    assert_eq!((&*facts.commit(&id).subject, &*facts.commit(&id).author_name), ("Café fermé", "André"));
    assert_eq!(facts.commit(&id).authored_offset, 60);
}

#[test]
fn a_declared_encoding_is_heeded() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let head = format!(
        "tree {}\nparent {}\nauthor A <a@b.c> 1704300000 +0000\ncommitter A <a@b.c> 1704300000 +0000\n",
        repo.tree(),
        repo.head()
    );
    // "日本" in Shift_JIS.
    let id = repo.raw_commit(&[head.as_bytes(), b"encoding Shift_JIS\n\n\x93\xfa\x96\x7b\n"].concat());
    assert_eq!(&*mine(&repo).commit(&id).subject, "日本");
}

#[test]
fn two_paths_that_are_no_utf8_stay_two() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    for name in [b"\xe9.rs", b"\xe8.rs"] {
        std::fs::write(repo.path.join(std::ffi::OsStr::from_bytes(name)), "x\n").unwrap();
    }
    let id = repo.commit("Odd names");
    let facts = mine(&repo);
    let paths: Vec<&str> = facts.files_of(&id).iter().map(|file| file.path.as_ref()).collect();
    assert_eq!(paths, ["\\xe8.rs", "\\xe9.rs"]);
}

#[test]
fn an_empty_repository_has_nothing_and_says_so() {
    let facts = mine(&Repo::new());
    assert_eq!((facts.commits.len(), facts.changes.len(), facts.skipped.len()), (0, 0, 0));
    assert_eq!((facts.repos.len(), facts.repos[0].head_commit.as_ref()), (1, None));
}

#[test]
fn a_head_that_names_a_missing_branch_falls_back_to_one_that_is_there() {
    let (repo, last) = small();
    repo.git(&["branch", "--quiet", "-m", "main", "zeta"]);
    let bare = repo.clone_as("bare.git", &["--bare"]);
    repo.git(&["--git-dir", bare.to_str().unwrap(), "symbolic-ref", "HEAD", "refs/heads/nowhere"]);
    let facts = mine_at(&bare);
    assert_eq!(facts.repos[0].head_commit.as_ref().map(|id| id.as_str()), Some(last.as_str()));
    assert_eq!(facts.repos[0].default_branch.as_deref(), Some("zeta"));
}

#[test]
fn a_detached_head_counts_when_nothing_else_is_there() {
    let (repo, last) = small();
    repo.git(&["checkout", "--quiet", "--detach"]);
    repo.git(&["branch", "--quiet", "-D", "main"]);
    let facts = mine(&repo);
    assert_eq!(facts.repos[0].default_branch, None);
    assert_eq!(facts.repos[0].head_commit.as_ref().map(|id| id.as_str()), Some(last.as_str()));
    assert_eq!(facts.changes.len(), 2);
}

#[test]
fn a_detached_head_does_not_hide_the_branch() {
    let (repo, last) = small();
    repo.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
    assert_eq!(mine(&repo).repos[0].head_commit.as_ref().map(|id| id.as_str()), Some(last.as_str()));
}

#[test]
fn submodules_links_modes_and_types_are_changes_too() {
    let (repo, _) = small();
    let module = "1234567890123456789012345678901234567890";
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{module},module")]);
    repo.git(&["commit", "--quiet", "-m", "Add a submodule"]);
    let submodule = repo.head();
    let moved = module.replace('1', "2");
    repo.git(&["update-index", "--cacheinfo", &format!("160000,{moved},module")]);
    repo.git(&["commit", "--quiet", "-m", "Move it"]);
    let bumped = repo.head();
    repo.git(&["update-index", "--force-remove", "module"]);
    symlink("a.rs", repo.path.join("link")).unwrap();
    let linked = repo.commit("Add a link");
    repo.remove("link").write("link", "no link\n");
    let typed = repo.commit("Make it a file");
    std::fs::set_permissions(repo.path.join("a.rs"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mode = repo.commit("Make it executable");
    let facts = mine(&repo);

    let file = |id: &str, path: &str| {
        let file = facts.file(id, path);
        (file.status, file.added, file.deleted)
    };
    assert_eq!(file(&submodule, "module"), (FileStatus::Added, Some(1), Some(0)));
    assert_eq!(file(&bumped, "module"), (FileStatus::Modified, Some(1), Some(1)));
    assert_eq!(file(&linked, "link"), (FileStatus::Added, Some(1), Some(0)));
    assert_eq!(file(&typed, "link"), (FileStatus::TypeChanged, Some(1), Some(1)));
    assert_eq!(file(&mode, "a.rs"), (FileStatus::Modified, Some(0), Some(0)));
    assert!(facts.skipped.is_empty(), "{:?}", facts.skipped);
}

#[test]
fn a_binary_file_has_unknown_lines_and_is_not_skipped() {
    let (repo, _) = small();
    let id = repo.write("logo.png", [0u8, 1, 2, 255]).write("b.rs", "b\n").commit("Add a logo");
    let facts = mine(&repo);
    assert_eq!((facts.file(&id, "logo.png").added, facts.file(&id, "logo.png").deleted), (None, None));
    assert_eq!((facts.commit(&id).added, facts.commit(&id).files, facts.change(&id).size), (1, 2, 1));
    assert!(facts.skipped.is_empty(), "{:?}", facts.skipped);
}

#[test]
fn a_file_too_large_to_compare_is_counted_and_stops_nothing() {
    let (repo, _) = small();
    let huge = "a line of thirty-two characters!\n".repeat((33 << 20) / 33 + 40_000);
    let id = repo.write("huge.csv", huge).write("b.rs", "b\n").commit("Add a dump");
    let after = repo.change("b.rs", "c\n", "Go on");
    let facts = mine(&repo);
    assert_eq!(facts.file(&id, "huge.csv").added, None);
    assert_eq!(facts.file(&id, "b.rs").added, Some(1));
    assert_eq!(facts.file(&after, "b.rs").added, Some(1));
    let [skipped] = &facts.skipped[..] else { panic!("one thing is skipped: {:?}", facts.skipped) };
    assert_eq!(&*skipped.what, "blob");
    assert!(skipped.place.contains("huge.csv") && skipped.reason.contains("32 MB"), "{skipped:?}");
}

#[test]
fn a_commit_from_1970_is_old_and_one_from_the_future_does_not_stretch_the_watch() {
    let repo = Repo::new();
    let old = repo.at(0).change("a.rs", "a\n", "The first second");
    let start = repo.at(crate::repo::START).change("a.rs", "b\n", "Now");
    let last = repo.days(9).change("a.rs", "c\n", "Ten days later");
    let future = repo.at(FUTURE).change("a.rs", "d\n", "From the future");
    let facts = mine(&repo);

    assert_eq!(facts.commit(&old).committed_at.unwrap().timestamp(), 0);
    assert_eq!(facts.commit(&future).committed_at.unwrap().timestamp(), FUTURE);
    assert_eq!(facts.change(&start).observed_until, facts.commit(&last).committed_at);
    assert_eq!(facts.change(&start).observed_days, Some(10));
    assert_eq!(facts.change(&future).observed_days, Some(0));
    assert!(facts.changes.iter().all(|change| change.observed_until.is_some_and(|until| until <= now())));
}

#[test]
fn several_roots_are_one_history() {
    let (repo, _) = small();
    repo.git(&["switch", "--quiet", "--orphan", "other"]);
    repo.change("other.rs", "o\n", "Another beginning");
    repo.switch("main");
    repo.git(&["merge", "--quiet", "--no-ff", "--allow-unrelated-histories", "-m", "Join", "other"]);
    let facts = mine(&repo);
    assert_eq!(facts.landed(), ["Start", "Change a", "Join"]);
    assert_eq!(facts.commits.iter().filter(|commit| commit.parents.is_empty()).count(), 2);
    assert_eq!(facts.change(&repo.head()).size, 1);
}

#[test]
fn an_octopus_of_ten_parents_is_one_merge() {
    let (repo, _) = small();
    let branches: Vec<String> = (1..10).map(|number| format!("arm-{number}")).collect();
    for branch in &branches {
        repo.branch(branch).change(&format!("{branch}.rs"), "x\n", branch);
        repo.switch("main");
    }
    let mut words = vec!["merge", "--quiet", "--no-ff", "-m", "Octopus"];
    words.extend(branches.iter().map(String::as_str));
    repo.git(&words);
    repo.change("main.rs", "m\n", "After");
    let facts = mine(&repo);
    let merge = facts.changes.iter().find(|change| &*change.subject == "Octopus").unwrap();
    assert_eq!((merge.kind, merge.commits, merge.files, merge.size), (ChangeKind::Merge, 9, 9, 9));
    assert_eq!(facts.commit(merge.change_id.as_str()).parents.len(), 10);
}

#[test]
fn a_repository_is_called_after_its_remote_or_its_folder() {
    let (repo, _) = small();
    let name = |repo: &Repo| {
        let request = shipwake::pipeline::Request { path: repo.path.clone(), ..Default::default() };
        Desk::new().run.mine(&request).unwrap().repo
    };
    assert_eq!(name(&repo), "story");
    repo.git(&["remote", "add", "origin", "https://user:secret@github.com/owner/name.git"]);
    assert_eq!(name(&repo), "owner/name");
    assert_eq!(
        mine(&repo).repos[0].url.as_deref(),
        Some("https://github.com/owner/name.git"),
        "no password leaves the machine"
    );
}
