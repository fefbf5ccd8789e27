//! The identifiers around what differs between two texts: on the lines that were added and deleted, on those beside
//! them, and the names of the functions in which they stand.
//!
//! Only code counts: a hunk of nothing but comments and blank lines is none. Nothing is parsed. A function is what
//! git's default rule for the heads of hunks takes for one, the nearest line above that starts with a letter; in
//! languages whose methods stand in classes also the nearest line above that is indented less and opens a block.

use std::ops::Range;

use super::line_kind::Syntax;
use super::lines::{self, lines_down, lines_up};
use super::names::Names;
use crate::facts::LineKind;

/// Where a name was found, one bit each.
pub(super) mod place {
    pub(crate) const ADDED: u8 = 1;
    pub(crate) const DELETED: u8 = 2;
    pub(crate) const AROUND: u8 = 4;
    pub(crate) const FUNCTION: u8 = 8;
}

/// Names of one pair of texts that are told apart; later ones do not count.
const MOST_NAMES: usize = 4096;
/// Longer lines are data.
const LONGEST_LINE: usize = 400;
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=64;
/// Lines before and behind a hunk that stand beside it.
const BESIDE: usize = 3;
/// Bytes between two hunks whose lines are read at once.
const CLOSE: usize = 512;
/// Lines above a hunk among which its function is sought, and its method.
const FUNCTION_FAR: usize = 2000;
const METHOD_FAR: usize = 200;

/// Bytes of the old text that were replaced by bytes of the new one: whole lines.
#[derive(Debug, Clone)]
pub(super) struct Replaced {
    pub(super) removed: Range<usize>,
    pub(super) added: Range<usize>,
}

/// Gathers the names of one pair of texts after the other.
#[derive(Default)]
pub(super) struct Gatherer {
    names: Names,
    /// By the number of a name, where it was found.
    places: Vec<u8>,
    kinds: Kinds,
}

impl Gatherer {
    /// The names around some hunks, packed; `added` are the kinds of all added lines.
    pub(super) fn gather(
        &mut self,
        syntax: Syntax,
        [old, new]: [&[u8]; 2],
        hunks: &[Replaced],
        mut added: impl Iterator<Item = LineKind>,
    ) -> Vec<u8> {
        self.names.clear();
        self.places.clear();
        let mut functions = Functions { old, has_methods: syntax.has_methods(), known: None };
        let besides: Vec<Range<usize>> = (0..hunks.len()).map(|hunk| beside(old, hunks, hunk)).collect();
        let mut kinds = std::mem::take(&mut self.kinds);
        kinds.forget();
        for (at, hunk) in hunks.iter().enumerate() {
            let beside = besides[at].clone();
            let kinds = kinds.of(syntax, old, &besides[at..]);
            let is_removed = |at: usize| hunk.removed.contains(&at);
            let mut has_code = false;
            for (_, line) in code(old, beside.clone(), kinds.iter().copied()).filter(|(at, _)| is_removed(*at)) {
                has_code = true;
                self.note_all(line, place::DELETED);
            }
            for (_, line) in code(new, hunk.added.clone(), added.by_ref()) {
                has_code = true;
                self.note_all(line, place::ADDED);
            }
            if has_code {
                for (_, line) in code(old, beside, kinds.iter().copied()).filter(|(at, _)| !is_removed(*at)) {
                    self.note_all(line, place::AROUND);
                }
                functions.of(hunk, new).into_iter().flatten().for_each(|name| self.note(name, place::FUNCTION));
            }
        }
        self.kinds = kinds;
        self.pack()
    }

    fn note_all(&mut self, line: &[u8], place: u8) {
        identifiers(line).for_each(|name| self.note(name, place));
    }

    fn note(&mut self, name: &[u8], place: u8) {
        let Some(number) = self.names.number(name, MOST_NAMES) else { return };
        match self.places.get_mut(number as usize) {
            Some(places) => *places |= place,
            None => self.places.push(place),
        }
    }

    fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.names.bytes().len() + 2 * self.names.len());
        for (number, places) in self.places.iter().enumerate() {
            let name = self.names.name(number as u32);
            bytes.extend([*places, name.len() as u8]);
            bytes.extend_from_slice(name);
        }
        bytes
    }
}

/// What the lines of the old text are, read at once for hunks that stand close together: to find out whether a line
/// stands inside a comment costs more than to read on to it.
#[derive(Default)]
struct Kinds {
    lines: Range<usize>,
    kinds: Vec<LineKind>,
    /// Where the range last asked for began, and how many of the lines stand before it.
    asked: (usize, usize),
}

impl Kinds {
    /// Another text follows.
    fn forget(&mut self) {
        self.lines = 0..0;
        self.asked = (0, 0);
    }

