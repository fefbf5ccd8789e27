//! Finding a repository, its default branch, its name, and what it lacks.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Oid, Repository};

use super::GitError;
use super::loose::{self, Folders};
use super::mailmap::Mailmap;
use super::objects::clean;

/// Opens the repository at `path` or above it: with a work tree, bare, or a linked work tree.
pub(super) fn open(path: &Path) -> Result<Repository, GitError> {
    // Contents are guarded by zlib's checksum; hashing every object again costs a fifth of a run.
    git2::opts::strict_hash_verification(false);
    let found = Repository::open_ext(path, git2::RepositoryOpenFlags::empty(), [] as [&Path; 0]);
    found.map_err(|source| GitError::Open { path: path.to_owned(), source })
}

/// A branch name with the commit it points to.
#[derive(Debug, Clone)]
pub(super) struct Tip {
    /// Null for a detached HEAD.
    pub(super) branch: Option<String>,
    pub(super) commit: Oid,
}

/// The default branch: the remote's own choice, else the branch HEAD names, else a usual name, else a
/// detached HEAD. Where a local and a remote branch of that name differ, the one that contains the
/// other; `None` for a repository without commits.
pub(super) fn default_tip(repo: &Repository, wanted: Option<&str>) -> Result<Option<Tip>, GitError> {
    if let Some(name) = wanted {
        return tip_of(repo, name)?.map(Some).ok_or_else(|| GitError::NoSuchBranch { branch: name.to_owned() });
    }
    let chosen_by_remote = symbolic_target(repo, "refs/remotes/origin/HEAD", "refs/remotes/origin/");
    let named_by_head = symbolic_target(repo, "HEAD", "refs/heads/");
    let usual = ["main", "master", "trunk", "develop"].map(str::to_owned);
    let names = chosen_by_remote.into_iter().chain(named_by_head).chain(usual);
    for name in names {
        if let Some(tip) = tip_of(repo, &name)? {
            return Ok(Some(tip));
        }
    }
    match commit_of(repo, "HEAD")? {
        Some(commit) => Ok(Some(Tip { branch: None, commit })),
        None => only_branch(repo),
    }
}

/// The commit a reference points to. A reference that is not there is no commit; one that points to
/// something unreadable is an error, lest a damaged repository pass for an empty one.
fn commit_of(repo: &Repository, reference: &str) -> Result<Option<Oid>, GitError> {
    let damaged = |source| GitError::Tip { reference: reference.to_owned(), source };
    match repo.find_reference(reference).and_then(|reference| reference.resolve()) {
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(damaged(error)),
        Ok(reference) => {
            let target = reference.target().ok_or_else(|| damaged(git2::Error::from_str("it points to nothing")))?;
            peeled(repo, &Folders::of(repo), target).map(Some).map_err(damaged)
        }
    }
}

/// The commit that a reference's target is, or that its tags tag. What the commit says is not looked at: git reads many that
/// libgit2 refuses.
fn peeled(repo: &Repository, folders: &Folders, target: Oid) -> Result<Oid, git2::Error> {
    let odb = repo.odb()?;
    let mut target = target;
    for _ in 0..MOST_TAGS {
        match odb.read_header(folders.sound(target)?)?.1 {
            ObjectType::Commit => return Ok(clean(target)),
            ObjectType::Tag => target = repo.find_tag(target)?.target_id(),
            other => return Err(git2::Error::from_str(&format!("it is a {other}, no commit"))),
        }
    }
    Err(git2::Error::from_str("a tag of tags without an end"))
}

/// Tags of tags that are followed.
const MOST_TAGS: usize = 16;

fn symbolic_target(repo: &Repository, reference: &str, prefix: &str) -> Option<String> {
    let target = repo.find_reference(reference).ok()?;
    let target = target.symbolic_target_bytes()?;
    String::from_utf8_lossy(target).strip_prefix(prefix).map(str::to_owned)
}

fn tip_of(repo: &Repository, name: &str) -> Result<Option<Tip>, GitError> {
    let commit = |prefix: &str| commit_of(repo, &format!("{prefix}{name}"));
    let commit = match (commit("refs/heads/")?, commit("refs/remotes/origin/")?) {
        (Some(local), Some(remote)) if repo.graph_descendant_of(remote, local).unwrap_or(false) => Some(remote),
        (local, remote) => local.or(remote),
    };
    Ok(commit.map(|commit| Tip { branch: Some(name.to_owned()), commit }))
}

