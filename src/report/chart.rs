//! A chart over time: stacked panels that share the time axis, with the warm-up shaded and events marked.
//!
//! Units: time in ticks; each panel states its own. Every value axis begins at 0. A panel may cut its axis where the
//! warm-up holds peaks that would press the rest flat; it then says so and names the peak.

use super::axis::Axis;
use super::canvas::{self, Align, Area, Canvas, Marker, Point};
use super::heading::{heading, heading_height};
use super::legend::legend;
use super::strip::{self, Label};
use super::style::Color;
use super::{Context, series, style};
use crate::scenario::Tick;

/// Width of a chart in pixels.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 78.0;
const PANEL_GAP: f64 = 34.0;
const STRIP_ROW: f64 = 15.0;
const STRIP_ROWS: usize = 3;
/// Widest label of an event, pixels.
const EVENT_WIDTH: f64 = 230.0;
/// Pixels between two markers of a line.
const MARKER_DISTANCE: f64 = 110.0;
/// A panel is cut where the highest value is this many times the highest after the warm-up.
const PEAK_RATIO: f64 = 3.0;

/// One line over time.
pub struct Line {
    /// Name in the legend.
    pub label: &'static str,
    /// Its colour.
    pub color: Color,
    /// Its width in pixels.
    pub width: f64,
    /// Its sign, drawn now and then along it.
    pub marker: Marker,
    /// One value a frame; `None` is a gap.
    pub values: Vec<Option<f64>>,
}

/// One layer of stacked areas.
pub struct Layer {
    /// Name in the legend.
    pub label: &'static str,
    /// Its colour.
    pub color: Color,
    /// One value a frame.
    pub values: Vec<f64>,
}

/// How a panel's value axis ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// At 1.
    Unit,
    /// At a round number that covers all values.
    Full,
    /// The same for things that are counted: no fractions.
    Count,
    /// At a round number that covers the values after the warm-up, where the warm-up's are far above them.
    CutWarmup,
}

/// One panel: a value axis with what is drawn on it.
pub struct Panel {
    /// What the value axis shows, with its unit.
    pub label: &'static str,
    /// Height of the plotting area in pixels.
    pub height: f64,
    /// How the axis ends.
    pub scale: Scale,
    /// A second axis on the right for the same values: its label, and its unit's size in units of the first.
    pub second: Option<(&'static str, f64)>,
    /// Areas, the lowest first.
    pub layers: Vec<Layer>,
    /// Lines, the hindmost first.
    pub lines: Vec<Line>,
    /// What the panel says if it has frames but no values.
    pub empty: &'static str,
}

/// A chart to be rendered.
pub struct Chart<'a> {
    /// What is shown; the scenario's name is added.
    pub subject: &'static str,
    /// The run.
    pub context: &'a Context,
    /// Last tick of each frame, ascending.
    pub ticks: &'a [Tick],
    /// Panels from the top.
    pub panels: Vec<Panel>,
    /// What one value stands for, for the caption.
    pub note: &'static str,
}

/// A panel with its place and axes.
struct Frame<'a> {
    panel: &'a Panel,
    area: Area,
    axis: Axis,
    notes: Vec<Note>,
    rows: usize,
}

/// A label in the strip above a panel.
struct Note {
    x: f64,
    text: String,
    place: Option<strip::Place>,
    kind: NoteKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NoteKind {
    Warmup,
    Event,
    Peak,
}

impl Chart<'_> {
    /// The chart as an SVG document.
    pub fn render(&self) -> String {
        let right = WIDTH - if self.panels.iter().any(|p| p.second.is_some()) { 66.0 } else { 30.0 };
        let mut top = heading_height(self.context, right - 18.0) + 8.0;
        let mut frames = Vec::new();
        for (i, panel) in self.panels.iter().enumerate() {
            let (axis, peak) = self.value_axis(panel);
            let mut notes = if i == 0 { self.notes(LEFT, right) } else { Vec::new() };
            if let Some((tick, value)) = peak {
                let text = format!("peak {} (off the axis)", style::number(value, 0));
                notes.push(Note { x: self.x(tick, LEFT, right), text, place: None, kind: NoteKind::Peak });
            }
            place_notes(&mut notes, LEFT, right);
            let rows = notes.iter().filter_map(|n| n.place).map(|p| p.row + 1).max().unwrap_or(0);
            let plot_top = top + 22.0 + STRIP_ROW * rows as f64;
            let area = Area { left: LEFT, top: plot_top, right, bottom: plot_top + panel.height };
            frames.push(Frame { panel, area, axis, notes, rows });
            top = area.bottom + PANEL_GAP;
        }
        let bottom = top - PANEL_GAP + 22.0;
        let height = bottom + 56.0;
        canvas::svg(WIDTH, height, |canvas| {
            heading(canvas, self.subject, self.context, 18.0, right - 18.0);
            for frame in &frames {
                self.backdrop(canvas, frame);
                self.data(canvas, frame);
                self.axes(canvas, frame);
            }
            self.event_lines(canvas, &frames);
            let center = (LEFT + right) / 2.0;
            canvas.text("time (ticks)", (center, bottom + 6.0), Align::Middle, style::BODY, style::INK);
            let caption = style::truncate(&self.caption(&frames), style::SMALL, WIDTH - 36.0);
            canvas.text(&caption, (18.0, bottom + 34.0), Align::Left, style::SMALL, style::MUTED);
        })
    }

