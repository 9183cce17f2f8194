//! What `wormsim run` leaves on disk and says, and what it does when it is stopped or must not write.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wormsim::recorder::bottlenecks::Bottlenecks;
use wormsim::recorder::summary::Summary;
use wormsim::scenario::Phase;
use wormsim::scenario::raw::RawScenario;
use wormsim::store::manifest::{Manifest, Status};
use wormsim::store::wormholes::analytics::{PerformanceMetrics, UsagePatterns};
use wormsim::store::wormholes::configuration::{DecayFile, PhysicsConstants, RoutingPolicies};
use wormsim::store::wormholes::connections::{Connections, WormholeRow};
use wormsim::store::wormholes::routing::RoutingTables;
use wormsim::store::wormholes::topology::{ConnectionStrength, NetworkGraph, StrengthRow};
use wormsim::store::{RunDirectory, json};

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.json"))
}

fn command(scenario: &Path, out: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("wormsim"));
    command.arg("run").arg(scenario).arg("--out").arg(out).args(options);
    command
}

fn run(scenario: &Path, out: &Path, options: &[&str]) -> Output {
    command(scenario, out, options).output().unwrap()
}

/// A run in which wormholes open, close and are archived.
fn restless(out: &Path, more: &[&str]) -> Output {
    let options = [
        "--ticks=1500",
        "--set=warmup_ticks=0",
        "--set=workloads.0.hot_spot.dwell_ticks=200",
        "--set=physics.decay.fade_per_tick=0.02",
        "--set=physics.decay.reopen_after_ticks=400",
        "--set=physics.decay.archive_after_ticks=600",
        "--set=physics.decay.reopen_after_ticks=600",
        "--set=physics.gravity.mass_memory_ticks=60",
        "--set=physics.gravity.min_pull=0.5",
        // What wormholes of such a short life can save.
        "--set=physics.wormhole.opening_cost=100",
        "--set=persistence.snapshot_every_ticks=400",
    ];
    run(&scenario("nsfnet-hotspot"), out, &[&options, more].concat())
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// All files below a folder, by path with `/`.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// The files are those of the manifest, whole and unchanged, and nothing else is there or beside the directory.
fn check_whole(run: &Path) -> Manifest {
    let manifest: Manifest = json::read(&run.join("manifest.json")).unwrap();
    let mut files = files(run);
    files.remove("manifest.json").unwrap();
    files.retain(|path, _| !path.starts_with("checkpoints/"));
    let hashes = files.into_iter().map(|(path, bytes)| (path, blake3::hash(&bytes).to_hex().to_string()));
    assert_eq!(hashes.collect::<BTreeMap<_, _>>(), manifest.outputs);
    let beside = fs::read_dir(run.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(beside.into_iter().all(|name| !name.to_string_lossy().starts_with('.')), "nothing hidden is left");
    manifest
}

/// Loads a file as a `T`, and saves it: keys sorted, the same bytes.
fn again<T: DeserializeOwned + Serialize>(path: &Path) -> T {
    let content: T = json::read(path).unwrap();
    assert_eq!(json::to_text(&content), fs::read_to_string(path).unwrap(), "{}", path.display());
    content
}

#[test]
fn a_run_leaves_all_files_and_each_is_the_same_after_load_and_save() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let output = restless(&out, &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    let manifest = check_whole(&out);
    assert_eq!((manifest.status, manifest.ticks, manifest.seed), (Status::Complete, 1500, 42));
    assert_eq!(manifest.inputs.len(), 2);

    again::<Manifest>(&out.join("manifest.json"));
    again::<RawScenario>(&out.join("scenario.json"));
    let summary: Summary = again(&out.join("summary.json"));
    let tree = out.join("wormholes");
    let graph: NetworkGraph = again(&tree.join("topology/network_graph.json"));
    assert_eq!((graph.nodes.len(), graph.links.len(), graph.tick), (14, 22, 1499));
    let strengths: ConnectionStrength = again(&tree.join("topology/connection_strength.json"));
    let tables: RoutingTables = again(&tree.join("topology/routing_tables.json"));
    assert_eq!((tables.routes.len(), tables.left_out), (14 * 13, 0));
    let strength_of = |node: &str| -> f64 {
        let ends_here = |row: &&StrengthRow| row.phase == Phase::Active && row.ends.iter().any(|end| end == node);
        strengths.wormholes.iter().filter(ends_here).map(|row| row.strength).sum()
    };
    assert_eq!(strengths.tick, graph.tick);
    assert!(graph.nodes.iter().all(|node| node.strength == strength_of(&node.name)), "{:?}", graph.nodes);
    assert!(graph.nodes.iter().any(|node| node.strength > 0.0));
    let use_: UsagePatterns = again(&tree.join("analytics/usage_patterns.json"));
    let metrics: PerformanceMetrics = again(&tree.join("analytics/performance_metrics.json"));
    let waits: Bottlenecks = again(&tree.join("analytics/bottlenecks.json"));
    assert_eq!((waits.tick, waits.measured_ticks, waits.nodes.len()), (1499, 1500, 14));
    again::<PhysicsConstants>(&tree.join("configuration/physics_constants.json"));
    again::<RoutingPolicies>(&tree.join("configuration/routing_policies.json"));
    again::<DecayFile>(&tree.join("configuration/decay_parameters.json"));

    let counted = ["active", "dormant"].map(|phase| {
        let file: Connections = again(&tree.join(format!("connections/{phase}/wormholes-000.json")));
        assert!(file.wormholes.is_sorted_by_key(|wormhole| wormhole.id));
        file.wormholes.len() as u32
    });
    let archived = fs::read_to_string(out.join("wormholes/connections/archived/wormholes.jsonl")).unwrap();
    let archived: Vec<WormholeRow> = archived.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(archived.iter().all(|wormhole| wormhole.phase == Phase::Archived));
    assert!(archived.is_sorted_by_key(|wormhole| wormhole.since_tick));
    let totals = &summary.wormholes;
    assert_eq!((counted, archived.len()), ([totals.active, totals.dormant], totals.archived as usize));
    assert!(totals.dormant > 0 && totals.archived > 0, "{totals:?}");
    assert_eq!(strengths.wormholes.len() as u32, totals.active + totals.dormant);

    // Without a warm-up, the whole run is measured, and the parts add up to the summary.
    let net: f64 = metrics.wormholes.iter().map(|wormhole| wormhole.net_ticks).sum();
    assert!((net - summary.costs.net).abs() < 1e-6 * summary.costs.saved);
    let carried: u64 = use_.links.iter().flat_map(|link| link.carried).sum();
    let traversed: u64 = use_.wormholes.iter().map(|wormhole| wormhole.traversals).sum();
    // Traversals are booked in the tick after.
    assert!((use_.hops - 20..=use_.hops).contains(&(carried + traversed)), "{} hops", use_.hops);

    check_latencies(&out, &summary);
    let rows = csv::Reader::from_path(out.join("metrics.csv")).unwrap().into_records().count();
    assert_eq!(rows, 15);
    let digests: Vec<csv::StringRecord> =
        csv::Reader::from_path(out.join("digests.csv")).unwrap().into_records().map(Result::unwrap).collect();
    // Every 128 ticks, and at the end.
    let ticks: Vec<u32> = digests.iter().map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(ticks, (1..=11).map(|row| 128 * row - 1).chain([1499]).collect::<Vec<_>>());
    assert_eq!(digests[11][1], *summary.digest);
    for file in ["latency.svg", "map.svg", "strength-entropy.svg", "throughput.svg", "wormholes.svg"] {
        assert!(fs::read_to_string(out.join("plots").join(file)).unwrap().contains("</svg>"));
    }
    assert!(said.contains(&summary.digest) && said.contains("wormholes saved more than they cost"), "{said}");
}

/// The histogram has every measured access, and the summary's mean and percentiles, which are exact below 2,048 ticks.
fn check_latencies(run: &Path, summary: &Summary) {
    let rows: Vec<(u64, u64)> =
        csv::Reader::from_path(run.join("latencies.csv")).unwrap().into_deserialize().map(Result::unwrap).collect();
    assert!(rows.is_sorted_by(|a, b| a.0 < b.0) && rows.iter().all(|&(latency, count)| latency < 2048 && count > 0));
    let accesses: u64 = rows.iter().map(|row| row.1).sum();
    // Without a warm-up, all are measured.
    assert_eq!(accesses, summary.accesses.delivered);
    let sum: u64 = rows.iter().map(|(latency, count)| latency * count).sum();
    let latency = &summary.latency_ticks;
    assert_eq!(latency.mean, Some(sum as f64 / accesses as f64));
    assert_eq!(latency.max, rows.last().map(|row| row.0));
    let mut below = 0;
    let up_to = |share: f64| (share * accesses as f64).ceil() as u64;
    let median = rows.iter().find(|row| {
        below += row.1;
        below >= up_to(0.5)
    });
    assert_eq!(latency.p50, median.map(|row| row.0));
}

#[test]
fn routes_of_shortest_paths_obey_bellman() {
    every_hop("shortest_path", |first, rest, whole| first + rest == whole);
}

#[test]
fn routes_over_near_equal_paths_go_downhill_within_the_stretch() {
    every_hop("multipath", |first, rest, whole| rest < whole && (whole..=1.5 * whole).contains(&(first + rest)));
}

#[test]
fn routes_over_measured_paths_are_no_shorter_than_free_flow() {
    every_hop("measured_delay", |first, rest, whole| first + rest <= whole);
}

/// Runs a scenario with a router; for every next hop of its tables `holds` is to be true of the latency of the hop, of
/// the rest of the way and of the whole.
fn every_hop(kind: &str, holds: impl Fn(f64, f64, f64) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let router = format!("--set=router={{\"kind\":\"{kind}\"}}");
    let options = [router.as_str(), "--ticks=1000", "--set=warmup_ticks=0", "--quiet"];
    let output = run(&scenario("abilene-gravity"), &out, &options);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let topology = out.join("wormholes/topology");
    let tables: RoutingTables = again(&topology.join("routing_tables.json"));
    let graph: NetworkGraph = again(&topology.join("network_graph.json"));
    let strengths: ConnectionStrength = again(&topology.join("connection_strength.json"));
    assert_eq!(tables.router, kind);
    let distance: BTreeMap<(&str, &str), f64> =
        tables.routes.iter().map(|route| ((&*route.node, &*route.target), route.latency_ticks.unwrap())).collect();
    let transit = |wormhole| strengths.wormholes.iter().find(|row| row.id == wormhole).unwrap().transit_ticks.longest();
    let latency = |a: &str, b: &str| {
        let joins = |ends: &[String; 2]| ends.iter().any(|end| end == a) && ends.iter().any(|end| end == b);
        graph.links.iter().find(|link| joins(&link.ends)).unwrap().latency_ticks
    };
    let mut through_wormholes = 0;
    for route in &tables.routes {
        assert!(!route.next_hops.is_empty());
        for hop in &route.next_hops {
            through_wormholes += u32::from(hop.wormhole.is_some());
            let first = hop.wormhole.map_or_else(|| latency(&route.node, &hop.node), transit);
            let rest = if hop.node == route.target { 0.0 } else { distance[&(&*hop.node, &*route.target)] };
            assert!(holds(f64::from(first), rest, route.latency_ticks.unwrap()), "{route:?}");
        }
    }
    assert!(through_wormholes > 0);
}

#[test]
fn routing_tables_by_shard_are_bounded_and_count_what_they_leave_out() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let torus = "--set=topology={\"generator\":{\"kind\":\"torus\",\"rows\":20,\"columns\":20}}";
    let options = [torus, "--ticks=5", "--set=router.memory_limit_mb=1", "--set=warmup_ticks=0", "--quiet"];
    let output = run(&scenario("scale-10k"), &out, &options);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let tables: RoutingTables = again(&out.join("wormholes/topology/routing_tables.json"));
    assert_eq!(tables.router, "q_routing");
    assert_eq!(tables.routes.len() as u64 + tables.left_out, 400 * 399);
    assert!(tables.routes.len() <= 32_768 && !tables.routes.is_empty());
    let shards: BTreeSet<u32> = tables.shard_routes.iter().map(|route| route.shard).collect();
    assert!(shards.len() > 1);
    let rows = tables.shard_routes.len() as u64 + tables.shard_routes_left_out;
    assert_eq!(rows, 400 * (shards.len() as u64 - 1));
}

#[test]
fn the_resolved_scenario_and_a_second_run_give_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third, bare] = ["a", "b", "c", "d"].map(|name| folder.path().join(name));
    assert_eq!(code(&restless(&first, &["--quiet"])), 0);
    assert_eq!(code(&restless(&second, &["--quiet"])), 0);
    assert_eq!(code(&run(&first.join("scenario.json"), &third, &[])), 0);
    let content = |run: &Path| {
        let mut files = files(run);
        files.remove("manifest.json");
        files
    };
    assert_eq!(content(&first), content(&second));
    assert_eq!(content(&first), content(&third));
    let off = ["--set=record.every_ticks=null", "--set=persistence.snapshot_every_ticks=null"];
    assert_eq!(code(&restless(&bare, &off)), 0);
    let digest = |run: &Path| json::read::<Summary>(&run.join("summary.json")).unwrap().digest;
    assert_eq!(digest(&first), digest(&bare));
    assert_eq!(fs::read(first.join("digests.csv")).unwrap(), fs::read(bare.join("digests.csv")).unwrap());
}

