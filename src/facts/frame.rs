//! Rows ↔ columns: the one place, with the store and the analysis, that knows the table library.
//!
//! Integers are stored as 64-bit, since a narrower sum wraps silently in SQL; times as microseconds
//! in UTC; lists as lists of text. Reading back is exact: `from_columns(to_columns(rows)) == rows`.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
pub use polars::prelude::Column;
use polars::prelude::*;
use thiserror::Error;

use super::{
    Autonomy, ChangeKind, CommitId, FileClass, FileStatus, LineKind, LineRelation, LinkKind, Origin, PersonKind,
    Proves, PullMethod, Strength, SubjectKind, Text,
};

/// A table's row, which can become columns and be read back. Implemented by the `table!` macro.
pub trait Row: Sized {
    /// The table's folder in the lake and its name in SQL.
    const TABLE: &'static str;
    fn to_columns(rows: &[Self]) -> Vec<Column>;
    fn from_columns(source: &Source<'_>) -> Result<Vec<Self>, FrameError>;
}

#[derive(Debug, Error)]
pub enum FrameError {
    #[error("column `{column}` is missing or of another type: {source}")]
    Column { column: String, source: PolarsError },
    #[error("column `{column}` holds `{word}`, which is no word of its vocabulary")]
    Word { column: String, word: String },
    #[error("column `{column}` has no value in row {row}")]
    Null { column: String, row: usize },
}

/// The frame a table is read from.
pub struct Source<'a>(pub &'a DataFrame);

impl Source<'_> {
    pub fn height(&self) -> usize {
        self.0.height()
    }

    pub fn read<C: Cell>(&self, name: &str) -> Result<Vec<C>, FrameError> {
        let wrong = |source| FrameError::Column { column: name.to_owned(), source };
        C::read(self.0.column(name).map_err(wrong)?.as_materialized_series())
    }
}

/// Rows as one frame, the partition's repository first.
pub fn to_frame<R: Row>(repo: &str, rows: &[R]) -> PolarsResult<DataFrame> {
    let mut columns = vec![Column::new_scalar("repo".into(), Scalar::from(PlSmallStr::from_str(repo)), rows.len())];
    columns.extend(R::to_columns(rows));
    DataFrame::new(rows.len(), columns)
}

/// A type that can stand in a column.
pub trait Cell: Sized {
    fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column
    where
        Self: 'a;
    fn read(series: &Series) -> Result<Vec<Self>, FrameError>;
}

fn wrong_type(series: &Series) -> impl Fn(PolarsError) -> FrameError {
    let column = series.name().to_string();
    move |source| FrameError::Column { column: column.clone(), source }
}

/// Every value of `values`, or the first row that has none.
fn all_present<T>(series: &Series, values: impl Iterator<Item = Option<T>>) -> Result<Vec<T>, FrameError> {
    let null = |row| FrameError::Null { column: series.name().to_string(), row };
    values.enumerate().map(|(row, value)| value.ok_or_else(|| null(row))).collect()
}

/// A type stored as one of the library's own: with `Option`, nulls are values; without, an error.
macro_rules! plain_cell {
    ($($ty:ty, $accessor:ident, $chunked:ty, |$value:ident| $store:expr, |$stored:ident| $load:expr, $dtype:expr;)+) => {$(
        impl Cell for $ty {
            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                let array: $chunked = values.map(|$value| Some($store)).collect();
                array.with_name(name.into()).into_series().cast(&$dtype).unwrap_or_default().into()
            }

            fn read(series: &Series) -> Result<Vec<Self>, FrameError> {
                let physical = series.to_physical_repr();
                let array = physical.$accessor().map_err(wrong_type(series))?;
                all_present(series, array.iter().map(|cell| cell.map(|$stored| $load)))
            }
        }

        impl Cell for Option<$ty> {
            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                let array: $chunked = values.map(|cell| cell.as_ref().map(|$value| $store)).collect();
                array.with_name(name.into()).into_series().cast(&$dtype).unwrap_or_default().into()
            }

            fn read(series: &Series) -> Result<Vec<Self>, FrameError> {
                let physical = series.to_physical_repr();
                let array = physical.$accessor().map_err(wrong_type(series))?;
                Ok(array.iter().map(|cell| cell.map(|$stored| $load)).collect())
            }
        }
    )+};
}

