//! What a run is asked to do: [`Scenario`], validated and frozen.
//!
//! A file becomes text, then a JSON value within bounds (`json`), takes the command line's assignments (`set`), is
//! checked against the schema of the raw types (`check`), becomes a [`raw::RawScenario`], and is validated
//! (`validate`). [`load`] does all of it; every error names a place, a JSON path, the value, and what is allowed
//! (`problem`). Everything after this module may rely on the ranges stated here.

mod assumptions;
pub mod carrier;
mod check;
mod content;
mod csv_file;
mod defaults;
mod failures;
mod infinite;
mod json;
mod kinds;
pub mod lineage;
mod load;
mod locate;
pub mod log_format;
mod matrix;
mod migrate;
mod parameters;
mod problem;
pub mod raw;
mod recover;
mod schema;
mod set;
mod tick;
pub mod trace;
pub mod tree;
mod units;
mod unpacked;
mod validate;
mod wormhole;

use std::path::PathBuf;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::topology::{Assumption, EachWay, NodeId, Topology};

pub use carrier::Carrier;
pub use content::Content;
pub use failures::{Element, FailureProcess, FailureTimes, Periods};
pub use infinite::OrInfinite;
pub use kinds::{Choice, Chosen, Kind, Kinds, Parameters, Refused, Surroundings};
pub use load::{Loaded, from_raw, load, load_text, read_text};
pub use migrate::migrate;
pub use parameters::*;
pub(crate) use problem::nearest;
pub use problem::{JsonPath, Place, Problem, ScenarioError, Step};
pub use schema::{scenario_schema, topology_schema};
pub use set::Assignment;
pub use tick::{MAX_TICKS, Tick};
pub use wormhole::{Phase, WormholeKind};

/// A validated scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Short name; names the run directory.
    pub name: String,
    /// The question that the scenario asks, in one sentence.
    pub intent: String,
    /// The one seed of all random streams.
    pub seed: u64,
    /// Length of the run.
    pub ticks: Tick,
    /// Ticks at the start that are not measured; less than `ticks`.
    pub warmup_ticks: Tick,
    /// Real time that a tick stands for, in milliseconds.
    pub tick_ms: f64,
    /// The network.
    pub topology: Topology,
    /// What nodes do with accesses.
    pub nodes: NodeRules,
    /// Sources of accesses, in order.
    pub workloads: Vec<Workload>,
    /// Whether and how wormholes open.
    pub wormholes: WormholeRules,
    /// Parameters of the models.
    pub physics: Physics,
    /// The router.
    pub router: Chosen,
    /// Scheduled changes, by tick (stable order within a tick).
    pub events: Vec<Event>,
    /// Processes by which nodes and links fail and come back.
    pub failures: Vec<FailureProcess>,
    /// What is recorded.
    pub record: RecordRules,
    /// What is persisted.
    pub persistence: PersistenceRules,
    /// What rounding to ticks changed.
    pub rounded: Vec<Assumption>,
}

impl Scenario {
    /// What carries its wormholes, in words; `None` without wormholes.
    pub fn carrier(&self) -> Option<String> {
        let carrier = self.wormholes.carrier.as_ref().filter(|_| self.wormholes.enabled)?;
        Some(carrier.words(self.nodes.processing_ticks, self.physics.wormhole.max_capacity_per_tick))
    }
}

/// One source of accesses.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Unique name; names the random stream.
    pub name: String,
    /// First tick.
    pub from_tick: Tick,
    /// First tick that is no longer part of the window.
    pub until_tick: Tick,
    /// Size of each access (traces may state their own); weighs masses and strengths of demand, not service.
    pub size: f64,
    /// Who accesses whom.
    pub demand: Demand,
}

/// Who accesses whom, and how often.
#[derive(Debug, Clone)]
pub enum Demand {
    /// Accesses drawn at random.
    Drawn {
        /// Mean accesses per tick in the whole network, before modulation.
        accesses_per_tick: f64,
        /// How many arrive in a tick.
        arrivals: Arrivals,
        /// Which pairs.
        pairs: Pairs,
        /// Changes over time.
        modulation: Modulation,
    },
    /// Accesses read from a log, streamed; `from_tick` is added to its ticks.
    Trace {
        /// The file, checked to be well-formed, in order, and with known nodes.
        path: PathBuf,
        /// How its rows are read.
        format: log_format::LogFormat,
        /// What it held then.
        content: Content,
        /// What is to be said of its rows.
        counts: trace::TraceCounts,
    },
}

/// Distribution of the number of accesses in a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// Poisson batches.
    Poisson,
    /// That many sources, each sending at most one access in a tick.
    Binomial {
        /// Number of sources; at least the rate.
        sources: u32,
    },
}