#[test]
fn a_resolved_trace_is_found_from_the_run_directory() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trace.csv"), "tick,origin,target\n0,WA,NY\n5,NY,WA\n").unwrap();
    let text = fs::read_to_string(scenario("nsfnet-hotspot")).unwrap();
    let mut written: serde_json::Value = serde_json::from_str(&text).unwrap();
    written["workloads"] = serde_json::json!([{"kind": "trace", "path": "trace.csv"}]);
    written["topology"]["file"] = scenario("topologies/nsfnet").to_str().unwrap().into();
    let file = folder.path().join("traced.json");
    fs::write(&file, written.to_string()).unwrap();
    let [first, second] = ["a", "deeper/b"].map(|name| folder.path().join(name));
    let options = ["--ticks=100", "--set=warmup_ticks=0"];
    assert_eq!(code(&run(&file, &first, &options)), 0);
    let output = run(&first.join("scenario.json"), &second, &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let digest = |run: &Path| json::read::<Summary>(&run.join("summary.json")).unwrap().digest;
    assert_eq!(digest(&first), digest(&second));
}

#[test]
fn nothing_is_overwritten_without_force_and_nothing_foreign_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let options = ["--ticks=50", "--set=warmup_ticks=0"];
    let uniform = scenario("uniform-does-not-pay");
    fs::create_dir(&out).unwrap();
    let refused = |options: &[&str], expected: &str| {
        let before = files(folder.path());
        let output = run(&uniform, &out, options);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
        assert_eq!(files(folder.path()), before);
    };
    let forced = [&options[..], &["--force"]].concat();
    refused(&options, "exists; choose another --out or overwrite it with --force");
    assert_eq!(code(&run(&uniform, &out, &forced)), 0, "an empty directory holds nothing that could be lost");
    fs::write(out.join("old.txt"), "old").unwrap();
    refused(&options, "exists");
    refused(&[&forced[..], &["--set=router.kind=telepathy"]].concat(), "telepathy");
    refused(&forced, "is not replaced, since wormsim did not write old.txt in it; expected a run or an experiment");
    fs::remove_file(out.join("old.txt")).unwrap();
    for theirs in ["plots/mine.txt", "lock", ".hidden.tmp", "wormholes/topology/.backup.tmp", "report/notes.txt"] {
        fs::create_dir_all(out.join(theirs).parent().unwrap()).unwrap();
        fs::write(out.join(theirs), "mine").unwrap();
        refused(&forced, &format!("wormsim did not write {theirs} in it"));
        fs::remove_file(out.join(theirs)).unwrap();
    }
    assert_eq!(code(&run(&uniform, &out, &forced)), 0);
    check_whole(&out);
    // As a run leaves it that is killed between its plots and its manifest.
    let mut manifest = Manifest::read(&out).unwrap();
    manifest.outputs.retain(|path, _| !path.starts_with("plots/"));
    fs::write(out.join("manifest.json"), manifest.to_text()).unwrap();
    assert_eq!(code(&run(&uniform, &out, &forced)), 0);
    check_whole(&out);

    fs::write(out.join("manifest.json"), "{\"program\": \"another\"}").unwrap();
    refused(&forced, "is not replaced, since wormsim did not write digests.csv in it");
    fs::remove_dir_all(&out).unwrap();
    fs::write(&out, "a file").unwrap();
    refused(&options, "exists");
    refused(&forced, "is not replaced");
}

