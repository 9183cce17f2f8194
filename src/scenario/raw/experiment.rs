//! The `experiment` section: what `compare` and `sweep` make of the scenario.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What experiments make of the scenario where the command line says nothing else; single runs take no notice of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawExperiment {
    /// Arms; none: static, learned, wormholes and both in a comparison, the scenario as it is in a sweep.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub arms: Vec<Arm>,
    /// Name of the arm that the others are compared with. `null`: the first.
    #[serde(default)]
    pub baseline: Option<String>,
    /// Runs of every arm and point, each with a seed of its own. More: narrower intervals. `null`: 10 in a comparison,
    /// 3 in a sweep.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    pub replications: Option<u32>,
    /// Fields that a sweep varies, in all combinations.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub vary: Vec<Factor>,
    /// Numbers of others, to be drawn beside those of a sweep over one field.
    #[serde(default)]
    pub reference: Option<Reference>,
}

/// An arm: the scenario with other policies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Letters, digits, `-`, `_` and `.`; names a folder.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// Values by the paths of the fields that they replace, as for `--set`; none: the scenario as it is.
    #[serde(default)]
    pub set: BTreeMap<String, Value>,
}

/// A field that is varied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Its path, as for `--set`.
    #[schemars(length(min = 1))]
    pub path: String,
    /// Its values.
    #[schemars(length(min = 1, max = 10_000))]
    pub values: Vec<Value>,
}

/// Numbers of others for a metric of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Whose they are, and how they were found.
    pub source: String,
    /// The metric that they are of, as it is named in `sweep.json`.
    pub metric: String,
    /// The numbers.
    #[schemars(length(max = 10_000))]
    pub points: Vec<ReferencePoint>,
}

/// A number of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferencePoint {
    /// Name of the arm that it stands beside.
    pub arm: String,
    /// Value of the field that is varied.
    pub x: f64,
    /// Value of the metric.
    pub y: f64,
}
