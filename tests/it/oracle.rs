//! Git itself is the oracle, on repositories made by chance and, with `SHIPWAKE_ORACLE_REPO`, on one of yours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use shipwake::attribution::trailers::trailers;
use shipwake::sources::git::{BlamedLine, OpenRepository, Options};

use crate::dice::Dice;
use crate::facts::{Facts, mine_at};
use crate::generated::{MAILMAP, Taste, repository};
use crate::repo::{Repo, text};

/// Runs `check` on generated repositories and on the one that the environment names.
fn on_every_repository(check: impl Fn(&Path, &Facts)) {
    for seed in [1, 2] {
        let repo = repository(Taste { seed, commits: 60, binaries: true });
        check(&repo.path, &mine_at(&repo.path));
    }
    if let Some(path) = std::env::var_os("SHIPWAKE_ORACLE_REPO").map(PathBuf::from) {
        check(&path, &mine_at(&path));
    }
}

fn git(repo: &Path, words: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut command = Command::new("git");
    command.arg("-C").arg(repo).args(["-c", "diff.renameLimit=1000", "-c", "core.quotePath=false"]).args(words);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let mut bytes = Vec::new();
    stdout.read_to_end(&mut bytes).unwrap();
    writer.join().unwrap().unwrap();
    assert!(child.wait().unwrap().success(), "git {words:?}");
    bytes
}

fn git_lines(repo: &Path, words: &[&str]) -> Vec<String> {
    text(&git(repo, words, b"")).lines().map(str::to_owned).collect()
}

/// path, old path, added, deleted.
type Touched = (String, Option<String>, Option<i64>, Option<i64>);

/// As `git log --numstat -M -z` has it; commits that touched nothing are left out.
fn numstat(repo: &Path) -> BTreeMap<String, BTreeSet<Touched>> {
    let output = git(repo, &["log", "--numstat", "-M", "-z", "--format=%x01%H", "HEAD"], b"");
    let mut tokens = output.split(|byte| *byte == 0).map(text);
    let mut commits: BTreeMap<String, BTreeSet<Touched>> = BTreeMap::new();
    let mut commit = String::new();
    while let Some(token) = tokens.next() {
        let token = token.trim_start_matches('\n');
        if let Some(id) = token.strip_prefix('\u{1}') {
            commit = id.to_owned();
        } else if let [added, deleted, path] = token.splitn(3, '\t').collect::<Vec<_>>()[..] {
            let (old, path) =
                if path.is_empty() { (tokens.next(), tokens.next().unwrap()) } else { (None, path.to_owned()) };
            commits.entry(commit.clone()).or_default().insert((path, old, added.parse().ok(), deleted.parse().ok()));
        }
    }
    commits
}

#[test]
fn files_renames_and_counts_are_those_of_git_log() {
    on_every_repository(|path, facts| {
        let mut ours: BTreeMap<String, BTreeSet<Touched>> = BTreeMap::new();
        for file in facts.files.iter().filter(|file| facts.commit(file.commit_id.as_str()).on_default_branch) {
            let row =
                (file.path.to_string(), file.old_path.as_ref().map(ToString::to_string), file.added, file.deleted);
            ours.entry(file.commit_id.to_string()).or_default().insert(row);
        }
        let theirs = numstat(path);
        for (commit, files) in &theirs {
            assert_eq!(ours.get(commit), Some(files), "{} {commit}", path.display());
        }
        assert_eq!(ours.len(), theirs.len());
    });
}

#[test]
fn what_a_merge_brought_is_what_git_diff_shows_against_its_first_parent() {
    on_every_repository(|path, facts| {
        for commit in facts.commits.iter().filter(|commit| commit.is_merge && commit.on_mainline).take(200) {
            let id = commit.commit_id.as_str();
            let output = text(&git(path, &["diff", "--numstat", "-M", &format!("{id}^1"), id], b""));
            let sum = |at: usize| {
                output.lines().filter_map(|line| line.split('\t').nth(at)?.parse::<i64>().ok()).sum::<i64>()
            };
            let ours = || facts.merge_files.iter().filter(|file| file.commit_id == commit.commit_id);
            assert_eq!(ours().count(), output.lines().count(), "{id}");
            assert_eq!(ours().filter_map(|file| file.added).sum::<i64>(), sum(0), "{id}");
            assert_eq!(ours().filter_map(|file| file.deleted).sum::<i64>(), sum(1), "{id}");
        }
    });
}

