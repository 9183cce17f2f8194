//! Exact instances and adversaries of the literature (VALIDATION.md 8).

use wormsim::direct_use::{
    Action, Ledger, Pair, Request, Schedule, Tariff, bounds, optimum, per_pair_bound, price_bound,
};

use super::policies::{account, bma};

/// One request a tick: each block is a pair and how often it asks.
fn blocks(nodes: u32, ports: usize, tariff: Tariff, saving: i64, blocks: &[(u32, u32, u64)], rounds: u64) -> Ledger {
    let mut requests = Vec::new();
    for _ in 0..rounds {
        for &(a, b, count) in blocks {
            for _ in 0..count {
                requests.push(Request { tick: requests.len() as u64, pair: Pair::new(a, b).unwrap(), saving });
            }
        }
    }
    Ledger::new(nodes, ports, requests.len() as u64, tariff, requests).unwrap()
}

struct Row {
    nothing: i128,
    best_static: i128,
    optimum: i128,
    per_pair: i128,
    prices: i128,
    bma: (i128, u64),
}

fn check(ledger: &Ledger, row: Row) {
    let found = bounds(ledger);
    let bma = bma(ledger).bill(ledger).unwrap();
    assert_eq!(found.nothing, row.nothing);
    assert_eq!(found.best_static.solution.cost, row.best_static);
    assert!(found.best_static.is_exact);
    assert_eq!((found.optimum, found.lower, found.upper.cost), (Some(row.optimum), row.optimum, row.optimum));
    assert_eq!(per_pair_bound(ledger), row.per_pair);
    assert_eq!(price_bound(ledger), row.prices);
    assert_eq!((ledger.tariff().cost(&bma), bma.openings), row.bma);
}

#[test]
fn one_pair_comes_back() {
    let ledger = blocks(3, 1, Tariff::new(2.0, 0.0).unwrap(), 1, &[(0, 1, 6), (0, 2, 6), (0, 1, 6)], 1);
    let row = Row { nothing: 18, best_static: 8, optimum: 6, per_pair: 4, prices: 6, bma: (16, 3) };
    check(&ledger, row);
}

#[test]
fn a_triangle_takes_turns() {
    let ledger = blocks(3, 1, Tariff::new(2.0, 0.0).unwrap(), 1, &[(0, 1, 3), (1, 2, 3), (0, 2, 3)], 4);
    let row = Row { nothing: 36, best_static: 26, optimum: 24, per_pair: 6, prices: 20, bma: (38, 6) };
    check(&ledger, row);
}

#[test]
fn two_matchings_take_turns() {
    let rounds = [(0, 1, 4), (2, 3, 4), (0, 2, 4), (1, 3, 4)];
    let ledger = blocks(4, 1, Tariff::new(4.0, 0.1).unwrap(), 1, &rounds, 4);
    let row = Row { nothing: 640, best_static: 528, optimum: 504, per_pair: 368, prices: 504, bma: (1068, 9) };
    check(&ledger, row);
}

/// A star with one leaf more than ports; each block asks for the smallest leaf that BMA does not hold.
fn adversary(ports: usize) -> Ledger {
    let tariff = Tariff::new(10.0, 0.0).unwrap();
    let leaves = ports as u32 + 1;
    let mut requests: Vec<Request> = Vec::new();
    for _ in 0..60 * leaves {
        let past = Ledger::new(leaves + 1, ports, requests.len() as u64, tariff, requests.clone()).unwrap();
        let held = open_at_end(&bma(&past));
        let pair = (1..=leaves).map(|leaf| Pair::new(0, leaf).unwrap()).find(|pair| !held.contains(pair)).unwrap();
        for _ in 0..10 {
            requests.push(Request { tick: requests.len() as u64, pair, saving: 1 });
        }
    }
    Ledger::new(leaves + 1, ports, requests.len() as u64, tariff, requests).unwrap()
}

fn open_at_end(schedule: &Schedule) -> Vec<Pair> {
    let mut open = Vec::new();
    for event in &schedule.events {
        match event.action {
            Action::Open => open.push(event.pair),
            Action::Close => open.retain(|&pair| pair != event.pair),
        }
    }
    open
}

#[test]
fn the_adversary_of_bma() {
    for (ports, of_bma, best) in [(1, 1800, 610), (2, 3000, 620), (3, 4200, 630)] {
        let ledger = adversary(ports);
        assert_eq!(bma(&ledger).cost(&ledger).unwrap(), of_bma, "{ports} ports");
        assert_eq!(optimum(&ledger).unwrap().cost, best, "{ports} ports");
    }
}

/// A request that fills the account, then silence until the pair has closed again.
fn account_adversary(opening: u64, upkeep: u64, cycles: u64) -> Ledger {
    let tariff = Tariff::new(opening as f64, upkeep as f64).unwrap();
    let pair = Pair::new(0, 1).unwrap();
    let length = opening / upkeep + 1;
    let saving = (opening + upkeep) as i64;
    let requests = (0..cycles).map(|cycle| Request { tick: cycle * length, pair, saving }).collect();
    Ledger::new(2, 1, cycles * length, tariff, requests).unwrap()
}

#[test]
fn the_adversary_of_the_account_rule() {
    let ledger = account_adversary(1000, 1, 20);
    assert_eq!(account(&ledger).cost(&ledger).unwrap(), 60_020);
    assert_eq!(optimum(&ledger).unwrap().cost, 20_020);
}

#[test]
fn the_account_rule_tends_to_three() {
    let mut last = 0.0;
    for opening in [10, 100, 1000, 10_000] {
        let ledger = account_adversary(opening, 1, 5);
        let cost = account(&ledger).cost(&ledger).unwrap();
        let ratio = cost as f64 / optimum(&ledger).unwrap().cost as f64;
        assert!(ratio > last && ratio <= 3.0, "{opening}: {ratio}");
        last = ratio;
    }
    assert!(last > 2.999);
}
