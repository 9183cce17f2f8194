//! A source of accesses, told apart by `kind`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::log_format::{LogColumns, LogFormat, TimeUnit, UnknownNodes};
use crate::scenario::{Diurnal, Tick};

/// A source of accesses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RawWorkload {
    /// Uniform over ordered pairs of different nodes.
    Uniform(UniformWorkload),
    /// Origin and target independently with probability proportional to the nodes' masses, given that they differ.
    Gravity(GravityWorkload),
    /// Proportional to a demand matrix.
    Matrix(MatrixWorkload),
    /// Item k of n is asked for with probability proportional to 1/k^exponent by a uniform node other than its home.
    Zipf(ZipfWorkload),
    /// Accesses read from a CSV file.
    Trace(TraceWorkload),
}

impl RawWorkload {
    /// So many accesses per tick between uniform pairs.
    pub fn uniform(accesses_per_tick: f64) -> Self {
        let (window, shape) = (Window::default(), Shape::default());
        Self::Uniform(UniformWorkload { window, accesses_per_tick, shape })
    }

    /// The tag.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Uniform(_) => "uniform",
            Self::Gravity(_) => "gravity",
            Self::Matrix(_) => "matrix",
            Self::Zipf(_) => "zipf",
            Self::Trace(_) => "trace",
        }
    }

    /// What all kinds have, to fill in.
    pub fn window_mut(&mut self) -> &mut Window {
        match self {
            Self::Uniform(workload) => &mut workload.window,
            Self::Gravity(workload) => &mut workload.window,
            Self::Matrix(workload) => &mut workload.window,
            Self::Zipf(workload) => &mut workload.window,
            Self::Trace(workload) => &mut workload.window,
        }
    }
}

/// When a workload acts, and what its accesses are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Window {
    /// Unique name; names the random stream. `null`: the kind and the index, like `uniform-0`.
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"))]
    pub name: Option<String>,
    /// First tick.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub from_tick: Tick,
    /// First tick that is no longer part of the window. `null`: the run's length.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub until_tick: Option<Tick>,
    /// Size of each access, no unit; weighs masses and demand, and with `capacity_unit: size` what links carry; nodes
    /// serve any size in one step. More: heavier masses.
    #[schemars(range(min = 1e-9, max = 1e9))]
    pub size: f64,
}

impl Default for Window {
    fn default() -> Self {
        Self { name: None, from_tick: 0, until_tick: None, size: 1.0 }
    }
}

/// How the accesses of a drawn workload arrive, and how they change over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Shape {
    /// How many arrive in a tick.
    pub arrivals: RawArrivals,
    /// A share of the accesses goes to one node, which moves.
    pub hot_spot: Option<RawHotSpot>,
    /// The rate swings like day and night.
    pub diurnal: Option<Diurnal>,
    /// Extra accesses to one node for a while.
    pub flash_crowd: Option<RawFlashCrowd>,
}

/// Uniform pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UniformWorkload {
    /// Name, window and size.
    #[serde(flatten)]
    pub window: Window,
    /// Mean accesses per tick in the whole network, before modulation. More: more load.
    #[schemars(range(min = 0, max = 1e6))]
    pub accesses_per_tick: f64,
    /// Arrivals and modulation.
    #[serde(flatten)]
    pub shape: Shape,
}

/// Pairs by mass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GravityWorkload {
    /// Name, window and size.
    #[serde(flatten)]
    pub window: Window,
    /// Mean accesses per tick in the whole network, before modulation. More: more load.
    #[schemars(range(min = 0, max = 1e6))]
    pub accesses_per_tick: f64,
    /// Masses, relative, by node name, that stand in for those of the topology. More: more accesses from and to it.
    #[serde(default)]
    pub masses: BTreeMap<String, f64>,
    /// Arrivals and modulation.
    #[serde(flatten)]
    pub shape: Shape,
}

/// Pairs by a matrix: exactly one of `rates` and `file`. At most 4,096 nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MatrixWorkload {
    /// Name, window and size.
    #[serde(flatten)]
    pub window: Window,
    /// Mean accesses per tick in the whole network, before modulation. `null`: the sum of the rates.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1e6))]
    pub accesses_per_tick: Option<f64>,
    /// Accesses per tick by origin, then by target; pairs that are not named have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<BTreeMap<String, BTreeMap<String, f64>>>,
    /// CSV file `origin,target,rate` with that header; relative to the scenario file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Arrivals and modulation.
    #[serde(flatten)]
    pub shape: Shape,
}

