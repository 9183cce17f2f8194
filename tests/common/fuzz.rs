//! What the fuzz targets do with bytes, a function a target; `tests/inputs/fuzz_corpus.rs` does the same with the kept
//! seeds.
//!
//! Each says whether the bytes were accepted, and panics where a promise is broken.
#![allow(dead_code, reason = "no target uses everything")]

use std::path::Path;
use std::str;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wormsim::error::Error;
use wormsim::experiment::advice::Advice;
use wormsim::experiment::comparison::Comparison;
use wormsim::experiment::outcome::Outcome;
use wormsim::experiment::sweep::Sweep;
use wormsim::experiment::table::{Origin, Table};
use wormsim::recorder::bottlenecks::Bottlenecks;
use wormsim::recorder::summary::Summary;
use wormsim::scenario::Scenario;
use wormsim::scenario::log_format::LogFormat;
use wormsim::scenario::trace::TraceReader;
use wormsim::simulation::Simulation;
use wormsim::simulation::load_text;
use wormsim::simulation::snapshot::Snapshot;
use wormsim::store::journal::replay;
use wormsim::store::json::to_text;
use wormsim::store::manifest::Manifest;
use wormsim::store::network::topology_of;
use wormsim::store::read_checkpoint;
use wormsim::store::results::{sealed as line_of, unsealed};
use wormsim::store::wormholes::analytics::{PerformanceMetrics, UsagePatterns};
use wormsim::store::wormholes::connections::{self, Connections};
use wormsim::store::wormholes::routing::RoutingTables;
use wormsim::store::wormholes::topology::{ConnectionStrength, NetworkGraph};
use wormsim::topology::json::{self, RawTopology};
use wormsim::topology::{Parts, Rules, Topology, TopologyError, formats, graphml};
use wormsim::world::journal::Record;

/// A scenario loads, and then what it was resolved to loads to itself; or it ends in an error of one line.
pub fn scenario(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let file = Path::new("scenarios/fuzz.json");
    let loaded = match load_text(text, file, &[]) {
        Ok(loaded) => loaded,
        Err(error) => return one_line(error),
    };
    let resolved = serde_json::to_string(&loaded.resolved).unwrap();
    let again = load_text(&resolved, file, &[]).unwrap_or_else(|error| panic!("{error}\n{resolved}"));
    assert_eq!(serde_json::to_string(&again.resolved).unwrap(), resolved);
    true
}

/// A topology in our own format.
pub fn topology_json(bytes: &[u8]) -> bool {
    topology(json::parse(bytes, &Rules::default()))
}

/// A topology in GraphML.
pub fn topology_graphml(bytes: &[u8]) -> bool {
    topology(graphml::parse(bytes, "fuzz", &Rules { bits_per_access: Some(1e6), ..Rules::default() }))
}

