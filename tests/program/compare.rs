//! `compare`: whether arms pay, from the same accesses, whatever the threads and however often it is stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::wormsim;
use crate::common::{busy, project};

fn with_scenario(change: impl Fn(&mut Value)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = busy();
    change(&mut scenario);
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    folder
}

/// The result of a comparison in `out`.
fn compare(folder: &Path, out: &str, more: &[&str]) -> Value {
    let arguments = [&["compare", "busy.json", "--json", "--no-report", "--out", out][..], more].concat();
    let (code, text, errors) = wormsim(folder, &arguments);
    assert_eq!((code, &*errors), (0, ""));
    serde_json::from_str(&text).unwrap()
}

fn by_name(comparison: &Value) -> BTreeMap<String, &Value> {
    let arms = comparison["arms"].as_array().unwrap();
    arms.iter().map(|arm| (arm["name"].as_str().unwrap().to_owned(), arm)).collect()
}

#[test]
fn an_arm_compared_with_itself_gains_exactly_nothing() {
    let folder = with_scenario(|_| ());
    let twins = ["--arm", "one", "--arm", "two", "--replications", "4"];
    let found = compare(folder.path(), "out", &twins);
    let nothing = json!({"mean": 0.0, "low": 0.0, "high": 0.0});
    let two = by_name(&found)["two"];
    assert_eq!((&two["gain"], &two["net_per_access"]), (&nothing, &nothing));
    assert!(two["differences"].as_object().unwrap().values().all(|interval| *interval == nothing), "{two}");
    assert_eq!(two["verdict"], "no different");
}

/// The difference of means, worked out from the table, is the mean of differences.
#[test]
fn gains_are_those_of_the_runs() {
    let folder = with_scenario(|_| ());
    let found = compare(folder.path(), "out", &["--replications", "5"]);
    assert_eq!(found["baseline"], "static");
    let arms = by_name(&found);
    assert_eq!(arms.keys().map(String::as_str).collect::<Vec<_>>(), ["both", "learned", "static", "wormholes"]);
    let lines = fs::read_to_string(folder.path().join("out/results.jsonl")).unwrap();
    let runs: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let run = |arm: &str, replication: u64| {
        let is = |run: &&Value| run["arm"] == arm && run["replication"] == replication;
        &runs.iter().find(is).unwrap()["summary"]
    };
    for arm in ["learned", "wormholes", "both"] {
        let (mut gain, mut net) = (0.0, 0.0);
        for replication in 0..5 {
            let [own, base] = [run(arm, replication), run("static", replication)];
            let latency = |run: &Value| run["latency_ticks"]["mean"].as_f64().unwrap();
            let costs = |run: &Value| {
                let delivered = run["throughput_per_tick"].as_f64().unwrap() * run["measured_ticks"].as_f64().unwrap();
                (run["energy"]["upkeep"].as_f64().unwrap() + run["energy"]["opening"].as_f64().unwrap()) / delivered
            };
            gain += (1.0 - latency(own) / latency(base)) / 5.0;
            net += (latency(base) - latency(own) - costs(own)) / 5.0;
        }
        let of = |key: &str| arms[arm][key]["mean"].as_f64().unwrap();
        assert!((of("gain") - gain).abs() < 1e-12, "{arm}");
        assert!((of("net_per_access") - net).abs() < 1e-9, "{arm}");
        assert!(
            arms[arm]["gain"]["low"].as_f64().unwrap() < gain && gain < arms[arm]["gain"]["high"].as_f64().unwrap()
        );
    }
    // Every run saw the accesses of its replication, which are those of no other.
    let hashes = |replication: u64| -> Vec<&Value> {
        runs.iter().filter(|run| run["replication"] == replication).map(|run| &run["accesses_blake3"]).collect()
    };
    for replication in 0..5 {
        let of_this = hashes(replication);
        assert!(of_this.len() == 4 && of_this.iter().all(|hash| *hash == of_this[0]));
        assert!(replication == 0 || hashes(replication - 1)[0] != of_this[0]);
    }
    // The first replication of an arm can be looked into, and is the one in the table.
    let (code, _, _) = wormsim(folder.path(), &["verify", "out/arms/both"]);
    assert_eq!(code, 0);
    let summary: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("out/arms/both/summary.json")).unwrap()).unwrap();
    assert_eq!(summary["digest"], run("both", 0)["digest"]);
}

