//! `comparison.json`: arms that saw the same accesses, beside each other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::statistics::Interval;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Version of the format.
    pub version: u32,
    /// Version of the program.
    pub program_version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// The question that it asks.
    pub intent: String,
    /// Name of the arm that the others are compared with.
    pub baseline: String,
    /// Runs an arm.
    pub replications: u32,
    /// Seed of each replication.
    pub seeds: Vec<u64>,
    /// Length of a run.
    pub ticks: u32,
    /// Ticks at its start that are not measured.
    pub warmup_ticks: u32,
    /// Who chose them.
    pub warmup_by: WarmupBy,
    /// Confidence of all intervals, 0 to 1.
    pub confidence: f64,
    /// α, what opening a wormhole costs, ticks.
    pub opening_cost: f64,
    /// Whether all arms saw the same accesses in every replication.
    pub same_accesses: bool,
    /// The arms, in the order in which they were declared.
    pub arms: Vec<ArmResult>,
}

/// Who chose the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarmupBy {
    /// The scenario.
    Scenario,
    /// An option of the command line.
    Option,
    /// The MSER-5 rule.
    Mser5,
}

/// An arm, over its replications.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmResult {
    /// Its name.
    pub name: String,
    /// What it sets, by path.
    pub set: BTreeMap<String, Value>,
    /// Whether it pays.
    pub verdict: Verdict,
    /// The verdict in one sentence.
    pub reason: String,
    /// Whether queues grow without bound in any of its runs.
    pub unstable: bool,
    /// Its runs by how they ended.
    pub runs: Runs,
    /// 1 − latency / latency of the baseline; none if the arm is unstable.
    pub gain: Option<Interval>,
    /// Latency saved − upkeep − opening costs, ticks per delivered access.
    pub net_per_access: Option<Interval>,
    /// Latency saved, ticks per delivered access.
    pub saved_per_access: Option<Interval>,
    /// Upkeep, ticks per delivered access.
    pub upkeep_per_access: Option<Interval>,
    /// Opening costs, ticks per delivered access.
    pub opening_per_access: Option<Interval>,
    /// The opening cost at which the net benefit is 0, ticks an opening.
    pub break_even_opening_cost: Option<f64>,
    /// Metrics by name.
    pub metrics: BTreeMap<String, Option<Interval>>,
    /// Arm − baseline, paired by replication, by the same names.
    pub differences: BTreeMap<String, Option<Interval>>,
}

/// Whether an arm pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It is what the others are compared with.
    #[serde(rename = "baseline")]
    Baseline,
    /// The interval of its net benefit lies above 0.
    #[serde(rename = "pays")]
    Pays,
    /// It lies below 0.
    #[serde(rename = "does not pay")]
    DoesNotPay,
    /// It holds 0, or nothing can be said.
    #[serde(rename = "undecided")]
    Undecided,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Pays => "pays",
            Self::DoesNotPay => "does not pay",
            Self::Undecided => "undecided",
        }
    }
}

/// Runs by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runs {
    /// All ticks were simulated, and queues were bounded.
    pub complete: u32,
    /// Queues grew without bound.
    pub unstable: u32,
    /// They failed.
    pub failed: u32,
}
