//! How numbers and times are said. A value, its interval and what it was made from stay together.
//!
//! Frequencies come first (`38 per 1,000`), ratios second. As many digits are shown as the width
//! of the interval supports, and no more.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::Serialize;

use crate::analysis::{Estimate, Finding, Unit};

/// A finding in words. The pieces exist for layout: whoever shows one of them shows all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// `estimate`, `thin` or `withheld`.
    pub kind: &'static str,
    /// `38 per 1,000`, `too little data`, `withheld`.
    pub value: String,
    /// `24–55`; empty when there is no estimate.
    pub interval: String,
    /// `n=812, 31 events`; empty when nothing was counted.
    pub basis: String,
    /// Why there is no estimate; empty when there is one.
    pub reason: String,
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.value)?;
        if !self.interval.is_empty() {
            write!(f, " ({})", self.interval)?;
        }
        if !self.basis.is_empty() {
            write!(f, ", {}", self.basis)?;
        }
        if !self.reason.is_empty() {
            write!(f, ": {}", self.reason)?;
        }
        Ok(())
    }
}

pub fn say(finding: &Finding) -> Said {
    match finding {
        Finding::Estimate(estimate) if estimate.value.is_finite() => say_estimate(estimate),
        Finding::Estimate(estimate) => nothing(
            "withheld",
            "withheld",
            basis(estimate.n, estimate.events),
            "the counts do not give a finite value".to_owned(),
        ),
        Finding::TooLittleData { n, events, reason } => {
            nothing("thin", "too little data", basis(*n, *events), reason.clone())
        }
        Finding::Withheld { reason } => nothing("withheld", "withheld", String::new(), reason.clone()),
    }
}

fn say_estimate(estimate: &Estimate) -> Said {
    let scale = scale(estimate.unit);
    let [value, low, high] = [estimate.value, estimate.low, estimate.high].map(|number| number * scale);
    let decimals = decimals(estimate.unit, value, low, high);
    let plain = |number| decimal(number, decimals);
    let signed = |number| signed(number, decimals);
    let (value, interval) = match estimate.unit {
        Unit::Share => (format!("{} %", plain(value)), format!("{}–{}", plain(low), plain(high))),
        Unit::PerThousand => (format!("{} per 1,000", plain(value)), format!("{}–{}", plain(low), plain(high))),
        Unit::Ratio => (format!("×{}", plain(value)), format!("{}–{}", plain(low), plain(high))),
        Unit::DifferencePerThousand => {
            (format!("{} per 1,000", signed(value)), format!("{} to {}", signed(low), signed(high)))
        }
        Unit::Alive => (format!("{} %", plain(value)), format!("{}–{}", plain(low), plain(high))),
        Unit::Days => {
            let noun = if plain(value) == "1" { "day" } else { "days" };
            (format!("{} {noun}", plain(value)), format!("{}–{}", plain(low), plain(high)))
        }
        Unit::Hours => {
            let noun = if plain(value) == "1" { "hour" } else { "hours" };
            (format!("{} {noun}", plain(value)), format!("{}–{}", plain(low), plain(high)))
        }
    };
    // Not all of these could be watched for as long, so that the one over the other is not the value.
    let is_censored = ["Kaplan–Meier", "Aalen–Johansen"].iter().any(|method| estimate.method.starts_with(method));
    let basis = match estimate.unit {
        Unit::Share if !is_censored => format!("{} of {}", count(estimate.events), count(estimate.n)),
        Unit::Hours => format!("n={}", count(estimate.n)),
        Unit::Alive | Unit::Days => format!("n={}, {} ended", count(estimate.n), count(estimate.events)),
        _ => basis(estimate.n, estimate.events),
    };
    Said { kind: "estimate", value, interval, basis, reason: String::new() }
}

fn nothing(kind: &'static str, value: &str, basis: String, reason: String) -> Said {
    Said { kind, value: value.to_owned(), interval: String::new(), basis, reason }
}

fn scale(unit: Unit) -> f64 {
    match unit {
        Unit::Share | Unit::Alive => 100.0,
        Unit::PerThousand | Unit::DifferencePerThousand => 1000.0,
        Unit::Ratio | Unit::Days | Unit::Hours => 1.0,
    }
}

/// Two digits of the interval's width, for ratios two of the value. A bound that is not the null
/// value never rounds onto it, and what happened at least once never reads as 0.
fn decimals(unit: Unit, value: f64, low: f64, high: f64) -> usize {
    let start = match unit {
        Unit::Ratio => digits_after_point(value).max(digits_after_point(10.0 * (high - low))),
        Unit::Days => usize::from(value.fract() != 0.0),
        _ => digits_after_point(high - low),
    };
    let null = if unit == Unit::Ratio { 1.0 } else { 0.0 };
    let is_count = matches!(unit, Unit::Share | Unit::PerThousand | Unit::Alive | Unit::Days | Unit::Hours);
    let bounds = if is_count { [value, value] } else { [low, high] };
    let hides = |decimals: usize| {
        let said = |number: f64| decimal(number, decimals);
        bounds.iter().any(|bound| *bound != null && said(*bound) == said(null))
            || (value != 0.0 && said(value) == said(0.0))
    };
    (start..4).find(|decimals| !hides(*decimals)).unwrap_or(4)
}

