//! Whether a line is code, comment or blank, by language.
//!
//! Promised: one kind for every line asked for, whatever the bytes; a line with any code on it is code;
//! markers inside strings do not count; a whole text is read in one pass, and a few lines in the middle of a
//! text are judged after a short look back, not by reading the text from its beginning.
//!
//! Deliberately not done:
//!
//! - No language is parsed. Strings that end on their line are told from comments everywhere. Of strings that run
//!   over lines only those are known that the table names: triple quotes, raw strings, templates, heredocs, Rust's
//!   plain ones. In a plain string of another language that runs over lines (Shell, PHP, Ruby, Lisp, SQL) a line that
//!   begins with a comment mark is taken for a comment: most often it is one, of a script inside the string.
//! - What is opened and never closed did not open anything; only a block comment that begins its line runs to the end.
//! - A document in several languages (HTML, Vue, PHP with its page around) is read by one set of marks.
//! - Documentation strings are comments where a triple-quoted string stands alone as a statement, else code.
//! - `#if 0` is code, a line after `__END__` is judged like any other, column-one comments of old Fortran are code.
//!
//! [`languages`] says what opens comments and strings, [`ends`] whether they do where they stand and where each ends, [`look_back`]
//! where to begin reading for a line in the middle.

mod bytes;
mod ends;
mod languages;
mod look_back;

use memchr::memchr;

use self::bytes::{is_space, starts};
use self::languages::{DOC, LANGUAGES, Language, NEWLINE};
use crate::facts::LineKind;

/// The rules by which the lines of a text are told apart; none for a language that is not in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Syntax(u8);

impl Syntax {
    /// By the name that `file_class` gives.
    pub(super) fn of(language: Option<&str>) -> Self {
        let known = language.and_then(|name| LANGUAGES.iter().position(|entry| entry.name == name));
        Self(known.and_then(|index| u8::try_from(index).ok()).unwrap_or_default())
    }

    /// Every line that is not blank is code.
    pub(super) const NONE: Self = Self(0);

    /// A key for this syntax, good for one run of the program.
    pub(super) fn id(self) -> u8 {
        self.0
    }

    /// The syntax of that key; the one without comments if there is none.
    pub(super) fn from_id(id: u8) -> Self {
        Self(id)
    }

    /// Whether functions may stand in classes.
    pub(super) fn has_methods(self) -> bool {
        LANGUAGES.get(usize::from(self.0)).is_some_and(|language| language.name != "C")
    }

    /// Pushes the kind of each line of `text[start..end]`. Both ends stand at the beginning of a line or at the end
    /// of the text.
    pub(super) fn kinds(self, text: &[u8], start: usize, end: usize, out: &mut Vec<LineKind>) {
        let end = end.min(text.len());
        if start >= end {
            return;
        }
        let language = LANGUAGES.get(usize::from(self.0)).unwrap_or(&LANGUAGES[0]);
        let text = &text[..text.len().min(end.saturating_add(AHEAD))];
        let from = language.look_back(text, start);
        language.read(text, from, start, end, out);
    }
}

/// Bytes behind the lines asked for among which the end of what they open is sought: as far as a heredoc may reach.
const AHEAD: usize = 256 * 1024;
/// How often all of a text may be looked at for ends that do not come; after that nothing opens that may run over lines. Only a text
/// made for it comes near: one of nothing but openers would take time in its square.
const IN_VAIN: usize = 256;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A stretch that something opened.
struct Stretch {
    end: usize,
    kind: LineKind,
    /// The mark's place in the table; none for documentation.
    mark: Option<usize>,
}

/// How far a reading came: past the last line if something reached over it, and which marks opened something.
struct Reading {
    at: usize,
    opened: u16,
    /// Bytes that may still be looked at in vain.
    left: usize,
}

