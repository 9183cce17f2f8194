//! From a scenario to the world before its first tick.

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::prelude::World;

use crate::error::Error;
use crate::fabric::Fabric;
use crate::fabric::access::Locator;
use crate::learning::rows;
use crate::memory;
use crate::physics::{decay, gravity};
use crate::random::stream;
use crate::recorder::Recorder;
use crate::routers::measured_delay::MeasuredDelay;
use crate::routers::multipath::{Multipath, Split};
use crate::routers::q_routing::{QTable, Rule};
use crate::routers::shortest_path::ShortestPath;
use crate::routing::bidirectional::Bidirectional;
use crate::routing::view::View;
use crate::scenario::{Demand, Pairs, RouterRules, Scenario, Workload, id_bytes};
use crate::systems::{open_initial, recover};
use crate::topology::NodeId;
use crate::topology::shards::Shards;
use crate::workload::Source;
use crate::world::components::{Entropy, Mass, NodeRef, Strength};
use crate::world::journal::Journal;
use crate::world::journal::Outbox;
use crate::world::resources::{Clock, Fading, Gravity, Loads, Registry, Router, Rules, Sources, Timeline};
use crate::world::sketch::SpaceSaving;

/// The world of a scenario, its recovered wormholes brought back and its initial ones opened.
///
/// # Errors
/// [`Error::RouterMemory`] if the Q-rows do not fit into their limit however the network is divided;
/// [`Error::OutOfMemory`];
/// [`Error::Scenario`] if a trace can no longer be opened.
pub fn world(scenario: &Scenario) -> Result<World, Error> {
    let physics = scenario.physics;
    let nodes = scenario.topology.graph.node_count();
    memory::ask("the simulation", need(scenario))?;
    let (rows, locators) = locate_targets(scenario)?;
    let row_bytes = rows.as_ref().map_or(0, |shards| rows::size(&ports(scenario), shards));
    memory::ask("the simulation and its Q-rows", need(scenario) + row_bytes)?;
    let regions = Shards::divide(&scenario.topology, physics.entropy.shards as usize);
    let shards = regions.count() as u32;
    let fabric = Fabric::new(scenario, locators, regions.of, shards);
    let view = View::new(&fabric);
    let router = router(scenario, &fabric, &view, rows)?;

    let mut world = World::new();
    world.insert_resource(Clock::new(scenario));
    world.insert_resource(Rules { wormholes: scenario.wormholes.clone(), physics });
    world.insert_resource(Timeline {
        events: scenario.events.iter().copied().collect::<VecDeque<_>>(),
        failed_links: vec![false; scenario.topology.graph.edge_count()],
    });
    let sources = scenario.workloads.iter().map(|workload| Source::new(scenario, workload));
    world.insert_resource(Sources { all: sources.collect::<Result<_, _>>()?, failed: None, listener: None });
    let review = f64::from(physics.gravity.review_every_ticks);
    world.insert_resource(Gravity {
        mass_kept: gravity::mass_kept(physics.gravity.mass_memory_ticks),
        sketch_kept: libm::exp(-review / physics.gravity.mass_memory_ticks),
        activity: vec![0.0; nodes],
        sketch: SpaceSaving::new(physics.gravity.sketch_pairs as usize),
        space: view,
        search: Bidirectional::default(),
        spans: BTreeMap::new(),
    });
    world.insert_resource(Fading {
        kept: decay::kept(physics.decay.fade_per_tick),
        mass_kept: gravity::mass_kept(physics.gravity.mass_memory_ticks),
        due: Vec::new(),
    });
    world.insert_resource(Loads {
        kept: libm::exp(-f64::from(physics.entropy.every_ticks) / physics.entropy.memory_ticks),
        smoothed: vec![0.0; fabric.ports.len()],
        total: vec![0; fabric.ports.len()],
        network_entropy: 0.0,
    });
    world.insert_resource(Journal::default());
    world.insert_resource(Outbox::default());
    world.insert_resource(Recorder::new(scenario));
    world.insert_resource(router);
    world.insert_resource(fabric);
    world.insert_resource(Registry::default());
    // Nodes come after the resources, whose storage grows with the number of their entity.
    let bundle = |node: usize| (NodeRef(NodeId(node as u32)), Strength(0.0), Mass(0.0), Entropy(0.0));
    let nodes = world.spawn_batch((0..nodes).map(bundle)).collect();
    world.resource_mut::<Registry>().nodes = nodes;
    recover(&mut world);
    open_initial(&mut world);
    let links = scenario.topology.link_count();
    tracing::info!(nodes = scenario.topology.node_count(), links, "network built");
    Ok(world)
}

