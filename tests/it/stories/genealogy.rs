//! Whose line it is, and which commit ended it: renames, moves, merges, and what cannot be followed.

use shipwake::facts::{LineFate, LineRelation};

use crate::facts::{Desk, Facts, mine};
use crate::repo::{Repo, lines, with_line};

/// Origin, death and number of the lines of a file, as (subject of the origin, subject of the death, lines).
fn fates(facts: &Facts, path: &str) -> Vec<(String, Option<String>, i64)> {
    let subject = |id: &str| facts.commit(id).subject.to_string();
    let mut fates: Vec<_> = (facts.fates.iter().filter(|fate| &*fate.path == path))
        .map(|fate| {
            let death = fate.death_commit.as_ref().map(|death| subject(death.as_str()));
            (subject(fate.origin_commit.as_str()), death, fate.lines)
        })
        .collect();
    fates.sort();
    fates
}

fn alive<'a>(facts: &'a Facts, path: &'a str) -> impl Iterator<Item = &'a LineFate> {
    facts.fates.iter().filter(move |fate| &*fate.path == path && fate.death_commit.is_none())
}

fn story(fates: &[(&str, Option<&str>, i64)]) -> Vec<(String, Option<String>, i64)> {
    fates.iter().map(|(origin, death, lines)| ((*origin).to_owned(), death.map(str::to_owned), *lines)).collect()
}

#[test]
fn lines_of_a_branch_belong_to_its_commits_not_to_the_merge() {
    let repo = Repo::new();
    repo.change("a.c", &lines("a", 6), "start");
    repo.branch("side");
    repo.change("a.c", &with_line(&lines("a", 6), 2, "changed on the side"), "side");
    repo.switch("main");
    repo.change("b.c", "b\n", "main");
    repo.merge("side", "merge");
    assert_eq!(fates(&mine(&repo), "a.c"), story(&[("side", None, 1), ("start", None, 5), ("start", Some("side"), 1)]));
}

#[test]
fn a_line_deleted_on_a_branch_and_kept_by_the_merge_is_alive() {
    let repo = Repo::new();
    let whole = lines("a", 6);
    repo.change("a.c", &whole, "start");
    repo.branch("side");
    repo.change("a.c", &lines("a", 5), "delete the last");
    repo.switch("main");
    repo.change("b.c", "b\n", "main");
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    repo.write("a.c", &whole).commit("merge that keeps it");
    let facts = mine(&repo);
    assert_eq!(fates(&facts, "a.c"), story(&[("start", None, 6)]));
    let deleted = facts.commit_lines.iter().filter(|row| row.relation == LineRelation::Deleted);
    assert_eq!(deleted.count(), 1, "the branch's commit did delete it");
}

#[test]
fn a_line_dropped_by_a_merge_is_killed_by_it() {
    let repo = Repo::new();
    repo.change("a.c", &lines("a", 4), "start");
    repo.branch("side");
    repo.change("a.c", &(lines("a", 4) + "written on the side, never wanted\n"), "side");
    repo.switch("main");
    repo.change("b.c", "b\n", "main");
    repo.git(&["merge", "-q", "-s", "ours", "-m", "merge ours", "side"]);
    assert_eq!(fates(&mine(&repo), "a.c"), story(&[("side", Some("merge ours"), 1), ("start", None, 4)]));
}

#[test]
fn a_line_that_a_merge_brought_back_dies_when_it_is_deleted_again() {
    let repo = Repo::new();
    let whole = lines("a", 6);
    repo.change("a.c", &whole, "start");
    repo.branch("side");
    repo.change("a.c", &lines("a", 5), "first deletion");
    repo.switch("main");
    repo.change("b.c", "b\n", "main");
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    repo.write("a.c", &whole).commit("merge");
    repo.change("a.c", &lines("a", 5), "second deletion");
    assert_eq!(fates(&mine(&repo), "a.c"), story(&[("start", None, 5), ("start", Some("second deletion"), 1)]));
}

#[test]
fn of_two_branches_that_delete_a_line_the_first_counts() {
    let repo = Repo::new();
    repo.change("a.c", &lines("a", 6), "start");
    repo.branch("side");
    repo.change("a.c", &lines("a", 5), "first");
    repo.switch("main");
    repo.change("a.c", &lines("a", 5), "second");
    repo.merge("side", "merge");
    assert_eq!(fates(&mine(&repo), "a.c"), story(&[("start", None, 5), ("start", Some("first"), 1)]));
}

#[test]
fn a_line_written_alike_on_two_branches_is_one_line() {
    let repo = Repo::new();
    repo.change("a.c", &lines("a", 6), "start");
    repo.branch("side");
    let same = lines("a", 6) + "the same line on both sides\n";
    repo.change("a.c", &same, "side");
    repo.switch("main");
    repo.change("a.c", &same, "main");
    repo.merge("side", "merge");
    assert_eq!(fates(&mine(&repo), "a.c"), story(&[("main", None, 1), ("start", None, 6)]));
}

