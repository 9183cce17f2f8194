//! A scenario that starts from the `wormholes/` tree of an earlier run has its network, to the bit.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use proptest::prelude::*;
use serde_json::{Value, json};
use wormsim::scenario::Loaded;
use wormsim::scenario::Phase;
use wormsim::simulation::Simulation;
use wormsim::simulation::load;
use wormsim::store::json::to_text;
use wormsim::store::wormholes::connections::{self, Connections, WormholeRow};
use wormsim::store::wormholes::topology::{LinkRow, NetworkGraph};
use wormsim::world::components::{Ledger, Wormhole};
use wormsim::world::wormholes::Wormholes;

use crate::common::{All, busy, start, written};

/// A run after some ticks, and what happened in them.
struct After {
    simulation: Simulation,
    all: All,
}

impl Deref for After {
    type Target = Simulation;

    fn deref(&self) -> &Simulation {
        &self.simulation
    }
}

fn run_for(loaded: Loaded, ticks: u32) -> After {
    let (mut simulation, mut all) = (start(loaded), All::default());
    simulation.run_until(ticks, &mut all).unwrap();
    After { simulation, all }
}

/// The files that a network is recovered from.
fn write_tree(after: &After, tree: &Path) {
    let After { simulation, all } = after;
    let put = |path: &str, text: String| {
        let place = tree.join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    };
    put("topology/network_graph.json", to_text(&NetworkGraph::of(simulation)));
    connections::files(simulation).iter().for_each(|(path, file)| put(path, to_text(file)));
    let line = |gone| connections::archived_line(&simulation.scenario().topology, gone);
    put("connections/archived/wormholes.jsonl", all.archived.iter().map(line).collect());
}

/// `scenario` on the network in `folder/old`.
fn on_old_network(scenario: &Value, folder: &Path) -> Result<Loaded, String> {
    let mut scenario = scenario.clone();
    scenario["topology"] = json!({"run": "old"});
    scenario["events"] = json!([]);
    scenario["failures"] = json!([]);
    scenario["wormholes"].as_object_mut().unwrap().remove("initial");
    // Some would open more before the first tick.
    scenario["wormholes"]["policy"] = json!("gravity");
    let path = folder.join("new.json");
    fs::write(&path, scenario.to_string()).unwrap();
    load(&path, &[]).map_err(|error| error.to_string())
}

/// What comes back of nodes and links, failures apart.
fn network(simulation: &Simulation) -> NetworkGraph {
    let mut graph = NetworkGraph::of(simulation);
    graph.tick = 0;
    graph.links.iter_mut().for_each(|link| (link.up, link.failed) = (true, false));
    for node in &mut graph.nodes {
        (node.away, node.entropy, node.mass, node.queued, node.up) = (false, 0.0, 0.0, 0, true);
    }
    graph
}

/// What comes back of wormholes: all but history, ports, and ticks of the old clock.
fn wormholes(simulation: &Simulation) -> Vec<WormholeRow> {
    let files = connections::files(simulation);
    let live = files.into_values().flat_map(|file| file.wormholes).filter(|row| row.phase != Phase::Archived);
    let fresh = connections::LedgerRow {
        opening_ticks: 0.0,
        reopened: 0,
        reviewed_saved_ticks: 0.0,
        reviewed_upkeep_ticks: 0.0,
        saved_ticks: 0.0,
        traversals: 0,
        upkeep_ticks: 0.0,
    };
    let kept = |row: WormholeRow| WormholeRow {
        entropy: None,
        mass: None,
        ledger: fresh.clone(),
        ports: [0; 2],
        opened_tick: 0,
        ready_tick: 0,
        reviewed_tick: 0,
        since_tick: 0,
        ..row
    };
    live.map(kept).collect()
}

/// Links and nodes that events have down, by index; links that work apart from processes.
fn failures(simulation: &Simulation) -> (Vec<bool>, Vec<bool>, Vec<bool>) {
    let graph = NetworkGraph::of(simulation);
    let nodes: Vec<bool> = graph.nodes.iter().map(|node| !node.up && !node.away).collect();
    let is_down = |name: &String| graph.nodes.iter().position(|node| node.name == *name).is_none_or(|at| nodes[at]);
    let links = graph.links.iter();
    let up = |link: &LinkRow| link.up || !link.failed && !link.ends.iter().any(is_down);
    (links.clone().map(|link| link.failed).collect(), links.map(up).collect(), nodes)
}

