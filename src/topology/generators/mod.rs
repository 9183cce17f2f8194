//! Generators of networks: lattices and the classical random graphs.
//!
//! Written here and not taken from rustworkx-core, whose generators use std transcendentals and seeds of their own.
//! A generator draws only from the stream it is given, so that the same stream gives the same network everywhere.
//! Nodes are named "0" to "n−1" and placed on a plane for drawing; the positions mean no distance, but in the random
//! geometric graph. What comes out disconnected obeys [`Rules::parts`].

mod geometric;
mod lattice;
mod layout;
mod random;

use rand::Rng;

use self::layout::Layout;
use super::builder::{Joint, kept};
use super::error::value_error;
use super::{
    DirectionInput, LinkInput, LinkLength, MAX_LATENCY_TICKS, MAX_LINKS, MAX_NODES, NodeInput, Parts, Place, Position,
    Rules, Topology, TopologyBuilder, TopologyError,
};

/// A family of networks and its parameters. `latency_ticks` is the latency of every link, 1 to
/// [`MAX_LATENCY_TICKS`]. More nodes or links than [`MAX_NODES`] and [`MAX_LINKS`] are an error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Generator {
    /// Rows × columns, each node linked to the next in its row and column: `2rc − r − c` links. Row 0 is on top.
    Grid {
        /// At least 1.
        rows: u32,
        /// At least 1; two nodes in all.
        columns: u32,
        /// Of every link.
        latency_ticks: u32,
    },
    /// A grid whose rows and columns close to rings: `2rc` links, every node has four.
    Torus {
        /// At least 3.
        rows: u32,
        /// At least 3.
        columns: u32,
        /// Of every link.
        latency_ticks: u32,
    },
    /// Every node linked to the next, the last to the first: n links.
    Ring {
        /// At least 3.
        nodes: u32,
        /// Of every link.
        latency_ticks: u32,
    },
    /// G(n, p): every pair is linked with probability p, independently (Gilbert 1959, Erdős and Rényi 1959).
    ErdosRenyi {
        /// At least 2.
        nodes: u32,
        /// p, above 0 and at most 1; `p·n(n−1)/2` links on average.
        probability: f64,
        /// Of every link.
        latency_ticks: u32,
    },
    /// Preferential attachment (Barabási and Albert 1999): from a star of m+1 nodes, every further node links to m
    /// different ones, with probability proportional to their degrees. `m(n−m)` links, always connected.
    BarabasiAlbert {
        /// n, more than `links_per_node`.
        nodes: u32,
        /// m, at least 1.
        links_per_node: u32,
        /// Of every link.
        latency_ticks: u32,
    },
    /// Small world (Watts and Strogatz 1998): a ring, each node linked to its k nearest, then one end of each link
    /// moved to a uniform node with probability `rewiring`. `nk/2` links.
    WattsStrogatz {
        /// n, more than `neighbours`.
        nodes: u32,
        /// k, even, at least 2.
        neighbours: u32,
        /// 0 (a lattice) to 1 (nearly random).
        rewiring: f64,
        /// Of every link.
        latency_ticks: u32,
    },
    /// Uniform points in the unit square, linked if at most `radius` apart (Gilbert 1961). The latency of a link is
    /// its length times `latency_ticks_per_unit`, rounded, at least 1.
    RandomGeometric {
        /// At least 2.
        nodes: u32,
        /// Above 0 and at most 1.5, which links all; about `n²πr²/2` links while r is small.
        radius: f64,
        /// Latency of a link as long as the square's side; above 0 and at most 500,000.
        latency_ticks_per_unit: f64,
    },
}

/// A network that was drawn, and not built yet.
#[derive(Debug)]
pub struct Draft {
    name: String,
    layout: Layout,
}

