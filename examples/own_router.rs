#![doc = "A router of one's own: by turns to all neighbours. `cargo run --release --example own_router`"]
use wormsim::fabric::router::{Forward, Router, RouterParameters, Setting, router};
use wormsim::fabric::{Fabric, access::Access, port::Port};
use wormsim::scenario::raw::{RawGenerator, RawScenario, RawWorkload};
use wormsim::scenario::{Choice, Parameters, Tick, from_raw};
use wormsim::{error::Error, simulation::Simulation, topology::NodeId};

/// By turns to all neighbours, unless the target is one of them.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
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
    fn pick(&mut self, _: NodeId, ports: &[Port], access: &Access, now: Tick) -> Option<usize> {
        let open = || ports.iter().enumerate().filter(|(_, port)| port.is_open());
        let neighbour = open().find(|(_, port)| port.to == access.target);
        neighbour.or_else(|| open().nth(now as usize % open().count().max(1))).map(|(p, _)| p)
    }
}
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ring = RawGenerator::Ring { nodes: 10, latency_ticks: 1 };
    let mut scenario = RawScenario::new("ring", ring, vec![RawWorkload::uniform(0.5)]);
    scenario.router = Choice::with(&Turns {});
    let kinds = wormsim::simulation::kinds().with_router(router::<Turns>());
    let mut simulation = Simulation::new(from_raw(&scenario, ".".as_ref(), &kinds)?.scenario.into())?;
    simulation.run_until(5000, &mut ())?;
    Ok(println!("{:.1} hops", simulation.summary().hops.mean.unwrap_or(f64::NAN)))
}
