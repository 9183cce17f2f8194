//! What a scenario means once it is loaded: defaults, orders, files, seeds.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use wormsim::scenario::log_format::LogFormat;
use wormsim::scenario::trace::TraceReader;
use wormsim::scenario::{Action, Arrivals, Assignment, Demand, Loaded, Pairs};
use wormsim::simulation::load;
use wormsim::topology::NodeId;

fn load_in(folder: &TempDir, document: &Value) -> Loaded {
    let file = folder.path().join("x.json");
    fs::write(&file, document.to_string()).unwrap();
    load(&file, &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn with_workload(workload: Value) -> Value {
    json!({
        "version": 1, "name": "x", "ticks": 1000,
        "topology": {
            "nodes": [
                {"id": "IL", "latitude": 41.9, "longitude": -87.7},
                {"id": "NY", "latitude": 40.7, "longitude": -74.0, "mass": 3.0},
                {"id": "WA", "latitude": 47.6, "longitude": -122.3}
            ],
            "links": [{"ends": ["WA", "IL"]}, {"ends": ["IL", "NY"]}]
        },
        "workloads": [workload]
    })
}

fn drawn(loaded: &Loaded) -> (f64, &Arrivals, &Pairs) {
    match &loaded.scenario.workloads[0].demand {
        Demand::Drawn { accesses_per_tick, arrivals, pairs, .. } => (*accesses_per_tick, arrivals, pairs),
        Demand::Trace { .. } => panic!("not drawn"),
    }
}

#[test]
fn what_is_not_written_follows_from_what_is() {
    let folder = TempDir::new().unwrap();
    let loaded = load_in(&folder, &with_workload(json!({"kind": "uniform", "accesses_per_tick": 2, "hot_spot": {}})));
    let scenario = &loaded.scenario;
    assert_eq!((scenario.warmup_ticks, scenario.physics.entropy.shards), (100, 3));
    let workload = &scenario.workloads[0];
    assert_eq!((workload.name.as_str(), workload.from_tick, workload.until_tick), ("uniform-0", 0, 1000));
    let Demand::Drawn { modulation, .. } = &workload.demand else { panic!("not drawn") };
    let hot_spot = modulation.hot_spot.as_ref().unwrap();
    assert_eq!(hot_spot.path, [NodeId(2), NodeId(0), NodeId(1)], "from west to east");
    let router = &scenario.router;
    assert_eq!((router.kind(), &router.parameters()["memory_limit_mb"]), ("q_routing", &json!(256)));
}

#[test]
fn masses_of_the_workload_stand_in_for_those_of_the_topology() {
    let folder = TempDir::new().unwrap();
    let workload = json!({"kind": "gravity", "accesses_per_tick": 2, "masses": {"WA": 0.5}});
    let loaded = load_in(&folder, &with_workload(workload));
    let (_, _, Pairs::Gravity { weights }) = drawn(&loaded) else { panic!("not gravity") };
    assert_eq!(*weights, [1.0, 3.0, 0.5]);
}

#[test]
fn a_matrix_means_the_same_inline_and_in_a_file() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("m.csv"), "origin,target,rate\nWA,NY,0.5\nNY,WA,0.25\n").unwrap();
    let inline =
        load_in(&folder, &with_workload(json!({"kind": "matrix", "rates": {"WA": {"NY": 0.5}, "NY": {"WA": 0.25}}})));
    let file = load_in(&folder, &with_workload(json!({"kind": "matrix", "file": "m.csv"})));
    let ((rate, _, Pairs::Matrix { rates: a }), (_, _, Pairs::Matrix { rates: b })) = (drawn(&inline), drawn(&file))
    else {
        panic!("not matrices")
    };
    assert_eq!(a, b);
    assert_eq!((rate, a[[2, 1]], a[[1, 2]], a.sum()), (0.75, 0.5, 0.25, 0.75));
    assert_eq!(inline.resolved, file.resolved);
    let names: Vec<_> = file.inputs.iter().map(|input| input.path.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["x.json", "m.csv"]);
}

#[test]
fn a_trace_is_found_from_the_resolved_scenarios_folder() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("t.csv"), "tick,origin,target,size\n0,WA,NY,2\n9,NY,IL,1\n").unwrap();
    let loaded = load_in(&folder, &with_workload(json!({"kind": "trace", "path": "t.csv"})));
    let elsewhere = folder.path().join("output/x");
    fs::create_dir_all(&elsewhere).unwrap();
    let resolved = serde_json::to_value(loaded.resolved_in(&elsewhere).unwrap()).unwrap();
    assert_eq!(resolved["workloads"][0]["path"], "../../t.csv");
    fs::write(elsewhere.join("scenario.json"), resolved.to_string()).unwrap();
    let again = load(&elsewhere.join("scenario.json"), &[]).unwrap();
    let Demand::Trace { path, .. } = &again.scenario.workloads[0].demand else { panic!("no trace") };
    let reader = TraceReader::open(path, &LogFormat::default(), &again.scenario.topology, 1.0, 1.0, None);
    let records: Vec<_> = reader.unwrap().map(Result::unwrap).collect();
    assert_eq!(
        records.iter().map(|record| (record.tick, record.origin.0, record.size)).collect::<Vec<_>>(),
        [(0, 2, 2.0), (9, 1, 1.0)]
    );
}

