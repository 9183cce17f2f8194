//! Changes of the topology, as they are written to the journal and can be replayed.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

use super::history::Archived;
use crate::fabric::WormholeId;
use crate::scenario::Phase;
use crate::scenario::Tick;
use crate::scenario::WormholeKind;
use crate::topology::{EachWay, NodeId};

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub tick: Tick,
    /// What.
    #[serde(flatten)]
    pub change: Change,
}

/// A change of the topology, with its reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A wormhole opened: for the first time, or out of the pool.
    Opened {
        /// Which.
        wormhole: WormholeId,
        /// Its ends.
        ends: [NodeId; 2],
        /// Free-flow latency over space, ticks each way.
        span_ticks: EachWay,
        /// Its transit, ticks each way.
        transit_ticks: EachWay,
        /// Its kind.
        kind: WormholeKind,
        /// Its strength.
        strength: f64,
        /// First tick of a possible departure.
        ready_tick: Tick,
        /// What opening cost, in ticks of saved latency.
        cost_ticks: f64,
        /// Whether it came out of the pool.
        reopened: bool,
        /// Why.
        reason: OpeningReason,
    },
    /// A wormhole of an earlier run was there at the start.
    Recovered {
        /// Which.
        wormhole: WormholeId,
        /// Its ends.
        ends: [NodeId; 2],
        /// Free-flow latency over space when it opened, ticks each way.
        span_ticks: EachWay,
        /// Its transit, ticks each way.
        transit_ticks: EachWay,
        /// Its kind.
        kind: WormholeKind,
        /// Its strength.
        strength: f64,
        /// First tick of a possible departure.
        ready_tick: Tick,
        /// Active or dormant.
        phase: Phase,
    },
    /// A wormhole changed its kind, and with it its transit.
    KindChanged {
        /// Which.
        wormhole: WormholeId,
        /// Kind until now.
        from: WormholeKind,
        /// Kind from now on.
        to: WormholeKind,
        /// Transit from now on, ticks each way.
        transit_ticks: EachWay,
        /// Its strength: at or above the threshold of a promotion, below that of a demotion.
        strength: f64,
    },
    /// A wormhole closed and went to the pool.
    Dormant {
        /// Which.
        wormhole: WormholeId,
        /// Its strength.
        strength: f64,
        /// Why.
        reason: DormancyReason,
    },
    /// A dormant wormhole left the pool for good.
    Archived {
        /// Which.
        wormhole: WormholeId,
        /// Ticks that it was dormant.
        dormant_ticks: Tick,
    },
    /// A link failed.
    LinkFailed {
        /// Its index in the topology.
        link: u32,
    },
    /// A link was restored.
    LinkRestored {
        /// Its index in the topology.
        link: u32,
    },
    /// A node failed.
    NodeFailed {
        /// Which.
        node: NodeId,
    },
    /// A node was restored.
    NodeRestored {
        /// Which.
        node: NodeId,
    },
    /// A link's capacity changed.
    CapacitySet {
        /// Its index in the topology.
        link: u32,
        /// Where the direction that changed begins; none if both changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<NodeId>,
        /// Accesses per tick and direction; none is unlimited.
        capacity_per_tick: Option<u32>,
    },
}

/// Why a wormhole opened: a policy's kind, or [`Self::INITIAL`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "WrittenReason")]
pub struct OpeningReason {
    /// The kind of the policy that proposed it.
    pub because: String,
    /// Whether it is open from the first tick on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_start: bool,
    /// How good it was, in the policy's measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// What decided, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, f64>,
}

impl OpeningReason {
    /// What stands for the scenario, which lists it.
    pub const INITIAL: &'static str = "initial";

    /// The scenario lists it.
    pub fn initial() -> Self {
        Self { because: Self::INITIAL.to_owned(), at_start: true, score: None, numbers: BTreeMap::new() }
    }
}

/// A reason as it is read; versions before 0.3 wrote a pull and masses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReason {
    because: String,
    #[serde(default)]
    at_start: bool,
    score: Option<f64>,
    #[serde(default)]
    numbers: BTreeMap<String, f64>,
    pull: Option<f64>,
    masses: Option<[f64; 2]>,
}

impl From<WrittenReason> for OpeningReason {
    fn from(WrittenReason { because, at_start, score, mut numbers, pull, masses }: WrittenReason) -> Self {
        let because = if because == "pull" { "gravity".to_owned() } else { because };
        numbers.extend(masses.into_iter().flat_map(|[a, b]| [("mass_a".to_owned(), a), ("mass_b".to_owned(), b)]));
        Self { because, at_start, score: score.or(pull), numbers }
    }
}

/// Why a wormhole closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum DormancyReason {
    /// Its strength fell below the threshold.
    Faded {
        /// The threshold.
        below: f64,
    },
    /// It saved less than its upkeep since the last review.
    DoesNotPay {
        /// Saved since then, ticks.
        saved_ticks: f64,
        /// Upkeep since then, ticks of saved latency.
        upkeep_ticks: f64,
    },
    /// One of its ends failed.
    EndFailed {
        /// Which.
        node: NodeId,
    },
    /// A link or node of the way that it rides on failed.
    PathFailed,
    /// A link of the way that it rides on has no room left for what it had reserved.
    PathNarrow,
    /// The opening policy closed it.
    Policy {
        /// Why, in a word of the policy.
        why: String,
    },
}

impl DormancyReason {
    /// Whether something failed or was narrowed, which says nothing about whether the wormhole pays.
    pub fn is_of_network(&self) -> bool {
        matches!(self, Self::EndFailed { .. } | Self::PathFailed | Self::PathNarrow)
    }
}

/// Changes that have not been handed on yet.
#[derive(Debug, Default, Resource)]
pub struct Journal {
    /// In the order in which they happened.
    pub records: Vec<Record>,
}

impl Journal {
    /// Notes a change.
    pub fn note(&mut self, tick: Tick, change: Change) {
        self.records.push(Record { tick, change });
    }
}

/// What happened in a tick, until the step hands it out.
#[derive(Debug, Default, Resource)]
pub struct Outbox {
    /// Lines of the journal, in order.
    pub journal: Vec<Record>,
    /// Wormholes that were archived, in order.
    pub archived: Vec<Archived>,
}