fn results(folder: &Path, out: &str) -> [String; 3] {
    ["comparison.json", "results.csv", "experiment.json"]
        .map(|name| fs::read_to_string(folder.join(out).join(name)).unwrap())
}

#[test]
fn threads_and_interruptions_change_nothing() {
    let folder = with_scenario(|_| ());
    compare(folder.path(), "one", &["--threads", "1", "--replications", "3"]);
    compare(folder.path(), "eight", &["--threads", "8", "--replications", "3"]);
    let whole = results(folder.path(), "one");
    assert_eq!(whole, results(folder.path(), "eight"));
    let parquet = |out: &str| fs::read(folder.path().join(out).join("results.parquet")).unwrap();
    assert_eq!(parquet("one"), parquet("eight"));
    // Some lines, the last of them torn, as after a crash.
    let lines = fs::read(folder.path().join("one/results.jsonl")).unwrap();
    let cut = lines.len() * 2 / 3;
    fs::create_dir(folder.path().join("cut")).unwrap();
    fs::copy(folder.path().join("one/experiment.json"), folder.path().join("cut/experiment.json")).unwrap();
    fs::write(folder.path().join("cut/results.jsonl"), &lines[..cut]).unwrap();
    let again = ["compare", "busy.json", "--quiet", "--no-report", "--out", "cut", "--replications", "3"];
    let (code, _, errors) = wormsim(folder.path(), &again);
    assert_eq!(code, 0);
    assert!(errors.contains("results.jsonl: the last line was torn and is taken away"), "{errors}");
    assert_eq!(whole, results(folder.path(), "cut"));
    // What is known is not run again: more replications keep those that are there.
    let before = fs::read(folder.path().join("cut/results.jsonl")).unwrap();
    compare(folder.path(), "cut", &["--replications", "4"]);
    let after = fs::read(folder.path().join("cut/results.jsonl")).unwrap();
    assert!(after.starts_with(&before) && after.len() > before.len());
    compare(folder.path(), "cut", &["--replications", "4"]);
    assert_eq!(after, fs::read(folder.path().join("cut/results.jsonl")).unwrap());
}

#[cfg(unix)]
#[test]
fn a_comparison_that_is_killed_goes_on_where_it_was() {
    let folder = with_scenario(|scenario| scenario["ticks"] = json!(6000));
    compare(folder.path(), "whole", &["--replications", "6"]);
    let lines = || fs::read(folder.path().join("killed/results.jsonl")).unwrap_or_default();
    let count = || lines().iter().filter(|&&byte| byte == b'\n').count();
    for kills in 1..=3 {
        let mut command = Command::new(cargo_bin!("wormsim"));
        let arguments = ["compare", "busy.json", "--quiet", "--no-report", "--out", "killed", "--replications", "6"];
        let mut child = command.args(arguments).current_dir(folder.path()).spawn().unwrap();
        while count() < kills * 3 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let before = lines();
    assert!(count() >= 9 && count() < 24, "{}", count());
    compare(folder.path(), "killed", &["--replications", "6"]);
    assert!(lines().starts_with(&before[..before.iter().rposition(|&byte| byte == b'\n').unwrap()]));
    assert_eq!(results(folder.path(), "whole"), results(folder.path(), "killed"));
}

#[test]
fn an_unstable_arm_is_said_to_be_unstable() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(project("scenarios/boyan-littman-6x6.json")).unwrap();
    let mut scenario: Value = serde_json::from_str(&text).unwrap();
    scenario["topology"] = json!({"file": project("scenarios/topologies/boyan-littman-6x6.json")});
    scenario["workloads"][0]["accesses_per_tick"] = json!(2.5);
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    let found = compare(folder.path(), "out", &["--replications", "3", "--baseline", "q-routing"]);
    let arms = by_name(&found);
    let shortest = arms["shortest-path"];
    assert_eq!((&shortest["unstable"], &shortest["verdict"]), (&json!(true), &json!("worse")));
    assert!(shortest["reason"].as_str().unwrap().contains("queues grow without bound in 3 of 3 runs"));
    assert_eq!((&shortest["gain"], &shortest["net_per_access"]), (&Value::Null, &Value::Null));
    assert!(shortest["metrics"].as_object().unwrap().values().all(Value::is_null));
    // The other way round what is gained has no bound.
    let found = compare(folder.path(), "back", &["--replications", "3", "--baseline", "shortest-path"]);
    assert_eq!(by_name(&found)["q-routing"]["verdict"], "better");
    assert_eq!(by_name(&found)["q-routing"]["gain"], Value::Null);
}

