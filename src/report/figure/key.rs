//! The legend of a still figure, and the signs of series.

use super::{Figure, Mark, Series};
use crate::report::canvas::{Area, Canvas, Marker};
use crate::report::style::{self, Color};

/// Width of a sample in the legend, pixels.
pub(super) const SAMPLE: f64 = 22.0;

/// The colour of a tone.
pub(super) fn tone(number: usize) -> Color {
    style::TONES[number % style::TONES.len()]
}

/// The sign of a tone.
pub(super) fn sign(number: usize) -> Marker {
    [Marker::Disc, Marker::Triangle, Marker::Square, Marker::Diamond][number % 4]
}

/// Where each series stands in the legend: row and x.
pub(super) fn legend(figure: &Figure, left: f64, right: f64) -> Vec<(&Series, usize, f64)> {
    let (mut row, mut x) = (0, left);
    let named = figure.series().iter().filter(|series| !series.name.is_empty());
    named
        .map(|series| {
            let width = SAMPLE + 6.0 + style::text_width(&series.name, style::BODY) + 18.0;
            if x + width > right && x > left {
                (row, x) = (row + 1, left);
            }
            let entry = (series, row, x);
            x += width;
            entry
        })
        .collect()
}

pub(super) fn sample(canvas: &mut Canvas, series: &Series, (x, y): (f64, f64)) {
    let (color, middle) = (tone(series.tone), (x + SAMPLE / 2.0, y));
    match series.mark {
        Mark::Line | Mark::Step => {
            canvas.line((x, y), (x + SAMPLE, y), color, 2.0);
            canvas.marker(middle, sign(series.tone), color);
        }
        Mark::Dots => canvas.marker(middle, sign(series.tone), color),
        Mark::Reference => hollow(canvas, middle, color),
        Mark::Crosses => cross(canvas, middle, color),
        Mark::Bars | Mark::Stack => {
            canvas.rectangle(Area { left: x + 4.0, top: y - 6.0, right: x + SAMPLE, bottom: y + 6.0 }, color, 1.0);
        }
    }
}

pub(super) fn hollow(canvas: &mut Canvas, (x, y): (f64, f64), color: Color) {
    canvas.path(&[(x, y - 5.0), (x + 5.0, y), (x, y + 5.0), (x - 5.0, y), (x, y - 5.0)], color, 1.5);
}

pub(super) fn cross(canvas: &mut Canvas, (x, y): (f64, f64), color: Color) {
    canvas.line((x - 4.0, y - 4.0), (x + 4.0, y + 4.0), color, 1.75);
    canvas.line((x - 4.0, y + 4.0), (x + 4.0, y - 4.0), color, 1.75);
}