plain_cell! {
    i64, i64, Int64Chunked, |v| *v, |s| s, DataType::Int64;
    f64, f64, Float64Chunked, |v| *v, |s| s, DataType::Float64;
    bool, bool, BooleanChunked, |v| *v, |s| s, DataType::Boolean;
    DateTime<Utc>, i64, Int64Chunked, |v| v.timestamp_micros(), |s| DateTime::from_timestamp_micros(s).unwrap_or_default(),
        DataType::Datetime(TimeUnit::Microseconds, None);
    NaiveDate, i32, Int32Chunked, |v| days_since_epoch(*v), |s| date_of_day(s), DataType::Date;
}

fn days_since_epoch(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default()).num_days() as i32
}

fn date_of_day(days: i32) -> NaiveDate {
    NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(days.into())).unwrap_or_default()
}

/// Text that repeats is shared again when read back.
#[derive(Default)]
struct Shared(HashMap<String, Text>);

impl Shared {
    fn text(&mut self, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let shared: Text = Arc::from(text);
        self.0.insert(text.to_owned(), Arc::clone(&shared));
        shared
    }
}

/// A type stored as text.
macro_rules! text_cell {
    ($($ty:ty, |$value:ident| $store:expr, |$text:ident, $shared:ident, $word:ident| $load:expr;)+) => {$(
        impl Cell for $ty {
            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                let array: StringChunked = values.map(|$value| Some($store)).collect();
                array.with_name(name.into()).into_series().into()
            }

            fn read(series: &Series) -> Result<Vec<Self>, FrameError> {
                let array = series.str().map_err(wrong_type(series))?;
                let mut $shared = Shared::default();
                let $word = |word: &str| FrameError::Word { column: series.name().to_string(), word: word.to_owned() };
                all_present(series, array.iter())?.into_iter().map(|$text| $load).collect()
            }
        }

        impl Cell for Option<$ty> {
            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                let array: StringChunked = values.map(|cell| cell.as_ref().map(|$value| $store)).collect();
                array.with_name(name.into()).into_series().into()
            }

            fn read(series: &Series) -> Result<Vec<Self>, FrameError> {
                let array = series.str().map_err(wrong_type(series))?;
                let mut $shared = Shared::default();
                let $word = |word: &str| FrameError::Word { column: series.name().to_string(), word: word.to_owned() };
                array.iter().map(|cell| cell.map(|$text| $load).transpose()).collect()
            }
        }
    )+};
}

/// Vocabularies: the word in the column, the variant in the row.
macro_rules! word_cells {
    ($($ty:ty),+) => { text_cell! {$(
        $ty, |v| v.as_str(), |text, _shared, word| <$ty>::parse(text).ok_or_else(|| word(text));
    )+} };
}

text_cell! {
    Text, |v| v.as_ref(), |text, shared, _word| Ok(shared.text(text));
    CommitId, |v| v.as_str(), |text, shared, _word| Ok(CommitId::new(shared.text(text)));
}
word_cells!(
    Autonomy,
    Origin,
    Proves,
    Strength,
    FileClass,
    FileStatus,
    LineKind,
    LineRelation,
    LinkKind,
    SubjectKind,
    ChangeKind,
    PullMethod,
    PersonKind
);

/// A list of texts.
macro_rules! list_cell {
    ($($ty:ty, |$value:ident| $store:expr, |$text:ident, $shared:ident| $load:expr;)+) => {$(
        impl Cell for Vec<$ty> {
            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                let mut lists = ListStringChunkedBuilder::new(name.into(), values.len(), values.len());
                for list in values {
                    lists.append_values_iter(list.iter().map(|$value| $store));
                }
                lists.finish().into_series().into()
            }

            fn read(series: &Series) -> Result<Vec<Self>, FrameError> {
                let lists = series.list().map_err(wrong_type(series))?;
                let mut $shared = Shared::default();
                let mut rows = Vec::with_capacity(lists.len());
                for list in lists.amortized_iter() {
                    rows.push(match &list {
                        Some(list) => {
                            let texts = list.as_ref().str().map_err(wrong_type(series))?;
                            texts.iter().flatten().map(|$text| $load).collect()
                        }
                        None => Vec::new(),
                    });
                }
                Ok(rows)
            }
        }
    )+};
}

list_cell! {
    Text, |v| v.as_ref(), |text, shared| shared.text(text);
    CommitId, |v| v.as_str(), |text, shared| CommitId::new(shared.text(text));
}
