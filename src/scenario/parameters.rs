//! Parameters that are plain numbers and choices: written in a scenario exactly as the models read them.
//!
//! Ranges stand in the `range` attributes: they appear in the schema and are enforced from it (see `check`).
//! What a parameter is when it is not written stands in `defaults`, and nowhere else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OrInfinite, Tick};

/// What nodes do with accesses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeRules {
    /// Accesses that a node serves per tick. More: shorter queues, higher saturation load.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub service_per_tick: u32,
    /// What every departure from a node takes even if nothing waits, in ticks: parsing, lookups, copying, rounded to
    /// whole ticks. It is part of spans and of what routes cost. More: ways of many hops are slower.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub processing_ticks: u32,
    /// Longest FIFO, in accesses; an access that finds it full is dropped (`queue_full`). More: fewer drops and longer
    /// waits under overload. `null` is unlimited.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub queue_limit: Option<u32>,
    /// How new accesses enter.
    pub injection: Injection,
    /// Hops after which an access is dropped (`hop_limit`). Less: loops end sooner, long ways fail. `null` is
    /// unlimited.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_hops: Option<u32>,
    /// Longest FIFO of a port, in accesses; one that would have to wait and finds it full is dropped (`link_full`), and
    /// with 0 none waits. More: fewer drops and longer waits at narrow links. `null` is unlimited.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub link_queue_limit: Option<u32>,
    /// What capacities of links and wormholes count. `size`: large accesses take more of a link than small ones.
    pub capacity_unit: CapacityUnit,
}

/// What the capacity of a link or wormhole counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapacityUnit {
    /// Accesses per tick, whatever their size.
    Accesses,
    /// Size per tick. An access that is larger than the capacity is sent over several ticks, and departs with its last
    /// unit.
    Size,
}

/// How new accesses enter the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Injection {
    /// They join their origin's FIFO.
    Queued,
    /// They take their first hop at once, without occupying the origin's server (Boyan and Littman's setting).
    Immediate,
}

/// Rate × (1 + amplitude · sin(2π (tick/period + phase))).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Diurnal {
    /// Length of a day, in ticks.
    #[schemars(range(min = 2, max = 1_000_000_000))]
    pub period_ticks: Tick,
    /// Swing as a share of the mean rate; 0 is steady, 1 falls silent once a day.
    #[schemars(range(min = 0, max = 1))]
    pub amplitude: f64,
    /// Shift, in days: 0 starts at the mean rate and rises, 0.5 starts at the mean and falls.
    #[schemars(range(min = 0, max = 1))]
    pub phase: f64,
}

/// Masses, demand and pull: `m ← m·e^(−1/τ) + a`; accesses of a pair per tick,
/// `r = (n·observed + κ·expected)/(n + κ)`; pull `G·r·(d − ℓ)/d^β`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GravityParameters {
    /// G, no unit. More: every pull is stronger, so that more pairs pass `min_pull`.
    #[schemars(range(min = 0, max = 1e12))]
    pub constant: f64,
    /// β, no unit. More: distance weighs more, wormholes stay shorter; 0, with G = 1, makes a pull what a wormhole is
    /// expected to save, ticks per tick.
    #[schemars(range(min = 0, max = 10))]
    pub distance_exponent: f64,
    /// τ, in ticks. More: masses follow the accesses more slowly and more smoothly.
    #[schemars(range(min = 1, max = 1e9))]
    pub mass_memory_ticks: f64,
    /// Ticks between two looks for places to open. Less: quicker openings, more work per tick.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub review_every_ticks: Tick,
    /// κ, in accesses at a pair's ends: with so many remembered there, what masses alone let expect and what was
    /// observed count the same. More: masses count longer, and rare pairs matter less; 0 is what was observed alone,
    /// `"inf"` masses alone.
    pub prior_accesses: OrInfinite,
    /// Pairs that the Space-Saving sketch of observed accesses holds. More: rarer pairs are seen, more memory.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub sketch_pairs: u32,
    /// Most massive nodes whose pairs are candidates too. More: more candidates (quadratic), more work per review.
    #[schemars(range(min = 0, max = 1000))]
    pub massive_nodes: u32,
    /// Pull below which nothing opens. More: fewer wormholes, each with a stronger case. `null`:
    /// `upkeep_per_tick`, what a wormhole of full strength costs a tick.
    #[schemars(range(min = 0, max = 1e18))]
    pub min_pull: Option<f64>,
    /// Openings in one review at the most. More: the network follows a change of demand faster.
    #[schemars(range(min = 0, max = 100_000))]
    pub max_openings: u32,
}

