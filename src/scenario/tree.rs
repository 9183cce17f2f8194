//! The files of a `wormholes/` tree that a network can be recovered from: `topology/network_graph.json` and
//! `connections/{active,dormant}/`. The store writes them; `recover` reads them.
//!
//! Fields are declared in the order of the alphabet, which is the order on disk.

use serde::{Deserialize, Serialize};

use super::{Phase, Tick, WormholeKind};
use crate::topology::{EachWay, Position};

/// Version of the formats of all JSON files of a run directory.
pub const VERSION: u32 = 1;

/// Nodes and space links as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkGraph {
    /// Space links, by index.
    pub links: Vec<LinkRow>,
    /// Name of the topology.
    pub name: String,
    /// Nodes, by id.
    pub nodes: Vec<NodeRow>,
    /// What every departure from a node takes besides its link, ticks.
    #[serde(default)]
    pub processing_ticks: u32,
    /// Where the data of the topology come from.
    pub source: Option<String>,
    /// The last tick simulated.
    pub tick: Tick,
    /// Length of a tick, ms.
    #[serde(default)]
    pub tick_ms: Option<f64>,
    /// Version of the format.
    pub version: u32,
}

/// A space link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRow {
    /// The direction from the second end to the first, if it differs from the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<DirectionRow>,
    /// Accesses per tick and direction, what wormholes have reserved included; none is unlimited.
    pub capacity_per_tick: Option<u32>,
    /// Names of its ends.
    pub ends: [String; 2],
    /// Whether an event keeps it down; one that is not up may also have lost a node, or be down by a process.
    pub failed: bool,
    /// Index in the topology.
    pub id: u32,
    /// Free-flow latency, ticks.
    pub latency_ticks: u32,
    /// Whether it leads from the first end to the second only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_way: bool,
    /// Whether it carries accesses.
    pub up: bool,
}

/// One direction of a space link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectionRow {
    /// Accesses per tick; none is unlimited.
    pub capacity_per_tick: Option<u32>,
    /// Free-flow latency, ticks.
    pub latency_ticks: u32,
}

impl LinkRow {
    /// The direction that begins at the first (0) or second (1) end, if there is one.
    pub fn direction(&self, side: usize) -> Option<DirectionRow> {
        let forth = DirectionRow { capacity_per_tick: self.capacity_per_tick, latency_ticks: self.latency_ticks };
        if side == 0 { Some(forth) } else { self.back.or((!self.one_way).then_some(forth)) }
    }
}

/// A node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeRow {
    /// Whether a process alone keeps it down: it is up again where its network is recovered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub away: bool,
    /// Entropy of its traffic over its ports, 0 to 1.
    pub entropy: f64,
    /// Its id.
    pub id: u32,
    /// Smoothed accesses that it originates or is the target of, by size.
    pub mass: f64,
    /// Its name.
    pub name: String,
    /// Where it is, if that is known.
    pub position: Option<PositionRow>,
    /// Accesses in its FIFO.
    pub queued: u32,
    /// Sum of the strengths of its active wormholes.
    pub strength: f64,
    /// False while something keeps it down.
    pub up: bool,
    /// Weight as origin and target of gravity workloads, as the topology gives it.
    pub weight: f64,
}

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum PositionRow {
    /// Degrees north and east.
    Geographic {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
    /// On a plane, no unit.
    Plane {
        /// To the right.
        x: f64,
        /// Upwards.
        y: f64,
    },
}

impl From<Position> for PositionRow {
    fn from(position: Position) -> Self {
        match position {
            Position::Geographic { latitude, longitude } => Self::Geographic { latitude, longitude },
            Position::Plane { x, y } => Self::Plane { x, y },
        }
    }
}

/// Wormholes of one phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connections {
    /// Version of the format.
    pub version: u32,
    /// By id.
    pub wormholes: Vec<WormholeRow>,
}

/// A wormhole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WormholeRow {
    /// Accesses per tick and direction.
    pub capacity_per_tick: u32,
    /// Ticks that it will have been dormant at the next tick; none if it is not dormant.
    pub dormant_ticks: Option<Tick>,
    /// Names of its ends.
    pub ends: [String; 2],
    /// Entropy of the shards that it carries to, 0 to 1; none if it is archived.
    pub entropy: Option<f64>,
    /// Its number.
    pub id: u32,
    /// Its kind.
    pub kind: WormholeKind,
    /// What it has brought and cost.
    pub ledger: LedgerRow,
    /// Smoothed traversals; none if it is archived.
    pub mass: Option<f64>,
    /// Tick of the first opening.
    pub opened_tick: Tick,
    /// Its phase.
    pub phase: Phase,
    /// Its place in the pool, the longest dormant first; none if it is not dormant.
    pub pool_place: Option<u32>,
    /// Its ports at both ends when it was open last.
    pub ports: [u32; 2],
    /// First tick of a possible departure since the last opening.
    pub ready_tick: Tick,
    /// Tick of the last review of whether it pays.
    pub reviewed_tick: Tick,
    /// Ticks from the next one to the end of its set-up; 0 if it is over.
    pub setup_ticks_left: Tick,
    /// Tick of the last change of phase.
    pub since_tick: Tick,
    /// Free-flow latency over space between its ends when it opened, ticks each way.
    pub span_ticks: EachWay,
    /// Strength, 0 to 1.
    pub strength: f64,
    /// Ticks a traversal takes each way.
    pub transit_ticks: EachWay,
}

/// What a wormhole has brought and cost, in ticks of saved latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerRow {
    /// Opening and reopening costs.
    pub opening_ticks: f64,
    /// Times it was opened from the pool.
    pub reopened: u32,
    /// Saved until the last review.
    pub reviewed_saved_ticks: f64,
    /// Upkeep until the last review.
    pub reviewed_upkeep_ticks: f64,
    /// Sum of span − transit over traversals.
    pub saved_ticks: f64,
    /// Traversals in both directions.
    pub traversals: u64,
    /// Upkeep.
    pub upkeep_ticks: f64,
}
