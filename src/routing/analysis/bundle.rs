//! Links between two nodes, taken together, and their directions.

use crate::topology::NodeId;

/// All links between two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundle {
    /// The nodes, the one with the lower id first.
    pub ends: [NodeId; 2],
    /// Ticks over the fastest of them, from the first node and from the second, if any leads that way.
    pub ticks: [Option<u32>; 2],
    /// Whether the fastest is a wormhole, by direction; a space link that is as fast comes first.
    pub wormhole: [bool; 2],
    /// How many they are.
    pub links: u32,
}

impl Bundle {
    /// Ticks in the slower direction.
    pub fn slower_ticks(&self) -> u32 {
        self.ticks[0].max(self.ticks[1]).unwrap_or(0)
    }
}

/// One direction of a bundle; in a network whose links are the same in both directions, both together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Where it leads from and to.
    pub ends: [NodeId; 2],
    /// The place of its bundle.
    pub bundle: usize,
    /// Ticks over the fastest link of that direction.
    pub ticks: u32,
    /// Whether that is a wormhole.
    pub wormhole: bool,
    /// Share of the shortest paths (in hops) between all pairs that take it; paths that tie share the pair.
    pub betweenness: f64,
}
