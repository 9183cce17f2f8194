//! A run directory is its run's own, from before the first tick until the run ends: whoever comes second, moves it
//! away, limits what the process may open, or ends it, destroys nothing and leaves nothing behind.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "how soon a process ends is what is tested")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use common::busy;
use rand::RngExt;
use serde_json::{Value, json};
use wormsim::random::stream;
use wormsim::store::manifest::{Manifest, Status};

/// Ticks that take some seconds.
const SECONDS: u32 = if cfg!(debug_assertions) { 12_000 } else { 300_000 };

/// A folder with a busy scenario, after a change.
fn with_scenario(change: impl Fn(&mut Value)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = busy();
    change(&mut scenario);
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("wormsim"));
    command.args(arguments).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The exit code, and what was said on standard error.
fn said(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8(output.stderr.clone()).unwrap())
}

fn wormsim(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    said(&command(folder, arguments).output().unwrap())
}

/// All files below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Names of all that is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

/// Checks that a run ended so and its files are those of its manifest, and returns its seed.
fn whole(run: &Path, ended: Status) -> u64 {
    let manifest = Manifest::read(run).unwrap();
    assert_eq!(manifest.status, ended);
    let mut found = files(run);
    found.retain(|path, _| !path.starts_with("checkpoints") && path != Path::new("manifest.json"));
    let hashes = found.iter().map(|(path, text)| (path.display().to_string(), blake3::hash(text).to_hex().to_string()));
    assert_eq!(hashes.collect::<BTreeMap<_, _>>(), manifest.outputs);
    manifest.seed
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Waits until something is so, at most for a minute.
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn of_two_runs_at_once_one_is_refused_at_once_and_the_other_is_whole() {
    let mut random = stream(13, "starts");
    for force in [&[][..], &["--force"]] {
        let folder = with_scenario(|scenario| scenario["ticks"] = json!(SECONDS));
        if !force.is_empty() {
            assert_eq!(
                wormsim(folder.path(), &["run", "busy.json", "--out", "run", "--ticks=1500", "--quiet"]).0,
                Some(0)
            );
        }
        for round in 0..10 {
            // One is short and runs to its end; the others are interrupted once they are alone.
            let interrupts = round > 0;
            let ticks = format!("--ticks={}", if interrupts { SECONDS } else { SECONDS / 2 });
            let start = |seed: &str| {
                let options =
                    [&["run", "busy.json", "--out", "run", "--quiet", "--seed", seed, &ticks], force].concat();
                command(folder.path(), &options).spawn().unwrap()
            };
            let mut first = start("1");
            std::thread::sleep(Duration::from_millis(random.random_range(0..=500)));
            let begun = Instant::now();
            let mut second = start("2");
            let won = loop {
                match [&mut first, &mut second].map(|child| child.try_wait().unwrap().is_some()) {
                    [false, false] => std::thread::sleep(Duration::from_millis(1)),
                    over => break usize::from(over[0]),
                }
            };
            let late = begun.elapsed();
            assert!(late < Duration::from_secs(1), "one is refused in its first second: {late:?}");
            if interrupts {
                signal([&first, &second][won], "-INT");
            }
            let said = [first, second].map(|child| said(&child.wait_with_output().unwrap()));
            let (code, text) = &said[1 - won];
            assert!(*code == Some(1) && text.contains("run is in use by another process, of pid"), "{round}: {said:?}");
            let (code, ended) = if interrupts { (130, Status::Partial) } else { (0, Status::Complete) };
            assert_eq!(said[won].0, Some(code), "{round}: {said:?}");
            assert_eq!(whole(&folder.path().join("run"), ended), won as u64 + 1, "{round}");
            assert_eq!(names(folder.path()), ["busy.json", "run"]);
            if force.is_empty() {
                fs::remove_dir_all(folder.path().join("run")).unwrap();
            }
        }
    }
}

#[test]
fn of_two_comparisons_at_once_one_is_refused_before_its_pilot_runs() {
    let folder = with_scenario(|scenario| {
        scenario["ticks"] = json!(SECONDS / 10);
        scenario.as_object_mut().unwrap().remove("warmup_ticks");
    });
    let options = ["compare", "busy.json", "--out", "out", "--replications", "2", "--quiet", "--no-report"];
    let first = command(folder.path(), &options).spawn().unwrap();
    wait_until("the directory is held", || folder.path().join("out/lock").exists());
    let begun = Instant::now();
    let (code, text) = wormsim(folder.path(), &options);
    assert!(code == Some(1) && text.contains("out is in use by another process"), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(said(&first.wait_with_output().unwrap()), (Some(0), String::new()));
}

#[test]
fn what_stands_where_a_run_was_moved_away_from_is_never_written_over() {
    for (snapshots, replaced) in [(Some(50), true), (Some(50), false), (None, true), (None, false)] {
        let folder = with_scenario(|scenario| scenario["persistence"] = json!({"snapshot_every_ticks": snapshots}));
        let [run, away, other] = ["run", "away", "other"].map(|name| folder.path().join(name));
        assert_eq!(wormsim(folder.path(), &["run", "busy.json", "--out", "other", "--quiet"]).0, Some(0));
        let before = files(&other);
        // Where nothing is written before the end, the end tells.
        let ticks = if snapshots.is_some() { SECONDS } else { SECONDS / 6 };
        let options = ["run", "busy.json", "--out", "run", "--quiet", &format!("--ticks={ticks}")];
        let child = command(folder.path(), &options).spawn().unwrap();
        let seen = if snapshots.is_some() { "manifest.json" } else { "lock" };
        wait_until("there is something to be moved away", || run.join(seen).exists());
        fs::rename(&run, &away).unwrap();
        if replaced {
            fs::rename(&other, &run).unwrap();
        }
        let (code, text) = said(&child.wait_with_output().unwrap());
        assert!(code == Some(1) && text.contains("run was moved away or removed while it was written"), "{text}");
        if replaced {
            assert!(files(&run) == before);
        } else {
            assert!(!run.exists());
        }
        assert!(!names(folder.path()).iter().any(|name| name.starts_with('.')), "{:?}", names(folder.path()));
        assert!(!files(&away).keys().any(|path| path.to_string_lossy().contains(".tmp")));
    }
}

/// Under a limit of the shell.
fn limited(folder: &Path, limit: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let script = format!("{limit} && exec \"$@\"");
    let mut command = Command::new("sh");
    let command = command.args(["-c", &script, "sh"]).arg(cargo_bin!("wormsim")).args(arguments).current_dir(folder);
    said(&command.output().unwrap())
}

/// Some five wormholes open in every tick.
fn churn() -> Value {
    json!({
        "version": 1, "name": "churn", "ticks": 12_000,
        "topology": {"generator": {"kind": "ring", "nodes": 40, "latency_ticks": 4}},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 2}], "nodes": {"service_per_tick": 4},
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "ports_per_node": 2},
        "physics": {
            "gravity": {"min_pull": 0, "review_every_ticks": 6, "max_openings": 100, "massive_nodes": 40},
            "wormhole": {"setup_ticks": 0, "opening_cost": 0, "initial_strength": 0.06},
            "decay": {"fade_per_tick": 0.1, "reopen_after_ticks": 0, "archive_after_ticks": 1,
                "gain_per_traversal": 0.0, "pay_review_ticks": 1000}
        },
        "record": {"every_ticks": 1000}
    })
}

