//! Bad input ends before anything runs: exit 2, one clear line, within 2 seconds and 100 MB, nothing written.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Seconds within which bad input is refused; a debug build is an order of magnitude slower.
const SECONDS: &str = if cfg!(debug_assertions) { "20" } else { "2" };

/// Runs the program in `folder` with 100 MB of address space and [`SECONDS`]; what is found there afterwards must be
/// what was there before.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let before = listing(folder);
    let output = Command::new("timeout")
        .args(["--kill-after=0", SECONDS, "sh", "-c", "ulimit -v 102400; exec \"$@\"", "sh"])
        .arg(cargo_bin!("wormsim"))
        .args(arguments)
        .current_dir(folder)
        // Else the C library reserves most of that space for a thread, if that allocates early enough.
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(before, listing(folder), "something was written");
    output
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| format!("{:?}", entry.unwrap().file_name())).collect();
    names.sort();
    names
}

/// The lines of errors, one a fault, that have all of `expected` in them.
pub(crate) fn refused(folder: &Path, arguments: &[&str], expected: &[&str]) {
    let output = run(folder, arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {text}");
    assert!(text.lines().all(|line| line.starts_with("error: ")) && text.ends_with('\n'), "{text}");
    assert!(text.lines().count() <= 20 && text.lines().all(|line| line.len() < 1500), "{text}");
    for part in expected {
        assert!(text.contains(part), "{part:?} is missing in: {text}");
    }
}

fn base() -> Value {
    json!({
        "version": 1, "name": "x", "ticks": 1000,
        "topology": {
            "nodes": [{"id": "WA"}, {"id": "IL"}, {"id": "NY"}],
            "links": [{"ends": ["WA", "IL"]}, {"ends": ["IL", "NY"]}]
        },
        "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}],
        "router": {"kind": "shortest_path"}
    })
}

/// The base scenario with the value at a pointer replaced or added.
pub(crate) fn with(pointer: &str, value: Value) -> String {
    let mut document = base();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[field.parse::<usize>().unwrap()] = value,
        parent => parent[field] = value,
    }
    format!("{document:#}")
}

#[test]
fn the_base_of_these_tests_is_good() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.json"), base().to_string()).unwrap();
    let output = run(folder.path(), &["validate", "x.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "x.json: x: 3 nodes, 2 links, 1 workload (uniform-0), 1000 ticks (100 warm-up), shortest_path, 0 events; \
         1.000 accesses a tick (1000.0 a second) on ways of 1.33 links; busiest of the nodes, which serve 1 a tick: \
         IL 0.667 (67 %), WA 0.333 (33 %), NY 0.333 (33 %); 2 links without latency or places: default latency; 2 links without capacity: unlimited; 3 nodes without \
         mass: 1; 3 nodes without place; no wormholes\n"
    );
}

