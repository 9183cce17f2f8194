//! Prints the README's table of results: every arm of every shipped comparison, over several seeds.
//!
//! `cargo run --release --example results [-- SCENARIO…]`. Arms of a comparison see the same accesses, since a seed's
//! random streams do not depend on routers or wormholes.

use std::error::Error;
use std::path::Path;

use wormsim::recorder::summary::Summary;
use wormsim::scenario::Assignment;
use wormsim::simulation::Simulation;
use wormsim::simulation::load;

/// Seeds of every arm that is repeated.
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

/// What an arm changes, and how the table calls it.
type Arm = (&'static str, &'static [&'static str]);

const WORMHOLES: [Arm; 2] = [("with wormholes", &[]), ("without", &["wormholes.enabled=false"])];
const ROUTERS: [Arm; 4] = [
    WORMHOLES[0],
    WORMHOLES[1],
    ("shortest path, with wormholes", &["router.kind=shortest_path"]),
    ("shortest path, without", &["router.kind=shortest_path", "wormholes.enabled=false"]),
];
const LOADS: [Arm; 8] = [
    ("shortest path, load 2.2", &[]),
    ("multipath, load 2.2", &["router.kind=multipath"]),
    ("measured delay, load 2.2", &["router.kind=measured_delay"]),
    ("Q-routing, load 2.2", &["router.kind=q_routing", "router.initial=zero", "router.learning_rate=0.7"]),
    ("shortest path, load 2.5", &["workloads.0.accesses_per_tick=2.5"]),
    ("multipath, load 2.5", &["router.kind=multipath", "workloads.0.accesses_per_tick=2.5"]),
    ("measured delay, load 2.5", &["router.kind=measured_delay", "workloads.0.accesses_per_tick=2.5"]),
    (
        "Q-routing, load 2.5",
        &[
            "router.kind=q_routing",
            "router.initial=zero",
            "router.learning_rate=0.7",
            "workloads.0.accesses_per_tick=2.5",
        ],
    ),
];

/// Scenarios with their arms and the number of seeds.
const COMPARISONS: [(&str, &[Arm], usize); 6] = [
    ("nsfnet-hotspot", &ROUTERS, 5),
    ("abilene-gravity", &ROUTERS, 5),
    ("flash-crowd", &ROUTERS, 5),
    ("uniform-does-not-pay", &WORMHOLES, 5),
    ("boyan-littman-6x6", &LOADS, 5),
    ("scale-10k", &WORMHOLES, 1),
];

/// One whole run of a shipped scenario.
fn run(name: &str, seed: u64, changes: &[&str]) -> Result<Summary, Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.json"));
    let mut assignments = vec![Assignment::option("seed", seed)];
    for change in changes {
        assignments.push(change.parse()?);
    }
    let scenario = load(&file, &assignments)?.scenario;
    let ticks = scenario.ticks;
    let mut simulation = Simulation::new(scenario.into())?;
    for _ in 0..ticks {
        simulation.step()?;
    }
    Ok(simulation.summary())
}

/// The mean of a figure over runs, and its extremes if there are several.
fn spread(runs: &[Summary], decimals: usize, figure: impl Fn(&Summary) -> f64) -> String {
    let figures: Vec<f64> = runs.iter().map(figure).collect();
    let mean = figures.iter().sum::<f64>() / figures.len() as f64;
    let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let most = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if runs.len() == 1 || least == most {
        format!("{mean:.decimals$}")
    } else {
        format!("{mean:.decimals$} ({least:.decimals$} to {most:.decimals$})")
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    println!("| scenario | arm | mean latency, ticks | dropped, % | net, ticks an access | stable |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (name, arms, seeds) in COMPARISONS {
        if !only.is_empty() && !only.iter().any(|only| only == name) {
            continue;
        }
        for (arm, changes) in arms {
            let runs = SEEDS[..seeds].iter().map(|&seed| run(name, seed, changes)).collect::<Result<Vec<_>, _>>()?;
            let latency = spread(&runs, 1, |run| run.latency_ticks.mean.unwrap_or(f64::NAN));
            let dropped = spread(&runs, 1, |run| {
                100.0 * run.accesses.dropped.values().sum::<u64>() as f64 / run.accesses.injected as f64
            });
            let measured = |run: &Summary| run.throughput_per_tick.unwrap_or(0.0) * f64::from(run.measured_ticks);
            let net = if runs.iter().all(|run| run.wormholes.opened == 0) {
                "–".to_owned()
            } else {
                spread(&runs, 2, |run| run.costs.net / measured(run))
            };
            let stable = runs.iter().filter(|run| run.stability.stable == Some(true)).count();
            println!("| {name} | {arm} | {latency} | {dropped} | {net} | {stable} of {} |", runs.len());
        }
    }
    Ok(())
}
