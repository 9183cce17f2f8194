//! What a user writes: the serde mirror of a scenario's JSON, from which the JSON Schema is derived.
//!
//! Nothing here is checked beyond its type: `check` enforces the schema, `validate` what a schema cannot say. As many
//! items as a list may have fit into the memory that a scenario may take (`json`), each with all its fields, if there
//! is no other list. A resolved scenario is a [`RawScenario`] too, with every default filled in.

mod carrier;
mod experiment;
mod failures;
mod generator;
mod topology;
mod workload;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Choice, DecayParameters, GravityParameters, NodeRules, PersistenceRules, RecordRules, Tick, WormholeKind,
    WormholeParameters, defaults,
};
use crate::topology::EachWay;

pub use carrier::{RatioByKind, RawCarrier, RawTransitRatio, RoundTripUnit};
pub use experiment::{Arm, Factor, RawExperiment, Reference, ReferencePoint};
pub use failures::{
    FailureTimes, GroupFailures, LinkFailures, NodeFailures, PeriodDistribution, RawFailures, Session, SessionFailures,
};
pub use generator::RawGenerator;
pub use topology::{FileTopology, GeneratedTopology, InlineTopology, Parts, RawTopologySection, RunTopology};
pub use workload::{
    GravityWorkload, MatrixWorkload, RawArrivals, RawFlashCrowd, RawHotSpot, RawWorkload, Shape, TraceWorkload,
    UniformWorkload, Window, ZipfWorkload,
};

/// The version of the scenario format that this program writes.
pub const VERSION: u32 = 2;

/// A scenario: a network, what is asked of it, and how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "wormsim scenario")]
pub struct RawScenario {
    /// Where the schema of this file is; for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub schema: Option<String>,
    /// Version of the scenario format: 2, or 1 without wormholes.
    #[schemars(range(min = 1, max = 2))]
    pub version: u32,
    /// Short name; names the run directory. Letters, digits, `-`, `_` and `.`; does not start with a dot.
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"))]
    pub name: String,
    /// The question that the scenario asks, in one sentence.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub intent: String,
    /// The one seed of all random streams. Another seed: another sample of the same scenario.
    #[serde(default = "super::defaults::seed")]
    pub seed: u64,
    /// Length of the run, in ticks; if left out, to the end of the last trace. More: better statistics, longer runs.
    #[serde(default = "super::defaults::ticks")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub ticks: Tick,
    /// Ticks at the start that are not measured; less than `ticks`. `null`: a tenth of `ticks`.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub warmup_ticks: Option<Tick>,
    /// Real time that a tick stands for, in milliseconds. Less: finer latencies, more ticks for the same time.
    #[serde(default = "super::defaults::tick_ms")]
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub tick_ms: f64,
    /// The network.
    pub topology: RawTopologySection,
    /// What nodes do with accesses.
    #[serde(default)]
    pub nodes: NodeRules,
    /// Sources of accesses; together at most 2,000,000 accesses per tick, each at the peak of its day and flash crowd.
    #[schemars(length(min = 1, max = 2000))]
    pub workloads: Vec<RawWorkload>,
    /// Whether and how wormholes open. Without this section there are none.
    #[serde(default)]
    pub wormholes: RawWormholes,
    /// Parameters of the models.
    #[serde(default)]
    pub physics: RawPhysics,
    /// The router.
    #[serde(default = "super::defaults::router")]
    #[schemars(with = "RawRouter")]
    pub router: Choice,
    /// Scheduled changes.
    #[serde(default)]
    #[schemars(length(max = 38_000))]
    pub events: Vec<RawEvent>,
    /// Processes by which nodes and links fail and come back; all arms of a comparison see the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub failures: Vec<RawFailures>,
    /// What is recorded.
    #[serde(default)]
    pub record: RecordRules,
    /// What is persisted.
    #[serde(default)]
    pub persistence: PersistenceRules,
    /// What experiments make of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<RawExperiment>,
}

impl RawScenario {
    /// A scenario with defaults for everything else.
    pub fn new(name: &str, topology: impl Into<RawTopologySection>, workloads: Vec<RawWorkload>) -> Self {
        Self {
            schema: None,
            version: VERSION,
            name: name.to_owned(),
            intent: String::new(),
            seed: defaults::seed(),
            ticks: defaults::ticks(),
            warmup_ticks: None,
            tick_ms: defaults::tick_ms(),
            topology: topology.into(),
            nodes: NodeRules::default(),
            workloads,
            wormholes: RawWormholes::default(),
            physics: RawPhysics::default(),
            router: defaults::router(),
            events: Vec::new(),
            failures: Vec::new(),
            record: RecordRules::default(),
            persistence: PersistenceRules::default(),
            experiment: None,
        }
    }

    /// Ticks at the start that are not measured, whether they are given or not.
    pub fn warmup(&self) -> Tick {
        self.warmup_ticks.unwrap_or_else(|| defaults::warmup_ticks(self.ticks))
    }
}

/// The router.
#[derive(JsonSchema)]
struct RawRouter;

/// Where wormholes open.
#[derive(JsonSchema)]
#[schemars(rename = "WormholePolicy")]
struct RawPolicy;

/// A choice without parameters is written as its kind alone.
mod short {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::scenario::Choice;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Kind(String),
        Choice(Choice),
    }

    pub fn serialize<S: Serializer>(choice: &Choice, serializer: S) -> Result<S::Ok, S::Error> {
        if choice.parameters.is_empty() { choice.kind.serialize(serializer) } else { choice.serialize(serializer) }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Choice, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Kind(kind) => Choice::of(&kind),
            Written::Choice(choice) => choice,
        })
    }
}

