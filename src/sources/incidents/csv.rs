//! A table with a header line, read record by record.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::record::{Record, column};
use super::{Import, IncidentSource};

pub(super) fn read(path: &Path, import: &mut Import) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let delimiter = delimiter(file.fill_buf()?);
    let mut table = ::csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(file);
    let headers = table.byte_headers().map_err(io::Error::other)?.clone();
    let names: Vec<String> = headers.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let columns: Vec<_> = names.iter().map(|name| column(name)).collect();
    note_unknown(&names, import);
    for row in table.byte_records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                import.skip("table", format!("reading stopped: {error}"));
                break;
            }
        };
        let line = row.position().map_or(0, |position| position.line());
        record(&columns, &row).keep(IncidentSource::Csv, &format!("line {line}"), import);
    }
    Ok(())
}

fn record(columns: &[Option<&'static str>], row: &::csv::ByteRecord) -> Record {
    let mut record = Record::default();
    for (column, value) in columns.iter().zip(row) {
        if let Some(column) = column {
            record.set(column, &String::from_utf8_lossy(value));
        }
    }
    record
}

/// What separates the header's names: spreadsheets of many countries write `;`.
fn delimiter(start: &[u8]) -> u8 {
    let header = start.split(|&b| b == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|&&b| b == delimiter).count();
    if count(b',') > 0 {
        return b',';
    }
    if count(b';') >= count(b'\t') && count(b';') > 0 {
        b';'
    } else if count(b'\t') > 0 {
        b'\t'
    } else {
        b','
    }
}

fn note_unknown(names: &[String], import: &mut Import) {
    let unknown: BTreeSet<&str> = names.iter().map(|name| name.trim()).filter(|name| column(name).is_none()).collect();
    if !unknown.is_empty() {
        let shown: Vec<&str> = unknown.iter().take(20).copied().collect();
        import.note(format!("{} columns are not known and were left out: {}", unknown.len(), shown.join(", ")));
    }
}