/// Zipf items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ZipfWorkload {
    /// Name, window and size.
    #[serde(flatten)]
    pub window: Window,
    /// Mean accesses per tick in the whole network, before modulation. More: more load.
    #[schemars(range(min = 0, max = 1e6))]
    pub accesses_per_tick: f64,
    /// Number of items. More: a longer tail.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub items: u32,
    /// Zipf's exponent, no unit. More: more of the accesses go to the first items; 0 is uniform.
    #[serde(default = "crate::scenario::defaults::zipf_exponent")]
    #[schemars(range(min = 0, max = 10))]
    pub exponent: f64,
    /// Names of the nodes that may be an item's home; each item gets one of them at random. `null`: all nodes.
    #[serde(default)]
    #[schemars(length(min = 1, max = 900_000))]
    pub homes: Option<Vec<String>>,
    /// Arrivals and modulation.
    #[serde(flatten)]
    pub shape: Shape,
}

/// Accesses read from a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TraceWorkload {
    /// Name, window and size.
    #[serde(flatten)]
    pub window: Window,
    /// CSV file, plain or compressed (gzip, Zstandard), with a header and columns for the time (`tick`, `time`,
    /// `timestamp` …), the origin (`origin`, `source`, `src` …), the target (`target`, `destination`, `dst` …) and
    /// perhaps the `size`, in any order; relative to the scenario file. `from_tick` is added to its ticks.
    pub path: PathBuf,
    /// Names of columns that are called otherwise.
    #[serde(default, skip_serializing_if = "LogColumns::is_default")]
    pub columns: LogColumns,
    /// What times are in; all but ticks count from the earliest. `null`: ticks in a column `tick`, else what the name
    /// of the column (`time_ms`) or the first time says: a date, seconds, or a unit since 1970 by its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<TimeUnit>,
    /// By how many ticks a row may stand too late; 0: rows are in order. More: more memory.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub late_ticks: Tick,
    /// What becomes of rows whose origin or target is no node of the network.
    #[serde(default, skip_serializing_if = "UnknownNodes::is_refuse")]
    pub unknown_nodes: UnknownNodes,
}

fn is_zero(ticks: &Tick) -> bool {
    *ticks == 0
}

impl From<&TraceWorkload> for LogFormat {
    fn from(raw: &TraceWorkload) -> Self {
        Self {
            columns: raw.columns.clone(),
            time_unit: raw.time_unit,
            late_ticks: raw.late_ticks,
            unknown_nodes: raw.unknown_nodes,
        }
    }
}

/// Distribution of the number of accesses in a tick.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawArrivals {
    /// Poisson batches.
    #[default]
    Poisson,
    /// That many sources, each sending at most one access in a tick.
    Binomial {
        /// Number of sources; at least the highest rate. More: closer to Poisson.
        #[schemars(range(min = 1, max = 1_000_000_000))]
        sources: u32,
    },
}

/// A moving hot spot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawHotSpot {
    /// Names of the nodes visited, in order, over and over. `null`: all nodes, from west to east where positions are
    /// known, else in their order.
    #[schemars(length(min = 1, max = 900_000))]
    pub path: Option<Vec<String>>,
    /// How long it stays at each, in ticks. Less: wormholes have less time to pay.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub dwell_ticks: Tick,
    /// Share of the accesses whose target is the hot node. More: a hotter spot.
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
}

impl Default for RawHotSpot {
    fn default() -> Self {
        Self { path: None, dwell_ticks: 5000, share: 0.5 }
    }
}

/// Extra accesses from everywhere to one node: a linear rise to `factor − 1` times the workload's rate, a plateau, a
/// linear fall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFlashCrowd {
    /// Name of the node that everybody asks.
    pub target: String,
    /// Start of the rise.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub start_tick: Tick,
    /// Length of the rise, in ticks. More: more time to adapt.
    #[serde(default = "crate::scenario::defaults::rise_ticks")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub rise_ticks: Tick,
    /// Length of the plateau, in ticks. More: wormholes have more time to pay.
    #[serde(default = "crate::scenario::defaults::hold_ticks")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub hold_ticks: Tick,
    /// Length of the fall, in ticks.
    #[serde(default = "crate::scenario::defaults::fall_ticks")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub fall_ticks: Tick,
    /// Total rate at the plateau over the rate without. More: a larger crowd.
    #[serde(default = "crate::scenario::defaults::crowd_factor")]
    #[schemars(range(min = 1, max = 1000))]
    pub factor: f64,
}
