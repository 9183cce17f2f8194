//! The best that anybody could do: exactly where that is cheap, else between a proved bound and a feasible schedule.

use super::ascent::{Bracket, Effort, bracket};
use super::best_static::{StaticChoice, best_static};
use super::contest::Contest;
use super::group::{self, Limits};
use super::ledger::Ledger;
use super::plan::Plan;
use super::schedule::{Event, Schedule, Solution};
use super::solo::Solo;
use super::split::split;

/// [`optimum`] is computed where each independent part of the ledger has at most this many sets of pairs that keep to
/// the ports, and at most [`OPTIMUM_CELLS`] sets times ticks with requests.
pub const OPTIMUM_STATES: usize = 1 << 12;

/// Sets times ticks that [`optimum`] goes through for one part (4 bytes each).
pub const OPTIMUM_CELLS: usize = 1 << 24;

const OPTIMUM: Limits = Limits { states: OPTIMUM_STATES, cells: OPTIMUM_CELLS };

/// Parts that are solved exactly on the way to [`bounds`]: about as dear as pricing their ports.
const SMALL_PART: Limits = Limits { states: 1 << 9, cells: 1 << 20 };

/// Everything there is to know about what off-line schedules could do.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Cost of opening nothing, units.
    pub nothing: i128,
    /// The cheapest set of pairs that stays open throughout.
    pub best_static: StaticChoice,
    /// No schedule costs less, units.
    pub lower: i128,
    /// The best schedule found; the exact optimum if `optimum` is known.
    pub upper: Solution,
    /// The cost of the best schedule, units, where `lower` equals `upper`.
    pub optimum: Option<i128>,
}

impl Bounds {
    /// How much more the schedule costs than the bound, as a part of the bound; 0 if both are 0.
    pub fn gap(&self) -> f64 {
        let difference = (self.upper.cost - self.lower) as f64;
        if difference == 0.0 { 0.0 } else { difference / self.lower as f64 }
    }

    /// Whether it is proved that no schedule, on-line or off-line, costs less than opening nothing.
    pub fn no_policy_pays(&self) -> bool {
        self.lower == self.nothing
    }
}

/// Bounds the cost of all schedules from both sides.
pub fn bounds(ledger: &Ledger) -> Bounds {
    bounds_of_one(ledger, 1)
}

/// The same for one of so many ledgers, with so much less search that all of them take about as long as one.
pub fn bounds_of_one(ledger: &Ledger, among: u32) -> Bounds {
    let nothing = ledger.tariff().cost(&ledger.nothing());
    let best_static = best_static(ledger);
    let (lower, schedule) = match optimum(ledger) {
        Some(best) => (best.cost, best.schedule),
        None => price_all(ledger, among),
    };
    let found = Solution::of(ledger, schedule);
    let upper = if best_static.solution.cost < found.cost { best_static.solution.clone() } else { found };
    let optimum = (lower == upper.cost).then_some(lower);
    Bounds { nothing, best_static, lower, upper, optimum }
}

/// A best schedule, if the ledger falls into parts that are small enough.
pub fn optimum(ledger: &Ledger) -> Option<Solution> {
    let mut contests = split(ledger).contests;
    contests.sort_by_key(|contest| std::cmp::Reverse(contest.demands.len()));
    let mut events = Vec::new();
    for contest in &contests {
        events.extend(solve_exactly(contest, OPTIMUM)?.events(contest));
    }
    Some(Solution::of(ledger, Schedule::sorted(events)))
}

/// The cost of the cheapest schedule if each pair had all ports to itself, units.
pub fn per_pair_bound(ledger: &Ledger) -> i128 {
    let split = split(ledger);
    split.left_out + split.contests.iter().map(alone).sum::<i128>()
}

/// The bound that prices of ports prove, without exact solutions of small parts, units.
pub fn price_bound(ledger: &Ledger) -> i128 {
    let split = split(ledger);
    let of_contest = |contest| rounded_up(ledger, bracket(contest, Effort::of(contest)).lower);
    split.left_out + split.contests.iter().map(of_contest).sum::<i128>()
}

