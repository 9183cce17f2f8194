//! What it takes to add a router or an opening policy: its file and a line that names it. Then it is in schema, help,
//! validation, digests, checkpoints and reports.

mod most_asked;
mod turns;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wormsim::error::Error;
use wormsim::fabric::Fabric;
use wormsim::fabric::access::Access;
use wormsim::fabric::router::{Forward, Hop, Router, RouterParameters, Setting, router};
use wormsim::opening::policy::policy;
use wormsim::scenario::{self, Kinds, Loaded, ScenarioError, load_text, scenario_schema};
use wormsim::simulation::{Simulation, kinds};
use wormsim::store::manifest::Manifest;

/// The lists, each with a line more.
fn own() -> Kinds {
    kinds().with_router(router::<turns::Parameters>()).with_policy(policy::<most_asked::Parameters>())
}

fn scenario() -> Value {
    json!({
        "version": 1, "name": "own", "ticks": 900, "warmup_ticks": 100,
        "topology": {"generator": {"kind": "ring", "nodes": 12}},
        "nodes": {"max_hops": 200},
        "workloads": [
            {"kind": "uniform", "accesses_per_tick": 0.4, "hot_spot": {"path": ["0", "6"], "dwell_ticks": 90}}
        ],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "policy": {"kind": "most_asked", "lifetime_ticks": 120}, "ports_per_node": 2},
        "router": {"kind": "turns", "stride": 3},
        "persistence": {"checkpoint_every_ticks": 250}
    })
}

fn load(scenario: &Value) -> Result<Loaded, ScenarioError> {
    load_text(&scenario.to_string(), Path::new("own.json"), &[], &own())
}

#[test]
fn they_are_in_the_schema() {
    let schema = scenario_schema(&own()).to_value();
    let branch = |section: &str, kind: &str| {
        let branches = schema["$defs"][section]["oneOf"].as_array().unwrap().clone();
        branches.into_iter().find(|branch| branch["properties"]["kind"]["const"] == kind).unwrap()
    };
    let turns = branch("RawRouter", "turns");
    assert_eq!(turns["description"], "By turns, the youngest access first.");
    assert_eq!(
        (&turns["properties"]["stride"]["maximum"], &turns["properties"]["stride"]["default"]),
        (&json!(10), &json!(1))
    );
    assert_eq!(branch("WormholePolicy", "most_asked")["properties"]["every_ticks"]["default"], 50);
    assert!(boon_accepts(&schema, &scenario()) && !boon_accepts(&schema, &json!({"router": {"kind": "turn"}})));
}

fn boon_accepts(schema: &Value, scenario: &Value) -> bool {
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("schema.json", schema.clone()).unwrap();
    let compiled = compiler.compile("schema.json", &mut schemas).unwrap();
    schemas.validate(scenario, compiled).is_ok()
}

#[test]
fn they_are_validated_with_place_and_nearest_name() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut scenario = scenario();
        change(&mut scenario);
        load(&scenario).unwrap_err().to_string()
    };
    let error = refused(&|scenario| scenario["router"]["kind"] = json!("turn"));
    assert!(error.contains("router.kind") && error.contains("turns"), "{error}");
    let error = refused(&|scenario| scenario["router"]["stride"] = json!(11));
    assert!(error.contains("router.stride: 11 is not allowed; expected a whole number from 1 to 10"), "{error}");
    let error = refused(&|scenario| scenario["router"]["strid"] = json!(1));
    assert!(error.contains("strid") && error.contains("stride"), "{error}");
    let error = refused(&|scenario| scenario["wormholes"]["policy"]["every_ticks"] = json!(0));
    assert!(error.contains("wormholes.policy"), "{error}");
    // Without them in the lists, they are unknown.
    let error = load_text(&scenario().to_string(), Path::new("own.json"), &[], &kinds()).unwrap_err().to_string();
    assert!(error.contains("turns"), "{error}");
    let resolved = serde_json::to_value(load(&scenario()).unwrap().resolved).unwrap();
    let policy = json!({"kind": "most_asked", "every_ticks": 50, "lifetime_ticks": 120});
    assert_eq!((&resolved["router"], &resolved["wormholes"]["policy"]), (&scenario()["router"], &policy));
}

#[test]
fn their_state_is_in_digests_and_snapshots() {
    let run = |change: &dyn Fn(&mut Value)| {
        let mut scenario = scenario();
        change(&mut scenario);
        let mut simulation = Simulation::new(load(&scenario).unwrap().scenario.into()).unwrap();
        simulation.run_until(420, &mut ()).unwrap();
        simulation
    };
    let (mut whole, other) = (run(&|_| ()), run(&|scenario| scenario["router"]["stride"] = json!(1)));
    assert_eq!(run(&|_| ()).digest(), whole.digest());
    assert_ne!(other.digest().learning, whole.digest().learning);
    assert!(whole.wormholes().count() > 2 && whole.summary().accesses.delivered > 100);
    let bytes = postcard::to_stdvec(&whole.snapshot()).unwrap();
    let mut rest = Simulation::restore(whole.scenario().clone(), postcard::from_bytes(&bytes).unwrap()).unwrap();
    assert_eq!(rest.digest(), whole.digest());
    for simulation in [&mut whole, &mut rest] {
        simulation.run_until(900, &mut ()).unwrap();
    }
    assert_eq!(rest.digest(), whole.digest());
    assert_eq!(rest.summary(), whole.summary());
}

