//! One pair on its own: the best ticks to be open in, in time linear in its demands.
//!
//! The cost of being open over demands i..=j is opening + after(j) − before(i), where `before` and `after` are running
//! sums of upkeep and port prices. With `closed` the best gain so far and `open` the best gain so far while open,
//! without the running sum: open ← max(open, closed − opening + before) + saving; closed ← max(closed, open − after).

use super::contest::{Contest, Demand, Interval};
use super::tariff::Tariff;

/// Lower than any gain, and far from overflow.
const NEVER: i64 = i64::MIN / 2;

/// The best gain of a pair that has all ports to itself, units.
pub(super) fn gain(demands: &[Demand], tariff: &Tariff) -> i64 {
    let mut closed = 0;
    let mut open = NEVER;
    for demand in demands {
        let before = tariff.upkeep() * demand.tick;
        open = open.max(closed - tariff.opening() + before) + demand.saving;
        closed = closed.max(open - before - tariff.upkeep());
    }
    closed
}

/// What a pair may do at a demand.
#[derive(Clone, Copy)]
pub(super) struct Permit {
    /// It may have stayed open since its last demand.
    pub stay: bool,
    /// It may be open now.
    pub open: bool,
}

/// Solves pairs one by one; holds the memory that this needs.
#[derive(Default)]
pub(super) struct Solo {
    /// Per demand: where the interval that is open now began, and the last demand at which closing was best so far.
    trail: Vec<(u32, u32)>,
    /// The chosen intervals of the last pair solved, the last one first.
    pub intervals: Vec<Interval>,
}

const NONE: u32 = u32::MAX;

impl Solo {
    /// Solves a pair under port prices; `before[slot]` is the sum of a node's prices before that slot.
    ///
    /// Returns the gain after prices and leaves the intervals in `intervals`.
    #[inline]
    pub fn solve(&mut self, contest: &Contest, pair: usize, before: &[i64], permit: impl Fn(usize) -> Permit) -> i64 {
        let first = contest.starts[pair];
        let mut closed = 0;
        let mut open = NEVER;
        let (mut began, mut closing) = (NONE, NONE);
        self.trail.clear();
        for (offset, demand) in contest.demands_of(pair).iter().enumerate() {
            let [low, high] = demand.slots.map(|slot| slot as usize);
            let fixed = contest.upkeep * demand.tick;
            let Permit { stay, open: allowed } = permit(first + offset);
            if !stay || !allowed {
                open = NEVER;
            }
            if allowed {
                let fresh = closed - contest.opening + fixed + before[low] + before[high];
                if fresh > open {
                    open = fresh;
                    began = offset as u32;
                }
                open += demand.saving;
                let shut = open - fixed - contest.upkeep - before[low + 1] - before[high + 1];
                if shut > closed {
                    closed = shut;
                    closing = offset as u32;
                }
            }
            self.trail.push((began, closing));
        }
        self.collect(first as u32);
        closed
    }

    /// Solves a pair that may be open whenever it pays.
    pub fn solve_freely(&mut self, contest: &Contest, pair: usize, before: &[i64]) -> i64 {
        self.solve(contest, pair, before, |_| Permit { stay: true, open: true })
    }

    fn collect(&mut self, offset: u32) {
        self.intervals.clear();
        let mut at = self.trail.len();
        while at > 0 {
            let last = self.trail[at - 1].1;
            if last == NONE {
                return;
            }
            let first = self.trail[last as usize].0;
            self.intervals.push(Interval { first: offset + first, last: offset + last });
            at = first as usize;
        }
    }
}
