//! What one run leaves to the next: whatever happened to the branch in between, a run that goes on from there finds
//! what a run from scratch finds.

use std::path::Path;

use shipwake::facts::{History, PeopleKey};
use shipwake::sources::git::{BlamedLine, Books, OpenRepository, Options};

use crate::dice::Dice;
use crate::generated::{Taste, repository};
use crate::repo::Repo;

fn options(kept: Option<&Path>, look_through: &[String]) -> Options {
    Options {
        threads: Some(2),
        look_through: look_through.to_vec(),
        kept: kept.map(Path::to_owned),
        ..Options::default()
    }
}

fn mine(repo: &Repo, kept: Option<&Path>, look_through: &[String]) -> History {
    let options = options(kept, look_through);
    OpenRepository::at(&repo.path, None, None).unwrap().mine(&PeopleKey([0; 32]), &options).unwrap()
}

/// What `shipwake lines` says: the books, and whose lines stand in each of these files.
fn lines(repo: &Repo, files: &[&str], options: &Options) -> (Books, Vec<Vec<BlamedLine>>) {
    let lines = OpenRepository::at(&repo.path, None, None).unwrap().follow_lines(options).unwrap();
    (lines.books(), files.iter().map(|file| lines.blame(file)).collect())
}

#[track_caller]
fn assert_same(repo: &Repo, kept: &Path, look_through: &[String]) {
    let whole = mine(repo, None, look_through);
    let files: Vec<&str> = whole.commit_files.iter().map(|row| &*row.path).collect();
    let [blamed, blamed_from_there] = [None, Some(kept)].map(|kept| lines(repo, &files, &options(kept, look_through)));
    assert_eq!(blamed, blamed_from_there);
    let continued = mine(repo, Some(kept), look_through);
    assert!(whole.commits == continued.commits && whole.skipped == continued.skipped);
    assert!(whole.commit_files == continued.commit_files && whole.merge_files == continued.merge_files);
    assert_eq!(whole.line_fates, continued.line_fates);
    assert_eq!(whole.commit_lines, continued.commit_lines);
    assert_eq!(whole.commit_identifiers, continued.commit_identifiers);
    assert_eq!(whole.pull_lines, continued.pull_lines);
    assert!(whole == continued);
}

fn ids(repo: &Repo, words: &[&str]) -> Vec<String> {
    repo.git(words).lines().map(str::to_owned).collect()
}

/// The branch stands at every commit of the history in turn. In the order of time the runs see commits of branches
/// before the merge, in any other order also branches that were thrown away.
#[test]
fn a_run_that_goes_on_finds_what_a_run_from_scratch_finds() {
    for seed in 0..6 {
        let repo = repository(Taste { seed, commits: 50, binaries: true });
        let kept = repo.home.path().join("kept");
        let mut heads = ids(&repo, &["rev-list", "--all", "--reverse", "--date-order"]);
        if seed % 2 == 1 {
            heads = Dice::new(seed).shuffled(&heads);
        }
        for (at, head) in heads.iter().enumerate() {
            repo.git(&["update-ref", "refs/heads/main", head]);
            if seed % 3 == 0 {
                // A pull request that is counted first and may be merged later.
                repo.git(&["update-ref", "refs/pull/1/head", &heads[(at + 5) % heads.len()]]);
            }
            assert_same(&repo, &kept, &[]);
        }
    }
}

/// A squash merge that landed before, one that lands later, and heads that come, go and grow.
#[test]
fn squash_merges_are_judged_alike_when_heads_come_and_go() {
    let repo = Repo::new();
    let kept = repo.home.path().join("kept");
    let lines =
        |from: usize, to: usize| (from..to).map(|line| format!("let value_{line} = {line};\n")).collect::<String>();
    repo.change("a.rs", &lines(0, 10), "Start");
    repo.branch("feature");
    repo.change("a.rs", &lines(0, 14), "Four more");
    let first = repo.change("a.rs", &lines(0, 20), "Six more");
    let more = repo.change("a.rs", &lines(0, 22), "Two that did not land");
    repo.git(&["checkout", "-q", "main"]);
    assert_same(&repo, &kept, &[]);
    repo.change("a.rs", &lines(0, 20), "Ten more (#7)");
    assert_same(&repo, &kept, &[]);
    for head in [&first, &more, &first] {
        repo.git(&["update-ref", "refs/pull/7/head", head]);
        assert_same(&repo, &kept, &[]);
        let landed: i64 = mine(&repo, Some(&kept), &[]).pull_lines.iter().map(|row| row.landed).sum();
        assert_eq!(landed, 10);
    }
    repo.change("b.rs", &lines(50, 60), "After it");
    assert_same(&repo, &kept, &[]);
    repo.git(&["update-ref", "-d", "refs/pull/7/head"]);
    assert_same(&repo, &kept, &[]);
}

