//! The network as routers see it: open ports in a compact adjacency array.

use crate::topology::NodeId;
use crate::world::fabric::Fabric;
use crate::world::port::{Port, PortChange};

/// Latency of a closed port.
const CLOSED: u32 = u32::MAX;

/// Ports of all nodes, those of a node next to each other, numbered as in the [`Fabric`].
#[derive(Debug, Clone)]
pub struct View {
    first: Vec<u32>,
    to: Vec<u32>,
    latency: Vec<u32>,
}

impl View {
    /// The view of a fabric as it stands.
    pub fn new(fabric: &Fabric) -> Self {
        let mut first: Vec<u32> = fabric.lanes.iter().map(|lane| lane.first_port).collect();
        first.push(fabric.ports.len() as u32);
        let latency = |port: &Port| if port.is_open() { port.latency } else { CLOSED };
        Self {
            first,
            to: fabric.ports.iter().map(|port| port.to.0).collect(),
            latency: fabric.ports.iter().map(latency).collect(),
        }
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.first.len() - 1
    }

    /// Open ports of node `x` as (number, node it leads to, latency in ticks).
    #[inline]
    pub fn ports(&self, x: u32) -> impl Iterator<Item = (u32, u32, u32)> {
        (self.first[x as usize]..self.first[x as usize + 1])
            .map(|port| (port, self.to[port as usize], self.latency[port as usize]))
            .filter(|&(_, _, latency)| latency != CLOSED)
    }

    /// Number of a node's first port.
    pub fn first_port(&self, x: NodeId) -> u32 {
        self.first[x.index()]
    }

    /// Follows a change of two ports.
    pub fn apply(&mut self, change: &PortChange) {
        let open = change.latency();
        for side in 0..2 {
            let port = change.ports[side] as usize;
            self.to[port] = change.ends[1 - side].0;
            self.latency[port] = open.unwrap_or(CLOSED);
        }
    }
}

#[cfg(test)]
impl View {
    /// A view of bare links (a, b, latency) between `nodes` nodes.
    pub fn of_links(nodes: u32, links: &[(u32, u32, u32)]) -> Self {
        let (mut first, mut to, mut latency) = (vec![0], Vec::new(), Vec::new());
        for x in 0..nodes {
            for &(a, b, ticks) in links {
                for (from, end) in [(a, b), (b, a)] {
                    if from == x {
                        to.push(end);
                        latency.push(ticks);
                    }
                }
            }
            first.push(to.len() as u32);
        }
        Self { first, to, latency }
    }
}
