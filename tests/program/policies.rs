//! Opening policies on the command line: schedules from files, and parameters and prices that are none.

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

/// What is said of a run that is refused, of which nothing is written.
fn refused(folder: &Path, set: &[&str]) -> String {
    let before = fs::read_dir(folder).unwrap().count();
    let set: Vec<String> = set.iter().map(|set| format!("--set={set}")).collect();
    let arguments = [&["run", "busy.json", "--out", "out"][..], &set.iter().map(|set| &**set).collect::<Vec<_>>()];
    let (code, _, text) = wormsim(folder, &arguments.concat());
    assert_eq!((code, fs::read_dir(folder).unwrap().count()), (2, before), "{text}");
    text
}

#[test]
fn a_schedule_of_the_bound_is_replayed_from_its_file() {
    // The ledger knows no failures.
    let folder = with_scenario();
    let whole = "--set=events=[]";
    let bound = ["bound", "busy.json", "--json", "--schedule", "best.json", whole];
    let (code, text, errors) = wormsim(folder.path(), &bound);
    assert_eq!((code, &*errors), (0, ""));
    let upper = serde_json::from_str::<Value>(&text).unwrap()["upper"].as_f64().unwrap();
    let arms = [
        "--arm=file:wormholes.policy={\"kind\":\"replay\",\"file\":\"best.json\"}",
        "--arm=foreseen:wormholes.policy.kind=replay",
        "--replications=2",
    ];
    let compare =
        ["compare", "busy.json", "--json", "--no-report", "--no-break-even", "--no-bound", "--out", "out", whole];
    let (code, text, errors) = wormsim(folder.path(), &[&compare[..], &arms].concat());
    assert_eq!((code, &*errors), (0, ""));
    let found: Value = serde_json::from_str(&text).unwrap();
    let runs = fs::read_to_string(folder.path().join("out/results.jsonl")).unwrap();
    let of_first = |arm: &str| {
        let runs = runs.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut of_arm = runs.filter(|run| run["arm"] == arm && run["replication"] == 0);
        of_arm.next().unwrap()["direct_use"]["cost"].as_f64().unwrap()
    };
    // The schedule is that of the first replication's accesses.
    assert!((of_first("file") - upper).abs() < 1e-6 && (of_first("foreseen") - upper).abs() < 1e-6, "{found}");
    // What is there is not written over, and a run keeps the schedule in its scenario.
    let (code, _, text) = wormsim(folder.path(), &["bound", "busy.json", "--schedule", "best.json"]);
    assert!(code == 2 && text.contains("best.json is not allowed; expected a file that is not there yet"), "{text}");
    fs::remove_file(folder.path().join("best.json")).unwrap();
    assert_eq!(wormsim(folder.path(), &["verify", "out/arms/file"]).0, 0);
}

#[test]
fn schedules_that_break_a_rule_are_refused() {
    let folder = with_scenario();
    let replay = |steps: Value| format!("wormholes.policy={}", json!({"kind": "replay", "schedule": steps}));
    let says = |steps: Value, expected: &str| {
        let text = refused(folder.path(), &[&replay(steps), "wormholes.ports_per_node=1"]);
        assert!(text.contains(expected), "{text}");
    };
    let open = |tick: u32, a: &str, b: &str| json!({"tick": tick, "open": [a, b]});
    says(
        json!([open(3, "0", "9"), open(5, "9", "12")]),
        "wormholes.policy.schedule[1]: 9 to 12 in tick 5 is not allowed; expected at most ports_per_node (1) open",
    );
    says(json!([open(3, "0", "9"), open(4, "9", "0")]), "expected a pair that is not open");
    says(
        json!([{"tick": 3, "close": ["0", "9"]}]),
        "schedule[0]: 0 to 9 in tick 3 is not allowed; expected a pair that is open",
    );
    says(json!([open(5, "0", "9"), open(3, "1", "8")]), "schedule[1]: tick 3 is not allowed; expected ticks in order");
    says(json!([open(5, "0", "nowhere")]), "expected two nodes of the topology");
    says(json!([open(5, "0", "0")]), "expected two different nodes");
    says(json!([open(1_000_000, "0", "9")]), "less than ticks");
    says(json!([{"tick": 5}]), "expected one of open and close");
    // In files, too.
    fs::write(folder.path().join("bad.json"), "[{\"tick\": 5, \"opne\": [\"0\", \"9\"]}]").unwrap();
    let file = |more: &str| format!("wormholes.policy={{\"kind\": \"replay\", \"file\": \"bad.json\"{more}}}");
    assert!(refused(folder.path(), &[&file("")]).contains("unknown field `opne`"));
    fs::write(folder.path().join("bad.json"), "[{\"tick\": 5,").unwrap();
    assert!(refused(folder.path(), &[&file("")]).contains("bad.json:1:"));
    assert!(refused(folder.path(), &[&file(", \"schedule\": []")]).contains("file"));
    fs::remove_file(folder.path().join("bad.json")).unwrap();
    assert!(refused(folder.path(), &[&file("")]).contains("bad.json"));
}

