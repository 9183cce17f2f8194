//! `wormholes/analytics/bottlenecks.json`: where accesses waited.

use serde::{Deserialize, Serialize};

use crate::scenario::Tick;

/// Links and nodes by their share of all waiting, the worst first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bottlenecks {
    /// Version of the format.
    pub version: u32,
    /// The last tick simulated.
    pub tick: Tick,
    /// Ticks that were measured.
    pub measured_ticks: Tick,
    /// Waits of all accesses, ticks.
    pub waited_ticks: u64,
    /// Directions of links.
    pub links: Vec<LinkBottleneck>,
    /// Directions that are not listed.
    pub links_left_out: usize,
    /// Nodes.
    pub nodes: Vec<NodeBottleneck>,
    /// Nodes that are not listed.
    pub nodes_left_out: usize,
}

/// A direction of a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkBottleneck {
    /// Names of its ends.
    pub ends: [String; 2],
    /// `space` or `wormhole`.
    pub kind: String,
    /// Where the direction begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// Accesses per tick; none is unlimited.
    pub capacity_per_tick: Option<u32>,
    /// Accesses carried per tick.
    pub carried_per_tick: f64,
    /// Carried over capacity; none if that is unlimited.
    pub utilisation: Option<f64>,
    /// Waits for it, ticks.
    pub waited_ticks: u64,
    /// Its share of all waits.
    pub share_of_waiting: Option<f64>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeBottleneck {
    /// Its name.
    pub node: String,
    /// Accesses that it can serve per tick.
    pub service_per_tick: u32,
    /// Accesses served per tick.
    pub served_per_tick: f64,
    /// Served over what it can serve.
    pub utilisation: f64,
    /// Waits in its FIFO, ticks.
    pub waited_ticks: u64,
    /// Its share of all waits.
    pub share_of_waiting: Option<f64>,
}
