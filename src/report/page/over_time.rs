//! The section of quantities over time: latency, throughput, accesses in flight, wormholes and their strength.

use maud::{Markup, html};

use super::figures::Figures;
use super::fork::Fork;
use super::format;
use super::run_view::RunView;
use super::section::{missing, none_kept};
use crate::report::figure::Figure;
use crate::report::plots::over_time as plots;
use crate::report::plots::over_time::{IN_FLIGHT, LATENCY, Quantity, Run, STRENGTH, THROUGHPUT, WORMHOLES, active};
use crate::store::reading::Subject;

pub(super) fn body(figures: &mut Figures, subject: &Subject, views: &[RunView]) -> Markup {
    if let Some(reason) = none_kept(views) {
        return reason;
    }
    if views.iter().all(|view| view.run.frames.is_empty()) {
        return missing("No frames were recorded (record.every_ticks), so there is nothing to draw over time.");
    }
    let frames = || views.iter().flat_map(|view| &view.run.frames);
    let any_opened = frames().any(|frame| active(frame) + f64::from(frame.dormant) > 0.0);
    let mut shown = vec![&LATENCY, &THROUGHPUT, &IN_FLIGHT];
    if any_opened {
        shown.extend([&WORMHOLES, &STRENGTH]);
    }
    html! {
        p.note { "The shaded ticks are the warm-up, which no mean covers. " (frames_note(views)) }
        @for (place, quantity) in shown.into_iter().enumerate() {
            (figures.add(&figure(quantity, views)))
            @if place == 0 { @if let Some(difference) = difference(subject, views) { (figures.add(&difference)) } }
        }
        @if !any_opened { (missing("No wormhole opened, so that their number and strength are not drawn.")) }
    }
}

fn frames_note(views: &[RunView]) -> String {
    let same = |value: fn(&RunView) -> Option<f64>| {
        let first = value(&views[0]);
        first.filter(|_| views.iter().all(|view| value(view) == first))
    };
    let tick = same(|view| Some(view.run.scenario.tick_ms));
    let tick = tick.map_or(String::new(), |ms| format!(" 1 tick = {ms} ms."));
    match same(|view| view.run.scenario.record.every_ticks.map(f64::from)) {
        Some(ticks) => format!(
            "A value is the mean over a frame of {} ticks, or the level at its end.{tick}",
            format::count(ticks as u64)
        ),
        None => format!("A value is the mean over a frame, or the level at its end.{tick}"),
    }
}

/// How much longer an access took than in the baseline of a comparison, or than in the parent since the fork.
fn difference(subject: &Subject, views: &[RunView]) -> Option<Figure> {
    let (baseline, from) = match subject {
        Subject::Comparison { comparison, .. } => (views.iter().find(|view| view.name() == comparison.baseline)?, 0),
        Subject::Runs(_) => {
            let fork = Fork::among(views)?;
            (fork.parent, fork.after_ticks)
        }
        Subject::Sweep(_) => return None,
    };
    let others: Vec<Run> = views.iter().filter(|view| view.name() != baseline.name()).map(run_of).collect();
    if others.is_empty() {
        return None;
    }
    let figure = plots::difference(&run_of(baseline), &others, from);
    let since =
        if from == 0 { String::new() } else { format!(" since the fork after {} ticks", format::count(from.into())) };
    let summary = summary(&figure);
    let caption = format!("Below 0, accesses were faster than in {}{since}.", baseline.name());
    Some(figure.with_summary(summary).with_caption(caption))
}

/// The figure of a quantity: all its lines of a single run, or the main one of each of several.
pub(super) fn figure(quantity: &Quantity, views: &[RunView]) -> Figure {
    if let [view] = views {
        let figure = quantity.of_run(&view.context(), &view.run.frames);
        let summary = summary(&figure);
        return figure.with_summary(summary);
    }
    let figure = quantity.of_runs(&views.iter().map(run_of).collect::<Vec<_>>());
    let summary = format!("{}: {}", quantity.main.0, summary(&figure));
    figure.with_summary(summary)
}

fn run_of<'a>(view: &RunView<'a>) -> Run<'a> {
    Run { name: &view.run.name, tone: view.tone, context: view.context(), frames: &view.run.frames }
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
            format::number(sum / count),
            format::number(most)
        )
    });
    format!("{}.", said.collect::<Vec<_>>().join("; "))
}
