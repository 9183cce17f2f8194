//! `wormsim bound`: ledgers that are known by hand, accesses that are those of the run, every bad input.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::wormsim;

fn output(folder: &Path, arguments: &[&str]) -> String {
    let (code, output, errors) = wormsim(folder, arguments);
    assert_eq!((code, errors.as_str()), (0, ""), "{arguments:?}");
    output
}

fn bound(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&output(folder, &[&["bound", "--json"], arguments].concat())).unwrap()
}

/// What is said of what is refused: nothing on standard output.
fn refused(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let (code, output, errors) = wormsim(folder, arguments);
    assert_eq!(output, "", "{arguments:?}");
    (code, errors)
}

/// A folder with `scenario.json` and `trace.csv`.
fn with(scenario: &Value, accesses: impl Iterator<Item = (usize, usize, usize)>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("scenario.json"), scenario.to_string()).unwrap();
    let lines: String = accesses.map(|(tick, origin, target)| format!("{tick},{origin},{target}\n")).collect();
    fs::write(folder.path().join("trace.csv"), format!("tick,origin,target\n{lines}")).unwrap();
    folder
}

/// Four nodes on a ring of links of 2 ticks, over whose wormholes a traversal takes 1; four accesses between 0 and 1,
/// four between 2 and 3, four between 0 and 2, four between 1 and 3, and that four times.
fn turns() -> TempDir {
    let link = |a: &str, b: &str| json!({"ends": [a, b], "latency_ticks": 2});
    let scenario = json!({
        "version": 2, "name": "turns", "intent": "Two matchings take turns.", "seed": 1, "ticks": 64,
        "topology": {
            "nodes": [{"id": "0"}, {"id": "1"}, {"id": "2"}, {"id": "3"}],
            "links": [link("0", "1"), link("1", "3"), link("3", "2"), link("2", "0")]
        },
        "workloads": [{"kind": "trace", "path": "trace.csv"}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.5}, "ports_per_node": 1},
        "physics": {"wormhole": {"opening_cost": 4, "upkeep_per_tick": 0.1}},
        "router": {"kind": "shortest_path"},
    });
    let pairs = [(0, 1), (2, 3), (0, 2), (1, 3)].into_iter().cycle().take(16).flat_map(|pair| [pair; 4]);
    let accesses = pairs.enumerate().map(|(tick, (a, b))| if tick % 2 == 0 { (tick, a, b) } else { (tick, b, a) });
    with(&scenario, accesses)
}

/// The third exact instance of VALIDATION.md 8.
#[test]
fn the_ledger_of_a_trace_is_that_of_the_exact_instance() {
    let folder = turns();
    let found = bound(folder.path(), &["scenario.json"]);
    assert_eq!(found["model"], json!({"ports": 1, "opening": 4.0, "upkeep": 0.1}));
    let costs = ["nothing", "best_static", "lower", "upper", "optimum"].map(|name| found[name].as_f64().unwrap());
    assert_eq!(costs, [64.0, 52.8, 50.4, 50.4, 50.4]);
    assert_eq!((&found["accesses"], &found["pairs"], &found["no_policy_pays"]), (&json!(64), &json!(4), &json!(false)));
    let policies = json!([
        {"name": "nothing", "cost": 64.0, "openings": 0}, {"name": "best static", "cost": 52.8, "openings": 2}
    ]);
    assert_eq!((&found["policies"], &found["best_static_is_exact"]), (&policies, &json!(true)));
    let words = output(folder.path(), &["bound", "scenario.json"]);
    for line in [
        "scenario  turns: 4 nodes, 64 ticks, seed 1",
        "prices    opening 4 ticks, upkeep 0.1 a tick, 1 port at a node",
        "accesses  64, of which those of 4 pairs can save ticks",
        "best static               52.8         2  exact",
        "feasible schedule         50.4         2  gap 0.00 %",
        "optimum                   50.4         2",
        "The best that any policy can save is 13.6 ticks (21.25 %).",
        "this ledger and the simulated net are two things.",
    ] {
        assert!(words.lines().any(|other| other == line), "{line}\n{words}");
    }
}

