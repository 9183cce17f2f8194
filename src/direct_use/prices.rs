//! Prices of ports, and the bound that any prices prove.
//!
//! For any prices μ ≥ 0 of a port at a node in a slot, a pair pays μ at both ends for each slot that it is open in.
//! Then (the pairs' best costs, each on its own) − ports · Σ μ is at most the cost of any feasible schedule: whatever
//! it pays for ports is at most ports · Σ μ (weak duality). All in integers, so each value is proved.
//! The number of pairs open in a slot, less the ports, is the direction in which the price should move.

use super::contest::{Contest, FIRST_SLOT, Interval};
use super::solo::Solo;

/// Prices of ports by slot, units, kept as running sums.
#[derive(Debug, Clone)]
pub(super) struct Prices {
    /// Sum of the node's prices before each slot.
    before: Vec<i64>,
    total: i128,
}

impl Prices {
    pub fn zero(contest: &Contest) -> Self {
        Prices { before: vec![0; contest.slot_count()], total: 0 }
    }

    pub fn before(&self) -> &[i64] {
        &self.before
    }

    /// Sets every slot's price; what `price` says is cut to what is allowed.
    pub fn set(&mut self, contest: &Contest, highest: i64, price: impl Fn(usize) -> i64) {
        let mut running = 0;
        self.total = 0;
        for slot in FIRST_SLOT..contest.slot_count() {
            self.before[slot] = running;
            if contest.is_slot(slot) {
                running += price(slot).clamp(0, highest);
            } else {
                self.total += i128::from(running);
                running = 0;
            }
        }
    }
}

/// What the pairs choose under prices.
pub(super) struct Answer {
    /// Proved lower bound on the cost, units.
    pub bound: i128,
    /// Pairs open in each slot.
    pub load: Vec<i32>,
}

/// Lets every pair choose its best under the prices.
pub(super) fn ask(contest: &Contest, prices: &Prices, nothing: i64, solo: &mut Solo, answer: &mut Answer) {
    answer.load.fill(0);
    let mut gains: i128 = 0;
    for pair in 0..contest.pairs.len() {
        gains += i128::from(solo.solve_freely(contest, pair, prices.before()));
        for interval in &solo.intervals {
            mark(contest, *interval, &mut answer.load);
        }
    }
    sum_up(contest, &mut answer.load);
    answer.bound = i128::from(nothing) - gains - i128::from(contest.ports) * prices.total;
}

/// Notes where an interval begins and ends in the load's differences.
fn mark(contest: &Contest, interval: Interval, load: &mut [i32]) {
    let from = contest.demands[interval.first as usize].slots;
    let to = contest.demands[interval.last as usize].slots;
    for end in 0..2 {
        load[from[end] as usize] += 1;
        load[to[end] as usize + 1] -= 1;
    }
}

/// Turns differences into loads.
fn sum_up(contest: &Contest, load: &mut [i32]) {
    let mut running = 0;
    for (slot, entry) in load.iter_mut().enumerate() {
        running += *entry;
        *entry = if contest.is_slot(slot) { running } else { 0 };
    }
}
