//! The verdict as it stands in a summary, with the names of places and the fields that would change it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Found, Stability, WINDOWS, periods};
use crate::fabric::access::NONE;
use crate::fabric::{Fabric, Place, Waits, since};
use crate::scenario::{Scenario, Tick};
use crate::topology::{NodeId, Topology};

/// Queues that are listed at the most.
const MOST_LISTED: usize = 20;

/// The field of a link that says what it carries.
const LINK_CAPACITY: &str = "topology.links[].capacity_per_tick";

/// Queues that are said in a sentence at the most.
const MOST_SAID: usize = 3;

/// Whether queues grow without bound, and which drop what finds no room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// False if some queue grows without bound; none if the run ended before its last tick, is too short to tell, or
    /// rises within a period that it does not hold once.
    pub stable: Option<bool>,
    /// Mean accesses waiting in each quarter of the second half of the measured ticks, where it was seen.
    pub waiting_means: [Option<f64>; WINDOWS],
    /// Growth of the accesses waiting over the same quarters, per tick.
    pub growth_per_tick: Option<f64>,
    /// Queues that grow without bound, the fastest first, 20 at the most.
    #[serde(default)]
    pub growing: Vec<Growing>,
    /// How many do.
    #[serde(default)]
    pub growing_queues: u64,
    /// Queues that dropped measured accesses for want of room, the most first, 20 at the most.
    #[serde(default)]
    pub overloaded: Vec<Overloaded>,
    /// How many did.
    #[serde(default)]
    pub overloaded_queues: u64,
}

/// A queue that grows without bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growing {
    /// Which.
    #[serde(rename = "where")]
    pub place: Where,
    /// By how much, accesses per tick.
    pub growth_per_tick: f64,
    /// The same as a share of what is served there: 0.05 is a load of 105 %.
    pub excess: f64,
    /// The field of the scenario that would change it.
    pub field: String,
}

/// A queue that drops what finds no room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overloaded {
    /// Which.
    #[serde(rename = "where")]
    pub place: Where,
    /// Measured accesses that it dropped.
    pub dropped: u64,
    /// The same per measured tick.
    pub dropped_per_tick: f64,
    /// The field of the scenario that would change it.
    pub field: String,
}

/// A queue by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Where {
    /// The FIFO of a node.
    Node(String),
    /// One direction of a link, from and to.
    Link([String; 2]),
    /// One direction of a wormhole.
    Wormhole {
        /// Its number.
        id: u32,
        /// From and to.
        ends: [String; 2],
    },
    /// A port for wormholes that is closed by now.
    ClosedWormhole {
        /// Where it is.
        node: String,
    },
    /// All queues that were never seen empty: none grows enough to tell by itself.
    Network,
}

impl Where {
    fn of(place: Place, fabric: &Fabric, topology: &Topology) -> Self {
        let name = |node: NodeId| topology.node(node).name.to_string();
        match place {
            Place::Node(node) => Self::Node(name(node)),
            Place::Port(number) => {
                let (from, _) = fabric.ends(place);
                let (queue, port) = (&fabric.queues[from.index()], &fabric.ports[number as usize]);
                let from = name(from);
                if number < queue.first_port + queue.space_ports {
                    Self::Link([from, name(port.to)])
                } else if port.wormhole != NONE && port.is_open() {
                    Self::Wormhole { id: port.wormhole, ends: [from, name(port.to)] }
                } else {
                    Self::ClosedWormhole { node: from }
                }
            }
        }
    }

    /// The field of a scenario that says how much is served there.
    fn service(&self) -> &'static str {
        match self {
            Self::Node(_) | Self::Network => "nodes.service_per_tick",
            Self::Link(_) => LINK_CAPACITY,
            Self::Wormhole { .. } | Self::ClosedWormhole { .. } => "physics.wormhole.max_capacity_per_tick",
        }
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Node(node) => write!(f, "node {node}"),
            Self::Link([from, to]) => write!(f, "link {from} -> {to}"),
            Self::Wormhole { id, ends: [from, to] } => write!(f, "wormhole {id}, {from} -> {to}"),
            Self::ClosedWormhole { node } => write!(f, "a closed wormhole of node {node}"),
            Self::Network => f.write_str("all queues together"),
        }
    }
}

