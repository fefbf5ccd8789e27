//! Times as exports and interfaces write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// RFC 3339, `YYYY-MM-DD[ HH:MM[:SS]]` taken as UTC, or seconds, milli-, micro- or nanoseconds since 1970,
/// told apart by their size. None for anything else.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return epoch(text);
    }
    let zoned =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%z"));
    zoned
        .map(|time| time.to_utc())
        .ok()
        .or_else(|| naive(text.trim_end_matches("UTC").trim_end_matches('Z').trim_end()))
}

fn naive(text: &str) -> Option<DateTime<Utc>> {
    let spaced = text.replacen('T', " ", 1);
    let minutes = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let timed = minutes.iter().find_map(|format| NaiveDateTime::parse_from_str(&spaced, format).ok());
    let dated = || NaiveDate::parse_from_str(&spaced, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    Some(timed.or_else(dated)?.and_utc())
}

fn epoch(digits: &str) -> Option<DateTime<Utc>> {
    let whole = digits.split('.').next()?;
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        0..=11 => DateTime::from_timestamp(number, 0),
        12..=14 => DateTime::from_timestamp_millis(number),
        15..=17 => DateTime::from_timestamp_micros(number),
        _ => Some(DateTime::from_timestamp_nanos(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_one_time_is_that_time() {
        for text in [
            "2024-01-02T03:04:00Z",
            "2024-01-02T04:04:00+01:00",
            "2024-01-02 03:04",
            "2024-01-02 03:04:00",
            "2024-01-02T03:04",
            "2024-01-02 03:04:00 UTC",
            "1704164640",
            "1704164640000",
            "1704164640.5",
            "2024-01-02 04:04:00+0100",
        ] {
            assert_eq!(time(text).map(|t| t.timestamp()), Some(1_704_164_640), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in
            ["", "yesterday", "2024-13-01", "2024-01-02 25:00", "9999999999999999999999", ".", "1.2.3.", "12:30", "٣"]
        {
            assert!(time(text).is_none_or(|t| t.timestamp() < 10), "{text}");
        }
    }
}
