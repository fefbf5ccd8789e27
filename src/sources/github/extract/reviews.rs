//! Reviews, and what was said about lines.

use std::collections::{BTreeMap, HashMap};
use std::io;

use serde_json::Value;

use super::Reader;
use super::pulls::first;
use crate::facts::{PullEvent, Review, ReviewComment};
use crate::sources::github::severity::severity;
use crate::sources::github::wire::{account, items, key, last_number, some_text, text, time};

const REVIEWS: &str = "reviews";
const COMMENTS: &str = "review_comments";

pub(super) fn reviews(reader: &mut Reader<'_>, pulls: &[i64]) -> io::Result<Vec<Review>> {
    let mut rows = Vec::new();
    for &pull in pulls {
        let mut of_pull = BTreeMap::new();
        for page in reader.chain(&first(REVIEWS, reader.repo, pull))? {
            for review in items(&page, "") {
                match row(pull, review) {
                    Some(row) => drop(of_pull.insert(row.review_id, row)),
                    None => reader.leave_out(REVIEWS, review, "a review has no id or state"),
                }
            }
        }
        rows.extend(of_pull.into_values());
    }
    Ok(rows)
}

fn row(pull: i64, review: &Value) -> Option<Review> {
    let author = account(&review["user"]);
    Some(Review {
        pull,
        review_id: key(review)?,
        author: author.login,
        author_id: author.id,
        author_type: author.kind,
        author_association: some_text(&review["author_association"]),
        state: some_text(&review["state"])?.to_uppercase().into(),
        former_state: None,
        submitted_at: time(&review["submitted_at"]),
        commit_id: some_text(&review["commit_id"]),
        body: text(&review["body"]),
    })
}

/// A dismissed review hides what it was; the event that dismissed it tells.
pub(super) fn remember_former_states(reviews: &mut [Review], events: &[PullEvent]) {
    let former: HashMap<i64, _> =
        events.iter().filter_map(|event| Some((event.review_id?, event.subject.clone()?))).collect();
    for review in reviews.iter_mut().filter(|review| *review.state == *"DISMISSED") {
        review.former_state = former.get(&review.review_id).cloned();
    }
}

pub(super) fn comments(reader: &mut Reader<'_>, pulls: &[i64]) -> io::Result<Vec<ReviewComment>> {
    let mut rows: BTreeMap<(i64, i64), ReviewComment> = BTreeMap::new();
    reader.everywhere(COMMENTS, pulls, |reader, pull, comment| match comment_row(pull, comment) {
        Some(row) => drop(rows.insert((row.pull, row.comment_id), row)),
        None => reader.leave_out(COMMENTS, comment, "a comment has no id or pull request"),
    })?;
    Ok(rows.into_values().collect())
}

fn comment_row(pull: Option<i64>, comment: &Value) -> Option<ReviewComment> {
    let author = account(&comment["user"]);
    Some(ReviewComment {
        pull: pull.or_else(|| last_number(&comment["pull_request_url"]))?,
        comment_id: key(comment)?,
        review_id: comment["pull_request_review_id"].as_i64(),
        in_reply_to: comment["in_reply_to_id"].as_i64(),
        author: author.login,
        author_id: author.id,
        author_type: author.kind,
        author_association: some_text(&comment["author_association"]),
        path: text(&comment["path"]),
        line: comment["line"].as_i64(),
        original_line: comment["original_line"].as_i64(),
        commit_id: some_text(&comment["commit_id"]),
        original_commit_id: some_text(&comment["original_commit_id"]),
        created_at: time(&comment["created_at"]),
        updated_at: time(&comment["updated_at"]),
        severity: severity(comment["body"].as_str().unwrap_or_default()).map(Into::into),
        body: text(&comment["body"]),
    })
}
