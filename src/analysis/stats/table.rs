//! A table in memory: what an estimator is run on, wherever it came from.

use super::numeric::codes;
use super::refusal::Refusal;
use super::weights::Ordered;

#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// A missing number is NaN.
    Numbers(Vec<f64>),
    Words(Vec<String>),
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Words(values) => values.len(),
        }
    }

    fn pick(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numbers(values) => Self::Numbers(rows.iter().map(|row| values[*row]).collect()),
            Self::Words(values) => Self::Words(rows.iter().map(|row| values[*row].clone()).collect()),
        }
    }
}

/// Named columns of equal length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Table {
    /// Refuses columns of different length.
    pub fn new(columns: Vec<(String, Column)>) -> Result<Self, Refusal> {
        let (names, columns): (Vec<String>, Vec<Column>) = columns.into_iter().unzip();
        if columns.windows(2).any(|pair| pair[0].len() != pair[1].len()) {
            return super::refusal::impossible("columns of different length");
        }
        Ok(Self { names, columns })
    }

    /// Columns of text, each a column of numbers if every cell that is not empty is one; true is 1, false 0.
    pub fn of_text(names: Vec<String>, columns: Vec<Vec<String>>) -> Result<Self, Refusal> {
        let typed = |cells: Vec<String>| {
            let number = |cell: &String| match cell.as_str() {
                "" | "NA" => Some(f64::NAN),
                "true" => Some(1.0),
                "false" => Some(0.0),
                number => number.parse().ok(),
            };
            let numbers: Option<Vec<f64>> = cells.iter().map(number).collect();
            numbers.map_or(Column::Words(cells), Column::Numbers)
        };
        Self::new(names.into_iter().zip(columns.into_iter().map(typed)).collect())
    }

    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    pub fn column(&self, name: &str) -> Result<&Column, Refusal> {
        let at = self.names.iter().position(|known| known == name);
        at.map(|at| &self.columns[at]).ok_or_else(|| Refusal::Unknown { what: format!("column `{name}`") })
    }

    /// A column of numbers. Refuses words.
    pub fn numbers(&self, name: &str) -> Result<&[f64], Refusal> {
        match self.column(name)? {
            Column::Numbers(values) => Ok(values),
            Column::Words(_) => Err(Refusal::Unknown { what: format!("numbers in column `{name}`") }),
        }
    }

    /// Whether each number is above 0.
    pub fn flags(&self, name: &str) -> Result<Vec<bool>, Refusal> {
        Ok(self.numbers(name)?.iter().map(|value| *value > 0.0).collect())
    }

    /// A column's values as numbers from 0 and what they stand for, in order: numbers by size, words by letters.
    pub fn levels(&self, name: &str) -> Result<(Vec<u32>, Vec<String>), Refusal> {
        match self.column(name)? {
            Column::Numbers(values) => {
                let (codes, levels) = codes(&values.iter().map(|value| Ordered(*value)).collect::<Vec<_>>());
                Ok((codes, levels.into_iter().map(|level| level.0.to_string()).collect()))
            }
            Column::Words(values) => Ok(codes(values)),
        }
    }

    /// One number for every combination of these columns that occurs.
    pub fn combined(&self, names: &[&str]) -> Result<Vec<u32>, Refusal> {
        let columns: Vec<Vec<u32>> =
            names.iter().map(|name| Ok(self.levels(name)?.0)).collect::<Result<_, Refusal>>()?;
        let key = |row: usize| columns.iter().map(|column| column[row]).collect::<Vec<_>>();
        Ok(codes(&(0..self.rows()).map(key).collect::<Vec<_>>()).0)
    }

    /// These rows, in this order.
    pub fn pick(&self, rows: &[usize]) -> Self {
        Self { names: self.names.clone(), columns: self.columns.iter().map(|column| column.pick(rows)).collect() }
    }

    /// Rows in which these columns have a value.
    pub fn complete(&self, names: &[&str]) -> Self {
        let is_there = |row: &usize| {
            names.iter().all(|name| match self.column(name) {
                Ok(Column::Numbers(values)) => !values[*row].is_nan(),
                _ => true,
            })
        };
        let kept: Vec<usize> = (0..self.rows()).filter(is_there).collect();
        if kept.len() == self.rows() { self.clone() } else { self.pick(&kept) }
    }

    /// Rows in which a column has this value, as it would be printed.
    pub fn only(&self, name: &str, value: &str) -> Result<Self, Refusal> {
        let (codes, levels) = self.levels(name)?;
        let wanted = levels.iter().position(|level| level == value);
        let is_wanted = |row: &usize| Some(codes[*row] as usize) == wanted;
        Ok(self.pick(&(0..self.rows()).filter(is_wanted).collect::<Vec<_>>()))
    }
}