impl Language {
    /// Reads from the line that begins at `from`, which must not be inside anything, and pushes the kinds of the
    /// lines that begin in `start..end`.
    fn read(&self, text: &[u8], from: usize, start: usize, end: usize, out: &mut Vec<LineKind>) -> Reading {
        let mark_of_order = if from == 0 && text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let left = IN_VAIN.saturating_mul(text.len() - from);
        let mut reading = Reading { at: from + mark_of_order, opened: 0, left };
        let mut line = from;
        let mut kind = LineKind::Blank;
        while line < end {
            let at = self.next(text, reading.at, kind);
            let Some(&byte) = text.get(at) else {
                if line < text.len() && line >= start {
                    out.push(kind);
                }
                reading.at = text.len();
                return reading;
            };
            if byte == b'\n' {
                if line >= start {
                    out.push(kind);
                }
                reading.at = at + 1;
                line = at + 1;
                kind = LineKind::Blank;
            } else if let Some(stretch) = self.opened_at(text, at, line, kind, &mut reading.left) {
                reading.opened |= stretch.mark.map_or(0, |mark| 1 << mark);
                reading.at = stretch.end;
                (line, kind) = pass(text, at, &stretch, line, kind, start..end, out);
            } else {
                kind = LineKind::Code;
                reading.at = at + 1;
            }
        }
        reading
    }

    /// The next byte that may decide something: as long as the line has no code, that is any but a blank.
    #[inline]
    fn next(&self, text: &[u8], at: usize, kind: LineKind) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        let step = if kind != LineKind::Code {
            rest.iter().position(|byte| !is_space(*byte))
        } else if self.flat {
            memchr(b'\n', rest)
        } else {
            rest.iter().position(|byte| self.bits(*byte) & !DOC != 0)
        };
        step.map_or(text.len(), |step| at + step)
    }

    /// What opens at a byte, if anything does there; `left` is what may still be looked at in vain.
    fn opened_at(&self, text: &[u8], at: usize, line: usize, kind: LineKind, left: &mut usize) -> Option<Stretch> {
        let mut bits = self.bits(*text.get(at)?);
        let first = kind != LineKind::Code;
        if bits & DOC != 0
            && kind == LineKind::Blank
            && let Some(end) = self.doc_end(text, at, line)
        {
            return Some(Stretch { end, kind: LineKind::Comment, mark: None });
        }
        bits &= !(DOC | NEWLINE);
        while bits != 0 {
            let index = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let mark = self.marks.get(index)?;
            if !starts(text, at, mark.open)
                || !mark.stands(text, at, line, first)
                || *left == 0 && mark.reach(text, at) > 0
            {
                continue;
            }
            let Some(end) = mark.close(text, at, first) else {
                *left = left.saturating_sub(mark.reach(text, at));
                continue;
            };
            let kind = if mark.is_comment() { LineKind::Comment } else { LineKind::Code };
            return Some(Stretch { end, kind, mark: Some(index) });
        }
        None
    }
}

/// Passes over a stretch, line by line; gives the last line it touches and what that line is so far.
fn pass(
    text: &[u8],
    at: usize,
    stretch: &Stretch,
    mut line: usize,
    mut kind: LineKind,
    asked: std::ops::Range<usize>,
    out: &mut Vec<LineKind>,
) -> (usize, LineKind) {
    let mut at = at;
    if kind != LineKind::Code {
        kind = stretch.kind;
    }
    while let Some(step) = memchr(b'\n', text.get(at..stretch.end).unwrap_or_default()) {
        if line >= asked.start {
            out.push(kind);
        }
        line = at + step + 1;
        if line >= asked.end {
            break;
        }
        let rest = text.get(line..stretch.end).unwrap_or_default();
        let blank = rest.iter().position(|byte| !is_space(*byte));
        kind = if blank.is_none_or(|blank| rest.get(blank) == Some(&b'\n')) { LineKind::Blank } else { stretch.kind };
        at = line + blank.unwrap_or_default();
    }
    (line, kind)
}

#[cfg(test)]
mod tests;
