//! `topology/routing_tables.json`: where each node would send an access for each target now.
//!
//! Bounded: the most massive targets come first, and what is left out is counted.

use serde::{Deserialize, Serialize};

use crate::fabric::Fabric;
use crate::fabric::access::{Locator, NONE};
use crate::learning::rows::least;
use crate::routers::measured_delay::MeasuredDelay;
use crate::routers::multipath::Multipath;
use crate::routers::q_routing::QTable;
use crate::routers::shortest_path::ShortestPath;
use crate::routing::UNREACHED;
use crate::routing::fields::{IncomingLinks, on_shortest_path};
use crate::routing::trees::Trees;
use crate::scenario::Tick;
use crate::simulation::Simulation;
use crate::store::json::VERSION;
use crate::topology::NodeId;
use crate::world::components::Mass;
use crate::world::resources::{Clock, Registry, Router};

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
        match world.resource::<Router>() {
            Router::ShortestPath(policy) => tables.add_shortest_paths(simulation, policy),
            Router::Multipath(policy) => tables.add_split_paths(simulation, policy),
            Router::MeasuredDelay(policy) => tables.add_measured_paths(simulation, policy),
            Router::QRouting(table) => tables.add_estimates(simulation, table),
        }
        tables.router = match world.resource::<Router>() {
            Router::ShortestPath(_) => "shortest_path",
            Router::Multipath(_) => "multipath",
            Router::MeasuredDelay(_) => "measured_delay",
            Router::QRouting(_) => "q_routing",
        }
        .to_owned();
        let nodes = simulation.scenario().topology.node_count() as u64;
        tables.left_out = nodes * (nodes - 1) - tables.routes.len() as u64;
        tables
    }

    fn add_shortest_paths(&mut self, simulation: &Simulation, policy: &ShortestPath) {
        let view = policy.view();
        self.add_paths(simulation, view, f64::from, |x, distances| {
            let here = distances[x.index()];
            let on_path = |&(_, y, cost): &(u32, u32, u32)| on_shortest_path(distances, here, y, cost);
            view.ports(x.0).filter(on_path).map(|(port, ..)| port - view.first_port(x)).collect()
        });
    }

    fn add_split_paths(&mut self, simulation: &Simulation, policy: &Multipath) {
        let (view, split) = (policy.view(), policy.split());
        self.add_paths(simulation, view, f64::from, |x, distances| {
            let here = distances[x.index()];
            let taken = |&(_, y, cost): &(u32, u32, u32)| split.weight(here, distances[y as usize], cost).is_some();
            view.ports(x.0).filter(taken).map(|(port, ..)| port - view.first_port(x)).collect()
        });
    }

    fn add_measured_paths(&mut self, simulation: &Simulation, policy: &MeasuredDelay) {
        let costs = policy.costs();
        self.add_paths(
            simulation,
            costs,
            |cost| costs.ticks(cost),
            |x, distances| {
                let here = distances[x.index()];
                let on_path = |&(_, y, cost): &(u32, u32, u32)| on_shortest_path(distances, here, y, cost);
                costs.ports(x.0).filter(on_path).map(|(port, ..)| port - costs.first_port(x)).collect()
            },
        );
    }

    /// Routes by a tree for each target: its distance in ticks, and the ports that a node takes.
    fn add_paths(
        &mut self,
        simulation: &Simulation,
        network: &impl IncomingLinks,
        ticks: impl Fn(u32) -> f64,
        ports: impl Fn(NodeId, &[u32]) -> Vec<u32>,
    ) {
        let nodes = network.nodes();
        // One tree at a time: the policy's own are left as they are.
        let mut trees = Trees::new(nodes, 0);
        for target in by_mass(simulation) {
            if self.routes.len() >= MOST_ROUTES {
                return;
            }
            let distances = trees.distances(target.0, network);
            for node in (0..nodes as u32).map(NodeId).filter(|&node| node != target) {
                if self.routes.len() >= MOST_ROUTES {
                    return;
                }
                let reached = Some(distances[node.index()]).filter(|&here| here != UNREACHED);
                let ports = reached.map_or(Vec::new(), |_| ports(node, distances));
                self.routes.push(Route {
                    latency_ticks: reached.map(&ticks),
                    next_hops: hops(simulation, node, ports.into_iter()),
                    node: name(simulation, node),
                    target: name(simulation, target),
                });
            }
        }
    }

    fn add_estimates(&mut self, simulation: &Simulation, table: &QTable) {
        let shards = table.rows().shards();
        let by_shard = shards.count() > 1;
        let most = if by_shard { MOST_ROUTES / 2 } else { MOST_ROUTES };
        let locators = &simulation.world().resource::<Fabric>().locators;
        'targets: for target in by_mass(simulation) {
            let locator = locators[target.index()];
            for &node in shards.members[locator.shard as usize].iter().filter(|&&node| node != target.0) {
                if self.routes.len() >= most {
                    break 'targets;
                }
                let (latency_ticks, next_hops) = best(simulation, table, NodeId(node), locator);
                let (node, target) = (name(simulation, NodeId(node)), name(simulation, target));
                self.routes.push(Route { latency_ticks, next_hops, node, target });
            }
        }
        if !by_shard {
            return;
        }
        let nodes = shards.of.len();
        for (shard, &seed) in (0..).zip(&shards.seeds) {
            for node in (0..nodes as u32).filter(|&node| shards.of[node as usize] != shard) {
                if self.shard_routes.len() >= MOST_ROUTES / 2 {
                    self.shard_routes_left_out += 1;
                    continue;
                }
                let locator = Locator { shard, local: u32::MAX };
                let (latency_ticks, next_hops) = best(simulation, table, NodeId(node), locator);
                let (node, shard_seed) = (name(simulation, NodeId(node)), name(simulation, NodeId(seed)));
                self.shard_routes.push(ShardRoute { latency_ticks, next_hops, node, shard, shard_seed });
            }
        }
    }
}

/// The least estimate of a row, and the hops that have it.
fn best(simulation: &Simulation, table: &QTable, node: NodeId, target: Locator) -> (Option<f64>, Vec<Hop>) {
    let (row, least) = (table.rows().row(node, target), least(table.rows().quads(node, target)));
    let best = row.iter().zip(0..).filter(|&(&estimate, _)| estimate == least && least.is_finite());
    let next_hops = hops(simulation, node, best.map(|(_, port)| port));
    (least.is_finite().then(|| f64::from(least)), next_hops)
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

/// All nodes, the most massive first.
pub(super) fn by_mass(simulation: &Simulation) -> Vec<NodeId> {
    let world = simulation.world();
    let entities = &world.resource::<Registry>().nodes;
    let mass = |node: &NodeId| world.get::<Mass>(entities[node.index()]).map_or(0.0, |mass| mass.0);
    let mut nodes: Vec<NodeId> = (0..entities.len() as u32).map(NodeId).collect();
    nodes.sort_by(|a, b| mass(b).total_cmp(&mass(a)).then(a.cmp(b)));
    nodes
}
