//! What all charts share: the sheet, its colours, text, axis ticks, and the last touch.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::super::words;

/// Drawn at twice the shown size: the backend rounds coordinates to whole numbers.
pub(super) const PX: i32 = 2;
/// Shown width; the picture scales from there.
pub(super) const WIDTH: i32 = 860;

pub(super) const INK: RGBColor = RGBColor(0x1B, 0x22, 0x33);
pub(super) const MUTED: RGBColor = RGBColor(0x5A, 0x63, 0x75);
pub(super) const GRID: RGBColor = RGBColor(0xE4, 0xE7, 0xED);
pub(super) const SURFACE: RGBColor = RGBColor(0xFE, 0xFE, 0xFE);

/// Colours by the word they stand for, chosen to stay apart for colour-blind readers; after the origins come fillers for other series.
const COLOURS: [(&str, RGBColor); 10] = [
    ("agent", RGBColor(0x5A, 0x3F, 0xD0)),
    ("assisted", RGBColor(0x0A, 0x93, 0xD6)),
    ("human", RGBColor(0xD6, 0x8A, 0x00)),
    ("bot", RGBColor(0x3A, 0x44, 0x54)),
    ("unknown", RGBColor(0xA8, 0xAB, 0xB3)),
    ("other", RGBColor(0xCF, 0xD3, 0xDA)),
    ("fill-1", RGBColor(0x00, 0x87, 0x6C)),
    ("fill-2", RGBColor(0xC2, 0x47, 0x7F)),
    ("fill-3", RGBColor(0x8A, 0x5A, 0x2B)),
    ("fill-4", RGBColor(0x6F, 0xB9, 0x8F)),
];
const NAMED: usize = 6;

pub(super) type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// A drawing fails only if writing to a string does: then there is no chart.
pub(super) type Drawn = Option<()>;

/// The colour of a key; keys that are no origin take the fillers in turn.
pub(super) fn colour(key: &str, at: usize) -> RGBColor {
    let named = COLOURS.iter().find(|(name, _)| *name == key);
    named.unwrap_or(&COLOURS[NAMED + at % (COLOURS.len() - NAMED)]).1
}

/// Draws on a sheet of the given height and gives the SVG.
pub(super) fn sheet(height: i32, draw: impl FnOnce(&Sheet<'_>) -> Drawn) -> Option<String> {
    let mut svg = String::new();
    {
        let size = ((WIDTH * PX) as u32, (height * PX) as u32);
        let sheet = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&sheet)?;
        sheet.present().ok()?;
    }
    Some(svg)
}

#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub(super) size: i32,
    pub(super) colour: RGBColor,
    pub(super) align: HPos,
    pub(super) bold: bool,
}

pub(super) const SMALL: Pen = Pen { size: 12, colour: MUTED, align: HPos::Left, bold: false };
pub(super) const LABEL: Pen = Pen { size: 13, colour: INK, align: HPos::Left, bold: false };

impl Pen {
    pub(super) fn aligned(self, align: HPos) -> Self {
        Self { align, ..self }
    }
}

/// Writes text with its anchor vertically centred at `at`, in shown pixels.
pub(super) fn write(sheet: &Sheet<'_>, text: &str, at: (i32, i32), pen: Pen) -> Drawn {
    // The backend takes a font 1.24 times too large for its em, and so divides by it.
    let size = f64::from(pen.size * PX) * 1.24;
    let weight = if pen.bold { FontStyle::Bold } else { FontStyle::Normal };
    let style = TextStyle::from(("sans-serif", size, weight).into_font())
        .color(&pen.colour)
        .pos(Pos::new(pen.align, VPos::Center));
    sheet.draw(&Text::new(text.to_owned(), (at.0 * PX, at.1 * PX), style)).ok()
}

/// A straight line in shown pixels.
pub(super) fn line(sheet: &Sheet<'_>, from: (i32, i32), to: (i32, i32), colour: RGBColor, width: u32) -> Drawn {
    let points = vec![(from.0 * PX, from.1 * PX), (to.0 * PX, to.1 * PX)];
    sheet.draw(&PathElement::new(points, colour.stroke_width(width))).ok()
}

/// A swatch of the colour of a key, and its name cut to `most` letters, from `at` on in shown pixels.
pub(super) fn named(sheet: &Sheet<'_>, key: &str, label: &str, order: usize, at: (i32, i32), most: usize) -> Drawn {
    let (left, y) = at;
    let corners = [(left * PX, (y - 6) * PX), ((left + 12) * PX, (y + 6) * PX)];
    sheet.draw(&Rectangle::new(corners, colour(key, order).filled())).ok()?;
    write(sheet, &words::cut(label, most), (left + 20, y), LABEL)
}

/// Round numbers from `low` to `high`, about `wanted` of them, the last at or above `high`.
pub(super) fn ticks(low: f64, high: f64, wanted: f64) -> Vec<f64> {
    let high = if high > low { high } else { low + 1.0 };
    let rough = (high - low) / wanted;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|unit| unit * power).find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((low / step + 1e-6).floor(), (high / step - 1e-6).ceil().max(1.0));
    (0..=(last - first) as usize).map(|at| (first + at as f64) * step).filter(|tick| tick.is_finite()).collect()
}

/// Powers of two around 1 that hold both ends, within ×1/64 and ×64.
pub(super) fn powers(low: f64, high: f64) -> Vec<f64> {
    let exponent = |number: f64| number.max(1e-9).log2().clamp(-6.0, 6.0);
    let (first, last) = (exponent(low).floor().min(-1.0) as i32, exponent(high).ceil().max(1.0) as i32);
    (first..=last).map(|exponent| 2f64.powi(exponent)).collect()
}

/// Makes the drawing scale, follow the page's colours, and speak for itself.
pub(super) fn finish(svg: &str, title: &str, description: &str) -> String {
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    let view = svg.split_once("viewBox=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    let mut body = body.replace("font-family=\"sans-serif\"", "font-family=\"system-ui, sans-serif\"");
    let words = [("ink", INK), ("muted", MUTED), ("grid", GRID), ("surface", SURFACE)];
    for (name, colour) in words {
        body = body.replace(&quoted(colour), &format!("\"var(--{name}, {})\"", hex(colour)));
    }
    for (name, colour) in COLOURS {
        body = body.replace(&quoted(colour), &format!("\"var(--c-{name}, {})\"", hex(colour)));
    }
    let (title, description) = (escape(title), escape(description));
    format!(
        "<svg role=\"img\" viewBox=\"{view}\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <title>{title}</title>\n<desc>{description}</desc>{body}"
    )
}

fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

fn quoted(colour: RGBColor) -> String {
    format!("\"{}\"", hex(colour))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
