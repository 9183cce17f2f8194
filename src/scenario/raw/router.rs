//! The `router` section, told apart by `kind`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::QInitial;

/// The routing policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RawRouter {
    /// Along least free-flow latency over space links and active wormholes; equal next hops share evenly, at random.
    ShortestPath(ShortestPath),
    /// Q-routing (Boyan and Littman 1993).
    QRouting(QRouting),
}

/// Shortest-path routing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShortestPath {
    /// Memory for distance fields, in MiB; beyond it they are computed again. More: faster on large networks.
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
