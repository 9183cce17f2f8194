//! Nobody is first by number: equal flows get equal shares of a bottleneck, and renumbering the nodes changes no flow.

use std::ops::ControlFlow;

use proptest::prelude::*;
use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use wormsim::fabric::Fabric;
use wormsim::random::stream;
use wormsim::simulation::{Happened, Simulation};

use crate::common::{start, written};

/// A network without wormholes, and flows of the same rate over it.
#[derive(Debug, Clone)]
struct Case {
    nodes: usize,
    /// End, end, latency and capacity.
    links: Vec<(usize, usize, u32, Option<u32>)>,
    /// Origin and target.
    flows: Vec<[usize; 2]>,
    /// Of each flow, accesses per tick.
    rate: f64,
    ticks: u32,
    /// The section `nodes`.
    rules: Value,
}

/// Deliveries and mean latency of each flow, with the nodes in this order in the file.
fn found(case: &Case, order: &[usize], router: &str, seed: u64) -> Vec<[f64; 2]> {
    let name = |node: usize| format!("n{node}");
    let nodes: Vec<Value> = order.iter().map(|&node| json!({"id": name(node)})).collect();
    let link = |&(a, b, latency, capacity): &(usize, usize, u32, Option<u32>)| {
        let mut link = json!({"ends": [name(a), name(b)], "latency_ticks": latency});
        if let Some(capacity) = capacity {
            link["capacity_per_tick"] = json!(capacity);
        }
        link
    };
    let mut rates = json!({});
    case.flows.iter().for_each(|&[from, to]| rates[name(from)][name(to)] = json!(case.rate));
    let scenario = json!({
        "version": 1, "name": "shares", "ticks": case.ticks, "warmup_ticks": 0, "seed": seed,
        "topology": {"nodes": nodes, "links": case.links.iter().map(link).collect::<Vec<_>>()},
        "nodes": case.rules, "workloads": [{"kind": "matrix", "rates": rates}], "wormholes": {"enabled": false},
        "router": {"kind": router}
    });
    let mut simulation = start(written(&scenario));
    let mut sums = vec![(0.0, 0.0); case.flows.len()];
    let mut look = |simulation: &Simulation, _: &Happened| {
        let fabric = simulation.world().resource::<Fabric>();
        for access in &fabric.delivered {
            let ends = [access.origin, access.target].map(|node| order[node.index()]);
            let flow = case.flows.iter().position(|&flow| flow == ends).unwrap();
            sums[flow].0 += 1.0;
            sums[flow].1 += f64::from(fabric.now - access.born);
        }
        ControlFlow::Continue(())
    };
    simulation.run(&mut look).unwrap();
    sums.into_iter().map(|(count, sum)| [count, sum / count]).collect()
}

