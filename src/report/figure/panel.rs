//! A figure in its place on a sheet: the plotting area with grid, data, axes, labels and marks.

use super::axis::{self, Direction, ScaledAxis, coordinate, share};
use super::legend::{self, Legend, cross, hollow};
use super::marks::{self, Label, Place};
use super::svg::MARGIN;
use super::{Content, Figure, Mark, Point, Scale, Series, downsample};
use crate::report::canvas::{Align, Area, Canvas};
use crate::report::style::{self, Color};
use crate::report::{numbers, text};

/// Widest label of a named place, pixels.
const NAME_WIDTH: f64 = 220.0;
/// Widest label of a mark, pixels.
const MARK_WIDTH: f64 = 230.0;
/// Rows of labels of marks, and their distance, pixels.
const MARK_ROWS: usize = 3;
const MARK_ROW: f64 = 15.0;
/// Most points of a line that are marked one by one, and pixels between markers where there are more.
pub(super) const MARKED_POINTS: usize = 40;
const MARKER_DISTANCE: f64 = 110.0;
/// Width of a bar as a share of its place.
const BAR_WIDTH: f64 = 0.72;

/// A figure in its place.
pub(super) struct Panel<'a> {
    figure: &'a Figure,
    x: ScaledAxis,
    y: ScaledAxis,
    area: Area,
    legend: Legend<'a>,
    notes: Vec<Note>,
    rows: usize,
}

/// A label above the plotting area, and the line that it stands beside.
struct Note {
    x: f64,
    text: String,
    place: Option<Place>,
    kind: NoteKind,
}

/// The width of the labels of the vertical axis, pixels.
pub(super) fn label_width(figure: &Figure) -> f64 {
    let axis = || ScaledAxis::new(figure, Direction::Vertical);
    if figure.has_values() { axis().label_width().min(NAME_WIDTH) } else { 0.0 }
}

