//! The section on a sweep: lines over one factor, heat maps over two, marginal plots, and the table of cells.

mod heat;
mod lines;
mod metrics;
mod table;

use maud::{Markup, html};

use self::metrics::{METRICS, Metric, value};
use super::figures::Figures;
use super::format;
use super::section::missing;
use crate::experiment::sweep::{Design, Sweep};

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
                        "In a marginal plot a point is the mean over all cells with that value; its interval is the "
                        "mean of theirs, which is wide enough however cells depend on each other. A value with an "
                        "unstable cell has no mean."
                    } @else { "A point is a cell of the Latin hypercube." }
                }
            }
        }
        @if let Some(given) = &sweep.reference { p.note { "Reference: " (given.source) "." } }
        @if sweep.same_in_all_replications {
            p.note {
                "All replications have the same accesses, as traces have: intervals tell the chance of arms alone."
            }
        }
        @if let Some(baseline) = sweep.baseline.as_ref().filter(|_| grid) {
            p.note { "Net benefit against " strong { (baseline) } "; it is nothing "
                @if sweep.zero_net.is_empty() { "nowhere between neighbours of a grid." }
                @else { "at:" }
            }
            ul { @for zero in &sweep.zero_net {
                li { (zero.arm) ": " (zero.path) " = " (format::number(zero.value))
                    @for (path, value) in &zero.point { ", " (path) " = " (format::value(value)) }
                }
            } }
        }
        (table::all(sweep).render())
    }
}
