//! Every number that a scenario may hold, at the largest value that the schema allows: the program ends within seconds
//! and 2 GB, with results or with a sentence, and never by an abort or a panic.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;
use wormsim::scenario::scenario_schema;

/// Seconds that a debug build may take.
const SECONDS: &str = "60";

/// Validates and runs a scenario; false if it was refused.
fn run(folder: &Path, scenario: &Value, what: &str) -> bool {
    fs::write(folder.join("x.json"), scenario.to_string()).unwrap();
    for verb in [&["validate", "x.json"][..], &["run", "x.json", "--quiet", "--force", "--out", "run"]] {
        let output = Command::new("timeout")
            .args([SECONDS, "sh", "-c", "ulimit -c 0; ulimit -v 2000000; exec \"$@\"", "sh"])
            .arg(cargo_bin!("wormsim"))
            .args(verb)
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0 | 4) => {}
            Some(2) if told.starts_with("error: ") => return false,
            Some(1) if told.starts_with("error: not enough memory for ") => return false,
            code => panic!("{what}: {} ends with {code:?}: {told}", verb[0]),
        }
    }
    true
}

/// Scenarios that between them hold every number: all generators, all routers, all kinds of workloads.
fn scenarios() -> Vec<Value> {
    let full = json!({
        "version": 1, "name": "x", "ticks": 3, "warmup_ticks": 0,
        "topology": {"generator": {"kind": "ring", "nodes": 6}, "capacity_per_tick": 5},
        "nodes": {}, "physics": {}, "router": {"kind": "q_routing"}, "record": {"every_ticks": 1}, "persistence": {},
        "workloads": [
            {"kind": "uniform", "accesses_per_tick": 1, "arrivals": {"kind": "binomial", "sources": 20}, "hot_spot": {},
                "diurnal": {}, "flash_crowd": {"target": "0", "start_tick": 0}},
            {"kind": "zipf", "accesses_per_tick": 1, "items": 3},
            {"kind": "matrix", "accesses_per_tick": 1, "rates": {"0": {"1": 1}}},
            {"kind": "gravity", "accesses_per_tick": 1}
        ],
        "wormholes": {"carrier": {"kind": "own_medium",
            "transit_ratio": {"experimental": 0.8, "standard": 0.6, "fast_lane": 0.4}},
            "initial": [["0", "3"]], "next_id": 1,
            "recovered": [{"id": 0, "ends": ["1", "4"], "kind": "standard", "strength": 0.5, "span_ticks": 3}]
        },
        "events": [{"tick": 1, "set_capacity": {"link": ["0", "1"], "capacity_per_tick": 3}}],
        "failures": [
            {"kind": "links", "mean_up_ticks": 9, "mean_down_ticks": 2,
                "up_distribution": {"kind": "weibull", "shape": 0.5}},
            {"kind": "nodes", "nodes": ["2"], "mean_up_ticks": 9, "mean_down_ticks": 2},
            {"kind": "group", "links": [["0", "1"]], "mean_up_ticks": 9, "mean_down_ticks": 2},
            {"kind": "sessions", "sessions": {"3": [[0, 2]]}}
        ],
        "experiment": {"replications": 2}
    });
    let with = |section: &str, value: Value| {
        let mut scenario = full.clone();
        scenario[section] = value;
        scenario
    };
    let plain = |generator: Value| {
        let mut scenario = with("topology", json!({"generator": generator}));
        scenario["workloads"] = json!([{"kind": "uniform", "accesses_per_tick": 1}]);
        for section in ["wormholes", "events", "failures"] {
            scenario.as_object_mut().unwrap().remove(section);
        }
        scenario
    };
    let routers = ["shortest_path", "multipath", "measured_delay"].map(|kind| with("router", json!({ "kind": kind })));
    let generators = [
        json!({"kind": "grid", "rows": 2, "columns": 3}),
        json!({"kind": "torus", "rows": 3, "columns": 3}),
        json!({"kind": "erdos_renyi", "nodes": 6, "probability": 0.9}),
        json!({"kind": "barabasi_albert", "nodes": 6, "links_per_node": 2}),
        json!({"kind": "watts_strogatz", "nodes": 6, "neighbours": 2}),
        json!({"kind": "random_geometric", "nodes": 6, "radius": 1.0}),
    ];
    [full.clone()].into_iter().chain(routers).chain(generators.map(plain)).collect()
}

