//! The argument NETWORK of `route` and `analyze`: how it is read and described.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::phrases::{counted, shown};
use crate::error::Error;
use crate::routing::network::Network;
use crate::store::network::read_network;
use crate::topology::Topology;

/// Which network.
#[derive(Debug, Args)]
pub struct NetworkArgument {
    /// A topology file (.json or .graphml), or the run directory of a run, whose last state counts.
    pub network: PathBuf,
    /// Length of a tick, ms, for a topology file that states lengths or milliseconds [default: 1].
    #[arg(long, value_name = "MS")]
    pub tick_ms: Option<f64>,
}

/// Reads the network.
pub(super) fn read(argument: &NetworkArgument) -> Result<Network, Error> {
    if let Some(ms) = argument.tick_ms.filter(|_| argument.network.is_dir()) {
        return Err(Error::Usage {
            option: "--tick-ms",
            value: ms.to_string(),
            expected: "none for a run directory, which is in ticks already".to_owned(),
        });
    }
    read_network(&argument.network, argument.tick_ms.unwrap_or(1.0))
}

/// Name and size in words.
pub(super) fn described(network: &Network) -> String {
    let topology = &network.topology;
    let size = format!(
        "{}: {}, {}",
        shown(&topology.name),
        counted(topology.node_count(), "node", "nodes"),
        counted(topology.link_count(), "link", "links")
    );
    let Some(run) = network.run else {
        // Links between the same nodes are one way, for routes as for runs.
        let left = |count: u32, one: &str, many: &str| match count {
            0 => String::new(),
            _ => format!(", {}", counted(count as usize, one, many)),
        };
        return format!(
            "{size}{}{}{}",
            left(topology.defaults.parallel_links_merged, "parallel link merged", "parallel links merged"),
            left(topology.defaults.self_loops_dropped, "self-loop left out", "self-loops left out"),
            unused(topology).map_or(String::new(), |unused| format!(", {unused}"))
        );
    };
    let down = |count: usize, one: &str, many: &str| match count {
        0 => String::new(),
        _ => format!(", {} down", counted(count, one, many)),
    };
    format!(
        "{size}, {} (marked ~) after tick {}{}{}",
        counted(network.wormholes.len(), "open wormhole", "open wormholes"),
        run.tick,
        down(run.links_down, "link", "links"),
        down(run.nodes_down, "node", "nodes")
    )
}

/// What numbers of links in the file mean nothing here, if there are such.
pub(super) fn unused(topology: &Topology) -> Option<String> {
    let names = topology.defaults.unused_numbers.iter();
    let names: Vec<String> = names.map(|(name, count)| format!("{} ({count} links)", shown(name))).collect();
    (!names.is_empty()).then(|| format!("not used: {}", names.join(", ")))
}

/// Name and size for machines; what only a run has is `null` for a topology file.
pub(super) fn as_json(network: &Network) -> Value {
    json!({
        "name": network.topology.name,
        "nodes": network.topology.node_count(),
        "links": network.topology.link_count(),
        "parallel_links_merged": network.topology.defaults.parallel_links_merged,
        "self_loops_dropped": network.topology.defaults.self_loops_dropped,
        "unused_numbers": network.topology.defaults.unused_numbers,
        "wormholes": network.wormholes.len(),
        "tick": network.run.map(|run| run.tick),
        "links_down": network.run.map(|run| run.links_down),
        "nodes_down": network.run.map(|run| run.nodes_down),
    })
}
