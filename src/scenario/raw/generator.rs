//! Generators of networks, told apart by `kind`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::topology::generators::Generator;

/// A family of networks and its parameters. Nodes are named from "0" in order; at most 1,000,000 nodes and 4,000,000
/// links.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawGenerator {
    /// Rows × columns, each node linked to the next in its row and column. Row 0 is on top.
    Grid {
        /// Rows.
        #[schemars(range(min = 1, max = 200_000))]
        rows: u32,
        /// Columns.
        #[schemars(range(min = 1, max = 200_000))]
        columns: u32,
        /// Latency of every link, in ticks. More: farther apart.
        #[serde(default = "crate::scenario::defaults::latency_ticks")]
        #[schemars(range(min = 1, max = 1_000_000))]
        latency_ticks: u32,
    },
    /// A grid whose rows and columns close to rings.
    Torus {
        /// Rows.
        #[schemars(range(min = 3, max = 200_000))]
        rows: u32,
        /// Columns.
        #[schemars(range(min = 3, max = 200_000))]
        columns: u32,
        /// Latency of every link, in ticks. More: farther apart.
        #[serde(default = "crate::scenario::defaults::latency_ticks")]
        #[schemars(range(min = 1, max = 1_000_000))]
        latency_ticks: u32,
    },
    /// Every node linked to the next, the last to the first.
    Ring {
        /// Nodes.
        #[schemars(range(min = 3, max = 200_000))]
        nodes: u32,
        /// Latency of every link, in ticks. More: farther apart.
        #[serde(default = "crate::scenario::defaults::latency_ticks")]
        #[schemars(range(min = 1, max = 1_000_000))]
        latency_ticks: u32,
    },
    /// Every pair is linked with the same probability, independently.
    ErdosRenyi {
        /// Nodes.
        #[schemars(range(min = 2, max = 200_000))]
        nodes: u32,
        /// Probability of a link. More: denser.
        #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
        probability: f64,
        /// Latency of every link, in ticks. More: farther apart.
        #[serde(default = "crate::scenario::defaults::latency_ticks")]
        #[schemars(range(min = 1, max = 1_000_000))]
        latency_ticks: u32,
    },
    /// Preferential attachment: every further node links to some that have many links already.
    BarabasiAlbert {
        /// Nodes; more than `links_per_node`.
        #[schemars(range(min = 2, max = 200_000))]
        nodes: u32,
        /// Links that each further node brings. More: denser.
        #[schemars(range(min = 1, max = 1000))]
        links_per_node: u32,
        /// Latency of every link, in ticks. More: farther apart.
        #[serde(default = "crate::scenario::defaults::latency_ticks")]
        #[schemars(range(min = 1, max = 1_000_000))]
        latency_ticks: u32,
    },
    /// Small world: a ring, each node linked to its nearest, then one end of some links moved to a uniform node.
    WattsStrogatz {
        /// Nodes; more than `neighbours`.
        #[schemars(range(min = 3, max = 200_000))]
        nodes: u32,
        /// Nearest nodes that each is linked to, even. More: denser.
        #[schemars(range(min = 2, max = 1000))]
        neighbours: u32,
        /// Share of links moved: 0 is a lattice, 1 nearly random.
        #[serde(default = "crate::scenario::defaults::rewiring")]
        #[schemars(range(min = 0, max = 1))]
        rewiring: f64,
        /// Latency of every link, in ticks. More: farther apart.
        #[serde(default = "crate::scenario::defaults::latency_ticks")]
        #[schemars(range(min = 1, max = 1_000_000))]
        latency_ticks: u32,
    },
    /// Uniform points in the unit square, linked if close; the latency of a link follows its length.
    RandomGeometric {
        /// Nodes.
        #[schemars(range(min = 2, max = 200_000))]
        nodes: u32,
        /// Longest link, in sides of the square. More: denser.
        #[schemars(range(max = 1.5), extend("exclusiveMinimum" = 0))]
        radius: f64,
        /// Latency of a link as long as the square's side, in ticks. More: farther apart.
        #[serde(default = "crate::scenario::defaults::latency_ticks_per_unit")]
        #[schemars(range(max = 500_000), extend("exclusiveMinimum" = 0))]
        latency_ticks_per_unit: f64,
    },
}

impl From<&RawGenerator> for Generator {
    fn from(raw: &RawGenerator) -> Self {
        match *raw {
            RawGenerator::Grid { rows, columns, latency_ticks } => Self::Grid { rows, columns, latency_ticks },
            RawGenerator::Torus { rows, columns, latency_ticks } => Self::Torus { rows, columns, latency_ticks },
            RawGenerator::Ring { nodes, latency_ticks } => Self::Ring { nodes, latency_ticks },
            RawGenerator::ErdosRenyi { nodes, probability, latency_ticks } => {
                Self::ErdosRenyi { nodes, probability, latency_ticks }
            }
            RawGenerator::BarabasiAlbert { nodes, links_per_node, latency_ticks } => {
                Self::BarabasiAlbert { nodes, links_per_node, latency_ticks }
            }
            RawGenerator::WattsStrogatz { nodes, neighbours, rewiring, latency_ticks } => {
                Self::WattsStrogatz { nodes, neighbours, rewiring, latency_ticks }
            }
            RawGenerator::RandomGeometric { nodes, radius, latency_ticks_per_unit } => {
                Self::RandomGeometric { nodes, radius, latency_ticks_per_unit }
            }
        }
    }
}
