//! A router in one file: every node sends accesses out by turns, the youngest first, and knows its neighbours only.

use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wormsim::error::Error;
use wormsim::fabric::Fabric;
use wormsim::fabric::access::Access;
use wormsim::fabric::router::{self, Forward, Hop, Router, RouterParameters, Setting, Waiting};
use wormsim::scenario;
use wormsim::topology::NodeId;

/// By turns, the youngest access first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Ports from one turn to the next. More: another order.
    #[schemars(range(min = 1, max = 10))]
    pub stride: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { stride: 1 }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "turns";
}

impl RouterParameters for Parameters {
    fn build(&self, setting: &Setting) -> Result<Box<dyn Router>, Error> {
        Ok(Box::new(Turns { stride: self.stride, next: vec![0; setting.fabric.queues.len()] }))
    }
}

/// The turn of every node.
#[derive(Debug)]
struct Turns {
    stride: u32,
    next: Vec<u32>,
}

impl Router for Turns {
    fn serve(&mut self, fabric: &mut Fabric) {
        fabric.serve(self);
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        router::save(&self.next, to)
    }

    fn restore(&mut self, state: &[u8], _: &Fabric) -> bool {
        let next: Option<Vec<u32>> = router::read(state);
        next.filter(|next| next.len() == self.next.len()).map(|next| self.next = next).is_some()
    }
}

impl Forward for Turns {
    const CHOOSES: bool = true;

    fn choose(&mut self, _: NodeId, waiting: &Waiting) -> usize {
        let youngest = waiting.iter().enumerate().max_by_key(|(_, access)| access.born);
        youngest.map_or(0, |(place, _)| place)
    }

    fn pick(&mut self, hop: &Hop, access: &Access) -> Option<usize> {
        let open = || hop.ports.iter().enumerate().filter(|(_, port)| port.is_open());
        let there = open().find(|(_, port)| port.to == access.target);
        let turn = &mut self.next[hop.x.index()];
        *turn = turn.wrapping_add(self.stride);
        there.or_else(|| open().nth(*turn as usize % open().count().max(1))).map(|(p, _)| p)
    }
}
