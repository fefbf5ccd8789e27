//! The languages, and what of each tells comments and strings apart: data, one entry a language.

/// Syntaxes are told apart by one byte.
const _: () = assert!(LANGUAGES.len() <= 1 << u8::BITS);

/// The first entry is for what no name fits: every line that is not blank is code. So is what looks like a remark and
/// tells the compiler or the browser what to do (`rest`).
pub(super) static LANGUAGES: &[Language] = &[
    language("", &[]),
    language("Rust", &[SLASHES, nested("/*", "*/"), RUST_QUOTE, CHAR]).anchors(RUST_ITEMS),
    language("Python", &[SHEBANG, rest("# -*-"), HASH, TRIPLE, TRIPLE_SINGLE, QUOTE, SINGLE]).docs(PYTHON_DOCS),
    language("Cython", &[HASH, TRIPLE, TRIPLE_SINGLE, QUOTE, SINGLE]).docs(PYTHON_DOCS),
    language("Starlark", &[HASH, TRIPLE, TRIPLE_SINGLE, QUOTE, SINGLE]).docs(PYTHON_DOCS),
    language("Meson", &[HASH, TRIPLE_SINGLE, SINGLE]),
    language("Go", &[rest("//go:"), rest("// +build"), rest("// #cgo"), SLASHES, SLASH_STAR, BACKTICK, QUOTE, CHAR]),
    language("TypeScript", SCRIPT),
    language("JavaScript", SCRIPT),
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
const SCRIPT: &[Mark] = &[SHEBANG, rest("// @ts-"), rest("/// <"), SLASHES, SLASH_STAR, TEMPLATE, REGEX, QUOTE, SINGLE];
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
pub(super) struct Language {
    pub(super) name: &'static str,
    pub(super) marks: &'static [Mark],
    /// For each byte the marks that open with it, one bit each, and the two bits below.
    openers: [u16; 256],
    /// What may stand before a documentation string that begins a line.
    pub(super) docs: &'static [&'static str],
    /// Beginnings of lines that are code, where strings that run over lines have no other bound.
    pub(super) anchors: &'static [&'static str],
    /// Nothing runs over lines: once a line has code, the rest of it does not matter.
    pub(super) flat: bool,
}

pub(super) const NEWLINE: u16 = 1 << 15;
pub(super) const DOC: u16 = 1 << 14;
/// Marks that a language may have beside these.
const MOST_MARKS: usize = 14;

/// What opens something, where it does so, what it opens, and how that is found from further down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) open: &'static str,
    pub(super) place: Place,
    pub(super) then: Then,
    pub(super) back: Back,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
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
pub(super) enum Then {
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
pub(super) enum Heredoc {
    Shell,
    Php,
    Ruby,
    Perl,
}

/// How the look back finds the opener that might reach over a line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Back {
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

    pub(super) const fn is_comment(&self) -> bool {
        matches!(
            self.then,
            Then::Comment | Then::CommentOn | Then::Block { .. } | Then::Nested { .. } | Then::Pod { .. }
        )
    }
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

    pub(super) fn bits(&self, byte: u8) -> u16 {
        self.openers[usize::from(byte)]
    }
}
