#![doc = "Two opening policies on the same accesses, over five seeds. `cargo run --release --example compare`"]

use std::path::Path;

use wormsim::scenario::Assignment;
use wormsim::simulation::{Simulation, load};

/// Mean latency, ticks, of the NSFNET scenario with a policy and a seed.
fn latency(policy: &str, seed: u64) -> Result<f64, Box<dyn std::error::Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/nsfnet-hotspot.json");
    let policy: Assignment = format!("wormholes.policy={policy}").parse()?;
    let scenario = load(&file, &[policy, Assignment::option("seed", seed)])?.scenario;
    let mut simulation = Simulation::new(scenario.into())?;
    simulation.run(&mut ())?;
    Ok(simulation.summary().latency_ticks.mean.unwrap_or(f64::NAN))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for seed in 1..=5 {
        let (fixed, gravity) = (latency("fixed", seed)?, latency("gravity", seed)?);
        let gain = 100.0 * (1.0 - gravity / fixed);
        println!("seed {seed}: fixed {fixed:.2}, gravity {gravity:.2} ticks: {gain:.1} % less");
    }
    Ok(())
}
