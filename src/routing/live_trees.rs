//! Destination trees on the network as it is: a view by latency that follows the fabric, and trees that follow the
//! view.

use super::trees::Trees;
use super::view::UNREACHED;
use super::view::View;
use crate::fabric::Fabric;
use crate::fabric::port::PortChange;
use crate::fabric::router::{NextHops, Setting};
use crate::scenario::Scenario;
use crate::topology::NodeId;

/// Bytes of a node in a destination tree.
const PLACE: u64 = 16;

/// The network as a router sees it, and trees over it.
#[derive(Debug)]
pub struct LiveTrees {
    view: View,
    trees: Trees,
}

impl LiveTrees {
    /// Over the network of a run before its first tick, with so much memory for trees.
    pub fn build(setting: &Setting, memory_limit_mb: u32) -> Self {
        Self { view: View::new(setting.fabric), trees: trees(setting, memory_limit_mb) }
    }

    /// Follows changes of ports.
    pub fn follow(&mut self, changes: &[PortChange]) {
        for change in changes {
            let link = self.view.apply(change);
            self.trees.follow(&self.view, &link);
        }
    }

    /// Takes on another state of the network.
    pub fn restore(&mut self, fabric: &Fabric) {
        self.view = View::new(fabric);
        self.trees.forget();
    }

    /// Distance to `target` by node, ticks.
    #[inline]
    pub fn distances(&mut self, target: u32) -> &[u32] {
        self.trees.distances(target, &self.view)
    }

    /// Calls `visit` with every other node, the rest of its way to `target` and the ports for which `taken(here, there,
    /// cost)` holds, distances in ticks; as long as it returns true.
    pub fn routes(
        &self,
        target: NodeId,
        visit: &mut dyn FnMut(NodeId, Option<NextHops>) -> bool,
        taken: impl Fn(u32, u32, u32) -> bool,
    ) {
        // A tree of its own: those of the router are left as they are.
        let mut trees = Trees::new(self.view.nodes(), 0);
        let distances = trees.distances(target.0, &self.view);
        for node in (0..self.view.nodes() as u32).map(NodeId).filter(|&node| node != target) {
            let here = distances[node.index()];
            let is_taken = |&(_, y, cost): &(u32, u32, u32)| taken(here, distances[y as usize], cost);
            let ports = self.view.ports(node.0).filter(is_taken).map(|(port, ..)| port - self.view.first_port(node));
            let hops = (here != UNREACHED).then(|| NextHops { ticks: f64::from(here), ports: ports.collect() });
            if !visit(node, hops) {
                return;
            }
        }
    }
}

/// Trees for the network of a run, none kept yet, with so much memory.
pub fn trees(setting: &Setting, memory_limit_mb: u32) -> Trees {
    Trees::new(setting.scenario.topology.node_count(), u64::from(memory_limit_mb) << 20)
}

/// Bytes that trees for the network of a run take at the most.
pub fn bytes(scenario: &Scenario, memory_limit_mb: u32) -> u64 {
    let nodes = scenario.topology.node_count() as u64;
    (u64::from(memory_limit_mb) << 20).min(nodes * nodes * PLACE)
}