/// A topology in any format, recognised by its content, and the same as a topology file.
pub fn network(bytes: &[u8]) -> bool {
    let rules = Rules { parts: Parts::All, ..Rules::default() };
    if let Ok(raw) = formats::read(bytes, "fuzz", &rules).and_then(|builder| RawTopology::of_source(&builder)) {
        json::parse_raw(json::to_text(&raw).as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    }
    topology(formats::read(bytes, "fuzz", &rules).and_then(|builder| builder.build(&rules)))
}

/// A log of accesses in the small network: read twice it gives the same accesses, in order.
pub fn log(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    std::fs::write(&path, bytes).unwrap();
    let scenario = small(ROUTERS[0]);
    let format = LogFormat { late_ticks: 5, ..LogFormat::default() };
    let open = |held| TraceReader::open(&path, &format, &scenario.topology, 1.0, 1.0, held);
    let mut reader = match open(None) {
        Ok(reader) => reader,
        Err(error) => return one_line(error),
    };
    let records = match reader.by_ref().collect::<Result<Vec<_>, _>>() {
        Ok(records) => records,
        Err(error) => return one_line(error),
    };
    assert!(records.is_sorted_by_key(|record| record.tick));
    let again: Vec<_> = open(Some(&reader.content())).unwrap().map(Result::unwrap).collect();
    assert_eq!(again, records);
    !records.is_empty()
}

/// A topology that was read is the same when it is written and read again; an error has one line.
fn topology(read: Result<Topology, TopologyError>) -> bool {
    let text = match read {
        Ok(topology) => json::to_text(&RawTopology::from(&topology)),
        Err(error) => return one_line(error),
    };
    let again = json::parse(text.as_bytes(), &Rules { parts: Parts::All, ..Rules::default() });
    let again = again.unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(json::to_text(&RawTopology::from(&again)), text);
    true
}

/// A checkpoint as it is, and then with hashes that are right, is restored or refused.
pub fn checkpoint(bytes: &[u8]) -> bool {
    let read = |bytes: &[u8]| read_checkpoint(bytes, Path::new("fuzz"), SEAL);
    let as_it_is = read(bytes).is_ok_and(restored);
    as_it_is || sealed(bytes).is_some_and(|bytes| read(&bytes).is_ok_and(restored))
}

/// The content of a checkpoint, out of its container, is restored or refused.
pub fn snapshot(bytes: &[u8]) -> bool {
    postcard::from_bytes(bytes).is_ok_and(restored)
}

/// A file of a run directory or of an experiment is read, or refused; what was read is what it is when it is written
/// and read again, and its readers can do their work with it.
pub fn run_directory(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let [manifest, summary] = [again::<Manifest>(text).is_some(), again::<Summary>(text).is_some()];
    let [usage, bottlenecks] = [again::<UsagePatterns>(text).is_some(), again::<Bottlenecks>(text).is_some()];
    let [comparison, sweep] = [again::<Comparison>(text).is_some(), again::<Sweep>(text).is_some()];
    let [wormholes, advice] = [again::<Connections>(text).is_some(), again::<Advice>(text).is_some()];
    let graph = again::<NetworkGraph>(text).is_some_and(|graph| match topology_of(&graph, Path::new("fuzz")) {
        Ok(_) => true,
        Err(error) => one_line(error),
    });
    manifest || summary || usage || bottlenecks || comparison || sweep || wormholes || advice || graph || journal(text)
}

/// Lines of results are read, or refused; with checksums that are right they are what they say, and make a table.
pub fn results(bytes: &[u8]) -> bool {
    let read = |line: &[u8]| unsealed::<Outcome>(line).ok().flatten();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    let as_they_are = lines.iter().all(|line| read(line).is_some());
    let said = lines.iter().map(|line| serde_json::from_slice::<Value>(line).ok()).collect::<Option<Vec<_>>>();
    let outcomes = said.into_iter().flatten().filter_map(|mut value| {
        value.as_object_mut()?.remove("checksum");
        let outcome: Outcome = serde_json::from_value(value).ok()?;
        assert!(read(line_of(&outcome).as_bytes()) == Some(outcome.clone()));
        Some(outcome)
    });
    let mut outcomes: Vec<Outcome> = outcomes.collect();
    outcomes.sort_by(Outcome::order);
    let origin = Origin {
        program_version: wormsim::VERSION.to_owned(),
        scenario: "fuzz".to_owned(),
        scenario_blake3: String::new(),
    };
    Table::new(&origin, &outcomes).to_csv();
    as_they_are
}

/// What a text says, and that it says the same when it is written and read again.
fn again<T: DeserializeOwned + Serialize>(text: &str) -> Option<T> {
    let content: T = serde_json::from_str(text).ok()?;
    let written = to_text(&content);
    let read: T = serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(to_text(&read), written);
    Some(content)
}

/// Lines of a journal are replayed in the small network, to the end.
fn journal(text: &str) -> bool {
    let records: Result<Vec<Record>, _> = text.lines().map(serde_json::from_str).collect();
    let Ok(records) = records else { return false };
    match replay(&small(ROUTERS[0]).topology, &records, u32::MAX) {
        Ok(_) => true,
        Err(error) => one_line(error),
    }
}

fn one_line(error: impl ToString) -> bool {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    false
}

/// Stands for the hash of the scenario in checkpoints that are made here.
const SEAL: &str = "fuzz";

/// Version of the format of checkpoints, and bytes before the header of one.
const VERSION: u32 = 8;
const START: usize = 48;

/// A checkpoint whose hashes, lengths, version and scenario are right, of the header and the parts that these bytes
/// have.
pub fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    type Part = (String, u64, u64, [u8; 32]);
    type Header = (String, String, u32, Vec<Part>);
    let (start, rest) = bytes.split_at_checked(START)?;
    let ((_, _, ticks, mut parts), bodies): (Header, _) = postcard::take_from_bytes(rest).ok()?;
    let mut rest = bodies;
    let last = parts.len().checked_sub(1)?;
    for (index, (_, _, stored, hash)) in parts.iter_mut().enumerate() {
        let length = if index == last { rest.len() } else { rest.len().min(usize::try_from(*stored).ok()?) };
        let (body, after) = rest.split_at(length);
        (*stored, *hash, rest) = (length as u64, *blake3::hash(body).as_bytes(), after);
    }
    let header = (wormsim::VERSION, SEAL, ticks, parts);
    let header = postcard::to_stdvec(&header).unwrap();
    let mut sealed = [&start[..8], &VERSION.to_le_bytes()].concat();
    sealed.extend((header.len() as u32).to_le_bytes());
    let hash = blake3::Hasher::new().update(&VERSION.to_le_bytes()).update(&header).finalize();
    sealed.extend(hash.as_bytes());
    sealed.extend(header);
    sealed.extend(bodies);
    Some(sealed)
}