/// The label of the vertical axis.
pub(super) fn label(figure: &Figure, axis: &ScaledAxis) -> String {
    let cut = if axis.peak.is_some() { ", axis cut" } else { "" };
    format!("{}{cut}", text::printable(&figure.y.label))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoteKind {
    /// The band has no line.
    Warmup,
    /// A line through all panels.
    Mark,
    /// A line down to its panel.
    Peak,
}

impl<'a> Panel<'a> {
    /// A panel below `top`, its plotting area from `left` to `right`.
    pub fn new(figure: &'a Figure, [left, right]: [f64; 2], top: f64, height: f64, with_marks: bool) -> Self {
        let [x, y] = [Direction::Horizontal, Direction::Vertical].map(|direction| ScaledAxis::new(figure, direction));
        let area = Area { left, top, right, bottom: top };
        let legend = Legend::new(figure, MARGIN, right, MARGIN + text::width(&label(figure, &y), style::BODY));
        let mut panel = Self { figure, x, y, area, legend, notes: Vec::new(), rows: 0 };
        panel.notes = panel.placed_notes(with_marks);
        panel.rows = panel.notes.iter().filter_map(|note| note.place).map(|place| place.row + 1).max().unwrap_or(0);
        let is_bare = figure.y.label.is_empty() && figure.series().iter().all(|series| series.name.is_empty());
        let header = if is_bare && panel.caption().is_none() { 6.0 } else { 24.0 };
        panel.area.top = top + legend::ROW * panel.legend.rows as f64 + header + MARK_ROW * panel.rows as f64;
        panel.area.bottom = panel.area.top + height;
        panel
    }

    /// The lower edge of its plotting area.
    pub fn bottom(&self) -> f64 {
        self.area.bottom
    }

    /// Marks that have a label without room.
    pub fn unlabelled_marks(&self) -> usize {
        self.notes.iter().filter(|note| note.place.is_none() && !note.text.is_empty()).count()
    }

    fn placed_notes(&self, with_marks: bool) -> Vec<Note> {
        let Area { left, right, .. } = self.area;
        let mut notes = if with_marks { self.notes_of_marks() } else { Vec::new() };
        if let Some((x, value)) = self.y.peak {
            let text = format!("peak {} (off the axis)", numbers::number(value, 0));
            notes.push(Note { x: self.across(x), text, place: None, kind: NoteKind::Peak });
        }
        let label = |note: &Note| Label { x: note.x, width: text::width(&note.text, style::SMALL) };
        let labels: Vec<Label> = notes.iter().map(label).collect();
        for (note, place) in notes.iter_mut().zip(marks::place(&labels, left, right, MARK_ROWS)) {
            note.place = place.filter(|_| !note.text.is_empty());
        }
        notes
    }

    fn notes_of_marks(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.warmup_end().is_some() {
            // The text begins where the band does.
            let x = self.area.left - marks::GAP;
            notes.push(Note { x, text: "warm-up".to_owned(), place: None, kind: NoteKind::Warmup });
        }
        let mut marks: Vec<_> = self.figure.marks.iter().collect();
        marks.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (value, label) in marks {
            let placed = coordinate(&self.figure.x, *value);
            if placed.is_some_and(|placed| (self.x.low..=self.x.high).contains(&placed)) {
                let text = text::truncate(&text::printable(label), style::SMALL, MARK_WIDTH);
                notes.push(Note { x: self.across(*value), text, place: None, kind: NoteKind::Mark });
            }
        }
        notes
    }

    /// What the colours of cells show.
    fn caption(&self) -> Option<String> {
        match &self.figure.content {
            Content::Cells { label, .. } => Some(format!("cells: {}", text::printable(label))),
            Content::Series(_) => None,
        }
    }

    /// Where a horizontal value is drawn; at the end of the axis if it lies beyond it.
    fn across(&self, x: f64) -> f64 {
        let share = coordinate(&self.figure.x, x).map_or(0.0, |x| self.x.share(x).clamp(0.0, 1.0));
        self.area.left + self.area.width() * share
    }

    /// Where a vertical coordinate is drawn.
    fn down(&self, y: f64) -> f64 {
        self.area.bottom - self.area.height() * self.y.share(y).clamp(0.0, 1.0)
    }

    /// The vertical coordinate of a value; none if it has no place.
    fn vertical(&self, y: f64) -> Option<f64> {
        if self.figure.is_horizontal() { Some(-y) } else { coordinate(&self.figure.y, y) }
    }

    /// Where a point is drawn; none if it has no place on the axes.
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (x, y) = (coordinate(&self.figure.x, x)?, self.vertical(y)?);
        let within = |axis: &ScaledAxis, value: f64| (-1e-9..=1.0 + 1e-9).contains(&axis.share(value));
        (within(&self.x, x) && within(&self.y, y))
            .then(|| (self.area.left + self.area.width() * self.x.share(x), self.down(y)))
    }

    /// The end of the band over the warm-up, pixels.
    fn warmup_end(&self) -> Option<f64> {
        let is_known = self.figure.has_values() && !self.x.ticks.is_empty();
        self.figure.warmup.filter(|end| *end > 0.0 && is_known).map(|end| self.across(end))
    }

    /// Draws all but the marks.
    pub fn draw(&self, canvas: &mut Canvas) {
        self.draw_header(canvas);
        self.draw_grid(canvas);
        match &self.figure.content {
            _ if !self.figure.has_values() => {
                let Area { left, top, right, bottom } = self.area;
                let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
                canvas.text(&self.figure.empty, middle, Align::Middle, style::BODY + 2.0, style::MUTED);
            }
            Content::Series(series) => self.draw_series(canvas, series),
            Content::Cells { values, .. } => self.draw_cells(canvas, values),
        }
        self.draw_axes(canvas);
    }

    /// Axis label and legend, above the labels of marks.
    fn draw_header(&self, canvas: &mut Canvas) {
        let y = self.area.top - 14.0 - MARK_ROW * self.rows as f64;
        canvas.text(&label(self.figure, &self.y), (MARGIN, y), Align::Left, style::BODY, style::INK);
        self.legend.draw(canvas, y);
        if let Some(caption) = self.caption() {
            canvas.text(&caption, (self.area.right, y), Align::Right, style::BODY, style::INK);
        }
    }

    fn draw_grid(&self, canvas: &mut Canvas) {
        let Area { left, top, right, bottom } = self.area;
        if let Some(end) = self.warmup_end() {
            canvas.rectangle(Area { left, top, right: end, bottom }, style::SHADE, 1.0);
        }
        if self.figure.x.names().is_none() {
            for &tick in &self.x.ticks {
                let x = left + self.area.width() * self.x.share(tick);
                canvas.line((x, top), (x, bottom), style::GRID, 0.75);
            }
        }
        if self.figure.y.names().is_none() && self.figure.has_values() {
            for &tick in &self.y.ticks {
                canvas.line((left, self.down(tick)), (right, self.down(tick)), style::GRID, 0.75);
            }
        }
    }

    fn draw_series(&self, canvas: &mut Canvas, all: &[Series]) {
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
            let top: Vec<f64> = series.points.iter().zip(&base).map(|(p, base)| base + p.y.unwrap_or(0.0)).collect();
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
            canvas.path(&part, tone.light, series.width);
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

    fn draw_cells(&self, canvas: &mut Canvas, values: &[Vec<Result<f64, &str>>]) {
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
                let text = cell.map_or_else(str::to_owned, numbers::compact);
                let ink = if share.is_some_and(|share| share > 0.45) { style::PAPER } else { style::INK };
                let text = text::truncate(&text, style::SMALL, area.width());
                canvas.text(&text, middle, Align::Middle, style::SMALL, ink);
            }
        }
    }

    fn draw_axes(&self, canvas: &mut Canvas) {
        let Area { left, top, right, bottom } = self.area;
        canvas.line((left, bottom), (right, bottom), style::INK, 1.0);
        canvas.line((left, top), (left, bottom), style::INK, 1.0);
        let room = (self.area.width() / self.x.ticks.len().max(1) as f64).max(40.0);
        for (tick, label) in self.x.labelled_ticks() {
            let x = left + self.area.width() * self.x.share(tick);
            let label = text::truncate(&text::printable(label), style::SMALL, room);
            canvas.line((x, bottom), (x, bottom + 4.0), style::INK, 1.0);
            canvas.text(&label, (x, bottom + 13.0), Align::Middle, style::SMALL, style::INK);
        }
        if !self.figure.has_values() {
            return;
        }
        for (tick, label) in self.y.labelled_ticks() {
            let label = text::truncate(&text::printable(label), style::SMALL, NAME_WIDTH);
            if !label.is_empty() {
                canvas.line((left - 4.0, self.down(tick)), (left, self.down(tick)), style::INK, 1.0);
                canvas.text(&label, (left - 8.0, self.down(tick)), Align::Right, style::SMALL, style::INK);
            }
        }
        let is_inside = |axis: &ScaledAxis| axis.low < 0.0 && axis.high > 0.0;
        if self.figure.is_horizontal() && self.figure.x.names().is_none() && is_inside(&self.x) {
            canvas.line((self.across(0.0), top), (self.across(0.0), bottom), style::INK, 0.75);
        }
        if !self.figure.is_horizontal() && self.figure.y.scale != Scale::Log && is_inside(&self.y) {
            canvas.line((left, self.down(0.0)), (right, self.down(0.0)), style::INK, 0.75);
        }
        self.draw_second_axis(canvas);
    }

    fn draw_second_axis(&self, canvas: &mut Canvas) {
        let Area { top, right, bottom, .. } = self.area;
        let Some((label, factor)) = &self.figure.y.second else { return };
        let second = ScaledAxis::exact([self.y.low, self.y.high].map(|end| end * factor), axis::MOST_TICKS[1], false);
        canvas.line((right, top), (right, bottom), style::INK, 1.0);
        for (tick, label) in second.labelled_ticks() {
            let y = bottom - self.area.height() * second.share(tick);
            canvas.line((right, y), (right + 4.0, y), style::INK, 1.0);
            canvas.text(label, (right + 8.0, y), Align::Left, style::SMALL, style::INK);
        }
        // Along its axis, since it would be taken for an entry of the legend above it.
        canvas.text_down(label, (right + 56.0, (top + bottom) / 2.0), style::BODY, style::INK);
    }

    /// Draws the lines and labels of marks; those of events run through all `panels` from this one on.
    pub fn draw_marks(&self, canvas: &mut Canvas, panels: &[Panel]) {
        let labels_top = self.area.top - MARK_ROW * self.rows as f64;
        let mut last = f64::NEG_INFINITY;
        for note in &self.notes {
            if let Some(place) = note.place {
                let y = labels_top + MARK_ROW * place.row as f64;
                let color = if note.kind == NoteKind::Peak { style::tone(style::VERMILLION).light } else { style::INK };
                canvas.text(&note.text, (place.left, y + 7.0), Align::Left, style::SMALL, color);
                if note.kind != NoteKind::Warmup {
                    canvas.line((note.x, y), (note.x, self.area.top), color, 1.0);
                }
            } else if note.x - last < 1.0 {
                // Lines that would lie on one another are one line.
                continue;
            }
            if note.kind == NoteKind::Mark {
                last = note.x;
                for panel in panels {
                    let line = [(note.x, panel.area.top), (note.x, panel.area.bottom)];
                    if note.place.is_some() || note.text.is_empty() {
                        canvas.dashed(&line, style::INK, 1.0, (4.0, 3.0));
                    } else {
                        canvas.path(&line, style::MUTED, 0.5);
                    }
                }
            }
        }
    }
}
