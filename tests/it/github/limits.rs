//! Limits as GitHub keeps them: so many requests until a moment, told with each answer, and refusals beyond.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::peer::{Asked, Odd, Peer};
use super::sync::lively;
use super::{column, desk, everything, sync};

/// What happened at a limit.
#[derive(Default)]
struct Seen {
    refused: usize,
    at: Vec<Instant>,
}

/// So many requests in each window; what is not modified costs nothing.
fn allowance(limit: usize, window: Duration) -> (Arc<Mutex<Seen>>, impl FnMut(&Asked) -> Option<Odd> + Send + 'static) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let (noted, mut left, mut reset) = (Arc::clone(&seen), limit, None);
    let answer = move |_: &Asked| {
        let now = chrono::Utc::now();
        if reset.is_none_or(|reset| now >= reset) {
            // GitHub tells whole seconds.
            let end = (now + window).timestamp() + 1;
            (left, reset) = (limit, chrono::DateTime::from_timestamp(end, 0));
        }
        let mut seen = noted.lock().unwrap();
        seen.at.push(Instant::now());
        let odd = if left == 0 {
            seen.refused += 1;
            Odd::status(403).saying(r#"{"message":"API rate limit exceeded for installation ID 70."}"#)
        } else {
            left -= 1;
            Odd::as_told()
        };
        let odd = odd.with("X-RateLimit-Limit", limit).with("X-RateLimit-Remaining", left);
        let odd = odd.with("X-RateLimit-Used", limit - left).with("X-RateLimit-Resource", "core");
        Some(odd.with("X-RateLimit-Reset", reset.unwrap().timestamp()))
    };
    (seen, answer)
}

/// What is left to others is more than what may be on its way when the last answer comes.
#[test]
fn a_limit_is_kept_before_it_is_reached_and_the_run_goes_on_after_it() {
    let (whole, desk, peer) = (super::desk(), super::desk(), Peer::new());
    (1..=25).for_each(|number| drop(peer.pull(number, json!({}))));
    sync(&whole, &peer, &[]);
    let (seen, answer) = allowance(100, Duration::from_secs(2));
    peer.oddly(answer);
    sync(&desk, &peer, &[]);
    assert_eq!(everything(&desk), everything(&whole));
    let seen = seen.lock().unwrap();
    assert!(seen.at.len() > 150, "it takes more than one window");
    assert_eq!(seen.refused, 0);
}

#[test]
fn a_limit_that_others_used_up_is_waited_for() {
    let (whole, desk, peer) = (super::desk(), super::desk(), lively());
    sync(&whole, &peer, &[]);
    let (seen, mut answer) = allowance(4, Duration::from_secs(1));
    // The window is nearly used up by somebody else.
    let mut others = 0;
    peer.oddly(move |asked| {
        others += 1;
        if others < 4 {
            answer(asked);
        }
        answer(asked)
    });
    sync(&desk, &peer, &[]);
    assert_eq!(everything(&desk), everything(&whole));
    assert!(seen.lock().unwrap().at.len() > 20);
}

#[test]
fn nobody_asks_while_a_secondary_limit_lasts() {
    let (desk, peer) = (desk(), Peer::new());
    for number in 1..=20 {
        peer.pull(number, json!({}));
    }
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    peer.oddly(move |asked| {
        let mut noted = noted.lock().unwrap();
        let is_refused = asked.path().ends_with("/pulls/10/reviews") && !noted.iter().any(|(_, refused)| *refused);
        noted.push((Instant::now(), is_refused));
        is_refused.then(|| Odd::status(403).with("Retry-After", 2).saying(r#"{"message":"secondary rate limit"}"#))
    });
    sync(&desk, &peer, &[]);
    let times = times.lock().unwrap();
    let refused = times.iter().find(|(_, refused)| *refused).unwrap().0;
    let later: Vec<Instant> = times.iter().map(|(at, _)| *at).filter(|at| *at > refused).collect();
    let early = later.iter().filter(|at| **at < refused + Duration::from_millis(1900)).count();
    // Those that were on their way, and what followed them until the refusal was read: most wait.
    assert!(later.len() > 40 && early * 4 < later.len(), "{early} of {} requests while the limit lasted", later.len());
    assert_eq!(column(&desk, "COUNT(*)", "pulls"), ["20"]);
}

#[test]
fn what_is_not_modified_costs_nothing_of_the_budget() {
    let (desk, peer) = (desk(), lively());
    // The second run asks for lists from a moment on, with tags for the third.
    sync(&desk, &peer, &[]);
    sync(&desk, &peer, &[]);
    let before = everything(&desk);
    peer.targets();
    let said = sync(&desk, &peer, &["--budget", "4"]);
    assert!(!said.contains("stopped early"), "{said}");
    assert_eq!(everything(&desk), before);
    assert!(peer.asked().len() > 4, "most of them are not modified");
    for asked in peer.asked().iter().filter(|asked| asked.path() != "/repos/o/r") {
        assert!(asked.headers.contains_key("if-none-match"), "{}", asked.target);
    }
}

/// Requests that a pull request costs, first and later; open and recently merged ones are looked at again.
#[test]
fn a_pull_request_takes_six_requests_and_later_none() {
    let (desk, peer) = (desk(), Peer::new());
    for number in 1..=50 {
        peer.pull(number, json!({}));
    }
    let said = sync(&desk, &peer, &[]);
    assert!(said.contains(": 50 pull requests"), "{said}");
    let of_pulls = |peer: &Peer| {
        let is_of_one = |target: &String| {
            target.contains("/pulls/") && !target.contains("/pulls/comments")
                || target.contains("/timeline")
                || target.contains("/commits/")
        };
        peer.targets().iter().filter(|target| is_of_one(target)).count()
    };
    assert_eq!(of_pulls(&peer), 50 * 6);
    sync(&desk, &peer, &[]);
    assert_eq!(of_pulls(&peer), 0);
}
