//! The generated networks have the counts and degrees that their definitions demand.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use wormsim::topology::generators::Generator;
use wormsim::topology::{NodeId, Parts, Position, Rules, Topology, TopologyError};

fn try_with(generator: Generator, seed: u64) -> Result<Topology, TopologyError> {
    let rules = Rules { parts: Parts::All, ..Rules::default() };
    generator.generate(Some(5), &rules, &mut ChaCha8Rng::seed_from_u64(seed))
}

fn with(generator: Generator, seed: u64) -> Topology {
    let topology = try_with(generator, seed).unwrap();
    assert_eq!((topology.defaults.self_loops_dropped, topology.defaults.parallel_links_merged), (0, 0));
    for (id, node) in topology.nodes() {
        assert_eq!(*node.name, id.0.to_string());
        assert!(matches!(node.position, Some(Position::Plane { x, y }) if x.is_finite() && y.is_finite()));
    }
    assert!(topology.links().all(|(.., link)| link.forth.capacity_per_tick.map(u32::from) == Some(5)));
    topology
}

fn degrees(topology: &Topology) -> Vec<usize> {
    topology.nodes().map(|(id, _)| topology.graph.neighbors(id.into()).count()).collect()
}

fn ends(topology: &Topology) -> Vec<(u32, u32)> {
    topology.links().map(|(_, a, b, _)| (a.0, b.0)).collect()
}

#[test]
fn grids_have_the_links_of_their_rows_and_columns() {
    for (rows, columns) in [(1, 2), (3, 1), (2, 2), (6, 6), (4, 7)] {
        let grid = with(Generator::Grid { rows, columns, latency_ticks: 3 }, 0);
        assert_eq!(grid.node_count() as u32, rows * columns);
        assert_eq!(grid.link_count() as u32, 2 * rows * columns - rows - columns);
        assert!(grid.links().all(|(_, a, b, link)| {
            let apart = (a.0 % columns).abs_diff(b.0 % columns) + (a.0 / columns).abs_diff(b.0 / columns);
            apart == 1 && link.forth.latency_ticks == 3
        }));
        assert_eq!(grid.node(NodeId(0)).position, Some(Position::Plane { x: 0.0, y: f64::from(rows - 1) }));
    }
}

#[test]
fn every_node_of_a_torus_has_four_links_and_of_a_ring_two() {
    for (rows, columns) in [(3, 3), (3, 5), (8, 4)] {
        let torus = with(Generator::Torus { rows, columns, latency_ticks: 1 }, 0);
        assert_eq!(torus.link_count() as u32, 2 * rows * columns);
        assert!(degrees(&torus).iter().all(|&degree| degree == 4));
    }
    let ring = with(Generator::Ring { nodes: 9, latency_ticks: 1 }, 0);
    assert_eq!((ring.node_count(), ring.link_count()), (9, 9));
    assert!(degrees(&ring).iter().all(|&degree| degree == 2));
}

#[test]
fn erdos_renyi_links_and_degrees_are_binomial() {
    let (nodes, probability) = (400_u32, 0.02);
    let pairs = f64::from(nodes * (nodes - 1) / 2);
    let sigma = (pairs * probability * (1.0 - probability)).sqrt();
    let mut first_row = 0;
    for seed in 0..40 {
        let graph = with(Generator::ErdosRenyi { nodes, probability, latency_ticks: 1 }, seed);
        let links = graph.link_count() as f64;
        assert!((links - pairs * probability).abs() < 4.0 * sigma, "{links} links");
        first_row += degrees(&graph)[0];
    }
    // Degree of node 0 over 40 graphs: 40·399 trials.
    let (mean, sigma) = (40.0 * 399.0 * 0.02, (40.0_f64 * 399.0 * 0.02 * 0.98).sqrt());
    assert!((first_row as f64 - mean).abs() < 4.0 * sigma, "{first_row}");
}

