//! Accesses forwarded per second, on one thread, and how the time of a tick grows with the network.
//!
//! `cargo bench --bench speed`. Every figure is the best of a few rounds of the whole tick, all systems on, after a
//! warm-up. The floor is the same work without an ECS: FIFOs and Q-updates in bare loops.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use wormsim::scenario::{Assignment, load};
use wormsim::simulation::Simulation;
use wormsim::world::fabric::Fabric;

/// A scenario file with some values replaced, before its first tick.
fn simulation(file: &str, set: &[&str]) -> Simulation {
    let assignments: Vec<Assignment> = set.iter().map(|set| set.parse().expect("an assignment")).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let loaded = load(&path, &assignments).unwrap_or_else(|error| panic!("{error}"));
    Simulation::new(loaded.scenario.into()).unwrap_or_else(|error| panic!("{error}"))
}

/// Hops and seconds of `ticks` ticks.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn time(simulation: &mut Simulation, ticks: u32) -> (u64, Duration) {
    let hops = |simulation: &Simulation| simulation.world().resource::<Fabric>().totals.hops;
    let (before, start) = (hops(simulation), Instant::now());
    for _ in 0..ticks {
        simulation.tick().unwrap_or_else(|error| panic!("{error}"));
    }
    (hops(simulation) - before, start.elapsed())
}

/// Prints the best of `rounds` rounds of `ticks` ticks.
fn report(label: &str, simulation: &mut Simulation, warmup: u32, rounds: u32, ticks: u32) -> Duration {
    time(simulation, warmup);
    let mut best = (0.0, Duration::MAX);
    for _ in 0..rounds {
        let (hops, spent) = time(simulation, ticks);
        best = (f64::max(best.0, hops as f64 / spent.as_secs_f64()), best.1.min(spent));
    }
    let per_tick = best.1 / ticks;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{label:<58} {:>6.2} Mhops/s  {per_tick:>10.2?} a tick", best.0 / 1e6);
    per_tick
}

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| name.contains(only.as_str()));
    let q = "router={\"kind\":\"q_routing\",\"learning_rate\":0.7,\"initial\":\"zero\"}";
    let load_2 = "workloads.0.accesses_per_tick=2";
    let long = "ticks=1000000000";
    let grid = "boyan-littman-6x6.json";
    if wanted("plain") {
        let mut plain = simulation(grid, &[q, load_2, long, "record.every_ticks=1000"]);
        report("6x6, load 2, Q-routing, no wormholes", &mut plain, 50_000, 5, 200_000);
    }
    if wanted("wormholes") {
        let mut on = simulation(grid, &[q, load_2, long, "record.every_ticks=1000", "wormholes.enabled=true"]);
        report("6x6, load 2, Q-routing, wormholes", &mut on, 50_000, 5, 200_000);
    }
    if wanted("large") {
        let mut large = simulation("scale-10k.json", &[long, "record.every_ticks=1000"]);
        report("10,000 nodes", &mut large, 200, 5, 200);
    }
}
