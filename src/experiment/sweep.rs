//! What a sweep finds: metrics at every point of a space of factors, for every arm.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::comparison::{ArmResult, Replications, complete, interval_of};
use super::measure::{On, by_metric};
use super::outcome::{Outcome, Point, Runs};
use super::statistics::Interval;
use super::verdict::Verdict;
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
    /// Milliseconds a tick; none where that is varied.
    #[serde(default)]
    pub tick_ms: Option<f64>,
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
    /// Name of the arm that the others are compared with; none of a single arm.
    #[serde(default)]
    pub baseline: Option<String>,
    /// What of latency gains and nets are about.
    #[serde(default)]
    pub on: On,
    /// Share of the baseline's latency below which a difference does not matter.
    #[serde(default)]
    pub relevant: f64,
    /// Whether all replications have the same accesses, as where all workloads are traces: intervals then tell the
    /// chance of arms alone.
    #[serde(default)]
    pub same_in_all_replications: bool,
    /// A cell for each point and arm.
    pub cells: Vec<Cell>,
    /// Where the net benefit of an arm is nothing, between two points of a grid that differ in one factor.
    #[serde(default)]
    pub zero_net: Vec<ZeroNet>,
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
    /// What it is beside the baseline at the same point; none of the baseline.
    #[serde(default)]
    pub beside: Option<Beside>,
}

/// An arm at a point beside the baseline there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// 1 − latency / latency of the baseline.
    pub gain: Option<Interval>,
    /// Net benefit, ticks a delivered access.
    pub net_per_access: Option<Interval>,
    /// Whether it pays.
    pub verdict: Verdict,
    /// The verdict in a sentence.
    pub reason: String,
}

impl From<ArmResult> for Beside {
    fn from(result: ArmResult) -> Self {
        let ArmResult { gain, net_per_access, verdict, reason, .. } = result;
        Self { gain, net_per_access, verdict, reason }
    }
}

/// Where the net benefit of an arm is nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZeroNet {
    /// Name of the arm.
    pub arm: String,
    /// The factor along which it changes its sign.
    pub path: String,
    /// Between which of its values.
    pub between: [f64; 2],
    /// Where a line between the two means crosses 0; halfway, where it is exactly 0 on one side, as without wormholes.
    pub value: f64,
    /// Values of the other factors.
    pub point: Point,
}

/// Where the net benefit changes its sign between neighbours of a grid, along every factor of numbers.
pub fn zero_net(factors: &[Factor], cells: &[Cell]) -> Vec<ZeroNet> {
    let net = |cell: &Cell| cell.beside.as_ref().and_then(|beside| beside.net_per_access).map(|net| net.mean);
    let mut found = Vec::new();
    for Factor { path, .. } in factors {
        let mut lines = BTreeMap::<String, Vec<(f64, Option<f64>, &Cell)>>::new();
        for cell in cells {
            let Some(value) = cell.point.get(path).and_then(Value::as_f64) else { continue };
            lines.entry(json_of(&cell.arm, &without(&cell.point, path))).or_default().push((value, net(cell), cell));
        }
        for mut line in lines.into_values() {
            line.sort_by(|a, b| a.0.total_cmp(&b.0));
            for pair in line.windows(2) {
                let [(from, Some(before), cell), (to, Some(after), _)] = [pair[0], pair[1]] else { continue };
                if (before > 0.0) != (after > 0.0) {
                    // Where an arm opens nothing on one side, it stops to somewhere between.
                    let is_jump = before == 0.0 || after == 0.0;
                    let share = if is_jump { 0.5 } else { before / (before - after) };
                    let value = from + (to - from) * share;
                    let point = without(&cell.point, path);
                    found.push(ZeroNet {
                        arm: cell.arm.clone(),
                        path: path.clone(),
                        between: [from, to],
                        value,
                        point,
                    });
                }
            }
        }
    }
    found
}

fn without(point: &Point, path: &str) -> Point {
    point.iter().filter(|(other, _)| *other != path).map(|(path, value)| (path.clone(), value.clone())).collect()
}

fn json_of(arm: &str, point: &Point) -> String {
    serde_json::json!([arm, point]).to_string()
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
            beside: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cell(point: &[(&str, f64)], net: f64) -> Cell {
        let interval = Some(Interval { mean: net, low: net, high: net });
        let (verdict, reason) = (Verdict::Undecided, String::new());
        Cell {
            arm: "w".into(),
            point: point.iter().map(|&(path, value)| (path.to_owned(), json!(value))).collect(),
            runs: Runs::default(),
            reason: None,
            means: BTreeMap::new(),
            metrics: BTreeMap::new(),
            beside: Some(Beside { gain: None, net_per_access: interval, verdict, reason }),
        }
    }

    #[test]
    fn the_line_of_no_net_is_between_neighbours_of_other_signs() {
        let cells = [
            cell(&[("a", 1.0), ("b", 10.0)], 3.0),
            cell(&[("a", 2.0), ("b", 10.0)], -1.0),
            cell(&[("a", 1.0), ("b", 20.0)], -2.0),
            cell(&[("a", 2.0), ("b", 20.0)], -4.0),
        ];
        let factor = |path: &str| Factor { path: path.into(), values: Vec::new() };
        let found = zero_net(&[factor("a"), factor("b")], &cells);
        let found: Vec<_> = found.iter().map(|zero| (&*zero.path, zero.value, json!(zero.point))).collect();
        assert_eq!(found, [("a", 1.75, json!({"b": 10.0})), ("b", 16.0, json!({"a": 1.0}))]);
    }
}
