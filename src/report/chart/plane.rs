//! Lines with bands, thin limits and named points over two measures.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::super::panel::{Across, Line, Point, RATIO};
use super::super::words;
use super::canvas::{self, Drawn, GRID, MUTED, PX, SMALL, Sheet, WIDTH};

const LEFT: i32 = 56;
const RIGHT: i32 = WIDTH - 190;
const TOP: i32 = 34;
const BOTTOM: i32 = 340;
const HEIGHT: i32 = BOTTOM + 52;
const LEGEND: i32 = 24;

/// One measure: round numbers along it, and whether equal factors take equal room.
struct Axis {
    ticks: Vec<f64>,
    is_log: bool,
}

impl Axis {
    fn scaled(&self, number: f64) -> f64 {
        if self.is_log { number.max(1e-9).ln() } else { number }
    }

    /// From 0 at the first round number to 1 at the last; at the edge what lies beyond.
    fn part(&self, number: f64) -> f64 {
        let (first, last) = (self.ticks.first().copied().unwrap_or(0.0), self.ticks.last().copied().unwrap_or(1.0));
        let part = (self.scaled(number) - self.scaled(first)) / (self.scaled(last) - self.scaled(first));
        part.clamp(0.0, 1.0)
    }
}

/// 1, 2 and 5 times powers of ten, from the last at or below `low` to the first at or above `high`.
fn tens(low: f64, high: f64) -> Vec<f64> {
    let (low, high) = (low.max(1.0), high.clamp(2.0, 1e12));
    let all = (0..=12).flat_map(|power| [1.0, 2.0, 5.0].map(|unit| unit * 10f64.powi(power)));
    let ticks: Vec<f64> = all.collect();
    let first = ticks.iter().rposition(|tick| *tick <= low).unwrap_or(0);
    let last = ticks.iter().position(|tick| *tick >= high).unwrap_or(ticks.len() - 1).max(first + 1);
    ticks[first..=last.min(ticks.len() - 1)].to_vec()
}

struct Place {
    x: Axis,
    y: Axis,
}

impl Place {
    fn of(unit: &str, across: &Across, lines: &[Line], points: &[Point]) -> Option<Self> {
        let ends = |numbers: &mut dyn Iterator<Item = f64>| {
            numbers.filter(|number| number.is_finite()).fold(None, |ends: Option<(f64, f64)>, number| {
                Some(ends.map_or((number, number), |(low, high)| (low.min(number), high.max(number))))
            })
        };
        let all = || lines.iter().flat_map(told);
        let (left, right) = ends(&mut all().map(|point| point[0]).chain(points.iter().filter_map(at).map(|at| at[0])))?;
        let (low, high) = ends(
            &mut all()
                .flat_map(|point| [point[1], point[2], point[3]])
                .chain(points.iter().filter_map(at).map(|at| at[1])),
        )?;
        let is_ratio = unit == RATIO;
        let x = if across.is_log { tens(left, right) } else { canvas::ticks(left, right, 6.0) };
        let y = if is_ratio { canvas::powers(low, high) } else { canvas::ticks(low, high, 5.0) };
        Some(Self { x: Axis { ticks: x, is_log: across.is_log }, y: Axis { ticks: y, is_log: is_ratio } })
    }

    fn x(&self, number: f64) -> i32 {
        LEFT + (self.x.part(number) * f64::from(RIGHT - LEFT)).round() as i32
    }

    fn y(&self, number: f64) -> i32 {
        BOTTOM - (self.y.part(number) * f64::from(BOTTOM - TOP)).round() as i32
    }
}

/// What can be drawn; a limit may be none, and then lies at the edge.
fn told(line: &Line) -> impl Iterator<Item = [f64; 4]> + '_ {
    let is_told =
        |point: &[f64; 4]| point[..2].iter().all(|number| number.is_finite()) && !point.iter().any(|n| n.is_nan());
    line.points.iter().copied().filter(is_told)
}

fn at(point: &Point) -> Option<[f64; 2]> {
    Some(point.at).filter(|at| at.iter().all(|number| number.is_finite()))
}

pub(super) fn draw(unit: &str, across: &Across, lines: &[Line], points: &[Point]) -> Option<String> {
    let place = Place::of(unit, across, lines, points)?;
    canvas::sheet(HEIGHT, |sheet| {
        grid(sheet, &place, unit, across)?;
        let named: Vec<&Line> = lines.iter().filter(|line| !line.label.is_empty()).collect();
        for (order, line) in named.iter().enumerate() {
            band(sheet, &place, line, order)?;
        }
        for limit in lines.iter().filter(|line| line.label.is_empty()) {
            trace(sheet, &place, limit, MUTED, 2)?;
        }
        for (order, line) in named.iter().enumerate() {
            trace(sheet, &place, line, canvas::colour(&line.key, order), 4)?;
            let y = TOP + 8 + order as i32 * LEGEND;
            canvas::named(sheet, &line.key, &line.label, order, (RIGHT + 20, y), 22)?;
        }
        let labels = labels(&place, points);
        for (at, label) in points.iter().filter_map(at).zip(labels) {
            let (x, y) = (place.x(at[0]), place.y(at[1]));
            sheet.draw(&Circle::new((x * PX, y * PX), 5 * PX, canvas::colour("assisted", 0).filled())).ok()?;
            canvas::write(sheet, &words::cut(label.text, 26), label.at, SMALL)?;
        }
        Some(())
    })
}

