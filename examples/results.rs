//! Prints the table of routers on Boyan and Littman's grid (`docs/src/results.md`), over several seeds.
//!
//! `cargo run --release --example results`. Routers see the same accesses, since a seed's random streams do not
//! depend on them.

use std::error::Error;
use std::path::Path;

use wormsim::recorder::summary::Summary;
use wormsim::scenario::Assignment;
use wormsim::simulation::Simulation;
use wormsim::simulation::load;

/// Seeds of every row.
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

/// Routers, as the table calls them, with what chooses them.
const ROUTERS: [(&str, &[&str]); 4] = [
    ("shortest path", &[]),
    ("multipath", &["router.kind=multipath"]),
    ("measured delay", &["router.kind=measured_delay"]),
    ("Q-routing", &["router.kind=q_routing", "router.initial=zero", "router.learning_rate=0.7"]),
];

/// Accesses a tick.
const LOADS: [&str; 2] = ["2.2", "2.5"];

/// One whole run of the grid.
fn run(seed: u64, load_set: &str, changes: &[&str]) -> Result<Summary, Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/boyan-littman-6x6.json");
    let mut assignments = vec![Assignment::option("seed", seed), load_set.parse()?];
    for change in changes {
        assignments.push(change.parse()?);
    }
    let mut simulation = Simulation::new(load(&file, &assignments)?.scenario.into())?;
    while simulation.ticks_done() < simulation.scenario().ticks {
        simulation.step()?;
    }
    Ok(simulation.summary())
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("| router | load | mean latency, ticks | stable |");
    println!("| --- | --- | --- | --- |");
    for load in LOADS {
        let load_set = format!("workloads.0.accesses_per_tick={load}");
        for (router, changes) in ROUTERS {
            let runs = SEEDS.iter().map(|&seed| run(seed, &load_set, changes)).collect::<Result<Vec<_>, _>>()?;
            let figures: Vec<f64> = runs.iter().filter_map(|run| run.latency_ticks.mean).collect();
            let mean = figures.iter().sum::<f64>() / figures.len() as f64;
            let [least, most] = [f64::min, f64::max].map(|pick| figures.iter().copied().reduce(pick).unwrap_or(mean));
            let stable = runs.iter().filter(|run| run.stability.stable == Some(true)).count();
            println!("| {router} | {load} | {mean:.1} ({least:.1} to {most:.1}) | {stable} of {} |", runs.len());
        }
    }
    Ok(())
}
