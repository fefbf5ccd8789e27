//! What goes wrong on the way: an answer that is late, torn, too long, of another kind, or does not come.

use std::time::Duration;

use super::peer::{Asked, Odd, Way};
use super::sync::lively;
use super::{TOKEN, column, desk, everything, sync, try_sync};

const ASKED: &str = "/pulls/1/reviews";

/// The first answers to one question are odd.
fn first(times: usize, odd: impl Fn() -> Odd + Send + 'static) -> impl FnMut(&Asked) -> Option<Odd> + Send + 'static {
    let mut left = times;
    move |asked: &Asked| {
        let is_now = asked.path().ends_with(ASKED) && left > 0;
        left -= usize::from(is_now);
        is_now.then(&odd)
    }
}

#[test]
fn trouble_that_passes_leaves_no_trace() {
    let whole = super::desk();
    sync(&whole, &lively(), &[]);
    let html = || Odd::status(502).with("Content-Type", "text/html").saying("<html><h1>502 Bad Gateway</h1></html>");
    let troubles: [(&str, usize, fn() -> Odd); 9] = [
        ("no answer", 3, || Odd::as_told().brought(Way::Never)),
        ("half an answer", 3, || Odd::as_told().brought(Way::Torn)),
        ("a late answer", 1, || Odd::as_told().brought(Way::Late(Duration::from_millis(700)))),
        ("500", 3, || Odd::status(500)),
        ("502", 3, html),
        ("503 that says when", 1, || Odd::status(503).with("Retry-After", 1)),
        ("504", 3, || Odd::status(504).saying("")),
        ("a page for people", 2, || Odd::status(200).with("Content-Type", "text/html").saying("<html>Unicorn!</html>")),
        ("a 401 by mistake", 1, || Odd::status(401)),
    ];
    for (name, times, odd) in troubles {
        let (desk, peer) = (super::desk(), lively());
        peer.oddly(first(times, odd));
        let said = sync(&desk, &peer, &[]);
        assert!(everything(&desk) == everything(&whole), "{name}: {said}");
        let asked = peer.asked().iter().filter(|asked| asked.path().ends_with(ASKED)).count();
        let expected = if name == "a late answer" { 1 } else { times + 1 };
        assert_eq!(asked, expected, "{name}: asked until it was answered, and then no more");
    }
}

#[test]
fn each_wait_after_trouble_is_twice_as_long() {
    let (desk, peer) = (desk(), lively());
    std::fs::write(desk.dir.path().join("shipwake.toml"), "[github]\nretry_seconds = 0.4\n").unwrap();
    let times = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = std::sync::Arc::clone(&times);
    peer.oddly(move |asked| {
        let is_meant = asked.path().ends_with(ASKED);
        is_meant.then(|| {
            noted.lock().unwrap().push(std::time::Instant::now());
            let is_enough = noted.lock().unwrap().len() > 3;
            if is_enough { Odd::as_told() } else { Odd::status(500) }
        })
    });
    sync(&desk, &peer, &[]);
    let times = times.lock().unwrap();
    let waits: Vec<u128> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
    assert_eq!(waits.len(), 3);
    for (wait, least) in waits.iter().zip([400, 800, 1600]) {
        assert!((least - 10..least + 3000).contains(wait), "{waits:?}");
    }
}

/// What is no JSON, or too much of it, costs that one list, until it is told as it should be.
#[test]
fn trouble_that_lasts_costs_one_list_until_the_next_run() {
    let whole = super::desk();
    sync(&whole, &lively(), &[]);
    let huge = format!("[\"{}\"]", "x".repeat(70 << 20));
    let troubles: [(&str, Box<dyn Fn() -> Odd + Send + Sync>); 3] = [
        ("torn", Box::new(|| Odd::status(200).saying("[{\"id\": 11, \"state\": \"APPR"))),
        ("huge", Box::new(move || Odd::status(200).saying(&huge))),
        ("never", Box::new(|| Odd::as_told().brought(Way::Never))),
    ];
    for (name, odd) in troubles {
        let (desk, peer) = (super::desk(), lively());
        peer.oddly(first(usize::MAX, odd));
        let said = sync(&desk, &peer, &[]);
        assert!(said.contains("1 skipped; "), "{name}: {said}");
        assert_eq!(column(&desk, "what", "skipped WHERE what LIKE 'github%'"), ["github reviews"], "{name}");
        let missing = column(&desk, "reason", "sync_streams WHERE stream = 'reviews' AND missing > 0");
        assert_eq!(missing.len(), 1, "{name}");
        assert_eq!(column(&desk, "COUNT(*)", "pulls"), ["3"], "{name}");
        peer.behave();
        sync(&desk, &peer, &[]);
        assert!(everything(&desk) == everything(&whole), "{name}");
    }
}

#[test]
fn one_list_that_could_not_be_read_is_one_that_is_missing() {
    let (desk, peer) = (desk(), lively());
    peer.oddly(first(usize::MAX, || Odd::status(500)));
    let said = sync(&desk, &peer, &[]);
    let missing = column(&desk, "stream", "sync_streams WHERE missing > 0");
    assert_eq!(missing, ["reviews"], "{said}");
    assert!(said.contains("1 list not read"), "{said}");
}

/// 404, 409, 410 and 451 of a list, each told with its reason, and asked for once.
#[test]
fn edge_22_what_is_not_there_is_told_with_its_reason_and_the_rest_goes_on() {
    for status in [404, 409, 410, 451] {
        let (desk, peer) = (super::desk(), lively());
        peer.oddly(move |asked| {
            let gone = || Odd::status(status).saying(r#"{"message":"Repository access blocked"}"#);
            asked.path().ends_with("/releases").then(gone)
        });
        sync(&desk, &peer, &[]);
        let told = column(&desk, "reason", "skipped WHERE what = 'github releases'");
        assert!(told.len() == 1 && told[0].starts_with(&status.to_string()), "{told:?}");
        assert_eq!(column(&desk, "COUNT(*)", "deployments"), ["1"], "{status}");
        let asked = peer.asked().iter().filter(|asked| asked.path().ends_with("/releases")).count();
        assert_eq!(asked, 1, "{status}");
    }
}

/// GitHub answers with 301 and the id of the repository: the old name goes on to work, and no request takes the
/// token to another host.
#[test]
fn edge_22_a_repository_that_was_renamed_is_followed() {
    let (whole, desk, peer) = (super::desk(), super::desk(), lively());
    sync(&whole, &peer, &[]);
    let all = peer.all();
    let url = peer.url();
    peer.oddly(move |asked: &Asked| {
        let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        if let Some(rest) = path.strip_prefix("/repos/o/r") {
            let to = format!("{url}/repositories/77{rest}{}{query}", if query.is_empty() { "" } else { "?" });
            return Some(Odd::status(301).with("Location", &to).saying(r#"{"message":"Moved Permanently"}"#));
        }
        let known = path.replace("/repositories/77", "/repos/o/r").replace("/repos/new/name", "/repos/o/r");
        let mut told = all.get(&known)?.clone();
        if known == "/repos/o/r" {
            told["full_name"] = "new/name".into();
        }
        Some(Odd::status(200).saying(&told.to_string()))
    });
    sync(&desk, &peer, &[]);
    assert_eq!(column(&desk, "COUNT(*)", "pulls WHERE repo = 'o/r'"), ["3"]);
    assert_eq!(column(&desk, "COUNT(*)", "reviews"), ["1"]);
}

/// A link or a redirection to another host gets nothing of ours.
#[test]
fn the_token_goes_to_one_host_only() {
    let (desk, peer, stranger) = (desk(), lively(), lively());
    let elsewhere = stranger.url();
    peer.oddly(move |asked: &Asked| {
        let away = |path: &str| format!("{elsewhere}{path}");
        match asked.path() {
            "/repos/o/r/releases" => Some(Odd::status(302).with("Location", away("/repos/o/r/releases"))),
            "/repos/o/r/pulls/1/reviews" if !asked.target.contains("page=2") => {
                let next = format!("<{}>; rel=\"next\"", away("/repos/o/r/pulls/1/reviews?per_page=100&page=2"));
                Some(Odd::as_told().with("Link", next))
            }
            _ => None,
        }
    });
    let ran = try_sync(&desk, &peer, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for asked in stranger.asked() {
        assert!(!asked.headers.values().any(|value| value.contains(TOKEN)), "the token went to a stranger: {asked:?}");
    }
    super::nowhere(&desk, &ran, &[TOKEN]);
}
