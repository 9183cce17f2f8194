//! The committed schemas are those of the types, every shipped scenario fits them, and they refuse what `validate`
//! refuses.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use wormsim::scenario::raw::{RawPhysics, RawScenario};
use wormsim::scenario::{scenario_schema, topology_schema};
use wormsim::simulation::load;

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
        ("scenario", scenario_schema(&wormsim::simulation::kinds()), "scenario.schema.json"),
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
    let schema = scenario_schema(&wormsim::simulation::kinds()).to_value();
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
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "enabled": true, "policy": "gravity", "ports_per_node": 2 },
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
    let schema = scenario_schema(&wormsim::simulation::kinds()).to_value();
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
        ("/version", json!(3)),
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
        ("/events", json!([{"tick": 1, "set_capacity": {"link": ["1", "2"], "capacity_per_tick": 1, "back": {}}}])),
        ("/events", json!([{"tick": 1, "set_capacity": {"link": ["1", "2"], "capacity_per_tick": 1, "one_way": 1}}])),
        ("/wormholes", json!({"policy": "greedy"})),
        ("/failures", json!([{"kind": "links", "mean_up_ticks": 0, "mean_down_ticks": 1}])),
        ("/failures", json!([{"kind": "links", "mean_up_ticks": 1}])),
        ("/failures", json!([{"kind": "links", "nodes": ["1"], "mean_up_ticks": 1, "mean_down_ticks": 1}])),
        ("/failures", json!([{"kind": "sessions", "sessions": {"1": [[5]]}}])),
        ("/failures", json!([{"kind": "sessions", "sessions": {"1": [[5, 1_000_000_001]]}}])),
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
        (
            "/events",
            json!([{"tick": 1, "set_capacity":
                {"link": ["1", "2"], "capacity_per_tick": 1, "back": {"capacity_per_tick": null}}}]),
        ),
        (
            "/events",
            json!([{"tick": 1, "set_capacity": {"link": ["1", "2"], "capacity_per_tick": 1, "one_way": true}}]),
        ),
        ("/router", json!({"kind": "q_routing", "initial": "zero"})),
        ("/router", json!({"kind": "multipath", "stretch": 0})),
        ("/router", json!({"kind": "measured_delay", "smoothing": 1})),
        ("/nodes", json!({"queue_limit": null})),
        ("/failures", json!([{"kind": "sessions", "sessions": {"1": [[5, 1_000_000_000]], "2": []}}])),
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

