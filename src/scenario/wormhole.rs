//! What a wormhole can be: its kind, by strength, and its phase.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parameters::KindParameters;

/// What strength has made of a wormhole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WormholeKind {
    /// New or weak.
    Experimental,
    /// Proven.
    Standard,
    /// Strong.
    FastLane,
}

impl WormholeKind {
    /// All kinds, the weakest first.
    pub const ALL: [Self; 3] = [Self::Experimental, Self::Standard, Self::FastLane];

    /// Strengths between which a wormhole stays of this kind: from the first on, below the second.
    pub fn holds(self, kinds: &KindParameters) -> [f64; 2] {
        match self {
            Self::Experimental => [0.0, kinds.standard_above],
            Self::Standard => [kinds.standard_below, kinds.fast_above],
            Self::FastLane => [kinds.fast_below, f64::INFINITY],
        }
    }

    /// The kind of strength `s`, given the kind until now: one step up or down at the most.
    pub fn after(self, s: f64, kinds: &KindParameters) -> Self {
        let [least, most] = self.holds(kinds);
        match self {
            Self::Experimental if s >= most => Self::Standard,
            Self::Standard if s >= most => Self::FastLane,
            Self::Standard if s < least => Self::Experimental,
            Self::FastLane if s < least => Self::Standard,
            same => same,
        }
    }
}

/// Where a wormhole is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Open, or being set up.
    Active,
    /// Closed, in the pool, can open again for less.
    Dormant,
    /// Gone for good; its history is kept.
    Archived,
}