/// Fading and reinforcement: `s ← min(1, s·e^(−λ) + g·traversals)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DecayParameters {
    /// λ, per tick. More: an unused wormhole is gone sooner.
    #[schemars(range(min = 0, max = 100))]
    pub fade_per_tick: f64,
    /// g, strength gained by a traversal. More: use makes a wormhole strong sooner.
    #[schemars(range(min = 0, max = 1))]
    pub gain_per_traversal: f64,
    /// An active wormhole weaker than this becomes dormant; at most `wormhole.initial_strength`. More: less patience
    /// with little use.
    #[schemars(range(min = 0, max = 1))]
    pub dormant_below: f64,
    /// Ticks between two checks that an active wormhole pays (benefit since the last one against upkeep). More: more
    /// patience with one that does not.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub pay_review_ticks: Tick,
    /// Ticks that a dormant wormhole stays in the pool before it is archived; at least `reopen_after_ticks`. More:
    /// longer cheap to reopen.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub archive_after_ticks: Tick,
    /// Ticks for which a wormhole that went dormant is not opened again; at most `archive_after_ticks`. More: less
    /// flapping, slower return.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub reopen_after_ticks: Tick,
}

/// What a wormhole can do and costs. Costs are in ticks of saved latency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WormholeParameters {
    /// s₀ of a new wormhole, a strength; at least `decay.dormant_below`. More: more capacity and more time before it
    /// fades unused.
    #[schemars(range(min = 0, max = 1))]
    pub initial_strength: f64,
    /// c_max: capacity is `max(1, round(c_max·s²))` accesses per tick and direction. More: wider wormholes.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_capacity_per_tick: u32,
    /// u: upkeep is `u·s`, ticks of saved latency per tick. More: a wormhole needs more traffic to pay.
    #[schemars(range(min = 0, max = 1e6))]
    pub upkeep_per_tick: f64,
    /// α, paid when a wormhole opens for the first time, ticks of saved latency. More: openings pay back later.
    #[schemars(range(min = 0, max = 1e9))]
    pub opening_cost: f64,
    /// Share of α paid when a dormant one opens again. More: changing one's mind costs more.
    #[schemars(range(min = 0, max = 1))]
    pub reopening_share: f64,
    /// Ticks from opening to the first possible traversal. More: demand that moves is followed later.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub setup_ticks: Tick,
    /// Shortest span that is worth a wormhole, in ticks. More: only long shortcuts open.
    #[schemars(range(min = 2, max = 1_000_000_000))]
    pub min_span_ticks: u32,
    /// Strength ranges of the three kinds.
    pub kinds: KindParameters,
}

/// The strengths at which kinds change, with hysteresis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KindParameters {
    /// Experimental becomes standard at or above this strength. More: promotion needs more use.
    #[schemars(range(min = 0, max = 1))]
    pub standard_above: f64,
    /// Standard becomes experimental below this strength; less than `standard_above`. Less: fewer changes back.
    #[schemars(range(min = 0, max = 1))]
    pub standard_below: f64,
    /// Standard becomes a fast lane at or above this strength. More: promotion needs more use.
    #[schemars(range(min = 0, max = 1))]
    pub fast_above: f64,
    /// A fast lane becomes standard below this strength; less than `fast_above`. Less: fewer changes back.
    #[schemars(range(min = 0, max = 1))]
    pub fast_below: f64,
}

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecordRules {
    /// Ticks per frame of metrics. Less: finer curves, larger files. `null` records no frames (the summary is always
    /// kept).
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub every_ticks: Option<Tick>,
    /// Whether the plots of the run directory are drawn.
    pub plots: bool,
}

/// What is persisted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PersistenceRules {
    /// Ticks between two writes of the `wormholes/` tree; the last state is always written. Less: fresher files, slower
    /// runs. `null`: only the last.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub snapshot_every_ticks: Option<Tick>,
    /// Ticks between two checkpoints, from which a run that was ended can be resumed. Less: less is lost, slower runs.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub checkpoint_every_ticks: Option<Tick>,
    /// Seconds between two checkpoints, or fifty times what writing one takes if that is more. `null`: by ticks only.
    /// Changes no result.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub checkpoint_every_seconds: Option<u32>,
    /// Checkpoints that are kept, the newest. More: safer, more disk.
    #[schemars(range(min = 1, max = 1000))]
    pub checkpoints_kept: u32,
}
