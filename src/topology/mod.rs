//! The fixed network: nodes and space links, with their readers and generators, frozen before a run.
//!
//! A [`Topology`] is an undirected petgraph graph without self-loops and without parallel links. The two directions of
//! a link may differ, or one may be missing ([`Link`]); each has a latency of at least one tick. Readers and generators
//! build it through [`TopologyBuilder`], which is the one place where those rules are applied and where every default
//! that was needed is counted ([`Defaults`]). Wormholes are not part of it: they belong to a run.

mod builder;
pub(crate) mod comments;
mod each_way;
mod error;
pub mod formats;
pub mod generators;
mod inputs;
pub mod json;
mod limits;
mod names;
mod positions;
mod read;
mod said;
pub mod shards;

use std::num::NonZeroU32;

use petgraph::graph::{EdgeIndex, NodeIndex, UnGraph};
use petgraph::visit::EdgeRef;
use serde::{Deserialize, Serialize};

pub use builder::TopologyBuilder;
pub use each_way::EachWay;
pub(crate) use error::quoted;
pub use error::{Place, TopologyError, XmlProblem};
pub use formats::graphml;
pub use inputs::{DirectionInput, LinkInput, LinkLength, NodeInput, Parts, Rules, WeightUnit};
pub use limits::{
    MAX_FILE_BYTES, MAX_FILE_LINKS, MAX_FILE_NODES, MAX_LATENCY_TICKS, MAX_LINKS, MAX_NODES, MAX_SUM_OF_LATENCIES_TICKS,
};
pub use names::NameIndex;
pub use read::{InputFile, NotOpened, STANDARD_INPUT, open_regular, read_source, read_topology};
pub use said::Assumption;

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

/// One direction of a space link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Direction {
    /// Free-flow latency in ticks, at least 1.
    pub latency_ticks: u32,
    /// Accesses that may depart per tick; `None` is unlimited.
    pub capacity_per_tick: Option<NonZeroU32>,
}

/// A fixed space link. A link that leads one way only leads from its first end to its second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// From the first end to the second.
    pub forth: Direction,
    /// From the second end to the first; `None` if the link leads one way only.
    pub back: Option<Direction>,
}

impl Link {
    /// A link that is the same in both directions.
    pub fn symmetric(direction: Direction) -> Self {
        Self { forth: direction, back: Some(direction) }
    }

    /// The direction that begins at the first (0) or second (1) end, if there is one.
    pub fn direction(&self, side: usize) -> Option<Direction> {
        if side == 0 { Some(self.forth) } else { self.back }
    }

    /// Whether both directions exist and are the same.
    pub fn is_symmetric(&self) -> bool {
        self.back == Some(self.forth)
    }

    /// Latency by direction, ticks.
    pub fn latencies(&self) -> [Option<u32>; 2] {
        [0, 1].map(|side| self.direction(side).map(|direction| direction.latency_ticks))
    }

    /// The latency of the slower direction, ticks.
    pub fn longest_ticks(&self) -> u32 {
        self.back.map_or(0, |back| back.latency_ticks).max(self.forth.latency_ticks)
    }
}

/// How often a rule had to stand in for data that the source did not give, or left something out.
///
/// The nodes of the source are those of the topology and those outside its largest part; the links of the source are
/// those of the topology, merged parallels, self-loops, and those outside. Self-loops and parallels are counted in the
/// whole source; names and what is missing (positions, latencies, capacities, masses) in the topology as it is built.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Defaults {
    /// Length of a tick, ms, in which latencies were counted.
    #[serde(default)]
    pub tick_ms: f64,
    /// Nodes that the source has.
    pub nodes_in_source: u32,
    /// Links that the source has, with loops and parallels.
    pub links_in_source: u32,
    /// Nodes whose missing coordinates were taken from their neighbours.
    pub positions_from_neighbours: u32,
    /// Nodes that have no coordinates and no located neighbour.
    pub positions_unknown: u32,
    /// Links with a direction whose latency is the stated default because an end has no coordinates.
    pub latencies_default: u32,
    /// Links with a direction whose latency rounded to zero and was raised to one tick.
    pub latencies_raised: u32,
    /// Links with a direction without a stated speed or capacity: unlimited.
    pub capacities_unlimited: u32,
    /// Nodes without a stated mass: 1.
    pub masses_default: u32,
    /// Names that were not unique and had the source's id appended.
    pub names_made_unique: u32,
    /// Links merged into a parallel one; a one-way link and one of the opposite direction are parallel too.
    pub parallel_links_merged: u32,
    /// Self-loops left out.
    pub self_loops_dropped: u32,
    /// Nodes left out because they are not in the largest part whose nodes all reach each other.
    pub nodes_outside_largest_part: u32,
    /// Links left out with them, parallel ones merged: those with an end outside.
    pub links_outside_largest_part: u32,
    /// Numbers of links in the source that mean nothing here: their names, and how many links have them.
    #[serde(default)]
    pub unused_numbers: Vec<(Box<str>, u32)>,
    /// What a reader assumed of what the source does not say, and how often.
    #[serde(default)]
    pub assumed: Vec<(Box<str>, u32)>,
    /// Links whose latency in whole ticks is off by more than [`MAX_ROUNDING`].
    #[serde(default)]
    pub latencies_off: u32,
    /// A tick, ms, that keeps the differences of nearly all latencies, if any is known.
    #[serde(default)]
    pub fitting_tick_ms: Option<f64>,
    /// Whether it would be shorter, did the longest latency not take too many ticks.
    #[serde(default)]
    pub fitting_is_bound: bool,
    /// Demands between nodes that the source has.
    #[serde(default)]
    pub demands: u32,
}

