//! Whether a mark opens something where it stands, and where that ends.

use memchr::{memchr, memchr3, memmem};

use super::BYTE_ORDER_MARK;
use super::bytes::{before, continued_line_end, find, is_space, is_word, line_end, line_start, starts};
use super::languages::{Heredoc, Language, Mark, Place, Then};

/// Code inside a template is shorter than this, or what looked like it is none.
const TEMPLATE_FAR: usize = 64 * 1024;
/// A heredoc longer than this is none.
const HEREDOC_FAR: usize = 256 * 1024;

impl Mark {
    pub(super) fn stands(&self, text: &[u8], at: usize, line: usize, first: bool) -> bool {
        match self.place {
            Place::Anywhere => true,
            Place::First => first,
            Place::Column => at == line,
            Place::Word => before(text, at).is_none_or(|byte| is_space(byte) || b"\n;|&()".contains(&byte)),
            Place::Top => line == 0 && text.get(..at).is_some_and(|head| head.is_empty() || head == BYTE_ORDER_MARK),
        }
    }

    /// How many bytes are looked at in vain where what opens at `at` does not end: of what may run over lines all that follow.
    pub(super) fn reach(&self, text: &[u8], at: usize) -> usize {
        let runs_on = match self.then {
            Then::Block { .. } | Then::Nested { .. } | Then::RustQuote | Then::NixText | Then::Template => true,
            Then::Quoted { lines, .. } => lines,
            Then::CppQuote => is_raw_cpp(text, at),
            Then::CsharpQuote => is_verbatim(text, at),
            Then::Heredoc(style) if opens_heredoc(text, at, style).is_some() => {
                return HEREDOC_FAR.min(text.len() - at);
            }
            Then::Regex if opens_regex(text, at) => return line_end(text, at) - at,
            _ => false,
        };
        if runs_on { text.len() - at } else { 0 }
    }

    /// Where what opens at `at` ends; none if it does not open after all.
    pub(super) fn close(&self, text: &[u8], at: usize, first: bool) -> Option<usize> {
        let inner = at + self.open.len();
        match self.then {
            Then::Comment | Then::Rest => Some(line_end(text, at)),
            Then::CommentOn => Some(continued_line_end(text, at)),
            Then::Block { close } => find(text, inner, close).or(first.then_some(text.len())),
            Then::Nested { close } => nested_end(text, at, self.open, close).or(first.then_some(text.len())),
            Then::Pod { close } => pod_end(text, at, close),
            Then::Plain => Some(inner),
            Then::Skip => Some((inner + 1).min(text.len())).filter(|end| text.get(end - 1) != Some(&b'\n')),
            Then::Quoted { close, escape, lines } => quoted_end(text, inner, close.as_bytes(), escape, lines),
            Then::Char => char_end(text, at),
            Then::RustQuote => rust_end(text, at),
            Then::CppQuote => cpp_end(text, at),
            Then::CsharpQuote => csharp_end(text, at),
            Then::NixText => nix_end(text, inner),
            Then::Template => template_end(text, inner, 0),
            Then::Regex => regex_end(text, at),
            Then::Heredoc(style) => heredoc_end(text, at, style),
        }
    }
}

impl Language {
    /// The end of the documentation string that begins a line at `at`. A line before that leaves something open
    /// makes it an argument or a value.
    pub(super) fn doc_end(&self, text: &[u8], at: usize, line: usize) -> Option<usize> {
        let mut after_prefix =
            self.docs.iter().filter(|prefix| starts(text, at, prefix)).map(|prefix| at + prefix.len());
        let open = after_prefix.find(|open| starts(text, *open, "\"\"\"") || starts(text, *open, "'''"))?;
        let leaves_open = |byte: u8| b"(,=[{\\+%".contains(&byte);
        let before = text.get(..line)?.iter().rev().find(|byte| !is_space(**byte) && **byte != b'\n');
        if before.is_some_and(|byte| leaves_open(*byte)) {
            return None;
        }
        quoted_end(text, open + 3, text.get(open..open + 3)?, b'\\', true)
    }
}

fn nested_end(text: &[u8], open_at: usize, open: &str, close: &str) -> Option<usize> {
    let mut at = open_at + open.len();
    let mut depth = 1_usize;
    loop {
        let end = find(text, at, close)?;
        depth += memmem::find_iter(text.get(at..end - close.len())?, open).count();
        depth -= 1;
        if depth == 0 {
            return Some(end);
        }
        at = end;
    }
}

