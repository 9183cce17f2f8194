//! Splitting over near-equal paths: DEFT (Xu, Chiang and Rexford, "DEFT: Distributed exponentially-weighted flow
//! splitting", INFOCOM 2007), the per-hop form of their later PEFT.
//!
//! A next hop y of node x may be taken if it is downhill, `d(y) < d(x)`, so that no access loops, and if its excess `h
//! = cost + d(y) − d(x)` is at most `stretch·d(x)`; it is drawn with a probability proportional to `exp(−h/T)`. T is
//! the temperature in ticks: towards 0 only shortest paths share, evenly. Every access draws for itself, so that
//! accesses of a pair may overtake each other. The split does not follow load. Where all latencies are equal, only
//! shortest paths are downhill by next hops. Run in the set `Router`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fabric::Fabric;
use crate::fabric::access::Access;
use crate::fabric::port::PortChange;
use crate::fabric::router::{Forward, Hop, NextHops, Router, RouterParameters, Setting};
use crate::random::Keyed;
use crate::routing::UNREACHED;
use crate::routing::live_trees::{self, LiveTrees};
use crate::scenario::{self, Scenario};
use crate::topology::NodeId;

/// Split over shortest and somewhat longer paths, by weights that fall with the excess (Xu, Chiang and Rexford 2007).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// How much longer than the shortest way from a node the way over a next hop may be, as a share. Only next hops
    /// nearer to the target are taken. More: more paths, longer ones.
    #[schemars(range(min = 0, max = 100))]
    pub stretch: f64,
    /// Excess over the shortest way that makes a next hop less likely by a factor e, in ticks. More: a more even split.
    #[schemars(range(min = 1e-3, max = 1e6))]
    pub temperature_ticks: f64,
    /// Memory for destination trees, in MiB; beyond it they are computed again. More: faster on large networks.
    #[schemars(range(min = 1, max = 65_536))]
    pub memory_limit_mb: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { stretch: 0.5, temperature_ticks: 1.0, memory_limit_mb: 128 }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "multipath";
}

impl RouterParameters for Parameters {
    fn needs(&self, scenario: &Scenario) -> Result<(&'static str, u64), Error> {
        Ok(("the simulation", live_trees::bytes(scenario, self.memory_limit_mb)))
    }

    fn build(&self, setting: &Setting) -> Result<Box<dyn Router>, Error> {
        let split = Split { stretch: self.stretch, temperature_ticks: self.temperature_ticks };
        let (paths, ties) = (LiveTrees::build(setting, self.memory_limit_mb), Keyed::new(setting.scenario.seed, "tie"));
        Ok(Box::new(Multipath { split, paths, ties, choice: Vec::new() }))
    }
}

/// Which next hops are taken, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Split {
    /// Most excess, as a share of the shortest distance.
    pub stretch: f64,
    /// Excess that makes a next hop less likely by a factor e, ticks.
    pub temperature_ticks: f64,
}

impl Split {
    /// Weight of a next hop over a port of `cost` ticks, `there` ticks from the target, at a node `here` ticks from it;
    /// `None` if it may not be taken.
    #[inline]
    pub fn weight(&self, here: u32, there: u32, cost: u32) -> Option<f64> {
        if there >= here {
            return None;
        }
        let excess = f64::from(cost) + f64::from(there) - f64::from(here);
        (excess <= self.stretch * f64::from(here)).then(|| libm::exp(-excess / self.temperature_ticks))
    }
}

/// The router: destination trees over the present view.
#[derive(Debug)]
pub struct Multipath {
    split: Split,
    paths: LiveTrees,
    ties: Keyed,
    /// Scratch: ports that may be taken, and their weights.
    choice: Vec<(usize, f64)>,
}

impl Router for Multipath {
    fn follow(&mut self, changes: &[PortChange], _: &Fabric) -> bool {
        self.paths.follow(changes);
        false
    }

    fn serve(&mut self, fabric: &mut Fabric) {
        fabric.serve(self);
    }

    fn restore(&mut self, state: &[u8], fabric: &Fabric) -> bool {
        self.paths.restore(fabric);
        state.is_empty()
    }

    fn routes(&self, target: NodeId, visit: &mut dyn FnMut(NodeId, Option<NextHops>) -> bool) {
        self.paths.routes(target, visit, |here, there, cost| self.split.weight(here, there, cost).is_some());
    }
}

impl Forward for Multipath {
    #[inline]
    fn pick(&mut self, hop: &Hop, access: &Access) -> Option<usize> {
        let distances = self.paths.distances(access.target.0);
        let here = distances[hop.x.index()];
        if here == UNREACHED {
            return None;
        }
        self.choice.clear();
        let mut sum = 0.0;
        for (p, port) in hop.ports.iter().enumerate().filter(|(_, port)| port.is_open()) {
            if let Some(weight) = self.split.weight(here, distances[port.to.index()], port.latency) {
                sum += weight;
                self.choice.push((p, weight));
            }
        }
        let mut left = if self.choice.len() > 1 { self.ties.unit(hop.x.0, hop.now, hop.number) * sum } else { 0.0 };
        let drawn = self.choice.iter().find(|(_, weight)| {
            left -= weight;
            left < 0.0
        });
        // Rounding may leave a little at the end.
        drawn.or(self.choice.last()).map(|&(p, _)| p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_fall_by_e_with_every_temperature_of_excess() {
        let split = Split { stretch: 0.5, temperature_ticks: 2.0 };
        assert_eq!(split.weight(10, 7, 3), Some(1.0));
        assert_eq!(split.weight(10, 9, 3), Some(libm::exp(-1.0)));
        assert_eq!(split.weight(10, 9, 6), Some(libm::exp(-2.5)), "half as long again");
        assert_eq!(split.weight(10, 9, 7), None, "too long");
        assert_eq!(split.weight(10, 10, 1), None, "not downhill");
    }
}
