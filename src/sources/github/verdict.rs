//! What an answer means for what to do next, from its status, headers and body.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    /// Not changed since the answer whose tag was sent along.
    Unchanged,
    /// A limit was hit: ask again after this long; `None` where the answer does not say.
    Wait(Option<Duration>),
    /// Trouble on the server's side: ask again, slower each time.
    Again(String),
    /// Not there, or never to be told: 404, 409, 410, 422, 451.
    Missing(String),
    /// The token may not see it.
    Denied(String),
    /// The token is not accepted.
    Unauthorized,
}

/// A little more than the limit's end, since clocks differ.
const MARGIN: Duration = Duration::from_secs(1);

/// Judges an answer. `now` counts where the server does not send its own time.
///
/// A primary limit says that nothing remains and when it is reset. A secondary one says `Retry-After`, in seconds or as
/// a date, or speaks of itself in its body and says nothing else. Every other 403 is a matter of permission.
pub(super) fn verdict(status: StatusCode, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Verdict {
    let said = || message(status, body);
    match status.as_u16() {
        200..=299 if is_html(headers, body) => Verdict::Again(format!("{status} with a page instead of data")),
        200..=299 => Verdict::Fine,
        304 => Verdict::Unchanged,
        401 => Verdict::Unauthorized,
        403 | 429 => limit(headers, body, now).map_or_else(
            || if status == StatusCode::FORBIDDEN { Verdict::Denied(said()) } else { Verdict::Wait(None) },
            Verdict::Wait,
        ),
        408 | 500..=599 => Verdict::Again(said()),
        _ => Verdict::Missing(said()),
    }
}

/// How long a limit lasts, if the answer speaks of one.
fn limit(headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Option<Option<Duration>> {
    let now = text(headers, "date").and_then(http_date).unwrap_or(now);
    let retry_after = text(headers, "retry-after").and_then(|said| match said.trim().parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(until(http_date(said)?, now)),
    });
    let is_used_up = number(headers, "x-ratelimit-remaining") == Some(0);
    let reset = is_used_up.then(|| number(headers, "x-ratelimit-reset")).flatten();
    let reset = reset.and_then(|at| DateTime::from_timestamp(at, 0)).map(|at| until(at, now) + MARGIN);
    if let Some(longest) = retry_after.into_iter().chain(reset).max() {
        return Some(Some(longest));
    }
    let body = String::from_utf8_lossy(body).to_lowercase();
    let speaks = ["secondary rate limit", "abuse detection", "rate limit exceeded"];
    (is_used_up || speaks.iter().any(|words| body.contains(words))).then_some(None)
}

fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (at - now).to_std().unwrap_or_default()
}

/// A date as HTTP writes it.
pub(super) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|date| date.to_utc())
}

pub(super) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    text(headers, name)?.trim().parse().ok()
}

fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    text(headers, "content-type").is_some_and(|kind| kind.contains("text/html"))
        && !body.starts_with(b"[")
        && !body.starts_with(b"{")
}

/// The status, and GitHub's own words where it has some.
fn message(status: StatusCode, body: &[u8]) -> String {
    let said = serde_json::from_slice::<serde_json::Value>(body).ok();
    let words = said.as_ref().and_then(|said| said["message"].as_str()).unwrap_or_default();
    let words: String = words.chars().filter(|c| !c.is_control()).take(120).collect();
    let reason = status.canonical_reason().unwrap_or_default();
    if words.is_empty() || words == reason { status.to_string() } else { format!("{status}: {words}") }
}

