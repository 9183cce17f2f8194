//! The section on a sweep: lines over one factor, heat maps over two, marginal plots, and the table of cells.

mod heat;
mod lines;
mod metrics;
mod table;

use maud::{Markup, html};

use self::metrics::{METRICS, Metric};
use super::figures::Figures;
use super::format;
use super::section::missing;
use crate::experiment::sweep::{Cell, Design, Sweep};
use crate::experiment::verdict::Verdict;

/// Most values of a factor that a heat map has.
const MOST_VALUES: usize = 40;

/// Where arms pay, and how much at most, in a sentence; none without a baseline.
pub(super) fn sentence(sweep: &Sweep) -> Option<String> {
    let baseline = sweep.baseline.as_ref()?;
    let net = &METRICS[0];
    let said = sweep.arms.iter().filter(|arm| arm.name != *baseline).map(|arm| {
        let cells: Vec<_> = sweep.cells.iter().filter(|cell| cell.arm == arm.name).collect();
        let is_better = |cell: &&Cell| {
            cell.beside.as_ref().is_some_and(|beside| matches!(beside.verdict, Verdict::Pays | Verdict::Better))
        };
        let better = cells.iter().copied().filter(is_better);
        let points = cells.len() as u64;
        let count = format!("{} at {} of {} points", arm.name, better.clone().count(), format::count(points));
        let known = better.filter_map(|cell| Some((cell, net.value(sweep, cell)?)));
        match known.max_by(|(_, a), (_, b)| a.mean.total_cmp(&b.mean)) {
            Some((cell, most)) => {
                let at = cell.point.iter().map(|(path, value)| format!("{path} = {}", format::value(value)));
                let most = format::mean_and_ends(&most, net.written())[0].clone();
                let unit = if sweep.tick_ms.is_some() { "ms" } else { "ticks" };
                format!("{count}, by {most} {unit} an access at most ({})", at.collect::<Vec<_>>().join(", "))
            }
            None => count,
        }
    });
    Some(format!("Better than {baseline}: {}.", said.collect::<Vec<_>>().join("; ")))
}

pub(super) fn body(figures: &mut Figures, sweep: &Sweep) -> Markup {
    let measured = |metric: &&Metric| sweep.cells.iter().any(|cell| metric.value(sweep, cell).is_some());
    let metrics: Vec<&Metric> = METRICS.iter().filter(measured).collect();
    let first: Vec<&Metric> = metrics.iter().take(2).copied().collect();
    let grid = sweep.design == Design::Grid;
    html! {
        (zero_net(sweep))
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
        (table::all(sweep).render())
    }
}

/// Where the net benefit against the baseline is nothing.
fn zero_net(sweep: &Sweep) -> Markup {
    let Some(baseline) = sweep.baseline.as_ref().filter(|_| sweep.design == Design::Grid) else { return html! {} };
    html! {
        @if sweep.zero_net.is_empty() {
            p { "The net benefit against " strong { (baseline) } " changes its sign nowhere on this grid." }
        } @else {
            p { "The net benefit against " strong { (baseline) } " is 0 at:" }
            ul { @for zero in &sweep.zero_net {
                li { (zero.arm) ": " (zero.path) " = " strong { (format::number(zero.value)) }
                    ", between " (format::number(zero.between[0])) " and " (format::number(zero.between[1]))
                    @for (path, value) in &zero.point { ", at " (path) " = " (format::value(value)) }
                }
            } }
        }
    }
}
