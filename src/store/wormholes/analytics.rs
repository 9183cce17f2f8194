//! `analytics/usage_patterns.json` (who asks whom, over what) and `analytics/performance_metrics.json` (how well it
//! went, overall and by origin and target, and which wormholes paid).

use serde::{Deserialize, Serialize};

use super::rows::{MOST_RANKED, by_mass, held, names};
use crate::fabric::Fabric;
use crate::recorder::Recorder;
use crate::recorder::summary::{Accesses, CostBalance, Hops, Latency, Parts, Summary};
use crate::scenario::Phase;
use crate::scenario::Tick;
use crate::simulation::Simulation;
use crate::store::json::VERSION;
use crate::topology::NodeId;
use crate::world::components::{Ledger, Wormhole};
use crate::world::resources::{Clock, Loads, Nodes, Observed, masses};
use crate::world::wormholes::Wormholes;

/// Rankings of nodes, pairs, links and wormholes by use, the most used first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsagePatterns {
    /// Version of the format.
    pub version: u32,
    /// The last tick simulated.
    pub tick: Tick,
    /// Hops begun in the whole run.
    pub hops: u64,
    /// Nodes by mass.
    pub nodes: Vec<NodeUse>,
    /// Nodes that are not listed.
    pub nodes_left_out: usize,
    /// Observed pairs by weight, as the sketch of gravity holds them.
    pub pairs: Vec<PairUse>,
    /// Pairs that the sketch holds and that are not listed.
    pub pairs_left_out: usize,
    /// Space links by accesses carried in the whole run.
    pub links: Vec<LinkUse>,
    /// Links that are not listed.
    pub links_left_out: usize,
    /// Wormholes by traversals in the whole run.
    pub wormholes: Vec<WormholeUse>,
    /// Wormholes that are not listed.
    pub wormholes_left_out: usize,
}

/// How much a node asks and is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeUse {
    /// Its name.
    pub node: String,
    /// Its mass.
    pub mass: f64,
    /// Its share of all mass; none if there is no mass.
    pub share_of_mass: Option<f64>,
}

/// How much two nodes ask each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairUse {
    /// Their names.
    pub ends: [String; 2],
    /// Faded accesses between them by size: at most this much,
    pub weight_most: f64,
    /// and at least this much (Space-Saving's bounds).
    pub weight_least: f64,
}

/// How much a link carried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkUse {
    /// Index in the topology.
    pub id: u32,
    /// Names of its ends.
    pub ends: [String; 2],
    /// Accesses carried from the first end and from the second.
    pub carried: [u64; 2],
    /// Its share of all hops; none if there were none.
    pub share_of_hops: Option<f64>,
}

/// How much a wormhole carried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WormholeUse {
    /// Its number.
    pub id: u32,
    /// Names of its ends.
    pub ends: [String; 2],
    /// Its phase.
    pub phase: Phase,
    /// Traversals in both directions.
    pub traversals: u64,
    /// Its share of all hops; none if there were none.
    pub share_of_hops: Option<f64>,
}

