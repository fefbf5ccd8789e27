//! Bytes and lines of a text.

use memchr::{memchr, memmem, memrchr};

/// How many lines that end in a backslash are followed back.
const MOST_CONTINUED: usize = 256;

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn before(text: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).and_then(|before| text.get(before)).copied()
}

pub(super) fn starts(text: &[u8], at: usize, with: &str) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with(with.as_bytes()))
}

pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    text.get(..at).and_then(|before| memrchr(b'\n', before)).map_or(0, |newline| newline + 1)
}

/// The line's newline, or the end of the text.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    text.get(at..).and_then(|rest| memchr(b'\n', rest)).map_or(text.len(), |step| at + step)
}

fn is_continued(line: &[u8]) -> bool {
    line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\")
}

pub(super) fn continued_line_end(text: &[u8], mut at: usize) -> usize {
    loop {
        let end = line_end(text, at);
        if end == text.len() || !is_continued(text.get(at..end).unwrap_or_default()) {
            return end;
        }
        at = end + 1;
    }
}

/// The first of the lines that backslashes join to the one that begins at `line`.
pub(super) fn uncontinued(text: &[u8], mut line: usize) -> usize {
    for _ in 0..MOST_CONTINUED {
        match line.checked_sub(1).and_then(|newline| text.get(..newline)) {
            Some(before) if is_continued(before) => line = line_start(text, line - 1),
            _ => break,
        }
    }
    line
}

pub(super) fn opening_line(text: &[u8], opener: usize) -> usize {
    uncontinued(text, line_start(text, opener))
}

/// Just after the next `close`.
pub(super) fn find(text: &[u8], at: usize, close: &str) -> Option<usize> {
    let step = memmem::find(text.get(at..)?, close.as_bytes())?;
    Some(at + step + close.len())
}
