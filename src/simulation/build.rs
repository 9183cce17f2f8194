//! Builds the world of a scenario before its first tick.

use std::collections::VecDeque;

use bevy_ecs::prelude::World;

use crate::error::Error;
use crate::fabric::Fabric;
use crate::fabric::router::{self, Setting};
use crate::memory;
use crate::opening::policy;
use crate::physics::decay;
use crate::physics::gravity::Memory;
use crate::recorder::Recorder;
use crate::recorder::flows::MOST_EXACT;
use crate::routing::view::View;
use crate::scenario::{Demand, Pairs, Scenario, Workload};
use crate::topology::NodeId;
use crate::topology::shards::Shards;
use crate::workload::Source;
use crate::world::components::{Entropy, Mass, NodeRef, Strength};
use crate::world::failures::Failures;
use crate::world::journal::{Journal, Outbox};
use crate::world::resources::{ActiveRouter, Clock, Fading, Loads, Nodes, Observed, Rules, Sources, Spans, Timeline};
use crate::world::rides::Rides;
use crate::world::sketch::SpaceSaving;
use crate::world::wormholes::{self, Wormholes, recovery};

/// The world of a scenario, its recovered wormholes brought back and its initial ones opened.
///
/// # Errors
/// Those of the router, such as [`Error::RouterMemory`]; [`Error::OutOfMemory`];
/// [`Error::Scenario`] if a trace can no longer be opened.
pub fn world(scenario: &Scenario) -> Result<World, Error> {
    let physics = scenario.physics;
    let nodes = scenario.topology.graph.node_count();
    let bytes = need(scenario);
    memory::ask("the simulation", bytes)?;
    let (what, of_router) = router::needs(scenario)?;
    memory::ask(what, bytes + of_router)?;
    let regions = Shards::divide(&scenario.topology, physics.entropy.shards as usize);
    let shards = regions.count() as u32;
    let mut fabric = Fabric::new(scenario, regions.of, shards);
    let router = router::build(&Setting { scenario, fabric: &fabric })?;
    fabric.locators = router.locators(nodes);

    let mut world = World::new();
    world.insert_resource(Clock::new(scenario));
    let opening = policy::build(scenario)?;
    world.insert_resource(Rules {
        wormholes: scenario.wormholes.clone(),
        physics,
        processing_ticks: scenario.nodes.processing_ticks,
        kept: policy::keeps(scenario),
    });
    world.insert_resource(Timeline { events: scenario.events.iter().copied().collect::<VecDeque<_>>() });
    world.insert_resource(Failures::new(scenario));
    let sources = scenario.workloads.iter().map(|workload| Source::new(scenario, workload));
    world.insert_resource(Sources { all: sources.collect::<Result<_, _>>()?, failed: None, listener: None });
    let memory = Memory::new(physics.gravity.mass_memory_ticks);
    world.insert_resource(Observed {
        sketch: SpaceSaving::new(physics.gravity.sketch_pairs as usize),
        memory: memory.clone(),
    });
    world.insert_resource(Spans::new(View::new(&fabric), scenario.nodes.processing_ticks));
    world.insert_resource(opening);
    world.insert_resource(Fading { kept: decay::kept(physics.decay.fade_per_tick), memory, due: Vec::new() });
    world.insert_resource(Loads {
        kept: libm::exp(-f64::from(physics.entropy.every_ticks) / physics.entropy.memory_ticks),
        smoothed: vec![0.0; fabric.ports.len()],
        total: vec![0; fabric.ports.len()],
        network_entropy: 0.0,
    });
    world.insert_resource(Journal::default());
    world.insert_resource(Outbox::default());
    world.insert_resource(Recorder::new(scenario));
    world.insert_resource(ActiveRouter { kind: scenario.router.kind(), router });
    world.insert_resource(fabric);
    world.insert_resource(Wormholes::default());
    world.insert_resource(Rides::default());
    world.insert_resource(Nodes::default());
    // Nodes come after the resources, whose storage grows with the number of their entity.
    let bundle = |node: usize| (NodeRef(NodeId(node as u32)), Strength(0.0), Mass::default(), Entropy(0.0));
    let nodes = world.spawn_batch((0..nodes).map(bundle)).collect();
    world.resource_mut::<Nodes>().0 = nodes;
    recovery::recover(&mut world);
    wormholes::open_initial(&mut world).map_err(|ends| {
        let [a, b] = ends.map(|end| &*scenario.topology.node(end).name);
        let is_it = |pair: &[NodeId; 2]| ends.iter().all(|end| pair.contains(end));
        let number = scenario.wormholes.initial.iter().position(is_it).unwrap_or_default();
        let expected = "two nodes with a way over space both ways, of which each link has more capacity left than a \
                        bypass reserves (physics.wormhole.max_capacity_per_tick)"
            .to_owned();
        Error::Usage { option: "wormholes.initial", value: format!("{a} to {b}, pair {number} from 0,"), expected }
    })?;
    let links = scenario.topology.link_count();
    tracing::info!(nodes = scenario.topology.node_count(), links, "network built");
    Ok(world)
}

/// Bytes that a simulation takes when it begins and what is written at its end, the router and queues not counted: an
/// estimate from above.
fn need(scenario: &Scenario) -> u64 {
    /// Whatever the network is.
    const BASE: u64 = 8 << 20;
    /// Of a node and its entity, of a port, of a pair in the sketch.
    const NODE: u64 = 2048;
    const PORT: u64 = 256;
    const PAIR: u64 = 128;
    /// Of a weight in the table that pairs of a workload are drawn from, and in those that it is made from.
    const WEIGHT: u64 = 48;
    /// Of a flow, its place in an index and some latencies.
    const FLOW: u64 = 256;
    let nodes = scenario.topology.node_count() as u64;
    let ports: u64 = ports(scenario).into_iter().map(u64::from).sum();
    let weights = |workload: &Workload| match &workload.demand {
        Demand::Drawn { pairs: Pairs::Gravity { weights }, .. } => weights.len() as u64,
        Demand::Drawn { pairs: Pairs::Matrix { rates }, .. } => rates.len() as u64,
        Demand::Drawn { pairs: Pairs::Zipf { items, .. }, .. } => u64::from(*items),
        Demand::Drawn { pairs: Pairs::Uniform, .. } | Demand::Trace { .. } => 0,
    };
    BASE + nodes * NODE
        + nodes.saturating_mul(nodes).min(MOST_EXACT as u64) * FLOW
        + ports * PORT
        + scenario.workloads.iter().map(weights).sum::<u64>() * WEIGHT
        + u64::from(scenario.physics.gravity.sketch_pairs) * PAIR
        + Failures::need(scenario)
}

/// Ports of each node, those for wormholes included.
fn ports(scenario: &Scenario) -> Vec<u32> {
    let graph = &scenario.topology.graph;
    let budget = if scenario.wormholes.enabled { scenario.wormholes.ports_per_node } else { 0 };
    graph.node_indices().map(|node| graph.edges(node).count() as u32 + budget).collect()
}
