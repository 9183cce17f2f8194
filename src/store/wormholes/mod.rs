//! The `wormholes/` folder: the state of the overlay, what it was used for, what it brought, and what it is set to.
//!
//! A file of types and how they are taken from a run for each folder. Fields of the large files are declared in the
//! order of the alphabet, which is the order on disk.

pub mod analytics;
pub mod bottlenecks;
pub mod configuration;
pub mod connections;
pub mod optimization;
pub mod routing;
mod rows;
pub mod topology;

#[cfg(test)]
pub(super) mod tests;

use super::directory::RunDirectory;
use super::json::{to_text, to_text_as_declared};
use crate::error::Error;
use crate::recorder::bottlenecks::Bottlenecks;
use crate::recorder::summary::Summary;
use crate::simulation::Simulation;

/// Prepares the files that follow from the present state.
pub(super) fn put(directory: &mut RunDirectory, simulation: &Simulation, summary: &Summary) -> Result<(), Error> {
    let mut put = |path: &str, text: String| directory.put(&format!("wormholes/{path}"), text.as_bytes());
    put("topology/network_graph.json", to_text_as_declared(&topology::NetworkGraph::of(simulation)))?;
    put("topology/connection_strength.json", to_text_as_declared(&topology::ConnectionStrength::of(simulation)))?;
    put("topology/routing_tables.json", to_text_as_declared(&routing::RoutingTables::of(simulation)))?;
    for (path, file) in connections::files(simulation) {
        put(&path, to_text_as_declared(&file))?;
    }
    put("analytics/usage_patterns.json", to_text(&analytics::UsagePatterns::of(simulation)))?;
    put(bottlenecks::PATH, to_text(&Bottlenecks::of(simulation)))?;
    put("analytics/performance_metrics.json", to_text(&analytics::PerformanceMetrics::of(simulation, summary)))
}