/// A reference followed.
fn target<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let path = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| root.pointer(path)).map_or(schema, |schema| target(root, schema))
}

/// Pointers to the numbers that a value has or may have, with their largest values.
fn largest(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    let schema = target(root, schema);
    if let Some(most) = schema.get("maximum") {
        found.push((path.to_owned(), most.clone()));
    }
    for branch in ["oneOf", "anyOf"].iter().filter_map(|key| schema[key].as_array()).flatten() {
        let branch = target(root, branch);
        let fits = |(key, property): (&String, &Value)| property.get("const").is_none_or(|tag| value[key] == *tag);
        let required = branch["required"].as_array().into_iter().flatten();
        let has_all = required.filter_map(Value::as_str).all(|key| value.get(key).is_some());
        if branch["properties"].as_object().is_none_or(|it| it.iter().all(fits)) && (has_all || !value.is_object()) {
            largest(root, branch, value, path, found);
        }
    }
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        largest(root, property, &value[key], &format!("{path}/{key}"), found);
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        largest(root, &schema["items"], item, &format!("{path}/{index}"), found);
    }
}

/// Sets the value at a pointer, objects on the way made.
fn set(scenario: &mut Value, path: &str, value: Value) {
    let mut place = scenario;
    for key in path[1..].split('/') {
        place = match key.parse::<usize>() {
            Ok(index) if place.is_array() => &mut place[index],
            _ => &mut place[key],
        };
    }
    *place = value;
}

#[test]
fn every_number_at_its_largest_ends_with_results_or_a_sentence() {
    let (folder, schema) = (TempDir::new().unwrap(), scenario_schema(&wormsim::simulation::kinds()).to_value());
    let (mut seen, mut ran) = (std::collections::BTreeSet::new(), 0);
    for (number, scenario) in scenarios().iter().enumerate() {
        let mut numbers = Vec::new();
        largest(&schema, &schema, scenario, "", &mut numbers);
        for (path, most) in numbers {
            // What is not of a kind of its own is tried once.
            let own = ["/router", "/topology"].iter().any(|section| path.starts_with(section));
            if path == "/version" || !seen.insert((if own { number } else { 0 }, path.clone())) {
                continue;
            }
            let mut changed = scenario.clone();
            set(&mut changed, &path, most.clone());
            ran += usize::from(run(folder.path(), &changed, &format!("{path} = {most} in scenario {number}")));
        }
    }
    assert!(seen.len() > 100 && ran > 60, "{} numbers, {ran} of which ran", seen.len());
}

#[test]
fn large_numbers_together_end_with_results_or_a_sentence() {
    let folder = TempDir::new().unwrap();
    let scenario = |nodes: u32, more: Value| {
        let mut scenario = json!({
            "version": 1, "name": "x", "ticks": 2, "warmup_ticks": 0,
            "topology": {"generator": {"kind": "ring", "nodes": nodes}},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 1}],
            "router": {"kind": "shortest_path"}
        });
        scenario.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        scenario
    };
    let of_all = |workload: Value| json!({"workloads": vec![workload; 100]});
    for (what, scenario) in [
        ("items", scenario(6, of_all(json!({"kind": "zipf", "accesses_per_tick": 1, "items": 1_000_000})))),
        ("matrices", scenario(4096, of_all(json!({"kind": "matrix", "rates": {"0": {"1": 1}}})))),
        (
            "ports",
            scenario(
                4000,
                json!({"wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "ports_per_node": 1000}}),
            ),
        ),
        ("rows", scenario(200_000, json!({"router": {"kind": "q_routing", "memory_limit_mb": 65_536}}))),
        (
            "ids",
            scenario(
                1000,
                json!({"physics": {"entropy": {"shards": 1000}},
                    "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "next_id": 60_000}}),
            ),
        ),
    ] {
        run(folder.path(), &scenario, what);
    }
}
