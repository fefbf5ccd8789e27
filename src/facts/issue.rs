use chrono::{DateTime, Utc};

use super::Text;

table! {
    /// An issue; pull requests, which GitHub lists among them, are left out.
    Issue in "issues" {
        issue: i64,
        title: Text,
        body: Text,
        /// `open` or `closed`.
        state: Text,
        /// `completed`, `not_planned`, `duplicate`, `reopened`.
        state_reason: Option<Text>,
        author: Option<Text>,
        author_id: Option<i64>,
        author_type: Option<Text>,
        author_association: Option<Text>,
        labels: Vec<Text>,
        /// Where the organisation gives its issues types: `Bug`, `Feature`, `Task`.
        issue_type: Option<Text>,
        created_at: Option<DateTime<Utc>>,
        updated_at: Option<DateTime<Utc>>,
        closed_at: Option<DateTime<Utc>>,
        comments: i64,
    }
}
