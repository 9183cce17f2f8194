//! What destination trees cost: single hops, routes, repairs against computing anew; and what a hit in the route cache
//! costs, and what follows a change.
//!
//! `cargo bench --bench routing_trees`. A 100x100 grid with weights 1 + U(0,1) and 2,000 random shortcuts of weight
//! 1 + U(0,1), in whole 32,768ths, so that ties are rare. Medians and 99th percentiles over samples; what takes less than
//! the clock tells apart is repeated within a sample.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use rand::RngExt;
use rand::seq::SliceRandom;
use wormsim::routing::cache::{Cache, Key, Kind};
use wormsim::routing::repriced::Repriced;
use wormsim::routing::route::Route;
use wormsim::routing::trees::Trees;
use wormsim::routing::view::View;
use wormsim::scenario::load;
use wormsim::topology::{LinkInput, LinkLength, NodeId, NodeInput, Rules, TopologyBuilder};
use wormsim::world::access::Locator;
use wormsim::world::fabric::Fabric;
use wormsim::world::port::{How, PortChange};
use wormsim::world::rng::stream;

const SIDE: u32 = 100;
const NODES: u32 = SIDE * SIDE;
const SHORTCUTS: usize = 2000;
const UNIT: u32 = 1 << 15;

/// The network with a port for a wormhole at every node, and the number of that port.
fn network() -> (View, Vec<u32>) {
    let mut rng = stream(1, "bench");
    let node = |i: u32| NodeInput { id: i.to_string().into(), label: None, position: None, mass: None };
    let right = (0..NODES).filter(|i| i % SIDE + 1 < SIDE).map(|i| [i, i + 1]);
    let mut ends: Vec<[u32; 2]> = right.chain((0..NODES - SIDE).map(|i| [i, i + SIDE])).collect();
    ends.extend((0..SHORTCUTS).map(|_| [rng.random_range(0..NODES), rng.random_range(0..NODES)]));
    let mut link = |ends| {
        let ticks = UNIT + rng.random_range(0..UNIT);
        LinkInput { ends, length: Some(LinkLength::Ticks(ticks)), capacity_per_tick: None }
    };
    let links = ends.into_iter().map(&mut link).collect();
    let builder = TopologyBuilder { name: "bench".into(), source: None, nodes: (0..NODES).map(node).collect(), links };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/boyan-littman-6x6.json");
    let mut scenario = load(&file, &[]).unwrap_or_else(|error| panic!("{error}")).scenario;
    scenario.topology = builder.build(&Rules::default()).unwrap_or_else(|error| panic!("{error}"));
    (scenario.wormholes.enabled, scenario.wormholes.ports_per_node) = (true, 1);
    let locators = (0..NODES).map(|local| Locator { shard: 0, local }).collect();
    let fabric = Fabric::new(&scenario, locators, vec![0; NODES as usize], 1);
    let spare = (0..NODES).map(|x| fabric.free_port(NodeId(x)).expect("a port for a wormhole")).collect();
    (View::new(&fabric), spare)
}

/// Nanoseconds of one of `repeats` calls.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn time(repeats: u32, mut f: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..repeats).for_each(|_| f());
    start.elapsed().as_nanos() as f64 / f64::from(repeats)
}

/// Prints median, 99th percentile and mean in microseconds, and returns the median and the mean.
fn report(label: &str, mut samples: Vec<f64>) -> [f64; 2] {
    samples.sort_by(f64::total_cmp);
    let at = |share: usize| samples[(samples.len() * share / 100).min(samples.len() - 1)] / 1e3;
    let mean = samples.iter().sum::<f64>() / samples.len() as f64 / 1e3;
    println!("{label:<58} {:>9.3} µs median {:>9.3} µs p99 {mean:>9.3} µs mean", at(50), at(99));
    [at(50), mean]
}