/// Distribution of (origin, target).
#[derive(Debug, Clone)]
pub enum Pairs {
    /// Uniform over ordered pairs of different nodes.
    Uniform,
    /// Origin and target independently with probability proportional to a weight per node, given that they differ.
    Gravity {
        /// One weight a node, not all zero but at one node.
        weights: Vec<f64>,
    },
    /// Proportional to a matrix, rows origins, columns targets; zero on the diagonal.
    Matrix {
        /// Non-negative, at least one entry positive.
        rates: Array2<f64>,
    },
    /// Item k of n is asked for with probability proportional to 1/k^exponent by a uniform node other than its home.
    Zipf {
        /// Number of items.
        items: u32,
        /// Zipf's exponent, ≥ 0.
        exponent: f64,
        /// Nodes that may be an item's home; each item gets one of them uniformly at random.
        homes: Vec<NodeId>,
    },
}

/// Changes of a drawn workload over time. All may act at once.
#[derive(Debug, Clone, Default)]
pub struct Modulation {
    /// A share of the accesses goes to one node, which moves.
    pub hot_spot: Option<HotSpot>,
    /// The rate swings like day and night.
    pub diurnal: Option<Diurnal>,
    /// Extra accesses to one node for a while.
    pub flash_crowd: Option<FlashCrowd>,
}

/// A moving hot spot.
#[derive(Debug, Clone, PartialEq)]
pub struct HotSpot {
    /// The nodes visited, in order, over and over.
    pub path: Vec<NodeId>,
    /// How long it stays at each.
    pub dwell_ticks: Tick,
    /// Share of the accesses whose target is the hot node, 0 to 1.
    pub share: f64,
}

/// Extra accesses from everywhere to one node: a linear rise to `factor − 1` times the workload's rate, a plateau, a
/// linear fall. The extra accesses come on top of the workload's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlashCrowd {
    /// Start of the rise.
    pub start_tick: Tick,
    /// Length of the rise.
    pub rise_ticks: Tick,
    /// Length of the plateau.
    pub hold_ticks: Tick,
    /// Length of the fall.
    pub fall_ticks: Tick,
    /// Total rate at the plateau over the rate without, ≥ 1.
    pub factor: f64,
    /// The node that everybody asks.
    pub target: NodeId,
}

/// Whether and how wormholes open.
#[derive(Debug, Clone, PartialEq)]
pub struct WormholeRules {
    /// Without it there are none.
    pub enabled: bool,
    /// What carries them; there is one where they are enabled.
    pub carrier: Option<Carrier>,
    /// What opens them.
    pub policy: Chosen,
    /// Wormholes that a node can have active at once.
    pub ports_per_node: u32,
    /// Opened at tick 0, before any access, within the budget; they cost and fade like any other.
    pub initial: Vec<[NodeId; 2]>,
    /// Those of an earlier run, open or in the pool at tick 0 at no cost; dormant ones in the order of the pool.
    pub recovered: Vec<Recovered>,
    /// Number of the next wormhole; those below are taken by an earlier run.
    pub next_id: u32,
    /// False: routers see a wormhole when its set-up is over. True: at once, and accesses that take it before wait.
    pub wait_for_setup: bool,
}

/// A wormhole of an earlier run. Its transit follows from this run's carrier, its capacity from its strength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovered {
    /// Its number, below [`WormholeRules::next_id`].
    pub id: u32,
    /// Its ends, the smaller id first.
    pub ends: [NodeId; 2],
    /// Its kind.
    pub kind: WormholeKind,
    /// Strength, 0 to 1.
    pub strength: f64,
    /// Free-flow latency over space between its ends when it opened, ticks.
    pub span_ticks: EachWay,
    /// Ticks until its set-up is over, if it is active.
    pub setup_ticks_left: Tick,
    /// Ticks that it has been dormant at tick 0; none if it is active.
    pub dormant_ticks: Option<Tick>,
}

/// Parameters of the models.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Physics {
    /// Masses and attraction.
    pub gravity: GravityParameters,
    /// Fading and reinforcement.
    pub decay: DecayParameters,
    /// What a wormhole can do and costs.
    pub wormhole: WormholeParameters,
    /// Entropies.
    pub entropy: EntropyParameters,
}

/// Entropies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EntropyParameters {
    /// Ticks between two computations.
    pub every_ticks: Tick,
    /// Memory, in ticks, of the smoothed traffic whose entropy is taken.
    pub memory_ticks: f64,
    /// Number of shards (connected regions of nodes) among which destinations are told apart, 1 to the node count.
    pub shards: u32,
}

/// A scheduled change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When, at the start of the tick.
    pub tick: Tick,
    /// What.
    pub action: Action,
}

/// What an event does. Links are given by petgraph's edge index in [`Topology::graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// The link carries nothing from now on; what is on it is dropped (`failed`).
    FailLink(u32),
    /// The link works again.
    RestoreLink(u32),
    /// The node is gone with its queue, its links and its wormholes.
    FailNode(NodeId),
    /// The node works again, and its links that did not fail themselves.
    RestoreNode(NodeId),
    /// Another capacity from now on; `None` is unlimited.
    SetCapacity {
        /// The link.
        link: u32,
        /// Where the direction that changes begins; `None` if both change.
        from: Option<NodeId>,
        /// Accesses per tick and direction, at least 1.
        capacity_per_tick: Option<u32>,
    },
}
