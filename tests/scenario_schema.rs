//! The committed schemas are those of the types, every shipped scenario fits them, and they refuse what `validate`
//! refuses.

use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use wormsim::scenario::{load, raw::RawScenario, scenario_schema, topology_schema};

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn json_files(folder: &Path, schema: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json") && !path.ends_with(schema))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What a real validator says of a document.
fn fits(schema: &Value, document: &Value) -> Result<(), String> {
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource("wormsim.json", schema.clone()).unwrap();
    let index = compiler.compile("wormsim.json", &mut schemas).unwrap();
    schemas.validate(document, index).map_err(|error| error.to_string())
}

#[test]
fn committed_schemas_are_those_of_the_types() {
    for (kind, schema, file) in [
        ("scenario", scenario_schema(), "scenario.schema.json"),
        ("topology", topology_schema(), "topologies/topology.schema.json"),
    ] {
        let expected = format!("{:#}\n", schema.to_value());
        let committed = fs::read_to_string(scenarios().join(file)).unwrap_or_default();
        assert!(committed == expected, "stale: run `wormsim schema {kind} > scenarios/{file}` and read the difference");
    }
}

#[test]
fn every_shipped_scenario_names_the_schema_fits_it_and_loads() {
    let schema = read(&scenarios().join("scenario.schema.json"));
    for file in json_files(&scenarios(), "scenario.schema.json") {
        let document = read(&file);
        assert_eq!(document["$schema"], "scenario.schema.json", "{}", file.display());
        assert!(document["intent"].as_str().is_some_and(|intent| intent.len() > 20), "{}", file.display());
        assert_eq!(file.file_stem().unwrap().to_str(), document["name"].as_str());
        fits(&schema, &document).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        load(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
    }
    let schema = read(&scenarios().join("topologies/topology.schema.json"));
    for file in json_files(&scenarios().join("topologies"), "topology.schema.json") {
        fits(&schema, &read(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

#[test]
fn a_resolved_scenario_has_every_default_and_loads_to_the_same_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let schema = scenario_schema().to_value();
    for file in json_files(&scenarios(), "scenario.schema.json") {
        let first = load(&file, &[]).unwrap();
        let resolved = first.resolved_in(folder.path()).unwrap();
        let value = serde_json::to_value(&resolved).unwrap();
        fits(&schema, &value).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let copy = folder.path().join("scenario.json");
        fs::write(&copy, value.to_string()).unwrap();
        let second = load(&copy, &[]).unwrap();
        assert_eq!(resolved, second.resolved_in(folder.path()).unwrap(), "{}", file.display());
        let (mut a, mut b) = (first.scenario, second.scenario);
        // What a rule had to add is counted once: the resolved scenario states it.
        a.topology.defaults = Default::default();
        b.topology.defaults = Default::default();
        assert_eq!(format!("{a:?}"), format!("{b:?}"), "{}", file.display());
    }
}

#[test]
fn the_design_example_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let example = json!({
        "$schema": "scenario.schema.json", "version": 1, "name": "nsfnet-hotspot",
        "intent": "A hot spot moves from coast to coast: do wormholes follow it fast enough to pay?",
        "seed": 42, "ticks": 20000, "warmup_ticks": 2000, "tick_ms": 0.5,
        "topology": { "file": scenarios().join("topologies/nsfnet.json") },
        "nodes": { "service_per_tick": 4, "queue_limit": 1000, "injection": "queued", "max_hops": 64 },
        "workloads": [ { "kind": "gravity", "accesses_per_tick": 12.0, "hot_spot": { } } ],
        "wormholes": { "enabled": true, "policy": "gravity", "ports_per_node": 2 },
        "physics": { "gravity": { }, "decay": { }, "wormhole": { } },
        "router": { "kind": "q_routing", "learning_rate": 0.7, "full_echo": false, "initial": "free_flow" },
        "events": [ { "tick": 5000, "fail_link": ["WA", "IL"] } ],
        "record": { "every_ticks": 100 },
        "persistence": { "snapshot_every_ticks": 1000, "checkpoint_every_ticks": 5000 }
    });
    let file = folder.path().join("example.json");
    fs::write(&file, example.to_string()).unwrap();
    load(&file, &[]).unwrap();
}

#[test]
fn the_schema_refuses_what_validate_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let schema = scenario_schema().to_value();
    let base = json!({
        "version": 1, "name": "x", "topology": {"generator": {"kind": "ring", "nodes": 5}},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}],
    });
    let file = folder.path().join("x.json");
    let verdicts = |document: &Value| {
        fs::write(&file, document.to_string()).unwrap();
        (fits(&schema, document).is_ok(), load(&file, &[]).is_ok())
    };
    assert_eq!(verdicts(&base), (true, true));
    let changes = [
        ("/nodes", json!({"service_per_tick": 0})),
        ("/nodes", json!({"servicee_per_tick": 1})),
        ("/version", json!(2)),
        ("/name", json!("a/b")),
        ("/ticks", json!(0)),
        ("/tick_ms", json!("1")),
        ("/topology", json!({})),
        ("/topology", json!({"generator": {"kind": "rings", "nodes": 5}})),
        ("/topology", json!({"generator": {"kind": "ring", "nodes": 5}, "file": "x.json"})),
        ("/topology", json!({"nodes": [{"id": "a"}]})),
        ("/workloads", json!([])),
        ("/workloads", json!([{"accesses_per_tick": 1.0}])),
        ("/workloads", json!([{"kind": "uniform", "accesses_per_tick": -1.0}])),
        ("/workloads", json!([{"kind": "uniform", "accesses_per_tick": 1.0, "arrivals": {"kind": "binomial"}}])),
        ("/router", json!({"kind": "shortest_path", "learning_rate": 0.5})),
        ("/router", json!({"learning_rate": 0.5})),
        ("/router", json!({"kind": "multipath", "stretch": -0.1})),
        ("/router", json!({"kind": "multipath", "temperature_ticks": 0})),
        ("/router", json!({"kind": "measured_delay", "recompute_every_ticks": 0})),
        ("/router", json!({"kind": "measured_delay", "smoothing": 1.1})),
        ("/events", json!([{"tick": 1}])),
        ("/events", json!([{"tick": 1, "fail_node": "1", "restore_node": "1"}])),
        ("/events", json!([{"tick": 1, "fail_link": ["1"]}])),
        ("/events", json!([{"tick": 1, "set_capacity": {"link": ["1", "2"]}}])),
        ("/wormholes", json!({"policy": "greedy"})),
        ("/record", json!({"every_ticks": 0})),
        ("/seed", json!(-1)),
    ];
    for (place, value) in changes {
        let mut document = base.clone();
        document[&place[1..]] = value.clone();
        assert_eq!(verdicts(&document), (false, false), "{place} = {value}");
    }
    let accepted = [
        ("/record", json!({"every_ticks": null})),
        ("/events", json!([{"tick": 1, "set_capacity": {"link": ["1", "2"], "capacity_per_tick": null}}])),
        ("/router", json!({"kind": "q_routing", "initial": "zero"})),
        ("/router", json!({"kind": "multipath", "stretch": 0})),
        ("/router", json!({"kind": "measured_delay", "smoothing": 1})),
        ("/nodes", json!({"queue_limit": null})),
    ];
    for (place, value) in accepted {
        let mut document = base.clone();
        document[&place[1..]] = value.clone();
        assert_eq!(verdicts(&document), (true, true), "{place} = {value}");
    }
}

#[test]
fn the_raw_scenario_reads_what_it_writes() {
    for file in json_files(&scenarios(), "scenario.schema.json") {
        let raw: RawScenario = serde_json::from_value(read(&file)).unwrap();
        let again: RawScenario = serde_json::from_value(serde_json::to_value(&raw).unwrap()).unwrap();
        assert_eq!(raw, again);
    }
}
