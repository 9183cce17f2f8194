//! The section on the distribution of latency: its cumulative distribution and its tail.

use maud::{Markup, html};

use super::figures::Figures;
use super::format;
use super::run_view::RunView;
use super::section::{missing, none_kept};
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};

/// Most steps of a distribution; beyond them it is thinned evenly.
const MOST_STEPS: usize = 1500;

pub(super) fn body(figures: &mut Figures, views: &[RunView]) -> Markup {
    if let Some(reason) = none_kept(views) {
        return reason;
    }
    let known: Vec<(&RunView, &[(u64, u64)])> = views
        .iter()
        .filter_map(|view| Some((view, Some(view.run.latencies.as_slice()).filter(|rows| !rows.is_empty())?)))
        .collect();
    if known.is_empty() {
        return missing("No access was measured: there is no distribution.");
    }
    let series = |beyond: bool| {
        let all = known
            .iter()
            .map(|(view, rows)| Series { name: view.legend(views), ..distribution(view, rows, beyond) })
            .enumerate();
        all.map(|(place, series)| series.among(place, known.len())).collect::<Vec<_>>()
    };
    let percentiles = known.iter().map(|(view, _)| {
        let latency = &view.run.summary.latency_ticks;
        let tick_ms = view.run.scenario.tick_ms;
        let ticks =
            |value: Option<u64>| value.map_or(format::NONE.to_owned(), |ticks| format::ms(ticks as f64, tick_ms));
        format!(
            "{} p50 {}, p95 {}, p99 {}, most {}",
            view.name(),
            ticks(latency.p50),
            ticks(latency.p95),
            ticks(latency.p99),
            ticks(latency.max)
        )
    });
    let said = format!("{}.", percentiles.collect::<Vec<_>>().join("; "));
    let within = Figure::of_series(
        "latency-cdf",
        "Share of accesses within a latency",
        Axis::from_zero("latency (ms)"),
        Axis::from_zero("share of accesses"),
        series(false),
    );
    let beyond = Figure::of_series(
        "latency-tail",
        "Share of accesses beyond a latency, on logarithmic axes",
        Axis::new("latency (ms)", Scale::Log),
        Axis::new("share of accesses beyond it", Scale::Log),
        series(true),
    );
    html! {
        (figures.add(&within.with_summary(said.clone())))
        (figures.add(&beyond.with_summary(said).with_caption("How rare long waits are.")))
    }
}

/// Cumulative shares by latency; of what lies beyond it if asked so.
fn distribution(view: &RunView, rows: &[(u64, u64)], beyond: bool) -> Series {
    let total: u64 = rows.iter().map(|(_, accesses)| accesses).sum();
    let mut within = 0;
    let every = rows.len().div_ceil(MOST_STEPS);
    let mut points = Vec::new();
    for (index, &(latency, accesses)) in rows.iter().enumerate() {
        within += accesses;
        let share = if beyond { total - within } else { within } as f64 / total.max(1) as f64;
        if (index % every == 0 || index + 1 == rows.len()) && !(beyond && share <= 0.0) {
            points.push(Point::new(latency as f64 * view.run.scenario.tick_ms, share));
        }
    }
    Series::new(view.name(), view.tone, Mark::Step, points)
}