impl UsagePatterns {
    /// The patterns at the end of the present tick.
    pub fn of(simulation: &Simulation) -> Self {
        let (world, topology) = (simulation.world(), &simulation.scenario().topology);
        let (fabric, entities) = (world.resource::<Fabric>(), &world.resource::<Nodes>().0);
        let hops = fabric.totals.hops;
        let share = |count: u64| (hops > 0).then(|| count as f64 / hops as f64);

        let mass = masses(world);
        let mass_of = |node: NodeId| mass(entities[node.index()]);
        let all: f64 = topology.nodes().map(|(node, _)| mass_of(node)).sum();
        let nodes = by_mass(simulation).into_iter().map(|node| NodeUse {
            node: topology.node(node).name.to_string(),
            mass: mass_of(node),
            share_of_mass: (all > 0.0).then(|| mass_of(node) / all),
        });

        let mut pairs = world.resource::<Observed>().sketch.entries().to_vec();
        pairs.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.pair.cmp(&b.pair)));
        let pairs = pairs.into_iter().map(|entry| PairUse {
            ends: names(topology, entry.pair.map(NodeId)),
            weight_most: entry.weight,
            weight_least: entry.weight - entry.error,
        });

        let loads = world.resource::<Loads>().so_far(fabric);
        let carried = |id: u32| fabric.link_ports[id as usize].map(|port| loads[port as usize]);
        let mut links: Vec<_> = topology.links().map(|(id, a, b, _)| (carried(id), id, [a, b])).collect();
        links.sort_by_key(|&(carried, id, _)| (std::cmp::Reverse(carried[0] + carried[1]), id));
        let links = links.into_iter().map(|(carried, id, ends)| LinkUse {
            id,
            ends: names(topology, ends),
            carried,
            share_of_hops: share(carried[0] + carried[1]),
        });

        let history = &world.resource::<Wormholes>().history;
        let mut wormholes: Vec<_> = held(simulation).chain(history.most_used()).collect();
        let ever = simulation.wormholes().count() + history.count as usize;
        wormholes.sort_by_key(|(wormhole, ledger)| (std::cmp::Reverse(ledger.traversals), wormhole.id));
        let wormholes = wormholes.into_iter().map(|(wormhole, ledger)| WormholeUse {
            id: wormhole.id.0,
            ends: names(topology, wormhole.ends),
            phase: wormhole.phase,
            traversals: ledger.traversals,
            share_of_hops: share(ledger.traversals),
        });

        let (nodes, nodes_left_out) = first(nodes);
        let (pairs, pairs_left_out) = first(pairs);
        let (links, links_left_out) = first(links);
        let (wormholes, _) = first(wormholes);
        let wormholes_left_out = ever.saturating_sub(wormholes.len());
        let tick = world.resource::<Clock>().now;
        Self {
            version: VERSION,
            tick,
            hops,
            nodes,
            nodes_left_out,
            pairs,
            pairs_left_out,
            links,
            links_left_out,
            wormholes,
            wormholes_left_out,
        }
    }
}

/// The rows that are listed, and how many are not.
fn first<T>(rows: impl ExactSizeIterator<Item = T>) -> (Vec<T>, usize) {
    let left_out = rows.len().saturating_sub(MOST_RANKED);
    (rows.take(MOST_RANKED).collect(), left_out)
}

/// How well the run went, and which wormholes paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerformanceMetrics {
    /// Version of the format.
    pub version: u32,
    /// The last tick simulated.
    pub tick: Tick,
    /// As in `summary.json`.
    pub accesses: Accesses,
    /// As in `summary.json`.
    pub latency_ticks: Latency,
    /// As in `summary.json`.
    pub latency_parts_ticks: Parts,
    /// As in `summary.json`.
    pub hops: Hops,
    /// As in `summary.json`.
    pub throughput_per_tick: Option<f64>,
    /// As in `summary.json`: after the warm-up, unlike the ranking below.
    #[serde(rename = "energy")]
    pub costs: CostBalance,
    /// Wormholes by net benefit in the whole run, the best first.
    pub wormholes: Vec<Benefit>,
    /// Wormholes in the middle of the ranking that are not listed.
    pub wormholes_left_out: usize,
    /// Measured accesses by origin and target, in the order of nodes; the first 100,000 pairs that occurred.
    pub flows: Vec<FlowRow>,
    /// The heaviest of the pairs that occurred later, if there were more, the heaviest first.
    pub flows_sketched: Vec<SketchedFlow>,
    /// Jain's index of the accesses delivered by flow, (Σx)²/(n·Σx²): 1 if each got the same, 1/n if one of n got all.
    /// None unless every workload is a matrix without hot spot and flash crowd, and all its pairs, two or more, are
    /// expected to inject equally many accesses in the measured ticks (within one in a million, days left aside).
    pub fairness: Option<f64>,
}

