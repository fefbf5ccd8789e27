//! What role a file plays, judged by its path alone: data first, one rule per line.

use crate::facts::FileClass;

/// The class and language of a path. The first rule that fits decides; what no rule knows and no
/// language claims is `config`: data and assets the code reads.
pub(super) fn classify(path: &str) -> (FileClass, Option<&'static str>) {
    let lower = path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let folders: Vec<&str> = lower.split('/').rev().skip(1).collect();
    let language = language(name).filter(|_| !is_qt_catalogue(name, &folders));
    let inside = |known: &[&str]| folders.iter().any(|folder| known.contains(folder));
    let class = if LOCKFILES.contains(&name) {
        FileClass::Lockfile
    } else if inside(VENDORED_FOLDERS) || folders.last() == Some(&"deps") {
        FileClass::Vendored
    } else if inside(GENERATED_FOLDERS) || GENERATED_PARTS.iter().any(|part| name.contains(part)) {
        FileClass::Generated
    } else if inside(MIGRATION_FOLDERS) {
        FileClass::Migration
    } else if inside(TEST_FOLDERS) || is_test_name(name) {
        FileClass::Test
    } else if is_docs(name, &folders) {
        FileClass::Docs
    } else if is_infra(name) || inside(INFRA_FOLDERS) {
        FileClass::Infra
    } else if language.is_some() {
        FileClass::Source
    } else {
        FileClass::Config
    };
    (class, language)
}

const LOCKFILES: &[&str] = &[
    "cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "go.sum",
    "go.work.sum",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pipfile.lock",
    "composer.lock",
    "gemfile.lock",
    "podfile.lock",
    "package.resolved",
    "mix.lock",
    "pubspec.lock",
    "flake.lock",
    "packages.lock.json",
    "gradle.lockfile",
    "module.bazel.lock",
    "conan.lock",
    ".terraform.lock.hcl",
    "rebar.lock",
    "shard.lock",
];
/// And `deps` at the top, as GitHub has it.
const VENDORED_FOLDERS: &[&str] = &[
    "vendor",
    "vendors",
    "vendored",
    "third_party",
    "third-party",
    "thirdparty",
    "3rd_party",
    "3rd-party",
    "3rdparty",
    "extern",
    "externals",
    "external",
    "godeps",
    "node_modules",
    "bower_components",
];
const GENERATED_FOLDERS: &[&str] = &["generated", "__generated__", "__snapshots__", "dist", "gen"];
const GENERATED_PARTS: &[&str] = &[
    ".pb.go",
    ".pb.cc",
    ".pb.h",
    "_pb2.py",
    "_pb2_grpc.py",
    ".g.dart",
    ".freezed.dart",
    ".designer.cs",
    ".g.cs",
    ".generated.",
    "_generated.",
    ".gen.",
    "zz_generated",
    "bindata.go",
    "_vfsdata.go",
    ".y.go",
    ".tab.c",
    ".tab.h",
    "lex.yy.c",
    ".min.js",
    ".min.css",
    ".snap",
    ".bundle.js",
    ".js.map",
    ".css.map",
];
const MIGRATION_FOLDERS: &[&str] = &["migrations", "migration", "migrate"];
const TEST_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "testing",
    "testdata",
    "test_data",
    "e2e",
    "fixtures",
    "__mocks__",
];
const DOCS_FOLDERS: &[&str] = &["doc", "docs", "documentation", "man"];
const DOCS_ENDINGS: &[&str] =
    &[".md", ".mdx", ".rst", ".adoc", ".asciidoc", ".txt", ".tex", ".texi", ".po", ".pot", ".pod", ".org", ".ipynb"];
const DOCS_NAMES: &[&str] = &[
    "license",
    "licence",
    "copying",
    "notice",
    "authors",
    "readme",
    "changelog",
    "changes",
    "news",
    "contributing",
    "maintainers",
    "codeowners",
    "todo",
];
const INFRA_FOLDERS: &[&str] = &[
    ".github",
    ".circleci",
    ".gitlab",
    ".buildkite",
    "terraform",
    "helm",
    "k8s",
    "kubernetes",
    "ansible",
    "deploy",
    "deployment",
    "charts",
];

fn is_test_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    stem.ends_with("_test")
        || stem.ends_with("_tests")
        || stem.ends_with("_spec")
        || stem.starts_with("test_")
        || stem == "conftest"
        || name.contains(".test.")
        || name.contains(".spec.")
        || ["test.java", "tests.java", "test.kt", "tests.cs", "test.cs", "test.php", "tests.swift", "test.scala"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn is_docs(name: &str, folders: &[&str]) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let requirements = name.starts_with("requirements") || name == "cmakelists.txt" || name == "robots.txt";
    !requirements
        && (DOCS_ENDINGS.iter().any(|end| name.ends_with(end))
            || is_man_page(name)
            || is_qt_catalogue(name, folders)
            || DOCS_NAMES.contains(&stem) && language(name).is_none()
            || folders.iter().any(|folder| DOCS_FOLDERS.contains(folder)) && language(name).is_none())
}