#[test]
fn erdos_renyi_draws_each_pair_equally_often() {
    let mut counts = [[0_u32; 5]; 5];
    for seed in 0..2000 {
        let generator = Generator::ErdosRenyi { nodes: 5, probability: 0.5, latency_ticks: 1 };
        // A graph without links, once in a thousand, is refused.
        let Ok(graph) = try_with(generator, seed) else { continue };
        for (a, b) in ends(&graph) {
            counts[a as usize][b as usize] += 1;
        }
    }
    for (row, column) in (0..5).flat_map(|row| (row + 1..5).map(move |column| (row, column))) {
        assert!((900..=1100).contains(&counts[row][column]), "{row} {column}: {counts:?}");
    }
    let complete = with(Generator::ErdosRenyi { nodes: 30, probability: 1.0, latency_ticks: 1 }, 1);
    assert_eq!(complete.link_count(), 30 * 29 / 2);
}

#[test]
fn barabasi_albert_has_its_links_its_least_degree_and_a_heavy_tail() {
    for (nodes, links_per_node) in [(2, 1), (50, 1), (1000, 3), (60, 59), (60, 40)] {
        let graph = with(Generator::BarabasiAlbert { nodes, links_per_node, latency_ticks: 1 }, 7);
        assert_eq!(graph.link_count() as u32, links_per_node * (nodes - links_per_node));
        for newcomer in links_per_node + 1..nodes {
            assert_eq!(ends(&graph).iter().filter(|&&(_, b)| b == newcomer).count() as u32, links_per_node);
        }
        assert_eq!(petgraph::algo::connected_components(&graph.graph), 1);
    }
    // P(degree ≥ k) tends to m(m+1)/(k(k+1)): for m = 3, k = 20 a share of 12/420.
    let graph = with(Generator::BarabasiAlbert { nodes: 20_000, links_per_node: 3, latency_ticks: 1 }, 11);
    let share = degrees(&graph).iter().filter(|&&degree| degree >= 20).count() as f64 / 20_000.0;
    assert!((share / (12.0 / 420.0) - 1.0).abs() < 0.15, "{share}");
}

#[test]
fn watts_strogatz_keeps_its_links_and_moves_the_stated_share() {
    let lattice = with(Generator::WattsStrogatz { nodes: 20, neighbours: 4, rewiring: 0.0, latency_ticks: 1 }, 3);
    assert!(degrees(&lattice).iter().all(|&degree| degree == 4));
    for (nodes, neighbours, rewiring) in [(2000, 6, 0.25), (500, 4, 1.0), (7, 6, 1.0), (9, 6, 1.0)] {
        let graph = with(Generator::WattsStrogatz { nodes, neighbours, rewiring, latency_ticks: 1 }, 5);
        assert_eq!(graph.link_count() as u32, nodes * neighbours / 2);
        assert!(degrees(&graph).iter().all(|&degree| degree as u32 >= neighbours / 2));
    }
    let graph = with(Generator::WattsStrogatz { nodes: 2000, neighbours: 6, rewiring: 0.25, latency_ticks: 1 }, 5);
    let far = ends(&graph).iter().filter(|&&(a, b)| a.abs_diff(b).min(2000 - a.abs_diff(b)) > 3).count();
    // 6000 links, each moved with probability 1/4: σ = 33.5.
    assert!((far as f64 - 1500.0).abs() < 4.5 * 33.5, "{far}");
}

