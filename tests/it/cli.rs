//! What a user sees: words, formats, exit codes.

mod audit;
mod estimate;
mod explain;
mod help;
mod query;
mod report;
mod validate;

use std::process::{Command, Stdio};

use crate::binary::{Ran, Shipwake};
use crate::repo::{Repo, lines};

/// A pushed change, one with AI behind a squash, its fix, and a revert.
pub(super) fn story() -> Repo {
    let repo = Repo::new();
    repo.change("src/a.rs", &lines("a", 6), "Start");
    repo.change("src/b.rs", "let b = 1;\n", "Add b (#7)\n\nBecause.\n\nCo-Authored-By: Claude <noreply@anthropic.com>");
    repo.days(3).change("src/b.rs", "let b = 2;\n", "fix: b was wrong");
    let head = repo.head();
    repo.days(40).revert(&head);
    repo
}

/// What a run printed and how it ended, for a snapshot; what differs between machines is masked.
pub(super) fn told(run: &Shipwake, words: &[&str]) -> String {
    let Ran { code, stdout, stderr, .. } = run.run(words);
    let told = match stderr.is_empty() {
        true => format!("{stdout}[exit {}]", code.unwrap_or(-1)),
        false => format!("{stdout}[stderr]\n{stderr}[exit {}]", code.unwrap_or(-1)),
    };
    masked(&told.replace(&run.dir.path().display().to_string(), "[dir]"))
}

/// Without what each lake or machine has of its own.
pub(super) fn masked(told: &str) -> String {
    let patterns =
        [(r"p_[0-9a-f]{12}", "p_[person]"), (r"git version [0-9.]+", "git version [version]"), (r"(?m)[ \t]+$", "")];
    patterns.iter().fold(told.to_owned(), |told, (pattern, mask)| {
        regex::Regex::new(pattern).unwrap().replace_all(&told, *mask).into_owned()
    })
}

