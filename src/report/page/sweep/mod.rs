//! The section on a sweep: lines over one factor, heat maps over two, marginal plots, and the table of cells.

mod heat;
mod lines;
mod table;

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::figures::Figures;
use super::{format, missing};
use crate::experiment::statistics::Interval;
use crate::experiment::sweep::{Cell, Design, Sweep};
use crate::report::figure::{Axis, Scale};
use crate::scenario::raw::Factor;

/// A metric of the experiments: its name in their files, its title, its unit.
#[derive(Debug, Clone, Copy)]
struct Metric {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
}

/// The metrics that are drawn, the most asked for first.
const METRICS: [Metric; 6] = [
    Metric { name: "latency_mean", title: "Mean latency", unit: "mean latency (ticks)" },
    Metric { name: "latency_p95", title: "95th percentile of latency", unit: "p95 latency (ticks)" },
    Metric { name: "latency_p99", title: "99th percentile of latency", unit: "p99 latency (ticks)" },
    Metric { name: "throughput", title: "Throughput", unit: "accesses delivered per tick" },
    Metric { name: "dropped_share", title: "Dropped accesses", unit: "share of accesses" },
    Metric { name: "energy_net_per_tick", title: "Net of the ledger", unit: "ticks of latency per tick" },
];

/// Most values of a factor that a heat map has.
const MOST_VALUES: usize = 40;

pub(super) fn body(figures: &mut Figures, sweep: &Sweep) -> Markup {
    let measured = |metric: &&Metric| sweep.cells.iter().any(|cell| value(cell, metric).is_some());
    let metrics: Vec<&Metric> = METRICS.iter().filter(measured).collect();
    let first: Vec<&Metric> = metrics.iter().take(2).copied().collect();
    let grid = sweep.design == Design::Grid;
    html! {
        @if metrics.is_empty() { (missing("No cell has a mean: all its runs are unstable or failed.")) }
        @match &sweep.factors[..] {
            [] => { (missing("The sweep has no factors.")) }
            [factor] => @for metric in &metrics { (lines::figure(figures, sweep, factor, metric)) },
            factors => {
                @if let ([across, down], true) = (factors, grid) {
                    @if across.values.len().max(down.values.len()) <= MOST_VALUES {
                        @for metric in &first { (heat::figures(figures, sweep, [across, down], metric)) }
                    } @else { (missing("The factors have too many values for heat maps.")) }
                } @else {
                    (missing("Heat maps are drawn of grids over two factors; these are marginal plots."))
                }
                @for metric in &first { @for factor in factors { (lines::figure(figures, sweep, factor, metric)) } }
                p.note {
                    @if grid {
                        "In a marginal plot a point is the mean over all cells with that value; its interval is the mean "
                        "of theirs, which is wide enough however cells depend on each other. A value with an unstable "
                        "cell has no mean."
                    } @else { "A point is a cell of the Latin hypercube." }
                }
            }
        }
        @if let Some(given) = &sweep.reference { p.note { "Reference: " (given.source) "." } }
        (table::all(sweep).render())
    }
}

/// The measured value of a cell.
fn value(cell: &Cell, metric: &Metric) -> Option<Interval> {
    let mean = || cell.means.get(metric.name).copied().flatten();
    let interval = cell.metrics.get(metric.name).copied().flatten();
    // One run has no interval.
    interval.or_else(|| mean().map(|mean| Interval { mean, low: mean, high: mean }))
}

/// The place of a cell on a factor's axis: a number, or the place among names.
fn place(factor: &Factor, point: &BTreeMap<String, Value>) -> Option<f64> {
    let value = point.get(&factor.path)?;
    if is_numeric(factor) {
        return value.as_f64();
    }
    factor.values.iter().position(|other| other == value).map(|place| place as f64)
}

fn is_numeric(factor: &Factor) -> bool {
    factor.values.iter().all(Value::is_number)
}

/// The axis of a factor.
fn axis(factor: &Factor) -> Axis {
    let scale = if is_numeric(factor) {
        Scale::Linear
    } else {
        Scale::Names(factor.values.iter().map(format::value).collect())
    };
    Axis::new(&factor.path, scale)
}
