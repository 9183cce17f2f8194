//! From prices to a feasible plan: pairs take turns, each takes what is best for it where ports are left.
//!
//! Prices make a pair leave ports to those that need them more; a second turn without prices takes what nobody needed.

use super::contest::Contest;
use super::plan::Plan;
use super::solo::{Permit, Solo};

/// Lets every pair in `order` replace its intervals by its best ones where there is room.
fn take_turns(contest: &Contest, before: &[i64], order: &[u32], solo: &mut Solo, plan: &mut Plan) {
    for &pair in order {
        let pair = pair as usize;
        plan.set(contest, pair, Vec::new());
        let first = contest.starts[pair];
        solo.solve(contest, pair, before, |demand| Permit {
            stay: demand == first || plan.has_room_between(contest, demand - 1),
            open: plan.has_room_at(contest, demand),
        });
        plan.set(contest, pair, solo.intervals.iter().rev().copied().collect());
    }
}

/// A plan by prices; pairs that gain more by the prices come first.
pub(super) fn round(contest: &Contest, before: &[i64], solo: &mut Solo) -> Plan {
    let order = by_gain(contest, before, solo);
    let mut plan = Plan::empty(contest);
    take_turns(contest, before, &order, solo, &mut plan);
    take_turns(contest, &vec![0; contest.slot_count()], &order, solo, &mut plan);
    plan
}

/// All pairs, those that gain most under the prices first.
fn by_gain(contest: &Contest, before: &[i64], solo: &mut Solo) -> Vec<u32> {
    let mut order: Vec<(i64, u32)> = Vec::with_capacity(contest.pairs.len());
    for pair in 0..contest.pairs.len() {
        order.push((-solo.solve_freely(contest, pair, before), pair as u32));
    }
    order.sort_unstable();
    order.into_iter().map(|(_, pair)| pair).collect()
}