#[test]
fn an_unknown_flag_is_a_mistake_of_usage() {
    let ran = Shipwake::new().run(&["mine", ".", "--nope"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("unexpected argument '--nope'"), "{}", ran.stderr);
    assert_eq!(Shipwake::new().run(&["sail"]).code, Some(2));
    assert_eq!(Shipwake::new().run(&[]).code, Some(2));
    assert_eq!(Shipwake::new().run(&["import", "incidents", "--from", "rumours", "x"]).code, Some(2));
    assert_eq!(Shipwake::new().run(&["report", "--since", "yesterday"]).code, Some(2));
}

#[test]
fn a_folder_without_repository_is_an_error_with_a_hint() {
    let run = Shipwake::new();
    std::fs::create_dir(run.dir.path().join("folder")).unwrap();
    insta::assert_snapshot!(told(&run, &["mine", "folder"]), @r"
    [stderr]
    error: cannot open a git repository at `folder`
    caused by: could not find repository at 'folder'; class=Repository (6); code=NotFound (-3)
    hint: give the path of a git repository: a folder with a work tree, or a bare repository
    [exit 1]
    ");
    insta::assert_snapshot!(told(&run, &["mine", "nowhere"]), @r"
    [stderr]
    error: cannot open a git repository at `nowhere`
    caused by: failed to resolve path 'nowhere': No such file or directory; class=Os (2); code=NotFound (-3)
    hint: give the path of a git repository: a folder with a work tree, or a bare repository
    [exit 1]
    ");
    insta::assert_snapshot!(told(&run, &["report", "https://git.example/o/r", "--offline"]), @r"
    [stderr]
    error: `https://git.example/o/r` was never cloned, and the network is not to be used
    hint: leave out --offline once, or give the path of a clone
    [exit 1]
    ");
}

#[test]
fn a_branch_that_is_not_there_is_an_error_with_a_hint() {
    let (repo, run) = (story(), Shipwake::new());
    insta::assert_snapshot!(told(&run, &["mine", repo.path.to_str().unwrap(), "--branch", "nope"]), @r"
    [stderr]
    error: the repository has no branch `nope`
    hint: `git branch -a` lists the branches there are
    [exit 1]
    ");
}

#[test]
fn a_file_address_is_a_path() {
    let (repo, run) = (story(), Shipwake::new());
    assert_eq!(
        run.ok(&["mine", &format!("file://{}", repo.path.display()), "--name", "o/r"]),
        "o/r: mined; 4 commits, 4 changes, 0 skipped\n"
    );
}

#[test]
fn a_repository_keeps_the_name_it_was_mined_under() {
    let (repo, run) = (story(), Shipwake::new());
    let path = repo.path.to_str().unwrap();
    run.mine(&repo.path);
    assert_eq!(run.ok(&["mine", path]), "o/r: unchanged; 4 commits, 4 changes, 0 skipped\n");
    run.ok(&["report", path, "--out", "out"]);
    run.ok(&["mine", path, "--name", "a/other"]);
    let names = || {
        run.csv("select repo from repos order by repo").into_iter().map(|row| row["repo"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["a/other", "o/r"], "another name is another repository");
    assert!(run.ok(&["mine", path]).starts_with("story: mined"), "of several names its own");
    let (repo, run) = (story(), Shipwake::new());
    repo.git(&["branch", "dev"]);
    let path = repo.path.to_str().unwrap();
    run.ok(&["mine", path, "--name", "o/dev", "--branch", "dev"]);
    assert!(run.ok(&["mine", path]).starts_with("story: mined"), "of another branch its own");
}

#[test]
fn lines_of_a_file_that_is_not_there_are_an_error() {
    let (repo, run) = (story(), Shipwake::new());
    let path = repo.path.to_str().unwrap();
    let ran = run.run(&["lines", path, "nowhere.rs"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("the head has no file `nowhere.rs`") && ran.stderr.contains("hint: "),
        "{}",
        ran.stderr
    );
    let ran = run.run(&["lines", path, "--files-from", "list.txt"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("cannot read `list.txt`"), "{}", ran.stderr);
}

#[test]
fn one_name_cannot_name_two_repositories() {
    let (one, two, run) = (story(), story(), Shipwake::new());
    let ran = run.run(&["mine", one.path.to_str().unwrap(), two.path.to_str().unwrap(), "--name", "o/r"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--name names one repository, but 2 were given"));
}

#[test]
fn a_configuration_with_an_unknown_key_is_refused() {
    let (repo, run) = (story(), Shipwake::new());
    std::fs::write(run.dir.path().join("shipwake.toml"), "[report]\nminimun = 3\n").unwrap();
    let ran = run.run(&["mine", repo.path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("shipwake.toml") && ran.stderr.contains("minimun") && ran.stderr.contains("hint: "),
        "{}",
        ran.stderr
    );
    assert_eq!(run.run(&["mine", repo.path.to_str().unwrap(), "--config", "missing.toml"]).code, Some(1));
}

#[test]
fn doctor_says_what_is_missing_and_how_to_mend_it() {
    let run = Shipwake::new();
    std::fs::create_dir(run.dir.path().join("folder")).unwrap();
    insta::assert_snapshot!(told(&run, &["doctor", "folder"]), @r###"
ok       git version [version], for repositories given by address
missing  cannot open a git repository at `folder`
         mend it: give the path of a git repository
missing  there is no lake at `lake`
         mend it: shipwake report
ok       configuration
missing  a GitHub token: without one `sync github` may ask 60 times an hour
         mend it: export GITHUB_TOKEN=…, or log in with `gh auth login`
[exit 0]
"###);

    let repo = story();
    run.mine(&repo.path);
    insta::assert_snapshot!(told(&run, &["doctor", repo.path.to_str().unwrap()]), @r###"
ok       git version [version], for repositories given by address
ok       repository story
ok       default branch main
missing  pull requests' own commits, which can show AI behind squash merges
         mend it: git fetch origin '+refs/pull/*/head:refs/pull/*/head'
ok       lake `lake` with 1 repository
ok       configuration
missing  a GitHub token: without one `sync github` may ask 60 times an hour
         mend it: export GITHUB_TOKEN=…, or log in with `gh auth login`
[exit 0]
"###);

    let shallow = repo.clone_as("shallow", &["--depth", "1"]);
    let told = run.ok(&["doctor", shallow.to_str().unwrap()]);
    assert!(told.contains("the clone is shallow") && told.contains("git fetch --unshallow"), "{told}");
}

#[test]
fn a_token_is_never_shown() {
    let run = Shipwake::new();
    let output = run.command().env("GITHUB_TOKEN", "ghp_secret").args(["doctor", "."]).output().unwrap();
    let told = crate::repo::text(&[output.stdout, output.stderr].concat());
    assert!(told.contains("a GitHub token is set") && !told.contains("ghp_secret"), "{told}");
}

#[test]
fn a_reader_who_had_enough_is_no_failure() {
    let (repo, run) = (Repo::new(), Shipwake::new());
    for number in 0..40 {
        repo.change("a.rs", &lines(&number.to_string(), 30), &format!("Change {number} {}", "long ".repeat(200)));
    }
    run.mine(&repo.path);
    for words in [
        "query 'SELECT * FROM commits'",
        "query 'SELECT * FROM commits' --format json",
        "query 'SELECT * FROM commits' --format csv",
        "query --tables",
    ] {
        let script = format!("set -o pipefail; '{}' {words} | head -1 >/dev/null", env!("CARGO_BIN_EXE_shipwake"));
        let shell = Command::new("bash")
            .args(["-c", &script])
            .current_dir(run.dir.path())
            .env("SHIPWAKE_LAKE", "lake")
            .stderr(Stdio::piped())
            .output();
        let output = shell.unwrap();
        assert_eq!((output.status.code(), crate::repo::text(&output.stderr).as_str()), (Some(0), ""), "{words}");
    }
}

#[test]
fn incidents_are_imported_and_counted() {
    let (repo, run) = (story(), Shipwake::new());
    std::fs::write(run.dir.path().join("i.csv"), "id,title,pr\nINC-1,Down,7\n,nothing,\n").unwrap();
    let import = ["import", "incidents", "--from", "csv", "i.csv", "--repo", "o/r"];
    assert_eq!(
        run.ok(&import),
        "o/r: 1 incident imported, 0 links in all, 1 record skipped (the first: the record has neither an id nor a url); nothing to link to until this repository is mined\n"
    );
    run.mine(&repo.path);
    assert_eq!(
        run.ok(&import),
        "o/r: 1 incident imported, 1 link in all, 1 record skipped (the first: the record has neither an id nor a url)\n"
    );
    let ran = run.run(&["import", "incidents", "--from", "csv", "missing.csv"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("missing.csv"), "{}", ran.stderr);
}