impl Draft {
    /// Links of each node that is kept.
    pub fn degrees(&self, parts: Parts) -> Vec<u32> {
        let (nodes, ends) = (self.layout.positions.len(), || self.layout.links.iter().map(|&(ends, _)| ends));
        let mut degrees = vec![0; nodes];
        ends().flatten().for_each(|end| degrees[end as usize] += 1);
        let joints = ends().map(|ends| Joint { ends, one_way: false });
        let mut kept = kept(parts, nodes, joints).into_iter();
        degrees.retain(|_| kept.next() == Some(true));
        degrees
    }

    /// The network. `capacity_per_tick` holds for every link and direction; `None` is unlimited.
    ///
    /// # Errors
    /// What breaks the rules of [`TopologyBuilder`].
    pub fn build(self, capacity_per_tick: Option<u32>, rules: &Rules) -> Result<Topology, TopologyError> {
        let Self { name, layout } = self;
        if layout.links.is_empty() {
            return Err(TopologyError::TooSmall { nodes: layout.positions.len(), links: 0 });
        }
        let node = |(id, &[x, y]): (usize, &[f64; 2])| NodeInput {
            alias: None,
            id: id.to_string().into(),
            label: None,
            position: Some(Position::Plane { x, y }),
            mass: None,
        };
        let link = |&(ends, ticks): &([u32; 2], u32)| {
            LinkInput::symmetric(ends, DirectionInput { length: Some(LinkLength::Ticks(ticks)), capacity_per_tick })
        };
        let nodes = layout.positions.iter().enumerate().map(node).collect();
        let links = layout.links.iter().map(link).collect();
        TopologyBuilder { name, nodes, links, ..TopologyBuilder::default() }.build(rules)
    }
}

impl Generator {
    /// Generates the network. `capacity_per_tick` holds for every link and direction; `None` is unlimited.
    ///
    /// # Errors
    /// [`TopologyError::Value`] for a parameter out of range, and what breaks the rules of [`TopologyBuilder`].
    pub fn generate<R: Rng>(
        &self,
        capacity_per_tick: Option<u32>,
        rules: &Rules,
        rng: &mut R,
    ) -> Result<Topology, TopologyError> {
        self.draw(rng)?.build(capacity_per_tick, rules)
    }

    /// Draws the network: who is linked to whom.
    ///
    /// # Errors
    /// [`TopologyError::Value`] for a parameter out of range, and [`TopologyError::TooLarge`].
    pub fn draw<R: Rng>(&self, rng: &mut R) -> Result<Draft, TopologyError> {
        self.check()?;
        let (name, layout) = match *self {
            Self::Grid { rows, columns, latency_ticks } => {
                (format!("grid {rows}×{columns}"), lattice::grid(rows, columns, latency_ticks))
            }
            Self::Torus { rows, columns, latency_ticks } => {
                (format!("torus {rows}×{columns}"), lattice::torus(rows, columns, latency_ticks))
            }
            Self::Ring { nodes, latency_ticks } => (format!("ring of {nodes}"), lattice::ring(nodes, latency_ticks)),
            Self::ErdosRenyi { nodes, probability, latency_ticks } => {
                let links = random::erdos_renyi(nodes, probability, rng)?;
                (format!("Erdős–Rényi {nodes}"), random::hubs_inside(nodes, links, latency_ticks))
            }
            Self::BarabasiAlbert { nodes, links_per_node, latency_ticks } => {
                let links = random::barabasi_albert(nodes, links_per_node, rng);
                (format!("Barabási–Albert {nodes}"), random::hubs_inside(nodes, links, latency_ticks))
            }
            Self::WattsStrogatz { nodes, neighbours, rewiring, latency_ticks } => {
                let links = random::watts_strogatz(nodes, neighbours, rewiring, rng);
                (format!("Watts–Strogatz {nodes}"), Layout::uniform(lattice::circle(nodes), links, latency_ticks))
            }
            Self::RandomGeometric { nodes, radius, latency_ticks_per_unit } => {
                (format!("random geometric {nodes}"), geometric::layout(nodes, radius, latency_ticks_per_unit, rng)?)
            }
        };
        Ok(Draft { name, layout })
    }

