//! Wormholes over time: active ones stacked by kind, dormant and archived ones as lines on the same scale.

use super::ticks;
use crate::recorder::frame::Frame;
use crate::report::canvas::Marker;
use crate::report::chart::{Chart, Layer, Line, Panel, Scale};
use crate::report::{Context, style};

/// The plot as SVG.
pub fn render(context: &Context, frames: &[Frame]) -> String {
    let any = frames.iter().any(|f| [f.experimental, f.standard, f.fast_lane, f.dormant, f.archived] != [0; 5]);
    let level = |count: fn(&Frame) -> u32| frames.iter().map(|f| f64::from(count(f))).collect::<Vec<f64>>();
    let (mut layers, mut lines) = (Vec::new(), Vec::new());
    if any {
        layers = vec![
            Layer { label: "fast lane", color: style::VERMILLION, values: level(|f| f.fast_lane) },
            Layer { label: "standard", color: style::GREEN, values: level(|f| f.standard) },
            Layer { label: "experimental", color: style::ORANGE, values: level(|f| f.experimental) },
        ];
        let line = |label, color, marker, count| Line {
            label,
            color,
            width: 1.75,
            marker,
            values: level(count).into_iter().map(Some).collect(),
        };
        lines = vec![
            line("dormant (line)", style::INK, Marker::Disc, |f| f.dormant),
            line("archived so far (line)", style::PURPLE, Marker::Diamond, |f| f.archived),
        ];
    }
    let empty = if context.wormholes_enabled {
        "no wormholes: enabled, but none opened"
    } else {
        "no wormholes: disabled in this scenario"
    };
    let panel =
        Panel { label: "wormholes (count)", height: 330.0, scale: Scale::Count, second: None, layers, lines, empty };
    let note = "active wormholes are stacked by kind, the others are lines; levels at the end of each frame";
    Chart {
        subject: "Wormholes by phase and kind over time",
        context,
        ticks: &ticks(frames),
        panels: vec![panel],
        note,
    }
    .render()
}