    fn last_tick(&self) -> Tick {
        self.ticks.last().copied().unwrap_or(0)
    }

    /// Where the time axis ends: at the end of the last tick, so that a run of 2,000 ticks ends at 2,000.
    fn end(&self) -> f64 {
        f64::from(self.last_tick()) + 1.0
    }

    fn x(&self, tick: Tick, left: f64, right: f64) -> f64 {
        left + (right - left) * f64::from(tick) / self.end()
    }

    /// The panel's axis, and the peak above its end if it is cut.
    fn value_axis(&self, panel: &Panel) -> (Axis, Option<(Tick, f64)>) {
        let stack = (0..self.ticks.len()).map(|i| total(panel, i));
        let whole = panel.scale == Scale::Count;
        let mut peak = (0, stack.fold(0.0, f64::max));
        let mut settled: f64 = 0.0;
        for line in &panel.lines {
            for (&tick, value) in self.ticks.iter().zip(&line.values) {
                let Some(value) = value.filter(|v| v.is_finite()) else { continue };
                if value > peak.1 {
                    peak = (tick, value);
                }
                if tick >= self.context.warmup_ticks {
                    settled = settled.max(value);
                }
            }
        }
        if panel.scale == Scale::Unit {
            return (Axis::covering(1.0, 5, false), None);
        }
        let is_cut = panel.scale == Scale::CutWarmup && settled > 0.0 && peak.1 > PEAK_RATIO * settled;
        let top = if is_cut { 1.25 * settled } else { peak.1 };
        (Axis::covering(top, 5, whole), is_cut.then_some(peak))
    }

