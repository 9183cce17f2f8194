//! Where measured accesses waited: rankings of links and nodes, as they stand in a file.

use serde::{Deserialize, Serialize};

use crate::scenario::Tick;

/// Where measured accesses waited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bottlenecks {
    /// Version of the format.
    pub version: u32,
    /// The last tick simulated.
    pub tick: Tick,
    /// Ticks that were measured.
    pub measured_ticks: Tick,
    /// Ticks waited at all links and nodes.
    pub waited_ticks: u64,
    /// Ticks waited at ports of wormholes that are archived by now, which are not listed.
    #[serde(default)]
    pub archived_waited_ticks: u64,
    /// Directions of links by their share of all waiting, then utilisation; those of wormholes that are closed and
    /// carried nothing are not among them.
    pub links: Vec<LinkWaiting>,
    /// Directions that are not listed.
    pub links_left_out: usize,
    /// Nodes by their share of all waiting, then utilisation.
    pub nodes: Vec<NodeWaiting>,
    /// Nodes that are not listed.
    pub nodes_left_out: usize,
}

/// What is waited for at one direction of a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkWaiting {
    /// Names of its ends, the same for both directions.
    pub ends: [String; 2],
    /// What it is.
    pub kind: LinkKind,
    /// Where this direction begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// Accesses, or units of size by the scenario's `capacity_unit`, that may depart per tick at the end of the run;
    /// none if that is unlimited, or the wormhole closed.
    pub capacity_per_tick: Option<u32>,
    /// Accesses that departed per measured tick.
    pub carried_per_tick: f64,
    /// Carried over capacity; more than 1 if the capacity was larger before. None where capacities are of size.
    pub utilisation: Option<f64>,
    /// Ticks that accesses waited at its port.
    pub waited_ticks: u64,
    /// Share of all waiting, 0 to 1.
    pub share_of_waiting: f64,
}

/// What a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A link of the topology.
    Space,
    /// The wormhole between two nodes.
    Wormhole,
}

/// What is waited for at a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeWaiting {
    /// Its name.
    pub node: String,
    /// Accesses that it may serve per tick.
    pub service_per_tick: u32,
    /// Accesses that it served from its FIFO per measured tick.
    pub served_per_tick: f64,
    /// Served over service.
    pub utilisation: f64,
    /// Ticks that accesses waited in its FIFO.
    pub waited_ticks: u64,
    /// Share of all waiting, 0 to 1.
    pub share_of_waiting: f64,
}
