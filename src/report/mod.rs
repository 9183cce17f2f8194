//! Plots of a run and report pages, drawn from recorded data.
//!
//! A [`figure`] is a description: title, axes with units, series, bands and marks. Two back ends draw it:
//! [`figure::svg`] for files and print, and [`figure::chart`] for the page on the screen. [`plots`] are the pictures
//! of a run, [`page`] is the report; both show the same quantities in the same figures, and the same [`map`].
//!
//! Nothing here touches the file system or the world: recorded data goes in, and text comes out for the caller to
//! write. Rendering is total: a value that is not finite is a gap, and no input makes it fail. The same input gives
//! the same bytes on every machine.

pub mod canvas;
pub mod figure;
pub mod map;
pub mod numbers;
pub mod page;
pub mod plots;
pub mod style;
pub mod text;

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

impl Context {
    /// The title of a plot: what is shown, and of which scenario.
    fn title(&self, subject: &str) -> String {
        format!("{subject}: {}", self.name)
    }
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
