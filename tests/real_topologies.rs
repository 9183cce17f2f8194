//! Shipped topologies, and the real networks of the directory that WORMSIM_REAL_DATA names (skipped without it).

use std::path::{Path, PathBuf};

use wormsim::physics::geometry::great_circle_km;
use wormsim::topology::json::{RawTopology, parse_raw, to_text};
use wormsim::topology::{Defaults, NodeId, Parts, Position, Rules, Topology, read_topology};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/topologies").join(name)
}

fn real_data() -> Option<PathBuf> {
    let directory = std::env::var_os("WORMSIM_REAL_DATA").map(PathBuf::from);
    if directory.is_none() {
        eprintln!("skipped: WORMSIM_REAL_DATA is not set");
    }
    directory
}

fn read(path: &Path, parts: Parts) -> Topology {
    read_topology(path, &Rules { tick_ms: 0.1, parts, ..Rules::default() }).unwrap_or_else(|error| panic!("{error}")).0
}

/// Number words of the lines that are no comment.
fn numbers(path: &Path) -> Vec<Vec<u32>> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split_whitespace().map(|word| word.parse().unwrap()).collect()).collect()
}

fn raw(name: &str) -> (RawTopology, String) {
    let text = std::fs::read_to_string(shipped(name)).unwrap();
    (parse_raw(text.as_bytes()).unwrap(), text)
}

fn ends(topology: &Topology) -> Vec<(u32, u32)> {
    topology.links().map(|(_, a, b, _)| (a.0, b.0)).collect()
}

#[test]
fn shipped_files_are_complete_and_as_the_writer_writes_them() {
    for (name, nodes, links) in [("nsfnet.json", 14, 22), ("abilene.json", 11, 14), ("boyan-littman-6x6.json", 36, 50)]
    {
        let (raw, text) = raw(name);
        assert!(raw.source.is_some());
        assert_eq!(to_text(&raw), text, "{name}");
        let topology = read(&shipped(name), Parts::Largest);
        assert_eq!((topology.node_count(), topology.link_count()), (nodes, links));
        let masses_default = if name == "abilene.json" { 0 } else { nodes as u32 };
        let expected = Defaults {
            nodes_in_source: nodes as u32,
            links_in_source: links as u32,
            capacities_unlimited: links as u32,
            masses_default,
            // What latencies are, the other tests say.
            tick_ms: topology.defaults.tick_ms,
            latencies_off: topology.defaults.latencies_off,
            fitting_tick_ms: topology.defaults.fitting_tick_ms,
            fitting_is_bound: topology.defaults.fitting_is_bound,
            ..Defaults::default()
        };
        assert_eq!(topology.defaults, expected, "{name}");
        let again = to_text(&RawTopology::from(&topology));
        let reread = parse_raw(again.as_bytes()).unwrap();
        assert_eq!(to_text(&reread), again);
    }
}

#[test]
fn nsfnet_lengths_agree_with_its_coordinates() {
    let topology = read(&shipped("nsfnet.json"), Parts::Largest);
    for (_, a, b, link) in topology.links() {
        let place = |id| match topology.node(id).position {
            Some(Position::Geographic { latitude, longitude }) => {
                wormsim::physics::geometry::Place { latitude, longitude }
            }
            _ => panic!("no place"),
        };
        // A tick of 0.1 ms is 20 km. The shortest links are rounded most.
        let ratio = f64::from(link.forth.latency_ticks) * 20.0 / great_circle_km(place(a), place(b));
        assert!((0.6..1.1).contains(&ratio), "{} {}: {ratio}", topology.node(a).name, topology.node(b).name);
    }
}

#[test]
fn nsfnet_is_the_one_of_the_data() {
    let Some(data) = real_data() else { return };
    let lines = numbers(&data.join("nsfnet/nsfnet14-km.txt"));
    let expected: Vec<_> = lines[2..].iter().map(|line| (line[0] - 1, line[1] - 1, f64::from(line[2]))).collect();
    let (raw, _) = raw("nsfnet.json");
    let kilometres: Vec<f64> = raw.links.iter().map(|link| link.length_km.unwrap()).collect();
    let topology = read(&shipped("nsfnet.json"), Parts::Largest);
    let found: Vec<_> = ends(&topology).into_iter().zip(kilometres).map(|((a, b), km)| (a, b, km)).collect();
    assert_eq!((lines[0][0], lines[1][0]), (14, 22));
    assert_eq!(found, expected);
}