#[test]
fn files_do_not_grow_in_number_with_the_wormholes_that_ever_were() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("churn.json"), churn().to_string()).unwrap();
    let mut counts = Vec::new();
    for ticks in ["3000", "6000"] {
        let options = ["run", "churn.json", "--out", ticks, "--quiet", "--ticks", ticks];
        assert_eq!(limited(folder.path(), "ulimit -n 32", &options), (Some(0), String::new()));
        let run = folder.path().join(ticks);
        let found = files(&run);
        let archived = &found[Path::new("wormholes/connections/archived/wormholes.jsonl")];
        let archived = archived.iter().filter(|&&byte| byte == b'\n').count();
        assert!(archived > 15_000 * counts.len().max(1), "{archived}");
        let logs = found.keys().filter(|path| path.starts_with("wormholes/analytics/optimization_logs")).count();
        assert!(found.len() - logs < 40 && logs < 6, "{} files", found.len());
        counts.push(found.len() - logs);
        whole(&run, Status::Complete);
    }
    assert_eq!(counts[0], counts[1]);
}

#[test]
fn too_few_open_files_are_told_and_nothing_is_left() {
    let folder = with_scenario(|_| ());
    let scenario = folder.path().join("busy.json");
    for limit in [5, 6, 7, 8, 10, 12, 16, 20, 24, 31, 32, 40, 64] {
        let place = tempfile::tempdir().unwrap();
        let options = ["run", scenario.to_str().unwrap(), "--out", "run", "--quiet"];
        let (code, text) = limited(place.path(), &format!("ulimit -n {limit}"), &options);
        if limit < 32 {
            assert_eq!(code, Some(1), "{limit}: {text}");
            let expected =
                format!("error: at most {limit} files may be open at a time; expected 32 or more (ulimit -n)\n");
            assert_eq!((text, names(place.path())), (expected, Vec::new()));
        } else {
            assert_eq!((code, text), (Some(0), String::new()), "{limit}");
            assert_eq!(names(place.path()), ["run"]);
        }
    }
}

