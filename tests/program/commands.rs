//! `wormsim analyze` and `wormsim route` as a user runs them: known values, every format, every bad input.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;
use wormsim::store::manifest::Manifest;

use crate::common::project;

const GRID: &str = "scenarios/topologies/boyan-littman-6x6.json";
const NSFNET: &str = "scenarios/topologies/nsfnet.json";

/// Exit code, standard output and standard error.
fn wormsim(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(cargo_bin!("wormsim")).args(arguments).current_dir(project("")).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Standard output of a command that succeeds and says nothing else.
fn output(arguments: &[&str]) -> String {
    let (code, output, errors) = wormsim(arguments);
    assert_eq!((code, errors.as_str()), (0, ""), "{arguments:?}");
    output
}

fn json_of(arguments: &[&str]) -> Value {
    serde_json::from_str(&output(&[arguments, &["--json"]].concat())).unwrap()
}

/// What a command says that is refused: nothing on standard output, exit code 2.
fn refused(arguments: &[&str]) -> String {
    let (code, output, errors) = wormsim(arguments);
    assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}: {errors}");
    errors
}

/// What a command says that finds no route.
fn no_route(arguments: &[&str]) -> (String, Value) {
    let (code, words, errors) = wormsim(arguments);
    assert_eq!((code, errors.as_str()), (1, ""), "{arguments:?}");
    let (code, text, _) = wormsim(&[arguments, &["--json"]].concat());
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &document["routes"]), (1, &json!([])));
    (words, document["no_route"].clone())
}

fn file(name: &str, text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// Two parts: a–b–c–d with a detour a–e–c, and x–y.
fn parts() -> (TempDir, String) {
    let link = |a: &str, b: &str, ticks: u32| json!({"ends": [a, b], "latency_ticks": ticks});
    let nodes: Vec<Value> = ["a", "b", "c", "d", "e", "x", "y"].iter().map(|id| json!({ "id": id })).collect();
    let links = [
        link("a", "b", 1),
        link("b", "c", 1),
        link("c", "d", 5),
        link("a", "e", 2),
        link("e", "c", 3),
        link("x", "y", 1),
    ];
    file("parts.json", &json!({"version": 1, "name": "parts", "nodes": nodes, "links": links}).to_string())
}

/// A run of a chain a–b–c–d in which wormholes between its ends have opened.
fn run_directory(events: Value) -> (TempDir, String) {
    let link = |a: &str, b: &str| json!({"ends": [a, b], "latency_ticks": 10});
    let nodes: Vec<Value> = ["a", "b", "c", "d"].iter().map(|id| json!({ "id": id })).collect();
    let scenario = json!({
        "version": 1, "name": "chain", "intent": "A far pair earns a wormhole.", "seed": 1, "ticks": 300,
        "topology": {"nodes": nodes, "links": [link("a", "b"), link("b", "c"), link("c", "d")]},
        "workloads": [{"kind": "matrix", "rates": {"a": {"d": 0.8}, "d": {"a": 0.8}}}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}},
        "router": {"kind": "shortest_path"},
        "events": events,
    });
    let (folder, path) = file("scenario.json", &scenario.to_string());
    let target = folder.path().join("run").to_str().unwrap().to_owned();
    output(&["run", &path, "--out", &target, "--quiet"]);
    (folder, target)
}

#[test]
fn the_grid_has_its_published_values() {
    let analysis = json_of(&["analyze", GRID]);
    assert_eq!((&analysis["hops"]["max"], &analysis["hops"]["pairs"]), (&json!(11), &json!(1260)));
    assert_eq!(analysis["hops"]["mean"], json!(6092.0 / 1260.0));
    assert_eq!((&analysis["exact"], &analysis["sources"]), (&json!(true), &json!(36)));
    let pairs = analysis["hops"]["distribution"].as_array().unwrap().iter();
    let sums: Vec<u64> = pairs.map(|row| row["pairs"].as_u64().unwrap()).collect();
    assert_eq!((sums.len(), sums[0], sums.iter().sum::<u64>()), (11, 100, 1260));
    assert_eq!(analysis["nodes"].as_array().unwrap().len(), 36);
    // Between its halves the network has two links.
    let busiest = analysis["links"]
        .as_array()
        .unwrap()
        .iter()
        .max_by(|a, b| a["betweenness"].as_f64().unwrap().total_cmp(&b["betweenness"].as_f64().unwrap()));
    assert_eq!(busiest.unwrap()["ends"], json!(["20", "21"]));
    let words = output(&["analyze", GRID]);
    for line in [
        "hops          mean 4.8349, diameter 11 hops",
        "latency       mean 4.8349, diameter 11 ticks",
        "spanning tree 35 links, 35 ticks",
        "components    1, all nodes are connected",
        "      26 nodes left out; --json has all",
    ] {
        assert!(words.lines().any(|other| other == line), "{line}\n{words}");
    }
    assert_eq!(words, output(&["analyze", GRID]));
}