#[test]
fn a_directory_that_holds_an_input_of_the_run_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let options = ["--ticks=50", "--set=warmup_ticks=0", "--quiet", "--force"];
    assert_eq!(code(&run(&scenario("uniform-does-not-pay"), &out, &options)), 0);
    fs::copy(out.join("scenario.json"), out.join("mine.json")).unwrap();
    let output = run(&out.join("mine.json"), &out, &options);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("mine.json, which the run reads"), "{}", stderr(&output));
    fs::remove_file(out.join("mine.json")).unwrap();
    assert_eq!(code(&run(&out.join("scenario.json"), &out, &options)), 0);
    check_whole(&out);
}

/// Starts a run that would take hours, and interrupts it after its first snapshot.
#[cfg(unix)]
fn interrupted(out: &Path, signal: &str) -> Output {
    let options = ["--ticks=100000000", "--set=persistence.snapshot_every_ticks=300"];
    let child = command(&scenario("nsfnet-hotspot"), out, &options)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..600 {
        if out.join("manifest.json").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let manifest: Manifest = json::read(&out.join("manifest.json")).unwrap();
    assert_eq!(manifest.status, Status::Running);
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    child.wait_with_output().unwrap()
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_is_written_and_marked_partial() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let output = interrupted(&out, signal);
        assert_eq!(code(&output), 130);
        assert!(stderr(&output).contains("interrupted after"), "{}", stderr(&output));
        let manifest = check_whole(&out);
        let summary: Summary = again(&out.join("summary.json"));
        assert_eq!((manifest.status, manifest.ticks), (Status::Partial, summary.ticks));
        assert!(summary.ticks >= 300 && summary.ticks < summary.ticks_planned);
        assert_eq!(summary.stability.stable, None);
        let accesses = &summary.accesses;
        let dropped: u64 = accesses.dropped.values().sum();
        assert_eq!(accesses.injected, accesses.delivered + accesses.in_flight + dropped);
    }
}

