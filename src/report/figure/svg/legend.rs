//! The legend of a panel: a sample of every named series that has values, in rows.

use crate::report::canvas::{Align, Area, Canvas, Point};
use crate::report::figure::{Figure, Mark, Series};
use crate::report::style::{self, Color};
use crate::report::text;

/// Width of a sample, pixels.
const SAMPLE: f64 = 26.0;
/// Pixels between a sample and its name, and between a name and the next sample.
const GAPS: [f64; 2] = [6.0, 18.0];
/// Longest name, pixels.
const NAME_WIDTH: f64 = 260.0;
/// Distance of rows, pixels.
pub(super) const ROW: f64 = 20.0;

/// An entry: its series, the name as it is written, its row and its left end.
struct Entry<'a> {
    series: &'a Series,
    name: String,
    row: usize,
    left: f64,
}

/// The entries of a panel.
pub(super) struct Legend<'a> {
    entries: Vec<Entry<'a>>,
    /// Rows that it takes above the line of the axis label; 0 where it has room on that line.
    pub rows: usize,
}

impl<'a> Legend<'a> {
    /// Places entries between `left` and `right`; a single row that begins after `label` stands on its line.
    pub fn new(figure: &'a Figure, left: f64, right: f64, label: f64) -> Self {
        let (mut row, mut x) = (0, left);
        let mut entries = Vec::new();
        for series in figure.series().iter().filter(|series| !series.name.is_empty() && series.has_values()) {
            let name = text::truncate(&text::printable(&series.name), style::BODY, NAME_WIDTH);
            let width = SAMPLE + GAPS[0] + text::width(&name, style::BODY);
            if x + width > right && x > left {
                (row, x) = (row + 1, left);
            }
            entries.push(Entry { series, name, row, left: x });
            x += width + GAPS[1];
        }
        let shift = right - (x - GAPS[1]);
        if row == 0 && left + shift >= label + GAPS[1] {
            entries.iter_mut().for_each(|entry| entry.left += shift);
            return Self { entries, rows: 0 };
        }
        let rows = if entries.is_empty() { 0 } else { row + 1 };
        Self { entries, rows }
    }

    /// Draws it; `y` is the middle of the line of the axis label.
    pub fn draw(&self, canvas: &mut Canvas, y: f64) {
        for entry in &self.entries {
            let y = y - ROW * self.rows as f64 + ROW * entry.row as f64;
            sample(canvas, entry.series, (entry.left, y));
            let place = (entry.left + SAMPLE + GAPS[0], y);
            canvas.text(&entry.name, place, Align::Left, style::BODY, style::INK);
        }
    }
}

fn sample(canvas: &mut Canvas, series: &Series, (x, y): Point) {
    let tone = style::tone(series.tone);
    let middle = (x + SAMPLE / 2.0, y);
    match series.mark {
        Mark::Line | Mark::Step => {
            canvas.stroke(&[(x, y), (x + SAMPLE, y)], tone.light, series.width, style::dash(series.dash));
            canvas.marker(middle, tone.marker, tone.light);
        }
        Mark::Dots => canvas.marker(middle, tone.marker, tone.light),
        Mark::Reference => hollow(canvas, middle, tone.light),
        Mark::Crosses => cross(canvas, middle, tone.light),
        Mark::Bars | Mark::Stack | Mark::Area => {
            let area = Area { left: x + 8.0, top: y - 6.0, right: x + SAMPLE, bottom: y + 6.0 };
            canvas.rectangle(area, tone.light, 1.0);
        }
    }
}

/// An empty diamond.
pub(super) fn hollow(canvas: &mut Canvas, (x, y): Point, color: Color) {
    canvas.path(&[(x, y - 5.0), (x + 5.0, y), (x, y + 5.0), (x - 5.0, y), (x, y - 5.0)], color, 1.5);
}

/// A cross.
pub(super) fn cross(canvas: &mut Canvas, (x, y): Point, color: Color) {
    canvas.line((x - 4.0, y - 4.0), (x + 4.0, y + 4.0), color, 1.75);
    canvas.line((x - 4.0, y + 4.0), (x + 4.0, y - 4.0), color, 1.75);
}
