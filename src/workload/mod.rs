//! Sources of accesses: what is drawn or read in each tick.
//!
//! A source draws from its own random stream only, and never looks at the network's state: the same scenario and seed
//! give the same accesses whatever routers and wormholes do with them.

pub mod alias;
pub mod arrivals;
pub mod modulation;
pub mod pairs;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::error::Error;
use crate::scenario::{Arrivals, Demand, Modulation, Scenario, Tick, Workload};
use crate::topology::NodeId;
use crate::world::rng::stream;
use arrivals::Counts;
use pairs::PairSampler;

/// A running workload.
#[derive(Debug)]
pub struct Source {
    from: Tick,
    until: Tick,
    size: f64,
    stream: Drawn,
}

/// State of a drawn workload.
#[derive(Debug)]
struct Drawn {
    rng: ChaCha8Rng,
    counts: Counts,
    /// Highest rate over mean rate: what `counts` was built for.
    peak: f64,
    pairs: PairSampler,
    modulation: Modulation,
    /// Counts at the plateau of the flash crowd.
    crowd: Option<Counts>,
}

impl Source {
    /// The source of a workload of `scenario`.
    pub fn new(scenario: &Scenario, workload: &Workload) -> Result<Self, Error> {
        let Workload { name, from_tick, until_tick, size, demand } = workload;
        let Demand::Drawn { accesses_per_tick, arrivals, pairs, modulation } = demand else { todo!() };
        let peak = 1.0 + modulation.diurnal.as_ref().map_or(0.0, |diurnal| diurnal.amplitude);
        let extra = |factor: f64| Counts::new(Arrivals::Poisson, accesses_per_tick * (factor - 1.0));
        let nodes = scenario.topology.graph.node_count() as u32;
        let drawn = Drawn {
            rng: stream(scenario.seed, &format!("workload/{name}")),
            counts: Counts::new(*arrivals, accesses_per_tick * peak),
            peak,
            pairs: PairSampler::new(pairs, nodes, scenario.seed, name),
            crowd: modulation.flash_crowd.as_ref().map(|crowd| extra(crowd.factor)),
            modulation: modulation.clone(),
        };
        Ok(Self { from: *from_tick, until: *until_tick, size: *size, stream: drawn })
    }

    /// Where the random stream is.
    pub fn position(&self) -> u128 {
        self.stream.rng.get_word_pos()
    }

    /// Calls `inject(origin, target, size)` for every access of tick `now`.
    pub fn emit(&mut self, now: Tick, mut inject: impl FnMut(NodeId, NodeId, f32)) {
        if now < self.from || now >= self.until {
            return;
        }
        let size = self.size as f32;
        self.stream.emit(self.from, now, |origin, target| inject(origin, target, size));
    }
}

impl Drawn {
    fn emit(&mut self, from: Tick, now: Tick, mut inject: impl FnMut(NodeId, NodeId)) {
        let rng = &mut self.rng;
        let rate = self.modulation.diurnal.as_ref().map(|diurnal| modulation::diurnal_factor(diurnal, now));
        let hot = self.modulation.hot_spot.as_ref();
        let hot = hot.map(|hot_spot| (modulation::hot_node(hot_spot, from, now), hot_spot.share));
        for _ in 0..self.counts.draw(rng) {
            if rate.is_some_and(|rate| rng.random::<f64>() * self.peak >= rate) {
                continue;
            }
            let (origin, target) = self.pairs.draw(rng);
            match hot {
                Some((node, share)) if rng.random::<f64>() < share => inject(aside(origin, target, node), node),
                _ => inject(origin, target),
            }
        }
        if let (Some(counts), Some(crowd)) = (&self.crowd, &self.modulation.flash_crowd) {
            let height = modulation::flash_height(crowd, now);
            let extra = if height > 0.0 { counts.draw(rng) } else { 0 };
            for _ in 0..extra {
                if rng.random::<f64>() < height {
                    let (origin, target) = self.pairs.draw(rng);
                    inject(aside(origin, target, crowd.target), crowd.target);
                }
            }
        }
    }
}

/// Who asks `node` instead of the drawn target: the drawn origin, or the target if the origin is the node itself.
fn aside(origin: NodeId, target: NodeId, node: NodeId) -> NodeId {
    if origin == node { target } else { origin }
}
