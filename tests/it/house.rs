//! Who may import whom, and who may use polars, async and the clock: ARCHITECTURE.md, "What never happens".

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Each place of `src/` with those it may import; the first entry that fits a file decides.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &[]),
    (
        "cli",
        &[
            "analysis",
            "attribution",
            "config",
            "facts",
            "outcomes",
            "pipeline",
            "progress",
            "report",
            "serve",
            "sources",
        ],
    ),
    ("pipeline", &["analysis", "attribution", "config", "facts", "outcomes", "progress", "report", "sources"]),
    ("serve", &["analysis", "config", "facts", "pipeline", "report"]),
    ("config", &["analysis::judge", "analysis::metrics"]),
    ("files", &[]),
    ("progress", &[]),
    ("sources", &["facts", "files", "progress"]),
    ("facts", &["files"]),
    ("attribution", &["facts"]),
    ("outcomes", &["facts"]),
    ("analysis::stats", &[]),
    ("analysis", &["facts"]),
    ("report", &["analysis", "facts", "files"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

struct Source {
    /// Below `src/`, with slashes.
    path: String,
    /// `cli::query` for `src/cli/query.rs`, `cli` for `src/cli/mod.rs`.
    module: String,
    /// Without comments and strings of documentation.
    code: String,
}

fn files(dir: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, ending, into);
        } else if path.extension().is_some_and(|found| found == ending) {
            into.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let (src, mut paths) = (root().join("src"), Vec::new());
    files(&src, "rs", &mut paths);
    let comments = Regex::new(r"(?m)//.*$").unwrap();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
        let module = name.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
        let code = comments.replace_all(&std::fs::read_to_string(path).unwrap(), "").into_owned();
        Source { path: name, module, code }
    };
    paths.iter().map(read).collect()
}

fn within(module: &str, place: &str) -> bool {
    module == place || module.strip_prefix(place).is_some_and(|rest| rest.starts_with("::"))
}

/// Every module a source names by `crate::…`, and by `super::…` where that climbs out of its place.
fn imports(source: &Source) -> BTreeSet<String> {
    let named = Regex::new(r"\bcrate::((?:[a-z_0-9]+)(?:::[a-z_0-9]+)*)").unwrap();
    let grouped = Regex::new(r"\bcrate::(?:[a-z_0-9]+::)*\{").unwrap();
    let mut all: BTreeSet<String> = named.captures_iter(&source.code).map(|found| found[1].to_owned()).collect();
    let name = Regex::new(r"\b[a-z_0-9]+").unwrap();
    for group in grouped.find_iter(&source.code) {
        let prefix = group.as_str().trim_start_matches("crate::").trim_end_matches('{').to_owned();
        let rest = &source.code[group.end()..];
        let inside = &rest[..rest.find(';').unwrap_or(rest.len())];
        all.extend(name.find_iter(inside).map(|name| format!("{prefix}{}", name.as_str())));
    }
    all.extend(climbed(source));
    all
}

/// `super::super::x` seen from the root.
fn climbed(source: &Source) -> Vec<String> {
    let supers = Regex::new(r"\b((?:super::)+)([a-z_0-9]+)").unwrap();
    let mut own: Vec<&str> = source.module.split("::").collect();
    own.retain(|part| !part.is_empty());
    let resolve = |found: regex::Captures<'_>| {
        let up = found[1].matches("super").count();
        let kept = own.len().checked_sub(up)?;
        Some([&own[..kept], &[&found[2]]].concat().join("::"))
    };
    supers.captures_iter(&source.code).filter_map(resolve).collect()
}

fn check(rule: &str, wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{rule}:\n  {}", wrong.join("\n  "));
}

#[test]
fn imports_follow_the_flow() {
    let all = sources();
    let known: BTreeSet<String> =
        all.iter().map(|source| source.module.split("::").next().unwrap().to_owned()).collect();
    let mut wrong = Vec::new();
    for source in &all {
        let Some((place, allowed)) = MAY_IMPORT.iter().find(|(place, _)| within(&source.module, place)) else {
            wrong.push(format!("{} stands nowhere in the table", source.path));
            continue;
        };
        let home = place.split("::").next().unwrap();
        for import in imports(source) {
            let top = import.split("::").next().unwrap();
            let at_home = within(&import, place) || (top == home && *place == home);
            let is_module = known.contains(top);
            if is_module && !at_home && !allowed.iter().any(|allowed| within(&import, allowed)) {
                wrong.push(format!("{} imports {import}", source.path));
            }
        }
    }
    check("the flow goes one way", wrong);
}

#[test]
fn every_module_is_in_the_map() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let modules: BTreeSet<String> =
        Regex::new(r"(?m)^pub mod ([a-z_]+);").unwrap().captures_iter(&lib).map(|found| found[1].to_owned()).collect();
    let unnamed = modules.iter().filter(|module| !architecture.contains(&format!("`src/{module}")));
    check("ARCHITECTURE.md names every module", unnamed.cloned().collect());
    let missing = Regex::new(r"`(src/[a-z_/]+(?:\.rs)?)`").unwrap();
    let gone = missing
        .captures_iter(&architecture)
        .map(|found| found[1].to_owned())
        .filter(|path| !root().join(path).exists());
    check("what ARCHITECTURE.md names is there", gone.collect());
}