/// Documents that have every field with a bound, together.
fn full() -> Vec<Value> {
    let shape = json!({
        "arrivals": {"kind": "binomial", "sources": 1000}, "hot_spot": {"path": ["1"], "dwell_ticks": 9, "share": 0.1},
        "diurnal": {"period_ticks": 9, "amplitude": 0.1, "phase": 0.1},
        "flash_crowd": {"target": "1", "start_tick": 1, "rise_ticks": 1, "hold_ticks": 1, "fall_ticks": 1, "factor": 2},
    });
    let window = json!({"name": "w", "from_tick": 1, "until_tick": 90, "size": 1});
    let workload = |more: Value| {
        let parts = [&window, &shape, &more].map(|part| part.as_object().unwrap().clone());
        Value::Object(parts.into_iter().flatten().collect())
    };
    let workloads = [
        workload(json!({"kind": "uniform", "accesses_per_tick": 1})),
        workload(json!({"kind": "gravity", "accesses_per_tick": 1})),
        workload(json!({"kind": "matrix", "accesses_per_tick": 1, "rates": {"1": {"2": 1}}})),
        workload(json!({"kind": "zipf", "accesses_per_tick": 1, "items": 9, "exponent": 1, "homes": ["1"]})),
    ];
    let topologies = [
        json!({"generator": {"kind": "grid", "rows": 3, "columns": 3, "latency_ticks": 1}, "capacity_per_tick": 9}),
        json!({"generator": {"kind": "torus", "rows": 3, "columns": 3, "latency_ticks": 1}}),
        json!({"generator": {"kind": "ring", "nodes": 9, "latency_ticks": 1}}),
        json!({"generator": {"kind": "erdos_renyi", "nodes": 9, "probability": 1, "latency_ticks": 1}}),
        json!({"generator": {"kind": "barabasi_albert", "nodes": 9, "links_per_node": 1, "latency_ticks": 1}}),
        json!({"generator": {
            "kind": "watts_strogatz", "nodes": 9, "neighbours": 2, "rewiring": 0, "latency_ticks": 1
        }}),
        json!({"generator": {"kind": "random_geometric", "nodes": 9, "radius": 1.5, "latency_ticks_per_unit": 1}}),
        json!({
            "nodes": [{"id": "0", "latitude": 1, "longitude": 1, "mass": 1}, {"id": "1", "mass": 1}, {"id": "2"}],
            "links": [
                {"ends": ["0", "1"], "latency_ticks": 1, "capacity_per_tick": 9}, {"ends": ["1", "2"], "latency_ms": 1},
                {"ends": ["0", "2"], "length_km": 1}
            ],
        }),
        json!({
            "nodes": [{"id": "0", "x": 1, "y": 1}, {"id": "1"}, {"id": "2"}],
            "links": [{"ends": ["0", "1"]}, {"ends": ["1", "2"]}],
        }),
        json!({"file": scenarios().join("topologies/nsfnet.json"), "default_latency_ms": 1, "bits_per_access": 1}),
    ];
    let routers = [
        json!({"kind": "q_routing", "learning_rate": 0.5, "exploration": 0.1, "memory_limit_mb": 9}),
        json!({"kind": "multipath", "stretch": 1, "temperature_ticks": 1, "memory_limit_mb": 9}),
        json!({"kind": "measured_delay", "recompute_every_ticks": 9, "smoothing": 0.5, "memory_limit_mb": 9}),
        json!({"kind": "shortest_path", "memory_limit_mb": 9}),
    ];
    let base = json!({
        "version": 1, "name": "x", "intent": "", "seed": 1, "ticks": 100, "warmup_ticks": 10, "tick_ms": 1,
        "nodes": {"service_per_tick": 1, "queue_limit": 9, "max_hops": 9, "link_queue_limit": 9},
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "ports_per_node": 2, "initial": [["0", "1"]], "next_id": 9,
            "recovered": [{
                "id": 1, "ends": ["1", "2"], "kind": "standard", "strength": 0.5, "span_ticks": 9,
                "setup_ticks_left": 1, "dormant_ticks": 1
            }],
        },
        "events": [
            {"tick": 9, "set_capacity": {"link": ["0", "1"], "capacity_per_tick": 9}},
            {"tick": 9, "set_capacity": {"link": ["0", "1"], "capacity_per_tick": 9, "back": {"capacity_per_tick": 8}}}
        ],
        "failures": [
            {"kind": "links", "name": "w", "links": [["0", "1"]], "mean_up_ticks": 9, "mean_down_ticks": 9,
                "up_distribution": {"kind": "weibull", "shape": 1}, "from_tick": 0, "until_tick": 90},
            {"kind": "nodes", "name": "n", "nodes": ["1"], "mean_up_ticks": 9, "mean_down_ticks": 9,
                "down_distribution": {"kind": "weibull", "shape": 1}, "from_tick": 0, "until_tick": 90},
            {"kind": "group", "name": "g", "links": [["0", "1"]], "nodes": ["1"], "mean_up_ticks": 9,
                "mean_down_ticks": 9, "from_tick": 0, "until_tick": 90},
            {"kind": "sessions", "name": "s", "sessions": {"1": [[1, 5]]}}
        ],
        "record": {"every_ticks": 9},
        "persistence": {
            "snapshot_every_ticks": 9, "checkpoint_every_ticks": 9, "checkpoint_every_seconds": 9, "checkpoints_kept": 2
        },
        "experiment": {
            "arms": [{"name": "a"}], "replications": 2,
            "vary": [{"path": "nodes.service_per_tick", "values": [1]}],
            "reference": {"source": "s", "metric": "hops", "points": [{"arm": "a", "x": 1, "y": 1}]},
        },
    });
    let physics = serde_json::to_value(RawPhysics::default()).unwrap();
    let mut found = Vec::new();
    for place in 0..topologies.len() {
        let mut document = base.clone();
        document["topology"] = topologies[place].clone();
        document["workloads"] = json!([workloads[place % workloads.len()]]);
        document["router"] = routers[place % routers.len()].clone();
        document["physics"] = physics.clone();
        document["physics"]["entropy"]["shards"] = json!(2);
        if document["topology"]["file"].is_string() {
            // Nodes have other names there.
            for field in ["workloads", "events", "failures", "wormholes"] {
                document.as_object_mut().unwrap().remove(field);
            }
            document["workloads"] =
                json!([{"kind": "trace", "path": "trace.csv", "from_tick": 1, "until_tick": 90, "size": 1}]);
        }
        found.push(document);
    }
    found
}

