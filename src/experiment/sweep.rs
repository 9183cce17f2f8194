//! `sweep.json`: metrics over the values of factors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::comparison::Runs;
use super::statistics::Interval;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Version of the format.
    pub version: u32,
    /// Version of the program.
    pub program_version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// The question that it asks.
    pub intent: String,
    /// Runs a cell.
    pub replications: u32,
    /// What is set together.
    pub arms: Vec<Arm>,
    /// What is varied.
    pub factors: Vec<Factor>,
    /// How the points were chosen.
    pub design: Design,
    /// Results, one an arm and point.
    pub cells: Vec<Cell>,
    /// Values of another source, to be drawn beside the results.
    pub reference: Option<Reference>,
}

/// Values that are set together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// What it sets, by path.
    pub set: BTreeMap<String, Value>,
}

/// A field of the scenario that is varied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Where it stands.
    pub path: String,
    /// Its values in order; of a Latin hypercube all that occur.
    pub values: Vec<Value>,
}

/// How points were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// All combinations.
    Grid,
    /// A Latin hypercube.
    LatinHypercube,
}

/// An arm at a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The arm's name.
    pub arm: String,
    /// Values of the factors, by path.
    pub point: BTreeMap<String, Value>,
    /// Runs by how they ended.
    pub runs: Runs,
    /// Why the first of those that failed did.
    pub reason: Option<String>,
    /// Metrics by name, of the stable runs; none if any is unstable.
    pub metrics: BTreeMap<String, Option<Interval>>,
}

/// Values of another source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Where they come from.
    pub source: String,
    /// The values.
    pub points: Vec<ReferencePoint>,
    /// The metric that they are values of.
    pub metric: String,
}

/// A value of another source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferencePoint {
    /// The arm's name.
    pub arm: String,
    /// Value of the first numeric factor.
    pub x: f64,
    /// Value of the metric.
    pub y: f64,
}