    /// Of the lines in the first of some ranges, and what was read behind it.
    fn of(&mut self, syntax: Syntax, text: &[u8], ranges: &[Range<usize>]) -> &[LineKind] {
        let Some(first) = ranges.first() else { return &[] };
        if first.end > self.lines.end {
            self.lines = first.clone();
            for next in ranges {
                if next.start > self.lines.end + CLOSE {
                    break;
                }
                self.lines.end = next.end;
            }
            self.kinds.clear();
            syntax.kinds(text, self.lines.start, self.lines.end, &mut self.kinds);
            self.asked = (self.lines.start, 0);
        }
        // Ranges are asked for in order, so that each line is counted once.
        let (from, before) = self.asked;
        self.asked = (first.start, before + lines::count_lines(&text[from..first.start]) as usize);
        self.kinds.get(self.asked.1..).unwrap_or_default()
    }
}

/// Names as they were packed, in the order in which they were found, with their places.
pub(super) fn unpack(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], u8)> {
    std::iter::from_fn(move || {
        let (&[places, length], rest) = bytes.split_first_chunk()?;
        let (name, rest) = rest.split_at_checked(length.into())?;
        bytes = rest;
        Some((name, places))
    })
}

/// The identifiers of a line. What starts with a digit is a number.
fn identifiers(mut line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = std::iter::from_fn(move || {
        let start = line.iter().position(|byte| is_word(*byte))?;
        let length = line[start..].iter().position(|byte| !is_word(*byte)).unwrap_or(line.len() - start);
        let word = &line[start..start + length];
        line = &line[start + length..];
        Some(word)
    });
    words.filter(|word| LENGTHS.contains(&word.len()) && !word[0].is_ascii_digit())
}

fn is_word(byte: u8) -> bool {
    WORDS[usize::from(byte)]
}

/// Letters, digits and the underscore: a table, since every byte of every changed line is looked up in it.
static WORDS: [bool; 256] = {
    let (mut words, mut byte) = ([false; 256], 0);
    while byte < 256 {
        words[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    words
};

/// Lines of code with the places where they start; `kinds` are those of the lines in the range.
fn code(
    text: &[u8],
    range: Range<usize>,
    kinds: impl Iterator<Item = LineKind>,
) -> impl Iterator<Item = (usize, &[u8])> {
    let (text, mut next) = (&text[..range.end], range.start);
    let starts = std::iter::from_fn(move || {
        let start = next;
        next = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |newline| start + newline + 1);
        (start < text.len()).then_some(start..next)
    });
    let code = starts.zip(kinds).filter(|(line, kind)| *kind == LineKind::Code && line.len() <= LONGEST_LINE);
    code.map(move |(line, _)| (line.start, &text[line]))
}

/// A hunk's lines in the old text with those beside them, as far as those did not change.
fn beside(old: &[u8], hunks: &[Replaced], hunk: usize) -> Range<usize> {
    let length = |lines: &mut dyn Iterator<Item = &[u8]>| lines.take(BESIDE).map(<[u8]>::len).sum::<usize>();
    let Range { start, end } = hunks[hunk].removed;
    let from = hunk.checked_sub(1).map_or(0, |before| hunks[before].removed.end);
    let to = hunks.get(hunk + 1).map_or(old.len(), |next| next.removed.start);
    let (before, behind) = (length(&mut lines_up(old, start)), length(&mut lines_down(old, end)));
    (start - before).max(from)..(end + behind).min(to)
}

/// Looks for the functions in which hunks of a text stand, from its beginning to its end.
struct Functions<'t> {
    old: &'t [u8],
    has_methods: bool,
    /// Where the last search began, and what it found.
    known: Option<(usize, Option<&'t [u8]>)>,
}

impl<'t> Functions<'t> {
    fn of(&mut self, hunk: &Replaced, new: &[u8]) -> [Option<&'t [u8]>; 2] {
        let start = hunk.removed.start;
        let function = self.function_above(start);
        self.known = Some((start, function));
        let depth = || lines::depth(&self.old[hunk.removed.clone()]).or_else(|| lines::depth(&new[hunk.added.clone()]));
        let method = self.has_methods.then(depth).flatten().and_then(|depth| method_above(self.old, start, depth));
        [function, method].map(|line| name_in(line?))
    }

    fn function_above(&self, start: usize) -> Option<&'t [u8]> {
        let mut at = start;
        for line in lines_up(self.old, start).take(FUNCTION_FAR) {
            match self.known {
                Some((known, found)) if at <= known => return found,
                _ if is_head(line) => return Some(line),
                _ => at -= line.len(),
            }
        }
        None
    }
}

