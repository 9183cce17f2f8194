//! The network that a path names: a topology file, or a run directory at its last state.

use std::fs;
use std::path::{Path, PathBuf};

use super::layout::is_connections;
use super::manifest::Manifest;
use super::wormholes::connections::{Connections, WormholeRow};
use super::wormholes::topology::{DirectionRow, NetworkGraph, NodeRow, PositionRow};
use crate::error::Error;
use crate::routing::network::{Network, OpenWormhole, RunState};
use crate::topology::{
    DirectionInput, LinkInput, LinkLength, MAX_SUM_OF_LATENCIES_TICKS, NameIndex, NodeId, NodeInput, Parts, Place,
    Position, Rules, STANDARD_INPUT, Topology, TopologyBuilder, TopologyError, WeightUnit, quoted, read_topology,
};

/// What a run directory is known by.
const GRAPH: &str = "wormholes/topology/network_graph.json";

/// Where its open wormholes are.
const ACTIVE: &str = "wormholes/connections/active/";

/// Reads a topology file, keeping all its parts, in ticks of `tick_ms`, its weights as they are said to be; or the last
/// state of a run directory, whose ticks are its own.
///
/// # Errors
/// [`Error::Topology`] for what is wrong with nodes and links, [`Error::Format`] for files of a run directory that are
/// no such files, [`Error::Io`], and [`Error::NoRun`] for a directory without a run.
pub fn read_network(path: &Path, tick_ms: f64, weight_unit: Option<WeightUnit>) -> Result<Network, Error> {
    let rules = Rules { tick_ms, parts: Parts::All, weight_unit, ..Rules::default() };
    let network = read(path, &rules)?;
    let Topology { graph, .. } = &network.topology;
    let (nodes, links) = (graph.node_count(), graph.edge_count());
    tracing::info!(path = %path.display(), nodes, links, wormholes = network.wormholes.len(), "network read");
    Ok(network)
}

fn read(path: &Path, rules: &Rules) -> Result<Network, Error> {
    if path == Path::new(STANDARD_INPUT) {
        return Ok(read_topology(path, rules)?.0.into());
    }
    let metadata = fs::metadata(path).map_err(|source| TopologyError::Unreadable { path: path.into(), source })?;
    if metadata.is_dir() {
        return read_run(path);
    }
    Ok(read_topology(path, rules)?.0.into())
}

fn read_run(directory: &Path) -> Result<Network, Error> {
    let path = directory.join(GRAPH);
    if !path.is_file() {
        return Err(Error::NoRun { path: directory.to_owned() });
    }
    let manifest = Manifest::read(directory)?;
    let graph: NetworkGraph = manifest.read_json(directory, GRAPH)?;
    let topology = topology_of(&graph, directory).map_err(|source| in_file(path, source))?;
    let wormholes = wormholes_of(directory, &manifest, &topology, &graph)?;
    let run = RunState {
        tick: graph.tick,
        links_down: graph.links.iter().filter(|link| !link.up).count(),
        nodes_down: graph.nodes.iter().filter(|node| !node.up).count(),
    };
    Ok(Network { topology, wormholes, processing_ticks: graph.processing_ticks, run: Some(run) })
}

fn in_file(path: PathBuf, source: TopologyError) -> TopologyError {
    TopologyError::InFile { path, source: Box::new(source) }
}

