//! What rows of several files are made from: names of ends, nodes by mass, wormholes with their ledgers.

use crate::simulation::Simulation;
use crate::topology::{NodeId, Topology};
use crate::world::components::{Ledger, Wormhole};
use crate::world::resources::{Nodes, masses};

/// Most rows of a ranking; what is left out is counted.
pub(super) const MOST_RANKED: usize = crate::world::history::RANKED;

/// Names of two nodes.
pub(super) fn names(topology: &Topology, ends: [NodeId; 2]) -> [String; 2] {
    ends.map(|end| topology.node(end).name.to_string())
}

/// All nodes, the most massive first.
pub(super) fn by_mass(simulation: &Simulation) -> Vec<NodeId> {
    let world = simulation.world();
    let entities = &world.resource::<Nodes>().0;
    let mass = masses(world);
    let mass_of = |node: &NodeId| mass(entities[node.index()]);
    let mut nodes: Vec<NodeId> = (0..entities.len() as u32).map(NodeId).collect();
    nodes.sort_by(|a, b| mass_of(b).total_cmp(&mass_of(a)).then(a.cmp(b)));
    nodes
}

/// Wormholes that are held, with what they brought and cost.
pub(super) fn held(simulation: &Simulation) -> impl Iterator<Item = (&Wormhole, &Ledger)> {
    simulation.wormholes().map(|(wormhole, .., ledger)| (wormhole, ledger))
}
