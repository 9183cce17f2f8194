//! Ports: the outgoing directions of links and wormholes, and what happens to them.

use serde::{Deserialize, Serialize};

use super::access::NONE;
use super::check::leave_room;
use crate::scenario::{MAX_TICKS, Tick};
use crate::topology::{EachWay, MAX_SUM_OF_LATENCIES_TICKS, NodeId};

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

/// One outgoing direction at a node. What waits at it is in its [`PortQueue`](super::PortQueue).
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Port {
    /// The node at the other end.
    pub to: NodeId,
    /// Ticks from a departure to the arrival: processing at the node, then transit.
    pub latency: u32,
    /// Accesses, or units of their size, that may depart per tick.
    pub capacity: u32,
    /// First tick of a possible departure, or closed.
    pub(super) ready: Tick,
    /// The wormhole it belongs to, or [`NONE`] for a space link.
    pub wormhole: u32,
    /// Departures since the counts were last collected.
    pub carried: u64,
}

impl Port {
    /// Whether accesses may be sent into it.
    #[inline]
    pub fn is_open(&self) -> bool {
        self.ready != CLOSED
    }

    /// Whether what joins it in tick `now` may have to wait.
    #[inline]
    pub(super) fn is_slow(&self, now: Tick) -> bool {
        self.capacity != UNLIMITED || self.ready > now
    }

    /// Whether it can be the port `fresh` of a space link later on, or one for wormholes, without what it says of its
    /// wormhole, after `now`.
    pub(super) fn may_follow(&self, fresh: &Self, is_space: bool, now: Tick) -> bool {
        let first = if self.is_open() { self.ready } else { 0 };
        let same = if is_space {
            let same = (self.to, self.latency, self.wormhole) == (fresh.to, fresh.latency, NONE);
            // A direction that the link does not have never opens.
            same && first == 0 && (fresh.is_open() || !self.is_open())
        } else {
            self.is_open() || self.to.0 == NONE
        };
        same && (1..=MAX_SUM_OF_LATENCIES_TICKS).contains(&self.latency)
            && self.capacity > 0
            && first <= now + MAX_TICKS
            && leave_room([self.carried])
    }

    pub(super) fn closed() -> Self {
        Self { to: NodeId(NONE), latency: 1, capacity: UNLIMITED, ready: CLOSED, wormhole: NONE, carried: 0 }
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
        latency: EachWay,
    },
    /// A wormhole closed.
    Closed,
    /// The transit of an open wormhole changed.
    Changed {
        /// Transit until now.
        before: EachWay,
        /// Transit from now on.
        latency: EachWay,
    },
    /// A space link failed.
    Failed,
    /// A space link was restored.
    Restored {
        /// Its latency, from its first end and from the second; none for a direction that it does not have.
        latency: [Option<u32>; 2],
    },
}

impl PortChange {
    /// Whether it is a space link.
    pub fn is_space(&self) -> bool {
        matches!(self.how, How::Failed | How::Restored { .. })
    }

    /// Whether latencies are such as ports can have.
    pub(super) fn latencies_are_possible(&self) -> bool {
        let before = if let How::Changed { before, .. } = self.how { before.0.map(Some) } else { [None; 2] };
        let after = [0, 1].map(|side| self.latency(side));
        before.iter().chain(&after).flatten().all(|latency| (1..=MAX_SUM_OF_LATENCIES_TICKS).contains(latency))
    }

    /// Latency from now on of the port at the first (0) or second (1) end, if it is open.
    pub fn latency(&self, side: usize) -> Option<u32> {
        match self.how {
            How::Opened { latency } | How::Changed { latency, .. } => Some(latency.0[side]),
            How::Restored { latency } => latency[side],
            How::Closed | How::Failed => None,
        }
    }
}
