//! Thousands of random small ledgers: bound ≤ optimum ≤ every policy, and the optimum against a slow, plain oracle.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use wormsim::direct_use::{Ledger, Pair, Request, Tariff, bounds, optimum, per_pair_bound, price_bound};
use wormsim::random::stream;

use super::policies::{Rotor, account, bma, rotor, window};

const NODES: u32 = 5;

fn random_ledger(rng: &mut ChaCha8Rng) -> Ledger {
    let ticks = rng.random_range(1..=24);
    let opening = [0.0, 1.0, 2.5, 4.0, 10.0][rng.random_range(0..5)];
    let upkeep = [0.0, 0.0, 0.1, 0.5, 1.0, 2.0][rng.random_range(0..6)];
    let pairs: Vec<Pair> = (0..rng.random_range(1..=6)).map(|_| random_pair(rng)).collect();
    let mut requests = Vec::new();
    let mut favourite = 0;
    for _ in 0..rng.random_range(0..60) {
        if rng.random_range(0..3) == 0 {
            favourite = rng.random_range(0..pairs.len());
        }
        let (tick, saving) = (rng.random_range(0..ticks), rng.random_range(0..6));
        requests.push(Request { tick, pair: pairs[favourite], saving });
    }
    Ledger::new(NODES, rng.random_range(1..=2), ticks, Tariff::new(opening, upkeep).unwrap(), requests).unwrap()
}

fn random_pair(rng: &mut ChaCha8Rng) -> Pair {
    let a = rng.random_range(0..NODES);
    Pair::new(a, (a + rng.random_range(1..NODES)) % NODES).unwrap()
}

/// The optimum by trying every set of pairs in every tick, straight from the ledger's rules.
fn plain_optimum(ledger: &Ledger) -> i128 {
    let mut pairs: Vec<Pair> = ledger.requests().iter().map(|request| request.pair).collect();
    pairs.sort();
    pairs.dedup();
    let sets: Vec<u32> = (0..1 << pairs.len()).filter(|&set| keeps_to_ports(ledger, &pairs, set)).collect();
    let tariff = ledger.tariff();
    let mut costs: Vec<i128> = sets.iter().map(|set| if *set == 0 { 0 } else { i128::MAX / 2 }).collect();
    for tick in 0..ledger.ticks() {
        let step = |&set: &u32| {
            let reach = |(from, cost): (&u32, &i128)| cost + i128::from(tariff.opening()) * count(set & !from);
            let reached = sets.iter().zip(&costs).map(reach).min().unwrap();
            reached + i128::from(tariff.upkeep()) * count(set) + unserved(ledger, &pairs, set, tick)
        };
        costs = sets.iter().map(step).collect();
    }
    costs.into_iter().min().unwrap()
}

fn count(set: u32) -> i128 {
    i128::from(set.count_ones())
}

fn keeps_to_ports(ledger: &Ledger, pairs: &[Pair], set: u32) -> bool {
    let open = |node: u32| (0..pairs.len()).filter(|&i| set >> i & 1 == 1 && pairs[i].ends().contains(&node)).count();
    (0..ledger.nodes()).all(|node| open(node) <= ledger.ports())
}

fn unserved(ledger: &Ledger, pairs: &[Pair], set: u32, tick: u64) -> i128 {
    let is_closed = |pair: Pair| set >> pairs.binary_search(&pair).unwrap() & 1 == 0;
    let at_tick = ledger.requests().iter().filter(|request| request.tick == tick && is_closed(request.pair));
    at_tick.map(|request| i128::from(request.saving * ledger.tariff().scale())).sum()
}

#[test]
fn bounds_hold_on_thousands_of_ledgers() {
    let mut rng = stream(2026, "test");
    for round in 0..4000 {
        let ledger = random_ledger(&mut rng);
        let best = plain_optimum(&ledger);
        let found = bounds(&ledger);
        assert_eq!(optimum(&ledger).unwrap().cost, best, "ledger {round}: {ledger:?}");
        assert_eq!((found.optimum, found.lower, found.upper.cost), (Some(best), best, best), "ledger {round}");
        let prices = price_bound(&ledger);
        assert!(per_pair_bound(&ledger) <= prices && prices <= best, "ledger {round}: {prices} {best}");
        assert!(best <= found.best_static.solution.cost.min(found.nothing), "ledger {round}");
    }
}

#[test]
fn no_policy_beats_the_optimum() {
    let mut rng = stream(1977, "test");
    for round in 0..4000 {
        let ledger = random_ledger(&mut rng);
        let best = optimum(&ledger).unwrap().cost;
        let rotor = rotor(&ledger, Rotor { dwell: rng.random_range(1..=4), phase: rng.random_range(0..5) });
        let window = window(&ledger, rng.random_range(1..=8));
        for (name, schedule) in
            [("bma", bma(&ledger)), ("account", account(&ledger)), ("rotor", rotor), ("window", window)]
        {
            let cost = schedule.cost(&ledger).unwrap_or_else(|fault| panic!("ledger {round}, {name}: {fault}"));
            assert!(best <= cost, "ledger {round}: {name} costs {cost}, optimum {best}");
        }
    }
}
