//! Opening policies in the simulator against the oracles of their rules, on the ledger of the same accesses.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use rand::RngExt;
use serde_json::{Value, json};
use wormsim::direct_use::{Action, Event, Ledger, Pair, Request, Schedule, Tariff, best_static, bounds};
use wormsim::experiment::direct_use::{DirectUse, Follower};
use wormsim::random::stream;
use wormsim::simulation::{Happened, Simulation, load, load_text};

use super::policies::{Rotor, account, bma, rotor, window};

const NODES: u32 = 6;
const TICKS: u32 = 997;
const OPENING: f64 = 5.0;

/// Accesses between all nodes, joined by links of 2 ticks over which a wormhole of 1 tick saves 1.
struct Instance {
    ports: u32,
    upkeep: f64,
    /// Tick, origin, target.
    accesses: Vec<(u32, u32, u32)>,
}

/// Few pairs ask at a time, and others after a while; at most one access a tick.
fn instance(seed: u64, ports: u32, upkeep: f64) -> Instance {
    let mut rng = stream(seed, "test");
    let (mut accesses, mut pair) = (Vec::new(), (0, 1));
    for tick in 0..TICKS {
        if rng.random_range(0..12) == 0 {
            let a = rng.random_range(0..NODES);
            pair = (a, (a + rng.random_range(1..NODES)) % NODES);
        }
        if rng.random_range(0..3) > 0 {
            accesses.push((tick, pair.0, pair.1));
        }
    }
    Instance { ports, upkeep, accesses }
}

impl Instance {
    fn ledger(&self) -> Ledger {
        let pair = |a, b| Pair::new(a, b).unwrap();
        let request = |&(tick, a, b): &(u32, u32, u32)| Request { tick: tick.into(), pair: pair(a, b), saving: 1 };
        let tariff = Tariff::new(OPENING, self.upkeep).unwrap();
        let requests = self.accesses.iter().map(request).collect();
        Ledger::new(NODES, self.ports as usize, TICKS.into(), tariff, requests).unwrap()
    }

    /// What a policy opens and closes in the simulator: decided in a tick, it holds from the next one on.
    fn simulated(&self, policy: &Value) -> Schedule {
        let folder = tempfile::tempdir().unwrap();
        let rows: String = self.accesses.iter().map(|(tick, a, b)| format!("{tick},{a},{b}\n")).collect();
        std::fs::write(folder.path().join("trace.csv"), format!("tick,origin,target\n{rows}")).unwrap();
        let pairs = || (0..NODES).flat_map(|a| (a + 1..NODES).map(move |b| [a.to_string(), b.to_string()]));
        let scenario = json!({
            "version": 2, "name": "rivals", "ticks": TICKS, "warmup_ticks": 0,
            "topology": {
                "nodes": (0..NODES).map(|node| json!({"id": node.to_string()})).collect::<Vec<_>>(),
                "links": pairs().map(|ends| json!({"ends": ends, "latency_ticks": 2})).collect::<Vec<_>>()
            },
            "workloads": [{"kind": "trace", "path": "trace.csv"}],
            "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.5}, "policy": policy,
                "ports_per_node": self.ports},
            "physics": {"wormhole": {"setup_ticks": 0, "opening_cost": OPENING, "upkeep_per_tick": self.upkeep}},
            "router": {"kind": "shortest_path"}
        });
        let path = folder.path().join("scenario.json");
        std::fs::write(&path, scenario.to_string()).unwrap();
        let mut follower = Follower::default();
        let mut look = |_: &Simulation, happened: &Happened| {
            follower.see(&happened.records);
            ControlFlow::Continue(())
        };
        let scenario = load(&path, &[]).unwrap().scenario;
        let mut simulation = Simulation::new(scenario.clone().into()).unwrap();
        simulation.run(&mut look).unwrap();
        let schedule = follower.schedule().clone();
        // The simulator's own ledger says the same.
        let bill = schedule.bill(&self.ledger()).unwrap();
        let costs = simulation.summary().costs;
        assert_eq!(costs.opening, OPENING * bill.openings as f64);
        assert!((costs.upkeep - self.upkeep * bill.held as f64).abs() < 1e-6, "{policy} {costs:?} {bill:?}");
        let direct_use = DirectUse::of(&scenario, &schedule).unwrap().unwrap();
        assert_eq!(direct_use.cost, self.ledger().tariff().exact_cost(&bill));
        schedule
    }
}

/// Bills of a policy and of its oracle.
fn check(policy: &Value, oracle: impl Fn(&Ledger) -> Schedule, ports: &[u32], upkeeps: &[f64]) {
    let mut openings = 0;
    for seed in 0..20 {
        for (&ports, &upkeep) in ports.iter().flat_map(|ports| upkeeps.iter().map(move |upkeep| (ports, upkeep))) {
            let instance = instance(seed, ports, upkeep);
            let ledger = instance.ledger();
            let [found, expected] =
                [instance.simulated(policy), oracle(&ledger)].map(|schedule| schedule.bill(&ledger).unwrap());
            assert_eq!(found, expected, "{policy}, seed {seed}, {ports} ports, upkeep {upkeep}");
            openings += found.openings;
        }
    }
    assert!(openings > 100, "{openings}");
}