/// `ls.1`, `sysctl.conf.5.in`, `git.man`; not `libz.so.1`, `data.json.1` or `Makefile.1`, nor a version such as `python3.8`.
fn is_man_page(name: &str) -> bool {
    let name = name.strip_suffix(".in").unwrap_or(name);
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let is_section = matches!(ending.as_bytes(), [b'1'..=b'9']);
    let is_plain = !stem.contains('.') && stem.ends_with(|last: char| last.is_ascii_alphabetic());
    let is_named = (is_plain || stem.ends_with(".conf")) && language(stem).is_none() && !is_infra(stem);
    ["man", "mdoc", "roff"].contains(&ending) || is_section && is_named
}

/// `translations/app_pt_br.ts` of Qt Linguist, which shares TypeScript's ending: a name and, behind `_`, a language. Of codes that
/// are words as well (`read_it.ts`) only in a folder that holds nothing else.
fn is_qt_catalogue(name: &str, folders: &[&str]) -> bool {
    let Some(stem) = name.strip_suffix(".ts").and_then(|name| name.split('@').next()) else { return false };
    let Some(folder) = folders.first().filter(|folder| CATALOGUE_FOLDERS.contains(folder)) else { return false };
    let is_among = |codes: &str, part: &str| codes.split(' ').any(|code| code == part);
    let is_language = |part: &str| {
        is_among(LANGUAGE_CODES, part)
            || (folder.starts_with("translation") && is_among(LANGUAGES_THAT_ARE_WORDS, part))
    };
    let is_place = |part: &str| matches!(part.len(), 2 | 4) && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_of = |last: &str| match last.split_once('-') {
        Some((language, place)) => is_language(language) && is_place(place),
        None => is_language(last),
    };
    match *stem.split('_').collect::<Vec<_>>() {
        [_, .., language, place] if is_language(language) && is_place(place) => true,
        // `pt_br.ts` is TypeScript's as well as it is Qt's.
        [first, .., last] => is_of(last) && !is_language(first),
        _ => false,
    }
}

const CATALOGUE_FOLDERS: &[&str] =
    &["translation", "translations", "i18n", "l10n", "locale", "locales", "lang", "langs", "languages", "linguist"];
/// Of ISO 639, those that programs are translated into.
const LANGUAGE_CODES: &str = "af ar ast az bg bn br bs ca ceb cs cy da de dv dz ee el en eo es et eu fa ff fi fil fr fy ga gd gl gu ha haw hi hmn \
    hr ht hu hy ie ig ja jv ka kab kk kl km kmr kn ko ku kw ky lb lg li ln lt lv mg mi mk ml mn mr mt nb nds ne nl nn oc pa pl ps pt qu ro ru \
    rw sa sc sd si sk sl sn sq sr ss st su sv sw ta te tg th tk tl tn tr tt tw ug uk ur uz ve vi wo xh yi yo za zh zu";
const LANGUAGES_THAT_ARE_WORDS: &str = "am as be co go he id io is it lo ms my no om or os so to ts";

fn is_infra(name: &str) -> bool {
    name.starts_with("dockerfile")
        || name.ends_with(".dockerfile")
        || [".tf", ".tfvars", ".hcl", ".bicep"].iter().any(|end| name.ends_with(end))
        || [
            "jenkinsfile",
            "vagrantfile",
            "procfile",
            ".gitlab-ci.yml",
            ".travis.yml",
            "appveyor.yml",
            "azure-pipelines.yml",
            "cloudbuild.yaml",
        ]
        .contains(&name)
        || name.starts_with("docker-compose")
}

fn language(name: &str) -> Option<&'static str> {
    let by_name = match name {
        "makefile" | "gnumakefile" => Some("Makefile"),
        "cmakelists.txt" => Some("CMake"),
        "rakefile" | "gemfile" => Some("Ruby"),
        "build.bazel" | "build" | "workspace" => Some("Starlark"),
        "meson.build" => Some("Meson"),
        _ => None,
    };
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    by_name
        .or_else(|| LANGUAGES.iter().find(|(_, endings)| endings.contains(&extension)).map(|(language, _)| *language))
}

