//! A run that goes on from a snapshot is the run that never stopped, bit for bit.

use std::any::TypeId;
use std::collections::BTreeSet;
use std::sync::Arc;

use bevy_ecs::entity_disabling::DefaultQueryFilters;

use proptest::prelude::*;
use serde_json::json;
use wormsim::error::Error;
use wormsim::fabric::Fabric;
use wormsim::opening::policy::ActivePolicy;
use wormsim::recorder::Recorder;
use wormsim::scenario::{Loaded, Scenario};
use wormsim::simulation::Simulation;
use wormsim::simulation::load;
use wormsim::simulation::snapshot::Snapshot;
use wormsim::world::failures::Failures;
use wormsim::world::journal::Journal;
use wormsim::world::journal::Outbox;
use wormsim::world::resources::{ActiveRouter, Clock, Fading, Loads, Nodes, Observed, Rules, Sources, Spans, Timeline};
use wormsim::world::rides::Rides;
use wormsim::world::wormholes::Wormholes;

use crate::common::{All, busy, written};
use crate::random::scenarios;

fn bytes(simulation: &Simulation) -> Vec<u8> {
    postcard::to_stdvec(&simulation.snapshot()).unwrap()
}

fn resumed(scenario: &Arc<Scenario>, bytes: &[u8]) -> Simulation {
    let snapshot: Snapshot = postcard::from_bytes(bytes).unwrap();
    Simulation::restore(scenario.clone(), snapshot).unwrap()
}

/// Runs to the end twice, the second time over a snapshot after `cut` ticks, and compares everything on the way.
fn check(loaded: Loaded, cut: u32) {
    let scenario: Arc<Scenario> = loaded.scenario.into();
    let mut whole = Simulation::new(scenario.clone()).unwrap();
    (0..cut).for_each(|_| drop(whole.step().unwrap()));
    let saved = bytes(&whole);
    let mut rest = resumed(&scenario, &saved);
    assert_eq!(rest.digest(), whole.digest(), "at the cut");
    assert_eq!(bytes(&rest), saved, "a snapshot of what was restored is the same");
    let (mut of_whole, mut of_rest) = (All::default(), All::default());
    for tick in cut + 1..=scenario.ticks {
        whole.run_until(tick, &mut of_whole).unwrap();
        rest.run_until(tick, &mut of_rest).unwrap();
        assert_eq!(rest.digest(), whole.digest());
    }
    assert_eq!(of_rest.records, of_whole.records);
    assert_eq!(of_rest.frames, of_whole.frames);
    assert_eq!(rest.summary(), whole.summary());
    assert_eq!(bytes(&rest), bytes(&whole));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn running_on_from_a_snapshot_equals_running_through(
        mut scenario in scenarios(),
        cut in 0u32..400,
        warmup in 0u32..200,
    ) {
        scenario["warmup_ticks"] = json!(warmup);
        check(written(&scenario), cut);
    }
}

#[test]
fn a_busy_run_goes_on_from_any_of_its_ticks() {
    for router in [json!({"kind": "q_routing", "exploration": 0.01}), json!({"kind": "measured_delay"})] {
        let mut scenario = busy();
        scenario["router"] = router;
        [1, 99, 100, 301, 420, 777, 1499, 1500].into_iter().for_each(|cut| check(written(&scenario), cut));
    }
}

/// What `work` makes of each job, in the order of jobs, by so many threads at the same time.
fn in_threads<T: Sync, R: Send>(threads: usize, jobs: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        let work = &work;
        let share = |first| move || jobs.iter().skip(first).step_by(threads).map(work).collect::<Vec<R>>();
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(share(first))).collect();
        let mut done: Vec<_> = running.into_iter().map(|thread| thread.join().unwrap().into_iter()).collect();
        (0..jobs.len()).map(|job| done[job % threads].next().unwrap()).collect()
    })
}

