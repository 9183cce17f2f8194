//! The metrics that experiments compare: numbers of one run, by name. All are measured after the warm-up, but for the
//! share of dropped accesses, which is that of the whole run.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::recorder::summary::Summary;

/// A number of a run.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name in files.
    pub name: &'static str,
    /// What it is, with its unit.
    pub meaning: &'static str,
    /// Whether it is a percentile, whose intervals are found by bootstrap.
    pub is_percentile: bool,
    /// Its value; none if nothing was measured.
    pub of: fn(&Summary) -> Option<f64>,
}

/// All metrics of experiments.
pub const METRICS: [Metric; 17] = [
    mean("latency_mean", "mean latency of an access, ticks", |s| s.latency_ticks.mean),
    percentile("latency_p50", "median latency, ticks", |s| s.latency_ticks.p50.map(|ticks| ticks as f64)),
    percentile("latency_p95", "95th percentile of latency, ticks", |s| s.latency_ticks.p95.map(|ticks| ticks as f64)),
    percentile("latency_p99", "99th percentile of latency, ticks", |s| s.latency_ticks.p99.map(|ticks| ticks as f64)),
    mean("hops", "mean hops of an access", |s| s.hops.mean),
    mean("stretch_mean", "mean latency over that of the best way at the time, of a sample of accesses", |s| {
        s.stretch.mean
    }),
    percentile("stretch_p95", "95th percentile of the same", |s| s.stretch.p95),
    mean("availability_nodes", "share of ticks that a node is up", |s| s.availability.nodes),
    mean("availability_links", "share of ticks that a link carries accesses", |s| s.availability.links),
    mean("throughput", "accesses delivered per tick", |s| s.throughput_per_tick),
    mean("dropped_share", "share of all accesses that were dropped", dropped_share),
    mean("energy_net_per_tick", "latency saved on wormholes less upkeep and openings, ticks per tick", |s| {
        (s.measured_ticks > 0).then(|| s.costs.net / f64::from(s.measured_ticks))
    }),
    mean("part_propagation", "mean time in transit, ticks", |s| s.latency_parts_ticks.propagation),
    mean("part_processing", "mean processing at nodes, ticks", |s| s.latency_parts_ticks.processing),
    mean("part_node_wait", "mean time in FIFOs of nodes, ticks", |s| s.latency_parts_ticks.node_wait),
    mean("part_link_wait", "mean time waiting at ports, ticks", |s| s.latency_parts_ticks.link_wait),
    mean("part_setup", "mean time waiting for wormholes to be set up, ticks", |s| s.latency_parts_ticks.setup),
];

const fn mean(name: &'static str, meaning: &'static str, of: fn(&Summary) -> Option<f64>) -> Metric {
    Metric { name, meaning, is_percentile: false, of }
}

const fn percentile(name: &'static str, meaning: &'static str, of: fn(&Summary) -> Option<f64>) -> Metric {
    Metric { name, meaning, is_percentile: true, of }
}

/// Share of all accesses that were dropped.
pub(super) fn dropped_share(summary: &Summary) -> Option<f64> {
    let accesses = &summary.accesses;
    (accesses.injected > 0).then(|| accesses.dropped.values().sum::<u64>() as f64 / accesses.injected as f64)
}

/// Something of every metric, by name.
pub fn by_metric<T>(of: impl Fn(&Metric) -> T) -> BTreeMap<String, T> {
    METRICS.iter().map(|metric| (metric.name.to_owned(), of(metric))).collect()
}

/// What of latency arms are compared on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// Its mean.
    #[default]
    Mean,
    /// Its 95th percentile.
    P95,
    /// Its 99th percentile.
    P99,
}

impl On {
    /// Its name among [`METRICS`].
    pub fn metric(self) -> &'static str {
        match self {
            Self::Mean => "latency_mean",
            Self::P95 => "latency_p95",
            Self::P99 => "latency_p99",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mean => "mean latency",
            Self::P95 => "95th percentile of latency",
            Self::P99 => "99th percentile of latency",
        }
    }

    /// That of a run, ticks.
    pub fn latency(self, summary: &Summary) -> Option<f64> {
        match self {
            Self::Mean => summary.latency_ticks.mean,
            Self::P95 => summary.latency_ticks.p95.map(|ticks| ticks as f64),
            Self::P99 => summary.latency_ticks.p99.map(|ticks| ticks as f64),
        }
    }
}

/// What a delivered access took and cost, ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerAccess {
    /// Its latency: the mean, or a percentile.
    pub latency: f64,
    /// Upkeep of all wormholes, shared among the delivered accesses.
    pub upkeep: f64,
    /// Openings and reopenings, shared likewise.
    pub opening: f64,
    /// Those of the warm-up, shared likewise; not part of the total.
    pub warmup_opening: f64,
}

impl PerAccess {
    /// That of a run; none if nothing was measured.
    pub fn of(summary: &Summary, on: On) -> Option<Self> {
        let latency = on.latency(summary)?;
        let delivered = summary.throughput_per_tick? * f64::from(summary.measured_ticks);
        let shared = |ticks: f64| ticks / delivered;
        let costs = &summary.costs;
        let (upkeep, opening) = (shared(costs.upkeep), shared(costs.opening));
        Some(Self { latency, upkeep, opening, warmup_opening: shared(costs.opening_in_warmup) })
    }

    /// All of it after the warm-up.
    pub fn total(&self) -> f64 {
        self.latency + self.upkeep + self.opening
    }
}
