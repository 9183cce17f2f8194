//! The network that an earlier run left in its `wormholes/` tree, as what a scenario would have to say to start from
//! it.
//!
//! Links and nodes become a topology, what has failed becomes events at tick 0, active and dormant wormholes become
//! `wormholes.recovered`. Archived wormholes are history: only their numbers matter, which are not given again. What is
//! wrong with a file is told with the file, the JSON path in it, the value, and what is allowed. Files of a run
//! directory must be what the run wrote; a tree that is given by itself may have been edited.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Phase;
use super::problem::{Fault, JsonPath, Place, Problem, quoted};
use super::raw::{RawEvent, RawRecovered};
use super::tree::{Connections, LinkRow, NetworkGraph, NodeRow, PositionRow, VERSION, WormholeRow};
use super::{MAX_TICKS, json};
use crate::topology::json::{self as topology_json, RawDirection, RawLink, RawNode, RawTopology};
use crate::topology::{InputFile, MAX_SUM_OF_LATENCIES_TICKS};

/// Longest file of a tree that is read as a whole, bytes.
const MAX_BYTES: u64 = 1 << 28;

/// Longest line of a file of lines, bytes.
const MAX_LINE_BYTES: u64 = 1 << 20;

const GRAPH: &str = "topology/network_graph.json";

/// What says what a run wrote.
const MANIFEST: &str = "manifest.json";

/// Archived wormholes, a line each.
const ARCHIVED: &str = "connections/archived/wormholes.jsonl";

/// A network as a run left it.
pub(super) struct Network {
    pub(super) topology: RawTopology,
    /// The file of nodes and links.
    pub(super) graph: PathBuf,
    /// Length of its ticks, ms, if it is known.
    pub(super) tick_ms: Option<f64>,
    /// What has failed, at tick 0.
    pub(super) failures: Vec<RawEvent>,
    /// Active ones by id, then dormant ones in the order of the pool.
    pub(super) wormholes: Vec<RawRecovered>,
    /// Where each of them stands.
    pub(super) places: Vec<Origin>,
    pub(super) next_id: u32,
    pub(super) inputs: Vec<InputFile>,
}

/// Where a wormhole was read: a file and the path in it.
pub(super) type Origin = (PathBuf, JsonPath);

/// Reads the tree of a run directory, or the tree itself; `path` is that of the value that names it.
pub(super) fn read(run: &Path, path: &JsonPath) -> Result<Network, Fault> {
    let failed = |problem| Fault::new(path.clone(), problem);
    let metadata = fs::metadata(run).map_err(|error| failed(Problem::Unreadable(error)))?;
    let tree = [run.join("wormholes"), run.to_owned()].into_iter().find(|tree| tree.join(GRAPH).is_file());
    let Some(tree) = tree.filter(|_| metadata.is_dir()) else {
        let expected = format!("a run directory, which has wormholes/{GRAPH}, or its folder wormholes");
        return Err(failed(Problem::NotAllowed { value: quoted(&run.display().to_string()), expected }));
    };
    let mut inputs = Vec::new();
    let file = tree.join(GRAPH);
    let graph: NetworkGraph = read_file(&file, path, &mut inputs, |graph: &NetworkGraph| graph.version)?;
    let mut rows = Vec::new();
    for phase in [Phase::Active, Phase::Dormant, Phase::Archived] {
        read_phase(&tree, phase, path, &mut inputs, &mut rows)?;
    }
    let mut seen = Seen::default();
    rows.iter().try_for_each(|(row, origin)| seen.check(row, origin))?;
    read_archived(&tree.join(ARCHIVED), path, &mut inputs, &mut seen)?;
    if tree != run && run.join(MANIFEST).exists() {
        refuse_changed(run, path, &inputs)?;
    }
    let next_id = seen.ids.last().map_or(0, |last| last + 1);
    let mut held: Vec<(WormholeRow, Origin)> =
        rows.into_iter().filter(|(row, _)| row.phase != Phase::Archived).collect();
    held.sort_by_key(|(row, _)| (row.pool_place, row.id));
    let (failures, tick_ms) = (failures(&graph), graph.tick_ms);
    let (wormholes, places) = held.into_iter().map(|(row, origin)| (recovered(row), origin)).unzip();
    Ok(Network { topology: topology(graph), graph: file, tick_ms, failures, wormholes, places, next_id, inputs })
}

