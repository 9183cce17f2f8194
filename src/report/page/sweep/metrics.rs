//! The metrics that the page shows of a sweep, and their values in its cells.

use crate::experiment::statistics::Interval;
use crate::experiment::sweep::{Cell, Sweep};
use crate::report::page::format::{self, Written};
use crate::scenario::raw::Arm;

/// A metric of the experiments: its name in their files, its title, and what its axis and column show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metric {
    pub name: &'static str,
    pub title: &'static str,
    label: &'static str,
    unit: Unit,
}

/// What a metric is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Ticks of latency, which are shown in milliseconds.
    Ticks,
    /// A share, 0 to 1.
    Share,
    /// Another one, which its label says.
    Other,
}

const fn ticks(name: &'static str, title: &'static str, label: &'static str) -> Metric {
    Metric { name, title, label, unit: Unit::Ticks }
}

/// The metrics that are drawn, those that decide first.
pub(super) const METRICS: [Metric; 8] = [
    ticks(NET, "Net benefit against the baseline", "net benefit an access"),
    Metric { name: GAIN, title: "Gain of latency against the baseline", label: "gain", unit: Unit::Share },
    ticks("latency_mean", "Mean latency", "mean latency"),
    ticks("latency_p95", "95th percentile of latency", "p95 latency"),
    ticks("latency_p99", "99th percentile of latency", "p99 latency"),
    Metric { name: "throughput", title: "Throughput", label: "accesses delivered per tick", unit: Unit::Other },
    Metric { name: "dropped_share", title: "Dropped accesses", label: "share dropped", unit: Unit::Share },
    ticks("energy_net_per_tick", "Net of the ledger", "net saved per tick"),
];

/// Those of an arm beside the baseline, which are no metrics of one run.
pub(super) const NET: &str = "net_per_access";
const GAIN: &str = "gain";

impl Metric {
    /// The measured value of a cell, as it is shown.
    pub fn value(&self, sweep: &Sweep, cell: &Cell) -> Option<Interval> {
        let of_cell = |name: &str| {
            let mean = cell.means.get(name).copied().flatten();
            // One run has no interval.
            let alone = mean.map(|mean| Interval { mean, low: mean, high: mean });
            cell.metrics.get(name).copied().flatten().or(alone)
        };
        let value = match self.name {
            NET => cell.beside.as_ref()?.net_per_access,
            GAIN => cell.beside.as_ref()?.gain,
            name => of_cell(name),
        };
        Some(format::scaled(value?, self.factor(sweep)))
    }

    /// The arms that have it, with their places: against the baseline, all others.
    pub fn arms<'a>(&self, sweep: &'a Sweep) -> impl Iterator<Item = (usize, &'a Arm)> {
        let is_beside = [NET, GAIN].contains(&self.name);
        let arms = sweep.arms.iter().enumerate();
        arms.filter(move |(_, arm)| !is_beside || sweep.baseline.as_ref() != Some(&arm.name))
    }

    /// What values in files are multiplied by to be shown.
    pub fn factor(&self, sweep: &Sweep) -> f64 {
        sweep.tick_ms.filter(|_| self.unit == Unit::Ticks).unwrap_or(1.0)
    }

    /// What axes and columns show, with the unit.
    pub fn label(&self, sweep: &Sweep) -> String {
        let unit = match self.unit {
            Unit::Ticks if sweep.tick_ms.is_some() => " (ms)",
            Unit::Ticks => " (ticks)",
            Unit::Share | Unit::Other => "",
        };
        format!("{}{unit}", self.label)
    }

    /// How its values are written.
    pub fn written(&self) -> Written {
        match (self.unit, self.name) {
            (Unit::Share, _) => Written::Percent,
            (_, NET) => Written::Signed,
            _ => Written::Plain,
        }
    }
}