/// Whether git would show the line above a hunk: it starts with a letter. A label is passed over.
fn is_head(line: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$');
    let is_label =
        || line.trim_ascii_end().strip_suffix(b":").is_some_and(|word| word.iter().all(|&byte| is_word(byte)));
    line.first().is_some_and(is_letter) && !is_label()
}

/// The nearest line above that is indented less, has a parenthesis, opens a block, and is no statement.
fn method_above(old: &[u8], start: usize, mut depth: i32) -> Option<&[u8]> {
    // Below a line that only ends or opens something its head is indented alike.
    let mut is_below_rest = false;
    for line in lines_up(old, start).take(METHOD_FAR) {
        let Some(columns) = lines::indent(line).filter(|columns| *columns < depth) else { continue };
        let text = line.trim_ascii();
        let opens = is_below_rest || text.ends_with(b"{") || text.ends_with(b":");
        if opens && line.len() <= LONGEST_LINE && is_definition(text) {
            return Some(line);
        }
        is_below_rest = text.starts_with(b")") || text == b"{";
        depth = columns + i32::from(is_below_rest);
        if depth == 0 {
            break;
        }
    }
    None
}

/// A call, an assignment or a statement is no definition.
fn is_definition(text: &[u8]) -> bool {
    const STATEMENTS: &[&[u8]] = &[
        b"assert",
        b"await",
        b"case",
        b"catch",
        b"do",
        b"elif",
        b"else",
        b"elsif",
        b"except",
        b"for",
        b"foreach",
        b"guard",
        b"if",
        b"let",
        b"lock",
        b"loop",
        b"match",
        b"return",
        b"switch",
        b"synchronized",
        b"throw",
        b"try",
        b"unless",
        b"until",
        b"unsafe",
        b"using",
        b"while",
        b"with",
        b"yield",
    ];
    let Some(before) = memchr::memchr(b'(', text).map(|at| &text[..at]) else { return false };
    let starts_well = before.first().is_some_and(|&byte| is_word(byte) || matches!(byte, b'@' | b'$' | b'~' | b'#'));
    let first = before.split(|byte| !is_word(*byte)).find(|word| !word.is_empty()).unwrap_or_default();
    starts_well && !before.iter().any(|byte| matches!(byte, b'=' | b'.')) && !STATEMENTS.contains(&first)
}

