use chrono::{DateTime, Utc};

use super::Text;

table! {
    /// A deployment, with what its statuses say became of it.
    Deployment in "deployments" {
        deployment_id: i64,
        commit_id: Text,
        /// Branch, tag or commit that was asked for.
        reference: Text,
        task: Text,
        environment: Text,
        is_production: Option<bool>,
        created_at: Option<DateTime<Utc>>,
        creator: Option<Text>,
        /// `success`, `failure` or `error`, also when a later deployment made it inactive; else the newest state; null
        /// where no status is known.
        state: Option<Text>,
        /// When `state` was reached.
        state_at: Option<DateTime<Utc>>,
    }
}

table! {
    /// A check run or commit status.
    Check in "checks" {
        commit_id: Text,
        /// `check_run` or `status`.
        kind: Text,
        check_id: i64,
        name: Text,
        /// The app that ran it; null for statuses, which are set by accounts.
        app: Option<Text>,
        /// `queued`, `in_progress`, `completed`, …
        status: Text,
        /// `success`, `failure`, `neutral`, `cancelled`, `timed_out`, …; null while it runs.
        conclusion: Option<Text>,
        started_at: Option<DateTime<Utc>>,
        completed_at: Option<DateTime<Utc>>,
    }
}

table! {
    Release in "releases" {
        release_id: i64,
        tag: Text,
        name: Text,
        /// Branch or commit the tag was made from, where it was made with the release.
        target: Option<Text>,
        is_draft: bool,
        is_prerelease: bool,
        created_at: Option<DateTime<Utc>>,
        published_at: Option<DateTime<Utc>>,
        author: Option<Text>,
    }
}