/// Runs `scenario` for some ticks, recovers its network, and compares.
fn comes_back(scenario: &Value, ticks: u32) -> Vec<WormholeRow> {
    let folder = tempfile::tempdir().unwrap();
    let old = run_for(written(scenario), ticks);
    write_tree(&old, &folder.path().join("old/wormholes"));
    let loaded = on_old_network(scenario, folder.path()).unwrap();
    assert_eq!(loaded.inputs.len(), 3 + connections::files(&old).len());
    let resolved = loaded.resolved_in(folder.path()).unwrap();
    let mut new = start(loaded);
    assert_eq!(network(&new), network(&old));
    assert_eq!(wormholes(&new), wormholes(&old));
    let next = |simulation: &Simulation| simulation.world().resource::<Wormholes>().next();
    if new.scenario().wormholes.enabled {
        assert_eq!(next(&new), next(&old));
    }
    assert!(new.wormholes().all(|(.., ledger)| *ledger == Ledger::default()));
    // The resolved scenario needs the old directory no more.
    fs::remove_dir_all(folder.path().join("old")).unwrap();
    fs::write(folder.path().join("again.json"), serde_json::to_string(&resolved).unwrap()).unwrap();
    let mut again = start(load(&folder.path().join("again.json"), &[]).unwrap());
    assert_eq!(again.digest(), new.digest());
    new.step().unwrap();
    again.step().unwrap();
    assert_eq!(failures(&new), failures(&old));
    for _ in 0..150 {
        new.step().unwrap();
        again.step().unwrap();
    }
    assert_eq!(again.digest(), new.digest());
    wormholes(&old)
}

#[test]
fn a_busy_network_comes_back_to_the_bit() {
    let mut scenario = busy();
    scenario["events"] = json!([
        {"tick": 300, "fail_node": "17"}, {"tick": 310, "fail_link": ["0", "0"]},
        {"tick": 320, "set_capacity": {"link": ["0", "0"], "capacity_per_tick": 7, "back": {"capacity_per_tick": 9}}}
    ]);
    let topology = start(written(&busy())).scenario().topology.clone();
    for (event, (_, a, b, _)) in [(1, topology.links().next().unwrap()), (2, topology.links().nth(1).unwrap())] {
        let ends = json!([topology.node(a).name, topology.node(b).name]);
        let field = if event == 1 {
            &mut scenario["events"][1]["fail_link"]
        } else {
            &mut scenario["events"][2]["set_capacity"]["link"]
        };
        *field = ends;
    }
    let rows = comes_back(&scenario, 700);
    let count = |phase| rows.iter().filter(|row| row.phase == phase).count();
    assert!(count(Phase::Active) > 2 && count(Phase::Dormant) > 2);
    let ages = |row: &WormholeRow| row.dormant_ticks.unwrap_or(0);
    assert!(rows.iter().any(|row| ages(row) > 10), "ages are carried");
}

#[test]
fn a_recovered_wormhole_is_archived_when_its_whole_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let old = run_for(written(&busy()), 700);
    write_tree(&old, &folder.path().join("old"));
    let mut scenario = busy();
    scenario["wormholes"]["policy"] = json!("fixed");
    let loaded = on_old_network(&scenario, folder.path()).unwrap();
    let most = loaded.scenario.physics.decay.archive_after_ticks;
    let oldest = loaded.scenario.wormholes.recovered.iter().find(|hole| hole.dormant_ticks.is_some()).copied();
    let (id, age) = oldest.map(|hole| (hole.id, hole.dormant_ticks.unwrap())).unwrap();
    assert!(0 < age && age < most);
    let mut new = start(loaded);
    let is_held = |simulation: &Simulation| simulation.wormholes().any(|(w, ..): (&Wormhole, _, _, _, _)| w.id.0 == id);
    while is_held(&new) {
        new.step().unwrap();
    }
    assert_eq!(new.ticks_done() - 1, most - age);
}

/// Also if all are dormant, so that none has ports or has carried anything.
#[test]
fn a_recovered_run_goes_on_from_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    write_tree(&run_for(written(&busy()), 600), &folder.path().join("old/wormholes"));
    let all = on_old_network(&busy(), folder.path()).unwrap();
    let mut dormant = all.clone();
    dormant.scenario.wormholes.recovered.retain(|hole| hole.dormant_ticks.is_some());
    let found = [&all, &dormant].map(|loaded| loaded.scenario.wormholes.recovered.len());
    assert!(found[0] > found[1] && found[1] > 0, "{found:?}");
    for (loaded, cut) in [(&all, 0), (&all, 5), (&dormant, 0), (&dormant, 5)] {
        let mut whole = run_for(loaded.clone(), cut).simulation;
        let saved = postcard::to_stdvec(&whole.snapshot()).unwrap();
        let scenario = loaded.scenario.clone().into();
        let mut rest = Simulation::restore(scenario, postcard::from_bytes(&saved).unwrap()).unwrap();
        for _ in 0..50 {
            assert_eq!(rest.digest(), whole.digest());
            whole.step().unwrap();
            rest.step().unwrap();
        }
    }
}

