//! What the fuzz targets do with bytes, a function a target; `tests/fuzz_corpus.rs` does the same with the kept seeds.
//!
//! Each says whether the bytes were accepted, and panics where a promise is broken.
#![allow(dead_code, reason = "no target uses everything")]

use std::path::Path;
use std::str;
use std::sync::Arc;

use serde_json::json;
use wormsim::error::Error;
use wormsim::scenario::{Scenario, load_text};
use wormsim::simulation::Simulation;
use wormsim::store::read_checkpoint;
use wormsim::topology::json::{self, RawTopology};
use wormsim::topology::{Parts, Rules, Topology, TopologyError, graphml};
use wormsim::world::snapshot::{RouterState, Snapshot};

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

fn one_line(error: impl ToString) -> bool {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    false
}

/// Stands for the hash of the scenario in checkpoints that are made here.
const SEAL: &str = "fuzz";

/// Bytes before the header of a checkpoint, and before the hash of the header.
const START: usize = 48;
const HASH: usize = 16;

/// A checkpoint whose hashes, lengths, version and scenario are right, of the header and the parts that these bytes have.
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
    let mut sealed = start[..HASH - 4].to_vec();
    sealed.extend((header.len() as u32).to_le_bytes());
    sealed.extend(blake3::hash(&header).as_bytes());
    sealed.extend(header);
    sealed.extend(bodies);
    Some(sealed)
}

/// Whether a run of the small scenario with the router of the snapshot goes on from there.
fn restored(snapshot: Snapshot) -> bool {
    let router = match snapshot.router {
        RouterState::ShortestPath(_) => "shortest_path",
        RouterState::Multipath(_) => "multipath",
        RouterState::MeasuredDelay(_) => "measured_delay",
        RouterState::QRouting(..) => "q_routing",
    };
    match Simulation::resume(small(router), snapshot) {
        Ok(_) => true,
        Err(Error::ForeignSnapshot) => false,
        Err(error) => panic!("{error}"),
    }
}

/// The routers whose states differ.
pub const ROUTERS: [&str; 4] = ["shortest_path", "multipath", "measured_delay", "q_routing"];

/// A small scenario with wormholes and failures.
pub fn small_text(router: &str) -> String {
    let scenario = json!({
        "version": 1, "name": "small", "ticks": 100, "warmup_ticks": 10,
        "topology": {"generator": {"kind": "ring", "nodes": 6}},
        "nodes": {"queue_limit": 5, "service_per_tick": 1},
        "workloads": [
            {"kind": "uniform", "accesses_per_tick": 3.0, "hot_spot": {"path": ["0", "3"], "dwell_ticks": 20}},
            {"kind": "zipf", "accesses_per_tick": 2.0, "items": 9}
        ],
        "wormholes": {"ports_per_node": 1, "initial": [["0", "3"]]},
        "physics": {
            "gravity": {"review_every_ticks": 5, "min_pull": 0},
            "decay": {"fade_per_tick": 0.1, "pay_review_ticks": 10, "archive_after_ticks": 20, "reopen_after_ticks": 5}
        },
        "router": {"kind": router},
        "events": [{"tick": 30, "fail_link": ["1", "2"]}, {"tick": 60, "restore_link": ["1", "2"]}],
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