/// Simulations share nothing.
#[test]
fn runs_at_the_same_time_that_go_on_in_other_threads_are_those_of_one_thread() {
    let kinds = ["shortest_path", "multipath", "measured_delay", "q_routing"];
    let jobs: Vec<(Arc<Scenario>, u32)> = kinds
        .into_iter()
        .flat_map(|kind| [150, 611].map(|cut| (kind, cut)))
        .map(|(kind, cut)| {
            let mut scenario = busy();
            scenario["ticks"] = json!(800);
            scenario["router"] = json!({"kind": kind});
            (written(&scenario).scenario.into(), cut)
        })
        .collect();
    let run = |simulation: &mut Simulation, to: u32| {
        let ticks = simulation.ticks_done()..to;
        ticks.map(|_| simulation.step().map(|_| simulation.digest()).unwrap()).collect::<Vec<_>>()
    };
    let alone: Vec<_> = jobs
        .iter()
        .map(|(scenario, cut)| {
            let mut simulation = Simulation::new(scenario.clone()).unwrap();
            let before = run(&mut simulation, *cut);
            (before, run(&mut simulation, scenario.ticks))
        })
        .collect();
    for threads in [1, 2, 8] {
        let begun = in_threads(threads, &jobs, |(scenario, cut)| {
            let mut simulation = Simulation::new(scenario.clone()).unwrap();
            (run(&mut simulation, *cut), bytes(&simulation))
        });
        let rest: Vec<_> = jobs.iter().zip(&begun).collect();
        let ended = in_threads(threads, &rest, |((scenario, _), (_, saved))| {
            run(&mut resumed(scenario, saved), scenario.ticks)
        });
        for (((before, after), (begun, _)), ended) in alone.iter().zip(&begun).zip(&ended) {
            assert!(before == begun && after == ended, "{threads} threads");
        }
    }
}

#[test]
fn a_trace_is_read_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let lines = (0..300).map(|i| format!("{},{},{}\n", i / 3, i % 7, (i + 1 + i % 5) % 7));
    std::fs::write(folder.path().join("t.csv"), format!("tick,origin,target\n{}", lines.collect::<String>())).unwrap();
    let scenario = json!({
        "version": 1, "name": "trace", "intent": "A trace.", "ticks": 150,
        "topology": {"generator": {"kind": "ring", "nodes": 7}},
        "workloads": [{"kind": "trace", "path": "t.csv", "from_tick": 20}]
    });
    let path = folder.path().join("scenario.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    [0, 20, 21, 70, 120, 149].into_iter().for_each(|cut| check(load(&path, &[]).unwrap(), cut));
}

#[test]
fn a_snapshot_of_another_scenario_is_refused() {
    let mut simulation = Simulation::new(written(&busy()).scenario.into()).unwrap();
    (0..50).for_each(|_| drop(simulation.step().unwrap()));
    let saved = bytes(&simulation);
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut scenario = busy();
        change(&mut scenario);
        let snapshot: Snapshot = postcard::from_bytes(&saved).unwrap();
        let resumed = Simulation::restore(written(&scenario).scenario.into(), snapshot);
        matches!(resumed, Err(Error::ForeignSnapshot))
    };
    assert!(refused(&|scenario| scenario["topology"]["generator"]["nodes"] = json!(41)));
    assert!(refused(&|scenario| scenario["topology"]["generator"]["radius"] = json!(0.5)));
    assert!(refused(&|scenario| scenario["router"] = json!({"kind": "shortest_path"})));
    assert!(refused(&|scenario| _ = scenario["workloads"].as_array_mut().unwrap().pop()));
    assert!(!refused(&|_| ()));
}

/// Whoever adds a resource must say whether a snapshot holds it (src/world/snapshot.rs), then name it here.
#[test]
fn all_resources_are_known_to_the_snapshot() {
    let held = [
        TypeId::of::<Clock>(),
        TypeId::of::<Fabric>(),
        TypeId::of::<Observed>(),
        TypeId::of::<ActivePolicy>(),
        TypeId::of::<Nodes>(),
        TypeId::of::<Loads>(),
        TypeId::of::<Outbox>(),
        TypeId::of::<Recorder>(),
        TypeId::of::<Wormholes>(),
        TypeId::of::<ActiveRouter>(),
        TypeId::of::<Rides>(),
        TypeId::of::<Sources>(),
        TypeId::of::<Timeline>(),
    ];
    // Empty between ticks, from the scenario, or of the ECS itself.
    let not_held = [
        TypeId::of::<Spans>(),
        TypeId::of::<Fading>(),
        TypeId::of::<Failures>(),
        TypeId::of::<Journal>(),
        TypeId::of::<Rules>(),
        TypeId::of::<DefaultQueryFilters>(),
    ];
    let known: BTreeSet<TypeId> = held.into_iter().chain(not_held).collect();
    // Before the first tick: later the ECS holds handles of systems that ran as well.
    let simulation = Simulation::new(written(&busy()).scenario.into()).unwrap();
    let found: BTreeSet<TypeId> =
        simulation.world().iter_resources().filter_map(|(_, info, _)| info.type_id()).collect();
    assert_eq!(found, known);
}