#[test]
fn commits_are_those_of_git_rev_list_and_the_mainline_is_its_first_parents() {
    on_every_repository(|path, facts| {
        let all: BTreeSet<String> = git_lines(path, &["rev-list", "HEAD"]).into_iter().collect();
        let ours =
            facts.commits.iter().filter(|commit| commit.on_default_branch).map(|commit| commit.commit_id.to_string());
        assert_eq!(ours.collect::<BTreeSet<_>>(), all);

        let mainline = git_lines(path, &["rev-list", "--first-parent", "--reverse", "HEAD"]);
        let ours = facts.commits.iter().filter(|commit| commit.on_mainline).map(|commit| commit.commit_id.to_string());
        assert_eq!(ours.collect::<Vec<_>>(), mainline);
        assert_eq!(facts.changes.iter().map(|change| change.change_id.to_string()).collect::<Vec<_>>(), mainline);
    });
}

#[test]
fn every_commit_landed_with_the_first_change_that_reaches_it() {
    let repo = repository(Taste { seed: 5, commits: 60, binaries: false });
    let facts = mine_at(&repo.path);
    for change in &facts.changes {
        let id = change.change_id.as_str();
        let has_parent = !facts.commit(id).parents.is_empty();
        let range = if has_parent {
            vec!["rev-list".to_owned(), id.to_owned(), format!("^{id}^1")]
        } else {
            vec!["rev-list".to_owned(), id.to_owned()]
        };
        let range: Vec<&str> = range.iter().map(String::as_str).collect();
        let theirs: BTreeSet<String> = git_lines(&repo.path, &range).into_iter().collect();
        let ours = facts.commits.iter().filter(|commit| commit.change_id.as_ref() == Some(&change.change_id));
        assert_eq!(ours.map(|commit| commit.commit_id.to_string()).collect::<BTreeSet<_>>(), theirs);
    }
}

#[test]
fn subjects_and_dates_are_those_of_git_log() {
    on_every_repository(|path, facts| {
        let output = text(&git(path, &["log", "-z", "--format=%H%x01%at%x01%ct%x01%s", "HEAD"], b""));
        for line in output.split('\0').filter(|line| !line.is_empty()) {
            let [id, authored, committed, subject] = line.splitn(4, '\u{1}').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let commit = facts.commit(id);
            assert_eq!(&*commit.subject, subject, "{id}");
            let seconds = |time: Option<chrono::DateTime<chrono::Utc>>| time.map(|time| time.timestamp().to_string());
            assert_eq!(seconds(commit.authored_at).as_deref().unwrap_or(authored), authored, "{id}");
            assert_eq!(seconds(commit.committed_at).as_deref().unwrap_or(committed), committed, "{id}");
        }
    });
}

#[test]
fn people_are_those_of_git_check_mailmap() {
    on_every_repository(|path, facts| {
        let raw = git_lines(path, &["log", "--format=%H%x09%an <%ae>", "HEAD"]);
        let (ids, contacts): (Vec<&str>, Vec<&str>) = raw.iter().filter_map(|line| line.split_once('\t')).unzip();
        let asked = contacts.join("\n") + "\n";
        let resolved = text(&git(path, &["check-mailmap", "--stdin"], asked.as_bytes()));
        for ((id, contact), resolved) in ids.iter().zip(&contacts).zip(resolved.lines()) {
            let commit = facts.commit(id);
            let ours = format!("{} <{}>", commit.author_name, commit.author_email);
            assert_eq!(ours.trim_start(), resolved, "{contact}");
        }
    });
}

