//! The plan of an experiment: `experiment.json`. Two experiments with the same plan have the same results, so that one
//! that was stopped goes on, and one that is over gets more replications.

use serde::{Deserialize, Serialize};

use super::latin;
use super::outcome::Point;
use super::sweep::Design;
use crate::scenario::Tick;
use crate::scenario::raw::{Arm, Factor, RawScenario, Reference};

/// `experiment.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format.
    pub version: u32,
    /// Name of the program.
    pub program: String,
    /// Version of the program.
    pub program_version: String,
    /// What is found out.
    pub kind: ExperimentKind,
    /// The scenario that arms and points change, every default filled in, files but traces read in.
    pub scenario: RawScenario,
    /// Files that it came from: BLAKE3 of each, hexadecimal.
    pub inputs_blake3: Vec<String>,
    /// The arms.
    pub arms: Vec<Arm>,
    /// The arm that the others are compared with; none of a single arm.
    pub baseline: Option<String>,
    /// Ticks that are not measured, if that is not for the scenario of each run to say.
    pub warmup_ticks: Option<Tick>,
    /// What is varied; none in a comparison.
    pub factors: Vec<Factor>,
    /// How points are chosen.
    pub design: Design,
    /// The points, in their order; one without values in a comparison.
    pub points: Vec<Point>,
    /// Numbers of others.
    pub reference: Option<Reference>,
}

/// Kinds of experiments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExperimentKind {
    /// Arms against a baseline.
    Comparison,
    /// Points in a space of factors.
    Sweep,
}

/// One run of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Place of its arm.
    pub arm: usize,
    /// Place of its point.
    pub point: usize,
    /// Number of the replication, from 0.
    pub replication: u32,
}

impl Plan {
    /// The seed of a replication.
    pub fn seed(&self, replication: u32) -> u64 {
        seed(self.scenario.seed, replication)
    }

    /// All runs of so many replications: those of a replication together, so that what is known early is of all arms.
    pub fn tasks(&self, replications: u32) -> Vec<Task> {
        let (arms, points) = (0..self.arms.len(), 0..self.points.len());
        let of_replication = |replication| {
            let arms = arms.clone();
            points.clone().flat_map(move |point| arms.clone().map(move |arm| Task { arm, point, replication }))
        };
        (0..replications).flat_map(of_replication).collect()
    }
}

/// The seed of a replication of a scenario: its own for the first, then others that no replication of a scenario with
/// another seed has, as long as both are less than 2³². Streams of different seeds share nothing.
pub fn seed(of_scenario: u64, replication: u32) -> u64 {
    of_scenario.wrapping_add(u64::from(replication) << 32)
}

/// All combinations of the factors' values, the last factor changing fastest; one point without values for no factor.
pub fn grid(factors: &[Factor]) -> Vec<Point> {
    let mut points = vec![Point::new()];
    for factor in factors {
        let with = |point: &Point| {
            let point = point.clone();
            factor.values.iter().map(move |value| {
                let mut point = point.clone();
                point.insert(factor.path.clone(), value.clone());
                point
            })
        };
        points = points.iter().flat_map(with).collect();
    }
    points
}

/// A Latin hypercube sample of so many points, and the factors with the values that occur in it.
pub fn latin_hypercube(points: u32, factors: &[latin::Factor], seed: u64) -> (Vec<Point>, Vec<Factor>) {
    let sample = latin::sample(points, factors, seed);
    let values = |path: &String| {
        let mut values: Vec<_> = sample.iter().filter_map(|point| point.get(path).cloned()).collect();
        values.sort_by(super::outcome::order_of_values);
        values.dedup();
        values
    };
    let factors = factors.iter().map(|factor| Factor { path: factor.path.clone(), values: values(&factor.path) });
    let factors = factors.collect();
    (sample, factors)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn replications_of_different_seeds_share_no_seed() {
        let all: std::collections::BTreeSet<u64> =
            (0..300).flat_map(|of_scenario| (0..300).map(move |replication| seed(of_scenario, replication))).collect();
        assert_eq!((all.len(), seed(42, 0)), (300 * 300, 42));
    }

    #[test]
    fn a_grid_has_all_combinations_in_order() {
        let factor = |path: &str, values: &[i32]| Factor {
            path: path.to_owned(),
            values: values.iter().map(|&value| json!(value)).collect(),
        };
        assert_eq!(grid(&[]), [Point::new()]);
        let points = grid(&[factor("b", &[1, 2]), factor("a", &[3, 4, 5])]);
        let pairs: Vec<(i64, i64)> =
            points.iter().map(|point| (point["b"].as_i64().unwrap(), point["a"].as_i64().unwrap())).collect();
        assert_eq!(pairs, [(1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)]);
    }
}
