//! The plots of a run as SVG files: figures over time, some of them two on a sheet, and the map of the network.

pub mod network;
pub mod over_time;

use self::over_time::{ENTROPY, IN_FLIGHT, LATENCY, Quantity, STRENGTH, THROUGHPUT, WORMHOLES};
use super::figure::Figure;
use super::figure::svg::Sheet;
use super::map::NetworkMap;
use super::numbers;
use super::{Context, Plot};
use crate::recorder::frame::Frame;

/// A plot over time.
struct OverTime {
    file_name: &'static str,
    title: &'static str,
    /// From the top, with the heights of their plotting areas, pixels.
    quantities: &'static [(&'static Quantity, f64)],
    /// What one value stands for.
    note: &'static str,
}

static OVER_TIME: [OverTime; 4] = [
    OverTime {
        file_name: "latency.svg",
        title: "Latency over time",
        quantities: &[(&LATENCY, 330.0)],
        note: "accesses delivered in each frame",
    },
    OverTime {
        file_name: "strength-entropy.svg",
        title: "Strength and entropy over time",
        quantities: &[(&STRENGTH, 160.0), (&ENTROPY, 230.0)],
        note: "entropy 1 = even, 0 = all in one place",
    },
    OverTime {
        file_name: "throughput.svg",
        title: "Throughput over time",
        quantities: &[(&THROUGHPUT, 215.0), (&IN_FLIGHT, 215.0)],
        note: "rates are means over each frame, levels are at its end",
    },
    OverTime {
        file_name: "wormholes.svg",
        title: "Wormholes by phase and kind over time",
        quantities: &[(&WORMHOLES, 330.0)],
        note: "active wormholes are stacked by kind, the others are lines; levels at the end of each frame",
    },
];

/// All plots of a run, sorted by file name.
///
/// # Panics
/// If the map's links or wormholes name nodes that it does not have.
pub fn render_all(context: &Context, frames: &[Frame], map: &NetworkMap) -> Vec<Plot> {
    let mut plots: Vec<Plot> = OVER_TIME.iter().map(|plot| plot.render(context, frames)).collect();
    plots.push(Plot { file_name: "map.svg", svg: network::render(context, map) });
    plots.sort_by_key(|plot| plot.file_name);
    plots
}

impl OverTime {
    fn render(&self, context: &Context, frames: &[Frame]) -> Plot {
        let figures: Vec<(Figure, f64)> =
            self.quantities.iter().map(|(quantity, height)| (quantity.of_run(context, frames), *height)).collect();
        let mut note = vec![format!("1 tick = {} ms", context.tick_ms)];
        if figures.iter().any(|(figure, _)| figure.warmup.is_some()) {
            let ticks = numbers::grouped(f64::from(context.warmup_ticks), 0);
            note.push(format!("warm-up: the first {ticks} ticks"));
        }
        note.push(self.note.to_owned());
        let sheet = Sheet {
            title: &context.title(self.title),
            subtitle: &context.intent,
            figures: figures.iter().map(|(figure, height)| (figure, *height)).collect(),
            note: note.join(" · "),
        };
        Plot { file_name: self.file_name, svg: sheet.render() }
    }
}
