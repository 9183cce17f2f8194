//! Draws the plots of a run as SVG.

use crate::fabric::Fabric;
use crate::recorder::frame::Frame;
use crate::report::Context;
use crate::report::map::{MapKind, MapLink, MapNode, MapWormhole, NetworkMap};
use crate::report::plots::render_all;
use crate::scenario::WormholeKind;
use crate::scenario::{Action, Scenario};
use crate::simulation::Simulation;
use crate::topology::{NodeId, Topology};
use crate::world::resources::{Loads, Nodes, masses};

/// All plots as they follow from the present state: path in the run directory, and text.
pub(super) fn render(simulation: &Simulation, frames: &[Frame]) -> Vec<(String, String)> {
    let plots = render_all(&context(simulation.scenario()), frames, &map(simulation));
    plots.into_iter().map(|plot| (format!("plots/{}", plot.file_name), plot.svg)).collect()
}

fn context(scenario: &Scenario) -> Context {
    Context {
        name: scenario.name.clone(),
        intent: scenario.intent.clone(),
        tick_ms: scenario.tick_ms,
        warmup_ticks: scenario.warmup_ticks,
        wormholes_enabled: scenario.wormholes.enabled,
        events: scenario.events.iter().map(|event| (event.tick, label(&scenario.topology, event.action))).collect(),
    }
}

/// What an event does, in a few words.
fn label(topology: &Topology, action: Action) -> String {
    let node = |node: NodeId| topology.node(node).name.to_string();
    let link = |link: u32| {
        let [a, b] = topology.ends(link);
        format!("{}–{}", node(a), node(b))
    };
    match action {
        Action::FailLink(index) => format!("{} fails", link(index)),
        Action::RestoreLink(index) => format!("{} restored", link(index)),
        Action::FailNode(index) => format!("{} fails", node(index)),
        Action::RestoreNode(index) => format!("{} restored", node(index)),
        Action::SetCapacity { link: index, from, capacity_per_tick } => {
            let what = capacity_per_tick.map_or("unlimited".to_owned(), |capacity| format!("carries {capacity}"));
            let [a, b] = topology.ends(index);
            match from {
                None => format!("{} {what}", link(index)),
                Some(from) => format!("{}→{} {what}", node(from), node(if from == a { b } else { a })),
            }
        }
    }
}

/// The network at the end of the present tick; loads are means over the whole run so far.
fn map(simulation: &Simulation) -> NetworkMap {
    let (world, topology) = (simulation.world(), &simulation.scenario().topology);
    let (fabric, entities) = (world.resource::<Fabric>(), &world.resource::<Nodes>().0);
    let ticks = simulation.ticks_done();
    let carried = world.resource::<Loads>().so_far(fabric);
    let per_tick = |count: u64| count as f64 / f64::from(ticks);
    let mass = masses(world);
    let nodes = topology.nodes().map(|(id, node)| MapNode {
        name: node.name.to_string(),
        position: node.position,
        mass: mass(entities[id.index()]),
        alive: fabric.queues[id.index()].up,
    });
    let links = topology.links().map(|(index, a, b, _)| {
        let ports = fabric.link_ports[index as usize];
        MapLink {
            a: a.index(),
            b: b.index(),
            load_per_tick: per_tick(ports.iter().map(|&port| carried[port as usize]).sum()),
            alive: fabric.ports[ports[0] as usize].is_open(),
        }
    });
    let active = simulation.wormholes().filter(|(wormhole, ..)| wormhole.is_active());
    let wormholes = active.map(|(wormhole, strength, .., ledger)| MapWormhole {
        a: wormhole.ends[0].index(),
        b: wormhole.ends[1].index(),
        strength: strength.0,
        kind: match wormhole.kind {
            WormholeKind::Experimental => MapKind::Experimental,
            WormholeKind::Standard => MapKind::Standard,
            WormholeKind::FastLane => MapKind::FastLane,
        },
        load_per_tick: per_tick(ledger.traversals),
    });
    NetworkMap {
        note: format!("at the end of tick {}; loads are means over {ticks} ticks", ticks - 1),
        nodes: nodes.collect(),
        links: links.collect(),
        wormholes: wormholes.collect(),
    }
}
