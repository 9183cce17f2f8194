//! Ports: the outgoing directions of links and wormholes, and what happens to them.

use serde::{Deserialize, Serialize};

use super::access::NONE;
use super::check::leaves_room;
use crate::scenario::{MAX_TICKS, Tick};
use crate::topology::{MAX_SUM_OF_LATENCIES_TICKS, NodeId};

/// Number of a wormhole in the order of first opening; never used twice in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WormholeId(pub u32);

impl WormholeId {
    /// The id as an index into arrays that run over wormholes.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Unlimited capacity.
pub const UNLIMITED: u32 = u32::MAX;

/// Readiness of a closed port.
pub(super) const CLOSED: Tick = Tick::MAX;

/// One outgoing direction at a node.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Port {
    /// The node at the other end.
    pub to: NodeId,
    /// Transit, ticks.
    pub latency: u32,
    /// Accesses that may depart per tick.
    pub capacity: u32,
    /// The latest tick for which a departure is booked.
    pub(super) slot_tick: Tick,
    /// Departures booked in that tick.
    pub(super) slot_used: u32,
    /// First tick of a possible departure, or closed.
    pub(super) ready: Tick,
    /// The wormhole it belongs to, or [`NONE`] for a space link.
    pub wormhole: u32,
    /// Departures since the counts were last collected.
    pub carried: u32,
}

impl Port {
    /// Whether accesses may be sent into it.
    #[inline]
    pub fn is_open(&self) -> bool {
        self.ready != CLOSED
    }

    /// Whether it can be the port `fresh` of a space link later on, or one for wormholes, without what it says of its
    /// wormhole, after `now` and with at most so many departures ahead.
    pub(super) fn may_follow(&self, fresh: &Self, is_space: bool, now: Tick, booked: u32) -> bool {
        let first = if self.is_open() { self.ready } else { 0 };
        let same = if is_space {
            (self.to, self.latency, self.wormhole) == (fresh.to, fresh.latency, NONE) && first == 0
        } else {
            self.is_open() || self.to.0 == NONE
        };
        same && (1..=MAX_SUM_OF_LATENCIES_TICKS).contains(&self.latency)
            && self.capacity > 0
            && first <= now + MAX_TICKS
            && u64::from(self.slot_tick) <= u64::from(first.max(now)) + u64::from(booked)
            && leaves_room(self.carried)
    }

    pub(super) fn closed() -> Self {
        let to = NodeId(NONE);
        Self {
            to,
            latency: 1,
            capacity: UNLIMITED,
            slot_tick: 0,
            slot_used: 0,
            ready: CLOSED,
            wormhole: NONE,
            carried: 0,
        }
    }

    /// Departures booked after tick `now`, for a port that is ready.
    pub(super) fn booked_after(&self, now: Tick) -> u32 {
        let full_ticks = self.slot_tick.saturating_sub(now + 1);
        if self.slot_tick > now { full_ticks.saturating_mul(self.capacity).saturating_add(self.slot_used) } else { 0 }
    }

    /// The tick in which an access that is ready to go at `earliest` departs.
    #[inline]
    pub(super) fn book(&self, earliest: Tick) -> (Tick, u32) {
        if self.capacity == UNLIMITED || self.slot_tick < earliest {
            (earliest, 1)
        } else if self.slot_used < self.capacity {
            (self.slot_tick, self.slot_used + 1)
        } else {
            (self.slot_tick + 1, 1)
        }
    }
}

/// A change of the two ports of a link or wormhole, for routers to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortChange {
    /// The ports at both ends.
    pub ports: [u32; 2],
    /// Both ends.
    pub ends: [NodeId; 2],
    /// What happened.
    pub how: How,
}

/// What happened to two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// A wormhole opened.
    Opened {
        /// Its transit, ticks.
        latency: u32,
    },
    /// A wormhole closed.
    Closed,
    /// The transit of an open wormhole changed.
    Changed {
        /// Transit until now.
        before: u32,
        /// Transit from now on.
        latency: u32,
    },
    /// A space link failed.
    Failed,
    /// A space link was restored.
    Restored {
        /// Its latency.
        latency: u32,
    },
}

impl PortChange {
    /// Whether it is a space link.
    pub fn is_space(&self) -> bool {
        matches!(self.how, How::Failed | How::Restored { .. })
    }

    /// Whether latencies are such as ports can have.
    pub(super) fn latencies_are_possible(&self) -> bool {
        let before = if let How::Changed { before, .. } = self.how { Some(before) } else { None };
        before.into_iter().chain(self.latency()).all(|latency| (1..=MAX_SUM_OF_LATENCIES_TICKS).contains(&latency))
    }

    /// Latency of the ports from now on, if they are open.
    pub fn latency(&self) -> Option<u32> {
        match self.how {
            How::Opened { latency } | How::Changed { latency, .. } | How::Restored { latency } => Some(latency),
            How::Closed | How::Failed => None,
        }
    }
}
