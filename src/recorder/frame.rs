//! One frame of metrics: what happened in the ticks since the frame before it.

use serde::{Deserialize, Serialize};

use super::delivered::Delivered;
use super::gauges::Gauges;
use crate::fabric::{Fabric, Totals};
use crate::scenario::Tick;

/// One row of `metrics.csv`. Counts are over the frame; gauges are at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Last tick of the frame.
    pub tick: Tick,
    /// Accesses injected, count.
    pub injected: u64,
    /// Accesses delivered, count.
    pub delivered: u64,
    /// Accesses dropped, count, all reasons.
    pub dropped: u64,
    /// Accesses under way, level.
    pub in_flight: u64,
    /// Accesses in node FIFOs, level.
    pub queued: u64,
    /// Hops begun, count.
    pub hops: u64,
    /// Hops begun over wormholes, count.
    pub wormhole_hops: u64,
    /// Mean latency of the accesses delivered in the frame, ticks; none if there were none.
    pub latency_mean_ticks: Option<f64>,
    /// 95th percentile of the same, ticks.
    pub latency_p95_ticks: Option<u64>,
    /// Mean hops of the accesses delivered in the frame.
    pub hops_mean: Option<f64>,
    /// Active wormholes by kind, level.
    pub experimental: u32,
    /// Active standard wormholes, level.
    pub standard: u32,
    /// Active fast lanes, level.
    pub fast_lane: u32,
    /// Dormant wormholes, level.
    pub dormant: u32,
    /// Archived wormholes, total so far.
    pub archived: u32,
    /// Mean strength of active wormholes, 0 to 1; none if there is none.
    pub strength_mean: Option<f64>,
    /// Mean entropy of nodes, normalised, 0 to 1.
    pub entropy_nodes: f64,
    /// Mean entropy of active wormholes, normalised; none if there is none.
    pub entropy_wormholes: Option<f64>,
    /// Entropy of load over link directions, normalised.
    pub entropy_network: f64,
    /// Latency saved by traversals, ticks, over the frame.
    pub energy_saved: f64,
    /// Upkeep, ticks of saved latency, over the frame.
    pub energy_upkeep: f64,
    /// Opening costs, ticks of saved latency, over the frame.
    pub energy_opening: f64,
}

/// The frame that ends with tick `now`, given what was so at the end of the frame before.
pub(super) fn close(
    now: Tick,
    fabric: &Fabric,
    delivered: &Delivered,
    totals_before: &Totals,
    before: &Gauges,
    gauges: &Gauges,
) -> Frame {
    let totals = &fabric.totals;
    let dropped = |totals: &Totals| totals.dropped.iter().sum::<u64>();
    Frame {
        tick: now,
        injected: totals.injected - totals_before.injected,
        delivered: totals.delivered - totals_before.delivered,
        dropped: dropped(totals) - dropped(totals_before),
        in_flight: u64::from(fabric.accesses.len()),
        queued: fabric.queued(),
        hops: totals.hops - totals_before.hops,
        wormhole_hops: totals.wormhole_hops - totals_before.wormhole_hops,
        latency_mean_ticks: delivered.mean(delivered.latency),
        latency_p95_ticks: delivered.percentile(0.95),
        hops_mean: delivered.mean(delivered.hops),
        experimental: gauges.kinds[0],
        standard: gauges.kinds[1],
        fast_lane: gauges.kinds[2],
        dormant: gauges.dormant,
        archived: gauges.archived,
        strength_mean: gauges.strength_mean,
        entropy_nodes: gauges.entropy_nodes,
        entropy_wormholes: gauges.entropy_wormholes,
        entropy_network: gauges.entropy_network,
        energy_saved: gauges.balance.saved - before.balance.saved,
        energy_upkeep: gauges.balance.upkeep - before.balance.upkeep,
        energy_opening: gauges.balance.opening - before.balance.opening,
    }
}
