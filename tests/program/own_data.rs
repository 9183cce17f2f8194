//! A network and a log of one's own: from the files of others to a scenario and an answer.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::command::wormsim;

const NETWORK: &str = "source,target,latency_ms\nfra,ams,3.4\nams,lon,3.1\nlon,par,4.0\npar,fra,4.6\nlon,nyc,35\n";

fn put(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    let (code, text, errors) = wormsim(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {errors}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_network_and_a_log_become_a_scenario_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "net.csv", NETWORK);
    let rows: String =
        (0..3000).map(|row| format!("{}.{:03},nyc,fra\n", 1_700_000_000 + row / 500, row % 500 * 2)).collect();
    put(folder, "log.csv", &format!("when,src,dst\n{rows}1700000010.5,par,par\n"));
    let init = ["init", "net.csv", "--log", "log.csv", "--column", "time=when", "--out", "mine.json"];
    let (code, text, errors) = wormsim(folder, &init);
    assert_eq!((code, &*text), (0, ""), "{errors}");
    for said in
        ["tick_ms 0.5: ", "ticks 21001: the log: 10.5 s", "next: wormsim compare mine.json", "at their own target"]
    {
        assert!(errors.contains(said), "{said}: {errors}");
    }
    let scenario = fs::read_to_string(folder.join("mine.json")).unwrap();
    assert!(scenario.contains("// nearly all links keep their latencies"), "{scenario}");
    let found = json_of(folder, &["validate", "mine.json", "--json"]);
    assert_eq!((&found["nodes"], &found["links"], &found["ticks"]), (&5.into(), &5.into(), &21001.into()));
    assert_eq!(found["log"], serde_json::json!({"rows": 3001, "used": 3000, "after_end": 0, "self": 1, "unknown": 0}));
    // What it says of the load is so: nothing waits for long.
    let summary = json_of(folder, &["run", "mine.json", "--json", "--quiet"]);
    assert!(summary["accesses"]["dropped"].as_object().unwrap().values().all(|dropped| dropped == 0), "{summary}");
    assert!(summary["accesses"]["injected"] == 3000 && summary["stability"]["verdict"] != "unstable", "{summary}");
    let (code, text, _) =
        wormsim(folder, &["compare", "mine.json", "--replications", "2", "--no-break-even", "--quiet"]);
    assert_eq!(code, 0, "{text}");
    // Whole seconds make accesses queue that did not.
    put(folder, "seconds.csv", "time,src,dst\n1,nyc,fra\n1,nyc,fra\n2,nyc,fra\n");
    let (_, _, errors) = wormsim(folder, &["init", "net.csv", "--log", "seconds.csv", "--out", "seconds.json"]);
    assert!(errors.contains("TIMES IN STEPS of 1000 ms"), "{errors}");
    // Nothing is overwritten unasked.
    let (code, _, errors) = wormsim(folder, &init);
    assert!(code == 2 && errors.contains("mine.json exists"), "{errors}");
}

#[test]
fn without_a_log_the_load_fits_and_demands_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "net.csv", NETWORK);
    let (code, text, errors) = wormsim(folder, &["init", "net.csv"]);
    assert_eq!(code, 0, "{errors}");
    put(folder, "printed.json", &text);
    let summary = json_of(folder, &["run", "printed.json", "--json", "--quiet"]);
    assert!(summary["accesses"]["dropped"].as_object().unwrap().values().all(|dropped| dropped == 0), "{summary}");
    let network = "?SNDlib native format; type: network; version: 1.0\nNODES (\n A ( 1.0 50.0 )\n B ( 5.0 50.0 )\n \
                   C ( 9.0 50.0 )\n)\nLINKS (\n L1 ( A B ) 0 0 0 0 ( )\n L2 ( B C ) 0 0 0 0 ( )\n)\nDEMANDS (\n \
                   D1 ( A C ) 1 30.0 UNLIMITED\n D2 ( C B ) 1 10.0 UNLIMITED\n)\n";
    put(folder, "net.txt", network);
    let (code, text, errors) = wormsim(folder, &["init", "net.txt"]);
    assert!(code == 0 && text.contains("\"rates\":{\"A\":{\"C\":30.0},\"C\":{\"B\":10.0}}"), "{errors}{text}");
    put(folder, "demands.json", &text);
    let usage = json_of(folder, &["run", "demands.json", "--json", "--quiet", "--out", "demands"]);
    assert!(usage["accesses"]["injected"].as_u64().unwrap() > 1000);
}

/// A network that was imported is the network that it was.
#[test]
fn an_imported_network_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "net.csv", NETWORK);
    put(
        folder,
        "labels.gml",
        "graph [ node [ id 7 label \"Rome\" ] node [ id 8 label \"Oslo\" Latitude 59.9 Longitude 10.7 ] \
        edge [ source 7 target 8 delay 40.5 capacity 3 ] edge [ source 8 target 7 delay 44 ] ]",
    );
    for network in ["net.csv", "labels.gml"] {
        let (code, text, _) = wormsim(folder, &["import", network, "--to", "json"]);
        assert_eq!(code, 0);
        put(folder, "imported.json", &text);
        let answers = [network, "imported.json"].map(|file| {
            let mut answer = json_of(folder, &["analyze", file, "--json", "--tick-ms", "0.1"]);
            answer["network"]["name"] = Value::Null;
            answer["network"]["assumptions"] = Value::Null;
            answer
        });
        assert_eq!(answers[0], answers[1]);
    }
    // Ids find nodes as names do.
    let (code, text, errors) = wormsim(folder, &["route", "imported.json", "7", "Oslo"]);
    assert!(code == 0 && text.contains("Rome"), "{text}{errors}");
}