#[test]
fn what_is_known_of_a_commit_counts_only_while_nothing_it_rests_on_changed() {
    let repo = repository(Taste { seed: 3, commits: 40, binaries: false });
    let kept = repo.home.path().join("kept");
    assert_same(&repo, &kept, &[]);
    let commits = ids(&repo, &["rev-list", "--no-merges", "main"]);
    // Looked through from now on; then not any more.
    let looked_through = [commits[commits.len() / 2].clone()];
    assert_same(&repo, &kept, &looked_through);
    assert_same(&repo, &kept, &[]);
    // Another parent in place of the one that was.
    repo.git(&["replace", "--graft", &commits[3], &commits[10]]);
    assert_same(&repo, &kept, &[]);
    // Other content under the id of a file that is long known.
    let tree = ids(&repo, &["ls-tree", "-r", "main"]);
    let known = tree.iter().find_map(|line| line.split([' ', '\t']).nth(2)).unwrap();
    let output = repo.git_with_input(&["hash-object", "-w", "--stdin"], b"something else\n");
    repo.git(&["replace", known, crate::repo::text(&output.stdout).trim()]);
    assert_same(&repo, &kept, &[]);
}

#[test]
fn what_was_lacking_is_looked_for_again() {
    let repo = repository(Taste { seed: 4, commits: 40, binaries: false });
    let kept = repo.home.path().join("kept");
    let pack = repo.path.join(".git/objects/pack");
    let aside = repo.home.path().join("aside");
    std::fs::rename(&pack, &aside).unwrap();
    std::fs::create_dir(&pack).unwrap();
    // All objects one by one, so that one of them can be away.
    let packs = std::fs::read_dir(&aside).unwrap().map(|entry| entry.unwrap().path());
    for path in packs.filter(|path| path.extension().is_some_and(|kind| kind == "pack")) {
        let unpacked = repo.git_with_input(&["unpack-objects", "-q"], &std::fs::read(path).unwrap());
        assert!(unpacked.status.success());
    }
    let blob = repo.git(&["rev-parse", "main~10:.mailmap"]).trim().to_owned();
    let blob = repo.path.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let bytes = std::fs::read(&blob).unwrap();
    std::fs::remove_file(&blob).unwrap();
    assert_same(&repo, &kept, &[]);
    assert!(!mine(&repo, Some(&kept), &[]).skipped.is_empty());
    std::fs::write(&blob, bytes).unwrap();
    assert_same(&repo, &kept, &[]);
    assert!(mine(&repo, Some(&kept), &[]).skipped.is_empty());
}

#[test]
fn a_clone_that_was_deepened_is_followed_from_its_new_beginning() {
    let origin = repository(Taste { seed: 6, commits: 50, binaries: false });
    let clone = origin.clone_as("shallow", &["--depth", "4"]);
    let kept = origin.home.path().join("kept");
    let open = || OpenRepository::at(&clone, None, None).unwrap();
    let mine = |kept: Option<&Path>| open().mine(&PeopleKey([0; 32]), &options(kept, &[])).unwrap();
    let books = |kept: Option<&Path>| open().follow_lines(&options(kept, &[])).unwrap().books();
    for deepen in ["--depth=4", "--depth=9", "--unshallow"] {
        origin.git(&["-C", clone.to_str().unwrap(), "fetch", "--quiet", deepen]);
        assert_eq!(books(None), books(Some(&kept)), "{deepen}");
        assert!(mine(None) == mine(Some(&kept)), "{deepen}");
        assert_eq!(books(None), books(Some(&kept)), "{deepen}");
    }
}

#[test]
fn a_folder_that_was_lacking_is_looked_for_again() {
    let repo = Repo::new();
    let kept = repo.home.path().join("kept");
    repo.change("src/deep/a.rs", "one\ntwo\nthree\n", "Start");
    repo.change("src/deep/a.rs", "one\ntwo\nfour\n", "Change");
    repo.change("b.rs", "b\n", "More");
    let folder = repo.git(&["rev-parse", "main~1:src/deep"]).trim().to_owned();
    let folder = repo.path.join(".git/objects").join(&folder[..2]).join(&folder[2..]);
    let bytes = std::fs::read(&folder).unwrap();
    std::fs::remove_file(&folder).unwrap();
    assert_same(&repo, &kept, &[]);
    std::fs::write(&folder, bytes).unwrap();
    assert_same(&repo, &kept, &[]);
    assert!(mine(&repo, Some(&kept), &[]).skipped.is_empty());
}

