//! The topology of any tick, rebuilt from the journal, is the one that the run had.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use wormsim::error::Error;
use wormsim::fabric::port::{Port, UNLIMITED};
use wormsim::fabric::{Fabric, WormholeId};
use wormsim::scenario::{self, Phase, Scenario};
use wormsim::simulation::{Simulation, load};
use wormsim::store::journal::{LinkState, NetworkState, WormholeState, read, replay};
use wormsim::store::{RunWriter, json, manifest::Status};
use wormsim::world::components::Wormhole;
use wormsim::world::journal::{Change, DormancyReason, Record};

/// A hot spot that moves faster than wormholes last, and failures of everything that can fail.
const RESTLESS: &str = r#"{
  "version": 1, "name": "restless", "seed": 5, "ticks": 3000,
  "topology": {"file": "TOPOLOGY"},
  "workloads": [{"kind": "uniform", "accesses_per_tick": 5.0,
    "hot_spot": {"path": ["WA", "GA", "NY", "TX"], "dwell_ticks": 150, "share": 0.8}}],
  "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
      "ports_per_node": 2, "initial": [["WA", "GA"]]},
  "physics": {
    "gravity": {"mass_memory_ticks": 60, "review_every_ticks": 20, "min_pull": 0.02},
    "decay": {"fade_per_tick": 0.02, "gain_per_traversal": 0.03, "dormant_below": 0.1, "pay_review_ticks": 60,
      "archive_after_ticks": 200, "reopen_after_ticks": 40},
    "wormhole": {"setup_ticks": 5, "upkeep_per_tick": 1.0}
  },
  "router": {"kind": "q_routing"},
  "events": [
    {"tick": 0, "fail_link": ["UT", "MI"]},
    {"tick": 400, "restore_link": ["UT", "MI"]},
    {"tick": 500, "fail_node": "GA"},
    {"tick": 520, "fail_link": ["GA", "PA"]},
    {"tick": 700, "restore_node": "GA"},
    {"tick": 900, "restore_link": ["GA", "PA"]},
    {"tick": 1000, "set_capacity": {"link": ["WA", "IL"], "capacity_per_tick": 3}},
    {"tick": 1000, "fail_node": "NY"},
    {"tick": 1200, "set_capacity": {"link": ["IL", "WA"], "capacity_per_tick": 5, "one_way": true}},
    {"tick": 1300, "set_capacity": {"link": ["IL", "WA"], "capacity_per_tick": null, "back": {"capacity_per_tick": 9}}},
    {"tick": 1400, "set_capacity": {"link": ["WA", "IL"], "capacity_per_tick": null}},
    {"tick": 1500, "fail_node": "WA"},
    {"tick": 2000, "restore_node": "NY"}
  ],
  "failures": [
    {"kind": "links", "mean_up_ticks": 800, "mean_down_ticks": 100},
    {"kind": "group", "links": [["GA", "PA"]], "nodes": ["NY"], "mean_up_ticks": 300, "mean_down_ticks": 300}
  ]
}"#;

fn restless(folder: &Path) -> scenario::Loaded {
    let topology = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/topologies/nsfnet.json");
    let file = folder.join("restless.json");
    fs::write(&file, RESTLESS.replace("TOPOLOGY", topology)).unwrap();
    load(&file, &[]).unwrap()
}

/// The state of the live world, taken from where its systems keep it.
/// `known` holds every wormhole as it was when it was seen last: those that are gone by now are archived.
fn live(simulation: &Simulation, known: &BTreeMap<WormholeId, WormholeState>) -> NetworkState {
    let world = simulation.world();
    let fabric = world.resource::<Fabric>();
    let link = |ports: &[u32; 2]| {
        let [from, to] = ports.map(|port| &fabric.ports[port as usize]);
        assert_eq!(from.is_open(), to.is_open());
        let capacity = |port: &Port| Some(port.capacity).filter(|&capacity| capacity != UNLIMITED);
        LinkState { up: from.is_open(), capacities_per_tick: [capacity(from), capacity(to)] }
    };
    let gone = known.iter().map(|(&id, state)| (id, WormholeState { phase: Phase::Archived, ..*state }));
    NetworkState {
        nodes_up: fabric.queues.iter().map(|lane| lane.up).collect(),
        links: fabric.link_ports.iter().map(link).collect(),
        wormholes: gone.chain(present(simulation)).collect(),
    }
}

/// Wormholes that are held.
fn present(simulation: &Simulation) -> impl Iterator<Item = (WormholeId, WormholeState)> {
    let wormhole =
        |w: &Wormhole| (w.id, WormholeState { ends: w.ends, phase: w.phase, kind: w.kind, transit_ticks: w.transit });
    simulation.wormholes().map(move |(w, ..)| wormhole(w))
}

/// A name for each kind of change with a meaning of its own.
fn name(record: &Record) -> &'static str {
    match &record.change {
        Change::Opened { reopened: false, .. } => "opened",
        Change::Opened { reopened: true, .. } => "reopened",
        Change::Recovered { .. } => "recovered",
        Change::KindChanged { from, to, .. } if from < to => "promoted",
        Change::KindChanged { .. } => "demoted",
        Change::Dormant { reason: DormancyReason::Faded { .. }, .. } => "faded",
        Change::Dormant { reason: DormancyReason::DoesNotPay { .. }, .. } => "does not pay",
        Change::Dormant { reason: DormancyReason::EndFailed { .. }, .. } => "end failed",
        Change::Dormant { reason: DormancyReason::PathFailed, .. } => "path failed",
        Change::Dormant { reason: DormancyReason::PathNarrow, .. } => "path narrow",
        Change::Dormant { reason: DormancyReason::Policy { .. }, .. } => "closed by the policy",
        Change::Archived { .. } => "archived",
        Change::LinkFailed { .. } => "link failed",
        Change::LinkRestored { .. } => "link restored",
        Change::NodeFailed { .. } => "node failed",
        Change::NodeRestored { .. } => "node restored",
        Change::CapacitySet { .. } => "capacity set",
    }
}

