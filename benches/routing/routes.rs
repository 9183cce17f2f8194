//! Cold exact routes, ours and the peers'.

use std::hint::black_box;

use petgraph::algo::{astar, bidirectional_dijkstra, dijkstra};
use petgraph::graph::{NodeIndex, UnGraph};
use wormsim::routing::alt::Alt;
use wormsim::routing::bidirectional::Bidirectional;
use wormsim::routing::dijkstra::Dijkstra;
use wormsim::routing::labels::Labels;
use wormsim::routing::landmarks::Landmarks;
use wormsim::routing::route::Route;

use crate::network::Network;
use crate::timing::{Limit, Times, heading, line, memory, once, timed};

/// Most memory for hub labels.
const LABEL_BYTES: usize = 256 << 20;

/// Times every pair, and checks its cost.
fn measure(network: &Network, expected: &mut Vec<f64>, mut cost: impl FnMut(u32, u32) -> f64) -> Times {
    let mut times = Vec::new();
    // The first round warms caches and scratch space.
    for round in 0..2 {
        times.clear();
        for (at, &(from, to)) in network.pairs.iter().enumerate() {
            let (found, spent) = timed(|| black_box(cost(black_box(from), black_box(to))));
            times.push(spent);
            if expected.len() == at {
                expected.push(found);
            }
            assert_eq!(found, expected[at], "{from} to {to}, round {round}");
        }
    }
    Times::of(times)
}

/// Petgraph's graph of the network, and its search from both ends, which routes are compared with.
pub struct Rival {
    graph: UnGraph<(), f64>,
    pub times: Times,
    expected: Vec<f64>,
}

impl Rival {
    pub fn new(network: &Network) -> Self {
        let mut graph = UnGraph::<(), f64>::new_undirected();
        (0..network.nodes).for_each(|_| {
            graph.add_node(());
        });
        for &(a, b, cost) in &network.links {
            graph.add_edge(a.into(), b.into(), f64::from(cost) / network.units);
        }
        let mut expected = Vec::new();
        let times = measure(network, &mut expected, |a, b| {
            bidirectional_dijkstra(&graph, a.into(), b.into(), |edge| *edge.weight()).expect("a path")
        });
        Self { graph, times, expected }
    }
}

pub fn run(network: &Network, rival: &mut Rival) {
    heading("cold exact routes", "petgraph's bidirectional_dijkstra");
    let (view, mut route, units) = (network.view(), Route::default(), network.units);
    let in_links = |cost: Option<u32>| cost.map_or(f64::INFINITY, |cost| f64::from(cost) / units);
    let Rival { expected, times: rivals, graph } = rival;
    let twice = Some(Limit::TimesAsFast(2.0));
    let show = |label, times, limit| line(network, label, times, Some(*rivals), limit);

    let mut dijkstra = Dijkstra::default();
    let times = measure(network, expected, |a, b| in_links(dijkstra.route(&view, a, b, &mut route)));
    show("dijkstra, with path", times, None);
    let mut both = Bidirectional::default();
    let times = measure(network, expected, |a, b| in_links(both.route(&view, a, b, &mut route)));
    show("bidirectional, with path", times, twice);

    let landmarks = once("landmarks", || Landmarks::new(&view));
    let mut alt = Alt::default();
    let times = measure(network, expected, |a, b| in_links(alt.route(&view, &landmarks, a, b, &mut route)));
    show("alt from both ends, with path", times, None);

    let labels = once("hub labels", || Labels::new(&view, LABEL_BYTES));
    if let Some(labels) = &labels {
        let times = measure(network, expected, |a, b| in_links(labels.route(&view, a, b, &mut route)));
        show("hub labels, with path", times, twice);
        show("... as aimed at", times, Some(Limit::Under(5000.0)));
    } else {
        println!("hub labels do not fit into {} MiB", LABEL_BYTES >> 20);
    }
    memory(network, "view", view.bytes());
    memory(network, "landmarks", landmarks.bytes());
    labels.iter().for_each(|labels| memory(network, "hub labels", labels.bytes()));
    peers(network, graph, expected, *rivals);
}

/// What petgraph and fast_paths take.
fn peers(network: &Network, graph: &UnGraph<(), f64>, expected: &mut Vec<f64>, rivals: Times) {
    let show = |label, times| line(network, label, times, Some(rivals), None);
    show("petgraph bidirectional_dijkstra, cost only", rivals);
    let at = |x: u32| NodeIndex::from(x);
    if network.nodes <= 10_000 {
        let times =
            measure(network, expected, |a, b| dijkstra(graph, at(a), Some(at(b)), |edge| *edge.weight())[&at(b)]);
        show("petgraph dijkstra, cost only", times);
        let times = measure(network, expected, |a, b| {
            astar(graph, at(a), |x| x == at(b), |edge| *edge.weight(), |_| 0.0).expect("a path").0
        });
        show("petgraph astar, with path", times);
    }
    if network.nodes <= 2000 {
        let mut input = fast_paths::InputGraph::new();
        for &(a, b, cost) in &network.links {
            input.add_edge_bidir(a as usize, b as usize, cost as usize);
        }
        input.freeze();
        let fast = once("fast_paths", || fast_paths::prepare(&input));
        let mut calculator = fast_paths::create_calculator(&fast);
        let times = measure(network, expected, |a, b| {
            let path = calculator.calc_path(&fast, a as usize, b as usize).expect("a path");
            path.get_weight() as f64 / network.units
        });
        show("fast_paths, with path", times);
    }
}
