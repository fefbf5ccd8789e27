//! The GraphQL way to what the REST interface tells in four requests about each pull request: many at once.
//!
//! What comes back is put into the words of the REST interface and kept under its paths, so that the rows are the same
//! whichever way they came. Lists that are longer than what one question brings are read by REST.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use super::wire::items;

/// Pull requests that one question asks about, at most.
pub(super) const MOST: usize = 25;

/// What happens to pull requests: its name in REST, its type in GraphQL, and what else is asked about it.
const EVENTS: [(&str, &str, &str); 36] = [
    ("added_to_merge_queue", "AddedToMergeQueueEvent", ""),
    ("assigned", "AssignedEvent", ""),
    ("auto_merge_disabled", "AutoMergeDisabledEvent", ""),
    ("auto_merge_enabled", "AutoMergeEnabledEvent", ""),
    ("auto_rebase_enabled", "AutoRebaseEnabledEvent", ""),
    ("auto_squash_enabled", "AutoSquashEnabledEvent", ""),
    ("automatic_base_change_failed", "AutomaticBaseChangeFailedEvent", ""),
    ("automatic_base_change_succeeded", "AutomaticBaseChangeSucceededEvent", ""),
    ("base_ref_changed", "BaseRefChangedEvent", ""),
    ("base_ref_deleted", "BaseRefDeletedEvent", ""),
    ("base_ref_force_pushed", "BaseRefForcePushedEvent", ""),
    ("closed", "ClosedEvent", "closer{__typename ... on Commit{oid}}"),
    ("comment_deleted", "CommentDeletedEvent", ""),
    ("connected", "ConnectedEvent", ""),
    ("convert_to_draft", "ConvertToDraftEvent", ""),
    (
        "cross-referenced",
        "CrossReferencedEvent",
        "source{__typename ... on PullRequest{number repository{nameWithOwner}} ... on Issue{number repository{nameWithOwner}}}",
    ),
    ("demilestoned", "DemilestonedEvent", "milestoneTitle"),
    ("deployed", "DeployedEvent", ""),
    ("disconnected", "DisconnectedEvent", ""),
    ("head_ref_deleted", "HeadRefDeletedEvent", ""),
    ("head_ref_force_pushed", "HeadRefForcePushedEvent", ""),
    ("head_ref_restored", "HeadRefRestoredEvent", ""),
    ("labeled", "LabeledEvent", "label{name}"),
    ("locked", "LockedEvent", ""),
    ("mentioned", "MentionedEvent", ""),
    ("merged", "MergedEvent", "commit{oid}"),
    ("milestoned", "MilestonedEvent", "milestoneTitle"),
    ("ready_for_review", "ReadyForReviewEvent", ""),
    ("referenced", "ReferencedEvent", "commit{oid}"),
    ("removed_from_merge_queue", "RemovedFromMergeQueueEvent", ""),
    ("renamed", "RenamedTitleEvent", "currentTitle"),
    ("reopened", "ReopenedEvent", ""),
    ("review_dismissed", "ReviewDismissedEvent", "previousReviewState review{fullDatabaseId}"),
    ("review_request_removed", "ReviewRequestRemovedEvent", REQUESTED),
    ("review_requested", "ReviewRequestedEvent", REQUESTED),
    ("unlabeled", "UnlabeledEvent", "label{name}"),
];
const REQUESTED: &str = "requestedReviewer{__typename ... on User{login databaseId} ... on Bot{login databaseId} \
                         ... on Mannequin{login databaseId} ... on Team{slug}}";
const ACTOR: &str = "__typename login ... on User{databaseId} ... on Bot{databaseId} ... on Mannequin{databaseId} \
                     ... on Organization{databaseId}";
const MORE: &str = "pageInfo{hasNextPage}";

/// The question about these pull requests.
pub(super) fn question(repo: &str, pulls: &[i64]) -> Value {
    let (owner, name) = repo.split_once('/').unwrap_or_default();
    json!({ "query": text(pulls), "variables": { "owner": owner, "name": name } })
}

fn text(pulls: &[i64]) -> String {
    let asked: String = pulls.iter().map(|pull| format!("p{pull}:pullRequest(number:{pull}){{...P}} ")).collect();
    let kinds: Vec<String> = EVENTS.iter().map(|(_, kind, _)| item_type(kind)).collect();
    let events: String =
        EVENTS.iter().map(|(_, kind, more)| format!("... on {kind}{{id createdAt actor{{...A}} {more}}} ")).collect();
    format!(
        "query($owner:String!,$name:String!){{rateLimit{{cost remaining resetAt}} repository(owner:$owner,name:$name){{{asked}}}}} \
         fragment A on Actor{{{ACTOR}}} \
         fragment P on PullRequest{{number additions deletions changedFiles mergedBy{{...A}} \
         commits(first:100){{totalCount {MORE} nodes{{commit{{oid message parents(first:10){{nodes{{oid}}}} \
         author{{name email date user{{login databaseId}}}} committer{{name email date}}}}}}}} \
         reviews(first:50){{{MORE} nodes{{fullDatabaseId state submittedAt body authorAssociation author{{...A}} commit{{oid}}}}}} \
         timelineItems(first:100,itemTypes:[{}]){{{MORE} nodes{{__typename {events}}}}}}}",
        kinds.join(",")
    )
}

