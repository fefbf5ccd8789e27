//! The estimators against numbers computed by R and Python, kept outside this repository: every case of
//! `SHIPWAKE_STATS_CASES`, or of `SHIPWAKE_SHARED/stats`, whatever its name.

use std::path::{Path, PathBuf};

use serde_json::Value;
use shipwake::analysis::stats::cases::{Case, Miss};
use shipwake::analysis::stats::table::Table;

/// Folder of the cases; `None` where there is none.
pub(crate) fn oracle() -> Option<PathBuf> {
    let named = std::env::var_os("SHIPWAKE_STATS_CASES").map(PathBuf::from);
    named.or_else(|| crate::shared("stats"))
}

pub(crate) fn table(path: &Path) -> Table {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |at: usize| rows.iter().map(|row| row[at].to_owned()).collect();
    let columns = (0..names.len()).map(column).collect();
    Table::of_text(names, columns).unwrap()
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("expected")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| serde_json::from_str::<Value>(&std::fs::read_to_string(file).unwrap()).unwrap();
    let all = files.iter().map(read).flat_map(|cases| cases["cases"].as_array().cloned().unwrap_or_default());
    all.map(|case| serde_json::from_value(case).unwrap()).collect()
}

#[test]
fn every_number_is_as_in_r() {
    let Some(folder) = oracle() else { return };
    let all = cases(&folder);
    let misses = |case: &Case| {
        let input = case.input.as_ref().map(|input| table(&folder.join(input)));
        case.misses(input.as_ref())
    };
    let missed: Vec<Miss> = all.iter().flat_map(misses).collect();
    assert_eq!(missed, [], "of {} numbers", all.iter().map(Case::len).sum::<usize>());
    assert!(all.len() > 100, "the cases were found: {}", all.len());
}
