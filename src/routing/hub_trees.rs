//! Shortest-path trees of the most central nodes, stored densely: the part of [`super::labels`] that needs no merging.

use super::search::Tree;
use super::view::UNREACHED;
use super::view::{View, Way};
use crate::fabric::access::NONE;

/// Entries of a row that are added and compared at a time, in a loop that the compiler vectorises.
const BLOCK: usize = 64;

/// No port: at a hub, and where there is no path to it.
pub(super) const NO_PORT: u16 = u16::MAX;

/// Distances to all hubs and the ports towards them, by node and rank.
#[derive(Debug)]
pub(super) struct HubTrees {
    hubs: usize,
    distances: Vec<u32>,
    /// Counted from the node's first.
    ports: Vec<u16>,
}

impl HubTrees {
    /// The trees of `hubs`. No node may have [`NO_PORT`] ports or more.
    pub fn new(view: &View, hubs: &[u32], tree: &mut Tree) -> Self {
        let entries = view.nodes() * hubs.len();
        let (mut distances, mut ports) = (vec![UNREACHED; entries], vec![NO_PORT; entries]);
        for (rank, &hub) in hubs.iter().enumerate() {
            tree.start(view, hub);
            tree.grow(view, Way::Along, |_| false);
            for x in 0..view.nodes() as u32 {
                let (label, at) = (tree.labels[x as usize], x as usize * hubs.len() + rank);
                distances[at] = label.distance;
                if label.port != NONE {
                    ports[at] = (view.twin(label.port) - view.edges(x).0) as u16;
                }
            }
        }
        Self { hubs: hubs.len(), distances, ports }
    }

    /// Number of hubs.
    pub fn hubs(&self) -> usize {
        self.hubs
    }

    /// The least distance by way of a hub, and the first rank that gives it.
    #[inline]
    pub fn meet(&self, from: u32, to: u32) -> (u32, u32) {
        let row = |x: u32| self.distances[x as usize * self.hubs..][..self.hubs].chunks(BLOCK);
        let mut best = (UNREACHED, 0);
        for (block, (a, b)) in row(from).zip(row(to)).enumerate() {
            let least = a.iter().zip(b).map(|(&a, &b)| a.saturating_add(b)).fold(UNREACHED, u32::min);
            if least < best.0 {
                best = (least, block);
            }
        }
        let (cost, block) = best;
        let mut sums = row(from).zip(row(to)).skip(block).flat_map(|(a, b)| a.iter().zip(b));
        let within = sums.position(|(&a, &b)| a.saturating_add(b) == cost).unwrap_or(0);
        (cost, (block * BLOCK + within) as u32)
    }

    /// The port from `node` to the hub of a rank; `None` at the hub.
    #[inline]
    pub fn port(&self, view: &View, node: u32, rank: u32) -> Option<u32> {
        let port = self.ports[node as usize * self.hubs + rank as usize];
        (port != NO_PORT).then(|| view.edges(node).0 + u32::from(port))
    }

    /// Memory, bytes.
    pub fn bytes(&self) -> usize {
        size_of::<u32>() * self.distances.len() + size_of::<u16>() * self.ports.len()
    }
}
