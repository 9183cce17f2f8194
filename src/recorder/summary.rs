//! `summary.json`: the run in one page of numbers.

use std::collections::BTreeMap;

use bevy_ecs::prelude::World;
use serde::{Deserialize, Serialize};

pub use super::availability::Availability;
use super::gauges::{self, Gauges};
use super::phases::PhaseRow;
use super::stability::Verdict;
pub use super::stretch::Stretch;
use super::{Baseline, Recorder};
use crate::fabric::{Fabric, Totals};
use crate::physics::entropy::{normalised, shannon};
use crate::scenario::{Scenario, Tick};
use crate::world::history::Balance;
use crate::world::resources::Loads;

/// Names of the reasons to drop an access, in the order of [`crate::fabric::DropReason`].
pub const DROP_REASONS: [&str; crate::fabric::DROPS] =
    ["queue_full", "link_full", "hop_limit", "unreachable", "failed"];

/// All numbers of a run. Measured after warm-up, except `accesses` and the openings and closings in `wormholes`, which
/// cover the whole run. What a wormhole carries in a tick is booked in the next one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Version of this format.
    pub version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Seed.
    pub seed: u64,
    /// Ticks that were simulated.
    pub ticks: Tick,
    /// Ticks that the scenario asks for.
    pub ticks_planned: Tick,
    /// Ticks that were measured.
    pub measured_ticks: Tick,
    /// What carries the wormholes and what makes them faster; none without wormholes, or of a run of before 0.5.
    #[serde(default)]
    pub carrier: Option<String>,
    /// Digest of the whole run: its state and the fate of every access.
    pub digest: String,
    /// Accesses of the whole run; injected = delivered + dropped + in flight.
    pub accesses: Accesses,
    /// Latency of measured accesses.
    pub latency_ticks: Latency,
    /// Means of its parts; their sum is the mean latency.
    pub latency_parts_ticks: Parts,
    /// Hops of measured accesses.
    pub hops: Hops,
    /// Measured deliveries per tick.
    pub throughput_per_tick: Option<f64>,
    /// Wormholes at the end, and openings and closings of the whole run.
    pub wormholes: Wormholes,
    /// What wormholes saved and cost while measured, in ticks of latency.
    #[serde(rename = "energy")]
    pub costs: CostBalance,
    /// Entropies.
    pub entropy: Entropies,
    /// What was up while measured.
    #[serde(default)]
    pub availability: Availability,
    /// How much longer measured accesses took than the best way.
    #[serde(default)]
    pub stretch: Stretch,
    /// Whether queues grow without bound, and which are overloaded.
    pub stability: Verdict,
    /// The measured ticks from one scheduled change to the next.
    #[serde(default)]
    pub phases: Vec<PhaseRow>,
    /// Scheduled changes in the last phase beyond as many as are told apart.
    #[serde(default)]
    pub phases_not_told_apart: u64,
}

/// Counts of accesses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accesses {
    /// Entered.
    pub injected: u64,
    /// Arrived at their targets.
    pub delivered: u64,
    /// Under way at the end.
    pub in_flight: u64,
    /// Lost, by reason.
    pub dropped: BTreeMap<String, u64>,
}

/// Distribution of latency, ticks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the usual statistics")]
pub struct Latency {
    pub mean: Option<f64>,
    pub p50: Option<u64>,
    pub p95: Option<u64>,
    pub p99: Option<u64>,
    pub max: Option<u64>,
}

/// Mean parts of latency, ticks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// In transit.
    pub propagation: Option<f64>,
    /// Processing at nodes: hops times `processing_ticks`.
    pub processing: Option<f64>,
    /// In FIFOs.
    pub node_wait: Option<f64>,
    /// At ports of links and wormholes.
    pub link_wait: Option<f64>,
    /// For wormholes being set up.
    pub setup: Option<f64>,
}

/// Hops of an access.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hops {
    /// Mean.
    pub mean: Option<f64>,
    /// Share of measured hops that went over wormholes.
    pub wormhole_share: Option<f64>,
}

/// Counts of wormholes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wormholes {
    /// Active at the end.
    pub active: u32,
    /// Dormant at the end.
    pub dormant: u32,
    /// Archived by the end.
    pub archived: u32,
    /// First openings.
    pub opened: u32,
    /// Openings from the pool.
    pub reopened: u32,
    /// Times that one went dormant.
    pub closed: u32,
}

/// Energies and their balance, ticks of latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostBalance {
    /// Sum of span − transit over traversals.
    pub saved: f64,
    /// Sum of u·s.
    pub upkeep: f64,
    /// Opening and reopening.
    pub opening: f64,
    /// saved − upkeep − opening.
    pub net: f64,
    /// Opening and reopening during the warm-up, which is in none of the above.
    pub opening_in_warmup: f64,
}

