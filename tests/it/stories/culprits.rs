//! Which commit brought the bug that a fix mends, told from lines.

use shipwake::facts::{Link, LinkKind};

use crate::facts::{Facts, mine};
use crate::repo::{Repo, lines};

/// `fix → culprit` by their subjects, by one method.
fn blamed(facts: &Facts, method: &str) -> Vec<String> {
    let subject = |id: &str| facts.commit(id).subject.to_string();
    let is_wanted = |link: &&Link| link.kind == LinkKind::BugInducing && *link.method == *method;
    let shown = |link: &Link| format!("{} → {}", subject(&link.from_id), subject(&link.to_id));
    let mut all: Vec<String> = facts.links.iter().filter(is_wanted).map(shown).collect();
    all.sort();
    all
}

const BEFORE: &str = "int total(int *prices, int count)\n{\n    int sum = 0;\n\n    for (int i = 0; i < count; i++)\n        sum += prices[i];\n    return sum;\n}\n";
const BROKEN: &str = "int total(int *prices, int count)\n{\n    int sum = 0;\n\n    for (int i = 0; i < count; i++)\n        sum += prices[i];\n    apply_discount(&sum, count * count);\n    return sum;\n}\n";
const MENDED: &str = "int total(int *prices, int count)\n{\n    int sum = 0;\n\n    for (int i = 0; i < count; i++)\n        sum += prices[i];\n    apply_discount(&sum, count);\n    return sum;\n}\n";

/// A shop whose second commit brings a wrong discount.
fn shop() -> Repo {
    let repo = Repo::new();
    repo.change("total.c", BEFORE, "Sum up prices");
    repo.change("total.c", BROKEN, "Apply the discount");
    repo.change("other.c", &lines("other", 9), "Something else");
    repo
}

#[test]
fn who_wrote_the_rewritten_line_is_named_with_how_it_was_told() {
    let repo = shop();
    repo.change("total.c", MENDED, "fix: discount of many items");
    let facts = mine(&repo);
    assert_eq!(blamed(&facts, "genealogy"), ["fix: discount of many items → Apply the discount"]);
    let link = facts.links.iter().find(|link| &*link.method == "genealogy").unwrap();
    assert_eq!(link.lines, Some(1));
    assert!((0.3..1.0).contains(&link.confidence), "{}", link.confidence);
    assert!(link.evidence.contains("it wrote 1 line of code that the fix deleted or rewrote"), "{}", link.evidence);
}

#[test]
fn renames_and_new_indentation_do_not_hide_the_culprit() {
    let repo = shop();
    repo.git(&["mv", "total.c", "sum.c"]);
    repo.commit("Rename a file");
    repo.change("sum.c", &BROKEN.replace("    ", "\t"), "Indent with tabs");
    repo.change("sum.c", &MENDED.replace("    ", "\t"), "fix: discount of many items");
    assert_eq!(blamed(&mine(&repo), "genealogy"), ["fix: discount of many items → Apply the discount"]);
}

#[test]
fn a_fix_that_only_adds_is_told_from_what_stands_beside() {
    let repo = shop();
    let guarded =
        BROKEN.replace("    apply_discount", "    if (count > 1)\n        apply_tax(&sum);\n    apply_discount");
    repo.change("total.c", &guarded, "fix: tax was never applied");
    // Both wrote a line right beside it.
    let beside = ["Apply the discount", "Sum up prices"].map(|one| format!("fix: tax was never applied → {one}"));
    let links = blamed(&mine(&repo), "genealogy");
    assert!(!links.is_empty() && links.iter().all(|link| beside.contains(link)), "{links:?}");
}

#[test]
fn what_the_fix_says_of_its_culprit_does_not_move_the_inference() {
    let with = |message: &dyn Fn(&Repo) -> String| {
        let repo = shop();
        let message = message(&repo);
        repo.change("total.c", MENDED, &message);
        let facts = mine(&repo);
        let told = facts.links.iter().find(|link| &*link.method == "genealogy").map(|link| link.confidence);
        (blamed(&facts, "genealogy"), blamed(&facts, "explicit"), told)
    };
    let subject = "fix: discount of many items";
    let (plain, none, sure) = with(&|_| subject.to_owned());
    assert_eq!(none.len(), 0);
    let (misled, explicit, as_sure) =
        with(&|repo| format!("{subject}\n\nFixes: {} (\"Something else\")", repo.git(&["rev-parse", "HEAD"])));
    assert_eq!(explicit, ["fix: discount of many items → Something else"]);
    assert_eq!((misled, as_sure), (plain, sure));
}

#[test]
fn mechanical_fixes_merges_and_new_files_blame_nobody() {
    let repo = shop();
    repo.change("new.c", "unheard_of(before)\n", "fix: a file that was missing");
    repo.branch("side");
    repo.change("side.c", &lines("side", 5), "Work on the side");
    repo.switch("main");
    repo.change("main.c", &lines("main", 5), "Work on the main");
    repo.merge("side", "fix: merge");
    let everywhere = |text: &str| (0..101).for_each(|at| _ = repo.write(&format!("many/{at}.c"), lines(text, 3)));
    everywhere("old");
    repo.commit("Many files");
    everywhere("new");
    repo.commit("fix: all files");
    assert_eq!(blamed(&mine(&repo), "genealogy"), [""; 0]);
}