#[test]
fn a_warm_up_that_nobody_gives_is_found() {
    let folder = with_scenario(|scenario| {
        scenario.as_object_mut().unwrap().remove("warmup_ticks");
        scenario["ticks"] = json!(4000);
        scenario["workloads"] = json!([{"kind": "uniform", "accesses_per_tick": 4.0}]);
    });
    let arms = ["--arm", "a:wormholes.enabled=false,router.kind=shortest_path", "--arm", "b:wormholes.enabled=false"];
    let compare = |out: &str, more: &[&str]| compare(folder.path(), out, &[&arms[..], more].concat());
    let found = compare("out", &["--replications", "2"]);
    assert_eq!(found["warmup_by"], "mser5");
    let ticks = found["warmup_ticks"].as_u64().unwrap();
    assert!(ticks > 0 && ticks <= 2000, "{ticks}");
    let given = compare("given", &["--replications", "2", "--warmup", "77"]);
    assert_eq!((&given["warmup_by"], &given["warmup_ticks"]), (&json!("option"), &json!(77)));
}

#[test]
fn replications_go_on_until_intervals_are_narrow() {
    let folder = with_scenario(|_| ());
    let widest = |found: &Value| {
        let arms = found["arms"].as_array().unwrap();
        let width = |arm: &Value| arm["gain"]["high"].as_f64().unwrap() - arm["gain"]["low"].as_f64().unwrap();
        arms.iter().map(width).fold(0.0, f64::max) / 2.0
    };
    let first = compare(folder.path(), "out", &["--replications", "3"]);
    let target = (widest(&first) / 1.5).to_string();
    let found = compare(folder.path(), "out", &["--replications", "3", "--half-width", &target]);
    assert!(found["replications"].as_u64().unwrap() > 3);
    assert!(widest(&found) <= target.parse().unwrap());
    let ended = ["--replications", "3", "--half-width", "1e-9", "--max-replications", "5", "--quiet"];
    let arguments = [&["compare", "busy.json", "--no-report", "--out", "out"][..], &ended].concat();
    let (code, _, errors) = wormsim(folder.path(), &arguments);
    assert!(code == 0 && errors.contains("5 replications are too few: the gain of "), "{errors}");
}