fn grid(sheet: &Sheet<'_>, place: &Place, unit: &str, across: &Across) -> Drawn {
    let unit = if place.y.is_log { "ratio; ×1 is no difference" } else { unit };
    canvas::write(sheet, &words::cut(unit, 60), (LEFT, TOP - 20), SMALL)?;
    for tick in &place.y.ticks {
        let y = place.y(*tick);
        let is_null = *tick == f64::from(u8::from(place.y.is_log));
        canvas::line(sheet, (LEFT, y), (RIGHT, y), if is_null { MUTED } else { GRID }, 2)?;
        let said = if place.y.is_log { format!("×{}", words::short(*tick)) } else { words::short(*tick) };
        canvas::write(sheet, &said, (LEFT - 8, y), SMALL.aligned(HPos::Right))?;
    }
    for tick in &place.x.ticks {
        let x = place.x(*tick);
        canvas::line(sheet, (x, BOTTOM), (x, BOTTOM + 4), MUTED, 2)?;
        canvas::write(sheet, &words::short(*tick), (x, BOTTOM + 15), SMALL.aligned(HPos::Center))?;
    }
    canvas::write(sheet, &words::cut(&across.label, 70), ((LEFT + RIGHT) / 2, BOTTOM + 37), SMALL.aligned(HPos::Center))
}

fn band(sheet: &Sheet<'_>, place: &Place, line: &Line, order: usize) -> Drawn {
    let corner = |point: [f64; 4], number: usize| (place.x(point[0]) * PX, place.y(point[number]) * PX);
    let mut corners: Vec<(i32, i32)> = told(line).map(|point| corner(point, 3)).collect();
    corners.extend(told(line).collect::<Vec<_>>().into_iter().rev().map(|point| corner(point, 2)));
    if corners.is_empty() {
        return Some(());
    }
    sheet.draw(&Polygon::new(corners, canvas::colour(&line.key, order).mix(0.12).filled())).ok()
}

fn trace(sheet: &Sheet<'_>, place: &Place, line: &Line, colour: RGBColor, width: u32) -> Drawn {
    let corners: Vec<_> = told(line).map(|point| (place.x(point[0]) * PX, place.y(point[1]) * PX)).collect();
    sheet.draw(&PathElement::new(corners, colour.stroke_width(width))).ok()
}

/// A point's name and where it stands.
struct Label<'a> {
    text: &'a str,
    at: (i32, i32),
}

/// Names beside their points, each moved down as far as those before it need.
fn labels<'a>(place: &Place, points: &'a [Point]) -> Vec<Label<'a>> {
    const BESIDE: i32 = 10;
    const LINE: i32 = 14;
    const LONGEST: i32 = 170;
    let mut labels: Vec<Label<'_>> = Vec::new();
    for (text, [across, value]) in points.iter().filter_map(|point| Some((point.label.as_str(), at(point)?))) {
        let (x, mut y) = (place.x(across) + BESIDE, place.y(value));
        let is_taken =
            |y: i32| labels.iter().any(|other| (other.at.0 - x).abs() < LONGEST && (other.at.1 - y).abs() < LINE);
        while is_taken(y) && y < BOTTOM {
            y += 1;
        }
        labels.push(Label { text, at: (x, y) });
    }
    labels
}

fn said(unit: &str, [_, value, low, high]: [f64; 4]) -> String {
    if low < high { words::interval([value, low, high], unit == RATIO) } else { words::amount(value) }
}

pub(super) fn values(unit: &str, across: &Across, lines: &[Line], points: &[Point]) -> Vec<Vec<String>> {
    let heading = ["Item", &across.label, "Value"].map(str::to_owned).to_vec();
    let line = |line: &Line| {
        let row = |point: [f64; 4]| vec![line.label.clone(), words::amount(point[0]), said(unit, point)];
        told(line).map(row).collect::<Vec<_>>()
    };
    let point =
        |point: &Point| at(point).map(|at| vec![point.label.clone(), words::amount(at[0]), words::amount(at[1])]);
    let named = lines.iter().filter(|line| !line.label.is_empty());
    std::iter::once(heading).chain(named.flat_map(line)).chain(points.iter().filter_map(point)).collect()
}

pub(super) fn describe(unit: &str, across: &Across, lines: &[Line], points: &[Point]) -> String {
    let rows = values(unit, across, lines, points);
    let row = |row: &Vec<String>| format!("{}: {} at {}.", row[0], row[2], row[1]);
    let what = format!("{unit} by {}.", across.label);
    std::iter::once(what).chain(rows.iter().skip(1).map(row)).collect::<Vec<_>>().join(" ")
}
