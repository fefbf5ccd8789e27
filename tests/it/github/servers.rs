//! Other people's servers, each started once for all tests: they end with this process, however it ends.
//!
//! `scripts/test` installs them. Where one is missing, tests that need it say so and pass, except in CI.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

const WIREMOCK: &str = "wiremock/build/wiremock-standalone-3.13.2.jar";
const EMULATE: &str = "emulate/dist/api.js";

/// A server that listens on this machine.
pub(super) struct Server {
    pub(super) port: u16,
    /// Its input stays open as long as this process lives.
    _child: Child,
}

impl Server {
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// WireMock without any stubs.
pub(super) fn wiremock() -> Option<&'static Server> {
    static STARTED: OnceLock<Option<Server>> = OnceLock::new();
    let start = || {
        let (jar, folder) = (installed(WIREMOCK)?, std::env::temp_dir());
        let (port, java) = (free_port(), format!("java -Xmx256m -jar '{}'", jar.display()));
        // No stub is ever read from the folder.
        let words = format!(
            "--port {port} --bind-address 127.0.0.1 --root-dir '{}/wiremock-{port}' --disable-banner",
            folder.display()
        );
        Some(started(port, &format!("{java} {words}"), "/__admin/health"))
    };
    STARTED.get_or_init(start).as_ref()
}

/// Vercel's emulator of GitHub, with what `peers/emulate.mjs` sows; the public half of `key` is that of its app.
pub(super) fn emulator() -> Option<&'static Server> {
    static STARTED: OnceLock<Option<Server>> = OnceLock::new();
    let start = || {
        let (module, port) = (installed(EMULATE)?, free_port());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/github/peers/emulate.mjs");
        let node = format!("node '{script}' '{}' {port} '{}'", module.display(), app_key()?.display());
        Some(started(port, &node, "/meta"))
    };
    STARTED.get_or_init(start).as_ref()
}

/// The private key of an app, made for this run.
pub(super) fn app_key() -> Option<&'static PathBuf> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let make = || {
        let path = std::env::temp_dir().join(format!("shipwake-app-{}.pem", std::process::id()));
        let words = ["genrsa", "-traditional", "-out"];
        let made = Command::new("openssl").args(words).arg(&path).arg("2048").stderr(Stdio::null()).status();
        found(made.is_ok_and(|made| made.success()).then_some(path), "openssl, which makes keys")
    };
    MADE.get_or_init(make).as_ref()
}

fn installed(path: &str) -> Option<PathBuf> {
    let target = PathBuf::from(env!("CARGO_BIN_EXE_shipwake")).ancestors().nth(2)?.to_owned();
    let peers = std::env::var_os("SHIPWAKE_PEERS").map_or_else(|| target.join("peers"), PathBuf::from);
    found(Some(peers.join("node_modules").join(path)).filter(|path| path.exists()), path)
}

fn found<T>(thing: Option<T>, name: &str) -> Option<T> {
    if thing.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs {name}");
        eprintln!("skipped: {name} is not there; scripts/test installs it");
    }
    thing
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs a command until this process ends, which closes its input, and waits until it answers.
fn started(port: u16, command: &str, answers: &str) -> Server {
    let watched = format!("{command} & server=$!; cat >/dev/null; kill $server");
    let mut shell = Command::new("sh");
    shell.args(["-c", &watched]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let server = Server { port, _child: shell.spawn().unwrap() };
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(120) {
        if ask(&server, "GET", answers, "").is_some_and(|(status, _)| status < 500) {
            return server;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("this does not answer: {command}");
}

/// Status and body of an answer, if there is one.
fn ask(server: &Server, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        server.port,
        body.len()
    );
    stream.write_all(format!("{head}Authorization: token admin\r\n\r\n{body}").as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// What a server answers to JSON; it must agree.
#[track_caller]
pub(super) fn tell(server: &Server, method: &str, path: &str, body: &Value) -> Value {
    let (status, said) = ask(server, method, path, &body.to_string()).unwrap();
    assert!((200..300).contains(&status), "{method} {path}: {status} {said}");
    serde_json::from_str(&said).unwrap_or_default()
}
