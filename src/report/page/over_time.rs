//! What happened over time: latency, throughput, accesses in flight, wormholes, strength.

use maud::{Markup, html};

use super::pen::Pen;
use super::side::Side;
use super::{missing, none_kept, words};
use crate::recorder::frame::Frame;
use crate::report::figure::{Axis, Figure, Mark, Point, Series};
use crate::report::plots::frame_lengths;
use crate::report::series;

/// Columns that a long series is thinned to.
const COLUMNS: f64 = 1000.0;

/// A line of a figure: its name and its value in a frame of a given length, ticks.
type Line = (&'static str, fn(&Frame, f64) -> Option<f64>);

/// What a figure shows.
struct Subject {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    /// The line of each side where several stand beside each other.
    main: Line,
    /// The lines of a single run.
    lines: &'static [Line],
}

const SUBJECTS: [Subject; 5] = [
    Subject {
        name: "time-latency",
        title: "Latency",
        unit: "latency (ticks)",
        main: ("mean", |f, _| f.latency_mean_ticks),
        lines: &[
            ("95th percentile", |f, _| f.latency_p95_ticks.map(|t| t as f64)),
            ("mean", |f, _| f.latency_mean_ticks),
        ],
    },
    Subject {
        name: "time-throughput",
        title: "Throughput",
        unit: "accesses per tick",
        main: ("delivered", |f, length| Some(f.delivered as f64 / length)),
        lines: &[
            ("injected", |f, length| Some(f.injected as f64 / length)),
            ("delivered", |f, length| Some(f.delivered as f64 / length)),
            ("dropped", |f, length| Some(f.dropped as f64 / length)),
        ],
    },
    Subject {
        name: "time-in-flight",
        title: "Accesses in flight",
        unit: "accesses (count)",
        main: ("in flight", |f, _| Some(f.in_flight as f64)),
        lines: &[("in flight", |f, _| Some(f.in_flight as f64)), ("of these queued", |f, _| Some(f.queued as f64))],
    },
    Subject {
        name: "time-wormholes",
        title: "Wormholes",
        unit: "wormholes (count)",
        main: ("active", |f, _| Some(active(f))),
        lines: &[
            ("active", |f, _| Some(active(f))),
            ("of these fast lanes", |f, _| Some(f64::from(f.fast_lane))),
            ("dormant", |f, _| Some(f64::from(f.dormant))),
        ],
    },
    Subject {
        name: "time-strength",
        title: "Strength of active wormholes",
        unit: "mean strength (0 to 1)",
        main: ("mean strength", |f, _| f.strength_mean),
        lines: &[("mean strength", |f, _| f.strength_mean)],
    },
];

fn active(frame: &Frame) -> f64 {
    f64::from(frame.experimental) + f64::from(frame.standard) + f64::from(frame.fast_lane)
}

pub(super) fn body(pen: &mut Pen, sides: &[Side]) -> Markup {
    if let Some(reason) = none_kept(sides) {
        return reason;
    }
    if sides.iter().all(|side| side.run.frames.is_empty()) {
        return missing("No frames were recorded (record.every_ticks), so there is nothing to draw over time.");
    }
    let holes =
        sides.iter().flat_map(|side| &side.run.frames).any(|frame| active(frame) + f64::from(frame.dormant) > 0.0);
    let shown = SUBJECTS.iter().filter(|subject| holes || !matches!(subject.name, "time-wormholes" | "time-strength"));
    html! {
        p.note { "The shaded ticks are the warm-up, which no mean covers. " (frames_note(sides)) }
        @for subject in shown { (figure(pen, sides, subject)) }
        @if !holes { (missing("No wormhole opened, so that their number and strength are not drawn.")) }
    }
}

fn frames_note(sides: &[Side]) -> String {
    let lengths = sides.iter().map(|side| side.run.scenario.record.every_ticks).collect::<Vec<_>>();
    let same = lengths.windows(2).all(|pair| pair[0] == pair[1]);
    match lengths[0].filter(|_| same) {
        Some(ticks) => format!(
            "A value is the mean over a frame of {} ticks, or the level at its end.",
            words::count(ticks.into())
        ),
        None => "A value is the mean over a frame, or the level at its end.".to_owned(),
    }
}

fn figure(pen: &mut Pen, sides: &[Side], subject: &Subject) -> Markup {
    let series = match sides {
        [side] => {
            subject.lines.iter().enumerate().map(|(tone, (name, value))| line(name, tone, side, *value)).collect()
        }
        _ => sides.iter().map(|side| line(side.name(), side.tone, side, subject.main.1)).collect(),
    };
    let mut figure = of_time(subject.name, subject.title, subject.unit, sides, series);
    figure.summary = match sides {
        [_] => summary(&figure, sides),
        _ => format!("{}: {}", subject.main.0, summary(&figure, sides)),
    };
    pen.figure(&figure)
}

/// A figure over time, with the warm-up shaded and events marked.
pub(super) fn of_time(name: &str, title: &str, unit: &str, sides: &[Side], series: Vec<Series>) -> Figure {
    let mut figure = Figure::of_series(name, title, Axis::from_zero("time (ticks)"), Axis::from_zero(unit), series);
    figure.warmup = sides.iter().map(Side::warmup_ticks).max().filter(|&ticks| ticks > 0).map(f64::from);
    if let Some(side) = sides.first() {
        figure.marks = side.context().events.into_iter().map(|(tick, label)| (f64::from(tick), label)).collect();
    }
    figure
}

/// The line of a quantity of a run over time.
pub(super) fn line(name: &str, tone: usize, side: &Side, value: fn(&Frame, f64) -> Option<f64>) -> Series {
    let frames = &side.run.frames;
    let values: Vec<Option<f64>> =
        frames.iter().zip(frame_lengths(frames)).map(|(frame, length)| value(frame, length)).collect();
    let last = f64::from(frames.last().map_or(1, |frame| frame.tick.max(1)));
    let crowded = frames.len() as f64 > 2.0 * COLUMNS;
    let column = |(index, frame): (usize, &Frame)| {
        if crowded { (f64::from(frame.tick) / last * COLUMNS) as u32 } else { index as u32 }
    };
    let columns: Vec<u32> = frames.iter().enumerate().map(column).collect();
    let mut points = Vec::new();
    for run in series::thin(&columns, &values) {
        if let Some(&(first, _)) = run.first()
            && !points.is_empty()
        {
            points.push(Point { x: f64::from(frames[first].tick), y: None, range: None });
        }
        points.extend(run.into_iter().map(|(index, value)| Point::new(f64::from(frames[index].tick), value)));
    }
    Series { name: name.to_owned(), tone, mark: Mark::Line, points }
}

/// Mean after the warm-up and the greatest value of each line.
pub(super) fn summary(figure: &Figure, sides: &[Side]) -> String {
    let warmup = sides.iter().map(Side::warmup_ticks).max().map_or(0.0, f64::from);
    let said = figure.series().iter().filter(|series| !series.points.is_empty()).map(|series| {
        let measured = series.points.iter().filter(|point| point.x >= warmup).filter_map(|point| point.y);
        let (count, sum) = measured.clone().fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
        let most = measured.fold(f64::NEG_INFINITY, f64::max);
        if count == 0.0 {
            return format!("{} without values after the warm-up", series.name);
        }
        format!(
            "{} {} on average after the warm-up, at most {}",
            series.name,
            words::number(sum / count),
            words::number(most)
        )
    });
    format!("{}.", said.collect::<Vec<_>>().join("; "))
}
