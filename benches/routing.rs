//! Exact routes: ours and the peers' in one process, on a grid with random shortcuts.
//!
//! `cargo bench --bench routing` measures 10,000 nodes; with `-- growth` it measures 1,000 to 100,000, with `-- million`
//! 1,000,000. Peers run on up to 10,000 nodes; fast_paths on 1,000 only, since its preparation takes 5 minutes on
//! 10,000 with shortcuts (and a query then longer than petgraph's). Links cost 1 + U(0,1), in units so small that
//! sums are exact in whole numbers and in floating point alike: all must agree on every pair.

use std::hint::black_box;
use std::time::{Duration, Instant};

use petgraph::algo::{astar, bidirectional_dijkstra, dijkstra};
use petgraph::graph::{NodeIndex, UnGraph};
use rand::RngExt;
use wormsim::routing::alt::Alt;
use wormsim::routing::bidirectional::Bidirectional;
use wormsim::routing::dijkstra::Dijkstra;
use wormsim::routing::labels::Labels;
use wormsim::routing::landmarks::Landmarks;
use wormsim::routing::route::Route;
use wormsim::routing::view::View;
use wormsim::world::rng::stream;

/// Queries of a measurement; a tenth of it for a million nodes.
const PAIRS: usize = 1000;

/// Changes of each kind that what was prepared follows.
const CHANGES: usize = 100;

/// Most memory for hub labels.
const LABEL_BYTES: usize = 256 << 20;

/// A square grid of `side`² nodes and a shortcut for every five of them.
struct Network {
    nodes: u32,
    units: f64,
    /// (end, end, cost in units).
    links: Vec<(u32, u32, u32)>,
    pairs: Vec<(u32, u32)>,
}

impl Network {
    fn new(side: u32) -> Self {
        // The more nodes, the larger the unit: the longest conceivable path must have a cost.
        let units = f64::from(
            1 << if side <= 100 {
                16
            } else if side <= 320 {
                13
            } else {
                10
            },
        );
        let mut rng = stream(1, "bench");
        let nodes = side * side;
        let ends = (0..nodes).flat_map(|x| {
            let right = (x % side + 1 < side).then_some((x, x + 1));
            right.into_iter().chain((x + side < nodes).then_some((x, x + side)))
        });
        let mut ends: Vec<(u32, u32)> = ends.collect();
        let other = |x: u32, y: u32| if y >= x { y + 1 } else { y };
        let pair = |rng: &mut _| -> (u32, u32) {
            let x = RngExt::random_range(rng, 0..nodes);
            (x, other(x, RngExt::random_range(rng, 0..nodes - 1)))
        };
        ends.extend((0..nodes / 5).map(|_| pair(&mut rng)));
        let pairs = (0..if side < 1000 { PAIRS } else { PAIRS / 10 }).map(|_| pair(&mut rng)).collect();
        let mut cost = || ((1.0 + rng.random::<f64>()) * units).round() as u32;
        let links = ends.into_iter().map(|(a, b)| (a, b, cost())).collect();
        Self { nodes, units, links, pairs }
    }
}

/// What a method takes, by pair.
struct Times {
    label: &'static str,
    median: Duration,
    p99: Duration,
}

/// Times every pair, checks its cost in links, and prints.
fn measure(
    label: &'static str,
    network: &Network,
    expected: &mut Vec<f64>,
    mut cost: impl FnMut(u32, u32) -> f64,
) -> Times {
    let mut times = Vec::with_capacity(PAIRS);
    // The first round warms caches and scratch space.
    for round in 0..2 {
        times.clear();
        for (at, &(from, to)) in network.pairs.iter().enumerate() {
            let (found, spent) = timed(|| black_box(cost(black_box(from), black_box(to))));
            times.push(spent);
            if expected.len() == at {
                expected.push(found);
            }
            assert_eq!(found, expected[at], "{label}: {from} to {to}, round {round}");
        }
    }
    times.sort_unstable();
    let times = Times { label, median: times[times.len() / 2], p99: times[times.len() * 99 / 100] };
    println!("{:<44} {:>10.2?} {:>10.2?}", times.label, times.median, times.p99);
    times
}

/// A value and how long it took to make.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn timed<T>(make: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let made = make();
    (made, start.elapsed())
}

fn prepared<T>(label: &str, make: impl FnOnce() -> T) -> T {
    let (made, spent) = timed(make);
    println!("{label:<44} {spent:>10.2?} once");
    made
}

fn per_node_and_link(label: &str, bytes: usize, network: &Network) {
    let (nodes, links) = (f64::from(network.nodes), network.links.len() as f64);
    println!("{label:<44} {:>8.1} B a node, {:.1} B a link", bytes as f64 / nodes, bytes as f64 / links);
}

/// Ours, with paths.
fn ours(network: &Network, expected: &mut Vec<f64>) -> Vec<Times> {
    let view = View::weighted(network.nodes as usize, &network.links, 2).expect("costs that can be summed");
    per_node_and_link("view", view.bytes(), network);
    let mut route = Route::default();
    let mut times = Vec::new();
    let (mut dijkstra, mut both) = (Dijkstra::default(), Bidirectional::default());
    let units = network.units;
    let in_links = |cost: Option<u32>| cost.map_or(f64::INFINITY, |cost| f64::from(cost) / units);
    times.push(measure("dijkstra, with path", network, expected, |a, b| {
        in_links(dijkstra.route(&view, a, b, &mut route))
    }));
    times.push(measure("bidirectional, with path", network, expected, |a, b| {
        in_links(both.route(&view, a, b, &mut route))
    }));
    let mut landmarks = prepared("landmarks", || Landmarks::new(&view));
    per_node_and_link("landmarks", landmarks.bytes(), network);
    let mut alt = Alt::default();
    times.push(measure("alt from both ends, with path", network, expected, |a, b| {
        in_links(alt.route(&view, &landmarks, a, b, &mut route))
    }));
    let mut labels = prepared("hub labels", || Labels::new(&view, LABEL_BYTES));
    if let Some(labels) = &labels {
        per_node_and_link("hub labels", labels.bytes(), network);
        times.push(measure("hub labels, with path", network, expected, |a, b| {
            in_links(labels.route(&view, a, b, &mut route).flatten())
        }));
    }
    churn(network, view, &mut landmarks, labels.as_mut());
    times
}