/// The end of the line that begins with `close`. The closing line alone opens nothing.
fn pod_end(text: &[u8], at: usize, close: &str) -> Option<usize> {
    let letter = text.get(at + 1).is_some_and(u8::is_ascii_alphabetic);
    if !letter || starts(text, at, close.trim_start()) {
        return None;
    }
    Some(find(text, at, close).map_or(text.len(), |end| line_end(text, end)))
}

fn quoted_end(text: &[u8], at: usize, close: &[u8], escape: u8, lines: bool) -> Option<usize> {
    let quote = *close.first()?;
    let escape = if escape == 0 { quote } else { escape };
    let newline = if lines { quote } else { b'\n' };
    let mut at = at;
    loop {
        at += memchr3(quote, escape, newline, text.get(at..)?)?;
        let byte = *text.get(at)?;
        if byte == quote && text.get(at..)?.starts_with(close) {
            return Some(at + close.len());
        }
        if byte == b'\n' && !lines {
            return None;
        }
        at += if byte == escape && escape != quote { escaped(text, at) } else { 1 };
    }
}

/// How many bytes an escape takes: the newline that a backslash hides may have two.
fn escaped(text: &[u8], at: usize) -> usize {
    if starts(text, at + 1, "\r\n") { 3 } else { 2 }
}