#[test]
fn the_mailmap_of_many_shapes_reads_as_git_reads_it() {
    let repo = Repo::new();
    let map = format!(
        "{MAILMAP}Proper <proper@x.y> <commit@x.y>\nProper Two <two@x.y> Name Two <commit@x.y>\n  Spaced Name   < spaced@x.y >\n\
         Empty <>\n<only@x.y> <old@x.y>\n#Comment <c@x.y> <d@x.y>\nLate <late@x.y> # a remark\nName <a@x.y> <B@X.Y> trailing\n\
         First <first@x.y>\nSecond <first@x.y>\nUmlaut Ä <ä@x.y> <Ä@x.y>\n"
    );
    repo.write(".mailmap", map);
    let (names, emails) = (
        ["A", "Name Two", "name two", "Ä", "Old Ada", "Spaced Name"],
        [
            "commit@x.y",
            "COMMIT@X.Y",
            "spaced@x.y",
            "old@x.y",
            "c@x.y",
            "d@x.y",
            "late@x.y",
            "b@x.y",
            "first@x.y",
            "ada@older.example",
            "Ä@x.y",
            "none@x.y",
        ],
    );
    repo.change("a.rs", "a\n", "Start");
    for name in names {
        for email in emails {
            repo.by(name, email).commit("Again");
        }
    }
    let facts = mine_at(&repo.path);
    for line in git_lines(&repo.path, &["log", "--format=%H%x09%aN%x09%aE"]) {
        let [id, name, email] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let raw = repo.git(&["log", "-1", "--format=%an <%ae>", id]);
        assert_eq!((&*facts.commit(id).author_name, &*facts.commit(id).author_email), (name, email), "{raw}");
    }
}

const LINES: &[&str] = &[
    "Signed-off-by: A <a@b.c>",
    "Co-authored-by: B <b@c.d>",
    "Fixes: #12",
    "fixes: https://x.y/z",
    "(cherry picked from commit 0123456789)",
    "prose without a mark",
    "More prose: with a colon",
    "Key: ",
    "Key:value",
    "Key : spaced",
    " continued",
    "\tcontinued by a tab",
    "# a comment",
    "",
    "",
    "---",
    "----",
    "Not a key: value",
    "Reviewed_by: underscore",
    "X-1: y",
    "https://example.org",
    "Bug: 1",
    "1: 2",
    "-: 3",
    "Ünïcode: value",
    "Trailing: blanks   ",
    "diff --git a/x b/x",
    "Conflicts:",
    ":",
    "a:b:c",
    "[tag: x]",
    "Acked-by: C\r",
    "Change-Id: I0123456789abcdef",
];

fn message(dice: &mut Dice) -> String {
    let mut lines = vec!["Title of the commit".to_owned()];
    if !dice.one_in(6) {
        lines.push(String::new());
    }
    let count = dice.below(9);
    lines.extend((0..count).map(|_| (*dice.pick(LINES)).to_owned()));
    lines.join("\n") + if dice.one_in(3) { "\n\n\n" } else { "\n" }
}

