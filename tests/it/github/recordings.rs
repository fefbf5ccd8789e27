//! What GitHub really sent, as the tests of hub4j/github-api recorded it, told again by WireMock. Neither the bytes nor
//! the server are ours.
//!
//! Their client asked other questions than ours: what matters here is the path and the page. A list that nobody asked
//! for is put together of the single things that were told; nothing else is added.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::desk;
use super::servers::{Server, tell, wiremock};
use crate::binary::Shipwake;

/// One recorded test, under an address of its own.
struct Recording {
    name: String,
    repo: String,
    /// As recorded, in the order in which they were told.
    exchanges: Vec<Exchange>,
}

#[derive(Clone)]
struct Exchange {
    method: String,
    path: String,
    page: Option<String>,
    status: u64,
    headers: Value,
    body: String,
}

impl Exchange {
    fn read(stub: &Path) -> Self {
        let stub_text = std::fs::read_to_string(stub).unwrap();
        let told: Value = serde_json::from_str(&stub_text).unwrap();
        let (request, response) = (&told["request"], &told["response"]);
        let url = ["url", "urlPath"].iter().find_map(|name| request[name].as_str()).unwrap();
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let page = query.split('&').find_map(|pair| pair.strip_prefix("page=")).map(str::to_owned);
        let body = match response["bodyFileName"].as_str() {
            Some(file) => std::fs::read_to_string(stub.parent().unwrap().with_file_name("__files").join(file)).unwrap(),
            None => response["body"].as_str().unwrap_or_default().to_owned(),
        };
        Self {
            method: request["method"].as_str().unwrap().to_owned(),
            path: path.to_owned(),
            page: page.filter(|page| page != "1"),
            status: response["status"].as_u64().unwrap_or(200),
            headers: response["headers"].clone(),
            body,
        }
    }

    fn is_told(&self, method: &str) -> bool {
        self.method == method && (200..300).contains(&self.status)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// As a stub under `prefix`; `state` is where its path stands when it is told, and where afterwards.
    fn stub(&self, server: &Server, prefix: &str, state: Option<(usize, usize)>) -> Value {
        let mut headers = self.headers.clone();
        let text = headers.to_string().replace("https://api.github.com", &format!("{}{prefix}", server.url()));
        // A helper of hub4j's own.
        headers = serde_json::from_str(&text.replace("testStartDate", "now")).unwrap_or(headers);
        if let Some(headers) = headers.as_object_mut() {
            headers.retain(|name, _| !["transfer-encoding", "content-length"].contains(&name.to_lowercase().as_str()));
        }
        let page = self.page.as_ref().map_or(json!({ "absent": true }), |page| json!({ "equalTo": page }));
        let mut stub = json!({
            "request": { "method": self.method, "urlPath": format!("{prefix}{}", self.path), "queryParameters": { "page": page } },
            "response": { "status": self.status, "headers": headers, "body": self.body },
        });
        if text.contains("{{") {
            stub["response"]["transformers"] = json!(["response-template"]);
        }
        if let Some((from, to)) = state {
            let name = |at: usize| if at == 0 { "Started".to_owned() } else { at.to_string() };
            stub["scenarioName"] = json!(format!("{prefix}{}", self.path));
            stub["requiredScenarioState"] = json!(name(from));
            stub["newScenarioState"] = json!(name(to));
        }
        stub
    }
}

/// All recordings about a repository.
fn recordings(folder: &Path) -> Vec<Recording> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let read = |test: PathBuf| {
        let mut exchanges: Vec<(u64, Exchange)> = entries(&test.join("mappings"))
            .iter()
            .map(|stub| {
                let told: Value = serde_json::from_str(&std::fs::read_to_string(stub).unwrap()).unwrap();
                (told["insertionIndex"].as_u64().unwrap_or_default(), Exchange::read(stub))
            })
            .collect();
        exchanges.sort_by_key(|(at, _)| *at);
        let exchanges: Vec<Exchange> = exchanges.into_iter().map(|(_, exchange)| exchange).collect();
        let name = test.strip_prefix(folder).unwrap().display().to_string();
        let repo = exchanges.iter().find_map(|told| {
            let mut parts = told.path.strip_prefix("/repos/")?.split('/');
            Some(format!("{}/{}", parts.next()?, parts.next()?))
        })?;
        Some(Recording { name, repo, exchanges })
    };
    entries(folder).iter().flat_map(|class| entries(class)).filter_map(read).collect()
}