#[test]
fn prices_that_rules_cannot_weigh_are_refused() {
    let folder = with_scenario();
    for kind in ["account", "bma", "hedge"] {
        let text =
            refused(folder.path(), &[&format!("wormholes.policy.kind={kind}"), "physics.wormhole.opening_cost=0"]);
        assert!(text.contains("opening_cost 0") && text.contains("above 0"), "{text}");
    }
    for price in ["physics.wormhole.opening_cost", "physics.wormhole.upkeep_per_tick"] {
        let text = refused(folder.path(), &[&format!("{price}=inf")]);
        assert!(text.contains(price) && text.contains("inf"), "{text}");
    }
    let free =
        ["run", "busy.json", "--quiet", "--set=physics.wormhole.opening_cost=0", "--set=wormholes.policy.kind=static"];
    assert_eq!(wormsim(folder.path(), &free).0, 0);
}

#[test]
fn parameters_that_do_not_fit_are_refused() {
    let folder = with_scenario();
    let says = |policy: Value, expected: &str| {
        let text = refused(folder.path(), &[&format!("wormholes.policy={policy}")]);
        assert!(text.contains(expected), "{text}");
    };
    says(json!({"kind": "static", "from": "rates"}), "expected rates with from \"rates\"");
    says(json!({"kind": "static", "from": "rates", "rates": {"0": {"mars": 1}}}), "between nodes of the topology");
    says(json!({"kind": "static", "from": "rates", "rates": {"0": {"1": -1}}}), "expected a number from 0");
    says(json!({"kind": "static", "from": "future"}), "workload");
    says(json!({"kind": "hedge", "rules": ["bma", "bma"]}), "expected each rule once");
    says(json!({"kind": "hedge", "rules": []}), "rules");
    says(json!({"kind": "harmonic", "exponent": -1}), "exponent");
    says(json!({"kind": "harmonci"}), "harmonic");
    let text = refused(folder.path(), &["physics.gravity.prior_accesses=infinite"]);
    assert!(text.contains("prior_accesses"), "{text}");
    let infinite = ["run", "busy.json", "--quiet", "--set=physics.gravity.prior_accesses=inf", "--out", "inf"];
    assert_eq!(wormsim(folder.path(), &infinite).0, 0);
    let resolved = fs::read_to_string(folder.path().join("inf/scenario.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&resolved).unwrap()["physics"]["gravity"]["prior_accesses"], "inf");
}

/// Policies that open before the first tick do so at a fork, too; and those that look at the length of a run begin again
/// when it gets longer.
#[test]
fn policies_stand_forks_and_longer_runs() {
    let folder = with_scenario();
    let succeeds = |arguments: &[&str]| {
        let (code, _, text) = wormsim(folder.path(), arguments);
        assert_eq!(code, 0, "{arguments:?}: {text}");
        text
    };
    succeeds(&[
        "run",
        "busy.json",
        "--quiet",
        "--ticks=700",
        "--out=parent",
        "--set=persistence.checkpoint_every_ticks=100",
    ]);
    for kind in ["random", "harmonic", "rotor", "static", "replay", "hedge", "account"] {
        let (policy, out) = (format!("--set=wormholes.policy={kind}"), format!("--out=fork-{kind}"));
        succeeds(&["fork", "parent", "--at=600", &policy, &out, "--quiet"]);
        succeeds(&["verify", &format!("fork-{kind}")]);
        let opened =
            fs::read_to_string(folder.path().join(format!("fork-{kind}/wormholes/topology/journal.jsonl"))).unwrap();
        let begins = opened.contains(&format!("\"because\":\"{kind}\",\"at_start\":true"))
            || opened.contains(&format!("\"at_start\":true,\"because\":\"{kind}\""));
        assert!(begins || !["random", "harmonic", "rotor"].contains(&kind), "{kind} opens nothing at the fork");
    }
    for (kind, again) in [("static", true), ("replay", true), ("hedge", true), ("window", false), ("bma", false)] {
        let (policy, out) = (format!("--set=wormholes.policy={kind}"), format!("--out=long-{kind}"));
        let every = "--set=persistence.checkpoint_every_ticks=100";
        succeeds(&["run", "busy.json", "--quiet", "--ticks=600", "--set=warmup_ticks=100", &policy, &out, every]);
        let said = succeeds(&["resume", &format!("long-{kind}"), "--ticks=900", "--quiet"]);
        assert_eq!(said.contains("looks at how long the run will be; the run begins again"), again, "{kind}: {said}");
        succeeds(&["verify", &format!("long-{kind}")]);
    }
}
