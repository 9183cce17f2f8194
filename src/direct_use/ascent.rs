//! Raises the bound that prices prove, and finds feasible plans on the way.
//!
//! Subgradient steps of Polyak's length, θ · (target − bound) / |direction|², along an exponentially smoothed
//! direction, where the target is the cost of the best plan so far. When steps stop to gain, θ shrinks and the prices
//! go back to the best ones. Floating point only *chooses* prices; what they prove is computed in integers.

use super::contest::{Contest, FIRST_SLOT};
use super::improve::improve;
use super::ledger::LARGEST;
use super::plan::Plan;
use super::prices::{Answer, Prices, ask};
use super::rounding::round;
use super::solo::Solo;

/// Part of the last direction that goes into the next; more is smoother and slower to turn.
const MEMORY: f64 = 0.65;
/// θ at the start, its factor when steps stop to gain, and where to give up.
const FIRST_STEP: f64 = 1.0;
const SHRINK: f64 = 0.6;
const LAST_STEP: f64 = 1e-4;
/// Steps without progress before θ shrinks.
const PATIENCE: u32 = 15;
/// Progress is a gain of more than this part of the gap.
const PROGRESS: f64 = 5e-4;
/// Steps between two plans.
const PLAN_EVERY: usize = 50;
/// The bound is good enough when the gap is at most this part of it.
const GOOD_ENOUGH: f64 = 1e-6;
/// A plan is good enough when the gap is at most this part of the bound.
const GOOD_PLAN: f64 = 2e-4;

/// A proved lower bound and a feasible plan.
pub(super) struct Bracket {
    /// Units.
    pub lower: i128,
    pub plan: Plan,
}

/// How long to search; the result depends on this and the contest only, not on the clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    pub steps: usize,
    /// States times demands of local search.
    pub work: u64,
}

impl Effort {
    /// About as much work for each demand, more where there are few.
    pub fn of(contest: &Contest) -> Self {
        let demands = contest.demands.len().max(1);
        Effort { steps: (200_000_000 / demands).clamp(600, 3000), work: 40_000 * demands as u64 + 10_000_000 }
    }

    /// So much less that as many contests take about as long as one.
    pub fn shared(self, among: u32) -> Self {
        Effort { steps: (self.steps / among.max(1) as usize).max(100), work: self.work / u64::from(among.max(1)) }
    }
}

/// Bounds a contest from below by prices and from above by a plan.
pub(super) fn bracket(contest: &Contest, effort: Effort) -> Bracket {
    let finer = finer_units(contest);
    let magnified = contest.magnified(finer);
    let mut ascent = Ascent::new(&magnified);
    for _ in 0..effort.steps {
        if !ascent.step() {
            break;
        }
    }
    ascent.make_plan();
    let mut plan = ascent.plan.expect("a plan was just made");
    let allowed = (ascent.best as f64 * GOOD_PLAN) as i128;
    let enough = i128::from(ascent.nothing) - ascent.best - allowed;
    improve(&magnified, &mut plan, enough as i64, effort.work);
    let finer = i128::from(finer);
    Bracket { lower: (ascent.best + finer - 1).div_euclid(finer), plan: plan.in_units_of(contest) }
}

/// By how much units can be divided, so that prices may lie between units and no sum overflows.
fn finer_units(contest: &Contest) -> i64 {
    let last_tick = contest.demands.iter().map(|demand| demand.tick + 1).max().unwrap_or(0);
    let largest = i128::from(contest.nothing() + contest.opening) + i128::from(contest.upkeep) * i128::from(last_tick);
    [10_000, 1000, 100, 10].into_iter().find(|&finer| largest * i128::from(finer) < LARGEST).unwrap_or(1)
}

/// The highest price of a slot that is of use and keeps sums of prices from overflow.
fn highest_price(contest: &Contest) -> i64 {
    let saved = |pair| contest.demands_of(pair).iter().map(|demand| demand.saving).sum();
    let useful: i64 = (0..contest.pairs.len()).map(saved).max().unwrap_or(0);
    useful.min((LARGEST / contest.slot_count() as i128) as i64)
}

/// The state of the search.
struct Ascent<'a> {
    contest: &'a Contest,
    nothing: i64,
    highest: i64,
    /// Wanted prices by slot, the direction that they move in, and the prices of the best bound.
    wanted: Vec<f64>,
    direction: Vec<f64>,
    best_wanted: Vec<f64>,
    prices: Prices,
    solo: Solo,
    answer: Answer,
    best: i128,
    plan: Option<Plan>,
    theta: f64,
    stalled: u32,
    steps: usize,
}