impl Verdict {
    /// What grows, for people: the fastest queues, by how much, and what would change it. None if nothing does.
    pub fn unstable(&self) -> Option<String> {
        let row = |row: &Growing| {
            let excess = row.excess * 100.0;
            format!(
                "{} by {:.4} a tick ({excess:.1} % more than it serves; {})",
                row.place, row.growth_per_tick, row.field
            )
        };
        (self.stable == Some(false)).then(|| {
            let rows: Vec<String> = self.growing.iter().take(MOST_SAID).map(row).collect();
            format!("grows without bound: {}{}", rows.join(", "), more(self.growing_queues, rows.len()))
        })
    }

    /// What is dropped for want of room, for people. None if nothing is.
    pub fn overload(&self) -> Option<String> {
        let row = |row: &Overloaded| format!("{} drops {:.4} a tick ({})", row.place, row.dropped_per_tick, row.field);
        (self.overloaded_queues > 0).then(|| {
            let rows: Vec<String> = self.overloaded.iter().take(MOST_SAID).map(row).collect();
            format!("overloaded: {}{}", rows.join(", "), more(self.overloaded_queues, rows.len()))
        })
    }
}

/// How many queues are not said.
fn more(all: u64, said: usize) -> String {
    match all.saturating_sub(said as u64) {
        0 => String::new(),
        more => format!(", and {more} more"),
    }
}

impl Stability {
    /// The verdict on a run of `scenario` of which `done` ticks are simulated, given where accesses waited before it
    /// was measured.
    pub fn verdict(&self, scenario: &Scenario, fabric: &Fabric, done: Tick, before: &Waits) -> Verdict {
        let service = |place| fabric.served_at_most(place);
        let found = (done >= scenario.ticks).then(|| self.test(scenario.ticks, &periods(scenario), service)).flatten();
        let waiting_means = self.waiting_means(scenario.ticks);
        let (growing, growing_queues) =
            found.as_ref().map(|found| growing(found, fabric, scenario)).unwrap_or_default();
        let measured = done.saturating_sub(scenario.warmup_ticks);
        let (overloaded, overloaded_queues) = overloaded(before, fabric, &scenario.topology, measured);
        let quarter = f64::from((scenario.ticks.saturating_sub(self.start) / 2 / WINDOWS as Tick).max(1));
        Verdict {
            stable: found
                .and_then(|found| if growing_queues > 0 { Some(false) } else { (!found.is_open).then_some(true) }),
            growth_per_tick: match waiting_means {
                [Some(first), Some(_), Some(_), Some(last)] if done >= scenario.ticks => {
                    Some((last - first) / (quarter * (WINDOWS - 1) as f64))
                }
                _ => None,
            },
            waiting_means,
            growing,
            growing_queues,
            overloaded,
            overloaded_queues,
        }
    }
}

fn growing(found: &Found, fabric: &Fabric, scenario: &Scenario) -> (Vec<Growing>, u64) {
    let of_place = |(&place, &growth): (&Place, &f64)| (Some(place), growth, fabric.served_at_most(place));
    let mut rows: Vec<(Option<Place>, f64, f64)> = found.places.iter().map(of_place).collect();
    rows.extend(found.network.map(|[growth, served]| (None, growth, served)));
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    let count = rows.len() as u64;
    rows.truncate(MOST_LISTED);
    let row = |(place, growth_per_tick, served): (Option<Place>, f64, f64)| {
        let place = place.map_or(Where::Network, |place| Where::of(place, fabric, &scenario.topology));
        let field = if place == Where::Network && found.are_ports { LINK_CAPACITY } else { place.service() };
        Growing { growth_per_tick, excess: growth_per_tick / served, field: field.to_owned(), place }
    };
    (rows.into_iter().map(row).collect(), count)
}

fn overloaded(before: &Waits, fabric: &Fabric, topology: &Topology, measured: Tick) -> (Vec<Overloaded>, u64) {
    let (nodes, links) = (&fabric.waits.full_nodes, &fabric.waits.full_links);
    let nodes = (0..).map(|node| Place::Node(NodeId(node))).zip(since(nodes, &before.full_nodes));
    let links = (0..).map(Place::Port).zip(since(links, &before.full_links));
    let mut rows: Vec<(Place, u64)> = nodes.chain(links).filter(|&(_, dropped)| dropped > 0).collect();
    rows.sort_by_key(|&(place, dropped)| (std::cmp::Reverse(dropped), place));
    let count = rows.len() as u64;
    rows.truncate(MOST_LISTED);
    let row = |(place, dropped): (Place, u64)| {
        let place = Where::of(place, fabric, topology);
        let dropped_per_tick = dropped as f64 / f64::from(measured.max(1));
        Overloaded { dropped, dropped_per_tick, field: place.service().to_owned(), place }
    };
    (rows.into_iter().map(row).collect(), count)
}