/// The bounds of a schema.
const KEYWORDS: [&str; 7] =
    ["minimum", "exclusiveMinimum", "maximum", "minItems", "maxItems", "minLength", "maxLength"];

/// A bound of a value: where it is, the keyword, the bound, and whether fractions are allowed.
type Bound = (String, &'static str, f64, bool);

/// Adds the bounds of a value and of those inside it.
fn bounds(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<Bound>) {
    if let Some(name) = schema["$ref"].as_str() {
        bounds(root, root.pointer(&name[1..]).unwrap(), value, at, found);
    }
    let fractions = schema["type"].to_string().contains("number");
    for keyword in KEYWORDS {
        found.extend(schema[keyword].as_f64().map(|bound| (at.to_owned(), keyword, bound, fractions)));
    }
    for (key, field) in value.as_object().into_iter().flatten() {
        bounds(root, &schema["properties"][key], field, &format!("{at}/{key}"), found);
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        bounds(root, &schema["items"], item, &format!("{at}/{index}"), found);
    }
    for branch in ["oneOf", "anyOf"].iter().flat_map(|word| schema[word].as_array().into_iter().flatten()) {
        let target = branch["$ref"].as_str().map_or(branch, |name| root.pointer(&name[1..]).unwrap());
        let has = |key: &Value| value.get(key.as_str().unwrap()).is_some();
        let required = target["required"].as_array().is_none_or(|keys| keys.iter().all(has));
        let kind = target["properties"]["kind"]["const"].as_str();
        if target["properties"].is_object() && required && kind.is_none_or(|kind| value["kind"] == kind) {
            bounds(root, branch, value, at, found);
        }
    }
}

/// The value at a bound, and the first beyond it, in the place of `value`.
fn around((_, keyword, bound, fractions): &Bound, value: &Value) -> [Value; 2] {
    let out = if keyword.starts_with("max") { 1 } else { -1 };
    let whole = *bound as i64;
    let sized = |size: i64| match value {
        Value::Array(items) => (0..size).map(|_| items[0].clone()).collect(),
        _ => Value::from("x".repeat(size as usize)),
    };
    match *keyword {
        "exclusiveMinimum" => [json!(bound.next_up()), json!(bound)],
        "minimum" | "maximum" if *fractions => {
            [json!(bound), json!(if out > 0 { bound.next_up() } else { bound.next_down() })]
        }
        "minimum" | "maximum" => [json!(whole), json!(whole + out)],
        _ => [sized(whole), sized(whole + out)],
    }
}

/// What may refuse a value that is at its bound: another value, or that a list has the same item again and again.
const OTHER_RULES: [&str; 21] = [
    "another node than the first",
    "before the end of the run",
    "at least reopen_after_ticks",
    "at least physics.decay.dormant_below",
    "to the number of nodes",
    "expected less than ",
    "a name that no other workload has",
    "at least the highest rate",
    "after from_tick",
    "each pair once",
    "each link once",
    "each node once",
    "a name that no other process has",
    "wormholes at a node",
    "a number of its own for each wormhole",
    "no node is named",
    "and below nodes",
    "neighbours of ",
    "which is no node's id",
    "at least 2 nodes and 1 link are needed",
    "for at most 1000000 frames",
];

/// 100,000 events were allowed by the schema, of which the memory for values holds a third.
#[test]
fn values_at_the_bounds_of_the_schema_are_accepted_and_those_beyond_are_not() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trace.csv"), "tick,origin,target\n1,WA,IL\n").unwrap();
    let schema = scenario_schema(&wormsim::simulation::kinds()).to_value();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("wormsim.json", schema.clone()).unwrap();
    let compiled = compiler.compile("wormsim.json", &mut schemas).unwrap();
    let file = folder.path().join("x.json");
    let refusal = |document: &Value| {
        fs::write(&file, document.to_string()).unwrap();
        load(&file, &[]).err().map(|error| error.to_string())
    };
    let (mut tried, mut other_rules) = (BTreeSet::new(), BTreeSet::<&str>::new());
    for document in full() {
        assert_eq!(refusal(&document), None);
        let mut found = Vec::new();
        bounds(&schema, &schema, &document, "", &mut found);
        for bound in found {
            let (place, keyword, limit, _) = &bound;
            let name: String =
                place.split('/').filter(|step| step.parse::<u32>().is_err()).collect::<Vec<_>>().join("/");
            if !tried.insert((
                name.clone(),
                document["topology"].to_string().len() * usize::from(name.contains("topology")),
                *keyword,
            )) {
                continue;
            }
            let [at, beyond] = around(&bound, document.pointer(place).unwrap());
            let with = |value: Value| {
                let mut changed = document.clone();
                *changed.pointer_mut(place).unwrap() = value;
                changed
            };
            let beyond = with(beyond);
            assert!(schemas.validate(&beyond, compiled).is_err(), "{name} beyond {keyword} {limit} fits");
            assert!(refusal(&beyond).is_some(), "{name} beyond {keyword} {limit} is accepted");
            // Large networks take too long to make.
            if name.starts_with("/topology/generator") && *limit > 10_000.0 {
                continue;
            }
            let at = with(at);
            assert!(schemas.validate(&at, compiled).is_ok(), "{name} at {keyword} {limit} does not fit");
            let Some(text) = refusal(&at) else { continue };
            let rule = OTHER_RULES.iter().find(|says| text.contains(**says));
            other_rules.extend(rule.copied());
            assert!(rule.is_some(), "{name} at {keyword} {limit}: {text}");
        }
    }
    assert!(tried.len() > 200, "{}", tried.len());
    assert_eq!(other_rules.len(), OTHER_RULES.len(), "{other_rules:?}");
}

