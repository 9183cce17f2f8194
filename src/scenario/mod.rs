//! What a run is asked to do: [`Scenario`], validated and frozen.
//!
//! What a user writes is mirrored by `raw`; `validate` is the only fallible step between the two. Everything after
//! this module may rely on the ranges stated here.

use std::path::PathBuf;

use ndarray::Array2;

use crate::topology::{NodeId, Topology};

/// Simulated time, in ticks since the start. At most [`MAX_TICKS`].
pub type Tick = u32;

/// The longest run.
pub const MAX_TICKS: Tick = 1_000_000_000;

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
    /// The routing policy.
    pub router: RouterRules,
    /// Scheduled changes, by tick (stable order within a tick).
    pub events: Vec<Event>,
    /// What is recorded.
    pub record: RecordRules,
    /// What is persisted.
    pub persistence: PersistenceRules,
}

/// What nodes do with accesses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NodeRules {
    /// Accesses that a node serves per tick.
    pub service_per_tick: u32,
    /// Longest FIFO; an access that finds it full is dropped (`queue_full`). `None` is unlimited.
    pub queue_limit: Option<u32>,
    /// How new accesses enter.
    pub injection: Injection,
    /// Hops after which an access is dropped (`hop_limit`). `None` is unlimited.
    pub max_hops: Option<u32>,
    /// Longest wait for a slot on a link; beyond it the access is dropped (`link_full`). `None` is unlimited.
    pub max_link_wait_ticks: Option<u32>,
}

/// How new accesses enter the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Injection {
    /// They join their origin's FIFO.
    Queued,
    /// They take their first hop at once, without occupying the origin's server (Boyan and Littman's setting).
    Immediate,
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
    /// Accesses read from a CSV file `tick,origin,target[,size]`, streamed; `from_tick` is added to its ticks.
    Trace {
        /// The file, checked to be well-formed, in order, and with known nodes.
        path: PathBuf,
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

/// Rate × (1 + amplitude · sin(2π (tick/period + phase))).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diurnal {
    /// Length of a day.
    pub period_ticks: Tick,
    /// 0 to 1.
    pub amplitude: f64,
    /// Shift in days, 0 to 1.
    pub phase: f64,
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
    /// Where they open.
    pub policy: WormholePolicy,
    /// Wormholes that a node can have active at once.
    pub ports_per_node: u32,
    /// Opened at tick 0, before any access, within the budget; they cost and fade like any other.
    pub initial: Vec<[NodeId; 2]>,
    /// False: routers see a wormhole when its set-up is over. True: at once, and accesses that take it before wait.
    pub wait_for_setup: bool,
}

/// Where wormholes open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WormholePolicy {
    /// Where attraction times saving is largest.
    Gravity,
    /// Nowhere but at the `initial` places.
    Fixed,
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

/// Masses and attraction: `m ← m·e^(−1/τ) + a`, `F = G·m_i·m_j/d^β`, pull `F·(d − ℓ)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GravityParameters {
    /// G.
    pub constant: f64,
    /// β.
    pub distance_exponent: f64,
    /// τ in ticks.
    pub mass_memory_ticks: f64,
    /// Ticks between two looks for places to open.
    pub review_every_ticks: Tick,
    /// Pairs that the Space-Saving sketch of observed accesses holds.
    pub sketch_pairs: u32,
    /// Most massive nodes whose pairs are candidates too.
    pub massive_nodes: u32,
    /// Pull below which nothing opens.
    pub min_pull: f64,
    /// Openings in one review at the most.
    pub max_openings: u32,
}

/// Fading and reinforcement: `s ← min(1, s·e^(−λ) + g·traversals)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecayParameters {
    /// λ, per tick.
    pub fade_per_tick: f64,
    /// g, strength gained by a traversal.
    pub gain_per_traversal: f64,
    /// An active wormhole weaker than this becomes dormant.
    pub dormant_below: f64,
    /// Ticks between two checks that an active wormhole pays (benefit since the last one against upkeep).
    pub pay_review_ticks: Tick,
    /// Ticks that a dormant wormhole stays in the pool before it is archived.
    pub archive_after_ticks: Tick,
    /// Ticks for which a wormhole that went dormant is not opened again.
    pub reopen_after_ticks: Tick,
}

/// What a wormhole can do and costs. Costs are in ticks of saved latency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WormholeParameters {
    /// s₀ of a new wormhole.
    pub initial_strength: f64,
    /// c_max: capacity is `max(1, round(c_max·s²))` accesses per tick and direction.
    pub max_capacity_per_tick: u32,
    /// u: upkeep is `u·s` a tick.
    pub upkeep_per_tick: f64,
    /// α, paid when a wormhole opens for the first time.
    pub opening_cost: f64,
    /// Share of α paid when a dormant one opens again, 0 to 1.
    pub reopening_share: f64,
    /// Ticks from opening to the first possible traversal.
    pub setup_ticks: Tick,
    /// Shortest span that is worth a wormhole, ticks, at least 2.
    pub min_span_ticks: u32,
    /// Transit and strength ranges of the three kinds.
    pub kinds: KindParameters,
}

/// Transit ratios σ (transit = max(1, round(σ·span))) and the strengths at which kinds change, with hysteresis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KindParameters {
    /// σ of experimental wormholes.
    pub experimental_transit: f64,
    /// σ of standard wormholes.
    pub standard_transit: f64,
    /// σ of fast lanes.
    pub fast_transit: f64,
    /// Experimental becomes standard at or above this strength.
    pub standard_above: f64,
    /// Standard becomes experimental below this strength; less than `standard_above`.
    pub standard_below: f64,
    /// Standard becomes a fast lane at or above this strength.
    pub fast_above: f64,
    /// A fast lane becomes standard below this strength; less than `fast_above`.
    pub fast_below: f64,
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

/// The routing policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RouterRules {
    /// Along least free-flow latency over space links and active wormholes; equal next hops share evenly, at random.
    ShortestPath {
        /// Memory for distance fields, bytes; beyond it they are computed again.
        memory_limit_bytes: u64,
    },
    /// Q-routing (Boyan and Littman 1993).
    QRouting {
        /// η, 0 to 1.
        learning_rate: f64,
        /// Ask all neighbours for their estimates at every hop, not the chosen one only.
        full_echo: bool,
        /// Estimates before anything is learned.
        initial: QInitial,
        /// Probability of a uniformly random port instead of the best.
        exploration: f64,
        /// Memory for Q-rows, bytes; beyond it rows are kept per shard of the target.
        memory_limit_bytes: u64,
    },
}

/// Estimates before anything is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QInitial {
    /// Zero: optimistic, explores.
    Zero,
    /// Free-flow latency over space.
    FreeFlow,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        /// Accesses per tick and direction, at least 1.
        capacity_per_tick: Option<u32>,
    },
}

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRules {
    /// Ticks per frame of metrics; `None` records no frames (the summary is always kept).
    pub every_ticks: Option<Tick>,
}

/// What is persisted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersistenceRules {
    /// Ticks between two writes of the `wormholes/` tree; the last state is always written. `None`: only the last.
    pub snapshot_every_ticks: Option<Tick>,
}
