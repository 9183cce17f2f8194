//! A fork has its parent's past, and the future that its own scenario gives.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;
use wormsim::store::manifest::Manifest;

use crate::common::busy;

/// A folder with a complete run of a busy scenario.
fn with_parent(change: impl Fn(&mut Value)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = busy();
    scenario["persistence"] =
        json!({"snapshot_every_ticks": 400, "checkpoint_every_ticks": 200, "checkpoints_kept": 3});
    change(&mut scenario);
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    assert_eq!(wormsim(&folder, &["run", "busy.json", "--out", "parent"]), (0, String::new()));
    folder
}

/// The exit code and what was said on standard error.
fn wormsim(folder: &TempDir, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(cargo_bin!("wormsim"));
    let output = command.args(arguments).arg("--quiet").current_dir(folder.path()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn fork(folder: &TempDir, at: &str, out: &str, sets: &[&str]) -> (i32, String) {
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    let arguments: Vec<&str> = ["fork", "parent", "--at", at, "--out", out].into_iter().chain(sets).collect();
    wormsim(folder, &arguments)
}

/// Lines of a file, with and without which it goes on.
fn lines(folder: &TempDir, path: &str) -> Vec<String> {
    fs::read_to_string(folder.path().join(path)).unwrap().lines().map(str::to_owned).collect()
}

fn outputs(run: &Path) -> std::collections::BTreeMap<String, String> {
    let mut outputs = Manifest::read(run).unwrap().outputs;
    outputs.retain(|path, _| !path.starts_with("past/"));
    outputs
}

#[test]
fn a_fork_that_changes_nothing_is_its_parent() {
    for router in ["q_routing", "multipath", "measured_delay", "shortest_path"] {
        let folder = with_parent(|scenario| scenario["router"] = json!({"kind": router}));
        // From the start, from a checkpoint, after one, after the last.
        for at in ["1", "1000", "1152", "1499"] {
            let out = format!("fork{at}");
            assert_eq!(fork(&folder, at, &out, &[]), (0, String::new()));
            assert_eq!(outputs(&folder.path().join("parent")), outputs(&folder.path().join(&out)), "{router}, {at}");
            let parent = Manifest::read(&folder.path().join(&out)).unwrap().parent.unwrap();
            assert_eq!((&*parent.directory, parent.after_ticks.to_string()), ("parent", at.to_owned()));
            // Of the ticks that are forked at, only this one has a row in the parent's files.
            let row = format!("1151,{},", parent.digest.unwrap());
            assert_eq!(at == "1152", lines(&folder, "parent/digests.csv").iter().any(|line| line.starts_with(&row)));
        }
    }
}

#[test]
fn a_fork_shares_the_past_and_changes_the_future() {
    let folder = with_parent(|_| ());
    let changes = [
        vec!["router.kind=shortest_path"],
        vec!["router.kind=measured_delay"],
        vec!["router.learning_rate=0.1"],
        vec!["workloads.0.accesses_per_tick=9"],
        vec![r#"events=[{"tick":300,"fail_node":"17"},{"tick":500,"restore_node":"17"},{"tick":900,"fail_node":"5"}]"#],
        vec!["wormholes.carrier.transit_ratio=0.9"],
        vec!["physics.decay.fade_per_tick=0.2"],
        vec!["nodes.service_per_tick=2"],
        vec!["wormholes.policy=fixed"],
    ];
    let journal = "wormholes/topology/journal.jsonl";
    let before = |line: &String| serde_json::from_str::<Value>(line).unwrap()["tick"].as_u64().unwrap() < 850;
    let past: Vec<String> = lines(&folder, &format!("parent/{journal}")).into_iter().filter(before).collect();
    for (index, sets) in changes.iter().enumerate() {
        let out = format!("fork{index}");
        let (code, text) = fork(&folder, "850", &out, sets);
        assert!(code == 0 || code == 4, "{sets:?}: {text}");
        let frames = |run: &str| lines(&folder, &format!("{run}/metrics.csv"));
        let (parent, own) = (frames("parent"), frames(&out));
        // A head and a frame every 50 ticks.
        assert_eq!(parent[..=17], own[..=17], "{sets:?}");
        assert_ne!(parent[18..], own[18..], "{sets:?}");
        assert!(lines(&folder, &format!("{out}/{journal}")).starts_with(&past));
        // The same future however much of the past is simulated again.
        fs::rename(folder.path().join("parent/checkpoints"), folder.path().join("aside")).unwrap();
        assert_eq!(fork(&folder, "850", "again", sets), (code, text));
        fs::rename(folder.path().join("aside"), folder.path().join("parent/checkpoints")).unwrap();
        let [first, second] = [&out, "again"].map(|run| Manifest::read(&folder.path().join(run)).unwrap());
        assert_eq!(first.outputs, second.outputs);
        assert_eq!(first.parent, second.parent);
        fs::remove_dir_all(folder.path().join("again")).unwrap();
        let (code, text) = wormsim(&folder, &["verify", &out]);
        assert_eq!(code, 0, "{text}");
    }
    // A fork of a fork, which is resumed and verified like any other run.
    let arguments = ["fork", "fork0", "--at", "1100", "--ticks", "1600", "--out", "second"];
    assert_eq!(wormsim(&folder, &[&arguments[..], &["--set", "router.kind=q_routing"]].concat()).0, 0);
    assert_eq!(lines(&folder, "second/metrics.csv")[..=22], lines(&folder, "fork0/metrics.csv")[..=22]);
    assert_eq!(wormsim(&folder, &["verify", "second"]).0, 0);
    for ticks in ["1700", "1950"] {
        let (code, text) = wormsim(&folder, &["resume", "second", "--ticks", ticks]);
        assert!(code == 0 || code == 4, "{text}");
        assert_eq!(wormsim(&folder, &["verify", "second"]).0, 0);
        // The next time both scenarios begin again.
        fs::remove_dir_all(folder.path().join("second/checkpoints")).unwrap();
    }
    assert_eq!(Manifest::read(&folder.path().join("second")).unwrap().parent.unwrap().directory, "fork0");
}

#[test]
fn what_the_past_depends_on_is_not_changed() {
    let folder = with_parent(|_| ());
    let allowed =
        "a fork may change workloads, events, intent, name, nodes, persistence, physics, router, ticks, wormholes";
    let cases = [
        ("seed=6", format!("--set seed=6: seed: 6 is not allowed; expected 5, as in the parent; {allowed}")),
        ("warmup_ticks=7", "expected 100, as in the parent".to_owned()),
        (
            "topology.generator.radius=0.5",
            "topology.generator.radius: 0.5 is not allowed; expected 0.4, as in".to_owned(),
        ),
        (
            "wormholes.ports_per_node=4",
            "wormholes.ports_per_node: 4 is not allowed; expected 3, as in the parent".to_owned(),
        ),
        ("wormholes.enabled=false", "wormholes.enabled: false is not allowed".to_owned()),
        ("physics.entropy.shards=3", "physics.entropy.shards: 3 is not allowed; expected 16, as in".to_owned()),
        ("workloads.1.items=50", "workloads[1].items: 50 is not allowed; expected 100, as in the parent".to_owned()),
        (
            "workloads=[{\"kind\":\"uniform\",\"accesses_per_tick\":1}]",
            "expected 3 workloads, as in the parent".to_owned(),
        ),
        ("events=[]", "events: an array of 0 is not allowed; expected the parent's events before tick 600".to_owned()),
        ("ticks=600", "ticks: 600 is not allowed".to_owned()),
        ("router.knid=q", "router.knid: unknown field".to_owned()),
    ];
    for (set, expected) in cases {
        let (code, text) = fork(&folder, "600", "out", &[set]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(&expected), "{text}");
        assert!(!folder.path().join("out").exists());
    }
    for (at, expected) in
        [("0", "expected 1 to 1500, ticks of parent"), ("1501", "expected 1 to 1500, ticks of parent")]
    {
        let (code, text) = fork(&folder, at, "out", &[]);
        assert!(code == 2 && text.contains(expected), "{text}");
    }
    let (code, text) = fork(&folder, "1500", "out", &["router.kind=multipath"]);
    assert!(code == 2 && text.contains("ticks: 1500 is not allowed; expected more than the 1500 ticks"), "{text}");
    let (code, text) = wormsim(&folder, &["fork", "parent", "--at", "3", "--out", "./parent", "--force"]);
    assert!(code == 2 && text.contains("expected another directory"), "{text}");
    assert_eq!(wormsim(&folder, &["fork", "nowhere", "--at", "3", "--out", "out"]).0, 2);
}

/// Failures are drawn, and are the parent's up to the fork and after it.
#[test]
fn a_fork_has_the_failures_of_its_parent_and_may_have_others_from_then_on() {
    let links = r#"{"kind":"links","mean_up_ticks":300,"mean_down_ticks":40}"#;
    let folder = with_parent(|scenario| scenario["failures"] = json!([serde_json::from_str::<Value>(links).unwrap()]));
    assert_eq!(fork(&folder, "850", "same", &[]), (0, String::new()));
    assert_eq!(outputs(&folder.path().join("parent")), outputs(&folder.path().join("same")));
    let more = |from: u32, until: u32| {
        let node = json!({"kind": "nodes", "nodes": ["9"], "mean_up_ticks": 60, "mean_down_ticks": 30,
            "from_tick": from, "until_tick": until});
        format!("failures=[{links},{node}]")
    };
    for refused in ["failures=[]", &more(849, 1200), "failures.0.mean_up_ticks=301", "failures.0.until_tick=1200"] {
        let (code, text) = fork(&folder, "850", "out", &[refused]);
        let expected = "expected the parent's processes that begin before tick 850, and any others from then on";
        assert!(code == 2 && text.contains(expected), "{refused}: {text}");
    }
    assert_eq!(fork(&folder, "850", "more", &[&more(850, 1200)]), (0, String::new()));
    assert_eq!(wormsim(&folder, &["verify", "more"]).0, 0);
    let journal = "wormholes/topology/journal.jsonl";
    let failures = |run: &str, what: &str| {
        let lines = lines(&folder, &format!("{run}/{journal}"));
        lines.into_iter().filter(|line| line.contains(what)).collect::<Vec<_>>()
    };
    assert_eq!(failures("parent", "link_"), failures("more", "link_"));
    assert!(failures("parent", "link_").len() > 100);
    assert!(failures("more", "node_").len() > failures("parent", "node_").len() + 2);
}

/// The lines of a trace before the tick of the fork would all come at once.
#[test]
fn a_trace_keeps_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..1400).map(|tick| format!("{tick},{},{}\n", tick % 7, 7 + tick % 11)).collect();
    fs::write(folder.path().join("trace.csv"), format!("tick,origin,target\n{lines}")).unwrap();
    let mut scenario = busy();
    scenario["workloads"] = json!([{"kind": "trace", "path": "trace.csv", "from_tick": 100}]);
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    assert_eq!(wormsim(&folder, &["run", "busy.json", "--out", "parent"]), (0, String::new()));
    let (code, text) = fork(&folder, "600", "out", &["workloads.0.from_tick=50"]);
    assert_eq!(code, 2);
    assert!(text.contains("workloads[0].from_tick: 50 is not allowed; expected 100, as in the parent"), "{text}");
    assert_eq!(fork(&folder, "600", "out", &["workloads.0.until_tick=700"]).0, 0);
}