/// A bare repository whose HEAD names a branch that was never made may still have one branch.
fn only_branch(repo: &Repository) -> Result<Option<Tip>, GitError> {
    let mut names: Vec<String> = Vec::new();
    let Ok(references) = repo.references_glob("refs/heads/*") else { return Ok(None) };
    for reference in references.flatten() {
        names.extend(reference.name().ok().and_then(|name| name.strip_prefix("refs/heads/")).map(str::to_owned));
    }
    names.sort();
    names.first().map_or(Ok(None), |name| tip_of(repo, name))
}

/// Heads of pull requests that the clone has, by number.
pub(super) fn pull_heads(repo: &Repository) -> Vec<(i64, Oid)> {
    let (mut heads, folders) = (Vec::new(), Folders::of(repo));
    let Ok(references) = repo.references_glob("refs/pull/*/head") else { return heads };
    for reference in references.flatten() {
        let number = reference.name().ok().and_then(|name| name.split('/').nth(2)?.parse().ok());
        let target = reference.resolve().ok().and_then(|reference| peeled(repo, &folders, reference.target()?).ok());
        heads.extend(number.zip(target));
    }
    heads.sort();
    heads
}

/// Where the repository came from, without any password in the address.
pub(super) fn origin_url(repo: &Repository) -> Option<String> {
    let url = repo.find_remote("origin").ok()?.url().ok()?.to_owned();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            Some(format!("{scheme}://{host}/{path}"))
        }
        None => Some(url),
    }
}

/// `OWNER/NAME` from the remote's address when it has one, else the folder's name.
pub(super) fn name(repo: &Repository, url: Option<&str>) -> String {
    let from_url = url.filter(|url| !url.starts_with('/') && !url.starts_with("file:")).and_then(owner_and_name);
    from_url.unwrap_or_else(|| folder_name(repo))
}

/// The path of the address: `OWNER/NAME` on a forge, perhaps a bare `NAME` elsewhere.
fn owner_and_name(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':')?.1,
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!path.is_empty()).then(|| path.to_owned())
}

fn folder_name(repo: &Repository) -> String {
    let path = repo.workdir().unwrap_or_else(|| repo.commondir());
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().trim_end_matches(".git").to_owned());
    name(path).filter(|name| !name.is_empty()).unwrap_or_else(|| "repository".to_owned())
}

/// Contents were left out of the clone and would be fetched on demand.
pub(super) fn is_partial(repo: &Repository) -> bool {
    let Ok(config) = repo.config() else { return false };
    let Ok(mut entries) =
        config.entries(Some(r"^(remote\..*\.(promisor|partialclonefilter)|extensions\.partialclone)$"))
    else {
        return false;
    };
    matches!(entries.next(), Some(Ok(_)))
}

/// The mailmap git itself would use: the work tree's file, or HEAD's in a bare repository, then what
/// the configuration names.
pub(super) fn mailmap(repo: &Repository) -> Mailmap {
    let mut mailmap = Mailmap::default();
    mailmap.read(&mailmap_text(repo));
    mailmap
}

/// The lines of all mailmaps, those that win last.
pub(super) fn mailmap_text(repo: &Repository) -> String {
    let config = repo.config().ok();
    let configured = |key: &str| config.as_ref().and_then(|config| config.get_string(key).ok());
    let plain_file = |path: &PathBuf| path.symlink_metadata().is_ok_and(|meta| meta.is_file());
    let in_work_tree =
        repo.workdir().map(|dir| dir.join(".mailmap")).filter(plain_file).and_then(|path| std::fs::read(path).ok());
    let blob = match configured("mailmap.blob") {
        Some(spec) => repo.revparse_single(&spec).and_then(|found| loose::blob(repo, found.id())).ok(),
        None if repo.is_bare() => {
            commit_of(repo, "HEAD").ok().flatten().and_then(|head| file_of(repo, head, ".mailmap"))
        }
        None => None,
    };
    let file = config.as_ref().and_then(|config| std::fs::read(config.get_path("mailmap.file").ok()?).ok());
    let parts = [in_work_tree, blob, file].into_iter().flatten();
    parts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned() + "\n").collect()
}

/// The text of the file that `git blame --ignore-revs-file` is usually given, as the commit has it.
pub(super) fn ignored_revisions(repo: &Repository, commit: Oid) -> Option<String> {
    file_of(repo, commit, ".git-blame-ignore-revs").map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn file_of(repo: &Repository, commit: Oid, name: &str) -> Option<Vec<u8>> {
    let entry = loose::entry_at(repo, &loose::tree_of(repo, commit).ok()?, Path::new(name))?;
    loose::blob(repo, entry.id()).ok()
}