#[test]
fn boyan_littman_is_the_one_of_the_data() {
    let Some(data) = real_data() else { return };
    let expected: Vec<_> =
        numbers(&data.join("boyan-littman/6x6.edges")).iter().map(|line| (line[0], line[1])).collect();
    let topology = read(&shipped("boyan-littman-6x6.json"), Parts::Largest);
    assert_eq!(ends(&topology), expected);
    assert!(topology.links().all(|(.., link)| link.forth.latency_ticks == 1));
    for (id, node) in topology.nodes() {
        assert_eq!(*node.name, id.0.to_string());
        let (x, y) = (f64::from(id.0 % 6), f64::from(5 - id.0 / 6));
        assert_eq!(node.position, Some(Position::Plane { x, y }));
    }
}

#[test]
fn abilene_is_the_one_of_the_data() {
    let Some(data) = real_data() else { return };
    let ours = read(&shipped("abilene.json"), Parts::Largest);
    let theirs = read(&data.join("topology-zoo/Abilene.graphml"), Parts::Largest);
    assert!(ours.links().eq(theirs.links()));
    for (a, b) in ours.nodes().zip(theirs.nodes()) {
        assert_eq!((&a.1.name, a.1.position), (&b.1.name, b.1.position));
    }
}

/// What the data's README says of a file, and what follows from it.
struct Expected {
    file: &'static str,
    nodes: u32,
    links: u32,
    loops: u32,
    parallels: u32,
    largest_part: u32,
    without_position: u32,
    hubs: u32,
    shared_names: u32,
}

const fn zoo(file: &'static str, numbers: [u32; 8]) -> Expected {
    let [nodes, links, loops, parallels, largest_part, without_position, hubs, shared_names] = numbers;
    Expected { file, nodes, links, loops, parallels, largest_part, without_position, hubs, shared_names }
}

/// Numbers are in the order of the fields of [`Expected`].
const ZOO: [Expected; 12] = [
    zoo("Abilene", [11, 14, 0, 0, 11, 0, 0, 0]),
    zoo("Aconet", [23, 31, 0, 0, 23, 6, 1, 0]),
    zoo("Cesnet2", [30, 42, 0, 0, 30, 30, 0, 0]),
    zoo("Psnc", [36, 41, 0, 0, 36, 15, 7, 0]),
    zoo("Geant2012", [40, 61, 0, 0, 40, 3, 0, 0]),
    zoo("Ntt", [47, 216, 0, 153, 32, 0, 0, 0]),
    zoo("Garr201201", [61, 89, 0, 14, 61, 13, 0, 2]),
    zoo("Interoute", [110, 158, 2, 10, 110, 14, 6, 6]),
    zoo("Pern", [127, 129, 0, 0, 127, 119, 4, 121]),
    zoo("DialtelecomCz", [193, 151, 0, 0, 138, 15, 10, 11]),
    zoo("Cogentco", [197, 245, 0, 2, 197, 11, 11, 11]),
    zoo("Kdl", [754, 899, 0, 4, 754, 28, 28, 179]),
];

#[test]
fn all_networks_of_the_zoo_load_and_count_their_quirks() {
    let Some(data) = real_data() else { return };
    for expected in &ZOO {
        let path = data.join("topology-zoo").join(expected.file).with_extension("graphml");
        let topology = read(&path, Parts::All);
        let found = &topology.defaults;
        let file = expected.file;
        assert_eq!((found.nodes_in_source, found.links_in_source), (expected.nodes, expected.links), "{file}");
        assert_eq!(
            (found.self_loops_dropped, found.parallel_links_merged),
            (expected.loops, expected.parallels),
            "{file}"
        );
        assert_eq!(found.positions_from_neighbours + found.positions_unknown, expected.without_position, "{file}");
        assert_eq!(found.names_made_unique, expected.shared_names, "{file}");
        assert_eq!(topology.nodes().filter(|(_, node)| node.mass == 0.0).count() as u32, expected.hubs, "{file}");
        assert_eq!(topology.node_count() as u32, expected.nodes, "{file}");
        assert_eq!(topology.link_count() as u32, expected.links - expected.loops - expected.parallels, "{file}");

        let largest = read(&path, Parts::Largest);
        assert_eq!(largest.node_count() as u32, expected.largest_part, "{file}");
        assert_eq!(largest.defaults.nodes_outside_largest_part, expected.nodes - expected.largest_part, "{file}");
        let nowhere = expected.without_position == expected.nodes;
        assert_eq!(largest.defaults.positions_unknown, if nowhere { expected.nodes } else { 0 }, "{file}");
        assert_eq!(largest.defaults.latencies_default, if nowhere { expected.links } else { 0 }, "{file}");
        // A tick is 20 km; no cable of these networks is longer than the way around the Earth.
        assert!(largest.links().all(|(.., link)| (1..=1002).contains(&link.forth.latency_ticks)), "{file}");
    }
}