#[test]
fn attribution_and_outcomes_never_see_each_other() {
    let strangers = [("attribution", "outcomes"), ("outcomes", "attribution")];
    let mut wrong = Vec::new();
    for source in sources() {
        for (one, other) in strangers {
            let named = Regex::new(&format!(r"\b{other}::|\buse .*\b{other}\b")).unwrap();
            if within(&source.module, one)
                && (named.is_match(&source.code) || imports(&source).iter().any(|import| within(import, other)))
            {
                wrong.push(source.path.clone());
            }
        }
    }
    check("what became of a commit is judged blind to who wrote it", wrong);
    let reads_origin = |source: &Source| {
        within(&source.module, "outcomes")
            && Regex::new(r"\b(Attribution|Evidence|Origin|Catalogue)\b").unwrap().is_match(&source.code)
    };
    check(
        "outcomes read no judgement about authorship",
        sources().into_iter().filter(reads_origin).map(|source| source.path).collect(),
    );
}

/// Files outside `allowed` whose code matches.
fn outside(allowed: &[&str], pattern: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let strays = sources().into_iter().filter(|source| pattern.is_match(&source.code));
    strays.map(|source| source.path).filter(|path| !allowed.iter().any(|place| path.starts_with(place))).collect()
}

#[test]
fn polars_stays_in_the_tables_and_the_analysis() {
    check(
        "polars stays where tables are",
        outside(&["facts/frame.rs", "facts/store.rs", "analysis/"], r"\bpolars\b|\bDataFrame\b|\bLazyFrame\b"),
    );
    let pure: Vec<String> = outside(&["facts/frame.rs", "facts/store.rs", "analysis/sql/"], r"\bpolars\b");
    check("within the analysis, only SQL knows polars", pure);
}

#[test]
fn async_stays_with_github() {
    check(
        "async stays in sources/github",
        outside(
            &["sources/github", "serve"],
            r"(?m)(?:^|[\s(=])async\s+(?:fn|move|\{)|\.await\b|\btokio\b|\boctocrab\b",
        ),
    );
}

#[test]
fn the_clock_is_read_in_main_only() {
    check("`now` is read in main.rs", outside(&["main.rs"], r"\b(?:Utc|Local|SystemTime)::now\b"));
    check(
        "nothing measures time",
        outside(
            &["main.rs", "progress.rs", "sources/github/client.rs", "sources/github/limits.rs"],
            r"\bInstant::now\b",
        ),
    );
}

#[test]
fn only_the_command_line_prints() {
    check("only cli/ and progress print", outside(&["cli/", "main.rs", "progress.rs"], r"\be?print(?:ln)?!\("));
}

#[test]
fn git2_and_the_process_stay_with_the_sources() {
    check("git2 is for sources/git and its error hints", outside(&["sources/git/", "cli/hints.rs"], r"\bgit2\b"));
    check(
        "other programs are run by the sources and doctor",
        outside(&["sources/git/", "sources/github/credentials.rs", "cli/doctor.rs"], r"\bCommand::new\b"),
    );
}

#[test]
fn the_flow_is_free_of_the_file_system_right_of_the_lake() {
    let strays = outside(
        &["sources/", "facts/store.rs", "cli/", "config.rs", "pipeline.rs", "main.rs", "report/mod.rs", "files.rs"],
        r"\bstd::fs\b|\bFile::(?:open|create)\b",
    );
    let in_tests_only = |path: &String| {
        let source = std::fs::read_to_string(root().join("src").join(path)).unwrap();
        let before_tests = source.split("#[cfg(test)]").next().unwrap().to_owned();
        !Regex::new(r"\bstd::fs\b|\bFile::(?:open|create)\b").unwrap().is_match(&before_tests)
    };
    check("files are read and written at the edges", strays.into_iter().filter(|path| !in_tests_only(path)).collect());
}

#[test]
fn templates_and_queries_that_are_named_are_there() {
    let named = Regex::new(r#"include_(?:str|bytes)!\(\s*"([^"]+)"\s*\)"#).unwrap();
    let mut wrong = Vec::new();
    for source in sources() {
        let folder = root().join("src").join(&source.path).parent().unwrap().to_owned();
        let missing =
            named.captures_iter(&source.code).map(|found| folder.join(&found[1])).filter(|path| !path.exists());
        wrong.extend(missing.map(|path| format!("{} needs {}", source.path, path.display())));
    }
    check("embedded files are there", wrong);

    let mut templates = Vec::new();
    files(&root().join("reports/templates"), "j2", &mut templates);
    let used: String =
        sources().into_iter().filter(|source| source.path.starts_with("report/")).map(|source| source.code).collect();
    let unused = templates
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !used.contains(name.as_str()));
    check("every template is used", unused.collect());
}

#[test]
fn every_query_file_is_registered_and_every_registered_query_is_a_file() {
    let mut paths = Vec::new();
    files(&root().join("queries"), "sql", &mut paths);
    let on_disk: Vec<String> =
        paths.iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let registered: Vec<String> =
        shipwake::analysis::queries::QUERIES.iter().map(|query| query.name.to_owned()).collect();
    assert_eq!(registered, on_disk);
}