/// The share by which a latency in whole ticks may be off before it is said.
pub const MAX_ROUNDING: f64 = 0.1;

/// The frozen network of a scenario.
#[derive(Debug, Clone)]
pub struct Topology {
    /// A name for titles.
    pub name: String,
    /// Where the data come from: the attribution that the source states, if any.
    pub source: Option<String>,
    /// Nodes by [`NodeId`] (petgraph's node index), links by petgraph's edge index.
    pub graph: UnGraph<Node, Link>,
    /// The defaults that were applied.
    pub defaults: Defaults,
    /// Ids of the source that are not the names of their nodes; they find these too, unless they are the names of
    /// others.
    pub aliases: Vec<(Box<str>, NodeId)>,
    /// What the source says nodes ask of each other, in a unit of its own: origin, target and rate.
    pub demands: Vec<([NodeId; 2], f64)>,
}

impl Topology {
    /// Number of nodes, at least 2.
    pub fn node_count(&self) -> usize {
        self.graph.node_count()
    }

    /// Number of links, at least 1.
    pub fn link_count(&self) -> usize {
        self.graph.edge_count()
    }

    /// The node of an id; panics if it belongs to another topology.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.graph[NodeIndex::from(id)]
    }

    /// The nodes in the order of their ids.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.graph.node_weights().enumerate().map(|(index, node)| (NodeId(index as u32), node))
    }

    /// The links as (index, end, end, link), in the order of their indices; ends in the order of the source.
    pub fn links(&self) -> impl Iterator<Item = (u32, NodeId, NodeId, Link)> {
        self.graph
            .edge_references()
            .map(|edge| (edge.id().index() as u32, edge.source().into(), edge.target().into(), *edge.weight()))
    }

    /// The ends of a link in the order of the source; panics if it belongs to another topology.
    pub fn ends(&self, link: u32) -> [NodeId; 2] {
        let (a, b) = self.graph.edge_endpoints(link.into()).expect("a link of this topology");
        [a.into(), b.into()]
    }

    /// From where to where a link leads that leads one way only.
    pub fn only_direction(&self, link: u32) -> Option<[NodeId; 2]> {
        self.graph[EdgeIndex::from(link)].back.is_none().then(|| self.ends(link))
    }

    /// Index of the link between two nodes, in whatever direction. Takes time in proportion to the degree of a node.
    pub fn link_between(&self, a: NodeId, b: NodeId) -> Option<u32> {
        self.graph.find_edge(a.into(), b.into()).map(|edge| edge.index() as u32)
    }

    /// The node of a name, or else of an alias, by looking at every node; take a [`NameIndex`] for more than a few.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        let named = self.nodes().find(|(_, node)| *node.name == *name);
        let aliased = || self.aliases.iter().find(|(alias, _)| **alias == *name).map(|&(_, id)| id);
        named.map(|(id, _)| id).or_else(aliased)
    }

    /// Names and aliases with their nodes; an alias that is also a name is left out.
    pub(crate) fn names(&self) -> Vec<(&str, NodeId)> {
        let mut sorted: Vec<_> = self.nodes().map(|(id, node)| (&*node.name, id)).collect();
        sorted.sort_unstable();
        let aliases = self.aliases.iter().map(|(alias, id)| (&**alias, *id));
        let is_name = |alias: &str| sorted.binary_search_by_key(&alias, |&(name, _)| name).is_ok();
        let aliases: Vec<_> = aliases.filter(|(alias, _)| !is_name(alias)).collect();
        sorted.extend(aliases);
        sorted.sort_unstable();
        sorted
    }
}

impl From<NodeIndex> for NodeId {
    fn from(index: NodeIndex) -> Self {
        NodeId(index.index() as u32)
    }
}

impl From<NodeId> for NodeIndex {
    fn from(id: NodeId) -> Self {
        NodeIndex::new(id.index())
    }
}
