//! The network as it is given: nodes and space links, frozen before a run.
//!
//! A [`Topology`] is an undirected petgraph graph without self-loops and without parallel links, in which every link
//! has a latency of at least one tick. Readers and generators build it through [`TopologyBuilder`], which is the one
//! place where those rules are applied and where every default that was needed is counted ([`Defaults`]).
//! Wormholes are not part of it: they belong to a run.

pub mod shards;

use petgraph::graph::UnGraph;
use serde::{Deserialize, Serialize};

/// Index of a node: dense, in the order of the topology's source. All stable orders are orders of this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The id as an index into arrays that run over nodes.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Unique name, the one that scenarios, events and reports use.
    pub name: Box<str>,
    /// Where the node is drawn, and what distances come from, if it is known.
    pub position: Option<Position>,
    /// Relative weight as an origin and target of gravity workloads (for instance a population); 1 unless stated.
    pub mass: f64,
}

/// A place, geographic or on a plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Position {
    /// Degrees; distances are great circles.
    Geographic {
        /// Degrees north, −90 to 90.
        latitude: f64,
        /// Degrees east, −180 to 180.
        longitude: f64,
    },
    /// Coordinates of a generated or drawn layout, no unit.
    Plane {
        /// To the right.
        x: f64,
        /// Upwards.
        y: f64,
    },
}

/// A space link: fixed, undirected, the same in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Free-flow latency in ticks, at least 1.
    pub latency_ticks: u32,
    /// Accesses that may depart per tick and direction; `None` is unlimited.
    pub capacity_per_tick: Option<u32>,
}

/// How often a rule had to stand in for data that the source did not give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defaults {
    /// Nodes whose missing coordinates were taken from their neighbours.
    pub positions_from_neighbours: u32,
    /// Nodes that have no coordinates and no located neighbour.
    pub positions_unknown: u32,
    /// Links whose latency is the stated default because an end has no coordinates.
    pub latencies_default: u32,
    /// Links whose latency rounded to zero and was raised to one tick.
    pub latencies_raised: u32,
    /// Links without a stated speed or capacity: unlimited.
    pub capacities_unlimited: u32,
    /// Nodes without a stated mass: 1.
    pub masses_default: u32,
    /// Names that were not unique and had the source's id appended.
    pub names_made_unique: u32,
    /// Links merged into a parallel one.
    pub parallel_links_merged: u32,
    /// Self-loops left out.
    pub self_loops_dropped: u32,
    /// Nodes left out because they are not in the largest connected part.
    pub nodes_outside_largest_part: u32,
}

/// The frozen network of a scenario.
#[derive(Debug, Clone)]
pub struct Topology {
    /// A name for titles.
    pub name: String,
    /// Nodes by [`NodeId`] (petgraph's node index), links by petgraph's edge index.
    pub graph: UnGraph<Node, Link>,
    /// The defaults that were applied.
    pub defaults: Defaults,
}
