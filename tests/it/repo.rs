//! A tiny vocabulary to script repositories with the `git` command: no configuration of the machine
//! reaches them, and nothing in them depends on the clock.

use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const DAY: i64 = 86_400;

/// Noon of 2024-01-01: long after the first AI tools, so that a commit without a marker is `unknown`.
pub(crate) const START: i64 = 1_704_110_400;

/// A repository under construction. Every commit is made a day after the one before.
pub(crate) struct Repo {
    pub(crate) home: TempDir,
    pub(crate) path: PathBuf,
    clock: Cell<i64>,
    author: RefCell<(String, String)>,
}

impl Repo {
    pub(crate) fn new() -> Self {
        Self::made_by(&["init", "--quiet", "--initial-branch=main"])
    }

    pub(crate) fn sha256() -> Self {
        Self::made_by(&["init", "--quiet", "--initial-branch=main", "--object-format=sha256"])
    }

    fn made_by(init: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("story");
        let author = RefCell::new(("Ada".to_owned(), "ada@example.org".to_owned()));
        let repo = Self { home, path, clock: Cell::new(START), author };
        let place = repo.path.to_str().unwrap().to_owned();
        let made = Command::new("git").args(init).arg(place).env_clear().envs(repo.env(START)).output().unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
        repo
    }

    /// The same repository elsewhere: a clone, a linked work tree.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn env(&self, seconds: i64) -> Vec<(&'static str, String)> {
        let (name, email) = self.author.borrow().clone();
        let date = format!("@{seconds} +0000");
        vec![
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", self.home.path().display().to_string()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_AUTHOR_NAME", name.clone()),
            ("GIT_AUTHOR_EMAIL", email.clone()),
            ("GIT_COMMITTER_NAME", name),
            ("GIT_COMMITTER_EMAIL", email),
            ("GIT_AUTHOR_DATE", date.clone()),
            ("GIT_COMMITTER_DATE", date),
            ("GIT_MERGE_AUTOEDIT", "no".to_owned()),
            ("GIT_ALLOW_PROTOCOL", "file".to_owned()),
        ]
    }

    fn command(&self) -> Command {
        let mut git = Command::new("git");
        git.current_dir(&self.path).env_clear().envs(self.env(self.clock.get()));
        git.args(["-c", "gc.auto=0", "-c", "protocol.file.allow=always", "-c", "core.autocrlf=false"]);
        git
    }

    /// Runs git and gives what it prints, without the last newline.
    pub(crate) fn git<A: AsRef<OsStr>>(&self, words: &[A]) -> String {
        text(&self.git_bytes(words)).trim_end_matches('\n').to_owned()
    }

    pub(crate) fn git_bytes<A: AsRef<OsStr>>(&self, words: &[A]) -> Vec<u8> {
        let output = self.command().args(words).output().unwrap();
        assert!(
            output.status.success(),
            "git {:?}: {}",
            words.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
            text(&output.stderr)
        );
        output.stdout
    }

    pub(crate) fn git_with_input(&self, words: &[&str], input: &[u8]) -> Output {
        let mut child = self
            .command()
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let place = self.path.join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, content).unwrap();
        self
    }

    pub(crate) fn remove(&self, path: &str) -> &Self {
        std::fs::remove_file(self.path.join(path)).unwrap();
        self
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> &Self {
        let to = self.path.join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(self.path.join(from), to).unwrap();
        self
    }

    /// Lets days pass before the next commit, beside the one that always passes.
    pub(crate) fn days(&self, days: i64) -> &Self {
        self.clock.set(self.clock.get() + days * DAY);
        self
    }

    /// Sets the clock.
    pub(crate) fn at(&self, seconds: i64) -> &Self {
        self.clock.set(seconds - DAY);
        self
    }

    /// Who makes the commits from here on.
    pub(crate) fn by(&self, name: &str, email: &str) -> &Self {
        *self.author.borrow_mut() = (name.to_owned(), email.to_owned());
        self
    }

    /// Commits the work tree as it is, a day after the last commit; gives the id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.days(1);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "-m", message]);
        self.head()
    }

    /// `write` and `commit` in one: the file `path` becomes `content`.
    pub(crate) fn change(&self, path: &str, content: &str, message: &str) -> String {
        self.write(path, content).commit(message)
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn branch(&self, name: &str) -> &Self {
        self.git(&["switch", "--quiet", "--create", name]);
        self
    }

    pub(crate) fn switch(&self, name: &str) -> &Self {
        self.git(&["switch", "--quiet", name]);
        self
    }

    /// Merges a branch into main with a merge commit.
    pub(crate) fn merge(&self, branch: &str, message: &str) -> String {
        self.switch("main").days(1);
        self.git(&["merge", "--quiet", "--no-ff", "-m", message, branch]);
        self.head()
    }

    /// Lands a branch on main as one commit.
    pub(crate) fn squash(&self, branch: &str, message: &str) -> String {
        self.switch("main");
        self.git(&["merge", "--quiet", "--squash", branch]);
        self.commit(message)
    }

    /// Reverts as git words it.
    pub(crate) fn revert(&self, id: &str) -> String {
        self.days(1);
        self.git(&["revert", "--no-edit", id]);
        self.head()
    }

    pub(crate) fn revert_merge(&self, id: &str) -> String {
        self.days(1);
        self.git(&["revert", "--no-edit", "-m", "1", id]);
        self.head()
    }

    /// Writes a commit object byte by byte, whatever git thinks of it, and moves `main` there.
    pub(crate) fn raw_commit(&self, object: &[u8]) -> String {
        let made = self.git_with_input(&["hash-object", "-t", "commit", "--literally", "-w", "--stdin"], object);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let id = text(&made.stdout).trim().to_owned();
        // `update-ref` refuses objects it cannot parse.
        std::fs::write(self.path.join(".git/refs/heads/main"), format!("{id}\n")).unwrap();
        id
    }

    pub(crate) fn tree(&self) -> String {
        self.git(&["rev-parse", "HEAD^{tree}"])
    }

    pub(crate) fn loose_object(&self, id: &str) -> PathBuf {
        self.path.join(".git/objects").join(&id[..2]).join(&id[2..])
    }

    pub(crate) fn clone_as(&self, name: &str, words: &[&str]) -> PathBuf {
        let (from, to) = (format!("file://{}", self.path.display()), self.beside(name));
        let mut all = vec!["clone", "--quiet"];
        all.extend(words);
        all.extend([from.as_str(), to.to_str().unwrap()]);
        self.git(&all);
        to
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `count` numbered lines, each unlike the others.
pub(crate) fn lines(name: &str, count: usize) -> String {
    (1..=count).map(|number| format!("{name} line {number} of a file that is long enough\n")).collect()
}

/// The lines with some of them replaced.
pub(crate) fn with_line(content: &str, number: usize, new: &str) -> String {
    content.lines().enumerate().map(|(at, line)| format!("{}\n", if at + 1 == number { new } else { line })).collect()
}

pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