#[test]
fn an_experiment_runs_as_many_at_a_time_as_files_may_be_open() {
    let folder = with_scenario(|scenario| scenario["ticks"] = json!(600));
    let arms: Vec<String> =
        (1..=8).map(|service| format!("--arm=s{service}:nodes.service_per_tick={service}")).collect();
    let mut options =
        vec!["compare", "busy.json", "--out", "out", "--threads=16", "--replications=2", "--quiet", "--no-report"];
    options.extend(arms.iter().map(String::as_str));
    let (code, text) = limited(folder.path(), "ulimit -n 32", &options);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text, "2 runs at a time instead of 16: at most 32 files may be open (ulimit -n)\n");
    assert!(names(&folder.path().join("out/arms")).iter().all(|name| !name.starts_with('.')));
}

/// Neither the building of a network nor a tick ends within a second.
#[test]
fn a_signal_is_obeyed_within_a_second_while_a_network_is_built_and_within_a_tick() {
    let building = json!({
        "version": 1, "name": "build", "ticks": 100,
        "topology": {"generator": {"kind": "barabasi_albert", "nodes": 40_000, "links_per_node": 2}},
        "router": {"kind": "q_routing", "memory_limit_mb": 1000},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 10}]
    });
    // The first tick finds the routes to nearly all nodes.
    let ticking = json!({
        "version": 1, "name": "tick", "ticks": 100,
        "topology": {"generator": {"kind": "grid", "rows": 140, "columns": 140}},
        "router": {"kind": "multipath", "memory_limit_mb": 30_000},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 20_000}], "nodes": {"service_per_tick": 10}
    });
    for (scenario, verb) in [(&building, "run"), (&ticking, "run"), (&building, "compare"), (&ticking, "compare")] {
        for name in ["-INT", "-TERM"] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("long.json"), scenario.to_string()).unwrap();
            let mut options = vec![verb, "long.json", "--out", "out"];
            if verb == "compare" {
                options.extend(["--warmup=10", "--replications=2"]);
            }
            let child = command(folder.path(), &options).spawn().unwrap();
            wait_until("it has begun", || folder.path().join("out").exists());
            std::thread::sleep(Duration::from_millis(700));
            signal(&child, name);
            let asked = Instant::now();
            let (code, text) = said(&child.wait_with_output().unwrap());
            let took = asked.elapsed();
            assert!(took < Duration::from_secs(1), "{verb} {name}: {took:?}");
            assert!(code == Some(130) && text.contains("interrupted"), "{verb} {name}: {code:?} {text}");
            let left = names(folder.path());
            let is_plain = |name: &String| name == "long.json" || verb == "compare" && name == "out";
            assert!(left.iter().all(is_plain), "{verb} {name}: {left:?}");
            assert!(!files(folder.path()).keys().any(|path| path.to_string_lossy().contains(".tmp")));
        }
    }
}

#[test]
fn verify_leaves_nothing_behind_when_it_is_killed() {
    let folder = with_scenario(|scenario| scenario["ticks"] = json!(SECONDS / 3));
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    assert_eq!(wormsim(folder.path(), &["run", "busy.json", "--out", "run", "--quiet"]).0, Some(0));
    let before = files(folder.path());
    let mut child = command(folder.path(), &["verify", "run"]).env("TMPDIR", &temporary).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None, "it was still at work");
    assert!(names(&temporary).is_empty() && files(folder.path()) == before);
}

