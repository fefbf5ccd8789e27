//! Step curves of what is left, each in the band of its interval, with how many are still under watch below.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::super::panel::SurvivalCurve;
use super::super::words;
use super::canvas::{self, Drawn, GRID, MUTED, PX, SMALL, Sheet, WIDTH};

const LEFT: i32 = 46;
const RIGHT: i32 = WIDTH - 150;
const TOP: i32 = 34;
const BOTTOM: i32 = 330;
/// From the axis down to its title, to the heading of the numbers below, and from one of their rows to the next.
const TITLE: i32 = 34;
const NUMBERS: i32 = 74;
const ROW: i32 = 20;

const YEAR: u32 = 365;

/// Points that are numbers, by age.
fn points(curve: &SurvivalCurve) -> impl Iterator<Item = [f64; 4]> + '_ {
    curve.points.iter().copied().filter(|point| point.iter().all(|number| number.is_finite()))
}

/// Value, low and high at an age; `None` beyond the curve's end.
fn at(curve: &SurvivalCurve, age: f64) -> Option<[f64; 3]> {
    points(curve).last().filter(|last| last[0] >= age)?;
    points(curve).take_while(|point| point[0] <= age).last().map(|[_, value, low, high]| [value, low, high])
}

fn are_years(ages: &[u32]) -> bool {
    ages.iter().all(|age| age % YEAR == 0) && ages.iter().any(|age| *age > YEAR)
}

/// `at once`, `30 days`, `1 year`.
fn age_in_words(age: u32, ages: &[u32]) -> String {
    match age {
        0 => "at once".to_owned(),
        age if are_years(ages) => words::counted(u64::from(age / YEAR), "year"),
        age => words::counted(age.into(), "day"),
    }
}

/// The ages with room for their mark and the numbers below, with their places.
fn marked(place: &Place, ages: &[u32]) -> Vec<(usize, u32)> {
    const ROOM: i32 = 46;
    let mut marked: Vec<(usize, u32)> = Vec::new();
    for (at, &age) in ages.iter().enumerate() {
        let is_clear = |last: &(usize, u32)| place.x(age.into()) - place.x(last.1.into()) >= ROOM;
        if marked.last().is_none_or(is_clear) {
            marked.push((at, age));
        }
    }
    marked
}

/// Where ages and percentages lie, in shown pixels.
struct Place {
    last: f64,
}

impl Place {
    fn x(&self, age: f64) -> i32 {
        LEFT + ((age / self.last).clamp(0.0, 1.0) * f64::from(RIGHT - LEFT)).round() as i32
    }

    fn y(&self, percent: f64) -> i32 {
        BOTTOM - ((percent / 100.0).clamp(0.0, 1.0) * f64::from(BOTTOM - TOP)).round() as i32
    }
}

pub(super) fn draw(unit: &str, counted: &str, ages: &[u32], curves: &[SurvivalCurve]) -> Option<String> {
    let ends = curves.iter().filter_map(|curve| points(curve).last()).map(|point| point[0]);
    let last = ends.chain(ages.last().map(|age| f64::from(*age))).reduce(f64::max)?;
    if last <= 0.0 || curves.iter().all(|curve| points(curve).next().is_none()) || ages.is_empty() {
        return None;
    }
    let place = Place { last };
    canvas::sheet(BOTTOM + NUMBERS + 8 + curves.len() as i32 * ROW, |sheet| {
        grid(sheet, &place, unit, ages)?;
        for (order, curve) in curves.iter().enumerate() {
            band(sheet, &place, curve, order)?;
        }
        for (order, curve) in curves.iter().enumerate() {
            line(sheet, &place, curve, order)?;
        }
        legend(sheet, curves)?;
        numbers(sheet, &place, counted, ages, curves)
    })
}

fn grid(sheet: &Sheet<'_>, place: &Place, unit: &str, ages: &[u32]) -> Drawn {
    canvas::write(sheet, &words::cut(unit, 60), (LEFT, TOP - 18), SMALL)?;
    for percent in [0, 20, 40, 60, 80, 100] {
        let y = place.y(percent.into());
        canvas::line(sheet, (LEFT, y), (RIGHT, y), if percent == 0 { MUTED } else { GRID }, 2)?;
        canvas::write(sheet, &percent.to_string(), (LEFT - 8, y), SMALL.aligned(HPos::Right))?;
    }
    let years = are_years(ages);
    for (_, age) in marked(place, ages) {
        let x = place.x(age.into());
        canvas::line(sheet, (x, BOTTOM), (x, BOTTOM + 4), MUTED, 2)?;
        let mark = if years { age / YEAR } else { age };
        canvas::write(sheet, &mark.to_string(), (x, BOTTOM + 14), SMALL.aligned(HPos::Center))?;
    }
    let title = if years { "years since they landed" } else { "days since they landed" };
    canvas::write(sheet, title, ((LEFT + RIGHT) / 2, BOTTOM + TITLE), SMALL.aligned(HPos::Center))
}

