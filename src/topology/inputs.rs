//! The builder's input: nodes and links as readers and generators give them, and the parameters of its rules.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::value_error;
use super::{Place, Position, TopologyError};
use crate::physics::geometry::FIBRE_KM_PER_MS;

/// What to do about disconnected parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parts {
    /// Keep the part with the most nodes only; nodes are in one part if they reach each other.
    #[default]
    Largest,
    /// Keep all; accesses between them are unreachable.
    All,
}

/// What numbers of links are in that a file gives no unit: `weight`, `distance`, `length`, a third column without a
/// name, the entries of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WeightUnit {
    /// Latencies in seconds.
    S,
    /// Latencies in milliseconds.
    Ms,
    /// Latencies in microseconds.
    Us,
    /// Latencies in ticks.
    Ticks,
    /// Lengths in kilometres of fibre.
    Km,
    /// Lengths in metres of fibre.
    M,
    /// No latencies.
    None,
}

impl WeightUnit {
    /// All of them, with the names that files and the command line use.
    pub const ALL: [(&str, Self); 7] = [
        ("s", Self::S),
        ("ms", Self::Ms),
        ("us", Self::Us),
        ("ticks", Self::Ticks),
        ("km", Self::Km),
        ("m", Self::M),
        ("none", Self::None),
    ];

    /// What a link of that weight says of its latency.
    pub(super) fn length(self, weight: f64, rules: &Rules) -> LinkLength {
        match self {
            Self::S => LinkLength::Ms(weight * 1000.0),
            Self::Ms | Self::None => LinkLength::Ms(weight),
            Self::Us => LinkLength::Ms(weight / 1000.0),
            Self::Ticks => LinkLength::Ms(weight * rules.tick_ms),
            Self::Km => LinkLength::Km(weight),
            Self::M => LinkLength::Km(weight / 1000.0),
        }
    }
}

impl fmt::Display for WeightUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S => "latencies in s",
            Self::Ms => "latencies in ms",
            Self::Us => "latencies in µs",
            Self::Ticks => "latencies in ticks",
            Self::Km => "lengths in km",
            Self::M => "lengths in m",
            Self::None => "no latencies",
        })
    }
}

/// Parameters of the rules that turn a source into a topology.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Length of a tick, ms.
    pub tick_ms: f64,
    /// Latency, ms, of links that state none and whose ends are not both located; one tick if `None`.
    pub default_latency_ms: Option<f64>,
    /// What to do about disconnected parts.
    pub parts: Parts,
    /// Bits that one access moves; turns link speeds (GraphML) into capacities. `None` leaves speeds unused.
    pub bits_per_access: Option<f64>,
    /// What numbers of links without a unit are. `None`: latencies in ms where no link states another latency or
    /// length and not all ends are located, else nothing.
    pub weight_unit: Option<WeightUnit>,
}

impl Default for Rules {
    /// Ticks of 1 ms, a default latency of one tick, the largest part, no use of speeds, weights as they seem.
    fn default() -> Self {
        Self { tick_ms: 1.0, default_latency_ms: None, parts: Parts::Largest, bits_per_access: None, weight_unit: None }
    }
}

/// A node as its source gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeInput {
    /// Unique in the source.
    pub id: Box<str>,
    /// What people call it; need not be unique.
    pub label: Option<Box<str>>,
    /// Another name that finds it, if it is not the id beside a label.
    pub alias: Option<Box<str>>,
    /// Where it is.
    pub position: Option<Position>,
    /// Weight for gravity workloads, 0 to 10¹⁵.
    pub mass: Option<f64>,
}

/// What a source says about the latency of a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LinkLength {
    /// Latency in ticks.
    Ticks(u32),
    /// Latency in milliseconds.
    Ms(f64),
    /// Length in kilometres of fibre.
    Km(f64),
}

/// One direction of a link as its source gives it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DirectionInput {
    /// Its latency, if stated.
    pub length: Option<LinkLength>,
    /// Accesses per tick, at least 1, if stated.
    pub capacity_per_tick: Option<u32>,
}

/// A link as its source gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkInput {
    /// Positions of its ends among the nodes, in the order in which they were added.
    pub ends: [u32; 2],
    /// From the first end to the second.
    pub forth: DirectionInput,
    /// From the second end to the first; `None` if the link leads one way only.
    pub back: Option<DirectionInput>,
}

impl LinkInput {
    /// A link that is the same in both directions.
    pub fn symmetric(ends: [u32; 2], direction: DirectionInput) -> Self {
        Self { ends, forth: direction, back: Some(direction) }
    }

    /// The directions that exist, each with the number of the end that it begins at.
    pub(super) fn directions(&self) -> impl Iterator<Item = (usize, DirectionInput)> {
        [Some(self.forth), self.back].into_iter().enumerate().filter_map(|(side, direction)| Some((side, direction?)))
    }
}

impl Rules {
    /// All parameters are in range.
    pub(super) fn check(&self) -> Result<(), TopologyError> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        if !positive(self.tick_ms) {
            return Err(value_error(Place::Field("tick_ms"), self.tick_ms, "a finite number above 0"));
        }
        if let Some(ms) = self.default_latency_ms.filter(|ms| !ms.is_finite() || *ms < 0.0) {
            return Err(value_error(Place::Field("default_latency_ms"), ms, "a finite number from 0"));
        }
        if let Some(bits) = self.bits_per_access.filter(|bits| !positive(*bits)) {
            return Err(value_error(Place::Field("bits_per_access"), bits, "a finite number above 0"));
        }
        Ok(())
    }
}

impl LinkLength {
    /// In ticks, not rounded.
    pub(super) fn ticks(self, rules: &Rules) -> f64 {
        match self {
            LinkLength::Ticks(ticks) => f64::from(ticks),
            LinkLength::Ms(ms) => ms / rules.tick_ms,
            LinkLength::Km(km) => km / FIBRE_KM_PER_MS / rules.tick_ms,
        }
    }
}