#[test]
fn what_reads_a_run_says_when_its_files_are_not_what_was_written() {
    let folder = with_scenario(|_| ());
    let run = folder.path().join("run");
    assert_eq!(wormsim(folder.path(), &["run", "busy.json", "--out", "run", "--quiet"]).0, Some(0));
    fs::write(
        folder.path().join("again.json"),
        json!({"version": 1, "name": "again", "ticks": 10, "topology": {"run": "run"},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 1}], "router": {"kind": "shortest_path"},
            "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "ports_per_node": 3}})
        .to_string(),
    )
    .unwrap();
    let graph = "wormholes/topology/network_graph.json";
    let (report, advise) = (&["report", "run"][..], &["advise", "run", "--replications=2"][..]);
    let (analyze, validate) = (&["analyze", "run"][..], &["validate", "again.json"][..]);
    for (path, verbs) in [
        ("summary.json", &[report, advise][..]),
        ("metrics.csv", &[report]),
        ("wormholes/topology/journal.jsonl", &[report]),
        ("wormholes/connections/archived/wormholes.jsonl", &[report, validate]),
        ("wormholes/connections/active/wormholes-000.json", &[report, analyze, validate]),
        (graph, &[report, analyze, validate, &["route", "run", "0", "1"]]),
        ("wormholes/analytics/bottlenecks.json", &[report, advise]),
    ] {
        let place = run.join(path);
        let text = fs::read_to_string(&place).unwrap();
        // It can still be read: JSON ends with a space, elsewhere one digit is another one.
        let mut changed = format!("{text} ");
        if !path.ends_with(".json") {
            let digit = text.find(|letter: char| ('1'..='8').contains(&letter)).unwrap();
            let next = char::from(text.as_bytes()[digit] + 1).to_string();
            changed.clone_from(&text);
            changed.replace_range(digit..=digit, &next);
        }
        fs::write(&place, changed).unwrap();
        for verb in verbs {
            let (code, said) = wormsim(folder.path(), verb);
            let name = place.file_name().unwrap().to_str().unwrap();
            assert!(code.is_some_and(|code| code == 1 || code == 2), "{path} {verb:?}: {code:?} {said}");
            assert!(said.contains(name) && said.contains("manifest.json"), "{path} {verb:?}: {said}");
        }
        fs::write(&place, text).unwrap();
    }
    for gone in ["active/wormholes-000.json", "archived/wormholes.jsonl"] {
        let place = run.join("wormholes/connections").join(gone);
        let text = fs::read(&place).unwrap();
        fs::remove_file(&place).unwrap();
        let (code, said) = wormsim(folder.path(), validate);
        assert!(code == Some(2) && said.contains(gone), "{gone}: {said}");
        fs::write(&place, text).unwrap();
    }
    for verb in [report, analyze, validate] {
        assert_eq!(wormsim(folder.path(), verb), (Some(0), String::new()), "{verb:?}");
    }
}

#[test]
fn a_changed_digit_of_a_result_goes_into_no_mean() {
    let folder = with_scenario(|_| ());
    let options = ["compare", "busy.json", "--out", "out", "--replications=2", "--quiet", "--no-report"];
    assert_eq!(wormsim(folder.path(), &options).0, Some(0));
    let place = folder.path().join("out/results.jsonl");
    let text = fs::read_to_string(&place).unwrap();
    let digit = text.find("\"mean\":").unwrap() + "\"mean\":".len();
    let mut changed = text.clone();
    changed.replace_range(digit..=digit, if &text[digit..=digit] == "9" { "8" } else { "9" });
    fs::write(&place, changed).unwrap();
    let (code, said) = wormsim(folder.path(), &options);
    assert!(code == Some(1) && said.contains("results.jsonl:1: the line is not as it was written"), "{said}");
    fs::write(&place, text).unwrap();
    assert_eq!(wormsim(folder.path(), &options).0, Some(0));
}

#[test]
fn a_fifo_in_place_of_a_run_file_is_not_waited_for() {
    let folder = with_scenario(|scenario| scenario["persistence"] = json!({"checkpoint_every_ticks": 500}));
    let run = folder.path().join("run");
    for path in [
        "manifest.json",
        "scenario.json",
        "summary.json",
        "lock",
        "wormholes/topology/journal.jsonl",
        "wormholes/topology/network_graph.json",
        "checkpoints/0000001500.ckpt",
    ] {
        assert_eq!(wormsim(folder.path(), &["run", "busy.json", "--out", "run", "--quiet"]).0, Some(0));
        let place = run.join(path);
        let _ = fs::remove_file(&place);
        assert!(Command::new("mkfifo").arg(&place).status().unwrap().success());
        for verb in [
            &["resume", "run", "--ticks=1600"][..],
            &["verify", "run"],
            &["report", "run"],
            &["analyze", "run"],
            &["fork", "run", "--at=1000", "--out=fork"],
            &["run", "busy.json", "--out", "run", "--force"],
        ] {
            let options = [&["10", cargo_bin!("wormsim").to_str().unwrap()], verb].concat();
            let output = Command::new("timeout").args(&options).current_dir(folder.path()).output().unwrap();
            assert_ne!(output.status.code(), Some(124), "{path} {verb:?}");
            assert!(output.status.code().is_some_and(|code| code < 10), "{path} {verb:?}: {output:?}");
        }
        let _ = fs::remove_dir_all(&run);
        let _ = fs::remove_dir_all(folder.path().join("fork"));
    }
}