fn main() {
    let (mut view, spare) = network();
    let mut rng = stream(2, "bench");
    let mut pairs = |count: usize| -> Vec<(u32, u32)> {
        (0..count).map(|_| (rng.random_range(0..NODES), rng.random_range(0..NODES))).collect()
    };

    let (targets, mut path) = (pairs(50), Route::default());
    let mut trees = Trees::new(NODES as usize, 128 << 20);
    for &(_, target) in &targets {
        trees.distances(target, &view);
    }
    let asked: Vec<(u32, u32)> =
        pairs(1000).into_iter().zip(targets.iter().cycle()).map(|((a, _), t)| (a, t.1)).collect();
    let hop = asked.iter().map(|&(from, target)| {
        time(100, || {
            let distances = trees.distances(target, &view);
            let here = distances[from as usize];
            black_box(view.ports(from).find(|&(_, y, cost)| distances[y as usize] + cost == here));
        })
    });
    report("single hop from a warm tree", hop.collect());
    let mut hops = 0;
    let mut route = |from, target| {
        black_box(trees.route(&view, from, target, &mut path));
        hops += path.ports.len();
    };
    let once = asked.iter().map(|&(from, target)| time(1, || route(from, target))).collect();
    report("route from a tree, once (with the clock's own time)", once);
    report("route from a tree, again", asked.iter().map(|&(from, target)| time(100, || route(from, target))).collect());
    println!("{:<58} {:>9.1} hops in the mean", "", hops as f64 / 101.0 / asked.len() as f64);

    let mut cache = Cache::new(10_000);
    let mut asked: Vec<Key> = asked
        .iter()
        .flat_map(|&(from, to)| {
            (0..10).map(move |i| Key { from: (from + i) % NODES, to, kind: Kind::Latency, max_hops: None })
        })
        .collect();
    cache.warm(asked.iter().copied(), |key, route| trees.route(&view, key.from, key.to, route).is_some());
    asked.shuffle(&mut stream(3, "bench"));
    let hits = asked.chunks(100).map(|keys| {
        let mut keys = keys.iter();
        time(100, || _ = black_box(cache.route(*keys.next().expect("a key"), |_| false)))
    });
    report("cache hit among 10,000 routes", hits.collect());

    let mut follow = Vec::new();
    for (i, (a, b)) in pairs(200).into_iter().enumerate().filter(|(_, (a, b))| a != b) {
        let ends = [NodeId(a), NodeId(b)];
        let ports = [spare[a as usize], spare[b as usize]];
        let opened = How::Opened { latency: UNIT + (i as u32 * 7919) % UNIT };
        for how in [opened, How::Closed] {
            let link = Repriced::apply(&mut view, &PortChange { ports, ends, how });
            trees.follow(&view, &link);
            follow.push(time(1, || cache.follow(Kind::Latency, &view, &link)));
        }
    }
    report("10,000 cached routes follow a wormhole (open, close)", follow);
    println!("{:<58} {:>9} of 10,000 dropped by 400 changes", "", cache.counts().invalidations);

    let mut one = Trees::new(NODES as usize, 0);
    let fresh =
        pairs(300).iter().map(|&(_, target)| time(1, || _ = black_box(one.distances(target, &view)[0]))).collect();
    let [median, mean] = report("a tree computed", fresh);
    let mut samples: [Vec<f64>; 4] = Default::default();
    let mut kept = 0;
    let wormholes = pairs(3000);
    for (i, &(a, b)) in wormholes.iter().enumerate().filter(|&(_, (a, b))| a != b) {
        if i % 10 == 0 {
            one.distances(targets[i / 10 % targets.len()].1, &view);
        }
        let cost = UNIT + (i as u32 * 7919) % UNIT;
        let steps = [
            How::Opened { latency: cost },
            How::Changed { before: cost, latency: cost + UNIT / 4 },
            How::Changed { before: cost + UNIT / 4, latency: cost },
            How::Closed,
        ];
        let target = targets[i / 10 % targets.len()].1;
        for (samples, how) in samples.iter_mut().zip(steps) {
            one.distances(target, &view);
            let change =
                PortChange { ports: [spare[a as usize], spare[b as usize]], ends: [NodeId(a), NodeId(b)], how };
            samples.push(time(1, || one.apply(&mut view, &change)));
            kept += u32::from(one.keeps(target));
        }
    }
    let labels = ["a wormhole opens", "... gets dearer", "... gets cheaper", "... closes"];
    for (label, samples) in labels.into_iter().zip(samples) {
        let [repair, repair_mean] = report(&format!("a tree repaired: {label}"), samples);
        println!("{:<58} {:>9.0} times as fast, {:.0} in the mean", "", median / repair, mean / repair_mean);
    }
    println!("{:<58} {:>9} of {} repairs were given up", "", 4 * wormholes.len() as u32 - kept, 4 * wormholes.len());
}