#[test]
fn what_is_no_comparison_is_refused_before_anything_is_run() {
    let folder = with_scenario(|_| ());
    let refused = |more: &[&str], expected: &str| {
        let (code, _, text) = wormsim(folder.path(), &[&["compare", "busy.json", "--out", "out"][..], more].concat());
        assert!(code == 2 && text.contains(expected), "{code} {text}");
        assert!(!folder.path().join("out").exists());
    };
    for field in ["seed=3", "workloads.0.accesses_per_tick=1", "topology={}", "ticks=9", "events=[]"] {
        refused(&["--arm", "a", "--arm", &format!("b:{field}")], "all arms see the same accesses on the same network");
    }
    refused(&["--arm", "a", "--arm", "b:router.knid=x"], "router.knid: unknown field; allowed: ");
    refused(&["--arm", "a", "--arm", "b:router.knid=x"], "did you mean \"kind\"?");
    refused(&["--arm", "a", "--arm", "b:router.kind=magic"], "--arm b:router.kind=magic: router.kind: \"magic\"");
    refused(&["--arm", "a", "--arm", "a"], "a name of its own for each arm");
    refused(&["--arm", "a", "--baseline", "c"], "--baseline: c is not allowed; expected a");
    refused(&["--arm", "a:b"], "is not path=value");
    refused(&["--replications", "0"], "0 is not in 1..=10000");
    refused(&["--replications", "1"], "2 or more: there is no interval of one difference");
    refused(&["--half-width", "nan"], "expected a number greater than 0");
    refused(&["--arm", "a", "--arm", "b:routr.kind=multipath"], "did you mean \"router\"?");
    refused(&["--threads", "100000"], "100000 is not in 1..=1024");
    refused(&["--warmup", "1500"], "warmup_ticks");
    refused(&["--max-replications", "5"], "--half-width");
}

#[test]
fn what_is_there_is_not_lost() {
    let folder = with_scenario(|_| ());
    let arguments = |more: &[&'static str]| {
        [&["compare", "busy.json", "--quiet", "--no-report", "--out", "out", "--replications", "2"][..], more].concat()
    };
    assert_eq!(wormsim(folder.path(), &arguments(&[])).0, 0);
    let before = results(folder.path(), "out");
    let (code, _, text) = wormsim(folder.path(), &arguments(&["--seed", "77"]));
    assert_eq!(code, 2);
    assert!(
        text.contains("out holds another experiment, which differs in scenario.seed; choose another --out"),
        "{text}"
    );
    assert_eq!(before, results(folder.path(), "out"));
    // A directory of somebody else.
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/notes"), "mine").unwrap();
    for more in [&[][..], &["--force"]] {
        let (code, _, text) = wormsim(folder.path(), &[&["compare", "busy.json", "--out", "mine"][..], more].concat());
        assert!(code == 2 && text.contains("mine"), "{text}");
    }
    fs::write(folder.path().join("out/notes"), "mine").unwrap();
    let (code, _, text) = wormsim(folder.path(), &arguments(&["--seed", "77", "--force"]));
    assert!(code == 2 && text.contains("expected a run or an experiment of wormsim with nothing else in it"), "{text}");
    assert_eq!(before, results(folder.path(), "out"));
    fs::remove_file(folder.path().join("out/notes")).unwrap();
    assert_eq!(wormsim(folder.path(), &arguments(&["--seed", "77", "--force"])).0, 0);
    assert_ne!(before, results(folder.path(), "out"));
    // Another version.
    let plan = folder.path().join("out/experiment.json");
    let text = fs::read_to_string(&plan).unwrap().replace(wormsim::VERSION, "9.0.0");
    fs::write(&plan, text).unwrap();
    let (code, _, text) = wormsim(folder.path(), &arguments(&["--seed", "77"]));
    assert!(code == 1 && text.contains("is of version 9.0.0; this is wormsim"), "{text}");
    // Lines that are none of ours.
    let text = fs::read_to_string(&plan).unwrap().replace("9.0.0", wormsim::VERSION);
    fs::write(&plan, text).unwrap();
    fs::write(folder.path().join("out/results.jsonl"), "{\"arm\": 3}\n").unwrap();
    let (code, _, text) = wormsim(folder.path(), &arguments(&["--seed", "77"]));
    assert!(code == 1 && text.contains("out/results.jsonl:1: "), "{text}");
}

