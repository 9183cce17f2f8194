//! What is drawn in the plotting area of a panel: lines, areas, bars, markers, intervals and cells.

use super::legend::{cross, hollow};
use super::panel::Panel;
use crate::report::canvas::{Align, Area, Canvas};
use crate::report::figure::axis::coordinate;
use crate::report::figure::{MARKED_POINTS, Mark, Point, Series, cells, downsample};
use crate::report::style::{self, Color};
use crate::report::{numbers, text};

/// Pixels between markers of a line with more points than are marked one by one.
const MARKER_DISTANCE: f64 = 110.0;
/// Width of a bar as a share of its place.
const BAR_WIDTH: f64 = 0.72;

impl Panel<'_> {
    /// Draws series, areas first.
    pub fn draw_series(&self, canvas: &mut Canvas, all: &[Series]) {
        self.draw_areas(canvas, all);
        let beside = all.iter().filter(|series| series.mark == Mark::Bars).count().max(1);
        let (mut turn, mut ends): (usize, Vec<f64>) = (0, Vec::new());
        for (number, series) in all.iter().enumerate() {
            let tone = style::tone(series.tone);
            match series.mark {
                Mark::Area => {}
                Mark::Line | Mark::Step => self.draw_line(canvas, series, number),
                Mark::Bars => {
                    let shift = BAR_WIDTH * ((turn as f64 + 0.5) / beside as f64 - 0.5);
                    turn += 1;
                    for (place, value) in series.points.iter().filter_map(|point| self.bar(point)) {
                        self.draw_bar(canvas, [0.0, value], place + shift, BAR_WIDTH / beside as f64, tone.light);
                    }
                }
                Mark::Stack => {
                    ends.resize(ends.len().max(series.points.len()), 0.0);
                    let bars = series.points.iter().zip(&mut ends);
                    for ((place, value), end) in bars.filter_map(|(point, end)| Some((self.bar(point)?, end))) {
                        self.draw_bar(canvas, [*end, *end + value], place, BAR_WIDTH, tone.light);
                        *end += value;
                    }
                }
                Mark::Dots | Mark::Reference | Mark::Crosses => self.draw_points(canvas, series),
            }
        }
    }

    /// Areas above each other.
    fn draw_areas(&self, canvas: &mut Canvas, all: &[Series]) {
        let mut base: Vec<f64> = Vec::new();
        for series in all.iter().filter(|series| series.mark == Mark::Area) {
            base.resize(series.points.len(), 0.0);
            let top: Vec<f64> = series
                .points
                .iter()
                .zip(&base)
                .map(|(p, base)| base + p.y.filter(|y| y.is_finite()).unwrap_or(0.0))
                .collect();
            let xs: Vec<f64> = series.points.iter().map(|point| self.across(point.x)).collect();
            let edge = |ys: &[f64]| xs.iter().zip(ys).map(|(&x, &y)| (x, self.down(y))).collect::<Vec<_>>();
            let (mut outline, floor) = (edge(&top), edge(&base));
            outline.extend(floor.into_iter().rev());
            if let [(x, above), (_, below)] = outline[..] {
                // A single value has no width of its own: a bar stands for it.
                let [from, to] = [x - 4.0, x + 4.0].map(|x| x.clamp(self.area.left, self.area.right));
                outline = vec![(from, above), (to, above), (to, below), (from, below)];
            }
            canvas.polygon(&outline, style::tone(series.tone).light);
            base = top;
        }
    }

    fn draw_line(&self, canvas: &mut Canvas, series: &Series, number: usize) {
        let mut next = self.area.left + MARKER_DISTANCE * (0.3 + 0.23 * number as f64);
        let mut run: Vec<(f64, f64)> = Vec::new();
        for point in &series.points {
            let placed = coordinate(&self.figure.x, point.x).and_then(|_| self.vertical(point.y?));
            match placed {
                Some(y) => {
                    let x = self.across(point.x);
                    if series.mark == Mark::Step
                        && let Some(&(_, last)) = run.last()
                    {
                        run.push((x, last));
                    }
                    run.push((x, y));
                }
                None => self.draw_run(canvas, series, std::mem::take(&mut run), &mut next),
            }
        }
        self.draw_run(canvas, series, run, &mut next);
        if series.points.len() <= MARKED_POINTS {
            self.draw_points(canvas, series);
        }
    }

    /// A part of a line without gaps, up to the end of the axis. Long lines have markers now and then, from `next` on.
    fn draw_run(&self, canvas: &mut Canvas, series: &Series, run: Vec<(f64, f64)>, next: &mut f64) {
        let tone = style::tone(series.tone);
        for part in downsample::below(&run, self.y.high) {
            let part: Vec<(f64, f64)> = part.into_iter().map(|(x, y)| (x, self.down(y))).collect();
            canvas.stroke(&part, tone.light, series.width, style::dash(series.dash));
            if let [alone] = part[..] {
                canvas.marker(alone, tone.marker, tone.light);
            } else if series.points.len() > MARKED_POINTS {
                for &point in &part {
                    if point.0 >= *next {
                        canvas.marker(point, tone.marker, tone.light);
                        *next = point.0 + MARKER_DISTANCE;
                    }
                }
            }
        }
    }

    /// Markers and intervals of all points.
    fn draw_points(&self, canvas: &mut Canvas, series: &Series) {
        let tone = style::tone(series.tone);
        for point in &series.points {
            self.draw_interval(canvas, point, tone.light);
            let Some(at) = point.y.and_then(|y| self.at(point.x, y)) else { continue };
            match series.mark {
                Mark::Reference => hollow(canvas, at, tone.light),
                Mark::Crosses => cross(canvas, at, tone.light),
                _ => canvas.marker(at, tone.marker, tone.light),
            }
        }
    }

    /// The place and the value of a bar.
    fn bar(&self, point: &Point) -> Option<(f64, f64)> {
        Some(if self.figure.is_horizontal() { (point.y?, point.x) } else { (point.x, point.y?) })
    }

    /// A bar between two values.
    fn draw_bar(&self, canvas: &mut Canvas, ends: [f64; 2], place: f64, width: f64, color: Color) {
        let sides = [place - width / 2.0, place + width / 2.0];
        let corners = [0, 1].map(|index| {
            if self.figure.is_horizontal() {
                self.at(ends[index], sides[index])
            } else {
                self.at(sides[index], ends[index])
            }
        });
        if let [Some(a), Some(b)] = corners {
            let area = Area { left: a.0.min(b.0), top: a.1.min(b.1), right: a.0.max(b.0), bottom: a.1.max(b.1) };
            canvas.rectangle(area, color, 1.0);
        }
    }

    fn draw_interval(&self, canvas: &mut Canvas, point: &Point, color: Color) {
        let (Some(range), Some(y)) = (point.range, point.y) else { return };
        let horizontal = self.figure.is_horizontal();
        let ends = range.map(|end| if horizontal { self.at(end, y) } else { self.at(point.x, end) });
        let [Some(a), Some(b)] = ends else { return };
        canvas.line(a, b, color, 1.75);
        let (dx, dy) = if horizontal { (0.0, 4.0) } else { (4.0, 0.0) };
        for (x, y) in [a, b] {
            canvas.line((x - dx, y - dy), (x + dx, y + dy), color, 1.75);
        }
    }

    /// Draws a table of cells.
    pub fn draw_cells(&self, canvas: &mut Canvas, values: &[Vec<Result<f64, &str>>], border: &[[(f64, f64); 2]]) {
        let shares = cells::shares(values);
        for (row, cells) in values.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let (x, y) = (column as f64, row as f64);
                let corners = (self.at(x - 0.5, y - 0.5), self.at(x + 0.5, y + 0.5), self.at(x, y));
                let (Some(a), Some(b), Some(middle)) = corners else { continue };
                let area = Area { left: a.0 + 1.0, top: a.1 + 1.0, right: b.0 - 1.0, bottom: b.1 - 1.0 };
                let share = shares[row][column];
                canvas.rectangle(area, share.map_or(style::SHADE, style::ramp), 1.0);
                let text = cell.map_or_else(str::to_owned, numbers::compact);
                let ink = share.map_or(style::INK, style::ramp_ink);
                let text = text::truncate(&text, style::SMALL, area.width());
                canvas.text(&text, middle, Align::Middle, style::SMALL, ink);
            }
        }
        for edge in border {
            if let [Some(from), Some(to)] = edge.map(|(x, y)| self.at(x, y)) {
                canvas.line(from, to, style::tone(style::VERMILLION).light, 4.0);
            }
        }
    }
}
