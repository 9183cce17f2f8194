//! Availability: the share of measured ticks for which nodes are up, and links carry accesses (neither they nor one of
//! their ends is down), over all of them.

use serde::{Deserialize, Serialize};

use crate::fabric::Fabric;
use crate::scenario::Tick;

/// Shares of measured ticks, over all nodes or links; none if nothing was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// That nodes were up.
    pub nodes: Option<f64>,
    /// That links carried accesses: neither they nor their ends were down.
    pub links: Option<f64>,
}

/// Ticks that were measured, and what was up in them.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct UpTicks {
    ticks: Tick,
    /// Sums over those ticks of nodes and of links that were up.
    nodes: u64,
    links: u64,
}

impl UpTicks {
    /// Adds the present tick.
    #[inline]
    pub(super) fn observe(&mut self, fabric: &Fabric) {
        self.ticks += 1;
        self.nodes += u64::from(fabric.nodes_up);
        self.links += u64::from(fabric.links_up);
    }

    /// Whether it can be that of a run of so many ticks.
    pub(super) fn is_possible(&self, fabric: &Fabric, ticks: Tick) -> bool {
        let most = |count: usize| u64::from(self.ticks) * count as u64;
        self.ticks <= ticks && self.nodes <= most(fabric.queues.len()) && self.links <= most(fabric.link_ports.len())
    }

    /// Shares of all.
    pub(super) fn summary(&self, fabric: &Fabric) -> Availability {
        let share = |up: u64, of: usize| {
            let all = f64::from(self.ticks) * of as f64;
            (all > 0.0).then(|| up as f64 / all)
        };
        Availability {
            nodes: share(self.nodes, fabric.queues.len()),
            links: share(self.links, fabric.link_ports.len()),
        }
    }
}
