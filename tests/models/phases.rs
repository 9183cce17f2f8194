//! What happened before, during and after scheduled changes, against numbers known by hand.

use serde_json::{Value, json};
use wormsim::recorder::phases::timetable::Timetable;
use wormsim::recorder::phases::{MOST, PhaseRow};

use crate::common::{start, summary, written};

/// One access in each tick from a to c: 10 ticks by way of b, `detour` by way of d; nothing ever waits.
fn detour(detour: u32, events: &Value) -> Value {
    json!({
        "version": 1, "name": "detour", "intent": "How long until latency is as before?", "ticks": 400,
        "warmup_ticks": 0,
        "topology": {
            "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}],
            "links": [{"ends": ["a", "b"], "latency_ticks": 5}, {"ends": ["b", "c"], "latency_ticks": 5},
                {"ends": ["a", "d"], "latency_ticks": detour / 2}, {"ends": ["d", "c"], "latency_ticks": detour / 2}]
        },
        "nodes": {"service_per_tick": 50},
        "workloads": [{"kind": "matrix", "rates": {"a": {"c": 1.0}}, "accesses_per_tick": 1.0,
            "arrivals": {"kind": "binomial", "sources": 1}}],
        "wormholes": {"enabled": false},
        "router": {"kind": "shortest_path"},
        "events": events
    })
}

fn phases(scenario: &Value) -> Vec<PhaseRow> {
    summary(written(scenario)).phases
}

/// First ticks and causes.
fn told(phases: &[PhaseRow]) -> Vec<(u32, &str)> {
    phases.iter().map(|phase| (phase.from_tick, &*phase.why)).collect()
}

/// Injected, delivered, dropped.
fn counts(phase: &PhaseRow) -> [u64; 3] {
    [phase.injected, phase.delivered, phase.dropped]
}

/// When b–c fails in tick 100, the 5 accesses on it, born in 90 to 94, are lost; those on a–b, born in 95 to 99, turn
/// back at b and take 5 + 5 + 16 ticks; later ones take 16. When it is restored in tick 200, those born in 184 to 199
/// are on the detour, and the last of them arrives in tick 215.
#[test]
fn a_failure_is_over_when_the_last_access_on_the_detour_has_arrived() {
    let found = phases(&detour(
        16,
        &json!([{"tick": 100, "fail_link": ["b", "c"]},
        {"tick": 200, "restore_link": ["b", "c"]}]),
    ));
    assert_eq!(told(&found), [(0, "at the start"), (100, "link b–c fails"), (200, "link b–c is restored")]);
    assert_eq!(found.iter().map(counts).collect::<Vec<_>>(), [[100, 90, 0], [100, 89, 5], [200, 206, 0]]);
    let means: Vec<f64> = found.iter().map(|phase| phase.latency_mean.unwrap()).collect();
    assert_eq!(means, [10.0, (84.0 * 16.0 + 5.0 * 26.0) / 89.0, (16.0 * 16.0 + 190.0 * 10.0) / 206.0]);
    assert_eq!(found[0].latency_half_width, Some(0.0));
    let recovered = |phase: &PhaseRow| (phase.before_from_tick, phase.recovered_after_ticks, phase.resolution_ticks);
    assert_eq!(
        found.iter().map(recovered).collect::<Vec<_>>(),
        [(None, None, None), (Some(0), None, None), (Some(0), Some(16), Some(1))]
    );
    assert_eq!(found[2].until_tick, 400);
}

/// Those born in the last 100 ticks before the link is restored are on the way: the last one arrives in its tick 99.
#[test]
fn a_long_detour_is_over_within_the_resolution_that_is_told() {
    let mut scenario =
        detour(100, &json!([{"tick": 5000, "fail_link": ["b", "c"]}, {"tick": 9000, "restore_link": ["b", "c"]}]));
    scenario["ticks"] = json!(20_000);
    let found = phases(&scenario).pop().unwrap();
    let (after, resolution) = (found.recovered_after_ticks.unwrap(), found.resolution_ticks.unwrap());
    assert!((100..100 + resolution).contains(&after) && resolution <= 8, "{found:?}");
}