impl Recording {
    fn prefix(&self) -> String {
        format!("/{}", self.name.replace('/', "-"))
    }

    fn at(&self, path: &str) -> String {
        format!("/repos/{}{path}", self.repo)
    }

    /// The last answer to each question that had one, by path and page.
    fn last(&self) -> BTreeMap<(&str, Option<&str>), &Exchange> {
        let told = self.exchanges.iter().filter(|exchange| exchange.is_told("GET"));
        told.map(|exchange| ((exchange.path.as_str(), exchange.page.as_deref()), exchange)).collect()
    }

    /// What was told below a path by itself or in a list, by its key: as it was made, and later as it was read.
    fn things(&self, path: &str, key: &str, more: &str) -> BTreeMap<i64, Value> {
        let path = self.at(path);
        let mut things = BTreeMap::new();
        for method in ["POST", "GET"] {
            for exchange in self.exchanges.iter().filter(|exchange| exchange.is_told(method)) {
                let is_one = exchange.path.strip_prefix(&path).is_some_and(|rest| {
                    rest.is_empty() || rest.strip_prefix('/').is_some_and(|id| id.bytes().all(|b| b.is_ascii_digit()))
                });
                if is_one || !more.is_empty() && exchange.path.ends_with(more) {
                    let told = exchange.json();
                    let list = told.as_array().cloned().unwrap_or_else(|| vec![told]);
                    things.extend(list.into_iter().filter_map(|thing| Some((thing[key].as_i64()?, thing))));
                }
            }
        }
        things
    }

    /// A pull request for what was told about one that was not told itself, or about a commit of none.
    fn carriers(&self, pulls: &BTreeMap<i64, Value>) -> Vec<Value> {
        let paths: BTreeSet<&str> = self.last().into_keys().map(|(path, _)| path).collect();
        let numbers: BTreeSet<i64> =
            paths.iter().filter_map(|path| path.split_once("/pulls/")?.1.split_once('/')?.0.parse().ok()).collect();
        let checked: BTreeSet<&str> =
            paths.iter().filter_map(|path| path.strip_suffix("/check-runs")?.rsplit('/').next()).collect();
        let numbers = numbers.into_iter().filter(|number| !pulls.contains_key(number)).map(|number| (number, ""));
        let heads = checked.into_iter().filter(|id| !pulls.values().any(|pull| pull["head"]["sha"] == json!(id)));
        let carrier = |(number, head): (i64, &str)| {
            json!({ "number": number, "id": number, "state": "open", "head": { "sha": head },
                "updated_at": "2024-01-01T00:00:00Z" })
        };
        numbers.chain((90_000..).zip(heads)).map(carrier).collect()
    }

    fn pulls(&self) -> BTreeMap<i64, Value> {
        let mut pulls = self.things("/pulls", "number", "/pulls");
        pulls.extend(self.carriers(&pulls).into_iter().map(|pull| (pull["number"].as_i64().unwrap(), pull)));
        pulls
    }

    /// Makes WireMock tell it; gives the address.
    fn play(&self, server: &Server) -> String {
        let prefix = self.prefix();
        let mut stubs = Vec::new();
        for ((path, page), last) in self.last() {
            let all: Vec<&Exchange> = self
                .exchanges
                .iter()
                .filter(|told| told.method == "GET" && told.path == path && told.page.as_deref() == page)
                .collect();
            // What was refused first and told then is told so again; of several answers the last one counts.
            if all[0].status >= 400 {
                let end = all.len() - 1;
                let states = all.iter().enumerate();
                stubs.extend(states.map(|(at, told)| told.stub(server, &prefix, Some((at, (at + 1).min(end))))));
            } else {
                stubs.push(last.stub(server, &prefix, None));
            }
        }
        let lists = [
            ("/pulls", self.pulls().into_values().collect::<Vec<Value>>()),
            ("/releases", self.things("/releases", "id", "").into_values().collect()),
            ("/deployments", self.things("/deployments", "id", "").into_values().collect()),
            ("/issues", self.things("/issues", "number", "").into_values().collect()),
        ];
        for (path, things) in lists {
            let is_told = path != "/pulls" && self.last().contains_key(&(self.at(path).as_str(), None));
            if !is_told {
                stubs.push(json!({
                    "request": { "method": "GET", "urlPath": format!("{prefix}{}", self.at(path)) },
                    "response": { "status": 200, "body": Value::Array(things).to_string() }, "priority": 1,
                }));
            }
        }
        tell(server, "POST", "/__admin/mappings/import", &json!({ "mappings": stubs }));
        format!("{}{prefix}", server.url())
    }

