//! Whether a line is code, comment or blank, by language: data first, one entry a language.
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
//! The look back asks of each construct that may run over lines whether its nearest opener, at most 64 KiB back,
//! reaches over the first line; the opener's line is read on its own to see whether it is one. Where opener and
//! closer are the same (triple quotes, backticks, Rust's quotes) their number tells, counted back to one that tells
//! by what stands around it. It errs in texts that quote other texts of their language (tests of parsers,
//! generators of code) and in what is longer than 64 KiB. Of 16 million lines in 45 languages, each asked for
//! alone, 1 in 12,000 came out otherwise than in a reading from the beginning: none in C, 1 in 4,000 in Rust and
//! Python, fewer than 1 in 1,000 in each other. Texts that begin at most `NEAR` bytes before are read from their
//! beginning, without error.

use memchr::{memchr, memchr3, memmem, memrchr};

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
        let from = language.look_back(text, start);
        language.read(text, from, start, end, out);
    }
}

/// A text that begins this close before the first line asked for is read from its beginning.
const NEAR: usize = 1024;
/// How far the look back goes.
const FAR: usize = 64 * 1024;
/// How far back a line is sought that looks like the beginning of an item.
const ANCHOR_FAR: usize = 16 * 1024;
/// Openers of one construct that are tried before it is given up.
const MOST_OPENERS: usize = 6;
/// How many lines that end in a backslash are followed back.
const MOST_CONTINUED: usize = 256;
/// So many lines in a row with all quotes in pairs are not inside a string.
const MOST_PAIRED: usize = 48;
/// Code inside a template is shorter than this, or what looked like it is none.
const TEMPLATE_FAR: usize = 64 * 1024;
/// A heredoc longer than this is none.
const HEREDOC_FAR: usize = 256 * 1024;

/// Syntaxes are told apart by one byte.
const _: () = assert!(LANGUAGES.len() <= 1 << u8::BITS);

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The first entry is for what no name fits: every line that is not blank is code. So is what looks like a remark and
/// tells the compiler or the browser what to do (`rest`).
static LANGUAGES: &[Language] = &[
    language("", &[]),
    language("Rust", &[SLASHES, nested("/*", "*/"), RUST_QUOTE, CHAR]).anchors(RUST_ITEMS),
    language("Python", &[SHEBANG, rest("# -*-"), HASH, TRIPLE, TRIPLE_SINGLE, QUOTE, SINGLE]).docs(PYTHON_DOCS),
    language("Cython", &[HASH, TRIPLE, TRIPLE_SINGLE, QUOTE, SINGLE]).docs(PYTHON_DOCS),
    language("Starlark", &[HASH, TRIPLE, TRIPLE_SINGLE, QUOTE, SINGLE]).docs(PYTHON_DOCS),
    language("Meson", &[HASH, TRIPLE_SINGLE, SINGLE]),
    language("Go", &[rest("//go:"), rest("// +build"), rest("// #cgo"), SLASHES, SLASH_STAR, BACKTICK, QUOTE, CHAR]),
    language(
        "TypeScript",
        &[SHEBANG, rest("// @ts-"), rest("/// <"), SLASHES, SLASH_STAR, TEMPLATE, REGEX, QUOTE, SINGLE],
    ),
    language(
        "JavaScript",
        &[SHEBANG, rest("// @ts-"), rest("/// <"), SLASHES, SLASH_STAR, TEMPLATE, REGEX, QUOTE, SINGLE],
    ),
    language("C", &[SLASHES_ON, SLASH_STAR, QUOTE, CHAR]),
    language("C++", &[SLASHES_ON, SLASH_STAR, CPP_QUOTE, CHAR]),
    language("CUDA", &[SLASHES_ON, SLASH_STAR, CPP_QUOTE, CHAR]),
    language("Objective-C", &[SLASHES_ON, SLASH_STAR, QUOTE, CHAR]),
    language("GLSL", &[SLASHES_ON, SLASH_STAR]),
    language("C#", &[SLASHES, SLASH_STAR, TRIPLE_PLAIN, CSHARP_QUOTE, CHAR]),
    language("Java", &[SLASHES, SLASH_STAR, TRIPLE, QUOTE, CHAR]),
    language("Kotlin", &[SLASHES, nested("/*", "*/"), TRIPLE_PLAIN, QUOTE, CHAR]),
    language("Scala", &[SLASHES, nested("/*", "*/"), TRIPLE_PLAIN, QUOTE, CHAR]),
    language("Swift", &[SLASHES, nested("/*", "*/"), TRIPLE, QUOTE]),
    language("Dart", &[SLASHES, nested("/*", "*/"), TRIPLE, TRIPLE_SINGLE, QUOTE, SINGLE]),
    language("Groovy", &[SHEBANG, SLASHES, SLASH_STAR, TRIPLE, TRIPLE_SINGLE, QUOTE, SINGLE]),
    language("Solidity", &[SLASHES, SLASH_STAR, QUOTE, SINGLE]),
    language("Protocol Buffers", &[SLASHES, SLASH_STAR, QUOTE, SINGLE]),
    language("Zig", &[SLASHES, rest("\\\\"), QUOTE, CHAR]),
    language("D", &[SLASHES, SLASH_STAR, nested("/+", "+/"), BACKTICK, QUOTE, CHAR]),
    language("Verilog", &[SLASHES, SLASH_STAR, QUOTE]),
    language("PHP", &[SHEBANG, plain("#["), HASH, SLASHES, SLASH_STAR, HTML_COMMENT, HEREDOC_PHP, QUOTE, SINGLE]),
    language("Ruby", &[SHEBANG, rest("# frozen_string_literal:"), HASH, RUBY_BEGIN, HEREDOC_RUBY, QUOTE, SINGLE]),
    language("Perl", &[SHEBANG, HASH_WORD, POD, HEREDOC_PERL, QUOTE, SINGLE, SKIP]),
    language("Shell", &[SHEBANG, HASH_WORD, HEREDOC_SHELL, QUOTE, string("'", "'", 0), SKIP]),
    language("PowerShell", &[block("<#", "#>"), HASH_WORD, HERE_DOUBLE, HERE_SINGLE, QUOTE_TICK, string("'", "'", 0)]),
    language("Tcl", &[SHEBANG, first("#")]),
    language("R", &[SHEBANG, HASH, QUOTE, SINGLE]),
    language("Julia", &[SHEBANG, nested("#=", "=#"), HASH, TRIPLE, QUOTE, CHAR]).docs(JULIA_DOCS),
    language("Elixir", &[SHEBANG, HASH, TRIPLE, TRIPLE_SINGLE, plain("?\""), plain("?'"), QUOTE, SINGLE])
        .docs(ELIXIR_DOCS),
    language("Nim", &[nested("##[", "]##"), nested("#[", "]#"), HASH, TRIPLE_PLAIN, QUOTE, CHAR]),
    language("Nix", &[HASH, SLASH_STAR, NIX_TEXT, QUOTE]),
    language("Lua", &[SHEBANG, LUA_0, LUA_1, LUA_2, DASHES, LUA_TEXT_0, LUA_TEXT_1, LUA_TEXT_2, QUOTE, SINGLE]),
    language("SQL", &[DASHES, SLASH_STAR, string("'", "'", 0), string("\"", "\"", 0)]),
    language("Haskell", &[plain("{-#"), nested("{-", "-}"), DASHES, QUOTE, CHAR]),
    language("OCaml", &[plain("(*)"), nested("(*", "*)"), OCAML_TEXT, QUOTE, CHAR]),
    language("F#", &[SLASHES, plain("(*)"), nested("(*", "*)"), TRIPLE_PLAIN, CSHARP_QUOTE, CHAR]),
    language("Erlang", &[SHEBANG, first("%")]),
    language("Clojure", &[SHEBANG, first(";")]),
    language("Lisp", &[SHEBANG, first(";"), nested("#|", "|#"), QUOTE, SKIP]),
    language("Pascal", &[SLASHES, plain("{$"), block("{", "}"), block("(*", "*)"), string("'", "'", 0)]),
    language("Visual Basic", &[first("'"), first("REM "), first("Rem ")]),
    language("Ada", &[first("--")]),
    language("VHDL", &[first("--"), SLASH_STAR, string("\"", "\"", 0), CHAR]),
    language("Fortran", &[first("!")]),
    language("Assembly", ASSEMBLY),
    language("CMake", &[CMAKE_0, CMAKE_1, HASH, CMAKE_TEXT_0, CMAKE_TEXT_1, QUOTE, SKIP]),
    language("Makefile", &[first_on("#"), first_on("@#")]),
    language("M4", &[first_on("#"), first("dnl\n"), first("dnl\r"), first("dnl ")]),
    language("Vim Script", &[SHEBANG, first("\""), first("#")]),
    language("HTML", &[rest("<!--[if"), HTML_COMMENT, block("@*", "*@"), SLASH_STAR_FIRST, first("//")]),
    language("XML", &[HTML_COMMENT]),
    language("Vue", &[HTML_COMMENT, SLASH_STAR_FIRST, first("//")]),
    language("Svelte", &[HTML_COMMENT, SLASH_STAR_FIRST, first("//")]),
    language("Astro", &[HTML_COMMENT, SLASH_STAR_FIRST, first("//")]),
    language("CSS", &[SLASH_STAR, first("//"), QUOTE, SINGLE]),
    language("GraphQL", &[HASH, TRIPLE, QUOTE]).docs(&[""]),
    language("TeX", &[first("%")]),
    language("YAML", &[first("#")]),
    language("TOML", &[HASH, TRIPLE, string("'''", "'''", 0).runs_on("'''"), QUOTE, string("'", "'", 0)]),
    language("INI", &[first("#"), first(";")]),
];

