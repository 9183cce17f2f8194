#![doc = "A router of one's own: by turns to all neighbours. `cargo run --release --example own_router`"]
use wormsim::error::Error;
use wormsim::fabric::router::{Forward, Hop, Router, RouterParameters, Setting, router};
use wormsim::fabric::{Fabric, access::Access};
use wormsim::scenario::raw::{RawGenerator, RawScenario, RawWorkload};
use wormsim::scenario::{Choice, Parameters, from_raw};
use wormsim::simulation::{Simulation, kinds};

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Turns {}
impl Parameters for Turns {
    const KIND: &'static str = "turns";
}
impl RouterParameters for Turns {
    fn build(&self, _: &Setting) -> Result<Box<dyn Router>, Error> {
        Ok(Box::new(self.clone()))
    }
}
impl Router for Turns {
    fn serve(&mut self, fabric: &mut Fabric) {
        fabric.serve(self);
    }
}
impl Forward for Turns {
    fn pick(&mut self, hop: &Hop, _: &Access) -> Option<usize> {
        (0..hop.ports.len()).filter(|&p| hop.ports[p].is_open()).nth(hop.now as usize % 2)
    }
}
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ring = RawGenerator::Ring { nodes: 9, latency_ticks: 1 };
    let mut scenario = RawScenario::new("ring", ring, vec![RawWorkload::uniform(0.5)]);
    scenario.router = Choice::with(&Turns {});
    let loaded = from_raw(&scenario, ".".as_ref(), &kinds().with_router(router::<Turns>()))?;
    let mut simulation = Simulation::new(loaded.scenario.into())?;
    simulation.run_until(5000, &mut ())?;
    println!("{:?} hops", simulation.summary().hops.mean);
    Ok(())
}
