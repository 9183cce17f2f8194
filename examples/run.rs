#![doc = "A scenario put together in code, run to its end. `cargo run --release --example run`"]

use wormsim::scenario::raw::{RawGenerator, RawScenario, RawWorkload};
use wormsim::simulation::{Simulation, from_raw};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let torus = RawGenerator::Torus { rows: 8, columns: 8, latency_ticks: 2 };
    let mut scenario = RawScenario::new("torus", torus, vec![RawWorkload::uniform(4.0)]);
    scenario.ticks = 20_000;
    scenario.physics.gravity.max_openings = 2;
    let scenario = from_raw(&scenario)?.scenario;
    let mut simulation = Simulation::new(scenario.into())?;
    simulation.run(&mut ())?;
    let summary = simulation.summary();
    println!("{} of {} accesses delivered", summary.accesses.delivered, summary.accesses.injected);
    println!("mean latency {:.2} ticks", summary.latency_ticks.mean.unwrap_or(f64::NAN));
    println!("digest {}", summary.digest);
    Ok(())
}