const SLASHES: Mark = mark("//", Then::Comment);
const SLASHES_ON: Mark = mark("//", Then::CommentOn);
const HASH: Mark = mark("#", Then::Comment);
const HASH_WORD: Mark = mark("#", Then::Comment).at(Place::Word);
const DASHES: Mark = mark("--", Then::Comment);
/// Not a remark: the line says what runs the file.
const SHEBANG: Mark = mark("#!", Then::Rest).at(Place::Top);
const SLASH_STAR: Mark = block("/*", "*/");
/// In pages `/*` stands in globs and types too.
const SLASH_STAR_FIRST: Mark = SLASH_STAR.at(Place::First);
const HTML_COMMENT: Mark = block("<!--", "-->");
const POD: Mark = mark("=", Then::Pod { close: "\n=cut" }).at(Place::Column).back(Back::Opener("\n="));
const RUBY_BEGIN: Mark = mark("=begin", Then::Pod { close: "\n=end" }).at(Place::Column).back(Back::Opener("\n=begin"));

const QUOTE: Mark = string("\"", "\"", b'\\');
const QUOTE_TICK: Mark = string("\"", "\"", b'`');
const SINGLE: Mark = string("'", "'", b'\\');
const TRIPLE: Mark = string("\"\"\"", "\"\"\"", b'\\').runs_on("\"\"\"");
const TRIPLE_PLAIN: Mark = string("\"\"\"", "\"\"\"", 0).runs_on("\"\"\"");
const TRIPLE_SINGLE: Mark = string("'''", "'''", b'\\').runs_on("'''");
const CHAR: Mark = mark("'", Then::Char);
const SKIP: Mark = mark("\\", Then::Skip);
const RUST_QUOTE: Mark = mark("\"", Then::RustQuote).back(Back::Opener("#\""));
const CPP_QUOTE: Mark = mark("\"", Then::CppQuote).back(Back::Opener("R\""));
const CSHARP_QUOTE: Mark = mark("\"", Then::CsharpQuote).back(Back::Opener("@\""));
const BACKTICK: Mark = mark("`", Then::Quoted { close: "`", escape: 0, lines: true }).back(Back::OddLines(b'`'));
const TEMPLATE: Mark = mark("`", Then::Template).back(Back::OddLines(b'`'));
const REGEX: Mark = mark("/", Then::Regex);
const NIX_TEXT: Mark = mark("''", Then::NixText).back(Back::Parity("''"));
const OCAML_TEXT: Mark = long_text("{|", "|}");
const HERE_DOUBLE: Mark = long_text("@\"", "\n\"@");
const HERE_SINGLE: Mark = long_text("@'", "\n'@");
const LUA_0: Mark = block("--[[", "]]").back(Back::Alongside);
const LUA_1: Mark = block("--[=[", "]=]").back(Back::Alongside);
const LUA_2: Mark = block("--[==[", "]==]").back(Back::Alongside);
const LUA_TEXT_0: Mark = long_text("[[", "]]");
const LUA_TEXT_1: Mark = long_text("[=[", "]=]").back(Back::Opener("[="));
const LUA_TEXT_2: Mark = long_text("[==[", "]==]").back(Back::Alongside);
const CMAKE_0: Mark = block("#[[", "]]").back(Back::Alongside);
const CMAKE_1: Mark = block("#[=[", "]=]").back(Back::Alongside);
const CMAKE_TEXT_0: Mark = long_text("[[", "]]");
const CMAKE_TEXT_1: Mark = long_text("[=[", "]=]").back(Back::Opener("[="));
const HEREDOC_SHELL: Mark = mark("<<", Then::Heredoc(Heredoc::Shell)).back(Back::Opener("<<"));
const HEREDOC_PHP: Mark = mark("<<<", Then::Heredoc(Heredoc::Php)).back(Back::Opener("<<<"));
const HEREDOC_RUBY: Mark = mark("<<", Then::Heredoc(Heredoc::Ruby)).back(Back::Opener("<<"));
const HEREDOC_PERL: Mark = mark("<<", Then::Heredoc(Heredoc::Perl)).back(Back::Opener("<<"));
/// A `#` is a remark or the C preprocessor's.
const ASSEMBLY: &[Mark] = &[
    plain("#include"),
    plain("#define"),
    plain("#undef"),
    plain("#if"),
    plain("#el"),
    plain("#endif"),
    plain("#error"),
    first("#"),
    first(";"),
    first("@ "),
    SLASHES_ON,
    SLASH_STAR,
    QUOTE,
];

