//! The same scenario, seed and version give the same bits.
//!
//! Goldens stand in `tests/golden/digests.json`: for every shipped scenario under every router, and for one that does
//! everything at once, run through, resumed and forked, the digests of the parts of its state after some ticks.
//! The continuous integration runs this file in debug, in release, and with `-C target-cpu=native`.
//!
//! When a golden differs: the part that differs names the culprit (`accesses`: what moved; `nodes`, `wormholes`: the
//! models; `learning`: Q-values; `random`: how much was drawn). Think first: was a change of behaviour meant? Then
//! update with `WORMSIM_UPDATE_GOLDENS=1 cargo test --test determinism` and say in the commit what changed and why.

mod common;

use std::collections::BTreeMap;

use common::{busy, project, run, shipped, start, watched, written};
use rand::seq::SliceRandom;
use serde_json::json;
use wormsim::random::stream;
use wormsim::simulation::Simulation;
use wormsim::simulation::digest::Digests;
use wormsim::systems::{SYSTEMS, schedule_added_in};

/// Shipped scenarios with the ticks after which their goldens are taken.
const SCENARIOS: [(&str, u32); 10] = [
    ("abilene-gravity", 3000),
    ("boyan-littman-6x6", 3000),
    ("flash-crowd", 3000),
    ("light-paths", 3000),
    ("link-failure", 3000),
    ("nsfnet-hotspot", 3000),
    ("peer-overlay", 3000),
    ("scale-10k", 60),
    ("uniform-does-not-pay", 3000),
    ("wide-area-database", 3000),
];

/// Kinds of routers.
const ROUTERS: [&str; 4] = ["measured_delay", "multipath", "q_routing", "shortest_path"];

fn by_part(digests: &Digests, delivered: u64) -> BTreeMap<String, String> {
    let parts =
        Digests::PARTS.iter().zip(digests.parts()).map(|(name, hash)| (name.to_string(), hash.to_hex().to_string()));
    let length = [("delivered".to_owned(), delivered.to_string()), ("whole".to_owned(), digests.whole())];
    parts.chain(length).collect()
}

fn after(mut simulation: Simulation, ticks: u32) -> BTreeMap<String, String> {
    (0..ticks).for_each(|_| drop(simulation.step().unwrap()));
    by_part(&simulation.digest(), simulation.summary().accesses.delivered)
}

/// A run that goes on from its own snapshot after some ticks.
fn resumed(mut simulation: Simulation, ticks: u32) -> Simulation {
    (0..ticks).for_each(|_| drop(simulation.step().unwrap()));
    let bytes = postcard::to_stdvec(&simulation.snapshot()).unwrap();
    Simulation::restore(simulation.scenario().clone(), postcard::from_bytes(&bytes).unwrap()).unwrap()
}

