//! Least free-flow latency over space links and open wormholes; equal next hops share evenly, at random.
//!
//! The classical rival of learned routing: it knows every link at once and no queue at all. Run in the set `Router`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fabric::Fabric;
use crate::fabric::access::Access;
use crate::fabric::port::{Port, PortChange};
use crate::fabric::router::{Forward, Hop, NextHops, Router, RouterParameters, Setting};
use crate::random::Keyed;
use crate::routing::UNREACHED;
use crate::routing::fields::on_shortest_path;
use crate::routing::live_trees::{self, LiveTrees};
use crate::scenario::{self, Scenario};
use crate::topology::NodeId;

/// Along least free-flow latency over space links and active wormholes; equal next hops share evenly, at random.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Memory for destination trees, in MiB; beyond it they are computed again. More: faster on large networks.
    #[schemars(range(min = 1, max = 65_536))]
    pub memory_limit_mb: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { memory_limit_mb: 128 }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "shortest_path";
}

impl RouterParameters for Parameters {
    fn needs(&self, scenario: &Scenario) -> Result<(&'static str, u64), Error> {
        Ok(("the simulation", live_trees::bytes(scenario, self.memory_limit_mb)))
    }

    fn build(&self, setting: &Setting) -> Result<Box<dyn Router>, Error> {
        let paths = LiveTrees::build(setting, self.memory_limit_mb);
        Ok(Box::new(ShortestPath { paths, ties: Keyed::new(setting.scenario.seed, "tie") }))
    }
}

/// The router: destination trees over the present view.
#[derive(Debug)]
pub struct ShortestPath {
    paths: LiveTrees,
    ties: Keyed,
}

impl Router for ShortestPath {
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
        self.paths.routes(target, visit, |here, there, cost| here != UNREACHED && there.saturating_add(cost) == here);
    }
}

impl Forward for ShortestPath {
    #[inline]
    fn pick(&mut self, hop: &Hop, access: &Access) -> Option<usize> {
        let distances = self.paths.distances(access.target.0);
        let here = distances[hop.x.index()];
        let on_path = |port: &Port| port.is_open() && on_shortest_path(distances, here, port.to.0, port.latency);
        if here == UNREACHED {
            return None;
        }
        let ties = hop.ports.iter().filter(|port| on_path(port)).count();
        let chosen = hop.tie(self.ties, ties as u32) as usize;
        hop.ports.iter().enumerate().filter(|(_, port)| on_path(port)).nth(chosen).map(|(p, _)| p)
    }
}