#[test]
fn speeds_of_the_zoo_become_capacities() {
    let Some(data) = real_data() else { return };
    let rules = Rules { tick_ms: 1.0, bits_per_access: Some(1e6), ..Rules::default() };
    let with_speed = |file: &str| {
        let (topology, _) = read_topology(&data.join("topology-zoo").join(file), &rules).unwrap();
        let capacities: Vec<_> = topology.links().map(|(.., link)| link.forth.capacity_per_tick).collect();
        assert_eq!(capacities.iter().filter(|c| c.is_none()).count() as u32, topology.defaults.capacities_unlimited);
        (topology, capacities)
    };
    let (_, capacities) = with_speed("Geant2012.graphml");
    assert_eq!(capacities.iter().flatten().count(), 39);
    // 5 Gbit/s between the nodes 2 and 35: 5 Mbit a tick.
    let (garr, capacities) = with_speed("Garr201201.graphml");
    let link = garr.link_between(NodeId(2), NodeId(35)).unwrap();
    assert_eq!(capacities[link as usize].map(u32::from), Some(5));
}

#[test]
fn doubly_escaped_text_and_graph_labels_are_read() {
    let Some(data) = real_data() else { return };
    let aconet = read(&data.join("topology-zoo/Aconet.graphml"), Parts::Largest);
    assert_eq!(aconet.name, "Aconet");
    assert_eq!(aconet.source.as_deref(), Some("http://www.aco.net/ueberblick.html?&L=1"));
}

/// Measured round trips carry wormholes of an overlay on a ring; what is peculiar about them is counted. Seattle's are
/// in seconds.
#[test]
fn round_trips_of_others_are_read_and_what_is_peculiar_is_counted() {
    let Some(directory) = real_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, nodes, factor, [holes, one_sided, asymmetric]) in
        [("PlanetLabData_1", 490, 1.0, [0; 3]), ("SeattleData_1", 99, 1000.0, [22, 21, 3734])]
    {
        let text = std::fs::read_to_string(directory.join("latency").join(name)).unwrap();
        let scaled = |line: &str| -> Vec<String> {
            line.split_whitespace().map(|word| (word.parse::<f64>().unwrap() * factor).to_string()).collect()
        };
        let rows: Vec<String> = text.lines().map(|line| scaled(line).join("\t")).collect();
        std::fs::write(folder.path().join("rtt.tsv"), rows.join("\n")).unwrap();
        let scenario = serde_json::json!({
            "version": 2, "name": "overlay", "ticks": 200, "warmup_ticks": 50,
            "topology": {"generator": {"kind": "ring", "nodes": nodes, "latency_ticks": 40}},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 2.0}],
            "wormholes": {"carrier": {"kind": "measured", "file": "rtt.tsv"}},
            "physics": {"gravity": {"min_pull": 0}},
            "router": {"kind": "shortest_path"}
        });
        let path = folder.path().join("overlay.json");
        std::fs::write(&path, scenario.to_string()).unwrap();
        let loaded = wormsim::simulation::load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        let Some(wormsim::scenario::Carrier::Measured(round_trips)) = &loaded.scenario.wormholes.carrier else {
            panic!("{name} is a carrier");
        };
        let counts = round_trips.counts;
        assert_eq!([counts.holes, counts.one_sided, counts.asymmetric], [holes, one_sided, asymmetric], "{name}");
        // What is resolved loads again, without the file, to the same.
        std::fs::remove_file(folder.path().join("rtt.tsv")).unwrap();
        std::fs::write(&path, serde_json::to_string(&loaded.resolved).unwrap()).unwrap();
        let again = wormsim::simulation::load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.scenario.wormholes, loaded.scenario.wormholes);
        let mut simulation = wormsim::simulation::Simulation::new(again.scenario.into()).unwrap();
        (0..200).for_each(|_| drop(simulation.step().unwrap()));
        assert!(simulation.wormholes().count() > 0, "{name}");
    }
}