/// A proved lower bound on the cost of every schedule, units.
pub fn lower(ledger: &Ledger) -> i128 {
    bounds(ledger).lower
}

/// A feasible schedule, never dearer than nothing and the best static choice.
pub fn upper(ledger: &Ledger) -> Solution {
    bounds(ledger).upper
}

/// Prices the ports of all parts that are not small.
fn price_all(ledger: &Ledger, among: u32) -> (i128, Schedule) {
    let split = split(ledger);
    let mut lower = split.left_out;
    let mut events: Vec<Event> = Vec::new();
    for contest in &split.contests {
        let part = solve_part(contest, among);
        lower += rounded_up(ledger, part.lower);
        events.extend(part.plan.events(contest));
    }
    (lower, Schedule::sorted(events))
}

fn solve_part(contest: &Contest, among: u32) -> Bracket {
    match solve_exactly(contest, SMALL_PART) {
        Some(plan) => Bracket { lower: i128::from(contest.nothing() - plan.gain()), plan },
        None => bracket(contest, Effort::of(contest).shared(among)),
    }
}

fn solve_exactly(contest: &Contest, limits: Limits) -> Option<Plan> {
    let everyone: Vec<u32> = (0..contest.pairs.len() as u32).collect();
    let mut plan = Plan::empty(contest);
    let choice = group::solve(contest, &everyone, &plan, limits)?;
    for (pair, intervals) in choice.intervals.into_iter().enumerate() {
        plan.set(contest, pair, intervals);
    }
    Some(plan)
}

fn alone(contest: &Contest) -> i128 {
    let free = vec![0; contest.slot_count()];
    let mut solo = Solo::default();
    let gains: i128 = (0..contest.pairs.len()).map(|pair| i128::from(solo.solve_freely(contest, pair, &free))).sum();
    i128::from(contest.nothing()) - gains
}

/// Costs are multiples of the tariff's grain, so a bound may be rounded up to one.
fn rounded_up(ledger: &Ledger, bound: i128) -> i128 {
    let grain = i128::from(ledger.tariff().grain());
    (bound + grain - 1).div_euclid(grain) * grain
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::direct_use::ledger::Request;
    use crate::direct_use::pair::Pair;
    use crate::direct_use::tariff::Tariff;
    use crate::random::stream;

    fn random_ledger(rng: &mut ChaCha8Rng) -> Ledger {
        let ticks = rng.random_range(1..=40);
        let ports = rng.random_range(1..=2);
        let mut requests = Vec::new();
        for _ in 0..rng.random_range(0..120) {
            let a = rng.random_range(0..6);
            let pair = Pair::new(a, (a + rng.random_range(1..=2)) % 6).unwrap();
            requests.push(Request { tick: rng.random_range(0..ticks), pair, saving: rng.random_range(0..9) });
        }
        let halves = f64::from(rng.random_range(0..12)) / 2.0;
        let tariff = Tariff::new(halves, f64::from(rng.random_range(0..6)) / 4.0).unwrap();
        Ledger::new(6, ports, ticks, tariff, requests).unwrap()
    }

    /// Small ledgers are solved exactly; here their parts take the road of the large ones.
    #[test]
    fn prices_and_plans_enclose_the_optimum() {
        let mut rng = stream(5, "test");
        for round in 0..3000 {
            let ledger = random_ledger(&mut rng);
            let best = optimum(&ledger).expect("a small ledger").cost;
            let split = split(&ledger);
            let (mut lower, mut events) = (split.left_out, Vec::new());
            for contest in &split.contests {
                let part = bracket(contest, Effort { steps: 60, work: 100_000 });
                lower += rounded_up(&ledger, part.lower);
                events.extend(part.plan.events(contest));
            }
            let upper = Solution::of(&ledger, Schedule::sorted(events)).cost;
            assert!(lower <= best && best <= upper, "ledger {round}: {lower} {best} {upper}");
        }
    }
}