/// What may stand before the quotes of a documentation string.
const PYTHON_DOCS: &[&str] = &["", "r", "R", "u", "U", "b", "B"];
const JULIA_DOCS: &[&str] = &["", "raw", "@doc ", "@doc raw"];
const ELIXIR_DOCS: &[&str] = &["@doc ", "@moduledoc ", "@typedoc ", "@doc ~S", "@moduledoc ~S", "@typedoc ~S"];
/// Rust's plain strings run over lines, and nothing tells their two ends apart: the look back begins at a line that
/// is hardly ever inside one.
const RUST_ITEMS: &[&str] = &[
    "fn ",
    "pub ",
    "pub(",
    "impl ",
    "impl<",
    "let ",
    "#[",
    "mod ",
    "struct ",
    "enum ",
    "async fn ",
    "/// ",
    "// ",
    "//! ",
    "const ",
    "static ",
    "self.",
    "if let ",
    "match ",
    "return ",
    "Some(",
    "Ok(",
    "Err(",
    "assert",
];

#[derive(Debug)]
struct Language {
    name: &'static str,
    marks: &'static [Mark],
    /// For each byte the marks that open with it, one bit each, and the two bits below.
    openers: [u16; 256],
    /// What may stand before a documentation string that begins a line.
    docs: &'static [&'static str],
    /// Beginnings of lines that are code, where strings that run over lines have no other bound.
    anchors: &'static [&'static str],
    /// Nothing runs over lines: once a line has code, the rest of it does not matter.
    flat: bool,
}

const NEWLINE: u16 = 1 << 15;
const DOC: u16 = 1 << 14;
/// Marks that a language may have beside these.
const MOST_MARKS: usize = 14;

/// What opens something, where it does so, what it opens, and how that is found from further down.
#[derive(Debug, Clone, Copy)]
struct Mark {
    open: &'static str,
    place: Place,
    then: Then,
    back: Back,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    /// Before any code of its line.
    First,
    /// In the first column.
    Column,
    /// At the beginning of a word.
    Word,
    /// At the beginning of the text.
    Top,
}

