//! `topology/routing_tables.json`: where each node would send an access for each target now.
//!
//! Bounded: the most massive targets come first, and what is left out is counted.

use serde::{Deserialize, Serialize};

use super::rows::by_mass;
use crate::fabric::Fabric;
use crate::fabric::access::NONE;
use crate::fabric::router::{NextHops, Router};
use crate::scenario::Tick;
use crate::simulation::Simulation;
use crate::store::json::VERSION;
use crate::topology::NodeId;
use crate::topology::shards::Shards;
use crate::world::resources::{ActiveRouter, Clock};

/// Most routes of a file, those to shards included.
pub const MOST_ROUTES: usize = 65_536;

/// The tables of all nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingTables {
    /// Pairs of different nodes for which there is no route in the file.
    pub left_out: u64,
    /// Like `router.kind`.
    pub router: String,
    /// Routes to targets; by mass of the target, then by id of the node.
    pub routes: Vec<Route>,
    /// Q-routing by shard: routes to all nodes of another shard that have no route of their own.
    pub shard_routes: Vec<ShardRoute>,
    /// Routes to shards that are not in the file.
    pub shard_routes_left_out: u64,
    /// The last tick simulated.
    pub tick: Tick,
    /// Version of the format.
    pub version: u32,
}

/// Where a node sends accesses for a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Expected rest of the way, ticks: least free-flow latency, or measured or learned estimate; none without a way.
    pub latency_ticks: Option<f64>,
    /// All equally good next hops, and with `multipath` all that are taken; none without a way.
    pub next_hops: Vec<Hop>,
    /// Name of the node.
    pub node: String,
    /// Name of the target.
    pub target: String,
}

/// Where a node sends accesses for a shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardRoute {
    /// Learned estimate of the rest of the way, ticks; none without a way.
    pub latency_ticks: Option<f64>,
    /// All equally good next hops; none without a way.
    pub next_hops: Vec<Hop>,
    /// Name of the node.
    pub node: String,
    /// Number of the shard.
    pub shard: u32,
    /// Name of the node that the shard grew from.
    pub shard_seed: String,
}

/// A next hop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hop {
    /// Name of the neighbour.
    pub node: String,
    /// The wormhole that leads there, or none for a space link.
    pub wormhole: Option<u32>,
}

impl RoutingTables {
    /// The tables at the end of the present tick.
    pub fn of(simulation: &Simulation) -> Self {
        let world = simulation.world();
        let mut tables = Self {
            left_out: 0,
            router: String::new(),
            routes: Vec::new(),
            shard_routes: Vec::new(),
            shard_routes_left_out: 0,
            tick: world.resource::<Clock>().now,
            version: VERSION,
        };
        let ActiveRouter { kind, router } = world.resource();
        tables.router = (*kind).to_owned();
        tables.add_routes(simulation, &**router);
        if let Some(shards) = router.shards() {
            tables.add_shard_routes(simulation, &**router, shards);
        }
        let nodes = simulation.scenario().topology.node_count() as u64;
        tables.left_out = nodes * (nodes - 1) - tables.routes.len() as u64;
        tables
    }

    /// Routes to single targets, the most massive first.
    fn add_routes(&mut self, simulation: &Simulation, router: &dyn Router) {
        let most = if router.shards().is_some() { MOST_ROUTES / 2 } else { MOST_ROUTES };
        for target in by_mass(simulation) {
            if self.routes.len() >= most {
                return;
            }
            router.routes(target, &mut |node, route| {
                let (latency_ticks, next_hops) = told(simulation, node, route);
                let (node, target) = (name(simulation, node), name(simulation, target));
                self.routes.push(Route { latency_ticks, next_hops, node, target });
                self.routes.len() < most
            });
        }
    }

    /// Routes to shards from outside.
    fn add_shard_routes(&mut self, simulation: &Simulation, router: &dyn Router, shards: &Shards) {
        for (shard, &seed) in (0..).zip(&shards.seeds) {
            for node in (0..shards.of.len() as u32).filter(|&node| shards.of[node as usize] != shard).map(NodeId) {
                if self.shard_routes.len() >= MOST_ROUTES / 2 {
                    self.shard_routes_left_out += 1;
                    continue;
                }
                let (latency_ticks, next_hops) = told(simulation, node, router.route_into(node, shard));
                let (node, shard_seed) = (name(simulation, node), name(simulation, NodeId(seed)));
                self.shard_routes.push(ShardRoute { latency_ticks, next_hops, node, shard, shard_seed });
            }
        }
    }
}

/// The rest of the way and the next hops of a node, by name.
fn told(simulation: &Simulation, node: NodeId, route: Option<NextHops>) -> (Option<f64>, Vec<Hop>) {
    match route {
        Some(NextHops { ticks, ports }) => (Some(ticks), hops(simulation, node, ports.into_iter())),
        None => (None, Vec::new()),
    }
}

/// The hops through ports of a node, counted from its first.
fn hops(simulation: &Simulation, node: NodeId, ports: impl Iterator<Item = u32>) -> Vec<Hop> {
    let own = simulation.world().resource::<Fabric>().ports_of(node);
    ports
        .map(|port| {
            let port = &own[port as usize];
            Hop { node: name(simulation, port.to), wormhole: (port.wormhole != NONE).then_some(port.wormhole) }
        })
        .collect()
}

fn name(simulation: &Simulation, node: NodeId) -> String {
    simulation.scenario().topology.node(node).name.to_string()
}
