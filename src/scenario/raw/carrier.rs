//! What carries wormholes, as it is written.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What carries wormholes: it decides what they can gain, so that there is no default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawCarrier {
    /// It rides on the shortest way over space, each direction on its own, and skips service and processing at the
    /// nodes between: a light path, a tunnel, a pre-established connection. It fails with any link or node of its way.
    Bypass {
        /// Whether it takes its largest capacity from every link of its way, which must keep 1. False: it takes
        /// nothing, as an overlay connection.
        #[serde(default)]
        reserve: bool,
    },
    /// A medium of its own, such as microwave, hollow fibre or free-space optics; an abstract study. Its transit is
    /// max(1, σ · the link latencies of the way over space), never less than light in vacuum takes along the great
    /// circle where both positions are known.
    OwnMedium {
        /// σ: of all kinds, or one a kind.
        transit_ratio: RawTransitRatio,
    },
    /// A new connection of an overlay on a network that somebody else routes: half the measured round trip of its ends.
    Measured {
        /// A file of round trips: N rows of N numbers, separated by commas, tabs or blanks, in the order of the
        /// nodes, or below a row of their names. 0 beside the diagonal, an empty field or `-` is a hole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        file: Option<PathBuf>,
        /// What the numbers of the file are in.
        #[serde(default, skip_serializing_if = "RoundTripUnit::is_ms")]
        unit: RoundTripUnit,
        /// The round trips themselves, ms, instead of a file, in the order of the nodes. `null` is a hole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Vec<Vec<Option<f64>>>")]
        round_trips_ms: Option<Vec<Vec<Option<f64>>>>,
    },
}

/// A unit of round trips.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundTripUnit {
    /// Seconds.
    S,
    /// Milliseconds.
    #[default]
    Ms,
    /// Microseconds.
    Us,
}

impl RoundTripUnit {
    /// One of it, ms.
    pub fn ms(self) -> f64 {
        match self {
            Self::S => 1000.0,
            Self::Ms => 1.0,
            Self::Us => 0.001,
        }
    }

    fn is_ms(&self) -> bool {
        *self == Self::Ms
    }
}

/// σ, the transit over the link latencies of the way over space: 1 is no faster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawTransitRatio {
    /// Of all kinds.
    All(#[schemars(range(min = 0, max = 10))] f64),
    /// One a kind.
    ByKind(RatioByKind),
}

/// σ by kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioByKind {
    /// Of experimental wormholes. Less: faster.
    #[schemars(range(min = 0, max = 10))]
    pub experimental: f64,
    /// Of standard wormholes. Less: faster.
    #[schemars(range(min = 0, max = 10))]
    pub standard: f64,
    /// Of fast lanes. Less: faster.
    #[schemars(range(min = 0, max = 10))]
    pub fast_lane: f64,
}
