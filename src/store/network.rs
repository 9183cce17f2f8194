//! The network that a path names: a topology file, or a run directory at its last state.

use std::fs;
use std::path::{Path, PathBuf};

use super::json;
use super::tree::connections::{Connections, WormholeRow};
use super::tree::topology::{NetworkGraph, NodeRow, PositionRow};
use crate::error::Error;
use crate::routing::network::{Network, OpenWormhole, RunState};
use crate::topology::{
    LinkInput, LinkLength, MAX_SUM_OF_LATENCIES_TICKS, NameIndex, NodeId, NodeInput, Parts, Place, Position, Rules,
    Topology, TopologyBuilder, TopologyError, quoted, read_topology,
};

/// What a run directory is known by.
const GRAPH: &str = "wormholes/topology/network_graph.json";

/// Where its open wormholes are.
const ACTIVE: &str = "wormholes/connections/active";

/// Reads a topology file, keeping all its parts, in ticks of `tick_ms`; or the last state of a run directory, whose ticks
/// are its own.
///
/// # Errors
/// [`Error::Topology`] for what is wrong with nodes and links, [`Error::Format`] for files of a run directory that are no
/// such files, [`Error::Io`], and [`Error::Usage`] for a directory without a run.
pub fn read_network(path: &Path, tick_ms: f64) -> Result<Network, Error> {
    let network = read(path, tick_ms)?;
    let Topology { graph, .. } = &network.topology;
    let (nodes, links) = (graph.node_count(), graph.edge_count());
    tracing::info!(path = %path.display(), nodes, links, wormholes = network.wormholes.len(), "network read");
    Ok(network)
}

fn read(path: &Path, tick_ms: f64) -> Result<Network, Error> {
    let metadata = fs::metadata(path).map_err(|source| TopologyError::Unreadable { path: path.into(), source })?;
    if metadata.is_dir() {
        return read_run(path);
    }
    let rules = Rules { tick_ms, parts: Parts::All, ..Rules::default() };
    Ok(read_topology(path, &rules)?.0.into())
}

fn read_run(directory: &Path) -> Result<Network, Error> {
    let path = directory.join(GRAPH);
    if !path.is_file() {
        return Err(Error::Usage {
            option: "NETWORK",
            value: directory.display().to_string(),
            expected: format!("a topology file (.json or .graphml), or a run directory, which has {GRAPH}"),
        });
    }
    let graph: NetworkGraph = json::read(&path)?;
    let topology = topology_of(&graph, directory).map_err(|source| in_file(path, source))?;
    let wormholes = wormholes_of(directory, &topology, &graph)?;
    let run = RunState {
        tick: graph.tick,
        links_down: graph.links.iter().filter(|link| !link.up).count(),
        nodes_down: graph.nodes.iter().filter(|node| !node.up).count(),
    };
    Ok(Network { topology, wormholes, run: Some(run) })
}

fn in_file(path: PathBuf, source: TopologyError) -> TopologyError {
    TopologyError::InFile { path, source: Box::new(source) }
}

/// All nodes, and the links that are up.
fn topology_of(graph: &NetworkGraph, directory: &Path) -> Result<Topology, TopologyError> {
    // The last part of a path may be no name, as of `.`.
    let place = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut builder =
        TopologyBuilder { name, source: None, nodes: graph.nodes.iter().map(node).collect(), links: vec![] };
    let ids = NameIndex::from_names(graph.nodes.iter().map(|node| &*node.name));
    let any_up = graph.links.iter().any(|link| link.up);
    for (index, link) in graph.links.iter().enumerate().filter(|(_, link)| link.up || !any_up) {
        let [a, b] = &link.ends;
        let place = |end| Place::LinkEnd(index as u32, end);
        let ends = [end(&ids, a, place(0))?.0, end(&ids, b, place(1))?.0];
        let length = Some(LinkLength::Ticks(link.latency_ticks));
        builder.links.push(LinkInput { ends, length, capacity_per_tick: link.capacity_per_tick });
    }
    let mut topology = builder.build(&Rules { parts: Parts::All, ..Rules::default() })?;
    if !any_up {
        // A topology without links is none; a run may well have lost them all.
        topology.graph.clear_edges();
    }
    Ok(topology)
}

fn node(row: &NodeRow) -> NodeInput {
    let position = row.position.map(|position| match position {
        PositionRow::Geographic { latitude, longitude } => Position::Geographic { latitude, longitude },
        PositionRow::Plane { x, y } => Position::Plane { x, y },
    });
    NodeInput { id: row.name.as_str().into(), label: None, position, mass: None }
}

fn end(ids: &NameIndex, name: &str, place: Place) -> Result<NodeId, TopologyError> {
    let unknown = || TopologyError::UnknownNode { place, value: quoted(name), nearest: ids.nearest_quoted(name) };
    ids.find(name).ok_or_else(unknown)
}

/// The active wormholes whose ends are up, by id, with the ledgers that tell what a traversal costs.
fn wormholes_of(directory: &Path, topology: &Topology, graph: &NetworkGraph) -> Result<Vec<OpenWormhole>, Error> {
    let ids = NameIndex::new(topology);
    let mut open = Vec::new();
    for path in files_in(&directory.join(ACTIVE))? {
        let file: Connections = json::read(&path)?;
        for row in &file.wormholes {
            let [a, b] = row.ends.each_ref().map(|name| end(&ids, name, Place::Field("ends of a wormhole")));
            let in_file = |source| in_file(path.clone(), source);
            let ends = [a.map_err(in_file)?, b.map_err(in_file)?];
            if ends.iter().all(|end| graph.nodes[end.index()].up) {
                open.push(wormhole(row, ends));
            }
        }
    }
    open.sort_by_key(|hole| hole.id);
    let ticks = open.iter().map(|hole| u64::from(hole.transit_ticks)).sum();
    if ticks > u64::from(MAX_SUM_OF_LATENCIES_TICKS) {
        return Err(in_file(directory.join(ACTIVE), TopologyError::SumOfLatencies { ticks }).into());
    }
    Ok(open)
}

fn wormhole(row: &WormholeRow, ends: [NodeId; 2]) -> OpenWormhole {
    let upkeep = row.ledger.upkeep_ticks / row.ledger.traversals.max(1) as f64;
    OpenWormhole {
        id: row.id,
        ends,
        transit_ticks: row.transit_ticks,
        energy_ticks: f64::from(row.transit_ticks) + upkeep,
    }
}

/// The JSON files of a folder, by name.
pub(super) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Io { path: folder.to_owned(), action: "read", source };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut paths =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>().map_err(failed)?;
    paths.retain(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "json"));
    paths.sort_unstable();
    Ok(paths)
}
