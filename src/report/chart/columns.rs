//! Stacked columns over time, the first series at the bottom, named at the right in stack order.

use chrono::{Datelike, NaiveDate};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::super::panel::Series;
use super::super::words;
use super::canvas::{self, Drawn, GRID, MUTED, PX, SMALL, SURFACE, Sheet, WIDTH};

const HEIGHT: i32 = 320;
const LEFT: i32 = 52;
const RIGHT: i32 = WIDTH - 150;
const TOP: i32 = 34;
const BOTTOM: i32 = HEIGHT - 44;
/// A column is never wider than this, however few months there are.
const WIDEST: f64 = 44.0;

/// What stands under a column: its mark where it has one, a second one below that, and its name in words.
pub(super) struct Slot {
    mark: Option<String>,
    below: Option<String>,
    pub(super) name: String,
}

/// Every month of a year or so, quarters up to three years, then years, thinned to a readable few.
pub(super) fn months(months: &[NaiveDate]) -> Vec<Slot> {
    let every = (months.len() / 12 / 13 + 1) as i32;
    let mark = |month: NaiveDate| match months.len() {
        0..=14 => Some(words::month_name(month)),
        15..=36 => (month.month0().is_multiple_of(3)).then(|| words::month_name(month)),
        _ => (month.month() == 1 && month.year() % every == 0).then(|| month.year().to_string()),
    };
    let slot = |(at, &month): (usize, &NaiveDate)| Slot {
        mark: mark(month),
        below: (months.len() <= 36 && (at == 0 || month.month() == 1)).then(|| month.year().to_string()),
        name: words::month(month),
    };
    months.iter().enumerate().map(slot).collect()
}

/// Every year, thinned to a readable few.
pub(super) fn years(years: &[i32]) -> Vec<Slot> {
    let every = years.len() as i32 / 17 + 1;
    let slot =
        |year: &i32| Slot { mark: (year % every == 0).then(|| year.to_string()), below: None, name: year.to_string() };
    years.iter().map(slot).collect()
}

/// What a series shows in a column: never less than nothing, and nothing where it is silent.
pub(super) fn value(series: &Series, at: usize) -> f64 {
    series.values.get(at).copied().filter(|value| value.is_finite() && *value > 0.0).unwrap_or(0.0)
}

pub(super) fn draw(unit: &str, slots: &[Slot], series: &[Series]) -> Option<String> {
    let highest = (0..slots.len()).map(|at| series.iter().map(|series| value(series, at)).sum()).fold(0.0, f64::max);
    if highest <= 0.0 || !highest.is_finite() {
        return None;
    }
    let whole = if unit.starts_with('%') { 100.0 } else { 0.0 };
    let ticks = canvas::ticks(0.0, highest.max(whole), 5.0);
    let top = ticks.last().copied()?;
    canvas::sheet(HEIGHT, |sheet| {
        grid(sheet, unit, &ticks, top)?;
        columns(sheet, slots.len(), series, top)?;
        canvas::line(sheet, (LEFT, BOTTOM), (RIGHT, BOTTOM), MUTED, 2)?;
        marks(sheet, slots)?;
        legend(sheet, series)
    })
}

fn grid(sheet: &Sheet<'_>, unit: &str, ticks: &[f64], top: f64) -> Drawn {
    canvas::write(sheet, &words::cut(unit, 40), (LEFT, TOP - 18), SMALL)?;
    for tick in ticks {
        let y = BOTTOM - (tick / top * f64::from(BOTTOM - TOP)).round() as i32;
        canvas::line(sheet, (LEFT, y), (RIGHT, y), GRID, 2)?;
        canvas::write(sheet, &words::short(*tick), (LEFT - 8, y), SMALL.aligned(HPos::Right))?;
    }
    Some(())
}

/// Between columns is a gap, between their parts a thin line of background; where columns are only
/// a few pixels wide they touch.
fn columns(sheet: &Sheet<'_>, count: usize, series: &[Series], top: f64) -> Drawn {
    let spans = ((LEFT * PX)..(RIGHT * PX), (TOP * PX)..(BOTTOM * PX));
    let (time, amount) = (0.0..count as f64, top..0.0);
    let plot = sheet.apply_coord_spec(Cartesian2d::<RangedCoordf64, RangedCoordf64>::new(time, amount, spans));
    let is_dense = width(count) < 6.0;
    let half = if is_dense { 0.5 } else { (width(count) * 0.76).min(WIDEST) / width(count) / 2.0 };
    for at in 0..count {
        let (left, right) = (at as f64 + 0.5 - half, at as f64 + 0.5 + half);
        let mut floor = 0.0;
        for (order, part) in series.iter().enumerate().filter(|(_, part)| value(part, at) > 0.0) {
            let ceiling = floor + value(part, at);
            let fill = canvas::colour(&part.key, order).filled();
            plot.draw(&Rectangle::new([(left, ceiling), (right, floor)], fill)).ok()?;
            if floor > 0.0 && !is_dense {
                plot.draw(&PathElement::new(vec![(left, floor), (right, floor)], SURFACE.stroke_width(2))).ok()?;
            }
            floor = ceiling;
        }
    }
    Some(())
}

/// Shown width of a column with its gap.
fn width(count: usize) -> f64 {
    f64::from(RIGHT - LEFT) / count as f64
}

fn marks(sheet: &Sheet<'_>, slots: &[Slot]) -> Drawn {
    let centre = |at: usize| LEFT + (width(slots.len()) * (at as f64 + 0.5)).round() as i32;
    for (at, slot) in slots.iter().enumerate() {
        for (mark, below) in [(&slot.mark, 14), (&slot.below, 31)] {
            if let Some(mark) = mark {
                canvas::write(sheet, mark, (centre(at), BOTTOM + below), SMALL.aligned(HPos::Center))?;
            }
        }
    }
    Some(())
}

fn legend(sheet: &Sheet<'_>, series: &[Series]) -> Drawn {
    let (left, row) = (RIGHT + 20, 24);
    for (from_top, (order, part)) in series.iter().enumerate().rev().enumerate() {
        let y = TOP + 8 + from_top as i32 * row;
        canvas::named(sheet, &part.key, &part.label, order, (left, y), 17)?;
    }
    Some(())
}

/// First, highest and last value of each series; the rest is in the table beside the chart.
pub(super) fn describe(unit: &str, slots: &[Slot], series: &[Series]) -> String {
    let Some((first, last)) = slots.first().zip(slots.last()) else { return String::new() };
    let said = |part: &Series, at: usize| format!("{} in {}", words::amount(value(part, at)), slots[at].name);
    let highest = |part: &Series| (0..slots.len()).rev().max_by(|a, b| value(part, *a).total_cmp(&value(part, *b)));
    let parts = series.iter().map(|part| {
        let highest = highest(part).map(|at| said(part, at)).unwrap_or_default();
        format!("{}: {}, at most {highest}, {}.", part.label, said(part, 0), said(part, slots.len() - 1))
    });
    let span = format!("Stacked columns, {unit}, {} to {}.", first.name, last.name);
    std::iter::once(span).chain(parts).collect::<Vec<_>>().join(" ")
}
