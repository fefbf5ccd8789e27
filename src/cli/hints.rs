//! What a user can do about an error, next to the errors it is for.

use std::io;

use crate::analysis::sql::QueryError;
use crate::config::ConfigError;
use crate::facts::store::LakeError;
use crate::pipeline::NameTaken;
use crate::report::WriteError;
use crate::sources::audit_sheet::SheetError;
use crate::sources::git::GitError;
use crate::sources::github::GithubError;
use crate::sources::incidents::IncidentError;

/// An error of the command line itself, with its remedy.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Hinted {
    pub(super) message: String,
    pub(super) hint: String,
    /// The command was called wrongly: exit code 2.
    pub(super) is_usage: bool,
}

pub(super) fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        (cause.downcast_ref::<GitError>().map(for_git))
            .or_else(|| cause.downcast_ref::<LakeError>().map(for_lake))
            .or_else(|| cause.downcast_ref::<ConfigError>().map(for_config))
            .or_else(|| cause.downcast_ref::<QueryError>().and_then(for_query))
            .or_else(|| cause.downcast_ref::<SheetError>().map(for_sheet))
            .or_else(|| cause.downcast_ref::<Hinted>().map(|hinted| hinted.hint.clone()))
            .or_else(|| {
                cause
                    .downcast_ref::<NameTaken>()
                    .map(|_| "--name OWNER/NAME gives this one another; --fresh replaces that one".to_owned())
            })
            .or_else(|| {
                cause.downcast_ref::<WriteError>().map(|_| "--out DIR names a folder you may write to".to_owned())
            })
            .or_else(|| cause.downcast_ref::<GithubError>().map(for_github))
            .or_else(|| {
                cause.downcast_ref::<IncidentError>().map(|_| "give the path of a file that can be read".to_owned())
            })
    })
}

fn for_git(error: &GitError) -> String {
    match error {
        GitError::Open { source, .. } if source.code() == git2::ErrorCode::Owner => {
            "the folder belongs to another user; `git config --global --add safe.directory PATH` trusts it".to_owned()
        }
        GitError::Open { source, .. } if source.message().contains("refstorage") => {
            "the repository keeps its refs as reftable; `git refs migrate --ref-format=files` in a copy makes it readable".to_owned()
        }
        GitError::Open { .. } => "give the path of a git repository: a folder with a work tree, or a bare repository".to_owned(),
        GitError::NoSuchBranch { .. } => "`git branch -a` lists the branches there are".to_owned(),
        GitError::Objects { .. } | GitError::Tip { .. } => "`git fsck` in the repository says what is damaged".to_owned(),
        GitError::Spool { source } => for_io(source),
        GitError::Clone { .. } => "try the same with `git clone`; a local path works offline".to_owned(),
        GitError::Offline { .. } => "leave out --offline once, or give the path of a clone".to_owned(),
    }
}

fn for_github(error: &GithubError) -> String {
    match error {
        GithubError::Address { .. } => "--api-url https://api.github.com, or of GitHub Enterprise https://HOST/api/v3",
        GithubError::Unauthorized => {
            "GITHUB_TOKEN needs a token that is still valid; `shipwake doctor --online` tries it"
        }
        GithubError::NoSuchRepository { .. } => "check the spelling, and that the token may read it",
        GithubError::NoSuchOwner { .. } => "check the spelling; an app sees the owners it is installed for",
        GithubError::Key { .. } => "SHIPWAKE_APP_KEY names the file with the app's private key, in PEM",
        GithubError::NotInstalled { .. } => "install the app there, or set SHIPWAKE_APP_INSTALLATION",
        GithubError::Answer(_) | GithubError::Runtime(_) => "nothing is lost: run it again, and check the network",
        GithubError::Keep { .. } => "the former state is untouched; check the space left on the disk",
        GithubError::Name(_) => "name repositories as OWNER/NAME, as their address has it",
        GithubError::Halted(_) => "nothing is lost: run it again later, or with more to spend",
    }
    .to_owned()
}

fn for_lake(error: &LakeError) -> String {
    match error {
        LakeError::Missing { .. } => {
            "`shipwake mine REPO` or `shipwake report REPO` makes it; --lake DIR names another".to_owned()
        }
        LakeError::Newer { .. } => "use the newer shipwake, or another folder with --lake DIR".to_owned(),
        LakeError::Create { source, .. } | LakeError::Write { source, .. } => for_io(source),
        LakeError::Read { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            "ask the lake's owner for read access, or name another lake with --lake DIR".to_owned()
        }
        LakeError::Read { .. } | LakeError::Table { .. } | LakeError::Rows { .. } | LakeError::Manifest { .. } => {
            "nothing was changed; `shipwake mine REPO --fresh --lake NEW_DIR` makes a lake anew".to_owned()
        }
        LakeError::Key { .. } => {
            "restore it, or `shipwake mine REPO --lake NEW_DIR` makes a lake anew, where people have other pseudonyms"
                .to_owned()
        }
        LakeError::WriteTable { .. } => "the former state is untouched; check the space left on the disk".to_owned(),
    }
}

fn for_io(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full; the former state is untouched".to_owned()
        }
        _ => "the former state is untouched; --lake DIR names a folder you may write to".to_owned(),
    }
}

fn for_config(error: &ConfigError) -> String {
    match error {
        ConfigError::Read { .. } => "--config FILE names a file that can be read".to_owned(),
        ConfigError::Parse { .. } => "README.md lists the keys".to_owned(),
    }
}

fn for_sheet(error: &SheetError) -> String {
    match error {
        SheetError::Read { .. } => "give the file that `shipwake audit draw` wrote, with its columns",
        SheetError::Twice { .. } => "leave one of the two lines out",
        SheetError::Word { .. } => "write agent, assisted, human or bot, or nothing where it cannot be told",
    }
    .to_owned()
}

fn for_query(error: &QueryError) -> Option<String> {
    match error {
        QueryError::Lake(error) => Some(for_lake(error)),
        QueryError::Sql(refused) if refused.to_string().to_lowercase().contains("list") => {
            Some("a column of lists is asked as in `'claude-code' = ANY(agents)`".to_owned())
        }
        QueryError::Sql(_) => Some(
            "`shipwake query --list` shows the queries, `shipwake query --tables` the tables and columns".to_owned(),
        ),
        QueryError::Parquet(_) => Some("give a file in Parquet, or one in CSV with another ending".to_owned()),
        QueryError::Misread(misread) => Some(misread.instead.clone()),
        QueryError::Write(_) | QueryError::NoQuestion(_) => None,
    }
}