#[test]
fn where_nothing_is_best_that_is_proved() {
    let folder = turns();
    let dear = ["scenario.json", "--set", "physics.wormhole.opening_cost=40"];
    let found = bound(folder.path(), &dear);
    assert_eq!(["nothing", "lower", "optimum"].map(|name| &found[name]), [&json!(64.0); 3]);
    assert_eq!(found["no_policy_pays"], json!(true));
    let words = output(folder.path(), &[&["bound"], &dear[..]].concat());
    assert!(words.lines().any(|line| line == "proved: no policy can pay in the direct-use model"), "{words}");
    // What is free is open whenever it is asked for.
    let free = ["physics.wormhole.opening_cost=0", "physics.wormhole.upkeep_per_tick=0"];
    let found = bound(folder.path(), &["scenario.json", "--set", free[0], "--set", free[1]]);
    assert_eq!((&found["optimum"], &found["best_static"]), (&json!(0.0), &json!(32.0)));
}

/// A chain of two links that take 3 and 4 ticks there, 5 and 6 back; every departure takes 2 ticks more. From one end
/// to the other is 11 ticks, back 15.
#[test]
fn savings_differ_by_direction_and_carrier() {
    let link = |a: &str, b: &str, there: u32, back: u32| {
        let mut link = json!({"ends": [a, b], "latency_ticks": there});
        link["back"] = json!({"latency_ticks": back});
        link
    };
    let scenario = |carrier: Value| {
        json!({
            "version": 2, "name": "chain", "intent": "Each way for itself.", "seed": 1, "ticks": 4, "warmup_ticks": 0,
            "topology": {
                "nodes": [{"id": "0"}, {"id": "1"}, {"id": "2"}],
                "links": [link("0", "1", 3, 6), link("1", "2", 4, 5)]
            },
            "nodes": {"processing_ticks": 2},
            "workloads": [{"kind": "trace", "path": "trace.csv"}],
            "wormholes": {"carrier": carrier, "ports_per_node": 1},
            "physics": {"wormhole": {"opening_cost": 10, "upkeep_per_tick": 0.5}},
            "router": {"kind": "shortest_path"},
        })
    };
    let of = |carrier: Value| {
        let accesses = [(0, 0, 2), (0, 0, 2), (0, 0, 2), (1, 2, 0), (1, 2, 0)];
        let folder = with(&scenario(carrier), accesses.into_iter());
        let found = bound(folder.path(), &["scenario.json"]);
        ["nothing", "best_static", "optimum"].map(|name| found[name].as_f64().unwrap())
    };
    // Transits of 4 and 6 ticks: 5 are saved there, 7 back.
    assert_eq!(of(json!({"kind": "own_medium", "transit_ratio": 0.5})), [29.0, 12.0, 11.0]);
    // The processing of the node between.
    assert_eq!(of(json!({"kind": "bypass"})), [10.0; 3]);
    // Transits of 8 ticks: 1 is saved there, 5 back.
    let matrix = |c: Value| json!([[0, 1, c], [1, 0, 1], [c, 1, 0]]);
    assert_eq!(of(json!({"kind": "measured", "round_trips_ms": matrix(json!(16))})), [13.0, 12.0, 11.0]);
    // Slower than space is no negative saving, and what was not measured carries nothing.
    assert_eq!(of(json!({"kind": "measured", "round_trips_ms": matrix(json!(80))})), [0.0; 3]);
    assert_eq!(of(json!({"kind": "measured", "round_trips_ms": matrix(Value::Null)})), [0.0; 3]);
}

