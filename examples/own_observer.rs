#![doc = "Says when wormholes open and close, until the tenth. `cargo run --release --example own_observer`"]
use std::ops::ControlFlow;

use wormsim::scenario::raw::{RawGenerator, RawScenario, RawWorkload};
use wormsim::simulation::{Happened, Observer, Simulation, from_raw};
use wormsim::world::journal::Change;

#[derive(Default)]
struct Openings(u32);

impl Observer for Openings {
    fn tick(&mut self, simulation: &Simulation, happened: &Happened) -> ControlFlow<()> {
        for record in &happened.records {
            match &record.change {
                Change::Opened { wormhole, ends, .. } => {
                    self.0 += 1;
                    println!("tick {}: {} opens between {} and {}", record.tick, wormhole.0, ends[0].0, ends[1].0);
                }
                Change::Dormant { wormhole, .. } => println!("tick {}: {} closes", record.tick, wormhole.0),
                _ => {}
            }
        }
        println!("{} accesses in flight", simulation.observe().in_flight);
        if self.0 >= 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let grid = RawGenerator::Grid { rows: 6, columns: 6, latency_ticks: 3 };
    let scenario = RawScenario::new("grid", grid, vec![RawWorkload::uniform(3.0)]);
    let mut simulation = Simulation::new(from_raw(&scenario)?.scenario.into())?;
    simulation.run_until(10_000, &mut Openings::default())?;
    Ok(())
}
