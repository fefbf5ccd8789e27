use chrono::{DateTime, NaiveDate, Utc};

use super::{ChangeKind, CommitId, Origin, Text};

table! {
    /// What landed on the mainline as one unit, with its exposure and outcomes: the analysis table.
    Change in "changes" {
        /// The commit that landed it.
        change_id: CommitId,
        kind: ChangeKind,
        pull: Option<i64>,
        merged_at: Option<DateTime<Utc>>,
        week: Option<NaiveDate>,
        month: Option<NaiveDate>,
        subject: Text,
        origin: Origin,
        /// Which rule gave it its origin, in words.
        origin_reason: Text,
        agents: Vec<Text>,
        author: Text,
        /// Commits it brought, the landing one counted only if it is no merge.
        commits: i64,
        /// Lines added and deleted against the mainline before it.
        size: i64,
        added: i64,
        deleted: i64,
        files: i64,
        source_files: i64,
        languages: Vec<Text>,
        is_fix: bool,
        is_revert: bool,
        /// What kind of work it is: `revert`, `fix`, else the type its subject declares (`feat`, `docs`, …), else `other`.
        task: Text,
        /// Bug fixes that touched one of its files that run, in the 180 days before it landed.
        file_risk: i64,
        /// Whole days from its author's first change to this one.
        author_days: Option<i64>,
        /// Hour of its author's clock, 0 to 23.
        author_hour: Option<i64>,
        /// First revert of the whole change that landed after it.
        reverted_at: Option<DateTime<Utc>>,
        /// The commit that reverted it: of several, the one that landed first.
        reverted_by: Option<Text>,
        /// First landing again after the revert.
        reapplied_at: Option<DateTime<Utc>>,
        /// Reverted, and not landed again since: of reverts of reverts every second one brings it back.
        is_undone: bool,
        /// First bug fix that rewrote or deleted lines this change brought.
        first_fix_at: Option<DateTime<Utc>>,
        /// The change that was this fix.
        first_fix_by: Option<Text>,
        /// First bug fix that touched a file of this change whose content runs: source, configuration, infrastructure, migrations.
        first_file_fix_at: Option<DateTime<Utc>>,
        first_file_fix_by: Option<Text>,
        incident_at: Option<DateTime<Utc>>,
        /// Id of the first incident that names it as its cause.
        incident_by: Option<Text>,
        /// When one later change had rewritten at least 80 % of its lines, within 90 days and without being a revert, or
        /// said that it supersedes it.
        superseded_at: Option<DateTime<Utc>>,
        /// The commit that superseded it: of several, the one that landed first.
        superseded_by: Option<Text>,
        /// First landing of a bug fix that names a commit of this change as what brought the bug, or, by its lines, is likely to
        /// mend it: `bug_inducing` links, `explicit` ones and those inferred with confidence 0.5 or more.
        bug_at: Option<DateTime<Utc>>,
        /// The commit that was this fix.
        bug_by: Option<Text>,
        /// Outcomes are known up to here: the newest commit of the mainline that is not dated after the run.
        observed_until: Option<DateTime<Utc>>,
        /// Whole days from `merged_at`; null when either end has no usable date.
        observed_days: Option<i64>,
        reverted_days: Option<i64>,
        first_fix_days: Option<i64>,
        first_file_fix_days: Option<i64>,
        incident_days: Option<i64>,
        superseded_days: Option<i64>,
        bug_days: Option<i64>,
    }
}
