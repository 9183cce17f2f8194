//! The quantities of a run over time, and their figures: of one run with all its lines, or of several, a line each.

use std::collections::BTreeMap;

use crate::recorder::frame::Frame;
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series, downsample};
use crate::report::{Context, style};
use crate::scenario::Tick;

/// A quantity in a frame that is this many ticks long; none is a gap.
type Value = fn(&Frame, f64) -> Option<f64>;

/// A quantity over time.
pub struct Quantity {
    /// Name of its figure.
    pub name: &'static str,
    /// Title of its figure.
    pub title: &'static str,
    /// What its axis shows, with the unit.
    pub label: &'static str,
    /// How values become places.
    pub scale: Scale,
    /// Whether values are ticks of latency, which are drawn in milliseconds.
    pub in_ms: bool,
    /// Whether it is about wormholes, which a scenario may disable.
    pub of_wormholes: bool,
    /// What the figure says where nothing is drawn.
    pub empty: &'static str,
    /// Whether lines are left out that are 0 all the time, being nothing but clutter.
    pub skips_zeros: bool,
    /// All lines of a run, areas first.
    pub lines: &'static [Line],
    /// What is compared between runs: its name and value.
    pub main: (&'static str, Value),
}

/// A line of a quantity.
pub struct Line {
    name: &'static str,
    tone: usize,
    mark: Mark,
    width: f64,
    value: Value,
}

/// A run among others: its name, the number of its tone, and its frames.
pub struct Run<'a> {
    /// Its name.
    pub name: &'a str,
    /// Number of its tone.
    pub tone: usize,
    /// The run's facts.
    pub context: Context,
    /// Its frames.
    pub frames: &'a [Frame],
}

const fn line(name: &'static str, tone: usize, width: f64, value: Value) -> Line {
    Line { name, tone, mark: Mark::Line, width, value }
}

const fn area(name: &'static str, tone: usize, value: Value) -> Line {
    Line { name, tone, mark: Mark::Area, width: 1.0, value }
}

/// Latency of the accesses delivered in each frame.
pub static LATENCY: Quantity = Quantity {
    name: "time-latency",
    title: "Latency",
    label: "latency (ms)",
    scale: Scale::AfterWarmup,
    in_ms: true,
    of_wormholes: false,
    empty: "no access was delivered",
    skips_zeros: false,
    lines: &[
        line("95th percentile", style::SKY, 1.25, |f, _| f.latency_p95_ticks.map(|ticks| ticks as f64)),
        line("mean", style::BLUE, 2.0, |f, _| f.latency_mean_ticks),
    ],
    main: ("mean", |f, _| f.latency_mean_ticks),
};

/// Accesses injected, delivered and dropped per tick.
pub static THROUGHPUT: Quantity = Quantity {
    name: "time-throughput",
    title: "Throughput",
    label: "accesses per tick",
    scale: Scale::FromZero,
    in_ms: false,
    of_wormholes: false,
    empty: "no access was injected",
    skips_zeros: true,
    lines: &[
        // Wide and behind, so that it shows where the two agree.
        line("injected", style::SKY, 3.5, |f, ticks| Some(f.injected as f64 / ticks)),
        line("delivered", style::BLUE, 1.5, |f, ticks| Some(f.delivered as f64 / ticks)),
        line("dropped", style::VERMILLION, 1.5, |f, ticks| Some(f.dropped as f64 / ticks)),
    ],
    main: ("delivered", |f, ticks| Some(f.delivered as f64 / ticks)),
};

/// Accesses under way.
pub static IN_FLIGHT: Quantity = Quantity {
    name: "time-in-flight",
    title: "Accesses in flight",
    label: "accesses under way (count)",
    scale: Scale::AfterWarmup,
    in_ms: false,
    of_wormholes: false,
    empty: "nothing recorded",
    skips_zeros: false,
    lines: &[
        line("in flight", style::GREEN, 2.0, |f, _| Some(f.in_flight as f64)),
        line("of these queued", style::ORANGE, 1.5, |f, _| Some(f.queued as f64)),
    ],
    main: ("in flight", |f, _| Some(f.in_flight as f64)),
};

/// Active wormholes stacked by kind, dormant and archived ones as lines on the same scale.
pub static WORMHOLES: Quantity = Quantity {
    name: "time-wormholes",
    title: "Wormholes",
    label: "wormholes (count)",
    scale: Scale::Count,
    in_ms: false,
    of_wormholes: true,
    empty: "no wormholes: enabled, but none opened",
    skips_zeros: true,
    lines: &[
        area("fast lane", style::VERMILLION, |f, _| Some(f64::from(f.fast_lane))),
        area("standard", style::GREEN, |f, _| Some(f64::from(f.standard))),
        area("experimental", style::ORANGE, |f, _| Some(f64::from(f.experimental))),
        line("dormant (line)", style::GREY, 1.75, |f, _| Some(f64::from(f.dormant))),
        line("archived so far (line)", style::PURPLE, 1.75, |f, _| Some(f64::from(f.archived))),
    ],
    main: ("active", |f, _| Some(active(f))),
};