fn char_end(text: &[u8], at: usize) -> Option<usize> {
    let first = *text.get(at + 1)?;
    if first == b'\\' {
        let rest = text.get(at + 3..(at + 16).min(text.len()))?;
        let step = rest.iter().position(|byte| matches!(byte, b'\'' | b'\n'))?;
        return (rest.get(step) == Some(&b'\'')).then_some(at + 3 + step + 1);
    }
    let width = match first {
        b'\n' => return None,
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    (text.get(at + 1 + width) == Some(&b'\'')).then_some(at + width + 2)
}

/// A raw string is told by what stands before its quote: `r`, `br`, `cr`, and `#`s between.
fn rust_end(text: &[u8], at: usize) -> Option<usize> {
    let head = text.get(..at)?;
    let hashes = head.iter().rev().take_while(|byte| **byte == b'#').count();
    let head = head.get(..at - hashes)?;
    let raw = match head {
        [.., before, b'b' | b'c', b'r'] => !is_word(*before),
        [.., before, b'r'] => !is_word(*before),
        [b'r'] => true,
        _ => false,
    };
    if !raw {
        return quoted_end(text, at + 1, b"\"", b'\\', true);
    }
    let mut inner = at + 1;
    loop {
        inner += memchr(b'"', text.get(inner..)?)? + 1;
        let closing = text.get(inner..inner + hashes).is_some_and(|after| after.iter().all(|byte| *byte == b'#'));
        if closing {
            return Some(inner + hashes);
        }
    }
}

fn is_raw_cpp(text: &[u8], at: usize) -> bool {
    before(text, at) == Some(b'R')
}

/// `R"tag( ... )tag"`.
fn cpp_end(text: &[u8], at: usize) -> Option<usize> {
    if !is_raw_cpp(text, at) {
        return quoted_end(text, at + 1, b"\"", b'\\', false);
    }
    let tag_end = at + 1 + memchr(b'(', text.get(at + 1..(at + 18).min(text.len()))?)?;
    let mut close = vec![b')'];
    close.extend_from_slice(text.get(at + 1..tag_end)?);
    close.push(b'"');
    Some(tag_end + memmem::find(text.get(tag_end..)?, &close)? + close.len())
}

fn is_verbatim(text: &[u8], at: usize) -> bool {
    match before(text, at) {
        Some(b'@') => true,
        Some(b'$') => before(text, at - 1) == Some(b'@'),
        _ => false,
    }
}

/// `@"..."` runs over lines and has no escape but the doubled quote.
fn csharp_end(text: &[u8], at: usize) -> Option<usize> {
    let verbatim = is_verbatim(text, at);
    let mut end = quoted_end(text, at + 1, b"\"", if verbatim { 0 } else { b'\\' }, verbatim)?;
    while verbatim && text.get(end) == Some(&b'"') {
        end = quoted_end(text, end + 1, b"\"", 0, true)?;
    }
    Some(end)
}

/// `''$`, `'''` and `''\` do not close.
fn nix_end(text: &[u8], inner: usize) -> Option<usize> {
    let mut at = inner;
    loop {
        at = find(text, at, "''")?;
        match text.get(at) {
            Some(b'$' | b'\'' | b'\\') => at += 1,
            _ => return Some(at),
        }
    }
}

/// A template with the code inside it, which may have templates again.
fn template_end(text: &[u8], inner: usize, depth: usize) -> Option<usize> {
    let mut at = inner;
    loop {
        at += memchr3(b'`', b'\\', b'$', text.get(at..)?)?;
        match text.get(at)? {
            b'`' => return Some(at + 1),
            b'$' if starts(text, at, "${") && depth < 16 => at = interpolation_end(text, at + 2, depth)?,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn interpolation_end(text: &[u8], inner: usize, depth: usize) -> Option<usize> {
    let mut at = inner;
    let mut braces = 0_usize;
    while at < inner + TEMPLATE_FAR {
        let end = match *text.get(at)? {
            b'}' if braces == 0 => return Some(at + 1),
            b'}' => {
                braces -= 1;
                None
            }
            b'{' => {
                braces += 1;
                None
            }
            quote @ (b'"' | b'\'') => quoted_end(text, at + 1, &[quote], b'\\', false),
            b'`' => Some(template_end(text, at + 1, depth + 1)?),
            b'/' if starts(text, at, "/*") => find(text, at + 2, "*/"),
            b'/' if starts(text, at, "//") => Some(line_end(text, at)),
            b'/' => regex_end(text, at),
            _ => None,
        };
        at = end.unwrap_or(at + 1);
    }
    None
}

fn opens_regex(text: &[u8], at: usize) -> bool {
    let blanks = text[..at].iter().rev().take_while(|byte| is_space(**byte)).count();
    let head = &text[..at - blanks];
    match head.last() {
        None => true,
        Some(b'>') => head.ends_with(b"=>"),
        Some(byte) if is_word(*byte) => ["return", "typeof", "case"].iter().any(|key| head.ends_with(key.as_bytes())),
        Some(byte) => b"(,=:[!&|?{};+-*%~^\n".contains(byte),
    }
}

/// A `/` divides after a value; after an operator or at the beginning it opens a pattern, which ends on its line.
fn regex_end(text: &[u8], at: usize) -> Option<usize> {
    if !opens_regex(text, at) {
        return None;
    }
    let mut at = at + 1;
    let mut in_class = false;
    loop {
        match text.get(at)? {
            b'\n' => return None,
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
}

/// The end of the heredoc's last line; none if no line closes it.
fn heredoc_end(text: &[u8], at: usize, style: Heredoc) -> Option<usize> {
    let tag = opens_heredoc(text, at, style)?;
    let mut line = line_end(text, at) + 1;
    let limit = text.len().min(at + HEREDOC_FAR);
    while line < limit {
        let found = line + memmem::find(text.get(line..limit)?, tag.word)?;
        let (first, end) = (line_start(text, found), line_end(text, found));
        let indent = text.get(first..found)?;
        let rest = text.get(found + tag.word.len()..end)?;
        let begins = if tag.indented { indent.iter().all(|byte| is_space(*byte)) } else { indent.is_empty() };
        let ends = match style {
            Heredoc::Php => rest.first().is_none_or(|byte| !is_word(*byte)),
            _ => rest.iter().all(|byte| is_space(*byte)),
        };
        if begins && ends && first >= line {
            return Some(end);
        }
        line = end + 1;
    }
    None
}

fn opens_heredoc(text: &[u8], at: usize, style: Heredoc) -> Option<Tag<'_>> {
    if before(text, at) == Some(b'<') { None } else { heredoc_tag(text, at, style) }
}

struct Tag<'a> {
    word: &'a [u8],
    /// The closing line may be indented.
    indented: bool,
}

fn heredoc_tag(text: &[u8], at: usize, style: Heredoc) -> Option<Tag<'_>> {
    let mut at = at + if style == Heredoc::Php { 3 } else { 2 };
    let mut indented = style == Heredoc::Php;
    if style != Heredoc::Php && matches!(text.get(at)?, b'-' | b'~') {
        indented = true;
        at += 1;
    }
    if matches!(style, Heredoc::Shell | Heredoc::Php) {
        at += text.get(at..)?.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }
    let quoted = matches!(text.get(at)?, b'"' | b'\'' | b'`' | b'\\');
    at += usize::from(quoted);
    let length = text.get(at..)?.iter().take_while(|byte| is_word(**byte)).count();
    let word = text.get(at..at + length)?;
    // A shift or `class << self` has a number or a small letter here.
    let sure = quoted || indented || style == Heredoc::Shell;
    let fits = |first: &u8| first.is_ascii_uppercase() || sure && (first.is_ascii_alphabetic() || *first == b'_');
    word.first().is_some_and(fits).then_some(Tag { word, indented })
}