/// The run ends 10 ticks after the link failed, with nothing delivered but what had left before: that says nothing
/// about the detour, and is no level for what comes after.
#[test]
fn a_phase_shorter_than_a_way_says_nothing() {
    let mut scenario = detour(800, &json!([{"tick": 300, "fail_link": ["a", "b"]}]));
    scenario["ticks"] = json!(310);
    let found = phases(&scenario);
    assert_eq!((found[1].before_from_tick, found[1].recovered_after_ticks), (Some(0), None));
    scenario["ticks"] = json!(1800);
    scenario["events"] = json!([{"tick": 300, "fail_link": ["a", "b"]}, {"tick": 310, "fail_link": ["b", "c"]}]);
    let found = phases(&scenario);
    assert_eq!(found[2].before_from_tick, Some(0), "{found:?}");
    assert_eq!(found[2].recovered_after_ticks, None);
}

/// What is scheduled for later has no part in what holds now.
#[test]
fn conditions_are_the_same_whatever_comes_later() {
    let set = |tick: u32, capacity: u32| json!({"tick": tick, "set_capacity": {"link": ["b", "c"], "capacity_per_tick": capacity}});
    let mut scenario = detour(16, &json!([set(150, 7), set(250, 9)]));
    scenario["topology"]["links"][1]["capacity_per_tick"] = json!(9);
    let conditions = |events: serde_json::Value, tick| {
        let mut scenario = scenario.clone();
        scenario["events"] = events;
        Timetable::new(&written(&scenario).scenario).conditions(tick)
    };
    let plain = conditions(json!([]), 300);
    assert_eq!(conditions(json!([set(150, 7), set(250, 9)]), 300), plain);
    assert_ne!(conditions(json!([set(150, 7), set(250, 9)]), 200), plain);
    assert_eq!(conditions(json!([set(150, 7), set(250, 9)]), 100), plain);
}

/// Nothing is known to fail while the window of a process is open, but that it may.
#[test]
fn a_process_of_failures_begins_and_ends_a_phase() {
    let mut scenario = detour(16, &json!([]));
    scenario["failures"] = json!([{"kind": "links", "name": "storm", "links": [["b", "c"]], "mean_up_ticks": 1,
        "mean_down_ticks": 100_000, "from_tick": 100, "until_tick": 200}]);
    let found = phases(&scenario);
    assert_eq!(told(&found), [(0, "at the start"), (100, "failures storm begin"), (200, "failures storm end")]);
    assert_eq!((found[2].before_from_tick, found[2].recovered_after_ticks), (Some(0), Some(16)));
    assert_eq!(found[1].recovered_after_ticks, None);
}

/// The second failure comes on top of the first, which goes on when it is over.
#[test]
fn each_of_two_failures_is_over_by_itself() {
    let events = json!([{"tick": 100, "fail_link": ["b", "c"]}, {"tick": 150, "fail_link": ["a", "d"]},
        {"tick": 250, "restore_link": ["a", "d"]}, {"tick": 320, "restore_link": ["b", "c"]}]);
    let found = phases(&detour(16, &events));
    let recovered: Vec<_> = found.iter().map(|phase| (phase.before_from_tick, phase.recovered_after_ticks)).collect();
    // From 158 on nothing arrives until that which is born in 250 does; in 320 the detour is as long as that again.
    assert_eq!(recovered[1..], [(Some(0), None), (Some(100), None), (Some(100), Some(16)), (Some(0), Some(16))]);
    assert_eq!(found[2].dropped, 100 + 8);
}

#[test]
fn what_happens_in_one_tick_is_one_phase() {
    let events = json!([{"tick": 100, "fail_link": ["b", "c"]}, {"tick": 100, "fail_node": "d"},
        {"tick": 200, "set_capacity": {"link": ["a", "b"], "capacity_per_tick": 7}},
        {"tick": 200, "restore_node": "d"}, {"tick": 200, "restore_link": ["b", "c"]},
        {"tick": 200, "set_capacity": {"link": ["a", "d"], "capacity_per_tick": 3, "one_way": true}}]);
    let found = phases(&detour(16, &events));
    let why = "capacity of link a–b becomes 7 per tick; node d is restored; link b–c is restored; and 1 more";
    assert_eq!(told(&found)[1..], [(100, "link b–c fails; node d fails"), (200, why)]);
}

