//! A GitHub of our own on this machine: it holds JSON by path, pages and sorts lists, knows tags and limits, and can
//! be told to misbehave. What real GitHub sends is replayed elsewhere; this one changes while a test watches.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// With the query.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// How many came before it.
    pub(crate) nth: usize,
}

impl Asked {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let query = self.target.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// How an answer is brought.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    Whole,
    /// The connection ends before the answer begins.
    Never,
    /// The connection ends in the midst of it.
    Torn,
    Late(Duration),
}

/// An answer that is not what the peer would have said.
pub(crate) struct Odd {
    /// 0 for what the peer would have said.
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) way: Way,
}

impl Odd {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: r#"{"message":"said by the test"}"#.to_owned(), way: Way::Whole }
    }

    /// What the peer would have said, with further headers or in another way.
    pub(crate) fn as_told() -> Self {
        Self::status(0)
    }

    pub(crate) fn brought(self, way: Way) -> Self {
        Self { way, ..self }
    }

    pub(crate) fn with(mut self, header: &'static str, value: impl ToString) -> Self {
        self.headers.push((header, value.to_string()));
        self
    }

    pub(crate) fn saying(self, body: &str) -> Self {
        Self { body: body.to_owned(), ..self }
    }
}

type Oddity = Box<dyn FnMut(&Asked) -> Option<Odd> + Send>;

#[derive(Default)]
struct State {
    /// Whatever is told at a path: a list is paged, sorted by `updated_at` where a query asks for that.
    told: BTreeMap<String, Value>,
    asked: Vec<Asked>,
    oddity: Option<Oddity>,
    /// Where `Link` points: another host, as recordings and proxies have it.
    host: String,
}

pub(crate) struct Peer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    is_over: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

const REPO: &str = "/repos/o/r";

impl Peer {
    /// It knows `o/r`, which has nothing yet.
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { host: "https://api.github.com".to_owned(), ..State::default() }));
        let is_over = Arc::new(AtomicBool::new(false));
        let (of_thread, stop) = (Arc::clone(&state), Arc::clone(&is_over));
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !stop.load(Ordering::SeqCst)).flatten() {
                let state = Arc::clone(&of_thread);
                // One thread a connection; it ends with the client.
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        let peer = Self { address, state, is_over, listening: Some(listening) };
        peer.tell("", json!({ "id": 77, "full_name": "o/r" }));
        ["/pulls", "/issues", "/issues/comments", "/pulls/comments", "/releases", "/deployments"]
            .iter()
            .for_each(|list| peer.tell(list, json!([])));
        peer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is told at a path below `/repos/o/r`, or anywhere if it begins with two slashes.
    pub(crate) fn tell(&self, path: &str, value: Value) {
        self.state().told.insert(place(path), value);
    }

    pub(crate) fn forget(&self, path: &str) {
        self.state().told.remove(&place(path));
    }

    /// Adds to the list at a path, and makes it where there is none; what has the same id or number is replaced.
    pub(crate) fn add(&self, path: &str, value: Value) {
        let mut state = self.state();
        let list = state.told.entry(place(path)).or_insert_with(|| json!([])).as_array_mut().unwrap();
        let same = |other: &Value| ["id", "sha"].iter().any(|key| !value[key].is_null() && other[key] == value[key]);
        list.retain(|other| !same(other));
        list.push(value);
    }

    /// A pull request with all its lists, which are empty. `more` is laid over what it is at first.
    pub(crate) fn pull(&self, number: i64, more: Value) -> Value {
        let mut pull = json!({
            "id": 1000 + number, "number": number, "state": "closed", "title": format!("Change {number}"), "body": null,
            "user": user("ada", 1), "draft": false, "labels": [], "author_association": "MEMBER",
            "created_at": at(number * 10), "updated_at": at(number * 10 + 5), "closed_at": at(number * 10 + 5),
            "merged_at": at(number * 10 + 5), "merge_commit_sha": id(number + 500),
            "head": { "ref": format!("topic-{number}"), "sha": id(number), "repo": { "full_name": "o/r" } },
            "base": { "ref": "main", "sha": id(number + 900), "repo": { "full_name": "o/r" } },
            "requested_reviewers": [], "requested_teams": [], "auto_merge": null,
        });
        overlay(&mut pull, &more);
        self.add("/pulls", pull.clone());
        let mut detail = pull.clone();
        overlay(
            &mut detail,
            &json!({ "additions": 3, "deletions": 1, "changed_files": 2, "commits": 1, "merged_by": user("bob", 2) }),
        );
        self.tell(&format!("/pulls/{number}"), detail);
        let head = pull["head"]["sha"].as_str().unwrap().to_owned();
        let lists = [
            format!("/pulls/{number}/commits"),
            format!("/pulls/{number}/reviews"),
            format!("/issues/{number}/timeline"),
        ];
        for list in &lists {
            self.state().told.entry(place(list)).or_insert_with(|| json!([]));
        }
        let checks =
            [("check-runs", json!({ "total_count": 0, "check_runs": [] })), ("status", json!({ "statuses": [] }))];
        for (list, none) in checks {
            self.state().told.entry(place(&format!("/commits/{head}/{list}"))).or_insert(none);
        }
        pull
    }

    /// Laid over what the peer says: the first odd answer that the test gives.
    pub(crate) fn oddly(&self, oddity: impl FnMut(&Asked) -> Option<Odd> + Send + 'static) {
        self.state().oddity = Some(Box::new(oddity));
    }

    pub(crate) fn behave(&self) {
        self.state().oddity = None;
    }

    /// All that is told, by path.
    pub(crate) fn all(&self) -> BTreeMap<String, Value> {
        self.state().told.clone()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// What was asked since this was last called: the targets, sorted.
    pub(crate) fn targets(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.state().asked);
        let mut targets: Vec<String> = asked.into_iter().map(|asked| asked.target).collect();
        targets.sort();
        targets
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.listening.take().map(JoinHandle::join);
    }
}