const CHANGES: [&str; 13] = [
    "archived",
    "capacity set",
    "demoted",
    "does not pay",
    "end failed",
    "faded",
    "link failed",
    "link restored",
    "node failed",
    "node restored",
    "opened",
    "promoted",
    "reopened",
];

#[test]
fn the_journal_rebuilds_the_topology_of_any_tick() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = restless(folder.path());
    let target = folder.path().join("run");
    let mut writer = RunWriter::create(&target, false, loaded.clone().into(), Vec::new()).unwrap();
    let mut simulation = writer.start().unwrap();
    let (mut records, mut states, mut known) = (Vec::new(), Vec::new(), BTreeMap::new());
    for tick in 0..loaded.scenario.ticks {
        let new = writer.tick(&mut simulation).unwrap();
        let busy = !new.is_empty();
        records.extend(new);
        if busy || tick % 50 == 0 {
            states.push((tick, live(&simulation, &known)));
        }
        known.extend(present(&simulation));
        if tick % 1000 == 999 {
            writer.write(&simulation, &simulation.summary(), Status::Running, &[]).unwrap();
        }
    }
    let seen: BTreeSet<&str> = records.iter().map(name).collect();
    assert_eq!(seen, BTreeSet::from(CHANGES), "the run has all kinds of changes");

    let written = read(&target.join("wormholes/topology/journal.jsonl")).unwrap();
    assert_eq!(written, records);
    assert!(states.len() > 100);
    for (tick, state) in &states {
        assert_eq!(replay(&loaded.scenario.topology, &written, *tick).unwrap(), *state, "tick {tick}");
    }
    check_decisions(&target, &records);
}

/// The optimisation log has a line for every change of a wormhole, and says why.
fn check_decisions(run: &Path, records: &[Record]) {
    use wormsim::store::wormholes::optimization::{Action, Decision};
    let text = fs::read_to_string(run.join("wormholes/analytics/optimization_logs/log-000.jsonl")).unwrap();
    let decisions: Vec<Decision> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let changes = records.iter().filter_map(|record| {
        let action = match name(record) {
            "opened" => Action::Open,
            "reopened" => Action::Reopen,
            "promoted" => Action::Promote,
            "demoted" => Action::Demote,
            "faded" | "does not pay" | "end failed" => Action::Retire,
            "archived" => Action::Archive,
            _ => return None,
        };
        Some((record.tick, action))
    });
    assert_eq!(decisions.iter().map(|d| (d.tick, d.action)).collect::<Vec<_>>(), changes.collect::<Vec<_>>());
    assert!(decisions.iter().all(|decision| !decision.reason.is_empty() && decision.ends[0] != decision.ends[1]));
    for decision in &decisions {
        let number = |name: &str| decision.numbers[name];
        match decision.action {
            Action::Promote => assert!(number("strength") >= number("threshold")),
            Action::Demote => assert!(number("strength") < number("threshold")),
            Action::Archive => assert!(number("dormant_ticks") >= number("archive_after_ticks")),
            Action::Retire if decision.numbers.contains_key("saved_ticks") => {
                assert!(number("saved_ticks") < number("upkeep_ticks"));
            }
            _ => {}
        }
    }
}

#[test]
fn a_torn_last_line_is_ignored_and_a_bad_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let lines =
        ["{\"change\":\"link_failed\",\"link\":3,\"tick\":4}", "{\"change\":\"node_failed\",\"node\":1,\"tick\":9}"];
    let whole: String = lines.iter().map(|line| format!("{line}\n")).collect();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let complete = whole[..length].matches('\n').count();
        let records = read(&path).unwrap();
        assert_eq!(records.len(), complete);
        let again: String = records.iter().map(json::to_line).collect();
        assert_eq!(again, whole[..again.len()], "a load followed by a save gives the same bytes");
    }
    fs::write(&path, "{\"change\":\"link_failed\",\"link\":3,\"tick\":4}\n{\"tick\":5}\n").unwrap();
    let error = read(&path).unwrap_err();
    assert!(matches!(error, Error::FormatLine { line: 2, .. }), "{error}");
}

#[test]
fn the_journal_of_another_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let scenario: Scenario = restless(folder.path()).scenario;
    for (change, message) in [
        ("{\"change\":\"link_failed\",\"link\":99,\"tick\":4}", "journal, tick 4: there is no link 99 then"),
        ("{\"change\":\"node_restored\",\"node\":14,\"tick\":4}", "journal, tick 4: there is no node 14 then"),
        (
            "{\"capacity_per_tick\":3,\"change\":\"capacity_set\",\"from\":13,\"link\":0,\"tick\":4}",
            "journal, tick 4: there is no node 13 then",
        ),
        ("{\"change\":\"archived\",\"dormant_ticks\":1,\"tick\":4,\"wormhole\":0}", "there is no wormhole 0 then"),
    ] {
        let records: [Record; 1] = [serde_json::from_str(change).unwrap()];
        assert!(replay(&scenario.topology, &records, 3).is_ok());
        let error = replay(&scenario.topology, &records, 4).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
