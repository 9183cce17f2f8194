//! `sweep`: every point is run once, whatever fails, and the table says what was.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::wormsim;
use crate::common::busy;

fn with_scenario() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("busy.json"), busy().to_string()).unwrap();
    folder
}

fn sweep(folder: &Path, more: &[&str]) -> (i32, String, String) {
    wormsim(
        folder,
        &[&["sweep", "busy.json", "--json", "--no-report", "--out", "out", "--replications", "2"][..], more].concat(),
    )
}

fn rows(folder: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.join("out/results.csv")).unwrap();
    let heads = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    [heads].into_iter().chain(rows).collect()
}

#[test]
fn every_combination_is_run_and_stands_in_the_table() {
    let folder = with_scenario();
    let vary = ["--vary", "nodes.service_per_tick=2,4", "--vary", "router.kind=shortest_path,q_routing,multipath"];
    let (code, text, errors) = sweep(folder.path(), &vary);
    assert_eq!((code, &*errors), (0, ""));
    let found: Value = serde_json::from_str(&text).unwrap();
    let cells = found["cells"].as_array().unwrap();
    let points: BTreeSet<String> = cells.iter().map(|cell| cell["point"].to_string()).collect();
    assert_eq!((cells.len(), points.len(), &found["design"]), (6, 6, &json!("grid")));
    assert!(cells.iter().all(|cell| cell["runs"] == json!({"complete": 2, "unstable": 0, "failed": 0})), "{text}");
    let rows = rows(folder.path());
    let column = |name: &str| rows[0].iter().position(|head| head == name).unwrap();
    assert_eq!(rows.len(), 1 + 12);
    // A run of the sweep is that run by itself; the second replication's seed is 5 + 2³².
    let (code, text, _) = wormsim(
        folder.path(),
        &[
            "run",
            "busy.json",
            "--json",
            "--out",
            "one",
            "--seed=4294967301",
            "--set=nodes.service_per_tick=4",
            "--set=router.kind=multipath",
        ],
    );
    assert_eq!(code, 0);
    let digest = &serde_json::from_str::<Value>(&text).unwrap()["digest"];
    let is_it = |row: &&Vec<String>| {
        row[column("seed")] == "4294967301"
            && row[column("nodes.service_per_tick")] == "4.0"
            && row[column("router.kind")] == "multipath"
    };
    assert_eq!(rows.iter().find(is_it).unwrap()[column("digest")], digest.as_str().unwrap());
}

#[test]
fn the_table_for_people_says_what_the_result_says() {
    let folder = with_scenario();
    let arguments = ["sweep", "busy.json", "--no-report", "--out", "out", "--replications", "2"];
    let vary = ["--vary", "wormholes.ports_per_node=-1,2", "--vary", "router.kind=shortest_path,q_routing"];
    let (code, text, errors) = wormsim(folder.path(), &[&arguments[..], &vary].concat());
    assert_eq!(code, 3, "there are no -1 ports: {errors}");
    let result: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("out/sweep.json")).unwrap()).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0].join(" "), "busy: 4 points, 1 arms, 2 replications");
    assert_eq!(lines[2][..3], ["wormholes.ports_per_node", "router.kind", "arm"]);
    for cell in result["cells"].as_array().unwrap() {
        let point = &cell["point"];
        let [ports, router] = ["wormholes.ports_per_node", "router.kind"].map(|path| match &point[path] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let row = lines.iter().find(|line| line.len() > 2 && line[..2] == [&*ports, &*router]).unwrap();
        match cell["means"]["latency_mean"].as_f64() {
            Some(latency) => {
                let dropped = cell["means"]["dropped_share"].as_f64().unwrap() * 100.0;
                assert_eq!(row[3], format!("{latency:.2}"));
                assert_eq!(row[7..], [&*format!("{dropped:.2}"), "%", "2", "complete"]);
            }
            None => assert_eq!(row[3..], ["-", "-", "-", "-", "-", "2", "failed"]),
        }
    }
    assert_eq!(lines.last().unwrap().join(" "), "result: out/");
}

#[test]
fn a_point_that_fails_is_told_and_stops_nothing() {
    let folder = with_scenario();
    let vary = ["--vary", "wormholes.ports_per_node=1,-1,2"];
    let (code, text, errors) = sweep(folder.path(), &vary);
    assert_eq!(code, 3);
    assert!(errors.contains("2 runs failed; the first: --vary wormholes.ports_per_node=-1: "), "{errors}");
    let found: Value = serde_json::from_str(&text).unwrap();
    let failed = &found["cells"][1];
    assert_eq!(failed["runs"], json!({"complete": 0, "unstable": 0, "failed": 2}));
    assert!(failed["reason"].as_str().unwrap().contains("-1 is not allowed; expected a whole number"), "{failed}");
    assert_eq!(found["cells"][2]["runs"]["complete"], 2);
    // It is kept, and not tried again.
    let lines = fs::read(folder.path().join("out/results.jsonl")).unwrap();
    assert_eq!(sweep(folder.path(), &vary).0, 3);
    assert_eq!(lines, fs::read(folder.path().join("out/results.jsonl")).unwrap());
}