#[test]
fn a_log_becomes_a_trace_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "net.csv", NETWORK);
    put(folder, "log.tsv", "ts\tfrom\tto\n1700000000200\tnyc\tams\n1700000000100\tfra\tpar\n");
    let import = ["import", "log.tsv", "--network", "net.csv", "--to", "csv", "--out", "trace.csv"];
    assert_eq!(wormsim(folder, &import).0, 0);
    assert_eq!(
        fs::read_to_string(folder.join("trace.csv")).unwrap(),
        "tick,origin,target,size\n0,fra,par,1\n100,nyc,ams,1\n"
    );
    let (code, _, errors) = wormsim(folder, &["import", "log.tsv", "--to", "csv"]);
    assert!(code == 2 && errors.contains("--network"), "{errors}");
    put(folder, "typo.csv", "time,from,to\n1,nyc,amz\n");
    let (code, _, errors) = wormsim(folder, &["import", "typo.csv", "--network", "net.csv", "--out", "none.csv"]);
    assert!(code == 2 && errors.contains("did you mean \"ams\"?") && !folder.join("none.csv").exists(), "{errors}");
}

/// Seconds and milliseconds stand for ticks, also from standard input; what rounding changes is said.
#[test]
fn seconds_stand_for_ticks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let scenario = r#"{"version": 2, "name": "s", "tick_ms": 0.5, "duration_s": 1, "warmup_ms": 50,
        "topology": {"generator": {"kind": "ring", "nodes": 5}}, "nodes": {"processing_ms": 0.6},
        "workloads": [{"kind": "uniform", "accesses_per_second": 500}], "record": {"plots": false}}"#;
    put(folder, "s.json", scenario);
    let found = json_of(folder, &["validate", "s.json", "--json"]);
    assert_eq!((&found["ticks"], &found["warmup_ticks"]), (&2000.into(), &100.into()));
    assert_eq!(found["assumptions"][0]["text"], "nodes.processing_ms 0.6 is 1 as processing_ticks");
    let (code, text, _) = wormsim(folder, &["run", "s.json"]);
    assert!(code == 0 && text.contains("2000 of 2000 ticks of 0.5 ms"), "{text}");
    assert!(!folder.join("output/s/plots").exists());
    put(folder, "wrong.json", &scenario.replace("\"duration_s\": 1", "\"duration_s\": 1, \"ticks\": 5"));
    let (code, _, errors) = wormsim(folder, &["validate", "wrong.json"]);
    assert!(code == 2 && errors.contains("duration_s: duration_s beside ticks"), "{errors}");
}

/// All faults of a scenario are told, each with its place, in their order.
#[test]
fn all_faults_of_a_scenario_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let scenario = "{\n\"version\": 2, \"name\": \"x\", \"tiks\": 5,\n\"topology\": {\"generator\": {\"kind\": \"ring\", \
        \"nodes\": 1}},\n\"workloads\": [{\"kind\": \"uniform\", \"accesses_per_tick\": -1}]}\n";
    put(folder, "x.json", scenario);
    let (code, _, errors) = wormsim(folder, &["validate", "x.json"]);
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!((code, lines.len()), (2, 3), "{errors}");
    for (line, expected) in lines.iter().zip(["x.json:2:28: tiks", "x.json:3:", "x.json:4:"]) {
        assert!(line.starts_with(&format!("error: {expected}")), "{errors}");
    }
}

/// The run ends with its log where it says nothing else, and what it does not use of it is said.
#[test]
fn a_scenario_names_files_of_others_directly() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "net.dot", "graph { a -- b [delay=2]; b -- c [delay=0.3] }");
    put(folder, "log.csv", "time,client,server\n0,a,c\n0.5,c,a\n2,b,ghost\n");
    let scenario = r#"{
        // A comment.
        "version": 2, "name": "direct", "tick_ms": 0.5, "topology": {"file": "net.dot"},
        "workloads": [{"kind": "trace", "path": "log.csv", "unknown_nodes": "skip"}]
    }"#;
    put(folder, "direct.json", scenario);
    let found = json_of(folder, &["validate", "direct.json", "--json"]);
    assert_eq!((&found["ticks"], &found["log"]["unknown"]), (&4001.into(), &1.into()));
    let kinds: Vec<&str> =
        found["assumptions"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"latencies_off") && kinds.contains(&"rows_of_unknown_nodes"), "{kinds:?}");
    let (code, text, _) = wormsim(folder, &["run", "direct.json"]);
    assert!(code == 0 && text.contains("a tick of 0.05 ms keeps"), "{text}");
    assert!(text.contains("1 of 3 rows are of no node: skipped"), "{text}");
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("output/direct/manifest.json")).unwrap()).unwrap();
    assert!(manifest["assumptions"].to_string().contains("rows_of_unknown_nodes"));
    for network in ["net.dot", "net.json"] {
        put(
            folder,
            "net.json",
            r#"{"version": 1, "name": "n", "nodes": [{"id": "a"}, {"id": "b"}], "links": [{"ends": ["a", "b"]}]}"#,
        );
        let (code, _, errors) = wormsim(folder, &["run", network]);
        assert!(code == 2 && errors.contains("is a network; expected a scenario"), "{errors}");
    }
    for (file, expected) in [("direct.json", "a scenario is not allowed; expected a network"), ("log.csv", "")] {
        let (code, _, errors) = wormsim(folder, &["analyze", file]);
        assert!(expected.is_empty() || (code == 2 && errors.contains(expected)), "{errors}");
    }
}