/// What changes cost, and what they leave of the labels: wormholes of cost 1 open, then as many links close.
fn churn(network: &Network, mut view: View, landmarks: &mut Landmarks, mut labels: Option<&mut Labels>) {
    let (mut both, mut route, mut opened) = (Bidirectional::default(), Route::default(), Vec::new());
    for what in ["opened", "closed"] {
        let mut spent = [const { Vec::new() }; 2];
        for (at, &(a, b)) in network.pairs.iter().take(CHANGES).enumerate() {
            let port = if what == "opened" {
                let Some(ports) = view.open(a, b, network.units as u32) else { continue };
                opened.push(ports);
                ports[0]
            } else {
                // Every other change closes a wormhole, the rest a link.
                let (port, _, _) = view.ports(b).next().expect("a connected network");
                let ports = if at % 2 == 0 { opened[at / 2] } else { [port, view.twin(port)] };
                if view.cost(ports[0]).is_some() {
                    view.close(ports);
                }
                ports[0]
            };
            spent[0].push(timed(|| landmarks.follow(&view, port)).1);
            if let Some(labels) = &mut labels {
                spent[1].push(timed(|| labels.follow(&view, port)).1);
            }
        }
        for (spent, label) in spent.iter_mut().zip(["landmarks follow", "hub labels follow"]) {
            spent.sort_unstable();
            if let Some(median) = spent.get(spent.len() / 2) {
                println!("{:<44} {median:>10.2?} {:>10.2?}", format!("{label}: {what}"), spent[spent.len() * 99 / 100]);
            }
        }
        let Some(labels) = &labels else { continue };
        let mut known = 0;
        for &(a, b) in &network.pairs {
            let right = both.distance(&view, a, b);
            let found = labels.route(&view, a, b, &mut route);
            assert!(found.is_none_or(|found| found == right), "{a} to {b}");
            known += usize::from(found.is_some());
        }
        println!("hub labels know {known} of {} after {CHANGES} {what}", network.pairs.len());
    }
}

/// The peers.
fn peers(network: &Network, expected: &mut Vec<f64>) -> Vec<Times> {
    let mut graph = UnGraph::<(), f64>::new_undirected();
    (0..network.nodes).for_each(|_| {
        graph.add_node(());
    });
    for &(a, b, cost) in &network.links {
        graph.add_edge(a.into(), b.into(), f64::from(cost) / network.units);
    }
    let at = |x: u32| NodeIndex::from(x);
    let mut times = Vec::new();
    times.push(measure("petgraph dijkstra, cost only", network, expected, |a, b| {
        dijkstra(&graph, at(a), Some(at(b)), |edge| *edge.weight())[&at(b)]
    }));
    times.push(measure("petgraph astar, with path", network, expected, |a, b| {
        astar(&graph, at(a), |x| x == at(b), |edge| *edge.weight(), |_| 0.0).expect("a path").0
    }));
    times.push(measure("petgraph bidirectional_dijkstra, cost only", network, expected, |a, b| {
        bidirectional_dijkstra(&graph, at(a), at(b), |edge| *edge.weight()).expect("a path")
    }));
    if network.nodes <= 2000 {
        let mut input = fast_paths::InputGraph::new();
        for &(a, b, cost) in &network.links {
            input.add_edge_bidir(a as usize, b as usize, cost as usize);
        }
        input.freeze();
        let fast = prepared("fast_paths, preparation", || fast_paths::prepare(&input));
        let mut calculator = fast_paths::create_calculator(&fast);
        times.push(measure("fast_paths, with path", network, expected, |a, b| {
            let path = calculator.calc_path(&fast, a as usize, b as usize).expect("a path");
            path.get_weight() as f64 / network.units
        }));
    }
    times
}

fn main() {
    let asked: Vec<String> = std::env::args().collect();
    let has = |word: &str| asked.iter().any(|argument| argument == word);
    let sides: &[u32] = if has("million") {
        &[1000]
    } else if has("growth") {
        &[32, 100, 316]
    } else {
        &[100]
    };
    for &side in sides {
        let network = Network::new(side);
        println!(
            "\n{} nodes, {} links, {} pairs: median and 99th percentile",
            network.nodes,
            network.links.len(),
            network.pairs.len()
        );
        let mut expected = Vec::with_capacity(PAIRS);
        let ours = ours(&network, &mut expected);
        if side <= 100 {
            let peers = peers(&network, &mut expected);
            let rival = &peers[2];
            println!("\ntimes as fast as {}:", rival.label);
            for times in ours.iter().chain(&peers) {
                let ratio = |rival: Duration, own: Duration| rival.as_secs_f64() / own.as_secs_f64();
                let (median, p99) = (ratio(rival.median, times.median), ratio(rival.p99, times.p99));
                println!("{:<44} {median:>10.2} {p99:>10.2}", times.label);
            }
        }
    }
}
