//! What a sweep finds: metrics at every point of a space of factors, for every arm.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::comparison::{Replications, complete, interval_of};
use super::measure::by_metric;
use super::outcome::{Outcome, Point, Runs};
use super::statistics::Interval;
use crate::scenario::raw::{Arm, Factor, Reference};

/// `sweep.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Version of this format.
    pub version: u32,
    /// Version of the program.
    pub program_version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// The question that it asks.
    pub intent: String,
    /// Replications of every cell.
    pub replications: u32,
    /// Their seeds.
    pub seeds: Vec<u64>,
    /// The arms.
    pub arms: Vec<Arm>,
    /// What is varied, with all values that occur, in their order.
    pub factors: Vec<Factor>,
    /// How points were chosen.
    pub design: Design,
    /// A cell for each point and arm.
    pub cells: Vec<Cell>,
    /// Numbers of others.
    pub reference: Option<Reference>,
}

/// How the points of a sweep are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// All combinations of the factors' values.
    Grid,
    /// A Latin hypercube sample.
    LatinHypercube,
}

/// What is known of an arm at a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Name of the arm.
    pub arm: String,
    /// Values of the factors by path.
    pub point: Point,
    /// How its runs ended.
    pub runs: Runs,
    /// Why the first that is not complete is not.
    pub reason: Option<String>,
    /// Mean of every metric over the complete runs; none if one is unstable.
    pub means: BTreeMap<String, Option<f64>>,
    /// Its interval, for two runs and more.
    pub metrics: BTreeMap<String, Option<Interval>>,
}

impl Cell {
    /// The cell of some runs of one arm at one point.
    pub fn of(arm: &str, point: &Point, runs: &[&Outcome], seed: u64) -> Self {
        let counts = Runs::of(runs.iter().copied());
        let stable = if counts.unstable > 0 { Replications::new() } else { complete(runs) };
        let mean = |of: fn(&crate::recorder::summary::Summary) -> Option<f64>| {
            let values: Option<Vec<f64>> = stable.values().map(|summary| of(summary)).collect();
            values.filter(|values| !values.is_empty()).map(|values| super::statistics::mean(&values))
        };
        let mut ordered: Vec<&&Outcome> = runs.iter().collect();
        ordered.sort_by_key(|outcome| outcome.replication);
        Self {
            arm: arm.to_owned(),
            point: point.clone(),
            runs: counts,
            reason: ordered.iter().find_map(|outcome| outcome.reason.clone()),
            means: by_metric(|metric| mean(metric.of)),
            metrics: by_metric(|metric| interval_of(metric, &stable, seed)),
        }
    }
}