/// Runs the program with the lists, as one of its users would build it.
fn program(arguments: &[&str]) -> ExitCode {
    wormsim::cli::main_with(&own(), [&["wormsim"], arguments].concat().into_iter().map(OsString::from).collect())
}

#[test]
fn they_are_in_run_directories_checkpoints_and_reports() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("own.json"), scenario().to_string()).unwrap();
    let ok = |arguments: &[&str]| assert_eq!(program(arguments), ExitCode::SUCCESS, "{arguments:?}");
    ok(&["validate", &at("own.json")]);
    ok(&["run", &at("own.json"), "--out", &at("whole"), "--quiet"]);
    ok(&["verify", &at("whole"), "--quiet"]);
    ok(&["report", &at("whole")]);
    let read = |path: &str| fs::read_to_string(at(path)).unwrap();
    let tables: Value = serde_json::from_str(&read("whole/wormholes/topology/routing_tables.json")).unwrap();
    assert_eq!(tables["router"], "turns");
    let policies: Value = serde_json::from_str(&read("whole/wormholes/configuration/routing_policies.json")).unwrap();
    assert_eq!(policies["router"], json!({"kind": "turns", "stride": 3}));
    assert!(read("whole/wormholes/topology/journal.jsonl").contains("\"because\":\"most_asked\""));
    assert!(read("whole/wormholes/topology/journal.jsonl").contains("its time is over"));
    assert!(read("whole/wormholes/analytics/optimization_logs/log-000.jsonl").contains("by most_asked"));
    assert!(read("whole/report/report.html").contains("turns"));

    // From a checkpoint on, as after a crash.
    ok(&["run", &at("own.json"), "--out", &at("resumed"), "--quiet", "--ticks", "600"]);
    ok(&["resume", &at("resumed"), "--ticks", "900", "--quiet"]);
    let [whole, resumed] = ["whole", "resumed"].map(|name| Manifest::read(Path::new(&at(name))).unwrap());
    assert_eq!(
        (resumed.outputs["summary.json"].clone(), resumed.resumed_after_ticks),
        (whole.outputs["summary.json"].clone(), vec![500])
    );
    ok(&["fork", &at("whole"), "--at", "500", "--set", "router.stride=1", "--out", &at("fork"), "--quiet"]);
    ok(&[
        "compare",
        &at("own.json"),
        "--out",
        &at("compare"),
        "--quiet",
        "--replications",
        "2",
        "--arm",
        "other:router.kind=shortest_path",
    ]);
}

/// A router that asks another thread for every port: what decides may be outside, and take its time.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
struct Asks {}

impl scenario::Parameters for Asks {
    const KIND: &'static str = "asks";
}

impl RouterParameters for Asks {
    fn build(&self, _: &Setting) -> Result<Box<dyn Router>, Error> {
        let (question, questions) = mpsc::channel();
        let (answer, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for (at, target) in questions {
                let step = if (target + 12 - at) % 12 <= 6 { 1 } else { 11 };
                if answer.send((at + step) % 12).is_err() {
                    return;
                }
            }
        });
        Ok(Box::new(Outside { question, answers: answers.into() }))
    }
}

#[derive(Debug)]
struct Outside {
    question: mpsc::Sender<(u32, u32)>,
    answers: std::sync::Mutex<mpsc::Receiver<u32>>,
}

impl Router for Outside {
    fn serve(&mut self, fabric: &mut Fabric) {
        fabric.serve(self);
    }
}

impl Forward for Outside {
    fn pick(&mut self, hop: &Hop, access: &Access) -> Option<usize> {
        self.question.send((hop.x.0, access.target.0)).unwrap();
        let next = self.answers.get_mut().unwrap().recv().unwrap();
        hop.ports.iter().position(|port| port.to.0 == next)
    }
}

#[test]
fn a_router_may_wait_for_decisions_from_outside() {
    let mut scenario = scenario();
    scenario["router"] = json!({"kind": "asks"});
    scenario["wormholes"] = json!({"enabled": false});
    let kinds = kinds().with_router(router::<Asks>());
    let loaded = load_text(&scenario.to_string(), Path::new("asks.json"), &[], &kinds).unwrap();
    let mut simulation = Simulation::new(loaded.scenario.into()).unwrap();
    simulation.run_until(900, &mut ()).unwrap();
    let summary = simulation.summary();
    assert!(summary.accesses.delivered > 250 && summary.hops.mean.unwrap() < 3.6, "{summary:?}");
}