#[test]
fn a_sample_fills_every_stratum_once() {
    let folder = with_scenario();
    let vary =
        ["--sample", "8", "--vary", "physics.decay.fade_per_tick=0.01..0.09", "--vary", "nodes.service_per_tick=2..5"];
    let (code, text, errors) = sweep(folder.path(), &vary);
    assert_eq!((code, &*errors), (0, ""));
    let found: Value = serde_json::from_str(&text).unwrap();
    let cells = found["cells"].as_array().unwrap();
    let strata = |cell: &Value| ((cell["point"]["physics.decay.fade_per_tick"].as_f64().unwrap() - 0.01) / 0.01) as u32;
    assert_eq!(cells.iter().map(strata).collect::<BTreeSet<_>>(), (0..8).collect());
    for service in 2..=5 {
        let taken = cells.iter().filter(|cell| cell["point"]["nodes.service_per_tick"] == service).count();
        assert_eq!(taken, 2);
    }
}

#[test]
fn an_experiment_can_stand_in_the_scenario() {
    let folder = with_scenario();
    let mut scenario = busy();
    scenario["experiment"] = json!({
        "arms": [{"name": "plain"}, {"name": "fast", "set": {"nodes.service_per_tick": 8}}],
        "replications": 2,
        "vary": [{"path": "workloads.0.accesses_per_tick", "values": [1, 2]}]
    });
    fs::write(folder.path().join("declared.json"), scenario.to_string()).unwrap();
    let (code, text, errors) = wormsim(folder.path(), &["sweep", "declared.json", "--json", "--out", "out"]);
    assert_eq!((code, &*errors), (0, ""));
    let found: Value = serde_json::from_str(&text).unwrap();
    let cells: Vec<(&Value, &Value)> = found["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| (&cell["arm"], &cell["point"]["workloads.0.accesses_per_tick"]))
        .collect();
    let expected = [json!("plain"), json!("fast"), json!(1), json!(2)];
    let [plain, fast, one, two] = &expected;
    assert_eq!(cells, [(plain, one), (fast, one), (plain, two), (fast, two)]);
    // Runs take no notice of it.
    for file in ["busy.json", "declared.json"] {
        assert_eq!(wormsim(folder.path(), &["run", file, "--quiet", "--out", file.trim_end_matches(".json")]).0, 0);
    }
    let digests = ["busy", "declared"].map(|run| fs::read(folder.path().join(run).join("digests.csv")).unwrap());
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn what_cannot_be_varied_is_refused_before_anything_is_run() {
    let folder = with_scenario();
    let refused = |more: &[&str], expected: &str| {
        let (code, _, text) = sweep(folder.path(), more);
        assert!(code == 2 && text.contains(expected), "{code} {text}");
        assert!(!folder.path().join("out").exists());
    };
    refused(&["--vary", "router.knid=a,b"], "router.knid: unknown field; allowed: ");
    refused(&["--vary", "router.knid=a,b"], "did you mean \"kind\"?");
    refused(&["--vary", "workloads.9.accesses_per_tick=1,2"], "nothing to set here; expected an index from 0 to 2");
    refused(&["--vary", "seed=1,2"], "seed is not allowed; expected another field than seed");
    refused(&["--vary", "ticks=500,500"], "ticks=500 is not allowed; expected each value once");
    refused(&["--vary", "ticks=500,500.0"], "ticks=500.0 is not allowed; expected each value once");
    refused(
        &["--vary", r#"topology={"file":"nowhere.json"},{"generator":{"kind":"torus","rows":5,"columns":8}}"#],
        "nowhere.json",
    );
    refused(&["--sample", "3", "--vary", "ticks=1..9000000000"], "at most 1000000 whole numbers");
    refused(&["--vary", "ticks=500", "--vary", "ticks=600"], "expected each field once");
    refused(&["--vary", "ticks"], "expected path.to.field=a,b,c");
    refused(&["--vary", "nodes.service_per_tick=1..3"], "a range low..high goes with --sample");
    refused(&[], "at least one path.to.field=a,b,c, here or in experiment.vary");
    refused(&["--vary", "router.kind=a,b", "--arm", "x:router.kind=multipath"], "a field that no arm sets");
    refused(&["--vary", "router.kind=magic"], "router.kind: \"magic\" is not allowed");
}

/// Differences of numbers near the largest are no numbers; a figure of them never came to an end.
#[test]
fn references_of_any_numbers_stand_beside_a_sweep() {
    let numbers = [-1e308, 1e308, f64::MAX, -f64::MAX, 5e-324, 0.0, 1.0, 1.0 + f64::EPSILON];
    for (low, high) in [(-1e308, 1e308), (f64::MAX, f64::MAX), (1.0, f64::MAX), (-f64::MAX, f64::MAX), (5e-324, 1e-323)]
    {
        let folder = tempfile::tempdir().unwrap();
        let point = |x: f64, y: f64| json!({"arm": "a", "x": x, "y": y});
        let points = [point(low, high), point(high, low)].into_iter().chain(numbers.map(|y| point(low, y)));
        let scenario = json!({
            "version": 1, "name": "b", "ticks": 200,
            "topology": {"nodes": [{"id": "a"}, {"id": "b"}], "links": [{"ends": ["a", "b"]}]},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 0.2}],
            "experiment": {
                "arms": [{"name": "a"}], "replications": 1,
                "vary": [{"path": "nodes.service_per_tick", "values": [1, 2]}],
                "reference": {"metric": "latency_mean", "source": "s", "points": points.collect::<Vec<_>>()}
            }
        });
        fs::write(folder.path().join("s.json"), scenario.to_string()).unwrap();
        let (code, _, text) = wormsim(folder.path(), &["sweep", "s.json", "--out", "out"]);
        assert_eq!((code, &*text), (0, ""), "{low} to {high}");
        let figure = fs::read_to_string(folder.path().join("out/report/sweep-latency-mean-1.svg")).unwrap();
        assert!(figure.contains("reference") && !figure.contains("NaN"));
    }
}

/// Every cell stands beside the baseline at the same point, as a comparison there would say.
#[test]
fn arms_are_judged_at_every_point() {
    let folder = with_scenario();
    let arms = ["--arm", "none:wormholes.enabled=false", "--arm", "own", "--baseline", "none"];
    let vary = ["--vary", "physics.wormhole.upkeep_per_tick=0.01,0.1,1,10"];
    let (code, text, errors) = sweep(folder.path(), &[&arms[..], &vary].concat());
    assert_eq!((code, &*errors), (0, ""));
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&found["baseline"], &found["on"]), (&json!("none"), &json!("mean")));
    let cells = found["cells"].as_array().unwrap();
    let of = |arm: &str, upkeep: f64| {
        let is_it = |cell: &&Value| {
            cell["arm"] == arm && cell["point"]["physics.wormhole.upkeep_per_tick"].as_f64() == Some(upkeep)
        };
        &cells.iter().find(is_it).unwrap()["beside"]
    };
    assert_eq!(of("none", 0.1), &Value::Null);
    let set = "--set=physics.wormhole.upkeep_per_tick=0.1";
    let compare = ["compare", "busy.json", "--json", "--no-report", "--no-bound", "--no-break-even", "--out", "c", set];
    let (code, text, _) = wormsim(folder.path(), &[&compare[..], &arms, &["--replications", "2"]].concat());
    assert_eq!(code, 0);
    let compared: Value = serde_json::from_str(&text).unwrap();
    for field in ["gain", "net_per_access", "verdict"] {
        assert_eq!(of("own", 0.1)[field], compared["arms"][1][field], "{field}");
    }
    // What is nothing lies between the values on whose sides the mean net has other signs.
    let net = |upkeep: f64| of("own", upkeep)["net_per_access"]["mean"].as_f64().unwrap();
    assert!(net(0.01) > 0.0 && net(10.0) < 0.0, "{text}");
    let zeros = found["zero_net"].as_array().unwrap();
    assert!(!zeros.is_empty(), "{found}");
    for zero in zeros {
        let [from, to] = [0, 1].map(|end| zero["between"][end].as_f64().unwrap());
        let value = zero["value"].as_f64().unwrap();
        assert!(from < value && value < to && (net(from) > 0.0) != (net(to) > 0.0), "{zero}");
    }
    let alone = sweep(folder.path(), &[&vary[..], &["--relevant", "1%", "--force"]].concat());
    assert!(
        alone.0 == 2 && alone.2.contains("--relevant: a sweep of one arm is not allowed; expected a baseline"),
        "{}",
        alone.2
    );
    let nobody = sweep(folder.path(), &[&arms[..4], &vary, &["--baseline", "nobody", "--force"]].concat());
    assert!(
        nobody.0 == 2 && nobody.2.contains("--baseline: nobody is not allowed; expected none, own"),
        "{}",
        nobody.2
    );
}
