//! `breakeven`: the value of a field at which wormholes just pay, and what is no question.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::wormsim;

/// Two nodes that ask each other twice a tick; a wormhole between them is always open, saves 5 ticks each time, and
/// costs 3 a tick.
fn pair() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let scenario = json!({
        "version": 2, "name": "pair", "ticks": 3000, "warmup_ticks": 300,
        "topology": {"nodes": [{"id": "a"}, {"id": "b"}], "links": [{"ends": ["a", "b"], "latency_ticks": 10}]},
        "nodes": {"service_per_tick": 1000},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 2.0}],
        "wormholes": {"ports_per_node": 1, "policy": "random",
            "carrier": {"kind": "own_medium", "transit_ratio": 0.5}},
        "physics": {"wormhole": {"upkeep_per_tick": 3, "opening_cost": 100, "max_capacity_per_tick": 1000}},
        "router": {"kind": "shortest_path"}
    });
    fs::write(folder.path().join("pair.json"), scenario.to_string()).unwrap();
    folder
}

fn breakeven(folder: &Path, more: &[&str]) -> Value {
    let (code, text, errors) = wormsim(folder, &[&["breakeven", "pair.json", "--json", "--over"], more].concat());
    assert_eq!((code, &*errors), (0, ""));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_price_is_what_is_saved() {
    let folder = pair();
    let found = breakeven(folder.path(), &["physics.wormhole.upkeep_per_tick"]);
    let of = |field: &str| found[field].as_f64().unwrap();
    assert_eq!(found["path"], "physics.wormhole.upkeep_per_tick");
    assert!((of("value") - 10.0).abs() < 0.15, "{found}");
    assert!(of("low") < of("value") && of("value") < of("high") && of("high") - of("low") < 0.4, "{found}");
    // Openings are all in the warm-up.
    let found = breakeven(folder.path(), &["physics.wormhole.opening_cost"]);
    assert_eq!((&found["value"], &found["reason"]), (&Value::Null, &json!("none is paid after the warm-up")));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is written");
}

#[test]
fn any_number_can_be_asked_for() {
    let folder = pair();
    // An upkeep of 3 is 0.6 accesses a tick, of 5 ticks each.
    let found = breakeven(folder.path(), &["workloads.0.accesses_per_tick", "--replications", "6"]);
    let of = |field: &str| found[field].as_f64().unwrap();
    assert!((of("value") - 0.6).abs() < 0.04 && of("low") < 0.6 && of("high") > 0.6, "{found}");
    let tried = found["tried"].as_array().unwrap();
    assert!(tried.len() > 3 && tried.iter().all(|tried| tried["net_per_access"]["mean"].is_f64()), "{found}");
    let (code, text, _) =
        wormsim(folder.path(), &["breakeven", "pair.json", "--over", "workloads.0.accesses_per_tick", "--quiet"]);
    assert!(code == 0 && text.contains("the net benefit is nothing at workloads.0.accesses_per_tick = 0."), "{text}");
    // Where nothing changes the sign it is said so.
    let found = breakeven(folder.path(), &["nodes.max_hops", "--replications", "2"]);
    assert!(found["reason"].as_str().unwrap().contains("keeps its sign at all values that were tried"), "{found}");
}

#[test]
fn what_is_no_question_is_refused() {
    let folder = pair();
    let refused = |more: &[&str], expected: &str| {
        let (code, output, text) = wormsim(folder.path(), &[&["breakeven", "pair.json"], more].concat());
        assert!(code == 2 && output.is_empty() && text.contains(expected), "{code} {text}");
    };
    refused(
        &["--over", "nothing.here"],
        "--over: nothing.here is not allowed; expected a field of the resolved scenario",
    );
    refused(&["--over", "router.kind"], "expected a field that is a number now");
    refused(&["--over", "ticks", "--arm", "one"], "1 arms is not allowed; expected two");
    refused(
        &["--over", "ticks", "--set", "wormholes.enabled=false"],
        "expected a scenario with wormholes, or two arms",
    );
    refused(&["--over", "seed"], "expected another field than seed");
    let twice = ["--arm", "a:wormholes.enabled=false", "--arm", "b:wormholes.ports_per_node=2"];
    refused(&[&["--over", "wormholes.ports_per_node"][..], &twice].concat(), "expected a field that no arm sets");
    refused(&[], "--over");
}
