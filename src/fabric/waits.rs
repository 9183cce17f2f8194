//! Where accesses wait: counters for results, on which nothing else depends.

use std::{iter, ops};

use serde::{Deserialize, Serialize};

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
    /// Ticks waited for slots on space links, by port.
    pub links: Vec<u64>,
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
        self.nodes.iter().flat_map(|passed| [passed.accesses, passed.waited]).chain(self.links.iter().copied())
    }

    /// Nothing has waited anywhere.
    pub(super) fn none(nodes: usize, ports: usize) -> Self {
        Self { nodes: vec![Passed::default(); nodes], links: vec![0; ports] }
    }

    /// What has come since the totals were those of `start`; what was not there yet counts from nothing.
    pub fn since(&self, start: &Self) -> Self {
        Self {
            nodes: pairs(&self.nodes, &start.nodes).map(|(now, then)| now.since(then)).collect(),
            links: since(&self.links, &start.links),
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
