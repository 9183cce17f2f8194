//! What happened over time: latency, throughput, accesses in flight, wormholes and their strength.

use maud::{Markup, html};

use super::pen::Pen;
use super::side::Side;
use super::{missing, none_kept, words};
use crate::report::figure::Figure;
use crate::report::plots::over_time::{IN_FLIGHT, LATENCY, Quantity, Run, STRENGTH, THROUGHPUT, WORMHOLES, active};

pub(super) fn body(pen: &mut Pen, sides: &[Side]) -> Markup {
    if let Some(reason) = none_kept(sides) {
        return reason;
    }
    if sides.iter().all(|side| side.run.frames.is_empty()) {
        return missing("No frames were recorded (record.every_ticks), so there is nothing to draw over time.");
    }
    let frames = || sides.iter().flat_map(|side| &side.run.frames);
    let any_opened = frames().any(|frame| active(frame) + f64::from(frame.dormant) > 0.0);
    let mut shown = vec![&LATENCY, &THROUGHPUT, &IN_FLIGHT];
    if any_opened {
        shown.extend([&WORMHOLES, &STRENGTH]);
    }
    html! {
        p.note { "The shaded ticks are the warm-up, which no mean covers. " (frames_note(sides)) }
        @for quantity in shown { (pen.figure(&figure(quantity, sides))) }
        @if !any_opened { (missing("No wormhole opened, so that their number and strength are not drawn.")) }
    }
}

fn frames_note(sides: &[Side]) -> String {
    let same = |value: fn(&Side) -> Option<f64>| {
        let first = value(&sides[0]);
        first.filter(|_| sides.iter().all(|side| value(side) == first))
    };
    let tick = same(|side| Some(side.run.scenario.tick_ms));
    let tick = tick.map_or(String::new(), |ms| format!(" 1 tick = {ms} ms."));
    match same(|side| side.run.scenario.record.every_ticks.map(f64::from)) {
        Some(ticks) => format!(
            "A value is the mean over a frame of {} ticks, or the level at its end.{tick}",
            words::count(ticks as u64)
        ),
        None => format!("A value is the mean over a frame, or the level at its end.{tick}"),
    }
}

/// The figure of a quantity: all its lines of a single run, or the main one of each of several.
pub(super) fn figure(quantity: &Quantity, sides: &[Side]) -> Figure {
    if let [side] = sides {
        let figure = quantity.of_run(&side.context(), &side.run.frames);
        let summary = summary(&figure);
        return figure.with_summary(summary);
    }
    let figure = quantity.of_runs(&sides.iter().map(run_of).collect::<Vec<_>>());
    let summary = format!("{}: {}", quantity.main.0, summary(&figure));
    figure.with_summary(summary)
}

fn run_of<'a>(side: &Side<'a>) -> Run<'a> {
    Run { name: &side.run.name, tone: side.tone, context: side.context(), frames: &side.run.frames }
}

/// Mean after the warm-up and the greatest value of each line.
fn summary(figure: &Figure) -> String {
    let warmup = figure.warmup.unwrap_or(0.0);
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