/// Decimals that leave two significant digits, at most two of them.
fn digits_after_point(size: f64) -> usize {
    match size.abs() {
        size if size >= 10.0 => 0,
        size if size >= 1.0 => 1,
        _ => 2,
    }
}

fn basis(n: u64, events: u64) -> String {
    let noun = if events == 1 { "event" } else { "events" };
    format!("n={}, {} {noun}", count(n), count(events))
}

/// `1,234,567`.
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// `1 commit`, `2 commits`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// `1 repository`, `2 repositories`.
pub fn counted_as(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A number with separators, a true minus sign and no `-0`.
pub fn decimal(number: f64, decimals: usize) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            "?"
        } else if number > 0.0 {
            "∞"
        } else {
            "−∞"
        }
        .to_owned();
    }
    let digits = format!("{:.*}", decimals, number.abs());
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let is_zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    format!("{}{}{rest}", if number < 0.0 && !is_zero { "−" } else { "" }, grouped(whole))
}

fn signed(number: f64, decimals: usize) -> String {
    let said = decimal(number, decimals);
    let is_zero = said.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if number > 0.0 && !is_zero { format!("+{said}") } else { said }
}

fn grouped(digits: &str) -> String {
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = (first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]).collect();
    if first > 0 {
        groups.insert(0, &digits[..first]);
    }
    groups.join(",")
}

/// A value of a chart with just enough digits: `0.4`, `38`, `1,200`.
pub fn amount(number: f64) -> String {
    let decimals = if number.fract() == 0.0 { 0 } else { digits_after_point(number) };
    decimal(number, decimals)
}

/// A point and its interval on a chart, already in its unit: `38 (24–55)`, `×1.4 (1.1–1.8)`.
pub fn interval([value, low, high]: [f64; 3], is_ratio: bool) -> String {
    let unit = match (is_ratio, low < 0.0) {
        (true, _) => Unit::Ratio,
        (false, true) => Unit::DifferencePerThousand,
        (false, false) => Unit::PerThousand,
    };
    let decimals = decimals(unit, value, low, high);
    let plain = |number| decimal(number, decimals);
    match unit {
        Unit::Ratio => format!("×{} ({}–{})", plain(value), plain(low), plain(high)),
        Unit::DifferencePerThousand => {
            format!("{} ({} to {})", signed(value, decimals), signed(low, decimals), signed(high, decimals))
        }
        _ => format!("{} ({}–{})", plain(value), plain(low), plain(high)),
    }
}