/// Two to five flows, each over a link of its own, to a node whose service or whose link to the target is too little
/// for them all; and an order of the nodes.
fn overloads() -> impl Strategy<Value = (Case, Vec<usize>)> {
    let overload = (prop::collection::vec(1u32..30, 2..=5), 1.25f64..1.8, any::<bool>(), 5u32..20);
    let case = overload.prop_map(|(latencies, load, at_the_link, limit)| {
        let (hub, target, flows) = (0, 1, latencies.len());
        let mut links = vec![(hub, target, 3, at_the_link.then_some(1))];
        links.extend((2..).zip(&latencies).map(|(origin, &latency)| (origin, hub, latency, None)));
        let service = if at_the_link { 50 } else { 1 };
        Case {
            nodes: flows + 2,
            links,
            flows: (2..flows + 2).map(|origin| [origin, target]).collect(),
            rate: load / flows as f64,
            ticks: 6000,
            rules: json!({"service_per_tick": service, "queue_limit": 40, "link_queue_limit": limit}),
        }
    });
    case.prop_flat_map(|case| {
        let order = Just((0..case.nodes).collect::<Vec<_>>()).prop_shuffle();
        (Just(case), order)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equal_flows_get_equal_shares_of_a_bottleneck((case, order) in overloads(), seed in any::<u32>()) {
        for router in ["shortest_path", "multipath", "measured_delay", "q_routing"] {
            let counts: Vec<f64> = found(&case, &order, router, seed.into()).iter().map(|flow| flow[0]).collect();
            let (all, share) = (counts.iter().sum::<f64>(), 1.0 / counts.len() as f64);
            // One is delivered in all ticks but those on the way, and the few when no access waits.
            prop_assert!(all > 5500.0, "{router}: {counts:?}");
            // Whose each delivery is, is drawn anew: a binomial count, of 3 to 4 % of its mean. Beyond 5 such errors is
            // one of two million counts.
            let error = (all * share * (1.0 - share)).sqrt();
            let fits = |count: &f64| (count - all * share).abs() < 5.0 * error;
            prop_assert!(counts.iter().all(fits), "{router}: {counts:?}, {error}");
        }
    }
}

/// A ring of seven with two chords, and random ones: rings of 6 to 9 nodes with two chords, of which five ask the same
/// target for more than its two links carry, so that flows merge where too many come.
fn networks() -> Vec<Case> {
    let case = |nodes, ends: Vec<[usize; 2]>, latencies: &mut dyn FnMut() -> u32, flows| Case {
        nodes,
        links: ends.into_iter().map(|[a, b]| (a, b, latencies(), Some(1))).collect(),
        flows,
        rate: 0.45,
        ticks: 12_000,
        rules: json!({"service_per_tick": 1, "queue_limit": 30, "link_queue_limit": 30}),
    };
    let ring = |nodes: usize| (0..nodes).map(move |node| [node, (node + 1) % nodes]);
    let fixed: Vec<[usize; 2]> = ring(7).chain([[0, 3], [2, 5]]).collect();
    let mut networks = vec![case(7, fixed, &mut || 1, vec![[0, 4], [1, 4], [6, 3], [5, 2], [2, 0]])];
    let mut rng = stream(11, "networks");
    for _ in 0..5 {
        let nodes = rng.random_range(6..10);
        let mut pairs: Vec<[usize; 2]> =
            (0..nodes).flat_map(|a| (0..nodes).map(move |b| [a, b])).filter(|[a, b]| a != b).collect();
        pairs.shuffle(&mut rng);
        let target = pairs[0][1];
        let flows = pairs.iter().filter(|pair| pair[1] == target).take(5).copied().collect();
        let is_chord = |&[a, b]: &[usize; 2]| a + 1 < b && b - a < nodes - 1 && a != target && b != target;
        let ends = ring(nodes).chain(pairs.into_iter().filter(is_chord).take(2)).collect();
        networks.push(case(nodes, ends, &mut || rng.random_range(1..5), flows));
    }
    networks
}

/// The number of a node in its file decides nothing: mean latency and deliveries of every flow are equal but for
/// sampling, with exact rows and nothing that opens.
#[test]
fn renumbering_the_nodes_changes_no_flow() {
    for (place, case) in networks().iter().enumerate() {
        let routers: &[&str] =
            if place == 0 { &["shortest_path", "measured_delay", "q_routing"] } else { &["shortest_path"] };
        let plain: Vec<usize> = (0..case.nodes).collect();
        let mut other = plain.clone();
        other.shuffle(&mut stream(place as u64, "order"));
        for router in routers {
            let runs = |order: &[usize]| (1..=8).map(|seed| found(case, order, router, seed)).collect::<Vec<_>>();
            let [plain, other] = [runs(&plain), runs(&other)];
            for (flow, what) in (0..case.flows.len()).flat_map(|flow| [(flow, 0), (flow, 1)]) {
                let sample = |runs: &[Vec<[f64; 2]>]| {
                    let values: Vec<f64> = runs.iter().map(|run| run[flow][what]).collect();
                    let mean = values.iter().sum::<f64>() / 8.0;
                    (mean, values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / 7.0 / 8.0)
                };
                let [(a, var_a), (b, var_b)] = [sample(&plain), sample(&other)];
                // Student's t of about 14 degrees of freedom, for 80 comparisons: beyond 5 once in 60 choices of seeds.
                let error = (var_a + var_b).sqrt() + 1e-9 * a;
                assert!((a - b).abs() < 5.0 * error, "network {place}, {router}, flow {flow}: {a} and {b}, {error}");
            }
        }
    }
}
