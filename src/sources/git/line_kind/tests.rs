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

/// These would take minutes if each opener were followed to the end of the text.
#[test]
fn openers_that_nothing_closes_cost_little() {
    for (language, line) in [
        ("C", "a/*\n"),
        ("Rust", "r##\"\n"),
        ("Rust", "x /* \n"),
        ("Lua", "x [[ \n"),
        ("TypeScript", "a = ` ${ \n"),
        ("TypeScript", "=/[ "),
    ] {
        let text = line.repeat(400_000);
        let mut kinds = Vec::new();
        Syntax::of(Some(language)).kinds(text.as_bytes(), 0, text.len(), &mut kinds);
        assert_eq!(kinds.len(), text.lines().count(), "{language}");
        assert!(kinds.iter().all(|kind| *kind == LineKind::Code), "{language}");
    }
}

#[test]
fn operators_that_look_like_openers_take_nothing_from_what_opens() {
    let cases = [
        ("Ruby", "out << item\n".repeat(4000) + "x = <<~SQL\n  # a\n  # b\nSQL\n", "cccc"),
        ("Shell", "cat <<< \"x\"\n".repeat(4000) + "cat <<EOF\n# a\n# b\nEOF\n", "cccc"),
        ("JavaScript", "x = ".to_owned() + &"a / b + ".repeat(4000) + "1;\n/* a\n b\n c\n*/\n", "////"),
    ];
    for (language, text, last) in cases {
        let told = kinds(Syntax::of(Some(language)), text.as_bytes(), 0, text.len());
        assert!(told.ends_with(last), "{language}: {}", &told[told.len() - 8..]);
    }
}

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