    fn notes(&self, left: f64, right: f64) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.warmup_end() > 0 {
            notes.push(Note { x: left - 4.0, text: "warm-up".into(), place: None, kind: NoteKind::Warmup });
        }
        let mut events: Vec<_> = self.context.events.iter().filter(|(tick, _)| *tick <= self.last_tick()).collect();
        events.sort();
        notes.extend(events.into_iter().map(|(tick, label)| {
            let text = style::truncate(&style::printable(label), style::SMALL, EVENT_WIDTH);
            Note { x: self.x(*tick, left, right), text, place: None, kind: NoteKind::Event }
        }));
        notes
    }

    fn warmup_end(&self) -> Tick {
        if self.ticks.is_empty() { 0 } else { self.context.warmup_ticks.min(self.last_tick()) }
    }

    /// Shade, grid and what stands above the panel.
    fn backdrop(&self, canvas: &mut Canvas, frame: &Frame) {
        let Area { left, top, right, bottom } = frame.area;
        if self.warmup_end() > 0 {
            let shade = Area { left, top, right: self.x(self.warmup_end(), left, right), bottom };
            canvas.rectangle(shade, style::SHADE, 1.0);
        }
        for value in self.time_axis().values() {
            let x = left + (right - left) * self.time_axis().share(value);
            canvas.line((x, top), (x, bottom), style::GRID, 0.75);
        }
        let header = top - 12.0 - STRIP_ROW * frame.rows as f64;
        let label = if frame.notes.iter().any(|n| n.kind == NoteKind::Peak) {
            format!("{}, axis cut", frame.panel.label)
        } else {
            frame.panel.label.to_owned()
        };
        canvas.text(&label, (18.0, header), Align::Left, style::BODY, style::INK);
        if let Some((label, _)) = frame.panel.second {
            // Along its axis, since it would be taken for an entry of the legend above it.
            canvas.text_down(label, (WIDTH - 10.0, (top + bottom) / 2.0), style::BODY, style::INK);
        }
        if frame.panel.has_values() {
            legend(canvas, frame.panel, right, header);
        }
    }

    fn time_axis(&self) -> Axis {
        Axis::to(self.end(), 10, true)
    }

    fn data(&self, canvas: &mut Canvas, frame: &Frame) {
        let Area { left, top, right, bottom } = frame.area;
        if !frame.panel.has_values() {
            let text = if self.ticks.is_empty() { "nothing recorded" } else { frame.panel.empty };
            let center = ((left + right) / 2.0, (top + bottom) / 2.0);
            canvas.text(text, center, Align::Middle, style::BODY + 2.0, style::MUTED);
            return;
        }
        for value in frame.axis.values() {
            let y = bottom - frame.area.height() * frame.axis.share(value);
            canvas.line((left, y), (right, y), style::GRID, 0.75);
        }
        let columns = self.columns(frame.area.width());
        self.areas(canvas, frame, &columns);
        for (i, line) in frame.panel.lines.iter().enumerate() {
            let mut next_marker = left + MARKER_DISTANCE * (0.3 + 0.23 * i as f64);
            for run in series::thin(&columns, &line.values) {
                let points: Vec<Point> = run.iter().map(|&(i, v)| (self.x(self.ticks[i], left, right), v)).collect();
                for part in series::below(&points, frame.axis.end) {
                    let part: Vec<Point> =
                        part.iter().map(|&(x, v)| (x, bottom - frame.area.height() * frame.axis.share(v))).collect();
                    canvas.path(&part, line.color, line.width);
                    if let [alone] = part[..] {
                        canvas.marker(alone, line.marker, line.color);
                        continue;
                    }
                    for &point in part.iter() {
                        if point.0 >= next_marker {
                            canvas.marker(point, line.marker, line.color);
                            next_marker = point.0 + MARKER_DISTANCE;
                        }
                    }
                }
            }
        }
    }

    /// The column of pixels of each frame; one a frame where they are few.
    fn columns(&self, width: f64) -> Vec<u32> {
        if self.ticks.len() as f64 <= 2.0 * width {
            return (0..self.ticks.len() as u32).collect();
        }
        self.ticks.iter().map(|&t| self.x(t, 0.0, width) as u32).collect()
    }

    fn areas(&self, canvas: &mut Canvas, frame: &Frame, columns: &[u32]) {
        let Area { left, right, bottom, .. } = frame.area;
        let totals: Vec<Option<f64>> = (0..self.ticks.len()).map(|i| Some(total(frame.panel, i))).collect();
        let kept: Vec<usize> = series::thin(columns, &totals).into_iter().flatten().map(|(i, _)| i).collect();
        let xs: Vec<f64> = kept.iter().map(|&i| self.x(self.ticks[i], left, right)).collect();
        let mut base = vec![0.0; kept.len()];
        for layer in &frame.panel.layers {
            let top: Vec<f64> = kept.iter().zip(&base).map(|(&i, b)| b + layer.values[i]).collect();
            let y = |v: f64| bottom - frame.area.height() * frame.axis.share(v);
            let mut outline: Vec<Point> = xs.iter().zip(&top).map(|(&x, &v)| (x, y(v))).collect();
            let floor = xs.iter().zip(&base).rev().map(|(&x, &v)| (x, y(v)));
            outline.extend(floor);
            if let [x] = xs[..] {
                // One frame has no width of its own: a bar stands for it.
                let (from, to) = ((x - 4.0).max(left), (x + 4.0).min(right));
                outline = vec![(from, y(top[0])), (to, y(top[0])), (to, y(base[0])), (from, y(base[0]))];
            }
            canvas.polygon(&outline, layer.color);
            base = top;
        }
    }

    fn axes(&self, canvas: &mut Canvas, frame: &Frame) {
        let Area { left, top, right, bottom } = frame.area;
        canvas.line((left, bottom), (right, bottom), style::INK, 1.0);
        canvas.line((left, top), (left, bottom), style::INK, 1.0);
        if !self.ticks.is_empty() {
            for value in self.time_axis().values() {
                let x = left + (right - left) * self.time_axis().share(value);
                canvas.line((x, bottom), (x, bottom + 4.0), style::INK, 1.0);
                canvas.text(
                    &self.time_axis().label(value),
                    (x, bottom + 13.0),
                    Align::Middle,
                    style::SMALL,
                    style::INK,
                );
            }
        }
        if !frame.panel.has_values() {
            return;
        }
        for value in frame.axis.values() {
            let y = bottom - frame.area.height() * frame.axis.share(value);
            canvas.line((left - 4.0, y), (left, y), style::INK, 1.0);
            canvas.text(&frame.axis.label(value), (left - 8.0, y), Align::Right, style::SMALL, style::INK);
        }
        if let Some((_, factor)) = frame.panel.second {
            let second = Axis::to(frame.axis.end * factor, 5, false);
            canvas.line((right, top), (right, bottom), style::INK, 1.0);
            for value in second.values() {
                let y = bottom - frame.area.height() * second.share(value);
                canvas.line((right, y), (right + 4.0, y), style::INK, 1.0);
                canvas.text(&second.label(value), (right + 8.0, y), Align::Left, style::SMALL, style::INK);
            }
        }
    }

    fn event_lines(&self, canvas: &mut Canvas, frames: &[Frame]) {
        for (i, frame) in frames.iter().enumerate() {
            let strip_top = |f: &Frame| f.area.top - STRIP_ROW * f.rows as f64;
            let mut last_x = f64::NEG_INFINITY;
            for note in &frame.notes {
                let below = if note.kind == NoteKind::Event { &frames[i..] } else { &frames[i..=i] };
                match note.place {
                    Some(place) => {
                        let y = strip_top(frame) + STRIP_ROW * place.row as f64;
                        let color = if note.kind == NoteKind::Peak { style::VERMILLION } else { style::INK };
                        canvas.text(&note.text, (place.left, y + 7.0), Align::Left, style::SMALL, color);
                        if note.kind != NoteKind::Warmup {
                            canvas.line((note.x, y), (note.x, frame.area.top), color, 1.0);
                        }
                    }
                    // Lines that would lie on one another are one line.
                    None if note.x - last_x < 1.0 => continue,
                    None => {}
                }
                if note.kind == NoteKind::Event {
                    last_x = note.x;
                    for f in below {
                        let line = [(note.x, f.area.top), (note.x, f.area.bottom)];
                        match note.place {
                            Some(_) => canvas.dashed(&line, style::INK, 1.0, (4.0, 3.0)),
                            None => canvas.path(&line, style::MUTED, 0.5),
                        }
                    }
                }
            }
        }
    }

    fn caption(&self, frames: &[Frame]) -> String {
        let mut parts = vec![format!("1 tick = {} ms", self.context.tick_ms)];
        if self.warmup_end() > 0 {
            let ticks = style::grouped(f64::from(self.context.warmup_ticks), 0);
            parts.push(format!("warm-up: the first {ticks} ticks"));
        }
        if !self.note.is_empty() {
            parts.push(self.note.to_owned());
        }
        let unlabelled = frames.iter().flat_map(|f| &f.notes).filter(|n| n.place.is_none()).count();
        if unlabelled > 0 {
            parts.push(format!("{unlabelled} event lines without room for a label"));
        }
        parts.join(" · ")
    }
}

impl Line {
    /// Whether there is anything to draw.
    pub fn has_values(&self) -> bool {
        self.values.iter().any(|value| value.is_some_and(f64::is_finite))
    }
}

impl Panel {
    fn has_values(&self) -> bool {
        self.layers.iter().any(|l| !l.values.is_empty()) || self.lines.iter().any(Line::has_values)
    }
}

fn total(panel: &Panel, frame: usize) -> f64 {
    panel.layers.iter().map(|l| l.values[frame]).sum()
}

fn place_notes(notes: &mut [Note], left: f64, right: f64) {
    let labels: Vec<Label> =
        notes.iter().map(|n| Label { x: n.x, width: style::text_width(&n.text, style::SMALL) }).collect();
    for (note, place) in notes.iter_mut().zip(strip::place(&labels, left, right, STRIP_ROWS)) {
        note.place = place;
    }
}