#[test]
fn renames_keep_lines_and_one_file_may_feed_two() {
    let repo = Repo::new();
    repo.change("a.c", &lines("a", 20), "start");
    repo.rename("a.c", "b.c").commit("rename");
    let all = lines("a", 20);
    let cut = all.match_indices('\n').nth(11).unwrap().0 + 1;
    repo.remove("b.c")
        .write("one.c", &all[..cut])
        .write("two.c", &all[all.match_indices('\n').nth(8).unwrap().0 + 1..]);
    repo.commit("split");
    let facts = mine(&repo);
    for path in ["one.c", "two.c"] {
        assert!(alive(&facts, path).all(|fate| facts.commit(fate.origin_commit.as_str()).subject == "start".into()));
    }
    let copied: i64 = facts.fates.iter().filter(|fate| fate.copied_by.is_some()).map(|fate| fate.lines).sum();
    assert_eq!(copied, 3, "the lines that both files have are copies in one of them");
    assert!(facts.fates.iter().all(|fate| fate.death_commit.is_none()));
}

#[test]
fn a_file_renamed_on_one_side_and_changed_on_the_other_keeps_both() {
    let repo = Repo::new();
    repo.change("a.c", &lines("a", 20), "start");
    repo.branch("side");
    repo.change("a.c", &with_line(&lines("a", 20), 3, "changed on the side"), "side");
    repo.switch("main");
    repo.rename("a.c", "b.c").commit("rename");
    repo.merge("side", "merge");
    assert_eq!(
        fates(&mine(&repo), "b.c"),
        story(&[("side", None, 1), ("start", None, 19)]),
        "and nothing is dropped for the file that is gone"
    );
}

#[test]
fn a_block_moved_within_and_across_files_keeps_its_origin_and_is_marked() {
    let block = "fn moved_by_somebody(argument: u32) -> u32 {\n    let doubled = argument * 2;\n    doubled + 1\n}\n";
    let repo = Repo::new();
    repo.change("a.rs", &(block.to_owned() + &lines("a", 9)), "start");
    let within = repo.change("a.rs", &(lines("a", 9) + block), "move within");
    repo.write("a.rs", lines("a", 9)).write("b.rs", block);
    let across = repo.commit("move across");
    let facts = mine(&repo);
    let moved: Vec<_> = alive(&facts, "b.rs").collect();
    assert_eq!(moved.iter().map(|fate| fate.lines).sum::<i64>(), 4);
    for fate in moved {
        assert_eq!(&*facts.commit(fate.origin_commit.as_str()).subject, "start");
        assert_eq!(fate.moved_by.as_ref().unwrap().as_str(), across);
        assert_eq!(&*fate.birth_path, "a.rs");
    }
    let rows = |commit: &str| -> Vec<(Option<&str>, i64)> {
        let rows = facts.commit_lines.iter().filter(|row| row.relation == LineRelation::Moved);
        rows.filter(|row| row.commit_id.as_str() == commit).map(|row| (row.from_path.as_deref(), row.lines)).collect()
    };
    assert_eq!(rows(&within).iter().map(|row| row.1).sum::<i64>(), 4);
    assert!(rows(&within).iter().all(|row| row.0.is_none()));
    assert_eq!(rows(&across), [(Some("a.rs"), 4)]);
    assert!(facts.fates.iter().all(|fate| fate.death_commit.is_none()));
}

#[test]
fn whitespace_alone_kills_no_line() {
    let repo = Repo::new();
    repo.change("a.c", "int main(void)\n{\nreturn 0;\n}\n", "start");
    repo.change("a.c", "int  main(void)\n{\n\treturn 0;\n}\n", "indent");
    repo.change("a.c", "int  main(void)\r\n{\r\n\treturn 0;\r\n}", "line ends");
    let facts = mine(&repo);
    assert_eq!(fates(&facts, "a.c"), story(&[("start", None, 4)]));
    let indent = facts.commits.iter().find(|commit| &*commit.subject == "indent").unwrap();
    assert_eq!((indent.added, indent.deleted), (2, 2), "git counts them all the same");
}

#[test]
fn commits_that_only_reformat_are_looked_through() {
    let repo = Repo::new();
    repo.change("a.c", "int sum = add(first_value, second_value);\nreturn sum;\n", "start");
    let format = repo.change("a.c", "int sum = add(\n    first_value,\n    second_value);\nreturn sum;\n", "format");
    repo.change(".git-blame-ignore-revs", &format!("# formatting\n{format}\n"), "ignore it");
    let facts = mine(&repo);
    assert!(alive(&facts, "a.c").all(|fate| &*facts.commit(fate.origin_commit.as_str()).subject == "start"));
    assert_eq!(alive(&facts, "a.c").map(|fate| fate.lines).sum::<i64>(), 4);
    assert_eq!(facts.fates.iter().filter(|fate| fate.death_commit.is_some()).count(), 0);
}