/// Entropies of measured load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entropies {
    /// Of departures over link directions, over its maximum; 1 = even.
    pub network: f64,
    /// The same in bits.
    pub network_bits: f64,
    /// Mean over nodes, at the end.
    pub nodes_mean: f64,
    /// Mean over active wormholes, at the end.
    pub wormholes_mean: Option<f64>,
}

impl Recorder {
    /// The summary after tick `last`, the run's last so far, in `world`.
    pub fn summary(&self, scenario: &Scenario, last: Tick, world: &World, digest: String) -> Summary {
        let (fabric, gauges) = (world.resource::<Fabric>(), gauges::take(world));
        let loads = &world.resource::<Loads>().so_far(fabric)[..];
        // Without a warm-up everything is measured; before its end, nothing.
        let start = if self.warmup == 0 {
            let (totals, gauges) = (Totals::default(), Gauges::default());
            Baseline { totals, gauges, loads: vec![0; loads.len()], ..Baseline::default() }
        } else {
            Baseline {
                totals: fabric.totals,
                gauges,
                loads: loads.to_vec(),
                waits: fabric.waits.clone(),
                ..Baseline::default()
            }
        };
        let base = self.baseline.as_ref().unwrap_or(&start);
        let (totals, measured) = (&fabric.totals, &self.measured);
        let measured_ticks = (last + 1).saturating_sub(self.warmup);
        let per_tick = |count: u64| (measured_ticks > 0).then(|| count as f64 / f64::from(measured_ticks));
        let part = |part: usize| measured.mean(measured.parts[part]);
        let processing = measured.hops * u64::from(scenario.nodes.processing_ticks);
        let hops = totals.hops - base.totals.hops;
        let carried = loads.iter().zip(&base.loads).map(|(now, then)| (now - then) as f64);
        let used = fabric.ports.iter().zip(carried.clone()).filter(|(port, load)| port.is_open() || *load > 0.0);
        let directions = used.count();
        let (phases, phases_not_told_apart) = self.phases.rows(scenario, last + 1);
        let since = |of: fn(&Balance) -> f64| of(&gauges.balance) - of(&base.gauges.balance);
        let (saved, upkeep, opening) = (since(|e| e.saved), since(|e| e.upkeep), since(|e| e.opening));
        Summary {
            version: 1,
            scenario: scenario.name.clone(),
            seed: scenario.seed,
            ticks: last + 1,
            ticks_planned: scenario.ticks,
            measured_ticks,
            carrier: scenario.carrier(),
            digest,
            accesses: Accesses {
                injected: totals.injected,
                delivered: totals.delivered,
                in_flight: u64::from(fabric.accesses.len()),
                dropped: DROP_REASONS.map(String::from).into_iter().zip(totals.dropped).collect(),
            },
            latency_ticks: Latency {
                mean: measured.mean(measured.latency),
                p50: measured.percentile(0.5),
                p95: measured.percentile(0.95),
                p99: measured.percentile(0.99),
                max: measured.percentile(1.0),
            },
            latency_parts_ticks: Parts {
                propagation: measured.mean(measured.parts[0] - processing),
                processing: measured.mean(processing),
                node_wait: part(1),
                link_wait: part(2),
                setup: part(3),
            },
            hops: Hops {
                mean: measured.mean(measured.hops),
                wormhole_share: (hops > 0)
                    .then(|| (totals.wormhole_hops - base.totals.wormhole_hops) as f64 / hops as f64),
            },
            throughput_per_tick: per_tick(measured.count),
            wormholes: Wormholes {
                active: gauges.active(),
                dormant: gauges.dormant,
                archived: gauges.archived,
                opened: gauges.opened,
                reopened: gauges.reopened,
                closed: inherited(scenario) + gauges.opened + gauges.reopened - gauges.active(),
            },
            costs: CostBalance {
                saved,
                upkeep,
                opening,
                net: saved - upkeep - opening,
                opening_in_warmup: base.gauges.balance.opening,
            },
            entropy: Entropies {
                network: normalised(carried.clone(), directions),
                network_bits: shannon(carried) / std::f64::consts::LN_2,
                nodes_mean: gauges.entropy_nodes,
                wormholes_mean: gauges.entropy_wormholes,
            },
            availability: self.availability.summary(fabric),
            stretch: self.stretch.summary(),
            stability: self.stability.verdict(scenario, fabric, last + 1, &base.waits),
            phases,
            phases_not_told_apart,
        }
    }
}

/// Wormholes that were active before the first tick and were not opened in this run.
fn inherited(scenario: &Scenario) -> u32 {
    let rules = &scenario.wormholes;
    let active = rules.recovered.iter().filter(|hole| rules.enabled && hole.dormant_ticks.is_none());
    active.count() as u32
}
