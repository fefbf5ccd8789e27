//! A cell for every row and column, fuller for more, its number in it; what is not told is crossed out.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::super::panel::HeatRow;
use super::super::words;
use super::canvas::{self, Drawn, GRID, LABEL, PX, SMALL, Sheet, WIDTH};

const LEFT: i32 = 110;
const RIGHT: i32 = WIDTH - 20;
const TOP: i32 = 52;
const ROW: i32 = 24;
const GAP: i32 = 2;
/// How full the fullest cell is; text stays readable on it in light and in dark.
const FULLEST: f64 = 0.6;

fn value(row: &HeatRow, column: usize) -> Option<f64> {
    row.values.get(column).copied().flatten().filter(|value| value.is_finite())
}

pub(super) fn draw(unit: &str, columns: &[String], rows: &[HeatRow]) -> Option<String> {
    let all = rows.iter().flat_map(|row| (0..columns.len()).filter_map(|column| value(row, column)));
    let most = all.reduce(f64::max)?;
    let width = (RIGHT - LEFT) / columns.len() as i32;
    canvas::sheet(TOP + rows.len() as i32 * ROW + 12, |sheet| {
        canvas::write(sheet, &words::cut(unit, 60), (LEFT, TOP - 38), SMALL)?;
        for (at, column) in columns.iter().enumerate() {
            let middle = LEFT + at as i32 * width + width / 2;
            canvas::write(sheet, &words::cut(column, 14), (middle, TOP - 14), SMALL.aligned(HPos::Center))?;
        }
        for (down, row) in rows.iter().enumerate() {
            let y = TOP + down as i32 * ROW;
            canvas::write(sheet, &words::cut(&row.label, 14), (LEFT - 12, y + ROW / 2), LABEL.aligned(HPos::Right))?;
            for at in 0..columns.len() {
                cell(sheet, (LEFT + at as i32 * width, y), width, value(row, at), most)?;
            }
        }
        Some(())
    })
}

fn cell(sheet: &Sheet<'_>, (x, y): (i32, i32), width: i32, value: Option<f64>, most: f64) -> Drawn {
    let (right, bottom) = (x + width - GAP, y + ROW - GAP);
    let Some(value) = value else {
        return canvas::line(sheet, (x, bottom), (right, y), GRID, 2);
    };
    let part = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    let corners = [(x * PX, y * PX), (right * PX, bottom * PX)];
    let fill = canvas::colour("agent", 0).mix(0.04 + (FULLEST - 0.04) * part);
    sheet.draw(&Rectangle::new(corners, fill.filled())).ok()?;
    let middle = ((x + right) / 2, (y + bottom) / 2);
    canvas::write(sheet, &words::amount(value), middle, LABEL.aligned(HPos::Center))
}

pub(super) fn values(columns: &[String], rows: &[HeatRow]) -> Vec<Vec<String>> {
    let heading = std::iter::once("Row".to_owned()).chain(columns.iter().cloned()).collect();
    let row = |row: &HeatRow| {
        let cells = (0..columns.len()).map(|at| value(row, at).map_or("not told".to_owned(), words::amount));
        std::iter::once(row.label.clone()).chain(cells).collect()
    };
    std::iter::once(heading).chain(rows.iter().map(row)).collect()
}

pub(super) fn describe(unit: &str, columns: &[String], rows: &[HeatRow]) -> String {
    let row = |row: &HeatRow| {
        let cells = columns
            .iter()
            .enumerate()
            .filter_map(|(at, column)| value(row, at).map(|value| format!("{} {column}", words::amount(value))));
        let said: Vec<String> = cells.collect();
        let said = if said.is_empty() { "nothing is told".to_owned() } else { said.join(", ") };
        format!("{}: {said}.", row.label)
    };
    std::iter::once(format!("Cells, {unit}.")).chain(rows.iter().map(row)).collect::<Vec<_>>().join(" ")
}