#[test]
fn the_program_runs_on_from_a_run_directory_and_resolves_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = |scenario: &str, out: &str| {
        let mut command = Command::new(cargo_bin!("wormsim"));
        let output =
            command.args(["run", scenario, "--out", out, "--quiet"]).current_dir(folder.path()).output().unwrap();
        // 4: it is busy enough for queues to grow, and its results are written.
        assert!(matches!(output.status.code(), Some(0 | 4)), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let mut scenario = busy();
    scenario["ticks"] = json!(600);
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    run("busy.json", "old");
    scenario["topology"] = json!({"run": "old"});
    scenario["events"] = json!([]);
    scenario["failures"] = json!([]);
    fs::write(folder.path().join("next.json"), scenario.to_string()).unwrap();
    run("next.json", "a");
    run("a/scenario.json", "b");
    for file in ["digests.csv", "scenario.json", "wormholes/topology/journal.jsonl"] {
        let read = |out: &str| fs::read_to_string(folder.path().join(out).join(file)).unwrap();
        assert_eq!(read("a"), read("b"), "{file}");
    }
}

#[test]
fn what_is_wrong_with_a_tree_is_told_with_file_place_and_value() {
    let folder = tempfile::tempdir().unwrap();
    let old = run_for(written(&busy()), 700);
    let tree = folder.path().join("old");
    let (graph, active, dormant) = (
        "topology/network_graph.json",
        "connections/active/wormholes-000.json",
        "connections/dormant/wormholes-000.json",
    );
    let refused = |file: &str, pointer: &str, value: Value, expected: &[&str]| {
        write_tree(&old, &tree);
        let mut content: Value = serde_json::from_str(&fs::read_to_string(tree.join(file)).unwrap()).unwrap();
        *content.pointer_mut(pointer).unwrap() = value;
        fs::write(tree.join(file), content.to_string()).unwrap();
        let error = on_old_network(&busy(), folder.path()).unwrap_err();
        for part in [&[file], expected].concat() {
            assert!(error.contains(part), "{part:?} is missing in: {error}");
        }
    };
    let row = |file: &str, index: usize| {
        write_tree(&old, &tree);
        let content: Connections = serde_json::from_str(&fs::read_to_string(tree.join(file)).unwrap()).unwrap();
        content.wormholes[index].clone()
    };
    let other = row(active, 1);
    refused(graph, "/version", json!(2), &["version: 2", "expected 1"]);
    refused(graph, "/links/3/ends/1", json!("x"), &["links[3].ends[1]", "\"x\""]);
    refused(graph, "/links/3/latency_ticks", json!("x"), &["links[3].latency_ticks", "invalid type"]);
    refused(active, "/wormholes/0/ends/0", json!("x"), &["wormholes[0].ends[0]", "no node is named \"x\""]);
    refused(active, "/wormholes/0/strength", json!(1.5), &["wormholes[0].strength: 1.5", "from 0 to 1"]);
    refused(active, "/wormholes/0/phase", json!("gone"), &["wormholes[0].phase", "gone"]);
    refused(active, "/wormholes/0/phase", json!("dormant"), &["wormholes[0].phase: dormant", "active"]);
    refused(active, "/wormholes/0/ends", json!(other.ends), &["wormholes[1].ends", "each pair once"]);
    refused(active, "/wormholes/0/id", json!(other.id), &["wormholes[1].id", "again"]);
    refused(active, "/wormholes/0/pool_place", json!(0), &["wormholes[0].pool_place: 0", "not dormant"]);
    refused(dormant, "/wormholes/0/pool_place", Value::Null, &["wormholes[0].pool_place: null", "dormant"]);
    refused(dormant, "/wormholes/0/dormant_ticks", Value::Null, &["wormholes[0].dormant_ticks: null"]);

    write_tree(&old, &tree);
    let mut narrow = busy();
    narrow["wormholes"]["ports_per_node"] = json!(0);
    let error = on_old_network(&narrow, folder.path()).unwrap_err();
    assert!(error.contains(active) && error.contains("ports_per_node (0)"), "{error}");
    fs::write(tree.join(active), "{").unwrap();
    let error = on_old_network(&busy(), folder.path()).unwrap_err();
    assert!(error.contains(active) && error.contains("EOF"), "{error}");
    fs::remove_file(tree.join(graph)).unwrap();
    let error = on_old_network(&busy(), folder.path()).unwrap_err();
    assert!(error.contains("topology.run") && error.contains("expected a run directory"), "{error}");
    fs::remove_dir_all(&tree).unwrap();
    let error = on_old_network(&busy(), folder.path()).unwrap_err();
    assert!(error.contains("topology.run: cannot be read"), "{error}");
}

/// A bypass that reserves, on the long way round a ring since the short one failed: it is on that way again, and takes
/// from its links once what it reserves.
#[test]
fn a_bypass_on_a_detour_comes_back_with_what_it_reserves() {
    let mut scenario = busy();
    let link = |a: u32| json!({"ends": [a.to_string(), ((a + 1) % 7).to_string()], "latency_ticks": 2, "capacity_per_tick": 9});
    let nodes: Vec<_> = (0..7).map(|node| json!({"id": node.to_string()})).collect();
    scenario["topology"] = json!({"nodes": nodes, "links": (0..7).map(link).collect::<Vec<_>>()});
    scenario["wormholes"] = json!({"carrier": {"kind": "bypass", "reserve": true}, "policy": "fixed",
        "initial": [["0", "4"]]});
    scenario["workloads"] = json!([{"kind": "matrix", "rates": {"0": {"4": 0.5}}}]);
    scenario["physics"] = json!({"wormhole": {"setup_ticks": 0, "max_capacity_per_tick": 3},
        "decay": {"fade_per_tick": 0, "pay_review_ticks": 1_000_000}});
    scenario["events"] = json!([{"tick": 0, "fail_link": ["0", "1"]}]);
    scenario["nodes"]["processing_ticks"] = json!(2);
    let rows = comes_back(&scenario, 50);
    assert_eq!((rows[0].phase, rows[0].span_ticks.0), (Phase::Active, [12, 12]));
    scenario["events"] = json!([{"tick": 20, "fail_link": ["2", "3"]}]);
    scenario["wormholes"]["initial"] = json!([["1", "3"]]);
    scenario["wormholes"]["policy"] = json!("gravity");
    scenario["workloads"] = json!([{"kind": "matrix", "rates": {"1": {"3": 2.0}}}]);
    scenario["physics"]["gravity"] = json!({"min_pull": 0.01, "review_every_ticks": 5});
    scenario["physics"]["decay"]["reopen_after_ticks"] = json!(5);
    let rows = comes_back(&scenario, 300);
    assert_eq!((rows[0].phase, rows[0].span_ticks.0), (Phase::Active, [20, 20]));
}

/// What a process had down is up in a run that goes on from there; what an event had down is not.
#[test]
fn outages_of_processes_do_not_come_back() {
    let mut scenario = busy();
    scenario["events"] = json!([{"tick": 0, "fail_node": "17"}]);
    scenario["failures"] = json!([{"kind": "nodes", "nodes": ["3", "5"], "mean_up_ticks": 1,
        "mean_down_ticks": 1_000_000}, {"kind": "group", "nodes": ["17"], "mean_up_ticks": 1,
        "mean_down_ticks": 1_000_000}]);
    let folder = tempfile::tempdir().unwrap();
    let old = run_for(written(&scenario), 100);
    write_tree(&old, &folder.path().join("old/wormholes"));
    let mut new = start(on_old_network(&scenario, folder.path()).unwrap());
    new.step().unwrap();
    let up = |simulation: &Simulation, node: usize| NetworkGraph::of(simulation).nodes[node].up;
    assert_eq!([3, 5, 17].map(|node| up(&old, node)), [false; 3]);
    assert_eq!([3, 5, 17].map(|node| up(&new, node)), [true, true, false]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn networks_of_random_scenarios_come_back(scenario in crate::random::scenarios(), ticks in 1u32..400) {
        comes_back(&scenario, ticks);
    }
}

/// Those that were open before the first tick are closed without having been opened.
#[test]
fn closings_of_recovered_wormholes_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = busy();
    write_tree(&run_for(written(&scenario), 700), &folder.path().join("old/wormholes"));
    let mut quiet = scenario.clone();
    quiet["workloads"] = json!([{"kind": "uniform", "accesses_per_tick": 0.001}]);
    quiet["wormholes"]["policy"] = json!("fixed");
    let loaded = on_old_network(&quiet, folder.path()).unwrap();
    let active = loaded.scenario.wormholes.recovered.iter().filter(|hole| hole.dormant_ticks.is_none()).count() as u32;
    assert!(active > 0);
    let counts = |ticks| run_for(on_old_network(&quiet, folder.path()).unwrap(), ticks).summary().wormholes;
    assert_eq!((counts(1).closed, counts(1).active), (0, active));
    let after = counts(1400);
    assert_eq!((after.closed, after.active, after.opened), (active, 0, 0));
}