#[test]
fn bma_opens_and_closes_as_its_oracle() {
    check(&json!({"kind": "bma"}), bma, &[1, 2], &[0.0]);
}

/// With a port for every partner, so that nobody keeps anybody out.
#[test]
fn accounts_open_and_close_as_their_oracle() {
    check(&json!({"kind": "account"}), account, &[5], &[0.0, 0.1, 0.5]);
}

#[test]
fn the_window_opens_and_closes_as_its_oracle() {
    let window = |ledger: &Ledger| window(ledger, 50);
    check(&json!({"kind": "window", "every_ticks": 50}), window, &[1, 2], &[0.1]);
}

#[test]
fn the_rotor_turns_as_its_oracle() {
    for ports in [1, 2] {
        let instance = instance(1, ports, 0.1);
        let oracle = rotor(&instance.ledger(), Rotor { dwell: 30, phase: 0 });
        let found = instance.simulated(&json!({"kind": "rotor", "dwell_ticks": 30}));
        for tick in 0..u64::from(TICKS) {
            assert_eq!(open_at(&found, tick), open_at(&oracle, tick), "{ports} ports at {tick}");
        }
    }
}

fn open_at(schedule: &Schedule, tick: u64) -> BTreeSet<Pair> {
    let mut open = BTreeSet::new();
    for event in schedule.events.iter().take_while(|event| event.tick <= tick) {
        match event.action {
            Action::Open => open.insert(event.pair),
            Action::Close => open.remove(&event.pair),
        };
    }
    open
}

/// Where ports bind, accounts make room: a pair that asks alone is open before long, whatever is open at its ends.
#[test]
fn accounts_make_room_for_what_they_keep_out() {
    let accesses = (0..TICKS).map(|tick| if tick < 300 { (tick, 0, 1) } else { (tick, 0, 2) }).collect();
    let instance = Instance { ports: 1, upkeep: 0.0, accesses };
    let schedule = instance.simulated(&json!({"kind": "account"}));
    let opened: Vec<u64> =
        schedule.events.iter().filter(|event| event.action == Action::Open).map(|event| event.tick).collect();
    // 5 accesses pay for an opening; 5 more for what the first one is worth.
    assert_eq!(opened, [5, 309]);
}

#[test]
fn random_wormholes_are_drawn_once_and_fill_the_ports() {
    let instance = instance(3, 2, 0.1);
    let schedule = instance.simulated(&json!({"kind": "random"}));
    assert!(schedule.events.iter().all(|event| event.tick == 0 && event.action == Action::Open));
    assert!((3..=6).contains(&schedule.events.len()), "{}", schedule.events.len());
}

/// A policy that is written by its name is switched as one that is written in full.
#[test]
fn arms_switch_the_policy_by_its_kind() {
    let of = |policy: Value, set: &str| {
        let scenario = json!({
            "version": 2, "name": "switch", "ticks": 10, "topology": {"generator": {"kind": "ring", "nodes": 5}},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 1}],
            "wormholes": {"carrier": {"kind": "bypass"}, "policy": policy}
        });
        let loaded = wormsim::simulation::load_text(&scenario.to_string(), "x".as_ref(), &[set.parse().unwrap()]);
        loaded.unwrap_or_else(|error| panic!("{error}")).scenario.wormholes.policy.kind()
    };
    assert_eq!(of(json!("gravity"), "wormholes.policy.kind=bma"), "bma");
    assert_eq!(of(json!({"kind": "window", "every_ticks": 5}), "wormholes.policy.kind=rotor"), "rotor");
    assert_eq!(of(json!("bma"), "wormholes.policy=account"), "account");
}

/// The shares of partners at each distance, over seeds, against d^(−r) on a ring, where two nodes are at each.
#[test]
fn harmonic_wormholes_are_drawn_by_distance() {
    let nodes = 41_u32;
    let mut counts = [0.0; 21];
    for seed in 0..200 {
        let text = json!({
            "version": 2, "name": "harmonic", "ticks": 1, "warmup_ticks": 0, "seed": seed,
            "topology": {"generator": {"kind": "ring", "nodes": nodes, "latency_ticks": 3}},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 0}],
            "wormholes": {"carrier": {"kind": "bypass"}, "ports_per_node": 40,
                "policy": {"kind": "harmonic", "exponent": 1.5}},
            "router": {"kind": "shortest_path"}
        });
        let scenario = load_text(&text.to_string(), "harmonic.json".as_ref(), &[]).unwrap().scenario;
        let simulation = Simulation::new(scenario.into()).unwrap();
        // The first one that is drawn has all partners to choose from.
        let (first, ..) = simulation.wormholes().min_by_key(|(wormhole, ..)| wormhole.id).unwrap();
        let apart = first.ends[1].0 - first.ends[0].0;
        counts[apart.min(nodes - apart) as usize] += 1.0;
    }
    let weight = |d: usize| libm::pow(d as f64, -1.5);
    let total: f64 = (1..=20).map(weight).sum();
    for (range, expected) in [(1..2, weight(1)), (2..5, (2..5).map(weight).sum()), (5..21, (5..21).map(weight).sum())] {
        let (count, expected) = (counts[range.clone()].iter().sum::<f64>(), 200.0 * expected / total);
        assert!((count - expected).abs() < 4.0 * expected.sqrt(), "{range:?}: {count}, expected {expected}");
    }
}

