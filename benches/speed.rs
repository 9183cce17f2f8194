//! Accesses forwarded per second, on one thread, and how the time of a tick grows with the network.
//!
//! `cargo bench --bench speed`. Every figure is the best of a few rounds of the whole tick, all systems on, after a
//! warm-up. The floor is the same work without an ECS: FIFOs and Q-updates in bare loops.

use std::path::Path;
use std::time::{Duration, Instant};

use wormsim::fabric::Fabric;
use wormsim::fabric::router::{self, Setting};
use wormsim::scenario::{Assignment, Loaded};
use wormsim::simulation::{Simulation, load};
use wormsim::workload::Source;

/// A shipped scenario with some values replaced.
fn loaded(file: &str, set: &[&str]) -> Loaded {
    let assignments: Vec<Assignment> = set.iter().map(|set| set.parse().expect("an assignment")).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    load(&path, &assignments).unwrap_or_else(|error| panic!("{error}"))
}

/// Hops and seconds of `ticks` ticks.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn time(simulation: &mut Simulation, ticks: u32) -> (u64, Duration) {
    let hops = |simulation: &Simulation| simulation.world().resource::<Fabric>().totals.hops;
    let (before, start) = (hops(simulation), Instant::now());
    for _ in 0..ticks {
        simulation.step().unwrap_or_else(|error| panic!("{error}"));
    }
    (hops(simulation) - before, start.elapsed())
}

fn line(label: &str, hops_per_second: f64, per_tick: Option<Duration>) {
    let per_tick = per_tick.map_or(String::new(), |time| format!("{time:>10.2?} a tick"));
    println!("{label:<60} {:>6.2} million hops/s  {per_tick}", hops_per_second / 1e6);
}

/// Prints the best of `rounds` rounds of `ticks` ticks, and returns its time of a tick.
fn report(label: &str, simulation: &mut Simulation, warmup: u32, rounds: u32, ticks: u32) -> Duration {
    time(simulation, warmup);
    let rounds = (0..rounds).map(|_| time(simulation, ticks));
    let best = rounds.min_by_key(|&(_, spent)| spent).expect("at least one round");
    let per_tick = best.1 / ticks;
    line(label, best.0 as f64 / best.1.as_secs_f64(), Some(per_tick));
    per_tick
}

/// FIFOs, links and Q-learning alone on the 6x6 grid, in a bare loop without ECS, models or records.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn floor(set: &[&str], warmup: u32, rounds: u32, ticks: u32) {
    let scenario = loaded("boyan-littman-6x6.json", set).scenario;
    let nodes = scenario.topology.node_count();
    let mut fabric = Fabric::new(&scenario, vec![0; nodes], 1);
    let mut router = router::build(&Setting { scenario: &scenario, fabric: &fabric }).expect("memory");
    fabric.locators = router.locators(nodes);
    let mut source = Source::new(&scenario, &scenario.workloads[0]).unwrap_or_else(|error| panic!("{error}"));
    let (mut best, mut now) = (f64::MAX, 0);
    for round in 0..=rounds {
        let (before, start) = (fabric.totals.hops, Instant::now());
        for _ in 0..if round == 0 { warmup } else { ticks } {
            fabric.begin_tick(now);
            fabric.arrive();
            let emitted = source.emit(now, |origin, target, size| fabric.inject(origin, target, size));
            emitted.unwrap_or_else(|error| panic!("{error}"));
            fabric.merge();
            router.serve(&mut fabric);
            now += 1;
        }
        best = best.min(start.elapsed().as_secs_f64() / (fabric.totals.hops - before) as f64);
    }
    line("6x6, load 2: the floor, no ECS, queues and learning alone", 1.0 / best, None);
}

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| name.contains(only.as_str()));
    let q = r#"router={"kind":"q_routing","learning_rate":0.7,"initial":"zero"}"#;
    let grid = [q, "workloads.0.accesses_per_tick=2", "ticks=1000000000", "record.every_ticks=1000"];
    if wanted("6x6-floor") {
        floor(&grid, 50_000, 5, 300_000);
    }
    if wanted("6x6-static") {
        let mut plain = Simulation::new(loaded("boyan-littman-6x6.json", &grid).scenario.into()).expect("it runs");
        report("6x6, load 2, Q-routing, all systems", &mut plain, 50_000, 5, 300_000);
    }
    if wanted("6x6-wormholes") {
        let wormholes = r#"wormholes={"carrier":{"kind":"own_medium","transit_ratio":0.5}}"#;
        let with: Vec<&str> = grid.into_iter().chain([wormholes]).collect();
        let mut open = Simulation::new(loaded("boyan-littman-6x6.json", &with).scenario.into()).expect("it runs");
        report("6x6, load 2, Q-routing, all systems, wormholes opening", &mut open, 50_000, 5, 300_000);
    }
    if wanted("10k") {
        report("10,000 nodes under load, all systems, wormholes opening", &mut torus(100, 0.5, "gravity"), 300, 5, 200);
    }
    // Without wormholes, which would shorten the ways of a small network more than those of a large one.
    let mut before: Option<[f64; 2]> = None;
    for (name, side, ticks) in [("1k", 32u32, 2000), ("10k", 100, 200), ("100k", 316, 100)] {
        if wanted(name) {
            let label = format!("{} nodes, 0.2 hops a node and tick, no wormholes", side * side);
            let spent =
                report(&label, &mut torus(side, 0.2, "fixed"), 300, 5, ticks).as_secs_f64() / f64::from(side * side);
            if let Some([first, last]) = before {
                let (step, all) = (spent / last, spent / first);
                println!("{:<60} {step:>6.2} times the time a node and tick, {all:.2} times that of the first", "");
            }
            before = Some([before.map_or(spent, |[first, _]| first), spent]);
        }
    }
}

/// A torus under uniform demand, Q-routing from free-flow estimates. Every node serves `hops` accesses a tick in the
/// mean if there are no wormholes and ways are shortest: side²·hops ÷ (side/2) accesses a tick over all.
fn torus(side: u32, hops: f64, policy: &str) -> Simulation {
    let scenario = serde_json::json!({
        "version": 2, "name": "torus", "intent": "Speed.", "seed": 1, "ticks": 1_000_000_000,
        "topology": {"generator": {"kind": "torus", "rows": side, "columns": side}},
        "nodes": {"max_hops": 100_000},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 2.0 * hops * f64::from(side)}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "policy": policy},
        "router": {"kind": "q_routing", "memory_limit_mb": if side > 100 { 2200 } else { 256 }},
        "record": {"every_ticks": 1000}
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("torus.json");
    std::fs::write(&path, scenario.to_string()).expect("a temporary file");
    let loaded = load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
    Simulation::new(loaded.scenario.into()).unwrap_or_else(|error| panic!("{error}"))
}
