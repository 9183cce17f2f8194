//! A figure in its place on a sheet: the plotting area with grid, axes, labels, legend and marks.

use super::legend::{self, Legend};
use super::mark_labels::{self, Label, Place};
use crate::report::canvas::{Align, Area, Canvas};
use crate::report::figure::axis::{Direction, MOST_TICKS, ScaledAxis, coordinate};
use crate::report::figure::{Content, Figure, Scale};
use crate::report::style::MARGIN;
use crate::report::{numbers, style, text};

/// Widest label of a named place, pixels.
const NAME_WIDTH: f64 = 220.0;
/// Widest label of a mark, pixels.
const MARK_WIDTH: f64 = 230.0;
/// Rows of labels of marks, and their distance, pixels.
const MARK_ROWS: usize = 3;
const MARK_ROW: f64 = 15.0;

/// A figure in its place.
pub(super) struct Panel<'a> {
    pub figure: &'a Figure,
    pub x: ScaledAxis,
    pub y: ScaledAxis,
    /// The plotting area.
    pub area: Area,
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
        let legend = Legend::new(figure, MARGIN, right, MARGIN + text::width(&y.label(&figure.y), style::BODY));
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
        for (note, place) in notes.iter_mut().zip(mark_labels::place(&labels, left, right, MARK_ROWS)) {
            note.place = place.filter(|_| !note.text.is_empty());
        }
        notes
    }

    fn notes_of_marks(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.warmup_end().is_some() {
            // The text begins where the band does.
            let x = self.area.left - mark_labels::GAP;
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
    pub fn across(&self, x: f64) -> f64 {
        let share = coordinate(&self.figure.x, x).map_or(0.0, |x| self.x.share(x).clamp(0.0, 1.0));
        self.area.left + self.area.width() * share
    }

    /// Where a vertical coordinate is drawn.
    pub fn down(&self, y: f64) -> f64 {
        self.area.bottom - self.area.height() * self.y.share(y).clamp(0.0, 1.0)
    }

    /// The vertical coordinate of a value; none if it has no place.
    pub fn vertical(&self, y: f64) -> Option<f64> {
        if self.figure.is_horizontal() { Some(-y) } else { coordinate(&self.figure.y, y) }
    }

    /// Where a point is drawn; none if it has no place on the axes.
    pub fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
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
            Content::Cells { values, border, .. } => self.draw_cells(canvas, values, border),
        }
        self.draw_axes(canvas);
    }

    /// Axis label and legend, above the labels of marks.
    fn draw_header(&self, canvas: &mut Canvas) {
        let y = self.area.top - 14.0 - MARK_ROW * self.rows as f64;
        canvas.text(&self.y.label(&self.figure.y), (MARGIN, y), Align::Left, style::BODY, style::INK);
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
        let second = ScaledAxis::exact([self.y.low, self.y.high].map(|end| end * factor), MOST_TICKS[1], false);
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