#[test]
fn events_are_sorted_by_tick_and_stay_in_order_within_one() {
    let folder = TempDir::new().unwrap();
    let mut document = with_workload(json!({"kind": "uniform", "accesses_per_tick": 1}));
    document["events"] = json!([
        {"tick": 9, "restore_node": "NY"},
        {"tick": 5, "fail_node": "NY"},
        {"tick": 5, "fail_link": ["IL", "WA"]},
        {"tick": 7, "set_capacity": {"link": ["NY", "IL"], "capacity_per_tick": null}}
    ]);
    let events: Vec<(u32, Action)> =
        load_in(&folder, &document).scenario.events.iter().map(|event| (event.tick, event.action)).collect();
    assert_eq!(
        events,
        [
            (5, Action::FailNode(NodeId(1))),
            (5, Action::FailLink(0)),
            (7, Action::SetCapacity { link: 1, from: None, capacity_per_tick: None }),
            (9, Action::RestoreNode(NodeId(1))),
        ]
    );
}

/// WA is node 2 and IL node 0; the link is from WA to IL in the topology, and is named either way.
#[test]
fn a_capacity_goes_by_the_order_in_which_its_event_names_the_ends() {
    let folder = TempDir::new().unwrap();
    let mut document = with_workload(json!({"kind": "uniform", "accesses_per_tick": 1}));
    document["wormholes"] = json!({"enabled": true, "carrier": {"kind": "bypass"}});
    let (wa, il) = (Some(NodeId(2)), Some(NodeId(0)));
    for (ends, [first, second]) in [(["WA", "IL"], [wa, il]), (["IL", "WA"], [il, wa])] {
        for (more, expected) in [
            (json!({}), vec![(None, Some(3))]),
            (json!({"back": {"capacity_per_tick": 3}}), vec![(None, Some(3))]),
            (json!({"back": {"capacity_per_tick": 5}}), vec![(first, Some(3)), (second, Some(5))]),
            (json!({"back": {"capacity_per_tick": null}}), vec![(first, Some(3)), (second, None)]),
            (json!({"one_way": true}), vec![(first, Some(3))]),
        ] {
            let mut set = json!({"link": ends, "capacity_per_tick": 3});
            set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            document["events"] = json!([{"tick": 7, "set_capacity": set}]);
            let loaded = load_in(&folder, &document);
            let change = |&(from, capacity_per_tick)| Action::SetCapacity { link: 0, from, capacity_per_tick };
            let actions: Vec<Action> = loaded.scenario.events.iter().map(|event| event.action).collect();
            assert_eq!(actions, expected.iter().map(change).collect::<Vec<_>>(), "{set}");
            assert_eq!(serde_json::to_value(&loaded.resolved.events).unwrap(), document["events"]);
        }
    }
}

#[test]
fn a_generated_network_depends_on_the_seed_alone() {
    let folder = TempDir::new().unwrap();
    let mut document = with_workload(json!({"kind": "uniform", "accesses_per_tick": 1}));
    document["topology"] = json!({"generator": {"kind": "erdos_renyi", "nodes": 30, "probability": 0.2}});
    let file = folder.path().join("x.json");
    fs::write(&file, document.to_string()).unwrap();
    let links = |assignments: &[Assignment]| {
        load(&file, assignments).unwrap().scenario.topology.links().map(|(_, a, b, _)| (a, b)).collect::<Vec<_>>()
    };
    let same = "ticks=50".parse().unwrap();
    assert_eq!(links(&[]), links(&[same]));
    assert_ne!(links(&[]), links(&[Assignment::option("seed", 2)]));
}

#[test]
fn assignments_make_what_is_missing_on_the_way() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/boyan-littman-6x6.json");
    let set = |text: &str| text.parse::<Assignment>().unwrap();
    let loaded = load(
        &file,
        &[set("physics.decay.fade_per_tick=0.25"), set("workloads.0.accesses_per_tick=2.5"), set("intent=Why?")],
    );
    let loaded = loaded.unwrap();
    assert_eq!(loaded.scenario.physics.decay.fade_per_tick, 0.25);
    assert_eq!((drawn(&loaded).0, loaded.scenario.intent.as_str()), (2.5, "Why?"));
}
