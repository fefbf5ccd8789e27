//! What we ask by GraphQL, held against GitHub's own schema, and answered from what the peer tells by REST.

use std::collections::BTreeMap;

use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Value, json};

use super::peer::{Asked, Odd, Peer};

#[test]
fn our_question_is_one_that_github_understands() {
    let Some(shared) = crate::shared("github/schema/github.graphql") else { return };
    let text = std::fs::read_to_string(shared).unwrap();
    // GitHub's text defines two fields twice.
    let schema = Schema::parse_and_validate(text, "github.graphql")
        .unwrap_or_else(|faulty| apollo_compiler::validation::Valid::assume_valid(faulty.partial));
    let question = shipwake::sources::github::example_question();
    if let Err(faulty) = ExecutableDocument::parse_and_validate(&schema, &question, "question.graphql") {
        panic!("{}", faulty.errors);
    }
}

/// Answers questions about pull requests from what the peer had when this was made, in GraphQL's words.
pub(super) fn graphql_over(peer: &Peer) -> impl FnMut(&Asked) -> Option<Odd> + Send + 'static {
    let told = peer.all();
    move |asked| {
        (asked.path() == "/graphql").then(|| {
            let question: Value = serde_json::from_str(&asked.body).unwrap();
            let text = question["query"].as_str().unwrap();
            let numbers =
                text.split("pullRequest(number:").skip(1).map(|rest| rest.split(')').next().unwrap().parse().unwrap());
            let pulls: BTreeMap<String, Value> =
                numbers.map(|number: i64| (format!("p{number}"), pull(&told, number))).collect();
            Odd::status(200).saying(&json!({ "data": { "repository": pulls } }).to_string())
        })
    }
}

fn pull(told: &BTreeMap<String, Value>, number: i64) -> Value {
    let at = |path: String| told[&format!("/repos/o/r{path}")].clone();
    let detail = at(format!("/pulls/{number}"));
    let list = |path: String, node: fn(&Value) -> Value| {
        let nodes: Vec<Value> = at(path).as_array().unwrap().iter().map(node).collect();
        json!({ "totalCount": nodes.len(), "pageInfo": { "hasNextPage": false }, "nodes": nodes })
    };
    let mut commits = list(format!("/pulls/{number}/commits"), commit);
    commits["totalCount"] = detail["commits"].clone();
    json!({
        "number": number, "additions": detail["additions"], "deletions": detail["deletions"],
        "changedFiles": detail["changed_files"], "mergedBy": actor(&detail["merged_by"]), "commits": commits,
        "reviews": list(format!("/pulls/{number}/reviews"), review),
        "timelineItems": list(format!("/issues/{number}/timeline"), event),
    })
}

fn actor(user: &Value) -> Value {
    let login = user["login"].as_str().unwrap_or_default().trim_end_matches("[bot]");
    json!({ "__typename": user["type"], "login": login, "databaseId": user["id"] })
}

fn commit(commit: &Value) -> Value {
    let said = |who: &str| commit["commit"][who].clone();
    let mut author = said("author");
    author["user"] = json!({ "login": commit["author"]["login"], "databaseId": commit["author"]["id"] });
    let parents: Vec<Value> =
        commit["parents"].as_array().unwrap().iter().map(|parent| json!({ "oid": parent["sha"] })).collect();
    json!({ "commit": { "oid": commit["sha"], "message": commit["commit"]["message"], "author": author,
        "committer": said("committer"), "parents": { "nodes": parents } } })
}

fn review(review: &Value) -> Value {
    json!({ "fullDatabaseId": review["id"].to_string(), "state": review["state"], "submittedAt": review["submitted_at"],
        "body": review["body"], "authorAssociation": review["author_association"], "author": actor(&review["user"]),
        "commit": { "oid": review["commit_id"] } })
}

fn event(event: &Value) -> Value {
    let (kind, source) = (event["event"].as_str().unwrap(), &event["source"]["issue"]);
    let node =
        |name: &str| json!({ "__typename": name, "createdAt": event["created_at"], "actor": actor(&event["actor"]) });
    match kind {
        "labeled" => {
            let mut node = node("LabeledEvent");
            // `012:LabeledEvent41`, as older ids are written.
            let id = format!("012:LabeledEvent{}", event["id"]);
            node["id"] = json!(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, id));
            node["label"] = event["label"].clone();
            node
        }
        "cross-referenced" => {
            let mut node = node("CrossReferencedEvent");
            let repository = json!({ "nameWithOwner": source["repository"]["full_name"] });
            node["source"] = json!({ "__typename": "Issue", "number": source["number"], "repository": repository });
            node
        }
        other => panic!("the peer has no words for {other}"),
    }
}