/// Whether a run of the small scenario with the router of the snapshot goes on from there, which it then does.
pub fn restored(snapshot: Snapshot) -> bool {
    let Some(router) = ROUTERS.iter().position(|kind| *kind == snapshot.state.router.kind()) else { return false };
    match Simulation::restore(small(ROUTERS[router]), snapshot) {
        Ok(simulation) => {
            let others = [router, router + 1].map(|other| small(ROUTERS[other % ROUTERS.len()]));
            for other in others {
                go_on(simulation.branch(other).unwrap_or_else(|error| panic!("{error}")));
            }
            go_on(simulation);
            true
        }
        Err(Error::ForeignSnapshot) => false,
        Err(error) => panic!("{error}"),
    }
}

/// Looks at a run as the store does, simulates the rest of it, and looks again.
fn go_on(mut simulation: Simulation) {
    look_at(&simulation);
    let (done, ticks) = (simulation.ticks_done(), simulation.scenario().ticks);
    for _ in 0..ticks.saturating_sub(done).max(MORE_TICKS) {
        simulation.step().unwrap_or_else(|error| panic!("{error}"));
    }
    let _ = simulation.end();
    look_at(&simulation);
}

/// Takes all that the store writes of a state.
fn look_at(simulation: &Simulation) {
    let summary = simulation.summary();
    let _ = (simulation.checked_digest(), simulation.latencies().count());
    let _ = (NetworkGraph::of(simulation), ConnectionStrength::of(simulation), RoutingTables::of(simulation));
    let _ = (UsagePatterns::of(simulation), Bottlenecks::of(simulation), connections::files(simulation));
    let _ = PerformanceMetrics::of(simulation, &summary);
    postcard::to_stdvec(&simulation.snapshot()).unwrap();
}

/// Ticks that a run goes on for at the least, however far it says that it is.
const MORE_TICKS: u32 = 30;

/// The routers whose states differ.
pub const ROUTERS: [&str; 4] = ["shortest_path", "multipath", "measured_delay", "q_routing"];

/// A small scenario with wormholes that come and go, failures, and queues.
pub fn small_text(router: &str) -> String {
    let scenario = json!({
        "version": 1, "name": "small", "ticks": 100, "warmup_ticks": 10,
        "topology": {"generator": {"kind": "ring", "nodes": 8}, "capacity_per_tick": 1},
        "nodes": {"queue_limit": 5, "service_per_tick": 2},
        "workloads": [
            {"kind": "uniform", "accesses_per_tick": 3.0, "hot_spot": {"path": ["0", "3"], "dwell_ticks": 20}},
            {"kind": "zipf", "accesses_per_tick": 2.0, "items": 9}
        ],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "ports_per_node": 1, "initial": [["0", "3"]]},
        "physics": {
            "gravity": {"review_every_ticks": 5, "min_pull": 0},
            "decay": {"fade_per_tick": 0.1, "pay_review_ticks": 6, "archive_after_ticks": 12, "reopen_after_ticks": 4},
            "wormhole": {"setup_ticks": 8}
        },
        "router": {"kind": router},
        "events": [
            {"tick": 30, "fail_link": ["1", "2"]}, {"tick": 60, "restore_link": ["1", "2"]},
            {"tick": 40, "fail_node": "4"}, {"tick": 90, "restore_node": "4"}
        ],
        "failures": [
            {"kind": "links", "links": [["5", "6"]], "mean_up_ticks": 30, "mean_down_ticks": 10},
            {"kind": "sessions", "sessions": {"7": [[0, 50], [70, 100]]}}
        ],
        "record": {"every_ticks": 10},
        "persistence": {"checkpoint_every_ticks": 25}
    });
    scenario.to_string()
}

/// The same, loaded.
pub fn small(router: &str) -> Arc<Scenario> {
    let loaded = load_text(&small_text(router), Path::new("small.json"), &[]);
    Arc::new(loaded.unwrap_or_else(|error| panic!("{error}")).scenario)
}