    /// Parameters in range and sizes within the limits, as far as they are known before anything is drawn.
    fn check(&self) -> Result<(), TopologyError> {
        let (nodes, links) = match *self {
            Self::Grid { rows, columns, latency_ticks } => {
                at_least("rows", rows, 1, "a whole number from 1")?;
                at_least("columns", columns, 1, "a whole number from 1")?;
                check_latency(latency_ticks)?;
                lattice_size(rows, columns)
            }
            Self::Torus { rows, columns, latency_ticks } => {
                at_least("rows", rows, 3, "a whole number from 3")?;
                at_least("columns", columns, 3, "a whole number from 3")?;
                check_latency(latency_ticks)?;
                lattice_size(rows, columns)
            }
            Self::Ring { nodes, latency_ticks } => {
                at_least("nodes", nodes, 3, "a whole number from 3")?;
                check_latency(latency_ticks)?;
                (u64::from(nodes), u64::from(nodes))
            }
            Self::ErdosRenyi { nodes, probability, latency_ticks } => {
                at_least("nodes", nodes, 2, "a whole number from 2")?;
                if !(probability > 0.0 && probability <= 1.0) {
                    return Err(value_error(Place::Field("probability"), probability, "a number above 0, at most 1"));
                }
                check_latency(latency_ticks)?;
                (u64::from(nodes), 0)
            }
            Self::BarabasiAlbert { nodes, links_per_node, latency_ticks } => {
                at_least("links_per_node", links_per_node, 1, "a whole number from 1 and below nodes")?;
                if links_per_node >= nodes {
                    let place = Place::Field("links_per_node");
                    return Err(value_error(place, links_per_node, "a whole number from 1 and below nodes"));
                }
                check_latency(latency_ticks)?;
                (u64::from(nodes), u64::from(links_per_node) * u64::from(nodes - links_per_node))
            }
            Self::WattsStrogatz { nodes, neighbours, rewiring, latency_ticks } => {
                if neighbours < 2 || !neighbours.is_multiple_of(2) || neighbours >= nodes {
                    let place = Place::Field("neighbours");
                    return Err(value_error(place, neighbours, "an even number from 2 and below nodes"));
                }
                if !(0.0..=1.0).contains(&rewiring) {
                    return Err(value_error(Place::Field("rewiring"), rewiring, "a number from 0 to 1"));
                }
                check_latency(latency_ticks)?;
                (u64::from(nodes), u64::from(nodes) * u64::from(neighbours / 2))
            }
            Self::RandomGeometric { nodes, radius, latency_ticks_per_unit } => {
                at_least("nodes", nodes, 2, "a whole number from 2")?;
                if !(radius > 0.0 && radius <= 1.5) {
                    return Err(value_error(Place::Field("radius"), radius, "a number above 0, at most 1.5"));
                }
                if !(latency_ticks_per_unit > 0.0 && latency_ticks_per_unit <= 5e5) {
                    let place = Place::Field("latency_ticks_per_unit");
                    return Err(value_error(place, latency_ticks_per_unit, "a number above 0, at most 500000"));
                }
                (u64::from(nodes), 0)
            }
        };
        if nodes > MAX_NODES as u64 || links > MAX_LINKS as u64 {
            return Err(TopologyError::TooLarge);
        }
        Ok(())
    }
}

/// Nodes and, at the most, links of a lattice.
fn lattice_size(rows: u32, columns: u32) -> (u64, u64) {
    let nodes = u64::from(rows) * u64::from(columns);
    (nodes, nodes.saturating_mul(2))
}

fn at_least(field: &'static str, value: u32, least: u32, allowed: &'static str) -> Result<(), TopologyError> {
    if value < least { Err(value_error(Place::Field(field), value, allowed)) } else { Ok(()) }
}

fn check_latency(ticks: u32) -> Result<(), TopologyError> {
    if (1..=MAX_LATENCY_TICKS).contains(&ticks) {
        return Ok(());
    }
    Err(value_error(Place::Field("latency_ticks"), ticks, "a whole number from 1 to 1000000"))
}