#[test]
fn values_that_are_wrong_are_named_with_place_path_and_what_is_allowed() {
    let drawn = |field: &str, value: Value| {
        let mut workload = json!({"kind": "uniform", "accesses_per_tick": 1.0});
        workload[field] = value;
        with("/workloads/0", workload)
    };
    let events = |events: Value| with("/events", events);
    let set_capacity = |ends: [&str; 2], more: Value| {
        let mut set = json!({"link": ends, "capacity_per_tick": 4});
        set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([{"tick": 5, "set_capacity": set}])
    };
    let capacity = |ends: [&str; 2], more: Value| events(set_capacity(ends, more));
    let one_way = |ends: [&str; 2], more: Value| {
        let mut document = base();
        document["topology"]["links"] = json!([
            {"ends": ["WA", "IL"]}, {"ends": ["IL", "NY"], "one_way": true}, {"ends": ["NY", "WA"]}
        ]);
        document["wormholes"] = json!({"enabled": false});
        document["events"] = set_capacity(ends, more);
        format!("{document:#}")
    };
    let generator = |generator: Value| with("/topology", json!({ "generator": generator }));
    let cases: Vec<(String, &[&str])> = vec![
        // Fields and types.
        (
            with("/workloads/0/acesses_per_tick", json!(1.0)),
            &[
                "workloads[0].acesses_per_tick: unknown field; allowed: accesses_per_tick, ",
                "did you mean \"accesses_per_tick\"?",
            ],
        ),
        (
            with("/workloads/0/kind", json!("unifrom")),
            &["workloads[0].kind: \"unifrom\" is not allowed", "zipf or", "did you mean \"uniform\"?"],
        ),
        (
            with("/nodes", json!({"service_per_tick": -3})),
            &["nodes.service_per_tick: -3 is not allowed; expected a whole number from 1 to 1000000"],
        ),
        (with("/nodes", json!({"service_per_tick": 1.5})), &["1.5 is not allowed; expected a whole number"]),
        (
            with("/nodes", json!({"injection": "queue"})),
            &["nodes.injection: \"queue\"", "expected queued or immediate", "did you mean \"queued\"?"],
        ),
        (with("/nodes", json!([])), &["nodes: an array of 0 is not allowed; expected an object"]),
        (with("/router", json!({"kind": "qrouting"})), &["router.kind: \"qrouting\"", "did you mean \"q_routing\"?"]),
        (
            with("/router/learning_rate", json!(0.5)),
            &["router.learning_rate: unknown field; allowed: kind, memory_limit_mb"],
        ),
        (with("/version", json!(3)), &["version: 3 is not allowed; expected a whole number from 1 to 2"]),
        (with("/topology", json!({})), &["topology: expected exactly one of file, nodes with links, generator or run"]),
        (
            with("/topology", json!({"fiel": "x.json"})),
            &["topology: expected exactly one of file", "did you mean \"file\"?"],
        ),
        (
            with("/workloads/0", json!({"kind": "uniform"})),
            &["workloads[0]: field \"accesses_per_tick\" is missing; expected a number from 0 to 1000000"],
        ),
        (
            with("/physics", json!({"decay": {"fade": 1}})),
            &["physics.decay.fade: unknown field", "did you mean \"fade_per_tick\"?"],
        ),
        // Rates and sizes.
        (
            with("/workloads/0/accesses_per_tick", json!(-1.0)),
            &["workloads[0].accesses_per_tick: -1.0 is not allowed; expected a number from 0 to 1000000"],
        ),
        (with("/workloads/0/accesses_per_tick", json!(1e7)), &["10000000.0 is not allowed"]),
        (with("/ticks", json!(0)), &["ticks: 0 is not allowed; expected a whole number from 1 to 1000000000"]),
        (with("/ticks", json!(1_000_000_001)), &["ticks: 1000000001 is not allowed"]),
        (with("/ticks", json!(100_000_000_000_u64)), &["ticks: 100000000000 is not allowed"]),
        (with("/warmup_ticks", json!(1000)), &["warmup_ticks: 1000 is not allowed; expected less than ticks (1000)"]),
        (with("/ticks", json!(1_000_000_000)), &["record.every_ticks: 100 is not allowed; expected at least 1000"]),
        (with("/name", json!("../x")), &["name: \"../x\" is not allowed; expected letters"]),
        (with("/name", json!("x".repeat(101))), &["name: ", "expected a string of 1 to 100 characters"]),
        (drawn("arrivals", json!({"kind": "binomial", "sources": 0})), &["workloads[0].arrivals.sources: 0"]),
        (
            with(
                "/workloads/0",
                json!({"kind": "uniform", "accesses_per_tick": 9.5, "arrivals": {"kind": "binomial", "sources": 9}}),
            ),
            &["arrivals.sources: 9 is not allowed; expected at least the highest rate, 9.5"],
        ),
        // Networks.
        (
            with("/topology/links/1/ends", json!(["IL", "NYC"])),
            &["topology.links[1].ends[1]: is \"NYC\", which is no node's id; the nearest one is \"NY\"."],
        ),
        (
            with("/topology/nodes", json!([{"id": "WA"}, {"id": "IL"}, {"id": "NY"}, {"id": "WA"}])),
            &["topology.nodes[3].id", "\"WA\""],
        ),
        (
            generator(json!({"kind": "ring", "nodes": 1_000_000_000_000_u64})),
            &["topology.generator.nodes: 1000000000000 is not allowed; expected a whole number from 3 to 200000"],
        ),
        (
            generator(json!({"kind": "grid", "rows": 1_000_000, "columns": 1_000_000})),
            &["topology.generator", "200000"],
        ),
        (
            generator(json!({"kind": "erdos_renyi", "nodes": 200_000, "probability": 1.0})),
            &["topology.generator", "links"],
        ),
        (
            generator(json!({"kind": "random_geometric", "nodes": 200_000, "radius": 1.5})),
            &["topology.generator", "links"],
        ),
        (
            generator(json!({"kind": "barabasi_albert", "nodes": 200_000, "links_per_node": 1000})),
            &["topology.generator", "links"],
        ),
        (
            generator(json!({"kind": "rign", "nodes": 5})),
            &["topology.generator.kind: \"rign\"", "did you mean \"ring\"?"],
        ),
        (
            generator(json!({"kind": "watts_strogatz", "nodes": 10, "neighbours": 3})),
            &["topology.generator.neighbours", "3", "even"],
        ),
        // Names of nodes and links.
        (
            with("/events", json!([{"tick": 1, "fail_node": "WB"}])),
            &["events[0].fail_node: no node is named \"WB\"", "did you mean \"WA\"?"],
        ),
        (
            events(json!([{"tick": 1, "fail_link": ["WA", "NY"]}])),
            &["events[0].fail_link[1]: \"NY\"", "neighbours of \"WA\": IL"],
        ),
        (events(json!([{"tick": 1, "fail_link": ["WA", "WA"]}])), &["events[0].fail_link[1]: \"WA\" is not allowed"]),
        (
            with(
                "/wormholes",
                json!({"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "initial": [["WA", "NX"]]}),
            ),
            &["wormholes.initial[0][1]: no node is named \"NX\""],
        ),
        (
            with(
                "/wormholes",
                json!({"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                    "initial": [["WA", "NY"], ["NY", "WA"]]}),
            ),
            &["wormholes.initial[1]", "each pair once"],
        ),
        (
            with(
                "/wormholes",
                json!({"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                    "ports_per_node": 0, "initial": [["WA", "NY"]]}),
            ),
            &["wormholes.initial[0][0]", "ports_per_node (0)"],
        ),
        (drawn("hot_spot", json!({"path": ["WA", "LA"]})), &["workloads[0].hot_spot.path[1]: no node is named \"LA\""]),
        (
            drawn("flash_crowd", json!({"target": "ny", "start_tick": 1})),
            &["workloads[0].flash_crowd.target: no node is named \"ny\"", "did you mean \"NY\"?"],
        ),
        // Events.
        (
            events(json!([{"tick": 1000, "fail_node": "WA"}])),
            &["events[0].tick: 1000 is not allowed; expected before the end of the run (ticks is 1000)"],
        ),
        (
            events(json!([{"tick": 5, "restore_node": "WA"}])),
            &["events[0].restore_node: \"WA\" is not allowed; expected one that failed before"],
        ),
        (
            events(json!([{"tick": 9, "fail_node": "WA"}, {"tick": 5, "restore_node": "WA"}])),
            &["events[1].restore_node"],
        ),
        (
            events(json!([{"tick": 5, "fail_link": ["WA", "IL"]}, {"tick": 9, "fail_link": ["IL", "WA"]}])),
            &["events[1].fail_link: \"IL\" to \"WA\" is not allowed"],
        ),
        (
            events(json!([{"tick": 5}])),
            &["events[0]: expected exactly one of fail_link, restore_link, fail_node, restore_node or set_capacity"],
        ),
        (
            events(json!([{"tick": 5, "fail_node": "WA", "fail_link": ["WA", "IL"]}])),
            &["events[0]: expected exactly one of"],
        ),
        (
            events(json!([{"tick": 5, "set_capacity": {"link": ["WA", "IL"], "capacity_per_tick": 0}}])),
            &["set_capacity.capacity_per_tick: 0 is not allowed; expected a whole number from 1 to 1000000000 or null"],
        ),
        (
            capacity(["WA", "IL"], json!({"back": {"capacity_per_tick": 0}})),
            &[
                "set_capacity.back.capacity_per_tick: 0 is not allowed; expected a whole number from 1 to 1000000000 or null",
            ],
        ),
        (capacity(["WA", "IL"], json!({"back": {}})), &["events[0].set_capacity.back", "capacity_per_tick"]),
        (capacity(["WA", "IL"], json!({"back": 5})), &["events[0].set_capacity.back: 5 is not allowed"]),
        (
            capacity(["WA", "IL"], json!({"back": {"capacity_per_tick": 5}, "one_way": true})),
            &["events[0].set_capacity.one_way: true is not allowed; expected false, or no back"],
        ),
        (
            one_way(["IL", "NY"], json!({"back": {"capacity_per_tick": 5}})),
            &[
                "events[0].set_capacity.back.capacity_per_tick: 5 is not allowed",
                "no back, as the link leads from \"IL\" to \"NY\" only",
            ],
        ),
        (
            one_way(["NY", "IL"], json!({"back": {"capacity_per_tick": null}})),
            &["events[0].set_capacity.back.capacity_per_tick: null is not allowed"],
        ),
        (
            one_way(["NY", "IL"], json!({"one_way": true})),
            &[
                "events[0].set_capacity.link: \"NY\" to \"IL\" is not allowed",
                "expected \"IL\" to \"NY\", the only direction of the link",
            ],
        ),
        // Workloads.
        (with("/workloads", json!([])), &["workloads: an array of 0 is not allowed"]),
        (
            with(
                "/workloads",
                json!([{"kind": "uniform", "name": "a", "accesses_per_tick": 1},
                    {"kind": "uniform", "name": "a", "accesses_per_tick": 1}]),
            ),
            &["workloads[1].name: \"a\" is not allowed; expected a name that no other workload has"],
        ),
        (drawn("until_tick", json!(1001)), &["workloads[0].until_tick: 1001"]),
        (drawn("from_tick", json!(1000)), &["workloads[0].from_tick: 1000"]),
        (
            with("/workloads/0", json!({"kind": "gravity", "accesses_per_tick": 1, "masses": {"WA": 0, "IL": 0}})),
            &["workloads[0].masses", "at least 2 nodes"],
        ),
        (
            with("/workloads/0", json!({"kind": "gravity", "accesses_per_tick": 1, "masses": {"WA": -1}})),
            &["workloads[0].masses.WA: -1 is not allowed"],
        ),
        (with("/workloads/0", json!({"kind": "matrix"})), &["workloads[0]: expected exactly one of rates or file"]),
        (
            with("/workloads/0", json!({"kind": "matrix", "rates": {"WA": {"WA": 1}}})),
            &["workloads[0].rates.WA.WA: 1 is not allowed; expected 0 from a node to itself"],
        ),
        (
            with("/workloads/0", json!({"kind": "matrix", "rates": {"WA": {"NYC": 1}}})),
            &["workloads[0].rates.WA.NYC: no node is named \"NYC\"", "\"NY\""],
        ),
        (
            with("/workloads/0", json!({"kind": "matrix", "file": "none.csv"})),
            &["workloads[0].file: ", "none.csv", "cannot be read"],
        ),
        (
            with("/workloads/0", json!({"kind": "zipf", "accesses_per_tick": 1, "items": 1_000_000_000})),
            &["workloads[0].items: 1000000000"],
        ),
        (
            with("/physics", json!({"wormhole": {"kinds": {"fast_below": 0.8}}})),
            &["physics.wormhole.kinds.fast_below: 0.8 is not allowed; expected less than fast_above (0.75)"],
        ),
        (with("/physics", json!({"entropy": {"shards": 4}})), &["physics.entropy.shards: 4 is not allowed"]),
    ];
    let folder = TempDir::new().unwrap();
    for (text, expected) in cases {
        fs::write(folder.path().join("x.json"), &text).unwrap();
        refused(folder.path(), &["validate", "x.json"], expected);
        refused(folder.path(), &["run", "x.json"], expected);
    }
}

#[test]
fn errors_point_to_line_and_column_or_to_the_option() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.json"), "{\n  \"version\": 1,\n  \"nodes\": {\"service_per_tick\": -3}\n}")
        .unwrap();
    refused(folder.path(), &["validate", "x.json"], &["error: x.json:3:13: nodes.service_per_tick: -3"]);
    fs::write(folder.path().join("y.json"), base().to_string()).unwrap();
    for (option, expected) in [
        (
            "workloads.0.accesses_per_tick=-2",
            "--set workloads.0.accesses_per_tick=-2: workloads[0].accesses_per_tick: -2",
        ),
        ("nodes.servce_per_tick=2", "--set nodes.servce_per_tick=2: nodes.servce_per_tick: unknown field"),
        (
            "workloads.1.size=2",
            "--set workloads.1.size=2: workloads.1: nothing to set here; expected an index from 0 to 0",
        ),
        ("name.x=2", "--set name.x=2: name.x: nothing to set here"),
        ("ticks=many", "--set ticks=many: ticks: \"many\" is not allowed"),
    ] {
        refused(folder.path(), &["validate", "y.json", "--set", option], &[expected]);
    }
    let deep = run(folder.path(), &["validate", "y.json", "--set", &format!("{}a=1", "a.".repeat(60_000))]);
    assert_eq!(deep.status.code(), Some(2));
    assert!(String::from_utf8(deep.stderr).unwrap().contains("at most 16 steps"));
    refused(folder.path(), &["validate", "y.json", "--ticks", "0"], &["error: --ticks 0: ticks: 0 is not allowed"]);
    refused(folder.path(), &["validate", "y.json", "--ticks", "99999999999"], &["error: --ticks 99999999999: ticks:"]);
}

#[test]
fn files_that_are_none_end_at_once() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder.json")).unwrap();
    assert!(Command::new("mkfifo").arg(at("fifo.json")).status().unwrap().success());
    fs::File::create(at("huge.json")).unwrap().set_len(1 << 40).unwrap();
    fs::write(at("empty.json"), "").unwrap();
    fs::write(at("blank.json"), " \n").unwrap();
    fs::write(at("binary.json"), b"{\"name\": \"\xff\"}").unwrap();
    fs::write(at("deep.json"), "[".repeat(200_000)).unwrap();
    fs::write(at("deep-field.json"), format!("{{\"name\": {}", "{\"a\":".repeat(200_000))).unwrap();
    fs::write(at("nan.json"), "{\"ticks\": NaN}").unwrap();
    fs::write(at("infinite.json"), "{\"tick_ms\": 1e400}").unwrap();
    fs::write(at("twice.json"), "{\"version\": 1,\n \"version\": 1}").unwrap();
    fs::write(at("array.json"), "[]").unwrap();
    fs::write(at("tail.json"), "{} {}").unwrap();
    fs::write(at("objects.json"), format!("[{}0]", "{\"a\":0},".repeat(1_000_000))).unwrap();
    fs::write(at("numbers.json"), format!("[{}0]", "0,".repeat(4_000_000))).unwrap();
    fs::write(at("name.json"), format!("{{\"{}\": 1}}", "x".repeat(8_000_000))).unwrap();
    fs::write(at("text.json"), format!("{{\"name\": \"{}\"}}", "\\n".repeat(4_000_000))).unwrap();
    for (file, expected) in [
        ("none.json", "none.json: cannot be read: No such file"),
        ("folder.json", "folder.json: is a directory; expected a regular file"),
        ("fifo.json", "fifo.json: is a device, FIFO or socket; expected a regular file"),
        ("/dev/zero", "/dev/zero: is a device, FIFO or socket"),
        ("huge.json", "huge.json: is larger than 8388608 bytes"),
        ("empty.json", "empty.json: is empty"),
        ("blank.json", "blank.json: is empty"),
        ("binary.json", "binary.json: is not UTF-8 text (first wrong byte at offset 10)"),
        ("deep.json", "not JSON: recursion limit exceeded"),
        ("deep-field.json", "not JSON: recursion limit exceeded"),
        ("nan.json", "nan.json:1:"),
        ("infinite.json", "not JSON: number out of range"),
        ("twice.json", "twice.json:2:10: version: field stands here twice"),
        ("array.json", "array.json:1:1: an array of 0 is not allowed; expected an object"),
        ("tail.json", "tail.json:1:4: not JSON: trailing characters"),
        ("objects.json", "has too many values"),
        ("numbers.json", "has too many values"),
        ("name.json", "unknown field"),
        ("text.json", "name: \"\\n\\n"),
    ] {
        refused(folder.path(), &["validate", file], &[expected]);
    }
}

/// The base scenario with some fields replaced or added.
fn with_all(fields: Value) -> String {
    let mut document = base();
    document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    document.to_string()
}

#[test]
fn limits_over_several_values_hold_to_the_last() {
    let ring =
        |nodes: u32, latency: u32| json!({"generator": {"kind": "ring", "nodes": nodes, "latency_ticks": latency}});
    let halves = |pair: [&str; 2]| {
        with_all(json!({
            "topology": {
                "parts": "all",
                "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}, {"id": "e"}],
                "links": [{"ends": ["a", "b"]}, {"ends": ["b", "c"]}, {"ends": ["d", "e"]}]
            },
            "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "initial": [["d", "e"], pair]}
        }))
    };
    let physics = |archive: u32, strength: f64| {
        with_all(json!({"physics": {
            "decay": {"archive_after_ticks": archive, "reopen_after_ticks": 500, "dormant_below": 0.25},
            "wormhole": {"initial_strength": strength}
        }}))
    };
    let crowded = |rate: f64| {
        with_all(json!({"workloads": [
            {"kind": "uniform", "accesses_per_tick": 1e6},
            {"kind": "uniform", "accesses_per_tick": rate, "diurnal": {"amplitude": 0.25},
                "flash_crowd": {"target": "NY", "start_tick": 1, "factor": 8}}
        ]}))
    };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("x.json");
    for (good, bad, expected) in [
        (
            halves(["a", "c"]),
            halves(["a", "d"]),
            "wormholes.initial[1]: \"a\" to \"d\" is not allowed; expected two nodes that links join",
        ),
        (
            with_all(json!({"topology": ring(2000, 1_000_000)})),
            with_all(json!({"topology": ring(2001, 1_000_000)})),
            "topology.generator: The latencies of all links sum to 2001000000 ticks; allowed is at most 2000000000",
        ),
        (
            physics(500, 0.3),
            physics(499, 0.3),
            "physics.decay.archive_after_ticks: 499 is not allowed; expected at least reopen_after_ticks (500)",
        ),
        (
            physics(500, 0.25),
            physics(500, 0.2),
            "physics.wormhole.initial_strength: 0.2 is not allowed; \
             expected at least physics.decay.dormant_below (0.25)",
        ),
        (
            crowded(1e5),
            crowded(2e5),
            "workloads[1]: a peak of 2000000 accesses per tick, 3000000 with the workloads before, is not allowed; \
             expected at most 2000000 for all workloads together",
        ),
        (
            with_all(
                json!({"topology": ring(4000, 1), "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                "ports_per_node": 1000}}),
            ),
            with_all(
                json!({"topology": ring(4001, 1), "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                "ports_per_node": 1000}}),
            ),
            "wormholes.ports_per_node: 1000 is not allowed; expected at most 999 in a network of 4001 nodes",
        ),
    ] {
        fs::write(&file, good).unwrap();
        let output = run(folder.path(), &["validate", "x.json"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        fs::write(&file, bad).unwrap();
        refused(folder.path(), &["validate", "x.json"], &["x.json:1:", expected]);
    }
}

#[test]
fn traces_and_topologies_that_are_wrong_name_their_own_file() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let header = "tick,origin,target\n";
    fs::write(at("order.csv"), format!("{header}5,WA,NY\n4,WA,NY\n")).unwrap();
    fs::write(at("cut.csv"), format!("{header}5,WA,NY\n6,WA,N")).unwrap();
    fs::write(at("node.csv"), format!("{header}5,WA,NYC\n")).unwrap();
    fs::write(at("endless.csv"), "x".repeat(50_000_000)).unwrap();
    assert!(Command::new("mkfifo").arg(at("fifo.csv")).status().unwrap().success());
    for (file, expected) in [
        ("order.csv", "order.csv:3: workloads[0].path: \"4\" is not allowed; expected a tick from 5"),
        ("cut.csv", "cut.csv:3: workloads[0].path: 1 of 2 rows are of no node: \"N\" (1 row; did you mean \"NY\"?)"),
        (
            "node.csv",
            "node.csv:2: workloads[0].path: 1 of 1 rows are of no node: \"NYC\" (1 row; did you mean \"NY\"?)",
        ),
        ("endless.csv", "does not end within 256 KiB"),
        ("fifo.csv", "is a device, FIFO or socket"),
        ("none.csv", "cannot be read"),
        (".", "is a directory"),
    ] {
        fs::write(at("x.json"), with("/workloads/0", json!({"kind": "trace", "path": file}))).unwrap();
        refused(folder.path(), &["validate", "x.json"], &[expected]);
    }
    fs::write(at("x.txt"), "nothing\n").unwrap();
    fs::write(at("t.json"), "{\"version\": 1, \"name\": \"t\", \"nodes\": []").unwrap();
    for (file, expected) in [
        ("t.json", "t.json: "),
        ("none.json", "cannot be read"),
        ("x.txt", "x.txt: At line 1: \"nothing\" is not allowed; expected a network: GraphML"),
    ] {
        fs::write(at("x.json"), with("/topology", json!({ "file": file }))).unwrap();
        refused(folder.path(), &["validate", "x.json"], &["x.json:", "topology.file: ", expected]);
    }
}

#[test]
fn usage_errors_exit_with_2_and_a_closed_output_is_no_error() {
    let folder = TempDir::new().unwrap();
    for arguments in [&["validate"][..], &["rnu"], &["run", "x.json", "--set", "x"], &["schema", "topologies"], &[]] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
    let mut child = Command::new(cargo_bin!("wormsim")).arg("schema").stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn setting_a_kind_switches_and_leaves_the_rest() {
    let folder = TempDir::new().unwrap();
    let text = with("/router", json!({"kind": "q_routing", "learning_rate": 0.7, "memory_limit_mb": 7}));
    fs::write(folder.path().join("x.json"), text).unwrap();
    let output =
        run(folder.path(), &["validate", "x.json", "--json", "--set", "router.kind=shortest_path", "--seed", "7"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&result["router"], &result["seed"]), (&json!("shortest_path"), &json!(7)));
}

#[test]
fn what_cannot_fit_into_memory_is_refused_from_the_numbers_before_anything_is_built() {
    let folder = TempDir::new().unwrap();
    let generated =
        |generator: Value| with_all(json!({"topology": {"generator": generator}, "router": {"kind": "q_routing"}}));
    let rows = |nodes: u32| format!("so much do the Q-rows of {nodes} nodes with ");
    for (text, expected) in [
        (
            generated(json!({"kind": "barabasi_albert", "nodes": 200_000, "links_per_node": 1})),
            ["router.memory_limit_mb: 256 is not allowed; expected at least ", &rows(200_000)],
        ),
        (
            generated(json!({"kind": "ring", "nodes": 200_000})),
            ["router.memory_limit_mb: 256 is not allowed; expected at least ", &rows(200_000)],
        ),
        (
            generated(json!({"kind": "watts_strogatz", "nodes": 200_000, "neighbours": 8})),
            ["router.memory_limit_mb: 256 is not allowed; expected at least ", &rows(200_000)],
        ),
        (
            with_all(json!({"wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                "next_id": 2_000_000_001}})),
            ["wormholes.next_id: 2000000001 is not allowed", " from 0 to "],
        ),
    ] {
        fs::write(folder.path().join("x.json"), text).unwrap();
        refused(folder.path(), &["validate", "x.json"], &[&["x.json:1:"][..], &expected].concat());
        refused(folder.path(), &["run", "x.json", "--out", "run"], &[&["x.json:1:"][..], &expected].concat());
    }
}
