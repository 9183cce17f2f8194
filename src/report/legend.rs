//! The legend of a panel over time: a sample of every line and area that has values, outside the data.

use super::canvas::{Align, Area, Canvas};
use super::chart::Panel;
use super::style;

/// The panel's legend, in one row that ends at `right`.
pub fn legend(canvas: &mut Canvas, panel: &Panel, right: f64, y: f64) {
    const SAMPLE: f64 = 26.0;
    const GAP: f64 = 18.0;
    let mut x = right;
    for line in panel.lines.iter().rev().filter(|line| line.has_values()) {
        x -= style::text_width(line.label, style::BODY);
        canvas.text(line.label, (x, y), Align::Left, style::BODY, style::INK);
        x -= SAMPLE + 6.0;
        canvas.line((x, y), (x + SAMPLE, y), line.color, line.width);
        canvas.marker((x + SAMPLE / 2.0, y), line.marker, line.color);
        x -= GAP;
    }
    for layer in panel.layers.iter().rev() {
        x -= style::text_width(layer.label, style::BODY);
        canvas.text(layer.label, (x, y), Align::Left, style::BODY, style::INK);
        x -= 14.0 + 6.0;
        canvas.rectangle(Area { left: x, top: y - 6.0, right: x + 14.0, bottom: y + 6.0 }, layer.color, 1.0);
        x -= GAP;
    }
}
