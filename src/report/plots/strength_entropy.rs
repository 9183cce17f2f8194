//! Strength and entropy over time: mean strength of active wormholes; normalised entropies of nodes, wormholes and network.

use super::ticks;
use crate::recorder::frame::Frame;
use crate::report::canvas::Marker;
use crate::report::chart::{Chart, Line, Panel, Scale};
use crate::report::{Context, style};

/// The plot as SVG.
pub fn render(context: &Context, frames: &[Frame]) -> String {
    let entropy = |label, color, marker, values| Line { label, color, width: 1.75, marker, values };
    let strength = Line {
        label: "mean of active wormholes",
        color: style::VERMILLION,
        width: 2.0,
        marker: Marker::Square,
        values: frames.iter().map(|f| f.strength_mean).collect(),
    };
    let nodes = frames.iter().map(|f| Some(f.entropy_nodes)).collect();
    let wormholes = frames.iter().map(|f| f.entropy_wormholes).collect();
    let network = frames.iter().map(|f| Some(f.entropy_network)).collect();
    let entropies = vec![
        entropy("network (load over links)", style::BLUE, Marker::Disc, network),
        entropy("nodes (over ports)", style::GREEN, Marker::Triangle, nodes),
        entropy("wormholes (over destinations)", style::PURPLE, Marker::Diamond, wormholes),
    ];
    let panel = |label, height, lines| Panel {
        label,
        height,
        scale: Scale::Unit,
        second: None,
        layers: Vec::new(),
        lines,
        empty: if context.wormholes_enabled {
            "no active wormholes"
        } else {
            "no wormholes: disabled in this scenario"
        },
    };
    let panels = vec![
        panel("strength (0 to 1)", 160.0, vec![strength]),
        panel("entropy, normalised (0 to 1)", 230.0, entropies),
    ];
    let note = "entropy 1 = even, 0 = all in one place";
    Chart { subject: "Strength and entropy over time", context, ticks: &ticks(frames), panels, note }.render()
}