/// Whether and how wormholes open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawWormholes {
    /// Without it there are none; those listed as initial or recovered do not open.
    #[serde(default = "super::defaults::enabled")]
    pub enabled: bool,
    /// What carries them; required where they are enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RawCarrier")]
    pub carrier: Option<RawCarrier>,
    /// Where they open.
    #[schemars(with = "RawPolicy")]
    #[serde(with = "short")]
    pub policy: Choice,
    /// Wormholes that a node can have active at once; at most 4,000,000 over all nodes. More: a denser overlay, more
    /// upkeep.
    #[schemars(range(min = 0, max = 1000))]
    pub ports_per_node: u32,
    /// Pairs of nodes that links join, opened at tick 0, before any access, within the budget; they cost and fade like
    /// any other.
    #[schemars(length(max = 95_000))]
    pub initial: Vec<[String; 2]>,
    /// Those of an earlier run, there at tick 0 at no cost, dormant ones in the order of the pool. A `topology` with
    /// `run` fills it.
    #[schemars(length(max = 38_000))]
    pub recovered: Vec<RawRecovered>,
    /// Number of the first wormhole that opens; more than those of all recovered ones.
    #[schemars(range(min = 0, max = 2_000_000_000))]
    pub next_id: u32,
    /// False: routers see a wormhole when its set-up is over. True: at once, and accesses that take it before wait.
    pub wait_for_setup: bool,
}

impl Default for RawWormholes {
    fn default() -> Self {
        Self {
            enabled: false,
            carrier: None,
            policy: Choice::of("gravity"),
            ports_per_node: 2,
            initial: Vec::new(),
            recovered: Vec::new(),
            next_id: 0,
            wait_for_setup: false,
        }
    }
}

/// A wormhole of an earlier run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRecovered {
    /// Its number; less than `next_id`.
    #[schemars(range(min = 0, max = 2_000_000_000))]
    pub id: u32,
    /// Names of its ends.
    pub ends: [String; 2],
    /// Its kind; with the span it gives the transit.
    pub kind: WormholeKind,
    /// Strength.
    #[schemars(range(min = 0, max = 1))]
    pub strength: f64,
    /// Free-flow latency over space between its ends when it opened, ticks; a list of two, each way, where they differ.
    pub span_ticks: EachWay,
    /// Ticks until its set-up is over.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub setup_ticks_left: Tick,
    /// Ticks that it has been dormant at tick 0. `null`: it is active.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub dormant_ticks: Option<Tick>,
}

/// Parameters of the models.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawPhysics {
    /// Masses and attraction.
    pub gravity: GravityParameters,
    /// Fading and reinforcement.
    pub decay: DecayParameters,
    /// What a wormhole can do and costs.
    pub wormhole: WormholeParameters,
    /// Entropies.
    pub entropy: RawEntropy,
}

/// Entropies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawEntropy {
    /// Ticks between two computations. Less: finer curves, more work.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub every_ticks: Tick,
    /// Memory, in ticks, of the smoothed traffic whose entropy is taken. More: smoother and later.
    #[schemars(range(min = 1, max = 1e9))]
    pub memory_ticks: f64,
    /// Connected regions of nodes among which destinations are told apart, 1 to the node count. More: finer.
    /// `null`: 16, or the node count if that is less.
    #[schemars(range(min = 1, max = 10_000))]
    pub shards: Option<u32>,
}

impl Default for RawEntropy {
    fn default() -> Self {
        Self { every_ticks: 100, memory_ticks: 1000.0, shards: None }
    }
}

/// A scheduled change, at the start of a tick: `tick` and exactly one action.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["fail_link"]},
    {"required": ["restore_link"]},
    {"required": ["fail_node"]},
    {"required": ["restore_node"]},
    {"required": ["set_capacity"]},
]))]
pub struct RawEvent {
    /// When; before the end of the run.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub tick: Tick,
    /// The link between these nodes carries nothing from now on; what is on it is dropped (`failed`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "[String; 2]")]
    pub fail_link: Option<[String; 2]>,
    /// The failed link between these nodes works again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "[String; 2]")]
    pub restore_link: Option<[String; 2]>,
    /// This node is gone with its queue, its links and its wormholes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub fail_node: Option<String>,
    /// This failed node works again, and its links that did not fail themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub restore_node: Option<String>,
    /// Another capacity of a link from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SetCapacity")]
    pub set_capacity: Option<SetCapacity>,
}

/// Another capacity of a link: the same both ways, unless `back` or `one_way` says otherwise, as in topologies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["link", "capacity_per_tick"]))]
pub struct SetCapacity {
    /// Names of the ends. What stands beside is of the direction from the first to the second.
    pub link: [String; 2],
    /// Accesses per tick and direction. More: shorter link waits. `null` is unlimited.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub capacity_per_tick: Option<u32>,
    /// Whether the direction from the second node to the first keeps its capacity.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_way: bool,
    /// The direction from the second node to the first, if it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SetCapacityBack")]
    pub back: Option<SetCapacityBack>,
}

/// Another capacity of the direction of a link from its second node to its first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["capacity_per_tick"]))]
pub struct SetCapacityBack {
    /// Accesses per tick. More: shorter link waits. `null` is unlimited.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub capacity_per_tick: Option<u32>,
}