#[test]
fn trailers_are_those_of_git_interpret_trailers() {
    let repo = Repo::new();
    let mut dice = Dice::new(17);
    let mut messages: Vec<String> = (0..250).map(|_| message(&mut dice)).collect();
    if let Some(path) = std::env::var_os("SHIPWAKE_ORACLE_REPO").map(PathBuf::from) {
        let bodies = text(&git(&path, &["log", "-z", "-500", "--format=%B", "HEAD"], b""));
        messages.extend(bodies.split('\0').map(str::to_owned));
    }
    let mut wrong = Vec::new();
    for message in &messages {
        let theirs = text(&git(&repo.path, &["interpret-trailers", "--parse", "--no-divider"], message.as_bytes()));
        let theirs: Vec<&str> = theirs.lines().map(str::trim_end).collect();
        let ours: Vec<String> = trailers(message)
            .iter()
            .map(|trailer| format!("{}: {}", trailer.key, trailer.value).trim_end().to_owned())
            .collect();
        if ours != theirs {
            wrong.push(format!("{message:?}\n  git {theirs:?}\n  we  {ours:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} messages\n{}",
        wrong.len(),
        messages.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
}

/// The commit that `git blame -w` names for each line of a file at the head.
fn blamed(repo: &Repo, path: &str) -> Vec<String> {
    let blame = repo.git(&["blame", "-w", "--root", "--porcelain", "main", "--", path]);
    let is_id = |word: &str| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let heads = blame.lines().filter_map(|line| line.split(' ').next().filter(|word| is_id(word)));
    heads.map(str::to_owned).collect()
}

#[test]
fn lines_are_whose_git_blame_says_they_are() {
    let (mut lines, mut agreed) = (0, 0);
    for seed in 31..37 {
        let repo = repository(Taste { seed, commits: 80, binaries: false });
        let followed = OpenRepository::at(&repo.path, None, None).unwrap().follow_lines(&Options::default()).unwrap();
        let books = followed.books();
        assert_eq!((books.births, books.lost, books.unseen), (books.deaths + books.alive, 0, 0), "seed {seed}");
        for path in repo.git(&["ls-tree", "-r", "-z", "--name-only", "main"]).split_terminator('\0') {
            let ours = followed.blame(path);
            if ours.is_empty() {
                continue;
            }
            let git = blamed(&repo, path);
            assert_eq!(ours.len(), git.len(), "seed {seed}: {path}");
            lines += ours.len();
            let same = |(line, id): &(&BlamedLine, &String)| {
                [&line.placed_by, &line.origin].into_iter().flatten().any(|commit| commit.as_str() == id.as_str())
            };
            agreed += ours.iter().zip(&git).filter(same).count();
        }
    }
    assert!(lines > 1000, "{lines} lines say little");
    // Of equal lines it is a matter of taste which one is the new one.
    assert!(agreed * 100 >= lines * 99, "{agreed} of {lines}");
}

/// A few lines of a language in which blocks end alike, indented more or less.
fn block(dice: &mut Dice, lines: usize) -> Vec<String> {
    const LINES: [&str; 11] = ["end", "end", "end", "x", "y", "foo(bar)", "return z", "if a", "", "}", "do"];
    (0..lines).map(|_| format!("{}{}", "  ".repeat(dice.below(6)), dice.pick(&LINES))).collect()
}

/// Lines go, come and are indented.
fn changed(dice: &mut Dice, lines: &[String]) -> Vec<String> {
    let mut lines = lines.to_vec();
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(lines.len() + 1);
        let to = (at + 1 + dice.below(5)).min(lines.len());
        match dice.below(4) {
            0 => drop(lines.drain(at..to)),
            1 => {
                let more = 1 + dice.below(4);
                lines.splice(at..at, block(dice, more));
            }
            2 => drop(lines.splice(at..to, block(dice, 2))),
            _ => lines[at..to].iter_mut().for_each(|line| line.insert_str(0, "  ")),
        }
    }
    lines
}

/// Which of lines that are alike but for their indent is the new one: nearly always git's choice.
#[test]
fn lines_that_differ_in_whitespace_alone_slide_past_each_other_as_in_git_blame() {
    let dice = &mut Dice::new(5);
    let repo = Repo::new();
    let texts: Vec<Vec<String>> = (0..150)
        .map(|_| {
            let lines = 4 + dice.below(30);
            block(dice, lines)
        })
        .collect();
    let commit = |texts: &[Vec<String>], subject: &str| {
        for (at, lines) in texts.iter().enumerate() {
            std::fs::write(repo.path.join(format!("{at}.rb")), lines.join("\n") + "\n").unwrap();
        }
        repo.git(&["add", "."]);
        repo.git(&["commit", "-q", "-m", subject]);
    };
    commit(&texts, "One");
    commit(&texts.iter().map(|lines| changed(dice, lines)).collect::<Vec<_>>(), "Another");
    let followed = OpenRepository::at(&repo.path, None, None).unwrap().follow_lines(&Options::default()).unwrap();
    let (mut lines, mut other) = (0, Vec::new());
    for at in 0..texts.len() {
        let path = format!("{at}.rb");
        let (ours, git) = (followed.blame(&path), blamed(&repo, &path));
        assert_eq!(ours.len(), git.len(), "{path}");
        lines += git.len();
        let placed = ours.iter().map(|line| line.placed_by.as_ref().map_or("", |commit| commit.as_str()));
        other.extend(
            placed
                .zip(&git)
                .enumerate()
                .filter(|(_, (ours, git))| ours != git)
                .map(|(line, _)| format!("{path}:{}", line + 1)),
        );
    }
    // Where there is a choice, lines that are alike to the byte are rather kept here than there.
    assert!(lines > 2000 && other.len() * 250 < lines, "{} of {lines}: {other:?}", other.len());
}