#[test]
fn every_shipped_scenario_has_its_golden() {
    let mut files: Vec<String> = std::fs::read_dir(project("scenarios"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .filter(|name| !name.ends_with(".schema"))
        .collect();
    files.sort();
    assert_eq!(files, SCENARIOS.map(|(name, _)| name));

    let path = project("tests/golden/digests.json");
    let mut found: BTreeMap<String, BTreeMap<String, String>> = SCENARIOS
        .iter()
        .map(|&(name, ticks)| (format!("{name} after {ticks}"), after(start(shipped(name, &[])), ticks)))
        .collect();
    for kind in ROUTERS {
        for (name, ticks) in SCENARIOS {
            let set = format!("router={}", json!({"kind": kind}));
            let found_after = after(start(shipped(name, &[&set])), ticks / 3);
            found.insert(format!("{name}, {kind} after {}", ticks / 3), found_after);
        }
        let mut scenario = busy();
        scenario["router"] = json!({"kind": kind});
        let whole = after(start(written(&scenario)), 1500);
        assert_eq!(after(resumed(start(written(&scenario)), 700), 800), whole, "{kind} resumed");
        found.insert(format!("busy, {kind} after 1500"), whole);
        let mut fork = scenario.clone();
        fork["router"] = json!({"kind": "q_routing", "learning_rate": 0.1});
        let mut parent = start(written(&scenario));
        (0..700).for_each(|_| drop(parent.step().unwrap()));
        let forked = parent.branch(written(&fork).scenario.into()).unwrap();
        found.insert(format!("busy, {kind} forked after 700, after 1500"), after(forked, 800));
    }
    if std::env::var_os("WORMSIM_UPDATE_GOLDENS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let golden: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for (scenario, parts) in &found {
        let expected =
            golden.get(scenario).unwrap_or_else(|| panic!("{scenario} has no golden; see the top of this file"));
        let differ: Vec<&String> = parts.keys().filter(|part| parts.get(*part) != expected.get(*part)).collect();
        assert!(
            differ.is_empty(),
            "{scenario}: {differ:?} differ from the golden; see the top of this file\n{parts:#?}"
        );
    }
    assert_eq!(found.len(), golden.len(), "a golden without a scenario");
}

#[test]
fn the_same_run_twice_has_the_same_digest_and_another_seed_another() {
    let digest = |seed: u64| {
        let mut scenario = busy();
        scenario["seed"] = json!(seed);
        run(written(&scenario)).summary().digest
    };
    assert_eq!(digest(5), digest(5));
    assert_ne!(digest(5), digest(6));
}

#[test]
fn recording_changes_nothing() {
    let digest = |every: serde_json::Value| {
        let mut scenario = busy();
        scenario["record"]["every_ticks"] = every;
        run(written(&scenario)).digest()
    };
    let without = digest(json!(null));
    assert_eq!(without, digest(json!(1)));
    assert_eq!(without, digest(json!(77)));
}

#[test]
fn reading_the_state_during_a_run_changes_nothing() {
    let loaded = written(&busy());
    let ticks = loaded.scenario.ticks;
    let mut simulation = start(loaded);
    for _ in 0..ticks {
        simulation.step().unwrap();
        simulation.checked_digest().unwrap();
        let _ = (simulation.summary(), simulation.observe(), simulation.snapshot());
    }
    assert_eq!(simulation.digest(), run(written(&busy())).digest());
}

/// Systems are chained, so the order in which they are added to the schedule cannot matter.
#[test]
fn the_order_of_adding_systems_does_not_matter() {
    let expected = run(written(&busy())).digest();
    for seed in 0..8 {
        let mut order: [usize; SYSTEMS] = std::array::from_fn(|system| system);
        order.shuffle(&mut stream(seed, "shuffle"));
        let loaded = written(&busy());
        let ticks = loaded.scenario.ticks;
        let mut simulation = Simulation::with_schedule(loaded.scenario.into(), schedule_added_in(order)).unwrap();
        (0..ticks).for_each(|_| drop(simulation.step().unwrap()));
        assert_eq!(simulation.digest(), expected, "systems added in the order {order:?}");
    }
}

/// The check that no two systems touch the same data unordered is on, and sees what it should: a system that joins no
/// set is ambiguous with the others.
#[test]
#[should_panic(expected = "ambig")]
fn an_unordered_system_is_refused() {
    use bevy_ecs::prelude::ResMut;
    use wormsim::world::resources::Clock;
    fn meddle(mut clock: ResMut<Clock>) {
        clock.next += 1;
    }
    let mut schedule = schedule_added_in(std::array::from_fn(|system| system));
    schedule.add_systems(meddle);
    let mut simulation = Simulation::with_schedule(written(&busy()).scenario.into(), schedule).unwrap();
    simulation.step().unwrap();
}

/// Two arms that differ in router and wormholes see the same accesses.
#[test]
fn arms_of_a_comparison_see_the_same_accesses() {
    let injected = |router: serde_json::Value, wormholes: bool| {
        let mut scenario = busy();
        scenario["router"] = router;
        scenario["wormholes"]["enabled"] = json!(wormholes);
        scenario["events"] = json!([]);
        scenario["record"]["every_ticks"] = json!(1);
        watched(written(&scenario)).1.frames.iter().map(|frame| frame.injected).collect::<Vec<_>>()
    };
    let plain = injected(json!({"kind": "shortest_path"}), false);
    assert_eq!(plain, injected(json!({"kind": "q_routing"}), true));
    assert!(plain.iter().sum::<u64>() > 5000);
}
