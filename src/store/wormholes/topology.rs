//! `topology/network_graph.json` (nodes and space links) and `topology/connection_strength.json` (wormholes).

use serde::{Deserialize, Serialize};

use super::rows::names;
use crate::fabric::Fabric;
use crate::scenario::Element;
use crate::scenario::Phase;
use crate::scenario::Tick;
use crate::scenario::WormholeKind;
pub use crate::scenario::tree::{DirectionRow, LinkRow, NetworkGraph, NodeRow, PositionRow};
use crate::simulation::Simulation;
use crate::store::json::VERSION;
use crate::topology::EachWay;
use crate::world::components::Entropy;
use crate::world::failures::Failures;
use crate::world::resources::{Clock, Nodes, masses};
use crate::world::rides::Rides;

impl NetworkGraph {
    /// The graph at the end of the present tick.
    pub fn of(simulation: &Simulation) -> Self {
        let (world, topology) = (simulation.world(), &simulation.scenario().topology);
        let (fabric, nodes) = (world.resource::<Fabric>(), &world.resource::<Nodes>().0);
        let (rides, failures) = (world.resource::<Rides>(), world.resource::<Failures>());
        let links = topology.links().map(|(id, a, b, link)| {
            let ports = fabric.link_ports[id as usize];
            let direction = |side: usize| {
                link.direction(side).map(|direction| DirectionRow {
                    capacity_per_tick: rides.whole(fabric, ports[side]),
                    latency_ticks: direction.latency_ticks,
                })
            };
            let [forth, back] = [direction(0), direction(1)];
            LinkRow {
                back: back.filter(|_| back != forth),
                capacity_per_tick: forth.and_then(|forth| forth.capacity_per_tick),
                ends: names(topology, [a, b]),
                failed: failures.is_down_by_event(Element::Link(id)),
                id,
                latency_ticks: link.forth.latency_ticks,
                one_way: back.is_none(),
                up: fabric.ports[ports[0] as usize].is_open(),
            }
        });
        // The nodes' own sums date from the last update of their entropy.
        let mut strengths = vec![0.0; topology.node_count()];
        for (wormhole, strength, ..) in simulation.wormholes().filter(|(wormhole, ..)| wormhole.is_active()) {
            wormhole.ends.iter().for_each(|end| strengths[end.index()] += strength.0);
        }
        let mass = masses(world);
        let nodes = topology.nodes().map(|(id, node)| {
            let (entity, queue) = (nodes[id.index()], &fabric.queues[id.index()]);
            NodeRow {
                away: !queue.up && !failures.is_down_by_event(Element::Node(id)),
                entropy: world.get::<Entropy>(entity).map_or(0.0, |entropy| entropy.0),
                id: id.0,
                mass: mass(entity),
                name: node.name.to_string(),
                position: node.position.map(Into::into),
                queued: queue.queued,
                strength: strengths[id.index()],
                up: queue.up,
                weight: node.mass,
            }
        });
        let (links, nodes) = (links.collect(), nodes.collect());
        Self {
            links,
            name: topology.name.clone(),
            nodes,
            processing_ticks: simulation.scenario().nodes.processing_ticks,
            source: topology.source.clone(),
            tick: world.resource::<Clock>().now,
            tick_ms: Some(simulation.scenario().tick_ms),
            version: VERSION,
        }
    }
}

/// Wormholes that are not archived, and how strong they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionStrength {
    /// The last tick simulated.
    pub tick: Tick,
    /// Version of the format.
    pub version: u32,
    /// Wormholes, by id.
    pub wormholes: Vec<StrengthRow>,
}

/// A wormhole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrengthRow {
    /// Accesses per tick and direction.
    pub capacity_per_tick: u32,
    /// Names of its ends.
    pub ends: [String; 2],
    /// Its number.
    pub id: u32,
    /// Its kind.
    pub kind: WormholeKind,
    /// Its phase.
    pub phase: Phase,
    /// Free-flow latency over space between its ends when it opened, ticks each way.
    pub span_ticks: EachWay,
    /// Strength, 0 to 1.
    pub strength: f64,
    /// Ticks a traversal takes each way.
    pub transit_ticks: EachWay,
}

impl ConnectionStrength {
    /// The wormholes at the end of the present tick.
    pub fn of(simulation: &Simulation) -> Self {
        let topology = &simulation.scenario().topology;
        let wormholes = simulation.wormholes().map(|(wormhole, strength, ..)| StrengthRow {
            capacity_per_tick: wormhole.capacity,
            ends: names(topology, wormhole.ends),
            id: wormhole.id.0,
            kind: wormhole.kind,
            phase: wormhole.phase,
            span_ticks: wormhole.span,
            strength: strength.0,
            transit_ticks: wormhole.transit,
        });
        Self { tick: simulation.world().resource::<Clock>().now, version: VERSION, wormholes: wormholes.collect() }
    }
}
