//! The metrics that the page shows of a sweep, and their values in its cells.

use crate::experiment::statistics::Interval;
use crate::experiment::sweep::Cell;

/// A metric of the experiments: its name in their files, its title, its unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metric {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
}

/// The metrics that are drawn, the most asked for first.
pub(super) const METRICS: [Metric; 7] = [
    Metric { name: "latency_mean", title: "Mean latency", unit: "mean latency (ticks)" },
    Metric { name: NET, title: "Net benefit against the baseline", unit: "net benefit (ticks per access)" },
    Metric { name: "latency_p95", title: "95th percentile of latency", unit: "p95 latency (ticks)" },
    Metric { name: "latency_p99", title: "99th percentile of latency", unit: "p99 latency (ticks)" },
    Metric { name: "throughput", title: "Throughput", unit: "accesses delivered per tick" },
    Metric { name: "dropped_share", title: "Dropped accesses", unit: "share of accesses" },
    Metric { name: "energy_net_per_tick", title: "Net of the ledger", unit: "ticks of latency per tick" },
];

/// That of an arm beside the baseline, which is no metric of one run.
const NET: &str = "net_per_access";

/// The measured value of a cell.
pub(super) fn value(cell: &Cell, metric: &Metric) -> Option<Interval> {
    if metric.name == NET {
        return cell.beside.as_ref()?.net_per_access;
    }
    let mean = || cell.means.get(metric.name).copied().flatten();
    let interval = cell.metrics.get(metric.name).copied().flatten();
    // One run has no interval.
    interval.or_else(|| mean().map(|mean| Interval { mean, low: mean, high: mean }))
}