/// A run of 200 ticks, and a fork of it after 120 with a third of the accesses.
fn forked() -> TempDir {
    let scenario = json!({
        "version": 2, "name": "forked", "intent": "Fewer accesses later.", "seed": 7, "ticks": 200,
        "topology": {"generator": {"kind": "torus", "rows": 4, "columns": 4}},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 3}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.5}},
        "physics": {"wormhole": {"opening_cost": 1, "upkeep_per_tick": 0.01}},
    });
    let folder = with(&scenario, std::iter::empty());
    output(folder.path(), &["run", "scenario.json", "--out", "run", "--quiet"]);
    let rate = "workloads.0.accesses_per_tick=1";
    output(folder.path(), &["fork", "run", "--at", "120", "--set", rate, "--out", "fork", "--quiet"]);
    folder
}

#[test]
fn accesses_are_those_of_the_run_and_of_its_past() {
    let folder = forked();
    let injected = |run: &str| {
        let summary = fs::read_to_string(folder.path().join(run).join("summary.json")).unwrap();
        serde_json::from_str::<Value>(&summary).unwrap()["accesses"]["injected"].clone()
    };
    let of_run = bound(folder.path(), &["run"]);
    assert_eq!(of_run, bound(folder.path(), &["scenario.json"]));
    let of_fork = bound(folder.path(), &["fork"]);
    for (run, found) in [("run", &of_run), ("fork", &of_fork)] {
        assert_eq!(found["accesses"], injected(run), "{run}");
        let [lower, upper, nothing] = ["lower", "upper", "nothing"].map(|name| found[name].as_f64().unwrap());
        assert!(0.0 < lower && lower <= upper && upper < nothing, "{found}");
    }
    assert_ne!(of_run["accesses"], of_fork["accesses"]);
    let dear = ["--set", "physics.wormhole.opening_cost=1000000"];
    for (run, before) in [("run", of_run), ("fork", of_fork)] {
        let found = bound(folder.path(), &[&[run], &dear[..]].concat());
        assert_eq!((&found["accesses"], &found["no_policy_pays"]), (&before["accesses"], &json!(true)), "{run}");
    }
    let (code, words) = refused(folder.path(), &["bound", "fork", "--seed", "8"]);
    assert!(code == 2 && words.contains("--seed") && words.contains("as in the parent"), "{words}");
}

#[test]
fn what_has_no_ledger_is_refused() {
    let folder = turns();
    let says = |arguments: &[&str], code: i32, parts: &[&str]| {
        let (found, words) = refused(folder.path(), &[&["bound"], arguments].concat());
        assert_eq!(found, code, "{words}");
        parts.iter().for_each(|part| assert!(words.contains(part), "{part} is missing in: {words}"));
    };
    says(&["scenario.json", "--set", "wormholes.enabled=false"], 2, &["wormholes.enabled", "nothing to bound"]);
    says(&["scenario.json", "--set", "physics.wormhole.opening_cost=inf"], 2, &["opening_cost", "inf"]);
    says(&["scenario.json", "--set", "physics.wormhole.upkeep_per_tick=-1"], 2, &["upkeep_per_tick", "-1"]);
    says(&["none.json"], 2, &["none.json", "cannot be read"]);
    says(&["."], 2, &["is no run directory of wormsim"]);
    let mut plain: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("scenario.json")).unwrap()).unwrap();
    plain.as_object_mut().unwrap().remove("wormholes");
    fs::write(folder.path().join("plain.json"), plain.to_string()).unwrap();
    says(&["plain.json"], 2, &["wormholes.enabled", "nothing to bound"]);

    output(folder.path(), &["run", "scenario.json", "--out", "run", "--quiet"]);
    assert_eq!(bound(folder.path(), &["run"])["optimum"], json!(50.4));
    let trace = folder.path().join("trace.csv");
    let text = fs::read_to_string(&trace).unwrap();
    fs::write(&trace, text.replacen("0,0,1", "0,0,3", 1)).unwrap();
    says(&["run"], 1, &["trace.csv", "was changed since the run began"]);
    fs::remove_file(&trace).unwrap();
    says(&["run"], 2, &["trace.csv", "cannot be read"]);
    let manifest = folder.path().join("run/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap().replace(wormsim::VERSION, "0.0.1");
    fs::write(&manifest, text).unwrap();
    says(&["run"], 1, &["manifest.json", "is of version 0.0.1"]);
}