/// Mean strength of active wormholes.
pub static STRENGTH: Quantity = Quantity {
    name: "time-strength",
    title: "Strength of active wormholes",
    label: "strength (0 to 1)",
    scale: Scale::UpTo(1.0),
    in_ms: false,
    of_wormholes: true,
    empty: "no active wormholes",
    skips_zeros: false,
    lines: &[line("mean of active wormholes", style::VERMILLION, 2.0, |f, _| f.strength_mean)],
    main: ("mean strength", |f, _| f.strength_mean),
};

/// Normalised entropies of nodes, wormholes and the network.
pub static ENTROPY: Quantity = Quantity {
    name: "time-entropy",
    title: "Entropy",
    label: "entropy, normalised (0 to 1)",
    scale: Scale::UpTo(1.0),
    in_ms: false,
    of_wormholes: false,
    empty: "nothing recorded",
    skips_zeros: false,
    lines: &[
        line("network (load over links)", style::BLUE, 1.75, |f, _| Some(f.entropy_network)),
        line("nodes (over ports)", style::GREEN, 1.75, |f, _| Some(f.entropy_nodes)),
        line("wormholes (over destinations)", style::PURPLE, 1.75, |f, _| f.entropy_wormholes),
    ],
    main: ("network (load over links)", |f, _| Some(f.entropy_network)),
};

/// Open wormholes of all kinds.
pub fn active(frame: &Frame) -> f64 {
    f64::from(frame.experimental) + f64::from(frame.standard) + f64::from(frame.fast_lane)
}

impl Quantity {
    /// The figure of one run, with all lines.
    pub fn of_run(&self, context: &Context, frames: &[Frame]) -> Figure {
        let mut series = Vec::new();
        let areas: Vec<&Line> = self.lines.iter().filter(|line| line.mark == Mark::Area).collect();
        let total: Value = self.main.1;
        let kept = if areas.is_empty() { Vec::new() } else { kept(frames, total) };
        let lengths = frame_lengths(frames);
        for line in self.lines {
            let points = if line.mark == Mark::Area {
                let point = |&index: &usize| Point {
                    x: f64::from(frames[index].tick),
                    y: (line.value)(&frames[index], lengths[index]),
                    range: None,
                };
                kept.iter().map(point).collect()
            } else {
                points(frames, line.value, self.factor(context))
            };
            let is_zero = points.iter().all(|point| point.y.is_none_or(|y| y == 0.0));
            if !(self.skips_zeros && is_zero) {
                series.push(Series { width: line.width, ..Series::new(line.name, line.tone, line.mark, points) });
            }
        }
        let mut figure = self.figure(context, end(frames), series);
        if frames.is_empty() {
            figure.empty = "nothing recorded".to_owned();
        } else if !context.wormholes_enabled && self.of_wormholes {
            figure.empty = "no wormholes: disabled in this scenario".to_owned();
        }
        figure
    }

    /// The figure of several runs, a line each; the events are those of all, the warm-up is the longest.
    pub fn of_runs(&self, runs: &[Run]) -> Figure {
        let line = |(place, run): (usize, &Run)| {
            let points = points(run.frames, self.main.1, self.factor(&run.context));
            Series::new(run.name, run.tone, Mark::Line, points).among(place, runs.len())
        };
        let last = runs.iter().map(|run| end(run.frames)).fold(0.0, f64::max);
        self.figure(&together(runs), last, runs.iter().enumerate().map(line).collect())
    }

    /// What values are multiplied by.
    fn factor(&self, context: &Context) -> f64 {
        if self.in_ms { context.tick_ms } else { 1.0 }
    }

    fn figure(&self, context: &Context, end: f64, series: Vec<Series>) -> Figure {
        let mut y = Axis::new(self.label, self.scale.clone());
        y.second =
            (self.in_ms && context.tick_ms != 1.0).then(|| ("latency (ticks)".to_owned(), 1.0 / context.tick_ms));
        let x = Axis::new("time (ticks)", Scale::UpTo(end));
        let mut figure = Figure::of_series(self.name, self.title, x, y, series);
        figure.warmup = Some(f64::from(context.warmup_ticks).min(end)).filter(|&ticks| ticks > 0.0);
        let events = context.events.iter().filter(|(tick, _)| f64::from(*tick) < end);
        figure.marks = events.map(|(tick, label)| (f64::from(*tick), label.clone())).collect();
        figure.empty = self.empty.to_owned();
        figure
    }
}