fn place(path: &str) -> String {
    path.strip_prefix("//").map_or_else(|| format!("{REPO}{path}"), |path| format!("/{path}"))
}

pub(crate) fn user(login: &str, id: i64) -> Value {
    let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
    json!({ "login": login, "id": id, "type": kind })
}

/// A moment, in hours after a fixed one.
pub(crate) fn at(hours: i64) -> String {
    let start: chrono::DateTime<chrono::Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    (start + chrono::TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An object id.
pub(crate) fn id(number: i64) -> String {
    format!("{number:040x}")
}

fn overlay(value: &mut Value, more: &Value) {
    for (name, field) in more.as_object().unwrap() {
        value[name] = field.clone();
    }
}

/// Answers one request after the other, as HTTP/1.1 keeps a connection.
fn serve(stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(mut asked) = request(&mut reader)? {
        let mut state = state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        asked.nth = state.asked.len();
        state.asked.push(asked.clone());
        let odd = state.oddity.as_mut().and_then(|oddity| oddity(&asked));
        let Odd { status, headers, body, way } = match odd {
            Some(odd) if odd.status == 0 => {
                let mut said = told(&asked, &state);
                said.headers.extend(odd.headers);
                said.brought(odd.way)
            }
            Some(odd) => odd,
            None => told(&asked, &state),
        };
        drop(state);
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = if status == 304 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let answer = format!("HTTP/1.1 {status} Said\r\n{headers}{length}\r\n{body}");
        match way {
            Way::Whole => (&stream).write_all(answer.as_bytes())?,
            Way::Never => return Ok(()),
            Way::Torn => return (&stream).write_all(&answer.as_bytes()[..answer.len() - body.len() / 2]),
            Way::Late(pause) => {
                std::thread::sleep(pause);
                (&stream).write_all(answer.as_bytes())?;
            }
        }
    }
    Ok(())
}

/// The next request of a connection; none at its end.
fn request(reader: &mut impl BufRead) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body)?;
    Ok(Some(Asked { method, target, headers, body, nth: 0 }))
}

fn told(asked: &Asked, state: &State) -> Odd {
    let Some(told) = state.told.get(asked.path()) else { return Odd::status(404).saying(r#"{"message":"Not Found"}"#) };
    let mut link = None;
    let body = match told {
        Value::Array(list) => {
            let mut list = list.clone();
            if asked.parameter("sort") == Some("updated") {
                list.sort_by_key(|item| std::cmp::Reverse(item["updated_at"].to_string()));
            }
            if let Some(since) = asked.parameter("since") {
                list.retain(|item| item["updated_at"].as_str() >= Some(since));
            }
            let number = |name: &str, other: usize| asked.parameter(name).map_or(other, |said| said.parse().unwrap());
            let (size, page) = (number("per_page", 30), number("page", 1));
            if list.len() > size * page {
                let pairs = asked.target.split(['?', '&']).skip(1).filter(|pair| !pair.starts_with("page="));
                let rest: Vec<&str> = pairs.collect();
                let to = |page: usize| format!("{}{}?{}&page={page}", state.host, asked.path(), rest.join("&"));
                let last = list.len().div_ceil(size);
                link = Some(format!("<{}>; rel=\"next\", <{}>; rel=\"last\"", to(page + 1), to(last)));
            }
            Value::Array(list.into_iter().skip(size * (page - 1)).take(size).collect())
        }
        thing => thing.clone(),
    };
    let body = body.to_string();
    let tag = format!("\"{:x}\"", body.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())));
    let is_known = asked.headers.get("if-none-match") == Some(&tag);
    let odd = Odd::status(if is_known { 304 } else { 200 }).saying(if is_known { "" } else { &body });
    let odd = odd.with("ETag", tag).with("Content-Type", "application/json");
    match link {
        Some(link) => odd.with("Link", link),
        None => odd,
    }
}