#[test]
fn what_came_back_is_mined_although_no_ref_moved() {
    let (repo, desk) = (Repo::new(), crate::facts::Desk::new());
    repo.change("a.rs", "one\ntwo\nthree\n", "Start");
    let blob = repo.loose_object(&repo.git(&["rev-parse", "HEAD:a.rs"]));
    let bytes = std::fs::read(&blob).unwrap();
    std::fs::remove_file(&blob).unwrap();
    desk.mine(&repo.path);
    assert_eq!((desk.facts().skipped.len(), desk.facts().fates.len()), (1, 0));
    assert!(!desk.mine(&repo.path).wrote, "still lacking");
    std::fs::write(&blob, bytes).unwrap();
    assert!(desk.mine(&repo.path).wrote && !desk.mine(&repo.path).wrote);
    assert_eq!((desk.facts().skipped.len(), desk.facts().fates.len()), (0, 1));
}

/// The head that was has other parents now, and only a pull request still reaches it.
#[test]
fn a_head_that_was_is_turned_back_along_the_parents_it_had() {
    let repo = Repo::new();
    let kept = repo.home.path().join("kept");
    repo.change("a.rs", "one\ntwo\nthree\n", "Start");
    let base = repo.change("b.rs", "four\nfive\n", "Two files");
    repo.change("a.rs", "one\ntwo\nthree and a half\n", "Change the one");
    let head = repo.change("b.rs", "four\nfive\nsix\n", "Change the other");
    repo.git(&["update-ref", "refs/pull/1/head", &head]);
    assert_same(&repo, &kept, &[]);
    std::fs::create_dir_all(repo.path.join(".git/info")).unwrap();
    std::fs::write(repo.path.join(".git/info/grafts"), format!("{head} {base}\n")).unwrap();
    repo.git(&["reset", "-q", "--hard", &base]);
    repo.change("a.rs", "one\ntwo\nthree\nseven\n", "Another way");
    assert_same(&repo, &kept, &[]);
    std::fs::remove_file(repo.path.join(".git/info/grafts")).unwrap();
    assert_same(&repo, &kept, &[]);
}

/// Commits of which not even the folder is left. What was read once stays known, and is not half known.
#[test]
fn a_commit_that_was_lost_does_not_come_back_in_part() {
    let repo = Repo::new();
    let kept = repo.home.path().join("kept");
    repo.change("a.rs", "one\ntwo\nthree\n", "Start");
    let lost = repo.change("a.rs", "one\ntwo\nfour\n", "Will be lost");
    repo.change("b.rs", "five\n", "More");
    assert_same(&repo, &kept, &[]);
    for id in ids(&repo, &["rev-parse", &lost, &format!("{lost}^{{tree}}")]) {
        std::fs::remove_file(repo.path.join(".git/objects").join(&id[..2]).join(&id[2..])).unwrap();
    }
    let before = lines(&repo, &["a.rs"], &options(Some(&kept), &[]));
    assert_eq!(before.0.births, 5, "what was read once stays known");
    let looked_through = [lost];
    let of =
        |kept: Option<&Path>, look_through: &[String]| lines(&repo, &["a.rs", "b.rs"], &options(kept, look_through));
    assert_eq!(of(Some(&kept), &looked_through), of(None, &looked_through));
    mine(&repo, Some(&kept), &[]);
    assert_eq!(of(Some(&kept), &[]), of(None, &[]));
}

/// Rows of a history made by chance. Who changes what is found in one must raise `VERSION` in
/// `sources/git/kept.rs`, or lakes go on from what another program found; then this number too.
#[test]
fn what_is_kept_is_of_this_version() {
    use sha2::Digest as _;
    let repo = repository(Taste { seed: 11, commits: 80, binaries: true });
    let history = mine(&repo, None, &[]);
    let text = format!("{:?}{:?}{:?}", history.line_fates, history.commit_lines, history.commit_identifiers);
    let hash: String = sha2::Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "8ee2685dda0bf96c");
}

#[test]
fn what_is_damaged_or_of_another_version_is_found_out_anew() {
    let repo = repository(Taste { seed: 8, commits: 30, binaries: true });
    let kept = repo.home.path().join("kept");
    assert_same(&repo, &kept, &[]);
    let good = std::fs::read(&kept).unwrap();
    let mut dice = Dice::new(1);
    for _ in 0..40 {
        let mut bad = good.clone();
        if dice.one_in(3) {
            bad.truncate(dice.below(bad.len()));
        } else {
            let at = dice.below(bad.len());
            bad[at] ^= 1 << dice.below(8);
        }
        std::fs::write(&kept, bad).unwrap();
        assert_same(&repo, &kept, &[]);
        assert!(std::fs::read(&kept).unwrap() == good);
    }
}