/// Following one rule alone is that rule.
#[test]
fn hedge_with_one_rule_is_that_rule() {
    for rule in ["account", "bma", "window"] {
        let instance = instance(5, 1, 0.1);
        let alone = instance.simulated(&json!({"kind": rule}));
        let hedge = instance.simulated(&json!({"kind": "hedge", "rules": [rule]}));
        assert_eq!(Schedule::sorted(hedge.events), Schedule::sorted(alone.events), "{rule}");
    }
    assert_eq!(instance(5, 1, 0.1).simulated(&json!({"kind": "hedge", "rules": ["nothing"]})).events, []);
}

/// Hedge is never much worse than the best of its rules, and where one is far better it is as good.
#[test]
fn hedge_follows_the_better_rule() {
    let of = |accesses: Vec<(u32, u32, u32)>, upkeep: f64| {
        let instance = Instance { ports: 1, upkeep, accesses };
        let cost = |policy: Value| {
            let bill = instance.simulated(&policy).bill(&instance.ledger()).unwrap();
            instance.ledger().tariff().exact_cost(&bill)
        };
        let hedge = cost(json!({"kind": "hedge", "round_ticks": 20, "rules": ["nothing", "account"]}));
        [hedge, cost(json!({"kind": "account"})), instance.ledger().tariff().exact_cost(&instance.ledger().nothing())]
    };
    // One pair asks all the time: an account opens and is right.
    let [hedge, account, nothing] = of((0..TICKS).map(|tick| (tick, 0, 1)).collect(), 0.1);
    assert!(account < nothing / 5.0 && hedge < nothing / 3.0, "{hedge} {account} {nothing}");
    // Every pair asks until it has just been opened: accounts are wrong.
    let turns = (0..TICKS).map(|tick| (tick, (tick / 12) % NODES, (tick / 12 + 1) % NODES)).collect();
    let [hedge, account, nothing] = of(turns, 0.5);
    assert!(account > 1.2 * nothing && hedge < 1.1 * nothing, "{hedge} {account} {nothing}");
}

/// Given the true rates, or having seen them, the static set is the one that the bound finds best in hindsight.
#[test]
fn static_wormholes_are_the_best_static_choice() {
    for seed in 0..5 {
        let instance = instance(seed, 1, 0.001);
        let ledger = instance.ledger();
        let best = best_static(&ledger).solution;
        // A trace is its own distribution.
        let found = instance.simulated(&json!({"kind": "static"}));
        assert_eq!(found.bill(&ledger).unwrap(), best.bill, "seed {seed}");
        let mut rates = BTreeMap::<String, BTreeMap<String, f64>>::new();
        for (_, a, b) in &instance.accesses {
            *rates.entry(a.to_string()).or_default().entry(b.to_string()).or_default() += 1.0 / f64::from(TICKS);
        }
        let found = instance.simulated(&json!({"kind": "static", "from": "rates", "rates": rates}));
        assert_eq!(found.bill(&ledger).unwrap(), best.bill, "seed {seed}");
    }
    let accesses = (0..TICKS).map(|tick| if tick % 3 == 0 { (tick, 0, 1) } else { (tick, 1, 2) }).collect();
    let found = Instance { ports: 1, upkeep: 0.1, accesses }
        .simulated(&json!({"kind": "static", "from": "past", "after_ticks": 100}));
    let expected = Event { tick: 100, pair: Pair::new(1, 2).unwrap(), action: Action::Open };
    assert_eq!(found.events, [expected]);
}

/// The feasible schedule of the bound costs in the simulator what the bound says, whether it is written out or not.
#[test]
fn a_replayed_schedule_costs_what_the_bound_says() {
    let mut openings = 0;
    for seed in 0..20 {
        for (ports, upkeep) in [(1, 0.0), (1, 0.1), (2, 0.25)] {
            let instance = instance(seed, ports, upkeep);
            let ledger = instance.ledger();
            let best = bounds(&ledger).upper;
            let foreseen = instance.simulated(&json!({"kind": "replay"})).bill(&ledger).unwrap();
            assert_eq!(foreseen, best.bill, "seed {seed}, {ports} ports, upkeep {upkeep}");
            let step = |event: &Event| {
                let action = if event.action == Action::Open { "open" } else { "close" };
                json!({"tick": event.tick, action: event.pair.ends().map(|end| end.to_string())})
            };
            let steps = best.schedule.events.iter().filter(|event| event.tick < TICKS.into());
            let policy = json!({"kind": "replay", "schedule": steps.map(step).collect::<Vec<_>>()});
            assert_eq!(instance.simulated(&policy).bill(&ledger).unwrap(), best.bill);
            openings += best.bill.openings;
        }
    }
    assert!(openings > 500, "{openings}");
}
