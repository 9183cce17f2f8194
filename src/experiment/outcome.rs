//! The outcome of one run of an experiment (a line of `results.jsonl`), and counts of outcomes.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::direct_use::DirectUse;
use super::simulate::Simulated;
use crate::error::Error;
use crate::recorder::summary::Summary;

/// Values of the factors of an experiment, by the paths of the fields that they set.
pub type Point = BTreeMap<String, Value>;

/// A finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Its arm.
    pub arm: String,
    /// Values of the factors; empty in a comparison.
    pub point: Point,
    /// Number of the replication, from 0.
    pub replication: u32,
    /// Seed of the replication, which all arms share.
    pub seed: u64,
    /// How it ended.
    pub status: OutcomeStatus,
    /// Why it failed or is unstable.
    pub reason: Option<String>,
    /// BLAKE3 of all accesses that entered, hexadecimal: equal in all arms that saw the same.
    pub accesses_blake3: Option<String>,
    /// What it costs in the direct-use model; none outside comparisons, or if nothing carries wormholes.
    #[serde(default)]
    pub direct_use: Option<DirectUse>,
    /// Its numbers; none if it failed.
    pub summary: Option<Summary>,
}

/// How a run of an experiment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeStatus {
    /// All ticks were simulated.
    Complete,
    /// All ticks were simulated, and queues grew without bound: its means say nothing.
    Unstable,
    /// It has no result.
    Failed,
}

impl OutcomeStatus {
    /// The name that files have.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Unstable => "unstable",
            Self::Failed => "failed",
        }
    }
}

impl Outcome {
    /// What a run of an arm at a point gives; none if it was stopped.
    ///
    /// # Errors
    /// What says nothing about the run itself: the disk, the memory.
    pub fn of_run(
        (arm, point): (&str, &Point),
        replication: u32,
        seed: u64,
        simulated: Result<Option<Simulated>, Error>,
    ) -> Result<Option<Self>, Error> {
        let (status, reason, simulated) = match simulated {
            Ok(None) => return Ok(None),
            Ok(Some(simulated)) => match &simulated.unstable {
                Some(reason) => (OutcomeStatus::Unstable, Some(reason.clone()), Some(simulated)),
                None => (OutcomeStatus::Complete, None, Some(simulated)),
            },
            Err(Error::Scenario(error)) if error.is_of_a_missing_file() => return Err(error.into()),
            Err(error @ (Error::Scenario(_) | Error::RouterMemory { .. } | Error::NonFinite { .. })) => {
                (OutcomeStatus::Failed, Some(error.to_string()), None)
            }
            Err(error) => return Err(error),
        };
        Ok(Some(Self {
            arm: arm.to_owned(),
            point: point.clone(),
            replication,
            seed,
            status,
            reason,
            accesses_blake3: simulated.as_ref().map(|simulated| simulated.accesses.to_hex().to_string()),
            direct_use: simulated.as_ref().and_then(|simulated| simulated.direct_use),
            summary: simulated.map(|simulated| simulated.summary),
        }))
    }

    /// The order of results, whatever the order in which runs end: by point, arm and replication.
    pub fn order(&self, other: &Self) -> Ordering {
        order_of_points(&self.point, &other.point)
            .then_with(|| self.arm.cmp(&other.arm))
            .then_with(|| self.replication.cmp(&other.replication))
    }
}

/// Points by their first path and its value, then the second, and so on.
pub fn order_of_points(a: &Point, b: &Point) -> Ordering {
    let pairs = a.iter().zip(b);
    let mut orders = pairs.map(|((path, value), (other_path, other_value))| {
        path.cmp(other_path).then_with(|| order_of_values(value, other_value))
    });
    orders.find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// Numbers by size and before all others, these by their JSON.
pub(super) fn order_of_values(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.to_string().cmp(&b.to_string()),
    }
}

/// Counts of runs by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runs {
    /// Runs to the end.
    pub complete: u32,
    /// Runs in which queues grow without bound.
    pub unstable: u32,
    /// Runs without a result.
    pub failed: u32,
}

impl Runs {
    /// Counts some runs.
    pub fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut runs = Self::default();
        for outcome in outcomes {
            *match outcome.status {
                OutcomeStatus::Complete => &mut runs.complete,
                OutcomeStatus::Unstable => &mut runs.unstable,
                OutcomeStatus::Failed => &mut runs.failed,
            } += 1;
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(point: Value, arm: &str, replication: u32) -> Outcome {
        let text = json!({
            "arm": arm, "point": point, "replication": replication, "seed": 1, "status": "failed", "reason": "no path",
            "accesses_blake3": null, "summary": null
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn order_is_by_point_then_arm_then_replication() {
        let ordered = [
            outcome(json!({}), "z", 9),
            outcome(json!({"a": 2, "b": "x"}), "z", 9),
            outcome(json!({"a": 10, "b": -1}), "z", 9),
            outcome(json!({"a": 10, "b": "x"}), "first", 2),
            outcome(json!({"a": 10, "b": "x"}), "first", 10),
            outcome(json!({"a": 10, "b": "x"}), "second", 0),
            outcome(json!({"a": 10, "b": "y"}), "first", 0),
            outcome(json!({"a": "auto", "b": "x"}), "first", 0),
            outcome(json!({"b": 0}), "first", 0),
        ];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(a.order(b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn status_has_the_name_of_its_json() {
        for status in [OutcomeStatus::Complete, OutcomeStatus::Unstable, OutcomeStatus::Failed] {
            assert_eq!(json!(status), status.name());
        }
    }
}
