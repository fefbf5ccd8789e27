//! What git says of the repository that the program runs in: a revision, a line.

use std::path::{Component, Path, PathBuf};

use git2::Repository;
use thiserror::Error;

use super::{lines, repository};

/// The commit that git, in the folder the program runs in, understands by a revision.
pub fn resolve_here(revision: &str) -> Option<String> {
    let repo = repository::open(Path::new(".")).ok()?;
    let commit = repo.revparse_single(revision).ok()?.peel_to_commit().ok()?;
    Some(commit.id().to_string())
}

/// Where a line was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenLine {
    pub commit: String,
    /// The file and the line, from 1, as that commit has them.
    pub path: String,
    pub line: usize,
}

/// Why a line is not found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoLine {
    #[error("there is no git repository with a commit here")]
    Repository,
    #[error("HEAD has no file `{0}`")]
    File(String),
    #[error("`{file}` has {lines} lines at HEAD")]
    Line { file: String, lines: u32 },
    #[error("git cannot tell who wrote line {line} of `{file}`")]
    Blame { file: String, line: usize },
}

/// The commit that wrote a line of a file, from 1, as blame finds it from HEAD of the repository that the program runs
/// in; the path is understood from there.
pub fn line_here(file: &Path, line: usize) -> Result<WrittenLine, NoLine> {
    let repo = repository::open(Path::new(".")).map_err(|_| NoLine::Repository)?;
    let head = repo.head().and_then(|head| head.peel_to_tree()).map_err(|_| NoLine::Repository)?;
    let no_file = || NoLine::File(file.display().to_string());
    let path = path_here(&repo, file).ok_or_else(no_file)?;
    let blob = head.get_path(&path).and_then(|entry| repo.find_blob(entry.id())).map_err(|_| no_file())?;
    let lines = lines::count_lines(blob.content());
    // Beyond the last line blame still answers with the last hunk.
    if line == 0 || line > lines as usize {
        return Err(NoLine::Line { file: path.display().to_string(), lines });
    }
    blame(&repo, &path, line).ok_or_else(|| NoLine::Blame { file: path.display().to_string(), line })
}

/// A path that is understood from the folder the program runs in, as the repository has it.
fn path_here(repo: &Repository, file: &Path) -> Option<PathBuf> {
    let folder = std::env::current_dir().ok()?;
    // From within the repository itself, as in a bare one, a path is one from its root.
    let is_within = repo.path().canonicalize().is_ok_and(|own| folder.starts_with(own));
    let Some(dir) = repo.workdir().filter(|_| !is_within) else { return Some(file.to_owned()) };
    let mut here = PathBuf::new();
    for part in folder.join(file).components() {
        match part {
            Component::ParentDir => {
                here.pop();
            }
            Component::CurDir => {}
            part => here.push(part),
        }
    }
    here.strip_prefix(dir.canonicalize().ok()?).ok().map(Path::to_owned)
}

fn blame(repo: &Repository, path: &Path, line: usize) -> Option<WrittenLine> {
    let mut options = git2::BlameOptions::new();
    options.min_line(line).max_line(line);
    let blame = repo.blame_file(path, Some(&mut options)).ok()?;
    let hunk = blame.get_line(line)?;
    let written = hunk.orig_start_line() + line.checked_sub(hunk.final_start_line())?;
    let path = hunk.path().map_or(path.display().to_string(), |path| path.display().to_string());
    Some(WrittenLine { commit: hunk.final_commit_id().to_string(), path, line: written })
}
