//! The built program, run in a folder of its own with nothing of this machine in its environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::repo::text;

/// A folder to run in, with a lake at `lake` inside it.
pub(crate) struct Shipwake {
    pub(crate) dir: TempDir,
}

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) bytes: Vec<u8>,
}

impl Shipwake {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn lake(&self) -> PathBuf {
        self.dir.path().join("lake")
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shipwake"));
        command.current_dir(self.dir.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.dir.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("SHIPWAKE_LAKE", "lake").env("COLUMNS", "100");
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        let output = self.command().args(words).output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            bytes: output.stdout,
        }
    }

    /// Runs what must succeed and gives its stdout.
    #[track_caller]
    pub(crate) fn ok(&self, words: &[&str]) -> String {
        let ran = self.run(words);
        assert_eq!(ran.code, Some(0), "shipwake {words:?}\n{}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    #[track_caller]
    pub(crate) fn mine(&self, path: &Path) -> String {
        self.ok(&["mine", path.to_str().unwrap(), "--name", "o/r"])
    }

    /// The rows of a query, as text by column.
    #[track_caller]
    pub(crate) fn csv(&self, query: &str) -> Vec<std::collections::BTreeMap<String, String>> {
        let answer = self.ok(&["query", query, "--format", "csv"]);
        csv::Reader::from_reader(answer.as_bytes()).deserialize().map(Result::unwrap).collect()
    }

    /// Writes a report of `path` to `out`, and gives what was printed.
    #[track_caller]
    pub(crate) fn report(&self, path: &Path) -> String {
        self.ok(&["report", path.to_str().unwrap(), "--name", "o/r", "--out", "out"])
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(path)).unwrap()
    }
}
