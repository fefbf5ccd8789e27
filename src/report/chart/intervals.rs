//! Points with their intervals on a common axis, under headings, each row named and said in numbers.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::super::panel::{IntervalRow, RATIO};
use super::super::words;
use super::canvas::{self, Drawn, GRID, LABEL, MUTED, PX, Pen, SMALL, Sheet, WIDTH};

const LABELS: i32 = 20;
const LEFT: i32 = 196;
const RIGHT: i32 = WIDTH - 196;
const NUMBERS: i32 = RIGHT + 26;
const TOP: i32 = 8;
const HEADING: i32 = 34;
const ROW: i32 = 40;
const AXIS: i32 = 54;

/// A common axis: linear from zero, or logarithmic around 1 for ratios.
struct Axis {
    ticks: Vec<f64>,
    is_log: bool,
}

impl Axis {
    fn of(unit: &str, rows: &[IntervalRow]) -> Option<Self> {
        let numbers: Vec<f64> = rows.iter().filter_map(point).flatten().filter(|number| number.is_finite()).collect();
        let (low, high) = (numbers.iter().copied().reduce(f64::min)?, numbers.iter().copied().reduce(f64::max)?);
        let is_log = unit == RATIO;
        let ticks = if is_log { canvas::powers(low, high) } else { canvas::ticks(low.min(0.0), high.max(0.0), 5.0) };
        Some(Self { ticks, is_log })
    }

    /// Shown place of a number, at the edge when it lies beyond.
    fn place(&self, number: f64) -> i32 {
        let scaled = |number: f64| if self.is_log { number.ln() } else { number };
        let (first, last) = (self.ticks.first().copied().unwrap_or(0.0), self.ticks.last().copied().unwrap_or(1.0));
        let part = (scaled(number) - scaled(first)) / (scaled(last) - scaled(first));
        LEFT + (part.clamp(0.0, 1.0) * f64::from(RIGHT - LEFT)).round() as i32
    }

    fn says(&self, tick: f64) -> String {
        if self.is_log { format!("×{}", words::short(tick)) } else { words::short(tick) }
    }

    /// Where there is no difference.
    fn null(&self) -> f64 {
        if self.is_log { 1.0 } else { 0.0 }
    }
}

/// Value, low, high; nothing unless the value is a number.
fn point(row: &IntervalRow) -> Option<[f64; 3]> {
    row.point.filter(|point| point[0].is_finite())
}

/// `38 (24–55)`, or that there is too little data.
pub(super) fn said(unit: &str, row: &IntervalRow) -> String {
    point(row).map_or("too little data".to_owned(), |point| words::interval(point, unit == RATIO))
}

pub(super) fn draw(unit: &str, rows: &[IntervalRow]) -> Option<String> {
    let axis = Axis::of(unit, rows)?;
    let headings = rows.iter().enumerate().filter(|(at, _)| has_heading(rows, *at)).count() as i32;
    let bottom = TOP + headings * HEADING + rows.len() as i32 * ROW + 6;
    canvas::sheet(bottom + AXIS, |sheet| {
        grid(sheet, &axis, unit, bottom)?;
        let mut y = TOP;
        for (at, row) in rows.iter().enumerate() {
            if has_heading(rows, at) {
                heading(sheet, &row.group, y, at > 0)?;
                y += HEADING;
            }
            row_at(sheet, &axis, row, at, y + ROW / 2)?;
            y += ROW;
        }
        Some(())
    })
}

fn has_heading(rows: &[IntervalRow], at: usize) -> bool {
    !rows[at].group.is_empty() && (at == 0 || rows[at - 1].group != rows[at].group)
}

fn grid(sheet: &Sheet<'_>, axis: &Axis, unit: &str, bottom: i32) -> Drawn {
    for tick in &axis.ticks {
        let x = axis.place(*tick);
        let colour = if *tick == axis.null() { MUTED } else { GRID };
        canvas::line(sheet, (x, TOP + 6), (x, bottom), colour, 2)?;
        canvas::write(sheet, &axis.says(*tick), (x, bottom + 15), SMALL.aligned(HPos::Center))?;
    }
    let unit = if axis.is_log { "ratio; ×1 is no difference" } else { unit };
    canvas::write(sheet, &words::cut(unit, 60), ((LEFT + RIGHT) / 2, bottom + 37), SMALL.aligned(HPos::Center))
}

fn heading(sheet: &Sheet<'_>, group: &str, y: i32, with_rule: bool) -> Drawn {
    if with_rule {
        canvas::line(sheet, (0, y + 4), (WIDTH, y + 4), GRID, 2)?;
    }
    canvas::write(sheet, &words::cut(group, 60), (0, y + 20), Pen { bold: true, ..LABEL })
}

fn row_at(sheet: &Sheet<'_>, axis: &Axis, row: &IntervalRow, at: usize, y: i32) -> Drawn {
    canvas::write(sheet, &words::cut(&row.label, 24), (LABELS, y), LABEL)?;
    canvas::write(sheet, &words::cut(&row.note, 29), (NUMBERS, y + 9), SMALL)?;
    let Some([value, low, high]) = point(row) else {
        return canvas::write(sheet, "too little data", (NUMBERS, y - 8), Pen { colour: MUTED, ..LABEL });
    };
    canvas::write(sheet, &words::interval([value, low, high], axis.is_log), (NUMBERS, y - 8), LABEL)?;
    let colour = canvas::colour(&row.key, at);
    let (from, to) = (axis.place(low), axis.place(high));
    canvas::line(sheet, (from, y), (to, y), colour, 6)?;
    for end in [from, to] {
        canvas::line(sheet, (end, y - 5), (end, y + 5), colour, 4)?;
    }
    sheet.draw(&Circle::new((axis.place(value) * PX, y * PX), 6 * PX, colour.filled())).ok()
}

pub(super) fn describe(unit: &str, rows: &[IntervalRow]) -> String {
    let row = |row: &IntervalRow| {
        let group = if row.group.is_empty() { String::new() } else { format!("{}, ", row.group) };
        format!("{group}{}: {}, {}.", row.label, said(unit, row), row.note)
    };
    let points = format!("Points with 95 % intervals, {unit}.");
    std::iter::once(points).chain(rows.iter().map(row)).collect::<Vec<_>>().join(" ")
}
