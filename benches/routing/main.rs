//! The routing library and its peers in one process, on one network: a grid with random shortcuts.
//!
//! `cargo bench --bench routing [-- GROUP… NODES…]`: groups are `routes`, `trees` and `cache` (all, if none is named),
//! on the square grid of so many nodes or just fewer (10,000, if no number is given; 1000 10000 100000 1000000 show
//! growth). What is required at 10,000 nodes stands beside what is measured, of the median and of the 99th percentile:
//! MET or MISSED. Petgraph's dijkstra and astar run on up to 10,000 nodes; fast_paths on 1,000 only, since its
//! preparation takes 5 minutes on 10,000 with shortcuts (and a query then longer than petgraph's). Costs are in units
//! so small that sums are exact in whole numbers and in floating point alike: all must agree on every pair. Hops and
//! hits are means over 100 calls in a sample.

mod cache;
mod network;
mod routes;
mod timing;
mod trees;

use network::Network;
use routes::Rival;

const GROUPS: [&str; 3] = ["routes", "trees", "cache"];

fn main() {
    let (mut groups, mut sizes) = (Vec::new(), Vec::new());
    // Cargo adds an option of its own.
    for argument in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        match argument.parse::<u32>() {
            Ok(nodes) if (100..=1_000_000).contains(&nodes) => sizes.push(nodes),
            _ if GROUPS.contains(&argument.as_str()) => groups.push(argument),
            _ => panic!("{argument}: expected one of {GROUPS:?}, or a number of nodes from 100 to 1000000"),
        }
    }
    if sizes.is_empty() {
        sizes.push(10_000);
    }
    let runs = |group: &str| groups.is_empty() || groups.iter().any(|asked| asked == group);
    for nodes in sizes {
        let network = Network::new(nodes.isqrt());
        println!("\n{} nodes, {} links, {} pairs", network.nodes, network.links.len(), network.pairs.len());
        let mut rival = Rival::new(&network);
        if runs("routes") {
            routes::run(&network, &mut rival);
        }
        if runs("trees") {
            trees::run(&network, rival.times);
        }
        if runs("cache") {
            cache::run(&network, rival.times);
        }
    }
}
