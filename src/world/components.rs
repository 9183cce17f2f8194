//! What entities carry. Nodes and wormholes are entities; accesses are not (see [`crate::fabric`]).

use bevy_ecs::prelude::Component;
use serde::{Deserialize, Serialize};

use crate::fabric::WormholeId;
use crate::fabric::check::{all_finite, leave_room, leaves_room};
use crate::physics::gravity::Memory;
use crate::scenario::{MAX_TICKS, Phase, Tick, WormholeKind};
use crate::topology::{EachWay, MAX_SUM_OF_LATENCIES_TICKS, NodeId};

/// Marks a node and says which.
#[derive(Component, Debug, Clone, Copy)]
pub struct NodeRef(pub NodeId);

/// Of a wormhole: 0 to 1. Of a node: the sum over its active wormholes (weighted degree).
#[derive(Component, Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Strength(pub f64);

impl Strength {
    /// Whether a wormhole can have it.
    pub fn is_possible(self) -> bool {
        (0.0..=1.0).contains(&self.0)
    }
}

/// Exponentially weighted traffic, by size: of a node, what it originates and is the target of; of a wormhole, what
/// it carries. It is written when there is traffic only, and computed from then on.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Mass {
    /// In tick `since`.
    pub value: f64,
    /// When there was traffic last.
    pub since: Tick,
}

impl Mass {
    /// The mass in tick `now`.
    #[inline]
    pub fn at(self, now: Tick, memory: &Memory) -> f64 {
        self.value * memory.kept(now - self.since)
    }

    /// Adds traffic of tick `now`.
    #[inline]
    pub fn add(&mut self, traffic: f64, now: Tick, memory: &Memory) {
        *self = Self { value: self.at(now, memory) + traffic, since: now };
    }
}

/// Normalised Shannon entropy, 0 (concentrated) to 1 (even), as of the last computation.
#[derive(Component, Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Entropy(pub f64);

/// A wormhole: what never changes about it, and its state.
#[derive(Component, Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Wormhole {
    /// Its number.
    pub id: WormholeId,
    /// Its ends, the smaller id first.
    pub ends: [NodeId; 2],
    /// Free-flow latency over space between its ends when it opened, ticks each way.
    pub span: EachWay,
    /// Of these, what the links take.
    pub links: EachWay,
    /// Ticks in transit each way.
    pub transit: EachWay,
    /// Accesses per tick and direction.
    pub capacity: u32,
    /// Its ports at both ends while it is active.
    pub ports: [u32; 2],
    /// Tick of the first opening.
    pub opened_at: Tick,
    /// Whether it closed because an end or its way failed or had no room left: it may open again at once.
    pub cut: bool,
    /// First tick of a possible departure since the last opening.
    pub ready_at: Tick,
    /// Tick of the last review of whether it pays.
    pub reviewed_at: Tick,
    /// Tick of the last change of phase.
    pub since: Tick,
    /// Kind.
    pub kind: WormholeKind,
    /// Phase.
    pub phase: Phase,
}

impl Wormhole {
    /// Whether it can be one of a run that has come to tick `now` in a network of so many nodes.
    pub fn is_possible(&self, now: Tick, nodes: usize) -> bool {
        let [a, b] = self.ends;
        a < b
            && b.index() < nodes
            && self.span.0.iter().all(|span| (1..=MAX_SUM_OF_LATENCIES_TICKS).contains(span))
            && self.links.0.iter().zip(&self.span.0).all(|(links, span)| (1..=*span).contains(links))
            && self.transit.0.iter().all(|transit| (1..=MAX_SUM_OF_LATENCIES_TICKS).contains(transit))
            && self.capacity > 0
            && self.opened_at <= self.since
            && self.since <= now
            && self.ready_at <= now + MAX_TICKS
            && self.reviewed_at <= self.ready_at.max(now)
    }

    /// Ticks that a traversal takes each way, processing at its entry included.
    pub fn latency(&self, processing_ticks: u32) -> EachWay {
        self.transit.map(|transit| transit + processing_ticks)
    }

    /// Whether it is open, or being set up.
    pub fn is_active(&self) -> bool {
        self.phase == Phase::Active
    }
}

/// Marks a dormant wormhole: nothing happens to it in a tick, and its strength stays what it was.
#[derive(Component, Debug, Clone, Copy)]
pub struct Dormant;

/// What a wormhole has brought and cost, in ticks of saved latency.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// Traversals in both directions, count.
    pub traversals: u64,
    /// Sum over traversals of span − (transit + processing at the entry).
    pub saved: f64,
    /// Sum of u·s over the ticks in which it was usable.
    pub upkeep: f64,
    /// Opening and reopening costs.
    pub opening: f64,
    /// `saved` and `upkeep` at the last review of whether it pays.
    pub reviewed: [f64; 2],
    /// Times it was opened from the pool.
    pub reopened: u32,
}

impl Ledger {
    /// Whether its numbers can be those of a run.
    pub fn is_possible(&self) -> bool {
        let Self { traversals, saved, upkeep, opening, reviewed: [before, paid], reopened } = *self;
        leave_room([traversals]) && all_finite([saved, upkeep, opening, before, paid]) && leaves_room(reopened)
    }
}