/// `1.2M`, for axes.
pub fn short(number: f64) -> String {
    let (size, suffix) = match number.abs() {
        size if size >= 1e15 => return format!("{number:e}"),
        size if size >= 1e12 => (1e12, "T"),
        size if size >= 1e9 => (1e9, "G"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let shown = number / size;
    let decimals = (0..3).find(|places| (shown * 10f64.powi(*places)).fract().abs() < 1e-6).unwrap_or(3);
    format!("{}{suffix}", decimal(shown, decimals.unsigned_abs() as usize))
}

/// `2026-03-05`.
pub fn day(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d").to_string()
}

/// `2026-03-05 14:02 UTC`.
pub fn minute(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// `Mar 2026`.
pub fn month(date: NaiveDate) -> String {
    format!("{} {}", month_name(date), date.year())
}

/// `Mar`.
pub fn month_name(date: NaiveDate) -> String {
    date.format("%b").to_string()
}

/// Which changes were counted: `changes merged from 2025-01-01 on, before 2025-06-30`.
pub fn window(since: Option<NaiveDate>, until: Option<NaiveDate>) -> String {
    match (since, until) {
        (None, None) => "the whole history".to_owned(),
        (Some(since), None) => format!("changes merged from {since} on"),
        (None, Some(until)) => format!("changes merged before {until}"),
        (Some(since), Some(until)) => format!("changes merged from {since} on, before {until}"),
    }
}

/// A text in parts, and whether each is code: what stands between two backticks on one line.
pub fn with_code(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let (mut rest, mut is_code) = (text, false);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = match (is_code, rest.find('`')) {
            (false, Some(start))
                if rest[start + 1..].find(['`', '\n']).is_some_and(|end| rest[start + 1 + end..].starts_with('`')) =>
            {
                start
            }
            (true, Some(end)) => end,
            _ => rest.len(),
        };
        let part = (&rest[..end], is_code);
        rest = rest.get(end + 1..).unwrap_or_default();
        is_code = !is_code;
        Some(part)
    })
}

/// The start of an object id that is enough to find it.
pub fn short_id(commit: &str) -> String {
    commit.chars().take(10).collect()
}

/// At most `width` characters, the last one an ellipsis when something was cut.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        let parts = |text: &'static str| with_code(text).collect::<Vec<_>>();
        assert_eq!(parts("ask `a b`, or `c`"), [("ask ", false), ("a b", true), (", or ", false), ("c", true)]);
        assert_eq!(parts("`a` and ` alone"), [("", false), ("a", true), (" and ` alone", false)]);
        assert_eq!(parts("none"), [("none", false)]);
        assert_eq!(parts("a `\n` b"), [("a `\n` b", false)]);
    }

    fn said(unit: Unit, [value, low, high]: [f64; 3], n: u64, events: u64) -> String {
        let estimate = Estimate { value, low, high, n, events, unit, method: "Wilson" };
        say(&Finding::Estimate(estimate)).to_string()
    }

    #[test]
    fn findings_are_said_with_interval_and_n() {
        use Unit::{Alive, Days, DifferencePerThousand as Difference, Hours, PerThousand, Ratio, Share};
        let cases = [
            (PerThousand, [0.0382, 0.0241, 0.0549], 812, 31, "38 per 1,000 (24–55), n=812, 31 events"),
            (PerThousand, [0.0004, 0.00001, 0.0120], 2500, 1, "0.4 per 1,000 (0.0–12.0), n=2,500, 1 event"),
            (PerThousand, [0.0, 0.0, 0.0037], 1000, 0, "0.0 per 1,000 (0.0–3.7), n=1,000, 0 events"),
            (PerThousand, [0.0, 0.0, 0.0], 5, 0, "0.00 per 1,000 (0.00–0.00), n=5, 0 events"),
            (Share, [0.4617, 0.4312, 0.4941], 1998, 923, "46.2 % (43.1–49.4), 923 of 1,998"),
            (Share, [0.5, 0.1, 0.9], 4, 2, "50 % (10–90), 2 of 4"),
            (Ratio, [1.412, 1.103, 1.811], 1624, 57, "×1.4 (1.1–1.8), n=1,624, 57 events"),
            (Ratio, [1.019, 1.012, 1.031], 99_000, 800, "×1.02 (1.01–1.03), n=99,000, 800 events"),
            (Ratio, [1.04, 1.004, 1.08], 99_000, 800, "×1.040 (1.004–1.080), n=99,000, 800 events"),
            (Ratio, [3.2, 0.6, f64::INFINITY], 10, 2, "×3.2 (0.6–∞), n=10, 2 events"),
            (Alive, [0.8612, 0.8312, 0.8941], 1998, 277, "86.1 % (83.1–89.4), n=1,998, 277 ended"),
            (Days, [412.0, 350.0, f64::INFINITY], 1998, 999, "412 days (350–∞), n=1,998, 999 ended"),
            (Days, [1.0, 0.5, 2.0], 10, 5, "1 day (0–2), n=10, 5 ended"),
            (Hours, [3.25, 1.5, 8.0], 120, 120, "3.2 hours (1.5–8.0), n=120"),
            (Hours, [71.0, 20.0, 190.0], 40, 40, "71 hours (20–190), n=40"),
            (Difference, [0.012, -0.003, 0.029], 1624, 57, "+12 per 1,000 (−3 to +29), n=1,624, 57 events"),
            (Difference, [-0.0, -0.02, 0.02], 9, 0, "0 per 1,000 (−20 to +20), n=9, 0 events"),
        ];
        for (unit, numbers, n, events, expected) in cases {
            assert_eq!(said(unit, numbers, n, events), expected);
        }
    }

    #[test]
    fn what_is_missing_is_said_with_its_reason() {
        let thin = Finding::TooLittleData { n: 12, events: 1, reason: "fewer than 5 events".into() };
        assert_eq!(say(&thin).to_string(), "too little data, n=12, 1 event: fewer than 5 events");
        let withheld = Finding::Withheld { reason: "the clone is shallow".into() };
        assert_eq!(say(&withheld).to_string(), "withheld: the clone is shallow");
        assert!(said(Unit::Ratio, [f64::NAN; 3], 0, 0).starts_with("withheld, n=0"));
    }

    #[test]
    fn numbers_are_grouped_and_shortened() {
        assert_eq!([0, 999, 1000, u64::MAX].map(count), ["0", "999", "1,000", "18,446,744,073,709,551,615"]);
        assert_eq!([0.0, 0.5, 2500.0, 1.2e6, 4e18].map(short), ["0", "0.5", "2,500", "1.2M", "4e18"]);
        assert_eq!([0.42, 4.25, 38.0, 1234.5].map(amount), ["0.42", "4.2", "38", "1,234"]);
        assert_eq!(interval([38.0, 24.2, 55.4], false), "38 (24–55)");
        assert_eq!(interval([12.0, -3.0, 29.0], false), "+12 (−3 to +29)");
        assert_eq!(interval([0.6, 0.21, f64::INFINITY], true), "×0.60 (0.21–∞)");
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
