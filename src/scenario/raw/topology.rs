//! The `topology` section: a file, nodes and links, a generator, or an earlier run.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RawGenerator;
use crate::topology::json::{RawLink, RawNode};
use crate::topology::{self, Rules, WeightUnit};

/// The network: `file`, or `nodes` with `links`, or `generator`, or `run`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawTopologySection {
    /// From a file.
    File(FileTopology),
    /// Written here.
    Inline(InlineTopology),
    /// Made by a generator.
    Generated(GeneratedTopology),
    /// As an earlier run left it.
    Run(RunTopology),
}

impl From<RawGenerator> for RawTopologySection {
    /// Links of unlimited capacity.
    fn from(generator: RawGenerator) -> Self {
        Self::Generated(GeneratedTopology { generator, capacity_per_tick: None, parts: Parts::default() })
    }
}

/// A topology from a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileTopology {
    /// A network in any known format, recognised by its content; relative to the scenario file.
    pub file: PathBuf,
    /// What numbers of links without a unit are: `weight`, a third column without a name, entries of a matrix.
    /// `null`: latencies in ms where no link states another latency or length and not all nodes have coordinates.
    #[serde(default)]
    pub weight_unit: Option<WeightUnit>,
    /// Latency, in ms, of links that state none and whose ends are not both located. `null`: one tick.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1e9))]
    pub default_latency_ms: Option<f64>,
    /// Bits that one access moves; turns link speeds (GraphML) into capacities. More: narrower links. `null`: speeds
    /// are not used, links are unlimited.
    #[serde(default)]
    #[schemars(range(min = 1e-3, max = 1e18))]
    pub bits_per_access: Option<f64>,
    /// What to do about disconnected parts.
    #[serde(default)]
    pub parts: Parts,
}

/// A topology written in the scenario, as in a topology file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InlineTopology {
    /// Nodes.
    #[schemars(length(min = 2, max = 66_000))]
    pub nodes: Vec<RawNode>,
    /// Links; `ends` are ids of nodes.
    #[schemars(length(min = 1, max = 64_000))]
    pub links: Vec<RawLink>,
    /// Name of the network. `null`: the scenario's.
    #[serde(default)]
    pub name: Option<String>,
    /// Where the data come from.
    #[serde(default)]
    pub source: Option<String>,
    /// What to do about disconnected parts.
    #[serde(default)]
    pub parts: Parts,
}

/// A generated topology.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeneratedTopology {
    /// The generator and its parameters.
    pub generator: RawGenerator,
    /// Accesses that may depart per tick and direction of every link. More: shorter link waits. `null` is unlimited.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub capacity_per_tick: Option<u32>,
    /// What to do about disconnected parts.
    #[serde(default)]
    pub parts: Parts,
}

/// The network of an earlier run at its last state, with its wormholes: links as they are, what has failed (which
/// becomes events at tick 0), active and dormant wormholes with their strengths and the pool. What was learned, traffic
/// and ledgers start anew; ticks count from 0 again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunTopology {
    /// A run directory, or its `wormholes` folder; relative to the scenario file.
    pub run: PathBuf,
}

/// What to do about disconnected parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parts {
    /// Keep the part with the most nodes only.
    #[default]
    Largest,
    /// Keep all; accesses between them are unreachable.
    All,
}

impl From<Parts> for topology::Parts {
    fn from(parts: Parts) -> Self {
        match parts {
            Parts::Largest => Self::Largest,
            Parts::All => Self::All,
        }
    }
}

impl FileTopology {
    /// The rules for reading the file in ticks of `tick_ms`.
    pub fn rules(&self, tick_ms: f64) -> Rules {
        Rules {
            tick_ms,
            default_latency_ms: self.default_latency_ms,
            parts: self.parts.into(),
            bits_per_access: self.bits_per_access,
            weight_unit: self.weight_unit,
        }
    }
}
