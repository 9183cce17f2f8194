//! Where the latency of a finished run comes from: what advice works from.

use serde::{Deserialize, Serialize};

use crate::recorder::bottlenecks::{Bottlenecks, LinkWaiting, NodeWaiting};
use crate::recorder::summary::Summary;

/// Rows of links, and of nodes, at the most.
const MOST_PLACES: usize = 3;

/// Where the latency of measured accesses comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// Its mean, ticks; none if no access was delivered while measured.
    pub latency_ticks: Option<f64>,
    /// Its parts, the largest first; those that are nothing are left out.
    pub parts: Vec<Part>,
    /// Ticks waited at all links and nodes, by all measured accesses.
    pub waited_ticks: u64,
    /// The three directions of links where most is waited for, the most first.
    pub links: Vec<LinkWaiting>,
    /// The three nodes where most is waited for, the most first.
    pub nodes: Vec<NodeWaiting>,
}

/// A part of the mean latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which.
    pub part: PartOfLatency,
    /// Its mean, ticks.
    pub ticks: f64,
    /// Share of the mean latency, 0 to 1.
    pub share: f64,
}

/// What an access spends time on, by the names of `summary.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartOfLatency {
    /// In transit.
    Propagation,
    /// Processing at nodes.
    Processing,
    /// Waiting in FIFOs of nodes.
    NodeWait,
    /// Waiting at ports of links and wormholes.
    LinkWait,
    /// Waiting for wormholes being set up.
    Setup,
}

impl PartOfLatency {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Propagation => "propagation",
            Self::Processing => "processing",
            Self::NodeWait => "node wait",
            Self::LinkWait => "link wait",
            Self::Setup => "set-up",
        }
    }
}

impl Diagnosis {
    /// That of a run with these results.
    pub fn of(summary: &Summary, bottlenecks: &Bottlenecks) -> Self {
        let latency_ticks = summary.latency_ticks.mean;
        let means = &summary.latency_parts_ticks;
        let parts = [
            (PartOfLatency::Propagation, means.propagation),
            (PartOfLatency::Processing, means.processing),
            (PartOfLatency::NodeWait, means.node_wait),
            (PartOfLatency::LinkWait, means.link_wait),
            (PartOfLatency::Setup, means.setup),
        ];
        let part = |(part, ticks): (PartOfLatency, Option<f64>)| {
            let ticks = ticks.filter(|&ticks| ticks > 0.0)?;
            Some(Part { part, ticks, share: ticks / latency_ticks? })
        };
        let mut parts: Vec<Part> = parts.into_iter().filter_map(part).collect();
        parts.sort_by(|a, b| b.ticks.total_cmp(&a.ticks));
        let links = bottlenecks.links.iter().filter(|link| link.waited_ticks > 0).take(MOST_PLACES);
        let nodes = bottlenecks.nodes.iter().filter(|node| node.waited_ticks > 0).take(MOST_PLACES);
        Self {
            latency_ticks,
            parts,
            waited_ticks: bottlenecks.waited_ticks,
            links: links.cloned().collect(),
            nodes: nodes.cloned().collect(),
        }
    }

    /// Share of a part in the mean latency, 0 to 1.
    pub fn share(&self, part: PartOfLatency) -> f64 {
        self.parts.iter().filter(|found| found.part == part).map(|found| found.share).sum()
    }

    /// Share of waiting at links and nodes in the mean latency, 0 to 1; all of it if accesses waited and none was
    /// delivered.
    pub fn waiting(&self) -> f64 {
        match self.latency_ticks {
            Some(_) => self.share(PartOfLatency::NodeWait) + self.share(PartOfLatency::LinkWait),
            None => f64::from(u8::from(self.waited_ticks > 0)),
        }
    }
}