const LANGUAGES: &[(&str, &[&str])] = &[
    ("Rust", &["rs"]),
    ("Python", &["py", "pyi", "pyx"]),
    ("Go", &["go"]),
    ("TypeScript", &["ts", "tsx", "mts", "cts"]),
    ("JavaScript", &["js", "jsx", "mjs", "cjs"]),
    ("C", &["c", "h"]),
    ("C++", &["cc", "cpp", "cxx", "hpp", "hh", "hxx", "inl"]),
    ("C#", &["cs", "csx"]),
    ("Java", &["java"]),
    ("Kotlin", &["kt", "kts"]),
    ("Scala", &["scala", "sc"]),
    ("Swift", &["swift"]),
    ("Objective-C", &["m", "mm"]),
    ("Ruby", &["rb", "erb", "rake"]),
    ("PHP", &["php"]),
    ("Perl", &["pl", "pm", "t"]),
    ("Shell", &["sh", "bash", "zsh", "fish"]),
    ("PowerShell", &["ps1", "psm1"]),
    ("Lua", &["lua"]),
    ("R", &["r"]),
    ("Julia", &["jl"]),
    ("Haskell", &["hs"]),
    ("OCaml", &["ml", "mli"]),
    ("F#", &["fs", "fsx"]),
    ("Elixir", &["ex", "exs"]),
    ("Erlang", &["erl", "hrl"]),
    ("Clojure", &["clj", "cljs", "cljc", "edn"]),
    ("Lisp", &["lisp", "el", "scm"]),
    ("Dart", &["dart"]),
    ("Zig", &["zig"]),
    ("Nim", &["nim"]),
    ("Visual Basic", &["vb"]),
    ("SQL", &["sql"]),
    ("HTML", &["html", "htm", "cshtml", "razor"]),
    ("CSS", &["css", "scss", "sass", "less"]),
    ("Vue", &["vue"]),
    ("Svelte", &["svelte"]),
    ("Astro", &["astro"]),
    ("GraphQL", &["graphql", "gql"]),
    ("Protocol Buffers", &["proto"]),
    ("Assembly", &["s", "asm"]),
    ("CUDA", &["cu", "cuh"]),
    ("GLSL", &["glsl", "vert", "frag"]),
    ("Solidity", &["sol"]),
    ("Starlark", &["bzl", "star"]),
    ("CMake", &["cmake"]),
    ("Nix", &["nix"]),
    ("Tcl", &["tcl"]),
    ("Fortran", &["f", "f90", "f95"]),
    ("Pascal", &["pas"]),
    ("D", &["d"]),
    ("Ada", &["adb", "ads"]),
    ("Verilog", &["v", "sv"]),
    ("VHDL", &["vhd"]),
    ("Groovy", &["groovy", "gradle"]),
    ("Cython", &["pxd"]),
    ("M4", &["m4", "ac", "am"]),
    ("Vim Script", &["vim"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart_by_role() {
        use FileClass::*;
        let cases = [
            ("src/main.rs", Source),
            ("src/parser/mod_test.go", Test),
            ("tests/data/input.json", Test),
            ("docs/guide.md", Docs),
            ("docs/conf.py", Source),
            ("README", Docs),
            ("share/translations/app_pt_BR.ts", Docs),
            ("share/translations/app_it.ts", Docs),
            ("i18n/my-app_zh-CN.ts", Docs),
            ("src/lang/app_sr@latin.ts", Docs),
            ("src/locales/en_US.ts", Source),
            ("src/i18n/use_locale.ts", Source),
            ("src/i18n/use-id.ts", Source),
            ("app/i18n/get_my.ts", Source),
            ("src/lang/parse_ms.ts", Source),
            ("src/translations/translate-it.ts", Source),
            ("lang/ts/src/make_de.ts", Source),
            ("src/locales/de.ts", Source),
            ("src/app_de.ts", Source),
            ("text-utils/column.1", Docs),
            ("utilities/ovs-vsctl.8.in", Docs),
            ("lib/common.man", Docs),
            ("man5/sysctl.conf.5", Docs),
            ("lib/libz.so.1", Config),
            ("a/data.json.1", Config),
            ("a/main.c.1", Config),
            ("a/Makefile.1", Config),
            ("a/Dockerfile.1", Infra),
            ("bin/python3.8", Config),
            ("LGPL-2.1", Config),
            ("Cargo.lock", Lockfile),
            ("Cargo.toml", Config),
            ("requirements.txt", Config),
            (".github/workflows/ci.yml", Infra),
            ("Dockerfile", Infra),
            ("db/migrations/0001_init.sql", Migration),
            ("vendor/golang.org/x/net/http.go", Vendored),
            ("deps/lua/src/lapi.c", Vendored),
            ("src/deps/graph.rs", Source),
            ("api/service.pb.go", Generated),
            ("web/ui/bindata.go", Generated),
            ("parser/generated_parser.y.go", Generated),
            ("src/tab.c", Source),
            ("web/app.spec.ts", Test),
            ("assets/logo.png", Config),
        ];
        for (path, class) in cases {
            assert_eq!(classify(path).0, class, "{path}");
        }
    }
}
