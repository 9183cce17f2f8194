//! What people look at after a run: plots as SVG text, made from plain data.
//!
//! Nothing here touches the file system or the world: frames, a [`map::NetworkMap`] and a [`Context`] go in, and
//! file names with SVG text come out, for the caller's writer. Rendering is total: a value that is not finite is a gap,
//! and no input makes it fail. The same input gives the same bytes on every machine.
//!
//! Order of use: [`style`] (palette, text) → [`canvas`] (drawing in SVG) → [`axis`], [`series`], [`strip`] →
//! [`chart`] with [`heading`] and [`legend`] (a chart over time) and [`map`] → [`plots`] (one file a plot).

pub mod axis;
pub mod canvas;
pub mod chart;
pub mod figure;
pub mod heading;
pub mod legend;
pub mod map;
pub mod page;
pub mod plots;
pub mod series;
pub mod strip;
pub mod style;

use crate::scenario::Tick;

/// What titles, captions and time axes need to know about the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// The scenario's name.
    pub name: String,
    /// The scenario's one sentence of intent; may be empty.
    pub intent: String,
    /// Milliseconds a tick.
    pub tick_ms: f64,
    /// Ticks before measurement begins.
    pub warmup_ticks: Tick,
    /// Whether the scenario lets wormholes open, to say why there are none.
    pub wormholes_enabled: bool,
    /// Scheduled changes, drawn as marked lines: tick and a short label.
    pub events: Vec<(Tick, String)>,
}

/// A rendered plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// File name, without a directory.
    pub file_name: &'static str,
    /// The whole SVG document.
    pub svg: String,
}

#[cfg(test)]
mod tests;