/// The shipped scenarios answer the questions that they ask.
#[test]
fn measured_connections_pay_and_a_faster_medium_gains_without_paying() {
    let verdicts = |name: &str| -> Value {
        let folder = tempfile::tempdir().unwrap();
        let scenario = project(&format!("scenarios/{name}.json"));
        let out = folder.path().join("out");
        let arguments =
            ["compare", scenario.to_str().unwrap(), "--json", "--no-report", "--out", out.to_str().unwrap()];
        let (code, text, errors) = wormsim(folder.path(), &[&arguments[..], &["--replications", "5"]].concat());
        assert_eq!((code, &*errors), (0, ""));
        serde_json::from_str(&text).unwrap()
    };
    let overlay = verdicts("peer-overlay");
    for arm in ["wormholes", "both"] {
        let found = by_name(&overlay)[arm];
        assert_eq!(found["verdict"], "pays");
        assert!(found["gain"]["low"].as_f64().unwrap() >= 0.3, "{found}");
        assert!(found["carrier"].as_str().unwrap().starts_with("measured"));
    }
    for (name, upkeep) in [("nsfnet-hotspot", 8.0), ("uniform-does-not-pay", 1.0)] {
        let compared = verdicts(name);
        for arm in ["wormholes", "both"] {
            let found = by_name(&compared)[arm];
            assert_eq!(found["verdict"], "does not pay", "{name}");
            assert!(found["gain"]["low"].as_f64().unwrap() > 0.0, "accesses are faster all the same");
            assert!(found["break_even"]["upkeep"]["high"].as_f64().unwrap() < upkeep, "{found}");
        }
    }
}

/// At the break-even price, runs at that price have no net benefit; behaviour that depends on it included.
#[test]
fn at_the_break_even_price_the_net_is_nothing() {
    let folder = with_scenario(|_| ());
    let arms = [
        "none:wormholes.enabled=false",
        "gravity",
        "bma:wormholes.policy.kind=bma",
        "window:wormholes.policy.kind=window",
    ];
    let more: Vec<&str> = arms.iter().flat_map(|arm| ["--arm", arm]).chain(["--replications", "3"]).collect();
    let found = compare(folder.path(), "out", &more);
    let mut checked = 0;
    for (arm, path) in arms[1..].iter().flat_map(|arm| ["upkeep", "opening"].map(|path| (*arm, path))) {
        let name = arm.split(':').next().unwrap();
        let break_even = &by_name(&found)[name]["break_even"];
        let price = &break_even[path];
        let Some(mean) = price["mean"].as_f64() else {
            assert!(break_even[format!("{path}_reason")].as_str().is_some(), "{arm} {break_even}");
            continue;
        };
        let [low, high] = ["low", "high"].map(|end| price[end].as_f64().unwrap());
        assert!(low <= mean && mean <= high, "{arm} {price}");
        let field = if path == "upkeep" { "upkeep_per_tick" } else { "opening_cost" };
        let set = format!("physics.wormhole.{field}={mean}");
        let at = [&more[..], &["--set", &set, "--no-break-even"]].concat();
        let again = compare(folder.path(), &format!("{name}-{path}"), &at);
        let net = &by_name(&again)[name]["net_per_access"];
        let [low, high] = ["low", "high"].map(|end| net[end].as_f64().unwrap());
        assert!(low <= 1e-9 && high >= -1e-9, "{arm} {path} {mean}: {net}");
        checked += 1;
    }
    assert!(checked >= 3, "{checked}");
}

