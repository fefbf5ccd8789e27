//! Issues, and the comments on issues and pull requests.

use std::collections::BTreeMap;
use std::io;

use serde_json::Value;

use super::Reader;
use crate::facts::{Issue, IssueComment};
use crate::sources::github::wire::{account, is_open, items, key, labels, last_number, some_text, text, time};

const ISSUES: &str = "issues";
const COMMENTS: &str = "issue_comments";

/// Issues, and those of them that `is_incident` picks, as they came. Pull requests stand in the same list, and are none.
pub(super) fn issues(
    reader: &mut Reader<'_>,
    is_incident: &dyn Fn(&Value) -> bool,
) -> io::Result<(Vec<Issue>, Vec<Value>)> {
    let (mut rows, mut incidents) = (BTreeMap::new(), BTreeMap::new());
    let answers = reader.answers;
    for page in answers.listed(ISSUES) {
        for issue in items(&page?, "").filter(|issue| !issue["pull_request"].is_object()) {
            let Some(row) = row(issue) else {
                reader.leave_out(ISSUES, issue, "an issue has no number");
                continue;
            };
            incidents.remove(&row.issue);
            if is_incident(issue) {
                incidents.insert(row.issue, issue.clone());
            }
            rows.insert(row.issue, row);
        }
    }
    Ok((rows.into_values().collect(), incidents.into_values().collect()))
}

fn row(issue: &Value) -> Option<Issue> {
    let author = account(&issue["user"]);
    Some(Issue {
        issue: issue["number"].as_i64().filter(|number| *number > 0)?,
        title: text(&issue["title"]),
        body: text(&issue["body"]),
        state: if is_open(issue) { "open" } else { "closed" }.into(),
        state_reason: some_text(&issue["state_reason"]),
        author: author.login,
        author_id: author.id,
        author_type: author.kind,
        author_association: some_text(&issue["author_association"]),
        labels: labels(&issue["labels"]),
        issue_type: some_text(&issue["type"]["name"]),
        created_at: time(&issue["created_at"]),
        updated_at: time(&issue["updated_at"]),
        closed_at: time(&issue["closed_at"]),
        comments: issue["comments"].as_i64().unwrap_or_default(),
    })
}

pub(super) fn comments(reader: &mut Reader<'_>, pulls: &[i64]) -> io::Result<Vec<IssueComment>> {
    let mut rows: BTreeMap<(i64, i64), IssueComment> = BTreeMap::new();
    reader.everywhere(COMMENTS, pulls, |reader, issue, comment| match comment_row(issue, comment) {
        Some(row) => drop(rows.insert((row.issue, row.comment_id), row)),
        None => reader.leave_out(COMMENTS, comment, "a comment has no id or issue"),
    })?;
    Ok(rows.into_values().collect())
}

fn comment_row(issue: Option<i64>, comment: &Value) -> Option<IssueComment> {
    let author = account(&comment["user"]);
    Some(IssueComment {
        issue: issue.or_else(|| last_number(&comment["issue_url"]))?,
        comment_id: key(comment)?,
        author: author.login,
        author_id: author.id,
        author_type: author.kind,
        author_association: some_text(&comment["author_association"]),
        created_at: time(&comment["created_at"]),
        updated_at: time(&comment["updated_at"]),
        length: comment["body"].as_str().unwrap_or_default().chars().count() as i64,
    })
}