#[test]
fn a_line_knows_its_kind_its_place_at_birth_and_its_neighbours() {
    let repo = Repo::new();
    repo.change("a.rs", "// about it\n\nfn main() {\n    one();\n    two();\n}\n", "start");
    let insert =
        repo.change("a.rs", "// about it\n\nfn main() {\n    one();\n    between();\n    two();\n}\n", "insert");
    let facts = mine(&repo);
    let kinds: Vec<(&str, &str)> = facts
        .fates
        .iter()
        .filter(|fate| &*facts.commit(fate.origin_commit.as_str()).subject == "start")
        .map(|fate| (fate.line_kind.as_str(), &*fate.birth_lines))
        .collect();
    assert_eq!(kinds, [("code", "3-6"), ("comment", "1"), ("blank", "2")]);
    let relations: Vec<(&str, i64)> = facts
        .commit_lines
        .iter()
        .filter(|row| row.commit_id.as_str() == insert)
        .map(|row| (row.relation.as_str(), row.lines))
        .collect();
    assert_eq!(relations, [("before", 1), ("after", 1), ("enclosing", 3)]);
}

#[test]
fn what_was_deleted_and_comes_back_is_restored() {
    let repo = Repo::new();
    let start = repo.change("a.c", &lines("alpha", 8), "start");
    let deletion = repo.change("a.c", &lines("alpha", 5), "delete three");
    let back = repo.change("a.c", &lines("alpha", 8), "bring them back");
    let facts = mine(&repo);
    let restored: Vec<_> = facts.commit_lines.iter().filter(|row| row.relation == LineRelation::Restored).collect();
    assert_eq!(restored.iter().map(|row| row.lines).sum::<i64>(), 3);
    assert!(restored.iter().all(|row| {
        row.commit_id.as_str() == back
            && row.deleted_by.as_ref().unwrap().as_str() == deletion
            && row.origin_commit.as_str() == start
    }));
}

#[test]
fn what_only_says_where_the_content_is_has_no_lines_to_follow() {
    let repo = Repo::new();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n";
    repo.write("big.bin", pointer).write("raw.bin", b"\0\x01\n").change("a.c", "a\n", "start");
    let filled = repo.change("big.bin", "now the content itself\n", "fetch it");
    let facts = mine(&repo);
    assert_eq!(facts.commits[0].added, 4, "git counts the pointer's lines");
    assert_eq!(fates(&facts, "raw.bin"), []);
    assert_eq!(facts.fates.iter().map(|fate| fate.lines).sum::<i64>(), 2);
    assert_eq!(alive(&facts, "big.bin").next().unwrap().origin_commit.as_str(), filled);
}

#[test]
fn replaced_objects_are_read_in_place_of_the_others() {
    let repo = Repo::new();
    repo.change("a.c", &lines("a", 3), "start");
    let tip = repo.change("a.c", &lines("a", 4), "tip");
    repo.write("a.c", lines("a", 9));
    repo.git(&["add", "."]);
    let tree = repo.git(&["write-tree"]).trim().to_owned();
    let old = repo.git(&["rev-parse", &format!("{tip}^{{tree}}")]).trim().to_owned();
    repo.git(&["replace", &old, &tree]);
    assert_eq!(alive(&mine(&repo), "a.c").map(|fate| fate.lines).sum::<i64>(), 9);
}

#[test]
fn lines_are_the_same_whatever_the_number_of_threads() {
    let repo = crate::generated::repository(crate::generated::Taste { seed: 5, commits: 60, binaries: true });
    let with = |threads| {
        let desk = Desk::new();
        desk.run
            .mine(&shipwake::pipeline::Request {
                path: repo.path.clone(),
                name: Some("o/r".to_owned()),
                threads: Some(threads),
                ..Default::default()
            })
            .unwrap();
        let facts = desk.facts();
        (facts.fates, facts.commit_lines, facts.files)
    };
    let one = with(1);
    assert!(!one.0.is_empty());
    assert!(one == with(2) && one == with(7));
}

#[test]
fn a_line_that_many_branches_end_dies_by_the_first() {
    let repo = Repo::new();
    let base = repo.change("a.rs", &lines("a", 4), "Start");
    let mut first = None;
    for number in 0..12 {
        repo.git(&["checkout", "--quiet", "-b", &format!("b{number}"), &base]);
        let drops = repo.change("a.rs", &lines("a", 3), "Drop one");
        repo.change(&format!("b{number}.rs"), &lines("own", 3), "Own");
        repo.merge(&format!("b{number}"), "Merge");
        first = first.or(Some(drops));
    }
    let facts = mine(&repo);
    let dead: Vec<_> = facts.fates.iter().filter(|fate| fate.death_commit.is_some()).collect();
    let killer = dead[0].death_commit.as_ref().map(|commit| commit.as_str().to_owned());
    assert_eq!((dead.len(), dead[0].lines, killer), (1, 1, first));
}