#[test]
fn an_overloaded_network_is_written_and_ends_with_4() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let options = ["--ticks=8000", "--set=warmup_ticks=1000", "--set=workloads.0.accesses_per_tick=2.5", "--json"];
    let output = run(&scenario("boyan-littman-6x6"), &out, &options);
    assert_eq!(code(&output), 4);
    assert!(stderr(&output).contains("unstable: grows without bound: node "), "{}", stderr(&output));
    assert_eq!(check_whole(&out).status, Status::Unstable);
    let summary: Summary = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary.stability.stable, Some(false));
    assert_eq!(output.stdout, fs::read(out.join("summary.json")).unwrap());
}

#[test]
fn quiet_says_nothing_and_a_reader_that_left_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let [quiet, closed] = ["quiet", "closed"].map(|name| folder.path().join(name));
    let options = ["--ticks=1000", "--set=warmup_ticks=0"];
    let output = run(&scenario("abilene-gravity"), &quiet, &[&options[..], &["--quiet"]].concat());
    assert_eq!((code(&output), &*output.stdout, &*output.stderr), (0, &b""[..], &b""[..]));
    let mut child = command(&scenario("abilene-gravity"), &closed, &options)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    check_whole(&closed);
}

#[test]
fn a_directory_changes_as_a_whole_and_leaves_nothing_without_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("run");
    let mut directory = RunDirectory::create(&target, false).unwrap();
    directory.put("a/b.txt", b"1").unwrap();
    directory.append("log", b"x").unwrap();
    drop(directory);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let mut directory = RunDirectory::create(&target, false).unwrap();
    directory.put("a/b.txt", b"1").unwrap();
    directory.put("a/c.txt", b"1").unwrap();
    assert_eq!(files(&target).into_keys().collect::<Vec<_>>(), ["lock"], "its name is taken");
    directory.commit().unwrap();
    directory.put("a/b.txt", b"2").unwrap();
    directory.append("log", b"x").unwrap();
    assert_eq!(fs::read(target.join("a/b.txt")).unwrap(), b"1");
    directory.commit().unwrap();
    let names: Vec<String> = files(&target).into_keys().collect();
    assert_eq!(names, ["a/b.txt", "lock", "log"], "what is not put again is gone");
    directory.put("a/b.txt", b"3").unwrap();
    drop(directory);
    assert_eq!(fs::read(target.join("a/b.txt")).unwrap(), b"2");
    assert_eq!(files(&target).len(), 2);
}
