//! One JSON object a line, read line by line.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;

use super::record::{Record, column};
use super::{Import, IncidentSource};

/// Longest line that is read; a longer one is no record.
const MOST_LINE: u64 = 16 * 1024 * 1024;

pub(super) fn read(path: &Path, import: &mut Import) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let mut unknown = BTreeSet::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if file.by_ref().take(MOST_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let place = format!("line {number}");
        if line.len() as u64 == MOST_LINE && !line.ends_with(b"\n") {
            import.skip(&place, "the line is longer than 16 MiB");
            file.skip_until(b'\n')?;
            continue;
        }
        read_line(&line, &place, &mut unknown, import);
    }
    if !unknown.is_empty() {
        let shown: Vec<&str> = unknown.iter().take(20).map(String::as_str).collect();
        import.note(format!("{} fields are not known and were left out: {}", unknown.len(), shown.join(", ")));
    }
    Ok(())
}

fn read_line(line: &[u8], place: &str, unknown: &mut BTreeSet<String>, import: &mut Import) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return;
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => {
            let mut record = Record::default();
            for (name, value) in &fields {
                match column(name) {
                    Some(column) => record.set(column, &flat(value)),
                    None if unknown.len() < 1_000 => drop(unknown.insert(name.chars().take(60).collect())),
                    None => {}
                }
            }
            record.keep(IncidentSource::Jsonl, place, import);
        }
        Ok(_) => import.skip(place, "not a JSON object"),
        Err(error) => import.skip(place, format!("not JSON: {error}")),
    }
}

/// A scalar as text, a list as its entries separated by spaces.
fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(entries) => entries.iter().map(flat).collect::<Vec<_>>().join(" "),
        Value::Null | Value::Bool(_) | Value::Object(_) => String::new(),
    }
}