#[test]
fn a_route_is_told_by_names_with_the_cost_of_each_hop() {
    let words = output(&["route", NSFNET, "WA", "GA"]);
    let lines: Vec<&str> = words.lines().collect();
    assert_eq!(
        lines,
        [
            "network   NSFNET T1, 14 nodes: 14 nodes, 22 links; 4 links off by more than 10 % in ticks of 1 ms (a tick of \
             0.2 ms keeps the differences of nearly all)",
            "route     WA to GA by latency: 20 ticks, 3 hops",
            "hop  from  to  ticks  in all",
            "  1  WA    IL     12      12",
            "  2  IL    PA      4      16",
            "  3  PA    GA      4      20",
        ]
    );
    for algorithm in ["dijkstra", "bidirectional", "alt", "labels"] {
        let route = json_of(&["route", NSFNET, "WA", "GA", "--algorithm", algorithm]);
        assert_eq!(route["routes"][0]["cost"], json!(20), "{algorithm}");
        assert_eq!(route["routes"][0]["nodes"], json!(["WA", "IL", "PA", "GA"]));
    }
    // 2400, 750 and 750 km at 200 km a millisecond are 24, 7.5 and 7.5 ticks of half a millisecond, each rounded.
    let route = json_of(&["route", NSFNET, "WA", "GA", "--tick-ms", "0.5"]);
    assert_eq!((&route["routes"][0]["cost"], &route["unit"]), (&json!(40), &json!("ticks")));
    let route = json_of(&["route", GRID, "0", "5", "--cost", "hops"]);
    assert_eq!((&route["routes"][0]["hops"], &route["routes"][0]["cost"]), (&json!(11), &json!(11)));
    let stay = output(&["route", GRID, "7", "7"]);
    assert!(stay.ends_with("7 to 7 by latency: 0 ticks, 0 hops\n"), "{stay}");
}

#[test]
fn several_routes_are_the_best_ones_in_order() {
    let routes = json_of(&["route", NSFNET, "WA", "GA", "--k", "4"]);
    let costs: Vec<u64> =
        routes["routes"].as_array().unwrap().iter().map(|route| route["cost"].as_u64().unwrap()).collect();
    assert_eq!(costs, [20, 22, 22, 22]);
    let words = output(&["route", NSFNET, "WA", "GA", "--k", "2"]);
    assert!(words.ends_with("   2     22     3  WA –8– CA2 –9– TX –5– GA\n"), "{words}");
    let pair = json_of(&["route", NSFNET, "WA", "GA", "--disjoint"]);
    assert_eq!(pair["routes"].as_array().unwrap().len(), 2);
    let (_folder, path) = parts();
    let words = output(&["route", &path, "a", "d", "--k", "9"]);
    assert!(words.contains("all 2 that pass no node twice"), "{words}");
    let (code, words, note) = wormsim(&["route", &path, "a", "d", "--k", "5000"]);
    assert!(code == 0 && note.is_empty() && words.contains("a –2– e –3– c –5– d"), "{words}");
    let words = output(&["route", &path, "a", "c", "--disjoint"]);
    assert!(words.contains("two without a common link, 7 ticks in all"), "{words}");
}

#[test]
fn no_route_is_a_result_that_says_why() {
    let (_folder, path) = parts();
    let (words, reason) = no_route(&["route", &path, "a", "y"]);
    assert!(words.contains("no route  a to y: they are in different components"), "{words}");
    assert!(words.contains("a is in one of 5 nodes: a, b, c, d, e\n"), "{words}");
    assert!(words.ends_with("y is in one of 2 nodes: x, y\n"), "{words}");
    assert_eq!(reason["components"], json!([["a", "b", "c", "d", "e"], ["x", "y"]]));
    for more in [["--k", "3"].as_slice(), &["--disjoint"], &["--max-hops", "9"], &["--algorithm", "labels"]] {
        let (_, reason) = no_route(&[&["route", &path, "a", "y"], more].concat());
        assert_eq!(reason["reason"], json!("different_components"), "{more:?}");
    }
    let (words, reason) = no_route(&["route", &path, "a", "d", "--max-hops", "2"]);
    assert!(words.ends_with("none has at most 2 hops; the shortest has 3\n"), "{words}");
    assert_eq!(reason, json!({"reason": "max_hops", "max_hops": 2, "fewest_hops": 3}));
    let (words, reason) = no_route(&["route", &path, "a", "d", "--disjoint"]);
    assert!(words.ends_with("no two are without a common link; every route takes c–d\n"), "{words}");
    assert_eq!(reason["bridges"], json!([["c", "d"]]));
    let within = json_of(&["route", &path, "a", "d", "--max-hops", "3"]);
    assert_eq!(within["routes"][0]["cost"], json!(7));
}