    /// The requests that were made about it: when (in milliseconds), what, and the headers.
    fn journal(&self, server: &Server) -> Vec<(i64, String, Value)> {
        let pattern = json!({ "urlPattern": format!("{}/.*", self.prefix()) });
        let found = tell(server, "POST", "/__admin/requests/find", &pattern);
        let mut journal: Vec<(i64, String, Value)> = found["requests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|request| {
                let url = request["url"].as_str().unwrap().strip_prefix(&self.prefix()).unwrap().to_owned();
                (request["loggedDate"].as_i64().unwrap(), url, request["headers"].clone())
            })
            .collect();
        journal.sort_by_key(|(at, url, _)| (*at, url.clone()));
        journal
    }
}

/// Ids that a list holds, over all its pages and all pull requests.
fn ids(recording: &Recording, holds: &str, ends: &str, inside: &str, key: &str) -> BTreeSet<String> {
    let told = recording.last();
    // The comments of one review are among those of its pull request.
    let is_meant = |path: &str| path.contains(holds) && path.ends_with(ends) && !path.contains("/reviews/");
    let lists = told.iter().filter(|((path, _), _)| is_meant(path)).map(|(_, exchange)| exchange.json());
    let items = lists.flat_map(|list| {
        let list = if inside.is_empty() { list } else { list[inside].clone() };
        list.as_array().cloned().unwrap_or_default()
    });
    items.map(|item| item[key].to_string().trim_matches('"').to_owned()).collect()
}

/// What the lake knows: a table and an id a row.
fn rows(desk: &Shipwake) -> BTreeSet<String> {
    let keys = [
        ("pulls", "pull"),
        ("review_comments", "comment_id"),
        ("releases", "release_id"),
        ("deployments", "deployment_id"),
        ("issues", "issue"),
        ("reviews", "review_id"),
        ("checks", "check_id"),
        ("pull_commits", "commit_id"),
    ];
    let all = keys.map(|(table, key)| format!("SELECT '{table}' AS t, CAST({key} AS VARCHAR) AS id FROM {table}"));
    desk.csv(&all.join(" UNION ALL ")).into_iter().map(|row| format!("{} {}", row["t"], row["id"])).collect()
}

#[track_caller]
fn sync_from(address: &str, repo: &str, desk: &Shipwake, more: &[&str]) -> String {
    let words = ["sync", "github", repo, "--api-url", address];
    let ran = desk.command().env("GITHUB_TOKEN", super::TOKEN).args(words).args(more).output().unwrap();
    let said = crate::repo::text(&ran.stdout);
    assert_eq!(ran.status.code(), Some(0), "{repo} of {address}: {said}{}", crate::repo::text(&ran.stderr));
    said
}

#[test]
fn everything_that_was_recorded_becomes_a_row() {
    let (Some(folder), Some(server)) = (crate::shared("github/hub4j"), wiremock()) else { return };
    let recordings = recordings(&folder);
    assert!(recordings.len() > 20, "there are {}", recordings.len());
    for recording in &recordings {
        // Refusals are another test's.
        if recording.exchanges.iter().any(|told| told.status == 403 || told.status == 429) {
            continue;
        }
        let (desk, address) = (desk(), recording.play(server));
        sync_from(&address, &recording.repo, &desk, &[]);
        let numbers =
            |things: BTreeMap<i64, Value>| -> BTreeSet<String> { things.keys().map(i64::to_string).collect() };
        let mut issues = recording.things("/issues", "number", "");
        issues.retain(|_, issue| issue["pull_request"].is_null());
        let expected = [
            ("pulls", numbers(recording.pulls())),
            ("review_comments", ids(recording, "/pulls/", "/comments", "", "id")),
            ("releases", numbers(recording.things("/releases", "id", ""))),
            ("deployments", numbers(recording.things("/deployments", "id", ""))),
            ("issues", numbers(issues)),
            ("reviews", ids(recording, "/pulls/", "/reviews", "", "id")),
            ("checks", ids(recording, "/commits/", "/check-runs", "check_runs", "id")),
            ("pull_commits", ids(recording, "/pulls/", "/commits", "", "sha")),
        ];
        let expected: BTreeSet<String> =
            expected.iter().flat_map(|(table, ids)| ids.iter().map(move |id| format!("{table} {id}"))).collect();
        assert_eq!(rows(&desk), expected, "{}", recording.name);
    }
}