/// All nodes, and the links that are up, of the graph of a run in `directory`.
///
/// # Errors
/// [`TopologyError`] for nodes and links that make no topology.
pub fn topology_of(graph: &NetworkGraph, directory: &Path) -> Result<Topology, TopologyError> {
    // The last part of a path may be no name, as of `.`.
    let place = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut builder =
        TopologyBuilder { name, nodes: graph.nodes.iter().map(node).collect(), ..TopologyBuilder::default() };
    let ids = NameIndex::from_names(graph.nodes.iter().map(|node| &*node.name));
    let any_up = graph.links.iter().any(|link| link.up);
    for (index, link) in graph.links.iter().enumerate().filter(|(_, link)| link.up || !any_up) {
        let [a, b] = &link.ends;
        let place = |end| Place::LinkEnd(index as u32, end);
        let ends = [end(&ids, a, place(0))?.0, end(&ids, b, place(1))?.0];
        let direction = |row: DirectionRow| DirectionInput {
            length: Some(LinkLength::Ticks(row.latency_ticks)),
            capacity_per_tick: row.capacity_per_tick,
        };
        let [forth, back] = [0, 1].map(|side| link.direction(side).map(direction));
        builder.links.push(LinkInput { ends, forth: forth.unwrap_or_default(), back });
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
    NodeInput { id: row.name.as_str().into(), label: None, alias: None, position, mass: None }
}

fn end(ids: &NameIndex, name: &str, place: Place) -> Result<NodeId, TopologyError> {
    let unknown = || TopologyError::UnknownNode { place, value: quoted(name), nearest: ids.nearest_quoted(name) };
    ids.find(name).ok_or_else(unknown)
}

/// The active wormholes whose ends are up, by id, with the ledgers that tell what a traversal costs.
fn wormholes_of(
    directory: &Path,
    manifest: &Manifest,
    topology: &Topology,
    graph: &NetworkGraph,
) -> Result<Vec<OpenWormhole>, Error> {
    let ids = NameIndex::new(topology);
    let mut open = Vec::new();
    for path in manifest.outputs.keys().filter(|path| is_connections(path) && path.starts_with(ACTIVE)) {
        let file: Connections = manifest.read_json(directory, path)?;
        let path = directory.join(path);
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
    let ticks = open.iter().map(|hole| u64::from(hole.transit_ticks.longest())).sum();
    if ticks > u64::from(MAX_SUM_OF_LATENCIES_TICKS) {
        return Err(in_file(directory.join(ACTIVE), TopologyError::SumOfLatencies { ticks }).into());
    }
    Ok(open)
}

fn wormhole(row: &WormholeRow, ends: [NodeId; 2]) -> OpenWormhole {
    OpenWormhole {
        id: row.id,
        ends,
        transit_ticks: row.transit_ticks,
        upkeep_ticks: row.ledger.upkeep_ticks / row.ledger.traversals.max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::routing::bidirectional::Bidirectional;
    use crate::routing::network::Measure;
    use crate::simulation::Simulation;
    use crate::store::json;
    use crate::store::wormholes::connections::files;
    use crate::store::wormholes::tests::{ring, start};
    use crate::topology::EachWay;

    /// A ring of six with two wormholes, one of which carries two accesses, in which some fail at the end.
    fn run(events: serde_json::Value) -> Simulation {
        let more = json!({
            "router": {"kind": "shortest_path"}, "events": events,
            "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                "policy": "fixed", "initial": [["0", "3"], ["1", "4"]]},
            "physics": {"wormhole": {"setup_ticks": 0}},
        });
        let mut simulation = start(ring(6), more, "0,0,3\n1,3,0\n");
        (0..20).for_each(|_| drop(simulation.step().unwrap()));
        simulation
    }

    /// Lets the manifest of a run speak of its files as they are.
    fn seal(run: &Path) {
        let path = run.join("manifest.json");
        let mut manifest: Manifest = json::read(&path).unwrap();
        let hash =
            |path: &String| (path.clone(), blake3::hash(&fs::read(run.join(path)).unwrap()).to_hex().to_string());
        manifest.outputs = manifest.outputs.keys().map(hash).collect();
        fs::write(path, manifest.to_text()).unwrap();
    }

    /// Writes what a network is read from into `folder/run`, a run of another scenario.
    fn write(folder: &Path, graph: &NetworkGraph, simulation: &Simulation) -> PathBuf {
        let run = folder.join("run");
        if !run.exists() {
            crate::store::disk::tests::run(&run, &crate::store::disk::tests::scenario()).unwrap();
        }
        fs::write(run.join(GRAPH), json::to_text(graph)).unwrap();
        for (path, file) in files(simulation).iter().filter(|(path, _)| path.contains("active")) {
            fs::write(run.join("wormholes").join(path), json::to_text(file)).unwrap();
        }
        seal(&run);
        run
    }

    #[test]
    fn a_run_is_read_as_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let simulation = run(json!([
            {"tick": 19, "fail_node": "5"}, {"tick": 19, "fail_link": ["1", "2"]},
            {"tick": 19, "set_capacity": {"link": ["0", "1"], "capacity_per_tick": 7}},
        ]));
        let path = write(folder.path(), &NetworkGraph::of(&simulation), &simulation);
        fs::write(path.join(ACTIVE).join("notes.txt"), "not ours").unwrap();
        let network = read_network(&path, 1.0, None).unwrap();
        assert_eq!(network.topology.name, "run");
        let names: Vec<_> = network.topology.nodes().map(|(_, node)| node.name.to_string()).collect();
        assert_eq!(names, ["0", "1", "2", "3", "4", "5"]);
        let links = network.topology.links().map(|(_, a, b, link)| {
            (a.0.min(b.0), a.0.max(b.0), link.forth.latency_ticks, link.forth.capacity_per_tick.map(u32::from))
        });
        let mut links: Vec<_> = links.collect();
        links.sort_unstable();
        assert_eq!(links, [(0, 1, 2, Some(7)), (2, 3, 2, None), (3, 4, 2, None)]);
        let run = network.run.unwrap();
        assert_eq!((run.tick, run.links_down, run.nodes_down), (19, 3, 1));
        let holes: Vec<_> = network.wormholes.iter().map(|hole| (hole.id, hole.ends.map(|end| end.0))).collect();
        assert_eq!(holes, [(0, [0, 3]), (1, [1, 4])]);
        // A traversal bears its share of the upkeep; all of it, if it would be the first.
        for (hole, (wormhole, .., ledger)) in network.wormholes.iter().zip(simulation.wormholes()) {
            assert_eq!(hole.transit_ticks, wormhole.transit);
            let shares = [2.0, 1.0][hole.id as usize];
            assert!(ledger.upkeep > 0.0);
            assert_eq!(hole.upkeep_ticks, ledger.upkeep / shares);
        }
    }

    /// Links of 2 ticks and a wormhole of 5, at nodes that take 3 more for every departure.
    #[test]
    fn what_departures_take_is_part_of_what_links_cost() {
        let folder = tempfile::tempdir().unwrap();
        let more = json!({
            "nodes": {"processing_ticks": 3}, "router": {"kind": "shortest_path"},
            "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                "policy": "fixed", "initial": [["0", "3"]]},
            "physics": {"wormhole": {"setup_ticks": 0}},
        });
        let mut simulation = start(ring(6), more, "0,0,2\n");
        (0..20).for_each(|_| drop(simulation.step().unwrap()));
        let network =
            read_network(&write(folder.path(), &NetworkGraph::of(&simulation), &simulation), 1.0, None).unwrap();
        assert_eq!(network.links().last().unwrap().2, [Some(5 + 3); 2]);
        let view = network.view(Measure::Latency).unwrap().0;
        let latency = Bidirectional::default().distance(&view, 0, 2).unwrap();
        assert_eq!(f64::from(latency), simulation.summary().latency_ticks.mean.unwrap());
        assert_eq!(latency, 2 * (2 + 3));
    }

    #[test]
    fn a_wormhole_whose_end_is_down_is_not_open_and_a_network_may_have_lost_all_links() {
        let folder = tempfile::tempdir().unwrap();
        let simulation = run(json!([]));
        let mut graph = NetworkGraph::of(&simulation);
        graph.nodes[4].up = false;
        graph.links.iter_mut().for_each(|link| link.up = false);
        let network = read_network(&write(folder.path(), &graph, &simulation), 1.0, None).unwrap();
        assert_eq!((network.topology.node_count(), network.topology.links().count()), (6, 0));
        assert_eq!(network.run.unwrap().links_down, 6);
        assert_eq!(network.wormholes.iter().map(|hole| hole.id).collect::<Vec<_>>(), [0]);
    }

    /// 3 ms are 6 ticks of half a millisecond; a part that nothing joins to the largest one is not left out.
    #[test]
    fn a_file_is_read_in_its_ticks_with_all_its_parts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("two.json");
        let link = |a: &str, b: &str, ms: f64| json!({"ends": [a, b], "latency_ms": ms});
        let nodes: Vec<_> = ["a", "b", "c", "d", "e"].map(|id| json!({"id": id})).into();
        let links = [link("a", "b", 3.0), link("b", "c", 1.0), link("d", "e", 2.0)];
        fs::write(&path, json!({"version": 1, "name": "two", "nodes": nodes, "links": links}).to_string()).unwrap();
        let network = read_network(&path, 0.5, None).unwrap();
        assert_eq!(network.topology.links().map(|(.., link)| link.forth.latency_ticks).collect::<Vec<_>>(), [6, 2, 4]);
        assert!(network.run.is_none() && network.wormholes.is_empty());
    }

    #[test]
    fn what_is_no_network_is_refused_and_the_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let simulation = run(json!([]));
        let path = write(folder.path(), &NetworkGraph::of(&simulation), &simulation);
        let active = path.join(ACTIVE).join("wormholes-000.json");
        let refused = |expected: &[&str]| {
            let error = read_network(&path, 1.0, None).unwrap_err().to_string();
            expected.iter().for_each(|part| assert!(error.contains(part), "{part} is missing in: {error}"));
        };
        let rewrite = |change: &dyn Fn(&mut Connections)| {
            let mut file: Connections = json::read(&active).unwrap();
            change(&mut file);
            fs::write(&active, json::to_text(&file)).unwrap();
            seal(&path);
        };
        // The most that all may take together, and one tick more.
        rewrite(&|file| {
            let rest = MAX_SUM_OF_LATENCIES_TICKS - file.wormholes[1].transit_ticks.longest();
            file.wormholes[0].transit_ticks = EachWay([1, rest]);
        });
        assert!(read_network(&path, 1.0, None).is_ok());
        rewrite(&|file| file.wormholes[0].transit_ticks.0[1] += 1);
        refused(&["active", &(u64::from(MAX_SUM_OF_LATENCIES_TICKS) + 1).to_string()]);
        rewrite(&|file| file.wormholes[0].ends[1] = "x".to_owned());
        refused(&["wormholes-000.json", "x"]);
        fs::write(&active, fs::read_to_string(&active).unwrap() + " ").unwrap();
        refused(&["wormholes-000.json", "hash"]);
        fs::remove_file(path.join(GRAPH)).unwrap();
        refused(&["run is no run directory of wormsim"]);
    }
}