#[derive(Debug, Clone, Copy)]
enum Then {
    /// A comment to the end of the line.
    Comment,
    /// A comment that a backslash carries on to the next line.
    CommentOn,
    Block {
        close: &'static str,
    },
    Nested {
        close: &'static str,
    },
    /// A comment whose last line begins with this.
    Pod {
        close: &'static str,
    },
    /// Code that hides shorter marks.
    Plain,
    /// Code that hides the next byte.
    Skip,
    /// Code to the end of the line.
    Rest,
    /// A string; 0 is no escape.
    Quoted {
        close: &'static str,
        escape: u8,
        lines: bool,
    },
    /// A character, unless it is a lifetime, a prime or a separator.
    Char,
    RustQuote,
    CppQuote,
    CsharpQuote,
    NixText,
    Template,
    Regex,
    Heredoc(Heredoc),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heredoc {
    Shell,
    Php,
    Ruby,
    Perl,
}

/// How the look back finds the opener that might reach over a line.
#[derive(Debug, Clone, Copy)]
enum Back {
    /// It ends on its line.
    Never,
    /// The search for another mark of the language finds it too.
    Alongside,
    /// The nearest of these before.
    Opener(&'static str),
    /// Opener and closer are one: the last of an odd number.
    Parity(&'static str),
    /// As above, but pairs on one line tell nothing: the last of an odd number of lines with an odd number.
    OddLines(u8),
}

const fn language(name: &'static str, marks: &'static [Mark]) -> Language {
    assert!(marks.len() <= MOST_MARKS);
    let mut openers = [0; 256];
    let mut flat = true;
    let mut at = 0;
    while at < marks.len() {
        openers[marks[at].open.as_bytes()[0] as usize] |= 1 << at;
        flat = flat && !marks[at].runs_over_lines();
        at += 1;
    }
    openers[b'\n' as usize] |= NEWLINE;
    Language { name, marks, openers, docs: &[], anchors: &[], flat }
}

const fn mark(open: &'static str, then: Then) -> Mark {
    Mark { open, place: Place::Anywhere, then, back: Back::Never }
}

/// A line comment that must begin its line: what opens it means something else further on, or does not matter.
const fn first(open: &'static str) -> Mark {
    mark(open, Then::Comment).at(Place::First)
}

const fn first_on(open: &'static str) -> Mark {
    mark(open, Then::CommentOn).at(Place::First)
}

const fn block(open: &'static str, close: &'static str) -> Mark {
    mark(open, Then::Block { close }).back(Back::Opener(open))
}

const fn nested(open: &'static str, close: &'static str) -> Mark {
    mark(open, Then::Nested { close }).back(Back::Opener(open))
}

const fn plain(open: &'static str) -> Mark {
    mark(open, Then::Plain)
}

const fn rest(open: &'static str) -> Mark {
    mark(open, Then::Rest)
}

/// A string that ends on its line.
const fn string(open: &'static str, close: &'static str, escape: u8) -> Mark {
    mark(open, Then::Quoted { close, escape, lines: false })
}

/// A string whose two ends differ.
const fn long_text(open: &'static str, close: &'static str) -> Mark {
    mark(open, Then::Quoted { close, escape: 0, lines: true }).back(Back::Opener(open))
}

impl Mark {
    const fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    const fn back(self, back: Back) -> Self {
        Self { back, ..self }
    }

    /// A string that runs over lines and closes with what opened it.
    const fn runs_on(self, quotes: &'static str) -> Self {
        let then = match self.then {
            Then::Quoted { close, escape, .. } => Then::Quoted { close, escape, lines: true },
            other => other,
        };
        Self { then, back: Back::Parity(quotes), ..self }
    }

    const fn runs_over_lines(&self) -> bool {
        !matches!(self.back, Back::Never)
    }

    const fn is_comment(&self) -> bool {
        matches!(
            self.then,
            Then::Comment | Then::CommentOn | Then::Block { .. } | Then::Nested { .. } | Then::Pod { .. }
        )
    }

    fn stands(&self, text: &[u8], at: usize, line: usize, first: bool) -> bool {
        match self.place {
            Place::Anywhere => true,
            Place::First => first,
            Place::Column => at == line,
            Place::Word => before(text, at).is_none_or(|byte| is_space(byte) || b"\n;|&()".contains(&byte)),
            Place::Top => line == 0 && text.get(..at).is_some_and(|head| head.is_empty() || head == BYTE_ORDER_MARK),
        }
    }

    /// Where what opens at `at` ends; none if it does not open after all.
    fn close(&self, text: &[u8], at: usize, first: bool) -> Option<usize> {
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
}

impl Language {
    const fn docs(self, docs: &'static [&'static str]) -> Self {
        let mut openers = self.openers;
        let mut at = 0;
        while at < docs.len() {
            if docs[at].is_empty() {
                openers[b'"' as usize] |= DOC;
                openers[b'\'' as usize] |= DOC;
            } else {
                openers[docs[at].as_bytes()[0] as usize] |= DOC;
            }
            at += 1;
        }
        Self { docs, openers, ..self }
    }

    const fn anchors(self, anchors: &'static [&'static str]) -> Self {
        Self { anchors, ..self }
    }

    fn bits(&self, byte: u8) -> u16 {
        self.openers[usize::from(byte)]
    }

    /// Reads from the line that begins at `from`, which must not be inside anything, and pushes the kinds of the
    /// lines that begin in `start..end`.
    fn read(&self, text: &[u8], from: usize, start: usize, end: usize, out: &mut Vec<LineKind>) -> Reading {
        let mark_of_order = if from == 0 && text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut reading = Reading { at: from + mark_of_order, opened: 0 };
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
            } else if let Some(stretch) = self.opened_at(text, at, line, kind) {
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

    /// What opens at a byte, if anything does there.
    fn opened_at(&self, text: &[u8], at: usize, line: usize, kind: LineKind) -> Option<Stretch> {
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
            if starts(text, at, mark.open)
                && mark.stands(text, at, line, first)
                && let Some(end) = mark.close(text, at, first)
            {
                let kind = if mark.is_comment() { LineKind::Comment } else { LineKind::Code };
                return Some(Stretch { end, kind, mark: Some(index) });
            }
        }
        None
    }

    /// The end of the documentation string that begins a line at `at`. A line before that leaves something open
    /// makes it an argument or a value.
    fn doc_end(&self, text: &[u8], at: usize, line: usize) -> Option<usize> {
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

    /// The beginning of a line at or before `start` that is not inside anything.
    fn look_back(&self, text: &[u8], start: usize) -> usize {
        if self.flat && !self.marks.iter().any(|mark| matches!(mark.then, Then::CommentOn)) {
            return start;
        }
        if start <= NEAR {
            return 0;
        }
        let far = line_start(text, start.saturating_sub(FAR));
        let from = uncontinued(text, self.anchor(text, start));
        let Some(line) = self.open_over(text, far, from).next() else { return from };
        // What seems to open there may stand inside something else.
        self.open_over(text, far, line).max().unwrap_or(line)
    }

    /// The lines on which something opens that reaches over `from`, one for each mark at most.
    fn open_over(&self, text: &[u8], far: usize, from: usize) -> impl Iterator<Item = usize> {
        self.marks.iter().enumerate().filter_map(move |(index, mark)| {
            let opener = match mark.back {
                Back::Never | Back::Alongside => None,
                Back::Opener(open) => self.nearest_opener(text, far, from, index, open),
                Back::Parity(quotes) => odd_one(text, far, from, quotes),
                Back::OddLines(quote) => odd_line(text, far, from, quote),
            };
            opener.filter(|opener| self.reaches_over(text, *opener, from).0).map(|opener| opening_line(text, opener))
        })
    }

    /// Whether something that opens on the line of `opener` reaches over `bound`; and which marks opened.
    fn reaches_over(&self, text: &[u8], opener: usize, bound: usize) -> (bool, u16) {
        let line = opening_line(text, opener);
        let reading = self.read(text, line, usize::MAX, opener + 1, &mut Vec::new());
        (reading.at > bound, reading.opened)
    }

    /// The last opener before `from` that is not closed before it.
    fn nearest_opener(&self, text: &[u8], far: usize, from: usize, index: usize, open: &str) -> Option<usize> {
        let nests = matches!(self.marks.get(index)?.then, Then::Nested { .. } | Then::Heredoc(_));
        let finder = memmem::Finder::new(open);
        let mut before = from;
        for _ in 0..MOST_OPENERS {
            let found = find_back(text, far, before, &finder)?;
            let opener = found + usize::from(open.starts_with('\n'));
            let (over, opened) = self.reaches_over(text, opener, from);
            if over {
                return Some(opener);
            }
            if opened & (1 << index) != 0 && !nests {
                return None;
            }
            before = line_start(text, opener);
        }
        None
    }

    /// Where to read from so that no plain string reaches over it: `start` itself, unless a line above with an odd
    /// number of quotes may have opened one; then the item that line belongs to.
    fn anchor(&self, text: &[u8], start: usize) -> usize {
        if self.anchors.is_empty() {
            return start;
        }
        let far = start.saturating_sub(ANCHOR_FAR);
        let mut at = start;
        for _ in 0..MOST_PAIRED {
            let Some(found) = text.get(far..at).and_then(|rest| memrchr(b'"', rest)) else { break };
            let line = line_start(text, far + found);
            let quotes = memchr::memchr_iter(b'"', text.get(line..far + found + 1).unwrap_or_default()).count();
            if quotes % 2 == 1 {
                return self.item(text, line).unwrap_or(start);
            }
            if line <= far || self.is_item(text, line) {
                break;
            }
            at = line;
        }
        start
    }

    /// The nearest line at or above this one that looks like the beginning of an item.
    fn item(&self, text: &[u8], mut line: usize) -> Option<usize> {
        let far = line.saturating_sub(ANCHOR_FAR);
        while !self.is_item(text, line) && line > 0 {
            line = line_start(text, line - 1);
            if line < far {
                return None;
            }
        }
        Some(line)
    }

    fn is_item(&self, text: &[u8], line: usize) -> bool {
        let blanks = text.get(line..).unwrap_or_default().iter().take_while(|byte| is_space(**byte)).count();
        let Some(first) = text.get(line + blanks) else { return false };
        self.anchors
            .iter()
            .any(|anchor| anchor.as_bytes().first() == Some(first) && starts(text, line + blanks, anchor))
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

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn before(text: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).and_then(|before| text.get(before)).copied()
}

fn starts(text: &[u8], at: usize, with: &str) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with(with.as_bytes()))
}

fn line_start(text: &[u8], at: usize) -> usize {
    text.get(..at).and_then(|before| memrchr(b'\n', before)).map_or(0, |newline| newline + 1)
}

/// The line's newline, or the end of the text.
fn line_end(text: &[u8], at: usize) -> usize {
    text.get(at..).and_then(|rest| memchr(b'\n', rest)).map_or(text.len(), |step| at + step)
}

fn is_continued(line: &[u8]) -> bool {
    line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\")
}

fn continued_line_end(text: &[u8], mut at: usize) -> usize {
    loop {
        let end = line_end(text, at);
        if end == text.len() || !is_continued(text.get(at..end).unwrap_or_default()) {
            return end;
        }
        at = end + 1;
    }
}

/// The first of the lines that backslashes join to the one that begins at `line`.
fn uncontinued(text: &[u8], mut line: usize) -> usize {
    for _ in 0..MOST_CONTINUED {
        match line.checked_sub(1).and_then(|newline| text.get(..newline)) {
            Some(before) if is_continued(before) => line = line_start(text, line - 1),
            _ => break,
        }
    }
    line
}

fn opening_line(text: &[u8], opener: usize) -> usize {
    uncontinued(text, line_start(text, opener))
}

/// Just after the next `close`.
fn find(text: &[u8], at: usize, close: &str) -> Option<usize> {
    let step = memmem::find(text.get(at..)?, close.as_bytes())?;
    Some(at + step + close.len())
}

/// The last `finder` in `far..before`. Searched forward in growing windows, since only that is vectorised.
fn find_back(text: &[u8], far: usize, before: usize, finder: &memmem::Finder<'_>) -> Option<usize> {
    let mut high = before;
    let mut window = 512;
    while high > far {
        let low = high.saturating_sub(window).max(far);
        let end = (high + finder.needle().len() - 1).min(before);
        if let Some(step) = finder.find_iter(text.get(low..end)?).last() {
            return Some(low + step);
        }
        high = low;
        window *= 4;
    }
    None
}

/// The quotes that may have opened what reaches over `before`. Opener and closer are one, so that only their number
/// tells, counted back to quotes that tell by themselves, or to the beginning.
fn odd_one(text: &[u8], far: usize, before: usize, quotes: &str) -> Option<usize> {
    let finder = memmem::Finder::new(quotes);
    let mut nearest = None;
    let mut odd = false;
    let mut bound = before;
    while let Some(found) = find_back(text, far, bound, &finder) {
        bound = line_start(text, found).max(far);
        let on_line = finder.find_iter(text.get(bound..found + quotes.len())?).map(|step| bound + step);
        let Some(found) = odd_last(on_line.filter(|at| !is_quoted(text, *at, quotes))) else { continue };
        let verdict = opens(text, found, quotes);
        if verdict == Some(false) {
            break;
        }
        nearest = nearest.or(Some(found));
        odd = !odd;
        if verdict == Some(true) {
            break;
        }
    }
    nearest.filter(|_| odd)
}

/// The last of them if their number is odd.
fn odd_last(items: impl Iterator<Item = usize>) -> Option<usize> {
    let (number, last) = items.fold((0_usize, 0), |(number, _), at| (number + 1, at));
    (number % 2 == 1).then_some(last)
}

/// Quotes that are themselves inside quotes, or escaped.
fn is_quoted(text: &[u8], at: usize, quotes: &str) -> bool {
    if quotes == "''" {
        return matches!(text.get(at + 2), Some(b'$' | b'\'' | b'\\'));
    }
    let other = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'\\');
    let after = text.get(at + quotes.len());
    before(text, at).is_some_and(|byte| other(&byte) && after.is_some_and(|after| *after == byte || byte == b'\\'))
}

/// Whether the quotes open or close, as far as their surroundings tell: `x = """` and `"""Text` open, `text."""`
/// and `""")` close, and after the head of a function they open.
fn opens(text: &[u8], at: usize, quotes: &str) -> Option<bool> {
    let line = line_start(text, at);
    let whole = text.get(line..at)?;
    let head = without_prefix(whole).trim_ascii_end();
    let tail = text.get(at + quotes.len()..line_end(text, at))?.trim_ascii();
    let tail_closes = tail.first().is_some_and(|byte| b"),.;]}%:+".contains(byte));
    let Some(last) = head.last() else {
        return match tail.first() {
            Some(b'#') => None,
            Some(_) => Some(!tail_closes),
            None => opens_after(text.get(..line)?),
        };
    };
    if b"=([,{:+%~".contains(last) || head.ends_with(b"return") || head.trim_ascii_start().starts_with(b"@") {
        return Some(true);
    }
    let adjacent = head.len() == whole.len() || *last == b'.';
    (adjacent && (tail.is_empty() || tail_closes)).then_some(false)
}

/// Whether quotes that are alone on their line open, by the line before them: the head of a function, a remark with
/// a blank line between, something left open.
fn opens_after(head: &[u8]) -> Option<bool> {
    let trimmed = head.trim_ascii_end();
    let before = trimmed.get(line_start(trimmed, trimmed.len())..)?.trim_ascii_start();
    let starts = |keys: &[&str]| keys.iter().any(|key| before.starts_with(key.as_bytes()));
    let apart = memmem::find_iter(head.get(trimmed.len()..)?, "\n").count() > 1;
    match before.last() {
        None | Some(b'{' | b'(' | b'[' | b'=' | b',') => Some(true),
        Some(b':') if starts(&["def ", "class ", "async def ", ")"]) => Some(true),
        Some(_) if apart && starts(&["#"]) => Some(true),
        Some(b'.') => Some(false),
        _ => None,
    }
}

/// Without the letters that may stand before the quotes of a string.
fn without_prefix(head: &[u8]) -> &[u8] {
    let letters = head.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let known = letters <= 2 && head.iter().rev().take(letters).all(|byte| b"rRbBuUfFsS".contains(byte));
    head.get(..head.len() - if known { letters } else { 0 }).unwrap_or_default()
}

/// The last of an odd number of lines that have an odd number of the quote.
fn odd_line(text: &[u8], far: usize, before: usize, quote: u8) -> Option<usize> {
    let mut last = None;
    let mut odd_lines = false;
    let mut at = before;
    while let Some(found) = text.get(far..at).and_then(|rest| memrchr(quote, rest)) {
        let line = line_start(text, far + found).max(far);
        let count = memchr::memchr_iter(quote, text.get(line..far + found + 1)?).count();
        if count % 2 == 1 && !looks_like_comment(text, line) {
            last = last.or(Some(line));
            odd_lines = !odd_lines;
        }
        at = line;
    }
    last.filter(|_| odd_lines)
}

fn looks_like_comment(text: &[u8], line: usize) -> bool {
    let rest = text.get(line..).unwrap_or_default().trim_ascii_start();
    rest.starts_with(b"*") || rest.starts_with(b"//") || rest.starts_with(b"/*")
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

/// `R"tag( ... )tag"`.
fn cpp_end(text: &[u8], at: usize) -> Option<usize> {
    if before(text, at) != Some(b'R') {
        return quoted_end(text, at + 1, b"\"", b'\\', false);
    }
    let tag_end = at + 1 + memchr(b'(', text.get(at + 1..(at + 18).min(text.len()))?)?;
    let mut close = vec![b')'];
    close.extend_from_slice(text.get(at + 1..tag_end)?);
    close.push(b'"');
    Some(tag_end + memmem::find(text.get(tag_end..)?, &close)? + close.len())
}

/// `@"..."` runs over lines and has no escape but the doubled quote.
fn csharp_end(text: &[u8], at: usize) -> Option<usize> {
    let verbatim = match before(text, at) {
        Some(b'@') => true,
        Some(b'$') => before(text, at - 1) == Some(b'@'),
        _ => false,
    };
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

/// A `/` divides after a value; after an operator or at the beginning it opens a pattern, which ends on its line.
fn regex_end(text: &[u8], at: usize) -> Option<usize> {
    let head = text.get(..at)?;
    let before = head.iter().rposition(|byte| !is_space(*byte));
    let opens = match before.and_then(|before| head.get(before)) {
        None => true,
        Some(b'>') => before.is_some_and(|before| head.get(..before).is_some_and(|head| head.ends_with(b"="))),
        Some(byte) if is_word(*byte) => {
            let word = head.get(..before? + 1)?;
            ["return", "typeof", "case"].iter().any(|key| word.ends_with(key.as_bytes()))
        }
        Some(byte) => b"(,=:[!&|?{};+-*%~^\n".contains(byte),
    };
    if !opens {
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
    if before(text, at) == Some(b'<') {
        return None;
    }
    let tag = heredoc_tag(text, at, style)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(kind: LineKind) -> char {
        match kind {
            LineKind::Code => 'c',
            LineKind::Comment => '/',
            LineKind::Blank => 'b',
        }
    }

    fn kinds(syntax: Syntax, text: &[u8], start: usize, end: usize) -> String {
        let mut out = Vec::new();
        syntax.kinds(text, start, end, &mut out);
        out.into_iter().map(letter).collect()
    }

    /// Where each line begins, and the end of the text.
    fn bounds(text: &[u8]) -> Vec<usize> {
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        std::iter::once(0)
            .chain(lines.scan(0, |at, line| {
                Some({
                    *at += line.len();
                    *at
                })
            }))
            .collect()
    }

    fn line_by_line(syntax: Syntax, text: &[u8]) -> String {
        bounds(text).windows(2).map(|line| kinds(syntax, text, line[0], line[1])).collect()
    }

    /// c is code, / is comment, b is blank.
    const CASES: &[(&str, &str, &str)] = &[
        ("", "# x\n\n// y\n  \t\r\n", "cbcb"),
        ("C", "x = 1; // why\n// why\n/* a */ x\n/* a */\n/* a */ // b\n", "c/c//"),
        ("C", "/* a\n\n b\n*/ }\nx /* a\n b */\n  \x0b\x0c\n", "/b/cc/b"),
        ("C", "#if 0\nx\n#endif\ns = \"/*\";\nt = '\"'; /* a\n*/\nu = \"\\\"//\";\n", "ccccc/c"),
        ("C", "// a \\\nb\nc\n#define M(x) \\\n  \"a\\\n/* b\"\nint y;\n", "//ccccc"),
        ("C", "/* a\r\n\r\n*/\r\nx\r\n", "/b/c"),
        ("C", "\u{feff}// a\nx\n", "/c"),
        ("C", "/* never closed\nx\n", "//"),
        ("C", "glob(src/*.c)\nx\n", "cc"),
        ("C++", "auto s = R\"(\n// a\n)\";\n// b\nint n = 1'000; /* a\n*/\n", "ccc/c/"),
        ("Rust", "/// a\n//! b\n#[test]\nfn f<'a>(x: &'a str) {}\n", "//cc"),
        ("Rust", "/* a /* b */\n c */\nlet s = \"/*\n// a\n\";\n// b\n", "//ccc/"),
        ("Rust", "r#\"\n// \"a\n\"#;\n// b\nlet c = '\"'; // c\nlet d = b'\\''; /* x\n*/\n", "ccc/cc/"),
        ("Rust", "r\"\\\"; // a\n// b\nlet r#type = \"x\";\n// c\n", "c/c/"),
        ("JavaScript", "let a = `\n// a ${b ? `// c\n` : \"}\"}\n`;\n// b\n", "cccc/"),
        ("JavaScript", "#!/usr/bin/env node\nx = /[/*]`/; // a\ny = a / b; /* c\n*/\n'http://a'\n", "ccc/c"),
        ("TypeScript", "/** a\n * b\n */\nconst x: string = '//';\n", "///c"),
        ("Go", "//go:build linux\n// +build linux\n// go: a\nx := 1 //go:b\n", "cc/c"),
        ("TypeScript", "/// <reference types=\"a\" />\n// @ts-ignore\n/// a\n", "cc/"),
        ("Ruby", "# frozen_string_literal: true\n# a\n", "c/"),
        ("Go", "var s = `\n// a\n`\n// b\nr := '`'\n/* c */\n", "ccc/c/"),
        ("Python", "#!/bin/sh\n# a\nx = '#'\ny = \"\"\"\n# b\n\"\"\"\n# c\n", "c/cccc/"),
        ("Python", "def f():\n    \"\"\"Says.\n\n    More.\n    \"\"\"\n    return 1\n", "c/b//c"),
        ("Python", "r'''a\nb'''\nf(\n  \"\"\"a\n  # b\"\"\")\n\"\"\"a\"\"\".strip()\n", "//cccc"),
        ("Python", "s = 'it\\'s' # a\nt = 'a \\\n# b'\n# c\n", "ccc/"),
        ("Elixir", "@doc \"\"\"\na\n\"\"\"\nx = \"\"\"\n# a\n\"\"\"\n# b\n", "///ccc/"),
        ("Julia", "#= a\n#= b =#\nc =#\n\"\"\"\ndoc\n\"\"\"\nf(x) = x' # a\n", "//////c"),
        ("Kotlin", "val s = \"\"\"\n// a\n\"\"\"\n/* /* */\n*/\n", "ccc//"),
        ("Scala", "val s = \"\"\"\n/* a\n\"\"\"\nval c = '\"'\n// a\n", "cccc/"),
        ("Swift", "let s = \"\"\"\n// a\n\"\"\"\n/* /* */\n*/\n", "ccc//"),
        ("Java", "String s = \"\"\"\n  // a\n  \"\"\";\n// b\n", "ccc/"),
        ("C#", "var s = @\"a\n// \"\"b\n\\\";\n// c\nvar t = \"\"\"\n/* a\n\"\"\";\n/// d\n", "ccc/ccc/"),
        ("PHP", "<?php\n# a\n// b\n/* c\n*/\n#[Attribute]\n$s = <<<EOT\n// a\nEOT;\n// b\n", "c////cccc/"),
        ("Perl", "x();\n\n=pod\n\nx\n\n=cut\n\ny(); # a\n$#a;\nprint <<\"E\";\n# b\nE\n# c\n", "cb/b/b/bccccc/"),
        ("Ruby", "=begin\nx\n=end\ns = <<~A\n  # a\n  A\n# b\na << b\n", "///ccc/c"),
        ("Shell", "#!/bin/sh\n# a\necho $# a#b ${x#y} '#'\ncat <<EOF\n# b\n\nEOF\n# c\n", "c/cccbc/"),
        ("Shell", "cat <<-\\E |\n\t# a\n\tE\n# b\necho \\\" # c\nx=$((1<<n))\n# d\n", "ccc/cc/"),
        ("PowerShell", "<# a\nb #>\n$s = @\"\n# a\n\"@\n# b\n$a = \"`\"\" # c\n", "//ccc/c"),
        ("Lua", "-- a\n--[[ b\nc ]]\ns = [[\n-- d\n]]\n--[==[ e ]]\nf ]==]\n", "///ccc//"),
        ("Haskell", "{-# LANGUAGE X #-}\n{- a {- b\n-} c\n-}\nf' x = '\"' -- a\n-- | b\n", "c///c/"),
        ("OCaml", "(* a (* b *)\n*)\nlet s = \"(*\" and c = '\"'\nlet (+) = ( + ) and ( * ) = (*)\n", "//cc"),
        ("F#", "// a\n(* b\n*)\nlet s = \"\"\"\n// c\n\"\"\"\n", "///ccc"),
        ("D", "/+ a /+ b +/\n+/\nauto s = `\n// a\n`;\n", "//ccc"),
        ("Nim", "#[ a #[ b ]#\n]#\n## c\nlet s = \"\"\"\n# d\n\"\"\"\n", "///ccc"),
        ("Lisp", ";; a\n#| b #| c |#\n|#\n(x ?\\\" \"; b\") ; c\n", "///c"),
        ("Clojure", "; a\n(x \"; b\") ; c\n#_(y)\n", "/cc"),
        ("Nix", "# a\n/* b\n*/\nx = ''\n  # c ''${d}\n'';\n# e\n", "///ccc/"),
        ("HTML", "<p>it's // x</p>\n<!-- a\nb -->\n", "c//"),
        ("Vue", "<script>\n// a\nconst a = 'image/*';\n</script>\n<!-- b -->\n", "c/cc/"),
        ("CSS", "/* a\n*/\na { b: url(//c) }\n// d\n", "//c/"),
        ("SQL", "-- a\n/* b\n*/\nSELECT '--' -- c\n", "///c"),
        ("Erlang", "% a\nx(\"%\"). % b\n", "/c"),
        ("TeX", "% a\n50\\% b % c\n", "/c"),
        ("Vim Script", "\" a\nlet s = \"b\"\n", "/c"),
        ("Visual Basic", "' a\nx = 1 ' b\n", "/c"),
        ("Fortran", "! a\nx = 1 ! b\n", "/c"),
        ("Assembly", "; a\n# b\n#include <x>\n// c\n/* d\n*/\nmov r0, #1\n", "//c///c"),
        ("Makefile", "# a \\\nb\nx: y # c\n\t@# d\n", "//c/"),
        ("CMake", "# a\n#[[ b\nc ]]\nset(X \"#\")\n", "///c"),
        ("Pascal", "{ a\nb }\n(* c *)\n// d\n{$IFDEF X}\ns := '{';\n", "////cc"),
        ("Ada", "-- a\nX : Y := Z'First; -- b\n", "/c"),
        ("VHDL", "-- a\nx <= '\"'; -- b\n", "/c"),
        ("Verilog", "// a\n/* b\n*/\nx = 4'b0;\n", "///c"),
        ("M4", "dnl a\n# b\ndefine(`dnl', x)\n", "//c"),
        ("Tcl", "# a\nset x \"#\" ;# b\n", "/c"),
        ("Zig", "// a\nx =\n  \\\\// b\n;\n", "/ccc"),
        ("GraphQL", "\"\"\"\na\n\"\"\"\ntype A { # b\n}\n# c\n", "///cc/"),
        ("R", "#' a\nx <- '#' # b\n", "/c"),
        ("YAML", "# a\nx: y # b\n", "/c"),
    ];

    #[test]
    fn lines_are_told_apart_by_language() {
        for (name, text, expected) in CASES {
            let syntax = Syntax::of(Some(name));
            assert!(name.is_empty() || syntax.id() > 0, "{name} is not in the table");
            assert_eq!(kinds(syntax, text.as_bytes(), 0, text.len()), *expected, "{name}: {text}");
            let unended = text.strip_suffix('\n').unwrap_or(text);
            assert_eq!(kinds(syntax, unended.as_bytes(), 0, unended.len()), *expected, "{name}: {unended}");
        }
    }

    #[test]
    fn unknown_languages_have_no_comments() {
        for syntax in [Syntax::of(None), Syntax::of(Some("Whitespace")), Syntax::from_id(u8::MAX)] {
            assert_eq!(kinds(syntax, b"# a\n// b\n\n", 0, 10), "ccb");
        }
        let rust = Syntax::of(Some("Rust"));
        assert_eq!(Syntax::from_id(rust.id()), rust);
    }

    #[test]
    fn every_language_stands_once_in_the_table() {
        for (index, entry) in LANGUAGES.iter().enumerate() {
            assert_eq!(usize::from(Syntax::of(Some(entry.name)).id()), index, "{}", entry.name);
        }
    }

    /// The texts of the cases below one another, far from the beginning of the text.
    #[test]
    fn a_line_in_the_middle_is_what_it_is_in_the_whole() {
        let padding = |name: &str| match name {
            "Python" | "Cython" => "def f(x):\n    return x\n\n".repeat(80),
            "Rust" => "fn f(x: u8) -> u8 {\n    x\n}\n\n".repeat(80),
            _ => "x\n\ny\n".repeat(400),
        };
        for (name, text, _) in CASES {
            let syntax = Syntax::of(Some(name));
            // What is never closed, and what only the beginning of a text may have.
            if ["never closed", "\u{feff}", "#!"].iter().any(|tricky| text.contains(tricky)) {
                continue;
            }
            let whole = format!("{}{text}{}", padding(name), padding(name));
            let expected = kinds(syntax, whole.as_bytes(), 0, whole.len());
            let found = line_by_line(syntax, whole.as_bytes());
            let differs = found.chars().zip(expected.chars()).position(|(one, other)| one != other);
            assert_eq!(differs.map(|line| whole.lines().nth(line)), None, "{name}: {text}");
        }
    }

    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % sides
        }
    }

    const SCRAPS: &[&[u8]] = &[
        b"\n",
        b"\r\n",
        b" ",
        b"\t",
        b"x",
        b"=",
        b"'",
        b"\"",
        b"\"\"\"",
        b"'''",
        b"`",
        b"${",
        b"}",
        b"{",
        b"\\",
        b"/",
        b"//",
        b"/*",
        b"*/",
        b"#",
        b"#!",
        b"#[",
        b"]#",
        b"r#\"",
        b"\"#",
        b"R\"a(",
        b")a\"",
        b"@\"",
        b"<<EOF",
        b"<<<'E'",
        b"\nEOF\n",
        b"\nE\n",
        b"\n=pod\n",
        b"\n=cut\n",
        b"\n=begin\n",
        b"\n=end\n",
        b"<!--",
        b"-->",
        b"--",
        b"--[[",
        b"]]",
        b"(*",
        b"*)",
        b"{-",
        b"-}",
        b"''",
        b"@doc ",
        b"/+",
        b"+/",
        b"\xff",
        b"\xe2\x82",
        b"\xef\xbb\xbf",
        b"\x00",
        b"\nfn f() {\n",
        b"\ndef f():\n",
        b"return ",
        b"[[",
        b"[=[",
        b"]=]",
        b"dnl ",
        b"%",
        b";",
    ];

    #[test]
    fn any_bytes_give_one_kind_for_every_line() {
        let mut dice = Dice(7);
        for round in 0..6_000 {
            let mut text = Vec::new();
            for _ in 0..dice.roll(if round % 20 == 0 { 1500 } else { 60 }) {
                text.extend_from_slice(SCRAPS[dice.roll(SCRAPS.len())]);
            }
            let bounds = bounds(&text);
            let syntax = Syntax::from_id(u8::try_from(dice.roll(LANGUAGES.len() + 1)).unwrap_or_default());
            let (one, other) = (dice.roll(bounds.len()), dice.roll(bounds.len()));
            let (first, last) = (one.min(other), one.max(other));
            let found = kinds(syntax, &text, bounds[first], bounds[last]);
            assert_eq!(found.len(), last - first, "{:?}", String::from_utf8_lossy(&text));
            for (kind, line) in found.chars().zip(bounds[first..].windows(2)) {
                let blank = text[line[0]..line[1]].iter().all(|byte| is_space(*byte) || *byte == b'\n');
                assert_eq!(kind == 'b', blank, "{:?}", String::from_utf8_lossy(&text));
            }
        }
    }

    #[test]
    fn ranges_agree_with_the_whole() {
        let pieces: &[(&str, &[&str])] = &[
            (
                "C",
                &[
                    "int f(void);\n",
                    "// a\n",
                    "/* a\n * b\n\n */\n",
                    "\n",
                    "\tx = \"a // b\"; /* c */\n",
                    "y; /* a\n b */\n",
                ],
            ),
            (
                "Rust",
                &[
                    "fn f() {}\n",
                    "/// a\n",
                    "/* a\n/* b */\n*/\n",
                    "\n",
                    "    let s = \"a\nb // c\n\";\n",
                    "let r = r#\"\n/* a\n\"#;\n",
                ],
            ),
            (
                "Python",
                &[
                    "def f():\n    \"\"\"A.\n\n    # b\n    \"\"\"\n",
                    "# a\n",
                    "x = \"\"\"\n# b\n\"\"\"\n",
                    "\n",
                    "    y = '#'\n",
                ],
            ),
            ("Go", &["func f() {\n", "// a `b`\n", "x := `\n// c\n`\n", "\n", "y := `a`\n", "/* d\n*/\n"]),
            ("Shell", &["f() {\n", "# it's\n", "cat <<EOF\n# a\nEOF\n", "\n", "echo '#' \"#\"\n"]),
            ("Perl", &["f();\n", "# a\n", "\n=head1 A\n\nb\n\n=cut\n\n", "\n", "print <<E;\n# a\nE\n"]),
        ];
        let mut dice = Dice(11);
        for round in 0..36 {
            let (name, pieces) = pieces[round % pieces.len()];
            let text: String = (0..300).map(|_| pieces[dice.roll(pieces.len())]).collect();
            let syntax = Syntax::of(Some(name));
            let whole = kinds(syntax, text.as_bytes(), 0, text.len());
            let bounds = bounds(text.as_bytes());
            for first in 0..bounds.len() - 1 {
                let last = (first + 1 + dice.roll(5)).min(bounds.len() - 1);
                let found = kinds(syntax, text.as_bytes(), bounds[first], bounds[last]);
                assert_eq!(found, whole[first..last], "{name}, line {}", first + 1);
            }
        }
    }
}
