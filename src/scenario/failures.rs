//! Processes by which nodes and links fail and come back, as they run.

use super::Tick;
use crate::physics::renewal::{exponential, weibull, weibull_mean};
use crate::topology::NodeId;

/// What may fail; nodes come before links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// A node, with its links.
    Node(NodeId),
    /// A link, by petgraph's edge index in [`Topology::graph`](crate::topology::Topology::graph).
    Link(u32),
}

/// One process.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureProcess {
    /// Unique name; names the random draws.
    pub name: String,
    /// Its members, each once, in order.
    pub elements: Vec<Element>,
    /// When they are down.
    pub times: FailureTimes,
}

impl FailureProcess {
    /// Whether all members fail and come back at once.
    pub fn are_together(&self) -> bool {
        matches!(self.times, FailureTimes::Drawn { together: true, .. })
    }

    /// How many fail on their own: its members, or all of them as one.
    pub fn units(&self) -> usize {
        if self.are_together() { 1 } else { self.elements.len() }
    }
}

/// When the members of a process are down.
#[derive(Debug, Clone, PartialEq)]
pub enum FailureTimes {
    /// By chance.
    Drawn {
        /// Whether all members fail and come back at once.
        together: bool,
        /// How long they work.
        up: Periods,
        /// How long they are down.
        down: Periods,
        /// When they begin, all working.
        from_tick: Tick,
        /// When those that are down come back, and none fails any more.
        until_tick: Tick,
    },
    /// Except in their sessions: by member, in order, each the first tick and the first after it.
    Sessions(Vec<Vec<[Tick; 2]>>),
}

/// A distribution of lengths of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Periods {
    /// Mean, or Weibull's scale.
    scale: f64,
    /// Weibull's shape.
    shape: Option<f64>,
}

impl Periods {
    /// Exponential lengths of this mean, in ticks.
    pub fn exponential(mean_ticks: f64) -> Self {
        Self { scale: mean_ticks, shape: None }
    }

    /// Weibull lengths of this mean, in ticks, and this shape.
    pub fn weibull(mean_ticks: f64, shape: f64) -> Self {
        Self { scale: mean_ticks / weibull_mean(shape), shape: Some(shape) }
    }

    /// A length in ticks, not rounded, given a uniform number from 0 to below 1.
    pub fn length(&self, uniform: f64) -> f64 {
        match self.shape {
            None => exponential(self.scale, uniform),
            Some(shape) => self.scale * weibull(shape, uniform),
        }
    }
}
