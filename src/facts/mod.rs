//! What is known, one file per table: the row, what it means, and its columns.
//!
//! A row holds plain Rust values and knows nothing of the table library; [`frame`] turns rows into
//! columns and back, [`store`] keeps them in the lake. The `repo` column is not in the rows: a lake
//! is partitioned by repository, so the store adds it on the way out.

use rustc_hash::{FxHashMap, FxHashSet};

#[macro_use]
mod table;
pub mod frame;
pub mod store;

mod attested_fate;
mod attribution;
mod authorship_note;
mod change;
mod commit;
mod commit_file;
mod commit_identifiers;
mod commit_lines;
mod delivery;
mod evidence;
mod fix;
#[cfg(test)]
pub(crate) mod fixture;
mod ids;
mod incident;
mod issue;
mod line_attribution;
mod line_fate;
mod link;
mod r#override;
mod person;
mod pseudonym;
mod pull;
mod pull_landing;
mod pull_lines;
mod pull_outcome;
mod repo;
mod review;
mod skipped;
mod sync_stream;
mod words;

pub use attested_fate::AttestedFate;
pub use attribution::Attribution;
pub use authorship_note::AuthorshipNote;
pub use change::Change;
pub use commit::{Commit, pull_in_subject, subject_of};
pub use commit_file::{CommitFile, MergeFile};
pub use commit_identifiers::CommitIdentifiers;
pub use commit_lines::CommitLines;
pub use delivery::{Check, Deployment, Release};
pub use evidence::Evidence;
pub use fix::Fix;
pub use ids::{CommitId, Text};
pub use incident::{GITHUB_ISSUES, Incident};
pub use issue::Issue;
pub use line_attribution::LineAttribution;
pub use line_fate::LineFate;
pub use link::Link;
pub use r#override::Override;
pub use person::Person;
pub use pseudonym::PeopleKey;
pub use pull::{Pull, PullCommit, PullEvent};
pub use pull_landing::PullLanding;
pub use pull_lines::PullLines;
pub use pull_outcome::PullOutcome;
pub use repo::Repo;
pub use review::{IssueComment, Review, ReviewComment};
pub use skipped::Skipped;
pub use sync_stream::SyncStream;
pub use words::*;

/// Everything mined from one repository's history, before anyone has judged it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    pub commits: Vec<Commit>,
    pub commit_files: Vec<CommitFile>,
    pub merge_files: Vec<MergeFile>,
    pub line_fates: Vec<LineFate>,
    pub commit_lines: Vec<CommitLines>,
    pub commit_identifiers: Vec<CommitIdentifiers>,
    pub authorship_notes: Vec<AuthorshipNote>,
    pub line_attributions: Vec<LineAttribution>,
    pub pull_lines: Vec<PullLines>,
    pub overrides: Vec<Override>,
    pub skipped: Vec<Skipped>,
}

/// What GitHub says of one repository, before anyone has judged it. Empty where it was never synced.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Github {
    pub pulls: Vec<Pull>,
    pub pull_commits: Vec<PullCommit>,
    pub pull_events: Vec<PullEvent>,
    pub reviews: Vec<Review>,
    pub review_comments: Vec<ReviewComment>,
    pub issue_comments: Vec<IssueComment>,
    pub issues: Vec<Issue>,
    pub deployments: Vec<Deployment>,
    pub checks: Vec<Check>,
    pub releases: Vec<Release>,
    pub streams: Vec<SyncStream>,
}

impl History {
    /// The landing commits of the mainline, oldest first, as their parents say; the order of rows does not matter.
    pub fn mainline(&self) -> Vec<&Commit> {
        let landings: FxHashMap<&CommitId, &Commit> =
            self.commits.iter().filter(|commit| commit.on_mainline).map(|commit| (&commit.commit_id, commit)).collect();
        let before = |commit: &Commit| commit.parents.first().and_then(|parent| landings.get(parent)).copied();
        let followed: FxHashSet<&CommitId> =
            landings.values().filter_map(|&commit| before(commit)).map(|c| &c.commit_id).collect();
        let tips = landings.values().copied().filter(|commit| !followed.contains(&commit.commit_id));
        let tip = tips.min_by_key(|commit| &commit.commit_id);
        let mut mainline: Vec<&Commit> =
            std::iter::successors(tip, |&commit| before(commit)).take(landings.len()).collect();
        mainline.reverse();
        mainline
    }
}
