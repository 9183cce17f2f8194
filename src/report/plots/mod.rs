//! The plots, one a file: each a pure function from plain data to SVG text.

pub mod latency;
pub mod network;
pub mod strength_entropy;
pub mod throughput;
pub mod wormholes;

pub(super) use throughput::frame_lengths;

use super::map::NetworkMap;
use super::{Context, Plot};
use crate::recorder::frame::Frame;
use crate::scenario::Tick;

/// All plots of a run, sorted by file name.
///
/// # Panics
/// If the map's links or wormholes name nodes that it does not have.
pub fn render_all(context: &Context, frames: &[Frame], map: &NetworkMap) -> Vec<Plot> {
    vec![
        Plot { file_name: "latency.svg", svg: latency::render(context, frames) },
        Plot { file_name: "map.svg", svg: network::render(context, map) },
        Plot { file_name: "strength-entropy.svg", svg: strength_entropy::render(context, frames) },
        Plot { file_name: "throughput.svg", svg: throughput::render(context, frames) },
        Plot { file_name: "wormholes.svg", svg: wormholes::render(context, frames) },
    ]
}

fn ticks(frames: &[Frame]) -> Vec<Tick> {
    frames.iter().map(|f| f.tick).collect()
}
