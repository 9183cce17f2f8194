//! How good the bounds of the direct-use ledger are, and how long they take, on large ledgers.
//!
//! `cargo bench --bench bound [SHAPE]`, on one thread.
//!
//! The generator: nodes on a ring, pairs between near nodes, two ports. A pair asks in bursts that are worth an
//! opening; bursts of neighbours overlap, so that ports bind. Shapes:
//! - `even`: every node is as popular as any other;
//! - `skewed`: a node's popularity falls with its number, so that some have many partners;
//! - `clustered`: groups of five nodes talk all to all, which is where prices of ports alone are weakest.

use std::time::Instant;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use wormsim::direct_use::{Ledger, Pair, Request, Tariff, bounds};
use wormsim::random::stream;

const SHAPES: [&str; 3] = ["even", "skewed", "clustered"];
const PORTS: usize = 2;
const TICKS: u64 = 2000;

struct Size {
    nodes: u32,
    pairs: u32,
    requests: usize,
}

fn main() {
    let chosen = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let sizes = [(10_000, 12_000, 200_000), (10_000, 12_000, 1_000_000), (50_000, 60_000, 1_000_000)];
    println!("shape      requests  pairs   nothing      static       lower        upper        gap %   s      peak MB");
    for shape in SHAPES.into_iter().filter(|shape| chosen.as_deref().is_none_or(|chosen| chosen == *shape)) {
        for (nodes, pairs, requests) in sizes {
            measure(shape, &Size { nodes, pairs, requests });
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn measure(shape: &str, size: &Size) {
    let mut rng = stream(1, "bench");
    let pairs = pairs(shape, size, &mut rng);
    let requests = bursts(&pairs, size.requests, &mut rng);
    let tariff = Tariff::new(20.0, 0.1).expect("prices");
    let ledger = Ledger::new(size.nodes, PORTS, TICKS, tariff, requests).expect("a ledger");
    let start = Instant::now();
    let found = bounds(&ledger);
    let seconds = start.elapsed().as_secs_f64();
    let checked = found.upper.schedule.cost(&ledger).expect("a feasible schedule");
    assert!(found.lower <= checked && checked == found.upper.cost);
    println!(
        "{shape:<10} {:<9} {:<7} {:<12} {:<12} {:<12} {:<12} {:<7.3} {seconds:<6.2} {}",
        size.requests,
        pairs.len(),
        found.nothing,
        format!("{}{}", found.best_static.solution.cost, if found.best_static.is_exact { "" } else { "~" }),
        found.lower,
        found.upper.cost,
        100.0 * found.gap(),
        peak_megabytes(),
    );
}

fn pairs(shape: &str, size: &Size, rng: &mut ChaCha8Rng) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for _ in 0..size.pairs {
        let a = first_node(shape, size.nodes, rng);
        let b = match shape {
            "clustered" => a / 5 * 5 + rng.random_range(0..5),
            _ => (a + rng.random_range(1..=34)) % size.nodes,
        };
        pairs.extend(Pair::new(a, b));
    }
    pairs.sort();
    pairs.dedup();
    pairs
}

fn first_node(shape: &str, nodes: u32, rng: &mut ChaCha8Rng) -> u32 {
    let part: f64 = rng.random();
    let part = match shape {
        "skewed" => part * part * part,
        "clustered" => part / 4.0,
        _ => part,
    };
    (part * f64::from(nodes)) as u32
}

fn bursts(pairs: &[Pair], count: usize, rng: &mut ChaCha8Rng) -> Vec<Request> {
    let mut requests = Vec::new();
    while requests.len() < count {
        let pair = pairs[rng.random_range(0..pairs.len())];
        let mut tick = rng.random_range(0..TICKS);
        let worth = rng.random_range(4..20);
        for _ in 0..rng.random_range(2..14) {
            if tick < TICKS {
                requests.push(Request { tick, pair, saving: worth + rng.random_range(0..5) });
            }
            tick += rng.random_range(1..=60);
        }
    }
    requests
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
