//! The whole story of one thing.

use super::{story, told};
use crate::binary::Shipwake;
use crate::repo::{Repo, lines};

/// The story mined, with an incident, ready to be asked about.
fn asked() -> (Repo, Shipwake) {
    let (repo, run) = (story(), Shipwake::new());
    run.mine(&repo.path);
    std::fs::write(
        run.dir.path().join("i.csv"),
        "id,title,started_at,resolved_at,pr\nINC-1,Down,2024-01-05T00:00:00Z,2024-01-05T06:30:00Z,7\n",
    )
    .unwrap();
    run.ok(&["import", "incidents", "--from", "csv", "i.csv"]);
    (repo, run)
}

#[test]
fn a_commit_with_evidence_an_incident_and_a_fix() {
    let (repo, run) = asked();
    let id = repo.git(&["rev-parse", "HEAD~2"]);
    insta::assert_snapshot!(told(&run, &["explain", &id[..10]]), @r###"
commit d4361d2068b1ee7ca17a9cde7bcfce5fc6862326  (o/r)
  Add b (#7)
  by p_[person] on 2024-01-03
    +1 −0        src/b.rs (source)

Who wrote it
  commit: assisted [claude-code], confidence 0.97: AI is named as a co-author: trailer "Co-Authored-By: Claude" (S038)
    assisted; p_[person] answers for it as author
    S038 claude-code (co-authored, strong) in trailer: Co-Authored-By: Claude [e-mail]

The change it landed with
  squash d4361d2068, pull request #7: Add b (#7)
  change: assisted [claude-code], confidence 0.97: AI is named as a co-author: trailer "Co-Authored-By: Claude" (S038)
    assisted; p_[person] answers for it as author
  landed 2024-01-03, 1 line in 1 file, watched for 45 days
  lines rewritten by a bug fix on 2024-01-07, 4 days after landing, by e7838fd4bc
  file touched by a bug fix on 2024-01-07, 4 days after landing, by e7838fd4bc
  linked to a bug that was fixed on 2024-01-07, 4 days after landing, by e7838fd4bc
  named as the cause of an incident on 2024-01-05, 1 day after landing, INC-1

What is linked to it
  bug inducing ← e7838fd4bc fix: b was wrong
      genealogy, confidence 0.81: it wrote 1 line of code that the fix deleted or rewrote; it was the last to change a file of the fix; both changed `let`
  caused incident → INC-1
      pull, confidence 0.90: #7
  follow up fix ← e7838fd4bc fix: b was wrong
      same_files, confidence 0.95: both touched src/b.rs
  follow up fix ← e7838fd4bc fix: b was wrong
      same_lines, confidence 0.95: 1 line of code rewritten or deleted

[exit 0]
"###);
}

#[test]
fn a_reverted_fix() {
    let (repo, run) = asked();
    insta::assert_snapshot!(told(&run, &["explain", &repo.git(&["rev-parse", "HEAD~1"])]), @r###"
commit e7838fd4bcfcec450cd38a81d318b183682aa49f  (o/r)
  fix: b was wrong
  by p_[person] on 2024-01-07
    +1 −1        src/b.rs (source)

Who wrote it
  commit: unknown: no evidence either way

The change it landed with
  direct e7838fd4bc: fix: b was wrong
  change: unknown: no evidence either way
  landed 2024-01-07, 2 lines in 1 file, watched for 41 days
  reverted on 2024-02-17, 41 days after landing, by a4b27236a4

What is linked to it
  fixes a bug (declared, confidence 0.95): fix: b was wrong
  reverts ← a4b27236a4 Revert "fix: b was wrong" (in full: 100 % of its lines)
      explicit, confidence 0.99: This reverts commit e7838fd4bcfcec450cd38a81d318b183682aa49f.
  follow up fix → d4361d2068 Add b (#7)
      same_files, confidence 0.95: both touched src/b.rs
  follow up fix → d4361d2068 Add b (#7)
      same_lines, confidence 0.95: 1 line of code rewritten or deleted

Where the bug that e7838fd4bc mends is likely to come from
  d4361d2068 on 2024-01-03, 4 days before: Add b (#7)
  commit: assisted [claude-code], confidence 0.97: AI is named as a co-author: trailer "Co-Authored-By: Claude" (S038)
    assisted; p_[person] answers for it as author
    1 line born there deleted or rewritten by the fix in src/b.rs
    genealogy, confidence 0.81: it wrote 1 line of code that the fix deleted or rewrote; it was the last to change a file of the fix; both changed `let`

[exit 0]
"###);
}

#[test]
fn an_incident() {
    let (_repo, run) = asked();
    insta::assert_snapshot!(told(&run, &["explain", "INC-1"]), @r#"
    incident INC-1  (o/r, from csv)
      Down
      started 2024-01-05 00:00 UTC
      resolved 2024-01-05 06:30 UTC

    What is linked to it
      caused incident ← d4361d2068 Add b (#7)
          pull, confidence 0.90: #7
      commit: assisted [claude-code], confidence 0.97: AI is named as a co-author: trailer "Co-Authored-By: Claude" (S038)
        assisted; p_[person] answers for it as author

    [exit 0]
    "#);
}

#[test]
fn a_pull_request_by_its_number_is_the_commit_that_landed_it() {
    let (repo, run) = asked();
    let id = repo.git(&["rev-parse", "HEAD~2"]);
    assert_eq!(run.ok(&["explain", "#7"]), run.ok(&["explain", &id]));
}

#[test]
fn a_revision_is_understood_as_git_understands_it_here() {
    let (repo, run) = asked();
    let here =
        run.command().args(["explain", "HEAD~2", "--lake"]).arg(run.lake()).current_dir(&repo.path).output().unwrap();
    assert_eq!(crate::repo::text(&here.stdout), run.ok(&["explain", &repo.git(&["rev-parse", "HEAD~2"])]));
}

#[test]
fn a_line_is_told_by_the_commit_that_wrote_it_and_by_its_record() {
    let repo = Repo::new();
    let id = repo.change("a.rs", &lines("a", 4), "Start");
    repo.change("a.rs", &("first\n".to_owned() + &lines("a", 4)), "Put one before");
    let note = "a.rs\n  s_1::t_1 2-3\n  h_1 4\n---\n{\"sessions\": {\"s_1\": {\"agent_id\": {\"tool\": \"claude\", \"model\": \"claude-opus-4-6\"}}}}";
    repo.git_with_input(&["notes", "--ref", "ai", "add", "--file", "-", &id], note.as_bytes());
    let run = Shipwake::new();
    run.mine(&repo.path);
    let told = |line: &str| {
        let ran =
            run.command().args(["explain", line, "--lake"]).arg(run.lake()).current_dir(&repo.path).output().unwrap();
        crate::repo::text(&ran.stdout)
    };
    let third = told("a.rs:4");
    assert!(
        third.starts_with(&format!(
            "line a.rs:4  (o/r)\n  written as line 3 of a.rs by commit {}\n  by an AI: claude-code claude-opus-4-6, says refs/notes/ai\n",
            &id[..10]
        )),
        "{third}"
    );
    assert!(third.contains("lines: 2 by AI, 1 by a person, 1 unknown"), "{third}");
    assert!(third.contains("a.rs:2-3 by an AI: claude-code claude-opus-4-6\n    a.rs:4-4 by a person\n"), "{third}");
    assert!(told("a.rs:5").contains("by a person, says refs/notes/ai"));
    assert!(told("a.rs:2").contains("leaves this line out: unknown"));
    assert!(told("a.rs:1").contains("no record says who wrote which lines"));
    assert_eq!(told("a.rs:6"), "");
}

#[test]
fn a_squash_tells_which_commits_stand_behind_it() {
    let repo = Repo::new();
    repo.change("a.rs", &lines("a", 3), "Start");
    repo.branch("feature");
    let inner = repo.change("b.rs", &lines("b", 3), "Write b\n\nCo-Authored-By: Claude <noreply@anthropic.com>");
    repo.git(&["update-ref", "refs/pull/9/head", "HEAD"]);
    let squash = repo.squash("feature", "Add b (#9)");
    let run = Shipwake::new();
    run.mine(&repo.path);
    let told = run.ok(&["explain", &squash]);
    let behind = format!("behind it: {} (assisted) wrote 3 of its 3 lines, and 0 that did not land", &inner[..10]);
    assert!(told.contains(&behind), "{told}");
}

#[test]
fn what_is_not_there_is_an_error() {
    let (_repo, run) = asked();
    for unknown in ["deadbeef", "#99", "INC-9", "a.rs:1"] {
        let ran = run.run(&["explain", unknown]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
        assert!(ran.stderr.contains(unknown), "{}", ran.stderr);
    }
}

#[test]
fn a_commit_that_never_landed_says_from_where_it_is_known() {
    let repo = Repo::new();
    repo.change("a.rs", &lines("a", 3), "Start");
    repo.branch("feature");
    let inner = repo.change("b.rs", "b\n", "Write b\n\nCo-Authored-By: Claude <noreply@anthropic.com>");
    repo.git(&["update-ref", "refs/pull/9/head", "HEAD"]);
    repo.switch("main");
    let run = Shipwake::new();
    run.mine(&repo.path);
    let told = run.ok(&["explain", &inner]);
    assert!(told.contains("did not land on the default branch, known from the head of pull request #9"), "{told}");
    assert!(!told.contains('@'), "no address is shown: {told}");
}

#[test]
fn a_pull_request_that_landed_inside_a_release_is_told_as_what_it_landed_as() {
    let repo = Repo::new();
    repo.change("a.rs", &lines("a", 3), "Start");
    repo.branch("staging");
    let fifth = repo.change("b.rs", "b\n", "Write b (#5)");
    repo.change("c.rs", "c\n", "Write c (#6)");
    repo.branch("feature");
    let head = repo.change("d.rs", "d\n", "Begin b");
    repo.git(&["update-ref", "refs/pull/5/head", "HEAD"]);
    let release = repo.merge("staging", "v1.0");
    let run = Shipwake::new();
    run.mine(&repo.path);
    let told = run.ok(&["explain", "#5"]);
    assert!(told.starts_with(&format!("commit {fifth}")), "{told}");
    assert!(told.contains(&format!("merge {}: v1.0", &release[..10])), "{told}");
    let told = run.ok(&["explain", &head]);
    assert!(told.contains(&format!("the head of pull request #5, which landed as {}.", &fifth[..10])), "{told}");
    let read = run.csv("repositories");
    assert_eq!((&*read[0]["bundles"], &*read[0]["bundled_pulls"]), ("1", "2"));
}

#[test]
fn why_a_line_cannot_be_told_is_said() {
    let repo = Repo::new();
    let id = repo.change("src/a.rs", &lines("a", 3), "Start");
    let run = Shipwake::new();
    run.mine(&repo.path);
    let ran = |folder: &std::path::Path, line: &str| {
        run.command().args(["explain", line, "--lake"]).arg(run.lake()).current_dir(folder).output().unwrap()
    };
    let (src, error) = (repo.path.join("src"), |folder: &std::path::Path, line: &str| {
        let ran = ran(folder, line);
        assert_eq!(ran.status.code(), Some(1));
        crate::repo::text(&ran.stderr)
    });
    for (folder, line) in [(&src, "a.rs:2"), (&src, "../src/./a.rs:2"), (&repo.path, "src/../src/a.rs:2")] {
        assert!(crate::repo::text(&ran(folder, line).stdout).contains(&id), "{line}");
    }
    let bare = repo.clone_as("bare", &["--bare"]);
    std::fs::remove_file(bare.join("config")).unwrap();
    for folder in [&bare, &bare.join("refs"), &repo.path.join(".git")] {
        assert!(crate::repo::text(&ran(folder, "src/a.rs:2").stdout).contains(&id), "from the root, in {folder:?}");
    }
    assert!(error(&src, "src/a.rs:1").contains("HEAD has no file `src/a.rs`"));
    assert!(error(&src, "../../a.rs:1").contains("HEAD has no file"));
    assert!(error(&src, "a.rs:4").contains("`src/a.rs` has 3 lines at HEAD"));
    assert!(error(&src, "a.rs:0").contains("has 3 lines at HEAD"));
    assert!(error(run.dir.path(), "a.rs:1").contains("no git repository"));
    repo.change("src/b.rs", "b\n", "More");
    let newer = error(&src, "b.rs:1");
    assert!(newer.contains("HEAD is newer than the lake") && newer.contains("shipwake mine"), "{newer}");
    let stranger = Repo::new();
    stranger.change("c.rs", "c\n", "Another history");
    assert!(error(&stranger.path, "c.rs:1").contains("of no repository in the lake"));
}

#[test]
fn who_decided_by_hand_is_not_named() {
    let repo = Repo::new();
    let id = repo.change("a.rs", "a\n", "Start");
    let run = Shipwake::new();
    let file = run.dir.path().join("o.csv");
    std::fs::write(&file, format!("commit,origin,agents,who,why\n{id},human,,Grace Hopper,I saw it\n")).unwrap();
    std::fs::write(run.dir.path().join("shipwake.toml"), "[attribution]\noverrides = \"o.csv\"\n").unwrap();
    run.mine(&repo.path);
    let told = run.ok(&["explain", &id]);
    assert!(told.contains("set by hand to human: I saw it") && !told.contains("Grace"), "{told}");
}