/// Adds the wormholes of one phase with their places.
fn read_phase(
    tree: &Path,
    phase: Phase,
    path: &JsonPath,
    inputs: &mut Vec<InputFile>,
    rows: &mut Vec<(WormholeRow, Origin)>,
) -> Result<(), Fault> {
    let name = match phase {
        Phase::Active => "active",
        Phase::Dormant => "dormant",
        Phase::Archived => "archived",
    };
    let folder = tree.join("connections").join(name);
    let unreadable = |error| at(&folder, path.clone(), Problem::Unreadable(error));
    let entries = fs::read_dir(&folder).map_err(unreadable)?;
    let mut files =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>().map_err(unreadable)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort_unstable();
    for file in files {
        let content: Connections = read_file(&file, path, inputs, |content: &Connections| content.version)?;
        for (index, row) in content.wormholes.into_iter().enumerate() {
            let place = JsonPath::default().key("wormholes").index(index);
            if row.phase != phase {
                let value = format!("{:?}", row.phase).to_lowercase();
                return Err(not_allowed(&file, place.key("phase"), value, format!("{name}, as the folder is named")));
            }
            rows.push((row, (file.clone(), place)));
        }
    }
    Ok(())
}

/// Checks the archived wormholes, if there is a file of them.
fn read_archived(file: &Path, path: &JsonPath, inputs: &mut Vec<InputFile>, seen: &mut Seen) -> Result<(), Fault> {
    if fs::symlink_metadata(file).is_err() {
        return Ok(());
    }
    let failed = |problem| at(file, path.clone(), problem);
    let mut lines = BufReader::new(json::open(file).map_err(failed)?);
    let (mut hasher, mut line) = (blake3::Hasher::new(), Vec::new());
    for number in 1.. {
        line.clear();
        let read = lines.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line);
        if read.map_err(|error| failed(Problem::Unreadable(error)))? == 0 {
            break;
        }
        if line.len() as u64 > MAX_LINE_BYTES {
            return Err(failed(Problem::TooLarge { limit: MAX_LINE_BYTES }));
        }
        hasher.update(&line);
        let mut deserializer = serde_json::Deserializer::from_slice(&line);
        let row: WormholeRow = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| Fault {
            place: Some(Place::Line { file: file.to_owned(), line: number }),
            ..mismatch(&error)
        })?;
        let place = JsonPath::default().index(number as usize - 1);
        if row.phase != Phase::Archived {
            let value = format!("{:?}", row.phase).to_lowercase();
            return Err(not_allowed(file, place.key("phase"), value, "archived, as the folder is named".to_owned()));
        }
        seen.check(&row, &(file.to_owned(), place))?;
    }
    inputs.push(InputFile { path: file.to_owned(), blake3: hasher.finalize() });
    Ok(())
}

/// Refuses files of a run directory that are not what the run wrote.
fn refuse_changed(run: &Path, path: &JsonPath, inputs: &[InputFile]) -> Result<(), Fault> {
    #[derive(Deserialize)]
    struct Manifest {
        outputs: BTreeMap<String, String>,
    }
    let file = run.join(MANIFEST);
    let failed = |problem| at(&file, path.clone(), problem);
    let text = json::read_text(&file).map_err(failed)?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|error| failed(Problem::Mismatch { message: error.to_string() }))?;
    let known: BTreeMap<PathBuf, String> =
        manifest.outputs.into_iter().map(|(path, hash)| (run.join(path), hash)).collect();
    let given = |path: &PathBuf| inputs.iter().any(|input| input.path == *path);
    let connections = run.join("wormholes/connections");
    if let Some(gone) = known.keys().find(|path| path.starts_with(&connections) && !given(path)) {
        return Err(at(gone, path.clone(), Problem::Unreadable(std::io::ErrorKind::NotFound.into())));
    }
    match inputs.iter().find(|input| known.get(&input.path).is_none_or(|hash| *hash != *input.blake3.to_hex())) {
        None => Ok(()),
        Some(input) => {
            let expected = "what the run wrote, with the hash in manifest.json; its folder wormholes may be edited";
            Err(not_allowed(&input.path, path.clone(), "its content".to_owned(), expected.to_owned()))
        }
    }
}

/// Numbers and places in the pool that are taken.
#[derive(Default)]
struct Seen {
    ids: BTreeSet<u32>,
    pool: BTreeSet<u32>,
}