/// What became of the accesses from one node to another that were injected, delivered or dropped while measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowRow {
    /// Name of the origin.
    pub origin: String,
    /// Name of the target.
    pub target: String,
    /// Accesses injected.
    pub injected: u64,
    /// Accesses delivered.
    pub delivered: u64,
    /// Accesses dropped, all reasons.
    pub dropped: u64,
    /// Mean latency of those delivered, ticks.
    pub latency_mean_ticks: Option<f64>,
    /// 95th percentile of the same, ticks.
    pub latency_p95_ticks: Option<u32>,
}

/// How much one node asked another, of a pair that is not counted exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SketchedFlow {
    /// Name of the origin.
    pub origin: String,
    /// Name of the target.
    pub target: String,
    /// Accesses injected: at most this many,
    pub injected_most: f64,
    /// and at least this many (Space-Saving's bounds).
    pub injected_least: f64,
}

/// What a wormhole brought and cost, in ticks of saved latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// Its number.
    pub id: u32,
    /// Names of its ends.
    pub ends: [String; 2],
    /// Its phase.
    pub phase: Phase,
    /// Saved by traversals.
    pub saved_ticks: f64,
    /// Upkeep.
    pub upkeep_ticks: f64,
    /// Opening and reopening.
    pub opening_ticks: f64,
    /// Saved − upkeep − opening.
    pub net_ticks: f64,
    /// Saved over cost; none if it cost nothing.
    pub benefit_cost_ratio: Option<f64>,
}

impl PerformanceMetrics {
    /// The metrics of a summary, and the ranking at the end of the present tick.
    pub fn of(simulation: &Simulation, summary: &Summary) -> Self {
        let topology = &simulation.scenario().topology;
        let benefit = |(wormhole, ledger): (&Wormhole, &Ledger)| {
            let cost = ledger.upkeep + ledger.opening;
            Benefit {
                id: wormhole.id.0,
                ends: names(topology, wormhole.ends),
                phase: wormhole.phase,
                saved_ticks: ledger.saved,
                upkeep_ticks: ledger.upkeep,
                opening_ticks: ledger.opening,
                net_ticks: ledger.saved - cost,
                benefit_cost_ratio: (cost > 0.0).then(|| ledger.saved / cost),
            }
        };
        let history = &simulation.world().resource::<Wormholes>().history;
        let ever = simulation.wormholes().count() + history.count as usize;
        let mut wormholes: Vec<Benefit> = held(simulation).chain(history.best_and_worst()).map(benefit).collect();
        wormholes.sort_by(|a, b| b.net_ticks.total_cmp(&a.net_ticks).then(a.id.cmp(&b.id)));
        // The best and the worst are those to look at.
        let middle = MOST_RANKED.min(wormholes.len()) / 2;
        wormholes.drain(middle..middle + wormholes.len().saturating_sub(MOST_RANKED));
        let wormholes_left_out = ever.saturating_sub(wormholes.len());
        let flows = simulation.world().resource::<Recorder>().flows();
        let exact = flows.exact().into_iter().map(|flow| {
            let [origin, target] = names(topology, flow.pair);
            FlowRow {
                origin,
                target,
                injected: flow.injected,
                delivered: flow.delivered,
                dropped: flow.dropped,
                latency_mean_ticks: flow.latency_mean(),
                latency_p95_ticks: flow.latency_p95(),
            }
        });
        let sketched = flows.sketched().into_iter().map(|flow| {
            let [origin, target] = names(topology, flow.pair);
            let (injected_most, injected_least) = (flow.injected_most, flow.injected_most - flow.error);
            SketchedFlow { origin, target, injected_most, injected_least }
        });
        Self {
            version: VERSION,
            flows: exact.collect(),
            flows_sketched: sketched.collect(),
            fairness: flows.fairness(simulation.scenario()),
            tick: simulation.world().resource::<Clock>().now,
            accesses: summary.accesses.clone(),
            latency_ticks: summary.latency_ticks.clone(),
            latency_parts_ticks: summary.latency_parts_ticks.clone(),
            hops: summary.hops.clone(),
            throughput_per_tick: summary.throughput_per_tick,
            costs: summary.costs.clone(),
            wormholes,
            wormholes_left_out,
        }
    }
}