/// The path and query that `Link` gives for a relation such as `next`, below the address of the interface. Host and scheme are left
/// away: a recording, a proxy and the id routes of renamed repositories name others.
pub(super) fn linked(headers: &HeaderMap, relation: &str, base_path: &str) -> Option<String> {
    let links = headers.get_all("link").into_iter().filter_map(|link| link.to_str().ok());
    let next = links.flat_map(|links| links.split(',')).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let says = |said: &str| said.trim().strip_prefix("rel=").is_some_and(|rel| rel.trim_matches('"') == relation);
        parameters.split(';').any(says).then(|| target.trim().trim_start_matches('<').to_owned())
    })?;
    let path = match next.split_once("://") {
        Some((_, rest)) => format!("/{}", rest.split_once('/')?.1),
        None => next,
    };
    let below = path.strip_prefix(base_path.trim_end_matches('/')).filter(|rest| rest.starts_with('/'));
    Some(below.map(str::to_owned).unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair =
            |&(name, value): &(&'static str, &str)| (http::HeaderName::from_static(name), value.parse().unwrap());
        pairs.iter().map(pair).collect()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn judged(status: u16, pairs: &[(&'static str, &str)], body: &str) -> Verdict {
        verdict(StatusCode::from_u16(status).unwrap(), &headers(pairs), body.as_bytes(), now())
    }

    fn wait(seconds: u64) -> Verdict {
        Verdict::Wait(Some(Duration::from_secs(seconds)))
    }

    #[test]
    fn a_primary_limit_lasts_until_its_reset_by_the_servers_clock() {
        let used_up = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000100")];
        assert_eq!(judged(403, &used_up, ""), wait(101));
        assert_eq!(judged(429, &used_up, ""), wait(101));
        let late = [used_up[0], used_up[1], ("date", "Tue, 14 Nov 2023 22:14:20 GMT")];
        assert_eq!(judged(403, &late, ""), wait(41), "the server's clock is a minute ahead");
    }

    #[test]
    fn a_secondary_limit_says_when_or_only_speaks_of_itself() {
        assert_eq!(judged(403, &[("retry-after", "30"), ("x-ratelimit-remaining", "4000")], "{}"), wait(30));
        let date = [("retry-after", "Tue, 14 Nov 2023 22:13:28 GMT")];
        assert_eq!(judged(429, &date, ""), wait(8));
        let body = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        assert_eq!(judged(403, &[("x-ratelimit-remaining", "4000")], body), Verdict::Wait(None));
        assert_eq!(judged(429, &[], ""), Verdict::Wait(None));
    }

    #[test]
    fn any_other_refusal_is_a_matter_of_permission() {
        let denied = judged(403, &[("x-ratelimit-remaining", "4000")], r#"{"message":"Must have admin rights"}"#);
        assert_eq!(denied, Verdict::Denied("403 Forbidden: Must have admin rights".to_owned()));
        assert_eq!(judged(401, &[], ""), Verdict::Unauthorized);
    }

    #[test]
    fn what_is_gone_is_told_from_what_fails() {
        for status in [404, 409, 410, 422, 451] {
            assert!(matches!(judged(status, &[], "{}"), Verdict::Missing(_)), "{status}");
        }
        for status in [500, 502, 503, 504] {
            assert!(matches!(judged(status, &[], "<html>"), Verdict::Again(_)), "{status}");
        }
        assert!(matches!(judged(200, &[("content-type", "text/html")], "<html>"), Verdict::Again(_)));
        assert_eq!(judged(304, &[], ""), Verdict::Unchanged);
    }

    #[test]
    fn the_next_page_is_a_path_below_the_interface() {
        let next = |link: &str, base: &str| linked(&headers(&[("link", link)]), "next", base);
        let both = r#"<https://api.github.com/repositories/617210/pulls?page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last""#;
        assert_eq!(next(both, "/"), Some("/repositories/617210/pulls?page=2".to_owned()));
        let ghes = r#"<https://git.example/api/v3/repos/o/r/pulls?page=2>; rel="next""#;
        assert_eq!(next(ghes, "/api/v3"), Some("/repos/o/r/pulls?page=2".to_owned()));
        assert_eq!(next(r#"<https://a/b>; rel="prev", <https://a/c>; rel="deprecation""#, "/"), None);
        assert_eq!(next("<", "/"), None);
    }
}