impl Seen {
    /// Ranges and what belongs together, but for names of nodes, pairs and budgets.
    fn check(&mut self, row: &WormholeRow, (file, place): &Origin) -> Result<(), Fault> {
        let wrong = |field: &str, value: String, expected: &str| {
            Err(not_allowed(file, place.key(field), value, expected.to_owned()))
        };
        if row.id >= MAX_TICKS {
            return wrong("id", row.id.to_string(), "a whole number below 1000000000");
        }
        if !self.ids.insert(row.id) {
            return wrong("id", format!("{} again", row.id), "a number of its own for each wormhole");
        }
        if !(0.0..=1.0).contains(&row.strength) {
            return wrong("strength", row.strength.to_string(), "a number from 0 to 1");
        }
        if !row.span_ticks.0.iter().all(|span| (1..=MAX_SUM_OF_LATENCIES_TICKS).contains(span)) {
            return wrong("span_ticks", row.span_ticks.to_string(), "whole numbers from 1 to 2000000000");
        }
        if row.setup_ticks_left > MAX_TICKS {
            return wrong("setup_ticks_left", row.setup_ticks_left.to_string(), "a whole number up to 1000000000");
        }
        let dormant = row.phase == Phase::Dormant;
        let shown = |value: Option<u32>| value.map_or("null".to_owned(), |value| value.to_string());
        if row.dormant_ticks.is_some() != dormant || row.dormant_ticks.is_some_and(|ticks| ticks > MAX_TICKS) {
            let expected = "ticks up to 1000000000 for a dormant wormhole, null for another";
            return wrong("dormant_ticks", shown(row.dormant_ticks), expected);
        }
        if row.pool_place.is_some() != dormant || row.pool_place.is_some_and(|place| !self.pool.insert(place)) {
            let expected = "a place of its own for each dormant wormhole, null for one that is not dormant";
            return wrong("pool_place", shown(row.pool_place), expected);
        }
        Ok(())
    }
}

fn recovered(row: WormholeRow) -> RawRecovered {
    let WormholeRow { id, ends, kind, strength, span_ticks, setup_ticks_left, dormant_ticks, .. } = row;
    RawRecovered { id, ends, kind, strength, span_ticks, setup_ticks_left, dormant_ticks }
}

fn topology(graph: NetworkGraph) -> RawTopology {
    let node = |row: NodeRow| {
        let (mut latitude, mut longitude, mut x, mut y) = (None, None, None, None);
        match row.position {
            None => {}
            Some(PositionRow::Geographic { latitude: north, longitude: east }) => {
                (latitude, longitude) = (Some(north), Some(east));
            }
            Some(PositionRow::Plane { x: right, y: up }) => (x, y) = (Some(right), Some(up)),
        }
        RawNode { id: row.name.into(), alias: None, latitude, longitude, x, y, mass: Some(row.weight) }
    };
    let link = |row: LinkRow| RawLink {
        ends: row.ends.map(Into::into),
        latency_ticks: Some(row.latency_ticks),
        capacity_per_tick: row.capacity_per_tick,
        one_way: row.one_way,
        back: row.back.map(|back| {
            Box::new(RawDirection {
                latency_ticks: Some(back.latency_ticks),
                capacity_per_tick: back.capacity_per_tick,
                ..RawDirection::default()
            })
        }),
        ..RawLink::default()
    };
    RawTopology {
        schema: None,
        version: topology_json::VERSION,
        name: graph.name,
        source: graph.source,
        nodes: graph.nodes.into_iter().map(node).collect(),
        links: graph.links.into_iter().map(link).collect(),
    }
}

fn failures(graph: &NetworkGraph) -> Vec<RawEvent> {
    let links = graph.links.iter().filter(|link| link.failed);
    let nodes = graph.nodes.iter().filter(|node| !node.up && !node.away);
    links
        .map(|link| RawEvent { fail_link: Some(link.ends.clone()), ..RawEvent::default() })
        .chain(nodes.map(|node| RawEvent { fail_node: Some(node.name.clone()), ..RawEvent::default() }))
        .collect()
}

fn read_file<T: DeserializeOwned>(
    file: &Path,
    path: &JsonPath,
    inputs: &mut Vec<InputFile>,
    version: impl Fn(&T) -> u32,
) -> Result<T, Fault> {
    let failed = |problem| at(file, path.clone(), problem);
    let mut bytes = Vec::new();
    let opened = json::open(file).map_err(failed)?;
    opened.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(Problem::Unreadable(error)))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed(Problem::TooLarge { limit: MAX_BYTES }));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
    let content: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let (line, column) = (error.inner().line(), error.inner().column());
        Fault { place: Some(Place::Position { file: file.to_owned(), line, column }), ..mismatch(&error) }
    })?;
    if version(&content) != VERSION {
        let place = JsonPath::default().key("version");
        return Err(not_allowed(file, place, version(&content).to_string(), VERSION.to_string()));
    }
    inputs.push(InputFile { path: file.to_owned(), blake3: blake3::hash(&bytes) });
    Ok(content)
}

/// What another file has that its type does not allow.
fn mismatch(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let message = error.inner().to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    Fault::new(error.path().into(), Problem::Mismatch { message })
}

/// A problem of the value at `path` of another file.
pub(super) fn at(file: &Path, path: JsonPath, problem: Problem) -> Fault {
    Fault { place: Some(Place::File(file.to_owned())), ..Fault::new(path, problem) }
}

fn not_allowed(file: &Path, path: JsonPath, value: String, expected: String) -> Fault {
    at(file, path, Problem::NotAllowed { value, expected })
}
