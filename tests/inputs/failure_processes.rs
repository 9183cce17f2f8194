//! Processes of failures that are wrong: each its own error, with the place, the value and what is allowed; nothing is
//! written.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bad_input::{refused, with};

#[test]
fn processes_that_are_wrong_are_named_with_place_path_and_what_is_allowed() {
    let links = |field: &str, value: Value| {
        let mut process = json!({"kind": "links", "mean_up_ticks": 100, "mean_down_ticks": 10});
        process[field] = value;
        json!([process])
    };
    let group = |links: Value, nodes: Value| json!([{"kind": "group", "links": links, "nodes": nodes, "mean_up_ticks": 100, "mean_down_ticks": 10}]);
    let sessions = |sessions: Value| json!([{"kind": "sessions", "sessions": {"WA": sessions}}]);
    let of_file = |file: &str| json!([{"kind": "sessions", "file": file}]);
    let cases: Vec<(Value, &[&str])> = vec![
        (
            links("mean_up_ticks", json!(0)),
            &["failures[0].mean_up_ticks: 0 is not allowed; expected a number from 1 to 1000000000"],
        ),
        (
            links("mean_down_ticks", json!(0)),
            &["failures[0].mean_down_ticks: 0 is not allowed; expected a number from 1 to 1000000000"],
        ),
        (
            links("mean_up_ticks", json!("inf")),
            &["failures[0].mean_up_ticks: \"inf\" is not allowed; expected a number from 1 to 1000000000"],
        ),
        (
            links("mean_down_ticks", json!("inf")),
            &["failures[0].mean_down_ticks: \"inf\" is not allowed; expected a number from 1 to 1000000000"],
        ),
        (links("mean_up_ticks", json!(-5)), &["failures[0].mean_up_ticks: -5 is not allowed"]),
        (links("mean_down_ticks", json!(2e9)), &["failures[0].mean_down_ticks: 2000000000.0 is not allowed"]),
        (links("mean_ticks", json!(5)), &["failures[0].mean_ticks: unknown field", "did you mean \"mean_up_ticks\"?"]),
        (
            json!([{"kind": "nodes", "mean_up_ticks": 5}]),
            &["failures[0]: field \"mean_down_ticks\" is missing; expected a number from 1"],
        ),
        (json!([{"kind": "node"}]), &["failures[0].kind: \"node\" is not allowed", "did you mean \"nodes\"?"]),
        (
            links("up_distribution", json!({"kind": "weibull", "shape": 0})),
            &["failures[0].up_distribution.shape: 0 is not allowed; expected a number from 0.2 to 20"],
        ),
        (
            links("down_distribution", json!({"kind": "weibull"})),
            &["failures[0].down_distribution: field \"shape\" is missing"],
        ),
        (
            links("links", json!([["WA", "NY"]])),
            &["failures[0].links[0][1]: \"NY\" is not allowed; expected one of the 1 neighbours of \"WA\": IL"],
        ),
        (
            links("links", json!([["WA", "IL"], ["IL", "WA"]])),
            &["failures[0].links[1]: \"IL\" to \"WA\" again is not allowed; expected each link once"],
        ),
        (links("from_tick", json!(1000)), &["failures[0].from_tick: 1000 is not allowed; expected before the end"]),
        (links("until_tick", json!(0)), &["failures[0].until_tick: 0 is not allowed"]),
        (
            json!([{"kind": "nodes", "mean_up_ticks": 9, "mean_down_ticks": 9, "from_tick": 50, "until_tick": 50}]),
            &["failures[0].until_tick: 50 is not allowed; expected after from_tick (50)"],
        ),
        (group(json!([]), json!([])), &["failures[0]: a group of nothing is not allowed; expected at least one of"]),
        (group(json!([]), json!(["NYC"])), &["failures[0].nodes[0]: no node is named \"NYC\"", "\"NY\""]),
        (group(json!([]), json!(["NY", "NY"])), &["failures[0].nodes[1]: \"NY\" again", "expected each node once"]),
        (
            json!([links("name", json!("x"))[0], links("name", json!("x"))[0]]),
            &["failures[1].name: \"x\" is not allowed; expected a name that no other process has"],
        ),
        (links("name", json!("a/b")), &["failures[0].name: \"a/b\" is not allowed; expected letters"]),
        (json!([{"kind": "sessions"}]), &["failures[0]: expected exactly one of sessions or file"]),
        (
            json!([{"kind": "sessions", "sessions": {}}]),
            &["failures[0].sessions: 0 sessions of 0 nodes is not allowed; expected at least one node"],
        ),
        (
            json!([{"kind": "sessions", "sessions": {"NYC": []}}]),
            &["failures[0].sessions.NYC: no node is named \"NYC\""],
        ),
        (
            sessions(json!([[0, 9], [8, 20]])),
            &["failures[0].sessions.WA[1][0]: 8 is not allowed; expected a tick from 9, where the node's session"],
        ),
        (
            sessions(json!([[5, 5]])),
            &["failures[0].sessions.WA[0][1]: 5 is not allowed; expected a tick after the first of the session (5)"],
        ),
        (sessions(json!([[5]])), &["failures[0].sessions.WA[0]: an array of 1 is not allowed; expected an array of 2"]),
        (
            sessions(json!([[5, 1_000_000_001]])),
            &["failures[0].sessions.WA[0][1]: 1000000001 is not allowed; expected a whole number from 0 to 1000000000"],
        ),
        (of_file("none.csv"), &["failures[0].file: ", "none.csv", "cannot be read"]),
        (of_file("header.csv"), &["header.csv:1: failures[0].file: ", "expected the header node,from_tick,until_tick"]),
        (of_file("node.csv"), &["node.csv:2: failures[0].file: no node is named \"NYC\""]),
        (of_file("order.csv"), &["order.csv:3: failures[0].file: \"8\" is not allowed; expected a tick from 9"]),
        (of_file("empty.csv"), &["empty.csv:2: ", "\"5\" is not allowed; expected a tick after the first"]),
        (of_file("range.csv"), &["range.csv:2: ", "\"-1\" is not allowed; expected a whole number from 0"]),
        (of_file("cut.csv"), &["cut.csv: failures[0].file: the last line does not end with a line break"]),
    ];
    let folder = TempDir::new().unwrap();
    for (name, lines) in [
        ("header", "node,from,until\n"),
        ("node", "node,from_tick,until_tick\nNYC,0,5\n"),
        ("order", "node,from_tick,until_tick\nWA,0,9\nWA,8,20\n"),
        ("empty", "node,from_tick,until_tick\nWA,5,5\n"),
        ("range", "node,from_tick,until_tick\nWA,-1,5\n"),
        ("cut", "node,from_tick,until_tick\nWA,0,5\nWA,7,9"),
    ] {
        fs::write(folder.path().join(format!("{name}.csv")), lines).unwrap();
    }
    for (failures, expected) in cases {
        fs::write(folder.path().join("x.json"), with("/failures", failures)).unwrap();
        refused(folder.path(), &["validate", "x.json"], expected);
        refused(folder.path(), &["run", "x.json"], expected);
    }
    fs::write(folder.path().join("x.json"), with("/failures", links("links", json!(null)))).unwrap();
    for value in ["inf", "1e999", "NaN"] {
        let set = format!("failures.0.mean_up_ticks={value}");
        let expected = format!("--set {set}: failures[0].mean_up_ticks: \"{value}\" is not allowed; expected a number");
        refused(folder.path(), &["validate", "x.json", "--set", &set], &[&expected]);
    }
}

#[test]
fn validate_counts_what_may_fail() {
    let folder = TempDir::new().unwrap();
    let failures = json!([
        {"kind": "links", "mean_up_ticks": 100, "mean_down_ticks": 10},
        {"kind": "group", "name": "duct", "links": [["WA", "IL"]], "nodes": ["NY"], "mean_up_ticks": 9,
            "mean_down_ticks": 9},
        {"kind": "sessions", "sessions": {"WA": [[0, 9], [10, 20]], "IL": [[3, 7]]}}
    ]);
    fs::write(folder.path().join("x.json"), with("/failures", failures)).unwrap();
    let mut command = Command::new(cargo_bin!("wormsim"));
    let output = command.args(["validate", "x.json"]).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let expected = "0 events, links-0 (2 links), duct (1 node, 1 link), sessions-2 (2 nodes, 3 sessions);";
    assert!(said.contains(expected), "{said}");
}