/// `LabeledEvent` as the type of a list's items is called `LABELED_EVENT`.
fn item_type(kind: &str) -> String {
    let mut name = String::new();
    for (at, letter) in kind.char_indices() {
        if letter.is_uppercase() && at > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// A pull request as the REST interface would tell it: what each of its lists holds, none where one is too long.
pub(super) struct Told {
    pub(super) detail: Value,
    pub(super) commits: Option<Value>,
    pub(super) reviews: Option<Value>,
    pub(super) events: Option<Value>,
}

/// The answer about one of the pull requests; none where there is none.
pub(super) fn told(answer: &Value, pull: i64) -> Option<Told> {
    let told = &answer["data"]["repository"][format!("p{pull}")];
    let number = told["number"].as_i64()?;
    let whole = |list: &str| {
        let list = &told[list];
        (list["pageInfo"]["hasNextPage"] == false && items(list, "nodes").all(|item| !item.is_null())).then_some(list)
    };
    Some(Told {
        detail: json!({
            "number": number,
            "additions": told["additions"],
            "deletions": told["deletions"],
            "changed_files": told["changedFiles"],
            "commits": told["commits"]["totalCount"],
            "merged_by": told["mergedBy"],
        }),
        commits: whole("commits").map(|list| items(list, "nodes").map(commit).collect()),
        reviews: whole("reviews").map(|list| items(list, "nodes").map(review).collect()),
        events: whole("timelineItems").map(|list| items(list, "nodes").filter_map(event).collect()),
    })
}

fn commit(node: &Value) -> Value {
    let commit = &node["commit"];
    let person = |of: &Value| json!({ "name": of["name"], "email": of["email"], "date": of["date"] });
    json!({
        "sha": commit["oid"],
        "author": account(&commit["author"]),
        "commit": { "author": person(&commit["author"]), "committer": person(&commit["committer"]), "message": commit["message"] },
        "parents": items(&commit["parents"], "nodes").map(|parent| json!({ "sha": parent["oid"] })).collect::<Value>(),
    })
}

/// The account of a commit's author. An app is no user here, but its address gives it away.
fn account(author: &Value) -> Value {
    if author["user"]["login"].is_string() {
        return json!({ "login": author["user"]["login"], "id": author["user"]["databaseId"], "type": "User" });
    }
    let address = author["email"].as_str().and_then(|email| email.strip_suffix("@users.noreply.github.com"));
    let app = address.and_then(|address| {
        let (id, login) = address.split_once('+')?;
        login.ends_with("[bot]").then(|| json!({ "login": login, "id": id.parse::<i64>().ok(), "type": "Bot" }))
    });
    app.unwrap_or(Value::Null)
}

fn review(node: &Value) -> Value {
    json!({
        "id": number(&node["fullDatabaseId"]),
        "user": node["author"],
        "state": node["state"],
        "submitted_at": node["submittedAt"],
        "body": node["body"],
        "commit_id": node["commit"]["oid"],
        "author_association": node["authorAssociation"],
    })
}

fn event(node: &Value) -> Option<Value> {
    let (name, ..) = EVENTS.iter().find(|(_, kind, _)| node["__typename"] == *kind)?;
    let source = &node["source"];
    let requested = &node["requestedReviewer"];
    let is_team = requested["__typename"] == "Team";
    let mut event = json!({
        "event": name,
        "actor": node["actor"],
        "created_at": node["createdAt"],
        "commit_id": if node["commit"].is_object() { &node["commit"]["oid"] } else { &node["closer"]["oid"] },
        "label": node["label"],
        "rename": { "to": node["currentTitle"] },
        "milestone": { "title": node["milestoneTitle"] },
    });
    // A cross reference has no number in REST.
    if *name != "cross-referenced" {
        event["id"] = json!(node["id"].as_str().and_then(number_in));
    } else {
        let repository = json!({ "full_name": source["repository"]["nameWithOwner"] });
        event["source"] = json!({ "issue": { "number": source["number"], "repository": repository } });
    }
    if *name == "review_dismissed" {
        let state = node["previousReviewState"].as_str().map(str::to_lowercase);
        event["dismissed_review"] = json!({ "state": state, "review_id": number(&node["review"]["fullDatabaseId"]) });
    }
    if !requested.is_null() {
        event[if is_team { "requested_team" } else { "requested_reviewer" }] = requested.clone();
    }
    Some(event)
}

/// Large numbers are texts in GraphQL.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The number within a global id: the last of a list in MessagePack (`LE_lADO…`), or, in the older form, what follows
/// the type's name.
fn number_in(id: &str) -> Option<i64> {
    if let Some((_, packed)) = id.split_once('_') {
        let bytes = base64(packed)?;
        let is_number = |length: &usize, mark: u8| bytes.len() > *length && bytes[bytes.len() - length] == mark;
        let length = [(9, 0xcf), (5, 0xce), (3, 0xcd)].into_iter().find(|(length, mark)| is_number(length, *mark))?.0;
        let digits = &bytes[bytes.len() - length + 1..];
        return digits.iter().try_fold(0i64, |sum, byte| sum.checked_mul(256)?.checked_add(i64::from(*byte)));
    }
    let text = String::from_utf8(base64(id)?).ok()?;
    let digits = text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    text[text.len() - digits..].parse().ok()
}

/// Both alphabets, with or without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text.trim_end_matches('=').replace('-', "+").replace('_', "/")).ok()
}

/// What the errors of an answer with status 200 amount to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// A limit was hit.
    Limit,
    /// Too much was asked at once.
    TooMuch(String),
    /// Some of what was asked is not there or not for us: the rest is.
    Partly,
}