/// The corners of a staircase through one of the numbers of the points, in drawn pixels.
fn stairs(place: &Place, curve: &SurvivalCurve, number: usize) -> Vec<(i32, i32)> {
    let mut corners: Vec<(i32, i32)> = Vec::new();
    for point in points(curve) {
        let (x, y) = (place.x(point[0]) * PX, place.y(point[number]) * PX);
        if let Some(&(_, before)) = corners.last() {
            corners.push((x, before));
        }
        corners.push((x, y));
    }
    corners.dedup();
    corners
}

fn band(sheet: &Sheet<'_>, place: &Place, curve: &SurvivalCurve, order: usize) -> Drawn {
    let mut corners = stairs(place, curve, 3);
    corners.extend(stairs(place, curve, 2).into_iter().rev());
    if corners.is_empty() {
        return Some(());
    }
    sheet.draw(&Polygon::new(corners, canvas::colour(&curve.key, order).mix(0.16).filled())).ok()
}

fn line(sheet: &Sheet<'_>, place: &Place, curve: &SurvivalCurve, order: usize) -> Drawn {
    let stroke = canvas::colour(&curve.key, order).stroke_width(4);
    sheet.draw(&PathElement::new(stairs(place, curve, 1), stroke)).ok()
}

fn swatch(sheet: &Sheet<'_>, curve: &SurvivalCurve, order: usize, y: i32) -> Drawn {
    canvas::named(sheet, &curve.key, &curve.label, order, (RIGHT + 20, y), 17)
}

/// Names in the order in which the curves end, so that a name stands near its curve as far as it can.
fn legend(sheet: &Sheet<'_>, curves: &[SurvivalCurve]) -> Drawn {
    let mut by_end: Vec<(usize, &SurvivalCurve)> = curves.iter().enumerate().collect();
    let end = |curve: &SurvivalCurve| points(curve).last().map_or(0.0, |point| point[1]);
    by_end.sort_by(|(_, one), (_, other)| end(other).total_cmp(&end(one)));
    for (row, (order, curve)) in by_end.into_iter().enumerate() {
        swatch(sheet, curve, order, TOP + 8 + row as i32 * 24)?;
    }
    Some(())
}

fn numbers(sheet: &Sheet<'_>, place: &Place, counted: &str, ages: &[u32], curves: &[SurvivalCurve]) -> Drawn {
    let heading = BOTTOM + NUMBERS - ROW + 6;
    canvas::write(sheet, &words::cut(counted, 60), (LEFT - 12, heading), SMALL)?;
    for (order, curve) in curves.iter().enumerate() {
        let y = BOTTOM + NUMBERS + 6 + order as i32 * ROW;
        for (at, age) in marked(place, ages) {
            let count = curve.at_risk.get(at).copied().unwrap_or_default();
            let count = if count < 100_000 { words::count(count) } else { format!("{}k", words::count(count / 1000)) };
            canvas::write(sheet, &count, (place.x(age.into()), y), SMALL.aligned(HPos::Center))?;
        }
        swatch(sheet, curve, order, y)?;
    }
    Some(())
}

/// The value with its interval, `80 (70–88)`.
fn said(numbers: [f64; 3]) -> String {
    words::interval(numbers, false)
}

pub(super) fn values(counted: &str, ages: &[u32], curves: &[SurvivalCurve]) -> Vec<Vec<String>> {
    let heading = ["Curve", "After", "Value (95 % interval)", counted].map(str::to_owned).to_vec();
    let row = |curve: &SurvivalCurve, (place, age): (usize, &u32)| {
        let said = at(curve, f64::from(*age)).map(said)?;
        let count = curve.at_risk.get(place).copied().unwrap_or_default();
        Some(vec![curve.label.clone(), age_in_words(*age, ages), said, words::count(count)])
    };
    let rows = curves.iter().flat_map(|curve| ages.iter().enumerate().filter_map(move |age| row(curve, age)));
    std::iter::once(heading).chain(rows).collect()
}

pub(super) fn describe(unit: &str, ages: &[u32], curves: &[SurvivalCurve]) -> String {
    let curve = |curve: &SurvivalCurve| {
        let after = |age: &u32| {
            let said = at(curve, f64::from(*age)).map(said)?;
            let age = age_in_words(*age, ages);
            Some(if age == "at once" { format!("{said} {age}") } else { format!("{said} after {age}") })
        };
        format!("{}: {}.", curve.label, ages.iter().filter_map(after).collect::<Vec<_>>().join(", "))
    };
    let what = format!("Step curves with 95 % intervals, {unit}.");
    std::iter::once(what).chain(curves.iter().map(curve)).collect::<Vec<_>>().join(" ")
}
