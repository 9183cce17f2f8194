//! Latency over time: mean and 95th percentile of the accesses delivered in each frame, in ticks and milliseconds.

use super::ticks;
use crate::recorder::frame::Frame;
use crate::report::canvas::Marker;
use crate::report::chart::{Chart, Line, Panel, Scale};
use crate::report::{Context, style};

/// The plot as SVG.
pub fn render(context: &Context, frames: &[Frame]) -> String {
    let p95 = frames.iter().map(|f| f.latency_p95_ticks.map(|t| t as f64)).collect();
    let mean = frames.iter().map(|f| f.latency_mean_ticks).collect();
    let panel = Panel {
        label: "latency (ticks)",
        height: 330.0,
        scale: Scale::CutWarmup,
        second: Some(("latency (ms)", context.tick_ms)),
        layers: Vec::new(),
        lines: vec![
            Line { label: "95th percentile", color: style::SKY, width: 1.25, marker: Marker::Triangle, values: p95 },
            Line { label: "mean", color: style::BLUE, width: 2.0, marker: Marker::Disc, values: mean },
        ],
        empty: "no access was delivered",
    };
    let note = "accesses delivered in each frame";
    Chart { subject: "Latency over time", context, ticks: &ticks(frames), panels: vec![panel], note }.render()
}