/// The bound is that of each replication, and the ledger of nothing that of an arm that opens nothing.
#[test]
fn arms_stand_between_the_bound_and_nothing() {
    let folder = with_scenario(|_| ());
    let arms =
        ["--arm", "none:wormholes.enabled=false", "--arm", "own", "--arm", "replay:wormholes.policy.kind=replay"];
    let found = compare(folder.path(), "out", &[&arms[..], &["--replications", "2"]].concat());
    let bound = &found["bound"];
    let of_seed = |seed: u64| -> Value {
        let (seed, arguments) = (seed.to_string(), ["bound", "busy.json", "--json", "--seed"]);
        let (code, text, _) = wormsim(folder.path(), &[&arguments[..], &[&seed]].concat());
        assert_eq!(code, 0);
        serde_json::from_str(&text).unwrap()
    };
    let seeds: Vec<u64> = found["seeds"].as_array().unwrap().iter().map(|seed| seed.as_u64().unwrap()).collect();
    let singles: Vec<Value> = seeds.into_iter().map(of_seed).collect();
    let number = |value: &Value| value.as_f64().unwrap();
    let mean = |field: &str| singles.iter().map(|single| number(&single[field])).sum::<f64>() / 2.0;
    assert!((number(&bound["nothing"]) - mean("nothing")).abs() < 1e-6);
    assert_eq!(bound["model"], singles[0]["model"]);
    let (lower, upper) = (number(&bound["lower"]), number(&bound["upper"]));
    assert!(lower <= mean("upper") + 1e-6 && mean("lower") <= upper + 1e-6 && upper <= number(&bound["nothing"]));
    let of_arm = |arm: &str| number(&by_name(&found)[arm]["direct_use_cost"]["mean"]);
    assert_eq!(of_arm("none"), number(&bound["nothing"]));
    for arm in ["none", "own", "replay"] {
        let regret = number(&by_name(&found)[arm]["regret"]["mean"]);
        assert!(regret >= -1e-6 && (regret - (of_arm(arm) - lower)).abs() < 1e-6, "{arm}: {regret}");
        let listed = bound["policies"].as_array().unwrap().iter().find(|policy| policy["name"] == arm).unwrap();
        assert_eq!(number(&listed["cost"]), of_arm(arm));
    }
}

#[test]
fn replications_of_a_trace_are_said_to_be_alike() {
    let folder = with_scenario(|scenario| scenario["workloads"] = json!([{"kind": "trace", "path": "trace.csv"}]));
    let lines: String = (0..1400).map(|tick| format!("{tick},{},{}\n", tick % 7, 7 + tick % 11)).collect();
    fs::write(folder.path().join("trace.csv"), format!("tick,origin,target\n{lines}")).unwrap();
    let arguments = ["compare", "busy.json", "--no-report", "--replications", "2", "--out", "out"];
    let (code, text, _) = wormsim(folder.path(), &arguments);
    assert!(code == 0 && text.contains("All replications have the same accesses"), "{text}");
    // The trace is part of the experiment.
    fs::write(folder.path().join("trace.csv"), format!("tick,origin,target\n{lines}1400,1,2\n")).unwrap();
    let (code, _, text) = wormsim(folder.path(), &arguments);
    assert!(code == 2 && text.contains("out holds another experiment, which differs in inputs_blake3"), "{text}");
}

#[test]
fn a_directory_that_a_kill_left_at_once_is_taken_on() {
    let folder = with_scenario(|_| ());
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    // As a killed process leaves it.
    fs::write(out.join("lock"), "wormsim 1         \n").unwrap();
    fs::write(out.join(".wormsim-1-2.tmp"), "{\"half").unwrap();
    compare(folder.path(), "out", &["--replications", "2"]);
    assert!(!out.join(".wormsim-1-2.tmp").exists() && !out.join("lock").exists());
}

