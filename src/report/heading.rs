//! The head of every plot: what is shown, for which scenario, and what the scenario asks.

use super::canvas::{Align, Canvas};
use super::{Context, style};

const LINE_HEIGHT: f64 = 16.0;

/// Title and intent at the top of any plot; returns the y below them.
pub fn heading(canvas: &mut Canvas, subject: &str, context: &Context, left: f64, width: f64) -> f64 {
    let title = format!("{subject}: {}", style::printable(&context.name));
    // Bold is wider by about a tenth.
    let title = style::truncate(&title, style::TITLE * 1.1, width);
    canvas.bold(&title, (left, 24.0), Align::Left, style::TITLE, style::INK);
    let mut y = 46.0;
    for line in intent_lines(context, width) {
        canvas.text(&line, (left, y), Align::Left, style::BODY, style::MUTED);
        y += LINE_HEIGHT;
    }
    y
}

/// The height that [`heading`] takes.
pub fn heading_height(context: &Context, width: f64) -> f64 {
    46.0 + LINE_HEIGHT * intent_lines(context, width).len() as f64
}

fn intent_lines(context: &Context, width: f64) -> Vec<String> {
    style::wrap(&style::printable(&context.intent), style::BODY, width, 2)
}