/// The facts of several runs: the events of all, and the longest warm-up.
fn together(runs: &[Run]) -> Context {
    let mut events: Vec<_> = runs.iter().flat_map(|run| run.context.events.iter().cloned()).collect();
    events.sort();
    events.dedup();
    let warmup_ticks = runs.iter().map(|run| run.context.warmup_ticks).max().unwrap_or(0);
    Context { warmup_ticks, events, ..runs[0].context.clone() }
}

/// How much longer an access took in runs than in a baseline, in the frames of the same ticks after `from`.
pub fn difference(baseline: &Run, runs: &[Run], from: Tick) -> Figure {
    let before: BTreeMap<Tick, f64> =
        baseline.frames.iter().filter_map(|frame| Some((frame.tick, frame.latency_mean_ticks?))).collect();
    let line = |(place, run): (usize, &Run)| {
        let more = |frame: &Frame| {
            let before = before.get(&frame.tick).filter(|_| frame.tick > from)?;
            Some(frame.latency_mean_ticks? * run.context.tick_ms - before * baseline.context.tick_ms)
        };
        let points = thinned(run.frames, &run.frames.iter().map(more).collect::<Vec<_>>());
        Series::new(run.name, run.tone, Mark::Line, points).among(place, runs.len())
    };
    let mut figure = LATENCY.figure(
        &together(runs),
        runs.iter().map(|run| end(run.frames)).fold(0.0, f64::max),
        runs.iter().enumerate().map(line).collect(),
    );
    figure.name = "time-difference".to_owned();
    figure.title = format!("Difference of latency from {}", baseline.name);
    // The line of no difference is on it, and no second unit.
    figure.y = Axis::new("difference (ms)", Scale::FromZero);
    figure
}

/// Where the time axis of some frames ends: behind the last tick, so that a run of 2,000 ticks ends at 2,000.
fn end(frames: &[Frame]) -> f64 {
    frames.last().map_or(0.0, |frame| f64::from(frame.tick) + 1.0)
}

fn columns(frames: &[Frame]) -> Vec<u32> {
    let ticks: Vec<f64> = frames.iter().map(|frame| f64::from(frame.tick)).collect();
    downsample::columns(&ticks, end(frames))
}

/// The frames that are kept of a long series.
fn kept(frames: &[Frame], value: Value) -> Vec<usize> {
    let runs = downsample::downsample(&columns(frames), &values(frames, value));
    runs.into_iter().flatten().map(|(index, _)| index).collect()
}

fn values(frames: &[Frame], value: Value) -> Vec<Option<f64>> {
    frames.iter().zip(frame_lengths(frames)).map(|(frame, ticks)| value(frame, ticks)).collect()
}

/// The points of a long series that are kept, with its gaps; values times `factor`.
fn points(frames: &[Frame], value: Value, factor: f64) -> Vec<Point> {
    let values: Vec<_> = values(frames, value).into_iter().map(|value| value.map(|value| value * factor)).collect();
    thinned(frames, &values)
}

/// Values of frames as points, those that are kept of a long series, with its gaps.
fn thinned(frames: &[Frame], values: &[Option<f64>]) -> Vec<Point> {
    let mut points = Vec::new();
    for run in downsample::downsample(&columns(frames), values) {
        if let (Some(&(first, _)), false) = (run.first(), points.is_empty()) {
            points.push(Point { x: f64::from(frames[first].tick), y: None, range: None });
        }
        points.extend(run.into_iter().map(|(index, value)| Point::new(f64::from(frames[index].tick), value)));
    }
    points
}

/// Ticks that each frame covers. The first is taken to be as long as the second, within a run that begins at tick 0.
fn frame_lengths(frames: &[Frame]) -> Vec<f64> {
    let first = frames.first().map(|f| {
        let since_start = f.tick.saturating_add(1);
        frames.get(1).map_or(since_start, |second| since_start.min(second.tick.saturating_sub(f.tick).max(1)))
    });
    let later = frames.windows(2).map(|w| w[1].tick.saturating_sub(w[0].tick).max(1));
    first.into_iter().chain(later).map(f64::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::frame_at;

    #[test]
    fn frames_are_as_long_as_the_ticks_between_them() {
        let lengths = |ticks: &[u32]| frame_lengths(&ticks.iter().map(|&t| frame_at(t)).collect::<Vec<_>>());
        assert_eq!(lengths(&[99, 199, 249]), [100.0, 100.0, 50.0]);
        assert_eq!(lengths(&[100, 200]), [100.0, 100.0]);
        assert_eq!(lengths(&[5100, 5200]), [100.0, 100.0]);
        assert_eq!(lengths(&[9]), [10.0]);
        assert_eq!(lengths(&[]), [0.0; 0]);
    }
}