pub(super) fn complaint(answer: &Value) -> Option<Complaint> {
    let errors: Vec<&Value> = items(&answer["errors"], "").collect();
    let is_of = |words: &[&str]| {
        errors.iter().any(|error| {
            let (kind, said) =
                (error["type"].as_str().unwrap_or_default(), error["message"].as_str().unwrap_or_default());
            words.iter().any(|word| kind == *word || said.contains(word))
        })
    };
    let first = || errors.first().and_then(|error| error["message"].as_str()).unwrap_or("no data").to_owned();
    if is_of(&["RATE_LIMITED", "RATE_LIMIT", "secondary rate limit"]) {
        return Some(Complaint::Limit);
    }
    if is_of(&["RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "timedout", "timed out", "Something went wrong"])
        || !answer["data"]["repository"].is_object()
    {
        return Some(Complaint::TooMuch(first()));
    }
    (!errors.is_empty()).then_some(Complaint::Partly)
}

/// The text of a question, to be held against GitHub's schema.
pub fn example_question() -> String {
    text(&[1, 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_event_is_in_its_global_id() {
        assert_eq!(number_in("CE_lADOB_z1Gs5K-Ts6zwAAAAGTxNMP"), Some(6_774_117_135));
        assert_eq!(number_in("MDIwOlJldmlld1JlcXVlc3RlZEV2ZW50NTA2NDM2MzE3OQ=="), Some(5_064_363_179));
        for odd in ["", "x", "LE_", "LE_!!", "LE_AAAA", "===="] {
            assert_eq!(number_in(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_a_type_is_called_as_an_item() {
        assert_eq!(item_type("HeadRefForcePushedEvent"), "HEAD_REF_FORCE_PUSHED_EVENT");
    }

    #[test]
    fn limits_are_told_from_questions_that_ask_too_much() {
        let of = |answer: Value| complaint(&answer);
        assert_eq!(
            of(json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]})),
            Some(Complaint::Limit)
        );
        assert_eq!(of(json!({"errors": [{"type": "RATE_LIMIT"}], "data": null})), Some(Complaint::Limit));
        let much = json!({"errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too much"}], "data": {"repository": null}});
        assert_eq!(of(much), Some(Complaint::TooMuch("too much".to_owned())));
        assert_eq!(of(json!({})), Some(Complaint::TooMuch("no data".to_owned())));
        let partly = json!({"errors": [{"type": "FORBIDDEN", "path": ["repository", "p1"]}], "data": {"repository": {"p1": null}}});
        assert_eq!(of(partly), Some(Complaint::Partly));
        assert_eq!(of(json!({"data": {"repository": {}}})), None);
    }

    #[test]
    fn a_list_that_is_longer_than_asked_for_is_not_taken() {
        let list = |more: bool| json!({"pageInfo": {"hasNextPage": more}, "nodes": []});
        let pull = json!({"number": 7, "commits": list(true), "reviews": list(false), "timelineItems": list(false)});
        let answer = json!({"data": {"repository": {"p7": pull, "p8": null}}});
        let seven = told(&answer, 7).unwrap();
        assert!(seven.commits.is_none() && seven.reviews.is_some());
        assert!(told(&answer, 8).is_none());
    }
}
