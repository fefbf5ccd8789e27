//! The sheet of an audit: changes drawn at random, and what people found them to be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::facts::Origin;

/// A line of the sheet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub repo: String,
    pub change_id: String,
    pub pull: Option<i64>,
    pub merged_at: String,
    pub subject: String,
    /// How many changes the drawn one stands among; not for people.
    pub stands_among: u64,
    #[serde(default)]
    pub origin: String,
    #[serde(default)]
    pub note: String,
}

/// A drawn change as people left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    pub repo: String,
    pub change_id: String,
    pub stands_among: u64,
    /// `None` where it could not be told, or nobody looked.
    pub is: Option<Origin>,
}

#[derive(Debug, Error)]
pub enum SheetError {
    #[error("cannot read the sheet `{}`: {source}", path.display())]
    Read { path: PathBuf, source: csv::Error },
    #[error("the sheet holds {change} twice, with different origins")]
    Twice { change: String },
    #[error("`{word}`, said of {change}, is no origin")]
    Word { word: String, change: String },
}

/// The changes of a sheet in its order, each once.
pub fn read(path: &Path) -> Result<Vec<Drawn>, SheetError> {
    let lines: Result<Vec<Line>, csv::Error> =
        csv::Reader::from_path(path).and_then(|mut sheet| sheet.deserialize().collect());
    let lines = lines.map_err(|source| SheetError::Read { path: path.to_owned(), source })?;
    let mut seen: BTreeMap<(String, String), Option<Origin>> = BTreeMap::new();
    let mut drawn = Vec::new();
    for Line { repo, change_id, stands_among, origin, .. } in lines {
        let is = match origin.trim().to_lowercase().as_str() {
            "" | "unknown" | "unsure" => None,
            word => Some(
                Origin::parse(word)
                    .ok_or_else(|| SheetError::Word { word: word.to_owned(), change: change_id.clone() })?,
            ),
        };
        match seen.insert((repo.clone(), change_id.clone()), is) {
            None => drawn.push(Drawn { repo, change_id, stands_among, is }),
            Some(former) if former == is => {}
            Some(_) => return Err(SheetError::Twice { change: change_id }),
        }
    }
    Ok(drawn)
}
