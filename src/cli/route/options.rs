//! Options of `wormsim route`.

use clap::Args;

use crate::cli::network::NetworkArgument;
use crate::routing::query::Algorithm;

/// Options of `route`.
#[derive(Debug, Args)]
pub struct RouteOptions {
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgument,
    /// Name of the node where the route begins.
    pub from: String,
    /// Name of the node where it ends.
    pub to: String,
    /// How the route is found; all are exact [default: bidirectional].
    #[arg(long, value_enum, conflicts_with_all = ["max_hops", "k", "disjoint"])]
    pub algorithm: Option<AlgorithmName>,
    /// Most hops that the route may have, from 1.
    #[arg(long, value_name = "N", conflicts_with_all = ["k", "disjoint"])]
    pub max_hops: Option<u32>,
    /// The N best routes that pass no node twice; at most 1000 are looked for.
    #[arg(long, value_name = "N", conflicts_with = "disjoint")]
    pub k: Option<usize>,
    /// Two routes that share no link, at the least cost in all.
    #[arg(long)]
    pub disjoint: bool,
    /// What the best route has least of.
    #[arg(long, value_enum, default_value_t = CostName::Latency)]
    pub cost: CostName,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
}

/// How a route is found.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum AlgorithmName {
    /// Dijkstra's algorithm from one end.
    Dijkstra,
    /// Dijkstra's algorithm from both ends.
    Bidirectional,
    /// A* from both ends with landmarks.
    Alt,
    /// Hub labels; a search from both ends if they take more than 256 MiB.
    Labels,
}

impl From<AlgorithmName> for Algorithm {
    fn from(name: AlgorithmName) -> Self {
        match name {
            AlgorithmName::Dijkstra => Self::Dijkstra,
            AlgorithmName::Bidirectional => Self::Bidirectional,
            AlgorithmName::Alt => Self::Alt,
            AlgorithmName::Labels => Self::Labels,
        }
    }
}

/// What routes are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum CostName {
    /// Free-flow latency, ticks.
    Latency,
    /// Hops.
    Hops,
    /// Latency, and for a wormhole its upkeep so far shared among its traversals so far, ticks; run directories only.
    #[value(name = "energy")]
    WithUpkeep,
    /// Refused with the reason: no file keeps the delays of single links.
    #[value(hide = true)]
    MeasuredDelay,
}
