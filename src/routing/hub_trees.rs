//! Whole trees of best paths to the most central nodes, a row a node: the dense part of [`super::labels`].

use super::heap::Heap;
use super::search::{Tree, UNREACHED};
use super::view::View;
use crate::fabric::access::NONE;

/// Entries of a row that the least sum is looked for in at once.
const BLOCK: usize = 64;

/// No port: at a hub, and where there is no way to it.
pub(super) const NO_PORT: u16 = u16::MAX;

/// A link of the network that labels are exact in, from one of its ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub to: u32,
    pub cost: u32,
    /// The port of the other end that leads here.
    pub back: u32,
}

/// Distances to all hubs and the ports towards them, by node and rank.
#[derive(Debug)]
pub(super) struct Core {
    width: usize,
    distances: Vec<u32>,
    /// Counted from the node's first.
    ports: Vec<u16>,
    heap: Heap,
}

impl Core {
    /// The trees of `hubs`. No node may have [`NO_PORT`] ports or more.
    pub fn new(view: &View, hubs: &[u32], tree: &mut Tree) -> Self {
        let (nodes, width) = (view.nodes(), hubs.len());
        let mut core = Self {
            width,
            distances: vec![UNREACHED; nodes * width],
            ports: vec![NO_PORT; nodes * width],
            heap: Heap::default(),
        };
        for (rank, &hub) in hubs.iter().enumerate() {
            tree.start(view, hub);
            tree.grow(view, |_| false);
            for x in 0..nodes as u32 {
                let (label, at) = (tree.labels[x as usize], x as usize * width + rank);
                core.distances[at] = label.distance;
                if label.port != NONE {
                    core.ports[at] = (view.twin(label.port) - view.edges(x).0) as u16;
                }
            }
        }
        core
    }

    /// Number of hubs.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The least distance over a hub, and the first rank that gives it.
    #[inline]
    pub fn meet(&self, from: u32, to: u32) -> (u32, u32) {
        let row = |x: u32| self.distances[x as usize * self.width..][..self.width].chunks(BLOCK);
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
        let port = self.ports[node as usize * self.width + rank as usize];
        (port != NO_PORT).then(|| view.edges(node).0 + u32::from(port))
    }

    /// Propagates what a way, given from each of its ends, brings nearer to hubs.
    pub fn lower(&mut self, view: &View, ways: &[Vec<Way>], changed: [(u32, Way); 2]) {
        for rank in 0..self.width {
            for (x, way) in changed {
                self.improve(view, rank, self.distances[x as usize * self.width + rank], way);
            }
            while let Some((distance, x)) = self.heap.pop() {
                if distance == self.distances[x as usize * self.width + rank] {
                    for &way in &ways[x as usize] {
                        self.improve(view, rank, distance, way);
                    }
                }
            }
        }
    }

    /// Takes note of a way that leads nearer to a hub from its far end, if it does.
    #[inline]
    fn improve(&mut self, view: &View, rank: usize, distance: u32, way: Way) {
        let through = distance.saturating_add(way.cost);
        let at = way.to as usize * self.width + rank;
        if through < self.distances[at] {
            self.distances[at] = through;
            self.ports[at] = (way.back - view.edges(way.to).0) as u16;
            self.heap.push(through, way.to);
        }
    }

    /// Memory, bytes.
    pub fn bytes(&self) -> usize {
        size_of::<u32>() * self.distances.len() + size_of::<u16>() * self.ports.len()
    }
}
