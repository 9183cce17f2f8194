//! Pairs that compete for ports, with their demands, ready for the bounds.
//!
//! Ports are counted in *slots*: a tick with demands at a node whose ports may bind.

use super::pair::Pair;

/// Where the ends of pairs point whose node never binds; no price and no load there.
pub(super) const FREE_SLOT: u32 = 0;

/// The first slot of the first node that binds (each node's slots are followed by one that only ends it).
pub(super) const FIRST_SLOT: usize = 2;

/// All that a pair asks for in one tick.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    pub tick: i64,
    /// Units.
    pub saving: i64,
    /// The slot of this tick at either end.
    pub slots: [u32; 2],
}

/// Demands `first..=last` of a pair (numbers in `Contest::demands`), over which it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub first: u32,
    pub last: u32,
}

/// Pairs that cannot be solved one by one, since they share nodes whose ports bind.
#[derive(Debug, Clone, Default)]
pub(super) struct Contest {
    pub ports: i16,
    /// Units.
    pub opening: i64,
    /// Units per tick.
    pub upkeep: i64,
    pub pairs: Vec<Pair>,
    /// The demands of pair p are `starts[p]..starts[p + 1]`.
    pub starts: Vec<usize>,
    pub demands: Vec<Demand>,
    /// The tick of each slot; `i64::MAX` at the end of each node's slots.
    pub slot_ticks: Vec<i64>,
}

impl Contest {
    /// The demands of one pair.
    pub fn demands_of(&self, pair: usize) -> &[Demand] {
        &self.demands[self.starts[pair]..self.starts[pair + 1]]
    }

    /// What the pair gains by being open over an interval, against being closed, units.
    pub fn gain(&self, interval: Interval) -> i64 {
        let demands = &self.demands[interval.first as usize..=interval.last as usize];
        let ticks = demands[demands.len() - 1].tick - demands[0].tick + 1;
        let saved: i64 = demands.iter().map(|demand| demand.saving).sum();
        saved - self.opening - self.upkeep * ticks
    }

    /// The cost of never opening, units.
    pub fn nothing(&self) -> i64 {
        self.demands.iter().map(|demand| demand.saving).sum()
    }

    /// The same contest with all costs `times` as large.
    pub fn magnified(&self, times: i64) -> Contest {
        let mut larger = self.clone();
        larger.opening *= times;
        larger.upkeep *= times;
        for demand in &mut larger.demands {
            demand.saving *= times;
        }
        larger
    }

    /// Number of slots, those that end nodes included.
    pub fn slot_count(&self) -> usize {
        self.slot_ticks.len()
    }

    /// Whether a slot stands for a tick at a node whose ports may bind.
    pub fn is_slot(&self, slot: usize) -> bool {
        self.slot_ticks[slot] != i64::MAX
    }
}