/// In the warm-up nothing is measured; what happens there is counted.
#[test]
fn the_first_phase_begins_with_the_measured_ticks() {
    let mut scenario = detour(
        16,
        &json!([{"tick": 20, "fail_link": ["b", "c"]},
        {"tick": 50, "restore_link": ["b", "c"]}, {"tick": 200, "fail_node": "d"}]),
    );
    scenario["warmup_ticks"] = json!(100);
    let found = phases(&scenario);
    let first = "the warm-up, with 2 scheduled changes in it, ends";
    assert_eq!(told(&found), [(100, first), (200, "node d fails")]);
    assert_eq!(found.iter().map(counts).collect::<Vec<_>>(), [[100, 100, 0], [200, 200, 0]]);
    assert_eq!((found[1].recovered_after_ticks, found[1].resolution_ticks), (Some(0), Some(0)));
    scenario["workloads"][0]["hot_spot"] = json!({"path": ["c", "b", "b"], "dwell_ticks": 10, "share": 0.1});
    assert_eq!(phases(&scenario)[0].why, "the warm-up, with 8 scheduled changes in it, ends; hot spot moves to b");
    scenario["workloads"][0].as_object_mut().unwrap().remove("hot_spot");
    scenario["warmup_ticks"] = json!(200);
    assert_eq!(told(&phases(&scenario)), [(200, &*format!("{first}; node d fails"))]);
}

/// The hot spot is 10 ticks away at c and 5 at b. When it comes to c again, those on the way to b are not missed.
#[test]
fn a_hot_spot_that_comes_back_is_compared_with_its_last_visit() {
    let mut scenario = detour(16, &json!([]));
    scenario["workloads"][0]["hot_spot"] = json!({"path": ["c", "b", "b"], "dwell_ticks": 50, "share": 1.0});
    let found = phases(&scenario);
    let [to_b, to_c] = ["hot spot moves to b", "hot spot moves to c"];
    assert_eq!(told(&found), [(0, "at the start"), (50, to_b), (150, to_c), (200, to_b), (300, to_c), (350, to_b)]);
    assert_eq!(found[1].latency_mean, Some((10.0 * 10.0 + 95.0 * 5.0) / 105.0));
    assert_eq!(found[2].latency_mean, Some((5.0 * 5.0 + 40.0 * 10.0) / 45.0));
    let recovered: Vec<_> = found.iter().map(|phase| (phase.before_from_tick, phase.recovered_after_ticks)).collect();
    // At b latency is above that of the last visit until the 10 ticks to c are over.
    assert_eq!(
        recovered[1..],
        [(Some(0), Some(0)), (Some(0), Some(0)), (Some(50), Some(10)), (Some(150), Some(0)), (Some(200), Some(10))]
    );
}

/// A crowd at the far end of a line: until it is over, and the last of it has come, accesses take longer.
#[test]
fn a_flash_crowd_begins_wanes_and_ends() {
    let mut scenario = detour(16, &json!([]));
    scenario["ticks"] = json!(4000);
    scenario["workloads"] = json!([
        {"kind": "matrix", "rates": {"a": {"b": 1.0}}, "accesses_per_tick": 1.0, "name": "own",
            "arrivals": {"kind": "binomial", "sources": 1}, "from_tick": 10, "until_tick": 3900,
            "flash_crowd": {"start_tick": 1000, "rise_ticks": 100, "hold_ticks": 500, "fall_ticks": 4, "factor": 5.0,
                "target": "c"}}
    ]);
    let found = phases(&scenario);
    assert_eq!(
        told(&found),
        [
            (0, "at the start"),
            (10, "workload own begins"),
            (1000, "flash crowd at c begins"),
            (1600, "flash crowd at c wanes"),
            (1604, "flash crowd at c ends"),
            (3900, "workload own ends")
        ]
    );
    let recovered: Vec<_> = found.iter().map(|phase| (phase.before_from_tick, phase.recovered_after_ticks)).collect();
    assert_eq!(recovered[..4], [(None, None), (None, None), (Some(10), None), (Some(1000), None)]);
    let (before, after) = recovered[4];
    assert!(before == Some(10) && (7..=10).contains(&after.unwrap()), "{:?}", found[4]);
    // Silence is no recovery.
    assert_eq!((found[5].injected, recovered[5]), (0, (Some(1604), None)));
}

