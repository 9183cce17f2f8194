//! Where accesses wait: counters for results, on which nothing else depends.

use std::{iter, ops};

use serde::{Deserialize, Serialize};

use crate::topology::NodeId;

/// A queue: what waits for service at a node, or for room to depart at a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// The FIFO of a node.
    Node(NodeId),
    /// A port of finite capacity.
    Port(u32),
}

/// Accesses that went through something, and how long they waited for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// How many.
    pub accesses: u64,
    /// Ticks that they waited, all together.
    pub waited: u64,
}

/// Totals since some tick.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// Accesses that nodes served from their FIFOs, those dropped then included.
    pub nodes: Vec<Passed>,
    /// Ticks waited in the FIFOs of space links' ports, by port.
    pub links: Vec<u64>,
    /// Accesses that nodes dropped because their FIFOs were full.
    pub full_nodes: Vec<u64>,
    /// Accesses that were dropped because a port's FIFO was full, by port, those of wormholes included.
    pub full_links: Vec<u64>,
}

impl Passed {
    /// What has come since it was `start`.
    #[must_use]
    pub fn since(self, start: Self) -> Self {
        let Self { accesses, waited } = start;
        Self { accesses: self.accesses.saturating_sub(accesses), waited: self.waited.saturating_sub(waited) }
    }
}

impl ops::AddAssign for Passed {
    fn add_assign(&mut self, other: Self) {
        self.accesses += other.accesses;
        self.waited += other.waited;
    }
}

impl Waits {
    /// All counts.
    pub fn counts(&self) -> impl Iterator<Item = u64> {
        let passed = self.nodes.iter().flat_map(|passed| [passed.accesses, passed.waited]);
        passed.chain([&self.links, &self.full_nodes, &self.full_links].into_iter().flatten().copied())
    }

    /// Nothing has waited anywhere.
    pub(super) fn none(nodes: usize, ports: usize) -> Self {
        Self {
            nodes: vec![Passed::default(); nodes],
            links: vec![0; ports],
            full_nodes: vec![0; nodes],
            full_links: vec![0; ports],
        }
    }

    /// Whether these are the totals of so many nodes and ports.
    pub(super) fn are_of(&self, nodes: usize, ports: usize) -> bool {
        [self.nodes.len(), self.full_nodes.len()] == [nodes; 2]
            && [self.links.len(), self.full_links.len()] == [ports; 2]
    }

    /// What has come since the totals were those of `start`; what was not there yet counts from nothing.
    pub fn since(&self, start: &Self) -> Self {
        Self {
            nodes: pairs(&self.nodes, &start.nodes).map(|(now, then)| now.since(then)).collect(),
            links: since(&self.links, &start.links),
            full_nodes: since(&self.full_nodes, &start.full_nodes),
            full_links: since(&self.full_links, &start.full_links),
        }
    }
}

/// What counters have grown by; those that were not there yet count from 0.
pub fn since(now: &[u64], start: &[u64]) -> Vec<u64> {
    pairs(now, start).map(|(now, then)| now.saturating_sub(then)).collect()
}

fn pairs<'a, T: Copy + Default>(now: &'a [T], then: &'a [T]) -> impl Iterator<Item = (T, T)> {
    now.iter().copied().zip(then.iter().copied().chain(iter::repeat(T::default())))
}