/// Of the paths that limits were recorded for: how the recorded client was told, and how long to wait at least.
const LIMITS: [(&str, i64); 6] = [
    ("AbuseLimitHandlerTest/testHandler_Wait", 2),
    ("AbuseLimitHandlerTest/testHandler_Wait_Secondary_Limits", 1),
    ("AbuseLimitHandlerTest/testHandler_Wait_Secondary_Limits_Too_Many_Requests", 8),
    (
        "AbuseLimitHandlerTest/testHandler_Wait_Secondary_Limits_Too_Many_Requests_Date_Retry_After_Missing_Date_Header",
        6,
    ),
    ("RateLimitHandlerTest/testHandler_Wait", 2),
    ("RateLimitHandlerTest/testHandler_Wait_Missing_Date_Header", 2),
];

#[test]
fn edge_16_recorded_limits_are_waited_out_as_long_as_they_say_and_no_longer() {
    let (Some(folder), Some(server)) = (crate::shared("github/hub4j"), wiremock()) else { return };
    let recordings = recordings(&folder);
    std::thread::scope(|scope| {
        for (name, seconds) in LIMITS {
            let recording = recordings.iter().find(|recording| recording.name == name).unwrap();
            scope.spawn(move || {
                let (desk, address) = (desk(), recording.play(server));
                std::fs::write(desk.dir.path().join("shipwake.toml"), "[github]\nsecondary_wait_seconds = 1\n")
                    .unwrap();
                sync_from(&address, &recording.repo, &desk, &[]);
                let asked: Vec<i64> = recording
                    .journal(server)
                    .into_iter()
                    .filter(|(_, url, _)| *url == recording.at(""))
                    .map(|(at, _, _)| at)
                    .collect();
                assert_eq!(asked.len(), 2, "{name}: refused once, then told");
                let waited = asked[1] - asked[0];
                assert!((seconds * 1000..(seconds + 6) * 1000).contains(&waited), "{name}: {waited} ms");
            });
        }
    });
}

#[test]
fn a_recorded_limit_that_lasts_too_long_ends_the_run_in_order() {
    let (Some(folder), Some(server)) = (crate::shared("github/hub4j"), wiremock()) else { return };
    let recordings = recordings(&folder);
    let long = recordings.iter().find(|recording| recording.name == "AbuseLimitHandlerTest/testHandler_Fail").unwrap();
    let (desk, address) = (desk(), long.play(server));
    let said = sync_from(&address, &long.repo, &desk, &["--max-wait", "5"]);
    assert!(said.contains("longer than --max-wait allows"), "{said}");
    assert_eq!(long.journal(server).len(), 1, "nothing is asked while the limit lasts");
}

/// GitHub turns to the id of a repository for further pages; each page is asked for once.
#[test]
fn edge_21_recorded_pages_are_followed_along_the_id_of_the_repository() {
    let (Some(folder), Some(server)) = (crate::shared("github/hub4j"), wiremock()) else { return };
    let recordings = recordings(&folder);
    let paged = recordings.iter().find(|recording| recording.name == "GHRepositoryTest/getCheckRuns").unwrap();
    // Told by another test at the same time, whose requests would be counted.
    let paged = Recording { name: "pages".to_owned(), repo: paged.repo.clone(), exchanges: paged.exchanges.clone() };
    let (desk, address) = (desk(), paged.play(server));
    sync_from(&address, &paged.repo, &desk, &[]);
    let journal = paged.journal(server);
    let of_runs: Vec<&str> =
        journal.iter().map(|(_, url, _)| url.as_str()).filter(|url| url.contains("/check-runs")).collect();
    let commit = "commits/78b9ff49d47daaa158eb373c4e2e040f739df8b9/check-runs?per_page";
    let page = |page: u32| format!("/repositories/617210/{commit}=2&page={page}");
    assert_eq!(of_runs, [format!("/repos/hub4j/github-api/{commit}=100"), page(2), page(3), page(4)]);
    for (_, url, headers) in &journal {
        let sent = |name: &str| {
            let headers = headers.as_object().unwrap();
            headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        assert_eq!(sent("X-GitHub-Api-Version"), Some(&json!("2022-11-28")), "{url}");
        assert_eq!(sent("Authorization"), Some(&json!(format!("Bearer {}", super::TOKEN))), "{url}");
    }
}