/// Bytes that a simulation takes when it begins and what is written at its end, Q-rows and queues not counted: an estimate
/// from above.
fn need(scenario: &Scenario) -> u64 {
    /// Whatever the network is.
    const BASE: u64 = 8 << 20;
    /// Of a node and its entity, of a port, of a pair in the sketch.
    const NODE: u64 = 2048;
    const PORT: u64 = 256;
    const PAIR: u64 = 128;
    /// Of a weight in the table that pairs of a workload are drawn from, and in those that it is made from.
    const WEIGHT: u64 = 48;
    /// Of a place in a destination tree.
    const PLACE: u64 = 16;
    let nodes = scenario.topology.node_count() as u64;
    let ports: u64 = ports(scenario).into_iter().map(u64::from).sum();
    let weights = |workload: &Workload| match &workload.demand {
        Demand::Drawn { pairs: Pairs::Gravity { weights }, .. } => weights.len() as u64,
        Demand::Drawn { pairs: Pairs::Matrix { rates }, .. } => rates.len() as u64,
        Demand::Drawn { pairs: Pairs::Zipf { items, .. }, .. } => u64::from(*items),
        Demand::Drawn { pairs: Pairs::Uniform, .. } | Demand::Trace { .. } => 0,
    };
    let trees = match scenario.router {
        RouterRules::ShortestPath { memory_limit_bytes }
        | RouterRules::Multipath { memory_limit_bytes, .. }
        | RouterRules::MeasuredDelay { memory_limit_bytes, .. } => memory_limit_bytes.min(nodes * nodes * PLACE),
        RouterRules::QRouting { .. } => 0,
    };
    BASE + nodes * NODE
        + ports * PORT
        + scenario.workloads.iter().map(weights).sum::<u64>() * WEIGHT
        + u64::from(scenario.physics.gravity.sketch_pairs) * PAIR
        + u64::from(scenario.wormholes.next_id) * id_bytes(scenario.physics.entropy.shards.into())
        + trees
}

/// Ports of each node, those for wormholes included.
fn ports(scenario: &Scenario) -> Vec<u32> {
    let graph = &scenario.topology.graph;
    let budget = if scenario.wormholes.enabled { scenario.wormholes.ports_per_node } else { 0 };
    graph.node_indices().map(|node| graph.edges(node).count() as u32 + budget).collect()
}

/// How Q-rows are divided, and where each node is found in them as a target.
///
/// # Errors
/// [`Error::RouterMemory`].
pub fn locate_targets(scenario: &Scenario) -> Result<(Option<Shards>, Vec<Locator>), Error> {
    let nodes = scenario.topology.graph.node_count() as u32;
    match scenario.router {
        RouterRules::QRouting { memory_limit_bytes, .. } => {
            let shards = shards_within(scenario, memory_limit_bytes)?;
            let locators = QTable::locators(&shards);
            Ok((Some(shards), locators))
        }
        RouterRules::ShortestPath { .. } | RouterRules::Multipath { .. } | RouterRules::MeasuredDelay { .. } => {
            Ok((None, (0..nodes).map(|local| Locator { shard: 0, local }).collect()))
        }
    }
}

/// The fewest shards, a power of two, for which all Q-rows fit into `limit` bytes.
fn shards_within(scenario: &Scenario, limit: u64) -> Result<Shards, Error> {
    let (ports, nodes) = (ports(scenario), scenario.topology.graph.node_count());
    let mut least = u64::MAX;
    let mut count = 1;
    loop {
        let shards = Shards::divide(&scenario.topology, count);
        let bytes = rows::size(&ports, &shards);
        if bytes <= limit {
            let largest_shard = shards.members.iter().map(Vec::len).max();
            tracing::info!(shards = shards.count(), largest_shard, bytes, limit, "Q-rows: exact within a shard");
            return Ok(shards);
        }
        if bytes > least || count >= nodes {
            return Err(Error::RouterMemory { limit_bytes: limit, least_bytes: least.min(bytes) });
        }
        least = bytes;
        count *= 2;
    }
}

fn router(scenario: &Scenario, fabric: &Fabric, view: &View, rows: Option<Shards>) -> Result<Router, Error> {
    let rng = stream(scenario.seed, "router");
    tracing::info!(router = ?scenario.router, "router chosen");
    match (scenario.router, rows) {
        (RouterRules::QRouting { learning_rate, full_echo, initial, exploration, .. }, Some(shards)) => {
            let rule = Rule { learning_rate: learning_rate as f32, full_echo, exploration };
            let ports: Vec<u32> = fabric.lanes.iter().map(|lane| lane.ports).collect();
            let mut table = QTable::new(rule, &ports, shards, rng)?;
            table.initialise(view, initial);
            Ok(Router::QRouting(table))
        }
        (RouterRules::ShortestPath { memory_limit_bytes }, _) => {
            Ok(Router::ShortestPath(ShortestPath::new(view.clone(), memory_limit_bytes, rng)))
        }
        (RouterRules::Multipath { stretch, temperature_ticks, memory_limit_bytes }, _) => {
            let split = Split { stretch, temperature_ticks };
            Ok(Router::Multipath(Multipath::new(split, view.clone(), memory_limit_bytes, rng)))
        }
        (RouterRules::MeasuredDelay { recompute_every_ticks, smoothing, memory_limit_bytes }, _) => {
            Ok(Router::MeasuredDelay(MeasuredDelay::new(
                fabric,
                recompute_every_ticks,
                smoothing,
                memory_limit_bytes,
                rng,
            )))
        }
        (RouterRules::QRouting { .. }, None) => unreachable!("Q-rows are located for every Q-router"),
    }
}
