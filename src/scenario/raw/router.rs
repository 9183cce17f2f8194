//! The `router` section, told apart by `kind`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::{QInitial, Tick};

/// The routing policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RawRouter {
    /// Along least free-flow latency over space links and active wormholes; equal next hops share evenly, at random.
    ShortestPath(ShortestPath),
    /// Split over shortest and somewhat longer paths, by weights that fall with the excess (Xu, Chiang and Rexford 2007).
    Multipath(Multipath),
    /// Along least measured delay, renewed at intervals (the ARPANET's, McQuillan, Richer and Rosen 1980).
    MeasuredDelay(MeasuredDelay),
    /// Q-routing (Boyan and Littman 1993).
    QRouting(QRouting),
}

/// Shortest-path routing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShortestPath {
    /// Memory for destination trees, in MiB; beyond it they are computed again. More: faster on large networks.
    #[schemars(range(min = 1, max = 65_536))]
    pub memory_limit_mb: u32,
}

/// Splitting over near-equal paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Multipath {
    /// How much longer than the shortest way from a node the way over a next hop may be, as a share. Only next hops
    /// nearer to the target are taken. More: more paths, longer ones.
    #[schemars(range(min = 0, max = 100))]
    pub stretch: f64,
    /// Excess over the shortest way that makes a next hop less likely by a factor e, in ticks. More: a more even split.
    #[schemars(range(min = 1e-3, max = 1e6))]
    pub temperature_ticks: f64,
    /// Memory for destination trees, in MiB; beyond it they are computed again. More: faster on large networks.
    #[schemars(range(min = 1, max = 65_536))]
    pub memory_limit_mb: u32,
}

/// Shortest paths over measured delays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeasuredDelay {
    /// Ticks between two renewals of estimates and routes. More: steadier measurements, later reactions.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub recompute_every_ticks: Tick,
    /// Share of the difference to an interval's mean by which an estimate is corrected. More: quicker, and routes swing.
    #[schemars(range(min = 0, max = 1))]
    pub smoothing: f64,
    /// Memory for destination trees, in MiB; beyond it they are computed again. More: faster on large networks.
    #[schemars(range(min = 1, max = 65_536))]
    pub memory_limit_mb: u32,
}

/// Q-routing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QRouting {
    /// η, the share of an error that an update corrects. More: faster and noisier learning.
    #[schemars(range(min = 0, max = 1))]
    pub learning_rate: f64,
    /// Ask all neighbours for their estimates at every hop, not the chosen one only. Better at low load, worse at high.
    pub full_echo: bool,
    /// Estimates before anything is learned.
    pub initial: QInitial,
    /// Probability of a uniformly random port instead of the best. More: quicker to notice what got better, more
    /// detours.
    #[schemars(range(min = 0, max = 1))]
    pub exploration: f64,
    /// Memory for Q-rows, in MiB; beyond it rows are kept per shard of the target. More: exact on larger networks.
    #[schemars(range(min = 1, max = 65_536))]
    pub memory_limit_mb: u32,
}
