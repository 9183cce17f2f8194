//! A figure as an SVG document on white paper, for files and for print.

use super::key::{SAMPLE, cross, hollow, legend, sample, sign, tone};
use super::scale::{Coordinates, Which, place, share};
use super::{Axis, Content, Figure, Mark, Point, Scale, Series};
use crate::report::canvas::{self, Align, Area, Canvas};
use crate::report::style::{self, Color};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 18.0;
const RIGHT: f64 = 930.0;
const LINE: f64 = 16.0;
/// Widest label of a named place, pixels.
const NAME_WIDTH: f64 = 220.0;
/// Most points of a line that are marked one by one.
const MARKED_POINTS: usize = 40;

/// Where values are drawn.
struct Plot<'a> {
    figure: &'a Figure,
    area: Area,
    x: Coordinates,
    y: Coordinates,
}

/// The figure as SVG.
pub fn render(figure: &Figure) -> String {
    let summary = style::wrap(&style::printable(&figure.summary), style::BODY, RIGHT - LEFT, 3);
    let entries = legend(figure, LEFT, RIGHT);
    let rows = entries.iter().map(|(_, row, _)| row + 1).max().unwrap_or(0);
    let legend_top = 46.0 + LINE * summary.len() as f64 + 6.0;
    let marks = if figure.marks.is_empty() && figure.warmup.is_none() { 0.0 } else { LINE };
    let top = legend_top + 20.0 * rows as f64 + 24.0 + marks;
    let (x, y) = (Coordinates::of(figure, Which::Horizontal, 10), Coordinates::of(figure, Which::Vertical, 6));
    let left = LEFT + y.label_width().min(NAME_WIDTH) + 14.0;
    let area = Area { left, top, right: RIGHT, bottom: top + figure.height() };
    let plot = Plot { figure, area, x, y };
    canvas::svg(WIDTH, area.bottom + 52.0, |canvas| {
        let title = style::truncate(&style::printable(&figure.title), style::TITLE * 1.1, RIGHT - LEFT);
        canvas.bold(&title, (LEFT, 24.0), Align::Left, style::TITLE, style::INK);
        for (line, text) in summary.iter().enumerate() {
            canvas.text(text, (LEFT, 46.0 + LINE * line as f64), Align::Left, style::BODY, style::MUTED);
        }
        for (series, row, x) in &entries {
            let y = legend_top + 20.0 * *row as f64 + 6.0;
            sample(canvas, series, (*x, y));
            canvas.text(&style::printable(&series.name), (x + SAMPLE + 6.0, y), Align::Left, style::BODY, style::INK);
        }
        plot.backdrop(canvas);
        match &figure.content {
            Content::Series(series) => plot.series(canvas, series),
            Content::Cells { values, label } => plot.cells(canvas, values, label),
        }
        plot.axes(canvas);
    })
}

