//! The argument NETWORK of `route` and `analyze`: how it is read and described.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::phrases::{counted, shown};
use crate::error::Error;
use crate::routing::network::Network;
use crate::store::network::read_network;
use crate::topology::{Assumption, WeightUnit};

/// Which network.
#[derive(Debug, Args)]
pub struct NetworkArgument {
    /// A network in any known format, or the run directory of a run, whose last state counts.
    pub network: PathBuf,
    /// Length of a tick, ms, for a topology file that states lengths or milliseconds [default: 1].
    #[arg(long, value_name = "MS")]
    pub tick_ms: Option<f64>,
    /// What numbers of links without a unit are (weights, third columns, matrices): s, ms, us, ticks, km, m or none
    /// [default: ms where nothing else says how long links are].
    #[arg(long, value_name = "UNIT", value_parser = weight_unit)]
    pub weight_unit: Option<WeightUnit>,
}

/// A unit of weights by its name.
pub(super) fn weight_unit(name: &str) -> Result<WeightUnit, String> {
    let known = WeightUnit::ALL.iter().find(|(known, _)| *known == name);
    known.map(|&(_, unit)| unit).ok_or_else(|| "expected s, ms, us, ticks, km, m or none".to_owned())
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
    read_network(&argument.network, argument.tick_ms.unwrap_or(1.0), argument.weight_unit)
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
        let changes = topology.defaults.assumptions().into_iter().filter(Assumption::is_change);
        return size + &changes.map(|assumption| format!("; {}", shown(&assumption.text))).collect::<String>();
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

/// Name and size for machines; what only a run has is `null` for a topology file.
pub(super) fn as_json(network: &Network) -> Value {
    json!({
        "name": network.topology.name,
        "nodes": network.topology.node_count(),
        "links": network.topology.link_count(),
        "parallel_links_merged": network.topology.defaults.parallel_links_merged,
        "self_loops_dropped": network.topology.defaults.self_loops_dropped,
        "assumptions": network.topology.defaults.assumptions(),
        "wormholes": network.wormholes.len(),
        "tick": network.run.map(|run| run.tick),
        "links_down": network.run.map(|run| run.links_down),
        "nodes_down": network.run.map(|run| run.nodes_down),
    })
}