#[test]
fn lines_that_no_run_wrote_are_refused() {
    let folder = with_scenario(|_| ());
    compare(folder.path(), "out", &["--replications", "2"]);
    let place = folder.path().join("out/results.jsonl");
    let whole = fs::read_to_string(&place).unwrap();
    let first = whole.lines().next().unwrap();
    // With the checksum of what it says.
    let sealed = |mut line: Value| {
        line.as_object_mut().unwrap().remove("checksum");
        let checksum = blake3::hash(format!("{line}\n").as_bytes()).to_hex().to_string();
        line["checksum"] = json!(checksum);
        line.to_string()
    };
    let refused = |line: Value, expected: &str| {
        fs::write(&place, format!("{whole}{}\n", sealed(line))).unwrap();
        let arguments = ["compare", "busy.json", "--quiet", "--no-report", "--out", "out", "--replications", "2"];
        let (code, _, text) = wormsim(folder.path(), &arguments);
        assert!(code == 1 && text.contains("results.jsonl:9: ") && text.contains(expected), "{text}");
    };
    assert_eq!(sealed(serde_json::from_str(first).unwrap()), first);
    refused(serde_json::from_str(first).unwrap(), "is of a run that stands there already");
    let mut other: Value = serde_json::from_str(first).unwrap();
    other["arm"] = json!("ghost");
    refused(other, "is of no arm and point of experiment.json");
    let mut other: Value = serde_json::from_str(first).unwrap();
    (other["replication"], other["seed"]) = (json!(7), json!(999_u64));
    refused(other, "has another seed than its replication");
    let mut other: Value = serde_json::from_str(first).unwrap();
    (other["replication"], other["seed"], other["summary"]) = (json!(7), json!(5 + (7_u64 << 32)), Value::Null);
    refused(other, "has no numbers of its own");
}

/// What happens to the scenario's file while runs go on changes nothing; another network is refused.
#[test]
fn files_that_change_during_an_experiment_are_not_mixed() {
    let folder = with_scenario(|scenario| scenario["ticks"] = json!(6000));
    let scenario = folder.path().join("busy.json");
    let text = fs::read_to_string(&scenario).unwrap();
    compare(folder.path(), "whole", &["--replications", "4"]);
    let mut command = Command::new(cargo_bin!("wormsim"));
    let arguments = ["compare", "busy.json", "--quiet", "--no-report", "--out", "out", "--replications", "4"];
    let mut child = command.args(arguments).current_dir(folder.path()).spawn().unwrap();
    while !folder.path().join("out/results.jsonl").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    fs::write(&scenario, text.replace("\"queue_limit\":20", "\"queue_limit\":2")).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(results(folder.path(), "whole"), results(folder.path(), "out"));
}

/// The phases of each arm are those of its runs, and the first of them are shown.
#[test]
fn phases_are_compared_arm_by_arm() {
    let folder = with_scenario(|_| ());
    let arguments = ["compare", "busy.json", "--no-report", "--out", "out", "--replications", "2"];
    let (code, text, errors) = wormsim(folder.path(), &arguments);
    assert_eq!((code, &*errors), (0, ""));
    let found: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("out/comparison.json")).unwrap()).unwrap();
    let lines = fs::read_to_string(folder.path().join("out/results.jsonl")).unwrap();
    let runs: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (mut rows, mut stable) = (0, 0);
    for arm in found["arms"].as_array().unwrap() {
        let own: Vec<&Value> = runs.iter().filter(|run| run["arm"] == arm["name"]).map(|run| &run["summary"]).collect();
        let phases = arm["phases"].as_array().unwrap();
        rows += phases.len();
        stable += usize::from(!phases.is_empty());
        for (number, phase) in phases.iter().enumerate() {
            let of = |key: &str| own.iter().map(|run| run["phases"][number][key].as_f64().unwrap()).sum::<f64>() / 2.0;
            let latency = phase["latency_mean"]["mean"].as_f64().unwrap();
            assert!((latency - of("latency_mean")).abs() < 1e-9 && phase["dropped"] == of("dropped"), "{phase}");
        }
    }
    assert!(stable > 0 && text.contains("hot spot moves to 17"), "{text}");
    assert!(rows <= 20 || text.contains(&format!("{} more rows of phases in comparison.json", rows - 20)), "{text}");
}
