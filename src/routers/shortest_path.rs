//! Least free-flow latency over space links and open wormholes; equal next hops share evenly, at random.
//!
//! The classical rival of learned routing: it knows every link at once and no queue at all. Run in the set `Router`.

use std::io;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fabric::Fabric;
use crate::fabric::access::Access;
use crate::fabric::port::{Port, PortChange};
use crate::fabric::router::{self, Forward, NextHops, Router, RouterParameters, Setting};
use crate::random::stream;
use crate::routing::UNREACHED;
use crate::routing::fields::on_shortest_path;
use crate::routing::live_trees::{self, LiveTrees};
use crate::scenario::{self, Scenario, Tick};
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
        Ok(Box::new(ShortestPath { paths, rng: stream(setting.scenario.seed, "router") }))
    }
}

/// The router: destination trees over the present view, and a stream for ties.
#[derive(Debug)]
pub struct ShortestPath {
    paths: LiveTrees,
    rng: ChaCha8Rng,
}

impl Router for ShortestPath {
    fn follow(&mut self, changes: &[PortChange]) {
        self.paths.follow(changes);
    }

    fn serve(&mut self, fabric: &mut Fabric) {
        fabric.serve(self);
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        router::save(&self.rng.get_word_pos(), to)
    }

    fn restore(&mut self, state: &[u8], fabric: &Fabric) -> bool {
        self.paths.restore(fabric);
        router::seek(&mut self.rng, router::read(state))
    }

    fn routes(&self, target: NodeId, visit: &mut dyn FnMut(NodeId, Option<NextHops>) -> bool) {
        self.paths.routes(target, visit, |here, there, cost| here != UNREACHED && there + cost == here);
    }
}

impl Forward for ShortestPath {
    #[inline]
    fn pick(&mut self, x: NodeId, ports: &[Port], access: &Access, _now: Tick) -> Option<usize> {
        let distances = self.paths.distances(access.target.0);
        let here = distances[x.index()];
        let on_path = |port: &Port| port.is_open() && on_shortest_path(distances, here, port.to.0, port.latency);
        if here == UNREACHED {
            return None;
        }
        let ties = ports.iter().filter(|port| on_path(port)).count();
        let chosen = if ties > 1 { self.rng.random_range(0..ties as u32) as usize } else { 0 };
        ports.iter().enumerate().filter(|(_, port)| on_path(port)).nth(chosen).map(|(p, _)| p)
    }
}