impl<'a> Ascent<'a> {
    fn new(contest: &'a Contest) -> Self {
        let none = vec![0.0; contest.slot_count()];
        let mut ascent = Ascent {
            contest,
            nothing: contest.nothing(),
            highest: highest_price(contest),
            wanted: none.clone(),
            direction: none.clone(),
            best_wanted: none,
            prices: Prices::zero(contest),
            solo: Solo::default(),
            answer: Answer { bound: 0, load: vec![0; contest.slot_count()] },
            best: i128::MIN,
            plan: None,
            theta: FIRST_STEP,
            stalled: 0,
            steps: 0,
        };
        ascent.make_plan();
        ascent
    }

    /// One step; false when there is nothing more to gain.
    fn step(&mut self) -> bool {
        ask(self.contest, &self.prices, self.nothing, &mut self.solo, &mut self.answer);
        self.judge();
        if self.gap() <= GOOD_ENOUGH * self.best.unsigned_abs() as f64 || self.theta < LAST_STEP {
            return false;
        }
        let length = self.turn();
        self.walk(length);
        self.steps += 1;
        if self.steps.is_multiple_of(PLAN_EVERY) {
            self.make_plan();
        }
        true
    }

    /// The cost of the best plan less the best bound.
    fn gap(&self) -> f64 {
        (self.target() - self.best) as f64
    }

    fn target(&self) -> i128 {
        i128::from(self.nothing - self.plan.as_ref().map_or(0, Plan::gain))
    }

    /// Keeps the best prices; goes back to them when nothing was gained for long.
    fn judge(&mut self) {
        self.stalled += 1;
        if self.answer.bound > self.best {
            if self.answer.bound.saturating_sub(self.best) as f64
                > PROGRESS * (self.target() - self.answer.bound) as f64
            {
                self.stalled = 0;
            }
            self.best = self.answer.bound;
            self.best_wanted.copy_from_slice(&self.wanted);
        }
        if self.stalled > PATIENCE {
            self.stalled = 0;
            self.theta *= SHRINK;
            self.wanted.copy_from_slice(&self.best_wanted);
            self.direction.fill(0.0);
        }
    }

    /// Turns the direction towards ports that are short; returns its squared length where prices can move.
    fn turn(&mut self) -> f64 {
        let ports = i32::from(self.contest.ports);
        let mut length = 0.0;
        for slot in FIRST_SLOT..self.contest.slot_count() {
            if !self.contest.is_slot(slot) {
                continue;
            }
            let short = f64::from(self.answer.load[slot] - ports);
            let at_zero = self.wanted[slot] <= 0.0;
            let pull = if at_zero { short.max(0.0) } else { short };
            let direction = MEMORY * self.direction[slot] + (1.0 - MEMORY) * pull;
            self.direction[slot] = direction;
            if !at_zero || direction > 0.0 {
                length += direction * direction;
            }
        }
        length
    }

    fn walk(&mut self, length: f64) {
        let gap = (self.target() - self.answer.bound).max(1) as f64;
        let factor = self.theta * gap / length.max(1e-9);
        let highest = self.highest as f64;
        for (wanted, direction) in self.wanted.iter_mut().zip(&self.direction) {
            *wanted = (*wanted + factor * direction).clamp(0.0, highest);
        }
        self.prices.set(self.contest, self.highest, |slot| self.wanted[slot].round() as i64);
    }

    /// Rounds the present prices to a plan and keeps it if it is the best so far.
    fn make_plan(&mut self) {
        let plan = round(self.contest, self.prices.before(), &mut self.solo);
        if self.plan.as_ref().is_none_or(|best| plan.gain() > best.gain()) {
            self.plan = Some(plan);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::direct_use::ledger::{Ledger, Request};
    use crate::direct_use::pair::Pair;
    use crate::direct_use::split::split;
    use crate::direct_use::tariff::Tariff;

    fn only_contest(blocks: &[(u32, u32, u64)], rounds: u64, tariff: Tariff) -> Contest {
        let mut requests = Vec::new();
        for _ in 0..rounds {
            for &(a, b, count) in blocks {
                for _ in 0..count {
                    requests.push(Request { tick: requests.len() as u64, pair: Pair::new(a, b).unwrap(), saving: 1 });
                }
            }
        }
        let ledger = Ledger::new(4, 1, requests.len() as u64, tariff, requests).unwrap();
        split(&ledger).contests.remove(0)
    }

    #[test]
    fn prices_reach_the_linear_programme() {
        let effort = Effort { steps: 3000, work: 0 };
        let one = only_contest(&[(0, 1, 6), (0, 2, 6), (0, 1, 6)], 1, Tariff::new(2.0, 0.0).unwrap());
        assert_eq!(bracket(&one, effort).lower, 6);
        let two = only_contest(&[(0, 1, 3), (1, 2, 3), (0, 2, 3)], 4, Tariff::new(2.0, 0.0).unwrap());
        assert_eq!(bracket(&two, effort).lower, 20);
        let rounds = [(0, 1, 4), (2, 3, 4), (0, 2, 4), (1, 3, 4)];
        let three = only_contest(&rounds, 4, Tariff::new(4.0, 0.1).unwrap());
        assert_eq!(bracket(&three, effort).lower, 504);
    }
}