/// What the schema allows and a type does not hold was told in words of the deserializer.
#[test]
fn no_error_speaks_of_variants() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trace.csv"), "tick,origin,target\n1,WA,IL\n").unwrap();
    let file = folder.path().join("x.json");
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0.5),
        json!(5_000_000_000_u64),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!("x"),
        json!([]),
        json!({}),
        json!([null]),
        json!({"x": 1}),
    ];
    /// All places in a value.
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        for (key, inner) in value.as_object().into_iter().flatten() {
            places(inner, &format!("{at}/{key}"), found);
        }
        for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
            places(inner, &format!("{at}/{index}"), found);
        }
    }
    let mut refused = 0;
    for document in full() {
        let mut found = Vec::new();
        places(&document["topology"], "/topology", &mut found);
        for (place, odd) in found.iter().flat_map(|place| odd.iter().map(move |odd| (place, odd))) {
            let mut changed = document.clone();
            *changed.pointer_mut(place).unwrap() = odd.clone();
            fs::write(&file, changed.to_string()).unwrap();
            let Err(error) = load(&file, &[]) else { continue };
            let text = error.to_string();
            refused += 1;
            assert!(
                !["variant", "untagged", "invalid type", "invalid value"].iter().any(|word| text.contains(word)),
                "{text}"
            );
        }
    }
    assert!(refused > 500, "{refused}");
    fs::write(
        &file,
        json!({"version": 1, "name": "x", "topology": 5, "workloads": [{"kind": "uniform", "accesses_per_tick": 1}]})
            .to_string(),
    )
    .unwrap();
    let text = load(&file, &[]).unwrap_err().to_string();
    let expected =
        "topology: 5 is not allowed; expected an object with one of file, nodes with links, generator or run";
    assert!(text.ends_with(expected), "{text}");
}