impl Plot<'_> {
    fn across(&self, x: f64) -> f64 {
        self.area.left + self.area.width() * self.x.share(x)
    }

    fn down(&self, y: f64) -> f64 {
        self.area.bottom - self.area.height() * self.y.share(y)
    }

    /// Where a value of the figure is drawn; none if it has no place.
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let down = if self.figure.is_lying() { -y } else { place(&self.figure.y, y)? };
        Some((self.across(place(&self.figure.x, x)?), self.down(down)))
    }

    fn backdrop(&self, canvas: &mut Canvas) {
        let Area { left, top, right, bottom } = self.area;
        if let Some(end) = self.figure.warmup {
            let end = self.across(end).clamp(left, right);
            canvas.rectangle(Area { left, top, right: end, bottom }, style::SHADE, 1.0);
            canvas.text("warm-up", (left, top - 8.0), Align::Left, style::SMALL, style::MUTED);
        }
        let cells = matches!(self.figure.content, Content::Cells { .. });
        if self.figure.x.names().is_none() && !cells {
            for &key in &self.x.keys {
                canvas.line((self.across(key), top), (self.across(key), bottom), style::GRID, 0.75);
            }
        }
        if self.figure.y.names().is_none() {
            for &key in &self.y.keys {
                canvas.line((left, self.down(key)), (right, self.down(key)), style::GRID, 0.75);
            }
        }
        let mut free = left + 60.0;
        for (value, label) in &self.figure.marks {
            let within = |value: &f64| (self.x.low..=self.x.high).contains(value);
            let Some(x) = place(&self.figure.x, *value).filter(within).map(|value| self.across(value)) else {
                continue;
            };
            canvas.dashed(&[(x, top), (x, bottom)], style::MUTED, 1.0, (4.0, 3.0));
            let label = style::truncate(&style::printable(label), style::SMALL, 160.0);
            let width = style::text_width(&label, style::SMALL);
            let start = x.min(right - width);
            if start >= free {
                canvas.text(&label, (start, top - 8.0), Align::Left, style::SMALL, style::MUTED);
                free = start + width + 8.0;
            }
        }
    }

    fn series(&self, canvas: &mut Canvas, all: &[Series]) {
        let lying = self.figure.is_lying();
        let beside = all.iter().filter(|series| series.mark == Mark::Bars).count().max(1);
        let (mut turn, mut ends): (usize, Vec<f64>) = (0, Vec::new());
        for series in all {
            let color = tone(series.tone);
            let shift = if series.mark == Mark::Bars { (turn as f64 + 0.5) / beside as f64 - 0.5 } else { 0.0 };
            turn += usize::from(series.mark == Mark::Bars);
            if matches!(series.mark, Mark::Line | Mark::Step) {
                self.line(canvas, series, color);
            }
            for (index, point) in series.points.iter().enumerate() {
                let Some(y) = point.y else { continue };
                match series.mark {
                    Mark::Bars | Mark::Stack => {
                        ends.resize(ends.len().max(index + 1), 0.0);
                        let from = if series.mark == Mark::Stack { ends[index] } else { 0.0 };
                        let thick = 0.72 / if series.mark == Mark::Bars { beside as f64 } else { 1.0 };
                        let (value, spot) = if lying { (point.x, y) } else { (y, point.x) };
                        self.bar(canvas, [from, from + value], spot + 0.72 * shift, thick, color);
                        ends[index] = from + value;
                    }
                    Mark::Line | Mark::Step if series.points.len() > MARKED_POINTS => {}
                    mark => {
                        self.interval(canvas, point, color);
                        let Some(at) = self.at(point.x, y) else { continue };
                        match mark {
                            Mark::Reference => hollow(canvas, at, color),
                            Mark::Crosses => cross(canvas, at, color),
                            _ => canvas.marker(at, sign(series.tone), color),
                        }
                    }
                }
            }
        }
    }

    fn line(&self, canvas: &mut Canvas, series: &Series, color: Color) {
        let mut run: Vec<(f64, f64)> = Vec::new();
        for point in &series.points {
            match point.y.and_then(|y| self.at(point.x, y)) {
                Some(at) => {
                    if series.mark == Mark::Step
                        && let Some(&last) = run.last()
                    {
                        run.push((at.0, last.1));
                    }
                    run.push(at);
                }
                None => canvas.path(&std::mem::take(&mut run), color, 1.75),
            }
        }
        canvas.path(&run, color, 1.75);
    }

    /// A bar between two values at a named place.
    fn bar(&self, canvas: &mut Canvas, ends: [f64; 2], spot: f64, thick: f64, color: Color) {
        let half = thick / 2.0;
        let corners = if self.figure.is_lying() {
            (self.at(ends[0], spot - half), self.at(ends[1], spot + half))
        } else {
            (self.at(spot - half, ends[0]), self.at(spot + half, ends[1]))
        };
        if let (Some(a), Some(b)) = corners {
            let area = Area { left: a.0.min(b.0), top: a.1.min(b.1), right: a.0.max(b.0), bottom: a.1.max(b.1) };
            canvas.rectangle(area, color, 1.0);
        }
    }

    fn interval(&self, canvas: &mut Canvas, point: &Point, color: Color) {
        let (Some([low, high]), Some(y)) = (point.range, point.y) else { return };
        let lying = self.figure.is_lying();
        let ends =
            if lying { (self.at(low, y), self.at(high, y)) } else { (self.at(point.x, low), self.at(point.x, high)) };
        let (Some(a), Some(b)) = ends else { return };
        canvas.line(a, b, color, 1.75);
        for (x, y) in [a, b] {
            let (dx, dy) = if lying { (0.0, 4.0) } else { (4.0, 0.0) };
            canvas.line((x - dx, y - dy), (x + dx, y + dy), color, 1.75);
        }
    }

    fn cells(&self, canvas: &mut Canvas, values: &[Vec<Result<f64, &str>>], label: &str) {
        let all = || values.iter().flatten().flatten().copied().filter(|value| value.is_finite());
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        for (row, cells) in values.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let (x, y) = (column as f64, row as f64);
                let corners = (self.at(x - 0.5, y - 0.5), self.at(x + 0.5, y + 0.5), self.at(x, y));
                let (Some(a), Some(b), Some(middle)) = corners else { continue };
                let area = Area { left: a.0 + 1.0, top: a.1 + 1.0, right: b.0 - 1.0, bottom: b.1 - 1.0 };
                let share = cell.ok().map(|value| if high > low { share(low, high, value) } else { 0.5 });
                canvas.rectangle(area, share.map_or(style::SHADE, style::ramp), 1.0);
                let text = cell.map_or_else(str::to_owned, style::compact);
                let ink = if share.is_some_and(|share| share > 0.45) { style::PAPER } else { style::INK };
                let text = style::truncate(&text, style::SMALL, area.width());
                canvas.text(&text, middle, Align::Middle, style::SMALL, ink);
            }
        }
        let caption = format!("cells: {}", style::printable(label));
        canvas.text(&caption, (self.area.right, self.area.top - 10.0), Align::Right, style::SMALL, style::MUTED);
    }

    fn axes(&self, canvas: &mut Canvas) {
        let Area { left, top, right, bottom } = self.area;
        canvas.line((left, bottom), (right, bottom), style::INK, 1.0);
        canvas.line((left, top), (left, bottom), style::INK, 1.0);
        if self.x.low < 0.0 && self.x.high > 0.0 && self.figure.x.names().is_none() && self.figure.is_lying() {
            canvas.line((self.across(0.0), top), (self.across(0.0), bottom), style::INK, 1.0);
        }
        let logarithmic = self.figure.y.scale == Scale::Log;
        if self.y.low < 0.0 && self.y.high > 0.0 && !self.figure.is_lying() && !logarithmic {
            canvas.line((left, self.down(0.0)), (right, self.down(0.0)), style::INK, 0.75);
        }
        let room = self.area.width() / self.x.keys.len().max(1) as f64;
        for &key in &self.x.keys {
            let (x, text) = (self.across(key), style::printable(&self.x.label(key)));
            canvas.line((x, bottom), (x, bottom + 4.0), style::INK, 1.0);
            canvas.text(
                &style::truncate(&text, style::SMALL, room.max(40.0)),
                (x, bottom + 13.0),
                Align::Middle,
                style::SMALL,
                style::INK,
            );
        }
        for &key in &self.y.keys {
            let (y, text) = (self.down(key), style::printable(&self.y.label(key)));
            canvas.text(
                &style::truncate(&text, style::SMALL, NAME_WIDTH),
                (left - 8.0, y),
                Align::Right,
                style::SMALL,
                style::INK,
            );
        }
        let label = |axis: &Axis| style::printable(&axis.label);
        let above = if self.figure.marks.is_empty() && self.figure.warmup.is_none() { 10.0 } else { 10.0 + LINE };
        canvas.text(&label(&self.figure.y), (LEFT, top - above), Align::Left, style::BODY, style::INK);
        canvas.text(
            &label(&self.figure.x),
            ((left + right) / 2.0, bottom + 34.0),
            Align::Middle,
            style::BODY,
            style::INK,
        );
    }
}