#[test]
fn what_a_network_falls_apart_without_is_named() {
    let (_folder, path) = parts();
    let words = output(&["analyze", &path]);
    for line in [
        "network       parts: 7 nodes, 6 links",
        "components    2, of 5, 2 nodes",
        "bridges       2: c – d, x – y",
        "cut nodes     1: c",
        "spanning tree 5 links, 10 ticks",
    ] {
        assert!(words.lines().any(|other| other == line), "{line}\n{words}");
    }
}

#[test]
fn a_network_whose_links_differ_by_direction_is_analysed_along_them() {
    // A ring a → b → c → a, whose first link leads back slowly, and a node that only leads into it.
    let text = r#"{"version": 1, "name": "triangle", "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}],
        "links": [{"ends": ["a", "b"], "latency_ticks": 2, "back": {"latency_ticks": 50}},
        {"ends": ["b", "c"], "latency_ticks": 3, "one_way": true},
        {"ends": ["c", "a"], "latency_ticks": 4, "one_way": true},
        {"ends": ["d", "a"], "latency_ticks": 1, "one_way": true}]}"#;
    let (_folder, path) = file("triangle.json", text);
    let words = output(&["analyze", &path]);
    for line in [
        "components    2 strongly connected, of 3, 1 nodes; 1 weakly connected, of 4 nodes",
        "hops          mean 1.5556, diameter 3 hops",
        "latency       mean 4.1111, diameter 7 ticks",
        "no path       between 3 of 12 ordered pairs of nodes",
        "in-degree     mean 1.2500, from 0 to 3",
        "spanning tree 3 links, 8 ticks",
        "bridges       1: a – d",
        "   1  a → b       0.4167      2",
    ] {
        assert!(words.lines().any(|other| other == line), "{line}\n{words}");
    }
    let analysis = json_of(&["analyze", &path]);
    assert_eq!((&analysis["directed"], &analysis["unreachable_pairs"]), (&json!(true), &json!(3)));
    assert_eq!(analysis["components"], json!([["a", "b", "c"], ["d"]]));
    assert_eq!(analysis["weak_components"], json!([["a", "b", "c", "d"]]));
    let ends: Vec<&Value> = analysis["links"].as_array().unwrap().iter().map(|link| &link["ends"]).collect();
    assert_eq!(json!(ends), json!([["a", "b"], ["b", "a"], ["b", "c"], ["c", "a"], ["d", "a"]]));
    let degrees = ["degree", "in_degree", "out_degree"].map(|degree| analysis["nodes"][0][degree].as_u64());
    assert_eq!(degrees, [3, 3, 1].map(Some));
    // What differs in capacity only is no other network to paths.
    let wide =
        text.replace(r#""back": {"latency_ticks": 50}"#, r#""back": {"latency_ticks": 2, "capacity_per_tick": 9}"#);
    let (_folder, path) = file("wide.json", &wide.replace(r#", "one_way": true"#, ""));
    assert!(json_of(&["analyze", &path]).get("directed").is_none());
}

#[test]
fn graphml_is_read_by_its_labels() {
    let text = r#"<graphml><key attr.name="label" for="node" id="l"/><graph edgedefault="undirected">
        <node id="0"><data key="l">Wien</data></node><node id="1"><data key="l">New&#10;Graz</data></node>
        <node id="2"/><edge source="0" target="1"/><edge source="1" target="2"/></graph></graphml>"#;
    let (_folder, path) = file("alps.graphml", text);
    let words = output(&["route", &path, "Wien", "2"]);
    assert!(words.contains("Wien to 2 by latency: 2 ticks, 2 hops"), "{words}");
    assert!(words.contains("  1  Wien       New\\nGraz      1       1\n"), "{words}");
    assert_eq!(json_of(&["analyze", &path])["articulation_points"], json!(["New\nGraz"]));
}

#[test]
fn a_run_directory_has_its_open_wormholes() {
    let (_folder, run) = run_directory(json!([]));
    let analysis = json_of(&["analyze", &run]);
    assert_eq!((&analysis["network"]["links"], &analysis["network"]["tick"]), (&json!(3), &json!(299)));
    assert!(analysis["network"]["wormholes"].as_u64().unwrap() > 0, "{analysis}");
    assert!(analysis["bridges"].as_array().unwrap().len() < 3, "a wormhole closes a ring");
    let route = json_of(&["route", &run, "a", "d"]);
    let step = &route["routes"][0]["steps"][0];
    assert_eq!((&step["to"], step["wormhole"].is_u64()), (&json!("d"), true), "{route}");
    assert!(route["routes"][0]["cost"].as_u64().unwrap() < 30);
    let words = output(&["route", &run, "a", "d"]);
    assert!(words.contains("1 hop, 1 wormhole\n") && words.contains("wormhole 0"), "{words}");
    assert!(output(&["analyze", &run]).contains("a ~ d"));
    let energy = json_of(&["route", &run, "a", "d", "--cost", "energy", "--k", "2"]);
    let costs: Vec<f64> =
        energy["routes"].as_array().unwrap().iter().map(|route| route["cost"].as_f64().unwrap()).collect();
    assert!(costs[0] <= costs[1] && costs[0] > route["routes"][0]["cost"].as_f64().unwrap(), "{costs:?}");
    assert_eq!(output(&["route", &run, "d", "a", "--disjoint"]).matches('~').count(), 3);
}

#[test]
fn what_has_failed_in_a_run_carries_nothing() {
    let (_folder, run) = run_directory(json!([{"tick": 10, "fail_node": "d"}]));
    let (words, _) = no_route(&["route", &run, "a", "d"]);
    assert!(words.contains("1 link down, 1 node down"), "{words}");
    assert!(words.contains("d is in one of 1 node: d\n"), "{words}");
    let events: Vec<Value> =
        [["a", "b"], ["b", "c"], ["c", "d"]].iter().map(|ends| json!({"tick": 1, "fail_link": ends})).collect();
    let (_folder, run) = run_directory(json!(events));
    let analysis = json_of(&["analyze", &run]);
    assert_eq!((&analysis["network"]["links"], &analysis["network"]["links_down"]), (&json!(0), &json!(3)));
}

#[test]
fn unknown_names_come_with_the_nearest() {
    assert_eq!(
        refused(&["route", NSFNET, "WB", "GA"]),
        "error: FROM is \"WB\", which is no node's id; the nearest one is \"WA\".\n"
    );
    assert!(
        refused(&["route", NSFNET, "WA", "Amsterdam"]).starts_with("error: TO is \"Amsterdam\", which is no node's")
    );
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let with = |more: &[&str]| refused(&[&["route", NSFNET, "WA", "GA"], more].concat());
    assert_eq!(with(&["--k", "0"]), "error: --k: 0 is not allowed; expected 1 or more, of which 1000 are looked for\n");
    assert_eq!(with(&["--max-hops", "0"]), "error: --max-hops: 0 is not allowed; expected 1 or more\n");
    for (one, other) in [
        (["--k", "2"].as_slice(), ["--disjoint"].as_slice()),
        (&["--k", "2"], &["--max-hops", "3"]),
        (&["--disjoint"], &["--max-hops", "3"]),
        (&["--algorithm", "alt"], &["--k", "2"]),
        (&["--algorithm", "alt"], &["--disjoint"]),
        (&["--algorithm", "alt"], &["--max-hops", "3"]),
    ] {
        let text = with(&[one, other].concat());
        assert!(text.contains(one[0]) && text.contains(other[0]) && text.contains("cannot be used with"), "{text}");
    }
    for number in ["-1", "1.5", "99999999999999999999999", "many"] {
        with(&["--k", number]);
        with(&["--max-hops", number]);
    }
    assert!(with(&["--cost", "energy"]).contains("which only a run directory has"));
    assert!(with(&["--cost", "measured_delay"]).contains("no file keeps them"));
    assert!(with(&["--cost", "price"]).contains("possible values: latency, hops, energy"));
    assert!(with(&["--algorithm", "ant"]).contains("possible values: dijkstra, bidirectional, alt, labels"));
    assert!(refused(&["analyze", NSFNET, "--tick-ms", "0"]).contains("tick_ms is 0"));
    assert!(refused(&["route", NSFNET, "WA"]).contains("<TO>"));
}

#[test]
fn what_is_no_network_is_refused_with_its_place() {
    for verb in [["analyze"].as_slice(), &["route"]] {
        let refused = |path: &str| {
            let ends: &[&str] = if verb == ["route"] { &["a", "b"] } else { &[] };
            refused(&[verb, &[path], ends].concat())
        };
        assert!(refused("no-such-file.json").contains("no-such-file.json cannot be read"));
        assert!(refused("no-such-run").contains("no-such-run cannot be read"));
        assert!(refused("Cargo.toml").contains("expected a network"));
        assert!(refused("src").contains("src is no run directory of wormsim"));
        assert!(refused("scenarios/flash-crowd.json").contains("At line"));
        let (_folder, path) =
            file("n.json", r#"{"version":1,"name":"n","nodes":[{"id":"a"}],"links":[{"ends":["a","b"]}]}"#);
        assert!(refused(&path).contains(r#"links[0].ends[1] is "b""#));
        let (_folder, path) = file("n.graphml", "<graphml><graph>");
        assert!(refused(&path).contains("n.graphml"));
    }
}

#[test]
fn a_run_directory_that_was_changed_by_hand_is_refused_with_its_file() {
    let (_folder, run) = run_directory(json!([]));
    assert!(refused(&["analyze", &run, "--tick-ms", "2"]).contains("in ticks already"));
    let graph = Path::new(&run).join("wormholes/topology/network_graph.json");
    let active = Path::new(&run).join("wormholes/connections/active/wormholes-000.json");
    let (good_graph, good_active) = (fs::read_to_string(&graph).unwrap(), fs::read_to_string(&active).unwrap());
    let manifest = Manifest::read(Path::new(&run)).unwrap();
    let check = |path: &Path, text: String, expected: &str| {
        fs::write(path, &text).unwrap();
        let (code, _, error) = wormsim(&["analyze", &run]);
        assert!(code == 1 && error.contains("is not what the run wrote"), "{error}");
        // As if the run had written it.
        let mut forged = manifest.clone();
        let within = path.strip_prefix(&run).unwrap().to_str().unwrap();
        forged.outputs.insert(within.to_owned(), blake3::hash(text.as_bytes()).to_hex().to_string());
        fs::write(Path::new(&run).join("manifest.json"), forged.to_text()).unwrap();
        let error = refused(&["analyze", &run]);
        assert!(error.contains(expected) && error.contains(path.file_name().unwrap().to_str().unwrap()), "{error}");
        fs::write(&graph, &good_graph).unwrap();
        fs::write(&active, &good_active).unwrap();
        fs::write(Path::new(&run).join("manifest.json"), manifest.to_text()).unwrap();
    };
    check(&graph, good_graph[..good_graph.len() / 2].to_owned(), "line");
    check(&graph, good_graph.replacen("\"name\": \"b\"", "\"name\": \"bb\"", 1), "links[0].ends[1] is \"b\"");
    check(&graph, good_graph.replace("\"b\"", "\"a\""), "needs an id of its own");
    check(&active, "{}".to_owned(), "missing field");
    check(&active, good_active.replacen("\"a\"", "\"q\"", 1), "which is no node's id");
    fs::remove_file(&active).unwrap();
    fs::remove_dir(active.parent().unwrap()).unwrap();
    assert_eq!(wormsim(&["analyze", &run]).0, 1);
}

#[test]
fn more_routes_than_are_looked_for_are_cut_with_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let links: Vec<Value> =
        (0..12).flat_map(|a| (0..a).map(move |b| json!({"ends": [a.to_string(), b.to_string()]}))).collect();
    let nodes: Vec<Value> = (0..12).map(|id| json!({"id": id.to_string()})).collect();
    let file = folder.path().join("complete.json");
    std::fs::write(&file, json!({"version": 1, "name": "complete", "nodes": nodes, "links": links}).to_string())
        .unwrap();
    let (code, words, note) = wormsim(&["route", file.to_str().unwrap(), "0", "1", "--k", "5000", "--json"]);
    assert_eq!(note, "--k: 5000 is more than are looked for; these are the best 1000\n");
    let routes: Value = serde_json::from_str(&words).unwrap();
    assert_eq!((code, routes["routes"].as_array().unwrap().len()), (0, 1000));
}

/// Links between the same two nodes are one way for an access, and the first line says that they were merged.
#[test]
fn merged_parallel_links_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("twins.json");
    let link = |ticks: u32| json!({"ends": ["a", "b"], "latency_ticks": ticks});
    let twins =
        json!({"version": 1, "name": "twins", "nodes": [{"id": "a"}, {"id": "b"}], "links": [link(1), link(2)]});
    std::fs::write(&file, twins.to_string()).unwrap();
    let words = output(&["analyze", file.to_str().unwrap()]);
    assert!(words.contains("twins: 2 nodes, 1 link; 1 link merged into parallel ones\n"), "{words}");
    assert_eq!(json_of(&["analyze", file.to_str().unwrap()])["network"]["parallel_links_merged"], 1);
}
