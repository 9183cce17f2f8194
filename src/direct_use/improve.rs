//! Local search: small groups of pairs that share nodes are solved again, exactly, in the ports that others leave.

use std::collections::{BTreeMap, VecDeque};

use super::contest::{Contest, Interval};
use super::group::{self, Limits};
use super::plan::Plan;

/// Pairs in a group.
const MEMBERS: usize = 7;

const LIMITS: Limits = Limits { states: 1 << MEMBERS, cells: 1 << 22 };

/// Solves groups again, pass by pass, until a pass gains nothing, the plan gains `enough`, or `work` (states ×
/// demands × members) is used up.
pub(super) fn improve(contest: &Contest, plan: &mut Plan, enough: i64, work: u64) {
    let mut search = Search { contest, neighbours: Neighbours::of(contest), enough, work, turn: 0 };
    loop {
        let before = plan.gain();
        if !search.pass(plan) || plan.gain() == before {
            return;
        }
    }
}

struct Search<'a> {
    contest: &'a Contest,
    neighbours: Neighbours,
    /// Gain of a plan that is good enough, units.
    enough: i64,
    work: u64,
    /// Counts groups, so that a pair's group is another one in each pass.
    turn: usize,
}

impl Search<'_> {
    /// Solves a group around each pair, again around those that a gain touches; false when it is time to stop.
    fn pass(&mut self, plan: &mut Plan) -> bool {
        let mut waiting: VecDeque<u32> = (0..self.contest.pairs.len() as u32).collect();
        let mut is_waiting = vec![true; self.contest.pairs.len()];
        while let Some(seed) = waiting.pop_front() {
            is_waiting[seed as usize] = false;
            let members = self.neighbours.group(self.contest, seed, self.turn);
            self.turn += 1;
            let spent = cost_of_solving(self.contest, &members);
            if spent > self.work || plan.gain() >= self.enough {
                return false;
            }
            self.work -= spent;
            if solve_again(self.contest, plan, &members) {
                for &pair in members.iter().flat_map(|&member| self.neighbours.at_ends(self.contest, member)) {
                    if !std::mem::replace(&mut is_waiting[pair as usize], true) {
                        waiting.push_back(pair);
                    }
                }
            }
        }
        true
    }
}

fn cost_of_solving(contest: &Contest, members: &[u32]) -> u64 {
    let demands: usize = members.iter().map(|&pair| contest.demands_of(pair as usize).len()).sum();
    ((demands * members.len()) << members.len()) as u64
}

/// Whether solving the group again gained something; if not, the plan is as it was.
fn solve_again(contest: &Contest, plan: &mut Plan, members: &[u32]) -> bool {
    let before: Vec<_> = members.iter().map(|&pair| plan.intervals(pair as usize).to_vec()).collect();
    let gained: i64 = members.iter().map(|&pair| plan.gain_of(contest, pair as usize)).sum();
    set_all(contest, plan, members, vec![Vec::new(); members.len()]);
    match group::solve(contest, members, plan, LIMITS) {
        Some(choice) if choice.gain > gained => {
            set_all(contest, plan, members, choice.intervals);
            true
        }
        _ => {
            set_all(contest, plan, members, before);
            false
        }
    }
}

fn set_all(contest: &Contest, plan: &mut Plan, members: &[u32], intervals: Vec<Vec<Interval>>) {
    for (&pair, intervals) in members.iter().zip(intervals) {
        plan.set(contest, pair as usize, intervals);
    }
}

/// The pairs at each node.
struct Neighbours {
    pairs_at: BTreeMap<u32, Vec<u32>>,
}

impl Neighbours {
    fn of(contest: &Contest) -> Self {
        let mut pairs_at: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (index, pair) in contest.pairs.iter().enumerate() {
            for node in pair.ends() {
                pairs_at.entry(node).or_default().push(index as u32);
            }
        }
        Neighbours { pairs_at }
    }

    /// The pairs at both ends of a pair.
    fn at_ends(&self, contest: &Contest, pair: u32) -> impl Iterator<Item = &u32> {
        contest.pairs[pair as usize].ends().into_iter().flat_map(|node| &self.pairs_at[&node])
    }

    /// The seed and pairs near it; which ones, where there are many, changes with the turn.
    fn group(&self, contest: &Contest, seed: u32, turn: usize) -> Vec<u32> {
        let mut members = vec![seed];
        let mut next = 0;
        while next < members.len() && members.len() < MEMBERS {
            let near: Vec<u32> = self.at_ends(contest, members[next]).copied().collect();
            for offset in 0..near.len() {
                let pair = near[(offset + turn * 7) % near.len()];
                if members.len() < MEMBERS && !members.contains(&pair) {
                    members.push(pair);
                }
            }
            next += 1;
        }
        members
    }
}