/// The last identifier before the first parenthesis, or of the line if it has none. Of a method in Go the receiver
/// is passed over.
fn name_in(line: &[u8]) -> Option<&[u8]> {
    let line = &line[..line.len().min(LONGEST_LINE)];
    let receiver = line.strip_prefix(b"func (");
    let line = receiver.and_then(|rest| Some(&rest[memchr::memchr(b')', rest)? + 1..])).unwrap_or(line);
    let end = memchr::memchr(b'(', line).unwrap_or(line.len());
    identifiers(&line[..end]).last()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::git::lines::Differ;

    /// Added, deleted, around, functions.
    fn gathered(language: &str, old: &str, new: &str) -> [String; 4] {
        let (syntax, mut differ) = (Syntax::of(Some(language)), Differ::default());
        let (old, new) = (old.as_bytes(), new.as_bytes());
        let difference = differ.compare(old, new);
        let place = |hunk: &lines::Hunk| Replaced {
            removed: differ.old_start(hunk.old)..differ.old_start(hunk.old + hunk.old_lines),
            added: differ.new_start(hunk.new)..differ.new_start(hunk.new + hunk.new_lines),
        };
        let hunks: Vec<Replaced> = difference.hunks.iter().map(place).collect();
        let mut kinds = Vec::new();
        hunks.iter().for_each(|hunk| syntax.kinds(new, hunk.added.start, hunk.added.end, &mut kinds));
        let mut gatherer = Gatherer::default();
        // What was gathered before leaves nothing behind.
        gatherer.note(b"before", u8::MAX);
        gatherer.kinds = Kinds { lines: 0..1 << 20, kinds: Vec::new(), asked: (1 << 20, 7) };
        let packed = gatherer.gather(syntax, [old, new], &hunks, kinds.into_iter());
        [place::ADDED, place::DELETED, place::AROUND, place::FUNCTION].map(|place| {
            let names = unpack(&packed).filter(|(_, places)| places & place != 0);
            let mut names: Vec<&str> = names.map(|(name, _)| std::str::from_utf8(name).unwrap()).collect();
            if place == super::place::FUNCTION {
                names.sort_unstable();
            }
            names.join(" ")
        })
    }

    #[test]
    fn words_that_start_with_a_letter_are_identifiers() {
        let words = |line: &str| identifiers(line.as_bytes()).map(<[u8]>::len).collect::<Vec<_>>();
        assert_eq!(words("if (abc_1 == 0xdead || _x2->y) größer();"), [5, 3]);
        assert_eq!(words("9lives ab é abc"), [3]);
        assert_eq!(words(&format!("{} {}", "a".repeat(64), "b".repeat(65))), [64]);
    }

    #[test]
    fn names_are_told_by_where_they_stand() {
        let old = "int\nfirst(int count)\n{\n    one();\n    two();\n    /* three() */\n    four();\n    five();\n    six();\n}\n";
        let new = old.replace("five();", "fifth(seven);\n    /* eight */");
        let [added, deleted, around, functions] = gathered("C", old, &new);
        assert_eq!((added.as_str(), deleted.as_str()), ("fifth seven", "five"));
        assert_eq!((around.as_str(), functions.as_str()), ("two four six", "first"));
    }

    #[test]
    fn lines_between_two_hunks_stand_beside_both_and_changed_ones_beside_none() {
        let lines = |changed: [&str; 2]| format!("aaa\n{}\nbbb\n{}\nccc\nddd\neee\nfff\n", changed[0], changed[1]);
        let [added, deleted, around, _] = gathered("C", &lines(["old1", "old2"]), &lines(["new1", "new2"]));
        assert_eq!((added.as_str(), deleted.as_str()), ("new1 new2", "old1 old2"));
        assert_eq!(around, "aaa bbb ccc ddd eee");
    }

    #[test]
    fn comments_and_whole_files() {
        let text = "/* about */\nint value;\n\n/* more */\n";
        assert_eq!(gathered("C", "", text), ["int value", "", "", ""]);
        assert_eq!(gathered("C", text, ""), ["", "int value", "", ""]);
        assert_eq!(gathered("C", text, &text.replace("more", "less")), [""; 4]);
    }

    #[test]
    fn methods_in_classes_have_names() {
        let python = "class Store(Base):\n    def fetch(self):\n        if self.ready():\n            act()\n";
        let java =
            "class Store {\n  void fetch(\n      int count\n  ) {\n    for (;;) {\n      act();\n    }\n  }\n}\n";
        let sharp = "class Store\n{\n    void Fetch(int count)\n    {\n        act();\n    }\n}\n";
        let script = "class Store {\n  fetch(count) {\n    list.each((item) => {\n      act();\n    });\n  }\n}\n";
        for (language, text) in [("Python", python), ("Java", java), ("C#", sharp), ("JavaScript", script)] {
            let [.., functions] = gathered(language, text, &text.replace("act", "react"));
            assert!(["fetch store", "store fetch"].contains(&&*functions.to_lowercase()), "{language}: {functions}");
        }
    }

    #[test]
    fn heads_of_functions_are_found_as_git_finds_them() {
        let name = |line: &'static str| name_in(line.as_bytes()).map(|name| std::str::from_utf8(name).unwrap());
        assert_eq!(name("static int parse(struct x *y)"), Some("parse"));
        assert_eq!(name("func (r *Reader) Read(p []byte) {"), Some("Read"));
        assert_eq!(name("impl<T> Store<T> for Place {"), Some("Place"));
        assert_eq!(name("$.get(a)"), Some("get"));
        assert!(is_head(b"class Store:\n") && !is_head(b"error:\n") && !is_head(b"{\n") && !is_head(b"\tfoo(\n"));
    }

    #[test]
    fn a_later_hunk_of_the_same_function_finds_it_too() {
        let body =
            |calls: [&str; 3]| format!("f_one()\n  {}\n\n\n\n  {}\nf_two()\n  {}\n", calls[0], calls[1], calls[2]);
        let [.., functions] = gathered("C", &body(["aaa", "bbb", "ccc"]), &body(["aaa1", "bbb1", "ccc1"]));
        assert_eq!(functions, "f_one f_two");
        let [.., functions] = gathered("C", &body(["aaa", "bbb", "ccc"]), &body(["aaa", "bbb1", "ccc1"]));
        assert_eq!(functions, "f_one f_two");
    }

    #[test]
    fn a_text_of_many_names_gives_the_first_of_them() {
        let line = |from: usize| (from..from + 20).map(|name| format!("n{name:05} ")).collect::<String>() + "\n";
        let text: String = (0..50_000).step_by(20).map(line).collect();
        let [added, ..] = gathered("C", "", &text);
        assert_eq!(added.split(' ').count(), MOST_NAMES);
        assert!(added.ends_with("n04095"));
        let long = format!("int {};\nint short;\n", "a b ".repeat(500_000));
        assert_eq!(gathered("C", "", &long)[0], "int short");
    }
}