/// A hot spot that moves in every tick.
#[test]
fn as_many_phases_as_can_be_read_are_told_apart_and_the_others_counted() {
    let mut scenario = detour(16, &json!([]));
    scenario["ticks"] = json!(5000);
    scenario["workloads"][0]["hot_spot"] = json!({"path": ["c", "b"], "dwell_ticks": 1, "share": 1.0});
    let found = summary(written(&scenario));
    assert_eq!((found.phases.len(), found.phases_not_told_apart), (MOST, 4000));
    let last = found.phases.last().unwrap();
    assert_eq!((last.from_tick, last.until_tick), (999, 5000));
    assert_eq!(last.why, "hot spot moves to b; then 4000 more changes, which are not told apart");
    let sum = |of: fn(&PhaseRow) -> u64| found.phases.iter().map(of).sum::<u64>();
    let accesses = &found.accesses;
    assert_eq!((sum(|phase| phase.injected), sum(|phase| phase.delivered)), (accesses.injected, accesses.delivered));
}

/// Taken up after any tick, also those with which phases and batches begin.
#[test]
fn a_run_that_was_taken_up_has_the_same_phases() {
    let mut scenario = detour(
        16,
        &json!([{"tick": 60, "fail_link": ["b", "c"]},
        {"tick": 90, "restore_link": ["b", "c"]}]),
    );
    (scenario["ticks"], scenario["warmup_ticks"]) = (json!(150), json!(7));
    scenario["workloads"][0]["hot_spot"] = json!({"path": ["c", "b"], "dwell_ticks": 40, "share": 0.5});
    let whole = phases(&scenario);
    let mut simulation = start(written(&scenario));
    for tick in 0..150 {
        let loaded = written(&scenario);
        let bytes = postcard::to_stdvec(&simulation.snapshot()).unwrap();
        let snapshot = postcard::from_bytes(&bytes).unwrap();
        let mut other = wormsim::simulation::Simulation::restore(loaded.scenario.into(), snapshot).unwrap();
        other.run(&mut ()).unwrap();
        assert_eq!(other.summary().phases, whole, "after {tick}");
        simulation.step().unwrap();
    }
}

/// One late access in thousands is over when it is over: what comes after it tells, however little it weighs.
#[test]
fn a_single_late_access_is_no_phase_that_never_recovers() {
    let mut scenario = detour(16, &json!([]));
    scenario["ticks"] = json!(4000);
    scenario["workloads"][0]["accesses_per_tick"] = json!(0.5);
    scenario["workloads"].as_array_mut().unwrap().push(json!({"kind": "trace", "name": "late", "path": "late.csv"}));
    scenario["nodes"]["service_per_tick"] = json!(1);
    scenario["events"] = json!([{"tick": 1000, "set_capacity": {"link": ["a", "d"], "capacity_per_tick": 5}}]);
    let folder = tempfile::tempdir().unwrap();
    // Some meet others at b, which serves one a tick.
    let late: String = (1500..1510).map(|tick| format!("{tick},b,c\n")).collect();
    std::fs::write(folder.path().join("late.csv"), format!("tick,origin,target\n{late}")).unwrap();
    std::fs::write(folder.path().join("s.json"), scenario.to_string()).unwrap();
    let loaded = wormsim::simulation::load(&folder.path().join("s.json"), &[]).unwrap();
    let found = summary(loaded).phases;
    let late = &found[1];
    let after = late.recovered_after_ticks.unwrap();
    assert!((500..700).contains(&after), "{late:?}");
}
