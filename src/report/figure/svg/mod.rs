//! Figures as an SVG document on white paper, for files and for print: one figure, or several that share a time axis.

mod data;
mod legend;
mod mark_labels;
mod panel;

use self::panel::Panel;
use super::Figure;
use crate::report::canvas::{self, Align, Canvas};
use crate::report::style::MARGIN;
use crate::report::{style, text};

/// Width of the document, pixels.
const WIDTH: f64 = 960.0;
/// Pixels right of a plotting area: for half a label, or for the labels of a second axis.
const RIGHT: [f64; 2] = [30.0, 66.0];
/// Pixels between the panels of a sheet.
const PANEL_GAP: f64 = 34.0;
/// Most lines of a subtitle.
const SUBTITLE_LINES: usize = 3;

/// Figures above each other, under one title.
pub struct Sheet<'a> {
    /// What is shown.
    pub title: &'a str,
    /// What is said about it, in up to three lines.
    pub subtitle: &'a str,
    /// The figures from the top, each with the height of its plotting area. All have the horizontal axis, the warm-up
    /// and the marks of the first, which is where these are labelled.
    pub figures: Vec<(&'a Figure, f64)>,
    /// What is said below; may be empty.
    pub note: String,
}

/// The figure as SVG.
pub fn render(figure: &Figure) -> String {
    let figures = vec![(figure, figure.height())];
    Sheet { title: &figure.title, subtitle: &figure.summary, figures, note: String::new() }.render()
}

impl Sheet<'_> {
    /// The sheet as SVG.
    pub fn render(&self) -> String {
        let has_second = self.figures.iter().any(|(figure, _)| figure.y.second.is_some());
        let right = WIDTH - RIGHT[usize::from(has_second)];
        let widest = self.figures.iter().map(|(figure, _)| panel::label_width(figure)).fold(0.0, f64::max);
        let left = MARGIN + widest + 14.0;
        let mut bottom = heading_height(self.subtitle, WIDTH - 2.0 * MARGIN) + 8.0 - PANEL_GAP;
        let mut panels: Vec<Panel> = Vec::new();
        for (figure, height) in &self.figures {
            let panel = Panel::new(figure, [left, right], bottom + PANEL_GAP, *height, panels.is_empty());
            bottom = panel.bottom();
            panels.push(panel);
        }
        let note = self.note(&panels);
        let height = bottom + if note.is_empty() { 46.0 } else { 76.0 };
        canvas::svg(WIDTH, height, |canvas| {
            heading(canvas, self.title, self.subtitle, WIDTH - 2.0 * MARGIN);
            panels.iter().for_each(|panel| panel.draw(canvas));
            for (index, panel) in panels.iter().enumerate() {
                panel.draw_marks(canvas, &panels[index..]);
            }
            if let Some((figure, _)) = self.figures.last() {
                let middle = ((left + right) / 2.0, bottom + 31.0);
                canvas.text(&figure.x.label, middle, Align::Middle, style::BODY, style::INK);
            }
            let note = text::truncate(&note, style::SMALL, WIDTH - 2.0 * MARGIN);
            canvas.text(&note, (MARGIN, bottom + 56.0), Align::Left, style::SMALL, style::MUTED);
        })
    }

    fn note(&self, panels: &[Panel]) -> String {
        let unlabelled: usize = panels.iter().map(Panel::unlabelled_marks).sum();
        let mut parts: Vec<String> = Some(self.note.clone()).filter(|note| !note.is_empty()).into_iter().collect();
        if unlabelled > 0 {
            parts.push(format!("{unlabelled} event lines without room for a label"));
        }
        parts.join(" · ")
    }
}

/// Title and subtitle at the top of a document, within `width` pixels.
pub(in crate::report) fn heading(canvas: &mut Canvas, title: &str, subtitle: &str, width: f64) {
    // Bold is wider by about a tenth.
    let title = text::truncate(&text::printable(title), style::TITLE * 1.1, width);
    canvas.bold(&title, (MARGIN, 24.0), Align::Left, style::TITLE, style::INK);
    for (index, line) in subtitle_lines(subtitle, width).iter().enumerate() {
        let y = 46.0 + style::LINE_HEIGHT * index as f64;
        canvas.text(line, (MARGIN, y), Align::Left, style::BODY, style::MUTED);
    }
}

/// The height that [`heading`] takes.
pub(in crate::report) fn heading_height(subtitle: &str, width: f64) -> f64 {
    46.0 + style::LINE_HEIGHT * subtitle_lines(subtitle, width).len() as f64
}

fn subtitle_lines(subtitle: &str, width: f64) -> Vec<String> {
    text::wrap(&text::printable(subtitle), style::BODY, width, SUBTITLE_LINES)
}