#[test]
fn random_geometric_is_what_brute_force_finds() {
    for (seed, nodes, radius) in [(1, 2, 1.5), (2, 60, 0.2), (3, 200, 0.05), (4, 80, 0.33), (5, 90, 0.7), (6, 40, 1.2)]
    {
        let graph = with(Generator::RandomGeometric { nodes, radius, latency_ticks_per_unit: 100.0 }, seed);
        let place = |node: u32| match graph.node(NodeId(node)).position {
            Some(Position::Plane { x, y }) => (x, y),
            _ => panic!("no place"),
        };
        let mut expected = Vec::new();
        for a in 0..nodes {
            for b in a + 1..nodes {
                let (x, y) = (place(a).0 - place(b).0, place(a).1 - place(b).1);
                let distance = (x * x + y * y).sqrt();
                if distance <= radius {
                    expected.push((a, b, ((distance * 100.0).round() as u32).max(1)));
                }
            }
        }
        let found: Vec<_> = graph.links().map(|(_, a, b, link)| (a.0, b.0, link.forth.latency_ticks)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn the_same_seed_gives_the_same_graph_and_another_seed_another() {
    let (nodes, latency_ticks) = (100, 1);
    for generator in [
        Generator::ErdosRenyi { nodes, probability: 0.1, latency_ticks },
        Generator::BarabasiAlbert { nodes, links_per_node: 2, latency_ticks },
        Generator::WattsStrogatz { nodes, neighbours: 4, rewiring: 0.3, latency_ticks },
        Generator::RandomGeometric { nodes, radius: 0.2, latency_ticks_per_unit: 9.0 },
    ] {
        assert!(with(generator, 1).nodes().eq(with(generator, 1).nodes()));
        assert!(with(generator, 1).links().eq(with(generator, 1).links()));
        assert_ne!(ends(&with(generator, 1)), ends(&with(generator, 2)));
    }
}

#[test]
fn a_disconnected_graph_obeys_the_parts_rule() {
    let generator = Generator::ErdosRenyi { nodes: 300, probability: 0.004, latency_ticks: 1 };
    let all = with(generator, 8);
    let largest = generator.generate(None, &Rules::default(), &mut ChaCha8Rng::seed_from_u64(8)).unwrap();
    assert_eq!(all.node_count(), 300);
    assert!(largest.node_count() < 300);
    assert_eq!(petgraph::algo::connected_components(&largest.graph), 1);
    assert_eq!(largest.node_count() + largest.defaults.nodes_outside_largest_part as usize, 300);
}

#[test]
fn absurd_parameters_are_refused_at_once() {
    let (nodes, latency_ticks) = (u32::MAX, 1);
    for generator in [
        Generator::Grid { rows: u32::MAX, columns: u32::MAX, latency_ticks },
        Generator::Grid { rows: 0, columns: 3, latency_ticks },
        Generator::Grid { rows: 1, columns: 1, latency_ticks },
        Generator::Grid { rows: 3, columns: 3, latency_ticks: 0 },
        Generator::Torus { rows: 2, columns: 3, latency_ticks },
        Generator::Torus { rows: 3, columns: u32::MAX, latency_ticks },
        Generator::Ring { nodes, latency_ticks },
        Generator::Ring { nodes: 2, latency_ticks },
        Generator::ErdosRenyi { nodes, probability: 0.1, latency_ticks },
        Generator::ErdosRenyi { nodes: 1_000_000, probability: 1.0, latency_ticks },
        Generator::ErdosRenyi { nodes: 1_000_000, probability: 1e-300, latency_ticks },
        Generator::ErdosRenyi { nodes: 10, probability: f64::NAN, latency_ticks },
        Generator::ErdosRenyi { nodes: 0, probability: 0.5, latency_ticks },
        Generator::BarabasiAlbert { nodes, links_per_node: 1, latency_ticks },
        Generator::BarabasiAlbert { nodes: 3, links_per_node: 3, latency_ticks },
        Generator::BarabasiAlbert { nodes: 1_000_000, links_per_node: 5, latency_ticks },
        Generator::WattsStrogatz { nodes: 10, neighbours: 3, rewiring: 0.1, latency_ticks },
        Generator::WattsStrogatz { nodes: 10, neighbours: 10, rewiring: 0.1, latency_ticks },
        Generator::WattsStrogatz { nodes: 10, neighbours: 2, rewiring: -0.1, latency_ticks },
        Generator::RandomGeometric { nodes: 1_000_000, radius: 1.5, latency_ticks_per_unit: 1.0 },
        Generator::RandomGeometric { nodes: 10, radius: 0.0, latency_ticks_per_unit: 1.0 },
        Generator::RandomGeometric { nodes: 10, radius: 0.5, latency_ticks_per_unit: f64::INFINITY },
    ] {
        assert!(try_with(generator, 1).is_err(), "{generator:?}");
    }
}
