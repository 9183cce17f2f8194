//! How the rows of a log are read: as a scenario says it, and as readers take it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tick::Tick;

/// How the rows of a log are read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogFormat {
    /// Names of columns that have other names than usual.
    pub columns: LogColumns,
    /// What times are in; as it seems if not stated.
    pub time_unit: Option<TimeUnit>,
    /// Ticks by which a row may be late.
    pub late_ticks: Tick,
    /// What becomes of rows whose origin or target is no node.
    pub unknown_nodes: UnknownNodes,
}

/// Names of the columns of a log, where they differ from those that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogColumns {
    /// Of the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Of who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Of who is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Of the size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
}

impl LogColumns {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A unit of times in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Ticks, from the start of the workload.
    Ticks,
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

/// What becomes of rows of unknown nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownNodes {
    /// They are an error.
    #[default]
    Refuse,
    /// They are counted and skipped.
    Skip,
}

impl UnknownNodes {
    pub(super) fn is_refuse(&self) -> bool {
        *self == Self::Refuse
    }
}
