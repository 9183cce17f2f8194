//! Throughput over time: accesses injected, delivered and dropped per tick; below it, accesses in flight and queued.

use super::ticks;
use crate::recorder::frame::Frame;
use crate::report::canvas::Marker;
use crate::report::chart::{Chart, Line, Panel, Scale};
use crate::report::{Context, style};

/// The plot as SVG.
pub fn render(context: &Context, frames: &[Frame]) -> String {
    let lengths = frame_lengths(frames);
    let rate = |count: fn(&Frame) -> u64| -> Vec<Option<f64>> {
        frames.iter().zip(&lengths).map(|(f, length)| Some(count(f) as f64 / length)).collect()
    };
    let level =
        |count: fn(&Frame) -> u64| -> Vec<Option<f64>> { frames.iter().map(|f| Some(count(f) as f64)).collect() };
    let injected = rate(|f| f.injected);
    let delivered = rate(|f| f.delivered);
    let mut rates = vec![
        // Wide and behind, so that it shows where the two agree.
        Line { label: "injected", color: style::SKY, width: 3.5, marker: Marker::Square, values: injected },
        Line { label: "delivered", color: style::BLUE, width: 1.5, marker: Marker::Disc, values: delivered },
    ];
    if frames.iter().any(|f| f.dropped > 0) {
        let dropped = rate(|f| f.dropped);
        rates.push(Line {
            label: "dropped",
            color: style::VERMILLION,
            width: 1.5,
            marker: Marker::Triangle,
            values: dropped,
        });
    }
    let in_flight = level(|f| f.in_flight);
    let queued = level(|f| f.queued);
    let levels = vec![
        Line { label: "in flight", color: style::GREEN, width: 2.0, marker: Marker::Diamond, values: in_flight },
        Line { label: "of these queued", color: style::ORANGE, width: 1.5, marker: Marker::Square, values: queued },
    ];
    let panel = |label, scale, lines| Panel {
        label,
        height: 215.0,
        scale,
        second: None,
        layers: Vec::new(),
        lines,
        empty: "nothing recorded",
    };
    let panels = vec![
        panel("accesses per tick", Scale::Full, rates),
        panel("accesses under way (count)", Scale::CutWarmup, levels),
    ];
    let note = "rates are means over each frame, levels are at its end";
    Chart { subject: "Throughput over time", context, ticks: &ticks(frames), panels, note }.render()
}

/// Ticks that each frame covers. The first is taken to be as long as the second, within a run that begins at tick 0.
pub(in crate::report) fn frame_lengths(frames: &[Frame]) -> Vec<f64> {
    let first = frames.first().map(|f| {
        let since_start = f.tick.saturating_add(1);
        frames.get(1).map_or(since_start, |second| since_start.min(second.tick.saturating_sub(f.tick).max(1)))
    });
    let later = frames.windows(2).map(|w| w[1].tick.saturating_sub(w[0].tick).max(1));
    first.into_iter().chain(later).map(f64::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::frame_at;

    #[test]
    fn frames_are_as_long_as_the_ticks_between_them() {
        let lengths = |ticks: &[u32]| frame_lengths(&ticks.iter().map(|&t| frame_at(t)).collect::<Vec<_>>());
        assert_eq!(lengths(&[99, 199, 249]), [100.0, 100.0, 50.0]);
        assert_eq!(lengths(&[100, 200]), [100.0, 100.0]);
        assert_eq!(lengths(&[5100, 5200]), [100.0, 100.0]);
        assert_eq!(lengths(&[9]), [10.0]);
        assert_eq!(lengths(&[]), [0.0; 0]);
    }
}
